/*
 * One request to several nodes (R414, R432): in order, all must answer, silence has an end. Five
 * nodes with three copies; the gateway, node 0 or 1, holds none of the object.
 */
#include <errno.h>
#include "recovery_watch.h"

#include <stdio.h>
#include <stdlib.h>

#define COPIES 3

struct three {
	struct cluster *c;
	uint64_t oid;
	int gateway;
	int holder[COPIES]; /* nodes, in the order of the ring */
};

static bool is_holder(const struct three *t, int node)
{
	for (int i = 0; i < COPIES; i++) {
		if (t->holder[i] == node)
			return true;
	}
	return false;
}

static struct three three_open(void)
{
	struct three t = {.c = cluster_open(5, COPIES, 0)};
	struct view *v = t.c->node[0].sheep->view;
	uint16_t holders[MAX_ZONES];
	uint32_t vid = new_vdi(t.c, 0, "alpha", 0, 0);

	t.oid = sd_vid_to_data_oid(vid, 0);
	assert_int_equal(view_holders(v, t.oid, COPIES, holders), COPIES);
	for (int i = 0; i < COPIES; i++)
		t.holder[i] = view_members(v)->rec[holders[i]].nid.port - 7000;
	while (is_holder(&t, t.gateway))
		t.gateway++;
	create_data(t.c, vid, 0, 'c');
	cluster_drop_sent(t.c);
	return t;
}

static struct req write_request(const struct three *t)
{
	struct req q;

	req_init(&q, SD_OP_WRITE_OBJ);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 3;
	q.obj.oid = t->oid;
	return q;
}

static uint32_t write_three(const struct three *t)
{
	struct req q = write_request(t);

	return ask_result(t->c, t->gateway, &q, blob_new("new", 3));
}

/* WRITE_PEER requests that holder i was sent since the sent ones were dropped. */
static int sent_to(const struct three *t, int i)
{
	const char *at = text_get(&t->c->sent);
	char route[40];
	int nr = 0;

	snprintf(route, sizeof(route), "%d>%d WRITE_PEER ", t->gateway, t->holder[i]);
	while ((at = strstr(at, route))) {
		at++;
		nr++;
	}
	return nr;
}

static bool has_new_bytes(const struct three *t, int i)
{
	struct blob *b =
		store_get(t->c->node[t->holder[i]].store, (struct store_key){.oid = t->oid});
	char bytes[3];

	blob_read(b, 0, bytes, sizeof(bytes));
	blob_unref(b);
	return memcmp(bytes, "new", sizeof(bytes)) == 0;
}

static void every_replica_gets_it_once(void **state)
{
	struct three t = three_open();

	(void)state;
	assert_int_equal(write_three(&t), SD_RES_SUCCESS);
	for (int i = 0; i < COPIES; i++) {
		assert_int_equal(sent_to(&t, i), 1);
		assert_true(has_new_bytes(&t, i));
	}
	cluster_close(t.c);
}

/* R414, R904: one that fails fails the whole, and nothing is undone. */
static void an_error_of_one_replica_is_the_result(void **state)
{
	(void)state;
	for (int broken = 0; broken < COPIES; broken++) {
		struct three t = three_open();
		struct store *store = t.c->node[t.holder[broken]].store;

		assert_true(store_delete(store, (struct store_key){.oid = t.oid}));
		assert_int_equal(write_three(&t), SD_RES_NO_OBJ);
		for (int i = 0; i < COPIES; i++) {
			assert_int_equal(sent_to(&t, i), 1);
			assert_true(i == broken || has_new_bytes(&t, i));
		}
		cluster_close(t.c);
	}
}

/* R414: where replicas fail differently the answer that comes last counts, whoever sends it. */
static void of_two_errors_the_last_is_the_result(void **state)
{
	(void)state;
	for (int last = 0; last < 2; last++) {
		struct three t = three_open();
		struct req q = write_request(&t);
		struct cluster_node *full = &t.c->node[t.holder[1]];
		struct fault_filter *late = filter_begin(t.c, FAULT_HOLD, t.holder[last], t.gateway,
							 SD_OP_WRITE_PEER, 1);
		struct ask *a;

		assert_true(store_delete(t.c->node[t.holder[0]].store,
					 (struct store_key){.oid = t.oid}));
		world_disk_fail(&full->world, DISK_OBJECTS, t.oid, ENOSPC, 1);
		a = ask_begin(t.c, t.gateway, &q, blob_new("new", 3));
		cluster_run(t.c, 100 * NSEC_PER_MSEC);
		assert_false(a->answered); /* all must answer */
		filter_end(t.c, late);
		assert_int_equal(ask_end(t.c, a).p.result,
				 last == 0 ? SD_RES_NO_OBJ : SD_RES_NO_SPACE);
		cluster_close(t.c);
	}
}

/* The second holder is dead and nobody knows it yet: whoever comes behind it is not asked. */
static void behind_a_holder_that_cannot_be_reached_nobody_gets_it(void **state)
{
	struct three t = three_open();
	struct req q = write_request(&t);
	struct ask *a;

	(void)state;
	cluster_kill(t.c, t.holder[1]);
	a = ask_begin(t.c, t.gateway, &q, blob_new("new", 3));
	cluster_run(t.c, 20 * NSEC_PER_MSEC); /* its death is noticed after 50 ms */
	assert_false(a->answered);
	assert_true(sent_to(&t, 0) > 1); /* requeued at once, again and again (R423) */
	assert_int_equal(sent_to(&t, 1), 0);
	assert_int_equal(sent_to(&t, 2), 0);
	assert_int_equal(ask_end(t.c, a).p.result, SD_RES_SUCCESS);
	cluster_close(t.c);
}

/* R432: seven periods of 5 s without any answer, if the epoch stays. */
static void silence_is_forgiven_six_times(void **state)
{
	struct three t = three_open();
	struct req q = write_request(&t);
	struct ask *a;

	(void)state;
	world_hold(&t.c->node[t.holder[2]].world);
	a = ask_begin(t.c, t.gateway, &q, blob_new("new", 3));
	cluster_run(t.c, 34900 * NSEC_PER_MSEC);
	assert_int_equal(sent_to(&t, 0), 1);
	cluster_run(t.c, 200 * NSEC_PER_MSEC);
	for (int i = 0; i < COPIES; i++)
		assert_int_equal(sent_to(&t, i), 2); /* NETWORK_ERROR, so it was requeued */
	world_release(&t.c->node[t.holder[2]].world);
	assert_int_equal(ask_end(t.c, a).p.result, SD_RES_SUCCESS);
	cluster_close(t.c);
}

/* R432: when the epoch is another one, the period that runs is the last. */
static void silence_ends_soon_after_an_epoch_change(void **state)
{
	struct three t = three_open();
	struct req q = write_request(&t);
	struct ask *a;
	int idle = t.gateway + 1;

	(void)state;
	while (is_holder(&t, idle))
		idle++;
	world_hold(&t.c->node[t.holder[2]].world);
	a = ask_begin(t.c, t.gateway, &q, blob_new("new", 3));
	cluster_run(t.c, 12 * NSEC_PER_SEC);
	assert_int_equal(sent_to(&t, 0), 1);
	cluster_kill(t.c, idle);
	cluster_run(t.c, 2900 * NSEC_PER_MSEC);
	assert_int_equal(sent_to(&t, 0), 1);
	cluster_run(t.c, 200 * NSEC_PER_MSEC);
	assert_int_equal(sent_to(&t, 0), 2);
	world_release(&t.c->node[t.holder[2]].world);
	assert_int_equal(ask_end(t.c, a).p.result, SD_RES_SUCCESS);
	cluster_close(t.c);
}

/* How a write went whose replicas were all an epoch ahead. */
struct overtaken {
	uint64_t last;	/* when the last of their answers came */
	uint64_t leave; /* when the gateway's own leave came */
	uint64_t early; /* when it would have come without a delay */
	size_t parked;
};

static struct overtaken overtaken_write(uint64_t delay, uint64_t last)
{
	struct three t = three_open();
	struct watch *w = watch_begin(t.c);
	struct clock *clock = &t.c->u.clock;
	struct req q = write_request(&t);
	struct overtaken o = {0};
	int idle = t.gateway + 1;
	struct ask *a;

	while (is_holder(&t, idle))
		idle++;
	hub_pause(t.c->hub, t.gateway, true);
	hub_delay(t.c->hub, t.gateway, hub_position(t.c->hub), delay);
	cluster_kill(t.c, idle);
	cluster_run(t.c, 100 * NSEC_PER_MSEC);
	a = ask_begin(t.c, t.gateway, &q, blob_new("new", 3));
	/* Resumed when the last answer is on its way: the leave is queued behind it. */
	while (last ? clock_next(clock) < last : clock->now < 2 * delay)
		clock_step(clock);
	hub_pause(t.c->hub, t.gateway, false);
	assert_int_equal(ask_end(t.c, a).p.result, SD_RES_SUCCESS);
	for (size_t i = 0; i < w->nr; i++) {
		const struct seen *e = &w->seen[i];

		if (e->kind == TRACE_RECEIVE && e->place == t.gateway && e->answer &&
		    e->q.opcode == SD_OP_WRITE_PEER && o.leave == 0)
			o.last = e->time;
		if (e->kind == TRACE_LEAVE && e->place == t.gateway)
			o.leave = e->time;
		o.parked += e->kind == TRACE_PARK && e->num[0] == SD_OP_WRITE_OBJ;
	}
	o.early = watch_event(w, TRACE_LEAVE, t.holder[0], 0)->time;
	for (int i = 0; i < COPIES; i++)
		assert_int_equal(sent_to(&t, i), 2);
	watch_end(w);
	cluster_close(t.c);
	return o;
}

/*
 * R002, R423: refused by replicas that are ahead, a write waits for the gateway's own epoch. If
 * that comes at the same moment, between the last answer and the completion, there is nothing to
 * wait for.
 */
static void an_epoch_may_come_between_the_last_answer_and_the_completion(void **state)
{
	struct overtaken late = overtaken_write(NSEC_PER_SEC, 0);
	struct overtaken between = overtaken_write(late.last - late.early, late.last);

	(void)state;
	assert_true(late.leave > late.last);
	assert_int_equal(late.parked, 1);
	assert_int_equal(between.last, late.last);
	assert_int_equal(between.leave, late.last);
	assert_int_equal(between.parked, 0);
}

/* R414: what it had sent arrives, and nothing else does. */
static void a_gateway_may_die_after_any_of_its_sends(void **state)
{
	(void)state;
	for (int sends = 1; sends <= COPIES; sends++) {
		struct three t = three_open();
		struct req q = write_request(&t);
		struct ask *a = ask_begin(t.c, t.gateway, &q, blob_new("new", 3));

		for (int i = 0; i < sends; i++) {
			while (sent_to(&t, i) == 0)
				clock_step(&t.c->u.clock);
		}
		cluster_kill(t.c, t.gateway);
		cluster_settle(t.c);
		for (int i = 0; i < COPIES; i++)
			assert_int_equal(has_new_bytes(&t, i), i < sends);
		assert_int_equal(ask_end(t.c, a).p.result, UINT32_MAX);
		cluster_close(t.c);
	}
}

/* A CREATE through node 0 that says itself how many copies it wants. */
static uint32_t create_with_copies(struct cluster *c, uint64_t oid, uint8_t copies)
{
	struct req q;

	req_init(&q, SD_OP_CREATE_AND_WRITE_OBJ);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 3;
	q.obj.oid = oid;
	q.obj.copies = copies;
	return ask_result(c, 0, &q, blob_new("new", 3));
}

/* R430: zones have to be as many as the copies of the VDI, whatever number the request has. */
static void strict_looks_at_the_copies_of_the_vdi(void **state)
{
	struct cluster *c = cluster_open(3, 3, SD_CLUSTER_FLAG_STRICT);
	uint32_t vid = new_vdi(c, 0, "alpha", 0, 0);

	(void)state;
	assert_int_equal(create_with_copies(c, sd_vid_to_data_oid(vid, 0), 6), SD_RES_SUCCESS);
	cluster_kill(c, 2);
	cluster_settle(c);
	assert_int_equal(create_with_copies(c, sd_vid_to_data_oid(vid, 1), 2), SD_RES_HALT);
	cluster_close(c);
}

int gateway_forward_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_replica_gets_it_once),
		cmocka_unit_test(an_error_of_one_replica_is_the_result),
		cmocka_unit_test(of_two_errors_the_last_is_the_result),
		cmocka_unit_test(behind_a_holder_that_cannot_be_reached_nobody_gets_it),
		cmocka_unit_test(silence_is_forgiven_six_times),
		cmocka_unit_test(silence_ends_soon_after_an_epoch_change),
		cmocka_unit_test(a_gateway_may_die_after_any_of_its_sends),
		cmocka_unit_test(an_epoch_may_come_between_the_last_answer_and_the_completion),
		cmocka_unit_test(strict_looks_at_the_copies_of_the_vdi),
	};

	return cmocka_run_group_tests_name("gateway_forward", tests, NULL, NULL);
}
