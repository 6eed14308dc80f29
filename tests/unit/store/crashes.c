/*
 * Crash loops: the process is killed at its n-th write to the file, for every n, and at any time;
 * and files whose bytes are damaged. What was synced is there again, whole.
 */
#include "tests.h"
#include "base/blob.h"
#include "base/random.h"
#include "killer.h"
#include "store/database.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sheepsim/wire/header.h>

#define STEPS	 24u
#define SYNC	 4u /* steps from one sync to the next */
#define SIZE	 (3 * BLOB_PAGE)
#define CAPACITY (UINT64_C(1) << 30)
#define NR_NODES 2u

static const struct store_disk_config disk = {"/store", CAPACITY};

/* ------------------------------------------------------------------ what a life consists of */

static struct store_key key_at(uint64_t seed, uint64_t step, const char *which)
{
	return strip(sd_vid_to_inode_oid(0) * (random_below(2, seed, which, step, 1, 0)) +
			     random_below(3, seed, which, step, 2, 0),
		     0, (uint32_t)random_below(3, seed, which, step, 3, 0));
}

/* One operation, the same whatever the backend is. */
static void act(struct store *s, uint64_t seed, uint64_t step)
{
	struct store_key k = key_at(seed, step, "one");
	struct store_key other = k;
	struct blob *b = blob_zero(SIZE);
	uint64_t word = random_keyed(seed, "content", step, 0, 0);

	b = blob_write(b, random_below(SIZE - 8, seed, "offset", step, 0, 0), &word, 8);
	other.stale_epoch = (k.stale_epoch + 1) % 3;
	switch (random_below(8, seed, "what", step, 0, 0)) {
	case 0:
		store_rename(s, k, other);
		break;
	case 1:
		store_link(s, k, other);
		break;
	case 2:
		store_delete(s, k);
		break;
	case 3:
		store_log_put(s, (uint32_t)(step % 5 + 1), b);
		break;
	case 4:
		store_config_put(s, &(struct store_config){.ctime = word});
		break;
	case 5:
		store_write(s, k, 0, b);
		break;
	default:
		store_put(s, k, b);
	}
	blob_unref(b);
}

struct names_seen {
	struct store *s;
	uint64_t digest;
};

static void see(void *arg, struct store_key k)
{
	struct names_seen *seen = arg;
	struct blob *b = store_get(seen->s, k);

	seen->digest = random_mix(seen->digest, k.oid);
	seen->digest = random_mix(seen->digest, k.stale_epoch);
	seen->digest = random_mix(seen->digest, blob_digest(b));
	blob_unref(b);
}

/* A number for all that can be seen of a store. */
static uint64_t state_of(struct store *s)
{
	struct names_seen seen = {.s = s};
	struct store_config c;

	store_each(s, see, &seen);
	store_config_get(s, &c);
	seen.digest = random_mix(seen.digest, c.ctime);
	seen.digest = random_mix(seen.digest, store_used(s));
	for (uint32_t epoch = 1; epoch <= store_log_highest(s); epoch++) {
		struct blob *b = store_log_get(s, epoch);

		seen.digest = random_mix(seen.digest, b ? blob_digest(b) : 0);
		blob_unref(b);
	}
	return seen.digest;
}

/* The state after so many steps, of each node. */
static void states_after(uint64_t seed, uint64_t steps, uint64_t state[NR_NODES])
{
	for (uint32_t node = 0; node < NR_NODES; node++) {
		struct store *s = store_memory_new(&disk, 1);

		for (uint64_t step = 0; step < steps; step++)
			act(s, seed + node, step);
		state[node] = state_of(s);
		store_close(s);
	}
}

/* The child: goes on from the step that the file has, and tells each sync that was acknowledged. */
static void work(const char *path, uint64_t seed, int fd)
{
	struct text why = {0};
	struct database *db = database_open(path, DATABASE_ANY, false, &why);
	struct store *s[NR_NODES];
	uint64_t step;

	if (!db)
		_exit(9);
	for (uint32_t node = 0; node < NR_NODES; node++)
		s[node] = database_is_new(db) ? store_database_new(db, node, &disk, 1)
					      : store_database_open(db, node);
	for (step = database_get(db, 0, "step"); step < STEPS; step++) {
		for (uint32_t node = 0; node < NR_NODES; node++)
			act(s[node], seed + node, step);
		if ((step + 1) % SYNC)
			continue;
		database_set(db, 0, "step", step + 1);
		if (!database_sync(db))
			_exit(8);
		if (write(fd, &(uint8_t){(uint8_t)(step + 1)}, 1) != 1)
			_exit(7);
	}
	for (uint32_t node = 0; node < NR_NODES; node++)
		store_close(s[node]);
	database_close(db);
	_exit(0);
}

/* ------------------------------------------------------------------ the parent */

/* Waits for the child; the highest step that it has acknowledged, or what was before. */
static uint64_t acknowledged(int fd, uint64_t before)
{
	uint8_t step;

	while (read(fd, &step, 1) == 1)
		before = step;
	close(fd);
	return before;
}

/* The file has the state after a sync, not before the last one that was acknowledged. */
static void expect_whole(const char *path, uint64_t seed, uint64_t acked)
{
	struct text why = {0};
	struct database *db = database_open(path, DATABASE_ANY, false, &why);
	uint64_t state[NR_NODES], step;

	if (!db)
		fail_msg("%s", text_get(&why));
	step = database_get(db, 0, "step");
	assert_in_range(step, acked, acked + SYNC);
	assert_int_equal(step % SYNC, 0);
	states_after(seed, step, state);
	for (uint32_t node = 0; node < NR_NODES && step > 0; node++) {
		struct store *s = store_database_open(db, node);

		if (!s)
			fail_msg("%s", database_error(db));
		assert_int_equal(state_of(s), state[node]);
		store_close(s);
	}
	assert_null(database_error(db));
	database_close(db);
}

/*
 * A life of the file, killed at its kill-th write (0: never) or after so many us (0: never). False:
 * it came to its end.
 */
static bool life(const char *path, uint64_t seed, uint64_t kill_at, unsigned us, uint64_t *acked)
{
	int fds[2], status = 0;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		killer_arm(kill_at);
		work(path, seed, fds[1]);
	}
	close(fds[1]);
	if (us) {
		usleep(us);
		kill(pid, SIGKILL);
	}
	*acked = acknowledged(fds[0], *acked);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status);
}

static void remove_database(const char *path)
{
	char wal[200];

	snprintf(wal, sizeof(wal), "%s-wal", path);
	unlink(wal);
	unlink(path);
}

static void a_kill_at_any_write_loses_nothing_that_was_synced(void **state)
{
	char path[128];
	bool killed = true;
	uint64_t n;

	(void)state;
	snprintf(path, sizeof(path), "%s", rig_path("crash"));
	for (n = 1; killed; n++) {
		uint64_t acked = 0;

		killed = life(path, 1, n, 0, &acked);
		expect_whole(path, 1, acked);
		/* a second life goes on from there, and ends well */
		if (n % 8 == 0) {
			assert_false(life(path, 1, 0, 0, &acked));
			assert_int_equal(acked, STEPS);
			expect_whole(path, 1, STEPS);
		}
		remove_database(path);
	}
	assert_true(n > 50); /* so many writes there were */
}

static void a_kill_at_any_time_loses_nothing_that_was_synced(void **state)
{
	uint64_t killed = 0;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s", rig_path("crash"));
	for (uint64_t round = 0; round < 20; round++) {
		uint64_t acked = 0;

		/* several lives, one after the other, on one file */
		for (unsigned i = 0; i < 3; i++) {
			killed += life(path, round, 0,
				       (unsigned)random_below(9000, round, "kill", i, 0, 0) + 1,
				       &acked);
			expect_whole(path, round, acked);
		}
		remove_database(path);
	}
	assert_true(killed > 5);
}

/* ------------------------------------------------------------------ damaged files */

/* What an object has, if nothing is wrong; an object that was renamed by the damage does not count.
 */
struct compared {
	struct store *s, *original;
	uint64_t same, none;
};

static void compare(void *arg, struct store_key k)
{
	struct compared *c = arg;
	struct blob *before = store_get(c->original, k);
	struct blob *now = store_get(c->s, k);

	if (before && blob_equal(before, now))
		c->same++;
	else
		c->none++;
	blob_unref(before);
	blob_unref(now);
}

/* The bytes are a database's, or not: it is refused, or has what the original has, or says so. */
static bool expect_refused_or_right(const char *path, struct store *original)
{
	struct text why = {0};
	struct database *db = database_open(path, DATABASE_OLD, true, &why);
	struct compared c = {.original = original};
	bool refused = true;

	if (db && (c.s = store_database_open(db, 0))) {
		store_each(c.s, compare, &c);
		refused = database_error(db) != NULL;
		/* what is different is another name, and no other content */
		if (!refused)
			assert_true(c.none <= 1);
	}
	if (db && !c.s)
		assert_non_null(database_error(db));
	if (!db)
		assert_int_equal(strncmp(text_get(&why), path, strlen(path)), 0);
	store_close(c.s);
	database_close(db);
	text_free(&why);
	return refused;
}

static void put_bytes(const char *path, const char *bytes, size_t len)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static struct store *make_original(const char *path)
{
	struct text why = {0};
	struct database *db = database_open(path, DATABASE_NEW, true, &why);
	struct store *s = store_memory_new(&disk, 1);

	for (uint64_t step = 0; step < 200; step++)
		act(s, 3, step);
	assert_non_null(db);
	store_close(store_database_copy(db, 0, s));
	assert_true(database_sync(db));
	database_close(db);
	return s;
}

static void damage_is_told_and_nothing_is_taken_for_something_else(void **state)
{
	struct store *original;
	char path[128], *bytes;
	struct stat st;
	uint64_t refused = 0;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s", rig_path("damaged"));
	original = make_original(path);
	assert_false(expect_refused_or_right(path, original));
	assert_int_equal(stat(path, &st), 0);
	bytes = malloc((size_t)st.st_size);
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
	close(fd);
	for (off_t at = 0; at < st.st_size; at += 149) {
		bytes[at] ^= (char)(1 << at % 8);
		put_bytes(path, bytes, (size_t)st.st_size);
		refused += expect_refused_or_right(path, original);
		bytes[at] ^= (char)(1 << at % 8);
	}
	assert_true(refused > 20);
	/* cut off somewhere */
	for (off_t len = 0; len < st.st_size; len += 1777) {
		put_bytes(path, bytes, (size_t)len);
		expect_refused_or_right(path, original);
	}
	free(bytes);
	unlink(path);
	store_close(original);
}

int crash_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kill_at_any_write_loses_nothing_that_was_synced),
		cmocka_unit_test(a_kill_at_any_time_loses_nothing_that_was_synced),
		cmocka_unit_test(damage_is_told_and_nothing_is_taken_for_something_else),
	};

	return cmocka_run_group_tests_name("crashes", tests, NULL, NULL);
}
