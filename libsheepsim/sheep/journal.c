/*
 * The journal of a node (R713): what is to be done to objects is appended to one of two files
 * first, and synced there; so the objects themselves need not be synced. When a file is full the
 * other one is taken, and the full one is flushed in the background: all objects are synced, and it
 * is empty again. Until then, who finds both full waits.
 *
 * After a crash the next process does again what the files tell (journal_open), the older file
 * first. What sheep does wrong there is R921.
 */
#include <assert.h>
#include <stdlib.h>

#include "sheep/disks.h"
#include "sheep/journal.h"
#include "world/universe.h"

#define NONE STORE_JOURNALS

struct journal {
	struct sheep *sheep;
	uint64_t file_bytes; /* that one may have */
	uint32_t current;
	uint32_t flushing; /* the full one, NONE: there is none */
	uint64_t taken;	   /* bytes of the current one, with those under way */
	uint32_t appending;
	struct work flush;
	struct disk_io sync;
	uint32_t sync_disk; /* the i-th plugged one, which is synced now */
	uint64_t sync_bytes;
	TAILQ_HEAD(, append) waiting; /* for room */
};

static void note(struct journal *j, const char *what, uint32_t file)
{
	struct sheep *s = j->sheep;

	world_words(s->world, TRACE_JOURNAL, store_journal_entries(s->store, file),
		    store_journal_bytes(s->store, file), "%s file %u", what, file);
}

/* ------------------------------------------------------------------ the end of it */

static void append_next(struct append *a)
{
	a->next(a);
}

static void clear_files(struct sheep *s)
{
	for (uint32_t i = 0; i < STORE_JOURNALS; i++)
		store_journal_clear(s->store, i);
}

/* Everything is synced from now on, unless nothing is. */
static void stop(struct journal *j)
{
	struct sheep *s = j->sheep;

	store_flush(s->store);
	store_defer(s->store, s->options.nosync);
	clear_files(s);
}

/* A failing append: for good. Its files go, as what they tell will not be the last word any more.
 */
static void switch_off(struct journal *j, int error)
{
	struct sheep *s = j->sheep;
	struct append *a;

	if (!s->journal)
		return;
	world_words(s->world, TRACE_ALERT, 0, node_epoch(s), "the journal is off: %s",
		    disk_error_name(error));
	s->journal = NULL;
	stop(j);
	while ((a = TAILQ_FIRST(&j->waiting))) {
		TAILQ_REMOVE(&j->waiting, a, link);
		append_next(a);
	}
}

void journal_empty(struct sheep *s)
{
	if (!s->journal)
		return;
	assert(s->journal->appending == 0 && s->journal->flushing == NONE);
	store_flush(s->store);
	clear_files(s);
	s->journal->taken = 0;
}

void journal_close(struct sheep *s)
{
	if (s->journal)
		stop(s->journal);
}

void journal_free(struct sheep *s)
{
	free(s->journal_memory);
}

/* ------------------------------------------------------------------ flushing */

static void resume(struct journal *j);

static void sync_next(struct journal *j)
{
	struct sheep *s = j->sheep;
	uint32_t nr = store_nr_plugged(s->store);

	if (j->sync_disk < nr) {
		j->sync.disk = store_plugged(s->store, j->sync_disk) - 1u;
		j->sync.bytes = j->sync_bytes / nr;
		world_disk(s->world, &j->sync);
		return;
	}
	store_flush(s->store);
	store_journal_clear(s->store, j->flushing);
	note(j, "flushed", j->flushing);
	j->flushing = NONE;
	work_end(&j->flush);
	resume(j);
}

static void synced(struct disk_io *io, int error)
{
	struct journal *j = container_of(io, struct journal, sync);

	(void)error; /* what is wrong with the disk shows when it is read or written */
	if (j->sheep->ended)
		return;
	if (j->sheep->journal != j) {
		work_end(&j->flush);
		return;
	}
	j->sync_disk++;
	sync_next(j);
}

static void flush_run(struct work *w)
{
	struct journal *j = container_of(w, struct journal, flush);

	j->sync = (struct disk_io){.done = synced, .kind = DISK_WRITE};
	j->sync_disk = 0;
	j->sync_bytes = store_unflushed(j->sheep->store);
	sync_next(j);
}

/* ------------------------------------------------------------------ appending */

static void appended(struct disk_io *io, int error)
{
	struct append *a = container_of(io, struct append, io);
	struct sheep *s = a->sheep;

	if (s->ended)
		return;
	if (s->journal) {
		s->journal->appending--;
		if (error)
			switch_off(s->journal, error);
		else
			store_journal_append(s->store, a->file, &a->entry);
	}
	append_next(a);
	if (s->journal && s->journal->appending == 0)
		resume(s->journal);
}

/* The process ends while the entry is being written: it is not complete. */
static void append_torn(struct disk_io *io)
{
	struct append *a = container_of(io, struct append, io);

	a->entry.complete = false;
	store_journal_append(a->sheep->store, a->file, &a->entry);
}

static bool has_room(const struct journal *j, uint64_t bytes)
{
	return j->taken + bytes <= j->file_bytes || j->taken == 0;
}

/* The full file is left when nothing is being written to it any more. */
static bool change_file(struct journal *j)
{
	if (j->flushing != NONE || j->appending > 0)
		return false;
	note(j, "full:", j->current);
	j->flushing = j->current;
	j->current = 1 - j->current;
	j->taken = 0;
	work_start(j->sheep, QUEUE_JOURNAL, &j->flush, flush_run);
	return true;
}

static void append_begin(struct journal *j, struct append *a)
{
	a->file = j->current;
	a->io = (struct disk_io){
		.done = appended,
		.torn = append_torn,
		.kind = DISK_WRITE,
		.use = DISK_JOURNAL,
		.bytes = store_journal_size_of(&a->entry),
		.oid = a->entry.oid,
		.disk = JOURNAL_DEVICE,
	};
	j->taken += a->io.bytes;
	j->appending++;
	world_disk(j->sheep->world, &a->io);
}

/* Those that wait go on, in order, as far as there is room. */
static void resume(struct journal *j)
{
	struct append *a;

	while (j->sheep->journal == j && (a = TAILQ_FIRST(&j->waiting))) {
		if (!has_room(j, store_journal_size_of(&a->entry)) && !change_file(j))
			return;
		TAILQ_REMOVE(&j->waiting, a, link);
		append_begin(j, a);
	}
}

void journal_append(struct sheep *s, struct append *a)
{
	assert(s->journal);
	a->sheep = s;
	a->entry.complete = true;
	TAILQ_INSERT_TAIL(&s->journal->waiting, a, link);
	resume(s->journal);
}

/* ------------------------------------------------------------------ replay */

struct replay {
	struct sheep *sheep;
	uint32_t nr;
	uint64_t missing; /* object that is to be patched, and is not there */
	bool failed;
};

/*
 * Where an entry's object is. The journal does not say which strip it is about, so strips are taken
 * for whole objects, under a name that no strip has (R921).
 */
static struct store_key replay_key(const struct replay *r, const struct journal_entry *e)
{
	struct store_key k = {.oid = e->oid};

	if (e->coded)
		k.ec_index = quirk(r->sheep, QUIRK_PLAIN_STRIPS) ? PLAIN_STRIP : e->ec_index;
	return k;
}

static bool replay_write(struct replay *r, struct store_key k, const struct journal_entry *e)
{
	if (store_has(r->sheep->store, k)) {
		store_write(r->sheep->store, k, e->offset, e->data);
		return true;
	}
	if (!quirk(r->sheep, QUIRK_REPLAY_ABORTS))
		return true;
	r->failed = true;
	r->missing = e->oid;
	return false;
}

static bool replay_one(void *arg, const struct journal_entry *e)
{
	struct replay *r = arg;
	struct store_key k = replay_key(r, e);
	struct blob *content;

	if (!e->complete)
		return true;
	r->nr++;
	switch (e->op) {
	case JOURNAL_WRITE:
		return replay_write(r, k, e);
	case JOURNAL_CREATE:
		content = blob_overlay(blob_zero(e->size), e->offset, e->data);
		store_put(r->sheep->store, k, content);
		blob_unref(content);
		return true;
	case JOURNAL_REMOVE:
		store_delete(r->sheep->store, k);
		return true;
	}
	return true;
}

static bool replay(struct sheep *s)
{
	struct replay r = {.sheep = s};
	uint32_t older = store_journal_older(s->store);

	for (uint32_t i = 0; i < STORE_JOURNALS && !r.failed; i++)
		store_journal_each(s->store, (older + i) % STORE_JOURNALS, replay_one, &r);
	if (r.failed) {
		node_exit(s, 1, "journal: object %016llx is not there",
			  (unsigned long long)r.missing);
		return false;
	}
	if (r.nr)
		world_words(s->world, TRACE_JOURNAL, r.nr, 0, "replayed");
	return true;
}

bool journal_open(struct sheep *s)
{
	struct journal *j;

	if (!s->options.journal || node_is_gateway(s)) {
		store_defer(s->store, s->options.nosync);
		return true;
	}
	store_defer(s->store, false);
	if (!replay(s))
		return false;
	j = mem_alloc(sizeof(*j));
	j->sheep = s;
	j->file_bytes = s->options.journal / STORE_JOURNALS;
	j->flushing = NONE;
	TAILQ_INIT(&j->waiting);
	clear_files(s);
	world_disks(s->world, JOURNAL_DEVICE + 1);
	store_defer(s->store, true);
	s->journal = j;
	s->journal_memory = j;
	return true;
}
