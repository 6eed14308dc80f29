/*
 * Payloads in words: which structure an operation's payload has, and the fields of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/cluster.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"
#include "wire/fields.h"
#include "wire/ops.h"
#include "wire/records.h"
#include "wire/records_vdi.h"
#include "wire/text_fields.h"

FIELD_TABLE(node_table, struct sd_node, NODE_FIELDS)
FIELD_TABLE(cluster_info_table, struct sd_cluster_info, CLUSTER_INFO_FIELDS)
FIELD_TABLE(epoch_log_table, struct sd_epoch_log, EPOCH_LOG_FIELDS)
FIELD_TABLE(inode_table, struct sd_inode_header, INODE_FIELDS)
FIELD_TABLE(vdi_attr_table, struct sd_vdi_attr_header, VDI_ATTR_FIELDS)
FIELD_TABLE(index_header_table, struct sd_index_header, INDEX_HEADER_FIELDS)
FIELD_TABLE(md_info_table, struct sd_md_info, MD_INFO_FIELDS)
FIELD_TABLE(recovery_state_table, struct sd_recovery_state, RECOVERY_STATE_FIELDS)
FIELD_TABLE(throttling_table, struct sd_recovery_throttling, RECOVERY_THROTTLING_FIELDS)
FIELD_TABLE(stat_table, struct sd_stat, STAT_FIELDS)
FIELD_TABLE(vdi_state_table, struct sd_vdi_state, VDI_STATE_FIELDS)

/* What a payload is. */
enum shape {
	SHAPE_DATA, /* nothing that is known */
	SHAPE_NAMES,
	SHAPE_TEXT,
	SHAPE_NUMBER,
	SHAPE_VID,
	SHAPE_OIDS,
	SHAPE_BITMAP,
	SHAPE_OBJECT,
	SHAPE_ATTR,
	SHAPE_NODES,
	SHAPE_EPOCH,
	SHAPE_LOGS,
	SHAPE_CLUSTER_INFO,
	SHAPE_VDI_STATES,
	SHAPE_RECOVERY,
	SHAPE_THROTTLING,
	SHAPE_STAT,
	SHAPE_DISKS,
};

static const uint8_t request_shapes[256] = {
	[SD_OP_CREATE_AND_WRITE_OBJ] = SHAPE_OBJECT,
	[SD_OP_WRITE_OBJ] = SHAPE_OBJECT,
	[SD_OP_NEW_VDI] = SHAPE_NAMES,
	[SD_OP_LOCK_VDI] = SHAPE_NAMES,
	[SD_OP_RELEASE_VDI] = SHAPE_TEXT,
	[SD_OP_GET_VDI_INFO] = SHAPE_NAMES,
	[SD_OP_DEL_VDI] = SHAPE_NAMES,
	[SD_OP_CREATE_AND_WRITE_PEER] = SHAPE_OBJECT,
	[SD_OP_WRITE_PEER] = SHAPE_OBJECT,
	[SD_OP_NOTIFY_VDI_DEL] = SHAPE_VID,
	[SD_OP_COMPLETE_RECOVERY] = SHAPE_NODES,
	[SD_OP_MAKE_FS] = SHAPE_TEXT,
	[SD_OP_GET_VDI_ATTR] = SHAPE_ATTR,
	[SD_OP_TRACE_ENABLE] = SHAPE_TEXT,
	[SD_OP_TRACE_DISABLE] = SHAPE_TEXT,
	[SD_OP_MD_PLUG] = SHAPE_TEXT,
	[SD_OP_MD_UNPLUG] = SHAPE_TEXT,
	[SD_OP_SET_LOGLEVEL] = SHAPE_NUMBER,
	[SD_OP_OIDS_EXIST] = SHAPE_OIDS,
	[SD_OP_SET_RECOVERY] = SHAPE_THROTTLING,
	[SD_OP_SET_VNODES] = SHAPE_NUMBER,
};

static const uint8_t response_shapes[256] = {
	[SD_OP_READ_OBJ] = SHAPE_OBJECT,
	[SD_OP_READ_VDIS] = SHAPE_BITMAP,
	[SD_OP_GET_OBJ_LIST] = SHAPE_OIDS,
	[SD_OP_GET_EPOCH] = SHAPE_EPOCH,
	[SD_OP_READ_PEER] = SHAPE_OBJECT,
	[SD_OP_GET_VDI_COPIES] = SHAPE_VDI_STATES,
	[SD_OP_VDI_STATE_CHECKPOINT_CTL] = SHAPE_VDI_STATES,
	[SD_OP_GET_VNODES] = SHAPE_NUMBER,
	[SD_OP_GET_NODE_LIST] = SHAPE_NODES,
	[SD_OP_STAT_CLUSTER] = SHAPE_LOGS,
	[SD_OP_FORCE_RECOVER] = SHAPE_NODES,
	[SD_OP_GET_STORE_LIST] = SHAPE_TEXT,
	[SD_OP_TRACE_STATUS] = SHAPE_TEXT,
	[SD_OP_STAT_RECOVERY] = SHAPE_RECOVERY,
	[SD_OP_MD_INFO] = SHAPE_DISKS,
	[SD_OP_STAT] = SHAPE_STAT,
	[SD_OP_GET_LOGLEVEL] = SHAPE_NUMBER,
	[SD_OP_CLUSTER_INFO] = SHAPE_CLUSTER_INFO,
	[SD_OP_OIDS_EXIST] = SHAPE_OIDS,
	[SD_OP_READ_DEL_VDIS] = SHAPE_BITMAP,
	[SD_OP_GET_RECOVERY] = SHAPE_THROTTLING,
};

/* Up to this many entries of an index that a payload covers, those that are zero are said too. */
#define FEW_ENTRIES 16

static void say_data(const struct field_sink *s, struct blob *b, uint64_t from)
{
	struct blob *part = blob_slice(b, from, blob_size(b) - from);

	field_say(s, "data", from, blob_size(part), "%" PRIu64 " bytes, digest %016" PRIx64,
		  blob_size(part), blob_digest(part));
	blob_unref(part);
}

/* What of a structure of size bytes, at base in b, is there; names get the prefix. */
static void say_record(struct field_sink *s, const struct field_info *table, const struct blob *b,
		       uint64_t base, uint32_t skip, uint32_t size)
{
	uint64_t left = blob_size(b) > base ? blob_size(b) - base : 0;
	uint8_t *bytes;

	if (left < size)
		size = (uint32_t)left;
	if (size <= skip)
		return;
	bytes = mem_alloc(size);
	blob_read(b, base, bytes, size);
	field_walk(s, table, bytes + skip, skip, size - skip, base);
	free(bytes);
}

/* n member records from base on, as far as they are there. Their linkage is nobody's business. */
static void say_nodes(struct field_sink *s, const struct blob *b, uint64_t base, uint64_t n,
		      const char *outer)
{
	uint64_t size = blob_size(b);

	for (uint64_t i = 0; i < n && base < size; i++, base += NODE_RECORD_SIZE) {
		snprintf(s->prefix, sizeof(s->prefix), "%snode[%" PRIu64 "].", outer, i);
		say_record(s, node_table(), b, base, offsetof(struct sd_node, nid),
			   NODE_RECORD_SIZE);
	}
	s->prefix[0] = '\0';
}

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

/* Entry at this offset of an inode's tables (or a ledger), in words; zero ones only if asked. */
static void say_entry(const struct field_sink *s, const struct blob *b, uint64_t offset,
		      uint64_t at, bool ledger, bool zeros)
{
	uint8_t bytes[GREF_SIZE];
	char name[48];

	blob_read(b, at - offset, bytes, sizeof(bytes));
	if (ledger || at < INODE_GREFS) {
		uint64_t index = (ledger ? at : at - INODE_DATA_VIDS) / 4;

		snprintf(name, sizeof(name), "%s[%" PRIu64 "]", ledger ? "count" : "data_vdi_id",
			 index);
		if (zeros || get_le32(bytes))
			field_say(s, name, at - offset, 4, ledger ? "%" PRIu32 : "%06" PRIx32,
				  get_le32(bytes));
		return;
	}
	snprintf(name, sizeof(name), "gref[%" PRIu64 "]", (at - INODE_GREFS) / GREF_SIZE);
	if (zeros || get_le64(bytes))
		field_say(s, name, at - offset, GREF_SIZE, "%" PRId32 " %" PRId32,
			  (int32_t)get_le32(bytes), (int32_t)get_le32(bytes + 4));
}

/* The entries from first up to end (both offsets in the object) that b, from offset on, holds. */
static void say_entries(const struct field_sink *s, const struct blob *b, uint64_t offset,
			uint64_t first, uint64_t end, uint32_t size)
{
	uint64_t last = offset + blob_size(b);
	uint64_t at = first;
	bool few;

	if (last > end)
		last = end;
	if (offset > at)
		at += (offset - first + size - 1) / size * size;
	few = at + (uint64_t)FEW_ENTRIES * size >= last;
	while (at + size <= last) {
		const uint8_t *page;
		uint64_t stored = at - offset;

		/* Long runs of zeros are not even stored. */
		if (!few && !blob_next_page(b, &stored, &page))
			break;
		if (stored > at - offset)
			at += (stored - (at - offset)) / size * size;
		if (at + size <= last)
			say_entry(s, b, offset, at, first == 0, few);
		at += size;
	}
}

static void say_inode(struct field_sink *s, const struct blob *b, uint64_t offset)
{
	uint64_t size = blob_size(b);

	if (offset < INODE_HEAD) {
		uint32_t len =
			size < INODE_HEAD - offset ? (uint32_t)size : INODE_HEAD - (uint32_t)offset;
		uint8_t *bytes = mem_alloc(len);

		blob_read(b, 0, bytes, len);
		/* Offsets are said from the front of the payload, so the inode begins before it. */
		field_walk(s, inode_table(), bytes, (uint32_t)offset, len, 0 - offset);
		free(bytes);
	}
	say_entries(s, b, offset, INODE_DATA_VIDS, INODE_GREFS, 4);
	say_entries(s, b, offset, INODE_GREFS, INODE_SIZE, GREF_SIZE);
}

static void say_btree(struct field_sink *s, const struct blob *b, uint64_t base)
{
	struct btree_head head;

	say_record(s, index_header_table(), b, base, 0, BTREE_HEAD);
	if (btree_head_decode(b, base, &head, NULL) < 0)
		return;
	for (uint32_t i = 0; i < head.entries; i++) {
		uint32_t unit = head.depth == 1 ? BTREE_ENTRY : BTREE_INDIRECT;
		uint64_t at = base + BTREE_HEAD + (uint64_t)i * unit;

		if (at + unit > blob_size(b))
			break;
		if (head.depth == 1) {
			struct btree_entry e = btree_entry_at(b, base, i);

			field_say(s, "entry", at, unit, "%" PRIu32 " %06" PRIx32, e.idx, e.vdi_id);
		} else {
			struct btree_indirect e = btree_indirect_at(b, base, i);

			field_say(s, "leaf", at, unit, "%" PRIu32 " %016" PRIx64, e.idx, e.oid);
		}
	}
}

static void say_attr(struct field_sink *s, struct blob *b)
{
	say_record(s, vdi_attr_table(), b, 0, 0, VDI_ATTR_HEAD);
	if (blob_size(b) > VDI_ATTR_HEAD)
		say_data(s, b, VDI_ATTR_HEAD);
}

/* Part of an object, from offset on. */
static void say_object(struct field_sink *s, struct blob *b, uint64_t oid, uint64_t offset)
{
	if (sd_oid_is_inode(oid) && offset < INODE_SIZE)
		say_inode(s, b, offset);
	else if (sd_oid_is_attr(oid) && offset == 0)
		say_attr(s, b);
	else if (sd_oid_is_btree(oid) && offset == 0)
		say_btree(s, b, 0);
	else if (sd_oid_is_ledger(oid))
		say_entries(s, b, offset, 0, LEDGER_SIZE, 4);
	else
		say_data(s, b, 0);
}

/* STAT_CLUSTER: records with as many node slots as the request said. */
static void say_logs(struct field_sink *s, const struct blob *b, uint32_t slots)
{
	uint64_t unit = EPOCH_LOG_HEAD + (uint64_t)slots * NODE_RECORD_SIZE;
	uint64_t i = 0;

	for (uint64_t at = 0; at + EPOCH_LOG_HEAD <= blob_size(b); at += unit, i++) {
		uint8_t head[EPOCH_LOG_HEAD];
		struct epoch_log log;
		char outer[32];

		blob_read(b, at, head, sizeof(head));
		epoch_log_decode(head, &log);
		snprintf(outer, sizeof(outer), "log[%" PRIu64 "].", i);
		snprintf(s->prefix, sizeof(s->prefix), "%s", outer);
		say_record(s, epoch_log_table(), b, at, 0, EPOCH_LOG_HEAD);
		say_nodes(s, b, at + EPOCH_LOG_HEAD, log.nr_nodes < slots ? log.nr_nodes : slots,
			  outer);
	}
}

static void say_vdi_states(struct field_sink *s, const struct blob *b)
{
	struct vdi_state *state = mem_alloc(sizeof(*state));

	for (uint64_t at = 0; at + VDI_STATE_SIZE <= blob_size(b); at += VDI_STATE_SIZE) {
		struct field_info id = {.format = FORMAT_NODE_ID};
		int valid = vdi_state_decode(b, at, state, NULL);

		snprintf(s->prefix, sizeof(s->prefix), "vdi[%06" PRIx32 "].", state->vid);
		say_record(s, vdi_state_table(), b, at, 0,
			   offsetof(struct sd_vdi_state, participants_state));
		for (uint32_t i = 0; valid == 0 && i < state->nr_participants; i++) {
			uint64_t place = at + offsetof(struct sd_vdi_state, participants) +
					 i * sizeof(struct sd_node_id);
			uint8_t bytes[sizeof(struct sd_node_id)];
			struct field_info kind = {.kind = KIND_le32,
						  .format = FORMAT_SHARED_LOCK_STATE};
			struct text value = {0};
			uint8_t number[4];

			blob_read(b, place, bytes, sizeof(bytes));
			field_value(&value, &id, bytes, s->opcode);
			text_add(&value, " ");
			put_le32(number, state->participants_state[i]);
			field_value(&value, &kind, number, s->opcode);
			field_say(s, "participant", place, sizeof(bytes), "%s", text_get(&value));
			text_free(&value);
		}
	}
	s->prefix[0] = '\0';
	free(state);
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

static void say_cluster_info(struct field_sink *s, const struct blob *b)
{
	uint8_t nr[2];

	say_record(s, cluster_info_table(), b, 0, 0, CLUSTER_INFO_HEAD);
	blob_read(b, offsetof(struct sd_cluster_info, nr_nodes), nr, sizeof(nr));
	say_nodes(s, b, CLUSTER_INFO_HEAD, get_le16(nr), "");
}

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

	say_nodes(s, b, 0, end / NODE_RECORD_SIZE, "");
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
		return say_object(s, b, q->obj.oid, q->obj.offset);
	case SHAPE_ATTR:
		return say_attr(s, b);
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

void payload_fields(const struct req *q, const struct rsp *p, struct blob *payload,
		    wire_field_fn fn, void *arg)
{
	struct field_sink s = {.fn = fn, .arg = arg, .opcode = q->opcode};
	enum shape shape = (p ? response_shapes : request_shapes)[q->opcode];

	if (blob_size(payload) == 0)
		return;
	if (blob_size(payload) < least_size(shape))
		shape = SHAPE_DATA;
	say_shape(&s, shape, q, payload);
}
