/*
 * What all places of one simulation share: the clock, the network between them, faults, the trace.
 * Owned by whoever runs the simulation (api/). Places (world.h) see it only through struct world.
 */
#ifndef SHEEPSIM_WORLD_UNIVERSE_H
#define SHEEPSIM_WORLD_UNIVERSE_H

#include "base/pool.h"
#include "world/world.h"

/* How fast things are. All times in ns. */
struct universe_speed {
	uint64_t net_latency;  /* of one message, default 100 us */
	uint64_t net_jitter;   /* up to so much more, keyed by the message, default 20 us */
	uint64_t net_byte_ps;  /* picoseconds a payload byte, default 1000 (1 GB/s) */
	uint64_t disk_latency; /* of one operation, default 200 us */
	uint64_t disk_byte_ps; /* picoseconds a byte, default 500 */
	uint32_t disk_depth;   /* operations that a disk serves at once, default 8 */
};

/* What a filter does with a message that it matches. */
enum fault_action { FAULT_DELIVER, FAULT_DROP, FAULT_DELAY, FAULT_HOLD };

/*
 * A filter on messages: which ones, and what becomes of them when they arrive (so it sees messages
 * that are under way already, and hit() may end any process). Fields that are -1 match all. Of
 * several filters the oldest that does anything but FAULT_DELIVER decides; those before it count.
 * Dropping a message cuts its connection, which both ends learn: TCP loses nothing in silence. What
 * is behind a delayed or held message on its connection waits too.
 */
struct fault_filter {
	int from, to;	/* places */
	int opcode;	/* of the header */
	int answer;	/* 0: requests, 1: answers */
	int64_t oid;	/* of the request header, so no answer matches one; -1: all */
	uint32_t skip;	/* let the first so many that match pass */
	uint32_t count; /* then act on so many; 0: on all */
	enum fault_action action;
	uint64_t delay; /* ns, for FAULT_DELAY */
	/* called at each message acted on, may be NULL (triggers) */
	void (*hit)(struct fault_filter *f, const uint8_t head[WIRE_HEADER]);
	void *owner;
	uint32_t matched, acted; /* counted by the network */
	uint32_t id;		 /* given by universe_filter_add() */
	TAILQ_ENTRY(fault_filter) link;
};

struct universe {
	struct clock clock;
	struct trace trace;
	uint64_t seed;
	bool streams;	     /* nodes draw random numbers as sheepdog does: see world_random() */
	uint64_t jitter;     /* random_purpose() of the network's */
	uint64_t epoch_unix; /* what the wall clock says at time 0, ns since 1970 */
	struct universe_speed speed;
	TAILQ_HEAD(, fault_filter) filters;
	uint32_t next_filter;
	struct listener *listeners;    /* address -> place (net.c) */
	struct cut *cuts;	       /* pairs of places that cannot reach each other (faults.c) */
	struct net_stall *stalls;      /* ends that messages are kept from, oldest first (net.c) */
	struct pool conns;	       /* pairs of ends (connect.c) */
	TAILQ_HEAD(, net_event) spare; /* pool (net.c) */
	struct net_slab *slabs;	       /* its memory (net.c) */
	uint64_t connections;	       /* opened so far */
	uint64_t messages, bytes;      /* delivered so far, for reports */
	/* Called when a place begins or ends to listen, or is held or released; may be NULL. */
	void (*changed)(void *arg, struct world *w);
	void *changed_arg;
};

/*
 * The simulated wall clock of a new universe stands at 2026-01-01T00:00:00Z. universe_free() may
 * come while events are pending, after all places and the hub were freed.
 */
void universe_init(struct universe *u, uint64_t seed);
void universe_free(struct universe *u);

/*
 * Adds a filter (owned by the caller, must stay until removed); gives its id. Removing one does not
 * let go what it holds.
 */
uint32_t universe_filter_add(struct universe *u, struct fault_filter *f);
void universe_filter_remove(struct universe *u, struct fault_filter *f);

/*
 * Lets go what FAULT_HOLD filters hold back: of one filter (its id), or of all (0). Returns how
 * many.
 */
uint32_t universe_release(struct universe *u, uint32_t filter);

/* Cuts or mends the link between two places, both ways. Messages wait while it is cut. */
void universe_cut(struct universe *u, int a, int b, bool cut);
bool universe_is_cut(const struct universe *u, int a, int b);

/*
 * How much longer each disk operation takes at a place that begins from now on (slow disk); and the
 * error (an errno) of its next count operations of this use, on one object or on all (0). count 0:
 * no errors any more. Faults of disks outlive the process.
 */
void world_disk_slow(struct world *w, uint64_t extra_ns);
void world_disk_fail(struct world *w, enum disk_use use, uint64_t oid_or_0, int error,
		     uint32_t count);

/* "objects", "journal", ...; and errnos that disks may give: "EIO", NULL or 0 if it is none. */
const char *disk_use_name(enum disk_use use);
const char *disk_error_name(int error);
int disk_error_number(const char *name);

/*
 * Operations that disks of w have not finished, and messages (connection requests and ends of
 * connections too) under way on its open connections, both ways, held ones included.
 */
uint32_t world_pending_disk(const struct world *w);
uint32_t world_pending_net(const struct world *w);

#endif
