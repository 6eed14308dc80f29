/*
 * Who listens where, and opening a connection.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/mem.h"
#include "world/net.h"

/* An address and port, as a hash key: no padding. */
struct endpoint {
	uint8_t addr[16];
	uint8_t port[2];
};

struct listener {
	struct endpoint at;
	struct world *world;
	UT_hash_handle hh;
};

static struct endpoint endpoint(const uint8_t addr[16], uint16_t port)
{
	struct endpoint e;

	memcpy(e.addr, addr, sizeof e.addr);
	put_le16(e.port, port);
	return e;
}

static struct listener *find(const struct universe *u, const struct endpoint *at)
{
	struct listener *l = NULL;

	HASH_FIND(hh, u->listeners, at, sizeof *at, l);
	return l;
}

static void listen_at(struct world *w, struct endpoint at)
{
	struct universe *u = w->universe;
	struct listener *l = find(u, &at);

	if (!l) {
		l = mem_alloc(sizeof *l);
		l->at = at;
		l->world = w;
		HASH_ADD(hh, u->listeners, at, sizeof l->at, l);
	}
	assert(l->world == w);
}

static void stop_at(struct world *w, struct endpoint at)
{
	struct universe *u = w->universe;
	struct listener *l = find(u, &at);

	if (l && l->world == w) {
		HASH_DELETE(hh, u->listeners, l);
		free(l);
	}
}

void world_listen(struct world *w, const struct node_id *address,
		  void (*accept)(void *owner, struct conn *c), void *owner)
{
	assert(w->alive);
	assert(accept);
	world_listen_stop(w);
	w->address = *address;
	w->accept = accept;
	w->owner = owner;
	listen_at(w, endpoint(address->addr, address->port));
	if (address->io_port)
		listen_at(w, endpoint(address->io_addr, address->io_port));
	net_changed(w);
}

void world_listen_stop(struct world *w)
{
	const struct node_id *address = &w->address;

	if (!w->accept)
		return;
	stop_at(w, endpoint(address->addr, address->port));
	if (address->io_port)
		stop_at(w, endpoint(address->io_addr, address->io_port));
	w->accept = NULL;
	net_changed(w);
}

/* sparse does not pack bits of different types into one word. */
#ifndef __CHECKER__
_Static_assert(sizeof(struct conn) == 64 || sizeof(void *) != 8, "an end takes a line");
#endif

static void conn_init(struct conn *c, struct world *w, int peer_place)
{
	c->world = w;
	c->peer_place = peer_place;
	LIST_INSERT_HEAD(&w->conns, c, link);
}

void conn_release(struct universe *u, struct conn *c)
{
	const struct conn *other = conn_other(c);

	if (c->dead && other->dead && c->in_flight == 0 && other->in_flight == 0)
		pool_give(&u->conns, c->dialled ? c : c - 1);
}

struct conn *world_connect(struct world *w, const struct node_id *to,
			   const struct conn_handler *handler, void *owner)
{
	struct endpoint at =
		to->io_port ? endpoint(to->io_addr, to->io_port) : endpoint(to->addr, to->port);
	const struct listener *l = find(w->universe, &at);
	struct conn_pair *pair;
	struct conn *here;

	assert(w->alive);
	assert(handler && handler->frame && handler->closed);
	if (!l)
		return NULL;
	pair = pool_take(&w->universe->conns);
	here = &pair->dialler;
	conn_init(here, w, l->world->place);
	conn_init(&pair->accepter, l->world, w->place);
	here->number = pair->accepter.number = ++w->universe->connections;
	here->io = pair->accepter.io = to->io_port != 0;
	here->dialled = true;
	here->handler = handler;
	here->owner = owner;
	world_note(w, TRACE_CONNECT, (uint64_t)l->world->place, 0, 0, 0);
	net_event_send(here, net_event_new(here, NET_ACCEPT), net_latency(here, 0));
	return here;
}

void conn_close(struct conn *c)
{
	if (c->dead)
		return;
	net_note_end(c);
	net_hang_up(c);
}

int conn_peer_place(const struct conn *c)
{
	return c->peer_place;
}
