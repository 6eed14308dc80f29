/*
 * I2: objects where the ring wants them, and identical; I16: strips that fit together.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include <sheepsim/wire/object.h>

#include "base/mem.h"
#include "check/cluster.h"

/* A live object on a member's disk. */
struct copy {
	uint64_t oid;
	uint64_t digest;
	uint16_t member; /* index in the view */
	uint8_t ec_index;
};

struct copies {
	struct copy *copy;
	size_t nr, cap;
	struct store *store; /* of the member whose store is read */
	uint16_t member;
};

/* What the members agree on, as the first of them sees it. */
struct placement {
	const struct check_node *first;
	struct view *view;
	const struct check_node **nodes; /* of the view's members; NULL: none of ours */
};

static bool is_used(const struct store *s, struct store_key k)
{
	struct store_key anywhere = k;

	anywhere.disk = 0;
	return store_disk_of(s, anywhere) == k.disk;
}

static void add_copy(void *arg, struct store_key k)
{
	struct copies *c = arg;
	struct blob *content;

	/* of copies on several disks of a node only the one counts that the node uses (R703) */
	if (k.stale_epoch || !is_used(c->store, k))
		return;
	if (c->nr == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 1024;
		c->copy = mem_resize(c->copy, c->cap, sizeof *c->copy);
	}
	content = store_get(c->store, k);
	c->copy[c->nr++] = (struct copy){
		.oid = k.oid,
		.digest = blob_digest(content),
		.member = c->member,
		.ec_index = k.ec_index,
	};
	blob_unref(content);
}

static int compare_copies(const void *a, const void *b)
{
	const struct copy *x = a, *y = b;

	if (x->oid != y->oid)
		return x->oid < y->oid ? -1 : 1;
	if (x->member != y->member)
		return x->member < y->member ? -1 : 1;
	return (int)x->ec_index - (int)y->ec_index;
}

/* ------------------------------------------------------------------ how objects are kept */

/* The same position in every list: members of the view, in order. */
static void placement_init(struct placement *p, const struct check_cluster *c,
			   const struct check_node *first)
{
	struct sheep_state state;
	const struct members *m;

	sheep_state(first->sheep, &state);
	*p = (struct placement){.first = first, .view = state.view};
	m = view_members(p->view);
	p->nodes = mem_array(m->nr, sizeof(*p->nodes));
	for (unsigned i = 0; i < c->nr; i++) {
		int at = members_find(m, &c->nodes[i].nid);

		if (at >= 0)
			p->nodes[at] = &c->nodes[i];
	}
}

static void placement_free(struct placement *p)
{
	free(p->nodes);
}

static int node_of(const struct placement *p, uint16_t member)
{
	return p->nodes[member] ? p->nodes[member]->index : -1;
}

/* ------------------------------------------------------------------ one object */

static const struct copy *find_copy(const struct copy *c, size_t nr, uint16_t member, uint8_t strip)
{
	for (size_t i = 0; i < nr; i++)
		if (c[i].member == member && c[i].ec_index == strip)
			return &c[i];
	return NULL;
}

/* All copies are on holders, strips on the holder of their index. */
static void check_strangers(const struct placement *p, const struct copy *c, size_t nr,
			    const uint16_t *holders, uint32_t nr_holders, bool coded,
			    struct report *r)
{
	for (size_t i = 0; i < nr; i++) {
		uint32_t at = 0;

		while (at < nr_holders && holders[at] != c[i].member)
			at++;
		if (at == nr_holders)
			report_violation(r, "I2",
					 "object %016" PRIx64 " is live on node %d, which is none "
					 "of its holders",
					 c[i].oid, node_of(p, c[i].member));
		else if (c[i].ec_index != (coded ? at : 0))
			report_violation(r, coded ? "I16" : "I2",
					 "object %016" PRIx64 ": node %d has strip %u, its own is "
					 "%u",
					 c[i].oid, node_of(p, c[i].member), c[i].ec_index,
					 coded ? at : 0);
	}
}

/* The strips that are there of those that are demanded: do they fit together? */
static void check_strips(const struct placement *p, const struct copy *c, size_t nr,
			 const uint16_t *holders, uint32_t demanded, uint8_t policy,
			 struct report *r)
{
	struct blob *strips[MAX_ZONES] = {NULL};
	int nodes[MAX_ZONES];

	for (uint32_t i = 0; i < demanded; i++) {
		struct store_key key = {.oid = c->oid, .ec_index = (uint8_t)i};

		nodes[i] = node_of(p, holders[i]);
		if (find_copy(c, nr, holders[i], key.ec_index))
			strips[i] = store_get(p->nodes[holders[i]]->store, key);
	}
	check_parity(c->oid, policy, strips, nodes, demanded, r);
	for (uint32_t i = 0; i < demanded; i++)
		blob_unref(strips[i]);
}

/*
 * The copies c of one object. With fewer zones than strips only the data strips are written (R416),
 * so then no more are demanded.
 */
static void check_object(const struct placement *p, const struct copy *c, size_t nr,
			 struct report *r)
{
	uint64_t oid = c->oid;
	uint32_t copies = sheep_copies(p->first->sheep, oid);
	uint8_t policy = sheep_policy(p->first->sheep, oid);
	uint16_t holders[MAX_ZONES];
	uint32_t nr_holders = view_holders(p->view, oid, copies, holders);
	uint32_t demanded = nr_holders;
	const struct copy *model = NULL;

	if (policy && nr_holders < copies && demanded > sd_policy_data_strips(policy))
		demanded = sd_policy_data_strips(policy);
	check_strangers(p, c, nr, holders, nr_holders, policy != 0, r);
	for (uint32_t i = 0; i < nr_holders; i++) {
		const struct copy *at = find_copy(c, nr, holders[i], policy ? (uint8_t)i : 0);

		if (!at && i < demanded)
			report_violation(r, "I2", "object %016" PRIx64 " is missing on node %d",
					 oid, node_of(p, holders[i]));
		if (!at || policy)
			continue;
		if (model && model->digest != at->digest)
			report_violation(r, "I2",
					 "object %016" PRIx64 " differs between nodes %d and %d",
					 oid, node_of(p, model->member), node_of(p, at->member));
		if (!model)
			model = at;
	}
	if (sd_policy_is_code(policy))
		check_strips(p, c, nr, holders, demanded, policy, r);
}

void check_replicas(const struct check_cluster *c, struct report *r, struct replicas_told *told)
{
	unsigned *members = mem_array(c->nr, sizeof *members);
	unsigned nr = check_members(c, members);
	struct placement p;
	struct copies all = {0};
	size_t end;

	if (nr == 0) {
		free(members);
		return;
	}
	placement_init(&p, c, &c->nodes[members[0]]);
	for (uint32_t i = 0; i < view_members(p.view)->nr; i++) {
		if (!p.nodes[i])
			continue;
		all.store = p.nodes[i]->store;
		all.member = (uint16_t)i;
		store_each(all.store, add_copy, &all);
	}
	if (all.nr)
		qsort(all.copy, all.nr, sizeof *all.copy, compare_copies);
	for (size_t at = 0; at < all.nr; at = end) {
		for (end = at; end < all.nr && all.copy[end].oid == all.copy[at].oid; end++)
			;
		if (sheep_has_vdi_of(p.first->sheep, all.copy[at].oid)) {
			check_object(&p, &all.copy[at], end - at, r);
			told->objects++;
			told->copies += end - at;
		} else {
			told->orphans++;
		}
	}
	free(all.copy);
	placement_free(&p);
	free(members);
}
