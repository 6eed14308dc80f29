#include "tests.h"
#include "base/random.h"

/* A run must be the same on every machine and for ever: these numbers are never to be updated. */
static void numbers_are_the_same_everywhere(void **state)
{
	(void)state;
	assert_int_equal(random_mix(0, 0), 0xe220a8397b1dcdafu);
	assert_int_equal(random_mix(1, 2), 0x860f92d16a5a7f91u);
	assert_int_equal(random_keyed(1, "latency", 2, 3, 4), 0x1b24717c15b7a5f0u);
	assert_int_equal(random_keyed(1, "a purpose of many letters", 2, 3, 4),
			 0x019e1fdd034496fdu);
}

static void every_key_counts_and_so_does_its_place(void **state)
{
	const uint64_t n[] = {
		random_keyed(1, "p", 2, 3, 4),
		random_keyed(2, "p", 2, 3, 4),
		random_keyed(1, "q", 2, 3, 4),
		random_keyed(1, "", 2, 3, 4),
		random_keyed(1, "pp", 2, 3, 4),
		random_keyed(1, "pppppppp", 2, 3, 4),
		random_keyed(1, "ppppppppp", 2, 3, 4),
		random_keyed(1, "p", 3, 2, 4),
		random_keyed(1, "p", 2, 4, 3),
		random_keyed(1, "p", 4, 3, 2),
		random_keyed(1, "p", 2, 3, 5),
		random_keyed(1, "p", 2, 0, 0),
		random_mix(1, 2),
		random_mix(2, 1),
		random_mix(0, 0),
		random_mix(0, 1),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(n[i], n[k]);
	assert_int_equal(random_keyed(1, "p", 2, 3, 4), n[0]);
}

/* Flipping any bit of a key flips each bit of the result about half the time. */
static void keys_that_are_alike_give_numbers_that_are_not(void **state)
{
	uint32_t flips[64] = {0};

	(void)state;
	for (uint64_t key = 0; key < 64; key++)
		for (uint32_t bit = 0; bit < 64; bit++) {
			uint64_t a = random_keyed(7, "p", key, 0, 0);
			uint64_t d = a ^ random_keyed(7, "p", key ^ (1ull << bit), 0, 0);

			for (uint32_t i = 0; i < 64; i++)
				flips[i] += d >> i & 1;
		}
	for (uint32_t i = 0; i < 64; i++)
		assert_in_range(flips[i], 4096 * 44 / 100, 4096 * 56 / 100);
}

static void numbers_below_a_limit_are_spread_evenly(void **state)
{
	uint32_t count[10] = {0};

	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		uint64_t n = random_below(10, 3, "even", 0, i, 0);

		assert_true(n < 10);
		count[n]++;
	}
	for (uint32_t i = 0; i < 10; i++)
		assert_in_range(count[i], 900, 1100);
	assert_int_equal(random_below(1, 3, "one", 0, 0, 0), 0);
}

/* The numbers of the GNU C library for a seed. */
static void streams_are_those_of_the_c_library(void **state)
{
	static const struct {
		uint32_t seed, numbers[3];
	} known[] = {
		{1, {1804289383, 846930886, 1681692777}},
		{0, {1804289383, 846930886, 1681692777}},
		{7000, {1370983412, 19918405, 30338104}},
	};
	struct random_stream s;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		random_stream_seed(&s, known[i].seed);
		for (int k = 0; k < 3; k++)
			assert_int_equal(random_stream_next(&s), known[i].numbers[k]);
	}
	/* the whole state goes round */
	random_stream_seed(&s, 1);
	for (int k = 1; k < 100; k++)
		random_stream_next(&s);
	assert_int_equal(random_stream_next(&s), 1956297539);
}

int random_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_the_same_everywhere),
		cmocka_unit_test(every_key_counts_and_so_does_its_place),
		cmocka_unit_test(keys_that_are_alike_give_numbers_that_are_not),
		cmocka_unit_test(numbers_below_a_limit_are_spread_evenly),
		cmocka_unit_test(streams_are_those_of_the_c_library),
	};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
