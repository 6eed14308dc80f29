/* The backend that keeps a store in a cluster's database: see database.h. */
#include "store/database_inside.h"
#include "base/mem.h"
#include "base/random.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct sql *sql_of(const struct store *s)
{
	return &s->database->sql;
}

/* ------------------------------------------------------------------ pages */

/* What a row must sum up to. */
static uint64_t page_sum(uint64_t file, uint64_t page, const uint8_t *bytes, uint32_t words)
{
	return random_mix(random_mix(file, page), blob_words_hash(bytes, words));
}

/* Writes a page's row, or removes it if all of it is zeros. */
static void put_page(struct sql *q, uint64_t file, uint64_t page, const uint8_t bytes[BLOB_PAGE])
{
	uint32_t words = blob_words_used(bytes, BLOB_PAGE / 8);

	if (words == 0) {
		SQL_NUMBERS(q, S_DEL_PAGE, file, page);
		sql_run(q, S_DEL_PAGE);
		return;
	}
	SQL_NUMBERS(q, S_PUT_PAGE, file, page, page_sum(file, page, bytes, words));
	sql_bytes(q, S_PUT_PAGE, 4, bytes, words * 8);
	sql_run(q, S_PUT_PAGE);
}

/* The bytes of the row that S_GET_PAGES is at; NULL: they are damaged. */
static const uint8_t *row_bytes(struct sql *q, uint64_t file, uint64_t *page, uint64_t *len)
{
	const uint8_t *bytes = sql_get_bytes(q, S_GET_PAGES, 2, len);

	*page = sql_get(q, S_GET_PAGES, 0);
	if (*len <= BLOB_PAGE && *len % 8 == 0 &&
	    page_sum(file, *page, bytes, (uint32_t)*len / 8) == sql_get(q, S_GET_PAGES, 1))
		return bytes;
	sql_fail(q, "damaged: page %" PRIu64 " of file %" PRIu64, *page, file);
	return NULL;
}

/* The BLOB_PAGE bytes of one page. */
static void get_page(struct sql *q, uint64_t file, uint64_t page, uint8_t bytes[BLOB_PAGE])
{
	const uint8_t *row;
	uint64_t len;

	memset(bytes, 0, BLOB_PAGE);
	SQL_NUMBERS(q, S_GET_PAGES, file, page, page);
	if (!sql_row(q, S_GET_PAGES))
		return;
	row = row_bytes(q, file, &page, &len);
	if (row)
		memcpy(bytes, row, len);
	sql_end(q, S_GET_PAGES);
}

/* ------------------------------------------------------------------ the bytes of files */

static void create(struct store *s, uint64_t oid, struct file *f, struct blob *content)
{
	struct extents *extents = file_extents(oid, f);
	struct sql *q = sql_of(s);
	struct text taken = {0};
	const uint8_t *bytes;
	uint64_t offset = 0;

	f->number = s->database->next_file++;
	SQL_NUMBERS(q, S_PUT_FILE, f->number, blob_size(content), f->pages);
	if (extents)
		extents_text(extents, &taken);
	sql_text(q, S_PUT_FILE, 4, extents ? text_get(&taken) : NULL);
	sql_run(q, S_PUT_FILE);
	text_free(&taken);
	while (blob_next_page(content, &offset, &bytes)) {
		put_page(q, f->number, offset / BLOB_PAGE, bytes);
		offset += BLOB_PAGE;
	}
}

static void write_file(struct store *s, struct file *f, uint64_t offset, struct blob *data)
{
	uint64_t begin = offset;
	uint64_t end = offset + blob_size(data);
	uint64_t size = s->backend->length(s, f);
	uint8_t bytes[BLOB_PAGE];

	if (end > size)
		end = size;
	while (offset < end) {
		uint64_t page = offset / BLOB_PAGE;
		uint64_t start = offset % BLOB_PAGE;
		uint64_t n = end - offset < BLOB_PAGE - start ? end - offset : BLOB_PAGE - start;

		if (n < BLOB_PAGE)
			get_page(sql_of(s), f->number, page, bytes);
		blob_read(data, offset - begin, bytes + start, n);
		put_page(sql_of(s), f->number, page, bytes);
		offset += n;
	}
}

static void drop(struct store *s, struct file *f)
{
	SQL_NUMBERS(sql_of(s), S_DEL_PAGES, f->number);
	sql_run(sql_of(s), S_DEL_PAGES);
	SQL_NUMBERS(sql_of(s), S_DEL_FILE, f->number);
	sql_run(sql_of(s), S_DEL_FILE);
}

static struct blob *read_file(const struct store *s, const struct file *f, uint64_t offset,
			      uint64_t len)
{
	struct blob *b = blob_zero(len);
	struct sql *q = sql_of(s);
	const uint8_t *bytes;
	uint64_t page, n;

	if (len == 0)
		return b;
	SQL_NUMBERS(q, S_GET_PAGES, f->number, offset / BLOB_PAGE, (offset + len - 1) / BLOB_PAGE);
	while (sql_row(q, S_GET_PAGES)) {
		uint64_t skip = 0; /* bytes of the row that come before the offset */

		bytes = row_bytes(q, f->number, &page, &n);
		if (!bytes)
			break;
		if (page * BLOB_PAGE < offset)
			skip = offset - page * BLOB_PAGE;
		if (skip < n)
			b = blob_write(b, page * BLOB_PAGE + skip - offset, bytes + skip, n - skip);
	}
	sql_end(q, S_GET_PAGES);
	return b;
}

static uint64_t length(const struct store *s, const struct file *f)
{
	uint64_t bytes = 0;

	SQL_NUMBERS(sql_of(s), S_GET_LENGTH, f->number);
	if (sql_row(sql_of(s), S_GET_LENGTH))
		bytes = sql_get(sql_of(s), S_GET_LENGTH, 0);
	sql_end(sql_of(s), S_GET_LENGTH);
	return bytes;
}

/* ------------------------------------------------------------------ facts */

void extents_text(const struct extents *e, struct text *t)
{
	for (uint32_t i = 0; i < e->nr; i++)
		text_add(t, "%s%" PRIu32 "-%" PRIu32, i ? " " : "", e->extent[i].first,
			 e->extent[i].end);
}

static void taken(struct store *s, uint64_t oid, struct file *f)
{
	struct extents *extents = file_extents(oid, f);
	struct text t = {0};

	if (extents)
		extents_text(extents, &t);
	SQL_NUMBERS(sql_of(s), S_SET_TAKEN, f->number, f->pages);
	sql_text(sql_of(s), S_SET_TAKEN, 3, extents ? text_get(&t) : NULL);
	sql_run(sql_of(s), S_SET_TAKEN);
	text_free(&t);
}

static void named(struct store *s, struct store_key k, const struct file *f)
{
	SQL_NUMBERS(sql_of(s), S_PUT_NAME, s->node, k.oid, k.ec_index, k.stale_epoch, k.disk,
		    f->number);
	sql_run(sql_of(s), S_PUT_NAME);
}

static void unnamed(struct store *s, struct store_key k)
{
	SQL_NUMBERS(sql_of(s), S_DEL_NAME, s->node, k.oid, k.ec_index, k.stale_epoch, k.disk);
	sql_run(sql_of(s), S_DEL_NAME);
}

static void disk_changed(struct store *s, uint8_t disk)
{
	const struct disk *d = disk_at(s, disk);

	SQL_NUMBERS(sql_of(s), S_PUT_DISK, s->node, disk, 0, d->capacity, d->recorded,
		    d->of_process, d->metadata, d->plugged, d->lost);
	sql_text(sql_of(s), S_PUT_DISK, 3, d->path);
	sql_run(sql_of(s), S_PUT_DISK);
}

static void disk_gone(struct store *s, uint8_t disk)
{
	SQL_NUMBERS(sql_of(s), S_DEL_DISK, s->node, disk);
	sql_run(sql_of(s), S_DEL_DISK);
}

static void config_changed(struct store *s)
{
	const struct store_config *c = &s->config;

	SQL_NUMBERS(sql_of(s), S_PUT_CONFIG, s->node, c->ctime, c->flags, c->nr_copies,
		    c->copy_policy, c->block_size_shift, c->clean_shutdown, 0, c->space, c->level);
	sql_text(sql_of(s), S_PUT_CONFIG, 8, c->store_name);
	sql_run(sql_of(s), S_PUT_CONFIG);
}

static void log_put(struct store *s, uint32_t epoch, struct blob *content)
{
	struct blob *old = store_log_get(s, epoch);
	uint64_t number = database_log(s->database, content)->number;

	if (old)
		database_log_unref(s->database, old);
	blob_unref(old);
	SQL_NUMBERS(sql_of(s), S_PUT_EPOCH, s->node, epoch, number);
	sql_run(sql_of(s), S_PUT_EPOCH);
}

static void logs_gone(struct store *s)
{
	for (uint32_t i = 0; i < s->nr_logs; i++)
		database_log_unref(s->database, s->logs[i].content);
	SQL_NUMBERS(sql_of(s), S_DEL_EPOCHS, s->node);
	sql_run(sql_of(s), S_DEL_EPOCHS);
}

static void journaled(struct store *s, uint32_t file, uint64_t serial,
		      const struct journal_entry *e)
{
	uint64_t len = blob_size(e->data);
	uint8_t *bytes = mem_alloc(len ? len : 1);

	blob_read(e->data, 0, bytes, len);
	SQL_NUMBERS(sql_of(s), S_PUT_JOURNAL, s->node, serial, file, e->op, e->complete, e->coded,
		    e->ec_index, e->oid, e->offset, e->size);
	sql_bytes(sql_of(s), S_PUT_JOURNAL, 11, bytes, len);
	sql_run(sql_of(s), S_PUT_JOURNAL);
	free(bytes);
}

static void journal_gone(struct store *s, uint32_t file)
{
	SQL_NUMBERS(sql_of(s), S_DEL_JOURNAL, s->node, file);
	sql_run(sql_of(s), S_DEL_JOURNAL);
}

static const struct backend backend = {
	.create = create,
	.write = write_file,
	.drop = drop,
	.read = read_file,
	.length = length,
	.taken = taken,
	.named = named,
	.unnamed = unnamed,
	.disk = disk_changed,
	.disk_gone = disk_gone,
	.config = config_changed,
	.log = log_put,
	.logs_gone = logs_gone,
	.journaled = journaled,
	.journal_gone = journal_gone,
};

/* ------------------------------------------------------------------ stores */

struct store *database_store_alloc(struct database *db, uint32_t node)
{
	struct store *s = store_alloc(&backend);

	s->database = db;
	s->node = node;
	return s;
}

struct store *store_database_new(struct database *db, uint32_t node,
				 const struct store_disk_config *disks, uint32_t nr)
{
	struct store *s = database_store_alloc(db, node);

	store_config_put(s, &(struct store_config){0});
	disks_take(s, disks, nr);
	return s;
}

struct store *store_database_copy(struct database *db, uint32_t node, const struct store *from)
{
	struct store *s = database_store_alloc(db, node);

	store_take(s, from);
	return s;
}
