#include "rig.h"

#include <sheepsim/wire/peer.h>

static const struct sheepsim_versions nine = {.peer = "9"}, both = {.peer = "9..10"};

static int add(struct sheepsim *sim, const struct sheepsim_versions *versions)
{
	return sheepsim_node_add(sim, &(struct sheepsim_node){.versions = versions});
}

static void nonsense_is_no_version(void **state)
{
	struct sheepsim *sim = rig_open(1, 0), *none;

	(void)state;
	FAILS(sim, SHEEPSIM_E_INVALID, "known are 8, 9a, 9, 10, and 9..10",
	      add(sim, &(struct sheepsim_versions){.peer = "8..10"}));
	FAILS(sim, SHEEPSIM_E_INVALID, "admin version \"ten\"",
	      add(sim, &(struct sheepsim_versions){.admin = "ten"}));
	FAILS(sim, SHEEPSIM_E_INVALID, "frontend version \"1..3\"",
	      add(sim, &(struct sheepsim_versions){.frontend = "1..3"}));
	FAILS(sim, SHEEPSIM_E_INVALID, "driver version \"0\"",
	      add(sim, &(struct sheepsim_versions){.driver = "0"}));
	FAILS(sim, SHEEPSIM_E_INVALID, "driver version \"2..1\"",
	      add(sim, &(struct sheepsim_versions){.driver = "2..1"}));
	FAILS(sim, SHEEPSIM_E_INVALID, "driver version \"256\"",
	      add(sim, &(struct sheepsim_versions){.driver = "256"}));
	FAILS(sim, SHEEPSIM_E_INVALID, "a sheep of 0.9.3 to 0.9.5 has no fixed number of vnodes",
	      sheepsim_node_add(sim, &(struct sheepsim_node){.versions = &nine, .vnodes = 10}));
	assert_int_equal(sheepsim_nodes(sim), 1);
	FAILS(sim, SHEEPSIM_E_INVALID, "no peer version", sheepsim_set_level(sim, 0, NULL, false));
	FAILS(sim, SHEEPSIM_E_INVALID, "no peer version",
	      sheepsim_set_level(sim, 0, "9..10", true));
	sheepsim_close(sim);
	FAILS(NULL, SHEEPSIM_E_INVALID, "no range of 1 to 255",
	      sheepsim_open(&none, &(struct sheepsim_options){.driver_version = "x"}));
	FAILS(NULL, SHEEPSIM_E_INVALID, "known are",
	      sheepsim_open(&none, &(struct sheepsim_options){
					   .versions = &(struct sheepsim_versions){.peer = "9c"}}));
	assert_null(none);
}

static void the_simulations_versions_are_those_of_nodes_that_say_none(void **state)
{
	struct sheepsim *sim = NULL;
	char text[] = "9..10";
	const struct sheepsim_versions versions = {.peer = text};

	(void)state;
	OK(NULL,
	   sheepsim_open(&sim, &(struct sheepsim_options){.nodes = 1, .versions = &versions}));
	memset(text, '?', sizeof(text) - 1); /* they were read, not kept */
	assert_string_equal(rig_info(sim, 0).peer_version, "10");
	assert_int_equal(add(sim, NULL), 1);
	assert_int_equal(add(sim, &nine), 2);
	OK(sim, sheepsim_set_level(sim, 0, "9", false));
	OK(sim, sheepsim_start(sim, 1));
	OK(sim, sheepsim_start(sim, 2));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	for (int i = 0; i < 3; i++)
		assert_string_equal(rig_info(sim, i).peer_version, "9b");
	FAILS(sim, SHEEPSIM_E_RESULT, "VER_MISMATCH", sheepsim_set_level(sim, 0, "10", false));
	assert_int_equal(sheepsim_result(sim), SD_RES_VER_MISMATCH);
	OK(sim, sheepsim_stop(sim, 2));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	assert_null(rig_info(sim, 2).peer_version);
	OK(sim, sheepsim_set_level(sim, 1, "0x0a", false));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	assert_string_equal(rig_info(sim, 0).peer_version, "10");
	sheepsim_close(sim);
}

static void another_release_is_installed_on_a_node_at_rest(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);

	(void)state;
	rig_write(sim, vm, 0, 8 * MIB, 1);
	FAILS(sim, SHEEPSIM_E_STATE, "node 2 runs", sheepsim_install(sim, 2, &both));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 7", sheepsim_install(sim, 7, &both));
	OK(sim, sheepsim_stop(sim, 2));
	rig_recover(sim);
	FAILS(sim, SHEEPSIM_E_INVALID, "known are",
	      sheepsim_install(sim, 2, &(struct sheepsim_versions){.peer = "1"}));
	OK(sim, sheepsim_install(sim, 2, &nine));
	OK(sim, sheepsim_start(sim, 2));
	rig_recover(sim);
	assert_string_equal(rig_info(sim, 2).exit_reason,
			    "join refused: peer protocol: the node speaks 9b, the cluster 10");
	assert_int_equal(rig_info(sim, 0).epoch, 2);
	OK(sim, sheepsim_install(sim, 2, NULL)); /* what it was */
	OK(sim, sheepsim_start(sim, 2));
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 2).state, SHEEPSIM_NODE_MEMBER);
	rig_expect(sim, vm, "alpha", 0, 8 * MIB, 1);
	rig_check(sim);
	sheepsim_close(sim);
}

/* ------------------------------------------------------------------ what is in byte 0 */

/* Says a request on a connection that is there, and gets the result of the answer. */
static uint32_t result_of(struct sheepsim *sim, struct sheepsim_conn *conn, uint8_t version,
			  uint8_t opcode)
{
	uint8_t head[48] = {version, opcode, [14] = 0x20};
	const uint8_t *payload;
	size_t len;

	OK(sim, sheepsim_conn_send(conn, head, NULL, 0));
	assert_int_equal(
		OK(sim, sheepsim_conn_receive(conn, SHEEPSIM_SECOND, head, &payload, &len)), 1);
	assert_int_equal(head[1], opcode);
	return head[16];
}

static void a_wrong_version_is_answered_and_the_connection_lives_on(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	struct sheepsim_conn *conn;

	(void)state;
	OK(sim, sheepsim_conn_open(sim, 0, &conn));
	for (unsigned version = 0; version < 256; version++) {
		assert_int_equal(result_of(sim, conn, (uint8_t)version, SD_OP_READ_VDIS),
				 version <= 2 ? SD_RES_SUCCESS : SD_RES_VER_MISMATCH);
		assert_int_equal(result_of(sim, conn, (uint8_t)version, SD_OP_GET_OBJ_LIST),
				 version == 10 ? SD_RES_SUCCESS : SD_RES_VER_MISMATCH);
		assert_int_equal(result_of(sim, conn, (uint8_t)version, SD_OP_STAT_SHEEP),
				 version == 10 ? SD_RES_SUCCESS : SD_RES_VER_MISMATCH);
	}
	assert_int_equal(result_of(sim, conn, 2, SD_OP_READ_VDIS), SD_RES_SUCCESS);
	sheepsim_conn_close(conn);
	sheepsim_close(sim);
}

/* Frontend 0..1 is 0.5.1 and older; admin versions need not be those between nodes. */
static void each_protocol_has_a_range_of_its_own(void **state)
{
	struct sheepsim *sim = rig_open(1, 1);
	struct sheepsim_conn *conn;
	int node = OK(sim, add(sim, &(struct sheepsim_versions){
					    .peer = "10", .admin = "9..10", .frontend = "0..1"}));

	(void)state;
	OK(sim, sheepsim_start(sim, node));
	rig_recover(sim);
	OK(sim, sheepsim_conn_open(sim, node, &conn));
	assert_int_equal(result_of(sim, conn, 0, SD_OP_READ_VDIS), SD_RES_SUCCESS);
	assert_int_equal(result_of(sim, conn, 1, SD_OP_READ_VDIS), SD_RES_SUCCESS);
	assert_int_equal(result_of(sim, conn, 2, SD_OP_READ_VDIS), SD_RES_VER_MISMATCH);
	assert_int_equal(result_of(sim, conn, 9, SD_OP_STAT_SHEEP), SD_RES_SUCCESS);
	assert_int_equal(result_of(sim, conn, 10, SD_OP_STAT_SHEEP), SD_RES_SUCCESS);
	assert_int_equal(result_of(sim, conn, 9, SD_OP_GET_OBJ_LIST), SD_RES_VER_MISMATCH);
	assert_int_equal(result_of(sim, conn, 10, SD_OP_GET_OBJ_LIST), SD_RES_SUCCESS);
	sheepsim_conn_close(conn);
	sheepsim_close(sim);
}

static void dog_is_of_a_release_that_all_nodes_understand(void **state)
{
	struct sheepsim *sim = NULL;
	struct sheepsim_cluster_info info;
	uint64_t oids[4];

	(void)state;
	OK(NULL, sheepsim_open(&sim, &(struct sheepsim_options){.seed = 1}));
	OK(sim, add(sim, &nine));
	OK(sim, add(sim, &both));
	for (int i = 0; i < 2; i++) {
		OK(sim, sheepsim_start(sim, i));
		OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	}
	FAILS(sim, SHEEPSIM_E_INVALID, "dog of this release has no such option",
	      sheepsim_format(sim, &(struct sheepsim_format){.copies = 2, .block_size_shift = 23}));
	OK(sim,
	   sheepsim_format(sim, &(struct sheepsim_format){.copies = 2, .via = 1, .via_set = 1}));
	for (int i = 0; i < 2; i++) {
		OK(sim, sheepsim_cluster_info(sim, i, &info));
		assert_int_equal(info.block_size_shift, 22);
		assert_int_equal(info.flags, SD_CLUSTER_FLAG_AUTO_VNODES);
		assert_string_equal(info.store, "plain");
		assert_int_equal(OK(sim, sheepsim_obj_list(sim, i, oids, 4)), 0);
	}
	OK(sim, sheepsim_node_kill(sim, 0));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, SHEEPSIM_SECOND));
	assert_int_equal(rig_info(sim, 0).state, SHEEPSIM_NODE_OFF);
	sheepsim_close(sim);
}

/* ------------------------------------------------------------------ what there is */

static void the_library_tells_what_it_speaks(void **state)
{
	const struct sheepsim_dialect *d;
	char all[1024] = "";
	unsigned i;

	(void)state;
	for (i = 0; (d = sheepsim_dialect(i)) != NULL; i++) {
		assert_non_null(d->releases);
		assert_non_null(d->note);
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s %s%s\n", d->protocol,
			 d->version, d->usual ? " usual" : "");
	}
	assert_null(sheepsim_dialect(i + 1));
	assert_string_equal(all, "frontend 0\nfrontend 1\nfrontend 2 usual\n"
				 "peer 5\npeer 6a\npeer 6b\npeer 7a\npeer 7b\npeer 8\npeer "
				 "9a\npeer 9b\npeer 10 usual\n"
				 "admin 8\nadmin 9a\nadmin 9b\nadmin 10 usual\n"
				 "driver 1 usual\n"
				 "shepherd 1\nshepherd 2\nshepherd 3\n"
				 "corosync 1\ncorosync 2\ncorosync 3\ncorosync 4\ncorosync 5\n"
				 "zookeeper 1\nzookeeper 2\nzookeeper 3\nzookeeper 4\nzookeeper 5\n"
				 "zookeeper 6\nzookeeper 7\n"
				 "local 1\nlocal 2\nlocal 3\nlocal 4\nlocal 5\nlocal 6\n");
}

int version_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nonsense_is_no_version),
		cmocka_unit_test(the_simulations_versions_are_those_of_nodes_that_say_none),
		cmocka_unit_test(another_release_is_installed_on_a_node_at_rest),
		cmocka_unit_test(a_wrong_version_is_answered_and_the_connection_lives_on),
		cmocka_unit_test(each_protocol_has_a_range_of_its_own),
		cmocka_unit_test(dog_is_of_a_release_that_all_nodes_understand),
		cmocka_unit_test(the_library_tells_what_it_speaks),
	};

	return cmocka_run_group_tests_name("api: versions", tests, NULL, NULL);
}
