#include "wire/message.h"

#include <assert.h>

#include "sheepsim/wire/header.h"
#include "wire/fields.h"
#include "wire/message_older.h"
#include "wire/ops.h"

static enum variant req_variant(uint8_t opcode)
{
	const struct op_info *info = op_info(opcode);

	return info ? info->req_variant : VARIANT_NONE;
}

static enum variant rsp_variant(uint8_t opcode)
{
	const struct op_info *info = op_info(opcode);

	return info ? info->rsp_variant : VARIANT_NONE;
}

uint64_t req_object(const struct req *h)
{
	if (h->variant == VARIANT_OBJ_08)
		return h->obj_08.oid;
	return h->variant == VARIANT_OBJ ? h->obj.oid : 0;
}

uint64_t req_offset(const struct req *h)
{
	if (h->variant == VARIANT_OBJ_08)
		return h->obj_08.offset;
	return h->variant == VARIANT_OBJ ? h->obj.offset : 0;
}

void req_init(struct req *r, uint8_t opcode)
{
	memset(r, 0, sizeof(*r));
	r->proto_ver = opcode < SD_OP_INTERNAL ? SD_PROTO_VER : SD_SHEEP_PROTO_VER;
	r->opcode = opcode;
	r->variant = req_variant(opcode);
}

void rsp_init(struct rsp *r, const struct req *q, uint32_t result)
{
	memset(r, 0, sizeof(*r));
	r->opcode = q->opcode;
	r->id = q->id;
	r->result = result;
	r->variant = rsp_variant(q->opcode);
}

void req_encode(const struct req *h, uint8_t head[WIRE_HEADER])
{
	struct sd_req w = {0};

	static_assert(sizeof(w) == WIRE_HEADER && sizeof(w.bytes) == sizeof(h->rest),
		      "a request header has 48 bytes");
	memcpy(w.bytes, h->rest, sizeof(w.bytes));
	REQ_FIELDS(ENCODE_FIELD)
	switch (h->variant) {
		REQ_VARIANTS(ENCODE_CASE)
	default:
		break;
	}
	memcpy(head, &w, sizeof(w));
	if (h->variant >= VARIANT_OBJ_08)
		older_req_encode(h, head);
}

void req_decode_as(const uint8_t head[WIRE_HEADER], enum variant variant, struct req *h)
{
	struct sd_req w;

	memset(h, 0, sizeof(*h));
	memcpy(&w, head, sizeof(w));
	REQ_FIELDS(DECODE_FIELD)
	h->variant = variant;
	switch (h->variant) {
		REQ_VARIANTS(DECODE_CASE)
	default:
		break;
	}
	memcpy(h->rest, w.bytes, sizeof(w.bytes));
	if (h->variant >= VARIANT_OBJ_08)
		older_req_decode(head, h);
}

void req_decode(const uint8_t head[WIRE_HEADER], struct req *h)
{
	req_decode_as(head, req_variant(head[1]), h);
}

void rsp_encode(const struct rsp *h, uint8_t head[WIRE_HEADER])
{
	struct sd_rsp w = {0};

	static_assert(sizeof(w) == WIRE_HEADER && sizeof(w.bytes) == sizeof(h->rest),
		      "a response header has 48 bytes");
	memcpy(w.bytes, h->rest, sizeof(w.bytes));
	RSP_FIELDS(ENCODE_FIELD)
	w.none.result = sd_cpu_to_le32(h->result);
	switch (h->variant) {
		RSP_VARIANTS(ENCODE_CASE)
	default:
		break;
	}
	memcpy(head, &w, sizeof(w));
	if (h->variant >= VARIANT_OBJ_08)
		older_rsp_encode(h, head);
}

void rsp_decode_as(const uint8_t head[WIRE_HEADER], enum variant variant, struct rsp *h)
{
	struct sd_rsp w;

	memset(h, 0, sizeof(*h));
	memcpy(&w, head, sizeof(w));
	RSP_FIELDS(DECODE_FIELD)
	h->result = sd_le32_to_cpu(w.none.result);
	w.none.result = sd_cpu_to_le32(0);
	h->variant = variant;
	switch (h->variant) {
		RSP_VARIANTS(DECODE_CASE)
	default:
		break;
	}
	memcpy(h->rest, w.bytes, sizeof(w.bytes));
	if (h->variant >= VARIANT_OBJ_08)
		older_rsp_decode(head, h);
}

void rsp_decode(const uint8_t head[WIRE_HEADER], struct rsp *h)
{
	rsp_decode_as(head, rsp_variant(head[1]), h);
}
