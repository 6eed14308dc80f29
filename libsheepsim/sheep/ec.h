/*
 * Erasure coding of objects (spec 3.6): which strips a range of an object lies in, data cut into
 * strips and put together again, parity, and strips computed from others. Pure functions on blobs;
 * gateway_ec.c and recovery_strip.c call them.
 *
 * The code: strip r of an object holds, for each byte position, the value at a point x(r) of the
 * polynomial of degree below d that has the bytes of data strips 0 .. d-1 as its values at x(0) ..
 * x(d-1). x(0) = 0 and x(r) = alpha^(r-1), in GF(2^8) with polynomial 0x11d, alpha = 2. This is the
 * matrix of the spec in other words: its rows are powers of x(r), and its product with the inverse
 * of the upper part are the values of Lagrange's polynomials. So any d strips give any other one.
 *
 * policy is a valid policy byte here (sd_policy_is_code()); d and p are its data and parity strips.
 */
#ifndef SHEEPSIM_SHEEP_EC_H
#define SHEEPSIM_SHEEP_EC_H

#include <sheepsim/wire/object.h>

#include "base/blob.h"

/* Whole stripes (512 bytes, R813) that a byte range of an object touches. */
struct ec_range {
	uint64_t first; /* number of the first stripe */
	uint64_t nr;	/* 0: the range is empty and begins between two stripes */
};

static inline struct ec_range ec_range(uint64_t offset, uint64_t length)
{
	uint64_t first = offset / SD_EC_STRIPE_SIZE;
	uint64_t end = (offset + length + SD_EC_STRIPE_SIZE - 1) / SD_EC_STRIPE_SIZE;

	return (struct ec_range){.first = first, .nr = end - first};
}

/* Bytes that so many stripes take in one strip: also the place of stripe number nr in it. */
static inline uint64_t ec_strip_bytes(uint8_t policy, uint64_t nr)
{
	return nr * (SD_EC_STRIPE_SIZE / sd_policy_data_strips(policy));
}

/* Cuts whole stripes into strips[d]: new references. */
void ec_split(uint8_t policy, const struct blob *stripes, struct blob *strips[]);

/*
 * The inverse: so many stripes from the d data strips. A strip that is shorter than that (or NULL)
 * reads as zeros behind its end.
 */
struct blob *ec_join(uint8_t policy, struct blob *const strips[], uint64_t nr);

/* Parity of d data strips of one size: fills parity[p] with new references. */
void ec_encode(uint8_t policy, struct blob *const data[], struct blob *parity[]);

/*
 * Strip number want from d others: strips[i] is strip number have[i], all of one size; the numbers
 * differ from each other. A new reference.
 */
struct blob *ec_decode(uint8_t policy, const uint8_t have[], struct blob *const strips[],
		       uint8_t want);

/*
 * What strip number want weighs in terms of the strips have[d]: want = sum of weight[i] * have[i].
 * For parity strip j, have being the data strips, this is row d + j of the coding matrix.
 */
void ec_weights(uint8_t policy, const uint8_t have[], uint8_t want, uint8_t weight[]);

#endif
