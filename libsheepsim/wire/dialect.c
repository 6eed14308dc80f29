/* What each dialect is, and headers from one to another: see dialect.h. */
#include "wire/dialect.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/older.h"
#include "sheepsim/wire/older_header.h"
#include "sheepsim/wire/peer.h"
#include "wire/dialect_08.h"
#include "wire/inode_layout.h"
#include "wire/ops.h"

#define ONLY_READ "only `sheepsim decode\' knows its words"

/* Member records and what they are part of, in each of their three shapes, and in that of 1.0. */
#define NODES_05                                                                                   \
	.node_size = SD_NODE_SIZE_05, .max_nodes = SD_MAX_NODES_08,                                \
	.log_head = SD_EPOCH_LOG_HEAD_05, .log_size = SD_EPOCH_LOG_SIZE_05
#define NODES_06                                                                                   \
	.node_size = SD_NODE_SIZE_06, .max_nodes = SD_MAX_NODES_08,                                \
	.log_head = SD_EPOCH_LOG_HEAD_08, .log_size = SD_EPOCH_LOG_SIZE_06
#define NODES_08                                                                                   \
	.node_size = SD_NODE_SIZE_08, .max_nodes = SD_MAX_NODES_08,                                \
	.log_head = SD_EPOCH_LOG_HEAD_08, .log_size = SD_EPOCH_LOG_SIZE_08
#define NODES_0A                                                                                   \
	.node_size = NODE_RECORD_SIZE, .max_nodes = SD_MAX_NODES, .log_head = EPOCH_LOG_HEAD

static const struct dialect_info dialects[NR_DIALECTS] = {
	[DIALECT_05] = {.name = "5",
			.releases = "0.4",
			.note = ONLY_READ,
			.only_read = true,
			.version = SD_SHEEP_PROTO_VER_05,
			.release = SD_RELEASE_0_4,
			.inode_size = INODE_SIZE_0_7,
			NODES_05},
	[DIALECT_06A] = {.name = "6a",
			 .releases = "0.5.0 and 0.5.1",
			 .note = ONLY_READ,
			 .only_read = true,
			 .version = SD_SHEEP_PROTO_VER_06,
			 .release = SD_RELEASE_0_5,
			 .vdi_state_size = SD_VDI_STATE_SIZE_09A,
			 .inode_size = INODE_SIZE_0_7,
			 NODES_06},
	[DIALECT_06B] = {.name = "6b",
			 .releases = "0.5.2 to 0.5.5",
			 .note = ONLY_READ,
			 .only_read = true,
			 .version = SD_SHEEP_PROTO_VER_06,
			 .release = SD_RELEASE_0_5_5,
			 .vdi_state_size = SD_VDI_STATE_SIZE_09A,
			 .inode_size = INODE_SIZE_0_7,
			 NODES_06},
	[DIALECT_07A] = {.name = "7a",
			 .releases = "0.5.6",
			 .note = ONLY_READ,
			 .only_read = true,
			 .version = SD_SHEEP_PROTO_VER_07,
			 .release = SD_RELEASE_0_5_6,
			 .vdi_state_size = SD_VDI_STATE_SIZE_09A,
			 .inode_size = INODE_SIZE_0_7,
			 NODES_08},
	[DIALECT_07B] = {.name = "7b",
			 .releases = "0.6",
			 .note = ONLY_READ,
			 .only_read = true,
			 .version = SD_SHEEP_PROTO_VER_07,
			 .release = SD_RELEASE_0_6,
			 .vdi_state_size = SD_VDI_STATE_SIZE_09A,
			 .inode_size = INODE_SIZE_0_7,
			 NODES_08},
	[DIALECT_08] = {.name = "8",
			.releases = "0.7",
			.note = "in a cluster of its own; reads are trimmed",
			.version = SD_SHEEP_PROTO_VER_08,
			.release = SD_RELEASE_0_7_6,
			.vdi_state_size = SD_VDI_STATE_SIZE_09A,
			.inode_size = INODE_SIZE_0_7,
			NODES_08,
			.auto_vnodes = true,
			.fixed_shift = true,
			.deletes_data = true,
			.strict_reads = true,
			.old_placement = true,
			.wide_copies = true,
			.trims = true,
			.cow_at_peers = true,
			.trusts_tables = true},
	[DIALECT_09A] = {.name = "9a",
			 .releases = "0.8",
			 .note = "calls itself 9 too: a trap",
			 .version = SD_SHEEP_PROTO_VER_09,
			 .release = SD_RELEASE_0_8,
			 .family = SD_FAMILY_A,
			 .flags = SD_CLUSTER_FLAG_STRICT,
			 .vdi_state_size = SD_VDI_STATE_SIZE_09A,
			 .inode_size = INODE_SIZE_0_8,
			 NODES_0A,
			 .log_size = SD_EPOCH_LOG_SIZE_09A,
			 .auto_vnodes = true,
			 .fixed_shift = true,
			 .deletes_data = true,
			 .strict_reads = true,
			 .trusts_tables = true},
	[DIALECT_09B] = {.name = "9b",
			 .releases = "0.9.3 to 0.9.5",
			 .note = "shares a cluster with 10",
			 .version = SD_SHEEP_PROTO_VER_09,
			 .release = SD_RELEASE_0_9_3,
			 .family = SD_FAMILY_B,
			 .flags = SD_CLUSTER_FLAG_STRICT | SD_CLUSTER_FLAG_DISKMODE |
				  SD_CLUSTER_FLAG_USE_LOCK,
			 .vdi_state_size = SD_VDI_STATE_SIZE_09,
			 .inode_size = INODE_SIZE,
			 NODES_0A,
			 .auto_vnodes = true,
			 .fixed_shift = true,
			 .lock_tables = true,
			 .has_grefs = true,
			 .grefs_last = true,
			 .trusts_tables = true},
	[DIALECT_0A] = {.name = "10",
			.releases = "1.0",
			.note = "",
			.version = SD_SHEEP_PROTO_VER,
			.release = SD_RELEASE_1_0,
			.flags = UINT16_MAX, /* those that it does not know are kept */
			.vdi_state_size = SD_VDI_STATE_SIZE,
			.inode_size = INODE_SIZE,
			NODES_0A,
			.clones_name_base = true,
			.has_grefs = true},
};

const struct dialect_info *dialect_info(enum dialect d)
{
	assert(d > DIALECT_NONE && d < NR_DIALECTS);
	return &dialects[d];
}

/* ------------------------------------------------------------------ names and ranges */

/* "9a", "9", "10", "0x0a" */
static enum dialect dialect_parse(const char *text, size_t len)
{
	char word[8], *end;
	unsigned long number;

	if (len == 0 || len >= sizeof(word) || text[0] < '0' || text[0] > '9')
		return DIALECT_NONE;
	memcpy(word, text, len);
	word[len] = '\0';
	for (int d = DIALECT_NONE + 1; d < NR_DIALECTS; d++) {
		if (strcmp(dialects[d].name, word) == 0)
			return (enum dialect)d;
	}
	number = strtoul(word, &end, strncmp(word, "0x", 2) == 0 ? 16 : 10);
	if (*end || number > UINT8_MAX)
		return DIALECT_NONE;
	return dialect_of_family((uint8_t)number, SD_FAMILY_NONE);
}

/* No release understands what it is not itself, but for the one pair that 4.8 tells of. */
static bool can_be_range(const struct dialect_range *r)
{
	return r->lowest == r->highest || (r->lowest == DIALECT_09B && r->highest == DIALECT_0A);
}

bool dialect_range_parse(const char *text, struct dialect_range *range)
{
	const char *dots = strstr(text, "..");

	range->lowest = dialect_parse(text, dots ? (size_t)(dots - text) : strlen(text));
	range->highest = dots ? dialect_parse(dots + 2, strlen(dots + 2)) : range->lowest;
	return range->lowest != DIALECT_NONE && range->highest != DIALECT_NONE &&
	       !dialects[range->lowest].only_read && can_be_range(range);
}

const char *dialect_range_text(const struct dialect_range *range, char buf[24])
{
	if (range->lowest == range->highest)
		snprintf(buf, 24, "%s", dialect_info(range->lowest)->name);
	else
		snprintf(buf, 24, "%s to %s", dialect_info(range->lowest)->name,
			 dialect_info(range->highest)->name);
	return buf;
}

enum dialect dialect_of_version(uint8_t version, const struct dialect_range *range)
{
	for (int d = range->highest; d >= (int)range->lowest && d > DIALECT_NONE; d--) {
		if (dialects[d].version == version)
			return (enum dialect)d;
	}
	return DIALECT_NONE;
}

enum dialect dialect_of_family(uint8_t version, uint8_t family)
{
	static const struct dialect_range all = {DIALECT_NONE + 1, DIALECT_NEWEST};

	if (family == SD_FAMILY_NONE)
		return dialect_of_version(version, &all);
	for (int d = all.lowest; d <= (int)all.highest; d++) {
		if (dialects[d].version == version && dialects[d].family == family)
			return (enum dialect)d;
	}
	return DIALECT_NONE;
}

enum dialect dialect_of_request(const struct req *q)
{
	enum dialect d = DIALECT_NONE;

	if (q->opcode >= SD_OP_INTERNAL)
		d = dialect_of_family(q->proto_ver, SD_FAMILY_NONE);
	return d == DIALECT_NONE ? DIALECT_NEWEST : d;
}

enum dialect dialect_named(const char *name)
{
	return dialect_parse(name, strlen(name));
}

/* ------------------------------------------------------------------ operations */

bool dialect_has_op(enum dialect d, uint8_t opcode)
{
	const struct op_info *info = op_info(opcode);

	return info && info->class != OP_NONE && info->since <= dialect_info(d)->release;
}

/* ------------------------------------------------------------------ headers */

enum variant dialect_req_variant(enum dialect d, uint8_t opcode)
{
	const struct op_info *info = op_info_at(dialect_info(d)->release, opcode);
	enum variant v = info ? info->req_variant : VARIANT_NONE;

	if (d > DIALECT_08)
		return v;
	if (opcode == SD_OP_GET_OBJ_LIST)
		return d <= DIALECT_07A ? VARIANT_LIST_07A : VARIANT_NONE;
	switch (v) {
	case VARIANT_OBJ:
		return VARIANT_OBJ_08;
	case VARIANT_VDI:
		return VARIANT_VDI_08;
	case VARIANT_CLUSTER:
		return VARIANT_CLUSTER_08;
	case VARIANT_VDI_STATE:
		return d <= DIALECT_07A ? VARIANT_NONE : VARIANT_VDI_STATE_08;
	default:
		return v;
	}
}

enum variant dialect_rsp_variant(enum dialect d, uint8_t opcode)
{
	const struct op_info *info = op_info_at(dialect_info(d)->release, opcode);
	enum variant v = info ? info->rsp_variant : VARIANT_NONE;

	if (d > DIALECT_08)
		return v;
	switch (v) {
	case VARIANT_OBJ:
		return VARIANT_OBJ_08;
	case VARIANT_VDI:
		return VARIANT_VDI_08;
	case VARIANT_NODE:
		return VARIANT_NODE_08;
	default:
		return v;
	}
}

enum shape dialect_payload_shape(enum dialect d, uint8_t opcode, bool answer)
{
	const struct op_info *info = op_info_at(dialect_info(d)->release, opcode);

	/* What later stands in the header (versions.md 4.4). */
	if (opcode == SD_OP_NOTIFY_VDI_ADD && d <= DIALECT_07A && !answer)
		return SHAPE_VDI_STATES;
	if (!info)
		return SHAPE_DATA;
	return answer ? info->gets : info->sends;
}

void dialect_req_send(enum dialect d, struct req *q)
{
	const struct dialect_info *info = dialect_info(d);

	if (q->opcode >= SD_OP_INTERNAL)
		q->proto_ver = info->version; /* V1 */
	if (d == DIALECT_08) {
		dialect_08_req_send(q);
		return;
	}
	if (q->opcode == SD_OP_MAKE_FS)
		q->cluster.flags = dialect_flags_send(d, q->cluster.flags);
	if (q->variant == VARIANT_CHECKPOINT && info->lock_tables)
		q->checkpoint.vid = 0; /* V5 */
	if (!info->fixed_shift)
		return;
	if (q->opcode == SD_OP_NEW_VDI)
		q->vdi.block_size_shift = 0; /* V9 */
	else if (q->opcode == SD_OP_MAKE_FS)
		q->cluster.block_size_shift = 0;
	else if (q->variant == VARIANT_VDI_STATE)
		q->vdi_state.block_size_shift = 0;
}

void dialect_req_receive(enum dialect d, struct req *q)
{
	const struct dialect_info *info = dialect_info(d);

	if (d == DIALECT_08)
		dialect_08_req_receive(q);
	if (q->opcode == SD_OP_MAKE_FS)
		q->cluster.flags = dialect_flags_receive(d, q->cluster.flags);
	if (q->variant == VARIANT_CHECKPOINT && info->lock_tables)
		q->checkpoint.vid = 0; /* padding to it */
	if (!info->fixed_shift)
		return;
	/* V9: whatever its padding holds, it means objects of 4 MiB. */
	if (q->opcode == SD_OP_NEW_VDI)
		q->vdi.block_size_shift = SD_DEFAULT_BLOCK_SIZE_SHIFT;
	else if (q->opcode == SD_OP_MAKE_FS)
		q->cluster.block_size_shift = SD_DEFAULT_BLOCK_SIZE_SHIFT;
	else if (q->variant == VARIANT_VDI_STATE)
		q->vdi_state.block_size_shift = SD_DEFAULT_BLOCK_SIZE_SHIFT;
}

/* V6: what 0.9 numbers otherwise; 0.8 has the same numbers, but sends none of them. */
static const struct {
	uint32_t older, newer;
} renumbered[] = {
	{SD_RES_INCOMPLETE_09, SD_RES_INCOMPLETE},
	{SD_RES_COLLECTING_CINFO_09, SD_RES_COLLECTING_CINFO},
};

#define NR_RENUMBERED (sizeof(renumbered) / sizeof(renumbered[0]))

void dialect_rsp_send(enum dialect d, uint8_t opcode, struct rsp *p)
{
	if (d >= DIALECT_0A)
		return;
	for (size_t i = 0; i < NR_RENUMBERED; i++) {
		if (p->result == renumbered[i].newer)
			p->result = renumbered[i].older;
	}
	if (d == DIALECT_08) {
		dialect_08_rsp_send(opcode, p);
		return;
	}
	if (p->variant != VARIANT_VDI)
		return;
	p->vdi.block_size_shift = 0; /* V9 */
	/*
	 * V10: 0.9 does not say whom it has deleted. So nobody marks it, and all tables agree,
	 * where a mark by those of 1.0 alone would be missing in what they tell a joiner (V4).
	 */
	if (opcode == SD_OP_DEL_VDI)
		p->vdi.vdi_id = 0;
}

void dialect_rsp_receive(enum dialect d, uint8_t opcode, struct rsp *p)
{
	if (d >= DIALECT_0A)
		return;
	if (d == DIALECT_08)
		dialect_08_rsp_receive(opcode, p);
	for (size_t i = 0; i < NR_RENUMBERED; i++) {
		if (p->result == renumbered[i].older)
			p->result = renumbered[i].newer;
	}
	/* V9; answers that tell of a VDI, which has copies. Attributes never have a shift. */
	if (p->variant == VARIANT_VDI && p->vdi.copies && opcode != SD_OP_GET_VDI_ATTR)
		p->vdi.block_size_shift = SD_DEFAULT_BLOCK_SIZE_SHIFT;
}

struct blob *dialect_payload_send(enum dialect d, uint8_t opcode, bool answer, struct blob *payload)
{
	if (!payload)
		return NULL;
	if (d != DIALECT_08)
		return blob_ref(payload);
	return dialect_08_payload_send(payload_shape(opcode, answer), payload);
}

struct blob *dialect_payload_receive(enum dialect d, const struct req *q, bool answer,
				     struct blob *payload)
{
	if (!payload)
		return NULL;
	if (d != DIALECT_08)
		return blob_ref(payload);
	return dialect_08_payload_receive(payload_shape(q->opcode, answer),
					  q->variant == VARIANT_CLUSTER ? q->cluster.nodes_nr : 0,
					  payload);
}

/* ------------------------------------------------------------------ trimmed reads */

struct blob *dialect_trim(struct blob *payload, uint64_t object_offset, uint64_t *offset)
{
	const uint64_t block = SD_TRIM_SIZE_08;
	uint64_t size = blob_size(payload), front = 0, end = size;
	/* blocks are those of the object */
	uint64_t first = (block - object_offset % block) % block;

	if (blob_is_zero(payload, 0, size)) {
		*offset = 0;
		return blob_zero(0);
	}
	if (first < size && blob_is_zero(payload, 0, first)) {
		front = first;
		while (front + block <= size && blob_is_zero(payload, front, block))
			front += block;
	}
	while (end > front) {
		uint64_t last = (object_offset + end - 1) / block * block;
		uint64_t begin = last > object_offset ? last - object_offset : 0;

		if (begin < front || !blob_is_zero(payload, begin, end - begin))
			break;
		end = begin;
	}
	*offset = front;
	return blob_slice(payload, front, end - front);
}

struct blob *dialect_expand(struct blob *payload, uint64_t offset, uint64_t len)
{
	struct blob *whole = blob_zero(len), *part;

	if (!payload || offset >= len)
		return whole;
	part = blob_size(payload) > len - offset ? blob_slice(payload, 0, len - offset)
						 : blob_ref(payload);
	whole = blob_overlay(whole, offset, part);
	blob_unref(part);
	return whole;
}

bool dialect_trims(enum dialect d, const struct req *q)
{
	if (!dialect_info(d)->trims)
		return false;
	return q->opcode == SD_OP_READ_PEER ||
	       (q->opcode == SD_OP_READ_OBJ && q->proto_ver >= SD_PROTO_VER_TRIM_ZERO_SECTORS);
}

struct blob *dialect_answer_receive(enum dialect d, const struct req *q, struct rsp *p,
				    struct blob *payload)
{
	struct blob *inside;

	dialect_rsp_receive(d, q->opcode, p);
	if (p->result == SD_RES_SUCCESS && dialect_trims(d, q)) {
		inside = dialect_expand(payload, p->obj.offset, q->data_length);
		p->obj.offset = 0;
	} else {
		inside = dialect_payload_receive(d, q, true, payload);
	}
	if (d == DIALECT_08)
		p->data_length = (uint32_t)blob_size(inside);
	return inside;
}

/* ------------------------------------------------------------------ what cannot be */

static bool other_shift(uint8_t shift)
{
	return shift != 0 && shift != SD_DEFAULT_BLOCK_SIZE_SHIFT;
}

bool dialect_refuses(enum dialect d, const struct req *q)
{
	const struct dialect_info *info = dialect_info(d);

	switch (q->opcode) {
	case SD_OP_NEW_VDI:
		if (info->wide_copies && (q->vdi.copy_policy || q->vdi.store_policy))
			return true;
		return info->fixed_shift && other_shift(q->vdi.block_size_shift);
	case SD_OP_MAKE_FS:
		if (info->wide_copies && q->cluster.copy_policy)
			return true;
		if (q->cluster.flags & ~info->flags & SD_CLUSTER_FLAG_RECYCLE_VID)
			return true;
		return info->fixed_shift && other_shift(q->cluster.block_size_shift);
	default:
		return false;
	}
}

/* ------------------------------------------------------------------ cluster flags (V3) */

uint16_t dialect_flags_send(enum dialect d, uint16_t flags)
{
	return flags & dialect_info(d)->flags;
}

uint16_t dialect_flags_receive(enum dialect d, uint16_t flags)
{
	const struct dialect_info *info = dialect_info(d);

	flags &= info->flags;
	return info->auto_vnodes ? flags | SD_CLUSTER_FLAG_AUTO_VNODES : flags;
}
