#include "rig.h"

#include <stdlib.h>

#include "base/random.h"

struct mark {
	struct clock_event event;
	int name;
	int *order; /* where names are written down */
	int *len;
	struct clock *clock;
	int again; /* so often it queues itself anew */
};

static void run_mark(struct clock_event *e)
{
	struct mark *m = container_of(e, struct mark, event);

	assert_false(clock_queued(e));
	m->order[(*m->len)++] = m->name;
	if (m->again-- > 0)
		clock_add(m->clock, e, m->clock->now + 10);
}

static void equal_times_run_in_the_order_in_which_they_were_added(void **state)
{
	struct mark m[100];
	int order[100], len = 0;
	struct clock c;

	(void)state;
	clock_init(&c);
	for (int i = 0; i < 100; i++) {
		m[i] = (struct mark){.event.run = run_mark, .name = i, .order = order, .len = &len};
		clock_add(&c, &m[i].event, i % 2 ? 20 : 10);
	}
	while (clock_step(&c))
		;
	assert_int_equal(len, 100);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(order[i], 2 * i);
		assert_int_equal(order[50 + i], 2 * i + 1);
	}
	clock_free(&c);
}

static void the_clock_stands_at_the_event_that_runs(void **state)
{
	int order[4], len = 0;
	struct clock c;
	struct mark m = {
		.event.run = run_mark, .order = order, .len = &len, .clock = &c, .again = 3};

	(void)state;
	clock_init(&c);
	assert_int_equal(clock_next(&c), UINT64_MAX);
	assert_false(clock_step(&c));
	clock_add(&c, &m.event, 5);
	assert_int_equal(clock_next(&c), 5);
	for (uint64_t time = 5; time <= 35; time += 10) {
		assert_true(clock_step(&c));
		assert_int_equal(c.now, time);
	}
	assert_false(clock_step(&c));
	assert_int_equal(c.now, 35);
	assert_int_equal(len, 4);
	clock_free(&c);
}

#define MODEL 400

/* The model: the marks that are queued, in order of time and then of adding, by brute force. */
static struct mark *model_first(struct mark *m)
{
	struct mark *first = NULL;

	for (int i = 0; i < MODEL; i++) {
		if (!clock_queued(&m[i].event))
			continue;
		if (!first || m[i].event.time < first->event.time ||
		    (m[i].event.time == first->event.time && m[i].event.seq < first->event.seq))
			first = &m[i];
	}
	return first;
}

static void adding_removing_and_running_keep_the_order(void **state)
{
	struct mark m[MODEL];
	int order[1], len, ran = 0, removed = 0;
	struct clock c;

	(void)state;
	clock_init(&c);
	for (int i = 0; i < MODEL; i++)
		m[i] = (struct mark){.event.run = run_mark, .name = i, .order = order, .len = &len};
	for (uint64_t step = 0; step < 40000; step++) {
		struct mark *x = &m[random_below(MODEL, 1, "which", step, 0, 0)], *first;
		uint64_t dice = random_below(8, 1, "what", step, 0, 0);

		if (dice < 4 && !clock_queued(&x->event)) {
			clock_add(&c, &x->event, c.now + random_below(50, 1, "when", step, 0, 0));
		} else if (dice < 6) {
			removed += clock_queued(&x->event);
			clock_remove(&c, &x->event);
			assert_false(clock_queued(&x->event));
		} else {
			first = model_first(m);
			len = 0;
			assert_int_equal(clock_step(&c), first != NULL);
			assert_int_equal(len, first != NULL);
			if (first)
				assert_int_equal(order[0], first->name);
			ran += len;
		}
	}
	assert_true(ran > 5000);
	assert_true(removed > 5000);
	clock_free(&c);
}

int clock_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_times_run_in_the_order_in_which_they_were_added),
		cmocka_unit_test(the_clock_stands_at_the_event_that_runs),
		cmocka_unit_test(adding_removing_and_running_keep_the_order),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
