/* Commands that keep and show messages and events. */
#include <inttypes.h>
#include <string.h>

#include "scenario/recorder.h"

#define DEFAULT_MAX 100

static const struct param no_params[] = {PARAMS_END};

static int run_messages_on(struct run *r, const struct call *call)
{
	(void)call;
	return recorder_messages(r, true);
}

static int run_messages_off(struct run *r, const struct call *call)
{
	(void)call;
	return recorder_messages(r, false);
}

static const struct param events_params[] = {
	{"KINDS", VALUE_EVENTS, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static int run_events_on(struct run *r, const struct call *call)
{
	return recorder_events(r, call_word(call, "KINDS", NULL));
}

static int run_events_off(struct run *r, const struct call *call)
{
	(void)call;
	return recorder_events(r, NULL);
}

/* ------------------------------------------------------------------ messages */

static const struct param show_params[] = {
	{"OPERATION", VALUE_MESSAGE, PARAM_ANY, NULL}, {"from", VALUE_NODE, PARAM_KEY, NULL},
	{"to", VALUE_NODE, PARAM_KEY, NULL},	       {"node", VALUE_NODE, PARAM_KEY, NULL},
	{"requests", VALUE_FLAG, PARAM_KEY, NULL},     {"answers", VALUE_FLAG, PARAM_KEY, NULL},
	{"max", VALUE_COUNT, PARAM_KEY, NULL},	       PARAMS_END,
};

/* The number of an operation by its name; -1: none of this name. */
static int operation_number(const char *name)
{
	const char *known;
	uint8_t opcode;

	for (unsigned int i = 0; (known = sheepsim_operation(i, &opcode)) != NULL; i++) {
		if (strcmp(known, name) == 0)
			return opcode;
	}
	return -1;
}

static bool wanted_operation(const struct call *call, const struct record *one)
{
	const struct param *p = command_param(call->command, "OPERATION");
	bool any = true;

	for (size_t i = 0; i < call->nr_values; i++) {
		const char *word = call->values[i].word;

		if (call->values[i].param != p)
			continue;
		/* spec 2.1: the opcode is the second byte of every header */
		if (strcmp(word, "*") == 0 || operation_number(word) == one->head[1])
			return true;
		any = false;
	}
	return any;
}

/* Is a message what the call asks for? from and to are of the request, for answers too. */
static bool wanted(const struct call *call, const struct record *one)
{
	int from = one->answer ? one->peer : one->place;
	int to = one->answer ? one->place : one->peer;
	int node = call_node(call, "node", -1);

	if (call_has(call, "requests") != call_has(call, "answers") &&
	    one->answer != call_has(call, "answers"))
		return false;
	if (call_has(call, "from") && call_node(call, "from", -1) != from)
		return false;
	if (call_has(call, "to") && call_node(call, "to", -1) != to)
		return false;
	if (node >= 0 && node != from && node != to)
		return false;
	return wanted_operation(call, one);
}

/* "   0.123 ms  0 > 1  WRITE_PEER ..."; an answer is "0 < 1": who has asked stands first. */
static void say_message(struct run *r, const struct record *one)
{
	uint64_t us = (one->time - r->recorder->messages_since) / 1000;
	struct text t = {0};

	text_add(&t, "%6" PRIu64 ".%03" PRIu64 " ms  ", us / 1000, us % 1000);
	text_place(&t, one->answer ? one->peer : one->place);
	text_add(&t, " %c ", one->answer ? '<' : '>');
	text_place(&t, one->answer ? one->place : one->peer);
	say(r, "%s  %s", text_get(&t), sheepsim_message_line(one->head, one->answer));
	text_free(&t);
}

static int run_show_messages(struct run *r, const struct call *call)
{
	struct recorder *rec = r->recorder;
	uint64_t max = call_number(call, "max", DEFAULT_MAX);
	uint64_t more = 0;
	uint64_t shown = 0;

	if (rec->messages == 0)
		return fail(r, SHEEPSIM_E_SCENARIO,
			    "no messages are kept: say `messages on' first");
	for (size_t i = 0; i < rec->nr_messages; i++) {
		if (!wanted(call, &rec->message_list[i]))
			continue;
		if (shown++ < max)
			say_message(r, &rec->message_list[i]);
		else
			more++;
	}
	if (more > 0)
		say(r, "... and %" PRIu64 " more (max=%" PRIu64 ")", more, shown);
	recorder_clear_messages(r);
	return 0;
}

/* ------------------------------------------------------------------ events */

static const struct param show_events_params[] = {
	{"node", VALUE_NODE, PARAM_KEY, NULL},
	{"max", VALUE_COUNT, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_show_events(struct run *r, const struct call *call)
{
	struct recorder *rec = r->recorder;
	uint64_t max = call_number(call, "max", DEFAULT_MAX);
	int node = call_node(call, "node", -1);
	uint64_t more = 0;
	uint64_t shown = 0;

	if (rec->events == 0)
		return fail(r, SHEEPSIM_E_SCENARIO, "no events are kept: say `events on' first");
	for (size_t i = 0; i < rec->nr_events; i++) {
		const struct record *one = &rec->event_list[i];
		uint64_t us = (one->time - rec->events_since) / 1000;
		struct text t = {0};

		if (node >= 0 && node != one->place)
			continue;
		if (shown++ >= max) {
			more++;
			continue;
		}
		text_place(&t, one->place);
		say(r, "%6" PRIu64 ".%03" PRIu64 " ms  %s  %s", us / 1000, us % 1000, text_get(&t),
		    one->line);
		text_free(&t);
	}
	if (more > 0)
		say(r, "... and %" PRIu64 " more (max=%" PRIu64 ")", more, shown);
	recorder_clear_events(r);
	return 0;
}

const struct command message_commands[] = {
	{"messages on", "keeps messages from now on, for `show messages'", "", no_params, true,
	 run_messages_on},
	{"messages off", "keeps no messages any more", "", no_params, true, run_messages_off},
	{"show messages", "the messages since `messages on' or the last `show messages'",
	 "One line each, with the time since then: who asks > who is asked, and what; an answer "
	 "has "
	 "< instead. Only of some operations, of requests from or to a node (and their answers), "
	 "of "
	 "one node, of one direction, if that is asked for. At most max (100) are shown, and all "
	 "are forgotten then.",
	 show_params, true, run_show_messages},
	{"events on", "keeps events of these kinds from now on, for `show events'", "",
	 events_params, true, run_events_on},
	{"events off", "keeps no events any more", "", no_params, true, run_events_off},
	{"show events", "the events since `events on' or the last `show events'",
	 "One line each: the time since then, the node, the kind, and what it carries. At most max "
	 "(100) are shown, and all are forgotten then.",
	 show_events_params, true, run_show_events},
	{NULL, NULL, NULL, NULL, false, NULL},
};
