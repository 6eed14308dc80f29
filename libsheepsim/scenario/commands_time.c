/* Commands that let time pass. */
#include <inttypes.h>
#include <string.h>

#include "scenario/recorder.h"
#include "scenario/rows.h"
#include "scenario/run.h"
#include "scenario/settle.h"

static const struct param run_params[] = {
	{"TIME", VALUE_TIME, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static int run_run(struct run *r, const struct call *call)
{
	int error = sheepsim_run(r->sim, call_number(call, "TIME", 0));

	if (error >= 0)
		row_of_time(r);
	return error;
}

static const struct param step_params[] = {
	{"EVENTS", VALUE_COUNT, PARAM_OPTIONAL, NULL},
	PARAMS_END,
};

static int run_step(struct run *r, const struct call *call)
{
	uint64_t nr = call_number(call, "EVENTS", 1);
	int more = 1;

	for (uint64_t i = 0; i < nr && more > 0; i++) {
		if (i == r->budget)
			return fail_budget(r);
		more = sheepsim_step(r->sim);
	}
	if (more == 0)
		return fail(r, SHEEPSIM_E_NO_PROGRESS, "nothing is left to happen");
	if (more < 0)
		return more;
	row_of_time(r);
	return 0;
}

static const struct param settle_params[] = {
	{"until", VALUE_CHOICE, PARAM_PAIR, "idle|joined|recovered|answered"},
	{"within", VALUE_TIME, PARAM_PAIR, NULL},
	PARAMS_END,
};

/* Says how many objects were recovered since that was said last. */
static void say_recovered(struct run *r)
{
	struct recorder *rec = r->recorder;
	unsigned int nodes = 0;

	for (int i = 0; i < MAX_NODES; i++)
		nodes += rec->recovered_by[i];
	say(r, "recovered %" PRIu64 " object%s on %u node%s", rec->recovered,
	    rec->recovered == 1 ? "" : "s", nodes, nodes == 1 ? "" : "s");
	row_begin(r);
	row_number(r, "time", sheepsim_now(r->sim));
	row_number(r, "recovered", rec->recovered);
	row_list(r, "by");
	for (int i = 0; i < MAX_NODES; i++)
		if (rec->recovered_by[i])
			row_node(r, NULL, i);
	row_list_end(r);
	row_end(r);
	rec->recovered = 0;
	memset(rec->recovered_by, 0, MAX_NODES * sizeof(bool));
}

static int run_settle(struct run *r, const struct call *call)
{
	static const struct {
		const char *word;
		enum sheepsim_until until;
	} known[] = {
		{"idle", SHEEPSIM_IDLE},
		{"joined", SHEEPSIM_JOINED},
		{"recovered", SHEEPSIM_RECOVERED},
		{"answered", SHEEPSIM_ANSWERED},
	};
	const char *word = call_word(call, "until", "idle");
	size_t i = 0;
	int error;

	while (strcmp(known[i].word, word) != 0)
		i++;
	error = sheepsim_run_until(r->sim, known[i].until,
				   call_number(call, "within", 60 * SHEEPSIM_SECOND));
	if (error < 0)
		return error;
	if (known[i].until == SHEEPSIM_RECOVERED)
		say_recovered(r);
	else if (known[i].until == SHEEPSIM_JOINED)
		say_statuses(r);
	else
		row_of_time(r);
	return 0;
}

const struct command time_commands[] = {
	{"run", "lets so much virtual time pass", "", run_params, false, run_run},
	{"step", "runs the next event, or so many of them", "", step_params, false, run_step},
	{"settle", "runs until something holds",
	 "idle (the default): nothing is left to do but the timers of idle nodes. joined: every "
	 "node that runs has been accepted and serves, or waits for others; it says which. "
	 "recovered: idle, and no node has a recovery to run; it says how many objects were "
	 "recovered since it said that last. answered: every request of a client has been "
	 "answered. "
	 "If that does not come about within 60s (or what within says), the scenario ends, and "
	 "says "
	 "what is pending.",
	 settle_params, false, run_settle},
	{NULL, NULL, NULL, NULL, false, NULL},
};
