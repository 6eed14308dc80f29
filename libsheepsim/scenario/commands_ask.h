/*
 * Requests that were asked and not answered yet (commands_ask.c), for the end of a run.
 */
#ifndef SHEEPSIM_SCENARIO_COMMANDS_ASK_H
#define SHEEPSIM_SCENARIO_COMMANDS_ASK_H

#include "scenario/run.h"

/* Closes the connections of all of them; before the simulation is closed. */
void asked_close(struct run *r);

#endif
