#include "store/names.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_MAX                                                                                  \
	256u /* names in a chunk: moving half of them is as cheap as a cache miss or two */

struct names_chunk {
	uint32_t nr;
	uint32_t cap;
	struct name name[];
};

static bool name_is_before(const struct name *n, uint64_t oid, uint64_t sub)
{
	return n->oid != oid ? n->oid < oid : n->sub < sub;
}

static bool name_is(const struct name *n, uint64_t oid, uint64_t sub)
{
	return n->oid == oid && n->sub == sub;
}

/* The last chunk that begins before or with this name; the first one if none does. */
static uint32_t chunk_of(const struct names *t, uint64_t oid, uint64_t sub)
{
	uint32_t lo = 0; /* chunks before lo begin before or with it */
	uint32_t hi = t->nr_chunks;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct name *first = &t->chunk[mid]->name[0];

		if (name_is_before(first, oid, sub) || name_is(first, oid, sub))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? lo - 1 : 0;
}

static uint32_t lower_in_chunk(const struct names_chunk *c, uint64_t oid, uint64_t sub)
{
	uint32_t lo = 0;
	uint32_t hi = c->nr;

	if (hi && name_is_before(&c->name[hi - 1], oid, sub)) /* most are added in order */
		return hi;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (name_is_before(&c->name[mid], oid, sub))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct names_place names_lower(const struct names *t, uint64_t oid, uint64_t sub)
{
	struct names_place p = {0};

	if (t->nr_chunks == 0)
		return p;
	p.chunk = chunk_of(t, oid, sub);
	p.at = lower_in_chunk(t->chunk[p.chunk], oid, sub);
	return p;
}

struct name *names_next(const struct names *t, struct names_place *p)
{
	if (p->chunk < t->nr_chunks && p->at == t->chunk[p->chunk]->nr) {
		p->chunk++;
		p->at = 0;
	}
	return p->chunk < t->nr_chunks ? &t->chunk[p->chunk]->name[p->at++] : NULL;
}

struct name *names_find(const struct names *t, uint64_t oid, uint64_t sub)
{
	struct names_place p = names_lower(t, oid, sub);
	struct name *n = names_next(t, &p);

	return n && name_is(n, oid, sub) ? n : NULL;
}

struct name *names_before(const struct names *t, uint64_t oid, uint64_t sub)
{
	struct names_place p = names_lower(t, oid, sub);

	/* where the name begins a chunk, the one before it ends the chunk in front */
	if (p.at == 0 && p.chunk > 0)
		p.at = t->chunk[--p.chunk]->nr;
	return p.at > 0 ? &t->chunk[p.chunk]->name[p.at - 1] : NULL;
}

/* Puts a new chunk with room for cap names at an index. */
static struct names_chunk *chunk_insert(struct names *t, uint32_t index, uint32_t cap)
{
	struct names_chunk *c = mem_alloc(sizeof(*c) + cap * sizeof(c->name[0]));

	c->cap = cap;
	if (t->nr_chunks == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 1;
		t->chunk = mem_resize(t->chunk, t->cap, sizeof(struct names_chunk *));
	}
	memmove(&t->chunk[index + 1], &t->chunk[index],
		(t->nr_chunks - index) * sizeof(struct names_chunk *));
	t->nr_chunks++;
	t->chunk[index] = c;
	return c;
}

static void chunk_remove(struct names *t, uint32_t index)
{
	free(t->chunk[index]);
	t->nr_chunks--;
	memmove(&t->chunk[index], &t->chunk[index + 1],
		(t->nr_chunks - index) * sizeof(struct names_chunk *));
}

static struct names_chunk *chunk_grow(struct names *t, uint32_t index, uint32_t cap)
{
	struct names_chunk *c = t->chunk[index];

	if (c->cap < cap) {
		c = mem_resize(c, 1, sizeof(*c) + cap * sizeof(c->name[0]));
		c->cap = cap;
		t->chunk[index] = c;
	}
	return c;
}

/* Makes room in a full chunk; the place of the name to be added may change. */
static void chunk_split(struct names *t, struct names_place *p)
{
	struct names_chunk *c = t->chunk[p->chunk];
	struct names_chunk *next = chunk_insert(t, p->chunk + 1, CHUNK_MAX);
	/* names that come in ascending order fill their chunks */
	uint32_t keep = p->at == c->nr ? c->nr : c->nr / 2;

	next->nr = c->nr - keep;
	memcpy(next->name, &c->name[keep], next->nr * sizeof(c->name[0]));
	c->nr = keep;
	if (p->at >= keep) {
		p->at -= keep;
		p->chunk++;
	}
}

void names_add(struct names *t, uint64_t oid, uint64_t sub, struct file *file)
{
	struct names_place p = names_lower(t, oid, sub);
	struct names_chunk *c;

	if (t->nr_chunks == 0)
		chunk_insert(t, 0, 4);
	c = t->chunk[p.chunk];
	assert(p.at == c->nr || !name_is(&c->name[p.at], oid, sub));
	if (c->nr == CHUNK_MAX)
		chunk_split(t, &p);
	else if (c->nr == c->cap)
		chunk_grow(t, p.chunk, c->cap * 2);
	c = t->chunk[p.chunk];
	memmove(&c->name[p.at + 1], &c->name[p.at], (c->nr - p.at) * sizeof(c->name[0]));
	c->name[p.at] = (struct name){.oid = oid, .sub = sub, .file = file};
	c->nr++;
	t->changes++;
}

/* Joins a chunk and the next one if together they are small: few names take few chunks. */
static void chunk_join(struct names *t, uint32_t index)
{
	struct names_chunk *c;
	struct names_chunk *next;

	if (index + 1 >= t->nr_chunks)
		return;
	next = t->chunk[index + 1];
	if (t->chunk[index]->nr + next->nr > CHUNK_MAX / 2)
		return;
	c = chunk_grow(t, index, t->chunk[index]->nr + next->nr);
	memcpy(&c->name[c->nr], next->name, next->nr * sizeof(c->name[0]));
	c->nr += next->nr;
	chunk_remove(t, index + 1);
}

void names_del(struct names *t, uint64_t oid, uint64_t sub)
{
	struct names_place p = names_lower(t, oid, sub);
	struct names_chunk *c = t->chunk[p.chunk];

	assert(p.at < c->nr && name_is(&c->name[p.at], oid, sub));
	t->changes++;
	c->nr--;
	memmove(&c->name[p.at], &c->name[p.at + 1], (c->nr - p.at) * sizeof(c->name[0]));
	if (c->nr == 0) {
		chunk_remove(t, p.chunk);
		return;
	}
	chunk_join(t, p.chunk);
	if (p.chunk > 0)
		chunk_join(t, p.chunk - 1);
}

void names_clear(struct names *t)
{
	for (uint32_t i = 0; i < t->nr_chunks; i++)
		free(t->chunk[i]);
	free(t->chunk);
	*t = (struct names){0};
}
