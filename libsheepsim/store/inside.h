/*
 * Inside the store. What all backends share stands once: store.c has the objects, their names and
 * what happens to them, files.c what files take of their disk, disks.c the disks and where objects
 * belong among them, logs.c the config record and the epoch logs,
 * journal.c the journal, unsynced.c what a power cut would take, names.c the table of names,
 * extents.c what sparse files take. A backend keeps the bytes of files, and where the store
 * outlives its process it writes down the facts as they change: memory.c, database_store.c.
 *
 * Objects are names that stand for files, and files that hold bytes. A file has two names while a
 * stale copy is linked live (R708); both are on one disk.
 */
#ifndef SHEEPSIM_STORE_INSIDE_H
#define SHEEPSIM_STORE_INSIDE_H

#include <sys/queue.h>

#include "base/blob.h"
#include "placement/ring.h"
#include "store/extents.h"
#include "store/names.h"
#include "store/store.h"

struct database;

/* ------------------------------------------------------------------ files */

struct file {
	union { /* the backend's */
		struct blob *content;
		uint64_t number;
	};
	struct file *copy; /* while a file with several names is copied */
	uint32_t refs;	   /* names */
	uint32_t pages;	   /* that it takes */
};

/* Inodes, and only they, are sparse: there are few of them, so only they have more to remember. */
struct sparse_file {
	struct file file;
	struct extents extents;
};

struct span {
	uint32_t first, end; /* pages first..end-1 of the file */
};

/* A file of an object that takes nothing yet, nor has any bytes; and the end of one. */
struct file *file_alloc(uint64_t oid);
void file_free(uint64_t oid, struct file *f);

/* The pages that a sparse file takes; NULL: it is not sparse, and takes all from its beginning. */
struct extents *file_extents(uint64_t oid, struct file *f);

/* What a new file with this content would take; and it does. */
uint32_t file_pages_of_new(uint64_t oid, const struct blob *content);
void file_take_new(uint64_t oid, struct file *f, const struct blob *content);

/* How many pages more a file would take after a write; and it does. */
uint32_t file_pages_to_add(uint64_t oid, struct file *f, uint64_t offset, const struct blob *data);
void file_take_more(uint64_t oid, struct file *f, uint64_t offset, const struct blob *data);

/* ------------------------------------------------------------------ what a backend does */

struct backend {
	/* The bytes of files. */
	void (*create)(struct store *s, uint64_t oid, struct file *f, struct blob *content);
	void (*write)(struct store *s, struct file *f, uint64_t offset, struct blob *data);
	void (*drop)(struct store *s, struct file *f);
	/* the store is closed: what of them is in memory; NULL: nothing is */
	void (*forget)(struct store *s, struct file *f);
	/* len bytes from offset on, zeros past the end; a new reference */
	struct blob *(*read)(const struct store *s, const struct file *f, uint64_t offset,
			     uint64_t len);
	uint64_t (*length)(const struct store *s, const struct file *f);
	/* Facts that have changed; NULL where nothing is written down. */
	void (*taken)(struct store *s, uint64_t oid, struct file *f); /* pages, extents */
	void (*named)(struct store *s, struct store_key k, const struct file *f);
	void (*unnamed)(struct store *s, struct store_key k);
	void (*disk)(struct store *s, uint8_t disk);
	void (*disk_gone)(struct store *s, uint8_t disk);
	void (*config)(struct store *s);
	void (*log)(struct store *s, uint32_t epoch, struct blob *content);
	void (*logs_gone)(struct store *s);
	void (*journaled)(struct store *s, uint32_t file, uint64_t serial,
			  const struct journal_entry *e);
	void (*journal_gone)(struct store *s, uint32_t file);
};

#define TELL(s, fact, ...)                                                                         \
	do {                                                                                       \
		if ((s)->backend->fact)                                                            \
			(s)->backend->fact(s, ##__VA_ARGS__);                                      \
	} while (0)

/* ------------------------------------------------------------------ the store */

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
	uint32_t nr_temporary;
	bool of_process; /* the process is started with it */
	bool metadata;	 /* config record and logs lie on its file system */
	bool plugged;
	bool lost;
};

struct journal_file {
	struct journal_entry *entry;
	uint32_t nr;
	uint64_t bytes;
	uint64_t serial; /* of its first entry: all of a store are numbered */
};

struct store {
	const struct backend *backend;
	struct database *database; /* that it is in, and as which node; NULL: in memory */
	uint32_t node;

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

	bool defers;				      /* writes are not synced at once */
	TAILQ_HEAD(unsynced_list, unsynced) unsynced; /* oldest first (unsynced.c) */
	uint64_t unsynced_bytes;
	struct journal_file journals[STORE_JOURNALS];
	uint64_t journal_serial; /* of the next entry */
};

/* The suffix of temporaries, which no stale copy has. */
#define SUFFIX_TEMPORARY UINT32_MAX

static inline struct disk *disk_at(const struct store *s, uint8_t disk)
{
	return &s->disks[disk - 1];
}

/* Pages that config record and epoch logs take: one, once formatted, and as many as logs have. */
static inline uint64_t metadata_pages(const struct store *s)
{
	return (s->config.ctime != 0) + s->log_pages;
}

/* disks.c: the disks of a new store; pages that can still be written; a disk; the table of them. */
void disks_take(struct store *s, const struct store_disk_config *disks, uint32_t nr);
uint64_t disk_room(const struct store *s, const struct disk *d);
struct disk *disk_new(struct store *s, const char *path, uint64_t capacity);
void disks_arrange(struct store *s); /* plugged[] and the ring, after a change */
void disks_forget(struct store *s);  /* those that the process is not started with */
void disk_table_free(struct store *s);

/*
 * unsynced.c: an object is about to be written or created, in place of old or of nothing (NULL);
 * whatever is not synced of it is, now.
 */
void unsynced_write(struct store *s, struct store_key k, const struct file *f, uint64_t offset,
		    uint64_t len);
void unsynced_create(struct store *s, struct store_key k, const struct file *old, uint64_t len);
void unsynced_forget(struct store *s, struct store_key k);

/* journal.c: an entry as it is read back; the end of a file: what is written down of it stays. */
void journal_file_add(struct store *s, uint32_t file, uint64_t serial,
		      const struct journal_entry *e);
void journal_file_free(struct store *s, uint32_t file);

/* logs.c: a log as it is read back; the end of all: what is written down of them stays. */
void logs_add(struct store *s, uint32_t epoch, struct blob *log);
void logs_free(struct store *s);

/* store.c: a store that has nothing; all that another one has, for one that has nothing. */
struct store *store_alloc(const struct backend *backend);
void store_take(struct store *to, const struct store *from);

/* store.c: calls fn for each file, as often as it has names. */
void store_each_file(struct store *s, void (*fn)(void *arg, struct file *f), void *arg);

/* store.c: a name for a file, as it is read back: nobody is told. */
void store_name(struct store *s, struct store_key k, struct file *f);

/* store.c: removes everything on one disk. */
void disk_erase(struct store *s, uint8_t disk);

#endif
