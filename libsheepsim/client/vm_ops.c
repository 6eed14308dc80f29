/*
 * Operations on VDIs that virtual machines do, beside I/O: giving them back, and branching.
 */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "client/vdi_op.h"

/* ------------------------------------------------------------------ release */

static struct disk *locked_disk(const struct frontend *f)
{
	struct disk *d;

	TAILQ_FOREACH (d, &f->disks, link)
		if (d->locked && d->state == DISK_OPEN)
			break;
	return d;
}

bool frontend_locks_any(const struct frontend *f)
{
	return locked_disk(f) != NULL;
}

static void ask_release(struct sequence *s, const struct disk *d)
{
	const struct generation *c = d->frontend->generation;
	struct req *q = &s->x.req;
	struct blob *name = NULL;

	req_init(q, SD_OP_RELEASE_VDI);
	q->proto_ver = 0; /* of every client (versions 5.1) */
	if (c->release != RELEASE_NO_VID)
		q->vdi.base_vdi_id = d->vid;
	if (c->release != RELEASE_VID) {
		q->flags = SD_FLAG_CMD_WRITE;
		q->data_length = (uint32_t)strlen(d->name.name) + 1;
		name = blob_new(d->name.name, q->data_length);
	}
	q->vdi.type = c->open == OPEN_SHARED ? SD_LOCK_TYPE_SHARED : SD_LOCK_TYPE_NORMAL;
	sequence_send(s, name);
}

static void release_step(struct sequence *s)
{
	struct vdi_op *op = op_of(s);
	struct disk *d = locked_disk(op->frontend);

	if (!d) {
		/* the machine that comes next connects anew */
		op->frontend->io.dead = false;
		op_succeed(op);
		return;
	}
	ask_release(s, d);
	disk_forget(d);
}

void frontend_release(struct frontend *f, outcome_fn done, void *arg)
{
	assert(frontend_locks_any(f));
	op_start(f, (struct vdi_op){.done = done, .arg = arg}, release_step);
}

/* ------------------------------------------------------------------ branch */

/* The working VDI is another one now, if it is one at all: it must be opened again. */
static void forget_working(struct vdi_op *op)
{
	struct disk *d, *next;

	for (d = TAILQ_FIRST(&op->frontend->disks); d; d = next) {
		next = TAILQ_NEXT(d, link);
		if (d->state == DISK_OPEN && !d->name.tag[0] && !d->name.snapid &&
		    !strcmp(d->name.name, op->vdi.name))
			disk_forget(d);
	}
}

/* DEL_VDI with the name alone (spec 4.8: 256 bytes). */
static void branch_delete(struct vdi_op *op)
{
	struct sequence *s = &op->sequence;
	char name[SD_MAX_VDI_LEN] = {0};

	memcpy(name, op->vdi.name, strlen(op->vdi.name));
	req_init(&s->x.req, SD_OP_DEL_VDI);
	s->x.req.proto_ver = op->frontend->generation->vdi_version;
	s->x.req.flags = SD_FLAG_CMD_WRITE;
	s->x.req.data_length = sizeof name;
	s->lenient = true;
	sequence_send(s, blob_new(name, sizeof name));
}

/*
 * Where the working VDI could not be deleted, it stays as one more snapshot (versions 5.3, f): then
 * snapid is 1. That there was none is as good as a deletion.
 */
static void branch_new(struct vdi_op *op)
{
	const struct sequence *s = &op->sequence;
	const struct generation *c = op->frontend->generation;
	bool kept = s->x.req.opcode == SD_OP_DEL_VDI && s->x.rsp.result != SD_RES_SUCCESS &&
		    s->x.rsp.result != SD_RES_NO_VDI;
	struct req fields = {0};

	fields.vdi.vdi_size = op->head.vdi_size;
	fields.vdi.base_vdi_id = op->vid;
	fields.vdi.copies = op->head.nr_copies;
	fields.vdi.copy_policy = c->policy ? op->head.copy_policy : 0;
	fields.vdi.block_size_shift = c->shift ? op->head.block_size_shift : 0;
	fields.vdi.snapid = kept;
	ask_new(op, c->vdi_version, &fields);
}

/* Steps: 0 the snapshot; 1 its inode's header; 2 the deletion, 3 the new VDI. */
static void branch_step(struct sequence *s)
{
	struct vdi_op *op = op_of(s);
	const struct generation *c = op->frontend->generation;

	if (s->at == 0) {
		ask_vdi(s, SD_OP_GET_VDI_INFO, c->open_version, &op->vdi);
	} else if (s->at == 1) {
		op->vid = s->x.rsp.vdi.vdi_id;
		ask_read(s, c->io_version, sd_vid_to_inode_oid(op->vid), 0, SD_INODE_HEADER_SIZE);
	} else if (s->at == 2 && inode_head_decode(s->x.data, &op->head, NULL) < 0) {
		sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS, "its inode is malformed");
	} else if (s->at == 2 && c->branch == BRANCH_DEL_NEW) {
		branch_delete(op);
	} else if (s->x.req.opcode != SD_OP_NEW_VDI) {
		branch_new(op);
	} else {
		op->vid = s->x.rsp.vdi.vdi_id;
		forget_working(op);
		op_succeed(op);
	}
}

bool frontend_branches(const struct frontend *f)
{
	return f->generation->branch != BRANCH_NONE;
}

void frontend_branch(struct frontend *f, const struct vdi_name *snapshot, outcome_fn done,
		     void *arg)
{
	assert(frontend_branches(f));
	op_start(f, (struct vdi_op){.vdi = *snapshot, .done = done, .arg = arg}, branch_step);
}
