/*
 * Commands of live mode: they are about sockets and about who gives commands, which scenarios know
 * nothing of.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "live/control.h"
#include "scenario/rows.h"

/* What ends or changes the part of a node in its cluster. */
#define USUAL_EVENTS                                                                               \
	"node-start,node-crash,node-exit,node-status,join-accept,join-refused,leave,epoch,level,"  \
	"format,recovery-start,recovery-end,alert,fault,disk,disk-error,violation"

struct own_command {
	const char *name; /* one word or two */
	const char *usage;
	const char *help;
	int (*run)(struct console *c, const char *rest, struct text *out);
};

static const struct own_command own_commands[];

/* ------------------------------------------------------------------ following */

static void on_event(void *arg, const struct sheepsim_event *e)
{
	reply_event(arg, e);
}

static int do_unfollow(struct console *c, const char *rest, struct text *out)
{
	(void)rest;
	(void)out;
	if (c->following > 0)
		sheepsim_events_stop(c->live->sim, c->following);
	c->following = 0;
	return 0;
}

static int do_follow(struct console *c, const char *rest, struct text *out)
{
	const char *kinds = *rest ? rest : USUAL_EVENTS;
	int number;

	if (strcmp(rest, "all") == 0)
		kinds = NULL;
	number = sheepsim_events(c->live->sim, kinds, on_event, c);
	if (number < 0)
		return number;
	do_unfollow(c, rest, out);
	c->following = number;
	return 0;
}

/* ------------------------------------------------------------------ looking */

static void row_of_port(struct run *r, int node, const struct sheepsim_live_address *a)
{
	row_begin(r);
	row_number(r, "node", (uint64_t)node);
	row_text(r, "host", a->host);
	row_number(r, "port", a->port);
	row_text(r, "unix", a->unix_path);
	row_flag(r, "listening", a->listening);
	row_end(r);
}

static int do_ports(struct console *c, const char *rest, struct text *out)
{
	struct sheepsim_live_address a;

	(void)rest;
	for (int i = 0; i < sheepsim_nodes(c->live->sim); i++) {
		if (sheepsim_live_address(c->live, i, &a) < 0)
			continue;
		row_of_port(c->live->run, i, &a);
		text_add(out, strchr(a.host, ':') ? "node %d [%s]:%u" : "node %d %s:%u", i, a.host,
			 a.port);
		if (a.unix_path)
			text_add(out, " unix:%s", a.unix_path);
		text_add(out, a.listening ? "\n" : " off\n");
	}
	return 0;
}

static int do_clients(struct console *c, const char *rest, struct text *out)
{
	struct sheepsim_live_counts counts, *n = &counts;
	struct run *r = c->live->run;

	(void)rest;
	sheepsim_live_counts(c->live, n);
	text_add(out,
		 "%u connections, %u requests not answered\n"
		 "%" PRIu64 " accepted, %" PRIu64 " refused, %" PRIu64 " requests, %" PRIu64
		 " answers\n"
		 "%" PRIu64 " bytes received, %" PRIu64 " sent; %" PRIu64 " under way, %" PRIu64
		 " not read, %" PRIu64 " of clients that are gone\n",
		 n->connections, n->waiting, n->accepted, n->refused, n->requests, n->answers,
		 n->received, n->sent, n->in_flight, n->unwritten, n->abandoned);
	row_begin(r);
	row_number(r, "connections", n->connections);
	row_number(r, "waiting", n->waiting);
	row_number(r, "accepted", n->accepted);
	row_number(r, "refused", n->refused);
	row_number(r, "requests", n->requests);
	row_number(r, "answers", n->answers);
	row_number(r, "received", n->received);
	row_number(r, "sent", n->sent);
	row_number(r, "in_flight", n->in_flight);
	row_number(r, "unwritten", n->unwritten);
	row_number(r, "abandoned", n->abandoned);
	row_end(r);
	return 0;
}

/* ------------------------------------------------------------------ the console */

static int do_json(struct console *c, const char *rest, struct text *out)
{
	(void)out;
	if (strcmp(rest, "on") != 0 && strcmp(rest, "off") != 0)
		return sim_fail(c->live->sim, SHEEPSIM_E_SCENARIO, "json: on or off?");
	c->json = strcmp(rest, "on") == 0;
	return 0;
}

static int do_bye(struct console *c, const char *rest, struct text *out)
{
	(void)rest;
	(void)out;
	c->leaving = true;
	return 0;
}

static int do_end(struct console *c, const char *rest, struct text *out)
{
	struct sheepsim_live *live = c->live;

	(void)rest;
	(void)out;
	if (!live->options.end)
		return sim_fail(live->sim, SHEEPSIM_E_STATE,
				"the program that this runs in does not end by command");
	live->options.end(live->options.end_arg);
	return 0;
}

/* Kinds of events, of which there may be several with commas between them: the last one. */
static void complete_kinds(const char *kinds, struct text *out)
{
	const char *comma = strrchr(kinds, ',');
	size_t before = comma ? (size_t)(comma + 1 - kinds) : 0;
	const char *kind;

	for (unsigned i = 0; (kind = sheepsim_event_kind(i)); i++)
		if (strncmp(kind, kinds + before, strlen(kinds + before)) == 0)
			text_add(out, "%.*s%s\n", (int)before, kinds, kind);
	if (before == 0 && strncmp("all", kinds, strlen(kinds)) == 0)
		text_add(out, "all\n");
}

/* Names of commands of live mode: from the last word of the line on, where it is the second. */
static void complete_own(const char *line, struct text *out)
{
	const char *last = strrchr(line, ' ');
	size_t before = last ? (size_t)(last + 1 - line) : 0;

	for (const struct own_command *w = own_commands; w->name; w++)
		if (strncmp(w->name, line, strlen(line)) == 0)
			text_add(out, "%s\n", w->name + before);
}

static int do_complete(struct console *c, const char *rest, struct text *out)
{
	static const char follow[] = "follow ", help[] = "help ";

	if (strncmp(rest, follow, strlen(follow)) == 0) {
		complete_kinds(rest + strlen(follow), out);
		return 0;
	}
	if (strncmp(rest, help, strlen(help)) == 0)
		rest += strlen(help);
	console_complete(c->live->run, rest, out);
	complete_own(rest, out);
	return 0;
}

static void add_word(const struct own_command *w, struct text *out)
{
	text_add(out, "%s%s%s: %s\n", w->name, *w->usage ? " " : "", w->usage, w->help);
}

static int do_help(struct console *c, const char *rest, struct text *out)
{
	char *manual = sheepsim_scenario_help(*rest ? rest : NULL);
	bool found = manual != NULL;

	for (const struct own_command *w = own_commands; w->name; w++) {
		if (*rest && strcmp(w->name, rest) != 0)
			continue;
		add_word(w, out);
		found = true;
	}
	if (manual)
		text_add(out, "%s", manual);
	free(manual);
	return found ? 0
		     : sim_fail(c->live->sim, SHEEPSIM_E_SCENARIO, "there is no command `%s'",
				rest);
}

static const struct own_command own_commands[] = {
	{"follow", "[KIND,...|all]",
	 "tells events as they happen, of these kinds, or those that change a node's part in the "
	 "cluster",
	 do_follow},
	{"unfollow", "", "does so no more", do_unfollow},
	{"show ports", "", "where nodes listen", do_ports},
	{"show clients", "", "how much real clients do", do_clients},
	{"json", "on|off", "answers this connection in JSON", do_json},
	{"complete", "LINE", "the words that a line may go on with", do_complete},
	{"help", "[COMMAND]", "what commands there are, or about one", do_help},
	{"bye", "", "closes this connection", do_bye},
	{"end", "", "ends the server in order, as SIGTERM does", do_end},
	{NULL, NULL, NULL, NULL},
};

const char *words_name(unsigned int i)
{
	return i < sizeof own_commands / sizeof *own_commands ? own_commands[i].name : NULL;
}

/* The command that the line begins with; *rest: what follows it. */
static const struct own_command *find(const char *line, const char **rest)
{
	for (const struct own_command *w = own_commands; w->name; w++) {
		size_t len = strlen(w->name);

		if (strncmp(line, w->name, len) != 0 || (line[len] && line[len] != ' '))
			continue;
		*rest = line + len + strspn(line + len, " ");
		return w;
	}
	return NULL;
}

bool words_run(struct console *c, const char *line)
{
	const char *rest;
	const struct own_command *w = find(line, &rest);
	struct text out = {0}, rows;
	struct rows_scope outer;
	char *words;
	int error;

	if (!w)
		return false;
	/* a blank at the end matters only to what comes next */
	words = mem_string(rest);
	for (size_t len = strlen(words); w->run != do_complete && len > 0; len--)
		if (words[len - 1] == ' ')
			words[len - 1] = '\0';
		else
			break;
	rows_open(c->live->run, &outer);
	if (*words && !*w->usage)
		error = sim_fail(c->live->sim, SHEEPSIM_E_SCENARIO,
				 "`%s' stands alone: what is `%s'?", w->name, words);
	else
		error = w->run(c, words, &out);
	rows_close(c->live->run, &outer, &rows);
	free(words);
	reply(c, error, text_get(&out), text_get(&rows),
	      error < 0 ? sheepsim_errmsg(c->live->sim) : "");
	text_free(&rows);
	text_free(&out);
	return true;
}
