/*
 * What the files of recovery share: the run and the job of one object. Only recovery*.c use it.
 *
 * The life of a run: it is made by recovery_start() with one reference, that of s->run or
 * s->next_run, and is given up when it is superseded or ends. Whatever works for it (its list job,
 * the jobs of its objects) has a reference of its own, so an on-demand job may outlive it (R522).
 */
#ifndef SHEEPSIM_SHEEP_RECOVERY_INTERNAL_H
#define SHEEPSIM_SHEEP_RECOVERY_INTERNAL_H

#include "sheep/recovery.h"

struct list_job;
struct object_job;

/* Object ids that are being collected. */
struct oid_list {
	uint64_t *oid;
	uint32_t nr, cap;
};

struct run {
	uint32_t refs;
	struct sheep *sheep;
	uint32_t epoch;	  /* E (R501) */
	uint32_t target;  /* T: where the search begins */
	struct view *old; /* of T */
	struct view *now; /* when the run was started */
	bool lifted;
	bool announces;		   /* completion will be announced */
	bool deficient;		   /* it has not done all that it should, and a repair minds */
	bool wildcard;		   /* R531 */
	bool compares;		   /* live objects too, with other replicas (recovery_compare.c) */
	struct oid_list compared;  /* those that have been */
	bool suspended;		   /* R537 */
	uint32_t state;		   /* SD_RECOVERY_STATE_* */
	struct list_job *list_job; /* while the list is prepared; no reference */
	struct oid_list list;	   /* ascending; empty until it is ready */
	uint32_t next;		   /* the first object that has no job yet */
	uint32_t finished;	   /* of those that have one */
	TAILQ_HEAD(, object_job) in_flight;
};

struct run *run_ref(struct run *run);
void run_unref(struct run *run);

/* Does this node hold objects at all (R502)? Gateways do not. */
static inline bool node_holds_data(const struct sheep *s)
{
	return !node_is_gateway(s);
}

/* recovery.c: the list is ready (its oids move to the run); or R541 found that disks would fill up.
 */
void run_list_ready(struct run *run, struct oid_list *list);
void run_cancel(struct run *run);

/*
 * Starts the job of the next object of the list (by_timer: R540), unless recovery is disabled,
 * which suspends the run (R537), or there is none.
 */
void run_start_next(struct run *run, bool by_timer);

/* The job of a listed object has ended, successfully or not (R515). */
void run_object_finished(struct run *run, const struct object_job *j);

/* recovery_throttle.c: one more timer (R540). ordinal: which of them. */
void throttle_start_timer(struct sheep *s, uint32_t ordinal);
/* 2 x disks: as many jobs, or timers, work at a run (R514, R540). */
uint32_t recovery_width(const struct sheep *s);

/* recovery_list.c: prepares the list of a run that has become the current one. */
void list_job_start(struct run *run);
void list_job_vdis_ready(struct list_job *l);

/* Appends oids; the list is in ascending order and without duplicates after oid_list_sort(). */
void oid_list_append(struct oid_list *l, const uint64_t *oids, uint32_t nr);
void oid_list_sort(struct oid_list *l);
void oid_list_free(struct oid_list *l);
/* The place of oid in a sorted list, -1: it is not there. */
int64_t oid_list_find(const struct oid_list *l, uint64_t oid);

/*
 * recovery_partition.c: appends to out what of a GET_OBJ_LIST answer (may be NULL: empty) belongs
 * to the member of this index in the view (R510), by this node's VDI table.
 */
void partition_add(struct sheep *s, struct view *view, uint32_t epoch, struct blob *answer,
		   uint32_t member, struct oid_list *out);

/* Entries of such an answer; all of them, free() the array. */
static inline uint32_t answer_count(const struct blob *answer)
{
	return (uint32_t)(blob_size(answer) / sizeof(uint64_t));
}
uint64_t *answer_oids(const struct blob *answer);

/* recovery_done.c: tells everybody that the run of this epoch has ended (R517). */
void announce_start(struct sheep *s, uint32_t epoch);

/* ------------------------------------------------------------------ the job of one object */

/* How the search of a replica stands (recovery_replica.c). */
struct replica_search {
	uint32_t local_epoch; /* of the newest stale copy here, 0: none, or it differs (R525) */
	uint8_t local_digest[BLOB_SHA1_LEN];
	/* this attempt (R524) */
	uint16_t holders[MAX_ZONES];
	uint32_t nr;	  /* to visit */
	uint32_t first;	  /* where the round begins */
	uint32_t visited; /* how many of nr were looked at */
	bool anybody;	  /* one of them was not skipped */
	bool no_obj;	  /* one of them answered that there is no such object */
	bool silent;	  /* one of them could not be asked */
};

/* The same of a strip (recovery_strip.c). */
struct strip_search {
	uint8_t policy;
	uint32_t nr_strips; /* d + p */
	uint8_t own;	    /* index of this node's strip */
	uint8_t sought;	    /* index of the strip that is walked for */
	uint32_t visited;   /* members of this epoch that were looked at */
	bool strict;	    /* only what is sure to be of one age is taken (R920) */
	bool unsure;	    /* nobody has said that there is none of this epoch */
	/* strips that the own one can be computed from (R535); references */
	uint32_t nr_parts;
	uint8_t part_index[SD_EC_MAX_DATA_STRIPS];
	struct blob *part[SD_EC_MAX_DATA_STRIPS];
};

struct object_job {
	struct task task;
	struct work work;
	TAILQ_ENTRY(object_job) link; /* in run->in_flight */
	struct run *run;	      /* a reference */
	uint64_t oid;
	bool on_demand; /* not one of the list (R532) */
	bool by_timer;	/* R540 */
	bool coded;	/* a strip is sought, not a replica */
	bool doubtful;	/* not all who might have it have said that they do not */

	/* Where it is sought just now: members of an epoch (t of R524). */
	uint32_t epoch;
	struct view *view; /* of that epoch, a reference */
	uint32_t member;   /* index in view: whom it asks */
	union {
		struct replica_search replica;
		struct strip_search strip;
	};

	/*
	 * What it waits for: one of these at a time, made anew each time. Most jobs of a run find
	 * that their object is live and wait for none, so they had better be small.
	 */
	union {
		struct disk_io look;
		struct object_io io;
		struct {
			struct call call;
			struct timer refused; /* call could not be connected */
		};
		struct epoch_query query;
	};
	struct blob *data;  /* that io stores */
	struct timer again; /* the attempt is made once more */
	uint32_t lowest;    /* job_step_back() */
	bool stepping, stepped, found;
	void (*then)(struct object_job *j, bool found);
	void (*created)(struct object_job *j, uint32_t result);
};

/* Starts a job; listed jobs enter run->in_flight. */
void object_job_start(struct run *run, uint64_t oid, bool on_demand, bool by_timer);

/* The job is over. from: see RECOVERED_LINKED. j is freed. */
void object_job_end(struct object_job *j, uint32_t result, int from);

/* The object was live before anything was done: that is all (R523). j is freed. */
void object_job_end_live(struct object_job *j);

/* The record of the member that the job is about to ask. */
const struct node_id *job_member(const struct object_job *j);

/* Sets the place of the search; view: a reference is taken. */
void job_set_place(struct object_job *j, uint32_t epoch, struct view *view);

/* Starts j->call to job_member(), its q being filled. done() is called later in any case.
 */
void job_call(struct object_job *j, void (*done)(struct call *c));

/* Reads the whole replica or strip from job_member() as of j->epoch (R525c, R534). */
void job_read(struct object_job *j, uint8_t strip, void (*done)(struct call *c));

/* Stores data as the replica or strip; created() gets the result. */
void job_create(struct object_job *j, uint8_t strip, struct blob *data, uint64_t offset,
		void (*created)(struct object_job *j, uint32_t result));

/*
 * Back to the newest epoch before j->epoch whose members can be learnt (R526), but not below
 * lowest. then(): found: the place of the search is there; else there is none.
 */
void job_step_back(struct object_job *j, uint32_t lowest,
		   void (*then)(struct object_job *j, bool found));

/*
 * recovery_compare.c: does a live replica have to be compared with others in this run? The job of
 * one that has starts that, and ends when it is done.
 */
bool compare_is_due(const struct object_job *j);
bool compare_is_done(const struct run *run, uint64_t oid);
void compare_start(struct object_job *j);

/* recovery_replica.c, recovery_strip.c: is it live here already; and the search, if not. */
void replica_search_start(struct object_job *j);
bool strip_is_live(const struct object_job *j);
void strip_search_start(struct object_job *j);
void strip_search_drop(struct object_job *j);

#endif
