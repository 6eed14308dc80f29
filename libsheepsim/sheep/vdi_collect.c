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

#include "sheep/vdi_layer.h"

struct checkpoint {
	uint32_t key;	     /* epoch - 1 */
	struct blob *states; /* as vdi_states() */
	LIST_ENTRY(checkpoint) link;
};

/* The joiner's job. */
struct collect {
	struct task task;
	struct sheep *sheep;
	struct members *members; /* as of the accept */
	uint32_t key;
	uint32_t vid;	   /* that is being asked for; 0: none yet */
	uint32_t member;   /* index of who is being asked */
	bool other_answer; /* somebody answered otherwise than "no such entry" */
	bool running;	   /* asking has begun */
	struct call call;
};

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
	blob_unref(c->states);
	free(c);
}

/* R609: one with that key stays as it is. */
static void checkpoint_take(struct sheep *s, uint32_t key)
{
	struct checkpoint *c;

	if (checkpoint_find(s, key))
		return;
	c = mem_alloc(sizeof(*c));
	c->key = key;
	c->states = vdi_states(s);
	LIST_INSERT_HEAD(&s->vdis->checkpoints, c, link);
}

/* The entry of vid as it is sent; NULL: there is none. */
static struct blob *checkpoint_entry(const struct checkpoint *c, uint32_t vid)
{
	uint64_t low = 0, high = blob_size(c->states) / VDI_STATE_SIZE;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		uint8_t bytes[4]; /* vid comes first in an entry */

		blob_read(c->states, middle * VDI_STATE_SIZE, bytes, sizeof(bytes));
		if (get_le32(bytes) == vid)
			return blob_slice(c->states, middle * VDI_STATE_SIZE, VDI_STATE_SIZE);
		if (get_le32(bytes) < vid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static uint32_t checkpoint_get(struct request *r)
{
	const struct checkpoint *c = checkpoint_find(r->sheep, r->q.checkpoint.tgt_epoch);

	if (!c)
		return SD_RES_AGAIN;
	if (r->q.data_length < VDI_STATE_SIZE)
		return SD_RES_BUFFER_SMALL;
	r->out = checkpoint_entry(c, r->q.checkpoint.vid);
	return r->out ? SD_RES_SUCCESS : SD_RES_NO_CHECKPOINT_ENTRY;
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

	members_unref(c->sheep->commons, c->members);
	free(c);
}

void vdi_joined(struct sheep *s, bool self, const struct members *m)
{
	struct vdi_layer *l = s->vdis;
	struct collect *c;

	if (node_epoch(s) == 0 || s->ci.status != SD_STATUS_OK)
		return;
	if (!self) {
		if (locks_enabled(s))
			checkpoint_take(s, node_epoch(s) - 1);
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
	c->key = node_epoch(s) - 1;
	l->collect = c;
	task_add(s, &c->task, collect_drop);
}

static void collect_next_vid(struct collect *c);
static void collect_ask(struct collect *c);
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
	c->call.q.checkpoint.get = get;
	c->call.q.checkpoint.tgt_epoch = c->key;
	if (get) {
		c->call.q.data_length = VDI_STATE_SIZE;
		c->call.q.checkpoint.vid = c->vid;
	}
	return call_start(c->sheep, &c->call);
}

void collect_start(struct sheep *s)
{
	struct collect *c = s->vdis->collect;

	if (!c || c->running)
		return;
	c->running = true;
	collect_next_vid(c);
}

/* The in-use vids in ascending order (R607). */
static void collect_next_vid(struct collect *c)
{
	c->vid = vid_set_above(&c->sheep->vdis->in_use, c->vid);
	c->member = 0;
	c->other_answer = false;
	if (c->vid)
		collect_ask(c);
	else
		collect_free_next(c);
}

/* Has this node's own store the inode, live or stale at the checkpoint's epoch? */
static bool own_inode(const struct collect *c)
{
	struct store_key live = {.oid = sd_vid_to_inode_oid(c->vid)};
	struct store_key stale = {.oid = live.oid, .stale_epoch = c->key};

	return store_has(c->sheep->store, live) || (c->key && store_has(c->sheep->store, stale));
}

/* Takes over what a member knew of the lock. */
static bool collect_apply(struct collect *c, const struct blob *entry)
{
	struct vdi_state state;
	struct vdi_lock *lock;
	struct vdi *v = vdi_find(c->sheep, c->vid);

	if (vdi_state_decode(entry, 0, &state, NULL) < 0 || state.vid != c->vid)
		return false;
	if (!v)
		v = vdi_add(c->sheep, c->vid, state.nr_copies, state.copy_policy,
			    state.block_size_shift, state.snapshot, state.parent_vid);
	lock = vdi_lock_of(v);
	lock->state = state.lock_state;
	lock->owner = state.lock_owner;
	lock->nr = state.nr_participants;
	for (uint32_t i = 0; i < lock->nr; i++) {
		lock->shared_state[i] = state.participants_state[i];
		lock->participant[i] = state.participants[i];
	}
	return true;
}

static void collect_answered(struct call *call)
{
	struct collect *c = call->owner;

	if (call->result == SD_RES_SUCCESS && collect_apply(c, call->out)) {
		collect_next_vid(c);
		return;
	}
	if (call->result != SD_RES_NO_CHECKPOINT_ENTRY)
		c->other_answer = true;
	c->member++;
	collect_ask(c);
}

static void collect_ask(struct collect *c)
{
	while (collect_next_member(c)) {
		if (collect_call(c, true, collect_answered))
			return;
		c->other_answer = true;
		c->member++;
	}
	/* Nobody had it. A VDI of which only the own store knows was never locked (R607). */
	if (c->other_answer || !own_inode(c))
		node_exit(c->sheep, 1, "nobody knows the lock of VDI %06x at epoch %u", c->vid,
			  c->key);
	else
		collect_next_vid(c);
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

/* Tells one member after the other to forget the checkpoint; who cannot be told keeps it. */
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
