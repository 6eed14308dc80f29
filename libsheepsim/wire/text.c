#include "wire/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/older_header.h"
#include "sheepsim/wire/peer.h"
#include "wire/fields.h"
#include "wire/ops.h"
#include "wire/records.h"
#include "wire/text_fields.h"

#define NAME_CASE(name, number)                                                                    \
	case number:                                                                               \
		return #name;

/* The name of an enumerated value, NULL if it has none. */
static const char *enum_name(enum field_format format, uint64_t v)
{
	if (format == FORMAT_STATUS) {
		switch (v) {
			SD_STATUSES(NAME_CASE)
		}
	} else if (format == FORMAT_LOCK_TYPE) {
		switch (v) {
			SD_LOCK_TYPES(NAME_CASE)
		}
	} else if (format == FORMAT_LOCK_STATE) {
		switch (v) {
			SD_LOCK_STATES(NAME_CASE)
		}
	} else if (format == FORMAT_SHARED_LOCK_STATE) {
		switch (v) {
			SD_SHARED_LOCK_STATES(NAME_CASE)
		}
	} else if (format == FORMAT_RECOVERY_STATE) {
		switch (v) {
			SD_RECOVERY_STATES(NAME_CASE)
		}
	}
	return NULL;
}

static uint64_t integer(enum field_kind kind, const uint8_t *bytes)
{
	switch (kind) {
	case KIND_u8:
		return bytes[0];
	case KIND_le16:
		return get_le16(bytes);
	case KIND_le32:
		return get_le32(bytes);
	case KIND_les32:
		return (uint64_t)(int64_t)(int32_t)get_le32(bytes);
	case KIND_le64:
		return get_le64(bytes);
	default:
		return 0;
	}
}

static void add_opcode(struct text *t, uint8_t opcode, const struct field_sink *s)
{
	const struct op_info *info = op_info_at(sink_release(s), opcode);
	char buf[8];

	text_add(t, "%s", info ? info->name : op_name(opcode, buf));
}

static void add_integer(struct text *t, enum field_format format, uint64_t v,
			const struct field_sink *s)
{
	const char *name = enum_name(format, v);
	char buf[96];

	if (name) {
		text_add(t, "%s", name);
		return;
	}
	switch (format) {
	case FORMAT_SIGNED:
		text_add(t, "%" PRId64, (int64_t)v);
		break;
	case FORMAT_HEX:
		text_add(t, "0x%" PRIx64, v);
		break;
	case FORMAT_OID:
		text_add(t, "%016" PRIx64, v);
		break;
	case FORMAT_VID:
		text_add(t, "%06" PRIx64, v);
		break;
	case FORMAT_OPCODE:
		add_opcode(t, (uint8_t)v, s);
		break;
	case FORMAT_RESULT:
		text_add(t, "%s", result_name_at(sink_release(s), (uint32_t)v, buf));
		break;
	case FORMAT_FLAGS:
		text_add(t, "%s", v ? flags_text(s->opcode, (uint16_t)v, buf) : "0");
		break;
	case FORMAT_CLUSTER_FLAGS:
		text_add(t, "%s", v ? cluster_flags_text((uint16_t)v, buf) : "0");
		break;
	case FORMAT_CLUSTER_FLAGS_07:
		text_add(t, "%s", v ? cluster_flags_text_07((uint16_t)v, buf) : "0");
		break;
	case FORMAT_STATUS_07:
		text_add(t, "%s", v ? status_text_07((uint32_t)v, buf) : "0");
		break;
	case FORMAT_TIME:
		text_add(t, "%" PRIu64 ".%09" PRIu64, v >> 32, v & UINT32_MAX);
		break;
	default:
		text_add(t, "%" PRIu64, v);
		break;
	}
}

/* Text up to its NUL, in quotes, whatever its bytes are. */
static void add_quoted(struct text *t, const uint8_t *bytes, size_t len)
{
	text_add(t, "\"");
	for (size_t i = 0; i < len && bytes[i]; i++) {
		if (bytes[i] == '"' || bytes[i] == '\\')
			text_add(t, "\\%c", bytes[i]);
		else if (bytes[i] < 0x80 && isprint(bytes[i]))
			text_add(t, "%c", bytes[i]);
		else
			text_add(t, "\\x%02x", bytes[i]);
	}
	text_add(t, "\"");
}

static void add_bytes(struct text *t, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text_add(t, "%02x", bytes[i]);
}

void field_value(struct text *t, const struct field_info *f, const uint8_t *bytes,
		 const struct field_sink *s)
{
	struct sd_node_id w;
	struct node_id id;
	char buf[64];

	switch (f->format) {
	case FORMAT_ADDRESS:
		text_add(t, "%s", address_text(bytes, buf));
		break;
	case FORMAT_NODE_ID:
		memcpy(&w, bytes, sizeof(w));
		node_id_decode(&w, &id);
		text_add(t, "%s", node_id_text(&id, buf));
		if (id.io_port)
			text_add(t, " io %s:%u", address_text(id.io_addr, buf), id.io_port);
		break;
	case FORMAT_BYTES:
		add_bytes(t, bytes, f->len);
		break;
	case FORMAT_TEXT:
		add_quoted(t, bytes, f->len);
		break;
	default:
		add_integer(t, f->format, integer(f->kind, bytes), s);
		break;
	}
}

static void say_text(const struct field_sink *s, const char *name, uint64_t offset, uint64_t len,
		     struct text *value)
{
	struct text full = {0};

	text_add(&full, "%s%s%s", s->outer ? s->outer : "", s->prefix, name);
	s->fn(s->arg, text_get(&full), s->base + offset, len, text_get(value));
	text_free(&full);
	text_free(value);
}

void field_say(const struct field_sink *s, const char *name, uint64_t offset, uint64_t len,
	       const char *format, ...)
{
	struct text value = {0};
	va_list args;

	va_start(args, format);
	text_vadd(&value, format, args);
	va_end(args);
	say_text(s, name, offset, len, &value);
}

static void say_other(const struct field_sink *s, const uint8_t *bytes, uint64_t offset, size_t len)
{
	struct text value = {0};
	bool zero = true;

	for (size_t i = 0; i < len; i++)
		zero = zero && bytes[i] == 0;
	if (zero)
		return;
	add_bytes(&value, bytes, len);
	say_text(s, "other", offset, len, &value);
}

/* Does a text begin in what there is, and not end there? A capture that was cut short has such. */
static bool is_cut_text(const struct field_info *f, uint32_t from, uint32_t end)
{
	return f->kind == KIND_text && f->offset >= from && f->offset < end &&
	       f->offset + f->len > end;
}

/* What there is of it: zeros are as good as what is missing. */
static void say_cut_text(const struct field_sink *s, const struct field_info *f,
			 const uint8_t *bytes, uint64_t base, uint32_t len)
{
	struct text value = {0};
	uint8_t *whole = mem_alloc(f->len);

	memcpy(whole, bytes, len);
	field_value(&value, f, whole, s);
	say_text(s, f->name, base + f->offset, len, &value);
	free(whole);
}

void field_walk(const struct field_sink *s, const struct field_info *table, const uint8_t *bytes,
		uint32_t from, uint32_t size, uint64_t base)
{
	uint32_t end = from + size, at = from;

	for (const struct field_info *f = table; f->name; f++) {
		struct text value = {0};

		if (is_cut_text(f, from, end)) {
			say_cut_text(s, f, bytes + (f->offset - from), base, end - f->offset);
			return;
		}
		if (f->offset < from || f->offset + f->len > end)
			continue;
		say_other(s, bytes + (at - from), base + at, f->offset - at);
		field_value(&value, f, bytes + (f->offset - from), s);
		say_text(s, f->name, base + f->offset, f->len, &value);
		at = f->offset + f->len;
	}
	say_other(s, bytes + (at - from), base + at, end - at);
}

/* ------------------------------------------------------------------ headers */

/* As FIELD_ROW, for the fields of a variant; the name is that of the field alone. */
#define VARIANT_ROW(variant, member, fieldkind, fieldformat)                                       \
	{                                                                                          \
		.name = #member,                                                                   \
		.offset = offsetof(wire, variant.member),                                          \
		.len = sizeof(((wire *)0)->variant.member),                                        \
		.kind = KIND_##fieldkind,                                                          \
		.format = FORMAT_##fieldformat,                                                    \
	},

#define HEAD_CASE(number, variant, FIELDS)                                                         \
	case number: {                                                                             \
		static const struct field_info table[] = {HEAD FIELDS(VARIANT_ROW){0}};            \
		return table;                                                                      \
	}

#define HEAD REQ_FIELDS(FIELD_ROW)
static const struct field_info *older_req_table(enum variant variant)
{
	typedef struct sd_req_08 wire;
	static const struct field_info plain[] = {HEAD{0}};

	switch (variant) {
		REQ_VARIANTS_08(HEAD_CASE)
	default:
		return plain;
	}
}

/* All fields of a request header with this variant. */
static const struct field_info *req_table(enum variant variant)
{
	typedef struct sd_req wire;

	switch (variant) {
		REQ_VARIANTS(HEAD_CASE)
	default:
		return older_req_table(variant);
	}
}
#undef HEAD

#define RESULT_ROW                                                                                 \
	{                                                                                          \
		.name = "result",                                                                  \
		.offset = offsetof(wire, none.result),                                             \
		.len = sizeof(sd_le32),                                                            \
		.kind = KIND_le32,                                                                 \
		.format = FORMAT_RESULT,                                                           \
	},
#define HEAD RSP_FIELDS(FIELD_ROW) RESULT_ROW
static const struct field_info *older_rsp_table(enum variant variant)
{
	typedef struct sd_rsp_08 wire;
	static const struct field_info plain[] = {HEAD{0}};

	switch (variant) {
		RSP_VARIANTS_08(HEAD_CASE)
	default:
		return plain;
	}
}

static const struct field_info *rsp_table(enum variant variant)
{
	typedef struct sd_rsp wire;

	switch (variant) {
		RSP_VARIANTS(HEAD_CASE)
	default:
		return older_rsp_table(variant);
	}
}
#undef HEAD

void say_req(const struct field_sink *s, const uint8_t head[WIRE_HEADER])
{
	struct field_sink own = *s;

	own.opcode = head[1];
	field_walk(&own, req_table(dialect_req_variant(sink_dialect(s), head[1])), head, 0,
		   WIRE_HEADER, 0);
}

void say_rsp(const struct field_sink *s, const uint8_t head[WIRE_HEADER], enum variant variant)
{
	struct field_sink own = *s;

	own.opcode = head[1];
	field_walk(&own, rsp_table(variant), head, 0, WIRE_HEADER, 0);
}

void req_fields(enum dialect d, const uint8_t head[WIRE_HEADER], wire_field_fn fn, void *arg)
{
	struct field_sink s = {.fn = fn, .arg = arg, .dialect = d};

	say_req(&s, head);
}

void rsp_fields(enum dialect d, const uint8_t head[WIRE_HEADER], wire_field_fn fn, void *arg)
{
	struct field_sink s = {.fn = fn, .arg = arg, .dialect = d};

	say_rsp(&s, head, dialect_rsp_variant(d, head[1]));
}

/* Adds the fields of the variant that are not zero; the table begins with those of the header. */
static void add_variant(struct text *t, const struct field_info *table, const uint8_t *head,
			size_t first, enum dialect d)
{
	static const uint8_t zeros[WIRE_HEADER];
	struct field_sink s = {.dialect = d, .opcode = head[1]};

	for (const struct field_info *f = table; f->name; f++) {
		if (f->offset < first || memcmp(head + f->offset, zeros, f->len) == 0)
			continue;
		text_add(t, " %s=", f->name);
		field_value(t, f, head + f->offset, &s);
	}
}

/* The object that a request is about is said first, and wiped in head. */
static void add_object(struct text *t, const struct req *q, uint8_t head[WIRE_HEADER])
{
	struct req rest = *q;

	if (req_object(q) == 0)
		return;
	text_add(t, " oid=%016" PRIx64 " off=%" PRIu64, req_object(q), req_offset(q));
	if (q->variant == VARIANT_OBJ)
		rest.obj.oid = rest.obj.offset = 0;
	else
		rest.obj_08.oid = rest.obj_08.offset = 0;
	req_encode(&rest, head);
}

void req_text(enum dialect d, struct text *t, const struct req *q)
{
	struct field_sink s = {.dialect = d};
	uint8_t head[WIRE_HEADER];
	struct req usual;
	char buf[96];

	req_init(&usual, q->opcode);
	add_opcode(t, q->opcode, &s);
	if (q->proto_ver != usual.proto_ver)
		text_add(t, " v=%u", q->proto_ver);
	if (q->flags)
		text_add(t, " flags=%s", flags_text(q->opcode, q->flags, buf));
	if (q->id)
		text_add(t, " id=%" PRIu32, q->id);
	if (q->epoch)
		text_add(t, " epoch=%" PRIu32, q->epoch);
	req_encode(q, head);
	add_object(t, q, head);
	text_add(t, " len=%" PRIu32, q->data_length);
	add_variant(t, req_table(q->variant), head, offsetof(struct sd_req, bytes), d);
}

void rsp_text(enum dialect d, struct text *t, const struct rsp *p)
{
	struct field_sink s = {.dialect = d};
	uint8_t head[WIRE_HEADER];
	char buf[96];

	add_opcode(t, p->opcode, &s);
	text_add(t, " %s", result_name_at(sink_release(&s), p->result, buf));
	if (p->proto_ver)
		text_add(t, " v=%u", p->proto_ver);
	if (p->flags)
		text_add(t, " flags=%s", flags_text(p->opcode, p->flags, buf));
	if (p->id)
		text_add(t, " id=%" PRIu32, p->id);
	text_add(t, " epoch=%" PRIu32 " len=%" PRIu32, p->epoch, p->data_length);
	rsp_encode(p, head);
	add_variant(t, rsp_table(p->variant), head, offsetof(struct sd_rsp, none.reserved), d);
}
