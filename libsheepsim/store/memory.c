/*
 * The backend that keeps bytes in memory: sparse, copied when they change, shared between all
 * stores of the process. Nothing of it outlives the process.
 */
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

struct store *store_memory_copy(const struct store *from)
{
	struct store *s = store_alloc(&memory);

	store_take(s, from);
	return s;
}
