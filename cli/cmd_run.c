/* sheepsim run: scenarios, one line for each. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "files.h"
#include "isolate.h"
#include "sheepsim/sheepsim.h"
#include "verify.h"

struct run_options {
	uint64_t seed;
	bool seed_set;
	const char *quirks;
	bool update, verify, log, digest;
	enum sheepsim_store store;
	const char *directory, *database;
};

/* One file to run, and what came of it. */
struct job {
	const struct run_options *options;
	const char *path;
	bool updated;
};

static uint64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int exit_code_of(int error)
{
	switch (error) {
	case 0:
		return EXIT_PASSED;
	case SHEEPSIM_E_SCENARIO:
		return EXIT_USAGE;
	case SHEEPSIM_E_NO_PROGRESS:
		return EXIT_NO_PROGRESS;
	case SHEEPSIM_E_VACUOUS:
		return EXIT_VACUOUS;
	default:
		return EXIT_FAILED;
	}
}

static const char *verdict(int code)
{
	switch (code) {
	case EXIT_PASSED:
		return "ok     ";
	case EXIT_USAGE:
		return "ERROR  ";
	case EXIT_NO_PROGRESS:
		return "STUCK  ";
	case EXIT_VACUOUS:
		return "VACUOUS";
	default:
		return "FAILED ";
	}
}

/* The text of a scenario; NULL, after a complaint, if it cannot be one. */
static char *scenario_text(const char *path)
{
	unsigned int line = 1;
	size_t len;
	char *text = file_read(path, &len);
	const char *nul;

	if (text == NULL) {
		printf("ERROR    %s: %s\n", path, strerror(errno));
		return NULL;
	}
	nul = memchr(text, '\0', len);
	if (nul == NULL)
		return text;
	for (const char *p = text; p < nul; p++)
		line += *p == '\n';
	printf("ERROR    %s:%u: a NUL byte: this is not text\n", path, line);
	free(text);
	return NULL;
}

static void print_line(void *arg, const char *line)
{
	(void)arg;
	puts(line);
}

/* Rewrites the file if the run allows it. */
static int update(const char *path, const char *old, const struct sheepsim_scenario_result *result,
		  int code, bool *updated)
{
	if (!result->recordable) {
		printf("         not updated: such a run is never recorded\n");
		return code;
	}
	if (strcmp(old, result->transcript) == 0)
		return code;
	if (file_replace(path, result->transcript) != 0) {
		printf("         not updated: %s: %s\n", path, strerror(errno));
		return EXIT_USAGE;
	}
	*updated = true;
	return EXIT_PASSED;
}

static void print_result(const struct job *job, const struct sheepsim_scenario_result *result,
			 int code, uint64_t ms)
{
	printf("%s  %-45s %4" PRIu64 ".%03" PRIu64 " s virtual, %" PRIu64 " ms%s\n", verdict(code),
	       job->path, result->time / SHEEPSIM_SECOND,
	       result->time % SHEEPSIM_SECOND / SHEEPSIM_MILLISECOND, ms,
	       job->updated ? ", updated" : "");
	if (job->options->digest)
		printf("         digest %016" PRIx64 " coarse %016" PRIx64 ", %" PRIu64 " events\n",
		       result->digest, result->coarse, result->events);
	if (job->updated)
		return;
	if (result->message[0] != '\0')
		printf("         %s\n", result->message);
	if (result->diff[0] != '\0')
		printf("%s", result->diff);
}

static int run_file(void *arg)
{
	struct job *job = arg;
	const struct run_options *o = job->options;
	struct sheepsim_scenario scenario = {
		.name = job->path,
		.seed = o->seed,
		.seed_set = o->seed_set,
		.quirks = o->quirks,
		.store = o->store,
		.directory = o->directory,
		.database = o->database,
		.log = o->log,
		.log_fn = print_line,
	};
	struct sheepsim_scenario_result result;
	uint64_t begun = wall_ms();
	char *text = scenario_text(job->path);
	int code;

	if (text == NULL)
		return EXIT_USAGE;
	code = exit_code_of(sheepsim_scenario_run(text, &scenario, &result));
	if (o->update && code != EXIT_PASSED)
		code = update(job->path, text, &result, code, &job->updated);
	print_result(job, &result, code, wall_ms() - begun);
	sheepsim_scenario_free(&result);
	if (o->verify && !verify_scenario(text, &scenario))
		code = EXIT_FAILED;
	free(text);
	return code;
}

/* One exit code for all: the code of those that failed if they agree, else that they failed. */
static int join_codes(int all, int one)
{
	if (all == EXIT_PASSED || one == all)
		return one;
	if (one == EXIT_PASSED)
		return all;
	return all == EXIT_INTERNAL || one == EXIT_INTERNAL ? EXIT_INTERNAL : EXIT_FAILED;
}

static int run_files(const struct paths *paths, const struct run_options *options)
{
	unsigned int passed = 0;
	unsigned int failed = 0;
	int code = EXIT_PASSED;

	for (size_t i = 0; i < paths->nr; i++) {
		struct job job = {.options = options, .path = paths->list[i]};
		char nothing = 0;
		int one = isolate(job.path, run_file, &job, &nothing, sizeof(nothing));

		passed += one == EXIT_PASSED;
		failed += one != EXIT_PASSED;
		code = join_codes(code, one);
	}
	printf("%u passed, %u failed\n", passed, failed);
	return code;
}

static bool parse_seed(const char *word, struct run_options *o)
{
	char *end;

	errno = 0;
	o->seed = strtoull(word, &end, 0);
	o->seed_set = true;
	if (errno == 0 && *end == '\0' && *word >= '0' && *word <= '9')
		return true;
	usage_error("run", "--seed: `%s' is not a number of 64 bits", word);
	return false;
}

static bool parse_store(const char *word, struct run_options *o)
{
	if (strcmp(word, "sqlite") == 0)
		o->store = SHEEPSIM_STORE_SQLITE;
	else if (strcmp(word, "memory") == 0)
		o->store = SHEEPSIM_STORE_MEMORY;
	else
		return usage_error("run", "--store: `%s' is neither memory nor sqlite", word),
		       false;
	return true;
}

static bool parse_option(int c, struct run_options *o)
{
	switch (c) {
	case 's':
		return parse_seed(optarg, o);
	case 'S':
		return parse_store(optarg, o);
	case 'D':
		o->directory = optarg;
		return true;
	case 'b':
		o->database = optarg;
		return true;
	case 'q':
		o->quirks = optarg;
		return true;
	case 'u':
		o->update = true;
		return true;
	case 'v':
		o->verify = true;
		return true;
	case 'l':
		o->log = true;
		return true;
	case 'd':
		o->digest = true;
		return true;
	default:
		return false;
	}
}

static bool parse_options(int argc, char **argv, struct run_options *o)
{
	static const struct option known[] = {
		{"seed", required_argument, NULL, 's'},
		{"update", no_argument, NULL, 'u'},
		{"verify", no_argument, NULL, 'v'},
		{"log", no_argument, NULL, 'l'},
		{"digest", no_argument, NULL, 'd'},
		{"quirks", required_argument, NULL, 'q'},
		{"store", required_argument, NULL, 'S'},
		{"directory", required_argument, NULL, 'D'},
		{"database", required_argument, NULL, 'b'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (!parse_option(c, o))
			return false;
	}
	if (o->verify && o->directory != NULL) {
		usage_error("run", "--verify runs twice: the second run would find the files of "
				   "the first in --directory");
		return false;
	}
	return true;
}

int cmd_run(int argc, char **argv)
{
	struct run_options options = {0};
	struct paths paths = {0};
	int code = EXIT_PASSED;

	if (!parse_options(argc, argv, &options))
		return EXIT_USAGE;
	if (optind == argc)
		return usage_error("run", "which scenarios? (see `sheepsim run --help')");
	for (int i = optind; i < argc && code == EXIT_PASSED; i++) {
		size_t before = paths.nr;

		if (paths_add(&paths, argv[i], ".scn") != 0)
			code = usage_error("run", "%s: %s", argv[i], strerror(errno));
		else if (paths.nr == before)
			code = usage_error("run", "%s: there is no .scn file below it", argv[i]);
	}
	if (code == EXIT_PASSED)
		code = run_files(&paths, &options);
	paths_free(&paths);
	return code;
}
