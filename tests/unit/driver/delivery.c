/*
 * When a node gets what was ordered: delays, pauses, held places; and what is said to be pending.
 */
#include "rig.h"

static void a_delay_of_one_position_delays_what_is_behind_it_at_that_node(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	hub_delay(r->hub, 1, hub_position(r->hub) + 1, 1000 * US);
	rig_notify(r, 0, "a");
	rig_notify(r, 0, "b");
	rig_notify(r, 0, "c");
	rig_run(r);
	rig_expect(r, "200 0: notify from 0: \"a\"\n"
		      "200 1: notify from 0: \"a\"\n"
		      "200 0: notify from 0: \"b\"\n"
		      "200 0: notify from 0: \"c\"\n"
		      "1200 1: notify from 0: \"b\"\n"
		      "1200 1: notify from 0: \"c\"\n");
	rig_close(r);
}

static void a_delay_of_everything_lasts_until_it_is_taken_back(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	hub_delay(r->hub, 1, 0, 1000 * US);
	rig_notify(r, 0, "a");
	rig_pass(r, 300);
	rig_notify(r, 0, "b");
	rig_run(r);
	rig_expect(r, "200 0: notify from 0: \"a\"\n"
		      "500 0: notify from 0: \"b\"\n"
		      "1200 1: notify from 0: \"a\"\n"
		      "1500 1: notify from 0: \"b\"\n");
	hub_delay(r->hub, 1, 0, 0);
	hub_delay(r->hub, 1, hub_position(r->hub), 50 * US);
	hub_delay(r->hub, 1, hub_position(r->hub), 0);
	rig_notify(r, 0, "c");
	rig_run(r);
	rig_expect(r, "1700 0: notify from 0: \"c\"\n"
		      "1700 1: notify from 0: \"c\"\n");
	rig_close(r);
}

static void a_paused_node_stays_where_it_is_until_resumed(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_notify(r, 0, "a");
	rig_pass(r, 150);
	hub_pause(r->hub, 1, true); /* on its way already */
	hub_pause(r->hub, 1, true);
	rig_notify(r, 1, "b"); /* it can still speak */
	rig_run(r);
	rig_expect(r, "200 0: notify from 0: \"a\"\n"
		      "350 0: notify from 1: \"b\"\n");
	assert_int_equal(hub_pending(r->hub), 2);
	rig_pass(r, 650);
	hub_pause(r->hub, 1, false);
	rig_run(r);
	rig_expect(r, "1000 1: notify from 0: \"a\"\n"
		      "1000 1: notify from 1: \"b\"\n");
	rig_close(r);
}

static void a_pause_lasts_longer_than_the_process(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 1);
	hub_pause(r->hub, 1, true);
	rig_start(r, 1);
	rig_run(r);
	rig_expect(r, "200 0: check 1, others 0, \"o1\"\n"
		      "400 0: accept 1, members 0 1, \"o1/0\"\n");
	hub_pause(r->hub, 1, false);
	rig_run(r);
	rig_expect(r, "400 1: accept 1, members 0 1, \"o1/0\"\n");
	rig_close(r);
}

static void a_held_node_gets_everything_in_order_when_it_goes_on(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	world_hold(&r->node[1].world);
	rig_notify(r, 0, "a");
	rig_notify(r, 0, "b");
	driver_leave(r->node[0].driver);
	rig_pass(r, 1000);
	rig_drop(r);
	world_release(&r->node[1].world);
	rig_run(r);
	rig_expect(r, "1000 1: notify from 0: \"a\"\n"
		      "1000 1: notify from 0: \"b\"\n"
		      "1000 1: leave 0, members 1\n");
	rig_close(r);
}

struct alarm {
	struct timer timer;
	struct rig *rig;
};

static void ring(struct timer *t)
{
	struct alarm *a = container_of(t, struct alarm, timer);

	text_add(&a->rig->log, "alarm\n");
}

static void a_held_node_hears_of_the_cluster_first_when_it_goes_on(void **state)
{
	struct rig *r = rig_open();
	struct alarm alarm = {.timer.fire = ring, .rig = r};

	(void)state;
	rig_form(r, 2);
	world_hold(&r->node[1].world);
	world_timer(&r->node[1].world, &alarm.timer, 10 * US);
	rig_notify(r, 0, "a");
	rig_notify(r, 0, "b");
	rig_run(r);
	rig_drop(r);
	rig_restart_clock(r);
	world_release(&r->node[1].world);
	rig_run(r);
	rig_expect(r, "0 1: notify from 0: \"a\"\n"
		      "0 1: notify from 0: \"b\"\n"
		      "alarm\n");
	rig_close(r);
}

static void held_and_paused_at_once_both_must_end(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	world_hold(&r->node[1].world);
	rig_notify(r, 0, "a");
	rig_pass(r, 1000);
	rig_drop(r);
	hub_pause(r->hub, 1, true);
	world_release(&r->node[1].world);
	rig_pass(r, 1000);
	rig_expect(r, "");
	world_hold(&r->node[1].world);
	hub_pause(r->hub, 1, false);
	rig_pass(r, 1000);
	rig_expect(r, "");
	world_release(&r->node[1].world);
	rig_run(r);
	rig_expect(r, "3000 1: notify from 0: \"a\"\n");
	rig_close(r);
}

static void a_held_node_can_die(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	world_hold(&r->node[1].world);
	rig_notify(r, 0, "a");
	rig_pass(r, 1000);
	/* In this order too. */
	driver_close(r->node[1].driver);
	r->node[1].driver = NULL;
	world_crash(&r->node[1].world);
	rig_run(r);
	rig_expect(r, "200 0: notify from 0: \"a\"\n"
		      "11100 0: leave 1, members 0\n");
	assert_int_equal(hub_pending(r->hub), 0);
	rig_close(r);
}

static void what_is_pending_is_said_in_words(void **state)
{
	struct rig *r = rig_open();
	struct text t = {0};

	(void)state;
	rig_form(r, 3);
	assert_int_equal(hub_pending(r->hub), 0);
	hub_pending_text(r->hub, &t);
	assert_string_equal(text_get(&t), "");

	hub_pause(r->hub, 2, true);
	world_hold(&r->node[1].world);
	driver_block(r->node[1].driver);
	driver_block(r->node[0].driver);
	rig_notify(r, 0, "a");
	rig_pass(r, 150);
	rig_start(r, 3);
	rig_pass(r, 100);
	rig_notify(r, 0, "b");
	rig_kill(r, 0);
	rig_pass(r, 100);
	hub_pending_text(r->hub, &t);
	assert_string_equal(text_get(&t),
			    "join of 127.0.0.1:7003: 127.0.0.1:7000 has not answered\n"
			    "1 submissions wait behind the join\n"
			    "block of 127.0.0.1:7001: offered\n"
			    "block of 127.0.0.1:7000: waits for another block\n"
			    "node 0: its death has not been noticed\n"
			    "node 1: 2 messages of the driver not delivered (held)\n"
			    "node 2: 1 messages of the driver not delivered (paused), next is "
			    "position 4\n");
	assert_int_equal(hub_pending(r->hub), 1 + 1 + 2 + 1 + 2 + 1);
	text_free(&t);
	rig_close(r);
}

/* For the sanitizers: everything under way at the end. */
static void a_hub_can_end_at_any_time(void **state)
{
	(void)state;
	for (uint64_t us = 0; us < 500; us += 50) {
		struct rig *r = rig_open();

		rig_form(r, 2);
		rig_kill(r, 1);
		rig_start(r, 1);
		rig_start(r, 2);
		driver_block(r->node[0].driver);
		rig_notify(r, 0, "a");
		rig_pass(r, us);
		assert_true(hub_pending(r->hub) > 0);
		rig_close(r);
	}
}

int delivery_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_delay_of_one_position_delays_what_is_behind_it_at_that_node),
		cmocka_unit_test(a_delay_of_everything_lasts_until_it_is_taken_back),
		cmocka_unit_test(a_paused_node_stays_where_it_is_until_resumed),
		cmocka_unit_test(a_pause_lasts_longer_than_the_process),
		cmocka_unit_test(a_held_node_gets_everything_in_order_when_it_goes_on),
		cmocka_unit_test(a_held_node_hears_of_the_cluster_first_when_it_goes_on),
		cmocka_unit_test(held_and_paused_at_once_both_must_end),
		cmocka_unit_test(a_held_node_can_die),
		cmocka_unit_test(what_is_pending_is_said_in_words),
		cmocka_unit_test(a_hub_can_end_at_any_time),
	};

	return cmocka_run_group_tests_name("delivery", tests, NULL, NULL);
}
