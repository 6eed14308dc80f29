/* What the operations on VDIs change in an inode: see vdi_inode.h. */
#include <assert.h>
#include <stddef.h>

#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/object.h>

#include "sheep/vdi_inode.h"
#include "wire/records_vdi.h"

#define GREF_SIZE 8u
/* 0.8 has none. */
static bool has_grefs(const struct blob *inode)
{
	return blob_size(inode) == INODE_SIZE;
}

/* Index entries of one page, and a whole page's references. */
#define PAGE_ENTRIES (BLOB_PAGE / 4)

/* Writes the references of one page of index entries; refs: of entry `first` on. */
typedef void (*page_refs_fn)(const uint8_t *vids, uint32_t nr, uint8_t *refs);

/* R616: base.count += 1. */
static void count_refs(const uint8_t *vids, uint32_t nr, uint8_t *refs)
{
	for (uint32_t i = 0; i < nr; i++) {
		uint8_t *count = refs + i * GREF_SIZE + 4;

		if (get_le32(vids + 4 * i))
			put_le32(count, get_le32(count) + 1);
	}
}

/* R616: generation = base's + 1, count 0; nothing where there is no data. */
static void derive_refs(const uint8_t *vids, uint32_t nr, uint8_t *refs)
{
	for (uint32_t i = 0; i < nr; i++) {
		uint8_t *ref = refs + i * GREF_SIZE;
		bool used = get_le32(vids + 4 * i);

		put_le32(ref, used ? get_le32(ref) + 1 : 0);
		put_le32(ref + 4, 0);
	}
}

/*
 * Goes through the used pages of base's index and writes fn's references into dst, where the table
 * begins at `table`; consumes dst.
 */
static struct blob *each_used_page(const struct blob *base, struct blob *dst, uint64_t table,
				   page_refs_fn fn)
{
	uint8_t refs[PAGE_ENTRIES * GREF_SIZE];
	uint64_t at = INODE_DATA_VIDS;
	const uint8_t *page;

	while (blob_next_page(base, &at, &page) && at < INODE_GREFS) {
		uint64_t from = at < INODE_DATA_VIDS ? INODE_DATA_VIDS : at;
		uint64_t to = at + BLOB_PAGE < INODE_GREFS ? at + BLOB_PAGE : INODE_GREFS;
		uint32_t first = (uint32_t)(from - INODE_DATA_VIDS) / 4;
		uint32_t nr = (uint32_t)(to - from) / 4;

		blob_read(base, INODE_GREFS + (uint64_t)first * GREF_SIZE, refs,
			  (uint64_t)nr * GREF_SIZE);
		fn(page + (from - at), nr, refs);
		dst = blob_write(dst, table + (uint64_t)first * GREF_SIZE, refs,
				 (uint64_t)nr * GREF_SIZE);
		at += BLOB_PAGE;
	}
	return dst;
}

static struct blob *head_write(struct blob *inode, const struct inode_head *head)
{
	uint8_t bytes[INODE_HEAD];

	inode_head_encode(head, bytes);
	return blob_write(inode, 0, bytes, sizeof(bytes));
}

struct blob *inode_fresh(const struct inode_head *head, uint32_t size)
{
	struct blob *inode = head_write(blob_zero(size), head);
	struct btree_head root = {.magic = SD_INDEX_MAGIC, .depth = 1};
	uint8_t bytes[BTREE_HEAD];

	if (head->store_policy != SD_STORE_POLICY_BTREE)
		return inode;
	btree_head_encode(&root, bytes);
	return blob_write(inode, INODE_DATA_VIDS, bytes, sizeof(bytes));
}

struct blob *inode_derived(const struct inode_head *head, struct blob *base)
{
	struct blob *inode;

	assert(blob_size(base) >= INODE_GREFS);
	inode = blob_resize(blob_slice(base, 0, INODE_GREFS), blob_size(base));
	if (has_grefs(base))
		inode = each_used_page(base, inode, INODE_GREFS, derive_refs);
	return head_write(inode, head);
}

struct blob *inode_grefs_counted(struct blob *base)
{
	assert(blob_size(base) == INODE_SIZE);
	return each_used_page(base, blob_slice(base, INODE_GREFS, INODE_SIZE - INODE_GREFS), 0,
			      count_refs);
}

struct blob *inode_frozen(struct blob *inode, uint64_t snap_ctime)
{
	struct blob *base = blob_ref(inode);
	uint8_t time[8];

	assert(blob_size(inode) >= INODE_GREFS);
	put_le64(time, snap_ctime);
	if (has_grefs(base))
		inode = each_used_page(base, inode, INODE_GREFS, count_refs);
	blob_unref(base);
	return blob_write(inode, offsetof(struct sd_inode_header, snap_ctime), time, sizeof(time));
}

struct blob *inode_emptied(struct blob *inode)
{
	static const uint8_t zeros[SD_MAX_VDI_LEN];
	uint64_t size = blob_size(inode);

	assert(size >= INODE_GREFS);
	inode = blob_resize(blob_resize(inode, INODE_DATA_VIDS), size);
	inode = blob_write(inode, offsetof(struct sd_inode_header, name), zeros, sizeof(zeros));
	return blob_write(inode, offsetof(struct sd_inode_header, vdi_size), zeros, 8);
}

bool inode_has_no_data(const struct blob *inode)
{
	return blob_is_zero(inode, INODE_DATA_VIDS, INODE_GREFS - INODE_DATA_VIDS);
}
