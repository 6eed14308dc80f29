/*
 * The other end of a control socket: sends commands, takes answers apart
 * (libsheepsim/live/control.h has the protocol).
 */
#ifndef SHEEPSIM_CLI_CONTROL_H
#define SHEEPSIM_CLI_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct control {
	int fd;
	char *in; /* bytes that have come and are no line yet */
	size_t len, cap;
	size_t taken; /* of these, the line that was handed out last */
	bool json;
	bool print_ok;	   /* a line for commands that say nothing else */
	const char *until; /* events are waited for until one of this kind; NULL: for ever */
	bool seen;	   /* it has come */
};

/* What came last of it. */
enum came {
	CAME_NOTHING, /* yet */
	CAME_OUTPUT,
	CAME_EVENT,
	CAME_END,  /* of a command */
	CAME_GONE, /* the server has closed */
};

/* 0, or -1 with errno. */
int control_connect(struct control *c, const char *path);
void control_close(struct control *c);

/* False: the server has gone. */
bool control_send(struct control *c, const char *line);

/* Takes the next line that has come, reading once if there is none and `read'. *line is valid until
 * the next call. */
enum came control_next(struct control *c, bool read, char **line);

/* Prints what a command gives, until it is over; the exit code of the whole. */
int control_run(struct control *c, const char *line);

/* Prints events until the server has gone, or c->until has come. */
int control_follow(struct control *c);

/* Prints a line of the protocol as people read it; the exit code, if it ends a command. */
int control_print(struct control *c, enum came came, const char *line);

/* Commands from a terminal, with history and completion. */
int control_interact(struct control *c);

#endif
