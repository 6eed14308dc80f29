/* Who waits for recovery, what it does for them, and when they are woken (R421, R425, R426, R532).
 */
#include "recovery_watch.h"

#include "driver/hub.h"

/*
 * Two nodes with one copy of each object; node 2 joins and is about to recover what it now holds:
 * oid[], ascending. A hold on what it asks for keeps it in the state that a test needs.
 */
struct joining {
	struct cluster *c;
	struct watch *w;
	uint32_t vid;
	uint64_t oid[4];
};

static struct joining joining_begin(void)
{
	struct joining j = {.c = cluster_open(2, 1, 0)};

	j.vid = new_vdi(j.c, 0, "objects", 0, 0);
	for (uint32_t i = 0; i < 4; i++) {
		j.oid[i] = moving_object(j.c, j.vid, i, 0x3, -1, 0x7, 2);
		make_object(j.c, j.oid[i]);
	}
	j.w = watch_begin(j.c);
	return j;
}

static void joining_go(struct joining *j)
{
	cluster_start(j->c, 2);
	cluster_run(j->c, 100 * MSEC);
	assert_non_null(j->c->node[2].sheep->run);
}

static void joining_end(struct joining *j)
{
	watch_end(j->w);
	cluster_close(j->c);
}

/* A READ_OBJ of 8 bytes through a node, not waited for. */
static struct ask *read_begin(struct cluster *c, int i, uint64_t oid)
{
	struct req q;

	req_init(&q, SD_OP_READ_OBJ);
	q.data_length = 8;
	q.obj.oid = oid;
	return ask_begin(c, i, &q, NULL);
}

/* It is answered soon, not only when some timeout has ended what is held. */
static void expect_read(struct cluster *c, struct ask *a, uint64_t oid)
{
	struct answer answer;
	uint8_t bytes[8];

	cluster_run(c, 1000 * MSEC);
	assert_true(a->answered);
	answer = ask_end(c, a);
	assert_int_equal(answer.p.result, SD_RES_SUCCESS);
	blob_read(answer.out, 0, bytes, sizeof(bytes));
	blob_unref(answer.out);
	assert_int_equal(get_le64(bytes), made_content(oid));
}

static bool waits(struct joining *j, uint64_t oid)
{
	return recovery_must_wait(j->c->node[2].sheep, oid);
}

/* Holds up the first request of node 2 for an object. */
static struct fault_filter *hold_fetch(struct joining *j, uint64_t oid)
{
	struct fault_filter *f = filter_begin(j->c, FAULT_HOLD, 2, -1, SD_OP_READ_PEER, 0);

	f->oid = (int64_t)oid;
	f->count = 1;
	return f;
}

/* Requests of node 2 for an object, to recover it. */
static unsigned fetches(const struct joining *j, uint64_t oid)
{
	return watch_sent_about(j->w, 2, SD_OP_READ_PEER, oid);
}

/* ------------------------------------------------------------------ R421 */

/* R421.4, R532: while the list is prepared, whatever is asked for is fetched first. */
static void an_object_is_recovered_on_demand_before_the_list_is_there(void **state)
{
	struct joining j = joining_begin();
	struct fault_filter *f = filter_begin(j.c, FAULT_HOLD, -1, 2, SD_OP_GET_OBJ_LIST, 1);

	(void)state;
	joining_go(&j);
	/* at the gateway that holds it, and at the holder for another gateway */
	expect_read(j.c, read_begin(j.c, 2, j.oid[2]), j.oid[2]);
	expect_read(j.c, read_begin(j.c, 0, j.oid[1]), j.oid[1]);
	assert_int_equal(watch_count(j.w, TRACE_PARK, 2), 2);
	assert_int_equal(watch_count(j.w, TRACE_RECOVERY_LIST, 2), 0);
	assert_int_equal(watch_count(j.w, TRACE_RECOVERY_OBJECT, 2), 2);
	filter_end(j.c, f);
	cluster_settle(j.c);
	/* They stayed in the list and were found live (R512). */
	assert_true(watch_event(j.w, TRACE_RECOVERY_END, 2, 0)->num[1] >= 4);
	assert_int_equal(fetches(&j, j.oid[1]), 1);
	assert_int_equal(fetches(&j, j.oid[2]), 1);
	joining_end(&j);
}

/* R532: of several jobs for an object the later ones find it live, and do nothing. */
static void what_became_live_meanwhile_is_not_fetched_again(void **state)
{
	struct joining j = joining_begin();
	struct fault_filter *f = filter_begin(j.c, FAULT_HOLD, -1, 2, SD_OP_GET_OBJ_LIST, 1);
	struct blob *b = blob_zero(4 << 20);

	(void)state;
	joining_go(&j);
	assert_true(waits(&j, j.oid[0]));
	store_put(j.c->node[2].store, (struct store_key){.oid = j.oid[0]}, b);
	blob_unref(b);
	cluster_run(j.c, 100 * MSEC);
	assert_int_equal(fetches(&j, j.oid[0]), 0);
	assert_null(watch_object(j.w, 2, j.oid[0]));
	filter_end(j.c, f);
	cluster_settle(j.c);
	joining_end(&j);
}

/* Creates never wait, not even for a list that will be empty. */
static void creates_do_not_wait_for_recovery(void **state)
{
	struct joining j = joining_begin();
	struct fault_filter *f = filter_begin(j.c, FAULT_HOLD, -1, -1, SD_OP_GET_OBJ_LIST, 1);

	(void)state;
	joining_go(&j);
	for (uint32_t i = 1000; i < 1006; i++) {
		uint64_t oid = sd_vid_to_data_oid(j.vid, i);

		assert_int_equal(write_object(j.c, 2, SD_OP_CREATE_AND_WRITE_OBJ, oid, 0,
					      blob_new("12345678", 8), 0),
				 SD_RES_SUCCESS);
	}
	assert_int_equal(watch_count(j.w, TRACE_RECOVERY_LIST, 2), 0);
	assert_int_equal(watch_count(j.w, TRACE_PARK, 2), 0);
	filter_end(j.c, f);
	cluster_settle(j.c);
	joining_end(&j);
}

/* R421.3. */
static void while_a_run_is_pending_requests_wait_and_nothing_is_scheduled(void **state)
{
	struct joining j = joining_begin();
	struct fault_filter *f = filter_begin(j.c, FAULT_HOLD, -1, 2, SD_OP_GET_OBJ_LIST, 1);

	(void)state;
	joining_go(&j);
	cluster_start(j.c, 3);
	cluster_run(j.c, 100 * MSEC);
	assert_non_null(j.c->node[2].sheep->next_run);
	assert_true(waits(&j, j.oid[0]));
	cluster_run(j.c, 100 * MSEC);
	assert_int_equal(watch_sent_count(j.w, 2, SD_OP_READ_PEER), 0);
	filter_end(j.c, f);
	cluster_settle(j.c);
	joining_end(&j);
}

/* R421.2, R421.5; of the list one object is recovered, two are in flight, the others are not begun.
 */
static void while_objects_are_recovered_it_depends_on_the_place_in_the_list(void **state)
{
	struct joining j = joining_begin();
	struct fault_filter *f = filter_begin(j.c, FAULT_HOLD, 2, -1, SD_OP_READ_PEER, 0);
	uint64_t strange = moving_object(j.c, j.vid, 4, 0x3, -1, 0x7, 2);
	struct sheep_state st;

	(void)state;
	f->skip = 1; /* requests in order of oid: that for oid[0] passes */
	joining_go(&j);
	sheep_state(j.c->node[2].sheep, &st);
	assert_int_equal(st.run_finished, 1);
	assert_false(waits(&j, j.oid[0])); /* it is live */
	assert_true(store_delete(j.c->node[2].store, (struct store_key){.oid = j.oid[0]}));
	assert_false(waits(&j, j.oid[0])); /* it is finished */
	assert_true(waits(&j, j.oid[1]));
	assert_true(waits(&j, j.oid[2]));
	assert_false(waits(&j, strange));
	cluster_run(j.c, 10 * MSEC);
	assert_int_equal(watch_sent_count(j.w, 2, SD_OP_READ_PEER), 3);
	assert_true(waits(&j, j.oid[3]));
	cluster_run(j.c, 10 * MSEC);
	assert_int_equal(fetches(&j, j.oid[3]), 1);
	filter_end(j.c, f);
	cluster_settle(j.c);
	assert_false(waits(&j, strange)); /* no run */
	joining_end(&j);
}

/* R421.5, R537: of a suspended run even what is in flight is scheduled on demand. */
static void a_suspended_run_recovers_whatever_is_asked_for(void **state)
{
	struct joining j = joining_begin();
	struct fault_filter *first = hold_fetch(&j, j.oid[0]);
	struct fault_filter *second = hold_fetch(&j, j.oid[1]);

	(void)state;
	joining_go(&j);
	tell(j.c, 0, SD_OP_DISABLE_RECOVER);
	filter_end(j.c, first);
	cluster_run(j.c, 50 * MSEC);
	assert_true(recovery_suspended(j.c->node[2].sheep));
	expect_read(j.c, read_begin(j.c, 2, j.oid[1]), j.oid[1]);
	assert_int_equal(fetches(&j, j.oid[1]), 2);
	expect_read(j.c, read_begin(j.c, 2, j.oid[3]), j.oid[3]);
	assert_true(recovery_suspended(j.c->node[2].sheep));
	filter_end(j.c, second);
	tell(j.c, 0, SD_OP_ENABLE_RECOVER);
	cluster_settle(j.c);
	expect_no_runs(j.c);
	joining_end(&j);
}

/* ------------------------------------------------------------------ who is woken */

/* R426: those who wait for this object, and no others. */
static void the_end_of_a_job_wakes_those_who_wait_for_its_object(void **state)
{
	struct joining j = joining_begin();
	struct fault_filter *first = hold_fetch(&j, j.oid[0]);
	struct fault_filter *second = hold_fetch(&j, j.oid[1]);
	struct ask *a, *b;

	(void)state;
	joining_go(&j);
	a = read_begin(j.c, 2, j.oid[0]);
	b = read_begin(j.c, 2, j.oid[1]);
	cluster_run(j.c, 50 * MSEC);
	assert_int_equal(j.c->node[2].sheep->nr_parked, 2);
	filter_end(j.c, first);
	cluster_run(j.c, 50 * MSEC);
	assert_true(a->answered);
	assert_false(b->answered);
	assert_int_equal(watch_count(j.w, TRACE_REQUEUE, 2), 1);
	filter_end(j.c, second);
	expect_read(j.c, a, j.oid[0]);
	expect_read(j.c, b, j.oid[1]);
	cluster_settle(j.c);
	joining_end(&j);
}

/* R520: while a run is pending they go on waiting, until it has taken over (R518). */
static void while_a_run_is_pending_the_end_of_a_job_wakes_nobody(void **state)
{
	struct joining j = joining_begin();
	struct fault_filter *first = hold_fetch(&j, j.oid[0]);
	struct fault_filter *second = hold_fetch(&j, j.oid[1]);
	struct ask *a, *b;

	(void)state;
	joining_go(&j);
	a = read_begin(j.c, 2, j.oid[0]);
	b = read_begin(j.c, 2, j.oid[1]);
	cluster_start(j.c, 3);
	cluster_run(j.c, 100 * MSEC);
	assert_non_null(j.c->node[2].sheep->next_run);
	filter_end(j.c, first);
	cluster_run(j.c, 50 * MSEC);
	assert_non_null(watch_object(j.w, 2, j.oid[0]));
	assert_int_equal(watch_count(j.w, TRACE_REQUEUE, 2), 0);
	filter_end(j.c, second);
	cluster_run(j.c, 50 * MSEC);
	assert_int_equal(watch_count(j.w, TRACE_RECOVERY_SUPERSEDED, 2), 1);
	expect_read(j.c, a, j.oid[0]);
	expect_read(j.c, b, j.oid[1]);
	cluster_settle(j.c);
	joining_end(&j);
}

/*
 * R518, R426: a request that waits for an object which does not belong here any more under the next
 * run would wait for ever. It must be woken when that run is the current one, not before.
 */
static void supersession_wakes_those_whose_object_went_elsewhere(void **state)
{
	struct cluster *c = cluster_open(2, 1, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t oid = moving_object(c, vid, 0, 0x7, 2, 0xf, 3);
	struct fault_filter *lists, *later_lists, *fetch;
	struct ask *a;

	(void)state;
	make_object(c, oid);
	lists = filter_begin(c, FAULT_HOLD, -1, 2, SD_OP_GET_OBJ_LIST, 1);
	lists->count = 1;
	fetch = filter_begin(c, FAULT_HOLD, 2, -1, SD_OP_READ_PEER, 0);
	fetch->count = 1; /* of the on-demand job */
	cluster_start(c, 2);
	cluster_run(c, 100 * MSEC);
	a = read_begin(c, 2, oid);
	cluster_run(c, 50 * MSEC);
	assert_int_equal(c->node[2].sheep->nr_parked, 1);
	cluster_start(c, 3);
	cluster_run(c, 100 * MSEC);
	later_lists = filter_begin(c, FAULT_HOLD, -1, 2, SD_OP_GET_OBJ_LIST, 1);
	filter_end(c, lists);
	/* from node 3, with the on-demand job and the next run still under way */
	expect_read(c, a, oid);
	assert_int_equal(fetch->acted, 1);
	assert_int_equal(recovery_epoch(c->node[2].sheep), 3);
	filter_end(c, later_lists);
	filter_end(c, fetch);
	cluster_settle(c);
	cluster_close(c);
}

/*
 * R517, R426: the end of a run wakes everybody: here one that waits for an object which nobody
 * listed, while the job that was scheduled for it is still under way.
 */
static void the_end_of_a_run_wakes_whoever_still_waits(void **state)
{
	struct joining j = joining_begin();
	uint64_t strange = moving_object(j.c, j.vid, 4, 0x3, -1, 0x7, 2);
	struct fault_filter *lists = filter_begin(j.c, FAULT_HOLD, -1, 2, SD_OP_GET_OBJ_LIST, 1);
	struct fault_filter *fetch = hold_fetch(&j, strange);
	struct ask *a;

	(void)state;
	joining_go(&j);
	a = read_begin(j.c, 2, strange);
	cluster_run(j.c, 50 * MSEC);
	assert_int_equal(j.c->node[2].sheep->nr_parked, 1);
	filter_end(j.c, lists);
	cluster_run(j.c, 1000 * MSEC);
	assert_null(j.c->node[2].sheep->run);
	assert_true(a->answered);
	assert_int_equal(ask_end(j.c, a).p.result, SD_RES_NO_OBJ);
	assert_null(watch_object(j.w, 2, strange));
	filter_end(j.c, fetch);
	cluster_settle(j.c);
	joining_end(&j);
}

/* R522: it works with the data of the run that it was scheduled by, and ends. */
static void an_on_demand_job_may_outlive_its_run(void **state)
{
	struct joining j = joining_begin();
	struct fault_filter *lists = filter_begin(j.c, FAULT_HOLD, -1, 2, SD_OP_GET_OBJ_LIST, 1);
	struct fault_filter *fetch = hold_fetch(&j, j.oid[0]);
	struct fault_filter *answer = filter_begin(j.c, FAULT_HOLD, -1, 2, SD_OP_READ_PEER, 1);

	(void)state;
	joining_go(&j);
	assert_true(waits(&j, j.oid[0]));
	cluster_run(j.c, 10 * MSEC);
	filter_end(j.c, fetch);
	cluster_run(j.c, 10 * MSEC); /* read at the old epoch; the answer is under way */
	cluster_start(j.c, 3);
	cluster_run(j.c, 100 * MSEC);
	filter_end(j.c, lists);
	cluster_run(j.c, 100 * MSEC);
	assert_int_equal(watch_count(j.w, TRACE_RECOVERY_SUPERSEDED, 2), 1);
	assert_null(watch_object(j.w, 2, j.oid[0]));
	filter_end(j.c, answer);
	cluster_settle(j.c);
	assert_int_equal(watch_object(j.w, 2, j.oid[0])->num[1], 1);
	assert_int_equal(watch_object(j.w, 2, j.oid[0])->num[3], SD_RES_SUCCESS);
	expect_no_runs(j.c);
	joining_end(&j);
}

/*
 * R533: what cannot be recovered is tried again and again until the list has passed it; then the
 * client hears that there is no such object. Each try takes time, so the clock goes on.
 */
static void a_lost_object_is_tried_again_until_the_list_has_passed_it(void **state)
{
	struct joining j = joining_begin();
	struct fault_filter *f = filter_begin(j.c, FAULT_HOLD, -1, 2, SD_OP_GET_OBJ_LIST, 1);
	int holder = would_be_at(j.c, 0x3, j.oid[0]);
	struct answer answer;
	struct ask *a;
	size_t tried;

	(void)state;
	store_delete(j.c->node[holder].store, (struct store_key){.oid = j.oid[0]});
	joining_go(&j);
	a = read_begin(j.c, 2, j.oid[0]);
	cluster_run(j.c, 100 * MSEC);
	tried = watch_count(j.w, TRACE_RECOVERY_OBJECT, 2);
	assert_true(tried > 5);
	assert_int_equal(watch_object(j.w, 2, j.oid[0])->num[3], SD_RES_NO_OBJ);
	filter_end(j.c, f);
	answer = ask_end(j.c, a);
	assert_int_equal(answer.p.result, SD_RES_NO_OBJ);
	cluster_settle(j.c);
	expect_no_runs(j.c); /* a job that fails counts as finished (R515) */
	joining_end(&j);
}

static bool parked_for(const struct watch *w, int place, uint8_t opcode, uint32_t reason)
{
	const struct seen *s;

	for (size_t n = 0; (s = watch_event(w, TRACE_PARK, place, n)); n++) {
		if (s->num[0] == opcode && s->num[2] == reason)
			return true;
	}
	return false;
}

/*
 * R425: a write that came from a node one epoch ahead, and one that met such a node, go on as soon
 * as the epoch has risen.
 */
static void whoever_waits_for_an_epoch_goes_on_when_it_is_there(void **state)
{
	struct cluster *c = cluster_open(3, 1, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t at_0 = moving_object(c, vid, 0, 0x7, 0, 0xf, 0);
	uint64_t at_1 = moving_object(c, vid, 0, 0x7, 1, 0xf, 1);
	struct watch *w = watch_begin(c);
	struct fault_filter *f;
	struct ask *a, *b;
	struct req q;

	(void)state;
	make_object(c, at_0);
	make_object(c, at_1);
	f = filter_begin(c, FAULT_HOLD, -1, 0, SD_OP_GET_OBJ_LIST, 1); /* its run does not end */
	hub_pause(c->hub, 0, true);
	cluster_start(c, 3);
	cluster_run(c, 100 * MSEC);
	assert_int_equal(c->node[0].sheep->ci.epoch, 1);
	assert_int_equal(c->node[1].sheep->ci.epoch, 2);
	req_init(&q, SD_OP_WRITE_OBJ);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 8;
	q.obj.oid = at_1;
	a = ask_begin(c, 0, &q, blob_new("12345678", 8));
	q.obj.oid = at_0;
	b = ask_begin(c, 1, &q, blob_new("12345678", 8));
	cluster_run(c, 100 * MSEC);
	assert_true(parked_for(w, 0, SD_OP_WRITE_PEER, SD_RES_NEW_NODE_VER));
	assert_true(parked_for(w, 0, SD_OP_WRITE_OBJ, SD_RES_OLD_NODE_VER));
	assert_false(a->answered || b->answered);
	hub_pause(c->hub, 0, false);
	cluster_run(c, 1000 * MSEC);
	assert_true(a->answered && b->answered);
	assert_int_equal(ask_end(c, a).p.result, SD_RES_SUCCESS);
	assert_int_equal(ask_end(c, b).p.result, SD_RES_SUCCESS);
	assert_int_equal(recovery_epoch(c->node[0].sheep), 2);
	filter_end(c, f);
	cluster_settle(c);
	watch_end(w);
	cluster_close(c);
}

/*
 * R426: the end of an object's recovery, even a vain one, re-admits whoever waits here for
 * something about that object, also for an epoch: this one, of a later epoch still, waits again
 * (R407).
 */
static void the_end_of_a_job_wakes_also_who_waits_for_an_epoch(void **state)
{
	struct joining j = joining_begin();
	uint64_t oid = j.oid[0];
	struct fault_filter *first, *second;
	struct ask *a;
	struct req q;
	size_t parked;

	(void)state;
	for (uint32_t i = 4; would_be_at(j.c, 0xf, oid) != 2; i++)
		oid = moving_object(j.c, j.vid, i, 0x3, -1, 0x7, 2);
	if (oid != j.oid[0])
		make_object(j.c, oid);
	first = hold_fetch(&j, oid);
	second = hold_fetch(&j, j.oid[1]); /* its run does not end */
	joining_go(&j);
	hub_pause(j.c->hub, 2, true);
	cluster_start(j.c, 3);
	cluster_run(j.c, 100 * MSEC);
	assert_int_equal(j.c->node[2].sheep->ci.epoch, 2);
	req_init(&q, SD_OP_WRITE_OBJ);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 8;
	q.obj.oid = oid;
	a = ask_begin(j.c, 0, &q, blob_new("12345678", 8));
	cluster_run(j.c, 50 * MSEC);
	assert_true(parked_for(j.w, 2, SD_OP_WRITE_PEER, SD_RES_NEW_NODE_VER));
	assert_int_equal(watch_count(j.w, TRACE_REQUEUE, 2), 0);
	parked = watch_count(j.w, TRACE_PARK, 2); /* node 3, too, asks for what it recovers */
	filter_end(j.c, first);
	cluster_run(j.c, 50 * MSEC);
	assert_non_null(watch_object(j.w, 2, oid));
	assert_non_null(j.c->node[2].sheep->run);
	assert_int_equal(watch_count(j.w, TRACE_REQUEUE, 2), 1);
	assert_int_equal(watch_count(j.w, TRACE_PARK, 2), parked + 1);
	assert_false(a->answered);
	filter_end(j.c, second);
	hub_pause(j.c->hub, 2, false);
	assert_int_equal(ask_end(j.c, a).p.result, SD_RES_SUCCESS);
	cluster_settle(j.c);
	joining_end(&j);
}

int recovery_wait_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_is_recovered_on_demand_before_the_list_is_there),
		cmocka_unit_test(what_became_live_meanwhile_is_not_fetched_again),
		cmocka_unit_test(creates_do_not_wait_for_recovery),
		cmocka_unit_test(while_a_run_is_pending_requests_wait_and_nothing_is_scheduled),
		cmocka_unit_test(while_objects_are_recovered_it_depends_on_the_place_in_the_list),
		cmocka_unit_test(a_suspended_run_recovers_whatever_is_asked_for),
		cmocka_unit_test(the_end_of_a_job_wakes_those_who_wait_for_its_object),
		cmocka_unit_test(while_a_run_is_pending_the_end_of_a_job_wakes_nobody),
		cmocka_unit_test(supersession_wakes_those_whose_object_went_elsewhere),
		cmocka_unit_test(the_end_of_a_run_wakes_whoever_still_waits),
		cmocka_unit_test(an_on_demand_job_may_outlive_its_run),
		cmocka_unit_test(a_lost_object_is_tried_again_until_the_list_has_passed_it),
		cmocka_unit_test(whoever_waits_for_an_epoch_goes_on_when_it_is_there),
		cmocka_unit_test(the_end_of_a_job_wakes_also_who_waits_for_an_epoch),
	};

	return cmocka_run_group_tests_name("recovery_wait", tests, NULL, NULL);
}
