/* A store as it is in a cluster's database. Whatever is read is looked at before it is believed. */
#include "store/database_inside.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number of a row, from least to most; otherwise what is wrong is told, and it is least. */
static uint64_t number_in(struct store *s, unsigned which, int column, uint64_t least,
			  uint64_t most, const char *what)
{
	struct sql *q = &s->database->sql;
	uint64_t n = sql_get(q, which, column);

	if (n >= least && n <= most)
		return n;
	sql_fail(q, "damaged: node %" PRIu32 " has %s %" PRIu64, s->node, what, n);
	return least;
}

static void load_config(struct store *s)
{
	struct sql *q = &s->database->sql;
	const unsigned which = S_GET_CONFIG;
	struct store_config *c = &s->config;

	SQL_NUMBERS(q, which, s->node);
	if (!sql_row(q, which)) {
		sql_fail(q, "damaged: node %" PRIu32 " has no config record", s->node);
		return;
	}
	c->ctime = sql_get(q, which, 1);
	c->flags = (uint16_t)number_in(s, which, 2, 0, UINT16_MAX, "cluster flags");
	c->nr_copies = (uint8_t)number_in(s, which, 3, 0, UINT8_MAX, "copies");
	c->copy_policy = (uint8_t)number_in(s, which, 4, 0, UINT8_MAX, "the policy");
	c->block_size_shift = (uint8_t)number_in(s, which, 5, 0, 31, "a block size shift of");
	c->clean_shutdown = sql_get(q, which, 6);
	snprintf(c->store_name, sizeof(c->store_name), "%s", sql_get_text(q, which, 7));
	c->space = sql_get(q, which, 8);
	c->level = (uint8_t)number_in(s, which, 9, 0, UINT8_MAX, "the level");
	sql_end(q, which);
}

static void load_disks(struct store *s)
{
	struct sql *q = &s->database->sql;
	const unsigned which = S_GET_DISKS;
	uint32_t plugged = 0;

	SQL_NUMBERS(q, which, s->node);
	while (sql_row(q, which)) {
		const char *path = sql_get_text(q, which, 2);
		struct disk *d;

		number_in(s, which, 1, s->nr_disks + 1u, s->nr_disks + 1u, "a disk of number");
		if (s->nr_disks == STORE_MAX_DISKS || path[0] != '/' || store_disk_find(s, path))
			sql_fail(q, "damaged: node %" PRIu32 " has a disk at \"%.100s\"", s->node,
				 path);
		if (sql_error(q))
			break;
		d = disk_new(s, path, sql_get(q, which, 3));
		d->recorded = number_in(s, which, 4, 0, d->capacity, "a disk of recorded size");
		d->of_process = sql_get(q, which, 5);
		d->metadata = sql_get(q, which, 6);
		d->plugged = sql_get(q, which, 7);
		d->lost = sql_get(q, which, 8);
		plugged += d->plugged;
	}
	sql_end(q, which);
	if (plugged > STORE_MAX_PLUGGED || !s->nr_disks || !s->disks[0].of_process)
		sql_fail(q, "damaged: node %" PRIu32 " has %" PRIu32 " disks, %" PRIu32 " plugged",
			 s->node, s->nr_disks, plugged);
}

bool extents_parse(struct extents *e, const char *text)
{
	uint32_t last = 0;

	for (const char *at = text; *at;) {
		uint32_t first, end;
		int n = 0;

		if (sscanf(at, "%" SCNu32 "-%" SCNu32 "%n", &first, &end, &n) < 2 || first >= end)
			return false;
		if (e->nr && first <= last)
			return false;
		extents_add(e, first, end);
		last = end;
		at += n;
		if (*at && *at++ != ' ')
			return false;
	}
	return true;
}

/* The file of the row that S_GET_NAMES is at, which has been given no name yet. */
static struct file *load_file(struct store *s, uint64_t oid)
{
	struct sql *q = &s->database->sql;
	const char *text = sql_get_text(q, S_GET_NAMES, 7);
	struct file *f = file_alloc(oid);
	struct extents *e = file_extents(oid, f);
	uint32_t pages = 0;

	f->number = sql_get(q, S_GET_NAMES, 4);
	f->pages = (uint32_t)number_in(s, S_GET_NAMES, 6, 0, UINT32_MAX, "a file with pages");
	if (sql_get(q, S_GET_NAMES, 5) != f->number)
		sql_fail(q,
			 "damaged: object %016" PRIx64 " of node %" PRIu32 " has no file %" PRIu64,
			 oid, s->node, f->number);
	if (!e)
		return f;
	if (!extents_parse(e, text))
		sql_fail(q, "damaged: file %" PRIu64 " takes the pages \"%.100s\"", f->number,
			 text);
	for (uint32_t i = 0; i < e->nr; i++)
		pages += e->extent[i].end - e->extent[i].first;
	if (pages != f->pages)
		sql_fail(q, "damaged: file %" PRIu64 " takes %" PRIu32 " pages, and %" PRIu32,
			 f->number, f->pages, pages);
	return f;
}

/* Another name of the object that stands for this file, if one was read already. */
static struct file *shared_file(struct store *s, struct store_key k, uint64_t number)
{
	struct names_place p = names_lower(&s->names, k.oid, 0);
	const struct name *n;

	while ((n = names_next(&s->names, &p)) && n->oid == k.oid) {
		if (n->file->number != number)
			continue;
		if ((uint8_t)n->sub != k.disk)
			sql_fail(&s->database->sql, "damaged: file %" PRIu64 " is on two disks",
				 number);
		return n->file;
	}
	return NULL;
}

static void load_names(struct store *s)
{
	struct sql *q = &s->database->sql;
	const unsigned which = S_GET_NAMES;

	SQL_NUMBERS(q, which, s->node);
	while (sql_row(q, which)) {
		struct store_key k = {.oid = sql_get(q, which, 0)};
		struct file *f;

		k.ec_index = (uint8_t)number_in(s, which, 1, 0, UINT8_MAX, "a strip of index");
		k.stale_epoch =
			(uint32_t)number_in(s, which, 2, 0, UINT32_MAX, "an object of epoch");
		k.disk = (uint8_t)number_in(s, which, 3, 1, s->nr_disks, "an object on disk");
		f = shared_file(s, k, sql_get(q, which, 4));
		if (!f) {
			f = load_file(s, k.oid);
			disk_at(s, k.disk)->pages += f->pages;
		}
		if (sql_error(q) && f->refs == 0)
			file_free(k.oid, f);
		if (sql_error(q))
			break;
		store_name(s, k, f);
	}
	sql_end(q, which);
}

/* Logs are those that the database has in memory: no reference of theirs is written down. */
static void load_logs(struct store *s)
{
	struct sql *q = &s->database->sql;
	const unsigned which = S_GET_EPOCHS;

	SQL_NUMBERS(q, which, s->node);
	while (sql_row(q, which)) {
		uint32_t epoch = (uint32_t)number_in(s, which, 0, 1, UINT32_MAX, "a log of epoch");
		uint64_t len;
		const void *bytes = sql_get_bytes(q, which, 1, &len);
		struct blob *content = blob_new(bytes, len);

		if (!bytes)
			sql_fail(q, "damaged: node %" PRIu32 " has no log of epoch %" PRIu32,
				 s->node, epoch);
		else
			logs_add(s, epoch, database_log(s->database, content)->content);
		blob_unref(content);
	}
	sql_end(q, which);
}

static void load_journal(struct store *s)
{
	struct sql *q = &s->database->sql;
	const unsigned which = S_GET_JOURNAL;

	SQL_NUMBERS(q, which, s->node);
	while (sql_row(q, which)) {
		uint64_t len;
		const void *bytes = sql_get_bytes(q, which, 10, &len);
		struct blob *data = blob_new(bytes, len);
		uint32_t file = (uint32_t)number_in(s, which, 2, 0, STORE_JOURNALS - 1,
						    "a journal in file");

		journal_file_add(s, file, sql_get(q, which, 1),
				 &(struct journal_entry){
					 .op = number_in(s, which, 3, JOURNAL_WRITE, JOURNAL_REMOVE,
							 "a journal with operation"),
					 .complete = sql_get(q, which, 4),
					 .coded = sql_get(q, which, 5),
					 .ec_index = (uint8_t)sql_get(q, which, 6),
					 .oid = sql_get(q, which, 7),
					 .offset = sql_get(q, which, 8),
					 .size = sql_get(q, which, 9),
					 .data = data,
				 });
		blob_unref(data);
	}
	sql_end(q, which);
}

struct store *store_database_open(struct database *db, uint32_t node)
{
	struct store *s = database_store_alloc(db, node);

	load_config(s);
	load_disks(s);
	if (!sql_error(&db->sql)) {
		disks_arrange(s);
		load_names(s);
		load_logs(s);
		load_journal(s);
	}
	if (!sql_error(&db->sql))
		return s;
	store_close(s);
	return NULL;
}
