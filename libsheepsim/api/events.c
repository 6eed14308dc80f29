/*
 * The sinks of the stream of events: who hears them, counts, digests.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/record.h"
#include "base/mem.h"
#include "base/random.h"
#include "sheep/recovery.h"
#include "wire/text.h"

/* ------------------------------------------------------------------ in words */

const char *place_name(int place, char buf[24])
{
	const char *kind = "node";
	int number = place;

	if (place < 0)
		return "world";
	if (place == PLACE_DOG)
		return "dog";
	if (place >= PLACE_RAW) {
		kind = "raw";
		number -= PLACE_RAW;
	} else if (place >= PLACE_CHECK) {
		kind = "check";
		number -= PLACE_CHECK;
	} else if (place >= TRACE_CLIENT) {
		kind = "client";
		number -= TRACE_CLIENT;
	}
	snprintf(buf, 24, "%s%d", kind, number);
	return buf;
}

bool event_names_a_place(enum trace_kind kind)
{
	return kind == TRACE_SEND || kind == TRACE_RECEIVE || kind == TRACE_CONNECT ||
	       kind == TRACE_DISCONNECT;
}

static void add_numbers(struct text *t, const struct trace_event *e)
{
	char place[24];
	const char *name;
	size_t len;
	bool hex;

	for (unsigned i = 0; i < 4; i++) {
		len = trace_field_name(e->kind, i, &name, &hex);
		if (len == 0)
			continue;
		if (i == 0 && event_names_a_place(e->kind))
			text_add(t, " %.*s=%s", (int)len, name, place_name((int)e->num[i], place));
		else if (!e->head) /* the header says the rest better */
			/* in decimal: what is below zero (nobody, no node) shows as that */
			text_add(t, hex ? " %.*s=%" PRIx64 : " %.*s=%" PRId64, (int)len, name,
				 e->num[i]);
	}
}

static void add_message(struct text *t, const struct trace_event *e)
{
	struct req q;
	struct rsp p;

	text_add(t, " ");
	if (e->answer) {
		rsp_decode(e->head, &p);
		rsp_text(DIALECT_NEWEST, t, &p);
	} else {
		req_decode(e->head, &q);
		req_text(DIALECT_NEWEST, t, &q);
	}
	if (e->payload)
		text_add(t, " data=%016" PRIx64, blob_digest(e->payload));
}

void event_words(struct text *t, const struct trace_event *e)
{
	add_numbers(t, e);
	if (e->head)
		add_message(t, e);
	else if (e->text)
		text_add(t, " %s", e->text);
}

static const char *line_of(struct text *t, const struct trace_event *e)
{
	char place[24];

	text_clear(t);
	text_add(t, "%llu.%06u %s %s", (unsigned long long)(e->time / NSEC_PER_SEC),
		 (unsigned)(e->time % NSEC_PER_SEC / NSEC_PER_USEC), place_name(e->place, place),
		 trace_kind_name(e->kind));
	event_words(t, e);
	return text_get(t);
}

/* ------------------------------------------------------------------ who hears them */

static void tell(struct sheepsim *sim, const struct trace_event *e)
{
	struct subscription *s;
	struct sheepsim_event event = {0};
	struct text line = {0};

	TAILQ_FOREACH (s, &sim->subscriptions, link) {
		if (!s->fn || !s->kinds[e->kind])
			continue;
		if (!event.line) {
			event = (struct sheepsim_event){
				.time = e->time,
				.seq = e->seq,
				.place = e->place,
				.kind = trace_kind_name(e->kind),
				.line = line_of(&line, e),
				.text = e->text,
				.head = e->head,
				.answer = e->answer,
				.peer = event_names_a_place(e->kind) ? (int)e->num[0] : -1,
				.conn = e->conn,
				.io = e->io,
				.bytes = (struct sheepsim_bytes *)e->payload,
			};
			memcpy(event.num, e->num, sizeof event.num);
		}
		s->fn(s->arg, &event);
	}
	text_free(&line);
}

static void count(struct sheepsim *sim, const struct trace_event *e)
{
	sim->events++;
	sim->kinds[e->kind]++;
	switch (e->kind) {
	case TRACE_EPOCH:
		if (e->num[0] > sim->epochs)
			sim->epochs = e->num[0];
		break;
	case TRACE_RECOVERY_OBJECT:
		/* a silent loss (R527) succeeds too, but brings nothing back */
		sim->recovered +=
			e->num[3] == SD_RES_SUCCESS && (int64_t)e->num[2] != RECOVERED_NONE;
		break;
	default:
		break;
	}
}

/* Acknowledged results, a chain for each client: their order among clients does not matter. */
static void chain(struct sheepsim *sim, const struct trace_event *e)
{
	struct answer_chain *c = NULL;

	if (e->kind != TRACE_CLIENT_ANSWER)
		return;
	HASH_FIND_INT(sim->chains, &e->place, c);
	if (!c) {
		c = mem_alloc(sizeof *c);
		c->place = e->place;
		HASH_ADD_INT(sim->chains, place, c);
	}
	for (int i = 0; i < 4; i++)
		c->digest = random_mix(c->digest, e->num[i]);
}

static void hear(struct trace_sink *sink, const struct trace_event *e)
{
	struct sheepsim *sim = container_of(sink, struct sheepsim, sink);

	assert(sim->depth > 0);
	count(sim, e);
	chain(sim, e);
	if (!TAILQ_EMPTY(&sim->subscriptions))
		tell(sim, e);
}

/* True if the kind's name is among those in the list. */
static bool listed(const char *kinds, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = kinds; at; at = strchr(at, ','), at = at ? at + 1 : at)
		if (!strncmp(at, name, len) && (at[len] == ',' || !at[len]))
			return true;
	return false;
}

static bool is_kind(const char *name, size_t len)
{
	for (int i = 0; i < TRACE_NR_KINDS; i++)
		if (strlen(trace_kind_name(i)) == len && !strncmp(trace_kind_name(i), name, len))
			return true;
	return false;
}

/* The first word of the list that is no kind's name; NULL: there is none. */
static const char *unknown_kind(const char *kinds, size_t *len)
{
	for (const char *at = kinds; at; at = strchr(at, ','), at = at ? at + 1 : at) {
		*len = strcspn(at, ",");
		if (!is_kind(at, *len))
			return at;
	}
	return NULL;
}

int sheepsim_events(struct sheepsim *sim, const char *kinds,
		    void (*fn)(void *arg, const struct sheepsim_event *e), void *arg)
{
	struct subscription *s;
	const char *unknown;
	size_t len = 0;

	if (!fn)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "no function to call");
	unknown = unknown_kind(kinds, &len);
	if (unknown)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "there are no events of kind \"%.*s\"",
				(int)len, unknown);
	s = mem_alloc(sizeof *s);
	s->number = ++sim->next_subscription;
	s->fn = fn;
	s->arg = arg;
	for (int i = 0; i < TRACE_NR_KINDS; i++)
		s->kinds[i] = !kinds || listed(kinds, trace_kind_name(i));
	TAILQ_INSERT_TAIL(&sim->subscriptions, s, link);
	return s->number;
}

int sheepsim_events_stop(struct sheepsim *sim, int subscription)
{
	struct subscription *s;

	TAILQ_FOREACH (s, &sim->subscriptions, link)
		if (s->fn && s->number == subscription)
			break;
	if (!s)
		return sim_fail(sim, SHEEPSIM_E_NOT_FOUND, "there is no subscription %d",
				subscription);
	sim_enter(sim);
	s->fn = NULL;
	sim->sweep = true;
	sim_leave(sim);
	return 0;
}

const char *sheepsim_event_kind(unsigned index)
{
	return index < TRACE_NR_KINDS ? trace_kind_name((enum trace_kind)index) : NULL;
}

void events_init(struct sheepsim *sim)
{
	TAILQ_INIT(&sim->subscriptions);
	sim->sink.event = hear;
	trace_add_sink(&sim->universe.trace, &sim->sink);
}

void events_sweep(struct sheepsim *sim)
{
	struct subscription *s, *next;

	for (s = TAILQ_FIRST(&sim->subscriptions); s; s = next) {
		next = TAILQ_NEXT(s, link);
		if (s->fn)
			continue;
		TAILQ_REMOVE(&sim->subscriptions, s, link);
		free(s);
	}
}

void events_free(struct sheepsim *sim)
{
	struct subscription *s;
	struct answer_chain *c, *next;

	TAILQ_FOREACH (s, &sim->subscriptions, link)
		s->fn = NULL;
	events_sweep(sim);
	HASH_ITER (hh, sim->chains, c, next) {
		HASH_DELETE(hh, sim->chains, c);
		free(c);
	}
	trace_remove_sink(&sim->universe.trace, &sim->sink);
}

/* ------------------------------------------------------------------ what they carry */

/* To users, a blob is a struct sheepsim_bytes. */

struct sheepsim_bytes *sheepsim_bytes_keep(struct sheepsim_bytes *bytes)
{
	return (struct sheepsim_bytes *)blob_ref((struct blob *)bytes);
}

void sheepsim_bytes_drop(struct sheepsim_bytes *bytes)
{
	blob_unref((struct blob *)bytes);
}

uint64_t sheepsim_bytes_size(const struct sheepsim_bytes *bytes)
{
	return blob_size((const struct blob *)bytes);
}

void sheepsim_bytes_read(const struct sheepsim_bytes *bytes, uint64_t offset, void *buf, size_t len)
{
	blob_read((const struct blob *)bytes, offset, buf, len);
}

/* ------------------------------------------------------------------ digests and counts */

static int by_place(const struct answer_chain *a, const struct answer_chain *b)
{
	return a->place - b->place;
}

struct folding {
	struct store *store;
	uint64_t digest;
};

static void fold_object(void *arg, struct store_key k)
{
	struct folding *f = arg;
	struct blob *content = store_get(f->store, k);

	f->digest = random_mix(f->digest, k.oid);
	f->digest = random_mix(f->digest, (uint64_t)k.ec_index << 32 | k.stale_epoch);
	f->digest = random_mix(f->digest, blob_digest(content));
	blob_unref(content);
}

static uint64_t coarse_digest(struct sheepsim *sim)
{
	struct folding f = {0};
	struct answer_chain *c;

	HASH_SORT(sim->chains, by_place);
	for (c = sim->chains; c; c = c->hh.next) {
		f.digest = random_mix(f.digest, (uint64_t)c->place);
		f.digest = random_mix(f.digest, c->digest);
	}
	for (int i = 0; i < sim->nr_nodes; i++) {
		f.store = sim->nodes[i]->store;
		f.digest = random_mix(f.digest, (uint64_t)i);
		store_each(f.store, fold_object, &f);
	}
	return f.digest;
}

uint64_t sheepsim_digest(struct sheepsim *sim, bool coarse)
{
	return coarse ? coarse_digest(sim) : sim->universe.trace.digest;
}

void sheepsim_counts(struct sheepsim *sim, struct sheepsim_counts *counts)
{
	struct spoken_counts spoken = {0};
	const struct sheepsim_client *c;
	const struct filter *f;

	if (sim->spoken)
		spoken_counts(sim->spoken, &spoken);
	*counts = (struct sheepsim_counts){
		.events = sim->events,
		.messages = sim->universe.messages,
		.bytes = sim->universe.bytes,
		.faults = sim->faults + sim->kinds[TRACE_DISK_ERROR],
		.recovered = sim->recovered,
		.reads = sim->reads + spoken.reads,
		.writes = sim->writes + spoken.writes,
		.requests = sim->gone.requests + spoken.requests,
		.epochs = sim->epochs,
	};
	LIST_FOREACH (c, &sim->clients, link)
		counts->requests += frontend_tally(c->frontend)->requests;
	LIST_FOREACH (f, &sim->filters, link)
		if (!f->removed && f->wanted.action != SHEEPSIM_PASS)
			counts->faults += f->filter.acted;
}
