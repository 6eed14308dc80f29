/* The counters of sd_stat (spec 2.11): client requests and requests of other nodes. */
#ifndef SHEEPSIM_SHEEP_STAT_H
#define SHEEPSIM_SHEEP_STAT_H

#include "sheep/node.h"

/* A request came over a connection; its answer is sent; it has ended. */
void stat_begin(struct request *r);
void stat_answer(const struct request *r);
void stat_end(struct request *r);

#endif
