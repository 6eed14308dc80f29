/*
 * R114: the next process of a node joins when the leave of the one before it has come.
 */
#include "rig.h"

static void r114_a_new_process_waits_for_the_leave_of_the_old_one(void **state)
{
	struct rig *r = rig_open();
	struct text t = {0};

	(void)state;
	rig_form(r, 2);
	rig_kill(r, 1);
	rig_start(r, 1);
	rig_pass(r, 5000);
	rig_notify(r, 0, "others go on");
	hub_pending_text(r->hub, &t);
	assert_string_equal(text_get(&t),
			    "join of 127.0.0.1:7001: waits for the leave of the process before it\n"
			    "node 0: 1 messages under way to the driver\n"
			    "node 1: its death has not been noticed\n");
	text_free(&t);
	rig_run(r);
	rig_expect(r, "5200 0: notify from 0: \"others go on\"\n"
		      "10100 0: leave 1, members 0\n"
		      "10100 0: check 1, others 0, \"o1\"\n"
		      "10300 0: accept 1, members 0 1, \"o1/0\"\n"
		      "10300 1: accept 1, members 0 1, \"o1/0\"\n");
	rig_close(r);
}

static void r114_a_process_that_dies_while_it_waits_is_forgotten(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_kill(r, 1);
	rig_start(r, 1);
	rig_pass(r, 5000);
	rig_kill(r, 1);
	rig_pass(r, 1000);
	rig_start(r, 1);
	rig_run(r);
	/* The second one is not noticed to be dead before the join of the third is over. */
	rig_expect(r, "10100 0: leave 1, members 0\n"
		      "10100 0: check 1, others 0, \"o1\"\n"
		      "10300 0: accept 1, members 0 1, \"o1/0\"\n"
		      "15100 0: leave 1, members 0\n"
		      "15100 0: check 1, others 0, \"o1\"\n"
		      "15300 0: accept 1, members 0 1, \"o1/0\"\n"
		      "15300 1: accept 1, members 0 1, \"o1/0\"\n");
	assert_int_equal(hub_pending(r->hub), 0);
	rig_close(r);
}

static void r114_a_process_that_has_waited_comes_before_what_was_sent_meanwhile(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 3);
	rig_kill(r, 2);
	rig_start(r, 2);
	rig_pass(r, 9850);
	rig_start(r, 3);
	rig_pass(r, 100);
	rig_notify(r, 0, "behind the death");
	rig_run(r);
	/* While 3 is judged the death is noticed, at 10000, and the message comes, at 10050. */
	rig_expect(r, "10050 0: check 3, others 0 1 2, \"o3\"\n"
		      "10250 0: accept 3, members 0 1 2 3, \"o3/0\"\n"
		      "10250 1: accept 3, members 0 1 2 3, \"o3/0\"\n"
		      "10250 3: accept 3, members 0 1 2 3, \"o3/0\"\n"
		      "10250 0: leave 2, members 0 1 3\n"
		      "10250 1: leave 2, members 0 1 3\n"
		      "10250 3: leave 2, members 0 1 3\n"
		      "10250 0: check 2, others 0 1 3, \"o2\"\n"
		      "10450 0: accept 2, members 0 1 2 3, \"o2/0\"\n"
		      "10450 1: accept 2, members 0 1 2 3, \"o2/0\"\n"
		      "10450 2: accept 2, members 0 1 2 3, \"o2/0\"\n"
		      "10450 3: accept 2, members 0 1 2 3, \"o2/0\"\n"
		      "10450 0: notify from 0: \"behind the death\"\n"
		      "10450 1: notify from 0: \"behind the death\"\n"
		      "10450 2: notify from 0: \"behind the death\"\n"
		      "10450 3: notify from 0: \"behind the death\"\n");
	rig_close(r);
}

static void r114_two_processes_of_one_identity_are_never_members_at_once(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	r->node[2].rec.nid = r->node[1].rec.nid;
	rig_start(r, 2);
	rig_run(r);
	rig_expect(r, "");
	assert_int_equal(hub_pending(r->hub), 1);
	driver_join(r->node[2].driver, &r->node[2].rec, NULL, 1, 1);
	rig_run(r);
	rig_expect(r, "300 2: refused: this process has joined before\n");
	assert_int_equal(hub_pending(r->hub), 1);
	/* It gives up: nobody has heard of it. */
	rig_kill(r, 2);
	rig_run(r);
	assert_int_equal(hub_pending(r->hub), 0);
	rig_kill(r, 1);
	rig_run(r);
	rig_expect(r, "20400 0: leave 1, members 0\n");
	rig_close(r);
}

/* What a node says before it is accepted comes behind its join, also where that has to wait. */
static void r114_what_a_process_says_while_it_waits_comes_behind_its_join(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_kill(r, 1);
	rig_pass(r, 1000);
	rig_start(r, 1);
	rig_notify(r, 1, "first");
	driver_block(r->node[1].driver);
	rig_notify(r, 1, "second");
	rig_pass(r, 1000);
	rig_expect(r, "");
	rig_run(r);
	rig_expect(r, "10100 0: leave 1, members 0\n"
		      "10100 0: check 1, others 0, \"o1\"\n"
		      "10300 0: accept 1, members 0 1, \"o1/0\"\n"
		      "10300 1: accept 1, members 0 1, \"o1/0\"\n"
		      "10300 0: notify from 1: \"first\"\n"
		      "10300 1: notify from 1: \"first\"\n"
		      "10300 0: notify from 1: \"second\"\n"
		      "10300 1: notify from 1: \"second\"\n"
		      "10300 1: block: started\n");
	assert_int_equal(hub_pending(r->hub), 1); /* the block */
	rig_close(r);
}

int rejoin_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r114_a_new_process_waits_for_the_leave_of_the_old_one),
		cmocka_unit_test(r114_a_process_that_dies_while_it_waits_is_forgotten),
		cmocka_unit_test(
			r114_a_process_that_has_waited_comes_before_what_was_sent_meanwhile),
		cmocka_unit_test(r114_two_processes_of_one_identity_are_never_members_at_once),
		cmocka_unit_test(r114_what_a_process_says_while_it_waits_comes_behind_its_join),
	};

	return cmocka_run_group_tests_name("driver: joining again", tests, NULL, NULL);
}
