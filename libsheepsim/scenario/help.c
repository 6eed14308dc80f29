/* The manual of the language: everything in it comes from the tables of commands. */
#include <string.h>

#include "base/text.h"
#include "scenario/command.h"
#include "scenario/help.h"
#include "sheepsim/sheepsim.h"

static const char *placeholder(const struct param *p)
{
	switch (p->type) {
	case VALUE_FLAG:
		return "";
	case VALUE_COUNT:
		return "N";
	case VALUE_SIZE:
		return "SIZE";
	case VALUE_TIME:
		return "TIME";
	case VALUE_NODE:
		return "NODE";
	case VALUE_WORD:
		return "WORD";
	case VALUE_CHOICE:
		return p->choices;
	case VALUE_MESSAGE:
		return "OPERATION";
	case VALUE_EVENT:
		return "OPERATION|KIND";
	case VALUE_EVENTS:
		return "KIND,KIND...";
	case VALUE_OBJECT:
		return "OBJECT";
	case VALUE_CONDITION:
		return "NAME>=N";
	case VALUE_FIELD:
		return "NAME=VALUE";
	case VALUE_COMMAND:
	case VALUE_ACTION:
		return "COMMAND";
	}
	return "";
}

static void param_usage(const struct param *p, struct text *t)
{
	const char *name = p->type == VALUE_CHOICE ? p->choices : p->name;

	switch (p->how) {
	case PARAM_NEEDED:
		text_add(t, " %s", name);
		break;
	case PARAM_OPTIONAL:
		text_add(t, " [%s]", name);
		break;
	case PARAM_MANY:
		text_add(t, " %s...", name);
		break;
	case PARAM_ANY:
		text_add(t, " [%s...]", name);
		break;
	case PARAM_KEY:
		text_add(t, " [%s%s%s]", p->name, p->type == VALUE_FLAG ? "" : "=", placeholder(p));
		break;
	case PARAM_KEY_NEEDED:
		text_add(t, " %s=%s", p->name, placeholder(p));
		break;
	case PARAM_PAIR:
		text_add(t, " [%s %s]", p->name, placeholder(p));
		break;
	}
}

void command_usage(const struct command *command, struct text *t)
{
	text_add(t, "%s", command->name);
	for (const struct param *p = command->params; p->name != NULL; p++)
		param_usage(p, t);
}

/* Text, indented and broken at 80 columns. */
static void paragraph(struct text *t, const char *indent, const char *words)
{
	size_t column = 0;

	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		if (column > 0 && column + 1 + len > 80) {
			text_add(t, "\n");
			column = 0;
		}
		text_add(t, "%s", column == 0 ? indent : " ");
		column += column == 0 ? strlen(indent) : 1;
		text_addn(t, words, len);
		column += len;
		words += len + (words[len] == ' ');
	}
	text_add(t, "\n");
}

static void describe(const struct command *command, struct text *t)
{
	struct text usage = {0};

	command_usage(command, &usage);
	paragraph(t, "", text_get(&usage));
	text_free(&usage);
	paragraph(t, "    ", command->brief);
	if (command->help[0] != '\0')
		paragraph(t, "    ", command->help);
}

/* What with= and without= can name. */
static void describe_quirks(struct text *t)
{
	const struct sheepsim_quirk *q;

	text_add(t, "\nQuirks of nodes (usually on; * off):\n");
	for (unsigned int i = 0; (q = sheepsim_quirk(i)) != NULL; i++)
		text_add(t, "  %-22s%s %-5s %s\n", q->name, q->usual ? " " : "*", q->cites,
			 q->words);
}

static void describe_all(struct text *t)
{
	for (const struct topic *topic = scenario_topics; topic->title != NULL; topic++) {
		text_add(t, "%s%s:\n", topic == scenario_topics ? "" : "\n", topic->title);
		for (const struct command *k = topic->commands; k->name != NULL; k++)
			text_add(t, "  %-18s %s\n", k->name, k->brief);
	}
	describe_quirks(t);
}

bool scenario_manual(const char *name, struct text *t)
{
	bool found = false;

	if (name == NULL) {
		describe_all(t);
		return true;
	}
	for (const struct topic *topic = scenario_topics; topic->title != NULL; topic++) {
		for (const struct command *k = topic->commands; k->name != NULL; k++) {
			size_t len = strlen(name);

			if (strcmp(k->name, name) != 0 &&
			    (strncmp(k->name, name, len) != 0 || k->name[len] != ' '))
				continue;
			if (found)
				text_add(t, "\n");
			describe(k, t);
			found = true;
		}
	}
	return found;
}
