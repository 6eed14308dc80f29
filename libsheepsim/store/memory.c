/*
 * The backend that keeps bytes in memory: sparse, copied when they change, shared between all
 * stores of the process. Nothing of it outlives the process.
 */
#include <stdlib.h>
#include <uthash.h>

#include "base/mem.h"
#include "store/inside.h"

static void create(struct store *s, uint64_t oid, struct file *f, struct blob *content)
{
	(void)s;
	(void)oid;
	f->content = blob_ref(content);
}

static void write_file(struct store *s, struct file *f, uint64_t offset, struct blob *data)
{
	(void)s;
	/* nobody else's as long as nobody reads it: written in place */
	f->content = blob_overlay(f->content, offset, data);
}

static void drop(struct store *s, struct file *f)
{
	(void)s;
	blob_unref(f->content);
}

static struct blob *read_file(const struct store *s, const struct file *f, uint64_t offset,
			      uint64_t len)
{
	(void)s;
	return blob_slice(f->content, offset, len);
}

static uint64_t length(const struct store *s, const struct file *f)
{
	(void)s;
	return blob_size(f->content);
}

static const struct backend memory = {
	.create = create,
	.write = write_file,
	.drop = drop,
	.forget = drop,
	.read = read_file,
	.length = length,
};

struct store *store_memory_new(const struct store_disk_config *disks, uint32_t nr)
{
	struct store *s = store_alloc(&memory);

	disks_take(s, disks, nr);
	return s;
}

/* ------------------------------------------------------------------ copies */

struct known {
	uint64_t digest; /* the key */
	struct blob *content;
	UT_hash_handle hh;
};

struct contents {
	struct known *table;
};

struct contents *contents_new(void)
{
	return mem_alloc(sizeof(struct contents));
}

void contents_free(struct contents *known)
{
	struct known *k, *next;

	HASH_ITER (hh, known->table, k, next) {
		HASH_DEL(known->table, k);
		blob_unref(k->content);
		free(k);
	}
	free(known);
}

/* The content, or an equal one that is known; takes the reference, gives one. */
static struct blob *share(struct contents *known, struct blob *content)
{
	uint64_t digest = blob_digest(content);
	struct known *k;

	HASH_FIND(hh, known->table, &digest, sizeof(digest), k);
	if (k && blob_equal(k->content, content)) {
		blob_unref(content);
		return blob_ref(k->content);
	}
	if (!k) {
		k = mem_alloc(sizeof(*k));
		k->digest = digest;
		k->content = blob_ref(content);
		HASH_ADD(hh, known->table, digest, sizeof(k->digest), k);
	}
	return content;
}

static void share_one(void *arg, struct file *f)
{
	f->content = share(arg, f->content);
}

struct store *store_memory_copy(const struct store *from, struct contents *known)
{
	struct store *s = store_alloc(&memory);

	store_take(s, from);
	if (known)
		store_each_file(s, share_one, known);
	return s;
}
