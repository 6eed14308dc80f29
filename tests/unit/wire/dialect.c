/* The translations between dialects, line by line of versions.md 4.8. */
#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/older.h"
#include "sheepsim/wire/peer.h"
#include "wire/dialect.h"
#include "wire/inode_layout.h"
#include "wire/ops.h"

/* ------------------------------------------------------------------ names and ranges */

static void assert_range(const char *text, enum dialect lowest, enum dialect highest)
{
	struct dialect_range r;

	if (!dialect_range_parse(text, &r))
		fail_msg("\"%s\" is no range", text);
	assert_int_equal(r.lowest, lowest);
	assert_int_equal(r.highest, highest);
}

static void ranges_are_read_as_people_write_them(void **state)
{
	static const char *const bad[] = {
		"",	  "9c",	    "11",	    "7", "10..9", "9..11", "9a..9b", "8..9",
		"9a..10", "..10",   "9..",	    "a", "0x",	  "10 ",   "-10",    "0x0a..",
		"266",	  "9...10", "1000000000000"};
	struct dialect_range r;
	char buf[24];

	(void)state;
	assert_range("10", DIALECT_0A, DIALECT_0A);
	assert_range("0x0a", DIALECT_0A, DIALECT_0A);
	assert_range("9", DIALECT_09B, DIALECT_09B);
	assert_range("9b", DIALECT_09B, DIALECT_09B);
	assert_range("9a", DIALECT_09A, DIALECT_09A);
	assert_range("8", DIALECT_08, DIALECT_08);
	assert_range("9..10", DIALECT_09B, DIALECT_0A);
	assert_range("9b..0xa", DIALECT_09B, DIALECT_0A);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (dialect_range_parse(bad[i], &r))
			fail_msg("\"%s\" was taken for a range", bad[i]);
	}
	dialect_range_parse("9..10", &r);
	assert_string_equal(dialect_range_text(&r, buf), "9b to 10");
	dialect_range_parse("9a", &r);
	assert_string_equal(dialect_range_text(&r, buf), "9a");
}

static void a_version_byte_means_the_newest_dialect_of_a_range(void **state)
{
	const struct dialect_range both = {DIALECT_09B, DIALECT_0A},
				   old = {DIALECT_09A, DIALECT_09A};

	(void)state;
	assert_int_equal(dialect_of_version(0x0a, &both), DIALECT_0A);
	assert_int_equal(dialect_of_version(0x09, &both), DIALECT_09B);
	assert_int_equal(dialect_of_version(0x09, &old), DIALECT_09A);
	assert_int_equal(dialect_of_version(0x0a, &old), DIALECT_NONE);
	assert_int_equal(dialect_of_version(0, &both), DIALECT_NONE);
	assert_int_equal(dialect_of_family(0x09, SD_FAMILY_NONE), DIALECT_09B);
	assert_int_equal(dialect_of_family(0x09, SD_FAMILY_A), DIALECT_09A);
	assert_int_equal(dialect_of_family(0x09, 77), DIALECT_NONE);
	assert_int_equal(dialect_of_family(0x0b, SD_FAMILY_NONE), DIALECT_NONE);
}

/* Sizes of versions.md 3.1. */
static void dialects_have_their_sizes(void **state)
{
	(void)state;
	assert_int_equal(dialect_info(DIALECT_09A)->vdi_state_size, 8);
	assert_int_equal(dialect_info(DIALECT_09B)->vdi_state_size, 1420);
	assert_int_equal(dialect_info(DIALECT_0A)->vdi_state_size, 1428);
	assert_int_equal(dialect_info(DIALECT_08)->inode_size, 4198968);
	assert_int_equal(dialect_info(DIALECT_09A)->inode_size, 4198976);
	assert_int_equal(dialect_info(DIALECT_09B)->inode_size, 12587576);
	assert_int_equal(dialect_info(DIALECT_0A)->inode_size, 12587576);
}

/* ------------------------------------------------------------------ V1 */

static void internal_requests_carry_the_version_of_their_destination(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_READ_PEER);
	dialect_req_send(DIALECT_09B, &q);
	assert_int_equal(q.proto_ver, 0x09);
	dialect_req_send(DIALECT_0A, &q);
	assert_int_equal(q.proto_ver, 0x0a);
	req_init(&q, SD_OP_CLUSTER_INFO);
	dialect_req_send(DIALECT_09A, &q);
	assert_int_equal(q.proto_ver, 0x09);
	/* the frontend protocol has numbers of its own */
	req_init(&q, SD_OP_READ_OBJ);
	q.proto_ver = 1;
	dialect_req_send(DIALECT_09B, &q);
	assert_int_equal(q.proto_ver, 1);
}

static void the_newest_dialect_changes_nothing(void **state)
{
	(void)state;
	for (int opcode = 0; opcode < 256; opcode++) {
		uint8_t head[WIRE_HEADER], again[WIRE_HEADER];
		struct req q;
		struct rsp p;

		fill_random(head, sizeof(head), 1, (uint64_t)opcode);
		head[0] = opcode < SD_OP_INTERNAL ? head[0] : SD_SHEEP_PROTO_VER;
		head[1] = (uint8_t)opcode;
		req_decode(head, &q);
		dialect_req_receive(DIALECT_0A, &q);
		dialect_req_send(DIALECT_0A, &q);
		req_encode(&q, again);
		assert_memory_equal(head, again, sizeof(head));
		rsp_decode(head, &p);
		dialect_rsp_receive(DIALECT_0A, (uint8_t)opcode, &p);
		dialect_rsp_send(DIALECT_0A, (uint8_t)opcode, &p);
		rsp_encode(&p, again);
		assert_memory_equal(head, again, sizeof(head));
	}
}

/* ------------------------------------------------------------------ V2, V3 */

static const struct cluster_info info = {
	.proto_ver = 0x0a,
	.disable_recovery = 1,
	.nr_nodes = 1,
	.epoch = 7,
	.ctime = 0x123456789abc,
	.flags = 0x3f,
	.nr_copies = 3,
	.copy_policy = 0x22,
	.status = SD_STATUS_OK,
	.block_size_shift = 22,
	.default_store = "plain",
};

static struct node_rec node_7000(void)
{
	struct node_rec n = {.nr_vnodes = 128, .zone = 5, .space = 1 << 30};

	n.nid.addr[12] = 127;
	n.nid.addr[15] = 1;
	n.nid.port = 7000;
	return n;
}

static void cluster_info_of_09_has_its_store_at_28_and_no_shift(void **state)
{
	struct node_rec node = node_7000(), *nodes;
	struct blob *b = dialect_cluster_info_encode(DIALECT_09B, &info, &node, 0);
	struct cluster_info back;
	uint8_t head[CLUSTER_INFO_HEAD], expected[CLUSTER_INFO_HEAD];

	(void)state;
	unhex("09 01 0100 07000000 bc9a785634120000 0b00 03 22 01 00 00 00 00 000000"
	      " 706c61696e000000 0000000000000000 00000000",
	      expected, sizeof(expected));
	assert_int_equal(blob_size(b), 48 + 80);
	blob_read(b, 0, head, sizeof(head));
	assert_memory_equal(head, expected, sizeof(head));
	assert_int_equal(dialect_cluster_info_decode(DIALECT_09B, b, &back, &nodes, NULL), 0);
	assert_int_equal(back.proto_ver, 0x09);
	assert_int_equal(back.block_size_shift, 22);
	assert_string_equal(back.default_store, "plain");
	/* automatic vnodes are set towards 1.0; what 0.9 has not is gone */
	assert_int_equal(back.flags, SD_CLUSTER_FLAG_STRICT | SD_CLUSTER_FLAG_DISKMODE |
					     SD_CLUSTER_FLAG_USE_LOCK |
					     SD_CLUSTER_FLAG_AUTO_VNODES);
	assert_int_equal(back.epoch, 7);
	assert_int_equal(back.nr_nodes, 1);
	assert_int_equal(node_id_cmp(&nodes[0].nid, &node.nid), 0);
	free(nodes);
	blob_unref(b);
}

static void cluster_info_of_08_has_shorter_nodes(void **state)
{
	struct node_rec node = node_7000();
	struct blob *b = dialect_cluster_info_encode(DIALECT_08, &info, &node, 0);
	uint8_t bytes[40 + 56], expected[40 + 56];

	(void)state;
	unhex("08 01 0100 07000000 bc9a785634120000 0000 03 01 00000000"
	      " 706c61696e000000 0000000000000000"
	      " 000000000000000000000000 7f000001 581b 00000000000000000000000000000000 0000 "
	      "00000000"
	      " 8000 0000 05000000 0000004000000000",
	      expected, sizeof(expected));
	assert_int_equal(blob_size(b), sizeof(bytes));
	blob_read(b, 0, bytes, sizeof(bytes));
	assert_memory_equal(bytes, expected, sizeof(bytes));
	blob_unref(b);
}

/* What case 5 of versions.md 6.2 is about: read in the layout of 1.0 it has no store. */
static void the_wrong_layout_shows_another_store(void **state)
{
	struct node_rec node = node_7000(), *nodes;
	struct blob *b = dialect_cluster_info_encode(DIALECT_09B, &info, &node, 0);
	struct cluster_info back;

	(void)state;
	assert_int_equal(dialect_cluster_info_decode(DIALECT_0A, b, &back, &nodes, NULL), 0);
	assert_string_equal(back.default_store, "");
	free(nodes);
	blob_unref(b);
	b = dialect_cluster_info_encode(DIALECT_0A, &info, &node, 0);
	assert_int_equal(dialect_cluster_info_decode(DIALECT_09B, b, &back, &nodes, NULL), 0);
	assert_string_equal(back.default_store, "in");
	free(nodes);
	blob_unref(b);
}

static void format_flags_are_masked_and_completed(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_MAKE_FS);
	q.cluster.flags = 0x3f;
	dialect_req_send(DIALECT_09B, &q);
	assert_int_equal(q.cluster.flags, 0x0b);
	dialect_req_receive(DIALECT_09B, &q);
	assert_int_equal(q.cluster.flags, 0x0f);
	q.cluster.flags = 0x3f;
	dialect_req_send(DIALECT_09A, &q);
	assert_int_equal(q.cluster.flags, 0x01);
}

/* ------------------------------------------------------------------ V4 */

static struct vdi_state locked_state(void)
{
	struct vdi_state v = {
		.vid = 0xed202b,
		.nr_copies = 3,
		.snapshot = 1,
		.deleted = 1,
		.copy_policy = 0x11,
		.block_size_shift = 22,
		.parent_vid = 0xed202a,
		.lock_state = SD_LOCK_STATE_SHARED,
		.nr_participants = 2,
	};

	v.participants_state[0] = SD_SHARED_LOCK_STATE_MODIFIED;
	v.participants_state[1] = SD_SHARED_LOCK_STATE_INVALIDATED;
	v.participants[0].port = 7000;
	v.participants[1].port = 7001;
	v.lock_owner.port = 7002;
	return v;
}

static void vdi_states_of_09b_keep_all_but_three_fields(void **state)
{
	struct vdi_state v[2] = {locked_state(), {.vid = 0xed202c, .lock_state = 1}}, *back;
	struct blob *b = dialect_vdi_states_encode(DIALECT_09B, v, 2);
	uint8_t front[16], expected[16];
	uint8_t port[2];
	size_t n;

	(void)state;
	assert_int_equal(blob_size(b), 2 * 1420);
	unhex("2b20ed00 03 01 11 00 03000000 00000000", expected, sizeof(expected));
	blob_read(b, 0, front, sizeof(front));
	assert_memory_equal(front, expected, sizeof(front));
	blob_read(b, 180 + 40 + 16, port, sizeof(port)); /* of the second participant */
	assert_int_equal(get_le16(port), 7001);
	assert_int_equal(dialect_vdi_states_decode(DIALECT_09B, b, &back, &n, NULL), 0);
	assert_int_equal(n, 2);
	v[0].deleted = 0;
	v[0].parent_vid = 0;
	v[1].block_size_shift = 22;
	assert_memory_equal(back, v, sizeof(v));
	free(back);
	blob_unref(b);
}

static void vdi_states_of_09a_have_8_bytes(void **state)
{
	struct vdi_state v = locked_state(), *back;
	struct blob *b = dialect_vdi_states_encode(DIALECT_09A, &v, 1);
	static const uint8_t expected[] = {0x2b, 0x20, 0xed, 0, 3, 1, 0x11, 0};
	size_t n;

	(void)state;
	assert_blob_bytes("a state of 0.8", b, expected, sizeof(expected));
	assert_int_equal(dialect_vdi_states_decode(DIALECT_09A, b, &back, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(back->vid, 0xed202b);
	assert_int_equal(back->lock_state, SD_LOCK_STATE_UNLOCKED);
	free(back);
	blob_unref(b);
}

/* Seen of real nodes (4.7): of three VDIs the second is missing, and "000002" is invented. */
static void a_table_of_09b_is_garbage_to_09a(void **state)
{
	struct vdi_state v[3] = {{.vid = 0xaaaaaa, .nr_copies = 2, .lock_state = 1},
				 {.vid = 0xbbbbbb, .nr_copies = 2, .lock_state = 1},
				 {.vid = 0xcccccc, .nr_copies = 2, .lock_state = 1}};
	struct blob *b = dialect_vdi_states_encode(DIALECT_09B, v, 3);
	bool first = false, second = false, third = false, invented = false;
	struct vdi_state *read;
	size_t n;

	(void)state;
	assert_int_equal(dialect_vdi_states_decode(DIALECT_09A, b, &read, &n, NULL), 0);
	assert_int_equal(n, 3 * 1420 / 8);
	for (size_t i = 0; i < n; i++) {
		first |= read[i].vid == 0xaaaaaa;
		second |= read[i].vid == 0xbbbbbb;
		third |= read[i].vid == 0xcccccc;
		invented |= read[i].vid == 2;
	}
	assert_true(first && third && invented);
	assert_false(second);
	free(read);
	blob_unref(b);
	/* and the other way: eight bytes are not one state */
	b = dialect_vdi_states_encode(DIALECT_09A, v, 3);
	assert_int_equal(dialect_vdi_states_decode(DIALECT_09B, b, &read, &n, NULL), 0);
	assert_int_equal(n, 0);
	assert_null(read);
	blob_unref(b);
}

static void tables_are_looked_at_closely_only_by_10(void **state)
{
	struct vdi_state v = locked_state(), *read;
	struct wire_error err;
	struct blob *b = dialect_vdi_states_encode(DIALECT_0A, &v, 1);
	size_t n;

	(void)state;
	b = blob_resize(b, 1428 + 1);
	assert_true(dialect_vdi_states_decode(DIALECT_0A, b, &read, &n, &err) < 0);
	assert_int_equal(err.offset, 1428);
	b = blob_resize(b, 1428);
	b = blob_write(b, 60, (uint8_t[]){32, 0, 0, 0}, 4);
	assert_true(dialect_vdi_states_decode(DIALECT_0A, b, &read, &n, &err) < 0);
	assert_null(read);
	assert_int_equal(n, 0);
	blob_unref(b);
	b = dialect_vdi_states_encode(DIALECT_09B, &v, 1);
	b = blob_write(b, 52, (uint8_t[]){32, 0, 0, 0}, 4);
	assert_int_equal(dialect_vdi_states_decode(DIALECT_09B, b, &read, &n, NULL), 0);
	assert_int_equal(n, 0);
	free(read);
	blob_unref(b);
}

/* ------------------------------------------------------------------ V5 to V10 */

static void checkpoints_of_09b_name_no_vdi(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_VDI_STATE_CHECKPOINT_CTL);
	q.checkpoint.get = 1;
	q.checkpoint.tgt_epoch = 3;
	q.checkpoint.vid = 0xed202b;
	dialect_req_send(DIALECT_09B, &q);
	assert_int_equal(q.checkpoint.vid, 0);
	assert_int_equal(q.checkpoint.tgt_epoch, 3);
	assert_true(dialect_info(DIALECT_09B)->lock_tables);
	assert_false(dialect_info(DIALECT_0A)->lock_tables);
}

static void two_results_change_their_numbers(void **state)
{
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_READ_PEER);
	for (uint32_t result = 0; result < 256; result++) {
		uint32_t older = result == SD_RES_INCOMPLETE	     ? 0x1b
				 : result == SD_RES_COLLECTING_CINFO ? 0x1c
								     : result;

		rsp_init(&p, &q, result);
		dialect_rsp_send(DIALECT_09B, q.opcode, &p);
		assert_int_equal(p.result, older);
		dialect_rsp_receive(DIALECT_09B, q.opcode, &p);
		if (result != 0x1b && result != 0x1c) /* which 1.0 never says */
			assert_int_equal(p.result, result);
	}
}

static void older_dialects_lack_operations(void **state)
{
	static const uint8_t in_10[] = {0x18, 0xc9, 0xcc, 0xcd}, gone[] = {0xb6, 0xb7, 0xc3, 0xc4};

	(void)state;
	for (size_t i = 0; i < sizeof(in_10); i++) {
		assert_true(dialect_has_op(DIALECT_0A, in_10[i]));
		assert_false(dialect_has_op(DIALECT_09B, in_10[i]));
	}
	for (size_t i = 0; i < sizeof(gone); i++) {
		for (int d = DIALECT_09A; d < NR_DIALECTS; d++)
			assert_false(dialect_has_op((enum dialect)d, gone[i]));
	}
	for (int opcode = 0xbd; opcode <= 0xcb; opcode++) {
		const struct op_info *op = op_info((uint8_t)opcode);

		assert_false(dialect_has_op(DIALECT_09A, (uint8_t)opcode));
		if (op->class != OP_NONE && opcode != 0xc9)
			assert_true(dialect_has_op(DIALECT_09B, (uint8_t)opcode));
	}
	assert_true(dialect_has_op(DIALECT_09A, SD_OP_GET_VDI_COPIES));
	assert_true(dialect_has_op(DIALECT_09A, SD_OP_DEL_VDI));
	assert_false(dialect_has_op(DIALECT_0A, 0x7f));
	assert_false(dialect_has_op(DIALECT_0A, 0xfe));
}

static void objects_of_09_have_4_mib(void **state)
{
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_NEW_VDI);
	q.vdi.block_size_shift = 22;
	dialect_req_send(DIALECT_09B, &q);
	assert_int_equal(q.vdi.block_size_shift, 0);
	q.vdi.block_size_shift = 23; /* padding, to 0.9 */
	dialect_req_receive(DIALECT_09B, &q);
	assert_int_equal(q.vdi.block_size_shift, 22);
	req_init(&q, SD_OP_NOTIFY_VDI_ADD);
	dialect_req_receive(DIALECT_09B, &q);
	assert_int_equal(q.vdi_state.block_size_shift, 22);
	dialect_req_send(DIALECT_09B, &q);
	assert_int_equal(q.vdi_state.block_size_shift, 0);
	req_init(&q, SD_OP_MAKE_FS);
	dialect_req_receive(DIALECT_09B, &q);
	assert_int_equal(q.cluster.block_size_shift, 22);
	dialect_req_send(DIALECT_09B, &q);
	assert_int_equal(q.cluster.block_size_shift, 0);

	req_init(&q, SD_OP_LOCK_VDI);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.vdi.vdi_id = 5;
	p.vdi.copies = 2;
	p.vdi.block_size_shift = 22;
	dialect_rsp_send(DIALECT_09B, q.opcode, &p);
	assert_int_equal(p.vdi.block_size_shift, 0);
	assert_int_equal(p.vdi.vdi_id, 5);
	dialect_rsp_receive(DIALECT_09B, q.opcode, &p);
	assert_int_equal(p.vdi.block_size_shift, 22);
	/* an answer that tells of no VDI, and attributes, have none in any dialect */
	rsp_init(&p, &q, SD_RES_NO_VDI);
	dialect_rsp_receive(DIALECT_09B, q.opcode, &p);
	assert_int_equal(p.vdi.block_size_shift, 0);
	req_init(&q, SD_OP_GET_VDI_ATTR);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.vdi.copies = 2;
	dialect_rsp_receive(DIALECT_09B, q.opcode, &p);
	assert_int_equal(p.vdi.block_size_shift, 0);
}

static void what_09_cannot_have_is_refused(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_NEW_VDI);
	for (int shift = 0; shift < 32; shift++) {
		q.vdi.block_size_shift = (uint8_t)shift;
		assert_int_equal(dialect_refuses(DIALECT_09B, &q), shift != 0 && shift != 22);
		assert_false(dialect_refuses(DIALECT_0A, &q));
	}
	req_init(&q, SD_OP_MAKE_FS);
	q.cluster.flags = SD_CLUSTER_FLAG_AVOID_DISKFULL | SD_CLUSTER_FLAG_USE_LOCK;
	assert_false(dialect_refuses(DIALECT_09B, &q));
	q.cluster.flags = SD_CLUSTER_FLAG_RECYCLE_VID;
	assert_true(dialect_refuses(DIALECT_09B, &q));
	assert_false(dialect_refuses(DIALECT_0A, &q));
	q.cluster.flags = 0;
	q.cluster.block_size_shift = 20;
	assert_true(dialect_refuses(DIALECT_09B, &q));
}

static void only_10_says_who_was_deleted(void **state)
{
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_DEL_VDI);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.vdi.vdi_id = 5;
	dialect_rsp_send(DIALECT_0A, q.opcode, &p);
	assert_int_equal(p.vdi.vdi_id, 5);
	dialect_rsp_send(DIALECT_09B, q.opcode, &p);
	assert_int_equal(p.vdi.vdi_id, 0);
}

int dialect_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_read_as_people_write_them),
		cmocka_unit_test(a_version_byte_means_the_newest_dialect_of_a_range),
		cmocka_unit_test(dialects_have_their_sizes),
		cmocka_unit_test(internal_requests_carry_the_version_of_their_destination),
		cmocka_unit_test(the_newest_dialect_changes_nothing),
		cmocka_unit_test(cluster_info_of_09_has_its_store_at_28_and_no_shift),
		cmocka_unit_test(cluster_info_of_08_has_shorter_nodes),
		cmocka_unit_test(the_wrong_layout_shows_another_store),
		cmocka_unit_test(format_flags_are_masked_and_completed),
		cmocka_unit_test(vdi_states_of_09b_keep_all_but_three_fields),
		cmocka_unit_test(vdi_states_of_09a_have_8_bytes),
		cmocka_unit_test(a_table_of_09b_is_garbage_to_09a),
		cmocka_unit_test(tables_are_looked_at_closely_only_by_10),
		cmocka_unit_test(checkpoints_of_09b_name_no_vdi),
		cmocka_unit_test(two_results_change_their_numbers),
		cmocka_unit_test(older_dialects_lack_operations),
		cmocka_unit_test(objects_of_09_have_4_mib),
		cmocka_unit_test(what_09_cannot_have_is_refused),
		cmocka_unit_test(only_10_says_who_was_deleted),
	};

	return cmocka_run_group_tests_name("wire: dialects", tests, NULL, NULL);
}
