#include "tests.h"
#include "placement/commons.h"
#include "placement/view.h"

#include <stdlib.h>
#include <string.h>

static int released;

static void release(struct commons *c, void *value)
{
	(void)c;
	released++;
	free(value);
}

static void remember(struct commons *c, struct blob *b, const char *tag, int value)
{
	int *v = malloc(sizeof(*v));

	assert_non_null(v);
	*v = value;
	commons_memo_put(c, b, tag, 5, v, release);
}

static int remembered(struct commons *c, struct blob *b, const char *tag)
{
	const int *v = commons_memo_get(c, b, tag, 5);

	return v ? *v : -1;
}

static void a_result_is_found_by_equal_bytes_tag_and_number(void **state)
{
	struct commons *c = commons_new();
	struct blob *a = blob_new("delivered", 9);
	struct blob *same = blob_new("delivered", 9);
	struct blob *longer = blob_new("delivered\0", 10);

	(void)state;
	released = 0;
	assert_int_equal(remembered(c, a, "view"), -1);
	remember(c, a, "view", 7);
	remember(c, a, "list", 8);
	assert_int_equal(remembered(c, a, "view"), 7);
	assert_int_equal(remembered(c, same, "view"), 7);
	assert_int_equal(remembered(c, same, "list"), 8);
	assert_int_equal(remembered(c, longer, "view"), -1);
	assert_int_equal(remembered(c, a, "other"), -1);
	assert_null(commons_memo_get(c, a, "view", 6));
	remember(c, same, "view", 9);
	assert_int_equal(released, 1);
	assert_int_equal(remembered(c, a, "view"), 9);
	blob_unref(a);
	blob_unref(same);
	blob_unref(longer);
	commons_free(c);
	assert_int_equal(released, 3);
}

/* It holds a reference: whoever changes the bytes gets bytes of his own. */
static void what_is_remembered_cannot_change(void **state)
{
	struct commons *c = commons_new();
	struct blob *b = blob_new("before", 6);

	(void)state;
	remember(c, b, "tag", 1);
	b = blob_write(b, 0, "after!", 6);
	assert_int_equal(remembered(c, b, "tag"), -1);
	blob_unref(b);
	b = blob_new("before", 6);
	assert_int_equal(remembered(c, b, "tag"), 1);
	blob_unref(b);
	commons_free(c);
}

static void the_oldest_results_are_forgotten(void **state)
{
	struct commons *c = commons_new();
	const int n = 10000;
	int first = 0;

	(void)state;
	released = 0;
	for (int i = 0; i < n; i++) {
		struct blob *b = blob_new(&i, sizeof(i));

		remember(c, b, "number", i);
		assert_int_equal(remembered(c, b, "number"), i);
		blob_unref(b);
	}
	assert_in_range(n - released, 1000, 9000);
	for (int i = 0; i < n; i++) {
		struct blob *b = blob_new(&i, sizeof(i));

		if (remembered(c, b, "number") < 0)
			first = i + 1;
		else
			assert_int_equal(remembered(c, b, "number"), i);
		blob_unref(b);
	}
	assert_int_equal(first, released); /* none of the newest ones is missing */
	commons_free(c);
	assert_int_equal(released, n);
}

static void large_contents_are_forgotten_earlier(void **state)
{
	const size_t len = (size_t)12 << 20;
	struct commons *c = commons_new();
	uint8_t *bytes = malloc(len);

	(void)state;
	assert_non_null(bytes);
	released = 0;
	for (int i = 0; i < 20; i++) {
		struct blob *b;

		memset(bytes, i + 1, len);
		b = blob_new(bytes, len);
		remember(c, b, "large", i);
		assert_int_equal(remembered(c, b, "large"), i);
		blob_unref(b);
	}
	assert_int_equal(released, 15);
	free(bytes);
	commons_free(c);
}

static void holes_take_nothing_of_what_may_be_remembered(void **state)
{
	struct commons *c = commons_new();

	(void)state;
	released = 0;
	for (uint64_t i = 0; i < 20; i++) {
		struct blob *b = blob_zero((UINT64_C(12) << 20) + i);

		remember(c, b, "sparse", (int)i);
		blob_unref(b);
	}
	assert_int_equal(released, 0);
	commons_free(c);
}

/* Lists may be what is remembered: the commons let go of them before they look what is left. */
static void release_list(struct commons *c, void *value)
{
	members_unref(c, value);
}

static void remembered_lists_go_with_the_commons(void **state)
{
	const struct node_rec rec = node(1, 7000, 128, 1, 0);
	struct commons *c = commons_new();
	struct blob *b = blob_new("list", 4);
	struct members *m = members_get(c, &rec, 1);

	(void)state;
	commons_memo_put(c, b, "list", 0, m, release_list);
	assert_ptr_equal(commons_memo_get(c, b, "list", 0), m);
	blob_unref(b);
	commons_free(c);
}

int commons_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_result_is_found_by_equal_bytes_tag_and_number),
		cmocka_unit_test(what_is_remembered_cannot_change),
		cmocka_unit_test(the_oldest_results_are_forgotten),
		cmocka_unit_test(large_contents_are_forgotten_earlier),
		cmocka_unit_test(holes_take_nothing_of_what_may_be_remembered),
		cmocka_unit_test(remembered_lists_go_with_the_commons),
	};

	return cmocka_run_group_tests_name("commons", tests, NULL, NULL);
}
