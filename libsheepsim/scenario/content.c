/* Keyed bytes. */
#include <string.h>

#include "base/random.h"
#include "scenario/content.h"

/* The eight bytes at word * 8, least significant first on every machine. */
static void fill_word(uint64_t key, uint64_t word, uint8_t bytes[8])
{
	uint64_t value = random_mix(key, word);

	for (unsigned int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

void content_fill(uint64_t seed, uint64_t offset, uint8_t *buf, size_t len)
{
	uint64_t key = random_keyed(seed, "scenario-content", 0, 0, 0);
	uint8_t bytes[8];

	while (len > 0) {
		size_t skip = offset % 8;
		size_t n = 8 - skip < len ? 8 - skip : len;

		fill_word(key, offset / 8, bytes);
		memcpy(buf, bytes + skip, n);
		buf += n;
		offset += n;
		len -= n;
	}
}

size_t content_compare(uint64_t seed, uint64_t offset, const uint8_t *buf, size_t len)
{
	uint8_t part[4096];

	for (size_t done = 0; done < len;) {
		size_t n = len - done < sizeof(part) ? len - done : sizeof(part);

		content_fill(seed, offset + done, part, n);
		for (size_t i = 0; i < n; i++) {
			if (part[i] != buf[done + i])
				return done + i;
		}
		done += n;
	}
	return len;
}

size_t content_zero(const uint8_t *buf, size_t len)
{
	size_t i = 0;

	while (i < len && buf[i] == 0)
		i++;
	return i;
}

uint64_t content_digest(const uint8_t *buf, size_t len)
{
	uint64_t h = random_mix(0, len);

	for (size_t i = 0; i < len; i += 8) {
		uint64_t word = 0;

		for (size_t k = 0; k < 8 && i + k < len; k++)
			word |= (uint64_t)buf[i + k] << (8 * k);
		h = random_mix(h, word);
	}
	return h;
}
