/*
 * What nodes say to each other, compared as `sheepsim conform' does: both sides are given here as
 * captured text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moment.h"

/* Headers: version, opcode, flags, epoch, id, length; oid or what else; the rest. */
#define HEAD(op, flags, epoch, length, at16, at32, at40)                                           \
	"0a" op flags epoch "00000000" length at16 "0000000000000000" at32 "00000000" at40         \
	"00000000"
#define ANSWER(op, epoch, length, result)                                                          \
	"00" op "0000" epoch "00000000" length result "00000000"                                   \
	"000000000000000000000000000000000000000000000000"

#define EPOCH1 "01000000"
#define EPOCH2 "02000000"
#define EPOCH3 "03000000"
#define NONE   "00000000"
#define OID    "000000002b20ed00" /* 00ed202b00000000 */
#define OID2   "010000002b20ed00"
#define INODE  "000000002b20ed80"
#define NO_OID "0000000000000000"

#define WRITE(n, oid) "C>S " HEAD("a5", "0100", EPOCH1, "04000000", oid, NONE, NONE) " # n=" n "\n"
#define WRITTEN(n)    "S>C " ANSWER("a5", EPOCH1, NONE, NONE) " # n=" n "\n"
#define READ(n, oid)  "C>S " HEAD("a4", "0000", EPOCH1, "04000000", oid, NONE, NONE) " # n=" n "\n"
#define ANSWERED(n)   "S>C " ANSWER("a4", EPOCH1, "04000000", NONE) " # n=" n "\n"
#define DATA(bytes)   "  len 4\n  @0 " bytes "\n"
#define RECOVER(n, oid)                                                                            \
	"C>S " HEAD("a4", "8000", EPOCH2, "04000000", oid, NONE, NONE) " # n=" n "\n"
#define LIST(n)	     "C>S " HEAD("a1", "0000", EPOCH2, "00004000", NO_OID, NONE, NONE) " # n=" n "\n"
#define LISTED(n, l) "S>C " ANSWER("a1", EPOCH2, l, NONE) " # n=" n "\n"

struct rig {
	struct masks masks;
	struct disputed disputed;
	uint32_t first_epoch, last_epoch; /* of the second side */
};

static int set_up(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	char error[400];

	assert_non_null(r);
	assert_true(masks_add_text(&r->masks, "built-in", builtin_masks, error));
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	masks_free(&r->masks);
	free(r->disputed.list);
	free(r);
	return 0;
}

static void read_text(struct vector *v, const char *name, const char *text)
{
	char error[400];

	if (!vector_read_text(v, name, text, error))
		fail_msg("%s", error);
}

/* Compares two sides; the number of differences. */
static unsigned int compare(struct rig *r, struct moment *m, const char *captured, const char *got)
{
	struct vector v[2];
	struct heard h[2];
	char error[400];

	read_text(&v[0], "captured", captured);
	read_text(&v[1], "got", got);
	for (int i = 0; i < 2; i++) {
		if (!heard_captured(&h[i], &v[i], &v[i], error))
			fail_msg("%s", error);
	}
	h[1].first_epoch = r->first_epoch;
	h[1].last_epoch = r->last_epoch;
	for (size_t i = 0; i < h[1].nr_happenings; i++) /* the port of the sender */
		h[1].happenings[i].place = h[1].happenings[i].sender[40] - 0x58;
	*m = (struct moment){.masks = &r->masks,
			     .name = "moment",
			     .captured = &h[0],
			     .got = &h[1],
			     .disputed = &r->disputed,
			     .verbose = true};
	moment_match_exchanges(m);
	moment_match_happenings(m);
	for (int i = 0; i < 2; i++) {
		heard_free(&h[i]);
		vector_free(&v[i]);
	}
	return m->differences;
}

static unsigned int differences(struct rig *r, const char *captured, const char *got)
{
	struct moment m;

	return compare(r, &m, captured, got);
}

/* ------------------------------------------------------------------ exchanges */

static void exchanges_match_in_any_order_on_any_connection(void **state)
{
	struct moment m;

	assert_int_equal(
		compare(*state, &m,
			"conn 1 node0 > node1\n" WRITE("1", OID) DATA("01020304") WRITTEN("4")
				WRITE("5", OID2) DATA("05060708")
					WRITTEN("6") "conn 2 node0 > node2\n" WRITE("2", OID)
						DATA("01020304") WRITTEN("3"),
			"conn 7 node0 > node2\n" WRITE("1", OID) DATA("01020304") WRITTEN(
				"2") "conn 8 node0 > node1\n" WRITE("3", OID2) DATA("05060708")
				WRITTEN("4") "conn 9 node0 > node1\n" WRITE("5", OID)
					DATA("01020304") WRITTEN("6")),
		0);
	assert_int_equal(m.exchanges, 3);
	assert_int_equal(m.equal, 3);
}

#define AGAIN "conn 2 node0 > node1\n" WRITE("3", OID) DATA("01020304") WRITTEN("4")
#define ONE   "conn 1 node0 > node1\n" WRITE("1", OID) DATA("01020304") WRITTEN("2")

static void what_is_said_otherwise_differs(void **state)
{
	/* other data, to another node, to its I/O address, of another object, another answer */
	assert_int_equal(differences(*state, ONE,
				     "conn 1 node0 > node1\n" WRITE("1", OID) DATA("01020305")
					     WRITTEN("2")),
			 1);
	assert_int_equal(differences(*state, ONE,
				     "conn 1 node0 > node2\n" WRITE("1", OID) DATA("01020304")
					     WRITTEN("2")),
			 2);
	assert_int_equal(differences(*state, ONE,
				     "conn 1 node0 > node1-io\n" WRITE("1", OID) DATA("01020304")
					     WRITTEN("2")),
			 2);
	assert_int_not_equal(differences(*state, ONE,
					 "conn 1 node0 > node1\n" WRITE("1", OID2) DATA("01020304")
						 WRITTEN("2")),
			     0);
	assert_int_equal(differences(*state, ONE,
				     "conn 1 node0 > node1\n" WRITE("1", OID)
					     DATA("01020304") "S>C " ANSWER("a5", EPOCH1, NONE,
									    "05000000") " # n=2\n"),
			 1);
	/* no answer */
	assert_int_equal(
		differences(*state, ONE, "conn 1 node0 > node1\n" WRITE("1", OID) DATA("01020304")),
		1);
}

static void what_was_not_said_or_is_not_in_the_capture_differs(void **state)
{
	struct moment m;

	assert_int_equal(compare(*state, &m, ONE AGAIN, ONE), 1);
	assert_int_equal(m.exchanges, 2);
	assert_int_equal(m.equal, 1);
	assert_int_equal(compare(*state, &m, ONE, ONE AGAIN), 1);
	assert_int_equal(m.equal, 1);
}

static void times_in_inodes_are_masked_and_nothing_beside_them(void **state)
{
#define AT(offset) HEAD("a5", "0100", EPOCH1, "04000000", INODE, NONE, offset)
#define INODE_WRITE(offset, bytes)                                                                 \
	"conn 1 node0 > node1\nC>S " AT(offset) " # n=1\n" DATA(bytes) WRITTEN("2")
	assert_int_equal(differences(*state, INODE_WRITE("00020000", "01020304"),
				     INODE_WRITE("00020000", "05060708")),
			 0);
	assert_int_equal(differences(*state, INODE_WRITE("10020000", "01020304"),
				     INODE_WRITE("10020000", "05060708")),
			 1);
}

static void a_cut_capture_lacks_what_came_later(void **state)
{
	struct moment m;

	assert_int_equal(compare(*state, &m, "# cut: the first 2 of 4 messages\n" ONE, ONE AGAIN),
			 0);
	assert_int_equal(m.excepted[EXCEPTION_CUT], 1);
	assert_int_equal(differences(*state, "# cut: the first 4 of 6 messages\n" ONE AGAIN, ONE),
			 1);
}

/* ------------------------------------------------------------------ order */

static void reads_that_came_before_writes_come_before_them(void **state)
{
	static const char captured[] = "conn 1 node0 > node1\n" READ("1", OID) ANSWERED("2")
		DATA("01020304") WRITE("3", OID) DATA("01020304") WRITTEN("4");

	assert_int_equal(differences(*state, captured, captured), 0);
	assert_int_equal(differences(*state, captured,
				     "conn 1 node0 > node1\n" WRITE("1", OID) DATA("01020304")
					     WRITTEN("2") READ("3", OID) ANSWERED("4")
						     DATA("01020304")),
			 1);
	/* asked before, but answered behind */
	assert_int_equal(differences(*state, captured,
				     "conn 1 node0 > node1\n" READ("1", OID) ANSWERED("4") DATA(
					     "01020304") "conn 2 node0 > node1\n" WRITE("2", OID)
					     DATA("01020304") WRITTEN("3")),
			 1);
}

static void recovery_reads_follow_a_list(void **state)
{
	struct rig *r = *state;
	static const char captured[] = "conn 1 node0 > node1\n" LIST("1") LISTED("2", NONE)
		RECOVER("3", OID) ANSWERED("4") DATA("01020304");

	r->first_epoch = 2;
	r->last_epoch = 2;
	assert_int_equal(differences(r, captured, captured), 0);
	assert_int_equal(differences(r, captured,
				     "conn 1 node0 > node1\n" RECOVER("1", OID) ANSWERED("2")
					     DATA("01020304") LIST("3") LISTED("4", NONE)),
			 1);
}

/* ------------------------------------------------------------------ answers that grow */

static void lists_may_lack_only_what_the_node_recovers_meanwhile(void **state)
{
	struct rig *r = *state;
	static const char empty[] = "conn 1 node0 > node1\n" LIST("1") LISTED("2", NONE);
	static const char one[] = "conn 1 node0 > node1\n" LIST("1")
		LISTED("2", "08000000") "  len 8\n  @0 " OID "\n";
	static const char recovery[] = "conn 2 node1 > node1\n" LIST("3") LISTED("4", NONE)
		RECOVER("5", OID) ANSWERED("6") DATA("01020304");
	char a[4096], b[4096];

	r->first_epoch = 2;
	r->last_epoch = 2;
	assert_int_equal(differences(r, one, empty), 1);
	assert_int_equal(differences(r, empty, one), 1);
	snprintf(a, sizeof(a), "%s%s", one, recovery);
	snprintf(b, sizeof(b), "%s%s", empty, recovery);
	assert_int_equal(differences(r, a, b), 0);
	assert_int_equal(differences(r, b, a), 0);
}

#define MEMBER_AT(port)                                                                            \
	"00000000000000000000000000000000000000000000000000000000000000000000"                     \
	"00007f000001" port "1b"                                                                   \
	"00000000000000000000000000000000000000000000"                                             \
	"8000"                                                                                     \
	"0000"                                                                                     \
	"01000000"                                                                                 \
	"0000004000000000"
#define JOINED(n)                                                                                  \
	"event ACCEPT nonblock # n=" n "\n  sender " MEMBER_AT("59") "\n  member " MEMBER_AT(      \
		"58") "\n  member " MEMBER_AT("59") "\n  len 48\n  @0 0a\n"
#define COPIES(n) "C>S " HEAD("ab", "0000", EPOCH1, "00001000", NO_OID, NONE, NONE) " # n=" n "\n"
#define TABLE1(n, first)                                                                           \
	"S>C " ANSWER("ab", EPOCH1, "94050000", NONE) " # n=" n "\n  len 1428\n  @0 " first "\n"
#define TABLE2(n, first, second)                                                                   \
	"S>C " ANSWER("ab", EPOCH1, "280b0000", NONE) " # n=" n "\n  len 2856\n  @0 " first        \
						      "\n  @1428 " second "\n"

static void a_node_that_joins_answers_with_what_it_knows_of_vdis(void **state)
{
#define ASKED "conn 1 node0 > node1\n" COPIES("1")
	static const char both[] = JOINED("9") ASKED TABLE2("2", "2b20ed0003", "2c20ed0003");

	assert_int_equal(differences(*state, both, JOINED("9") ASKED TABLE1("2", "2c20ed0003")), 0);
	/* not of another node, nothing else of a VDI, nothing that is unknown there */
	assert_int_equal(differences(*state, ASKED TABLE2("2", "2b20ed0003", "2c20ed0003"),
				     ASKED TABLE1("2", "2c20ed0003")),
			 1);
	assert_int_equal(differences(*state, both, JOINED("9") ASKED TABLE1("2", "2c20ed0002")), 1);
	assert_int_equal(differences(*state, both, JOINED("9") ASKED TABLE1("2", "2d20ed0003")), 1);
}

/* ------------------------------------------------------------------ epochs */

static void recovery_may_vary_where_an_epoch_overtakes_another(void **state)
{
	struct rig *r = *state;
	static const char recovery[] = "conn 2 node1 > node1\n" LIST("3") LISTED("4", NONE)
		RECOVER("5", OID) ANSWERED("6") DATA("01020304");
	char both[4096];

	snprintf(both, sizeof(both), "%s%s", ONE, recovery);
	r->first_epoch = 2;
	r->last_epoch = 2;
	assert_int_equal(differences(r, both, ONE), 2);
	r->last_epoch = 3;
	assert_int_equal(differences(r, both, ONE), 0);
	assert_int_equal(differences(r, ONE, both), 0);
	assert_int_equal(differences(r, both, recovery), 2); /* writes may not: and their phase */
	/* what was fetched then may be listed later */
	r->first_epoch = 0;
	r->last_epoch = 0;
	assert_int_equal(differences(r,
				     "conn 1 node0 > node1\n" LIST("1")
					     LISTED("2", "08000000") "  len 8\n  @0 " OID "\n",
				     "conn 1 node0 > node1\n" LIST("1") LISTED("2", NONE)),
			 0);
}

static void answers_may_have_either_epoch_while_one_begins(void **state)
{
	struct rig *r = *state;
	static const char later[] = "conn 1 node0 > node1\n" WRITE("1", OID)
		DATA("01020304") "S>C " ANSWER("a5", EPOCH2, NONE, NONE) " # n=2\n";

	assert_int_equal(differences(r, ONE, later), 1);
	r->first_epoch = 2;
	r->last_epoch = 2;
	assert_int_equal(differences(r, ONE, later), 0);
}

/* ------------------------------------------------------------------ events */

#define EVENT(type, queue, n, port)                                                                \
	"event " type " " queue " # n=" n "\n  sender " MEMBER_AT(port) "\n  member " MEMBER_AT(   \
		"58") "\n  member " MEMBER_AT("59") "\n"
#define NOTIFY(n, op, at16, result)                                                                \
	EVENT("NOTIFY", "nonblock", n, "58")                                                       \
	"  len 96\n  @0 " HEAD(op, "0000", EPOCH1, NONE, at16, NONE, NONE) "\n  @64 " result "\n"
#define COMPLETE(n, port, epoch)                                                                   \
	EVENT("NOTIFY", "nonblock", n, port)                                                       \
	"  len 176\n  @0 0aac0100\n  @36 " epoch "\n  @96 " MEMBER_AT(port) "\n"

static void events_of_a_queue_come_in_order(void **state)
{
	struct moment m;
	static const char captured[] =
		EVENT("BLOCK", "block", "1", "58") EVENT("BLOCK", "block", "2", "59")
			NOTIFY("3", "af", OID, NONE) NOTIFY("4", "af", OID2, NONE);

	assert_int_equal(compare(*state, &m, captured, captured), 0);
	assert_int_equal(m.happenings, 4);
	assert_int_equal(m.equal_happenings, 4);
	/* queues have no order among themselves */
	assert_int_equal(compare(*state, &m, captured,
				 EVENT("BLOCK", "block", "1", "58") NOTIFY("2", "af", OID, NONE)
					 NOTIFY("3", "af", OID2, NONE)
						 EVENT("BLOCK", "block", "4", "59")),
			 0);
	/* a queue has */
	assert_int_not_equal(
		compare(*state, &m, captured,
			EVENT("BLOCK", "block", "1", "59") EVENT("BLOCK", "block", "2", "58")
				NOTIFY("3", "af", OID, NONE) NOTIFY("4", "af", OID2, NONE)),
		0);
	assert_int_not_equal(
		compare(*state, &m, captured,
			EVENT("BLOCK", "block", "1", "58") EVENT("BLOCK", "block", "2", "59")
				NOTIFY("3", "af", OID2, NONE) NOTIFY("4", "af", OID, NONE)),
		0);
}

static void other_events_differ(void **state)
{
	static const char captured[] = NOTIFY("1", "af", OID, NONE);

	assert_int_equal(differences(*state, captured, NOTIFY("1", "ac", OID, NONE)), 1);
	assert_int_equal(differences(*state, captured,
				     NOTIFY("1", "af", OID, NONE) NOTIFY("2", "af", OID, NONE)),
			 1);
	assert_int_equal(differences(*state,
				     NOTIFY("1", "af", OID, NONE) NOTIFY("2", "af", OID, NONE),
				     captured),
			 1);
	/* other members */
	assert_int_equal(
		differences(*state, captured,
			    "event NOTIFY nonblock # n=1\n  sender " MEMBER_AT(
				    "58") "\n  member " MEMBER_AT("58") "\n  len 96\n  "
									"@0 " HEAD("af", "0000",
										   EPOCH1, NONE,
										   OID, NONE,
										   NONE) "\n"),
		1);
}

static void effects_may_have_left_a_failure_in_a_captured_notification(void **state)
{
	assert_int_equal(differences(*state, NOTIFY("1", "12", OID, "07000000"),
				     NOTIFY("1", "12", OID, NONE)),
			 0);
	assert_int_equal(differences(*state, NOTIFY("1", "12", OID, NONE),
				     NOTIFY("1", "12", OID, "07000000")),
			 1);
}

static void completions_of_an_epoch_have_no_order(void **state)
{
	struct rig *r = *state;
	static const char captured[] = COMPLETE("1", "58", EPOCH3) COMPLETE("2", "59", EPOCH3);

	r->first_epoch = 2;
	r->last_epoch = 3;
	assert_int_equal(
		differences(r, captured, COMPLETE("1", "59", EPOCH3) COMPLETE("2", "58", EPOCH3)),
		0);
	assert_int_equal(differences(r, captured, COMPLETE("1", "59", EPOCH3)), 1);
	assert_int_equal(
		differences(r, captured, COMPLETE("1", "58", EPOCH3) COMPLETE("2", "58", EPOCH3)),
		2);
	/* that of an overtaken epoch comes or not */
	assert_int_equal(differences(r, captured,
				     COMPLETE("1", "58", EPOCH2) COMPLETE("2", "58", EPOCH3)
					     COMPLETE("3", "59", EPOCH3)),
			 0);
}

static void who_has_left_is_no_member_and_leaves_no_more(void **state)
{
#define ALONE(type, n)                                                                             \
	"event " type " nonblock # n=" n                                                           \
	"\n  sender " MEMBER_AT("59") "\n  member " MEMBER_AT("58") "\n"
	struct moment m;

	assert_int_equal(compare(*state, &m,
				 EVENT("GATEWAY", "nonblock", "1", "59") ALONE("LEAVE", "2"),
				 ALONE("GATEWAY", "1")),
			 0);
	assert_int_equal(m.happenings, 1);
	assert_int_equal(m.excepted[EXCEPTION_EX_MEMBER], 1);
	assert_int_equal(m.excepted[EXCEPTION_EX_MEMBER_LISTED], 1);
	/* a death is one */
	assert_int_equal(compare(*state, &m, ALONE("LEAVE", "1"), ""), 1);
}

/* ------------------------------------------------------------------ malformed */

static void an_answer_that_nobody_asked_for_is_told_with_its_line(void **state)
{
	struct vector v;
	struct heard h;
	char error[400];

	(void)state;
	read_text(&v, "captured", "conn 1 node0 > node1\n" WRITTEN("1"));
	assert_false(heard_captured(&h, &v, NULL, error));
	assert_non_null(strstr(error, "captured:2: "));
	vector_free(&v);
	read_text(&v, "captured", "conn 1 dog > node1\n" WRITE("1", OID) DATA("01020304"));
	assert_false(heard_captured(&h, &v, NULL, error));
	assert_non_null(strstr(error, "captured:2: "));
	vector_free(&v);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(exchanges_match_in_any_order_on_any_connection),
		TEST(what_is_said_otherwise_differs),
		TEST(what_was_not_said_or_is_not_in_the_capture_differs),
		TEST(times_in_inodes_are_masked_and_nothing_beside_them),
		TEST(a_cut_capture_lacks_what_came_later),
		TEST(reads_that_came_before_writes_come_before_them),
		TEST(recovery_reads_follow_a_list),
		TEST(lists_may_lack_only_what_the_node_recovers_meanwhile),
		TEST(a_node_that_joins_answers_with_what_it_knows_of_vdis),
		TEST(recovery_may_vary_where_an_epoch_overtakes_another),
		TEST(answers_may_have_either_epoch_while_one_begins),
		TEST(events_of_a_queue_come_in_order),
		TEST(other_events_differ),
		TEST(effects_may_have_left_a_failure_in_a_captured_notification),
		TEST(completions_of_an_epoch_have_no_order),
		TEST(who_has_left_is_no_member_and_leaves_no_more),
		TEST(an_answer_that_nobody_asked_for_is_told_with_its_line),
	};

	return cmocka_run_group_tests_name("moments", tests, NULL, NULL);
}
