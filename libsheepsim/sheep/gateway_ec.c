/* Reads and writes of erasure-coded objects at the gateway: see gateway_ec.h. */
#include <assert.h>
#include <stdlib.h>

#include "sheep/ec.h"
#include "sheep/gateway_ec.h"
#include "sheep/gateway_forward.h"

bool gateway_is_coded(const struct request *r)
{
	return request_policy(r) != 0;
}

static struct ec_range range_of(const struct request *r)
{
	return ec_range(r->q.obj.offset, r->q.data_length);
}

/* Where the strips of a request's object are, and how many of them it goes to. */
struct strips {
	uint16_t holders[MAX_ZONES];
	uint32_t nr;
};

/*
 * A view with fewer zones than strips holds the data strips only, which loses the parity that there
 * would be room for (R920), and one with still fewer holds nothing (R415, R416). How many copies
 * the client asks for does not count: the policy says it, or else two requests could look for one
 * strip in two places. SUCCESS: *strips is filled.
 */
static uint32_t strips_find(const struct request *r, struct strips *strips)
{
	uint8_t policy = request_policy(r);
	uint32_t d = sd_policy_data_strips(policy), all = d + sd_policy_parity_strips(policy);

	/* Such a header or VDI is broken; so is a range beyond what an offset can name. */
	if (!sd_policy_is_code(policy) || (uint64_t)r->q.obj.offset + r->q.data_length > UINT32_MAX)
		return SD_RES_INVALID_PARMS;
	strips->nr = view_holders(r->view, r->q.obj.oid, all, strips->holders);
	if (strips->nr < d)
		return SD_RES_SYSTEM_ERROR;
	if (strips->nr < all && quirk(r->sheep, QUIRK_NO_PARITY))
		strips->nr = d;
	return SD_RES_SUCCESS;
}

/*
 * The request's peer form for the first nr strips: offset and length are per strip (R411). data:
 * payloads, NULL: none.
 */
static struct forward *to_strips(struct request *r, const struct strips *strips, uint32_t nr,
				 struct blob *const data[])
{
	const struct members *m = view_members(r->view);
	struct forward *f = forward_new(r, nr);
	uint8_t policy = request_policy(r);
	struct ec_range range = range_of(r);

	for (uint32_t i = 0; i < nr; i++) {
		struct req *q = &f->leg[i].call.q;

		forward_to(f, i, &m->rec[strips->holders[i]].nid, data ? data[i] : NULL);
		q->obj.offset = (uint32_t)ec_strip_bytes(policy, range.first);
		q->data_length = (uint32_t)ec_strip_bytes(policy, range.nr);
	}
	return f;
}

/* ------------------------------------------------------------------ read */

/* Whole stripes were read; the client gets its part of them. */
static void read_gather(struct forward *f)
{
	struct request *r = f->r;
	struct ec_range range = range_of(r);
	struct blob *answers[SD_EC_MAX_DATA_STRIPS], *stripes;

	assert(f->nr <= SD_EC_MAX_DATA_STRIPS);
	for (uint32_t i = 0; i < f->nr; i++)
		answers[i] = f->leg[i].answer;
	stripes = ec_join(request_policy(r), answers, range.nr);
	r->out = blob_slice(stripes, r->q.obj.offset - range.first * SD_EC_STRIPE_SIZE,
			    r->q.data_length);
	blob_unref(stripes);
}

/* R415: the data strips only; nothing is decoded here, so each of them is needed. */
void gateway_ec_read(struct request *r)
{
	struct strips strips;
	struct forward *f;
	uint32_t refusal = strips_find(r, &strips);

	if (refusal != SD_RES_SUCCESS) {
		request_end(r, refusal);
		return;
	}
	f = to_strips(r, &strips, sd_policy_data_strips(request_policy(r)), NULL);
	f->gather = read_gather;
	forward_start(f, request_end);
}

/* ------------------------------------------------------------------ write */

/* A WRITE or CREATE whose stripes are being made whole (R416). */
struct ec_write {
	struct task task;
	struct request *r;
	struct strips strips;
	struct ec_range range;
	struct blob *stripes; /* content of the range: what was read, zeros elsewhere */
	uint64_t reading;     /* number of the stripe that is being read */
	bool tail_wanted;     /* is yet to be read */
};

static void write_free(struct ec_write *w)
{
	blob_unref(w->stripes);
	free(w);
}

static void write_drop(struct task *t)
{
	write_free(container_of(t, struct ec_write, task));
}

/* The stripes are whole: cut, coded and sent. Ends w. */
static void write_send(struct ec_write *w)
{
	struct request *r = w->r;
	uint8_t policy = request_policy(r);
	uint64_t begin = w->range.first * SD_EC_STRIPE_SIZE;
	struct blob *content[SD_EC_MAX_STRIPS];
	uint32_t made = sd_policy_data_strips(policy);

	w->stripes = blob_overlay(w->stripes, r->q.obj.offset - begin, r->data);
	ec_split(policy, w->stripes, content);
	if (w->strips.nr > made) {
		ec_encode(policy, content, content + made);
		made += sd_policy_parity_strips(policy);
	}
	forward_start(to_strips(r, &w->strips, w->strips.nr, content), request_end);
	for (uint32_t i = 0; i < made; i++)
		blob_unref(content[i]);
	task_remove(&w->task);
	write_free(w);
}

static void stripe_read(struct request *nested);

static void read_stripe(struct ec_write *w, uint64_t stripe)
{
	struct req q;

	w->reading = stripe;
	req_init(&q, SD_OP_READ_OBJ);
	q.data_length = SD_EC_STRIPE_SIZE;
	q.obj.oid = w->r->q.obj.oid;
	q.obj.offset = (uint32_t)(stripe * SD_EC_STRIPE_SIZE);
	request_nested(w->r->sheep, &q, NULL, stripe_read, w);
}

/* The stripes' ends are read one after the other: the tail, if it is wanted, comes last. */
static void write_go_on(struct ec_write *w)
{
	if (w->tail_wanted) {
		w->tail_wanted = false;
		read_stripe(w, w->range.first + w->range.nr - 1);
	} else {
		write_send(w);
	}
}

static void stripe_read(struct request *nested)
{
	struct ec_write *w = nested->owner;
	struct request *r = w->r;
	uint32_t result = nested->p.result;

	if (result != SD_RES_SUCCESS) {
		task_remove(&w->task);
		write_free(w);
		request_end(r, result);
		return;
	}
	w->stripes = blob_overlay(w->stripes, (w->reading - w->range.first) * SD_EC_STRIPE_SIZE,
				  nested->out);
	write_go_on(w);
}

/*
 * What of its stripes a WRITE does not cover is read before (R416): the head if the range begins
 * within a stripe; the tail if the range ends within one that is not the head. A range that begins
 * with a stripe and ends within the same one is thus not read for, and zeros the rest (R417, R920).
 */
static void write_start(struct request *r, const struct strips *strips)
{
	struct ec_write *w = mem_alloc(sizeof(*w));
	uint64_t end = (uint64_t)r->q.obj.offset + r->q.data_length;

	w->r = r;
	w->strips = *strips;
	w->range = range_of(r);
	w->stripes = blob_zero(w->range.nr * SD_EC_STRIPE_SIZE);
	task_add(r->sheep, &w->task, write_drop);
	if (r->q.opcode == SD_OP_WRITE_OBJ) {
		w->tail_wanted = end % SD_EC_STRIPE_SIZE != 0 && w->range.nr > 1;
		if (r->q.obj.offset % SD_EC_STRIPE_SIZE != 0 ||
		    (end % SD_EC_STRIPE_SIZE != 0 && w->range.nr == 1 &&
		     !quirk(r->sheep, QUIRK_SHORT_STRIPES))) {
			read_stripe(w, w->range.first);
			return;
		}
	}
	write_go_on(w);
}

void gateway_ec_write(struct request *r)
{
	struct strips strips;
	uint32_t refusal = strips_find(r, &strips);

	if (refusal != SD_RES_SUCCESS)
		request_end(r, refusal);
	else
		write_start(r, &strips);
}

void gateway_ec_remove(struct request *r, void (*then)(struct request *r, uint32_t result))
{
	struct strips strips;
	uint32_t refusal = strips_find(r, &strips);

	if (refusal != SD_RES_SUCCESS)
		then(r, refusal);
	else
		forward_start(to_strips(r, &strips, strips.nr, NULL), then);
}
