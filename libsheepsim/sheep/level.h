/*
 * The peer version: what a node speaks with the others, what it takes from them, how versions are
 * judged at a join, and how a cluster changes to another one.
 *
 * The level is a property of the cluster (versions.md 6.1). The acceptor states it in byte 0 of the
 * cluster info that everybody gets; a node that cannot speak it does not become a member. A node
 * keeps it on its disk, so that the cluster comes back at its level. It changes by SET_LEVEL, an
 * ordered event: until every node has got it, each takes frames of both levels.
 */
#ifndef SHEEPSIM_SHEEP_LEVEL_H
#define SHEEPSIM_SHEEP_LEVEL_H

#include "sheep/node.h"

/* The process starts: what it speaks, and the level that its disk remembers. */
void level_init(struct sheep *s, const struct store_config *config);

/* Keeps the level in a config record that is about to be written. */
void level_record(const struct sheep *s, struct store_config *config);

/* ------------------------------------------------------------------ requests */

/*
 * The dialect of a request from a connection; NONE: a version that is not taken. Clients may have
 * any of the frontend versions, and dog any that the node speaks; peers the level exactly.
 */
enum dialect level_of_request(const struct sheep *s, const struct req *q);

/* The dialect of a cluster operation that was delivered; NONE: a level that is not known here. */
enum dialect level_of_message(const struct sheep *s, const struct req *q);

/* Is the operation known to this node, in this dialect? */
bool level_has_op(const struct sheep *s, enum dialect d, uint8_t opcode);

/* ------------------------------------------------------------------ joins */

/* What a JOIN says of this node. */
void level_offer(const struct sheep *s, struct dialect_offer *offer);

/* May who offers this join a cluster of this level? If not, the reason is in why. */
bool level_accepts(enum dialect level, const struct dialect_offer *offer, char why[120]);

/* The own dialect for the version that an acceptor states; NONE: there is none. */
enum dialect level_stated(const struct sheep *s, uint8_t version);

/* The node speaks this with the others from now on. */
void level_adopt(struct sheep *s, enum dialect level);

/* ------------------------------------------------------------------ changing it */

void can_speak_work(struct request *r); /* CAN_SPEAK */
void set_level_work(struct request *r); /* SET_LEVEL */
uint32_t set_level_effect(struct sheep *s, const struct cluster_msg *m);

#endif
