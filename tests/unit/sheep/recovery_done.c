/* Completion: who has announced, what is gathered and purged then, and what prevents it
 * (R542-R549). */
#include "recovery_watch.h"

/* What node i announces, a member or not; the weight in it is not what others compute. */
static struct blob *record_of(int i)
{
	struct node_rec rec = {.nid = {.port = (uint16_t)(7000 + i)}, .nr_vnodes = 7};
	uint8_t bytes[NODE_RECORD_SIZE];

	rec.nid.addr[12] = 127;
	rec.nid.addr[15] = 1;
	node_rec_encode(&rec, bytes);
	return blob_new(bytes, sizeof(bytes));
}

/* Everybody hears that this node has recovered this epoch. */
static void announce(struct cluster *c, int node, uint32_t epoch)
{
	struct req q;

	req_init(&q, SD_OP_COMPLETE_RECOVERY);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = NODE_RECORD_SIZE;
	q.obj.tgt_epoch = epoch;
	assert_int_equal(ask_result(c, 0, &q, record_of(node)), SD_RES_SUCCESS);
	cluster_run(c, 100 * MSEC);
}

static uint32_t stale_copies(const struct cluster *c)
{
	uint32_t nr = 0;

	for (int i = 0; i < CLUSTER_NODES; i++)
		nr += store_nr_stale(c->node[i].store);
	return nr;
}

/* R542: each member announces the epoch that it recovered, once; then all is gathered and purged.
 */
static void when_all_have_announced_stale_copies_are_purged(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	struct watch *w;

	(void)state;
	make_objects(c, 12);
	w = watch_begin(c);
	cluster_start(c, 3);
	cluster_settle(c);
	assert_int_equal(stale_copies(c), 0);
	for (int i = 0; i < 4; i++) {
		uint64_t ports = 0;

		assert_int_equal(watch_count(w, TRACE_RECOVERY_COMPLETE, i), 4);
		for (unsigned n = 0; n < 4; n++) {
			const struct seen *s = watch_event(w, TRACE_RECOVERY_COMPLETE, i, n);

			assert_int_equal(s->num[0], 2);
			assert_int_equal(s->num[2], n + 1);
			ports |= 1u << (s->num[1] - 7000);
		}
		assert_int_equal(ports, 0xf);
		assert_int_equal(watch_event(w, TRACE_GATHERED, i, 0)->num[0], 2);
		assert_int_equal(c->node[i].sheep->gathered, 2);
		/* set aside before it is purged */
		if (i < 3)
			assert_true(watch_count(w, TRACE_OBJECT_STALE, i) > 0);
		assert_int_equal(watch_count(w, TRACE_PURGE, i), 1);
	}
	watch_end(w);
	cluster_close(c);
}

/* R542: as long as one has not announced, everything is kept. */
static void one_that_still_recovers_keeps_everybody_s_stale_copies(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	struct fault_filter *f;

	(void)state;
	make_objects(c, 12);
	f = filter_begin(c, FAULT_HOLD, -1, 1, SD_OP_GET_OBJ_LIST, 1);
	cluster_start(c, 3);
	cluster_run(c, 5000 * MSEC);
	assert_int_equal(c->node[0].sheep->nr_completed, 3);
	assert_int_equal(c->node[0].sheep->gathered, 1);
	assert_true(stale_copies(c) > 0);
	filter_end(c, f);
	cluster_settle(c);
	assert_int_equal(c->node[0].sheep->gathered, 2);
	assert_int_equal(stale_copies(c), 0);
	cluster_close(c);
}

/*
 * The announcement carries the epoch that was recovered, not that of the time when it is delivered;
 * one for a former epoch is not counted for the present one.
 */
static void an_announcement_counts_for_the_epoch_that_was_recovered(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	const struct sheep *s = c->node[0].sheep;
	struct fault_filter *f;

	(void)state;
	make_objects(c, 12);
	f = filter_begin(c, FAULT_HOLD, -1, -1, SD_OP_GET_OBJ_LIST, 1);
	cluster_start(c, 3);
	cluster_run(c, 200 * MSEC);
	cluster_start(c, 4);
	cluster_run(c, 200 * MSEC);
	for (int i = 0; i < 5; i++)
		announce(c, i, 2); /* all that are members now */
	assert_int_equal(s->complete_epoch, 2);
	assert_int_equal(s->nr_completed, 5);
	assert_int_equal(s->gathered, 1);
	for (int i = 0; i < 4; i++)
		announce(c, i, 3);
	assert_int_equal(s->complete_epoch, 3);
	assert_int_equal(s->nr_completed, 4);
	announce(c, 2, 2);
	assert_int_equal(s->complete_epoch, 3);
	assert_int_equal(s->nr_completed, 4);
	assert_int_equal(s->gathered, 1);
	announce(c, 4, 3);
	assert_int_equal(s->gathered, 3);
	filter_end(c, f);
	cluster_settle(c);
	cluster_close(c);
}

/* Node 3 joins, and all but it have announced; then node `who` announces once more. */
static struct fault_filter *announce_once_more(struct cluster *c, int who)
{
	struct fault_filter *f;

	make_objects(c, 12);
	f = filter_begin(c, FAULT_HOLD, -1, 3, SD_OP_GET_OBJ_LIST, 1);
	cluster_start(c, 3);
	cluster_run(c, 200 * MSEC);
	assert_int_equal(c->node[0].sheep->nr_completed, 3);
	announce(c, who, 2);
	assert_int_equal(c->node[0].sheep->nr_completed, 4);
	return f;
}

/* R543: the numbers have to be equal. One too many, of no member, prevents it for that epoch. */
static void one_announcement_too_many_prevents_the_purge(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	struct watch *w = watch_begin(c);
	struct fault_filter *f = announce_once_more(c, 5);

	(void)state;
	assert_int_equal(c->node[0].sheep->gathered, 1);
	filter_end(c, f);
	cluster_settle(c);
	expect_no_runs(c);
	assert_int_equal(c->node[0].sheep->nr_completed, 5);
	assert_int_equal(c->node[0].sheep->gathered, 1);
	assert_true(stale_copies(c) > 0);

	/* The next epoch gathers both. */
	cluster_start(c, 4);
	cluster_settle(c);
	assert_int_equal(c->node[0].sheep->gathered, 3);
	assert_int_equal(stale_copies(c), 0);
	watch_end(w);
	cluster_close(c);
}

/* R542, R919: only the number counts, so who announces twice stands for somebody who has not. */
static void an_announcement_twice_stands_for_another(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	struct fault_filter *f = announce_once_more(c, 0);

	(void)state;
	assert_int_equal(c->node[0].sheep->gathered, 2);
	assert_true(recovery_epoch(c->node[3].sheep) == 2);
	filter_end(c, f);
	cluster_settle(c);
	cluster_close(c);
}

/* The same, where it is looked for who has announced. */
static void without_the_exact_tally_each_member_counts_once(void **state)
{
	(void)state;
	for (int who = 0; who <= 5; who += 5) {
		struct cluster *c = cluster_open(3, 1, 0);
		struct fault_filter *f;

		for (int i = 0; i < CLUSTER_NODES; i++)
			c->node[i].quirks.on[QUIRK_EXACT_TALLY] = false;
		f = announce_once_more(c, who);
		assert_int_equal(c->node[0].sheep->gathered, 1);
		filter_end(c, f);
		cluster_settle(c);
		assert_int_equal(c->node[0].sheep->gathered, 2);
		assert_int_equal(stale_copies(c), 0);
		cluster_close(c);
	}
}

/* R543: once it was met, one more changes nothing. */
static void an_announcement_after_the_purge_changes_nothing(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	struct watch *w;

	(void)state;
	cluster_start(c, 3);
	cluster_settle(c);
	w = watch_begin(c);
	announce(c, 1, 2);
	assert_int_equal(c->node[0].sheep->gathered, 2);
	assert_int_equal(watch_count(w, TRACE_GATHERED, 0), 0);
	assert_int_equal(watch_count(w, TRACE_PURGE, 0), 0);
	watch_end(w);
	cluster_close(c);
}

/* R542: coded data could not be read with fewer zones than data strips: stale copies are kept. */
static void nothing_is_purged_with_fewer_zones_than_data_strips(void **state)
{
	for (int zones = 3; zones < 5; zones++) {
		struct cluster *c = cluster_open(2, 1, 0);
		int last = zones - 1;

		(void)state;
		make_objects(c, 12);
		vdi_add(c->node[0].sheep, 77, 5, 0x21, 22, false, 0); /* 4:1 */
		tell(c, 0, SD_OP_DISABLE_RECOVER);
		for (int i = 2; i < zones; i++) {
			cluster_start(c, i);
			cluster_settle(c);
		}
		tell(c, 0, SD_OP_ENABLE_RECOVER);
		cluster_settle(c);
		assert_int_equal(c->node[last].sheep->gathered, zones - 1);
		if (zones < 4)
			assert_true(stale_copies(c) > 0);
		else
			assert_int_equal(stale_copies(c), 0);
		cluster_close(c);
	}
}

static void reformat(struct cluster *c)
{
	cluster_format(c, 1, 0, 0);
	for (int i = 0; i < CLUSTER_NODES; i++) {
		if (c->node[i].sheep)
			assert_int_equal(c->node[i].sheep->ci.epoch, 1);
	}
}

/* Appendix C.9, R225, R546, R547: the bookkeeping of the former life hides what is announced in
 * this one.
 */
static void after_a_reformat_nothing_is_gathered_until_the_old_epoch_is_passed(void **state)
{
	struct cluster *c = cluster_open(2, 1, 0);
	uint32_t vid;

	(void)state;
	for (int i = 2; i < 4; i++) {
		cluster_start(c, i);
		cluster_settle(c);
	}
	assert_int_equal(c->node[0].sheep->gathered, 3);
	reformat(c);
	vid = make_objects(c, 12);
	cluster_start(c, 4);
	cluster_settle(c);
	assert_int_equal(c->node[0].sheep->ci.epoch, 2);
	assert_int_equal(c->node[0].sheep->gathered, 3);
	assert_int_equal(c->node[0].sheep->complete_epoch, 3);
	assert_true(stale_copies(c) > 0);
	expect_made(c, 4, vid, 12);
	/* a process does not know what the one before it knew */
	cluster_kill(c, 0);
	cluster_settle(c);
	cluster_start(c, 0);
	assert_int_equal(c->node[0].sheep->gathered, 1);
	cluster_close(c);
}

/* R545, R548, R549: what a level run sets aside waits for the next completed lifted one. */
static void a_level_run_purges_nothing(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);
	uint32_t vid = make_objects(c, 4);
	uint32_t nr;

	(void)state;
	alter_copies(c, vid, 1);
	cluster_settle(c);
	expect_no_runs(c);
	nr = stale_copies(c);
	assert_true(nr >= 8);
	assert_int_equal(c->node[0].sheep->gathered, 1);
	cluster_start(c, 3);
	cluster_settle(c);
	assert_int_equal(stale_copies(c), 0);
	cluster_close(c);
}

int recovery_done_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(when_all_have_announced_stale_copies_are_purged),
		cmocka_unit_test(one_that_still_recovers_keeps_everybody_s_stale_copies),
		cmocka_unit_test(an_announcement_counts_for_the_epoch_that_was_recovered),
		cmocka_unit_test(one_announcement_too_many_prevents_the_purge),
		cmocka_unit_test(an_announcement_twice_stands_for_another),
		cmocka_unit_test(without_the_exact_tally_each_member_counts_once),
		cmocka_unit_test(an_announcement_after_the_purge_changes_nothing),
		cmocka_unit_test(nothing_is_purged_with_fewer_zones_than_data_strips),
		cmocka_unit_test(
			after_a_reformat_nothing_is_gathered_until_the_old_epoch_is_passed),
		cmocka_unit_test(a_level_run_purges_nothing),
	};

	return cmocka_run_group_tests_name("recovery_done", tests, NULL, NULL);
}
