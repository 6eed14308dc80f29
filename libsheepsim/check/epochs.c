/*
 * I6: epoch logs agree.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check/cluster.h"

#define TIME_SIZE 8u /* at the end of a log; each node writes its own (R219) */

/* The members in two logs; times may differ. */
static bool same_members(const struct blob *a, const struct blob *b)
{
	uint8_t x[NODE_RECORD_SIZE], y[NODE_RECORD_SIZE];
	uint64_t size = blob_size(a);

	if (size != blob_size(b) || size < TIME_SIZE)
		return false;
	for (uint64_t at = 0; at + TIME_SIZE < size; at += sizeof x) {
		uint64_t len = size - TIME_SIZE - at < sizeof x ? size - TIME_SIZE - at : sizeof x;

		blob_read(a, at, x, len);
		blob_read(b, at, y, len);
		if (memcmp(x, y, len) != 0)
			return false;
	}
	return true;
}

static void members_text(const struct blob *log, struct text *t)
{
	struct node_rec *nodes = NULL;
	uint64_t time;
	size_t nr;
	char name[64];

	if (epoch_blob_decode(log, &nodes, &nr, &time, NULL) < 0)
		text_add(t, "(not a log)");
	for (size_t i = 0; i < nr; i++)
		text_add(t, "%s%s", i ? " " : "", node_id_text(&nodes[i].nid, name));
	free(nodes);
}

static void report_difference(struct report *r, uint32_t epoch, const struct check_node *a,
			      const struct blob *log_a, const struct check_node *b,
			      const struct blob *log_b)
{
	struct text x = {0}, y = {0};

	members_text(log_a, &x);
	members_text(log_b, &y);
	report_violation(r, "I6", "epoch %u is {%s} to node %d and {%s} to node %d", epoch,
			 text_get(&x), a->index, text_get(&y), b->index);
	text_free(&x);
	text_free(&y);
}

static uint64_t ctime_of(const struct check_node *n)
{
	struct store_config config;

	store_config_get(n->store, &config);
	return config.ctime;
}

/*
 * All logs of one epoch with the first node's creation time against its log. first: the first of
 * the nodes from there on that has a log of this epoch.
 */
static void compare_logs(const struct check_cluster *c, uint32_t epoch, unsigned first,
			 struct report *r)
{
	struct blob *model = store_log_get(c->nodes[first].store, epoch);
	uint64_t ctime = ctime_of(&c->nodes[first]);

	for (unsigned i = first + 1; i < c->nr; i++) {
		struct blob *log = store_log_get(c->nodes[i].store, epoch);

		if (log && log != model && ctime_of(&c->nodes[i]) == ctime &&
		    !same_members(model, log))
			report_difference(r, epoch, &c->nodes[first], model, &c->nodes[i], log);
		blob_unref(log);
	}
	blob_unref(model);
}

/* True if an earlier node has a log of this epoch in the same cluster. */
static bool compared_before(const struct check_cluster *c, uint32_t epoch, unsigned node)
{
	uint64_t ctime = ctime_of(&c->nodes[node]);

	for (unsigned i = 0; i < node; i++) {
		struct blob *log = store_log_get(c->nodes[i].store, epoch);

		blob_unref(log);
		if (log && ctime_of(&c->nodes[i]) == ctime)
			return true;
	}
	return false;
}

static uint32_t highest_log(const struct check_cluster *c)
{
	uint32_t highest = 0;

	for (unsigned i = 0; i < c->nr; i++) {
		uint32_t epoch = store_log_highest(c->nodes[i].store);

		if (epoch > highest)
			highest = epoch;
	}
	return highest;
}

/* The log of the epoch that a member is in, and the members of its view. */
static void check_own_log(const struct check_node *n, const struct sheep_state *state,
			  struct report *r)
{
	const struct members *m = view_members(state->view);
	struct blob *log = store_log_get(n->store, state->epoch);
	struct node_rec *nodes = NULL;
	size_t nr, i = 0;
	uint64_t time;

	if (!log || epoch_blob_decode(log, &nodes, &nr, &time, NULL) < 0) {
		report_violation(r, "I6", "node %d has no log of its epoch %u", n->index,
				 state->epoch);
	} else {
		while (i < nr && i < m->nr && node_id_cmp(&nodes[i].nid, &m->rec[i].nid) == 0)
			i++;
		if (i < nr || i < m->nr)
			report_violation(r, "I6",
					 "node %d: its log of epoch %u has not the members of its "
					 "view",
					 n->index, state->epoch);
	}
	free(nodes);
	blob_unref(log);
}

static void check_current(const struct check_cluster *c, struct report *r)
{
	unsigned *members = mem_array(c->nr, sizeof *members);
	unsigned nr = check_members(c, members);
	struct sheep_state first, state;

	for (unsigned i = 0; i < nr; i++) {
		const struct check_node *n = &c->nodes[members[i]];

		sheep_state(n->sheep, &state);
		if (i == 0)
			first = state;
		if (state.epoch != first.epoch)
			report_violation(r, "I6", "node %d is in epoch %u, node %d in epoch %u",
					 c->nodes[members[0]].index, first.epoch, n->index,
					 state.epoch);
		check_own_log(n, &state, r);
	}
	free(members);
}

void check_epochs(const struct check_cluster *c, struct report *r, uint64_t *epochs)
{
	uint32_t highest = highest_log(c);

	for (uint32_t epoch = 1; epoch <= highest; epoch++) {
		bool any = false;

		for (unsigned i = 0; i < c->nr; i++) {
			struct blob *log = store_log_get(c->nodes[i].store, epoch);

			blob_unref(log);
			if (!log || compared_before(c, epoch, i))
				continue;
			compare_logs(c, epoch, i, r);
			any = true;
		}
		*epochs += any;
	}
	check_current(c, r);
}
