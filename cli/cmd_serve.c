/* sheepsim serve: a cluster on real sockets. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ev.h>

#include "cli.h"
#include "files.h"
#include "sheepsim/live.h"

const char serve_help[] =
	"Runs the scenario FILE to its end, in virtual time, and serves the cluster that is there\n"
	"then: each node listens on a port of its own, and real programs (dog, QEMU, tgt, a test\n"
	"suite) use it. The output that FILE expects is not compared.\n"
	"  --port N       node i listens on port N + i (7000); 0: ports that are free\n"
	"  --listen ADDR  where nodes listen that say nothing else (127.0.0.1). Another one than\n"
	"                 loopback is only possible with this; 0.0.0.0 or :: is all\n"
	"  --unix DIR     node i listens on the UNIX socket DIR/i/sock too; DIR is made if need "
	"be\n"
	"  --control PATH a UNIX socket that takes commands: see `sheepsim ctl'\n"
	"  --store FILE   the cluster is kept in this file, and nothing acknowledged is lost. If "
	"FILE\n"
	"                 is there, the cluster goes on where it was, at the ports that it had,\n"
	"                 and the scenario is not run\n"
	"  --scratch      FILE survives the process, but not the machine: no waiting for disks\n"
	"  --end-with HOW kill, stop or shutdown (which is usual): how nodes end at the end\n"
	"  --record FILE  a scenario that repeats all that comes from outside, in virtual time.\n"
	"                 FILE may be an older recording, but nothing else; not together with a\n"
	"                 --store that is there already\n"
	"  --database FILE  every event as a row of this SQLite database: see `sheepsim run'\n"
	"  --speed N      virtual seconds a second (1; 0.5, 10)\n"
	"  --jump         let time fly while no client waits and there is something to do\n"
	"  --drain N      seconds that requests have to be answered at the end (5)\n"
	"  --json         print what is told about nodes as JSON\n"
	"Limits:\n"
	"  --max-connections N   at the same time (4096)\n"
	"  --max-requests N      of one connection that are not answered (1024)\n"
	"  --max-request N       bytes of one request (64M)\n"
	"  --max-backlog N       bytes of answers that one client asks for and has not read (64M)\n"
	"  --max-in-flight N     bytes of requests of all connections (1G)\n"
	"  --max-abandoned N     bytes for epochs to come, of clients that are gone (256M)\n"
	"A line for each node tells where it listens; the last line begins with `ready'. What is\n"
	"worth telling (a limit was hit) goes to stderr. SIGTERM or SIGINT end it in order.\n"
	"Where objects belong depends on addresses and ports. Two runs differ, as it depends on\n"
	"when clients send what. `sheepsim help live' is the manual.\n"
	"Ends with 0, 1: the cluster's file has failed, 2: bad usage or scenario, 5: internal "
	"error.\n";

enum end_with { END_SHUTDOWN, END_STOP, END_KILL };

struct serve {
	struct sheepsim_live *live;
	struct ev_loop *loop;
	ev_signal terminate, interrupt;
	uint64_t drain;
	const char *database;
	enum end_with end_with;
	bool json;
	bool ending;
};

/* ------------------------------------------------------------------ options */

/* Sizes as in scenarios: 512, 64K, 1M, 2G. */
static bool parse_size_option(const char *text, uint64_t *size)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || *text < '0' || *text > '9' || n == 0)
		return false;
	if (*end != '\0') {
		unit = strchr(units, *end);
		if (unit == NULL || end[1] != '\0' ||
		    __builtin_mul_overflow(n, UINT64_C(1024) << 10 * (unit - units), &n))
			return false;
	}
	*size = n;
	return true;
}

/* "2", "0.25": in thousandths, at least one. */
static bool parse_speed(const char *text, uint32_t *speed)
{
	uint64_t n = 0;
	unsigned int digits = 0;
	bool point = false;

	for (; *text != '\0'; text++) {
		if (*text == '.' && !point) {
			point = true;
			continue;
		}
		if (*text < '0' || *text > '9' || digits == 3 || n > UINT32_MAX)
			return false;
		n = n * 10 + (uint64_t)(*text - '0');
		digits += point;
	}
	for (; digits < 3; digits++)
		n *= 10;
	*speed = (uint32_t)n;
	return n > 0 && n <= UINT32_MAX;
}

static bool parse_number(const char *text, uint64_t most, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && *number <= most;
}

enum {
	OPT_PORT = 1,
	OPT_LISTEN,
	OPT_UNIX,
	OPT_CONTROL,
	OPT_STORE,
	OPT_SCRATCH,
	OPT_END,
	OPT_RECORD,
	OPT_DATABASE,
	OPT_SPEED,
	OPT_JUMP,
	OPT_DRAIN,
	OPT_JSON,
	OPT_CONNECTIONS,
	OPT_REQUESTS,
	OPT_REQUEST,
	OPT_BACKLOG,
	OPT_IN_FLIGHT,
	OPT_ABANDONED
};

static bool parse_end(const char *text, enum end_with *end)
{
	static const char *const words[] = {"shutdown", "stop", "kill"};

	for (unsigned int i = 0; i < 3; i++) {
		if (strcmp(words[i], text) == 0) {
			*end = (enum end_with)i;
			return true;
		}
	}
	return false;
}

static bool take_limit(int option, const char *text, struct sheepsim_live_options *o)
{
	uint64_t n = 0;

	switch (option) {
	case OPT_CONNECTIONS:
		if (!parse_number(text, UINT32_MAX, &n) || n == 0)
			return false;
		o->connections = (unsigned int)n;
		return true;
	case OPT_REQUESTS:
		if (!parse_number(text, UINT32_MAX, &n) || n == 0)
			return false;
		o->requests = (unsigned int)n;
		return true;
	case OPT_REQUEST:
		return parse_size_option(text, &o->request_size);
	case OPT_BACKLOG:
		return parse_size_option(text, &o->backlog);
	default:
		return parse_size_option(text, &o->in_flight);
	case OPT_ABANDONED:
		return parse_size_option(text, &o->abandoned);
	}
}

static bool take_option(int option, const char *text, struct serve *s,
			struct sheepsim_live_options *o)
{
	uint64_t n = 0;

	switch (option) {
	case OPT_PORT:
		if (!parse_number(text, UINT16_MAX, &n))
			return false;
		o->port = (uint16_t)n;
		o->any_port = n == 0;
		return true;
	case OPT_LISTEN:
		o->listen = text;
		return true;
	case OPT_UNIX:
		o->unix_dir = text;
		return true;
	case OPT_CONTROL:
		o->control = text;
		return true;
	case OPT_STORE:
		o->file = text;
		return true;
	case OPT_SCRATCH:
		o->scratch = true;
		return true;
	case OPT_END:
		return parse_end(text, &s->end_with);
	case OPT_RECORD:
		o->record = text;
		return true;
	case OPT_DATABASE:
		s->database = text;
		return true;
	case OPT_SPEED:
		return parse_speed(text, &o->speed);
	case OPT_JUMP:
		o->jump = true;
		return true;
	case OPT_DRAIN:
		if (!parse_number(text, 3600, &n))
			return false;
		s->drain = n * SHEEPSIM_SECOND;
		return true;
	case OPT_JSON:
		s->json = true;
		return true;
	default:
		return take_limit(option, text, o);
	}
}

static bool parse_options(int argc, char **argv, struct serve *s, struct sheepsim_live_options *o)
{
	static const struct option known[] = {
		{"port", required_argument, NULL, OPT_PORT},
		{"listen", required_argument, NULL, OPT_LISTEN},
		{"unix", required_argument, NULL, OPT_UNIX},
		{"control", required_argument, NULL, OPT_CONTROL},
		{"store", required_argument, NULL, OPT_STORE},
		{"scratch", no_argument, NULL, OPT_SCRATCH},
		{"end-with", required_argument, NULL, OPT_END},
		{"record", required_argument, NULL, OPT_RECORD},
		{"database", required_argument, NULL, OPT_DATABASE},
		{"speed", required_argument, NULL, OPT_SPEED},
		{"jump", no_argument, NULL, OPT_JUMP},
		{"drain", required_argument, NULL, OPT_DRAIN},
		{"json", no_argument, NULL, OPT_JSON},
		{"max-connections", required_argument, NULL, OPT_CONNECTIONS},
		{"max-requests", required_argument, NULL, OPT_REQUESTS},
		{"max-request", required_argument, NULL, OPT_REQUEST},
		{"max-backlog", required_argument, NULL, OPT_BACKLOG},
		{"max-in-flight", required_argument, NULL, OPT_IN_FLIGHT},
		{"max-abandoned", required_argument, NULL, OPT_ABANDONED},
		{NULL, 0, NULL, 0},
	};
	int index = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", known, &index)) != -1) {
		if (c == '?')
			return false;
		if (!take_option(c, optarg, s, o)) {
			usage_error("serve", "--%s: `%s' is not possible", known[index].name,
				    optarg);
			return false;
		}
	}
	return true;
}

/* ------------------------------------------------------------------ serving */

static void print_log(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "sheepsim serve: %s\n", line);
}

static void print_node(struct serve *s, int node)
{
	struct sheepsim_live_address a;
	bool v6;

	if (sheepsim_live_address(s->live, node, &a) < 0)
		return;
	v6 = strchr(a.host, ':') != NULL;
	if (s->json)
		printf("{\"node\":%d,\"host\":\"%s\",\"port\":%u,\"unix\":%s%s%s,\"listening\":%s}"
		       "\n",
		       node, a.host, a.port, a.unix_path != NULL ? "\"" : "",
		       a.unix_path != NULL ? a.unix_path : "null", a.unix_path != NULL ? "\"" : "",
		       a.listening ? "true" : "false");
	else
		printf("node %d %s%s%s:%u%s%s%s\n", node, v6 ? "[" : "", a.host, v6 ? "]" : "",
		       a.port, a.unix_path != NULL ? " unix:" : "",
		       a.unix_path != NULL ? a.unix_path : "", a.listening ? "" : " off");
}

static void print_ready(struct serve *s)
{
	int nr = sheepsim_nodes(sheepsim_live_sim(s->live));

	for (int i = 0; i < nr; i++)
		print_node(s, i);
	printf(s->json ? "{\"ready\":true,\"nodes\":%d}\n" : "ready %d nodes\n", nr);
	fflush(stdout);
}

static void drained(void *arg)
{
	struct serve *s = arg;

	ev_break(s->loop, EVBREAK_ALL);
}

/* The first time it ends in order, the second time at once. */
static void end(void *arg)
{
	struct serve *s = arg;

	if (s->ending)
		ev_break(s->loop, EVBREAK_ALL);
	else
		sheepsim_live_drain(s->live, s->drain, drained, s);
	s->ending = true;
}

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
	(void)loop;
	(void)events;
	end(w->data);
}

static void watch_signal(struct serve *s, ev_signal *w, int number)
{
	ev_signal_init(w, on_signal, number);
	w->data = s;
	ev_signal_start(s->loop, w);
}

/* The nodes end, in virtual time. What cannot be done (a cluster that was never formatted, no node
 * that runs) need not be. */
static void end_nodes(struct serve *s)
{
	struct sheepsim *sim = sheepsim_live_sim(s->live);
	struct sheepsim_node_info info;
	bool asked = s->end_with == END_SHUTDOWN && sheepsim_shutdown(sim, -1) >= 0;

	for (int i = 0; i < sheepsim_nodes(sim) && s->end_with == END_STOP; i++) {
		if (sheepsim_node_info(sim, i, &info) >= 0 && info.state != SHEEPSIM_NODE_OFF)
			asked = sheepsim_stop(sim, i) >= 0 || asked;
	}
	if (asked)
		sheepsim_run(sim, SHEEPSIM_SECOND);
}

static int serve(struct serve *s, const char *path, const char *text,
		 const struct sheepsim_live_options *options)
{
	struct sheepsim_scenario scenario = {.name = path, .database = s->database};
	char message[512] = "";
	bool failed;

	s->loop = ev_loop_new(EVFLAG_AUTO);
	if (s->loop == NULL)
		return usage_error("serve", "libev has no event loop for this machine");
	if (sheepsim_live_open(&s->live, text, &scenario, s->loop, options, message) < 0) {
		ev_loop_destroy(s->loop);
		return usage_error("serve", "%s", message);
	}
	signal(SIGPIPE, SIG_IGN);
	watch_signal(s, &s->terminate, SIGTERM);
	watch_signal(s, &s->interrupt, SIGINT);
	print_ready(s);
	ev_run(s->loop, 0);
	ev_signal_stop(s->loop, &s->terminate);
	ev_signal_stop(s->loop, &s->interrupt);
	failed = sheepsim_live_error(s->live) != NULL;
	if (!failed)
		end_nodes(s);
	sheepsim_live_stop(s->live);
	ev_loop_destroy(s->loop);
	return failed ? EXIT_FAILED : EXIT_PASSED;
}

int cmd_serve(int argc, char **argv)
{
	struct serve s = {.drain = 5 * SHEEPSIM_SECOND};
	struct sheepsim_live_options options = {.log = print_log, .end = end, .end_arg = &s};
	char *text;
	size_t len;
	int code;

	if (!parse_options(argc, argv, &s, &options))
		return EXIT_USAGE;
	if (optind + 1 != argc && (optind != argc || options.file == NULL))
		return usage_error("serve", "which scenario? (see `sheepsim serve --help')");
	if (optind == argc)
		return serve(&s, options.file, "", &options);
	text = file_read(argv[optind], &len);
	if (text == NULL)
		return usage_error("serve", "%s: %s", argv[optind], strerror(errno));
	if (memchr(text, '\0', len) != NULL)
		code = usage_error("serve", "%s: a NUL byte: this is not text", argv[optind]);
	else
		code = serve(&s, argv[optind], text, &options);
	free(text);
	return code;
}
