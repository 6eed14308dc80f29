/* Writes to an inode's index, references, ledgers (R630-R634). */
#include "cluster.h"

#include "wire/records_vdi.h"

#define ALPHA	0xed202b    /* home of "alpha" */
#define WORKING (ALPHA + 1) /* of with_snapshot() */

static uint64_t data(uint32_t vid, uint32_t idx)
{
	return sd_vid_to_data_oid(vid, idx);
}

static void put_data(struct cluster *c, uint32_t vid, uint32_t idx)
{
	create_data(c, vid, idx, (uint8_t)(idx + 1));
	assert_int_equal(write_index(c, vid, idx, &vid, 1), SD_RES_SUCCESS);
}

/* alpha with data objects 0 and 1, then a snapshot of it. */
static struct cluster *with_snapshot(int nodes)
{
	struct cluster *c = cluster_open(nodes, 3, 0);

	assert_int_equal(new_vdi(c, 0, "alpha", 0, 0), ALPHA);
	put_data(c, ALPHA, 0);
	put_data(c, ALPHA, 1);
	assert_int_equal(new_vdi(c, 0, "alpha", ALPHA, 1), WORKING);
	cluster_drop_sent(c);
	return c;
}

static uint32_t unmap(struct cluster *c, uint32_t vid, uint32_t idx)
{
	const uint32_t zero = 0;

	return write_index(c, vid, idx, &zero, 1);
}

/* A node without replicas has to read over the network: peer/sizes_write.txt shows what it asks. */
static void an_index_write_reads_the_old_entries_and_zeroes_their_references(void **state)
{
	struct cluster *c = cluster_open(4, 3, 0);
	const char *sent, *entries, *grefs, *write, *zero;
	uint8_t vid[8];

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	cluster_drop_sent(c);
	put_le32(vid, ALPHA);
	put_le32(vid + 4, ALPHA);
	/* node 0 holds no replica of this inode */
	assert_int_equal(write_object(c, 0, SD_OP_WRITE_OBJ, sd_vid_to_inode_oid(ALPHA),
				      INODE_DATA_VIDS + 4 * 3, blob_new(vid, 8), 0),
			 SD_RES_SUCCESS);
	sent = text_get(&c->sent);
	entries = strstr(sent, "READ_PEER flags=FWD epoch=1 oid=80ed202b00000000 off=4676 len=8");
	grefs = strstr(sent, "READ_PEER flags=FWD epoch=1 oid=80ed202b00000000 off=4198992 len=16");
	write = strstr(sent, " WRITE_PEER flags=WRITE epoch=1");
	zero = strstr(sent, " WRITE_PEER flags=WRITE|FWD epoch=1");
	assert_true(entries && grefs && write && zero);
	assert_true(entries < grefs && grefs < write && write < zero);
	cluster_expect_sent(
		c, "WRITE_PEER",
		"0>1 WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 off=4676 len=8 "
		"ec_index=2\n"
		"0>1 WRITE_PEER flags=WRITE|FWD epoch=1 oid=80ed202b00000000 off=4198992 len=16 "
		"ec_index=2\n"
		"0>2 WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 off=4676 len=8\n"
		"0>2 WRITE_PEER flags=WRITE|FWD epoch=1 oid=80ed202b00000000 off=4198992 len=16\n"
		"0>3 WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 off=4676 len=8 "
		"ec_index=1\n"
		"0>3 WRITE_PEER flags=WRITE|FWD epoch=1 oid=80ed202b00000000 off=4198992 len=16 "
		"ec_index=1\n");
	cluster_close(c);
}

/* R632: of generation and count 0 a reference is the object itself. */
static void data_that_nobody_shares_goes_when_its_entry_does(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	put_data(c, ALPHA, 4);
	put_data(c, ALPHA, 5);
	cluster_drop_sent(c);
	assert_int_equal(unmap(c, ALPHA, 4), SD_RES_SUCCESS);
	assert_false(object_exists(c, data(ALPHA, 4)));
	assert_true(object_exists(c, data(ALPHA, 5)));
	cluster_expect_sent(
		c, "REMOVE_PEER DECREF_PEER",
		"0>0 REMOVE_PEER epoch=1 oid=00ed202b00000004 off=0 len=0\n"
		"0>1 REMOVE_PEER epoch=1 oid=00ed202b00000004 off=0 len=0 ec_index=1\n"
		"0>2 REMOVE_PEER epoch=1 oid=00ed202b00000004 off=0 len=0 ec_index=2\n");
	cluster_close(c);
}

/* R632, R633: else it is one of a ledger. */
static void shared_data_stays_until_both_vdis_let_it_go(void **state)
{
	struct cluster *c = with_snapshot(3);
	const uint64_t ledger = sd_data_to_ledger_oid(data(ALPHA, 0));
	uint32_t result;
	struct blob *b;

	(void)state;
	assert_int_equal(unmap(c, WORKING, 0), SD_RES_SUCCESS);
	assert_true(object_exists(c, data(ALPHA, 0)));
	b = read_object(c, 0, ledger, 0, LEDGER_SIZE, 0, &result);
	assert_int_equal(result, SD_RES_SUCCESS);
	assert_int_equal(ledger_count(b, 0), 1);
	assert_int_equal((int32_t)ledger_count(b, 1), -1);
	blob_unref(b);
	assert_int_equal(unmap(c, ALPHA, 0), SD_RES_SUCCESS);
	assert_false(object_exists(c, data(ALPHA, 0)));
	assert_false(object_exists(c, ledger));
	assert_true(object_exists(c, data(ALPHA, 1)));
	cluster_close(c);
}

static void shared_data_stays_too_if_the_snapshot_lets_it_go_first(void **state)
{
	struct cluster *c = with_snapshot(4);

	(void)state;
	assert_int_equal(unmap(c, ALPHA, 1), SD_RES_SUCCESS);
	assert_true(object_exists(c, data(ALPHA, 1)));
	assert_int_equal(unmap(c, WORKING, 1), SD_RES_SUCCESS);
	assert_false(object_exists(c, data(ALPHA, 1)));
	cluster_close(c);
}

/* Snapshots of snapshots and clones: the last one out removes the object, in any order. */
static void a_tree_of_clones_counts_right_in_any_order(void **state)
{
	static const int orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 0, 2}};

	(void)state;
	for (size_t k = 0; k < 4; k++) {
		struct cluster *c = with_snapshot(3);
		uint32_t vid[4] = {ALPHA, WORKING};

		vid[2] = new_vdi(c, 0, "alpha", WORKING, 1);
		vid[3] = new_vdi(c, 0, "clone", WORKING, 0);
		for (int i = 0; i < 4; i++) {
			assert_true(object_exists(c, data(ALPHA, 0)));
			assert_int_equal(unmap(c, vid[orders[k][i]], 0), SD_RES_SUCCESS);
		}
		assert_false(object_exists(c, data(ALPHA, 0)));
		assert_true(object_exists(c, data(ALPHA, 1)));
		cluster_close(c);
	}
}

/* frontend/vdi_write_cow.txt and peer/vdi_write_cow.txt. */
static void copy_on_write_drops_the_reference_of_the_old_object(void **state)
{
	struct cluster *c = with_snapshot(3);

	(void)state;
	create_data(c, WORKING, 0, 9);
	cluster_drop_sent(c);
	assert_int_equal(write_index(c, WORKING, 0, (const uint32_t[]){WORKING}, 1),
			 SD_RES_SUCCESS);
	cluster_expect_sent(
		c, "DECREF_PEER REMOVE_PEER",
		"0>0 DECREF_PEER flags=FWD epoch=1 len=0 oid=08ed202b00000000 generation=1\n"
		"0>1 DECREF_PEER flags=FWD epoch=1 len=0 oid=08ed202b00000000 generation=1\n"
		"0>2 DECREF_PEER flags=FWD epoch=1 len=0 oid=08ed202b00000000 generation=1\n");
	assert_int_equal(read_gref(c, WORKING, 0).generation, 0);
	cluster_close(c);
}

/* R631, R926, appendix C 10: a careless client costs a snapshot its data. */
static void a_write_over_unchanged_entries_wipes_their_references(void **state)
{
	struct cluster *c = with_snapshot(3);
	const uint32_t entries[2] = {WORKING, ALPHA};

	(void)state;
	create_data(c, WORKING, 0, 9);
	assert_int_equal(write_index(c, WORKING, 0, entries, 2), SD_RES_SUCCESS);
	assert_int_equal(read_gref(c, WORKING, 1).generation, 0);
	assert_true(object_exists(c, data(ALPHA, 1)));
	unmap(c, WORKING, 0);
	unmap(c, WORKING, 1);
	assert_true(object_exists(c, data(ALPHA, 0)));
	assert_false(object_exists(c, data(ALPHA, 1)));
	cluster_close(c);
}

/* R630: dropped after the answer, or before it with vid recycling. */
static void references_are_dropped_behind_the_answer_unless_vids_are_recycled(void **state)
{
	(void)state;
	for (int recycle = 0; recycle < 2; recycle++) {
		struct cluster *c = cluster_open(3, 3, recycle ? SD_CLUSTER_FLAG_RECYCLE_VID : 0);
		uint32_t vid = new_vdi(c, 0, "alpha", 0, 0);
		struct store_key k = {.oid = data(vid, 0)};
		int held = 0;

		put_data(c, vid, 0);
		assert_int_equal(write_object(c, 0, SD_OP_WRITE_OBJ, sd_vid_to_inode_oid(vid),
					      INODE_DATA_VIDS, blob_zero(4), 0),
				 SD_RES_SUCCESS);
		for (int i = 0; i < 3; i++)
			held += store_has(c->node[i].store, k);
		assert_int_equal(held, recycle ? 0 : 3);
		cluster_settle(c);
		assert_false(object_exists(c, data(vid, 0)));
		cluster_close(c);
	}
}

static void a_write_of_nothing_into_the_index_is_one(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	cluster_drop_sent(c);
	/* as dog deletes an empty VDI: frontend/lock_locked_delete.txt */
	assert_int_equal(write_object(c, 0, SD_OP_WRITE_OBJ, sd_vid_to_inode_oid(ALPHA),
				      INODE_DATA_VIDS + 8, blob_zero(0), 0),
			 SD_RES_SUCCESS);
	cluster_expect_sent(
		c, "WRITE_PEER",
		"0>0 WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 off=4672 len=0 "
		"ec_index=2\n"
		"0>0 WRITE_PEER flags=WRITE|FWD epoch=1 oid=80ed202b00000000 off=4198984 len=0 "
		"ec_index=2\n"
		"0>1 WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 off=4672 len=0 "
		"ec_index=1\n"
		"0>1 WRITE_PEER flags=WRITE|FWD epoch=1 oid=80ed202b00000000 off=4198984 len=0 "
		"ec_index=1\n"
		"0>2 WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 off=4672 len=0\n"
		"0>2 WRITE_PEER flags=WRITE|FWD epoch=1 oid=80ed202b00000000 off=4198984 len=0\n");
	cluster_close(c);
}

static void an_index_write_to_a_missing_inode_fails(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);

	(void)state;
	assert_int_equal(unmap(c, 0x123456, 0), SD_RES_NO_OBJ);
	cluster_close(c);
}

/* ------------------------------------------------------------------ ledgers (R633) */

static uint32_t decref(struct cluster *c, uint32_t generation, uint32_t count, uint16_t flags)
{
	struct req q;
	uint32_t result;

	req_init(&q, SD_OP_DECREF_OBJ);
	q.flags = flags;
	q.ref.oid = sd_data_to_ledger_oid(data(ALPHA, 0));
	q.ref.generation = generation;
	q.ref.count = count;
	result = ask_result(c, 0, &q, NULL);
	cluster_settle(c);
	return result;
}

/* frontend/raw_decref.txt: a client's own DECREFs end the ledger, but not the object. */
static void a_ledger_that_a_client_ends_leaves_the_object(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);
	const uint64_t ledger = sd_data_to_ledger_oid(data(ALPHA, 0));
	uint32_t result;
	struct blob *b;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	create_data(c, ALPHA, 0, 1);
	assert_int_equal(decref(c, 0, 1, 0), SD_RES_SUCCESS);
	b = read_object(c, 0, ledger, 0, 16, 0, &result);
	assert_int_equal(ledger_count(b, 0), 0);
	assert_int_equal(ledger_count(b, 1), 1);
	blob_unref(b);
	assert_int_equal(decref(c, 1, 0, 0), SD_RES_SUCCESS);
	assert_false(object_exists(c, ledger));
	assert_true(object_exists(c, data(ALPHA, 0)));
	cluster_close(c);
}

/* The first of the ledger's nodes removes the object, and its result is the DECREF's. */
static void the_removal_of_the_object_decides_the_result(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	assert_int_equal(decref(c, 0, 0, SD_FLAG_CMD_FWD), SD_RES_NO_OBJ);
	create_data(c, ALPHA, 0, 1);
	assert_int_equal(decref(c, 0, 0, SD_FLAG_CMD_FWD), SD_RES_SUCCESS);
	assert_false(object_exists(c, data(ALPHA, 0)));
	cluster_close(c);
}

static void a_generation_without_a_next_one_is_refused(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	assert_int_equal(decref(c, LEDGER_GENERATIONS - 1, 0, 0), SD_RES_INVALID_PARMS);
	assert_int_equal(decref(c, LEDGER_GENERATIONS - 2, 1, 0), SD_RES_SUCCESS);
	cluster_close(c);
}

/* One at a time on a node: nothing is lost between reading and writing the ledger. */
static void simultaneous_decrefs_all_count(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);
	struct ask *asks[10];
	struct req q;
	uint32_t result;
	struct blob *b;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	req_init(&q, SD_OP_DECREF_OBJ);
	q.ref.oid = sd_data_to_ledger_oid(data(ALPHA, 0));
	q.ref.generation = 3;
	for (int i = 0; i < 10; i++)
		asks[i] = ask_begin(c, i % 3, &q, NULL);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ask_end(c, asks[i]).p.result, SD_RES_SUCCESS);
	for (int i = 0; i < 3; i++) {
		b = read_object(c, i, q.ref.oid, 0, 16, 0, &result);
		assert_int_equal((int32_t)ledger_count(b, 3), -10);
		blob_unref(b);
	}
	cluster_close(c);
}

int vdi_references_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_index_write_reads_the_old_entries_and_zeroes_their_references),
		cmocka_unit_test(data_that_nobody_shares_goes_when_its_entry_does),
		cmocka_unit_test(shared_data_stays_until_both_vdis_let_it_go),
		cmocka_unit_test(shared_data_stays_too_if_the_snapshot_lets_it_go_first),
		cmocka_unit_test(a_tree_of_clones_counts_right_in_any_order),
		cmocka_unit_test(copy_on_write_drops_the_reference_of_the_old_object),
		cmocka_unit_test(a_write_over_unchanged_entries_wipes_their_references),
		cmocka_unit_test(references_are_dropped_behind_the_answer_unless_vids_are_recycled),
		cmocka_unit_test(a_write_of_nothing_into_the_index_is_one),
		cmocka_unit_test(an_index_write_to_a_missing_inode_fails),
		cmocka_unit_test(a_ledger_that_a_client_ends_leaves_the_object),
		cmocka_unit_test(the_removal_of_the_object_decides_the_result),
		cmocka_unit_test(a_generation_without_a_next_one_is_refused),
		cmocka_unit_test(simultaneous_decrefs_all_count),
	};

	return cmocka_run_group_tests_name("references of data objects", tests, NULL, NULL);
}
