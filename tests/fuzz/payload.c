/*
 * Payloads in words: whatever the bytes, the fields that are said lie inside of them, in order.
 *
 * Input: request header, 1 byte (odd: the payload of an answer), response header if so, payload.
 */
#include "fuzz.h"

#include "wire/text.h"

struct fields {
	uint64_t at;   /* where the last one began */
	uint64_t size; /* of the payload */
	uint64_t nr;
};

static void next_field(void *arg, const char *name, uint64_t offset, uint64_t len,
		       const char *value)
{
	struct fields *f = arg;

	assert(name[0] != '\0' && value != NULL);
	assert(offset >= f->at);
	assert(len > 0 && len <= f->size && offset <= f->size - len);
	f->at = offset;
	f->nr++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint8_t head[WIRE_HEADER];
	struct fields f = {0};
	struct blob *payload;
	struct req q;
	struct rsp p;
	bool answer;

	take_bytes(&in, head, sizeof(head));
	req_decode(head, &q);
	answer = take_u8(&in) & 1;
	if (answer) {
		take_bytes(&in, head, sizeof(head));
		rsp_decode(head, &p);
	}
	payload = take_blob(&in, in.left);
	f.size = blob_size(payload);
	payload_fields(DIALECT_NEWEST, &q, answer ? &p : NULL, payload, next_field, &f);
	blob_unref(payload);
	return 0;
}
