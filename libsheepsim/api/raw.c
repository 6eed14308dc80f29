/*
 * Raw connections: any bytes to a node, and what it answers.
 */
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"

/* An answer that nobody has asked for yet. */
struct received {
	uint8_t head[WIRE_HEADER];
	struct blob *payload;
	STAILQ_ENTRY(received) link;
};

struct sheepsim_conn {
	struct sheepsim *sim;
	struct world world;
	struct conn *conn; /* NULL: closed by the node */
	const struct conn_ear *ear;
	void *ear_arg;
	STAILQ_HEAD(, received) answers;
	uint8_t *last; /* the payload that was handed out last */
	LIST_ENTRY(sheepsim_conn) link;
};

static void answer_came(struct conn *conn, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct sheepsim_conn *c = conn->owner;
	struct received *r;

	if (c->ear) {
		c->ear->answer(c->ear_arg, head, payload);
		return;
	}
	r = mem_alloc(sizeof *r);
	memcpy(r->head, head, sizeof r->head);
	r->payload = payload ? blob_ref(payload) : NULL;
	STAILQ_INSERT_TAIL(&c->answers, r, link);
}

static void node_closed(struct conn *conn)
{
	struct sheepsim_conn *c = conn->owner;

	c->conn = NULL;
	if (c->ear)
		c->ear->closed(c->ear_arg);
}

static const struct conn_handler handler = {.frame = answer_came, .closed = node_closed};

static int open_conn(struct sheepsim *sim, int node, const struct conn_ear *ear, void *arg,
		     struct sheepsim_conn **conn)
{
	struct node *n = sim_node(sim, node);
	struct sheepsim_conn *c;

	*conn = NULL;
	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	c = mem_alloc(sizeof *c);
	c->sim = sim;
	c->ear = ear;
	c->ear_arg = arg;
	STAILQ_INIT(&c->answers);
	world_init(&c->world, &sim->universe, PLACE_RAW + sim->next_conn++, 0);
	c->world.near = ear != NULL;
	world_boot(&c->world);
	LIST_INSERT_HEAD(&sim->conns, c, link);
	sim_enter(sim);
	c->conn = world_connect(&c->world, &n->rec.nid, &handler, c);
	sim_leave(sim);
	if (!c->conn) {
		sheepsim_conn_close(c);
		return sim_fail(sim, SHEEPSIM_E_LOST, "nobody listens at node %d", node);
	}
	*conn = c;
	return 0;
}

int sheepsim_conn_open(struct sheepsim *sim, int node, struct sheepsim_conn **conn)
{
	return open_conn(sim, node, NULL, NULL, conn);
}

int conn_open_near(struct sheepsim *sim, int node, const struct conn_ear *ear, void *arg,
		   struct sheepsim_conn **conn)
{
	sim_hear_clients(sim);
	return open_conn(sim, node, ear, arg, conn);
}

int conn_number(const struct sheepsim_conn *conn)
{
	return conn->world.place - PLACE_RAW;
}

bool conns_near(const struct sheepsim *sim)
{
	const struct sheepsim_conn *c;

	LIST_FOREACH (c, &sim->conns, link)
		if (c->ear)
			return true;
	return false;
}

void sheepsim_conn_close(struct sheepsim_conn *conn)
{
	struct sheepsim *sim;
	struct received *r;

	if (!conn)
		return;
	sim = conn->sim;
	sim_enter(sim);
	world_free(&conn->world);
	sim_leave(sim);
	while ((r = STAILQ_FIRST(&conn->answers))) {
		STAILQ_REMOVE_HEAD(&conn->answers, link);
		blob_unref(r->payload);
		free(r);
	}
	LIST_REMOVE(conn, link);
	free(conn->last);
	free(conn);
}

int conn_send_blob(struct sheepsim_conn *conn, const uint8_t head[WIRE_HEADER],
		   struct blob *payload)
{
	struct sheepsim *sim = conn->sim;

	if (!conn->conn)
		return sim_fail(sim, SHEEPSIM_E_LOST, "the node has closed this connection");
	sim_enter(sim);
	conn_send(conn->conn, head, payload);
	sim_leave(sim);
	return 0;
}

int sheepsim_conn_send(struct sheepsim_conn *conn, const uint8_t head[48], const void *payload,
		       size_t len)
{
	struct blob *b = NULL;
	int error;

	if (len)
		b = payload ? blob_new(payload, len) : blob_zero(len);
	error = conn_send_blob(conn, head, b);
	blob_unref(b);
	return error;
}

static bool has_answer(void *arg)
{
	const struct sheepsim_conn *c = arg;

	return !STAILQ_EMPTY(&c->answers) || !c->conn;
}

int sheepsim_conn_receive(struct sheepsim_conn *conn, uint64_t within, uint8_t head[48],
			  const uint8_t **payload, size_t *len)
{
	int error = sim_wait(conn->sim, has_answer, conn, within, "an answer");
	struct received *r = STAILQ_FIRST(&conn->answers);

	if (error < 0)
		return error;
	free(conn->last);
	conn->last = NULL;
	if (!r)
		return 0;
	STAILQ_REMOVE_HEAD(&conn->answers, link);
	memcpy(head, r->head, sizeof r->head);
	*len = (size_t)blob_size(r->payload);
	if (*len) {
		conn->last = mem_alloc(*len);
		blob_read(r->payload, 0, conn->last, *len);
	}
	*payload = conn->last;
	blob_unref(r->payload);
	free(r);
	return 1;
}

bool conns_busy(const struct sheepsim *sim)
{
	const struct sheepsim_conn *c;

	LIST_FOREACH (c, &sim->conns, link)
		if (world_pending_net(&c->world))
			return true;
	return false;
}

void conns_free(struct sheepsim *sim)
{
	while (!LIST_EMPTY(&sim->conns))
		sheepsim_conn_close(LIST_FIRST(&sim->conns));
}
