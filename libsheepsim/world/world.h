/*
 * All that is not a sheep, seen from one place in it (D1): time, timers, randomness, connections,
 * disks, events. A node or a client owns one struct world and acts only through it.
 *
 * Everything that a place has started and that is still pending (timers, disk operations,
 * connections) is known here, so a crash is one call: world_crash() drops it all, and nothing of it
 * is called back afterwards. While a place is held (SIGSTOP), all that is due for it waits.
 */
#ifndef SHEEPSIM_WORLD_WORLD_H
#define SHEEPSIM_WORLD_WORLD_H

#include <sys/queue.h>

#include "base/random.h"
#include "trace/trace.h"
#include "wire/records.h"
#include "world/clock.h"

struct universe; /* what all places share: clock, network, faults, trace (universe.h) */

struct timer {
	void (*fire)(struct timer *t);
	/* the rest belongs to the world */
	struct world *world;
	struct clock_event event;
	LIST_ENTRY(timer) link;
};

/* CACHED: a write that does not reach the disk yet, which takes the disk no time. */
enum disk_kind { DISK_READ, DISK_WRITE, DISK_META, DISK_CACHED };

/* What of a node an operation is about: faults may be of one of these. */
enum disk_use { DISK_OBJECTS, DISK_JOURNAL, DISK_CONFIG, DISK_LOGS, NR_DISK_USES };

/*
 * One operation of a disk: the model only takes time and may fail. done() runs when the disk has
 * got to it; what the operation does to the store happens there, in one step, so a crash before it
 * means that it never happened.
 */
struct disk_io {
	void (*done)(struct disk_io *io, int error); /* 0 or the errno of a fault */
	/* What of it has taken place when the process ends in the middle of it; NULL: nothing. */
	void (*torn)(struct disk_io *io);
	enum disk_kind kind;
	enum disk_use use;
	uint64_t bytes;
	uint64_t oid;  /* for faults and events */
	uint32_t disk; /* index of the disk in its node */
	/* the rest belongs to the world */
	struct world *world;
	struct clock_event event;
	bool served; /* the disk is done with it, only done() is still to come */
	LIST_ENTRY(disk_io) link;
	TAILQ_ENTRY(disk_io) queue; /* while the disk has not begun it */
};

struct conn;
struct disk_fault;

struct conn_handler {
	/* A message came. payload: what followed the header, or NULL; borrowed. */
	void (*frame)(struct conn *c, const uint8_t head[WIRE_HEADER], struct blob *payload);
	/* The other side closed, or is gone. The connection is freed after this call. */
	void (*closed)(struct conn *c);
};

/*
 * One end of a connection. A cluster has as many of them as it has pairs of nodes, and most are
 * idle: so it takes one line of the cache, and the two ends are neighbours (conn_pair).
 */
struct conn {
	const struct conn_handler *handler; /* the user's, who may change it with the owner */
	void *owner;			    /* the user's */
	/* the rest belongs to the world */
	struct world *world;
	LIST_ENTRY(conn) link;
	uint64_t last_arrival;	 /* when what was sent last arrives there: keeps order */
	uint64_t number;	 /* 1, 2, ... in the universe; both ends have the same */
	int peer_place;		 /* whose the other end is */
	uint32_t in_flight : 27; /* events under way that name this end */
	bool io : 1;		 /* opened to an I/O address */
	bool dialled : 1;	 /* this end opened the connection: the first one of its pair; it
				    asks, the other answers */
	bool alone : 1;		 /* the other end is gone, for this one */
	bool dead : 1;		 /* closed here; the pair stays while anything names it */
	bool stalled : 1;	 /* a cut or a filter keeps something from it (struct net_stall) */
};

struct world {
	struct universe *universe;
	int place; /* node index, or TRACE_CLIENT + n */
	bool held;
	bool alive; /* between world_boot() and world_crash() */
	/* What it sends and is sent takes no time: a real client, whose own network takes some. */
	bool near;
	struct node_id address; /* where it listens; clients: zero */
	/* Called when somebody connects; sets handler and owner of c. NULL: nobody listens. */
	void (*accept)(void *owner, struct conn *c);
	void *owner;
	LIST_HEAD(, timer) timers;
	LIST_HEAD(, disk_io) ios;
	LIST_HEAD(, conn) conns;
	struct disk *disks; /* the disk model's queues (disk.c) */
	uint32_t nr_disks;
	uint32_t nr_ios;	     /* in ios */
	uint32_t nr_messages;	     /* under way on its connections, see world_pending_net() */
	struct random_stream stream; /* of the process, if it was begun */
	bool stream_begun;
	uint64_t disk_slow; /* ns more for each operation */
	LIST_HEAD(, disk_fault) disk_faults;
	/* What came due while the place was held, in order, and what goes through it afterwards. */
	TAILQ_HEAD(, clock_event) deferred;
	struct clock_event replay;
	struct clock_event *replayed; /* the one that replay runs just now */
	/* The exchange that the place is blocked on; NULL: it is not. */
	const struct conn *blocked_on;
	const struct timer *blocked_timer;
};

/*
 * Makes w a place of u; it starts not alive. nr_disks: 0 for clients. world_free() crashes it first
 * if it is alive; all places are freed before their universe.
 */
void world_init(struct world *w, struct universe *u, int place, uint32_t nr_disks);
void world_free(struct world *w);

/*
 * The process at this place begins / ends: see above. Timers, disk operations, connections and
 * listening need a process. A crash closes every connection: the others learn it after one network
 * latency, and after all that was sent before (R434). Nothing happens if it is dead already.
 */
void world_boot(struct world *w);
void world_crash(struct world *w);

/* For operations that the disks have begun, before a crash: each may take place in part. */
void world_tear(struct world *w);

/*
 * SIGSTOP and SIGCONT. Whatever is due for a held place (frames, closed connections, new ones,
 * timers, disk operations) waits, and comes in the same order when it is released; what the cluster
 * driver says comes first. A crash ends the hold.
 */
void world_hold(struct world *w);
void world_release(struct world *w);

/*
 * For who makes events that a process has to see: true if e, which is due for w, has to wait. It is
 * run again then. world_undefer() takes it off again if it waits.
 */
bool world_defer(struct world *w, struct clock_event *e);

/* The same for the cluster driver: a process that goes on learns of the cluster before it looks at
 * its connections, so what came for an older epoch meanwhile is too old (captured: epoch_old_read).
 */
bool world_defer_first(struct world *w, struct clock_event *e);
void world_undefer(struct world *w, struct clock_event *e);

/*
 * The process waits for what comes on this connection, or for this timer, and for nothing else: all
 * other things wait until world_unblock(), and come in the same order then.
 */
void world_block(struct world *w, const struct conn *c, const struct timer *t);
void world_unblock(struct world *w);

/*
 * From now on connections to address (and to its io address, if set) come to this place. No other
 * place may listen there. Ends with world_listen_stop() or the process. accept() comes one network
 * latency after world_connect(), before any frame; a connection for which it sets no handler is
 * closed.
 */
void world_listen(struct world *w, const struct node_id *address,
		  void (*accept)(void *owner, struct conn *c), void *owner);
void world_listen_stop(struct world *w);

/* Virtual ns since the simulation began; and ns since 1970 of the simulated wall clock. */
uint64_t world_now(const struct world *w);
uint64_t world_unix_time(const struct world *w);

/* (Re)starts a timer: fire() is called delay ns from now, on the place's loop. */
void world_timer(struct world *w, struct timer *t, uint64_t delay);
void world_timer_stop(struct timer *t);
static inline bool timer_armed(const struct timer *t)
{
	return t->world != NULL;
}

/*
 * A random number below limit, keyed by seed, purpose, and the three keys (D5). If the universe has
 * streams, they are only looked at as documentation: a process then draws from one stream that its
 * port seeds, as captures of sheepdog show (the first number was drawn before the node joined).
 */
uint64_t world_random(struct world *w, uint64_t limit, const char *purpose, uint64_t a, uint64_t b,
		      uint64_t c);

/* The place has at least so many disks from now on: one was plugged. */
void world_disks(struct world *w, uint32_t nr_disks);

/* Hands an operation to the disk. */
void world_disk(struct world *w, struct disk_io *io);

/*
 * For what is written while the loop waits, in no time: the errno that this meets, 0 if none.
 */
int world_disk_error(struct world *w, enum disk_use use);

/*
 * Opens a connection to the node at this identity: to its io address if it has one, else to addr.
 * NULL: nobody listens there, the attempt was refused. A connection to a place that is held or cut
 * off is made, but what is sent on it does not arrive while that lasts.
 */
struct conn *world_connect(struct world *w, const struct node_id *to,
			   const struct conn_handler *handler, void *owner);

/*
 * Sends a message; payload (may be NULL) gets a reference of its own. Messages of one direction
 * arrive in order. Nothing is sent if the connection is closed already (while a handler of it runs)
 * or the other side is gone.
 */
void conn_send(struct conn *c, const uint8_t head[WIRE_HEADER], struct blob *payload);

/* Closes this end; no handler of it is called any more. The other side learns it. */
void conn_close(struct conn *c);

/* The place at the other end, gone or not. For events and choices that depend on who it is. */
int conn_peer_place(const struct conn *c);

/* Emits an event of this place. */
void world_note(struct world *w, enum trace_kind kind, uint64_t a, uint64_t b, uint64_t c,
		uint64_t d);
void world_words(struct world *w, enum trace_kind kind, uint64_t a, uint64_t b, const char *format,
		 ...) __attribute__((format(printf, 5, 6)));

#endif
