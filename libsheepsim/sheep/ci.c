/* The member list of the cluster info, and what is left in the slots behind it: see node.h. */
#include <assert.h>
#include <stdlib.h>

#include "sheep/node.h"

/*
 * Lists that were there before, each longer than the one before it: slot i shows the record of the
 * first list that is longer than i.
 */
struct ci_rest {
	struct members *list;
	struct ci_rest *longer; /* NULL: none */
};

/* Lists that are wholly overwritten by n records are forgotten. */
static void forget_covered(struct sheep *s, uint32_t n)
{
	while (s->ci_rest && s->ci_rest->list->nr <= n) {
		struct ci_rest *rest = s->ci_rest;

		s->ci_rest = rest->longer;
		members_unref(s->commons, rest->list);
		free(rest);
	}
}

void ci_set_members(struct sheep *s, struct members *m)
{
	struct members *old = s->ci_members;
	uint32_t nr = m ? m->nr : 0;

	s->ci_members = m ? members_ref(m) : NULL;
	s->ci.nr_nodes = (uint16_t)nr;
	forget_covered(s, nr);
	if (old && old->nr > nr) {
		struct ci_rest *rest = mem_alloc(sizeof(*rest));

		rest->list = members_ref(old);
		rest->longer = s->ci_rest;
		s->ci_rest = rest;
	}
	members_unref(s->commons, old);
}

/* R243 */
struct blob *ci_encode_whole(struct sheep *s, const struct cluster_info *head, enum dialect d)
{
	const struct node_rec *members = s->ci_members ? s->ci_members->rec : NULL;
	struct blob *b = dialect_cluster_info_encode(d, head, members, CLUSTER_INFO_SIZE);
	uint32_t slot = s->ci.nr_nodes;

	if (d == DIALECT_08) /* its slots have another form; nobody looks at them */
		return b;
	for (struct ci_rest *rest = s->ci_rest; rest; rest = rest->longer) {
		struct blob *nodes;

		assert(rest->list->nr > slot);
		nodes = node_list_encode(rest->list->rec + slot, rest->list->nr - slot);
		b = blob_overlay(b, CLUSTER_INFO_HEAD + (uint64_t)slot * NODE_RECORD_SIZE, nodes);
		blob_unref(nodes);
		slot = rest->list->nr;
	}
	return b;
}

void ci_free(struct sheep *s)
{
	forget_covered(s, UINT32_MAX);
	members_unref(s->commons, s->ci_members);
	s->ci_members = NULL;
}
