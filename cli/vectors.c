/* Reading captured conversations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "lines.h"
#include "vectors.h"

struct vector_reader {
	struct lines_reader lines;
	struct vector *v;
	bool in_message; /* what follows belongs to the last message */
	bool in_event;	 /* ... to the last event */
};

/* What the lines with a payload's bytes belong to. */
static struct vec_message *last_message(struct vector_reader *r)
{
	struct vector *v = r->v;

	return r->in_event ? &v->events[v->nr_events - 1].buffer : &v->messages[v->nr_messages - 1];
}

/* The number of a message or event, from the comment; 0: it has none. */
static unsigned int read_n(const struct vector_reader *r)
{
	const char *n = r->lines.comment != NULL ? strstr(r->lines.comment, "n=") : NULL;

	return n == NULL ? 0 : (unsigned int)strtoul(n + 2, NULL, 10);
}

/* conn ID FROM > TO */
static bool read_conn(struct vector_reader *r)
{
	struct vector *v = r->v;
	char **w = r->lines.words;
	struct vec_conn *c;
	uint64_t id;

	if (r->lines.nr_words < 5 || strcmp(w[3], ">") != 0 ||
	    !line_number(w[1], UINT32_MAX, &id) || strlen(w[2]) >= sizeof(c->from) ||
	    strlen(w[4]) >= sizeof(c->to))
		return lines_error(&r->lines, "not `conn ID FROM > TO'");
	v->conns = need(realloc(v->conns, (v->nr_conns + 1) * sizeof(*c)));
	c = &v->conns[v->nr_conns++];
	*c = (struct vec_conn){.id = (unsigned int)id};
	memcpy(c->from, w[2], strlen(w[2]) + 1);
	memcpy(c->to, w[4], strlen(w[4]) + 1);
	c->goes_on = r->lines.nr_words > 5 && strcmp(w[5], "(goes") == 0;
	return true;
}

/* C>S or S>C HEADER # n=N ... */
static bool read_message(struct vector_reader *r)
{
	struct vector *v = r->v;
	char **w = r->lines.words;
	struct vec_message *m;

	if (v->nr_conns == 0)
		return lines_error(&r->lines, "a message before the first conn");
	v->messages = need(realloc(v->messages, (v->nr_messages + 1) * sizeof(*m)));
	m = &v->messages[v->nr_messages++];
	*m = (struct vec_message){.line = r->lines.line, .conn = v->nr_conns - 1};
	m->request = w[0][0] == 'C';
	m->head_len = strcmp(v->conns[m->conn].to, "shepherd") == 0 ? SHEPHERD_HEADER : HEADER;
	if (r->lines.nr_words != 2 || strlen(w[1]) != 2 * m->head_len ||
	    !line_hex(w[1], strlen(w[1]), m->head))
		return lines_error(&r->lines, "a header is %zu hexadecimal digits",
				   2 * m->head_len);
	m->n = read_n(r);
	if (m->n == 0)
		return lines_error(&r->lines, "a message needs its number, n=");
	r->in_message = true;
	return true;
}

/* event TYPE QUEUE # n=N ... */
static bool read_event(struct vector_reader *r)
{
	struct vector *v = r->v;
	char **w = r->lines.words;
	struct vec_event *e;

	if (r->lines.nr_words != 3 || strlen(w[1]) >= sizeof(e->type) ||
	    strlen(w[2]) >= sizeof(e->queue))
		return lines_error(&r->lines, "not `event TYPE QUEUE'");
	v->events = need(realloc(v->events, (v->nr_events + 1) * sizeof(*e)));
	e = &v->events[v->nr_events++];
	*e = (struct vec_event){.buffer.line = r->lines.line};
	memcpy(e->type, w[1], strlen(w[1]) + 1);
	memcpy(e->queue, w[2], strlen(w[2]) + 1);
	e->buffer.n = read_n(r);
	if (e->buffer.n == 0)
		return lines_error(&r->lines, "an event needs its number, n=");
	r->in_message = false;
	r->in_event = true;
	return true;
}

/* sender HEX or member HEX */
static bool read_member(struct vector_reader *r)
{
	struct vec_event *e = r->in_event ? &r->v->events[r->v->nr_events - 1] : NULL;
	char **w = r->lines.words;
	uint8_t *at;

	if (e == NULL)
		return lines_error(&r->lines, "`%s' belongs to no event", w[0]);
	at = e->sender;
	if (w[0][0] == 'm') {
		e->members = need(realloc(e->members, (e->nr_members + 1) * MEMBER));
		at = e->members + e->nr_members++ * MEMBER;
	}
	memset(at, 0, MEMBER);
	return (r->lines.nr_words == 2 && strlen(w[1]) == 2 * (size_t)MEMBER &&
		line_hex(w[1], strlen(w[1]), at)) ||
	       lines_error(&r->lines, "a member is %d hexadecimal digits", 2 * MEMBER);
}

/* @OFFSET HEX[*TIMES] */
static bool read_run(struct vector_reader *r)
{
	struct vec_message *m = last_message(r);
	char **w = r->lines.words;
	size_t digits = r->lines.nr_words == 2 ? strcspn(w[1], "*") : 0;
	struct vec_run run = {.times = 1, .len = digits / 2};
	uint64_t total;

	if (digits == 0 || !line_number(w[0] + 1, PAYLOAD_MAX, &run.offset) ||
	    (w[1][digits] == '*' && !line_number(w[1] + digits + 1, PAYLOAD_MAX, &run.times)))
		return lines_error(&r->lines, "not `@OFFSET HEX' or `@OFFSET HEX*TIMES'");
	if (__builtin_mul_overflow(run.times, run.len, &total) || run.offset > m->len ||
	    total > m->len - run.offset)
		return lines_error(&r->lines, "these bytes reach past the end of the payload");
	run.bytes = need(malloc(run.len + 1));
	m->runs = need(realloc(m->runs, (m->nr_runs + 1) * sizeof(run)));
	m->runs[m->nr_runs++] = run;
	return line_hex(w[1], digits, run.bytes) ||
	       lines_error(&r->lines, "these are not hexadecimal digits");
}

static bool read_len(struct vector_reader *r)
{
	struct vec_message *m = last_message(r);

	if (m->len > 0 || m->nr_runs > 0)
		return lines_error(&r->lines, "this payload has its length already");
	return (r->lines.nr_words == 2 && line_number(r->lines.words[1], PAYLOAD_MAX, &m->len)) ||
	       lines_error(&r->lines, "not the length of a payload");
}

static bool read_close(struct vector_reader *r)
{
	char **w = r->lines.words;

	if (r->v->nr_conns == 0 || r->lines.nr_words != 2 ||
	    (strcmp(w[1], "C") != 0 && strcmp(w[1], "S") != 0))
		return lines_error(&r->lines, "not `close C' or `close S'");
	r->v->conns[r->v->nr_conns - 1].closed = w[1][0];
	r->in_message = false;
	r->in_event = false;
	return true;
}

static bool read_line(struct vector_reader *r)
{
	const char *word = r->lines.words[0];

	if (strcmp(word, "conn") == 0) {
		r->in_message = false;
		r->in_event = false;
		return read_conn(r);
	}
	if (strcmp(word, "C>S") == 0 || strcmp(word, "S>C") == 0) {
		r->in_event = false;
		return read_message(r);
	}
	if (strcmp(word, "close") == 0)
		return read_close(r);
	if (strcmp(word, "event") == 0)
		return read_event(r);
	if (strcmp(word, "sender") == 0 || strcmp(word, "member") == 0)
		return read_member(r);
	if (!r->in_message && !r->in_event)
		return lines_error(&r->lines, "`%s' belongs to no message", word);
	if (word[0] == '@')
		return read_run(r);
	if (strcmp(word, "len") == 0)
		return read_len(r);
	return lines_error(&r->lines, "unexpected `%s'", word);
}

static int by_n(const void *a, const void *b)
{
	const struct vec_message *x = a;
	const struct vec_message *y = b;

	return x->n < y->n ? -1 : x->n > y->n;
}

static int events_by_n(const void *a, const void *b)
{
	const struct vec_event *x = a;
	const struct vec_event *y = b;

	return by_n(&x->buffer, &y->buffer);
}

/* What a line says that is only a comment. */
static void read_comment(struct vector *v, const char *comment)
{
	static const char command[] = " command: ", status[] = " exit status: ";
	size_t len = v->output != NULL ? strlen(v->output) : 0;

	if (strstr(comment, "no message was sent") != NULL) {
		v->silent = true;
	} else if (strncmp(comment, " cut: ", 6) == 0) {
		v->cut = true;
	} else if (strncmp(comment, command, strlen(command)) == 0 && v->command == NULL) {
		v->command = need(strdup(comment + strlen(command)));
	} else if (strncmp(comment, status, strlen(status)) == 0) {
		v->status = atoi(comment + strlen(status));
	} else if (comment[0] == '|') {
		comment += 1 + (comment[1] == ' ');
		v->output = need(realloc(v->output, len + strlen(comment) + 2));
		sprintf(v->output + len, "%s\n", comment);
	}
}

/* Reads all lines; good: they could be opened. */
static bool read_lines(struct vector_reader *r, bool good, char error[400])
{
	struct vector *v = r->v;

	while (good && lines_next(&r->lines)) {
		if (r->lines.nr_words > 0)
			good = read_line(r);
		else
			read_comment(v, r->lines.comment);
	}
	if (v->nr_messages > 0)
		qsort(v->messages, v->nr_messages, sizeof(*v->messages), by_n);
	if (v->nr_events > 0)
		qsort(v->events, v->nr_events, sizeof(*v->events), events_by_n);
	memcpy(error, r->lines.error, sizeof(r->lines.error));
	lines_close(&r->lines);
	if (!good)
		vector_free(v);
	return good;
}

bool vector_read(struct vector *v, const char *path, char error[400])
{
	struct vector_reader r = {.v = v};

	*v = (struct vector){.path = need(strdup(path))};
	return read_lines(&r, lines_open(&r.lines, path), error);
}

bool vector_read_text(struct vector *v, const char *name, const char *text, char error[400])
{
	struct vector_reader r = {.v = v};

	*v = (struct vector){.path = need(strdup(name))};
	lines_open_text(&r.lines, name, text);
	return read_lines(&r, true, error);
}

static void free_message(struct vec_message *m)
{
	for (size_t i = 0; i < m->nr_runs; i++)
		free(m->runs[i].bytes);
	free(m->runs);
}

void vector_free(struct vector *v)
{
	for (size_t i = 0; i < v->nr_messages; i++)
		free_message(&v->messages[i]);
	for (size_t i = 0; i < v->nr_events; i++) {
		free_message(&v->events[i].buffer);
		free(v->events[i].members);
	}
	free(v->messages);
	free(v->events);
	free(v->conns);
	free(v->path);
	free(v->command);
	free(v->output);
	*v = (struct vector){0};
}

void vec_fill(const struct vec_message *m, uint8_t *payload)
{
	for (size_t i = 0; i < m->nr_runs; i++) {
		const struct vec_run *run = &m->runs[i];

		for (uint64_t k = 0; k < run->times; k++)
			memcpy(payload + run->offset + k * run->len, run->bytes, run->len);
	}
}

uint8_t *vec_payload(const struct vec_message *m)
{
	uint8_t *payload;

	if (m->len == 0)
		return NULL;
	payload = need(calloc(1, m->len));
	vec_fill(m, payload);
	return payload;
}
