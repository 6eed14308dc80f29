/*
 * How a blob is made: its pages and the table of them. For blob.c and blob_hash.c only.
 *
 * What always holds of a blob:
 * - slots are sorted by index, and none starts at or past the end;
 * - a page has at least the bytes that lie inside the blob (the last page may be a short one, so
 *   that small payloads are cheap), and those of its bytes that lie past the end are zero;
 * - no stored page is all zeros: so equal contents have equal tables of indexes.
 */
#ifndef SHEEPSIM_BASE_BLOB_PAGES_H
#define SHEEPSIM_BASE_BLOB_PAGES_H

#include "base/blob.h"

struct page {
	uint32_t refs;
	uint32_t cap;  /* bytes in data, a multiple of 8 */
	uint64_t hash; /* remembered by blob_digest(); 0: not known */
	uint8_t data[];
};

struct slot {
	struct page *page;
	uint32_t index; /* of the page: offset / BLOB_PAGE */
};

struct blob {
	uint64_t size;	 /* bytes */
	uint64_t digest; /* remembered if digest_known */
	uint32_t refs;
	uint32_t nr;  /* slots in use */
	uint32_t cap; /* slots allocated */
	bool digest_known;
	bool sha1_known;
	uint8_t sha1[BLOB_SHA1_LEN]; /* remembered if sha1_known */
	struct slot slot[];
};

#endif
