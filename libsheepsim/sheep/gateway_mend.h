/*
 * What is left behind by a write that some replicas refused for good, while others carried it out
 * (R904): sheepdog leaves it at that. Where that weak spot is repaired, replicas are made equal
 * again before the client is answered.
 */
#ifndef SHEEPSIM_SHEEP_GATEWAY_MEND_H
#define SHEEPSIM_SHEEP_GATEWAY_MEND_H

#include "sheep/gateway_forward.h"

/*
 * All legs of f have answered. True: then() gets the result later, and f is gone by then; false:
 * there is nothing to do, or nothing that could be done.
 */
bool mend_start(struct forward *f, void (*then)(struct request *r, uint32_t result));

#endif
