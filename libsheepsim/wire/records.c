#include "wire/records.h"

#include <arpa/inet.h>
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sheepsim/wire/cluster.h"
#include "sheepsim/wire/object.h"
#include "wire/error.h"
#include "wire/fields.h"

/* Records that are encoded at a time on the way into a blob. */
#define CHUNK 51u /* 51 * 80 = 4080, just under a page */

int node_id_cmp(const struct node_id *a, const struct node_id *b)
{
	int order = memcmp(a->addr, b->addr, sizeof(a->addr));

	if (order != 0)
		return order;
	return (a->port > b->port) - (a->port < b->port);
}

static bool is_ipv4(const uint8_t addr[16])
{
	static const uint8_t zeros[12];

	return memcmp(addr, zeros, sizeof(zeros)) == 0;
}

const char *address_text(const uint8_t addr[16], char buf[48])
{
	if (is_ipv4(addr))
		inet_ntop(AF_INET, addr + 12, buf, 48);
	else
		inet_ntop(AF_INET6, addr, buf, 48);
	return buf;
}

const char *node_id_text(const struct node_id *id, char buf[64])
{
	char addr[48];

	snprintf(buf, 64, is_ipv4(id->addr) ? "%s:%u" : "[%s]:%u", address_text(id->addr, addr),
		 id->port);
	return buf;
}

void node_id_encode(const struct node_id *h, struct sd_node_id *dst)
{
	struct sd_node_id w = {0};

	NODE_ID_FIELDS(ENCODE_FIELD)
	*dst = w;
}

void node_id_decode(const struct sd_node_id *src, struct node_id *h)
{
	struct sd_node_id w = *src;

	NODE_ID_FIELDS(DECODE_FIELD)
}

void node_rec_encode(const struct node_rec *h, uint8_t out[NODE_RECORD_SIZE])
{
	struct sd_node w = {0};

	static_assert(sizeof(w) == NODE_RECORD_SIZE, "a member record has 80 bytes");
	NODE_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

void node_rec_decode(const uint8_t in[NODE_RECORD_SIZE], struct node_rec *h)
{
	struct sd_node w;

	memset(h, 0, sizeof(*h));
	memcpy(&w, in, sizeof(w));
	NODE_FIELDS(DECODE_FIELD)
}

/* b with the records from offset on; consumes b. */
static struct blob *write_nodes(struct blob *b, uint64_t offset, const struct node_rec *nodes,
				size_t n)
{
	uint8_t bytes[CHUNK * NODE_RECORD_SIZE];

	for (size_t done = 0; done < n;) {
		size_t chunk = n - done < CHUNK ? n - done : CHUNK;

		for (size_t i = 0; i < chunk; i++)
			node_rec_encode(&nodes[done + i], bytes + i * NODE_RECORD_SIZE);
		b = blob_write(b, offset + done * NODE_RECORD_SIZE, bytes,
			       chunk * NODE_RECORD_SIZE);
		done += chunk;
	}
	return b;
}

struct blob *node_list_encode(const struct node_rec *nodes, size_t n)
{
	return write_nodes(blob_zero((uint64_t)n * NODE_RECORD_SIZE), 0, nodes, n);
}

int node_list_decode(const struct blob *b, uint64_t offset, size_t n, struct node_rec **nodes,
		     struct wire_error *err)
{
	uint8_t bytes[CHUNK * NODE_RECORD_SIZE];
	uint64_t size = blob_size(b);

	*nodes = NULL;
	if (offset > size || n > (size - offset) / NODE_RECORD_SIZE)
		return wire_fail(err, -1, offset,
				 "%zu member records of %u bytes do not fit into the %" PRIu64
				 " bytes that are left",
				 n, NODE_RECORD_SIZE, offset > size ? 0 : size - offset);
	if (n == 0)
		return 0;
	*nodes = mem_array(n, sizeof(**nodes));
	for (size_t done = 0; done < n;) {
		size_t chunk = n - done < CHUNK ? n - done : CHUNK;

		blob_read(b, offset + done * NODE_RECORD_SIZE, bytes, chunk * NODE_RECORD_SIZE);
		for (size_t i = 0; i < chunk; i++)
			node_rec_decode(bytes + i * NODE_RECORD_SIZE, &(*nodes)[done + i]);
		done += chunk;
	}
	return 0;
}

struct blob *cluster_info_encode(const struct cluster_info *h, const struct node_rec *nodes,
				 uint64_t size)
{
	struct sd_cluster_info w = {0};
	struct blob *b;

	static_assert(sizeof(w) == CLUSTER_INFO_HEAD, "cluster_info: nodes begin at 48");
	assert(h->nr_nodes <= SD_MAX_NODES);
	assert(size >= CLUSTER_INFO_HEAD + (uint64_t)h->nr_nodes * NODE_RECORD_SIZE);
	CLUSTER_INFO_FIELDS(ENCODE_FIELD)
	b = blob_write(blob_zero(size), 0, &w, sizeof(w));
	return write_nodes(b, CLUSTER_INFO_HEAD, nodes, h->nr_nodes);
}

int cluster_info_decode(const struct blob *b, struct cluster_info *h, struct node_rec **nodes,
			struct wire_error *err)
{
	struct sd_cluster_info w;

	memset(h, 0, sizeof(*h));
	*nodes = NULL;
	if (blob_size(b) < sizeof(w))
		return wire_fail(err, -1, blob_size(b),
				 "cluster_info of %" PRIu64 " bytes, at least %zu are needed",
				 blob_size(b), sizeof(w));
	blob_read(b, 0, &w, sizeof(w));
	CLUSTER_INFO_FIELDS(DECODE_FIELD)
	if (h->nr_nodes > SD_MAX_NODES)
		return wire_fail(err, -1, offsetof(struct sd_cluster_info, nr_nodes),
				 "cluster_info of %u nodes, more than %u", h->nr_nodes,
				 SD_MAX_NODES);
	return node_list_decode(b, sizeof(w), h->nr_nodes, nodes, err);
}

void epoch_log_encode(const struct epoch_log *h, uint8_t out[EPOCH_LOG_HEAD])
{
	struct sd_epoch_log w = {0};

	static_assert(sizeof(w) == EPOCH_LOG_HEAD, "epoch_log: nodes begin at 48");
	EPOCH_LOG_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

void epoch_log_decode(const uint8_t in[EPOCH_LOG_HEAD], struct epoch_log *h)
{
	struct sd_epoch_log w;

	memset(h, 0, sizeof(*h));
	memcpy(&w, in, sizeof(w));
	EPOCH_LOG_FIELDS(DECODE_FIELD)
}

struct blob *epoch_blob_encode(const struct node_rec *nodes, size_t n, uint64_t time)
{
	uint64_t end = (uint64_t)n * NODE_RECORD_SIZE;
	uint8_t bytes[8];

	put_le64(bytes, time);
	return blob_write(write_nodes(blob_zero(end + 8), 0, nodes, n), end, bytes, 8);
}

int epoch_blob_decode(const struct blob *b, struct node_rec **nodes, size_t *n, uint64_t *time,
		      struct wire_error *err)
{
	uint64_t size = blob_size(b);
	uint8_t bytes[8];

	*nodes = NULL;
	*n = 0;
	*time = 0;
	if (size < 8 || (size - 8) % NODE_RECORD_SIZE != 0)
		return wire_fail(err, -1, size,
				 "epoch of %" PRIu64 " bytes: not some records of %u and 8", size,
				 NODE_RECORD_SIZE);
	if ((size - 8) / NODE_RECORD_SIZE > SD_MAX_NODES)
		return wire_fail(err, -1, (uint64_t)SD_MAX_NODES * NODE_RECORD_SIZE,
				 "epoch of more than %u nodes", SD_MAX_NODES);
	blob_read(b, size - 8, bytes, 8);
	*time = get_le64(bytes);
	*n = (size_t)(size - 8) / NODE_RECORD_SIZE;
	return node_list_decode(b, 0, *n, nodes, err);
}
