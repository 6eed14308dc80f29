#include "rig.h"

static void quirks_are_those_of_the_simulation_until_a_node_has_its_own(void **state)
{
	struct sheepsim *sim = NULL;
	char text[] = "-stale-read";

	(void)state;
	OK(NULL, sheepsim_open(&sim, &(struct sheepsim_options){.nodes = 2, .quirks = text}));
	memset(text, '?', sizeof(text) - 1); /* they were read, not kept */
	assert_int_equal(sheepsim_has_quirk(sim, 0, "stale-read"), 0);
	assert_int_equal(sheepsim_has_quirk(sim, 0, "dead-locks"), 1);
	OK(sim, sheepsim_change_quirks(sim, 1, "repaired,stale-read"));
	assert_int_equal(sheepsim_has_quirk(sim, 1, "stale-read"), 1);
	assert_int_equal(sheepsim_has_quirk(sim, 1, "dead-locks"), 0);
	assert_int_equal(sheepsim_has_quirk(sim, 0, "dead-locks"), 1);
	OK(sim, sheepsim_change_quirks(sim, -1, "silent-join"));
	assert_int_equal(sheepsim_node_add(sim, NULL), 2);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sheepsim_has_quirk(sim, i, "silent-join"), 1);
	assert_int_equal(sheepsim_has_quirk(sim, 2, "stale-read"), 0);
	sheepsim_close(sim);
}

static void what_is_no_quirk_is_refused(void **state)
{
	struct sheepsim *sim = rig_open(1, 0), *none;

	(void)state;
	FAILS(sim, SHEEPSIM_E_INVALID, "there is no quirk \"dead-lock\"",
	      sheepsim_change_quirks(sim, 0, "repaired,dead-lock"));
	FAILS(sim, SHEEPSIM_E_INVALID, "there is no quirk \"-\"",
	      sheepsim_change_quirks(sim, -1, "-"));
	assert_int_equal(sheepsim_has_quirk(sim, 0, "dead-locks"), 1);
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no quirk \"dead\"", sheepsim_has_quirk(sim, 0, "dead"));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "there is no node 1",
	      sheepsim_change_quirks(sim, 1, "repaired"));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "there is no node 1",
	      sheepsim_has_quirk(sim, 1, "dead-locks"));
	sheepsim_close(sim);
	FAILS(NULL, SHEEPSIM_E_INVALID, "there is no quirk \"x\"",
	      sheepsim_open(&none, &(struct sheepsim_options){.quirks = "x"}));
	assert_null(none);
}

static void the_catalogue_ends(void **state)
{
	unsigned nr = 0, usual = 0;

	(void)state;
	for (const struct sheepsim_quirk *q; (q = sheepsim_quirk(nr)); nr++)
		usual += q->usual;
	assert_true(usual > 0 && usual < nr);
	assert_null(sheepsim_quirk(nr + 1));
}

int quirks_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quirks_are_those_of_the_simulation_until_a_node_has_its_own),
		cmocka_unit_test(what_is_no_quirk_is_refused),
		cmocka_unit_test(the_catalogue_ends),
	};

	return cmocka_run_group_tests_name("api: quirks", tests, NULL, NULL);
}
