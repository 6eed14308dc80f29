/*
 * R116-R119: exclusive work.
 */
#include "rig.h"

static void r116_blocks_start_in_the_order_of_their_requests(void **state)
{
	struct rig *r = rig_open();
	sd_le16 flags;

	(void)state;
	rig_form(r, 3);
	driver_block(r->node[2].driver);
	driver_block(r->node[0].driver);
	driver_block(r->node[2].driver);
	rig_run(r);
	rig_expect(r, "200 2: block: started\n");
	rig_unblock(r, 2, "a");
	rig_pass(r, 100);
	blob_read(STAILQ_FIRST(&rig_link(r, 1)->inbox)->bytes,
		  offsetof(struct sd_driver_header, flags), &flags, sizeof flags);
	assert_int_equal(sd_le16_to_cpu(flags), SD_DRIVER_FLAG_UNBLOCK);
	rig_run(r);
	rig_expect(r, "500 0: notify from 2: \"a\"\n"
		      "500 1: notify from 2: \"a\"\n"
		      "500 2: notify from 2: \"a\"\n"
		      "500 0: block: started\n");
	rig_unblock(r, 0, "b");
	rig_run(r);
	/* R118: the message comes before the next block starts. */
	rig_expect(r, "800 0: notify from 0: \"b\"\n"
		      "800 1: notify from 0: \"b\"\n"
		      "800 2: notify from 0: \"b\"\n"
		      "800 2: block: started\n");
	rig_close(r);
}

static void r116_a_block_that_cannot_start_is_offered_again_at_later_events(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	r->node[0].busy = true;
	driver_block(r->node[0].driver);
	rig_run(r);
	rig_expect(r, "200 0: block: not yet\n");
	rig_notify(r, 1, "one");
	rig_run(r);
	rig_expect(r, "500 0: notify from 1: \"one\"\n"
		      "500 1: notify from 1: \"one\"\n"
		      "500 0: block: not yet\n");
	r->node[0].busy = false;
	rig_notify(r, 1, "two");
	rig_run(r);
	rig_expect(r, "800 0: notify from 1: \"two\"\n"
		      "800 1: notify from 1: \"two\"\n"
		      "800 0: block: started\n");
	rig_notify(r, 1, "three");
	rig_run(r);
	rig_expect(r, "1100 0: notify from 1: \"three\"\n"
		      "1100 1: notify from 1: \"three\"\n");
	rig_close(r);
}

/* No further event may come, so the one that was already on its way must count. */
static void r116_an_event_that_crosses_the_no_counts_as_a_later_one(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	r->node[0].busy = true;
	driver_block(r->node[0].driver);
	rig_pass(r, 150);
	rig_notify(r, 1, "ends what it is busy with");
	rig_pass(r, 60);
	rig_expect(r, "200 0: block: not yet\n");
	r->node[0].busy = false;
	rig_run(r);
	rig_expect(r, "350 0: notify from 1: \"ends what it is busy with\"\n"
		      "350 1: notify from 1: \"ends what it is busy with\"\n"
		      "400 0: block: started\n");
	rig_close(r);
}

static void r117_a_running_block_holds_back_nothing_but_blocks(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	driver_block(r->node[0].driver);
	rig_run(r);
	rig_drop(r);
	driver_block(r->node[1].driver);
	rig_notify(r, 0, "nested (R613)");
	rig_notify(r, 1, "other");
	driver_update_node(r->node[1].driver, &r->node[1].rec);
	rig_start(r, 2);
	rig_run(r);
	rig_expect(r, "500 0: notify from 0: \"nested (R613)\"\n"
		      "500 1: notify from 0: \"nested (R613)\"\n"
		      "500 0: notify from 1: \"other\"\n"
		      "500 1: notify from 1: \"other\"\n"
		      "500 0: update 1, members 0 1, 128 vnodes\n"
		      "500 1: update 1, members 0 1, 128 vnodes\n"
		      "500 0: check 2, others 0 1, \"o2\"\n"
		      "700 0: accept 2, members 0 1 2, \"o2/0\"\n"
		      "700 1: accept 2, members 0 1 2, \"o2/0\"\n"
		      "700 2: accept 2, members 0 1 2, \"o2/0\"\n");
	driver_leave(r->node[1].driver);
	rig_run(r);
	rig_expect(r, "900 0: leave 1, members 0 2\n"
		      "900 1: leave 1, members 0 2\n"
		      "900 2: leave 1, members 0 2\n");
	rig_close(r);
}

static void r117_what_was_ordered_comes_before_the_block(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	rig_start(r, 2);
	rig_pass(r, 50);
	driver_block(r->node[1].driver); /* comes to the hub while the join is judged */
	rig_notify(r, 1, "ordered behind it");
	rig_run(r);
	rig_expect(r, "200 0: check 2, others 0 1, \"o2\"\n"
		      "400 0: accept 2, members 0 1 2, \"o2/0\"\n"
		      "400 1: accept 2, members 0 1 2, \"o2/0\"\n"
		      "400 2: accept 2, members 0 1 2, \"o2/0\"\n"
		      "400 0: notify from 1: \"ordered behind it\"\n"
		      "400 1: notify from 1: \"ordered behind it\"\n"
		      "400 2: notify from 1: \"ordered behind it\"\n"
		      "400 1: block: started\n");
	rig_close(r);
}

static void r106_no_block_is_offered_while_a_join_is_judged(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	r->node[1].busy = true;
	driver_block(r->node[1].driver);
	rig_notify(r, 0, "crosses the offer");
	rig_pass(r, 50);
	rig_start(r, 2);
	rig_pass(r, 200);
	r->node[1].busy = false;
	rig_run(r);
	/* The hub has the no at 300, and could offer it again, but knows of the join since 150. */
	rig_expect(r, "200 1: block: not yet\n"
		      "200 0: notify from 0: \"crosses the offer\"\n"
		      "200 1: notify from 0: \"crosses the offer\"\n"
		      "250 0: check 2, others 0 1, \"o2\"\n"
		      "450 0: accept 2, members 0 1 2, \"o2/0\"\n"
		      "450 1: accept 2, members 0 1 2, \"o2/0\"\n"
		      "450 2: accept 2, members 0 1 2, \"o2/0\"\n"
		      "450 1: block: started\n");
	rig_close(r);
}

static void r118_unblock_without_a_running_block_fails(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	driver_block(r->node[0].driver);
	rig_run(r);
	rig_drop(r);
	rig_unblock(r, 1, "mine?");
	rig_run(r);
	rig_expect(r, "500 1: failed: unblock: no block of this node is running\n");
	rig_unblock(r, 0, "done");
	rig_unblock(r, 0, "twice");
	rig_run(r);
	rig_expect(r, "700 0: notify from 0: \"done\"\n"
		      "700 1: notify from 0: \"done\"\n"
		      "700 0: failed: unblock: no block of this node is running\n");
	rig_close(r);
}

static void r119_the_blocks_of_one_that_dies_vanish(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 3);
	driver_block(r->node[0].driver);
	driver_block(r->node[1].driver);
	driver_block(r->node[0].driver);
	driver_block(r->node[2].driver);
	rig_run(r);
	rig_expect(r, "200 0: block: started\n");
	rig_kill(r, 0);
	rig_run(r);
	rig_expect(r, "10400 1: leave 0, members 1 2\n"
		      "10400 2: leave 0, members 1 2\n"
		      "10400 1: block: started\n");
	rig_unblock(r, 1, "done");
	rig_run(r);
	rig_expect(r, "10700 1: notify from 1: \"done\"\n"
		      "10700 2: notify from 1: \"done\"\n"
		      "10700 2: block: started\n");
	rig_close(r);
}

static void
r119_all_blocks_of_one_that_leaves_vanish_and_their_messages_are_not_delivered(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	driver_block(r->node[0].driver);
	driver_block(r->node[0].driver);
	driver_block(r->node[1].driver);
	rig_run(r);
	rig_drop(r);
	driver_leave(r->node[0].driver);
	rig_unblock(r, 0, "too late");
	rig_run(r);
	rig_expect(r, "500 0: leave 0, members 1\n"
		      "500 1: leave 0, members 1\n"
		      "500 0: failed: unblock: no block of this node is running\n"
		      "500 1: block: started\n");
	rig_close(r);
}

static void r119_the_block_of_an_ex_member_vanishes_with_its_process(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	driver_leave(r->node[0].driver);
	driver_block(r->node[0].driver);
	driver_block(r->node[1].driver);
	rig_run(r);
	rig_expect(r, "200 0: leave 0, members 1\n"
		      "200 1: leave 0, members 1\n"
		      "200 0: block: started\n");
	rig_kill(r, 0);
	rig_run(r);
	rig_expect(r, "10400 1: block: started\n");
	rig_close(r);
}

static void a_block_that_vanished_while_it_was_offered_does_not_start_the_next(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	driver_block(r->node[0].driver);
	driver_block(r->node[1].driver);
	rig_pass(r, 50);
	driver_leave(r->node[0].driver);
	rig_run(r);
	/* 0 is offered its block at 200 and says yes, but it has left at 150. */
	rig_expect(r, "200 0: block: started\n"
		      "250 1: leave 0, members 1\n"
		      "250 0: leave 0, members 1\n"
		      "250 1: block: started\n");
	rig_unblock(r, 1, "done");
	rig_run(r);
	rig_expect(r, "550 0: notify from 1: \"done\"\n"
		      "550 1: notify from 1: \"done\"\n");
	assert_int_equal(hub_pending(r->hub), 0);
	rig_close(r);
}

int block_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r116_blocks_start_in_the_order_of_their_requests),
		cmocka_unit_test(r116_a_block_that_cannot_start_is_offered_again_at_later_events),
		cmocka_unit_test(r116_an_event_that_crosses_the_no_counts_as_a_later_one),
		cmocka_unit_test(r117_a_running_block_holds_back_nothing_but_blocks),
		cmocka_unit_test(r117_what_was_ordered_comes_before_the_block),
		cmocka_unit_test(r106_no_block_is_offered_while_a_join_is_judged),
		cmocka_unit_test(r118_unblock_without_a_running_block_fails),
		cmocka_unit_test(r119_the_blocks_of_one_that_dies_vanish),
		cmocka_unit_test(
			r119_all_blocks_of_one_that_leaves_vanish_and_their_messages_are_not_delivered),
		cmocka_unit_test(r119_the_block_of_an_ex_member_vanishes_with_its_process),
		cmocka_unit_test(
			a_block_that_vanished_while_it_was_offered_does_not_start_the_next),
	};

	return cmocka_run_group_tests_name("blocks", tests, NULL, NULL);
}
