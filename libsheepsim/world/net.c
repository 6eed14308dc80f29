/*
 * Messages on their way.
 *
 * A message becomes due at its time of arrival (net_event_send()). Then the network looks at it: is
 * the link cut, do filters want it, does it wait behind another of its connection? What may pass is
 * handed to the place, which may be held; then the handler of the connection runs.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "world/net.h"

#define SLAB_EVENTS 256

struct net_slab {
	struct net_slab *next;
	struct net_event events[SLAB_EVENTS];
};

static void arrive(struct clock_event *e);

static struct net_event *take_spare(struct universe *u)
{
	struct net_event *e = TAILQ_FIRST(&u->spare);
	struct net_slab *slab;

	if (!e) {
		slab = mem_alloc(sizeof *slab);
		slab->next = u->slabs;
		u->slabs = slab;
		for (int i = 0; i < SLAB_EVENTS; i++) {
			slab->events[i].universe = u;
			TAILQ_INSERT_TAIL(&u->spare, &slab->events[i], link);
		}
		e = TAILQ_FIRST(&u->spare);
	}
	TAILQ_REMOVE(&u->spare, e, link);
	return e;
}

/* One event less names c; a dead one goes with the last. */
static void unpin(struct conn *c)
{
	assert(c->in_flight > 0);
	if (--c->in_flight == 0 && c->dead)
		free(c);
}

/* The event is over. */
static void retire(struct net_event *e)
{
	struct conn *c = e->to;

	assert(e->kind != NET_FREE);
	assert(!clock_queued(&e->event));
	assert(!e->event.waits);
	blob_unref(e->payload);
	e->payload = NULL;
	e->kind = NET_FREE;
	TAILQ_INSERT_HEAD(&e->universe->spare, e, link);
	unpin(c);
}

struct net_event *net_event_new(struct conn *c, enum net_kind kind)
{
	struct net_event *e = take_spare(c->world->universe);

	assert(c->peer);
	assert(e->kind == NET_FREE);
	e->kind = kind;
	e->to = c->peer;
	e->to->in_flight++;
	e->not_before = 0;
	e->held_by = 0;
	e->judged = kind != NET_FRAME;
	e->event.run = arrive;
	return e;
}

void net_event_send(struct conn *c, struct net_event *e, uint64_t delay)
{
	struct clock *clock = &c->world->universe->clock;
	uint64_t time = clock->now + delay;

	if (time < c->last_arrival)
		time = c->last_arrival;
	c->last_arrival = time;
	clock_add(clock, &e->event, time);
}

uint64_t net_latency(const struct conn *c, uint64_t size)
{
	const struct universe_speed *speed = &c->world->universe->speed;

	if (c->world->near || c->peer->world->near)
		return 0;
	return speed->net_latency + size * speed->net_byte_ps / 1000;
}

void net_changed(struct world *w)
{
	struct universe *u = w->universe;

	if (u->changed)
		u->changed(u->changed_arg, w);
}

/* Tells the other end of c, behind all that was sent before, that the connection is over. */
static void send_close(struct conn *c)
{
	struct conn *peer = c->peer;

	if (!peer)
		return;
	net_event_send(c, net_event_new(c, NET_CLOSE), net_latency(c, 0));
	peer->peer = NULL;
	c->peer = NULL;
}

static void unstall(struct conn *c)
{
	struct universe *u = c->world->universe;

	clock_remove(&u->clock, &c->wake);
	if (c->stalled)
		TAILQ_REMOVE(&u->stalled, c, stall);
	c->stalled = false;
}

void net_hang_up(struct conn *c)
{
	struct net_event *e;

	assert(!c->dead);
	send_close(c);
	LIST_REMOVE(c, link);
	unstall(c);
	c->in_flight++; /* it stays until the end of this function */
	c->dead = true;
	while ((e = TAILQ_FIRST(&c->waiting))) {
		TAILQ_REMOVE(&c->waiting, e, link);
		retire(e);
	}
	unpin(c);
}

static void note_frame(struct conn *c, enum trace_kind kind, bool answer,
		       const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct trace_event e = {
		.place = c->world->place,
		.kind = kind,
		.num = {(uint64_t)c->peer_place, head[1], blob_size(payload),
			payload ? blob_digest(payload) : 0},
		.head = head,
		.answer = answer,
		.conn = c->number,
		.io = c->io,
		.payload = payload,
	};

	trace_emit(&c->world->universe->trace, &e);
}

/* Keyed by who sends what to whom (D5): other messages do not change it. */
static uint64_t jitter(const struct conn *c, const uint8_t head[WIRE_HEADER], uint64_t size)
{
	const struct universe *u = c->world->universe;
	uint64_t h = size;

	if (u->speed.net_jitter == 0 || c->world->near || c->peer->world->near)
		return 0;
	for (unsigned int i = 0; i < WIRE_HEADER; i += 8)
		h = random_mix(h, get_le64(head + i));
	return random_below(u->speed.net_jitter + 1, u->seed, "net-jitter",
			    (uint64_t)c->world->place, (uint64_t)c->peer_place, h);
}

void conn_send(struct conn *c, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	uint64_t size = blob_size(payload);
	struct net_event *e;

	if (c->dead)
		return;
	note_frame(c, TRACE_SEND, !c->dialled, head, payload);
	if (!c->peer)
		return;
	e = net_event_new(c, NET_FRAME);
	memcpy(e->head, head, WIRE_HEADER);
	e->payload = payload ? blob_ref(payload) : NULL;
	net_event_send(c, e, net_latency(c, size) + jitter(c, head, size));
}

void net_note_end(const struct conn *c)
{
	struct trace_event e = {
		.place = c->world->place,
		.kind = TRACE_DISCONNECT,
		.num = {(uint64_t)c->peer_place},
		.conn = c->number,
		.io = c->io,
	};

	trace_emit(&c->world->universe->trace, &e);
}

/* The end of arrival: the place is told. */
static void deliver(struct net_event *e)
{
	struct conn *c = e->to;
	struct world *w = c->world;

	switch (e->kind) {
	case NET_FRAME:
		e->universe->messages++;
		e->universe->bytes += blob_size(e->payload);
		note_frame(c, TRACE_RECEIVE, c->dialled, e->head, e->payload);
		c->handler->frame(c, e->head, e->payload);
		break;
	case NET_ACCEPT:
		if (w->accept)
			w->accept(w->owner, c);
		if (!c->dead && !c->handler)
			conn_close(c);
		break;
	case NET_CLOSE:
		net_note_end(c);
		assert(c->handler);
		net_hang_up(c);
		c->handler->closed(c);
		break;
	case NET_FREE:
		assert(false);
	}
	retire(e);
}

/* Past the network: only a held place can still make it wait. */
static void hand_over(struct clock_event *event)
{
	struct net_event *e = container_of(event, struct net_event, event);
	struct conn *c = e->to;

	event->run = hand_over;
	if (c->dead)
		retire(e);
	else if (!world_defer_awaited(c->world, event, c == c->world->blocked_on))
		deliver(e);
}

void net_await(struct world *w, const struct conn *c)
{
	struct clock_event *e;

	TAILQ_FOREACH (e, &w->deferred, link) {
		if (e->run == hand_over && container_of(e, struct net_event, event)->to == c)
			e->awaited = true;
	}
}

/* Filters take e from the network: both ends of its connection learn that it broke. */
static void turn_into_close(struct net_event *e)
{
	send_close(e->to);
	blob_unref(e->payload);
	e->payload = NULL;
	e->kind = NET_CLOSE;
}

/* Shows e to the filters. False: its connection is over, e too. */
static bool judge(struct net_event *e)
{
	struct conn *c = e->to;

	e->judged = true;
	if (TAILQ_EMPTY(&e->universe->filters))
		return true;
	if (faults_judge(e->universe, e) == FAULT_DROP && !c->dead)
		turn_into_close(e);
	if (!c->dead)
		return true;
	retire(e);
	return false;
}

static bool is_cut(const struct conn *c)
{
	return universe_is_cut(c->world->universe, c->world->place, c->peer_place);
}

/* True if e, which has been judged, may not pass yet. The judgement may have cut the link. */
static bool must_wait(const struct net_event *e)
{
	return e->held_by != 0 || e->not_before > e->universe->clock.now || is_cut(e->to);
}

static void wake(struct clock_event *event);

/* Makes c go on when its first waiting message may pass, if that is a matter of time. */
static void plan_wake(struct conn *c)
{
	const struct net_event *first = TAILQ_FIRST(&c->waiting);
	struct clock *clock = &c->world->universe->clock;
	uint64_t time = clock->now;

	clock_remove(clock, &c->wake);
	if (!first || first->held_by || is_cut(c))
		return;
	if (first->not_before > time)
		time = first->not_before;
	c->wake.run = wake;
	clock_add(clock, &c->wake, time);
}

static void stall(struct conn *c)
{
	struct universe *u = c->world->universe;

	if (!c->stalled)
		TAILQ_INSERT_TAIL(&u->stalled, c, stall);
	c->stalled = true;
	plan_wake(c);
}

/* Lets the first waiting message of a connection pass, if nothing is against it any more. */
static void wake(struct clock_event *event)
{
	struct conn *c = container_of(event, struct conn, wake);
	struct net_event *e = TAILQ_FIRST(&c->waiting);

	assert(e && !c->dead);
	assert(!is_cut(c));
	TAILQ_REMOVE(&c->waiting, e, link);
	if (!e->judged && !judge(e))
		return;
	if (must_wait(e)) {
		TAILQ_INSERT_HEAD(&c->waiting, e, link);
		plan_wake(c);
		return;
	}
	if (TAILQ_EMPTY(&c->waiting))
		unstall(c);
	else
		plan_wake(c);
	hand_over(&e->event);
}

/*
 * e is due. What a cut keeps away has not arrived, so filters do not see it yet; what waits behind
 * something that they hold has.
 */
static void arrive(struct clock_event *event)
{
	struct net_event *e = container_of(event, struct net_event, event);
	struct conn *c = e->to;
	const struct net_event *last;

	if (c->dead) {
		retire(e);
		return;
	}
	last = TAILQ_LAST(&c->waiting, net_waiting);
	if (!is_cut(c) && (!last || last->judged)) {
		if (!e->judged && !judge(e))
			return;
		if (!must_wait(e) && TAILQ_EMPTY(&c->waiting)) {
			hand_over(event);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&c->waiting, e, link);
	stall(c);
}

void net_go_on(struct universe *u)
{
	struct conn *c;

	TAILQ_FOREACH (c, &u->stalled, stall)
		plan_wake(c);
}

uint32_t net_let_go(struct universe *u, uint32_t filter)
{
	struct net_event *e;
	struct conn *c;
	uint32_t n = 0;

	TAILQ_FOREACH (c, &u->stalled, stall) {
		TAILQ_FOREACH (e, &c->waiting, link) {
			if (e->held_by && (!filter || e->held_by == filter)) {
				e->held_by = 0;
				n++;
			}
		}
		plan_wake(c);
	}
	return n;
}

void net_free(struct universe *u)
{
	struct net_slab *slab;

	while ((slab = u->slabs)) {
		u->slabs = slab->next;
		for (int i = 0; i < SLAB_EVENTS; i++) {
			struct net_event *e = &slab->events[i];

			if (e->kind == NET_FREE)
				continue;
			assert(e->to->dead);
			blob_unref(e->payload);
			unpin(e->to);
		}
		free(slab);
	}
}

uint32_t world_pending_net(const struct world *w)
{
	const struct conn *c;
	uint32_t n = 0;

	LIST_FOREACH (c, &w->conns, link)
		n += c->in_flight + (c->peer ? c->peer->in_flight : 0);
	return n;
}
