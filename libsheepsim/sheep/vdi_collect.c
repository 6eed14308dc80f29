/*
 * Lock state at a join (R606-R609). At an accept the members of a running cluster keep a checkpoint
 * of their lock state; the joiner, when it has fetched the VDI table, asks for it VDI by VDI, and
 * tells everybody to forget it. Until then it is COLLECTING, and logs what happens to locks.
 *
 * Known weak spot, kept (R907): the key of a checkpoint is an epoch, so joins without an epoch
 * change between them, or overlapping ones, use and free one another's checkpoints.
 */
#include <assert.h>
#include <stdlib.h>

#include "placement/hash.h"
#include "sheep/vdi_layer.h"

#define TABLE_ROOM (512u * VDI_STATE_SIZE) /* first */

/* States of VDIs, ascending vid. */
struct table {
	struct vdi_state *states;
	size_t nr;
};

struct checkpoint {
	uint32_t key; /* epoch - 1 */
	struct table table;
	LIST_ENTRY(checkpoint) link;
};

/* The joiner's job. */
struct collect {
	struct task task;
	struct sheep *sheep;
	struct members *members; /* as of the accept */
	uint32_t key;		 /* of the others' checkpoints */
	uint32_t epoch;		 /* before the accept */
	uint32_t vid;		 /* that is being asked for; 0: none yet */
	uint32_t member;	 /* index of who is being asked */
	bool other_answer;	 /* somebody answered otherwise than "no such entry" */
	bool running;		 /* asking has begun */
	struct call call;
	/*
	 * Of each member; where checkpoints are given as a whole (V5) it is asked once, and what it
	 * says of a VDI is looked up. states NULL: not asked yet.
	 */
	struct table *tables;
	uint32_t room; /* for a whole checkpoint, doubled on BUFFER_SMALL */
};

static const struct vdi_state *table_find(const struct table *t, uint32_t vid)
{
	size_t low = 0, high = t->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->states[middle].vid < vid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < t->nr && t->states[low].vid == vid ? &t->states[low] : NULL;
}

/* ------------------------------------------------------------------ checkpoints */

static struct checkpoint *checkpoint_find(struct sheep *s, uint32_t key)
{
	struct checkpoint *c;

	LIST_FOREACH (c, &s->vdis->checkpoints, link) {
		if (c->key == key)
			return c;
	}
	return NULL;
}

static void checkpoint_free(struct checkpoint *c)
{
	LIST_REMOVE(c, link);
	free(c->table.states);
	free(c);
}

/*
 * What a checkpoint is called for this joiner: by the epoch, whoever it is for (R213). Where R907
 * is repaired each joiner has its own.
 */
static uint32_t checkpoint_key(const struct sheep *s, const struct node_rec *joiner)
{
	uint32_t key = node_epoch(s) - 1;

	if (!quirk(s, QUIRK_EPOCH_CHECKPOINTS))
		key = (uint32_t)sd_hash(&joiner->nid.addr, sizeof(joiner->nid.addr)) +
		      ((uint32_t)joiner->nid.port << 16) + key;
	return key;
}

/* R609: one with that key stays as it is. */
static void checkpoint_take(struct sheep *s, uint32_t key)
{
	struct checkpoint *c = checkpoint_find(s, key);

	if (!quirk(s, QUIRK_EPOCH_CHECKPOINTS)) {
		if (s->vdis->collecting)
			return; /* it does not know the locks itself */
		if (c)
			checkpoint_free(c);
	} else if (c) {
		return;
	}
	c = mem_alloc(sizeof(*c));
	c->key = key;
	c->table.nr = vdi_table(s, &c->table.states);
	LIST_INSERT_HEAD(&s->vdis->checkpoints, c, link);
}

/* One VDI of it, or all where the asker's dialect has no other way (V5). */
static uint32_t checkpoint_get(struct request *r)
{
	const struct checkpoint *c = checkpoint_find(r->sheep, r->q.checkpoint.tgt_epoch);
	const struct dialect_info *info = dialect_info(r->dialect);
	const struct vdi_state *first;
	size_t nr = 1;

	if (!c)
		return SD_RES_AGAIN;
	if (info->lock_tables) {
		first = c->table.states;
		nr = c->table.nr;
	} else {
		first = table_find(&c->table, r->q.checkpoint.vid);
	}
	if (r->q.data_length < nr * info->vdi_state_size)
		return SD_RES_BUFFER_SMALL;
	if (!first)
		return SD_RES_NO_CHECKPOINT_ENTRY;
	r->out = dialect_vdi_states_encode(r->dialect, first, nr);
	return SD_RES_SUCCESS;
}

void vdi_checkpoint_work(struct request *r)
{
	struct sheep *s = r->sheep;
	uint32_t key = r->q.checkpoint.tgt_epoch;
	struct checkpoint *c;

	if (!locks_enabled(s)) {
		request_end(r, SD_RES_SUCCESS);
	} else if (r->q.checkpoint.get) {
		request_end(r, checkpoint_get(r));
	} else {
		c = checkpoint_find(s, key);
		if (!c && !quirk(s, QUIRK_EPOCH_CHECKPOINTS)) {
			request_end(r, SD_RES_SUCCESS);
			return;
		}
		if (!c) {
			node_exit(s, 1, "no checkpoint of epoch %u to free", key); /* R608 */
			return;
		}
		checkpoint_free(c);
		request_end(r, SD_RES_SUCCESS);
	}
}

/* ------------------------------------------------------------------ collecting */

static void collect_drop(struct task *t)
{
	struct collect *c = container_of(t, struct collect, task);

	for (uint32_t i = 0; i < c->members->nr; i++)
		free(c->tables[i].states);
	free(c->tables);
	members_unref(c->sheep->commons, c->members);
	free(c);
}

void vdi_joined(struct sheep *s, const struct node_rec *joiner, const struct members *m)
{
	struct vdi_layer *l = s->vdis;
	bool self = node_is_me(s, &joiner->nid);
	struct collect *c;

	if (node_epoch(s) == 0 || s->ci.status != SD_STATUS_OK)
		return;
	if (!self) {
		if (locks_enabled(s))
			checkpoint_take(s, checkpoint_key(s, joiner));
		return;
	}
	if (m->nr < 2)
		return;
	l->collecting = true;
	if (!locks_enabled(s))
		return; /* R606: for ever, which has no effect */
	assert(!l->collect);
	c = mem_alloc(sizeof(*c));
	c->sheep = s;
	c->members = members_get(s->commons, m->rec, m->nr);
	c->tables = mem_array(m->nr, sizeof(*c->tables));
	c->room = TABLE_ROOM;
	c->key = checkpoint_key(s, joiner);
	c->epoch = node_epoch(s) - 1;
	l->collect = c;
	task_add(s, &c->task, collect_drop);
}

void vdi_session_lost(struct sheep *s)
{
	struct vdi_layer *l = s->vdis;
	struct collect *c = l->collect;

	l->collecting = false;
	if (!c)
		return;
	l->collect = NULL;
	if (c->call.sheep)
		call_drop(&c->call);
	task_remove(&c->task);
	collect_drop(&c->task);
}

static void collect_go_on(struct collect *c);
static void collect_free_next(struct collect *c);

/* Lets the next member be the one after this, without the own node; false: there is none. */
static bool collect_next_member(struct collect *c)
{
	while (c->member < c->members->nr) {
		if (!node_is_me(c->sheep, &c->members->rec[c->member].nid))
			return true;
		c->member++;
	}
	return false;
}

/* A request to the member whose turn it is; epoch 0: no forgiveness for silence (R433). */
static bool collect_call(struct collect *c, bool get, void (*done)(struct call *call))
{
	c->call = (struct call){.to = c->members->rec[c->member].nid, .done = done, .owner = c};
	req_init(&c->call.q, SD_OP_VDI_STATE_CHECKPOINT_CTL);
	c->call.on_loop = !get;
	c->call.q.checkpoint.get = get;
	c->call.q.checkpoint.tgt_epoch = c->key;
	if (get) {
		c->call.q.data_length =
			dialect_info(c->sheep->level)->lock_tables ? c->room : VDI_STATE_SIZE;
		c->call.q.checkpoint.vid = c->vid;
	}
	return call_start(c->sheep, &c->call);
}

/* The in-use vids in ascending order (R607). */
static void collect_next_vid(struct collect *c)
{
	c->vid = vid_set_above(&c->sheep->vdis->in_use, c->vid);
	c->member = 0;
	c->other_answer = false;
}

void collect_start(struct sheep *s)
{
	struct collect *c = s->vdis->collect;

	if (!c || c->running)
		return;
	c->running = true;
	collect_next_vid(c);
	collect_go_on(c);
}

/* Has this node's own store the inode, live or stale at the epoch before the accept? */
static bool own_inode(const struct collect *c)
{
	struct store_key live = {.oid = sd_vid_to_inode_oid(c->vid)};
	struct store_key stale = {.oid = live.oid, .stale_epoch = c->epoch};

	return store_has(c->sheep->store, live) || (c->epoch && store_has(c->sheep->store, stale));
}

/* Takes over what a member knew of the lock. */
static void collect_apply(struct collect *c, const struct vdi_state *state)
{
	struct vdi_lock *lock;
	struct vdi *v = vdi_find(c->sheep, c->vid);

	if (!v)
		v = vdi_add(c->sheep, c->vid, state->nr_copies, state->copy_policy,
			    state->block_size_shift, state->snapshot, state->parent_vid);
	lock = vdi_lock_of(v);
	lock->state = state->lock_state;
	lock->owner = state->lock_owner;
	lock->nr = state->nr_participants;
	for (uint32_t i = 0; i < lock->nr; i++) {
		lock->shared_state[i] = state->participants_state[i];
		lock->participant[i] = state->participants[i];
	}
}

/* The member has answered with one VDI's state. False: it is none of this VDI. */
static bool take_state(struct collect *c, const struct call *call)
{
	struct vdi_state *states;
	size_t nr;
	bool good;

	if (dialect_vdi_states_decode(call->dialect, call->out, &states, &nr, NULL) < 0)
		return false;
	good = nr == 1 && states[0].vid == c->vid;
	if (good)
		collect_apply(c, &states[0]);
	free(states);
	return good;
}

/* It has answered with the states of all. False: they make no sense. */
static bool take_table(struct collect *c, const struct call *call)
{
	struct table *t = &c->tables[c->member];

	if (dialect_vdi_states_decode(call->dialect, call->out, &t->states, &t->nr, NULL) < 0)
		return false;
	if (!t->states)
		t->states = mem_alloc(sizeof(*t->states)); /* asked, and there are none */
	return true;
}

static void collect_answered(struct call *call)
{
	struct collect *c = call->owner;
	bool whole = dialect_info(call->dialect)->lock_tables;

	if (call->result == SD_RES_BUFFER_SMALL && whole && c->room <= UINT32_MAX / 2) {
		c->room *= 2;
	} else if (call->result == SD_RES_SUCCESS && whole && take_table(c, call)) {
		; /* what it says of this VDI is looked up there */
	} else if (call->result == SD_RES_SUCCESS && !whole && take_state(c, call)) {
		collect_next_vid(c);
	} else {
		if (call->result != SD_RES_NO_CHECKPOINT_ENTRY)
			c->other_answer = true;
		c->member++;
	}
	collect_go_on(c);
}

/* Nobody had it. A VDI of which only the own store knows was never locked (R607). */
static bool may_be_unlocked(const struct collect *c)
{
	return !c->other_answer && own_inode(c);
}

/* All that can be done until somebody has to be asked. */
static void collect_go_on(struct collect *c)
{
	while (c->vid) {
		bool somebody = collect_next_member(c);
		const struct table *t = somebody ? &c->tables[c->member] : NULL;
		const struct vdi_state *state =
			somebody && t->states ? table_find(t, c->vid) : NULL;

		if (state) {
			collect_apply(c, state);
			collect_next_vid(c);
		} else if (somebody && t->states) {
			c->member++; /* as good as "no such entry" */
		} else if (somebody) {
			if (collect_call(c, true, collect_answered))
				return;
			c->other_answer = true;
			c->member++;
		} else if (may_be_unlocked(c)) {
			collect_next_vid(c);
		} else {
			node_exit(c->sheep, 1, "nobody knows the lock of VDI %06x at epoch %u",
				  c->vid, c->epoch);
			return;
		}
	}
	collect_free_next(c);
}

/* ------------------------------------------------------------------ the end (R608) */

static void collect_done(struct collect *c)
{
	struct sheep *s = c->sheep;
	struct vdi_layer *l = s->vdis;
	struct lock_change *change;

	l->collect = NULL;
	task_remove(&c->task);
	collect_drop(&c->task);
	while ((change = STAILQ_FIRST(&l->logged))) {
		STAILQ_REMOVE_HEAD(&l->logged, link);
		lock_apply(s, change);
		free(change);
	}
	l->collecting = false;
}

static void collect_freed(struct call *call)
{
	struct collect *c = call->owner;

	c->member++;
	collect_free_next(c);
}

/*
 * Tells one member after the other to forget the checkpoint, on the loop (R005); who cannot be told
 * keeps it.
 */
static void collect_free_next(struct collect *c)
{
	while (collect_next_member(c)) {
		if (collect_call(c, false, collect_freed))
			return;
		c->member++;
	}
	collect_done(c);
}

void collect_free(struct sheep *s)
{
	struct vdi_layer *l = s->vdis;
	struct checkpoint *checkpoint;
	struct lock_change *change;

	while ((checkpoint = LIST_FIRST(&l->checkpoints)))
		checkpoint_free(checkpoint);
	while ((change = STAILQ_FIRST(&l->logged))) {
		STAILQ_REMOVE_HEAD(&l->logged, link);
		free(change);
	}
}
