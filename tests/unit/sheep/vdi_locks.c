/* Locks, normal and shared, and lock state at a join (R606-R609, R620-R625). */
#include "cluster.h"

#define ALPHA  0xed202b /* home of "alpha" */
#define NORMAL SD_LOCK_TYPE_NORMAL
#define SHARED SD_LOCK_TYPE_SHARED

enum { MODIFIED = 1, CURRENT, INVALIDATED };

static struct cluster *locking(int n)
{
	struct cluster *c = cluster_open(n, 3, SD_CLUSTER_FLAG_USE_LOCK);

	assert_int_equal(new_vdi(c, 0, "alpha", 0, 0), ALPHA);
	cluster_drop_sent(c);
	return c;
}

/* All nodes that run agree on this lock. */
static void expect_lock(struct cluster *c, uint32_t state, int owner)
{
	for (int i = 0; i < CLUSTER_NODES; i++) {
		struct vdi_state known;

		if (!c->node[i].sheep)
			continue;
		known = vdi_known(c, i, ALPHA);
		assert_int_equal(known.lock_state, state);
		assert_int_equal(known.lock_owner.port, owner < 0 ? 0 : 7000 + owner);
		if (state != SD_LOCK_STATE_SHARED)
			assert_int_equal(known.nr_participants, 0);
	}
}

/* "0:1 2:3": participants and their states, the same on all nodes. */
static void expect_participants(struct cluster *c, const char *text)
{
	for (int i = 0; i < CLUSTER_NODES; i++) {
		struct text t = {0};
		struct vdi_state known;

		if (!c->node[i].sheep)
			continue;
		known = vdi_known(c, i, ALPHA);
		assert_int_equal(known.lock_state, SD_LOCK_STATE_SHARED);
		for (uint32_t k = 0; k < known.nr_participants; k++)
			text_add(&t, "%s%d:%u", k ? " " : "", known.participants[k].port - 7000,
				 known.participants_state[k]);
		assert_string_equal(text_get(&t), text);
		text_free(&t);
	}
}

static void a_refused_lock_answers_with_the_vdi_all_the_same(void **state)
{
	struct cluster *c = locking(3);
	struct req q = req_name(SD_OP_LOCK_VDI, 256, 0, NORMAL);
	struct answer a;

	(void)state;
	assert_int_equal(lock(c, 0, "alpha", NORMAL), SD_RES_SUCCESS);
	expect_lock(c, SD_LOCK_STATE_LOCKED, 0);
	a = ask(c, 1, &q, name_payload("alpha"));
	assert_int_equal(a.p.result, SD_RES_VDI_LOCKED);
	assert_int_equal(a.p.vdi.vdi_id, ALPHA);
	assert_int_equal(a.p.vdi.copies, 3);
	assert_int_equal(a.p.vdi.block_size_shift, 22);
	/* the owner is the node, not the connection */
	assert_int_equal(lock(c, 0, "alpha", NORMAL), SD_RES_VDI_LOCKED);
	assert_int_equal(lock(c, 0, "alpha", SHARED), SD_RES_VDI_LOCKED);
	assert_int_equal(lock(c, 0, "nosuch", NORMAL), SD_RES_NO_VDI);
	expect_lock(c, SD_LOCK_STATE_LOCKED, 0);
	cluster_close(c);
}

static void a_lock_of_an_unknown_type_is_refused(void **state)
{
	struct cluster *c = locking(2);

	(void)state;
	assert_int_equal(lock(c, 0, "alpha", 7), SD_RES_VDI_LOCKED);
	expect_lock(c, SD_LOCK_STATE_UNLOCKED, -1);
	cluster_close(c);
}

static void anybody_can_release_a_normal_lock(void **state)
{
	struct cluster *c = locking(3);

	(void)state;
	lock(c, 0, "alpha", NORMAL);
	release(c, 1, 0, NORMAL); /* as QEMU before 1.4: without the vid */
	release(c, 1, ALPHA, SHARED);
	expect_lock(c, SD_LOCK_STATE_LOCKED, 0);
	release(c, 1, ALPHA, NORMAL);
	expect_lock(c, SD_LOCK_STATE_UNLOCKED, -1);
	release(c, 1, ALPHA, NORMAL);
	assert_int_equal(lock(c, 2, "alpha", SHARED), SD_RES_SUCCESS);
	cluster_close(c);
}

static void without_the_flag_a_lock_is_a_lookup(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);

	(void)state;
	new_vdi(c, 0, "alpha", 0, 0);
	assert_int_equal(lock(c, 0, "alpha", NORMAL), SD_RES_SUCCESS);
	assert_int_equal(lock(c, 1, "alpha", SHARED), SD_RES_SUCCESS);
	assert_int_equal(lock(c, 1, "nosuch", SHARED), SD_RES_NO_VDI);
	expect_lock(c, SD_LOCK_STATE_UNLOCKED, -1);
	cluster_start(c, 3); /* it stays COLLECTING for ever, which has no effect (R606) */
	cluster_settle(c);
	assert_int_equal(lock(c, 3, "alpha", NORMAL), SD_RES_SUCCESS);
	cluster_close(c);
}

static void shared_participants_start_modified_then_invalidated(void **state)
{
	struct cluster *c = locking(3);

	(void)state;
	assert_int_equal(lock(c, 0, "alpha", SHARED), SD_RES_SUCCESS);
	assert_int_equal(lock(c, 0, "alpha", SHARED), SD_RES_VDI_LOCKED);
	assert_int_equal(lock(c, 1, "alpha", NORMAL), SD_RES_VDI_LOCKED);
	assert_int_equal(lock(c, 1, "alpha", SHARED), SD_RES_SUCCESS);
	expect_participants(c, "0:1 1:3");
	release(c, 0, ALPHA, SHARED);
	expect_participants(c, "1:3");
	assert_int_equal(lock(c, 2, "alpha", SHARED), SD_RES_SUCCESS);
	expect_participants(c, "1:3 2:2"); /* nobody is MODIFIED */
	release(c, 1, ALPHA, SHARED);
	release(c, 2, ALPHA, SHARED);
	expect_lock(c, SD_LOCK_STATE_UNLOCKED, -1);
	cluster_close(c);
}

static void no_more_than_31_participants_fit(void **state)
{
	struct cluster *c = locking(1);
	struct sheep *s = c->node[0].sheep;
	struct cluster_msg m = {0};
	struct node_rec sender = {0};
	struct req q = req_name(SD_OP_LOCK_VDI, 256, 0, SHARED);
	struct rsp p;

	(void)state;
	rsp_init(&p, &q, SD_RES_SUCCESS);
	p.vdi.vdi_id = ALPHA;
	m = (struct cluster_msg){.sender = &sender, .q = &q, .p = &p};
	for (uint16_t i = 0; i < 31; i++) {
		sender.nid.port = (uint16_t)(8000 + i);
		assert_int_equal(vdi_lock_effect(s, &m), SD_RES_SUCCESS);
	}
	sender.nid.port = 9000;
	assert_int_equal(vdi_lock_effect(s, &m), SD_RES_VDI_LOCKED);
	cluster_close(c);
}

/* R623, R922. */
static void a_dead_nodes_shared_lock_goes_and_its_normal_lock_stays(void **state)
{
	struct cluster *c = locking(3);

	(void)state;
	lock(c, 0, "alpha", SHARED);
	lock(c, 2, "alpha", SHARED);
	cluster_kill(c, 2);
	cluster_settle(c);
	expect_participants(c, "0:1");
	release(c, 0, ALPHA, SHARED);
	lock(c, 1, "alpha", NORMAL);
	cluster_kill(c, 1);
	cluster_settle(c);
	expect_lock(c, SD_LOCK_STATE_LOCKED, 1);
	cluster_close(c);
}

/* ------------------------------------------------------------------ coherence (R625) */

static uint32_t write_entry(struct cluster *c, int i, uint32_t idx, uint16_t flags)
{
	uint8_t vid[4];
	uint32_t result;

	put_le32(vid, ALPHA);
	result = write_object(c, i, SD_OP_WRITE_OBJ, sd_vid_to_inode_oid(ALPHA),
			      INODE_DATA_VIDS + 4 * idx, blob_new(vid, 4), flags);
	cluster_settle(c);
	return result;
}

static uint32_t read_entry(struct cluster *c, int i, uint16_t flags)
{
	uint32_t result;

	blob_unref(
		read_object(c, i, sd_vid_to_inode_oid(ALPHA), INODE_DATA_VIDS, 16, flags, &result));
	return result;
}

static uint32_t refresh(struct cluster *c, int i)
{
	uint32_t result;

	blob_unref(read_object(c, i, sd_vid_to_inode_oid(ALPHA), 0, SD_INODE_REFRESH_LEN,
			       SD_FLAG_CMD_TGT, &result));
	cluster_settle(c);
	return result;
}

static void an_invalidated_participant_must_read_the_inode_first(void **state)
{
	struct cluster *c = locking(3);

	(void)state;
	lock(c, 0, "alpha", SHARED);
	lock(c, 1, "alpha", SHARED);
	assert_int_equal(write_entry(c, 0, 0, SD_FLAG_CMD_TGT), SD_RES_SUCCESS);
	assert_int_equal(write_entry(c, 1, 1, SD_FLAG_CMD_TGT), SD_RES_INODE_INVALIDATED);
	assert_int_equal(read_entry(c, 1, SD_FLAG_CMD_TGT), SD_RES_INODE_INVALIDATED);
	assert_int_equal(read_entry(c, 1, 0), SD_RES_SUCCESS); /* only who asks for it */
	assert_int_equal(read_entry(c, 2, SD_FLAG_CMD_TGT), SD_RES_SUCCESS);
	assert_int_equal(refresh(c, 1), SD_RES_SUCCESS);
	expect_participants(c, "0:2 1:2");
	assert_int_equal(read_entry(c, 1, SD_FLAG_CMD_TGT), SD_RES_SUCCESS);
	cluster_close(c);
}

/* The one who writes tells the others first, over the network to itself; once. */
static void a_participant_that_writes_the_index_invalidates_the_others(void **state)
{
	struct cluster *c = locking(3);

	(void)state;
	lock(c, 0, "alpha", SHARED);
	lock(c, 1, "alpha", SHARED);
	refresh(c, 1);
	cluster_drop_sent(c);
	assert_int_equal(write_entry(c, 1, 0, SD_FLAG_CMD_TGT), SD_RES_SUCCESS);
	expect_participants(c, "0:3 1:1");
	cluster_expect_sent(c, "INODE_COHERENCE", "1>1 INODE_COHERENCE epoch=1 len=0 vid=ed202b\n");
	assert_int_equal(write_entry(c, 1, 1, SD_FLAG_CMD_TGT), SD_RES_SUCCESS);
	cluster_expect_sent(c, "INODE_COHERENCE", "");
	assert_int_equal(refresh(c, 0), SD_RES_SUCCESS);
	cluster_expect_sent(c, "INODE_COHERENCE",
			    "0>0 INODE_COHERENCE epoch=1 len=0 vid=ed202b validate=1\n");
	cluster_close(c);
}

static void coherence_of_what_is_not_shared_is_an_error_not_the_end(void **state)
{
	struct cluster *c = locking(2);
	struct req q;

	(void)state;
	req_init(&q, SD_OP_INODE_COHERENCE);
	q.coherence.vid = 0x123456;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_NO_VDI);
	q.coherence.vid = ALPHA;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_INVALID_PARMS);
	cluster_settle(c);
	assert_non_null(c->node[1].sheep);
	cluster_close(c);
}

/* R419. */
static void data_of_a_snapshot_is_read_only_and_its_inode_is_not(void **state)
{
	struct cluster *c = locking(1);

	(void)state;
	create_data(c, ALPHA, 0, 1);
	new_vdi(c, 0, "alpha", ALPHA, 1);
	for (int op = SD_OP_CREATE_AND_WRITE_OBJ; op <= SD_OP_WRITE_OBJ; op += 2)
		assert_int_equal(write_object(c, 0, (uint8_t)op, sd_vid_to_data_oid(ALPHA, 0), 0,
					      blob_zero(512), 0),
				 SD_RES_READONLY);
	assert_int_equal(write_object(c, 0, SD_OP_CREATE_AND_WRITE_OBJ,
				      sd_vid_to_vmstate_oid(ALPHA, 0), 0, blob_zero(512), 0),
			 SD_RES_SUCCESS);
	assert_int_equal(write_entry(c, 0, 0, 0), SD_RES_SUCCESS);
	cluster_close(c);
}

/* ------------------------------------------------------------------ joins (R606-R609) */

static void a_joiner_takes_over_the_locks_and_has_the_checkpoints_freed(void **state)
{
	struct cluster *c = locking(3);
	uint32_t beta = new_vdi(c, 0, "beta", 0, 0);

	(void)state;
	lock(c, 1, "alpha", SHARED);
	lock(c, 2, "alpha", SHARED);
	assert_int_equal(beta, 0x4620a7);
	assert_int_equal(lock(c, 0, "beta", NORMAL), SD_RES_SUCCESS);
	cluster_drop_sent(c);
	cluster_start(c, 3);
	cluster_settle(c);
	expect_participants(c, "1:1 2:3");
	assert_int_equal(vdi_known(c, 3, beta).lock_owner.port, 7000);
	/* as in peer/lock_node_joins.txt: VDI by VDI in ascending order, key epoch - 1 */
	cluster_expect_sent(c, "VDI_STATE_CHECKPOINT_CTL",
			    "3>0 VDI_STATE_CHECKPOINT_CTL len=0\n"
			    "3>0 VDI_STATE_CHECKPOINT_CTL len=1428 get=1 vid=4620a7\n"
			    "3>0 VDI_STATE_CHECKPOINT_CTL len=1428 get=1 vid=ed202b\n"
			    "3>1 VDI_STATE_CHECKPOINT_CTL len=0\n"
			    "3>2 VDI_STATE_CHECKPOINT_CTL len=0\n");
	assert_int_equal(lock(c, 3, "alpha", SHARED), SD_RES_SUCCESS);
	expect_participants(c, "1:1 2:3 3:3");
	cluster_close(c);
}

/* The joiner is kept COLLECTING: answers to its requests for lock state are held back. */
static void hold_collection(struct cluster *c, struct fault_filter *f)
{
	*f = (struct fault_filter){.from = 0,
				   .to = 3,
				   .opcode = SD_OP_VDI_STATE_CHECKPOINT_CTL,
				   .answer = 1,
				   .oid = -1,
				   .count = 1,
				   .action = FAULT_HOLD};
	universe_filter_add(&c->u, f);
	cluster_start(c, 3);
	cluster_run(c, NSEC_PER_SEC);
	assert_int_equal(f->acted, 1);
}

static void while_it_collects_a_joiner_refuses_locks_and_logs_those_of_others(void **state)
{
	struct cluster *c = locking(3);
	struct req q = req_name(SD_OP_LOCK_VDI, 256, 0, NORMAL);
	struct fault_filter f;
	struct answer a;

	(void)state;
	lock(c, 0, "alpha", SHARED);
	lock(c, 2, "alpha", SHARED);
	hold_collection(c, &f);
	assert_false(vdi_idle(c->node[3].sheep));
	a = ask(c, 3, &q, name_payload("alpha"));
	assert_int_equal(a.p.result, SD_RES_COLLECTING_CINFO);
	assert_int_equal(a.p.vdi.vdi_id, 0);
	q.vdi.type = SHARED;
	assert_int_equal(ask_result(c, 1, &q, name_payload("alpha")), SD_RES_SUCCESS);
	cluster_kill(c, 2);
	cluster_run(c, NSEC_PER_SEC);
	assert_int_equal(vdi_known(c, 3, ALPHA).nr_participants, 0);
	universe_release(&c->u, 0);
	cluster_settle(c);
	assert_true(vdi_idle(c->node[3].sheep));
	expect_participants(c, "0:1 1:3"); /* what was logged came after what was collected */
	universe_filter_remove(&c->u, &f);
	cluster_close(c);
}

/* R608, R907: a key that is not there ends the receiver. */
static void freeing_an_unknown_checkpoint_ends_the_receiver(void **state)
{
	struct cluster *c = locking(2);
	struct req q;

	(void)state;
	req_init(&q, SD_OP_VDI_STATE_CHECKPOINT_CTL);
	q.checkpoint.tgt_epoch = 7;
	q.checkpoint.get = 1;
	q.data_length = VDI_STATE_SIZE;
	assert_int_equal(ask_result(c, 1, &q, NULL), SD_RES_AGAIN);
	q.checkpoint.get = 0;
	assert_int_equal(ask_result(c, 1, &q, NULL), UINT32_MAX);
	assert_null(c->node[1].sheep);
	assert_string_equal(c->node[1].why, "no checkpoint of epoch 7 to free");
	cluster_close(c);
}

static void without_the_flag_checkpoints_are_answered_with_nothing(void **state)
{
	struct cluster *c = cluster_open(1, 1, 0);
	struct req q;
	struct answer a;

	(void)state;
	req_init(&q, SD_OP_VDI_STATE_CHECKPOINT_CTL);
	q.checkpoint.get = 1;
	q.data_length = VDI_STATE_SIZE;
	a = ask(c, 0, &q, NULL);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_null(a.out);
	q.checkpoint.get = 0;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_SUCCESS);
	cluster_close(c);
}

int vdi_locks_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refused_lock_answers_with_the_vdi_all_the_same),
		cmocka_unit_test(a_lock_of_an_unknown_type_is_refused),
		cmocka_unit_test(anybody_can_release_a_normal_lock),
		cmocka_unit_test(without_the_flag_a_lock_is_a_lookup),
		cmocka_unit_test(shared_participants_start_modified_then_invalidated),
		cmocka_unit_test(no_more_than_31_participants_fit),
		cmocka_unit_test(a_dead_nodes_shared_lock_goes_and_its_normal_lock_stays),
		cmocka_unit_test(an_invalidated_participant_must_read_the_inode_first),
		cmocka_unit_test(a_participant_that_writes_the_index_invalidates_the_others),
		cmocka_unit_test(coherence_of_what_is_not_shared_is_an_error_not_the_end),
		cmocka_unit_test(data_of_a_snapshot_is_read_only_and_its_inode_is_not),
		cmocka_unit_test(a_joiner_takes_over_the_locks_and_has_the_checkpoints_freed),
		cmocka_unit_test(while_it_collects_a_joiner_refuses_locks_and_logs_those_of_others),
		cmocka_unit_test(freeing_an_unknown_checkpoint_ends_the_receiver),
		cmocka_unit_test(without_the_flag_checkpoints_are_answered_with_nothing),
	};

	return cmocka_run_group_tests_name("locks of VDIs", tests, NULL, NULL);
}
