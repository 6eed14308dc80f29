/*
 * Open VDIs: opening, reloading, forgetting.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "client/disk.h"

/* LOCK_VDI or GET_VDI_INFO, then the inode or its header. */
struct resolving {
	struct sequence sequence;
	struct disk *disk;
};

/* With len bytes of names (256: no tag) and a lock type. */
static void ask_names(struct sequence *s, uint8_t opcode, uint8_t version,
		      const struct vdi_name *vdi, uint32_t len, uint32_t type)
{
	char names[SD_MAX_VDI_LEN + SD_MAX_VDI_TAG_LEN] = {0};

	memcpy(names, vdi->name, strlen(vdi->name));
	memcpy(names + SD_MAX_VDI_LEN, vdi->tag, strlen(vdi->tag));
	req_init(&s->x.req, opcode);
	s->x.req.proto_ver = version;
	s->x.req.flags = SD_FLAG_CMD_WRITE;
	s->x.req.data_length = len;
	s->x.req.vdi.snapid = vdi->snapid;
	s->x.req.vdi.type = type;
	sequence_send(s, blob_new(names, len));
}

void ask_vdi(struct sequence *s, uint8_t opcode, uint8_t version, const struct vdi_name *vdi)
{
	ask_names(s, opcode, version, vdi, SD_MAX_VDI_LEN + SD_MAX_VDI_TAG_LEN,
		  SD_LOCK_TYPE_NORMAL);
}

/* Looks the disk up, with a lock or without, in the words of its client. */
static void ask_open(struct sequence *s, const struct disk *d, bool lock)
{
	const struct generation *c = d->frontend->generation;

	ask_names(s, lock ? SD_OP_LOCK_VDI : SD_OP_GET_VDI_INFO, c->open_version, &d->name,
		  SD_MAX_VDI_LEN + (lock && c->short_name ? 0 : SD_MAX_VDI_TAG_LEN),
		  lock && c->open == OPEN_SHARED ? SD_LOCK_TYPE_SHARED : SD_LOCK_TYPE_NORMAL);
}

/* Reads the inode from its beginning. */
static void ask_inode(struct sequence *s, const struct disk *d, uint32_t len)
{
	const struct frontend *f = d->frontend;

	request_object(&s->x.req, SD_OP_READ_OBJ,
		       generation_flags(f->generation, false, true, f->writeback) |
			       f->generation->inode_flags,
		       sd_vid_to_inode_oid(d->vid), 0, len);
	s->x.req.proto_ver = f->generation->io_version;
	sequence_send(s, NULL);
}

uint64_t disk_object_size(const struct disk *d)
{
	return UINT64_C(1) << (d->frontend->generation->shift ? d->head.block_size_shift
							      : SD_DEFAULT_BLOCK_SIZE_SHIFT);
}

void ask_read(struct sequence *s, uint8_t version, uint64_t oid, uint64_t offset, uint64_t len)
{
	request_object(&s->x.req, SD_OP_READ_OBJ, SD_FLAG_CMD_DIRECT, oid, offset, len);
	s->x.req.proto_ver = version;
	sequence_send(s, NULL);
}

/* Index entries are read and written in the bytes of the inode: no table of 2^20 numbers. */
uint32_t disk_owner(const struct disk *d, uint32_t i)
{
	return inode_data_vid(d->inode, 0, i);
}

void disk_set_owner(struct disk *d, uint32_t i, uint32_t vid)
{
	uint8_t entry[4];

	put_le32(entry, vid);
	d->inode = blob_write(d->inode, INODE_DATA_VIDS + 4ull * i, entry, sizeof entry);
}

static bool is_snapshot_name(const struct vdi_name *n)
{
	return n->tag[0] || n->snapid;
}

static bool same_name(const struct vdi_name *a, const struct vdi_name *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->tag, b->tag) && a->snapid == b->snapid;
}

static void disk_free(struct disk *d)
{
	assert(!d->creations);
	assert(TAILQ_EMPTY(&d->opening));
	assert(TAILQ_EMPTY(&d->reloading));
	blob_unref(d->inode);
	free(d);
}

void disk_forget(struct disk *d)
{
	if (d->forgotten)
		return;
	d->forgotten = true;
	TAILQ_REMOVE(&d->frontend->disks, d, link);
	if (d->users == 0)
		disk_free(d);
}

void disk_unuse(struct disk *d)
{
	assert(d->users > 0);
	if (--d->users > 0)
		return;
	if (d->forgotten)
		disk_free(d);
	else if (d->frontend->generation->each_time)
		disk_forget(d);
}

/* What waited for the disk goes on; or the disk could not be opened, and they fail with it. */
static void disk_opened(struct disk *d, enum outcome_kind kind, uint32_t result, const char *why)
{
	struct io *io;

	d->state = DISK_OPEN;
	if (kind != OUTCOME_OK)
		disk_forget(d);
	while ((io = TAILQ_FIRST(&d->opening))) {
		TAILQ_REMOVE(&d->opening, io, link);
		if (kind == OUTCOME_OK)
			io_opened(io);
		else
			io_fail(io, kind, result, why);
	}
}

static void open_ends(struct sequence *s, enum outcome_kind kind, uint32_t result, const char *why)
{
	struct resolving *r = container_of(s, struct resolving, sequence);
	struct disk *d = r->disk;

	free(r);
	disk_opened(d, kind, result, why);
	disk_unuse(d);
}

/* The inode has come. False with words: this client cannot use it. */
static const char *take_inode(struct disk *d, struct blob *data)
{
	if (blob_size(data) != generation_inode_len(d->frontend->generation) ||
	    inode_head_decode(data, &d->head, NULL) < 0)
		return "its inode is malformed";
	if (d->head.store_policy != SD_STORE_POLICY_FLAT)
		return "its index is a B-tree, which this client does not read";
	if (d->head.block_size_shift < SD_MIN_BLOCK_SIZE_SHIFT ||
	    d->head.block_size_shift > SD_MAX_BLOCK_SIZE_SHIFT)
		return "its inode has a bad object size";
	blob_unref(d->inode);
	d->inode = blob_ref(data);
	return NULL;
}

static void open_step(struct sequence *s)
{
	struct disk *d = container_of(s, struct resolving, sequence)->disk;
	const struct generation *client = d->frontend->generation;
	const char *why;

	switch (s->at) {
	case 0:
		d->locked = d->frontend->locks && client->open != OPEN_LOOKUP &&
			    !is_snapshot_name(&d->name);
		ask_open(s, d, d->locked);
		return;
	case 1:
		d->vid = s->x.rsp.vdi.vdi_id;
		ask_inode(s, d, generation_inode_len(client));
		return;
	default:
		why = take_inode(d, s->x.data);
		sequence_end(s, why ? OUTCOME_INVALID : OUTCOME_OK, SD_RES_SUCCESS, why);
	}
}

static void resolve(struct disk *d, void (*step)(struct sequence *s),
		    void (*end)(struct sequence *s, enum outcome_kind kind, uint32_t result,
				const char *why))
{
	struct frontend *f = d->frontend;
	struct resolving *r = mem_alloc(sizeof *r);

	r->disk = d;
	r->sequence.step = step;
	r->sequence.end = end;
	d->users++;
	sequence_start(&r->sequence, &f->sequences, &f->world, &f->tally, &f->io.gateway);
}

static struct disk *disk_find(const struct frontend *f, const struct vdi_name *name)
{
	struct disk *d;

	TAILQ_FOREACH (d, &f->disks, link)
		if (same_name(&d->name, name))
			break;
	return d;
}

struct disk *disk_use(struct frontend *f, const struct vdi_name *name)
{
	struct disk *d = disk_find(f, name);

	if (d) {
		d->users++;
		return d;
	}
	d = mem_alloc(sizeof *d);
	d->frontend = f;
	d->name = *name;
	d->state = DISK_OPENING;
	d->users = 1;
	TAILQ_INIT(&d->opening);
	TAILQ_INIT(&d->reloading);
	TAILQ_INSERT_TAIL(&f->disks, d, link);
	resolve(d, open_step, open_ends);
	return d;
}

static void reload_ends(struct sequence *s, enum outcome_kind kind, uint32_t result,
			const char *why)
{
	struct resolving *r = container_of(s, struct resolving, sequence);
	struct disk *d = r->disk;
	struct piece_list list = TAILQ_HEAD_INITIALIZER(list);
	struct piece *p;

	free(r);
	d->state = DISK_OPEN;
	TAILQ_CONCAT(&list, &d->reloading, link);
	while ((p = TAILQ_FIRST(&list))) {
		TAILQ_REMOVE(&list, p, link);
		if (kind == OUTCOME_OK)
			piece_run(p);
		else
			piece_fail(p, kind, result, why);
	}
	disk_unuse(d);
}

static void reload_step(struct sequence *s)
{
	struct disk *d = container_of(s, struct resolving, sequence)->disk;

	switch (s->at) {
	case 0:
		ask_open(s, d, d->frontend->generation->readonly == READONLY_RELOCKS && d->locked);
		return;
	case 1:
		if (s->x.rsp.vdi.vdi_id == d->vid) {
			/* It is a snapshot and nothing goes on from it: sending again is in vain.
			 */
			sequence_end(s, OUTCOME_RESULT, SD_RES_READONLY, NULL);
			return;
		}
		d->vid = s->x.rsp.vdi.vdi_id;
		ask_inode(s, d, SD_INODE_HEADER_SIZE);
		return;
	default:
		if (inode_head_decode(s->x.data, &d->head, NULL) < 0)
			sequence_end(s, OUTCOME_INVALID, SD_RES_SUCCESS, "its inode is malformed");
		else
			sequence_end(s, OUTCOME_OK, SD_RES_SUCCESS, NULL);
	}
}

static void reload(struct disk *d, void (*step)(struct sequence *s))
{
	if (d->state == DISK_RELOADING)
		return;
	assert(d->state == DISK_OPEN);
	d->state = DISK_RELOADING;
	resolve(d, step, reload_ends);
}

void disk_reload(struct disk *d)
{
	reload(d, reload_step);
}

/*
 * The length of the read is what tells the gateway that it is a refresh (spec 4.6). An entry that
 * this client wrote meanwhile may be missing in what was read: then once more.
 */
static void refresh_step(struct sequence *s)
{
	struct disk *d = container_of(s, struct resolving, sequence)->disk;
	const char *why;

	if (s->at == 0 || d->stale) {
		d->stale = false;
		ask_inode(s, d, SD_INODE_REFRESH_LEN);
		return;
	}
	why = take_inode(d, s->x.data);
	sequence_end(s, why ? OUTCOME_INVALID : OUTCOME_OK, SD_RES_SUCCESS, why);
}

void disk_refresh(struct disk *d)
{
	reload(d, refresh_step);
}

/* ------------------------------------------------------------------ for who fills VDIs */

const struct inode_head *frontend_inode(const struct frontend *f, const struct vdi_name *vdi)
{
	const struct disk *d = disk_find(f, vdi);

	return d && d->state == DISK_OPEN ? &d->head : NULL;
}

bool frontend_index_empty(const struct frontend *f, const struct vdi_name *vdi, uint32_t first,
			  uint32_t count)
{
	const struct disk *d = disk_find(f, vdi);

	return blob_is_zero(d->inode, INODE_DATA_VIDS + 4ull * first, 4ull * count);
}

void frontend_index_fill(struct frontend *f, const struct vdi_name *vdi, uint32_t first,
			 uint32_t count)
{
	struct disk *d = disk_find(f, vdi);

	assert(d && !d->creations);
	for (uint32_t i = first; i < first + count; i++)
		disk_set_owner(d, i, d->vid);
}
