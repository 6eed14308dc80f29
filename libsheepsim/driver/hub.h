/*
 * The simulated driver's hub: puts joins, leaves, notifications, blocks and updates into one total
 * order (R103) and delivers them to every member, each after that member's own delay.
 *
 * It knows nodes only by their member records and the bytes that they send. Owned by the cluster.
 */
#ifndef SHEEPSIM_DRIVER_HUB_H
#define SHEEPSIM_DRIVER_HUB_H

#include "driver/driver.h"
#include "world/universe.h"

/* Zero is the default. */
struct hub_options {
	uint64_t latency; /* ns from node to hub and from hub to node, default 500 us */
	uint64_t detect;  /* ns until the death of a process is noticed, default 50 ms (R804) */
	bool stuck_without_member; /* R110: the joiner waits for ever when its acceptor died last */
	uint8_t lowest, highest;   /* versions of the driver's own protocol; default: all known */
	uint32_t members_max;	   /* R122, default 6144: as many as a message can carry */
	uint64_t reconnect;	   /* ns until a lost session is followed by another, 1 s (R805) */
};

/* o: may be NULL. All handles of nodes (driver.h) must be closed before hub_free(). */
struct hub *hub_new(struct universe *u, struct commons *commons, const struct hub_options *o);
void hub_free(struct hub *h);

/*
 * Extra delay (ns) before node `place` gets the event at position (an absolute place in the order,
 * 0: everything, what concerns it alone too). Order per node is kept: what comes behind waits too.
 * It counts for what is ordered from now on, also for later processes there; ns 0 takes it back.
 */
void hub_delay(struct hub *h, int place, uint64_t position, uint64_t ns);

/*
 * Stops / resumes delivery to one node: it stays in its epoch until resumed. Joins are then judged
 * by somebody else, if there is one.
 */
void hub_pause(struct hub *h, int place, bool pause);

/*
 * The session of the process at a place is lost (R125): it leaves, what is under way to it and from
 * it is gone, and it is told so after a while.
 */
void hub_lose_session(struct hub *h, int place);

/*
 * Cuts a place off from the hub, or ends that (R124). Nothing arrives either way meanwhile; after
 * the detection time the session is lost, which the process learns when it can be reached again.
 */
void hub_cut(struct hub *h, int place, bool cut);

/* The position that the next event will get. */
uint64_t hub_position(const struct hub *h);

/*
 * Messages under way to nodes and from them, joins and blocks that are not over, deaths that were
 * not noticed yet: 0 when all is quiet.
 */
uint32_t hub_pending(const struct hub *h);

/* What is pending, in words, for "no progress" reports. */
struct text;
void hub_pending_text(const struct hub *h, struct text *t);

#endif
