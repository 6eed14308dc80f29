/*
 * What the fuzz targets share. A target is one function, which libFuzzer calls with bytes of its
 * making: it gives them to a decoder, and then asserts what must hold of any bytes, accepted or
 * refused. Targets use asserts only; a failed one is a finding, as is whatever the sanitizers see.
 *
 * Some targets need more than the bytes that are decoded (which decoder, from which offset on):
 * these come from the front of the input, as take_*() tell.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/message.h"

/* What libFuzzer calls; always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of an input. */
struct input {
	const uint8_t *at;
	size_t left;
};

/* The next integer of the input (little-endian); zeros where it has ended. */
uint8_t take_u8(struct input *in);
uint16_t take_le16(struct input *in);
uint32_t take_le32(struct input *in);

/* The next len bytes to p, zeros where the input has ended. */
void take_bytes(struct input *in, void *p, size_t len);

/* The next bytes, at most len, as a blob. */
struct blob *take_blob(struct input *in, size_t len);

/* The next bytes, up to a NUL or the end, as a string of its own; free() it. */
char *take_string(struct input *in);

/* An error of a decoder of size bytes: it has words, and its place is in what was decoded, or where
 * bytes are missing. */
void check_error(const struct wire_error *err, uint64_t size);

/* A stretch of a structure. */
struct stretch {
	uint32_t offset, len;
};

/* What a codec does not keep of a structure; lists end with a length of 0. */
struct outline {
	uint32_t size;
	struct stretch dropped[8]; /* padding: read as anything, written as zeros */
	struct stretch text[4];	   /* kept up to its first NUL, zeros from there on */
};

/* Bytes that were decoded, and what encoding gave again: the same, except for what the shape drops.
 */
void check_encoded(const struct outline *shape, const uint8_t *before, const uint8_t *after);

#endif
