/* Sessions that are lost, and nodes that are cut off from the driver (R124, R125, R805). */
#include "rig.h"

/* To the others it has left; it learns it later, and joins as if it had never been there. */
static void who_loses_its_session_has_left_and_joins_again(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 3);
	rig_restart_clock(r);
	hub_lose_session(r->hub, 1);
	rig_notify(r, 0, "meanwhile");
	rig_run(r);
	rig_expect(r, "100 0: leave 1, members 0 2\n"
		      "100 2: leave 1, members 0 2\n"
		      "200 0: notify from 0: \"meanwhile\"\n"
		      "200 2: notify from 0: \"meanwhile\"\n"
		      "1100 1: session lost\n"
		      "1300 0: check 1, others 0 2, \"o1\"\n"
		      "1500 0: accept 1, members 0 1 2, \"o1/0\"\n"
		      "1500 1: accept 1, members 0 1 2, \"o1/0\"\n"
		      "1500 2: accept 1, members 0 1 2, \"o1/0\"\n");
	rig_notify(r, 1, "again");
	rig_run(r);
	rig_expect(r, "1700 0: notify from 1: \"again\"\n"
		      "1700 1: notify from 1: \"again\"\n"
		      "1700 2: notify from 1: \"again\"\n");
	rig_close(r);
}

/* Neither what was under way to it, nor what it has said and says before it knows, arrives. */
static void what_is_under_way_when_a_session_is_lost_is_gone(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_restart_clock(r);
	rig_notify(r, 0, "to it");
	rig_pass(r, 150);
	rig_notify(r, 1, "from it");
	hub_lose_session(r->hub, 1);
	rig_notify(r, 1, "before it knows");
	rig_pass(r, 1000);
	rig_expect(r, "200 0: notify from 0: \"to it\"\n"
		      "250 0: leave 1, members 0\n");
	rig_close(r);
}

/* R119: its blocks vanish with it. */
static void the_blocks_of_a_lost_session_vanish(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 3);
	rig_restart_clock(r);
	driver_block(r->node[1].driver);
	rig_pass(r, 50);
	driver_block(r->node[2].driver);
	rig_run(r);
	rig_drop(r);
	rig_restart_clock(r);
	hub_lose_session(r->hub, 1);
	rig_pass(r, 500);
	rig_expect(r, "100 0: leave 1, members 0 2\n"
		      "100 2: leave 1, members 0 2\n"
		      "100 2: block: started\n");
	rig_run(r);
	rig_close(r);
}

/* R110: the one who was to judge a join has lost its session. */
static void a_join_is_judged_by_another_when_the_acceptor_loses_its_session(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_restart_clock(r);
	rig_start(r, 2);
	rig_pass(r, 150);
	hub_lose_session(r->hub, 0);
	rig_pass(r, 800);
	rig_expect(r, "250 1: check 2, others 0 1, \"o2\"\n"
		      "450 1: accept 2, members 0 1 2, \"o2/1\"\n"
		      "450 2: accept 2, members 0 1 2, \"o2/1\"\n"
		      "450 1: leave 0, members 1 2\n"
		      "450 2: leave 0, members 1 2\n");
	rig_run(r);
	rig_close(r);
}

/* A cut that ends before the session does: nothing was lost, it only comes late. */
static void a_short_cut_delays_both_ways(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_restart_clock(r);
	hub_cut(r->hub, 1, true);
	rig_notify(r, 0, "to it");
	rig_notify(r, 1, "from it");
	rig_pass(r, 5000);
	rig_expect(r, "200 0: notify from 0: \"to it\"\n");
	hub_cut(r->hub, 1, false);
	rig_run(r);
	rig_expect(r, "5000 1: notify from 0: \"to it\"\n"
		      "5200 0: notify from 1: \"from it\"\n"
		      "5200 1: notify from 1: \"from it\"\n");
	rig_close(r);
}

/* R124: after that the others go on without it, and it knows nothing until it can be reached. */
static void who_is_cut_off_for_long_has_left(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 3);
	rig_restart_clock(r);
	hub_cut(r->hub, 1, true);
	rig_notify(r, 1, "in vain");
	rig_pass(r, 20000);
	rig_expect(r, "10100 0: leave 1, members 0 2\n"
		      "10100 2: leave 1, members 0 2\n");
	hub_cut(r->hub, 1, false);
	rig_run(r);
	rig_expect(r, "20000 1: session lost\n"
		      "20200 0: check 1, others 0 2, \"o1\"\n"
		      "20400 0: accept 1, members 0 1 2, \"o1/0\"\n"
		      "20400 1: accept 1, members 0 1 2, \"o1/0\"\n"
		      "20400 2: accept 1, members 0 1 2, \"o1/0\"\n");
	rig_close(r);
}

static void a_process_that_starts_cut_off_joins_when_it_can(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 1);
	rig_restart_clock(r);
	hub_cut(r->hub, 1, true);
	rig_start(r, 1);
	rig_pass(r, 20000);
	rig_expect(r, "");
	assert_int_equal(hub_pending(r->hub), 0);
	hub_cut(r->hub, 1, false);
	rig_pass(r, 500);
	rig_expect(r, "20200 0: check 1, others 0, \"o1\"\n"
		      "20400 0: accept 1, members 0 1, \"o1/0\"\n"
		      "20400 1: accept 1, members 0 1, \"o1/0\"\n");
	rig_close(r);
}

/* Whatever its line is doing, a process can die, and nothing is pending behind it. */
static void a_process_without_a_session_can_die(void **state)
{
	(void)state;
	for (int cut = 0; cut < 2; cut++) {
		for (uint64_t wait = 0; wait <= 15000; wait += 5000) {
			struct rig *r = rig_open();

			rig_form(r, 2);
			if (cut)
				hub_cut(r->hub, 1, true);
			else
				hub_lose_session(r->hub, 1);
			rig_notify(r, 1, "words");
			rig_pass(r, wait / (cut ? 1 : 10));
			rig_kill(r, 1);
			rig_run(r);
			assert_int_equal(hub_pending(r->hub), 0);
			hub_cut(r->hub, 1, false);
			rig_start(r, 1);
			rig_run(r);
			assert_int_equal(hub_pending(r->hub), 0);
			rig_close(r);
		}
	}
}

int session_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_loses_its_session_has_left_and_joins_again),
		cmocka_unit_test(what_is_under_way_when_a_session_is_lost_is_gone),
		cmocka_unit_test(the_blocks_of_a_lost_session_vanish),
		cmocka_unit_test(a_join_is_judged_by_another_when_the_acceptor_loses_its_session),
		cmocka_unit_test(a_short_cut_delays_both_ways),
		cmocka_unit_test(who_is_cut_off_for_long_has_left),
		cmocka_unit_test(a_process_that_starts_cut_off_joins_when_it_can),
		cmocka_unit_test(a_process_without_a_session_can_die),
	};

	return cmocka_run_group_tests_name("driver: sessions", tests, NULL, NULL);
}
