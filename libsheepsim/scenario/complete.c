/* The words that a line may go on with: from the tables of commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "scenario/command.h"
#include "scenario/console.h"

/* A line as far as it was written: words that are whole, and the beginning of one. */
struct beginning {
	char *words[64];
	size_t nr;	   /* whole ones */
	const char *start; /* of the next */
};

static void offer(const struct beginning *b, const char *word, const char *more, struct text *out)
{
	if (strncmp(word, b->start, strlen(b->start)) == 0)
		text_add(out, "%s%s\n", word, more);
}

/* Names of commands, of which the first words are there; each second word once. */
static void offer_commands(const struct beginning *b, struct text *out)
{
	for (const struct topic *t = scenario_topics; t->title != NULL; t++) {
		for (const struct command *c = t->commands; c->name != NULL; c++) {
			const char *second = strchr(c->name, ' ');
			size_t len = strcspn(c->name, " ");

			if (b->nr == 0 && strncmp(c->name, b->start, strlen(b->start)) == 0)
				text_add(out, "%s\n", c->name);
			else if (b->nr == 1 && second != NULL && strlen(b->words[0]) == len &&
				 strncmp(c->name, b->words[0], len) == 0)
				offer(b, second + 1, "", out);
		}
	}
}

static void offer_choices(const struct beginning *b, const struct param *p, struct text *out)
{
	char *copy = mem_string(p->choices), *next = copy, *word;

	while ((word = strsep(&next, "|")) != NULL)
		offer(b, word, "", out);
	free(copy);
}

static void offer_nodes(const struct run *r, const struct beginning *b, struct text *out)
{
	char number[16];

	for (int i = 0; r->sim != NULL && i < sheepsim_nodes(r->sim); i++) {
		snprintf(number, sizeof(number), "%d", i);
		offer(b, number, "", out);
	}
}

/* What may stand for a parameter. */
static void offer_param(const struct run *r, const struct beginning *b, const struct param *p,
			struct text *out)
{
	bool after_its_name = b->nr > 0 && strcmp(b->words[b->nr - 1], p->name) == 0;

	switch (p->how) {
	case PARAM_KEY:
	case PARAM_KEY_NEEDED:
		offer(b, p->name, p->type == VALUE_FLAG ? "" : "=", out);
		return;
	case PARAM_PAIR:
		if (!after_its_name) {
			offer(b, p->name, "", out);
			return;
		}
		break;
	default:
		break;
	}
	if (p->type == VALUE_CHOICE)
		offer_choices(b, p, out);
	else if (p->type == VALUE_NODE)
		offer_nodes(r, b, out);
}

static void offer_params(const struct run *r, const struct beginning *b, struct text *out)
{
	size_t nr_words;
	const struct command *c =
		command_find(b->words[0], b->nr > 1 ? b->words[1] : NULL, &nr_words);

	if (c == NULL)
		return;
	for (const struct param *p = c->params; p->name != NULL; p++)
		offer_param(r, b, p, out);
}

void console_complete(struct run *r, const char *line, struct text *out)
{
	struct beginning b = {.nr = 0};
	char *copy = mem_string(line), *next = copy, *word = copy;

	while ((word = strsep(&next, " \t")) != NULL && next != NULL) {
		if (*word != '\0' && b.nr < sizeof(b.words) / sizeof(*b.words))
			b.words[b.nr++] = word;
	}
	b.start = word != NULL ? word : "";
	offer_commands(&b, out);
	if (b.nr > 0)
		offer_params(r, &b, out);
	free(copy);
}
