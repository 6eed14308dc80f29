/* A cluster's database: the file, its transactions, and what is the whole cluster's. */
#include "store/database_inside.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APPLICATION 0x53484450 /* "SHDP" */
#define FORMAT	    2	       /* of the tables; user_version */

static const char schema[] =
	"CREATE TABLE fact (\n"
	"  node INTEGER, -- -1: of the whole cluster\n"
	"  name TEXT, value,\n"
	"  PRIMARY KEY (node, name)) WITHOUT ROWID;\n"
	"CREATE TABLE config (\n"
	"  node INTEGER PRIMARY KEY,\n"
	"  ctime INTEGER, -- 0: never formatted\n"
	"  flags INTEGER, copies INTEGER, policy INTEGER, block_size_shift INTEGER,\n"
	"  clean_shutdown INTEGER, store TEXT, space INTEGER, level INTEGER);\n"
	"CREATE TABLE disk (\n"
	"  node INTEGER, disk INTEGER, path TEXT, capacity INTEGER,\n"
	"  recorded INTEGER, -- bytes when it was plugged; 0: it never was\n"
	"  of_process INTEGER, -- the node is started with it\n"
	"  metadata INTEGER, plugged INTEGER, lost INTEGER,\n"
	"  PRIMARY KEY (node, disk)) WITHOUT ROWID;\n"
	"CREATE TABLE epoch (node INTEGER, epoch INTEGER, log INTEGER,\n"
	"  PRIMARY KEY (node, epoch)) WITHOUT ROWID;\n"
	"CREATE TABLE log (log INTEGER PRIMARY KEY, content BLOB);\n"
	"CREATE TABLE name (\n"
	"  node INTEGER, oid INTEGER, strip INTEGER,\n"
	"  epoch INTEGER, -- 0: live; else of a stale copy\n"
	"  disk INTEGER,\n"
	"  file INTEGER, -- linked names have one\n"
	"  PRIMARY KEY (node, oid, strip, epoch, disk)) WITHOUT ROWID;\n"
	"CREATE TABLE file (\n"
	"  file INTEGER PRIMARY KEY, length INTEGER,\n"
	"  pages INTEGER, -- of 4096 bytes, that it takes of its disk\n"
	"  extents TEXT); -- which ones, of an inode: first-end\n"
	"CREATE TABLE page (\n"
	"  file INTEGER, page INTEGER, sum INTEGER,\n"
	"  bytes BLOB, -- without the zeros at its end\n"
	"  PRIMARY KEY (file, page)) WITHOUT ROWID;\n"
	"CREATE TABLE journal (\n"
	"  node INTEGER, serial INTEGER, file INTEGER, op INTEGER, -- write, create, remove\n"
	"  complete INTEGER, coded INTEGER, strip INTEGER, oid INTEGER, offset INTEGER,\n"
	"  size INTEGER, bytes BLOB, PRIMARY KEY (node, serial)) WITHOUT ROWID;\n"
	"CREATE VIEW object AS SELECT node, printf('%016x', oid) AS oid, strip, epoch, disk,\n"
	"  length FROM name JOIN file USING (file);\n";

static const char *const statements[NR_STATEMENTS] = {
#define X(name, text) [S_##name] = text,
	DATABASE_STATEMENTS(X)
#undef X
};

/* ------------------------------------------------------------------ epoch logs */

static struct kept_log *log_find(struct database *db, struct blob *content)
{
	uint8_t sha1[BLOB_SHA1_LEN];
	struct kept_log *k;

	blob_sha1(content, sha1);
	HASH_FIND(hh, db->logs, sha1, sizeof(sha1), k);
	return k;
}

static struct kept_log *log_add(struct database *db, uint64_t number, struct blob *content)
{
	struct kept_log *k = mem_alloc(sizeof(*k));

	k->number = number;
	k->content = blob_ref(content);
	blob_sha1(content, k->sha1);
	HASH_ADD(hh, db->logs, sha1, sizeof(k->sha1), k);
	if (number >= db->next_log)
		db->next_log = number + 1;
	return k;
}

static void log_drop(struct database *db, struct kept_log *k)
{
	HASH_DEL(db->logs, k);
	blob_unref(k->content);
	free(k);
}

struct kept_log *database_log(struct database *db, struct blob *content)
{
	struct kept_log *k = log_find(db, content);
	uint64_t size = blob_size(content);
	uint8_t *bytes;

	if (!k) {
		k = log_add(db, db->next_log, content);
		bytes = mem_alloc(size);
		blob_read(content, 0, bytes, size);
		SQL_NUMBERS(&db->sql, S_PUT_LOG, k->number);
		sql_bytes(&db->sql, S_PUT_LOG, 2, bytes, size);
		sql_run(&db->sql, S_PUT_LOG);
		free(bytes);
	}
	k->refs++;
	return k;
}

void database_log_unref(struct database *db, struct blob *content)
{
	struct kept_log *k = log_find(db, content);

	assert(k && k->refs > 0);
	if (--k->refs > 0)
		return;
	SQL_NUMBERS(&db->sql, S_DEL_LOG, k->number);
	sql_run(&db->sql, S_DEL_LOG);
	log_drop(db, k);
}

/* ------------------------------------------------------------------ opening and closing */

static void make_tables(struct sql *q)
{
	char numbers[100];

	snprintf(numbers, sizeof(numbers), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 APPLICATION, FORMAT);
	sql_exec(q, schema);
	sql_exec(q, numbers);
}

/* Epoch logs, which many nodes share, are in memory as long as the database is open. */
static void read_logs(struct database *db)
{
	struct sql *q = &db->sql;

	while (sql_row(q, S_GET_LOGS)) {
		uint64_t len;
		const void *bytes = sql_get_bytes(q, S_GET_LOGS, 1, &len);
		struct blob *content = blob_new(bytes, len);
		uint64_t number = sql_get(q, S_GET_LOGS, 0);

		if (log_find(db, content))
			sql_fail(q, "damaged: log %" PRIu64 " is there twice", number);
		else
			log_add(db, number, content);
		blob_unref(content);
	}
}

/*
 * Takes hold of the file, which nobody else may have open, and begins the transaction. A file that
 * is refused is not even checkpointed.
 */
static void begin(struct database *db, enum database_how how, bool scratch)
{
	struct sql *q = &db->sql;

	sqlite3_db_config(q->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sql_exec(q, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536");
	db->is_new = sql_is_empty(q);
	if (!sql_error(q) && sqlite3_db_readonly(q->handle, "main") == 1)
		sql_fail(q, "it may not be written");
	if (how == DATABASE_OLD && db->is_new)
		sql_fail(q, "no cluster was ever saved in it");
	if (sql_error(q) ||
	    (!db->is_new && !sql_check_format(q, APPLICATION, FORMAT, "of a cluster")))
		return;
	sqlite3_db_config(q->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	sql_exec(q, scratch ? "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF"
			    : "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			      "PRAGMA wal_autocheckpoint = 8192;"
			      "PRAGMA journal_size_limit = 67108864");
	sql_exec(q, "BEGIN IMMEDIATE");
	if (db->is_new)
		make_tables(q);
	sql_prepare_all(q);
	db->next_file = sql_number(q, "SELECT max(file) FROM file") + 1;
	db->next_log = 1;
	read_logs(db);
	db->changes_synced = sqlite3_total_changes(q->handle);
}

struct database *database_open(const char *path, enum database_how how, bool scratch,
			       struct text *why)
{
	int flags = SQLITE_OPEN_READWRITE | (how == DATABASE_OLD ? 0 : SQLITE_OPEN_CREATE);
	bool is_there = access(path, F_OK) == 0;
	struct database *db;

	if (how == DATABASE_NEW && is_there) {
		text_add(why, "%s: it is there already", path);
		return NULL;
	}
	if (how == DATABASE_OLD && !is_there) {
		text_add(why, "%s: %s", path, strerror(errno));
		return NULL;
	}
	db = mem_alloc(sizeof(*db));
	if (sql_open(&db->sql, path, flags, statements, NR_STATEMENTS))
		begin(db, how, scratch);
	if (!sql_error(&db->sql))
		return db;
	text_add(why, "%s", sql_error(&db->sql));
	db->is_new = db->is_new && !is_there; /* what was there stays */
	database_close(db);
	return NULL;
}

void database_close(struct database *db)
{
	struct kept_log *k, *next;
	char *litter;

	if (!db)
		return;
	HASH_ITER (hh, db->logs, k, next)
		log_drop(db, k);
	litter = db->is_new && !db->synced ? mem_string(db->sql.path) : NULL;
	sql_close(&db->sql); /* which rolls back */
	if (litter)
		unlink(litter);
	free(litter);
	free(db);
}

bool database_is_new(const struct database *db)
{
	return db->is_new;
}

const char *database_error(const struct database *db)
{
	return sql_error(&db->sql);
}

bool database_is_dirty(const struct database *db)
{
	return !db->synced || sqlite3_total_changes(db->sql.handle) != db->changes_synced;
}

bool database_sync(struct database *db)
{
	if (!database_is_dirty(db))
		return !sql_error(&db->sql);
	if (!sql_exec(&db->sql, "COMMIT"))
		return false;
	db->synced = true;
	db->changes_synced = sqlite3_total_changes(db->sql.handle);
	return sql_exec(&db->sql, "BEGIN IMMEDIATE");
}

/* ------------------------------------------------------------------ the cluster and its nodes */

void database_set(struct database *db, int node, const char *name, uint64_t value)
{
	SQL_NUMBERS(&db->sql, S_SET, (uint64_t)node, 0, value);
	sql_text(&db->sql, S_SET, 2, name);
	sql_run(&db->sql, S_SET);
}

void database_set_text(struct database *db, int node, const char *name, const char *value)
{
	SQL_NUMBERS(&db->sql, S_SET, (uint64_t)node);
	sql_text(&db->sql, S_SET, 2, name);
	sql_text(&db->sql, S_SET, 3, value);
	sql_run(&db->sql, S_SET);
}

/* The row of a fact; false: it is not there. sql_end() comes in either case. */
static bool find(struct database *db, int node, const char *name)
{
	SQL_NUMBERS(&db->sql, S_GET, (uint64_t)node);
	sql_text(&db->sql, S_GET, 2, name);
	return sql_row(&db->sql, S_GET);
}

uint64_t database_get(struct database *db, int node, const char *name)
{
	uint64_t value = find(db, node, name) ? sql_get(&db->sql, S_GET, 0) : 0;

	sql_end(&db->sql, S_GET);
	return value;
}

void database_get_text(struct database *db, int node, const char *name, char *value, size_t size)
{
	snprintf(value, size, "%s", find(db, node, name) ? sql_get_text(&db->sql, S_GET, 0) : "");
	sql_end(&db->sql, S_GET);
}

uint32_t database_nr_nodes(struct database *db)
{
	return (uint32_t)sql_number(&db->sql, "SELECT max(node) + 1 FROM fact");
}
