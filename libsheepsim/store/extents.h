/*
 * Which pages of a sparse file are taken: ranges of pages, few of them, in order. A store keeps
 * them for each inode.
 */
#ifndef SHEEPSIM_STORE_EXTENTS_H
#define SHEEPSIM_STORE_EXTENTS_H

#include <stdint.h>

struct extent {
	uint32_t first, end; /* pages first..end-1 */
};

/* Empty when zeroed. Ranges are ascending, and neither overlap nor touch. */
struct extents {
	struct extent *extent;
	uint32_t nr;
};

/* How many of the pages first..end-1 are not taken yet. */
uint32_t extents_missing(const struct extents *e, uint32_t first, uint32_t end);

/* Takes the pages first..end-1, one at least. */
void extents_add(struct extents *e, uint32_t first, uint32_t end);

void extents_free(struct extents *e);

#endif
