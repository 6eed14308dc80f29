/*
 * The gateway's I/O on erasure-coded objects (R415-R417, spec 3.6): strips instead of replicas.
 */
#ifndef SHEEPSIM_SHEEP_GATEWAY_EC_H
#define SHEEPSIM_SHEEP_GATEWAY_EC_H

#include "sheep/node.h"

/* The object of this request is stored in strips. */
bool gateway_is_coded(const struct request *r);

void gateway_ec_read(struct request *r);

/* WRITE, CREATE without copy on write. */
void gateway_ec_write(struct request *r);

/* REMOVE: then() gets the result, maybe within this call. */
void gateway_ec_remove(struct request *r, void (*then)(struct request *r, uint32_t result));

#endif
