#include "tests.h"
#include "base/pool.h"

#include <string.h>

#define MANY 5000

struct thing {
	uint64_t number;
	uint8_t rest[56];
};

static void things_come_zeroed_and_do_not_overlap(void **state)
{
	static struct thing *t[MANY];
	struct pool p = {.size = sizeof(struct thing)};
	static const struct thing zero;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (uint64_t i = 0; i < MANY; i++) {
			t[i] = pool_take(&p);
			assert_memory_equal(t[i], &zero, sizeof zero);
			assert_int_equal((uintptr_t)t[i] % 64, 0);
			memset(t[i], 0xff, sizeof *t[i]);
			t[i]->number = i;
		}
		for (uint64_t i = 0; i < MANY; i++)
			assert_int_equal(t[i]->number, i);
		for (int i = 0; i < MANY; i++)
			pool_give(&p, t[i]);
	}
	pool_free(&p);
}

static void what_was_given_back_is_taken_first(void **state)
{
	struct pool p = {.size = 24};
	void *a = pool_take(&p), *b = pool_take(&p);

	(void)state;
	pool_give(&p, a);
	assert_ptr_equal(pool_take(&p), a);
	pool_give(&p, b);
	pool_give(&p, a);
	assert_ptr_equal(pool_take(&p), a);
	assert_ptr_equal(pool_take(&p), b);
	pool_free(&p);
}

static void a_pool_that_was_freed_is_empty(void **state)
{
	struct pool p = {.size = 8};

	(void)state;
	pool_free(&p);
	pool_give(&p, pool_take(&p));
	pool_free(&p);
	assert_non_null(pool_take(&p));
	pool_free(&p);
}

int pool_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(things_come_zeroed_and_do_not_overlap),
		cmocka_unit_test(what_was_given_back_is_taken_first),
		cmocka_unit_test(a_pool_that_was_freed_is_empty),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
