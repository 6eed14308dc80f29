/*
 * What the files that write seeds share (seeds.c, older_seeds.c).
 */
#ifndef TESTS_FUZZ_SEEDS_H
#define TESTS_FUZZ_SEEDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"

#define SEED_MAX 8192u /* bytes of a seed; more would only be slow */

/* An input that is put together. */
struct seed {
	uint8_t bytes[SEED_MAX];
	size_t len;
};

/* Bytes past SEED_MAX are left out. */
void seed_add(struct seed *s, const void *bytes, size_t len);
void seed_add_blob(struct seed *s, const struct blob *b);

/* Seeds are named by their content, so that none is there twice. */
void seed_write(const char *target, const struct seed *s);

/* What releases before 1.0 say, which nothing was captured of. */
void write_older_seeds(void);

#endif
