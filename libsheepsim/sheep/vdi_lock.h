/*
 * Telling all members about an inode that is locked as shared (R625): INODE_COHERENCE, which a
 * sheep sends to itself over the network.
 */
#ifndef SHEEPSIM_SHEEP_VDI_LOCK_H
#define SHEEPSIM_SHEEP_VDI_LOCK_H

#include "sheep/node.h"

struct coherence {
	struct call call;
	struct timer refused;
	void (*done)(struct coherence *c, uint32_t result);
};

/* Must this node invalidate the others before it writes to the index of this VDI? */
bool coherence_needed(const struct sheep *s, uint32_t vid);

/* Sends it; done() is called later. */
void coherence_tell(struct sheep *s, struct coherence *c, uint32_t vid, bool validate,
		    void (*done)(struct coherence *c, uint32_t result));

#endif
