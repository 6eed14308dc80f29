/*
 * Which bytes of messages are not compared, since they vary from run to run of real sheepdog:
 * memory that was never written, pointers, times, counters.
 *
 * One mask a line, # begins a comment:
 *
 *	OPERATION SIDE PART BYTES [from N] [to N] [if WHAT] [in STEP]
 *
 * OPERATION is a name (READ_OBJ) or a number (0x02). SIDE is answer, or request: of what nodes say
 * to each other, as clients' requests are sent just as they were captured. Both are for what goes
 * through the cluster driver too. BYTES is A-B or A (the first byte is 0), `last N`, or `all`. PART
 * says where they are counted from:
 *
 *	header		the 48 bytes of the header
 *	payload		what follows it
 *	object		the object that is read or written: the payload begins at the request's
 *			offset
 *	node		each node of 80 bytes in the payload, from byte `from` of it up to `to` (a
 *			negative number counts from the end)
 *	epoch		each epoch of STAT_CLUSTER: 48 bytes and room for as many nodes as the
 *			request says
 *	epoch-node	each node of these
 *	epoch-free	the room for nodes that is not used
 *
 * WHAT is inode or attribute (the request's oid), or failure (of the answer). With `in` the mask is
 * only for one step or moment of a sequence.
 */
#ifndef SHEEPSIM_CLI_MASKS_H
#define SHEEPSIM_CLI_MASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mask;

struct masks {
	struct mask *list;
	size_t nr;
};

/* What is masked always, in the format above. */
extern const char builtin_masks[];

/* Add masks from a text or a file. False: error[] says what is wrong where. */
bool masks_add_text(struct masks *m, const char *name, const char *text, char error[400]);
bool masks_add_file(struct masks *m, const char *path, char error[400]);
void masks_free(struct masks *m);

/* Makes zero what is masked in the answer to a request of a step. */
void masks_apply(const struct masks *m, const char *step, const uint8_t request[48],
		 uint8_t answer[48], uint8_t *payload, size_t len);

/* The same in a request. */
void masks_apply_request(const struct masks *m, const char *step, uint8_t request[48],
			 uint8_t *payload, size_t len);

#endif
