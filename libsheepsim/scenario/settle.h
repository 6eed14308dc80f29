/*
 * What a cluster has come to, in a line or two.
 */
#ifndef SHEEPSIM_SCENARIO_SETTLE_H
#define SHEEPSIM_SCENARIO_SETTLE_H

#include "scenario/run.h"

/* "nodes 0 1 2: OK, epoch 3", one line for each status and epoch; nodes that do not run have none.
 */
void say_statuses(struct run *r);

/* The status of a node, and the state of its process, in words. */
const char *status_word(const struct sheepsim_node_info *info);
const char *state_word(enum sheepsim_node_state state);

#endif
