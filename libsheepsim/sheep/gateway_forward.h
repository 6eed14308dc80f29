/*
 * One request of the gateway that goes to several nodes at once (R414, R415, R432). gateway_write.c
 * and gateway_ec.c say who gets what, a leg for each replica or strip; how the legs are sent,
 * waited for and judged is the same for all of them and is here.
 *
 *	struct forward *f = forward_new(r, nr);
 *
 *	for (i = 0; i < nr; i++)
 *		forward_to(f, i, node, data);	(may then change f->leg[i].call.q)
 *	forward_start(f, then);
 */
#ifndef SHEEPSIM_SHEEP_GATEWAY_FORWARD_H
#define SHEEPSIM_SHEEP_GATEWAY_FORWARD_H

#include "sheep/node.h"

/* What one node gets, and its answer. */
struct forward_leg {
	struct call call;    /* call.data is a reference here */
	struct blob *answer; /* payload of the answer, a reference; NULL: none */
};

struct forward {
	struct task task;
	struct request *r;
	/*
	 * Set it before the start, or leave it NULL: called when all legs have succeeded, to make
	 * the answer of r from theirs.
	 */
	void (*gather)(struct forward *f);
	/* private */
	void (*then)(struct request *r, uint32_t result);
	uint32_t sent, answered;
	bool sending, send_failed;
	struct later next; /* the next one is sent, or it turns out that there is none */
	uint32_t result;   /* the last failing answer */
	struct timer timer;
	uint32_t forgiven;
	uint32_t nr;
	struct forward_leg leg[];
};

/*
 * A request to so many nodes; r must stay until then() is called. To none at all (somebody has set
 * a VDI's copies to 0) it fails with SYSTEM_ERROR, as a coded one does that finds too few zones.
 */
struct forward *forward_new(struct request *r, uint32_t nr);

/*
 * Makes leg i the peer form of the request (forward_header()) to this node. data: a reference is
 * taken; NULL: no payload.
 */
void forward_to(struct forward *f, uint32_t i, const struct node_id *to, struct blob *data);

/*
 * Sends the legs in order, without waiting, but each as a step of its own: after any of them the
 * node may die, or whatever else happens (Appendix A). After one that cannot be sent the later ones
 * get nothing. When all that were sent have answered, then() gets the result: SUCCESS only if all
 * were sent and all succeeded, else the last failing answer, or NETWORK_ERROR (R414). then() is
 * never called within this call; f is gone by then.
 */
void forward_start(struct forward *f, void (*then)(struct request *r, uint32_t result));

/*
 * The header that a replica or strip gets (spec 4.5): the client's whole, but for version, opcode,
 * epoch and the number of the replica or strip.
 */
void forward_header(const struct request *r, uint8_t index, struct req *q);

#endif
