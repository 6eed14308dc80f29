/*
 * Reads and writes: one struct io for the range of bytes, one struct piece for each object in it.
 */
#include <assert.h>
#include <stdlib.h>

#include <sheepsim/wire/admin.h>

#include "base/mem.h"
#include "client/disk.h"

static const char no_discard[] = "the gateway does not know discard: it is switched off";

/* ------------------------------------------------------------------ the whole */

static void io_end(struct io *io)
{
	struct disk *d = io->disk;
	struct frontend *f = io->frontend;
	struct outcome o = {
		.kind = io->failed,
		.result = io->result,
		.why = io->why,
		.vid = d->vid,
		.copy_policy = d->head.copy_policy,
		.objects = io->nr_pieces,
		.created = io->created,
		.data = io->failed == OUTCOME_OK && io->kind == IO_READ ? io->data : NULL,
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
	io->why = why;
	io_end(io);
}

/* ------------------------------------------------------------------ the parts */

/* p has ended; the last one ends its operation. */
static void piece_end(struct piece *p)
{
	struct io *io = p->io;

	free(p);
	assert(io->unfinished > 0);
	if (--io->unfinished == 0)
		io_end(io);
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

void piece_fail(struct piece *p, enum outcome_kind kind, uint32_t result, const char *why)
{
	struct io *io = p->io;

	if (io->failed == OUTCOME_OK) {
		io->failed = kind;
		io->result = result;
		io->why = why;
	}
	piece_end(p);
}

/*
 * Sends a request on an object. flags: WRITE or COW; len: bytes to read. The rest is as the
 * generation has it.
 */
static void piece_send(struct piece *p, enum piece_step step, uint8_t opcode, uint16_t flags,
		       uint64_t oid, uint64_t offset, uint64_t len, struct blob *payload)
{
	const struct disk *d = p->io->disk;
	const struct frontend *f = p->io->frontend;
	const struct generation *c = f->generation;
	struct req *q = &p->x.req;
	bool write = flags & SD_FLAG_CMD_WRITE;

	flags |= generation_flags(c, write, sd_oid_is_inode(oid), f->writeback);
	request_object(q, opcode, flags, oid, offset, payload ? blob_size(payload) : len);
	q->proto_ver = c->io_version;
	if (write || (c->read_copies && opcode == SD_OP_READ_OBJ))
		q->obj.copies = d->head.nr_copies;
	q->obj.copy_policy = q->obj.copies && c->policy ? d->head.copy_policy : 0;
	if (flags & SD_FLAG_CMD_COW)
		q->obj.cow_oid = sd_vid_to_data_oid(disk_owner(d, p->index), p->index);
	p->step = step;
	p->x.payload = payload;
	session_send(&p->io->frontend->io, &p->x);
}

static void send_read(struct piece *p, uint32_t owner)
{
	piece_send(p, PIECE_READ, SD_OP_READ_OBJ, 0, sd_vid_to_data_oid(owner, p->index), p->offset,
		   p->len, NULL);
}

/* What is not there needs no request; but then nobody would say that another client has made it
 * (spec 4.8: one byte of the inode). */
static void send_probe(struct piece *p)
{
	piece_send(p, PIECE_PROBE, SD_OP_READ_OBJ, 0, sd_vid_to_inode_oid(p->vid), 0, 1, NULL);
}

/* Writes to its own object, or creates it: as a copy, if a snapshot owns what is there. */
static void send_write(struct piece *p, uint32_t owner)
{
	struct disk *d = p->io->disk;
	uint64_t oid = sd_vid_to_data_oid(d->vid, p->index);
	struct blob *data = blob_slice(p->io->data, p->at, p->len);

	if (owner == d->vid) {
		piece_send(p, PIECE_WRITE, SD_OP_WRITE_OBJ, SD_FLAG_CMD_WRITE, oid, p->offset, 0,
			   data);
		return;
	}
	creation_begin(d, p->index);
	piece_send(p, PIECE_CREATE, SD_OP_CREATE_AND_WRITE_OBJ,
		   SD_FLAG_CMD_WRITE | (owner ? SD_FLAG_CMD_COW : 0), oid, p->offset, 0, data);
}

/* Writes the object's entry in the index: its owner, 0 for none. */
static void send_entry(struct piece *p, enum piece_step step, uint32_t owner)
{
	uint8_t entry[4];

	put_le32(entry, owner);
	piece_send(p, step, SD_OP_WRITE_OBJ, SD_FLAG_CMD_WRITE, sd_vid_to_inode_oid(p->vid),
		   INODE_DATA_VIDS + 4ull * p->index, 0, blob_new(entry, sizeof entry));
}

/* Others wait as for a creation. The object that is discarded is the one that the index names, be
 * it a snapshot's (versions 5.3, g). */
static void send_discard(struct piece *p, uint32_t owner)
{
	struct disk *d = p->io->disk;

	if (owner == 0) {
		piece_end(p);
		return;
	}
	creation_begin(d, p->index);
	if (d->frontend->generation->discard == DISCARD_INDEX)
		send_entry(p, PIECE_DISCARD, 0);
	else
		piece_send(p, PIECE_DISCARD, SD_OP_DISCARD_OBJ, 0,
			   sd_vid_to_data_oid(owner, p->index), 0, 0, NULL);
}

/* Nothing is left to flush once the sheep has said that it has no cache (spec 4.3). */
static void send_flush(struct piece *p)
{
	const struct frontend *f = p->io->frontend;

	if (f->generation->flush == FLUSH_DEL_CACHE)
		piece_send(p, PIECE_FLUSH, SD_OP_FLUSH_DEL_CACHE, 0, sd_vid_to_inode_oid(p->vid), 0,
			   0, NULL);
	else if (f->generation->flush == FLUSH_VDI && f->writeback)
		piece_send(p, PIECE_FLUSH, SD_OP_FLUSH_VDI, 0, sd_vid_to_inode_oid(p->vid), 0, 0,
			   NULL);
	else
		piece_end(p);
}

static void piece_begin(struct piece *p, uint32_t owner)
{
	switch (p->io->kind) {
	case IO_READ:
		if (owner)
			send_read(p, owner);
		else if (p->io->frontend->generation->tgt)
			send_probe(p);
		else
			piece_end(p); /* never written: the zeros that are there */
		break;
	case IO_WRITE:
		send_write(p, owner);
		break;
	case IO_DISCARD:
		send_discard(p, owner);
		break;
	case IO_FLUSH:
		send_flush(p);
		break;
	}
}

void piece_run(struct piece *p)
{
	struct disk *d = p->io->disk;
	struct creation *c = find_creation(d, p->index);
	uint32_t owner = disk_owner(d, p->index);

	p->step = PIECE_IDLE;
	p->vid = d->vid;
	if (d->frontend->closing) {
		piece_fail(p, OUTCOME_LOST, SD_RES_SUCCESS, NULL);
	} else if (d->state == DISK_RELOADING) {
		TAILQ_INSERT_TAIL(&d->reloading, p, link);
	} else if (c && p->io->kind != IO_FLUSH) {
		TAILQ_INSERT_TAIL(&c->held, p, link);
	} else {
		piece_begin(p, owner);
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
	case PIECE_PROBE:
	case PIECE_WRITE:
	case PIECE_FLUSH:
		break;
	case PIECE_CREATE:
		io->created++;
		send_entry(p, PIECE_INDEX, p->vid);
		return;
	case PIECE_INDEX:
	case PIECE_DISCARD:
		disk_set_owner(d, p->index, p->step == PIECE_INDEX ? p->vid : 0);
		d->stale = d->state == DISK_RELOADING;
		creation_end(d, p->index);
		break;
	case PIECE_IDLE:
		assert(false);
	}
	piece_end(p);
}

/* The answer is an error. True: p goes on, or has ended well, nevertheless. */
static bool piece_bears(struct piece *p, uint32_t result)
{
	struct frontend *f = p->io->frontend;
	enum piece_step step = p->step;

	if (result == SD_RES_READONLY && f->generation->readonly != READONLY_FAILS &&
	    (step == PIECE_WRITE || step == PIECE_CREATE || step == PIECE_INDEX)) {
		piece_readonly(p);
		return true;
	}
	if (result == SD_RES_INODE_INVALIDATED && f->generation->tgt) {
		TAILQ_INSERT_TAIL(&p->io->disk->reloading, p, link);
		disk_refresh(p->io->disk);
		return true;
	}
	if (result == SD_RES_INVALID_PARMS && p->x.req.opcode == SD_OP_FLUSH_VDI) {
		f->writeback = false;
		piece_end(p);
		return true;
	}
	return false;
}

static void piece_answered(struct exchange *x)
{
	struct piece *p = container_of(x, struct piece, x);
	struct disk *d = p->io->disk;
	bool held = p->step == PIECE_CREATE || p->step == PIECE_INDEX || p->step == PIECE_DISCARD;

	if (!x->lost && x->rsp.result == SD_RES_SUCCESS) {
		piece_succeeded(p, x->data);
		return;
	}
	/* Those that wait for the object will not get it from this one; p keeps the disk. */
	if (held)
		creation_end(d, p->index);
	if (x->lost) {
		piece_fail(p, OUTCOME_LOST, SD_RES_SUCCESS, NULL);
	} else if (x->req.opcode == SD_OP_DISCARD_OBJ && x->rsp.result == SD_RES_INVALID_PARMS) {
		/* versions 5.3, f: the sheep does not know the operation */
		d->frontend->discard_off = true;
		piece_fail(p, OUTCOME_INVALID, SD_RES_SUCCESS, no_discard);
	} else if (!piece_bears(p, x->rsp.result)) {
		piece_fail(p, OUTCOME_RESULT, x->rsp.result, NULL);
	}
}

/* ------------------------------------------------------------------ splitting */

static struct piece *piece_new(struct io *io, uint64_t at)
{
	uint64_t size = disk_object_size(io->disk);
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

/* Why it cannot be done; NULL: it can. */
static const char *io_refusal(const struct io *io)
{
	const struct frontend *f = io->frontend;
	uint64_t vdi_size = io->disk->head.vdi_size;
	uint64_t size = disk_object_size(io->disk);

	if (io->offset > vdi_size || io->len > vdi_size - io->offset)
		return "the range ends past the VDI";
	if (io->kind == IO_FLUSH && f->generation->flush == FLUSH_NONE)
		return "this client does not flush";
	if (io->kind != IO_DISCARD)
		return NULL;
	if (f->generation->discard == DISCARD_NONE)
		return "this client does not discard";
	if (f->discard_off)
		return no_discard;
	return io->offset % size || io->len % size ? "only whole objects are discarded" : NULL;
}

void io_opened(struct io *io)
{
	struct piece_list list = TAILQ_HEAD_INITIALIZER(list);
	const char *why = io_refusal(io);
	struct piece *p;

	if (why) {
		io_fail(io, OUTCOME_INVALID, SD_RES_SUCCESS, why);
		return;
	}
	if (io->kind == IO_FLUSH) {
		p = piece_new(io, 0);
		TAILQ_INSERT_TAIL(&list, p, link);
	}
	for (uint64_t at = 0; at < io->len; at += p->len) {
		p = piece_new(io, at);
		TAILQ_INSERT_TAIL(&list, p, link);
		io->nr_pieces++;
	}
	if (TAILQ_EMPTY(&list)) {
		io_end(io);
		return;
	}
	io->unfinished = io->kind == IO_FLUSH ? 1 : io->nr_pieces;
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
		       .kind = IO_WRITE,
		       .offset = offset,
		       .len = blob_size(data),
		       .data = blob_ref(data),
		       .done = done,
		       .arg = arg,
	       });
}

void frontend_discard(struct frontend *f, const struct vdi_name *vdi, uint64_t offset, uint64_t len,
		      outcome_fn done, void *arg)
{
	io_new(f, vdi,
	       (struct io){
		       .kind = IO_DISCARD,
		       .offset = offset,
		       .len = len,
		       .done = done,
		       .arg = arg,
	       });
}

void frontend_flush(struct frontend *f, const struct vdi_name *vdi, outcome_fn done, void *arg)
{
	io_new(f, vdi, (struct io){.kind = IO_FLUSH, .done = done, .arg = arg});
}
