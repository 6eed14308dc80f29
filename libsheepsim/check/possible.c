#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check/possible.h"

void write_unref(struct write *w)
{
	assert(w->refs > 0);
	if (--w->refs > 0)
		return;
	blob_unref(w->data);
	free(w);
}

/* ------------------------------------------------------------------ segments */

static void segment_add(struct segment *s, struct write *w)
{
	s->writes = mem_resize(s->writes, s->nr + 1, sizeof(*s->writes));
	s->writes[s->nr++] = w;
	w->refs++;
}

static void segment_drop(struct segment *s, unsigned i)
{
	write_unref(s->writes[i]);
	memmove(&s->writes[i], &s->writes[i + 1], (s->nr - i - 1) * sizeof(*s->writes));
	s->nr--;
}

static void segment_clear(struct segment *s)
{
	while (s->nr)
		segment_drop(s, s->nr - 1);
	free(s->writes);
	s->writes = NULL;
}

static struct segment segment_copy(const struct segment *s)
{
	struct segment copy = {.from = s->from, .to = s->to, .base = s->base};

	for (unsigned i = 0; i < s->nr; i++)
		segment_add(&copy, s->writes[i]);
	return copy;
}

static bool segment_has(const struct segment *s, const struct write *w)
{
	for (unsigned i = 0; i < s->nr; i++)
		if (s->writes[i] == w)
			return true;
	return false;
}

static bool segment_is_over(const struct segment *s)
{
	for (unsigned i = 0; i < s->nr; i++)
		if (!s->writes[i]->ended)
			return false;
	return true;
}

static void insert_segment(struct chunk *k, unsigned at, struct segment s)
{
	k->unsure = mem_resize(k->unsure, k->nr_unsure + 1, sizeof *k->unsure);
	memmove(&k->unsure[at + 1], &k->unsure[at], (k->nr_unsure - at) * sizeof *k->unsure);
	k->unsure[at] = s;
	k->nr_unsure++;
}

static void remove_segment(struct chunk *k, unsigned at)
{
	segment_clear(&k->unsure[at]);
	memmove(&k->unsure[at], &k->unsure[at + 1], (k->nr_unsure - at - 1) * sizeof *k->unsure);
	k->nr_unsure--;
}

/* Makes a border of segments at this offset, if one lies across it. */
static void cut_segments(struct chunk *k, uint32_t at)
{
	for (unsigned i = 0; i < k->nr_unsure; i++) {
		struct segment *s = &k->unsure[i], rest;

		if (s->from >= at || s->to <= at)
			continue;
		rest = segment_copy(s);
		rest.from = at;
		s->to = at;
		insert_segment(k, i + 1, rest);
		return;
	}
}

/* ------------------------------------------------------------------ chunks */

static struct chunk *find_chunk(const struct possible *c, uint64_t index)
{
	struct chunk *k = NULL;

	HASH_FIND(hh, c->chunks, &index, sizeof index, k);
	return k;
}

static struct chunk *get_chunk(struct possible *c, uint64_t index)
{
	struct chunk *k = find_chunk(c, index);

	if (!k) {
		k = mem_alloc(sizeof *k);
		k->index = index;
		k->base = blob_zero(CHUNK_SIZE);
		HASH_ADD(hh, c->chunks, index, sizeof k->index, k);
	}
	return k;
}

/* Adds a range to what was written, joining those that it touches. */
static void mark_written(struct chunk *k, uint32_t from, uint32_t to)
{
	unsigned first = 0, end;

	while (first < k->nr_written && k->written[first].to < from)
		first++;
	for (end = first; end < k->nr_written && k->written[end].from <= to; end++) {
		if (k->written[end].from < from)
			from = k->written[end].from;
		if (k->written[end].to > to)
			to = k->written[end].to;
	}
	if (end == first) {
		k->written = mem_resize(k->written, k->nr_written + 1, sizeof *k->written);
		memmove(&k->written[first + 1], &k->written[first],
			(k->nr_written - first) * sizeof *k->written);
		k->nr_written++;
	} else {
		memmove(&k->written[first + 1], &k->written[end],
			(k->nr_written - end) * sizeof *k->written);
		k->nr_written -= end - first - 1;
	}
	k->written[first] = (struct range){from, to};
}

static bool is_written(const struct chunk *k, uint32_t from, uint32_t to)
{
	for (unsigned i = 0; i < k->nr_written; i++)
		if (k->written[i].from <= from && to <= k->written[i].to)
			return true;
	return false;
}

static void free_chunk(struct chunk *k)
{
	while (k->nr_unsure)
		remove_segment(k, k->nr_unsure - 1);
	free(k->unsure);
	free(k->written);
	blob_unref(k->base);
	free(k);
}

void possible_free(struct possible *c)
{
	struct chunk *k, *next;

	HASH_ITER (hh, c->chunks, k, next) {
		HASH_DELETE(hh, c->chunks, k);
		free_chunk(k);
	}
}

/* A part of a range that lies in one chunk. */
struct part {
	uint64_t index;	   /* of the chunk */
	uint32_t from, to; /* in it */
	uint64_t at;	   /* in the range */
};

/* The next part of [offset, offset + len); begin with {0}. False: that was the last. */
static bool next_part(struct part *p, uint64_t offset, uint64_t len)
{
	uint64_t end;

	p->at += p->to - p->from;
	if (p->at >= len)
		return false;
	p->index = (offset + p->at) / CHUNK_SIZE;
	p->from = (uint32_t)((offset + p->at) % CHUNK_SIZE);
	end = p->from + (len - p->at);
	p->to = (uint32_t)(end < CHUNK_SIZE ? end : CHUNK_SIZE);
	return true;
}

/* The bytes that w has for a range of chunk index. */
static struct blob *write_slice(const struct write *w, uint64_t index, uint32_t from, uint32_t to)
{
	uint64_t start = index * CHUNK_SIZE + from;

	assert(start >= w->offset);
	return blob_slice(w->data, start - w->offset, to - from);
}

/* ------------------------------------------------------------------ writing */

/* False: it is one of more than POSSIBLE_MANY. */
static bool begin_in_chunk(struct chunk *k, struct write *w, uint32_t from, uint32_t to)
{
	bool few = true;
	unsigned i = 0;

	cut_segments(k, from);
	cut_segments(k, to);
	while (i < k->nr_unsure && k->unsure[i].to <= from)
		i++;
	while (from < to) {
		uint32_t next = i < k->nr_unsure ? k->unsure[i].from : to;

		if (next > from) {
			insert_segment(k, i,
				       (struct segment){
					       .from = from,
					       .to = next < to ? next : to,
					       .base = true,
				       });
		}
		segment_add(&k->unsure[i], w);
		few = few && k->unsure[i].nr <= POSSIBLE_MANY;
		from = k->unsure[i].to;
		i++;
	}
	return few;
}

bool possible_begin(struct possible *c, struct write *w)
{
	struct part p = {0};
	bool few = true;

	while (next_part(&p, w->offset, blob_size(w->data)))
		few = begin_in_chunk(get_chunk(c, p.index), w, p.from, p.to) && few;
	return few;
}

static void settle_in_chunk(struct chunk *k, unsigned at, struct blob *content)
{
	uint32_t from = k->unsure[at].from, to = k->unsure[at].to;

	k->base = blob_overlay(k->base, from, content);
	mark_written(k, from, to);
	remove_segment(k, at);
}

/* Whatever had ended when w began is overwritten; so is what was settled then. */
static void supersede(struct segment *s, const struct write *w)
{
	s->base = false;
	for (unsigned i = s->nr; i-- > 0;)
		if (s->writes[i] != w && s->writes[i]->ended && s->writes[i]->ended < w->began)
			segment_drop(s, i);
}

void possible_acknowledge(struct possible *c, struct write *w)
{
	struct part p = {0};

	assert(w->ended);
	while (next_part(&p, w->offset, blob_size(w->data))) {
		struct chunk *k = get_chunk(c, p.index);

		for (unsigned i = k->nr_unsure; i-- > 0;) {
			struct segment *s = &k->unsure[i];
			struct blob *slice;

			if (!segment_has(s, w))
				continue;
			supersede(s, w);
			if (s->nr > 1)
				continue;
			slice = write_slice(w, k->index, s->from, s->to);
			settle_in_chunk(k, i, slice);
			blob_unref(slice);
		}
	}
}

void possible_withdraw(struct possible *c, struct write *w)
{
	struct part p = {0};

	while (next_part(&p, w->offset, blob_size(w->data))) {
		struct chunk *k = get_chunk(c, p.index);

		for (unsigned i = k->nr_unsure; i-- > 0;) {
			struct segment *s = &k->unsure[i];

			for (unsigned j = s->nr; j-- > 0;)
				if (s->writes[j] == w)
					segment_drop(s, j);
			if (s->nr == 0)
				remove_segment(k, i);
		}
		if (k->nr_unsure == 0 && k->nr_written == 0) {
			HASH_DELETE(hh, c->chunks, k);
			free_chunk(k);
		}
	}
}

/* ------------------------------------------------------------------ looking */

static void copy_chunk(struct possible *to, const struct chunk *k)
{
	struct chunk *copy = get_chunk(to, k->index);

	blob_unref(copy->base);
	copy->base = blob_ref(k->base);
	for (unsigned i = 0; i < k->nr_written; i++)
		mark_written(copy, k->written[i].from, k->written[i].to);
	for (unsigned i = 0; i < k->nr_unsure; i++)
		insert_segment(copy, i, segment_copy(&k->unsure[i]));
}

void possible_copy(struct possible *to, const struct possible *from, uint64_t offset, uint64_t len)
{
	uint64_t first = offset / CHUNK_SIZE;
	uint64_t last = len > UINT64_MAX - offset ? UINT64_MAX : (offset + len) / CHUNK_SIZE;
	const struct chunk *k;

	to->known = from->known;
	to->coded = from->coded;
	if (last - first < HASH_COUNT(from->chunks)) {
		for (uint64_t i = first; i <= last; i++)
			if ((k = find_chunk(from, i)))
				copy_chunk(to, k);
		return;
	}
	for (k = from->chunks; k; k = k->hh.next)
		if (k->index >= first && k->index <= last)
			copy_chunk(to, k);
}

/* Where two blobs of one size differ first; -1: nowhere. */
static int64_t first_difference(const struct blob *a, const struct blob *b)
{
	uint8_t x[BLOB_PAGE], y[BLOB_PAGE];
	uint64_t size = blob_size(a);

	assert(size == blob_size(b));
	if (blob_equal(a, b))
		return -1;
	for (uint64_t at = 0; at < size; at += sizeof x) {
		uint64_t len = size - at < sizeof x ? size - at : sizeof x;

		blob_read(a, at, x, len);
		blob_read(b, at, y, len);
		for (uint64_t i = 0; i < len; i++)
			if (x[i] != y[i])
				return (int64_t)(at + i);
	}
	return -1;
}

/* The contents that a segment allows for [from, to) within it. */
struct choices {
	struct blob **blobs;
	unsigned nr;
	bool any; /* it was never known: everything is possible */
};

static void choices_init(struct choices *o, const struct possible *c, const struct chunk *k,
			 const struct segment *s, uint32_t from, uint32_t to)
{
	o->any = s->base && !c->known && !is_written(k, from, to);
	o->nr = 0;
	o->blobs = mem_array(s->nr + 1, sizeof(*o->blobs));
	for (unsigned i = 0; i < s->nr; i++)
		o->blobs[o->nr++] = write_slice(s->writes[i], k->index, from, to);
	if (s->base)
		o->blobs[o->nr++] = blob_slice(k->base, from, to - from);
}

static void choices_free(struct choices *o)
{
	while (o->nr)
		blob_unref(o->blobs[--o->nr]);
	free(o->blobs);
}

static uint8_t byte_of(const struct blob *b, uint64_t at)
{
	uint8_t byte;

	blob_read(b, at, &byte, 1);
	return byte;
}

/* Byte by byte any of them: what a half-written coded object shows. */
static int64_t compare_mixed(const struct choices *o, const struct blob *seen)
{
	for (uint64_t at = 0; at < blob_size(seen); at++) {
		unsigned i = 0;

		while (i < o->nr && byte_of(o->blobs[i], at) != byte_of(seen, at))
			i++;
		if (i == o->nr)
			return (int64_t)at;
	}
	return -1;
}

/* One of them as a whole. The difference to the one that goes furthest is told. */
static int64_t compare_whole(const struct choices *o, const struct blob *seen)
{
	int64_t furthest = 0;

	for (unsigned i = 0; i < o->nr; i++) {
		int64_t at = first_difference(o->blobs[i], seen);

		if (at < 0)
			return -1;
		if (at > furthest)
			furthest = at;
	}
	return furthest;
}

static int64_t compare_segment(const struct possible *c, const struct chunk *k,
			       const struct segment *s, uint32_t from, uint32_t to,
			       const struct blob *seen)
{
	struct choices o;
	int64_t at = -1;

	choices_init(&o, c, k, s, from, to);
	if (!o.any)
		at = c->coded ? compare_mixed(&o, seen) : compare_whole(&o, seen);
	choices_free(&o);
	return at;
}

/* Against what is settled in [low, high). seen begins at from. */
static int64_t compare_base(const struct chunk *k, uint32_t low, uint32_t high, uint32_t from,
			    struct blob *seen)
{
	struct blob *settled = blob_slice(k->base, low, high - low);
	struct blob *part = blob_slice(seen, low - from, high - low);
	int64_t found = first_difference(settled, part);

	blob_unref(settled);
	blob_unref(part);
	return found < 0 ? found : found + low - from;
}

/* What is settled in [from, to), where that is known. */
static int64_t compare_settled(const struct possible *c, const struct chunk *k, uint32_t from,
			       uint32_t to, struct blob *seen)
{
	int64_t found = -1;

	if (c->known)
		return compare_base(k, from, to, from, seen);
	for (unsigned i = 0; i < k->nr_written && found < 0; i++) {
		uint32_t low = k->written[i].from > from ? k->written[i].from : from;
		uint32_t high = k->written[i].to < to ? k->written[i].to : to;

		if (low < high)
			found = compare_base(k, low, high, from, seen);
	}
	return found;
}

/* seen: the bytes of [from, to) in k. */
static int64_t compare_chunk(const struct possible *c, const struct chunk *k, uint32_t from,
			     uint32_t to, struct blob *seen)
{
	uint32_t at = from;
	unsigned i = 0;

	while (at < to) {
		const struct segment *s = i < k->nr_unsure ? &k->unsure[i] : NULL;
		uint32_t end = to;
		struct blob *part;
		int64_t found;
		bool unsure;

		if (s && s->to <= at) {
			i++;
			continue;
		}
		unsure = s && s->from <= at;
		if (s && (unsure ? s->to : s->from) < to)
			end = unsure ? s->to : s->from;
		part = blob_slice(seen, at - from, end - at);
		found = unsure ? compare_segment(c, k, s, at, end, part)
			       : compare_settled(c, k, at, end, part);
		blob_unref(part);
		if (found >= 0)
			return found + at - from;
		at = end;
	}
	return -1;
}

int64_t possible_compare(const struct possible *c, uint64_t offset, struct blob *data)
{
	struct part p = {0};
	int64_t found = -1;

	while (found < 0 && next_part(&p, offset, blob_size(data))) {
		struct chunk none = {.index = p.index};
		const struct chunk *k = find_chunk(c, p.index);
		struct blob *seen = blob_slice(data, p.at, p.to - p.from);

		if (!k)
			none.base = blob_zero(CHUNK_SIZE);
		found = compare_chunk(c, k ? k : &none, p.from, p.to, seen);
		if (found >= 0)
			found += (int64_t)p.at;
		blob_unref(none.base);
		blob_unref(seen);
	}
	return found;
}

void possible_settle(struct possible *c, uint64_t offset, struct blob *data)
{
	struct part p = {0};

	while (next_part(&p, offset, blob_size(data))) {
		struct chunk *k = find_chunk(c, p.index);

		for (unsigned i = k ? k->nr_unsure : 0; i-- > 0;) {
			const struct segment *s = &k->unsure[i];
			struct blob *seen;

			if (s->from < p.from || s->to > p.to || !segment_is_over(s))
				continue;
			seen = blob_slice(data, p.at + s->from - p.from, s->to - s->from);
			settle_in_chunk(k, i, seen);
			blob_unref(seen);
		}
	}
}

static int by_index(const struct chunk *a, const struct chunk *b)
{
	return a->index < b->index ? -1 : a->index > b->index;
}

/* Adds a range, joined to the last one if that is next to it and has room. */
static void add_stretch(struct stretch **list, size_t *nr, uint64_t offset, uint64_t len)
{
	struct stretch *last = *nr ? &(*list)[*nr - 1] : NULL;

	if (last && last->offset + last->len == offset && last->len + len <= STRETCH_MAX) {
		last->len += len;
		return;
	}
	*list = mem_resize(*list, *nr + 1, sizeof **list);
	(*list)[(*nr)++] = (struct stretch){offset, len};
}

/* Both lists of k in one, by offset: parts of one that the other has are left out. */
static void chunk_stretches(const struct chunk *k, struct stretch **list, size_t *nr)
{
	uint64_t start = k->index * CHUNK_SIZE;
	unsigned i = 0, j = 0;
	uint32_t at = 0;

	while (i < k->nr_written || j < k->nr_unsure) {
		bool first = j == k->nr_unsure ||
			     (i < k->nr_written && k->written[i].from <= k->unsure[j].from);
		uint32_t from = first ? k->written[i].from : k->unsure[j].from;
		uint32_t to = first ? k->written[i].to : k->unsure[j].to;

		if (from < at)
			from = at;
		if (from < to) {
			add_stretch(list, nr, start + from, to - from);
			at = to;
		}
		i += first;
		j += !first;
	}
}

struct stretch *possible_stretches(struct possible *c, size_t *nr)
{
	struct stretch *list = NULL;
	struct chunk *k;

	*nr = 0;
	HASH_SORT(c->chunks, by_index);
	for (k = c->chunks; k; k = k->hh.next)
		chunk_stretches(k, &list, nr);
	return list;
}
