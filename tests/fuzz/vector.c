/*
 * The reader of captured conversations: any file is read, or refused with its place; what was read,
 * written again, reads the same.
 *
 * Input: the file.
 */
#include "file.h"

#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "../../cli/vectors.h"

#define SMALL (1u << 20) /* bytes of payloads that are put together here, all in all */

static void add_hex(struct text *t, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text_add(t, "%02x", bytes[i]);
}

static void write_payload(struct text *t, const struct vec_message *m)
{
	text_add(t, "  len %llu\n", (unsigned long long)m->len);
	for (size_t i = 0; i < m->nr_runs; i++) {
		const struct vec_run *run = &m->runs[i];

		text_add(t, "  @%llu ", (unsigned long long)run->offset);
		add_hex(t, run->bytes, run->len);
		text_add(t, "*%llu\n", (unsigned long long)run->times);
	}
}

static void write_message(struct text *t, const struct vec_message *m)
{
	text_add(t, "%s ", m->request ? "C>S" : "S>C");
	add_hex(t, m->head, m->head_len);
	text_add(t, " # n=%u\n", m->n);
	write_payload(t, m);
}

static void write_event(struct text *t, const struct vec_event *e)
{
	text_add(t, "event %s %s # n=%u\n  sender ", e->type, e->queue, e->buffer.n);
	add_hex(t, e->sender, MEMBER);
	for (size_t i = 0; i < e->nr_members; i++) {
		text_add(t, "\n  member ");
		add_hex(t, e->members + i * MEMBER, MEMBER);
	}
	text_add(t, "\n");
	write_payload(t, &e->buffer);
}

/* Connection by connection, the messages of each in their order. */
static void write_vector(struct text *t, const struct vector *v)
{
	for (size_t i = 0; i < v->nr_conns; i++) {
		const struct vec_conn *c = &v->conns[i];

		text_add(t, "conn %u %s > %s\n", c->id, c->from, c->to);
		for (size_t k = 0; k < v->nr_messages; k++) {
			if (v->messages[k].conn == i)
				write_message(t, &v->messages[k]);
		}
		if (c->closed)
			text_add(t, "close %c\n", c->closed);
	}
	for (size_t i = 0; i < v->nr_events; i++)
		write_event(t, &v->events[i]);
	if (v->silent)
		text_add(t, "# no message was sent\n");
}

static void check_message(const struct vec_message *m)
{
	assert(m->n > 0 && m->len <= PAYLOAD_MAX);
	for (size_t k = 0; k < m->nr_runs; k++) {
		const struct vec_run *run = &m->runs[k];

		assert(run->offset + run->len * run->times <= m->len);
	}
}

static void check_vector(const struct vector *v)
{
	uint64_t total = 0;

	for (size_t i = 0; i < v->nr_messages; i++) {
		const struct vec_message *m = &v->messages[i];

		assert(m->conn < v->nr_conns);
		assert(m->head_len == HEADER || m->head_len == SHEPHERD_HEADER);
		assert(i == 0 || v->messages[i - 1].n <= m->n);
		total += m->len;
		check_message(m);
	}
	for (size_t i = 0; i < v->nr_events; i++)
		check_message(&v->events[i].buffer);
	for (size_t i = 0; i < v->nr_messages && total <= SMALL; i++)
		free(vec_payload(&v->messages[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text before = {0}, after = {0};
	char path[INPUT_PATH_MAX], error[400];
	int fd = input_file(data, size, path);
	struct vector v;
	bool good = vector_read(&v, path, error);

	close(fd);
	if (!good) {
		check_file_error(error, path, data, size);
		return 0;
	}
	check_vector(&v);
	write_vector(&before, &v);
	vector_free(&v);

	fd = input_file(text_get(&before), before.len, path);
	good = vector_read(&v, path, error);
	assert(good);
	close(fd);
	write_vector(&after, &v);
	assert(strcmp(text_get(&before), text_get(&after)) == 0);
	vector_free(&v);
	text_free(&before);
	text_free(&after);
	return 0;
}
