/* What releases before 1.0 say, in words, and what is wrong with it. */
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/older.h"
#include "sheepsim/wire/peer.h"
#include "wire/inode_layout.h"
#include "wire/text.h"
#include "wire/traffic.h"

/* ------------------------------------------------------------------ headers */

static void requests_are_said_with_the_fields_of_their_release(void **state)
{
	static const char *const said = "0011 0100 00000000 00000000 00010000 0000000100000000"
					"00000000 00000016 00000000 00000000 0000000000000000";
	uint8_t head[WIRE_HEADER];
	struct text t = {0};
	struct req q;

	(void)state;
	unhex(said, head, sizeof(head));
	req_decode_as(head, dialect_req_variant(DIALECT_08, head[1]), &q);
	req_text(DIALECT_08, &t, &q);
	assert_string_equal(text_get(&t), "NEW_VDI v=0 flags=WRITE len=256 vdi_size=16777216 "
					  "copies=369098752");
	text_free(&t);
	req_init(&q, SD_OP_READ_PEER);
	q.variant = VARIANT_OBJ_08;
	q.proto_ver = 8;
	q.obj_08.oid = 0x00ed202b00000000;
	q.obj_08.offset = UINT64_C(1) << 33;
	req_text(DIALECT_08, &t, &q);
	assert_string_equal(text_get(&t),
			    "READ_PEER v=8 oid=00ed202b00000000 off=8589934592 len=0");
	text_free(&t);
}

static void answers_are_said_with_the_names_of_their_release(void **state)
{
	struct text t = {0};
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, 0x81);
	rsp_init(&p, &q, 0x24);
	p.variant = dialect_rsp_variant(DIALECT_06A, 0x81);
	p.vdi_08.vdi_id = 0xed202b;
	rsp_text(DIALECT_06A, &t, &p);
	assert_string_equal(text_get(&t), "DEL_VDI KILLED epoch=0 len=0 vdi_id=ed202b");
	text_free(&t);
	req_init(&q, SD_OP_LOCK_VDI);
	rsp_init(&p, &q, 0x1c);
	rsp_text(DIALECT_09B, &t, &p);
	assert_string_equal(text_get(&t), "LOCK_VDI COLLECTING_CINFO epoch=0 len=0");
	text_free(&t);
}

/* ------------------------------------------------------------------ payloads */

struct heard {
	char text[4096];
};

static void hear(void *arg, const char *name, uint64_t offset, uint64_t len, const char *value)
{
	struct heard *h = arg;
	size_t at = strlen(h->text);

	snprintf(h->text + at, sizeof(h->text) - at, "%s@%llu+%llu=%s ", name,
		 (unsigned long long)offset, (unsigned long long)len, value);
}

/* The payload of an answer (or, request: of a request) of a dialect; consumes it. */
static const char *payload_of(enum dialect d, uint8_t opcode, bool request, struct blob *b)
{
	static struct heard heard;
	struct req q;
	struct rsp p;

	heard.text[0] = '\0';
	req_init(&q, opcode);
	q.variant = dialect_req_variant(d, opcode);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	payload_fields(d, &q, request ? NULL : &p, b, hear, &heard);
	blob_unref(b);
	return heard.text;
}

static struct node_rec example_node(void)
{
	struct node_rec n = {.nr_vnodes = 64, .zone = 5, .space = 1 << 20};

	n.nid.addr[12] = 10;
	n.nid.addr[15] = 1;
	n.nid.port = 7001;
	return n;
}

static void members_are_said_in_each_layout(void **state)
{
	struct node_rec nodes[2] = {example_node(), example_node()};

	(void)state;
	assert_string_equal(
		payload_of(DIALECT_05, SD_OP_GET_NODE_LIST, false,
			   dialect_nodes_encode(DIALECT_05, nodes, 1)),
		"node[0].addr@0+16=10.0.0.1 node[0].port@16+2=7001 node[0].nr_vnodes@18+2=64 "
		"node[0].zone@20+4=5 ");
	assert_string_equal(
		payload_of(DIALECT_06B, SD_OP_GET_NODE_LIST, false,
			   dialect_nodes_encode(DIALECT_06B, nodes, 1)),
		"node[0].addr@0+16=10.0.0.1 node[0].port@16+2=7001 node[0].nr_vnodes@18+2=64 "
		"node[0].zone@20+4=5 node[0].space@24+8=1048576 ");
	assert_non_null(strstr(payload_of(DIALECT_08, SD_OP_GET_NODE_LIST, false,
					  dialect_nodes_encode(DIALECT_08, nodes, 2)),
			       "node[1].nid@56+40=10.0.0.1:7001 node[1].nr_vnodes@96+2=64 "
			       "node[1].zone@100+4=5 node[1].space@104+8=1048576 "));
	assert_non_null(strstr(payload_of(DIALECT_07A, SD_OP_GET_EPOCH, false,
					  dialect_epoch_encode(DIALECT_07A, nodes, 2, 1234)),
			       " time@112+8=1234 "));
}

static void logs_are_said_in_each_layout(void **state)
{
	struct epoch_log log = {.epoch = 7, .nr_nodes = 1, .nr_copies = 3, .drv_name = "plain"};
	struct node_rec node = example_node();

	(void)state;
	for (int i = DIALECT_05; i <= DIALECT_09A; i++) {
		enum dialect d = (enum dialect)i;
		uint32_t front = dialect_info(d)->log_head;
		struct blob *b = blob_zero(2 * dialect_log_size(d, 0));
		uint8_t head[EPOCH_LOG_HEAD], record[NODE_RECORD_SIZE];
		const char *said;
		char wanted[80];

		dialect_log_encode(d, &log, head);
		b = blob_write(b, dialect_log_size(d, 0), head, front);
		dialect_node_encode(d, &node, record);
		b = blob_write(b, dialect_log_size(d, 0) + front, record,
			       dialect_info(d)->node_size);
		said = payload_of(d, SD_OP_STAT_CLUSTER, false, b);
		snprintf(wanted, sizeof(wanted), "log[1].epoch@%llu+4=7 ",
			 (unsigned long long)dialect_log_size(d, 0) + 16);
		assert_non_null(strstr(said, wanted));
		assert_non_null(strstr(said, "log[0].node") ? NULL : said);
		assert_non_null(strstr(said, "log[1].node[0]."));
		assert_null(strstr(said, "log[1].node[1]."));
		assert_int_equal(strstr(said, "log[1].nr_copies") != NULL,
				 d <= DIALECT_07A || d == DIALECT_09A);
	}
}

static void states_of_vdis_are_said_in_each_layout(void **state)
{
	struct vdi_state s = {.vid = 0xed202b, .nr_copies = 3, .snapshot = 1};

	(void)state;
	assert_string_equal(payload_of(DIALECT_07A, SD_OP_GET_VDI_COPIES, false,
				       dialect_vdi_states_encode(DIALECT_07A, &s, 1)),
			    "vdi[ed202b].vid@0+4=ed202b vdi[ed202b].nr_copies@4+4=3 ");
	assert_string_equal(payload_of(DIALECT_07A, SD_OP_NOTIFY_VDI_ADD, true,
				       dialect_vdi_states_encode(DIALECT_07A, &s, 1)),
			    "vdi[ed202b].vid@0+4=ed202b vdi[ed202b].nr_copies@4+4=3 ");
	assert_string_equal(payload_of(DIALECT_08, SD_OP_GET_VDI_COPIES, false,
				       dialect_vdi_states_encode(DIALECT_08, &s, 1)),
			    "vdi[ed202b].vid@0+4=ed202b vdi[ed202b].nr_copies@4+1=3 "
			    "vdi[ed202b].snapshot@5+1=1 vdi[ed202b].copy_policy@6+1=0x0 ");
	/* there were none */
	assert_non_null(strstr(payload_of(DIALECT_05, SD_OP_GET_VDI_COPIES, false, blob_zero(8)),
			       "data@0"));
}

static void inodes_are_said_in_the_layout_of_their_release(void **state)
{
	static uint32_t children[INODE_NR_CHILDREN];
	struct inode_head h = {.name = "alpha", .vdi_id = 0xed202b};
	struct blob *b;
	struct heard heard = {""};
	struct req q;
	struct rsp p;

	(void)state;
	children[1] = 0xabcdef;
	b = inode_encode(blob_zero(INODE_SIZE_0_7), INODE_LAYOUT_0_7, &h, children);
	b = blob_resize(b, INODE_HEAD + 4);
	b = blob_write(b, INODE_HEAD, "\x2b\x20\xed", 3);
	req_init(&q, SD_OP_READ_OBJ);
	q.variant = VARIANT_OBJ_08;
	q.obj_08.oid = 0x80ed202b00000000;
	rsp_init(&p, &q, SD_RES_SUCCESS);
	payload_fields(DIALECT_08, &q, &p, b, hear, &heard);
	assert_non_null(strstr(heard.text, "child_vdi_id[1]@572+4=abcdef "
					   "data_vdi_id[0]@4664+4=ed202b "));
	assert_null(strstr(heard.text, "btree_counter"));
	blob_unref(b);
}

static void opaques_of_joins_are_told_by_their_version(void **state)
{
	struct join_message join = {.proto_ver = 7,
				    .nr_nodes = 1,
				    .status = SD_STATUS_07_OK,
				    .flags = SD_CLUSTER_FLAG_07_QUORUM,
				    .store = "farm"};
	struct node_rec node = example_node();
	struct heard heard = {""};
	struct cluster_info ci = {
		.proto_ver = 8, .nr_nodes = 1, .status = SD_STATUS_OK, .default_store = "plain"};
	struct blob *b = join_message_encode(DIALECT_07B, &join, &node);

	(void)state;
	cluster_info_fields(b, hear, &heard);
	assert_non_null(strstr(heard.text, " status@8+4=OK "));
	assert_non_null(strstr(heard.text, " flags@26+2=QUORUM store@32+16=\"farm\" "
					   "node[0].nid@48+40=10.0.0.1:7001 "));
	blob_unref(b);
	heard.text[0] = '\0';
	join.proto_ver = 5;
	b = join_message_encode(DIALECT_05, &join, &node);
	cluster_info_fields(b, hear, &heard);
	assert_non_null(strstr(heard.text, "store@33+16=\"farm\" node[0].addr@52+16=10.0.0.1 "));
	blob_unref(b);
	heard.text[0] = '\0';
	b = dialect_cluster_info_encode(DIALECT_08, &ci, &node, 0);
	cluster_info_fields(b, hear, &heard);
	assert_non_null(strstr(heard.text, " status@19+1=OK default_store@24+16=\"plain\" "
					   "node[0].nid@40+40=10.0.0.1:7001 "));
	blob_unref(b);
}

/* ------------------------------------------------------------------ checks */

/* The place of what is wrong with the payload of an answer; 0: nothing is. Consumes it. */
static uint64_t wrong_in(enum dialect d, uint8_t opcode, struct blob *b)
{
	struct wire_error err = {0};
	struct req q;
	int ret;

	req_init(&q, opcode);
	q.variant = dialect_req_variant(d, opcode);
	ret = payload_validate(d, &q, true, b, &err);
	blob_unref(b);
	return ret < 0 ? err.offset : 0;
}

static void payloads_keep_to_the_structures_of_their_release(void **state)
{
	struct epoch_log log = {.nr_nodes = 1025};
	uint8_t head[EPOCH_LOG_HEAD];

	(void)state;
	assert_int_equal(wrong_in(DIALECT_08, SD_OP_GET_NODE_LIST, blob_zero(2 * 56)), 0);
	assert_int_equal(wrong_in(DIALECT_08, SD_OP_GET_NODE_LIST, blob_zero(80)), 48 + 56);
	assert_int_equal(wrong_in(DIALECT_05, SD_OP_GET_NODE_LIST, blob_zero(3 * 24)), 0);
	assert_int_equal(wrong_in(DIALECT_06A, SD_OP_GET_NODE_LIST, blob_zero(3 * 24)), 48 + 64);
	assert_int_equal(wrong_in(DIALECT_07B, SD_OP_GET_EPOCH, blob_zero(56 + 8)), 0);
	assert_int_equal(wrong_in(DIALECT_07B, SD_OP_GET_EPOCH, blob_zero(80 + 8)), 48 + 88);
	assert_int_equal(wrong_in(DIALECT_08, SD_OP_STAT_CLUSTER, blob_zero(57376)), 0);
	assert_int_equal(wrong_in(DIALECT_08, SD_OP_STAT_CLUSTER, blob_zero(57375)), 48);
	assert_int_equal(wrong_in(DIALECT_09A, SD_OP_STAT_CLUSTER, blob_zero(491568)), 0);
	dialect_log_encode(DIALECT_06A, &log, head);
	assert_int_equal(wrong_in(DIALECT_06A, SD_OP_STAT_CLUSTER,
				  blob_write(blob_zero(32800), 0, head, 32)),
			 48 + 20);
	assert_int_equal(wrong_in(DIALECT_08, SD_OP_GET_VDI_COPIES, blob_zero(24)), 0);
	assert_int_equal(wrong_in(DIALECT_08, SD_OP_GET_VDI_COPIES, blob_zero(1428)), 48 + 1424);
	assert_int_equal(wrong_in(DIALECT_09B, SD_OP_GET_VDI_COPIES, blob_zero(1420)), 0);
	assert_int_equal(wrong_in(DIALECT_09B, SD_OP_GET_VDI_COPIES, blob_zero(1428)), 48 + 1420);
}

static int checked(enum dialect d, uint8_t opcode, uint16_t flags, uint32_t length,
		   struct wire_error *err)
{
	struct blob *b = blob_zero(flags & SD_FLAG_CMD_WRITE ? length : 0);
	struct req q;
	int ret;

	req_init(&q, opcode);
	q.variant = dialect_req_variant(d, opcode);
	q.flags = flags;
	q.data_length = length;
	ret = dialect_req_validate(d, &q, b, err);
	blob_unref(b);
	return ret;
}

static void requests_keep_to_the_lengths_of_their_release(void **state)
{
	const uint16_t write = SD_FLAG_CMD_WRITE;
	struct wire_error err = {0};

	(void)state;
	assert_int_equal(checked(DIALECT_08, SD_OP_COMPLETE_RECOVERY, write, 56, &err), 0);
	assert_true(checked(DIALECT_08, SD_OP_COMPLETE_RECOVERY, write, 80, &err) < 0);
	assert_int_equal(err.offset, 12);
	assert_int_equal(checked(DIALECT_06B, SD_OP_COMPLETE_RECOVERY, write, 32, &err), 0);
	assert_int_equal(checked(DIALECT_07A, SD_OP_NOTIFY_VDI_ADD, write, 8, &err), 0);
	assert_true(checked(DIALECT_07A, SD_OP_NOTIFY_VDI_ADD, 0, 0, &err) < 0);
	assert_int_equal(checked(DIALECT_08, SD_OP_NOTIFY_VDI_ADD, 0, 0, &err), 0);
	/* names have 256 bytes since 0.6 */
	assert_int_equal(checked(DIALECT_07A, SD_OP_NEW_VDI, write, 6, &err), 0);
	assert_true(checked(DIALECT_07B, SD_OP_NEW_VDI, write, 6, &err) < 0);
	/* 0.6 has no payload for the state of recovery */
	assert_int_equal(checked(DIALECT_07B, SD_OP_STAT_RECOVERY, 0, 0, &err), 0);
	assert_true(checked(DIALECT_08, SD_OP_STAT_RECOVERY, 0, 0, &err) < 0);
	/* an operation that came later */
	assert_true(checked(DIALECT_09A, SD_OP_EXIST, 0, 0, &err) < 0);
	assert_int_equal(err.offset, 1);
	assert_int_equal(checked(DIALECT_09B, SD_OP_EXIST, 0, 0, &err), 0);
	assert_int_equal(checked(DIALECT_06A, 0x81, write, 256, &err), 0);
	assert_true(checked(DIALECT_07B, 0x81, write, 256, &err) < 0);
}

static void headers_of_older_nodes_look_like_headers(void **state)
{
	uint8_t head[WIRE_HEADER];

	(void)state;
	unhex("08ac 0100 05000000 00000000 38000000 0000000000000000 0000000000000000 00000000"
	      " 05000000 0000000000000000",
	      head, sizeof(head));
	assert_true(req_plausible(head));
	head[12] = 80; /* what 0.9 has */
	assert_false(req_plausible(head));
	head[0] = 9;
	assert_true(req_plausible(head));
	unhex("0082 0000 01000000 00000000 70000000 00000000 02000000 01000000 03000000"
	      "00000000000000000000000000000000",
	      head, sizeof(head));
	assert_true(rsp_plausible(head));
}

int older_text_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_said_with_the_fields_of_their_release),
		cmocka_unit_test(answers_are_said_with_the_names_of_their_release),
		cmocka_unit_test(members_are_said_in_each_layout),
		cmocka_unit_test(logs_are_said_in_each_layout),
		cmocka_unit_test(states_of_vdis_are_said_in_each_layout),
		cmocka_unit_test(inodes_are_said_in_the_layout_of_their_release),
		cmocka_unit_test(opaques_of_joins_are_told_by_their_version),
		cmocka_unit_test(payloads_keep_to_the_structures_of_their_release),
		cmocka_unit_test(requests_keep_to_the_lengths_of_their_release),
		cmocka_unit_test(headers_of_older_nodes_look_like_headers),
	};

	return cmocka_run_group_tests_name("wire: older releases in words", tests, NULL, NULL);
}
