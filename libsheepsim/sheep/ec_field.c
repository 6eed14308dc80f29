/* GF(2^8) for erasure coding: see ec_field.h. */
#include <assert.h>
#include <string.h>

#ifdef HAVE_ISAL
#include <isa-l/erasure_code.h>
#endif

#include "sheep/ec_field.h"

#define POLYNOMIAL 0x1d /* x^8 + x^4 + x^3 + x^2 + 1, without x^8 */

uint8_t field_mul(uint8_t a, uint8_t b)
{
	uint8_t product = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			product ^= a;
		a = (uint8_t)(a << 1) ^ (a & 0x80 ? POLYNOMIAL : 0);
	}
	return product;
}

uint8_t field_inverse(uint8_t a)
{
	uint8_t power = 1;

	assert(a != 0);
	/* a^254, as a^255 = 1: the exponent's bits are seven ones and a zero */
	for (int bit = 0; bit < 7; bit++) {
		a = field_mul(a, a);
		power = field_mul(power, a);
	}
	return power;
}

/* out += weight * in */
static void add_row(uint8_t weight, const uint8_t *in, uint8_t *out, uint32_t len)
{
	uint8_t times[256];

	if (weight == 0)
		return;
	for (uint32_t i = 0; i < sizeof(times); i++)
		times[i] = field_mul((uint8_t)i, weight);
	for (uint32_t i = 0; i < len; i++)
		out[i] ^= times[in[i]];
}

void field_combine_portable(const uint8_t *weight, uint32_t nr_in, uint32_t nr_out, uint8_t *in[],
			    uint8_t *out[], uint32_t len)
{
	for (uint32_t r = 0; r < nr_out; r++) {
		memset(out[r], 0, len);
		for (uint32_t c = 0; c < nr_in; c++)
			add_row(weight[r * nr_in + c], in[c], out[r], len);
	}
}

#ifdef HAVE_ISAL
#define TABLE 32 /* bytes that ISA-L makes of a weight */

void field_combine(const uint8_t *weight, uint32_t nr_in, uint32_t nr_out, uint8_t *in[],
		   uint8_t *out[], uint32_t len)
{
	uint8_t tables[TABLE * FIELD_MAX_IN * FIELD_MAX_OUT];

	assert(nr_in <= FIELD_MAX_IN && nr_out <= FIELD_MAX_OUT);
	ec_init_tables((int)nr_in, (int)nr_out, (uint8_t *)weight, tables);
	ec_encode_data((int)len, (int)nr_in, (int)nr_out, tables, in, out);
}
#else
void field_combine(const uint8_t *weight, uint32_t nr_in, uint32_t nr_out, uint8_t *in[],
		   uint8_t *out[], uint32_t len)
{
	field_combine_portable(weight, nr_in, nr_out, in, out, len);
}
#endif
