/* Erasure coding on blobs: see ec.h. Stretches of zeros in sparse blobs are passed over. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sheep/ec.h"
#include "sheep/ec_field.h"

/* ------------------------------------------------------------------ walking over strips */

/* Strips that are read side by side, a page of each at a time, into memory. */
struct rows {
	struct blob *const *strip;
	uint32_t nr;
	uint64_t size; /* of a strip: bytes to go over */
	uint64_t at;   /* where the bytes in row[] are from */
	uint32_t len;  /* how many */
	uint8_t *row[SD_EC_MAX_DATA_STRIPS];
	uint8_t *memory; /* of all rows */
};

static uint32_t page_len(uint64_t size)
{
	return (uint32_t)(size < BLOB_PAGE ? size : BLOB_PAGE);
}

static void rows_init(struct rows *w, struct blob *const strip[], uint32_t nr, uint64_t size)
{
	*w = (struct rows){.strip = strip, .nr = nr, .size = size};
	w->memory = mem_array(nr, page_len(size));
	for (uint32_t i = 0; i < nr; i++)
		w->row[i] = w->memory + (size_t)i * page_len(size);
}

static void rows_free(struct rows *w)
{
	free(w->memory);
}

/* Reads the next page of all strips, passing over those where all are zero. False: no more. */
static bool rows_next(struct rows *w)
{
	uint64_t begin = w->at + w->len, next = w->size;
	const uint8_t *page;

	for (uint32_t i = 0; i < w->nr; i++) {
		uint64_t offset = begin;

		if (blob_next_page(w->strip[i], &offset, &page) && offset < next)
			next = offset;
	}
	if (next >= w->size)
		return false;
	w->at = next;
	w->len = page_len(w->size - next);
	for (uint32_t i = 0; i < w->nr; i++)
		blob_read(w->strip[i], w->at, w->row[i], w->len);
	return true;
}

/* ------------------------------------------------------------------ stripes and strips */

/* One page of each strip is d pages of data: copies between them, by way of rows. */
static void interleave(uint8_t policy, uint8_t *const row[], uint32_t len, uint8_t *data)
{
	uint32_t d = sd_policy_data_strips(policy);
	uint32_t part = (uint32_t)ec_strip_bytes(policy, 1);

	for (uint32_t at = 0; at < len; at += part) {
		for (uint32_t i = 0; i < d; i++, data += part)
			memcpy(data, row[i] + at, part);
	}
}

static void deinterleave(uint8_t policy, const uint8_t *data, uint32_t len, uint8_t *const row[])
{
	uint32_t d = sd_policy_data_strips(policy);
	uint32_t part = (uint32_t)ec_strip_bytes(policy, 1);

	for (uint32_t at = 0; at < len; at += part) {
		for (uint32_t i = 0; i < d; i++, data += part)
			memcpy(row[i] + at, data, part);
	}
}

void ec_split(uint8_t policy, const struct blob *stripes, struct blob *strips[])
{
	uint32_t d = sd_policy_data_strips(policy);
	uint64_t size = blob_size(stripes) / d;
	uint8_t *data = mem_array(d, page_len(size));
	const uint8_t *page;
	struct rows rows;

	assert(sd_policy_is_code(policy) && blob_size(stripes) % SD_EC_STRIPE_SIZE == 0);
	for (uint32_t i = 0; i < d; i++)
		strips[i] = blob_zero(size);
	rows_init(&rows, NULL, d, size);
	for (uint64_t offset = 0; blob_next_page(stripes, &offset, &page);) {
		uint64_t at = offset / d / BLOB_PAGE * BLOB_PAGE;
		uint32_t len = page_len(size - at);

		blob_read(stripes, at * d, data, (uint64_t)len * d);
		deinterleave(policy, data, len, rows.row);
		for (uint32_t i = 0; i < d; i++)
			strips[i] = blob_write(strips[i], at, rows.row[i], len);
		offset = (at + len) * d;
	}
	rows_free(&rows);
	free(data);
}

struct blob *ec_join(uint8_t policy, struct blob *const strips[], uint64_t nr)
{
	uint32_t d = sd_policy_data_strips(policy);
	uint64_t size = ec_strip_bytes(policy, nr);
	struct blob *stripes = blob_zero(nr * SD_EC_STRIPE_SIZE);
	uint8_t *data = mem_array(d, page_len(size));
	struct rows rows;

	assert(sd_policy_is_code(policy));
	rows_init(&rows, strips, d, size);
	while (rows_next(&rows)) {
		interleave(policy, rows.row, rows.len, data);
		stripes = blob_write(stripes, rows.at * d, data, (uint64_t)rows.len * d);
	}
	rows_free(&rows);
	free(data);
	return stripes;
}

/* ------------------------------------------------------------------ coding */

/* x(r): see ec.h. */
static uint8_t point(uint8_t strip)
{
	uint8_t x = strip > 0;

	for (uint8_t r = 1; r < strip; r++)
		x = field_mul(x, 2);
	return x;
}

/* Lagrange's polynomial of each of the points x(have[]), at x(want). Minus is plus here. */
void ec_weights(uint8_t policy, const uint8_t have[], uint8_t want, uint8_t weight[])
{
	uint32_t d = sd_policy_data_strips(policy);
	uint8_t x[SD_EC_MAX_DATA_STRIPS], wanted = point(want);

	assert(sd_policy_is_code(policy));
	for (uint32_t i = 0; i < d; i++)
		x[i] = point(have[i]);
	for (uint32_t c = 0; c < d; c++) {
		uint8_t above = 1, below = 1;

		for (uint32_t m = 0; m < d; m++) {
			if (m == c)
				continue;
			above = field_mul(above, wanted ^ x[m]);
			below = field_mul(below, x[c] ^ x[m]);
		}
		weight[c] = field_mul(above, field_inverse(below));
	}
}

/* result[r] = sum of weight[r * d + c] * strips[c] */
static void combine(uint8_t policy, const uint8_t *weight, struct blob *const strips[],
		    struct blob *result[], uint32_t nr_results)
{
	uint32_t d = sd_policy_data_strips(policy);
	uint64_t size = blob_size(strips[0]);
	uint8_t *out[FIELD_MAX_OUT];
	uint8_t *memory = mem_array(nr_results, page_len(size));
	struct rows rows;

	for (uint32_t r = 0; r < nr_results; r++) {
		out[r] = memory + (size_t)r * page_len(size);
		result[r] = blob_zero(size);
	}
	rows_init(&rows, strips, d, size);
	while (rows_next(&rows)) {
		field_combine(weight, d, nr_results, rows.row, out, rows.len);
		for (uint32_t r = 0; r < nr_results; r++)
			result[r] = blob_write(result[r], rows.at, out[r], rows.len);
	}
	rows_free(&rows);
	free(memory);
}

void ec_encode(uint8_t policy, struct blob *const data[], struct blob *parity[])
{
	uint32_t d = sd_policy_data_strips(policy), p = sd_policy_parity_strips(policy);
	uint8_t weight[FIELD_MAX_IN * FIELD_MAX_OUT], have[SD_EC_MAX_DATA_STRIPS];

	for (uint32_t i = 0; i < d; i++)
		have[i] = (uint8_t)i;
	for (uint32_t j = 0; j < p; j++)
		ec_weights(policy, have, (uint8_t)(d + j), weight + (size_t)j * d);
	combine(policy, weight, data, parity, p);
}

struct blob *ec_decode(uint8_t policy, const uint8_t have[], struct blob *const strips[],
		       uint8_t want)
{
	uint8_t weight[SD_EC_MAX_DATA_STRIPS];
	struct blob *strip;

	ec_weights(policy, have, want, weight);
	combine(policy, weight, strips, &strip, 1);
	return strip;
}
