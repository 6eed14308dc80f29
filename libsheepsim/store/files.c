/* What files take of their disk. */
#include "store/inside.h"
#include "base/mem.h"

#include <stdlib.h>
#include <sheepsim/wire/object.h>

static bool is_sparse(uint64_t oid)
{
	return sd_oid_is_inode(oid);
}

/* ------------------------------------------------------------------ files */

struct file *file_alloc(uint64_t oid)
{
	struct sparse_file *sparse;

	if (!is_sparse(oid))
		return mem_alloc(sizeof(struct file));
	sparse = mem_alloc(sizeof(*sparse));
	return &sparse->file;
}

static struct extents *extents_of(struct file *f)
{
	return &container_of(f, struct sparse_file, file)->extents;
}

void file_free(uint64_t oid, struct file *f)
{
	if (!is_sparse(oid)) {
		free(f);
		return;
	}
	extents_free(extents_of(f));
	free(container_of(f, struct sparse_file, file));
}

struct extents *file_extents(uint64_t oid, struct file *f)
{
	return is_sparse(oid) ? extents_of(f) : NULL;
}

/* ------------------------------------------------------------------ pages */

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

uint32_t file_pages_of_new(uint64_t oid, const struct blob *content)
{
	struct span s;

	if (!is_sparse(oid))
		return pages_of(blob_size(content));
	s = span_of_new(content);
	return s.end - s.first;
}

void file_take_new(uint64_t oid, struct file *f, const struct blob *content)
{
	struct span s;

	f->pages = file_pages_of_new(oid, content);
	if (!is_sparse(oid) || !f->pages)
		return;
	s = span_of_new(content);
	extents_add(extents_of(f), s.first, s.end);
}

uint32_t file_pages_to_add(uint64_t oid, struct file *f, uint64_t offset, const struct blob *data)
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

void file_take_more(uint64_t oid, struct file *f, uint64_t offset, const struct blob *data)
{
	struct span s;

	f->pages += file_pages_to_add(oid, f, offset, data);
	if (!is_sparse(oid))
		return;
	s = span_of(data, offset);
	extents_add(extents_of(f), s.first, s.end);
}
