/*
 * Reads and writes: one struct io for the range of bytes, one struct piece for each object in it.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "client/disk.h"

static uint64_t object_size(const struct disk *d)
{
	return UINT64_C(1) << d->head.block_size_shift;
}

/* ------------------------------------------------------------------ the whole */

static void io_end(struct io *io, const char *why)
{
	struct disk *d = io->disk;
	struct frontend *f = io->frontend;
	struct outcome o = {
		.kind = io->failed,
		.result = io->result,
		.why = why,
		.vid = d->vid,
		.copy_policy = d->head.copy_policy,
		.objects = io->nr_pieces,
		.created = io->created,
		.data = io->failed == OUTCOME_OK && !io->write ? io->data : NULL,
		.took = world_now(&f->world) - io->began,
	};

	f->operations--;
	if (io->done)
		io->done(io->arg, &o);
	blob_unref(io->data);
	free(io);
	disk_unuse(d);
}

void io_fail(struct io *io, enum outcome_kind kind, uint32_t result, const char *why)
{
	assert(io->unfinished == 0);
	io->failed = kind;
	io->result = result;
	io_end(io, why);
}

/* ------------------------------------------------------------------ the parts */

/* p has ended; the last one ends its operation. */
static void piece_end(struct piece *p)
{
	struct io *io = p->io;

	free(p);
	assert(io->unfinished > 0);
	if (--io->unfinished == 0)
		io_end(io, NULL);
}

static struct creation *find_creation(const struct disk *d, uint32_t index)
{
	struct creation *c = NULL;

	HASH_FIND(hh, d->creations, &index, sizeof index, c);
	return c;
}

static void creation_begin(struct disk *d, uint32_t index)
{
	struct creation *c = mem_alloc(sizeof *c);

	assert(!find_creation(d, index));
	c->index = index;
	TAILQ_INIT(&c->held);
	HASH_ADD(hh, d->creations, index, sizeof c->index, c);
}

/* Lets those go on that waited for the object. Their operations keep the disk. */
static void creation_end(struct disk *d, uint32_t index)
{
	struct creation *c = find_creation(d, index);
	struct piece_list held = TAILQ_HEAD_INITIALIZER(held);
	struct piece *p;

	assert(c);
	HASH_DELETE(hh, d->creations, c);
	TAILQ_CONCAT(&held, &c->held, link);
	free(c);
	while ((p = TAILQ_FIRST(&held))) {
		TAILQ_REMOVE(&held, p, link);
		piece_run(p);
	}
}

void piece_fail(struct piece *p, enum outcome_kind kind, uint32_t result)
{
	struct io *io = p->io;

	if (io->failed == OUTCOME_OK) {
		io->failed = kind;
		io->result = result;
	}
	piece_end(p);
}

/* The version and the flags of QEMU without a write-back cache (spec 4.8). */
static void piece_send(struct piece *p, enum piece_step step, uint8_t opcode, uint16_t flags,
		       uint64_t oid, uint64_t offset, struct blob *payload)
{
	const struct disk *d = p->io->disk;
	struct req *q = &p->x.req;

	request_object(q, opcode, flags | SD_FLAG_CMD_DIRECT, oid, offset,
		       payload ? blob_size(payload) : p->len);
	q->proto_ver = 0;
	q->obj.copies = d->head.nr_copies;
	q->obj.copy_policy = d->head.copy_policy;
	if (flags & SD_FLAG_CMD_COW)
		q->obj.cow_oid = sd_vid_to_data_oid(disk_owner(d, p->index), p->index);
	p->step = step;
	p->x.payload = payload;
	session_send(&p->io->frontend->io, &p->x);
}

static void send_read(struct piece *p, uint32_t owner)
{
	piece_send(p, PIECE_READ, SD_OP_READ_OBJ, 0, sd_vid_to_data_oid(owner, p->index), p->offset,
		   NULL);
}

/* Writes to its own object, or creates it: as a copy, if a snapshot owns what is there. */
static void send_write(struct piece *p, uint32_t owner)
{
	struct disk *d = p->io->disk;
	uint64_t oid = sd_vid_to_data_oid(d->vid, p->index);
	struct blob *data = blob_slice(p->io->data, p->at, p->len);

	if (owner == d->vid) {
		piece_send(p, PIECE_WRITE, SD_OP_WRITE_OBJ, SD_FLAG_CMD_WRITE, oid, p->offset,
			   data);
		return;
	}
	creation_begin(d, p->index);
	piece_send(p, PIECE_CREATE, SD_OP_CREATE_AND_WRITE_OBJ,
		   SD_FLAG_CMD_WRITE | (owner ? SD_FLAG_CMD_COW : 0), oid, p->offset, data);
}

/* The object is there: now the index says so. */
static void send_index(struct piece *p)
{
	uint8_t entry[4];

	put_le32(entry, p->vid);
	piece_send(p, PIECE_INDEX, SD_OP_WRITE_OBJ, SD_FLAG_CMD_WRITE, sd_vid_to_inode_oid(p->vid),
		   INODE_DATA_VIDS + 4ull * p->index, blob_new(entry, sizeof entry));
}

void piece_run(struct piece *p)
{
	struct disk *d = p->io->disk;
	struct creation *c = find_creation(d, p->index);
	uint32_t owner = disk_owner(d, p->index);

	p->step = PIECE_IDLE;
	p->vid = d->vid;
	if (d->frontend->closing) {
		piece_fail(p, OUTCOME_LOST, SD_RES_SUCCESS);
	} else if (d->state == DISK_RELOADING) {
		TAILQ_INSERT_TAIL(&d->reloading, p, link);
	} else if (c) {
		TAILQ_INSERT_TAIL(&c->held, p, link);
	} else if (p->io->write) {
		send_write(p, owner);
	} else if (owner) {
		send_read(p, owner);
	} else {
		piece_end(p); /* never written: the zeros that are there */
	}
}

/*
 * Somebody has made a snapshot: the disk's vid is that of the snapshot now. If that is known
 * already, this request was merely sent before.
 */
static void piece_readonly(struct piece *p)
{
	struct disk *d = p->io->disk;

	if (p->vid != d->vid) {
		piece_run(p);
		return;
	}
	TAILQ_INSERT_TAIL(&d->reloading, p, link);
	disk_reload(d);
}

/* The answer is SUCCESS. */
static void piece_succeeded(struct piece *p, struct blob *data)
{
	struct io *io = p->io;
	struct disk *d = io->disk;

	switch (p->step) {
	case PIECE_READ:
		io->data = blob_overlay(io->data, p->at, data);
		break;
	case PIECE_WRITE:
		break;
	case PIECE_CREATE:
		io->created++;
		send_index(p);
		return;
	case PIECE_INDEX:
		disk_set_owner(d, p->index, p->vid);
		creation_end(d, p->index);
		break;
	case PIECE_IDLE:
		assert(false);
	}
	piece_end(p);
}

static void piece_answered(struct exchange *x)
{
	struct piece *p = container_of(x, struct piece, x);
	struct disk *d = p->io->disk;
	bool creates = p->step == PIECE_CREATE || p->step == PIECE_INDEX;

	if (!x->lost && x->rsp.result == SD_RES_SUCCESS) {
		piece_succeeded(p, x->data);
		return;
	}
	/* Those that wait for the object will not get it from this one; p keeps the disk. */
	if (creates)
		creation_end(d, p->index);
	if (x->lost)
		piece_fail(p, OUTCOME_LOST, SD_RES_SUCCESS);
	else if (x->rsp.result == SD_RES_READONLY && p->step != PIECE_READ)
		piece_readonly(p);
	else
		piece_fail(p, OUTCOME_RESULT, x->rsp.result);
}

/* ------------------------------------------------------------------ splitting */

static struct piece *piece_new(struct io *io, uint64_t at)
{
	uint64_t size = object_size(io->disk);
	struct piece *p = mem_alloc(sizeof *p);

	p->io = io;
	p->at = at;
	p->index = (uint32_t)((io->offset + at) / size);
	p->offset = (io->offset + at) % size;
	p->len = size - p->offset;
	if (p->len > io->len - at)
		p->len = io->len - at;
	p->x.done = piece_answered;
	return p;
}

void io_opened(struct io *io)
{
	struct disk *d = io->disk;
	struct piece_list list = TAILQ_HEAD_INITIALIZER(list);
	struct piece *p;

	if (io->offset > d->head.vdi_size || io->len > d->head.vdi_size - io->offset) {
		io_fail(io, OUTCOME_INVALID, SD_RES_SUCCESS, "the range ends past the VDI");
		return;
	}
	if (io->len == 0) {
		io_end(io, NULL);
		return;
	}
	for (uint64_t at = 0; at < io->len; at += p->len) {
		p = piece_new(io, at);
		TAILQ_INSERT_TAIL(&list, p, link);
		io->nr_pieces++;
	}
	io->unfinished = io->nr_pieces;
	while ((p = TAILQ_FIRST(&list))) {
		TAILQ_REMOVE(&list, p, link);
		piece_run(p);
	}
}

static void io_starts(struct timer *t)
{
	struct io *io = container_of(t, struct io, timer);

	TAILQ_REMOVE(&io->frontend->starting, io, link);
	io_opened(io);
}

static void io_new(struct frontend *f, const struct vdi_name *vdi, struct io io)
{
	struct io *new = mem_alloc(sizeof *new);

	assert(!f->closing);
	*new = io;
	new->frontend = f;
	new->began = world_now(&f->world);
	new->timer.fire = io_starts;
	new->disk = disk_use(f, vdi);
	f->operations++;
	if (new->disk->state == DISK_OPENING) {
		TAILQ_INSERT_TAIL(&new->disk->opening, new, link);
	} else {
		/* Reads of zeros end without a request: not within this call. */
		TAILQ_INSERT_TAIL(&f->starting, new, link);
		world_timer(&f->world, &new->timer, 0);
	}
}

void frontend_read(struct frontend *f, const struct vdi_name *vdi, uint64_t offset, uint64_t len,
		   outcome_fn done, void *arg)
{
	io_new(f, vdi,
	       (struct io){
		       .offset = offset,
		       .len = len,
		       .data = blob_zero(len),
		       .done = done,
		       .arg = arg,
	       });
}

void frontend_write(struct frontend *f, const struct vdi_name *vdi, uint64_t offset,
		    struct blob *data, outcome_fn done, void *arg)
{
	io_new(f, vdi,
	       (struct io){
		       .write = true,
		       .offset = offset,
		       .len = blob_size(data),
		       .data = blob_ref(data),
		       .done = done,
		       .arg = arg,
	       });
}
