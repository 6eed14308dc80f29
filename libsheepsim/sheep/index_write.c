/*
 * Writes to an inode's index of data objects (R420, R630-R632): around the plain write, what the
 * entries referred to before loses a reference.
 *
 *   others invalidated -> old vids read -> old references read -> the write -> references zeroed
 *   -> (answer) -> references dropped, one after the other
 *
 * 0.9 drops the references before it zeroes them (V12). There, and with vid recycling, the answer
 * waits for the last step. A write that is repeated after a retryable
 * failure finds its own entries as the old ones, and drops nothing (R905).
 */
#include <assert.h>
#include <stdlib.h>

#include "sheep/gateway.h"
#include "sheep/vdi_io.h"
#include "sheep/vdi_layer.h"
#include "sheep/vdi_lock.h"

#define VID_SIZE  4u
#define GREF_SIZE 8u

struct index_write {
	struct task task;
	struct flow flow;
	struct work work; /* of the drops, if they come after the answer */
	struct coherence coherence;
	struct request *request;  /* NULL: answered */
	uint64_t inode;		  /* oid */
	uint32_t first, nr;	  /* entries written */
	struct blob *old, *grefs; /* of these entries, before the write */
	struct blob *new;	  /* what is written */
	uint32_t at;		  /* entry whose old reference is dropped next */
	LIST_ENTRY(index_write) link;
};

/* The steps, in their order. */
static void others_invalidated(struct coherence *c, uint32_t result);
static void read_old(struct index_write *w);
static void old_read(struct flow *f);
static void grefs_read(struct flow *f);
static void written(struct request *r, uint32_t result);
static void grefs_zeroed(struct flow *f);
static bool zeroes_last(const struct index_write *w);
static bool next_dropped(struct index_write *w);
static void drops_run(struct work *work);
static void drop_next(struct flow *f);

bool index_write_applies(const struct request *r)
{
	uint64_t offset = r->q.obj.offset;

	return node_release(r->sheep)->has_grefs && r->q.opcode == SD_OP_WRITE_OBJ &&
	       sd_oid_is_inode(r->q.obj.oid) && offset >= INODE_DATA_VIDS &&
	       offset + r->q.data_length <= INODE_GREFS;
}

static void index_write_drop(struct task *t)
{
	struct index_write *w = container_of(t, struct index_write, task);

	blob_unref(w->old);
	blob_unref(w->grefs);
	blob_unref(w->new);
	free(w);
}

/* Ends all of it, with the answer if it has not been given. */
static void index_write_end(struct index_write *w, uint32_t result)
{
	struct request *r = w->request;

	if (w->work.running)
		work_end(&w->work);
	LIST_REMOVE(w, link);
	task_remove(&w->task);
	index_write_drop(&w->task);
	if (r)
		request_end(r, result);
}

void index_write_start(struct request *r)
{
	struct sheep *s = r->sheep;
	struct index_write *w = mem_alloc(sizeof(*w));
	uint32_t vid = sd_oid_vid(r->q.obj.oid);

	w->request = r;
	w->flow.sheep = s;
	w->inode = r->q.obj.oid;
	w->first = (r->q.obj.offset - INODE_DATA_VIDS) / VID_SIZE;
	/* entries that are only partly written are not looked at; no client writes these */
	w->nr = r->q.data_length / VID_SIZE;
	w->new = r->data ? blob_ref(r->data) : NULL;
	LIST_INSERT_HEAD(&s->vdis->index_writes, w, link);
	task_add(s, &w->task, index_write_drop);
	if (coherence_needed(s, vid))
		coherence_tell(s, &w->coherence, vid, false, others_invalidated); /* R625 */
	else
		read_old(w);
}

static void others_invalidated(struct coherence *c, uint32_t result)
{
	struct index_write *w = container_of(c, struct index_write, coherence);

	if (result == SD_RES_SUCCESS)
		read_old(w);
	else
		index_write_end(w, result);
}

/* V12: references are zeroed when they have been dropped, not before. */
static bool zeroes_last(const struct index_write *w)
{
	return node_release(w->flow.sheep)->grefs_last;
}

static uint32_t grefs_offset(const struct index_write *w)
{
	return INODE_GREFS + w->first * GREF_SIZE;
}

static void read_old(struct index_write *w)
{
	struct request *r = w->request;

	if (r->index_before[0]) {
		/* tried before: what is there now may be what that has written */
		w->old = blob_ref(r->index_before[0]);
		w->grefs = blob_ref(r->index_before[1]);
		gateway_forward(r, written);
		return;
	}
	flow_read(&w->flow, w->inode, INODE_DATA_VIDS + w->first * VID_SIZE, w->nr * VID_SIZE,
		  SD_FLAG_CMD_FWD, old_read);
}

static void old_read(struct flow *f)
{
	struct index_write *w = container_of(f, struct index_write, flow);

	if (f->result != SD_RES_SUCCESS) {
		index_write_end(w, f->result);
		return;
	}
	w->old = f->out ? blob_ref(f->out) : NULL;
	flow_read(f, w->inode, grefs_offset(w), w->nr * GREF_SIZE, SD_FLAG_CMD_FWD, grefs_read);
}

static void grefs_read(struct flow *f)
{
	struct index_write *w = container_of(f, struct index_write, flow);

	if (f->result != SD_RES_SUCCESS) {
		index_write_end(w, f->result);
		return;
	}
	w->grefs = f->out ? blob_ref(f->out) : NULL;
	if (!quirk(f->sheep, QUIRK_REPEATED_DROPS) && w->old && w->grefs) {
		w->request->index_before[0] = blob_ref(w->old);
		w->request->index_before[1] = blob_ref(w->grefs);
	}
	gateway_forward(w->request, written);
}

/* The gateway knows the request only. */
static struct index_write *index_write_of(const struct request *r)
{
	struct index_write *w;

	LIST_FOREACH (w, &r->sheep->vdis->index_writes, link) {
		if (w->request == r)
			return w;
	}
	return NULL;
}

static uint32_t entry(const struct index_write *w, struct blob *vids, uint32_t at)
{
	return inode_data_vid(vids, INODE_DATA_VIDS + w->first * VID_SIZE, w->first + at);
}

/* The references as they were, but those of entries that change; a new reference. */
static struct blob *changed_zeroed(const struct index_write *w)
{
	struct blob *grefs = w->grefs ? blob_ref(w->grefs) : blob_zero(0);
	static const uint8_t none[GREF_SIZE];

	grefs = blob_resize(grefs, (uint64_t)w->nr * GREF_SIZE);
	for (uint32_t i = 0; i < w->nr; i++) {
		if (entry(w, w->old, i) != entry(w, w->new, i))
			grefs = blob_write(grefs, (uint64_t)i * GREF_SIZE, none, sizeof(none));
	}
	return grefs;
}

/*
 * The references of the whole range are zeroed, those of unchanged entries too: that is how one
 * write can cost a snapshot its data (R631, R926).
 */
static void zero_grefs(struct index_write *w)
{
	struct blob *grefs = quirk(w->flow.sheep, QUIRK_WIPED_REFERENCES)
				     ? blob_zero((uint64_t)w->nr * GREF_SIZE)
				     : changed_zeroed(w);

	flow_write(&w->flow, SD_OP_WRITE_OBJ, w->inode, grefs_offset(w), grefs, SD_FLAG_CMD_FWD,
		   grefs_zeroed);
}

static void written(struct request *r, uint32_t result)
{
	struct index_write *w = index_write_of(r);

	assert(w);
	if (result != SD_RES_SUCCESS)
		index_write_end(w, result);
	else if (zeroes_last(w) && next_dropped(w))
		work_start(r->sheep, QUEUE_RECLAIM, &w->work, drops_run);
	else
		zero_grefs(w);
}

/* ------------------------------------------------------------------ dropping (R632) */

/* The next entry that had an object and has another one now; false: there is none. */
static bool next_dropped(struct index_write *w)
{
	for (; w->at < w->nr; w->at++) {
		uint32_t i = w->first + w->at;
		uint64_t offset = (uint64_t)w->at * VID_SIZE;
		uint32_t old;

		if (offset % BLOB_PAGE == 0 && blob_is_zero(w->old, offset, BLOB_PAGE)) {
			w->at += BLOB_PAGE / VID_SIZE - 1; /* nothing in this page */
			continue;
		}
		old = inode_data_vid(w->old, INODE_DATA_VIDS + w->first * VID_SIZE, i);
		if (old && old != inode_data_vid(w->new, INODE_DATA_VIDS + w->first * VID_SIZE, i))
			return true;
	}
	return false;
}

static void grefs_zeroed(struct flow *f)
{
	struct index_write *w = container_of(f, struct index_write, flow);
	struct request *r = w->request;

	if (f->result != SD_RES_SUCCESS || zeroes_last(w) || !next_dropped(w)) {
		index_write_end(w, f->result);
		return;
	}
	work_start(f->sheep, QUEUE_RECLAIM, &w->work, drops_run);
	if (recycles_vids(f->sheep))
		return; /* answered when all is dropped */
	w->request = NULL;
	request_end(r, SD_RES_SUCCESS);
}

static void drops_run(struct work *work)
{
	struct index_write *w = container_of(work, struct index_write, work);

	w->flow.result = SD_RES_SUCCESS;
	drop_next(&w->flow);
}

static void drop_failed(const struct index_write *w, uint32_t result)
{
	char name[12];

	world_words(w->flow.sheep->world, TRACE_ALERT, w->inode, node_epoch(w->flow.sheep),
		    "reference of entry %u not dropped: %s", w->first + w->at - 1,
		    result_name(result, name));
}

/* Without references in other generations the object itself goes, else its ledger is told. */
static void drop_next(struct flow *f)
{
	struct index_write *w = container_of(f, struct index_write, flow);
	uint32_t i;
	struct gref ref;
	struct req q;
	uint64_t oid;

	if (f->result != SD_RES_SUCCESS)
		drop_failed(w, f->result);
	if (!next_dropped(w)) {
		if (zeroes_last(w))
			zero_grefs(w);
		else
			index_write_end(w, SD_RES_SUCCESS);
		return;
	}
	i = w->first + w->at++;
	ref = inode_gref(w->grefs, grefs_offset(w), i);
	oid = sd_vid_to_data_oid(inode_data_vid(w->old, INODE_DATA_VIDS + w->first * VID_SIZE, i),
				 i);
	if (ref.generation == 0 && ref.count == 0) {
		req_init(&q, SD_OP_REMOVE_OBJ);
		q.obj.oid = oid;
	} else {
		req_init(&q, SD_OP_DECREF_OBJ);
		q.flags = SD_FLAG_CMD_FWD;
		q.ref.oid = sd_data_to_ledger_oid(oid);
		q.ref.generation = (uint32_t)ref.generation;
		q.ref.count = (uint32_t)ref.count;
		if (!quirk(f->sheep, QUIRK_REPEATED_DROPS))
			ledger_mark(f->sheep, &q);
	}
	flow_request(f, &q, NULL, drop_next);
}
