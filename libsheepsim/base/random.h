/*
 * Keyed randomness (D5): a number is a function of the seed, of what it is for and of which one it
 * is; never of how many were drawn before. So taking one event out of a run does not shuffle the
 * others.
 */
#ifndef SHEEPSIM_BASE_RANDOM_H
#define SHEEPSIM_BASE_RANDOM_H

#include <stdint.h>

/* Folds x into the state h; the step that everything here is made of. */
uint64_t random_mix(uint64_t h, uint64_t x);

/* Folds bytes and how many there are, the same way with either byte order. */
uint64_t random_mix_bytes(uint64_t h, const void *bytes, uint64_t len);

/* The number for seed, purpose (a stable name) and three keys. */
uint64_t random_keyed(uint64_t seed, const char *purpose, uint64_t a, uint64_t b, uint64_t c);

/* As random_keyed(), reduced to 0 .. limit - 1; limit > 0. */
uint64_t random_below(uint64_t limit, uint64_t seed, const char *purpose, uint64_t a, uint64_t b,
		      uint64_t c);

/*
 * The other kind: a stream, each number of which depends on how many were drawn before it. These
 * are the numbers that the GNU C library gives, with which sheepdog runs, after a seed.
 */
struct random_stream {
	uint32_t state[31];
	unsigned int at; /* the oldest word: it is replaced next */
};

void random_stream_seed(struct random_stream *s, uint32_t seed);

/* The next number, below 2^31. */
uint32_t random_stream_next(struct random_stream *s);

#endif
