/*
 * Joins (R104-R111, R114): one at a time; a member judges the joiner while everything else waits,
 * then everybody gets the result.
 */
#include <assert.h>
#include <stdlib.h>
#include <stdio.h>

#include "base/mem.h"
#include "driver/hub_private.h"

/* The join that was judged is over. */
static void end(struct hub *h)
{
	assert(h->joiner);
	blob_unref(h->opaque);
	h->opaque = NULL;
	h->joiner = NULL;
	h->acceptor = NULL;
	h->pending--;
}

/*
 * R104 (d): everybody gets the joiner, the list with it, and the opaque (borrowed). A joiner that
 * has died meanwhile is no exception: its death is behind it in the order (R111).
 */
static void accept(struct hub *h, struct blob *opaque)
{
	struct hub_node *joiner = h->joiner;
	struct members *with = members_with(h->commons, h->members, &joiner->rec);
	struct driver_message m = {
		.type = SD_DRIVER_ACCEPT,
		.record = joiner->rec,
		.nr_nodes = with->nr,
		.nodes = with->rec,
		.blob = opaque,
	};

	members_unref(h->commons, h->members);
	h->members = with;
	joiner->state = HUB_MEMBER;
	hub_order_event(joiner, SD_DRIVER_JOIN, &m);
}

/* A member that is stopped or held back would judge late: somebody else gets there first. */
static bool is_slow(const struct hub_node *n)
{
	return n->place->paused || n->place->cut || (n->receive && n->world->held);
}

/*
 * Who judges: the member that would get to it first, as with sheepdog's local driver (R109, R242);
 * among equals the first in member order. NULL: all members are known to be dead.
 */
static struct hub_node *choose_acceptor(const struct hub *h)
{
	struct hub_node *n, *best = NULL;
	uint64_t best_time = UINT64_MAX, time;

	TAILQ_FOREACH (n, &h->nodes, link) {
		if (n->state != HUB_MEMBER || n->dead)
			continue;
		time = is_slow(n) ? UINT64_MAX : hub_post_time(n, 0);
		if (!best || time < best_time ||
		    (time == best_time && node_id_cmp(&n->rec.nid, &best->rec.nid) < 0)) {
			best = n;
			best_time = time;
		}
	}
	return best;
}

/* Asks an acceptor, or the joiner itself if there is no other (R105, R110). */
static void ask(struct hub *h)
{
	struct hub_node *joiner = h->joiner;
	struct driver_message m = {
		.type = SD_DRIVER_CHECK,
		.position = h->position,
		.record = joiner->rec,
		.nr_nodes = h->members->nr,
		.nodes = h->members->rec,
		.blob = h->opaque,
	};

	h->acceptor = choose_acceptor(h);
	if (!h->acceptor && joiner->dead) {
		/* Nobody is left to judge, and nobody to tell. */
		end(h);
		return;
	}
	if (!h->acceptor && h->members->nr > 0 && h->options.stuck_without_member)
		return;
	if (!h->acceptor)
		h->acceptor = joiner;
	hub_tell(h->acceptor, &m);
}

/* Takes the version that is spoken with n from now on. False: the ranges do not meet. */
static bool agree(struct hub_node *n, const struct driver_message *m)
{
	const struct hub_options *o = &n->hub->options;
	uint8_t lowest = m->lowest > o->lowest ? m->lowest : o->lowest;
	uint8_t highest = m->highest < o->highest ? m->highest : o->highest;

	if (lowest > highest)
		return false;
	n->version = highest;
	return true;
}

/* The reason to refuse a join before anybody judges it; NULL: none. */
static const char *objection(struct hub_node *n, const struct driver_message *m, char why[120])
{
	const struct hub *h = n->hub;

	if (n->state != HUB_OUTSIDE)
		return "this process has joined before";
	if (!agree(n, m)) {
		snprintf(why, 120,
			 "driver protocol: the node speaks %u to %u, the cluster %u to %u",
			 m->lowest, m->highest, h->options.lowest, h->options.highest);
		return why;
	}
	if (h->members->nr >= h->options.members_max) {
		snprintf(why, 120, "the cluster has %u members, as many as it can have",
			 h->members->nr);
		return why;
	}
	return NULL;
}

/* R104 (a), (b): it is its turn. R108: no other one begins before it is over. */
void hub_join_start(struct hub *h, struct submission *s)
{
	struct hub_node *n = s->node;
	const struct driver_message *m = s->message;
	const char *why;
	char text[120];

	assert(!h->joiner);
	why = objection(n, m, text);
	if (why) {
		trace_words(&h->universe->trace, -1, TRACE_JOIN_REFUSED, m->record.nid.port, 0,
			    "%s", why);
		hub_refuse(n, why);
		submission_free(s);
		return;
	}
	n->rec = m->record;
	n->state = HUB_JOINING;
	h->pending++;
	if (members_find(h->members, &n->rec.nid) >= 0) {
		TAILQ_INSERT_TAIL(&h->parked, s, link);
		return;
	}
	h->joiner = n;
	h->opaque = m->blob ? blob_ref(m->blob) : NULL;
	submission_free(s);
	ask(h);
}

void hub_join_park(struct hub *h, struct submission *s)
{
	TAILQ_INSERT_TAIL(&h->parked, s, link);
	h->pending++;
}

/* The node whose join has waited longest for this identity; NULL: none has. */
static struct hub_node *parked_node(const struct hub *h, const struct node_id *id)
{
	const struct submission *s;

	TAILQ_FOREACH (s, &h->parked, link) {
		if (node_id_cmp(&s->node->rec.nid, id) == 0)
			return s->node;
	}
	return NULL;
}

void hub_join_unpark(struct hub *h, const struct node_id *id)
{
	struct hub_node *n = parked_node(h, id);
	struct submission *s, *before;

	if (!n)
		return;
	n->state = HUB_OUTSIDE;
	/* It has waited longest, and what it said since comes behind its join. */
	for (s = TAILQ_LAST(&h->parked, submissions); s; s = before) {
		before = TAILQ_PREV(s, submissions, link);
		if (s->node != n)
			continue;
		TAILQ_REMOVE(&h->parked, s, link);
		TAILQ_INSERT_HEAD(&h->order, s, link);
	}
}

void hub_join_drop_parked(struct hub *h, const struct hub_node *n)
{
	struct submission *s, *next;

	for (s = TAILQ_FIRST(&h->parked); s; s = next) {
		next = TAILQ_NEXT(s, link);
		if (s->node == n) {
			TAILQ_REMOVE(&h->parked, s, link);
			h->pending--;
			submission_free(s);
		}
	}
}

void hub_join_lost(struct hub *h, const struct hub_node *n)
{
	/* Nobody judges (stuck) and the joiner has died: that join is over. */
	bool over = h->joiner == n && !h->acceptor;

	if (h->joiner && (h->acceptor == n || over))
		ask(h);
}

void hub_join_reply(struct hub_node *n, const struct driver_message *m)
{
	struct hub *h = n->hub;

	if (!h->joiner || h->acceptor != n || m->position != h->position)
		return;
	if (m->flags & SD_DRIVER_FLAG_YES) {
		accept(h, m->blob);
	} else if (n == h->joiner && h->members->nr > 0) {
		/* R110: the last one left does not take its own no. */
		accept(h, h->opaque);
	} else {
		h->joiner->state = HUB_OUTSIDE;
		hub_refuse(h->joiner, m->text);
	}
	end(h);
	hub_go_on(h);
}
