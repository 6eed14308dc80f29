/* Commands that keep and show messages and events. */
#include <inttypes.h>
#include <string.h>

#include "scenario/recorder.h"
#include "scenario/rows.h"
#include "sheepsim/wire/driver.h"

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
	{"driver", VALUE_FLAG, PARAM_KEY, NULL},       {"bytes", VALUE_FLAG, PARAM_KEY, NULL},
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

/*
 * How many headers what a node says to the driver carries, and where the first begins: the two of
 * an operation, or a cluster_info, which is as long as one of them.
 */
static int carries(const struct record *one, uint64_t *at)
{
	struct sd_driver_header h;

	if (one->bytes == NULL)
		return 0;
	sheepsim_bytes_read(one->bytes, 0, &h, sizeof(h));
	*at = sd_driver_blob_offset(sd_le32_to_cpu(h.nr_nodes), sd_le16_to_cpu(h.text_length),
				    sd_le32_to_cpu(h.blob_length));
	if (sd_le32_to_cpu(h.blob_length) == 0)
		return 0;
	return h.type == SD_DRIVER_NOTIFY || h.type == SD_DRIVER_UNBLOCK ? 2 : 1;
}

/* The operation of a message, or of what one to the driver carries; 0: none. */
static uint8_t operation_of(const struct record *one)
{
	uint8_t opcode;
	uint64_t at;

	/* spec 2.1: the opcode is the second byte of every header */
	if (one->driver == 0)
		return one->head[1];
	if (carries(one, &at) != 2)
		return 0;
	sheepsim_bytes_read(one->bytes, at + 1, &opcode, 1);
	return opcode;
}

static bool wanted_operation(const struct call *call, const struct record *one)
{
	const struct param *p = command_param(call->command, "OPERATION");
	bool any = true;

	for (size_t i = 0; i < call->nr_values; i++) {
		const char *word = call->values[i].word;

		if (call->values[i].param != p)
			continue;
		if (one->driver != 0 && !call_has(call, "driver"))
			return false;
		if (strcmp(word, "*") == 0 || operation_number(word) == operation_of(one))
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

	if (call_has(call, "driver") && one->driver == 0)
		return false;
	if (call_has(call, "requests") != call_has(call, "answers") &&
	    (one->driver != 0 || one->answer != call_has(call, "answers")))
		return false;
	if (call_has(call, "from") && call_node(call, "from", -1) != from)
		return false;
	if (call_has(call, "to") && call_node(call, "to", -1) != to)
		return false;
	if (node >= 0 && node != from && node != to)
		return false;
	return wanted_operation(call, one);
}

/* The name of a message of the cluster driver, by its type. */
static const char *driver_message(unsigned int type)
{
	switch (type) {
#define X(name, number, ...)                                                                       \
	case number:                                                                               \
		return #name;
		SD_DRIVER_MESSAGES(X)
#undef X
	}
	return "?";
}

/* In the words of the release of the node that is asked, which are those of its answer. */
static const char *message_words(struct run *r, const struct record *one)
{
	struct sheepsim_captured c = {.request = one->head,
				      .answer = one->answer ? one->head : NULL};
	struct sheepsim_node_info info;

	if (sheepsim_node_info(r->sim, one->answer ? one->place : one->peer, &info) == 0)
		c.version = info.peer_version;
	return sheepsim_captured_line(&c);
}

static void row_place(struct run *r, const char *name, int place)
{
	struct text t = {0};

	text_place(&t, place);
	row_text(r, name, text_get(&t));
	text_free(&t);
}

static void row_of_message(struct run *r, const struct record *one, const char *words)
{
	row_begin(r);
	row_number(r, "time", one->time);
	row_place(r, "from", one->place);
	row_place(r, "to", one->peer);
	row_flag(r, "answer", one->answer);
	row_text(r, "words", words);
	row_end(r);
}

/* A header as it is on the wire, whatever release has written it. */
static void say_header(struct run *r, const uint8_t head[48])
{
	struct text t = {0};

	for (size_t i = 0; i < 48; i++)
		text_add(&t, "%s%02x", i % 4 == 0 ? " " : "", head[i]);
	say(r, "              %s", text_get(&t));
	text_free(&t);
}

static void say_passed_on(struct run *r, const struct record *one)
{
	uint8_t head[48];
	uint64_t at;
	int nr = carries(one, &at);

	for (int i = 0; i < nr; i++) {
		sheepsim_bytes_read(one->bytes, at + 48 * i, head, sizeof(head));
		say_header(r, head);
	}
}

static void say_bytes(struct run *r, const struct record *one)
{
	if (one->driver == 0)
		say_header(r, one->head);
	else if (one->bytes != NULL)
		say_passed_on(r, one);
}

/* "   0.123 ms  0 > 1  WRITE_PEER ..."; an answer is "0 < 1": who has asked stands first. */
static void say_message(struct run *r, const struct record *one, bool bytes)
{
	uint64_t us = (one->time - r->recorder->messages_since) / 1000;
	const char *words;
	struct text t = {0};

	text_add(&t, "%6" PRIu64 ".%03" PRIu64 " ms  ", us / 1000, us % 1000);
	text_place(&t, one->answer ? one->peer : one->place);
	text_add(&t, " %c ", one->answer ? '<' : '>');
	text_place(&t, one->answer ? one->place : one->peer);
	words = one->driver != 0 ? driver_message(one->driver) : message_words(r, one);
	say(r, "%s  %s", text_get(&t), words);
	if (bytes)
		say_bytes(r, one);
	text_free(&t);
	row_of_message(r, one, words);
}

/* One `show messages' or `show events' on its way through what was kept. */
struct showing {
	struct run *run;
	const struct call *call;
	uint64_t max, shown, more;
};

/* Has as much been shown as was asked for? */
static bool enough(struct showing *s)
{
	if (s->shown < s->max) {
		s->shown++;
		return false;
	}
	s->more++;
	return true;
}

static bool show_message(void *arg, const struct record *one)
{
	struct showing *s = arg;

	if (!wanted(s->call, one))
		return false;
	if (!enough(s))
		say_message(s->run, one, call_has(s->call, "bytes"));
	return true;
}

static void say_more(const struct showing *s)
{
	if (s->more > 0)
		say(s->run, "... and %" PRIu64 " more (max=%" PRIu64 ")", s->more,
		    s->shown + s->more);
	if (s->run->recorder->lost > 0)
		say(s->run, "... and %" PRIu64 " that were not kept", s->run->recorder->lost);
}

static int run_show_messages(struct run *r, const struct call *call)
{
	struct showing s = {.run = r, .call = call, .max = call_number(call, "max", DEFAULT_MAX)};

	if (r->recorder->messages == 0)
		return fail(r, SHEEPSIM_E_SCENARIO,
			    "no messages are kept: say `messages on' first");
	recorder_show(r, true, show_message, &s);
	say_more(&s);
	return 0;
}

/* ------------------------------------------------------------------ events */

static const struct param show_events_params[] = {
	{"node", VALUE_NODE, PARAM_KEY, NULL},
	{"max", VALUE_COUNT, PARAM_KEY, NULL},
	PARAMS_END,
};

static bool show_event(void *arg, const struct record *one)
{
	struct showing *s = arg;
	int node = call_node(s->call, "node", -1);
	uint64_t us = (one->time - s->run->recorder->events_since) / 1000;
	struct text t = {0};

	if (node >= 0 && node != one->place)
		return false;
	if (enough(s))
		return true;
	text_place(&t, one->place);
	say(s->run, "%6" PRIu64 ".%03" PRIu64 " ms  %s  %s", us / 1000, us % 1000, text_get(&t),
	    one->line);
	text_free(&t);
	row_begin(s->run);
	row_number(s->run, "time", one->time);
	row_place(s->run, "place", one->place);
	row_text(s->run, "words", one->line);
	row_end(s->run);
	return true;
}

static int run_show_events(struct run *r, const struct call *call)
{
	struct showing s = {.run = r, .call = call, .max = call_number(call, "max", DEFAULT_MAX)};

	if (r->recorder->events == 0)
		return fail(r, SHEEPSIM_E_SCENARIO, "no events are kept: say `events on' first");
	recorder_show(r, false, show_event, &s);
	say_more(&s);
	return 0;
}

const struct command message_commands[] = {
	{"messages on", "keeps messages from now on, for `show messages'", "", no_params, true,
	 run_messages_on},
	{"messages off", "keeps no messages any more", "", no_params, true, run_messages_off},
	{"show messages", "the messages since `messages on' or the last `show messages'",
	 "One line each, with the time since then: who asks > who is asked, and what; an answer "
	 "has < instead. What is said to the cluster driver, and by it, is among them; with driver "
	 "it "
	 "is all, or what carries one of the operations. Other words choose operations, requests "
	 "from or to a node (and the answers to "
	 "them), all of one node, or one direction. At most max (100) are shown. What was asked "
	 "for "
	 "is forgotten then; the time begins anew when nothing is left. With bytes, under each "
	 "line its header as it is on the wire: of what "
	 "nodes say to the driver the two of the operation, or the cluster_info, that it carries.",
	 show_params, true, run_show_messages},
	{"events on", "keeps events of these kinds from now on, for `show events'", "",
	 events_params, true, run_events_on},
	{"events off", "keeps no events any more", "", no_params, true, run_events_off},
	{"show events", "the events since `events on' or the last `show events'",
	 "One line each: the time since then, the node, the kind, and what it carries. At most max "
	 "(100) are shown. Those that were asked for are forgotten then.",
	 show_events_params, true, run_show_events},
	{NULL, NULL, NULL, NULL, false, NULL},
};
