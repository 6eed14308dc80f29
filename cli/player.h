/*
 * Plays a captured sequence against a simulated cluster of the same topology, as
 * tests/vectors/README.md tells under "To play a capture", and compares what is answered.
 */
#ifndef SHEEPSIM_CLI_PLAYER_H
#define SHEEPSIM_CLI_PLAYER_H

#include "channel.h"
#include "masks.h"
#include "sequence.h"
#include "sheepsim/sheepsim.h"

struct play_totals {
	unsigned int answers, equal; /* answers captured, and how many came out the same */
	unsigned int steps, whole;   /* steps with a conversation, and how many are equal in all */
	unsigned int headers;	     /* captured headers that decode and encode to other bytes */
};

struct player {
	const struct masks *masks;
	bool verbose;
	bool tcp;	      /* clients come over TCP */
	struct sheepsim *sim; /* NULL before the first sequence */
	struct channels channels;
	struct play_conn *conns;
	size_t nr_conns;
	struct play_totals totals;
	unsigned int depth; /* sequences that wait for the one that they continue */
	char error[400];    /* why a file could not be read */
};

/* Plays a sequence, after those that it continues. False: error[]. */
bool player_play(struct player *p, const char *path);

/* Closes everything. */
void player_close(struct player *p);

#endif
