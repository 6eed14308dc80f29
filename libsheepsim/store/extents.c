#include "store/extents.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

uint32_t extents_missing(const struct extents *e, uint32_t first, uint32_t end)
{
	uint32_t missing = end - first;

	assert(first <= end);
	for (uint32_t i = 0; i < e->nr; i++) {
		uint32_t from = max_u32(first, e->extent[i].first);
		uint32_t to = min_u32(end, e->extent[i].end);

		missing -= from < to ? to - from : 0;
	}
	return missing;
}

void extents_add(struct extents *e, uint32_t first, uint32_t end)
{
	uint32_t at = 0;
	uint32_t next;

	assert(first < end);
	while (at < e->nr && e->extent[at].end < first)
		at++;
	next = at;
	while (next < e->nr && e->extent[next].first <= end) {
		first = min_u32(first, e->extent[next].first);
		end = max_u32(end, e->extent[next].end);
		next++;
	}
	/* those from at on and before next become one with the new range */
	if (next == at)
		e->extent = mem_resize(e->extent, e->nr + 1, sizeof(e->extent[0]));
	memmove(&e->extent[at + 1], &e->extent[next], (e->nr - next) * sizeof(e->extent[0]));
	e->nr = e->nr - (next - at) + 1;
	e->extent[at] = (struct extent){.first = first, .end = end};
}

void extents_free(struct extents *e)
{
	free(e->extent);
	*e = (struct extents){0};
}
