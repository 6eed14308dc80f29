/* dog vdi alter-copy: another number of copies for a VDI that stands alone. */
#include <sheepsim/wire/admin.h>

#include "client/vdi_op.h"

#define NODE_LIST_ROOM (SD_MAX_NODES * SD_NODE_SIZE)

/* The steps, by their number. */
enum {
	ASK_NODES,
	ASK_STATE,
	ASK_NAME,
	ASK_INODE,
	CHECK_INODE,
	ASK_FAMILY = CHECK_INODE, /* that, and the two that follow */
	FIRST_INODE = ASK_FAMILY + ASK_VDIS,
};

static void refuse(struct sequence *s, const char *why)
{
	sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS, why);
}

static void done_step(struct sequence *s)
{
	op_succeed(op_of(s));
}

/* The inode has the number; the nodes are told of it. */
static void tell_step(struct sequence *s)
{
	struct vdi_op *op = op_of(s);

	op->vid = op->head.vdi_id;
	req_init(&s->x.req, SD_OP_ALTER_VDI_COPY);
	s->x.req.vdi_state.new_vid = op->vid;
	s->x.req.vdi_state.copies = op->spec.copies;
	s->x.req.vdi_state.block_size_shift = op->head.block_size_shift;
	s->step = done_step;
	sequence_send(s, NULL);
}

/* Writes the front of the inode, to as many copies as there are now. */
static void write_head(struct vdi_op *op)
{
	struct inode_head head = op->head;
	uint8_t bytes[INODE_HEAD];
	struct req *q = &op->sequence.x.req;

	head.nr_copies = op->spec.copies;
	inode_head_encode(&head, bytes);
	request_object(q, SD_OP_WRITE_OBJ, SD_FLAG_CMD_WRITE | SD_FLAG_CMD_DIRECT,
		       sd_vid_to_inode_oid(head.vdi_id), 0, sizeof bytes);
	q->obj.copies = op->head.nr_copies;
	op->sequence.step = tell_step;
	sequence_send(&op->sequence, blob_new(bytes, sizeof bytes));
}

/* What the VDI itself has against it; NULL: nothing. */
static const char *objection(const struct vdi_op *op)
{
	if (op->head.copy_policy)
		return "its objects are coded";
	return op->head.nr_copies == op->spec.copies ? "it has so many copies already" : NULL;
}

/* The inodes of all VDIs, one after the other: none may be its child, nor may it have a parent. */
static void family_step(struct vdi_op *op)
{
	struct sequence *s = &op->sequence;
	struct inode_head head;

	if (s->at > FIRST_INODE) {
		if (inode_head_decode(s->x.data, &head, NULL) < 0) {
			refuse(s, "an inode is malformed");
			return;
		}
		op->has_family |= head.parent_vdi_id == op->head.vdi_id && head.name[0];
	}
	if (ask_next_inode(op))
		return;
	if (op->has_family)
		refuse(s, "it has a base, snapshots or clones");
	else
		write_head(op);
}

static void copies_step(struct sequence *s)
{
	struct vdi_op *op = op_of(s);

	switch (s->at) {
	case ASK_NODES:
		req_init(&s->x.req, SD_OP_GET_NODE_LIST);
		s->x.req.data_length = NODE_LIST_ROOM;
		sequence_send(s, NULL);
		return;
	case ASK_STATE:
		req_init(&s->x.req, SD_OP_STAT_CLUSTER);
		s->x.req.data_length = EPOCH_LOG_HEAD;
		s->lenient = true; /* the result is the cluster's status */
		sequence_send(s, NULL);
		return;
	case ASK_NAME:
		ask_vdi(s, SD_OP_GET_VDI_INFO, SD_PROTO_VER, &op->vdi);
		return;
	case ASK_INODE:
		ask_read(s, SD_PROTO_VER, sd_vid_to_inode_oid(s->x.rsp.vdi.vdi_id), 0, INODE_HEAD);
		return;
	case CHECK_INODE:
		if (inode_head_decode(s->x.data, &op->head, NULL) < 0) {
			refuse(s, "its inode is malformed");
			return;
		}
		if (objection(op)) {
			refuse(s, objection(op));
			return;
		}
		op->has_family = op->head.parent_vdi_id != 0;
		break;
	}
	if (!ask_vdis(op, s->at - ASK_FAMILY))
		family_step(op);
}

void frontend_set_copies(struct frontend *f, const struct vdi_name *vdi, uint8_t copies,
			 outcome_fn done, void *arg)
{
	op_start(f,
		 (struct vdi_op){
			 .vdi = *vdi, .spec.copies = copies, .next = 1, .done = done, .arg = arg},
		 copies_step);
}
