/*
 * The inside of the hub, shared by the files hub*.c.
 *
 * A node is to the hub one process: the bytes that come from it (uplinks) and those that go to it
 * (its inbox), both in order. What a node submits takes its turn in the order (hub_order.c), one
 * thing at a time, and nothing while a join is being judged (hub_join.c). Blocks stand in a line of
 * their own (hub_block.c). Sessions can be lost (hub_session.c).
 */
#ifndef SHEEPSIM_DRIVER_HUB_PRIVATE_H
#define SHEEPSIM_DRIVER_HUB_PRIVATE_H

#include <uthash.h>

#include "driver/hub.h"
#include "driver/link.h"
#include "wire/driver_message.h"

/* What was set for a place from outside; it outlives the processes there. */
struct hub_place {
	int place;
	bool paused;
	bool cut;	/* off from the hub */
	uint64_t delay; /* of every event */
	LIST_HEAD(, hub_place_delay) delays;
	UT_hash_handle hh;
};

struct hub_place_delay {
	uint64_t position;
	uint64_t ns;
	LIST_ENTRY(hub_place_delay) link;
};

/* Bytes on the way to the hub. */
struct uplink {
	struct clock_event event;
	struct hub_node *from;
	struct blob *bytes;
	bool held; /* its place is cut off */
	TAILQ_ENTRY(uplink) link;
};

/* Bytes on the way to a node. */
struct delivery {
	struct blob *bytes; /* shared with the inboxes of the others */
	uint64_t position;  /* of an event in the order; 0: only for this node */
	uint64_t due;
	STAILQ_ENTRY(delivery) link;
};

enum hub_node_state {
	HUB_OUTSIDE, /* in no list; gets nothing */
	HUB_JOINING, /* its join is waiting or being judged */
	HUB_MEMBER,
	HUB_EX_MEMBER, /* has left, gets everything (R112) */
};

struct hub_node {
	struct hub *hub;
	struct world *world; /* valid while receive is set */
	struct hub_place *place;
	void (*receive)(void *arg, struct blob *bytes); /* NULL: the process is gone */
	void (*told)(void *arg);			/* that its session is lost */
	void *arg;
	enum hub_node_state state;
	bool dead; /* the hub has noticed that the process is gone */
	struct node_rec rec;
	uint8_t version; /* of the protocol that is spoken with it, since its join */
	STAILQ_HEAD(, delivery) inbox;
	uint32_t nr_inbox;
	uint64_t last_due;
	struct clock_event deliver; /* runs for the first of inbox */
	TAILQ_HEAD(hub_uplinks, uplink) uplinks;
	struct clock_event detect;
	struct clock_event expire; /* of its session, while its place is cut off */
	bool lost;		   /* its session is, and it does not know yet */
	uint64_t lost_due;	   /* when it can know */
	TAILQ_ENTRY(hub_node) link;
};

/* Something that waits for its turn in the order. */
struct submission {
	struct hub_node *node;
	struct driver_message *message; /* NULL: the process is gone */
	TAILQ_ENTRY(submission) link;
};

TAILQ_HEAD(submissions, submission);

struct hub_block {
	struct hub_node *node;
	TAILQ_ENTRY(hub_block) link;
};

/* How far the head of the line of blocks is (R116). */
enum block_state {
	BLOCK_WAITS,   /* to be offered */
	BLOCK_OFFERED, /* the requester has not answered yet */
	BLOCK_NOT_YET, /* it could not start; offered again behind the next event */
	BLOCK_RUNS,
};

struct hub {
	struct universe *universe;
	struct commons *commons;
	struct hub_options options;
	struct hub_place *places;
	TAILQ_HEAD(hub_nodes, hub_node) nodes; /* ascending place, then age */
	struct members *members;	       /* the list at this point of the order */
	uint64_t position;		       /* of the next event */
	struct submissions order;	       /* what waits while a join is judged */
	/* joins whose identity is still a member (R114), and what their nodes said since */
	struct submissions parked;
	/* the join that is being judged (joiner NULL: none) */
	struct hub_node *joiner;
	struct hub_node *acceptor; /* NULL: nobody can (R110) */
	struct blob *opaque;	   /* the joiner's own */
	TAILQ_HEAD(, hub_block) blocks;
	enum block_state block_state; /* of the first of them */
	uint64_t block_offered_at;    /* position when it was offered last */
	uint32_t pending;
};

/* hub.c: the settings of a place. */
struct hub_place *hub_place(struct hub *h, int place);

/* hub_link.c: a message for one node; position: as in struct delivery. Consumes bytes. */
void hub_post(struct hub_node *n, struct blob *bytes, uint64_t position);
/* When a message that is sent now would get to n. */
uint64_t hub_post_time(const struct hub_node *n, uint64_t position);
/* Encodes m for n (its version) and posts it. */
void hub_tell(struct hub_node *n, struct driver_message *m);
/* Tells n that it cannot go on: its join is refused, or its message cannot be understood. */
void hub_refuse(struct hub_node *n, const char *why);
/* Drops what is under way on the line of n; stops it; lets what was stopped go on. */
void hub_line_drop(struct hub_node *n);
void hub_line_hold(struct hub_node *n);
void hub_line_go_on(struct hub_node *n);
/* The node's delivery has been paused or resumed. */
void hub_node_resume(struct hub_node *n);
void hub_node_free(struct hub_node *n);

/* hub_session.c: the session of n does not expire just now, if it was about to. */
void hub_session_keep(struct hub_node *n);

/* hub_order.c: takes a message from n; consumes m. */
void hub_take(struct hub_node *n, struct driver_message *m);
/* The process of n is gone, as the hub has noticed just now. */
void hub_noticed(struct hub_node *n);
/*
 * Tells the stream of events what has had its turn: what n submitted (SD_DRIVER_*; 0: it has died),
 * and the message of which all get told (NULL, position 0: none; of a block, and of the end of an
 * ex-member).
 */
void hub_note(struct hub_node *n, uint8_t submitted, uint64_t position, struct blob *message);
/* Gives m, which is about what a node submitted, the next position, and delivers it to every member
 * and ex-member. */
void hub_order_event(struct hub_node *about, uint8_t submitted, struct driver_message *m);
/* Goes on with what waits for its turn. */
void hub_go_on(struct hub *h);
void submission_free(struct submission *s);

/* hub_join.c */
/* A join has its turn; consumes s. */
void hub_join_start(struct hub *h, struct submission *s);
/* The acceptor of the join is gone, or its joiner: somebody else must judge it. */
void hub_join_lost(struct hub *h, const struct hub_node *n);
void hub_join_reply(struct hub_node *n, const struct driver_message *m);
/* What a node says whose join is parked waits too; consumes s. */
void hub_join_park(struct hub *h, struct submission *s);
/* The identity is no member any more: a join that waited for that goes on. */
void hub_join_unpark(struct hub *h, const struct node_id *id);
/* The node is gone before its join had its turn. */
void hub_join_drop_parked(struct hub *h, const struct hub_node *n);

/* hub_block.c */
void hub_block_add(struct hub_node *n);
void hub_block_reply(struct hub_node *n, bool started);
/* True if n's block runs; it is over then. */
bool hub_block_end(struct hub_node *n);
void hub_block_drop(struct hub_node *n);
/* An event was ordered. */
void hub_block_event(struct hub *h);
void hub_block_go_on(struct hub *h);

#endif
