/*
 * What `sheepsim decode` does with messages of any release: payloads and headers in words, whose
 * fields lie inside of them and in order; checks, which find nothing outside; and which bytes look
 * like headers.
 *
 * Input: 1 byte (dialect), request header, response header, 1 byte (odd: the payload is the
 * answer's; bit 1: the length in its header is made right), payload.
 */
#include "fuzz.h"

#include "wire/text.h"
#include "wire/traffic.h"

struct fields {
	uint64_t at;   /* where the last one began */
	uint64_t size; /* of what they are in */
};

static void next_field(void *arg, const char *name, uint64_t offset, uint64_t len,
		       const char *value)
{
	struct fields *f = arg;

	assert(name[0] != '\0' && value != NULL);
	assert(offset >= f->at);
	assert(len > 0 && len <= f->size && offset <= f->size - len);
	f->at = offset;
}

/* Decoded as its dialect has it, and encoded again. */
static void headers(enum dialect d, const uint8_t request[WIRE_HEADER],
		    const uint8_t answer[WIRE_HEADER], struct req *q, struct rsp *p)
{
	uint8_t again[WIRE_HEADER];
	struct fields f = {.size = WIRE_HEADER};
	struct text t = {0};

	req_decode_as(request, dialect_req_variant(d, request[1]), q);
	req_encode(q, again);
	assert(memcmp(request, again, sizeof(again)) == 0);
	req_fields(d, request, next_field, &f);
	req_text(d, &t, q);
	rsp_decode_as(answer, dialect_rsp_variant(d, answer[1]), p);
	rsp_encode(p, again);
	assert(memcmp(answer, again, sizeof(again)) == 0);
	f.at = 0;
	rsp_fields(d, answer, next_field, &f);
	rsp_text(d, &t, p);
	assert(t.len > 0 && memchr(t.data, '\n', t.len) == NULL);
	text_free(&t);
}

static void checks(enum dialect d, const struct req *q, const struct rsp *p, bool is_answer,
		   const struct blob *payload)
{
	struct wire_error err = {0};
	uint64_t size = WIRE_HEADER + blob_size(payload);

	if (is_answer ? rsp_validate(d, q, p, payload, &err) < 0
		      : dialect_req_validate(d, q, payload, &err) < 0)
		check_error(&err, size);
	err = (struct wire_error){0};
	if (payload_validate(d, q, is_answer, payload, &err) < 0)
		check_error(&err, size);
}

/* What looks like a header has an operation, and not more behind it than there can be. */
static void looks(const uint8_t head[WIRE_HEADER])
{
	struct req q;

	req_decode(head, &q);
	if (req_plausible(head))
		assert(op_info_at(dialect_info(dialect_of_request(&q))->release, q.opcode));
	if (rsp_plausible(head))
		assert(op_info(q.opcode) && q.data_length <= UINT32_C(64) << 20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	enum dialect d = (enum dialect)(DIALECT_05 + take_u8(&in) % (NR_DIALECTS - DIALECT_05));
	uint8_t request[WIRE_HEADER], answer[WIRE_HEADER], how;
	struct blob *payload;
	struct fields f;
	struct req q;
	struct rsp p;

	take_bytes(&in, request, sizeof(request));
	take_bytes(&in, answer, sizeof(answer));
	how = take_u8(&in);
	payload = take_blob(&in, in.left);
	if (how & 2) {
		put_le32(request + 12, (uint32_t)blob_size(payload));
		put_le32(answer + 12, (uint32_t)blob_size(payload));
		memcpy(answer + 8, request + 8, 4);
		answer[1] = request[1];
	}
	headers(d, request, answer, &q, &p);
	looks(request);
	looks(answer);
	checks(d, &q, &p, how & 1, payload);
	f = (struct fields){.size = blob_size(payload)};
	payload_fields(d, &q, how & 1 ? &p : NULL, payload, next_field, &f);
	blob_unref(payload);
	return 0;
}
