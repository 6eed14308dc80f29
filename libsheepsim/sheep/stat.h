/*
 * The counters of sd_stat (spec 2.11): requests of clients, nested ones among them, and of nodes.
 * All figures of the captured one come out as they were there (scenarios/admin/statistics.scn).
 */
#ifndef SHEEPSIM_SHEEP_STAT_H
#define SHEEPSIM_SHEEP_STAT_H

#include "sheep/node.h"

/* A request was made, with its data; it has ended, with so many bytes for its asker. */
void stat_begin(struct request *r);
void stat_end(struct request *r, uint64_t bytes);

#endif
