/*
 * Remembered pure functions of immutable bytes (D6): what was computed from a blob for one node is
 * there for the others, so that the same delivered bytes are decoded once for a thousand nodes.
 *
 * The commons remember a bounded number of results, the oldest go first; so a caller must always be
 * able to compute the value again. What is remembered must follow from the bytes of the blob and
 * from tag and number alone: then it makes no difference to a run whether it was still there.
 */
#ifndef SHEEPSIM_PLACEMENT_COMMONS_H
#define SHEEPSIM_PLACEMENT_COMMONS_H

#include "base/blob.h"

struct commons;

/*
 * What was remembered for bytes equal to these under this tag (a literal) and number, or NULL.
 * Borrowed: valid until the next commons_memo_put().
 */
void *commons_memo_get(struct commons *c, struct blob *b, const char *tag, uint64_t n);

/*
 * Remembers a value, in place of one that was there before; keeps a reference to the blob. When it
 * is forgotten, at the latest by commons_free(), release gets it. The value belongs to the commons
 * from now on; it stays valid until the next commons_memo_put().
 */
void commons_memo_put(struct commons *c, struct blob *b, const char *tag, uint64_t n, void *value,
		      void (*release)(struct commons *c, void *value));

#endif
