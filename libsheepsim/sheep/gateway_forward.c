/* Requests to several nodes at once: see gateway_forward.h. */
#include <assert.h>
#include <stdlib.h>

#include "sheep/gateway_mend.h"

#define POLL_PERIOD (5 * NSEC_PER_SEC) /* R801 */
#define POLL_EXTRA  6

static void forward_free(struct forward *f)
{
	for (uint32_t i = 0; i < f->nr; i++) {
		blob_unref(f->leg[i].call.data);
		blob_unref(f->leg[i].answer);
	}
	free(f);
}

static void forward_drop(struct task *t)
{
	forward_free(container_of(t, struct forward, task));
}

/* All that there are have to succeed, strict or not (R431). */
static void forward_end(struct forward *f)
{
	struct request *r = f->r;
	void (*then)(struct request *, uint32_t) = f->then;
	uint32_t result = f->result;
	bool mended;

	if (result == SD_RES_SUCCESS && f->send_failed)
		result = SD_RES_NETWORK_ERROR;
	if (f->nr == 0)
		result = SD_RES_SYSTEM_ERROR; /* it is stored nowhere */
	if (result == SD_RES_SUCCESS && f->gather)
		f->gather(f);
	mended = result != SD_RES_SUCCESS && mend_start(f, then);
	world_timer_stop(&f->timer);
	task_remove(&f->task);
	forward_free(f);
	if (!mended)
		then(r, result);
}

static void leg_answered(struct call *c)
{
	struct forward_leg *leg = container_of(c, struct forward_leg, call);
	struct forward *f = c->owner;

	f->answered++;
	/* Of a READ that fails it stays unknown, also where it was of strips (R423). */
	if (c->answered && f->r->q.opcode != SD_OP_READ_OBJ) {
		f->r->rsp_epoch = c->p.epoch;
		f->r->rsp_epoch_set = true;
	}
	if (c->result != SD_RES_SUCCESS)
		f->result = c->result;
	if (c->out)
		leg->answer = blob_ref(c->out);
	if (f->sending)
		return;
	if (f->answered == f->sent)
		forward_end(f);
	else
		world_timer(c->sheep->world, &f->timer, POLL_PERIOD); /* a new period */
}

/*
 * R432: a silent period is forgiven six times in all, and only while the epoch stands. A replica
 * that has parked the request is silent too (R435).
 */
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
		call_drop(&f->leg[i].call);
	f->result = SD_RES_NETWORK_ERROR;
	forward_end(f);
}

static uint8_t peer_opcode(uint8_t gateway)
{
	switch (gateway) {
	case SD_OP_READ_OBJ:
		return SD_OP_READ_PEER;
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

void forward_header(const struct request *r, uint8_t index, struct req *q)
{
	*q = r->q;
	q->opcode = peer_opcode(r->q.opcode);
	if (q->variant == VARIANT_OBJ)
		q->obj.ec_index = index;
	else
		q->rest[offsetof(struct sd_req_obj, ec_index)] = index; /* the same byte */
}

struct forward *forward_new(struct request *r, uint32_t nr)
{
	struct forward *f = mem_alloc(sizeof(*f) + nr * sizeof(f->leg[0]));

	f->r = r;
	f->nr = nr;
	f->result = SD_RES_SUCCESS;
	return f;
}

void forward_to(struct forward *f, uint32_t i, const struct node_id *to, struct blob *data)
{
	struct call *c = &f->leg[i].call;

	assert(i < f->nr);
	c->to = *to;
	c->data = data ? blob_ref(data) : NULL;
	c->in_group = true;
	c->done = leg_answered;
	c->owner = f;
	forward_header(f->r, (uint8_t)i, &c->q);
}

/* All have been sent that can be; some may have been answered, or lost, at once. */
static void forward_wait(struct forward *f)
{
	f->sending = false;
	if (f->sent > 0 && f->answered == f->sent) {
		forward_end(f);
		return;
	}
	f->timer.fire = forward_expired;
	world_timer(f->r->sheep->world, &f->timer, f->sent ? POLL_PERIOD : CALL_REFUSED_TIME);
}

static void forward_next(struct later *l)
{
	struct forward *f = container_of(l, struct forward, next);
	struct sheep *s = f->r->sheep;

	if (f->sent < f->nr && call_start(s, &f->leg[f->sent].call))
		f->sent++;
	else
		f->send_failed = f->sent < f->nr;
	if (f->sent < f->nr && !f->send_failed)
		loop_later(s, &f->next, forward_next);
	else
		forward_wait(f);
}

void forward_start(struct forward *f, void (*then)(struct request *r, uint32_t result))
{
	f->then = then;
	f->sending = true;
	task_add(f->r->sheep, &f->task, forward_drop);
	forward_next(&f->next);
}
