/*
 * Disks of simulated nodes: what is on them, plugged and unplugged, lost, slow, failing, damaged.
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there.
 */
#ifndef SHEEPSIM_DISKS_H
#define SHEEPSIM_DISKS_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A node is started with the disks of its configuration, whatever they hold. Config record and
 * epoch logs lie on the only one of them, or beside them if there are several.
 */
struct sheepsim_disk {
	const char *path;
	bool plugged;	   /* the node uses it */
	bool lost;	   /* its directory is gone */
	uint64_t capacity; /* of its file system */
	uint64_t used;	   /* by objects, as MD_INFO tells it */
	uint64_t free;
	uint32_t live, stale; /* objects */
	uint32_t temporaries; /* objects that are being created, or were when the process ended */
};
/* All disks that the node has or ever had, in the order in which it got them: fills disks[];
 * returns how many there are. */
SHEEPSIM_API int sheepsim_disks(struct sheepsim *sim, int node, struct sheepsim_disk *disks,
				size_t max);

/* Puts a disk of so many bytes (0: as many as the first one has) where the node never had one, to
 * be plugged. Paths that are plugged without that are made, with a disk as large as the first. */
SHEEPSIM_API int sheepsim_disk_add(struct sheepsim *sim, int node, const char *path, uint64_t size);

/* What `dog node md plug' and `unplug' do: MD_PLUG and MD_UNPLUG, with paths separated by commas.
 * Plugging erases what is there. An answer of UNKNOWN: nothing has changed. */
SHEEPSIM_API int sheepsim_disk_plug(struct sheepsim *sim, int node, const char *paths);
SHEEPSIM_API int sheepsim_disk_unplug(struct sheepsim *sim, int node, const char *paths);

/* The directory is gone, with all that is in it: the node finds out at its next access. */
SHEEPSIM_API int sheepsim_disk_lose(struct sheepsim *sim, int node, const char *path);

/* Each disk operation of a node takes so much longer. */
SHEEPSIM_API int sheepsim_disk_slow(struct sheepsim *sim, int node, uint64_t extra);

/* What of a node is written or read. */
enum sheepsim_disk_use {
	SHEEPSIM_DISK_OBJECTS,
	SHEEPSIM_DISK_JOURNAL,
	SHEEPSIM_DISK_CONFIG, /* the config record */
	SHEEPSIM_DISK_LOGS,   /* epoch logs */
};

struct sheepsim_disk_fault {
	const char *error; /* default "EIO"; ENOSPC, EDQUOT, EMFILE, ENFILE, EINTR, EEXIST, ENOENT,
			      EACCES, EROFS */
	enum sheepsim_disk_use on;
	uint64_t oid;	/* of objects: on this one; 0: on any */
	unsigned count; /* default 1 */
};

/* The next operations of a node's disks fail; in place of an earlier fault on the same. */
SHEEPSIM_API int sheepsim_disk_fail(struct sheepsim *sim, int node,
				    const struct sheepsim_disk_fault *fault);

/*
 * Ends a node at once, as sheepsim_kill() does, in the middle of what its disks are doing (R712).
 * TORN: of that, any part takes place: some pages of a write, a create that had come to its end, an
 * entry of the journal that is not complete. POWER: the machine of the node loses its power, and
 * what was not synced is lost, or (with TORN) any part of it.
 */
#define SHEEPSIM_CRASH_TORN  1u
#define SHEEPSIM_CRASH_POWER 2u
SHEEPSIM_API int sheepsim_crash(struct sheepsim *sim, int node, unsigned how);

/* The journal of a node, and what its objects have in the caches of disks only. */
struct sheepsim_journal {
	bool on; /* it runs, and has one that was not switched off */
	struct {
		uint32_t entries;
		uint64_t bytes;
	} file[2];
	uint64_t unsynced; /* bytes */
};
SHEEPSIM_API int sheepsim_journal(struct sheepsim *sim, int node, struct sheepsim_journal *journal);

/* Damages what is on a node's disk, under a running node too: removes an object (live copy, strip
 * ec_index), overwrites bytes of it. */
SHEEPSIM_API int sheepsim_object_remove(struct sheepsim *sim, int node, uint64_t oid,
					uint8_t ec_index);
SHEEPSIM_API int sheepsim_object_damage(struct sheepsim *sim, int node, uint64_t oid,
					uint8_t ec_index, uint64_t offset, const void *data,
					size_t len);

#ifdef __cplusplus
}
#endif

#endif
