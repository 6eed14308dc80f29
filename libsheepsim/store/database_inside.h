/*
 * Inside a cluster's database: database.c opens the file and has what is the cluster's,
 * database_store.c is the backend that writes a store into it, database_load.c reads one back.
 *
 * The bytes of a file are rows of at most a page, without the words of zeros at its end; pages of
 * zeros have no row. Each row has a sum over its bytes and over where it belongs: what a bad disk
 * has changed is an error, and not another content.
 */
#ifndef SHEEPSIM_STORE_DATABASE_INSIDE_H
#define SHEEPSIM_STORE_DATABASE_INSIDE_H

#include <uthash.h>

#include "base/sql.h"
#include "store/database.h"
#include "store/inside.h"

/* Statements: X(NAME, text). */
#define DATABASE_STATEMENTS(X)                                                                     \
	X(SET, "REPLACE INTO fact VALUES (?1, ?2, ?3)")                                            \
	X(GET, "SELECT value FROM fact WHERE node = ?1 AND name = ?2")                             \
	X(PUT_CONFIG, "REPLACE INTO config VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)")               \
	X(GET_CONFIG, "SELECT * FROM config WHERE node = ?1")                                      \
	X(PUT_DISK, "REPLACE INTO disk VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)")                       \
	X(DEL_DISK, "DELETE FROM disk WHERE node = ?1 AND disk = ?2")                              \
	X(GET_DISKS, "SELECT * FROM disk WHERE node = ?1 ORDER BY disk")                           \
	X(PUT_EPOCH, "REPLACE INTO epoch VALUES (?1, ?2, ?3)")                                     \
	X(DEL_EPOCHS, "DELETE FROM epoch WHERE node = ?1")                                         \
	X(GET_EPOCHS, "SELECT epoch, content FROM epoch LEFT JOIN log USING (log) "                \
		      "WHERE node = ?1 ORDER BY epoch")                                            \
	X(PUT_LOG, "INSERT INTO log VALUES (?1, ?2)")                                              \
	X(DEL_LOG, "DELETE FROM log WHERE log = ?1")                                               \
	X(GET_LOGS, "SELECT log, content FROM log")                                                \
	X(PUT_JOURNAL,                                                                             \
	  "INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")             \
	X(DEL_JOURNAL, "DELETE FROM journal WHERE node = ?1 AND file = ?2")                        \
	X(GET_JOURNAL, "SELECT * FROM journal WHERE node = ?1 ORDER BY serial")                    \
	X(PUT_NAME, "REPLACE INTO name VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                           \
	X(DEL_NAME, "DELETE FROM name WHERE node = ?1 AND oid = ?2 AND strip = ?3 AND "            \
		    "epoch = ?4 AND disk = ?5")                                                    \
	X(GET_NAMES, "SELECT oid, strip, epoch, disk, name.file, file.file, pages, extents "       \
		     "FROM name LEFT JOIN file USING (file) "                                      \
		     "WHERE node = ?1 ORDER BY oid, strip, epoch, disk")                           \
	X(PUT_FILE, "INSERT INTO file VALUES (?1, ?2, ?3, ?4)")                                    \
	X(SET_TAKEN, "UPDATE file SET pages = ?2, extents = ?3 WHERE file = ?1")                   \
	X(DEL_FILE, "DELETE FROM file WHERE file = ?1")                                            \
	X(GET_LENGTH, "SELECT length FROM file WHERE file = ?1")                                   \
	X(PUT_PAGE, "REPLACE INTO page VALUES (?1, ?2, ?3, ?4)")                                   \
	X(DEL_PAGE, "DELETE FROM page WHERE file = ?1 AND page = ?2")                              \
	X(DEL_PAGES, "DELETE FROM page WHERE file = ?1")                                           \
	X(GET_PAGES, "SELECT page, sum, bytes FROM page "                                          \
		     "WHERE file = ?1 AND page BETWEEN ?2 AND ?3 ORDER BY page")

enum {
#define X(name, text) S_##name,
	DATABASE_STATEMENTS(X)
#undef X
		NR_STATEMENTS
};

/* The content of epoch logs, once for all nodes that have it. */
struct kept_log {
	uint8_t sha1[BLOB_SHA1_LEN]; /* the key */
	uint64_t number;
	struct blob *content;
	uint64_t refs; /* epochs of nodes that it is the log of */
	UT_hash_handle hh;
};

struct database {
	struct sql sql;
	bool is_new;
	bool synced;	    /* it once was */
	int changes_synced; /* SQLite's count of them then */
	uint64_t next_file, next_log;
	struct kept_log *logs; /* by content */
};

/* database.c: the log with this content, with one reference more. */
struct kept_log *database_log(struct database *db, struct blob *content);
void database_log_unref(struct database *db, struct blob *content);

/* database_store.c: a store of this node that has nothing. */
struct store *database_store_alloc(struct database *db, uint32_t node);

/* "0-2 512-600": the pages that a sparse file takes; and back, false: that is no such list. */
void extents_text(const struct extents *e, struct text *t);
bool extents_parse(struct extents *e, const char *text);

#endif
