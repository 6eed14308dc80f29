/*
 * dog cluster snapshot: saves the snapshots of all VDIs to a path, and loads them into a cluster
 * that is formatted for it. The path is one file that is kept with the client; what it looks like
 * inside is this project's: snapshots of the cluster one behind the other, each SAVED_HEAD bytes,
 * then for each snapshot of a VDI its inode and those of its data objects, of which its inode
 * tells, that none before it has brought.
 */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "client/dog/internal.h"

#define SAVED_MORE (32u + SD_STORE_NAME_LEN)
#define SAVED_HEAD (SD_MAX_VDI_TAG_LEN + SAVED_MORE)

/* A snapshot of the cluster: its head, and where it lies in the file. */
struct saved {
	char tag[SD_MAX_VDI_TAG_LEN];
	uint64_t when;	 /* Unix seconds */
	uint64_t length; /* bytes with its head */
	uint32_t nr_vdis;
	uint32_t nr_objects; /* with inodes */
	uint32_t inode_size;
	uint8_t copies, copy_policy, shift;
	uint8_t flags; /* SD_CLUSTER_FLAG_* */
	char store[SD_STORE_NAME_LEN];
	uint64_t at; /* its first VDI */
};

/* A data object that the file has. */
struct kept_object {
	uint64_t oid;
	UT_hash_handle hh;
};

/* What save and load keep. */
struct farm {
	struct saved head;
	struct dog_vdi *vdis; /* the snapshots that are there; of load: names already given */
	size_t nr_vdis;
	struct blob *out; /* what was saved so far */
	struct kept_object *objects;
};

static void farm_free(void *own)
{
	struct farm *f = own;
	struct kept_object *o, *next;

	HASH_ITER (hh, f->objects, o, next) {
		HASH_DEL(f->objects, o);
		free(o);
	}
	for (size_t i = 0; i < f->nr_vdis; i++)
		blob_unref(f->vdis[i].inode);
	free(f->vdis);
	blob_unref(f->out);
	free(f);
}

static struct farm *farm_of(struct dog *d)
{
	if (!d->own) {
		d->own = mem_alloc(sizeof(struct farm));
		d->own_free = farm_free;
	}
	return d->own;
}

static const char *path_of(const struct dog *d)
{
	return d->words[d->nr_words - 1];
}

/* ------------------------------------------------------------------ the file */

static void head_encode(const struct saved *s, uint8_t out[SAVED_HEAD])
{
	uint8_t *more = out + SD_MAX_VDI_TAG_LEN;

	memset(out, 0, SAVED_HEAD);
	memcpy(out, s->tag, sizeof(s->tag));
	put_le64(more, s->when);
	put_le64(more + 8, s->length);
	put_le32(more + 16, s->nr_vdis);
	put_le32(more + 20, s->nr_objects);
	put_le32(more + 24, s->inode_size);
	more[28] = s->copies;
	more[29] = s->copy_policy;
	more[30] = s->shift;
	more[31] = s->flags;
	memcpy(more + 32, s->store, sizeof(s->store));
}

static void head_decode(const uint8_t in[SAVED_HEAD], struct saved *s)
{
	const uint8_t *more = in + SD_MAX_VDI_TAG_LEN;

	memcpy(s->tag, in, sizeof(s->tag));
	s->tag[sizeof(s->tag) - 1] = '\0';
	s->when = get_le64(more);
	s->length = get_le64(more + 8);
	s->nr_vdis = get_le32(more + 16);
	s->nr_objects = get_le32(more + 20);
	s->inode_size = get_le32(more + 24);
	s->copies = more[28];
	s->copy_policy = more[29];
	s->shift = more[30];
	s->flags = more[31];
	memcpy(s->store, more + 32, sizeof(s->store));
	s->store[sizeof(s->store) - 1] = '\0';
}

/* The snapshot of the cluster at this place of the file. False: it ends there. */
static bool head_at(const struct blob *file, uint64_t at, struct saved *s)
{
	uint8_t bytes[SAVED_HEAD];

	if (blob_size(file) < at + sizeof(bytes))
		return false;
	blob_read(file, at, bytes, sizeof(bytes));
	head_decode(bytes, s);
	s->at = at + sizeof(bytes);
	return s->length >= sizeof(bytes) && s->length <= blob_size(file) - at;
}

/* The snapshot that a word means: its number from 1 on, or its tag. */
static bool find_saved(const struct blob *file, const char *word, struct saved *s)
{
	unsigned long number = strtoul(word, NULL, 10);

	for (uint64_t at = 0; head_at(file, at, s); at += s->length) {
		if (strcmp(s->tag, word) == 0 || number == 1)
			return true;
		number--;
	}
	return false;
}

void dog_saved_sizes(const struct blob *file, uint32_t *vdis, uint32_t *objects)
{
	struct saved s;

	*vdis = *objects = 0;
	if (head_at(file, 0, &s)) {
		*vdis = s.nr_vdis;
		*objects = s.nr_objects;
	}
}

/* The inode of the VDI at d->offset of the file; its data objects come next. False: malformed. */
static bool take_inode(struct dog *d, struct blob *file)
{
	uint32_t size = ((struct farm *)d->own)->head.inode_size;

	forget_inode(&d->vdi);
	if (blob_size(file) < d->offset + size)
		return false;
	d->vdi.inode = blob_slice(file, d->offset, size);
	d->offset += size;
	if (size < INODE_HEAD || inode_head_decode(d->vdi.inode, &d->vdi.head, NULL) < 0)
		return false;
	d->vdi.vid = d->vdi.head.vdi_id;
	return true;
}

/* Is it the first time that the object is met? */
static bool is_new(struct farm *f, uint64_t oid)
{
	struct kept_object *o;

	HASH_FIND(hh, f->objects, &oid, sizeof(oid), o);
	if (o)
		return false;
	o = mem_alloc(sizeof(*o));
	o->oid = oid;
	HASH_ADD(hh, f->objects, oid, sizeof(oid), o);
	return true;
}

/* The next data object that comes with v, from entry d->i on; d->n: whose it is. False: none. */
static bool next_object(struct dog *d, struct farm *f, const struct dog_vdi *v)
{
	for (; d->i < dog_nr_objects(&v->head); d->i++) {
		d->n = dog_owner(v, d->i);
		if (d->n && is_new(f, sd_vid_to_data_oid(d->n, d->i)))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------ save */

static enum dog_next remember_snapshot(struct dog *d)
{
	struct farm *f = farm_of(d);

	if (!d->vdi.head.snap_ctime)
		return DOG_ENDS;
	f->vdis = mem_grow(f->vdis, f->nr_vdis, sizeof(*f->vdis));
	f->vdis[f->nr_vdis] = d->vdi;
	f->vdis[f->nr_vdis++].inode = blob_ref(d->vdi.inode);
	return DOG_ENDS;
}

/* Appends an answer's data, with as many bytes as were asked for. */
static void keep(struct farm *f, struct blob *data, uint64_t size)
{
	uint64_t at = blob_size(f->out);

	f->out = blob_resize(f->out, at + size);
	if (data)
		f->out = blob_overlay(f->out, at, data);
}

static enum dog_next save_failed(struct dog *d)
{
	dog_say(d, "Fail to save snapshot to path: %s.\n", path_of(d));
	return dog_stop(d, DOG_NO_SHEEP);
}

/* One snapshot of a VDI, d->other: its objects, then its inode, which comes first in the file. */
static enum dog_next save_vdi(struct dog *d)
{
	struct farm *f = farm_of(d);
	uint64_t size = dog_object_size(&d->other.head);

	DOG_BEGIN(d);
	d->offset = blob_size(f->out);
	keep(f, NULL, f->head.inode_size);
	for (d->i = 0; next_object(d, f, &d->other); d->i++) {
		dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_data_oid(d->n, d->i), 0, size);
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS)
			return save_failed(d);
		keep(f, d->data, size);
		f->head.nr_objects++;
	}
	dog_ask_read(d, SD_FLAG_CMD_DIRECT, sd_vid_to_inode_oid(d->other.vid), 0,
		     f->head.inode_size);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS || !d->data)
		return save_failed(d);
	f->out = blob_overlay(f->out, d->offset, d->data);
	DOG_END(d);
}

/* What the cluster is like. Up to 0.8 its state tells that. */
static void describe(struct dog *d, struct saved *s)
{
	struct cluster_info info;

	if (dialect_has_op(d->dialect, SD_OP_CLUSTER_INFO)) {
		dog_take_info(d, &info);
		s->copies = info.nr_copies;
		s->copy_policy = info.copy_policy;
		s->shift = info.block_size_shift;
		s->flags = (uint8_t)info.flags;
		memcpy(s->store, info.default_store, sizeof(s->store));
	} else {
		s->copies = d->cluster.nr_copies;
		s->copy_policy = d->cluster.copy_policy;
		s->flags = (uint8_t)d->cluster.flags;
	}
	s->when = world_unix_time(d->world) / NSEC_PER_SEC;
	s->inode_size = (uint32_t)dog_inode_size(d);
}

/* The file with what was saved behind what it had. */
static void append(struct dog *d, struct farm *f)
{
	struct blob *old = dog_file(d->admin, path_of(d));
	uint64_t at = blob_size(old), size = blob_size(f->out);
	uint8_t bytes[SAVED_HEAD];
	struct blob *b = old ? blob_ref(old) : blob_zero(0);

	f->head.length = size;
	f->head.nr_vdis = (uint32_t)f->nr_vdis;
	f->head.nr_objects += f->head.nr_vdis;
	head_encode(&f->head, bytes);
	f->out = blob_write(f->out, 0, bytes, sizeof(bytes));
	b = blob_overlay(blob_resize(b, at + size), at, f->out);
	dog_file_set(d->admin, path_of(d), b);
}

enum dog_next dog_cluster_snapshot_save(struct dog *d)
{
	struct farm *f = farm_of(d);
	struct saved other;

	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	if (find_saved(dog_file(d->admin, path_of(d)), d->words[0], &other)) {
		dog_say(d, "Snapshot tag has already been used for another snapshot, please, use "
			   "another one.\n");
		return save_failed(d);
	}
	strncpy(f->head.tag, d->words[0], sizeof(f->head.tag) - 1);
	dog_begin_list(d, true, remember_snapshot);
	DOG_CALL(d, dog_list);
	if (f->nr_vdis == 0) {
		dog_say(d, "Cannot execute. It may be caused by:\n"
			   "1. The cluster is empty.\n"
			   "2. All VDIs of the cluster don't have snapshots.\n");
		return save_failed(d);
	}
	if (dialect_has_op(d->dialect, SD_OP_CLUSTER_INFO)) {
		dog_ask(d, SD_OP_CLUSTER_INFO, CLUSTER_INFO_SIZE);
		DOG_AWAIT(d);
	}
	describe(d, &f->head);
	f->out = blob_zero(SAVED_HEAD);
	for (d->k = 0; d->k < f->nr_vdis; d->k++) {
		forget_inode(&d->other);
		d->other = f->vdis[d->k];
		d->other.inode = blob_ref(d->other.inode);
		DOG_CALL(d, save_vdi);
	}
	append(d, f);
	DOG_END(d);
}

/* ------------------------------------------------------------------ list, show */

/* What list and show print needs no sheep; show asks for the state of the cluster before. */
enum dog_next dog_cluster_snapshot_list(struct dog *d)
{
	const struct blob *file = dog_file(d->admin, path_of(d));
	struct saved s;
	char when[32];
	uint32_t nr = 1;

	dog_say(d, "Index\t\tTag\t\tSnapshot Time\n");
	for (uint64_t at = 0; head_at(file, at, &s); at += s.length)
		dog_say(d, "%u\t\t%s\t\t%s\n", nr++, s.tag, dog_ctime(s.when, when));
	return DOG_ENDS;
}

/* The snapshot of the command line: d->own's head; d->offset: its first VDI. Says if it is not. */
static bool take_saved(struct dog *d, struct farm *f)
{
	if (!find_saved(dog_file(d->admin, path_of(d)), d->words[0], &f->head)) {
		dog_say(d, "Snapshot not found\n");
		dog_stop(d, DOG_NO_SHEEP);
		return false;
	}
	d->offset = f->head.at;
	return true;
}

static void skip_objects(struct dog *d, struct farm *f)
{
	for (d->i = 0; next_object(d, f, &d->vdi); d->i++)
		d->offset += dog_object_size(&d->vdi.head);
}

enum dog_next dog_cluster_snapshot_show(struct dog *d)
{
	struct farm *f = farm_of(d);

	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	if (!take_saved(d, f))
		return DOG_STOPS;
	for (d->k = 1; d->k <= f->head.nr_vdis; d->k++) {
		if (!take_inode(d, dog_file(d->admin, path_of(d))))
			return dog_stop(d, DOG_NO_SHEEP);
		dog_say(d, "%u. VDI id: %x, name: %s, tag: %s\n", d->k, d->vdi.vid,
			d->vdi.head.name, d->vdi.head.tag);
		skip_objects(d, f);
	}
	DOG_END(d);
}

/* ------------------------------------------------------------------ load */

static void ask_add(struct dog *d)
{
	struct req *q = dog_prepare(d, SD_OP_NOTIFY_VDI_ADD, 0);

	q->vdi_state.new_vid = d->vdi.vid;
	q->vdi_state.copies = d->vdi.head.nr_copies;
	q->vdi_state.copy_policy = d->vdi.head.copy_policy;
	q->vdi_state.set_bitmap = 1;
	q->vdi_state.block_size_shift = d->vdi.head.block_size_shift;
	dog_send(d, NULL, NULL);
}

static enum dog_next load_failed(struct dog *d)
{
	dog_say(d, "Fail to load snapshot: %s\n", dog_result(d->result));
	return dog_stop(d, DOG_NO_SHEEP);
}

static void ask_create(struct dog *d, uint64_t oid, struct blob *data)
{
	dog_ask_write(d, &d->vdi, SD_OP_CREATE_AND_WRITE_OBJ, SD_FLAG_CMD_DIRECT, oid, 0, data);
}

/* The snapshot that d->offset is at; objects that it shares with others are its owner's. */
static enum dog_next load_vdi(struct dog *d)
{
	uint64_t size;

	DOG_BEGIN(d);
	if (!take_inode(d, dog_file(d->admin, path_of(d))))
		return load_failed(d);
	ask_add(d);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return load_failed(d);
	for (d->i = 0; next_object(d, d->own, &d->vdi); d->i++) {
		size = dog_object_size(&d->vdi.head);
		ask_create(d, sd_vid_to_data_oid(d->n, d->i),
			   blob_slice(dog_file(d->admin, path_of(d)), d->offset, size));
		d->offset += size;
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS)
			return load_failed(d);
	}
	ask_create(d, sd_vid_to_inode_oid(d->vdi.vid), blob_ref(d->vdi.inode));
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS)
		return load_failed(d);
	DOG_END(d);
}

/* The newest snapshot of each name gets the working VDI. */
static void remember_newest(struct dog *d, struct farm *f)
{
	size_t i = 0;

	while (i < f->nr_vdis && strcmp(f->vdis[i].head.name, d->vdi.head.name) != 0)
		i++;
	if (i == f->nr_vdis) {
		f->vdis = mem_grow(f->vdis, f->nr_vdis, sizeof(*f->vdis));
		f->nr_vdis++;
	} else if (f->vdis[i].head.snap_id > d->vdi.head.snap_id) {
		return;
	}
	f->vdis[i] = (struct dog_vdi){.vid = d->vdi.vid, .head = d->vdi.head};
}

enum dog_next dog_cluster_snapshot_load(struct dog *d)
{
	struct farm *f = farm_of(d);
	struct req q;

	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	if (!take_saved(d, f))
		return DOG_STOPS;
	d->o.copies_set = true;
	d->o.copies = f->head.copies;
	d->o.copy_policy = f->head.copy_policy;
	d->o.shift = f->head.shift;
	d->o.strict = f->head.flags & SD_CLUSTER_FLAG_STRICT;
	d->o.lock = f->head.flags & SD_CLUSTER_FLAG_USE_LOCK;
	d->o.recycle = f->head.flags & SD_CLUSTER_FLAG_RECYCLE_VID;
	d->o.diskfull = f->head.flags & SD_CLUSTER_FLAG_AVOID_DISKFULL;
	strcpy(d->o.store, f->head.store);
	DOG_CALL(d, dog_format);
	if (d->result != SD_RES_SUCCESS)
		return dog_stop(d, DOG_NO_SHEEP);
	for (d->k = 0; d->k < f->head.nr_vdis; d->k++) {
		DOG_CALL(d, load_vdi);
		remember_newest(d, f);
	}
	for (d->k = 0; d->k < f->nr_vdis; d->k++) {
		q = dog_like(&f->vdis[d->k].head);
		q.vdi.base_vdi_id = f->vdis[d->k].vid;
		dog_ask_new(d, &q, f->vdis[d->k].head.name);
		DOG_AWAIT(d);
		if (d->result != SD_RES_SUCCESS)
			return load_failed(d);
	}
	DOG_END(d);
}
