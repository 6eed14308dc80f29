/* The objects of a store: their names, and the files that these stand for. */
#include "store/inside.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sheepsim/wire/header.h>

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

/* ------------------------------------------------------------------ files and names */

static struct file *file_new(struct store *s, struct store_key k, struct blob *content)
{
	struct file *f = file_alloc(k.oid);

	file_take_new(k.oid, f, content);
	disk_at(s, k.disk)->pages += f->pages;
	s->backend->create(s, k.oid, f, content);
	return f;
}

/* The memory of a file without names; its bytes are the backend's. */
static void file_gone(struct store *s, struct store_key k, struct file *f)
{
	disk_at(s, k.disk)->pages -= f->pages;
	file_free(k.oid, f);
}

/* One name less; the file goes with its last one. */
static void file_unref(struct store *s, struct store_key k, struct file *f)
{
	assert(f->refs > 0);
	if (--f->refs > 0)
		return;
	s->backend->drop(s, f);
	file_gone(s, k, f);
}

static uint32_t *counter(struct store *s, struct store_key k)
{
	struct disk *d = disk_at(s, k.disk);

	if (k.stale_epoch == SUFFIX_TEMPORARY)
		return &d->nr_temporary;
	return k.stale_epoch ? &d->nr_stale : &d->nr_live;
}

void store_name(struct store *s, struct store_key k, struct file *f)
{
	names_add(&s->names, k.oid, key_sub(k), f);
	f->refs++;
	(*counter(s, k))++;
}

static void give_name(struct store *s, struct store_key k, struct file *f)
{
	store_name(s, k, f);
	TELL(s, named, k, f);
}

/* Of a name that is not in the table any more. */
static void name_gone(struct store *s, struct store_key k, struct file *f)
{
	(*counter(s, k))--;
	TELL(s, unnamed, k);
	file_unref(s, k, f);
}

static void take_name(struct store *s, struct store_key k, struct file *f)
{
	names_del(&s->names, k.oid, key_sub(k));
	name_gone(s, k, f);
}

/* ------------------------------------------------------------------ opening and closing */

struct store *store_alloc(const struct backend *backend)
{
	struct store *s = mem_alloc(sizeof(*s));

	s->backend = backend;
	TAILQ_INIT(&s->unsynced);
	return s;
}

/* Removes everything on one disk, or (0) on all plugged ones. */
static void erase(struct store *s, uint8_t disk)
{
	struct names kept = {0};
	struct names_place p = {0};
	const struct name *n;

	store_flush(s);
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

void store_wipe(struct store *s)
{
	for (uint32_t i = 0; i < s->nr_disks; i++)
		disk_erase(s, (uint8_t)(i + 1));
	store_log_clear(s);
	for (uint32_t i = 0; i < STORE_JOURNALS; i++)
		store_journal_clear(s, i);
	store_config_put(s, &(struct store_config){0});
	disks_forget(s);
	store_open(s);
}

void store_close(struct store *s)
{
	struct names_place p = {0};
	const struct name *n;

	if (!s)
		return;
	while ((n = names_next(&s->names, &p))) {
		if (--n->file->refs > 0)
			continue;
		TELL(s, forget, n->file);
		file_gone(s, name_key(n), n->file);
	}
	names_clear(&s->names);
	logs_free(s);
	store_flush(s);
	for (uint32_t i = 0; i < STORE_JOURNALS; i++)
		journal_file_free(s, i);
	disk_table_free(s);
	free(s);
}

void store_each_file(struct store *s, void (*fn)(void *arg, struct file *f), void *arg)
{
	struct names_place p = {0};
	const struct name *n;

	while ((n = names_next(&s->names, &p)))
		fn(arg, n->file);
}

/* ------------------------------------------------------------------ copies of whole stores */

static struct file *file_copy(struct store *to, const struct store *from, struct store_key k,
			      struct file *f)
{
	struct extents *extents = file_extents(k.oid, f);
	struct file *copy = file_alloc(k.oid);
	struct blob *content;

	copy->pages = f->pages;
	for (uint32_t i = 0; extents && i < extents->nr; i++)
		extents_add(file_extents(k.oid, copy), extents->extent[i].first,
			    extents->extent[i].end);
	disk_at(to, k.disk)->pages += copy->pages;
	content = from->backend->read(from, f, 0, from->backend->length(from, f));
	to->backend->create(to, k.oid, copy, content);
	blob_unref(content);
	return copy;
}

/* The copy of a file that may have several names: they share the copy, too. */
static struct file *shared_copy(struct store *to, const struct store *from, struct store_key k,
				struct file *f)
{
	struct file *copy = f->copy ? f->copy : file_copy(to, from, k, f);

	/* the file forgets its copy at its last name */
	f->copy = copy->refs + 1 < f->refs ? copy : NULL;
	return copy;
}

static void copy_journal(struct store *to, const struct store *from, uint32_t file)
{
	const struct journal_file *j = &from->journals[file];

	for (uint32_t i = 0; i < j->nr; i++)
		store_journal_append(to, file, &j->entry[i]);
}

void store_take(struct store *to, const struct store *from)
{
	struct names_place p = {0};
	const struct name *n;

	store_config_put(to, &from->config);
	for (uint32_t i = 0; i < from->nr_logs; i++)
		store_log_put(to, from->logs[i].epoch, from->logs[i].content);
	for (uint32_t i = 0; i < from->nr_disks; i++) {
		const struct disk *d = &from->disks[i];
		struct disk *copy = disk_new(to, d->path, d->capacity);

		copy->recorded = d->recorded;
		copy->of_process = d->of_process;
		copy->metadata = d->metadata;
		copy->plugged = d->plugged;
		copy->lost = d->lost;
		TELL(to, disk, (uint8_t)(i + 1));
	}
	disks_arrange(to);
	for (uint32_t i = 0; i < STORE_JOURNALS; i++)
		copy_journal(to, from, (i + store_journal_older(from)) % STORE_JOURNALS);
	while ((n = names_next(&from->names, &p)))
		give_name(to, name_key(n), shared_copy(to, from, name_key(n), n->file));
}

/* ------------------------------------------------------------------ objects */

bool store_has(const struct store *s, struct store_key k)
{
	return store_disk_of(s, k) != 0;
}

struct blob *store_get(const struct store *s, struct store_key k)
{
	const struct file *f = locate(s, &k);

	return f ? s->backend->read(s, f, 0, s->backend->length(s, f)) : NULL;
}

struct blob *store_read(const struct store *s, struct store_key k, uint64_t offset, uint64_t len)
{
	const struct file *f = locate(s, &k);

	return f ? s->backend->read(s, f, offset, len) : NULL;
}

uint64_t store_length(const struct store *s, struct store_key k)
{
	const struct file *f = locate(s, &k);

	return f ? s->backend->length(s, f) : 0;
}

uint32_t store_put(struct store *s, struct store_key k, struct blob *content)
{
	struct file *old;

	if (!k.disk)
		k.disk = store_home(s, k.oid);
	if (!k.disk || disk_at(s, k.disk)->lost)
		return SD_RES_EIO;
	if (file_pages_of_new(k.oid, content) > disk_room(s, disk_at(s, k.disk)))
		return SD_RES_NO_SPACE;
	old = find(s, k);
	if (k.stale_epoch == 0)
		unsynced_create(s, k, old, blob_size(content));
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
	more = file_pages_to_add(k.oid, f, offset, data);
	if (more > disk_room(s, disk_at(s, k.disk)))
		return SD_RES_NO_SPACE;
	if (more) {
		file_take_more(k.oid, f, offset, data);
		disk_at(s, k.disk)->pages += more;
		TELL(s, taken, k.oid, f);
	}
	unsynced_write(s, k, f, offset, blob_size(data));
	s->backend->write(s, f, offset, data);
	return SD_RES_SUCCESS;
}

bool store_delete(struct store *s, struct store_key k)
{
	struct file *f = locate(s, &k);

	if (!f)
		return false;
	unsynced_forget(s, k);
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
	if (from.stale_epoch == SUFFIX_TEMPORARY)
		unsynced_create(s, to, old, s->backend->length(s, f));
	else
		unsynced_forget(s, from);
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
	unsynced_forget(s, from);
	if (!find(s, to))
		give_name(s, to, f);
	return true;
}

bool store_settle(struct store *s, struct store_key k, bool *moved)
{
	struct store_key to = k;
	struct blob *content;
	struct file *f;
	uint32_t result;

	if (moved)
		*moved = false;
	k.disk = 0;
	f = locate(s, &k);
	to.disk = store_home(s, k.oid);
	if (!f || k.disk == to.disk)
		return f != NULL;
	content = store_get(s, k);
	result = store_put(s, to, content);
	blob_unref(content);
	if (result != SD_RES_SUCCESS)
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
		uint64_t changes = s->names.changes;

		if (!disk_at(s, name_key(n).disk)->plugged ||
		    name_key(n).stale_epoch == SUFFIX_TEMPORARY)
			continue;
		fn(arg, name_key(n));
		if (s->names.changes != changes) /* go on behind the name, wherever that is now */
			p = names_lower(&s->names, oid, sub + 1);
	}
}

uint32_t store_newest_stale(const struct store *s, uint64_t oid, uint8_t ec_index, uint32_t first,
			    uint32_t last)
{
	struct store_key k = {
		.oid = oid,
		.ec_index = ec_index,
		.stale_epoch = last < SUFFIX_TEMPORARY ? last : SUFFIX_TEMPORARY - 1,
	};
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

/* ------------------------------------------------------------------ temporaries */

static struct store_key temporary_of(struct store_key k)
{
	k.stale_epoch = SUFFIX_TEMPORARY;
	return k;
}

uint32_t store_temporary(struct store *s, struct store_key k, struct blob *content)
{
	assert(k.disk && !store_has_temporary(s, k));
	return store_put(s, temporary_of(k), content);
}

bool store_has_temporary(const struct store *s, struct store_key k)
{
	return k.disk && find(s, temporary_of(k));
}

bool store_publish(struct store *s, struct store_key k)
{
	assert(k.stale_epoch == 0);
	return store_rename(s, temporary_of(k), k);
}

void store_drop_temporary(struct store *s, struct store_key k)
{
	store_delete(s, temporary_of(k));
}

uint32_t store_drop_temporaries(struct store *s)
{
	struct names_place p = {0};
	const struct name *n;
	uint32_t dropped = 0;
	uint32_t nr = 0;

	for (uint32_t i = 0; i < s->nr_plugged; i++)
		nr += disk_at(s, s->plugged[i])->nr_temporary;
	while (dropped < nr && (n = names_next(&s->names, &p))) {
		struct store_key k = name_key(n);

		if (k.stale_epoch != SUFFIX_TEMPORARY || !disk_at(s, k.disk)->plugged)
			continue;
		store_delete(s, k);
		p = names_lower(&s->names, k.oid, key_sub(k));
		dropped++;
	}
	return nr;
}
