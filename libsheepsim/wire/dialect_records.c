/* Structures of older dialects, and what a JOIN says of versions: see dialect.h. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/older.h"
#include "sheepsim/wire/peer.h"
#include "wire/dialect.h"
#include "wire/error.h"
#include "wire/fields.h"

/* ------------------------------------------------------------------ cluster_info (V2, V3) */

/* 0.8 and 0.9 differ in the head only: b, which is one of 1.0, gets theirs. Consumes b. */
static struct blob *put_head_09(struct blob *b, const struct cluster_info *h)
{
	struct sd_cluster_info_09 w = {0};

	static_assert(sizeof(w) == CLUSTER_INFO_HEAD, "the nodes begin where they do in 1.0");
	CLUSTER_INFO_09_FIELDS(ENCODE_FIELD)
	return blob_write(b, 0, &w, sizeof(w));
}

/* The reverse: reads such a head. The shift is what all objects there have. */
static void get_head_09(const struct blob *b, struct cluster_info *h)
{
	struct sd_cluster_info_09 w;

	memset(h, 0, sizeof(*h));
	blob_read(b, 0, &w, sizeof(w));
	CLUSTER_INFO_09_FIELDS(DECODE_FIELD)
	h->block_size_shift = h->ctime ? SD_DEFAULT_BLOCK_SIZE_SHIFT : 0;
}

/* 0.7, whose nodes are shorter too. */
static struct blob *encode_08(const struct cluster_info *h, const struct node_rec *nodes)
{
	struct sd_cluster_info_08 w = {0};
	struct blob *head, *list;

	CLUSTER_INFO_08_FIELDS(ENCODE_FIELD)
	head = blob_new(&w, sizeof(w));
	list = dialect_nodes_encode(DIALECT_08, nodes, h->nr_nodes);
	head = blob_overlay(blob_resize(head, sizeof(w) + blob_size(list)), sizeof(w), list);
	blob_unref(list);
	return head;
}

static int decode_08(const struct blob *b, struct cluster_info *h, struct node_rec **nodes,
		     struct wire_error *err)
{
	struct sd_cluster_info_08 w;

	memset(h, 0, sizeof(*h));
	*nodes = NULL;
	if (blob_size(b) < sizeof(w))
		return wire_fail(err, -1, blob_size(b),
				 "cluster_info of %" PRIu64 " bytes, at least %zu are needed",
				 blob_size(b), sizeof(w));
	blob_read(b, 0, &w, sizeof(w));
	CLUSTER_INFO_08_FIELDS(DECODE_FIELD)
	h->block_size_shift = h->ctime ? SD_DEFAULT_BLOCK_SIZE_SHIFT : 0;
	if (h->nr_nodes > SD_MAX_NODES_08)
		return wire_fail(err, -1, offsetof(struct sd_cluster_info_08, nr_nodes),
				 "cluster_info of %u nodes, more than %d", h->nr_nodes,
				 SD_MAX_NODES_08);
	return dialect_nodes_decode(DIALECT_08, b, sizeof(w), h->nr_nodes, nodes, err);
}

struct blob *dialect_cluster_info_encode(enum dialect d, const struct cluster_info *h,
					 const struct node_rec *nodes, uint64_t size)
{
	struct cluster_info sent = *h;
	struct blob *b;

	if (sent.proto_ver)
		sent.proto_ver = dialect_info(d)->version;
	if (d == DIALECT_08)
		return encode_08(&sent, nodes);
	if (size == 0)
		size = CLUSTER_INFO_HEAD + (uint64_t)h->nr_nodes * NODE_RECORD_SIZE;
	sent.flags = dialect_flags_send(d, h->flags);
	b = cluster_info_encode(&sent, nodes, size);
	return d < DIALECT_0A ? put_head_09(b, &sent) : b;
}

int dialect_cluster_info_decode(enum dialect d, const struct blob *b, struct cluster_info *h,
				struct node_rec **nodes, struct wire_error *err)
{
	int error = d == DIALECT_08 ? decode_08(b, h, nodes, err)
				    : cluster_info_decode(b, h, nodes, err);

	assert(d >= DIALECT_08);
	if (error == 0 && (d == DIALECT_09A || d == DIALECT_09B))
		get_head_09(b, h);
	h->flags = dialect_flags_receive(d, h->flags);
	return error;
}

/* ------------------------------------------------------------------ vdi_state (V4) */

static void encode_state_07a(const struct vdi_state *h, uint8_t *out)
{
	struct sd_vdi_state_07a w = {.vid = sd_cpu_to_le32(h->vid),
				     .nr_copies = sd_cpu_to_le32(h->nr_copies)};

	memcpy(out, &w, sizeof(w));
}

/* More copies than a byte holds: what a later release says of a snapshot (versions.md 4.4). */
static void decode_state_07a(const struct blob *b, uint64_t at, struct vdi_state *h)
{
	struct sd_vdi_state_07a w;
	uint32_t copies;

	blob_read(b, at, &w, sizeof(w));
	copies = sd_le32_to_cpu(w.nr_copies);
	h->vid = sd_le32_to_cpu(w.vid);
	h->nr_copies = copies > UINT8_MAX ? UINT8_MAX : (uint8_t)copies;
}

static void encode_state_09a(const struct vdi_state *h, uint8_t *out)
{
	struct sd_vdi_state_09a w = {0};

	VDI_STATE_09A_FIELDS(ENCODE_FIELD)
	memcpy(out, &w, sizeof(w));
}

static void decode_state_09a(const struct blob *b, uint64_t at, struct vdi_state *h)
{
	struct sd_vdi_state_09a w;

	blob_read(b, at, &w, sizeof(w));
	VDI_STATE_09A_FIELDS(DECODE_FIELD)
}

static void encode_state_09(const struct vdi_state *h, uint8_t *out)
{
	struct sd_vdi_state_09 w = {0};

	VDI_STATE_09_FIELDS(ENCODE_FIELD)
	for (uint32_t i = 0; i < MAX_PARTICIPANTS; i++) {
		w.participants_state[i] = sd_cpu_to_le32(h->participants_state[i]);
		node_id_encode(&h->participants[i], &w.participants[i]);
	}
	memcpy(out, &w, sizeof(w));
}

/* False: more participants than there is room for. */
static bool decode_state_09(const struct blob *b, uint64_t at, struct vdi_state *h)
{
	struct sd_vdi_state_09 w;

	blob_read(b, at, &w, sizeof(w));
	VDI_STATE_09_FIELDS(DECODE_FIELD)
	for (uint32_t i = 0; i < MAX_PARTICIPANTS; i++) {
		h->participants_state[i] = sd_le32_to_cpu(w.participants_state[i]);
		node_id_decode(&w.participants[i], &h->participants[i]);
	}
	return h->nr_participants <= MAX_PARTICIPANTS;
}

static void encode_state(enum dialect d, const struct vdi_state *h, uint8_t *out)
{
	if (d >= DIALECT_0A)
		vdi_state_encode(h, out);
	else if (d == DIALECT_09B)
		encode_state_09(h, out);
	else if (d >= DIALECT_07B)
		encode_state_09a(h, out);
	else
		encode_state_07a(h, out);
}

struct blob *dialect_vdi_states_encode(enum dialect d, const struct vdi_state *states, size_t n)
{
	uint64_t size = dialect_info(d)->vdi_state_size;
	uint8_t *bytes = mem_array(n, size);
	struct blob *b;

	for (size_t i = 0; i < n; i++)
		encode_state(d, &states[i], bytes + i * size);
	b = blob_new(bytes, n * size);
	free(bytes);
	return b;
}

/* The state at this place, in the words of 1.0; its size fits. */
static int decode_state(enum dialect d, const struct blob *b, uint64_t at, struct vdi_state *h,
			struct wire_error *err)
{
	memset(h, 0, sizeof(*h));
	if (d >= DIALECT_0A)
		return vdi_state_decode(b, at, h, err);
	if (d == DIALECT_09B && !decode_state_09(b, at, h))
		return wire_fail(err, -1, at + offsetof(struct sd_vdi_state_09, nr_participants),
				 "vdi_state with %" PRIu32 " participants, more than %u",
				 h->nr_participants, MAX_PARTICIPANTS);
	if (d != DIALECT_09B) {
		if (d >= DIALECT_07B)
			decode_state_09a(b, at, h);
		else
			decode_state_07a(b, at, h);
		h->lock_state = SD_LOCK_STATE_UNLOCKED;
	}
	h->block_size_shift = SD_DEFAULT_BLOCK_SIZE_SHIFT;
	return 0;
}

int dialect_vdi_states_decode(enum dialect d, const struct blob *b, struct vdi_state **states,
			      size_t *n, struct wire_error *err)
{
	const struct dialect_info *info = dialect_info(d);
	uint64_t size = info->vdi_state_size, end = blob_size(b);
	size_t nr;

	assert(size > 0);
	nr = (size_t)(end / size);
	*states = NULL;
	*n = 0;
	if (end % size && !info->trusts_tables)
		return wire_fail(err, -1, end - end % size,
				 "%" PRIu64 " bytes are no whole number of vdi_states of %" PRIu64,
				 end, size);
	if (nr == 0)
		return 0;
	*states = mem_array(nr, sizeof(**states));
	for (size_t i = 0; i < nr; i++) {
		int error = decode_state(d, b, i * size, &(*states)[*n], err);

		if (error < 0 && !info->trusts_tables) {
			free(*states);
			*states = NULL;
			*n = 0;
			return error;
		}
		*n += error == 0;
	}
	return 0;
}

/* ------------------------------------------------------------------ offers */

void dialect_offer_put(struct cluster_info *ci, const struct dialect_offer *offer)
{
	const struct dialect_info *highest, *lowest;

	ci->proto_ver = 0;
	ci->family = ci->level_ver = ci->lowest_ver = 0;
	if (offer->speaks.highest == DIALECT_NONE)
		return;
	highest = dialect_info(offer->speaks.highest);
	lowest = dialect_info(offer->speaks.lowest);
	ci->proto_ver = highest->version;
	ci->lowest_ver = lowest->version;
	/* where versions have families, all of a range have the same one */
	ci->family = highest->family ? highest->family : lowest->family;
	if (offer->level != DIALECT_NONE)
		ci->level_ver = dialect_info(offer->level)->version;
}

/* The dialect of a version byte where the offer's family goes with those that have one. */
static enum dialect offered(uint8_t version, uint8_t family)
{
	enum dialect d = dialect_of_family(version, family);

	return d != DIALECT_NONE ? d : dialect_of_family(version, SD_FAMILY_NONE);
}

bool dialect_is_offer(const struct blob *opaque)
{
	uint8_t bytes[CLUSTER_INFO_HEAD];

	blob_read(opaque, 0, bytes, sizeof(bytes));
	/* before 0.8 that byte is something else, and there is nothing to choose from */
	return bytes[offsetof(struct sd_cluster_info, proto_ver)] >= SD_SHEEP_PROTO_VER_09 &&
	       bytes[offsetof(struct sd_cluster_info, lowest_ver)] != 0;
}

int dialect_offer_get(const struct blob *join, struct dialect_offer *offer, struct wire_error *err)
{
	uint8_t bytes[CLUSTER_INFO_HEAD];
	const uint8_t *highest = &bytes[offsetof(struct sd_cluster_info, proto_ver)];
	const uint8_t *lowest = &bytes[offsetof(struct sd_cluster_info, lowest_ver)];
	uint8_t family;

	*offer = (struct dialect_offer){0};
	blob_read(join, 0, bytes, sizeof(bytes));
	if (*highest == 0)
		return 0;
	family = bytes[offsetof(struct sd_cluster_info, family)];
	offer->speaks.highest = offered(*highest, family);
	if (*highest < SD_SHEEP_PROTO_VER_09) /* that byte is something else there */
		lowest = highest;
	offer->speaks.lowest = offered(*lowest, family);
	offer->level = offered(bytes[offsetof(struct sd_cluster_info, level_ver)], family);
	if (offer->speaks.highest == DIALECT_NONE || offer->speaks.lowest == DIALECT_NONE ||
	    offer->speaks.lowest > offer->speaks.highest)
		return wire_fail(err, -1, 0, "peer versions %u to %u, which nobody here knows",
				 *lowest, *highest);
	return 0;
}
