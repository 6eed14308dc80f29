/* sheepsim help: the manuals of the scenario language and of live mode, and what subcommands are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "sheepsim/sheepsim.h"

/* Of subcommands that the language has no command of the same name for. */
static bool help_on_subcommand(const char *name)
{
	char *manual = sheepsim_scenario_help(name);
	bool in_language = manual != NULL;

	free(manual);
	for (const struct subcommand *s = subcommands; s->name != NULL && !in_language; s++) {
		if (strcmp(s->name, name) != 0)
			continue;
		print_help(s);
		return true;
	}
	return false;
}

int cmd_help(int argc, char **argv)
{
	char name[128] = "";
	char *text;

	for (int i = 1; i < argc; i++) {
		size_t len = strlen(name);

		if (len + strlen(argv[i]) + 2 > sizeof(name))
			return usage_error("help", "there is no command of this length");
		snprintf(name + len, sizeof(name) - len, "%s%s", i > 1 ? " " : "", argv[i]);
	}
	if (strcmp(name, "live") == 0) {
		for (const char *const *line = live_manual; *line != NULL; line++)
			fputs(*line, stdout);
		return EXIT_PASSED;
	}
	if (argc == 2 && help_on_subcommand(name))
		return EXIT_PASSED;
	text = sheepsim_scenario_help(argc > 1 ? name : NULL);
	if (text == NULL)
		return usage_error("help",
				   "the language has no command `%s'; `sheepsim help' lists them",
				   name);
	printf("%s", text);
	free(text);
	return EXIT_PASSED;
}
