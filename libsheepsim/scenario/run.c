/* Running a scenario from its first block to its last. */
#include <assert.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "scenario/arguments.h"
#include "scenario/files.h"
#include "scenario/commands_ask.h"
#include "scenario/commands_settings.h"
#include "scenario/commands_dog.h"
#include "scenario/help.h"
#include "scenario/jobs.h"
#include "scenario/recorder.h"
#include "scenario/rules.h"
#include "scenario/run.h"
#include "scenario/transcript.h"
#include "scenario/vms.h"
#include "sheepsim/live.h"

/* ------------------------------------------------------------------ for handlers */

void say(struct run *r, const char *format, ...)
{
	struct text t = {0};
	const char *line;
	va_list args;

	va_start(args, format);
	text_vadd(&t, format, args);
	va_end(args);
	for (line = text_get(&t); *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (len > 0) {
			text_addn(&r->out, line, len);
			text_add(&r->out, "\n");
		}
		line += len + (line[len] == '\n');
	}
	text_free(&t);
}

int fail(struct run *r, int error, const char *format, ...)
{
	va_list args;

	assert(error < 0);
	text_clear(&r->error);
	va_start(args, format);
	text_vadd(&r->error, format, args);
	va_end(args);
	return error;
}

int fail_budget(struct run *r)
{
	/* who waits for what, in the words that all waits have */
	const char *pending = "";

	if (sheepsim_run_until(r->sim, SHEEPSIM_ANSWERED, 0) < 0)
		pending = strchrnul(sheepsim_errmsg(r->sim), '\n');
	return fail(r, SHEEPSIM_E_NO_PROGRESS, "the budget of events is used up%s", pending);
}

const char *run_error(struct run *r)
{
	struct text plain = {0};

	if (r->error.len == 0)
		text_add(&r->error, "%s", r->sim != NULL ? sheepsim_errmsg(r->sim) : "");
	text_without_directory(r, &plain, text_get(&r->error));
	text_free(&r->error);
	r->error = plain;
	return text_get(&r->error);
}

/* Are all nodes that a command names there? A new one (`node') has the number that is next. */
static int check_nodes(struct run *r, const struct call *call)
{
	int nr = sheepsim_nodes(r->sim);

	for (size_t i = 0; i < call->nr_values; i++) {
		const struct value *v = &call->values[i];

		if (v->param->type == VALUE_NODE && v->number >= (uint64_t)nr &&
		    strcmp(call->command->name, "node") != 0)
			return fail(r, SHEEPSIM_E_SCENARIO, "there is no node %d", (int)v->number);
	}
	return 0;
}

/* Commands that are possible while there is no simulation. */
static bool makes_cluster(const struct command *command)
{
	return strcmp(command->name, "cluster") == 0 || strcmp(command->name, "open") == 0 ||
	       strcmp(command->name, "expect-error") == 0 || strcmp(command->name, "served") == 0;
}

int run_call(struct run *r, const struct call *call)
{
	int error;

	text_clear(&r->error);
	if (r->sim == NULL && !makes_cluster(call->command))
		return fail(r, SHEEPSIM_E_SCENARIO, "there is no cluster yet: say `cluster' first");
	error = r->sim != NULL ? check_nodes(r, call) : 0;
	if (error == 0)
		error = call->command->run(r, call);
	if (r->action == NULL)
		return error < 0 ? error : 0;
	return fail(r, r->action_error, "%s", text_get(&r->action_words));
}

/* ------------------------------------------------------------------ the end */

/* What a command's error is for the scenario. */
static int scenario_error(int error)
{
	switch (error) {
	case SHEEPSIM_E_SCENARIO:
	case SHEEPSIM_E_NO_PROGRESS:
	case SHEEPSIM_E_VIOLATION:
	case SHEEPSIM_E_VACUOUS:
		return error;
	case SHEEPSIM_E_INVALID:
		return SHEEPSIM_E_SCENARIO;
	default:
		return SHEEPSIM_E_MISMATCH;
	}
}

static void set_message(struct sheepsim_scenario_result *result, const char *words)
{
	snprintf(result->message, sizeof(result->message), "%s", words);
}

/* Notes the command that ended the run. */
static int stopped(struct run *r, struct sheepsim_scenario_result *result, const struct call *call,
		   int error)
{
	const struct call *at = r->action != NULL ? r->action : call;
	struct complaint c = {.name = r->name};

	complain(&c, at->line, at->column, "%s: %s", at->command->name, run_error(r));
	set_message(result, c.words);
	say(r, "error: %s", run_error(r));
	free(c.words);
	return scenario_error(error);
}

/* Runs the commands of one block; *error: what ended it early. */
static void run_block(struct run *r, const struct block *b, struct transcript *t,
		      struct sheepsim_scenario_result *result, int *error)
{
	bool same;

	text_clear(&r->out);
	r->block = b;
	r->block_locked = false;
	for (size_t i = 0; i < b->nr_calls && *error == 0; i++) {
		*error = run_call(r, b->calls[i]);
		if (*error < 0)
			*error = stopped(r, result, b->calls[i], *error);
	}
	same = transcript_block(t, b, text_get(&r->out));
	if (!same && r->block_locked && *error == 0) {
		/* this one cannot be updated away, so it is told rather than those before */
		if (result->recordable)
			result->message[0] = '\0';
		result->recordable = false;
	}
	if (!same && result->message[0] == '\0')
		snprintf(result->message, sizeof(result->message), "%s:%u: output differs%s",
			 r->name, b->rule_line, r->block_locked ? ", and it is locked" : "");
}

/* Runs all blocks; what follows an error is kept as it is. */
static int run_blocks(struct run *r, const struct script *s, struct transcript *t,
		      struct sheepsim_scenario_result *result)
{
	int error = 0;
	struct complaint c = {.name = r->name};

	for (size_t i = 0; i < s->nr_blocks; i++) {
		if (error == 0)
			run_block(r, &s->blocks[i], t, result, &error);
		else
			transcript_keep(t, &s->blocks[i]);
	}
	transcript_end(t);
	if (error == 0 && r->sim == NULL && r->past.events == 0) {
		complain(&c, 1, 0, "there is no `cluster' in this scenario");
		error = SHEEPSIM_E_SCENARIO;
	} else if (error == 0 && !rules_done(r, &c)) {
		error = SHEEPSIM_E_VACUOUS;
	}
	if (c.words != NULL)
		set_message(result, c.words);
	free(c.words);
	if (error == 0 && t->diff.len > 0)
		error = SHEEPSIM_E_MISMATCH;
	else if (error != 0)
		result->recordable = false;
	return error;
}

void run_begin(struct run *r, const struct sheepsim_scenario *options)
{
	static const struct sheepsim_scenario defaults;

	if (options == NULL)
		options = &defaults;
	STAILQ_INIT(&r->vms);
	STAILQ_INIT(&r->vids);
	STAILQ_INIT(&r->jobs);
	STAILQ_INIT(&r->rules);
	STAILQ_INIT(&r->asked);
	STAILQ_INIT(&r->saved);
	STAILQ_INIT(&r->dog_data);
	r->options = options;
	r->name = options->name != NULL ? options->name : "scenario";
	r->recorder = recorder_new();
}

/* ------------------------------------------------------------------ the simulation */

int run_tell_served(struct run *r, size_t i)
{
	const struct served_place *p = &r->served[i];

	if (p->node < (uint64_t)sheepsim_nodes(r->sim))
		return 0;
	return sheepsim_served(r->sim, (int)p->node, p->address, (uint16_t)p->port);
}

int run_open_cluster(struct run *r, const struct sheepsim_options *options)
{
	int error = sheepsim_open(&r->sim, options);

	if (error < 0)
		return fail(r, error, "%s", sheepsim_errmsg(NULL));
	r->budget = options->event_budget > 0 ? options->event_budget : DEFAULT_BUDGET;
	error = recorder_attach(r);
	for (size_t i = 0; i < r->nr_served && error >= 0; i++)
		error = run_tell_served(r, i);
	if (error >= 0 && r->opened != NULL)
		error = r->opened(r->opened_arg, r->sim);
	return error;
}

void run_totals(const struct run *r, struct sheepsim_counts *counts)
{
	const struct sheepsim_counts *past = &r->past;

	struct sheepsim_counts sum = {0};

	if (r->sim != NULL)
		sheepsim_counts(r->sim, &sum);
	sum.events += past->events;
	sum.messages += past->messages;
	sum.bytes += past->bytes;
	sum.faults += past->faults;
	sum.recovered += past->recovered;
	sum.reads += past->reads;
	sum.writes += past->writes;
	sum.requests += past->requests;
	if (sum.epochs < past->epochs)
		sum.epochs = past->epochs;
	*counts = sum;
}

/* The digest of a simulation, after that of those before it. */
static uint64_t digest_after(uint64_t past, uint64_t digest)
{
	return past != 0 ? random_mix(past, digest) : digest;
}

/* All that files should have is in them. */
static int finish_files(struct run *r)
{
	int error = sheepsim_sync(r->sim);

	if (error >= 0)
		error = sheepsim_record_stop(r->sim);
	return error < 0 ? fail(r, error, "%s", sheepsim_errmsg(r->sim)) : 0;
}

int run_close_cluster(struct run *r)
{
	int error = r->sim != NULL && !r->joined ? finish_files(r) : 0;

	jobs_cancel(r);
	if (r->sim != NULL && !r->joined) {
		r->past_digest = digest_after(r->past_digest, sheepsim_digest(r->sim, false));
		r->past_coarse = digest_after(r->past_coarse, sheepsim_digest(r->sim, true));
		r->past_time = sheepsim_now(r->sim);
		run_totals(r, &r->past);
	}
	vms_close(r);
	asked_close(r);
	recorder_detach(r);
	if (r->sim != NULL && !r->joined)
		sheepsim_close(r->sim);
	r->sim = NULL;
	jobs_free(r);
	rules_free(r);
	return error;
}

/* What the run has come to, in numbers; error: what it has come to so far. */
static int take_result(struct run *r, struct sheepsim_scenario_result *result, int error)
{
	int closed = run_close_cluster(r);

	if (error == 0 && closed < 0) {
		set_message(result, run_error(r));
		result->recordable = false;
		error = scenario_error(closed);
	}
	result->time = r->past_time;
	result->events = r->past.events;
	result->digest = r->past_digest;
	result->coarse = r->past_coarse;
	return error;
}

void run_end(struct run *r)
{
	run_close_cluster(r);
	vm_names_free(r);
	saved_free(r);
	free(r->generation);
	dog_data_free(r);
	files_remove(r);
	recorder_free(r->recorder);
	text_free(&r->out);
	text_free(&r->error);
	text_free(&r->action_words);
	for (size_t i = 0; i < r->nr_served; i++)
		free(r->served[i].address);
	free(r->served);
}

int sheepsim_scenario_run(const char *text, const struct sheepsim_scenario *options,
			  struct sheepsim_scenario_result *result)
{
	struct run r = {0};
	struct transcript t = {0};
	struct complaint c = {0};
	struct script *s;
	int error;

	memset(result, 0, sizeof(*result));
	run_begin(&r, options);
	c.name = r.name;
	if (text != NULL) {
		s = script_parse(text, r.name, &c);
	} else {
		text = "";
		s = NULL;
		complain(&c, 1, 0, "there is no text");
	}
	if (s != NULL) {
		t.script = s;
		result->recordable = true;
		error = run_blocks(&r, s, &t, result);
	} else {
		set_message(result, c.words);
		free(c.words);
		text_add(&t.text, "%s", text);
		error = SHEEPSIM_E_SCENARIO;
	}
	error = take_result(&r, result, error);
	run_end(&r);
	result->transcript = mem_string(text_get(&t.text));
	result->diff = mem_string(text_get(&t.diff));
	text_free(&t.text);
	text_free(&t.diff);
	script_free(s);
	return error;
}

void sheepsim_scenario_free(struct sheepsim_scenario_result *result)
{
	free(result->transcript);
	free(result->diff);
	result->transcript = NULL;
	result->diff = NULL;
}

char *sheepsim_scenario_help(const char *command)
{
	struct text t = {0};
	char *manual = NULL;

	if (scenario_manual(command, &t))
		manual = mem_string(text_get(&t));
	text_free(&t);
	return manual;
}
