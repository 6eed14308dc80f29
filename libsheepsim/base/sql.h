/*
 * SQLite with errors that are kept: a database and a table of statements, which are prepared when
 * they are used first. For store/ (clusters in files) and trace/ (events in files).
 *
 * The first thing that goes wrong is remembered in words, with the place: from then on every call
 * does nothing, rows end, numbers are 0. So callers need not look at each call; they ask
 * sql_error() before they rely on what they did.
 *
 * Unsigned numbers of 64 bits are kept as SQLite's signed ones with the same bits.
 */
#ifndef SHEEPSIM_BASE_SQL_H
#define SHEEPSIM_BASE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct sql {
	sqlite3 *handle;
	char *path;
	const char *const *texts; /* of the statements */
	sqlite3_stmt **stmts;
	unsigned nr;
	struct text error; /* empty: none */
};

/*
 * Opens the file with SQLITE_OPEN_* flags and nr statements, texts[0] and on, which must outlive
 * it. False: that was not possible. sql_close() comes in either case.
 */
bool sql_open(struct sql *q, const char *path, int flags, const char *const *texts, unsigned nr);
void sql_close(struct sql *q);

/* NULL: nothing went wrong so far. */
const char *sql_error(const struct sql *q);

/* Remembers what is wrong, "PATH: words", unless something was before; always false. */
bool sql_fail(struct sql *q, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prepares all statements: whatever is wrong with one of them is known then. */
bool sql_prepare_all(struct sql *q);

/* Nothing is in the file: no table, and no program has marked it as its own. */
bool sql_is_empty(struct sql *q);

/* It is a database of this application and format; else what is wrong is told. what: "of runs". */
bool sql_check_format(struct sql *q, uint64_t application, uint64_t format, const char *what);

/* Runs statements that are not in the table; gives no rows. */
bool sql_exec(struct sql *q, const char *statements);

/* The only number that a statement gives which is not in the table; 0 if it gives none. */
uint64_t sql_number(struct sql *q, const char *statement);

/*
 * The parameters of a statement, 1 and on: numbers, all at once, and others one by one. Bytes are
 * not copied: they must stay until the statement is over.
 */
void sql_numbers(struct sql *q, unsigned which, const uint64_t *numbers, unsigned nr);
#define SQL_NUMBERS(q, which, ...)                                                                 \
	sql_numbers(q, which, (const uint64_t[]){__VA_ARGS__},                                     \
		    sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))
void sql_text(struct sql *q, unsigned which, int parameter, const char *text); /* NULL: NULL */
void sql_bytes(struct sql *q, unsigned which, int parameter, const void *bytes, uint64_t len);

/* Runs a statement to its end, whatever rows it gives. What was bound is unbound. */
bool sql_run(struct sql *q, unsigned which);

/* The next row of a statement; false: there are no more, and it is over. */
bool sql_row(struct sql *q, unsigned which);

/* It is over before its last row. */
void sql_end(struct sql *q, unsigned which);

/* Columns of the row, 0 and on; valid until the next one. NULL reads as 0 and "". */
uint64_t sql_get(struct sql *q, unsigned which, int column);
const char *sql_get_text(struct sql *q, unsigned which, int column);
const void *sql_get_bytes(struct sql *q, unsigned which, int column, uint64_t *len);

#endif
