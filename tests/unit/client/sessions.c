#include "gateway.h"

#include <stdlib.h>

#include <string.h>

/* A client of its own with one session, and what became of its requests. */
struct asker {
	struct gateway *g;
	struct world world;
	struct answer_tally tally;
	struct session session;
	struct asked {
		struct exchange x;
		struct asker *asker;
		unsigned done, lost;
		uint64_t at; /* when */
	} asked[4];
	char order[8]; /* in which they were done: "021" */
};

static void done(struct exchange *x)
{
	struct asked *a = container_of(x, struct asked, x);
	struct asker *k = a->asker;
	char *end = k->order + strlen(k->order);

	a->done++;
	a->lost += x->lost;
	a->at = k->g->u.clock.now;
	assert_true((size_t)(end - k->order) < sizeof k->order - 1);
	*end = (char)('0' + (a - k->asked));
	assert_null(x->payload);
}

static struct asker *asker_open(bool lasting)
{
	struct asker *k = mem_alloc(sizeof *k);
	struct node_id id = gateway_id(0);

	k->g = gateway_open();
	world_init(&k->world, &k->g->u, 101, 0);
	world_boot(&k->world);
	session_init(&k->session, &k->world, &k->tally, &id, lasting);
	return k;
}

static void asker_close(struct asker *k)
{
	session_close(&k->session);
	world_free(&k->world);
	gateway_close(k->g);
	free(k);
}

/* Reads i + 1 bytes of the inode. */
static void ask(struct asker *k, unsigned i)
{
	struct asked *a = &k->asked[i];

	a->asker = k;
	a->x.done = done;
	request_object(&a->x.req, SD_OP_READ_OBJ, 0, sd_vid_to_inode_oid(ALPHA), 0, i + 1);
	session_send(&k->session, &a->x);
	assert_int_equal(a->done, 0);
}

static void answers_find_their_requests_in_any_order(void **state)
{
	struct asker *k = asker_open(true);

	(void)state;
	k->g->keep = true;
	ask(k, 0);
	ask(k, 1);
	ask(k, 2);
	gateway_run(k->g);
	gateway_answer(k->g, 2);
	gateway_run(k->g);
	gateway_answer(k->g, 0);
	gateway_answer(k->g, 1);
	gateway_run(k->g);
	assert_string_equal(k->order, "201");
	assert_int_equal(k->tally.answered, 3);
	assert_int_equal(k->tally.strays + k->tally.mismatched, 0);
	assert_int_equal(k->g->calls, 1);
	asker_close(k);
}

static void an_answer_that_comes_twice_is_counted(void **state)
{
	struct asker *k = asker_open(true);

	(void)state;
	k->g->keep = true;
	ask(k, 0);
	gateway_run(k->g);
	gateway_answer(k->g, 0);
	gateway_answer(k->g, 0);
	gateway_run(k->g);
	assert_string_equal(k->order, "0");
	assert_int_equal(k->tally.strays, 1);
	assert_string_equal(k->tally.first, "READ_OBJ answer id 1 belongs to no request");
	asker_close(k);
}

static void an_answer_that_does_not_fit_is_counted(void **state)
{
	struct asker *k = asker_open(true);
	struct kept_answer *a = k->g->kept;

	(void)state;
	k->g->keep = true;
	ask(k, 0);
	ask(k, 1);
	gateway_run(k->g);
	a[0].head[1] = SD_OP_WRITE_OBJ;
	blob_unref(a[1].payload); /* there was room for two bytes */
	a[1].payload = gateway_bytes(1, 3);
	a[1].head[12] = 3;
	gateway_answer(k->g, 0);
	gateway_answer(k->g, 1);
	gateway_run(k->g);
	assert_string_equal(k->order, "01");
	assert_int_equal(k->tally.mismatched, 2);
	assert_int_equal(k->tally.strays, 0);
	asker_close(k);
}

static void a_lasting_session_asks_again_until_there_is_an_answer(void **state)
{
	struct asker *k = asker_open(true);

	(void)state;
	ask(k, 0);
	gateway_run(k->g);
	gateway_expect(k->g, "0 READ_OBJ 80abc00000000000 0+1\n");
	k->g->keep = true;
	ask(k, 1);
	ask(k, 2);
	gateway_run(k->g);
	gateway_expect(k->g, "0 READ_OBJ 80abc00000000000 0+2\n"
			     "0 READ_OBJ 80abc00000000000 0+3\n");
	gateway_stop(k->g, 0);
	gateway_run_for(k->g, 2500 * NSEC_PER_MSEC);
	gateway_expect(k->g, "");
	assert_int_equal(k->session.nr_pending, 2);
	k->g->keep = false;
	gateway_start(k->g, 0);
	gateway_run(k->g);
	/* It tries once a second; what had its answer is not asked again. */
	gateway_expect(k->g, "0 READ_OBJ 80abc00000000000 0+2\n"
			     "0 READ_OBJ 80abc00000000000 0+3\n");
	assert_string_equal(k->order, "012");
	assert_int_equal(k->asked[2].at / NSEC_PER_SEC, 3);
	assert_int_equal(k->asked[1].lost + k->asked[2].lost, 0);
	assert_int_equal(k->tally.requests, 3);
	assert_int_equal(k->tally.answered, 3);
	asker_close(k);
}

static void a_lasting_session_waits_for_a_node_that_is_not_there_yet(void **state)
{
	struct asker *k = asker_open(true);

	(void)state;
	gateway_stop(k->g, 0);
	ask(k, 0);
	ask(k, 1);
	gateway_run_for(k->g, 500 * NSEC_PER_MSEC);
	gateway_start(k->g, 0);
	gateway_run(k->g);
	assert_string_equal(k->order, "01");
	assert_int_equal(k->asked[0].at / NSEC_PER_SEC, 1);
	asker_close(k);
}

static void a_session_that_moves_asks_the_other_node(void **state)
{
	struct asker *k = asker_open(true);
	struct node_id other = gateway_id(1);

	(void)state;
	k->g->keep = true;
	ask(k, 0);
	gateway_run(k->g);
	k->g->keep = false;
	session_move(&k->session, &other);
	gateway_answer(k->g, 0); /* too late: that connection is closed */
	ask(k, 1);
	gateway_run(k->g);
	gateway_expect(k->g, "0 READ_OBJ 80abc00000000000 0+1\n"
			     "1 READ_OBJ 80abc00000000000 0+1\n"
			     "1 READ_OBJ 80abc00000000000 0+2\n");
	assert_string_equal(k->order, "01");
	assert_int_equal(k->tally.strays, 0);
	asker_close(k);
}

static void a_session_that_moves_does_not_wait_for_its_next_try(void **state)
{
	struct asker *k = asker_open(true);
	struct node_id other = gateway_id(1);

	(void)state;
	gateway_stop(k->g, 0);
	ask(k, 0);
	gateway_run_for(k->g, 100 * NSEC_PER_MSEC);
	session_move(&k->session, &other);
	gateway_run(k->g);
	assert_string_equal(k->order, "0");
	assert_true(k->asked[0].at < 200 * NSEC_PER_MSEC);
	asker_close(k);
}

static void a_short_session_tells_that_its_request_is_lost(void **state)
{
	struct asker *k = asker_open(false);

	(void)state;
	k->g->keep = true;
	ask(k, 0);
	gateway_run(k->g);
	gateway_stop(k->g, 0);
	gateway_run(k->g);
	assert_string_equal(k->order, "0");
	assert_int_equal(k->asked[0].lost, 1);
	ask(k, 1); /* nobody listens */
	gateway_run(k->g);
	assert_string_equal(k->order, "01");
	assert_int_equal(k->asked[1].lost, 1);
	assert_int_equal(k->tally.lost, 2);
	assert_int_equal(k->g->calls, 1);
	asker_close(k);
}

static void closing_a_session_loses_what_is_under_way(void **state)
{
	struct asker *k = asker_open(true);

	(void)state;
	ask(k, 0);
	ask(k, 1);
	gateway_run_for(k->g, 50 * NSEC_PER_USEC);
	session_close(&k->session);
	assert_string_equal(k->order, "01");
	assert_int_equal(k->asked[0].lost + k->asked[1].lost, 2);
	assert_int_equal(k->tally.lost, 2);
	ask(k, 2);
	gateway_run(k->g);
	assert_string_equal(k->order, "012");
	assert_int_equal(k->asked[2].lost, 0);
	asker_close(k);
}

static void what_has_no_answer_is_told_in_words(void **state)
{
	struct asker *k = asker_open(true);
	struct text t = {0};

	(void)state;
	k->g->keep = true;
	gateway_run_for(k->g, 0);
	ask(k, 1);
	session_pending_text(&k->session, &t);
	assert_string_equal(text_get(&t),
			    "no answer to READ_OBJ id=1 oid=80abc00000000000 off=0 len=2 at "
			    "127.0.0.1:7000, sent at 0.000000 s\n");
	text_free(&t);
	asker_close(k);
}

int session_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_find_their_requests_in_any_order),
		cmocka_unit_test(an_answer_that_comes_twice_is_counted),
		cmocka_unit_test(an_answer_that_does_not_fit_is_counted),
		cmocka_unit_test(a_lasting_session_asks_again_until_there_is_an_answer),
		cmocka_unit_test(a_lasting_session_waits_for_a_node_that_is_not_there_yet),
		cmocka_unit_test(a_session_that_moves_asks_the_other_node),
		cmocka_unit_test(a_session_that_moves_does_not_wait_for_its_next_try),
		cmocka_unit_test(a_short_session_tells_that_its_request_is_lost),
		cmocka_unit_test(closing_a_session_loses_what_is_under_way),
		cmocka_unit_test(what_has_no_answer_is_told_in_words),
	};

	return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
