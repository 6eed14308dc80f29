#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"
#include "wire/records_vdi.h"
#include "wire/text.h"

static void assert_req_text(const struct req *q, const char *wanted)
{
	struct text t = {0};

	req_text(DIALECT_NEWEST, &t, q);
	assert_string_equal(text_get(&t), wanted);
	text_free(&t);
}

static void assert_rsp_text(const struct rsp *p, const char *wanted)
{
	struct text t = {0};

	rsp_text(DIALECT_NEWEST, &t, p);
	assert_string_equal(text_get(&t), wanted);
	text_free(&t);
}

static void object_requests_name_what_they_touch(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_WRITE_PEER);
	q.epoch = 2;
	q.obj.oid = 0x00ed202b00000000;
	q.data_length = 4096;
	q.obj.ec_index = 1;
	assert_req_text(&q, "WRITE_PEER epoch=2 oid=00ed202b00000000 off=0 len=4096 ec_index=1");
	q.flags = SD_FLAG_CMD_WRITE | SD_FLAG_CMD_COW;
	q.id = 9;
	q.proto_ver = 1;
	q.obj.cow_oid = 0x00ed202a00000000;
	q.obj.offset = 512;
	assert_req_text(&q, "WRITE_PEER v=1 flags=WRITE|COW id=9 epoch=2 oid=00ed202b00000000 "
			    "off=512 len=4096 cow_oid=00ed202a00000000 ec_index=1");
}

static void other_requests_leave_out_what_is_zero(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_GET_NODE_LIST);
	q.data_length = 491520;
	assert_req_text(&q, "GET_NODE_LIST len=491520");
	req_init(&q, SD_OP_GET_EPOCH);
	q.obj.tgt_epoch = 3;
	assert_req_text(&q, "GET_EPOCH len=0 tgt_epoch=3");
	req_init(&q, SD_OP_MAKE_FS);
	q.cluster.copies = 2;
	q.cluster.copy_policy = 0x22;
	q.cluster.flags = SD_CLUSTER_FLAG_USE_LOCK;
	assert_req_text(&q, "MAKE_FS len=0 copies=2 copy_policy=0x22 flags=USE_LOCK");
	req_init(&q, SD_OP_REPAIR_REPLICA);
	q.forw.addr[12] = 127;
	q.forw.addr[15] = 1;
	q.forw.port = 7000;
	assert_req_text(&q, "REPAIR_REPLICA len=0 addr=127.0.0.1 port=7000");
	req_init(&q, 0x7f);
	assert_req_text(&q, "0x7f len=0");
}

static void answers_begin_with_their_result(void **state)
{
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_WRITE_PEER);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.epoch = 2;
	assert_rsp_text(&p, "WRITE_PEER SUCCESS epoch=2 len=0");
	req_init(&q, SD_OP_LOCK_VDI);
	q.id = 4;
	rsp_init(&p, &q, SD_RES_VDI_LOCKED);
	p.vdi.vdi_id = 0xed202b;
	p.vdi.block_size_shift = 22;
	assert_rsp_text(&p, "LOCK_VDI VDI_LOCKED id=4 epoch=0 len=0 vdi_id=ed202b "
			    "block_size_shift=22");
	p.result = 0x96;
	p.proto_ver = 2;
	p.flags = 1;
	p.vdi.vdi_id = 0;
	p.vdi.block_size_shift = 0;
	assert_rsp_text(&p, "LOCK_VDI 0x96 v=2 flags=WRITE id=4 epoch=0 len=0");
}

/* Collects fields as lines "name offset+length value". */
static void collect(void *arg, const char *name, uint64_t offset, uint64_t len, const char *value)
{
	text_add(arg, "%s %llu+%llu %s\n", name, (unsigned long long)offset,
		 (unsigned long long)len, value);
}

static void every_field_of_a_header_is_said(void **state)
{
	uint8_t head[WIRE_HEADER];
	struct text t = {0};

	(void)state;
	unhex("0a84010000000000 0000000006000000 0000000000000000 a02d4632b680026b "
	      "0200080000000000 0000000016000007",
	      head, sizeof(head));
	req_fields(DIALECT_NEWEST, head, collect, &t);
	assert_string_equal(text_get(&t), "proto_ver 0+1 10\n"
					  "opcode 1+1 MAKE_FS\n"
					  "flags 2+2 WRITE\n"
					  "epoch 4+4 0\n"
					  "id 8+4 0\n"
					  "data_length 12+4 6\n"
					  "oid 16+8 0000000000000000\n"
					  "ctime 24+8 1795326134.843460000\n"
					  "copies 32+1 2\n"
					  "copy_policy 33+1 0x0\n"
					  "flags 34+2 USE_LOCK\n"
					  "tag 36+4 0\n"
					  "nodes_nr 40+4 0\n"
					  "block_size_shift 44+1 22\n"
					  "other 45+3 000007\n");
	text_free(&t);
}

static void every_field_of_an_answer_is_said(void **state)
{
	uint8_t head[WIRE_HEADER];
	struct text t = {0};

	(void)state;
	unhex("00b4000003000000 0000000000000000 0000000001000000 da39a3ee5e6b4b0d "
	      "3255bfef95601890 afd8070900000000",
	      head, sizeof(head));
	rsp_fields(DIALECT_NEWEST, head, collect, &t);
	assert_string_equal(text_get(&t),
			    "proto_ver 0+1 0\n"
			    "opcode 1+1 GET_HASH\n"
			    "flags 2+2 0\n"
			    "epoch 4+4 3\n"
			    "id 8+4 0\n"
			    "data_length 12+4 0\n"
			    "result 16+4 SUCCESS\n"
			    "other 20+4 01000000\n"
			    "digest 24+20 da39a3ee5e6b4b0d3255bfef95601890afd80709\n");
	text_free(&t);
}

/* The payload of a request (p NULL) or of an answer, as collect() gives it. */
static void assert_payload(const struct req *q, const struct rsp *p, struct blob *b,
			   const char *wanted)
{
	struct text t = {0};

	payload_fields(DIALECT_NEWEST, q, p, b, collect, &t);
	assert_string_equal(text_get(&t), wanted);
	text_free(&t);
	blob_unref(b);
}

static void names_and_texts_are_quoted(void **state)
{
	struct req q;
	struct blob *b = blob_zero(512);

	(void)state;
	req_init(&q, SD_OP_GET_VDI_INFO);
	b = blob_write(b, 0, "al\"p\x01\xff", 6);
	b = blob_write(b, 256, "one", 3);
	assert_payload(&q, NULL, b, "name 0+256 \"al\\\"p\\x01\\xff\"\ntag 256+256 \"one\"\n");
	req_init(&q, SD_OP_MAKE_FS);
	assert_payload(&q, NULL, blob_new("plain", 6), "text 0+6 \"plain\"\n");
	req_init(&q, SD_OP_LOCK_VDI);
	assert_payload(&q, NULL, blob_new("ab", 2), "name 0+2 \"ab\"\n");
}

static void lists_are_said_one_by_one(void **state)
{
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_GET_OBJ_LIST);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	assert_payload(&q, &p, hex_blob("000000002b20ed00 000000002b20ed80 11"),
		       "oid 0+8 00ed202b00000000\noid 8+8 80ed202b00000000\n");
	req_init(&q, SD_OP_READ_VDIS);
	assert_payload(&q, &p, blob_write(blob_zero(2097152), 5000, "\x81", 1),
		       "vid 5000+1 009c40\nvid 5000+1 009c47\n");
	req_init(&q, SD_OP_SET_VNODES);
	assert_payload(&q, NULL, hex_blob("40000000 07000000"), "number 0+4 64\nother 4+4 7\n");
	req_init(&q, SD_OP_NOTIFY_VDI_DEL);
	assert_payload(&q, NULL, hex_blob("2b20ed00"), "vid 0+4 ed202b\n");
}

static void records_are_said_field_by_field(void **state)
{
	struct node_rec nodes[2] = {
		{.nid = {.addr = {[12] = 10, 0, 0, 1}, .port = 7000}, .zone = 1},
		{.nid = {.addr = {[12] = 10, 0, 0, 2},
			 .port = 7000,
			 .io_addr = {[12] = 10, 1, 0, 2},
			 .io_port = 7010},
		 .nr_vnodes = 128}};
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_GET_NODE_LIST);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	assert_payload(&q, &p, node_list_encode(nodes, 2),
		       "node[0].nid 24+40 10.0.0.1:7000\n"
		       "node[0].nr_vnodes 64+2 0\n"
		       "node[0].zone 68+4 1\n"
		       "node[0].space 72+8 0\n"
		       "node[1].nid 104+40 10.0.0.2:7000 io 10.1.0.2:7010\n"
		       "node[1].nr_vnodes 144+2 128\n"
		       "node[1].zone 148+4 0\n"
		       "node[1].space 152+8 0\n");
	req_init(&q, SD_OP_STAT_RECOVERY);
	assert_payload(&q, &p, hex_blob("01000000 01000000 0200000000000000 0300000000000000"),
		       "in_recovery 0+1 1\nstate 4+4 RECOVER_OBJ\nnr_finished 8+8 2\n"
		       "nr_total 16+8 3\n");
	/* Cut off: what is there is said. */
	assert_payload(&q, &p, hex_blob("01000000 0100"),
		       "in_recovery 0+1 1\nother 1+5 0000000100\n");
	req_init(&q, SD_OP_GET_EPOCH);
	assert_payload(&q, &p, hex_blob("0102000000000000"), "time 0+8 513\n");
}

static void epoch_logs_are_found_by_the_slots_of_the_request(void **state)
{
	struct epoch_log log = {.epoch = 2, .nr_nodes = 1, .drv_name = "plain"};
	struct node_rec node = {.nid = {.addr = {[12] = 10, 0, 0, 1}, .port = 7000}, .zone = 1};
	struct blob *list = node_list_encode(&node, 1), *b = blob_zero(2 * (48 + 2 * 80));
	uint8_t head[EPOCH_LOG_HEAD];
	struct text t = {0};
	struct req q;
	struct rsp p;

	(void)state;
	epoch_log_encode(&log, head);
	b = blob_overlay(blob_write(b, 208, head, sizeof(head)), 208 + 48, list);
	req_init(&q, SD_OP_STAT_CLUSTER);
	q.cluster.nodes_nr = 2;
	rsp_init(&p, &q, SD_RES_SUCCESS);
	payload_fields(DIALECT_NEWEST, &q, &p, b, collect, &t);
	assert_non_null(strstr(text_get(&t), "log[0].epoch 16+4 0\n"));
	assert_non_null(strstr(text_get(&t), "log[1].epoch 224+4 2\n"));
	assert_non_null(strstr(text_get(&t), "log[1].drv_name 240+16 \"plain\"\n"));
	assert_non_null(strstr(text_get(&t), "log[1].node[0].nid 280+40 10.0.0.1:7000\n"));
	assert_null(strstr(text_get(&t), "node[1]"));
	text_free(&t);
	blob_unref(list);
	blob_unref(b);
}

static void participants_of_a_lock_are_said(void **state)
{
	struct vdi_state s = {.vid = 0xed202b,
			      .lock_state = SD_LOCK_STATE_SHARED,
			      .nr_participants = 1,
			      .participants_state = {SD_SHARED_LOCK_STATE_MODIFIED},
			      .participants = {{.addr = {[12] = 10, 0, 0, 1}, .port = 7000}}};
	uint8_t out[VDI_STATE_SIZE];
	struct text t = {0};
	struct blob *b;
	struct req q;
	struct rsp p;

	(void)state;
	vdi_state_encode(&s, out);
	b = blob_new(out, sizeof(out));
	req_init(&q, SD_OP_GET_VDI_COPIES);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	payload_fields(DIALECT_NEWEST, &q, &p, b, collect, &t);
	assert_non_null(strstr(text_get(&t), "vdi[ed202b].lock_state 16+4 SHARED\n"));
	assert_non_null(
		strstr(text_get(&t), "vdi[ed202b].participant 188+40 10.0.0.1:7000 MODIFIED\n"));
	text_free(&t);
	blob_unref(b);
}

static struct req inode_request(uint8_t opcode, uint32_t offset)
{
	struct req q;

	req_init(&q, opcode);
	q.obj.oid = sd_vid_to_inode_oid(0xed202b);
	q.obj.offset = offset;
	return q;
}

static void parts_of_an_inode_are_said_by_name(void **state)
{
	struct req q = inode_request(SD_OP_WRITE_OBJ, INODE_DATA_VIDS + 4 * 5);

	(void)state;
	/* An entry, even where it is zero: that is how a client discards. */
	assert_payload(&q, NULL, blob_zero(4), "data_vdi_id[5] 0+4 000000\n");
	q = inode_request(SD_OP_WRITE_OBJ, INODE_GREFS + 8);
	assert_payload(&q, NULL, hex_blob("0100000000000000"), "gref[1] 0+8 1 0\n");
	q = inode_request(SD_OP_WRITE_OBJ, 256);
	assert_payload(&q, NULL, blob_write(blob_zero(256), 0, "one", 3), "tag 0+256 \"one\"\n");
	/* Less than a field. */
	q = inode_request(SD_OP_WRITE_OBJ, 0);
	assert_payload(&q, NULL, blob_new("d", 1), "name 0+1 \"d\"\n");
}

static void long_parts_of_an_inode_are_said_where_they_are_not_zero(void **state)
{
	struct req q = inode_request(SD_OP_WRITE_OBJ, INODE_DATA_VIDS);
	struct blob *b = blob_zero(INODE_SIZE - INODE_DATA_VIDS);
	uint8_t vid[4];

	(void)state;
	put_le32(vid, 0xed202b);
	b = blob_write(b, 4 * 5, vid, 4);
	b = blob_write(b, 4 * 1048575, vid, 4);
	b = blob_write(b, INODE_GREFS - INODE_DATA_VIDS, "\x01", 1);
	b = blob_write(b, INODE_GREFS - INODE_DATA_VIDS + 8 * 700000, vid, 1);
	assert_payload(&q, NULL, b,
		       "data_vdi_id[5] 20+4 ed202b\n"
		       "data_vdi_id[1048575] 4194300+4 ed202b\n"
		       "gref[0] 4194304+8 1 0\n"
		       "gref[700000] 9794304+8 43 0\n");
}

static void other_objects_are_said_too(void **state)
{
	const struct btree_head head = {.magic = SD_INDEX_MAGIC, .depth = 1, .entries = 1};
	const struct btree_entry entry = {.idx = 7, .vdi_id = 0xed202b};
	uint8_t bytes[BTREE_HEAD + BTREE_ENTRY];
	struct req q;
	struct rsp p;

	(void)state;
	btree_head_encode(&head, bytes);
	btree_entry_encode(&entry, bytes + BTREE_HEAD);
	req_init(&q, SD_OP_READ_PEER);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	q.obj.oid = sd_vid_to_btree_oid(0xed202b, 1);
	assert_payload(&q, &p, blob_new(bytes, sizeof(bytes)),
		       "magic 0+2 0x6274\ndepth 2+2 1\nentries 4+4 1\nentry 8+8 7 ed202b\n");
	q.obj.oid = sd_data_to_ledger_oid(sd_vid_to_data_oid(0xed202b, 1));
	assert_payload(&q, &p, ledger_set(blob_zero(LEDGER_SIZE), 3, 2), "count[3] 12+4 2\n");
}

static void unknown_payloads_are_size_and_digest(void **state)
{
	struct blob *a = blob_new("abc", 3), *b = blob_new("abd", 3);
	struct text first = {0}, second = {0};
	struct req q;

	(void)state;
	req_init(&q, SD_OP_WRITE_OBJ);
	q.obj.oid = sd_vid_to_data_oid(0xed202b, 0);
	payload_fields(DIALECT_NEWEST, &q, NULL, a, collect, &first);
	payload_fields(DIALECT_NEWEST, &q, NULL, b, collect, &second);
	assert_memory_equal(text_get(&first), "data 0+3 3 bytes, digest ", 25);
	assert_string_not_equal(text_get(&first), text_get(&second));
	text_free(&first);
	text_free(&second);
	/* Nothing is nothing. */
	assert_payload(&q, NULL, NULL, "");
	blob_unref(a);
	blob_unref(b);
}

int text_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(object_requests_name_what_they_touch),
		cmocka_unit_test(other_requests_leave_out_what_is_zero),
		cmocka_unit_test(answers_begin_with_their_result),
		cmocka_unit_test(every_field_of_a_header_is_said),
		cmocka_unit_test(every_field_of_an_answer_is_said),
		cmocka_unit_test(names_and_texts_are_quoted),
		cmocka_unit_test(lists_are_said_one_by_one),
		cmocka_unit_test(records_are_said_field_by_field),
		cmocka_unit_test(epoch_logs_are_found_by_the_slots_of_the_request),
		cmocka_unit_test(participants_of_a_lock_are_said),
		cmocka_unit_test(parts_of_an_inode_are_said_by_name),
		cmocka_unit_test(long_parts_of_an_inode_are_said_where_they_are_not_zero),
		cmocka_unit_test(other_objects_are_said_too),
		cmocka_unit_test(unknown_payloads_are_size_and_digest),
	};

	return cmocka_run_group_tests_name("wire: messages in words", tests, NULL, NULL);
}
