/*
 * A snapshot of the working VDI, as dog takes it.
 */
#include <string.h>

#include <sheepsim/wire/frontend.h>

#include "client/vdi_op.h"

static void snapshot_working(struct vdi_op *op)
{
	struct vdi_name working = op->vdi;

	memset(working.tag, 0, sizeof working.tag);
	ask_vdi(&op->sequence, SD_OP_GET_VDI_INFO, SD_PROTO_VER, &working);
}

static void snapshot_tag(struct vdi_op *op)
{
	ask_write(op, SD_OP_WRITE_OBJ, 0, sd_vid_to_inode_oid(op->vid), SD_MAX_VDI_LEN,
		  blob_new(op->vdi.tag, SD_MAX_VDI_TAG_LEN));
}

/* dog is of the sheep's release: where sheep say nothing of sizes of objects, it does not either.
 */
static void snapshot_new(struct vdi_op *op)
{
	struct req fields = {0};

	fields.vdi.vdi_size = op->head.vdi_size;
	fields.vdi.base_vdi_id = op->vid;
	fields.vdi.copies = op->head.nr_copies;
	fields.vdi.copy_policy = op->head.copy_policy;
	fields.vdi.block_size_shift = op->default_shift ? op->head.block_size_shift : 0;
	fields.vdi.snapid = 1;
	ask_new(op, SD_PROTO_VER, &fields);
}

/*
 * Steps: 0 is the tag free; 1 the working VDI; 2 its header; 3 the tag; 4 the new VDI, with a size
 * of objects if the sheep has told one: dog is of its release.
 */
static void snapshot_step(struct sequence *s)
{
	struct vdi_op *op = op_of(s);

	if (s->at == 0 && !op->vdi.tag[0])
		s->at++;
	switch (s->at) {
	case 0:
		s->lenient = true;
		ask_vdi(s, SD_OP_GET_VDI_INFO, SD_PROTO_VER, &op->vdi);
		return;
	case 1:
		if (!op->vdi.tag[0] || s->x.rsp.result == SD_RES_NO_TAG)
			snapshot_working(op);
		else if (s->x.rsp.result == SD_RES_SUCCESS)
			sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS,
				     "it has a snapshot with this tag already");
		else
			sequence_end(s, OUTCOME_RESULT, s->x.rsp.result, NULL);
		return;
	case 2:
		op->vid = s->x.rsp.vdi.vdi_id;
		op->default_shift = s->x.rsp.vdi.block_size_shift;
		ask_read(s, SD_PROTO_VER, sd_vid_to_inode_oid(op->vid), 0, INODE_HEAD);
		return;
	case 3:
		if (inode_head_decode(s->x.data, &op->head, NULL) < 0)
			sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS, "its inode is malformed");
		else
			snapshot_tag(op);
		return;
	case 4:
		snapshot_new(op);
		return;
	default:
		op->vid = s->x.rsp.vdi.vdi_id;
		op_succeed(op);
	}
}

void frontend_snapshot(struct frontend *f, const struct vdi_name *vdi, outcome_fn done, void *arg)
{
	struct vdi_op op = {.vdi = *vdi, .done = done, .arg = arg};

	op.vdi.snapid = 0;
	op_start(f, op, snapshot_step);
}
