/*
 * R112, R113, R123: leaving, dying, and being an ex-member.
 */
#include "rig.h"

static void r112_a_leave_is_delivered_to_all_and_the_leaver(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 3);
	driver_leave(r->node[0].driver);
	rig_run(r);
	rig_expect(r, "200 0: leave 0, members 1 2\n"
		      "200 1: leave 0, members 1 2\n"
		      "200 2: leave 0, members 1 2\n");
	rig_close(r);
}

static void r112_an_ex_member_gets_everything_and_may_notify_and_block(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	driver_leave(r->node[0].driver);
	rig_run(r);
	rig_drop(r);
	rig_notify(r, 0, "from outside");
	rig_notify(r, 1, "from inside");
	driver_block(r->node[0].driver);
	rig_run(r);
	rig_expect(r, "400 0: notify from 0: \"from outside\"\n"
		      "400 1: notify from 0: \"from outside\"\n"
		      "400 0: notify from 1: \"from inside\"\n"
		      "400 1: notify from 1: \"from inside\"\n"
		      "400 0: block: started\n");
	rig_unblock(r, 0, "done");
	rig_start(r, 2);
	rig_run(r);
	/* It is in no list and judges nobody. */
	rig_expect(r, "700 0: notify from 0: \"done\"\n"
		      "700 1: notify from 0: \"done\"\n"
		      "700 1: check 2, others 1, \"o2\"\n"
		      "900 0: accept 2, members 1 2, \"o2/1\"\n"
		      "900 1: accept 2, members 1 2, \"o2/1\"\n"
		      "900 2: accept 2, members 1 2, \"o2/1\"\n");
	rig_close(r);
}

static void r112_an_ex_member_leaves_once(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	driver_leave(r->node[0].driver);
	driver_leave(r->node[0].driver);
	rig_run(r);
	rig_expect(r, "200 0: leave 0, members 1\n"
		      "200 1: leave 0, members 1\n");
	rig_kill(r, 0);
	rig_run(r);
	rig_expect(r, "");
	assert_int_equal(hub_pending(r->hub), 0);
	rig_close(r);
}

static void r112_the_next_process_of_an_ex_member_joins_like_any_other(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	driver_leave(r->node[0].driver);
	rig_run(r);
	rig_drop(r);
	rig_kill(r, 0);
	rig_start(r, 0);
	rig_run(r);
	rig_expect(r, "400 1: check 0, others 1, \"o0\"\n"
		      "600 0: accept 0, members 0 1, \"o0/1\"\n"
		      "600 1: accept 0, members 0 1, \"o0/1\"\n");
	/* The end of the old process, noticed by now, was not taken for that of the new one. */
	assert_int_equal(r->u.clock.now - r->start, 10200 * US);
	rig_notify(r, 0, "alive");
	rig_run(r);
	rig_expect(r, "10400 0: notify from 0: \"alive\"\n"
		      "10400 1: notify from 0: \"alive\"\n");
	rig_close(r);
}

static void r113_a_death_is_a_leave_for_the_others_when_it_is_noticed(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 3);
	rig_kill(r, 1);
	assert_int_equal(hub_pending(r->hub), 1);
	rig_run(r);
	rig_expect(r, "10100 0: leave 1, members 0 2\n"
		      "10100 2: leave 1, members 0 2\n");
	assert_int_equal(hub_pending(r->hub), 0);
	/* The hub has forgotten the process. */
	assert_ptr_equal(TAILQ_NEXT(rig_link(r, 0), link), rig_link(r, 2));
	rig_close(r);
}

static void r113_what_a_process_said_before_it_died_is_heard(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_notify(r, 1, "last words");
	rig_kill(r, 1);
	rig_run(r);
	rig_expect(r, "200 0: notify from 1: \"last words\"\n"
		      "10100 0: leave 1, members 0\n");
	rig_close(r);
}

static void r113_what_it_said_is_heard_even_if_the_death_is_noticed_faster(void **state)
{
	struct rig *r = rig_open_with(&(struct hub_options){.detect = 10 * US});

	(void)state;
	rig_form(r, 2);
	rig_notify(r, 1, "last words");
	rig_kill(r, 1);
	rig_run(r);
	rig_expect(r, "200 0: notify from 1: \"last words\"\n"
		      "200 0: leave 1, members 0\n");
	rig_close(r);
}

static void the_last_member_may_go_and_another_begin_anew(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 1);
	rig_kill(r, 0);
	rig_run(r);
	rig_expect(r, "");
	rig_start(r, 1);
	rig_run(r);
	rig_expect(r, "10200 1: check 1, others, \"o1\"\n"
		      "10400 1: accept 1, members 1, \"o1/1\"\n");
	rig_close(r);
}

static void r804_it_takes_half_a_millisecond_each_way_and_50_to_notice_a_death(void **state)
{
	struct rig *r = rig_open_with(NULL);

	(void)state;
	rig_start(r, 0);
	rig_run(r);
	rig_expect(r, "1000 0: check 0, others, \"o0\"\n"
		      "2000 0: accept 0, members 0, \"o0/0\"\n");
	rig_start(r, 1);
	rig_run(r);
	rig_drop(r);
	rig_restart_clock(r);
	rig_kill(r, 1);
	rig_run(r);
	rig_expect(r, "50500 0: leave 1, members 0\n");
	rig_close(r);
}

static void r123_the_driver_does_not_look_at_the_data_network(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	universe_cut(&r->u, 0, 1, true);
	rig_notify(r, 1, "still a member");
	rig_pass(r, 1000000);
	rig_expect(r, "200 0: notify from 1: \"still a member\"\n"
		      "200 1: notify from 1: \"still a member\"\n");
	rig_close(r);
}

static void a_process_may_end_in_any_callback(void **state)
{
	(void)state;
	for (int what = 0; what < 5; what++) {
		struct rig *r = rig_open();

		rig_form(r, 2);
		r->node[0].exits = true;
		if (what == 0)
			rig_start(r, 2);
		else if (what == 1)
			driver_leave(r->node[1].driver);
		else if (what == 2)
			rig_notify(r, 1, "bye");
		else if (what == 3)
			driver_block(r->node[0].driver);
		else
			driver_update_node(r->node[1].driver, &r->node[1].rec);
		rig_run(r);
		assert_null(r->node[0].driver);
		assert_int_equal(hub_pending(r->hub), 0);
		assert_non_null(strstr(text_get(&r->log), "1: leave 0, members"));
		rig_close(r);
	}
}

static void nothing_is_called_between_the_crash_and_the_close(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_notify(r, 1, "one");
	rig_pass(r, 150);
	rig_notify(r, 1, "two");
	world_crash(&r->node[0].world);
	rig_pass(r, 1000);
	rig_expect(r, "200 1: notify from 1: \"one\"\n"
		      "350 1: notify from 1: \"two\"\n");
	driver_close(r->node[0].driver);
	r->node[0].driver = NULL;
	rig_run(r);
	rig_expect(r, "11250 1: leave 0, members 1\n");
	rig_close(r);
}

int life_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r112_a_leave_is_delivered_to_all_and_the_leaver),
		cmocka_unit_test(r112_an_ex_member_gets_everything_and_may_notify_and_block),
		cmocka_unit_test(r112_an_ex_member_leaves_once),
		cmocka_unit_test(r112_the_next_process_of_an_ex_member_joins_like_any_other),
		cmocka_unit_test(r113_a_death_is_a_leave_for_the_others_when_it_is_noticed),
		cmocka_unit_test(r113_what_a_process_said_before_it_died_is_heard),
		cmocka_unit_test(r113_what_it_said_is_heard_even_if_the_death_is_noticed_faster),
		cmocka_unit_test(the_last_member_may_go_and_another_begin_anew),
		cmocka_unit_test(
			r804_it_takes_half_a_millisecond_each_way_and_50_to_notice_a_death),
		cmocka_unit_test(r123_the_driver_does_not_look_at_the_data_network),
		cmocka_unit_test(a_process_may_end_in_any_callback),
		cmocka_unit_test(nothing_is_called_between_the_crash_and_the_close),
	};

	return cmocka_run_group_tests_name("lives", tests, NULL, NULL);
}
