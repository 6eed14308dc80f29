/* Commands that check, and those that say what is expected of another command. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/arguments.h"
#include "scenario/rows.h"
#include "scenario/run.h"
#include "scenario/values.h"

#include <stdlib.h>

/* ------------------------------------------------------------------ check */

static const struct {
	const char *word;
	uint32_t bit;
} checks[] = {
	{"history", SHEEPSIM_CHECK_HISTORY}, {"replicas", SHEEPSIM_CHECK_REPLICAS},
	{"epochs", SHEEPSIM_CHECK_EPOCHS},   {"recovery", SHEEPSIM_CHECK_RECOVERY},
	{"answers", SHEEPSIM_CHECK_ANSWERS}, {"vdis", SHEEPSIM_CHECK_VDIS},
};

static const struct param check_params[] = {
	{"WHAT", VALUE_CHOICE, PARAM_ANY, "history|replicas|epochs|recovery|answers|vdis"},
	PARAMS_END,
};

static uint32_t check_bits(const struct call *call)
{
	uint32_t what = 0;

	for (size_t i = 0; i < call->nr_values; i++) {
		for (size_t k = 0; k < sizeof(checks) / sizeof(*checks); k++) {
			if (strcmp(checks[k].word, call->values[i].word) == 0)
				what |= checks[k].bit;
		}
	}
	return what != 0 ? what : SHEEPSIM_CHECK_ALL;
}

/* What was checked, which all held. */
static void row_of_check(struct run *r, uint32_t what, const struct sheepsim_checked *checked)
{
	row_begin(r);
	row_list(r, "checked");
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (what & checks[i].bit)
			row_text(r, NULL, checks[i].word);
	row_list_end(r);
	row_number(r, "objects", checked->objects);
	row_number(r, "copies", checked->copies);
	row_number(r, "orphans", checked->orphans);
	row_number(r, "history", checked->history);
	row_end(r);
}

/* What an error that was expected said. */
static void row_of_words(struct run *r, const char *words)
{
	row_begin(r);
	row_text(r, "message", words);
	row_end(r);
}

static int run_check(struct run *r, const struct call *call)
{
	uint32_t what = check_bits(call);
	struct sheepsim_checked checked = {0};
	struct text t = {0};
	int error = sheepsim_check(r->sim, what, &checked);

	if (error < 0)
		return error;
	text_add(&t, "checked: %" PRIu64 " objects, %" PRIu64 " copies", checked.objects,
		 checked.copies);
	if (checked.orphans)
		text_add(&t, " (%" PRIu64 " objects of no VDI are not)", checked.orphans);
	if (what & SHEEPSIM_CHECK_HISTORY) {
		text_add(&t, "; ");
		text_size(&t, checked.history);
		text_add(&t, " of history");
	}
	say(r, "%s; %s", text_get(&t),
	    what == SHEEPSIM_CHECK_ALL ? "all invariants hold" : "they hold");
	text_free(&t);
	row_of_check(r, what, &checked);
	return 0;
}

/* ------------------------------------------------------------------ require */

static const struct param require_params[] = {
	{"CONDITION", VALUE_CONDITION, PARAM_MANY, NULL},
	PARAMS_END,
};

/* One of the counts by its name; false: there is none of this name. */
static bool count_of(struct run *r, const char *name, uint64_t *count)
{
	struct sheepsim_counts c;
	const struct {
		const char *name;
		const uint64_t *count;
	} known[] = {
		{"events", &c.events}, {"messages", &c.messages},   {"bytes", &c.bytes},
		{"faults", &c.faults}, {"recovered", &c.recovered}, {"reads", &c.reads},
		{"writes", &c.writes}, {"requests", &c.requests},   {"epochs", &c.epochs},
	};

	run_totals(r, &c);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (strcmp(known[i].name, name) == 0) {
			*count = *known[i].count;
			return true;
		}
	}
	return false;
}

static bool holds(uint64_t count, const struct condition *c)
{
	switch (c->relation[0]) {
	case '>':
		return c->relation[1] == '=' ? count >= c->number : count > c->number;
	case '<':
		return c->relation[1] == '=' ? count <= c->number : count < c->number;
	default:
		return count == c->number;
	}
}

static int run_require(struct run *r, const struct call *call)
{
	struct condition c;
	uint64_t count;

	for (size_t i = 0; i < call->nr_values; i++) {
		parse_condition(call->values[i].word, &c);
		if (!count_of(r, c.name, &count))
			return fail(r, SHEEPSIM_E_SCENARIO,
				    "nothing is counted as `%s' (known: events, messages, bytes, "
				    "faults, recovered, reads, writes, requests, epochs)",
				    c.name);
		if (!holds(count, &c))
			return fail(r, SHEEPSIM_E_VACUOUS,
				    "%s is %" PRIu64 ", so the run has not tested what it should",
				    call->values[i].word, count);
	}
	return 0;
}

/* ------------------------------------------------------------------ prefixes */

static const struct param error_params[] = {
	{"TEXT", VALUE_WORD, PARAM_NEEDED, NULL},
	{"COMMAND", VALUE_COMMAND, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static int run_expect_error(struct run *r, const struct call *call)
{
	const struct call *inner = call_value(call, "COMMAND")->call;
	const char *text = call_word(call, "TEXT", "");
	char *words;
	int error = run_call(r, inner);

	if (error >= 0)
		return fail(r, SHEEPSIM_E_MISMATCH, "`%s' did not fail", inner->command->name);
	words = mem_string(run_error(r));
	if (error == SHEEPSIM_E_SCENARIO || strstr(words, text) == NULL) {
		error = fail(
			r, error == SHEEPSIM_E_SCENARIO ? error : SHEEPSIM_E_MISMATCH, "%s%s",
			error == SHEEPSIM_E_SCENARIO ? "" : "another error than expected: ", words);
	} else {
		say(r, "error: %s", words);
		row_of_words(r, words);
		error = 0;
	}
	free(words);
	return error;
}

static const struct param violation_params[] = {
	{"NAMES", VALUE_WORD, PARAM_NEEDED, NULL},
	{"COMMAND", VALUE_COMMAND, PARAM_NEEDED, NULL},
	PARAMS_END,
};

/* Is the name that a line begins with ("I3: ...") among names separated by commas? */
static bool is_named(const char *line, const char *names)
{
	size_t len = strcspn(line, " :");

	for (const char *n = names; *n != '\0'; n += strcspn(n, ","), n += *n == ',') {
		if (strcspn(n, ",") == len && strncmp(n, line, len) == 0)
			return true;
	}
	return false;
}

/* True if each violation is one of these names, and each of them has a violation. */
static bool as_expected(const char *violations, const char *names)
{
	const char *line;
	bool found;

	for (line = violations; *line != '\0'; line += strcspn(line, "\n"), line += *line != 0) {
		/* lines that are set off go on with the one above them */
		if (*line != ' ' && !is_named(line, names))
			return false;
	}
	for (const char *n = names; *n != '\0'; n += strcspn(n, ","), n += *n == ',') {
		size_t len = strcspn(n, ",");

		found = false;
		for (line = violations; *line != '\0';
		     line += strcspn(line, "\n"), line += *line != 0)
			found = found || (strcspn(line, " :") == len && strncmp(n, line, len) == 0);
		if (!found)
			return false;
	}
	return true;
}

static int run_expect_violation(struct run *r, const struct call *call)
{
	const struct call *inner = call_value(call, "COMMAND")->call;
	const char *names = call_word(call, "NAMES", "");
	char *words;
	int error = run_call(r, inner);

	if (error >= 0)
		return fail(r, SHEEPSIM_E_MISMATCH, "%s holds, though a violation was expected",
			    names);
	if (error != SHEEPSIM_E_VIOLATION)
		return error;
	words = mem_string(run_error(r));
	if (as_expected(words, names)) {
		say(r, "%s", words);
		row_of_words(r, words);
		error = 0;
	} else {
		error = fail(r, SHEEPSIM_E_VIOLATION, "not what was expected (%s):\n%s", names,
			     words);
	}
	free(words);
	return error;
}

static const struct param locked_params[] = {
	{"COMMAND", VALUE_COMMAND, PARAM_OPTIONAL, NULL},
	PARAMS_END,
};

static int run_locked(struct run *r, const struct call *call)
{
	const struct value *inner = call_value(call, "COMMAND");

	r->block_locked = true;
	return inner != NULL ? run_call(r, inner->call) : 0;
}

const struct command check_commands[] = {
	{"check", "checks what must hold, when all is quiet",
	 "All of it, or: history (what was acknowledged can be read), replicas (every object is "
	 "where the ring wants it, and copies are equal), epochs (logs agree), recovery (it has "
	 "ended everywhere), answers (every request got one), vdis (tables agree). A violation "
	 "ends the scenario; `expect-violation' expects one.",
	 check_params, false, run_check},
	{"require", "fails as vacuous if the run has not tested enough",
	 "Conditions like faults>=1 recovered>=1; what is counted: events, messages, bytes, "
	 "faults, "
	 "recovered, reads, writes, requests, epochs.",
	 require_params, true, run_require},
	{"expect-error", "runs a command that must fail, with this text in its error",
	 "TEXT is one word, or several in quotes. The whole error is the command's output.",
	 error_params, false, run_expect_error},
	{"expect-violation", "runs a check that must find violations of these names",
	 "NAMES is I3, or several: I2,I3. All of them must be found, and no others.",
	 violation_params, false, run_expect_violation},
	{"locked", "runs a command the output of which is never rewritten by --update",
	 "Alone, it says that of the block that it stands in.", locked_params, false, run_locked},
	{NULL, NULL, NULL, NULL, false, NULL},
};
