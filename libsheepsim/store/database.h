/*
 * A cluster in a file: a SQLite database with the stores of all its nodes, with how they are
 * configured, and with what the cluster must know of itself to go on after a restart. For api/,
 * which makes clusters, and through it for live mode.
 *
 * How it is used:
 *
 *	db = database_open(path, DATABASE_ANY, &why);      NULL: why tells it
 *	if (database_is_new(db))                            nothing is in it
 *		s = store_database_new(db, 0, disks, 1);    a node's store; used as any other
 *	else
 *		s = store_database_open(db, 0);             NULL: database_error() tells it
 *	...
 *	if (!database_sync(db))                             all until here is in the file
 *		... database_error(db)
 *	store_close(s);
 *	database_close(db);                                 what came after the last sync is lost
 *
 * One sync is one transaction for all nodes: the file always has what all of them had at one
 * moment, and if the process or the machine ends, this is that of the last sync. So whoever
 * promises that something is kept (a live node that answers a client, sheepsim_save()) syncs
 * before. A sync costs about two writes of a real disk, whatever was done before it: promises are
 * best collected, with one sync for all of them. Without a change it costs nothing.
 *
 * Names, disks, logs and config records are in memory while a store is open. The bytes of objects
 * are not: they are read when they are asked for, so a large cluster is opened fast.
 *
 * Errors: the first thing that goes wrong with the file (no room, damage, I/O) is kept. From then
 *on nothing is written, objects read as zeros, and no sync succeeds: the owner asks
 *database_error() after whatever it lets the nodes do, and stops. The file has the last sync.
 *
 * One process at a time: as long as it is open here, nobody else can read or write the file. A file
 * that is none of ours, that is damaged, or that a newer sheepsim has made is refused and stays as
 * it is. When it is closed it is one file, without others beside it, and can be copied.
 */
#ifndef SHEEPSIM_STORE_DATABASE_H
#define SHEEPSIM_STORE_DATABASE_H

#include "base/text.h"
#include "store/store.h"

struct database;

enum database_how {
	DATABASE_ANY, /* what is there, or a new one */
	DATABASE_NEW, /* there must be none */
	DATABASE_OLD, /* it must be there */
};

/*
 * Opens the file. scratch: nobody needs it if the process does not come to close it, so it is
 * written faster, and damaged by a crash. NULL: not possible, *why tells it with the path.
 */
struct database *database_open(const char *path, enum database_how how, bool scratch,
			       struct text *why);

/* What came after the last sync is lost. The stores in it must be closed before. NULL is ignored.
 */
void database_close(struct database *db);

/* It was made by database_open() just now. */
bool database_is_new(const struct database *db);

/* Something has changed since the last sync. */
bool database_is_dirty(const struct database *db);

/* False: database_error() tells why, and the file has the sync before. */
bool database_sync(struct database *db);

/* NULL: nothing went wrong so far. */
const char *database_error(const struct database *db);

/* ------------------------------------------------------------------ stores */

/* As store_memory_new(), for the node of this number, which has no store in it yet. */
struct store *store_database_new(struct database *db, uint32_t node,
				 const struct store_disk_config *disks, uint32_t nr);

/* The node's store as it is in the file. NULL: damaged, database_error() tells where. */
struct store *store_database_open(struct database *db, uint32_t node);

/* All that another store has, for a node that has no store in it yet. */
struct store *store_database_copy(struct database *db, uint32_t node, const struct store *from);

/* ------------------------------------------------------------------ the cluster and its nodes */

#define DATABASE_CLUSTER -1

/*
 * What a node (0, 1, ... without gaps) or the cluster is, by name: numbers and words that their
 * owner (api/) gives a meaning.
 */
void database_set(struct database *db, int node, const char *name, uint64_t value);
void database_set_text(struct database *db, int node, const char *name, const char *value);

/* 0 and "" if it is not there. Text is cut to fit into size bytes. */
uint64_t database_get(struct database *db, int node, const char *name);
void database_get_text(struct database *db, int node, const char *name, char *value, size_t size);

/* How many nodes it is about. */
uint32_t database_nr_nodes(struct database *db);

#endif
