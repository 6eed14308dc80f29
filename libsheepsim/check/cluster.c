/*
 * The checks that need little: members, recovery, VDI tables, answers.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sheepsim/wire/peer.h>

#include "base/mem.h"
#include "check/cluster.h"

unsigned check_members(const struct check_cluster *c, unsigned *members)
{
	struct sheep_state state;
	unsigned nr = 0;

	for (unsigned i = 0; i < c->nr; i++) {
		if (!c->nodes[i].sheep)
			continue;
		sheep_state(c->nodes[i].sheep, &state);
		if (state.accepted && !state.ex_member && state.status == SD_STATUS_OK)
			members[nr++] = i;
	}
	return nr;
}

void check_recovery(const struct check_cluster *c, struct report *r)
{
	struct sheep_state state;

	for (unsigned i = 0; i < c->nr; i++) {
		if (!c->nodes[i].sheep)
			continue;
		sheep_state(c->nodes[i].sheep, &state);
		if (state.in_run)
			report_violation(
				r, "I4", "node %d has recovered %u of %u objects for epoch %u%s",
				c->nodes[i].index, state.run_finished, state.run_total,
				state.run_epoch, state.run_suspended ? " and is suspended" : "");
	}
}

/* ------------------------------------------------------------------ VDI tables */

struct vdi_table {
	struct vdi_state *states;
	size_t nr, cap;
};

static void table_add(void *arg, const struct vdi_state *v)
{
	struct vdi_table *t = arg;

	if (t->nr == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 8;
		t->states = mem_resize(t->states, t->cap, sizeof *t->states);
	}
	t->states[t->nr++] = *v;
}

/* Who has seen a deletion is not alone in knowing of it. */
static bool same_deletion(const struct vdi_state *a, const struct vdi_state *b)
{
	return (a->deleted != VDI_DELETION_SEEN || b->deleted) &&
	       (b->deleted != VDI_DELETION_SEEN || a->deleted);
}

/* What I10 says must be equal; parents and what is only kept for locks' sake may differ. */
static bool same_vdi(const struct vdi_state *a, const struct vdi_state *b)
{
	return a->nr_copies == b->nr_copies && a->copy_policy == b->copy_policy &&
	       a->block_size_shift == b->block_size_shift && a->snapshot == b->snapshot &&
	       same_deletion(a, b) && a->lock_state == b->lock_state &&
	       (a->lock_state != SD_LOCK_STATE_LOCKED ||
		node_id_cmp(&a->lock_owner, &b->lock_owner) == 0);
}

static void compare_tables(const struct vdi_table *a, int node_a, const struct vdi_table *b,
			   int node_b, struct report *r)
{
	size_t i = 0, j = 0;

	while (i < a->nr || j < b->nr) {
		uint32_t vid_a = i < a->nr ? a->states[i].vid : UINT32_MAX;
		uint32_t vid_b = j < b->nr ? b->states[j].vid : UINT32_MAX;

		if (vid_a < vid_b) {
			report_violation(r, "I10", "node %d knows VDI %06x, node %d does not",
					 node_a, vid_a, node_b);
		} else if (vid_b < vid_a) {
			report_violation(r, "I10", "node %d knows VDI %06x, node %d does not",
					 node_b, vid_b, node_a);
		} else if (!same_vdi(&a->states[i], &b->states[j])) {
			const struct vdi_state *x = &a->states[i], *y = &b->states[j];

			report_violation(r, "I10",
					 "VDI %06x: node %d has copies=%u policy=%02x snapshot=%u "
					 "deleted=%u lock=%u, node %d copies=%u policy=%02x "
					 "snapshot=%u deleted=%u lock=%u",
					 vid_a, node_a, x->nr_copies, x->copy_policy, x->snapshot,
					 x->deleted, x->lock_state, node_b, y->nr_copies,
					 y->copy_policy, y->snapshot, y->deleted, y->lock_state);
		}
		i += vid_a <= vid_b;
		j += vid_b <= vid_a;
	}
}

void check_vdis(const struct check_cluster *c, struct report *r, uint64_t *vdis)
{
	unsigned *members = mem_array(c->nr, sizeof *members);
	unsigned nr = check_members(c, members);
	struct vdi_table first = {0};

	for (unsigned i = 0; i < nr; i++) {
		const struct check_node *n = &c->nodes[members[i]];
		struct vdi_table table = {0};

		sheep_vdis(n->sheep, table_add, i == 0 ? &first : &table);
		if (i > 0)
			compare_tables(&first, c->nodes[members[0]].index, &table, n->index, r);
		free(table.states);
	}
	*vdis += first.nr;
	free(first.states);
	free(members);
}

/* ------------------------------------------------------------------ answers */

void check_answers(const char *who, const struct answer_tally *tally, unsigned waiting,
		   struct report *r, uint64_t *requests)
{
	*requests += tally->requests;
	if (tally->strays)
		report_violation(r, "I5",
				 "%s got %" PRIu64 " answers that belong to no request: %s", who,
				 tally->strays, tally->first);
	if (tally->mismatched)
		report_violation(r, "I15", "%s got %" PRIu64 " answers of another kind: %s", who,
				 tally->mismatched, tally->first);
	if (waiting)
		report_violation(r, "I5", "%s waits for %u answers that nobody works on", who,
				 waiting);
}
