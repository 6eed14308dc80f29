#include "wire/message_older.h"

#include <assert.h>

#include "sheepsim/wire/older_header.h"
#include "wire/fields.h"

void older_req_encode(const struct req *h, uint8_t head[WIRE_HEADER])
{
	struct sd_req_08 w;

	static_assert(sizeof(w) == WIRE_HEADER && sizeof(w.bytes) == sizeof(h->rest),
		      "a request header has 48 bytes");
	memcpy(&w, head, sizeof(w));
	switch (h->variant) {
		REQ_VARIANTS_08(ENCODE_CASE)
	default:
		break;
	}
	memcpy(head, &w, sizeof(w));
}

void older_req_decode(const uint8_t head[WIRE_HEADER], struct req *h)
{
	struct sd_req_08 w;

	memcpy(&w, head, sizeof(w));
	switch (h->variant) {
		REQ_VARIANTS_08(DECODE_CASE)
	default:
		break;
	}
	memcpy(h->rest, w.bytes, sizeof(w.bytes));
}

void older_rsp_encode(const struct rsp *h, uint8_t head[WIRE_HEADER])
{
	struct sd_rsp_08 w;

	static_assert(sizeof(w) == WIRE_HEADER && sizeof(w.bytes) == sizeof(h->rest),
		      "a response header has 48 bytes");
	memcpy(&w, head, sizeof(w));
	switch (h->variant) {
		RSP_VARIANTS_08(ENCODE_CASE)
	default:
		break;
	}
	memcpy(head, &w, sizeof(w));
}

void older_rsp_decode(const uint8_t head[WIRE_HEADER], struct rsp *h)
{
	struct sd_rsp_08 w;

	memcpy(&w, head, sizeof(w));
	w.none.result = sd_cpu_to_le32(0); /* of all answers */
	switch (h->variant) {
		RSP_VARIANTS_08(DECODE_CASE)
	default:
		break;
	}
	memcpy(h->rest, w.bytes, sizeof(w.bytes));
}
