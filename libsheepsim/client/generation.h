/*
 * What clients of each generation send (versions 5.1, 5.2; wire-protocols 4.8): one row a
 * generation.
 *
 * All that differs between generations is in the table, in generation.c; the client asks its row
 * and never who it is. Fields whose width has changed need no column of their own: a u32 of up to
 * 255 has the bytes of a u8 and three zeros, so what tells them apart is whether the bytes that
 * were upper halves are ever anything but zero (policy, shift_sent).
 *
 * Used by the rest of client/, and by api/ for the names.
 */
#ifndef SHEEPSIM_CLIENT_GENERATION_H
#define SHEEPSIM_CLIENT_GENERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a working VDI is opened. */
enum generation_open {
	OPEN_LOCK,   /* LOCK_VDI, normal: the only type up to 0.8, 0 in vdi.type since */
	OPEN_SHARED, /* LOCK_VDI, vdi.type 1 */
	OPEN_LOOKUP, /* GET_VDI_INFO: no lock */
};

/* RELEASE_VDI. Its payload is ignored by every sheep. */
enum generation_release {
	RELEASE_NAMED,	/* the vid at 24; payload: the name and a NUL */
	RELEASE_NO_VID, /* that payload, but vid 0 */
	RELEASE_VID,	/* the vid, no payload */
};

enum generation_flush {
	FLUSH_NONE,
	FLUSH_VDI, /* FLUSH_VDI on the inode; INVALID_PARMS switches the write-back cache off */
	FLUSH_DEL_CACHE,
};

enum generation_discard {
	DISCARD_NONE,
	DISCARD_OBJECT, /* DISCARD_OBJ of the object that the index names, whoever owns it */
	DISCARD_INDEX,	/* WRITE_OBJ of four zero bytes into the index */
};

/* What is done when a write is answered READONLY. */
enum generation_readonly {
	READONLY_FAILS,	  /* nothing: the guest gets an I/O error */
	READONLY_LOOKUP,  /* GET_VDI_INFO, the inode's header, and the write again */
	READONLY_RELOCKS, /* the same with LOCK_VDI */
};

/* A guest writes to a snapshot. */
enum generation_branch {
	BRANCH_NONE,	/* it cannot */
	BRANCH_NEW,	/* NEW_VDI */
	BRANCH_DEL_NEW, /* DEL_VDI of the working VDI, then NEW_VDI */
};

/* Where data_length of the read of an inode comes from. */
enum generation_inode {
	INODE_READ_INDEX, /* 4,198,968 bytes: header and index */
	INODE_READ_ALL,	  /* 12,587,576: with the gref area */
};

struct generation {
	const char *name;
	const char *words;
	/* byte 0: LOCK_VDI and GET_VDI_INFO; object I/O; NEW_VDI and DEL_VDI */
	uint8_t open_version, io_version, vdi_version;
	enum generation_open open;
	bool short_name; /* LOCK_VDI has 256 bytes: no tag */
	enum generation_inode inode;
	/* Flags of object I/O beside WRITE and COW, without and with a write-back cache. */
	uint16_t through, back;
	bool flags_on_reads, flags_on_index; /* or on writes and creations of data only */
	uint16_t inode_flags;		     /* of the read of the inode, beside those */
	bool tgt;	  /* flag TGT on all I/O; INODE_INVALIDATED is answered by a refresh */
	bool read_copies; /* obj.copies in reads too */
	bool policy;	  /* knows copy_policy: bytes 33 (obj) and 29 (vdi) */
	bool shift;	  /* knows objects of other sizes than 4 MiB, from the inode */
	bool shift_sent;  /* NEW_VDI's byte 31 is never 0: GET_CLUSTER_DEFAULT, else 22 */
	enum generation_release release;
	enum generation_flush flush;
	enum generation_discard discard;
	enum generation_readonly readonly;
	enum generation_branch branch;
	bool each_time;	     /* opens the VDI anew for each operation */
	bool dog_creates;    /* its VDIs are created by dog */
	bool reconnects;     /* connects again, and sends again what has no answer */
	uint8_t prologue[4]; /* operations that come before NEW_VDI; ends with 0 */
};

/* The one that is used where nothing is said. */
const struct generation *generation_default(void);

/* By its name; NULL: there is none. */
const struct generation *generation_find(const char *name);

/* The index-th row, oldest first within a family; NULL: past the last. */
const struct generation *generation_at(size_t index);

/* Flags of a request on an object of the VDI's data or (index) of an entry of its index. */
uint16_t generation_flags(const struct generation *d, bool write, bool index, bool writeback);

/* Bytes of the read of an inode. */
uint32_t generation_inode_len(const struct generation *d);

#endif
