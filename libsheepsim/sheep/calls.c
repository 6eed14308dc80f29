/*
 * Exchanges with other nodes (R403, R433): pools of connections, one exchange on each at a time.
 */
#include <assert.h>
#include <stdlib.h>

#include <uthash.h>

#include "sheep/node.h"

#define RECEIVE_TIMEOUT (30 * NSEC_PER_SEC) /* R802 */
#define EXTRA_TRIES	6

struct peer_conn {
	struct peer *peer;
	struct conn *conn;
	struct call *call; /* under way; NULL: idle */
	SLIST_ENTRY(peer_conn) idle_link;
	LIST_ENTRY(peer_conn) link;
};

/*
 * The connections to one node. Sheep has 8 places for them, and twice as many when more than 6 are
 * used, and so on (R803): none is ever closed for want of a place, so no place is counted here.
 */
struct peer {
	struct sheep *sheep;
	uint8_t key[18]; /* address and port */
	struct node_id id;
	SLIST_HEAD(, peer_conn) idle;
	LIST_HEAD(, peer_conn) conns; /* all */
	UT_hash_handle hh;
};

static void peer_key(const struct node_id *id, uint8_t key[18])
{
	for (int i = 0; i < 16; i++)
		key[i] = id->addr[i];
	put_le16(key + 16, id->port);
}

static struct peer *peer_find(struct sheep *s, const struct node_id *id)
{
	struct peer *p;
	uint8_t key[18];

	peer_key(id, key);
	HASH_FIND(hh, s->peers, key, sizeof(key), p);
	return p;
}

static struct peer *peer_get(struct sheep *s, const struct node_id *id)
{
	struct peer *p = peer_find(s, id);

	if (!p) {
		p = mem_alloc(sizeof(*p));
		p->sheep = s;
		p->id = *id;
		peer_key(id, p->key);
		SLIST_INIT(&p->idle);
		LIST_INIT(&p->conns);
		HASH_ADD(hh, s->peers, key, sizeof(p->key), p);
	}
	return p;
}

static void conn_forget(struct peer_conn *pc)
{
	if (!pc->call)
		SLIST_REMOVE(&pc->peer->idle, pc, peer_conn, idle_link);
	LIST_REMOVE(pc, link);
	free(pc);
}

/* The exchange is over; its connection serves the next one. */
static void conn_to_pool(struct peer_conn *pc)
{
	pc->call = NULL;
	SLIST_INSERT_HEAD(&pc->peer->idle, pc, idle_link);
}

static void call_end(struct call *c, uint32_t result)
{
	world_timer_stop(&c->timer);
	c->conn = NULL;
	if (c->on_loop)
		world_unblock(c->sheep->world);
	c->result = result;
	c->done(c);
}

static void peer_frame(struct conn *conn, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct peer_conn *pc = conn->owner;
	struct call *c = pc->call;

	if (!c || pc->peer->sheep->ended)
		return; /* nobody asked: a peer that answers twice; the bytes mean nothing */
	rsp_decode(head, &c->p);
	dialect_rsp_receive(c->dialect, c->q.opcode, &c->p);
	conn_to_pool(pc);
	c->answered = true;
	c->out = payload;
	call_end(c, c->p.result);
}

/* The other process is gone, or has closed: the exchange has failed (R434). */
static void peer_closed(struct conn *conn)
{
	struct peer_conn *pc = conn->owner;
	struct call *c = pc->call;
	bool ended = pc->peer->sheep->ended;

	conn_forget(pc);
	if (c && !ended)
		call_end(c, SD_RES_NETWORK_ERROR);
}

static const struct conn_handler peer_handler = {
	.frame = peer_frame,
	.closed = peer_closed,
};

/* An idle connection, or a new one; NULL: refused. */
static struct peer_conn *conn_get(struct sheep *s, struct peer *p)
{
	struct peer_conn *pc = SLIST_FIRST(&p->idle);

	if (pc) {
		SLIST_REMOVE_HEAD(&p->idle, idle_link);
		return pc;
	}
	pc = mem_alloc(sizeof(*pc));
	pc->peer = p;
	pc->conn = world_connect(s->world, &p->id, &peer_handler, pc);
	if (!pc->conn) {
		free(pc);
		return NULL;
	}
	LIST_INSERT_HEAD(&p->conns, pc, link);
	return pc;
}

/* R433: silence is forgiven while the epoch stands; requests without one get no forgiveness. */
static void call_expired(struct timer *t)
{
	struct call *c = container_of(t, struct call, timer);
	struct sheep *s = c->sheep;

	if (s->ended)
		return;
	if (c->forgiven < EXTRA_TRIES && c->q.epoch != 0 && c->q.epoch == node_epoch(s)) {
		c->forgiven++;
		world_timer(s->world, &c->timer, RECEIVE_TIMEOUT);
		return;
	}
	call_drop(c);
	call_end(c, SD_RES_NETWORK_ERROR);
}

bool call_start(struct sheep *s, struct call *c)
{
	uint8_t head[WIRE_HEADER];
	struct req said = c->q;

	assert(!c->conn);
	c->sheep = s;
	c->dialect = s->level;
	c->answered = false;
	c->out = NULL;
	c->forgiven = 0;
	c->conn = conn_get(s, peer_get(s, &c->to));
	if (!c->conn) {
		c->result = SD_RES_NETWORK_ERROR;
		return false;
	}
	c->conn->call = c;
	dialect_req_send(c->dialect, &said);
	req_encode(&said, head);
	conn_send(c->conn->conn, head, c->q.flags & SD_FLAG_CMD_WRITE ? c->data : NULL);
	if (!c->in_group) {
		c->timer.fire = call_expired;
		world_timer(s->world, &c->timer, RECEIVE_TIMEOUT);
	}
	if (c->on_loop)
		world_block(s->world, c->conn->conn, &c->timer);
	return true;
}

void call_drop(struct call *c)
{
	struct peer_conn *pc = c->conn;

	world_timer_stop(&c->timer);
	if (!pc)
		return;
	c->conn = NULL;
	conn_close(pc->conn);
	conn_forget(pc);
}

void calls_forget_node(struct sheep *s, const struct node_id *id)
{
	struct peer *p = peer_find(s, id);
	struct peer_conn *pc;

	while (p && (pc = SLIST_FIRST(&p->idle))) {
		conn_close(pc->conn);
		conn_forget(pc);
	}
}

void calls_free(struct sheep *s)
{
	struct peer *p, *next;

	HASH_ITER (hh, s->peers, p, next) {
		struct peer_conn *pc;

		while ((pc = LIST_FIRST(&p->conns))) {
			LIST_REMOVE(pc, link);
			free(pc);
		}
		HASH_DELETE(hh, s->peers, p);
		free(p);
	}
}
