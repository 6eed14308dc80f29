/* Runs: what starts them, in which order they work, what replaces and suspends them, their end. */
#include "recovery_watch.h"

static void a_join_starts_a_run_on_every_node_that_ends_by_itself(void **state)
{
	struct cluster *c = cluster_open(3, 2, 0);
	uint32_t vid = make_objects(c, 12);
	struct watch *w = watch_begin(c);
	unsigned set_aside = 0;

	(void)state;
	cluster_start(c, 3);
	cluster_settle(c);
	for (int i = 0; i < 4; i++) {
		const struct seen *start = watch_event(w, TRACE_RECOVERY_START, i, 0);
		const struct seen *end = watch_event(w, TRACE_RECOVERY_END, i, 0);

		assert_non_null(start);
		assert_int_equal(start->num[0], 2); /* E, R501 */
		assert_int_equal(start->num[1], 1); /* T */
		assert_int_equal(start->num[2], true);
		assert_int_equal(watch_count(w, TRACE_RECOVERY_START, i), 1);
		assert_int_equal(end->num[0], 2);
		assert_int_equal(end->num[1], end->num[2]); /* all are finished, R516 */
		/* what went to node 3 was set aside before anything else, R503 */
		for (size_t k = 0; i < 3 && k < watch_count(w, TRACE_OBJECT_STALE, i); k++) {
			const struct seen *aside = watch_event(w, TRACE_OBJECT_STALE, i, k);

			assert_int_equal(aside->num[1], 1);
			assert_int_equal(aside->time, start->time);
			set_aside++;
		}
	}
	assert_true(set_aside > 0);
	expect_no_runs(c);
	expect_made(c, 3, vid, 12);
	watch_end(w);
	cluster_close(c);
}

/* R513, R514. */
static void objects_come_in_ascending_order_two_at_a_time(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct watch *w;
	uint64_t last = 0;
	size_t nr;

	(void)state;
	make_objects(c, 24);
	w = watch_begin(c);
	cluster_start(c, 2);
	cluster_settle(c);
	nr = watch_sent_count(w, 2, SD_OP_READ_PEER);
	assert_true(nr > 8);
	for (size_t i = 0; i < nr; i++) {
		const struct seen *s = watch_sent(w, 2, SD_OP_READ_PEER, i);

		assert_true(s->q.obj.oid > last);
		last = s->q.obj.oid;
	}
	assert_true(sd_oid_is_inode(last));
	assert_int_equal(watch_most_under_way(w, 2, SD_OP_READ_PEER), 2);
	watch_end(w);
	cluster_close(c);
}

/* ------------------------------------------------------------------ supersession */

/* R511, R518, R521: of two later epochs only the last one is worked off. */
static void a_run_that_prepares_its_list_gives_way_to_the_newest_epoch(void **state)
{
	struct cluster *c = cluster_open(3, 2, 0);
	uint32_t vid = make_objects(c, 12);
	struct watch *w = watch_begin(c);
	struct fault_filter *f = filter_begin(c, FAULT_HOLD, -1, 0, SD_OP_GET_OBJ_LIST, 1);
	const struct seen *s;

	(void)state;
	for (int i = 3; i < 6; i++) {
		cluster_start(c, i);
		cluster_run(c, 100 * MSEC);
	}
	assert_int_equal(watch_sent_count(w, 0, SD_OP_GET_OBJ_LIST), 1);
	filter_end(c, f);
	cluster_settle(c);

	assert_int_equal(watch_count(w, TRACE_RECOVERY_START, 0), 2);
	s = watch_event(w, TRACE_RECOVERY_SUPERSEDED, 0, 0);
	assert_int_equal(s->num[0], 2);
	assert_int_equal(s->num[1], 4);
	s = watch_event(w, TRACE_RECOVERY_START, 0, 1);
	assert_int_equal(s->num[0], 4);
	assert_int_equal(s->num[1], 3);
	assert_int_equal(watch_count(w, TRACE_RECOVERY_END, 0), 1);
	assert_int_equal(watch_event(w, TRACE_RECOVERY_END, 0, 0)->num[0], 4);
	/* one of three members asked for epoch 2, all six for epoch 4 */
	assert_int_equal(watch_sent_count(w, 0, SD_OP_GET_OBJ_LIST), 1 + 6);
	expect_no_runs(c);
	expect_made(c, 0, vid, 12);
	watch_end(w);
	cluster_close(c);
}

/*
 * R518: jobs in flight end first and start no others. What they store may have been lost to another
 * node meanwhile: it is set aside under the new run's T.
 */
static void jobs_in_flight_end_before_a_run_is_superseded(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t oid[4];
	struct fault_filter *f;
	struct watch *w;

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		oid[i] = moving_object(c, vid, i, 0xf, 3, 0x1f, 4);
		make_object(c, oid[i]);
	}
	w = watch_begin(c);
	f = filter_begin(c, FAULT_HOLD, -1, 3, SD_OP_READ_PEER, 1);
	cluster_start(c, 3);
	cluster_run(c, 100 * MSEC);
	assert_int_equal(watch_sent_count(w, 3, SD_OP_READ_PEER), 2);
	cluster_start(c, 4);
	cluster_run(c, 100 * MSEC);
	assert_int_equal(watch_count(w, TRACE_RECOVERY_SUPERSEDED, 3), 0);
	filter_end(c, f);
	cluster_run(c, 100 * MSEC);

	assert_int_equal(watch_count(w, TRACE_RECOVERY_SUPERSEDED, 3), 1);
	assert_int_equal(watch_count(w, TRACE_RECOVERY_OBJECT, 3), 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(watch_object(w, 3, oid[i])->num[3], SD_RES_SUCCESS);
		assert_int_equal(watch_event(w, TRACE_OBJECT_STALE, 3, (size_t)i)->num[0], oid[i]);
		assert_int_equal(watch_event(w, TRACE_OBJECT_STALE, 3, (size_t)i)->num[1], 2);
	}
	cluster_settle(c);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(content_at(c, 3, oid[i], 0), 0);
		assert_int_equal(content_at(c, 4, oid[i], 0), made_content(oid[i]));
	}
	watch_end(w);
	cluster_close(c);
}

/* R519: who was to announce still does, by the run that takes its place. */
static void a_level_run_announces_for_the_lifted_one_that_it_replaces(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	uint32_t vid = make_objects(c, 12);
	struct watch *w = watch_begin(c);
	struct fault_filter *f = filter_begin(c, FAULT_HOLD, -1, 0, SD_OP_GET_OBJ_LIST, 1);

	(void)state;
	cluster_start(c, 3);
	cluster_run(c, 100 * MSEC);
	alter_copies(c, vid, 2);
	cluster_run(c, 100 * MSEC);
	assert_int_equal(watch_event(w, TRACE_RECOVERY_START, 1, 1)->num[2], false);
	assert_int_equal(watch_count(w, TRACE_RECOVERY_COMPLETE, 1), 3);
	filter_end(c, f);
	cluster_settle(c);
	assert_int_equal(watch_event(w, TRACE_RECOVERY_START, 0, 1)->num[2], false);
	assert_int_equal(watch_event(w, TRACE_RECOVERY_SUPERSEDED, 0, 0)->num[1], 2);
	assert_int_equal(watch_count(w, TRACE_RECOVERY_COMPLETE, 1), 4);
	assert_int_equal(c->node[1].sheep->gathered, 2);
	watch_end(w);
	cluster_close(c);
}

/* R519: a pending lifted run that a level run replaces is never announced. */
static void a_pending_run_that_is_replaced_loses_its_announcement(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	uint32_t vid = make_objects(c, 12);
	struct watch *w = watch_begin(c);
	struct fault_filter *f = filter_begin(c, FAULT_HOLD, -1, 0, SD_OP_GET_OBJ_LIST, 1);

	(void)state;
	alter_copies(c, vid, 2);
	cluster_run(c, 100 * MSEC);
	cluster_start(c, 3);
	cluster_run(c, 100 * MSEC);
	alter_copies(c, vid, 1);
	cluster_run(c, 100 * MSEC);
	filter_end(c, f);
	cluster_settle(c);
	expect_no_runs(c);
	assert_int_equal(watch_count(w, TRACE_RECOVERY_COMPLETE, 0), 3);
	for (int i = 0; i < 4; i++)
		assert_int_equal(c->node[i].sheep->gathered, 1);
	watch_end(w);
	cluster_close(c);
}

/* R501: a level run of all objects, at the own epoch, without an announcement. */
static void more_copies_of_a_vdi_are_made_by_a_level_run(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	uint32_t vid = make_objects(c, 6);
	struct watch *w = watch_begin(c);

	(void)state;
	alter_copies(c, vid, 3);
	cluster_settle(c);
	for (int i = 0; i < 3; i++) {
		const struct seen *start = watch_event(w, TRACE_RECOVERY_START, i, 0);

		assert_int_equal(start->num[0], 1);
		assert_int_equal(start->num[1], 1);
		assert_int_equal(start->num[2], false);
		assert_int_equal(watch_count(w, TRACE_RECOVERY_COMPLETE, i), 0);
		for (uint32_t k = 0; k < 6; k++) {
			uint64_t oid = sd_vid_to_data_oid(vid, k);

			assert_int_equal(content_at(c, i, oid, 0), made_content(oid));
		}
	}
	watch_end(w);
	cluster_close(c);
}

/* ------------------------------------------------------------------ suspension */

/* R537: the list is there, but no job is started. R538: afterwards one job at a time. */
static void recovery_that_was_disabled_goes_on_with_one_job_at_a_time(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	uint32_t vid = make_objects(c, 24);
	struct sheep_state st;
	struct watch *w;

	(void)state;
	tell(c, 0, SD_OP_DISABLE_RECOVER);
	w = watch_begin(c);
	cluster_start(c, 2);
	cluster_settle(c);
	sheep_state(c->node[2].sheep, &st);
	assert_true(st.run_suspended);
	assert_int_equal(st.run_state, SD_RECOVERY_STATE_RECOVER_OBJ);
	assert_true(st.run_total > 8);
	assert_int_equal(st.run_finished, 0);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_READ_PEER), 0);
	assert_int_equal(watch_count(w, TRACE_RECOVERY_SUSPENDED, 2), 1);

	tell(c, 0, SD_OP_ENABLE_RECOVER);
	cluster_settle(c);
	assert_true(watch_sent_count(w, 2, SD_OP_READ_PEER) > 8);
	assert_int_equal(watch_most_under_way(w, 2, SD_OP_READ_PEER), 1);
	expect_no_runs(c);
	expect_made(c, 2, vid, 24);
	watch_end(w);
	cluster_close(c);
}

/* R537: jobs in flight finish; R539: it stays current until it is enabled. */
static void disabling_lets_jobs_in_flight_finish(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct fault_filter *f;
	struct sheep_state st;
	struct watch *w;

	(void)state;
	make_objects(c, 24);
	w = watch_begin(c);
	f = filter_begin(c, FAULT_HOLD, -1, 2, SD_OP_READ_PEER, 1);
	cluster_start(c, 2);
	cluster_run(c, 100 * MSEC);
	tell(c, 0, SD_OP_DISABLE_RECOVER);
	cluster_run(c, 100 * MSEC);
	filter_end(c, f);
	cluster_settle(c);
	sheep_state(c->node[2].sheep, &st);
	assert_int_equal(st.run_finished, 2);
	assert_true(st.in_run && st.run_suspended);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_READ_PEER), 2);
	tell(c, 0, SD_OP_ENABLE_RECOVER);
	cluster_settle(c);
	expect_no_runs(c);
	watch_end(w);
	cluster_close(c);
}

/* R538, R518: another epoch replaces a suspended run, and its own run is suspended in turn. */
static void a_suspended_run_gives_way_to_the_next_epoch(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	uint32_t vid = make_objects(c, 12);
	struct watch *w;

	(void)state;
	tell(c, 0, SD_OP_DISABLE_RECOVER);
	w = watch_begin(c);
	cluster_start(c, 2);
	cluster_settle(c);
	cluster_start(c, 3);
	cluster_settle(c);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(watch_count(w, TRACE_RECOVERY_SUPERSEDED, i), 1);
		assert_int_equal(recovery_epoch(c->node[i].sheep), 3);
		assert_true(recovery_suspended(c->node[i].sheep));
	}
	tell(c, 0, SD_OP_ENABLE_RECOVER);
	cluster_settle(c);
	expect_no_runs(c);
	expect_made(c, 3, vid, 12);
	watch_end(w);
	cluster_close(c);
}

/* ------------------------------------------------------------------ throttling, reports */

/* R540: of two timers each starts half of max in every interval. */
static void throttled_recovery_starts_jobs_by_timers(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	uint64_t first, last;
	struct sheep *s;
	struct watch *w;
	size_t nr;

	(void)state;
	make_objects(c, 24);
	w = watch_begin(c);
	cluster_start(c, 2);
	s = c->node[2].sheep;
	s->throttle_max = 2;
	s->throttle_interval = 100; /* ms */
	cluster_settle(c);
	nr = watch_sent_count(w, 2, SD_OP_READ_PEER);
	assert_true(nr > 8);
	first = watch_sent(w, 2, SD_OP_READ_PEER, 0)->time;
	last = watch_sent(w, 2, SD_OP_READ_PEER, nr - 1)->time;
	assert_int_equal((last - first + 50 * MSEC) / (100 * MSEC), (nr - 1) / 2);
	expect_no_runs(c);
	watch_end(w);
	cluster_close(c);
}

/* R540: a firing starts its part of max at once, unless more than max are under way. */
static void throttled_recovery_has_a_limit_of_jobs_under_way(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct fault_filter *f;
	struct sheep *s;
	struct watch *w;

	(void)state;
	make_objects(c, 40);
	w = watch_begin(c);
	f = filter_begin(c, FAULT_HOLD, -1, 2, SD_OP_READ_PEER, 1);
	cluster_start(c, 2);
	s = c->node[2].sheep;
	s->throttle_max = 8;
	s->throttle_interval = 100;
	cluster_run(c, 190 * MSEC);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_READ_PEER), 8);
	/* One more firing, with 8 under way, then no other with 12. */
	cluster_run(c, 1000 * MSEC);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_READ_PEER), 12);
	filter_end(c, f);
	cluster_settle(c);
	expect_no_runs(c);
	watch_end(w);
	cluster_close(c);
}

/* R540: switched off in a run, jobs start each other again, as many at once as ever. */
static void throttling_that_is_switched_off_ends_at_the_next_interval(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct sheep *s;
	struct watch *w;

	(void)state;
	make_objects(c, 24);
	w = watch_begin(c);
	cluster_start(c, 2);
	s = c->node[2].sheep;
	s->throttle_max = 2;
	s->throttle_interval = 1000;
	cluster_run(c, 2500 * MSEC);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_READ_PEER), 4);
	s->throttle_max = 0;
	cluster_run(c, 400 * MSEC);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_READ_PEER), 4);
	cluster_run(c, 400 * MSEC);
	assert_true(watch_sent_count(w, 2, SD_OP_READ_PEER) > 8);
	assert_int_equal(watch_most_under_way(w, 2, SD_OP_READ_PEER), 2);
	cluster_settle(c);
	expect_no_runs(c);
	watch_end(w);
	cluster_close(c);
}

/* An interval that nobody lives to see: no arithmetic overflows, and the run can still go on. */
static void an_interval_may_be_any_number(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct sheep *s;
	struct watch *w;

	(void)state;
	make_objects(c, 6);
	w = watch_begin(c);
	cluster_start(c, 2);
	s = c->node[2].sheep;
	s->throttle_max = UINT32_MAX;
	s->throttle_interval = UINT64_MAX;
	cluster_run(c, 100000 * MSEC);
	assert_non_null(s->run);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_READ_PEER), 0);
	cluster_settle(c);
	expect_no_runs(c);
	watch_end(w);
	cluster_close(c);
}

/* R552. */
static void the_report_tells_of_the_current_run_only(void **state)
{
	struct cluster *c = cluster_open(2, 2, 0);
	struct fault_filter *f, *g;
	struct recovery_state st;
	struct sheep *s;

	(void)state;
	make_objects(c, 12);
	f = filter_begin(c, FAULT_HOLD, -1, 2, SD_OP_GET_OBJ_LIST, 1);
	g = filter_begin(c, FAULT_HOLD, -1, 2, SD_OP_READ_PEER, 1);
	recovery_report(c->node[0].sheep, &st);
	assert_int_equal(st.in_recovery, 0);
	cluster_start(c, 2);
	s = c->node[2].sheep;
	cluster_run(c, 100 * MSEC);
	recovery_report(s, &st);
	assert_int_equal(st.in_recovery, 1);
	assert_int_equal(st.state, SD_RECOVERY_STATE_PREPARE_LIST);
	assert_int_equal(st.nr_total, 0);
	filter_end(c, f);
	cluster_run(c, 100 * MSEC);
	recovery_report(s, &st);
	assert_int_equal(st.state, SD_RECOVERY_STATE_RECOVER_OBJ);
	assert_int_equal(st.nr_finished, 0);
	assert_true(st.nr_total > 2);
	filter_end(c, g);
	cluster_settle(c);
	recovery_report(s, &st);
	assert_int_equal(st.in_recovery, 0);
	cluster_close(c);
}

/* All that is under way when a process dies goes with it (leaks show under a sanitizer). */
static void a_node_may_die_at_any_moment_of_its_run(void **state)
{
	(void)state;
	for (uint64_t t = 1; t < 40; t++) {
		struct cluster *c = cluster_open(2, 2, 0);
		uint32_t vid = make_objects(c, 6);

		cluster_start(c, 2);
		cluster_run(c, t * MSEC / 2);
		cluster_kill(c, 2);
		cluster_settle(c);
		expect_no_runs(c);
		expect_made(c, 0, vid, 6);
		cluster_close(c);
	}
}

int recovery_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_join_starts_a_run_on_every_node_that_ends_by_itself),
		cmocka_unit_test(objects_come_in_ascending_order_two_at_a_time),
		cmocka_unit_test(a_run_that_prepares_its_list_gives_way_to_the_newest_epoch),
		cmocka_unit_test(jobs_in_flight_end_before_a_run_is_superseded),
		cmocka_unit_test(a_level_run_announces_for_the_lifted_one_that_it_replaces),
		cmocka_unit_test(a_pending_run_that_is_replaced_loses_its_announcement),
		cmocka_unit_test(more_copies_of_a_vdi_are_made_by_a_level_run),
		cmocka_unit_test(recovery_that_was_disabled_goes_on_with_one_job_at_a_time),
		cmocka_unit_test(disabling_lets_jobs_in_flight_finish),
		cmocka_unit_test(a_suspended_run_gives_way_to_the_next_epoch),
		cmocka_unit_test(throttled_recovery_starts_jobs_by_timers),
		cmocka_unit_test(throttled_recovery_has_a_limit_of_jobs_under_way),
		cmocka_unit_test(throttling_that_is_switched_off_ends_at_the_next_interval),
		cmocka_unit_test(an_interval_may_be_any_number),
		cmocka_unit_test(the_report_tells_of_the_current_run_only),
		cmocka_unit_test(a_node_may_die_at_any_moment_of_its_run),
	};

	return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
