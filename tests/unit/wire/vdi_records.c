#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"
#include "wire/records_vdi.h"

static void a_notification_comes_back_with_its_data(void **state)
{
	struct blob *data = hex_blob("616c706861"), *b, *data_back;
	struct req q, q_back;
	struct rsp p, p_back;

	(void)state;
	req_init(&q, SD_OP_NEW_VDI);
	q.vdi.vdi_size = 1 << 20;
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.vdi.vdi_id = 0xed202b;
	b = vdi_op_encode(&q, &p, data);
	assert_int_equal(blob_size(b), 96 + 5);
	assert_int_equal(vdi_op_decode(b, &q_back, &p_back, &data_back, NULL), 0);
	assert_memory_equal(&q_back, &q, sizeof(q));
	assert_memory_equal(&p_back, &p, sizeof(p));
	assert_true(blob_equal(data_back, data));
	blob_unref(b);
	blob_unref(data);
	blob_unref(data_back);
}

/* Sheep do not fill in the opcode of that response; its fields are there all the same. */
static void the_answer_in_a_notification_has_the_fields_of_the_request(void **state)
{
	struct blob *b, *data;
	struct req q;
	struct rsp p;
	uint8_t zero = 0;

	(void)state;
	req_init(&q, SD_OP_DEL_VDI);
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.vdi.vdi_id = 0xed202b;
	b = blob_write(vdi_op_encode(&q, &p, NULL), WIRE_HEADER + 1, &zero, 1);
	assert_int_equal(vdi_op_decode(b, &q, &p, &data, NULL), 0);
	assert_int_equal(p.opcode, 0);
	assert_int_equal(p.vdi.vdi_id, 0xed202b);
	assert_null(data);
	blob_unref(b);
}

static void a_short_notification_is_refused(void **state)
{
	struct blob *b = blob_zero(95), *data = b;
	struct wire_error err;
	struct req q;
	struct rsp p;

	(void)state;
	assert_true(vdi_op_decode(b, &q, &p, &data, &err) < 0);
	assert_int_equal(err.offset, 95);
	assert_null(data);
	blob_unref(b);
}

static void a_vdi_state_comes_back(void **state)
{
	struct vdi_state *s = mem_alloc(sizeof(*s)), *back = mem_alloc(sizeof(*back));
	uint8_t out[VDI_STATE_SIZE], nr[4];
	struct wire_error err;
	struct blob *b;

	(void)state;
	s->vid = 0xed202b;
	s->nr_copies = 3;
	s->snapshot = 1;
	s->deleted = 1;
	s->copy_policy = 0x22;
	s->block_size_shift = 20;
	s->parent_vid = 0x123456;
	s->lock_state = SD_LOCK_STATE_SHARED;
	s->lock_owner.port = 7000;
	s->nr_participants = MAX_PARTICIPANTS;
	for (unsigned int i = 0; i < MAX_PARTICIPANTS; i++) {
		s->participants_state[i] = i % 3 + 1;
		fill_random(s->participants[i].addr, 16, 4, i);
		s->participants[i].port = (uint16_t)i;
	}
	vdi_state_encode(s, out);
	assert_int_equal(get_le32(out + 64 + 4 * 30), s->participants_state[30]);
	assert_int_equal(get_le16(out + 188 + 40 * 30 + 16), 30);
	b = blob_write(blob_zero(100 + sizeof(out)), 100, out, sizeof(out));
	assert_int_equal(vdi_state_decode(b, 100, back, NULL), 0);
	assert_memory_equal(back, s, sizeof(*s));
	assert_true(vdi_state_decode(b, 101, back, &err) < 0);
	assert_true(vdi_state_decode(b, UINT64_MAX, back, &err) < 0);
	put_le32(nr, MAX_PARTICIPANTS + 1);
	b = blob_write(b, 100 + 60, nr, sizeof(nr));
	assert_true(vdi_state_decode(b, 100, back, &err) < 0);
	assert_int_equal(err.offset, 160);
	blob_unref(b);
	free(s);
	free(back);
}

static void an_inode_header_comes_back(void **state)
{
	struct inode_head h, back;
	uint8_t out[INODE_HEAD];
	struct wire_error err;
	struct blob *b;

	(void)state;
	memset(&h, 0, sizeof(h));
	memset(h.name, 'n', 256); /* a name of full length has no NUL on the wire */
	memcpy(h.tag, "one", 4);
	h.create_time = 1;
	h.snap_ctime = 2;
	h.vm_clock_nsec = 3;
	h.vdi_size = 4;
	h.vm_state_size = 5;
	h.copy_policy = 0x22;
	h.store_policy = SD_STORE_POLICY_BTREE;
	h.nr_copies = 6;
	h.block_size_shift = 22;
	h.snap_id = 7;
	h.vdi_id = 0xed202b;
	h.parent_vdi_id = 0xed202a;
	h.btree_counter = 8;
	inode_head_encode(&h, out);
	assert_int_equal(get_le64(out + 536), 4);
	assert_int_equal(out[555], 22);
	assert_int_equal(get_le32(out + 568), 8);
	b = blob_new(out, sizeof(out));
	assert_int_equal(inode_head_decode(b, &back, NULL), 0);
	assert_memory_equal(&back, &h, sizeof(h));
	b = blob_resize(b, INODE_HEAD - 1);
	assert_true(inode_head_decode(b, &back, &err) < 0);
	assert_int_equal(err.offset, INODE_HEAD - 1);
	blob_unref(b);
}

static void entries_of_an_inode_are_read_from_any_part_of_it(void **state)
{
	const struct gref gref = {.generation = -2, .count = 3};
	uint8_t vid[4], bytes[GREF_SIZE];
	struct blob *whole = blob_zero(INODE_SIZE), *part;

	(void)state;
	put_le32(vid, 0xed202b);
	gref_encode(&gref, bytes);
	whole = blob_write(whole, INODE_DATA_VIDS + 4 * 5, vid, sizeof(vid));
	whole = blob_write(whole, INODE_SIZE - GREF_SIZE, bytes, sizeof(bytes));
	assert_int_equal(inode_data_vid(whole, 0, 5), 0xed202b);
	assert_int_equal(inode_data_vid(whole, 0, 4), 0);
	assert_int_equal(inode_gref(whole, 0, INODE_NR_DATA - 1).generation, -2);
	assert_int_equal(inode_gref(whole, 0, INODE_NR_DATA - 1).count, 3);
	part = blob_slice(whole, INODE_DATA_VIDS + 16, 100);
	assert_int_equal(inode_data_vid(part, INODE_DATA_VIDS + 16, 5), 0xed202b);
	/* What is not there is not allocated. */
	assert_int_equal(inode_data_vid(part, INODE_DATA_VIDS + 16, INODE_NR_DATA - 1), 0);
	blob_unref(part);
	blob_unref(whole);
}

static void an_attribute_comes_back(void **state)
{
	struct vdi_attr a, back;
	uint8_t out[VDI_ATTR_HEAD];
	struct wire_error err;
	struct blob *b;

	(void)state;
	memset(&a, 0, sizeof(a));
	memcpy(a.name, "alpha", 6);
	memcpy(a.tag, "one", 4);
	a.ctime = 9;
	a.snap_id = 3;
	a.value_len = SD_ATTR_VALUE_LEN;
	memcpy(a.key, "color", 6);
	vdi_attr_encode(&a, out);
	assert_int_equal(get_le32(out + 524), 65536);
	assert_int_equal(out[528], 'c');
	b = blob_new(out, sizeof(out));
	assert_int_equal(vdi_attr_decode(b, &back, NULL), 0);
	assert_memory_equal(&back, &a, sizeof(a));
	put_le32(out, SD_ATTR_VALUE_LEN + 1);
	b = blob_write(b, 524, out, 4);
	assert_true(vdi_attr_decode(b, &back, &err) < 0);
	assert_int_equal(err.offset, 524);
	b = blob_resize(b, VDI_ATTR_HEAD - 1);
	assert_true(vdi_attr_decode(b, &back, &err) < 0);
	blob_unref(b);
}

static void a_leaf_of_a_btree_comes_back(void **state)
{
	const struct btree_head h = {.magic = SD_INDEX_MAGIC, .depth = 1, .entries = 2};
	const struct btree_entry e = {.idx = 0x01020304, .vdi_id = 0xed202b};
	uint8_t head[BTREE_HEAD], entry[BTREE_ENTRY];
	struct blob *b = blob_zero(INODE_DATA_VIDS + 100);
	struct btree_head back;

	(void)state;
	btree_head_encode(&h, head);
	btree_entry_encode(&e, entry);
	b = blob_write(b, INODE_DATA_VIDS, head, sizeof(head));
	b = blob_write(b, INODE_DATA_VIDS + 16, entry, sizeof(entry));
	assert_int_equal(btree_head_decode(b, INODE_DATA_VIDS, &back, NULL), 0);
	assert_memory_equal(&back, &h, sizeof(h));
	assert_int_equal(btree_entry_at(b, INODE_DATA_VIDS, 0).vdi_id, 0);
	assert_int_equal(btree_entry_at(b, INODE_DATA_VIDS, 1).idx, 0x01020304);
	assert_int_equal(btree_entry_at(b, INODE_DATA_VIDS, 1).vdi_id, 0xed202b);
	blob_unref(b);
}

static void a_root_of_a_btree_comes_back(void **state)
{
	const struct btree_head h = {.magic = SD_INDEX_MAGIC, .depth = 2, .entries = 1};
	const struct btree_indirect e = {.idx = 262142, .oid = sd_vid_to_btree_oid(0xed202b, 1)};
	uint8_t bytes[BTREE_HEAD + BTREE_INDIRECT];
	struct btree_head back;
	struct blob *b;

	(void)state;
	btree_head_encode(&h, bytes);
	btree_indirect_encode(&e, bytes + BTREE_HEAD);
	b = blob_new(bytes, sizeof(bytes));
	assert_blob_bytes("root", b,
			  "\x74\x62\x02\x00\x01\x00\x00\x00"
			  "\xfe\xff\x03\x00\x00\x00\x00\x00\x01\x00\x00\x00\x2b\x20\xed\x10",
			  24);
	assert_int_equal(btree_head_decode(b, 0, &back, NULL), 0);
	assert_int_equal(btree_indirect_at(b, 0, 0).idx, 262142);
	assert_int_equal(btree_indirect_at(b, 0, 0).oid, e.oid);
	blob_unref(b);
}

static void a_broken_btree_node_is_refused(void **state)
{
	struct btree_head h = {.magic = SD_INDEX_MAGIC, .depth = 1, .entries = SD_INDEX_MAX}, back;
	uint8_t bytes[BTREE_HEAD];
	struct wire_error err;
	struct blob *b;

	(void)state;
	btree_head_encode(&h, bytes);
	b = blob_new(bytes, sizeof(bytes));
	assert_int_equal(btree_head_decode(b, 0, &back, &err), 0);
	assert_true(btree_head_decode(b, 1, &back, &err) < 0);
	assert_true(btree_head_decode(b, UINT64_MAX, &back, &err) < 0);

	h.entries++;
	btree_head_encode(&h, bytes);
	b = blob_write(b, 0, bytes, sizeof(bytes));
	assert_true(btree_head_decode(b, 0, &back, &err) < 0);
	assert_int_equal(err.offset, 4);

	h.depth = 2;
	h.entries = SD_INDIRECT_INDEX_MAX + 1;
	btree_head_encode(&h, bytes);
	b = blob_write(b, 0, bytes, sizeof(bytes));
	assert_true(btree_head_decode(b, 0, &back, &err) < 0);
	assert_int_equal(err.offset, 4);

	h.depth = 3;
	btree_head_encode(&h, bytes);
	b = blob_write(b, 0, bytes, sizeof(bytes));
	assert_true(btree_head_decode(b, 0, &back, &err) < 0);
	assert_int_equal(err.offset, 2);

	h.magic = 0;
	btree_head_encode(&h, bytes);
	b = blob_write(b, 0, bytes, sizeof(bytes));
	assert_true(btree_head_decode(b, 0, &back, &err) < 0);
	assert_int_equal(err.offset, 0);
	blob_unref(b);
}

static void a_ledger_keeps_its_counters(void **state)
{
	struct blob *b = blob_zero(LEDGER_SIZE);

	(void)state;
	b = ledger_set(b, 0, 1);
	b = ledger_set(b, LEDGER_GENERATIONS - 1, 0x01020304);
	assert_int_equal(ledger_count(b, 0), 1);
	assert_int_equal(ledger_count(b, 1), 0);
	assert_int_equal(ledger_count(b, LEDGER_GENERATIONS - 1), 0x01020304);
	assert_int_equal(blob_size(b), SD_LEDGER_OBJ_SIZE);
	blob_unref(b);
}

int vdi_records_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_notification_comes_back_with_its_data),
		cmocka_unit_test(the_answer_in_a_notification_has_the_fields_of_the_request),
		cmocka_unit_test(a_short_notification_is_refused),
		cmocka_unit_test(a_vdi_state_comes_back),
		cmocka_unit_test(an_inode_header_comes_back),
		cmocka_unit_test(entries_of_an_inode_are_read_from_any_part_of_it),
		cmocka_unit_test(an_attribute_comes_back),
		cmocka_unit_test(a_leaf_of_a_btree_comes_back),
		cmocka_unit_test(a_root_of_a_btree_comes_back),
		cmocka_unit_test(a_broken_btree_node_is_refused),
		cmocka_unit_test(a_ledger_keeps_its_counters),
	};

	return cmocka_run_group_tests_name("wire: records of VDIs", tests, NULL, NULL);
}
