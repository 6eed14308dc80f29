/*
 * DEL_VDI (R626, R627, R629), and what follows when a whole family is gone (R635).
 *
 * Clients zero the index of a plain VDI before; if they have not, its inode stays as it is: the VDI
 * counts as deleted, but keeps its name and its data. The objects of a hyper volume are removed
 * here, one by one.
 */
#include <stdlib.h>

#include "sheep/vdi_inode.h"
#include "sheep/vdi_layer.h"
#include "sheep/vdi_lookup.h"
#include "wire/records_vdi.h"

struct deletion {
	struct task task;
	struct flow flow;
	struct work work; /* the second half, on the deletion queue */
	struct lookup lookup;
	struct request *request;
	struct blob *inode;
	/* hyper volumes: where the walk through the B-tree is */
	struct btree_head root;
	struct blob *leaf; /* of a tree of depth 2, while its entries are removed */
	uint32_t at_leaf;  /* of the root's entries */
	uint32_t at_entry; /* of the root's or the leaf's */
};

/* The steps, in their order. */
static void delete_looked_up(struct lookup *l);
static void delete_run(struct work *w);
static void delete_inode_read(struct flow *f);
static void delete_next_flat(struct flow *f);
static void delete_next_object(struct flow *f);
static void delete_leaf_read(struct flow *f);
static void delete_leaf_removed(struct flow *f);
static void delete_told(struct flow *f);
static void delete_empty(struct deletion *d);
static void delete_written(struct flow *f);

static void delete_drop(struct task *t)
{
	struct deletion *d = container_of(t, struct deletion, task);

	blob_unref(d->inode);
	blob_unref(d->leaf);
	free(d);
}

/* Nothing after the lookup can make it fail (R627). */
static void delete_end(struct deletion *d, uint32_t result)
{
	struct request *r = d->request;

	if (d->work.running)
		work_end(&d->work);
	task_remove(&d->task);
	delete_drop(&d->task);
	request_end(r, result);
}

void vdi_delete_work(struct request *r)
{
	struct deletion *d = mem_alloc(sizeof(*d));

	d->request = r;
	d->flow.sheep = r->sheep;
	task_add(r->sheep, &d->task, delete_drop);
	if (lookup_parse(&d->lookup, r))
		lookup_start(r->sheep, &d->lookup, delete_looked_up);
	else
		delete_end(d, SD_RES_INVALID_PARMS);
}

static void delete_looked_up(struct lookup *l)
{
	struct deletion *d = container_of(l, struct deletion, lookup);

	if (l->result != SD_RES_SUCCESS) {
		delete_end(d, l->result);
		return;
	}
	d->request->p.vdi.vdi_id = l->vid;
	work_start(d->flow.sheep, QUEUE_DELETE, &d->work, delete_run);
}

static void delete_run(struct work *w)
{
	struct deletion *d = container_of(w, struct deletion, work);

	flow_read(&d->flow, sd_vid_to_inode_oid(d->lookup.vid), 0,
		  node_release(d->flow.sheep)->inode_size, 0, delete_inode_read);
}

static void delete_inode_read(struct flow *f)
{
	struct deletion *d = container_of(f, struct deletion, flow);
	const struct dialect_info *release = node_release(f->sheep);
	struct inode_head head;
	struct wire_error err;

	if (f->result != SD_RES_SUCCESS || blob_size(f->out) != release->inode_size) {
		delete_end(d, SD_RES_SUCCESS);
		return;
	}
	d->inode = blob_ref(f->out);
	inode_head_decode(d->inode, &head, NULL);
	if (head.store_policy != SD_STORE_POLICY_BTREE) {
		if (release->deletes_data)
			delete_next_flat(f);
		else if (inode_has_no_data(d->inode))
			delete_empty(d);
		else
			delete_end(d, SD_RES_SUCCESS);
		return;
	}
	if (btree_head_decode(d->inode, INODE_DATA_VIDS, &d->root, &err) < 0) {
		/* Seen of sheepdog, after a client zeroed a tree as if it were an index. */
		node_exit(f->sheep, 1, "B-tree of VDI %06x: %s", d->lookup.vid, err.text);
		return;
	}
	delete_next_object(f);
}

/* ------------------------------------------------------------------ hyper volumes (R629) */

/* The next data object of this VDI's own in this node of the tree; false: none is left. */
static bool next_own(struct deletion *d, const struct blob *node, uint64_t offset,
		     const struct btree_head *head, uint64_t *oid)
{
	while (d->at_entry < head->entries) {
		struct btree_entry e = btree_entry_at(node, offset, d->at_entry++);

		if (e.vdi_id != d->lookup.vid)
			continue;
		*oid = sd_vid_to_data_oid(e.vdi_id, e.idx);
		return true;
	}
	return false;
}

static void remove_object(struct flow *f, uint64_t oid, void (*step)(struct flow *f))
{
	struct req q;

	req_init(&q, SD_OP_REMOVE_OBJ);
	q.obj.oid = oid;
	flow_request(f, &q, NULL, step);
}

/* Everybody forgets that the objects were there. */
static void tell_members(struct deletion *d)
{
	struct req q;
	struct blob *data;
	uint8_t vid[4];

	put_le32(vid, d->lookup.vid);
	data = blob_new(vid, sizeof(vid));
	req_init(&q, SD_OP_NOTIFY_VDI_DEL);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = sizeof(vid);
	flow_request(&d->flow, &q, data, delete_told);
	blob_unref(data);
}

/* Removes the next object, or goes on to the next leaf; failures leave objects behind. */
static void delete_next_object(struct flow *f)
{
	struct deletion *d = container_of(f, struct deletion, flow);
	struct btree_head leaf;
	uint64_t oid;

	if (d->root.depth == 1) {
		if (next_own(d, d->inode, INODE_DATA_VIDS, &d->root, &oid))
			remove_object(f, oid, delete_next_object);
		else
			tell_members(d);
		return;
	}
	if (d->leaf && btree_head_decode(d->leaf, 0, &leaf, NULL) == 0 && leaf.depth == 1 &&
	    next_own(d, d->leaf, 0, &leaf, &oid)) {
		remove_object(f, oid, delete_next_object);
		return;
	}
	if (d->at_leaf == d->root.entries) {
		tell_members(d);
		return;
	}
	oid = btree_indirect_at(d->inode, INODE_DATA_VIDS, d->at_leaf).oid;
	if (d->leaf)
		remove_object(f, oid, delete_leaf_removed);
	else
		flow_read(f, oid, 0, SD_BTREE_OBJ_SIZE, 0, delete_leaf_read);
}

static void delete_leaf_read(struct flow *f)
{
	struct deletion *d = container_of(f, struct deletion, flow);

	d->at_entry = 0;
	if (f->result == SD_RES_SUCCESS)
		d->leaf = blob_ref(f->out);
	else
		d->at_leaf++;
	delete_next_object(f);
}

static void delete_leaf_removed(struct flow *f)
{
	struct deletion *d = container_of(f, struct deletion, flow);

	blob_unref(d->leaf);
	d->leaf = NULL;
	d->at_leaf++;
	delete_next_object(f);
}

static void delete_told(struct flow *f)
{
	delete_empty(container_of(f, struct deletion, flow));
}

/* ------------------------------------------------------------------ 0.8 (versions.md 4.7) */

/* The next entry of a flat index that is this VDI's own; false: none is left. */
static bool next_own_entry(struct deletion *d)
{
	for (; d->at_entry < INODE_NR_DATA; d->at_entry++) {
		uint64_t offset = INODE_DATA_VIDS + sizeof(uint32_t) * (uint64_t)d->at_entry;

		if (offset % BLOB_PAGE == 0 && blob_is_zero(d->inode, offset, BLOB_PAGE))
			d->at_entry += BLOB_PAGE / sizeof(uint32_t) - 1;
		else if (inode_data_vid(d->inode, 0, d->at_entry) == d->lookup.vid)
			return true;
	}
	return false;
}

/* Removes the data itself, one object after the other; then the name is free in any case. */
static void delete_next_flat(struct flow *f)
{
	struct deletion *d = container_of(f, struct deletion, flow);

	if (next_own_entry(d))
		remove_object(f, sd_vid_to_data_oid(d->lookup.vid, d->at_entry++),
			      delete_next_flat);
	else
		delete_empty(d);
}

/* ------------------------------------------------------------------ the inode */

static void delete_empty(struct deletion *d)
{
	struct blob *inode = d->inode;

	d->inode = NULL;
	flow_write(&d->flow, SD_OP_WRITE_OBJ, sd_vid_to_inode_oid(d->lookup.vid), 0,
		   inode_emptied(inode), 0, delete_written);
}

static void delete_written(struct flow *f)
{
	delete_end(container_of(f, struct deletion, flow), SD_RES_SUCCESS);
}

/* ------------------------------------------------------------------ on all members */

/* The oldest ancestor in the table; a chain that never ends cannot come from real inodes. */
static uint32_t family_of(const struct sheep *s, uint32_t vid)
{
	const struct vdi *v = vdi_find(s, vid);

	for (uint32_t i = 0; v && v->parent_vid && i < s->vdis->nr_vdis; i++) {
		if (!vdi_find(s, v->parent_vid))
			break;
		v = vdi_find(s, v->parent_vid);
	}
	return v ? v->vid : vid;
}

struct leftovers {
	struct sheep *sheep;
	const struct vid_set *vids;
};

static void remove_leftover(void *arg, struct store_key k)
{
	struct leftovers *l = arg;
	struct sheep *s = l->sheep;

	if (!vid_set_has(l->vids, sd_oid_vid(k.oid)))
		return;
	store_delete(s->store, k);
	objlist_remove(s, k.oid);
	world_note(s->world, TRACE_OBJECT_REMOVE, k.oid, true, 0, 0);
}

/*
 * R635: nothing is left of a family whose VDIs are all deleted; its vids are free again. Data that
 * clients have not removed before stays, and nobody will ever look for it (R927).
 */
static void recycle_family(struct sheep *s, uint32_t vid)
{
	struct vdi_layer *l = s->vdis;
	uint32_t family = family_of(s, vid);
	struct vid_set members = {0};

	for (uint32_t i = 0; i < l->nr_vdis; i++) {
		if (family_of(s, l->vdi[i]->vid) != family)
			continue;
		if (!l->vdi[i]->deleted) {
			vid_set_clear(&members);
			return;
		}
		vid_set_add(&members, l->vdi[i]->vid);
	}
	for (uint32_t i = 0; i < members.nr; i++) {
		uint64_t oid = sd_vid_to_inode_oid(members.vid[i]);

		vdi_forget(s, members.vid[i]);
		if (store_delete(s->store, (struct store_key){.oid = oid}))
			world_note(s->world, TRACE_OBJECT_REMOVE, oid, true, 0, 0);
		objlist_remove(s, oid);
	}
	if (!quirk(s, QUIRK_RECYCLED_LEFTOVERS))
		store_each(s->store, remove_leftover,
			   &(struct leftovers){.sheep = s, .vids = &members});
	vid_set_clear(&members);
}

uint32_t vdi_delete_effect(struct sheep *s, const struct cluster_msg *m)
{
	uint32_t vid = m->p->vdi.vdi_id;
	struct vdi *v = vdi_find(s, vid);

	vdi_set_deleted(s, vid);
	if (v)
		v->deleted = true;
	world_note(s->world, TRACE_VDI_DELETE, vid, 0, 0, 0);
	if (v && recycles_vids(s))
		recycle_family(s, vid);
	return SD_RES_SUCCESS;
}
