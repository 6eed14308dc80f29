/*
 * Makes replicas equal again after a write that some of them refused: see gateway_mend.h.
 *
 *   refused by NO_OBJ     the replica gets the object from one that has carried the write out; then
 *                         all have, and the write has succeeded
 *   a write, else         what was there before is read from one that refused, and written back
 *   a create, else        the object is removed again
 *
 * Coded objects: a strip that was overwritten is nowhere to be had as it was, so that only creates
 * are taken back.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sheep/gateway_ec.h"
#include "sheep/gateway_mend.h"

struct mend {
	struct task task;
	struct request *request;
	void (*then)(struct request *r, uint32_t result);
	uint32_t result;     /* of the write */
	bool completes;	     /* where NO_OBJ was the only refusal: the write comes to its end */
	bool failed;	     /* a step has */
	struct blob *before; /* what a write has overwritten, as read from `good` */
	struct node_id good; /* who is right: has carried it out if completes, else has refused */
	struct call call;
	struct timer refused;	 /* call could not be connected */
	uint32_t at, nr;	 /* who gets what is right */
	struct forward_leg *leg; /* only their nodes and headers */
};

static void mend_next(struct mend *m);

static void mend_drop(struct task *t)
{
	struct mend *m = container_of(t, struct mend, task);

	blob_unref(m->before);
	free(m->leg);
	free(m);
}

static void mend_end(struct mend *m)
{
	struct request *r = m->request;
	void (*then)(struct request *, uint32_t) = m->then;
	uint32_t result = m->completes && !m->failed ? SD_RES_SUCCESS : m->result;

	task_remove(&m->task);
	mend_drop(&m->task);
	then(r, result);
}

static void mend_call_refused(struct timer *t)
{
	struct call *c = &container_of(t, struct mend, refused)->call;

	c->done(c);
}

/* Sends the call; done() comes later in any case. */
static void mend_send(struct mend *m, void (*done)(struct call *c))
{
	struct sheep *s = m->request->sheep;

	m->call.done = done;
	m->call.owner = m;
	m->call.q.epoch = node_epoch(s);
	if (call_start(s, &m->call))
		return;
	m->refused.fire = mend_call_refused;
	world_timer(s->world, &m->refused, CALL_REFUSED_TIME);
}

static void mend_step_done(struct call *c)
{
	struct mend *m = c->owner;

	m->failed |= c->result != SD_RES_SUCCESS;
	mend_next(m);
}

/* The object of `good` for the next replica that has none. */
static void copy_object(struct mend *m)
{
	struct req *q = &m->call.q;

	req_init(q, SD_OP_REPAIR_REPLICA);
	q->forw.oid = request_oid(m->request);
	memcpy(q->forw.addr, m->good.addr, sizeof(q->forw.addr));
	q->forw.port = m->good.port;
}

/* Takes back what the next replica has done. */
static void take_back(struct mend *m)
{
	struct req *q = &m->call.q;

	*q = m->leg[m->at].call.q;
	if (m->before) {
		m->call.data = m->before;
		return;
	}
	assert(q->opcode == SD_OP_CREATE_AND_WRITE_PEER);
	q->opcode = SD_OP_REMOVE_PEER;
	q->flags &= (uint16_t)~SD_FLAG_CMD_WRITE;
	q->data_length = 0;
}

static void mend_next(struct mend *m)
{
	if (m->at == m->nr) {
		mend_end(m);
		return;
	}
	m->call = (struct call){.to = m->leg[m->at].call.to};
	if (m->completes)
		copy_object(m);
	else
		take_back(m);
	m->at++;
	mend_send(m, mend_step_done);
}

static void before_read(struct call *c)
{
	struct mend *m = c->owner;

	if (c->result != SD_RES_SUCCESS || !c->out) {
		mend_end(m);
		return;
	}
	m->before = blob_ref(c->out);
	mend_next(m);
}

/* Reads what was there before a write, from a replica that still has it. */
static void read_before(struct mend *m)
{
	const struct request *r = m->request;

	m->call = (struct call){.to = m->good};
	req_init(&m->call.q, SD_OP_READ_PEER);
	m->call.q.data_length = r->q.data_length;
	m->call.q.obj.oid = r->q.obj.oid;
	m->call.q.obj.offset = r->q.obj.offset;
	mend_send(m, before_read);
}

/* Results that the gateway gives to the client as they are (R423): nobody will try again. */
static bool is_final(uint32_t result)
{
	return result == SD_RES_NO_SPACE || result == SD_RES_NO_OBJ;
}

/* R904: who has carried it out, and who has refused? False: they agree, or it will be tried again.
 */
static bool disagree(const struct forward *f, bool *only_missing)
{
	uint32_t good = 0, bad = 0;

	*only_missing = true;
	for (uint32_t i = 0; i < f->nr; i++) {
		uint32_t result = f->leg[i].call.result;

		if (result == SD_RES_SUCCESS)
			good++;
		else if (is_final(result))
			bad++;
		else
			return false;
		*only_missing &= result == SD_RES_SUCCESS || result == SD_RES_NO_OBJ;
	}
	return good > 0 && bad > 0;
}

bool mend_start(struct forward *f, void (*then)(struct request *r, uint32_t result))
{
	struct request *r = f->r;
	bool write = r->q.opcode == SD_OP_WRITE_OBJ;
	bool create = r->q.opcode == SD_OP_CREATE_AND_WRITE_OBJ;
	bool completes;
	struct mend *m;

	if (quirk(r->sheep, QUIRK_UNEQUAL_WRITES) || !(write || create) || f->sent < f->nr ||
	    !disagree(f, &completes) || (write && gateway_is_coded(r)))
		return false;
	m = mem_alloc(sizeof(*m));
	m->leg = mem_array(f->nr, sizeof(*m->leg));
	m->request = r;
	m->then = then;
	m->result = f->result;
	m->completes = completes;
	for (uint32_t i = 0; i < f->nr; i++) {
		const struct call *c = &f->leg[i].call;

		if ((c->result == SD_RES_SUCCESS) == completes)
			m->good = c->to;
		else
			m->leg[m->nr++].call = (struct call){.to = c->to, .q = c->q};
	}
	task_add(r->sheep, &m->task, mend_drop);
	if (write && !completes)
		read_before(m);
	else
		mend_next(m);
	return true;
}
