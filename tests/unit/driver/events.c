/*
 * R103, R115, R120-R122, R810: notifications, updates, and the one order of all.
 */
#include "rig.h"

#include <errno.h>

static void r115_a_notification_reaches_everybody_once_the_sender_too(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 3);
	rig_notify(r, 1, "hello");
	rig_run(r);
	rig_expect(r, "200 0: notify from 1: \"hello\"\n"
		      "200 1: notify from 1: \"hello\"\n"
		      "200 2: notify from 1: \"hello\"\n");
	rig_close(r);
}

/* Everything at once, and every node with another delay. */
static struct rig *turmoil(void)
{
	struct rig *r = rig_open();

	rig_form(r, 4);
	hub_delay(r->hub, 0, 0, 330 * US);
	hub_delay(r->hub, 2, hub_position(r->hub) + 2, 7000 * US);
	hub_delay(r->hub, 3, 0, 20 * US);
	for (int i = 0; i < 4; i++) {
		rig_notify(r, i, "first");
		driver_block(r->node[i].driver);
		rig_pass(r, 30);
		driver_update_node(r->node[i].driver, &r->node[i].rec);
		rig_notify(r, 3 - i, "second");
	}
	rig_start(r, 4);
	rig_pass(r, 450);
	rig_unblock(r, 0, "done");
	driver_leave(r->node[1].driver);
	rig_notify(r, 1, "gone");
	rig_kill(r, 4);
	rig_run(r);
	return r;
}

/* The text without lines that concern one node alone. */
static void common_events(struct text *t, const char *log)
{
	for (const char *line = log, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (strncmp(line, "check", 5) != 0 && strncmp(line, "block", 5) != 0)
			text_addn(t, line, (size_t)(end + 1 - line));
	}
}

/* R101, R102: all that a driver offers, and calls back, while nodes come and go. */
static void r103_all_members_see_one_sequence(void **state)
{
	struct rig *r = turmoil();
	struct text first = {0}, other = {0};

	(void)state;
	common_events(&first, text_get(&r->node[0].log));
	assert_non_null(strstr(text_get(&first), "notify from 0: \"done\"\n"));
	assert_non_null(strstr(text_get(&first), "notify from 1: \"gone\"\n"));
	assert_non_null(strstr(text_get(&first), "accept 4, members 0 1 2 3 4"));
	assert_non_null(strstr(text_get(&first), "leave 4, members 0 2 3\n"));
	for (int i = 1; i < 4; i++) {
		common_events(&other, text_get(&r->node[i].log));
		assert_string_equal(text_get(&first), text_get(&other));
		text_clear(&other);
	}
	text_free(&first);
	text_free(&other);
	rig_close(r);
}

static void the_same_calls_give_the_same_run(void **state)
{
	struct rig *a = turmoil(), *b = turmoil();

	(void)state;
	assert_int_equal(a->u.trace.digest, b->u.trace.digest);
	assert_string_equal(text_get(&a->log), text_get(&b->log));
	rig_notify(a, 0, "one more");
	rig_run(a);
	assert_int_not_equal(a->u.trace.digest, b->u.trace.digest);
	rig_close(a);
	rig_close(b);
}

static void r120_an_update_reaches_all_with_the_list_updated(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	r->node[1].rec.nr_vnodes = 64;
	driver_update_node(r->node[1].driver, &r->node[1].rec);
	rig_notify(r, 1, "behind it");
	rig_run(r);
	rig_expect(r, "200 0: update 1, members 0 1, 64 vnodes\n"
		      "200 1: update 1, members 0 1, 64 vnodes\n"
		      "200 0: notify from 1: \"behind it\"\n"
		      "200 1: notify from 1: \"behind it\"\n");
	rig_close(r);
}

static void r120_only_a_member_has_a_record_to_update_and_only_its_own(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 2);
	driver_update_node(r->node[1].driver, &r->node[0].rec);
	rig_run(r);
	rig_expect(r, "200 1: failed: update of the record of another node\n");
	driver_leave(r->node[1].driver);
	driver_update_node(r->node[1].driver, &r->node[1].rec);
	rig_run(r);
	rig_expect(r, "400 0: leave 1, members 0\n"
		      "400 1: leave 1, members 0\n");
	rig_close(r);
}

static void r121_a_node_without_vnodes_is_a_member_like_any_other(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	r->node[0].rec.nr_vnodes = 0;
	rig_form(r, 1);
	rig_start(r, 1);
	rig_run(r);
	rig_expect(r, "200 0: check 1, others 0, \"o1\"\n"
		      "400 0: accept 1, members 0 1, \"o1/0\"\n"
		      "400 1: accept 1, members 0 1, \"o1/0\"\n");
	rig_close(r);
}

/* R810 */
static void r122_a_message_may_have_128_kib_and_no_more(void **state)
{
	struct rig *r = rig_open();
	struct blob *most = blob_zero(131072), *more = blob_zero(131073);

	(void)state;
	rig_form(r, 1);
	assert_int_equal(driver_notify(r->node[0].driver, more), -EMSGSIZE);
	assert_int_equal(driver_unblock(r->node[0].driver, more), -EMSGSIZE);
	rig_run(r);
	rig_expect(r, "");
	assert_int_equal(driver_notify(r->node[0].driver, most), 0);
	rig_run(r);
	rig_expect(r, "200 0: notify from 0: \"\"\n");
	blob_unref(most);
	blob_unref(more);
	rig_close(r);
}

static void r122_so_many_members_and_no_more(void **state)
{
	struct rig *r = rig_open_with(&(struct hub_options){.members_max = 2});

	(void)state;
	rig_form(r, 2);
	rig_start(r, 2);
	rig_run(r);
	rig_expect(r, "200 2: refused: the cluster has 2 members, as many as it can have\n");
	rig_kill(r, 0);
	rig_run(r);
	rig_drop(r);
	rig_start(r, 3);
	rig_run(r);
	rig_expect(r, "10500 1: check 3, others 1, \"o3\"\n"
		      "10700 1: accept 3, members 1 3, \"o3/1\"\n"
		      "10700 3: accept 3, members 1 3, \"o3/1\"\n");
	rig_close(r);
}

static void who_has_not_joined_is_told_so_and_not_heard(void **state)
{
	struct rig *r = rig_open();

	(void)state;
	rig_form(r, 1);
	r->node[0].refuses = true;
	rig_start(r, 1);
	rig_run(r);
	rig_drop(r);
	rig_notify(r, 1, "hello?");
	rig_run(r);
	rig_expect(r, "600 1: refused: not a member\n");
	rig_close(r);
}

/* Takes what the hub answers to bytes that are no message. */
struct stranger {
	struct world world;
	struct hub_node *link;
	uint8_t type;
	uint32_t answers;
};

static void stranger_hears(void *arg, struct blob *bytes)
{
	struct stranger *s = arg;

	blob_read(bytes, offsetof(struct sd_driver_header, type), &s->type, 1);
	s->answers++;
}

static void bytes_that_are_no_message_harm_only_their_sender(void **state)
{
	struct rig *r = rig_open();
	struct stranger s = {0};
	struct blob *left;
	struct sd_driver_header head = {.version = 1, .type = SD_DRIVER_LEFT};

	(void)state;
	rig_form(r, 2);
	world_init(&s.world, &r->u, 77, 0);
	world_boot(&s.world);
	s.link = hub_attach(r->hub, &s.world, stranger_hears, NULL, &s);
	hub_send(s.link, blob_new("nonsense", 8));
	rig_run(r);
	assert_int_equal(s.answers, 1);
	assert_int_equal(s.type, SD_DRIVER_REFUSED);
	/* A message that is well made, but not one that a node may send. */
	head.magic = sd_cpu_to_le32(SD_DRIVER_MAGIC);
	head.length = sd_cpu_to_le32(sizeof head);
	left = blob_new(&head, sizeof head);
	hub_send(s.link, left);
	rig_run(r);
	assert_int_equal(s.answers, 2);
	assert_int_equal(s.type, SD_DRIVER_REFUSED);
	hub_detach(s.link);
	rig_run(r);
	rig_expect(r, "");
	world_free(&s.world);
	rig_close(r);
}

struct watcher {
	struct trace_sink sink;
	struct text log;
};

static void watch(struct trace_sink *s, const struct trace_event *e)
{
	struct watcher *w = container_of(s, struct watcher, sink);
	bool sent = e->kind == TRACE_DRIVER_SEND;

	text_add(&w->log, "%d %s %llu", e->place, trace_kind_name(e->kind),
		 (unsigned long long)e->num[0]);
	if (e->kind != TRACE_DRIVER_SEND)
		text_add(&w->log, " position %llu", (unsigned long long)e->num[1]);
	text_add(&w->log, ", %llu bytes\n", (unsigned long long)e->num[sent ? 1 : 2]);
	assert_true(e->num[sent ? 2 : 3] != 0 || (e->kind == TRACE_DRIVER_ORDER && !e->payload));
}

static void every_message_is_an_event_at_the_node_and_in_the_order(void **state)
{
	struct rig *r = rig_open();
	struct watcher w = {.sink = {.event = watch}};

	(void)state;
	rig_form(r, 2);
	trace_add_sink(&r->u.trace, &w.sink);
	rig_notify(r, 1, "hello");
	driver_block(r->node[0].driver);
	rig_run(r);
	assert_string_equal(text_get(&w.log), "1 driver-send 4, 117 bytes\n"
					      "0 driver-send 5, 112 bytes\n"
					      "1 driver-order 4 position 3, 117 bytes\n"
					      "0 driver-order 5 position 0, 0 bytes\n"
					      "0 driver-receive 68 position 3, 117 bytes\n"
					      "1 driver-receive 68 position 3, 117 bytes\n"
					      "0 driver-receive 69 position 0, 112 bytes\n"
					      "0 driver-send 6, 112 bytes\n");
	text_free(&w.log);
	rig_close(r);
}

static void a_node_that_cannot_understand_the_hub_is_told(void **state)
{
	struct rig *r = rig_open();
	struct driver_message leave = {.type = SD_DRIVER_LEAVE, .version = 1};

	(void)state;
	rig_form(r, 2);
	hub_post(rig_link(r, 1), blob_new("nonsense", 8), 0);
	hub_post(rig_link(r, 0), driver_message_encode(&leave), 0);
	rig_run(r);
	rig_expect(r, "100 1: failed: message of 8 bytes, at least 112 are needed\n"
		      "100 0: failed: the driver sent a message that is not for nodes\n");
	rig_close(r);
}

int event_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r103_all_members_see_one_sequence),
		cmocka_unit_test(the_same_calls_give_the_same_run),
		cmocka_unit_test(r115_a_notification_reaches_everybody_once_the_sender_too),
		cmocka_unit_test(r120_an_update_reaches_all_with_the_list_updated),
		cmocka_unit_test(r120_only_a_member_has_a_record_to_update_and_only_its_own),
		cmocka_unit_test(r121_a_node_without_vnodes_is_a_member_like_any_other),
		cmocka_unit_test(r122_a_message_may_have_128_kib_and_no_more),
		cmocka_unit_test(r122_so_many_members_and_no_more),
		cmocka_unit_test(who_has_not_joined_is_told_so_and_not_heard),
		cmocka_unit_test(every_message_is_an_event_at_the_node_and_in_the_order),
		cmocka_unit_test(a_node_that_cannot_understand_the_hub_is_told),
		cmocka_unit_test(bytes_that_are_no_message_harm_only_their_sender),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
