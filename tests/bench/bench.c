/*
 * How fast a simulation is on this machine.
 *
 *	build/tests/bench/bench            says which benchmarks there are
 *	build/tests/bench/bench death 100 10000
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

struct bench {
	const char *name;
	void (*run)(struct sizes s); /* NULL: growth */
	struct sizes sizes;
	const char *numbers; /* what its numbers are */
	const char *words;
};

static const struct bench benches[] = {
	{"messages", bench_messages, {{400000}}, "READS", "small reads through the whole stack"},
	{"io",
	 bench_io,
	 {{100000}},
	 "REQUESTS",
	 "4 KiB random writes, then reads, through one gateway, 3 copies"},
	{"small", bench_small, {{50}}, "RUNS", "a scenario of 6 nodes, 200 operations, 5 faults"},
	{"join", bench_join, {{1000}}, "NODES", "all join, format, one more joins"},
	{"create", bench_create, {{10, 20000}}, "NODES OBJECTS", "objects written one by one"},
	{"death",
	 bench_death,
	 {{1000, 1000000}},
	 "NODES OBJECTS",
	 "all join, format, objects are filled, one node dies, recovery completes"},
	{"deaths",
	 bench_deaths,
	 {{64, 100000}},
	 "NODES OBJECTS",
	 "the same with objects written, and ten nodes that die one after another"},
	{"huge", bench_huge, {{6144}}, "NODES", "all join, one dies, format, one dies"},
	{"growth", NULL, {{0}}, "", "death with 10 to 1000 nodes, 10^4 to 10^6 objects"},
};

#define NR_BENCHES (sizeof benches / sizeof benches[0])

static void usage(FILE *to)
{
	fprintf(to,
		"usage: bench all | NAME [NUMBER]... ...\n"
		"prints how much time and memory it takes; each runs in a process of its own\n\n");
	for (size_t i = 0; i < NR_BENCHES; i++) {
		const struct bench *b = &benches[i];
		char sizes[32] = "";

		if (b->sizes.n[1])
			snprintf(sizes, sizeof sizes, " (%u %u)", b->sizes.n[0], b->sizes.n[1]);
		else if (b->sizes.n[0])
			snprintf(sizes, sizeof sizes, " (%u)", b->sizes.n[0]);
		fprintf(to, "  %-9s %s%s%s%s\n", b->name, b->numbers, sizes,
			b->numbers[0] ? ": " : "", b->words);
	}
}

/* In a process of its own: its memory is counted apart, and none is left behind. */
static void run_apart(void (*run)(struct sizes s), struct sizes sizes)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		run(sizes);
		fflush(stdout);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) {
		fprintf(stderr, "bench: it has failed\n");
		exit(1);
	}
}

static void run_growth(void)
{
	for (unsigned nodes = 10; nodes <= 1000; nodes *= 10)
		for (unsigned objects = 10000; objects <= 1000000; objects *= 10)
			run_apart(bench_death, (struct sizes){{nodes, objects}});
}

static void run_bench(const struct bench *b, struct sizes sizes)
{
	printf("\n%s: %s\n", b->name, b->words);
	print_head();
	if (b->run)
		run_apart(b->run, sizes);
	else
		run_growth();
}

static const struct bench *find(const char *name)
{
	for (size_t i = 0; i < NR_BENCHES; i++)
		if (strcmp(benches[i].name, name) == 0)
			return &benches[i];
	fprintf(stderr, "bench: there is no benchmark %s\n\n", name);
	usage(stderr);
	exit(2);
}

/* Takes as many numbers as b has from the arguments behind i; the new i. */
static int take_sizes(const struct bench *b, char **argv, int argc, int i, struct sizes *sizes)
{
	*sizes = b->sizes;
	for (int k = 0; k < 2 && b->sizes.n[k] && i + 1 < argc; k++) {
		const char *text = argv[i + 1];
		char *end;
		unsigned long n;

		if (text[0] < '0' || text[0] > '9')
			break;
		n = strtoul(text, &end, 10);
		if (*end || n == 0 || n > 10000000) {
			fprintf(stderr, "bench: %s: a number from 1 to 10000000\n", text);
			exit(2);
		}
		sizes->n[k] = (unsigned)n;
		i++;
	}
	return i;
}

int main(int argc, char **argv)
{
	struct sizes sizes;

	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		usage(argc < 2 ? stderr : stdout);
		return argc < 2 ? 2 : 0;
	}
	if (strcmp(argv[1], "all") != 0)
		find(argv[1]);
	print_machine();
	for (size_t i = 0; strcmp(argv[1], "all") == 0 && i < NR_BENCHES; i++)
		run_bench(&benches[i], benches[i].sizes);
	for (int i = 1; i < argc && strcmp(argv[1], "all") != 0; i++) {
		const struct bench *b = find(argv[i]);

		i = take_sizes(b, argv, argc, i, &sizes);
		run_bench(b, sizes);
	}
	return 0;
}
