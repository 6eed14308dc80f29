/* sheepsim conform: captured conversations, played again. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "exceptions.h"
#include "isolate.h"
#include "masks.h"
#include "player.h"

struct conform_job {
	const struct masks *masks;
	const char *path;
	bool verbose, tcp, dog;
	struct play_totals totals;
};

static int play(void *arg)
{
	struct conform_job *job = arg;
	struct player p = {
		.masks = job->masks, .verbose = job->verbose, .tcp = job->tcp, .dog = job->dog};
	bool good = player_play(&p, job->path);

	player_close(&p);
	job->totals = p.totals;
	if (!good) {
		fflush(stdout);
		return usage_error("conform", "%s", p.error);
	}
	if (p.totals.steps + p.totals.dogs == 0)
		return EXIT_VACUOUS;
	return p.totals.whole == p.totals.steps && p.totals.dogs_whole == p.totals.dogs &&
			       p.totals.moments_whole == p.totals.moments && p.totals.headers == 0
		       ? EXIT_PASSED
		       : EXIT_FAILED;
}

/* Of two exit codes the worse one; that nothing could be played is worse than success only. */
static int worse(int a, int b)
{
	if (a == EXIT_VACUOUS || b == EXIT_VACUOUS) {
		int other = a == EXIT_VACUOUS ? b : a;

		return other == EXIT_PASSED ? EXIT_VACUOUS : other;
	}
	return a > b ? a : b;
}

static void add_totals(struct play_totals *all, const struct play_totals *t)
{
	all->answers += t->answers;
	all->equal += t->equal;
	all->steps += t->steps;
	all->whole += t->whole;
	all->headers += t->headers;
	all->moments += t->moments;
	all->moments_whole += t->moments_whole;
	all->exchanges += t->exchanges;
	all->exchanges_equal += t->exchanges_equal;
	all->happenings += t->happenings;
	all->happenings_equal += t->happenings_equal;
	all->dogs += t->dogs;
	all->dogs_whole += t->dogs_whole;
}

static void show_totals(const struct play_totals *t)
{
	if (t->headers > 0)
		printf("%u headers are not what they were after decoding and encoding\n",
		       t->headers);
	if (t->dogs > 0)
		printf("%u of %u commands of dog\n", t->dogs_whole, t->dogs);
	if (t->steps + t->dogs > 0)
		printf("%u of %u answers, %u of %u steps; between nodes %u of %u exchanges, "
		       "%u of %u events, %u of %u moments\n",
		       t->equal, t->answers, t->whole, t->steps, t->exchanges_equal, t->exchanges,
		       t->happenings_equal, t->happenings, t->moments_whole, t->moments);
}

static int play_all(int nr, char **paths, const struct conform_job *how)
{
	struct play_totals all = {0};
	int code = EXIT_PASSED;

	for (int i = 0; i < nr; i++) {
		struct conform_job job = *how;
		int one;

		job.path = paths[i];
		one = isolate(paths[i], play, &job, &job.totals, sizeof(job.totals));
		add_totals(&all, &job.totals);
		code = worse(code, one);
	}
	show_totals(&all);
	return code;
}

int cmd_conform(int argc, char **argv)
{
	static const struct option known[] = {
		{"mask", required_argument, NULL, 'm'}, {"masks", no_argument, NULL, 'b'},
		{"verbose", no_argument, NULL, 'v'},	{"tcp", no_argument, NULL, 't'},
		{"dog", no_argument, NULL, 'd'},	{NULL, 0, NULL, 0},
	};
	struct masks masks = {0};
	struct conform_job job = {.masks = &masks};
	char error[400] = "";
	int code;
	int c;

	if (!masks_add_text(&masks, "built-in masks", builtin_masks, error))
		return usage_error("conform", "%s", error);
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'b') {
			printf("%s", builtin_masks);
			exceptions_print();
			masks_free(&masks);
			return EXIT_PASSED;
		}
		if (c == 'v') {
			job.verbose = true;
		} else if (c == 't') {
			job.tcp = true;
		} else if (c == 'd') {
			job.dog = true;
		} else if (c != 'm' || !masks_add_file(&masks, optarg, error)) {
			masks_free(&masks);
			return c == 'm' ? usage_error("conform", "%s", error) : EXIT_USAGE;
		}
	}
	if (optind == argc)
		code = usage_error("conform", "which sequences? (see `sheepsim conform --help')");
	else
		code = play_all(argc - optind, argv + optind, &job);
	masks_free(&masks);
	return code;
}
