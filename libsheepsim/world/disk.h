/*
 * The disk model, as world.c begins and ends it. Each disk of a place serves disk_depth operations
 * at once, the others wait in order of submission.
 */
#ifndef SHEEPSIM_WORLD_DISK_H
#define SHEEPSIM_WORLD_DISK_H

#include "world/universe.h"

void disks_init(struct world *w, uint32_t nr_disks);
void disks_free(struct world *w);

/* The process is gone: what it had submitted and what was not done() never happens. */
void disks_drop(struct world *w);

#endif
