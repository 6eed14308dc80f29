#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check/history.h"

/* A history, and where its violations go. */
struct rig {
	struct universe u;
	struct history *h;
	struct report report;
};

static struct rig *rig_open(void)
{
	struct rig *r = mem_alloc(sizeof *r);

	universe_init(&r->u, 1);
	r->h = history_new(&r->u.trace);
	report_init(&r->report, &r->u.trace);
	report_begin(&r->report, 1);
	return r;
}

static void rig_close(struct rig *r)
{
	report_free(&r->report);
	history_free(r->h);
	universe_free(&r->u);
	free(r);
}

static struct write *begin(struct rig *r, const char *vdi, uint64_t offset, const char *bytes)
{
	struct blob *b = blob_new(bytes, strlen(bytes));
	struct write *w = history_write_begin(r->h, vdi, offset, b);

	blob_unref(b);
	return w;
}

static void write_now(struct rig *r, const char *vdi, uint64_t offset, const char *bytes,
		      enum history_end end)
{
	history_write_end(r->h, vdi, begin(r, vdi, offset, bytes), end);
}

static void read_ends(struct rig *r, struct history_read *read, const char *bytes)
{
	struct blob *b = blob_new(bytes, strlen(bytes));

	history_read_end(r->h, read, HISTORY_OK, b, SD_RES_SUCCESS, "vm");
	blob_unref(b);
}

static void read_now(struct rig *r, const char *vdi, uint64_t offset, const char *bytes)
{
	read_ends(r, history_read_begin(r->h, vdi, offset, strlen(bytes)), bytes);
}

/* The violations since the last call; "" for none. */
static void expect(struct rig *r, const char *lines)
{
	history_report(r->h, &r->report);
	assert_string_equal(text_get(&r->report.lines), lines);
	assert_int_equal(r->report.violated, *lines ? 1 : 0);
	text_clear(&r->report.lines);
	r->report.violated = 0;
}

static void reads_of_what_was_written_hold(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	write_now(r, "alpha", 0, "abcd", HISTORY_OK);
	read_now(r, "alpha", 0, "abcd");
	read_now(r, "beta", 0, "????");
	expect(r, "");
	read_now(r, "alpha", 0, "abXd");
	expect(r, "I1: vm read alpha from 0 on: byte 2 is 58, which is not what was acknowledged "
		  "last\n");
	expect(r, "");
	rig_close(r);
}

static void a_new_vdi_is_empty(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	write_now(r, "alpha", 0, "abcd", HISTORY_OK);
	history_gone(r->h, "alpha");
	read_now(r, "alpha", 0, "xxxx");
	expect(r, "");
	history_created(r->h, "alpha");
	read_now(r, "alpha", 4, "x");
	expect(r, "I1: vm read alpha from 4 on: byte 4 is 78, which is not what was acknowledged "
		  "last\n");
	history_formatted(r->h);
	read_now(r, "alpha", 4, "x");
	expect(r, "");
	rig_close(r);
}

static void a_read_may_show_what_was_written_meanwhile(void **state)
{
	struct rig *r = rig_open();
	struct history_read *before, *between, *after;
	struct write *w;

	(void)state;
	write_now(r, "alpha", 0, "aaaa", HISTORY_OK);
	before = history_read_begin(r->h, "alpha", 0, 4);
	w = begin(r, "alpha", 0, "bbbb");
	between = history_read_begin(r->h, "alpha", 0, 4);
	history_write_end(r->h, "alpha", w, HISTORY_OK);
	after = history_read_begin(r->h, "alpha", 0, 4);
	read_ends(r, before, "aaaa");
	read_ends(r, between, "aaaa");
	expect(r, "");
	read_ends(r, after, "aaaa");
	expect(r, "I1: vm read alpha from 0 on: byte 0 is 61, which is not what was acknowledged "
		  "last\n");
	rig_close(r);
}

static void a_lost_write_may_come_until_all_is_quiet(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	write_now(r, "alpha", 0, "llll", HISTORY_LOST);
	write_now(r, "alpha", 0, "aaaa", HISTORY_OK);
	read_now(r, "alpha", 0, "llll");
	expect(r, "");
	history_quiet(r->h);
	write_now(r, "alpha", 0, "bbbb", HISTORY_OK);
	read_now(r, "alpha", 0, "llll");
	expect(r, "I1: vm read alpha from 0 on: byte 0 is 6c, which is not what was acknowledged "
		  "last\n");
	rig_close(r);
}

static void a_refused_write_was_never_there(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	history_created(r->h, "alpha");
	write_now(r, "alpha", 0, "aaaa", HISTORY_REFUSED);
	read_now(r, "alpha", 0, "a");
	expect(r, "I1: vm read alpha from 0 on: byte 0 is 61, which is not what was acknowledged "
		  "last\n");
	rig_close(r);
}

static void a_snapshot_keeps_what_was_there(void **state)
{
	struct rig *r = rig_open();
	struct history_copy *copy;
	struct write *w;

	(void)state;
	history_created(r->h, "alpha");
	write_now(r, "alpha", 0, "aaaa", HISTORY_OK);
	copy = history_snapshot_begin(r->h, "alpha");
	w = begin(r, "alpha", 0, "bbbb");
	history_write_end(r->h, "alpha", w, HISTORY_OK);
	history_snapshot_end(r->h, copy, "one", HISTORY_OK);
	write_now(r, "alpha", 0, "cccc", HISTORY_OK);
	/* What was written while it was made is in it or not. */
	read_now(r, "alpha:one", 0, "aaaa");
	read_now(r, "alpha:one", 0, "bbbb");
	read_now(r, "alpha", 0, "cccc");
	expect(r, "");
	read_now(r, "alpha:one", 0, "cccc");
	expect(r,
	       "I1: vm read alpha:one from 0 on: byte 0 is 63, which is not what was acknowledged "
	       "last\n");
	/* One that was not made is not known. */
	history_snapshot_end(r->h, history_snapshot_begin(r->h, "alpha"), "two", HISTORY_FAILED);
	read_now(r, "alpha:two", 0, "????");
	expect(r, "");
	rig_close(r);
}

static void an_object_that_is_not_found_is_lost(void **state)
{
	struct rig *r = rig_open();
	struct history_read *read;

	(void)state;
	write_now(r, "alpha", 0, "aaaa", HISTORY_OK);
	read = history_read_begin(r->h, "alpha", 0, 4);
	history_read_end(r->h, read, HISTORY_FAILED, NULL, SD_RES_NO_OBJ, "vm");
	expect(r, "I3: vm read alpha from 0 on and was told that there is no such object\n");
	read = history_read_begin(r->h, "alpha", 0, 4);
	history_read_end(r->h, read, HISTORY_FAILED, NULL, SD_RES_HALT, "vm");
	read = history_read_begin(r->h, "alpha", 0, 4);
	history_gone(r->h, "alpha");
	history_read_end(r->h, read, HISTORY_FAILED, NULL, SD_RES_NO_OBJ, "vm");
	expect(r, "");
	rig_close(r);
}

static void what_is_under_way_at_the_end_is_freed(void **state)
{
	struct rig *r = rig_open();
	struct write *w = begin(r, "alpha", 0, "aaaa");
	struct history_read *read = history_read_begin(r->h, "alpha", 0, 4);

	(void)state;
	write_now(r, "alpha", 0, "llll", HISTORY_LOST);
	history_gone(r->h, "alpha");
	history_write_end(r->h, "alpha", w, HISTORY_LOST);
	history_read_end(r->h, read, HISTORY_LOST, NULL, SD_RES_SUCCESS, "vm");
	rig_close(r);
}

static void long_reports_are_cut(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	for (int i = 0; i < 20; i++)
		report_violation(&r->report, "I2", "number %d", i);
	report_end(&r->report);
	assert_non_null(strstr(text_get(&r->report.lines), "I2: number 11\n    and 8 more of"));
	report_begin(&r->report, 2);
	report_violation(&r->report, "I6", "another");
	report_end(&r->report);
	assert_int_equal(r->report.violated, 3);
	assert_non_null(strstr(text_get(&r->report.lines), "I6: another\n"));
	rig_close(r);
}

int history_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_of_what_was_written_hold),
		cmocka_unit_test(a_new_vdi_is_empty),
		cmocka_unit_test(a_read_may_show_what_was_written_meanwhile),
		cmocka_unit_test(a_lost_write_may_come_until_all_is_quiet),
		cmocka_unit_test(a_refused_write_was_never_there),
		cmocka_unit_test(a_snapshot_keeps_what_was_there),
		cmocka_unit_test(an_object_that_is_not_found_is_lost),
		cmocka_unit_test(what_is_under_way_at_the_end_is_freed),
		cmocka_unit_test(long_reports_are_cut),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
