/*
 * What nodes say to each other in one moment of a sequence: from a `step' or `moment' up to the
 * next one, what is heard is put beside what was captured.
 */
#ifndef SHEEPSIM_CLI_SCENE_H
#define SHEEPSIM_CLI_SCENE_H

#include "listen.h"
#include "player.h"

/* Compares what was heard since the last call, if that was captured, and begins anew with item
 * (NULL: the sequence is over). False: p->error: a file is wrong. */
bool scene_begin(struct player *p, const struct sequence *s, const struct item *item);

/* Forgets a moment that is under way. */
void scene_drop(struct player *p);

#endif
