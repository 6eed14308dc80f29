#include "rig.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sheepsim/wire/peer.h>

static const char scenario_text[] = "cluster nodes=4 seed=3\n"
				    "format copies=2\n"
				    "vdi create alpha 64M\n"
				    "write alpha 0 1M seed=1\n";

/* A cluster that is recorded, with its own files. */
struct studio {
	struct rig rig;
	char dir[40], control[64], record[64];
	int console;
	uint32_t vid;
	unsigned begun; /* commands that are not answered */
};

static void take_log(void *arg, const char *line)
{
	strcat(((struct rig *)arg)->log, line);
}

static void open_studio(struct studio *s, bool jump)
{
	struct sheepsim_live_options o = {.any_port = true,
					  .log = take_log,
					  .log_arg = &s->rig,
					  .abandoned = 30000,
					  .jump = jump};
	struct sheepsim_scenario scenario = {.name = "served"};
	char message[512] = "";

	memset(s, 0, sizeof(*s));
	strcpy(s->dir, "/tmp/sheepsim-record-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->control, sizeof(s->control), "%s/control", s->dir);
	snprintf(s->record, sizeof(s->record), "%s/record.scn", s->dir);
	o.control = s->control;
	o.record = s->record;
	s->rig.fds = rig_files();
	s->rig.loop = ev_loop_new(EVFLAG_AUTO);
	if (sheepsim_live_open(&s->rig.live, scenario_text, &scenario, s->rig.loop, &o, message) <
	    0)
		fail_msg("%s", message);
	s->rig.sim = sheepsim_live_sim(s->rig.live);
	s->console = rig_connect_unix(s->control);
}

static void begin_order(struct studio *s, const char *line)
{
	assert_true(rig_send(&s->rig, s->console, line, strlen(line)));
	assert_true(rig_send(&s->rig, s->console, "\n", 1));
	s->begun++;
}

/* A command; it and all before it are over then. */
static void order(struct studio *s, const char *line)
{
	char c, first = 0;

	begin_order(s, line);
	while (s->begun > 0) {
		assert_true(rig_receive(&s->rig, s->console, &c, 1));
		/* "ok", "error ..."; what is said before begins with a mark */
		if (c == '\n' && (first == 'o' || first == 'e'))
			s->begun--;
		first = c == '\n' ? 0 : first != 0 ? first : c;
	}
}

static void note(void *arg)
{
	*(bool *)arg = true;
}

static bool is_set(void *arg)
{
	return *(bool *)arg;
}

/* Ends it in order, and gives the recording. */
static char *close_studio(struct studio *s)
{
	bool over = false;
	char *text;
	FILE *f;
	long size;

	close(s->console);
	sheepsim_live_drain(s->rig.live, 10 * SHEEPSIM_SECOND, note, &over);
	rig_until(&s->rig, is_set, &over);
	sheepsim_live_stop(s->rig.live);
	ev_loop_destroy(s->rig.loop);
	assert_int_equal(rig_files(), s->rig.fds);
	f = fopen(s->record, "r");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	text = calloc(1, (size_t)size + 1);
	assert_int_equal(fread(text, 1, (size_t)size, f), size);
	fclose(f);
	unlink(s->record);
	assert_int_equal(rmdir(s->dir), 0);
	return text;
}

/* The digest of what was served, by the last line of its recording. */
static uint64_t digest_of(const char *text)
{
	const char *at = strstr(text, "# digest ");

	assert_non_null(at);
	return strtoull(at + strlen("# digest "), NULL, 16);
}

/* Repeats it in virtual time; its digest. same: all output is what it was, too. */
static uint64_t repeat(const char *text, bool same)
{
	struct sheepsim_scenario scenario = {.name = "record.scn"};
	struct sheepsim_scenario_result result;
	uint64_t digest;
	int error = sheepsim_scenario_run(text, &scenario, &result);

	if (same && error < 0)
		fail_msg("%s\n%s\n", result.message, result.diff);
	digest = result.digest;
	sheepsim_scenario_free(&result);
	return digest;
}

static void nothing_but_time_is_repeated_too(void **state)
{
	struct studio s;
	char *text;

	(void)state;
	open_studio(&s, false);
	rig_turn(&s.rig, 20);
	text = close_studio(&s);
	assert_int_equal(repeat(text, true), digest_of(text));
	free(text);
}

static void what_time_flew_over_is_repeated_too(void **state)
{
	struct studio s;
	char *text;

	(void)state;
	open_studio(&s, true);
	order(&s, "kill 3");
	order(&s, "settle until recovered within 10s");
	rig_turn(&s.rig, 50);
	order(&s, "start 3");
	order(&s, "settle until recovered within 10s");
	rig_turn(&s.rig, 50);
	assert_true(sheepsim_now(s.rig.sim) < 3600 * SHEEPSIM_SECOND);
	text = close_studio(&s);
	assert_int_equal(repeat(text, true), digest_of(text));
	free(text);
}

/* A port of 127.0.0.1 that is ours until the socket is closed. */
static int take_port(unsigned *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

/* The replay has room for them: it would have nodes that were never there. */
static void nodes_that_there_was_no_place_for_are_not_repeated(void **state)
{
	char line[64], *text;
	struct studio s;
	unsigned port;
	int fd;

	(void)state;
	open_studio(&s, false);
	fd = take_port(&port);
	order(&s, "sheep d4 address=8.8.8.8 port=7105");
	snprintf(line, sizeof(line), "sheep d4 port=%u", port);
	order(&s, line);
	order(&s, "sheep d5");
	order(&s, "kill 4");
	snprintf(line, sizeof(line), "sheep d5 port=%u", port);
	order(&s, line);
	order(&s, "sheep d5");
	order(&s, "settle until recovered within 10s");
	/* what fails wherever it is done is repeated */
	order(&s, "sheep d5");
	close(fd);
	text = close_studio(&s);
	assert_non_null(strstr(text, "\n# sheep d4 address=8.8.8.8 port=7105\n# error: node 4 "));
	assert_non_null(strstr(text, ": Address already in use\n"));
	assert_non_null(strstr(text, "expect-error \"\" sheep d5\n"));
	assert_int_equal(repeat(text, true), digest_of(text));
	free(text);
}

/* Writes and reads, of which nobody waits for the answers. */
static void ask_much(struct studio *s, const int fds[4], unsigned round)
{
	uint64_t oid = sd_vid_to_data_oid(0xed202b, round % 2);
	uint8_t head[HEAD], data[8192];

	for (unsigned k = 0; k < 16; k++) {
		bool write = k % 3 != 0;

		memset(data, (int)(round * 16 + k), sizeof(data));
		rig_head(head, write ? SD_OP_WRITE_OBJ : SD_OP_READ_OBJ,
			 write ? SD_FLAG_CMD_WRITE : 0, k, sizeof(data));
		put_le64(head + 16, oid);
		put_le32(head + 40, k * 4096);
		rig_send(&s->rig, fds[k % 4], head, HEAD);
		if (write)
			rig_send(&s->rig, fds[k % 4], data, sizeof(data));
	}
}

/* One is gone without its answers, and one in mid-message, after a request that goes on without it:
 * so many of these that they are refused in the end. */
static void vanish(struct studio *s, int *fd, int node)
{
	uint8_t head[HEAD], data[8192] = {0};

	close(*fd);
	*fd = rig_connect(&s->rig, node);
	rig_head(head, SD_OP_WRITE_PEER, SD_FLAG_CMD_WRITE, 1, sizeof(data));
	put_le32(head + 4, 1000); /* its epoch */
	put_le64(head + 16, sd_vid_to_data_oid(0xed202b, 1));
	if (rig_send(&s->rig, *fd, head, HEAD) && rig_send(&s->rig, *fd, data, sizeof(data)))
		rig_send(&s->rig, *fd, data, 20);
	close(*fd);
	*fd = rig_connect(&s->rig, node);
}

/* Requests of several clients, of which some vanish, while nodes die and come back and messages are
 * lost: the same events come out of the recording. */
static void all_that_came_from_outside_is_repeated(void **state)
{
	static const char *const orders[] = {
		"kill 3",
		"settle until recovered within 10s",
		"kill 9",
		"drop READ_PEER count=2 maybe",
		"start 3",
		"start 3",
		"settle until joined",
		"settle until recovered within 10s",
		"clear",
		"node 4 space=1G",
		"start 4",
		"write alpha 5M 64K seed=7",
		"settle until recovered within 10s",
		"check",
		"show nodes",
	};
	struct studio s;
	char *text, *tampered;
	int fds[4];

	(void)state;
	open_studio(&s, false);
	for (unsigned i = 0; i < 4; i++)
		fds[i] = rig_connect(&s.rig, (int)i % 3);
	for (unsigned i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		ask_much(&s, fds, i);
		begin_order(&s, orders[i]);
		rig_turn(&s.rig, 10);
		vanish(&s, &fds[i % 4], (int)i % 3);
	}
	order(&s, "show time");
	for (unsigned i = 0; i < sizeof(orders) / sizeof(*orders); i++)
		rig_turn(&s.rig, 5);
	for (unsigned i = 0; i < 4; i++)
		close(fds[i]);
	assert_non_null(strstr(s.rig.log, "wait for epochs to come"));
	text = close_studio(&s);
	assert_non_null(strstr(text, "\nkill 3\n"));
	assert_non_null(strstr(text, "\n# kill 9\n"));
	assert_non_null(
		strstr(text, "\nexpect-error \"\" start 3\n----\nerror: node 3 runs already\n"));
	assert_non_null(strstr(text, "served 4 127.0.0.1 "));
	assert_int_equal(repeat(text, true), digest_of(text));
	/* another byte is another run */
	tampered = strstr(text, "01*8192");
	assert_non_null(tampered);
	tampered[0] = '5';
	assert_int_not_equal(repeat(text, false), digest_of(text));
	free(text);
}

static void what_cannot_be_recorded_is_refused(void **state)
{
	struct sheepsim_live_options o = {.any_port = true, .record = "/nowhere/record.scn"};
	struct sheepsim_live *live;
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
	struct sheepsim *sim;
	char message[512];

	(void)state;
	assert_int_equal(sheepsim_live_open(&live, scenario_text, NULL, loop, &o, message),
			 SHEEPSIM_E_FILE);
	assert_non_null(strstr(message, "/nowhere/record.scn: No such file"));
	OK(NULL, sheepsim_open(&sim, NULL));
	assert_int_equal(sheepsim_live_start(&live, sim, loop, &o), SHEEPSIM_E_INVALID);
	sheepsim_close(sim);
	ev_loop_destroy(loop);
}

static void replays_are_checked(void **state)
{
	static const char *const bad[] = {
		"served 0 nonsense 7000\ncluster\n",
		"served 0 127.0.0.1 70000\ncluster\n",
		"cluster nodes=1\nreplay open 0 1 at=10s\n",
		"cluster nodes=1\nrun 1s\nreplay open 0 0 at=1ms\n",
		"cluster nodes=1\nreplay send 0 00 at=10s\n",
		"cluster nodes=1\nreplay send 0 zz*48 at=10s\n",
		"cluster nodes=1\nreplay send 0 00*48 0 at=10s\n",
		"cluster nodes=1\nreplay send 0 00*48 00*99999999999 at=10s\n",
	};
	struct sheepsim_scenario_result result;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(sheepsim_scenario_run(bad[i], NULL, &result), SHEEPSIM_E_SCENARIO);
		sheepsim_scenario_free(&result);
	}
	/* nobody is there to close, and a connection that is refused */
	assert_int_equal(sheepsim_scenario_run("cluster nodes=1\nkill 0\nreplay open 0 0 at=10s\n"
					       "replay send 0 00*48 at=11s\nreplay close 0 at=12s\n"
					       "replay close 5 at=12s\nrun 20s\n",
					       NULL, &result),
			 0);
	sheepsim_scenario_free(&result);
}

int recording_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_but_time_is_repeated_too),
		cmocka_unit_test(what_time_flew_over_is_repeated_too),
		cmocka_unit_test(nodes_that_there_was_no_place_for_are_not_repeated),
		cmocka_unit_test(all_that_came_from_outside_is_repeated),
		cmocka_unit_test(what_cannot_be_recorded_is_refused),
		cmocka_unit_test(replays_are_checked),
	};

	return cmocka_run_group_tests_name("recording", tests, NULL, NULL);
}
