/* Runs as databases: see include/sheepsim/record.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/record.h"
#include "base/mem.h"
#include "base/sql.h"
#include "wire/ops.h"

#define APPLICATION 0x53485245 /* "SHRE" */
#define FORMAT	    1	       /* of the tables; user_version */
#define COMMIT_EACH 16384u     /* events */

enum { S_RUN, S_END, S_EVENT, S_PLACE, S_OPERATION, S_RESULT, NR_STATEMENTS };

static const char *const statements[NR_STATEMENTS] = {
	[S_RUN] = "INSERT INTO run VALUES (?1, ?2, ?3, ?4, ?5, NULL, NULL)",
	[S_END] = "UPDATE run SET events = ?2, digest = printf('%016x', ?3) WHERE run = ?1",
	[S_EVENT] = "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[S_PLACE] = "INSERT OR IGNORE INTO place VALUES (?1, ?2)",
	[S_OPERATION] = "INSERT INTO operation VALUES (?1, ?2)",
	[S_RESULT] = "INSERT INTO result VALUES (?1, ?2)",
};

static const char tables[] =
	"CREATE TABLE run (\n"
	"  run INTEGER PRIMARY KEY, name TEXT, seed INTEGER, program TEXT,\n"
	"  start INTEGER, -- virtual time when recording began, ns\n"
	"  events INTEGER, digest TEXT); -- NULL: it has not come to its end\n"
	"CREATE TABLE event (\n"
	"  run INTEGER, seq INTEGER, -- in their order\n"
	"  time INTEGER, -- virtual, ns\n"
	"  place TEXT, -- node3, client0, dog, world, ...\n"
	"  node INTEGER, -- NULL: the place is no node\n"
	"  kind TEXT,\n"
	"  n1 INTEGER, n2 INTEGER, n3 INTEGER, n4 INTEGER, -- views tell what they are\n"
	"  text TEXT, -- why, of alerts, faults, exits\n"
	"  words TEXT, -- all that it carries, for people\n"
	"  PRIMARY KEY (run, seq)) WITHOUT ROWID;\n"
	"CREATE TABLE place (place INTEGER PRIMARY KEY, name TEXT);\n"
	"CREATE TABLE operation (opcode INTEGER PRIMARY KEY, name TEXT);\n"
	"CREATE TABLE result (result INTEGER PRIMARY KEY, name TEXT);\n";

struct record {
	struct trace_sink sink;
	struct sheepsim *sim;
	struct sql sql;
	uint64_t run;
	uint64_t events;
	uint64_t last_place; /* the one that was named last */
	struct text words;
};

/* ------------------------------------------------------------------ the file */

/* Numbers of 64 bits, shown with all their digits. */
static bool is_long(const char *name, int len)
{
	return (len == 3 && !strncmp(name, "oid", 3)) || (len == 6 && !strncmp(name, "digest", 6));
}

/* The column of a kind's i-th number as people want to see it: names, where there are any. */
static void add_column(struct text *t, enum trace_kind kind, unsigned i)
{
	const char *name;
	bool hex;
	int len = (int)trace_field_name(kind, i, &name, &hex);

	if (len == 0)
		return;
	if (i == 0 && event_names_a_place(kind))
		text_add(t, ",\n  (SELECT name FROM place WHERE place.place = n1)");
	else if (len == 6 && (!strncmp(name, "opcode", 6) || !strncmp(name, "result", 6)))
		text_add(t,
			 ",\n  coalesce((SELECT name FROM %s WHERE %.6s = n%u), "
			 "printf('0x%%02x', n%u))",
			 name[0] == 'o' ? "operation" : "result", name, i + 1, i + 1);
	else if (hex)
		text_add(t, ",\n  printf('%s', n%u)", is_long(name, len) ? "%016x" : "%x", i + 1);
	else
		text_add(t, ",\n  n%u", i + 1);
	text_add(t, " AS \"%.*s\"", len, name);
}

/* A view for each kind of event, with its numbers under their names. */
static void add_view(struct text *t, enum trace_kind kind)
{
	const char *name = trace_kind_name(kind);

	text_add(t, "CREATE VIEW \"");
	for (const char *c = name; *c; c++)
		text_add(t, "%c", *c == '-' ? '_' : *c);
	text_add(t, "\" AS SELECT run, seq, time, place, node");
	for (unsigned i = 0; i < 4; i++)
		add_column(t, kind, i);
	text_add(t, ",\n  text, words FROM event WHERE kind = '%s';\n", name);
}

static void name_codes(struct sql *q)
{
	char buf[12];

	for (unsigned code = 0; code <= UINT8_MAX; code++) {
		if (op_info((uint8_t)code)) {
			SQL_NUMBERS(q, S_OPERATION, code);
			sql_text(q, S_OPERATION, 2, op_name((uint8_t)code, buf));
			sql_run(q, S_OPERATION);
		}
		if (result_name(code, buf) != buf) {
			SQL_NUMBERS(q, S_RESULT, code);
			sql_text(q, S_RESULT, 2, result_name(code, buf));
			sql_run(q, S_RESULT);
		}
	}
}

static void make_tables(struct sql *q)
{
	struct text t = {0};

	text_add(&t, "%s", tables);
	for (int kind = 0; kind < TRACE_NR_KINDS; kind++)
		add_view(&t, (enum trace_kind)kind);
	text_add(&t, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION, FORMAT);
	sql_exec(q, text_get(&t));
	name_codes(q);
	text_free(&t);
}

/* Begins the first transaction; what is wrong is the error of the database. */
static void begin_file(struct sql *q)
{
	bool is_new = sql_is_empty(q);

	if (!is_new)
		sql_check_format(q, APPLICATION, FORMAT, "of runs");
	if (sql_error(q))
		return;
	sqlite3_db_config(q->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	sql_exec(q, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE");
	if (is_new)
		make_tables(q);
	sql_prepare_all(q);
}

/* ------------------------------------------------------------------ events */

static void name_place(struct record *r, int place)
{
	char name[24];

	if (r->last_place == (uint64_t)place)
		return;
	r->last_place = (uint64_t)place;
	SQL_NUMBERS(&r->sql, S_PLACE, (uint64_t)place);
	sql_text(&r->sql, S_PLACE, 2, place_name(place, name));
	sql_run(&r->sql, S_PLACE);
}

static void commit(struct record *r)
{
	sql_exec(&r->sql, "COMMIT; BEGIN IMMEDIATE");
}

static void write_event(struct trace_sink *sink, const struct trace_event *e)
{
	struct record *r = container_of(sink, struct record, sink);
	struct sql *q = &r->sql;
	char place[24];

	name_place(r, e->place);
	if (event_names_a_place(e->kind))
		name_place(r, (int)e->num[0]);
	text_clear(&r->words);
	event_words(&r->words, e);
	SQL_NUMBERS(q, S_EVENT, r->run, e->seq, e->time, 0, (uint64_t)e->place, 0, e->num[0],
		    e->num[1], e->num[2], e->num[3]);
	sql_text(q, S_EVENT, 4, place_name(e->place, place));
	if (e->place < 0 || e->place >= TRACE_CLIENT)
		sql_text(q, S_EVENT, 5, NULL);
	sql_text(q, S_EVENT, 6, trace_kind_name(e->kind));
	sql_text(q, S_EVENT, 11, e->text);
	sql_text(q, S_EVENT, 12, text_get(&r->words) + (r->words.len > 0)); /* without the blank */
	sql_run(q, S_EVENT);
	if (++r->events % COMMIT_EACH == 0)
		commit(r);
}

/* ------------------------------------------------------------------ beginning and end */

static void begin_run(struct record *r, const char *name)
{
	struct sql *q = &r->sql;

	r->run = sql_number(q, "SELECT max(run) FROM run") + 1;
	SQL_NUMBERS(q, S_RUN, r->run, 0, r->sim->universe.seed, 0, r->sim->universe.clock.now);
	sql_text(q, S_RUN, 2, name);
	sql_text(q, S_RUN, 4, "sheepsim " SHEEPSIM_VERSION);
	sql_run(q, S_RUN);
	r->last_place = UINT64_MAX - 1;
}

static void free_record(struct record *r)
{
	sql_close(&r->sql);
	text_free(&r->words);
	free(r);
}

int sheepsim_record(struct sheepsim *sim, const char *path, const char *name)
{
	struct record *r;
	int error = 0;

	if (!path || !path[0])
		return sim_fail(sim, SHEEPSIM_E_INVALID, "record where? There is no path");
	if (sim->record)
		return sim_fail(sim, SHEEPSIM_E_STATE, "it is recorded already");
	r = mem_alloc(sizeof(*r));
	r->sim = sim;
	r->sink.event = write_event;
	if (sql_open(&r->sql, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, statements,
		     NR_STATEMENTS)) {
		sqlite3_db_config(r->sql.handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		begin_file(&r->sql);
		begin_run(r, name);
	}
	if (sql_error(&r->sql))
		error = sim_fail(sim, SHEEPSIM_E_FILE, "%s", sql_error(&r->sql));
	if (error < 0) {
		free_record(r);
		return error;
	}
	sim->record = r;
	trace_add_sink(&sim->universe.trace, &r->sink);
	return 0;
}

const char *record_error(const struct record *r)
{
	return sql_error(&r->sql);
}

int sheepsim_record_sync(struct sheepsim *sim)
{
	if (sim->record)
		commit(sim->record);
	return sim_file_error(sim);
}

int sheepsim_record_stop(struct sheepsim *sim)
{
	struct record *r = sim->record;
	int error = 0;

	if (!r)
		return 0;
	SQL_NUMBERS(&r->sql, S_END, r->run, r->events, sim->universe.trace.digest);
	sql_run(&r->sql, S_END);
	sql_exec(&r->sql, "COMMIT");
	if (sql_error(&r->sql))
		error = sim_fail(sim, SHEEPSIM_E_FILE, "%s", sql_error(&r->sql));
	trace_remove_sink(&sim->universe.trace, &r->sink);
	sim->record = NULL;
	free_record(r);
	return error;
}
