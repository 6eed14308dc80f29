/*
 * What goes through cluster drivers in words: notifications, the opaques of joins, messages to and
 * from shepherd, and those of the simulated driver.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/header.h"
#include "sheepsim/wire/shepherd.h"
#include "wire/driver_message.h"
#include "wire/shepherd_message.h"
#include "wire/text_fields.h"

struct field_sink *part_sink(struct part_sink *part, const struct field_sink *s, const char *name,
			     uint64_t base)
{
	snprintf(part->outer, sizeof(part->outer), "%s%s", s->outer ? s->outer : "", name);
	part->sink = (struct field_sink){.fn = s->fn,
					 .arg = s->arg,
					 .dialect = s->dialect,
					 .outer = part->outer,
					 .base = s->base + base};
	return &part->sink;
}

void say_vdi_op(const struct field_sink *s, struct blob *b)
{
	enum dialect d = sink_dialect(s);
	uint8_t head[VDI_OP_HEAD];
	struct part_sink part;
	struct blob *data;
	struct req q;
	struct rsp p;

	if (vdi_op_decode(b, &q, &p, &data, NULL) < 0) {
		if (blob_size(b) > 0)
			say_data(s, b, 0);
		return;
	}
	blob_read(b, 0, head, sizeof(head));
	req_decode_as(head, dialect_req_variant(d, head[1]), &q);
	say_req(part_sink(&part, s, "request.", 0), head);
	say_rsp(part_sink(&part, s, "answer.", WIRE_HEADER), head + WIRE_HEADER,
		dialect_rsp_variant(d, head[1]));
	part_sink(&part, s, "data.", VDI_OP_HEAD)->opcode = q.opcode;
	say_payload(&part.sink, &q, !(q.flags & SD_FLAG_CMD_WRITE), data);
	blob_unref(data);
}

void say_opaque(struct field_sink *s, struct blob *b)
{
	if (blob_size(b) > 0)
		say_cluster_info(s, b);
}

void vdi_op_fields(struct blob *b, wire_field_fn fn, void *arg)
{
	struct field_sink s = {.fn = fn, .arg = arg};

	say_vdi_op(&s, b);
}

void cluster_info_fields(struct blob *b, wire_field_fn fn, void *arg)
{
	struct field_sink s = {.fn = fn, .arg = arg};

	say_opaque(&s, b);
}

void node_fields(const struct blob *b, wire_field_fn fn, void *arg)
{
	struct field_sink s = {.fn = fn, .arg = arg};

	say_nodes(&s, b, 0, UINT64_MAX, "");
}

void object_fields(struct blob *b, uint64_t oid, wire_field_fn fn, void *arg)
{
	struct field_sink s = {.fn = fn, .arg = arg};

	if (blob_size(b) > 0)
		say_object(&s, b, oid, 0);
}

/* ------------------------------------------------------------------ shepherd */

static uint32_t number_at(const struct blob *b, uint64_t offset)
{
	uint8_t bytes[4];

	blob_read(b, offset, bytes, sizeof(bytes));
	return get_le32(bytes);
}

/* A list of members with its number behind it, then an opaque. */
static void say_members(struct field_sink *s, struct blob *b, uint64_t nodes, uint64_t nr_nodes,
			uint64_t opaque, uint64_t len)
{
	struct blob *ci = blob_slice(b, opaque, len);
	struct part_sink part;

	say_nodes(s, b, nodes, number_at(b, nr_nodes), "");
	field_say(s, "nr_nodes", nr_nodes, 4, "%" PRIu32, number_at(b, nr_nodes));
	say_opaque(part_sink(&part, s, "cluster_info.", opaque), ci);
	blob_unref(ci);
}

/* A notification, with the mark before it. */
static void say_forwarded(const struct field_sink *s, struct blob *b, uint64_t unblock, uint64_t at,
			  uint64_t len)
{
	struct blob *message = blob_slice(b, at, len);
	struct part_sink part;
	uint8_t mark;

	blob_read(b, unblock, &mark, 1);
	field_say(s, "unblock", unblock, 1, "%u", mark);
	say_vdi_op(part_sink(&part, s, "", at), message);
	blob_unref(message);
}

static void say_body(struct field_sink *s, enum shepherd_body body, struct blob *b)
{
	const struct shepherd_layout *l = shepherd_layout(sink_dialect(s), body);
	uint64_t rest = blob_size(b) - l->fixed; /* of the blob: it was decoded */

	switch (body) {
	case SHEPHERD_BODY_NONE:
		break;
	case SHEPHERD_BODY_JOIN:
		say_node(s, b, l->node, "new_node.");
		say_members(s, b, l->nodes, l->nr_nodes, l->blob, rest);
		break;
	case SHEPHERD_BODY_REPLY:
		say_members(s, b, l->nodes, l->nr_nodes, l->blob, rest);
		break;
	case SHEPHERD_BODY_NOTIFY:
		say_forwarded(s, b, l->unblock, l->blob, rest);
		break;
	case SHEPHERD_BODY_FORWARD:
		say_node(s, b, l->node, "sender.");
		say_forwarded(s, b, l->unblock, l->blob, rest);
		break;
	case SHEPHERD_BODY_NODE:
		say_node(s, b, l->node, "node.");
		break;
	}
}

void shepherd_fields(enum dialect d, struct blob *b, bool to_server, wire_field_fn fn, void *arg)
{
	struct field_sink s = {.fn = fn, .arg = arg, .dialect = d};
	struct shepherd_message m;
	struct part_sink part;
	enum shepherd_body kind;
	struct blob *body;
	const char *name;

	if (shepherd_message_decode(d, b, to_server, &m, NULL) < 0) {
		if (blob_size(b) > 0)
			say_data(&s, b, 0);
		return;
	}
	name = shepherd_type_name(to_server, m.type, &kind);
	field_say(&s, "type", offsetof(struct sd_shepherd_header, type), 4, "%s", name);
	body = blob_slice(b, SHEPHERD_HEADER, blob_size(b) - SHEPHERD_HEADER);
	field_say(&s, "body_len", offsetof(struct sd_shepherd_header, body_len), 4, "%" PRIu64,
		  blob_size(body));
	say_body(part_sink(&part, &s, "", SHEPHERD_HEADER), kind, body);
	blob_unref(body);
	shepherd_message_clear(&m);
}

/* ------------------------------------------------------------------ the simulated driver */

#define AT(field) offsetof(struct sd_driver_header, field)

/* The parts behind the header: members, text, and an opaque or a notification. */
static void say_driver_parts(struct field_sink *s, struct blob *b, const struct driver_message *m)
{
	uint64_t at = sizeof(struct sd_driver_header);
	uint64_t blob_at = blob_size(b) - blob_size(m->blob);
	bool notification = m->type == SD_DRIVER_NOTIFY || m->type == SD_DRIVER_UNBLOCK ||
			    m->type == SD_DRIVER_NOTIFIED;
	struct part_sink part;

	say_nodes(s, b, at, m->nr_nodes, "");
	at += (uint64_t)m->nr_nodes * NODE_RECORD_SIZE;
	if (m->text[0])
		field_say(s, "text", at, strlen(m->text), "%s", m->text);
	if (!m->blob)
		return;
	if (notification)
		say_vdi_op(part_sink(&part, s, "", blob_at), m->blob);
	else
		say_opaque(part_sink(&part, s, "cluster_info.", blob_at), m->blob);
}

void driver_message_fields(struct blob *b, wire_field_fn fn, void *arg)
{
	struct field_sink s = {.fn = fn, .arg = arg};
	struct driver_message m;
	char buf[8];

	if (driver_message_decode(b, &m, NULL) < 0) {
		if (blob_size(b) > 0)
			say_data(&s, b, 0);
		return;
	}
	field_say(&s, "version", AT(version), 1, "%u", m.version);
	field_say(&s, "type", AT(type), 1, "%s", driver_message_name(m.type, buf));
	field_say(&s, "flags", AT(flags), 2, "0x%x", m.flags);
	field_say(&s, "position", AT(position), 8, "%" PRIu64, m.position);
	field_say(&s, "length", AT(length), 4, "%" PRIu64, blob_size(b));
	field_say(&s, "nr_nodes", AT(nr_nodes), 4, "%" PRIu32, m.nr_nodes);
	field_say(&s, "blob_length", AT(blob_length), 4, "%" PRIu64, blob_size(m.blob));
	field_say(&s, "text_length", AT(text_length), 2, "%zu", strlen(m.text));
	field_say(&s, "lowest", AT(lowest), 1, "%u", m.lowest);
	field_say(&s, "highest", AT(highest), 1, "%u", m.highest);
	say_node(&s, b, AT(record), "record.");
	say_driver_parts(&s, b, &m);
	driver_message_clear(&m);
}
