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

static char *read_page(const char *path)
{
	FILE *f = fopen(path, "r");
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
	char *reference = read_page(SCENARIOS_DIR "/README.md");
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

/* The table of the page on behaviour: a row for each, in the catalogue's words, and no other. */
static void expect_table_of_quirks(void)
{
	char *page = read_page(BEHAVIOUR_PAGE);
	const struct sheepsim_quirk *q;
	unsigned int rows = 0;

	for (unsigned int i = 0; (q = sheepsim_quirk(i)) != NULL; i++) {
		char *row = mem_format("\n| %s | `%s`%s | %s |", q->cites, q->name,
				       q->usual ? "" : " (off)", q->words);

		if (strstr(page, row) == NULL)
			fail_msg("libsheepsim/BEHAVIOUR.md has no row%s", row);
		free(row);
		rows++;
	}
	/* of a rule, and what has a name: no other table has that */
	for (const char *p = strstr(page, "\n| R"); p != NULL; p = strstr(p + 1, "\n| R"))
		rows -= strncmp(p + strlen("\n| R920"), " | `", 4) == 0;
	assert_int_equal(rows, 0);
	free(page);
}

static void the_list_and_the_pages_have_every_quirk(void **state)
{
	char *list = sheepsim_scenario_help(NULL);
	char *reference = read_page(SCENARIOS_DIR "/README.md");
	const struct sheepsim_quirk *q;

	(void)state;
	for (unsigned int i = 0; (q = sheepsim_quirk(i)) != NULL; i++) {
		assert_non_null(strstr(list, q->name));
		assert_non_null(strstr(list, q->words));
		if (strstr(reference, q->name) == NULL)
			fail_msg("scenarios/README.md does not name %s", q->name);
	}
	free(reference);
	free(list);
	expect_table_of_quirks();
}

int help_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_is_listed_and_described),
		cmocka_unit_test(a_family_of_commands_is_described_as_a_whole),
		cmocka_unit_test(the_list_and_the_pages_have_every_quirk),
		cmocka_unit_test(the_reference_has_the_usage_of_every_command_and_of_no_other),
	};

	return cmocka_run_group_tests_name("scenario: help", tests, NULL, NULL);
}
