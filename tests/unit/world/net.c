#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void a_connection_is_announced_before_its_first_message(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);

	(void)state;
	rig_say(c, 3, 7);
	rig_run(r);
	rig_expect(r, "100 1: call from 0\n"
		      "100 1: from 0: op 3 id 7\n");
	rig_close(r);
}

static void answer(struct rig *r, struct conn *c)
{
	(void)r;
	rig_say(c, 3, 8);
}

static void the_place_called_can_answer(void **state)
{
	struct rig *r = rig_open(1);

	(void)state;
	r->on_frame[1] = answer;
	rig_say(rig_dial(r, 0, 1), 3, 7);
	rig_run(r);
	rig_expect(r, "100 1: call from 0\n"
		      "100 1: from 0: op 3 id 7\n"
		      "200 0: from 1: op 3 id 8\n");
	assert_int_equal(r->u.messages, 2);
	rig_close(r);
}

static void a_place_can_call_itself(void **state)
{
	struct rig *r = rig_open(1);

	(void)state;
	r->on_frame[0] = answer;
	rig_say(rig_dial(r, 0, 0), 3, 7);
	rig_run(r);
	rig_expect(r, "100 0: call from 0\n"
		      "100 0: from 0: op 3 id 7\n"
		      "200 0: from 0: op 3 id 8\n");
	rig_close(r);
}

static void a_call_is_refused_where_nobody_listens(void **state)
{
	struct rig *r = rig_open(1);

	(void)state;
	world_listen_stop(&r->w[1]);
	assert_null(rig_dial(r, 0, 1));
	world_crash(&r->w[2]);
	assert_null(rig_dial(r, 0, 2));
	rig_run(r);
	rig_expect(r, "");
	rig_close(r);
}

static void a_node_with_a_second_address_is_called_there(void **state)
{
	struct rig *r = rig_open(1);
	struct node_id id = rig_address(1), first = id, second;

	(void)state;
	memcpy(id.io_addr, id.addr, sizeof id.io_addr);
	id.io_port = 9000;
	second = (struct node_id){.addr = {[12] = 127, [15] = 1}, .port = 9000};
	assert_null(world_connect(&r->w[0], &id, &rig_handler, r));
	world_listen(&r->w[1], &id, r->w[1].accept, r);
	assert_non_null(world_connect(&r->w[0], &id, &rig_handler, r));
	assert_non_null(world_connect(&r->w[0], &first, &rig_handler, r));
	assert_non_null(world_connect(&r->w[0], &second, &rig_handler, r));
	rig_run(r);
	rig_expect(r, "100 1: call from 0\n"
		      "100 1: call from 0\n"
		      "100 1: call from 0\n");
	world_listen_stop(&r->w[1]);
	assert_null(world_connect(&r->w[0], &id, &rig_handler, r));
	assert_null(world_connect(&r->w[0], &first, &rig_handler, r));
	rig_close(r);
}

static void who_listens_elsewhere_listens_here_no_more(void **state)
{
	struct rig *r = rig_open(1);
	struct node_id other = rig_address(9);

	(void)state;
	world_listen(&r->w[1], &other, r->w[1].accept, r);
	assert_null(rig_dial(r, 0, 1));
	assert_non_null(rig_dial(r, 0, 9));
	rig_run(r);
	rig_expect(r, "100 1: call from 0\n");
	rig_close(r);
}

static void payload_takes_its_time_and_comes_unchanged(void **state)
{
	struct rig *r = rig_open(1);

	(void)state;
	rig_say_bytes(rig_dial(r, 0, 1), 1, 500000);
	rig_run(r);
	/* 500000 bytes at 1 GB/s */
	rig_expect(r, "100 1: call from 0\n"
		      "600 1: from 0: op 1 id 1 +500000\n");
	assert_int_equal(r->u.bytes, 500000);
	rig_close(r);
}

static void messages_do_not_overtake_each_other(void **state)
{
	struct rig *r = rig_open(1);
	struct text expected = {0};
	struct conn *c;

	(void)state;
	r->u.speed.net_jitter = 1000 * US;
	c = rig_dial(r, 0, 1);
	for (uint32_t i = 0; i < 200; i++)
		rig_say_bytes(c, i, i % 3 ? 1 : 100000);
	for (uint32_t i = 0; i < 200; i++)
		text_add(&expected, "%u ", i);
	rig_run(r);
	for (const char *s = text_get(&r->log), *at = text_get(&expected); (s = strstr(s, " id "));
	     s++, at = strchr(at, ' ') + 1)
		assert_memory_equal(s + 4, at, strchr(at, ' ') - at);
	assert_int_equal(r->u.messages, 200);
	text_free(&expected);
	rig_close(r);
}

/* When the message with this id came to place 1, in us. */
static unsigned long arrival(struct rig *r, uint32_t id)
{
	char end[32];
	const char *s;

	snprintf(end, sizeof end, " id %u\n", id);
	s = strstr(text_get(&r->log), end);
	assert_non_null(s);
	while (s > text_get(&r->log) && s[-1] != '\n')
		s--;
	return strtoul(s, NULL, 10);
}

/* Twenty messages, each on a connection of its own; one is left out. */
static struct rig *send_twenty(uint64_t seed, uint32_t left_out)
{
	struct rig *r = rig_open(seed);

	r->u.speed.net_jitter = 1000 * US;
	for (uint32_t i = 0; i < 20; i++)
		if (i != left_out)
			rig_say(rig_dial(r, 0, 1), 3, i);
	rig_run(r);
	return r;
}

static void jitter_follows_from_the_message_and_the_seed_alone(void **state)
{
	struct rig *all = send_twenty(1, 20), *fewer = send_twenty(1, 4),
		   *other = send_twenty(2, 20);
	int differ_by_seed = 0, differ = 0;

	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		if (i != 4)
			assert_int_equal(arrival(all, i), arrival(fewer, i));
		assert_in_range(arrival(all, i), 100, 1100);
		differ_by_seed += arrival(all, i) != arrival(other, i);
		differ += arrival(all, i) != arrival(all, 0);
	}
	assert_true(differ_by_seed > 15);
	assert_true(differ > 15);
	rig_close(all);
	rig_close(fewer);
	rig_close(other);
}

static void the_other_side_learns_a_close_behind_what_was_sent(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);

	(void)state;
	rig_say_bytes(c, 1, 500000);
	conn_close(c);
	rig_run(r);
	rig_expect(r, "100 1: call from 0\n"
		      "600 1: from 0: op 1 id 1 +500000\n"
		      "600 1: lost 0\n");
	assert_true(LIST_EMPTY(&r->w[1].conns));
	rig_close(r);
}

static void close_it(struct rig *r, struct conn *c)
{
	(void)r;
	conn_close(c);
	rig_say(c, 1, 99);
}

static void nothing_comes_to_an_end_that_was_closed(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);

	(void)state;
	r->on_frame[1] = close_it;
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_run_to(r, 150);
	rig_say(c, 1, 3); /* the close has not arrived here */
	rig_run(r);
	rig_expect(r, "100 1: call from 0\n"
		      "100 1: from 0: op 1 id 1\n"
		      "200 0: lost 1\n");
	rig_close(r);
}

static void closing_and_sending_while_told_of_the_end_do_nothing(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);

	(void)state;
	r->close_in_closed = true;
	rig_run_to(r, 100);
	conn_close(c);
	rig_run(r);
	rig_expect(r, "100 1: call from 0\n"
		      "200 1: lost 0\n");
	rig_close(r);
}

static void ignore(void *owner, struct conn *c)
{
	(void)owner;
	(void)c;
}

static void a_call_that_nobody_takes_is_closed(void **state)
{
	struct rig *r = rig_open(1);
	struct node_id address = rig_address(1);

	(void)state;
	world_listen(&r->w[1], &address, ignore, r);
	rig_say(rig_dial(r, 0, 1), 1, 1);
	rig_run(r);
	rig_expect(r, "200 0: lost 1\n");
	rig_close(r);
}

static void a_place_that_stops_listening_closes_calls_under_way(void **state)
{
	struct rig *r = rig_open(1);

	(void)state;
	rig_dial(r, 0, 1);
	world_listen_stop(&r->w[1]);
	rig_run(r);
	rig_expect(r, "200 0: lost 1\n");
	rig_close(r);
}

/* R434 */
static void a_crash_closes_all_connections_behind_what_was_sent(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *a = rig_dial(r, 1, 0);

	(void)state;
	rig_dial(r, 2, 1);
	rig_run(r);
	text_clear(&r->log);
	rig_say_bytes(a, 1, 500000);
	world_crash(&r->w[1]);
	rig_run(r);
	rig_expect(r, "200 2: lost 1\n"
		      "700 0: from 1: op 1 id 1 +500000\n"
		      "700 0: lost 1\n");
	rig_close(r);
}

static void a_crash_takes_timers_disks_and_what_was_on_its_way_there(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);
	struct tick t = {0};
	struct io io = {0};

	(void)state;
	rig_tick(r, &t, 1, 150, "timer");
	rig_io(r, &io, 1, 0, "disk");
	rig_say(c, 1, 1);
	rig_run_to(r, 50);
	world_crash(&r->w[1]);
	assert_false(timer_armed(&t.timer));
	rig_run(r);
	rig_expect(r, "150 0: lost 1\n");
	/* The next process there starts with nothing. */
	world_boot(&r->w[1]);
	rig_tick(r, &t, 1, 10, "timer of the next");
	rig_run(r);
	rig_expect(r, "160 timer of the next\n");
	rig_close(r);
}

static void crash_receiver(struct rig *r, struct conn *c)
{
	(void)r;
	world_crash(c->world);
}

static void a_process_can_end_while_it_handles_a_message(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);

	(void)state;
	r->on_frame[1] = crash_receiver;
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	rig_run(r);
	rig_expect(r, "100 1: call from 0\n"
		      "100 1: from 0: op 1 id 1\n"
		      "200 0: lost 1\n");
	rig_close(r);
}

static void what_is_under_way_is_counted(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);

	(void)state;
	assert_int_equal(world_pending_net(&r->w[0]), 1);
	rig_say(c, 1, 1);
	rig_say(c, 1, 2);
	assert_int_equal(world_pending_net(&r->w[0]), 3);
	assert_int_equal(world_pending_net(&r->w[1]), 3);
	assert_int_equal(world_pending_net(&r->w[2]), 0);
	rig_run(r);
	assert_int_equal(world_pending_net(&r->w[0]), 0);
	rig_close(r);
}

/* For the sanitizers. */
static void a_universe_can_end_with_messages_under_way(void **state)
{
	struct rig *r = rig_open(1);
	struct conn *c = rig_dial(r, 0, 1);

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		rig_say_bytes(c, i, 100);
	rig_dial(r, 2, 1);
	rig_run_to(r, 100);
	assert_true(world_pending_net(&r->w[0]) > 0);
	rig_abandon(r);
}

/* For the sanitizers: clients come and go. */
static void a_place_can_be_freed_with_messages_under_way(void **state)
{
	struct rig *r = rig_open(1);
	struct world *client = mem_alloc(sizeof *client);
	struct node_id address = rig_address(1);

	(void)state;
	world_init(client, &r->u, TRACE_CLIENT, 0);
	world_boot(client);
	r->on_frame[1] = answer;
	rig_say(world_connect(client, &address, &rig_handler, r), 1, 1);
	rig_run_to(r, 150);
	world_free(client);
	free(client);
	rig_run(r);
	rig_expect(r, "100 1: call from 10000\n"
		      "100 1: from 10000: op 1 id 1\n"
		      "250 1: lost 10000\n");
	rig_close(r);
}

static void random_numbers_follow_from_seed_purpose_and_keys(void **state)
{
	struct rig *a = rig_open(1), *b = rig_open(2);
	int differ = 0;

	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		uint64_t n = world_random(&a->w[0], 1000, "p", i, 2, 3);

		assert_in_range(n, 0, 999);
		assert_int_equal(n, world_random(&a->w[0], 1000, "p", i, 2, 3));
		differ += n != world_random(&b->w[0], 1000, "p", i, 2, 3);
		differ += n != world_random(&a->w[0], 1000, "q", i, 2, 3);
		differ += n != world_random(&a->w[0], 1000, "p", i, 3, 3);
		differ += n != world_random(&a->w[0], 1000, "p", i, 2, 4);
	}
	assert_true(differ > 390);
	rig_close(a);
	rig_close(b);
}

/* As a sheep draws them: one stream a process, seeded by its port, and one number is gone when it
 * joins. Others have streams of their own. */
static void random_numbers_are_a_stream_where_the_universe_has_streams(void **state)
{
	struct rig *r = rig_open(1);
	struct node_id address = rig_address(1);

	(void)state;
	r->u.streams = true;
	for (int life = 0; life < 2; life++) {
		static const uint64_t numbers[] = {587, 667, 257, 794};

		for (size_t i = 0; i < 4; i++) {
			assert_int_equal(world_random(&r->w[1], 1000, "p", i, 2, 3), numbers[i]);
			world_random(&r->w[0], 1000, "p", i, 2, 3);
		}
		world_crash(&r->w[1]);
		world_boot(&r->w[1]);
		world_listen(&r->w[1], &address, r->w[0].accept, r);
	}
	rig_close(r);
}

static uint64_t digest_of_run(uint64_t seed)
{
	struct rig *r = send_twenty(seed, 20);
	uint64_t digest = r->u.trace.digest;

	rig_close(r);
	return digest;
}

static void the_same_seed_gives_the_same_run(void **state)
{
	(void)state;
	assert_int_equal(digest_of_run(7), digest_of_run(7));
	assert_int_not_equal(digest_of_run(7), digest_of_run(8));
}

struct watcher {
	struct trace_sink sink;
	struct text log;
};

static void watch(struct trace_sink *s, const struct trace_event *e)
{
	struct watcher *w = container_of(s, struct watcher, sink);

	text_add(&w->log, "%d %s %llu %llu %llu %s%s%s\n", e->place, trace_kind_name(e->kind),
		 (unsigned long long)e->num[0], (unsigned long long)e->num[1],
		 (unsigned long long)e->num[2], e->head ? "head" : "-", e->answer ? " answer" : "",
		 e->payload ? " payload" : "");
}

static void every_message_is_an_event_at_both_ends(void **state)
{
	struct rig *r = rig_open(1);
	struct watcher w = {.sink = {.event = watch}};
	struct conn *c;

	(void)state;
	trace_add_sink(&r->u.trace, &w.sink);
	c = rig_dial(r, 0, 1);
	r->on_frame[1] = answer;
	rig_say_bytes(c, 1, 5);
	rig_run(r);
	conn_close(c);
	rig_run(r);
	assert_string_equal(text_get(&w.log), "0 connect 1 0 0 -\n"
					      "0 send 1 1 5 head payload\n"
					      "1 receive 0 1 5 head payload\n"
					      "1 send 0 3 0 head answer\n"
					      "0 receive 1 3 0 head answer\n"
					      "0 disconnect 1 0 0 -\n"
					      "1 disconnect 0 0 0 -\n");
	text_free(&w.log);
	rig_close(r);
}

static void the_wall_clock_starts_in_2026(void **state)
{
	struct rig *r = rig_open(1);

	(void)state;
	rig_run_to(r, 5);
	assert_int_equal(world_now(&r->w[0]), 5000);
	assert_int_equal(world_unix_time(&r->w[0]), 1767225600000005000ull);
	rig_close(r);
}

int net_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_is_announced_before_its_first_message),
		cmocka_unit_test(the_place_called_can_answer),
		cmocka_unit_test(a_place_can_call_itself),
		cmocka_unit_test(a_call_is_refused_where_nobody_listens),
		cmocka_unit_test(a_node_with_a_second_address_is_called_there),
		cmocka_unit_test(who_listens_elsewhere_listens_here_no_more),
		cmocka_unit_test(payload_takes_its_time_and_comes_unchanged),
		cmocka_unit_test(messages_do_not_overtake_each_other),
		cmocka_unit_test(jitter_follows_from_the_message_and_the_seed_alone),
		cmocka_unit_test(the_other_side_learns_a_close_behind_what_was_sent),
		cmocka_unit_test(nothing_comes_to_an_end_that_was_closed),
		cmocka_unit_test(closing_and_sending_while_told_of_the_end_do_nothing),
		cmocka_unit_test(a_call_that_nobody_takes_is_closed),
		cmocka_unit_test(a_place_that_stops_listening_closes_calls_under_way),
		cmocka_unit_test(a_crash_closes_all_connections_behind_what_was_sent),
		cmocka_unit_test(a_crash_takes_timers_disks_and_what_was_on_its_way_there),
		cmocka_unit_test(a_process_can_end_while_it_handles_a_message),
		cmocka_unit_test(what_is_under_way_is_counted),
		cmocka_unit_test(a_universe_can_end_with_messages_under_way),
		cmocka_unit_test(a_place_can_be_freed_with_messages_under_way),
		cmocka_unit_test(random_numbers_follow_from_seed_purpose_and_keys),
		cmocka_unit_test(random_numbers_are_a_stream_where_the_universe_has_streams),
		cmocka_unit_test(the_same_seed_gives_the_same_run),
		cmocka_unit_test(every_message_is_an_event_at_both_ends),
		cmocka_unit_test(the_wall_clock_starts_in_2026),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
