/*
 * Looking at nodes: their states, stores, logs and views.
 */
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"
#include "sheep/vdi.h"

static enum sheepsim_node_state state_of(const struct node *n, const struct sheep_state *s)
{
	if (n->world.held)
		return SHEEPSIM_NODE_HELD;
	if (s->ex_member)
		return SHEEPSIM_NODE_EX_MEMBER;
	return s->accepted ? SHEEPSIM_NODE_MEMBER : SHEEPSIM_NODE_JOINING;
}

static void look_at_process(const struct node *n, struct sheepsim_node_info *info)
{
	struct sheep_state s;

	sheep_state(n->sheep, &s);
	info->state = state_of(n, &s);
	info->status = s.status;
	info->cluster_flags = s.flags;
	info->peer_version = dialect_info(s.level)->name;
	info->epoch = s.epoch;
	info->vnodes = s.nr_vnodes;
	info->recovering = s.in_run;
	info->recovery_state = s.run_state;
	info->recovery_epoch = s.run_epoch;
	info->recovery_finished = s.run_finished;
	info->recovery_total = s.run_total;
	info->recovery_suspended = s.run_suspended;
	info->gathered = s.gathered;
	info->parked = s.parked;
	info->requests = s.clients;
}

int sheepsim_node_info(struct sheepsim *sim, int node, struct sheepsim_node_info *info)
{
	const struct node *n = sim_node(sim, node);

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	memset(info, 0, sizeof *info);
	info->zone = n->rec.zone;
	info->port = n->rec.nid.port;
	memcpy(info->address, n->rec.nid.addr, sizeof info->address);
	info->space = n->rec.space;
	info->used = store_used(n->store);
	info->live = store_nr_live(n->store);
	info->stale = store_nr_stale(n->store);
	info->exit_status = n->exit_status;
	info->started = n->started;
	memcpy(info->exit_reason, n->exit_reason, sizeof info->exit_reason);
	if (node_is_running(n))
		look_at_process(n, info);
	else
		info->epoch = store_log_highest(n->store);
	if (!node_is_running(n) && n->runs)
		info->state = SHEEPSIM_NODE_JOINING; /* its start is due */
	return 0;
}

/* ------------------------------------------------------------------ stores */

struct listing {
	struct store *store;
	void (*fn)(void *arg, const struct sheepsim_object *o);
	void *arg;
	int nr;
};

static void list_object(void *arg, struct store_key k)
{
	struct listing *l = arg;
	struct blob *content = store_get(l->store, k);
	struct sheepsim_object o = {
		.oid = k.oid,
		.ec_index = k.ec_index,
		.stale_epoch = k.stale_epoch,
		.size = blob_size(content),
		.digest = blob_digest(content),
	};

	blob_unref(content);
	l->nr++;
	if (l->fn)
		l->fn(l->arg, &o);
}

int sheepsim_objects(struct sheepsim *sim, int node,
		     void (*fn)(void *arg, const struct sheepsim_object *o), void *arg)
{
	const struct node *n = sim_node(sim, node);
	struct listing l = {.fn = fn, .arg = arg};

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	l.store = n->store;
	store_each(n->store, list_object, &l);
	return l.nr;
}

int sheepsim_object_read(struct sheepsim *sim, int node, uint64_t oid, uint8_t ec_index,
			 uint32_t stale_epoch, uint64_t offset, void *buf, size_t len)
{
	const struct node *n = sim_node(sim, node);
	struct store_key key;
	struct blob *content;
	uint64_t size;

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	if (len > INT32_MAX)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "more than 2 GiB at once");
	key = (struct store_key){.oid = oid, .ec_index = ec_index, .stale_epoch = stale_epoch};
	content = store_get(n->store, key);
	if (!content)
		return sim_fail(sim, SHEEPSIM_E_NOT_FOUND, "node %d has no such object %016llx",
				node, (unsigned long long)oid);
	size = blob_size(content);
	if (offset >= size)
		len = 0;
	else if (len > size - offset)
		len = (size_t)(size - offset);
	blob_read(content, offset, buf, len);
	blob_unref(content);
	return (int)len;
}

/* ------------------------------------------------------------------ logs and views */

static int index_of(const struct sheepsim *sim, const struct node_id *id)
{
	const struct node *n = sim_node_by_id(sim, id);

	return n ? n->index : -1;
}

int sheepsim_epoch_log(struct sheepsim *sim, int node, uint32_t epoch, int *nodes, size_t max)
{
	const struct node *n = sim_node(sim, node);
	struct node_rec *recs = NULL;
	struct blob *log;
	uint64_t time;
	size_t nr = 0;
	int error;

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	log = store_log_get(n->store, epoch);
	if (!log)
		return sim_fail(sim, SHEEPSIM_E_NOT_FOUND, "node %d has no log of epoch %u", node,
				epoch);
	error = epoch_blob_decode(log, &recs, &nr, &time, NULL);
	blob_unref(log);
	if (error < 0)
		return sim_fail(sim, SHEEPSIM_E_MALFORMED, "node %d: bad log of epoch %u", node,
				epoch);
	for (size_t i = 0; i < nr && i < max; i++)
		nodes[i] = index_of(sim, &recs[i].nid);
	free(recs);
	return (int)nr;
}

int sheepsim_holders(struct sheepsim *sim, int node, uint64_t oid, unsigned copies, int *nodes,
		     size_t max)
{
	const struct node *n = sim_running(sim, node);
	uint16_t holders[MAX_ZONES];
	struct sheep_state s;
	uint32_t nr;

	if (!n)
		return node >= 0 && node < sim->nr_nodes ? SHEEPSIM_E_STATE : SHEEPSIM_E_NOT_FOUND;
	if (copies > MAX_ZONES)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "more than %u copies", MAX_ZONES);
	sheep_state(n->sheep, &s);
	if (!s.view || !view_vnodes(s.view))
		return sim_fail(sim, SHEEPSIM_E_STATE, "node %d has no view to place objects by",
				node);
	nr = view_holders(s.view, oid, copies ? copies : sheep_copies(n->sheep, oid), holders);
	for (uint32_t i = 0; i < nr && i < max; i++)
		nodes[i] = index_of(sim, &view_members(s.view)->rec[holders[i]].nid);
	return (int)nr;
}

/* ------------------------------------------------------------------ locks */

struct lock_list {
	struct sheepsim_lock *locks;
	size_t nr, max;
};

static void add_lock(struct lock_list *l, struct sheepsim_lock lock)
{
	if (l->nr < l->max)
		l->locks[l->nr] = lock;
	l->nr++;
}

static void add_locks_of(const struct sheepsim *sim, const struct vdi_state *v, struct lock_list *l)
{
	if (v->lock_state == SD_LOCK_STATE_LOCKED)
		add_lock(l, (struct sheepsim_lock){.vid = v->vid,
						   .owner = index_of(sim, &v->lock_owner)});
	for (uint32_t i = 0; v->lock_state == SD_LOCK_STATE_SHARED && i < v->nr_participants; i++)
		add_lock(l, (struct sheepsim_lock){.vid = v->vid,
						   .shared = true,
						   .owner = index_of(sim, &v->participants[i]),
						   .state = (int)v->participants_state[i]});
}

int sheepsim_locks(struct sheepsim *sim, int node, struct sheepsim_lock *locks, size_t max)
{
	const struct node *n = sim_running(sim, node);
	struct lock_list l = {.locks = locks, .max = max};
	struct vdi_state *states;
	size_t nr;

	if (!n)
		return node >= 0 && node < sim->nr_nodes ? SHEEPSIM_E_STATE : SHEEPSIM_E_NOT_FOUND;
	nr = vdi_table(n->sheep, &states);
	for (size_t i = 0; i < nr; i++)
		add_locks_of(sim, &states[i], &l);
	free(states);
	return (int)l.nr;
}
