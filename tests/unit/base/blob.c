#include "tests.h"
#include "base/blob.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <nettle/sha1.h>

/* The sizes at which something changes, and that of an inode. */
static const uint64_t sizes[] = {0, 1, 7, 8, 9, 4095, 4096, 4097, 8192, 66320, 12587576};
#define NR_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static struct blob *blob_filled(uint64_t size, uint8_t byte)
{
	uint8_t *bytes = mem_alloc(size);
	struct blob *b;

	memset(bytes, byte, size);
	b = blob_new(bytes, size);
	free(bytes);
	return b;
}

static uint8_t byte_at(const struct blob *b, uint64_t offset)
{
	uint8_t byte = 0xaa;

	blob_read(b, offset, &byte, 1);
	return byte;
}

/* --- Sizes --- */

static void each_size_reads_back_and_ends_where_it_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_SIZES; i++) {
		struct blob *b = blob_filled(sizes[i], 0x5a);

		assert_int_equal(blob_size(b), sizes[i]);
		assert_int_equal(byte_at(b, sizes[i]), 0);
		assert_int_equal(byte_at(b, UINT64_MAX), 0);
		if (sizes[i]) {
			assert_int_equal(byte_at(b, 0), 0x5a);
			assert_int_equal(byte_at(b, sizes[i] - 1), 0x5a);
			assert_false(blob_is_zero(b, sizes[i] - 1, 1));
		}
		assert_true(blob_is_zero(b, sizes[i], UINT64_MAX));
		blob_unref(b);
	}
}

static void the_last_byte_of_each_size_can_be_written(void **state)
{
	const uint8_t byte[2] = {7, 8};

	(void)state;
	for (size_t i = 1; i < NR_SIZES; i++) {
		struct blob *b = blob_zero(sizes[i]);

		assert_true(blob_is_zero(b, 0, sizes[i]));
		b = blob_write(b, sizes[i] - 1, byte, 2); /* the second one is past the end */
		assert_int_equal(blob_size(b), sizes[i]);
		assert_int_equal(byte_at(b, sizes[i] - 1), 7);
		assert_true(blob_is_zero(b, 0, sizes[i] - 1));
		b = blob_resize(b, sizes[i] + 1);
		assert_int_equal(byte_at(b, sizes[i]), 0);
		b = blob_resize(b, sizes[i] - 1);
		b = blob_resize(b, sizes[i]);
		assert_true(blob_is_zero(b, 0, sizes[i])); /* what was cut off does not come back */
		blob_unref(b);
	}
}

static void writes_past_the_end_are_dropped(void **state)
{
	struct blob *b = blob_filled(10, 1);
	struct blob *patch = blob_filled(4, 2);

	(void)state;
	b = blob_write(b, 10, "x", 1);
	b = blob_overlay(b, UINT64_MAX, patch);
	b = blob_overlay(b, 8, patch);
	b = blob_overlay(b, 0, NULL);
	assert_int_equal(blob_size(b), 10);
	assert_int_equal(byte_at(b, 7), 1);
	assert_int_equal(byte_at(b, 8), 2);
	assert_int_equal(byte_at(b, 9), 2);
	blob_unref(patch);
	blob_unref(b);
}

static void nothing_reads_as_zeros(void **state)
{
	struct blob *slice = blob_slice(NULL, 3, 5);

	(void)state;
	assert_int_equal(blob_size(NULL), 0);
	assert_int_equal(byte_at(NULL, 0), 0);
	assert_true(blob_is_zero(NULL, 0, 100));
	assert_int_equal(blob_size(slice), 5);
	assert_true(blob_is_zero(slice, 0, 5));
	blob_unref(slice);
	blob_unref(NULL);
}

/* --- Digests --- */

static void sha1_of_each_size_is_that_of_its_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_SIZES; i++) {
		uint8_t *bytes = mem_alloc(sizes[i]);
		struct blob *b = blob_zero(sizes[i]);
		uint8_t expected[BLOB_SHA1_LEN];
		uint8_t got[BLOB_SHA1_LEN];

		for (int round = 0; round < 2; round++) {
			struct sha1_ctx ctx;

			sha1_init(&ctx);
			sha1_update(&ctx, sizes[i], bytes);
			sha1_digest(&ctx, sizeof(expected), expected);
			blob_sha1(b, got);
			assert_memory_equal(got, expected, sizeof(got));
			if (sizes[i] == 0)
				break;
			bytes[sizes[i] / 3] = 0x77; /* a change must not be answered from memory */
			b = blob_write(b, sizes[i] / 3, "\x77", 1);
		}
		free(bytes);
		blob_unref(b);
	}
}

static void sha1_matches_the_published_vectors(void **state)
{
	static const uint8_t abc[BLOB_SHA1_LEN] = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81,
						   0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50,
						   0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d};
	struct blob *b = blob_new("abc", 3);
	uint8_t got[BLOB_SHA1_LEN];

	(void)state;
	blob_sha1(b, got);
	assert_memory_equal(got, abc, sizeof(got));
	blob_unref(b);
}

static void digests_tell_sizes_places_and_bytes_apart(void **state)
{
	uint64_t seen[4 * NR_SIZES];
	size_t nr = 0;

	(void)state;
	for (size_t i = 0; i < NR_SIZES; i++) {
		struct blob *b = blob_zero(sizes[i]);

		seen[nr++] = blob_digest(b);
		if (sizes[i] > 1) {
			b = blob_write(b, 0, "\x01", 1);
			seen[nr++] = blob_digest(b);
			b = blob_write(b, 0, "\x00\x01", 2);
			seen[nr++] = blob_digest(b);
			b = blob_write(b, sizes[i] - 1, "\x80", 1);
			seen[nr++] = blob_digest(b);
		}
		blob_unref(b);
	}
	for (size_t i = 0; i < nr; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(seen[i], seen[k]);
}

/* It is written into digests of runs: it must never change, whatever the machine. */
static void digest_is_the_same_everywhere(void **state)
{
	struct blob *b = blob_new("sheepsim", 8);

	(void)state;
	assert_int_equal(blob_digest(b), 0x42fd55a286a689e6u);
	b = blob_resize(b, 3 * BLOB_PAGE);
	b = blob_write(b, 2 * BLOB_PAGE + 5, "epoch 0123456789 0123456789 0123456789", 38);
	assert_int_equal(blob_digest(b), 0x325bc28dd78a084eu);
	blob_unref(b);
}

/* --- Sharing --- */

static void zeros_take_no_pages(void **state)
{
	uint64_t before = blob_memory();
	struct blob *b = blob_filled(12587576, 0);
	struct blob *patch = blob_filled(BLOB_PAGE, 9);

	(void)state;
	b = blob_overlay(b, 5 * BLOB_PAGE, patch);
	blob_unref(patch);
	assert_true(blob_memory() > before);
	patch = blob_zero(2 * BLOB_PAGE);
	assert_int_equal(blob_size(patch), 2 * BLOB_PAGE);
	b = blob_overlay(b, 3 * BLOB_PAGE + 100, patch); /* takes the first 100 bytes */
	assert_true(blob_memory() > before);
	b = blob_overlay(b, 5 * BLOB_PAGE + 99, patch); /* and these the rest */
	assert_int_equal(blob_memory(), before);
	blob_unref(patch);
	blob_unref(b);
}

static void a_small_payload_takes_little_more_than_its_bytes(void **state)
{
	uint64_t before = blob_memory();
	struct blob *b = blob_filled(12, 1);

	(void)state;
	assert_in_range(blob_memory() - before, 12, 40);
	blob_unref(b);
	assert_int_equal(blob_memory(), before);
}

static void slices_and_overlays_share_aligned_pages(void **state)
{
	struct blob *data = blob_filled(16 * BLOB_PAGE, 3);
	uint64_t full = blob_memory();
	struct blob *object = blob_zero(64 * BLOB_PAGE);
	struct blob *slice = blob_slice(data, 4 * BLOB_PAGE, 8 * BLOB_PAGE);
	struct blob *end;

	(void)state;
	object = blob_overlay(object, 8 * BLOB_PAGE, data);
	object = blob_overlay(object, 32 * BLOB_PAGE, slice);
	assert_int_equal(blob_memory(), full);
	assert_int_equal(byte_at(object, 8 * BLOB_PAGE), 3);
	assert_int_equal(byte_at(object, 40 * BLOB_PAGE - 1), 3);
	assert_int_equal(byte_at(object, 40 * BLOB_PAGE), 0);
	end = blob_slice(object, 39 * BLOB_PAGE, 2 * BLOB_PAGE);
	assert_int_equal(blob_memory(), full);
	assert_false(blob_is_zero(end, 0, BLOB_PAGE));
	assert_true(blob_is_zero(end, BLOB_PAGE, BLOB_PAGE));
	blob_unref(end);
	blob_unref(slice);
	blob_unref(data);
	blob_unref(object);
}

static void replicas_of_a_whole_object_are_one_blob(void **state)
{
	struct blob *data = blob_filled(66320, 3); /* ends inside a page */
	uint64_t full = blob_memory();
	struct blob *a = blob_overlay(blob_zero(66320), 0, data);
	struct blob *b = blob_slice(data, 0, 66320);
	struct blob *c = blob_overlay(blob_zero(66320), BLOB_PAGE, data);

	(void)state;
	assert_ptr_equal(a, data);
	assert_ptr_equal(b, data);
	assert_true(blob_memory() - full < 2 * BLOB_PAGE); /* the cut last page of c */
	blob_unref(a);
	blob_unref(b);
	blob_unref(c);
	blob_unref(data);
}

static void a_blob_that_nobody_shares_changes_in_place(void **state)
{
	struct blob *b = blob_filled(4 * BLOB_PAGE, 1);
	struct blob *before = b;
	uint64_t full = blob_memory();
	uint64_t digest = blob_digest(b);
	uint64_t offset = 0;
	const uint8_t *page;
	const uint8_t *again;

	(void)state;
	assert_true(blob_next_page(b, &offset, &page));
	b = blob_write(b, 100, "in place", 8);
	assert_ptr_equal(b, before);
	assert_true(blob_next_page(b, &offset, &again));
	assert_ptr_equal(page, again);
	assert_int_equal(blob_memory(), full);
	assert_int_not_equal(blob_digest(b), digest);
	blob_unref(b);
}

static void a_shared_blob_never_changes(void **state)
{
	struct blob *b = blob_filled(4 * BLOB_PAGE, 1);
	struct blob *patch = blob_filled(BLOB_PAGE, 2);
	uint64_t full = blob_memory();
	uint64_t digest = blob_digest(b);
	struct blob *changed = blob_write(blob_ref(b), 100, "elsewhere", 9);

	(void)state;
	assert_ptr_not_equal(changed, b);
	assert_in_range(blob_memory() - full, BLOB_PAGE, BLOB_PAGE + 64); /* one page is copied */
	changed = blob_overlay(changed, 0, patch);
	assert_int_equal(blob_memory(), full); /* and replaced by that of the patch */
	changed = blob_resize(changed, 10);
	blob_unref(changed);
	changed = blob_resize(blob_ref(b), 5 * BLOB_PAGE);
	assert_int_equal(blob_size(b), 4 * BLOB_PAGE);
	assert_int_equal(byte_at(b, 100), 1);
	assert_int_equal(blob_digest(b), digest);
	blob_unref(changed);
	blob_unref(patch);
	blob_unref(b);
}

static void stored_pages_are_found_from_anywhere(void **state)
{
	struct blob *b = blob_zero(10 * BLOB_PAGE + 1);
	uint64_t offset = 0;
	const uint8_t *page;

	(void)state;
	b = blob_write(b, 3 * BLOB_PAGE + 9, "a", 1);
	b = blob_write(b, 10 * BLOB_PAGE, "b", 1);
	assert_true(blob_next_page(b, &offset, &page));
	assert_int_equal(offset, 3 * BLOB_PAGE);
	assert_int_equal(page[9], 'a');
	offset += 5; /* inside the page: that page again */
	assert_true(blob_next_page(b, &offset, &page));
	assert_int_equal(offset, 3 * BLOB_PAGE);
	offset += BLOB_PAGE;
	assert_true(blob_next_page(b, &offset, &page));
	assert_int_equal(offset, 10 * BLOB_PAGE);
	assert_int_equal(page[0], 'b');
	offset += 1; /* the end of the blob */
	assert_false(blob_next_page(b, &offset, &page));
	offset = 0;
	assert_false(blob_next_page(NULL, &offset, &page));
	blob_unref(b);
}

static void a_short_page_is_seen_whole(void **state)
{
	struct blob *b = blob_new("short", 5);
	uint64_t digest = blob_digest(b);
	struct blob *longer = blob_overlay(blob_zero(BLOB_PAGE + 5), BLOB_PAGE, b);
	uint64_t offset = 0;
	const uint8_t *page;

	(void)state;
	assert_true(blob_next_page(b, &offset, &page));
	assert_memory_equal(page, "short", 5);
	for (uint32_t i = 5; i < BLOB_PAGE; i++)
		assert_int_equal(page[i], 0);
	assert_int_equal(blob_digest(b), digest);
	offset = 0;
	assert_true(blob_next_page(longer, &offset, &page));
	assert_int_equal(offset, BLOB_PAGE);
	assert_memory_equal(page, "short", 5);
	assert_int_equal(page[BLOB_PAGE - 1], 0);
	blob_unref(longer);
	blob_unref(b);
}

int blob_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_size_reads_back_and_ends_where_it_ends),
		cmocka_unit_test(the_last_byte_of_each_size_can_be_written),
		cmocka_unit_test(writes_past_the_end_are_dropped),
		cmocka_unit_test(nothing_reads_as_zeros),
		cmocka_unit_test(sha1_of_each_size_is_that_of_its_bytes),
		cmocka_unit_test(sha1_matches_the_published_vectors),
		cmocka_unit_test(digests_tell_sizes_places_and_bytes_apart),
		cmocka_unit_test(digest_is_the_same_everywhere),
		cmocka_unit_test(zeros_take_no_pages),
		cmocka_unit_test(a_small_payload_takes_little_more_than_its_bytes),
		cmocka_unit_test(slices_and_overlays_share_aligned_pages),
		cmocka_unit_test(replicas_of_a_whole_object_are_one_blob),
		cmocka_unit_test(a_blob_that_nobody_shares_changes_in_place),
		cmocka_unit_test(a_shared_blob_never_changes),
		cmocka_unit_test(stored_pages_are_found_from_anywhere),
		cmocka_unit_test(a_short_page_is_seen_whole),
	};

	return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}
