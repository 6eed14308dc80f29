#include "rig.h"

#include <sys/socket.h>
#include <unistd.h>

/* A cluster with a control socket, and a console. */
struct desk {
	struct rig rig;
	char dir[32], path[64];
	int fd;
	char said[16384]; /* what came last, but for events */
	char events[16384];
};

static void read_line(struct desk *d, int fd, char *line, size_t size)
{
	size_t len = 0;

	do {
		assert_true(len + 1 < size);
		assert_true(rig_receive(&d->rig, fd, line + len, 1));
	} while (line[len++] != '\n');
	line[len] = '\0';
}

/* Takes lines until a command is over; false: with an error. */
static bool await(struct desk *d, int fd)
{
	char line[8192];

	d->said[0] = '\0';
	for (;;) {
		read_line(d, fd, line, sizeof(line));
		strcat(line[0] == '*' || strncmp(line, "{\"event\"", 8) == 0 ? d->events : d->said,
		       line);
		if (strcmp(line, "ok\n") == 0 || strncmp(line, "{\"output\"", 9) == 0)
			return strstr(line, "\"error\":\"") == NULL;
		if (strncmp(line, "error ", 6) == 0)
			return false;
	}
}

static void say(struct desk *d, int fd, const char *lines)
{
	assert_true(rig_send(&d->rig, fd, lines, strlen(lines)));
}

/* One command; all must be well. What it said, without what ends it. */
static const char *order(struct desk *d, const char *line)
{
	say(d, d->fd, line);
	say(d, d->fd, "\n");
	if (!await(d, d->fd)) {
		print_error("%s: %s", line, d->said);
		fail();
	}
	return d->said;
}

/* One that must fail. */
static const char *refused(struct desk *d, const char *line)
{
	say(d, d->fd, line);
	say(d, d->fd, "\n");
	assert_false(await(d, d->fd));
	return d->said;
}

static void open_desk(struct desk *d, unsigned nodes, const struct sheepsim_live_options *options)
{
	struct sheepsim_live_options o = {0};

	memset(d, 0, sizeof(*d));
	if (options != NULL)
		o = *options;
	strcpy(d->dir, "/tmp/sheepsim-live-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	snprintf(d->path, sizeof(d->path), "%s/control", d->dir);
	o.control = d->path;
	rig_open(&d->rig, nodes, &o);
	d->fd = rig_connect_unix(d->path);
	assert_true(d->fd >= 0);
}

static void close_desk(struct desk *d)
{
	if (d->fd >= 0)
		close(d->fd);
	rig_close(&d->rig);
	/* the socket's file is gone */
	assert_int_equal(rmdir(d->dir), 0);
}

static void commands_of_scenarios_are_obeyed(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d, 3, NULL);
	assert_non_null(strstr(order(&d, "show time # and a comment"), "s\nok\n"));
	order(&d, "kill 1");
	assert_int_equal(rig_connect(&d.rig, 1), -1);
	assert_non_null(strstr(order(&d, "show nodes"), "- node 1: off"));
	assert_non_null(strstr(order(&d, "settle until recovered within 10s"), "- recovered"));
	order(&d, "start 1");
	assert_string_equal(order(&d, "settle until joined"), "- nodes 0 1 2: OK, epoch 3\nok\n");
	rig_serves(&d.rig, 1);
	/* several at once are answered in order; empty lines and comments are not */
	say(&d, d.fd, "vdi create alpha 64M\n\n# nothing\nwrite alpha 0 1M seed=3\r\ncheck");
	assert_true(await(&d, d.fd));
	assert_non_null(strstr(d.said, "- alpha: vid"));
	assert_true(await(&d, d.fd));
	assert_non_null(strstr(d.said, "- wrote 1 MiB"));
	say(&d, d.fd, " replicas\n");
	assert_true(await(&d, d.fd));
	assert_non_null(strstr(d.said, "- checked: 2 objects, 4 copies"));
	close_desk(&d);
}

static void errors_have_a_kind_and_words(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d, 2, NULL);
	assert_string_equal(refused(&d, "kill 7"), "error scenario there is no node 7\n");
	assert_non_null(
		strstr(refused(&d, "kil 1"),
		       "error scenario column 1: there is no command `kil', did you mean "));
	assert_string_equal(refused(&d, "start 0"), "error state node 0 runs already\n");
	assert_non_null(strstr(refused(&d, "----"), "error scenario not a command: "));
	assert_non_null(strstr(refused(&d, "cluster nodes=1"), "there is a cluster already"));
	/* what is pending comes before */
	order(&d, "kill 1");
	assert_non_null(
		strstr(refused(&d, "settle until recovered within 1ms"), "error no-progress "));
	assert_int_equal(strncmp(d.said, "- ", 2), 0);
	close_desk(&d);
}

static void who_waits_does_not_stop_the_server(void **state)
{
	struct desk d;
	uint64_t begun;
	char byte;
	int other;

	(void)state;
	open_desk(&d, 2, NULL);
	begun = sheepsim_now(d.rig.sim);
	say(&d, d.fd, "run 200ms\nshow time\n");
	rig_serves(&d.rig, 0);
	other = rig_connect_unix(d.path);
	say(&d, other, "show nodes\n");
	assert_true(await(&d, other));
	/* all that while the first one still waits */
	assert_int_equal(recv(d.fd, &byte, 1, MSG_DONTWAIT), -1);
	assert_true(sheepsim_now(d.rig.sim) - begun < 200 * SHEEPSIM_MILLISECOND);
	/* another that waits comes after it */
	say(&d, other, "run 1ms\n");
	assert_true(await(&d, d.fd));
	assert_true(sheepsim_now(d.rig.sim) - begun >= 200 * SHEEPSIM_MILLISECOND);
	assert_true(await(&d, other));
	assert_true(await(&d, d.fd));
	close(other);
	close_desk(&d);
}

static void a_console_that_vanishes_leaves_no_command_behind(void **state)
{
	struct desk d;
	int other;

	(void)state;
	open_desk(&d, 2, NULL);
	other = rig_connect_unix(d.path);
	say(&d, other, "run 1min\nkill 0\n");
	rig_turn(&d.rig, 2);
	/* another one's waits behind it, and is gone before its turn */
	say(&d, d.fd, "run 1min\nkill 1\n");
	rig_turn(&d.rig, 2);
	close(d.fd);
	d.fd = -1;
	rig_turn(&d.rig, 2);
	/* time jumps to the end of what runs, however slow this machine is */
	OK(d.rig.sim, sheepsim_run(d.rig.sim, 60 * SHEEPSIM_SECOND));
	assert_true(await(&d, other));
	assert_true(await(&d, other));
	say(&d, other, "run 1ms\nshow nodes\n");
	assert_true(await(&d, other));
	assert_true(await(&d, other));
	assert_non_null(strstr(d.said, "- node 0: off"));
	assert_non_null(strstr(d.said, "- node 1: member"));
	close(other);
	/* one that closes in the middle of a command, which goes on */
	d.fd = rig_connect_unix(d.path);
	say(&d, d.fd, "run 50ms\n");
	rig_turn(&d.rig, 2);
	close_desk(&d);
}

static void the_end_ends_what_waits(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d, 2, NULL);
	say(&d, d.fd, "settle until answered\nrun 100s\nshow time\n");
	assert_true(await(&d, d.fd));
	rig_turn(&d.rig, 5);
	sheepsim_live_stop(d.rig.live);
	d.rig.live = NULL;
	assert_false(await(&d, d.fd));
	assert_non_null(strstr(d.said, "the server ends"));
	close_desk(&d);
}

static void events_are_told_as_they_happen(void **state)
{
	struct desk d;
	int other;

	(void)state;
	open_desk(&d, 3, NULL);
	order(&d, "follow");
	other = rig_connect_unix(d.path);
	say(&d, other, "node-kill 2\nsettle until recovered\nkill 1\n");
	for (int i = 0; i < 3; i++)
		assert_true(await(&d, other));
	rig_turn(&d.rig, 100);
	order(&d, "unfollow");
	/* by itself, and by force */
	assert_non_null(strstr(d.events, " node2 node-exit status=0 killed\n"));
	assert_non_null(strstr(d.events, " node1 node-crash\n"));
	assert_non_null(strstr(d.events, " node0 epoch epoch=2 members=2\n"));
	d.events[0] = '\0';
	order(&d, "start 1");
	assert_string_equal(d.events, "");
	assert_non_null(strstr(refused(&d, "follow nonsense"), "no events of kind"));
	order(&d, "settle until joined");
	order(&d, "kill 0");
	order(&d, "settle until recovered");
	order(&d, "follow epoch,node-status");
	order(&d, "start 0");
	order(&d, "settle until joined");
	assert_non_null(strstr(d.events, " epoch "));
	assert_null(strstr(d.events, "recovery"));
	close(other);
	close_desk(&d);
}

/* A join that is refused ends the node: that is told too, with the reason. */
static void a_node_that_refuses_itself_tells_why(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d, 2, NULL);
	order(&d, "follow node-exit,join-refused");
	order(&d, "node 2 peer-version=8");
	order(&d, "start 2");
	order(&d, "run 100ms");
	assert_non_null(strstr(d.events, "node2 node-exit"));
	rig_serves(&d.rig, 0);
	close_desk(&d);
}

static void a_trigger_acts_when_nobody_is_connected(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d, 3, NULL);
	order(&d, "on node-crash node=1 after=10ms kill 2");
	close(d.fd);
	d.fd = rig_connect_unix(d.path);
	order(&d, "follow node-crash");
	order(&d, "kill 1");
	order(&d, "run 20ms");
	assert_non_null(strstr(d.events, "node2 node-crash"));
	assert_non_null(strstr(order(&d, "show nodes"), "node 2: off"));
	close_desk(&d);
}

/* Scripts for one process a node: a directory is a node, wherever it listens. */
static void nodes_are_added_and_moved_while_it_serves(void **state)
{
	struct sheepsim_live_address a, moved;
	char line[100];
	struct desk d;

	(void)state;
	open_desk(&d, 2, NULL);
	assert_string_equal(order(&d, "sheep /s/2 zone=7 space=1G gateway"), "- node 2\nok\n");
	assert_string_equal(order(&d, "sheep /s/3 address=127.0.0.5 zone=8"), "- node 3\nok\n");
	assert_string_equal(order(&d, "settle until joined"), "- nodes 0 1 2 3: OK, epoch 3\nok\n");
	for (int i = 0; i < 4; i++)
		rig_serves(&d.rig, i);
	assert_non_null(strstr(order(&d, "show ports"), "- node 3 127.0.0.5:"));
	assert_non_null(strstr(refused(&d, "sheep /s/3"), "node 3 runs already"));
	OK(d.rig.sim, sheepsim_live_address(d.rig.live, 3, &a));
	order(&d, "kill 3");
	order(&d, "settle until recovered");
	/* where another node is it cannot be, and stays where it was */
	OK(d.rig.sim, sheepsim_live_address(d.rig.live, 0, &moved));
	snprintf(line, sizeof(line), "sheep /s/3 address=127.0.0.1 port=%u", moved.port);
	assert_non_null(strstr(refused(&d, line), "is node 0 already"));
	OK(d.rig.sim, sheepsim_live_address(d.rig.live, 3, &moved));
	assert_int_equal(moved.port, a.port);
	snprintf(line, sizeof(line), "sheep /s/3 address=127.0.0.6 port=%u", a.port);
	assert_string_equal(order(&d, line), "- node 3\nok\n");
	order(&d, "settle until joined");
	OK(d.rig.sim, sheepsim_live_address(d.rig.live, 3, &moved));
	assert_string_equal(moved.host, "127.0.0.6");
	rig_serves(&d.rig, 3);
	close_desk(&d);
}

static void json_is_json(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d, 3, NULL);
	order(&d, "json on");
	assert_string_equal(d.said, "{\"output\":[],\"error\":null}\n");
	assert_string_equal(order(&d, "settle until joined"),
			    "{\"output\":[\"nodes 0 1 2: OK, epoch 1\"],\"error\":null}\n");
	assert_string_equal(refused(&d, "kill 9"),
			    "{\"output\":[],\"error\":\"scenario\",\"message\":\"there is no node "
			    "9\"}\n");
	assert_non_null(strstr(refused(&d, "drop \"a\""), "\"message\":\"column 6: "));
	order(&d, "follow");
	order(&d, "kill 1");
	order(&d, "run 100ms");
	assert_non_null(strstr(d.events, "{\"event\":\"epoch\",\"time\":"));
	assert_non_null(strstr(d.events, "\"place\":\"node0\",\"epoch\":2,\"members\":2}\n"));
	order(&d, "json off");
	order(&d, "show time");
	close_desk(&d);
}

/* What is shown comes as values too, and each answer has its own. */
static void what_is_shown_has_rows(void **state)
{
	struct desk d;
	uint8_t name[512] = "alpha";
	int fd;

	(void)state;
	open_desk(&d, 2, NULL);
	rig_vdi(&d.rig, "alpha");
	fd = rig_connect(&d.rig, 0);
	order(&d, "json on");
	assert_non_null(strstr(order(&d, "show nodes"),
			       "\"rows\":[{\"node\":0,\"state\":\"member\",\"status\":\"OK\","
			       "\"epoch\":1,"));
	assert_non_null(strstr(d.said, "},{\"node\":1,"));
	assert_non_null(strstr(order(&d, "show epochs 1"),
			       "\"rows\":[{\"epoch\":1,\"node\":1,\"members\":["));
	assert_non_null(strstr(order(&d, "show objects"), "\"oid\":\"80"));
	assert_non_null(strstr(d.said, "\"node\":0,\"live\":true}"));
	assert_non_null(
		strstr(order(&d, "show vdis"), "\"rows\":[{\"name\":\"alpha\",\"tag\":null,"));
	assert_non_null(strstr(order(&d, "show clients"), "\"rows\":[{\"connections\":1,"));
	assert_non_null(strstr(order(&d, "show ports"), "\"unix\":null,\"listening\":true}"));
	assert_non_null(strstr(order(&d, "show time"), "\"rows\":[{\"time\":"));
	assert_null(strstr(order(&d, "run 1ms"), "rows"));
	/* locks: the cluster has to have been formatted with them */
	assert_string_equal(order(&d, "show locks"),
			    "{\"output\":[\"no locks\"],\"error\":null}\n");
	order(&d, "format copies=2 lock");
	rig_vdi(&d.rig, "alpha");
	assert_int_equal(rig_ask(&d.rig, fd, SD_OP_LOCK_VDI, SD_FLAG_CMD_WRITE, name, sizeof(name)),
			 0);
	order(&d, "run 10ms");
	assert_non_null(strstr(order(&d, "show locks 1"),
			       "\"node\":1,\"lock\":\"normal\",\"holders\":[{\"node\":0}]}],"));
	close(fd);
	close_desk(&d);
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
	open_desk(&d, 3, NULL);
	rig_vdi(&d.rig, "alpha");
	fd = rig_connect(&d.rig, 0);
	/* there is always a request under way, or one to be read */
	while (!over) {
		for (; asked < answered + 50; asked++) {
			rig_head(head, SD_OP_READ_VDIS, 0, asked, SD_VDI_BITMAP_SIZE);
			assert_true(rig_send(&d.rig, fd, head, HEAD));
		}
		if (answered == 100)
			say(&d, d.fd, "check\n");
		if (answered > 100 && recv(d.fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 1)
			over = true;
		assert_true(rig_answer(&d.rig, fd, head, &payload));
		free(payload);
		answered++;
	}
	assert_true(await(&d, d.fd));
	assert_non_null(strstr(d.said, "all invariants hold"));
	for (; answered < asked; answered++) {
		assert_true(rig_answer(&d.rig, fd, head, &payload));
		free(payload);
	}
	close(fd);
	close_desk(&d);
}

/* Recovery is over when it is, whatever clients do meanwhile. */
static void recovery_ends_under_load(void **state)
{
	uint8_t head[HEAD];
	struct desk d;
	int fd;

	(void)state;
	open_desk(&d, 3, NULL);
	rig_vdi(&d.rig, "alpha");
	fd = rig_connect(&d.rig, 0);
	/* one request is never answered */
	order(&d, "block READ_VDIS to=0 requests");
	rig_head(head, SD_OP_READ_VDIS, 0, 1, SD_VDI_BITMAP_SIZE);
	assert_true(rig_send(&d.rig, fd, head, HEAD));
	order(&d, "run 5ms");
	order(&d, "kill 2");
	assert_non_null(strstr(order(&d, "settle until recovered within 5s"), "- recovered "));
	close(fd);
	close_desk(&d);
}

static void rubbish_costs_only_its_own_console(void **state)
{
	char *rubbish = malloc(3 << 20);
	struct desk d;
	int bad;

	(void)state;
	memset(rubbish, 'x', 3 << 20);
	open_desk(&d, 1, NULL);
	bad = rig_connect_unix(d.path);
	rig_send(&d.rig, bad, rubbish, 3 << 20);
	assert_true(rig_is_closed(&d.rig, bad));
	close(bad);
	bad = rig_connect_unix(d.path);
	assert_true(rig_send(&d.rig, bad, "show\0time\n", 10));
	assert_true(rig_is_closed(&d.rig, bad));
	close(bad);
	assert_non_null(strstr(d.rig.log, "control: a line that does not end"));
	order(&d, "show time");
	free(rubbish);
	close_desk(&d);
}

static void lines_can_be_completed(void **state)
{
	struct desk d;

	(void)state;
	open_desk(&d, 2, NULL);
	assert_string_equal(order(&d, "complete sett"), "- settle\nok\n");
	assert_string_equal(order(&d, "complete settle until r"), "- recovered\nok\n");
	assert_string_equal(order(&d, "complete recover en"), "- enable\nok\n");
	assert_string_equal(order(&d, "complete kill "), "- 0\n- 1\n- torn\n- power\nok\n");
	assert_string_equal(order(&d, "complete format co"), "- copies=\nok\n");
	assert_string_equal(order(&d, "complete unf"), "- unfollow\nok\n");
	assert_string_equal(order(&d, "complete show p"), "- ports\nok\n");
	assert_string_equal(order(&d, "complete follow leave,epo"), "- leave,epoch\nok\n");
	assert_string_equal(order(&d, "complete help unf"), "- unfollow\nok\n");
	assert_string_equal(order(&d, "complete nonsense x"), "ok\n");
	assert_non_null(strstr(order(&d, "help"), "follow [KIND"));
	assert_non_null(strstr(order(&d, "help kill"), "SIGKILL"));
	assert_non_null(strstr(refused(&d, "help nonsense"), "there is no command"));
	close_desk(&d);
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
	open_desk(&d, 1, NULL);
	assert_non_null(strstr(refused(&d, "end"), "error state"));
	order(&d, "show clients");
	order(&d, "bye");
	assert_true(rig_is_closed(&d.rig, d.fd));
	close_desk(&d);
	open_desk(&d, 1, &o);
	order(&d, "end");
	assert_true(ended);
	close_desk(&d);
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
		cmocka_unit_test(what_is_shown_has_rows),
		cmocka_unit_test(a_check_makes_clients_wait),
		cmocka_unit_test(recovery_ends_under_load),
		cmocka_unit_test(rubbish_costs_only_its_own_console),
		cmocka_unit_test(lines_can_be_completed),
		cmocka_unit_test(it_is_ended_by_command_where_that_is_wanted),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
