/*
 * Bytes that are written in the spec, or known from real daemons, made from their fields and taken
 * apart again.
 */
#include "tests.h"

#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/cluster.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"

static void assert_req_bytes(const struct req *q, const char *hex)
{
	uint8_t wanted[WIRE_HEADER], head[WIRE_HEADER];
	struct req back;

	unhex(hex, wanted, sizeof(wanted));
	req_encode(q, head);
	assert_memory_equal(head, wanted, sizeof(head));
	req_decode(wanted, &back);
	assert_memory_equal(&back, q, sizeof(back));
}

static void assert_rsp_bytes(const struct rsp *p, const char *hex)
{
	uint8_t wanted[WIRE_HEADER], head[WIRE_HEADER];
	struct rsp back;

	unhex(hex, wanted, sizeof(wanted));
	rsp_encode(p, head);
	assert_memory_equal(head, wanted, sizeof(head));
	rsp_decode(wanted, &back);
	assert_memory_equal(&back, p, sizeof(back));
}

/* The frames of wire-protocols 2.12, line by line. */
static void a_read_of_an_inode_has_the_golden_bytes(void **state)
{
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_READ_OBJ);
	q.proto_ver = 1;
	q.id = 7;
	q.data_length = 4664;
	q.obj.oid = sd_vid_to_inode_oid(0xb266f1);
	q.obj.copies = 2;
	assert_req_bytes(&q, "0102000000000000 0700000038120000 00000000f166b280 0000000000000000 "
			     "0200000000000000 0000000000000000");
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.epoch = 1;
	p.data_length = 4664;
	assert_rsp_bytes(&p, "0002000001000000 0700000038120000 0000000000000000 0000000000000000 "
			     "0000000000000000 0000000000000000");
}

static void a_write_to_the_index_has_the_golden_bytes(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_WRITE_OBJ);
	q.proto_ver = 0;
	q.flags = SD_FLAG_CMD_WRITE | SD_FLAG_CMD_DIRECT;
	q.id = 8;
	q.data_length = 4;
	q.obj.oid = sd_vid_to_inode_oid(0xb266f1);
	q.obj.copies = 2;
	q.obj.offset = INODE_DATA_VIDS + 4 * 5;
	assert_req_bytes(&q, "0003090000000000 0800000004000000 00000000f166b280 0000000000000000 "
			     "0200000000000000 4c12000000000000");
}

static void new_vdi_has_the_golden_bytes(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_NEW_VDI);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 256;
	q.vdi.vdi_size = 8 << 20;
	assert_req_bytes(&q, "0211010000000000 0000000000010000 0000800000000000 0000000000000000 "
			     "0000000000000000 0000000000000000");
}

static void admin_requests_have_the_golden_bytes(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_GET_NODE_LIST);
	q.data_length = SD_MAX_NODES * SD_NODE_SIZE;
	assert_req_bytes(&q, "0a82000000000000 0000000000800700 0000000000000000 0000000000000000 "
			     "0000000000000000 0000000000000000");
	req_init(&q, SD_OP_MAKE_FS);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = sizeof("plain");
	q.cluster.ctime = 0x6b0280b632462da0;
	q.cluster.copies = 2;
	q.cluster.flags = SD_CLUSTER_FLAG_USE_LOCK;
	assert_req_bytes(&q, "0a84010000000000 0000000006000000 0000000000000000 a02d4632b680026b "
			     "0200080000000000 0000000000000000");
}

static void a_recovery_read_has_the_golden_bytes(void **state)
{
	struct req q;

	(void)state;
	req_init(&q, SD_OP_READ_PEER);
	q.flags = SD_FLAG_CMD_RECOVERY;
	q.epoch = 5;
	q.data_length = 4 << 20;
	q.obj.oid = sd_vid_to_data_oid(0xb266f1, 3);
	q.obj.tgt_epoch = 4;
	assert_req_bytes(&q, "0aa4800005000000 0000000000004000 03000000f166b200 0000000000000000 "
			     "0000000004000000 0000000000000000");
}

/* wire-protocols 2.2 */
static void vdi_answers_have_the_golden_bytes(void **state)
{
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_GET_VDI_INFO);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.vdi.vdi_id = 0xb266f1;
	p.vdi.copies = 2;
	p.vdi.block_size_shift = 22;
	assert_rsp_bytes(&p,
			 "0014000000000000 0000000000000000 00000000 00000000 f166b200 00000000 "
			 "0216 0000 000000000000000000000000");
	req_init(&q, SD_OP_LOCK_VDI);
	rsp_init(&p, &q, SD_RES_VDI_LOCKED);
	p.vdi.vdi_id = 0xb266f1;
	p.vdi.copies = 2;
	p.vdi.block_size_shift = 22;
	assert_rsp_bytes(&p,
			 "0012000000000000 0000000000000000 07000000 00000000 f166b200 00000000 "
			 "0216 0000 000000000000000000000000");
}

static void other_variants_have_their_places(void **state)
{
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_REPAIR_REPLICA);
	q.forw.oid = 0x1122334455667788;
	memcpy(q.forw.addr, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
	q.forw.port = 7000;
	assert_req_bytes(&q, "0ac5000000000000 0000000000000000 8877665544332211 20010db800000000 "
			     "0000000000000001 581b000000000000");
	req_init(&q, SD_OP_VDI_STATE_CHECKPOINT_CTL);
	q.checkpoint.get = 1;
	q.checkpoint.tgt_epoch = 3;
	q.checkpoint.vid = 0xb266f1;
	assert_req_bytes(&q, "0ac7000000000000 0000000000000000 0100000003000000 f166b20000000000 "
			     "0000000000000000 0000000000000000");
	req_init(&q, SD_OP_DECREF_PEER);
	q.ref.oid = sd_data_to_ledger_oid(sd_vid_to_data_oid(0xb266f1, 1));
	q.ref.generation = 2;
	q.ref.count = 1;
	assert_req_bytes(&q, "0ac2000000000000 0000000000000000 01000000f166b208 0200000001000000 "
			     "0000000000000000 0000000000000000");
	req_init(&q, SD_OP_ALTER_VDI_COPY);
	q.vdi_state.new_vid = 0xb266f1;
	q.vdi_state.copies = 3;
	q.vdi_state.set_bitmap = 1;
	q.vdi_state.copy_policy = 0x22;
	q.vdi_state.block_size_shift = 22;
	assert_req_bytes(&q, "0ac0000000000000 0000000000000000 00000000f166b200 0301221600000000 "
			     "0000000000000000 0000000000000000");
	req_init(&q, SD_OP_GET_CLUSTER_DEFAULT);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.cluster_default.nr_copies = 3;
	p.cluster_default.copy_policy = 0x11;
	p.cluster_default.block_size_shift = 22;
	assert_rsp_bytes(&p, "0018000000000000 0000000000000000 0000000003111600 0000000000000000 "
			     "0000000000000000 0000000000000000");
	req_init(&q, SD_OP_STAT_SHEEP);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.node.nr_nodes = 1;
	p.node.store_size = 0x0102030405060708;
	p.node.store_free = 0x1112131415161718;
	assert_rsp_bytes(&p, "0086000000000000 0000000000000000 0000000001000000 0000000000000000 "
			     "0807060504030201 1817161514131211");
}

/* wire-protocols 2.5: 3-node cluster, 2 copies, lock flag. */
static void an_epoch_log_has_the_golden_bytes(void **state)
{
	static const struct epoch_log log = {
		.ctime = 0x6b0280b632462da0,
		.epoch = 1,
		.nr_copies = 2,
		.flags = SD_CLUSTER_FLAG_USE_LOCK,
		.drv_name = "plain",
	};
	uint8_t wanted[EPOCH_LOG_HEAD], out[EPOCH_LOG_HEAD];
	struct epoch_log back;

	(void)state;
	unhex("a02d4632b680026b 0000000000000000 01000000 00000000 00 02 00 000000 0800 "
	      "706c61696e0000000000000000000000",
	      wanted, sizeof(wanted));
	epoch_log_encode(&log, out);
	assert_memory_equal(out, wanted, sizeof(out));
	epoch_log_decode(wanted, &back);
	assert_memory_equal(&back, &log, sizeof(back));
}

static void a_member_record_has_the_golden_bytes(void **state)
{
	static const struct node_rec node = {
		.nid = {.addr = {[12] = 127, 0, 0, 1},
			.port = 7001,
			.io_addr = {[12] = 127, 0, 0, 1},
			.io_port = 7011},
		.nr_vnodes = 128,
		.zone = 2,
		.space = 1073741824,
	};
	uint8_t wanted[NODE_RECORD_SIZE], out[NODE_RECORD_SIZE];
	struct node_rec back;

	(void)state;
	unhex("000000000000000000000000000000000000000000000000 "
	      "0000000000000000000000007f000001 591b 0000000000000000000000007f000001 631b "
	      "00000000 "
	      "8000 0000 02000000 0000004000000000",
	      wanted, sizeof(wanted));
	node_rec_encode(&node, out);
	assert_memory_equal(out, wanted, sizeof(out));
	/* What sheep leave in the linkage means nothing. */
	memset(wanted, 0xee, 24);
	node_rec_decode(wanted, &back);
	assert_memory_equal(&back, &node, sizeof(back));
}

int golden_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_of_an_inode_has_the_golden_bytes),
		cmocka_unit_test(a_write_to_the_index_has_the_golden_bytes),
		cmocka_unit_test(new_vdi_has_the_golden_bytes),
		cmocka_unit_test(admin_requests_have_the_golden_bytes),
		cmocka_unit_test(a_recovery_read_has_the_golden_bytes),
		cmocka_unit_test(vdi_answers_have_the_golden_bytes),
		cmocka_unit_test(other_variants_have_their_places),
		cmocka_unit_test(an_epoch_log_has_the_golden_bytes),
		cmocka_unit_test(a_member_record_has_the_golden_bytes),
	};

	return cmocka_run_group_tests_name("wire: golden bytes", tests, NULL, NULL);
}
