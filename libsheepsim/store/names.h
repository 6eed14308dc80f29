/*
 * The names of stored objects, in order: a sorted table in chunks, so that a store of ten objects
 * and one of a million are both small and fast. It owns the table, not what the
 * names stand for.
 *
 * In ascending (oid, ec_index, stale epoch, disk) order the copies of an object are neighbours:
 * live first, then the stale ones, oldest first.
 */
#ifndef SHEEPSIM_STORE_NAMES_H
#define SHEEPSIM_STORE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

struct file;

struct name {
	uint64_t oid;
	uint64_t sub; /* ec_index << 40 | stale epoch << 8 | disk */
	struct file *file;
};

struct names_chunk;

/* Empty when zeroed. */
struct names {
	struct names_chunk **chunk; /* none of them empty, in order */
	uint32_t nr_chunks;
	uint32_t cap;
	uint64_t changes; /* how often names came or went: places of before mean nothing any more */
};

/* Where a name is; valid until the table changes. */
struct names_place {
	uint32_t chunk;
	uint32_t at;
};

/* The name itself, or NULL. Valid until the table changes. */
struct name *names_find(const struct names *t, uint64_t oid, uint64_t sub);

/* The place of the first name that is not before this one. */
struct names_place names_lower(const struct names *t, uint64_t oid, uint64_t sub);

/* The name at a place, NULL at the end; moves the place to the next one. */
struct name *names_next(const struct names *t, struct names_place *p);

/* The last name that is before this one, or NULL. */
struct name *names_before(const struct names *t, uint64_t oid, uint64_t sub);

/* Adds a name that is not there yet. */
void names_add(struct names *t, uint64_t oid, uint64_t sub, struct file *file);

/* Takes out a name that is there. */
void names_del(struct names *t, uint64_t oid, uint64_t sub);

/* Frees the table. */
void names_clear(struct names *t);

#endif
