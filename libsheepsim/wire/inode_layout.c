#include "wire/inode_layout.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sheepsim/wire/object.h"
#include "wire/error.h"

#define CHILDREN_SIZE (INODE_NR_CHILDREN * sizeof(sd_le32))
#define COUNTER_0_8   INODE_GREFS /* offset of btree_counter in 0.8: where gref[] came later */

static_assert(INODE_CHILDREN + CHILDREN_SIZE == INODE_DATA_VIDS, "the index follows the children");
static_assert(INODE_CHILDREN == offsetof(struct sd_inode_header, btree_counter),
	      "the first child has become the counter");
static_assert(INODE_SIZE_0_7 == INODE_GREFS, "0.7 ends with the index");

uint64_t inode_layout_size(enum inode_layout layout)
{
	switch (layout) {
	case INODE_LAYOUT_0_7:
		return INODE_SIZE_0_7;
	case INODE_LAYOUT_0_8:
		return INODE_SIZE_0_8;
	case INODE_LAYOUT_0_9:
		break;
	}
	return INODE_SIZE;
}

int inode_layout_by_size(uint64_t size, enum inode_layout *layout, struct wire_error *err)
{
	for (int i = INODE_LAYOUT_0_7; i <= INODE_LAYOUT_0_9; i++) {
		*layout = (enum inode_layout)i;
		if (inode_layout_size(*layout) == size)
			return 0;
	}
	return wire_fail(err, -1, size,
			 "inode of %" PRIu64 " bytes, not %u (0.7), %u (0.8) or %u (0.9 and later)",
			 size, INODE_SIZE_0_7, INODE_SIZE_0_8, INODE_SIZE);
}

static uint32_t number_at(const struct blob *b, uint64_t offset)
{
	uint8_t bytes[sizeof(sd_le32)];

	blob_read(b, offset, bytes, sizeof(bytes));
	return get_le32(bytes);
}

static void decode_children(const struct blob *b, uint32_t children[INODE_NR_CHILDREN])
{
	uint8_t bytes[CHILDREN_SIZE];

	blob_read(b, INODE_CHILDREN, bytes, sizeof(bytes));
	for (uint32_t i = 0; i < INODE_NR_CHILDREN; i++)
		children[i] = get_le32(bytes + i * sizeof(sd_le32));
}

int inode_decode(const struct blob *b, enum inode_layout layout, struct inode_head *h,
		 uint32_t children[INODE_NR_CHILDREN], struct wire_error *err)
{
	uint64_t size = inode_layout_size(layout);

	memset(h, 0, sizeof(*h));
	if (children)
		memset(children, 0, INODE_NR_CHILDREN * sizeof(*children));
	if (blob_size(b) != size)
		return wire_fail(err, -1, blob_size(b) < size ? blob_size(b) : size,
				 "inode of %" PRIu64 " bytes, this layout has %" PRIu64,
				 blob_size(b), size);
	if (inode_head_decode(b, h, err) < 0)
		return -1;
	if (layout == INODE_LAYOUT_0_9)
		return 0;
	if (layout == INODE_LAYOUT_0_7 && h->store_policy != 0) {
		uint8_t upper = h->store_policy;

		memset(h, 0, sizeof(*h));
		return wire_fail(err, -1, offsetof(struct sd_inode_header, copy_policy),
				 "copy_policy of 0.7 is not 0: its upper byte is 0x%02x", upper);
	}
	h->btree_counter = layout == INODE_LAYOUT_0_8 ? number_at(b, COUNTER_0_8) : 0;
	if (children)
		decode_children(b, children);
	return 0;
}

struct blob *inode_encode(struct blob *b, enum inode_layout layout, const struct inode_head *h,
			  const uint32_t children[INODE_NR_CHILDREN])
{
	uint8_t head[INODE_HEAD];
	uint8_t counter[sizeof(sd_le32)];

	assert(blob_size(b) == inode_layout_size(layout));
	assert(!children || layout != INODE_LAYOUT_0_9);
	assert(layout != INODE_LAYOUT_0_7 || (h->btree_counter == 0 && h->store_policy == 0));
	inode_head_encode(h, head);
	if (layout != INODE_LAYOUT_0_9) {
		memset(head + INODE_CHILDREN, 0, CHILDREN_SIZE);
		for (uint32_t i = 0; children && i < INODE_NR_CHILDREN; i++)
			put_le32(head + INODE_CHILDREN + i * sizeof(sd_le32), children[i]);
	}
	b = blob_write(b, 0, head, sizeof(head));
	if (layout != INODE_LAYOUT_0_8)
		return b;
	put_le32(counter, h->btree_counter);
	return blob_write(b, COUNTER_0_8, counter, sizeof(counter));
}
