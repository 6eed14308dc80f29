/*
 * sheepsim: many sheepdog storage nodes in one process, on a virtual clock, from a seed.
 *
 *	struct sheepsim *sim = NULL;
 *	struct sheepsim_client *vm = NULL;
 *	sheepsim_open(&sim, &(struct sheepsim_options){ .seed = 7, .nodes = 5 });
 *	sheepsim_format(sim, &(struct sheepsim_format){ .copies = 3 });
 *	sheepsim_client_open(sim, 0, &vm);                   // a VM that talks to node 0's gateway
 *	sheepsim_vdi_create(vm, &(struct sheepsim_vdi){ .name = "alpha", .size = 1 << 30 });
 *	sheepsim_write(vm, "alpha", 0, data, sizeof data);
 *	sheepsim_kill(sim, 2);
 *	sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 60 * SHEEPSIM_SECOND);
 *	if (sheepsim_check(sim, SHEEPSIM_CHECK_ALL, NULL) < 0)
 *		puts(sheepsim_errmsg(sim));                  // says what broke
 *	sheepsim_close(sim);
 *
 * Rules for all calls: they return 0 or a positive number, or a negative enum sheepsim_error;
 * sheepsim_errmsg() then tells in words what was wrong with what, and nothing has changed. Handles
 * are opaque and belong to one thread at a time. Structs of options may be zero: zero is always the
 * default; they can grow in later versions. Times are in nanoseconds, sizes in bytes. Pointers that
 * calls hand out stay valid until the next call on the same simulation, unless said otherwise.
 *
 * Calls that need virtual time to pass exist in a blocking form (it runs the simulation until the
 * call is done) and, with the suffix _async, in a form that calls back when it is done. A blocking
 * call gives up after ten minutes of virtual time, or when the budget of events is used up
 * (SHEEPSIM_E_NO_PROGRESS; the message tells what is pending); what it has asked for goes on.
 *
 * Callbacks may call everything that lets no time pass; what does is refused with SHEEPSIM_E_STATE.
 * A process that a callback ends or starts ends or starts when the callback's event is over.
 */
#ifndef SHEEPSIM_SHEEPSIM_H
#define SHEEPSIM_SHEEPSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SHEEPSIM_API __attribute__((visibility("default")))
#else
#define SHEEPSIM_API
#endif

#define SHEEPSIM_VERSION "0.1.0"

#define SHEEPSIM_MICROSECOND UINT64_C(1000)
#define SHEEPSIM_MILLISECOND UINT64_C(1000000)
#define SHEEPSIM_SECOND	     UINT64_C(1000000000)

/* Errors: X(name, number, words). */
#define SHEEPSIM_ERRORS(X)                                                                         \
	X(INVALID, -1, "invalid argument")                                                         \
	X(STATE, -2, "not possible in this state")                                                 \
	X(NOT_FOUND, -3, "not found")                                                              \
	X(RESULT, -4, "a sheep answered with an error") /* sheepsim_result() has the code */       \
	X(LOST, -5, "the connection was lost")                                                     \
	X(NO_PROGRESS, -6, "time or events ran out before it was done")                            \
	X(VIOLATION, -7, "an invariant does not hold")                                             \
	X(MALFORMED, -8, "malformed bytes")                                                        \
	X(SCENARIO, -9, "error in the scenario")                                                   \
	X(MISMATCH, -10, "output differs from what was expected")                                  \
	X(VACUOUS, -11, "the run tested nothing")                                                  \
	X(FILE, -12, "file cannot be read or written")

enum sheepsim_error {
#define X(name, number, words) SHEEPSIM_E_##name = (number),
	SHEEPSIM_ERRORS(X)
#undef X
};

/* The words of an error number; "no error" for 0 and above. */
SHEEPSIM_API const char *sheepsim_strerror(int error);

/* ------------------------------------------------------------------ the simulation */

struct sheepsim;
struct sheepsim_versions; /* versions.h */

/* Where the disks of the nodes are. */
enum sheepsim_store {
	SHEEPSIM_STORE_MEMORY, /* they end with the process */
	SHEEPSIM_STORE_SQLITE, /* in a file, which files.h tells of */
};

struct sheepsim_options {
	uint64_t seed;
	unsigned nodes;		 /* nodes 0..nodes-1: added and started one after the other */
	uint64_t space;		 /* of each of them; default 64 GiB */
	uint64_t net_latency;	 /* default 100 us */
	uint64_t net_jitter;	 /* default 20 us: up to so much more, keyed by the message */
	uint64_t disk_latency;	 /* default 200 us */
	uint64_t driver_latency; /* default 500 us, each way */
	uint64_t driver_detect;	 /* until the driver notices a death; default 50 ms (R804) */
	uint64_t start_time;	 /* what the wall clock says at time 0, ns since 1970 */
	uint64_t event_budget;	 /* events that one blocking call may take; default 2^32 */
	bool random_streams; /* nodes draw random numbers as sheepdog does: each from one stream,
				seeded by its port; default: each keyed by what it is for */
	bool driver_stuck;   /* R110: a join waits for ever if its acceptor died and was the last */
	const struct sheepsim_versions *versions; /* of nodes that say nothing else */
	const char *driver_version;		  /* of the cluster driver itself; default: all */
	const char *quirks; /* of nodes: changes to what is usual, as quirks.h tells */
	enum sheepsim_store store;
	const char *path; /* of the cluster's file; in memory: of a file to copy the cluster from */
	bool scratch; /* nobody needs the file if the process crashes: faster, and damaged then */
};

/* Makes a simulation and starts its nodes (runs until they have joined). Closing frees everything
 * that belongs to it; not from within a callback. */
SHEEPSIM_API int sheepsim_open(struct sheepsim **sim, const struct sheepsim_options *options);
SHEEPSIM_API void sheepsim_close(struct sheepsim *sim);

/* What the last call that failed said; "" if none has. sim may be NULL: a failed sheepsim_open().
 */
SHEEPSIM_API const char *sheepsim_errmsg(const struct sheepsim *sim);

/* The result code (SD_RES_*) of the last call that failed with SHEEPSIM_E_RESULT. */
SHEEPSIM_API uint32_t sheepsim_result(const struct sheepsim *sim);
SHEEPSIM_API const char *sheepsim_result_name(uint32_t result);

/* ------------------------------------------------------------------ time */

SHEEPSIM_API uint64_t sheepsim_now(const struct sheepsim *sim);

/* Runs for so many ns of virtual time. */
SHEEPSIM_API int sheepsim_run(struct sheepsim *sim, uint64_t ns);

enum sheepsim_until {
	SHEEPSIM_IDLE,	 /* nothing is left to do but timers of idle nodes */
	SHEEPSIM_JOINED, /* every running node has been accepted and is in OK, or waits for others
			  */
	SHEEPSIM_RECOVERED, /* as IDLE, and no node has a recovery run */
	SHEEPSIM_ANSWERED,  /* no request of a client is unanswered */
};

/*
 * Runs until the condition holds. SHEEPSIM_E_NO_PROGRESS if `within` ns are over before: the
 * message says what is pending and why.
 */
SHEEPSIM_API int sheepsim_run_until(struct sheepsim *sim, enum sheepsim_until what,
				    uint64_t within);

/* Runs one event; 0: there was none, 1: one was run. */
SHEEPSIM_API int sheepsim_step(struct sheepsim *sim);

/* Calls fn at a time (as sheepsim_now() tells it; not one that is past), from within the run. */
SHEEPSIM_API int sheepsim_at(struct sheepsim *sim, uint64_t time, void (*fn)(void *arg), void *arg);

/* ------------------------------------------------------------------ nodes */

struct sheepsim_node {
	const char *address;	/* default "127.0.0.1" */
	uint16_t port;		/* default 7000 + index */
	const char *io_address; /* second NIC, with io_port */
	uint16_t io_port;
	uint32_t zone; /* with zone_set; default: of an address that is given, its last four bytes
			  (R205); else index + 1, so that nodes need no addresses */
	bool zone_set;
	uint64_t space;	   /* of all its disks; default that of the simulation */
	unsigned vnodes;   /* fixed count (-V); 0: by space */
	bool gateway;	   /* no vnodes, announces no space */
	unsigned disks;	   /* default 1: they share the space */
	const char *paths; /* of the disks, with commas; default "/store/I/obj" of node I, of
			      several "/store/I.1,/store/I.2,..." */
	uint64_t weight;   /* the space that it announces when it starts first; default: what its
			      disks have (R205) */
	const char *store; /* the store driver of this node, whatever a format asks for (R224) */
	bool wildcard;	   /* wildcard recovery at its first level run (R531) */
	bool nosync;	   /* objects are written without syncing them (R712) */
	uint64_t journal;  /* bytes of its journal, at least 64 MiB (R713, R817); default: none */
	const struct sheepsim_versions *versions; /* what is not set: the simulation's */
};

/* Adds a node, not started; its index (0, 1, 2, ...) is the result. */
SHEEPSIM_API int sheepsim_node_add(struct sheepsim *sim, const struct sheepsim_node *node);
SHEEPSIM_API int sheepsim_nodes(const struct sheepsim *sim);

/* A node that does not run is at another address (NULL: as it is) and port (0: as it is) from now
 * on, as if sheep was started so on its old disks: it has no second NIC then. */
SHEEPSIM_API int sheepsim_node_move(struct sheepsim *sim, int node, const char *address,
				    uint16_t port);

/*
 * Starts a node that does not run with other options from now on: vnodes, gateway, weight,
 * store, wildcard, nosync and journal of config, and its zone with zone_set; the rest of it does
 * not count. NULL: the defaults. Whether sheep takes them on its old disks is told by its start
 * (R204).
 */
SHEEPSIM_API int sheepsim_reconfigure(struct sheepsim *sim, int node,
				      const struct sheepsim_node *config);

/* Starts a node on what its disks hold. Does not wait for the join: see SHEEPSIM_JOINED. */
SHEEPSIM_API int sheepsim_start(struct sheepsim *sim, int node);

/* SIGKILL; SIGTERM (the node leaves in order); SIGSTOP and SIGCONT. */
SHEEPSIM_API int sheepsim_kill(struct sheepsim *sim, int node);
SHEEPSIM_API int sheepsim_stop(struct sheepsim *sim, int node);
SHEEPSIM_API int sheepsim_hold(struct sheepsim *sim, int node);
SHEEPSIM_API int sheepsim_release(struct sheepsim *sim, int node);

/* Empties the disks of a node that is not running. */
SHEEPSIM_API int sheepsim_wipe(struct sheepsim *sim, int node);

/* A node that was never started gets what `from` knows of the cluster, but no objects; with another
 * creation time if ctime is not 0. */
SHEEPSIM_API int sheepsim_copy_metadata(struct sheepsim *sim, int from, int to, uint64_t ctime);

/* ------------------------------------------------------------------ looking */

enum sheepsim_node_state {
	SHEEPSIM_NODE_OFF,     /* never started, killed, or ended */
	SHEEPSIM_NODE_JOINING, /* started, not accepted yet */
	SHEEPSIM_NODE_MEMBER,
	SHEEPSIM_NODE_EX_MEMBER, /* has left, but still runs (R112) */
	SHEEPSIM_NODE_HELD,
};

struct sheepsim_node_info {
	enum sheepsim_node_state state;
	uint8_t status;		/* SD_STATUS_*; 0 if not running */
	uint16_t cluster_flags; /* SD_CLUSTER_FLAG_*; likewise */
	uint32_t epoch;		/* of its cluster info; not running: its highest epoch log */
	uint32_t zone;
	uint16_t vnodes; /* as of its view */
	uint16_t port;
	uint8_t address[16]; /* IPv4 in the last four bytes */
	uint64_t space, used;
	uint32_t live, stale; /* objects in its store */
	bool recovering;      /* it has a current recovery run */
	int recovery_state;   /* 0 preparing the list, 1 recovering, 2 notifying */
	uint32_t recovery_epoch, recovery_finished, recovery_total;
	bool recovery_suspended;
	uint32_t gathered;	  /* G (R546) */
	uint32_t parked;	  /* requests on its wait list */
	uint32_t requests;	  /* client requests that it has not answered */
	const char *peer_version; /* that it speaks with the others; NULL if it is not running */
	int exit_status;	  /* how it ended last; -1: it has not, or was killed */
	char exit_reason[120];
	bool started; /* once at least */
};

SHEEPSIM_API int sheepsim_node_info(struct sheepsim *sim, int node,
				    struct sheepsim_node_info *info);

/* An object as it lies in a node's store. */
struct sheepsim_object {
	uint64_t oid;
	uint8_t ec_index;
	uint32_t stale_epoch; /* 0: live */
	uint64_t size;
	uint64_t digest; /* of the content; not SHA-1, only good for comparing */
};

/* Calls fn for each object of a node's store, in ascending order; returns how many. */
SHEEPSIM_API int sheepsim_objects(struct sheepsim *sim, int node,
				  void (*fn)(void *arg, const struct sheepsim_object *o),
				  void *arg);

/* Copies bytes of an object in a node's store to buf; how many is the result. */
SHEEPSIM_API int sheepsim_object_read(struct sheepsim *sim, int node, uint64_t oid,
				      uint8_t ec_index, uint32_t stale_epoch, uint64_t offset,
				      void *buf, size_t len);

/* The members of a node's own epoch log: fills nodes[] with indexes (-1: a member that is no node
 * of this simulation); returns how many there are, SHEEPSIM_E_NOT_FOUND without a log. */
SHEEPSIM_API int sheepsim_epoch_log(struct sheepsim *sim, int node, uint32_t epoch, int *nodes,
				    size_t max);

/* Where an object belongs in a node's present view: indexes in ring order. copies 0: the VDI's. */
SHEEPSIM_API int sheepsim_holders(struct sheepsim *sim, int node, uint64_t oid, unsigned copies,
				  int *nodes, size_t max);

/* ------------------------------------------------------------------ events */

/* An event of the one stream of events. Strings are valid during the call. */
struct sheepsim_event {
	uint64_t time, seq;
	int place;	  /* node index; 10000 + n for the n-th client; -1: the world; 20000: dog,
			     30000 + node: a check's client there; 40000 + n: a raw connection */
	const char *kind; /* "epoch", "recovery-start", "send", ... */
	const char *line; /* one line for people: time, place, kind, and what it carries */
	uint64_t num[4];  /* its numbers, in the order in which the line names them */
	const char *text; /* its words, NULL if it has none */
	const uint8_t *head;	      /* messages: the 48 bytes of the header, else NULL */
	bool answer;		      /* the header is that of an answer */
	int peer;		      /* messages: the place at the other end */
	uint64_t conn;		      /* messages: the number of their connection */
	bool io;		      /* messages: their connection was opened to an I/O address */
	struct sheepsim_bytes *bytes; /* messages: what follows the header; "driver-order", "-send":
					 the message of the driver's protocol; NULL: none */
};

/* Bytes that an event has shown and that do not change: to look at during the call, or later, if
 * they are kept. They may be dropped after the simulation was closed. */
SHEEPSIM_API struct sheepsim_bytes *sheepsim_bytes_keep(struct sheepsim_bytes *bytes);
SHEEPSIM_API void sheepsim_bytes_drop(struct sheepsim_bytes *bytes);	       /* NULL: nothing */
SHEEPSIM_API uint64_t sheepsim_bytes_size(const struct sheepsim_bytes *bytes); /* of NULL: 0 */
/* Copies len of them from offset on; zeros past the end. */
SHEEPSIM_API void sheepsim_bytes_read(const struct sheepsim_bytes *bytes, uint64_t offset,
				      void *buf, size_t len);

/* fn is called for every event whose kind is in kinds (comma-separated, NULL: all). The result is a
 * number for sheepsim_events_stop(). */
SHEEPSIM_API int sheepsim_events(struct sheepsim *sim, const char *kinds,
				 void (*fn)(void *arg, const struct sheepsim_event *e), void *arg);
SHEEPSIM_API int sheepsim_events_stop(struct sheepsim *sim, int subscription);

/* The names of all kinds of events: index 0, 1, 2, ...; NULL past the last. */
SHEEPSIM_API const char *sheepsim_event_kind(unsigned index);

/* Digest of all events so far; coarse: of acknowledged results and the stores as they are now. */
SHEEPSIM_API uint64_t sheepsim_digest(struct sheepsim *sim, bool coarse);

/* How much happened so far: for reports and for "this run tested nothing". */
struct sheepsim_counts {
	uint64_t events, messages, bytes;
	uint64_t faults;	/* kills, cuts, filters that acted, disk errors */
	uint64_t recovered;	/* objects recovered (fetched or linked) */
	uint64_t reads, writes; /* of clients, acknowledged */
	uint64_t requests;	/* of clients, sent */
	uint64_t epochs;	/* highest epoch seen */
};
SHEEPSIM_API void sheepsim_counts(struct sheepsim *sim, struct sheepsim_counts *counts);

/* ------------------------------------------------------------------ administration (dog) */

/* These go to node `via` (the lowest running node if -1) as the real requests that dog sends. */

struct sheepsim_format {
	unsigned copies;		     /* 0: the default, 3 */
	unsigned data_strips, parity_strips; /* erasure coding instead of copies */
	const char *store;		     /* default "plain" */
	bool strict, lock, recycle_vid, avoid_diskfull;
	unsigned block_size_shift; /* default 22 */
	int via;		   /* with via_set */
	bool via_set;
};
SHEEPSIM_API int sheepsim_format(struct sheepsim *sim, const struct sheepsim_format *format);

struct sheepsim_cluster_info {
	uint8_t status;
	uint32_t epoch;
	uint64_t ctime;
	uint16_t flags;
	unsigned copies, copy_policy, block_size_shift, members;
	bool recovery_disabled;
	char store[17];
};
SHEEPSIM_API int sheepsim_cluster_info(struct sheepsim *sim, int via,
				       struct sheepsim_cluster_info *info);

/* One member as GET_NODE_LIST answers it. */
struct sheepsim_member {
	int node; /* index, -1 if unknown */
	char address[64];
	uint32_t zone;
	uint16_t vnodes;
	uint64_t space;
};
/* Fills members[]; how many there are is the result. */
SHEEPSIM_API int sheepsim_node_list(struct sheepsim *sim, int via, struct sheepsim_member *members,
				    size_t max);

/* The epoch table of STAT_CLUSTER, newest first; members as indexes. How many is the result. */
struct sheepsim_epoch {
	uint32_t epoch;
	uint64_t time; /* Unix seconds */
	unsigned nr;   /* members */
	int nodes[64]; /* the first of them */
};
SHEEPSIM_API int sheepsim_epochs(struct sheepsim *sim, int via, struct sheepsim_epoch *epochs,
				 size_t max);

struct sheepsim_recovery {
	bool in_recovery;
	int state; /* 0 preparing the list, 1 recovering, 2 notifying */
	uint64_t finished, total;
};
SHEEPSIM_API int sheepsim_recovery_info(struct sheepsim *sim, int node,
					struct sheepsim_recovery *recovery);

/* GET_OBJ_LIST as another node would ask it. Fills oids[]; how many there are is the result. */
SHEEPSIM_API int sheepsim_obj_list(struct sheepsim *sim, int node, uint64_t *oids, size_t max);

SHEEPSIM_API int sheepsim_shutdown(struct sheepsim *sim, int via);
SHEEPSIM_API int sheepsim_recover_force(struct sheepsim *sim, int via);
SHEEPSIM_API int sheepsim_recover_enable(struct sheepsim *sim, int via, bool enable);

/*
 * Throttles the recovery of a node (SET_RECOVERY, R540): for each of its disks two timers start
 * objects, together max of them in an interval, unless more than max are under way. A 0: objects
 * are recovered as fast as can be again. interval: ns, whole milliseconds.
 */
SHEEPSIM_API int sheepsim_recover_throttle(struct sheepsim *sim, int node, unsigned max,
					   uint64_t interval);
SHEEPSIM_API int sheepsim_node_kill(struct sheepsim *sim, int node); /* KILL_NODE */

/* Every node measures its disks again: whose size has changed by 1 % announces it (R238). */
SHEEPSIM_API int sheepsim_reweight(struct sheepsim *sim, int via);

/* ------------------------------------------------------------------ clients (a VM's disk) */

struct sheepsim_client;

/* How a request ended. result: SD_RES_*; error: 0, SHEEPSIM_E_RESULT or SHEEPSIM_E_LOST. */
struct sheepsim_done {
	int error;
	uint32_t result;
	const void *data; /* reads: the bytes, valid during the call */
	size_t len;
	uint32_t vid;	     /* of the VDI */
	unsigned objects;    /* data objects that the request touched */
	unsigned created;    /* of these, how many it created */
	uint64_t time;	     /* ns that it took */
	const char *message; /* words for error */
};
typedef void (*sheepsim_done_fn)(void *arg, const struct sheepsim_done *done);

/*
 * A client of node `node`'s gateway. If the node dies, it reconnects (it tries once a second) and
 * sends again what has no answer; operations on VDIs are lost instead. It asks for a lock when it
 * opens a VDI, which means something where the cluster was formatted with locks.
 *
 * Closing gives the locks back, which may take time (not within a callback, not if the gateway does
 * not answer); what is under way ends with SHEEPSIM_E_LOST.
 */
SHEEPSIM_API int sheepsim_client_open(struct sheepsim *sim, int node,
				      struct sheepsim_client **client);

/*
 * A client of another generation: it sends what that one sends, with its flaws. What a generation
 * does not do is refused with SHEEPSIM_E_INVALID.
 */
struct sheepsim_client_options {
	const char *dialect; /* "qemu-1.4"; default "default": QEMU 2.5-6.0, and dog for VDIs */
	bool writeback;	     /* it believes in a write-back cache */
};
SHEEPSIM_API int sheepsim_client_open_as(struct sheepsim *sim, int node,
					 const struct sheepsim_client_options *options,
					 struct sheepsim_client **client);

/* The generations: index 0, 1, 2, ...; NULL past the last. *words (may be NULL): who speaks it. */
SHEEPSIM_API const char *sheepsim_client_dialect(unsigned index, const char **words);
SHEEPSIM_API void sheepsim_client_close(struct sheepsim_client *client);

/* Moves the client to another gateway; what is unanswered is sent again there. Locks stay. */
SHEEPSIM_API int sheepsim_client_move(struct sheepsim_client *client, int node);

struct sheepsim_vdi {
	const char *name;
	uint64_t size;
	unsigned copies; /* 0: the cluster's */
	unsigned data_strips, parity_strips;
	unsigned block_size_shift; /* 0: the cluster's */
	bool preallocate, hyper;   /* hyper: as `dog vdi create -y' makes it; VMs cannot open it */
};
SHEEPSIM_API int sheepsim_vdi_create(struct sheepsim_client *client,
				     const struct sheepsim_vdi *vdi);

struct sheepsim_vdi_info {
	char name[257], tag[257];
	uint32_t vid, snap_id, parent_vid;
	uint64_t size;
	unsigned copies, copy_policy, block_size_shift;
	bool snapshot;
	unsigned objects; /* allocated entries of its index */
	unsigned owned;	  /* of these, its own (not shared with a snapshot) */
};
/* tag "" and snapid 0: the working VDI. Reads its inode. */
SHEEPSIM_API int sheepsim_vdi_lookup(struct sheepsim_client *client, const char *name,
				     const char *tag, uint32_t snapid,
				     struct sheepsim_vdi_info *info);

/* All VDIs, by READ_VDIS and their inodes; how many there are is the result. */
SHEEPSIM_API int sheepsim_vdi_list(struct sheepsim_client *client, struct sheepsim_vdi_info *infos,
				   size_t max);

SHEEPSIM_API int sheepsim_vdi_snapshot(struct sheepsim_client *client, const char *name,
				       const char *tag);
SHEEPSIM_API int sheepsim_vdi_delete(struct sheepsim_client *client, const char *name,
				     const char *tag, uint32_t snapid);

/*
 * Read and write the bytes of a VDI through its inode, object by object, creating and copying
 * objects as a VM's disk driver does. Names open the VDI at first use: "alpha", or for reading a
 * snapshot "alpha:tag" or "alpha:snapid". Reads are compared with what was written, at once.
 */
SHEEPSIM_API int sheepsim_write(struct sheepsim_client *client, const char *vdi, uint64_t offset,
				const void *data, size_t len);
SHEEPSIM_API int sheepsim_read(struct sheepsim_client *client, const char *vdi, uint64_t offset,
			       void *buf, size_t len);
SHEEPSIM_API int sheepsim_write_async(struct sheepsim_client *client, const char *vdi,
				      uint64_t offset, const void *data, size_t len,
				      sheepsim_done_fn done, void *arg);
SHEEPSIM_API int sheepsim_read_async(struct sheepsim_client *client, const char *vdi,
				     uint64_t offset, size_t len, sheepsim_done_fn done, void *arg);

/*
 * Discards whole objects of a VDI; flushes it, where the client has a write-back cache; gives back
 * the VDIs that it has locked, which are opened again when they are used again; and makes a
 * snapshot the working VDI, as a guest does that writes to one ("branching").
 */
SHEEPSIM_API int sheepsim_discard(struct sheepsim_client *client, const char *vdi, uint64_t offset,
				  uint64_t len);
SHEEPSIM_API int sheepsim_flush(struct sheepsim_client *client, const char *vdi);
SHEEPSIM_API int sheepsim_client_release(struct sheepsim_client *client);
SHEEPSIM_API int sheepsim_vdi_branch(struct sheepsim_client *client, const char *name,
				     const char *tag);

/* What the last blocking call of this client did, on success too. */
SHEEPSIM_API const struct sheepsim_done *sheepsim_last(const struct sheepsim_client *client);

/* ------------------------------------------------------------------ checks */

/* I1, I3: acknowledged writes are readable (reads) */
#define SHEEPSIM_CHECK_HISTORY	UINT32_C(0x01)
#define SHEEPSIM_CHECK_REPLICAS UINT32_C(0x02) /* I2: objects where the ring says, identical */
#define SHEEPSIM_CHECK_EPOCHS	UINT32_C(0x04) /* I6: epoch logs agree */
#define SHEEPSIM_CHECK_RECOVERY UINT32_C(0x08) /* I4: recovery has ended everywhere */
#define SHEEPSIM_CHECK_ANSWERS	UINT32_C(0x10) /* I5: every request got one answer */
#define SHEEPSIM_CHECK_VDIS	UINT32_C(0x20) /* I10: VDI tables agree */
#define SHEEPSIM_CHECK_ALL	UINT32_C(0x3f)

struct sheepsim_checked {
	uint64_t objects, copies; /* compared */
	uint64_t history;	  /* bytes of acknowledged writes, read and compared */
	uint64_t epochs, requests, vdis;
	uint64_t orphans;  /* objects of no VDI: not compared, nobody knows how many copies */
	uint32_t violated; /* SHEEPSIM_CHECK_*: what does not hold */
};

/*
 * Runs the checks: waits for quiescence first (SHEEPSIM_E_NO_PROGRESS if there is none). Returns 0
 * or SHEEPSIM_E_VIOLATION; the message has one line for each violation, named I1, I2, ...
 * Histories are read back through the first and the last member, with real requests: time passes.
 * SHEEPSIM_E_STATE: no node serves.
 */
SHEEPSIM_API int sheepsim_check(struct sheepsim *sim, uint32_t what,
				struct sheepsim_checked *checked);

/* ------------------------------------------------------------------ scenarios */

struct sheepsim_scenario {
	const char *name; /* for messages: the file's name */
	uint64_t seed;	  /* with seed_set: instead of the scenario's own */
	bool seed_set;
	const char *quirks; /* changes that count more than the scenario's own, as quirks.h tells */
	enum sheepsim_store store; /* of clusters of which it does not say it itself */
	const char *directory;	   /* of its files; NULL: one of its own, gone afterwards */
	const char *database;	   /* file of runs that gets its events (record.h); NULL: none */
	bool log;		   /* one line for every event to log_fn */
	void (*log_fn)(void *arg, const char *line);
	void *log_arg;
};

struct sheepsim_scenario_result {
	char *transcript; /* the scenario with the output that it gave: free() it */
	char *diff;	  /* empty if that is what it says, else a diff with name:line; free() it */
	char message[512]; /* what was wrong, with name:line */
	uint64_t digest, coarse;
	uint64_t time; /* virtual ns */
	uint64_t events;
	bool recordable; /* --update may write the transcript: no violation, no internal error, ...
			  */
};

/*
 * Runs a scenario that is given as text. 0: passed; SHEEPSIM_E_MISMATCH, _SCENARIO (bad text),
 * _NO_PROGRESS, _VACUOUS, _VIOLATION. *result is filled in every case.
 */
SHEEPSIM_API int sheepsim_scenario_run(const char *text, const struct sheepsim_scenario *options,
				       struct sheepsim_scenario_result *result);
SHEEPSIM_API void sheepsim_scenario_free(struct sheepsim_scenario_result *result);

/* Help on the language: of one command, or (NULL) the list of all; free() it. NULL: no such
 * command.
 */
SHEEPSIM_API char *sheepsim_scenario_help(const char *command);

#ifdef __cplusplus
}
#endif

#include <sheepsim/admin.h>
#include <sheepsim/disks.h>
#include <sheepsim/dog.h>
#include <sheepsim/faults.h>
#include <sheepsim/files.h>
#include <sheepsim/fill.h>
#include <sheepsim/locks.h>
#include <sheepsim/message.h>
#include <sheepsim/quirks.h>
#include <sheepsim/raw.h>
#include <sheepsim/record.h>
#include <sheepsim/versions.h>

#endif
