/*
 * The in-memory store: names that stand for files, and files that hold a blob. A file has two names
 * while a stale copy is linked live (R708).
 */
#include "store/names.h"
#include "store/store.h"
#include "base/blob.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sheepsim/wire/header.h>

struct file {
	struct blob *content; /* nobody else's as long as nobody reads it: written in place */
	struct file *copy;    /* while a file with several names is cloned */
	uint32_t refs;	      /* names */
};

struct log {
	uint32_t epoch;
	struct blob *content;
};

struct store {
	struct store_config config;
	struct names names;
	struct log *logs; /* by epoch, ascending */
	uint32_t nr_logs;
	uint32_t cap_logs;
	uint32_t nr_live;
	uint32_t nr_stale;
	uint64_t capacity; /* bytes */
	uint64_t used;
};

/* --- Files --------------------------------------------------------------------------------- */

/* What a content takes of the capacity. */
static uint64_t content_bytes(const struct blob *content)
{
	return blob_nr_pages(content) * BLOB_PAGE;
}

static bool has_room(const struct store *s, uint64_t bytes)
{
	return s->used <= s->capacity && bytes <= s->capacity - s->used;
}

static struct file *file_new(struct store *s, struct blob *content)
{
	struct file *f = mem_alloc(sizeof(*f));

	f->content = blob_ref(content);
	s->used += content_bytes(content);
	return f;
}

/* One name less; the file goes with its last one. */
static void file_unref(struct store *s, struct file *f)
{
	assert(f->refs > 0);
	if (--f->refs > 0)
		return;
	s->used -= content_bytes(f->content);
	blob_unref(f->content);
	free(f);
}

/* --- Names --------------------------------------------------------------------------------- */

static uint64_t key_sub(struct store_key k)
{
	return (uint64_t)k.ec_index << 32 | k.stale_epoch;
}

static struct store_key name_key(const struct name *n)
{
	return (struct store_key){
		.oid = n->oid,
		.ec_index = (uint8_t)(n->sub >> 32),
		.stale_epoch = (uint32_t)n->sub,
	};
}

static struct file *find(const struct store *s, struct store_key k)
{
	const struct name *n = names_find(&s->names, k.oid, key_sub(k));

	return n ? n->file : NULL;
}

static uint32_t *counter(struct store *s, struct store_key k)
{
	return k.stale_epoch ? &s->nr_stale : &s->nr_live;
}

static void give_name(struct store *s, struct store_key k, struct file *f)
{
	names_add(&s->names, k.oid, key_sub(k), f);
	f->refs++;
	(*counter(s, k))++;
}

static void take_name(struct store *s, struct store_key k, struct file *f)
{
	names_del(&s->names, k.oid, key_sub(k));
	(*counter(s, k))--;
	file_unref(s, f);
}

/* --- Opening and closing ------------------------------------------------------------------- */

struct store *store_memory_new(uint64_t capacity)
{
	struct store *s = mem_alloc(sizeof(*s));

	s->capacity = capacity;
	return s;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	store_erase(s);
	store_log_clear(s);
	free(s);
}

/* The clone's file for a file that may have several names: they share the clone's, too. */
static struct file *file_clone(struct store *to, struct file *f)
{
	struct file *copy = f->copy ? f->copy : file_new(to, f->content);

	/* the file forgets its copy at its last name */
	f->copy = copy->refs + 1 < f->refs ? copy : NULL;
	return copy;
}

struct store *store_clone(const struct store *s, bool with_objects)
{
	struct store *to = store_memory_new(s->capacity);
	struct names_place p = {0};
	const struct name *n;

	to->config = s->config;
	for (uint32_t i = 0; i < s->nr_logs; i++)
		store_log_put(to, s->logs[i].epoch, s->logs[i].content);
	if (!with_objects)
		return to;
	while ((n = names_next(&s->names, &p)))
		give_name(to, name_key(n), file_clone(to, n->file));
	return to;
}

/* --- Config record and epoch logs ---------------------------------------------------------- */

void store_config_get(const struct store *s, struct store_config *c)
{
	*c = s->config;
}

void store_config_put(struct store *s, const struct store_config *c)
{
	s->config = *c;
}

/* The index of the first log that is not before this epoch. */
static uint32_t log_lower(const struct store *s, uint32_t epoch)
{
	uint32_t lo = 0;
	uint32_t hi = s->nr_logs;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->logs[mid].epoch < epoch)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct blob *store_log_get(const struct store *s, uint32_t epoch)
{
	uint32_t i = log_lower(s, epoch);

	return i < s->nr_logs && s->logs[i].epoch == epoch ? blob_ref(s->logs[i].content) : NULL;
}

void store_log_put(struct store *s, uint32_t epoch, struct blob *log)
{
	uint32_t i = log_lower(s, epoch);

	blob_ref(log);
	if (i < s->nr_logs && s->logs[i].epoch == epoch) {
		blob_unref(s->logs[i].content);
		s->logs[i].content = log;
		return;
	}
	if (s->nr_logs == s->cap_logs) {
		s->cap_logs = s->cap_logs ? s->cap_logs * 2 : 4;
		s->logs = mem_resize(s->logs, s->cap_logs, sizeof(s->logs[0]));
	}
	memmove(&s->logs[i + 1], &s->logs[i], (s->nr_logs - i) * sizeof(s->logs[0]));
	s->logs[i] = (struct log){.epoch = epoch, .content = log};
	s->nr_logs++;
}

uint32_t store_log_highest(const struct store *s)
{
	return s->nr_logs ? s->logs[s->nr_logs - 1].epoch : 0;
}

void store_log_clear(struct store *s)
{
	for (uint32_t i = 0; i < s->nr_logs; i++)
		blob_unref(s->logs[i].content);
	free(s->logs);
	s->logs = NULL;
	s->nr_logs = 0;
	s->cap_logs = 0;
}

/* --- Objects ------------------------------------------------------------------------------- */

bool store_has(const struct store *s, struct store_key k)
{
	return find(s, k) != NULL;
}

struct blob *store_get(const struct store *s, struct store_key k)
{
	const struct file *f = find(s, k);

	return f ? blob_ref(f->content) : NULL;
}

uint32_t store_put(struct store *s, struct store_key k, struct blob *content)
{
	struct file *old = find(s, k);

	if (!has_room(s, content_bytes(content)))
		return SD_RES_NO_SPACE;
	if (old)
		take_name(s, k, old);
	give_name(s, k, file_new(s, content));
	return SD_RES_SUCCESS;
}

uint32_t store_write(struct store *s, struct store_key k, uint64_t offset, struct blob *data)
{
	struct file *f = find(s, k);
	struct blob *before;
	uint64_t bytes;

	if (!f)
		return SD_RES_NO_OBJ;
	bytes = content_bytes(f->content);
	/* each page of data reaches into two pages of the object at most */
	if (has_room(s, 2 * content_bytes(data))) {
		f->content = blob_overlay(f->content, offset, data);
	} else {
		before = blob_ref(f->content);
		f->content = blob_overlay(f->content, offset, data);
		if (content_bytes(f->content) > bytes &&
		    !has_room(s, content_bytes(f->content) - bytes)) {
			blob_unref(f->content);
			f->content = before;
			return SD_RES_NO_SPACE;
		}
		blob_unref(before);
	}
	s->used = s->used - bytes + content_bytes(f->content);
	return SD_RES_SUCCESS;
}

bool store_delete(struct store *s, struct store_key k)
{
	struct file *f = find(s, k);

	if (!f)
		return false;
	take_name(s, k, f);
	return true;
}

bool store_rename(struct store *s, struct store_key from, struct store_key to)
{
	struct file *f = find(s, from);
	struct file *old = find(s, to);

	if (!f)
		return false;
	if (f == old)
		return true;
	if (old)
		take_name(s, to, old);
	give_name(s, to, f);
	take_name(s, from, f);
	return true;
}

bool store_link(struct store *s, struct store_key from, struct store_key to)
{
	struct file *f = find(s, from);

	if (store_has(s, to))
		return true;
	if (!f)
		return false;
	give_name(s, to, f);
	return true;
}

void store_each(struct store *s, void (*fn)(void *arg, struct store_key k), void *arg)
{
	struct names_place p = {0};
	const struct name *n;

	while ((n = names_next(&s->names, &p))) {
		uint64_t oid = n->oid;
		uint64_t sub = n->sub;

		fn(arg, name_key(n));
		/* fn may have changed the table: go on behind the name, wherever that is now */
		p = names_lower(&s->names, oid, sub + 1);
	}
}

uint32_t store_newest_stale(const struct store *s, uint64_t oid, uint8_t ec_index, uint32_t first,
			    uint32_t last)
{
	uint64_t sub = (uint64_t)ec_index << 32;
	const struct name *n = names_before(&s->names, oid, (sub | last) + 1);
	uint32_t epoch;

	if (!n || n->oid != oid || n->sub < sub)
		return 0;
	epoch = (uint32_t)n->sub; /* 0 if only the live one is left */
	return epoch >= first ? epoch : 0;
}

void store_erase(struct store *s)
{
	struct names_place p = {0};
	const struct name *n;

	while ((n = names_next(&s->names, &p)))
		file_unref(s, n->file);
	names_clear(&s->names);
	s->nr_live = 0;
	s->nr_stale = 0;
}

uint64_t store_capacity(const struct store *s)
{
	return s->capacity;
}

uint64_t store_used(const struct store *s)
{
	return s->used;
}

uint32_t store_nr_live(const struct store *s)
{
	return s->nr_live;
}

uint32_t store_nr_stale(const struct store *s)
{
	return s->nr_stale;
}
