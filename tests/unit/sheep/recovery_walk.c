/* How far back an object is sought, and what comes out of it (R526-R528, R531). */
#include <errno.h>
#include "recovery_watch.h"

#include "driver/hub.h"

/* ------------------------------------------------------------------ walking back (R526, R528) */

/*
 * One copy, recovery disabled: an object of node 0 in epoch 1 moves to node 2 in epoch 2 and to
 * node 3 in epoch 3, but is never fetched. Node 3 has to go back to epoch 1 for it.
 */
struct walk {
	struct cluster *c;
	struct watch *w;
	uint64_t oid;
};

static struct walk walk_begin(void)
{
	struct walk k = {.c = cluster_open(2, 1, 0)};
	uint32_t vid = new_vdi(k.c, 0, "objects", 0, 0);

	for (uint32_t i = 0; !k.oid; i++) {
		uint64_t oid = moving_object(k.c, vid, i, 0x7, 2, 0xf, 3);

		if (would_be_at(k.c, 0x3, oid) == 0)
			k.oid = oid;
	}
	make_object(k.c, k.oid);
	tell(k.c, 0, SD_OP_DISABLE_RECOVER);
	k.w = watch_begin(k.c);
	for (int i = 2; i < 4; i++) {
		cluster_start(k.c, i);
		cluster_settle(k.c);
	}
	return k;
}

static void walk_go(struct walk *k)
{
	tell(k->c, 0, SD_OP_ENABLE_RECOVER);
	cluster_settle(k->c);
	expect_no_runs(k->c);
}

static void walk_end(struct walk *k)
{
	watch_end(k->w);
	cluster_close(k->c);
}

static void an_object_is_sought_epoch_by_epoch_backwards(void **state)
{
	struct walk k = walk_begin();
	const struct seen *s;

	(void)state;
	assert_null(store_log_get(k.c->node[3].store, 1));
	walk_go(&k);
	expect_fetch(k.w, 3, k.oid, 0, 2, 2);
	expect_fetch(k.w, 3, k.oid, 1, 0, 1);
	s = watch_object(k.w, 3, k.oid);
	assert_int_equal(s->num[1], 1);
	assert_int_equal(s->num[2], 0);
	assert_int_equal(s->num[3], SD_RES_SUCCESS);
	assert_int_equal(content_at(k.c, 3, k.oid, 0), made_content(k.oid));
	/* Node 2 said that it has none: no alert. */
	assert_int_equal(watch_count(k.w, TRACE_ALERT, 3), 0);
	/* Whose members it did not know: asked for once, and kept (R219). */
	assert_int_equal(watch_sent(k.w, 3, SD_OP_GET_EPOCH, 0)->q.obj.tgt_epoch, 1);
	assert_int_equal(watch_sent_count(k.w, 3, SD_OP_GET_EPOCH), 1);
	walk_end(&k);
}

/* R526: not below the last gathered epoch. */
static void nothing_is_sought_before_the_gathered_epoch(void **state)
{
	struct walk k = walk_begin();

	(void)state;
	k.c->node[3].sheep->gathered = 2;
	walk_go(&k);
	expect_fetch(k.w, 3, k.oid, 0, 2, 2);
	assert_int_equal(watch_sent_about(k.w, 3, SD_OP_READ_PEER, k.oid), 1);
	assert_int_equal(watch_object(k.w, 3, k.oid)->num[3], SD_RES_NO_OBJ);
	walk_end(&k);
}

/* R523: nor is a stale copy of before it compared or linked, be it there. (The test makes it.) */
static void a_stale_copy_from_before_the_gathered_epoch_is_not_used(void **state)
{
	for (uint32_t gathered = 1; gathered <= 2; gathered++) {
		struct walk k = walk_begin();
		struct store_key old = {.oid = k.oid, .stale_epoch = 1};
		struct blob *b = store_get(k.c->node[0].store, old);

		(void)state;
		assert_non_null(b);
		store_put(k.c->node[3].store, old, b);
		blob_unref(b);
		k.c->node[3].sheep->gathered = gathered;
		walk_go(&k);
		assert_int_equal(watch_sent_about(k.w, 3, SD_OP_GET_HASH, k.oid) > 0,
				 gathered == 1);
		assert_int_equal(watch_sent_about(k.w, 3, SD_OP_READ_PEER, k.oid), gathered == 2);
		walk_end(&k);
	}
}

/* R528: the holder is a member but does not answer; what is older may be taken, with an alert. */
static void older_data_is_taken_with_an_alert_if_no_holder_answers(void **state)
{
	struct walk k = walk_begin();
	struct fault_filter *f = filter_begin(k.c, FAULT_DROP, 3, 2, SD_OP_READ_PEER, 0);

	(void)state;
	walk_go(&k);
	assert_true(f->acted > 0);
	assert_int_equal(watch_count(k.w, TRACE_ALERT, 3), 1);
	assert_int_equal(watch_event(k.w, TRACE_ALERT, 3, 0)->num[0], k.oid);
	assert_int_equal(watch_event(k.w, TRACE_ALERT, 3, 0)->num[1], 2);
	assert_int_equal(watch_object(k.w, 3, k.oid)->num[1], 1);
	filter_end(k.c, f);
	walk_end(&k);
}

/* R526: an epoch whose members nobody can tell is passed over. */
static void epochs_that_nobody_knows_are_passed_over(void **state)
{
	struct cluster *c = cluster_open(2, 1, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t oid = 0;
	struct fault_filter *f;
	struct watch *w;

	(void)state;
	/* moves to node 3 in epoch 3 and to node 4 in epoch 4 */
	for (uint32_t i = 0; !oid; i++) {
		uint64_t o = moving_object(c, vid, i, 0xf, 3, 0x1f, 4);

		if (would_be_at(c, 0x3, o) == 0 && would_be_at(c, 0x7, o) == 0)
			oid = o;
	}
	make_object(c, oid);
	tell(c, 0, SD_OP_DISABLE_RECOVER);
	w = watch_begin(c);
	for (int i = 2; i < 5; i++) {
		cluster_start(c, i);
		cluster_settle(c);
	}
	/* Nobody tells node 4 who was a member of epoch 2, not even node 0 (which has its object).
	 */
	f = filter_begin(c, FAULT_DROP, 4, -1, SD_OP_GET_EPOCH, 0);
	f->count = 4;
	tell(c, 0, SD_OP_ENABLE_RECOVER);
	cluster_settle(c);
	assert_int_equal(f->acted, 4);
	expect_fetch(w, 4, oid, 0, 3, 3);
	expect_fetch(w, 4, oid, 1, 0, 1);
	/* In epoch 1 the object's holder was node 0, but set aside under epoch 2: it is lost. */
	assert_int_equal(watch_object(w, 4, oid)->num[3], SD_RES_NO_OBJ);
	filter_end(c, f);
	watch_end(w);
	cluster_close(c);
}

/* R526: the epoch is changing: the object is given up at once, and the next run will find it. */
static void an_object_is_given_up_where_others_are_an_epoch_ahead(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	uint32_t vid = make_objects(c, 12);
	struct fault_filter *f = filter_begin(c, FAULT_HOLD, -1, 2, SD_OP_GET_OBJ_LIST, 1);
	struct watch *w = watch_begin(c);
	const struct seen *s;
	size_t nr;

	(void)state;
	cluster_start(c, 2);
	cluster_run(c, 100 * MSEC);
	hub_pause(c->hub, 2, true);
	cluster_start(c, 3);
	cluster_run(c, 100 * MSEC);
	filter_end(c, f);
	cluster_run(c, 500 * MSEC);
	nr = watch_count(w, TRACE_RECOVERY_OBJECT, 2);
	assert_true(nr > 4);
	for (size_t i = 0; (s = watch_event(w, TRACE_RECOVERY_OBJECT, 2, i)); i++)
		assert_int_equal(s->num[3], SD_RES_OLD_NODE_VER);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_READ_PEER), nr);
	hub_pause(c->hub, 2, false);
	cluster_settle(c);
	expect_no_runs(c);
	for (uint32_t i = 0; i < 12; i++) {
		uint64_t oid = sd_vid_to_data_oid(vid, i);

		assert_int_equal(content_at(c, 2, oid, 0),
				 would_hold(c, 0xf, 2, oid, 2) ? made_content(oid) : 0);
	}
	watch_end(w);
	cluster_close(c);
}

/* R525: a job works for its run's epoch, though the node's own has risen meanwhile. */
static void a_job_keeps_the_epoch_of_its_run(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t oid = held_object(c, vid, 0x7, 2, 2);
	struct fault_filter *f;
	struct watch *w;

	(void)state;
	make_object(c, oid);
	for (int i = 0; i < 2; i++)
		assert_true(store_delete(c->node[i].store, (struct store_key){.oid = oid}));
	w = watch_begin(c);
	f = filter_begin(c, FAULT_HOLD, -1, 2, SD_OP_READ_PEER, 1);
	cluster_start(c, 2);
	cluster_run(c, 100 * MSEC);
	cluster_start(c, 3);
	cluster_run(c, 100 * MSEC);
	filter_end(c, f);
	cluster_run(c, 100 * MSEC);
	/* The first holder had none; the second one is an epoch ahead of what it is asked with. */
	assert_int_equal(watch_fetch(w, 2, oid, 1)->q.epoch, 2);
	assert_int_equal(watch_object(w, 2, oid)->num[3], SD_RES_OLD_NODE_VER);
	cluster_settle(c);
	watch_end(w);
	cluster_close(c);
}

/* R711: a replica that cannot be stored is sought at the next holder, which helps here. */
static void a_failing_create_goes_on_with_the_next_holder(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t oid = held_object(c, vid, 0x7, 2, 2);
	struct watch *w;

	(void)state;
	make_object(c, oid);
	w = watch_begin(c);
	cluster_start(c, 2);
	/* the look, the create */
	world_disk_fail(&c->node[2].world, DISK_OBJECTS, oid, ENOSPC, 2);
	cluster_settle(c);
	assert_int_equal(watch_sent_about(w, 2, SD_OP_READ_PEER, oid), 2);
	assert_int_equal(watch_object(w, 2, oid)->num[3], SD_RES_SUCCESS);
	assert_int_equal(content_at(c, 2, oid, 0), made_content(oid));
	watch_end(w);
	cluster_close(c);
}

/* ------------------------------------------------------------------ R527, R531 */

/*
 * Appendix C.1, R527, R901: what had moved to a node that is gone again counts as recovered, though
 * nobody was asked for it; its stale copies, the only ones, are purged.
 */
static void objects_whose_new_holders_bounced_are_lost_in_silence(void **state)
{
	struct cluster *c = cluster_open(2, 1, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t oid = moving_object(c, vid, 0, 0x3, 0, 0x7, 2);
	const struct seen *s;
	struct blob *b;
	struct watch *w;
	uint32_t result;

	(void)state;
	make_object(c, oid);
	tell(c, 0, SD_OP_DISABLE_RECOVER);
	cluster_start(c, 2);
	cluster_settle(c);
	cluster_kill(c, 2);
	cluster_settle(c);
	assert_int_equal(content_at(c, 0, oid, 1), made_content(oid));
	w = watch_begin(c);
	tell(c, 0, SD_OP_ENABLE_RECOVER);
	cluster_settle(c);

	s = watch_object(w, 0, oid);
	assert_int_equal(s->num[1], 2);
	assert_int_equal((int64_t)s->num[2], RECOVERED_NONE);
	assert_int_equal(s->num[3], SD_RES_SUCCESS);
	assert_int_equal(watch_count(w, TRACE_ALERT, 0), 0);
	assert_int_equal(watch_sent_about(w, 0, SD_OP_READ_PEER, oid), 0);
	assert_int_equal(watch_count(w, TRACE_GATHERED, 0), 1);
	assert_int_equal(content_at(c, 0, oid, 1), 0);
	b = read_object(c, 1, oid, 0, 8, 0, &result);
	assert_null(b);
	assert_int_equal(result, SD_RES_NO_OBJ);
	watch_end(w);
	cluster_close(c);
}

/*
 * R531: a stale copy at the wrong node, with the suffix of the present epoch, is found by wildcard
 * recovery alone.
 */
static void wildcard_recovery_asks_all_members_for_any_copy(void **state)
{
	for (int wildcard = 0; wildcard < 2; wildcard++) {
		struct cluster *c = cluster_open(3, 1, 0);
		uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
		uint64_t oid = moving_object(c, vid, 0, 0x7, 0, 0, -1);
		struct store_key live = {.oid = oid}, stale = {.oid = oid, .stale_epoch = 1};
		struct blob *b;
		struct watch *w;

		(void)state;
		make_object(c, oid);
		for (int i = 0; i < 3; i++)
			cluster_kill(c, i);
		cluster_settle(c);
		b = store_get(c->node[0].store, live);
		store_put(c->node[2].store, stale, b);
		blob_unref(b);
		store_delete(c->node[0].store, live);
		w = watch_begin(c);
		for (int i = 0; i < 3; i++) {
			cluster_start(c, i);
			c->node[i].sheep->wildcard = wildcard;
		}
		cluster_settle(c);
		assert_int_equal(content_at(c, 0, oid, 0), wildcard ? made_content(oid) : 0);
		assert_int_equal(watch_sent_about(w, 0, SD_OP_READ_PEER, oid), wildcard ? 2 : 0);
		if (wildcard) {
			expect_fetch(w, 0, oid, 0, 1, 1);
			expect_fetch(w, 0, oid, 1, 2, 1);
			assert_int_equal(watch_sent(w, 0, SD_OP_READ_PEER, 0)->q.flags,
					 SD_FLAG_CMD_RECOVERY | SD_FLAG_CMD_WILDCARD);
		}
		watch_end(w);
		cluster_close(c);
	}
}

int recovery_walk_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_is_sought_epoch_by_epoch_backwards),
		cmocka_unit_test(nothing_is_sought_before_the_gathered_epoch),
		cmocka_unit_test(a_stale_copy_from_before_the_gathered_epoch_is_not_used),
		cmocka_unit_test(older_data_is_taken_with_an_alert_if_no_holder_answers),
		cmocka_unit_test(epochs_that_nobody_knows_are_passed_over),
		cmocka_unit_test(an_object_is_given_up_where_others_are_an_epoch_ahead),
		cmocka_unit_test(a_job_keeps_the_epoch_of_its_run),
		cmocka_unit_test(a_failing_create_goes_on_with_the_next_holder),
		cmocka_unit_test(objects_whose_new_holders_bounced_are_lost_in_silence),
		cmocka_unit_test(wildcard_recovery_asks_all_members_for_any_copy),
	};

	return cmocka_run_group_tests_name("recovery_walk", tests, NULL, NULL);
}
