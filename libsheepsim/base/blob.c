#include "base/blob_pages.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A statistic of the process, the one thing here that blobs do not own: nothing depends on it. */
static uint64_t pages_memory;

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool bytes_zero(const uint8_t *p, uint64_t len)
{
	/* the first is zero and each equals the next: memcmp() is the fastest such loop */
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/* --- Pages --------------------------------------------------------------------------------- */

/* A page with the len bytes at src at its start, and zeros up to need. */
static struct page *page_new(const uint8_t *src, uint32_t len, uint32_t need)
{
	uint32_t cap = (need + 7) & ~7u;
	struct page *p = mem_resize(NULL, 1, sizeof(*p) + cap);

	assert(len <= need && need <= BLOB_PAGE);
	p->refs = 1;
	p->cap = cap;
	p->hash = 0;
	memcpy(p->data, src, len);
	memset(p->data + len, 0, cap - len);
	pages_memory += sizeof(*p) + cap;
	return p;
}

static struct page *page_ref(struct page *p)
{
	assert(p->refs > 0 && p->refs < UINT32_MAX);
	p->refs++;
	return p;
}

static void page_unref(struct page *p)
{
	assert(p->refs > 0);
	if (--p->refs > 0)
		return;
	pages_memory -= sizeof(*p) + p->cap;
	free(p);
}

uint64_t blob_memory(void)
{
	return pages_memory;
}

/* --- The table ----------------------------------------------------------------------------- */

static struct blob *table_new(uint64_t size, uint32_t cap)
{
	struct blob *b = mem_alloc(sizeof(*b) + cap * sizeof(b->slot[0]));

	assert(size / BLOB_PAGE < UINT32_MAX);
	b->size = size;
	b->refs = 1;
	b->cap = cap;
	return b;
}

/* The bytes of the page that lie inside the blob. */
static uint32_t page_need(const struct blob *b, uint32_t index)
{
	return (uint32_t)min_u64(b->size - (uint64_t)index * BLOB_PAGE, BLOB_PAGE);
}

/* The first slot whose page is index or later. */
static uint32_t slot_lower(const struct blob *b, uint64_t index)
{
	uint32_t lo = 0;
	uint32_t hi = b->nr;

	if (hi && b->slot[hi - 1].index < index) /* writing on at the end is the common case */
		return hi;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (b->slot[mid].index < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The slot of exactly this page, or NULL: the page is zeros. */
static const struct slot *slot_find(const struct blob *b, uint64_t index)
{
	uint32_t at = slot_lower(b, index);

	return at < b->nr && b->slot[at].index == index ? &b->slot[at] : NULL;
}

/*
 * Takes del slots out of an owned table and makes room for add slots there, which the caller fills.
 * The table may move.
 */
static struct blob *table_splice(struct blob *b, uint32_t at, uint32_t del, uint32_t add)
{
	uint32_t nr = b->nr - del + add;

	assert(b->refs == 1 && at + del <= b->nr);
	for (uint32_t i = at; i < at + del; i++)
		page_unref(b->slot[i].page);
	if (nr > b->cap) {
		/* a table that grows once (a slice, a first write) gets just what it needs */
		b->cap = b->nr ? nr + nr / 2 : nr;
		b = mem_resize(b, 1, sizeof(*b) + b->cap * sizeof(b->slot[0]));
	}
	memmove(&b->slot[at + add], &b->slot[at + del], (b->nr - at - del) * sizeof(b->slot[0]));
	b->nr = nr;
	return b;
}

/* A blob that the caller may change: b itself, or a copy of its table if somebody shares it. */
static struct blob *own(struct blob *b)
{
	struct blob *copy;

	if (b->refs == 1) {
		b->digest_known = false;
		b->sha1_known = false;
		return b;
	}
	copy = table_new(b->size, b->nr);
	copy->nr = b->nr;
	for (uint32_t i = 0; i < b->nr; i++) {
		copy->slot[i].index = b->slot[i].index;
		copy->slot[i].page = page_ref(b->slot[i].page);
	}
	blob_unref(b);
	return copy;
}

/* Makes the page in this slot one that only this blob has and that is large enough for it. */
static struct page *page_edit(struct blob *b, uint32_t at)
{
	struct page *p = b->slot[at].page;
	uint32_t need = page_need(b, b->slot[at].index);

	if (p->refs > 1 || p->cap < need) {
		b->slot[at].page = page_new(p->data, p->cap < need ? p->cap : need, need);
		page_unref(p);
		p = b->slot[at].page;
	}
	p->hash = 0;
	return p;
}

/*
 * Puts n bytes (src NULL: zeros) into one page of an owned blob, at offset. The table may move.
 */
static struct blob *put_bytes(struct blob *b, uint64_t offset, const uint8_t *src, uint32_t n)
{
	uint32_t index = (uint32_t)(offset / BLOB_PAGE);
	uint32_t start = offset % BLOB_PAGE;
	uint32_t need = page_need(b, index);
	uint32_t at = slot_lower(b, index);
	bool there = at < b->nr && b->slot[at].index == index;
	bool zero = !src || bytes_zero(src, n);
	struct page *p;

	assert(offset < b->size && start + n <= need);
	if (zero && (!there || n == need))
		return there ? table_splice(b, at, 1, 0) : b;
	if (!there || (n == need && b->slot[at].page->refs > 1)) {
		/* nothing to keep of what was there */
		p = page_new(src, 0, need);
		b = table_splice(b, at, there, 1);
		b->slot[at] = (struct slot){.page = p, .index = index};
	} else {
		p = page_edit(b, at);
	}
	if (src)
		memcpy(p->data + start, src, n);
	else
		memset(p->data + start, 0, n);
	if (zero && bytes_zero(p->data, p->cap))
		b = table_splice(b, at, 1, 0);
	return b;
}

/* Makes n pages of an owned dst, from page `first` on, the same as those of src from src_first. */
static struct blob *share_pages(struct blob *dst, uint64_t first, const struct blob *src,
				uint64_t src_first, uint64_t n)
{
	uint32_t at = slot_lower(dst, first);
	uint32_t del = slot_lower(dst, first + n) - at;
	uint32_t from = slot_lower(src, src_first);
	uint32_t add = slot_lower(src, src_first + n) - from;

	dst = table_splice(dst, at, del, add);
	for (uint32_t i = 0; i < add; i++) {
		const struct slot *s = &src->slot[from + i];

		dst->slot[at + i].index = (uint32_t)(s->index - src_first + first);
		dst->slot[at + i].page = page_ref(s->page);
	}
	return dst;
}

/*
 * Puts len bytes of src, from src_offset on, into an owned dst; both ranges lie inside. Whole pages
 * are shared if both offsets are at the start of one, and so is the last, partial page if both
 * blobs end with it.
 */
static struct blob *paste(struct blob *dst, uint64_t offset, const struct blob *src,
			  uint64_t src_offset, uint64_t len)
{
	uint64_t done = 0;

	assert(dst != src);
	if (offset % BLOB_PAGE == 0 && src_offset % BLOB_PAGE == 0) {
		bool ends = offset + len == dst->size && src_offset + len == src->size;
		uint64_t n = (len + (ends ? BLOB_PAGE - 1 : 0)) / BLOB_PAGE;

		dst = share_pages(dst, offset / BLOB_PAGE, src, src_offset / BLOB_PAGE, n);
		done = min_u64(n * BLOB_PAGE, len);
	}
	while (done < len) {
		uint64_t to = offset + done;
		uint64_t from = src_offset + done;
		uint64_t n = min_u64(BLOB_PAGE - to % BLOB_PAGE, BLOB_PAGE - from % BLOB_PAGE);
		const struct slot *s = slot_find(src, from / BLOB_PAGE);

		n = min_u64(n, len - done);
		dst = put_bytes(dst, to, s ? s->page->data + from % BLOB_PAGE : NULL, (uint32_t)n);
		done += n;
	}
	return dst;
}

/* --- The contract -------------------------------------------------------------------------- */

struct blob *blob_zero(uint64_t size)
{
	return table_new(size, 0);
}

struct blob *blob_new(const void *data, uint64_t len)
{
	/* most are messages of one page: header and table are then one allocation */
	return blob_write(table_new(len, len > 0), 0, data, len);
}

struct blob *blob_ref(struct blob *b)
{
	assert(b->refs > 0 && b->refs < UINT32_MAX);
	b->refs++;
	return b;
}

void blob_unref(struct blob *b)
{
	if (!b)
		return;
	assert(b->refs > 0);
	if (--b->refs > 0)
		return;
	for (uint32_t i = 0; i < b->nr; i++)
		page_unref(b->slot[i].page);
	free(b);
}

uint64_t blob_size(const struct blob *b)
{
	return b ? b->size : 0;
}

uint64_t blob_nr_pages(const struct blob *b)
{
	return b ? b->nr : 0;
}

void blob_read(const struct blob *b, uint64_t offset, void *dst, uint64_t len)
{
	uint64_t inside = offset < blob_size(b) ? min_u64(len, b->size - offset) : 0;
	uint64_t end = offset + inside;
	uint64_t done = offset;
	uint8_t *out = dst;

	for (uint32_t i = inside ? slot_lower(b, offset / BLOB_PAGE) : 0; inside && i < b->nr;
	     i++) {
		uint64_t start = (uint64_t)b->slot[i].index * BLOB_PAGE;
		uint64_t from = start > offset ? start : offset;
		uint64_t to = min_u64(start + BLOB_PAGE, end);

		if (from >= end)
			break;
		memset(out + (done - offset), 0, from - done);
		memcpy(out + (from - offset), b->slot[i].page->data + (from - start), to - from);
		done = to;
	}
	if (len)
		memset(out + (done - offset), 0, len - (done - offset));
}

struct blob *blob_slice(struct blob *b, uint64_t offset, uint64_t len)
{
	uint64_t size = blob_size(b);

	if (b && offset == 0 && len == size)
		return blob_ref(b);
	if (offset >= size)
		return blob_zero(len);
	return paste(blob_zero(len), 0, b, offset, min_u64(len, size - offset));
}

struct blob *blob_overlay(struct blob *b, uint64_t offset, struct blob *patch)
{
	uint64_t len;

	if (offset >= b->size || blob_size(patch) == 0)
		return b;
	if (offset == 0 && patch->size == b->size) {
		blob_ref(patch);
		blob_unref(b);
		return patch;
	}
	assert(b != patch || b->refs > 1);
	len = min_u64(patch->size, b->size - offset);
	return paste(own(b), offset, patch, 0, len);
}

struct blob *blob_write(struct blob *b, uint64_t offset, const void *src, uint64_t len)
{
	const uint8_t *bytes = src;

	if (offset >= b->size || len == 0)
		return b;
	len = min_u64(len, b->size - offset);
	b = own(b);
	for (uint64_t done = 0, n; done < len; done += n) {
		uint64_t to = offset + done;

		n = min_u64(BLOB_PAGE - to % BLOB_PAGE, len - done);
		b = put_bytes(b, to, bytes + done, (uint32_t)n);
	}
	return b;
}

struct blob *blob_resize(struct blob *b, uint64_t size)
{
	uint64_t old = b->size;
	uint32_t tail;

	if (size == old)
		return b;
	assert(size / BLOB_PAGE < UINT32_MAX);
	b = own(b);
	if (size < old) {
		uint32_t at = slot_lower(b, (size + BLOB_PAGE - 1) / BLOB_PAGE);

		b = table_splice(b, at, b->nr - at, 0);
		if (size % BLOB_PAGE) {
			uint64_t rest = min_u64(BLOB_PAGE - size % BLOB_PAGE, old - size);

			b = put_bytes(b, size, NULL, (uint32_t)rest);
		}
		b->size = size;
		return b;
	}
	b->size = size;
	tail = slot_lower(b, old / BLOB_PAGE);
	if (tail < b->nr && b->slot[tail].page->cap < page_need(b, b->slot[tail].index))
		page_edit(b, tail);
	return b;
}

bool blob_equal(const struct blob *a, const struct blob *b)
{
	if (a == b)
		return true;
	if (a->size != b->size || a->nr != b->nr)
		return false;
	for (uint32_t i = 0; i < a->nr; i++) {
		const struct slot *s = &a->slot[i];
		const struct slot *t = &b->slot[i];

		if (s->index != t->index)
			return false;
		if (s->page != t->page &&
		    memcmp(s->page->data, t->page->data, page_need(a, s->index)) != 0)
			return false;
	}
	return true;
}

bool blob_is_zero(const struct blob *b, uint64_t offset, uint64_t len)
{
	uint64_t end;

	if (offset >= blob_size(b))
		return true;
	end = offset + min_u64(len, b->size - offset);
	for (uint32_t i = slot_lower(b, offset / BLOB_PAGE); i < b->nr; i++) {
		uint64_t start = (uint64_t)b->slot[i].index * BLOB_PAGE;
		uint64_t from = start > offset ? start : offset;
		uint64_t to = min_u64(start + BLOB_PAGE, end);

		if (from >= end)
			break;
		if (!bytes_zero(b->slot[i].page->data + (from - start), to - from))
			return false;
	}
	return true;
}

/*
 * A short last page is how this blob stores it, not what it holds: once somebody wants to see whole
 * pages, it gets a longer one. The content stays the same, also for those who share the page.
 */
static const uint8_t *whole_page(const struct blob *b, uint32_t at)
{
	struct slot *s = (struct slot *)(uintptr_t)&b->slot[at];

	if (s->page->cap < BLOB_PAGE) {
		struct page *whole = page_new(s->page->data, s->page->cap, BLOB_PAGE);

		page_unref(s->page);
		s->page = whole;
	}
	return s->page->data;
}

bool blob_next_page(const struct blob *b, uint64_t *offset, const uint8_t **page)
{
	uint32_t at;

	if (*offset >= blob_size(b))
		return false;
	at = slot_lower(b, *offset / BLOB_PAGE);
	if (at == b->nr)
		return false;
	*offset = (uint64_t)b->slot[at].index * BLOB_PAGE;
	*page = whole_page(b, at);
	return true;
}
