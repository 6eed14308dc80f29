/* Sets of VDI ids behave like arrays of booleans. */
#include "tests.h"

#include <string.h>

#include "base/random.h"
#include "sheep/vid_set.h"

#define MODEL 300 /* vids 0 .. MODEL - 1 are tried; 0 is no member */

static uint32_t model_first_clear(const bool *model, uint32_t from)
{
	while (from < MODEL && model[from])
		from++;
	return from;
}

static uint32_t model_above(const bool *model, uint32_t vid)
{
	for (uint32_t i = vid + 1; i < MODEL; i++) {
		if (model[i])
			return i;
	}
	return 0;
}

static uint32_t model_below(const bool *model, uint32_t vid)
{
	for (uint32_t i = vid; i-- > 0;) {
		if (model[i])
			return i;
	}
	return 0;
}

static void what_is_added_and_removed_can_be_found(void **state)
{
	struct vid_set set = {0};
	bool model[MODEL] = {false};

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		uint32_t vid = 1 + (uint32_t)random_below(MODEL - 1, 1, "vid", i, 0, 0);
		uint32_t at = (uint32_t)random_below(MODEL, 1, "at", i, 0, 0);

		model[vid] = random_below(100, 1, "add", i, 0, 0) < 60;
		if (model[vid])
			vid_set_add(&set, vid);
		else
			vid_set_remove(&set, vid);
		assert_int_equal(vid_set_has(&set, at), model[at]);
		assert_int_equal(vid_set_first_clear(&set, at), model_first_clear(model, at));
		assert_int_equal(vid_set_above(&set, at), model_above(model, at));
		assert_int_equal(vid_set_below(&set, at), model_below(model, at));
	}
	vid_set_clear(&set);
	assert_false(vid_set_has(&set, 1));
}

static void the_bitmap_has_bit_n_mod_8_of_byte_n_div_8(void **state)
{
	static const uint32_t vids[] = {1, 7, 8, 0x4620a7, SD_NR_VDIS - 1};
	struct vid_set set = {0};
	struct blob *bitmap;
	uint8_t byte;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		vid_set_add(&set, vids[i]);
	bitmap = vid_set_bitmap(&set);
	assert_int_equal(blob_size(bitmap), SD_VDI_BITMAP_SIZE);
	blob_read(bitmap, 0, &byte, 1);
	assert_int_equal(byte, 0x82);
	blob_read(bitmap, 1, &byte, 1);
	assert_int_equal(byte, 0x01);
	blob_read(bitmap, 574484, &byte, 1);
	assert_int_equal(byte, 0x80);
	blob_read(bitmap, SD_VDI_BITMAP_SIZE - 1, &byte, 1);
	assert_int_equal(byte, 0x80);
	assert_true(blob_is_zero(bitmap, 2, 574482));
	assert_int_equal(vid_set_first_clear(&set, SD_NR_VDIS - 1), SD_NR_VDIS);
	blob_unref(bitmap);
	vid_set_clear(&set);
}

int vid_set_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_and_removed_can_be_found),
		cmocka_unit_test(the_bitmap_has_bit_n_mod_8_of_byte_n_div_8),
	};

	return cmocka_run_group_tests_name("sets of vids", tests, NULL, NULL);
}
