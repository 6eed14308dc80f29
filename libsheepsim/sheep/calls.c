/*
 * Exchanges with other nodes (R403, R433): pools of connections, one exchange on each at a time.
 *
 * A connection is idle, and in the pool of its peer, or busy with a call: its handler and its owner
 * tell which, and whom. So a node that has talked to all others has a struct peer for each, and
 * nothing else.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "sheep/node.h"

/*
 * R802. There is none for sending: conn_send() never blocks, as the network takes whatever is sent;
 * a peer that does not read is one that does not answer.
 */
#define RECEIVE_TIMEOUT (30 * NSEC_PER_SEC)
#define EXTRA_TRIES	6

/*
 * Another node, and the idle connections to it, the one used last at the end. Sheep has 8 places
 * for them, and twice as many when more than 6 are used, and so on (R803): none is ever closed for
 * want of a place, so there is no limit here. Most nodes have one at a time: that needs no array.
 */
struct peer {
	struct node_id id;
	uint32_t nr_idle;
	uint32_t cap; /* of `many`; 0: there is only `one` */
	union {
		struct conn *one;
		struct conn **many;
	};
};

static struct conn **peer_idle(struct peer *p)
{
	return p->cap ? p->many : &p->one;
}

static void peer_make_room(struct peer *p)
{
	struct conn *one = p->one;

	if (p->nr_idle < (p->cap ? p->cap : 1))
		return;
	p->many = mem_resize(p->cap ? p->many : NULL, 2 * p->nr_idle, sizeof(struct conn *));
	if (p->cap == 0)
		p->many[0] = one;
	p->cap = 2 * p->nr_idle;
}

/* ------------------------------------------------------------------ the peers of a node */

/*
 * They are in a hash table with open addressing, its slots a power of two and at most two thirds of
 * them taken. Hashes stand in the slots: no memory of another peer is touched.
 */
struct peer_slot {
	struct peer *peer; /* NULL: free */
	uint32_t hash;
};

/* Of address and port: the I/O address does not make another node. */
static uint32_t peer_hash(const struct node_id *id)
{
	uint64_t half[2];

	memcpy(half, id->addr, sizeof(half));
	return (uint32_t)random_mix(random_mix(half[0], half[1]), id->port);
}

/* The slot that has it, or where it would be. */
static struct peer_slot *peer_slot(const struct peers *t, const struct node_id *id, uint32_t hash)
{
	uint32_t i = hash & (t->nr_slots - 1);

	while (t->slot[i].peer &&
	       (t->slot[i].hash != hash || node_id_cmp(&t->slot[i].peer->id, id) != 0))
		i = (i + 1) & (t->nr_slots - 1);
	return &t->slot[i];
}

static void peers_grow(struct peers *t)
{
	struct peers old = *t;

	t->nr_slots = old.nr_slots ? 2 * old.nr_slots : 16;
	t->slot = mem_array(t->nr_slots, sizeof(t->slot[0]));
	for (uint32_t i = 0; i < old.nr_slots; i++) {
		const struct peer_slot *s = &old.slot[i];

		if (s->peer)
			*peer_slot(t, &s->peer->id, s->hash) = *s;
	}
	free(old.slot);
}

/* NULL: nothing was ever asked of it. */
static struct peer *peer_find(const struct sheep *s, const struct node_id *id)
{
	return s->peers.nr ? peer_slot(&s->peers, id, peer_hash(id))->peer : NULL;
}

static struct peer *peer_get(struct sheep *s, const struct node_id *id)
{
	struct peers *t = &s->peers;
	uint32_t hash = peer_hash(id);
	struct peer_slot *slot;

	if (3 * t->nr >= 2 * t->nr_slots)
		peers_grow(t);
	slot = peer_slot(t, id, hash);
	if (!slot->peer) {
		slot->hash = hash;
		slot->peer = mem_alloc(sizeof(*slot->peer));
		slot->peer->id = *id;
		t->nr++;
	}
	return slot->peer;
}

void calls_free(struct sheep *s)
{
	for (uint32_t i = 0; i < s->peers.nr_slots; i++) {
		struct peer *p = s->peers.slot[i].peer;

		if (p && p->cap)
			free(p->many);
		free(p);
	}
	free(s->peers.slot);
	s->peers = (struct peers){0};
}

/* ------------------------------------------------------------------ connections */

static void idle_frame(struct conn *conn, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	/* Nobody asked: a peer that answers twice. The bytes mean nothing. */
	(void)conn;
	(void)head;
	(void)payload;
}

static void idle_closed(struct conn *conn)
{
	struct peer *p = conn->owner;
	struct conn **idle = peer_idle(p);
	uint32_t i = 0;

	while (idle[i] != conn)
		i++;
	p->nr_idle--;
	for (; i < p->nr_idle; i++)
		idle[i] = idle[i + 1];
}

static const struct conn_handler idle_handler = {.frame = idle_frame, .closed = idle_closed};

/* The exchange is over; its connection serves the next one. */
static void conn_to_pool(struct call *c)
{
	struct conn *conn = c->conn;
	struct peer *p = c->peer;

	c->conn = NULL;
	conn->handler = &idle_handler;
	conn->owner = p;
	peer_make_room(p);
	peer_idle(p)[p->nr_idle++] = conn;
}

void calls_forget_node(struct sheep *s, const struct node_id *id)
{
	struct peer *p = peer_find(s, id);

	while (p && p->nr_idle)
		conn_close(peer_idle(p)[--p->nr_idle]);
}

/* ------------------------------------------------------------------ calls */

static void call_end(struct call *c, uint32_t result)
{
	world_timer_stop(&c->timer);
	if (c->on_loop)
		world_unblock(c->sheep->world);
	c->result = result;
	c->done(c);
}

static void busy_frame(struct conn *conn, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct call *c = conn->owner;
	struct blob *out;

	if (c->sheep->ended)
		return;
	rsp_decode(head, &c->p);
	out = dialect_answer_receive(c->dialect, &c->q, &c->p, payload);
	conn_to_pool(c);
	c->answered = true;
	c->out = out;
	call_end(c, c->p.result);
	blob_unref(out);
}

/* The other process is gone, or has closed: the exchange has failed (R434). */
static void busy_closed(struct conn *conn)
{
	struct call *c = conn->owner;

	c->conn = NULL;
	if (!c->sheep->ended)
		call_end(c, SD_RES_NETWORK_ERROR);
}

static const struct conn_handler busy_handler = {.frame = busy_frame, .closed = busy_closed};

/* An idle connection, or a new one; NULL: refused. */
static struct conn *conn_get(struct call *c)
{
	struct peer *p = c->peer;
	struct conn *conn;

	if (p->nr_idle == 0)
		return world_connect(c->sheep->world, &p->id, &busy_handler, c);
	conn = peer_idle(p)[--p->nr_idle];
	conn->handler = &busy_handler;
	conn->owner = c;
	return conn;
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
	struct blob *data = NULL;

	assert(!c->conn);
	c->sheep = s;
	c->dialect = s->level;
	c->answered = false;
	c->out = NULL;
	c->forgiven = 0;
	c->peer = peer_get(s, &c->to);
	c->conn = conn_get(c);
	if (!c->conn) {
		c->result = SD_RES_NETWORK_ERROR;
		return false;
	}
	dialect_req_send(c->dialect, &said);
	req_encode(&said, head);
	if (c->q.flags & SD_FLAG_CMD_WRITE)
		data = dialect_payload_send(c->dialect, c->q.opcode, false, c->data);
	conn_send(c->conn, head, data);
	blob_unref(data);
	if (!c->in_group) {
		c->timer.fire = call_expired;
		world_timer(s->world, &c->timer, RECEIVE_TIMEOUT);
	}
	if (c->on_loop)
		world_block(s->world, c->conn, &c->timer);
	return true;
}

void call_drop(struct call *c)
{
	world_timer_stop(&c->timer);
	if (c->conn)
		conn_close(c->conn);
	c->conn = NULL;
}
