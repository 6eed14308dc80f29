/*
 * Locks of VDIs, normal and shared (R419, R620-R625). The owner is a gateway node. Without the
 * cluster's use-lock flag there are none (R624).
 */
#include <stdlib.h>

#include "sheep/vdi_layer.h"
#include "sheep/vdi_lock.h"

struct vdi_lock *vdi_lock_of(struct vdi *v)
{
	if (!v->lock) {
		v->lock = mem_alloc(sizeof(*v->lock));
		v->lock->state = SD_LOCK_STATE_UNLOCKED;
	}
	return v->lock;
}

/* The index of a participant, -1: it is none. */
static int participant_find(const struct vdi_lock *lock, const struct node_id *who)
{
	for (uint32_t i = 0; lock && i < lock->nr; i++) {
		if (node_id_cmp(&lock->participant[i], who) == 0)
			return (int)i;
	}
	return -1;
}

/* This node's state as a participant of the shared lock; 0: it is none. */
static uint32_t own_shared_state(const struct sheep *s, uint32_t vid)
{
	const struct vdi *v = vdi_find(s, vid);
	int i = v ? participant_find(v->lock, &s->me.nid) : -1;

	return i < 0 ? 0 : v->lock->shared_state[i];
}

/* ------------------------------------------------------------------ changes */

static uint32_t lock_shared(struct vdi_lock *lock, const struct node_id *who)
{
	uint32_t state = SD_SHARED_LOCK_STATE_MODIFIED; /* the first one */

	if (lock->state == SD_LOCK_STATE_LOCKED || lock->nr == MAX_PARTICIPANTS ||
	    participant_find(lock, who) >= 0)
		return SD_RES_VDI_LOCKED;
	if (lock->nr)
		state = SD_SHARED_LOCK_STATE_SHARED;
	for (uint32_t i = 0; i < lock->nr; i++) {
		if (lock->shared_state[i] == SD_SHARED_LOCK_STATE_MODIFIED)
			state = SD_SHARED_LOCK_STATE_INVALIDATED;
	}
	lock->state = SD_LOCK_STATE_SHARED;
	lock->participant[lock->nr] = *who;
	lock->shared_state[lock->nr] = state;
	lock->nr++;
	return SD_RES_SUCCESS;
}

/* R620. */
static uint32_t apply_lock(struct vdi_lock *lock, const struct lock_change *change)
{
	if (change->type == SD_LOCK_TYPE_SHARED)
		return lock_shared(lock, &change->who);
	if (change->type != SD_LOCK_TYPE_NORMAL || lock->state != SD_LOCK_STATE_UNLOCKED)
		return SD_RES_VDI_LOCKED;
	lock->state = SD_LOCK_STATE_LOCKED;
	lock->owner = change->who;
	return SD_RES_SUCCESS;
}

static void participant_remove(struct vdi_lock *lock, const struct node_id *who)
{
	int i = participant_find(lock, who);

	if (i < 0)
		return;
	lock->nr--;
	for (uint32_t k = (uint32_t)i; k < lock->nr; k++) {
		lock->participant[k] = lock->participant[k + 1];
		lock->shared_state[k] = lock->shared_state[k + 1];
	}
	if (!lock->nr)
		lock->state = SD_LOCK_STATE_UNLOCKED;
}

static void unlock_normal(struct vdi_lock *lock)
{
	lock->state = SD_LOCK_STATE_UNLOCKED;
	lock->owner = (struct node_id){0};
}

/* R621: a normal lock goes whoever asks; SUCCESS in any case. */
static uint32_t apply_release(struct vdi_lock *lock, const struct lock_change *change)
{
	if (change->type == SD_LOCK_TYPE_SHARED) {
		participant_remove(lock, &change->who);
	} else if (change->type == SD_LOCK_TYPE_NORMAL && lock->state == SD_LOCK_STATE_LOCKED) {
		unlock_normal(lock);
	}
	return SD_RES_SUCCESS;
}

/*
 * R625. Without a shared lock sheepdog aborts on all nodes; here the sender gets an error. A sender
 * that is no participant changes the others all the same.
 */
static uint32_t apply_coherence(struct vdi_lock *lock, const struct lock_change *change)
{
	if (lock->state != SD_LOCK_STATE_SHARED)
		return SD_RES_INVALID_PARMS;
	for (uint32_t i = 0; i < lock->nr; i++) {
		bool sender = node_id_cmp(&lock->participant[i], &change->who) == 0;
		uint32_t *state = &lock->shared_state[i];

		if (!change->type)
			*state = sender ? SD_SHARED_LOCK_STATE_MODIFIED
					: SD_SHARED_LOCK_STATE_INVALIDATED;
		else if (sender || *state != SD_SHARED_LOCK_STATE_INVALIDATED)
			*state = SD_SHARED_LOCK_STATE_SHARED;
	}
	return SD_RES_SUCCESS;
}

/* R623: its shared locks only; a normal lock stays until somebody releases it (R922). */
static void apply_left(struct sheep *s, const struct node_id *who)
{
	struct vdi_layer *l = s->vdis;

	for (uint32_t i = 0; i < l->nr_vdis; i++) {
		struct vdi_lock *lock = l->vdi[i]->lock;

		if (!lock)
			continue;
		participant_remove(lock, who);
		if (!quirk(s, QUIRK_DEAD_LOCKS) && lock->state == SD_LOCK_STATE_LOCKED &&
		    node_id_cmp(&lock->owner, who) == 0)
			unlock_normal(lock);
	}
}

uint32_t lock_apply(struct sheep *s, const struct lock_change *change)
{
	struct vdi *v;

	if (change->kind == CHANGE_LEFT) {
		apply_left(s, &change->who);
		return SD_RES_SUCCESS;
	}
	v = vdi_find(s, change->vid);
	if (!v) /* an unlock of what is not there succeeds as well (R621) */
		return change->kind == CHANGE_RELEASE ? SD_RES_SUCCESS : SD_RES_NO_VDI;
	switch (change->kind) {
	case CHANGE_LOCK:
		return apply_lock(vdi_lock_of(v), change);
	case CHANGE_RELEASE:
		return apply_release(vdi_lock_of(v), change);
	default:
		return apply_coherence(vdi_lock_of(v), change);
	}
}

/*
 * R622: while COLLECTING, changes are logged, and replayed on what was collected. The rule speaks
 * of locks and releases; coherence and leaving nodes would be lost if they did not wait with them.
 */
static uint32_t lock_change(struct sheep *s, const struct lock_change *change)
{
	struct lock_change *logged;

	if (!locks_enabled(s))
		return SD_RES_SUCCESS; /* R624 */
	if (!s->vdis->collecting)
		return lock_apply(s, change);
	logged = mem_alloc(sizeof(*logged));
	*logged = *change;
	STAILQ_INSERT_TAIL(&s->vdis->logged, logged, link);
	return SD_RES_SUCCESS;
}

/* ------------------------------------------------------------------ operations */

/* The body is a lookup; refused as long as this node does not know the locks itself. */
void vdi_lock_work(struct request *r)
{
	if (locks_enabled(r->sheep) && r->sheep->vdis->collecting)
		request_end(r, SD_RES_COLLECTING_CINFO);
	else
		vdi_info_work(r);
}

uint32_t vdi_lock_effect(struct sheep *s, const struct cluster_msg *m)
{
	return lock_change(s, &(struct lock_change){.kind = CHANGE_LOCK,
						    .vid = m->p->vdi.vdi_id,
						    .type = m->q->vdi.type,
						    .who = m->sender->nid});
}

void vdi_release_work(struct request *r)
{
	request_end(r, SD_RES_SUCCESS);
}

uint32_t vdi_release_effect(struct sheep *s, const struct cluster_msg *m)
{
	return lock_change(s, &(struct lock_change){.kind = CHANGE_RELEASE,
						    .vid = m->q->vdi.base_vdi_id,
						    .type = m->q->vdi.type,
						    .who = m->sender->nid});
}

uint32_t vdi_coherence_effect(struct sheep *s, const struct cluster_msg *m)
{
	if (!locks_enabled(s)) /* then nothing is locked as shared */
		return SD_RES_INVALID_PARMS;
	return lock_change(s, &(struct lock_change){.kind = CHANGE_COHERENCE,
						    .vid = m->q->coherence.vid,
						    .type = m->q->coherence.validate,
						    .who = m->sender->nid});
}

void vdi_node_left(struct sheep *s, const struct node_id *id)
{
	lock_change(s, &(struct lock_change){.kind = CHANGE_LEFT, .who = *id});
}

/* ------------------------------------------------------------------ at the gateway */

static bool is_write(uint8_t opcode)
{
	return opcode == SD_OP_WRITE_OBJ || opcode == SD_OP_CREATE_AND_WRITE_OBJ;
}

/* A READ by which a client with the shared lock gets the inode anew (spec 2.7). */
static bool is_refresh(const struct req *q)
{
	return q->opcode == SD_OP_READ_OBJ && sd_oid_is_inode(q->obj.oid) && q->obj.offset == 0 &&
	       q->data_length == SD_INODE_REFRESH_LEN;
}

uint32_t vdi_gateway_check(const struct request *r)
{
	const struct sheep *s = r->sheep;
	uint64_t oid = r->q.obj.oid;
	const struct vdi *v = vdi_find(s, sd_oid_vid(oid));

	if (is_write(r->q.opcode) && sd_oid_is_data(oid) && v && v->snapshot)
		return SD_RES_READONLY;
	if ((r->q.flags & SD_FLAG_CMD_TGT) && !is_refresh(&r->q) &&
	    own_shared_state(s, sd_oid_vid(oid)) == SD_SHARED_LOCK_STATE_INVALIDATED)
		return SD_RES_INODE_INVALIDATED;
	return SD_RES_SUCCESS;
}

static void coherence_refused(struct timer *t)
{
	struct coherence *c = container_of(t, struct coherence, refused);

	c->done(c, SD_RES_NETWORK_ERROR);
}

static void coherence_answered(struct call *call)
{
	struct coherence *c = call->owner;

	c->done(c, call->result);
}

bool coherence_needed(const struct sheep *s, uint32_t vid)
{
	uint32_t state = own_shared_state(s, vid);

	return state && state != SD_SHARED_LOCK_STATE_MODIFIED;
}

void coherence_tell(struct sheep *s, struct coherence *c, uint32_t vid, bool validate,
		    void (*done)(struct coherence *c, uint32_t result))
{
	c->done = done;
	c->call = (struct call){.to = s->me.nid, .done = coherence_answered, .owner = c};
	req_init(&c->call.q, SD_OP_INODE_COHERENCE);
	c->call.q.epoch = node_epoch(s);
	c->call.q.coherence.vid = vid;
	c->call.q.coherence.validate = validate;
	if (call_start(s, &c->call))
		return;
	c->refused.fire = coherence_refused;
	world_timer(s->world, &c->refused, CALL_REFUSED_TIME);
}

/* ------------------------------------------------------------------ refresh (R625) */

struct refresh {
	struct task task;
	struct coherence coherence;
	struct request *request;
};

static void refresh_drop(struct task *t)
{
	free(container_of(t, struct refresh, task));
}

bool vdi_refresh_applies(const struct request *r)
{
	return is_refresh(&r->q) && own_shared_state(r->sheep, sd_oid_vid(r->q.obj.oid)) ==
					    SD_SHARED_LOCK_STATE_INVALIDATED;
}

static void refresh_told(struct coherence *c, uint32_t result)
{
	struct refresh *f = container_of(c, struct refresh, coherence);
	struct request *r = f->request;

	task_remove(&f->task);
	free(f);
	if (result != SD_RES_SUCCESS) {
		/* an error has no payload: QEMU would take it for data (spec 1.4) */
		blob_unref(r->out);
		r->out = NULL;
	}
	request_end(r, result);
}

void vdi_refresh_done(struct request *r)
{
	struct refresh *f = mem_alloc(sizeof(*f));

	f->request = r;
	task_add(r->sheep, &f->task, refresh_drop);
	coherence_tell(r->sheep, &f->coherence, sd_oid_vid(r->q.obj.oid), true, refresh_told);
}
