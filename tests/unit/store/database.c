/* Clusters in files: what is there again after a restart, and what is refused. */
#include "tests.h"
#include "base/blob.h"
#include "base/mem.h"
#include "store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sheepsim/wire/header.h>

#define GIB  (UINT64_C(1) << 30)
#define SIZE (3 * BLOB_PAGE + 100)

static const struct store_disk_config two_disks[] = {{"/a", GIB}, {"/b", GIB}};

static struct database *open_file(enum database_how how)
{
	struct text why = {0};
	struct database *db = database_open(rig_path("file"), how, true, &why);

	if (!db)
		print_error("%s\n", text_get(&why));
	assert_non_null(db);
	text_free(&why);
	return db;
}

/* It is refused, with these words somewhere in what is said, and the path at its beginning. */
static void expect_refused(enum database_how how, const char *words)
{
	struct text why = {0};
	struct database *db = database_open(rig_path("file"), how, true, &why);
	const char *path = rig_path("file");

	assert_null(db);
	if (strncmp(text_get(&why), path, strlen(path)) != 0 || !strstr(text_get(&why), words))
		fail_msg("\"%s\" instead of \"%s\"", text_get(&why), words);
	text_free(&why);
}

static int remove_file(void **state)
{
	(void)state;
	unlink(rig_path("file"));
	unlink(rig_path("file-wal"));
	return 0;
}

static void put(struct store *s, struct store_key k, const char *text)
{
	struct blob *b = blob_write(blob_zero(SIZE), BLOB_PAGE - 1, text, strlen(text));

	assert_int_equal(store_put(s, k, b), SD_RES_SUCCESS);
	blob_unref(b);
}

static void expect(const struct store *s, struct store_key k, uint64_t offset, const char *text)
{
	struct blob *b = store_read(s, k, offset, strlen(text));
	char found[64] = "";

	assert_non_null(b);
	blob_read(b, 0, found, strlen(text));
	assert_string_equal(found, text);
	blob_unref(b);
}

static void sync_and_close(struct database *db, struct store *s)
{
	assert_true(database_sync(db));
	store_close(s);
	database_close(db);
}

/* ------------------------------------------------------------------ what is there again */

static void all_of_a_store_is_there_again(void **state)
{
	struct database *db = open_file(DATABASE_NEW);
	struct store *s = store_database_new(db, 3, two_disks, 2);
	struct store_key one = {.oid = 1, .disk = 1};
	struct store_config c = {.ctime = 7, .clean_shutdown = true, .store_name = "plain"};
	struct blob *log = blob_new("log", 3);
	struct store_disk d;
	uint64_t used;

	(void)state;
	assert_true(database_is_new(db));
	put(s, one, "one");
	put(s, strip(2, 5, 9), "strip");
	put(s, inode(7), "inode");
	assert_int_equal(write_text(s, inode(7), 2 * BLOB_PAGE, "more"), SD_RES_SUCCESS);
	store_config_put(s, &c);
	store_log_put(s, 4, log);
	assert_true(store_unplug(s, 1));
	assert_true(store_plug(s, store_disk_add(s, "/c", GIB)));
	store_disk_lose(s, 2);
	store_disk(s, 1, &d);
	used = d.used;
	sync_and_close(db, s);

	db = open_file(DATABASE_OLD);
	assert_false(database_is_new(db));
	s = store_database_open(db, 3);
	assert_non_null(s);
	store_config_get(s, &c);
	assert_int_equal(c.ctime, 7);
	assert_true(c.clean_shutdown);
	assert_string_equal(c.store_name, "plain");
	assert_int_equal(store_log_highest(s), 4);
	blob_unref(log);
	log = store_log_get(s, 4);
	assert_int_equal(blob_size(log), 3);
	assert_int_equal(store_nr_disks(s), 3);
	store_disk(s, 1, &d);
	assert_false(d.plugged);
	assert_int_equal(d.used, used);
	assert_true(store_disk_is_lost(s, 2));
	store_open(s); /* which plugs 1 and 2 */
	expect(s, one, BLOB_PAGE - 1, "one");
	store_close(s);
	database_close(db);
	blob_unref(log);
}

static void linked_names_are_linked_again(void **state) /* R708 */
{
	struct database *db = open_file(DATABASE_NEW);
	struct store *s = store_database_new(db, 0, two_disks, 1);

	(void)state;
	put(s, stale(1, 4), "old");
	assert_true(store_link(s, stale(1, 4), live(1)));
	sync_and_close(db, s);
	db = open_file(DATABASE_OLD);
	s = store_database_open(db, 0);
	assert_int_equal(store_used(s), 4 * BLOB_PAGE);
	assert_int_equal(write_text(s, live(1), 0, "new"), SD_RES_SUCCESS);
	expect(s, stale(1, 4), 0, "new");
	assert_true(store_delete(s, live(1)));
	expect(s, stale(1, 4), 0, "new");
	store_close(s);
	database_close(db);
}

static void what_was_not_synced_is_lost_as_a_whole(void **state)
{
	struct database *db = open_file(DATABASE_NEW);
	struct store *s = store_database_new(db, 0, two_disks, 1);
	struct blob *log = blob_new("log", 3);

	(void)state;
	put(s, live(1), "kept");
	database_set(db, 0, "time", 5);
	assert_true(database_is_dirty(db));
	assert_true(database_sync(db));
	assert_false(database_is_dirty(db));
	assert_int_equal(write_text(s, live(1), BLOB_PAGE - 1, "lost"), SD_RES_SUCCESS);
	put(s, live(2), "lost");
	store_log_put(s, 1, log);
	database_set(db, 0, "time", 6);
	store_close(s);
	database_close(db);
	db = open_file(DATABASE_OLD);
	s = store_database_open(db, 0);
	expect(s, live(1), BLOB_PAGE - 1, "kept");
	assert_false(store_has(s, live(2)));
	assert_int_equal(store_log_highest(s), 0);
	assert_int_equal(database_get(db, 0, "time"), 5);
	store_close(s);
	database_close(db);
	blob_unref(log);
}

static void facts_are_there_again(void **state)
{
	struct database *db = open_file(DATABASE_NEW);
	char words[8];

	(void)state;
	assert_int_equal(database_nr_nodes(db), 0);
	database_set(db, DATABASE_CLUSTER, "seed", UINT64_MAX);
	assert_int_equal(database_nr_nodes(db), 0);
	database_set(db, 0, "seed", 1);
	database_set_text(db, 1, "words", "as long as it is");
	assert_true(database_sync(db));
	database_close(db);
	db = open_file(DATABASE_OLD);
	assert_int_equal(database_nr_nodes(db), 2);
	assert_int_equal(database_get(db, DATABASE_CLUSTER, "seed"), UINT64_MAX);
	assert_int_equal(database_get(db, 0, "seed"), 1);
	assert_int_equal(database_get(db, 1, "seed"), 0);
	database_get_text(db, 1, "words", words, sizeof(words));
	assert_string_equal(words, "as long");
	database_get_text(db, 0, "words", words, sizeof(words));
	assert_string_equal(words, "");
	database_close(db);
}

/* ------------------------------------------------------------------ how large it is */

static off_t file_size(void)
{
	struct stat st;

	return stat(rig_path("file"), &st) == 0 ? st.st_size : -1;
}

static void sparse_objects_and_shared_logs_take_little(void **state)
{
	struct database *db = open_file(DATABASE_NEW);
	struct store *s[20];
	struct blob *inode_content = blob_write(blob_zero(12 << 20), 5 << 20, "entry", 5);
	struct blob *log = blob_zero(1 << 20);
	off_t size;

	(void)state;
	log = blob_write(log, 0, "log", 3);
	for (uint32_t i = 0; i < 20; i++) {
		s[i] = store_database_new(db, i, two_disks, 1);
		assert_int_equal(store_put(s[i], inode(i), inode_content), SD_RES_SUCCESS);
		store_log_put(s[i], 1, log);
	}
	assert_true(database_sync(db));
	for (uint32_t i = 0; i < 20; i++) {
		store_log_clear(s[i]);
		store_close(s[i]);
	}
	assert_true(database_sync(db));
	database_close(db);
	size = file_size();
	/* the log's megabyte was there once, and is free again */
	assert_in_range(size, 1 << 20, 2 << 20);
	blob_unref(inode_content);
	blob_unref(log);
}

/* ------------------------------------------------------------------ who is refused */

static void make_file(const char *bytes, size_t len)
{
	int fd = open(rig_path("file"), O_CREAT | O_WRONLY | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static char *read_whole(off_t *size)
{
	int fd = open(rig_path("file"), O_RDONLY);
	char *bytes;

	*size = file_size();
	bytes = mem_alloc((size_t)*size + 1);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, (size_t)*size), *size);
	close(fd);
	return bytes;
}

/* As expect_refused(); and the file stays as it is. */
static void expect_refused_unchanged(enum database_how how, const char *words)
{
	off_t size, size_after;
	char *before = read_whole(&size);
	char *after;

	expect_refused(how, words);
	after = read_whole(&size_after);
	assert_int_equal(size, size_after);
	assert_memory_equal(before, after, (size_t)size);
	free(before);
	free(after);
}

static void run_sql(const char *sql)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(rig_path("file"), &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static void files_that_are_none_are_refused(void **state)
{
	(void)state;
	expect_refused(DATABASE_OLD, "No such file");
	assert_int_equal(file_size(), -1);
	make_file("this is text, and more than a header has: .................................."
		  "........................................................................",
		  140);
	expect_refused_unchanged(DATABASE_ANY, "not a database");
	expect_refused_unchanged(DATABASE_NEW, "there already");
	make_file("", 0);
	expect_refused_unchanged(DATABASE_OLD, "no cluster was ever saved");
}

static void databases_of_others_are_refused(void **state)
{
	(void)state;
	run_sql("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)");
	expect_refused_unchanged(DATABASE_ANY, "not of a cluster");
	run_sql("PRAGMA application_id = 5; PRAGMA journal_mode = WAL");
	expect_refused_unchanged(DATABASE_ANY, "not of a cluster");
}

static void other_formats_are_refused(void **state)
{
	struct database *db = open_file(DATABASE_NEW);

	(void)state;
	assert_true(database_sync(db));
	database_close(db);
	run_sql("PRAGMA user_version = 9");
	expect_refused_unchanged(DATABASE_ANY,
				 "a newer sheepsim: its format is 9, this one knows 2");
	run_sql("PRAGMA user_version = 1");
	expect_refused_unchanged(DATABASE_ANY,
				 "an older sheepsim: its format is 1, this one knows 2");
	run_sql("PRAGMA user_version = 0");
	expect_refused_unchanged(DATABASE_ANY, "there is no format 0");
}

static void a_new_file_that_was_never_synced_is_not_left_behind(void **state)
{
	struct database *db = open_file(DATABASE_ANY);

	(void)state;
	database_close(db);
	assert_int_equal(file_size(), -1);
	make_file("", 0);
	db = open_file(DATABASE_ANY);
	assert_true(database_is_new(db));
	assert_true(database_sync(db));
	database_close(db);
	assert_true(file_size() > 0);
	database_close(open_file(DATABASE_OLD));
}

static void one_process_has_it_at_a_time(void **state)
{
	struct database *db = open_file(DATABASE_NEW);
	int status = 0;
	pid_t pid;

	(void)state;
	assert_true(database_sync(db));
	expect_refused(DATABASE_ANY, "somebody else has it open");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct text why = {0};

		_exit(!database_open(rig_path("file"), DATABASE_OLD, true, &why) &&
				      strstr(text_get(&why), "somebody else has it open")
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	database_set(db, 0, "still", 1);
	assert_true(database_sync(db));
	database_close(db);
	database_close(open_file(DATABASE_OLD));
}

#define test(f) cmocka_unit_test_setup_teardown(f, remove_file, remove_file)

int database_tests(void)
{
	const struct CMUnitTest tests[] = {
		test(all_of_a_store_is_there_again),
		test(linked_names_are_linked_again),
		test(what_was_not_synced_is_lost_as_a_whole),
		test(facts_are_there_again),
		test(sparse_objects_and_shared_logs_take_little),
		test(files_that_are_none_are_refused),
		test(databases_of_others_are_refused),
		test(other_formats_are_refused),
		test(a_new_file_that_was_never_synced_is_not_left_behind),
		test(one_process_has_it_at_a_time),
	};

	return cmocka_run_group_tests_name("database", tests, NULL, NULL);
}
