#include "tests.h"

#include "sheepsim/wire/object.h"
#include "sheepsim/wire/shepherd.h"

static void ids_are_made_of_type_vid_and_index(void **state)
{
	(void)state;
	assert_int_equal(sd_vid_to_data_oid(0x7c2b25, 0x12345), 0x007c2b2500012345);
	assert_int_equal(sd_vid_to_inode_oid(0x7c2b25), 0x807c2b2500000000);
	assert_int_equal(sd_vid_to_vmstate_oid(0x7c2b25, 1), 0x407c2b2500000001);
	assert_int_equal(sd_vid_to_attr_oid(0x7c2b25, 0xb7e14a68), 0x207c2b25b7e14a68);
	assert_int_equal(sd_vid_to_btree_oid(0x7c2b25, 1), 0x107c2b2500000001);
	assert_int_equal(sd_data_to_ledger_oid(0x007c2b2500000000), 0x087c2b2500000000);
	assert_int_equal(sd_ledger_to_data_oid(0x087c2b2500000007), 0x007c2b2500000007);
	/* More than 24 bits of a vid cannot spoil the type. */
	assert_int_equal(sd_vid_to_data_oid(0xff7c2b25, 0), 0x007c2b2500000000);
}

static void ids_come_apart_again(void **state)
{
	(void)state;
	assert_int_equal(sd_oid_vid(0x807c2b2500000000), 0x7c2b25);
	assert_int_equal(sd_oid_vid(UINT64_MAX), 0xffffff);
	assert_int_equal(sd_oid_index(0x207c2b25b7e14a68), 0xb7e14a68);
}

static void each_type_has_its_bit(void **state)
{
	const uint64_t oids[] = {
		sd_vid_to_data_oid(1, 2),    sd_vid_to_inode_oid(1),
		sd_vid_to_vmstate_oid(1, 2), sd_vid_to_attr_oid(1, 2),
		sd_vid_to_btree_oid(1, 2),   sd_data_to_ledger_oid(sd_vid_to_data_oid(1, 2)),
	};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(sd_oid_is_data(oids[i]), i == 0);
		assert_int_equal(sd_oid_is_inode(oids[i]), i == 1);
		assert_int_equal(sd_oid_is_vmstate(oids[i]), i == 2);
		assert_int_equal(sd_oid_is_attr(oids[i]), i == 3);
		assert_int_equal(sd_oid_is_btree(oids[i]), i == 4);
		assert_int_equal(sd_oid_is_ledger(oids[i]), i == 5);
	}
	/* Tested bit by bit: two bits, two types. */
	assert_true(sd_oid_is_inode(0xc000000000000000) && sd_oid_is_vmstate(0xc000000000000000));
	/* Reserved bits make no type. */
	assert_true(sd_oid_is_data(0x0700000000000000));
}

static void objects_have_their_sizes(void **state)
{
	(void)state;
	assert_int_equal(sd_oid_size(sd_vid_to_data_oid(1, 2), 22), 4 << 20);
	assert_int_equal(sd_oid_size(sd_vid_to_data_oid(1, 2), 31), UINT64_C(2) << 30);
	assert_int_equal(sd_oid_size(sd_vid_to_vmstate_oid(1, 2), 20), 1 << 20);
	assert_int_equal(sd_oid_size(sd_vid_to_inode_oid(1), 20), 12587576);
	assert_int_equal(sd_oid_size(sd_vid_to_attr_oid(1, 2), 20), 66320);
	assert_int_equal(sd_oid_size(sd_vid_to_btree_oid(1, 2), 20), 4194304);
	assert_int_equal(sd_oid_size(sd_data_to_ledger_oid(1), 20), 4194304);
}

/* R311 */
static void policies_name_their_strips(void **state)
{
	static const struct {
		uint8_t policy, data, parity;
	} known[] = {{0x11, 2, 1}, {0x22, 4, 2}, {0x43, 8, 3}, {0x87, 16, 7}, {0x8f, 16, 15}};
	size_t valid = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_int_equal(sd_policy(known[i].data, known[i].parity), known[i].policy);
		assert_int_equal(sd_policy_data_strips(known[i].policy), known[i].data);
		assert_int_equal(sd_policy_parity_strips(known[i].policy), known[i].parity);
	}
	for (unsigned int policy = 0; policy < 256; policy++)
		valid += sd_policy_is_code((uint8_t)policy);
	assert_int_equal(valid, 4 * 15);
	assert_false(sd_policy_is_code(0));
}

static void integers_are_converted_both_ways(void **state)
{
	const sd_le16 a = sd_cpu_to_le16(0x0102);
	const sd_le32 b = sd_cpu_to_le32(0x01020304);
	const sd_le64 c = sd_cpu_to_le64(0x0102030405060708);

	(void)state;
	assert_memory_equal(&a, "\x02\x01", 2);
	assert_memory_equal(&b, "\x04\x03\x02\x01", 4);
	assert_memory_equal(&c, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
	assert_int_equal(sd_le16_to_cpu(a), 0x0102);
	assert_int_equal(sd_le32_to_cpu(b), 0x01020304);
	assert_int_equal(sd_le64_to_cpu(c), 0x0102030405060708);
}

int object_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_made_of_type_vid_and_index),
		cmocka_unit_test(ids_come_apart_again),
		cmocka_unit_test(each_type_has_its_bit),
		cmocka_unit_test(objects_have_their_sizes),
		cmocka_unit_test(policies_name_their_strips),
		cmocka_unit_test(integers_are_converted_both_ways),
	};

	return cmocka_run_group_tests_name("wire: object ids", tests, NULL, NULL);
}
