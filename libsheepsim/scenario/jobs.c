/* Background work of VMs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "scenario/content.h"
#include "scenario/jobs.h"
#include "scenario/rows.h"
#include "scenario/values.h"

static void job_next(struct job *j);

static void note_failure(struct job *j, const char *words)
{
	j->failed++;
	if (j->message[0] == '\0')
		snprintf(j->message, sizeof(j->message), "%s", words);
}

static void job_done(void *arg, const struct sheepsim_done *done)
{
	struct job *j = arg;
	size_t at;

	j->busy = false;
	if (done->error != 0) {
		note_failure(j, done->message != NULL ? done->message : "it failed");
	} else {
		j->done++;
		at = j->compare ? content_compare(j->seed, j->offset, done->data, done->len) : 0;
		if (j->compare && at < done->len)
			note_failure(j, "what was read differs from the seed");
	}
	if (!j->cancelled)
		job_next(j);
}

/* Begins one request. */
static void job_request(struct job *j)
{
	uint64_t offset = j->offset;
	int error;

	if (j->kind == JOB_LOAD)
		offset += j->len *
			  random_below(j->blocks, j->seed, "scenario-load", j->started, 0, 0);
	j->started++;
	j->begun = sheepsim_now(j->run->sim);
	j->busy = true;
	if (j->kind == JOB_READ) {
		error = sheepsim_read_async(j->client, j->vdi, offset, j->len, job_done, j);
	} else {
		/* each write of a load has other bytes: the seed and its number */
		content_fill(j->kind == JOB_LOAD ? random_mix(j->seed, j->started) : j->seed,
			     offset, j->buf, j->len);
		error = sheepsim_write_async(j->client, j->vdi, offset, j->buf, j->len, job_done,
					     j);
	}
	if (error < 0) {
		j->busy = false;
		j->ended = true;
		note_failure(j, sheepsim_errmsg(j->run->sim));
	}
}

static void job_timer(void *arg)
{
	struct job *j = arg;

	if (!j->cancelled && !j->busy)
		job_request(j);
}

/* Goes on with the next request, now or when it is due. */
static void job_next(struct job *j)
{
	uint64_t now = sheepsim_now(j->run->sim);
	uint64_t due = j->begun + j->every;

	if (j->started == j->total) {
		j->ended = true;
		return;
	}
	/* one that took longer than the interval is followed at once */
	if (sheepsim_at(j->run->sim, due > now ? due : now, job_timer, j) < 0) {
		note_failure(j, sheepsim_errmsg(j->run->sim));
		j->ended = true;
	}
}

void job_start(struct run *r, const struct job *job)
{
	struct job *j = mem_alloc(sizeof(*j));

	*j = *job;
	j->run = r;
	j->vdi = mem_string(job->vdi);
	j->buf = mem_alloc(j->len > 0 ? j->len : 1);
	STAILQ_INSERT_TAIL(&r->jobs, j, link);
	job_request(j);
}

static void row_of_job(struct run *r, const struct job *j)
{
	static const char *const kinds[] = {"write", "read", "load"};

	row_begin(r);
	row_text(r, "kind", kinds[j->kind]);
	row_text(r, "vdi", j->vdi);
	row_number(r, "offset", j->offset);
	row_number(r, "bytes", j->len);
	row_number(r, "done", j->done);
	row_number(r, "failed", j->failed);
	row_flag(r, "ended", j->ended);
	row_text(r, "message", j->failed > 0 ? j->message : NULL);
	row_end(r);
}

static void say_job(struct run *r, const struct job *j)
{
	struct text size = {0};

	text_size(&size, j->len);
	if (j->kind == JOB_LOAD)
		say(r, "load %s: %" PRIu64 " writes of %s acknowledged, %" PRIu64 " failed%s%s",
		    j->vdi, j->done, text_get(&size), j->failed, j->failed > 0 ? ": " : "",
		    j->message);
	else
		say(r, "%s %s, %s at %" PRIu64 ": %s", j->kind == JOB_READ ? "read" : "write",
		    j->vdi, text_get(&size), j->offset,
		    j->failed > 0	  ? j->message
		    : !j->ended		  ? "not answered"
		    : j->compare	  ? "as written"
		    : j->kind == JOB_READ ? "answered"
					  : "acknowledged");
	text_free(&size);
	row_of_job(r, j);
}

static bool jobs_under_way(const struct run *r)
{
	const struct job *j;

	STAILQ_FOREACH (j, &r->jobs, link) {
		if (!j->ended)
			return true;
	}
	return false;
}

static void job_free(struct run *r, struct job *j)
{
	STAILQ_REMOVE(&r->jobs, j, job, link);
	free(j->vdi);
	free(j->buf);
	free(j);
}

int jobs_wait(struct run *r, uint64_t within)
{
	uint64_t begun = sheepsim_now(r->sim);
	uint64_t left = r->budget;
	int more = 1;
	struct job *j;

	if (STAILQ_EMPTY(&r->jobs))
		return fail(r, SHEEPSIM_E_SCENARIO, "nothing is done in the background");
	while (more > 0 && jobs_under_way(r) && sheepsim_now(r->sim) - begun <= within &&
	       left-- > 0)
		more = sheepsim_step(r->sim);
	if (more < 0)
		return more;
	STAILQ_FOREACH (j, &r->jobs, link)
		say_job(r, j);
	if (jobs_under_way(r) && left == UINT64_MAX)
		return fail_budget(r);
	if (jobs_under_way(r)) {
		/* who waits for what, in the words that all waits have */
		int error = sheepsim_run_until(r->sim, SHEEPSIM_ANSWERED, 0);

		return error < 0 ? error
				 : fail(r, SHEEPSIM_E_NO_PROGRESS,
					"the time is over, and not all in the background is done");
	}
	while ((j = STAILQ_FIRST(&r->jobs)) != NULL)
		job_free(r, j);
	return 0;
}

void jobs_cancel(struct run *r)
{
	struct job *j;

	STAILQ_FOREACH (j, &r->jobs, link)
		j->cancelled = true;
}

void jobs_free(struct run *r)
{
	while (!STAILQ_EMPTY(&r->jobs))
		job_free(r, STAILQ_FIRST(&r->jobs));
}
