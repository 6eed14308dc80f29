#include "base/random.h"

#include <assert.h>
#include <string.h>

/* Eight bytes or, at the end, less as a number, least significant byte first. */
static uint64_t word_at(const uint8_t *bytes, uint64_t len)
{
	uint64_t word = 0;

	memcpy(&word, bytes, len < 8 ? len : 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

uint64_t random_mix_bytes(uint64_t h, const void *bytes, uint64_t len)
{
	for (uint64_t i = 0; i < len; i += 8)
		h = random_mix(h, word_at((const uint8_t *)bytes + i, len - i));
	return random_mix(h, len);
}

/* Folds the length and the characters of s into h, eight at a time, whatever the byte order. */
static uint64_t mix_string(uint64_t h, const char *s)
{
	size_t len = strlen(s);

	h = random_mix(h, len);
	for (size_t i = 0; i < len; i += 8) {
		uint64_t word = 0;

		for (size_t k = 0; k < 8 && i + k < len; k++)
			word |= (uint64_t)(unsigned char)s[i + k] << (8 * k);
		h = random_mix(h, word);
	}
	return h;
}

uint64_t random_purpose(uint64_t seed, const char *purpose)
{
	return mix_string(random_mix(0, seed), purpose);
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
