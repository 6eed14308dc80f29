/* Connections that others opened to this node: clients, tools, other nodes (spec 1.4, 1.5). */
#include <stdlib.h>

#include "sheep/node.h"

/* One connection. Requests on it run at the same time; answers go back as they are ready. */
struct client {
	struct sheep *sheep;
	struct conn *conn;
	LIST_HEAD(, request) requests; /* under way */
	LIST_ENTRY(client) link;
};

static void client_frame(struct conn *c, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct client *cl = c->owner;

	if (!cl->sheep->ended)
		request_from_client(cl->sheep, cl, head, payload);
}

static void client_free(struct client *cl)
{
	struct request *r;

	/* The work goes on, the answers are dropped (R402). */
	while ((r = LIST_FIRST(&cl->requests))) {
		LIST_REMOVE(r, client_link);
		r->client = NULL;
	}
	LIST_REMOVE(cl, link);
	free(cl);
}

static void client_closed(struct conn *c)
{
	client_free(c->owner);
}

static const struct conn_handler client_handler = {
	.frame = client_frame,
	.closed = client_closed,
};

void client_accept(void *sheep, struct conn *c)
{
	struct sheep *s = sheep;
	struct client *cl = mem_alloc(sizeof(*cl));

	cl->sheep = s;
	cl->conn = c;
	LIST_INIT(&cl->requests);
	LIST_INSERT_HEAD(&s->clients, cl, link);
	c->handler = &client_handler;
	c->owner = cl;
}

void client_add(struct client *cl, struct request *r)
{
	LIST_INSERT_HEAD(&cl->requests, r, client_link);
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
		client_free(cl);
}
