/*
 * The virtual clock and its event queue: an intrusive heap, ordered by time, then by the sequence
 * in which events were added, so equal times have a total order. No allocation per event.
 *
 * What is added for the present time needs no heap: it comes behind all that is queued for it
 * already, and before everything else.
 */
#ifndef SHEEPSIM_WORLD_CLOCK_H
#define SHEEPSIM_WORLD_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define NSEC_PER_USEC 1000ull
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC  1000000000ull

struct clock_event {
	void (*run)(struct clock_event *e); /* called when due, after it was taken off the queue */
	uint64_t time;
	uint64_t seq;
	size_t index;		       /* place in the heap plus one; CLOCK_DUE; 0: not queued */
	TAILQ_ENTRY(clock_event) link; /* if CLOCK_DUE, or if it waits */
	/* for whoever keeps due events waiting (world.c) */
	bool waits;
	bool awaited; /* by a place that is blocked */
};

#define CLOCK_DUE SIZE_MAX /* an index: it is queued for the present time */

/* An entry of the heap: the order is kept beside the pointer, so comparing touches one array. */
struct clock_slot {
	uint64_t time;
	uint64_t seq;
	struct clock_event *event;
};

struct clock {
	uint64_t now; /* ns since the simulation began */
	uint64_t seq;
	/* Added for the present time, in order. What the heap has for it was added before. */
	TAILQ_HEAD(, clock_event) due;
	struct clock_slot *heap;
	size_t len, cap;
};

void clock_init(struct clock *c);
void clock_free(struct clock *c);

/* Queues e for time (not before now). It must not be queued. */
void clock_add(struct clock *c, struct clock_event *e, uint64_t time);

/* Takes e off the queue if it is there. */
void clock_remove(struct clock *c, struct clock_event *e);

static inline bool clock_queued(const struct clock_event *e)
{
	return e->index != 0;
}

/* Runs the next event, moving the clock to it. False: the queue is empty. */
bool clock_step(struct clock *c);

/* Moves the clock on where nothing is due before (time is not past, nor past the next event). */
void clock_advance(struct clock *c, uint64_t time);

/* The time of the next event, UINT64_MAX if there is none. */
uint64_t clock_next(const struct clock *c);

#endif
