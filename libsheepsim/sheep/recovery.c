/*
 * Runs: start, supersession, suspension, end (R501-R505, R514-R522, R537-R539), and who has to wait
 * for them (R421). The life of a run goes from top to bottom: recovery_start(), run_list_ready(),
 * run_start_next(), run_object_finished(), then run_end() or supersede().
 */
#include <assert.h>
#include <stdlib.h>

#include "sheep/recovery_internal.h"

static struct run *run_new(struct sheep *s, bool lifted, struct view *old)
{
	struct run *run = mem_alloc(sizeof(*run));

	run->refs = 1;
	run->sheep = s;
	run->epoch = node_epoch(s);
	/* Epochs in between, which were only ever pending, are not worked off (R521). */
	run->target = lifted ? run->epoch - 1 : run->epoch;
	run->old = view_ref(old);
	run->now = view_ref(s->view);
	run->lifted = lifted;
	run->announces = lifted;
	run->wildcard = !lifted && s->wildcard; /* R531; taken back by who started the run (R214) */
	run->state = SD_RECOVERY_STATE_PREPARE_LIST;
	TAILQ_INIT(&run->in_flight);
	return run;
}

struct run *run_ref(struct run *run)
{
	assert(run->refs > 0);
	run->refs++;
	return run;
}

void run_unref(struct run *run)
{
	if (!run)
		return;
	assert(run->refs > 0);
	if (--run->refs > 0)
		return;
	view_unref(run->sheep->commons, run->old);
	view_unref(run->sheep->commons, run->now);
	oid_list_free(&run->list);
	oid_list_free(&run->compared);
	free(run);
}

/* The run is the current one: its list preparation is queued (R503, R518). */
static void run_begin(struct run *run)
{
	world_note(run->sheep->world, TRACE_RECOVERY_START, run->epoch, run->target, run->lifted,
		   0);
	list_job_start(run);
}

static void set_foreign_aside(struct sheep *s, const struct run *run)
{
	if (node_holds_data(s))
		objects_set_aside(s, run->target, false);
}

/* R501, R502: on every node, gateways and ex-members included; these set nothing aside and list
 * nothing.
 */
void recovery_start(struct sheep *s, bool lifted, struct view *old)
{
	struct run *run = run_new(s, lifted, old);

	set_foreign_aside(s, run);
	if (s->run) {
		/* A pending run that is replaced loses its wish to announce (R519). */
		run_unref(s->next_run);
		s->next_run = run;
		recovery_resume(s);
	} else {
		s->run = run;
		run_begin(run);
	}
	waitlist_wake_epoch(s); /* R425 */
}

/* The one that was started last. */
static struct run *newest_run(const struct sheep *s)
{
	return s->next_run ? s->next_run : s->run;
}

void recovery_compare(struct sheep *s)
{
	newest_run(s)->compares = true;
}

void recovery_announce_again(struct sheep *s)
{
	struct run *run = newest_run(s);

	if (run)
		run->announces = true;
	else
		announce_start(s, node_epoch(s));
}

/*
 * The pending run replaces the current one, none of whose listed jobs is in flight (R518). Waiters
 * are woken when the new run is the current one: before, they would wait for what is given up.
 */
static void supersede(struct sheep *s)
{
	struct run *old = s->run, *run = s->next_run;

	assert(TAILQ_EMPTY(&old->in_flight) && !old->list_job);
	world_note(s->world, TRACE_RECOVERY_SUPERSEDED, old->epoch, run->epoch, 0, 0);
	s->run = run;
	s->next_run = NULL;
	run->announces |= old->announces; /* R519 */
	run->compares |= old->compares;
	run->compared = old->compared;
	old->compared = (struct oid_list){0};
	run_unref(old);
	set_foreign_aside(s, run);
	waitlist_wake_all(s);
	run_begin(run);
}

static void run_end(struct run *run)
{
	struct sheep *s = run->sheep;

	assert(s->run == run && TAILQ_EMPTY(&run->in_flight));
	run->state = SD_RECOVERY_STATE_NOTIFY_COMPLETION;
	world_note(s->world, TRACE_RECOVERY_END, run->epoch, run->finished, run->list.nr, 0);
	s->run = NULL;
	waitlist_wake_all(s);
	if (run->announces && !run->deficient)
		announce_start(s, run->epoch);
	run_unref(run);
}

/* R541, R906: it counts as ended; a pending run is not looked at and stays pending. */
void run_cancel(struct run *run)
{
	run->deficient |= !quirk(run->sheep, QUIRK_CANCEL_ANNOUNCES);
	run_end(run);
}

void run_list_ready(struct run *run, struct oid_list *list)
{
	struct sheep *s = run->sheep;

	assert(s->run == run);
	run->list = *list;
	*list = (struct oid_list){0};
	if (s->next_run) {
		supersede(s);
		return;
	}
	run->state = SD_RECOVERY_STATE_RECOVER_OBJ;
	world_note(s->world, TRACE_RECOVERY_LIST, run->epoch, run->list.nr, 0, 0);
	if (run->list.nr == 0) {
		run_end(run); /* R516 */
		return;
	}
	for (uint32_t i = 0; i < recovery_width(s); i++) {
		if (throttle_on(s))
			throttle_start_timer(s, i);
		else
			run_start_next(run, false);
	}
}

void run_start_next(struct run *run, bool by_timer)
{
	struct sheep *s = run->sheep;

	/* Timers of an earlier run (R540); a pending run is looked at when the list is ready. */
	if (run->state != SD_RECOVERY_STATE_RECOVER_OBJ)
		return;
	if (s->next_run) {
		if (TAILQ_EMPTY(&run->in_flight))
			supersede(s);
		return;
	}
	if (run->next == run->list.nr)
		return;
	/* R537: until recovery_resume(), even if jobs on demand do all that is left (R539). */
	if (s->ci.disable_recovery) {
		if (!run->suspended)
			world_note(s->world, TRACE_RECOVERY_SUSPENDED, run->epoch, 0, 0, 0);
		run->suspended = true;
		return;
	}
	object_job_start(run, run->list.oid[run->next++], false, by_timer);
}

void run_object_finished(struct run *run, const struct object_job *j)
{
	struct sheep *s = run->sheep;

	assert(s->run == run && run->finished < run->next);
	run->finished++;
	if (!s->next_run)
		waitlist_wake_oid(s, j->oid); /* R426; else R520 */
	if (!s->next_run && run->finished == run->list.nr)
		run_end(run); /* R516 */
	else if (s->next_run || (!j->by_timer && !throttle_on(s)))
		run_start_next(run, false);
	else if (!j->by_timer)
		throttle_start_timer(s, run->next); /* switched on meanwhile (R540) */
}

void recovery_resume(struct sheep *s)
{
	if (!s->run || !s->run->suspended)
		return;
	s->run->suspended = false;
	run_start_next(s->run, false); /* one job only (R538) */
}

/* ------------------------------------------------------------------ who waits (R421) */

/* The live object, and of coded data the strip that this node has to hold. */
static bool live_here(const struct sheep *s, uint64_t oid)
{
	int strip = 0;

	if (object_policy(s, oid))
		strip = view_holder_index(s->view, oid, object_copies(s, oid), &s->me.nid);
	return strip >= 0 && object_live(s, oid, (uint8_t)strip);
}

static bool in_flight(const struct run *run, uint64_t oid)
{
	const struct object_job *j;

	TAILQ_FOREACH (j, &run->in_flight, link) {
		if (j->oid == oid)
			return true;
	}
	return false;
}

/* Case 5: the run is recovering. *schedule: on-demand recovery is needed. */
static bool wait_for_listed(const struct run *run, uint64_t oid, bool *schedule)
{
	int64_t place = oid_list_find(&run->list, oid);

	if (place < 0)
		return false;
	if ((uint64_t)place >= run->next) {
		*schedule = true;
		return true;
	}
	if (!in_flight(run, oid))
		return false;
	*schedule = run->suspended;
	return true;
}

/* False with the object absent: the request goes on, and the store answers NO_OBJ (R422). */
bool recovery_must_wait(struct sheep *s, uint64_t oid)
{
	struct run *run = s->run;
	bool schedule = false, wait = false;

	if (!run) /* case 1 */
		return false;
	if (live_here(s, oid) && (!run->compares || compare_is_done(run, oid))) /* case 2 */
		return false;
	if (s->next_run) /* case 3 */
		return true;
	switch (run->state) {
	case SD_RECOVERY_STATE_PREPARE_LIST: /* case 4 */
		wait = schedule = true;
		break;
	case SD_RECOVERY_STATE_RECOVER_OBJ: /* case 5 */
		wait = wait_for_listed(run, oid, &schedule);
		break;
	default: /* case 6 */
		break;
	}
	if (schedule)
		object_job_start(run, oid, true, false); /* R532 */
	return wait;
}

/* ------------------------------------------------------------------ reports and the rest */

void recovery_vdis_ready(struct sheep *s)
{
	if (s->run && s->run->list_job)
		list_job_vdis_ready(s->run->list_job);
}

/* R552: on-demand jobs and pending runs do not show. */
void recovery_report(const struct sheep *s, struct recovery_state *state)
{
	*state = (struct recovery_state){0};
	if (!s->run)
		return;
	state->in_recovery = 1;
	state->state = s->run->state;
	state->nr_finished = s->run->finished;
	state->nr_total = s->run->list.nr;
}

bool recovery_suspended(const struct sheep *s)
{
	return s->run && s->run->suspended;
}

uint32_t recovery_epoch(const struct sheep *s)
{
	return s->run ? s->run->epoch : 0;
}

void recovery_free(struct sheep *s)
{
	run_unref(s->run);
	run_unref(s->next_run);
	s->run = NULL;
	s->next_run = NULL;
}
