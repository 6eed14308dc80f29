/*
 * Objects in words: inodes with their indexes, B-trees, attributes, ledgers; and what all payloads
 * are said with.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sheepsim/wire/object.h"
#include "wire/fields.h"
#include "wire/inode_layout.h"
#include "wire/records_vdi.h"
#include "wire/text_fields.h"

FIELD_TABLE(inode_table, struct sd_inode_header, INODE_FIELDS)
FIELD_TABLE(old_inode_table, struct sd_inode_header, INODE_COMMON_FIELDS)
FIELD_TABLE(vdi_attr_table, struct sd_vdi_attr_header, VDI_ATTR_FIELDS)
FIELD_TABLE(index_header_table, struct sd_index_header, INDEX_HEADER_FIELDS)

/* Up to this many entries of an index that a payload covers, those that are zero are said too. */
#define FEW_ENTRIES 16

void say_data(const struct field_sink *s, struct blob *b, uint64_t from)
{
	struct blob *part = blob_slice(b, from, blob_size(b) - from);

	field_say(s, "data", from, blob_size(part), "%" PRIu64 " bytes, digest %016" PRIx64,
		  blob_size(part), blob_digest(part));
	blob_unref(part);
}

void say_record(const struct field_sink *s, const struct field_info *table, const struct blob *b,
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

static void say_btree(const struct field_sink *s, const struct blob *b, uint64_t base)
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

/* What an inode has in front of its index, of what there is of it. */
static void say_inode_head(const struct field_sink *s, const struct field_info *table,
			   const struct blob *b, uint32_t offset, uint32_t end)
{
	uint32_t len = blob_size(b) < end - offset ? (uint32_t)blob_size(b) : end - offset;
	uint8_t *bytes = mem_alloc(len);

	blob_read(b, 0, bytes, len);
	/* Offsets are said from the front of the payload, so the inode begins before it. */
	field_walk(s, table, bytes, offset, len, 0 - (uint64_t)offset);
	free(bytes);
}

static void say_number_at(const struct field_sink *s, const struct blob *b, const char *name,
			  uint64_t at, const char *format, bool zero)
{
	uint8_t bytes[sizeof(sd_le32)];

	blob_read(b, at, bytes, sizeof(bytes));
	if (zero || get_le32(bytes))
		field_say(s, name, at, sizeof(bytes), format, get_le32(bytes));
}

/* A whole inode of 0.8, which can be told by its size. */
static void say_inode_0_8(const struct field_sink *s, const struct blob *b)
{
	char name[32];

	say_inode_head(s, old_inode_table(), b, 0, INODE_CHILDREN);
	for (uint32_t i = 0; i < INODE_NR_CHILDREN; i++) {
		snprintf(name, sizeof(name), "child_vdi_id[%" PRIu32 "]", i);
		say_number_at(s, b, name, INODE_CHILDREN + i * sizeof(sd_le32), "%06" PRIx32,
			      false);
	}
	say_entries(s, b, 0, INODE_DATA_VIDS, INODE_GREFS, sizeof(sd_le32));
	say_number_at(s, b, "btree_counter", INODE_GREFS, "%" PRIu32, true);
}

/* Is this the front of an inode with at least the head of a B-tree where others have the index? */
static bool has_btree(const struct blob *b, uint64_t offset)
{
	uint8_t policy;

	if (offset != 0 || blob_size(b) < INODE_DATA_VIDS + BTREE_HEAD)
		return false;
	blob_read(b, offsetof(struct sd_inode_header, store_policy), &policy, 1);
	return policy == SD_STORE_POLICY_BTREE;
}

static void say_inode(const struct field_sink *s, const struct blob *b, uint64_t offset)
{
	if (offset == 0 && blob_size(b) == INODE_SIZE_0_8) {
		say_inode_0_8(s, b);
		return;
	}
	if (offset < INODE_HEAD)
		say_inode_head(s, inode_table(), b, (uint32_t)offset, INODE_HEAD);
	if (has_btree(b, offset))
		say_btree(s, b, INODE_DATA_VIDS);
	else
		say_entries(s, b, offset, INODE_DATA_VIDS, INODE_GREFS, sizeof(sd_le32));
	say_entries(s, b, offset, INODE_GREFS, INODE_SIZE, GREF_SIZE);
}

static void say_attr(const struct field_sink *s, struct blob *b)
{
	say_record(s, vdi_attr_table(), b, 0, 0, VDI_ATTR_HEAD);
	if (blob_size(b) > VDI_ATTR_HEAD)
		say_data(s, b, VDI_ATTR_HEAD);
}

void say_object(const struct field_sink *s, struct blob *b, uint64_t oid, uint64_t offset)
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
