/*
 * Recovery: what a node does to hold its objects again after a change (behaviour.md section 5).
 *
 *   recovery.c            runs: start, supersession, suspension, end    R501-R505, R514-R522,
 *                                                                       R537-R539
 *   recovery_throttle.c   jobs started by timers                        R540
 *   recovery_list.c       preparing the list of objects                 R506-R512, R541
 *   recovery_partition.c  whose objects another node's list has         R510
 *   recovery_object.c     one object: the job that recovers it          R515, R526, R532
 *   recovery_replica.c    where a replica is sought, how it is fetched  R523-R531
 *   recovery_compare.c    live replicas that may differ             R902
 *   recovery_strip.c      the same of a strip of coded data             R534-R536
 *   recovery_done.c       completion announced, gathered, purged        R517, R542-R549
 *
 * A node has at most one current run and one that is pending (s->run, s->next_run). All of this
 * runs on the node's loop and in bodies of its recovery queue.
 */
#ifndef SHEEPSIM_SHEEP_RECOVERY_H
#define SHEEPSIM_SHEEP_RECOVERY_H

#include "sheep/node.h"

/*
 * Starts a run (R503), or makes it the pending one. lifted: the epoch has just been raised and old
 * is the view before the change (R501); else a level run, old is the current view. old: a reference
 * is taken. Foreign objects are set aside and waiters for an epoch are woken here.
 */
void recovery_start(struct sheep *s, bool lifted, struct view *old);

/*
 * Is the object "in recovery here" (R421)? True: the request must be parked; on-demand recovery has
 * been scheduled where the rule says so. Requests that never wait are not asked about: creates and
 * those with the RECOVERY flag.
 */
bool recovery_must_wait(struct sheep *s, uint64_t oid);

/*
 * Where R912 is repaired, after a restart: what this node has of the present epoch is whole, or
 * will be when the run ends that has just been started; then that is announced.
 */
void recovery_announce_again(struct sheep *s);

/* Where R902 is repaired, after a crash: the level run that has just been started compares copies.
 */
void recovery_compare(struct sheep *s);

/* Enabled again (R538): goes on with a suspended run. */
void recovery_resume(struct sheep *s);

/* VDI-table fetches have ended: a list that waits for it goes on (R605). */
void recovery_vdis_ready(struct sheep *s);

/* COMPLETE_RECOVERY was delivered (R542). */
void recovery_completed(struct sheep *s, uint32_t epoch, const struct node_rec *member);

/* Are jobs started by timers, by what SET_RECOVERY has said (R540)? */
bool throttle_on(const struct sheep *s);

/* For STAT_RECOVERY and reports (R552). */
void recovery_report(const struct sheep *s, struct recovery_state *state);
bool recovery_suspended(const struct sheep *s);
uint32_t recovery_epoch(const struct sheep *s);

/*
 * The number "from" of a RECOVERY_OBJECT event: the index of the member that gave the object among
 * the members of the event's epoch, or one of these. Objects that were found live give no event.
 */
enum {
	RECOVERED_LINKED = -1, /* a stale copy of this node was linked back */
	RECOVERED_NONE = -2,   /* nothing was stored: it failed, or R527 */
	RECOVERED_DECODED = -3 /* made of other strips (R535) */
};

void recovery_free(struct sheep *s);

#endif
