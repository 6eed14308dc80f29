/* Nodes of several releases: the twelve lines of versions.md 4.8 where they show in a node. */
#include "cluster.h"

#include <stdlib.h>

#include "sheep/level.h"
#include "sheep/vdi_layer.h"

#define ALPHA	0xed202b    /* home of "alpha" */
#define WORKING (ALPHA + 1) /* of "alpha" when it has a snapshot */

/* n formatted nodes that speak these versions, and are at this level. */
static struct cluster *opened(int n, const char *versions, enum dialect level, uint16_t flags)
{
	struct cluster *c = cluster_open_as(n, versions);
	struct req q;

	if (c->node[0].sheep->level != level) {
		req_init(&q, SD_OP_SET_LEVEL);
		q.level.version = dialect_info(level)->version;
		q.level.family = dialect_info(level)->family;
		assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_SUCCESS);
		cluster_settle(c);
	}
	for (int i = 0; i < n; i++)
		assert_int_equal(c->node[i].sheep->level, level);
	cluster_format(c, 3, 0, flags);
	cluster_drop_sent(c);
	return c;
}

/* The result of a request that is said as it is, and not translated. */
static uint32_t raw_result(struct cluster *c, int i, uint8_t opcode, uint8_t version)
{
	enum dialect spoken = c->dialect;
	struct req q;
	uint32_t result;

	req_init(&q, opcode);
	q.proto_ver = version;
	q.data_length = 1 << 20;
	c->dialect = DIALECT_NONE;
	result = ask_result(c, i, &q, NULL);
	c->dialect = spoken;
	return result;
}

static const uint16_t locks = SD_CLUSTER_FLAG_USE_LOCK;

/* ------------------------------------------------------------------ versions of requests */

static void peers_need_the_level_and_dog_what_the_node_speaks(void **state)
{
	struct cluster *c = opened(2, "9..10", DIALECT_09B, 0);

	(void)state;
	assert_int_equal(raw_result(c, 0, SD_OP_GET_OBJ_LIST, 0x09), SD_RES_SUCCESS);
	assert_int_equal(raw_result(c, 0, SD_OP_GET_OBJ_LIST, 0x08), SD_RES_VER_MISMATCH);
	assert_int_equal(raw_result(c, 0, SD_OP_GET_OBJ_LIST, 0), SD_RES_VER_MISMATCH);
	for (uint8_t version = 0; version < 16; version++) {
		bool spoken = version == 9 || version == 10;

		assert_int_equal(raw_result(c, 0, SD_OP_STAT_SHEEP, version),
				 spoken ? SD_RES_SUCCESS : SD_RES_VER_MISMATCH);
		/* the version comes before the opcode */
		assert_int_equal(raw_result(c, 0, 0xfe, version),
				 spoken ? SD_RES_INVALID_PARMS : SD_RES_VER_MISMATCH);
		assert_int_equal(raw_result(c, 0, SD_OP_GET_CLUSTER_DEFAULT, version),
				 version <= 2 ? SD_RES_SUCCESS : SD_RES_VER_MISMATCH);
	}
	cluster_close(c);
	/* Everybody was asked for 9 on the way there, so 10 is still taken; here nobody was. */
	c = opened(1, "9", DIALECT_09B, 0);
	assert_int_equal(raw_result(c, 0, SD_OP_GET_OBJ_LIST, 0x0a), SD_RES_VER_MISMATCH);
	assert_int_equal(raw_result(c, 0, SD_OP_STAT_SHEEP, 0x0a), SD_RES_VER_MISMATCH);
	cluster_close(c);
}

static void a_cluster_info_is_answered_in_the_words_of_who_asks(void **state)
{
	struct cluster *c = opened(2, "9..10", DIALECT_09B, locks);
	struct req q;
	char name[6];

	(void)state;
	req_init(&q, SD_OP_CLUSTER_INFO);
	q.data_length = CLUSTER_INFO_SIZE;
	for (int version = 9; version <= 10; version++) {
		struct answer a;
		uint8_t front[2];

		c->dialect = version == 9 ? DIALECT_09B : DIALECT_0A;
		a = ask(c, 1, &q, NULL);
		assert_int_equal(a.p.result, SD_RES_SUCCESS);
		blob_read(a.out, version == 9 ? 28 : 25, name, sizeof(name));
		assert_string_equal(name, "plain");
		blob_read(a.out, 0, front, 1);
		assert_int_equal(front[0], version);
		blob_read(a.out, 16, front, 2);
		assert_int_equal(get_le16(front), version == 9 ? 0x08 : 0x0c);
		blob_unref(a.out);
	}
	cluster_close(c);
}

/* ------------------------------------------------------------------ joins */

static struct blob *join_check(struct cluster *c, int i, struct blob *join, char why[120])
{
	struct sheep *s = c->node[i].sheep;
	struct node_rec joiner = s->me;
	struct members *others = s->driver_members;

	joiner.nid.port = 7777;
	return membership_callbacks.join_check(s, &joiner, others, join, why);
}

static void joins_are_judged_by_what_they_offer(void **state)
{
	struct cluster *c = opened(2, "9..10", DIALECT_0A, 0);
	struct blob *join = blob_zero(CLUSTER_INFO_HEAD), *answer;
	char why[120] = "";

	(void)state;
	/* nothing is said: judged the old way, which is always yes (R206) */
	answer = join_check(c, 0, join, why);
	assert_non_null(answer);
	blob_unref(answer);
	join = blob_write(join, 0, (uint8_t[]){0x0b}, 1);
	join = blob_write(join, 24, (uint8_t[]){0x0b}, 1);
	assert_null(join_check(c, 0, join, why));
	assert_non_null(strstr(why, "peer versions 11 to 11, which nobody here knows"));
	join = blob_write(join, 0, (uint8_t[]){0x09}, 1);
	join = blob_write(join, 24, (uint8_t[]){0x09}, 1);
	assert_null(join_check(c, 0, join, why));
	assert_string_equal(why, "peer protocol: the node speaks 9b, the cluster 10");
	join = blob_resize(join, CLUSTER_INFO_HEAD - 1);
	join = blob_write(join, 0, (uint8_t[]){0x0a}, 1);
	assert_null(join_check(c, 0, join, why));
	assert_non_null(strstr(why, "cluster info: byte 47"));
	blob_unref(join);
	cluster_close(c);
}

static void a_refused_join_leaves_no_trace(void **state)
{
	struct cluster *c = opened(3, "10", DIALECT_0A, 0);
	struct cluster_info before = c->node[0].sheep->ci;

	(void)state;
	c->node[3].peer = (struct dialect_range){DIALECT_09B, DIALECT_09B};
	cluster_start(c, 3);
	cluster_settle(c);
	assert_true(c->node[3].ended);
	assert_string_equal(c->node[3].why,
			    "join refused: peer protocol: the node speaks 9b, the cluster 10");
	assert_memory_equal(&before, &c->node[0].sheep->ci, sizeof(before));
	cluster_expect_sent(c, "GET_VDI_COPIES GET_OBJ_LIST", "");
	cluster_close(c);
}

static void a_silent_node_refuses_itself_and_costs_two_epochs(void **state)
{
	struct cluster *c = opened(3, "10", DIALECT_0A, 0);

	(void)state;
	c->node[3].peer = (struct dialect_range){DIALECT_09B, DIALECT_09B};
	c->node[3].quirks.on[QUIRK_SILENT_JOIN] = true;
	cluster_start(c, 3);
	cluster_settle(c);
	assert_string_equal(c->node[3].why, "joined a cluster of peer version 10, mine is 9b");
	assert_int_equal(c->node[0].sheep->ci.epoch, 3);
	cluster_close(c);
}

static void nodes_of_07_are_a_cluster_of_their_own(void **state)
{
	struct cluster *c = cluster_open_as(2, "8");

	(void)state;
	assert_false(c->node[0].ended || c->node[1].ended);
	assert_int_equal(c->node[1].sheep->level, DIALECT_08);
	assert_int_equal(c->node[1].sheep->me.nr_vnodes, 64);
	c->node[2].peer = (struct dialect_range){DIALECT_0A, DIALECT_0A};
	cluster_start(c, 2);
	cluster_settle(c);
	assert_string_equal(c->node[2].why,
			    "join refused: peer protocol: the node speaks 10, the cluster 8");
	cluster_close(c);
}

/* ------------------------------------------------------------------ locks at a join (V4-V6) */

static void locks_come_with_a_join_at_level_9(void **state)
{
	struct cluster *c = opened(3, "9..10", DIALECT_09B, locks);
	struct vdi_state known;

	(void)state;
	assert_int_equal(new_vdi(c, 0, "alpha", 0, 0), ALPHA);
	new_vdi(c, 0, "beta", 0, 0);
	assert_int_equal(lock(c, 1, "alpha", SD_LOCK_TYPE_SHARED), SD_RES_SUCCESS);
	assert_int_equal(lock(c, 2, "alpha", SD_LOCK_TYPE_SHARED), SD_RES_SUCCESS);
	assert_int_equal(lock(c, 2, "beta", SD_LOCK_TYPE_NORMAL), SD_RES_SUCCESS);
	cluster_drop_sent(c);
	c->node[3].peer = (struct dialect_range){DIALECT_09B, DIALECT_09B};
	cluster_start(c, 3);
	cluster_settle(c);
	/* one table, and three to be forgotten */
	cluster_expect_sent(c, "VDI_STATE_CHECKPOINT_CTL",
			    "3>0 VDI_STATE_CHECKPOINT_CTL v=9 len=0\n"
			    "3>0 VDI_STATE_CHECKPOINT_CTL v=9 len=731136 get=1\n"
			    "3>1 VDI_STATE_CHECKPOINT_CTL v=9 len=0\n"
			    "3>2 VDI_STATE_CHECKPOINT_CTL v=9 len=0\n");
	known = vdi_known(c, 3, ALPHA);
	assert_int_equal(known.lock_state, SD_LOCK_STATE_SHARED);
	assert_int_equal(known.nr_participants, 2);
	assert_int_equal(known.participants[1].port, 7002);
	assert_int_equal(known.participants_state[0], SD_SHARED_LOCK_STATE_MODIFIED);
	assert_false(c->node[3].sheep->vdis->collecting);
	assert_int_equal(lock(c, 3, "beta", SD_LOCK_TYPE_NORMAL), SD_RES_VDI_LOCKED);
	cluster_close(c);
}

static void a_checkpoint_is_given_as_a_whole_or_not_at_all(void **state)
{
	struct cluster *c = opened(2, "9", DIALECT_09B, locks);
	struct req q;
	struct answer a;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	new_vdi(c, 0, "beta", 0, 0);
	req_init(&q, SD_OP_VDI_STATE_CHECKPOINT_CTL);
	q.checkpoint.get = 1;
	q.checkpoint.tgt_epoch = 0;
	q.data_length = 2 * 1420;
	assert_int_equal(ask_result(c, 1, &q, NULL), SD_RES_AGAIN);
	world_hold(&c->node[0].world); /* the joiner can finish nothing */
	cluster_start(c, 2);
	cluster_run(c, 100 * NSEC_PER_MSEC);
	a = ask(c, 1, &q, NULL);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(blob_size(a.out), 2 * 1420);
	blob_unref(a.out);
	q.data_length--;
	assert_int_equal(ask_result(c, 1, &q, NULL), SD_RES_BUFFER_SMALL);
	world_release(&c->node[0].world);
	cluster_settle(c);
	cluster_close(c);
}

/* 520 states of 1,420 bytes do not fit into what is offered at first. */
static void a_joiner_offers_more_room_for_large_tables(void **state)
{
	struct cluster *c = opened(2, "9", DIALECT_09B, locks);

	(void)state;
	for (int i = 0; i < 2; i++) {
		for (uint32_t vid = 1; vid <= 520; vid++) {
			vdi_add(c->node[i].sheep, vid, 3, 0, 22, false, 0);
			vdi_set_in_use(c->node[i].sheep, vid);
		}
	}
	vdi_lock_of(vdi_find(c->node[0].sheep, 520))->state = SD_LOCK_STATE_LOCKED;
	cluster_start(c, 2);
	cluster_settle(c);
	cluster_expect_sent(c, "VDI_STATE_CHECKPOINT_CTL",
			    "2>0 VDI_STATE_CHECKPOINT_CTL v=9 len=0\n"
			    "2>0 VDI_STATE_CHECKPOINT_CTL v=9 len=1462272 get=1\n"
			    "2>0 VDI_STATE_CHECKPOINT_CTL v=9 len=731136 get=1\n"
			    "2>1 VDI_STATE_CHECKPOINT_CTL v=9 len=0\n");
	assert_int_equal(vdi_known(c, 2, 520).lock_state, SD_LOCK_STATE_LOCKED);
	assert_int_equal(vdi_known(c, 2, 519).lock_state, SD_LOCK_STATE_UNLOCKED);
	cluster_close(c);
}

static uint32_t raw_lock_result(struct cluster *c, int i)
{
	struct req q = req_name(SD_OP_LOCK_VDI, 256, 0, SD_LOCK_TYPE_NORMAL);

	c->dialect = DIALECT_NONE;
	return ask_result(c, i, &q, name_payload("alpha"));
}

static void a_node_that_collects_says_so_in_the_number_of_its_release(void **state)
{
	struct cluster *c = opened(2, "9", DIALECT_09B, locks);

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	c->node[1].sheep->vdis->collecting = true;
	assert_int_equal(raw_lock_result(c, 1), 0x1c);
	cluster_close(c);
	/* a gateway of 1.0 says it in the words of 1.0, also at level 9 */
	c = opened(2, "9..10", DIALECT_09B, locks);
	new_vdi(c, 0, "alpha", 0, 0);
	c->node[1].sheep->vdis->collecting = true;
	assert_int_equal(raw_lock_result(c, 1), SD_RES_COLLECTING_CINFO);
	cluster_close(c);
}

/* ------------------------------------------------------------------ operations (V7, V8) */

static void a_node_of_09_has_no_operations_of_10(void **state)
{
	static const uint8_t gone[] = {0xb6, 0xb7, 0xc3, 0xc4};
	struct cluster *c = opened(1, "9", DIALECT_09B, 0);

	(void)state;
	assert_int_equal(raw_result(c, 0, SD_OP_GET_CLUSTER_DEFAULT, 2), SD_RES_INVALID_PARMS);
	assert_int_equal(raw_result(c, 0, SD_OP_READ_DEL_VDIS, 9), SD_RES_INVALID_PARMS);
	assert_int_equal(raw_result(c, 0, SD_OP_SET_VNODES, 9), SD_RES_INVALID_PARMS);
	assert_int_equal(raw_result(c, 0, SD_OP_GET_VNODES, 9), SD_RES_INVALID_PARMS);
	for (size_t i = 0; i < sizeof(gone); i++)
		assert_int_equal(raw_result(c, 0, gone[i], 9), SD_RES_INVALID_PARMS);
	cluster_close(c);
	/* one of 1.0 that speaks 9: dog may ask in either way, peers in one */
	c = opened(1, "9..10", DIALECT_09B, 0);
	assert_int_equal(raw_result(c, 0, SD_OP_GET_CLUSTER_DEFAULT, 2), SD_RES_SUCCESS);
	assert_int_equal(raw_result(c, 0, SD_OP_GET_VNODES, 9), SD_RES_INVALID_PARMS);
	assert_int_equal(raw_result(c, 0, SD_OP_GET_RECOVERY, 9), SD_RES_SUCCESS);
	assert_int_equal(raw_result(c, 0, SD_OP_GET_RECOVERY, 10), SD_RES_SUCCESS);
	cluster_close(c);
	c = opened(1, "10", DIALECT_0A, 0);
	assert_int_equal(raw_result(c, 0, SD_OP_GET_VNODES, 10), SD_RES_SUCCESS);
	cluster_close(c);
}

/* ------------------------------------------------------------------ block_size_shift (V9) */

static struct answer new_with_shift(struct cluster *c, const char *name, uint8_t shift)
{
	struct req q = req_new_vdi(0, 0);
	struct answer a;

	q.vdi.block_size_shift = shift;
	c->dialect = DIALECT_NONE;
	a = ask(c, 0, &q, name_payload(name));
	cluster_settle(c);
	return a;
}

static void a_gateway_of_09_does_not_see_a_shift(void **state)
{
	struct cluster *c = opened(2, "9", DIALECT_09B, 0);
	struct answer a = new_with_shift(c, "alpha", 23);

	(void)state;
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(a.p.vdi.block_size_shift, 0);
	assert_int_equal(vdi_known(c, 1, a.p.vdi.vdi_id).block_size_shift, 22);
	assert_int_equal(read_head(c, a.p.vdi.vdi_id).block_size_shift, 22);
	cluster_close(c);
}

static void a_gateway_of_10_refuses_a_shift_at_level_9(void **state)
{
	struct cluster *c = opened(2, "9..10", DIALECT_09B, 0);
	struct answer a = new_with_shift(c, "alpha", 23);

	(void)state;
	assert_int_equal(a.p.result, SD_RES_INVALID_PARMS);
	a = new_with_shift(c, "alpha", 22); /* as QEMU 2.3 and later say it always */
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(a.p.vdi.block_size_shift, 22);
	assert_int_equal(vdi_known(c, 1, a.p.vdi.vdi_id).block_size_shift, 22);
	cluster_close(c);
}

/* ------------------------------------------------------------------ V10, V11 */

static void a_deletion_is_marked_at_level_10_only(void **state)
{
	(void)state;
	for (int level = DIALECT_09B; level <= DIALECT_0A; level++) {
		struct cluster *c = opened(3, "9..10", (enum dialect)level, 0);

		new_vdi(c, 0, "alpha", 0, 0);
		c->dialect = DIALECT_0A;
		assert_int_equal(del_vdi(c, 1, "alpha", ""), SD_RES_SUCCESS);
		for (int i = 0; i < 3; i++)
			assert_int_equal(vdi_known(c, i, ALPHA).deleted, level == DIALECT_0A);
		assert_string_equal(read_head(c, ALPHA).name, "");
		cluster_close(c);
	}
}

static void lowering_the_level_takes_the_marks_away(void **state)
{
	struct cluster *c = opened(2, "9..10", DIALECT_0A, 0);
	struct req q;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	c->dialect = DIALECT_0A;
	del_vdi(c, 0, "alpha", "");
	assert_int_equal(vdi_known(c, 1, ALPHA).deleted, 1);
	req_init(&q, SD_OP_SET_LEVEL);
	q.level.version = 9;
	assert_int_equal(ask_result(c, 1, &q, NULL), SD_RES_SUCCESS);
	cluster_settle(c);
	assert_int_equal(vdi_known(c, 0, ALPHA).deleted, 0);
	assert_int_equal(vdi_known(c, 1, ALPHA).deleted, 0);
	cluster_close(c);
}

static void a_clone_has_its_base_as_parent_where_10_made_it(void **state)
{
	static const char *const versions[] = {"9", "9..10"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct cluster *c = opened(2, versions[i], DIALECT_09B, 0);
		uint32_t clone;

		new_vdi(c, 0, "alpha", 0, 0);
		assert_int_equal(new_vdi(c, 0, "alpha", ALPHA, 1), WORKING);
		clone = new_vdi(c, 0, "beta", ALPHA, 0);
		assert_int_equal(vdi_known(c, 1, clone).parent_vid, i == 0 ? 0 : ALPHA);
		assert_int_equal(vdi_known(c, 1, clone).snapshot, 0);
		assert_int_equal(vdi_known(c, 1, ALPHA).snapshot, 1);
		assert_int_equal(read_head(c, clone).parent_vdi_id, ALPHA);
		cluster_close(c);
	}
}

/* ------------------------------------------------------------------ V12 */

/* Which comes first when an entry is cleared: true: its object goes, then its reference. */
static bool drops_first(const char *versions, bool *answered_last)
{
	struct cluster *c = opened(3, versions, DIALECT_09B, 0);
	const uint32_t vid = ALPHA, zero = 0;
	const char *remove, *grefs;
	bool first;

	new_vdi(c, 0, "alpha", 0, 0);
	create_data(c, ALPHA, 0, 1);
	assert_int_equal(write_index(c, ALPHA, 0, &vid, 1), SD_RES_SUCCESS);
	cluster_drop_sent(c);
	assert_int_equal(write_index(c, ALPHA, 0, &zero, 1), SD_RES_SUCCESS);
	*answered_last = strstr(text_get(&c->sent), "REMOVE_PEER") != NULL;
	cluster_settle(c);
	remove = strstr(text_get(&c->sent), "REMOVE_PEER");
	grefs = strstr(text_get(&c->sent), "off=4198968");
	assert_true(remove && grefs);
	first = strstr(remove, "WRITE_PEER v=9 flags=WRITE|FWD epoch=1 oid=80ed202b00000000 "
			       "off=4198968") != NULL;
	assert_false(object_exists(c, sd_vid_to_data_oid(ALPHA, 0)));
	cluster_close(c);
	return first;
}

static void an_index_write_of_09_drops_references_before_it_zeroes_them(void **state)
{
	bool answered_last;

	(void)state;
	assert_true(drops_first("9", &answered_last));
	assert_true(answered_last);
	assert_false(drops_first("9..10", &answered_last));
}

/* ------------------------------------------------------------------ 0.8 (versions.md 4.7) */

static void deleting_frees_the_name_in_08_and_not_in_09(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct cluster *c =
			opened(3, i == 0 ? "9a" : "9", i == 0 ? DIALECT_09A : DIALECT_09B, 0);
		const uint32_t vid = ALPHA;
		struct req q = req_new_vdi(0, 0);

		new_vdi(c, 0, "alpha", 0, 0);
		create_data(c, ALPHA, 3, 1);
		assert_int_equal(write_index(c, ALPHA, 3, &vid, 1), SD_RES_SUCCESS);
		/* as QEMU branches: the index is not cleared before (6.2 case 10) */
		assert_int_equal(del_vdi(c, 0, "alpha", ""), SD_RES_SUCCESS);
		assert_int_equal(object_exists(c, sd_vid_to_data_oid(ALPHA, 3)), i == 1);
		assert_int_equal(ask_result(c, 0, &q, name_payload("alpha")),
				 i == 0 ? SD_RES_SUCCESS : SD_RES_VDI_EXIST);
		cluster_settle(c);
		cluster_close(c);
	}
}

static void reads_past_the_end_fail_in_08_only(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct cluster *c =
			opened(3, i == 0 ? "9a" : "9", i == 0 ? DIALECT_09A : DIALECT_09B, 0);
		uint64_t inode = sd_vid_to_inode_oid(ALPHA);
		uint32_t result;

		new_vdi(c, 0, "alpha", 0, 0);
		blob_unref(read_object(c, 1, inode, 0, 4198976, 0, &result));
		assert_int_equal(result, SD_RES_SUCCESS);
		/* the whole inode of 0.9 and 1.0, asked of one of 0.8 */
		blob_unref(read_object(c, 1, inode, 0, 12587576, 0, &result));
		assert_int_equal(result, i == 0 ? SD_RES_NO_OBJ : SD_RES_SUCCESS);
		cluster_close(c);
	}
}

static void a_snapshot_of_08_counts_no_references(void **state)
{
	struct cluster *c = opened(3, "9a", DIALECT_09A, 0);
	const uint32_t vid = ALPHA;
	struct store_key key = {.oid = sd_vid_to_inode_oid(WORKING)};
	struct blob *inode;

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	create_data(c, ALPHA, 0, 1);
	assert_int_equal(write_index(c, ALPHA, 0, &vid, 1), SD_RES_SUCCESS);
	assert_int_equal(new_vdi(c, 0, "alpha", ALPHA, 1), WORKING);
	assert_int_equal(read_index(c, WORKING, 0), ALPHA);
	assert_true(read_head(c, ALPHA).snap_ctime != 0);
	inode = store_get(c->node[0].store, key);
	assert_int_equal(blob_size(inode), 4198976);
	blob_unref(inode);
	cluster_close(c);
}

/* ------------------------------------------------------------------ the level */

static void nonsense_is_no_level(void **state)
{
	struct cluster *c = opened(2, "9..10", DIALECT_0A, 0);
	struct req q;

	(void)state;
	req_init(&q, SD_OP_SET_LEVEL);
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_INVALID_PARMS);
	q.level.version = 9;
	q.level.family = 5;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_INVALID_PARMS);
	q.level.family = SD_FAMILY_A; /* there is one, but nobody here speaks it */
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_VER_MISMATCH);
	req_init(&q, SD_OP_CAN_SPEAK);
	c->dialect = DIALECT_0A;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_VER_MISMATCH);
	assert_int_equal(c->node[0].sheep->also, DIALECT_NONE);
	q.level.version = 9;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_SUCCESS);
	assert_int_equal(c->node[0].sheep->also, DIALECT_09B);
	assert_int_equal(c->node[0].sheep->level, DIALECT_0A);
	cluster_close(c);
}

static void a_silent_node_knows_nothing_of_levels(void **state)
{
	struct cluster *c = cluster_open_raw(0);
	struct req q;

	(void)state;
	c->node[0].quirks.on[QUIRK_SILENT_JOIN] = true;
	cluster_start(c, 0);
	cluster_settle(c);
	req_init(&q, SD_OP_SET_LEVEL);
	q.level.version = 10;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_INVALID_PARMS);
	req_init(&q, SD_OP_CAN_SPEAK);
	q.level.version = 10;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_INVALID_PARMS);
	cluster_close(c);
}

int versions_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peers_need_the_level_and_dog_what_the_node_speaks),
		cmocka_unit_test(a_cluster_info_is_answered_in_the_words_of_who_asks),
		cmocka_unit_test(joins_are_judged_by_what_they_offer),
		cmocka_unit_test(a_refused_join_leaves_no_trace),
		cmocka_unit_test(a_silent_node_refuses_itself_and_costs_two_epochs),
		cmocka_unit_test(nodes_of_07_are_a_cluster_of_their_own),
		cmocka_unit_test(locks_come_with_a_join_at_level_9),
		cmocka_unit_test(a_checkpoint_is_given_as_a_whole_or_not_at_all),
		cmocka_unit_test(a_joiner_offers_more_room_for_large_tables),
		cmocka_unit_test(a_node_that_collects_says_so_in_the_number_of_its_release),
		cmocka_unit_test(a_node_of_09_has_no_operations_of_10),
		cmocka_unit_test(a_gateway_of_09_does_not_see_a_shift),
		cmocka_unit_test(a_gateway_of_10_refuses_a_shift_at_level_9),
		cmocka_unit_test(a_deletion_is_marked_at_level_10_only),
		cmocka_unit_test(lowering_the_level_takes_the_marks_away),
		cmocka_unit_test(a_clone_has_its_base_as_parent_where_10_made_it),
		cmocka_unit_test(an_index_write_of_09_drops_references_before_it_zeroes_them),
		cmocka_unit_test(deleting_frees_the_name_in_08_and_not_in_09),
		cmocka_unit_test(reads_past_the_end_fail_in_08_only),
		cmocka_unit_test(a_snapshot_of_08_counts_no_references),
		cmocka_unit_test(nonsense_is_no_level),
		cmocka_unit_test(a_silent_node_knows_nothing_of_levels),
	};

	return cmocka_run_group_tests_name("sheep: versions", tests, NULL, NULL);
}
