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
	bool in_message; /* what follows belongs to the last one */
};

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
	return true;
}

/* C>S or S>C HEADER # n=N ... */
static bool read_message(struct vector_reader *r)
{
	struct vector *v = r->v;
	char **w = r->lines.words;
	const char *n = r->lines.comment != NULL ? strstr(r->lines.comment, "n=") : NULL;
	struct vec_message *m;

	if (v->nr_conns == 0)
		return lines_error(&r->lines, "a message before the first conn");
	v->messages = need(realloc(v->messages, (v->nr_messages + 1) * sizeof(*m)));
	m = &v->messages[v->nr_messages++];
	*m = (struct vec_message){.line = r->lines.line, .conn = v->nr_conns - 1};
	m->request = w[0][0] == 'C';
	if (r->lines.nr_words != 2 || strlen(w[1]) != 2 * HEADER ||
	    !line_hex(w[1], strlen(w[1]), m->head))
		return lines_error(&r->lines, "a header is %d hexadecimal digits", 2 * HEADER);
	if (n == NULL || (m->n = (unsigned int)strtoul(n + 2, NULL, 10)) == 0)
		return lines_error(&r->lines, "a message needs its number, n=");
	r->in_message = true;
	return true;
}

/* @OFFSET HEX[*TIMES] */
static bool read_run(struct vector_reader *r)
{
	struct vec_message *m = &r->v->messages[r->v->nr_messages - 1];
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

static bool read_close(struct vector_reader *r)
{
	char **w = r->lines.words;

	if (r->v->nr_conns == 0 || r->lines.nr_words != 2 ||
	    (strcmp(w[1], "C") != 0 && strcmp(w[1], "S") != 0))
		return lines_error(&r->lines, "not `close C' or `close S'");
	r->v->conns[r->v->nr_conns - 1].closed = w[1][0];
	r->in_message = false;
	return true;
}

static bool read_line(struct vector_reader *r)
{
	const char *word = r->lines.words[0];
	struct vector *v = r->v;

	if (strcmp(word, "conn") == 0) {
		r->in_message = false;
		return read_conn(r);
	}
	if (strcmp(word, "C>S") == 0 || strcmp(word, "S>C") == 0)
		return read_message(r);
	if (strcmp(word, "close") == 0)
		return read_close(r);
	if (!r->in_message)
		return lines_error(&r->lines, "`%s' belongs to no message", word);
	if (word[0] == '@')
		return read_run(r);
	if (strcmp(word, "len") == 0)
		return (r->lines.nr_words == 2 &&
			line_number(r->lines.words[1], PAYLOAD_MAX,
				    &v->messages[v->nr_messages - 1].len)) ||
		       lines_error(&r->lines, "not the length of a payload");
	return lines_error(&r->lines, "unexpected `%s'", word);
}

static int by_n(const void *a, const void *b)
{
	const struct vec_message *x = a;
	const struct vec_message *y = b;

	return x->n < y->n ? -1 : x->n > y->n;
}

bool vector_read(struct vector *v, const char *path, char error[400])
{
	struct vector_reader r = {.v = v};
	bool good;

	*v = (struct vector){.path = need(strdup(path))};
	good = lines_open(&r.lines, path);
	while (good && lines_next(&r.lines)) {
		if (r.lines.nr_words > 0)
			good = read_line(&r);
		else if (strstr(r.lines.comment, "no message was sent") != NULL)
			v->silent = true;
	}
	if (v->nr_messages > 0)
		qsort(v->messages, v->nr_messages, sizeof(*v->messages), by_n);
	memcpy(error, r.lines.error, sizeof(r.lines.error));
	lines_close(&r.lines);
	if (!good)
		vector_free(v);
	return good;
}

void vector_free(struct vector *v)
{
	for (size_t i = 0; i < v->nr_messages; i++) {
		for (size_t k = 0; k < v->messages[i].nr_runs; k++)
			free(v->messages[i].runs[k].bytes);
		free(v->messages[i].runs);
	}
	free(v->messages);
	free(v->conns);
	free(v->path);
	*v = (struct vector){0};
}

uint8_t *vec_payload(const struct vec_message *m)
{
	uint8_t *payload;

	if (m->len == 0)
		return NULL;
	payload = need(calloc(1, m->len));
	for (size_t i = 0; i < m->nr_runs; i++) {
		const struct vec_run *run = &m->runs[i];

		for (uint64_t k = 0; k < run->times; k++)
			memcpy(payload + run->offset + k * run->len, run->bytes, run->len);
	}
	return payload;
}
