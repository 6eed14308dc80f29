/*
 * The disk model: time, queueing, errors.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "world/disk.h"

/* A system call that only copies. */
#define CACHE_TIME (10 * NSEC_PER_USEC)

struct disk {
	uint32_t busy; /* operations that it serves now */
	TAILQ_HEAD(, disk_io) queue;
};

/* The next errors of a place's disks. */
struct disk_fault {
	enum disk_use use;
	uint64_t oid; /* 0: of any object */
	int error;
	uint32_t count;
	LIST_ENTRY(disk_fault) link;
};

static const char *const uses[NR_DISK_USES] = {
	[DISK_OBJECTS] = "objects",
	[DISK_JOURNAL] = "journal",
	[DISK_CONFIG] = "config",
	[DISK_LOGS] = "logs",
};

static const struct {
	const char *name;
	int number;
} errors[] = {
	{"EIO", EIO},	    {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EMFILE", EMFILE},
	{"ENFILE", ENFILE}, {"EINTR", EINTR},	{"EEXIST", EEXIST}, {"ENOENT", ENOENT},
	{"EACCES", EACCES}, {"EROFS", EROFS},
};

const char *disk_use_name(enum disk_use use)
{
	assert(use < NR_DISK_USES);
	return uses[use];
}

const char *disk_error_name(int error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		if (errors[i].number == error)
			return errors[i].name;
	}
	return NULL;
}

int disk_error_number(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	}
	return 0;
}

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

/* The error that is met, 0 if none; the first fault that fits is used up by one. */
static int take_fault(struct world *w, enum disk_use use, uint64_t oid)
{
	struct disk_fault *f;
	int error;

	LIST_FOREACH (f, &w->disk_faults, link)
		if (f->use == use && (f->oid == 0 || f->oid == oid))
			break;
	if (!f)
		return 0;
	error = f->error;
	if (--f->count == 0) {
		LIST_REMOVE(f, link);
		free(f);
	}
	world_words(w, TRACE_DISK_ERROR, oid, 0, "%s %s", disk_error_name(error),
		    disk_use_name(use));
	return error;
}

int world_disk_error(struct world *w, enum disk_use use)
{
	return take_fault(w, use, 0);
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
	io->done(io, take_fault(w, io->use, io->oid));
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
	if (io->kind == DISK_CACHED) {
		io->served = true;
		clock_add(&w->universe->clock, &io->event, world_now(w) + CACHE_TIME);
		return;
	}
	if (d->busy < w->universe->speed.disk_depth)
		start(d, io);
	else
		TAILQ_INSERT_TAIL(&d->queue, io, queue);
}

void world_tear(struct world *w)
{
	struct disk_io *io;

	LIST_FOREACH (io, &w->ios, link) {
		/* those that wait in the queue of their disk have not begun */
		if (io->torn && (io->served || clock_queued(&io->event)))
			io->torn(io);
	}
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

static void drop_faults(struct world *w, enum disk_use use, uint64_t oid)
{
	struct disk_fault *f, *next;

	for (f = LIST_FIRST(&w->disk_faults); f; f = next) {
		next = LIST_NEXT(f, link);
		if (f->use == use && f->oid == oid) {
			LIST_REMOVE(f, link);
			free(f);
		}
	}
}

void disks_free(struct world *w)
{
	struct disk_fault *f;

	assert(LIST_EMPTY(&w->ios));
	while ((f = LIST_FIRST(&w->disk_faults)))
		drop_faults(w, f->use, f->oid);
	free(w->disks);
}

void world_disk_slow(struct world *w, uint64_t extra_ns)
{
	w->disk_slow = extra_ns;
	world_words(w, TRACE_FAULT, 0, 0, "disks slower by %llu ns", (unsigned long long)extra_ns);
}

void world_disk_fail(struct world *w, enum disk_use use, uint64_t oid_or_0, int error,
		     uint32_t count)
{
	struct disk_fault *f;

	drop_faults(w, use, oid_or_0);
	if (count > 0) {
		assert(disk_error_name(error));
		f = mem_alloc(sizeof *f);
		f->use = use;
		f->oid = oid_or_0;
		f->error = error;
		f->count = count;
		LIST_INSERT_HEAD(&w->disk_faults, f, link);
	}
	world_words(w, TRACE_FAULT, 0, 0, "disks fail %u times with %s (%s)", count,
		    error ? disk_error_name(error) : "nothing", disk_use_name(use));
}

uint32_t world_pending_disk(const struct world *w)
{
	return w->nr_ios;
}
