/*
 * Cluster operations: what all members do in one order (R436-R439), and settings of the cluster
 * (R224, R237-R241).
 */
#include "cluster.h"

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

int cluster_ops_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_no_copies_is_refused),
	};

	return cmocka_run_group_tests_name("cluster_ops", tests, NULL, NULL);
}
