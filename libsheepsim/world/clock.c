/*
 * The event queue: a heap in which each entry has four children, which is flatter than a binary one
 * and has all children of an entry side by side.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "world/clock.h"

#define CHILDREN 4u

void clock_init(struct clock *c)
{
	memset(c, 0, sizeof *c);
	TAILQ_INIT(&c->due);
}

void clock_free(struct clock *c)
{
	free(c->heap);
}

static bool before(const struct clock_slot *a, const struct clock_slot *b)
{
	return a->time < b->time || (a->time == b->time && a->seq < b->seq);
}

static void put(struct clock *c, size_t i, struct clock_slot slot)
{
	c->heap[i] = slot;
	slot.event->index = i + 1;
}

/* Finds the place of slot at i or above it, moving down what is later. */
static void sift_up(struct clock *c, size_t i, struct clock_slot slot)
{
	while (i > 0) {
		size_t parent = (i - 1) / CHILDREN;

		if (!before(&slot, &c->heap[parent]))
			break;
		put(c, i, c->heap[parent]);
		i = parent;
	}
	put(c, i, slot);
}

/* Finds the place of slot at i or below it, moving up what is earlier. */
static void sift_down(struct clock *c, size_t i, struct clock_slot slot)
{
	for (;;) {
		size_t first = i * CHILDREN + 1, least = first;

		if (first >= c->len)
			break;
		for (size_t k = first + 1; k < first + CHILDREN && k < c->len; k++)
			if (before(&c->heap[k], &c->heap[least]))
				least = k;
		if (!before(&c->heap[least], &slot))
			break;
		put(c, i, c->heap[least]);
		i = least;
	}
	put(c, i, slot);
}

void clock_add(struct clock *c, struct clock_event *e, uint64_t time)
{
	assert(!clock_queued(e));
	assert(!e->waits);
	assert(time >= c->now);
	assert(e->run);
	e->time = time;
	e->seq = c->seq++;
	if (time == c->now) {
		e->index = CLOCK_DUE;
		TAILQ_INSERT_TAIL(&c->due, e, link);
		return;
	}
	if (c->len == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 64;
		c->heap = mem_resize(c->heap, c->cap, sizeof *c->heap);
	}
	sift_up(c, c->len++, (struct clock_slot){time, e->seq, e});
}

static void remove_from_heap(struct clock *c, struct clock_event *e)
{
	struct clock_slot last;
	size_t i = e->index - 1;

	assert(i < c->len);
	assert(c->heap[i].event == e);
	e->index = 0;
	last = c->heap[--c->len];
	if (i == c->len)
		return;
	/* The last entry fills the gap; it may belong above it as well as below. */
	if (i > 0 && before(&last, &c->heap[(i - 1) / CHILDREN]))
		sift_up(c, i, last);
	else
		sift_down(c, i, last);
}

void clock_remove(struct clock *c, struct clock_event *e)
{
	if (e->index == CLOCK_DUE) {
		TAILQ_REMOVE(&c->due, e, link);
		e->index = 0;
	} else if (clock_queued(e)) {
		remove_from_heap(c, e);
	}
}

/* NULL: there is none. */
static struct clock_event *first(const struct clock *c)
{
	if (TAILQ_EMPTY(&c->due) || (c->len && c->heap[0].time == c->now))
		return c->len ? c->heap[0].event : NULL;
	return TAILQ_FIRST(&c->due);
}

bool clock_step(struct clock *c)
{
	struct clock_event *e = first(c);

	if (!e)
		return false;
	assert(e->time >= c->now);
	c->now = e->time;
	clock_remove(c, e);
	e->run(e);
	return true;
}

void clock_advance(struct clock *c, uint64_t time)
{
	assert(time >= c->now);
	assert(time <= clock_next(c));
	c->now = time;
}

uint64_t clock_next(const struct clock *c)
{
	const struct clock_event *e = first(c);

	return e ? e->time : UINT64_MAX;
}
