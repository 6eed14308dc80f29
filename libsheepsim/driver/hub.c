/*
 * The hub as its owner sees it: options, delays, what is pending.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "driver/hub_private.h"

struct hub *hub_new(struct universe *u, struct commons *commons, const struct hub_options *o)
{
	struct hub *h = mem_alloc(sizeof *h);

	h->universe = u;
	h->commons = commons;
	if (o)
		h->options = *o;
	if (h->options.latency == 0)
		h->options.latency = 500 * NSEC_PER_USEC;
	if (h->options.detect == 0) /* R123, R804 */
		h->options.detect = 50 * NSEC_PER_MSEC;
	if (h->options.lowest == 0)
		h->options.lowest = SD_DRIVER_VER_LOWEST;
	if (h->options.highest == 0)
		h->options.highest = SD_DRIVER_VER_HIGHEST;
	if (h->options.members_max == 0)
		h->options.members_max = SD_MAX_NODES;
	if (h->options.reconnect == 0)
		h->options.reconnect = NSEC_PER_SEC;
	assert(h->options.lowest <= h->options.highest);
	assert(h->options.members_max <= SD_MAX_NODES);
	TAILQ_INIT(&h->nodes);
	TAILQ_INIT(&h->order);
	TAILQ_INIT(&h->parked);
	TAILQ_INIT(&h->blocks);
	h->members = members_get(commons, NULL, 0);
	h->position = 1;
	return h;
}

static void free_submissions(struct submissions *list)
{
	struct submission *s;

	while ((s = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, s, link);
		submission_free(s);
	}
}

static void free_place(struct hub_place *p)
{
	struct hub_place_delay *d;

	while ((d = LIST_FIRST(&p->delays))) {
		LIST_REMOVE(d, link);
		free(d);
	}
	free(p);
}

void hub_free(struct hub *h)
{
	struct hub_place *p, *next;
	struct hub_node *n;

	free_submissions(&h->order);
	free_submissions(&h->parked);
	while ((n = TAILQ_FIRST(&h->nodes))) {
		assert(!n->receive);
		hub_block_drop(n);
		hub_node_free(n);
	}
	HASH_ITER (hh, h->places, p, next) {
		HASH_DELETE(hh, h->places, p);
		free_place(p);
	}
	blob_unref(h->opaque);
	members_unref(h->commons, h->members);
	free(h);
}

struct hub_place *hub_place(struct hub *h, int place)
{
	struct hub_place *p = NULL;

	HASH_FIND_INT(h->places, &place, p);
	if (!p) {
		p = mem_alloc(sizeof *p);
		p->place = place;
		LIST_INIT(&p->delays);
		HASH_ADD_INT(h->places, place, p);
	}
	return p;
}

static void set_delay_at(struct hub_place *p, uint64_t position, uint64_t ns)
{
	struct hub_place_delay *d;

	LIST_FOREACH (d, &p->delays, link)
		if (d->position == position)
			break;
	if (!d) {
		d = mem_alloc(sizeof *d);
		d->position = position;
		LIST_INSERT_HEAD(&p->delays, d, link);
	}
	d->ns = ns;
	if (ns == 0) {
		LIST_REMOVE(d, link);
		free(d);
	}
}

void hub_delay(struct hub *h, int place, uint64_t position, uint64_t ns)
{
	struct hub_place *p = hub_place(h, place);

	if (position == 0)
		p->delay = ns;
	else
		set_delay_at(p, position, ns);
	trace_words(&h->universe->trace, place, TRACE_FAULT, 0, 0,
		    "driver delays position %llu by %llu ns", (unsigned long long)position,
		    (unsigned long long)ns);
}

void hub_pause(struct hub *h, int place, bool pause)
{
	struct hub_place *p = hub_place(h, place);
	struct hub_node *n;

	if (p->paused == pause)
		return;
	p->paused = pause;
	trace_words(&h->universe->trace, place, TRACE_FAULT, 0, 0, "driver %s",
		    pause ? "paused" : "resumed");
	TAILQ_FOREACH (n, &h->nodes, link)
		if (n->place == p)
			hub_node_resume(n);
}

uint64_t hub_position(const struct hub *h)
{
	return h->position;
}

uint32_t hub_pending(const struct hub *h)
{
	return h->pending;
}

/* ------------------------------------------------------------------ in words */

static void join_text(const struct hub *h, struct text *t)
{
	const struct submission *s;
	char id[64];

	if (h->joiner) {
		text_add(t, "join of %s: ", node_id_text(&h->joiner->rec.nid, id));
		if (h->acceptor)
			text_add(t, "%s has not answered\n",
				 node_id_text(&h->acceptor->rec.nid, id));
		else
			text_add(t, "no member is left to judge it\n");
	}
	TAILQ_FOREACH (s, &h->parked, link) {
		if (s->message->type != SD_DRIVER_JOIN)
			continue;
		text_add(t, "join of %s: waits for the leave of the process before it\n",
			 node_id_text(&s->node->rec.nid, id));
	}
}

static void block_text(const struct hub *h, struct text *t)
{
	static const char *const words[] = {
		[BLOCK_WAITS] = "waits for a join",
		[BLOCK_OFFERED] = "offered",
		[BLOCK_NOT_YET] = "not started, waits for the next event",
		[BLOCK_RUNS] = "running",
	};
	const struct hub_block *b;
	char id[64];

	TAILQ_FOREACH (b, &h->blocks, link)
		text_add(t, "block of %s: %s\n", node_id_text(&b->node->rec.nid, id),
			 b == TAILQ_FIRST(&h->blocks) ? words[h->block_state]
						      : "waits for another block");
}

static void node_text(const struct hub_node *n, struct text *t)
{
	const struct delivery *d = STAILQ_FIRST(&n->inbox);
	uint32_t sent = 0;
	const struct uplink *up;

	if (!n->receive && !n->dead)
		text_add(t, "node %d: its death has not been noticed\n", n->place->place);
	TAILQ_FOREACH (up, &n->uplinks, link)
		sent++;
	if (sent > 0)
		text_add(t, "node %d: %u messages under way to the driver\n", n->place->place,
			 sent);
	if (!d)
		return;
	text_add(t, "node %d: %u messages of the driver not delivered%s", n->place->place,
		 n->nr_inbox, n->place->paused ? " (paused)" : "");
	if (n->world->held)
		text_add(t, " (held)");
	if (n->place->cut)
		text_add(t, " (cut off)");
	if (d->position)
		text_add(t, ", next is position %llu", (unsigned long long)d->position);
	text_add(t, "\n");
}

void hub_pending_text(const struct hub *h, struct text *t)
{
	const struct submission *s;
	const struct hub_node *n;
	uint32_t waiting = 0;

	join_text(h, t);
	TAILQ_FOREACH (s, &h->order, link)
		waiting++;
	if (waiting > 0)
		text_add(t, "%u submissions wait behind the join\n", waiting);
	block_text(h, t);
	TAILQ_FOREACH (n, &h->nodes, link)
		node_text(n, t);
}
