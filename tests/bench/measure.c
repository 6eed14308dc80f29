#include "measure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* ------------------------------------------------------------------ rows */

static double wall_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double timeval_seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return timeval_seconds(usage.ru_utime) + timeval_seconds(usage.ru_stime);
}

static long peak_mib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss / 1024;
}

void lap_begin(struct lap *l)
{
	l->wall = wall_seconds();
	l->cpu = cpu_seconds();
}

void lap_end(const struct lap *l, double count, const char *unit, const char *name, ...)
{
	double wall = wall_seconds() - l->wall, cpu = cpu_seconds() - l->cpu;
	char words[80];
	va_list args;

	va_start(args, name);
	vsnprintf(words, sizeof words, name, args);
	va_end(args);
	printf("%-44s %9.3f %9.3f %9ld %12.0f %s\n", words, cpu, wall, peak_mib(),
	       cpu > 0 ? count / cpu : 0, unit);
	fflush(stdout);
}

void print_head(void)
{
	printf("%-44s %9s %9s %9s %12s\n", "step", "CPU s", "wall s", "peak MiB", "per CPU s");
}

/* A line of /proc/cpuinfo or /proc/meminfo, after its colon. */
static void machine_line(const char *file, const char *key)
{
	FILE *f = fopen(file, "r");
	char line[256];

	while (f && fgets(line, sizeof line, f)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, key, strlen(key)) == 0 && colon) {
			printf("  %s%s", key, colon);
			break;
		}
	}
	if (f)
		fclose(f);
}

void print_machine(void)
{
	printf("machine:\n");
	machine_line("/proc/cpuinfo", "model name");
	machine_line("/proc/meminfo", "MemTotal");
	printf("  cores: %ld, one is used; compiler: %s\n\n", sysconf(_SC_NPROCESSORS_ONLN),
	       __VERSION__);
}

/* ------------------------------------------------------------------ clusters */

void must(struct sheepsim *sim, int error, const char *what)
{
	if (error >= 0)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, sheepsim_errmsg(sim));
	exit(1);
}

struct sheepsim *cluster(unsigned nodes, unsigned copies, unsigned objects)
{
	struct sheepsim_options options = {
		.seed = 1,
		.nodes = nodes,
		/* some get more than their share, and some are going to die */
		.space = (uint64_t)(objects / nodes + 64) * copies * 2 * OBJECT_SIZE,
	};
	struct sheepsim *sim = NULL;
	struct lap l;

	lap_begin(&l);
	must(NULL, sheepsim_open(&sim, &options), "open");
	lap_end(&l, nodes, "nodes", "%u nodes join, one by one", nodes);
	lap_begin(&l);
	must(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = copies}), "format");
	must(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 600 * SHEEPSIM_SECOND), "format");
	lap_end(&l, nodes, "nodes", "format");
	return sim;
}

struct sheepsim_client *client(struct sheepsim *sim, int node, unsigned objects)
{
	struct sheepsim_client *c;

	must(sim, sheepsim_client_open(sim, node, &c), "client");
	if (objects)
		must(sim,
		     sheepsim_vdi_create(c, &(struct sheepsim_vdi){.name = "bench",
								   .size = objects * OBJECT_SIZE}),
		     "vdi");
	return c;
}

void kill_and_recover(struct sheepsim *sim, int node)
{
	struct sheepsim_counts before, after;
	struct lap l;

	sheepsim_counts(sim, &before);
	lap_begin(&l);
	must(sim, sheepsim_kill(sim, node), "kill");
	must(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 3600 * SHEEPSIM_SECOND), "recover");
	sheepsim_counts(sim, &after);
	lap_end(&l, (double)(after.events - before.events), "events",
		"a node dies, %llu objects recovered",
		(unsigned long long)(after.recovered - before.recovered));
}
