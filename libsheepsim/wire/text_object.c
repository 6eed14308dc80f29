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

/* An array of numbers in an object; of pairs of signed ones if size is 8. */
struct table {
	const char *name;
	const char *format;  /* of an u32 */
	uint64_t first, end; /* offsets in the object */
	uint32_t size;	     /* of an entry */
};

static const struct table children = {"child_vdi_id", "%06" PRIx32, INODE_CHILDREN, INODE_HEAD, 4};
static const struct table data_vids = {"data_vdi_id", "%06" PRIx32, INODE_DATA_VIDS, INODE_GREFS,
				       4};
static const struct table grefs = {"gref", NULL, INODE_GREFS, INODE_SIZE, GREF_SIZE};
static const struct table ledger_counts = {"count", "%" PRIu32, 0, LEDGER_SIZE, 4};

/* The entry at this offset of the object, in words; zero ones only if asked. */
static void say_entry(const struct field_sink *s, const struct blob *b, uint64_t offset,
		      const struct table *table, uint64_t at, bool zeros)
{
	uint8_t bytes[GREF_SIZE] = {0};
	char name[48];

	blob_read(b, at - offset, bytes, table->size);
	if (!zeros && get_le64(bytes) == 0)
		return;
	snprintf(name, sizeof(name), "%s[%" PRIu64 "]", table->name,
		 (at - table->first) / table->size);
	if (table->format)
		field_say(s, name, at - offset, table->size, table->format, get_le32(bytes));
	else
		field_say(s, name, at - offset, table->size, "%" PRId32 " %" PRId32,
			  (int32_t)get_le32(bytes), (int32_t)get_le32(bytes + 4));
}

/* What b, from offset of the object on, holds of a table. */
static void say_entries(const struct field_sink *s, const struct blob *b, uint64_t offset,
			const struct table *table)
{
	uint64_t last = offset + blob_size(b);
	uint64_t at = table->first;
	uint32_t size = table->size;
	bool few;

	if (last > table->end)
		last = table->end;
	if (offset > at)
		at += (offset - at + size - 1) / size * size;
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
			say_entry(s, b, offset, table, at, few);
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

/* The number behind the index of 0.8. */
static void say_counter(const struct field_sink *s, const struct blob *b, uint64_t offset)
{
	uint8_t bytes[sizeof(sd_le32)];

	if (offset > INODE_GREFS || offset + blob_size(b) < INODE_GREFS + sizeof(bytes))
		return;
	blob_read(b, INODE_GREFS - offset, bytes, sizeof(bytes));
	field_say(s, "btree_counter", INODE_GREFS - offset, sizeof(bytes), "%" PRIu32,
		  get_le32(bytes));
}

/* An inode up to 0.8. */
static void say_older_inode(const struct field_sink *s, const struct blob *b, uint64_t offset)
{
	if (offset < INODE_CHILDREN)
		say_inode_head(s, old_inode_table(), b, (uint32_t)offset, INODE_CHILDREN);
	say_entries(s, b, offset, &children);
	say_entries(s, b, offset, &data_vids);
	say_counter(s, b, offset);
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
	/* A whole one of 0.8 can be told by its size. */
	if (sink_dialect(s) <= DIALECT_09A || (offset == 0 && blob_size(b) == INODE_SIZE_0_8)) {
		say_older_inode(s, b, offset);
		return;
	}
	if (offset < INODE_HEAD)
		say_inode_head(s, inode_table(), b, (uint32_t)offset, INODE_HEAD);
	if (has_btree(b, offset))
		say_btree(s, b, INODE_DATA_VIDS);
	else
		say_entries(s, b, offset, &data_vids);
	say_entries(s, b, offset, &grefs);
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
		say_entries(s, b, offset, &ledger_counts);
	else
		say_data(s, b, 0);
}
