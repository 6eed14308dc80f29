/*
 * Digests of blobs: SHA-1 for the wire, and a cheap one for the event stream.
 */
#include "base/blob_pages.h"
#include "base/integers.h"
#include "base/random.h"

#include <assert.h>
#include <string.h>
#include <nettle/sha1.h>

static const uint8_t zeros[BLOB_PAGE];

static void sha1_zeros(struct sha1_ctx *ctx, uint64_t len)
{
	for (; len > sizeof(zeros); len -= sizeof(zeros))
		sha1_update(ctx, sizeof(zeros), zeros);
	sha1_update(ctx, len, zeros);
}

static void sha1_compute(struct blob *b)
{
	struct sha1_ctx ctx;
	uint64_t done = 0;

	sha1_init(&ctx);
	for (uint32_t i = 0; i < b->nr; i++) {
		uint64_t start = (uint64_t)b->slot[i].index * BLOB_PAGE;
		uint64_t len = b->size - start < BLOB_PAGE ? b->size - start : BLOB_PAGE;

		sha1_zeros(&ctx, start - done);
		sha1_update(&ctx, len, b->slot[i].page->data);
		done = start + len;
	}
	sha1_zeros(&ctx, b->size - done);
	sha1_digest(&ctx, BLOB_SHA1_LEN, b->sha1);
}

void blob_sha1(struct blob *b, uint8_t digest[BLOB_SHA1_LEN])
{
	if (!b->sha1_known) {
		sha1_compute(b);
		b->sha1_known = true;
	}
	memcpy(digest, b->sha1, BLOB_SHA1_LEN);
}

static uint64_t lane_step(uint64_t lane, uint64_t word)
{
	lane += word * 0xc2b2ae3d27d4eb4fu;
	lane = (lane << 31) | (lane >> 33);
	return lane * 0x9e3779b185ebca87u;
}

uint64_t blob_words_hash(const uint8_t *bytes, uint32_t words)
{
	uint64_t lane[4] = {1, 2, 3, 4}; /* four at once: they do not wait for each other */
	uint32_t i = 0;
	uint64_t h;

	for (; i + 4 <= words; i += 4)
		for (uint32_t k = 0; k < 4; k++)
			lane[k] = lane_step(lane[k], get_le64(bytes + 8 * (i + k)));
	for (; i < words; i++)
		lane[i % 4] = lane_step(lane[i % 4], get_le64(bytes + 8 * i));
	h = random_mix(random_mix(words, lane[0]), lane[1]);
	return random_mix(random_mix(h, lane[2]), lane[3]);
}

uint32_t blob_words_used(const uint8_t *bytes, uint32_t words)
{
	while (words && get_le64(bytes + 8 * (words - 1)) == 0)
		words--;
	return words;
}

/* A hash of the page up to its last word that is not zero: a short page is like a full one. */
static uint64_t page_hash(struct page *p)
{
	uint64_t h;

	if (p->hash)
		return p->hash;
	h = blob_words_hash(p->data, blob_words_used(p->data, p->cap / 8));
	p->hash = h ? h : 1;
	return p->hash;
}

uint64_t blob_digest(struct blob *b)
{
	uint64_t h;

	if (b->digest_known)
		return b->digest;
	h = random_mix(0, b->size);
	for (uint32_t i = 0; i < b->nr; i++)
		h = random_mix(random_mix(h, b->slot[i].index), page_hash(b->slot[i].page));
	b->digest = h;
	b->digest_known = true;
	return h;
}
