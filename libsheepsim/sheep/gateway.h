/*
 * The gateway: client I/O turned into requests to replicas (R404-R423). Bodies of the frontend's
 * operation table; the rest of the node uses gateway_forward() only.
 */
#ifndef SHEEPSIM_SHEEP_GATEWAY_H
#define SHEEPSIM_SHEEP_GATEWAY_H

#include "sheep/node.h"

/* Bodies of READ_OBJ, WRITE_OBJ, CREATE_AND_WRITE_OBJ, REMOVE_OBJ and DECREF_OBJ. */
void gateway_read_work(struct request *r);
void gateway_write_work(struct request *r);
void gateway_create_work(struct request *r);
void gateway_remove_work(struct request *r);
void gateway_decref_work(struct request *r);

/* DISCARD_OBJ (R420). */
void gateway_discard_work(struct request *r);

/*
 * Sends a WRITE, CREATE, REMOVE or DECREF to all replicas of its object as it is (R414) and calls
 * then() with the result; r->rsp_epoch is set. The request must stay until then.
 */
void gateway_forward(struct request *r, void (*then)(struct request *r, uint32_t result));

/* Replica targets of a request under its view (R410): as view_holders(). */
uint32_t gateway_targets(const struct request *r, uint16_t holders[MAX_ZONES]);

/* Admission (R404): step 1, does this node hold a replica under the captured view? */
bool gateway_holds(const struct request *r);

/* Steps 3 and 4: SUCCESS, or HALT where there is nothing to write to. */
uint32_t gateway_refusal(const struct request *r);

/* Completion (R423): answers, parks or requeues. */
void gateway_complete(struct request *r, uint32_t result);

#endif
