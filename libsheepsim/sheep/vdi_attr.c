/*
 * GET_VDI_ATTR (R628): attributes of VDIs. An attribute is an object of its own; its id is a hash,
 * and who does not find his attribute there looks at the next id. The whole is exclusive, hence
 * atomic for the cluster.
 */
#include <stdlib.h>
#include <string.h>

#include "placement/hash.h"
#include "sheep/vdi_layer.h"
#include "sheep/vdi_lookup.h"
#include "wire/records_vdi.h"

struct attr {
	struct task task;
	struct flow flow;
	struct lookup lookup;
	struct request *request;
	struct vdi_attr wanted;
	uint32_t vid;	   /* of attribute objects: the hash of the name */
	uint32_t home, at; /* ids: the first, and the one that is being looked at */
};

/* The steps, in their order. */
static void attr_looked_up(struct lookup *l);
static void attr_probe(struct attr *a);
static void attr_read(struct flow *f);
static void attr_create(struct attr *a);
static void attr_delete(struct attr *a);
static void attr_written(struct flow *f);

static void attr_drop(struct task *t)
{
	free(container_of(t, struct attr, task));
}

static void attr_end(struct attr *a, uint32_t result)
{
	struct request *r = a->request;

	if (a->lookup.result == SD_RES_SUCCESS)
		r->p.vdi.attr_id = a->at;
	task_remove(&a->task);
	free(a);
	request_end(r, result);
}

void vdi_attr_work(struct request *r)
{
	struct attr *a = mem_alloc(sizeof(*a));

	a->request = r;
	a->flow.sheep = r->sheep;
	a->lookup.result = SD_RES_NO_VDI;
	task_add(r->sheep, &a->task, attr_drop);
	if (blob_size(r->data) != VDI_ATTR_SIZE || vdi_attr_decode(r->data, &a->wanted, NULL) < 0) {
		attr_end(a, SD_RES_INVALID_PARMS);
		return;
	}
	memcpy(a->lookup.name, a->wanted.name, sizeof(a->lookup.name));
	memcpy(a->lookup.tag, a->wanted.tag, sizeof(a->lookup.tag));
	a->lookup.snap_id = r->q.vdi.snapid;
	lookup_start(r->sheep, &a->lookup, attr_looked_up);
}

/* FNV over name, tag, snapshot id and key, padding included (spec 3.2). */
static uint32_t attr_hash(const struct blob *attr)
{
	uint8_t bytes[256 + 256 + 4 + 256];

	blob_read(attr, 0, bytes, 512);
	blob_read(attr, offsetof(struct sd_vdi_attr_header, snap_id), bytes + 512, 4);
	blob_read(attr, offsetof(struct sd_vdi_attr_header, key), bytes + 516, 256);
	return (uint32_t)sd_fnv(bytes, sizeof(bytes));
}

static void attr_looked_up(struct lookup *l)
{
	struct attr *a = container_of(l, struct attr, lookup);
	struct request *r = a->request;
	uint16_t flags = r->q.flags;

	if (l->result != SD_RES_SUCCESS) {
		attr_end(a, l->result);
		return;
	}
	a->vid = sd_hash_vdi(a->wanted.name);
	a->home = a->at = attr_hash(r->data);
	a->wanted.ctime = l->create_time;
	lookup_answer(r, l->vid);
	r->p.vdi.vdi_id = a->vid;
	r->p.vdi.block_size_shift = 0;
	if ((flags & SD_FLAG_CMD_CREAT) && !(flags & SD_FLAG_CMD_EXCL))
		attr_create(a); /* at the first id, without looking */
	else
		attr_probe(a);
}

/* R628: upwards, past attributes of others. */
static void attr_probe(struct attr *a)
{
	flow_read(&a->flow, sd_vid_to_attr_oid(a->vid, a->at), 0, VDI_ATTR_HEAD, 0, attr_read);
}

/* The creation time too: attributes of a VDI that had this name before are not found. */
static bool attr_same(const struct vdi_attr *x, const struct vdi_attr *y)
{
	return strcmp(x->name, y->name) == 0 && strcmp(x->tag, y->tag) == 0 &&
	       x->ctime == y->ctime && x->snap_id == y->snap_id && strcmp(x->key, y->key) == 0;
}

static void attr_read(struct flow *f)
{
	struct attr *a = container_of(f, struct attr, flow);
	uint16_t flags = a->request->q.flags;
	struct vdi_attr found;

	if (f->result == SD_RES_NO_OBJ && (flags & SD_FLAG_CMD_CREAT)) {
		attr_create(a);
		return;
	}
	if (f->result != SD_RES_SUCCESS) {
		attr_end(a, f->result);
		return;
	}
	if (vdi_attr_decode(f->out, &found, NULL) < 0 || !attr_same(&found, &a->wanted)) {
		if (++a->at == a->home)
			attr_end(a, SD_RES_FULL_VDI);
		else
			attr_probe(a);
		return;
	}
	if (flags & SD_FLAG_CMD_CREAT) /* and EXCL: plain creates do not look */
		attr_end(a, SD_RES_VDI_EXIST);
	else if (flags & SD_FLAG_CMD_DEL)
		attr_delete(a);
	else
		attr_end(a, SD_RES_SUCCESS);
}

static void attr_create(struct attr *a)
{
	uint8_t ctime[8];
	struct blob *attr = blob_ref(a->request->data);

	put_le64(ctime, a->wanted.ctime);
	attr = blob_write(attr, offsetof(struct sd_vdi_attr_header, ctime), ctime, sizeof(ctime));
	flow_write(&a->flow, SD_OP_CREATE_AND_WRITE_OBJ, sd_vid_to_attr_oid(a->vid, a->at), 0, attr,
		   0, attr_written);
}

/* The first byte of the name goes; the object stays. */
static void attr_delete(struct attr *a)
{
	flow_write(&a->flow, SD_OP_WRITE_OBJ, sd_vid_to_attr_oid(a->vid, a->at), 0, blob_zero(1), 0,
		   attr_written);
}

static void attr_written(struct flow *f)
{
	attr_end(container_of(f, struct attr, flow),
		 f->result == SD_RES_SUCCESS ? SD_RES_SUCCESS : SD_RES_EIO);
}
