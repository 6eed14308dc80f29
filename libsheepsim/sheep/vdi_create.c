/*
 * NEW_VDI (R613-R619): create, clone, snapshot, and the rollback form.
 *
 *   name found?  ->  NOTIFY_VDI_ADD  ->  base inode read, frozen or counted  ->  new inode created
 *
 * Each of these is I/O of its own; a crash in between leaves them half done (R619).
 */
#include <stdlib.h>
#include <string.h>

#include "sheep/vdi_inode.h"
#include "sheep/vdi_layer.h"
#include "sheep/vdi_lookup.h"

enum form {
	FORM_CREATE,   /* R615 */
	FORM_CLONE,    /* R616 */
	FORM_SNAPSHOT, /* R617 */
	FORM_ROLLBACK, /* R618: the base is another snapshot of the family */
};

struct create {
	struct task task;
	struct flow flow;
	struct lookup lookup;
	struct request *request;
	enum form form;
	uint64_t now;		/* as an inode's times are written */
	uint32_t old_vid;	/* becomes a snapshot in the tables, 0: none */
	uint32_t base_vid;	/* whose data it gets, 0: none */
	struct inode_head head; /* of the new inode */
	struct blob *inode;	/* the new inode, when it is made */
};

/* The steps, in their order; each gets the result of what was started before it. */
static void create_looked_up(struct lookup *l);
static void create_announced(struct flow *f);
static void create_current_frozen(struct flow *f);
static void create_base_read(struct flow *f);
static void create_base_written(struct flow *f);
static void create_inode(struct create *c);
static void create_written(struct flow *f);

static void create_drop(struct task *t)
{
	struct create *c = container_of(t, struct create, task);

	blob_unref(c->inode);
	free(c);
}

static void create_end(struct create *c, uint32_t result)
{
	struct request *r = c->request;

	task_remove(&c->task);
	create_drop(&c->task);
	request_end(r, result);
}

/* The encoding of times in inodes (spec 2.4): seconds, and microseconds as nanoseconds. */
static uint64_t inode_time(const struct sheep *s)
{
	uint64_t now = world_unix_time(s->world);

	return ((now / NSEC_PER_SEC) << 32) | (now % NSEC_PER_SEC / 1000 * 1000);
}

/* R613: what the request leaves open is the cluster's default. False: values that cannot be. */
static bool create_parameters(struct request *r, struct inode_head *head)
{
	const struct sheep *s = r->sheep;
	uint8_t copies = r->q.vdi.copies, policy = r->q.vdi.copy_policy;
	uint8_t shift = r->q.vdi.block_size_shift;

	if (blob_size(r->data) != SD_MAX_VDI_LEN || req_validate(&r->q, r->data, NULL) < 0)
		return false;
	if (copies == 0 && r->q.vdi.copies_more == 0) {
		copies = s->ci.nr_copies;
		policy = s->ci.copy_policy;
	}
	if (policy)
		copies = (uint8_t)(sd_policy_data_strips(policy) + sd_policy_parity_strips(policy));
	if (!shift)
		shift = s->ci.block_size_shift;
	blob_read(r->data, 0, head->name, SD_MAX_VDI_LEN);
	head->vdi_size = r->q.vdi.vdi_size;
	head->store_policy = r->q.vdi.store_policy;
	head->copy_policy = policy;
	head->nr_copies = copies;
	head->block_size_shift = shift;
	/* also in the answer of a NEW_VDI that fails from here on */
	r->p.vdi.copies = copies;
	r->p.vdi.copies_more = r->q.vdi.copies_more;
	r->p.vdi.block_size_shift = shift;
	return true;
}

void vdi_new_work(struct request *r)
{
	struct create *c = mem_alloc(sizeof(*c));

	c->request = r;
	c->flow.sheep = r->sheep;
	task_add(r->sheep, &c->task, create_drop);
	if (!create_parameters(r, &c->head)) {
		create_end(c, SD_RES_INVALID_PARMS);
		return;
	}
	memcpy(c->lookup.name, c->head.name, sizeof(c->lookup.name));
	lookup_start(r->sheep, &c->lookup, create_looked_up);
}

/* Which VDI gets frozen and which one is copied (R615-R618). */
static void create_choose_form(struct create *c)
{
	const struct lookup *l = &c->lookup;
	uint32_t base = c->request->q.vdi.base_vdi_id;

	c->base_vid = base;
	if (!c->request->q.vdi.snapid) {
		c->form = base ? FORM_CLONE : FORM_CREATE;
		/* l->vid: a name that goes on from its last snapshot (R611); clones: V11 */
		c->old_vid = base ? base : l->vid;
		if (base && !node_release(c->flow.sheep)->clones_name_base)
			c->old_vid = 0;
	} else {
		c->form = base == l->vid ? FORM_SNAPSHOT : FORM_ROLLBACK;
		c->old_vid = l->vid;
	}
}

/* From here on each step is I/O of its own, and nothing is undone (R619). */
static void create_looked_up(struct lookup *l)
{
	struct create *c = container_of(l, struct create, lookup);
	bool snapshot = c->request->q.vdi.snapid;
	struct req q;

	if (!snapshot && l->result == SD_RES_SUCCESS) {
		create_end(c, SD_RES_VDI_EXIST);
		return;
	}
	if (l->result != (snapshot ? SD_RES_SUCCESS : SD_RES_NO_VDI)) {
		create_end(c, l->result);
		return;
	}
	create_choose_form(c);
	c->now = inode_time(c->flow.sheep);
	c->head.create_time = c->now;
	c->head.snap_id = l->next_snap_id;
	c->head.vdi_id = l->free_vid;
	c->head.parent_vdi_id = c->base_vid;
	c->request->p.vdi.vdi_id = l->free_vid;

	req_init(&q, SD_OP_NOTIFY_VDI_ADD);
	q.vdi_state.old_vid = c->old_vid;
	q.vdi_state.new_vid = l->free_vid;
	q.vdi_state.copies = c->head.nr_copies;
	q.vdi_state.copies_more = c->request->q.vdi.copies_more; /* the inode has no room for it */
	q.vdi_state.copy_policy = c->head.copy_policy;
	q.vdi_state.block_size_shift = c->head.block_size_shift;
	flow_request(&c->flow, &q, NULL, create_announced);
}

static void create_announced(struct flow *f)
{
	struct create *c = container_of(f, struct create, flow);
	uint64_t base = sd_vid_to_inode_oid(c->base_vid);
	uint8_t time[8];

	if (f->result != SD_RES_SUCCESS) {
		create_end(c, f->result);
		return;
	}
	switch (c->form) {
	case FORM_CREATE:
		c->inode = inode_fresh(&c->head, node_release(f->sheep)->inode_size);
		create_inode(c);
		break;
	case FORM_CLONE:
	case FORM_SNAPSHOT:
		flow_read(f, base, 0, node_release(f->sheep)->inode_size, 0, create_base_read);
		break;
	case FORM_ROLLBACK:
		/* How much of the inode sheepdog writes here is not known: the time is enough. */
		put_le64(time, c->now);
		flow_write(f, SD_OP_WRITE_OBJ, sd_vid_to_inode_oid(c->old_vid),
			   offsetof(struct sd_inode_header, snap_ctime),
			   blob_new(time, sizeof(time)), 0, create_current_frozen);
		break;
	}
}

static void create_current_frozen(struct flow *f)
{
	struct create *c = container_of(f, struct create, flow);

	if (f->result != SD_RES_SUCCESS) {
		create_end(c, SD_RES_VDI_WRITE);
		return;
	}
	flow_read(f, sd_vid_to_inode_oid(c->base_vid), 0, node_release(f->sheep)->inode_size, 0,
		  create_base_read);
}

static void create_base_read(struct flow *f)
{
	struct create *c = container_of(f, struct create, flow);
	uint64_t base = sd_vid_to_inode_oid(c->base_vid);
	struct inode_head head;

	if (f->result != SD_RES_SUCCESS ||
	    blob_size(f->out) != node_release(f->sheep)->inode_size) {
		create_end(c, SD_RES_BASE_VDI_READ);
		return;
	}
	if (inode_head_decode(f->out, &head, NULL) < 0 ||
	    head.store_policy != SD_STORE_POLICY_FLAT) {
		/* no snapshots of a B-tree (R629); clients refuse before they ask */
		create_end(c, SD_RES_INVALID_PARMS);
		return;
	}
	c->inode = inode_derived(&c->head, f->out);
	if (c->form == FORM_SNAPSHOT)
		flow_write(f, SD_OP_WRITE_OBJ, base, 0, inode_frozen(blob_ref(f->out), c->now), 0,
			   create_base_written);
	else if (!node_release(f->sheep)->has_grefs)
		create_inode(c);
	else
		flow_write(f, SD_OP_WRITE_OBJ, base, INODE_GREFS, inode_grefs_counted(f->out), 0,
			   create_base_written);
}

static void create_base_written(struct flow *f)
{
	struct create *c = container_of(f, struct create, flow);

	if (f->result != SD_RES_SUCCESS)
		create_end(c, SD_RES_BASE_VDI_WRITE);
	else
		create_inode(c);
}

static void create_inode(struct create *c)
{
	struct blob *inode = c->inode;

	c->inode = NULL;
	flow_write(&c->flow, SD_OP_CREATE_AND_WRITE_OBJ, sd_vid_to_inode_oid(c->head.vdi_id), 0,
		   inode, 0, create_written);
}

static void create_written(struct flow *f)
{
	struct create *c = container_of(f, struct create, flow);

	create_end(c, f->result == SD_RES_SUCCESS ? SD_RES_SUCCESS : SD_RES_VDI_WRITE);
}

/* On all members: the vid is taken (R613). */
uint32_t vdi_new_effect(struct sheep *s, const struct cluster_msg *m)
{
	vdi_set_in_use(s, m->p->vdi.vdi_id);
	return SD_RES_SUCCESS;
}
