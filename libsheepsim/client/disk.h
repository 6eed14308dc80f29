/*
 * An open VDI of a frontend: its inode as the client knows it, and who waits for what in it.
 *
 * The inode is read once. Its index is kept up to date by what this client does itself; that
 * somebody made a snapshot meanwhile shows when a write is answered READONLY, and then the header
 * is read anew and the write sent again, as QEMU does. Only the header: the entries of the index
 * stay right, they name objects that are the snapshot's now.
 *
 * Inside client/ only: disk.c opens VDIs, io.c reads and writes, vdi_ops.c has the operations on
 * VDIs, frontend.c the client as a whole.
 */
#ifndef SHEEPSIM_CLIENT_DISK_H
#define SHEEPSIM_CLIENT_DISK_H

#include <sheepsim/wire/object.h>
#include <uthash.h>

#include "client/frontend.h"

struct piece;
TAILQ_HEAD(piece_list, piece);

enum io_kind { IO_READ, IO_WRITE, IO_DISCARD, IO_FLUSH };

/* What is done to a range of bytes; a flush has none. */
struct io {
	struct frontend *frontend;
	struct disk *disk;
	enum io_kind kind;
	uint64_t offset, len;
	struct blob *data; /* what is written; what was read so far */
	uint64_t began;
	unsigned nr_pieces; /* data objects that it touches */
	unsigned created;
	unsigned unfinished; /* pieces */
	/* the first failure */
	enum outcome_kind failed;
	uint32_t result;
	const char *why;
	outcome_fn done;
	void *arg;
	struct timer timer;   /* starts it if the disk is open already */
	TAILQ_ENTRY(io) link; /* in frontend->starting or disk->opening */
};

TAILQ_HEAD(io_list, io);

/* The part of it that lies in one object. */
struct piece {
	struct io *io;
	struct exchange x;
	enum piece_step {
		PIECE_IDLE,
		PIECE_READ,
		PIECE_PROBE, /* is it still true that the object does not exist? */
		PIECE_WRITE,
		PIECE_CREATE,
		PIECE_INDEX,
		PIECE_DISCARD,
		PIECE_FLUSH,
	} step;
	uint32_t index;	 /* of the object */
	uint32_t vid;	 /* the disk's when it was sent */
	uint64_t offset; /* in the object */
	uint64_t at;	 /* in the range */
	uint64_t len;
	TAILQ_ENTRY(piece) link;
};

/* An object that is being created. Whoever else wants it waits (spec 1.5). */
struct creation {
	uint32_t index;
	struct piece_list held;
	UT_hash_handle hh;
};

enum disk_state { DISK_OPENING, DISK_OPEN, DISK_RELOADING };

struct disk {
	struct frontend *frontend;
	struct vdi_name name;
	enum disk_state state;
	bool locked;
	bool forgotten; /* not to be found any more; freed when its last user is done */
	bool stale;	/* its index changed while the inode was being refreshed */
	uint32_t vid;
	struct inode_head head;
	struct blob *inode;	     /* as it was read: header and index at least */
	struct io_list opening;	     /* operations that wait until it is open */
	struct piece_list reloading; /* pieces that wait until the header has been read anew */
	struct creation *creations;
	unsigned users; /* operations that have not ended, opening and reloading included */
	TAILQ_ENTRY(disk) link;
};

struct frontend {
	struct world world;
	struct session io;
	struct answer_tally tally;
	const struct generation *generation;
	bool locks;
	bool writeback;	  /* until FLUSH_VDI is answered INVALID_PARMS */
	bool discard_off; /* DISCARD_OBJ was answered INVALID_PARMS */
	bool closing;
	unsigned operations;
	struct io_list starting;
	struct sequence_list sequences;
	TAILQ_HEAD(, disk) disks;
};

/* The disk of this name, opened if need be; the caller is one of its users from now on. */
struct disk *disk_use(struct frontend *f, const struct vdi_name *name);
void disk_unuse(struct disk *d);

/* It cannot be found any more: it was deleted, or its lock was given back. */
void disk_forget(struct disk *d);

/* Reads the header anew; then d->reloading goes on, or fails. */
void disk_reload(struct disk *d);

/* Reads all of the inode anew: another client with the shared lock has changed it. Then the same.
 */
void disk_refresh(struct disk *d);

/* Bytes of a data object, as this client believes. */
uint64_t disk_object_size(const struct disk *d);

/* The vid that owns object i, 0: there is none. */
uint32_t disk_owner(const struct disk *d, uint32_t i);
void disk_set_owner(struct disk *d, uint32_t i, uint32_t vid);

/* The disk is open: io goes on. */
void io_opened(struct io *io);
void io_fail(struct io *io, enum outcome_kind kind, uint32_t result, const char *why);

/* Does what is next for a piece that waited, or fails it. */
void piece_run(struct piece *p);
void piece_fail(struct piece *p, enum outcome_kind kind, uint32_t result, const char *why);

/* Fills a sequence's request that names a VDI (512 bytes: name, tag) and sends it; _read: an
 * object. version: byte 0 of the header. */
void ask_vdi(struct sequence *s, uint8_t opcode, uint8_t version, const struct vdi_name *vdi);
void ask_read(struct sequence *s, uint8_t version, uint64_t oid, uint64_t offset, uint64_t len);

#endif
