/*
 * What a VDI may contain, byte for byte, given what was written to it and when (I1).
 *
 * A write that is under way, or that failed, may be there or not; an acknowledged one must be
 * there, unless others were under way at the same time: then any of them may have come last.
 * Everything that was acknowledged before a later acknowledged write began is gone for good.
 *
 * Where only one content is possible it is settled, in a sparse blob; elsewhere there is a list of
 * segments, each with the writes that it may show. Both are kept in chunks of 1 MiB, which is the
 * smallest object there is: one write to one object shows as a whole or not at all, so within a
 * segment of a chunk, too (coded objects, whose strips are written apart, excepted).
 *
 * Inside check/ only.
 */
#ifndef SHEEPSIM_CHECK_POSSIBLE_H
#define SHEEPSIM_CHECK_POSSIBLE_H

#include <stdbool.h>
#include <stddef.h>

#include <uthash.h>

#include "base/blob.h"

#define CHUNK_SIZE (UINT64_C(1) << 20)

/* One write. Times are numbers of a counter that every beginning and end raises. */
struct write {
	uint32_t refs;
	uint64_t began;
	uint64_t ended; /* 0: it may still take effect */
	uint64_t offset;
	struct blob *data;
};

void write_unref(struct write *w);

struct segment {
	uint32_t from, to; /* in the chunk */
	bool base;	   /* what is settled is possible too */
	unsigned nr;
	struct write **writes;
};

struct range {
	uint32_t from, to;
};

struct chunk {
	uint64_t index;
	struct blob *base;     /* what is settled */
	struct range *written; /* where that was written: disjoint, ascending */
	unsigned nr_written;
	struct segment *unsure; /* disjoint, ascending */
	unsigned nr_unsure;
	UT_hash_handle hh;
};

struct possible {
	struct chunk *chunks;
	bool known; /* what was never written is known to be zero */
	bool coded; /* strips of one write can show without the others */
};

/* So many writes whose end is unknown, at one place, are more than anybody follows. */
#define POSSIBLE_MANY 256u

/* From now on w may show. False: it is one of more than POSSIBLE_MANY. */
bool possible_begin(struct possible *c, struct write *w);

/* w has been acknowledged; it has just ended. */
void possible_acknowledge(struct possible *c, struct write *w);

/* w has never been sent, or was refused before it did anything. */
void possible_withdraw(struct possible *c, struct write *w);

/* A copy of the range: what is possible as of now. All of it: possible_copy(to, from, 0, -1). */
void possible_copy(struct possible *to, const struct possible *from, uint64_t offset, uint64_t len);

/*
 * Compares what was read at offset. Returns -1 if it is possible, else where the first impossible
 * byte is found, as an offset in data.
 */
int64_t possible_compare(const struct possible *c, uint64_t offset, struct blob *data);

/*
 * What was read at offset is settled from now on, where all writes that might show have ended: a
 * content that was seen must not change any more.
 */
void possible_settle(struct possible *c, uint64_t offset, struct blob *data);

/* Where something was written or may have been: disjoint, ascending; free() the list. */
#define STRETCH_MAX (UINT64_C(4) << 20)
struct stretch {
	uint64_t offset, len; /* at most STRETCH_MAX */
};
struct stretch *possible_stretches(struct possible *c, size_t *nr);

void possible_free(struct possible *c);

#endif
