/*
 * Inside the in-memory store. memory.c has the objects, disks.c the disks and where objects belong
 * among them, logs.c the config record and the epoch logs, extents.c what sparse files take,
 * names.c the table of names.
 *
 * Objects are names that stand for files, and files that hold a blob. A file has two names while a
 * stale copy is linked live (R708); both are on one disk.
 */
#ifndef SHEEPSIM_STORE_MEMORY_H
#define SHEEPSIM_STORE_MEMORY_H

#include "base/blob.h"
#include "placement/ring.h"
#include "store/names.h"
#include "store/store.h"

struct log {
	uint32_t epoch;
	struct blob *content;
};

/* A disk's number is its index + 1. */
struct disk {
	char *path;
	uint64_t capacity; /* bytes */
	uint64_t recorded; /* bytes; 0: it was never plugged */
	uint64_t pages;	   /* that its files take */
	uint32_t nr_live;
	uint32_t nr_stale;
	bool of_process; /* the process is started with it */
	bool metadata;	 /* config record and logs lie on its file system */
	bool plugged;
	bool lost;
};

struct store {
	struct store_config config;
	struct log *logs; /* by epoch, ascending */
	uint32_t nr_logs;
	uint32_t cap_logs;
	uint64_t log_pages; /* that the logs take */

	struct names names; /* of all disks, plugged or not */
	struct disk *disks;
	uint32_t nr_disks;
	uint8_t plugged[STORE_MAX_PLUGGED]; /* numbers of disks, by path */
	uint32_t nr_plugged;
	struct ring
		ring; /* of plugged disks, owners as in plugged[]; only where there are several */
};

static inline struct disk *disk_at(const struct store *s, uint8_t disk)
{
	return &s->disks[disk - 1];
}

/* Pages that config record and epoch logs take: one, once formatted, and as many as logs have. */
static inline uint64_t metadata_pages(const struct store *s)
{
	return (s->config.ctime != 0) + s->log_pages;
}

/* disks.c: pages that can still be written; a disk; the table of them. */
uint64_t disk_room(const struct store *s, const struct disk *d);
struct disk *disk_new(struct store *s, const char *path, uint64_t capacity);
void disks_arrange(struct store *s); /* plugged[] and the ring, after a change */
void disk_table_free(struct store *s);

/* memory.c: removes everything on one disk. */
void disk_erase(struct store *s, uint8_t disk);

#endif
