/*
 * Throttled recovery (R540): jobs are started by timers instead of by finished jobs.
 *
 * A timer lives as long as any run is current, and works for whichever is; so those of successive
 * runs add up, as upstream's do.
 */
#include <stdlib.h>

#include "sheep/recovery_internal.h"

struct throttle {
	struct task task;
	struct timer timer;
	struct sheep *sheep;
	uint32_t ordinal;
};

/* R808. */
uint32_t recovery_width(const struct sheep *s)
{
	uint32_t disks = store_nr_plugged(s->store);

	return 2 * (disks ? disks : 1); /* without a disk the node is about to end */
}

bool throttle_on(const struct sheep *s)
{
	return s->throttle_max > 0 && s->throttle_interval > 0;
}

/* ns; what dog may set has no limit, but no run lasts 49 days. */
static uint64_t interval(const struct sheep *s)
{
	uint64_t ms = s->throttle_interval;

	return (ms < UINT32_MAX ? ms : UINT32_MAX) * NSEC_PER_MSEC;
}

static void throttle_drop(struct task *t)
{
	free(container_of(t, struct throttle, task));
}

static void throttle_end(struct throttle *t)
{
	task_remove(&t->task);
	free(t);
}

/* The part of max that this firing starts: rounded down or up, by chance, if it is no integer. */
static uint32_t share(const struct throttle *t, const struct run *run)
{
	struct sheep *s = t->sheep;
	uint32_t width = recovery_width(s);
	uint32_t jobs = s->throttle_max / width;

	if (s->throttle_max % width)
		jobs += (uint32_t)world_random(s->world, 2, "recovery-throttle", run->epoch,
					       run->next, t->ordinal);
	return jobs;
}

/*
 * As many as there are to start. The run may give way to the pending one, which has no list yet.
 */
static void start_jobs(struct run *run, uint32_t jobs)
{
	struct sheep *s = run->sheep;
	uint32_t next;

	do {
		next = run->next;
		run_start_next(run, true);
	} while (s->run == run && run->next > next && --jobs > 0);
}

static void throttle_fired(struct timer *timer)
{
	struct throttle *t = container_of(timer, struct throttle, timer);
	struct sheep *s = t->sheep;
	struct run *run = s->run;
	uint32_t jobs;

	if (s->ended)
		return;
	if (!run || !throttle_on(s)) {
		/* Off again: a job that starts the next one takes its place. */
		throttle_end(t);
		if (run)
			run_start_next(run, false);
		return;
	}
	world_timer(s->world, timer, interval(s));
	if (run->next - run->finished > s->throttle_max)
		return;
	jobs = share(t, run);
	if (jobs > 0)
		start_jobs(run, jobs);
}

void throttle_start_timer(struct sheep *s, uint32_t ordinal)
{
	struct throttle *t = mem_alloc(sizeof(*t));

	t->sheep = s;
	t->ordinal = ordinal;
	task_add(s, &t->task, throttle_drop);
	t->timer.fire = throttle_fired;
	world_timer(s->world, &t->timer, interval(s));
}
