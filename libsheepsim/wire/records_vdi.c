#include "wire/records.h"

#include <assert.h>
#include <inttypes.h>

#include "base/mem.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"
#include "wire/error.h"
#include "wire/fields.h"
#include "wire/ops.h"
#include "wire/records_vdi.h"

struct blob *vdi_op_encode(const struct req *q, const struct rsp *p, struct blob *data)
{
	uint8_t head[VDI_OP_HEAD];
	struct blob *b = blob_zero(sizeof(head) + blob_size(data));

	static_assert(sizeof(struct sd_vdi_op_message) == VDI_OP_HEAD, "data begin at 96");
	req_encode(q, head);
	rsp_encode(p, head + WIRE_HEADER);
	b = blob_write(b, 0, head, sizeof(head));
	return data ? blob_overlay(b, sizeof(head), data) : b;
}

int vdi_op_decode(struct blob *b, struct req *q, struct rsp *p, struct blob **data,
		  struct wire_error *err)
{
	uint8_t head[VDI_OP_HEAD];
	const struct op_info *info;

	memset(q, 0, sizeof(*q));
	memset(p, 0, sizeof(*p));
	*data = NULL;
	if (blob_size(b) < sizeof(head))
		return wire_fail(err, -1, blob_size(b),
				 "vdi_op_message of %" PRIu64 " bytes, at least %zu are needed",
				 blob_size(b), sizeof(head));
	blob_read(b, 0, head, sizeof(head));
	req_decode(head, q);
	info = op_info(q->opcode);
	rsp_decode_as(head + WIRE_HEADER, info ? info->rsp_variant : VARIANT_NONE, p);
	if (blob_size(b) > sizeof(head))
		*data = blob_slice(b, sizeof(head), blob_size(b) - sizeof(head));
	return 0;
}

void vdi_state_encode(const struct vdi_state *h, uint8_t out[VDI_STATE_SIZE])
{
	struct sd_vdi_state w = {0};

	static_assert(sizeof(w) == VDI_STATE_SIZE, "a vdi_state has 1428 bytes");
	static_assert(MAX_PARTICIPANTS == SD_MAX_COPIES, "as many holders as copies");
	VDI_STATE_FIELDS(ENCODE_FIELD)
	for (uint32_t i = 0; i < MAX_PARTICIPANTS; i++) {
		w.participants_state[i] = sd_cpu_to_le32(h->participants_state[i]);
		node_id_encode(&h->participants[i], &w.participants[i]);
	}
	memcpy(out, &w, sizeof(w));
}

int vdi_state_decode(const struct blob *b, uint64_t offset, struct vdi_state *h,
		     struct wire_error *err)
{
	struct sd_vdi_state w;

	memset(h, 0, sizeof(*h));
	if (blob_size(b) < sizeof(w) || offset > blob_size(b) - sizeof(w))
		return wire_fail(err, -1, offset,
				 "vdi_state of %zu bytes at %" PRIu64 " in only %" PRIu64 " bytes",
				 sizeof(w), offset, blob_size(b));
	blob_read(b, offset, &w, sizeof(w));
	VDI_STATE_FIELDS(DECODE_FIELD)
	if (h->nr_participants > MAX_PARTICIPANTS)
		return wire_fail(err, -1, offset + offsetof(struct sd_vdi_state, nr_participants),
				 "vdi_state with %" PRIu32 " participants, more than %u",
				 h->nr_participants, MAX_PARTICIPANTS);
	for (uint32_t i = 0; i < MAX_PARTICIPANTS; i++) {
		h->participants_state[i] = sd_le32_to_cpu(w.participants_state[i]);
		node_id_decode(&w.participants[i], &h->participants[i]);
	}
	return 0;
}

void inode_head_encode(const struct inode_head *h, uint8_t out[INODE_HEAD])
{
	struct sd_inode_header w = {0};

	static_assert(sizeof(w) == INODE_HEAD && sizeof(struct sd_inode) == INODE_SIZE &&
			      offsetof(struct sd_inode, data_vdi_id) == INODE_DATA_VIDS &&
			      offsetof(struct sd_inode, gref) == INODE_GREFS &&
			      INODE_NR_DATA == SD_INODE_DATA_INDEX,
		      "where the parts of an inode begin");
	INODE_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

int inode_head_decode(const struct blob *b, struct inode_head *h, struct wire_error *err)
{
	struct sd_inode_header w;

	memset(h, 0, sizeof(*h));
	if (blob_size(b) < sizeof(w))
		return wire_fail(err, -1, blob_size(b),
				 "inode of %" PRIu64 " bytes, at least %zu are needed",
				 blob_size(b), sizeof(w));
	blob_read(b, 0, &w, sizeof(w));
	INODE_FIELDS(DECODE_FIELD)
	return 0;
}

uint32_t inode_data_vid(const struct blob *b, uint64_t base, uint32_t i)
{
	uint64_t at = INODE_DATA_VIDS + (uint64_t)i * sizeof(sd_le32);
	uint8_t bytes[sizeof(sd_le32)];

	assert(i < INODE_NR_DATA && at >= base);
	blob_read(b, at - base, bytes, sizeof(bytes));
	return get_le32(bytes);
}

struct gref inode_gref(const struct blob *b, uint64_t base, uint32_t i)
{
	uint64_t at = INODE_GREFS + (uint64_t)i * GREF_SIZE;
	struct gref gref, *h = &gref;
	struct sd_gref w;

	assert(i < INODE_NR_DATA && at >= base);
	blob_read(b, at - base, &w, sizeof(w));
	GREF_FIELDS(DECODE_FIELD)
	return gref;
}

void gref_encode(const struct gref *h, uint8_t out[GREF_SIZE])
{
	struct sd_gref w = {0};

	static_assert(sizeof(w) == GREF_SIZE, "a gref has 8 bytes");
	GREF_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

void vdi_attr_encode(const struct vdi_attr *h, uint8_t out[VDI_ATTR_HEAD])
{
	struct sd_vdi_attr_header w = {0};

	static_assert(sizeof(w) == VDI_ATTR_HEAD, "the value of an attribute begins at 784");
	VDI_ATTR_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

int vdi_attr_decode(const struct blob *b, struct vdi_attr *h, struct wire_error *err)
{
	struct sd_vdi_attr_header w;

	memset(h, 0, sizeof(*h));
	if (blob_size(b) < sizeof(w))
		return wire_fail(err, -1, blob_size(b),
				 "attribute of %" PRIu64 " bytes, at least %zu are needed",
				 blob_size(b), sizeof(w));
	blob_read(b, 0, &w, sizeof(w));
	VDI_ATTR_FIELDS(DECODE_FIELD)
	if (h->value_len > SD_ATTR_VALUE_LEN)
		return wire_fail(err, -1, offsetof(struct sd_vdi_attr_header, value_len),
				 "attribute value of %" PRIu32 " bytes, more than %u", h->value_len,
				 SD_ATTR_VALUE_LEN);
	return 0;
}

void btree_head_encode(const struct btree_head *h, uint8_t out[BTREE_HEAD])
{
	struct sd_index_header w = {0};

	static_assert(sizeof(w) == BTREE_HEAD, "the entries of a B-tree node begin at 8");
	INDEX_HEADER_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

int btree_head_decode(const struct blob *b, uint64_t offset, struct btree_head *h,
		      struct wire_error *err)
{
	struct sd_index_header w;
	uint32_t max;

	memset(h, 0, sizeof(*h));
	if (blob_size(b) < sizeof(w) || offset > blob_size(b) - sizeof(w))
		return wire_fail(err, -1, offset,
				 "B-tree node at %" PRIu64 " in only %" PRIu64 " bytes", offset,
				 blob_size(b));
	blob_read(b, offset, &w, sizeof(w));
	INDEX_HEADER_FIELDS(DECODE_FIELD)
	if (h->magic != SD_INDEX_MAGIC)
		return wire_fail(err, -1, offset,
				 "B-tree node with magic number 0x%04x, not 0x%04x", h->magic,
				 SD_INDEX_MAGIC);
	if (h->depth != 1 && h->depth != 2)
		return wire_fail(err, -1, offset + offsetof(struct sd_index_header, depth),
				 "B-tree node of depth %u, not 1 or 2", h->depth);
	max = h->depth == 1 ? SD_INDEX_MAX : SD_INDIRECT_INDEX_MAX;
	if (h->entries > max)
		return wire_fail(err, -1, offset + offsetof(struct sd_index_header, entries),
				 "B-tree node with %" PRIu32 " entries, more than %" PRIu32,
				 h->entries, max);
	return 0;
}

void btree_entry_encode(const struct btree_entry *h, uint8_t out[BTREE_ENTRY])
{
	struct sd_index w = {0};

	static_assert(sizeof(w) == BTREE_ENTRY, "an entry of a leaf has 8 bytes");
	INDEX_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

struct btree_entry btree_entry_at(const struct blob *b, uint64_t offset, uint32_t i)
{
	struct btree_entry entry, *h = &entry;
	struct sd_index w;

	blob_read(b, offset + BTREE_HEAD + (uint64_t)i * sizeof(w), &w, sizeof(w));
	INDEX_FIELDS(DECODE_FIELD)
	return entry;
}

void btree_indirect_encode(const struct btree_indirect *h, uint8_t out[BTREE_INDIRECT])
{
	struct sd_indirect_index w = {0};

	static_assert(sizeof(w) == BTREE_INDIRECT, "an entry of a root has 16 bytes");
	INDIRECT_INDEX_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

struct btree_indirect btree_indirect_at(const struct blob *b, uint64_t offset, uint32_t i)
{
	struct btree_indirect entry, *h = &entry;
	struct sd_indirect_index w;

	blob_read(b, offset + BTREE_HEAD + (uint64_t)i * sizeof(w), &w, sizeof(w));
	INDIRECT_INDEX_FIELDS(DECODE_FIELD)
	return entry;
}

uint32_t ledger_count(const struct blob *b, uint32_t generation)
{
	uint8_t bytes[sizeof(sd_le32)];

	assert(generation < LEDGER_GENERATIONS);
	blob_read(b, (uint64_t)generation * sizeof(bytes), bytes, sizeof(bytes));
	return get_le32(bytes);
}

struct blob *ledger_set(struct blob *b, uint32_t generation, uint32_t count)
{
	uint8_t bytes[sizeof(sd_le32)];

	assert(generation < LEDGER_GENERATIONS);
	put_le32(bytes, count);
	return blob_write(b, (uint64_t)generation * sizeof(bytes), bytes, sizeof(bytes));
}
