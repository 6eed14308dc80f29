#include "vectors.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A file being read. */
struct reader {
	struct vector *v;
	unsigned int line;
	uint64_t length; /* of the payload of the last message */
	char *why;
};

static int fail(const struct reader *r, const char *what)
{
	snprintf(r->why, 256, "line %u: %s", r->line, what);
	return -1;
}

static struct vector_message *last_message(const struct reader *r)
{
	return r->v->nr_messages ? &r->v->messages[r->v->nr_messages - 1] : NULL;
}

static struct vector_message *add_message(struct reader *r)
{
	struct vector *v = r->v;
	struct vector_message *m;

	v->messages = mem_resize(v->messages, v->nr_messages + 1, sizeof(*v->messages));
	m = &v->messages[v->nr_messages++];
	memset(m, 0, sizeof(*m));
	m->line = r->line;
	return m;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Bytes of a word of hex digits, up to len; -1 if it is none. */
static int64_t read_hex(const char *word, uint8_t *out, size_t len)
{
	size_t n = 0;

	for (; hex_digit(word[2 * n]) >= 0 && n < len; n++) {
		int low = hex_digit(word[2 * n + 1]);

		if (low < 0)
			return -1;
		out[n] = (uint8_t)(hex_digit(word[2 * n]) << 4 | low);
	}
	return word[2 * n] == '\0' || word[2 * n] == '*' ? (int64_t)n : -1;
}

static int read_conn(struct reader *r, const char *line)
{
	struct vector *v = r->v;
	struct vector_conn c = {0};

	if (sscanf(line, "conn %u %15s > %15s", &c.id, c.from, c.to) != 3)
		return fail(r, "no connection");
	c.goes_on = strstr(line, "(goes on") != NULL;
	v->conns = mem_resize(v->conns, v->nr_conns + 1, sizeof(*v->conns));
	v->conns[v->nr_conns++] = c;
	return 0;
}

static int read_close(struct reader *r, const char *line)
{
	if (r->v->nr_conns == 0 || sscanf(line, "close %1[CS]", (char[2]){0}) != 1)
		return fail(r, "no close");
	r->v->conns[r->v->nr_conns - 1].closed = line[6];
	return 0;
}

static int read_message(struct reader *r, const char *word, bool request, const char *comment)
{
	size_t conns = r->v->nr_conns;
	struct vector_message *m;
	size_t expected;

	if (conns == 0)
		return fail(r, "a message outside of a connection");
	expected = strcmp(r->v->conns[conns - 1].to, "shepherd") == 0 ? 8 : WIRE_HEADER;
	m = add_message(r);
	m->conn = (int)conns - 1;
	m->request = request;
	m->head_len = expected;
	if (read_hex(word, m->head, WIRE_HEADER) != (int64_t)expected)
		return fail(r, "a header of another length");
	if (sscanf(comment, " # n=%u", &m->n) != 1)
		return fail(r, "a message without a number");
	return 0;
}

static int read_event(struct reader *r, const char *line, const char *comment)
{
	struct vector_message *m = add_message(r);
	struct vector_event *e = mem_alloc(sizeof(*e));
	char queue[16];

	m->conn = -1;
	m->event = e;
	if (sscanf(line, "event %15s %15s", e->type, queue) != 2 ||
	    sscanf(comment, " # n=%u", &m->n) != 1)
		return fail(r, "no event");
	e->block_queue = strcmp(queue, "block") == 0;
	e->callbacked = strstr(comment, " callbacked") != NULL;
	e->removed = strstr(comment, " removed") != NULL;
	return 0;
}

static int read_event_node(struct reader *r, const char *line)
{
	struct vector_message *m = last_message(r);
	struct vector_event *e = m ? m->event : NULL;
	const char *word = strrchr(line, ' ') + 1;
	uint8_t *out;

	if (!e)
		return fail(r, "a node outside of an event");
	if (strncmp(line, "  member", 8) == 0) {
		e->members = mem_resize(e->members, e->nr_members + 1, sizeof(*e->members));
		out = e->members[e->nr_members++];
	} else {
		out = e->sender;
	}
	if (read_hex(word, out, NODE_RECORD_SIZE) != NODE_RECORD_SIZE)
		return fail(r, "no member record");
	return 0;
}

/* "  @OFFSET HEX" or "  @OFFSET HEX*N" */
static int read_run(struct reader *r, const char *line)
{
	struct vector_message *m = last_message(r);
	char *word;
	uint64_t offset = strtoull(line + 3, &word, 10);
	uint8_t *bytes = mem_alloc(strlen(word) / 2 + 1);
	int64_t len = read_hex(word + 1, bytes, strlen(word) / 2);
	const char *star = strchr(word, '*');
	uint64_t times = star ? strtoull(star + 1, NULL, 10) : 1;
	uint8_t *all;

	if (!m || !m->payload || len <= 0 || offset + (uint64_t)len * times > r->length) {
		free(bytes);
		return fail(r, "bytes that are not inside of a payload");
	}
	all = mem_array(times, (size_t)len);
	for (uint64_t i = 0; i < times; i++)
		memcpy(all + i * (uint64_t)len, bytes, (size_t)len);
	m->payload = blob_write(m->payload, offset, all, (uint64_t)len * times);
	free(all);
	free(bytes);
	return 0;
}

static int read_length(struct reader *r, const char *line)
{
	struct vector_message *m = last_message(r);

	if (!m || m->payload || sscanf(line, "  len %" SCNu64, &r->length) != 1)
		return fail(r, "no length of a payload");
	m->payload = blob_zero(r->length);
	return 0;
}

static bool starts_with(const char *line, const char *prefix)
{
	return strncmp(line, prefix, strlen(prefix)) == 0;
}

/* One line without its newline; the part from " #" on is a comment. */
static int read_line(struct reader *r, char *line)
{
	char *comment = strstr(line, " #");
	char saved[64] = "";

	if (line[0] == '#' || line[0] == '\0')
		return 0;
	if (comment) {
		/* Of an event the end of the comment counts too, so it keeps all of it. */
		if (starts_with(line, "event"))
			return read_event(r, line, comment);
		snprintf(saved, sizeof(saved), "%.63s", comment);
		*comment = '\0';
	}
	if (starts_with(line, "conn "))
		return read_conn(r, line);
	if (starts_with(line, "close "))
		return read_close(r, line);
	if (starts_with(line, "C>S ") || starts_with(line, "S>C "))
		return read_message(r, line + 4, line[0] == 'C', saved);
	if (starts_with(line, "  sender ") || starts_with(line, "  member "))
		return read_event_node(r, line);
	if (starts_with(line, "  len "))
		return read_length(r, line);
	if (starts_with(line, "  @"))
		return read_run(r, line);
	return fail(r, "unknown line");
}

static int by_number(const void *a, const void *b)
{
	unsigned int x = ((const struct vector_message *)a)->n;
	unsigned int y = ((const struct vector_message *)b)->n;

	return (x > y) - (x < y);
}

int vector_read(const char *path, struct vector *v, char why[256])
{
	struct reader r = {.v = v, .why = why};
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int ret = 0;

	memset(v, 0, sizeof(*v));
	if (!f)
		return fail(&r, "the file cannot be opened");
	while (ret == 0 && (len = getline(&line, &cap, f)) >= 0) {
		r.line++;
		while (len > 0 && isspace((unsigned char)line[len - 1]))
			line[--len] = '\0';
		ret = read_line(&r, line);
	}
	free(line);
	fclose(f);
	if (ret < 0)
		vector_free(v);
	else if (v->nr_messages)
		qsort(v->messages, v->nr_messages, sizeof(*v->messages), by_number);
	return ret;
}

void vector_free(struct vector *v)
{
	for (size_t i = 0; i < v->nr_messages; i++) {
		struct vector_message *m = &v->messages[i];

		blob_unref(m->payload);
		if (m->event)
			free(m->event->members);
		free(m->event);
	}
	free(v->messages);
	free(v->conns);
	memset(v, 0, sizeof(*v));
}

static int is_text_file(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 4 && strcmp(d->d_name + len - 4, ".txt") == 0;
}

size_t vector_each(const char *folder, void (*fn)(const char *path, const struct vector *v))
{
	char *dir = mem_format("%s/%s", VECTORS_DIR, folder);
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_text_file, alphasort);

	for (int i = 0; i < n; i++) {
		char *path = mem_format("%s/%s", dir, names[i]->d_name);
		struct vector v;
		char why[256];

		if (vector_read(path, &v, why) < 0) {
			fprintf(stderr, "%s: %s\n", path, why);
			abort();
		}
		fn(path, &v);
		vector_free(&v);
		free(path);
		free(names[i]);
	}
	free(names);
	free(dir);
	return n < 0 ? 0 : (size_t)n;
}
