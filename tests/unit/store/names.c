/*
 * The sorted table of names against a plain array of flags.
 */
#include "tests.h"
#include "base/random.h"
#include "store/names.h"

#define NR 6000u /* names that there can be: many chunks */

struct model {
	struct names names;
	bool there[NR];
	uint32_t nr;
};

static uint64_t oid_of(uint32_t i)
{
	return i / 3;
}

static uint64_t sub_of(uint32_t i)
{
	return (uint64_t)(i % 3) << 31;
}

static void add(struct model *m, uint32_t i)
{
	names_add(&m->names, oid_of(i), sub_of(i), NULL);
	m->there[i] = true;
	m->nr++;
}

static void del(struct model *m, uint32_t i)
{
	names_del(&m->names, oid_of(i), sub_of(i));
	m->there[i] = false;
	m->nr--;
}

static bool is(const struct name *n, uint32_t i)
{
	return n && n->oid == oid_of(i) && n->sub == sub_of(i);
}

/* All names in order, and for each possible one: is it there, what is before and after it. */
static void check(const struct model *m)
{
	struct names_place p = {0};
	uint32_t before = NR; /* none */

	for (uint32_t i = 0; i < NR; i++) {
		struct names_place at = names_lower(&m->names, oid_of(i), sub_of(i));
		const struct name *b = names_before(&m->names, oid_of(i), sub_of(i));
		const struct name *f = names_find(&m->names, oid_of(i), sub_of(i));

		assert_true(before == NR ? !b : is(b, before));
		assert_int_equal(f != NULL, m->there[i]);
		if (!m->there[i])
			continue;
		assert_true(is(f, i));
		assert_true(is(names_next(&m->names, &at), i));
		assert_true(is(names_next(&m->names, &p), i));
		before = i;
	}
	assert_null(names_next(&m->names, &p));
}

/* Fewer than a quarter full chunks stand alone: the table shrinks with its names. */
static void check_chunks(const struct model *m)
{
	assert_true(m->names.nr_chunks <= m->nr / 64 + 2);
}

static void ascending_names_come_and_go(void **state)
{
	static struct model m;

	(void)state;
	for (uint32_t i = 0; i < NR; i++)
		add(&m, i);
	check(&m);
	assert_int_equal(m.names.nr_chunks, (NR + 255) / 256); /* all full */
	for (uint32_t i = 0; i < NR; i++) {
		del(&m, i);
		check_chunks(&m);
	}
	assert_int_equal(m.names.nr_chunks, 0);
	check(&m);
	names_clear(&m.names);
}

static void descending_names_come_and_go(void **state)
{
	static struct model m;

	(void)state;
	for (uint32_t i = NR; i-- > 0;)
		add(&m, i);
	check(&m);
	check_chunks(&m);
	for (uint32_t i = NR; i-- > 0;) {
		del(&m, i);
		check_chunks(&m);
	}
	check(&m);
	names_clear(&m.names);
}

static void random_names_come_and_go(void **state)
{
	static struct model m;

	(void)state;
	for (uint64_t round = 0; round < 12; round++) {
		/* the table fills, and then empties again */
		uint64_t wanted = round < 6 ? 9 : 1;

		for (uint64_t k = 0; k < 2000; k++) {
			uint32_t i = (uint32_t)random_below(NR, round, "name", k, 0, 0);
			bool want = random_below(10, round, "want", k, 0, 0) < wanted;

			if (want != m.there[i])
				(want ? add : del)(&m, i);
			check_chunks(&m);
		}
		check(&m);
	}
	assert_in_range(m.nr, 1, NR - 1);
	names_clear(&m.names);
	assert_null(names_find(&m.names, 1, 0));
}

/* One name of each hundred stays: their chunks must come together from either side. */
static void names_that_thin_out_come_together(void **state)
{
	static struct model m;

	(void)state;
	for (int descending = 0; descending < 2; descending++) {
		for (uint32_t i = 0; i < NR; i++)
			if (!m.there[i])
				add(&m, i);
		for (uint32_t k = 0; k < NR; k++) {
			uint32_t i = descending ? NR - 1 - k : k;

			if (i % 100)
				del(&m, i);
		}
		check(&m);
		check_chunks(&m);
	}
	names_clear(&m.names);
}

int names_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ascending_names_come_and_go),
		cmocka_unit_test(descending_names_come_and_go),
		cmocka_unit_test(random_names_come_and_go),
		cmocka_unit_test(names_that_thin_out_come_together),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
