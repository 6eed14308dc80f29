/*
 * Structures of fixed size: what is accepted is encoded again to the same bytes, but for padding
 * and for what follows the NUL of a text.
 *
 * Input: 1 byte (which codec), 1 byte (offset, where the decoder takes one; or an index), bytes.
 */
#include "fuzz.h"

#include "wire/records.h"
#include "wire/records_admin.h"
#include "wire/records_vdi.h"

struct codec {
	struct outline shape;
	bool at_offset; /* decodes anywhere, not only at the front */
	/* Decodes and encodes again to out; negative: refused. */
	int (*again)(const struct blob *b, uint64_t offset, uint8_t *out, struct wire_error *err);
};

#define MAX_SIZE INODE_HEAD /* of a structure here */

/* Decoders of whole arrays take any bytes, but need all of them: zeros for what is missing. */
static int again_node(const struct blob *b, uint64_t offset, uint8_t *out, struct wire_error *err)
{
	uint8_t bytes[NODE_RECORD_SIZE];
	struct node_rec h;

	(void)err;
	blob_read(b, offset, bytes, sizeof(bytes));
	node_rec_decode(bytes, &h);
	node_rec_encode(&h, out);
	return 0;
}

static int again_epoch_log(const struct blob *b, uint64_t offset, uint8_t *out,
			   struct wire_error *err)
{
	uint8_t bytes[EPOCH_LOG_HEAD];
	struct epoch_log h;

	(void)err;
	blob_read(b, offset, bytes, sizeof(bytes));
	epoch_log_decode(bytes, &h);
	epoch_log_encode(&h, out);
	return 0;
}

static int again_vdi_state(const struct blob *b, uint64_t offset, uint8_t *out,
			   struct wire_error *err)
{
	struct vdi_state h;
	int ret = vdi_state_decode(b, offset, &h, err);

	if (ret == 0) {
		assert(h.nr_participants <= MAX_PARTICIPANTS);
		vdi_state_encode(&h, out);
	}
	return ret;
}

static int again_inode(const struct blob *b, uint64_t offset, uint8_t *out, struct wire_error *err)
{
	struct inode_head h;
	int ret = inode_head_decode(b, &h, err);

	(void)offset;
	if (ret == 0) {
		assert(strlen(h.name) < sizeof(h.name) && strlen(h.tag) < sizeof(h.tag));
		inode_head_encode(&h, out);
	}
	return ret;
}

static int again_attr(const struct blob *b, uint64_t offset, uint8_t *out, struct wire_error *err)
{
	struct vdi_attr h;
	int ret = vdi_attr_decode(b, &h, err);

	(void)offset;
	if (ret == 0) {
		assert(h.value_len <= VDI_ATTR_SIZE - VDI_ATTR_HEAD);
		vdi_attr_encode(&h, out);
	}
	return ret;
}

static const struct outline indirect_shape = {.size = BTREE_INDIRECT, .dropped = {{4, 4}}};
static const struct outline entry_shape = {.size = BTREE_ENTRY};

static void check_entries(const struct blob *b, uint64_t offset, const struct btree_head *h)
{
	const struct outline *shape = h->depth == 1 ? &entry_shape : &indirect_shape;
	uint8_t before[BTREE_INDIRECT], after[BTREE_INDIRECT];

	for (uint32_t i = 0; i < h->entries; i++) {
		uint64_t at = offset + BTREE_HEAD + (uint64_t)i * shape->size;

		if (at > blob_size(b))
			break; /* zeros from here on */
		blob_read(b, at, before, shape->size);
		if (h->depth == 1) {
			struct btree_entry e = btree_entry_at(b, offset, i);

			btree_entry_encode(&e, after);
		} else {
			struct btree_indirect e = btree_indirect_at(b, offset, i);

			btree_indirect_encode(&e, after);
		}
		check_encoded(shape, before, after);
	}
}

static int again_btree(const struct blob *b, uint64_t offset, uint8_t *out, struct wire_error *err)
{
	struct btree_head h;
	int ret = btree_head_decode(b, offset, &h, err);

	if (ret == 0) {
		assert(h.depth == 1 || h.depth == 2);
		check_entries(b, offset, &h);
		btree_head_encode(&h, out);
	}
	return ret;
}

static int again_recovery(const struct blob *b, uint64_t offset, uint8_t *out,
			  struct wire_error *err)
{
	struct recovery_state h;
	int ret = recovery_state_decode(b, &h, err);

	(void)offset;
	if (ret == 0)
		recovery_state_encode(&h, out);
	return ret;
}

static int again_throttling(const struct blob *b, uint64_t offset, uint8_t *out,
			    struct wire_error *err)
{
	struct recovery_throttling h;
	int ret = recovery_throttling_decode(b, &h, err);

	(void)offset;
	if (ret == 0)
		recovery_throttling_encode(&h, out);
	return ret;
}

static int again_stat(const struct blob *b, uint64_t offset, uint8_t *out, struct wire_error *err)
{
	struct node_stat h;
	int ret = node_stat_decode(b, &h, err);

	(void)offset;
	if (ret == 0)
		node_stat_encode(&h, out);
	return ret;
}

/* Entry `offset` of gref[], in bytes that begin where an inode's gref[] does. */
static int again_gref(const struct blob *b, uint64_t offset, uint8_t *out, struct wire_error *err)
{
	struct gref h = inode_gref(b, INODE_GREFS, (uint32_t)offset / GREF_SIZE);

	(void)err;
	gref_encode(&h, out);
	return 0;
}

/* The counter of a generation, and that of data_vdi_id[] at the same place. */
static int again_ledger(const struct blob *b, uint64_t offset, uint8_t *out, struct wire_error *err)
{
	uint32_t i = (uint32_t)offset / 4, count = ledger_count(b, i);
	struct blob *set = ledger_set(blob_zero(blob_size(b)), i, count);

	(void)err;
	assert(inode_data_vid(b, INODE_DATA_VIDS, i) == count);
	assert(ledger_count(set, i) == count);
	blob_unref(set);
	put_le32(out, count);
	return 0;
}

#define NODE_ID_PAD 36 /* offset of a node_id's padding of 4 bytes */

static const struct codec codecs[] = {
	{{NODE_RECORD_SIZE, {{0, 24}, {24 + NODE_ID_PAD, 4}, {66, 2}}, {{0}}}, true, again_node},
	{{EPOCH_LOG_HEAD, {{27, 3}}, {{32, 16}}}, true, again_epoch_log},
	/* The padding of 31 participants: see check_participants(). */
	{{188, {{9, 3}, {20 + NODE_ID_PAD, 4}}, {{0}}}, true, again_vdi_state},
	{{INODE_HEAD, {{572, INODE_HEAD - 572}}, {{0, 256}, {256, 256}}}, false, again_inode},
	{{VDI_ATTR_HEAD, {{0}}, {{0, 256}, {256, 256}, {528, 256}}}, false, again_attr},
	{{BTREE_HEAD, {{0}}, {{0}}}, true, again_btree},
	{{RECOVERY_STATE_SIZE, {{1, 3}}, {{0}}}, false, again_recovery},
	{{RECOVERY_THROTTLING_SIZE, {{4, 4}, {17, 7}}, {{0}}}, false, again_throttling},
	{{NODE_STAT_SIZE, {{0}}, {{0}}}, false, again_stat},
	{{GREF_SIZE, {{0}}, {{0}}}, true, again_gref},
	{{4, {{0}}, {{0}}}, true, again_ledger},
};

static const struct outline participant_shape = {.size = 40, .dropped = {{NODE_ID_PAD, 4}}};

static void check_participants(const uint8_t *before, const uint8_t *after)
{
	for (uint32_t i = 0; i < MAX_PARTICIPANTS; i++) {
		uint32_t at = 188 + i * participant_shape.size;

		check_encoded(&participant_shape, before + at, after + at);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t nr = sizeof(codecs) / sizeof(*codecs);
	struct input in = {data, size};
	const struct codec *codec = &codecs[take_u8(&in) % nr];
	uint8_t offset = take_u8(&in);
	uint8_t before[MAX_SIZE], after[MAX_SIZE] = {0};
	struct blob *b = take_blob(&in, in.left);
	struct wire_error err = {0};

	if (!codec->at_offset)
		offset = 0;
	if (codec->again == again_gref || codec->again == again_ledger)
		offset -= offset % codec->shape.size;
	if (codec->again(b, offset, after, &err) < 0) {
		/* An offset of the caller's may be past the end itself. */
		check_error(&err, offset > blob_size(b) ? offset : blob_size(b));
	} else {
		blob_read(b, offset, before, sizeof(before));
		check_encoded(&codec->shape, before, after);
		if (codec->again == again_vdi_state)
			check_participants(before, after);
	}
	blob_unref(b);
	return 0;
}
