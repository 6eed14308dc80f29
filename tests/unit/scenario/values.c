#include "tests.h"

#include <string.h>

#include "base/text.h"
#include "scenario/content.h"
#include "scenario/values.h"

static void expect_size(const char *word, enum number_fault fault, uint64_t bytes)
{
	uint64_t got = 0;

	assert_int_equal(parse_size(word, &got), fault);
	if (fault == NUMBER_OK)
		assert_int_equal(got, bytes);
}

static void sizes_have_units_of_1024(void **state)
{
	(void)state;
	expect_size("0", NUMBER_OK, 0);
	expect_size("512", NUMBER_OK, 512);
	expect_size("512B", NUMBER_OK, 512);
	expect_size("4K", NUMBER_OK, 4096);
	expect_size("4k", NUMBER_OK, 4096);
	expect_size("64MiB", NUMBER_OK, 64 << 20);
	expect_size("1.5G", NUMBER_OK, UINT64_C(3) << 29);
	expect_size("2T", NUMBER_OK, UINT64_C(2) << 40);
	expect_size("0x1000", NUMBER_OK, 4096);
}

static void sizes_that_are_none_are_faults(void **state)
{
	(void)state;
	expect_size("", NUMBER_MALFORMED, 0);
	expect_size("K", NUMBER_MALFORMED, 0);
	expect_size("-1", NUMBER_MALFORMED, 0);
	expect_size("1.", NUMBER_MALFORMED, 0);
	expect_size("1X", NUMBER_UNIT, 0);
	expect_size("1KB", NUMBER_UNIT, 0);
	expect_size("1.3", NUMBER_FRACTION, 0);
	expect_size("0.3K", NUMBER_FRACTION, 0);
}

static void numbers_are_never_cut_to_64_bits(void **state)
{
	uint64_t n;

	(void)state;
	assert_int_equal(parse_count("18446744073709551615", &n), NUMBER_OK);
	assert_true(n == UINT64_MAX);
	assert_int_equal(parse_count("18446744073709551616", &n), NUMBER_TOO_BIG);
	assert_int_equal(parse_count("0xffffffffffffffff", &n), NUMBER_OK);
	assert_int_equal(parse_count("0x10000000000000000", &n), NUMBER_TOO_BIG);
	expect_size("16777215T", NUMBER_OK, UINT64_C(16777215) << 40);
	expect_size("16777216T", NUMBER_TOO_BIG, 0);
	expect_size("16777215.5T", NUMBER_OK, (UINT64_C(16777215) << 40) + (UINT64_C(1) << 39));
	expect_size("99999999999999999999T", NUMBER_TOO_BIG, 0);
	assert_int_equal(parse_time("18446744073s", &n), NUMBER_OK);
	assert_int_equal(parse_time("18446744074s", &n), NUMBER_TOO_BIG);
}

static void times_need_a_unit(void **state)
{
	uint64_t ns;

	(void)state;
	assert_int_equal(parse_time("10", &ns), NUMBER_UNIT);
	assert_int_equal(parse_time("0", &ns), NUMBER_OK);
	assert_int_equal(ns, 0);
	assert_int_equal(parse_time("10us", &ns), NUMBER_OK);
	assert_int_equal(ns, 10000);
	assert_int_equal(parse_time("1.25ms", &ns), NUMBER_OK);
	assert_int_equal(ns, 1250000);
	assert_int_equal(parse_time("2min", &ns), NUMBER_OK);
	assert_true(ns == UINT64_C(120000000000));
	assert_int_equal(parse_time("0.5ns", &ns), NUMBER_FRACTION);
	assert_int_equal(parse_time("1 s", &ns), NUMBER_UNIT);
}

static void expect_words(void (*fn)(struct text *, uint64_t), uint64_t number, const char *words)
{
	struct text t = {0};

	fn(&t, number);
	assert_string_equal(text_get(&t), words);
	text_free(&t);
}

static void numbers_are_said_in_the_largest_unit_that_is_exact(void **state)
{
	(void)state;
	expect_words(text_size, 0, "0 bytes");
	expect_words(text_size, 700, "700 bytes");
	expect_words(text_size, 4096, "4 KiB");
	expect_words(text_size, 4097, "4097 bytes");
	expect_words(text_size, 16 << 20, "16 MiB");
	expect_words(text_time, 0, "0 ns");
	expect_words(text_time, 1500, "1.5 us");
	expect_words(text_time, UINT64_C(20000000000), "20 s");
	expect_words(text_time, UINT64_C(1000000001), "1.000000001 s");
}

static void the_nearest_word_is_suggested_and_no_other(void **state)
{
	struct suggestion s = {.word = "formt"};

	(void)state;
	suggest(&s, "cluster");
	assert_null(s.best);
	suggest(&s, "for");
	suggest(&s, "format");
	assert_string_equal(s.best, "format");
	assert_int_equal(word_distance("kitten", "sitting", 5), 3);
	assert_int_equal(word_distance("kitten", "sitting", 2), 3);
	assert_int_equal(word_distance("", "abc", 5), 3);
}

static void content_follows_from_seed_and_place_alone(void **state)
{
	uint8_t whole[100], part[40];

	(void)state;
	content_fill(7, 1000, whole, sizeof(whole));
	content_fill(7, 1013, part, sizeof(part));
	assert_memory_equal(whole + 13, part, sizeof(part));
	assert_int_equal(content_compare(7, 1000, whole, sizeof(whole)), sizeof(whole));
	assert_true(content_compare(8, 1000, whole, sizeof(whole)) < 8);
	whole[57] ^= 1;
	assert_int_equal(content_compare(7, 1000, whole, sizeof(whole)), 57);
}

int values_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_have_units_of_1024),
		cmocka_unit_test(sizes_that_are_none_are_faults),
		cmocka_unit_test(numbers_are_never_cut_to_64_bits),
		cmocka_unit_test(times_need_a_unit),
		cmocka_unit_test(numbers_are_said_in_the_largest_unit_that_is_exact),
		cmocka_unit_test(the_nearest_word_is_suggested_and_no_other),
		cmocka_unit_test(content_follows_from_seed_and_place_alone),
	};

	return cmocka_run_group_tests_name("scenario: values", tests, NULL, NULL);
}
