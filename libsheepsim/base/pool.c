#include "base/pool.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define FORBID(p, size) __asan_poison_memory_region((p), (size))
#define ALLOW(p, size)	__asan_unpoison_memory_region((p), (size))
#else
#define FORBID(p, size) ((void)(p), (void)(size))
#define ALLOW(p, size)	((void)(p), (void)(size))
#endif

#define LINE	    64u
#define FIRST_CHUNK 16u	  /* things */
#define LAST_CHUNK  1024u /* chunks double up to so many */

struct pool_spare {
	struct pool_spare *next;
};

struct pool_chunk {
	struct pool_chunk *next;
	size_t nr;
	uint8_t *things; /* in the same allocation, at the beginning of a line */
};

static void add_chunk(struct pool *p)
{
	size_t nr = p->chunks ? 2 * p->chunks->nr : FIRST_CHUNK;
	struct pool_chunk *c;

	if (nr > LAST_CHUNK)
		nr = LAST_CHUNK;
	c = mem_resize(NULL, 1, sizeof *c + LINE + nr * p->size);
	c->next = p->chunks;
	c->nr = nr;
	c->things = (uint8_t *)c + sizeof *c;
	c->things += (LINE - (uintptr_t)c->things % LINE) % LINE;
	p->chunks = c;
	p->nr_fresh = nr;
}

void *pool_take(struct pool *p)
{
	struct pool_spare *s = p->spare;

	assert(p->size >= sizeof *s && p->size % 8 == 0);
	if (s) {
		ALLOW(s, p->size);
		p->spare = s->next;
		return memset(s, 0, p->size);
	}
	if (p->nr_fresh == 0)
		add_chunk(p);
	/* from its beginning on */
	return memset(p->chunks->things + (p->chunks->nr - p->nr_fresh--) * p->size, 0, p->size);
}

void pool_give(struct pool *p, void *thing)
{
	struct pool_spare *s = thing;

	s->next = p->spare;
	p->spare = s;
	FORBID(thing, p->size);
}

void pool_free(struct pool *p)
{
	struct pool_chunk *c;

	while ((c = p->chunks)) {
		p->chunks = c->next;
		ALLOW(c->things, c->nr * p->size);
		free(c);
	}
	p->spare = NULL;
	p->nr_fresh = 0;
}
