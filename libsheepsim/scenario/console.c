/* Scenarios piece by piece. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "scenario/console.h"
#include "scenario/recorder.h"
#include "scenario/rows.h"
#include "scenario/rules.h"
#include "scenario/transcript.h"

struct run *console_open(const struct sheepsim_scenario *options,
			 int (*opened)(void *arg, struct sheepsim *sim), void *arg)
{
	struct run *r = mem_alloc(sizeof(*r));

	run_begin(r, options);
	if (r->options != NULL) {
		r->own = *r->options;
		r->options = &r->own;
	}
	STAILQ_INIT(&r->kept);
	r->opened = opened;
	r->opened_arg = arg;
	return r;
}

void console_keep(struct run *r, const char *file, bool scratch)
{
	r->file = file;
	r->scratch = scratch;
}

/* A cluster that was never finished has no nodes in its file: what makes it has to be run anew. */
static bool is_unfinished(struct run *r)
{
	if (sheepsim_nodes(r->sim) > 0)
		return false;
	run_close_cluster(r);
	unlink(r->file);
	return true;
}

static int start_again(struct run *r)
{
	struct sheepsim_node_info info;
	int error = 0;

	for (int i = 0; i < sheepsim_nodes(r->sim) && error == 0; i++) {
		error = sheepsim_node_info(r->sim, i, &info);
		if (error == 0 && info.started)
			error = sheepsim_start(r->sim, i);
	}
	if (error == 0)
		error = sheepsim_run_until(r->sim, SHEEPSIM_JOINED, 60 * SHEEPSIM_SECOND);
	return error;
}

int console_reopen(struct run *r, char message[512])
{
	struct sheepsim_options o = {
		.store = SHEEPSIM_STORE_SQLITE,
		.path = r->file,
		.scratch = r->scratch,
	};
	int error;

	if (access(r->file, F_OK) != 0)
		return 1;
	error = run_open_cluster(r, &o);
	if (error == 0 && is_unfinished(r))
		return 1;
	if (error == 0)
		error = start_again(r);
	if (error < 0)
		snprintf(message, 512, "%s: %s", r->file, run_error(r));
	return error;
}

struct run *console_join(const struct sheepsim_scenario *options, struct sheepsim *sim)
{
	struct run *r = console_open(options, NULL, NULL);

	r->sim = sim;
	r->joined = true;
	r->budget = UINT64_C(1) << 32;
	recorder_attach(r);
	return r;
}

/* A script whose commands live on in rules. */
struct kept {
	struct script *script;
	char *text;
	STAILQ_ENTRY(kept) link;
};

static void keep(struct run *r, struct script *s, char *text)
{
	struct kept *k = mem_alloc(sizeof(*k));

	k->script = s;
	k->text = text;
	STAILQ_INSERT_TAIL(&r->kept, k, link);
}

void console_close(struct run *r)
{
	struct kept *k;
	struct kept_list kept = r->kept;

	run_end(r);
	while ((k = STAILQ_FIRST(&kept)) != NULL) {
		STAILQ_REMOVE_HEAD(&kept, link);
		script_free(k->script);
		free(k->text);
		free(k);
	}
	free(r);
}

/* ------------------------------------------------------------------ whole texts */

static int run_block(struct run *r, const struct block *b, char message[512])
{
	int error = 0;

	text_clear(&r->out);
	r->block = b;
	for (size_t i = 0; i < b->nr_calls && error == 0; i++) {
		error = run_call(r, b->calls[i]);
		if (error < 0)
			snprintf(message, 512, "%s:%u: %s: %s", r->name, b->calls[i]->line,
				 b->calls[i]->command->name, run_error(r));
	}
	r->block = NULL;
	return error;
}

int console_text(struct run *r, const char *text, struct text *transcript, char message[512])
{
	struct complaint c = {.name = r->name};
	struct transcript t = {0};
	char *copy = mem_string(text);
	int error = 0;

	t.script = script_parse(copy, r->name, &c);
	if (t.script == NULL) {
		snprintf(message, 512, "%s", c.words);
		free(c.words);
		free(copy);
		return SHEEPSIM_E_SCENARIO;
	}
	keep(r, (struct script *)t.script, copy);
	for (size_t i = 0; i < t.script->nr_blocks && error == 0; i++) {
		error = run_block(r, &t.script->blocks[i], message);
		transcript_block(&t, &t.script->blocks[i], text_get(&r->out));
	}
	transcript_end(&t);
	if (transcript != NULL)
		text_add(transcript, "%s", text_get(&t.text));
	text_free(&t.text);
	text_free(&t.diff);
	return error;
}

/* ------------------------------------------------------------------ single lines */

struct line {
	struct script *script;
	char *text;
	const struct call *call;
};

struct line *line_parse(const char *text, const char *(*others)(unsigned int i), struct text *words)
{
	struct complaint c = {.name = "line", .others = others};
	struct line *l = mem_alloc(sizeof(*l));
	const char *at;

	l->text = mem_string(text);
	l->script = script_parse(l->text, "line", &c);
	if (l->script != NULL && l->script->nr_blocks == 1 && l->script->blocks[0].nr_calls == 1) {
		l->call = l->script->blocks[0].calls[0];
		return l;
	}
	/* there is one line, so its number says nothing */
	at = c.words != NULL ? c.words + strlen("line:1:") : NULL;
	if (at != NULL)
		text_add(words, isdigit((unsigned char)at[0]) ? "column %s" : "not a command:%s",
			 at);
	else if (l->script->nr_blocks > 0)
		text_add(words, "one command at a time");
	free(c.words);
	line_free(l);
	return NULL;
}

void line_free(struct line *l)
{
	script_free(l->script);
	free(l->text);
	free(l);
}

bool line_is_instant(const struct line *l)
{
	return l->call->command->instant;
}

static bool call_is(const struct call *call, const char *command)
{
	if (strcmp(call->command->name, command) == 0)
		return true;
	for (size_t i = 0; i < call->nr_values; i++)
		if (call->values[i].call != NULL && call_is(call->values[i].call, command))
			return true;
	return false;
}

bool line_is(const struct line *l, const char *command)
{
	return call_is(l->call, command);
}

/* Rules keep pointers to the commands that made them. */
static size_t count_rules(const struct run *r)
{
	const struct rule *rule;
	size_t nr = 0;

	STAILQ_FOREACH (rule, &r->rules, link)
		nr++;
	return nr;
}

int line_run(struct run *r, struct line *l, struct text *out, struct text *rows, struct text *words)
{
	/* what belongs to the command that waits while this one runs */
	struct text others_out = r->out;
	struct rows_scope others_rows;
	struct text others_error = r->error;
	const struct block *others_block = r->block;
	size_t nr_rules = count_rules(r);
	int error;

	memset(&r->out, 0, sizeof(r->out));
	rows_open(r, &others_rows);
	memset(&r->error, 0, sizeof(r->error));
	r->block = &l->script->blocks[0];
	error = run_call(r, l->call);
	text_add(out, "%s", text_get(&r->out));
	rows_close(r, &others_rows, rows);
	if (error < 0)
		text_add(words, "%s", run_error(r));
	/* a trigger's error is told once */
	r->action = NULL;
	r->action_error = 0;
	text_free(&r->out);
	text_free(&r->error);
	r->out = others_out;
	r->error = others_error;
	r->block = others_block;
	if (count_rules(r) > nr_rules) {
		keep(r, l->script, l->text);
		free(l);
	} else {
		line_free(l);
	}
	return error;
}
