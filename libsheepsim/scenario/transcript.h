/*
 * A scenario's text with the output that a run gave: what is compared, and what --update writes.
 * Comments, commands and the way lines end stay as they are.
 */
#ifndef SHEEPSIM_SCENARIO_TRANSCRIPT_H
#define SHEEPSIM_SCENARIO_TRANSCRIPT_H

#include "base/text.h"
#include "scenario/script.h"

struct transcript {
	const struct script *script;
	struct text text; /* the new transcript */
	struct text diff; /* what differs from the old one; empty: nothing */
};

/* Adds a block with the output that it gave. False: the file says something else. */
bool transcript_block(struct transcript *t, const struct block *b, const char *output);

/* Adds a block as it stands in the file: it was not run. */
void transcript_keep(struct transcript *t, const struct block *b);

/* Adds what follows the last block. */
void transcript_end(struct transcript *t);

#endif
