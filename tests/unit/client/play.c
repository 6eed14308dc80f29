#include "play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct node_id play_node(int i)
{
	struct node_id id = {.addr[12] = 127, .addr[15] = 1};

	id.port = (uint16_t)(7000 + i);
	return id;
}

static const struct vector_conn *conn_of(const struct play *p, const struct vector_message *m)
{
	return &p->vector.conns[m->conn];
}

/* The message that c belongs to must be the next one: same node, same connection. */
static void check_conn(struct play *p, struct conn *c, const struct vector_message *m)
{
	char to[16];

	snprintf(to, sizeof to, "node%d", c->world->place);
	assert_string_equal(to, conn_of(p, m)->to);
	if (!p->conns[m->conn])
		p->conns[m->conn] = c;
	assert_ptr_equal(p->conns[m->conn], c);
}

static void check_bytes(const uint8_t head[WIRE_HEADER], struct blob *payload,
			const struct vector_message *m)
{
	assert_memory_equal(head, m->head, WIRE_HEADER);
	assert_int_equal(blob_size(payload), blob_size(m->payload));
	if (payload)
		assert_true(blob_equal(payload, m->payload));
}

static void request_came(struct conn *c, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct play *p = c->owner;
	const struct vector_message *m = &p->vector.messages[p->next];

	assert_true(p->next < p->end);
	assert_true(m->request);
	check_conn(p, c, m);
	check_bytes(head, payload, m);
	m = &p->vector.messages[++p->next];
	assert_true(p->next < p->end && !m->request);
	assert_ptr_equal(p->conns[m->conn], c);
	p->next++;
	conn_send(c, m->head, m->payload);
}

static void client_closed(struct conn *c)
{
	struct play *p = c->owner;

	p->open--;
}

static const struct conn_handler handler = {.frame = request_came, .closed = client_closed};

static void client_came(void *owner, struct conn *c)
{
	struct play *p = owner;

	c->handler = &handler;
	c->owner = p;
	p->open++;
}

struct play *play_open(const char *file, unsigned first, unsigned last)
{
	struct play *p = mem_alloc(sizeof *p);
	char path[512], why[256] = "";

	snprintf(path, sizeof path, "%s/%s.txt", VECTORS_DIR, file);
	if (vector_read(path, &p->vector, why) < 0)
		fail_msg("%s: %s", path, why);
	assert_true(p->vector.nr_conns <= sizeof p->conns / sizeof p->conns[0]);
	while (p->next < p->vector.nr_messages && p->vector.messages[p->next].n < first)
		p->next++;
	for (p->end = p->next; p->end < p->vector.nr_messages; p->end++)
		if (last && p->vector.messages[p->end].n > last)
			break;
	assert_true(p->next < p->end);
	universe_init(&p->u, 1);
	for (int i = 0; i < PLAY_NODES; i++) {
		struct node_id id = play_node(i);

		world_init(&p->nodes[i], &p->u, i, 0);
		world_boot(&p->nodes[i]);
		world_listen(&p->nodes[i], &id, client_came, p);
	}
	return p;
}

void play_run(struct play *p)
{
	while (clock_step(&p->u.clock))
		;
	assert_true(p->over);
	assert_int_equal(p->next, p->end);
	assert_int_equal(p->open, 0);
}

void play_close(struct play *p)
{
	for (int i = 0; i < PLAY_NODES; i++)
		world_free(&p->nodes[i]);
	universe_free(&p->u);
	vector_free(&p->vector);
	free(p);
}
