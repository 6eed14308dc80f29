/*
 * Member lists: immutable, reference-counted, in member order; and the table that makes equal lists
 * one object, so that a thousand nodes that agree on an epoch share its list.
 */
#ifndef SHEEPSIM_PLACEMENT_MEMBERS_H
#define SHEEPSIM_PLACEMENT_MEMBERS_H

#include "wire/records.h"

struct commons;

struct members {
	uint32_t refs;
	uint32_t nr;
	struct node_rec rec[]; /* in member order, no identity twice */
};

/*
 * The list of these n records (any order; of one identity the last record counts). Equal lists are
 * one object. The caller owns a reference.
 */
struct members *members_get(struct commons *c, const struct node_rec *nodes, size_t n);

struct members *members_ref(struct members *m);
void members_unref(struct commons *c, struct members *m);

/* The index of the member with this identity, -1 if there is none. */
int members_find(const struct members *m, const struct node_id *id);

/* m with the record added or replaced / without the identity: new references, m is kept. */
struct members *members_with(struct commons *c, const struct members *m,
			     const struct node_rec *rec);
struct members *members_without(struct commons *c, const struct members *m,
				const struct node_id *id);

#endif
