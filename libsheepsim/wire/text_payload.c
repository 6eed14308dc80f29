/*
 * Payloads in words: which structure an operation's payload has, and the fields of it.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/cluster.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/older.h"
#include "sheepsim/wire/peer.h"
#include "wire/dialect.h"
#include "wire/fields.h"
#include "wire/records.h"
#include "wire/ops.h"
#include "wire/text_fields.h"

FIELD_TABLE(node_table, struct sd_node, NODE_FIELDS)
FIELD_TABLE(cluster_info_table, struct sd_cluster_info, CLUSTER_INFO_FIELDS)
FIELD_TABLE(epoch_log_table, struct sd_epoch_log, EPOCH_LOG_FIELDS)
FIELD_TABLE(md_info_table, struct sd_md_info, MD_INFO_FIELDS)
FIELD_TABLE(recovery_state_table, struct sd_recovery_state, RECOVERY_STATE_FIELDS)
FIELD_TABLE(throttling_table, struct sd_recovery_throttling, RECOVERY_THROTTLING_FIELDS)
FIELD_TABLE(stat_table, struct sd_stat, STAT_FIELDS)
FIELD_TABLE(vdi_state_table, struct sd_vdi_state, VDI_STATE_FIELDS)
FIELD_TABLE(vdi_state_09_table, struct sd_vdi_state_09, VDI_STATE_09_FIELDS)
FIELD_TABLE(cluster_info_09_table, struct sd_cluster_info_09, CLUSTER_INFO_09_FIELDS)
FIELD_TABLE(cluster_info_08_table, struct sd_cluster_info_08, CLUSTER_INFO_08_FIELDS)
FIELD_TABLE(join_message_07_table, struct sd_join_message_07, JOIN_MESSAGE_07_FIELDS)
FIELD_TABLE(join_message_05_table, struct sd_join_message_05, JOIN_MESSAGE_05_FIELDS)
FIELD_TABLE(node_08_table, struct sd_node_08, NODE_FIELDS)
FIELD_TABLE(node_06_table, struct sd_node_06, NODE_06_FIELDS)
FIELD_TABLE(node_05_table, struct sd_node_05, NODE_05_FIELDS)
FIELD_TABLE(epoch_log_09a_table, struct sd_epoch_log_09a, EPOCH_LOG_09A_FIELDS)
FIELD_TABLE(epoch_log_08_table, struct sd_epoch_log_08, EPOCH_LOG_08_FIELDS)
FIELD_TABLE(epoch_log_07a_table, struct sd_epoch_log_07a, EPOCH_LOG_07A_FIELDS)
FIELD_TABLE(vdi_state_09a_table, struct sd_vdi_state_09a, VDI_STATE_09A_FIELDS)
FIELD_TABLE(vdi_state_07a_table, struct sd_vdi_state_07a, VDI_STATE_07A_FIELDS)

/* ------------------------------------------------------------------ member records */

static const struct field_info *node_fields_of(enum dialect d)
{
	switch (dialect_info(d)->node_size) {
	case SD_NODE_SIZE_05:
		return node_05_table();
	case SD_NODE_SIZE_06:
		return node_06_table();
	case SD_NODE_SIZE_08:
		return node_08_table();
	default:
		return node_table();
	}
}

void say_node(struct field_sink *s, const struct blob *b, uint64_t base, const char *prefix)
{
	uint32_t size = dialect_info(sink_dialect(s))->node_size;

	snprintf(s->prefix, sizeof(s->prefix), "%s", prefix);
	say_record(s, node_fields_of(sink_dialect(s)), b, base,
		   size == NODE_RECORD_SIZE ? offsetof(struct sd_node, nid) : 0, size);
	s->prefix[0] = '\0';
}

void say_nodes(struct field_sink *s, const struct blob *b, uint64_t base, uint64_t n,
	       const char *outer)
{
	uint64_t size = blob_size(b);
	char prefix[64];

	for (uint64_t i = 0; i < n && base < size; i++) {
		snprintf(prefix, sizeof(prefix), "%snode[%" PRIu64 "].", outer, i);
		say_node(s, b, base, prefix);
		base += dialect_info(sink_dialect(s))->node_size;
	}
}

/* ------------------------------------------------------------------ simple payloads */

static void say_text_at(struct field_sink *s, const struct blob *b, const char *name,
			uint64_t offset, uint64_t len)
{
	struct field_info f = {.name = name, .kind = KIND_text, .format = FORMAT_TEXT};
	struct field_info table[] = {f, {0}};
	uint8_t *bytes = mem_alloc(len);

	table[0].len = (uint32_t)len;
	blob_read(b, offset, bytes, len);
	field_walk(s, table, bytes, 0, (uint32_t)len, offset);
	free(bytes);
}

static void say_numbers(struct field_sink *s, const struct blob *b)
{
	for (uint64_t at = 0; at + 4 <= blob_size(b); at += 4) {
		uint8_t bytes[4];

		blob_read(b, at, bytes, sizeof(bytes));
		field_say(s, at ? "other" : "number", at, 4, "%" PRId32, (int32_t)get_le32(bytes));
	}
}

static void say_vid(struct field_sink *s, const struct blob *b)
{
	uint8_t bytes[4];

	blob_read(b, 0, bytes, sizeof(bytes));
	field_say(s, "vid", 0, sizeof(bytes), "%06" PRIx32, get_le32(bytes));
}

static void say_oids(struct field_sink *s, const struct blob *b)
{
	for (uint64_t at = 0; at + 8 <= blob_size(b); at += 8) {
		uint8_t bytes[8];

		blob_read(b, at, bytes, sizeof(bytes));
		field_say(s, "oid", at, 8, "%016" PRIx64, get_le64(bytes));
	}
}

static void say_bitmap(struct field_sink *s, const struct blob *b)
{
	const uint8_t *page;

	for (uint64_t at = 0; blob_next_page(b, &at, &page); at += BLOB_PAGE) {
		for (uint32_t i = 0; i < BLOB_PAGE * 8; i++) {
			if (page[i / 8] >> (i % 8) & 1)
				field_say(s, "vid", at + i / 8, 1, "%06" PRIx64, at * 8 + i);
		}
	}
}

/* ------------------------------------------------------------------ epochs */

static const struct field_info *log_fields_of(enum dialect d)
{
	if (d > DIALECT_09A)
		return epoch_log_table();
	if (d == DIALECT_09A)
		return epoch_log_09a_table();
	return d >= DIALECT_07B ? epoch_log_08_table() : epoch_log_07a_table();
}

/* STAT_CLUSTER: records with as many node slots as the request said, or as the release has. */
static void say_logs(struct field_sink *s, const struct blob *b, uint32_t slots)
{
	enum dialect d = sink_dialect(s);
	const struct dialect_info *info = dialect_info(d);
	uint64_t unit = dialect_log_size(d, slots);
	uint64_t i = 0;

	if (info->log_size)
		slots = info->max_nodes;
	for (uint64_t at = 0; at + info->log_head <= blob_size(b); at += unit, i++) {
		uint8_t head[EPOCH_LOG_HEAD];
		struct epoch_log log;
		char outer[32];

		blob_read(b, at, head, info->log_head);
		dialect_log_decode(d, head, &log);
		snprintf(outer, sizeof(outer), "log[%" PRIu64 "].", i);
		snprintf(s->prefix, sizeof(s->prefix), "%s", outer);
		say_record(s, log_fields_of(d), b, at, 0, info->log_head);
		say_nodes(s, b, at + info->log_head, log.nr_nodes < slots ? log.nr_nodes : slots,
			  outer);
	}
}

/* ------------------------------------------------------------------ VDI states */

/* Where the parts of a vdi_state are. */
struct state_layout {
	const struct field_info *fields;
	uint32_t front;	       /* bytes before the participants */
	uint32_t participants; /* offset of their addresses */
};

static struct state_layout state_layout(enum dialect d)
{
	if (d >= DIALECT_0A)
		return (struct state_layout){vdi_state_table(),
					     offsetof(struct sd_vdi_state, participants_state),
					     offsetof(struct sd_vdi_state, participants)};
	if (d == DIALECT_09B)
		return (struct state_layout){vdi_state_09_table(),
					     offsetof(struct sd_vdi_state_09, participants_state),
					     offsetof(struct sd_vdi_state_09, participants)};
	return (struct state_layout){d >= DIALECT_07B ? vdi_state_09a_table()
						      : vdi_state_07a_table(),
				     SD_VDI_STATE_SIZE_09A, 0};
}

static void say_participant(const struct field_sink *s, const struct blob *b, uint64_t at,
			    uint32_t shared_state)
{
	struct field_info id = {.format = FORMAT_NODE_ID};
	struct field_info kind = {.kind = KIND_le32, .format = FORMAT_SHARED_LOCK_STATE};
	uint8_t bytes[sizeof(struct sd_node_id)], number[4];
	struct text value = {0};

	blob_read(b, at, bytes, sizeof(bytes));
	field_value(&value, &id, bytes, s);
	text_add(&value, " ");
	put_le32(number, shared_state);
	field_value(&value, &kind, number, s);
	field_say(s, "participant", at, sizeof(bytes), "%s", text_get(&value));
	text_free(&value);
}

static void say_vdi_states(struct field_sink *s, struct blob *b)
{
	enum dialect d = sink_dialect(s);
	uint64_t size = dialect_info(d)->vdi_state_size;
	struct state_layout layout = state_layout(d);

	if (size == 0) {
		say_data(s, b, 0);
		return;
	}
	for (uint64_t at = 0; at + size <= blob_size(b); at += size) {
		struct blob *one = blob_slice(b, at, size);
		struct vdi_state *state;
		uint8_t vid[4];
		size_t n;

		blob_read(one, 0, vid, sizeof(vid));
		snprintf(s->prefix, sizeof(s->prefix), "vdi[%06" PRIx32 "].", get_le32(vid));
		say_record(s, layout.fields, b, at, 0, layout.front);
		if (dialect_vdi_states_decode(d, one, &state, &n, NULL) < 0)
			n = 0;
		for (uint32_t i = 0; n && i < state->nr_participants; i++)
			say_participant(s, b,
					at + layout.participants + i * sizeof(struct sd_node_id),
					state->participants_state[i]);
		free(state);
		blob_unref(one);
	}
	s->prefix[0] = '\0';
}

static void say_disks(struct field_sink *s, const struct blob *b)
{
	uint8_t nr[4];

	blob_read(b, offsetof(struct sd_md_info_list, nr), nr, sizeof(nr));
	for (uint32_t i = 0; i < get_le32(nr) && i < SD_MD_MAX_DISKS; i++) {
		snprintf(s->prefix, sizeof(s->prefix), "disk[%" PRIu32 "].", i);
		say_record(s, md_info_table(), b, i * sizeof(struct sd_md_info), 0,
			   sizeof(struct sd_md_info));
	}
	s->prefix[0] = '\0';
	field_say(s, "nr", offsetof(struct sd_md_info_list, nr), 4, "%" PRId32,
		  (int32_t)get_le32(nr));
}

/* ------------------------------------------------------------------ clusters */

/* The dialect of a cluster_info or join message: byte 0 tells it, but for joins since 0.7. */
static enum dialect info_dialect(const struct field_sink *s, const struct blob *b)
{
	enum dialect d;
	uint8_t version;

	static_assert(offsetof(struct sd_join_message_07, proto_ver) ==
			      offsetof(struct sd_cluster_info, proto_ver),
		      "the version is first in all of them");
	blob_read(b, offsetof(struct sd_cluster_info, proto_ver), &version, sizeof(version));
	if (dialect_info(sink_dialect(s))->version == version)
		return sink_dialect(s);
	d = dialect_of_family(version, SD_FAMILY_NONE);
	return d == DIALECT_NONE ? sink_dialect(s) : d;
}

static const struct field_info *info_fields_of(enum dialect d, uint32_t *head)
{
	*head = CLUSTER_INFO_HEAD;
	if (d >= DIALECT_0A)
		return cluster_info_table();
	if (d >= DIALECT_09A)
		return cluster_info_09_table();
	*head = SD_CLUSTER_INFO_HEAD_08;
	if (d == DIALECT_08)
		return cluster_info_08_table();
	*head = SD_JOIN_MESSAGE_HEAD_07;
	if (d > DIALECT_05)
		return join_message_07_table();
	*head = SD_JOIN_MESSAGE_HEAD_05;
	return join_message_05_table();
}

void say_cluster_info(struct field_sink *s, const struct blob *b)
{
	struct field_sink own = *s;
	const struct field_info *table;
	uint8_t nr[2];
	uint32_t head;

	static_assert(offsetof(struct sd_join_message_07, nr_nodes) ==
			      offsetof(struct sd_cluster_info, nr_nodes),
		      "the number of nodes has one place in all of them");
	own.dialect = info_dialect(s, b);
	table = info_fields_of(own.dialect, &head);
	say_record(&own, table, b, 0, 0, head);
	blob_read(b, offsetof(struct sd_cluster_info, nr_nodes), nr, sizeof(nr));
	say_nodes(&own, b, head, get_le16(nr), "");
}

/* ------------------------------------------------------------------ payloads */

static void say_names(struct field_sink *s, const struct blob *b)
{
	uint64_t size = blob_size(b);

	say_text_at(s, b, "name", 0, size < SD_MAX_VDI_LEN ? size : SD_MAX_VDI_LEN);
	if (size > SD_MAX_VDI_LEN)
		say_text_at(s, b, "tag", SD_MAX_VDI_LEN, size - SD_MAX_VDI_LEN);
}

static void say_epoch(struct field_sink *s, const struct blob *b)
{
	uint64_t end = blob_size(b) - sizeof(sd_le64);
	uint8_t time[8];

	say_nodes(s, b, 0, end / dialect_info(sink_dialect(s))->node_size, "");
	blob_read(b, end, time, sizeof(time));
	field_say(s, "time", end, 8, "%" PRIu64, get_le64(time));
}

/* The least bytes of a shape that is read from other places than its front. */
static uint64_t least_size(enum shape shape)
{
	switch (shape) {
	case SHAPE_VID:
		return sizeof(sd_le32);
	case SHAPE_EPOCH:
		return sizeof(sd_le64);
	case SHAPE_DISKS:
		return sizeof(struct sd_md_info_list);
	default:
		return 0;
	}
}

static void say_shape(struct field_sink *s, enum shape shape, const struct req *q, struct blob *b)
{
	switch (shape) {
	case SHAPE_NONE:
	case SHAPE_DATA:
		return say_data(s, b, 0);
	case SHAPE_NAMES:
		return say_names(s, b);
	case SHAPE_TEXT:
		return say_text_at(s, b, "text", 0, blob_size(b));
	case SHAPE_NUMBER:
		return say_numbers(s, b);
	case SHAPE_VID:
		return say_vid(s, b);
	case SHAPE_OIDS:
		return say_oids(s, b);
	case SHAPE_BITMAP:
		return say_bitmap(s, b);
	case SHAPE_OBJECT:
		return say_object(s, b, req_object(q), req_offset(q));
	case SHAPE_ATTR:
		return say_object(s, b, SD_ATTR_BIT, 0);
	case SHAPE_NODES:
		return say_nodes(s, b, 0, UINT64_MAX, "");
	case SHAPE_EPOCH:
		return say_epoch(s, b);
	case SHAPE_LOGS:
		return say_logs(s, b, q->cluster.nodes_nr);
	case SHAPE_CLUSTER_INFO:
		return say_cluster_info(s, b);
	case SHAPE_VDI_STATES:
		return say_vdi_states(s, b);
	case SHAPE_RECOVERY:
		return say_record(s, recovery_state_table(), b, 0, 0,
				  sizeof(struct sd_recovery_state));
	case SHAPE_THROTTLING:
		return say_record(s, throttling_table(), b, 0, 0,
				  sizeof(struct sd_recovery_throttling));
	case SHAPE_STAT:
		return say_record(s, stat_table(), b, 0, 0, sizeof(struct sd_stat));
	case SHAPE_DISKS:
		return say_disks(s, b);
	}
}

void say_payload(struct field_sink *s, const struct req *q, bool answer, struct blob *payload)
{
	enum shape shape = dialect_payload_shape(sink_dialect(s), q->opcode, answer);

	if (blob_size(payload) == 0)
		return;
	if (blob_size(payload) < least_size(shape))
		shape = SHAPE_DATA;
	say_shape(s, shape, q, payload);
}

void payload_fields(enum dialect d, const struct req *q, const struct rsp *p, struct blob *payload,
		    wire_field_fn fn, void *arg)
{
	struct field_sink s = {.fn = fn, .arg = arg, .dialect = d, .opcode = q->opcode};

	say_payload(&s, q, p != NULL, payload);
}
