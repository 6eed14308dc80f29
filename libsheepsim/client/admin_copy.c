/*
 * dog cluster snapshot: saving the snapshots of all VDIs with their data, and making them again in
 * a cluster that is formatted for them. What is saved is kept in memory, and knows no cluster.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sheepsim/wire/driver.h>
#include <sheepsim/wire/frontend.h>

#include "base/mem.h"
#include "client/admin_inside.h"
#include "client/vdi_op.h"

struct copied_object {
	uint64_t oid;
	uint8_t copies, copy_policy;
	struct blob *content;
};

struct cluster_copy {
	uint32_t refs;
	struct cluster_info info;
	struct inode_head *vdis; /* snapshots, ascending vid */
	uint32_t nr_vdis;
	struct copied_object *objects; /* of each its data, then its inode */
	uint32_t nr_objects;
};

struct copy_job {
	struct cluster_copy *copy; /* that is made, or loaded */
	uint8_t *in_use;	   /* save: bitmap of VDIs */
	uint32_t vid;		   /* save: that was looked at last */
	struct inode_head head;	   /* save: its front */
	struct blob **index;	   /* save: of each of copy->vdis */
	uint64_t inode_size;	   /* save: of the release that is spoken */
	uint32_t at;		   /* which VDI */
	uint32_t entry;		   /* which entry of its index; load: which object */
};

struct cluster_copy *cluster_copy_ref(struct cluster_copy *copy)
{
	copy->refs++;
	return copy;
}

void cluster_copy_free(struct cluster_copy *copy)
{
	if (!copy || --copy->refs > 0)
		return;
	for (uint32_t i = 0; i < copy->nr_objects; i++)
		blob_unref(copy->objects[i].content);
	free(copy->objects);
	free(copy->vdis);
	free(copy);
}

uint32_t cluster_copy_vdis(const struct cluster_copy *copy)
{
	return copy->nr_vdis;
}

uint32_t cluster_copy_objects(const struct cluster_copy *copy)
{
	return copy->nr_objects;
}

static struct copy_job *job_new(struct cluster_copy *copy)
{
	struct copy_job *job = mem_alloc(sizeof *job);

	job->copy = copy ? cluster_copy_ref(copy) : mem_alloc(sizeof *copy);
	if (!copy)
		job->copy->refs = 1;
	return job;
}

void copy_job_free(struct copy_job *job)
{
	if (!job)
		return;
	for (uint32_t i = 0; job->index && i < job->copy->nr_vdis; i++)
		blob_unref(job->index[i]);
	free(job->index);
	free(job->in_use);
	cluster_copy_free(job->copy);
	free(job);
}

static struct copy_job *job_of(struct sequence *s)
{
	return command_of(s)->job;
}

/* ------------------------------------------------------------------ save: which VDIs there are */

static void save_head(struct sequence *s);
static void save_objects(struct sequence *s);

static void save_info(struct sequence *s)
{
	if (!command_take_info(s, &job_of(s)->copy->info)) {
		command_malformed(s);
		return;
	}
	s->step = save_objects;
	save_objects(s);
}

/* Asks for the front of the next inode; behind the last one, for what the cluster is like. */
static void save_next(struct sequence *s)
{
	struct copy_job *job = job_of(s);

	while (++job->vid < SD_NR_VDIS) {
		if (!(job->in_use[job->vid / 8] & 1u << job->vid % 8))
			continue;
		s->step = save_head;
		ask_read(s, SD_PROTO_VER, sd_vid_to_inode_oid(job->vid), 0, LIST_HEAD_LEN);
		return;
	}
	if (job->copy->nr_vdis == 0) {
		sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS, "no VDI has a snapshot");
		return;
	}
	s->step = save_info;
	command_ask(s, SD_OP_CLUSTER_INFO, SD_CLUSTER_INFO_SIZE);
}

/* Of a snapshot front and index are kept. */
static void save_index(struct sequence *s)
{
	struct copy_job *job = job_of(s);
	struct cluster_copy *copy = job->copy;
	uint32_t nr = copy->nr_vdis;

	if (job->head.snap_ctime) {
		copy->vdis = mem_resize(copy->vdis, nr + 1, sizeof *copy->vdis);
		job->index = mem_resize(job->index, nr + 1, sizeof(*job->index));
		copy->vdis[nr] = job->head;
		job->index[nr] = s->x.data ? blob_ref(s->x.data) : NULL;
		copy->nr_vdis++;
	}
	save_next(s);
}

static void save_head(struct sequence *s)
{
	struct copy_job *job = job_of(s);

	if (inode_head_decode(s->x.data, &job->head, NULL) < 0) {
		command_malformed(s);
	} else if (job->head.store_policy != SD_STORE_POLICY_FLAT || !nr_objects(&job->head)) {
		save_next(s); /* such a VDI has no snapshots, or nothing in them */
	} else {
		s->step = save_index;
		ask_read(s, SD_PROTO_VER, sd_vid_to_inode_oid(job->vid), INODE_DATA_VIDS,
			 4ull * nr_objects(&job->head));
	}
}

static void save_deleted(struct sequence *s)
{
	struct copy_job *job = job_of(s);
	uint8_t *deleted;

	/* a sheep before 1.0 has no such operation, and tells of no deletions (V7) */
	if (s->x.rsp.result == SD_RES_SUCCESS) {
		deleted = mem_alloc(SD_VDI_BITMAP_SIZE);
		blob_read(s->x.data, 0, deleted, SD_VDI_BITMAP_SIZE);
		for (uint32_t i = 0; i < SD_VDI_BITMAP_SIZE; i++)
			job->in_use[i] &= (uint8_t)~deleted[i];
		free(deleted);
	}
	save_next(s);
}

static void save_step(struct sequence *s)
{
	struct copy_job *job = job_of(s);

	if (command_prelude(s))
		return;
	if (s->at == COMMAND_PRELUDE) {
		command_ask(s, SD_OP_READ_VDIS, SD_VDI_BITMAP_SIZE);
		return;
	}
	job->in_use = mem_alloc(SD_VDI_BITMAP_SIZE);
	blob_read(s->x.data, 0, job->in_use, SD_VDI_BITMAP_SIZE);
	s->lenient = true;
	s->step = save_deleted;
	command_ask(s, SD_OP_READ_DEL_VDIS, SD_VDI_BITMAP_SIZE);
}

/* ------------------------------------------------------------------ save: what is in them */

static bool is_copied(const struct cluster_copy *copy, uint64_t oid)
{
	for (uint32_t i = 0; i < copy->nr_objects; i++) {
		if (copy->objects[i].oid == oid)
			return true;
	}
	return false;
}

static void add_object(struct cluster_copy *copy, const struct inode_head *of, uint64_t oid,
		       struct blob *content)
{
	copy->objects = mem_resize(copy->objects, copy->nr_objects + 1, sizeof *copy->objects);
	copy->objects[copy->nr_objects++] = (struct copied_object){
		.oid = oid,
		.copies = of->nr_copies,
		.copy_policy = of->copy_policy,
		.content = content ? blob_ref(content) : blob_zero(0),
	};
}

/* The next object of the VDI at job->at: its data, then its inode; 0: there is none any more. */
static uint64_t next_object(struct copy_job *job, uint64_t *size)
{
	const struct inode_head *h = &job->copy->vdis[job->at];
	uint64_t oid;
	uint8_t vid[4];

	*size = UINT64_C(1) << h->block_size_shift;
	while (job->entry < nr_objects(h)) {
		uint32_t i = job->entry++;

		blob_read(job->index[job->at], 4ull * i, vid, sizeof vid);
		oid = sd_vid_to_data_oid(get_le32(vid) & (SD_NR_VDIS - 1), i);
		if (get_le32(vid) && !is_copied(job->copy, oid))
			return oid;
	}
	*size = job->inode_size;
	oid = sd_vid_to_inode_oid(h->vdi_id);
	return is_copied(job->copy, oid) ? 0 : oid;
}

static void save_objects(struct sequence *s)
{
	struct command *c = command_of(s);
	struct copy_job *job = c->job;
	uint64_t oid = 0, size;

	if (s->x.req.opcode == SD_OP_READ_OBJ)
		add_object(job->copy, &job->copy->vdis[job->at], s->x.req.obj.oid, s->x.data);
	while (job->at < job->copy->nr_vdis) {
		oid = next_object(job, &size);
		if (oid)
			break;
		job->at++;
		job->entry = 0;
	}
	if (oid) {
		ask_read(s, SD_PROTO_VER, oid, 0, size);
	} else {
		c->found.copy = cluster_copy_ref(job->copy);
		command_succeed(s);
	}
}

void admin_save_cluster(struct admin *a, const struct node_id *via, admin_fn done, void *arg)
{
	struct command c = {.job = job_new(NULL), .done = done, .arg = arg};

	c.job->inode_size = dialect_info(a->dialect)->inode_size;
	command_start(a, via, c, save_step);
}

/* ------------------------------------------------------------------ load */

/* The newest snapshot of a name, which its working VDI goes on from. */
static bool is_newest(const struct cluster_copy *copy, uint32_t i)
{
	for (uint32_t k = 0; k < copy->nr_vdis; k++) {
		if (strcmp(copy->vdis[k].name, copy->vdis[i].name) == 0 &&
		    copy->vdis[k].snap_id > copy->vdis[i].snap_id)
			return false;
	}
	return true;
}

/* Lets the working VDIs be made, one after the other. */
static void load_working(struct sequence *s)
{
	struct copy_job *job = job_of(s);
	const struct inode_head *h;
	char name[SD_MAX_VDI_LEN] = {0};

	while (job->at < job->copy->nr_vdis && !is_newest(job->copy, job->at))
		job->at++;
	if (job->at == job->copy->nr_vdis) {
		command_succeed(s);
		return;
	}
	h = &job->copy->vdis[job->at++];
	memcpy(name, h->name, strnlen(h->name, sizeof name));
	req_init(&s->x.req, SD_OP_NEW_VDI);
	s->x.req.flags = SD_FLAG_CMD_WRITE;
	s->x.req.data_length = sizeof name;
	s->x.req.vdi.vdi_size = h->vdi_size;
	s->x.req.vdi.base_vdi_id = h->vdi_id;
	s->x.req.vdi.copies = h->nr_copies;
	s->x.req.vdi.copy_policy = h->copy_policy;
	s->x.req.vdi.block_size_shift = h->block_size_shift;
	s->step = load_working;
	sequence_send(s, blob_new(name, sizeof name));
}

static void load_objects(struct sequence *s)
{
	struct copy_job *job = job_of(s);
	const struct copied_object *o;
	struct req *q = &s->x.req;

	if (job->entry == job->copy->nr_objects) {
		job->at = 0;
		load_working(s);
		return;
	}
	o = &job->copy->objects[job->entry++];
	request_object(q, SD_OP_CREATE_AND_WRITE_OBJ, SD_FLAG_CMD_WRITE | SD_FLAG_CMD_DIRECT,
		       o->oid, 0, blob_size(o->content));
	q->obj.copies = o->copies;
	q->obj.copy_policy = o->copy_policy;
	s->step = load_objects;
	sequence_send(s, blob_ref(o->content));
}

/* Tells everybody of the snapshots; then come their objects. */
void copy_job_step(struct sequence *s)
{
	struct copy_job *job = job_of(s);
	const struct inode_head *h;
	struct req *q = &s->x.req;

	if (job->at == job->copy->nr_vdis) {
		load_objects(s);
		return;
	}
	h = &job->copy->vdis[job->at++];
	req_init(q, SD_OP_NOTIFY_VDI_ADD);
	q->vdi_state.new_vid = h->vdi_id;
	q->vdi_state.copies = h->nr_copies;
	q->vdi_state.set_bitmap = 1;
	q->vdi_state.copy_policy = h->copy_policy;
	q->vdi_state.block_size_shift = h->block_size_shift;
	s->step = copy_job_step;
	sequence_send(s, NULL);
}

void admin_load_cluster(struct admin *a, const struct node_id *via, struct cluster_copy *copy,
			admin_fn done, void *arg)
{
	struct command c = {.job = job_new(copy), .done = done, .arg = arg};

	c.format.copies = copy->info.nr_copies;
	c.format.copy_policy = copy->info.copy_policy;
	c.format.flags = copy->info.flags;
	c.format.block_size_shift = copy->info.block_size_shift;
	memcpy(c.format.store, copy->info.default_store, sizeof c.format.store - 1);
	command_start(a, via, c, command_format_step);
}
