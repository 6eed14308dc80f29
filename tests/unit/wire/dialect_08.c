/* The words of 0.7 (0x08) and those of 1.0 (versions.md 3.2, 3.3, 4.2, 4.6; wire-protocols 1.7). */
#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/older.h"
#include "sheepsim/wire/peer.h"
#include "wire/dialect.h"

/* ------------------------------------------------------------------ headers */

/* What q is as said in 0.7. */
static void assert_req_said(const struct req *q, const char *hex)
{
	uint8_t head[WIRE_HEADER], expected[WIRE_HEADER];
	struct req said = *q;

	unhex(hex, expected, sizeof(expected));
	dialect_req_send(DIALECT_08, &said);
	req_encode(&said, head);
	assert_memory_equal(head, expected, sizeof(head));
}

/* Bytes that somebody of 0.7, or a client, has said. */
static struct req req_heard(const char *hex)
{
	uint8_t head[WIRE_HEADER];
	struct req q;

	unhex(hex, head, sizeof(head));
	req_decode(head, &q);
	dialect_req_receive(DIALECT_08, &q);
	return q;
}

static void assert_rsp_said(uint8_t opcode, const struct rsp *p, const char *hex)
{
	uint8_t head[WIRE_HEADER], expected[WIRE_HEADER];
	struct rsp said = *p;

	unhex(hex, expected, sizeof(expected));
	dialect_rsp_send(DIALECT_08, opcode, &said);
	rsp_encode(&said, head);
	assert_memory_equal(head, expected, sizeof(head));
}

static struct rsp rsp_heard(uint8_t opcode, const char *hex)
{
	uint8_t head[WIRE_HEADER];
	struct rsp p;

	unhex(hex, head, sizeof(head));
	rsp_decode(head, &p);
	dialect_rsp_receive(DIALECT_08, opcode, &p);
	return p;
}

static void requests_on_objects_have_wider_copies_and_offsets(void **state)
{
	static const char hex[] = "08a5 0500 07000000 00000000 00100000 05000000 2b20ed00"
				  "0100000000ed2a00 03000000 00000000 0010000000000000";
	struct req q;

	(void)state;
	req_init(&q, SD_OP_WRITE_PEER);
	q.flags = SD_FLAG_CMD_WRITE | SD_FLAG_CMD_CACHE;
	q.epoch = 7;
	q.data_length = 0x1000;
	q.obj.oid = 0x00ed202b00000005;
	q.obj.cow_oid = 0x002aed0000000001;
	q.obj.copies = 3;
	q.obj.copy_policy = 0x22; /* nothing of this leaks into the copies */
	q.obj.ec_index = 1;
	q.obj.offset = 0x1000;
	assert_req_said(&q, hex);
	q = req_heard(hex);
	assert_int_equal(q.variant, VARIANT_OBJ);
	assert_int_equal(q.obj.oid, 0x00ed202b00000005);
	assert_int_equal(q.obj.cow_oid, 0x002aed0000000001);
	assert_int_equal(q.obj.copies, 3);
	assert_int_equal(q.obj.copy_policy, 0);
	assert_int_equal(q.obj.ec_index, 0);
	assert_int_equal(q.obj.offset, 0x1000);
}

static void numbers_that_do_not_fit_stay_too_large(void **state)
{
	struct req q = req_heard("08a5 0100 00000000 00000000 00100000 05000000 2b20ed00"
				 "0000000000000000 03000016 00000000 0010000001000000");

	(void)state;
	assert_int_equal(q.obj.copies, 255);
	assert_int_equal(q.obj.offset, UINT32_MAX);
}

/* versions.md 5.3, i: byte 31 is the most significant one of the copies. */
static void byte_31_of_new_vdi_is_part_of_the_copies(void **state)
{
	static const char hex[] = "0011 0100 00000000 00000000 00010000 0000000100000000"
				  "00000000 00000016 00000000 0000000000000000 00000000";
	struct req q = req_heard(hex);
	struct rsp p;

	(void)state;
	assert_int_equal(q.vdi.vdi_size, 0x1000000);
	assert_int_equal(q.vdi.copies, 0);
	assert_int_equal(q.vdi.copies_more, 0x160000);
	assert_int_equal(q.vdi.block_size_shift, SD_DEFAULT_BLOCK_SIZE_SHIFT);
	assert_req_said(&q, hex);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.vdi.vdi_id = 0xed202b;
	p.vdi.copies_more = 0x160000;
	assert_rsp_said(SD_OP_NEW_VDI, &p,
			"0011 0000 00000000 00000000 00000000 00000000 00000000"
			"2b20ed00 00000000 00000016 000000000000000000000000");
	p = rsp_heard(SD_OP_NEW_VDI, "0011 0000 00000000 00000000 00000000 00000000 00000000"
				     "2b20ed00 00000000 03000016 000000000000000000000000");
	assert_int_equal(p.vdi.vdi_id, 0xed202b);
	assert_int_equal(p.vdi.copies, 3);
	assert_int_equal(p.vdi.copies_more, 0x160000);
}

static void notices_of_vdis_have_their_own_places(void **state)
{
	static const char hex[] = "08af 0000 00000000 00000000 00000000 2b20ed00 2c20ed00"
				  "03000000 01000000 00000000 00000000 00000000 00000000";
	struct req q;

	(void)state;
	req_init(&q, SD_OP_NOTIFY_VDI_ADD);
	q.vdi_state.old_vid = 0xed202b;
	q.vdi_state.new_vid = 0xed202c;
	q.vdi_state.copies = 3;
	q.vdi_state.set_bitmap = 1;
	q.vdi_state.block_size_shift = 22;
	assert_req_said(&q, hex);
	q = req_heard(hex);
	assert_int_equal(q.vdi_state.old_vid, 0xed202b);
	assert_int_equal(q.vdi_state.new_vid, 0xed202c);
	assert_int_equal(q.vdi_state.copies, 3);
	assert_int_equal(q.vdi_state.copies_more, 0);
	assert_int_equal(q.vdi_state.set_bitmap, 1);
}

/* Its clusters have no flags of their own (versions.md 3.2), and always automatic vnodes. */
static void formats_have_no_flags_but_those_of_the_header(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_MAKE_FS);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 6;
	q.cluster.ctime = 0x0102030405060708;
	q.cluster.copies = 2;
	q.cluster.flags = SD_CLUSTER_FLAG_AUTO_VNODES;
	q.cluster.block_size_shift = 22;
	assert_req_said(&q, "0884 0100 00000000 00000000 06000000 0000000000000000"
			    "0807060504030201 02000000 00000000 00000000 00000000");
	q = req_heard("0884 0100 00000000 00000000 06000000 0000000000000000"
		      "0807060504030201 02000000 00000000 00000000 00000000");
	assert_int_equal(q.cluster.ctime, 0x0102030405060708);
	assert_int_equal(q.cluster.copies, 2);
	assert_int_equal(q.cluster.flags, SD_CLUSTER_FLAG_AUTO_VNODES);
	assert_int_equal(q.cluster.block_size_shift, SD_DEFAULT_BLOCK_SIZE_SHIFT);
}

static void answers_on_objects_say_what_was_left_out(void **state)
{
	static const char hex[] = "0002 0000 01000000 09000000 00100000 00000000"
				  "03000000 0010000000000000 000000000000000000000000 00000000";
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_READ_OBJ);
	q.id = 9;
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.epoch = 1;
	p.opcode = SD_OP_READ_OBJ;
	p.id = 9;
	p.data_length = 0x1000;
	p.obj.copies = 3;
	p.obj.offset = 0x1000;
	assert_rsp_said(SD_OP_READ_OBJ, &p, hex);
	p = rsp_heard(SD_OP_READ_OBJ, hex);
	assert_int_equal(p.variant, VARIANT_OBJ);
	assert_int_equal(p.obj.copies, 3);
	assert_int_equal(p.obj.offset, 0x1000);
}

static void answers_on_nodes_say_which_one_is_asked(void **state)
{
	static const char hex[] = "0082 0000 01000000 00000000 a8000000 00000000"
				  "03000000 02000000 00000000 0000000000000000"
				  "0000000000000000";
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_GET_NODE_LIST);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.opcode = SD_OP_GET_NODE_LIST;
	p.epoch = 1;
	p.data_length = 3 * SD_NODE_SIZE_08;
	p.node.nr_nodes = 3;
	p.node.local_idx = 2;
	assert_rsp_said(SD_OP_GET_NODE_LIST, &p, hex);
	p = rsp_heard(SD_OP_GET_NODE_LIST, hex);
	assert_int_equal(p.node.nr_nodes, 3);
	assert_int_equal(p.node.local_idx, 2);
}

/* Whatever somebody sends: the same operation, and nothing that 0.7 would have said otherwise. */
static void what_is_heard_is_said_again(void **state)
{
	(void)state;
	for (int i = 0; i < 256 * 16; i++) {
		uint8_t head[WIRE_HEADER], again[WIRE_HEADER], twice[WIRE_HEADER];
		struct req q, said;

		fill_random(head, sizeof(head), 8, (uint64_t)i);
		head[1] = (uint8_t)i;
		req_decode(head, &q);
		dialect_req_receive(DIALECT_08, &q);
		assert_int_equal(q.opcode, head[1]);
		said = q;
		dialect_req_send(DIALECT_08, &said);
		req_encode(&said, again);
		req_decode(again, &said);
		dialect_req_receive(DIALECT_08, &said);
		dialect_req_send(DIALECT_08, &said);
		req_encode(&said, twice);
		assert_memory_equal(again, twice, sizeof(again));
	}
}

/* ------------------------------------------------------------------ payloads */

static const struct node_rec members[] = {
	{.nid = {.addr = {[12] = 127, [15] = 1}, .port = 7000}, .nr_vnodes = 64, .space = 1 << 30},
	{.nid = {.addr = {[12] = 127, [15] = 1}, .port = 7001},
	 .nr_vnodes = 64,
	 .zone = 1,
	 .space = 2 << 30},
	{.nid = {.addr = {[12] = 127, [15] = 1}, .port = 7002},
	 .nr_vnodes = 63,
	 .zone = 2,
	 .space = 3ull << 30},
};

/* Takes inside over: said, it has these bytes; and heard, it is the same again. */
static void assert_both_ways(const struct req *q, bool answer, struct blob *inside, uint64_t size)
{
	struct blob *said = dialect_payload_send(DIALECT_08, q->opcode, answer, inside);
	struct blob *heard = dialect_payload_receive(DIALECT_08, q, answer, said);

	assert_int_equal(blob_size(said), size);
	assert_true(blob_equal(heard, inside));
	blob_unref(heard);
	blob_unref(said);
	blob_unref(inside);
}

static void lists_of_members_have_shorter_records(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_GET_NODE_LIST);
	assert_both_ways(&q, true, node_list_encode(members, 3), 3 * SD_NODE_SIZE_08);
	assert_both_ways(&q, true, node_list_encode(members, 0), 0);
	req_init(&q, SD_OP_GET_EPOCH);
	assert_both_ways(&q, true, epoch_blob_encode(members, 3, 1234567890),
			 3 * SD_NODE_SIZE_08 + 8);
}

static struct blob *logs(uint32_t slots)
{
	struct epoch_log head = {.ctime = 5, .time = 6, .epoch = 2, .nr_nodes = 3};
	uint64_t unit = EPOCH_LOG_HEAD + (uint64_t)slots * NODE_RECORD_SIZE;
	struct blob *list = node_list_encode(members, 3), *b = blob_zero(2 * unit);
	uint8_t bytes[EPOCH_LOG_HEAD];

	for (int i = 0; i < 2; i++) {
		head.epoch--;
		epoch_log_encode(&head, bytes);
		b = blob_write(b, (uint64_t)i * unit, bytes, sizeof(bytes));
		b = blob_overlay(b, (uint64_t)i * unit + sizeof(bytes), list);
	}
	blob_unref(list);
	return b;
}

/* Who asks has places for another number of nodes than the answer. */
static void epoch_logs_have_1024_places(void **state)
{
	struct blob *said, *heard, *few = logs(5), *many = logs(SD_MAX_NODES_08);
	struct req q;

	(void)state;
	req_init(&q, SD_OP_STAT_CLUSTER);
	q.cluster.nodes_nr = 5;
	said = dialect_payload_send(DIALECT_08, q.opcode, true, many);
	assert_int_equal(blob_size(said), 2 * SD_EPOCH_LOG_SIZE_08);
	heard = dialect_payload_receive(DIALECT_08, &q, true, said);
	assert_true(blob_equal(heard, few));
	blob_unref(heard);
	blob_unref(said);
	blob_unref(many);
	blob_unref(few);
}

/* Room is for as many whole records; a node of 0.7 knows its own number of places. */
static void room_is_for_as_many_records(void **state)
{
	struct req q, said;

	(void)state;
	req_init(&q, SD_OP_GET_NODE_LIST);
	q.data_length = 7 * NODE_RECORD_SIZE + 1;
	said = q;
	dialect_req_send(DIALECT_08, &said);
	assert_int_equal(said.data_length, 7 * SD_NODE_SIZE_08);
	dialect_req_receive(DIALECT_08, &said);
	assert_int_equal(said.data_length, 7 * NODE_RECORD_SIZE);
	req_init(&q, SD_OP_STAT_CLUSTER);
	q.cluster.nodes_nr = 5;
	q.data_length = 2 * (EPOCH_LOG_HEAD + 5 * NODE_RECORD_SIZE);
	dialect_req_send(DIALECT_08, &q);
	assert_int_equal(q.data_length, 2 * SD_EPOCH_LOG_SIZE_08);
	dialect_req_receive(DIALECT_08, &q);
	assert_int_equal(q.cluster.nodes_nr, SD_MAX_NODES_08);
	assert_int_equal(q.data_length, 2 * (EPOCH_LOG_HEAD + SD_MAX_NODES_08 * NODE_RECORD_SIZE));
}

/* Half a record is not one; bytes of objects are what they are. */
static void other_payloads_stay_as_they_are(void **state)
{
	struct blob *bytes = hex_blob("0102030405060708"), *same;
	struct req q;

	(void)state;
	req_init(&q, SD_OP_WRITE_OBJ);
	same = dialect_payload_receive(DIALECT_08, &q, false, bytes);
	assert_ptr_equal(same, bytes);
	blob_unref(same);
	req_init(&q, SD_OP_GET_EPOCH);
	same = dialect_payload_receive(DIALECT_0A, &q, true, bytes);
	assert_ptr_equal(same, bytes);
	blob_unref(same);
	assert_null(dialect_payload_receive(DIALECT_08, &q, true, NULL));
	assert_null(dialect_payload_send(DIALECT_08, q.opcode, true, NULL));
	blob_unref(bytes);
}

/* ------------------------------------------------------------------ trimmed reads */

/* Of a read of len bytes from at on, with ones where a byte is at `first' to `last'. */
static void assert_trimmed(uint64_t at, uint64_t len, uint64_t first, uint64_t last,
			   uint64_t expected_front, uint64_t expected_size)
{
	struct blob *b = blob_zero(len), *trimmed, *whole;
	uint64_t front;

	b = blob_write(b, first, "\x01", 1);
	b = blob_write(b, last, "\x01", 1);
	trimmed = dialect_trim(b, at, &front);
	assert_int_equal(front, expected_front);
	assert_int_equal(blob_size(trimmed), expected_size);
	whole = dialect_expand(trimmed, front, len);
	assert_true(blob_equal(whole, b));
	blob_unref(whole);
	blob_unref(trimmed);
	blob_unref(b);
}

static void reads_are_trimmed_by_blocks_of_the_object(void **state)
{
	struct blob *zeros = blob_zero(16384), *trimmed, *whole;
	uint64_t front = 1;

	(void)state;
	/* captured of 0.7.8: one block of four that is not zero (versions.md 5.3) */
	assert_trimmed(0, 16384, 4096, 8191, 4096, 4096);
	/* nothing to leave out */
	assert_trimmed(0, 16384, 0, 16383, 0, 16384);
	assert_trimmed(0, 100, 50, 50, 0, 100);
	/* blocks are those of the object, not of the read */
	assert_trimmed(4000, 8192, 5000, 5000, 4192, 4000);
	assert_trimmed(4000, 8192, 96, 96, 96, 4096);
	assert_trimmed(4000, 8192, 95, 95, 0, 96);
	/* a piece of a block at the end is left out as a whole one is */
	assert_trimmed(0, 5000, 10, 10, 0, 4096);
	trimmed = dialect_trim(zeros, 123, &front);
	assert_int_equal(front, 0);
	assert_int_equal(blob_size(trimmed), 0);
	whole = dialect_expand(trimmed, front, 16384);
	assert_true(blob_equal(whole, zeros));
	blob_unref(whole);
	blob_unref(trimmed);
	blob_unref(zeros);
}

/* Answers can lie. */
static void what_belongs_past_the_end_is_dropped(void **state)
{
	struct blob *b = hex_blob("01020304"), *whole;

	(void)state;
	whole = dialect_expand(b, 6, 8);
	assert_blob_bytes("cut", whole, "\0\0\0\0\0\0\1\2", 8);
	blob_unref(whole);
	whole = dialect_expand(b, UINT64_MAX - 1, 8);
	assert_blob_bytes("far away", whole, "\0\0\0\0\0\0\0\0", 8);
	blob_unref(whole);
	whole = dialect_expand(NULL, 0, 8);
	assert_blob_bytes("nothing", whole, "\0\0\0\0\0\0\0\0", 8);
	blob_unref(whole);
	blob_unref(b);
}

static void only_07_trims_and_only_for_who_knows_of_it(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_READ_OBJ);
	for (uint8_t version = 0; version <= 2; version++) {
		q.proto_ver = version;
		assert_int_equal(dialect_trims(DIALECT_08, &q), version == 2);
		assert_false(dialect_trims(DIALECT_09A, &q));
		assert_false(dialect_trims(DIALECT_0A, &q));
	}
	req_init(&q, SD_OP_READ_PEER);
	assert_true(dialect_trims(DIALECT_08, &q));
	assert_false(dialect_trims(DIALECT_09A, &q));
	req_init(&q, SD_OP_WRITE_PEER);
	assert_false(dialect_trims(DIALECT_08, &q));
}

static void an_answer_is_whole_when_it_is_inside(void **state)
{
	struct blob *b = hex_blob("01020304"), *whole;
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_READ_PEER);
	q.data_length = 8;
	p = rsp_heard(SD_OP_READ_PEER, "08a4 0000 00000000 00000000 04000000 00000000 00000000"
				       "0300000000000000 0000000000000000 0000000000000000");
	whole = dialect_answer_receive(DIALECT_08, &q, &p, b);
	assert_blob_bytes("from its offset on", whole, "\0\0\0\1\2\3\4\0", 8);
	assert_int_equal(p.data_length, 8);
	assert_int_equal(p.obj.offset, 0);
	blob_unref(whole);
	/* an error has no content */
	p = rsp_heard(SD_OP_READ_PEER, "08a4 0000 00000000 00000000 00000000 02000000 00000000"
				       "0000000000000000 0000000000000000 0000000000000000");
	assert_null(dialect_answer_receive(DIALECT_08, &q, &p, NULL));
	assert_int_equal(p.result, SD_RES_NO_OBJ);
	blob_unref(b);
}

/* ------------------------------------------------------------------ what it has not */

static void coded_vdis_cannot_be(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_NEW_VDI);
	q.vdi.copies = 3;
	assert_false(dialect_refuses(DIALECT_08, &q));
	q.vdi.copy_policy = 0x22;
	assert_true(dialect_refuses(DIALECT_08, &q));
	assert_false(dialect_refuses(DIALECT_09A, &q));
	q.vdi.copy_policy = 0;
	q.vdi.store_policy = SD_STORE_POLICY_BTREE;
	assert_true(dialect_refuses(DIALECT_08, &q));
	req_init(&q, SD_OP_MAKE_FS);
	assert_false(dialect_refuses(DIALECT_08, &q));
	q.cluster.copy_policy = 0x22;
	assert_true(dialect_refuses(DIALECT_08, &q));
}

int dialect_08_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_on_objects_have_wider_copies_and_offsets),
		cmocka_unit_test(numbers_that_do_not_fit_stay_too_large),
		cmocka_unit_test(byte_31_of_new_vdi_is_part_of_the_copies),
		cmocka_unit_test(notices_of_vdis_have_their_own_places),
		cmocka_unit_test(formats_have_no_flags_but_those_of_the_header),
		cmocka_unit_test(answers_on_objects_say_what_was_left_out),
		cmocka_unit_test(answers_on_nodes_say_which_one_is_asked),
		cmocka_unit_test(what_is_heard_is_said_again),
		cmocka_unit_test(lists_of_members_have_shorter_records),
		cmocka_unit_test(epoch_logs_have_1024_places),
		cmocka_unit_test(room_is_for_as_many_records),
		cmocka_unit_test(other_payloads_stay_as_they_are),
		cmocka_unit_test(reads_are_trimmed_by_blocks_of_the_object),
		cmocka_unit_test(what_belongs_past_the_end_is_dropped),
		cmocka_unit_test(only_07_trims_and_only_for_who_knows_of_it),
		cmocka_unit_test(an_answer_is_whole_when_it_is_inside),
		cmocka_unit_test(coded_vdis_cannot_be),
	};

	return cmocka_run_group_tests_name("dialect 0x08", tests, NULL, NULL);
}
