/*
 * What one node has on its disks and keeps across a restart (R202): live objects, stale copies,
 * epoch logs, the config record. Section 7 of the behaviour spec, without its timing: calls happen
 * at once and are atomic; how long a disk takes, and whether it fails, is the world's (disk_io).
 *
 * A store belongs to a node's disks, not to its process: it outlives crashes. All rules that need
 * the node's epoch (R704, R706) get it as an argument.
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
};

/* A stored thing: the live object if stale_epoch is 0, else S(oid, stale_epoch). */
struct store_key {
	uint64_t oid;
	uint8_t ec_index;     /* strip, 0 for replicated objects */
	uint32_t stale_epoch; /* 0: live */
};

/*
 * An empty in-memory store of so many bytes; close drops everything. The store holds references of
 * its own to what it is given.
 *
 * What counts against the capacity is what sparse files would take: each page (BLOB_PAGE) of an
 * object that is not all zeros, once for an object with two names. Names, logs and the config
 * record take nothing.
 */
struct store *store_memory_new(uint64_t capacity);
void store_close(struct store *s);

/* A store as it is now, sharing all pages, for `copy-metadata` and snapshots of a world. */
struct store *store_clone(const struct store *s, bool with_objects);

void store_config_get(const struct store *s, struct store_config *c);
void store_config_put(struct store *s, const struct store_config *c);

/* Epoch logs (R218): the content is an epoch blob (records.h). NULL: there is none. */
struct blob *store_log_get(const struct store *s, uint32_t epoch); /* new reference */
void store_log_put(struct store *s, uint32_t epoch, struct blob *log);
uint32_t store_log_highest(const struct store *s); /* 0: none */
void store_log_clear(struct store *s);

bool store_has(const struct store *s, struct store_key k);

/* The whole content; a new reference, NULL if absent. */
struct blob *store_get(const struct store *s, struct store_key k);

/*
 * Creates or replaces (R705): the other name of a linked object keeps the old content. Returns
 * SD_RES_SUCCESS, or SD_RES_NO_SPACE and nothing has changed. The new content is written before the
 * old one goes: there must be room for both.
 */
uint32_t store_put(struct store *s, struct store_key k, struct blob *content);

/*
 * Overwrites a range in place (R706); both names of a linked object see it (R708). Bytes past the
 * end of the object are dropped: sizes are fixed (R702). Returns SD_RES_SUCCESS, SD_RES_NO_OBJ, or
 * SD_RES_NO_SPACE and nothing has changed.
 */
uint32_t store_write(struct store *s, struct store_key k, uint64_t offset, struct blob *data);

/* False: it was not there. */
bool store_delete(struct store *s, struct store_key k);

/*
 * Renames, overwriting what has the new name (R505). If both are names of one object nothing
 * happens, and both stay: so does rename() with the files of sheepdog. False: there was no such
 * object.
 */
bool store_rename(struct store *s, struct store_key from, struct store_key to);

/*
 * Gives the object a second name (R708). If something has that name already it stays, and the
 * answer is true. False: there was no such object.
 */
bool store_link(struct store *s, struct store_key from, struct store_key to);

/*
 * Calls fn for each object, live and stale, in ascending (oid, ec_index, epoch) order. fn may
 * delete or rename the object that it was called for; under a name further on it is met again.
 */
void store_each(struct store *s, void (*fn)(void *arg, struct store_key k), void *arg);

/* The newest suffix of a stale copy in first..last, 0: none (R523). */
uint32_t store_newest_stale(const struct store *s, uint64_t oid, uint8_t ec_index, uint32_t first,
			    uint32_t last);

/* Removes all objects, live and stale (R224). */
void store_erase(struct store *s);

uint64_t store_capacity(const struct store *s);
uint64_t store_used(const struct store *s);
uint32_t store_nr_live(const struct store *s);
uint32_t store_nr_stale(const struct store *s);

#endif
