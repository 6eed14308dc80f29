/*
 * Answers and payloads that cannot be are found out, with their place; and real headers look like
 * headers, where other bytes do not.
 */
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"
#include "vectors.h"
#include "wire/traffic.h"
#include "wire/ops.h"
#include "wire/records_vdi.h"

static void refuse_answer(const struct req *q, const struct rsp *p, struct blob *payload,
			  uint64_t offset, const char *words)
{
	struct wire_error err = {0};

	assert_true(rsp_validate(DIALECT_NEWEST, q, p, payload, &err) < 0);
	if (err.offset != offset || !strstr(err.text, words))
		fail_msg("byte %lu: %s", (unsigned long)err.offset, err.text);
	assert_true(rsp_validate(DIALECT_NEWEST, q, p, payload, NULL) < 0);
	blob_unref(payload);
}

static void an_answer_belongs_to_its_request(void **state)
{
	struct req q;
	struct rsp p;

	(void)state;
	req_init(&q, SD_OP_READ_OBJ);
	q.id = 7;
	q.data_length = 512;
	q.obj.oid = 0x00ed202b00000000;
	rsp_init(&p, &q, 0);
	assert_int_equal(rsp_validate(DIALECT_NEWEST, &q, &p, NULL, NULL), 0);
	p.opcode = SD_OP_WRITE_OBJ;
	refuse_answer(&q, &p, NULL, 1, "opcode 0x03, the request has 0x02");
	rsp_init(&p, &q, 0);
	p.id = 8;
	refuse_answer(&q, &p, NULL, 8, "id 8, the request has 7");
	rsp_init(&p, &q, 0);
	p.data_length = 512;
	refuse_answer(&q, &p, blob_zero(511), 12, "511 bytes where the header says 512");
	p.data_length = 513;
	refuse_answer(&q, &p, blob_zero(513), 12, "the request has room for 512");
	/* The answer of a plain write has nothing, that of a piggyback what there is room for. */
	q.flags = SD_FLAG_CMD_WRITE;
	p.data_length = 1;
	refuse_answer(&q, &p, blob_zero(1), 12, "room for 0");
	q.flags |= SD_FLAG_CMD_PIGGYBACK;
	assert_int_equal(rsp_validate(DIALECT_NEWEST, &q, &p, NULL, NULL) < 0, 1);
	p.data_length = 0;
	assert_int_equal(rsp_validate(DIALECT_NEWEST, &q, &p, NULL, NULL), 0);
}

/* What an operation's answer carries, with one thing wrong. */
static void refuse_payload(uint8_t opcode, uint32_t slots, struct blob *payload, uint64_t offset,
			   const char *words)
{
	struct req q;
	struct rsp p;

	req_init(&q, opcode);
	q.data_length = (uint32_t)blob_size(payload);
	if (opcode == SD_OP_STAT_CLUSTER)
		q.cluster.nodes_nr = slots;
	rsp_init(&p, &q, 0);
	p.data_length = q.data_length;
	if (opcode == SD_OP_GET_NODE_LIST)
		p.node.nr_nodes = slots;
	refuse_answer(&q, &p, payload, offset, words);
}

static struct blob *with(uint64_t size, uint64_t at, const char *hex)
{
	uint8_t bytes[16];

	unhex(hex, bytes, strlen(hex) / 2);
	return blob_write(blob_zero(size), at, bytes, strlen(hex) / 2);
}

static void payloads_of_answers_keep_to_their_structure(void **state)
{
	(void)state;
	refuse_payload(SD_OP_GET_NODE_LIST, 2, blob_zero(80), 20, "nr_nodes is 2");
	refuse_payload(SD_OP_FORCE_RECOVER, 0, blob_zero(100), 48 + 80, "member records of 80");
	refuse_payload(SD_OP_STAT_CLUSTER, 1, blob_zero(129), 48 + 128, "epoch logs of 128");
	refuse_payload(SD_OP_STAT_CLUSTER, 1, with(256, 128 + 20, "02000000"), 48 + 128 + 20,
		       "2 nodes in 1 slots");
	refuse_payload(SD_OP_CLUSTER_INFO, 0, with(491568, 2, "0118"), 48 + 2, "6145 nodes");
	refuse_payload(SD_OP_GET_OBJ_LIST, 0, blob_zero(15), 48 + 8, "object ids of 8");
	refuse_payload(SD_OP_GET_VDI_COPIES, 0, blob_zero(1427), 48, "vdi_states of 1428");
	refuse_payload(SD_OP_GET_VDI_COPIES, 0, with(2856, 1428 + 60, "20000000"), 48 + 1428 + 60,
		       "32 participants");
	refuse_payload(SD_OP_GET_EPOCH, 0, blob_zero(87), 48 + 87, "epoch of 87 bytes");
	refuse_payload(SD_OP_READ_VDIS, 0, blob_zero(8), 48 + 8, "at least 2097152");
	refuse_payload(SD_OP_STAT, 0, blob_zero(119), 48 + 119, "stat");
	refuse_payload(SD_OP_STAT_RECOVERY, 0, blob_zero(23), 48 + 23, "recovery_state");
	refuse_payload(SD_OP_GET_RECOVERY, 0, blob_zero(23), 48 + 23, "recovery_throttling");
	refuse_payload(SD_OP_MD_INFO, 0, with(263688, 263680, "41000000"), 48 + 263680, "65 disks");
	refuse_payload(SD_OP_GET_VNODES, 0, blob_zero(3), 48 + 3, "at least 4");
}

static void refuse_object(uint64_t oid, struct blob *payload, uint64_t offset, const char *words)
{
	struct wire_error err = {0};
	struct req q;

	req_init(&q, SD_OP_READ_OBJ);
	q.obj.oid = oid;
	assert_true(payload_validate(DIALECT_NEWEST, &q, true, payload, &err) < 0);
	if (err.offset != offset || !strstr(err.text, words))
		fail_msg("byte %lu: %s", (unsigned long)err.offset, err.text);
	/* Of a part of an object, or of a strip, nobody can say. */
	q.obj.offset = 8;
	assert_int_equal(payload_validate(DIALECT_NEWEST, &q, true, payload, NULL), 0);
	q.obj.offset = 0;
	q.obj.copy_policy = 0x22;
	assert_int_equal(payload_validate(DIALECT_NEWEST, &q, true, payload, NULL), 0);
	blob_unref(payload);
}

static void objects_that_are_read_keep_to_their_structure(void **state)
{
	(void)state;
	refuse_object(0x20ed202b00000001, with(784, 524, "01000100"), 48 + 524,
		      "attribute value of 65537");
	refuse_object(0x10ed202b00000001, with(4194304, 0, "7562"), 48, "magic number 0x6275");
	refuse_object(0x10ed202b00000001, with(4194304, 0, "74620300"), 48 + 2, "depth 3");
	refuse_object(0x80ed202b00000000,
		      blob_write(with(12587576, 4664, "746201000000ff00"), 553, "\1", 1),
		      48 + 4664 + 4, "16711680 entries");
}

/* ------------------------------------------------------------------ what looks like a header */

static struct {
	size_t requests, answers, odd;
} seen;

static void check_plausible(const char *path, const struct vector *v)
{
	for (size_t i = 0; i < v->nr_messages; i++) {
		const struct vector_message *m = &v->messages[i];
		bool plausible = m->request ? req_plausible(m->head) : rsp_plausible(m->head);

		*(m->request ? &seen.requests : &seen.answers) += 1;
		if (!plausible && m->request && strstr(path, "/frontend/vdi_"))
			fail_msg("%s:%u: not plausible", path, m->line);
		seen.odd += !plausible;
	}
}

static void what_real_programs_say_looks_like_headers(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	vector_each("frontend", check_plausible);
	vector_each("admin", check_plausible);
	vector_each("setup", check_plausible);
	vector_each("peer", check_plausible);
	assert_true(seen.requests > 3000 && seen.answers > 3000);
	/* Only what was sent to see it refused, and answers with bytes that nobody wrote. */
	assert_in_range(seen.odd, 1, 60);
}

/* A sheepdog header at any other place of one, or of a payload, would be a wrong scent. */
static struct {
	size_t places, requests, answers;
} scents;

static void look_for_scents(const char *path, const struct vector *v)
{
	(void)path;
	for (size_t i = 0; i < v->nr_messages; i++) {
		uint64_t size = blob_size(v->messages[i].payload);
		uint8_t head[WIRE_HEADER];

		for (uint64_t at = 0; at + sizeof(head) <= size && at < 2000; at++) {
			blob_read(v->messages[i].payload, at, head, sizeof(head));
			scents.places++;
			scents.requests += req_plausible(head);
			scents.answers += rsp_plausible(head);
		}
	}
}

static void payloads_do_not_look_like_headers(void **state)
{
	uint8_t head[WIRE_HEADER] = {0};

	(void)state;
	assert_false(req_plausible(head) || rsp_plausible(head));
	for (uint64_t i = 0; i < 200000; i++) {
		fill_random(head, sizeof(head), 11, i);
		assert_false(req_plausible(head) || rsp_plausible(head));
	}
	memset(&scents, 0, sizeof(scents));
	vector_each("frontend", look_for_scents);
	vector_each("admin", look_for_scents);
	assert_true(scents.places > 1000000);
	/* Small numbers among zeros can be an answer; whoever looks for one knows the request. */
	if (scents.requests > 1 || scents.answers > 150)
		fail_msg("%zu requests, %zu answers", scents.requests, scents.answers);
}

static void a_plausible_request_names_what_can_exist(void **state)
{
	uint8_t head[WIRE_HEADER];
	struct req good, q;

	(void)state;
	req_init(&good, SD_OP_READ_OBJ);
	good.obj.oid = 0x00ed202b00000000;
	good.data_length = 4096;
#define EXPECT(is, change)                                                                         \
	q = good;                                                                                  \
	change;                                                                                    \
	req_encode(&q, head);                                                                      \
	assert_int_equal(req_plausible(head), is)
	EXPECT(true, (void)0);
	EXPECT(true, q.proto_ver = 0);
	EXPECT(false, q.proto_ver = 3);
	EXPECT(false, q.flags = 0x0800);
	EXPECT(false, q.epoch = 1 << 24);
	EXPECT(false, q.data_length = (64 << 20) + 1);
	EXPECT(false, q.obj.oid = 0);
	EXPECT(false, q.obj.oid = 0x0000000000000001);
	EXPECT(false, q.obj.oid = 0x01ed202b00000000);
	EXPECT(false, q.rest[31] = 1);
	EXPECT(false, q.opcode = 0x7f);
	/* The peer versions of 0.4 to 1.0. */
	EXPECT(true, (q.opcode = SD_OP_READ_PEER, q.proto_ver = 0x0a));
	EXPECT(true, (q.opcode = SD_OP_READ_PEER, q.proto_ver = 0x05));
	EXPECT(false, (q.opcode = SD_OP_READ_PEER, q.proto_ver = 0x0b));
	/* Needs a payload. */
	EXPECT(false, q.opcode = SD_OP_WRITE_OBJ);
	EXPECT(true, (q.opcode = SD_OP_WRITE_OBJ, q.flags = SD_FLAG_CMD_WRITE));
#undef EXPECT
}

int validate_answer_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_belongs_to_its_request),
		cmocka_unit_test(payloads_of_answers_keep_to_their_structure),
		cmocka_unit_test(objects_that_are_read_keep_to_their_structure),
		cmocka_unit_test(what_real_programs_say_looks_like_headers),
		cmocka_unit_test(payloads_do_not_look_like_headers),
		cmocka_unit_test(a_plausible_request_names_what_can_exist),
	};

	return cmocka_run_group_tests_name("wire: answers", tests, NULL, NULL);
}
