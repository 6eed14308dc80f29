/*
 * Running the clock.
 */
#include <assert.h>
#include <stdlib.h>

#include "api/sim.h"
#include "base/mem.h"

/* A time at which a wait is over. */
struct alarm {
	struct clock_event event;
	bool rang;
};

static void ring(struct clock_event *e)
{
	struct alarm *a = container_of(e, struct alarm, event);

	a->rang = true;
}

int sim_may_wait(struct sheepsim *sim)
{
	if (sim->depth == 0)
		return sim_file_error(sim);
	return sim_fail(sim, SHEEPSIM_E_STATE, "a callback must not wait for time to pass");
}

bool sim_run_event(struct sheepsim *sim)
{
	bool ran;

	sim_enter(sim);
	ran = clock_step(&sim->universe.clock);
	sim_leave(sim);
	return ran;
}

/* False: there was no event, or there is no more waiting. */
static bool step(struct sheepsim *sim)
{
	if (sim->host && sim->host->pauses(sim->host))
		return sim->host->pause(sim->host);
	return sim_run_event(sim);
}

static void set_alarm(struct sheepsim *sim, struct alarm *a, uint64_t within)
{
	struct clock *clock = &sim->universe.clock;
	uint64_t room = UINT64_MAX / 2 - clock->now; /* far from where sums overflow */

	*a = (struct alarm){.event.run = ring};
	clock_add(clock, &a->event, clock->now + (within < room ? within : room));
}

static int no_progress(struct sheepsim *sim, const char *what, const char *why)
{
	struct text pending = {0};
	int error;

	sim_pending_text(sim, &pending);
	error = sim_fail(sim, SHEEPSIM_E_NO_PROGRESS, "waited in vain for %s: %s\n%s", what, why,
			 pending.len ? text_get(&pending) : "nothing is pending\n");
	text_free(&pending);
	return error;
}

static const char *why_not(const struct alarm *a, uint64_t budget)
{
	if (a->rang)
		return "the time is over";
	return budget ? "the server ends" : "the budget of events is used up";
}

int sim_wait(struct sheepsim *sim, bool (*over)(void *arg), void *arg, uint64_t within,
	     const char *what)
{
	uint64_t budget = sim->options.event_budget;
	int error = sim_may_wait(sim);
	struct alarm a;

	if (error < 0)
		return error;
	set_alarm(sim, &a, within);
	while (!over(arg) && !a.rang && error == 0 && budget > 0 && step(sim)) {
		budget--;
		error = sim_file_error(sim);
	}
	if (error == 0 && !over(arg))
		error = no_progress(sim, what, why_not(&a, budget));
	clock_remove(&sim->universe.clock, &a.event);
	return error;
}

uint64_t sheepsim_now(const struct sheepsim *sim)
{
	return sim->universe.clock.now;
}

int sheepsim_run(struct sheepsim *sim, uint64_t ns)
{
	uint64_t budget = sim->options.event_budget;
	int error = sim_may_wait(sim);
	struct alarm a;

	if (error < 0)
		return error;
	set_alarm(sim, &a, ns);
	while (!a.rang && error == 0 && budget > 0 && step(sim)) {
		budget--;
		error = sim_file_error(sim);
	}
	if (error == 0 && !a.rang)
		error = no_progress(sim, "time to pass", why_not(&a, budget));
	clock_remove(&sim->universe.clock, &a.event);
	return error;
}

static bool is_idle(void *arg)
{
	return sim_idle(arg);
}

static bool is_joined(void *arg)
{
	return sim_joined(arg);
}

static bool is_recovered(void *arg)
{
	return sim_recovered(arg);
}

static bool is_answered(void *arg)
{
	return sim_answered(arg);
}

int sheepsim_run_until(struct sheepsim *sim, enum sheepsim_until what, uint64_t within)
{
	switch (what) {
	case SHEEPSIM_IDLE:
		return sim_wait(sim, is_idle, sim, within, "idleness");
	case SHEEPSIM_JOINED:
		return sim_wait(sim, is_joined, sim, within, "the joins of all nodes");
	case SHEEPSIM_RECOVERED:
		return sim_wait(sim, is_recovered, sim, within, "the end of recovery");
	case SHEEPSIM_ANSWERED:
		return sim_wait(sim, is_answered, sim, within, "all answers");
	}
	return sim_fail(sim, SHEEPSIM_E_INVALID, "no such condition: %d", (int)what);
}

int sheepsim_step(struct sheepsim *sim)
{
	int error = sim_may_wait(sim);
	bool stepped = error == 0 && step(sim);

	if (error == 0)
		error = sim_file_error(sim);
	return error < 0 ? error : stepped;
}

static void keep_appointment(struct clock_event *e)
{
	struct appointment *a = container_of(e, struct appointment, event);
	struct appointment due = *a;

	LIST_REMOVE(a, link);
	free(a);
	due.fn(due.arg);
}

int sheepsim_at(struct sheepsim *sim, uint64_t time, void (*fn)(void *arg), void *arg)
{
	struct clock *clock = &sim->universe.clock;
	struct appointment *a;

	if (!fn || time < clock->now || time > UINT64_MAX / 2)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "no function, or a time that is past");
	a = mem_alloc(sizeof *a);
	a->event.run = keep_appointment;
	a->sim = sim;
	a->fn = fn;
	a->arg = arg;
	LIST_INSERT_HEAD(&sim->appointments, a, link);
	clock_add(clock, &a->event, time);
	return 0;
}
