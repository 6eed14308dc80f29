/*
 * One sheepdog node: the process that a user would start as `sheep`.
 *
 * A sheep is a state machine (D1). It is driven by what its world, its driver and its disks report,
 * and acts only through them; it knows no other node's state. Whoever runs a cluster (api/) creates
 * it for the time of one process and gives it the store that outlives it. Nodes that agree share
 * member lists and views through the commons.
 *
 * Inside (node.h) the folder has one file for one flow:
 *   work.c        the loop, tasks, work queues               R001-R004
 *   boot.c        start, stop, exit                         R201-R205, R232-R234
 *   membership.c  join check, accept, leave, update         R206-R216, R222, R238
 *   ci.c          the cluster info's member list           R243
 *   quirks.c      what sheepdog could do better          section 9
 *   level*.c      the peer version, and changing it         versions.md 6
 *   epochs.c      raising the epoch, epoch logs             R217-R220
 *   format.c      MAKE_FS and other cluster-wide settings   R224-R227, R233, R235, R237
 *   client.c      connections that others opened             spec 1.4, 1.5
 *   ops_tables.c  the tables: which operation goes where     appendix B
 *   dispatch.c    admission                                 R401-R407
 *   request.c     a request's life: answer, park, requeue   R402, R423-R427
 *   cluster_op.c  block, notify, effects                    R436-R439
 *   gateway*.c    client I/O on replicas and strips         R410-R423, R430, R432
 *   ec*.c         erasure coding                            spec 3.6
 *   index_write.c writes to an inode's index                R630-R632
 *   ledger.c      references to a data object, counted       R633, R634
 *   peer.c        I/O on this node's own objects            R406-R409
 *   objects*.c    the store behind its disks                R504, R703-R714
 *   purge.c       stale copies deleted in the background   R545
 *   journal.c     the journal, and its replay              R713
 *   config.c      the config record                         R202
 *   disks.c       disks plugged, unplugged, failing; size   R238, R550, R551, R715-R717
 *   calls.c       one exchange with another node            R403, R432-R434
 *   objlist.c     the object list cache                     R508
 *   recovery*.c   runs, lists, objects, completion          section 5
 *   vdi*.c        tables, lookup, creation, deletion, locks section 6 (files: vdi.h)
 *   vid_set.c     sets of vids: the bitmaps of R601
 *   admin*.c      what dog asks                             appendix B, local
 *   stat.c        counters of requests                      spec 4.7
 *   state.c       what can be seen of a node from outside
 */
#ifndef SHEEPSIM_SHEEP_SHEEP_H
#define SHEEPSIM_SHEEP_SHEEP_H

#include "driver/driver.h"
#include "placement/view.h"
#include "sheep/quirks.h"
#include "store/store.h"
#include "wire/dialect.h"
#include "world/world.h"

struct sheep;

/* Versions from lowest to highest; both 0: all that there are. */
struct version_range {
	uint8_t lowest, highest;
};

struct sheep_options {
	struct node_rec rec; /* identity, zone, space; nr_vnodes: fixed count, 0 for a gateway */
	bool auto_vnodes;    /* vnodes follow from space (the default); else fixed (R303) */
	bool gateway;	     /* no vnodes, no space */
	bool wildcard;	     /* wildcard recovery in the first level run (R531) */
	bool nosync;	     /* objects are not synced (R712) */
	uint64_t journal;    /* bytes of the journal, both files (R713); 0: none */
	const char
		*store_name; /* what it formats whatever it is asked for (R224); NULL, "": that */
	/* What it speaks (D4). Its release is that of the highest peer version. */
	struct dialect_range peer;  /* NONE: the newest */
	struct dialect_range admin; /* NONE: as peer */
	struct version_range frontend, driver;
	const struct quirks *quirks; /* looked at whenever it matters; NULL: the usual ones */
	/* The process has ended by itself; the owner must not free the sheep within this call. */
	void (*ended)(void *owner, int status, const char *why);
	void *owner;
};

/* A process that has not started yet. All pointers must outlive it. */
struct sheep *sheep_new(struct world *w, struct commons *commons, struct hub *hub,
			struct store *store, const struct sheep_options *options);

/* Starts it (R203): reads its disks, joins. */
void sheep_start(struct sheep *s);

/* SIGTERM (R232, R234). */
void sheep_terminate(struct sheep *s);

/* The process is gone: frees all that it had in memory. world_crash() comes first. */
void sheep_free(struct sheep *s);

/* What can be seen of a node from outside, for reports and checks; pointers are borrowed. */
struct sheep_state {
	uint8_t status;	      /* SD_STATUS_* */
	uint16_t flags;	      /* SD_CLUSTER_FLAG_*: of the cluster, as it has them */
	enum dialect level;   /* what it speaks with the others */
	enum dialect release; /* that it is of */
	bool accepted;	      /* its own accept has been delivered */
	bool ex_member;	      /* it has left (R112) */
	uint32_t epoch;
	uint16_t nr_vnodes; /* its own, in its view */
	struct view *view;  /* NULL before the first accept */
	bool in_run;	    /* there is a current recovery run */
	int run_state;	    /* SD_RECOVERY_STATE_* */
	bool run_suspended;
	uint32_t run_epoch, run_finished, run_total;
	uint32_t gathered; /* G (R546) */
	uint32_t parked;   /* entries of the wait list */
	uint32_t clients;  /* unanswered client requests */
	uint32_t requests; /* all requests under way, nested ones too */
	bool recovery_disabled;
	bool journal; /* it has one, which was not switched off */
};

void sheep_state(const struct sheep *s, struct sheep_state *state);

/*
 * What is asked after every event of a run, and so is cheap: it serves, or waits for others; it has
 * something to do (a request, a body, a run that is not suspended, a join, its own end) that goes
 * on by itself; it has a recovery run.
 */
bool sheep_joined(const struct sheep *s);
bool sheep_works(const struct sheep *s);
bool sheep_recovers(const struct sheep *s);

/*
 * Memory of requests of connections that are gone, which wait for an epoch that is still to come
 * (R402, R426): nothing else bounds them. And whether a request with this header would have to wait
 * for one, if it came now.
 */
uint64_t sheep_abandoned(const struct sheep *s);
bool sheep_makes_wait(struct sheep *s, const uint8_t head[WIRE_HEADER]);

/* What is under way, one line each, for "no progress" reports. */
struct text;
void sheep_pending_text(const struct sheep *s, struct text *t);

/* The copies that an object should have by this node's VDI table (R310), not reduced to zones. */
uint32_t sheep_copies(const struct sheep *s, uint64_t oid);

/* Whether a VDI of this table has it; without one, who creates an object says how many copies
 * (R410). */
bool sheep_has_vdi_of(const struct sheep *s, uint64_t oid);

/* Its size in bytes, by the same table; of a strip, if it is coded. */
uint64_t sheep_object_size(const struct sheep *s, uint64_t oid);

/* Its policy byte by the same table; 0: it is replicated. */
uint8_t sheep_policy(const struct sheep *s, uint64_t oid);

/*
 * What the peer requests CREATE_AND_WRITE_PEER and WRITE_PEER do to this node's objects, at once:
 * no admission, no disk's time. For who fills a cluster that is at rest (api/). content: the whole
 * object. SD_RES_*.
 */
uint32_t sheep_object_create(struct sheep *s, uint64_t oid, struct blob *content);
uint32_t sheep_object_write(struct sheep *s, uint64_t oid, uint64_t offset, struct blob *data);

/*
 * The VDI table, ascending vid. deleted is 0, VDI_DELETED where the node knows that the VDI is, or
 * VDI_DELETION_SEEN where it has seen it: only of that others have to know too (R604).
 */
struct vdi_state;
enum { VDI_DELETED = 1, VDI_DELETION_SEEN };
void sheep_vdis(const struct sheep *s, void (*fn)(void *arg, const struct vdi_state *v), void *arg);

#endif
