/* Disks of nodes: how they are configured, looked at, plugged, unplugged, filled and lost. */
#include "rig.h"

#define MAX 8

static struct sheepsim_disk disks[MAX];

/* Looks at the disks of a node; how many there are is the result. */
static int look(struct sheepsim *sim, int node)
{
	memset(disks, 0, sizeof(disks));
	return OK(sim, sheepsim_disks(sim, node, disks, MAX));
}

/* Three nodes, the first one with two disks, formatted with three copies. */
static struct sheepsim *open_two(void)
{
	struct sheepsim *sim = rig_open(0, 0);

	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.disks = 2, .space = 1024 * MIB}));
	for (int i = 0; i < 3; i++) {
		if (i > 0)
			OK(sim, sheepsim_node_add(sim, NULL));
		OK(sim, sheepsim_start(sim, i));
		OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	}
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 3}));
	return sim;
}

static void nodes_have_the_disks_of_their_configuration(void **state)
{
	struct sheepsim *sim = rig_open(1, 0);

	(void)state;
	assert_int_equal(look(sim, 0), 1);
	assert_string_equal(disks[0].path, "/store/0/obj");
	assert_int_equal(disks[0].capacity, UINT64_C(64) << 30);
	assert_true(disks[0].plugged && !disks[0].lost);

	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.disks = 3, .space = 301}));
	assert_int_equal(look(sim, 1), 3);
	assert_string_equal(disks[0].path, "/store/1.1");
	assert_string_equal(disks[2].path, "/store/1.3");
	assert_int_equal(disks[2].capacity, 100);
	assert_int_equal(rig_info(sim, 1).space, 300);

	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.paths = "/b,/a"}));
	assert_int_equal(look(sim, 2), 2);
	assert_string_equal(disks[0].path, "/b");
	assert_string_equal(disks[1].path, "/a");

	/* a gateway has a disk, too, but announces no space */
	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.gateway = true, .space = MIB}));
	assert_int_equal(look(sim, 3), 1);
	assert_int_equal(disks[0].capacity, MIB);
	assert_int_equal(rig_info(sim, 3).space, 0);
	sheepsim_close(sim);
}

static void bad_disks_are_refused(void **state)
{
	static const char *const paths[] = {"", "/", "relative", "/a/", "/a,", "/a,,/b", "/a,b"};
	struct sheepsim *sim = rig_open(1, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		FAILS(sim, SHEEPSIM_E_INVALID, "is no absolute path",
		      sheepsim_node_add(sim, &(struct sheepsim_node){.paths = paths[i]}));
	FAILS(sim, SHEEPSIM_E_INVALID, "two disks at /a",
	      sheepsim_node_add(sim, &(struct sheepsim_node){.paths = "/a,/b,/a"}));
	FAILS(sim, SHEEPSIM_E_INVALID, "3 disks, but 2 paths",
	      sheepsim_node_add(sim, &(struct sheepsim_node){.paths = "/a,/b", .disks = 3}));
	FAILS(sim, SHEEPSIM_E_INVALID, "more than 64 disks",
	      sheepsim_node_add(sim, &(struct sheepsim_node){.disks = 65}));
	FAILS(sim, SHEEPSIM_E_INVALID, "at most 64 TiB",
	      sheepsim_node_add(sim, &(struct sheepsim_node){.space = UINT64_MAX}));
	assert_int_equal(sheepsim_nodes(sim), 1);
	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.disks = 64}));
	sheepsim_close(sim);
}

static void disks_go_and_come_while_a_node_runs(void **state)
{
	struct sheepsim *sim = open_two();
	struct sheepsim_client *vm = rig_vm(sim, 1);
	struct sheepsim_counts counts;

	(void)state;
	rig_write(sim, vm, 0, 16 * MIB, 1);
	look(sim, 0);
	assert_true(disks[0].live > 0 && disks[1].live > 0);
	assert_int_equal(disks[0].used + disks[0].free, 512 * MIB);

	OK(sim, sheepsim_disk_unplug(sim, 0, "/store/0.1"));
	rig_recover(sim);
	look(sim, 0);
	assert_false(disks[0].plugged);
	assert_int_equal(disks[1].live, 5);
	sheepsim_counts(sim, &counts);
	assert_true(counts.recovered > 0);
	assert_int_equal(counts.epochs, 1);
	rig_check(sim);

	OK(sim, sheepsim_disk_add(sim, 0, "/new", 2048 * MIB));
	assert_int_equal(look(sim, 0), 3);
	assert_int_equal(disks[2].capacity, 2048 * MIB);
	assert_false(disks[2].plugged);
	OK(sim, sheepsim_disk_plug(sim, 0, "/new,/store/0.1,/other"));
	rig_recover(sim);
	assert_int_equal(look(sim, 0), 4);
	assert_int_equal(disks[3].capacity, 512 * MIB); /* as the first one */
	for (int i = 0; i < 4; i++)
		assert_true(disks[i].plugged);
	assert_int_equal(disks[0].live + disks[1].live + disks[2].live + disks[3].live, 5);
	rig_check(sim);

	OK(sim, sheepsim_reweight(sim, -1));
	rig_recover(sim);
	sheepsim_counts(sim, &counts);
	assert_int_equal(counts.epochs, 2);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_node_starts_with_what_its_own_disks_hold(void **state)
{
	struct sheepsim *sim = open_two();
	struct sheepsim_client *vm = rig_vm(sim, 1);

	(void)state;
	rig_write(sim, vm, 0, 16 * MIB, 1);
	OK(sim, sheepsim_disk_plug(sim, 0, "/new"));
	rig_recover(sim);
	OK(sim, sheepsim_kill(sim, 0));
	rig_recover(sim);
	OK(sim, sheepsim_start(sim, 0));
	rig_recover(sim);
	assert_int_equal(look(sim, 0), 3);
	assert_true(disks[0].plugged && disks[1].plugged && !disks[2].plugged);
	rig_check(sim);

	/* wiped, it has only the disks that it was made with */
	OK(sim, sheepsim_kill(sim, 0));
	rig_recover(sim);
	OK(sim, sheepsim_wipe(sim, 0));
	assert_int_equal(look(sim, 0), 2);
	assert_int_equal(disks[0].used + disks[1].used, 0);
	OK(sim, sheepsim_start(sim, 0));
	rig_recover(sim);
	rig_check(sim);
	sheepsim_close(sim);
}

/* After a restart what a disk held when it was unplugged is there twice. */
static void copies_that_a_node_does_not_use_are_not_checked(void **state) /* R703 */
{
	struct sheepsim *sim = open_two();
	struct sheepsim_client *vm = rig_vm(sim, 1);
	struct sheepsim_checked checked;

	(void)state;
	rig_write(sim, vm, 0, 16 * MIB, 1);
	OK(sim, sheepsim_disk_unplug(sim, 0, "/store/0.1"));
	rig_recover(sim);
	OK(sim, sheepsim_shutdown(sim, -1));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	for (int i = 0; i < 3; i++)
		OK(sim, sheepsim_start(sim, i));
	rig_recover(sim);
	look(sim, 0);
	assert_true(disks[0].live > 0 && disks[0].live + disks[1].live > 5);
	OK(sim, sheepsim_check(sim, SHEEPSIM_CHECK_ALL, &checked));
	assert_int_equal(checked.objects, 5);
	assert_int_equal(checked.copies, 3 * 5);
	sheepsim_close(sim);
}

static void lost_disks_are_found_out_when_they_are_used(void **state)
{
	struct sheepsim *sim = open_two();
	struct sheepsim_client *vm = rig_vm(sim, 1);
	struct sheepsim_counts counts;

	(void)state;
	rig_write(sim, vm, 0, 16 * MIB, 1);
	sheepsim_counts(sim, &counts);
	assert_int_equal(counts.faults, 0);
	OK(sim, sheepsim_disk_lose(sim, 0, "/store/0.2"));
	sheepsim_counts(sim, &counts);
	assert_int_equal(counts.faults, 1);
	look(sim, 0);
	assert_true(disks[1].lost && disks[1].plugged && disks[1].used == 0);
	rig_write(sim, vm, 0, 16 * MIB, 2);
	rig_recover(sim);
	look(sim, 0);
	assert_false(disks[1].plugged);
	rig_check(sim);

	OK(sim, sheepsim_disk_lose(sim, 0, "/store/0.1"));
	rig_write(sim, vm, 0, 16 * MIB, 3);
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 0).state, SHEEPSIM_NODE_OFF);
	assert_int_equal(rig_info(sim, 0).exit_status, 0);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_full_disk_is_told_to_the_client(void **state) /* R711 */
{
	struct sheepsim *sim = rig_open(0, 0);
	struct sheepsim_client *vm;
	uint8_t *bytes = calloc(1, 4 * MIB);

	(void)state;
	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.space = 12 * MIB}));
	OK(sim, sheepsim_start(sim, 0));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 1}));
	vm = rig_vm(sim, 0);
	rig_write(sim, vm, 0, 8 * MIB, 1);
	look(sim, 0);
	/* the last 4 MiB lack the inode, the config record and one epoch log */
	assert_int_equal(disks[0].free, 4 * MIB - 5 * 4096);
	FAILS(sim, SHEEPSIM_E_RESULT, "NO_SPACE",
	      sheepsim_write(vm, "alpha", 8 * MIB, bytes, 4 * MIB));
	rig_write(sim, vm, 0, 8 * MIB, 2);
	rig_check(sim);
	sheepsim_close(sim);
	free(bytes);
}

static void calls_on_disks_need_a_disk_and_a_node(void **state)
{
	struct sheepsim *sim = rig_open(1, 1);

	(void)state;
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 7", sheepsim_disks(sim, 7, disks, MAX));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 7", sheepsim_disk_add(sim, 7, "/a", 0));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 7", sheepsim_disk_plug(sim, 7, "/a"));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 7", sheepsim_disk_lose(sim, 7, "/a"));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no disk at /a", sheepsim_disk_lose(sim, 0, "/a"));
	FAILS(sim, SHEEPSIM_E_INVALID, "no absolute path", sheepsim_disk_add(sim, 0, "a", 0));
	FAILS(sim, SHEEPSIM_E_INVALID, "64 TiB", sheepsim_disk_add(sim, 0, "/a", UINT64_MAX));
	FAILS(sim, SHEEPSIM_E_STATE, "already", sheepsim_disk_add(sim, 0, "/store/0/obj", 0));
	FAILS(sim, SHEEPSIM_E_RESULT, "UNKNOWN", sheepsim_disk_plug(sim, 0, "/store/0/obj"));
	FAILS(sim, SHEEPSIM_E_RESULT, "UNKNOWN", sheepsim_disk_unplug(sim, 0, "/a"));
	OK(sim, sheepsim_disk_add(sim, 0, "/a", 0));
	assert_int_equal(look(sim, 0), 2);
	assert_int_equal(disks[1].capacity, disks[0].capacity);
	OK(sim, sheepsim_kill(sim, 0));
	FAILS(sim, SHEEPSIM_E_STATE, "does not run", sheepsim_disk_unplug(sim, 0, "/store/0/obj"));
	OK(sim, sheepsim_disk_lose(sim, 0, "/a"));
	assert_int_equal(OK(sim, sheepsim_disks(sim, 0, NULL, 0)), 2);
	sheepsim_close(sim);
}

/* ------------------------------------------------------------------ crashes and journals */

/* One node, alone, which has a journal or does not sync. */
static struct sheepsim *open_unsynced(struct sheepsim_node config, struct sheepsim_client **vm)
{
	struct sheepsim *sim = rig_open(0, 0);

	OK(sim, sheepsim_node_add(sim, &config));
	OK(sim, sheepsim_start(sim, 0));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 1}));
	*vm = rig_vm(sim, 0);
	rig_write(sim, *vm, 0, MIB, 1);
	return sim;
}

static struct sheepsim_journal journal_of(struct sheepsim *sim)
{
	struct sheepsim_journal j;

	OK(sim, sheepsim_journal(sim, 0, &j));
	return j;
}

static void crash_and_restart(struct sheepsim *sim, unsigned how)
{
	OK(sim, sheepsim_crash(sim, 0, how));
	OK(sim, sheepsim_start(sim, 0));
	rig_recover(sim);
}

static void a_journal_brings_back_what_a_power_cut_took(void **state) /* R713 */
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_unsynced((struct sheepsim_node){.journal = 64 * MIB}, &vm);

	(void)state;
	assert_true(journal_of(sim).on);
	assert_true(journal_of(sim).file[0].entries > 0);
	assert_true(journal_of(sim).file[0].bytes > MIB);
	assert_true(journal_of(sim).unsynced > MIB);
	OK(sim, sheepsim_crash(sim, 0, SHEEPSIM_CRASH_POWER));
	assert_false(journal_of(sim).on);
	assert_int_equal(journal_of(sim).unsynced, 0);
	look(sim, 0);
	assert_int_equal(disks[0].live, 0);
	OK(sim, sheepsim_start(sim, 0));
	rig_recover(sim);
	assert_int_equal(journal_of(sim).file[0].entries, 0);
	rig_expect(sim, vm, "alpha", 0, MIB, 1);
	rig_check(sim);
	sheepsim_close(sim);
}

static void without_one_it_is_lost_and_only_with_the_power(void **state) /* R712 */
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_unsynced((struct sheepsim_node){.nosync = true}, &vm);

	(void)state;
	crash_and_restart(sim, 0);
	rig_expect(sim, vm, "alpha", 0, MIB, 1);
	rig_write(sim, vm, 0, MIB, 2);
	assert_true(journal_of(sim).unsynced > 0);
	crash_and_restart(sim, SHEEPSIM_CRASH_POWER);
	look(sim, 0);
	assert_int_equal(disks[0].live, 0);
	FAILS(sim, SHEEPSIM_E_INVALID, "no such crash", sheepsim_crash(sim, 0, 4));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 7",
	      sheepsim_journal(sim, 7, &(struct sheepsim_journal){0}));
	sheepsim_close(sim);
}

int disk_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_have_the_disks_of_their_configuration),
		cmocka_unit_test(bad_disks_are_refused),
		cmocka_unit_test(disks_go_and_come_while_a_node_runs),
		cmocka_unit_test(a_node_starts_with_what_its_own_disks_hold),
		cmocka_unit_test(copies_that_a_node_does_not_use_are_not_checked),
		cmocka_unit_test(lost_disks_are_found_out_when_they_are_used),
		cmocka_unit_test(a_full_disk_is_told_to_the_client),
		cmocka_unit_test(calls_on_disks_need_a_disk_and_a_node),
		cmocka_unit_test(a_journal_brings_back_what_a_power_cut_took),
		cmocka_unit_test(without_one_it_is_lost_and_only_with_the_power),
	};

	return cmocka_run_group_tests_name("disks", tests, NULL, NULL);
}
