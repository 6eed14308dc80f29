/*
 * Writes and creates that have not reached the disk yet (R712): what was there before them, so that
 * a power cut can bring it back. In memory only: a cluster in a file has what its disks had in
 * their caches, too.
 */
#include "store/inside.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

/* Older ones reach the disk when there is more than so much: the kernel does not wait for ever. */
#define UNSYNCED_MAX (UINT64_C(64) << 20)

struct unsynced {
	struct store_key key;
	bool created;	  /* else written */
	uint64_t offset;  /* written from here on */
	struct blob *old; /* what was there; created: NULL if there was none */
	uint64_t bytes;	  /* of the new */
	TAILQ_ENTRY(unsynced) link;
};

static void forget(struct store *s, struct unsynced *u)
{
	TAILQ_REMOVE(&s->unsynced, u, link);
	s->unsynced_bytes -= u->bytes;
	blob_unref(u->old);
	free(u);
}

void store_defer(struct store *s, bool defer)
{
	s->defers = defer;
	if (!defer)
		store_flush(s);
}

void store_flush(struct store *s)
{
	struct unsynced *u;

	while ((u = TAILQ_FIRST(&s->unsynced)))
		forget(s, u);
}

uint64_t store_unflushed(const struct store *s)
{
	return s->unsynced_bytes;
}

static void note(struct store *s, const struct unsynced *u)
{
	struct unsynced *copy = mem_alloc(sizeof(*copy));

	*copy = *u;
	TAILQ_INSERT_TAIL(&s->unsynced, copy, link);
	s->unsynced_bytes += u->bytes;
	while (s->unsynced_bytes > UNSYNCED_MAX && TAILQ_FIRST(&s->unsynced) != copy)
		forget(s, TAILQ_FIRST(&s->unsynced));
}

void unsynced_write(struct store *s, struct store_key k, const struct file *f, uint64_t offset,
		    uint64_t len)
{
	if (s->defers)
		note(s, &(struct unsynced){.key = k,
					   .offset = offset,
					   .old = s->backend->read(s, f, offset, len),
					   .bytes = len});
}

void unsynced_create(struct store *s, struct store_key k, const struct file *old, uint64_t len)
{
	struct blob *content = NULL;

	if (!s->defers)
		return;
	if (old)
		content = s->backend->read(s, old, 0, s->backend->length(s, old));
	note(s, &(struct unsynced){.key = k, .created = true, .old = content, .bytes = len});
}

void unsynced_forget(struct store *s, struct store_key k)
{
	struct unsynced *u, *next;

	for (u = TAILQ_FIRST(&s->unsynced); u; u = next) {
		next = TAILQ_NEXT(u, link);
		if (u->key.oid == k.oid && u->key.ec_index == k.ec_index && u->key.disk == k.disk)
			forget(s, u);
	}
}

/* ------------------------------------------------------------------ the power is cut */

/* Takes a write back, but for the pages that have reached the disk. */
static void undo_write(struct store *s, const struct unsynced *u,
		       bool (*keeps)(void *arg, uint64_t oid, uint64_t n), void *arg)
{
	uint64_t end = u->offset + blob_size(u->old);
	uint64_t at = u->offset;

	while (at < end && store_has(s, u->key)) {
		uint64_t next = (at / BLOB_PAGE + 1) * BLOB_PAGE;
		uint64_t len = (next < end ? next : end) - at;
		struct blob *part = blob_slice(u->old, at - u->offset, len);

		if (!keeps(arg, u->key.oid, at / BLOB_PAGE))
			store_write(s, u->key, at, part);
		blob_unref(part);
		at += len;
	}
}

static void undo_create(struct store *s, const struct unsynced *u)
{
	if (u->old)
		store_put(s, u->key, u->old);
	else
		store_delete(s, u->key);
}

uint32_t store_power_cut(struct store *s, bool (*keeps)(void *arg, uint64_t oid, uint64_t n),
			 void *arg)
{
	struct unsynced *u;
	uint32_t nr = 0;

	s->defers = false;
	while ((u = TAILQ_LAST(&s->unsynced, unsynced_list))) {
		/* out of the list first: what undoing does to the object is no concern of it */
		TAILQ_REMOVE(&s->unsynced, u, link);
		if (!u->created)
			undo_write(s, u, keeps, arg);
		else if (!keeps(arg, u->key.oid, UINT64_MAX))
			undo_create(s, u);
		TAILQ_INSERT_TAIL(&s->unsynced, u, link);
		forget(s, u);
		nr++;
	}
	return nr;
}
