/*
 * Writes, creates and removes at the gateway: to all replicas (R411, R414), copy on write (R418),
 * discard (R420).
 */
#include <assert.h>
#include <stdlib.h>

#include "sheep/gateway.h"
#include "sheep/gateway_ec.h"
#include "sheep/vdi.h"

#define POLL_PERIOD (5 * NSEC_PER_SEC) /* R801 */
#define POLL_EXTRA  6

/* ------------------------------------------------------------------ to all replicas */

/* One request under way to all replicas of its object. */
struct forward {
	struct task task;
	struct request *r;
	void (*then)(struct request *r, uint32_t result);
	uint32_t sent, answered;
	bool send_failed;
	uint32_t result; /* the last failing answer */
	struct timer timer;
	uint32_t forgiven;
	struct call calls[MAX_ZONES];
};

static void forward_drop(struct task *t)
{
	free(container_of(t, struct forward, task));
}

static void forward_end(struct forward *f)
{
	struct request *r = f->r;
	void (*then)(struct request *, uint32_t) = f->then;
	uint32_t result = f->result;

	if (result == SD_RES_SUCCESS && f->send_failed)
		result = SD_RES_NETWORK_ERROR;
	world_timer_stop(&f->timer);
	task_remove(&f->task);
	free(f);
	then(r, result);
}

static void forward_answered(struct call *c)
{
	struct forward *f = c->owner;
	struct sheep *s = c->sheep;

	f->answered++;
	if (c->answered) {
		f->r->rsp_epoch = c->p.epoch;
		f->r->rsp_epoch_set = true;
	}
	if (c->result != SD_RES_SUCCESS)
		f->result = c->result;
	if (f->answered == f->sent)
		forward_end(f);
	else
		world_timer(s->world, &f->timer, POLL_PERIOD); /* any answer begins a new period */
}

/* R432: a silent period is forgiven six times in all, and only while the epoch stands. */
static void forward_expired(struct timer *t)
{
	struct forward *f = container_of(t, struct forward, timer);
	struct sheep *s = f->r->sheep;

	if (f->answered == f->sent) {
		/* Nothing was sent: the refused connection's round trip is over. */
		forward_end(f);
		return;
	}
	if (f->forgiven < POLL_EXTRA && f->r->q.epoch == node_epoch(s)) {
		f->forgiven++;
		world_timer(s->world, &f->timer, POLL_PERIOD);
		return;
	}
	for (uint32_t i = 0; i < f->sent; i++)
		call_drop(&f->calls[i]);
	f->result = SD_RES_NETWORK_ERROR;
	forward_end(f);
}

static uint8_t peer_opcode(uint8_t gateway)
{
	switch (gateway) {
	case SD_OP_CREATE_AND_WRITE_OBJ:
		return SD_OP_CREATE_AND_WRITE_PEER;
	case SD_OP_WRITE_OBJ:
		return SD_OP_WRITE_PEER;
	case SD_OP_REMOVE_OBJ:
		return SD_OP_REMOVE_PEER;
	case SD_OP_DECREF_OBJ:
		return SD_OP_DECREF_PEER;
	default:
		assert(!"no peer form of this operation");
		return 0;
	}
}

/* The client's header whole, but for version, opcode, epoch and the replica's number (spec 4.5). */
static void replica_header(const struct request *r, uint8_t index, struct req *q)
{
	*q = r->q;
	q->opcode = peer_opcode(r->q.opcode);
	q->proto_ver = SD_SHEEP_PROTO_VER;
	if (q->variant == VARIANT_OBJ)
		q->obj.ec_index = index;
	else
		q->rest[offsetof(struct sd_req_obj, ec_index)] = index; /* the same byte */
}

void gateway_forward(struct request *r, void (*then)(struct request *r, uint32_t result))
{
	struct sheep *s = r->sheep;
	const struct members *m = view_members(r->view);
	struct forward *f = mem_alloc(sizeof(*f));
	uint16_t holders[MAX_ZONES];
	uint32_t nr = gateway_targets(r, holders);

	f->r = r;
	f->then = then;
	f->result = SD_RES_SUCCESS;
	f->timer.fire = forward_expired;
	task_add(s, &f->task, forward_drop);
	for (uint32_t i = 0; i < nr; i++) {
		struct call *c = &f->calls[i];

		*c = (struct call){.to = m->rec[holders[i]].nid,
				   .data = r->data,
				   .in_group = true,
				   .done = forward_answered,
				   .owner = f};
		replica_header(r, (uint8_t)i, &c->q);
		if (!call_start(s, c)) {
			f->send_failed = true; /* the later ones get nothing (R414) */
			break;
		}
		f->sent++;
	}
	world_timer(s->world, &f->timer, f->sent ? POLL_PERIOD : CALL_REFUSED_TIME);
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

void gateway_remove_work(struct request *r)
{
	if (gateway_is_coded(r))
		gateway_ec_write(r);
	else
		gateway_forward(r, request_end);
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
	else if (r->q.flags & SD_FLAG_CMD_COW)
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

static void discard_entry_read(struct request *nested)
{
	struct discard *d = nested->owner;
	uint64_t oid = d->r->q.obj.oid;
	struct blob *zero;
	uint8_t entry[4];
	struct req q;

	blob_read(nested->out, 0, entry, sizeof(entry));
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

	if (!sd_oid_is_data(r->q.obj.oid) || sd_oid_index(r->q.obj.oid) >= INODE_NR_DATA) {
		request_end(r, SD_RES_INVALID_PARMS);
		return;
	}
	d = mem_alloc(sizeof(*d));
	d->r = r;
	task_add(r->sheep, &d->task, discard_drop);
	req_init(&q, SD_OP_READ_OBJ);
	q.data_length = sizeof(uint32_t);
	q.obj.oid = sd_vid_to_inode_oid(sd_oid_vid(r->q.obj.oid));
	q.obj.offset = index_offset(r->q.obj.oid);
	request_nested(r->sheep, &q, NULL, discard_entry_read, d);
}
