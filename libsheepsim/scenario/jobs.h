/*
 * What VMs do in the background while the scenario goes on: single writes and reads, and loads of
 * many small writes at intervals. Each is a request object that follows its own completions.
 */
#ifndef SHEEPSIM_SCENARIO_JOBS_H
#define SHEEPSIM_SCENARIO_JOBS_H

#include "scenario/vms.h"

enum job_kind { JOB_WRITE, JOB_READ, JOB_LOAD };

struct job {
	struct run *run;
	enum job_kind kind;
	struct sheepsim_client *client;
	char *vdi;
	uint64_t seed;
	bool compare; /* reads: against seed */
	uint64_t offset, len;
	/* loads */
	uint64_t every;	 /* ns from the beginning of one write to that of the next */
	uint64_t total;	 /* writes to make */
	uint64_t blocks; /* blocks of len bytes from offset on, one of which each write takes */
	uint64_t begun;	 /* when the last one began */
	/* what became of it */
	uint64_t started, done, failed;
	uint8_t *buf;
	bool busy; /* a request is under way */
	bool ended;
	bool cancelled;
	char message[200]; /* why the first that failed did */
	STAILQ_ENTRY(job) link;
};

/* Begins a job with these of the fields above filled in: kind to blocks. It is copied. */
void job_start(struct run *r, const struct job *job);

/* Runs until all jobs have ended, and says what became of each, in order. */
int jobs_wait(struct run *r, uint64_t within);

/* Nothing new is begun from here on; and, once the simulation is closed, all is freed. */
void jobs_cancel(struct run *r);
void jobs_free(struct run *r);

#endif
