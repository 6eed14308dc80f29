/*
 * What 0.7 (0x08) says at the edges of a node that is of it: headers with wider fields, payloads
 * with shorter records. Inside everything is in the words of 1.0; see dialect.h.
 */
#include <stdlib.h>
#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/older.h"
#include "sheepsim/wire/peer.h"
#include "wire/dialect_08.h"

/* Inside, epoch logs of STAT_CLUSTER have as many slots as those of 0.7. */
#define SLOTS SD_MAX_NODES_08

/* ------------------------------------------------------------------ room for answers */

/* Bytes that something takes inside, and in 0.7: of each record, and of what follows them all. */
struct size_pair {
	uint64_t inside, outside, behind;
};

/* False: payloads of this shape are the same. */
static bool record_sizes(enum shape shape, uint32_t slots, struct size_pair *sizes)
{
	switch (shape) {
	case SHAPE_NODES:
		*sizes = (struct size_pair){NODE_RECORD_SIZE, SD_NODE_SIZE_08, 0};
		return true;
	case SHAPE_EPOCH:
		*sizes = (struct size_pair){NODE_RECORD_SIZE, SD_NODE_SIZE_08, sizeof(sd_le64)};
		return true;
	case SHAPE_LOGS:
		*sizes = (struct size_pair){EPOCH_LOG_HEAD + (uint64_t)slots * NODE_RECORD_SIZE,
					    SD_EPOCH_LOG_SIZE_08, 0};
		return true;
	default:
		return false;
	}
}

/* Room for as many whole records, of the other size. */
static uint32_t other_room(uint32_t room, uint64_t from, uint64_t to, uint64_t behind)
{
	uint64_t other;

	if (room < behind)
		return 0;
	other = (room - behind) / from * to + behind;
	return other < UINT32_MAX ? (uint32_t)other : UINT32_MAX;
}

/* Does data_length count records: of the payload, or of the answer that there is room for? */
static bool counts_records(const struct req *q, struct size_pair *sizes)
{
	bool sends = q->flags & SD_FLAG_CMD_WRITE;

	return record_sizes(payload_shape(q->opcode, !sends), sends ? 0 : q->cluster.nodes_nr,
			    sizes);
}

/* ------------------------------------------------------------------ requests */

void dialect_08_req_send(struct req *q)
{
	struct size_pair sizes;
	struct req said = *q;

	if (counts_records(q, &sizes))
		said.data_length =
			other_room(q->data_length, sizes.inside, sizes.outside, sizes.behind);
	said.variant = dialect_req_variant(DIALECT_08, q->opcode);
	if (said.variant != q->variant)
		memset(said.rest, 0, sizeof(said.rest));
	if (said.variant == VARIANT_OBJ_08) {
		said.obj_08.oid = q->obj.oid;
		said.obj_08.cow_oid = q->obj.cow_oid;
		said.obj_08.copies = q->obj.copies;
		said.obj_08.tgt_epoch = q->obj.tgt_epoch;
		said.obj_08.offset = q->obj.offset;
	} else if (said.variant == VARIANT_VDI_08) {
		said.vdi_08.vdi_size = q->vdi.vdi_size;
		said.vdi_08.base_vdi_id = q->vdi.base_vdi_id;
		said.vdi_08.copies = q->vdi.copies | q->vdi.copies_more << 8;
		said.vdi_08.snapid = q->vdi.snapid;
	} else if (said.variant == VARIANT_CLUSTER_08) {
		said.cluster_08.oid = q->cluster.oid;
		said.cluster_08.ctime = q->cluster.ctime;
		said.cluster_08.copies = q->cluster.copies;
		said.cluster_08.tag = q->cluster.tag;
	} else if (said.variant == VARIANT_VDI_STATE_08) {
		said.vdi_state_08.old_vid = q->vdi_state.old_vid;
		said.vdi_state_08.new_vid = q->vdi_state.new_vid;
		said.vdi_state_08.copies = q->vdi_state.copies | q->vdi_state.copies_more << 8;
		said.vdi_state_08.set_bitmap = q->vdi_state.set_bitmap;
	}
	*q = said;
}

static uint8_t narrow(uint32_t copies)
{
	return copies > UINT8_MAX ? UINT8_MAX : (uint8_t)copies;
}

/* The variant of a header of 0.7, as that of 1.0. */
static void receive_variant(const struct req *said, struct req *q)
{
	switch (said->variant) {
	case VARIANT_OBJ_08:
		q->obj.oid = said->obj_08.oid;
		q->obj.cow_oid = said->obj_08.cow_oid;
		q->obj.copies = narrow(said->obj_08.copies);
		q->obj.tgt_epoch = said->obj_08.tgt_epoch;
		/* past the end of any object */
		q->obj.offset = said->obj_08.offset > UINT32_MAX ? UINT32_MAX
								 : (uint32_t)said->obj_08.offset;
		break;
	case VARIANT_VDI_08:
		q->vdi.vdi_size = said->vdi_08.vdi_size;
		q->vdi.base_vdi_id = said->vdi_08.base_vdi_id;
		q->vdi.copies = (uint8_t)said->vdi_08.copies;
		q->vdi.copies_more = said->vdi_08.copies >> 8;
		q->vdi.snapid = said->vdi_08.snapid;
		break;
	case VARIANT_CLUSTER_08:
		q->cluster.oid = said->cluster_08.oid;
		q->cluster.ctime = said->cluster_08.ctime;
		q->cluster.copies = narrow(said->cluster_08.copies);
		q->cluster.tag = said->cluster_08.tag;
		break;
	case VARIANT_VDI_STATE_08:
		q->vdi_state.old_vid = said->vdi_state_08.old_vid;
		q->vdi_state.new_vid = said->vdi_state_08.new_vid;
		q->vdi_state.copies = (uint8_t)said->vdi_state_08.copies;
		q->vdi_state.copies_more = said->vdi_state_08.copies >> 8;
		q->vdi_state.set_bitmap = said->vdi_state_08.set_bitmap;
		break;
	default:
		memcpy(q->rest, said->rest, sizeof(q->rest));
		break;
	}
}

void dialect_08_req_receive(struct req *q)
{
	uint8_t head[WIRE_HEADER];
	struct size_pair sizes;
	struct req said;

	req_encode(q, head);
	req_decode_as(head, dialect_req_variant(DIALECT_08, q->opcode), &said);
	req_init(q, said.opcode);
	q->proto_ver = said.proto_ver;
	q->flags = said.flags;
	q->epoch = said.epoch;
	q->id = said.id;
	q->data_length = said.data_length;
	receive_variant(&said, q);
	if (q->opcode == SD_OP_STAT_CLUSTER)
		q->cluster.nodes_nr = SLOTS;
	if (counts_records(q, &sizes))
		q->data_length =
			other_room(q->data_length, sizes.outside, sizes.inside, sizes.behind);
}

/* ------------------------------------------------------------------ answers */

void dialect_08_rsp_send(uint8_t opcode, struct rsp *p)
{
	struct rsp said = *p;

	said.variant = dialect_rsp_variant(DIALECT_08, opcode);
	if (said.variant != p->variant)
		memset(said.rest, 0, sizeof(said.rest));
	if (said.variant == VARIANT_OBJ_08) {
		said.obj_08.copies = p->obj.copies;
		said.obj_08.offset = p->obj.offset;
	} else if (said.variant == VARIANT_VDI_08) {
		said.vdi_08.vdi_id = p->vdi.vdi_id;
		said.vdi_08.attr_id = p->vdi.attr_id;
		said.vdi_08.copies = p->vdi.copies | p->vdi.copies_more << 8;
	} else if (said.variant == VARIANT_NODE_08) {
		said.node_08.nr_nodes = p->node.nr_nodes;
		said.node_08.local_idx = p->node.local_idx;
		said.node_08.master_idx = 0;
		said.node_08.store_size = p->node.store_size;
		said.node_08.store_free = p->node.store_free;
	}
	*p = said;
}

void dialect_08_rsp_receive(uint8_t opcode, struct rsp *p)
{
	uint8_t head[WIRE_HEADER];
	enum variant variant = p->variant;
	struct rsp said;

	rsp_encode(p, head);
	rsp_decode_as(head, dialect_rsp_variant(DIALECT_08, opcode), &said);
	memset(p, 0, sizeof(*p));
	p->proto_ver = said.proto_ver;
	p->opcode = said.opcode;
	p->flags = said.flags;
	p->epoch = said.epoch;
	p->id = said.id;
	p->data_length = said.data_length;
	p->result = said.result;
	p->variant = variant;
	if (said.variant == VARIANT_OBJ_08) {
		p->obj.copies = narrow(said.obj_08.copies);
		p->obj.offset = said.obj_08.offset;
	} else if (said.variant == VARIANT_VDI_08) {
		p->vdi.vdi_id = said.vdi_08.vdi_id;
		p->vdi.attr_id = said.vdi_08.attr_id;
		p->vdi.copies = (uint8_t)said.vdi_08.copies;
		p->vdi.copies_more = said.vdi_08.copies >> 8;
	} else if (said.variant == VARIANT_NODE_08) {
		p->node.nr_nodes = said.node_08.nr_nodes;
		p->node.local_idx = said.node_08.local_idx;
		p->node.store_size = said.node_08.store_size;
		p->node.store_free = said.node_08.store_free;
	} else {
		memcpy(p->rest, said.rest, sizeof(p->rest));
	}
}

/* ------------------------------------------------------------------ payloads */

/* What is no list of records of the one dialect stays as it is: its reader will find that out. */
static struct blob *nodes_between(enum dialect from, enum dialect to, struct blob *b)
{
	size_t n = (size_t)(blob_size(b) / dialect_info(from)->node_size);
	struct node_rec *nodes;
	struct blob *out;

	if (dialect_nodes_decode(from, b, 0, n, &nodes, NULL) < 0)
		return blob_ref(b);
	out = dialect_nodes_encode(to, nodes, n);
	free(nodes);
	return out;
}

static struct blob *epoch_between(enum dialect from, enum dialect to, struct blob *b)
{
	struct node_rec *nodes;
	struct blob *out;
	uint64_t time;
	size_t n;

	if (dialect_epoch_decode(from, b, &nodes, &n, &time, NULL) < 0)
		return blob_ref(b);
	out = dialect_epoch_encode(to, nodes, n, time);
	free(nodes);
	return out;
}

/* An epoch log with `from_slots' places becomes one with `to_slots'; without any it has no nodes.
 */
static struct blob *log_between(enum dialect from, uint32_t from_slots, enum dialect to,
				uint32_t to_slots, const struct blob *b, uint64_t at,
				struct blob *out, uint64_t to_at)
{
	uint8_t head[EPOCH_LOG_HEAD];
	struct node_rec *nodes;
	struct epoch_log log;
	struct blob *list;
	uint32_t nr;

	blob_read(b, at, head, dialect_info(from)->log_head);
	dialect_log_decode(from, head, &log);
	if (to_slots == 0)
		log.nr_nodes = 0;
	nr = log.nr_nodes < from_slots ? log.nr_nodes : from_slots;
	if (nr > to_slots)
		nr = to_slots;
	dialect_log_encode(to, &log, head);
	out = blob_write(out, to_at, head, dialect_info(to)->log_head);
	if (dialect_nodes_decode(from, b, at + dialect_info(from)->log_head, nr, &nodes, NULL) < 0)
		return out;
	list = dialect_nodes_encode(to, nodes, nr);
	out = blob_overlay(out, to_at + dialect_info(to)->log_head, list);
	blob_unref(list);
	free(nodes);
	return out;
}

static struct blob *logs_between(enum dialect from, uint32_t from_slots, enum dialect to,
				 uint32_t to_slots, const struct blob *b)
{
	uint64_t unit = dialect_log_size(from, from_slots),
		 to_unit = dialect_log_size(to, to_slots);
	uint64_t n = blob_size(b) / unit;
	struct blob *out = blob_zero(n * to_unit);

	for (uint64_t i = 0; i < n; i++)
		out = log_between(from, from_slots, to, to_slots, b, i * unit, out, i * to_unit);
	return out;
}

struct blob *dialect_08_payload_send(enum shape shape, struct blob *payload)
{
	switch (shape) {
	case SHAPE_NODES:
		return nodes_between(DIALECT_0A, DIALECT_08, payload);
	case SHAPE_EPOCH:
		return epoch_between(DIALECT_0A, DIALECT_08, payload);
	case SHAPE_LOGS:
		return logs_between(DIALECT_0A, SLOTS, DIALECT_08, SLOTS, payload);
	default:
		return blob_ref(payload);
	}
}

struct blob *dialect_08_payload_receive(enum shape shape, uint32_t slots, struct blob *payload)
{
	switch (shape) {
	case SHAPE_NODES:
		return nodes_between(DIALECT_08, DIALECT_0A, payload);
	case SHAPE_EPOCH:
		return epoch_between(DIALECT_08, DIALECT_0A, payload);
	case SHAPE_LOGS:
		return logs_between(DIALECT_08, SLOTS, DIALECT_0A, slots, payload);
	default:
		return blob_ref(payload);
	}
}
