/* Looking up commands and their values, and the help that comes from their tables. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "scenario/command.h"
#include "scenario/values.h"

const struct topic scenario_topics[] = {
	{"The cluster", cluster_commands},
	{"Nodes", node_commands},
	{"Settings", settings_commands},
	{"VDIs and their data", vdi_commands},
	{"Time", time_commands},
	{"Disks", disk_commands},
	{"Clusters in files", file_commands},
	{"Faults", fault_commands},
	{"Messages and events", message_commands},
	{"dog", dog_commands},
	{"Any request", ask_commands},
	{"Looking", show_commands},
	{"Checking", check_commands},
	{"What was recorded", replay_commands},
	{NULL, NULL},
};

/* ------------------------------------------------------------------ look-up */

/* How many of the words are the name of the command: 0, 1 or 2. */
static size_t name_words(const struct command *command, const char *first, const char *second)
{
	size_t len = strlen(first);

	if (strncmp(command->name, first, len) != 0)
		return 0;
	if (command->name[len] == '\0')
		return 1;
	if (command->name[len] != ' ' || second == NULL)
		return 0;
	return strcmp(command->name + len + 1, second) == 0 ? 2 : 0;
}

const struct command *command_find(const char *first, const char *second, size_t *nr_words)
{
	const struct command *found = NULL;

	*nr_words = 0;
	for (const struct topic *t = scenario_topics; t->title != NULL; t++) {
		for (const struct command *k = t->commands; k->name != NULL; k++) {
			size_t n = name_words(k, first, second);

			if (n > *nr_words) {
				*nr_words = n;
				found = k;
			}
		}
	}
	return found;
}

/* What is like the words that were typed, and what there is. */
struct unknown {
	const char *first; /* word */
	struct suggestion one, two;
	struct text known, family;
};

static void consider(struct unknown *u, const char *name)
{
	size_t len = strlen(u->first);

	suggest(&u->one, name);
	suggest(&u->two, name);
	text_add(&u->known, "%s%s", u->known.len > 0 ? ", " : "", name);
	/* a name of two words of which this is the first */
	if (strncmp(name, u->first, len) == 0 && name[len] == ' ')
		text_add(&u->family, "%s%s", u->family.len > 0 ? ", " : "", name);
}

bool command_unknown(struct complaint *c, unsigned int line, unsigned int column, const char *first,
		     const char *second)
{
	char *typed = mem_format("%s %s", first, second != NULL ? second : "");
	struct unknown u = {.first = first, .one.word = first, .two.word = typed};
	const char *best, *name;

	for (const struct topic *t = scenario_topics; t->title != NULL; t++) {
		for (const struct command *k = t->commands; k->name != NULL; k++)
			consider(&u, k->name);
	}
	for (unsigned int i = 0; c->others != NULL && (name = c->others(i)) != NULL; i++)
		consider(&u, name);
	best = u.two.best != NULL ? u.two.best : u.one.best;
	complain(c, line, column, "there is no command `%.60s'%s%s%s; known: %s",
		 u.family.len > 0 ? typed : first, best != NULL ? ", did you mean `" : "",
		 best != NULL ? best : "", best != NULL ? "'?" : "",
		 text_get(u.family.len > 0 ? &u.family : &u.known));
	text_free(&u.known);
	text_free(&u.family);
	free(typed);
	return false;
}

const struct param *command_param(const struct command *command, const char *name)
{
	for (const struct param *p = command->params; p->name != NULL; p++) {
		if (strcmp(p->name, name) == 0)
			return p;
	}
	assert(!"a handler asks for what its table has");
	return NULL;
}

const struct value *call_value(const struct call *call, const char *name)
{
	const struct param *p = command_param(call->command, name);

	for (size_t i = 0; i < call->nr_values; i++) {
		if (call->values[i].param == p)
			return &call->values[i];
	}
	return NULL;
}

bool call_has(const struct call *call, const char *name)
{
	return call_value(call, name) != NULL;
}

uint64_t call_number(const struct call *call, const char *name, uint64_t otherwise)
{
	const struct value *v = call_value(call, name);

	return v != NULL ? v->number : otherwise;
}

const char *call_word(const struct call *call, const char *name, const char *otherwise)
{
	const struct value *v = call_value(call, name);

	return v != NULL ? v->word : otherwise;
}

int call_node(const struct call *call, const char *name, int otherwise)
{
	const struct value *v = call_value(call, name);

	return v != NULL ? (int)v->number : otherwise;
}
