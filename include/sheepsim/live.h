/*
 * Live mode: the nodes of a simulation listen on real sockets, and the virtual clock follows the
 * wall clock, so that unmodified programs use them as a sheepdog cluster.
 *
 *	struct sheepsim_live *live;
 *	sheepsim_open(&sim, &(struct sheepsim_options){ .seed = 7 });
 *	sheepsim_live_start(&live, sim, loop, &(struct sheepsim_live_options){ .any_port = true });
 *	for (int i = 0; i < 3; i++)
 *		sheepsim_start(sim, sheepsim_node_add(sim, NULL));
 *	sheepsim_format(sim, NULL);                   // jumps: the clients see none of that time
 *	sheepsim_live_address(live, 0, &address);     // where the program under test connects
 *	ev_run(loop, 0);                              // the caller's own loop
 *	sheepsim_live_stop(live);
 *	sheepsim_close(sim);
 *
 * The nodes are those of the simulator, in the same simulated network: only who connects to them
 * from outside is real. A connection that a node's socket accepts is a place of its own in the
 * simulation, as a client's is, but for it the network takes no time. A node that is killed refuses
 * connections, one that is held does not read.
 *
 * Everything else can be used as ever, from the thread that runs the loop. Blocking calls jump:
 *they run the simulation as fast as it goes, whatever the wall clock says. What happens in live
 *mode depends on when clients send what, so two runs differ.
 *
 * Where an object belongs depends on the address and port of each node: with other ports objects
 * lie elsewhere.
 *
 * Part of the embedding API; sheepsim.h tells the rules for calls.
 */
#ifndef SHEEPSIM_LIVE_H
#define SHEEPSIM_LIVE_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ev_loop; /* libev's */
struct sheepsim_live;

struct sheepsim_live_options {
	/* Where nodes listen that say nothing else. An address that is not loopback has to be asked
	 * for here, "0.0.0.0" and "::" for all: then nodes are members as what their configuration
	 * says, which is what clients are told (GET_NODE_LIST). Default "127.0.0.1". */
	const char *listen;
	uint16_t port;	      /* of node 0; that of node i is i more. Default 7000 */
	bool any_port;	      /* instead: ports that are free, for nodes that say no port */
	bool elsewhere;	      /* all listen at free ports of 127.0.0.1, though they are members, and
				 tell others so, as what they are */
	const char *unix_dir; /* node N listens at DIR/N/sock too; NULL: it does not. DIR is made,
				 for its owner alone, if it is not there, and removed at the end */
	const char *control;  /* a UNIX socket for commands, see `sheepsim ctl\'; NULL: none */
	uint32_t speed; /* thousandths of a virtual second that a second takes; default 1000 */
	bool jump;	/* let time fly while no client waits and there is something to do */
	/* The file that the cluster of sheepsim_live_open() is kept in (files.h). If it is there
	 * the cluster goes on where it was: the scenario is not run, and the nodes that were ever
	 * started are started. No answer leaves before what it promises is in the file. */
	const char *file;
	bool scratch; /* the file survives the process, but not the machine */
	/* sheepsim_live_open() of a cluster that is not in a file yet: all that comes from outside
	 * is recorded here, as a scenario that repeats it, event by event, in virtual time.
	 * Commands run one after the other then. NULL: it is not. */
	const char *record;
	/* Limits. A connection that would exceed one is closed, or has to wait. */
	unsigned connections;  /* at the same time; default 4096. More are closed at once */
	unsigned requests;     /* of one connection under way, default 1024. More are not read */
	uint64_t request_size; /* data_length of one, default 64 MiB. Its connection is closed */
	uint64_t backlog;      /* bytes of answers that one client has asked for and not read,
				  default 64 MiB: nothing more is read from it */
	uint64_t in_flight;    /* bytes of requests of all connections, default 1 GiB: nobody is
				  read from */
	uint64_t abandoned;    /* bytes of requests that wait for epochs to come, and whose clients
				  are gone, default 256 MiB. Who sends more of that is closed */
	/* Gets a line where something is worth telling: a limit was hit, a socket has failed. */
	void (*log)(void *arg, const char *line);
	void *log_arg;
	/* The command `end' was given (NULL: it is refused), or the cluster's file has failed. */
	void (*end)(void *arg);
	void *end_arg;
};

/*
 * Lets the nodes of a simulation listen, those that are there and those that are added from now on
 * (they are refused if they cannot listen at their addresses). Nothing is served but while the loop
 * runs. The simulation stays the caller's; it must not be closed before sheepsim_live_stop().
 * SHEEPSIM_E_INVALID, SHEEPSIM_E_FILE: sheepsim_errmsg(sim) has the words.
 */
SHEEPSIM_API int sheepsim_live_start(struct sheepsim_live **live, struct sheepsim *sim,
				     struct ev_loop *loop,
				     const struct sheepsim_live_options *options);

/*
 * As sheepsim_live_start() for the cluster that a scenario describes, which is run first, to its
 * end, in virtual time; the output that it expects is not compared. name: of the scenario, for
 * messages. The simulation belongs to *live. SHEEPSIM_E_SCENARIO and others: message has the words,
 * with their place.
 */
SHEEPSIM_API int sheepsim_live_open(struct sheepsim_live **live, const char *text,
				    const struct sheepsim_scenario *scenario, struct ev_loop *loop,
				    const struct sheepsim_live_options *options, char message[512]);

/*
 * For a simulation that repeats what was served live: node `node', which is still to be added, will
 * be at this address and port where it does not say so itself, as it was then. Checks go by objects
 * from now on, as they do in live mode, where VDIs may be written by clients of which only messages
 * are known.
 */
SHEEPSIM_API int sheepsim_served(struct sheepsim *sim, int node, const char *address,
				 uint16_t port);

/*
 * At a virtual time that is still to come a client connects to a node, as number `conn', sends a
 * request, closes. This is what --record writes, as commands of a scenario. What is answered is
 * checked as that of real clients is.
 */
SHEEPSIM_API int sheepsim_replay_open(struct sheepsim *sim, uint64_t time, uint64_t conn, int node);
SHEEPSIM_API int sheepsim_replay_send(struct sheepsim *sim, uint64_t time, uint64_t conn,
				      const uint8_t head[48], const void *payload, size_t len);
SHEEPSIM_API int sheepsim_replay_close(struct sheepsim *sim, uint64_t time, uint64_t conn);

/* The simulation that is served. */
SHEEPSIM_API struct sheepsim *sheepsim_live_sim(struct sheepsim_live *live);

/* Where a node listens, or would if it ran. Strings are valid until the next call on live. */
struct sheepsim_live_address {
	const char *host;
	uint16_t port;
	const char *unix_path; /* NULL: none */
	bool listening;
};
SHEEPSIM_API int sheepsim_live_address(struct sheepsim_live *live, int node,
				       struct sheepsim_live_address *address);

struct sheepsim_live_counts {
	unsigned connections;	       /* open now */
	unsigned waiting;	       /* requests that are not answered */
	uint64_t accepted, refused;    /* connections so far; refused: there were too many */
	uint64_t requests, answers;    /* so far */
	uint64_t received, sent;       /* bytes, headers included */
	uint64_t in_flight, unwritten; /* bytes of requests; of answers that were not read */
	uint64_t abandoned; /* bytes of requests that wait for an epoch, and nobody for them */
};
SHEEPSIM_API void sheepsim_live_counts(const struct sheepsim_live *live,
				       struct sheepsim_live_counts *counts);

/* Why nothing is served any more: the cluster's file has failed. NULL: it is. */
SHEEPSIM_API const char *sheepsim_live_error(const struct sheepsim_live *live);

/*
 * Ends in order: accepts nothing more, reads no more requests, lets those that were read be
 * answered and the answers be read, for so many ns of wall time at most; then calls done(). The
 * loop has to run. sheepsim_live_stop() has still to be called, not from within done().
 */
SHEEPSIM_API void sheepsim_live_drain(struct sheepsim_live *live, uint64_t within,
				      void (*done)(void *arg), void *arg);

/* Closes everything at once; the nodes run on in virtual time, or are closed with the simulation
 * where that belongs to live. Not from within a callback of the simulation. */
SHEEPSIM_API void sheepsim_live_stop(struct sheepsim_live *live);

#ifdef __cplusplus
}
#endif

#endif
