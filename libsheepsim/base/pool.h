/*
 * Memory for many things of one size that come and go. They lie side by side in chunks, which are
 * kept until the pool is freed; what is given back is taken again first.
 *
 * For things of which there are a million: they take no more than their size, and those that are
 * taken one after the other are neighbours.
 */
#ifndef SHEEPSIM_BASE_POOL_H
#define SHEEPSIM_BASE_POOL_H

#include <stddef.h>

/* Empty once its size is set and the rest is zero. */
struct pool {
	size_t size;		   /* of a thing; a multiple of 8 */
	struct pool_spare *spare;  /* given back, the last one first */
	struct pool_chunk *chunks; /* the one that is being used up first */
	size_t nr_fresh;	   /* things left in it */
};

/* One of them, zeroed. Things whose size is a multiple of 64 begin where a cache line does. */
void *pool_take(struct pool *p);
void pool_give(struct pool *p, void *thing);

/* Frees the chunks, and what is left in them. */
void pool_free(struct pool *p);

#endif
