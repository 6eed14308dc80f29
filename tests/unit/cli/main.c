/* What `sheepsim conform` reads: conversations, sequences, masks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "isolate.h"
#include "masks.h"
#include "sequence.h"
#include "vectors.h"

/* A file with this text; remove and free the name. */
static char *text_file(const char *text)
{
	char *path = strdup("/tmp/sheepsim-test-XXXXXX");
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static void discard(char *path)
{
	unlink(path);
	free(path);
}

/* ------------------------------------------------------------------ conversations */

#define HEAD48                                                                                     \
	"02020800000000000000000000100000"                                                         \
	"000000002b20ed800000000000000000"                                                         \
	"00000000000000000000000000000000"

static void a_conversation_is_read_in_the_order_of_n(void **state)
{
	char *path = text_file("# x\nconn 7 dog > node1\n"
			       "S>C " HEAD48 " # n=2 READ_OBJ\n  len 10\n  @2 abcd\n  @6 01*3\n"
			       "C>S " HEAD48 " # n=1 READ_OBJ\nclose S\n");
	struct vector v;
	char error[400];
	uint8_t *payload;

	(void)state;
	assert_true(vector_read(&v, path, error));
	assert_int_equal(v.nr_messages, 2);
	assert_true(v.messages[0].request);
	assert_int_equal(v.messages[0].head[1], 0x02);
	assert_null(vec_payload(&v.messages[0]));
	assert_int_equal(v.messages[1].line, 3);
	payload = vec_payload(&v.messages[1]);
	assert_memory_equal(payload, "\0\0\xab\xcd\0\0\1\1\1\0", 10);
	free(payload);
	assert_int_equal(v.conns[0].id, 7);
	assert_string_equal(v.conns[0].to, "node1");
	assert_int_equal(v.conns[0].closed, 'S');
	vector_free(&v);
	discard(path);
}

static void refuse_vector(const char *text, const char *words)
{
	char *path = text_file(text);
	struct vector v;
	char error[400];

	assert_false(vector_read(&v, path, error));
	if (strstr(error, words) == NULL)
		fail_msg("`%s' is not in `%s'", words, error);
	assert_non_null(strstr(error, path));
	discard(path);
}

static void malformed_conversations_are_told_with_their_line(void **state)
{
	(void)state;
	refuse_vector("C>S " HEAD48 " # n=1\n", ":1: a message before the first conn");
	refuse_vector("conn x dog > node0\n", ":1: not `conn ID FROM > TO'");
	refuse_vector("conn 1 dog > node0\nC>S 0202 # n=1\n", ":2: a header is 96 hexadecimal");
	refuse_vector("conn 1 dog > node0\nC>S " HEAD48 "\n", ":2: a message needs its number");
	refuse_vector("conn 1 dog > node0\nC>S " HEAD48 " # n=1\nlen 4\n@2 abcdef\n",
		      ":4: these bytes reach past the end");
	refuse_vector("conn 1 dog > node0\nC>S " HEAD48
		      " # n=1\nlen 4\n@0 ab*18446744073709551615\n",
		      ":4: not `@OFFSET HEX'");
	refuse_vector("conn 1 dog > node0\nC>S " HEAD48 " # n=1\nlen 99999999999\n",
		      ":3: not the length");
	refuse_vector("conn 1 dog > node0\nC>S " HEAD48 " # n=1\nlen 4\n@0 abc\n",
		      ":4: these are not");
	refuse_vector("conn 1 dog > node0\nlen 4\n", ":2: `len' belongs to no message");
	refuse_vector("conn 1 dog > node0\nC>S " HEAD48 " # n=1\nlen 4\nlen 2\n",
		      ":4: this payload has its length already");
	refuse_vector("close X\n", ":1: not `close C'");
	refuse_vector("conn 1 node0 > shepherd\nC>S " HEAD48 " # n=1\n",
		      ":2: a header is 16 hexadecimal");
	refuse_vector("event JOIN\n", ":1: not `event TYPE QUEUE'");
	refuse_vector("event JOIN block\n", ":1: an event needs its number");
	refuse_vector("sender 00\n", ":1: `sender' belongs to no event");
	refuse_vector("event JOIN block # n=1\n  member 00\n", ":2: a member is 160");
}

static void shepherds_messages_and_events_are_read(void **state)
{
	char member[2 * MEMBER + 1];
	char text[1024];
	struct vector v;
	char error[400];
	char *path;

	(void)state;
	memset(member, 'a', sizeof(member) - 1);
	member[sizeof(member) - 1] = '\0';
	snprintf(text, sizeof(text),
		 "event NOTIFY nonblock # n=4 x\n  sender %s\n  member %s\n  len 3\n  @1 ff\n"
		 "event BLOCK block # n=2\n  sender %s\n"
		 "conn 1 node0 > shepherd (goes on from an earlier vector)\n"
		 "C>S 0300000000000000 # n=3 BLOCK\n",
		 member, member, member);
	path = text_file(text);
	if (!vector_read(&v, path, error))
		fail_msg("%s", error);
	assert_int_equal(v.nr_messages, 1);
	assert_int_equal(v.messages[0].head_len, SHEPHERD_HEADER);
	assert_int_equal(v.messages[0].head[0], 3);
	assert_true(v.conns[0].goes_on);
	assert_int_equal(v.nr_events, 2);
	assert_string_equal(v.events[0].type, "BLOCK");
	assert_string_equal(v.events[0].queue, "block");
	assert_int_equal(v.events[1].buffer.n, 4);
	assert_int_equal(v.events[1].buffer.len, 3);
	assert_int_equal(v.events[1].nr_members, 1);
	assert_int_equal(v.events[1].members[MEMBER - 1], 0xaa);
	vector_free(&v);
	discard(path);
}

/* ------------------------------------------------------------------ sequences */

#define NODE0 "# topology: node0 127.0.0.1:7000 zone=1 disk=512m(tmpfs) vnodes=auto\n"

static void a_sequence_has_its_topology_and_its_steps_in_order(void **state)
{
	char *path = text_file(NODE0 "# topology: node1 127.0.0.1:7001 zone=9 disk=2x1g(tmpfs) "
				     "vnodes=64 gateway io=127.0.0.2:7011\n"
				     "continues before\nstart node0\n"
				     "step one [frontend peer/x]: dog vdi list # what\n"
				     "  hold node1\n  send n=1\n  wait 0.25s\n"
				     "restart node1 same-disk no-wait\nwait recovery\n"
				     "damage-object node0 00ed202b00000000 @8 \"abc\"\n");
	struct sequence s;
	char error[400];

	(void)state;
	assert_true(sequence_read(&s, path, error));
	assert_string_equal(s.continues, "before");
	assert_int_equal(s.nr_nodes, 2);
	assert_int_equal(s.nodes[0].space, 512 << 20);
	assert_int_equal(s.nodes[0].vnodes, 0);
	assert_int_equal(s.nodes[1].disks, 2);
	assert_true(s.nodes[1].space == UINT64_C(2) << 30);
	assert_true(s.nodes[1].gateway);
	assert_int_equal(s.nodes[1].zone, 9);
	assert_string_equal(s.nodes[1].io_address, "127.0.0.2");
	assert_int_equal(s.nodes[1].io_port, 7011);
	assert_int_equal(s.nr_items, 5);
	assert_int_equal(s.items[1].kind, ITEM_STEP);
	assert_string_equal(s.items[1].files[0], "frontend/one");
	assert_string_equal(s.items[1].files[1], "peer/x");
	assert_int_equal(s.items[1].nr_inner, 3);
	assert_int_equal(s.items[1].inner[2].ns, 250000000);
	assert_true(s.items[2].no_wait);
	assert_int_equal(s.items[3].kind, ITEM_WAIT_RECOVERY);
	assert_string_equal(s.items[4].text, "abc");
	assert_int_equal(s.items[4].offset, 8);
	sequence_free(&s);
	discard(path);
}

static void refuse_sequence(const char *text, const char *words)
{
	char *path = text_file(text);
	struct sequence s;
	char error[400];

	assert_false(sequence_read(&s, path, error));
	if (strstr(error, words) == NULL)
		fail_msg("`%s' is not in `%s'", words, error);
	discard(path);
}

static void malformed_sequences_are_told_with_their_line(void **state)
{
	(void)state;
	refuse_sequence(NODE0 "start node1\n", ":2: there is no `node1' in the topology");
	refuse_sequence(NODE0 "frob node0\n", ":2: unexpected `frob'");
	refuse_sequence(NODE0 "wait long\n", ":2: not `wait SECONDSs'");
	refuse_sequence(NODE0 "  hold node0\n", ":2: an inner line outside of a step");
	refuse_sequence(NODE0 "step one frontend\n", ":2: not `step NAME [FOLDER...]'");
	refuse_sequence(NODE0 "step one [frontend: x\n", ":2: the list of folders has no end");
	refuse_sequence(NODE0 "start node0 maybe\n", ":2: unexpected `maybe'");
	refuse_sequence("# topology: node1 127.0.0.1:7001\n",
			":1: the topology goes on with node0");
	refuse_sequence("# topology: node0 127.0.0.1:7000 disk=1t\n", ":1: unexpected `disk=1t'");
	refuse_sequence(NODE0 "remove-object node0 12\n", ":2: an object is 16 hexadecimal");
}

/* ------------------------------------------------------------------ masks */

/* Applies one mask to an answer of 0xff bytes; the rest stays. */
static void expect_masked(const char *mask, const uint8_t request[48], uint8_t result, size_t first,
			  size_t end, size_t len)
{
	struct masks m = {0};
	uint8_t head[48];
	uint8_t *payload = malloc(len);
	char error[400] = "";

	if (!masks_add_text(&m, "t", mask, error))
		fail_msg("%s", error);
	memset(head, 0xff, sizeof(head));
	memset(head + 16, 0, 4);
	head[16] = result;
	memset(payload, 0xff, len);
	masks_apply(&m, "step", request, head, payload, len);
	for (size_t i = 0; i < len; i++) {
		if (payload[i] != (i >= first && i < end ? 0 : 0xff))
			fail_msg("%s: byte %zu is %02x", mask, i, payload[i]);
	}
	free(payload);
	masks_free(&m);
}

static void masks_count_from_where_they_say(void **state)
{
	uint8_t request[48] = {0x0a, 0x82};

	(void)state;
	expect_masked("GET_NODE_LIST answer payload 8-15", request, 0, 8, 16, 100);
	expect_masked("0x82 answer payload 8", request, 0, 8, 9, 100);
	expect_masked("0x82 answer payload all", request, 0, 0, 100, 100);
	expect_masked("0x82 answer payload last 8", request, 0, 92, 100, 100);
	expect_masked("0x82 answer payload last 800", request, 0, 0, 100, 100);
	expect_masked("0x82 answer payload 90-200", request, 0, 90, 100, 100);
	expect_masked("0x82 answer node 0-23", request, 0, 0, 24, 100);
	expect_masked("0x82 answer node 4 from 10", request, 0, 14, 15, 100);
	expect_masked("0x82 answer node 4 to -30", request, 0, 0, 0, 100);
	expect_masked("READ_OBJ answer payload all", request, 0, 0, 0, 100);
}

static void masks_of_objects_begin_at_the_requests_offset(void **state)
{
	uint8_t request[48] = {0x02, 0x02};

	(void)state;
	request[16 + 7] = 0x80; /* an inode */
	request[40] = 100;
	expect_masked("READ_OBJ answer object 96-103 if inode", request, 0, 0, 4, 64);
	expect_masked("READ_OBJ answer object 110-111 if inode", request, 0, 10, 12, 64);
	expect_masked("READ_OBJ answer object 0-99 if inode", request, 0, 0, 0, 64);
	expect_masked("READ_OBJ answer object 110 if attribute", request, 0, 0, 0, 64);
}

static void masks_of_requests_leave_answers_alone(void **state)
{
	struct masks m = {0};
	uint8_t request[48] = {0, 0xa5};
	uint8_t answer[48] = {0};
	uint8_t payload[4] = {1, 2, 3, 4};
	char error[400];

	(void)state;
	request[40] = 100; /* offset */
	assert_true(masks_add_text(&m, "t", "WRITE_PEER request object 101-102\n", error));
	masks_apply(&m, "step", request, answer, payload, sizeof(payload));
	assert_memory_equal(payload, "\1\2\3\4", 4);
	masks_apply_request(&m, "step", request, payload, sizeof(payload));
	assert_memory_equal(payload, "\1\0\0\4", 4);
	masks_free(&m);
	assert_true(masks_add_text(&m, "t", "WRITE_PEER request header 40\n", error));
	masks_apply_request(&m, "step", request, payload, sizeof(payload));
	assert_int_equal(request[40], 0);
	masks_free(&m);
}

static void masks_may_depend_on_result_and_step(void **state)
{
	uint8_t request[48] = {0x02, 0x11};

	(void)state;
	expect_masked("NEW_VDI answer payload 1 if failure", request, 0, 0, 0, 8);
	expect_masked("NEW_VDI answer payload 1 if failure", request, 4, 1, 2, 8);
	expect_masked("NEW_VDI answer payload 1 in step", request, 0, 1, 2, 8);
	expect_masked("NEW_VDI answer payload 1 in another", request, 0, 0, 0, 8);
}

static void masks_of_epochs_follow_the_room_for_nodes(void **state)
{
	uint8_t request[48] = {0x0a, 0x87};
	uint8_t head[48] = {0};
	uint8_t payload[2 * (48 + 2 * 80)];
	struct masks m = {0};
	char error[400];

	(void)state;
	request[40] = 2; /* room for two nodes */
	memset(payload, 0xff, sizeof(payload));
	for (size_t i = 0; i < 2; i++) {
		memset(payload + i * 208 + 20, 0, 4);
		payload[i * 208 + 20] = 1; /* one of them is used */
	}
	assert_true(masks_add_text(&m, "t",
				   "STAT_CLUSTER answer epoch 0-15\n"
				   "STAT_CLUSTER answer epoch-node 0-23\n"
				   "STAT_CLUSTER answer epoch-free all\n",
				   error));
	masks_apply(&m, "step", request, head, payload, sizeof(payload));
	for (size_t i = 0; i < sizeof(payload); i++) {
		size_t at = i % 208;
		bool masked = at < 16 || (at >= 48 && at < 72) || at >= 128;

		if (at < 20 || at >= 24)
			assert_int_equal(payload[i], masked ? 0 : 0xff);
	}
	masks_free(&m);
}

static void masks_look_at_what_was_said_in_any_order(void **state)
{
	uint8_t request[48] = {0x0a, 0x87};
	uint8_t head[48] = {[16] = 1};
	uint8_t payload[48 + 2 * 80];
	struct masks m = {0};
	char error[400];

	(void)state;
	request[40] = 2; /* room for two nodes */
	memset(payload, 0xff, sizeof(payload));
	memset(payload + 20, 0, 4);
	payload[20] = 1; /* one of them is used */
	assert_true(masks_add_text(&m, "t",
				   "STAT_CLUSTER answer header 16-19\n"
				   "STAT_CLUSTER answer header 4-7 if failure\n"
				   "STAT_CLUSTER answer epoch 20-23\n"
				   "STAT_CLUSTER answer epoch-free all\n",
				   error));
	memset(head + 4, 0xff, 4);
	masks_apply(&m, "step", request, head, payload, sizeof(payload));
	for (size_t i = 0; i < sizeof(payload); i++)
		assert_int_equal(payload[i], (i >= 20 && i < 24) || i >= 128 ? 0 : 0xff);
	for (size_t i = 0; i < sizeof(head); i++)
		assert_int_equal(head[i], 0);
	masks_free(&m);
}

static void the_built_in_masks_are_in_their_own_format(void **state)
{
	struct masks m = {0};
	char error[400] = "";

	(void)state;
	if (!masks_add_text(&m, "built-in", builtin_masks, error))
		fail_msg("%s", error);
	assert_true(m.nr > 15);
	masks_free(&m);
}

static void refuse_mask(const char *text, const char *words)
{
	struct masks m = {0};
	char error[400] = "";

	assert_false(masks_add_text(&m, "t", text, error));
	if (strstr(error, words) == NULL)
		fail_msg("`%s' is not in `%s'", words, error);
	masks_free(&m);
}

static void malformed_masks_are_told_with_their_line(void **state)
{
	(void)state;
	refuse_mask("# x\nREAD_OB answer payload 1\n", "t:2: there is no operation `READ_OB'");
	refuse_mask("READ_OBJ question payload 1\n", "answer or request, not `question'");
	refuse_mask("READ_OBJ request payload 1 if failure\n", "a request cannot fail");
	refuse_mask("READ_OBJ answer tail 1\n", "`tail' is no part");
	refuse_mask("READ_OBJ answer payload 5-4\n", "with B not below A");
	refuse_mask("READ_OBJ answer payload x\n", "bytes are A-B");
	refuse_mask("READ_OBJ answer payload last\n", "last how many");
	refuse_mask("READ_OBJ answer payload 1 if blue\n", "if inode, attribute, or failure");
	refuse_mask("READ_OBJ answer payload 1 from 3\n", "unexpected `from'");
	refuse_mask("READ_OBJ answer node 1 from -3\n", "from is not negative");
	refuse_mask("READ_OBJ answer\n", "not `OPERATION answer|request PART BYTES");
}

/* ------------------------------------------------------------------ processes of their own */

static int succeed(void *arg)
{
	*(int *)arg = 42;
	return EXIT_VACUOUS;
}

static int give_up(void *arg)
{
	(void)arg;
	abort();
}

static int leave(void *arg)
{
	(void)arg;
	exit(EXIT_PASSED);
}

static void work_in_a_process_of_its_own_gives_its_result_or_an_internal_error(void **state)
{
	int result = 0;

	(void)state;
	assert_int_equal(isolate("x", succeed, &result, &result, sizeof(result)), EXIT_VACUOUS);
	assert_int_equal(result, 42);
	assert_int_equal(isolate("x", give_up, NULL, &result, sizeof(result)), EXIT_INTERNAL);
	assert_int_equal(isolate("x", leave, NULL, &result, sizeof(result)), EXIT_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conversation_is_read_in_the_order_of_n),
		cmocka_unit_test(malformed_conversations_are_told_with_their_line),
		cmocka_unit_test(shepherds_messages_and_events_are_read),
		cmocka_unit_test(a_sequence_has_its_topology_and_its_steps_in_order),
		cmocka_unit_test(malformed_sequences_are_told_with_their_line),
		cmocka_unit_test(masks_count_from_where_they_say),
		cmocka_unit_test(masks_of_objects_begin_at_the_requests_offset),
		cmocka_unit_test(masks_of_requests_leave_answers_alone),
		cmocka_unit_test(masks_may_depend_on_result_and_step),
		cmocka_unit_test(masks_of_epochs_follow_the_room_for_nodes),
		cmocka_unit_test(masks_look_at_what_was_said_in_any_order),
		cmocka_unit_test(the_built_in_masks_are_in_their_own_format),
		cmocka_unit_test(malformed_masks_are_told_with_their_line),
		cmocka_unit_test(
			work_in_a_process_of_its_own_gives_its_result_or_an_internal_error),
	};

	return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
