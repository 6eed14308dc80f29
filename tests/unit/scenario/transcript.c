#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/diff.h"
#include "scenario/transcript.h"

/* What --update makes of a text, with these outputs for its blocks. */
static void expect_update(const char *text, const char *const *outputs, const char *updated,
			  bool same)
{
	struct complaint c = {.name = "t"};
	struct script *s = script_parse(text, "t", &c);
	struct transcript t = {.script = s};

	assert_non_null(s);
	for (size_t i = 0; i < s->nr_blocks; i++) {
		if (outputs != NULL)
			transcript_block(&t, &s->blocks[i], outputs[i]);
		else
			transcript_keep(&t, &s->blocks[i]);
	}
	transcript_end(&t);
	assert_string_equal(text_get(&t.text), updated);
	assert_int_equal(t.diff.len == 0, same);
	text_free(&t.text);
	text_free(&t.diff);
	script_free(s);
}

static const char sample[] = "# what it shows\n\nkill 1 # first\n----\none\ntwo\n\n\n# then\n"
			     "kill 2\n\nkill 3\n----\nthree\n\n# end\n";

static void the_same_output_gives_the_same_text(void **state)
{
	(void)state;
	expect_update(sample, (const char *const[]){"one\ntwo\n", "", "three\n"}, sample, true);
	expect_update(sample, NULL, sample, true);
	expect_update("kill 1\n----\none", (const char *const[]){"one\n"}, "kill 1\n----\none\n",
		      true);
	expect_update("kill 1\n----\none\n\n", (const char *const[]){"one\n"},
		      "kill 1\n----\none\n\n", true);
	expect_update("", NULL, "", true);
}

static void other_output_replaces_only_the_output(void **state)
{
	(void)state;
	expect_update(sample, (const char *const[]){"", "2\n", "three\n"},
		      "# what it shows\n\nkill 1 # first\n----\n\n\n# then\n"
		      "kill 2\n----\n2\n\nkill 3\n----\nthree\n\n# end\n",
		      false);
	expect_update("kill 1", (const char *const[]){"one\n"}, "kill 1\n----\none\n", false);
	expect_update("kill 1\r\n----\r\nold\r\n", (const char *const[]){"new\n"},
		      "kill 1\r\n----\r\nnew\r\n", false);
}

static void an_updated_text_is_the_same_when_it_is_run_again(void **state)
{
	static const char text[] = "kill 1\n\nkill 2\n\n# x\n\nkill 3";
	const char *const outputs[] = {"a\nb\n", "", "c\n"};

	(void)state;
	expect_update(text, outputs, "kill 1\n----\na\nb\n\nkill 2\n\n# x\n\nkill 3\n----\nc\n",
		      false);
	expect_update("kill 1\n----\na\nb\n\nkill 2\n\n# x\n\nkill 3\n----\nc\n", outputs,
		      "kill 1\n----\na\nb\n\nkill 2\n\n# x\n\nkill 3\n----\nc\n", true);
}

static void expect_diff(const char *old, const char *new, const char *diff)
{
	struct span *a, *b;
	size_t n = split_lines(old, &a);
	size_t m = split_lines(new, &b);
	struct text t = {0};

	assert_int_equal(diff_lines(&t, "t", 10, a, n, b, m), diff[0] == '\0');
	assert_string_equal(text_get(&t), diff);
	text_free(&t);
	free(a);
	free(b);
}

static void a_diff_shows_what_goes_and_comes_with_its_line(void **state)
{
	(void)state;
	expect_diff("a\nb\n", "a\nb\n", "");
	expect_diff("", "", "");
	expect_diff("a\nb\nc\n", "a\nx\nc\n", "@@ t:10 @@\n a\n-b\n+x\n c\n");
	expect_diff("", "a\n", "@@ t:10 @@\n+a\n");
	expect_diff("a\n", "", "@@ t:10 @@\n-a\n");
	expect_diff("a\nb\nc\nd\n", "b\nc\nX\nd\n", "@@ t:10 @@\n-a\n b\n c\n+X\n d\n");
}

static void distant_changes_are_shown_apart(void **state)
{
	(void)state;
	expect_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\nA\nB\nC\n", "x\n2\n3\n4\n5\n6\n7\n8\n9\nA\nB\ny\n",
		    "@@ t:10 @@\n-1\n+x\n 2\n 3\n 4\n@@ t:18 @@\n 9\n A\n B\n-C\n+y\n");
}

static void a_line_is_compared_to_its_end(void **state)
{
	(void)state;
	expect_diff("ab\n", "a\n", "@@ t:10 @@\n-ab\n+a\n");
	expect_diff("a\n", "a \n", "@@ t:10 @@\n-a\n+a \n");
}

int transcript_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_output_gives_the_same_text),
		cmocka_unit_test(other_output_replaces_only_the_output),
		cmocka_unit_test(an_updated_text_is_the_same_when_it_is_run_again),
		cmocka_unit_test(a_diff_shows_what_goes_and_comes_with_its_line),
		cmocka_unit_test(distant_changes_are_shown_apart),
		cmocka_unit_test(a_line_is_compared_to_its_end),
	};

	return cmocka_run_group_tests_name("scenario: transcript", tests, NULL, NULL);
}
