/*
 * The cluster driver's contract (R101-R122), and one node's handle to the simulated driver.
 *
 * It offers what R101 names, but for the discovery of addresses, which nodes are given here, and
 * for a mutex that only stores of HTTP objects would use. To the driver all nodes are alike: it
 * looks at neither vnodes nor zones (R121).
 *
 * A node calls driver_*(); the driver calls the node back through struct driver_node. Every call
 * and every event is encoded to the driver's own protocol (include/sheepsim/wire/driver.h), travels
 * as bytes to the hub that orders them (hub.h), and is decoded at the other side.
 */
#ifndef SHEEPSIM_DRIVER_DRIVER_H
#define SHEEPSIM_DRIVER_DRIVER_H

#include "placement/members.h"
#include "world/world.h"

struct driver;

/*
 * What the driver calls (R102), on the node's loop, one at a time. Records, lists and blobs are
 * borrowed; owner is driver_open()'s.
 */
struct driver_node {
	/*
	 * The join check (R104c, R206): others are the members without the joiner. Returns a new
	 * opaque (a reference for the caller) to accept; NULL to refuse, with the reason in why.
	 */
	struct blob *(*join_check)(void *owner, const struct node_rec *joiner,
				   const struct members *others, struct blob *opaque,
				   char why[120]);
	/* joiner is in members (R104d); it may be this node. */
	void (*accept)(void *owner, const struct node_rec *joiner, struct members *members,
		       struct blob *opaque);
	/* left is not in members any more; it may be this node (R112). */
	void (*leave)(void *owner, const struct node_rec *left, struct members *members);
	void (*notify)(void *owner, const struct node_rec *sender, struct blob *message);
	/* This node's block is at the head: true if its work has started, false: not yet (R116). */
	bool (*block)(void *owner);
	void (*update_node)(void *owner, const struct node_rec *rec, struct members *members);
	/* The join was refused before anybody accepted it; nothing else will come. */
	void (*refused)(void *owner, const char *why);
	/*
	 * The session was lost (R125): this node has left, nothing that is under way will come, and
	 * it may join again.
	 */
	void (*reconnect)(void *owner);
	/*
	 * unblock() failed (R118: the node exits), or the driver cannot go on with this node: it or
	 * the hub cannot understand what the other said.
	 */
	void (*failed)(void *owner, const char *why);
};

struct hub;

/*
 * A handle of the node at world w. It must be closed when the node's process ends; between
 * world_crash() and that, nothing is called back. Callbacks may close it.
 */
struct driver *driver_open(struct hub *hub, struct world *w, struct commons *commons,
			   const struct driver_node *node, void *owner);

/* The process is gone: no callback any more. The hub notices after its detection time (R123). */
void driver_close(struct driver *d);

/*
 * Submits this node with its opaque (R104a). lowest, highest: the versions of the driver's own
 * protocol that the node speaks; outside the hub's range the join is refused.
 */
void driver_join(struct driver *d, const struct node_rec *me, struct blob *opaque, uint8_t lowest,
		 uint8_t highest);

/* Voluntary leave (R112): the node stays connected as an ex-member. */
void driver_leave(struct driver *d);

/*
 * message: at most 128 KiB (R122), borrowed. Returns 0, or -EMSGSIZE if it is larger: then nothing
 * was sent. driver_unblock() without a running block: failed() is called later.
 */
int driver_notify(struct driver *d, struct blob *message);

void driver_block(struct driver *d);
int driver_unblock(struct driver *d, struct blob *message);
void driver_update_node(struct driver *d, const struct node_rec *rec);

#endif
