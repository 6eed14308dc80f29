/*
 * Fields of wire structures in words: the tables that fields.h gives, and what walks them. Shared
 * by the files of this folder that render text.
 */
#ifndef SHEEPSIM_WIRE_TEXT_FIELDS_H
#define SHEEPSIM_WIRE_TEXT_FIELDS_H

#include "wire/dialect.h"
#include "wire/text.h"

enum field_kind {
	KIND_u8,
	KIND_le16,
	KIND_le32,
	KIND_le64,
	KIND_les32,
	KIND_bytes,
	KIND_text,
	KIND_nid,
};

enum field_format {
	FORMAT_NUMBER,
	FORMAT_SIGNED,
	FORMAT_HEX,
	FORMAT_OID,
	FORMAT_VID,
	FORMAT_OPCODE,
	FORMAT_RESULT,
	FORMAT_FLAGS,
	FORMAT_CLUSTER_FLAGS,
	FORMAT_CLUSTER_FLAGS_07,
	FORMAT_STATUS_07,
	FORMAT_STATUS,
	FORMAT_LOCK_TYPE,
	FORMAT_LOCK_STATE,
	FORMAT_SHARED_LOCK_STATE,
	FORMAT_RECOVERY_STATE,
	FORMAT_TIME, /* seconds << 32 | nanoseconds */
	FORMAT_ADDRESS,
	FORMAT_NODE_ID,
	FORMAT_BYTES,
	FORMAT_TEXT,
};

/* One field of a structure; tables end with a name of NULL, and are in the order of offsets. */
struct field_info {
	const char *name;
	uint32_t offset;
	uint32_t len;
	enum field_kind kind;
	enum field_format format;
};

/* A row of a table; `wire` is the structure. */
#define FIELD_ROW(member, fieldkind, fieldformat)                                                  \
	{                                                                                          \
		.name = #member,                                                                   \
		.offset = offsetof(wire, member),                                                  \
		.len = sizeof(((wire *)0)->member),                                                \
		.kind = KIND_##fieldkind,                                                          \
		.format = FORMAT_##fieldformat,                                                    \
	},

/* A function that gives the table of a list. */
#define FIELD_TABLE(function, type, FIELDS)                                                        \
	static const struct field_info *function(void)                                             \
	{                                                                                          \
		typedef type wire;                                                                 \
		static const struct field_info table[] = {FIELDS(FIELD_ROW){0}};                   \
		return table;                                                                      \
	}

/* Where fields go. */
struct field_sink {
	wire_field_fn fn;
	void *arg;
	enum dialect dialect; /* in which it is said; NONE: in the newest */
	uint8_t opcode;	      /* decides what some bits mean */
	const char *outer; /* before all names, NULL: nothing: of what the structure is part of */
	uint64_t base;	   /* of all offsets: where it begins there */
	char prefix[96];   /* of the names, behind outer: of what is being said just now */
};

static inline enum dialect sink_dialect(const struct field_sink *s)
{
	return s->dialect == DIALECT_NONE ? DIALECT_NEWEST : s->dialect;
}

static inline enum sd_release sink_release(const struct field_sink *s)
{
	return dialect_info(sink_dialect(s))->release;
}

/* Adds the value of a field; bytes: the field's own. s: what dialect and opcode it is of. */
void field_value(struct text *t, const struct field_info *f, const uint8_t *bytes,
		 const struct field_sink *s);

/* Says one field with a value as of printf(). */
void field_say(const struct field_sink *s, const char *name, uint64_t offset, uint64_t len,
	       const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * Says the fields of a structure that lie inside the size bytes from offset `from` of it; bytes
 * without a field that are not zero are "other". base: offset of the structure in what the
 * names' offsets refer to.
 */
void field_walk(const struct field_sink *s, const struct field_info *table, const uint8_t *bytes,
		uint32_t from, uint32_t size, uint64_t base);

/* What of a structure of size bytes, at base in b, is there, but for skip bytes at its front. */
void say_record(const struct field_sink *s, const struct field_info *table, const struct blob *b,
		uint64_t base, uint32_t skip, uint32_t size);

/* "data": the bytes from offset `from` on, by size and digest. */
void say_data(const struct field_sink *s, struct blob *b, uint64_t from);

/* Headers; that of an answer in a vdi_op_message does not tell its variant itself. */
void say_req(const struct field_sink *s, const uint8_t head[WIRE_HEADER]);
void say_rsp(const struct field_sink *s, const uint8_t head[WIRE_HEADER], enum variant variant);

/* A member record at base; names begin with prefix. Its linkage is nobody's business. */
void say_node(struct field_sink *s, const struct blob *b, uint64_t base, const char *prefix);

/* n member records from base on, as far as they are there: "OUTERnode[0].", ... */
void say_nodes(struct field_sink *s, const struct blob *b, uint64_t base, uint64_t n,
	       const char *outer);

void say_cluster_info(struct field_sink *s, const struct blob *b);

/* Part of an object, from offset on. */
void say_object(const struct field_sink *s, struct blob *b, uint64_t oid, uint64_t offset);

/* The payload of a request, or of the answer to it. */
void say_payload(struct field_sink *s, const struct req *q, bool answer, struct blob *payload);

/* A sink for the fields of a part of what s gets: its place, and what stands before the names. */
struct part_sink {
	struct field_sink sink;
	char outer[64];
};

struct field_sink *part_sink(struct part_sink *part, const struct field_sink *s, const char *name,
			     uint64_t base);

/* A vdi_op_message. Of the answer in it sheepdog fills in only what the operation says. */
void say_vdi_op(const struct field_sink *s, struct blob *b);

/* What a join carries, if it is there. */
void say_opaque(struct field_sink *s, struct blob *b);

#endif
