/*
 * What the files of the VDI layer share: its state in a node. Only vdi*.c, ledger.c and
 * index_write.c use it.
 */
#ifndef SHEEPSIM_SHEEP_VDI_LAYER_H
#define SHEEPSIM_SHEEP_VDI_LAYER_H

#include "sheep/vdi.h"
#include "sheep/vid_set.h"

/* Normal and shared lock of a VDI (R620-R625). */
struct vdi_lock {
	uint32_t state;				 /* SD_LOCK_STATE_* */
	struct node_id owner;			 /* of the normal lock */
	uint32_t nr;				 /* participants of the shared lock */
	uint32_t shared_state[MAX_PARTICIPANTS]; /* SD_SHARED_LOCK_STATE_* */
	struct node_id participant[MAX_PARTICIPANTS];
};

/* A change of lock state as it is applied, or logged while COLLECTING (R622). */
enum lock_change_kind { CHANGE_LOCK, CHANGE_RELEASE, CHANGE_COHERENCE, CHANGE_LEFT };

struct lock_change {
	enum lock_change_kind kind;
	uint32_t vid;
	uint32_t type; /* LOCK, RELEASE: SD_LOCK_TYPE_*; COHERENCE: validate */
	struct node_id who;
	STAILQ_ENTRY(lock_change) link;
};

struct checkpoint;
struct collect;
struct decref;
struct index_write;

struct vdi_layer {
	struct vdi **vdi; /* ascending vid */
	uint32_t nr_vdis, cap_vdis;
	struct vid_set in_use, deleted; /* R601 */
	uint32_t fetches;		/* outstanding (R605) */

	/* lock state at a join (R606-R609) */
	bool collecting;
	struct collect *collect; /* the job, or NULL */
	STAILQ_HEAD(, lock_change) logged;
	LIST_HEAD(, checkpoint) checkpoints;

	LIST_HEAD(, index_write) index_writes; /* under way */

	/* ledgers: one DECREF at a time (R633) */
	bool ledger_busy;
	uint64_t decrefs_done[128]; /* marks of the last ones (ledger_mark()) */
	uint32_t nr_decrefs_done;   /* ever */
	STAILQ_HEAD(, decref) ledger_waiting;
};

/* Is this a vid at all? Messages can say anything. */
static inline bool vid_valid(uint32_t vid)
{
	return vid > 0 && vid < SD_NR_VDIS;
}

/* Forgets a VDI entirely (R635). */
void vdi_forget(struct sheep *s, uint32_t vid);

static inline bool locks_enabled(const struct sheep *s)
{
	return (s->ci.flags & SD_CLUSTER_FLAG_USE_LOCK) || quirk(s, QUIRK_LOCKS_ALWAYS);
}

static inline bool recycles_vids(const struct sheep *s)
{
	return s->ci.flags & SD_CLUSTER_FLAG_RECYCLE_VID;
}

/*
 * ledger.c: marks a DECREF, so that replicas carry it out once however often it is sent (R905).
 * Real sheep look at none of these bytes.
 */
void ledger_mark(struct sheep *s, struct req *q);

/* vdi_lock.c: applies a change; the result is the effect's. */
uint32_t lock_apply(struct sheep *s, const struct lock_change *change);

/* The lock of a VDI, made if it has none. */
struct vdi_lock *vdi_lock_of(struct vdi *v);

/* vdi_collect.c: all fetches are done: a waiting collection begins (R607). */
void collect_start(struct sheep *s);
void collect_free(struct sheep *s);

#endif
