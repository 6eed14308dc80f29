/* What releases before 0.9 say in other words: layouts by example, and back (versions.md 3, 4). */
#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/older.h"
#include "sheepsim/wire/older_header.h"
#include "sheepsim/wire/peer.h"
#include "wire/dialect.h"

/* ------------------------------------------------------------------ headers */

/* A request header of a dialect has these fields, and they make it again. */
static void decode_req(enum dialect d, const char *hex, struct req *q)
{
	uint8_t head[WIRE_HEADER], again[WIRE_HEADER];

	unhex(hex, head, sizeof(head));
	req_decode_as(head, dialect_req_variant(d, head[1]), q);
	req_encode(q, again);
	assert_memory_equal(head, again, sizeof(head));
}

static void decode_rsp(enum dialect d, const char *hex, struct rsp *p)
{
	uint8_t head[WIRE_HEADER], again[WIRE_HEADER];

	unhex(hex, head, sizeof(head));
	rsp_decode_as(head, dialect_rsp_variant(d, head[1]), p);
	rsp_encode(p, again);
	assert_memory_equal(head, again, sizeof(head));
}

static void copies_had_32_bits_and_offsets_64(void **state)
{
	struct req q;

	(void)state;
	decode_req(DIALECT_08,
		   "0003 0100 00000000 07000000 00100000 05000000 2b20ed00"
		   "0100000000ed2a00 03000016 09000000 0010000001000000",
		   &q);
	assert_int_equal(q.variant, VARIANT_OBJ_08);
	assert_int_equal(req_object(&q), 0x00ed202b00000005);
	assert_int_equal(q.obj_08.cow_oid, 0x002aed0000000001);
	assert_int_equal(q.obj_08.copies, 0x16000003);
	assert_int_equal(q.obj_08.tgt_epoch, 9);
	assert_int_equal(req_offset(&q), UINT64_C(0x100001000));
	decode_req(DIALECT_09A,
		   "0003 0100 00000000 07000000 00100000 05000000 2b20ed00"
		   "0100000000ed2a00 03000016 09000000 0010000001000000",
		   &q);
	assert_int_equal(q.variant, VARIANT_OBJ);
	assert_int_equal(q.obj.copies, 3);
	assert_int_equal(req_offset(&q), 0x1000);
}

/* What QEMU 2.3 puts into byte 31 is the highest byte of the copies (versions.md 5.3, i). */
static void byte_31_of_new_vdi_was_part_of_the_copies(void **state)
{
	static const char *const said = "0011 0100 00000000 00000000 00010000 0000000100000000"
					"00000000 00000016 00000000 00000000 0000000000000000";
	struct req q;
	struct rsp p;

	(void)state;
	decode_req(DIALECT_08, said, &q);
	assert_int_equal(q.vdi_08.vdi_size, 1 << 24);
	assert_int_equal(q.vdi_08.copies, 0x16000000);
	decode_req(DIALECT_0A, said, &q);
	assert_int_equal(q.vdi.copies, 0);
	assert_int_equal(q.vdi.block_size_shift, 0x16);
	decode_rsp(DIALECT_08,
		   "0011 0000 01000000 00000000 00000000 00000000 00000000 2b20ed00 00000000"
		   "00000016 000000000000000000000000",
		   &p);
	assert_int_equal(p.vdi_08.vdi_id, 0xed202b);
	assert_int_equal(p.vdi_08.copies, 0x16000000);
}

static void other_variants_had_other_places(void **state)
{
	struct req q;
	struct rsp p;

	(void)state;
	/* MAKE_FS: the flags are those of the header */
	decode_req(DIALECT_07B,
		   "0784 0900 00000000 00000000 06000000 0000000000000000 a02d4632b680026b"
		   "02000000 00000000 0000000000000000",
		   &q);
	assert_int_equal(q.cluster_08.copies, 2);
	assert_int_equal(q.cluster_08.ctime, UINT64_C(0x6b0280b632462da0));
	/* NOTIFY_VDI_ADD: set_bitmap at 28 */
	decode_req(DIALECT_08,
		   "08af 0000 00000000 00000000 00000000 2b20ed00 2c20ed00 03000000 01 000000"
		   "00000000000000000000000000000000",
		   &q);
	assert_int_equal(q.vdi_state_08.old_vid, 0xed202b);
	assert_int_equal(q.vdi_state_08.new_vid, 0xed202c);
	assert_int_equal(q.vdi_state_08.copies, 3);
	assert_int_equal(q.vdi_state_08.set_bitmap, 1);
	/* GET_OBJ_LIST: an epoch that nobody reads */
	decode_req(DIALECT_07A,
		   "07a1 0000 02000000 00000000 00004000 05000000 00000000 0000000000000000"
		   "00000000000000000000000000000000",
		   &q);
	assert_int_equal(q.list_07a.tgt_epoch, 5);
	assert_int_equal(dialect_req_variant(DIALECT_07B, SD_OP_GET_OBJ_LIST), VARIANT_NONE);
	/* lists of members: the receiver's place, and the master's */
	decode_rsp(DIALECT_07A,
		   "0082 0000 01000000 00000000 70000000 00000000 02000000 01000000 03000000"
		   "00000000000000000000000000000000",
		   &p);
	assert_int_equal(p.node_08.nr_nodes, 2);
	assert_int_equal(p.node_08.local_idx, 1);
	assert_int_equal(p.node_08.master_idx, 3);
	/* a trimmed read: zeros left out at the front */
	decode_rsp(DIALECT_06B,
		   "0002 0000 01000000 05000000 00100000 00000000 03000000 0010000000000000"
		   "00000000000000000000000000000000",
		   &p);
	assert_int_equal(p.obj_08.copies, 3);
	assert_int_equal(p.obj_08.offset, 4096);
}

/* ------------------------------------------------------------------ operations and results */

static void numbers_meant_other_operations(void **state)
{
	(void)state;
	assert_string_equal(op_info_at(SD_RELEASE_0_5, 0x81)->name, "DEL_VDI");
	assert_null(op_info_at(SD_RELEASE_0_6, 0x81));
	assert_null(op_info_at(SD_RELEASE_0_5, SD_OP_DEL_VDI));
	assert_string_equal(op_info_at(SD_RELEASE_0_6, SD_OP_DEL_VDI)->name, "DEL_VDI");
	assert_string_equal(op_info_at(SD_RELEASE_0_6, 0xb6)->name, "UPDATE_SIZE");
	assert_string_equal(op_info_at(SD_RELEASE_0_7, 0xb6)->name, "GET_CACHE_INFO");
	assert_null(op_info_at(SD_RELEASE_0_5_6, 0xb6));
	assert_string_equal(op_info_at(SD_RELEASE_0_6, 0x95)->name, "TRACE");
	assert_string_equal(op_info_at(SD_RELEASE_0_7, 0x95)->name, "TRACE_STATUS");
	assert_string_equal(op_info_at(SD_RELEASE_0_5, 0xa7)->name, "SET_CACHE_SIZE");
	assert_null(op_info_at(SD_RELEASE_0_6, 0xa7));
	assert_null(op_info_at(SD_RELEASE_0_8, SD_OP_EXIST));
	assert_null(op_info_at(SD_RELEASE_1_0, 0xff));
	/* what carried its fields as payload */
	assert_int_equal(dialect_payload_shape(DIALECT_07A, SD_OP_NOTIFY_VDI_ADD, false),
			 SHAPE_VDI_STATES);
	assert_int_equal(dialect_payload_shape(DIALECT_07B, SD_OP_NOTIFY_VDI_ADD, false),
			 SHAPE_NONE);
}

static void results_had_other_numbers(void **state)
{
	char buf[12];

	(void)state;
	assert_string_equal(result_name_at(SD_RELEASE_0_5_6, 0x1a, buf), "FORCE_RECOVER");
	assert_string_equal(result_name_at(SD_RELEASE_0_6, 0x1a, buf), "READONLY");
	assert_string_equal(result_name_at(SD_RELEASE_0_4, 0x20, buf), "NO_STORE");
	assert_string_equal(result_name_at(SD_RELEASE_0_4, 0x21, buf), "NO_SUPPORT");
	assert_string_equal(result_name_at(SD_RELEASE_0_4, 0x22, buf), "NODE_IN_RECOVERY");
	assert_string_equal(result_name_at(SD_RELEASE_0_4, 0x24, buf), "KILLED");
	assert_string_equal(result_name_at(SD_RELEASE_0_4, 0x25, buf), "OID_EXIST");
	assert_string_equal(result_name_at(SD_RELEASE_0_4, 0x26, buf), "AGAIN");
	assert_string_equal(result_name_at(SD_RELEASE_0_6, 0x26, buf), "0x26");
	assert_string_equal(result_name_at(SD_RELEASE_0_9_3, 0x1b, buf), "INCOMPLETE");
	assert_string_equal(result_name_at(SD_RELEASE_0_9_3, 0x1c, buf), "COLLECTING_CINFO");
	assert_string_equal(result_name_at(SD_RELEASE_0_8, 0x1c, buf), "0x1c");
	assert_string_equal(result_name_at(SD_RELEASE_1_0, 0x1c, buf), "0x1c");
	assert_string_equal(result_name_at(SD_RELEASE_0_5, 0x02, buf), "NO_OBJ");
}

static void flags_and_states_were_other_bits(void **state)
{
	char buf[96];

	(void)state;
	assert_string_equal(cluster_flags_text_07(0x000d, buf), "NOHALT|QUORUM|0x1");
	assert_string_equal(status_text_07(SD_STATUS_07_WAIT_FOR_JOIN, buf), "WAIT_FOR_JOIN");
	assert_string_equal(status_text_07(0x6b, buf), "OK|WAIT_FOR_FORMAT|SHUTDOWN|HALT|KILLED");
}

/* ------------------------------------------------------------------ member records */

static struct node_rec example_node(void)
{
	struct node_rec n = {.nr_vnodes = 64, .zone = 5, .space = UINT64_C(1) << 40};

	n.nid.addr[12] = 10;
	n.nid.addr[15] = 1;
	n.nid.port = 7001;
	n.nid.io_addr[12] = 11;
	n.nid.io_addr[15] = 2;
	n.nid.io_port = 7002;
	return n;
}

#define ADDRESS "0000000000000000 00000000 0a000001 591b"

static void member_records_have_their_layouts(void **state)
{
	static const struct {
		enum dialect d;
		const char *hex;
		bool io, space;
	} known[] = {
		{DIALECT_05, ADDRESS " 4000 05000000", false, false},
		{DIALECT_06A, ADDRESS " 4000 05000000 0000000000010000", false, true},
		{DIALECT_06B, ADDRESS " 4000 05000000 0000000000010000", false, true},
		{DIALECT_07A,
		 ADDRESS " 0000000000000000 00000000 0b000002 5a1b 00000000 4000 0000 05000000"
			 " 0000000000010000",
		 true, true},
		{DIALECT_08,
		 ADDRESS " 0000000000000000 00000000 0b000002 5a1b 00000000 4000 0000 05000000"
			 " 0000000000010000",
		 true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct node_rec node = example_node(), wanted = node, *back;
		uint8_t expected[2 * NODE_RECORD_SIZE];
		uint32_t size = dialect_info(known[i].d)->node_size;
		struct blob *b =
			dialect_nodes_encode(known[i].d, (struct node_rec[]){node, node}, 2);

		unhex(known[i].hex, expected, size);
		memcpy(expected + size, expected, size);
		assert_blob_bytes(known[i].hex, b, expected, 2 * (size_t)size);
		if (!known[i].io) {
			memset(wanted.nid.io_addr, 0, sizeof(wanted.nid.io_addr));
			wanted.nid.io_port = 0;
		}
		if (!known[i].space)
			wanted.space = 0;
		assert_int_equal(dialect_nodes_decode(known[i].d, b, 0, 2, &back, NULL), 0);
		assert_memory_equal(&back[1], &wanted, sizeof(wanted));
		free(back);
		blob_unref(b);
	}
}

static void lists_that_are_longer_than_their_bytes_are_refused(void **state)
{
	(void)state;
	for (int d = DIALECT_05; d < NR_DIALECTS; d++) {
		uint32_t size = dialect_info((enum dialect)d)->node_size;
		struct blob *b = blob_zero(3 * size - 1);
		struct wire_error err = {0};
		struct node_rec *nodes;

		assert_true(dialect_nodes_decode((enum dialect)d, b, 0, 3, &nodes, &err) < 0);
		assert_null(nodes);
		assert_int_equal(err.offset, 0);
		assert_true(dialect_nodes_decode((enum dialect)d, b, size, 2, &nodes, &err) < 0);
		assert_int_equal(err.offset, size);
		assert_true(dialect_nodes_decode((enum dialect)d, b, UINT64_MAX, 1, &nodes, &err) <
			    0);
		assert_true(dialect_nodes_decode((enum dialect)d, b, 0, SIZE_MAX, &nodes, NULL) <
			    0);
		assert_int_equal(dialect_nodes_decode((enum dialect)d, b, 0, 2, &nodes, NULL), 0);
		free(nodes);
		assert_int_equal(dialect_nodes_decode((enum dialect)d, b, 0, 0, &nodes, NULL), 0);
		assert_null(nodes);
		blob_unref(b);
	}
}

static void epochs_of_every_release_come_back(void **state)
{
	(void)state;
	for (int i = DIALECT_05; i < NR_DIALECTS; i++) {
		enum dialect d = (enum dialect)i;
		uint32_t size = dialect_info(d)->node_size, max = dialect_info(d)->max_nodes;
		struct node_rec nodes[3] = {example_node(), example_node(), example_node()}, *back;
		struct blob *b;
		uint64_t time;
		size_t n;

		b = dialect_epoch_encode(d, nodes, 3, 1700000000);
		assert_int_equal(blob_size(b), 3 * size + 8);
		assert_int_equal(dialect_epoch_decode(d, b, &back, &n, &time, NULL), 0);
		assert_int_equal(n, 3);
		assert_int_equal(time, 1700000000);
		assert_int_equal(back[2].zone, 5);
		free(back);
		b = blob_resize(b, 3 * size + 9);
		assert_true(dialect_epoch_decode(d, b, &back, &n, &time, NULL) < 0);
		assert_null(back);
		b = blob_resize(b, (uint64_t)(max + 1) * size + 8);
		assert_true(dialect_epoch_decode(d, b, &back, &n, &time, NULL) < 0);
		b = blob_resize(b, (uint64_t)max * size + 8);
		assert_int_equal(dialect_epoch_decode(d, b, &back, &n, &time, NULL), 0);
		assert_int_equal(n, max);
		free(back);
		blob_unref(b);
	}
}

/* ------------------------------------------------------------------ epoch logs */

static void epoch_logs_have_their_layouts(void **state)
{
#define FRONT "a02d4632b680026b 00f1536500000000 07000000 02000000"
	static const struct {
		enum dialect d;
		const char *hex;
		uint8_t disable, copies, policy;
		uint16_t flags;
		const char *store;
	} known[] = {
		{DIALECT_05, FRONT "03000000", 0, 3, 0, 0, ""},
		{DIALECT_06B, FRONT "03000000 00000000", 0, 3, 0, 0, ""},
		{DIALECT_07A, FRONT "03000000 00000000", 0, 3, 0, 0, ""},
		{DIALECT_07B, FRONT "01 00000000000000", 1, 0, 0, 0, ""},
		{DIALECT_08, FRONT "01 00000000000000", 1, 0, 0, 0, ""},
		{DIALECT_09A, FRONT "01 03 22 00 706c61696e000000 0000000000000000 00000000", 1, 3,
		 0x22, 0, "plain"},
		{DIALECT_09B, FRONT "01 03 22 000000 0800 706c61696e000000 0000000000000000", 1, 3,
		 0x22, 8, "plain"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct epoch_log log = {
			.ctime = UINT64_C(0x6b0280b632462da0),
			.time = 1700000000,
			.epoch = 7,
			.nr_nodes = 2,
			.disable_recovery = known[i].disable,
			.nr_copies = known[i].copies,
			.copy_policy = known[i].policy,
			.flags = known[i].flags,
		};
		uint8_t head[EPOCH_LOG_HEAD], expected[EPOCH_LOG_HEAD];
		struct epoch_log back;

		memcpy(log.drv_name, known[i].store, strlen(known[i].store));
		unhex(known[i].hex, expected, dialect_info(known[i].d)->log_head);
		dialect_log_encode(known[i].d, &log, head);
		assert_memory_equal(head, expected, dialect_info(known[i].d)->log_head);
		dialect_log_decode(known[i].d, head, &back);
		/* as bytes again: a struct has padding, which nobody writes */
		dialect_log_encode(known[i].d, &back, head);
		assert_memory_equal(head, expected, dialect_info(known[i].d)->log_head);
	}
	assert_int_equal(dialect_log_size(DIALECT_05, 7), 24608);
	assert_int_equal(dialect_log_size(DIALECT_06A, 7), 32800);
	assert_int_equal(dialect_log_size(DIALECT_07B, 7), 57376);
	assert_int_equal(dialect_log_size(DIALECT_09A, 7), 491568);
	assert_int_equal(dialect_log_size(DIALECT_09B, 7), 48 + 80 * 7);
}

/* ------------------------------------------------------------------ joins */

static const struct join_message example_join = {
	.proto_ver = 7,
	.nr_copies = 3,
	.nr_nodes = 1,
	.nr_failed = 2,
	.nr_delayed = 4,
	.flags = 0x000d,
	.status = SD_STATUS_07_WAIT_FOR_JOIN,
	.epoch = 9,
	.ctime = UINT64_C(0x6b0280b632462da0),
	.inc_epoch = 1,
	.disable_recovery = 1,
	.store = "farm",
};

static void join_message_comes_back(enum dialect d, const struct join_message *h, const char *hex,
				    size_t head)
{
	struct node_rec node = example_node(), *nodes;
	struct blob *b = join_message_encode(d, h, &node), *again;
	uint8_t expected[64], bytes[64];
	struct wire_error err = {0};
	struct join_message back;

	unhex(hex, expected, head);
	blob_read(b, 0, bytes, head);
	assert_memory_equal(bytes, expected, head);
	assert_int_equal(blob_size(b), head + dialect_info(d)->node_size);
	assert_int_equal(join_message_decode(d, b, &back, &nodes, NULL), 0);
	assert_int_equal(back.status, h->status);
	assert_int_equal(back.ctime, h->ctime);
	assert_int_equal(back.nr_delayed, h->nr_delayed);
	assert_string_equal(back.store, h->store);
	again = join_message_encode(d, &back, nodes);
	assert_true(blob_equal(again, b));
	blob_unref(again);
	free(nodes);
	/* its last node is cut; it is shorter than its front; it has more nodes than there can be
	 */
	b = blob_resize(b, blob_size(b) - 1);
	assert_true(join_message_decode(d, b, &back, &nodes, &err) < 0);
	assert_int_equal(err.offset, head);
	assert_null(nodes);
	b = blob_resize(b, head - 1);
	assert_true(join_message_decode(d, b, &back, &nodes, &err) < 0);
	assert_int_equal(err.offset, head - 1);
	b = blob_write(blob_resize(b, 100000), 2, "\x01\x04", 2);
	assert_true(join_message_decode(d, b, &back, &nodes, &err) < 0);
	assert_int_equal(err.offset, 2);
	blob_unref(b);
}

static void join_messages_have_their_layouts(void **state)
{
	struct join_message h = example_join;

	(void)state;
	join_message_comes_back(DIALECT_07A, &h,
				"07 03 0100 0200 0400 04000000 09000000 a02d4632b680026b 01 01 0d00"
				" 00000000 6661726d00000000 0000000000000000",
				48);
	join_message_comes_back(DIALECT_06A, &h,
				"07 03 0100 0200 0400 04000000 09000000 a02d4632b680026b 01 01 0d00"
				" 00000000 6661726d00000000 0000000000000000",
				48);
	h.proto_ver = 5;
	h.disable_recovery = 0;
	join_message_comes_back(DIALECT_05, &h,
				"05 03 0100 0200 0400 0d00 0000 04000000 09000000 00000000"
				" a02d4632b680026b 01 6661726d00000000 0000000000000000 000000",
				52);
}

static void cluster_info_of_08_is_read_too(void **state)
{
	struct cluster_info ci = {.proto_ver = 8,
				  .nr_nodes = 1,
				  .epoch = 3,
				  .ctime = 99,
				  .nr_copies = 2,
				  .status = SD_STATUS_WAIT,
				  .default_store = "plain"};
	struct node_rec node = example_node(), *nodes;
	struct wire_error err = {0};
	struct cluster_info back;
	struct blob *b = dialect_cluster_info_encode(DIALECT_08, &ci, &node, 0);

	(void)state;
	assert_int_equal(dialect_cluster_info_decode(DIALECT_08, b, &back, &nodes, NULL), 0);
	assert_int_equal(back.status, SD_STATUS_WAIT);
	assert_int_equal(back.nr_copies, 2);
	assert_int_equal(back.block_size_shift, 22);
	assert_int_equal(back.flags, SD_CLUSTER_FLAG_AUTO_VNODES);
	assert_string_equal(back.default_store, "plain");
	assert_int_equal(nodes[0].nid.port, 7001);
	free(nodes);
	b = blob_resize(b, 40 + 55);
	assert_true(dialect_cluster_info_decode(DIALECT_08, b, &back, &nodes, &err) < 0);
	assert_int_equal(err.offset, 40);
	b = blob_resize(b, 39);
	assert_true(dialect_cluster_info_decode(DIALECT_08, b, &back, &nodes, &err) < 0);
	assert_int_equal(err.offset, 39);
	b = blob_write(blob_resize(b, 57384 + 56), 2, "\x01\x04", 2);
	assert_true(dialect_cluster_info_decode(DIALECT_08, b, &back, &nodes, &err) < 0);
	assert_int_equal(err.offset, 2);
	blob_unref(b);
}

/* A snapshot with 3 copies reads as 259 copies on 0.5.6 (versions.md 4.4). */
static void states_of_vdis_were_two_numbers(void **state)
{
	struct vdi_state s = {.vid = 0xed202b, .nr_copies = 3, .snapshot = 1}, *back;
	struct blob *b = dialect_vdi_states_encode(DIALECT_07B, &s, 1);
	size_t n;

	(void)state;
	assert_blob_bytes("0.6", b, "\x2b\x20\xed\0\x03\x01\0\0", 8);
	assert_int_equal(dialect_vdi_states_decode(DIALECT_07A, b, &back, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(back[0].vid, 0xed202b);
	assert_int_equal(back[0].nr_copies, 255); /* more than there can be */
	free(back);
	blob_unref(b);
	b = dialect_vdi_states_encode(DIALECT_06B, &s, 1);
	assert_blob_bytes("0.5", b, "\x2b\x20\xed\0\x03\0\0\0", 8);
	assert_int_equal(dialect_vdi_states_decode(DIALECT_06B, b, &back, &n, NULL), 0);
	assert_int_equal(back[0].nr_copies, 3);
	free(back);
	blob_unref(b);
}

int older_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_had_32_bits_and_offsets_64),
		cmocka_unit_test(byte_31_of_new_vdi_was_part_of_the_copies),
		cmocka_unit_test(other_variants_had_other_places),
		cmocka_unit_test(numbers_meant_other_operations),
		cmocka_unit_test(results_had_other_numbers),
		cmocka_unit_test(flags_and_states_were_other_bits),
		cmocka_unit_test(member_records_have_their_layouts),
		cmocka_unit_test(lists_that_are_longer_than_their_bytes_are_refused),
		cmocka_unit_test(epochs_of_every_release_come_back),
		cmocka_unit_test(epoch_logs_have_their_layouts),
		cmocka_unit_test(join_messages_have_their_layouts),
		cmocka_unit_test(cluster_info_of_08_is_read_too),
		cmocka_unit_test(states_of_vdis_were_two_numbers),
	};

	return cmocka_run_group_tests_name("wire: older releases", tests, NULL, NULL);
}
