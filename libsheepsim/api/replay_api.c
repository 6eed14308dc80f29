/*
 * What real clients did, once more: each thing at its virtual time.
 */
#include <stdlib.h>
#include <string.h>

#include <sheepsim/live.h>

#include "api/sim.h"
#include "base/mem.h"

enum replay_what { REPLAY_OPEN, REPLAY_SEND, REPLAY_CLOSE };

struct replay_conn {
	uint64_t number;
	struct sheepsim_conn *conn; /* NULL: refused, or over */
	UT_hash_handle hh;
};

/* Something that is still to come. */
struct replay {
	struct clock_event event;
	struct sheepsim *sim;
	enum replay_what what;
	uint64_t number;
	int node;
	uint8_t head[WIRE_HEADER];
	struct blob *payload;
	LIST_ENTRY(replay) link;
};

static void ignore_answer(void *arg, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	(void)arg;
	(void)head;
	(void)payload;
}

static void ignore_end(void *arg)
{
	(void)arg;
}

static const struct conn_ear ear = {.answer = ignore_answer, .closed = ignore_end};

static struct replay_conn *find(const struct sheepsim *sim, uint64_t number)
{
	struct replay_conn *c = NULL;

	HASH_FIND(hh, sim->replayed, &number, sizeof number, c);
	return c;
}

static void forget_conn(struct sheepsim *sim, struct replay_conn *c)
{
	HASH_DELETE(hh, sim->replayed, c);
	free(c);
}

/* As the real client was, it may be refused. */
static void do_open(const struct replay *r)
{
	struct replay_conn *c = find(r->sim, r->number);

	if (c)
		return;
	c = mem_alloc(sizeof *c);
	c->number = r->number;
	if (conn_open_near(r->sim, r->node, &ear, c, &c->conn) < 0)
		c->conn = NULL;
	HASH_ADD(hh, r->sim->replayed, number, sizeof c->number, c);
}

static void do_close(const struct replay *r)
{
	struct replay_conn *c = find(r->sim, r->number);

	if (!c)
		return;
	if (c->conn)
		sheepsim_conn_close(c->conn);
	forget_conn(r->sim, c);
}

static void replay_free(struct replay *r)
{
	LIST_REMOVE(r, link);
	blob_unref(r->payload);
	free(r);
}

static void do_it(struct clock_event *e)
{
	struct replay *r = container_of(e, struct replay, event);
	const struct replay_conn *c = find(r->sim, r->number);

	switch (r->what) {
	case REPLAY_OPEN:
		do_open(r);
		break;
	case REPLAY_SEND:
		if (c && c->conn)
			conn_send_blob(c->conn, r->head, r->payload);
		break;
	case REPLAY_CLOSE:
		do_close(r);
		break;
	}
	replay_free(r);
}

static struct replay *plan(struct sheepsim *sim, uint64_t time, uint64_t number,
			   enum replay_what what)
{
	struct replay *r;

	if (time < sim->universe.clock.now || time > UINT64_MAX / 2) {
		sim_fail(sim, SHEEPSIM_E_INVALID, "the time to replay this at is past");
		return NULL;
	}
	sim_hear_clients(sim);
	r = mem_alloc(sizeof *r);
	r->sim = sim;
	r->what = what;
	r->number = number;
	r->event.run = do_it;
	LIST_INSERT_HEAD(&sim->replays, r, link);
	clock_add(&sim->universe.clock, &r->event, time);
	return r;
}

int sheepsim_replay_open(struct sheepsim *sim, uint64_t time, uint64_t conn, int node)
{
	struct replay *r;

	if (!sim_node(sim, node))
		return SHEEPSIM_E_NOT_FOUND;
	r = plan(sim, time, conn, REPLAY_OPEN);
	if (!r)
		return SHEEPSIM_E_INVALID;
	r->node = node;
	return 0;
}

int sheepsim_replay_send(struct sheepsim *sim, uint64_t time, uint64_t conn, const uint8_t head[48],
			 const void *payload, size_t len)
{
	struct replay *r = plan(sim, time, conn, REPLAY_SEND);

	if (!r)
		return SHEEPSIM_E_INVALID;
	memcpy(r->head, head, sizeof r->head);
	if (len)
		r->payload = payload ? blob_new(payload, len) : blob_zero(len);
	return 0;
}

int sheepsim_replay_close(struct sheepsim *sim, uint64_t time, uint64_t conn)
{
	return plan(sim, time, conn, REPLAY_CLOSE) ? 0 : SHEEPSIM_E_INVALID;
}

void replays_free(struct sheepsim *sim)
{
	struct replay_conn *c, *next;

	while (!LIST_EMPTY(&sim->replays)) {
		clock_remove(&sim->universe.clock, &LIST_FIRST(&sim->replays)->event);
		replay_free(LIST_FIRST(&sim->replays));
	}
	HASH_ITER (hh, sim->replayed, c, next)
		forget_conn(sim, c);
}
