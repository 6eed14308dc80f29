/*
 * A place: the life of its process, being held or blocked, timers, and the small services.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "world/disk.h"
#include "world/net.h"

/* What may run next of all that waits: nothing while held; only what it waits for while blocked. */
static struct clock_event *next_deferred(const struct world *w)
{
	struct clock_event *e = NULL;

	if (w->held)
		return NULL;
	TAILQ_FOREACH (e, &w->deferred, link) {
		if (!w->blocked_on || e->awaited)
			break;
	}
	return e;
}

static void replay_later(struct world *w)
{
	if (w->alive && next_deferred(w) && !clock_queued(&w->replay))
		clock_add(&w->universe->clock, &w->replay, world_now(w));
}

/*
 * Goes through what came due while the place was held, one thing a step; what comes due meanwhile
 * queues up behind it.
 */
static void replay(struct clock_event *r)
{
	struct world *w = container_of(r, struct world, replay);
	struct clock_event *e = next_deferred(w);

	assert(w->alive);
	if (!e)
		return;
	world_undefer(w, e);
	w->replayed = e;
	e->run(e);
	w->replayed = NULL;
	/* behind what this has made due: more of the driver's messages come before the rest */
	replay_later(w);
}

/* True if e has to wait: at the end of all that waits, or before it. */
static bool defer(struct world *w, struct clock_event *e, bool awaited, bool first)
{
	assert(w->alive);
	assert(!clock_queued(e));
	if (e == w->replayed)
		return false;
	if (!w->held && (w->blocked_on ? awaited : TAILQ_EMPTY(&w->deferred)))
		return false;
	e->waits = true;
	e->awaited = awaited;
	if (first)
		TAILQ_INSERT_HEAD(&w->deferred, e, link);
	else
		TAILQ_INSERT_TAIL(&w->deferred, e, link);
	return true;
}

bool world_defer_awaited(struct world *w, struct clock_event *e, bool awaited)
{
	return defer(w, e, awaited, false);
}

bool world_defer(struct world *w, struct clock_event *e)
{
	return defer(w, e, false, false);
}

bool world_defer_first(struct world *w, struct clock_event *e)
{
	return defer(w, e, false, true);
}

void world_block(struct world *w, const struct conn *c, const struct timer *t)
{
	assert(w->alive);
	assert(!w->blocked_on);
	w->blocked_on = c;
	w->blocked_timer = t;
	net_await(w, c);
	clock_remove(&w->universe->clock, &w->replay);
	replay_later(w);
}

void world_unblock(struct world *w)
{
	w->blocked_on = NULL;
	w->blocked_timer = NULL;
	replay_later(w);
}

void world_undefer(struct world *w, struct clock_event *e)
{
	if (!e->waits)
		return;
	e->waits = false;
	TAILQ_REMOVE(&w->deferred, e, link);
}

void world_hold(struct world *w)
{
	assert(w->alive);
	if (w->held)
		return;
	w->held = true;
	clock_remove(&w->universe->clock, &w->replay);
	world_words(w, TRACE_FAULT, 0, 0, "held");
	net_changed(w);
}

void world_release(struct world *w)
{
	if (!w->held)
		return;
	w->held = false;
	replay_later(w);
	world_words(w, TRACE_FAULT, 0, 0, "released");
	net_changed(w);
}

void world_init(struct world *w, struct universe *u, int place, uint32_t nr_disks)
{
	memset(w, 0, sizeof *w);
	w->universe = u;
	w->place = place;
	w->replay.run = replay;
	LIST_INIT(&w->timers);
	LIST_INIT(&w->ios);
	LIST_INIT(&w->conns);
	TAILQ_INIT(&w->deferred);
	disks_init(w, nr_disks);
}

void world_free(struct world *w)
{
	world_crash(w);
	disks_free(w);
}

void world_boot(struct world *w)
{
	assert(!w->alive);
	assert(LIST_EMPTY(&w->timers));
	assert(LIST_EMPTY(&w->conns));
	w->alive = true;
}

void world_crash(struct world *w)
{
	struct clock_event *e;

	if (!w->alive)
		return;
	world_listen_stop(w);
	while (!LIST_EMPTY(&w->timers))
		world_timer_stop(LIST_FIRST(&w->timers));
	disks_drop(w);
	while (!LIST_EMPTY(&w->conns))
		net_hang_up(LIST_FIRST(&w->conns));
	w->alive = false;
	w->held = false;
	w->blocked_on = NULL;
	w->blocked_timer = NULL;
	w->stream_begun = false;
	clock_remove(&w->universe->clock, &w->replay);
	/* Messages are left; they find their connection dead. */
	while ((e = TAILQ_FIRST(&w->deferred))) {
		world_undefer(w, e);
		e->run(e);
	}
}

static void timer_due(struct clock_event *e)
{
	struct timer *t = container_of(e, struct timer, event);

	if (world_defer_awaited(t->world, e, t == t->world->blocked_timer))
		return;
	world_timer_stop(t);
	t->fire(t);
}

void world_timer(struct world *w, struct timer *t, uint64_t delay)
{
	assert(w->alive);
	assert(t->fire);
	assert(delay <= UINT64_MAX - world_now(w));
	world_timer_stop(t);
	t->world = w;
	t->event.run = timer_due;
	LIST_INSERT_HEAD(&w->timers, t, link);
	clock_add(&w->universe->clock, &t->event, world_now(w) + delay);
}

void world_timer_stop(struct timer *t)
{
	if (!timer_armed(t))
		return;
	clock_remove(&t->world->universe->clock, &t->event);
	world_undefer(t->world, &t->event);
	LIST_REMOVE(t, link);
	t->world = NULL;
}

uint64_t world_now(const struct world *w)
{
	return w->universe->clock.now;
}

uint64_t world_unix_time(const struct world *w)
{
	return w->universe->epoch_unix + w->universe->clock.now;
}

static uint64_t draw(struct world *w, uint64_t limit)
{
	if (!w->stream_begun) {
		random_stream_seed(&w->stream, w->address.port);
		random_stream_next(&w->stream);
		w->stream_begun = true;
	}
	return random_stream_next(&w->stream) % limit;
}

uint64_t world_random(struct world *w, uint64_t limit, const char *purpose, uint64_t a, uint64_t b,
		      uint64_t c)
{
	assert(limit > 0);
	if (w->universe->streams)
		return draw(w, limit);
	return random_below(limit, w->universe->seed, purpose, a, b, c);
}

void world_note(struct world *w, enum trace_kind kind, uint64_t a, uint64_t b, uint64_t c,
		uint64_t d)
{
	trace_note(&w->universe->trace, w->place, kind, a, b, c, d);
}

void world_words(struct world *w, enum trace_kind kind, uint64_t a, uint64_t b, const char *format,
		 ...)
{
	va_list args;

	va_start(args, format);
	trace_vwords(&w->universe->trace, w->place, kind, a, b, format, args);
	va_end(args);
}
