/* Whole scenarios, given as strings: what the language guards against. */
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheepsim/sheepsim.h"

#define START "cluster nodes=3 seed=1\nformat copies=2\n----\nepoch 1: nodes 0 1 2\n\n"

/* Runs a text; the result must be `error`, with these words in message or diff. */
static void expect_run(const char *text, int error, const char *words, bool recordable)
{
	struct sheepsim_scenario_result result;
	int got = sheepsim_scenario_run(text, &(struct sheepsim_scenario){.name = "t"}, &result);

	if (got != error)
		print_error("%s\n%s\n", result.message, result.diff);
	assert_int_equal(got, error);
	if (strstr(result.message, words) == NULL && strstr(result.diff, words) == NULL)
		fail_msg("`%s' is not in `%s' or:\n%s", words, result.message, result.diff);
	assert_int_equal(result.recordable, recordable);
	assert_non_null(result.transcript);
	sheepsim_scenario_free(&result);
}

static void a_scenario_that_is_as_it_says_passes(void **state)
{
	(void)state;
	expect_run(START, 0, "", true);
	expect_run(START "vdi create alpha 64M\nwrite alpha 0 8M seed=1\n"
			 "read alpha 4K 1M seed=1\n----\nalpha: vid ed202b, 64 MiB\n"
			 "wrote 8 MiB in 2 objects\nread 1 MiB: as written\n",
		   0, "", true);
}

static void output_that_differs_is_a_mismatch_and_can_be_recorded(void **state)
{
	(void)state;
	expect_run("cluster nodes=2\nformat\n----\nepoch 1: nodes 0\n", SHEEPSIM_E_MISMATCH,
		   "@@ t:4 @@\n-epoch 1: nodes 0\n+epoch 1: nodes 0 1\n", true);
}

static void clients_are_of_the_generation_that_was_said_last(void **state)
{
	(void)state;
	expect_run(START
		   "client dialect=qemu-1.1 writeback\nmessages on\nvdi create a 16M\n"
		   "write a 0 4K seed=1\nshow messages CREATE_AND_WRITE_OBJ to=0 requests\n----\n",
		   SHEEPSIM_E_MISMATCH, "flags=WRITE|CACHE", true);
	expect_run(START "client dialect=qemu-9.9\n", SHEEPSIM_E_SCENARIO,
		   "there is no client `qemu-9.9'", false);
	expect_run(START "client\n", SHEEPSIM_E_SCENARIO, "dialect=", false);
}

static void without_a_cluster_nothing_is_tested(void **state)
{
	(void)state;
	expect_run("", SHEEPSIM_E_SCENARIO, "there is no `cluster'", false);
	expect_run("# only words\n", SHEEPSIM_E_SCENARIO, "there is no `cluster'", false);
	expect_run("show nodes\n", SHEEPSIM_E_SCENARIO,
		   "t:1:1: show nodes: there is no cluster yet", false);
	expect_run("cluster\ncluster\n", SHEEPSIM_E_SCENARIO, "there is a cluster already", false);
}

static void a_mistake_anywhere_keeps_all_from_running(void **state)
{
	struct sheepsim_scenario_result result;
	static const char text[] = "cluster nodes=1\n\nkil 0\n";

	(void)state;
	assert_int_equal(sheepsim_scenario_run(text, NULL, &result), SHEEPSIM_E_SCENARIO);
	assert_int_equal(result.events, 0);
	assert_string_equal(result.transcript, text);
	assert_false(result.recordable);
	sheepsim_scenario_free(&result);
}

static void a_command_that_fails_ends_the_run_and_is_not_recorded(void **state)
{
	(void)state;
	expect_run(START "write nosuch 0 4K seed=1\n\nshow time\n", SHEEPSIM_E_MISMATCH,
		   "t:6:1: write: ", false);
	expect_run(START "kill 9\n", SHEEPSIM_E_SCENARIO, "t:6:1: kill: ", false);
}

static void an_expected_error_has_to_come_and_to_be_the_one(void **state)
{
	(void)state;
	expect_run(START "expect-error \"NO_VDI\" vdi show nosuch\n", SHEEPSIM_E_MISMATCH,
		   "+error: ", true);
	expect_run(START "expect-error \"frogs\" vdi show nosuch\n", SHEEPSIM_E_MISMATCH,
		   "another error than expected", false);
	expect_run(START "expect-error x vdi create a 4M\n", SHEEPSIM_E_MISMATCH,
		   "`vdi create' did not fail", false);
}

static void what_did_not_happen_makes_a_run_vacuous(void **state)
{
	(void)state;
	expect_run(START "require faults>=1\n", SHEEPSIM_E_VACUOUS, "faults>=1 is 0", false);
	expect_run(START "kill 2\nrequire faults>=1 epochs=1\n", 0, "", true);
	expect_run(START "drop READ_PEER from=1\n", SHEEPSIM_E_VACUOUS,
		   "t:6:1: `drop' never came to act", false);
	expect_run(START "drop READ_PEER from=1 maybe\n", 0, "", true);
	expect_run(START "on leave kill 0\n", SHEEPSIM_E_VACUOUS, "`on' never came to act", false);
	expect_run(START "require frogs>=1\n", SHEEPSIM_E_SCENARIO, "nothing is counted as `frogs'",
		   false);
}

static void a_run_can_close_its_cluster_and_open_another_one(void **state)
{
	(void)state;
	expect_run(START "close\n", 0, "", true);
	expect_run(START "close\nshow nodes\n", SHEEPSIM_E_SCENARIO, "there is no cluster yet",
		   false);
	expect_run(START "kill 2\nclose\ncluster nodes=1\nrequire faults>=1 epochs=1\n", 0, "",
		   true);
	expect_run(START "kill 2\nclose\ncluster nodes=1\nrequire faults>=2\n", SHEEPSIM_E_VACUOUS,
		   "faults>=2 is 1", false);
	expect_run(START "drop READ_PEER from=1\nclose\n", SHEEPSIM_E_VACUOUS,
		   "t:7:1: close: t:6:1: `drop' never came to act", false);
	expect_run(START "close\nopen frogs\n", SHEEPSIM_E_MISMATCH,
		   "no cluster was saved in frogs", false);
	expect_run(START "save a/b\n", SHEEPSIM_E_SCENARIO, "\"a/b\" is no name of a file", false);
	expect_run(START "save .\n", SHEEPSIM_E_SCENARIO, "\".\" is no name of a file", false);
	expect_run(START "save a\nopen a\n", SHEEPSIM_E_SCENARIO, "`close' it", false);
}

/* A run of two simulations is another one than either of them. */
static void a_digest_is_that_of_all_simulations_of_a_run(void **state)
{
	static const char *const texts[] = {"cluster nodes=2\n", "cluster nodes=3\n",
					    "cluster nodes=2\nclose\ncluster nodes=3\n",
					    "cluster nodes=2\nclose\ncluster nodes=3\nclose\n"};
	struct sheepsim_scenario_result result[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(sheepsim_scenario_run(texts[i], NULL, &result[i]), 0);
	assert_int_equal(result[2].events, result[0].events + result[1].events);
	assert_true(result[2].digest != result[0].digest && result[2].digest != result[1].digest);
	assert_int_equal(result[2].digest, result[3].digest);
	assert_int_equal(result[2].coarse, result[3].coarse);
	assert_int_equal(result[2].time, result[3].time);
	for (int i = 0; i < 4; i++)
		sheepsim_scenario_free(&result[i]);
}

static void locked_output_is_never_rewritten(void **state)
{
	(void)state;
	expect_run("cluster nodes=1\nlocked format\n----\nother\n", SHEEPSIM_E_MISMATCH,
		   "and it is locked", false);
	expect_run("cluster nodes=1\nlocked\nformat\n----\nother\n", SHEEPSIM_E_MISMATCH,
		   "and it is locked", false);
	expect_run("cluster nodes=1\nlocked format\n----\nepoch 1: nodes 0\n", 0, "", true);
}

static void what_cannot_come_about_is_no_progress(void **state)
{
	(void)state;
	/* node 0 waits for node 1, which stays away (R235) */
	expect_run("cluster nodes=2\nformat\n----\nepoch 1: nodes 0 1\n\n"
		   "shutdown\nsettle\n\nstart 0\nsettle until joined\n----\n"
		   "node 0: waits for members, epoch 1\n\n"
		   "hold 0\nsettle until recovered within 1s\n",
		   SHEEPSIM_E_NO_PROGRESS, "settle: ", false);
	/* a VM keeps to its gateway: what waits for it is told why */
	expect_run(START
		   "vdi create alpha 64M\nload alpha seed=1\nrun 10ms\nkill 0\nwait within 1s\n",
		   SHEEPSIM_E_NO_PROGRESS, "its gateway is node 0, which does not run", false);
}

static void triggers_act_when_it_happens(void **state)
{
	(void)state;
	/* node 1 dies of node 2's death: two epochs instead of one */
	expect_run(START "on leave node=0 kill 1\nkill 2\nsettle until idle\nshow epochs 0\n----\n"
			 "epoch 1: nodes 0 1 2\nepoch 2: nodes 0 1\nepoch 3: nodes 0\n",
		   0, "", true);
	/* what a trigger does may fail: it is told with its line */
	expect_run(START "on leave node=0 start 0\n\nkill 2\nsettle\n", SHEEPSIM_E_MISMATCH,
		   "t:6:17: start: ", false);
}

static void a_difference_from_the_seed_is_a_failure(void **state)
{
	(void)state;
	expect_run(START "vdi create alpha 64M\nwrite alpha 0 4K seed=1\nread alpha 0 4K seed=2\n",
		   SHEEPSIM_E_VIOLATION, "differs from what it should be", false);
	expect_run(START "vdi create alpha 64M\nwrite alpha 0 4K seed=1\nread alpha 0 4K zeros\n",
		   SHEEPSIM_E_VIOLATION, "differs from what it should be at offset 0", false);
}

static void a_violation_that_is_expected_is_output(void **state)
{
	(void)state;
	expect_run(START "expect-violation I3 check\n", SHEEPSIM_E_MISMATCH,
		   "I3 holds, though a violation was expected", false);
}

static void work_in_the_background_is_waited_for(void **state)
{
	(void)state;
	expect_run(START
		   "vdi create alpha 64M\n----\nalpha: vid ed202b, 64 MiB\n\n"
		   "load alpha seed=3 writes=20 every=1ms\nwrite alpha 32M 4K seed=4 background\n"
		   "read alpha 32M 4K background\nwait\n----\n"
		   "load alpha: 20 writes of 4 KiB acknowledged, 0 failed\n"
		   "write alpha, 4 KiB at 33554432: acknowledged\n"
		   "read alpha, 4 KiB at 33554432: answered\n",
		   0, "", true);
	expect_run(START "wait\n", SHEEPSIM_E_SCENARIO, "nothing is done in the background", false);
}

static uint64_t digest_of(const char *text, const struct sheepsim_scenario *options, bool coarse)
{
	struct sheepsim_scenario_result result;
	uint64_t digest;

	sheepsim_scenario_run(text, options, &result);
	digest = coarse ? result.coarse : result.digest;
	assert_true(result.events > 0);
	assert_true(result.time > 0);
	sheepsim_scenario_free(&result);
	return digest;
}

static void the_seed_of_the_options_counts_more_than_the_scenarios(void **state)
{
	static const char text[] = START "vdi create alpha 64M\nwrite alpha 0 4M seed=1\n";
	const struct sheepsim_scenario other = {.seed = 99, .seed_set = true};
	const struct sheepsim_scenario own = {.seed = 1, .seed_set = true};

	(void)state;
	assert_true(digest_of(text, NULL, false) == digest_of(text, &own, false));
	assert_true(digest_of(text, NULL, false) != digest_of(text, &other, false));
	assert_true(digest_of(text, NULL, true) == digest_of(text, &own, true));
}

struct log {
	unsigned int lines;
	bool joined;
};

static void count_line(void *arg, const char *line)
{
	struct log *log = arg;

	log->lines++;
	log->joined = log->joined || strstr(line, " join-accept ") != NULL;
}

static void the_log_has_one_line_for_every_event_from_the_first_on(void **state)
{
	struct log log = {0};
	struct sheepsim_scenario_result result;
	const struct sheepsim_scenario options = {
		.log = true, .log_fn = count_line, .log_arg = &log};

	(void)state;
	sheepsim_scenario_run(START, &options, &result);
	assert_int_equal(log.lines, result.events);
	assert_true(log.joined);
	sheepsim_scenario_free(&result);
}

static void messages_are_shown_once_and_only_those_asked_for(void **state)
{
	(void)state;
	expect_run(START "show messages\n", SHEEPSIM_E_SCENARIO, "say `messages on' first", false);
	expect_run(START "messages on\nshow messages\n", 0, "", true);
	expect_run(START "messages on\nshow members\nshow messages max=1 GET_NODE_LIST answers\n"
			 "show messages\n",
		   SHEEPSIM_E_MISMATCH, "< 0  GET_NODE_LIST SUCCESS", true);
}

static void any_request_can_be_asked(void **state)
{
	(void)state;
	expect_run(START "ask 1 STAT_SHEEP\nask 1 READ_OBJ oid=0000000100000000 size=512\n"
			 "ask 1 SET_LOGLEVEL hex=05000000\nask 1 GET_LOGLEVEL size=4 fields\n"
			 "----\n"
			 "STAT_SHEEP SUCCESS epoch=1 len=0 store_size=68719468544 "
			 "store_free=68719468544\nREAD_OBJ NO_OBJ epoch=1 len=0\n"
			 "SET_LOGLEVEL SUCCESS epoch=1 len=0\n"
			 "GET_LOGLEVEL SUCCESS epoch=1 len=4\n  number 5\n",
		   0, "", true);
	/* what comes later is waited for by name, and only once */
	expect_run(START "ask 0 STAT as=a\nask 0 STAT_SHEEP size=0\nanswer a\nanswer a\n",
		   SHEEPSIM_E_MISMATCH, "t:9:1: answer: no request `a' waits", false);
	expect_run(START "ask 0 STAT as=a\nask 0 STAT as=a\n", SHEEPSIM_E_SCENARIO,
		   "t:7:1: ask: `a' waits for its answer already", false);
	expect_run(START "ask 0 READ_PEER oid=0000000100000000 epoch=2 as=parked\n"
			 "answer parked within 1s\n",
		   SHEEPSIM_E_NO_PROGRESS, "READ_PEER parked oid=", false);
	/* one that nobody waits for does no harm at the end */
	expect_run(START "ask 0 READ_PEER oid=0000000100000000 epoch=2 as=parked\n", 0, "", true);
}

static void a_request_that_cannot_be_is_not_asked(void **state)
{
	static const struct {
		const char *words, *error;
	} bad[] = {
		{"0 STAT frogs=1", "there is no field `frogs' (known: proto_ver opcode"},
		{"0 READ_OBJ oid=1 oid", "`oid' is no field like epoch=1"},
		{"0 READ_OBJ copies=256", "copies: `256' does not fit into 1 bytes"},
		{"0 REPAIR_REPLICA addr=7f", "addr: 32 hexadecimal digits are needed"},
		{"0 WRITE_OBJ hex=0", "hex: `0' are no pairs of digits"},
		{"0 WRITE_OBJ hex=00 text=a", "either text or hex"},
		{"0 WRITE_OBJ text=abc size=2", "size is 3 to 67108864"},
		{"0 WRITE_OBJ seed=1 vids=0", "either vids or seed"},
		{"0 *", "which operation?"},
		{"9 STAT", "there is no node 9"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[200];

		snprintf(text, sizeof(text), START "ask %s\n", bad[i].words);
		expect_run(text, SHEEPSIM_E_SCENARIO, bad[i].error, false);
	}
	expect_run(START "ask 0 READ_OBJ oid=gamma\n", SHEEPSIM_E_MISMATCH,
		   "this scenario has made no VDI `gamma'", false);
}

int language_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scenario_that_is_as_it_says_passes),
		cmocka_unit_test(output_that_differs_is_a_mismatch_and_can_be_recorded),
		cmocka_unit_test(clients_are_of_the_generation_that_was_said_last),
		cmocka_unit_test(without_a_cluster_nothing_is_tested),
		cmocka_unit_test(a_mistake_anywhere_keeps_all_from_running),
		cmocka_unit_test(a_command_that_fails_ends_the_run_and_is_not_recorded),
		cmocka_unit_test(an_expected_error_has_to_come_and_to_be_the_one),
		cmocka_unit_test(what_did_not_happen_makes_a_run_vacuous),
		cmocka_unit_test(a_run_can_close_its_cluster_and_open_another_one),
		cmocka_unit_test(a_digest_is_that_of_all_simulations_of_a_run),
		cmocka_unit_test(locked_output_is_never_rewritten),
		cmocka_unit_test(what_cannot_come_about_is_no_progress),
		cmocka_unit_test(triggers_act_when_it_happens),
		cmocka_unit_test(a_difference_from_the_seed_is_a_failure),
		cmocka_unit_test(a_violation_that_is_expected_is_output),
		cmocka_unit_test(work_in_the_background_is_waited_for),
		cmocka_unit_test(the_seed_of_the_options_counts_more_than_the_scenarios),
		cmocka_unit_test(the_log_has_one_line_for_every_event_from_the_first_on),
		cmocka_unit_test(messages_are_shown_once_and_only_those_asked_for),
		cmocka_unit_test(any_request_can_be_asked),
		cmocka_unit_test(a_request_that_cannot_be_is_not_asked),
	};

	return cmocka_run_group_tests_name("scenario: language", tests, NULL, NULL);
}
