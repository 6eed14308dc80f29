/*
 * Writes, creates and removes at the gateway: to all replicas (R411, R414), copy on write (R418),
 * discard (R420).
 */
#include <assert.h>
#include <stdlib.h>

#include "sheep/gateway.h"
#include "sheep/gateway_ec.h"
#include "sheep/gateway_forward.h"
#include "sheep/vdi.h"

void gateway_forward(struct request *r, void (*then)(struct request *r, uint32_t result))
{
	const struct members *m = view_members(r->view);
	uint16_t holders[MAX_ZONES];
	uint32_t nr = gateway_targets(r, holders);
	struct forward *f = forward_new(r, nr);

	for (uint32_t i = 0; i < nr; i++)
		forward_to(f, i, &m->rec[holders[i]].nid, r->data);
	forward_start(f, then);
}

/* ------------------------------------------------------------------ the operations */

void gateway_write_work(struct request *r)
{
	uint32_t refusal = vdi_gateway_check(r);

	if (refusal != SD_RES_SUCCESS)
		request_end(r, refusal);
	else if (index_write_applies(r))
		index_write_start(r);
	else if (gateway_is_coded(r))
		gateway_ec_write(r);
	else
		gateway_forward(r, request_end);
}

static void everybody_told(struct request *r, uint32_t result)
{
	(void)result; /* most of them have had no such object */
	request_end(r, r->p.result);
}

/*
 * Those who held the object once go on listing it, and may have stale copies (R508, R909). Where
 * that is repaired all members are told that it is removed.
 */
static void removed(struct request *r, uint32_t result)
{
	const struct members *m = view_members(r->view);
	uint32_t copies = object_copies(r->sheep, request_oid(r)), nr = 0;
	struct forward *f;

	if (quirk(r->sheep, QUIRK_REMOVED_LISTED) ||
	    (result != SD_RES_SUCCESS && result != SD_RES_NO_OBJ)) {
		request_end(r, result);
		return;
	}
	r->p.result = result;
	f = forward_new(r, m->nr);
	for (uint32_t i = 0; i < m->nr; i++) {
		const struct node_id *id = &m->rec[i].nid;

		if (view_holder_index(r->view, request_oid(r), copies, id) < 0)
			forward_to(f, nr++, id, NULL);
	}
	f->nr = nr;
	forward_start(f, everybody_told);
}

void gateway_remove_work(struct request *r)
{
	if (gateway_is_coded(r))
		gateway_ec_remove(r, removed);
	else
		gateway_forward(r, removed);
}

void gateway_decref_work(struct request *r)
{
	gateway_forward(r, request_end);
}

/* ------------------------------------------------------------------ copy on write */

/* R418: the source is read in full, the client's bytes are laid over it, the whole is created. */
struct cow {
	struct task task;
	struct request *r;
	uint64_t size;
};

static void cow_drop(struct task *t)
{
	free(container_of(t, struct cow, task));
}

static void cow_created(struct request *nested)
{
	struct cow *c = nested->owner;
	struct request *r = c->r;
	uint32_t result = nested->p.result;

	task_remove(&c->task);
	free(c);
	request_end(r, result);
}

static void cow_create(struct cow *c, struct blob *content)
{
	struct request *r = c->r;
	struct req q;

	req_init(&q, SD_OP_CREATE_AND_WRITE_OBJ);
	q.flags = SD_FLAG_CMD_WRITE | SD_FLAG_CMD_FWD;
	q.data_length = (uint32_t)blob_size(content);
	q.obj.oid = r->q.obj.oid;
	request_nested(r->sheep, &q, content, cow_created, c);
}

static void cow_source_read(struct request *nested)
{
	struct cow *c = nested->owner;
	struct request *r = c->r;
	struct blob *content;

	if (nested->p.result != SD_RES_SUCCESS) {
		uint32_t result = nested->p.result;

		task_remove(&c->task);
		free(c);
		request_end(r, result);
		return;
	}
	content = nested->out ? blob_ref(nested->out) : blob_zero(0);
	content = blob_overlay(blob_resize(content, c->size), r->q.obj.offset, r->data);
	cow_create(c, content);
	blob_unref(content);
}

static void cow_start(struct request *r)
{
	struct cow *c = mem_alloc(sizeof(*c));
	uint8_t policy = object_policy(r->sheep, r->q.obj.oid);
	struct req q;

	c->r = r;
	c->size = object_size(r->sheep, r->q.obj.oid);
	if (policy)
		c->size *= sd_policy_data_strips(policy);
	task_add(r->sheep, &c->task, cow_drop);
	if (r->q.obj.offset == 0 && blob_size(r->data) == c->size) {
		cow_create(c, r->data);
		return;
	}
	req_init(&q, SD_OP_READ_OBJ);
	q.flags = SD_FLAG_CMD_FWD;
	q.data_length = (uint32_t)c->size;
	q.obj.oid = r->q.obj.cow_oid;
	request_nested(r->sheep, &q, NULL, cow_source_read, c);
}

void gateway_create_work(struct request *r)
{
	uint32_t refusal = vdi_gateway_check(r);

	if (refusal != SD_RES_SUCCESS)
		request_end(r, refusal);
	else if ((r->q.flags & SD_FLAG_CMD_COW) && !node_release(r->sheep)->cow_at_peers)
		cow_start(r);
	else if (gateway_is_coded(r))
		gateway_ec_write(r);
	else
		gateway_forward(r, request_end);
}

/* ------------------------------------------------------------------ discard */

/* R420: the index entry is cleared (an index write, R630), then the object removed. */
struct discard {
	struct task task;
	struct request *r;
};

static void discard_drop(struct task *t)
{
	free(container_of(t, struct discard, task));
}

static void discard_end(struct discard *d, uint32_t result)
{
	struct request *r = d->r;

	task_remove(&d->task);
	free(d);
	request_end(r, result);
}

static void discard_removed(struct request *nested)
{
	discard_end(nested->owner, SD_RES_SUCCESS); /* a failing REMOVE is ignored */
}

static void discard_cleared(struct request *nested)
{
	struct discard *d = nested->owner;
	struct req q;

	if (nested->p.result != SD_RES_SUCCESS) {
		discard_end(d, nested->p.result);
		return;
	}
	req_init(&q, SD_OP_REMOVE_OBJ);
	q.obj.oid = d->r->q.obj.oid;
	request_nested(d->r->sheep, &q, NULL, discard_removed, d);
}

static uint32_t index_offset(uint64_t oid)
{
	return INODE_DATA_VIDS + sd_oid_index(oid) * (uint32_t)sizeof(uint32_t);
}

static void discard_inode_read(struct request *nested)
{
	struct discard *d = nested->owner;
	uint64_t oid = d->r->q.obj.oid;
	struct blob *zero;
	uint8_t entry[4];
	struct req q;

	blob_read(nested->out, index_offset(oid), entry, sizeof(entry));
	if (nested->p.result != SD_RES_SUCCESS || get_le32(entry) == 0) {
		discard_end(d, nested->p.result);
		return;
	}
	req_init(&q, SD_OP_WRITE_OBJ);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = sizeof(entry);
	q.obj.oid = sd_vid_to_inode_oid(sd_oid_vid(oid));
	q.obj.offset = index_offset(oid);
	zero = blob_zero(sizeof(entry));
	request_nested(d->r->sheep, &q, zero, discard_cleared, d);
	blob_unref(zero);
}

void gateway_discard_work(struct request *r)
{
	struct discard *d;
	struct req q;

	/* R814 */
	if (!sd_oid_is_data(r->q.obj.oid) || sd_oid_index(r->q.obj.oid) >= INODE_NR_DATA) {
		request_end(r, SD_RES_INVALID_PARMS);
		return;
	}
	d = mem_alloc(sizeof(*d));
	d->r = r;
	task_add(r->sheep, &d->task, discard_drop);
	/* all of the inode, for an entry of four bytes */
	req_init(&q, SD_OP_READ_OBJ);
	q.obj.oid = sd_vid_to_inode_oid(sd_oid_vid(r->q.obj.oid));
	q.data_length = (uint32_t)object_size(r->sheep, q.obj.oid);
	request_nested(r->sheep, &q, NULL, discard_inode_read, d);
}
