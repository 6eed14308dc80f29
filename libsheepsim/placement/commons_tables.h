/*
 * The tables of struct commons. For members.c, view.c and commons.c only.
 */
#ifndef SHEEPSIM_PLACEMENT_COMMONS_TABLES_H
#define SHEEPSIM_PLACEMENT_COMMONS_TABLES_H

#include "placement/commons.h"
#include "placement/members.h"
#include "placement/view.h"

#include <sys/queue.h>
#include <uthash.h>

#define MEMBERS_BUCKETS 256u
#define MEMBERS_STEPS	4u

/*
 * A member list in its table, with what is known of it. `computed`: the list with the counts of
 * R302, a reference unless it is this list itself; NULL: nobody asked. (Of older placements that is
 * not remembered: two lists could be each other's, and never go.) `view`: for each placement the
 * view of exactly these counts, if there is one; not a reference. `log`: as an epoch log of
 * log_time (log.c), or NULL.
 */
struct members_entry {
	LIST_ENTRY(members_entry) link; /* in the bucket of its hash */
	uint64_t hash;
	struct members *computed;
	struct view *view[NR_PLACEMENTS];
	struct blob *log;
	uint64_t log_time;
	struct members m;
};

/*
 * One change of a list: at an event each node makes the same new list from the same old one. Both
 * are references.
 */
struct members_step {
	struct members *from;
	struct members *to;
	struct node_rec rec;
	bool add; /* else rec's identity was taken out */
};

struct memo;

struct commons {
	LIST_HEAD(, members_entry) members[MEMBERS_BUCKETS];
	struct members_step steps[MEMBERS_STEPS];
	uint32_t next_step; /* the oldest one */
	struct memo *memos; /* by key; the oldest first */
	uint64_t memo_bytes;
};

static inline struct members_entry *members_entry(const struct members *m)
{
	return (struct members_entry *)((uintptr_t)m - offsetof(struct members_entry, m));
}

/* Forgets the remembered steps. */
void members_steps_drop(struct commons *c);

#endif
