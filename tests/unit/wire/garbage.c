/*
 * Any bytes: decoders and text rendering take them without reading outside of them (the address
 * sanitizer watches), and what they accept, they can say.
 */
#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "sheepsim/wire/object.h"
#include "wire/traffic.h"
#include "wire/inode_layout.h"
#include "wire/records_admin.h"
#include "wire/records_vdi.h"
#include "wire/shepherd_message.h"
#include "wire/text.h"

/* Lengths around those that mean something. */
static const uint32_t lengths[] = {0,	 1,    3,    4,	   7,	  8,	  23,	  24,	 47,
				   48,	 79,   80,   95,   96,	  119,	  120,	  255,	 256,
				   511,	 512,  783,  784,  785,	  1427,	  1428,	  1429,	 2856,
				   4663, 4664, 4680, 8192, 66320, 131072, 263688, 491568};
#define NR_LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

static struct blob *garbage(uint64_t which, uint32_t len)
{
	uint8_t *bytes = mem_alloc(len + 1);
	/* Dense noise is refused early; sparse noise gets further. */
	uint32_t noise = which % 3 == 0 ? len : len < 64 ? len : 64;
	struct blob *b;

	for (uint32_t i = 0; i < noise && i < 5000; i++) {
		uint32_t at = noise == len ? i : (uint32_t)random_below(len, 6, "at", which, i, 0);

		bytes[at] = (uint8_t)random_below(i % 2 ? 256 : 4, 6, "value", which, i, 0);
	}
	b = blob_new(bytes, len);
	free(bytes);
	return b;
}

static void decode_members(struct blob *b, uint64_t offset)
{
	struct node_rec *nodes;
	struct cluster_info ci;
	uint64_t time;
	size_t n;

	if (node_list_decode(b, offset, (size_t)offset % 7, &nodes, NULL) == 0)
		free(nodes);
	if (cluster_info_decode(b, &ci, &nodes, NULL) == 0)
		free(nodes);
	if (epoch_blob_decode(b, &nodes, &n, &time, NULL) == 0)
		free(nodes);
}

static void decode_records(struct blob *b, uint64_t offset)
{
	struct recovery_throttling throttling;
	struct recovery_state recovery;
	struct btree_head btree;
	struct inode_head inode;
	struct node_stat stat;
	struct vdi_state vdi;
	struct vdi_attr attr;
	struct md_info *disks;
	struct blob *data;
	struct req q;
	struct rsp p;
	size_t n;

	if (vdi_op_decode(b, &q, &p, &data, NULL) == 0)
		blob_unref(data);
	if (vdi_state_decode(b, offset, &vdi, NULL) == 0)
		assert_true(vdi.nr_participants <= MAX_PARTICIPANTS);
	if (md_info_decode(b, &disks, &n, NULL) == 0)
		free(disks);
	if (btree_head_decode(b, offset, &btree, NULL) == 0)
		assert_true(btree.entries <= SD_INDEX_MAX);
	if (vdi_attr_decode(b, &attr, NULL) == 0)
		assert_true(attr.value_len <= SD_ATTR_VALUE_LEN);
	inode_head_decode(b, &inode, NULL);
	recovery_state_decode(b, &recovery, NULL);
	recovery_throttling_decode(b, &throttling, NULL);
	node_stat_decode(b, &stat, NULL);
}

static void records_take_any_bytes(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 60 * NR_LENGTHS; i++) {
		struct blob *b = garbage(i, lengths[i % NR_LENGTHS]);
		uint64_t offset = random_keyed(6, "offset", i, 0, 0);

		decode_members(b, offset % 200);
		decode_members(b, offset);
		decode_records(b, offset % 200);
		decode_records(b, offset);
		blob_unref(b);
	}
}

/* Each dialect gets each opcode. */
static enum dialect dialect_at(uint64_t i)
{
	return (enum dialect)(DIALECT_05 + i / 256 % (NR_DIALECTS - DIALECT_05));
}

static void count_field(void *arg, const char *name, uint64_t offset, uint64_t len,
			const char *value)
{
	uint64_t *size = arg;

	assert_true(name[0] && value[0]);
	/* What is said lies inside of the payload, or of its one field of reserved bytes. */
	assert_true(offset <= size[0] && len <= size[0] - offset);
	size[1]++;
}

/* What is found wrong lies inside of the message, or where bytes are missing. */
static void check_places(enum dialect d, const struct req *q, const struct rsp *p,
			 const struct blob *b)
{
	struct wire_error err;

	if (payload_validate(d, q, false, b, &err) < 0)
		assert_true(err.offset <= WIRE_HEADER + blob_size(b));
	if (payload_validate(d, q, true, b, &err) < 0)
		assert_true(err.offset <= WIRE_HEADER + blob_size(b));
	if (rsp_validate(d, q, p, b, &err) < 0)
		assert_true(err.offset <= WIRE_HEADER + blob_size(b));
}

static void payloads_of_any_bytes_are_said(void **state)
{
	static const uint64_t oids[] = {
		0x00ed202b00000000, 0x80ed202b00000000, 0x20ed202b00000000,
		0x10ed202b00000000, 0x08ed202b00000000,
	};
	uint64_t said = 0;

	(void)state;
	for (uint64_t i = 0; i < 256 * 18; i++) {
		enum dialect d = dialect_at(i);
		uint32_t len = lengths[random_below(NR_LENGTHS, 6, "length", i, 0, 0)];
		struct blob *b = garbage(i, len);
		uint64_t size[2] = {len, 0};
		uint8_t head[WIRE_HEADER];
		struct req q;
		struct rsp p;

		fill_random(head, sizeof(head), 7, i);
		head[1] = (uint8_t)i;
		req_decode_as(head, dialect_req_variant(d, head[1]), &q);
		rsp_decode_as(head, dialect_rsp_variant(d, head[1]), &p);
		if (q.variant == VARIANT_OBJ) {
			q.obj.oid = oids[i / 256 % 5];
			q.obj.offset = i % 2 ? 0 : q.obj.offset % INODE_SIZE;
		}
		if (q.variant == VARIANT_OBJ_08) {
			q.obj_08.oid = oids[i / 256 % 5];
			q.obj_08.offset = i % 2 ? 0 : q.obj_08.offset % INODE_SIZE_0_7;
		}
		if (q.variant == VARIANT_CLUSTER)
			q.cluster.nodes_nr %= 1000;
		payload_fields(d, &q, NULL, b, count_field, size);
		payload_fields(d, &q, &p, b, count_field, size);
		check_places(d, &q, &p, b);
		said += size[1];
		blob_unref(b);
	}
	assert_true(said > 1000);
}

static void headers_of_any_bytes_are_said(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 256 * 18; i++) {
		enum dialect d = dialect_at(i);
		uint64_t size[2] = {WIRE_HEADER, 0};
		uint8_t head[WIRE_HEADER];
		struct text t = {0};
		struct req q;
		struct rsp p;

		fill_random(head, sizeof(head), 8, i);
		head[1] = (uint8_t)i;
		req_fields(d, head, count_field, size);
		assert_true(size[1] >= 6);
		rsp_fields(d, head, count_field, size);
		assert_true(size[1] >= 13);
		req_decode_as(head, dialect_req_variant(d, head[1]), &q);
		rsp_decode_as(head, dialect_rsp_variant(d, head[1]), &p);
		req_text(d, &t, &q);
		rsp_text(d, &t, &p);
		assert_null(strchr(text_get(&t), '\n'));
		text_free(&t);
	}
}

static void requests_of_any_bytes_are_checked(void **state)
{
	size_t refused = 0;

	(void)state;
	for (uint64_t i = 0; i < 256 * 40; i++) {
		uint32_t len = lengths[random_below(NR_LENGTHS, 6, "length", i, 1, 0)];
		struct wire_error err = {.offset = UINT64_MAX};
		uint8_t head[WIRE_HEADER];
		struct blob *b = blob_zero(len);
		struct req q;

		fill_random(head, sizeof(head), 9, i);
		head[1] = (uint8_t)i;
		put_le32(head + 12, len);
		req_decode(head, &q);
		if (req_validate(&q, b, &err) < 0) {
			assert_true(err.offset < WIRE_HEADER + len);
			refused++;
		}
		blob_unref(b);
	}
	assert_in_range(refused, 1000, 256 * 40 - 100);
}

/* Headers that fit, before any bytes of body; and any bytes. */
static void messages_of_shepherd_take_any_bytes(void **state)
{
	static const uint32_t sizes[] = {0, 1, 80, 88, 97, 184, 491528, 491608, 983096, 983176};
	size_t decoded = 0;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		uint32_t len = sizes[i / 16 % 10];
		struct blob *body = garbage(i, len), *b = blob_zero(8 + len);
		uint64_t size[2] = {8 + len, 0};
		struct shepherd_message m;
		struct wire_error err;
		uint8_t head[8];

		put_le32(head, (uint32_t)(i % 16 / 2));
		put_le32(head + 4, i % 101 == 0 ? len + 1 : len);
		b = blob_overlay(blob_write(b, 0, head, sizeof(head)), 8, body);
		if (shepherd_message_decode(DIALECT_NEWEST, b, i % 2, &m, &err) == 0) {
			assert_true(m.nr_nodes <= 6144);
			decoded++;
		} else {
			assert_true(err.offset <= 8 + len);
		}
		shepherd_message_clear(&m);
		shepherd_fields(DIALECT_NEWEST, b, i % 2, count_field, size);
		blob_unref(body);
		blob_unref(b);
	}
	assert_in_range(decoded, 100, 900);
}

static void inodes_take_any_bytes(void **state)
{
	static const uint64_t sizes[] = {0, 4663, 4664, 4198968, 4198976, 12587576};
	static uint32_t children[INODE_NR_CHILDREN];

	(void)state;
	for (uint64_t i = 0; i < 60; i++) {
		struct blob *front = garbage(i, 8192);
		struct blob *b = blob_overlay(blob_zero(sizes[i % 6]), 0, front);
		uint64_t size[2] = {sizes[i % 6], 0};
		enum inode_layout layout;
		struct inode_head h;
		struct wire_error err;

		for (int k = INODE_LAYOUT_0_7; k <= INODE_LAYOUT_0_9; k++) {
			if (inode_decode(b, (enum inode_layout)k, &h, children, &err) < 0)
				assert_true(err.offset <= sizes[i % 6]);
		}
		assert_int_equal(inode_layout_by_size(sizes[i % 6], &layout, NULL) == 0, i % 6 > 2);
		object_fields(b, UINT64_C(0x80ed202b00000000), count_field, size);
		blob_unref(front);
		blob_unref(b);
	}
}

int garbage_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_take_any_bytes),
		cmocka_unit_test(payloads_of_any_bytes_are_said),
		cmocka_unit_test(headers_of_any_bytes_are_said),
		cmocka_unit_test(messages_of_shepherd_take_any_bytes),
		cmocka_unit_test(inodes_take_any_bytes),
		cmocka_unit_test(requests_of_any_bytes_are_checked),
	};

	return cmocka_run_group_tests_name("wire: any bytes", tests, NULL, NULL);
}
