/* Streams of bytes out of TCP segments. */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "decode/flows.h"
#include "decode/talk.h"
#include "files.h"

/* Bytes that wait behind a gap, and segments, before the gap is taken for lost: more than a sender
 * keeps under way until it sends again what was lost (6 MiB, as Linux comes). */
#define WAITING_BYTES (UINT32_C(8) << 20)
#define WAITING_MAX   8192
/* Packets that come after the receiver has acknowledged what is missing here: then it was there,
 * but was not captured. */
#define PATIENCE 8

/* A segment that came too early. */
struct early {
	uint32_t seq, captured, len;
	uint8_t *data;
	TAILQ_ENTRY(early) link;
};
TAILQ_HEAD(earlies, early);

/* What one side sends. */
struct half {
	bool known;    /* next is */
	uint32_t next; /* sequence number of the next byte */
	uint32_t acked;
	bool has_acked;	    /* the other side has told what it has got */
	unsigned impatient; /* packets since it got more than we did */
	bool fin;
	uint32_t fin_seq;
	struct earlies early; /* by seq */
	size_t nr_early;
	uint64_t waiting; /* bytes in them */
};

struct flow_key {
	struct end client, server;
};

struct flow {
	struct flow_key key;
	struct talk *talk; /* NULL: it is over */
	struct half halves[2];
	char closed; /* who has begun to: 'C', 'S', 0: nobody */
	UT_hash_handle hh;
};

/* a - b of sequence numbers, which wrap */
static int32_t distance(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

/* ------------------------------------------------------------------ whose flow it is */

static bool is_sheep_port(const struct decode_options *options, uint16_t port)
{
	for (size_t i = 0; i < options->nr_ports; i++) {
		if (port >= options->ports[i].first && port <= options->ports[i].last)
			return true;
	}
	return false;
}

static bool is_served(const struct decode_options *options, uint16_t port)
{
	return port == options->shepherd_port || is_sheep_port(options, port);
}

static struct flow *find(struct flows *flows, const struct end *client, const struct end *server)
{
	struct flow_key key;
	struct flow *f;

	memset(&key, 0, sizeof(key));
	key.client = *client;
	key.server = *server;
	HASH_FIND(hh, flows->all, &key, sizeof(key), f);
	return f;
}

/* Was this sent by the side that serves? What no opening tells is guessed from ports and words. */
static bool is_from_server(const struct decode_options *options, const struct segment *s)
{
	bool from = is_served(options, s->from.port), to = is_served(options, s->to.port);

	if (s->syn)
		return s->has_ack;
	if (from != to)
		return from;
	return talk_plausible(s->data, s->captured, true) &&
	       !talk_plausible(s->data, s->captured, false);
}

static struct flow *add(struct flows *flows, const struct segment *s)
{
	const struct decode_options *options = flows->book->options;
	bool reversed = is_from_server(options, s);
	const struct end *client = reversed ? &s->to : &s->from;
	const struct end *server = reversed ? &s->from : &s->to;
	bool sheep = is_sheep_port(options, server->port);
	struct flow *f = need(calloc(1, sizeof(*f)));
	char from[72], to[72];

	f->key.client = *client;
	f->key.server = *server;
	f->talk = talk_open(flows->book, end_text(client, from), end_text(server, to),
			    sheep || server->port != options->shepherd_port ? TALK_SHEEP
									    : TALK_SHEPHERD,
			    s->syn);
	TAILQ_INIT(&f->halves[SIDE_CLIENT].early);
	TAILQ_INIT(&f->halves[SIDE_SERVER].early);
	HASH_ADD(hh, flows->all, key, sizeof(f->key), f);
	return f;
}

/* ------------------------------------------------------------------ order */

/* A segment that begins with the next byte. */
static void deliver(struct flow *f, enum side side, const uint8_t *data, uint32_t captured,
		    uint32_t len)
{
	f->halves[side].next += len;
	if (captured > 0)
		talk_bytes(f->talk, side, data, captured, true, 0);
	if (captured < len)
		talk_missing(f->talk, side, len - captured);
}

static void drop_early(struct half *h, struct early *e)
{
	TAILQ_REMOVE(&h->early, e, link);
	h->nr_early--;
	h->waiting -= e->captured;
	free(e->data);
	free(e);
}

/* What a segment has that is new, from the next byte on. */
static void deliver_rest(struct flow *f, enum side side, const uint8_t *data, uint32_t captured,
			 uint32_t len, uint32_t seq)
{
	uint32_t known = (uint32_t)distance(f->halves[side].next, seq);

	if (known >= len)
		return;
	deliver(f, side, captured > known ? data + known : NULL,
		captured > known ? captured - known : 0, len - known);
}

/* Segments whose turn has come. */
static void deliver_early(struct flow *f, enum side side)
{
	struct half *h = &f->halves[side];
	struct early *e;

	while ((e = TAILQ_FIRST(&h->early)) != NULL && distance(e->seq, h->next) <= 0) {
		deliver_rest(f, side, e->data, e->captured, e->len, e->seq);
		drop_early(h, e);
	}
	if (TAILQ_EMPTY(&h->early))
		h->impatient = 0;
}

/* The gap before the first that waits will not be filled. */
static void give_up(struct flow *f, enum side side)
{
	struct half *h = &f->halves[side];
	uint32_t gap = (uint32_t)distance(TAILQ_FIRST(&h->early)->seq, h->next);

	h->next += gap;
	talk_missing(f->talk, side, gap);
	h->impatient = 0;
	deliver_early(f, side);
}

/* The last of those that wait that is not behind seq; NULL: there is none. */
static struct early *last_before(struct half *h, uint32_t seq)
{
	struct early *e;

	TAILQ_FOREACH_REVERSE(e, &h->early, earlies, link)
	{
		if (distance(e->seq, seq) <= 0)
			break;
	}
	return e;
}

static void wait_for_turn(struct flow *f, enum side side, const struct segment *s, uint32_t seq)
{
	struct half *h = &f->halves[side];
	struct early *e = need(calloc(1, sizeof(*e))), *before;

	e->seq = seq;
	e->len = s->len;
	e->captured = s->captured;
	e->data = need(malloc(s->captured + 1));
	if (s->captured > 0)
		memcpy(e->data, s->data, s->captured);
	before = TAILQ_FIRST(&h->early);
	if (before != NULL && distance(before->seq, seq) > 0)
		before = NULL;
	else
		before = last_before(h, seq);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&h->early, before, e, link);
	else
		TAILQ_INSERT_HEAD(&h->early, e, link);
	h->nr_early++;
	h->waiting += e->captured;
	if (h->nr_early > WAITING_MAX || h->waiting > WAITING_BYTES)
		give_up(f, side);
}

static void add_data(struct flow *f, enum side side, const struct segment *s, uint32_t seq)
{
	struct half *h = &f->halves[side];

	if (!h->known)
		h->next = seq;
	h->known = true;
	if (distance(seq, h->next) > 0) {
		wait_for_turn(f, side, s, seq);
		return;
	}
	deliver_rest(f, side, s->data, s->captured, s->len, seq);
	deliver_early(f, side);
}

/* Has the receiver got what is missing here, while more has come? */
static bool is_gap_acked(const struct half *h)
{
	return !TAILQ_EMPTY(&h->early) && h->has_acked && distance(h->acked, h->next) > 0;
}

/* What was acknowledged, but has not been seen, will not be any more. A FIN counts as a byte, and
 * may not have been seen either. */
static void miss_acked(struct flow *f, enum side side)
{
	struct half *h = &f->halves[side];
	int32_t missing;

	while (is_gap_acked(h))
		give_up(f, side);
	missing = distance(h->acked, h->next) - h->fin;
	if (!h->known || !h->has_acked || missing <= 1)
		return;
	h->next += (uint32_t)missing;
	talk_missing(f->talk, side, (uint32_t)missing);
}

/* One more packet of the flow. */
static void lose_patience(struct flow *f, enum side side)
{
	struct half *h = &f->halves[side];

	if (is_gap_acked(h) && ++h->impatient > PATIENCE)
		give_up(f, side);
}

/* ------------------------------------------------------------------ ends */

static void end_flow(struct flow *f, char by)
{
	for (int i = 0; i < 2; i++) {
		while (!TAILQ_EMPTY(&f->halves[i].early))
			give_up(f, (enum side)i);
		miss_acked(f, (enum side)i);
	}
	talk_close(f->talk, by);
	f->talk = NULL;
}

/* A side that has said its last byte closes the connection; the other may still answer. */
static void check_fins(struct flow *f)
{
	bool over[2];

	for (int i = 0; i < 2; i++) {
		struct half *h = &f->halves[i];

		over[i] = h->fin && distance(h->next, h->fin_seq) >= 0;
		if (over[i] && f->closed == 0)
			f->closed = i == SIDE_CLIENT ? 'C' : 'S';
	}
	if (over[SIDE_CLIENT] && over[SIDE_SERVER])
		end_flow(f, f->closed);
}

/* ------------------------------------------------------------------ the outside */

/* The numbers that the opening of a connection tells. */
static void open_halves(struct flow *f, enum side side, const struct segment *s)
{
	struct half *mine = &f->halves[side], *other = &f->halves[1 - side];

	if (!mine->known) {
		mine->known = true;
		mine->next = s->seq + 1;
	}
	if (s->has_ack && !other->known) {
		other->known = true;
		other->next = s->ack;
	}
}

static void take_segment(struct flow *f, enum side side, const struct segment *s)
{
	struct half *h = &f->halves[side], *other = &f->halves[1 - side];
	uint32_t seq = s->seq + s->syn;

	if (s->syn)
		open_halves(f, side, s);
	if (s->has_ack && (!other->has_acked || distance(s->ack, other->acked) > 0)) {
		other->has_acked = true;
		other->acked = s->ack;
	}
	if (s->len > 0) {
		/* What is said now may answer what is missing, or waits behind it. */
		miss_acked(f, 1 - side);
		add_data(f, side, s, seq);
	}
	if (s->fin) {
		if (!h->known)
			h->next = seq;
		h->known = true;
		h->fin = true;
		h->fin_seq = seq + s->len;
	}
	lose_patience(f, SIDE_CLIENT);
	lose_patience(f, SIDE_SERVER);
	if (s->rst)
		end_flow(f, f->closed ? f->closed : side == SIDE_CLIENT ? 'C' : 'S');
	else
		check_fins(f);
}

/* Is this the opening of another connection between the same ends? */
static bool is_another(const struct flow *f, enum side side, const struct segment *s)
{
	const struct half *h = &f->halves[side];

	return s->syn && !s->has_ack && !(f->talk != NULL && h->known && h->next == s->seq + 1);
}

static void forget(struct flows *flows, struct flow *f)
{
	if (f->talk != NULL)
		end_flow(f, 0);
	HASH_DEL(flows->all, f);
	free(f);
}

void flows_add(struct flows *flows, const struct segment *s)
{
	const struct decode_options *options = flows->book->options;
	struct flow *f;
	enum side side = SIDE_CLIENT;

	if (!is_served(options, s->from.port) && !is_served(options, s->to.port))
		return;
	flows->book->now = s->time;
	flows->book->totals.shortened += s->captured < s->len;
	f = find(flows, &s->from, &s->to);
	if (f == NULL) {
		f = find(flows, &s->to, &s->from);
		side = SIDE_SERVER;
	}
	if (f != NULL && is_another(f, side, s)) {
		forget(flows, f);
		f = NULL;
	}
	if (f == NULL) {
		/* Nothing is lost with what says nothing. */
		if (!s->syn && s->len == 0)
			return;
		f = add(flows, s);
		side = memcmp(&f->key.client, &s->from, sizeof(s->from)) == 0 ? SIDE_CLIENT
									      : SIDE_SERVER;
	}
	if (f->talk != NULL)
		take_segment(f, side, s);
}

void flows_end(struct flows *flows)
{
	struct flow *f, *next;

	HASH_ITER (hh, flows->all, f, next)
		forget(flows, f);
}
