/*
 * The line between one process and the hub: bytes in both directions, nothing else. Used by
 * driver.c (the node's side); hub_link.c implements it.
 */
#ifndef SHEEPSIM_DRIVER_LINK_H
#define SHEEPSIM_DRIVER_LINK_H

#include "driver/hub.h"

struct hub_node;

/*
 * The process at place w is on the line. receive() is called on its loop, one message at a time;
 * bytes are borrowed. lost() is called there when its session has been lost: to the hub it has
 * left, what it has sent since is gone, and it may join again (R125).
 */
struct hub_node *hub_attach(struct hub *h, struct world *w,
			    void (*receive)(void *arg, struct blob *bytes), void (*lost)(void *arg),
			    void *arg);

/* The process is gone. What it has sent still arrives; the hub notices after its detection time. */
void hub_detach(struct hub_node *n);

/* Sends bytes to the hub; consumes the reference. */
void hub_send(struct hub_node *n, struct blob *bytes);

#endif
