/*
 * The disk model: time, queueing, errors.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "world/disk.h"

struct disk {
	uint32_t busy; /* operations that it serves now */
	TAILQ_HEAD(, disk_io) queue;
};

/* The next errors of a place's disks. */
struct disk_fault {
	uint64_t oid; /* 0: of any object */
	uint32_t error, count;
	LIST_ENTRY(disk_fault) link;
};

static void start(struct disk *d, struct disk_io *io)
{
	struct world *w = io->world;
	const struct universe_speed *speed = &w->universe->speed;
	uint64_t time = speed->disk_latency + w->disk_slow;

	if (io->kind != DISK_META)
		time += io->bytes * speed->disk_byte_ps / 1000;
	d->busy++;
	clock_add(&w->universe->clock, &io->event, world_now(w) + time);
}

/* The error that io meets, 0 if none; the first fault that fits is used up by one. */
static uint32_t take_fault(struct world *w, const struct disk_io *io)
{
	struct disk_fault *f;
	uint32_t error;

	LIST_FOREACH (f, &w->disk_faults, link)
		if (f->oid == 0 || f->oid == io->oid)
			break;
	if (!f)
		return 0;
	error = f->error;
	if (--f->count == 0) {
		LIST_REMOVE(f, link);
		free(f);
	}
	world_note(w, TRACE_DISK_ERROR, io->oid, error, 0, 0);
	return error;
}

static void forget(struct disk_io *io)
{
	struct world *w = io->world;

	assert(w->nr_ios > 0);
	w->nr_ios--;
	LIST_REMOVE(io, link);
	io->world = NULL;
}

/*
 * The disk has got to the end of io. That frees it for the next one even while the process is held;
 * only the process learns it later.
 */
static void served(struct clock_event *e)
{
	struct disk_io *io = container_of(e, struct disk_io, event), *next;
	struct world *w = io->world;
	struct disk *d = &w->disks[io->disk];

	if (!io->served) {
		io->served = true;
		assert(d->busy > 0);
		d->busy--;
		next = TAILQ_FIRST(&d->queue);
		if (next) {
			TAILQ_REMOVE(&d->queue, next, queue);
			start(d, next);
		}
	}
	if (world_defer(w, e))
		return;
	forget(io);
	io->done(io, take_fault(w, io));
}

void world_disk(struct world *w, struct disk_io *io)
{
	struct disk *d;

	assert(w->alive);
	assert(!io->world);
	assert(io->done);
	assert(io->disk < w->nr_disks);
	d = &w->disks[io->disk];
	io->world = w;
	io->served = false;
	io->event.run = served;
	LIST_INSERT_HEAD(&w->ios, io, link);
	w->nr_ios++;
	if (d->busy < w->universe->speed.disk_depth)
		start(d, io);
	else
		TAILQ_INSERT_TAIL(&d->queue, io, queue);
}

void disks_drop(struct world *w)
{
	struct disk_io *io;

	while ((io = LIST_FIRST(&w->ios))) {
		clock_remove(&w->universe->clock, &io->event);
		world_undefer(w, &io->event);
		forget(io);
	}
	for (uint32_t i = 0; i < w->nr_disks; i++) {
		w->disks[i].busy = 0;
		TAILQ_INIT(&w->disks[i].queue);
	}
}

void world_disks(struct world *w, uint32_t nr_disks)
{
	struct disk *disks;

	if (nr_disks <= w->nr_disks)
		return;
	disks = mem_array(nr_disks, sizeof *disks);
	for (uint32_t i = 0; i < nr_disks; i++) {
		TAILQ_INIT(&disks[i].queue);
		if (i < w->nr_disks) {
			disks[i].busy = w->disks[i].busy;
			TAILQ_CONCAT(&disks[i].queue, &w->disks[i].queue, queue);
		}
	}
	free(w->disks);
	w->disks = disks;
	w->nr_disks = nr_disks;
}

void disks_init(struct world *w, uint32_t nr_disks)
{
	w->disks = NULL;
	w->nr_disks = 0;
	world_disks(w, nr_disks);
	LIST_INIT(&w->disk_faults);
}

static void drop_faults(struct world *w, uint64_t oid)
{
	struct disk_fault *f, *next;

	for (f = LIST_FIRST(&w->disk_faults); f; f = next) {
		next = LIST_NEXT(f, link);
		if (f->oid == oid) {
			LIST_REMOVE(f, link);
			free(f);
		}
	}
}

void disks_free(struct world *w)
{
	assert(LIST_EMPTY(&w->ios));
	while (!LIST_EMPTY(&w->disk_faults))
		drop_faults(w, LIST_FIRST(&w->disk_faults)->oid);
	free(w->disks);
}

void world_disk_slow(struct world *w, uint64_t extra_ns)
{
	w->disk_slow = extra_ns;
	world_words(w, TRACE_FAULT, 0, 0, "disks slower by %llu ns", (unsigned long long)extra_ns);
}

void world_disk_fail(struct world *w, uint64_t oid_or_0, uint32_t error, uint32_t count)
{
	struct disk_fault *f;

	drop_faults(w, oid_or_0);
	if (count > 0) {
		assert(error != 0);
		f = mem_alloc(sizeof *f);
		f->oid = oid_or_0;
		f->error = error;
		f->count = count;
		LIST_INSERT_HEAD(&w->disk_faults, f, link);
	}
	world_words(w, TRACE_FAULT, 0, 0, "disks fail %u times with 0x%02x", count, error);
}

uint32_t world_pending_disk(const struct world *w)
{
	return w->nr_ios;
}
