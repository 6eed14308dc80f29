#include "base/sql.h"
#include "base/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

const char *sql_error(const struct sql *q)
{
	return q->error.len ? text_get(&q->error) : NULL;
}

bool sql_fail(struct sql *q, const char *format, ...)
{
	va_list args;

	if (q->error.len)
		return false;
	text_add(&q->error, "%s: ", q->path);
	va_start(args, format);
	text_vadd(&q->error, format, args);
	va_end(args);
	return false;
}

/* Remembers what SQLite says. */
static bool refused(struct sql *q, int code)
{
	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		return sql_fail(q, "somebody else has it open");
	/* without a handle there is nobody who would know more */
	return sql_fail(q, "%s", q->handle ? sqlite3_errmsg(q->handle) : sqlite3_errstr(code));
}

bool sql_open(struct sql *q, const char *path, int flags, const char *const *texts, unsigned nr)
{
	int code;

	*q = (struct sql){.path = mem_string(path), .texts = texts, .nr = nr};
	q->stmts = mem_array(nr, sizeof(sqlite3_stmt *));
	code = sqlite3_open_v2(path, &q->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
	return code == SQLITE_OK || refused(q, code);
}

void sql_close(struct sql *q)
{
	int code;

	for (unsigned i = 0; i < q->nr; i++)
		sqlite3_finalize(q->stmts[i]);
	code = sqlite3_close(q->handle);
	assert(code == SQLITE_OK); /* no statement is left */
	free(q->stmts);
	free(q->path);
	text_free(&q->error);
	*q = (struct sql){0};
}

bool sql_exec(struct sql *q, const char *statements)
{
	int code;

	if (q->error.len)
		return false;
	code = sqlite3_exec(q->handle, statements, NULL, NULL, NULL);
	return code == SQLITE_OK || refused(q, code);
}

uint64_t sql_number(struct sql *q, const char *statement)
{
	sqlite3_stmt *s = NULL;
	uint64_t number = 0;
	int code;

	if (q->error.len)
		return 0;
	code = sqlite3_prepare_v2(q->handle, statement, -1, &s, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		number = (uint64_t)sqlite3_column_int64(s, 0);
	else if (code != SQLITE_DONE)
		refused(q, code);
	sqlite3_finalize(s);
	return number;
}

bool sql_is_empty(struct sql *q)
{
	return sql_number(q, "PRAGMA application_id") == 0 &&
	       sql_number(q, "SELECT count(*) FROM sqlite_schema") == 0;
}

bool sql_check_format(struct sql *q, uint64_t application, uint64_t format, const char *what)
{
	uint64_t found = sql_number(q, "PRAGMA user_version");

	if (sql_number(q, "PRAGMA application_id") != application)
		return sql_fail(q, "a database, but not %s", what);
	if (found == 0)
		return sql_fail(q, "damaged: there is no format 0");
	if (found != format)
		return sql_fail(q,
				"made by %s sheepsim: its format is %" PRIu64
				", this one knows %" PRIu64,
				found > format ? "a newer" : "an older", found, format);
	return !q->error.len;
}

/* ------------------------------------------------------------------ statements of the table */

/* The statement, prepared; NULL: something is wrong. */
static sqlite3_stmt *statement(struct sql *q, unsigned which)
{
	int code;

	assert(which < q->nr);
	if (q->error.len)
		return NULL;
	if (q->stmts[which])
		return q->stmts[which];
	code = sqlite3_prepare_v3(q->handle, q->texts[which], -1, SQLITE_PREPARE_PERSISTENT,
				  &q->stmts[which], NULL);
	if (code != SQLITE_OK)
		refused(q, code);
	return q->stmts[which];
}

bool sql_prepare_all(struct sql *q)
{
	for (unsigned i = 0; i < q->nr; i++)
		statement(q, i);
	return !q->error.len;
}

static void bound(struct sql *q, int code)
{
	if (code != SQLITE_OK)
		refused(q, code);
}

void sql_numbers(struct sql *q, unsigned which, const uint64_t *numbers, unsigned nr)
{
	sqlite3_stmt *s = statement(q, which);

	for (unsigned i = 0; s && i < nr; i++)
		bound(q, sqlite3_bind_int64(s, (int)i + 1, (sqlite3_int64)numbers[i]));
}

void sql_text(struct sql *q, unsigned which, int parameter, const char *text)
{
	sqlite3_stmt *s = statement(q, which);

	if (s)
		bound(q, sqlite3_bind_text(s, parameter, text, -1, SQLITE_TRANSIENT));
}

void sql_bytes(struct sql *q, unsigned which, int parameter, const void *bytes, uint64_t len)
{
	sqlite3_stmt *s = statement(q, which);

	if (s)
		bound(q, sqlite3_bind_blob64(s, parameter, bytes, len, SQLITE_STATIC));
}

bool sql_row(struct sql *q, unsigned which)
{
	sqlite3_stmt *s = statement(q, which);
	int code;

	if (!s)
		return false;
	code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		refused(q, code);
	sql_end(q, which);
	return false;
}

void sql_end(struct sql *q, unsigned which)
{
	assert(which < q->nr);
	if (!q->stmts[which])
		return;
	sqlite3_reset(q->stmts[which]); /* its code is that of the step before it */
	sqlite3_clear_bindings(q->stmts[which]);
}

bool sql_run(struct sql *q, unsigned which)
{
	while (sql_row(q, which))
		;
	return !q->error.len;
}

uint64_t sql_get(struct sql *q, unsigned which, int column)
{
	return (uint64_t)sqlite3_column_int64(q->stmts[which], column);
}

const char *sql_get_text(struct sql *q, unsigned which, int column)
{
	const unsigned char *text = sqlite3_column_text(q->stmts[which], column);

	return text ? (const char *)text : "";
}

const void *sql_get_bytes(struct sql *q, unsigned which, int column, uint64_t *len)
{
	const void *bytes = sqlite3_column_blob(q->stmts[which], column);

	*len = (uint64_t)sqlite3_column_bytes(q->stmts[which], column);
	return bytes;
}
