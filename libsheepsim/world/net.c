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

/*
 * So many events more (or less) name c. Those at an open end count as messages of its place, and of
 * the other one's while that is there: world_pending_net().
 */
static void count_in_flight(struct conn *c, int nr)
{
	c->in_flight += nr;
	if (!c->dead)
		c->world->nr_messages += (uint32_t)nr;
	if (!c->alone)
		conn_other(c)->world->nr_messages += (uint32_t)nr;
}

/* One event less names c. */
static void unpin(struct universe *u, struct conn *c)
{
	assert(c->in_flight > 0);
	count_in_flight(c, -1);
	conn_release(u, c);
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
	unpin(e->universe, c);
}

struct net_event *net_event_new(struct conn *c, enum net_kind kind)
{
	struct net_event *e = take_spare(c->world->universe);

	assert(!c->dead && !c->alone);
	assert(e->kind == NET_FREE);
	e->kind = kind;
	e->to = conn_other(c);
	count_in_flight(e->to, 1);
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

/* One of the ends is near; the other one is there. */
static bool is_near(const struct conn *c)
{
	return c->world->near || conn_other(c)->world->near;
}

uint64_t net_latency(const struct conn *c, uint64_t size)
{
	const struct universe_speed *speed = &c->world->universe->speed;

	if (is_near(c))
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
	struct conn *other = conn_other(c);

	if (c->alone)
		return;
	net_event_send(c, net_event_new(c, NET_CLOSE), net_latency(c, 0));
	c->world->nr_messages -= other->in_flight;
	other->world->nr_messages -= c->in_flight;
	c->alone = true;
	other->alone = true;
}

/* What is kept from c; NULL: nothing. */
static struct net_stall *stall_of(const struct conn *c)
{
	struct net_stall *s = NULL;

	if (c->stalled)
		HASH_FIND_PTR(c->world->universe->stalls, &c, s);
	return s;
}

static void unstall(struct net_stall *s)
{
	struct universe *u = s->conn->world->universe;

	assert(TAILQ_EMPTY(&s->waiting));
	clock_remove(&u->clock, &s->wake);
	HASH_DELETE(hh, u->stalls, s);
	s->conn->stalled = false;
	free(s);
}

void net_hang_up(struct conn *c)
{
	struct net_stall *s = stall_of(c);
	struct net_event *e;

	assert(!c->dead);
	send_close(c);
	LIST_REMOVE(c, link);
	c->world->nr_messages -= c->in_flight;
	c->dead = true;
	c->in_flight++; /* it stays until the end of this function */
	while (s && (e = TAILQ_FIRST(&s->waiting))) {
		TAILQ_REMOVE(&s->waiting, e, link);
		retire(e);
	}
	if (s)
		unstall(s);
	unpin(c->world->universe, c);
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

	if (u->speed.net_jitter == 0 || is_near(c))
		return 0;
	for (unsigned int i = 0; i < WIRE_HEADER; i += 8)
		h = random_mix(h, get_le64(head + i));
	return random_for(u->jitter, (uint64_t)c->world->place, (uint64_t)c->peer_place, h) %
	       (u->speed.net_jitter + 1);
}

void conn_send(struct conn *c, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	uint64_t size = blob_size(payload);
	struct net_event *e;

	if (c->dead)
		return;
	note_frame(c, TRACE_SEND, !c->dialled, head, payload);
	if (c->alone)
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

/* Makes s go on with the first of what waits, if that is a matter of time. */
static void plan_wake(struct net_stall *s)
{
	const struct net_event *first = TAILQ_FIRST(&s->waiting);
	struct clock *clock = &s->conn->world->universe->clock;
	uint64_t time = clock->now;

	clock_remove(clock, &s->wake);
	if (!first || first->held_by || is_cut(s->conn))
		return;
	if (first->not_before > time)
		time = first->not_before;
	clock_add(clock, &s->wake, time);
}

/* e waits at its end, behind what does so already. */
static void stall(struct net_event *e)
{
	struct net_stall *s = stall_of(e->to);

	if (!s) {
		s = mem_alloc(sizeof *s);
		s->conn = e->to;
		s->wake.run = wake;
		TAILQ_INIT(&s->waiting);
		HASH_ADD_PTR(e->universe->stalls, conn, s);
		s->conn->stalled = true;
	}
	TAILQ_INSERT_TAIL(&s->waiting, e, link);
	plan_wake(s);
}

/* Lets the first waiting message of a connection pass, if nothing is against it any more. */
static void wake(struct clock_event *event)
{
	struct net_stall *s = container_of(event, struct net_stall, wake);
	struct net_event *e = TAILQ_FIRST(&s->waiting);

	assert(e && !s->conn->dead);
	assert(!is_cut(s->conn));
	TAILQ_REMOVE(&s->waiting, e, link);
	if (!e->judged && !judge(e))
		return;
	if (must_wait(e)) {
		TAILQ_INSERT_HEAD(&s->waiting, e, link);
		plan_wake(s);
		return;
	}
	if (TAILQ_EMPTY(&s->waiting))
		unstall(s);
	else
		plan_wake(s);
	hand_over(&e->event);
}

/*
 * e is due. What a cut keeps away has not arrived, so filters do not see it yet; what waits behind
 * something that they hold has.
 */
static void arrive(struct clock_event *event)
{
	struct net_event *e = container_of(event, struct net_event, event);
	const struct net_stall *s;

	if (e->to->dead) {
		retire(e);
		return;
	}
	s = stall_of(e->to);
	if (!is_cut(e->to) && (!s || TAILQ_LAST(&s->waiting, net_waiting)->judged)) {
		if (!e->judged && !judge(e))
			return;
		if (!must_wait(e) && !s) {
			hand_over(event);
			return;
		}
	}
	stall(e);
}

void net_go_on(struct universe *u)
{
	for (struct net_stall *s = u->stalls; s; s = s->hh.next)
		plan_wake(s);
}

uint32_t net_let_go(struct universe *u, uint32_t filter)
{
	struct net_event *e;
	uint32_t n = 0;

	for (struct net_stall *s = u->stalls; s; s = s->hh.next) {
		TAILQ_FOREACH (e, &s->waiting, link) {
			if (e->held_by && (!filter || e->held_by == filter)) {
				e->held_by = 0;
				n++;
			}
		}
		plan_wake(s);
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
		}
		free(slab);
	}
	pool_free(&u->conns);
}

uint32_t world_pending_net(const struct world *w)
{
	return w->nr_messages;
}
