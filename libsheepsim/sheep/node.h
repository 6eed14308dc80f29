/*
 * Inside a node: the state of one process, and the small machinery that all flows are built with.
 *
 * The execution model (behaviour.md section 0) in terms of this code:
 *   - the main loop is whatever the world calls: one call at a time, each runs to its end (R001);
 *   - a work item's body is a struct work: it waits in its queue for a place (R003, R004), then its
 *     run() starts, and goes on in callbacks of calls, disk operations and nested requests until
 *     work_end(). Bodies of all queues thus interleave freely at each of these points (R002);
 *   - a blocked thread is a struct that is waiting for its callback.
 *
 * Memory: whatever is under way embeds a struct task, so that a process that ends can free it all.
 */
#ifndef SHEEPSIM_SHEEP_NODE_H
#define SHEEPSIM_SHEEP_NODE_H

#include <sys/queue.h>

#include <sheepsim/wire/admin.h>
#include <sheepsim/wire/driver.h>
#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/object.h>
#include <sheepsim/wire/peer.h>

#include "base/mem.h"
#include "sheep/sheep.h"
#include "wire/ops.h"
#include "wire/records_admin.h"

struct request;
struct run;
struct vdi_layer;
struct objlist;

/* ------------------------------------------------------------------ tasks */

/* Something under way. drop() frees its memory when the process ends; it calls nobody back. */
struct task {
	void (*drop)(struct task *t);
	LIST_ENTRY(task) link;
};

void task_add(struct sheep *s, struct task *t, void (*drop)(struct task *t));
void task_remove(struct task *t);

/* ------------------------------------------------------------------ the loop */

/* A call that the loop makes soon, after what is being done now: no virtual time passes. */
struct later {
	void (*run)(struct later *l);
	TAILQ_ENTRY(later) link;
	bool queued;
};

/* Queues l unless it is queued. Its owner must live until it ran, or be freed by sheep_free(). */
void loop_later(struct sheep *s, struct later *l, void (*run)(struct later *l));

/* ------------------------------------------------------------------ work queues (R003, R004) */

enum queue {
	QUEUE_GATEWAY,	   /* client I/O */
	QUEUE_GATEWAY_FWD, /* nested gateway I/O (flag FWD) */
	QUEUE_PEER,
	QUEUE_LOCAL,
	QUEUE_REMOVE,
	QUEUE_PEER_REMOVE,
	QUEUE_RECOVERY,
	QUEUE_RECLAIM,
	/* these run one body at a time */
	QUEUE_BLOCK,   /* bodies of cluster operations, VDI-table fetches */
	QUEUE_DELETE,  /* VDI deletion */
	QUEUE_UNLINK,  /* files that are deleted in the background */
	QUEUE_JOURNAL, /* flushing a full journal file */
	NR_QUEUES
};

struct work {
	void (*run)(struct work *w); /* starts the body; then: the completion */
	struct workq *queue;
	struct later later;
	TAILQ_ENTRY(work) link;
	bool waiting, running;
};

struct workq {
	struct sheep *sheep;
	bool ordered; /* one body at a time */
	uint32_t running;
	TAILQ_HEAD(, work) waiting;
};

/* Queues a body; run() is called when it is its turn, never within this call. */
void work_start(struct sheep *s, enum queue q, struct work *w, void (*run)(struct work *w));

/* The body has ended: its place is free for the next one. */
void work_end(struct work *w);

/*
 * The same, and the loop gets to the completion in its turn (R002, R004): others may come first,
 * and what they change is what the completion finds (Appendix A).
 */
void work_complete(struct work *w, void (*complete)(struct work *w));

/* ------------------------------------------------------------------ requests */

/* A cluster operation as it is delivered (spec 2.6). All borrowed. */
struct cluster_msg {
	const struct node_rec *sender;
	const struct req *q;
	struct rsp *p;		 /* the body's answer; the effect may change it for the client */
	struct blob *data;	 /* or NULL */
	struct request *request; /* the request on the requester, NULL elsewhere */
};

/* An operation's code in this node; the tables are in ops_*.c, one for each protocol (D4). */
struct op {
	/* The body; it ends with request_end(). On the loop if on_loop, else in the class's queue.
	 */
	void (*work)(struct request *r);
	bool on_loop;
	/*
	 * Cluster operations: what every member does when the message is delivered (R437). data is
	 * R438's. Returns the result; may change p and, on the requester, *out (a new reference).
	 */
	uint32_t (*effect)(struct sheep *s, const struct cluster_msg *m);
};

/* A request that this node is handling, from its first admission to its answer. */
struct request {
	struct task task;
	struct sheep *sheep;
	const struct op_info *info;
	const struct op *op;
	enum dialect dialect; /* that it came in, and is answered in; NONE: none of ours */
	struct req q;
	struct rsp p;	   /* the answer, filled by the body; result by request_end() */
	struct blob *data; /* payload that came with it, or NULL */
	struct blob *out;  /* payload of the answer, or NULL */
	struct view *view; /* captured at admission (R401 step 4) */
	bool holder;	   /* this node holds a replica under view (R404 step 1) */
	/* epoch of the last answer of a replica, if one was received (R423) */
	uint32_t rsp_epoch;
	bool rsp_epoch_set;

	struct blob *index_before[2]; /* entries and references, of its first try (R905); or NULL */
	bool elsewhere;		      /* a READ that did not wait for the own replica (R917) */
	bool remote;		      /* a READ whose data are those of another node */
	uint32_t tries;		      /* that it was given again at once (R424, R916) */
	struct timer pause;

	struct work work;
	struct later later;
	/* where the answer goes: a connection (NULL: gone, R402) or a nested caller */
	struct client *client;
	LIST_ENTRY(request) client_link;
	bool from_client; /* came over a connection, even if that is gone now (R232) */
	void (*done)(struct request *r); /* nested: r is freed after the call */
	void *owner;			 /* done()'s */

	/* the wait list (R425-R427) */
	bool parked;
	uint32_t parked_for; /* SD_RES_OLD_NODE_VER, SD_RES_NEW_NODE_VER; 0: recovery of its oid */
	uint64_t abandoned;  /* bytes: it waits for an epoch, and nobody for it */
	TAILQ_ENTRY(request) wait_link;
	/* cluster operations waiting for their message (R436) */
	TAILQ_ENTRY(request) cluster_link;
	bool block_granted; /* its body has been started by the driver's grant */
	bool unblocked;	    /* its body has ended, and the driver was told so */
	bool dropped;	    /* the session was lost while its body ran (R125) */
	bool held;	    /* its effect has taken place, but will be answered later (R238) */
};

/* Begins the admission of a request from a connection (R401). Takes no references. */
void request_from_client(struct sheep *s, struct client *c, const uint8_t head[WIRE_HEADER],
			 struct blob *payload);

/*
 * A nested request to the own node (R007): goes through admission like any other, soon. data: a
 * reference is taken. done gets the request with its answer in p and out; it is freed afterwards.
 */
struct request *request_nested(struct sheep *s, const struct req *q, struct blob *data,
			       void (*done)(struct request *r), void *owner);

/* The body has ended with this result: its completion is soon, by class (R409, R423, R436). */
void request_end(struct request *r, uint32_t result);

/*
 * Has who asks room for so many bytes? Else r is ended with BUFFER_SMALL. And: if it has, the body
 * has ended well, with these bytes (takes the reference).
 */
bool request_has_room(struct request *r, uint64_t bytes);
void request_end_with(struct request *r, struct blob *out);

/* Sends the answer with this result; r is freed. */
void request_answer(struct request *r, uint32_t result);

/* Re-admission (R006): all checks again from the first one, soon. */
void request_requeue(struct request *r);

/* It has been tried for so long that nothing will come of it: only where R916 is repaired. */
bool request_is_hopeless(const struct request *r);

/* Puts r on the wait list (R425): reason 0: recovery of its object. */
void request_park(struct request *r, uint32_t reason);

/* Takes the header of r, which belongs to a sheep, in whatever words it is said. */
void request_decode(struct request *r, const uint8_t head[WIRE_HEADER]);

/* The connection that it came over is gone (R402). */
void request_lose_client(struct request *r);

/*
 * Wakes: all (R426: supersession, end of a run); those that are about an object whose recovery has
 * ended here, also if they wait for an epoch (R426); those that wait for the epoch to rise (R425).
 */
void waitlist_wake_all(struct sheep *s);
void waitlist_wake_oid(struct sheep *s, uint64_t oid);
void waitlist_wake_epoch(struct sheep *s);

/* The object that a request is about: of the obj or ref variant, else 0. */
uint64_t request_oid(const struct request *r);

/* ------------------------------------------------------------------ calls to other nodes */

/*
 * One exchange with another node, or with this one over the network (R403): embed it, fill q, data
 * and to, start it. done() is called once, unless call_drop() is called before.
 */
struct call {
	struct sheep *sheep;
	struct node_id to;
	struct req q;
	struct blob *data; /* borrowed until done() */
	bool in_group;	   /* its caller watches the time (R432); else the call does (R433) */
	bool on_loop;	   /* the loop makes it, and stands still until it is over (R005) */
	void (*done)(struct call *c);
	void *owner;
	enum dialect dialect; /* that it is said in: the level when it was started */
	/* the answer, valid in done(); result is NETWORK_ERROR if there was none */
	uint32_t result;
	bool answered;
	struct rsp p;
	struct blob *out; /* borrowed during done(); or NULL */
	/* private */
	struct conn *conn; /* NULL: not under way */
	struct peer *peer;
	struct timer timer;
	unsigned forgiven;
};

/* What a refused connection costs: a round trip. Nothing is retried for ever within no time. */
#define CALL_REFUSED_TIME (200 * NSEC_PER_USEC)

/* False: it could not be connected or sent (R414); result is set, done() is not called. */
bool call_start(struct sheep *s, struct call *c);

/* Forgets a call that was started: its connection is closed. Nothing if it has ended. */
void call_drop(struct call *c);

/* A member has left: idle connections to it are closed (R222 step 5). */
void calls_forget_node(struct sheep *s, const struct node_id *id);
void calls_free(struct sheep *s);

/* ------------------------------------------------------------------ the own objects */

/* An entry of the journal that is being written (journal.h). */
struct append {
	struct disk_io io;
	struct sheep *sheep;
	struct journal_entry entry;
	uint32_t file;
	void (*next)(struct append *a);
	TAILQ_ENTRY(append) link;
};

enum object_op {
	OBJECT_READ,
	OBJECT_CREATE,
	OBJECT_WRITE,
	OBJECT_REMOVE,
	OBJECT_HASH,
	OBJECT_LINK
};

/*
 * An operation on an object of this node's store, after the disk's time (R703-R709). Embed it, fill
 * the fields that the operation uses, start it. The caller owns it until done().
 */
struct object_io {
	struct disk_io io;
	struct sheep *sheep;
	enum object_op op;
	uint64_t oid;
	uint8_t ec_index;
	/* READ, HASH, LINK: the epoch asked for; WRITE: the request's, checked again (R408) */
	uint32_t epoch;
	bool wildcard;	   /* READ (R704) */
	uint32_t offset;   /* READ, WRITE, CREATE */
	uint32_t length;   /* READ */
	struct blob *data; /* WRITE, CREATE: borrowed until done(). READ: the result, a reference
			      for done() to keep or drop */
	uint64_t size;	   /* CREATE: of the object; 0: by its VDI (R702) */
	/* CREATE, LINK, REMOVE: the epoch of the run or the request that wants it; 0: of neither */
	uint32_t wanted;
	bool recovery;	    /* it is a run that wants it */
	uint8_t digest[20]; /* HASH */
	uint32_t result;
	uint8_t disk; /* that it was started on; 0: the node had none */
	bool journaled;
	struct append append; /* while it is written to the journal */
	/* CREATE (R705) */
	bool temporary;	   /* it has one */
	bool skipped;	   /* it found that of another one */
	uint32_t begun;	   /* what came of making it */
	uint64_t digest64; /* of what is created */
	void (*done)(struct object_io *o);
	void *owner;
};

void object_start(struct sheep *s, struct object_io *o);

/*
 * Live on this node? strip: for coded data the index, else 0. If it is not on the disk where it
 * belongs, but on another one, it is moved (R703).
 */
bool object_live(const struct sheep *s, uint64_t oid, uint8_t strip);

/* The size of an object as it is stored (R702): by its type and its VDI. */
uint64_t object_size(const struct sheep *s, uint64_t oid);

/*
 * Sets aside every live object that this node does not hold under its current view, under suffix
 * epoch (R504); all: every live object (R212).
 */
void objects_set_aside(struct sheep *s, uint32_t epoch, bool all);

/* Removes the stale copies of an object that are older than this one. */
void object_drop_older(struct sheep *s, struct store_key k);

/* purge.c: deletes all stale copies that there are now, in the background (R542, R545). */
void objects_purge_stale(struct sheep *s);

/* Reads the store into object list and VDI table (R714). */
void objects_open(struct sheep *s);

/* The object list cache (R508). */
void objlist_add(struct sheep *s, uint64_t oid);
void objlist_remove(struct sheep *s, uint64_t oid);
/* All of a VDI but its inode (R629). */
void objlist_remove_vdi(struct sheep *s, uint32_t vid);
void objlist_clear(struct sheep *s);
/* The oids, ascending, as the payload of GET_OBJ_LIST; borrowed, the same blob until it changes. */
struct blob *objlist_blob(struct sheep *s);
void objlist_free(struct sheep *s);

/* Copies of an object by the VDI table (R310) and its policy byte; coded data: d+p. */
uint32_t object_copies(const struct sheep *s, uint64_t oid);
uint8_t object_policy(const struct sheep *s, uint64_t oid);

/* The policy byte of a request's object: what the header says, else the VDI table (spec 3.6). */
uint8_t request_policy(const struct request *r);

/* ------------------------------------------------------------------ the node */

struct client;
struct ci_rest;

struct sheep {
	struct world *world;
	struct commons *commons;
	struct hub *hub;
	struct store *store;
	struct sheep_options options;
	struct driver *driver;
	struct node_rec me; /* as announced */

	/* versions (level.h) */
	struct dialect_range speaks, speaks_admin;
	enum dialect level; /* what is spoken with the others */
	enum dialect also;  /* taken from others too, while the level changes; NONE: nothing */

	/* cluster info (R243); its member list apart. ci.epoch is the node's epoch. */
	struct cluster_info ci;
	struct members *ci_members;
	struct ci_rest *ci_rest;	/* what longer lists have left in its slots (ci.c) */
	struct view *view;		/* NULL before the first accept */
	struct members *driver_members; /* as announced, of the last event; NULL before */
	bool store_open;
	uint8_t status_alive; /* before it became KILLED */
	bool accepted;
	bool ex_member;
	bool to_be_ex_member; /* has told the driver that it leaves */
	bool ended;	      /* the process has ended; only sheep_free() comes */
	bool leaving;	      /* drained; leave has been called */
	bool wildcard;	      /* not yet consumed (R214 ii) */
	bool listening;

	LIST_HEAD(, task) tasks;
	TAILQ_HEAD(later_list, later) laters;
	struct timer loop_timer;
	struct workq queues[NR_QUEUES];

	LIST_HEAD(, client) clients; /* connections with requests under way (client.c) */
	uint32_t client_requests;    /* outstanding (R232) */
	TAILQ_HEAD(, request) waitlist;
	uint32_t nr_parked;
	uint64_t abandoned; /* sum of these of requests */
	uint32_t nr_requests;

	/* cluster operations of this node: with body, waiting for their grant or message; without
	 */
	TAILQ_HEAD(, request) blocks;
	TAILQ_HEAD(, request) notifies;
	bool block_running; /* R439 */

	struct peers { /* other nodes, and connections to them (calls.c) */
		struct peer_slot *slot;
		uint32_t nr_slots, nr;
	} peers;
	struct objlist *objlist;
	struct journal *journal;	       /* NULL: none, or not any more */
	struct journal *journal_memory;	       /* the same, until the process ends */
	uint8_t failed_disks[STORE_MAX_DISKS]; /* to be dropped by drop_disks (disks.c) */
	uint32_t nr_failed_disks;
	struct later drop_disks;
	TAILQ_HEAD(, request) reweighs; /* held until the own update comes (disks.c) */
	struct vdi_layer *vdis;		/* vdi.h */

	/* recovery (recovery.h) */
	struct run *run;	 /* current */
	struct run *next_run;	 /* pending (R518) */
	uint32_t gathered;	 /* G (R546) */
	uint32_t complete_epoch; /* x of R542 */
	struct node_id *completed;
	uint32_t nr_completed;
	uint32_t throttle_max; /* R540, kept for GET/SET_RECOVERY */
	uint64_t throttle_interval;
	int32_t loglevel;
	struct node_stat stat;
};

/* Does it have this quirk, just now? */
static inline bool quirk(const struct sheep *s, enum quirk q)
{
	return s->options.quirks->on[q];
}

static inline uint32_t node_epoch(const struct sheep *s)
{
	return s->ci.epoch;
}

/* It holds no objects: it was started so, or has left the cluster (R112, R222 step 2). */
static inline bool node_is_gateway(const struct sheep *s)
{
	return s->options.gateway || s->ex_member;
}

/* The release that this node is of. */
static inline const struct dialect_info *node_release(const struct sheep *s)
{
	return dialect_info(s->speaks.highest);
}

/* How its release places objects. */
static inline enum placing node_placement(const struct sheep *s)
{
	return node_release(s)->old_placement ? PLACEMENT_08 : PLACEMENT_NOW;
}

/*
 * It takes part in what the cluster does. One that is being killed does not, and lets others share
 * its fate (R240), unless that is repaired (R914).
 */
static inline bool node_serves(const struct sheep *s)
{
	return s->ci.status == SD_STATUS_OK ||
	       (s->ci.status == SD_STATUS_KILLED && s->status_alive == SD_STATUS_OK &&
		!quirk(s, QUIRK_KILLED_SPREADS));
}

/* This node's record is that of id. */
static inline bool node_is_me(const struct sheep *s, const struct node_id *id)
{
	return node_id_cmp(&s->me.nid, id) == 0;
}

/* boot.c: ends the process (exit status, reason). Returns; the caller must return at once too. */
void node_exit(struct sheep *s, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void node_set_status(struct sheep *s, uint8_t status);

/* Leaves if the status says so and nothing is outstanding (R232). Called when a request is
 * answered. */
void node_drain(struct sheep *s);

/* Leaves the cluster but goes on as a gateway (R409, R423), unless it ends (R551). */
void node_leave_cluster(struct sheep *s);

/* membership.c: the driver's calls (struct driver_node). */
extern const struct driver_node membership_callbacks;
/* Submits the join, with what the cluster info is now (R203). */
void membership_join(struct sheep *s);
/* The view of the list as the driver announced it; remembered as that. */
void membership_set_view(struct sheep *s, struct members *announced);

/*
 * ci.c: the member list of the cluster info becomes m (may be NULL, a reference is taken). Sheep
 * keeps it in an array of fixed size, so a shorter list leaves the end of a longer one behind it,
 * and CLUSTER_INFO shows it.
 */
void ci_set_members(struct sheep *s, struct members *m);

/* All of its 491,568 bytes, with this head, as a dialect has it; a new reference. */
struct blob *ci_encode_whole(struct sheep *s, const struct cluster_info *head, enum dialect d);
void ci_free(struct sheep *s);

/*
 * config.c. A write that fails is told as an alert, and is NO_SPACE or EIO for who has asked for
 * it; the record is as it was.
 */
uint32_t metadata_error(struct sheep *s, enum disk_use use, bool fits); /* does one fail now? */
uint32_t config_put(struct sheep *s, const struct store_config *c);
void config_take_cluster(struct sheep *s, struct store_config *c); /* from the cluster info */
uint32_t config_write(struct sheep *s); /* the cluster info; no clean shutdown */

/* epochs.c */
/* R217. False: it could not be logged, and the process has ended. */
bool epoch_raise(struct sheep *s);

/*
 * R219: the members of an epoch, from the own log or from somebody. done() gets them (borrowed), or
 * NULL; it may be called within this call. owner must live until then (the task is the caller's).
 */
struct epoch_query {
	struct task task;
	struct sheep *sheep;
	uint32_t epoch;
	uint32_t next; /* member to ask next */
	struct view *view;
	struct call call;
	void (*done)(struct epoch_query *q, struct members *m);
	void *owner;
};
void epoch_query_start(struct sheep *s, struct epoch_query *q, uint32_t epoch,
		       void (*done)(struct epoch_query *q, struct members *m), void *owner);
struct members *epoch_members(struct sheep *s, uint32_t epoch); /* own log only; or NULL */

/* dispatch.c */
void request_admit(struct request *r);
const struct op *op_code(const struct op_info *info);

/* cluster_op.c */
void cluster_op_start(struct request *r); /* R436 */
void cluster_op_body_done(struct request *r);
bool cluster_op_grant(struct sheep *s); /* the driver's block callback (R116, R439) */
void cluster_op_deliver(struct sheep *s, const struct node_rec *sender, struct blob *message);
/* The session was lost (R125); joins: the node joins again. */
void cluster_ops_settle(struct sheep *s, bool joins);

/* client.c: connections that others opened to this node */
void client_accept(void *sheep, struct conn *c);
void client_send(struct client *cl, const struct rsp *p, struct blob *payload);
void client_add(struct client *cl, struct request *r);
void client_remove(struct request *r); /* cl may be gone after its last one */
void clients_free(struct sheep *s);

#endif
