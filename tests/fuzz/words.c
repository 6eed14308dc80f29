/*
 * Writes dictionaries for the fuzzers of texts: the words of the scenario language from its tables,
 * those of vectors, sequences and masks; and a seed of masks.
 *
 * usage: words DIRECTORY      (makes scenario.dict, files.dict, masks/ in it)
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../cli/masks.h"
#include "base/mem.h"
#include "base/text.h"
#include "scenario/command.h"
#include "sheepsim/sheepsim.h"

static void write_file(const char *directory, const char *name, const char *content)
{
	char *path = mem_format("%s/%s", directory, name);
	FILE *f = fopen(path, "w");

	if (!f || fputs(content, f) < 0 || fclose(f) != 0) {
		fprintf(stderr, "%s: cannot be written: %s\n", path, strerror(errno));
		exit(1);
	}
	free(path);
}

static void add_word(struct text *t, const char *word, const char *end)
{
	text_add(t, "\"%s%s\"\n", word, end);
}

static void add_choices(struct text *t, const char *choices)
{
	char *copy = mem_string(choices), *rest = copy;

	for (char *one = strsep(&rest, "|"); one; one = strsep(&rest, "|"))
		add_word(t, one, "");
	free(copy);
}

static void add_command(struct text *t, const struct command *command)
{
	add_word(t, command->name, " ");
	for (const struct param *p = command->params; p->name; p++) {
		if (p->choices)
			add_choices(t, p->choices);
		if (p->how == PARAM_KEY || p->how == PARAM_KEY_NEEDED)
			add_word(t, p->name, p->type == VALUE_FLAG ? " " : "=");
		else if (p->how == PARAM_PAIR)
			add_word(t, p->name, " ");
	}
}

static void add_names(struct text *t)
{
	const char *name;

	for (unsigned int i = 0; (name = sheepsim_operation(i, NULL)); i++)
		add_word(t, name, "");
}

static void scenario_words(const char *directory)
{
	static const char *const more[] = {"\\x0a----\\x0a", "\\x0a\\x0a", "faults>=1", "[3]",
					   "ms"};
	struct text t = {0};
	const char *name;

	for (const struct topic *topic = scenario_topics; topic->title; topic++) {
		for (const struct command *c = topic->commands; c->name; c++)
			add_command(&t, c);
	}
	add_names(&t);
	for (unsigned int i = 0; (name = sheepsim_event_kind(i)); i++)
		add_word(&t, name, "");
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++)
		add_word(&t, more[i], "");
	write_file(directory, "scenario.dict", text_get(&t));
	text_free(&t);
}

static void file_words(const char *directory)
{
	static const char words[] =
		"conn |dog > node0|C>S |S>C |  len |  @|*|close C|# n=|event |  sender |  member |"
		"callbacked|step |moment |[admin peer]|"
		"continues |# topology: |node0|node1|zone=|disk=2x512m|io=|vnodes=auto|start |"
		"restart |kill |stop |hold |release |no-wait|same-disk|wait |recovery|tgtd|"
		"shepherd|send n=|answer n=|remove-object |strip |damage-object |copy-metadata |"
		" answer |header |payload |object |node |epoch |epoch-node |epoch-free |last |all|"
		"from |to -|if inode|if attribute|if failure| in ";
	struct text t = {0};

	add_choices(&t, words);
	add_names(&t);
	write_file(directory, "files.dict", text_get(&t));
	text_free(&t);
}

int main(int argc, char **argv)
{
	char *masks;

	if (argc != 2) {
		fprintf(stderr, "usage: words DIRECTORY\n");
		return 2;
	}
	scenario_words(argv[1]);
	file_words(argv[1]);
	masks = mem_format("%s/masks", argv[1]);
	if (mkdir(masks, 0777) < 0 && errno != EEXIST) {
		fprintf(stderr, "%s: cannot be made: %s\n", masks, strerror(errno));
		return 1;
	}
	write_file(masks, "builtin", builtin_masks);
	free(masks);
	return 0;
}
