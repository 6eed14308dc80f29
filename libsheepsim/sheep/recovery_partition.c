/*
 * Whose objects a node's list has (R510).
 *
 * When a thousand nodes ask a thousand others for their lists, each list is the same blob for all
 * who ask, and what belongs to whom follows from its bytes, the view, and the copies of the VDIs in
 * it. So it is worked out once for all members and remembered in the commons; who comes later takes
 * its own part, after it has seen that its view and its VDI table are those that it was made with.
 */
#include <assert.h>
#include <stdlib.h>

#include "placement/commons.h"
#include "sheep/recovery_internal.h"

/* Objects of one VDI and type follow each other in a list, and have the same number of copies. */
struct group {
	uint32_t first; /* index in the list */
	uint32_t copies;
	uint64_t oid; /* the first one's */
};

struct partition {
	struct view *view; /* a reference */
	uint32_t nr_groups;
	struct group *groups;
	/* the part of member m: oid[start[m]] .. oid[start[m + 1] - 1] */
	uint32_t *start;
	uint64_t *oid;
};

/* Of all that placement depends on, oids of one group have the same: type and VDI. */
static bool same_group(uint64_t a, uint64_t b)
{
	return a >> SD_VID_SHIFT == b >> SD_VID_SHIFT;
}

static void partition_release(struct commons *c, void *value)
{
	struct partition *p = value;

	view_unref(c, p->view);
	free(p->groups);
	free(p->start);
	free(p->oid);
	free(p);
}

/* Was it made with what this node would make it with? */
static bool partition_valid(const struct sheep *s, const struct partition *p,
			    const struct view *view)
{
	if (p->view != view)
		return false;
	for (uint32_t i = 0; i < p->nr_groups; i++) {
		if (object_copies(s, p->groups[i].oid) != p->groups[i].copies)
			return false;
	}
	return true;
}

static void find_groups(const struct sheep *s, struct partition *p, const uint64_t *oids,
			uint32_t nr)
{
	uint32_t cap = 0;

	for (uint32_t i = 0; i < nr; i++) {
		if (i > 0 && same_group(oids[i - 1], oids[i]))
			continue;
		if (p->nr_groups == cap) {
			cap = cap ? 2 * cap : 4;
			p->groups = mem_resize(p->groups, cap, sizeof(*p->groups));
		}
		p->groups[p->nr_groups++] = (struct group){
			.first = i, .copies = object_copies(s, oids[i]), .oid = oids[i]};
	}
}

/* Calls for each object and each of its holders; objects in order of the list. */
static void each_holder(struct partition *p, const uint64_t *oids, uint32_t nr,
			void (*fn)(struct partition *p, uint32_t member, uint64_t oid))
{
	uint32_t g = 0;

	for (uint32_t i = 0; i < nr; i++) {
		uint16_t holders[MAX_ZONES];
		uint32_t nr_holders;

		while (g + 1 < p->nr_groups && p->groups[g + 1].first <= i)
			g++;
		nr_holders = view_holders(p->view, oids[i], p->groups[g].copies, holders);
		for (uint32_t k = 0; k < nr_holders; k++)
			fn(p, holders[k], oids[i]);
	}
}

/* First pass: how many each member has, one place up. */
static void count_holder(struct partition *p, uint32_t member, uint64_t oid)
{
	(void)oid;
	p->start[member + 1]++;
}

/* Second pass; start[m + 1] is where the next one of member m goes. */
static void fill_holder(struct partition *p, uint32_t member, uint64_t oid)
{
	p->oid[p->start[member + 1]++] = oid;
}

static struct partition *partition_make(const struct sheep *s, struct view *view,
					struct blob *answer)
{
	struct partition *p = mem_alloc(sizeof(*p));
	uint32_t nr = answer_count(answer), members = view_members(view)->nr, total = 0;
	uint64_t *oids = answer_oids(answer);

	p->view = view_ref(view);
	find_groups(s, p, oids, nr);
	p->start = mem_array(members + 1, sizeof(*p->start));
	each_holder(p, oids, nr, count_holder);
	/* The sizes become where each part begins, one place up; filling moves them to where it
	 * ends. */
	for (uint32_t m = 0; m < members; m++) {
		uint32_t size = p->start[m + 1];

		p->start[m + 1] = total;
		total += size;
	}
	p->oid = mem_array(total, sizeof(*p->oid));
	each_holder(p, oids, nr, fill_holder);
	assert(p->start[members] == total);
	free(oids);
	return p;
}

void partition_add(struct sheep *s, struct view *view, uint32_t epoch, struct blob *answer,
		   uint32_t member, struct oid_list *out)
{
	struct partition *p;

	if (answer_count(answer) == 0)
		return;
	/* Nodes that are one epoch apart ask at the same time: each has a view of its own. */
	p = commons_memo_get(s->commons, answer, "object list", epoch);
	if (!p || !partition_valid(s, p, view)) {
		p = partition_make(s, view, answer);
		commons_memo_put(s->commons, answer, "object list", epoch, p, partition_release);
	}
	assert(member < view_members(view)->nr);
	oid_list_append(out, p->oid + p->start[member], p->start[member + 1] - p->start[member]);
}
