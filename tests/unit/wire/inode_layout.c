/*
 * Inodes of all releases: where the counter and the children lie, by hand and by codec.
 */
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheepsim/wire/object.h"
#include "wire/inode_layout.h"
#include "wire/text.h"

static const struct {
	enum inode_layout layout;
	uint64_t size;
	bool children;
	uint64_t counter_at; /* 0: none */
} layouts[] = {
	{INODE_LAYOUT_0_7, 4198968, true, 0},
	{INODE_LAYOUT_0_8, 4198976, true, 4198968},
	{INODE_LAYOUT_0_9, 12587576, false, 568},
};
#define NR_LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static struct inode_head example_head(enum inode_layout layout)
{
	struct inode_head h = {
		.name = "alpha",
		.tag = "monday",
		.create_time = UINT64_C(0x6b0280b632462da0),
		.snap_ctime = 7,
		.vm_clock_nsec = 8,
		.vdi_size = UINT64_C(1) << 34,
		.vm_state_size = 9,
		.nr_copies = 3,
		.block_size_shift = 22,
		.snap_id = 2,
		.vdi_id = 0xed202b,
		.parent_vdi_id = 0xed202a,
	};

	if (layout != INODE_LAYOUT_0_7) {
		h.copy_policy = 0x22;
		h.store_policy = SD_STORE_POLICY_BTREE;
		h.btree_counter = 0x01020304;
	}
	return h;
}

static void a_layout_is_found_by_its_size(void **state)
{
	enum inode_layout found;
	struct wire_error err;

	(void)state;
	for (size_t i = 0; i < NR_LAYOUTS; i++) {
		assert_int_equal(inode_layout_size(layouts[i].layout), layouts[i].size);
		assert_int_equal(inode_layout_by_size(layouts[i].size, &found, NULL), 0);
		assert_int_equal(found, layouts[i].layout);
		assert_true(inode_layout_by_size(layouts[i].size + 1, &found, NULL) < 0);
	}
	assert_true(inode_layout_by_size(4664, &found, &err) < 0);
	assert_non_null(strstr(err.text, "inode of 4664 bytes, not 4198968 (0.7)"));
}

static void counter_and_children_lie_where_the_release_had_them(void **state)
{
	static uint32_t children[INODE_NR_CHILDREN];

	(void)state;
	children[0] = 0xed202c;
	children[INODE_NR_CHILDREN - 1] = 0xed202d;
	for (size_t i = 0; i < NR_LAYOUTS; i++) {
		struct inode_head h = example_head(layouts[i].layout);
		struct blob *b = inode_encode(blob_zero(layouts[i].size), layouts[i].layout, &h,
					      layouts[i].children ? children : NULL);
		uint8_t bytes[4];

		assert_int_equal(blob_size(b), layouts[i].size);
		blob_read(b, 568, bytes, 4);
		if (layouts[i].children)
			assert_memory_equal(bytes, "\x2c\x20\xed\0", 4);
		else
			assert_memory_equal(bytes, "\4\3\2\1", 4);
		blob_read(b, 4660, bytes, 4);
		assert_memory_equal(bytes, layouts[i].children ? "\x2d\x20\xed\0" : "\0\0\0\0", 4);
		if (layouts[i].counter_at) {
			blob_read(b, layouts[i].counter_at, bytes, 4);
			assert_memory_equal(bytes, "\4\3\2\1", 4);
		}
		/* The index follows at once, in every release. */
		assert_true(blob_is_zero(b, 4664, 4194304));
		blob_unref(b);
	}
}

static void inodes_of_every_release_come_back(void **state)
{
	static uint32_t children[INODE_NR_CHILDREN], decoded[INODE_NR_CHILDREN];

	(void)state;
	for (uint32_t i = 0; i < INODE_NR_CHILDREN; i++)
		children[i] = i * 7 + 1;
	for (size_t i = 0; i < NR_LAYOUTS; i++) {
		enum inode_layout layout = layouts[i].layout;
		struct inode_head h = example_head(layout), again;
		struct blob *b, *back;
		uint8_t entry[4] = {0x2b, 0x20, 0xed, 0};

		/* Tables are not the codec's: they stay. */
		b = blob_write(blob_zero(layouts[i].size), 4664 + 4 * 5, entry, 4);
		b = inode_encode(b, layout, &h, layouts[i].children ? children : NULL);
		assert_int_equal(inode_data_vid(b, 0, 5), 0xed202b);
		assert_int_equal(inode_decode(b, layout, &again, decoded, NULL), 0);
		assert_memory_equal(&h, &again, sizeof(h));
		for (uint32_t k = 0; k < INODE_NR_CHILDREN; k++)
			assert_int_equal(decoded[k], layouts[i].children ? children[k] : 0);
		back = inode_encode(blob_ref(b), layout, &again,
				    layouts[i].children ? decoded : NULL);
		assert_true(blob_equal(b, back));
		assert_int_equal(inode_decode(b, layout, &again, NULL, NULL), 0);
		blob_unref(back);
		blob_unref(b);
	}
}

static void refuse(struct blob *b, enum inode_layout layout, uint64_t offset, const char *words)
{
	struct inode_head h, zero = {0};
	struct wire_error err;

	assert_true(inode_decode(b, layout, &h, NULL, &err) < 0);
	assert_int_equal(err.offset, offset);
	if (!strstr(err.text, words))
		fail_msg("`%s' is not in `%s'", words, err.text);
	assert_memory_equal(&h, &zero, sizeof(h));
	blob_unref(b);
}

static void other_sizes_and_policies_are_refused(void **state)
{
	static const uint8_t policy[2] = {0x00, 0x01};

	(void)state;
	refuse(blob_zero(0), INODE_LAYOUT_0_9, 0, "this layout has 12587576");
	refuse(blob_zero(4663), INODE_LAYOUT_0_7, 4663, "inode of 4663 bytes");
	refuse(blob_zero(4198968), INODE_LAYOUT_0_8, 4198968, "this layout has 4198976");
	refuse(blob_zero(12587576), INODE_LAYOUT_0_8, 4198976, "inode of 12587576 bytes");
	/* A copy_policy of 16 bits, which was never used. */
	refuse(blob_write(blob_zero(4198968), 552, policy, 2), INODE_LAYOUT_0_7, 552,
	       "its upper byte is 0x01");
}

struct heard {
	char *all; /* NAME=VALUE, joined by blanks */
	size_t len, cap;
};

static void hear(void *arg, const char *name, uint64_t offset, uint64_t len, const char *value)
{
	struct heard *heard = arg;

	assert_true(len > 0 && offset + len <= 12587576);
	heard->len += (size_t)snprintf(heard->all + heard->len, heard->cap - heard->len,
				       "%s@%lu=%s ", name, (unsigned long)offset, value);
	assert_true(heard->len < heard->cap);
}

static void heard_of(struct blob *b, char *all, size_t cap)
{
	struct heard heard = {.all = all, .cap = cap};

	object_fields(b, sd_vid_to_inode_oid(0xed202b), hear, &heard);
	blob_unref(b);
}

static void inodes_of_0_8_are_said_with_their_children(void **state)
{
	struct inode_head h = example_head(INODE_LAYOUT_0_8);
	static uint32_t children[INODE_NR_CHILDREN];
	static char all[8192];

	(void)state;
	children[3] = 0xabcdef;
	heard_of(inode_encode(blob_zero(INODE_SIZE_0_8), INODE_LAYOUT_0_8, &h, children), all,
		 sizeof(all));
	assert_non_null(strstr(all, " vdi_id@560=ed202b parent_vdi_id@564=ed202a "));
	assert_non_null(strstr(all, " child_vdi_id[3]@580=abcdef btree_counter@4198968=16909060 "));
	assert_null(strstr(all, "gref"));
	assert_null(strstr(all, "child_vdi_id[2]"));
}

static void the_b_tree_of_a_hypervolume_is_said_as_such(void **state)
{
	struct inode_head h = example_head(INODE_LAYOUT_0_9);
	struct blob *b = inode_encode(blob_zero(INODE_SIZE), INODE_LAYOUT_0_9, &h, NULL);
	static char all[8192];
	uint8_t root[16];

	(void)state;
	unhex("7462 0100 01000000 05000000 2b20ed00", root, sizeof(root));
	heard_of(blob_write(b, INODE_DATA_VIDS, root, sizeof(root)), all, sizeof(all));
	assert_non_null(strstr(all, " btree_counter@568=16909060 magic@4664=0x6274 depth@4666=1 "
				    "entries@4668=1 entry@4672=5 ed202b "));
	assert_null(strstr(all, "data_vdi_id"));
}

int inode_layout_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_layout_is_found_by_its_size),
		cmocka_unit_test(counter_and_children_lie_where_the_release_had_them),
		cmocka_unit_test(inodes_of_every_release_come_back),
		cmocka_unit_test(other_sizes_and_policies_are_refused),
		cmocka_unit_test(inodes_of_0_8_are_said_with_their_children),
		cmocka_unit_test(the_b_tree_of_a_hypervolume_is_said_as_such),
	};

	return cmocka_run_group_tests_name("wire: inodes of all releases", tests, NULL, NULL);
}
