#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "scenario/arguments.h"
#include "scenario/command.h"
#include "scenario/script.h"

static struct script *parse(const char *text)
{
	struct complaint c = {.name = "t"};
	struct script *s = script_parse(text, "t", &c);

	if (s == NULL)
		print_error("%s\n", c.words);
	assert_non_null(s);
	return s;
}

/* The text is refused, with these words in the complaint. */
static void refuse(const char *text, const char *words)
{
	struct complaint c = {.name = "t"};

	assert_null(script_parse(text, "t", &c));
	assert_non_null(c.words);
	if (strstr(c.words, words) == NULL)
		fail_msg("`%s' is not in `%s'", words, c.words);
	free(c.words);
}

static void blocks_end_at_empty_lines(void **state)
{
	struct script *s = parse("# what\n\ncluster nodes=2\nformat\n----\nepoch 1\nmore\n\n"
				 "kill 1\n\nkill 0\n----\n\n# end\n");

	(void)state;
	assert_int_equal(s->nr_blocks, 3);
	assert_int_equal(s->blocks[0].nr_calls, 2);
	assert_int_equal(s->blocks[0].nr_expected, 2);
	assert_int_equal(s->blocks[0].expected[1].len, 4);
	assert_int_equal(s->blocks[0].rule_line, 5);
	assert_int_equal(s->blocks[1].calls[0]->line, 9);
	assert_false(s->blocks[1].has_rule);
	assert_true(s->blocks[2].has_rule);
	assert_int_equal(s->blocks[2].nr_expected, 0);
	assert_int_equal(s->tail.len, strlen("# end\n"));
	script_free(s);
}

static void values_are_kept_with_their_parameter(void **state)
{
	struct script *s = parse("write alpha 4K 1M seed=0x10 via=2 background # why\n");
	const struct call *call = s->blocks[0].calls[0];

	(void)state;
	assert_string_equal(call_word(call, "NAME", ""), "alpha");
	assert_int_equal(call_number(call, "OFFSET", 0), 4096);
	assert_int_equal(call_number(call, "LENGTH", 0), 1 << 20);
	assert_int_equal(call_number(call, "seed", 0), 16);
	assert_int_equal(call_node(call, "via", -1), 2);
	assert_true(call_has(call, "background"));
	script_free(s);
}

static void quotes_keep_blanks_and_sharps(void **state)
{
	struct script *s = parse("expect-error \"a \\\"b\\\" # c\" kill 3\n"
				 "vdi snapshot alpha tag=\"x y\"\n");
	const struct call *one = s->blocks[0].calls[0];

	(void)state;
	assert_string_equal(call_word(one, "TEXT", ""), "a \"b\" # c");
	assert_string_equal(call_value(one, "COMMAND")->call->command->name, "kill");
	assert_string_equal(call_word(s->blocks[0].calls[1], "tag", ""), "x y");
	script_free(s);
}

static void pairs_take_the_next_word(void **state)
{
	struct script *s = parse("settle until recovered within 30s\nsettle within 1s\n");

	(void)state;
	assert_string_equal(call_word(s->blocks[0].calls[0], "until", ""), "recovered");
	assert_true(call_number(s->blocks[0].calls[0], "within", 0) == UINT64_C(30000000000));
	assert_false(call_has(s->blocks[0].calls[1], "until"));
	script_free(s);
}

static void commands_can_stand_within_commands(void **state)
{
	struct script *s = parse("locked expect-error x on epoch node=1 nth=2 kill 1 2\n");
	const struct call *call = s->blocks[0].calls[0];

	(void)state;
	call = call_value(call, "COMMAND")->call;
	assert_string_equal(call->command->name, "expect-error");
	call = call_value(call, "COMMAND")->call;
	assert_string_equal(call->command->name, "on");
	assert_int_equal(call_number(call, "nth", 0), 2);
	call = call_value(call, "COMMAND")->call;
	assert_string_equal(call->command->name, "kill");
	assert_int_equal(call->nr_values, 2);
	assert_int_equal(call->column, 45);
	script_free(s);
}

static void commands_within_commands_have_a_limit(void **state)
{
	static const char word[] = "locked ";
	const size_t len = strlen(word), nr = 200000;
	struct script *s = parse("locked locked locked locked locked locked locked locked check\n");
	char *text = mem_alloc(nr * len + sizeof("check\n"));

	(void)state;
	script_free(s);
	for (size_t i = 0; i < nr; i++)
		memcpy(text + i * len, word, len);
	strcpy(text + nr * len, "check\n");
	refuse(text, "t:1:64: locked: too many commands within one another");
	free(text);
}

static void mistakes_are_told_with_line_and_column(void **state)
{
	(void)state;
	refuse("cluster\n\nkil 3\n", "t:3:1: there is no command `kil', did you mean `kill'?");
	refuse("  frobnicate\n", "t:1:3: there is no command `frobnicate'; known: cluster");
	refuse("show nods\n", "`show nods', did you mean `show nodes'?; known: show ");
	refuse("format copie=2\n", "t:1:8: format: unexpected `copie=2', did you mean `copies'?");
	refuse("format strict=1\n", "unexpected `strict=1'");
	refuse("kill\n", "t:1:1: kill: NODE is missing; usage: kill NODE...");
	refuse("kill x\n", "t:1:6: NODE: `x' is not the number of a node");
	refuse("vdi create a 4X\n", "t:1:14: SIZE: `4X' needs another unit");
	refuse("vdi create a 99999999T\n", "does not fit into 64 bits");
	refuse("run 5\n", "t:1:5: TIME: `5' needs another unit");
	refuse("format copies=2 copies=3\n", "t:1:17: copies is given twice");
	refuse("settle until idel\n", "t:1:14: until: there is no `idel', did you mean `idle'?");
	refuse("settle until\n", "until: what?");
	refuse("write a 0 1\n", "seed is missing");
	refuse("kill 3\n----\nx\n\n----\n", "t:5: there is no command above ----");
	refuse("require faults>>1\n", "no condition");
	refuse("show holders alpha[x]\n", "no object");
}

static void names_of_operations_and_events_are_checked(void **state)
{
	(void)state;
	refuse("drop READ_PER\n", "t:1:6: there is no operation `READ_PER', did you mean "
				  "`READ_PEER'?");
	refuse("on epok kill 1\n", "did you mean `epoch'?");
	refuse("events on epoch,recovery-sart\n",
	       "t:1:17: there is no kind of event "
	       "`recovery-sart', did you mean `recovery-start'?");
	script_free(parse("drop * from=1\non GET_OBJ_LIST kill 1\nevents on epoch,leave\n"));
}

static void actions_of_triggers_take_no_time(void **state)
{
	(void)state;
	refuse("on epoch run 5ms\n", "t:1:10: on: `run' takes time, so it cannot stand here");
	refuse("on epoch vdi create a 4M\n", "`vdi create' takes time");
}

static void bytes_that_no_word_has_are_refused(void **state)
{
	(void)state;
	refuse("kill \x01\n", "t:1:6: unexpected byte 0x01");
	refuse("kill 1\r2\n", "unexpected byte 0x0d");
	refuse("vdi list \"x\n", "t:1:10: this quote has no end");
	refuse("\"\"\n", "there is no command `'");
}

static void lines_may_end_as_in_dos_and_the_last_one_need_not(void **state)
{
	struct script *s = parse("kill 1\r\n----\r\nx y\r\n\r\nkill 2");

	(void)state;
	assert_string_equal(s->eol, "\r\n");
	assert_int_equal(s->nr_blocks, 2);
	assert_int_equal(s->blocks[0].expected[0].len, 3);
	assert_int_equal(s->blocks[1].nr_calls, 1);
	script_free(s);

	/* Cut off in the middle of its end, it reads as the whole does. */
	s = parse("kill 1\r\n----\r\nx y\r");
	assert_int_equal(s->blocks[0].expected[0].len, 3);
	script_free(s);
	s = parse("kill 1\r");
	assert_int_equal(s->blocks[0].nr_calls, 1);
	script_free(s);

	/* However many there are: what is read is the same when it has been written again. */
	s = parse("kill 1\n----\nx y\r\r\r\n");
	assert_int_equal(s->blocks[0].expected[0].len, 3);
	script_free(s);
}

static void a_very_long_line_is_read(void **state)
{
	size_t len = 1 << 20;
	char *text = mem_alloc(len + 64);
	struct script *s;

	(void)state;
	strcpy(text, "vdi list # ");
	memset(text + strlen(text), 'x', len);
	s = parse(text);
	assert_int_equal(s->nr_blocks, 1);
	script_free(s);
	strcpy(text, "vdi show ");
	memset(text + strlen(text), 'x', len);
	s = parse(text);
	assert_int_equal(strlen(call_word(s->blocks[0].calls[0], "NAME", "")), len + 2);
	script_free(s);
	free(text);
}

/* Changes a valid text at random places: it is parsed or refused, and nothing else. */
static void any_text_is_parsed_or_refused(void **state)
{
	static const char seed[] = "cluster nodes=3 seed=1\nformat copies=2\n----\nepoch 1\n\n"
				   "on READ_PEER to=3 nth=2 after=1ms kill 3\n"
				   "expect-error \"no x\" vdi create a 4M\nsettle until idle\n";
	unsigned int parsed = 0;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		char text[sizeof(seed)];
		struct complaint c = {.name = "t"};
		struct script *s;

		memcpy(text, seed, sizeof(seed));
		for (unsigned int k = 0; k < 1 + i % 4; k++)
			text[random_below(sizeof(seed) - 1, 1, "place", i, k, 0)] =
				(char)random_below(256, 1, "byte", i, k, 0);
		s = script_parse(text, "t", &c);
		parsed += s != NULL;
		assert_true((s != NULL) != (c.words != NULL));
		script_free(s);
		free(c.words);
	}
	/* both ways out were taken */
	assert_in_range(parsed, 300, 19700);
}

static void objects_are_named_by_vdi_and_index_or_by_oid(void **state)
{
	struct object_name o;

	(void)state;
	assert_true(parse_object("alpha[3]", &o));
	assert_string_equal(o.vdi, "alpha");
	assert_true(o.has_index);
	assert_int_equal(o.index, 3);
	assert_true(parse_object("alpha@one", &o));
	assert_string_equal(o.vdi, "alpha@one");
	assert_false(o.has_index);
	assert_true(parse_object("80ed202b00000000", &o));
	assert_string_equal(o.vdi, "");
	assert_true(o.oid == UINT64_C(0x80ed202b00000000));
	assert_false(parse_object("alpha[4294967296]", &o));
	assert_false(parse_object("alpha[3", &o));
	assert_false(parse_object("[3]", &o));
	assert_false(parse_object("", &o));
}

int parse_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_end_at_empty_lines),
		cmocka_unit_test(values_are_kept_with_their_parameter),
		cmocka_unit_test(quotes_keep_blanks_and_sharps),
		cmocka_unit_test(pairs_take_the_next_word),
		cmocka_unit_test(commands_can_stand_within_commands),
		cmocka_unit_test(commands_within_commands_have_a_limit),
		cmocka_unit_test(mistakes_are_told_with_line_and_column),
		cmocka_unit_test(names_of_operations_and_events_are_checked),
		cmocka_unit_test(actions_of_triggers_take_no_time),
		cmocka_unit_test(bytes_that_no_word_has_are_refused),
		cmocka_unit_test(lines_may_end_as_in_dos_and_the_last_one_need_not),
		cmocka_unit_test(a_very_long_line_is_read),
		cmocka_unit_test(any_text_is_parsed_or_refused),
		cmocka_unit_test(objects_are_named_by_vdi_and_index_or_by_oid),
	};

	return cmocka_run_group_tests_name("scenario: parse", tests, NULL, NULL);
}
