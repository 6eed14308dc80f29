/*
 * The control socket: commands of scenarios, and a few of live mode, while it serves.
 *
 * Lines go both ways. A client sends commands, one a line. For each it gets, in order, lines that
 * begin with "- " (the output) and then one line "ok" or "error KIND WORDS" (KIND is the name of an
 * enum sheepsim_error in lower case; line breaks within the words are those of more lines "- ",
 * before it). Events that it follows come between, as "* WORDS". After "json on" each of these is
 * one JSON object instead: {"output": [LINE, ...], "rows": [{...}, ...], "error": KIND or null,
 * "message": WORDS} and {"event": KIND, ...}.
 *
 * Commands that take virtual time run as fibers, one after the other, whoever sent them; the others
 * run at once. While `check' runs, clients are not read from, so that all comes to rest.
 *
 *   control.c   the socket, and who is connected
 *   tasks.c     running commands
 *   words.c     the commands of live mode
 *   reply.c     lines and JSON
 */
#ifndef SHEEPSIM_LIVE_CONTROL_H
#define SHEEPSIM_LIVE_CONTROL_H

#include "live/fiber.h"
#include "live/live.h"
#include "scenario/console.h"

/* One who is connected to the control socket. */
struct console {
	struct sheepsim_live *live;
	int fd;
	ev_io reading, writing;
	struct text in, out;
	size_t sent; /* of out */
	bool json;
	bool busy;     /* a command of it runs, or waits to be run */
	bool broken;   /* to be closed */
	bool leaving;  /* to be closed when all is written */
	bool ended;    /* nothing more comes of it */
	int following; /* the number of its subscription, 0: none */
	TAILQ_ENTRY(console) entry;
};

/* A command that lets time pass. */
struct task {
	struct sheepsim_live *live;
	struct console *console; /* NULL: gone */
	struct line *line;
	char *text;	     /* of it */
	uint64_t began;	     /* virtual time */
	struct fiber *fiber; /* NULL: not begun */
	bool gates;	     /* clients are not read from while it runs */
	int error;
	struct text out, rows, words;
	STAILQ_ENTRY(task) link;
};

int control_start(struct sheepsim_live *live, const char *path);
void control_stop(struct sheepsim_live *live);

/* Runs the commands that have come. */
void control_run(struct sheepsim_live *live);

/* Is there something to be written? */
bool control_speaks(const struct sheepsim_live *live);

/* Writes what was said. */
void control_write(struct sheepsim_live *live);

/* ------------------------------------------------------------------ tasks.c */

/* Something has happened: the command that waits looks whether it was that. */
void tasks_go_on(struct sheepsim_live *live);

/* Begins the next one, if none runs, until one waits. False: there was none that ended. */
bool tasks_begin(struct sheepsim_live *live);

/* True if one is running. */
bool tasks_wait(const struct sheepsim_live *live);

/* Runs a line of a console: at once, or as a task. */
void tasks_line(struct console *c, const char *line);

/* The console is gone. */
void tasks_forget(struct console *c);

/* Ends all of them; those that wait fail. */
void tasks_cancel(struct sheepsim_live *live);

/* As struct sim_host says. */
bool tasks_pauses(struct sim_host *h);
bool tasks_pause(struct sim_host *h);

/* ------------------------------------------------------------------ words.c */

/* Runs the line if it is a command of live mode. */
bool words_run(struct console *c, const char *line);

/* The names of these commands; NULL: there are no more. */
const char *words_name(unsigned int i);

/* ------------------------------------------------------------------ reply.c */

/* The end of a command: what it said, in lines and as rows of JSON, and how it ended. */
void reply(struct console *c, int error, const char *out, const char *rows, const char *words);

/* An event, for who follows. */
void reply_event(struct console *c, const struct sheepsim_event *e);

/* What a trigger has said, likewise. */
void reply_output(struct console *c, const char *lines);

#endif
