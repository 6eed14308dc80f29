/* The objects of the in-memory store: names, files, and what files take of their disk. */
#include "store/memory.h"
#include "base/mem.h"
#include "store/extents.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sheepsim/wire/header.h>
#include <sheepsim/wire/object.h>

struct file {
	struct blob *content; /* nobody else's as long as nobody reads it: written in place */
	struct file *copy;    /* while a file with several names is cloned */
	uint32_t refs;	      /* names */
	uint32_t pages;	      /* that it takes */
};

/* Inodes, and only they, are sparse: there are few of them, so only they have more to remember. */
struct sparse_file {
	struct file file;
	struct extents extents;
};

/* ------------------------------------------------------------------ keys and names */

static uint64_t key_sub(struct store_key k)
{
	return (uint64_t)k.ec_index << 40 | (uint64_t)k.stale_epoch << 8 | k.disk;
}

static struct store_key name_key(const struct name *n)
{
	return (struct store_key){
		.oid = n->oid,
		.ec_index = (uint8_t)(n->sub >> 40),
		.stale_epoch = (uint32_t)(n->sub >> 8),
		.disk = (uint8_t)n->sub,
	};
}

/* The name on this disk, which is not 0. */
static struct file *find(const struct store *s, struct store_key k)
{
	const struct name *n = names_find(&s->names, k.oid, key_sub(k));

	return n ? n->file : NULL;
}

/* Is the disk a better answer for "wherever it is" than best, which may be 0? */
static bool comes_before(const struct store *s, uint64_t oid, uint8_t disk, uint8_t best)
{
	uint8_t home;

	if (!disk_at(s, disk)->plugged)
		return false;
	if (!best)
		return true;
	home = store_home(s, oid);
	if (disk == home || best == home)
		return disk == home;
	return strcmp(disk_at(s, disk)->path, disk_at(s, best)->path) < 0;
}

uint8_t store_disk_of(const struct store *s, struct store_key k)
{
	uint64_t sub = key_sub(k) & ~UINT64_C(0xff);
	struct names_place p;
	const struct name *n;
	uint8_t best = 0;

	if (k.disk)
		return find(s, k) ? k.disk : 0;
	p = names_lower(&s->names, k.oid, sub);
	while ((n = names_next(&s->names, &p)) && n->oid == k.oid && n->sub >> 8 == sub >> 8) {
		if (comes_before(s, k.oid, (uint8_t)n->sub, best))
			best = (uint8_t)n->sub;
	}
	return best;
}

/* The file of a name; the key then has the disk that it is on. */
static struct file *locate(const struct store *s, struct store_key *k)
{
	if (!k->disk)
		k->disk = store_disk_of(s, *k);
	return k->disk ? find(s, *k) : NULL;
}

/* ------------------------------------------------------------------ what files take */

static bool is_sparse(uint64_t oid)
{
	return sd_oid_is_inode(oid);
}

static struct extents *extents_of(struct file *f)
{
	return &container_of(f, struct sparse_file, file)->extents;
}

struct span {
	uint32_t first, end; /* pages first..end-1 of the file */
};

/* Are the bytes of data that are written into this page all zeros? */
static bool page_is_zero(const struct blob *data, uint64_t offset, uint32_t page)
{
	uint64_t start = (uint64_t)page * BLOB_PAGE;
	uint64_t from = start > offset ? start - offset : 0;

	return blob_is_zero(data, from, start + BLOB_PAGE - offset - from);
}

/*
 * The pages that data, written at offset, takes in a sparse file. Blocks of zeros at both ends are
 * not written, but a write of nothing but zeros is: captured inodes have such sizes. The spec does
 * not tell the size of a block; a page or less gives the same.
 */
static struct span span_of(const struct blob *data, uint64_t offset)
{
	struct span all = {
		.first = (uint32_t)(offset / BLOB_PAGE),
		.end = (uint32_t)((offset + blob_size(data) + BLOB_PAGE - 1) / BLOB_PAGE),
	};
	struct span s = all;

	while (s.first < s.end && page_is_zero(data, offset, s.first))
		s.first++;
	if (s.first == s.end)
		return all;
	while (page_is_zero(data, offset, s.end - 1))
		s.end--;
	return s;
}

/* What a new sparse file takes: nothing if there are only zeros. */
static struct span span_of_new(const struct blob *content)
{
	return blob_nr_pages(content) ? span_of(content, 0) : (struct span){0};
}

static uint32_t pages_of(uint64_t bytes)
{
	return (uint32_t)((bytes + BLOB_PAGE - 1) / BLOB_PAGE);
}

static uint32_t pages_of_new(uint64_t oid, const struct blob *content)
{
	struct span s;

	if (!is_sparse(oid))
		return pages_of(blob_size(content));
	s = span_of_new(content);
	return s.end - s.first;
}

/* How many pages more the file takes after a write. */
static uint32_t pages_to_add(struct file *f, uint64_t oid, uint64_t offset, const struct blob *data)
{
	uint32_t end = pages_of(offset + blob_size(data));
	struct span s;

	if (blob_size(data) == 0)
		return 0;
	if (!is_sparse(oid))
		return end > f->pages ? end - f->pages : 0;
	s = span_of(data, offset);
	return extents_missing(extents_of(f), s.first, s.end);
}

/* ------------------------------------------------------------------ files */

static struct file *file_alloc(uint64_t oid)
{
	struct sparse_file *sparse;

	if (!is_sparse(oid))
		return mem_alloc(sizeof(struct file));
	sparse = mem_alloc(sizeof(*sparse));
	return &sparse->file;
}

static struct file *file_new(struct store *s, struct store_key k, struct blob *content)
{
	struct file *f = file_alloc(k.oid);

	f->content = blob_ref(content);
	f->pages = pages_of_new(k.oid, content);
	if (is_sparse(k.oid) && f->pages) {
		struct span span = span_of_new(content);

		extents_add(extents_of(f), span.first, span.end);
	}
	disk_at(s, k.disk)->pages += f->pages;
	return f;
}

/* One name less; the file goes with its last one. */
static void file_unref(struct store *s, struct store_key k, struct file *f)
{
	assert(f->refs > 0);
	if (--f->refs > 0)
		return;
	disk_at(s, k.disk)->pages -= f->pages;
	blob_unref(f->content);
	if (is_sparse(k.oid)) {
		extents_free(extents_of(f));
		free(container_of(f, struct sparse_file, file));
	} else {
		free(f);
	}
}

static uint32_t *counter(struct store *s, struct store_key k)
{
	struct disk *d = disk_at(s, k.disk);

	return k.stale_epoch ? &d->nr_stale : &d->nr_live;
}

static void give_name(struct store *s, struct store_key k, struct file *f)
{
	names_add(&s->names, k.oid, key_sub(k), f);
	f->refs++;
	(*counter(s, k))++;
}

/* Of a name that is not in the table any more. */
static void name_gone(struct store *s, struct store_key k, struct file *f)
{
	(*counter(s, k))--;
	file_unref(s, k, f);
}

static void take_name(struct store *s, struct store_key k, struct file *f)
{
	names_del(&s->names, k.oid, key_sub(k));
	name_gone(s, k, f);
}

/* ------------------------------------------------------------------ opening and closing */

struct store *store_memory_new(const struct store_disk_config *disks, uint32_t nr)
{
	struct store *s = mem_alloc(sizeof(*s));

	assert(nr > 0 && nr <= STORE_MAX_PLUGGED);
	for (uint32_t i = 0; i < nr; i++) {
		struct disk *d = disk_new(s, disks[i].path, disks[i].capacity);

		d->of_process = true;
		d->metadata = nr == 1;
	}
	store_open(s);
	return s;
}

/* Removes everything on one disk, or (0) on all plugged ones. */
static void erase(struct store *s, uint8_t disk)
{
	struct names kept = {0};
	struct names_place p = {0};
	const struct name *n;

	while ((n = names_next(&s->names, &p))) {
		struct store_key k = name_key(n);

		if (disk ? k.disk == disk : disk_at(s, k.disk)->plugged)
			name_gone(s, k, n->file);
		else
			names_add(&kept, n->oid, n->sub, n->file);
	}
	names_clear(&s->names);
	s->names = kept;
}

void store_erase(struct store *s)
{
	erase(s, 0);
}

void disk_erase(struct store *s, uint8_t disk)
{
	erase(s, disk);
}

void store_close(struct store *s)
{
	struct names_place p = {0};
	const struct name *n;

	if (!s)
		return;
	while ((n = names_next(&s->names, &p)))
		name_gone(s, name_key(n), n->file);
	names_clear(&s->names);
	store_log_clear(s);
	disk_table_free(s);
	free(s);
}

/* The clone's file for a file that may have several names: they share the clone's, too. */
static struct file *file_clone(struct store *to, struct store_key k, struct file *f)
{
	struct file *copy = f->copy;

	if (!copy) {
		copy = file_alloc(k.oid);
		copy->content = blob_ref(f->content);
		copy->pages = f->pages;
		for (uint32_t i = 0; is_sparse(k.oid) && i < extents_of(f)->nr; i++) {
			const struct extent *e = &extents_of(f)->extent[i];

			extents_add(extents_of(copy), e->first, e->end);
		}
		disk_at(to, k.disk)->pages += copy->pages;
	}
	/* the file forgets its copy at its last name */
	f->copy = copy->refs + 1 < f->refs ? copy : NULL;
	return copy;
}

struct store *store_clone(const struct store *s, bool with_objects)
{
	struct store *to = mem_alloc(sizeof(*to));
	struct names_place p = {0};
	const struct name *n;

	to->config = s->config;
	for (uint32_t i = 0; i < s->nr_logs; i++)
		store_log_put(to, s->logs[i].epoch, s->logs[i].content);
	for (uint32_t i = 0; i < s->nr_disks; i++) {
		const struct disk *d = &s->disks[i];
		struct disk *copy = disk_new(to, d->path, d->capacity);

		copy->recorded = d->recorded;
		copy->of_process = d->of_process;
		copy->metadata = d->metadata;
		copy->plugged = d->plugged;
		copy->lost = d->lost;
	}
	disks_arrange(to);
	while (with_objects && (n = names_next(&s->names, &p)))
		give_name(to, name_key(n), file_clone(to, name_key(n), n->file));
	return to;
}

/* ------------------------------------------------------------------ objects */

bool store_has(const struct store *s, struct store_key k)
{
	return store_disk_of(s, k) != 0;
}

struct blob *store_get(const struct store *s, struct store_key k)
{
	const struct file *f = locate(s, &k);

	return f ? blob_ref(f->content) : NULL;
}

uint32_t store_put(struct store *s, struct store_key k, struct blob *content)
{
	struct file *old;

	if (!k.disk)
		k.disk = store_home(s, k.oid);
	if (!k.disk || disk_at(s, k.disk)->lost)
		return SD_RES_EIO;
	if (pages_of_new(k.oid, content) > disk_room(s, disk_at(s, k.disk)))
		return SD_RES_NO_SPACE;
	old = find(s, k);
	if (old)
		take_name(s, k, old);
	give_name(s, k, file_new(s, k, content));
	return SD_RES_SUCCESS;
}

uint32_t store_write(struct store *s, struct store_key k, uint64_t offset, struct blob *data)
{
	struct file *f = locate(s, &k);
	uint32_t more;

	if (!f)
		return SD_RES_NO_OBJ;
	more = pages_to_add(f, k.oid, offset, data);
	if (more > disk_room(s, disk_at(s, k.disk)))
		return SD_RES_NO_SPACE;
	if (more && is_sparse(k.oid)) {
		struct span span = span_of(data, offset);

		extents_add(extents_of(f), span.first, span.end);
	}
	f->pages += more;
	disk_at(s, k.disk)->pages += more;
	f->content = blob_overlay(f->content, offset, data);
	return SD_RES_SUCCESS;
}

bool store_delete(struct store *s, struct store_key k)
{
	struct file *f = locate(s, &k);

	if (!f)
		return false;
	take_name(s, k, f);
	return true;
}

bool store_rename(struct store *s, struct store_key from, struct store_key to)
{
	struct file *f = locate(s, &from);
	struct file *old;

	assert(from.oid == to.oid);
	if (!f)
		return false;
	to.disk = from.disk;
	old = find(s, to);
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
	struct file *f;

	assert(from.oid == to.oid);
	to.disk = 0;
	if (store_has(s, to))
		return true;
	f = locate(s, &from);
	if (!f)
		return false;
	to.disk = from.disk;
	if (!find(s, to))
		give_name(s, to, f);
	return true;
}

bool store_settle(struct store *s, struct store_key k, bool *moved)
{
	struct store_key to = k;
	struct file *f;

	if (moved)
		*moved = false;
	k.disk = 0;
	f = locate(s, &k);
	to.disk = store_home(s, k.oid);
	if (!f || k.disk == to.disk)
		return f != NULL;
	if (store_put(s, to, f->content) != SD_RES_SUCCESS)
		return false;
	take_name(s, k, f);
	if (moved)
		*moved = true;
	return true;
}

void store_each(struct store *s, void (*fn)(void *arg, struct store_key k), void *arg)
{
	struct names_place p = {0};
	const struct name *n;

	while ((n = names_next(&s->names, &p))) {
		uint64_t oid = n->oid;
		uint64_t sub = n->sub;

		if (!disk_at(s, name_key(n).disk)->plugged)
			continue;
		fn(arg, name_key(n));
		/* fn may have changed the table: go on behind the name, wherever that is now */
		p = names_lower(&s->names, oid, sub + 1);
	}
}

uint32_t store_newest_stale(const struct store *s, uint64_t oid, uint8_t ec_index, uint32_t first,
			    uint32_t last)
{
	struct store_key k = {.oid = oid, .ec_index = ec_index, .stale_epoch = last};
	uint64_t sub = key_sub(k) + 0x100;
	const struct name *n;

	/* a stale copy has an epoch, the live object (0) comes before all of them */
	while ((n = names_before(&s->names, oid, sub)) && n->oid == oid) {
		k = name_key(n);
		if (k.ec_index != ec_index || k.stale_epoch < first || k.stale_epoch == 0)
			return 0;
		if (disk_at(s, k.disk)->plugged)
			return k.stale_epoch;
		sub = n->sub;
	}
	return 0;
}
