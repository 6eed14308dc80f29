/*
 * The weights that strips are computed with, against the coding matrix as the spec writes it down:
 * its table, and its construction by inverting a matrix.
 */
#include "tests.h"
#include "base/random.h"
#include "sheep/ec.h"
#include "sheep/ec_field.h"

#include <string.h>

#define D_MAX SD_EC_MAX_DATA_STRIPS
#define N_MAX SD_EC_MAX_STRIPS

/* Parity row j of a policy. */
static void parity_row(uint8_t policy, uint32_t j, uint8_t row[D_MAX])
{
	uint8_t have[D_MAX];

	for (uint32_t i = 0; i < D_MAX; i++)
		have[i] = (uint8_t)i;
	ec_weights(policy, have, (uint8_t)(sd_policy_data_strips(policy) + j), row);
}

static void parity_rows_are_those_of_the_table(void **state)
{
	static const struct {
		uint8_t policy;
		uint8_t j;
		uint8_t row[D_MAX];
	} known[] = {
		{0x11, 0, {0x03, 0x02}},
		{0x12, 0, {0x03, 0x02}},
		{0x12, 1, {0x05, 0x04}},
		{0x22, 0, {0x77, 0x40, 0x38, 0x0e}},
		{0x22, 1, {0xc7, 0xa7, 0x0d, 0x6c}},
		{0x23, 0, {0x77, 0x40, 0x38, 0x0e}},
		{0x23, 1, {0xc7, 0xa7, 0x0d, 0x6c}},
		{0x23, 2, {0x53, 0x02, 0x6f, 0x3f}},
		{0x43, 0, {0x89, 0x18, 0xd0, 0x7d, 0x92, 0xa4, 0xf5, 0xfe}},
		{0x43, 1, {0x36, 0xf8, 0xd0, 0xce, 0x25, 0x19, 0xfb, 0x16}},
		{0x43, 2, {0x5f, 0xcd, 0xa3, 0x40, 0x50, 0x48, 0xf6, 0x9e}},
		{0x87,
		 0,
		 {0xc5, 0x3b, 0x1f, 0x2d, 0x4f, 0xaa, 0x83, 0xc2, 0x61, 0x69, 0x77, 0xa6, 0xe2,
		  0x5f, 0x37, 0x3a}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		uint8_t row[D_MAX] = {0};

		parity_row(known[i].policy, known[i].j, row);
		assert_memory_equal(row, known[i].row, D_MAX);
	}
}

/* ------------------------------------------------------------------ the spec's construction */

typedef uint8_t square[D_MAX][D_MAX];

static void add_times(uint8_t *row, const uint8_t *other, uint8_t times, uint32_t d)
{
	for (uint32_t c = 0; c < d; c++)
		row[c] ^= field_mul(other[c], times);
}

static void scale(uint8_t *row, uint8_t by, uint32_t d)
{
	for (uint32_t c = 0; c < d; c++)
		row[c] = field_mul(row[c], by);
}

/* By elimination; no row needs to be swapped if each leading minor is invertible, as here. */
static void invert(square a, square inverse, uint32_t d)
{
	memset(inverse, 0, sizeof(square));
	for (uint32_t i = 0; i < d; i++)
		inverse[i][i] = 1;
	for (uint32_t i = 0; i < d; i++) {
		uint8_t by;

		assert_int_not_equal(a[i][i], 0);
		by = field_inverse(a[i][i]);
		scale(a[i], by, d);
		scale(inverse[i], by, d);
		for (uint32_t r = 0; r < d; r++) {
			uint8_t times = a[r][i];

			if (r == i || times == 0)
				continue;
			add_times(a[r], a[i], times, d);
			add_times(inverse[r], inverse[i], times, d);
		}
	}
}

static uint8_t power_of_alpha(uint32_t exponent)
{
	uint8_t x = 1;

	while (exponent-- > 0)
		x = field_mul(x, 2);
	return x;
}

/* Row 0 = (1, 0, ..., 0); row r >= 1, column c = alpha^((r - 1) c mod 255). */
static uint8_t vandermonde(uint32_t r, uint32_t c)
{
	if (r == 0)
		return c == 0;
	return power_of_alpha((r - 1) * c % 255);
}

static void weights_are_the_rows_of_the_constructed_matrix(void **state)
{
	(void)state;
	for (uint32_t d = 2; d <= D_MAX; d *= 2) {
		static square upper, inverse;

		for (uint32_t r = 0; r < d; r++)
			for (uint32_t c = 0; c < d; c++)
				upper[r][c] = vandermonde(r, c);
		invert(upper, inverse, d);
		for (uint32_t r = 0; r < d + 15; r++) {
			uint8_t row[D_MAX], expected[D_MAX] = {0}, have[D_MAX];

			for (uint32_t c = 0; c < d; c++) {
				have[c] = (uint8_t)c;
				add_times(expected, inverse[c], vandermonde(r, c), d);
			}
			ec_weights(sd_policy(d, 15), have, (uint8_t)r, row);
			assert_memory_equal(row, expected, d);
		}
	}
}

/* ------------------------------------------------------------------ the field */

static void every_element_but_zero_has_an_inverse(void **state)
{
	(void)state;
	for (uint32_t a = 1; a < 256; a++)
		assert_int_equal(field_mul((uint8_t)a, field_inverse((uint8_t)a)), 1);
	assert_int_equal(field_mul(0x80, 2), 0x1d); /* the polynomial 0x11d */
}

/* Lengths that are no multiple of what a processor takes at once, and offsets that are not either.
 */
static void both_ways_to_combine_give_the_same_bytes(void **state)
{
	enum { LEN = 300, STRIDE = LEN + 13 };
	static uint8_t in[FIELD_MAX_IN][STRIDE], fast[FIELD_MAX_OUT][STRIDE],
		plain[FIELD_MAX_OUT][STRIDE];
	uint8_t weight[FIELD_MAX_IN * FIELD_MAX_OUT];
	uint8_t *from[FIELD_MAX_IN], *to_fast[FIELD_MAX_OUT], *to_plain[FIELD_MAX_OUT];

	(void)state;
	for (uint32_t i = 0; i < FIELD_MAX_IN; i++)
		for (uint32_t k = 0; k < STRIDE; k++)
			in[i][k] = (uint8_t)random_keyed(1, "in", i, k, 0);
	for (uint32_t i = 0; i < sizeof(weight); i++)
		weight[i] = (uint8_t)random_keyed(1, "weight", i, 0, 0);
	for (uint32_t len = 1; len <= LEN; len++) {
		uint32_t nr_in = 1 + len % FIELD_MAX_IN, nr_out = 1 + len % FIELD_MAX_OUT;

		for (uint32_t i = 0; i < nr_in; i++)
			from[i] = in[i] + (len + i) % 13;
		for (uint32_t i = 0; i < nr_out; i++) {
			to_fast[i] = fast[i];
			to_plain[i] = plain[i];
		}
		field_combine(weight, nr_in, nr_out, from, to_fast, len);
		field_combine_portable(weight, nr_in, nr_out, from, to_plain, len);
		for (uint32_t i = 0; i < nr_out; i++)
			assert_memory_equal(fast[i], plain[i], len);
	}
}

int ec_matrix_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parity_rows_are_those_of_the_table),
		cmocka_unit_test(weights_are_the_rows_of_the_constructed_matrix),
		cmocka_unit_test(every_element_but_zero_has_an_inverse),
		cmocka_unit_test(both_ways_to_combine_give_the_same_bytes),
	};

	return cmocka_run_group_tests_name("ec_matrix", tests, NULL, NULL);
}
