/*
 * What must hold of answers and of the structures in payloads (wire-protocols 1.4, 2), and what a
 * header looks like: for who reads traffic. No sheep looks so closely.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"
#include "wire/error.h"
#include "wire/ops.h"
#include "wire/records_admin.h"
#include "wire/records.h"
#include "wire/records_vdi.h"
#include "wire/traffic.h"

#define INVALID (-(int)SD_RES_INVALID_PARMS)

/* ------------------------------------------------------------------ structures */

static int check_unit(const struct blob *b, uint64_t unit, const char *what, struct wire_error *err)
{
	if (blob_size(b) % unit == 0)
		return 0;
	return wire_fail(err, INVALID, blob_size(b) / unit * unit,
			 "%" PRIu64 " bytes are not some %s of %" PRIu64, blob_size(b), what, unit);
}

static int check_least(const struct blob *b, uint64_t least, struct wire_error *err)
{
	if (blob_size(b) >= least)
		return 0;
	return wire_fail(err, INVALID, blob_size(b),
			 "payload of %" PRIu64 " bytes, at least %" PRIu64 " are needed",
			 blob_size(b), least);
}

static int check_logs(enum dialect d, const struct blob *b, uint32_t slots, struct wire_error *err)
{
	const struct dialect_info *info = dialect_info(d);
	uint64_t unit = dialect_log_size(d, slots);
	uint8_t head[EPOCH_LOG_HEAD];
	struct epoch_log log;

	if (info->log_size)
		slots = info->max_nodes;
	if (check_unit(b, unit, "epoch logs", err) < 0)
		return INVALID;
	for (uint64_t at = 0; at < blob_size(b); at += unit) {
		blob_read(b, at, head, info->log_head);
		dialect_log_decode(d, head, &log);
		if (log.nr_nodes > slots)
			return wire_fail(err, INVALID, at + offsetof(struct sd_epoch_log, nr_nodes),
					 "epoch log of %" PRIu32 " nodes in %" PRIu32 " slots",
					 log.nr_nodes, slots);
	}
	return 0;
}

static int check_vdi_states(enum dialect d, const struct blob *b, struct wire_error *err)
{
	uint32_t size = dialect_info(d)->vdi_state_size;
	struct vdi_state *states;
	size_t n;
	int ret;

	if (size == 0)
		return 0;
	if (check_unit(b, size, "vdi_states", err) < 0)
		return INVALID;
	ret = dialect_vdi_states_decode(d, b, &states, &n, err);
	free(states);
	return ret;
}

/* Does an inode keep a B-tree? b: it from its front on, or what there is of it. */
static bool is_hypervolume(const struct blob *b)
{
	uint8_t policy;

	blob_read(b, offsetof(struct sd_inode_header, store_policy), &policy, 1);
	return policy == SD_STORE_POLICY_BTREE;
}

/* What is said of an object as a whole can be checked where its front is there. */
static int check_object(const struct req *q, const struct blob *b, struct wire_error *err)
{
	struct btree_head btree;
	struct vdi_attr attr;
	uint64_t oid = req_object(q);
	uint64_t root = sd_oid_is_inode(oid) ? INODE_DATA_VIDS : 0;

	if (req_offset(q) != 0 || (q->variant == VARIANT_OBJ && q->obj.copy_policy != 0))
		return 0;
	if (sd_oid_is_attr(oid) && blob_size(b) >= VDI_ATTR_HEAD)
		return vdi_attr_decode(b, &attr, err);
	if (!sd_oid_is_btree(oid) && !(root && is_hypervolume(b)))
		return 0;
	/* A new volume has zeros there until something is written. */
	if (blob_size(b) < root + BTREE_HEAD || blob_is_zero(b, root, BTREE_HEAD))
		return 0;
	return btree_head_decode(b, root, &btree, err);
}

/* What a decoder makes of it; nothing is kept. */
static int check_decoded(enum dialect d, enum shape shape, const struct blob *b,
			 struct wire_error *err)
{
	struct recovery_throttling throttling;
	struct recovery_state recovery;
	struct node_rec *nodes = NULL;
	struct md_info *disks = NULL;
	struct cluster_info ci;
	struct node_stat stat;
	uint64_t time;
	size_t n;
	int ret = 0;

	if (shape == SHAPE_EPOCH)
		ret = dialect_epoch_decode(d, b, &nodes, &n, &time, err);
	else if (shape == SHAPE_CLUSTER_INFO)
		ret = d < DIALECT_08 ? 0 : dialect_cluster_info_decode(d, b, &ci, &nodes, err);
	else if (shape == SHAPE_RECOVERY)
		ret = recovery_state_decode(b, &recovery, err);
	else if (shape == SHAPE_THROTTLING)
		ret = recovery_throttling_decode(b, &throttling, err);
	else if (shape == SHAPE_STAT)
		ret = node_stat_decode(b, &stat, err);
	else if (shape == SHAPE_DISKS)
		ret = md_info_decode(b, &disks, &n, err);
	free(nodes);
	free(disks);
	return ret;
}

static int check_shape(enum dialect d, enum shape shape, const struct req *q, const struct blob *b,
		       struct wire_error *err)
{
	switch (shape) {
	case SHAPE_NONE:
	case SHAPE_DATA:
	case SHAPE_NAMES:
	case SHAPE_TEXT:
		return 0;
	case SHAPE_NUMBER:
	case SHAPE_VID:
		return check_least(b, sizeof(sd_le32), err);
	case SHAPE_OIDS:
		return check_unit(b, sizeof(sd_le64), "object ids", err);
	case SHAPE_BITMAP:
		return check_least(b, SD_VDI_BITMAP_SIZE, err);
	case SHAPE_OBJECT:
		return check_object(q, b, err);
	case SHAPE_ATTR:
		return check_least(b, VDI_ATTR_SIZE, err);
	case SHAPE_NODES:
		return check_unit(b, dialect_info(d)->node_size, "member records", err);
	case SHAPE_LOGS:
		return check_logs(d, b, q->cluster.nodes_nr, err);
	case SHAPE_VDI_STATES:
		return check_vdi_states(d, b, err);
	case SHAPE_EPOCH:
	case SHAPE_CLUSTER_INFO:
	case SHAPE_RECOVERY:
	case SHAPE_THROTTLING:
	case SHAPE_STAT:
	case SHAPE_DISKS:
		break;
	}
	return check_decoded(d, shape, b, err);
}

int payload_validate(enum dialect d, const struct req *q, bool answer, const struct blob *payload,
		     struct wire_error *err)
{
	if (blob_size(payload) == 0)
		return 0;
	if (check_shape(d, dialect_payload_shape(d, q->opcode, answer), q, payload, err) == 0)
		return 0;
	if (err)
		err->offset += WIRE_HEADER;
	return INVALID;
}

/* ------------------------------------------------------------------ answers */

/* Bytes that a request has room for in its answer (spec 1.4). */
static uint32_t room(const struct req *q)
{
	bool one_way = (q->flags & SD_FLAG_CMD_WRITE) && !(q->flags & SD_FLAG_CMD_PIGGYBACK);

	return one_way ? 0 : q->data_length;
}

/* The members that an answer to GET_NODE_LIST has. */
static uint32_t listed(const struct rsp *h)
{
	return h->variant == VARIANT_NODE_08 ? h->node_08.nr_nodes : h->node.nr_nodes;
}

int rsp_validate(enum dialect d, const struct req *q, const struct rsp *h,
		 const struct blob *payload, struct wire_error *err)
{
	if (h->opcode != q->opcode)
		return wire_fail(err, INVALID, offsetof(struct sd_rsp, opcode),
				 "opcode 0x%02x, the request has 0x%02x", h->opcode, q->opcode);
	if (h->id != q->id)
		return wire_fail(err, INVALID, offsetof(struct sd_rsp, id),
				 "id %" PRIu32 ", the request has %" PRIu32, h->id, q->id);
	if (blob_size(payload) != h->data_length)
		return wire_fail(err, INVALID, offsetof(struct sd_rsp, data_length),
				 "payload of %" PRIu64 " bytes where the header says %" PRIu32,
				 blob_size(payload), h->data_length);
	if (h->data_length > room(q))
		return wire_fail(err, INVALID, offsetof(struct sd_rsp, data_length),
				 "payload of %" PRIu32 " bytes, the request has room for %" PRIu32,
				 h->data_length, room(q));
	if (h->opcode == SD_OP_GET_NODE_LIST && h->data_length > 0 &&
	    h->data_length != (uint64_t)listed(h) * dialect_info(d)->node_size)
		return wire_fail(err, INVALID, offsetof(struct sd_rsp, node.nr_nodes),
				 "nr_nodes is %" PRIu32 ", but the payload has %" PRIu32 " bytes",
				 listed(h), h->data_length);
	return payload_validate(d, q, true, payload, err);
}

/* ------------------------------------------------------------------ what looks like a header */

#define PLAUSIBLE_LENGTH (UINT32_C(64) << 20)
#define PLAUSIBLE_EPOCH	 (UINT32_C(1) << 24)
#define KNOWN_FLAGS	 0x07ffu
/* The versions of the releases that use this header (versions.md 1). */
#define OLDEST_SHEEP_VER 0x05
#define OID_RESERVED	 UINT64_C(0x0700000000000000)

static bool all_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

static bool version_possible(uint8_t opcode, uint8_t version)
{
	if (opcode < SD_OP_INTERNAL)
		return version <= SD_PROTO_VER;
	return version >= OLDEST_SHEEP_VER && version <= SD_SHEEP_PROTO_VER;
}

/* Whoever names an object names one that can exist. */
static bool object_possible(const struct op_info *info, const struct req *q)
{
	bool needed =
		q->opcode < SD_OP_INTERNAL || info->class == OP_GATEWAY || info->class == OP_PEER;

	if (q->variant != VARIANT_OBJ && q->variant != VARIANT_OBJ_08)
		return true;
	if (req_object(q) == 0)
		return !needed;
	return !(req_object(q) & OID_RESERVED) && sd_oid_vid(req_object(q)) != 0;
}

/* Reserved bytes are zero; only a gateway that forwards DECREF leaves its strip's number there. */
static bool reserved_possible(const struct req *q)
{
	uint8_t rest[sizeof(q->rest)];

	memcpy(rest, q->rest, sizeof(rest));
	if (q->variant == VARIANT_REF)
		rest[offsetof(struct sd_req_obj, ec_index)] = 0;
	return all_zero(rest, sizeof(rest));
}

/* Nobody sends a request of nearly nothing but zeros, or half of a piggyback. */
static bool says_something(const struct req *q)
{
	if ((q->flags & (SD_FLAG_CMD_WRITE | SD_FLAG_CMD_PIGGYBACK)) == SD_FLAG_CMD_PIGGYBACK)
		return false;
	if (q->proto_ver > 0)
		return true;
	if (q->opcode == SD_OP_RELEASE_VDI && q->vdi.base_vdi_id != 0)
		return q->epoch == 0 && q->vdi.base_vdi_id <= SD_VID_MASK && q->vdi.vdi_size == 0;
	/* Clients that leave out the version have no epoch to tell. */
	return q->epoch == 0 && (q->flags != 0 || q->data_length > 0);
}

bool req_plausible(const uint8_t head[WIRE_HEADER])
{
	const struct op_info *info;
	struct blob *payload;
	enum dialect d;
	struct req q;
	int ret;

	req_decode(head, &q);
	d = dialect_of_request(&q);
	info = op_info_at(dialect_info(d)->release, q.opcode);
	req_decode_as(head, dialect_req_variant(d, q.opcode), &q);
	if (!info || !version_possible(q.opcode, q.proto_ver) || (q.flags & ~KNOWN_FLAGS) ||
	    q.data_length > PLAUSIBLE_LENGTH || q.epoch >= PLAUSIBLE_EPOCH ||
	    !reserved_possible(&q) || !object_possible(info, &q) || !says_something(&q))
		return false;
	if (info->class == OP_NONE)
		return true;
	payload = blob_zero(q.flags & SD_FLAG_CMD_WRITE ? q.data_length : 0);
	ret = dialect_req_validate(d, &q, payload, NULL);
	blob_unref(payload);
	return ret != INVALID;
}

/* Answers that carry nothing have no length, those of reads always have one. */
static bool length_possible(const struct rsp *p)
{
	if (p->opcode == SD_OP_READ_OBJ || p->opcode == SD_OP_READ_PEER)
		return (p->result == SD_RES_SUCCESS) == (p->data_length > 0);
	return p->data_length == 0 || payload_shape(p->opcode, true) != SHAPE_NONE;
}

/* Reserved bytes are zero; lists of members up to 0.7 have two places in the list there. */
static bool rest_possible(const struct rsp *p)
{
	uint8_t rest[sizeof(p->rest)];

	memcpy(rest, p->rest, sizeof(rest));
	if (p->variant == VARIANT_NODE)
		memset(rest + offsetof(struct sd_rsp_node, reserved), 0, 2 * sizeof(sd_le32));
	return all_zero(rest, sizeof(rest));
}

bool rsp_plausible(const uint8_t head[WIRE_HEADER])
{
	const struct op_info *info = op_info(head[1]);
	char buf[12];
	struct rsp p;

	rsp_decode(head, &p);
	if (!info || p.proto_ver != 0 || p.flags != 0 || p.data_length > PLAUSIBLE_LENGTH ||
	    p.epoch >= PLAUSIBLE_EPOCH || !rest_possible(&p))
		return false;
	/* Before it is formatted, a node does little; from then on it has an epoch. */
	if (p.epoch == 0 && p.result == SD_RES_SUCCESS && !info->force)
		return false;
	return result_name(p.result, buf) != buf && length_possible(&p);
}
