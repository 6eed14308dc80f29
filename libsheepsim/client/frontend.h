/*
 * The frontend client: what the disk driver of a virtual machine does (spec 4.8, QEMU).
 *
 * What exactly it sends is that of its generation (generation.h); where nothing else is said:
 *
 * It opens VDIs by name (LOCK_VDI, then the inode's first 4,198,968 bytes, which it keeps), splits
 * reads and writes at the borders of objects, finds each object's owner in the inode's index, and
 * creates what is not there yet: first the object, then its entry in the index. All I/O is
 * pipelined on one lasting connection to one gateway. Operations on VDIs (create, snapshot, ...)
 * send what dog sends, on a short connection each.
 *
 * Used by api/ and check/. A frontend is a place of its own in the universe and owns its world.
 * All operations return at once and call back when they are done, never from within the call.
 */
#ifndef SHEEPSIM_CLIENT_FRONTEND_H
#define SHEEPSIM_CLIENT_FRONTEND_H

#include <sheepsim/wire/frontend.h>

#include "client/generation.h"
#include "client/sequence.h"
#include "world/universe.h"

/* What is known of a VDI from its inode. */
struct vdi_info {
	struct inode_head head;
	unsigned objects; /* entries of its index that are set */
	unsigned owned;	  /* of these, those that name its own vid */
};

/* How an operation ended. Pointers are borrowed for the time of the callback. */
struct outcome {
	enum outcome_kind kind;
	uint32_t result; /* SD_RES_*, for OUTCOME_RESULT */
	const char *why; /* for OUTCOME_INVALID */
	uint32_t vid;
	uint8_t copy_policy; /* I/O: of the VDI */
	unsigned objects;    /* I/O: data objects that it touched */
	unsigned created;    /* of these, how many it created */
	struct blob *data;   /* reads: the bytes */
	uint64_t took;	     /* virtual ns */
	const struct vdi_info *infos;
	size_t nr_infos;
};

typedef void (*outcome_fn)(void *arg, const struct outcome *o);

/* Which VDI: the working one (tag empty, snapid 0) or a snapshot. */
struct vdi_name {
	char name[SD_MAX_VDI_LEN + 1];
	char tag[SD_MAX_VDI_TAG_LEN + 1];
	uint32_t snapid;
};

/*
 * Takes "name", "name:tag" or "name:snapid" apart, as QEMU writes it. Returns 0, or negative if a
 * part is empty or longer than 255 bytes.
 */
int vdi_name_parse(struct vdi_name *n, const char *text);

struct frontend_options {
	int place;
	struct node_id gateway;
	/*
	 * Opens working VDIs with LOCK_VDI, as a virtual machine does; else with GET_VDI_INFO, as
	 * those do that only look. Snapshots are never locked.
	 */
	bool locks;
	bool writeback;			     /* the flags of a write-back cache */
	const struct generation *generation; /* NULL: the default */
};

struct frontend *frontend_new(struct universe *u, const struct frontend_options *o);

/* The process is gone: what is under way ends as lost, nothing more is sent. Not from within a
 * callback of the frontend or of anything else in its universe. */
void frontend_free(struct frontend *f);

/* All further requests, and those without an answer, go to this node. Locks stay where they are.
 */
void frontend_move(struct frontend *f, const struct node_id *gateway);

/* Reads and writes bytes of a VDI, opening it if need be; done() may be NULL for none of them. */
void frontend_read(struct frontend *f, const struct vdi_name *vdi, uint64_t offset, uint64_t len,
		   outcome_fn done, void *arg);
void frontend_write(struct frontend *f, const struct vdi_name *vdi, uint64_t offset,
		    struct blob *data, outcome_fn done, void *arg);

/*
 * Discards bytes of a VDI, whole objects only (OUTCOME_INVALID if they are not; QEMU skips the
 * rest), as the generation does. Flushes a VDI's write-back cache, if the dialect has a request for
 * it.
 */
void frontend_discard(struct frontend *f, const struct vdi_name *vdi, uint64_t offset, uint64_t len,
		      outcome_fn done, void *arg);
void frontend_flush(struct frontend *f, const struct vdi_name *vdi, outcome_fn done, void *arg);

/* READ_OBJ: bytes of any object, whatever VDI it belongs to; past its end: zeros. */
void frontend_read_object(struct frontend *f, uint64_t oid, uint64_t offset, uint64_t len,
			  outcome_fn done, void *arg);

/*
 * For who creates objects in another way than by writes: a VDI that the client has open, as the
 * client knows its inode (borrowed; NULL: it is not open); whether none of count objects from first
 * on is in its index; and that they are there now, as if the client had created them.
 */
const struct inode_head *frontend_inode(const struct frontend *f, const struct vdi_name *vdi);
bool frontend_index_empty(const struct frontend *f, const struct vdi_name *vdi, uint32_t first,
			  uint32_t count);
void frontend_index_fill(struct frontend *f, const struct vdi_name *vdi, uint32_t first,
			 uint32_t count);

/* NEW_VDI. Zeros mean the cluster's defaults; copy_policy as in the inode. */
struct vdi_spec {
	char name[SD_MAX_VDI_LEN + 1];
	uint64_t size;
	uint8_t copies;
	uint8_t copy_policy;
	uint8_t block_size_shift;
	bool preallocate; /* creates all objects too; of no hyper volume */
	bool hyper;	  /* its index is a B-tree (dog's -y) */
};
/* Why the generation cannot ask for such a VDI; NULL: it can. */
const char *frontend_refuses(const struct frontend *f, const struct vdi_spec *spec);

/* Only what the generation does not refuse. */
void frontend_create(struct frontend *f, const struct vdi_spec *spec, outcome_fn done, void *arg);

/* One VDI's inode, or those of all VDIs that are not deleted, in order of vid. */
void frontend_lookup(struct frontend *f, const struct vdi_name *vdi, outcome_fn done, void *arg);
void frontend_list(struct frontend *f, outcome_fn done, void *arg);

/* Makes the working VDI a snapshot with vdi->tag, which may be empty. vid: that of the new one. */
void frontend_snapshot(struct frontend *f, const struct vdi_name *vdi, outcome_fn done, void *arg);

/*
 * Makes a snapshot the base of the working VDI, as a guest does that writes to one: DEL_VDI of the
 * working VDI, NEW_VDI with the snapshot as its base and snapid 0. vid: that of the new one. Only
 * where the generation can (frontend_branches()).
 */
bool frontend_branches(const struct frontend *f);
void frontend_branch(struct frontend *f, const struct vdi_name *snapshot, outcome_fn done,
		     void *arg);

/*
 * dog vdi alter-copy: another number of copies for a working VDI (R241). OUTCOME_INVALID: it is
 * coded, it has so many already, or it has a base, snapshots or clones.
 */
void frontend_set_copies(struct frontend *f, const struct vdi_name *vdi, uint8_t copies,
			 outcome_fn done, void *arg);

/* Zeroes the index in batches, then DEL_VDI (R626). */
void frontend_delete(struct frontend *f, const struct vdi_name *vdi, outcome_fn done, void *arg);

/* True if it has asked for locks that it has not given back, whether the cluster uses them or not.
 */
bool frontend_locks_any(const struct frontend *f);

/* Gives these back (RELEASE_VDI) and forgets the VDIs, as a virtual machine does at its end. */
void frontend_release(struct frontend *f, outcome_fn done, void *arg);

/* Operations that have not ended, and requests that have no answer. */
unsigned frontend_operations(const struct frontend *f);
unsigned frontend_requests(const struct frontend *f);

/*
 * True if something will happen here although nobody sends it anything: it is about to begin, or to
 * connect again. gateway_runs: there is a node to connect to.
 */
bool frontend_stirs(const struct frontend *f, bool gateway_runs);

const struct answer_tally *frontend_tally(const struct frontend *f);

/* What has no answer, one line each, for "no progress" reports. */
struct text;
void frontend_pending_text(const struct frontend *f, struct text *t);

/* How it ended, in words: "answered NO_OBJ", "the connection was lost". */
void outcome_text(const struct outcome *o, struct text *t);

#endif
