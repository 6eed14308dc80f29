/*
 * Cluster operations (R436-R439): block, body, unblock; notify; and what every member does when the
 * message is delivered.
 *
 * A request stays on its node's list, blocks or notifies, until its own message comes back: both
 * lists are in the order in which the driver was told, and so are the messages.
 */
#include <assert.h>
#include <stdlib.h>

#include "placement/commons.h"
#include "sheep/level.h"
#include "sheep/node.h"

static bool has_body(const struct request *r)
{
	return r->info->class == OP_CLUSTER_BLOCK;
}

/*
 * The message of an operation: response fields that nobody reads are left zero (spec 2.6), and data
 * that no effect takes are not carried (R438; captured: GET_VDI_INFO, GET_VDI_ATTR).
 */
static struct blob *message_of(const struct request *r, uint32_t result)
{
	enum dialect d = r->sheep->level;
	bool writes = r->q.flags & SD_FLAG_CMD_WRITE;
	struct blob *data, *message;
	struct req q = r->q;
	struct rsp p = r->p;

	p.proto_ver = 0;
	p.opcode = 0;
	p.flags = 0;
	p.epoch = 0;
	p.id = 0;
	p.data_length = 0;
	p.result = result;
	dialect_req_send(d, &q);
	dialect_rsp_send(d, q.opcode, &p);
	if (!r->op->effect)
		return vdi_op_encode(&q, &p, NULL);
	data = dialect_payload_send(d, q.opcode, !writes, writes ? r->data : r->out);
	message = vdi_op_encode(&q, &p, data);
	blob_unref(data);
	return message;
}

void cluster_op_start(struct request *r)
{
	struct sheep *s = r->sheep;
	struct blob *message;

	if (has_body(r)) {
		r->block_granted = r->unblocked = r->dropped = false;
		TAILQ_INSERT_TAIL(&s->blocks, r, cluster_link);
		driver_block(s->driver);
		return;
	}
	message = message_of(r, SD_RES_SUCCESS);
	TAILQ_INSERT_TAIL(&s->notifies, r, cluster_link);
	if (driver_notify(s->driver, message) < 0) {
		/* Larger than the driver takes (R122): sheep would abort; a client gets an error.
		 */
		TAILQ_REMOVE(&s->notifies, r, cluster_link);
		request_answer(r, SD_RES_INVALID_PARMS);
	}
	blob_unref(message);
}

static void body_run(struct work *w)
{
	struct request *r = container_of(w, struct request, work);

	r->op->work(r);
}

/*
 * The driver offers the head of its line: it is the first of ours that has not been started. One
 * runs at a time: no other before the message of that one has come (R439).
 */
bool cluster_op_grant(struct sheep *s)
{
	struct request *r = TAILQ_FIRST(&s->blocks);

	if (s->block_running || !r || r->block_granted)
		return false;
	r->block_granted = true;
	s->block_running = true;
	work_start(s, QUEUE_BLOCK, &r->work, body_run);
	return true;
}

/* The body's result is in r->p.result: everybody is told, and the block is over (R436). */
void cluster_op_body_done(struct request *r)
{
	struct blob *message;
	int error;

	work_end(&r->work);
	if (r->dropped) {
		request_answer(r, SD_RES_CLUSTER_ERROR);
		return;
	}
	r->unblocked = true;
	message = message_of(r, r->p.result);
	error = driver_unblock(r->sheep->driver, message);
	blob_unref(message);
	if (error < 0)
		node_exit(r->sheep, 1, "unblock failed: the message is too large"); /* R118 */
}

/* Which request of this node the message is the one of; NULL: none. */
static struct request *own_request(struct sheep *s, const struct op_info *info)
{
	struct request *r;

	if (info->class == OP_CLUSTER_BLOCK) {
		r = TAILQ_FIRST(&s->blocks);
		if (!r || !r->block_granted)
			return NULL;
		TAILQ_REMOVE(&s->blocks, r, cluster_link);
		s->block_running = false;
	} else {
		r = TAILQ_FIRST(&s->notifies);
		if (r)
			TAILQ_REMOVE(&s->notifies, r, cluster_link);
	}
	return r;
}

/* The requester answers with what its own effect, or the body, said (R437). */
static void answer_own(struct request *r, const struct rsp *p, struct blob *data)
{
	r->p = *p;
	if (!(r->q.flags & SD_FLAG_CMD_WRITE) && !r->out && data)
		r->out = blob_ref(data);
	request_answer(r, p->result);
}

/* What a message says, as every member reads it in the same bytes: remembered with them. */
struct said {
	int error; /* negative: malformed */
	struct req q;
	struct rsp p;
	struct blob *data; /* or NULL */
};

static void said_release(struct commons *c, void *value)
{
	struct said *said = value;

	(void)c;
	blob_unref(said->data);
	free(said);
}

static const struct said *said_in(struct sheep *s, struct blob *message)
{
	struct said *said = commons_memo_get(s->commons, message, "cluster operation", 0);

	if (said)
		return said;
	said = mem_alloc(sizeof(*said));
	said->error = vdi_op_decode(message, &said->q, &said->p, &said->data, NULL);
	commons_memo_put(s->commons, message, "cluster operation", 0, said, said_release);
	return said;
}

/*
 * Decodes a message; *info is its operation, m->data a reference or NULL. False: not from a sheep
 * that speaks as this node does, or something that has no effect here.
 */
static bool message_decode(struct sheep *s, struct blob *message, struct cluster_msg *m,
			   struct req *q, const struct op_info **info)
{
	const struct said *said = said_in(s, message);
	enum dialect d;

	if (said->error < 0)
		return false;
	*q = said->q;
	*m->p = said->p;
	*info = op_info(q->opcode);
	d = level_of_message(s, q);
	if (d == DIALECT_NONE || !level_has_op(s, d, q->opcode) ||
	    ((*info)->class != OP_CLUSTER_BLOCK && (*info)->class != OP_CLUSTER_NOTIFY))
		return false;
	dialect_req_receive(d, q);
	dialect_rsp_receive(d, q->opcode, m->p);
	m->data = dialect_payload_receive(d, q, !(q->flags & SD_FLAG_CMD_WRITE), said->data);
	return true;
}

/* ------------------------------------------------------------------ a lost session (R125) */

/* What all members would do is done here only: their tables differ from now on (R923). */
static void complete_here(struct request *r)
{
	struct sheep *s = r->sheep;
	struct rsp p = r->p;
	struct cluster_msg m = {.sender = &s->me,
				.q = &r->q,
				.p = &p,
				.data = r->q.flags & SD_FLAG_CMD_WRITE ? r->data : r->out,
				.request = r};

	if (r->op->effect && p.result == SD_RES_SUCCESS)
		p.result = r->op->effect(s, &m);
	if (!r->held && !s->ended)
		answer_own(r, &p, NULL);
}

/* Notifications whose message has not come: completed here, or said again where R923 is repaired.
 */
static void settle_notifies(struct sheep *s, bool joins)
{
	TAILQ_HEAD(, request) pending = TAILQ_HEAD_INITIALIZER(pending);
	struct request *r;

	TAILQ_CONCAT(&pending, &s->notifies, cluster_link);
	while ((r = TAILQ_FIRST(&pending)) && !s->ended) {
		TAILQ_REMOVE(&pending, r, cluster_link);
		if (!joins || quirk(s, QUIRK_LOST_SESSION)) {
			r->p.result = SD_RES_SUCCESS;
			complete_here(r);
		} else {
			cluster_op_start(r);
		}
	}
	TAILQ_CONCAT(&s->notifies, &pending, cluster_link);
}

/* The one whose body has been started, if there is one, is in no line any more. */
static void settle_granted(struct sheep *s)
{
	struct request *r = TAILQ_FIRST(&s->blocks);

	if (!r || !r->block_granted)
		return;
	TAILQ_REMOVE(&s->blocks, r, cluster_link);
	s->block_running = false;
	if (!r->unblocked)
		r->dropped = true; /* answered when its body ends */
	else if (quirk(s, QUIRK_LOST_SESSION))
		complete_here(r);
	else /* who has heard of it, nobody knows */
		request_answer(r, SD_RES_CLUSTER_ERROR);
}

void cluster_ops_settle(struct sheep *s, bool joins)
{
	struct request *r, *next;

	settle_granted(s);
	for (r = TAILQ_FIRST(&s->blocks); r && !s->ended; r = next) {
		next = TAILQ_NEXT(r, cluster_link);
		if (joins) {
			driver_block(s->driver); /* in a new line, behind the join */
			continue;
		}
		TAILQ_REMOVE(&s->blocks, r, cluster_link);
		request_answer(r, SD_RES_CLUSTER_ERROR);
	}
	if (!s->ended)
		settle_notifies(s, joins);
}

void cluster_op_deliver(struct sheep *s, const struct node_rec *sender, struct blob *message)
{
	const struct op_info *info;
	const struct op *op;
	struct req q;
	struct rsp p;
	struct cluster_msg m = {.sender = sender, .q = &q, .p = &p};

	if (!message_decode(s, message, &m, &q, &info)) {
		/* Ignored, as 0.7.8 and later do. */
		world_words(s->world, TRACE_ALERT, 0, node_epoch(s),
			    "notification that is no cluster operation");
		blob_unref(m.data);
		return;
	}
	op = op_code(info);
	if (node_is_me(s, &sender->nid))
		m.request = own_request(s, info);
	if (op->effect && p.result == SD_RES_SUCCESS)
		p.result = op->effect(s, &m);
	if (m.request && !m.request->held && !s->ended)
		answer_own(m.request, &p, m.data);
	blob_unref(m.data);
}
