/*
 * Messages of the simulated cluster driver: what is accepted is encoded again to the same bytes,
 * but for the padding of member records.
 *
 * Input: the message.
 */
#include "fuzz.h"

#include "base/text.h"
#include "wire/driver_message.h"

static const struct outline record_shape = {
	.size = NODE_RECORD_SIZE,
	.dropped = {{0, 24}, {60, 4}, {66, 2}},
};

static void check_bytes(const struct blob *before, const struct blob *after, uint32_t nr_nodes)
{
	uint64_t size = blob_size(before);
	uint64_t records = offsetof(struct sd_driver_header, record);
	uint64_t rest = sizeof(struct sd_driver_header) + (uint64_t)nr_nodes * NODE_RECORD_SIZE;
	uint8_t *a = malloc(size), *b = malloc(size);

	assert(a && b && blob_size(after) == size);
	blob_read(before, 0, a, size);
	blob_read(after, 0, b, size);
	assert(memcmp(a, b, records) == 0);
	for (; records < rest; records += NODE_RECORD_SIZE)
		check_encoded(&record_shape, a + records, b + records);
	assert(memcmp(a + rest, b + rest, size - rest) == 0);
	free(a);
	free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blob *b = blob_new(data, size), *again;
	static const struct driver_message empty;
	struct wire_error err = {0};
	struct driver_message m;
	struct text t = {0};

	if (driver_message_decode(b, &m, &err) < 0) {
		check_error(&err, size);
		assert(memcmp(&m, &empty, sizeof(m)) == 0);
	} else {
		again = driver_message_encode(&m);
		check_bytes(b, again, m.nr_nodes);
		blob_unref(again);
		driver_message_text(&t, &m);
		assert(t.len > 0);
		text_free(&t);
		driver_message_clear(&m);
	}
	blob_unref(b);
	return 0;
}
