/* The command `show locks'. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/call_values.h"
#include "scenario/rows.h"
#include "scenario/vms.h"
#include "sheepsim/wire/peer.h"

/* What one node knows. */
struct knowledge {
	int node;
	struct sheepsim_lock *locks;
	size_t nr;
};

struct all_knowledge {
	struct knowledge *list;
	int nr;
};

static int learn(struct run *r, int node, struct knowledge *k)
{
	int nr = sheepsim_locks(r->sim, node, NULL, 0);

	if (nr < 0)
		return nr;
	*k = (struct knowledge){.node = node, .nr = (size_t)nr};
	k->locks = mem_array((size_t)nr + 1, sizeof(*k->locks));
	sheepsim_locks(r->sim, node, k->locks, k->nr);
	return 0;
}

/* The lowest VDI above one that somebody knows a lock of; 0: there is none. */
static uint32_t next_vid(const struct all_knowledge *all, uint32_t vid)
{
	uint32_t next = 0;

	for (int i = 0; i < all->nr; i++) {
		for (size_t k = 0; k < all->list[i].nr; k++) {
			uint32_t v = all->list[i].locks[k].vid;

			if (v > vid && (next == 0 || v < next))
				next = v;
		}
	}
	return next;
}

static const char *shared_word(int state)
{
	switch (state) {
	case SD_SHARED_LOCK_STATE_MODIFIED:
		return "modified";
	case SD_SHARED_LOCK_STATE_SHARED:
		return "shared";
	case SD_SHARED_LOCK_STATE_INVALIDATED:
		return "invalidated";
	default:
		return "unknown";
	}
}

/* "not locked", "locked by node 1", "shared by node 0 (modified), node 2 (invalidated)" */
static void text_lock(struct text *t, const struct knowledge *k, uint32_t vid)
{
	bool any = false;

	for (size_t i = 0; i < k->nr; i++) {
		const struct sheepsim_lock *l = &k->locks[i];

		if (l->vid != vid)
			continue;
		text_add(t, any ? ", " : l->shared ? "shared by " : "locked by ");
		if (l->owner >= 0)
			text_add(t, "node %d", l->owner);
		else
			text_add(t, "a stranger");
		if (l->shared)
			text_add(t, " (%s)", shared_word(l->state));
		any = true;
	}
	if (!any)
		text_add(t, "not locked");
}

static void row_of_lock(struct run *r, const struct knowledge *k, uint32_t vid, const char *name)
{
	const char *kind = "none";

	for (size_t i = 0; i < k->nr; i++) {
		if (k->locks[i].vid == vid)
			kind = k->locks[i].shared ? "shared" : "normal";
	}
	row_begin(r);
	row_hex(r, "vid", vid, 6);
	row_text(r, "vdi", name);
	row_number(r, "node", (uint64_t)k->node);
	row_text(r, "lock", kind);
	row_list(r, "holders");
	for (size_t i = 0; i < k->nr; i++) {
		if (k->locks[i].vid != vid)
			continue;
		row_begin(r);
		row_node(r, "node", k->locks[i].owner);
		if (k->locks[i].shared)
			row_text(r, "state", shared_word(k->locks[i].state));
		row_end(r);
	}
	row_list_end(r);
	row_end(r);
}

/* One line if all know the same of it, else one for each node. */
static void show_lock(struct run *r, const struct all_knowledge *all, uint32_t vid)
{
	struct text name = {0};
	struct text first = {0};
	struct text t = {0};
	bool agree = true;

	text_vid(r, &name, vid);
	text_lock(&first, &all->list[0], vid);
	for (int i = 0; i < all->nr; i++) {
		text_clear(&t);
		text_lock(&t, &all->list[i], vid);
		agree = agree && strcmp(text_get(&t), text_get(&first)) == 0;
		row_of_lock(r, &all->list[i], vid, text_get(&name));
	}
	if (agree)
		say(r, "%s: %s", text_get(&name), text_get(&first));
	for (int i = 0; i < all->nr && !agree; i++) {
		text_clear(&t);
		text_lock(&t, &all->list[i], vid);
		say(r, "%s for node %d: %s", text_get(&name), all->list[i].node, text_get(&t));
	}
	text_free(&name);
	text_free(&first);
	text_free(&t);
}

int run_locks(struct run *r, const struct call *call)
{
	int nodes[MAX_NODES];
	int nr = chosen_nodes(r, call, "NODE", nodes);
	struct all_knowledge all = {0};
	uint32_t vid = 0;
	int error = nr < 0 ? nr : 0;

	all.list = mem_array(MAX_NODES, sizeof(*all.list));
	for (int i = 0; i < nr && error >= 0; i++) {
		/* one that was asked for has to run */
		if (!node_runs(r, nodes[i]) && !call_has(call, "NODE"))
			continue;
		error = learn(r, nodes[i], &all.list[all.nr]);
		all.nr += error >= 0;
	}
	if (error >= 0 && next_vid(&all, 0) == 0)
		say(r, "no locks");
	while (error >= 0 && (vid = next_vid(&all, vid)) != 0)
		show_lock(r, &all, vid);
	for (int i = 0; i < all.nr; i++)
		free(all.list[i].locks);
	free(all.list);
	return error;
}
