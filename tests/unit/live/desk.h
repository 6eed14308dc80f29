/*
 * A cluster with a control socket, and a console: for the tests of what is commanded.
 */
#ifndef TESTS_UNIT_LIVE_DESK_H
#define TESTS_UNIT_LIVE_DESK_H

#include "rig.h"

struct desk {
	struct rig rig;
	char dir[32], path[64];
	int fd;
	char said[16384]; /* what came last, but for events */
	char events[16384];
};

/* n nodes, and options but for the socket (may be NULL), as rig_open() makes them. */
void desk_open(struct desk *d, unsigned nodes, const struct sheepsim_live_options *options);
void desk_close(struct desk *d);

/* Sends lines by a console, which is d->fd or another one. */
void desk_say(struct desk *d, int fd, const char *lines);

/* Takes lines until a command is over; false: with an error. */
bool desk_await(struct desk *d, int fd);

/* One command; all must be well. What it said, with what ends it. */
const char *desk_order(struct desk *d, const char *line);

/* One that must fail. */
const char *desk_refused(struct desk *d, const char *line);

#endif
