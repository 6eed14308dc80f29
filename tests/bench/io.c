/*
 * Requests of clients.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

#define BLOCK 4096u

/* Keeps a number of requests under way, each at a random place. */
struct load {
	struct sheepsim_client *client;
	unsigned blocks, length; /* of the VDI; of a request */
	unsigned left;		 /* requests to send */
	bool write;
	uint64_t random;
};

static const char bytes[BLOCK] = "what is written";

static void send_one(void *arg, const struct sheepsim_done *done)
{
	struct load *l = arg;
	uint64_t offset;
	int error;

	if (done && done->error) {
		fprintf(stderr, "bench: %s\n", done->message);
		exit(1);
	}
	if (l->left == 0)
		return;
	l->left--;
	l->random = l->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	offset = (l->random >> 33) % l->blocks * BLOCK;
	if (l->write)
		error = sheepsim_write_async(l->client, "bench", offset, bytes, l->length, send_one,
					     l);
	else
		error = sheepsim_read_async(l->client, "bench", offset, l->length, send_one, l);
	if (error < 0)
		exit(1);
}

/* So many at once of each of nr clients, until all is answered; a row for requests and messages. */
static void run(struct sheepsim *sim, struct load *load, unsigned nr, unsigned at_once,
		const char *what)
{
	struct sheepsim_counts before, after;
	unsigned requests = 0;
	struct lap lap;

	for (unsigned i = 0; i < nr; i++)
		requests += load[i].left;
	sheepsim_counts(sim, &before);
	lap_begin(&lap);
	for (unsigned i = 0; i < nr; i++)
		for (unsigned k = 0; k < at_once; k++)
			send_one(&load[i], NULL);
	must(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, 3600 * SHEEPSIM_SECOND), "run");
	sheepsim_counts(sim, &after);
	lap_end(&lap, requests, "requests", "%u %s", requests, what);
	lap_end(&lap, (double)(after.messages - before.messages), "messages", "  as messages");
	lap_end(&lap, (double)(after.events - before.events), "events", "  as events");
}

/* Small reads through gateways most of which hold no copy. */
void bench_messages(struct sizes s)
{
	struct sheepsim *sim = cluster(4, 1, 16);
	struct load load[64];

	must(sim, sheepsim_vdi_fill(client(sim, 0, 16), "bench", 0, 16, bytes, sizeof bytes),
	     "fill");
	for (unsigned i = 0; i < 64; i++)
		load[i] = (struct load){.client = client(sim, (int)(i % 4), 0),
					.blocks = 16 * OBJECT_SIZE / BLOCK,
					.length = 512,
					.left = s.n[0] / 64,
					.random = i};
	run(sim, load, 64, 1, "reads of 512 bytes, 64 at once");
	sheepsim_close(sim);
}

void bench_io(struct sizes s)
{
	struct sheepsim *sim = cluster(6, 3, 64);
	struct load load = {
		.client = client(sim, 0, 64), .blocks = 64 * OBJECT_SIZE / BLOCK, .length = BLOCK};

	must(sim, sheepsim_vdi_fill(load.client, "bench", 0, 64, bytes, sizeof bytes), "fill");
	load.left = s.n[0];
	load.write = true;
	run(sim, &load, 1, 32, "writes of 4 KiB, 32 at once");
	load.left = s.n[0];
	load.write = false;
	run(sim, &load, 1, 32, "reads of 4 KiB, 32 at once");
	sheepsim_close(sim);
}

/* ------------------------------------------------------------------ a small scenario */

static void add(char **text, size_t *len, const char *line)
{
	size_t more = strlen(line);

	*text = realloc(*text, *len + more + 1);
	if (!*text)
		exit(1);
	memcpy(*text + *len, line, more + 1);
	*len += more;
}

/* 6 nodes, 200 reads and writes, 5 faults, and a check. */
static char *small_scenario(void)
{
	static const char *const faults[] = {
		"kill 5\n", "disk slow 1 1ms\n", "start 5\n", "cut 2 3\nrun 5ms\nmend 2 3\n",
		"kill 4\n",
	};
	char *text = NULL, line[80];
	size_t len = 0;

	add(&text, &len, "cluster nodes=6 seed=1\nformat copies=3\nvdi create alpha 64M\n");
	for (int i = 0; i < 200; i++) {
		if (i % 40 == 20)
			add(&text, &len, faults[i / 40]);
		snprintf(line, sizeof line, "%s alpha %dK 4K%s\n", i % 2 ? "read" : "write",
			 i / 2 * 512, i % 2 ? "" : " seed=1");
		add(&text, &len, line);
	}
	add(&text, &len, "settle until recovered within 60s\ncheck\n");
	return text;
}

void bench_small(struct sizes s)
{
	char *text = small_scenario();
	struct sheepsim_scenario_result result;
	struct lap lap;
	int error;

	lap_begin(&lap);
	for (unsigned i = 0; i < s.n[0]; i++) {
		error = sheepsim_scenario_run(text, NULL, &result);
		if (error < 0 && error != SHEEPSIM_E_MISMATCH) {
			fprintf(stderr, "bench: %s\n", result.message);
			exit(1);
		}
		sheepsim_scenario_free(&result);
	}
	lap_end(&lap, s.n[0], "scenarios", "%u of 6 nodes, 200 operations, 5 faults", s.n[0]);
	free(text);
}
