/*
 * Inside live mode: what the files share.
 *
 *   live.c     starting and stopping, options, the host of the simulation
 *   pace.c     the clock: runs the simulation as far as the wall clock says
 *   ports.c    where nodes listen
 *   link.c     one accepted connection: its bytes in, requests to the node
 *   output.c   answers out
 *   limits.c   what is too much, and the log
 *
 * A turn of the loop: the simulation is run up to the present (pace_check()), sockets are read,
 * which hands requests to it, it is run again (pace_prepare()), then ports are opened and closed as
 * nodes have begun and ended, answers are written, and the next event is waited for.
 *
 * Nothing here is deterministic, but all that gets into the simulation gets there at a moment of
 * its own (pace_moment()): whoever repeats that at the same virtual times gets the same run.
 */
#ifndef SHEEPSIM_LIVE_LIVE_H
#define SHEEPSIM_LIVE_LIVE_H

#include <sys/queue.h>
#include <sys/socket.h>

#include <ev.h>

#include <sheepsim/live.h>

#include "api/sim.h"
#include "scenario/run.h"

#define DEFAULT_CONNECTIONS  4096
#define DEFAULT_REQUESTS     1024
#define DEFAULT_REQUEST_SIZE (UINT64_C(64) << 20)
#define DEFAULT_BACKLOG	     (UINT64_C(64) << 20)
#define DEFAULT_IN_FLIGHT    (UINT64_C(1) << 30)
#define DEFAULT_ABANDONED    (UINT64_C(256) << 20)

struct sheepsim_live;
struct link;

/* ------------------------------------------------------------------ ports */

/*
 * An address that a node listens at. claim keeps it for the node while that does not run: it is
 * bound, but does not listen, so connections are refused.
 */
struct port {
	struct sheepsim_live *live;
	int node;
	struct sockaddr_storage at;
	socklen_t at_len;
	char *path; /* of a UNIX socket; else NULL */
	int claim;  /* -1: none */
	bool bound; /* what is at path is ours */
	int fd;	    /* -1: the node does not listen */
	ev_io accepting;
};

/* All ports of a node: its address, its io address, a UNIX socket. */
struct doors {
	char *host;
	uint16_t number;
	struct port ports[3];
	unsigned nr;
	bool made_dir; /* that of the UNIX socket: to be removed */
};

/* As struct sim_host says. */
int ports_place(struct sim_host *h, int index, struct sheepsim_node *config);
void ports_removed(struct sim_host *h, int index);
int ports_move(struct sim_host *h, int index, const struct sheepsim_node *config);

/* Claims the addresses of nodes that are there already. */
int ports_adopt(struct sheepsim_live *live);

/* Makes the directory of UNIX sockets, where one is wanted and there is none. */
int ports_directory(struct sheepsim_live *live);

/* Opens and closes ports, and pauses them, as nodes listen and are held just now. */
void ports_follow(struct sheepsim_live *live);
void ports_close(struct sheepsim_live *live);

/* ------------------------------------------------------------------ connections */

/* A request that has no answer yet. */
struct asked {
	uint32_t id;
	uint8_t opcode;
	uint64_t bytes;
	uint64_t answer; /* bytes that it has room for */
	TAILQ_ENTRY(asked) link;
};

/* An answer on its way to the socket. */
struct answer_out {
	uint8_t head[WIRE_HEADER];
	struct blob *payload;
	uint64_t sent; /* bytes of head and payload */
	STAILQ_ENTRY(answer_out) link;
};

struct link {
	struct sheepsim_live *live;
	int node;
	int fd;
	ev_io reading, writing;
	struct sheepsim_conn *conn; /* NULL: gone */
	bool node_gone;		    /* it has closed: to be closed when all is written */
	bool broken;		    /* the socket is of no use any more: to be closed */

	uint8_t *left; /* bytes that were read, but are more than it may have under way */
	size_t left_len;
	uint8_t head[WIRE_HEADER]; /* of the request that is being read */
	size_t head_len;
	uint8_t *payload;
	size_t payload_len, payload_cap, payload_size;

	TAILQ_HEAD(, asked) asked;
	unsigned nr_asked;
	uint64_t asked_bytes, asked_answers;
	STAILQ_HEAD(, answer_out) out;
	uint64_t out_bytes; /* not written */
	bool dirty;	    /* in the list of those that something has to be done for */
	TAILQ_ENTRY(link) dirty_link;
	LIST_ENTRY(link) entry;
};

/* A socket was accepted for a node. */
void link_open(struct sheepsim_live *live, int node, int fd);

/* The connection is over, on both sides. */
void link_close(struct link *l);

/* Something has to be done for l at the end of the turn: writing, or closing. */
void link_touch(struct link *l);

/* Reads from it, or not, as the limits say just now. */
void link_pace(struct link *l);

/* Queues an answer; payload borrowed. */
void output_add(struct link *l, const uint8_t head[WIRE_HEADER], struct blob *payload);

/* Writes as much as the socket takes. False: it is broken. */
bool output_write(struct link *l);
void output_drop(struct link *l);

/* ------------------------------------------------------------------ limits */

enum limit {
	LIMIT_CONNECTIONS,
	LIMIT_REQUEST_SIZE,
	LIMIT_REQUESTS,
	LIMIT_BACKLOG,
	LIMIT_BYTES,
	LIMIT_ABANDONED,
	LIMIT_FILES,
	NR_LIMITS
};

/* When a limit was told of last, and how often it was hit since. */
struct limit_log {
	uint64_t told; /* wall ns; 0: never */
	uint64_t hits;
};

/* A limit was hit: a line for the log, at most one a second for each limit. */
void limit_hit(struct sheepsim_live *live, enum limit limit, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Bytes of requests that wait for an epoch, and whose clients are gone. */
uint64_t live_abandoned(const struct sheepsim_live *live);

void live_log(struct sheepsim_live *live, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ------------------------------------------------------------------ time */

struct pace {
	ev_prepare before; /* the loop waits */
	ev_check after;
	ev_io due;	/* timer_fd */
	int timer_fd;	/* for the next event: libev's own timers count in milliseconds */
	uint64_t armed; /* virtual time that timer_fd is set for; UINT64_MAX: it is not */
	/* virtual time is base + (wall - base_wall) * speed / 1000 */
	uint64_t base, base_wall;
	uint64_t moment; /* nothing but what came from outside happens at this virtual time */
};

uint64_t wall_now(void);

int pace_start(struct sheepsim_live *live);
void pace_stop(struct sheepsim_live *live);

/* Moves the clock to a moment of its own, unless nothing has happened since the last one. _own: to
 * one that what comes later does not share. */
void pace_moment(struct sheepsim_live *live);
void pace_own_moment(struct sheepsim_live *live);

/* ------------------------------------------------------------------ control (control.h) */

struct control {
	char *path;
	int fd; /* -1: there is no control socket */
	ev_io accepting;
	TAILQ_HEAD(, console) consoles;
	STAILQ_HEAD(, task) tasks; /* the first one runs */
	bool in_fiber;		   /* what runs just now is a command that may wait */
	bool cancelled;		   /* nothing waits any more */
};

/* A UNIX socket that listens at a path, where nothing is but a socket that was left behind; -1 with
 * errno, for which unix_error() has the words. */
int unix_listen(const char *path);
const char *unix_error(int error);

/* ------------------------------------------------------------------ recording (recording.c) */

struct recording;

/* Begins, if that is wanted, with the scenario as it went. */
int recording_start(struct sheepsim_live *live, const char *transcript);
void recording_stop(struct sheepsim_live *live);

/* What has come just now, at a moment of its own; these do nothing if nothing is recorded. */
void recording_open(struct sheepsim_live *live, int conn, int node);
void recording_send(struct sheepsim_live *live, int conn, const uint8_t head[WIRE_HEADER],
		    const uint8_t *payload, size_t len);
void recording_close(struct sheepsim_live *live, int conn);

/* A command that began then is over. */
void recording_command(struct sheepsim_live *live, const char *line, uint64_t began, int error,
		       const char *out, const char *words);
void recording_flush(struct sheepsim_live *live);

/* ------------------------------------------------------------------ all of it */

struct sheepsim_live {
	struct sim_host host;
	struct sheepsim *sim;
	struct ev_loop *loop;
	struct sheepsim_live_options
		options; /* defaults filled in but for port; strings are ours */
	struct run *run; /* the scenario; NULL: there is none */
	struct pace pace;

	struct doors **doors; /* of each node; NULL: it has none */
	int nr_doors;
	bool made_dir;		     /* that of UNIX sockets: to be removed */
	ev_timer retry;		     /* accepts again, after files had run out */
	struct recording *recording; /* NULL: nothing is recorded */
	bool no_place;		     /* this command's node cannot be where it should: only here */
	uint64_t told;		     /* wall ns: when the run's database had all events last */
	uint64_t synced;	     /* wall ns: when the cluster's file had all last */
	char *error;		     /* the file has failed; NULL: it has not */
	bool look; /* a node has begun or ended to listen, or is held or released */

	LIST_HEAD(, link) links;
	TAILQ_HEAD(, link) dirty;
	struct control control;
	bool gated; /* clients are not read from: a check runs */
	bool full;  /* more bytes are in flight than may be: nobody is read from */
	struct sheepsim_live_counts counts;
	struct limit_log limits[NR_LIMITS];

	bool draining;
	uint64_t drain_until; /* wall ns */
	ev_timer drain_timer;
	ev_timer tick; /* what is kept in files is brought there though nothing happens */
	void (*drained)(void *arg);
	void *drained_arg;
};

/* The end of a turn: what has come up is done. */
void live_settle(struct sheepsim_live *live);

#endif
