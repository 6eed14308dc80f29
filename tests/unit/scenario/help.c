#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "scenario/command.h"
#include "sheepsim/sheepsim.h"

/* Calls fn for each command of the language. */
static unsigned int each_command(void (*fn)(const struct command *k, const char *text),
				 const char *text)
{
	unsigned int nr = 0;

	for (const struct topic *t = scenario_topics; t->title != NULL; t++) {
		for (const struct command *k = t->commands; k->name != NULL; k++) {
			fn(k, text);
			nr++;
		}
	}
	return nr;
}

static void expect_listed(const struct command *k, const char *list)
{
	char *line = mem_format("\n  %-18s %s\n", k->name, k->brief);

	if (strstr(list, line) == NULL)
		fail_msg("%s is not in the list", k->name);
	free(line);
}

static void expect_described(const struct command *k, const char *unused)
{
	char *manual = sheepsim_scenario_help(k->name);
	struct text usage = {0};

	(void)unused;
	assert_non_null(manual);
	assert_true(strncmp(manual, k->name, strlen(k->name)) == 0);
	assert_true(strlen(k->brief) > 10);
	command_usage(k, &usage);
	assert_true(strncmp(text_get(&usage), k->name, strlen(k->name)) == 0);
	text_free(&usage);
	free(manual);
}

static void every_command_is_listed_and_described(void **state)
{
	char *list = sheepsim_scenario_help(NULL);

	(void)state;
	assert_non_null(list);
	assert_true(each_command(expect_listed, list) > 40);
	each_command(expect_described, "");
	free(list);
}

static void a_family_of_commands_is_described_as_a_whole(void **state)
{
	char *manual = sheepsim_scenario_help("show");

	(void)state;
	assert_non_null(strstr(manual, "show nodes"));
	assert_non_null(strstr(manual, "show objlist"));
	free(manual);
	assert_null(sheepsim_scenario_help("frobnicate"));
	assert_null(sheepsim_scenario_help("sho"));
}

/* Is every command in the reference, and is every command of the reference known? */
static void expect_in_reference(const struct command *k, const char *reference)
{
	struct text heading = {0};

	text_add(&heading, "\n    ");
	command_usage(k, &heading);
	text_add(&heading, "\n");
	if (strstr(reference, text_get(&heading)) == NULL)
		fail_msg("scenarios/README.md does not have the usage line of %s", k->name);
	text_free(&heading);
}

static char *read_reference(void)
{
	FILE *f = fopen(SCENARIOS_DIR "/README.md", "r");
	struct text t = {0};
	char line[4096];
	char *text;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		text_add(&t, "%s", line);
	fclose(f);
	text = mem_string(text_get(&t));
	text_free(&t);
	return text;
}

static void the_reference_has_the_usage_of_every_command_and_of_no_other(void **state)
{
	char *reference = read_reference();
	const char *at = strstr(reference, "\n## Commands\n");
	unsigned int usages = 0;
	unsigned int commands;

	(void)state;
	assert_non_null(at);
	commands = each_command(expect_in_reference, at);
	/* usage lines are those that stand alone: an empty line, four blanks, and the usage */
	for (const char *p = strstr(at, "\n\n    "); p != NULL; p = strstr(p + 1, "\n\n    "))
		usages++;
	assert_int_equal(usages, commands);
	free(reference);
}

int help_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_is_listed_and_described),
		cmocka_unit_test(a_family_of_commands_is_described_as_a_whole),
		cmocka_unit_test(the_reference_has_the_usage_of_every_command_and_of_no_other),
	};

	return cmocka_run_group_tests_name("scenario: help", tests, NULL, NULL);
}
