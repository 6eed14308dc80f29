/*
 * Keyed randomness (D5): a number is a function of the seed, of what it is for and of which one it
 * is; never of how many were drawn before. So taking one event out of a run does not shuffle the
 * others.
 */
#ifndef SHEEPSIM_BASE_RANDOM_H
#define SHEEPSIM_BASE_RANDOM_H

#include <stdint.h>

/*
 * Folds x into the state h; the step that everything here is made of, and a few dozen of which are
 * in each message. One-to-one in each argument, and not symmetric: keys in another order give
 * another number.
 */
static inline uint64_t random_mix(uint64_t h, uint64_t x)
{
	uint64_t z = h * 0xd1342543de82ef95u + x + 0x9e3779b97f4a7c15u;

	/* the finalizer of splitmix64: each bit of z reaches every bit of the result */
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* What seed and purpose (a stable name) come to, for those who draw for one purpose often. */
uint64_t random_purpose(uint64_t seed, const char *purpose);

/* The number for random_purpose()'s and three keys. */
static inline uint64_t random_for(uint64_t purpose, uint64_t a, uint64_t b, uint64_t c)
{
	return random_mix(random_mix(random_mix(purpose, a), b), c);
}

/* Folds bytes and how many there are, the same way with either byte order. */
uint64_t random_mix_bytes(uint64_t h, const void *bytes, uint64_t len);

/* The number for seed, purpose and three keys. */
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
