/*
 * Lists of objects, short enough to read: "data alpha[0-3 7], inode alpha".
 */
#ifndef SHEEPSIM_SCENARIO_LISTING_H
#define SHEEPSIM_SCENARIO_LISTING_H

#include "scenario/run.h"

/* Adds the objects of a list in ascending order; "nothing" for an empty one. */
void text_oids(const struct run *r, struct text *t, const uint64_t *oids, size_t nr);

/* A copy of an object in a node's store. */
struct copy {
	uint64_t oid;
	uint32_t stale_epoch;
	int node;
	uint8_t ec_index;
	bool off;   /* the node does not run */
	bool coded; /* other strips of the object are about */
};

struct copies {
	struct copy *list;
	size_t nr;
};

/* All copies in the stores of these nodes, by oid, live ones first, then by epoch, node, strip. */
int copies_collect(struct run *r, const int *nodes, int nr_nodes, struct copies *copies);

/* Adds "live 0 2(off), stale 1 (epoch 2)" for the copies from *i on that are of one object; *i then
 * is the next object's first. */
void text_copies(struct text *t, const struct copies *copies, size_t *i);

#endif
