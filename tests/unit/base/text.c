#include "tests.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static void text_of_nothing_is_empty(void **state)
{
	struct text t = {0};

	(void)state;
	assert_string_equal(text_get(&t), "");
	text_clear(&t);
	text_addn(&t, NULL, 0);
	assert_string_equal(text_get(&t), "");
	text_free(&t);
}

static void text_grows_with_what_is_added(void **state)
{
	struct text t = {0};
	char expected[8000] = "";

	(void)state;
	for (int i = 0; i < 1000; i++) {
		text_add(&t, "%d,", i);
		sprintf(expected + strlen(expected), "%d,", i);
	}
	assert_string_equal(text_get(&t), expected);
	assert_int_equal(t.len, strlen(expected));
	text_free(&t);
}

static void one_addition_may_be_longer_than_all_room(void **state)
{
	struct text t = {0};

	(void)state;
	text_add(&t, "[%5000d]", 7);
	assert_int_equal(t.len, 5002);
	assert_int_equal(text_get(&t)[5000], '7');
	assert_int_equal(text_get(&t)[5001], ']');
	text_free(&t);
}

static void additions_fill_the_room_to_its_last_byte(void **state)
{
	(void)state;
	for (size_t len = 1; len < 200; len++) {
		struct text t = {0};

		text_add(&t, "%s", "");
		text_add(&t, "%*d", (int)len, 1);
		text_add(&t, "%*d", (int)len, 2);
		assert_int_equal(t.len, 2 * len);
		assert_int_equal(strlen(text_get(&t)), 2 * len);
		assert_int_equal(text_get(&t)[2 * len - 1], '2');
		text_free(&t);
	}
}

static void bytes_are_taken_as_they_are(void **state)
{
	struct text t = {0};

	(void)state;
	text_addn(&t, "a\0b%", 4);
	assert_int_equal(t.len, 4);
	assert_memory_equal(t.data, "a\0b%", 5);
	text_free(&t);
}

static void cleared_text_keeps_its_memory(void **state)
{
	struct text t = {0};
	const char *data;

	(void)state;
	text_add(&t, "before");
	data = t.data;
	text_clear(&t);
	assert_string_equal(text_get(&t), "");
	text_add(&t, "after");
	assert_string_equal(text_get(&t), "after");
	assert_ptr_equal(t.data, data);
	text_free(&t);
	assert_null(t.data);
}

int text_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_nothing_is_empty),
		cmocka_unit_test(text_grows_with_what_is_added),
		cmocka_unit_test(one_addition_may_be_longer_than_all_room),
		cmocka_unit_test(additions_fill_the_room_to_its_last_byte),
		cmocka_unit_test(bytes_are_taken_as_they_are),
		cmocka_unit_test(cleared_text_keeps_its_memory),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
