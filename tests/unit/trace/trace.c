#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "trace/trace.h"
#include "wire/message.h"

static uint64_t read_clock(void *arg)
{
	return *(uint64_t *)arg;
}

/* A sink that writes down what it gets. */
struct writer {
	struct trace_sink sink;
	char name;
	struct text *log;
};

static void write_down(struct trace_sink *s, const struct trace_event *e)
{
	struct writer *w = container_of(s, struct writer, sink);

	text_add(w->log, "%c %llu #%llu %d %s %llu %llu %llu %llu %s\n", w->name,
		 (unsigned long long)e->time, (unsigned long long)e->seq, e->place,
		 trace_kind_name(e->kind), (unsigned long long)e->num[0],
		 (unsigned long long)e->num[1], (unsigned long long)e->num[2],
		 (unsigned long long)e->num[3], e->text ? e->text : "-");
}

static void every_sink_gets_every_event_stamped_until_it_is_removed(void **state)
{
	struct text log = {0};
	struct writer a = {.sink = {.event = write_down}, .name = 'a', .log = &log};
	struct writer b = {.sink = {.event = write_down}, .name = 'b', .log = &log};
	uint64_t clock = 5;
	struct trace t;

	(void)state;
	trace_init(&t, read_clock, &clock);
	trace_note(&t, 3, TRACE_NODE_START, 1, 0, 0, 0);
	trace_add_sink(&t, &a.sink);
	trace_add_sink(&t, &b.sink);
	trace_note(&t, 3, TRACE_OBJECT_WRITE, 1, 2, 3, 4);
	clock = 9;
	trace_remove_sink(&t, &a.sink);
	trace_words(&t, -1, TRACE_FAULT, 0, 0, "cut %d and %d", 1, 2);
	assert_string_equal(text_get(&log), "a 5 #1 3 object-write 1 2 3 4 -\n"
					    "b 5 #1 3 object-write 1 2 3 4 -\n"
					    "b 9 #2 -1 fault 0 0 0 0 cut 1 and 2\n");
	text_free(&log);
}

static uint64_t digest_of(uint64_t clock, struct trace_event e, struct trace_sink *sink)
{
	struct trace t;

	trace_init(&t, read_clock, &clock);
	if (sink)
		trace_add_sink(&t, sink);
	trace_emit(&t, &e);
	return t.digest;
}

static void whatever_tells_events_apart_is_in_the_digest(void **state)
{
	uint8_t head[WIRE_HEADER] = {1, 2, 3}, other[WIRE_HEADER] = {1, 2, 3};
	struct trace_event e = {.place = 1, .kind = TRACE_SEND, .text = "words", .head = head};
	struct trace_event v[11];
	uint64_t digest[12];

	(void)state;
	other[47] = 1;
	for (int i = 0; i < 11; i++)
		v[i] = e;
	v[0].place = 2;
	v[1].kind = TRACE_RECEIVE;
	for (int i = 0; i < 4; i++)
		v[2 + i].num[i] = 1;
	v[6].text = "word";
	v[7].text = "words of more than eight letters";
	v[8].text = NULL;
	v[9].head = other;
	v[10].head = NULL;
	for (int i = 0; i < 11; i++)
		digest[i] = digest_of(7, v[i], NULL);
	digest[11] = digest_of(8, e, NULL);
	for (int i = 0; i < 12; i++) {
		assert_int_not_equal(digest[i], digest_of(7, e, NULL));
		for (int k = 0; k < i; k++)
			assert_int_not_equal(digest[i], digest[k]);
	}
}

static void the_order_of_events_is_in_the_digest(void **state)
{
	uint64_t clock = 0;
	struct trace a, b;

	(void)state;
	trace_init(&a, read_clock, &clock);
	trace_init(&b, read_clock, &clock);
	trace_note(&a, 0, TRACE_EPOCH, 1, 0, 0, 0);
	trace_note(&a, 0, TRACE_EPOCH, 2, 0, 0, 0);
	trace_note(&b, 0, TRACE_EPOCH, 2, 0, 0, 0);
	trace_note(&b, 0, TRACE_EPOCH, 1, 0, 0, 0);
	assert_int_not_equal(a.digest, b.digest);
}

static void sinks_do_not_change_the_digest(void **state)
{
	struct trace_event e = {.place = 1, .kind = TRACE_FAULT, .text = "words"};
	struct text log = {0};
	struct writer w = {.sink = {.event = write_down}, .name = 'w', .log = &log};

	(void)state;
	assert_int_equal(digest_of(7, e, &w.sink), digest_of(7, e, NULL));
	assert_true(log.len > 0);
	text_free(&log);
}

/* The digest of a run is quoted in reports: it must not depend on the machine. */
static void digests_are_the_same_everywhere(void **state)
{
	struct trace_event e = {.place = 1, .kind = TRACE_NODE_START, .num = {1, 2}, .text = "abc"};

	(void)state;
	assert_int_equal(digest_of(7, e, NULL), 0x7bffa635ebf1e894);
}

static void every_kind_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < TRACE_NR_KINDS; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(trace_kind_name(i), trace_kind_name(k));
	assert_string_equal(trace_kind_name(TRACE_VIOLATION), "violation");
}

static void fields_have_names_and_a_mark_for_hexadecimal(void **state)
{
	const char *name;
	bool hex = false;

	(void)state;
	assert_int_equal(trace_field_name(TRACE_OBJECT_WRITE, 0, &name, &hex), 3);
	assert_memory_equal(name, "oid", 3);
	assert_true(hex);
	assert_int_equal(trace_field_name(TRACE_OBJECT_WRITE, 1, &name, &hex), 6);
	assert_memory_equal(name, "offset", 6);
	assert_false(hex);
	hex = true;
	assert_int_equal(trace_field_name(TRACE_NODE_CRASH, 0, &name, &hex), 0);
	assert_false(hex);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sink_gets_every_event_stamped_until_it_is_removed),
		cmocka_unit_test(whatever_tells_events_apart_is_in_the_digest),
		cmocka_unit_test(the_order_of_events_is_in_the_digest),
		cmocka_unit_test(sinks_do_not_change_the_digest),
		cmocka_unit_test(digests_are_the_same_everywhere),
		cmocka_unit_test(every_kind_has_a_name_of_its_own),
		cmocka_unit_test(fields_have_names_and_a_mark_for_hexadecimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
