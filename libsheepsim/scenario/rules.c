/* Filters and triggers. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/call_values.h"
#include "scenario/names.h"
#include "scenario/rules.h"

/* ------------------------------------------------------------------ actions */

/* Runs a trigger's command, as an event of its own. The first error ends the scenario. */
static void rule_act(void *arg)
{
	struct rule *rule = arg;
	struct run *r = rule->run;
	bool has_rows = r->has_rows;
	int error;

	/* what it shows is no part of what the command shows that runs just now */
	r->has_rows = false;
	error = run_call(r, rule->action);
	r->has_rows = has_rows;
	if (error >= 0 || r->action != NULL)
		return;
	text_add(&r->action_words, "%s", run_error(r));
	r->action = rule->action;
	r->action_error = error;
}

static void rule_hit(void *arg)
{
	struct rule *rule = arg;

	rule->acted++;
	if (rule->action != NULL)
		sheepsim_at(rule->run->sim, sheepsim_now(rule->run->sim) + rule->after, rule_act,
			    rule);
}

static void rule_event(void *arg, const struct sheepsim_event *e)
{
	struct rule *rule = arg;

	if (rule->node >= 0 && rule->node != e->place)
		return;
	rule->seen++;
	if (rule->seen >= rule->nth && rule->seen < rule->nth + rule->count)
		rule_hit(rule);
}

/* ------------------------------------------------------------------ making one */

static int add_filter(struct run *r, struct rule *rule)
{
	const struct call *call = rule->call;
	const char *name = call->command->name;
	const char *op = call_word(call, strcmp(name, "on") == 0 ? "WHAT" : "OPERATION", "*");
	struct sheepsim_filter f = {.hit = rule_hit, .arg = rule};
	int error;

	f.op = strcmp(op, "*") == 0 ? NULL : op;
	f.from = call_node(call, "from", -1);
	f.to = call_node(call, "to", -1);
	f.answer = call_has(call, "answers") ? 2 : call_has(call, "requests") ? 1 : 0;
	f.oid_set = call_has(call, "oid");
	if (f.oid_set && (error = call_oid(r, call, "oid", &f.oid)) < 0)
		return error;
	f.nth = (unsigned int)rule->nth;
	f.count = (unsigned int)rule->count;
	f.action = SHEEPSIM_PASS;
	if (strcmp(name, "drop") == 0)
		f.action = SHEEPSIM_DROP;
	else if (strcmp(name, "block") == 0)
		f.action = SHEEPSIM_HOLD;
	else if (strcmp(name, "delay") == 0)
		f.action = SHEEPSIM_DELAY;
	if (f.action == SHEEPSIM_DELAY)
		f.delay = call_number(call, "by", 0);
	rule->filter = sheepsim_filter_add(r->sim, &f);
	return rule->filter;
}

static int add_trigger(struct run *r, struct rule *rule)
{
	const char *what = call_word(rule->call, "WHAT", "");

	rule->action = call_value(rule->call, "COMMAND")->call;
	rule->after = call_number(rule->call, "after", 0);
	rule->node = call_node(rule->call, "node", -1);
	rule->nth = call_number(rule->call, "nth", 1);
	rule->count = call_number(rule->call, "count", 1);
	if (is_operation(what)) {
		if (call_has(rule->call, "node"))
			return fail(r, SHEEPSIM_E_SCENARIO,
				    "node= is for events; messages have from= and to=");
		return add_filter(r, rule);
	}
	if (call_has(rule->call, "from") || call_has(rule->call, "to") ||
	    call_has(rule->call, "oid"))
		return fail(r, SHEEPSIM_E_SCENARIO,
			    "from=, to= and oid= are for messages; events have node=");
	rule->subscription = sheepsim_events(r->sim, what, rule_event, rule);
	return rule->subscription;
}

int rule_add(struct run *r, const struct call *call)
{
	struct rule *rule = mem_alloc(sizeof(*rule));
	int error;

	rule->run = r;
	rule->call = call;
	rule->nth = call_number(call, "nth", 0);
	rule->count = call_number(call, "count", 0);
	if (rule->nth > INT32_MAX || rule->count > INT32_MAX)
		error = fail(r, SHEEPSIM_E_SCENARIO, "nth and count are at most %d", INT32_MAX);
	else if (strcmp(call->command->name, "on") == 0)
		error = add_trigger(r, rule);
	else
		error = add_filter(r, rule);
	if (error < 0) {
		free(rule);
		return error;
	}
	STAILQ_INSERT_TAIL(&r->rules, rule, link);
	return 0;
}

/* ------------------------------------------------------------------ ending it */

int rules_release(struct run *r, const char *name, bool remove)
{
	struct rule *rule;
	int nr = 0;
	int error = 0;

	STAILQ_FOREACH (rule, &r->rules, link) {
		if (name != NULL && strcmp(call_word(rule->call, "as", ""), name) != 0)
			continue;
		nr++;
		if (rule->filter > 0)
			error = sheepsim_filter_release(r->sim, rule->filter);
		if (error >= 0 && rule->filter > 0 && remove)
			error = sheepsim_filter_remove(r->sim, rule->filter);
		if (error >= 0 && rule->subscription > 0 && remove)
			error = sheepsim_events_stop(r->sim, rule->subscription);
		if (error < 0)
			return error;
		if (remove)
			rule->filter = rule->subscription = 0;
	}
	return nr;
}

bool rules_done(const struct run *r, struct complaint *c)
{
	const struct rule *rule;

	STAILQ_FOREACH (rule, &r->rules, link) {
		if (rule->acted > 0 || call_has(rule->call, "maybe"))
			continue;
		return complain(c, rule->call->line, rule->call->column,
				"`%s' never came to act: the run has not tested it (`maybe' allows "
				"that)",
				rule->call->command->name);
	}
	return true;
}

void rules_free(struct run *r)
{
	struct rule *rule;

	while ((rule = STAILQ_FIRST(&r->rules)) != NULL) {
		STAILQ_REMOVE_HEAD(&r->rules, link);
		free(rule);
	}
}
