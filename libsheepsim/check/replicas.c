/*
 * I2: objects where the ring wants them, and identical.
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
	struct {
		uint32_t vid;
		uint8_t policy;
	} * coded; /* VDIs with a policy, ascending */
	size_t nr_coded;
	uint8_t default_policy;
};

static void add_copy(void *arg, struct store_key k)
{
	struct copies *c = arg;
	struct blob *content;

	if (k.stale_epoch)
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

static void note_policy(void *arg, const struct vdi_state *v)
{
	struct placement *p = arg;

	p->coded = mem_resize(p->coded, p->nr_coded + 1, sizeof *p->coded);
	p->coded[p->nr_coded].vid = v->vid;
	p->coded[p->nr_coded++].policy = v->copy_policy;
}

/* The policy of an object (R310): only data and VM state are coded. Unknown VDIs: the default. */
static uint8_t policy_of(const struct placement *p, uint64_t oid)
{
	size_t low = 0, high = p->nr_coded;
	uint32_t vid = sd_oid_vid(oid);

	if (sd_oid_is_inode(oid) || sd_oid_is_btree(oid) || sd_oid_is_attr(oid) ||
	    sd_oid_is_ledger(oid))
		return 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->coded[middle].vid < vid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < p->nr_coded && p->coded[low].vid == vid)
		return p->coded[low].policy;
	return p->default_policy;
}

/* The same position in every list: members of the view, in order. */
static void placement_init(struct placement *p, const struct check_cluster *c,
			   const struct check_node *first)
{
	struct sheep_state state;
	struct store_config config;
	const struct members *m;

	sheep_state(first->sheep, &state);
	store_config_get(first->store, &config);
	*p = (struct placement){
		.first = first, .view = state.view, .default_policy = config.copy_policy};
	m = view_members(p->view);
	p->nodes = mem_array(m->nr, sizeof(*p->nodes));
	for (unsigned i = 0; i < c->nr; i++) {
		int at = members_find(m, &c->nodes[i].nid);

		if (at >= 0)
			p->nodes[at] = &c->nodes[i];
	}
	sheep_vdis(first->sheep, note_policy, p);
}

static void placement_free(struct placement *p)
{
	free(p->nodes);
	free(p->coded);
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

/*
 * The copies c of one object. With fewer zones than strips only the data strips are written (R416),
 * so then no more are demanded.
 */
static void check_object(const struct placement *p, const struct copy *c, size_t nr,
			 struct report *r)
{
	uint64_t oid = c->oid;
	uint32_t copies = sheep_copies(p->first->sheep, oid);
	uint8_t policy = policy_of(p, oid);
	uint16_t holders[MAX_ZONES];
	uint32_t nr_holders = view_holders(p->view, oid, copies, holders);
	uint32_t demanded = nr_holders;
	const struct copy *model = NULL;

	if (policy && nr_holders < copies)
		demanded = (uint32_t)sd_policy_data_strips(policy);
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
}

void check_replicas(const struct check_cluster *c, struct report *r, uint64_t *objects,
		    uint64_t *copies)
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
		check_object(&p, &all.copy[at], end - at, r);
		(*objects)++;
	}
	*copies += all.nr;
	free(all.copy);
	placement_free(&p);
	free(members);
}
