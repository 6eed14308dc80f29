/*
 * Any request, made of the words of a call: an operation, fields by their names, a payload. Used by
 * the command `ask` (commands_ask.c).
 */
#ifndef SHEEPSIM_SCENARIO_ASK_H
#define SHEEPSIM_SCENARIO_ASK_H

#include "scenario/run.h"

struct ask_request {
	const char *version; /* of the node, as sheepsim_captured has it */
	uint8_t head[48];
	uint8_t *payload; /* free() it */
	size_t len;
};

/*
 * Makes the request that a call of `ask` describes. What is not said is as whoever sends it would
 * say it: the version that the node speaks, its epoch where the operation needs one, the flag
 * WRITE where there is a payload. Returns 0 or an error; then there is nothing to free.
 */
int ask_build(struct run *r, const struct call *call, struct ask_request *q);

#endif
