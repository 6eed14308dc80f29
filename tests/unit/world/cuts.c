#include "rig.h"

/* A connection from 0 to 1 that has been announced; it is 100 us. */
static struct conn *connected(struct rig *r)
{
	struct conn *c = rig_dial(r, 0, 1);

	rig_run_to(r, 100);
	text_clear(&r->log);
	return c;
}

static void messages_wait_while_the_link_is_cut_and_come_in_order(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = connected(r);

	(void)state;
	rig_say(c, 1, 1); /* under way when the link is cut */
	universe_cut(&r->u, 1, 0, true);
	assert_true(universe_is_cut(&r->u, 0, 1));
	rig_say(c, 1, 2);
	rig_run_to(r, 1000);
	rig_expect(r, "");
	assert_int_equal(world_pending_net(&r->w[1]), 2);
	rig_say(c, 1, 3);
	rig_run_to(r, 1100);
	universe_cut(&r->u, 0, 1, false);
	rig_say(c, 1, 4);
	rig_run(r);
	rig_expect(r, "1100 1: from 0: op 1 id 1\n"
		      "1100 1: from 0: op 1 id 2\n"
		      "1100 1: from 0: op 1 id 3\n"
		      "1200 1: from 0: op 1 id 4\n");
	rig_close(r);
}

static void both_directions_are_cut_and_no_other_link(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = connected(r), *other = rig_dial(r, 2, 1);

	(void)state;
	universe_cut(&r->u, 0, 1, true);
	rig_say(LIST_NEXT(LIST_FIRST(&r->w[1].conns), link), 1, 1); /* from 1 to 0 */
	rig_say(c, 1, 2);
	rig_say(other, 1, 3);
	rig_run(r);
	rig_expect(r, "200 1: call from 2\n"
		      "200 1: from 2: op 1 id 3\n");
	universe_cut(&r->u, 0, 1, false);
	rig_run(r);
	rig_expect(r, "200 0: from 1: op 1 id 1\n"
		      "200 1: from 0: op 1 id 2\n");
	rig_close(r);
}

static void a_call_across_a_cut_is_made_but_not_heard(void **state)
{
	struct rig *r = rig_open(1);

	(void)state;
	universe_cut(&r->u, 0, 1, true);
	rig_say(rig_dial(r, 0, 1), 1, 1);
	rig_run_to(r, 500);
	rig_expect(r, "");
	universe_cut(&r->u, 0, 1, false);
	rig_run(r);
	rig_expect(r, "500 1: call from 0\n"
		      "500 1: from 0: op 1 id 1\n");
	rig_close(r);
}

/* R434: a cut link shows a death only through silence. */
static void a_crash_behind_a_cut_is_learned_when_the_link_is_mended(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = connected(r);

	(void)state;
	universe_cut(&r->u, 0, 1, true);
	rig_say(LIST_FIRST(&r->w[1].conns), 1, 1);
	world_crash(&r->w[1]);
	rig_run_to(r, 5000);
	rig_say(c, 1, 2);
	rig_run_to(r, 9000);
	rig_expect(r, "");
	universe_cut(&r->u, 0, 1, false);
	rig_run(r);
	rig_expect(r, "9000 0: from 1: op 1 id 1\n"
		      "9000 0: lost 1\n");
	rig_close(r);
}

static void a_connection_can_be_closed_while_messages_wait_for_it(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = connected(r);

	(void)state;
	universe_cut(&r->u, 0, 1, true);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_run_to(r, 500);
	conn_close(LIST_FIRST(&r->w[1].conns));
	universe_cut(&r->u, 0, 1, false);
	rig_run(r);
	rig_expect(r, "600 0: lost 1\n");
	rig_close(r);
}

static void cutting_again_before_all_has_passed_keeps_the_rest(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = connected(r);

	(void)state;
	universe_cut(&r->u, 0, 1, true);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_run_to(r, 500);
	universe_cut(&r->u, 0, 1, false);
	clock_step(&r->u.clock);
	universe_cut(&r->u, 0, 1, true);
	rig_run_to(r, 600);
	rig_expect(r, "500 1: from 0: op 1 id 1\n");
	universe_cut(&r->u, 0, 1, false);
	rig_run(r);
	rig_expect(r, "600 1: from 0: op 1 id 2\n");
	rig_close(r);
}

static void cutting_and_mending_twice_is_once(void **state)
{
	struct rig *r = rig_open(1);
	uint64_t events = r->u.trace.seq;

	(void)state;
	universe_cut(&r->u, 0, 1, false);
	assert_int_equal(r->u.trace.seq, events);
	universe_cut(&r->u, 0, 1, true);
	universe_cut(&r->u, 1, 0, true);
	assert_int_equal(r->u.trace.seq, events + 1);
	universe_cut(&r->u, 0, 1, false);
	assert_false(universe_is_cut(&r->u, 0, 1));
	rig_close(r);
}

static void every_link_is_cut_and_mended_on_its_own(void **state)
{
	struct rig *r = rig_open(1);

	(void)state;
	universe_cut(&r->u, 1, 2, true);
	universe_cut(&r->u, 2, 0, true);
	assert_true(universe_is_cut(&r->u, 2, 1));
	assert_true(universe_is_cut(&r->u, 0, 2));
	assert_false(universe_is_cut(&r->u, 0, 1));
	universe_cut(&r->u, 2, 1, false);
	assert_false(universe_is_cut(&r->u, 1, 2));
	assert_true(universe_is_cut(&r->u, 0, 2));
	rig_close(r);
}

/* For the sanitizers: messages that wait, at the end. */
static void a_universe_can_end_with_links_cut(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = connected(r);

	(void)state;
	universe_cut(&r->u, 0, 1, true);
	universe_cut(&r->u, 0, 2, true);
	rig_say_bytes(c, 1, 100);
	rig_run_to(r, 500);
	assert_int_equal(world_pending_net(&r->w[0]), 1);
	rig_abandon(r);
}

int cut_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_wait_while_the_link_is_cut_and_come_in_order),
		cmocka_unit_test(both_directions_are_cut_and_no_other_link),
		cmocka_unit_test(a_call_across_a_cut_is_made_but_not_heard),
		cmocka_unit_test(a_crash_behind_a_cut_is_learned_when_the_link_is_mended),
		cmocka_unit_test(a_connection_can_be_closed_while_messages_wait_for_it),
		cmocka_unit_test(cutting_again_before_all_has_passed_keeps_the_rest),
		cmocka_unit_test(cutting_and_mending_twice_is_once),
		cmocka_unit_test(every_link_is_cut_and_mended_on_its_own),
		cmocka_unit_test(a_universe_can_end_with_links_cut),
	};

	return cmocka_run_group_tests_name("cuts", tests, NULL, NULL);
}
