#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check/possible.h"

/* A content and the counter of its times. */
struct rig {
	struct possible p;
	uint64_t time;
};

/* A write of len bytes that are all the same. */
static struct write *begin(struct rig *r, uint64_t offset, char byte, uint64_t len)
{
	struct write *w = mem_alloc(sizeof *w);
	char *bytes = mem_alloc(len);

	memset(bytes, byte, len);
	w->refs = 1;
	w->began = ++r->time;
	w->offset = offset;
	w->data = blob_new(bytes, len);
	free(bytes);
	possible_begin(&r->p, w);
	return w;
}

static void end(struct rig *r, struct write *w)
{
	w->ended = ++r->time;
}

static void acknowledge(struct rig *r, struct write *w)
{
	end(r, w);
	possible_acknowledge(&r->p, w);
	write_unref(w);
}

static void give_up(struct rig *r, struct write *w)
{
	end(r, w);
	write_unref(w);
}

static int64_t compare(const struct rig *r, uint64_t offset, const char *bytes)
{
	struct blob *b = blob_new(bytes, strlen(bytes));
	int64_t at = possible_compare(&r->p, offset, b);

	blob_unref(b);
	return at;
}

static void allows(const struct rig *r, uint64_t offset, const char *bytes)
{
	assert_int_equal(compare(r, offset, bytes), -1);
}

static void settle(struct rig *r, uint64_t offset, const char *bytes)
{
	struct blob *b = blob_new(bytes, strlen(bytes));

	possible_settle(&r->p, offset, b);
	blob_unref(b);
}

static void an_acknowledged_write_must_be_there(void **state)
{
	struct rig r = {0};

	(void)state;
	acknowledge(&r, begin(&r, 10, 'a', 4));
	allows(&r, 10, "aaaa");
	assert_int_equal(compare(&r, 10, "aaba"), 2);
	/* What is around it is not known. */
	allows(&r, 8, "xxaaaaxx");
	assert_int_equal(compare(&r, 8, "xxaaa?xx"), 5);
	possible_free(&r.p);
}

static void what_is_known_to_be_empty_must_be_zero(void **state)
{
	struct rig r = {.p.known = true};
	struct blob *zeros = blob_zero(3 * CHUNK_SIZE);

	(void)state;
	assert_int_equal(possible_compare(&r.p, 5, zeros), -1);
	assert_int_equal(compare(&r, 2 * CHUNK_SIZE, "a"), 0);
	acknowledge(&r, begin(&r, 10, 'a', 4));
	assert_int_equal(compare(&r, 9, "xaaaa"), 0);
	assert_int_equal(compare(&r, 10, "aaaax"), 4);
	blob_unref(zeros);
	possible_free(&r.p);
}

static void a_write_under_way_may_be_there_or_not(void **state)
{
	struct rig r = {0};
	struct write *w;

	(void)state;
	acknowledge(&r, begin(&r, 0, 'a', 8));
	w = begin(&r, 2, 'b', 4);
	allows(&r, 0, "aaaaaaaa");
	allows(&r, 0, "aabbbbaa");
	/* To one object it shows as a whole. */
	assert_int_equal(compare(&r, 0, "aabbaaaa"), 4);
	acknowledge(&r, w);
	assert_int_equal(compare(&r, 0, "aaaaaaaa"), 2);
	allows(&r, 0, "aabbbbaa");
	possible_free(&r.p);
}

static void a_failed_write_may_be_there_until_it_is_overwritten(void **state)
{
	struct rig r = {0};

	(void)state;
	acknowledge(&r, begin(&r, 0, 'a', 4));
	give_up(&r, begin(&r, 0, 'b', 4));
	allows(&r, 0, "aaaa");
	allows(&r, 0, "bbbb");
	acknowledge(&r, begin(&r, 0, 'c', 4));
	allows(&r, 0, "cccc");
	assert_int_equal(compare(&r, 0, "aaaa"), 0);
	assert_int_equal(compare(&r, 0, "bbbb"), 0);
	possible_free(&r.p);
}

static void writes_at_the_same_time_may_come_in_either_order(void **state)
{
	struct rig r = {0};
	struct write *a, *b;

	(void)state;
	acknowledge(&r, begin(&r, 0, '0', 6));
	a = begin(&r, 0, 'a', 4);
	b = begin(&r, 2, 'b', 4);
	acknowledge(&r, a);
	allows(&r, 0, "aaaa00");
	allows(&r, 0, "aabbbb");
	assert_int_equal(compare(&r, 0, "000000"), 0);
	acknowledge(&r, b);
	allows(&r, 0, "aabbbb");
	allows(&r, 0, "aaaabb");
	assert_int_equal(compare(&r, 0, "aaaa00"), 4);
	/* One that begins after both have ended comes after both. */
	acknowledge(&r, begin(&r, 1, 'c', 3));
	allows(&r, 0, "acccbb");
	assert_int_equal(compare(&r, 0, "aaccbb"), 1);
	possible_free(&r.p);
}

static void a_write_that_may_yet_come_stays_possible(void **state)
{
	struct rig r = {0};
	struct write *lost = begin(&r, 0, 'l', 4);

	(void)state;
	/* Its client is gone, nobody knows when it ends. */
	acknowledge(&r, begin(&r, 0, 'a', 4));
	acknowledge(&r, begin(&r, 0, 'b', 4));
	allows(&r, 0, "bbbb");
	allows(&r, 0, "llll");
	assert_int_equal(compare(&r, 0, "aaaa"), 0);
	give_up(&r, lost);
	allows(&r, 0, "llll");
	acknowledge(&r, begin(&r, 0, 'c', 4));
	assert_int_equal(compare(&r, 0, "llll"), 0);
	possible_free(&r.p);
}

static void what_was_seen_is_settled(void **state)
{
	struct rig r = {0};
	struct write *w;

	(void)state;
	acknowledge(&r, begin(&r, 0, 'a', 4));
	give_up(&r, begin(&r, 0, 'b', 4));
	settle(&r, 0, "bbbb");
	allows(&r, 0, "bbbb");
	assert_int_equal(compare(&r, 0, "aaaa"), 0);
	/* Not while a write is under way, and not where only a part was seen. */
	w = begin(&r, 0, 'c', 4);
	settle(&r, 0, "bbbb");
	allows(&r, 0, "cccc");
	give_up(&r, w);
	settle(&r, 0, "bb");
	allows(&r, 0, "cccc");
	possible_free(&r.p);
}

static void a_withdrawn_write_was_never_there(void **state)
{
	struct rig r = {0};
	struct write *w;

	(void)state;
	acknowledge(&r, begin(&r, 0, 'a', 4));
	w = begin(&r, 0, 'b', 4);
	end(&r, w);
	possible_withdraw(&r.p, w);
	write_unref(w);
	allows(&r, 0, "aaaa");
	assert_int_equal(compare(&r, 0, "bbbb"), 0);
	possible_free(&r.p);
}

static void a_write_shows_as_a_whole_in_each_object_only(void **state)
{
	struct rig r = {0};
	struct write *w;

	(void)state;
	acknowledge(&r, begin(&r, CHUNK_SIZE - 2, 'a', 4));
	w = begin(&r, CHUNK_SIZE - 2, 'b', 4);
	allows(&r, CHUNK_SIZE - 2, "aabb");
	allows(&r, CHUNK_SIZE - 2, "bbaa");
	assert_int_equal(compare(&r, CHUNK_SIZE - 2, "abbb"), 1);
	give_up(&r, w);
	possible_free(&r.p);
}

static void strips_of_a_coded_object_may_be_mixed(void **state)
{
	struct rig r = {.p.coded = true};

	(void)state;
	acknowledge(&r, begin(&r, 0, 'a', 4));
	give_up(&r, begin(&r, 0, 'b', 4));
	allows(&r, 0, "abba");
	assert_int_equal(compare(&r, 0, "abca"), 2);
	possible_free(&r.p);
}

static void a_copy_knows_what_was_possible_then(void **state)
{
	struct rig r = {.p.known = true};
	struct possible copy = {0};
	struct write *w;
	struct blob *b = blob_new("abbb", 4), *c = blob_new("acccc", 4);

	(void)state;
	acknowledge(&r, begin(&r, 0, 'a', 4));
	w = begin(&r, 1, 'b', 3);
	possible_copy(&copy, &r.p, 0, 4);
	acknowledge(&r, w);
	acknowledge(&r, begin(&r, 1, 'c', 3));
	assert_true(copy.known);
	assert_int_equal(possible_compare(&copy, 0, b), -1);
	assert_int_equal(possible_compare(&copy, 0, c), 1);
	assert_int_equal(possible_compare(&r.p, 0, b), 1);
	assert_int_equal(possible_compare(&r.p, 0, c), -1);
	blob_unref(b);
	blob_unref(c);
	possible_free(&copy);
	possible_free(&r.p);
}

static void a_copy_of_a_range_has_its_chunks(void **state)
{
	struct rig r = {0};
	struct possible copy = {0};
	size_t nr;

	(void)state;
	for (uint64_t i = 0; i < 8; i++)
		acknowledge(&r, begin(&r, i * CHUNK_SIZE, 'a', 10));
	possible_copy(&copy, &r.p, 3 * CHUNK_SIZE + 5, CHUNK_SIZE);
	free(possible_stretches(&copy, &nr));
	assert_int_equal(nr, 2);
	possible_free(&copy);
	possible_copy(&copy, &r.p, 0, UINT64_MAX);
	free(possible_stretches(&copy, &nr));
	assert_int_equal(nr, 8);
	possible_free(&copy);
	possible_free(&r.p);
}

static void stretches_are_joined_and_not_too_long(void **state)
{
	struct rig r = {0};
	struct stretch *s;
	size_t nr;

	(void)state;
	acknowledge(&r, begin(&r, 20 * CHUNK_SIZE, 'd', 1));
	acknowledge(&r, begin(&r, 100, 'a', 100));
	give_up(&r, begin(&r, 150, 'b', 100)); /* unsure, and partly written before */
	acknowledge(&r, begin(&r, 1000, 'c', 6 * CHUNK_SIZE));
	s = possible_stretches(&r.p, &nr);
	assert_int_equal(nr, 4);
	assert_int_equal(s[0].offset, 100);
	assert_int_equal(s[0].len, 150);
	assert_int_equal(s[1].offset, 1000);
	assert_true(s[1].len <= STRETCH_MAX);
	assert_int_equal(s[2].offset, s[1].offset + s[1].len);
	assert_int_equal(s[1].len + s[2].len, 6 * CHUNK_SIZE);
	assert_int_equal(s[3].offset, 20 * CHUNK_SIZE);
	free(s);
	possible_free(&r.p);
}

int possible_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_acknowledged_write_must_be_there),
		cmocka_unit_test(what_is_known_to_be_empty_must_be_zero),
		cmocka_unit_test(a_write_under_way_may_be_there_or_not),
		cmocka_unit_test(a_failed_write_may_be_there_until_it_is_overwritten),
		cmocka_unit_test(writes_at_the_same_time_may_come_in_either_order),
		cmocka_unit_test(a_write_that_may_yet_come_stays_possible),
		cmocka_unit_test(what_was_seen_is_settled),
		cmocka_unit_test(a_withdrawn_write_was_never_there),
		cmocka_unit_test(a_write_shows_as_a_whole_in_each_object_only),
		cmocka_unit_test(strips_of_a_coded_object_may_be_mixed),
		cmocka_unit_test(a_copy_knows_what_was_possible_then),
		cmocka_unit_test(a_copy_of_a_range_has_its_chunks),
		cmocka_unit_test(stretches_are_joined_and_not_too_long),
	};

	return cmocka_run_group_tests_name("possible", tests, NULL, NULL);
}
