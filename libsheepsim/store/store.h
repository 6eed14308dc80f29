/*
 * What one node has on its disks and keeps across a restart (R202): live objects, stale copies,
 * epoch logs, the config record. Section 7 of the behaviour spec, without its timing: calls happen
 * at once and are atomic; how long a disk takes, and whether it fails, is the world's (disk_io).
 *
 * A store belongs to a node's disks, not to its process: it outlives crashes. All rules that need
 * the node's epoch (R704, R706) get it as an argument.
 *
 * A node has one store, whatever the number of its disks: which disk an object lies on is part of
 * its key (R715). Disks have numbers, 1, 2, ... in the order in which the node came to know them;
 * a disk keeps its number, plugged or not.
 *
 * Used by sheep/ (the node itself), and by api/ and check/, which look at stores from outside.
 * Nothing here tells how a store keeps things: only constructors name a backend. A store in memory
 * ends with its process; one in a SQLite database (database.h) is there again when the file is
 * opened again.
 */
#ifndef SHEEPSIM_STORE_STORE_H
#define SHEEPSIM_STORE_STORE_H

#include "wire/records.h"

struct store;

/* Config record (R202a). ctime 0: never formatted. */
struct store_config {
	uint64_t ctime;
	uint16_t flags;
	uint8_t nr_copies;
	uint8_t copy_policy;
	uint8_t block_size_shift;
	bool clean_shutdown;
	char store_name[17]; /* "plain", "tree"; empty: none */
	uint64_t space;	     /* recorded, 0: not yet (R205) */
	uint8_t level;	     /* enum dialect that its cluster spoke last, 0: not formatted */
};

/* A stored thing: the live object if stale_epoch is 0, else S(oid, stale_epoch). */
struct store_key {
	uint64_t oid;
	uint8_t ec_index;     /* strip, 0 for replicated objects */
	uint32_t stale_epoch; /* 0: live */
	/*
	 * The disk that it is on. 0: on whichever it is, where the disk that the object maps to
	 * comes first and then the other ones in order of their paths; what is created, is created
	 * on the disk that it maps to. Only plugged disks are meant by 0; by its number any is.
	 */
	uint8_t disk;
};

/* ------------------------------------------------------------------ opening and closing */

/* A disk of a node: a directory on a file system of its own of so many bytes. */
struct store_disk_config {
	const char *path; /* absolute, without a slash at its end; copied */
	uint64_t capacity;
};

/*
 * An empty store in memory with the nr (1 to STORE_MAX_PLUGGED) disks that the node's process is
 * started with, all plugged; close drops everything. Where there is one disk, config record and
 * epoch logs lie on its file system too; where there are several, on one of their own.
 */
struct store *store_memory_new(const struct store_disk_config *disks, uint32_t nr);

/*
 * All that another store has, of whatever backend; pages that are in memory are shared. Of several
 * copies, equal objects are shared too if all are made with the same `known' (else NULL): so the
 * replicas of a cluster that is read from a file are in memory once, as they were before.
 */
struct contents;
struct store *store_memory_copy(const struct store *from, struct contents *known);

struct contents *contents_new(void);
void contents_free(struct contents *known); /* the copies keep what they have */

/* Those that are kept in a file: database.h. */

/* Frees what is in memory; what is in a file stays there. */
void store_close(struct store *s);

/* As it was when it was new: the disks that the process is started with, empty. */
void store_wipe(struct store *s);

/* ------------------------------------------------------------------ disks (R715-R717) */

#define STORE_MAX_PLUGGED 64u  /* disks of a node at a time: MD_INFO has room for so many */
#define STORE_MAX_DISKS	  255u /* numbers: disks that it ever had */

struct store_disk {
	const char *path;  /* borrowed, valid as long as the store */
	bool plugged;	   /* the node uses it */
	bool lost;	   /* its directory is gone: nothing can be read or created there */
	uint64_t capacity; /* of its file system, bytes */
	/*
	 * Bytes that its objects take, and that can still be written: capacity less used, less the
	 * metadata if they lie there too. Both together are what sheep takes for its size.
	 */
	uint64_t used, free;
	uint64_t recorded; /* its size when it was plugged (R202d), which the ring goes by */
	uint32_t nr_live, nr_stale, nr_temporary;
};

/* Numbers go from 1 to this. */
uint32_t store_nr_disks(const struct store *s);
void store_disk(const struct store *s, uint8_t disk, struct store_disk *d);
bool store_disk_is_lost(const struct store *s, uint8_t disk);

/* The number of the disk with this path, 0: the node never had one. */
uint8_t store_disk_find(const struct store *s, const char *path);

uint32_t store_nr_plugged(const struct store *s);
/* The i-th plugged disk in order of paths. */
uint8_t store_plugged(const struct store *s, uint32_t i);

/* The plugged disk that owns the object's point on the node's ring (R715); 0: none is plugged. */
uint8_t store_home(const struct store *s, uint64_t oid);

/* A file system of so many bytes at a path that is not known yet; it is not plugged. Returns its
 * number, 0 if there are STORE_MAX_DISKS. */
uint8_t store_disk_add(struct store *s, const char *path, uint64_t capacity);

/*
 * Plugs a disk (R717): its directory is made if it is not there, and emptied if it is. False:
 * nothing has changed, as it is plugged already or STORE_MAX_PLUGGED are.
 */
bool store_plug(struct store *s, uint8_t disk);

/* Unplugs it without touching its content (R717). False: it was not plugged. */
bool store_unplug(struct store *s, uint8_t disk);

/* The directory is gone, with all that is in it. The node does not know that yet. */
void store_disk_lose(struct store *s, uint8_t disk);

/*
 * A process starts: it has the disks that the store was made with, with whatever they hold, and
 * no others. Directories that are gone are made, empty.
 */
void store_open(struct store *s);

/* ------------------------------------------------------------------ config record, epoch logs */

void store_config_get(const struct store *s, struct store_config *c);
void store_config_put(struct store *s, const struct store_config *c);
/* Is there room for it, on the file system where it lies? */
bool store_config_fits(const struct store *s, const struct store_config *c);

/* Epoch logs (R218): the content is an epoch blob (records.h). NULL: there is none. */
struct blob *store_log_get(const struct store *s, uint32_t epoch); /* new reference */
void store_log_put(struct store *s, uint32_t epoch, struct blob *log);
/* Is there room for one more, on the file system where they lie? */
bool store_log_fits(const struct store *s, const struct blob *log);
uint32_t store_log_highest(const struct store *s); /* 0: none */
void store_log_clear(struct store *s);

/* ------------------------------------------------------------------ objects */

bool store_has(const struct store *s, struct store_key k);

/* The disk that k is on, as k.disk asks for it; 0: it is nowhere. */
uint8_t store_disk_of(const struct store *s, struct store_key k);

/* The whole content; a new reference, NULL if absent. */
struct blob *store_get(const struct store *s, struct store_key k);

/* len bytes of it from offset on, zeros past its end; a new reference, NULL if absent. */
struct blob *store_read(const struct store *s, struct store_key k, uint64_t offset, uint64_t len);

/* Its size in bytes, 0 if absent. */
uint64_t store_length(const struct store *s, struct store_key k);

/*
 * What a thing takes of its disk, once if it has two names: an inode takes the pages (BLOB_PAGE)
 * between the first and the last byte that is not zero when it is created, and those between the
 * first and the last such byte of each later write; of a write of nothing but zeros all that it
 * touches. Everything else takes all of its size from its creation on. Pages once taken stay.
 */

/*
 * Creates or replaces (R705): the other name of a linked object keeps the old content. Returns
 * SD_RES_SUCCESS, or SD_RES_NO_SPACE or SD_RES_EIO (no disk is there for it) and nothing has
 * changed. The new content is written before the old one goes: there must be room for both.
 */
uint32_t store_put(struct store *s, struct store_key k, struct blob *content);

/*
 * Overwrites a range in place (R706); both names of a linked object see it (R708). Bytes past the
 * end of the object are dropped, as sizes are fixed (R702); but they do take room. Returns
 * SD_RES_SUCCESS, SD_RES_NO_OBJ, or SD_RES_NO_SPACE and nothing has changed.
 */
uint32_t store_write(struct store *s, struct store_key k, uint64_t offset, struct blob *data);

/* False: it was not there. */
bool store_delete(struct store *s, struct store_key k);

/*
 * Renames, on the disk where it is, overwriting what has the new name there (R505). If both are
 * names of one file nothing happens, and both stay: so does rename() with the files of sheepdog.
 * Both keys have the same oid; to.disk does not count. False: there was no such object.
 */
bool store_rename(struct store *s, struct store_key from, struct store_key to);

/*
 * Gives the object a second name, on its disk (R708). If something has that name already, on any
 * plugged disk, it stays, and the answer is true. Both keys have the same oid; to.disk does not
 * count. False: there was no such object.
 */
bool store_link(struct store *s, struct store_key from, struct store_key to);

/*
 * R703: is it on the plugged disk that the object maps to? If it is on another one, it is moved to
 * where it belongs, which *moved (may be NULL) tells. k.disk does not count. False: it is on none,
 * or there is no room for it on the right one.
 */
bool store_settle(struct store *s, struct store_key k, bool *moved);

/*
 * Calls fn for each object on the plugged disks, live and stale, in ascending (oid, ec_index,
 * epoch, disk) order, with the disk in its key. fn may delete or rename the object that it was
 * called for; under a name further on it is met again.
 */
void store_each(struct store *s, void (*fn)(void *arg, struct store_key k), void *arg);

/* The newest suffix in first..last of a stale copy on any plugged disk, 0: none (R523). */
uint32_t store_newest_stale(const struct store *s, uint64_t oid, uint8_t ec_index, uint32_t first,
			    uint32_t last);

/* Removes all objects on the plugged disks, live and stale (R224). */
void store_erase(struct store *s);

/* ------------------------------------------------------------------ temporaries (R705, R712) */

/*
 * An object that is being created: a file of its full size under a name of its own, on the disk of
 * the key. It takes room, and nothing else of the store sees it. It stays until it gets the live
 * name, or is dropped; also if the process ends.
 */

/* As store_put(); there must be none of this key. */
uint32_t store_temporary(struct store *s, struct store_key k, struct blob *content);
bool store_has_temporary(const struct store *s, struct store_key k);

/* It becomes the live object, in the place of one that is there. False: there is none. */
bool store_publish(struct store *s, struct store_key k);
void store_drop_temporary(struct store *s, struct store_key k);

/* Those on the plugged disks; how many they were. */
uint32_t store_drop_temporaries(struct store *s);

/* ------------------------------------------------------------------ unsynced writes (R712) */

/*
 * From now on (or not any more) objects that are written or created reach their disks only with
 * store_flush(), or when there are many of them; what is renamed, linked or removed does at once.
 */
void store_defer(struct store *s, bool defer);
void store_flush(struct store *s);
uint64_t store_unflushed(const struct store *s); /* bytes */

/*
 * The machine loses its power: what was not flushed is not there. keeps() is asked of each page
 * that was written (n: its number), and of each object that was created (n: UINT64_MAX), the newest
 * first: true if it had reached the disk all the same. How many writes and creates it was asked for
 * is the result.
 */
uint32_t store_power_cut(struct store *s, bool (*keeps)(void *arg, uint64_t oid, uint64_t n),
			 void *arg);

/* ------------------------------------------------------------------ the journal (R713) */

/*
 * Two files on a device of their own, with what was to be done to objects. They stay until they are
 * cleared, whether there is a process or not.
 */
#define STORE_JOURNALS 2u

enum journal_op { JOURNAL_WRITE, JOURNAL_CREATE, JOURNAL_REMOVE };

struct journal_entry {
	enum journal_op op;
	bool complete; /* false: the process ended while it was written */
	bool coded;    /* it is about a strip; sheep's journal says neither that nor which */
	uint8_t ec_index;
	uint64_t oid;
	uint64_t offset;
	uint64_t size;	   /* CREATE: of the object */
	struct blob *data; /* or NULL */
};

/* Bytes that an entry takes. */
uint64_t store_journal_size_of(const struct journal_entry *e);

/* Adds an entry; takes a reference of its data. */
void store_journal_append(struct store *s, uint32_t file, const struct journal_entry *e);
uint64_t store_journal_bytes(const struct store *s, uint32_t file);
uint32_t store_journal_entries(const struct store *s, uint32_t file);

/* The file that was begun first. */
uint32_t store_journal_older(const struct store *s);

/* Calls fn for each entry in order, until it says false. fn must not change the journal. */
void store_journal_each(struct store *s, uint32_t file,
			bool (*fn)(void *arg, const struct journal_entry *e), void *arg);
void store_journal_clear(struct store *s, uint32_t file);

/* ------------------------------------------------------------------ sums */

/* What the disks hold that the process is started with, bytes. */
uint64_t store_capacity(const struct store *s);

/* ------------------------------------------------------------------ sums over the plugged disks */

uint64_t store_size(const struct store *s); /* used and free */
uint64_t store_free(const struct store *s);
uint64_t store_used(const struct store *s);
uint32_t store_nr_live(const struct store *s);
uint32_t store_nr_stale(const struct store *s);

#endif
