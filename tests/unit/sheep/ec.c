/*
 * Strips: cutting, coding, decoding, against plain byte arrays and against losses of strips.
 */
#include "tests.h"
#include "base/mem.h"
#include "base/random.h"
#include "sheep/ec.h"

#include <stdlib.h>
#include <string.h>

#define STRIPE SD_EC_STRIPE_SIZE /* R813 */
#define N_MAX  SD_EC_MAX_STRIPS

static const uint8_t data_strips[] = {2, 4, 8, 16};

static void unref_all(struct blob *b[], uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++)
		blob_unref(b[i]);
}

/* Random bytes with stretches of zeros, of pages and less. */
static struct blob *random_blob(uint64_t size, uint64_t seed)
{
	uint8_t *bytes = mem_array(size, 1);
	struct blob *b;

	for (uint64_t at = 0, n, k = 0; at < size; at += n, k++) {
		n = 1 + random_below(k % 3 ? 3 * BLOB_PAGE : 90 * BLOB_PAGE, seed, "run", k, 0, 0);
		n = n < size - at ? n : size - at;
		for (uint64_t i = 0; k % 2 && i < n; i++)
			bytes[at + i] = (uint8_t)random_keyed(seed, "byte", at, i, 0);
	}
	b = blob_new(bytes, size);
	free(bytes);
	return b;
}

/* ------------------------------------------------------------------ ranges, split, join */

/* Where byte o of an object is: strip i, place in it. */
struct place {
	uint32_t strip;
	uint64_t at;
};

static struct place byte_place(uint32_t d, uint64_t o)
{
	uint64_t part = STRIPE / d, in_stripe = o % STRIPE;

	return (struct place){.strip = (uint32_t)(in_stripe / part),
			      .at = o / STRIPE * part + in_stripe % part};
}

/* The range of each strip must hold all of the bytes' places, and no stripe more than they need. */
static void a_range_covers_just_the_stripes_of_its_bytes(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t d = data_strips[i % 4];
		uint8_t policy = sd_policy(d, 1);
		uint64_t offset = random_below(8 * STRIPE, 2, "offset", i, 0, 0);
		uint64_t length = 1 + random_below(4 * STRIPE, 2, "length", i, 0, 0);
		struct ec_range r = ec_range(offset, length);
		uint64_t begin = ec_strip_bytes(policy, r.first);
		uint64_t end = begin + ec_strip_bytes(policy, r.nr);

		for (uint64_t o = offset; o < offset + length; o++) {
			assert_true(byte_place(d, o).at >= begin);
			assert_true(byte_place(d, o).at < end);
		}
		assert_true(byte_place(d, offset).at < begin + STRIPE / d);
		assert_true(byte_place(d, offset + length - 1).at >= end - STRIPE / d);
	}
	assert_int_equal(ec_range(1024, 0).nr, 0);
	assert_int_equal(ec_range(1024, 0).first, 2);
}

static void each_byte_is_in_its_strip(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t d = data_strips[i];
		uint8_t policy = sd_policy(d, 3);
		uint64_t nr = 8 * 3 * d + 5; /* several pages of each strip, and a piece */
		struct blob *object = random_blob(nr * STRIPE, i), *strips[N_MAX];
		uint8_t *bytes = mem_array(nr * STRIPE, 1);

		ec_split(policy, object, strips);
		blob_read(object, 0, bytes, nr * STRIPE);
		for (uint32_t k = 0; k < d; k++)
			assert_int_equal(blob_size(strips[k]), nr * STRIPE / d);
		for (uint64_t o = 0; o < nr * STRIPE; o++) {
			struct place p = byte_place(d, o);
			uint8_t byte;

			blob_read(strips[p.strip], p.at, &byte, 1);
			assert_int_equal(byte, bytes[o]);
		}
		free(bytes);
		unref_all(strips, d);
		blob_unref(object);
	}
}

static void joined_strips_are_what_was_split(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		uint32_t d = data_strips[i % 4];
		uint8_t policy = sd_policy(d, 1);
		uint64_t nr = random_below(2000, 3, "stripes", i, 0, 0);
		struct blob *object = random_blob(nr * STRIPE, 100 + i), *strips[N_MAX], *joined;

		ec_split(policy, object, strips);
		joined = ec_join(policy, strips, nr);
		assert_true(blob_equal(object, joined));
		blob_unref(joined);
		unref_all(strips, d);
		blob_unref(object);
	}
}

static void strips_that_end_early_read_as_zeros(void **state)
{
	struct blob *object = random_blob(64 * STRIPE, 4), *strips[4], *joined;
	uint8_t byte;

	(void)state;
	ec_split(0x22, object, strips);
	strips[1] = blob_resize(strips[1], 100);
	blob_unref(strips[3]);
	strips[3] = NULL;
	joined = ec_join(0x22, strips, 64);
	assert_int_equal(blob_size(joined), 64 * STRIPE);
	for (uint64_t o = 0; o < 64 * STRIPE; o++) {
		struct place p = byte_place(4, o);
		uint8_t expected = 0;

		blob_read(joined, o, &byte, 1);
		if (p.strip != 3 && (p.strip != 1 || p.at < 100))
			blob_read(object, o, &expected, 1);
		assert_int_equal(byte, expected);
	}
	blob_unref(joined);
	unref_all(strips, 4);
	blob_unref(object);
}

/* ------------------------------------------------------------------ coding */

struct coded {
	uint8_t policy;
	uint32_t d, all;
	struct blob *strip[N_MAX];
};

static struct coded coded_new(uint8_t policy, uint64_t stripes, uint64_t seed)
{
	struct coded c = {.policy = policy, .d = sd_policy_data_strips(policy)};
	struct blob *object = random_blob(stripes * STRIPE, seed);

	c.all = c.d + sd_policy_parity_strips(policy);
	ec_split(policy, object, c.strip);
	ec_encode(policy, c.strip, c.strip + c.d);
	blob_unref(object);
	return c;
}

/* The strips in lost (a mask) must come back from the first d of the others. */
static void check_loss(const struct coded *c, uint32_t lost)
{
	struct blob *left[N_MAX];
	uint8_t have[N_MAX];
	uint32_t nr = 0;

	for (uint8_t i = 0; i < c->all; i++) {
		if (lost & 1u << i)
			continue;
		left[nr] = c->strip[i];
		have[nr++] = i;
	}
	assert_true(nr >= c->d);
	for (uint8_t i = 0; i < c->all; i++) {
		struct blob *again;

		if (!(lost & 1u << i))
			continue;
		again = ec_decode(c->policy, have, left, i);
		assert_true(blob_equal(again, c->strip[i]));
		blob_unref(again);
	}
}

/* So many strips of all are lost, in an order of their own: of random strips, by number k. */
static uint32_t random_loss(const struct coded *c, uint32_t nr, uint64_t k)
{
	uint32_t lost = 0;

	for (uint64_t i = 0; nr > 0; i++) {
		uint32_t bit = 1u << random_below(c->all, c->policy, "lost", k, i, 0);

		if (!(lost & bit)) {
			lost |= bit;
			nr--;
		}
	}
	return lost;
}

static uint32_t count_bits(uint32_t mask)
{
	return (uint32_t)__builtin_popcount(mask);
}

/* Every choice of lost strips where there are few strips; a sample of them elsewhere. */
static void any_d_strips_give_all_others(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 4 * 15; i++) {
		uint32_t p = i / 4 + 1;
		struct coded c = coded_new(sd_policy(data_strips[i % 4], p), 9, i);

		if (c.all <= 10) {
			for (uint32_t lost = 1; lost < 1u << c.all; lost++)
				if (count_bits(lost) <= p)
					check_loss(&c, lost);
		} else {
			for (uint32_t k = 0; k < 60; k++)
				check_loss(&c, random_loss(&c, k % p + 1, k));
		}
		unref_all(c.strip, c.all);
	}
}

/* The order in which strips were found must not matter, nor that there are holes in them. */
static void strips_decode_in_any_order(void **state)
{
	struct coded c = coded_new(0x43, 8 * 8 * 20, 7);
	const uint8_t have[] = {10, 3, 0, 9, 7, 1, 6, 4};
	struct blob *left[8], *again;

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		left[i] = c.strip[have[i]];
	for (uint8_t want = 0; want < c.all; want++) {
		again = ec_decode(c.policy, have, left, want);
		assert_true(blob_equal(again, c.strip[want]));
		blob_unref(again);
	}
	unref_all(c.strip, c.all);
}

/* One strip that is not what it was makes a decoded one wrong: the test above can fail. */
static void a_changed_strip_shows_in_what_is_decoded(void **state)
{
	struct coded c = coded_new(0x22, 4, 8);
	const uint8_t have[] = {1, 2, 3, 4};
	struct blob *again;

	(void)state;
	c.strip[4] = blob_write(c.strip[4], 17, "!", 1);
	again = ec_decode(c.policy, have, c.strip + 1, 0);
	assert_false(blob_equal(again, c.strip[0]));
	blob_unref(again);
	unref_all(c.strip, c.all);
}

/* An object of 4 MiB with one byte must cost a page a strip, not the time of 4 MiB. */
static void zeros_stay_holes(void **state)
{
	struct blob *object = blob_write(blob_zero(1 << 22), 3000000, "x", 1), *strips[6], *joined;

	(void)state;
	ec_split(0x22, object, strips);
	ec_encode(0x22, strips, strips + 4);
	for (uint32_t i = 0; i < 6; i++) {
		bool touched = i == byte_place(4, 3000000).strip || i >= 4;

		assert_int_equal(blob_size(strips[i]), 1 << 20);
		assert_int_equal(blob_nr_pages(strips[i]), touched);
	}
	joined = ec_join(0x22, strips, (1 << 22) / STRIPE);
	assert_int_equal(blob_nr_pages(joined), 1);
	assert_true(blob_equal(joined, object));
	blob_unref(joined);
	unref_all(strips, 6);
	blob_unref(object);
}

int ec_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_covers_just_the_stripes_of_its_bytes),
		cmocka_unit_test(each_byte_is_in_its_strip),
		cmocka_unit_test(joined_strips_are_what_was_split),
		cmocka_unit_test(strips_that_end_early_read_as_zeros),
		cmocka_unit_test(any_d_strips_give_all_others),
		cmocka_unit_test(strips_decode_in_any_order),
		cmocka_unit_test(a_changed_strip_shows_in_what_is_decoded),
		cmocka_unit_test(zeros_stay_holes),
	};

	return cmocka_run_group_tests_name("ec", tests, NULL, NULL);
}
