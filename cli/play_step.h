/*
 * One step of a sequence: a client's conversation, sent just as it was captured.
 */
#ifndef SHEEPSIM_CLI_PLAY_STEP_H
#define SHEEPSIM_CLI_PLAY_STEP_H

#include "player.h"

/* Plays a step, prints what matched, and counts it. False: p->error: a file is wrong. */
bool play_step(struct player *p, const struct sequence *s, const struct item *step);

/* Does what another line of a sequence says; a negative enum sheepsim_error where that fails. */
int player_act(struct player *p, const struct item *item);

/* tgtd keeps its connections from step to step until it is killed. */
void play_close_tgtd(struct player *p);
void play_close_all(struct player *p);

#endif
