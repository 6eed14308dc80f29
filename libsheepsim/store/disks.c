/* The disks of a store: which are plugged, how large they are, and the ring (R715). */
#include "store/inside.h"
#include "base/mem.h"
#include "placement/hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define RING_UNIT (UINT64_C(16) << 20) /* bytes a point of the ring (R816) */

/* ------------------------------------------------------------------ the table */

struct disk *disk_new(struct store *s, const char *path, uint64_t capacity)
{
	struct disk *d;

	assert(path[0] == '/' && s->nr_disks < STORE_MAX_DISKS);
	s->disks = mem_resize(s->disks, s->nr_disks + 1, sizeof(s->disks[0]));
	d = &s->disks[s->nr_disks++];
	*d = (struct disk){.path = mem_string(path), .capacity = capacity};
	return d;
}

void disk_table_free(struct store *s)
{
	for (uint32_t i = 0; i < s->nr_disks; i++)
		free(s->disks[i].path);
	free(s->disks);
	ring_free(&s->ring);
}

void disks_take(struct store *s, const struct store_disk_config *disks, uint32_t nr)
{
	assert(nr > 0 && nr <= STORE_MAX_PLUGGED);
	for (uint32_t i = 0; i < nr; i++) {
		struct disk *d = disk_new(s, disks[i].path, disks[i].capacity);

		d->of_process = true;
		d->metadata = nr == 1;
	}
	store_open(s);
}

void disks_forget(struct store *s)
{
	while (!s->disks[s->nr_disks - 1].of_process) {
		free(s->disks[--s->nr_disks].path);
		TELL(s, disk_gone, (uint8_t)(s->nr_disks + 1));
	}
	for (uint32_t i = 0; i < s->nr_disks; i++) {
		s->disks[i].recorded = 0;
		s->disks[i].plugged = false;
		s->disks[i].lost = false;
	}
}

uint32_t store_nr_disks(const struct store *s)
{
	return s->nr_disks;
}

uint8_t store_disk_find(const struct store *s, const char *path)
{
	for (uint32_t i = 0; i < s->nr_disks; i++) {
		if (strcmp(s->disks[i].path, path) == 0)
			return (uint8_t)(i + 1);
	}
	return 0;
}

uint8_t store_disk_add(struct store *s, const char *path, uint64_t capacity)
{
	assert(!store_disk_find(s, path));
	if (s->nr_disks == STORE_MAX_DISKS)
		return 0;
	disk_new(s, path, capacity);
	TELL(s, disk, (uint8_t)s->nr_disks);
	return (uint8_t)s->nr_disks;
}

/* ------------------------------------------------------------------ sizes */

uint64_t disk_room(const struct store *s, const struct disk *d)
{
	uint64_t pages = d->capacity / BLOB_PAGE;
	uint64_t taken = d->pages + (d->metadata ? metadata_pages(s) : 0);

	return taken < pages ? pages - taken : 0;
}

static uint64_t disk_free_bytes(const struct store *s, const struct disk *d)
{
	return disk_room(s, d) * BLOB_PAGE;
}

void store_disk(const struct store *s, uint8_t disk, struct store_disk *out)
{
	const struct disk *d = disk_at(s, disk);

	assert(disk > 0 && disk <= s->nr_disks);
	*out = (struct store_disk){
		.path = d->path,
		.plugged = d->plugged,
		.lost = d->lost,
		.capacity = d->capacity,
		.used = d->pages * BLOB_PAGE,
		.free = disk_free_bytes(s, d),
		.recorded = d->recorded,
		.nr_live = d->nr_live,
		.nr_stale = d->nr_stale,
		.nr_temporary = d->nr_temporary,
	};
}

bool store_disk_is_lost(const struct store *s, uint8_t disk)
{
	return disk_at(s, disk)->lost;
}

uint64_t store_capacity(const struct store *s)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < s->nr_disks; i++)
		bytes += s->disks[i].of_process ? s->disks[i].capacity : 0;
	return bytes;
}

uint64_t store_used(const struct store *s)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < s->nr_plugged; i++)
		pages += disk_at(s, s->plugged[i])->pages;
	return pages * BLOB_PAGE;
}

uint64_t store_free(const struct store *s)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < s->nr_plugged; i++)
		bytes += disk_free_bytes(s, disk_at(s, s->plugged[i]));
	return bytes;
}

uint64_t store_size(const struct store *s)
{
	return store_used(s) + store_free(s);
}

uint32_t store_nr_live(const struct store *s)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < s->nr_plugged; i++)
		nr += disk_at(s, s->plugged[i])->nr_live;
	return nr;
}

uint32_t store_nr_stale(const struct store *s)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < s->nr_plugged; i++)
		nr += disk_at(s, s->plugged[i])->nr_stale;
	return nr;
}

/* ------------------------------------------------------------------ the ring */

/* A disk has points by the size that was recorded of it. */
static void build_ring(struct store *s)
{
	struct ring_owner owners[STORE_MAX_PLUGGED];

	for (uint32_t i = 0; i < s->nr_plugged; i++) {
		const struct disk *d = disk_at(s, s->plugged[i]);
		uint64_t points = (d->recorded + RING_UNIT - 1) / RING_UNIT;

		owners[i] = (struct ring_owner){
			.seed = sd_hash(d->path, strlen(d->path)),
			.nr_vnodes = (uint32_t)(points ? points : 1),
		};
	}
	ring_build(&s->ring, owners, s->nr_plugged);
}

void disks_arrange(struct store *s)
{
	s->nr_plugged = 0;
	for (uint32_t i = 0; i < s->nr_disks; i++) {
		uint32_t at = s->nr_plugged;

		if (!s->disks[i].plugged)
			continue;
		while (at > 0 &&
		       strcmp(disk_at(s, s->plugged[at - 1])->path, s->disks[i].path) > 0) {
			s->plugged[at] = s->plugged[at - 1];
			at--;
		}
		s->plugged[at] = (uint8_t)(i + 1);
		s->nr_plugged++;
	}
	ring_free(&s->ring);
	s->ring = (struct ring){0};
	/* most nodes have one disk: a ring of 64 GiB for each of thousands of them would be much */
	if (s->nr_plugged > 1)
		build_ring(s);
}

uint8_t store_home(const struct store *s, uint64_t oid)
{
	const struct vnode *v;

	if (s->nr_plugged < 2)
		return s->nr_plugged ? s->plugged[0] : 0;
	v = &s->ring.vnode[ring_find(&s->ring, sd_hash_oid(oid))];
	return s->plugged[v->owner];
}

/* ------------------------------------------------------------------ plugging and unplugging */

uint32_t store_nr_plugged(const struct store *s)
{
	return s->nr_plugged;
}

uint8_t store_plugged(const struct store *s, uint32_t i)
{
	assert(i < s->nr_plugged);
	return s->plugged[i];
}

/* The node uses it from now on, and takes its size down (R202d). */
static void plug(const struct store *s, struct disk *d)
{
	d->plugged = true;
	d->lost = false;
	d->recorded = d->pages * BLOB_PAGE + disk_free_bytes(s, d);
}

bool store_plug(struct store *s, uint8_t disk)
{
	struct disk *d = disk_at(s, disk);

	if (d->plugged || s->nr_plugged == STORE_MAX_PLUGGED)
		return false;
	disk_erase(s, disk);
	plug(s, d);
	TELL(s, disk, disk);
	disks_arrange(s);
	return true;
}

bool store_unplug(struct store *s, uint8_t disk)
{
	struct disk *d = disk_at(s, disk);

	if (!d->plugged)
		return false;
	d->plugged = false;
	TELL(s, disk, disk);
	disks_arrange(s);
	return true;
}

void store_disk_lose(struct store *s, uint8_t disk)
{
	disk_erase(s, disk);
	disk_at(s, disk)->lost = true;
	TELL(s, disk, disk);
}

void store_open(struct store *s)
{
	for (uint32_t i = 0; i < s->nr_disks; i++) {
		struct disk *d = &s->disks[i];

		d->plugged = d->of_process;
		d->lost = d->lost && !d->plugged;
		if (d->plugged && !d->recorded)
			plug(s, d);
		TELL(s, disk, (uint8_t)(i + 1));
	}
	disks_arrange(s);
}
