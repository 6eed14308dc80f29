/*
 * TCP connections: puts segments into order and gives each side's bytes to its conversation.
 * Segments may come late, twice, cut, or not at all.
 */
#ifndef SHEEPSIM_CLI_DECODE_FLOWS_H
#define SHEEPSIM_CLI_DECODE_FLOWS_H

#include "decode/book.h"
#include "decode/packets.h"

struct flow;
struct flows {
	struct book *book;
	struct flow *all; /* in the order in which they were seen */
};

void flows_add(struct flows *flows, const struct segment *segment);

/* The capture ends: what waits for missing bytes waits no longer. Frees all. */
void flows_end(struct flows *flows);

#endif
