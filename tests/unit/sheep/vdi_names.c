/* Creating, finding, cloning VDIs and taking snapshots of them (R610-R619). */
#include "cluster.h"

#define ALPHA 0xed202b /* home of "alpha" */
#define WRAPS "vol5089059"

static void a_new_vdi_gets_the_hash_of_its_name_and_the_clusters_defaults(void **state)
{
	struct cluster *c = cluster_open(3, 2, 0);
	struct req q = req_new_vdi(0, 0);
	struct answer a = ask(c, 1, &q, name_payload("alpha"));
	struct inode_head head;

	(void)state;
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(a.p.vdi.vdi_id, ALPHA);
	assert_int_equal(a.p.vdi.copies, 2);
	assert_int_equal(a.p.vdi.block_size_shift, 22);
	cluster_settle(c);
	head = read_head(c, ALPHA);
	assert_string_equal(head.name, "alpha");
	assert_string_equal(head.tag, "");
	assert_true(head.create_time >> 32 == 1767225600); /* the simulated wall clock's day */
	assert_true(head.snap_ctime == 0);
	assert_true(head.vdi_size == 16 << 20);
	assert_int_equal(head.nr_copies, 2);
	assert_int_equal(head.block_size_shift, 22);
	assert_int_equal(head.snap_id, 1);
	assert_int_equal(head.vdi_id, ALPHA);
	assert_int_equal(head.parent_vdi_id, 0);
	for (int i = 0; i < 3; i++) {
		assert_true(vdi_in_use(c->node[i].sheep, ALPHA));
		assert_int_equal(vdi_known(c, i, ALPHA).nr_copies, 2);
		assert_false(vdi_known(c, i, ALPHA).snapshot);
		assert_int_equal(lookup(c, i, "alpha", "", 0, SD_RES_SUCCESS), ALPHA);
	}
	cluster_close(c);
}

/* What peer/vdi_create.txt of the captured conversations shows: one full create for each copy. */
static void creating_writes_the_whole_inode_to_each_holder(void **state) /* R615 */
{
	struct cluster *c = cluster_open(3, 3, 0);

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	cluster_expect_sent(
		c, "CREATE_AND_WRITE_PEER WRITE_PEER READ_PEER",
		"0>0 CREATE_AND_WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 off=0 "
		"len=12587576 ec_index=2\n"
		"0>1 CREATE_AND_WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 off=0 "
		"len=12587576 ec_index=1\n"
		"0>2 CREATE_AND_WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 off=0 "
		"len=12587576\n");
	cluster_close(c);
}

static void a_policy_decides_the_number_of_copies(void **state)
{
	struct cluster *c = cluster_open(6, 3, 0);
	struct req q = req_new_vdi(0, 0);
	struct answer a;

	(void)state;
	q.vdi.copies = 3;
	q.vdi.copy_policy = 0x22;
	q.vdi.block_size_shift = 20;
	a = ask(c, 0, &q, name_payload("coded"));
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(a.p.vdi.copies, 6);
	assert_int_equal(a.p.vdi.block_size_shift, 20);
	assert_int_equal(vdi_known(c, 5, a.p.vdi.vdi_id).copy_policy, 0x22);
	assert_int_equal(vdis_max_data_strips(c->node[5].sheep), 4);
	cluster_close(c);
}

static void a_name_that_is_taken_is_refused_with_the_parameters_filled(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);
	struct req q = req_new_vdi(0, 0);
	struct answer a;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	a = ask(c, 2, &q, name_payload("alpha"));
	assert_int_equal(a.p.result, SD_RES_VDI_EXIST);
	assert_int_equal(a.p.vdi.copies, 3);
	assert_int_equal(a.p.vdi.block_size_shift, 22);
	cluster_close(c);
}

static void values_that_cannot_be_are_refused_before_anything_happens(void **state)
{
	struct cluster *c = cluster_open(1, 1, 0);
	struct req q = req_new_vdi(0, 0);
	struct answer a;

	(void)state;
	q.data_length = 512;
	a = ask(c, 0, &q, tag_payload("alpha", "tag"));
	assert_int_equal(a.p.result, SD_RES_INVALID_PARMS);
	assert_int_equal(a.p.vdi.copies, 0);
	q = req_new_vdi(0, 0);
	q.vdi.copy_policy = 0x31; /* six data strips */
	q.vdi.copies = 7;
	assert_int_equal(ask_result(c, 0, &q, name_payload("alpha")), SD_RES_INVALID_PARMS);
	q = req_new_vdi(0, 0);
	q.vdi.block_size_shift = 63;
	assert_int_equal(ask_result(c, 0, &q, name_payload("alpha")), SD_RES_INVALID_PARMS);
	assert_null(vdi_find(c->node[0].sheep, ALPHA));
	q = req_name(SD_OP_GET_VDI_INFO, 300, 0, 0);
	assert_int_equal(ask_result(c, 0, &q, blob_zero(300)), SD_RES_INVALID_PARMS);
	cluster_close(c);
}

/* Two names of one hash (found by search, as in the captured conversations). */
static void names_of_one_hash_get_the_next_free_vid(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);

	(void)state;
	assert_int_equal(new_vdi(c, 0, "vol31959", 0, 0), 0x87347b);
	lookup(c, 0, "vol42584", "", 0, SD_RES_NO_VDI);
	assert_int_equal(new_vdi(c, 0, "vol42584", 0, 0), 0x87347c);
	assert_int_equal(lookup(c, 1, "vol31959", "", 0, SD_RES_SUCCESS), 0x87347b);
	assert_int_equal(lookup(c, 1, "vol42584", "", 0, SD_RES_SUCCESS), 0x87347c);
	cluster_close(c);
}

/* R611: at the end of the vids a lookup goes on at 1; vid 0 is never used. */
static void a_run_of_used_vids_wraps_at_the_end(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);

	(void)state;
	/* its home is the last vid but one */
	assert_int_equal(new_vdi(c, 0, WRAPS, 0, 0), 0xfffffe);
	assert_int_equal(new_vdi(c, 0, WRAPS, 0xfffffe, 1), 0xffffff);
	assert_int_equal(new_vdi(c, 0, WRAPS, 0xffffff, 1), 1);
	assert_int_equal(lookup(c, 1, WRAPS, "", 0, SD_RES_SUCCESS), 1);
	assert_int_equal(lookup(c, 1, WRAPS, "", 1, SD_RES_SUCCESS), 0xfffffe);
	cluster_close(c);
}

/* A vid in use that has no inode: whoever reads it fails. */
static void add_vid_without_inode(struct cluster *c, uint32_t vid)
{
	struct req q;

	req_init(&q, SD_OP_NOTIFY_VDI_ADD);
	q.vdi_state.new_vid = vid;
	q.vdi_state.copies = 2;
	q.vdi_state.set_bitmap = 1;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_SUCCESS);
}

/* R611: where the vids of a name wrap, the second part of them ends where the name begins. */
static void a_lookup_that_wraps_ends_at_the_home_of_the_name(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);

	(void)state;
	assert_int_equal(new_vdi(c, 0, WRAPS, 0, 0), 0xfffffe);
	assert_int_equal(new_vdi(c, 0, WRAPS, 0xfffffe, 1), 0xffffff);
	assert_int_equal(new_vdi(c, 0, WRAPS, 0xffffff, 1), 1);
	add_vid_without_inode(c, 0xfffff0);
	lookup(c, 1, WRAPS, "none", 0, SD_RES_NO_TAG);
	cluster_close(c);
}

static void a_lookup_that_cannot_read_an_inode_fails_with_that_result(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);

	(void)state;
	add_vid_without_inode(c, ALPHA);
	lookup(c, 0, "alpha", "", 0, SD_RES_NO_OBJ);
	cluster_close(c);
}

static void missing_names_tags_and_ids_are_told_apart(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);

	(void)state;
	lookup(c, 0, "alpha", "", 0, SD_RES_NO_VDI);
	lookup(c, 0, "alpha", "tag", 0, SD_RES_NO_VDI);
	lookup(c, 0, "", "", 0, SD_RES_NO_VDI);
	new_vdi(c, 0, "alpha", 0, 0);
	lookup(c, 0, "alpha", "tag", 0, SD_RES_NO_TAG);
	lookup(c, 0, "alpha", "", 9, SD_RES_NO_TAG);
	cluster_close(c);
}

/* Tag, snapshot, and what both VDIs are afterwards. */
static uint32_t snapshot(struct cluster *c, uint32_t vid, const char *tag)
{
	char bytes[256] = {0};

	memcpy(bytes, tag, strlen(tag));
	assert_int_equal(write_object(c, 0, SD_OP_WRITE_OBJ, sd_vid_to_inode_oid(vid), 256,
				      blob_new(bytes, sizeof(bytes)), 0),
			 SD_RES_SUCCESS);
	return new_vdi(c, 0, "alpha", vid, 1);
}

static void with_data(struct cluster *c, uint32_t vid, uint32_t idx)
{
	create_data(c, vid, idx, (uint8_t)(idx + 1));
	assert_int_equal(write_index(c, vid, idx, &vid, 1), SD_RES_SUCCESS);
}

static void a_snapshot_freezes_the_old_vdi_and_the_new_one_goes_on(void **state) /* R617 */
{
	struct cluster *c = cluster_open(3, 3, 0);
	const uint32_t used[] = {0, 1030, INODE_NR_DATA - 1}; /* first and last, and another page */
	struct inode_head old, new;
	uint32_t vid;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	for (int k = 0; k < 3; k++)
		with_data(c, ALPHA, used[k]);
	vid = snapshot(c, ALPHA, "one");
	assert_int_equal(vid, ALPHA + 1);
	old = read_head(c, ALPHA);
	new = read_head(c, vid);
	assert_string_equal(old.tag, "one");
	assert_string_equal(new.tag, "");
	assert_true(old.snap_ctime != 0 && old.snap_ctime == new.create_time);
	assert_true(new.snap_ctime == 0);
	assert_int_equal(new.snap_id, 2);
	assert_int_equal(new.parent_vdi_id, ALPHA);
	for (int k = 0; k < 3; k++) {
		struct gref base = read_gref(c, ALPHA, used[k]);
		struct gref derived = read_gref(c, vid, used[k]);

		assert_int_equal(read_index(c, vid, used[k]), ALPHA);
		assert_true(base.generation == 0 && base.count == 1);
		assert_true(derived.generation == 1 && derived.count == 0);
	}
	assert_true(read_gref(c, ALPHA, 1).count == 0);
	assert_true(read_gref(c, vid, 1).generation == 0);
	for (int i = 0; i < 3; i++) {
		assert_true(vdi_known(c, i, ALPHA).snapshot);
		assert_false(vdi_known(c, i, vid).snapshot);
		assert_int_equal(vdi_known(c, i, vid).parent_vid, ALPHA);
	}
	assert_int_equal(lookup(c, 0, "alpha", "", 0, SD_RES_SUCCESS), vid);
	assert_int_equal(lookup(c, 0, "alpha", "one", 0, SD_RES_SUCCESS), ALPHA);
	assert_int_equal(lookup(c, 0, "alpha", "", 1, SD_RES_SUCCESS), ALPHA);
	cluster_close(c);
}

/* peer/vdi_snapshot.txt: the old inode whole, then the new one; after everybody knows the vid. */
static void a_snapshot_writes_the_old_inode_whole_before_the_new_one(void **state)
{
	struct cluster *c = cluster_open(1, 1, 0);
	const char *sent, *write, *create;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	cluster_drop_sent(c);
	new_vdi(c, 0, "alpha", ALPHA, 1);
	sent = text_get(&c->sent);
	write = strstr(sent, " WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 off=0 "
			     "len=12587576");
	create = strstr(sent, " CREATE_AND_WRITE_PEER flags=WRITE epoch=1 oid=80ed202c00000000 "
			      "off=0 len=12587576");
	assert_non_null(write);
	assert_non_null(create);
	assert_true(write < create);
	cluster_close(c);
}

static void a_clone_counts_references_in_its_base_only(void **state) /* R616 */
{
	struct cluster *c = cluster_open(3, 3, 0);
	uint32_t clone;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	with_data(c, ALPHA, 3);
	snapshot(c, ALPHA, "one");
	cluster_drop_sent(c);
	clone = new_vdi(c, 1, "copy", ALPHA, 0);
	assert_int_equal(clone, 0x84eee4);
	cluster_expect_sent(c, "WRITE_PEER",
			    "1>0 WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 "
			    "off=4198968 len=8388608 ec_index=2\n"
			    "1>1 WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 "
			    "off=4198968 len=8388608 ec_index=1\n"
			    "1>2 WRITE_PEER flags=WRITE epoch=1 oid=80ed202b00000000 "
			    "off=4198968 len=8388608\n");
	assert_int_equal(read_gref(c, ALPHA, 3).count, 2);
	assert_int_equal(read_gref(c, clone, 3).generation, 1);
	assert_int_equal(read_gref(c, clone, 3).count, 0);
	assert_int_equal(read_index(c, clone, 3), ALPHA);
	assert_int_equal(read_head(c, clone).snap_id, 1);
	assert_int_equal(read_head(c, clone).parent_vdi_id, ALPHA);
	assert_int_equal(vdi_known(c, 2, clone).parent_vid, ALPHA);
	cluster_close(c);
}

/* R618, and what the captured restore shows: the current VDI becomes a snapshot, and the parent in
 * the tables; in the inode the parent is the base. */
static void the_rollback_form_freezes_the_current_vdi_and_copies_the_base(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);
	uint32_t current, vid;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	with_data(c, ALPHA, 0);
	current = snapshot(c, ALPHA, "one");
	with_data(c, current, 1);
	vid = new_vdi(c, 0, "alpha", ALPHA, 1);
	assert_int_equal(vid, ALPHA + 2);
	assert_true(read_head(c, current).snap_ctime == read_head(c, vid).create_time);
	assert_int_equal(read_head(c, vid).snap_id, 3);
	assert_int_equal(read_head(c, vid).parent_vdi_id, ALPHA);
	assert_int_equal(read_index(c, vid, 0), ALPHA);
	assert_int_equal(read_index(c, vid, 1), 0);
	assert_true(vdi_known(c, 1, current).snapshot);
	assert_int_equal(vdi_known(c, 1, vid).parent_vid, current);
	assert_int_equal(lookup(c, 0, "alpha", "", 0, SD_RES_SUCCESS), vid);
	cluster_close(c);
}

static void a_deleted_name_goes_on_from_its_last_snapshot(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	uint32_t vid;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	snapshot(c, ALPHA, "one");
	assert_int_equal(del_vdi(c, 0, "alpha", ""), SD_RES_SUCCESS);
	lookup(c, 0, "alpha", "", 0, SD_RES_NO_VDI);
	assert_int_equal(lookup(c, 0, "alpha", "one", 0, SD_RES_SUCCESS), ALPHA);
	vid = new_vdi(c, 0, "alpha", 0, 0);
	assert_int_equal(vid, ALPHA + 2);
	assert_int_equal(read_head(c, vid).snap_id, 2);
	assert_int_equal(read_head(c, vid).parent_vdi_id, 0);
	cluster_close(c);
}

static void a_clone_of_nothing_fails_and_leaves_its_entry_behind(void **state) /* R614, R619 */
{
	struct cluster *c = cluster_open(3, 3, 0);
	struct req q = req_new_vdi(0x123456, 0);

	(void)state;
	assert_int_equal(ask_result(c, 0, &q, name_payload("alpha")), SD_RES_BASE_VDI_READ);
	cluster_settle(c);
	for (int i = 0; i < 3; i++) { /* R614: not undone */
		assert_false(vdi_in_use(c->node[i].sheep, ALPHA));
		assert_false(vdi_known(c, i, ALPHA).snapshot);
		assert_true(vdi_known(c, i, 0x123456).snapshot);
	}
	q = req_new_vdi(0x123456, 1); /* a snapshot of a name that is not there */
	assert_int_equal(ask_result(c, 0, &q, name_payload("beta")), SD_RES_NO_VDI);
	cluster_close(c);
}

/* R119: what a dead requester had written stays; the next one goes on. */
static void a_requester_that_dies_in_its_body_does_not_block_the_others(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);
	struct req q = req_new_vdi(0, 0);
	struct ask *a = ask_begin(c, 2, &q, name_payload("alpha"));

	(void)state;
	while (!vdi_find(c->node[0].sheep, ALPHA))
		cluster_run(c, 10 * NSEC_PER_USEC);
	cluster_kill(c, 2);
	assert_int_equal(ask_end(c, a).p.result, UINT32_MAX);
	cluster_settle(c);
	assert_false(vdi_in_use(c->node[0].sheep, ALPHA));
	assert_int_equal(new_vdi(c, 1, "alpha", 0, 0), ALPHA);
	cluster_close(c);
}

static void two_creations_of_one_name_have_one_winner(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);
	struct req q = req_new_vdi(0, 0);
	struct ask *a = ask_begin(c, 0, &q, name_payload("alpha"));
	struct ask *b = ask_begin(c, 1, &q, name_payload("alpha"));
	uint32_t first = ask_end(c, a).p.result, second = ask_end(c, b).p.result;

	(void)state;
	assert_true(first != second);
	assert_true(first == SD_RES_SUCCESS || second == SD_RES_SUCCESS);
	assert_true(first == SD_RES_VDI_EXIST || second == SD_RES_VDI_EXIST);
	cluster_close(c);
}

static void recycling_takes_the_lowest_free_vid_and_reads_all_inodes(void **state)
{
	struct cluster *c = cluster_open(2, 2, SD_CLUSTER_FLAG_RECYCLE_VID);
	struct req q = req_new_vdi(0, 0);

	(void)state;
	assert_int_equal(new_vdi(c, 0, "alpha", 0, 0), 1);
	assert_int_equal(new_vdi(c, 0, "beta", 0, 0), 2);
	assert_int_equal(lookup(c, 1, "alpha", "", 0, SD_RES_SUCCESS), 1);
	assert_int_equal(lookup(c, 1, "beta", "", 0, SD_RES_SUCCESS), 2);
	assert_int_equal(new_vdi(c, 0, "alpha", 1, 1), 3);
	assert_int_equal(del_vdi(c, 0, "alpha", ""), SD_RES_SUCCESS);
	/* R612: the snapshot that remains is taken for the VDI, so its name cannot come back */
	assert_int_equal(lookup(c, 0, "alpha", "", 0, SD_RES_SUCCESS), 1);
	assert_int_equal(ask_result(c, 0, &q, name_payload("alpha")), SD_RES_VDI_EXIST);
	cluster_close(c);
}

int vdi_names_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_vdi_gets_the_hash_of_its_name_and_the_clusters_defaults),
		cmocka_unit_test(creating_writes_the_whole_inode_to_each_holder),
		cmocka_unit_test(a_policy_decides_the_number_of_copies),
		cmocka_unit_test(a_name_that_is_taken_is_refused_with_the_parameters_filled),
		cmocka_unit_test(values_that_cannot_be_are_refused_before_anything_happens),
		cmocka_unit_test(names_of_one_hash_get_the_next_free_vid),
		cmocka_unit_test(a_run_of_used_vids_wraps_at_the_end),
		cmocka_unit_test(a_lookup_that_wraps_ends_at_the_home_of_the_name),
		cmocka_unit_test(a_lookup_that_cannot_read_an_inode_fails_with_that_result),
		cmocka_unit_test(missing_names_tags_and_ids_are_told_apart),
		cmocka_unit_test(a_snapshot_freezes_the_old_vdi_and_the_new_one_goes_on),
		cmocka_unit_test(a_snapshot_writes_the_old_inode_whole_before_the_new_one),
		cmocka_unit_test(a_clone_counts_references_in_its_base_only),
		cmocka_unit_test(the_rollback_form_freezes_the_current_vdi_and_copies_the_base),
		cmocka_unit_test(a_deleted_name_goes_on_from_its_last_snapshot),
		cmocka_unit_test(a_clone_of_nothing_fails_and_leaves_its_entry_behind),
		cmocka_unit_test(a_requester_that_dies_in_its_body_does_not_block_the_others),
		cmocka_unit_test(two_creations_of_one_name_have_one_winner),
		cmocka_unit_test(recycling_takes_the_lowest_free_vid_and_reads_all_inodes),
	};

	return cmocka_run_group_tests_name("names and creation of VDIs", tests, NULL, NULL);
}
