#include "tests.h"

#include <string.h>

#include "check/cluster.h"
#include "world/universe.h"

static void answers_are_counted_and_judged(void **state)
{
	struct answer_tally good = {.requests = 7, .answered = 7};
	struct answer_tally bad = {.requests = 3, .strays = 2, .mismatched = 1, .first = "READ"};
	struct universe u;
	struct report r;
	uint64_t requests = 0;

	(void)state;
	universe_init(&u, 1);
	report_init(&r, &u.trace);
	report_begin(&r, 1);
	check_answers("vm", &good, 0, &r, &requests);
	assert_int_equal(requests, 7);
	assert_int_equal(r.violated, 0);
	check_answers("vm", &good, 2, &r, &requests);
	check_answers("dog", &bad, 0, &r, &requests);
	assert_int_equal(requests, 17);
	assert_string_equal(text_get(&r.lines),
			    "I5: vm waits for 2 answers that nobody works on\n"
			    "I5: dog got 2 answers that belong to no request: READ\n"
			    "I15: dog got 1 answers of another kind: READ\n");
	report_free(&r);
	universe_free(&u);
}

int answer_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_counted_and_judged),
	};

	return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
