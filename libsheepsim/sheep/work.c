/* Tasks, the loop, and work queues (R001-R004): see node.h. */
#include <assert.h>

#include "sheep/node.h"

void task_add(struct sheep *s, struct task *t, void (*drop)(struct task *t))
{
	assert(drop != NULL);
	t->drop = drop;
	LIST_INSERT_HEAD(&s->tasks, t, link);
}

void task_remove(struct task *t)
{
	assert(t->drop != NULL);
	t->drop = NULL;
	LIST_REMOVE(t, link);
}

/* R001: one after the other. Runs what was queued before it began; what these queue themselves
 * comes in the next round. */
static void loop_run(struct timer *t)
{
	struct sheep *s = container_of(t, struct sheep, loop_timer);
	struct later *last = TAILQ_LAST(&s->laters, later_list);

	while (!TAILQ_EMPTY(&s->laters) && !s->ended) {
		struct later *l = TAILQ_FIRST(&s->laters);

		TAILQ_REMOVE(&s->laters, l, link);
		l->queued = false;
		l->run(l);
		if (l == last)
			break;
	}
	if (!TAILQ_EMPTY(&s->laters) && !s->ended && !timer_armed(&s->loop_timer))
		world_timer(s->world, &s->loop_timer, 0);
}

void loop_later(struct sheep *s, struct later *l, void (*run)(struct later *l))
{
	if (l->queued)
		return;
	l->run = run;
	l->queued = true;
	TAILQ_INSERT_TAIL(&s->laters, l, link);
	if (!timer_armed(&s->loop_timer)) {
		s->loop_timer.fire = loop_run;
		world_timer(s->world, &s->loop_timer, 0);
	}
}

/*
 * How many bodies of a queue run at once (R003, R807): 2 x max(16, members, cores); the cores are
 * taken as few.
 */
static uint32_t queue_limit(const struct workq *q)
{
	uint32_t members = q->sheep->view ? view_members(q->sheep->view)->nr : 0;

	if (q->ordered)
		return 1;
	return 2 * (members > 16 ? members : 16);
}

static void work_run(struct later *l)
{
	struct work *w = container_of(l, struct work, later);

	w->run(w);
}

/* R004: they begin in the order in which they came. */
static void queue_fill(struct workq *q)
{
	while (!TAILQ_EMPTY(&q->waiting) && q->running < queue_limit(q)) {
		struct work *w = TAILQ_FIRST(&q->waiting);

		TAILQ_REMOVE(&q->waiting, w, link);
		w->waiting = false;
		w->running = true;
		q->running++;
		loop_later(q->sheep, &w->later, work_run);
	}
}

void work_start(struct sheep *s, enum queue queue, struct work *w, void (*run)(struct work *w))
{
	struct workq *q = &s->queues[queue];

	assert(!w->waiting && !w->running);
	w->run = run;
	w->queue = q;
	w->waiting = true;
	TAILQ_INSERT_TAIL(&q->waiting, w, link);
	queue_fill(q);
}

void work_end(struct work *w)
{
	struct workq *q = w->queue;

	assert(w->running && q->running > 0);
	w->running = false;
	q->running--;
	queue_fill(q);
}

/* R002: a body has ended, and its other half is done on the loop, in the order of ending (R004). */
void work_complete(struct work *w, void (*complete)(struct work *w))
{
	struct sheep *s = w->queue->sheep;

	work_end(w);
	w->run = complete;
	loop_later(s, &w->later, work_run);
}
