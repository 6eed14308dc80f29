/*
 * Plays the nodes of a captured conversation: what the client under test sends must be what dog
 * sent, byte for byte and in that order, and gets the answers that dog got.
 */
#ifndef TESTS_UNIT_CLIENT_PLAY_H
#define TESTS_UNIT_CLIENT_PLAY_H

#include "tests.h"

#include "vectors.h"
#include "world/universe.h"

#define PLAY_NODES 6

struct play {
	struct universe u;
	struct vector vector;
	struct world nodes[PLAY_NODES];
	struct conn *conns[16]; /* where the captured connections are here */
	size_t next;		/* message that must come */
	size_t end;
	unsigned open; /* connections */
	bool over;     /* the client's operation; set by its callback */
};

/* From message n=first on, up to and with n=last (0: all of them). */
struct play *play_open(const char *file, unsigned first, unsigned last);

/* Node i of the capture. */
struct node_id play_node(int i);

/* Runs until nothing happens any more; then all messages must have been used, and the client must
 * have closed its connections. */
void play_run(struct play *p);
void play_close(struct play *p);

#endif
