/* sheepsim ctl: commands for a cluster that is served. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "control.h"
#include "files.h"

const char ctl_help[] =
	"SOCKET is what `sheepsim serve --control' was given. Each COMMAND is one line: a command\n"
	"of the scenario language, or one of live mode (`help' lists them). Without a COMMAND "
	"they\n"
	"come from standard input; at a terminal with history and completion.\n"
	"  --file FILE   commands from a file; of a scenario, the output that it expects is "
	"skipped\n"
	"  --json        print answers and events as JSON, one object a line\n"
	"  --keep-going  go on after a command that failed\n"
	"  --until KIND  follow events (after the commands) until there is one of this kind\n"
	"`follow' as the last command prints events until the server ends.\n"
	"Ends with 0: all good, 1: a command failed, or the server is gone, 2: bad usage or "
	"command,\n"
	"3: what was waited for did not come about, 4: a condition shows that nothing was "
	"tested.\n";

struct ctl {
	struct control control;
	const char *file;
	bool keep_going;
	bool follows; /* the last command was that */
};

/* Runs a line; the worse of two codes is kept. False: it ends here. */
static bool run_line(struct ctl *ctl, const char *line, int *code)
{
	int one;

	line += strspn(line, " \t\r");
	one = control_run(&ctl->control, line);
	ctl->follows = strncmp(line, "follow", 6) == 0 && one == EXIT_PASSED;
	*code = *code == EXIT_PASSED ? one : *code;
	return one == EXIT_PASSED || ctl->keep_going;
}

/* Commands from a stream; the output that scenarios expect stands between "----" and an empty
 * line. */
static int run_stream(struct ctl *ctl, FILE *from)
{
	bool expected = false;
	int code = EXIT_PASSED;
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, from) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strcmp(line, "----") == 0)
			expected = true;
		else if (*line == '\0')
			expected = false;
		else if (!expected && !run_line(ctl, line, &code))
			break;
	}
	free(line);
	return code;
}

static int run_file(struct ctl *ctl)
{
	FILE *from = fopen(ctl->file, "r");
	int code;

	if (from == NULL)
		return usage_error("ctl", "%s: %s", ctl->file, strerror(errno));
	code = run_stream(ctl, from);
	fclose(from);
	return code;
}

/* JSON is asked for before anything else; that this is so is not told. */
static bool begin(struct ctl *ctl)
{
	enum came came = CAME_NOTHING;
	char *line;

	if (ctl->control.json && !control_send(&ctl->control, "json on"))
		return false;
	while (ctl->control.json && came == CAME_NOTHING)
		came = control_next(&ctl->control, true, &line);
	return came != CAME_GONE;
}

static int run_all(struct ctl *ctl, int nr, char **lines)
{
	int code = EXIT_PASSED;

	if (ctl->file != NULL)
		code = run_file(ctl);
	for (int i = 0; i < nr; i++)
		if (!run_line(ctl, lines[i], &code))
			break;
	if (nr == 0 && ctl->file == NULL && ctl->control.until == NULL) {
		if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !ctl->control.json)
			return control_interact(&ctl->control);
		code = run_stream(ctl, stdin);
	}
	if (code != EXIT_PASSED && !ctl->keep_going)
		return code;
	if (ctl->control.until != NULL && !ctl->follows && !run_line(ctl, "follow", &code))
		return code;
	if (ctl->follows) {
		int followed = control_follow(&ctl->control);

		code = code == EXIT_PASSED ? followed : code;
	}
	return code;
}

static bool parse_options(int argc, char **argv, struct ctl *ctl)
{
	static const struct option known[] = {
		{"file", required_argument, NULL, 'f'},
		{"json", no_argument, NULL, 'j'},
		{"keep-going", no_argument, NULL, 'k'},
		{"until", required_argument, NULL, 'u'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		switch (c) {
		case 'f':
			ctl->file = optarg;
			break;
		case 'j':
			ctl->control.json = true;
			break;
		case 'k':
			ctl->keep_going = true;
			break;
		case 'u':
			ctl->control.until = optarg;
			break;
		default:
			return false;
		}
	}
	return true;
}

int cmd_ctl(int argc, char **argv)
{
	struct ctl ctl = {.control.fd = -1};
	int code;

	if (!parse_options(argc, argv, &ctl))
		return EXIT_USAGE;
	if (optind == argc)
		return usage_error("ctl", "which socket? (see `sheepsim ctl --help')");
	if (control_connect(&ctl.control, argv[optind]) < 0) {
		code = usage_error("ctl", "%s: %s", argv[optind], strerror(errno));
	} else if (!begin(&ctl)) {
		code = usage_error("ctl", "%s: the server has gone", argv[optind]);
	} else {
		code = run_all(&ctl, argc - optind - 1, argv + optind + 1);
	}
	control_close(&ctl.control);
	return code;
}
