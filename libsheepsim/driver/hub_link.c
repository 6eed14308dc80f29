/*
 * The lines between the hub and the processes: what is under way, delays, death.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "driver/hub_private.h"

static uint64_t now(const struct hub *h)
{
	return h->universe->clock.now;
}

/* ------------------------------------------------------------------ to the node */

/* Plans the delivery of the first message in the inbox. */
static void plan(struct hub_node *n)
{
	const struct delivery *d = STAILQ_FIRST(&n->inbox);
	struct clock *clock = &n->hub->universe->clock;
	uint64_t due = n->lost ? n->lost_due : d ? d->due : 0;

	if ((!d && !n->lost) || n->place->paused || n->place->cut || clock_queued(&n->deliver) ||
	    n->deliver.waits)
		return;
	clock_add(clock, &n->deliver, due > clock->now ? due : clock->now);
}

static struct blob *take_first(struct hub_node *n)
{
	struct delivery *d = STAILQ_FIRST(&n->inbox);
	struct blob *bytes = d->bytes;

	STAILQ_REMOVE_HEAD(&n->inbox, link);
	free(d);
	n->nr_inbox--;
	n->hub->pending--;
	return bytes;
}

/* The first message of the inbox is due. */
static void deliver(struct clock_event *e)
{
	struct hub_node *n = container_of(e, struct hub_node, deliver);
	struct blob *bytes;

	/* A process that has ended, but has not been closed yet, reads nothing. */
	if (!n->world->alive || n->place->paused || n->place->cut)
		return;
	if (world_defer_first(n->world, e))
		return;
	assert(n->receive);
	if (n->lost) {
		n->lost = false;
		n->hub->pending--;
		n->told(n->arg);
		return;
	}
	bytes = take_first(n);
	plan(n);
	n->receive(n->arg, bytes);
	blob_unref(bytes);
}

uint64_t hub_post_time(const struct hub_node *n, uint64_t position)
{
	const struct hub_place *p = n->place;
	const struct hub_place_delay *d;
	uint64_t due = now(n->hub) + n->hub->options.latency + p->delay;

	LIST_FOREACH (d, &p->delays, link)
		if (d->position == position)
			due += d->ns;
	return due > n->last_due ? due : n->last_due;
}

void hub_post(struct hub_node *n, struct blob *bytes, uint64_t position)
{
	struct delivery *d;

	if (!n->receive || n->lost) {
		blob_unref(bytes);
		return;
	}
	d = mem_alloc(sizeof *d);
	d->bytes = bytes;
	d->position = position;
	d->due = hub_post_time(n, position);
	n->last_due = d->due;
	STAILQ_INSERT_TAIL(&n->inbox, d, link);
	n->nr_inbox++;
	n->hub->pending++;
	plan(n);
}

void hub_tell(struct hub_node *n, struct driver_message *m)
{
	m->version = n->version;
	hub_post(n, driver_message_encode(m), 0);
}

void hub_refuse(struct hub_node *n, const char *why)
{
	struct driver_message m = {
		.type = SD_DRIVER_REFUSED,
		.version = n->hub->options.highest,
		.lowest = n->hub->options.lowest,
		.highest = n->hub->options.highest,
	};

	snprintf(m.text, sizeof m.text, "%s", why);
	hub_post(n, driver_message_encode(&m), 0);
}

void hub_node_resume(struct hub_node *n)
{
	if (n->receive)
		plan(n);
}

/* ------------------------------------------------------------------ from the node */

static void uplink_free(struct uplink *up)
{
	struct hub_node *n = up->from;

	TAILQ_REMOVE(&n->uplinks, up, link);
	n->hub->pending -= !up->held;
	blob_unref(up->bytes);
	free(up);
}

/* Bytes have come to the hub. What it does not understand harms only who sent it. */
static void uplink_arrives(struct clock_event *e)
{
	struct uplink *up = container_of(e, struct uplink, event);
	struct hub_node *n = up->from;
	struct driver_message *m = mem_alloc(sizeof *m);
	struct wire_error err;

	if (driver_message_decode(up->bytes, m, &err) < 0) {
		free(m);
		hub_refuse(n, err.text);
	} else {
		hub_take(n, m);
	}
	uplink_free(up);
}

void hub_send(struct hub_node *n, struct blob *bytes)
{
	struct uplink *up;
	struct hub *h = n->hub;

	assert(n->receive);
	if (n->lost) { /* sent in a session that is over */
		blob_unref(bytes);
		return;
	}
	up = mem_alloc(sizeof *up);
	up->event.run = uplink_arrives;
	up->from = n;
	up->bytes = bytes;
	TAILQ_INSERT_TAIL(&n->uplinks, up, link);
	up->held = n->place->cut;
	h->pending += !up->held;
	if (!up->held)
		clock_add(&h->universe->clock, &up->event, now(h) + h->options.latency);
}

void hub_line_hold(struct hub_node *n)
{
	struct uplink *up;

	world_undefer(n->world, &n->deliver);
	clock_remove(&n->hub->universe->clock, &n->deliver);
	TAILQ_FOREACH (up, &n->uplinks, link) {
		clock_remove(&n->hub->universe->clock, &up->event);
		n->hub->pending -= !up->held;
		up->held = true;
	}
}

void hub_line_go_on(struct hub_node *n)
{
	struct hub *h = n->hub;
	struct uplink *up;

	TAILQ_FOREACH (up, &n->uplinks, link) {
		assert(up->held);
		up->held = false;
		h->pending++;
		clock_add(&h->universe->clock, &up->event, now(h) + h->options.latency);
	}
	plan(n);
}

/* ------------------------------------------------------------------ life and death */

static void detected(struct clock_event *e)
{
	struct hub_node *n = container_of(e, struct hub_node, detect);

	assert(TAILQ_EMPTY(&n->uplinks));
	n->dead = true;
	hub_noticed(n);
}

struct hub_node *hub_attach(struct hub *h, struct world *w,
			    void (*receive)(void *arg, struct blob *bytes), void (*lost)(void *arg),
			    void *arg)
{
	struct hub_node *n = mem_alloc(sizeof *n), *before;

	assert(receive);
	n->hub = h;
	n->world = w;
	n->place = hub_place(h, w->place);
	n->receive = receive;
	n->told = lost;
	n->arg = arg;
	n->deliver.run = deliver;
	n->detect.run = detected;
	STAILQ_INIT(&n->inbox);
	TAILQ_INIT(&n->uplinks);
	TAILQ_FOREACH_REVERSE(before, &h->nodes, hub_nodes, link)
	if (before->place->place <= w->place)
		break;
	if (before)
		TAILQ_INSERT_AFTER(&h->nodes, before, n, link);
	else
		TAILQ_INSERT_HEAD(&h->nodes, n, link);
	return n;
}

static void drop_inbox(struct hub_node *n)
{
	clock_remove(&n->hub->universe->clock, &n->deliver);
	while (!STAILQ_EMPTY(&n->inbox))
		blob_unref(take_first(n));
}

static void drop_uplinks(struct hub_node *n)
{
	struct uplink *up;

	while ((up = TAILQ_FIRST(&n->uplinks))) {
		clock_remove(&n->hub->universe->clock, &up->event);
		uplink_free(up);
	}
}

void hub_line_drop(struct hub_node *n)
{
	world_undefer(n->world, &n->deliver);
	drop_inbox(n);
	drop_uplinks(n);
}

void hub_detach(struct hub_node *n)
{
	struct hub *h = n->hub;
	uint64_t time = now(h) + h->options.detect;
	const struct uplink *last;

	assert(n->receive);
	if (n->place->cut)
		drop_uplinks(n); /* they never get there */
	h->pending -= n->lost && !n->place->cut;
	n->lost = false;
	hub_session_keep(n);
	world_undefer(n->world, &n->deliver);
	drop_inbox(n);
	last = TAILQ_LAST(&n->uplinks, hub_uplinks);
	n->receive = NULL;
	n->world = NULL;
	h->pending++;
	/* The end of a line comes behind what was sent on it. */
	if (last && last->event.time > time)
		time = last->event.time;
	clock_add(&h->universe->clock, &n->detect, time);
}

void hub_node_free(struct hub_node *n)
{
	struct clock *clock = &n->hub->universe->clock;

	assert(STAILQ_EMPTY(&n->inbox));
	clock_remove(clock, &n->detect);
	hub_session_keep(n);
	drop_uplinks(n);
	TAILQ_REMOVE(&n->hub->nodes, n, link);
	free(n);
}
