/* Runs as databases, as a program sees them that reads them meanwhile. */
#include "rig.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

static int set_up(void **state)
{
	char *path = calloc(1, 96);
	const char *tmp = getenv("TMPDIR");
	int fd;

	assert_non_null(path);
	snprintf(path, 96, "%.40s/test_api_record.XXXXXX", tmp ? tmp : "/tmp");
	fd = mkstemp(path); /* empty: becomes a database */
	assert_true(fd >= 0);
	close(fd);
	*state = path;
	return 0;
}

static int tear_down(void **state)
{
	unlink(*state);
	free(*state);
	return 0;
}

/* The number that a query gives, as somebody else who opens the file. */
static uint64_t number(const char *path, const char *query)
{
	sqlite3 *handle;
	sqlite3_stmt *s;
	uint64_t n;

	assert_int_equal(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(handle, query, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	n = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
	return n;
}

static void a_reader_sees_what_was_synced(void **state)
{
	struct sheepsim *sim = rig_open(2, 1);
	uint64_t before;

	OK(sim, sheepsim_record(sim, *state, "a test"));
	FAILS(sim, SHEEPSIM_E_STATE, "recorded already", sheepsim_record(sim, *state, NULL));
	OK(sim, sheepsim_record_sync(sim));
	before = number(*state, "SELECT count(*) FROM event");
	rig_vm(sim, 0);
	OK(sim, sheepsim_record_sync(sim));
	assert_true(number(*state, "SELECT count(*) FROM event") > before + 10);
	assert_int_equal(number(*state, "SELECT count(*) FROM vdi_add"), 2);
	assert_int_equal(
		number(*state,
		       "SELECT min(time) >= start AND start > 0 FROM event JOIN run USING (run)"),
		1);
	assert_int_equal(number(*state, "SELECT count(digest) FROM run"), 0);
	OK(sim, sheepsim_record_stop(sim));
	OK(sim, sheepsim_record_stop(sim)); /* nothing to do any more */
	OK(sim, sheepsim_record_sync(sim));
	before = number(*state, "SELECT count(*) FROM event");
	assert_int_equal(number(*state, "SELECT events FROM run WHERE name = 'a test'"), before);
	OK(sim, sheepsim_kill(sim, 1));
	OK(sim, sheepsim_record(sim, *state, NULL)); /* a second run */
	OK(sim, sheepsim_run(sim, SHEEPSIM_SECOND));
	sheepsim_close(sim);
	assert_int_equal(number(*state, "SELECT count(*) FROM event WHERE run = 1"), before);
	assert_int_equal(number(*state, "SELECT count(digest) FROM run"), 2);
	assert_int_equal(number(*state, "SELECT count(*) FROM node_crash"), 0);
	assert_int_equal(number(*state, "SELECT epoch FROM leave WHERE run = 2"), 1);
}

static void a_run_is_recorded_by_one_at_a_time(void **state)
{
	struct sheepsim *sim = rig_open(1, 0), *other = rig_open(1, 0);

	FAILS(sim, SHEEPSIM_E_INVALID, "no path", sheepsim_record(sim, NULL, NULL));
	FAILS(sim, SHEEPSIM_E_FILE, "/none/x: ", sheepsim_record(sim, "/none/x", NULL));
	OK(sim, sheepsim_record(sim, *state, NULL));
	FAILS(other, SHEEPSIM_E_FILE, "somebody else", sheepsim_record(other, *state, NULL));
	sheepsim_close(sim);
	OK(other, sheepsim_record(other, *state, NULL));
	sheepsim_close(other);
}

static void events_that_find_no_room_end_the_run(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct rlimit limit;

	OK(sim, sheepsim_record(sim, *state, NULL));
	rig_vm(sim, 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = 200 * 1024;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 0; i < 300 && sheepsim_step(sim) >= 0; i++) {
		OK(sim, sheepsim_stop(sim, 2));
		OK(sim, sheepsim_run(sim, SHEEPSIM_SECOND));
		OK(sim, sheepsim_start(sim, 2));
		if (sheepsim_run(sim, SHEEPSIM_SECOND) < 0 || sheepsim_record_sync(sim) < 0)
			break;
	}
	FAILS(sim, SHEEPSIM_E_FILE, *state, sheepsim_run(sim, 1));
	FAILS(sim, SHEEPSIM_E_FILE, *state, sheepsim_record_stop(sim));
	limit.rlim_cur = RLIM_INFINITY;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_DFL);
	OK(sim, sheepsim_run(sim, 1)); /* it goes on without */
	sheepsim_close(sim);
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int record_tests(void)
{
	const struct CMUnitTest tests[] = {
		test(a_reader_sees_what_was_synced),
		test(a_run_is_recorded_by_one_at_a_time),
		test(events_that_find_no_room_end_the_run),
	};

	return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
