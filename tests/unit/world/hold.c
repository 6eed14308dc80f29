#include "rig.h"
#include "world/net.h"

static void what_is_due_for_a_held_place_comes_in_order_when_it_goes_on(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *a = rig_dial(r, 0, 1), *b = rig_dial(r, 2, 1);
	struct tick t[2] = {0};
	struct io io = {0};

	(void)state;
	rig_run(r);
	text_clear(&r->log);
	world_hold(&r->w[1]);
	rig_tick(r, &t[0], 1, 50, "first timer");
	rig_say(a, 1, 1); /* due at 200 */
	rig_tick(r, &t[1], 1, 150, "second timer");
	rig_io(r, &io, 1, 0, "disk"); /* due at 300 */
	rig_run_to(r, 160);
	rig_dial(r, 0, 1); /* due at 260 */
	conn_close(b);	   /* likewise */
	rig_run_to(r, 1000);
	rig_expect(r, "");
	world_release(&r->w[1]);
	rig_run(r);
	rig_expect(r, "1000 first timer\n"
		      "1000 1: from 0: op 1 id 1\n"
		      "1000 second timer\n"
		      "1000 1: call from 0\n"
		      "1000 1: lost 2\n"
		      "1000 disk\n");
	rig_close(r);
}

static void others_are_not_held(void **state)
{
	struct rig *r = rig_open(1);
	struct tick t = {0};

	(void)state;
	world_hold(&r->w[1]);
	rig_tick(r, &t, 2, 50, "timer");
	rig_say(rig_dial(r, 0, 2), 1, 1);
	rig_run(r);
	rig_expect(r, "50 timer\n"
		      "100 2: call from 0\n"
		      "100 2: from 0: op 1 id 1\n");
	rig_close(r);
}

static void what_comes_due_meanwhile_stays_behind(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);

	(void)state;
	rig_run(r);
	text_clear(&r->log);
	world_hold(&r->w[1]);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_run_to(r, 150);
	rig_say(c, 1, 3); /* arrives at the very time of the release, but was queued before it */
	rig_run_to(r, 249);
	rig_say(c, 1, 4);
	r->u.clock.now = 250 * US;
	world_release(&r->w[1]);
	rig_run(r);
	rig_expect(r, "250 1: from 0: op 1 id 1\n"
		      "250 1: from 0: op 1 id 2\n"
		      "250 1: from 0: op 1 id 3\n"
		      "349 1: from 0: op 1 id 4\n");
	rig_close(r);
}

static void hold_it(struct rig *r, struct conn *c)
{
	(void)r;
	world_hold(c->world);
}

static void a_place_can_be_held_again_while_it_catches_up(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);

	(void)state;
	world_hold(&r->w[1]);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_run_to(r, 200);
	r->on_frame[1] = hold_it;
	world_release(&r->w[1]);
	rig_run_to(r, 300);
	rig_expect(r, "200 1: call from 0\n"
		      "200 1: from 0: op 1 id 1\n");
	world_release(&r->w[1]);
	rig_run(r);
	rig_expect(r, "300 1: from 0: op 1 id 2\n");
	rig_close(r);
}

static void a_timer_that_waits_can_be_stopped_and_started_anew(void **state)
{
	struct rig *r = rig_open(1);
	struct tick t[2] = {0};

	(void)state;
	world_hold(&r->w[1]);
	rig_tick(r, &t[0], 1, 50, "stopped");
	rig_tick(r, &t[1], 1, 60, "started anew");
	rig_run_to(r, 100);
	world_timer_stop(&t[0].timer);
	world_timer(&r->w[1], &t[1].timer, 500 * US);
	world_release(&r->w[1]);
	rig_run(r);
	rig_expect(r, "600 started anew\n");
	rig_close(r);
}

static void holding_and_releasing_twice_is_once(void **state)
{
	struct rig *r = rig_open(1);
	struct tick t = {0};
	uint64_t events;

	(void)state;
	world_hold(&r->w[1]);
	events = r->u.trace.seq;
	world_hold(&r->w[1]);
	rig_tick(r, &t, 1, 50, "timer");
	rig_run_to(r, 100);
	assert_int_equal(r->u.trace.seq, events);
	world_release(&r->w[1]);
	world_release(&r->w[1]);
	assert_int_equal(r->u.trace.seq, events + 1);
	rig_run(r);
	rig_expect(r, "100 timer\n");
	rig_close(r);
}

static void what_waits_may_all_be_stopped_before_the_place_goes_on(void **state)
{
	struct rig *r = rig_open(1);
	struct tick t[2] = {0};

	(void)state;
	world_hold(&r->w[1]);
	rig_tick(r, &t[0], 1, 50, "stopped");
	rig_run_to(r, 100);
	world_release(&r->w[1]);
	world_timer_stop(&t[0].timer);
	rig_tick(r, &t[1], 1, 0, "not held any more");
	rig_run(r);
	rig_expect(r, "100 not held any more\n");
	rig_close(r);
}

static void a_crash_ends_the_hold_and_drops_what_waited(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);
	struct tick t = {0};
	struct io io = {0};

	(void)state;
	world_hold(&r->w[1]);
	rig_say(c, 1, 1);
	rig_tick(r, &t, 1, 50, "timer");
	rig_io(r, &io, 1, 0, "disk");
	rig_run_to(r, 500);
	world_crash(&r->w[1]);
	assert_false(r->w[1].held);
	rig_run(r);
	rig_expect(r, "600 0: lost 1\n");
	rig_close(r);
}

static void close_it(struct rig *r, struct conn *c)
{
	(void)r;
	conn_close(c);
}

static void a_message_for_a_connection_closed_meanwhile_is_forgotten(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1), *other = rig_dial(r, 2, 1);

	(void)state;
	rig_run(r);
	rig_expect(r, "100 1: call from 0\n"
		      "100 1: call from 2\n");
	world_hold(&r->w[1]);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_run_to(r, 300);
	r->on_frame[1] = close_it;
	world_release(&r->w[1]);
	rig_run(r);
	rig_expect(r, "300 1: from 0: op 1 id 1\n"
		      "400 0: lost 1\n");
	/* What comes in its memory is held like any other. */
	world_hold(&r->w[1]);
	rig_say(other, 1, 3);
	rig_run_to(r, 600);
	rig_expect(r, "");
	world_release(&r->w[1]);
	rig_run(r);
	rig_expect(r, "600 1: from 2: op 1 id 3\n");
	rig_close(r);
}

static void what_has_arrived_at_a_held_place_is_past_the_network(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);

	(void)state;
	world_hold(&r->w[1]);
	rig_say(c, 1, 1);
	rig_run_to(r, 200);
	universe_cut(&r->u, 0, 1, true);
	world_release(&r->w[1]);
	rig_run(r);
	rig_expect(r, "200 1: call from 0\n"
		      "200 1: from 0: op 1 id 1\n");
	rig_close(r);
}

static void a_crash_while_it_catches_up_drops_the_rest(void **state)
{
	struct rig *r = rig_open(1);
	struct tick t[2] = {0};

	(void)state;
	world_hold(&r->w[1]);
	rig_tick(r, &t[0], 1, 10, "first");
	rig_tick(r, &t[1], 1, 20, "second");
	rig_run_to(r, 100);
	world_release(&r->w[1]);
	clock_step(&r->u.clock);
	world_crash(&r->w[1]);
	rig_run(r);
	rig_expect(r, "100 first\n");
	rig_close(r);
}

static void disks_work_on_for_a_held_place(void **state)
{
	struct rig *r = rig_open(1);
	struct io io[4] = {0};

	(void)state;
	world_hold(&r->w[1]);
	rig_io(r, &io[0], 1, 0, "a");
	rig_io(r, &io[1], 1, 0, "b");
	rig_io(r, &io[2], 1, 0, "c"); /* begins when a is done, at 200 */
	rig_io(r, &io[3], 1, 0, "d");
	rig_run_to(r, 399);
	world_release(&r->w[1]);
	rig_run(r);
	rig_expect(r, "399 a\n"
		      "399 b\n"
		      "400 c\n"
		      "400 d\n");
	rig_close(r);
}

/* ------------------------------------------------------------------ blocked */

static void a_blocked_place_gets_what_it_waits_for_and_the_rest_later(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *a = rig_dial(r, 0, 1), *b = rig_dial(r, 1, 2);
	struct tick t[2] = {0};
	struct io io = {0};

	(void)state;
	rig_run(r);
	text_clear(&r->log);
	world_block(&r->w[1], b, &t[1].timer);
	rig_tick(r, &t[0], 1, 50, "a timer");
	rig_say(a, 1, 1); /* due at 200 */
	rig_io(r, &io, 1, 0, "disk");
	rig_tick(r, &t[1], 1, 150, "the awaited timer");
	rig_say(conn_other(b), 2, 2); /* due at 200 */
	rig_run_to(r, 1000);
	rig_expect(r, "200 1: from 2: op 2 id 2\n"
		      "250 the awaited timer\n");
	world_unblock(&r->w[1]);
	rig_run(r);
	rig_expect(r, "1000 a timer\n"
		      "1000 1: from 0: op 1 id 1\n"
		      "1000 disk\n");
	rig_close(r);
}

/* It was closed while something else was waited for, and nobody has noticed it yet. */
static void a_place_that_blocks_on_a_closed_connection_learns_it_at_once(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *a = rig_dial(r, 1, 0), *b = rig_dial(r, 1, 2);
	struct tick t = {0};

	(void)state;
	rig_run(r);
	text_clear(&r->log);
	world_block(&r->w[1], a, NULL);
	rig_tick(r, &t, 1, 50, "a timer");
	conn_close(conn_other(b));
	rig_run_to(r, 1000);
	rig_expect(r, "");
	world_unblock(&r->w[1]);
	world_block(&r->w[1], b, NULL);
	rig_run_to(r, 2000);
	rig_expect(r, "1000 1: lost 2\n");
	world_unblock(&r->w[1]);
	rig_run(r);
	rig_expect(r, "2000 a timer\n");
	rig_close(r);
}

/* SIGSTOP stops it entirely; a crash ends everything. */
static void a_blocked_place_can_be_held_and_can_crash(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *b = rig_dial(r, 1, 2);
	struct tick t = {0};

	(void)state;
	rig_run(r);
	text_clear(&r->log);
	world_block(&r->w[1], b, NULL);
	rig_tick(r, &t, 1, 50, "a timer");
	world_hold(&r->w[1]);
	rig_say(conn_other(b), 2, 2);
	rig_run_to(r, 1000);
	rig_expect(r, "");
	world_release(&r->w[1]);
	rig_run_to(r, 2000);
	rig_expect(r, "1000 1: from 2: op 2 id 2\n");
	world_crash(&r->w[1]);
	world_boot(&r->w[1]);
	rig_tick(r, &t, 1, 50, "of its next life");
	rig_run(r);
	rig_expect(r, "2050 of its next life\n2100 2: lost 1\n");
	rig_close(r);
}

int hold_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_blocked_place_gets_what_it_waits_for_and_the_rest_later),
		cmocka_unit_test(a_place_that_blocks_on_a_closed_connection_learns_it_at_once),
		cmocka_unit_test(a_blocked_place_can_be_held_and_can_crash),
		cmocka_unit_test(what_is_due_for_a_held_place_comes_in_order_when_it_goes_on),
		cmocka_unit_test(others_are_not_held),
		cmocka_unit_test(what_comes_due_meanwhile_stays_behind),
		cmocka_unit_test(a_place_can_be_held_again_while_it_catches_up),
		cmocka_unit_test(a_timer_that_waits_can_be_stopped_and_started_anew),
		cmocka_unit_test(holding_and_releasing_twice_is_once),
		cmocka_unit_test(what_waits_may_all_be_stopped_before_the_place_goes_on),
		cmocka_unit_test(a_crash_ends_the_hold_and_drops_what_waited),
		cmocka_unit_test(a_message_for_a_connection_closed_meanwhile_is_forgotten),
		cmocka_unit_test(what_has_arrived_at_a_held_place_is_past_the_network),
		cmocka_unit_test(a_crash_while_it_catches_up_drops_the_rest),
		cmocka_unit_test(disks_work_on_for_a_held_place),
	};

	return cmocka_run_group_tests_name("hold", tests, NULL, NULL);
}
