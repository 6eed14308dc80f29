#include "rig.h"

#include <sheepsim/wire/admin.h>
#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/peer.h>

/* Matches everything, does nothing. */
#define ANY .from = -1, .to = -1, .opcode = -1, .answer = -1, .oid = -1

/* Connections from 0 to 1 and from 2 to 1 that have been announced; it is 100 us. */
static struct conn *connected(struct rig *r, struct conn **from_2)
{
	struct conn *c = rig_dial(r, 0, 1);

	*from_2 = rig_dial(r, 2, 1);
	rig_run_to(r, 100);
	text_clear(&r->log);
	return c;
}

static void answer(struct rig *r, struct conn *c)
{
	(void)r;
	rig_say(c, SD_OP_READ_PEER, 9);
}

/* How many of five messages f matches: four from 0 to 1, the first of which is answered, and one
 * from 2. */
static uint32_t matched(struct fault_filter f)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);

	universe_filter_add(&r->u, &f);
	r->on_frame[1] = answer;
	rig_say_oid(c, SD_OP_READ_PEER, 1, 0x8000000000000005);
	rig_say_oid(c, SD_OP_WRITE_PEER, 2, 5);
	rig_say_oid(c, SD_OP_READ_PEER, 3, 5);
	rig_say_oid(other, SD_OP_READ_PEER, 4, 5);
	rig_run(r);
	assert_int_equal(r->u.messages, 5);
	assert_int_equal(f.matched, f.acted);
	rig_close(r);
	return f.matched;
}

static void a_filter_matches_by_place_operation_direction_and_object(void **state)
{
	(void)state;
	assert_int_equal(matched((struct fault_filter){ANY}), 5);
	assert_int_equal(matched((struct fault_filter){
				 .from = 0, .to = -1, .opcode = -1, .answer = -1, .oid = -1}),
			 3);
	assert_int_equal(matched((struct fault_filter){
				 .from = -1, .to = 0, .opcode = -1, .answer = -1, .oid = -1}),
			 1);
	assert_int_equal(
		matched((struct fault_filter){
			.from = -1, .to = -1, .opcode = SD_OP_WRITE_PEER, .answer = -1, .oid = -1}),
		1);
	assert_int_equal(matched((struct fault_filter){
				 .from = -1, .to = -1, .opcode = -1, .answer = 0, .oid = -1}),
			 4);
	assert_int_equal(matched((struct fault_filter){
				 .from = -1, .to = -1, .opcode = -1, .answer = 1, .oid = -1}),
			 1);
	assert_int_equal(matched((struct fault_filter){
				 .from = -1, .to = -1, .opcode = -1, .answer = -1, .oid = 5}),
			 3);
	assert_int_equal(matched((struct fault_filter){.from = -1,
						       .to = -1,
						       .opcode = -1,
						       .answer = -1,
						       .oid = (int64_t)0x8000000000000005}),
			 1);
	assert_int_equal(
		matched((struct fault_filter){
			.from = 2, .to = 1, .opcode = SD_OP_WRITE_PEER, .answer = 0, .oid = 5}),
		0);
}

/* How many of four requests, which name their object in different ways, f matches. */
static uint32_t matched_by_object(int64_t oid)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {.from = -1, .to = -1, .opcode = -1, .answer = -1, .oid = oid};

	universe_filter_add(&r->u, &f);
	rig_say_oid(c, SD_OP_READ_PEER, 1, 5);
	rig_say_oid(c, SD_OP_DECREF_PEER, 2, 6);
	rig_say_oid(c, SD_OP_REPAIR_REPLICA, 3, 7);
	rig_say_oid(c, SD_OP_GET_NODE_LIST, 4, 8); /* its header has no object */
	rig_run(r);
	rig_close(r);
	return f.matched;
}

static void a_filter_finds_the_object_where_the_operation_has_it(void **state)
{
	(void)state;
	assert_int_equal(matched_by_object(-1), 4);
	assert_int_equal(matched_by_object(5), 1);
	assert_int_equal(matched_by_object(6), 1);
	assert_int_equal(matched_by_object(7), 1);
	assert_int_equal(matched_by_object(8), 0);
}

static void a_dropped_message_ends_its_connection_at_both_ends(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .skip = 1, .count = 1, .action = FAULT_DROP};

	(void)state;
	universe_filter_add(&r->u, &f);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2); /* dropped */
	rig_say(c, 1, 3); /* was under way */
	rig_run_to(r, 250);
	rig_say(c, 1, 4); /* does not know yet */
	rig_say(other, 1, 5);
	rig_run(r);
	rig_expect(r, "200 1: from 0: op 1 id 1\n"
		      "200 1: lost 0\n"
		      "300 0: lost 1\n"
		      "350 1: from 2: op 1 id 5\n");
	assert_int_equal(f.matched, 3);
	assert_int_equal(f.acted, 1);
	rig_close(r);
}

static void the_sender_learns_of_a_drop_whatever_the_receiver_does(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .action = FAULT_DROP};

	(void)state;
	universe_filter_add(&r->u, &f);
	world_hold(&r->w[1]);
	rig_say_bytes(c, 1, 100000);
	rig_run_to(r, 1000);
	rig_expect(r, "400 0: lost 1\n");
	world_release(&r->w[1]);
	rig_run(r);
	rig_expect(r, "1000 1: lost 0\n");
	rig_close(r);
}

static void the_receiver_may_send_before_it_learns_of_a_drop(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter delay = {ANY, .action = FAULT_DELAY, .delay = 1000 * US, .count = 1};
	struct fault_filter drop = {ANY, .action = FAULT_DROP};

	(void)state;
	universe_filter_add(&r->u, &delay);
	universe_filter_add(&r->u, &drop);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_run_to(r, 500);
	rig_expect(r, "300 0: lost 1\n");
	rig_say(LIST_NEXT(LIST_FIRST(&r->w[1].conns), link), 1, 3);
	rig_run(r);
	rig_expect(r, "1200 1: from 0: op 1 id 1\n"
		      "1200 1: lost 0\n");
	rig_close(r);
}

static void a_held_message_takes_its_hold_with_it(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .action = FAULT_HOLD};

	(void)state;
	universe_filter_add(&r->u, &f);
	rig_say(c, 1, 1);
	rig_run_to(r, 300);
	universe_filter_remove(&r->u, &f);
	conn_close(LIST_NEXT(LIST_FIRST(&r->w[1].conns), link));
	/* The next message is sent in its memory. */
	rig_say(other, 1, 2);
	rig_run(r);
	rig_expect(r, "400 0: lost 1\n"
		      "400 1: from 2: op 1 id 2\n");
	rig_close(r);
}

static void a_filter_that_is_added_again_counts_anew(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .skip = 1, .count = 1};
	uint32_t first;

	(void)state;
	first = universe_filter_add(&r->u, &f);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_run(r);
	assert_int_equal(f.acted, 1);
	universe_filter_remove(&r->u, &f);
	assert_int_not_equal(universe_filter_add(&r->u, &f), first);
	rig_say(c, 1, 3);
	rig_run(r);
	assert_int_equal(f.matched, 1);
	assert_int_equal(f.acted, 0);
	rig_close(r);
}

static void a_delayed_message_delays_what_is_behind_it(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .count = 1, .action = FAULT_DELAY, .delay = 1000 * US};

	(void)state;
	universe_filter_add(&r->u, &f);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_say(other, 1, 3);
	rig_run(r);
	rig_expect(r, "200 1: from 2: op 1 id 3\n"
		      "1200 1: from 0: op 1 id 1\n"
		      "1200 1: from 0: op 1 id 2\n");
	rig_close(r);
}

static void held_messages_wait_for_the_release_of_their_filter(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .action = FAULT_HOLD}, g = f;

	(void)state;
	f.from = 0;
	g.from = 2;
	universe_filter_add(&r->u, &f);
	universe_filter_add(&r->u, &g);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_say(other, 1, 3);
	rig_run_to(r, 500);
	rig_expect(r, "");
	universe_filter_remove(&r->u, &f);
	universe_filter_remove(&r->u, &g);
	rig_say(c, 1, 4); /* free to pass, but behind the others */
	rig_run_to(r, 700);
	rig_expect(r, "");
	assert_int_equal(universe_release(&r->u, f.id), 2);
	rig_run_to(r, 800);
	rig_expect(r, "700 1: from 0: op 1 id 1\n"
		      "700 1: from 0: op 1 id 2\n"
		      "700 1: from 0: op 1 id 4\n");
	assert_int_equal(universe_release(&r->u, 0), 1);
	assert_int_equal(universe_release(&r->u, 0), 0);
	rig_run(r);
	rig_expect(r, "800 1: from 2: op 1 id 3\n");
	rig_close(r);
}

static void a_close_waits_behind_a_held_message(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .action = FAULT_HOLD};

	(void)state;
	universe_filter_add(&r->u, &f);
	rig_say(c, 1, 1);
	conn_close(c);
	rig_run_to(r, 500);
	rig_expect(r, "");
	universe_release(&r->u, f.id);
	rig_run(r);
	rig_expect(r, "500 1: from 0: op 1 id 1\n"
		      "500 1: lost 0\n");
	rig_close(r);
}

static void a_filter_sees_messages_that_were_under_way_before_it(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY};

	(void)state;
	rig_say(c, 1, 1);
	rig_run_to(r, 150);
	universe_filter_add(&r->u, &f);
	rig_run(r);
	assert_int_equal(f.matched, 1);
	rig_close(r);
}

static void what_a_cut_keeps_away_is_not_seen_before_it_arrives(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY};

	(void)state;
	universe_filter_add(&r->u, &f);
	universe_cut(&r->u, 0, 1, true);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_run_to(r, 500);
	assert_int_equal(f.matched, 0);
	universe_cut(&r->u, 0, 1, false);
	rig_run(r);
	assert_int_equal(f.matched, 2);
	rig_expect(r, "500 1: from 0: op 1 id 1\n"
		      "500 1: from 0: op 1 id 2\n");
	rig_close(r);
}

static void what_comes_through_a_mended_link_can_be_delayed(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .action = FAULT_DELAY, .delay = 100 * US};

	(void)state;
	universe_filter_add(&r->u, &f);
	universe_cut(&r->u, 0, 1, true);
	rig_say(c, 1, 1);
	rig_run_to(r, 500);
	universe_cut(&r->u, 0, 1, false);
	rig_run(r);
	rig_expect(r, "600 1: from 0: op 1 id 1\n");
	rig_close(r);
}

static void what_comes_through_a_mended_link_can_be_held_or_dropped(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter hold = {ANY, .count = 1, .action = FAULT_HOLD};
	struct fault_filter drop = {ANY, .action = FAULT_DROP};

	(void)state;
	universe_cut(&r->u, 0, 1, true);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_say(c, 1, 3);
	rig_run_to(r, 500);
	universe_filter_add(&r->u, &hold);
	universe_filter_add(&r->u, &drop);
	universe_cut(&r->u, 0, 1, false);
	rig_run_to(r, 600);
	rig_expect(r, "");
	assert_int_equal(universe_release(&r->u, hold.id), 1);
	rig_run(r);
	rig_expect(r, "600 1: from 0: op 1 id 1\n"
		      "600 1: lost 0\n"
		      "700 0: lost 1\n");
	assert_int_equal(drop.acted, 1);
	rig_close(r);
}

static void the_oldest_filter_that_acts_decides(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter watch = {ANY};
	struct fault_filter delay = {ANY, .action = FAULT_DELAY, .delay = 50 * US};
	struct fault_filter drop = {ANY, .action = FAULT_DROP};

	(void)state;
	universe_filter_add(&r->u, &watch);
	universe_filter_add(&r->u, &delay);
	universe_filter_add(&r->u, &drop);
	rig_say(c, 1, 1);
	rig_run(r);
	rig_expect(r, "250 1: from 0: op 1 id 1\n");
	assert_int_equal(watch.acted, 1);
	assert_int_equal(delay.acted, 1);
	assert_int_equal(drop.acted, 0);
	rig_close(r);
}

static void crash_1(struct fault_filter *f, const uint8_t head[WIRE_HEADER])
{
	struct rig *r = f->owner;

	assert_int_equal(head[1], 3);
	world_crash(&r->w[1]);
}

static void a_hit_can_end_the_process_that_the_message_is_for(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {.from = 0,
				 .to = 1,
				 .opcode = 3,
				 .answer = 0,
				 .oid = -1,
				 .skip = 1,
				 .count = 1,
				 .hit = crash_1,
				 .owner = r};

	(void)state;
	universe_filter_add(&r->u, &f);
	rig_say(c, 3, 1);
	rig_say(c, 3, 2);
	rig_say(c, 3, 3);
	rig_run(r);
	rig_expect(r, "200 1: from 0: op 3 id 1\n"
		      "300 2: lost 1\n"
		      "300 0: lost 1\n");
	rig_close(r);
}

static void a_hit_can_do_so_to_what_waited_for_a_mended_link(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .hit = crash_1, .owner = r};

	(void)state;
	universe_cut(&r->u, 0, 1, true);
	rig_say(c, 3, 1);
	rig_say(c, 3, 2);
	rig_run_to(r, 500);
	universe_filter_add(&r->u, &f);
	universe_cut(&r->u, 0, 1, false);
	rig_run(r);
	rig_expect(r, "600 2: lost 1\n"
		      "600 0: lost 1\n");
	assert_int_equal(f.matched, 1);
	rig_close(r);
}

static void crash_0(struct fault_filter *f, const uint8_t head[WIRE_HEADER])
{
	struct rig *r = f->owner;

	(void)head;
	world_crash(&r->w[0]);
}

static void a_hit_can_end_the_process_that_sent_the_message(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .count = 1, .action = FAULT_HOLD, .hit = crash_0, .owner = r};

	(void)state;
	universe_filter_add(&r->u, &f);
	rig_say(c, 3, 1);
	rig_say(c, 3, 2);
	rig_run(r);
	rig_expect(r, "");
	universe_release(&r->u, 0);
	rig_run(r);
	rig_expect(r, "300 1: from 0: op 3 id 1\n"
		      "300 1: from 0: op 3 id 2\n"
		      "300 1: lost 0\n");
	rig_close(r);
}

static void remove_and_cut(struct fault_filter *f, const uint8_t head[WIRE_HEADER])
{
	struct rig *r = f->owner;

	(void)head;
	while (!TAILQ_EMPTY(&r->u.filters))
		universe_filter_remove(&r->u, TAILQ_FIRST(&r->u.filters));
	universe_cut(&r->u, 0, 1, true);
}

static void a_hit_can_remove_all_filters_and_cut_the_link(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .hit = remove_and_cut, .owner = r};
	struct fault_filter never = {ANY, .action = FAULT_DROP};

	(void)state;
	universe_filter_add(&r->u, &f);
	universe_filter_add(&r->u, &never);
	rig_say(c, 3, 1);
	rig_say(c, 3, 2);
	rig_run_to(r, 500);
	rig_expect(r, "");
	universe_cut(&r->u, 0, 1, false);
	rig_run(r);
	rig_expect(r, "500 1: from 0: op 3 id 1\n"
		      "500 1: from 0: op 3 id 2\n");
	assert_int_equal(f.matched, 1);
	assert_int_equal(never.matched, 0);
	rig_close(r);
}

/* Filters, a cut and a hold on one connection at once. */
static void hindrances_add_up(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *other, *c = connected(r, &other);
	struct fault_filter f = {ANY, .action = FAULT_HOLD, .count = 1};

	(void)state;
	universe_filter_add(&r->u, &f);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_run_to(r, 300);
	universe_cut(&r->u, 0, 1, true);
	world_hold(&r->w[1]);
	universe_release(&r->u, 0);
	rig_run_to(r, 400);
	rig_expect(r, "");
	universe_cut(&r->u, 0, 1, false);
	rig_run_to(r, 500);
	rig_expect(r, "");
	world_release(&r->w[1]);
	rig_run(r);
	rig_expect(r, "500 1: from 0: op 1 id 1\n"
		      "500 1: from 0: op 1 id 2\n");
	rig_close(r);
}

int filter_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_filter_matches_by_place_operation_direction_and_object),
		cmocka_unit_test(a_filter_finds_the_object_where_the_operation_has_it),
		cmocka_unit_test(a_dropped_message_ends_its_connection_at_both_ends),
		cmocka_unit_test(the_sender_learns_of_a_drop_whatever_the_receiver_does),
		cmocka_unit_test(the_receiver_may_send_before_it_learns_of_a_drop),
		cmocka_unit_test(a_held_message_takes_its_hold_with_it),
		cmocka_unit_test(a_filter_that_is_added_again_counts_anew),
		cmocka_unit_test(a_delayed_message_delays_what_is_behind_it),
		cmocka_unit_test(held_messages_wait_for_the_release_of_their_filter),
		cmocka_unit_test(a_close_waits_behind_a_held_message),
		cmocka_unit_test(a_filter_sees_messages_that_were_under_way_before_it),
		cmocka_unit_test(what_a_cut_keeps_away_is_not_seen_before_it_arrives),
		cmocka_unit_test(what_comes_through_a_mended_link_can_be_delayed),
		cmocka_unit_test(what_comes_through_a_mended_link_can_be_held_or_dropped),
		cmocka_unit_test(the_oldest_filter_that_acts_decides),
		cmocka_unit_test(a_hit_can_end_the_process_that_the_message_is_for),
		cmocka_unit_test(a_hit_can_do_so_to_what_waited_for_a_mended_link),
		cmocka_unit_test(a_hit_can_end_the_process_that_sent_the_message),
		cmocka_unit_test(a_hit_can_remove_all_filters_and_cut_the_link),
		cmocka_unit_test(hindrances_add_up),
	};

	return cmocka_run_group_tests_name("filters", tests, NULL, NULL);
}
