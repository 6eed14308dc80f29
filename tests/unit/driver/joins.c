/*
 * R104-R111: joining.
 */
#include "rig.h"

static void r105_the_first_node_judges_itself(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_start(r, 2);
	rig_run(r);
	rig_expect(r, "200 2: check 2, others, \"o2\"\n"
		      "400 2: accept 2, members 2, \"o2/2\"\n");
	rig_close(r);
}

static void r104_a_member_judges_and_everybody_gets_what_it_has_rewritten(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_start(r, 2);
	rig_run(r);
	rig_expect(r, "200 0: check 2, others 0 1, \"o2\"\n"
		      "400 0: accept 2, members 0 1 2, \"o2/0\"\n"
		      "400 1: accept 2, members 0 1 2, \"o2/0\"\n"
		      "400 2: accept 2, members 0 1 2, \"o2/0\"\n");
	rig_close(r);
}

static void r104_member_lists_are_in_member_order(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_start(r, 2);
	rig_run(r);
	rig_drop(r);
	rig_restart_clock(r);
	rig_start(r, 0);
	rig_run(r);
	rig_expect(r, "200 2: check 0, others 2, \"o0\"\n"
		      "400 0: accept 0, members 0 2, \"o0/2\"\n"
		      "400 2: accept 0, members 0 2, \"o0/2\"\n");
	rig_close(r);
}

static void r106_nothing_is_delivered_between_check_and_accept(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	driver_block(r->node[0].driver);
	rig_pass(r, 0);
	rig_start(r, 2);
	rig_notify(r, 1, "behind it in the order");
	rig_pass(r, 150);
	/* The join is being judged now. */
	rig_notify(r, 0, "submitted meanwhile");
	driver_leave(r->node[1].driver);
	driver_block(r->node[1].driver);
	rig_run(r);
	rig_expect(r, "200 0: block: started\n"
		      "200 0: check 2, others 0 1, \"o2\"\n"
		      "400 0: accept 2, members 0 1 2, \"o2/0\"\n"
		      "400 1: accept 2, members 0 1 2, \"o2/0\"\n"
		      "400 2: accept 2, members 0 1 2, \"o2/0\"\n"
		      "400 0: notify from 1: \"behind it in the order\"\n"
		      "400 1: notify from 1: \"behind it in the order\"\n"
		      "400 2: notify from 1: \"behind it in the order\"\n"
		      "400 0: notify from 0: \"submitted meanwhile\"\n"
		      "400 1: notify from 0: \"submitted meanwhile\"\n"
		      "400 2: notify from 0: \"submitted meanwhile\"\n"
		      "400 0: leave 1, members 0 2\n"
		      "400 1: leave 1, members 0 2\n"
		      "400 2: leave 1, members 0 2\n");
	rig_close(r);
}

/* R106: its cinfo must be that of this place in the order. */
static void r106_the_acceptor_judges_after_all_that_was_ordered_before(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 1);
	hub_delay(r->hub, 0, hub_position(r->hub), 5000 * US);
	rig_notify(r, 0, "late");
	rig_start(r, 1);
	rig_run(r);
	rig_expect(r, "5200 0: notify from 0: \"late\"\n"
		      "5200 0: check 1, others 0, \"o1\"\n"
		      "5400 0: accept 1, members 0 1, \"o1/0\"\n"
		      "5400 1: accept 1, members 0 1, \"o1/0\"\n");
	rig_close(r);
}

static void r107_a_joiner_gets_nothing_from_before_its_accept(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	hub_delay(r->hub, 1, hub_position(r->hub), 5000 * US);
	rig_notify(r, 0, "before");
	rig_start(r, 2);
	rig_run(r);
	rig_expect(r, "200 0: notify from 0: \"before\"\n"
		      "200 0: check 2, others 0 1, \"o2\"\n"
		      "400 0: accept 2, members 0 1 2, \"o2/0\"\n"
		      "400 2: accept 2, members 0 1 2, \"o2/0\"\n"
		      "5200 1: notify from 0: \"before\"\n"
		      "5200 1: accept 2, members 0 1 2, \"o2/0\"\n");
	rig_close(r);
}

static void r108_concurrent_joins_are_judged_one_after_the_other(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 1);
	rig_start(r, 2);
	rig_start(r, 1);
	rig_run(r);
	rig_expect(r, "200 0: check 2, others 0, \"o2\"\n"
		      "400 0: accept 2, members 0 2, \"o2/0\"\n"
		      "400 2: accept 2, members 0 2, \"o2/0\"\n"
		      "400 0: check 1, others 0 2, \"o1\"\n"
		      "600 0: accept 1, members 0 1 2, \"o1/0\"\n"
		      "600 1: accept 1, members 0 1 2, \"o1/0\"\n"
		      "600 2: accept 1, members 0 1 2, \"o1/0\"\n");
	rig_close(r);
}

static void r109_who_gets_there_first_judges(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 4);
	hub_delay(r->hub, 0, 0, 700 * US);
	hub_pause(r->hub, 1, true);
	world_hold(&r->node[2].world);
	rig_start(r, 4);
	rig_pass(r, 600);
	rig_expect(r, "200 3: check 4, others 0 1 2 3, \"o4\"\n"
		      "400 3: accept 4, members 0 1 2 3 4, \"o4/3\"\n"
		      "400 4: accept 4, members 0 1 2 3 4, \"o4/3\"\n");
	/* With all the others gone, one that is slow must do. */
	rig_kill(r, 0);
	rig_kill(r, 3);
	rig_kill(r, 4);
	rig_pass(r, 20000);
	rig_drop(r);
	rig_start(r, 5);
	rig_pass(r, 1000);
	rig_expect(r, "");
	hub_pause(r->hub, 1, false);
	rig_run(r);
	rig_expect(r, "21600 1: accept 4, members 0 1 2 3 4, \"o4/3\"\n"
		      "21600 1: leave 0, members 1 2 3 4\n"
		      "21600 1: leave 3, members 1 2 4\n"
		      "21600 1: leave 4, members 1 2\n"
		      "21600 1: check 5, others 1 2, \"o5\"\n"
		      "21800 1: accept 5, members 1 2 5, \"o5/1\"\n"
		      "21800 5: accept 5, members 1 2 5, \"o5/1\"\n");
	rig_close(r);
}

static void r109_who_is_behind_does_not_judge(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	hub_delay(r->hub, 0, hub_position(r->hub), 1000 * US);
	rig_notify(r, 1, "late at 0");
	rig_start(r, 2);
	rig_run(r);
	rig_expect(r, "200 1: notify from 1: \"late at 0\"\n"
		      "200 1: check 2, others 0 1, \"o2\"\n"
		      "400 1: accept 2, members 0 1 2, \"o2/1\"\n"
		      "400 2: accept 2, members 0 1 2, \"o2/1\"\n"
		      "1200 0: notify from 1: \"late at 0\"\n"
		      "1200 0: accept 2, members 0 1 2, \"o2/1\"\n");
	rig_close(r);
}

static void r110_another_member_judges_when_the_acceptor_dies(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_start(r, 2);
	rig_pass(r, 150);
	rig_kill(r, 0);
	rig_run(r);
	/* The dead one is in the list at the accept; its leave follows. */
	rig_expect(r, "10250 1: check 2, others 0 1, \"o2\"\n"
		      "10450 1: accept 2, members 0 1 2, \"o2/1\"\n"
		      "10450 2: accept 2, members 0 1 2, \"o2/1\"\n"
		      "10450 1: leave 0, members 1 2\n"
		      "10450 2: leave 0, members 1 2\n");
	rig_close(r);
}

static void r110_the_answer_of_an_acceptor_that_died_behind_it_counts(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_start(r, 2);
	rig_pass(r, 200);
	rig_kill(r, 0);
	rig_run(r);
	rig_expect(r, "200 0: check 2, others 0 1, \"o2\"\n"
		      "400 1: accept 2, members 0 1 2, \"o2/0\"\n"
		      "400 2: accept 2, members 0 1 2, \"o2/0\"\n"
		      "10300 1: leave 0, members 1 2\n"
		      "10300 2: leave 0, members 1 2\n");
	rig_close(r);
}

static void r110_the_joiner_takes_itself_when_nobody_is_left(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_kill(r, 0);
	rig_kill(r, 1);
	rig_start(r, 2);
	rig_run(r);
	/* It says no to itself (R105), and goes on with what it brought. */
	rig_expect(r, "10100 2: check 2, others 0 1, \"o2\"\n"
		      "10300 2: accept 2, members 0 1 2, \"o2\"\n"
		      "10300 2: leave 0, members 1 2\n"
		      "10300 2: leave 1, members 2\n");
	rig_close(r);
}

static void r110_or_waits_for_ever_if_so_chosen(void **state)
{
	struct rig *r = rig_open_with(&(struct hub_options){.stuck_without_member = true});
	struct text t = {0};

	(void)state;
	rig_form(r, 1);
	rig_kill(r, 0);
	rig_start(r, 1);
	rig_run(r);
	rig_expect(r, "");
	hub_pending_text(r->hub, &t);
	assert_string_equal(text_get(&t), "join of 127.0.0.1:7001: no member is left to judge it\n"
					  "1 submissions wait behind the join\n");
	text_free(&t);
	/* When it gives up, the next one finds an empty cluster. */
	rig_kill(r, 1);
	rig_run(r);
	assert_int_equal(hub_pending(r->hub), 0);
	rig_start(r, 2);
	rig_run(r);
	rig_expect(r, "20200 2: check 2, others, \"o2\"\n"
		      "20400 2: accept 2, members 2, \"o2/2\"\n");
	rig_close(r);
}

static void r110_a_join_ends_when_neither_joiner_nor_acceptor_is_left(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 1);
	rig_start(r, 1);
	rig_start(r, 2);
	rig_pass(r, 150);
	rig_kill(r, 0);
	rig_kill(r, 1);
	rig_run(r);
	rig_expect(r, "10250 2: check 2, others 0, \"o2\"\n"
		      "10450 2: accept 2, members 0 2, \"o2\"\n"
		      "10450 2: leave 0, members 2\n");
	assert_int_equal(hub_pending(r->hub), 0);
	rig_close(r);
}

static void r111_a_joiner_that_died_is_accepted_and_leaves(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_start(r, 2);
	rig_pass(r, 150);
	rig_kill(r, 2);
	rig_run(r);
	rig_expect(r, "200 0: check 2, others 0 1, \"o2\"\n"
		      "400 0: accept 2, members 0 1 2, \"o2/0\"\n"
		      "400 1: accept 2, members 0 1 2, \"o2/0\"\n"
		      "10250 0: leave 2, members 0 1\n"
		      "10250 1: leave 2, members 0 1\n");
	rig_close(r);
}

static void a_first_node_that_died_before_its_check_leaves_no_trace(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_start(r, 0);
	rig_pass(r, 150);
	rig_kill(r, 0);
	rig_start(r, 1);
	rig_run(r);
	rig_expect(r, "10250 1: check 1, others, \"o1\"\n"
		      "10450 1: accept 1, members 1, \"o1/1\"\n");
	rig_close(r);
}

static void an_answer_that_nobody_asked_for_is_ignored(void **state)
{
	struct rig *r = rig_open();
	struct driver_message m = {
		.type = SD_DRIVER_CHECK_REPLY, .version = 1, .flags = SD_DRIVER_FLAG_YES};

	(void)state;
	rig_form(r, 2);
	m.record = r->node[2].rec;
	m.position = hub_position(r->hub);
	hub_send(rig_link(r, 1), driver_message_encode(&m));
	rig_run(r);
	rig_start(r, 2);
	rig_pass(r, 50);
	hub_send(rig_link(r, 1), driver_message_encode(&m)); /* 0 is asked, 1 answers */
	rig_run(r);
	rig_expect(r, "300 0: check 2, others 0 1, \"o2\"\n"
		      "500 0: accept 2, members 0 1 2, \"o2/0\"\n"
		      "500 1: accept 2, members 0 1 2, \"o2/0\"\n"
		      "500 2: accept 2, members 0 1 2, \"o2/0\"\n");
	rig_close(r);
}

static void a_refused_joiner_is_told_and_nobody_else_is_disturbed(void **state)
{
	struct rig *r = rig_open();
	uint64_t position;

	(void)state;
	rig_form(r, 2);
	position = hub_position(r->hub);
	r->node[0].refuses = true;
	rig_start(r, 2);
	rig_run(r);
	rig_expect(r, "200 0: check 2, others 0 1, \"o2\"\n"
		      "400 2: refused: 0 says no\n");
	assert_int_equal(hub_position(r->hub), position);
	assert_int_equal(hub_pending(r->hub), 0);
	/* It may try again. */
	driver_join(r->node[2].driver, &r->node[2].rec, NULL, 1, 1);
	rig_run(r);
	rig_expect(r, "600 0: check 2, others 0 1, \"\"\n"
		      "800 2: refused: 0 says no\n");
	/* Its end is no leave. */
	rig_kill(r, 2);
	rig_run(r);
	rig_expect(r, "");
	rig_close(r);
}

static void a_node_of_another_version_is_refused_before_anybody_is_asked(void **state)
{
	struct rig *r = rig_open_with(&(struct hub_options){.lowest = 2, .highest = 3});

	(void)state;
	r->node[0].lowest = 1;
	r->node[0].highest = 1;
	rig_start(r, 0);
	rig_run(r);
	rig_expect(r, "200 0: refused: driver protocol: the node speaks 1 to 1, the cluster 2 to "
		      "3\n");
	assert_int_equal(hub_position(r->hub), 1);
	rig_close(r);
}

/* The version byte of the bytes that a node is about to get, or (to_hub) has sent last. */
static uint8_t version_under_way(struct rig *r, int place, bool to_hub)
{
	struct hub_node *n = rig_link(r, place);
	const struct uplink *up = TAILQ_LAST(&n->uplinks, hub_uplinks);
	const struct delivery *d = STAILQ_FIRST(&n->inbox);
	uint8_t version;

	assert_true(to_hub ? up != NULL : d != NULL);
	blob_read(to_hub ? up->bytes : d->bytes, offsetof(struct sd_driver_header, version),
		  &version, 1);
	return version;
}

static void with_each_node_the_highest_common_version_is_spoken(void **state)
{
	struct rig *r = rig_open_with(&(struct hub_options){.lowest = 2, .highest = 4});

	(void)state;
	r->node[0].lowest = 1;
	r->node[0].highest = 2;
	r->node[1].lowest = 3;
	r->node[1].highest = 5;
	r->node[2].lowest = 2;
	r->node[2].highest = 2;
	for (int i = 0; i < 3; i++) {
		rig_start(r, i);
		assert_int_equal(version_under_way(r, i, true), r->node[i].highest);
		rig_run(r);
	}
	for (int i = 0; i < 3; i++)
		rig_notify(r, i, "hello");
	assert_int_equal(version_under_way(r, 0, true), 2);
	assert_int_equal(version_under_way(r, 1, true), 4);
	assert_int_equal(version_under_way(r, 2, true), 2);
	rig_pass(r, 100);
	assert_int_equal(version_under_way(r, 0, false), 2);
	assert_int_equal(version_under_way(r, 1, false), 4);
	assert_int_equal(version_under_way(r, 2, false), 2);
	rig_run(r);
	assert_non_null(strstr(text_get(&r->node[1].log), "notify from 2: \"hello\"\n"));
	/* A refusal is understood by all, and does not change what is spoken. */
	driver_join(r->node[1].driver, &r->node[1].rec, NULL, 5, 5);
	rig_pass(r, 100);
	assert_int_equal(version_under_way(r, 1, false), 4);
	rig_close(r);
}

static void a_process_joins_once(void **state)
{
	struct rig *r = rig_open();
	struct fake *f = &r->node[1];

	(void)state;
	rig_form(r, 2);
	driver_join(f->driver, &f->rec, NULL, f->lowest, f->highest);
	rig_run(r);
	rig_expect(r, "200 1: failed: this process has joined before\n");
	rig_close(r);
}

int join_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r105_the_first_node_judges_itself),
		cmocka_unit_test(r104_a_member_judges_and_everybody_gets_what_it_has_rewritten),
		cmocka_unit_test(r104_member_lists_are_in_member_order),
		cmocka_unit_test(r106_nothing_is_delivered_between_check_and_accept),
		cmocka_unit_test(r106_the_acceptor_judges_after_all_that_was_ordered_before),
		cmocka_unit_test(r107_a_joiner_gets_nothing_from_before_its_accept),
		cmocka_unit_test(r108_concurrent_joins_are_judged_one_after_the_other),
		cmocka_unit_test(r109_who_gets_there_first_judges),
		cmocka_unit_test(r109_who_is_behind_does_not_judge),
		cmocka_unit_test(r110_another_member_judges_when_the_acceptor_dies),
		cmocka_unit_test(r110_the_answer_of_an_acceptor_that_died_behind_it_counts),
		cmocka_unit_test(r110_the_joiner_takes_itself_when_nobody_is_left),
		cmocka_unit_test(r110_or_waits_for_ever_if_so_chosen),
		cmocka_unit_test(r110_a_join_ends_when_neither_joiner_nor_acceptor_is_left),
		cmocka_unit_test(r111_a_joiner_that_died_is_accepted_and_leaves),
		cmocka_unit_test(a_first_node_that_died_before_its_check_leaves_no_trace),
		cmocka_unit_test(an_answer_that_nobody_asked_for_is_ignored),
		cmocka_unit_test(a_refused_joiner_is_told_and_nobody_else_is_disturbed),
		cmocka_unit_test(a_node_of_another_version_is_refused_before_anybody_is_asked),
		cmocka_unit_test(with_each_node_the_highest_common_version_is_spoken),
		cmocka_unit_test(a_process_joins_once),
	};

	return cmocka_run_group_tests_name("joins", tests, NULL, NULL);
}
