#include "base/random.h"
#include "base/integers.h"

#include <assert.h>
#include <string.h>

/* Folds bytes, eight at a time; the last ones are filled up with zeros. */
static uint64_t mix_words(uint64_t h, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint8_t rest[8] = {0};

	for (; len >= 8; len -= 8, p += 8)
		h = random_mix(h, get_le64(p));
	if (len == 0)
		return h;
	memcpy(rest, p, len);
	return random_mix(h, get_le64(rest));
}

uint64_t random_mix_bytes(uint64_t h, const void *bytes, uint64_t len)
{
	return random_mix(mix_words(h, bytes, len), len);
}

uint64_t random_purpose(uint64_t seed, const char *purpose)
{
	size_t len = strlen(purpose);

	return mix_words(random_mix(random_mix(0, seed), len), purpose, len);
}

uint64_t random_keyed(uint64_t seed, const char *purpose, uint64_t a, uint64_t b, uint64_t c)
{
	return random_for(random_purpose(seed, purpose), a, b, c);
}

uint64_t random_below(uint64_t limit, uint64_t seed, const char *purpose, uint64_t a, uint64_t b,
		      uint64_t c)
{
	assert(limit > 0);
	/* the bias is below limit / 2^64: nobody can see it at the limits used here */
	return random_keyed(seed, purpose, a, b, c) % limit;
}

/*
 * An additive feedback generator: each word is the sum of those 31 and 3 before it, and its lowest
 * bit is not shown. The first words come from a multiplicative one, modulo 2^31 - 1.
 */
void random_stream_seed(struct random_stream *s, uint32_t seed)
{
	s->state[0] = seed != 0 ? seed : 1;
	for (unsigned int i = 1; i < 31; i++)
		s->state[i] = (uint32_t)(UINT64_C(16807) * s->state[i - 1] % 2147483647);
	s->at = 3;
	/* as the C library does, so that no word is near the seed any more */
	for (unsigned int i = 0; i < 310; i++)
		random_stream_next(s);
}

uint32_t random_stream_next(struct random_stream *s)
{
	uint32_t *word = &s->state[s->at];

	*word += s->state[(s->at + 28) % 31];
	s->at = (s->at + 1) % 31;
	return *word >> 1;
}
