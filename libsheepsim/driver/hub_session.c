/*
 * Sessions, as zookeeper has them (R124, R125, R805): a node that the driver does not hear of for
 * too long has lost its session. To everybody else it leaves as if it had died; its process lives
 * on, finds out when it has reached the driver again, and may join anew.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "driver/hub_private.h"

static uint64_t now(const struct hub *h)
{
	return h->universe->clock.now;
}

/* What a list of submissions has of n is the ghost's. */
static void hand_over(struct submissions *list, struct hub_node *n, struct hub_node *ghost)
{
	struct submission *s;

	TAILQ_FOREACH (s, list, link) {
		if (s->node == n)
			s->node = ghost;
	}
}

/*
 * What n is to the others (a member, a joiner, somebody who blocks) becomes a node of its own,
 * whose process is gone; n is a line to a process that nobody knows yet.
 */
static struct hub_node *ghost_of(struct hub_node *n)
{
	struct hub *h = n->hub;
	struct hub_node *ghost = mem_alloc(sizeof(*ghost));
	struct hub_block *b;

	ghost->hub = h;
	ghost->place = n->place;
	ghost->state = n->state;
	ghost->rec = n->rec;
	ghost->version = n->version;
	ghost->dead = true;
	STAILQ_INIT(&ghost->inbox);
	TAILQ_INIT(&ghost->uplinks);
	TAILQ_INSERT_AFTER(&h->nodes, n, ghost, link);
	hand_over(&h->order, n, ghost);
	hand_over(&h->parked, n, ghost);
	TAILQ_FOREACH (b, &h->blocks, link) {
		if (b->node == n)
			b->node = ghost;
	}
	if (h->joiner == n)
		h->joiner = ghost;
	if (h->acceptor == n)
		h->acceptor = ghost;
	n->state = HUB_OUTSIDE;
	return ghost;
}

static void lose_session(struct hub_node *n)
{
	struct hub *h = n->hub;

	assert(n->receive && !n->lost);
	trace_words(&h->universe->trace, n->place->place, TRACE_FAULT, 0, 0, "session lost");
	hub_line_drop(n);
	n->lost = true;
	n->lost_due = now(h) + h->options.latency + h->options.reconnect;
	h->pending += 1 + !n->place->cut; /* until the leave is ordered, and until n knows */
	hub_noticed(ghost_of(n));
	hub_node_resume(n);
}

/* It has been cut off for as long as a session lasts. */
static void session_expired(struct clock_event *e)
{
	struct hub_node *n = container_of(e, struct hub_node, expire);

	n->hub->pending--;
	lose_session(n);
}

void hub_session_keep(struct hub_node *n)
{
	if (!clock_queued(&n->expire))
		return;
	clock_remove(&n->hub->universe->clock, &n->expire);
	n->hub->pending--;
}

/* The processes at a place that have a session to lose. */
static bool has_session(const struct hub_node *n, const struct hub_place *p)
{
	return n->place == p && n->receive && !n->lost;
}

void hub_lose_session(struct hub *h, int place)
{
	struct hub_place *p = hub_place(h, place);
	struct hub_node *n, *next;

	for (n = TAILQ_FIRST(&h->nodes); n; n = next) {
		next = TAILQ_NEXT(n, link);
		if (!has_session(n, p))
			continue;
		hub_session_keep(n);
		lose_session(n);
	}
}

/* The line of n is cut, or goes on. */
static void cut_line(struct hub_node *n, bool cut)
{
	struct hub *h = n->hub;

	if (!n->receive)
		return;
	if (!cut) {
		hub_session_keep(n);
		h->pending += n->lost; /* it learns it now */
		hub_line_go_on(n);
		return;
	}
	h->pending -= n->lost;
	hub_line_hold(n);
	n->expire.run = session_expired;
	if (n->lost)
		return;
	h->pending++;
	clock_add(&h->universe->clock, &n->expire, now(h) + h->options.detect);
}

void hub_cut(struct hub *h, int place, bool cut)
{
	struct hub_place *p = hub_place(h, place);
	struct hub_node *n;

	if (p->cut == cut)
		return;
	p->cut = cut;
	trace_words(&h->universe->trace, place, TRACE_FAULT, 0, 0, "driver %s",
		    cut ? "cut off" : "can be reached");
	TAILQ_FOREACH (n, &h->nodes, link) {
		if (n->place == p)
			cut_line(n, cut);
	}
}
