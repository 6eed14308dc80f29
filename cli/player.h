/*
 * Plays a captured sequence against a simulated cluster of the same topology, as
 * tests/vectors/README.md tells under "To play a capture", and compares what clients are answered,
 * and what nodes say to each other.
 */
#ifndef SHEEPSIM_CLI_PLAYER_H
#define SHEEPSIM_CLI_PLAYER_H

#include "channel.h"
#include "listen.h"
#include "masks.h"
#include "moment.h"
#include "sequence.h"
#include "sheepsim/sheepsim.h"

struct play_totals {
	unsigned int answers, equal; /* answers captured, and how many came out the same */
	unsigned int steps, whole;   /* steps with a conversation, and how many are equal in all */
	unsigned int headers;	     /* captured headers that decode and encode to other bytes */
	/* between nodes: moments that were captured, exchanges, events of the cluster driver */
	unsigned int moments, moments_whole;
	unsigned int exchanges, exchanges_equal;
	unsigned int happenings, happenings_equal;
	/* dog's commands: how many were run, and how many did as the captured ones */
	unsigned int dogs, dogs_whole;
};

struct scene;
struct dog_heard;

struct player {
	const struct masks *masks;
	bool verbose;
	bool tcp;	      /* clients come over TCP */
	bool dog;	      /* dog's commands are run by sheepsim's own dog */
	struct sheepsim *sim; /* NULL before the first sequence */
	struct channels channels;
	struct play_conn *conns;
	size_t nr_conns;
	struct listener listener;
	struct disputed disputed;
	struct scene *scene; /* the moment that is under way (scene.h), NULL: it was not captured */
	struct dog_heard *heard; /* play_dog.c */
	struct play_totals totals;
	unsigned int depth; /* sequences that wait for the one that they continue */
	char error[400];    /* why a file could not be read */
};

/* Plays a sequence, after those that it continues. False: error[]. */
bool player_play(struct player *p, const char *path);

/* Closes everything. */
void player_close(struct player *p);

#endif
