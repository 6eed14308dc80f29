/* VDI tables, how nodes get them from one another, and deletion (R601-R605, R626-R629, R635). */
#include "cluster.h"

#include "wire/records_vdi.h"

#define ALPHA 0xed202b /* home of "alpha" */

static struct answer ask_bitmap(struct cluster *c, int i, uint8_t opcode, uint32_t room)
{
	struct req q;

	req_init(&q, opcode);
	q.data_length = room;
	return ask(c, i, &q, NULL);
}

static bool bit(const struct blob *bitmap, uint32_t vid)
{
	uint8_t byte;

	blob_read(bitmap, vid / 8, &byte, 1);
	return byte >> (vid % 8) & 1;
}

/* R601 */
static void the_bitmaps_show_what_is_in_use_and_what_was_deleted(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct answer a;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	new_vdi(c, 0, "beta", 0, 0);
	del_vdi(c, 0, "beta", "");
	a = ask_bitmap(c, 1, SD_OP_READ_VDIS, SD_VDI_BITMAP_SIZE);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(blob_size(a.out), SD_VDI_BITMAP_SIZE);
	assert_true(bit(a.out, ALPHA) && bit(a.out, 0x4620a7) && !bit(a.out, 0x4620a8));
	blob_unref(a.out);
	a = ask_bitmap(c, 1, SD_OP_READ_DEL_VDIS, SD_VDI_BITMAP_SIZE);
	assert_true(!bit(a.out, ALPHA) && bit(a.out, 0x4620a7));
	blob_unref(a.out);
	a = ask_bitmap(c, 1, SD_OP_READ_VDIS, 4096);
	assert_int_equal(a.p.result, SD_RES_INVALID_PARMS);
	assert_null(a.out);
	cluster_close(c);
}

static void the_table_is_sent_in_ascending_order_if_there_is_room(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct vdi_state vdi;
	struct answer a;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	new_vdi(c, 0, "beta", 0, 0);
	new_vdi(c, 0, "alpha", ALPHA, 1);
	a = ask_bitmap(c, 1, SD_OP_GET_VDI_COPIES, 3 * VDI_STATE_SIZE);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(blob_size(a.out), 3 * VDI_STATE_SIZE);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(vdi_state_decode(a.out, i * VDI_STATE_SIZE, &vdi, NULL), 0);
		assert_int_equal(vdi.vid, i ? ALPHA + i - 1 : 0x4620a7);
		assert_int_equal(vdi.snapshot, i == 1);
		assert_int_equal(vdi.parent_vid, i == 2 ? ALPHA : 0);
		assert_int_equal(vdi.lock_state, SD_LOCK_STATE_UNLOCKED);
	}
	blob_unref(a.out);
	a = ask_bitmap(c, 1, SD_OP_GET_VDI_COPIES, 3 * VDI_STATE_SIZE - 1);
	assert_int_equal(a.p.result, SD_RES_BUFFER_SMALL);
	assert_null(a.out);
	cluster_close(c);
}

/* ------------------------------------------------------------------ fetching (R604) */

static void a_joiner_gets_the_table_and_asks_again_with_more_room(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct blob *bitmap;
	struct req q;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	new_vdi(c, 0, "beta", 0, 0);
	del_vdi(c, 0, "beta", "");
	req_init(&q, SD_OP_NOTIFY_VDI_ADD);
	q.vdi_state.copies = 2;
	q.vdi_state.block_size_shift = 22;
	q.vdi_state.set_bitmap = 1;
	for (uint32_t vid = 1; vid <= 511; vid++) {
		q.vdi_state.new_vid = vid;
		assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_SUCCESS);
	}
	cluster_settle(c);
	cluster_drop_sent(c);
	cluster_start(c, 2);
	cluster_settle(c);
	assert_true(vdi_in_use(c->node[2].sheep, 511));
	assert_int_equal(vdi_known(c, 2, ALPHA).nr_copies, 2);
	/* the deletion is known, but was not seen here: the next joiner will not hear of it */
	bitmap = vdi_bitmap(c->node[2].sheep, true);
	assert_true(bit(bitmap, 0x4620a7));
	blob_unref(bitmap);
	assert_int_equal(vdi_known(c, 2, 0x4620a7).deleted, 0);
	assert_int_equal(vdi_known(c, 1, 0x4620a7).deleted, 1);
	/* the others ask the joiner while it knows nothing yet */
	cluster_expect_sent(c, "GET_VDI_COPIES",
			    "0>2 GET_VDI_COPIES epoch=2 len=731136\n"
			    "1>2 GET_VDI_COPIES epoch=2 len=731136\n"
			    "2>0 GET_VDI_COPIES epoch=2 len=1462272\n"
			    "2>0 GET_VDI_COPIES epoch=2 len=731136\n"
			    "2>1 GET_VDI_COPIES epoch=2 len=1462272\n");
	cluster_close(c);
}

/* The first answer of one node to another is lost: its connection is cut. */
static void lose_table(struct cluster *c, struct fault_filter *f, int from, int to)
{
	*f = (struct fault_filter){.from = from,
				   .to = to,
				   .opcode = SD_OP_GET_VDI_COPIES,
				   .answer = 1,
				   .oid = -1,
				   .count = 1,
				   .action = FAULT_DROP};
	universe_filter_add(&c->u, f);
}

static void a_joiner_that_cannot_fetch_the_table_ends(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct fault_filter f;

	(void)state;
	lose_table(c, &f, 1, 2);
	cluster_start(c, 2);
	cluster_settle(c);
	assert_int_equal(f.acted, 1);
	assert_null(c->node[2].sheep);
	assert_string_equal(c->node[2].why,
			    "VDI table of 127.0.0.1:7001: cannot be fetched (NETWORK_ERROR)");
	assert_non_null(c->node[0].sheep);
	universe_filter_remove(&c->u, &f);
	cluster_close(c);
}

static void a_serving_member_that_cannot_fetch_it_goes_on(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct fault_filter f;

	(void)state;
	c->alerts = 0;
	lose_table(c, &f, 2, 1);
	cluster_start(c, 2);
	cluster_settle(c);
	assert_int_equal(f.acted, 1);
	assert_int_equal(c->alerts, 1);
	assert_non_null(c->node[1].sheep);
	assert_non_null(c->node[2].sheep);
	universe_filter_remove(&c->u, &f);
	cluster_close(c);
}

/* T347: two waiting nodes can kill each other. */
static void a_waiting_member_that_cannot_fetch_it_ends(void **state)
{
	struct cluster *c = cluster_open_raw(1);
	struct fault_filter f;

	(void)state;
	lose_table(c, &f, 1, 0);
	cluster_start(c, 1);
	cluster_settle(c);
	assert_null(c->node[0].sheep);
	assert_non_null(c->node[1].sheep);
	universe_filter_remove(&c->u, &f);
	cluster_close(c);
}

/* R602: the table is rebuilt from the inodes in the store. */
static void a_restarted_cluster_knows_its_vdis(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct req q = req_new_vdi(0, 0);

	(void)state;
	q.vdi.copies = 1;
	assert_int_equal(ask_result(c, 0, &q, name_payload("alpha")), SD_RES_SUCCESS);
	new_vdi(c, 0, "alpha", ALPHA, 1);
	new_vdi(c, 0, "beta", 0, 0);
	del_vdi(c, 0, "beta", "");
	for (int i = 0; i < 2; i++)
		cluster_kill(c, i);
	cluster_settle(c);
	for (int i = 0; i < 2; i++) {
		cluster_start(c, i);
		cluster_settle(c);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(vdi_known(c, i, ALPHA).nr_copies, 1);
		assert_int_equal(vdi_known(c, i, ALPHA).snapshot, 1);
		assert_int_equal(vdi_known(c, i, ALPHA + 1).parent_vid, ALPHA);
		assert_true(vdi_in_use(c->node[i].sheep, 0x4620a7));
		assert_int_equal(lookup(c, i, "alpha", "", 0, SD_RES_SUCCESS), ALPHA + 1);
	}
	cluster_close(c);
}

static void format_forgets_all_vdis(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	cluster_format(c, 2, 0, 0);
	for (int i = 0; i < 2; i++) {
		assert_false(vdi_in_use(c->node[i].sheep, ALPHA));
		assert_null(vdi_find(c->node[i].sheep, ALPHA));
	}
	assert_int_equal(new_vdi(c, 0, "alpha", 0, 0), ALPHA);
	cluster_close(c);
}

/* ------------------------------------------------------------------ deleting (R627) */

static void a_deleted_vdi_gives_its_name_back_but_not_its_vid(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);
	struct inode_head head;
	struct req q = req_name(SD_OP_DEL_VDI, 256, 0, 0);
	struct answer a;
	uint64_t created;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	created = read_head(c, ALPHA).create_time;
	a = ask(c, 1, &q, name_payload("alpha"));
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(a.p.vdi.vdi_id, ALPHA);
	assert_int_equal(a.p.vdi.copies, 0);
	cluster_settle(c);
	head = read_head(c, ALPHA);
	assert_string_equal(head.name, "");
	assert_true(head.vdi_size == 0);
	assert_true(head.create_time == created);
	assert_int_equal(head.snap_id, 1);
	assert_int_equal(head.vdi_id, ALPHA);
	for (int i = 0; i < 3; i++) {
		assert_true(vdi_in_use(c->node[i].sheep, ALPHA));
		assert_int_equal(vdi_known(c, i, ALPHA).deleted, 1);
	}
	assert_int_equal(del_vdi(c, 0, "alpha", ""), SD_RES_NO_VDI);
	assert_int_equal(new_vdi(c, 0, "alpha", 0, 0), ALPHA + 1);
	assert_int_equal(read_head(c, ALPHA + 1).snap_id, 1);
	cluster_close(c);
}

/* Appendix C 6. */
static void a_vdi_that_is_deleted_with_data_counts_as_deleted_and_stays(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);
	struct req q = req_new_vdi(0, 0);
	uint32_t vid = ALPHA;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	create_data(c, ALPHA, 5, 1);
	write_index(c, ALPHA, 5, &vid, 1);
	assert_int_equal(del_vdi(c, 0, "alpha", ""), SD_RES_SUCCESS);
	assert_int_equal(vdi_known(c, 2, ALPHA).deleted, 1);
	assert_string_equal(read_head(c, ALPHA).name, "alpha");
	assert_int_equal(lookup(c, 0, "alpha", "", 0, SD_RES_SUCCESS), ALPHA);
	assert_int_equal(ask_result(c, 0, &q, name_payload("alpha")), SD_RES_VDI_EXIST);
	assert_true(object_exists(c, sd_vid_to_data_oid(ALPHA, 5)));
	cluster_close(c);
}

static void deleting_a_snapshot_takes_its_tag(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	new_vdi(c, 0, "alpha", ALPHA, 1);
	assert_int_equal(del_vdi(c, 0, "alpha", "nosuch"), SD_RES_NO_TAG);
	write_object(c, 0, SD_OP_WRITE_OBJ, sd_vid_to_inode_oid(ALPHA), 256, blob_new("one", 4), 0);
	assert_int_equal(del_vdi(c, 0, "alpha", "one"), SD_RES_SUCCESS);
	assert_int_equal(vdi_known(c, 1, ALPHA).deleted, 1);
	assert_int_equal(lookup(c, 0, "alpha", "", 0, SD_RES_SUCCESS), ALPHA + 1);
	cluster_close(c);
}

/* R635. */
static void recycling_forgets_a_family_when_its_last_vdi_is_deleted(void **state)
{
	struct cluster *c = cluster_open(3, 3, SD_CLUSTER_FLAG_RECYCLE_VID);
	const struct store_key inode = {.oid = sd_vid_to_inode_oid(1)};

	(void)state;
	assert_int_equal(new_vdi(c, 0, "alpha", 0, 0), 1);
	assert_int_equal(new_vdi(c, 0, "alpha", 1, 1), 2);
	assert_int_equal(new_vdi(c, 0, "other", 0, 0), 3);
	assert_int_equal(del_vdi(c, 0, "alpha", ""), SD_RES_SUCCESS);
	for (int i = 0; i < 3; i++)
		assert_non_null(vdi_find(c->node[i].sheep, 2));
	assert_int_equal(del_vdi(c, 0, "alpha", ""), SD_RES_SUCCESS); /* the snapshot: R612 */
	for (int i = 0; i < 3; i++) {
		const struct sheep *s = c->node[i].sheep;

		assert_null(vdi_find(s, 1));
		assert_null(vdi_find(s, 2));
		assert_non_null(vdi_find(s, 3));
		assert_false(vdi_in_use(s, 1) || vdi_in_use(s, 2));
		assert_false(store_has(c->node[i].store, inode));
	}
	assert_int_equal(new_vdi(c, 0, "beta", 0, 0), 1);
	cluster_close(c);
}

/* ------------------------------------------------------------------ hyper volumes (R629) */

static uint32_t new_hyper(struct cluster *c)
{
	struct req q = req_new_vdi(0, 0);
	struct answer a;

	q.vdi.store_policy = SD_STORE_POLICY_BTREE;
	a = ask(c, 0, &q, name_payload("alpha"));
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	cluster_settle(c);
	return a.p.vdi.vdi_id;
}

static void a_hyper_volume_begins_with_an_empty_tree(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct btree_head root;
	uint32_t result;
	struct blob *b;

	(void)state;
	new_hyper(c);
	b = read_object(c, 0, sd_vid_to_inode_oid(ALPHA), INODE_DATA_VIDS, BTREE_HEAD, 0, &result);
	assert_int_equal(btree_head_decode(b, 0, &root, NULL), 0);
	assert_int_equal(root.depth, 1);
	assert_int_equal(root.entries, 0);
	blob_unref(b);
	cluster_close(c);
}

/*
 * Writes a node of a tree: into the inode as clients do, from its head on (a write within the index
 * would be taken for one to an array, R630), or as an object of its own.
 */
static void put_node(struct cluster *c, uint64_t oid, const struct btree_head *head,
		     const void *entries, size_t len)
{
	bool root = sd_oid_is_inode(oid);
	uint32_t at = root ? INODE_DATA_VIDS : 0;
	uint8_t bytes[BTREE_HEAD];
	struct blob *b;
	uint32_t result;

	btree_head_encode(head, bytes);
	b = root ? read_object(c, 0, oid, 0, INODE_HEAD, 0, &result) : blob_zero(0);
	b = blob_resize(b, at + BTREE_HEAD + len);
	b = blob_write(blob_write(b, at, bytes, BTREE_HEAD), at + BTREE_HEAD, entries, len);
	assert_int_equal(write_object(c, 0, root ? SD_OP_WRITE_OBJ : SD_OP_CREATE_AND_WRITE_OBJ,
				      oid, 0, b, 0),
			 SD_RES_SUCCESS);
}

static void put_entry(struct cluster *c, uint8_t out[BTREE_ENTRY], uint32_t vid, uint32_t idx)
{
	btree_entry_encode(&(struct btree_entry){.idx = idx, .vdi_id = vid}, out);
	create_data(c, vid, idx, 1);
}

/* Its own data only: the second entry is somebody else's. */
static void deleting_a_hyper_volume_removes_its_own_objects(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	uint8_t entries[3][BTREE_ENTRY];

	(void)state;
	new_hyper(c);
	put_entry(c, entries[0], ALPHA, 7);
	put_entry(c, entries[1], 0x123456, 8);
	put_entry(c, entries[2], ALPHA, 9);
	put_node(c, sd_vid_to_inode_oid(ALPHA),
		 &(struct btree_head){.magic = SD_INDEX_MAGIC, .depth = 1, .entries = 3}, entries,
		 sizeof(entries));
	assert_int_equal(del_vdi(c, 0, "alpha", ""), SD_RES_SUCCESS);
	assert_false(object_exists(c, sd_vid_to_data_oid(ALPHA, 7)));
	assert_true(object_exists(c, sd_vid_to_data_oid(0x123456, 8)));
	assert_false(object_exists(c, sd_vid_to_data_oid(ALPHA, 9)));
	assert_string_equal(read_head(c, ALPHA).name, "");
	cluster_close(c);
}

static void deleting_a_hyper_volume_walks_through_its_leaves(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	const struct btree_head leaf = {.magic = SD_INDEX_MAGIC, .depth = 1, .entries = 2};
	uint8_t entries[2][BTREE_ENTRY], leaves[3][BTREE_INDIRECT];

	(void)state;
	new_hyper(c);
	for (uint32_t n = 0; n < 3; n++) {
		uint64_t oid = sd_vid_to_btree_oid(ALPHA, n);

		btree_indirect_encode(&(struct btree_indirect){.idx = 10 * n + 1, .oid = oid},
				      leaves[n]);
		put_entry(c, entries[0], ALPHA, 10 * n);
		put_entry(c, entries[1], ALPHA, 10 * n + 1);
		if (n != 1) /* the second leaf is lost: its objects stay */
			put_node(c, oid, &leaf, entries, sizeof(entries));
	}
	put_node(c, sd_vid_to_inode_oid(ALPHA),
		 &(struct btree_head){.magic = SD_INDEX_MAGIC, .depth = 2, .entries = 3}, leaves,
		 sizeof(leaves));
	assert_int_equal(del_vdi(c, 0, "alpha", ""), SD_RES_SUCCESS);
	for (uint32_t n = 0; n < 3; n++) {
		assert_int_equal(object_exists(c, sd_vid_to_data_oid(ALPHA, 10 * n)), n == 1);
		assert_int_equal(object_exists(c, sd_vid_to_data_oid(ALPHA, 10 * n + 1)), n == 1);
		assert_false(object_exists(c, sd_vid_to_btree_oid(ALPHA, n)));
	}
	assert_string_equal(read_head(c, ALPHA).name, "");
	cluster_close(c);
}

/* frontend/vdi_hyper_delete_crash.txt: a client has zeroed the tree as if it were an array. */
static void a_tree_that_is_none_ends_the_node(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);
	const uint32_t zeros[4] = {0};

	(void)state;
	new_hyper(c);
	assert_int_equal(write_index(c, ALPHA, 0, zeros, 4), SD_RES_SUCCESS);
	assert_int_equal(del_vdi(c, 0, "alpha", ""), UINT32_MAX);
	assert_null(c->node[0].sheep);
	assert_non_null(c->node[1].sheep);
	cluster_close(c);
}

/* R702, spec 3.1: by the type of the object, the block size of its VDI, and strips. */
static void the_size_of_an_object_is_that_of_its_type_and_its_vdi(void **state)
{
	struct cluster *c = cluster_open(4, 2, 0);
	struct sheep *s = c->node[0].sheep;
	uint64_t data = sd_vid_to_data_oid(0x123, 7), unknown = sd_vid_to_data_oid(0x124, 0);

	(void)state;
	vdi_add(s, 0x123, 2, 0, 21, false, 0);
	assert_int_equal(object_size(s, data), 1 << 21);
	assert_int_equal(object_size(s, data | UINT64_C(1) << 62), 1 << 21); /* VM state */
	assert_int_equal(object_size(s, unknown), 1 << 22); /* of the cluster (R310) */
	assert_int_equal(object_size(s, sd_vid_to_inode_oid(0x123)), INODE_SIZE);
	assert_int_equal(object_size(s, data | UINT64_C(1) << 61), SD_ATTR_OBJ_SIZE);
	assert_int_equal(object_size(s, data | UINT64_C(1) << 60), SD_BTREE_OBJ_SIZE);
	assert_int_equal(object_size(s, sd_data_to_ledger_oid(data)), LEDGER_SIZE);
	vdi_add(s, 0x123, 3, 0x11, 21, false, 0); /* 2:1 */
	assert_int_equal(object_size(s, data), 1 << 20);
	assert_int_equal(object_size(s, sd_vid_to_inode_oid(0x123)), INODE_SIZE);
	cluster_close(c);
}

int vdi_tables_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_size_of_an_object_is_that_of_its_type_and_its_vdi),
		cmocka_unit_test(the_bitmaps_show_what_is_in_use_and_what_was_deleted),
		cmocka_unit_test(the_table_is_sent_in_ascending_order_if_there_is_room),
		cmocka_unit_test(a_joiner_gets_the_table_and_asks_again_with_more_room),
		cmocka_unit_test(a_joiner_that_cannot_fetch_the_table_ends),
		cmocka_unit_test(a_serving_member_that_cannot_fetch_it_goes_on),
		cmocka_unit_test(a_waiting_member_that_cannot_fetch_it_ends),
		cmocka_unit_test(a_restarted_cluster_knows_its_vdis),
		cmocka_unit_test(format_forgets_all_vdis),
		cmocka_unit_test(a_deleted_vdi_gives_its_name_back_but_not_its_vid),
		cmocka_unit_test(a_vdi_that_is_deleted_with_data_counts_as_deleted_and_stays),
		cmocka_unit_test(deleting_a_snapshot_takes_its_tag),
		cmocka_unit_test(recycling_forgets_a_family_when_its_last_vdi_is_deleted),
		cmocka_unit_test(a_hyper_volume_begins_with_an_empty_tree),
		cmocka_unit_test(deleting_a_hyper_volume_removes_its_own_objects),
		cmocka_unit_test(deleting_a_hyper_volume_walks_through_its_leaves),
		cmocka_unit_test(a_tree_that_is_none_ends_the_node),
	};

	return cmocka_run_group_tests_name("VDI tables and deletion", tests, NULL, NULL);
}
