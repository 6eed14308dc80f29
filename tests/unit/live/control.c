#include "desk.h"

#include <sys/socket.h>
#include <unistd.h>

static void commands_of_scenarios_are_obeyed(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, 3, NULL);
	assert_non_null(strstr(desk_order(&d, "show time # and a comment"), "s\nok\n"));
	desk_order(&d, "kill 1");
	assert_int_equal(rig_connect(&d.rig, 1), -1);
	assert_non_null(strstr(desk_order(&d, "show nodes"), "- node 1: off"));
	assert_non_null(strstr(desk_order(&d, "settle until recovered within 10s"), "- recovered"));
	desk_order(&d, "start 1");
	assert_string_equal(desk_order(&d, "settle until joined"),
			    "- nodes 0 1 2: OK, epoch 3\nok\n");
	rig_serves(&d.rig, 1);
	/* several at once are answered in order; empty lines and comments are not */
	desk_say(&d, d.fd, "vdi create alpha 64M\n\n# nothing\nwrite alpha 0 1M seed=3\r\ncheck");
	assert_true(desk_await(&d, d.fd));
	assert_non_null(strstr(d.said, "- alpha: vid"));
	assert_true(desk_await(&d, d.fd));
	assert_non_null(strstr(d.said, "- wrote 1 MiB"));
	desk_say(&d, d.fd, " replicas\n");
	assert_true(desk_await(&d, d.fd));
	assert_non_null(strstr(d.said, "- checked: 2 objects, 4 copies"));
	desk_close(&d);
}

static void errors_have_a_kind_and_words(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, 2, NULL);
	assert_string_equal(desk_refused(&d, "kill 7"), "error scenario there is no node 7\n");
	assert_non_null(
		strstr(desk_refused(&d, "kil 1"),
		       "error scenario column 1: there is no command `kil', did you mean "));
	assert_string_equal(desk_refused(&d, "start 0"), "error state node 0 runs already\n");
	assert_non_null(strstr(desk_refused(&d, "----"), "error scenario not a command: "));
	assert_non_null(strstr(desk_refused(&d, "cluster nodes=1"), "there is a cluster already"));
	/* what is pending comes before */
	desk_order(&d, "kill 1");
	assert_non_null(strstr(desk_refused(&d, "settle until recovered within 1ms"),
			       "error no-progress "));
	assert_int_equal(strncmp(d.said, "- ", 2), 0);
	desk_close(&d);
}

static void who_waits_does_not_stop_the_server(void **state)
{
	struct desk d;
	uint64_t begun;
	char byte;
	int other;

	(void)state;
	desk_open(&d, 2, NULL);
	begun = sheepsim_now(d.rig.sim);
	desk_say(&d, d.fd, "run 200ms\nshow time\n");
	rig_serves(&d.rig, 0);
	other = rig_connect_unix(d.path);
	desk_say(&d, other, "show nodes\n");
	assert_true(desk_await(&d, other));
	/* all that while the first one still waits */
	assert_int_equal(recv(d.fd, &byte, 1, MSG_DONTWAIT), -1);
	assert_true(sheepsim_now(d.rig.sim) - begun < 200 * SHEEPSIM_MILLISECOND);
	/* another that waits comes after it */
	desk_say(&d, other, "run 1ms\n");
	assert_true(desk_await(&d, d.fd));
	assert_true(sheepsim_now(d.rig.sim) - begun >= 200 * SHEEPSIM_MILLISECOND);
	assert_true(desk_await(&d, other));
	assert_true(desk_await(&d, d.fd));
	close(other);
	desk_close(&d);
}

static bool are_fewer_files(void *before)
{
	return rig_files() < *(int *)before;
}

static void a_console_that_vanishes_leaves_no_command_behind(void **state)
{
	struct desk d;
	int other, files;

	(void)state;
	desk_open(&d, 2, NULL);
	other = rig_connect_unix(d.path);
	/* what is answered says that what stands behind it has been read */
	desk_say(&d, other, "show time\nrun 1min\nkill 0\n");
	assert_true(desk_await(&d, other));
	/* another one's waits behind it, and is gone before its turn */
	desk_say(&d, d.fd, "show time\nrun 1min\nkill 1\n");
	assert_true(desk_await(&d, d.fd));
	close(d.fd);
	d.fd = -1;
	files = rig_files();
	rig_until(&d.rig, are_fewer_files, &files);
	/* time jumps to the end of what runs, however slow this machine is */
	OK(d.rig.sim, sheepsim_run(d.rig.sim, 60 * SHEEPSIM_SECOND));
	assert_true(desk_await(&d, other));
	assert_true(desk_await(&d, other));
	desk_say(&d, other, "run 1ms\nshow nodes\n");
	assert_true(desk_await(&d, other));
	assert_true(desk_await(&d, other));
	assert_non_null(strstr(d.said, "- node 0: off"));
	assert_non_null(strstr(d.said, "- node 1: member"));
	close(other);
	/* one that closes in the middle of a command, which goes on */
	d.fd = rig_connect_unix(d.path);
	desk_say(&d, d.fd, "run 50ms\n");
	rig_turn(&d.rig, 2);
	desk_close(&d);
}

static void the_end_ends_what_waits(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, 2, NULL);
	desk_say(&d, d.fd, "settle until answered\nrun 100s\nshow time\n");
	assert_true(desk_await(&d, d.fd));
	rig_turn(&d.rig, 5);
	sheepsim_live_stop(d.rig.live);
	d.rig.live = NULL;
	assert_false(desk_await(&d, d.fd));
	assert_non_null(strstr(d.said, "the server ends"));
	desk_close(&d);
}

static void events_are_told_as_they_happen(void **state)
{
	struct desk d;
	int other;

	(void)state;
	desk_open(&d, 3, NULL);
	desk_order(&d, "follow");
	other = rig_connect_unix(d.path);
	desk_say(&d, other, "node-kill 2\nsettle until recovered\nkill 1\n");
	for (int i = 0; i < 3; i++)
		assert_true(desk_await(&d, other));
	rig_turn(&d.rig, 100);
	desk_order(&d, "unfollow");
	/* by itself, and by force */
	assert_non_null(strstr(d.events, " node2 node-exit status=0 killed\n"));
	assert_non_null(strstr(d.events, " node1 node-crash\n"));
	assert_non_null(strstr(d.events, " node0 epoch epoch=2 members=2\n"));
	d.events[0] = '\0';
	desk_order(&d, "start 1");
	assert_string_equal(d.events, "");
	assert_non_null(strstr(desk_refused(&d, "follow nonsense"), "no events of kind"));
	desk_order(&d, "settle until joined");
	desk_order(&d, "kill 0");
	desk_order(&d, "settle until recovered");
	desk_order(&d, "follow epoch,node-status");
	desk_order(&d, "start 0");
	desk_order(&d, "settle until joined");
	assert_non_null(strstr(d.events, " epoch "));
	assert_null(strstr(d.events, "recovery"));
	close(other);
	desk_close(&d);
}

/* A join that is refused ends the node: that is told too, with the reason. */
static void a_node_that_refuses_itself_tells_why(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, 2, NULL);
	desk_order(&d, "follow node-exit,join-refused");
	desk_order(&d, "node 2 peer-version=8");
	desk_order(&d, "start 2");
	desk_order(&d, "run 100ms");
	assert_non_null(strstr(d.events, "node2 node-exit"));
	rig_serves(&d.rig, 0);
	desk_close(&d);
}

static void a_trigger_acts_when_nobody_is_connected(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, 3, NULL);
	desk_order(&d, "on node-crash node=1 after=10ms kill 2");
	close(d.fd);
	d.fd = rig_connect_unix(d.path);
	desk_order(&d, "follow node-crash");
	desk_order(&d, "kill 1");
	desk_order(&d, "run 20ms");
	assert_non_null(strstr(d.events, "node2 node-crash"));
	assert_non_null(strstr(desk_order(&d, "show nodes"), "node 2: off"));
	desk_close(&d);
}

/* Scripts for one process a node: a directory is a node, wherever it listens. */
static void nodes_are_added_and_moved_while_it_serves(void **state)
{
	struct sheepsim_live_address a, moved;
	char line[100];
	struct desk d;

	(void)state;
	desk_open(&d, 2, NULL);
	assert_string_equal(desk_order(&d, "sheep /s/2 zone=7 space=1G gateway"), "- node 2\nok\n");
	assert_string_equal(desk_order(&d, "sheep /s/3 address=127.0.0.5 zone=8"),
			    "- node 3\nok\n");
	assert_string_equal(desk_order(&d, "settle until joined"),
			    "- nodes 0 1 2 3: OK, epoch 3\nok\n");
	for (int i = 0; i < 4; i++)
		rig_serves(&d.rig, i);
	assert_non_null(strstr(desk_order(&d, "show ports"), "- node 3 127.0.0.5:"));
	assert_non_null(strstr(desk_refused(&d, "sheep /s/3"), "node 3 runs already"));
	OK(d.rig.sim, sheepsim_live_address(d.rig.live, 3, &a));
	desk_order(&d, "kill 3");
	desk_order(&d, "settle until recovered");
	/* where another node is it cannot be, and stays where it was */
	OK(d.rig.sim, sheepsim_live_address(d.rig.live, 0, &moved));
	snprintf(line, sizeof(line), "sheep /s/3 address=127.0.0.1 port=%u", moved.port);
	assert_non_null(strstr(desk_refused(&d, line), "is node 0 already"));
	OK(d.rig.sim, sheepsim_live_address(d.rig.live, 3, &moved));
	assert_int_equal(moved.port, a.port);
	snprintf(line, sizeof(line), "sheep /s/3 address=127.0.0.6 port=%u", a.port);
	assert_string_equal(desk_order(&d, line), "- node 3\nok\n");
	desk_order(&d, "settle until joined");
	OK(d.rig.sim, sheepsim_live_address(d.rig.live, 3, &moved));
	assert_string_equal(moved.host, "127.0.0.6");
	rig_serves(&d.rig, 3);
	desk_close(&d);
}

static void json_is_json(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, 3, NULL);
	desk_order(&d, "json on");
	assert_string_equal(d.said, "{\"output\":[],\"error\":null}\n");
	assert_string_equal(desk_order(&d, "settle until joined"),
			    "{\"output\":[\"nodes 0 1 2: OK, epoch "
			    "1\"],\"rows\":[{\"node\":0,\"status\":\"OK\",\"epoch\":1},{\"node\":1,"
			    "\"status\":\"OK\",\"epoch\":1},{\"node\":2,\"status\":\"OK\","
			    "\"epoch\":1}],\"error\":null}\n");
	assert_string_equal(desk_refused(&d, "kill 9"),
			    "{\"output\":[],\"error\":\"scenario\",\"message\":\"there is no node "
			    "9\"}\n");
	assert_non_null(strstr(desk_refused(&d, "drop \"a\""), "\"message\":\"column 6: "));
	desk_order(&d, "follow");
	desk_order(&d, "kill 1");
	desk_order(&d, "run 100ms");
	assert_non_null(strstr(d.events, "{\"event\":\"epoch\",\"time\":"));
	assert_non_null(strstr(d.events, "\"place\":\"node0\",\"epoch\":2,\"members\":2}\n"));
	desk_order(&d, "json off");
	desk_order(&d, "show time");
	desk_close(&d);
}

/* Those of scenarios, and those of live mode. */
static void an_unknown_command_is_told_those_there_are(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, 1, NULL);
	assert_non_null(
		strstr(desk_refused(&d, "nonsense"), "there is no command `nonsense'; known: "));
	assert_non_null(strstr(d.said, " kill, "));
	assert_non_null(strstr(d.said, " show nodes, "));
	assert_non_null(strstr(d.said, ", follow, unfollow, show ports, show clients, "));
	assert_non_null(strstr(desk_refused(&d, "folow"), "did you mean `follow'?"));
	assert_non_null(strstr(desk_refused(&d, "show client"), "did you mean `show clients'?"));
	assert_non_null(strstr(d.said, " show time, show ports, show clients\n"));
	assert_null(strstr(d.said, "kill"));
	desk_close(&d);
}

/* While it runs clients are not read from, so that all comes to rest though they never do. */
static void a_check_makes_clients_wait(void **state)
{
	uint8_t head[HEAD], *payload;
	unsigned asked = 0, answered = 0;
	struct desk d;
	bool over = false;
	char byte;
	int fd;

	(void)state;
	desk_open(&d, 3, NULL);
	rig_vdi(&d.rig, "alpha");
	fd = rig_connect(&d.rig, 0);
	/* there is always a request under way, or one to be read */
	while (!over) {
		for (; asked < answered + 50; asked++) {
			rig_head(head, SD_OP_READ_VDIS, 0, asked, SD_VDI_BITMAP_SIZE);
			assert_true(rig_send(&d.rig, fd, head, HEAD));
		}
		if (answered == 100)
			desk_say(&d, d.fd, "check\n");
		if (answered > 100 && recv(d.fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 1)
			over = true;
		assert_true(rig_answer(&d.rig, fd, head, &payload));
		free(payload);
		answered++;
	}
	assert_true(desk_await(&d, d.fd));
	assert_non_null(strstr(d.said, "all invariants hold"));
	for (; answered < asked; answered++) {
		assert_true(rig_answer(&d.rig, fd, head, &payload));
		free(payload);
	}
	close(fd);
	desk_close(&d);
}

/* Recovery is over when it is, whatever clients do meanwhile. */
static void recovery_ends_under_load(void **state)
{
	uint8_t head[HEAD];
	struct desk d;
	int fd;

	(void)state;
	desk_open(&d, 3, NULL);
	rig_vdi(&d.rig, "alpha");
	fd = rig_connect(&d.rig, 0);
	/* one request is never answered */
	desk_order(&d, "block READ_VDIS to=0 requests");
	rig_head(head, SD_OP_READ_VDIS, 0, 1, SD_VDI_BITMAP_SIZE);
	assert_true(rig_send(&d.rig, fd, head, HEAD));
	desk_order(&d, "run 5ms");
	desk_order(&d, "kill 2");
	assert_non_null(strstr(desk_order(&d, "settle until recovered within 5s"), "- recovered "));
	close(fd);
	desk_close(&d);
}

static void rubbish_costs_only_its_own_console(void **state)
{
	char *rubbish = malloc(3 << 20);
	struct desk d;
	int bad;

	(void)state;
	memset(rubbish, 'x', 3 << 20);
	desk_open(&d, 1, NULL);
	bad = rig_connect_unix(d.path);
	rig_send(&d.rig, bad, rubbish, 3 << 20);
	assert_true(rig_is_closed(&d.rig, bad));
	close(bad);
	bad = rig_connect_unix(d.path);
	assert_true(rig_send(&d.rig, bad, "show\0time\n", 10));
	assert_true(rig_is_closed(&d.rig, bad));
	close(bad);
	assert_non_null(strstr(d.rig.log, "control: a line that does not end"));
	desk_order(&d, "show time");
	free(rubbish);
	desk_close(&d);
}

static void lines_can_be_completed(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, 2, NULL);
	assert_string_equal(desk_order(&d, "complete sett"), "- settle\nok\n");
	assert_string_equal(desk_order(&d, "complete settle until r"), "- recovered\nok\n");
	assert_string_equal(desk_order(&d, "complete recover en"), "- enable\nok\n");
	assert_string_equal(desk_order(&d, "complete kill "), "- 0\n- 1\n- torn\n- power\nok\n");
	assert_string_equal(desk_order(&d, "complete format co"), "- copies=\nok\n");
	assert_string_equal(desk_order(&d, "complete unf"), "- unfollow\nok\n");
	assert_string_equal(desk_order(&d, "complete show p"), "- ports\nok\n");
	assert_string_equal(desk_order(&d, "complete follow leave,epo"), "- leave,epoch\nok\n");
	assert_string_equal(desk_order(&d, "complete help unf"), "- unfollow\nok\n");
	assert_string_equal(desk_order(&d, "complete nonsense x"), "ok\n");
	assert_non_null(strstr(desk_order(&d, "help"), "follow [KIND"));
	assert_non_null(strstr(desk_order(&d, "help kill"), "SIGKILL"));
	assert_non_null(strstr(desk_refused(&d, "help nonsense"), "there is no command"));
	desk_close(&d);
}

static void note_end(void *arg)
{
	*(bool *)arg = true;
}

static void it_is_ended_by_command_where_that_is_wanted(void **state)
{
	bool ended = false;
	struct sheepsim_live_options o = {.end = note_end, .end_arg = &ended};
	struct desk d;

	(void)state;
	desk_open(&d, 1, NULL);
	assert_non_null(strstr(desk_refused(&d, "end"), "error state"));
	desk_order(&d, "show clients");
	desk_order(&d, "bye");
	assert_true(rig_is_closed(&d.rig, d.fd));
	desk_close(&d);
	desk_open(&d, 1, &o);
	desk_order(&d, "end");
	assert_true(ended);
	desk_close(&d);
}

int control_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_of_scenarios_are_obeyed),
		cmocka_unit_test(errors_have_a_kind_and_words),
		cmocka_unit_test(who_waits_does_not_stop_the_server),
		cmocka_unit_test(a_console_that_vanishes_leaves_no_command_behind),
		cmocka_unit_test(the_end_ends_what_waits),
		cmocka_unit_test(events_are_told_as_they_happen),
		cmocka_unit_test(a_node_that_refuses_itself_tells_why),
		cmocka_unit_test(a_trigger_acts_when_nobody_is_connected),
		cmocka_unit_test(nodes_are_added_and_moved_while_it_serves),
		cmocka_unit_test(json_is_json),
		cmocka_unit_test(an_unknown_command_is_told_those_there_are),
		cmocka_unit_test(a_check_makes_clients_wait),
		cmocka_unit_test(recovery_ends_under_load),
		cmocka_unit_test(rubbish_costs_only_its_own_console),
		cmocka_unit_test(lines_can_be_completed),
		cmocka_unit_test(it_is_ended_by_command_where_that_is_wanted),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
