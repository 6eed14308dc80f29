#include "rig.h"

static void nodes_have_ports_and_zones_of_their_own(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_node_info info = rig_info(sim, 2);

	(void)state;
	assert_int_equal(sheepsim_nodes(sim), 3);
	assert_int_equal(info.state, SHEEPSIM_NODE_MEMBER);
	assert_int_equal(info.status, SD_STATUS_OK);
	assert_int_equal(info.epoch, 1);
	assert_int_equal(info.port, 7002);
	assert_int_equal(info.zone, 3);
	assert_int_equal(info.vnodes, 128);
	assert_int_equal(info.space, UINT64_C(64) << 30);
	assert_int_equal(info.exit_status, -1);
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 3", sheepsim_node_info(sim, 3, &info));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node -1", sheepsim_kill(sim, -1));
	sheepsim_close(sim);
}

static void bad_configurations_are_refused(void **state)
{
	struct sheepsim *sim = rig_open(1, 0);

	(void)state;
	FAILS(sim, SHEEPSIM_E_INVALID, "no IP address",
	      sheepsim_node_add(sim, &(struct sheepsim_node){.address = "localhost"}));
	FAILS(sim, SHEEPSIM_E_INVALID, "is node 0 already",
	      sheepsim_node_add(sim, &(struct sheepsim_node){.port = 7000}));
	FAILS(sim, SHEEPSIM_E_INVALID, "go together",
	      sheepsim_node_add(sim, &(struct sheepsim_node){.io_port = 7000}));
	FAILS(sim, SHEEPSIM_E_INVALID, "taken by node 0",
	      sheepsim_node_add(
		      sim, &(struct sheepsim_node){.io_address = "127.0.0.1", .io_port = 7000}));
	FAILS(sim, SHEEPSIM_E_INVALID, "known are",
	      sheepsim_node_add(sim,
				&(struct sheepsim_node){
					.versions = &(struct sheepsim_versions){.peer = "11"}}));
	FAILS(sim, SHEEPSIM_E_INVALID, "vnodes",
	      sheepsim_node_add(sim, &(struct sheepsim_node){.vnodes = 65536}));
	FAILS(sim, SHEEPSIM_E_INVALID, "64 MiB", /* R817 */
	      sheepsim_node_add(sim, &(struct sheepsim_node){.journal = (64u << 20) - 1}));
	FAILS(sim, SHEEPSIM_E_INVALID, "disks",
	      sheepsim_node_add(sim, &(struct sheepsim_node){.disks = 1000}));
	assert_int_equal(sheepsim_nodes(sim), 1);
	assert_int_equal(OK(sim, sheepsim_node_add(sim, NULL)), 1);
	assert_int_equal(rig_info(sim, 1).state, SHEEPSIM_NODE_OFF);
	sheepsim_close(sim);
}

static void addresses_may_be_of_either_kind(void **state)
{
	struct sheepsim *sim = rig_open(1, 0);
	struct sheepsim_member members[4];

	(void)state;
	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.address = "2001:db8::1",
							       .port = 7007,
							       .zone = 9,
							       .zone_set = true}));
	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.address = "10.0.0.1",
							       .io_address = "10.1.0.1",
							       .io_port = 7100}));
	OK(sim, sheepsim_start(sim, 1));
	OK(sim, sheepsim_start(sim, 2));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	assert_int_equal(OK(sim, sheepsim_node_list(sim, -1, members, 4)), 3);
	assert_string_equal(members[0].address, "10.0.0.1:7002");
	assert_int_equal(members[0].node, 2);
	assert_string_equal(members[1].address, "127.0.0.1:7000");
	assert_string_equal(members[2].address, "[2001:db8::1]:7007");
	assert_int_equal(members[2].zone, 9);
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 3}));
	rig_write(sim, rig_vm(sim, 0), 0, MIB, 1);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_killed_node_is_recovered_from(void **state)
{
	struct sheepsim *sim = rig_open(4, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct sheepsim_counts counts;

	(void)state;
	rig_write(sim, vm, 0, 12 * MIB, 1);
	OK(sim, sheepsim_kill(sim, 3));
	assert_int_equal(rig_info(sim, 3).state, SHEEPSIM_NODE_OFF);
	assert_int_equal(rig_info(sim, 3).epoch, 1);
	FAILS(sim, SHEEPSIM_E_STATE, "does not run", sheepsim_kill(sim, 3));
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 0).epoch, 2);
	rig_expect(sim, vm, "alpha", 0, 12 * MIB, 1);
	rig_check(sim);
	sheepsim_counts(sim, &counts);
	assert_int_equal(counts.faults, 1);
	assert_true(counts.recovered > 0);
	sheepsim_close(sim);
}

static void a_node_comes_back_on_what_it_had(void **state)
{
	struct sheepsim *sim = rig_open(4, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);

	(void)state;
	rig_write(sim, vm, 0, 12 * MIB, 1);
	OK(sim, sheepsim_kill(sim, 3));
	rig_recover(sim);
	rig_write(sim, vm, 4 * MIB, MIB, 2);
	OK(sim, sheepsim_start(sim, 3));
	FAILS(sim, SHEEPSIM_E_STATE, "runs already", sheepsim_start(sim, 3));
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 3).epoch, 3);
	rig_expect(sim, vm, "alpha", 0, 4 * MIB, 1);
	rig_expect(sim, vm, "alpha", 4 * MIB, MIB, 2);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_wiped_node_comes_back_empty(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);

	(void)state;
	rig_write(sim, vm, 0, 8 * MIB, 1);
	FAILS(sim, SHEEPSIM_E_STATE, "node 2 runs", sheepsim_wipe(sim, 2));
	OK(sim, sheepsim_kill(sim, 2));
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 2).live, 3);
	OK(sim, sheepsim_wipe(sim, 2));
	assert_int_equal(rig_info(sim, 2).live, 0);
	assert_int_equal(rig_info(sim, 2).epoch, 0);
	OK(sim, sheepsim_start(sim, 2));
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 2).live, 3);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_stopped_node_leaves_in_order(void **state)
{
	struct sheepsim *sim = rig_open(4, 3);

	(void)state;
	rig_write(sim, rig_vm(sim, 0), 0, 8 * MIB, 1);
	OK(sim, sheepsim_stop(sim, 1));
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 1).state, SHEEPSIM_NODE_OFF);
	assert_int_equal(rig_info(sim, 1).exit_status, 0);
	assert_string_equal(rig_info(sim, 1).exit_reason, "killed");
	assert_int_equal(rig_info(sim, 0).epoch, 2);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_cluster_that_was_shut_down_starts_again(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);

	(void)state;
	rig_write(sim, vm, 0, 8 * MIB, 1);
	OK(sim, sheepsim_shutdown(sim, -1));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rig_info(sim, i).state, SHEEPSIM_NODE_OFF);
		assert_int_equal(rig_info(sim, i).exit_status, 0);
	}
	FAILS(sim, SHEEPSIM_E_STATE, "no node runs", sheepsim_shutdown(sim, -1));
	FAILS(sim, SHEEPSIM_E_STATE, "no node serves",
	      sheepsim_check(sim, SHEEPSIM_CHECK_ALL, NULL));
	for (int i = 2; i >= 0; i--) {
		assert_int_not_equal(rig_info(sim, 0).status, SD_STATUS_OK);
		OK(sim, sheepsim_start(sim, i));
		OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
		assert_int_equal(rig_info(sim, i).status, i ? SD_STATUS_WAIT : SD_STATUS_OK);
	}
	assert_int_equal(rig_info(sim, 0).epoch, 1);
	rig_recover(sim);
	rig_expect(sim, vm, "alpha", 0, 8 * MIB, 1);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_held_node_does_nothing_until_it_is_released(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	uint8_t byte = 1;

	(void)state;
	rig_write(sim, vm, 0, 100, 1);
	OK(sim, sheepsim_hold(sim, 1));
	assert_int_equal(rig_info(sim, 1).state, SHEEPSIM_NODE_HELD);
	OK(sim, sheepsim_write_async(vm, "alpha", 0, &byte, 1, NULL, NULL));
	FAILS(sim, SHEEPSIM_E_NO_PROGRESS, "(held)",
	      sheepsim_run_until(sim, SHEEPSIM_ANSWERED, SHEEPSIM_SECOND));
	OK(sim, sheepsim_release(sim, 1));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, SHEEPSIM_SECOND));
	assert_int_equal(rig_info(sim, 1).state, SHEEPSIM_NODE_MEMBER);
	rig_check(sim);
	OK(sim, sheepsim_hold(sim, 1));
	OK(sim, sheepsim_kill(sim, 1));
	rig_recover(sim);
	sheepsim_close(sim);
}

static void a_node_formatted_elsewhere_is_no_member(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	int node = OK(sim, sheepsim_node_add(sim, NULL));

	(void)state;
	FAILS(sim, SHEEPSIM_E_STATE, "node 1 runs", sheepsim_copy_metadata(sim, 0, 1, 5));
	OK(sim, sheepsim_copy_metadata(sim, 0, node, 12345));
	assert_int_equal(rig_info(sim, node).epoch, 1);
	OK(sim, sheepsim_start(sim, node));
	rig_recover(sim);
	assert_int_equal(rig_info(sim, node).state, SHEEPSIM_NODE_OFF);
	assert_int_equal(rig_info(sim, node).exit_status, 1);
	/* The failed join costs two epochs (R209). */
	assert_int_equal(rig_info(sim, 0).epoch, 3);
	rig_check(sim);
	sheepsim_close(sim);
}

static void stores_can_be_looked_at(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	uint8_t buf[200], expected[100];
	int nodes[8], holder;
	uint64_t oid;

	(void)state;
	rig_write(sim, vm, 50, 100, 3);
	rig_fill(expected, sizeof expected, 3);
	oid = sd_vid_to_data_oid(rig_vid(sim, vm), 0);
	assert_int_equal(OK(sim, sheepsim_holders(sim, 0, oid, 0, nodes, 8)), 2);
	assert_int_equal(OK(sim, sheepsim_holders(sim, 0, oid, 5, nodes, 8)), 3);
	holder = rig_holder(sim, oid);
	assert_true(holder == nodes[0] || holder == nodes[1]);
	assert_int_equal(sheepsim_object_read(sim, holder, oid, 0, 0, 50, buf, 100), 100);
	assert_memory_equal(buf, expected, 100);
	assert_int_equal(sheepsim_object_read(sim, holder, oid, 0, 0, 4 * MIB - 10, buf, 100), 10);
	assert_int_equal(sheepsim_object_read(sim, holder, oid, 0, 0, 5 * MIB, buf, 100), 0);
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no such object",
	      sheepsim_object_read(sim, holder, oid, 0, 7, 0, buf, 100));
	assert_int_equal(OK(sim, sheepsim_objects(sim, holder, NULL, NULL)),
			 rig_info(sim, holder).live);
	assert_int_equal(OK(sim, sheepsim_epoch_log(sim, 1, 1, nodes, 8)), 3);
	assert_int_equal(nodes[2], 2);
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no log", sheepsim_epoch_log(sim, 1, 2, nodes, 8));
	sheepsim_close(sim);
}

static void gateways_hold_nothing(void **state)
{
	struct sheepsim *sim = rig_open(3, 0);
	int node = OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.gateway = true}));
	struct sheepsim_client *vm;

	(void)state;
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 2}));
	OK(sim, sheepsim_start(sim, node));
	rig_recover(sim);
	vm = rig_vm(sim, node);
	rig_write(sim, vm, 0, 8 * MIB, 1);
	rig_expect(sim, vm, "alpha", 0, 8 * MIB, 1);
	assert_int_equal(rig_info(sim, node).vnodes, 0);
	assert_int_equal(rig_info(sim, node).live, 0);
	rig_check(sim);
	sheepsim_close(sim);
}

static void fixed_vnodes_are_what_was_asked_for(void **state)
{
	struct sheepsim *sim = NULL;

	(void)state;
	OK(NULL, sheepsim_open(&sim, NULL));
	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.vnodes = 64}));
	OK(sim, sheepsim_node_add(sim, &(struct sheepsim_node){.vnodes = 200}));
	OK(sim, sheepsim_start(sim, 0));
	OK(sim, sheepsim_start(sim, 1));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	OK(sim, sheepsim_format(sim, NULL));
	assert_int_equal(rig_info(sim, 0).vnodes, 64);
	assert_int_equal(rig_info(sim, 1).vnodes, 200);
	OK(sim, sheepsim_node_add(sim, NULL));
	OK(sim, sheepsim_start(sim, 2));
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 2).state, SHEEPSIM_NODE_OFF);
	FAILS(sim, SHEEPSIM_E_INVALID, "vnodes",
	      (sheepsim_wipe(sim, 2), sheepsim_shutdown(sim, -1),
	       sheepsim_run(sim, SHEEPSIM_SECOND), sheepsim_wipe(sim, 0), sheepsim_start(sim, 0),
	       sheepsim_start(sim, 2), sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND),
	       sheepsim_format(sim, NULL)));
	sheepsim_close(sim);
}

int node_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_have_ports_and_zones_of_their_own),
		cmocka_unit_test(bad_configurations_are_refused),
		cmocka_unit_test(addresses_may_be_of_either_kind),
		cmocka_unit_test(a_killed_node_is_recovered_from),
		cmocka_unit_test(a_node_comes_back_on_what_it_had),
		cmocka_unit_test(a_wiped_node_comes_back_empty),
		cmocka_unit_test(a_stopped_node_leaves_in_order),
		cmocka_unit_test(a_cluster_that_was_shut_down_starts_again),
		cmocka_unit_test(a_held_node_does_nothing_until_it_is_released),
		cmocka_unit_test(a_node_formatted_elsewhere_is_no_member),
		cmocka_unit_test(stores_can_be_looked_at),
		cmocka_unit_test(gateways_hold_nothing),
		cmocka_unit_test(fixed_vnodes_are_what_was_asked_for),
	};

	return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}
