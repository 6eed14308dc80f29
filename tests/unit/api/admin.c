#include "rig.h"

static void a_format_is_what_was_asked_for(void **state)
{
	struct sheepsim *sim = rig_open(3, 0);
	struct sheepsim_cluster_info info;

	(void)state;
	OK(sim, sheepsim_cluster_info(sim, -1, &info));
	assert_int_equal(info.status, SD_STATUS_WAIT);
	assert_int_equal(info.epoch, 0);
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 2,
							       .strict = true,
							       .recycle_vid = true,
							       .block_size_shift = 20,
							       .store = "tree",
							       .via = 2,
							       .via_set = true}));
	for (int i = 0; i < 3; i++) {
		OK(sim, sheepsim_cluster_info(sim, i, &info));
		assert_int_equal(info.status, SD_STATUS_OK);
		assert_int_equal(info.epoch, 1);
		assert_int_equal(info.copies, 2);
		assert_int_equal(info.copy_policy, 0);
		assert_int_equal(info.block_size_shift, 20);
		assert_int_equal(info.members, 3);
		assert_int_equal(info.flags, SD_CLUSTER_FLAG_STRICT | SD_CLUSTER_FLAG_RECYCLE_VID |
						     SD_CLUSTER_FLAG_AUTO_VNODES);
		assert_string_equal(info.store, "tree");
	}
	OK(sim,
	   sheepsim_format(sim, &(struct sheepsim_format){.data_strips = 2, .parity_strips = 1}));
	OK(sim, sheepsim_cluster_info(sim, 0, &info));
	assert_int_equal(info.copies, 3);
	assert_int_equal(info.copy_policy, 0x11);
	assert_string_equal(info.store, "plain");
	sheepsim_close(sim);
}

static void bad_formats_are_refused(void **state)
{
	struct sheepsim *sim = rig_open(2, 0);

	(void)state;
	FAILS(sim, SHEEPSIM_E_INVALID, "31 copies",
	      sheepsim_format(sim, &(struct sheepsim_format){.copies = 32}));
	FAILS(sim, SHEEPSIM_E_INVALID, "15 bytes",
	      sheepsim_format(sim, &(struct sheepsim_format){.store = "a-very-long-name"}));
	FAILS(sim, SHEEPSIM_E_INVALID, "block_size_shift",
	      sheepsim_format(sim, &(struct sheepsim_format){.block_size_shift = 32}));
	FAILS(sim, SHEEPSIM_E_RESULT, "NO_STORE",
	      sheepsim_format(sim, &(struct sheepsim_format){.store = "nosuch"}));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 5",
	      sheepsim_format(sim, &(struct sheepsim_format){.via = 5, .via_set = true}));
	sheepsim_close(sim);
}

static void epochs_are_listed_with_their_members(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_epoch epochs[8];
	struct sheepsim_counts counts;

	(void)state;
	OK(sim, sheepsim_kill(sim, 1));
	rig_recover(sim);
	OK(sim, sheepsim_start(sim, 1));
	rig_recover(sim);
	assert_int_equal(OK(sim, sheepsim_epochs(sim, 2, epochs, 8)), 3);
	assert_int_equal(epochs[0].epoch, 3);
	assert_int_equal(epochs[0].nr, 3);
	assert_int_equal(epochs[1].epoch, 2);
	assert_int_equal(epochs[1].nr, 2);
	assert_int_equal(epochs[1].nodes[0], 0);
	assert_int_equal(epochs[1].nodes[1], 2);
	assert_int_equal(OK(sim, sheepsim_epochs(sim, 2, epochs, 1)), 3);
	sheepsim_counts(sim, &counts);
	assert_int_equal(counts.epochs, 3);
	sheepsim_close(sim);
}

static void recovery_can_be_watched(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_recovery recovery;

	(void)state;
	rig_write(sim, rig_vm(sim, 0), 0, 32 * MIB, 1);
	OK(sim, sheepsim_recovery_info(sim, 1, &recovery));
	assert_false(recovery.in_recovery);
	OK(sim, sheepsim_recover_enable(sim, -1, false));
	OK(sim, sheepsim_kill(sim, 0));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, 10 * SHEEPSIM_SECOND));
	OK(sim, sheepsim_recovery_info(sim, 1, &recovery));
	assert_true(recovery.in_recovery);
	assert_true(recovery.total > 0);
	assert_true(rig_info(sim, 1).recovery_suspended);
	OK(sim, sheepsim_recover_enable(sim, -1, true));
	rig_recover(sim);
	OK(sim, sheepsim_recovery_info(sim, 1, &recovery));
	assert_false(recovery.in_recovery);
	rig_check(sim);
	sheepsim_close(sim);
}

/* R540: one object of each of the two timers of a disk in 100 ms. */
static void recovery_can_be_throttled(void **state)
{
	struct sheepsim *sim = rig_open(2, 1);
	struct sheepsim_recovery slow, fast;

	(void)state;
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "there is no node 2",
	      sheepsim_recover_throttle(sim, 2, 1, SHEEPSIM_MILLISECOND));
	FAILS(sim, SHEEPSIM_E_INVALID, "whole milliseconds",
	      sheepsim_recover_throttle(sim, 1, 1, SHEEPSIM_MICROSECOND));
	rig_write(sim, rig_vm(sim, 0), 0, 64 * MIB, 1);
	OK(sim, sheepsim_node_add(sim, NULL));
	OK(sim, sheepsim_start(sim, 2));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	OK(sim, sheepsim_recover_throttle(sim, 2, 2, 100 * SHEEPSIM_MILLISECOND));
	OK(sim, sheepsim_run(sim, 250 * SHEEPSIM_MILLISECOND));
	OK(sim, sheepsim_recovery_info(sim, 2, &slow));
	assert_true(slow.in_recovery);
	assert_int_equal(slow.finished, 4);
	assert_true(slow.total > 4);
	OK(sim, sheepsim_recover_throttle(sim, 2, 0, 0));
	OK(sim, sheepsim_run(sim, 500 * SHEEPSIM_MILLISECOND));
	OK(sim, sheepsim_recovery_info(sim, 2, &fast));
	assert_false(fast.in_recovery);
	rig_check(sim);
	sheepsim_close(sim);
}

static void object_lists_are_ascending(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	uint64_t oids[8];

	(void)state;
	assert_int_equal(OK(sim, sheepsim_obj_list(sim, 1, oids, 8)), 0);
	rig_write(sim, rig_vm(sim, 0), 0, 12 * MIB, 1);
	assert_int_equal(OK(sim, sheepsim_obj_list(sim, 1, oids, 8)), 4);
	for (int i = 1; i < 4; i++)
		assert_true(oids[i - 1] < oids[i]);
	assert_true(sd_oid_is_inode(oids[3]));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 9", sheepsim_obj_list(sim, 9, oids, 8));
	sheepsim_close(sim);
}

static void a_node_can_be_told_to_go(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);

	(void)state;
	OK(sim, sheepsim_node_kill(sim, 1));
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 1).state, SHEEPSIM_NODE_OFF);
	assert_int_equal(rig_info(sim, 0).epoch, 2);
	FAILS(sim, SHEEPSIM_E_STATE, "does not run", sheepsim_node_kill(sim, 1));
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_cluster_can_be_forced_to_go_on(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);

	(void)state;
	rig_write(sim, vm, 0, 8 * MIB, 1);
	FAILS(sim, SHEEPSIM_E_RESULT, "FORCE_RECOVER", sheepsim_recover_force(sim, -1));
	OK(sim, sheepsim_shutdown(sim, -1));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	OK(sim, sheepsim_start(sim, 0));
	OK(sim, sheepsim_start(sim, 2));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	assert_int_equal(rig_info(sim, 0).status, SD_STATUS_WAIT);
	FAILS(sim, SHEEPSIM_E_RESULT, "WAIT_FOR_JOIN",
	      sheepsim_vdi_create(vm, &(struct sheepsim_vdi){.name = "beta", .size = MIB}));
	OK(sim, sheepsim_recover_force(sim, -1));
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 0).epoch, 2);
	rig_expect(sim, vm, "alpha", 0, 8 * MIB, 1);
	rig_check(sim);
	sheepsim_close(sim);
}

int admin_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_format_is_what_was_asked_for),
		cmocka_unit_test(bad_formats_are_refused),
		cmocka_unit_test(epochs_are_listed_with_their_members),
		cmocka_unit_test(recovery_can_be_watched),
		cmocka_unit_test(recovery_can_be_throttled),
		cmocka_unit_test(object_lists_are_ascending),
		cmocka_unit_test(a_node_can_be_told_to_go),
		cmocka_unit_test(a_cluster_can_be_forced_to_go_on),
	};

	return cmocka_run_group_tests_name("admin", tests, NULL, NULL);
}
