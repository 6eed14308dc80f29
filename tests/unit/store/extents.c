/* Which pages a sparse file takes, against a map of single pages. */
#include "tests.h"
#include "base/random.h"
#include "store/extents.h"

#include <string.h>

#define PAGES 20u

static uint32_t missing(const bool *map, uint32_t first, uint32_t end)
{
	uint32_t n = 0;

	for (uint32_t i = first; i < end; i++)
		n += !map[i];
	return n;
}

/* Ranges are as few as they can be: between two of them there is a page that is not taken. */
static void check(const struct extents *e, const bool *map)
{
	for (uint32_t first = 0; first <= PAGES; first++)
		for (uint32_t end = first; end <= PAGES; end++)
			assert_int_equal(extents_missing(e, first, end), missing(map, first, end));
	for (uint32_t i = 0; i < e->nr; i++) {
		assert_true(e->extent[i].first < e->extent[i].end);
		assert_true(i == 0 || e->extent[i - 1].end < e->extent[i].first);
	}
}

static void pages_are_taken_once(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct extents e = {0};
		bool map[PAGES] = {false};

		for (uint64_t step = 0; step < 8; step++) {
			uint32_t first = (uint32_t)random_below(PAGES, seed, "first", step, 0, 0);
			uint32_t n = (uint32_t)random_below(4, seed, "number", step, 0, 0) + 1;
			uint32_t end = first + n < PAGES ? first + n : PAGES;

			extents_add(&e, first, end);
			memset(&map[first], true, end - first);
			check(&e, map);
		}
		extents_free(&e);
		assert_int_equal(e.nr, 0);
	}
}

int extents_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_taken_once),
	};

	return cmocka_run_group_tests_name("extents", tests, NULL, NULL);
}
