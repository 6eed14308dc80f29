/*
 * A request's life: made, admitted (dispatch.c), parked and woken, answered (R402, R423-R427).
 */
#include <assert.h>
#include <stdlib.h>

#include "sheep/gateway.h"
#include "sheep/level.h"
#include "sheep/stat.h"

static void request_drop(struct task *t)
{
	struct request *r = container_of(t, struct request, task);

	blob_unref(r->data);
	blob_unref(r->out);
	blob_unref(r->index_before[0]);
	blob_unref(r->index_before[1]);
	view_unref(r->sheep->commons, r->view);
	free(r);
}

static struct request *request_new(struct sheep *s, struct blob *data)
{
	struct request *r = mem_alloc(sizeof(*r));

	r->sheep = s;
	r->data = data ? blob_ref(data) : NULL;
	task_add(s, &r->task, request_drop);
	s->nr_requests++;
	return r;
}

static void request_free(struct request *r)
{
	assert(!r->parked && !r->work.running && !r->work.waiting);
	assert(!r->later.queued && !r->work.later.queued);
	if (r->client)
		client_remove(r);
	r->sheep->nr_requests--;
	task_remove(&r->task);
	request_drop(&r->task);
}

uint64_t request_oid(const struct request *r)
{
	switch (r->q.variant) {
	case VARIANT_OBJ:
		return r->q.obj.oid;
	case VARIANT_REF:
		return r->q.ref.oid;
	default:
		return 0;
	}
}

void request_decode(struct request *r, const uint8_t head[WIRE_HEADER])
{
	req_decode(head, &r->q);
	r->info = op_info(r->q.opcode);
	r->dialect = level_of_request(r->sheep, &r->q);
	if (r->dialect != DIALECT_NONE)
		dialect_req_receive(r->dialect, &r->q);
}

void request_from_client(struct sheep *s, struct client *c, const uint8_t head[WIRE_HEADER],
			 struct blob *payload)
{
	struct request *r = request_new(s, NULL);

	r->client = c;
	r->from_client = true;
	client_add(c, r);
	s->client_requests++;
	request_decode(r, head);
	if (r->dialect != DIALECT_NONE)
		r->data = dialect_payload_receive(r->dialect, &r->q, false, payload);
	stat_begin(r);
	world_note(s->world, TRACE_REQUEST, r->q.opcode, request_oid(r), r->q.epoch, r->q.id);
	request_admit(r);
}

static void admit_later(struct later *l)
{
	request_admit(container_of(l, struct request, later));
}

struct request *request_nested(struct sheep *s, const struct req *q, struct blob *data,
			       void (*done)(struct request *r), void *owner)
{
	struct request *r = request_new(s, data);

	r->q = *q;
	r->info = op_info(q->opcode);
	r->dialect = s->speaks.highest; /* its own words */
	r->done = done;
	r->owner = owner;
	stat_begin(r);
	loop_later(s, &r->later, admit_later);
	return r;
}

/* ------------------------------------------------------------------ once more */

/* Sheep tries again at once, and for ever (R424, R916). Repaired: with pauses, and an end. */
#define PAUSE_FIRST (1 * NSEC_PER_MSEC)
#define PAUSE_LAST  (NSEC_PER_SEC)
#define TRIES_MAX   70 /* more than a minute of pauses */

bool request_is_hopeless(const struct request *r)
{
	return r->tries > TRIES_MAX && !quirk(r->sheep, QUIRK_ENDLESS_RETRIES);
}

static void pause_over(struct timer *t)
{
	request_admit(container_of(t, struct request, pause));
}

static uint64_t pause_before(const struct request *r)
{
	uint64_t pause = PAUSE_FIRST;

	for (uint32_t i = 1; i < r->tries && pause < PAUSE_LAST; i++)
		pause *= 2;
	return pause < PAUSE_LAST ? pause : PAUSE_LAST;
}

/* R006: to request_admit(), for which it is a new one but for its tries. */
void request_requeue(struct request *r)
{
	world_note(r->sheep->world, TRACE_REQUEUE, r->q.opcode, request_oid(r), r->p.result, 0);
	blob_unref(r->out);
	r->out = NULL;
	if (r->tries++ > 0 && !quirk(r->sheep, QUIRK_ENDLESS_RETRIES)) {
		r->pause.fire = pause_over;
		world_timer(r->sheep->world, &r->pause, pause_before(r));
		return;
	}
	loop_later(r->sheep, &r->later, admit_later);
}

/* How much of the answer's payload goes onto the wire (spec 1.4): what the asker has room for. */
static struct blob *payload_for_wire(const struct request *r)
{
	bool two_way = r->q.flags & SD_FLAG_CMD_PIGGYBACK;

	if (!r->out || ((r->q.flags & SD_FLAG_CMD_WRITE) && !two_way))
		return NULL;
	if (blob_size(r->out) > r->q.data_length)
		return blob_slice(r->out, 0, r->q.data_length);
	return blob_ref(r->out);
}

/* 0.5.2: what another replica has trimmed goes to old clients as it came (versions.md 4.2). */
static bool stays_trimmed(const struct request *r)
{
	return r->q.opcode == SD_OP_READ_OBJ && r->remote && dialect_info(r->dialect)->trims &&
	       quirk(r->sheep, QUIRK_UNEXPANDED_READS);
}

/*
 * In the words of who asked. Up to 0.7 what is read is trimmed (where a version of the frontend
 * protocol says so, or another node asks), and the answer says how many copies an object has.
 */
static struct blob *answer_translated(struct request *r, struct blob *payload)
{
	struct blob *said = dialect_payload_send(r->dialect, r->q.opcode, true, payload);
	bool success = r->p.result == SD_RES_SUCCESS;

	if (success && (dialect_trims(r->dialect, &r->q) || stays_trimmed(r))) {
		uint64_t front = 0;

		payload = said;
		said = dialect_trim(payload, r->q.obj.offset, &front);
		blob_unref(payload);
		r->p.obj.offset = front;
	}
	if (success && r->p.variant == VARIANT_OBJ && dialect_info(r->dialect)->wide_copies)
		r->p.obj.copies = (uint8_t)object_copies(r->sheep, request_oid(r));
	r->p.data_length = (uint32_t)blob_size(said);
	dialect_rsp_send(r->dialect, r->q.opcode, &r->p);
	return said;
}

static void answer_client(struct request *r, struct blob *payload)
{
	struct blob *said = NULL;

	/* What every answer carries, whatever the body stored there (spec 1.5). */
	r->p.proto_ver = 0;
	r->p.flags = 0;
	r->p.opcode = r->q.opcode;
	r->p.id = r->q.id;
	r->p.epoch = node_epoch(r->sheep);
	r->p.data_length = (uint32_t)blob_size(payload);
	if (r->dialect != DIALECT_NONE)
		said = answer_translated(r, payload);
	client_send(r->client, &r->p, said);
	blob_unref(said);
}

void request_answer(struct request *r, uint32_t result)
{
	struct sheep *s = r->sheep;
	bool from_client = r->from_client;
	struct blob *payload = payload_for_wire(r);

	r->p.result = result;
	stat_end(r, blob_size(payload));
	if (from_client) {
		world_note(s->world, TRACE_ANSWER, r->q.opcode, request_oid(r), node_epoch(s),
			   result);
		if (r->client)
			answer_client(r, payload);
		assert(s->client_requests > 0);
		s->client_requests--;
	} else {
		r->done(r);
	}
	blob_unref(payload);
	request_free(r);
	if (from_client)
		node_drain(s);
}

/* ------------------------------------------------------------------ the wait list */

/* Other requests end by themselves: those may wait for ever, without anybody who knows of them. */
static void count_abandoned(struct request *r)
{
	if (!r->from_client || r->client || !r->parked || r->parked_for == 0)
		return;
	r->abandoned = sizeof(*r) + blob_size(r->data);
	r->sheep->abandoned += r->abandoned;
}

void request_lose_client(struct request *r)
{
	r->client = NULL;
	count_abandoned(r);
}

uint64_t sheep_abandoned(const struct sheep *s)
{
	return s->abandoned;
}

void request_park(struct request *r, uint32_t reason)
{
	struct sheep *s = r->sheep;

	assert(!r->parked);
	r->parked = true;
	r->parked_for = reason;
	TAILQ_INSERT_TAIL(&s->waitlist, r, wait_link);
	s->nr_parked++;
	count_abandoned(r);
	world_note(s->world, TRACE_PARK, r->q.opcode, request_oid(r), reason, 0);
}

static void wake(struct request *r)
{
	struct sheep *s = r->sheep;

	TAILQ_REMOVE(&s->waitlist, r, wait_link);
	s->nr_parked--;
	s->abandoned -= r->abandoned;
	r->abandoned = 0;
	r->parked = false;
	request_requeue(r);
}

void waitlist_wake_all(struct sheep *s)
{
	while (!TAILQ_EMPTY(&s->waitlist))
		wake(TAILQ_FIRST(&s->waitlist));
}

/* What it waits for does not matter (R426): a gateway's request, unless it has nothing here (R404).
 */
static bool is_relevant(const struct request *r, uint64_t oid)
{
	return request_oid(r) == oid && (r->info->class == OP_PEER || r->holder);
}

void waitlist_wake_oid(struct sheep *s, uint64_t oid)
{
	struct request *r = TAILQ_FIRST(&s->waitlist);

	while (r) {
		struct request *next = TAILQ_NEXT(r, wait_link);

		if (is_relevant(r, oid))
			wake(r);
		r = next;
	}
}

void waitlist_wake_epoch(struct sheep *s)
{
	struct request *r = TAILQ_FIRST(&s->waitlist);

	while (r) {
		struct request *next = TAILQ_NEXT(r, wait_link);

		if (r->parked_for != 0)
			wake(r);
		r = next;
	}
}
