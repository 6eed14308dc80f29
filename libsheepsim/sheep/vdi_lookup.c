/*
 * Names, tags, snapshot ids (R610-R612), and GET_VDI_INFO.
 *
 * All VDIs of a name lie in one run of used vids that begins at or below the name's hash; a lookup
 * reads the inodes of that run downwards from its end. With vid recycling the hash means nothing
 * and all VDIs are read.
 */
#include <stdlib.h>
#include <string.h>

#include "placement/hash.h"
#include "sheep/vdi_layer.h"
#include "sheep/vdi_lookup.h"

#define LOOKUP_LENGTH 568u /* bytes of an inode that a lookup reads: up to parent_vdi_id */

static void candidate_read(struct flow *f);

bool lookup_parse(struct lookup *l, const struct request *r)
{
	uint64_t length = blob_size(r->data);

	if (length != SD_MAX_VDI_LEN && length != SD_MAX_VDI_LEN + SD_MAX_VDI_TAG_LEN)
		return false;
	blob_read(r->data, 0, l->name, SD_MAX_VDI_LEN);
	blob_read(r->data, SD_MAX_VDI_LEN, l->tag, SD_MAX_VDI_TAG_LEN);
	l->snap_id = r->q.vdi.snapid;
	return true;
}

static bool wants_snapshot(const struct lookup *l)
{
	return l->tag[0] || l->snap_id;
}

static void lookup_end(struct lookup *l, uint32_t result)
{
	l->result = result;
	l->done(l);
}

/* The next candidate below vid `above`, or the end. */
static void candidate_next(struct lookup *l, uint32_t above)
{
	struct vid_set *in_use = &l->flow.sheep->vdis->in_use;

	l->at = vid_set_below(in_use, above);
	if ((!l->at || l->at < l->last) && l->wrapped) {
		/* 1 is done: on from the top down to the hash */
		l->last = l->wrapped;
		l->wrapped = 0;
		l->at = vid_set_below(in_use, SD_NR_VDIS);
	}
	if (!l->at || l->at < l->last) {
		lookup_end(l, l->result);
		return;
	}
	flow_read(&l->flow, sd_vid_to_inode_oid(l->at), 0, LOOKUP_LENGTH, 0, candidate_read);
}

/* This VDI decides the lookup: with which result? */
static void candidate_decides(struct lookup *l, const struct inode_head *head, uint32_t result)
{
	l->vid = l->at;
	l->next_snap_id = head->snap_id + 1;
	l->create_time = head->create_time;
	lookup_end(l, result);
}

static void candidate_read(struct flow *f)
{
	struct lookup *l = container_of(f, struct lookup, flow);
	struct inode_head head;
	struct blob *bytes;

	if (f->result != SD_RES_SUCCESS) {
		lookup_end(l, f->result);
		return;
	}
	bytes = blob_resize(blob_ref(f->out), INODE_HEAD);
	inode_head_decode(bytes, &head, NULL);
	blob_unref(bytes);
	if (strcmp(head.name, l->name) != 0) {
		candidate_next(l, l->at);
		return;
	}
	if (wants_snapshot(l)) {
		if (!head.snap_ctime)
			l->result = SD_RES_NO_TAG; /* unless the snapshot turns up */
		else if ((l->tag[0] && strcmp(head.tag, l->tag) == 0) ||
			 head.snap_id == l->snap_id) {
			candidate_decides(l, &head, SD_RES_SUCCESS);
			return;
		}
		candidate_next(l, l->at);
		return;
	}
	if (head.snap_ctime && recycles_vids(f->sheep) && !quirk(f->sheep, QUIRK_RECYCLED_NAMES)) {
		/* R927 repaired: vids tell nothing of age here, so all of that name are looked at
		 */
		if (head.snap_id >= l->next_snap_id) {
			l->vid = l->at;
			l->next_snap_id = head.snap_id + 1;
		}
		candidate_next(l, l->at);
		return;
	}
	/*
	 * The first match decides: a snapshot means that the working VDI was deleted. With
	 * recycling it is taken for the VDI itself (R612, R927).
	 */
	candidate_decides(l, &head,
			  head.snap_ctime && !recycles_vids(f->sheep) ? SD_RES_NO_VDI
								      : SD_RES_SUCCESS);
}

void lookup_start(struct sheep *s, struct lookup *l, void (*done)(struct lookup *l))
{
	const struct vid_set *in_use = &s->vdis->in_use;
	/* R610 */
	uint32_t home = recycles_vids(s) ? 1 : sd_hash_vdi(l->name);
	uint32_t end = vid_set_first_clear(in_use, home); /* of the run that begins at home */

	l->flow.sheep = s;
	l->done = done;
	l->result = SD_RES_NO_VDI;
	l->vid = 0;
	l->next_snap_id = 1;
	l->wrapped = 0;
	if (end == SD_NR_VDIS) {
		end = vid_set_first_clear(in_use, 1);
		if (end == SD_NR_VDIS) {
			lookup_end(l, SD_RES_FULL_VDI);
			return;
		}
		l->wrapped = home;
	}
	l->free_vid = end;
	if (recycles_vids(s)) {
		l->wrapped = 0;
		l->last = 1;
		candidate_next(l, SD_NR_VDIS);
		return;
	}
	l->last = l->wrapped ? 1 : home;
	candidate_next(l, end);
}

void lookup_answer(struct request *r, uint32_t vid)
{
	const struct vdi *v = vdi_find(r->sheep, vid);

	r->p.vdi.vdi_id = vid;
	r->p.vdi.copies = v ? v->nr_copies : 0;
	r->p.vdi.block_size_shift = v ? v->block_size_shift : 0;
}

/* ------------------------------------------------------------------ GET_VDI_INFO */

struct info {
	struct task task;
	struct request *request;
	struct lookup lookup;
};

static void info_drop(struct task *t)
{
	free(container_of(t, struct info, task));
}

static void info_done(struct lookup *l)
{
	struct info *i = container_of(l, struct info, lookup);
	struct request *r = i->request;
	uint32_t result = l->result;

	if (result == SD_RES_SUCCESS)
		lookup_answer(r, l->vid);
	task_remove(&i->task);
	free(i);
	request_end(r, result);
}

void vdi_info_work(struct request *r)
{
	struct info *i = mem_alloc(sizeof(*i));

	if (!lookup_parse(&i->lookup, r)) {
		free(i);
		request_end(r, SD_RES_INVALID_PARMS);
		return;
	}
	i->request = r;
	task_add(r->sheep, &i->task, info_drop);
	lookup_start(r->sheep, &i->lookup, info_done);
}
