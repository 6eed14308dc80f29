/*
 * Recording: a scenario that repeats in virtual time what came from outside. It begins with the
 * scenario that was served, as it went; then come the requests of clients and the commands of
 * consoles, each at its virtual time. As these are moments at which nothing else happens, the same
 * events come out, to the last one.
 *
 * A command is written when it is over: what came meanwhile stands before it, and is kept by the
 * replay until its time.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "live/control.h"

/* As many equal bytes are written as a byte and their number. */
#define LONG_RUN 8

/* By this one that is there already is known. */
static const char first_line[] =
	"# What was done to a cluster that was served live, to be repeated in virtual time.\n";

struct recording {
	FILE *file;
	uint64_t now; /* virtual time at which the commands so far are over */
	int nr_nodes; /* that the scenario knows of */
};

static uint64_t now(const struct sheepsim_live *live)
{
	return live->sim->universe.clock.now;
}

/* "at=1.000000123s" */
static void print_time(FILE *f, const char *before, uint64_t ns)
{
	uint64_t seconds = ns / NSEC_PER_SEC, rest = ns % NSEC_PER_SEC;

	fprintf(f, "%s%" PRIu64 ".%09" PRIu64 "s\n", before, seconds, rest);
}

/* Where nodes are that the scenario does not know yet. */
static void print_places(struct sheepsim_live *live, FILE *f)
{
	struct recording *r = live->recording;
	char address[48];

	for (; r->nr_nodes < live->sim->nr_nodes; r->nr_nodes++) {
		const struct node_id *id = &live->sim->nodes[r->nr_nodes]->rec.nid;

		fprintf(f, "served %d %s %u\n", r->nr_nodes, address_text(id->addr, address),
			id->port);
	}
}

/* 0, or 1: a file is there that no recording was ever in. What is no regular file is written to. */
static int is_something_else(const char *path)
{
	char line[sizeof first_line];
	struct stat st;
	bool same;
	FILE *f;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	f = fopen(path, "re");
	if (!f)
		return 1;
	same = fgets(line, sizeof line, f) && strcmp(line, first_line) == 0;
	fclose(f);
	return !same;
}

/* The scenario that is served may be a recording itself. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

int recording_start(struct sheepsim_live *live, const char *transcript)
{
	struct recording *r;
	FILE *f;

	if (!live->options.record)
		return 0;
	if (is_something_else(live->options.record) ||
	    is_same_file(live->options.record, live->run->name))
		return sim_fail(live->sim, SHEEPSIM_E_FILE,
				"%s: a file that is no recording, or that is served, is not "
				"overwritten by one",
				live->options.record);
	f = fopen(live->options.record, "we");
	if (!f)
		return sim_fail(live->sim, SHEEPSIM_E_FILE, "%s: %s", live->options.record,
				strerror(errno));
	r = mem_alloc(sizeof *r);
	live->recording = r;
	r->file = f;
	fputs(first_line, f);
	print_places(live, f);
	fputs("\n", f);
	fputs(transcript, f);
	fputs("\n", f);
	r->now = now(live);
	return 0;
}

/* ------------------------------------------------------------------ clients */

void recording_open(struct sheepsim_live *live, int conn, int node)
{
	if (!live->recording)
		return;
	fprintf(live->recording->file, "replay open %d %d", conn, node);
	print_time(live->recording->file, " at=", now(live));
}

void recording_close(struct sheepsim_live *live, int conn)
{
	if (!live->recording)
		return;
	fprintf(live->recording->file, "replay close %d", conn);
	print_time(live->recording->file, " at=", now(live));
}

static void print_bytes(FILE *f, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t same = 1;

		while (i + same < len && bytes[i + same] == bytes[i])
			same++;
		if (same < LONG_RUN)
			same = 1;
		fprintf(f, "%02x", bytes[i]);
		if (same > 1)
			fprintf(f, i + same < len ? "*%zu," : "*%zu", same);
		i += same;
	}
}

void recording_send(struct sheepsim_live *live, int conn, const uint8_t head[WIRE_HEADER],
		    const uint8_t *payload, size_t len)
{
	FILE *f;

	if (!live->recording)
		return;
	f = live->recording->file;
	fprintf(f, "replay send %d ", conn);
	print_bytes(f, head, WIRE_HEADER);
	if (len > 0) {
		fputs(" ", f);
		print_bytes(f, payload, len);
	}
	print_time(f, " at=", now(live));
}

/* ------------------------------------------------------------------ commands */

/* Time passes in the replay, up to a command that began then. */
static void print_wait(struct recording *r, uint64_t time)
{
	if (time > r->now)
		print_time(r->file, "run ", time - r->now);
	r->now = time;
}

static void print_lines(FILE *f, const char *lines)
{
	fputs(lines, f);
	if (*lines && lines[strlen(lines) - 1] != '\n')
		fputs("\n", f);
}

void recording_command(struct sheepsim_live *live, const char *line, uint64_t began, int error,
		       const char *out, const char *words)
{
	struct recording *r = live->recording;
	bool repeated;

	if (!r)
		return;
	/* What is no command of scenarios has changed nothing; nor has a node that there was no
	 * place for, which there would be in the replay. */
	repeated = error != SHEEPSIM_E_SCENARIO && !(error < 0 && live->no_place);
	print_places(live, r->file);
	print_wait(r, began);
	fprintf(r->file, "%s%s\n", !repeated ? "# " : error < 0 ? "expect-error \"\" " : "", line);
	if (!repeated)
		fprintf(r->file, "# error: %.*s\n", (int)strcspn(words, "\n"), words);
	if (repeated && (*out || error < 0)) {
		fputs("----\n", r->file);
		print_lines(r->file, out);
		if (error < 0) {
			fputs("error: ", r->file);
			print_lines(r->file, words);
		}
	}
	fputs("\n", r->file);
	r->now = now(live);
}

/* ------------------------------------------------------------------ the end */

void recording_flush(struct sheepsim_live *live)
{
	if (!live->recording || fflush(live->recording->file) == 0)
		return;
	live_log(live, "%s: %s: nothing is recorded any more", live->options.record,
		 strerror(errno));
	fclose(live->recording->file);
	free(live->recording);
	live->recording = NULL;
}

void recording_stop(struct sheepsim_live *live)
{
	struct recording *r = live->recording;

	if (!r)
		return;
	pace_moment(live);
	print_wait(r, now(live));
	/* a command that is over in the replay, but was not here, does more there */
	if (tasks_wait(live))
		fprintf(r->file, "# not over when this ended, and no part of it: %s\n",
			STAILQ_FIRST(&live->control.tasks)->text);
	fprintf(r->file, "# digest %016" PRIx64 "\n", sheepsim_digest(live->sim, false));
	if (fclose(r->file) != 0)
		live_log(live, "%s: %s", live->options.record, strerror(errno));
	free(r);
	live->recording = NULL;
}
