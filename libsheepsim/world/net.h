/*
 * What the files of the network share: one message on its way. Only net.c, connect.c, faults.c and
 * world.c use it.
 */
#ifndef SHEEPSIM_WORLD_NET_H
#define SHEEPSIM_WORLD_NET_H

#include <uthash.h>

#include "world/universe.h"

enum net_kind {
	NET_FREE, /* in the pool */
	NET_ACCEPT,
	NET_FRAME,
	NET_CLOSE,
};

/*
 * It comes from the pool of the universe and goes back after it was delivered or dropped. It counts
 * as in flight at `to`, which is why that end is still there, dead or not.
 */
struct net_event {
	struct clock_event event;
	struct universe *universe;
	struct conn *to;
	struct blob *payload;
	uint64_t not_before; /* a filter delays it until then */
	uint32_t held_by;    /* the filter that holds it, 0: none */
	bool judged;	     /* filters have seen it */
	enum net_kind kind;
	uint8_t head[WIRE_HEADER];
	TAILQ_ENTRY(net_event) link; /* in the pool, or in the stall of `to` */
};

/* What a cut or a filter keeps from an end of a connection, while there is anything. */
struct net_stall {
	struct conn *conn;
	TAILQ_HEAD(net_waiting, net_event) waiting; /* in order, not empty but for a moment */
	struct clock_event wake;		    /* goes on with the first of them */
	UT_hash_handle hh;			    /* in the universe's, by conn */
};

struct conn_pair {
	struct conn dialler, accepter;
};

/* The other end, gone or not. */
static inline struct conn *conn_other(const struct conn *c)
{
	return (struct conn *)(uintptr_t)(c->dialled ? c + 1 : c - 1);
}

/* Frees the pair of c if both ends are closed and nothing names them any more; their places may be
 * gone. */
void conn_release(struct universe *u, struct conn *c);

/* A message from conn c to its other end (which is there), due after delay; keeps the order. */
struct net_event *net_event_new(struct conn *c, enum net_kind kind);
void net_event_send(struct conn *c, struct net_event *e, uint64_t delay);

/* How long a message of so many bytes takes from c to its other end (which is there). */
uint64_t net_latency(const struct conn *c, uint64_t size);

/* Tells whoever wants to know that w listens or is held, or not any more. */
void net_changed(struct world *w);

/* Emits that c has ended. */
void net_note_end(const struct conn *c);

/* This end is over, in silence; the other one (if any) learns it. */
void net_hang_up(struct conn *c);

/* What of this connection is deferred already (that it was closed) is awaited from now on. */
void net_await(struct world *w, const struct conn *c);

/* As world_defer(); awaited: w may be blocked on this. */
bool world_defer_awaited(struct world *w, struct clock_event *e, bool awaited);

/* Goes on with what waits wherever it need not wait any more. */
void net_go_on(struct universe *u);

/* Lets go messages that this filter (0: any) holds. Returns how many. */
uint32_t net_let_go(struct universe *u, uint32_t filter);

/* Frees the pool and all that is still in flight. */
void net_free(struct universe *u);

/*
 * Shows e to the filters, which may end any process. FAULT_DELAY and FAULT_HOLD: not_before or
 * held_by has been set.
 */
enum fault_action faults_judge(struct universe *u, struct net_event *e);
void faults_free(struct universe *u);

#endif
