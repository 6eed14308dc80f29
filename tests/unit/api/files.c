/* Clusters in files: saved, closed, opened again; files that fail. */
#include "rig.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A directory of each test, which is gone afterwards with the files in it. */
struct place {
	char dir[64];
	char file[96];	/* the cluster's */
	char other[96]; /* another one */
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	const char *tmp = getenv("TMPDIR");

	assert_non_null(p);
	snprintf(p->dir, sizeof(p->dir), "%.40s/test_api.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->file, sizeof(p->file), "%s/cluster.db", p->dir);
	snprintf(p->other, sizeof(p->other), "%s/other.db", p->dir);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	unlink(p->file);
	unlink(p->other);
	assert_int_equal(rmdir(p->dir), 0); /* nothing else is left behind */
	free(p);
	return 0;
}

/* A new cluster in a file, formatted, with "alpha". */
static struct sheepsim *create(const char *path, unsigned nodes, unsigned copies,
			       struct sheepsim_client **vm)
{
	struct sheepsim *sim;

	OK(NULL, sheepsim_open(&sim, &(struct sheepsim_options){
					     .seed = 1,
					     .nodes = nodes,
					     .store = SHEEPSIM_STORE_SQLITE,
					     .path = path,
				     }));
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = copies}));
	*vm = rig_vm(sim, 0);
	return sim;
}

/* The cluster of a file, in the file or in memory, with all nodes started and joined. */
static struct sheepsim *open_again(const char *path, enum sheepsim_store store)
{
	struct sheepsim *sim;

	OK(NULL, sheepsim_open(&sim, &(struct sheepsim_options){.store = store, .path = path}));
	for (int i = 0; i < sheepsim_nodes(sim); i++)
		OK(sim, sheepsim_start(sim, i));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 60 * SHEEPSIM_SECOND));
	return sim;
}

static void expect_alpha(struct sheepsim *sim, uint64_t offset, size_t len, unsigned seed)
{
	struct sheepsim_client *vm;

	OK(sim, sheepsim_client_open(sim, 0, &vm));
	rig_expect(sim, vm, "alpha", offset, len, seed);
	sheepsim_client_close(vm);
}

/* ------------------------------------------------------------------ what comes back */

static void a_cluster_that_was_shut_down_goes_on_where_it_was(void **state)
{
	const struct place *p = *state;
	struct sheepsim_client *vm;
	struct sheepsim *sim = create(p->file, 3, 2, &vm);
	uint64_t now;

	rig_write(sim, vm, 3 * MIB, 2 * MIB, 5);
	OK(sim, sheepsim_shutdown(sim, -1));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	now = sheepsim_now(sim);
	sheepsim_close(sim);

	OK(NULL, sheepsim_open(&sim, &(struct sheepsim_options){.store = SHEEPSIM_STORE_SQLITE,
								.path = p->file}));
	assert_int_equal(sheepsim_now(sim), now);
	assert_int_equal(sheepsim_nodes(sim), 3);
	assert_int_equal(rig_info(sim, 1).state, SHEEPSIM_NODE_OFF);
	assert_int_equal(rig_info(sim, 1).exit_status, 0);
	assert_string_equal(rig_info(sim, 1).exit_reason, "shut down");
	assert_int_equal(rig_info(sim, 2).zone, 3);
	sheepsim_close(sim);

	sim = open_again(p->file, SHEEPSIM_STORE_SQLITE);
	assert_int_equal(rig_info(sim, 0).epoch, 1); /* R229: nothing was to be done */
	assert_int_equal(rig_info(sim, 0).status, SD_STATUS_OK);
	expect_alpha(sim, 3 * MIB, 2 * MIB, 5);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_cluster_that_was_not_shut_down_recovers(void **state)
{
	const struct place *p = *state;
	struct sheepsim_client *vm;
	struct sheepsim *sim = create(p->file, 3, 2, &vm);

	rig_write(sim, vm, 0, 8 * MIB, 5);
	OK(sim, sheepsim_kill(sim, 2));
	/* the leave has come, and recovery has not ended */
	OK(sim, sheepsim_run(sim, 52 * SHEEPSIM_MILLISECOND));
	assert_int_equal(rig_info(sim, 0).epoch, 2);
	assert_true(rig_info(sim, 0).recovering);
	sheepsim_close(sim);

	sim = open_again(p->file, SHEEPSIM_STORE_SQLITE);
	assert_int_equal(rig_info(sim, 0).epoch, 3); /* 2 was not one of them: R230 */
	expect_alpha(sim, 0, 8 * MIB, 5);
	rig_check(sim);
	sheepsim_close(sim);
}

/* What a process does that is killed in the middle of something. */
static void live_and_be_killed(const char *path)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = create(path, 2, 2, &vm);

	rig_write(sim, vm, 0, MIB, 5);
	OK(sim, sheepsim_sync(sim));
	rig_write(sim, vm, 0, 3 * MIB, 6);
	raise(SIGKILL);
}

static void what_came_after_the_last_sync_is_lost_if_the_process_is_killed(void **state)
{
	const struct place *p = *state;
	struct sheepsim *sim;
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		live_and_be_killed(p->file);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	sim = open_again(p->file, SHEEPSIM_STORE_SQLITE);
	expect_alpha(sim, 0, MIB, 5);
	rig_check(sim);
	sheepsim_close(sim);
}

static void closing_syncs(void **state)
{
	const struct place *p = *state;
	struct sheepsim_client *vm;
	struct sheepsim *sim = create(p->file, 2, 2, &vm);

	rig_write(sim, vm, 0, MIB, 5);
	OK(sim, sheepsim_save(sim, p->other));
	rig_write(sim, vm, 0, MIB, 6);
	sheepsim_close(sim);
	sim = open_again(p->other, SHEEPSIM_STORE_SQLITE);
	expect_alpha(sim, 0, MIB, 5); /* as it was when it was saved */
	sheepsim_close(sim);
	sim = open_again(p->file, SHEEPSIM_STORE_SQLITE);
	expect_alpha(sim, 0, MIB, 6);
	sheepsim_close(sim);
}

static void a_saved_cluster_can_be_opened_many_times(void **state)
{
	const struct place *p = *state;
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);

	rig_write(sim, vm, 0, 5 * MIB, 5);
	OK(sim, sheepsim_save(sim, p->other));
	rig_write(sim, vm, 0, 5 * MIB, 6);
	FAILS(sim, SHEEPSIM_E_FILE, "File exists", sheepsim_save(sim, p->other));
	FAILS(sim, SHEEPSIM_E_FILE, "No such file", sheepsim_save(sim, "/none/at/all"));
	FAILS(sim, SHEEPSIM_E_INVALID, "no path", sheepsim_save(sim, NULL));
	expect_alpha(sim, 0, 5 * MIB, 6);
	sheepsim_close(sim);
	for (int i = 0; i < 2; i++) {
		sim = open_again(p->other, SHEEPSIM_STORE_MEMORY);
		expect_alpha(sim, 0, 5 * MIB, 5);
		OK(sim, sheepsim_client_open(sim, 0, &vm));
		rig_write(sim, vm, 0, 5 * MIB, 7);
		OK(sim, sheepsim_sync(sim)); /* of no effect */
		sheepsim_close(sim);
	}
}

static void nodes_come_back_as_they_were_configured(void **state)
{
	const struct place *p = *state;
	struct sheepsim *sim = rig_open(1, 0);
	struct sheepsim_disk disks[8];
	struct sheepsim_node_info info;

	OK(sim, sheepsim_change_quirks(sim, -1, "-stale-read"));
	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){
					       .address = "2001:db8::7",
					       .port = 9000,
					       .io_address = "10.1.2.3",
					       .io_port = 9001,
					       .zone = 77,
					       .zone_set = true,
					       .vnodes = 200,
					       .disks = 2,
					       .space = 1024 * MIB,
					       .weight = 777 * MIB,
				       }));
	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.gateway = true}));
	OK(sim, sheepsim_install(sim, 1, &(struct sheepsim_versions){.peer = "9..10"}));
	OK(sim, sheepsim_disk_add(sim, 1, "/more", 5 * MIB));
	OK(sim, sheepsim_change_quirks(sim, 2, "silent-join"));
	OK(sim, sheepsim_save(sim, p->file));
	sheepsim_close(sim);

	OK(NULL, sheepsim_open(&sim, &(struct sheepsim_options){.path = p->file}));
	info = rig_info(sim, 1);
	assert_int_equal(info.port, 9000);
	assert_int_equal(info.zone, 77);
	assert_int_equal(info.space, 777 * MIB);
	assert_int_equal(sheepsim_disks(sim, 1, disks, 8), 3);
	assert_string_equal(disks[1].path, "/store/1.2");
	assert_int_equal(disks[1].capacity, 512 * MIB);
	assert_string_equal(disks[2].path, "/more");
	assert_false(disks[2].plugged);
	assert_int_equal(sheepsim_has_quirk(sim, 0, "stale-read"), 0);
	assert_int_equal(sheepsim_has_quirk(sim, 1, "silent-join"), 0);
	assert_int_equal(sheepsim_has_quirk(sim, 2, "silent-join"), 1);
	assert_int_equal(sheepsim_node_add(sim, NULL), 3);
	assert_int_equal(sheepsim_has_quirk(sim, 3, "stale-read"), 0);
	for (int i = 0; i < 4; i++)
		OK(sim, sheepsim_start(sim, i));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	assert_int_equal(rig_info(sim, 1).vnodes, 200);
	assert_int_equal(rig_info(sim, 2).vnodes, 0);
	sheepsim_close(sim);
}

/* ------------------------------------------------------------------ the same events */

static uint64_t digest_of_a_life(struct sheepsim *sim, struct sheepsim_client *vm)
{
	uint64_t digest;

	rig_write(sim, vm, MIB, 9 * MIB, 5);
	OK(sim, sheepsim_vdi_snapshot(vm, "alpha", "tag"));
	rig_write(sim, vm, 2 * MIB + 77, 4 * MIB, 6);
	OK(sim, sheepsim_kill(sim, 1));
	rig_recover(sim);
	OK(sim, sheepsim_start(sim, 1));
	rig_recover(sim);
	rig_check(sim);
	digest = sheepsim_digest(sim, true) ^ sheepsim_digest(sim, false);
	sheepsim_close(sim);
	return digest;
}

static void a_file_changes_nothing_of_what_happens(void **state)
{
	const struct place *p = *state;
	struct sheepsim *in_memory = rig_open(4, 3);
	struct sheepsim_client *vm = rig_vm(in_memory, 0);
	uint64_t digest = digest_of_a_life(in_memory, vm);
	struct sheepsim *in_file = create(p->file, 4, 3, &vm);

	assert_int_equal(digest_of_a_life(in_file, vm), digest);
}

/* ------------------------------------------------------------------ what is refused */

static void a_cluster_has_its_own_seed_and_nodes(void **state)
{
	const struct place *p = *state;
	struct sheepsim_options o = {.store = SHEEPSIM_STORE_SQLITE, .path = p->file};
	struct sheepsim_client *vm;
	struct sheepsim *sim = create(p->file, 1, 1, &vm), *second;

	FAILS(NULL, SHEEPSIM_E_FILE, "somebody else has it open", sheepsim_open(&second, &o));
	assert_null(second);
	sheepsim_close(sim);
	o.nodes = 1;
	FAILS(NULL, SHEEPSIM_E_INVALID, "1 nodes of its own", sheepsim_open(&sim, &o));
	o.nodes = 0;
	o.seed = 1;
	FAILS(NULL, SHEEPSIM_E_INVALID, "a seed", sheepsim_open(&sim, &o));
	o = (struct sheepsim_options){.path = p->other};
	FAILS(NULL, SHEEPSIM_E_FILE, "No such file", sheepsim_open(&sim, &o));
	o.path = p->dir;
	FAILS(NULL, SHEEPSIM_E_FILE, p->dir, sheepsim_open(&sim, &o));
}

/* No file of this process may become larger, until the end of the test. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_file_that_fails_ends_the_run_and_keeps_its_last_sync(void **state)
{
	const struct place *p = *state;
	struct sheepsim_client *vm;
	struct sheepsim *sim = create(p->file, 2, 2, &vm);
	static uint8_t buf[16 * MIB];

	rig_write(sim, vm, 0, MIB, 5);
	OK(sim, sheepsim_sync(sim));
	signal(SIGXFSZ, SIG_IGN);
	limit_files(8 * MIB);
	rig_fill(buf, sizeof(buf), 6);
	sheepsim_write(vm, "alpha", 0, buf, sizeof(buf));
	FAILS(sim, SHEEPSIM_E_FILE, p->file, sheepsim_sync(sim));
	FAILS(sim, SHEEPSIM_E_FILE, p->file, sheepsim_run(sim, SHEEPSIM_SECOND));
	FAILS(sim, SHEEPSIM_E_FILE, p->file, sheepsim_step(sim));
	FAILS(sim, SHEEPSIM_E_FILE, p->file, sheepsim_read(vm, "alpha", 0, buf, 512));
	limit_files(RLIM_INFINITY);
	FAILS(sim, SHEEPSIM_E_FILE, p->file, sheepsim_sync(sim)); /* once and for all */
	sheepsim_close(sim);
	signal(SIGXFSZ, SIG_DFL);

	sim = open_again(p->file, SHEEPSIM_STORE_SQLITE);
	expect_alpha(sim, 0, MIB, 5);
	rig_check(sim);
	sheepsim_close(sim);
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int file_tests(void)
{
	const struct CMUnitTest tests[] = {
		test(a_cluster_that_was_shut_down_goes_on_where_it_was),
		test(a_cluster_that_was_not_shut_down_recovers),
		test(what_came_after_the_last_sync_is_lost_if_the_process_is_killed),
		test(closing_syncs),
		test(a_saved_cluster_can_be_opened_many_times),
		test(nodes_come_back_as_they_were_configured),
		test(a_file_changes_nothing_of_what_happens),
		test(a_cluster_has_its_own_seed_and_nodes),
		test(a_file_that_fails_ends_the_run_and_keeps_its_last_sync),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
