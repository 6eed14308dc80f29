/*
 * Immutable, reference-counted, sparse byte strings: payloads of messages and contents of objects.
 *
 * Memory follows what is different, not what is stored: a blob is a table of immutable pages, which
 * blobs share; pages of zeros are not there at all. Three replicas of one write hold the same
 * pages, and a 12 MiB inode with ten entries costs a page or two.
 *
 * A blob never changes once somebody else can see it. Functions that "change" one consume the
 * caller's reference and return the result, which is the same blob in place if nobody shares it.
 * Everybody who keeps a blob holds a reference: blob_ref() adds one, blob_unref() drops one.
 * Memory exhaustion ends the process with a message.
 */
#ifndef SHEEPSIM_BASE_BLOB_H
#define SHEEPSIM_BASE_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOB_PAGE     4096u /* bytes of a page */
#define BLOB_SHA1_LEN 20u

struct blob;

/* A blob of size zeros, less than 2^44 of them: what a blob holds at most. */
struct blob *blob_zero(uint64_t size);

/* A blob with a copy of the len bytes at data; pages of zeros are left out. */
struct blob *blob_new(const void *data, uint64_t len);

struct blob *blob_ref(struct blob *b);

/* Drops a reference; NULL is ignored. */
void blob_unref(struct blob *b);

/* The size in bytes; 0 for NULL. */
uint64_t blob_size(const struct blob *b);

/* Copies len bytes from offset on to dst; bytes past the end (or of NULL) read as zero. */
void blob_read(const struct blob *b, uint64_t offset, void *dst, uint64_t len);

/*
 * A new blob with len bytes of b from offset on; past the end: zeros. Shares pages where the offset
 * is a multiple of BLOB_PAGE. The whole of a blob is the blob itself with one more reference.
 */
struct blob *blob_slice(struct blob *b, uint64_t offset, uint64_t len);

/*
 * b with the bytes of patch (borrowed, may be NULL: nothing) from offset on; consumes b. The size
 * stays: patch bytes past the end of b are dropped.
 */
struct blob *blob_overlay(struct blob *b, uint64_t offset, struct blob *patch);

/* As blob_overlay(), from memory. */
struct blob *blob_write(struct blob *b, uint64_t offset, const void *src, uint64_t len);

/* b with size bytes: cut, or filled up with zeros; consumes b. */
struct blob *blob_resize(struct blob *b, uint64_t size);

bool blob_equal(const struct blob *a, const struct blob *b);

/* True if every byte of the range is zero. */
bool blob_is_zero(const struct blob *b, uint64_t offset, uint64_t len);

/* SHA-1 of the whole content; remembered in the blob. */
void blob_sha1(struct blob *b, uint8_t digest[BLOB_SHA1_LEN]);

/* A 64-bit digest of size and content for the event stream, independent of page layout; remembered.
 */
uint64_t blob_digest(struct blob *b);

/*
 * A hash of so many words of eight bytes, for comparing, the same with either byte order; and how
 * many of them there are up to the last one that is not zero.
 */
uint64_t blob_words_hash(const uint8_t *bytes, uint32_t words);
uint32_t blob_words_used(const uint8_t *bytes, uint32_t words);

/*
 * Finds the stored page that *offset lies in, or else the next one: sets *offset to where it starts
 * and *page to its BLOB_PAGE bytes (the last one may reach past the end of the blob: those bytes
 * are zero). False: only zeros from *offset on.
 */
bool blob_next_page(const struct blob *b, uint64_t *offset, const uint8_t **page);

/* How many pages are stored, those that are not all zeros; 0 for NULL. */
uint64_t blob_nr_pages(const struct blob *b);

/* Bytes of memory that pages take, for reports: a statistic of the whole process. */
uint64_t blob_memory(void);

#endif
