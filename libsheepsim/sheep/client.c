/*
 * Connections that others opened to this node: clients, tools, other nodes (spec 1.4, 1.5).
 *
 * Requests on one connection run at the same time; answers go back as they are ready. While there
 * are any, the connection has a struct client; the many that are idle have nothing.
 */
#include <stdlib.h>

#include "sheep/node.h"

struct client {
	struct sheep *sheep;
	struct conn *conn;
	LIST_HEAD(, request) requests; /* under way, one at least */
	LIST_ENTRY(client) link;
};

static const struct conn_handler idle_handler;

static void client_frame(struct conn *c, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct client *cl = c->owner;

	if (!cl->sheep->ended)
		request_from_client(cl->sheep, cl, head, payload);
}

static void client_free(struct client *cl)
{
	LIST_REMOVE(cl, link);
	free(cl);
}

/* The work goes on, the answers are dropped (R402). */
static void client_lose(struct client *cl)
{
	struct request *r;

	while ((r = LIST_FIRST(&cl->requests))) {
		LIST_REMOVE(r, client_link);
		request_lose_client(r);
	}
	client_free(cl);
}

static void client_closed(struct conn *c)
{
	client_lose(c->owner);
}

static const struct conn_handler client_handler = {
	.frame = client_frame,
	.closed = client_closed,
};

static void idle_frame(struct conn *c, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct sheep *s = c->owner;
	struct client *cl;

	if (s->ended)
		return;
	cl = mem_alloc(sizeof(*cl));
	cl->sheep = s;
	cl->conn = c;
	LIST_INIT(&cl->requests);
	LIST_INSERT_HEAD(&s->clients, cl, link);
	c->handler = &client_handler;
	c->owner = cl;
	request_from_client(s, cl, head, payload);
}

static void idle_closed(struct conn *c)
{
	(void)c;
}

static const struct conn_handler idle_handler = {.frame = idle_frame, .closed = idle_closed};

void client_accept(void *sheep, struct conn *c)
{
	c->handler = &idle_handler;
	c->owner = sheep;
}

void client_add(struct client *cl, struct request *r)
{
	LIST_INSERT_HEAD(&cl->requests, r, client_link);
}

void client_remove(struct request *r)
{
	struct client *cl = r->client;

	LIST_REMOVE(r, client_link);
	r->client = NULL;
	if (!LIST_EMPTY(&cl->requests))
		return;
	cl->conn->handler = &idle_handler;
	cl->conn->owner = cl->sheep;
	client_free(cl);
}

void client_send(struct client *cl, const struct rsp *p, struct blob *payload)
{
	uint8_t head[WIRE_HEADER];

	rsp_encode(p, head);
	conn_send(cl->conn, head, payload);
}

void clients_free(struct sheep *s)
{
	struct client *cl;

	while ((cl = LIST_FIRST(&s->clients)))
		client_lose(cl);
}
