/*
 * Structures of variable size: lists of members, cluster_info, epochs, lists of disks. Lengths are
 * never believed; what is accepted is encoded again to the same bytes, but for padding.
 *
 * Input: 1 byte (which), then as each check_*() says.
 */
#include "fuzz.h"

#include "sheepsim/wire/cluster.h"
#include "wire/records.h"
#include "wire/records_admin.h"

static const struct outline node_shape = {
	.size = NODE_RECORD_SIZE,
	.dropped = {{0, 24}, {60, 4}, {66, 2}},
};
static const struct outline cluster_info_shape = {
	.size = CLUSTER_INFO_HEAD,
	.dropped = {{41, 7}}, /* 22 to 24 tell of versions */
	.text = {{25, 16}},
};
static const struct outline md_info_shape = {
	.size = MD_INFO_ENTRY,
	.dropped = {{4, 4}},
	.text = {{24, 4096}},
};

/* What stands at an offset of two blobs. */
static void check_at(const struct outline *shape, const struct blob *before, uint64_t offset,
		     const struct blob *after, uint64_t offset_after)
{
	uint8_t a[MD_INFO_ENTRY], b[MD_INFO_ENTRY];

	assert(shape->size <= sizeof(a));
	blob_read(before, offset, a, shape->size);
	blob_read(after, offset_after, b, shape->size);
	check_encoded(shape, a, b);
}

/* Input: offset and number of nodes (16 bits each), bytes. */
static void check_node_list(struct input *in)
{
	uint16_t offset = take_le16(in), n = take_le16(in);
	struct blob *b = take_blob(in, in->left), *again;
	struct wire_error err = {0};
	struct node_rec *nodes;

	if (node_list_decode(b, offset, n, &nodes, &err) < 0) {
		assert(nodes == NULL && offset + (uint64_t)n * NODE_RECORD_SIZE > blob_size(b));
		check_error(&err, offset > blob_size(b) ? offset : blob_size(b));
	} else {
		again = node_list_encode(nodes, n);
		assert(blob_size(again) == (uint64_t)n * NODE_RECORD_SIZE);
		for (uint64_t i = 0; i < n; i++)
			check_at(&node_shape, b, offset + i * NODE_RECORD_SIZE, again,
				 i * NODE_RECORD_SIZE);
		blob_unref(again);
	}
	free(nodes);
	blob_unref(b);
}

/* Input: 1 byte (odd: filled up with zeros to 6144 nodes), bytes. */
static void check_cluster_info(struct input *in)
{
	bool whole = take_u8(in) & 1;
	struct blob *b = take_blob(in, in->left), *again;
	struct wire_error err = {0};
	struct cluster_info ci;
	struct node_rec *nodes;

	if (whole)
		b = blob_resize(b, CLUSTER_INFO_SIZE);
	if (cluster_info_decode(b, &ci, &nodes, &err) < 0) {
		assert(nodes == NULL);
		check_error(&err, blob_size(b));
	} else {
		again = cluster_info_encode(&ci, nodes, blob_size(b));
		assert(blob_size(again) == blob_size(b));
		check_at(&cluster_info_shape, b, 0, again, 0);
		for (uint64_t i = 0; i < ci.nr_nodes; i++)
			check_at(&node_shape, b, CLUSTER_INFO_HEAD + i * NODE_RECORD_SIZE, again,
				 CLUSTER_INFO_HEAD + i * NODE_RECORD_SIZE);
		blob_unref(again);
	}
	free(nodes);
	blob_unref(b);
}

/* Input: bytes. */
static void check_epoch(struct input *in)
{
	struct blob *b = take_blob(in, in->left), *again;
	struct wire_error err = {0};
	struct node_rec *nodes;
	uint64_t time;
	size_t n;

	if (epoch_blob_decode(b, &nodes, &n, &time, &err) < 0) {
		assert(nodes == NULL && n == 0);
		check_error(&err, blob_size(b));
	} else {
		uint64_t end = (uint64_t)n * NODE_RECORD_SIZE;
		static const struct outline time_shape = {.size = 8};

		again = epoch_blob_encode(nodes, n, time);
		assert(blob_size(again) == blob_size(b) && end + 8 == blob_size(b));
		for (uint64_t at = 0; at < end; at += NODE_RECORD_SIZE)
			check_at(&node_shape, b, at, again, at);
		check_at(&time_shape, b, end, again, end);
		blob_unref(again);
	}
	free(nodes);
	blob_unref(b);
}

/*
 * Input: 1 byte, number of disks (32 bits, or 8 if bit 1 of the first byte is set), bytes. If bit 0
 * is set they are filled up to the right size, and the number is put to its place.
 */
static void check_disks(struct input *in)
{
	uint8_t how = take_u8(in);
	bool right = how & 1;
	uint32_t nr = how & 2 ? take_u8(in) : take_le32(in);
	struct blob *b = take_blob(in, in->left), *again;
	struct wire_error err = {0};
	struct md_info *disks;
	uint8_t bytes[4];
	size_t n;

	if (right) {
		put_le32(bytes, nr);
		b = blob_write(blob_resize(b, MD_INFO_SIZE), MD_INFO_ENTRY * MD_MAX_DISKS, bytes,
			       sizeof(bytes));
	}
	if (md_info_decode(b, &disks, &n, &err) < 0) {
		assert(disks == NULL && n == 0);
		check_error(&err, blob_size(b));
	} else {
		assert(n == nr && n <= MD_MAX_DISKS);
		again = md_info_encode(disks, n);
		assert(blob_size(again) == MD_INFO_SIZE);
		for (uint64_t i = 0; i < n; i++)
			check_at(&md_info_shape, b, i * MD_INFO_ENTRY, again, i * MD_INFO_ENTRY);
		blob_unref(again);
	}
	free(disks);
	blob_unref(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(struct input *) = {check_node_list, check_cluster_info,
							 check_epoch, check_disks};
	struct input in = {data, size};

	checks[take_u8(&in) % 4](&in);
	return 0;
}
