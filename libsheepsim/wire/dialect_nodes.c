/* Member records, epochs and join messages of older dialects: see dialect.h. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sheepsim/wire/older.h"
#include "wire/dialect.h"
#include "wire/error.h"
#include "wire/fields.h"

#define MAX_NODE_SIZE NODE_RECORD_SIZE /* no record is longer */

/* ------------------------------------------------------------------ member records */

/* What 0x05 and 0x06 have: no second address. */
static void encode_06(const struct node_rec *node, struct sd_node_06 *out)
{
	struct sd_node_06 w = {0};

	memcpy(w.addr, node->nid.addr, sizeof(w.addr));
	w.port = sd_cpu_to_le16(node->nid.port);
	w.nr_vnodes = sd_cpu_to_le16(node->nr_vnodes);
	w.zone = sd_cpu_to_le32(node->zone);
	w.space = sd_cpu_to_le64(node->space);
	*out = w;
}

static void decode_06(const struct sd_node_06 *w, struct node_rec *node)
{
	memcpy(node->nid.addr, w->addr, sizeof(w->addr));
	node->nid.port = sd_le16_to_cpu(w->port);
	node->nr_vnodes = sd_le16_to_cpu(w->nr_vnodes);
	node->zone = sd_le32_to_cpu(w->zone);
	node->space = sd_le64_to_cpu(w->space);
}

static void encode_08(const struct node_rec *h, struct sd_node_08 *out)
{
	struct sd_node_08 w = {0};

	NODE_FIELDS(ENCODE_FIELD)
	*out = w;
}

static void decode_08(const struct sd_node_08 *src, struct node_rec *h)
{
	struct sd_node_08 w = *src;

	NODE_FIELDS(DECODE_FIELD)
}

uint32_t dialect_node_encode(enum dialect d, const struct node_rec *node, uint8_t *out)
{
	uint32_t size = dialect_info(d)->node_size;
	struct sd_node_06 w06;
	struct sd_node_08 w08;

	/* The record of 0x05 is that of 0x06 without its end. */
	static_assert(sizeof(struct sd_node_05) == offsetof(struct sd_node_06, space),
		      "space is what 0x06 has added");
	if (size == NODE_RECORD_SIZE) {
		node_rec_encode(node, out);
	} else if (size == sizeof(w08)) {
		encode_08(node, &w08);
		memcpy(out, &w08, size);
	} else {
		encode_06(node, &w06);
		memcpy(out, &w06, size);
	}
	return size;
}

uint32_t dialect_node_decode(enum dialect d, const uint8_t *in, struct node_rec *node)
{
	uint32_t size = dialect_info(d)->node_size;
	struct sd_node_06 w06 = {0};
	struct sd_node_08 w08;

	memset(node, 0, sizeof(*node));
	if (size == NODE_RECORD_SIZE) {
		node_rec_decode(in, node);
	} else if (size == sizeof(w08)) {
		memcpy(&w08, in, size);
		decode_08(&w08, node);
	} else {
		memcpy(&w06, in, size);
		decode_06(&w06, node);
	}
	return size;
}

/* b with the records from offset on; consumes b. */
static struct blob *put_nodes(enum dialect d, struct blob *b, uint64_t offset,
			      const struct node_rec *nodes, size_t n)
{
	uint8_t bytes[MAX_NODE_SIZE];

	for (size_t i = 0; i < n; i++) {
		uint32_t size = dialect_node_encode(d, &nodes[i], bytes);

		b = blob_write(b, offset, bytes, size);
		offset += size;
	}
	return b;
}

struct blob *dialect_nodes_encode(enum dialect d, const struct node_rec *nodes, size_t n)
{
	if (dialect_info(d)->node_size == NODE_RECORD_SIZE)
		return node_list_encode(nodes, n);
	return put_nodes(d, blob_zero((uint64_t)n * dialect_info(d)->node_size), 0, nodes, n);
}

int dialect_nodes_decode(enum dialect d, const struct blob *b, uint64_t offset, size_t n,
			 struct node_rec **nodes, struct wire_error *err)
{
	uint32_t unit = dialect_info(d)->node_size;
	uint64_t left = blob_size(b) > offset ? blob_size(b) - offset : 0;
	uint8_t bytes[MAX_NODE_SIZE];

	if (unit == NODE_RECORD_SIZE)
		return node_list_decode(b, offset, n, nodes, err);
	*nodes = NULL;
	if (n > left / unit)
		return wire_fail(err, -1, offset,
				 "%zu member records of %" PRIu32 " bytes do not fit into the "
				 "%" PRIu64 " bytes that are left",
				 n, unit, left);
	if (n == 0)
		return 0;
	*nodes = mem_array(n, sizeof(**nodes));
	for (size_t i = 0; i < n; i++) {
		blob_read(b, offset + (uint64_t)i * unit, bytes, unit);
		dialect_node_decode(d, bytes, &(*nodes)[i]);
	}
	return 0;
}

/* ------------------------------------------------------------------ epochs */

struct blob *dialect_epoch_encode(enum dialect d, const struct node_rec *nodes, size_t n,
				  uint64_t time)
{
	uint64_t end = (uint64_t)n * dialect_info(d)->node_size;
	uint8_t bytes[8];

	put_le64(bytes, time);
	return blob_write(put_nodes(d, blob_zero(end + sizeof(bytes)), 0, nodes, n), end, bytes,
			  sizeof(bytes));
}

int dialect_epoch_decode(enum dialect d, const struct blob *b, struct node_rec **nodes, size_t *n,
			 uint64_t *time, struct wire_error *err)
{
	const struct dialect_info *info = dialect_info(d);
	uint64_t size = blob_size(b);
	uint8_t bytes[8];

	if (info->node_size == NODE_RECORD_SIZE)
		return epoch_blob_decode(b, nodes, n, time, err);
	*nodes = NULL;
	*n = 0;
	*time = 0;
	if (size < sizeof(bytes) || (size - sizeof(bytes)) % info->node_size != 0)
		return wire_fail(err, -1, size,
				 "epoch of %" PRIu64 " bytes: not some records of %" PRIu32
				 " and 8",
				 size, info->node_size);
	if ((size - sizeof(bytes)) / info->node_size > info->max_nodes)
		return wire_fail(err, -1, (uint64_t)info->max_nodes * info->node_size,
				 "epoch of more than %" PRIu32 " nodes", info->max_nodes);
	blob_read(b, size - sizeof(bytes), bytes, sizeof(bytes));
	*time = get_le64(bytes);
	*n = (size_t)((size - sizeof(bytes)) / info->node_size);
	return dialect_nodes_decode(d, b, 0, *n, nodes, err);
}

uint64_t dialect_log_size(enum dialect d, uint32_t slots)
{
	const struct dialect_info *info = dialect_info(d);

	if (info->log_size)
		return info->log_size;
	return info->log_head + (uint64_t)slots * info->node_size;
}

void dialect_log_encode(enum dialect d, const struct epoch_log *h, uint8_t *out)
{
	const struct dialect_info *info = dialect_info(d);

	if (d > DIALECT_09A) {
		epoch_log_encode(h, out);
	} else if (d == DIALECT_09A) {
		struct sd_epoch_log_09a w = {0};

		EPOCH_LOG_09A_FIELDS(ENCODE_FIELD)
		memcpy(out, &w, info->log_head);
	} else if (d >= DIALECT_07B) {
		struct sd_epoch_log_08 w = {0};

		EPOCH_LOG_08_FIELDS(ENCODE_FIELD)
		memcpy(out, &w, info->log_head);
	} else {
		struct sd_epoch_log_07a w = {0};

		EPOCH_LOG_07A_FIELDS(ENCODE_FIELD)
		memcpy(out, &w, info->log_head);
	}
}

/* What is more than a byte holds is no number of copies that an object could have. */
static uint8_t narrow(uint32_t copies)
{
	return copies > UINT8_MAX ? UINT8_MAX : (uint8_t)copies;
}

void dialect_log_decode(enum dialect d, const uint8_t *in, struct epoch_log *h)
{
	const struct dialect_info *info = dialect_info(d);

	memset(h, 0, sizeof(*h));
	if (d > DIALECT_09A) {
		epoch_log_decode(in, h);
	} else if (d == DIALECT_09A) {
		struct sd_epoch_log_09a w;

		memcpy(&w, in, info->log_head);
		EPOCH_LOG_09A_FIELDS(DECODE_FIELD)
	} else if (d >= DIALECT_07B) {
		struct sd_epoch_log_08 w;

		memcpy(&w, in, info->log_head);
		EPOCH_LOG_08_FIELDS(DECODE_FIELD)
	} else {
		struct sd_epoch_log_07a w = {0};

		memcpy(&w, in, info->log_head);
		EPOCH_LOG_COMMON_FIELDS(DECODE_FIELD)
		h->nr_copies = narrow(sd_le32_to_cpu(w.nr_copies));
	}
}

/* ------------------------------------------------------------------ join messages */

static struct blob *encode_join_05(const struct join_message *h)
{
	struct sd_join_message_05 w = {0};

	JOIN_MESSAGE_05_FIELDS(ENCODE_FIELD)
	w.ctime_ns = sd_cpu_to_le32((uint32_t)h->ctime);
	w.ctime_s = sd_cpu_to_le32((uint32_t)(h->ctime >> 32));
	return blob_new(&w, sizeof(w));
}

static void decode_join_05(const struct blob *b, struct join_message *h)
{
	struct sd_join_message_05 w;

	blob_read(b, 0, &w, sizeof(w));
	JOIN_MESSAGE_05_FIELDS(DECODE_FIELD)
	h->ctime = (uint64_t)sd_le32_to_cpu(w.ctime_s) << 32 | sd_le32_to_cpu(w.ctime_ns);
}

static struct blob *encode_join_07(const struct join_message *h)
{
	struct sd_join_message_07 w = {0};

	JOIN_MESSAGE_07_FIELDS(ENCODE_FIELD)
	return blob_new(&w, sizeof(w));
}

static void decode_join_07(const struct blob *b, struct join_message *h)
{
	struct sd_join_message_07 w;

	blob_read(b, 0, &w, sizeof(w));
	JOIN_MESSAGE_07_FIELDS(DECODE_FIELD)
}

struct blob *join_message_encode(enum dialect d, const struct join_message *h,
				 const struct node_rec *nodes)
{
	struct blob *b;
	uint64_t head;

	assert(d < DIALECT_08 && h->nr_nodes <= SD_MAX_NODES_08);
	b = d == DIALECT_05 ? encode_join_05(h) : encode_join_07(h);
	head = blob_size(b);
	b = blob_resize(b, head + (uint64_t)h->nr_nodes * dialect_info(d)->node_size);
	return put_nodes(d, b, head, nodes, h->nr_nodes);
}

int join_message_decode(enum dialect d, const struct blob *b, struct join_message *h,
			struct node_rec **nodes, struct wire_error *err)
{
	uint32_t head = d == DIALECT_05 ? SD_JOIN_MESSAGE_HEAD_05 : SD_JOIN_MESSAGE_HEAD_07;

	assert(d < DIALECT_08);
	memset(h, 0, sizeof(*h));
	*nodes = NULL;
	if (blob_size(b) < head)
		return wire_fail(err, -1, blob_size(b),
				 "join message of %" PRIu64 " bytes, at least %" PRIu32
				 " are needed",
				 blob_size(b), head);
	if (d == DIALECT_05)
		decode_join_05(b, h);
	else
		decode_join_07(b, h);
	if (h->nr_nodes > SD_MAX_NODES_08)
		return wire_fail(err, -1, offsetof(struct sd_join_message_07, nr_nodes),
				 "join message of %u nodes, more than %d", h->nr_nodes,
				 SD_MAX_NODES_08);
	return dialect_nodes_decode(d, b, head, h->nr_nodes, nodes, err);
}
