#include "wire/driver_message.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/error.h"

#define HEAD sizeof(struct sd_driver_header)

/* What a type of message has. */
struct message_rule {
	const char *name;
	bool record;
	bool nodes;
	bool text;
	bool blob;
	uint16_t flags;
};

#define RULE(label, type, to, has_record, has_nodes, has_text, has_blob, its_flags)                \
	[type] = {                                                                                 \
		.name = #label,                                                                    \
		.record = has_record,                                                              \
		.nodes = has_nodes,                                                                \
		.text = has_text,                                                                  \
		.blob = has_blob,                                                                  \
		.flags = its_flags,                                                                \
	},
static const struct message_rule rules[256] = {SD_DRIVER_MESSAGES(RULE)};

#define CHECK_TYPE(label, type, to, has_record, has_nodes, has_text, has_blob, its_flags)          \
	_Static_assert(SD_DRIVER_##label == type, #label);
SD_DRIVER_MESSAGES(CHECK_TYPE)

/* JOIN and REFUSED say which versions their sender speaks. */
static bool has_versions(uint8_t type)
{
	return type == SD_DRIVER_JOIN || type == SD_DRIVER_REFUSED;
}

static bool is_zero(const void *p, size_t size)
{
	const uint8_t *bytes = p;

	for (size_t i = 0; i < size; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

static struct sd_driver_header make_header(const struct driver_message *m, uint16_t text_length)
{
	uint64_t blob = blob_size(m->blob);
	uint64_t at = sd_driver_blob_offset(m->nr_nodes, text_length, (uint32_t)blob);
	struct sd_driver_header w = {
		.magic = sd_cpu_to_le32(SD_DRIVER_MAGIC),
		.version = m->version,
		.type = m->type,
		.flags = sd_cpu_to_le16(m->flags),
		.position = sd_cpu_to_le64(m->position),
		.length = sd_cpu_to_le32((uint32_t)(at + blob)),
		.nr_nodes = sd_cpu_to_le32(m->nr_nodes),
		.blob_length = sd_cpu_to_le32((uint32_t)blob),
		.text_length = sd_cpu_to_le16(text_length),
		.lowest = m->lowest,
		.highest = m->highest,
	};
	uint8_t record[NODE_RECORD_SIZE];

	assert(at + blob <= SD_DRIVER_MESSAGE_MAX);
	if (rules[m->type].record) {
		node_rec_encode(&m->record, record);
		memcpy(&w.record, record, sizeof(record));
	}
	return w;
}

struct blob *driver_message_encode(const struct driver_message *m)
{
	const struct message_rule *rule = &rules[m->type];
	size_t text_length = strnlen(m->text, SD_DRIVER_TEXT_MAX);
	uint64_t text_at = HEAD + (uint64_t)m->nr_nodes * NODE_RECORD_SIZE;
	struct sd_driver_header w;
	struct blob *b, *nodes;

	assert(rule->name && m->version > 0);
	assert(rule->nodes || m->nr_nodes == 0);
	assert(rule->text || text_length == 0);
	assert(rule->blob || blob_size(m->blob) == 0);
	assert((m->flags & ~rule->flags) == 0);
	assert(has_versions(m->type) || (m->lowest == 0 && m->highest == 0));
	assert(m->nr_nodes <= SD_MAX_NODES && blob_size(m->blob) <= SD_DRIVER_MESSAGE_MAX);

	w = make_header(m, (uint16_t)text_length);
	b = blob_write(blob_zero(sd_le32_to_cpu(w.length)), 0, &w, sizeof(w));
	if (m->nr_nodes) {
		nodes = node_list_encode(m->nodes, m->nr_nodes);
		b = blob_overlay(b, HEAD, nodes);
		blob_unref(nodes);
	}
	b = blob_write(b, text_at, m->text, text_length);
	if (!m->blob)
		return b;
	return blob_overlay(b, blob_size(b) - blob_size(m->blob), m->blob);
}

/* Checks the fields of a header against each other and against the type's rule. */
static int check_header(const struct sd_driver_header *w, uint64_t size, struct wire_error *err)
{
	const struct message_rule *rule = &rules[w->type];
	uint32_t nr_nodes = sd_le32_to_cpu(w->nr_nodes);
	uint32_t blob_length = sd_le32_to_cpu(w->blob_length);
	uint16_t text_length = sd_le16_to_cpu(w->text_length);
	uint16_t flags = sd_le16_to_cpu(w->flags);
	uint64_t length;

	if (sd_le32_to_cpu(w->magic) != SD_DRIVER_MAGIC)
		return wire_fail(err, -1, 0, "no message of the driver: magic number 0x%08" PRIx32,
				 sd_le32_to_cpu(w->magic));
	if (w->version == 0)
		return wire_fail(err, -1, offsetof(struct sd_driver_header, version),
				 "version 0 of the driver's protocol");
	if (!rule->name)
		return wire_fail(err, -1, offsetof(struct sd_driver_header, type),
				 "unknown type %u", w->type);
	if (flags & ~rule->flags)
		return wire_fail(err, -1, offsetof(struct sd_driver_header, flags),
				 "%s with flags 0x%04x", rule->name, flags);
	if (nr_nodes > (rule->nodes ? SD_MAX_NODES : 0))
		return wire_fail(err, -1, offsetof(struct sd_driver_header, nr_nodes),
				 "%s with %" PRIu32 " nodes", rule->name, nr_nodes);
	if (blob_length > (rule->blob ? SD_DRIVER_MESSAGE_MAX : 0))
		return wire_fail(err, -1, offsetof(struct sd_driver_header, blob_length),
				 "%s with a blob of %" PRIu32 " bytes", rule->name, blob_length);
	if (text_length > (rule->text ? SD_DRIVER_TEXT_MAX : 0))
		return wire_fail(err, -1, offsetof(struct sd_driver_header, text_length),
				 "%s with a text of %u bytes", rule->name, text_length);
	if (!has_versions(w->type) && (w->lowest || w->highest))
		return wire_fail(err, -1, offsetof(struct sd_driver_header, lowest),
				 "%s with a range of versions", rule->name);
	if (!rule->record && !is_zero(&w->record, sizeof(w->record)))
		return wire_fail(err, -1, offsetof(struct sd_driver_header, record),
				 "%s with a member record", rule->name);
	length = sd_driver_blob_offset(nr_nodes, text_length, blob_length) + blob_length;
	if (length != size || sd_le32_to_cpu(w->length) != size || size > SD_DRIVER_MESSAGE_MAX)
		return wire_fail(err, -1, offsetof(struct sd_driver_header, length),
				 "%s of %" PRIu64 " bytes, its parts have %" PRIu64
				 ", its header says %" PRIu32,
				 rule->name, size, length, sd_le32_to_cpu(w->length));
	return 0;
}

/* The text, which must have no NUL inside, and the zeros up to the blob. */
static int decode_text(const struct blob *b, uint64_t at, uint16_t length, uint64_t blob_at,
		       struct driver_message *m, struct wire_error *err)
{
	blob_read(b, at, m->text, length);
	if (strnlen(m->text, length) != length)
		return wire_fail(err, -1, at + strnlen(m->text, length),
				 "a NUL inside of the text");
	if (!blob_is_zero(b, at + length, blob_at - at - length))
		return wire_fail(err, -1, at + length, "the filling before the blob is not zero");
	return 0;
}

int driver_message_decode(struct blob *b, struct driver_message *m, struct wire_error *err)
{
	uint64_t size = blob_size(b), text_at, blob_at;
	struct sd_driver_header w;
	uint8_t record[NODE_RECORD_SIZE];
	uint32_t blob_length;

	memset(m, 0, sizeof(*m));
	if (size < HEAD)
		return wire_fail(err, -1, size,
				 "message of %" PRIu64 " bytes, at least %zu are needed", size,
				 HEAD);
	blob_read(b, 0, &w, sizeof(w));
	if (check_header(&w, size, err) < 0)
		return -1;
	m->type = w.type;
	m->version = w.version;
	m->flags = sd_le16_to_cpu(w.flags);
	m->lowest = w.lowest;
	m->highest = w.highest;
	m->position = sd_le64_to_cpu(w.position);
	memcpy(record, &w.record, sizeof(record));
	node_rec_decode(record, &m->record);

	m->nr_nodes = sd_le32_to_cpu(w.nr_nodes);
	blob_length = sd_le32_to_cpu(w.blob_length);
	text_at = HEAD + (uint64_t)m->nr_nodes * NODE_RECORD_SIZE;
	blob_at = size - blob_length;
	if (decode_text(b, text_at, sd_le16_to_cpu(w.text_length), blob_at, m, err) < 0 ||
	    node_list_decode(b, HEAD, m->nr_nodes, &m->nodes, err) < 0) {
		driver_message_clear(m);
		return -1;
	}
	if (blob_length)
		m->blob = blob_slice(b, blob_at, blob_length);
	return 0;
}

void driver_message_clear(struct driver_message *m)
{
	free(m->nodes);
	blob_unref(m->blob);
	memset(m, 0, sizeof(*m));
}

const char *driver_message_name(uint8_t type, char buf[8])
{
	if (rules[type].name)
		return rules[type].name;
	snprintf(buf, 8, "0x%02x", type);
	return buf;
}

void driver_message_text(struct text *t, const struct driver_message *m)
{
	char buf[64];

	text_add(t, "%s", driver_message_name(m->type, buf));
	if (m->position)
		text_add(t, " position=%" PRIu64, m->position);
	if (has_versions(m->type))
		text_add(t, " versions=%u-%u", m->lowest, m->highest);
	if (m->flags & SD_DRIVER_FLAG_YES)
		text_add(t, " yes");
	if (m->flags & SD_DRIVER_FLAG_UNBLOCK)
		text_add(t, " unblock");
	if (rules[m->type].record)
		text_add(t, " %s", node_id_text(&m->record.nid, buf));
	if (rules[m->type].nodes)
		text_add(t, " nodes=%" PRIu32, m->nr_nodes);
	if (m->blob)
		text_add(t, " blob=%" PRIu64, blob_size(m->blob));
	if (m->text[0])
		text_add(t, " (%s)", m->text);
}
