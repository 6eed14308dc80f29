#include "tests.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/random.h"

void unhex(const char *hex, uint8_t *out, size_t len)
{
	size_t n = 0;

	while (*hex) {
		char digits[3] = {hex[0], hex[0] == ' ' ? '\0' : hex[1], '\0'};

		if (hex[0] == ' ') {
			hex++;
			continue;
		}
		assert_true(n < len);
		out[n++] = (uint8_t)strtoul(digits, NULL, 16);
		hex += 2;
	}
	assert_int_equal(n, len);
}

struct blob *hex_blob(const char *hex)
{
	size_t digits = 0;
	struct blob *b;
	uint8_t *bytes;

	for (const char *c = hex; *c; c++)
		digits += *c != ' ';
	bytes = mem_alloc(digits / 2 + 1);
	unhex(hex, bytes, digits / 2);
	b = blob_new(bytes, digits / 2);
	free(bytes);
	return b;
}

void assert_blob_bytes(const char *where, const struct blob *b, const void *bytes, size_t len)
{
	const uint8_t *expected = bytes;
	uint8_t *actual;

	if (blob_size(b) != len)
		fail_msg("%s: %lu bytes, not %zu", where, (unsigned long)blob_size(b), len);
	actual = mem_alloc(len);
	blob_read(b, 0, actual, len);
	for (size_t i = 0; i < len; i++) {
		if (actual[i] != expected[i])
			fail_msg("%s: byte %zu is %02x, not %02x", where, i, actual[i],
				 expected[i]);
	}
	free(actual);
}

void fill_random(void *p, size_t len, uint64_t seed, uint64_t which)
{
	uint8_t *bytes = p;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)random_keyed(seed, "test bytes", which, i, 0);
}

int main(void)
{
	return ops_tests() + golden_tests() + header_tests() + records_tests() +
	       vdi_records_tests() + validate_tests() + text_tests() + driver_message_tests() +
	       object_tests() + vectors_tests() + shepherd_tests() + shepherd_message_tests() +
	       inode_layout_tests() + dialect_tests() + dialect_08_tests() + offers_tests() +
	       cluster_event_tests() + older_tests() + older_text_tests() +
	       validate_answer_tests() + garbage_tests();
}
