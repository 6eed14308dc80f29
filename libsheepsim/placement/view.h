/*
 * Views: immutable placement snapshots (R301). A view is a member list with the vnode counts
 * that are computed for it, the ring of vnodes, and the number of zones. Nodes that have the same
 * list share one view; the ring is built when the first object is placed on it.
 */
#ifndef SHEEPSIM_PLACEMENT_VIEW_H
#define SHEEPSIM_PLACEMENT_VIEW_H

#include "placement/members.h"

#define MAX_ZONES 31u /* zones counted at most (R307), and copies of an object at most (R812) */

struct view;

/*
 * The shared things of one simulated cluster: member lists, views, and remembered pure functions of
 * immutable bytes (D6). Owned by the cluster; all lists and views must be gone before it is freed.
 */
struct commons *commons_new(void);
void commons_free(struct commons *c);

/* How objects find their nodes. */
enum placing {
	PLACEMENT_NOW, /* since 0.8 */
	PLACEMENT_08,  /* up to 0.7: other hashes, half as many vnodes (versions.md 4.6) */
	NR_PLACEMENTS
};

/*
 * The view of this member list, of at most 65536 members. auto_vnodes: counts follow from space
 * (R302), else they are those of the records (R303). The caller owns a reference.
 */
struct view *view_get(struct commons *c, const struct members *m, bool auto_vnodes,
		      enum placing placement);
struct view *view_ref(struct view *v);
void view_unref(struct commons *c, struct view *v);

/* The members with the vnode counts of this view; borrowed. */
struct members *view_members(const struct view *v);

/* Distinct zones among members with vnodes, at most MAX_ZONES (R307). */
uint32_t view_zones(const struct view *v);

/* Total vnodes; 0: nothing can be placed (HALT, R404). */
uint32_t view_vnodes(struct view *v);

/*
 * The holders of an object (R306): fills holders[] with indexes into the view's members, in ring
 * order: position i is replica (or strip) index i (R308). copies is reduced to the number of zones:
 * having fewer of them than copies is no error (R239).
 * Returns how many were filled.
 */
uint32_t view_holders(struct view *v, uint64_t oid, uint32_t copies, uint16_t holders[MAX_ZONES]);

/* The position of a member among the holders, -1 if it is none. */
int view_holder_index(struct view *v, uint64_t oid, uint32_t copies, const struct node_id *id);

/* For tests and `show ring`: the i-th vnode of the ring in order of hash. */
void view_vnode(struct view *v, uint32_t i, uint64_t *hash, uint16_t *member);

#endif
