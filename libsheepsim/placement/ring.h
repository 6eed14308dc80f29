/*
 * A ring of virtual nodes (R305, R306): points in the space of 64-bit hashes, each with its owner.
 * Views place objects on nodes by it. It knows hashes, owners and zones, and nothing of members.
 */
#ifndef SHEEPSIM_PLACEMENT_RING_H
#define SHEEPSIM_PLACEMENT_RING_H

#include <stdint.h>

struct node_id;

/* Who has how many points on the ring: next(seed), next(next(seed)), ... (R305). */
struct ring_owner {
	uint64_t seed;
	/* of releases up to 0.7, whose next() goes on over the address; NULL: of all others */
	const struct node_id *id_08;
	uint32_t nr_vnodes;
	uint32_t zone;
};

struct vnode {
	uint64_t hash;
	uint32_t zone; /* of the owner */
	uint16_t owner;
};

struct ring {
	uint32_t nr;
	uint32_t shift;	     /* hash >> shift is the bucket of a hash */
	uint32_t *start;     /* for each bucket, the first vnode in it or behind it */
	struct vnode *vnode; /* in order of hash */
};

/* The ring of n owners, with as many vnodes as they have together. Equal points end the process. */
void ring_build(struct ring *r, const struct ring_owner *owners, uint32_t n);
void ring_free(struct ring *r);

/* The vnode that owns this point: the first at or after it, going round (R306). r->nr > 0. */
uint32_t ring_find(const struct ring *r, uint64_t hash);

#endif
