/*
 * Cluster operations: which result is whose, and what effects are given. That they come one after
 * the other, and in one order, is shown by scenarios.
 */
#include "recovery_watch.h"

#include "sheep/recovery_internal.h"

static uint32_t alter_cluster_copies(struct cluster *c, uint8_t copies)
{
	struct req q;
	uint32_t result;

	req_init(&q, SD_OP_ALTER_CLUSTER_COPY);
	q.cluster.copies = copies;
	result = ask_result(c, 0, &q, NULL);
	cluster_settle(c);
	return result;
}

/*
 * Nobody's dog sends it, but whoever does must not bring down a node: what has no copies is stored
 * nowhere, and whoever wants it gets an error.
 */
static void what_has_no_copies_is_refused(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct req q = req_new_vdi(0, 0);
	uint64_t oid = sd_vid_to_data_oid(77, 0); /* of no VDI, so the default counts (R310) */
	uint32_t result;

	(void)state;
	assert_int_equal(alter_cluster_copies(c, 0), SD_RES_SUCCESS);
	assert_int_equal(ask_result(c, 0, &q, name_payload("alpha")), SD_RES_VDI_WRITE);
	assert_int_equal(write_object(c, 0, SD_OP_CREATE_AND_WRITE_OBJ, oid, 0, blob_zero(512), 0),
			 SD_RES_SYSTEM_ERROR);
	assert_null(read_object(c, 0, oid, 0, 512, 0, &result));
	assert_int_equal(result, SD_RES_SYSTEM_ERROR);
	cluster_close(c);
}

/* ------------------------------------------------------------------ effects */

static uint32_t plain_ask(struct cluster *c, int i, uint8_t opcode)
{
	struct req q;

	req_init(&q, opcode);
	q.data_length = SD_MAX_NODES * NODE_RECORD_SIZE;
	return ask_result(c, i, &q, NULL);
}

/* R437: the body's result is answered, and no member does anything. */
static void what_a_body_has_refused_has_no_effect(void **state)
{
	struct cluster *c = cluster_open(3, 2, 0);

	(void)state;
	assert_int_equal(plain_ask(c, 1, SD_OP_FORCE_RECOVER), SD_RES_FORCE_RECOVER);
	cluster_settle(c);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(c->node[i].sheep->ci.epoch, 1);
		assert_null(c->node[i].sheep->run);
	}
	cluster_close(c);
}

/* R437: of an effect that differs from node to node a client hears that of the node it has asked.
 */
static void a_client_hears_what_the_effect_was_on_its_own_node(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	struct fault_filter *f;
	struct ask *at_0, *at_1;
	struct req q;

	(void)state;
	f = filter_begin(c, FAULT_HOLD, -1, 0, SD_OP_GET_OBJ_LIST, 1); /* its run does not end */
	cluster_start(c, 3);
	cluster_run(c, 1000 * MSEC);
	assert_non_null(c->node[0].sheep->run);
	assert_null(c->node[1].sheep->run);
	req_init(&q, SD_OP_CLEANUP);
	at_0 = ask_begin(c, 0, &q, NULL);
	at_1 = ask_begin(c, 1, &q, NULL);
	cluster_run(c, 1000 * MSEC);
	assert_true(at_0->answered && at_1->answered);
	assert_int_equal(ask_end(c, at_0).p.result, SD_RES_NODE_IN_RECOVERY);
	assert_int_equal(ask_end(c, at_1).p.result, SD_RES_SUCCESS);
	filter_end(c, f);
	cluster_settle(c);
	cluster_close(c);
}

/* R438: with the flag WRITE, what the client has sent: here the name of the store. */
static void effects_get_what_the_request_brings(void **state)
{
	struct cluster *c = cluster_open(3, 2, 0);
	struct req q;

	(void)state;
	req_init(&q, SD_OP_MAKE_FS);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 5;
	q.cluster.copies = 2;
	q.cluster.flags = SD_CLUSTER_FLAG_AUTO_VNODES;
	q.cluster.ctime = 0x6b02954600000002;
	assert_int_equal(ask_result(c, 1, &q, blob_new("tree", 5)), SD_RES_SUCCESS);
	cluster_settle(c);
	for (int i = 0; i < 3; i++)
		assert_string_equal(c->node[i].sheep->ci.default_store, "tree");
	cluster_close(c);
}

/* R438: without it, what the body has produced: here the members that were waited for (R235). */
static void or_effects_get_what_the_body_has_produced(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);

	(void)state;
	for (int i = 0; i < 3; i++)
		cluster_kill(c, i);
	cluster_settle(c);
	cluster_start(c, 0);
	cluster_start(c, 1);
	cluster_run(c, 1000 * MSEC);
	assert_int_equal(c->node[1].sheep->ci.status, SD_STATUS_WAIT);
	assert_int_equal(plain_ask(c, 1, SD_OP_FORCE_RECOVER), SD_RES_SUCCESS);
	for (int i = 0; i < 2; i++) {
		struct run *run = c->node[i].sheep->run;

		assert_int_equal(c->node[i].sheep->ci.status, SD_STATUS_OK);
		assert_non_null(run);
		assert_int_equal(view_members(run->old)->nr, 3);
		assert_int_equal(view_members(run->now)->nr, 2);
	}
	cluster_settle(c);
	cluster_close(c);
}

int cluster_ops_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_no_copies_is_refused),
		cmocka_unit_test(what_a_body_has_refused_has_no_effect),
		cmocka_unit_test(a_client_hears_what_the_effect_was_on_its_own_node),
		cmocka_unit_test(effects_get_what_the_request_brings),
		cmocka_unit_test(or_effects_get_what_the_body_has_produced),
	};

	return cmocka_run_group_tests_name("cluster_ops", tests, NULL, NULL);
}
