/* One replica: where it is sought, and what is good enough (R523-R525, R530). */
#include "recovery_watch.h"

/* The whole object from its holder; header fields as the captured conversations have them. */
static void a_replica_is_read_whole_from_a_holder_of_the_epoch_before(void **state)
{
	struct cluster *c = cluster_open(2, 1, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t oid = moving_object(c, vid, 0, 0x3, 1, 0x7, 2);
	struct watch *w;
	const struct seen *s;

	(void)state;
	make_object(c, oid);
	w = watch_begin(c);
	cluster_start(c, 2);
	cluster_settle(c);
	expect_fetch(w, 2, oid, 0, 1, 1);
	s = watch_sent(w, 2, SD_OP_READ_PEER, 0);
	assert_int_equal(s->q.proto_ver, SD_SHEEP_PROTO_VER);
	assert_int_equal(s->q.epoch, 2);
	assert_int_equal(s->q.data_length, 4 << 20);
	assert_int_equal(s->q.obj.copies | s->q.obj.copy_policy | s->q.obj.ec_index, 0);
	s = watch_object(w, 2, oid);
	assert_int_equal(s->num[1], 1);
	assert_int_equal(s->num[2], 1);
	assert_int_equal(s->num[3], SD_RES_SUCCESS);
	assert_int_equal(content_at(c, 2, oid, 0), made_content(oid));
	assert_int_equal(content_at(c, 1, oid, 0), 0);
	watch_end(w);
	cluster_close(c);
}

/* ------------------------------------------------------------------ stale copies (R525, R530) */

/* Appendix C.2: of one copy, nobody else has it; its own stale copy is found two epochs back. */
static void a_node_that_was_away_links_its_only_copies_back(void **state)
{
	struct cluster *c = cluster_open(2, 1, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t oid = moving_object(c, vid, 0, 0x3, 1, 0, -1);
	const struct seen *s;
	struct watch *w;

	(void)state;
	make_object(c, oid);
	cluster_kill(c, 1);
	cluster_settle(c);
	w = watch_begin(c);
	cluster_start(c, 1);
	cluster_settle(c);
	s = watch_event(w, TRACE_OBJECT_LINK, 1, 0);
	assert_int_equal(s->num[0], oid);
	assert_int_equal(s->num[1], 1);
	s = watch_object(w, 1, oid);
	assert_int_equal(s->num[1], 1);
	assert_int_equal((int64_t)s->num[2], RECOVERED_LINKED);
	assert_int_equal(s->num[3], SD_RES_SUCCESS);
	assert_int_equal(watch_sent_count(w, 1, SD_OP_READ_PEER), 0);
	assert_int_equal(content_at(c, 1, oid, 0), made_content(oid));
	watch_end(w);
	cluster_close(c);
}

/* R525: equal by hash: linked back; changed meanwhile: fetched, and not compared again. */
static void stale_copies_are_linked_back_if_they_are_equal_and_else_fetched(void **state)
{
	struct cluster *c = cluster_open(3, 2, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0), nr = 0;
	uint64_t oid[2];
	struct watch *w;
	const struct seen *s;

	(void)state;
	for (uint32_t i = 0; nr < 2; i++) {
		if (would_hold(c, 0x7, 2, sd_vid_to_data_oid(vid, i), 2))
			oid[nr++] = sd_vid_to_data_oid(vid, i);
	}
	make_object(c, oid[0]);
	make_object(c, oid[1]);
	cluster_kill(c, 2);
	cluster_settle(c);
	overwrite(c, 0, oid[1], 1);
	w = watch_begin(c);
	cluster_start(c, 2);
	cluster_settle(c);

	for (int i = 0; i < 2; i++)
		assert_int_equal(watch_sent_about(w, 2, SD_OP_GET_HASH, oid[i]), 1);
	s = watch_sent(w, 2, SD_OP_GET_HASH, 0);
	assert_int_equal(s->q.epoch, 0);
	assert_int_equal(s->q.obj.tgt_epoch, 2);
	assert_int_equal((int64_t)watch_object(w, 2, oid[0])->num[2], RECOVERED_LINKED);
	assert_int_equal(watch_sent_about(w, 2, SD_OP_READ_PEER, oid[0]), 0);
	assert_true((int64_t)watch_object(w, 2, oid[1])->num[2] >= 0);
	assert_int_equal(watch_sent_about(w, 2, SD_OP_READ_PEER, oid[1]), 1);
	assert_int_equal(content_at(c, 2, oid[0], 0), made_content(oid[0]));
	assert_int_equal(content_at(c, 2, oid[1], 0), made_content(1));
	watch_end(w);
	cluster_close(c);
}

/*
 * R525 (b), R530: where it was a holder itself it is asked first, and its copy of just that epoch
 * is linked back, whatever a newer stale copy says. (S(oid, 2) is put there by the test.)
 */
static void the_own_copy_of_an_epoch_is_linked_if_a_newer_one_differs(void **state)
{
	struct cluster *c = cluster_open(2, 1, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t oid = moving_object(c, vid, 0, 0x3, 1, 0, -1);
	struct store_key strange = {.oid = oid, .stale_epoch = 2};
	struct watch *w;
	struct blob *b;

	(void)state;
	make_object(c, oid);
	cluster_kill(c, 1);
	cluster_settle(c);
	b = blob_zero(4 << 20);
	store_put(c->node[1].store, strange, b);
	blob_unref(b);
	w = watch_begin(c);
	cluster_start(c, 1);
	cluster_settle(c);
	/* at node 0 as of 2: an error, nothing to compare with; at itself as of 1: it differs */
	assert_int_equal(watch_sent_about(w, 1, SD_OP_GET_HASH, oid), 2);
	assert_int_equal(watch_object(w, 1, oid)->num[1], 1);
	assert_int_equal((int64_t)watch_object(w, 1, oid)->num[2], RECOVERED_LINKED);
	assert_int_equal(content_at(c, 1, oid, 0), made_content(oid));
	watch_end(w);
	cluster_close(c);
}

/* R523: of several stale copies the newest is compared, and linked. (The test makes it.) */
static void the_newest_stale_copy_is_the_one_to_compare(void **state)
{
	struct cluster *c = cluster_open(3, 2, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t oid = held_object(c, vid, 0x7, 2, 2);
	struct store_key newest = {.oid = oid, .stale_epoch = 2};
	struct watch *w;
	struct blob *b;

	(void)state;
	make_object(c, oid);
	cluster_kill(c, 2);
	cluster_settle(c);
	overwrite(c, 0, oid, 1);
	b = store_get(c->node[0].store, (struct store_key){.oid = oid});
	if (!b)
		b = store_get(c->node[1].store, (struct store_key){.oid = oid});
	store_put(c->node[2].store, newest, b);
	blob_unref(b);
	w = watch_begin(c);
	cluster_start(c, 2);
	cluster_settle(c);
	assert_int_equal(content_at(c, 2, oid, 0), made_content(1));
	assert_int_equal(watch_sent_about(w, 2, SD_OP_READ_PEER, oid), 0);
	assert_int_equal(watch_event(w, TRACE_OBJECT_LINK, 2, 0)->num[1], 2);
	watch_end(w);
	cluster_close(c);
}

/* R525: a stale copy that differs is forgotten, also where its replacement cannot be fetched. */
static void a_stale_copy_that_differs_is_not_compared_again(void **state)
{
	struct cluster *c = cluster_open(3, 3, 0);
	uint32_t vid = make_objects(c, 1);
	uint64_t oid = sd_vid_to_data_oid(vid, 0);
	struct fault_filter *f;
	struct watch *w;

	(void)state;
	cluster_kill(c, 2);
	cluster_settle(c);
	overwrite(c, 0, oid, 1);
	w = watch_begin(c);
	f = filter_begin(c, FAULT_DROP, 2, -1, SD_OP_READ_PEER, 0);
	f->count = 1;
	cluster_start(c, 2);
	cluster_settle(c);
	assert_int_equal(watch_sent_about(w, 2, SD_OP_READ_PEER, oid), 2);
	assert_int_equal(watch_sent_about(w, 2, SD_OP_GET_HASH, oid), 1);
	assert_int_equal(content_at(c, 2, oid, 0), made_content(1));
	filter_end(c, f);
	watch_end(w);
	cluster_close(c);
}

/* R524: of an epoch in which it was a holder, a node visits itself first. */
static void a_node_that_was_a_holder_asks_itself_first(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	struct store_key live = {0};
	struct watch *w;

	(void)state;
	for (uint32_t i = 0; !live.oid; i++) {
		if (would_hold_as(c, 0x3, 1, sd_vid_to_data_oid(vid, i), 2) == 1)
			live.oid = sd_vid_to_data_oid(vid, i);
	}
	make_object(c, live.oid);
	cluster_kill(c, 1);
	cluster_settle(c);
	assert_true(store_delete(c->node[0].store, live));
	w = watch_begin(c);
	cluster_start(c, 1);
	cluster_settle(c);
	/* node 0 as of epoch 2 has none; as of epoch 1 itself, though it is the second in the ring
	 */
	assert_int_equal(watch_sent_about(w, 1, SD_OP_GET_HASH, live.oid), 2);
	assert_int_equal(watch_object(w, 1, live.oid)->num[1], 1);
	assert_int_equal((int64_t)watch_object(w, 1, live.oid)->num[2], RECOVERED_LINKED);
	watch_end(w);
	cluster_close(c);
}

/*
 * Appendix C.3, R523, R902: after a crash of all, what is live is not looked at again; what is
 * missing comes from the other replica. The epoch stays.
 */
static void live_objects_are_not_compared(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	uint32_t vid = make_objects(c, 3);
	struct store_key altered = {.oid = sd_vid_to_data_oid(vid, 0)};
	struct store_key removed = {.oid = sd_vid_to_data_oid(vid, 1)};
	struct watch *w;
	struct blob *b = blob_new("altered", 8);

	(void)state;
	cluster_kill(c, 0);
	cluster_kill(c, 1);
	cluster_settle(c);
	assert_int_equal(store_write(c->node[0].store, altered, 0, b), SD_RES_SUCCESS);
	blob_unref(b);
	assert_true(store_delete(c->node[0].store, removed));
	w = watch_begin(c);
	cluster_start(c, 0);
	cluster_start(c, 1);
	cluster_settle(c);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(c->node[i].sheep->ci.epoch, 1);
		assert_int_equal(watch_event(w, TRACE_RECOVERY_START, i, 0)->num[2], false);
	}
	assert_int_equal(watch_count(w, TRACE_RECOVERY_OBJECT, 0), 1);
	assert_int_equal(watch_count(w, TRACE_RECOVERY_OBJECT, 1), 0);
	/* Where all of a list is live, going through it takes no time. */
	assert_int_equal(watch_event(w, TRACE_RECOVERY_END, 1, 0)->time,
			 watch_event(w, TRACE_RECOVERY_LIST, 1, 0)->time);
	expect_fetch(w, 0, removed.oid, 0, 1, 1);
	assert_int_equal(content_at(c, 0, removed.oid, 0), made_content(removed.oid));
	assert_int_not_equal(content_at(c, 0, altered.oid, 0), made_content(altered.oid));
	assert_int_equal(content_at(c, 1, altered.oid, 0), made_content(altered.oid));
	watch_end(w);
	cluster_close(c);
}

int recovery_object_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_replica_is_read_whole_from_a_holder_of_the_epoch_before),
		cmocka_unit_test(a_node_that_was_away_links_its_only_copies_back),
		cmocka_unit_test(stale_copies_are_linked_back_if_they_are_equal_and_else_fetched),
		cmocka_unit_test(the_own_copy_of_an_epoch_is_linked_if_a_newer_one_differs),
		cmocka_unit_test(the_newest_stale_copy_is_the_one_to_compare),
		cmocka_unit_test(a_stale_copy_that_differs_is_not_compared_again),
		cmocka_unit_test(a_node_that_was_a_holder_asks_itself_first),
		cmocka_unit_test(live_objects_are_not_compared),
	};

	return cmocka_run_group_tests_name("recovery_object", tests, NULL, NULL);
}
