#include "cluster.h"

#include <stdio.h>

#include "tests.h"

static bool change(struct quirks *q, const char *words)
{
	char why[160];

	return quirks_change(q, words, why, sizeof(why));
}

static unsigned int nr_on(const struct quirks *q)
{
	unsigned int nr = 0;

	for (int i = 0; i < NR_QUIRKS; i++)
		nr += q->on[i];
	return nr;
}

static void words_switch_from_left_to_right(void **state)
{
	struct quirks q = quirks_usual;
	unsigned int usual = nr_on(&q);

	(void)state;
	assert_true(usual > 0 && usual < NR_QUIRKS);
	assert_true(change(&q, ""));
	assert_int_equal(nr_on(&q), usual);
	assert_true(change(&q, "-stale-read"));
	assert_false(q.on[QUIRK_STALE_READ]);
	assert_int_equal(nr_on(&q), usual - 1);
	assert_true(change(&q, " -dead-locks, stale-read,,silent-join"));
	assert_true(q.on[QUIRK_STALE_READ] && q.on[QUIRK_SILENT_JOIN] && !q.on[QUIRK_DEAD_LOCKS]);
	assert_true(change(&q, "stale-read,repaired,dead-locks"));
	assert_int_equal(nr_on(&q), 1);
	assert_true(q.on[QUIRK_DEAD_LOCKS]);
	assert_true(change(&q, "upstream"));
	assert_memory_equal(&q, &quirks_usual, sizeof(q));
}

static void a_word_that_is_unknown_changes_nothing(void **state)
{
	static const char *const bad[] = {"stale-rea", "stale-reads", "-", "-repaired", "Upstream"};
	char words[40];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct quirks q = quirks_usual;
		char why[160] = "";

		snprintf(words, sizeof(words), "repaired,%s", bad[i]);
		assert_false(quirks_change(&q, words, why, sizeof(why)));
		assert_memory_equal(&q, &quirks_usual, sizeof(q));
		assert_non_null(strstr(why, bad[i]));
	}
}

/* By name: each is there once, and says what it cites. */
static void the_catalogue_has_names_that_differ(void **state)
{
	(void)state;
	for (int i = 0; i < NR_QUIRKS; i++) {
		const struct quirk_info *a = quirk_info((enum quirk)i);

		assert_true(strlen(a->name) > 3 && strlen(a->words) > 10);
		assert_true(strlen(a->cites) >= 3);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(a->name, quirk_info((enum quirk)k)->name);
	}
}

int quirks_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_switch_from_left_to_right),
		cmocka_unit_test(a_word_that_is_unknown_changes_nothing),
		cmocka_unit_test(the_catalogue_has_names_that_differ),
	};

	return cmocka_run_group_tests_name("sheep: quirks", tests, NULL, NULL);
}
