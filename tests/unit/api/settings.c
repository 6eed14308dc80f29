#include "rig.h"

static void copies_are_those_of_new_vdis_or_of_one(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_cluster_info cluster;
	struct sheepsim_vdi_info vdi;
	struct sheepsim_client *vm;

	(void)state;
	OK(sim, sheepsim_client_open(sim, 0, &vm));
	OK(sim, sheepsim_vdi_create(vm, &(struct sheepsim_vdi){.name = "alpha", .size = 1 << 24}));
	OK(sim, sheepsim_set_copies(sim, -1, 3));
	OK(sim, sheepsim_cluster_info(sim, 2, &cluster));
	assert_int_equal(cluster.copies, 3);
	FAILS(sim, SHEEPSIM_E_INVALID, "so many copies already", sheepsim_set_copies(sim, 1, 3));
	FAILS(sim, SHEEPSIM_E_INVALID, "1 to 31", sheepsim_set_copies(sim, 1, 0));
	FAILS(sim, SHEEPSIM_E_INVALID, "1 to 31", sheepsim_set_copies(sim, 1, 32));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 9", sheepsim_set_copies(sim, 9, 1));

	OK(sim, sheepsim_vdi_lookup(vm, "alpha", NULL, 0, &vdi));
	assert_int_equal(vdi.copies, 2);
	OK(sim, sheepsim_vdi_set_copies(vm, "alpha", 1));
	OK(sim, sheepsim_vdi_lookup(vm, "alpha", NULL, 0, &vdi));
	assert_int_equal(vdi.copies, 1);
	FAILS(sim, SHEEPSIM_E_INVALID, "so many copies", sheepsim_vdi_set_copies(vm, "alpha", 1));
	FAILS(sim, SHEEPSIM_E_INVALID, "1 to 31", sheepsim_vdi_set_copies(vm, "alpha", 0));
	FAILS(sim, SHEEPSIM_E_RESULT, "NO_VDI", sheepsim_vdi_set_copies(vm, "beta", 1));
	FAILS(sim, SHEEPSIM_E_INVALID, "255 bytes", sheepsim_vdi_set_copies(vm, NULL, 1));
	sheepsim_close(sim);
}

static void a_node_has_a_log_level_and_counts(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	struct sheepsim_statistics s;
	struct sheepsim_client *vm;

	(void)state;
	OK(sim, sheepsim_set_loglevel(sim, 1, 3));
	assert_int_equal(sheepsim_loglevel(sim, 1), 3);
	assert_int_equal(sheepsim_loglevel(sim, 0), 7);
	FAILS(sim, SHEEPSIM_E_RESULT, "INVALID_PARMS", sheepsim_set_loglevel(sim, 1, 8));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 2", sheepsim_set_loglevel(sim, 2, 1));
	OK(sim, sheepsim_client_open(sim, 1, &vm));
	OK(sim, sheepsim_vdi_create(vm, &(struct sheepsim_vdi){.name = "alpha", .size = 1 << 24}));
	OK(sim, sheepsim_write(vm, "alpha", 0, "bytes", 5));
	OK(sim, sheepsim_statistics(sim, 0, &s));
	assert_int_equal(s.gateway_total, 0);
	assert_int_equal(s.peer_write, 4); /* the inode, the object, its entry, the reference */
	OK(sim, sheepsim_statistics(sim, 1, &s));
	assert_int_equal(s.gateway_write, 4);
	assert_int_equal(s.gateway_active, 0);
	sheepsim_close(sim);
}

static void a_node_that_does_not_run_can_be_given_other_options(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	struct sheepsim_node_info info;
	struct sheepsim_member members[4];

	(void)state;
	FAILS(sim, SHEEPSIM_E_STATE, "node 0 runs", sheepsim_reconfigure(sim, 0, NULL));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 7", sheepsim_reconfigure(sim, 7, NULL));
	OK(sim, sheepsim_stop(sim, 1));
	OK(sim, sheepsim_run(sim, SHEEPSIM_SECOND));
	FAILS(sim, SHEEPSIM_E_INVALID, "65535",
	      sheepsim_reconfigure(sim, 1, &(struct sheepsim_node){.vnodes = 65536}));
	FAILS(sim, SHEEPSIM_E_INVALID, "15 bytes",
	      sheepsim_reconfigure(sim, 1, &(struct sheepsim_node){.store = "a-very-long-name"}));
	/* sheep itself says no (R204) */
	OK(sim, sheepsim_reconfigure(sim, 1, &(struct sheepsim_node){.vnodes = 10}));
	OK(sim, sheepsim_start(sim, 1));
	OK(sim, sheepsim_run(sim, SHEEPSIM_SECOND));
	OK(sim, sheepsim_node_info(sim, 1, &info));
	assert_int_equal(info.exit_status, 1);
	OK(sim, sheepsim_reconfigure(sim, 1, &(struct sheepsim_node){.zone = 7, .zone_set = true}));
	OK(sim, sheepsim_start(sim, 1));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	assert_int_equal(sheepsim_node_list(sim, 0, members, 4), 2);
	assert_int_equal(members[1].zone, 7);
	sheepsim_close(sim);
}

/* R205, R303: what a node announces of itself. */
static void a_node_announces_what_it_is_told_or_has(void **state)
{
	struct sheepsim *sim = rig_open(0, 0);
	static const struct sheepsim_node nodes[] = {
		{.address = "10.1.2.3", .space = 1 << 30},
		{.address = "10.1.2.4", .space = 1 << 30, .weight = 5u << 30, .zone_set = true},
		{.address = "10.1.2.5", .gateway = true},
	};
	struct sheepsim_member m[4];

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(sheepsim_node_add(sim, &nodes[i]), i);
		OK(sim, sheepsim_start(sim, i));
	}
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	assert_int_equal(sheepsim_node_list(sim, 0, m, 4), 3);
	assert_int_equal(m[0].zone, 0x0302010a);
	assert_int_equal(m[0].space, 1 << 30);
	assert_int_equal(m[1].zone, 0);
	assert_int_equal(m[1].space, 5u << 30);
	assert_int_equal(m[2].space, 0);
	assert_int_equal(m[2].vnodes, 0);
	sheepsim_close(sim);
}

/* R224: a node's own store counts more than the request's; one that does not know it says so. */
static void a_node_can_have_a_store_of_its_own(void **state)
{
	struct sheepsim *sim = rig_open(0, 0);
	static const char *const stores[] = {NULL, "tree", "nosuch"};
	struct sheepsim_cluster_info info;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			sheepsim_node_add(sim, &(struct sheepsim_node){.store = stores[i]}), i);
		OK(sim, sheepsim_start(sim, i));
		OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	}
	OK(sim, sheepsim_format(sim, NULL));
	OK(sim, sheepsim_run(sim, SHEEPSIM_SECOND));
	OK(sim, sheepsim_cluster_info(sim, 0, &info));
	assert_string_equal(info.store, "plain");
	OK(sim, sheepsim_cluster_info(sim, 1, &info));
	assert_string_equal(info.store, "tree");
	OK(sim, sheepsim_cluster_info(sim, 2, &info));
	assert_int_equal(info.status, SD_STATUS_WAIT);
	FAILS(sim, SHEEPSIM_E_RESULT, "NO_STORE",
	      sheepsim_format(sim, &(struct sheepsim_format){.via = 2, .via_set = true}));
	sheepsim_close(sim);
}

/* What one simulation has saved another one can load, also when the first is gone. */
static void snapshots_of_a_cluster_can_be_loaded_elsewhere(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct sheepsim_cluster_info info;
	struct sheepsim_copy *copy;
	char bytes[5];

	(void)state;
	FAILS(sim, SHEEPSIM_E_INVALID, "no VDI has a snapshot",
	      sheepsim_cluster_save(sim, -1, &copy));
	assert_null(copy);
	OK(sim, sheepsim_write(vm, "alpha", 0, "first", 5));
	OK(sim, sheepsim_vdi_snapshot(vm, "alpha", "old"));
	OK(sim, sheepsim_write(vm, "alpha", 0, "other", 5));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "", sheepsim_cluster_save(sim, 7, &copy));
	OK(sim, sheepsim_cluster_save(sim, 1, &copy));
	assert_int_equal(sheepsim_copy_vdis(copy), 1);
	assert_int_equal(sheepsim_copy_objects(copy), 2);
	sheepsim_close(sim);

	sim = rig_open(3, 0);
	FAILS(sim, SHEEPSIM_E_INVALID, "nothing was saved", sheepsim_cluster_load(sim, 0, NULL));
	OK(sim, sheepsim_cluster_load(sim, 2, copy));
	sheepsim_copy_free(copy);
	OK(sim, sheepsim_cluster_info(sim, 0, &info));
	assert_int_equal(info.copies, 2);
	OK(sim, sheepsim_client_open(sim, 1, &vm));
	OK(sim, sheepsim_read(vm, "alpha", 0, bytes, sizeof bytes));
	assert_memory_equal(bytes, "first", sizeof bytes);
	rig_check(sim);
	sheepsim_close(sim);
}

int settings_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_those_of_new_vdis_or_of_one),
		cmocka_unit_test(a_node_has_a_log_level_and_counts),
		cmocka_unit_test(a_node_that_does_not_run_can_be_given_other_options),
		cmocka_unit_test(a_node_announces_what_it_is_told_or_has),
		cmocka_unit_test(a_node_can_have_a_store_of_its_own),
		cmocka_unit_test(snapshots_of_a_cluster_can_be_loaded_elsewhere),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
