/*
 * Opening and closing a simulation, errors, nesting of calls.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"
#include "wire/ops.h"

#define DEFAULT_SPACE  (UINT64_C(64) << 30)
#define DEFAULT_BUDGET (UINT64_C(1) << 32)
#define JOIN_LIMIT     (60 * NSEC_PER_SEC)

/* ------------------------------------------------------------------ errors */

const char *sheepsim_strerror(int error)
{
	switch (error) {
#define X(name, number, words)                                                                     \
	case number:                                                                               \
		return words;
		SHEEPSIM_ERRORS(X)
#undef X
	default:
		return error >= 0 ? "no error" : "unknown error";
	}
}

/* Words for calls that have no simulation to keep them; they change no simulation. */
static _Thread_local char thread_words[512];

const char *lasting_words(const char *words)
{
	snprintf(thread_words, sizeof thread_words, "%s", words);
	return thread_words;
}

int sim_fail(struct sheepsim *sim, int error, const char *format, ...)
{
	va_list args;

	assert(error < 0);
	text_clear(&sim->error);
	va_start(args, format);
	text_vadd(&sim->error, format, args);
	va_end(args);
	return error;
}

int sim_fail_outcome(struct sheepsim *sim, enum outcome_kind kind, uint32_t result, const char *why,
		     const char *what)
{
	switch (kind) {
	case OUTCOME_OK:
		return 0;
	case OUTCOME_RESULT:
		sim->result = result;
		return sim_fail(sim, SHEEPSIM_E_RESULT, "%s: answered %s", what,
				sheepsim_result_name(result));
	case OUTCOME_LOST:
		return sim_fail(sim, SHEEPSIM_E_LOST, "%s: the connection was lost", what);
	case OUTCOME_INVALID:
		return sim_fail(sim, SHEEPSIM_E_INVALID, "%s: %s", what, why);
	}
	assert(false);
	return SHEEPSIM_E_INVALID;
}

const char *sheepsim_errmsg(const struct sheepsim *sim)
{
	return sim ? text_get(&sim->error) : thread_words;
}

uint32_t sheepsim_result(const struct sheepsim *sim)
{
	return sim->result;
}

const char *sheepsim_result_name(uint32_t result)
{
	static _Thread_local char unnamed[12];

	return result_name(result, unnamed);
}

bool take_name(char *to, const char *name)
{
	size_t len = name ? strlen(name) : 0;

	if (len == 0 || len >= SD_MAX_VDI_LEN)
		return false;
	memcpy(to, name, len + 1);
	return true;
}

/* ------------------------------------------------------------------ nesting */

void sim_enter(struct sheepsim *sim)
{
	sim->depth++;
}

/* Frees what was ended while it was on the stack; false: there was nothing. */
static bool sweep(struct sheepsim *sim)
{
	if (!sim->sweep)
		return false;
	sim->sweep = false;
	events_sweep(sim);
	filters_sweep(sim);
	sim_clients_sweep(sim);
	return true;
}

void sim_leave(struct sheepsim *sim)
{
	assert(sim->depth > 0);
	if (sim->depth > 1) {
		sim->depth--;
		return;
	}
	/* What is done here may call the user back, who may want more to be done. */
	while (node_actions(sim) || sweep(sim))
		;
	sim->depth--;
}

/* ------------------------------------------------------------------ opening and closing */

static void set_options(struct sheepsim *sim, const struct sheepsim_options *wanted)
{
	struct universe *u = &sim->universe;

	sim->options = *wanted;
	sim->options.versions = NULL; /* read once; the texts are not ours */
	sim->options.quirks = NULL;
	sim->quirks = quirks_usual;
	sim->options.driver_version = NULL;
	sim->options.path = NULL;
	if (!sim->options.space)
		sim->options.space = DEFAULT_SPACE;
	if (!sim->options.event_budget)
		sim->options.event_budget = DEFAULT_BUDGET;
	if (sim->options.net_latency)
		u->speed.net_latency = sim->options.net_latency;
	if (sim->options.net_jitter)
		u->speed.net_jitter = sim->options.net_jitter;
	if (sim->options.disk_latency)
		u->speed.disk_latency = sim->options.disk_latency;
	if (sim->options.start_time)
		u->epoch_unix = sim->options.start_time;
	u->streams = sim->options.random_streams;
}

static struct sheepsim *sim_new(const struct sheepsim_options *options,
				const struct version_range *driver)
{
	struct sheepsim *sim = mem_alloc(sizeof *sim);
	struct hub_options hub = {.lowest = driver->lowest, .highest = driver->highest};

	universe_init(&sim->universe, options->seed);
	set_options(sim, options);
	hub.latency = sim->options.driver_latency;
	hub.detect = sim->options.driver_detect;
	hub.stuck_without_member = sim->options.driver_stuck;
	sim->driver = *driver;
	sim->commons = commons_new();
	sim->hub = hub_new(&sim->universe, sim->commons, &hub);
	sim->admin = admin_new(&sim->universe, PLACE_DOG);
	sim->history = history_new(&sim->universe.trace);
	STAILQ_INIT(&sim->actions);
	events_init(sim);
	return sim;
}

static void free_appointments(struct sheepsim *sim)
{
	struct appointment *a;

	while ((a = LIST_FIRST(&sim->appointments))) {
		clock_remove(&sim->universe.clock, &a->event);
		LIST_REMOVE(a, link);
		free(a);
	}
}

/* What the file has not got yet is lost. */
static void close_sim(struct sheepsim *sim)
{
	if (!sim)
		return;
	assert(sim->depth == 0);
	sim->depth++; /* nothing is done any more that callbacks ask for */
	sim_clients_free(sim);
	replays_free(sim);
	conns_free(sim);
	admin_free(sim->admin);
	free_appointments(sim);
	sheepsim_record_stop(sim);
	for (int i = 0; i < sim->nr_nodes; i++)
		node_free(sim->nodes[i]);
	free(sim->nodes);
	while (!STAILQ_EMPTY(&sim->actions)) {
		struct action *a = STAILQ_FIRST(&sim->actions);

		STAILQ_REMOVE_HEAD(&sim->actions, link);
		free(a);
	}
	filters_free(sim);
	events_free(sim);
	spoken_free(sim->spoken);
	history_free(sim->history);
	hub_free(sim->hub);
	commons_free(sim->commons);
	universe_free(&sim->universe);
	free(sim->asked);
	free(sim->dog_said);
	free(sim->served);
	database_close(sim->database);
	text_free(&sim->error);
	free(sim);
}

static bool joined(void *arg)
{
	return sim_joined(arg);
}

/* Adds and starts one node after the other, each when those before it have joined. */
static int start_nodes(struct sheepsim *sim)
{
	struct sheepsim_node config = {0};
	int node, error;

	for (unsigned i = 0; i < sim->options.nodes; i++) {
		node = sheepsim_node_add(sim, &config);
		if (node < 0)
			return node;
		error = sheepsim_start(sim, node);
		if (error == 0)
			error = sim_wait(sim, joined, sim, JOIN_LIMIT, "the join of a node");
		if (error < 0)
			return error;
	}
	return 0;
}

/* What nodes speak, and their quirks, where nothing else is said of them. */
static int take_behaviour(struct sheepsim *sim, const struct sheepsim_options *options)
{
	int error = versions_take(sim, options->versions, &sim->versions);

	if (error == 0)
		error = quirks_take(sim, &sim->quirks, options->quirks);
	if (options->versions && options->versions->silent)
		sim->quirks.on[QUIRK_SILENT_JOIN] = true;
	return error;
}

static int check_options(const struct sheepsim_options *o, struct version_range *driver,
			 struct text *why)
{
	if (o->nodes > SD_MAX_NODES)
		text_add(why, "more than 6144 nodes");
	else if (o->driver_version &&
		 (!version_range_parse(o->driver_version, driver) || !driver->lowest))
		text_add(why, "the driver's version is no range of 1 to 255");
	return why->len ? SHEEPSIM_E_INVALID : 0;
}

/* Makes the simulation; what is wrong is in its words, or in *why if there is none. */
static int make(struct sheepsim **sim, struct sheepsim_options *o, struct text *why)
{
	struct cluster_file *file = NULL;
	struct version_range driver = {0};
	int error = o->path ? cluster_file_open(&file, o, why) : 0;

	if (error == 0)
		error = check_options(o, &driver, why);
	if (error == 0) {
		*sim = sim_new(o, &driver);
		error = take_behaviour(*sim, o);
	}
	if (error == 0 && file)
		error = cluster_file_begin(*sim, file);
	cluster_file_free(file);
	if (error == 0)
		error = start_nodes(*sim);
	return error < 0 ? error : *sim ? sheepsim_sync(*sim) : 0;
}

int sheepsim_open(struct sheepsim **sim, const struct sheepsim_options *options)
{
	static const struct sheepsim_options none;
	struct sheepsim_options o = options ? *options : none;
	struct text why = {0};
	int error;

	*sim = NULL;
	error = make(sim, &o, &why);
	if (error < 0) {
		lasting_words(*sim ? sheepsim_errmsg(*sim) : text_get(&why));
		close_sim(*sim);
		*sim = NULL;
	}
	text_free(&why);
	return error;
}

void sheepsim_close(struct sheepsim *sim)
{
	if (sim)
		sheepsim_sync(sim); /* who wants to know what came of it asks before */
	close_sim(sim);
}
