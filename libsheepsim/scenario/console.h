/*
 * A scenario that is given piece by piece, and goes on when a piece is over: for live mode, which
 * serves the cluster that a scenario describes, and takes commands meanwhile.
 *
 * Output is kept in run->out, which the caller empties; what a scenario expects is not compared.
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

/* For a simulation that is there already, and stays the caller's. */
struct run *console_join(const struct sheepsim_scenario *options, struct sheepsim *sim);

/* Ends it, and closes the simulation if `cluster' has made it. */
void console_close(struct run *r);

/* Runs all commands of a text, until one fails: then message has the words, with their place. */
int console_text(struct run *r, const char *text, char message[512]);

#endif
