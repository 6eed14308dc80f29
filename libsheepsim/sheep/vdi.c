/*
 * The tables of the VDI layer (R601-R603): vids in use and deleted, and what is known of each VDI.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sheep/vdi_layer.h"

void vdis_init(struct sheep *s)
{
	struct vdi_layer *l = mem_alloc(sizeof(*l));

	STAILQ_INIT(&l->logged);
	LIST_INIT(&l->checkpoints);
	LIST_INIT(&l->index_writes);
	STAILQ_INIT(&l->ledger_waiting);
	s->vdis = l;
}

void vdis_clear(struct sheep *s)
{
	struct vdi_layer *l = s->vdis;

	for (uint32_t i = 0; i < l->nr_vdis; i++) {
		free(l->vdi[i]->lock);
		free(l->vdi[i]);
	}
	l->nr_vdis = 0;
	vid_set_clear(&l->in_use);
	vid_set_clear(&l->deleted);
	if (!l->collect)
		l->collecting = false; /* what was there to collect is gone */
}

void vdis_free(struct sheep *s)
{
	vdis_clear(s);
	collect_free(s);
	free(s->vdis->vdi);
	free(s->vdis);
	s->vdis = NULL;
}

/* Where the entry of vid is, or would be. */
static uint32_t place_of(const struct vdi_layer *l, uint32_t vid)
{
	uint32_t low = 0, high = l->nr_vdis;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (l->vdi[middle]->vid < vid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct vdi *vdi_find(const struct sheep *s, uint32_t vid)
{
	const struct vdi_layer *l = s->vdis;
	uint32_t i = place_of(l, vid);

	return i < l->nr_vdis && l->vdi[i]->vid == vid ? l->vdi[i] : NULL;
}

static struct vdi *entry_insert(struct vdi_layer *l, uint32_t vid)
{
	uint32_t i = place_of(l, vid);
	struct vdi *v = mem_alloc(sizeof(*v));

	if (l->nr_vdis == l->cap_vdis) {
		l->cap_vdis = l->cap_vdis ? 2 * l->cap_vdis : 8;
		l->vdi = mem_resize(l->vdi, l->cap_vdis, sizeof(struct vdi *));
	}
	memmove(l->vdi + i + 1, l->vdi + i, (l->nr_vdis - i) * sizeof(struct vdi *));
	l->vdi[i] = v;
	l->nr_vdis++;
	v->vid = vid;
	return v;
}

/* R601: what is known of a VDI beside its bits. */
struct vdi *vdi_add(struct sheep *s, uint32_t vid, uint8_t nr_copies, uint8_t copy_policy,
		    uint8_t block_size_shift, bool snapshot, uint32_t parent)
{
	struct vdi *v = vdi_find(s, vid);

	assert(vid_valid(vid));
	if (!v)
		v = entry_insert(s->vdis, vid);
	v->nr_copies = nr_copies;
	v->copies_everywhere = false;
	v->copy_policy = copy_policy;
	v->block_size_shift = block_size_shift;
	v->snapshot = snapshot;
	if (parent)
		v->parent_vid = parent;
	return v;
}

/* R603: only where vids are recycled (R635), and at a format, does a vid lose its bits. */
void vdi_forget(struct sheep *s, uint32_t vid)
{
	struct vdi_layer *l = s->vdis;
	uint32_t i = place_of(l, vid);

	vid_set_remove(&l->in_use, vid);
	vid_set_remove(&l->deleted, vid);
	if (i == l->nr_vdis || l->vdi[i]->vid != vid)
		return;
	free(l->vdi[i]->lock);
	free(l->vdi[i]);
	memmove(l->vdi + i, l->vdi + i + 1, (l->nr_vdis - i - 1) * sizeof(struct vdi *));
	l->nr_vdis--;
}

bool vdi_in_use(const struct sheep *s, uint32_t vid)
{
	return vid_set_has(&s->vdis->in_use, vid);
}

void vdi_set_in_use(struct sheep *s, uint32_t vid)
{
	if (vid_valid(vid))
		vid_set_add(&s->vdis->in_use, vid);
}

void vdi_set_deleted(struct sheep *s, uint32_t vid)
{
	if (vid_valid(vid))
		vid_set_add(&s->vdis->deleted, vid);
}

void vdis_unmark_deleted(struct sheep *s)
{
	for (uint32_t i = 0; i < s->vdis->nr_vdis; i++)
		s->vdis->vdi[i]->deleted = false;
}

struct blob *vdi_bitmap(struct sheep *s, bool deleted)
{
	return vid_set_bitmap(deleted ? &s->vdis->deleted : &s->vdis->in_use);
}

/* The deleted bit, but not the flag: nobody here saw the deletion (R602, R604). */
void vdi_found_inode(struct sheep *s, uint64_t oid, struct blob *inode)
{
	struct inode_head head;
	struct wire_error err;
	uint32_t vid = sd_oid_vid(oid);

	if (!vid_valid(vid) || inode_head_decode(inode, &head, &err) < 0)
		return;
	vdi_add(s, vid, head.nr_copies, head.copy_policy, head.block_size_shift,
		head.snap_ctime != 0, head.parent_vdi_id);
	vdi_set_in_use(s, vid);
	if (!head.name[0])
		vdi_set_deleted(s, vid);
}

void vdi_state_of(const struct vdi *v, struct vdi_state *state)
{
	const struct vdi_lock *lock = v->lock;

	*state = (struct vdi_state){
		.vid = v->vid,
		.nr_copies = v->nr_copies,
		.snapshot = v->snapshot,
		.deleted = v->deleted,
		.copy_policy = v->copy_policy,
		.block_size_shift = v->block_size_shift,
		.parent_vid = v->parent_vid,
		.lock_state = SD_LOCK_STATE_UNLOCKED,
	};
	if (!lock)
		return;
	state->lock_state = lock->state;
	state->lock_owner = lock->owner;
	state->nr_participants = lock->nr;
	for (uint32_t i = 0; i < lock->nr; i++) {
		state->participants_state[i] = lock->shared_state[i];
		state->participants[i] = lock->participant[i];
	}
}

size_t vdi_table(const struct sheep *s, struct vdi_state **states)
{
	const struct vdi_layer *l = s->vdis;

	*states = mem_array(l->nr_vdis, sizeof(**states));
	for (uint32_t i = 0; i < l->nr_vdis; i++)
		vdi_state_of(l->vdi[i], &(*states)[i]);
	return l->nr_vdis;
}

struct blob *vdi_states(const struct sheep *s, enum dialect d)
{
	struct vdi_state *states;
	size_t nr = vdi_table(s, &states);
	struct blob *b = dialect_vdi_states_encode(d, states, nr);

	free(states);
	return b;
}

uint32_t vdis_max_data_strips(const struct sheep *s)
{
	const struct vdi_layer *l = s->vdis;
	uint32_t most = 0;

	for (uint32_t i = 0; i < l->nr_vdis; i++) {
		uint8_t policy = l->vdi[i]->copy_policy;
		uint32_t strips = policy ? sd_policy_data_strips(policy) : 0;

		if (strips > most)
			most = strips;
	}
	return most;
}

void sheep_vdis(const struct sheep *s, void (*fn)(void *arg, const struct vdi_state *v), void *arg)
{
	const struct vdi_layer *l = s->vdis;
	struct vdi_state state;

	for (uint32_t i = 0; i < l->nr_vdis; i++) {
		vdi_state_of(l->vdi[i], &state);
		state.deleted = state.deleted			      ? VDI_DELETION_SEEN
				: vid_set_has(&l->deleted, state.vid) ? VDI_DELETED
								      : 0;
		fn(arg, &state);
	}
}
