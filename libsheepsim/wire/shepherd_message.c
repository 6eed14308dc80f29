#include "wire/shepherd_message.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sheepsim/wire/shepherd.h"
#include "wire/error.h"
#include "wire/text_fields.h"

#define JOIN_LAYOUT(join)                                                                          \
	{                                                                                          \
		.fixed = sizeof(struct join), .has_node = true,                                    \
		.node = offsetof(struct join, new_node), .has_nodes = true,                        \
		.nodes = offsetof(struct join, nodes),                                             \
		.nr_nodes = offsetof(struct join, nr_nodes), .has_blob = true,                     \
		.blob = offsetof(struct join, opaque)                                              \
	}
#define REPLY_LAYOUT(reply)                                                                        \
	{                                                                                          \
		.fixed = sizeof(struct reply), .has_nodes = true,                                  \
		.nodes = offsetof(struct reply, nodes),                                            \
		.nr_nodes = offsetof(struct reply, nr_nodes), .has_blob = true,                    \
		.blob = offsetof(struct reply, opaque)                                             \
	}
#define NOTIFY_LAYOUT                                                                              \
	{                                                                                          \
		.fixed = sizeof(struct sd_shepherd_notify), .has_unblock = true,                   \
		.unblock = offsetof(struct sd_shepherd_notify, unblock), .has_blob = true,         \
		.blob = SD_SHEPHERD_NOTIFY_MESSAGE                                                 \
	}
#define FORWARD_LAYOUT(forward)                                                                    \
	{                                                                                          \
		.fixed = sizeof(struct forward), .has_node = true,                                 \
		.node = offsetof(struct forward, sender), .has_unblock = true,                     \
		.unblock = offsetof(struct forward, unblock), .has_blob = true,                    \
		.blob = offsetof(struct forward, message)                                          \
	}
#define NODE_LAYOUT(record)                                                                        \
	{                                                                                          \
		.fixed = sizeof(struct record), .has_node = true                                   \
	}

const struct shepherd_layout *shepherd_layout(enum dialect d, enum shepherd_body body)
{
	static const struct shepherd_layout now[] = {
		[SHEPHERD_BODY_NONE] = {.fixed = 0},
		[SHEPHERD_BODY_JOIN] = JOIN_LAYOUT(sd_shepherd_join),
		[SHEPHERD_BODY_REPLY] = REPLY_LAYOUT(sd_shepherd_reply),
		[SHEPHERD_BODY_NOTIFY] = NOTIFY_LAYOUT,
		[SHEPHERD_BODY_FORWARD] = FORWARD_LAYOUT(sd_shepherd_forward),
		[SHEPHERD_BODY_NODE] = NODE_LAYOUT(sd_node),
	};
	static const struct shepherd_layout in_08[] = {
		[SHEPHERD_BODY_NONE] = {.fixed = 0},
		[SHEPHERD_BODY_JOIN] = JOIN_LAYOUT(sd_shepherd_join_08),
		[SHEPHERD_BODY_REPLY] = REPLY_LAYOUT(sd_shepherd_reply_08),
		[SHEPHERD_BODY_NOTIFY] = NOTIFY_LAYOUT,
		[SHEPHERD_BODY_FORWARD] = FORWARD_LAYOUT(sd_shepherd_forward_08),
		[SHEPHERD_BODY_NODE] = NODE_LAYOUT(sd_node_08),
	};

	assert(d >= DIALECT_08);
	return d == DIALECT_08 ? &in_08[body] : &now[body];
}

struct type_rule {
	const char *name;
	enum shepherd_body body;
};

#define TYPE(label, type, kind) [type] = {.name = #label, .body = SHEPHERD_BODY_##kind},
static const struct type_rule to_server_types[] = {SD_SHEPHERD_TO_SERVER(TYPE)};
static const struct type_rule to_sheep_types[] = {SD_SHEPHERD_TO_SHEEP(TYPE)};

#define COUNT(types) (sizeof(types) / sizeof((types)[0]))

static const struct type_rule *type_rule(bool to_server, uint32_t type)
{
	if (to_server)
		return type < COUNT(to_server_types) ? &to_server_types[type] : NULL;
	return type < COUNT(to_sheep_types) ? &to_sheep_types[type] : NULL;
}

const char *shepherd_type_name(bool to_server, uint32_t type, enum shepherd_body *body)
{
	const struct type_rule *rule = type_rule(to_server, type);

	if (body)
		*body = rule ? rule->body : SHEPHERD_BODY_NONE;
	return rule ? rule->name : NULL;
}

int shepherd_header_decode(enum dialect d, const uint8_t head[SHEPHERD_HEADER], bool to_server,
			   uint32_t *length, struct wire_error *err)
{
	const struct type_rule *type;
	const struct shepherd_layout *rule;
	struct sd_shepherd_header w;

	static_assert(sizeof(w) == SHEPHERD_HEADER, "the body begins at 8");
	memcpy(&w, head, sizeof(w));
	*length = sd_le32_to_cpu(w.body_len);
	type = type_rule(to_server, sd_le32_to_cpu(w.type));
	if (!type)
		return wire_fail(err, -1, offsetof(struct sd_shepherd_header, type),
				 "there is no type %" PRIu32 " of messages %s shepherd",
				 sd_le32_to_cpu(w.type), to_server ? "to" : "from");
	rule = shepherd_layout(d, type->body);
	if (rule->has_blob ? *length < rule->fixed : *length != rule->fixed)
		return wire_fail(err, -1, offsetof(struct sd_shepherd_header, body_len),
				 "%s with a body of %" PRIu32 " bytes, not %" PRIu32 "%s",
				 type->name, *length, rule->fixed,
				 rule->has_blob ? " or more" : "");
	return 0;
}

/* b with the parts of the body that are no blob; consumes b. */
static struct blob *encode_parts(enum dialect d, struct blob *b, const struct shepherd_layout *rule,
				 const struct shepherd_message *m)
{
	uint8_t record[NODE_RECORD_SIZE], number[4], unblock = m->unblock;
	struct blob *nodes;
	uint32_t size;

	if (rule->has_node) {
		size = dialect_node_encode(d, &m->node, record);
		b = blob_write(b, SHEPHERD_HEADER + rule->node, record, size);
	}
	if (rule->has_unblock)
		b = blob_write(b, SHEPHERD_HEADER + rule->unblock, &unblock, 1);
	if (rule->has_nodes) {
		nodes = dialect_nodes_encode(d, m->nodes, m->nr_nodes);
		b = blob_overlay(b, SHEPHERD_HEADER + rule->nodes, nodes);
		blob_unref(nodes);
		put_le32(number, m->nr_nodes);
		b = blob_write(b, SHEPHERD_HEADER + rule->nr_nodes, number, sizeof(number));
	}
	return b;
}

struct blob *shepherd_message_encode(enum dialect d, const struct shepherd_message *m)
{
	const struct type_rule *type = type_rule(m->to_server, m->type);
	const struct shepherd_layout *rule;
	struct sd_shepherd_header w;
	uint64_t length;
	struct blob *b;

	assert(type);
	rule = shepherd_layout(d, type->body);
	assert(rule->has_nodes || m->nr_nodes == 0);
	assert(rule->has_unblock || !m->unblock);
	assert(rule->has_blob || blob_size(m->blob) == 0);
	assert(m->nr_nodes <= dialect_info(d)->max_nodes);
	length = rule->fixed + blob_size(m->blob);
	assert(length <= UINT32_MAX);

	w.type = sd_cpu_to_le32(m->type);
	w.body_len = sd_cpu_to_le32((uint32_t)length);
	b = blob_write(blob_zero(SHEPHERD_HEADER + length), 0, &w, sizeof(w));
	b = encode_parts(d, b, rule, m);
	return blob_overlay(b, SHEPHERD_HEADER + rule->blob, m->blob);
}

static int decode_nodes(enum dialect d, const struct blob *b, const struct shepherd_layout *rule,
			struct shepherd_message *m, struct wire_error *err)
{
	uint8_t number[4];

	blob_read(b, SHEPHERD_HEADER + rule->nr_nodes, number, sizeof(number));
	if (get_le32(number) > dialect_info(d)->max_nodes)
		return wire_fail(err, -1, SHEPHERD_HEADER + rule->nr_nodes,
				 "%" PRIu32 " nodes, more than %" PRIu32, get_le32(number),
				 dialect_info(d)->max_nodes);
	m->nr_nodes = get_le32(number);
	return dialect_nodes_decode(d, b, SHEPHERD_HEADER + rule->nodes, m->nr_nodes, &m->nodes,
				    err);
}

static int decode_unblock(const struct blob *b, const struct shepherd_layout *rule,
			  struct shepherd_message *m, struct wire_error *err)
{
	uint8_t unblock;

	blob_read(b, SHEPHERD_HEADER + rule->unblock, &unblock, 1);
	if (unblock > 1)
		return wire_fail(err, -1, SHEPHERD_HEADER + rule->unblock,
				 "unblock is %u, not 0 or 1", unblock);
	m->unblock = unblock;
	return 0;
}

static int decode_parts(enum dialect d, const struct blob *b, const struct shepherd_layout *rule,
			struct shepherd_message *m, struct wire_error *err)
{
	uint8_t record[NODE_RECORD_SIZE];

	if (rule->has_node) {
		blob_read(b, SHEPHERD_HEADER + rule->node, record, dialect_info(d)->node_size);
		dialect_node_decode(d, record, &m->node);
	}
	if (rule->has_unblock && decode_unblock(b, rule, m, err) < 0)
		return -1;
	return rule->has_nodes ? decode_nodes(d, b, rule, m, err) : 0;
}

int shepherd_message_decode(enum dialect d, struct blob *b, bool to_server,
			    struct shepherd_message *m, struct wire_error *err)
{
	const struct shepherd_layout *rule;
	uint8_t head[SHEPHERD_HEADER];
	enum shepherd_body body;
	uint32_t length;

	memset(m, 0, sizeof(*m));
	if (blob_size(b) < sizeof(head))
		return wire_fail(err, -1, blob_size(b),
				 "message of %" PRIu64 " bytes, at least %zu are needed",
				 blob_size(b), sizeof(head));
	blob_read(b, 0, head, sizeof(head));
	if (shepherd_header_decode(d, head, to_server, &length, err) < 0)
		return -1;
	if (blob_size(b) - sizeof(head) != length)
		return wire_fail(err, -1, offsetof(struct sd_shepherd_header, body_len),
				 "body of %" PRIu64 " bytes where the header says %" PRIu32,
				 blob_size(b) - sizeof(head), length);
	m->to_server = to_server;
	m->type = get_le32(head);
	shepherd_type_name(to_server, m->type, &body);
	rule = shepherd_layout(d, body);
	if (decode_parts(d, b, rule, m, err) < 0) {
		shepherd_message_clear(m);
		return -1;
	}
	/* The blob begins before the fixed part ends: its length is not that of the rest. */
	if (rule->has_blob && length > rule->fixed)
		m->blob = blob_slice(b, sizeof(head) + rule->blob, length - rule->fixed);
	return 0;
}

void shepherd_message_clear(struct shepherd_message *m)
{
	free(m->nodes);
	blob_unref(m->blob);
	memset(m, 0, sizeof(*m));
}

/* What an opaque or a notification says, in short. */
static void add_blob(struct text *t, enum shepherd_body body, struct blob *b)
{
	static const struct field_sink none;
	static const struct field_info status = {.kind = KIND_u8, .format = FORMAT_STATUS};
	struct node_rec *nodes = NULL;
	struct blob *data = NULL;
	struct cluster_info ci;
	struct req q;
	struct rsp p;

	if (body == SHEPHERD_BODY_JOIN || body == SHEPHERD_BODY_REPLY) {
		if (cluster_info_decode(b, &ci, &nodes, NULL) == 0) {
			text_add(t, " epoch=%" PRIu32 " status=", ci.epoch);
			field_value(t, &status, &ci.status, &none);
		}
	} else if (vdi_op_decode(b, &q, &p, &data, NULL) == 0) {
		text_add(t, " ");
		req_text(DIALECT_NEWEST, t, &q);
	}
	free(nodes);
	blob_unref(data);
}

void shepherd_message_text(struct text *t, const struct shepherd_message *m)
{
	enum shepherd_body body;
	char buf[64];

	text_add(t, "%s", shepherd_type_name(m->to_server, m->type, &body));
	if (shepherd_layout(DIALECT_NEWEST, body)->has_node)
		text_add(t, " %s", node_id_text(&m->node.nid, buf));
	if (shepherd_layout(DIALECT_NEWEST, body)->has_nodes)
		text_add(t, " nodes=%" PRIu32, m->nr_nodes);
	if (m->unblock)
		text_add(t, " unblock");
	if (m->blob)
		add_blob(t, body, m->blob);
}
