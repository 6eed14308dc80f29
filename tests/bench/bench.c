/*
 * How fast a simulation is on this machine, through the public API only. Prints figures; asserts
 *none.
 *
 *	build/tests/bench/bench [messages|join|recover [N]]...    (all three without arguments)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <sheepsim/sheepsim.h>

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(struct sheepsim *sim, int error, const char *what)
{
	if (error >= 0)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, sheepsim_errmsg(sim));
	exit(1);
}

/* A line of /proc/cpuinfo or /proc/meminfo, after its colon. */
static void machine_line(const char *file, const char *key)
{
	FILE *f = fopen(file, "r");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, key, strlen(key)) == 0 && colon) {
			printf("  %s%s", key, colon);
			break;
		}
	}
	if (f)
		fclose(f);
}

static void print_machine(void)
{
	printf("machine:\n");
	machine_line("/proc/cpuinfo", "model name");
	machine_line("/proc/meminfo", "MemTotal");
	printf("  cores: %ld; compiler: %s\n", sysconf(_SC_NPROCESSORS_ONLN), __VERSION__);
}

static long peak_mib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss / 1024;
}

/* ------------------------------------------------------------------ messages */

struct reader {
	struct sheepsim_client *client;
	uint64_t left;
	uint64_t seed;
};

static void read_one(void *arg, const struct sheepsim_done *done)
{
	struct reader *r = arg;

	if (done && done->error) {
		fprintf(stderr, "bench: read: %s\n", done->message);
		exit(1);
	}
	if (r->left == 0)
		return;
	r->left--;
	r->seed = r->seed * UINT64_C(6364136223846793005) + 1;
	if (sheepsim_read_async(r->client, "bench", (r->seed >> 40) % 8192 * 512, 512, read_one, r))
		exit(1);
}

/* Small reads through a gateway that holds no copy: encode, network, decode, dispatch, twice. */
static void bench_messages(unsigned reads)
{
	static char data[4 << 20];
	struct sheepsim *sim = NULL;
	struct reader readers[64];
	struct sheepsim_client *client;
	struct sheepsim_counts before, after;
	double start, wall;

	must(NULL, sheepsim_open(&sim, &(struct sheepsim_options){.nodes = 4, .seed = 1}), "open");
	must(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 1}), "format");
	must(sim, sheepsim_client_open(sim, 0, &client), "client");
	must(sim,
	     sheepsim_vdi_create(client,
				 &(struct sheepsim_vdi){.name = "bench", .size = sizeof(data)}),
	     "vdi");
	memset(data, 0x5a, sizeof(data));
	must(sim, sheepsim_write(client, "bench", 0, data, sizeof(data)), "write");
	sheepsim_counts(sim, &before);
	start = seconds();
	for (unsigned i = 0; i < 64; i++) {
		readers[i] = (struct reader){.left = reads / 64, .seed = i};
		must(sim, sheepsim_client_open(sim, (int)(i % 4), &readers[i].client), "client");
		read_one(&readers[i], NULL);
	}
	must(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, 3600 * SHEEPSIM_SECOND), "run");
	wall = seconds() - start;
	sheepsim_counts(sim, &after);
	printf("messages: %u reads of 512 bytes, 64 at once: %.0f reads/s, %.0f messages/s, "
	       "%.0f events/s\n",
	       reads, reads / wall, (double)(after.messages - before.messages) / wall,
	       (double)(after.events - before.events) / wall);
	sheepsim_close(sim);
}

/* ------------------------------------------------------------------ join */

static void bench_join(unsigned nodes)
{
	struct sheepsim *sim = NULL;
	double start = seconds(), joined, wall;

	must(NULL, sheepsim_open(&sim, &(struct sheepsim_options){.nodes = nodes, .seed = 1}),
	     "open");
	joined = seconds() - start;
	must(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 3}), "format");
	start = seconds();
	must(sim, sheepsim_node_add(sim, &(struct sheepsim_node){0}), "add");
	must(sim, sheepsim_start(sim, (int)nodes), "start");
	must(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 600 * SHEEPSIM_SECOND), "join");
	wall = seconds() - start;
	printf("join: %u nodes, unformatted, one by one: %.2f s, %.0f nodes/s; "
	       "one more after format, with recovery: %.3f s\n",
	       nodes, joined, nodes / joined, wall);
	sheepsim_close(sim);
}

/* ------------------------------------------------------------------ recover */

static void bench_recover(unsigned objects)
{
	static const char page[4096] = "recover me";
	struct sheepsim *sim = NULL;
	struct sheepsim_client *client;
	struct sheepsim_counts before, after;
	double start, written, wall;

	must(NULL, sheepsim_open(&sim, &(struct sheepsim_options){.nodes = 10, .seed = 1}), "open");
	must(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 3}), "format");
	must(sim, sheepsim_client_open(sim, 0, &client), "client");
	must(sim,
	     sheepsim_vdi_create(client, &(struct sheepsim_vdi){.name = "bench",
								.size = (uint64_t)objects << 22}),
	     "vdi");
	start = seconds();
	for (unsigned i = 0; i < objects; i++)
		must(sim, sheepsim_write(client, "bench", (uint64_t)i << 22, page, sizeof(page)),
		     "write");
	written = seconds() - start;
	sheepsim_counts(sim, &before);
	start = seconds();
	must(sim, sheepsim_kill(sim, 5), "kill");
	must(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 3600 * SHEEPSIM_SECOND), "recover");
	wall = seconds() - start;
	sheepsim_counts(sim, &after);
	printf("recover: %u objects, 3 copies, 10 nodes: created %.0f objects/s; one node dies: "
	       "%llu recovered in %.2f s, %.0f objects/s\n",
	       objects, objects / written, (unsigned long long)(after.recovered - before.recovered),
	       wall, (double)(after.recovered - before.recovered) / wall);
	sheepsim_close(sim);
}

/* ------------------------------------------------------------------ main */

struct bench {
	const char *name;
	void (*run)(unsigned n);
	unsigned n; /* how many without a number */
};

static const struct bench benches[] = {
	{"messages", bench_messages, 200000},
	{"join", bench_join, 200},
	{"recover", bench_recover, 10000},
};

static const struct bench *find(const char *name)
{
	for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
		if (strcmp(benches[i].name, name) == 0)
			return &benches[i];
	}
	fprintf(stderr, "bench: no benchmark %s; there are messages, join, recover\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	print_machine();
	for (size_t i = 0; argc == 1 && i < sizeof(benches) / sizeof(benches[0]); i++)
		benches[i].run(benches[i].n);
	for (int i = 1; i < argc; i++) {
		const struct bench *b = find(argv[i]);
		unsigned long n = b->n;

		if (i + 1 < argc && argv[i + 1][0] >= '0' && argv[i + 1][0] <= '9')
			n = strtoul(argv[++i], NULL, 10);
		if (n == 0 || n > 10000000) {
			fprintf(stderr, "bench: %s: a number from 1 to 10000000\n", argv[i]);
			return 2;
		}
		b->run((unsigned)n);
	}
	printf("peak memory: %ld MiB\n", peak_mib());
	return 0;
}
