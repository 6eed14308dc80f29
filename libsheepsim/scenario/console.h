/*
 * A scenario that is given piece by piece, and goes on when a piece is over: for live mode, which
 * serves the cluster that a scenario describes, and takes commands meanwhile.
 *
 * What a scenario expects is not compared, and an error does not end it.
 */
#ifndef SHEEPSIM_SCENARIO_CONSOLE_H
#define SHEEPSIM_SCENARIO_CONSOLE_H

#include "scenario/run.h"

/*
 * opened(): the command `cluster' has made a simulation without nodes; an error ends the command.
 * options (and what they point at) have to stay.
 */
struct run *console_open(const struct sheepsim_scenario *options,
			 int (*opened)(void *arg, struct sheepsim *sim), void *arg);

/* The cluster is kept in a file, which need not survive the machine if it is scratch. */
void console_keep(struct run *r, const char *file, bool scratch);

/*
 * Goes on with the cluster in that file: starts the nodes that were ever started, and waits until
 * they have joined. 0 or an error with message; 1: there is no cluster, the scenario has to make
 * it.
 */
int console_reopen(struct run *r, char message[512]);

/* For a simulation that is there already, and stays the caller's. */
struct run *console_join(const struct sheepsim_scenario *options, struct sheepsim *sim);

/* Ends it, and closes the simulation if `cluster' has made it. */
void console_close(struct run *r);

/*
 * Runs all commands of a text, until one fails: then message has the words, with their place.
 * transcript (may be NULL): what was run, with the output that it gave.
 */
int console_text(struct run *r, const char *text, struct text *transcript, char message[512]);

/* One command, taken apart; NULL: words tell why that is not possible, or are empty where the line
 * is. others: commands that the caller has besides, which words name too (struct complaint). */
struct line;
struct line *line_parse(const char *text, const char *(*others)(unsigned int i),
			struct text *words);
void line_free(struct line *l);

/* It takes no virtual time: it can be run while another one waits for time to pass. */
bool line_is_instant(const struct line *l);

/* It is the command of this name, or has one in it (`expect-violation I3 check'). */
bool line_is(const struct line *l, const char *command);

/*
 * Runs it: 0, or a negative enum sheepsim_error with words. out and words get what it says, rows
 * the same for programs (rows.h). Consumes l. Others may be run meanwhile, from within the time
 * that it lets pass.
 */
int line_run(struct run *r, struct line *l, struct text *out, struct text *rows,
	     struct text *words);

/* Adds the words that may come next in a line, one on each: what begins with its last word. */
void console_complete(struct run *r, const char *line, struct text *out);

#endif
