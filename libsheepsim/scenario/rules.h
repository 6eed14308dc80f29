/*
 * What a scenario has put into the way of messages (drop, delay, block), and the triggers that run
 * a command when a message is sent or an event happens. A rule that never acted makes a run
 * vacuous, unless it was allowed to with `maybe`.
 */
#ifndef SHEEPSIM_SCENARIO_RULES_H
#define SHEEPSIM_SCENARIO_RULES_H

#include "scenario/run.h"

struct rule {
	struct run *run;
	const struct call *call; /* that made it */
	const struct call *action;
	uint64_t after;	  /* ns until the action runs */
	int filter;	  /* its number in the simulation, 0: none (any more) */
	int subscription; /* to events; 0: none (any more) */
	int node;	  /* of events that count, -1: any */
	uint64_t nth, count;
	uint64_t seen, acted;
	STAILQ_ENTRY(rule) link;
};

/* Makes the rule that a call (drop, delay, block, on) asks for. */
int rule_add(struct run *r, const struct call *call);

/* Lets go what a rule holds back; with `remove`, the rule is gone too. name NULL: all rules. How
 * many rules there were is the result. */
int rules_release(struct run *r, const char *name, bool remove);

/* False, with a complaint, if a rule has never acted. */
bool rules_done(const struct run *r, struct complaint *c);

void rules_free(struct run *r);

#endif
