/*
 * A step of dog's, not sent as it was captured: sheepsim's own dog gets the command line, and what
 * it sends and prints is compared with what dog sent and printed.
 */
#ifndef SHEEPSIM_CLI_PLAY_DOG_H
#define SHEEPSIM_CLI_PLAY_DOG_H

#include "player.h"
#include "vectors.h"

/* Begins to listen to what dog sends. 0, or a negative enum sheepsim_error. */
int play_dog_open(struct player *p);
void play_dog_close(struct player *p);

/* Is this what a dog has sent? */
bool is_dog(const struct vector *v);

/* Runs the command of the vector, compares, prints, counts. */
void play_dog(struct player *p, const struct item *step, const struct vector *v);

#endif
