/*
 * Sessions: connect, send, match, connect again.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "client/session.h"
#include "sheepsim/wire/frontend.h"
#include "wire/ops.h"
#include "wire/text.h"
#include "world/universe.h"

#define RECONNECT_DELAY NSEC_PER_SEC /* QEMU tries once a second */

static const struct conn_handler handler;

static uint64_t request_oid(const struct req *q)
{
	return q->variant == VARIANT_OBJ ? q->obj.oid : 0;
}

static void note_request(const struct session *s, const struct exchange *x,
			 const uint8_t head[WIRE_HEADER])
{
	const struct req *q = &x->req;
	struct trace_event e = {
		.place = s->world->place,
		.kind = TRACE_CLIENT_REQUEST,
		.num = {q->opcode, request_oid(q), q->variant == VARIANT_OBJ ? q->obj.offset : 0,
			q->data_length},
		.head = head,
		.payload = x->payload,
	};
	char name[8];

	e.text = op_name(q->opcode, name);
	trace_emit(&s->world->universe->trace, &e);
}

/* payload: as it came. */
static void note_answer(const struct session *s, const struct exchange *x,
			const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct trace_event e = {
		.place = s->world->place,
		.kind = TRACE_CLIENT_ANSWER,
		.num = {x->req.opcode, request_oid(&x->req), x->rsp.result,
			x->data ? blob_digest(x->data) : 0},
		.head = head,
		.answer = true,
		.payload = payload,
	};
	char name[8];

	e.text = op_name(x->req.opcode, name);
	trace_emit(&s->world->universe->trace, &e);
}

/* The header as it is said to the node. */
static void encode(const struct session *s, const struct exchange *x, uint8_t head[WIRE_HEADER])
{
	struct req said = x->req;

	if (s->dialect != DIALECT_NONE)
		dialect_req_send(s->dialect, &said);
	if (s->frontend && said.opcode < SD_OP_INTERNAL && said.proto_ver > s->frontend)
		said.proto_ver = s->frontend;
	req_encode(&said, head);
}

/* The payload as it is said to the node; sent again it is the same. */
static void payload_translate(const struct session *s, struct exchange *x)
{
	struct blob *payload = x->payload;

	if (s->dialect == DIALECT_NONE)
		return;
	x->payload = dialect_payload_send(s->dialect, x->req.opcode, false, payload);
	blob_unref(payload);
}

static void transmit(struct session *s, const struct exchange *x)
{
	uint8_t head[WIRE_HEADER];

	encode(s, x, head);
	conn_send(s->conn, head, x->payload);
}

/* Tries to connect, and sends all that has no answer. */
static bool session_connect(struct session *s)
{
	const struct exchange *x;

	assert(!s->conn);
	s->conn = world_connect(s->world, &s->gateway, &handler, s);
	if (!s->conn)
		return false;
	TAILQ_FOREACH (x, &s->pending, link)
		transmit(s, x);
	return true;
}

static void lose_all(struct session *s)
{
	struct exchange_list list = TAILQ_HEAD_INITIALIZER(list);
	struct exchange *x;
	char name[8];

	TAILQ_CONCAT(&list, &s->pending, link);
	s->tally->lost += s->nr_pending;
	s->nr_pending = 0;
	TAILQ_FOREACH (x, &list, link)
		world_words(s->world, TRACE_CLIENT_LOST, x->req.opcode, request_oid(&x->req), "%s",
			    op_name(x->req.opcode, name));
	/* From here on s may be gone: done() may end what it belongs to. */
	while ((x = TAILQ_FIRST(&list))) {
		TAILQ_REMOVE(&list, x, link);
		blob_unref(x->payload);
		x->payload = NULL;
		x->data = NULL;
		x->lost = true;
		x->done(x);
	}
}

/* There is no connection: tries again, or gives up. */
static void broken(struct session *s)
{
	s->dead = s->once;
	if (!s->lasting || s->once)
		lose_all(s);
	else if (!TAILQ_EMPTY(&s->pending) && !session_connect(s))
		world_timer(s->world, &s->timer, RECONNECT_DELAY);
}

static void timer_fires(struct timer *t)
{
	struct session *s = container_of(t, struct session, timer);

	assert(!s->conn);
	broken(s);
}

static void connection_closed(struct conn *c)
{
	struct session *s = c->owner;

	assert(s->conn == c);
	s->conn = NULL;
	broken(s);
}

static struct exchange *find(const struct session *s, uint32_t id)
{
	struct exchange *x;

	TAILQ_FOREACH (x, &s->pending, link)
		if (x->req.id == id)
			break;
	return x;
}

/* An answer that is none of ours; told once, counted always. */
static void complain(struct session *s, const struct rsp *p, const char *what)
{
	struct answer_tally *t = s->tally;
	char name[8];

	if (t->strays + t->mismatched == 0)
		snprintf(t->first, sizeof t->first, "%s answer id %u %s", op_name(p->opcode, name),
			 p->id, what);
}

/* Can zeros have been left out of this answer? */
static bool can_be_trimmed(const struct session *s, const struct req *q, const struct rsp *p)
{
	return s->dialect == DIALECT_NONE && p->result == SD_RES_SUCCESS &&
	       dialect_trims(DIALECT_08, q);
}

/*
 * The payload of an answer may fill the room that the request left for it (spec 1.4); behind zeros
 * that have been left out, what remains of it.
 */
static bool answer_fits(const struct session *s, const struct req *q, const struct rsp *p,
			const struct blob *payload)
{
	bool has_room = !(q->flags & SD_FLAG_CMD_WRITE) || (q->flags & SD_FLAG_CMD_PIGGYBACK);
	uint64_t room = has_room ? q->data_length : 0;
	uint64_t front = can_be_trimmed(s, q, p) ? p->obj.offset : 0;

	return p->opcode == q->opcode && p->data_length == blob_size(payload) && front <= room &&
	       p->data_length <= room - front;
}

/*
 * A reference to what the client takes from an answer, or NULL. Who announces version 2 puts zeros
 * where a sheep of 0.7 has left them out (wire-protocols 1.7). Who does not still has a buffer of
 * the size that it asked for, which stays as it is (zeros, here) where nothing comes.
 */
static struct blob *take_payload(const struct session *s, const struct req *q, struct rsp *p,
				 struct blob *payload)
{
	if (s->dialect != DIALECT_NONE)
		return dialect_answer_receive(s->dialect, q, p, payload);
	if (can_be_trimmed(s, q, p))
		return dialect_answer_receive(DIALECT_08, q, p, payload);
	if (p->result == SD_RES_SUCCESS && q->opcode == SD_OP_READ_OBJ) {
		p->data_length = q->data_length;
		return dialect_expand(payload, 0, q->data_length);
	}
	return payload ? blob_ref(payload) : NULL;
}

static void answer_came(struct conn *c, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct session *s = c->owner;
	struct exchange *x;
	struct blob *data;
	bool fits;
	struct rsp p;

	rsp_decode(head, &p);
	x = find(s, p.id);
	if (!x) {
		complain(s, &p, "belongs to no request");
		s->tally->strays++;
		return;
	}
	fits = answer_fits(s, &x->req, &p, payload);
	data = take_payload(s, &x->req, &p, payload);
	if (s->dialect != DIALECT_NONE) /* where lengths are known when it is translated */
		fits = answer_fits(s, &x->req, &p, data);
	if (!fits) {
		complain(s, &p, "does not fit its request");
		s->tally->mismatched++;
	}
	TAILQ_REMOVE(&s->pending, x, link);
	s->nr_pending--;
	s->tally->answered++;
	blob_unref(x->payload);
	x->payload = NULL;
	x->lost = false;
	x->rsp = p;
	x->data = data;
	note_answer(s, x, head, payload);
	x->done(x);
	blob_unref(data);
}

static const struct conn_handler handler = {.frame = answer_came, .closed = connection_closed};

void session_init(struct session *s, struct world *w, struct answer_tally *tally,
		  const struct node_id *gateway, bool lasting)
{
	memset(s, 0, sizeof *s);
	s->world = w;
	s->tally = tally;
	s->gateway = *gateway;
	s->lasting = lasting;
	s->timer.fire = timer_fires;
	TAILQ_INIT(&s->pending);
}

void session_send(struct session *s, struct exchange *x)
{
	uint8_t head[WIRE_HEADER];

	assert(x->done);
	assert(!(x->req.flags & SD_FLAG_CMD_WRITE) || x->req.data_length == blob_size(x->payload));
	payload_translate(s, x);
	/* Who has one request under way at a time, like dog, leaves it zero (spec 1.5). */
	x->req.id = s->lasting ? ++s->last_id : 0;
	x->sent_at = world_now(s->world);
	s->tally->requests++;
	encode(s, x, head);
	note_request(s, x, head);
	TAILQ_INSERT_TAIL(&s->pending, x, link);
	s->nr_pending++;
	if (s->conn)
		transmit(s, x);
	else if (!timer_armed(&s->timer) && (s->dead || !session_connect(s)))
		world_timer(s->world, &s->timer, s->lasting && !s->once ? RECONNECT_DELAY : 0);
}

void session_move(struct session *s, const struct node_id *gateway)
{
	assert(s->lasting);
	s->gateway = *gateway;
	world_timer_stop(&s->timer);
	if (s->conn)
		conn_close(s->conn);
	s->conn = NULL;
	broken(s);
	s->dead = false;
}

void session_close(struct session *s)
{
	world_timer_stop(&s->timer);
	if (s->conn)
		conn_close(s->conn);
	s->conn = NULL;
	lose_all(s);
}

void session_pending_text(const struct session *s, struct text *t)
{
	const struct exchange *x;
	char name[64];

	TAILQ_FOREACH (x, &s->pending, link) {
		text_add(t, "%s ", s->conn ? "no answer to" : "nobody listens for");
		req_text(DIALECT_NEWEST, t, &x->req);
		text_add(t, " at %s, sent at %u.%06u s\n", node_id_text(&s->gateway, name),
			 (unsigned)(x->sent_at / NSEC_PER_SEC),
			 (unsigned)(x->sent_at % NSEC_PER_SEC / NSEC_PER_USEC));
	}
}

void request_object(struct req *q, uint8_t opcode, uint16_t flags, uint64_t oid, uint64_t offset,
		    uint64_t len)
{
	assert(offset <= UINT32_MAX);
	assert(len <= UINT32_MAX);
	req_init(q, opcode);
	q->flags = flags;
	q->data_length = (uint32_t)len;
	q->obj.oid = oid;
	q->obj.offset = (uint32_t)offset;
}
