/*
 * Request and response headers, and vdi_op_message, which is both and some bytes: any 48 bytes are
 * a header, and encoding gives the same again. What is validated, and how it is said in words.
 *
 * Input: request header, response header, payload.
 */
#include "fuzz.h"

#include "sheepsim/wire/header.h"
#include "wire/ops.h"
#include "wire/records.h"
#include "wire/text.h"

/* Fields are said in the order of their offsets, and do not overlap. */
static void next_field(void *arg, const char *name, uint64_t offset, uint64_t len,
		       const char *value)
{
	uint64_t *end = arg;

	assert(name[0] != '\0' && value != NULL);
	assert(offset >= *end && len > 0);
	*end = offset + len;
	assert(*end <= WIRE_HEADER);
}

static void check_request(const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct wire_error err = {0};
	uint8_t again[WIRE_HEADER];
	struct text t = {0};
	uint64_t end = 0;
	struct req q;
	int ret;

	req_decode(head, &q);
	req_encode(&q, again);
	assert(memcmp(head, again, sizeof(again)) == 0);

	ret = req_validate(&q, payload, &err);
	assert(ret == 0 || ret == -SD_RES_INVALID_PARMS || ret == -SD_RES_BUFFER_SMALL);
	assert(ret == req_validate(&q, payload, NULL));
	if (ret < 0)
		check_error(&err, WIRE_HEADER + blob_size(payload));
	else
		assert(op_info(q.opcode));

	req_text(DIALECT_NEWEST, &t, &q);
	assert(t.len > 0 && memchr(t.data, '\n', t.len) == NULL);
	text_free(&t);
	req_fields(DIALECT_NEWEST, head, next_field, &end);
}

static void check_response(const uint8_t head[WIRE_HEADER])
{
	uint8_t again[WIRE_HEADER];
	struct text t = {0};
	uint64_t end = 0;
	struct rsp p;

	rsp_decode(head, &p);
	rsp_encode(&p, again);
	assert(memcmp(head, again, sizeof(again)) == 0);
	rsp_text(DIALECT_NEWEST, &t, &p);
	assert(t.len > 0 && memchr(t.data, '\n', t.len) == NULL);
	text_free(&t);
	rsp_fields(DIALECT_NEWEST, head, next_field, &end);
}

static void check_vdi_op(struct blob *b)
{
	struct wire_error err = {0};
	struct blob *data, *again;
	struct req q;
	struct rsp p;

	if (vdi_op_decode(b, &q, &p, &data, &err) < 0) {
		assert(blob_size(b) < VDI_OP_HEAD && data == NULL);
		check_error(&err, blob_size(b));
		return;
	}
	again = vdi_op_encode(&q, &p, data);
	assert(blob_equal(b, again));
	blob_unref(again);
	blob_unref(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint8_t request[WIRE_HEADER], response[WIRE_HEADER];
	struct blob *payload, *all = blob_new(data, size);

	check_vdi_op(all);
	take_bytes(&in, request, sizeof(request));
	take_bytes(&in, response, sizeof(response));
	payload = take_blob(&in, in.left);
	check_request(request, payload);
	check_request(request, NULL);
	check_response(response);
	blob_unref(payload);
	blob_unref(all);
	return 0;
}
