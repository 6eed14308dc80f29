/* sheepsim help: the manual of the scenario language. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "sheepsim/sheepsim.h"

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
	text = sheepsim_scenario_help(argc > 1 ? name : NULL);
	if (text == NULL)
		return usage_error("help",
				   "the language has no command `%s'; `sheepsim help' lists them",
				   name);
	printf("%s", text);
	free(text);
	return EXIT_PASSED;
}
