/*
 * The total order (R103): what nodes submit takes its turn here, one after the other.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "driver/hub_private.h"

void submission_free(struct submission *s)
{
	if (s->message) {
		driver_message_clear(s->message);
		free(s->message);
	}
	free(s);
}

void hub_note(struct hub_node *n, uint8_t submitted, uint64_t position, struct blob *message)
{
	struct trace_event e = {
		.place = n->place->place,
		.kind = TRACE_DRIVER_ORDER,
		.num = {submitted, position, blob_size(message),
			message ? blob_digest(message) : 0},
		.payload = message,
	};

	trace_emit(&n->hub->universe->trace, &e);
}

/* R103: takes the next place in the order, and goes to all members in the same bytes. */
void hub_order_event(struct hub_node *about, uint8_t submitted, struct driver_message *m)
{
	struct hub *h = about->hub;
	struct blob *bytes;
	struct hub_node *n;

	m->position = h->position++;
	m->version = h->options.highest;
	bytes = driver_message_encode(m);
	hub_note(about, submitted, m->position, bytes);
	TAILQ_FOREACH (n, &h->nodes, link) {
		/* R107: who joins later does not hear of it; R121: gateways do as all others */
		if (n->state != HUB_MEMBER && n->state != HUB_EX_MEMBER)
			continue;
		/* Encoded once for all who speak the same version. */
		if (m->version != n->version) {
			blob_unref(bytes);
			m->version = n->version;
			bytes = driver_message_encode(m);
		}
		hub_post(n, blob_ref(bytes), m->position);
	}
	blob_unref(bytes);
	hub_block_event(h);
}

static void set_members(struct hub *h, struct members *m)
{
	members_unref(h->commons, h->members);
	h->members = m;
}

/* R112, R113: n is no member any more; it gets the event itself if its process lives. submitted:
 * SD_DRIVER_LEAVE, or 0: it has died. */
static void order_leave(struct hub_node *n, uint8_t submitted)
{
	struct hub *h = n->hub;
	struct driver_message m = {.type = SD_DRIVER_LEFT, .record = n->rec};

	assert(n->state == HUB_MEMBER);
	set_members(h, members_without(h->commons, h->members, &n->rec.nid));
	n->state = HUB_EX_MEMBER;
	hub_block_drop(n);
	m.nr_nodes = h->members->nr;
	m.nodes = h->members->rec;
	hub_order_event(n, submitted, &m);
	hub_join_unpark(h, &n->rec.nid);
}

/* R115; R118: with its block ended in the same step. */
static void order_notify(struct hub_node *n, const struct driver_message *submitted)
{
	struct driver_message m = {
		.type = SD_DRIVER_NOTIFIED,
		.record = n->rec,
		.blob = submitted->blob,
	};

	if (submitted->type == SD_DRIVER_UNBLOCK) {
		if (!hub_block_end(n)) {
			hub_refuse(n, "unblock: no block of this node is running");
			return;
		}
		m.flags = SD_DRIVER_FLAG_UNBLOCK;
	}
	hub_order_event(n, submitted->type, &m);
}

/* R120. The identity cannot change; who has left has no record to update. */
static void order_update(struct hub_node *n, const struct driver_message *submitted)
{
	struct hub *h = n->hub;
	struct driver_message m = {.type = SD_DRIVER_UPDATED, .record = submitted->record};

	if (node_id_cmp(&submitted->record.nid, &n->rec.nid) != 0) {
		hub_refuse(n, "update of the record of another node");
		return;
	}
	n->rec = submitted->record;
	if (n->state != HUB_MEMBER)
		return;
	set_members(h, members_with(h->commons, h->members, &n->rec));
	m.nr_nodes = h->members->nr;
	m.nodes = h->members->rec;
	hub_order_event(n, submitted->type, &m);
}

/* The process is gone, and everything that it had sent has had its turn. */
static void order_death(struct hub_node *n)
{
	hub_join_drop_parked(n->hub, n);
	if (n->state == HUB_MEMBER)
		order_leave(n, 0);
	else if (n->state == HUB_EX_MEMBER)
		hub_note(n, 0, 0, NULL);
	hub_block_drop(n);
	hub_node_free(n);
}

/* What a node asks of its driver (R101). */
static void execute(struct hub *h, struct submission *s)
{
	struct hub_node *n = s->node;
	const struct driver_message *m = s->message;
	bool in = n->state == HUB_MEMBER || n->state == HUB_EX_MEMBER;

	if (!m) {
		order_death(n);
	} else if (m->type == SD_DRIVER_JOIN) {
		hub_join_start(h, s);
		return;
	} else if (n->state == HUB_JOINING) {
		hub_join_park(h, s); /* its join came first, and is not over */
		return;
	} else if (!in) {
		hub_refuse(n, "not a member");
	} else {
		switch (m->type) {
		case SD_DRIVER_LEAVE:
			if (n->state == HUB_MEMBER)
				order_leave(n, SD_DRIVER_LEAVE);
			break;
		case SD_DRIVER_NOTIFY:
		case SD_DRIVER_UNBLOCK:
			order_notify(n, m);
			break;
		case SD_DRIVER_BLOCK:
			hub_block_add(n);
			break;
		case SD_DRIVER_UPDATE_NODE:
			order_update(n, m);
			break;
		default:
			assert(false); /* hub_take() lets nothing else pass */
		}
	}
	submission_free(s);
}

void hub_go_on(struct hub *h)
{
	struct submission *s;

	/* R106: while a join is judged everything else waits; R117: a block holds back nothing here
	 */
	while (!h->joiner && (s = TAILQ_FIRST(&h->order))) {
		TAILQ_REMOVE(&h->order, s, link);
		h->pending--;
		execute(h, s);
	}
	hub_block_go_on(h);
}

static void submit(struct hub_node *n, struct driver_message *m)
{
	struct submission *s = mem_alloc(sizeof *s);

	s->node = n;
	s->message = m;
	TAILQ_INSERT_TAIL(&n->hub->order, s, link);
	n->hub->pending++;
	hub_go_on(n->hub);
}

void hub_take(struct hub_node *n, struct driver_message *m)
{
	switch (m->type) {
	case SD_DRIVER_JOIN:
	case SD_DRIVER_LEAVE:
	case SD_DRIVER_NOTIFY:
	case SD_DRIVER_BLOCK:
	case SD_DRIVER_UNBLOCK:
	case SD_DRIVER_UPDATE_NODE:
		submit(n, m);
		return;
	case SD_DRIVER_CHECK_REPLY:
		hub_join_reply(n, m);
		break;
	case SD_DRIVER_BLOCK_REPLY:
		hub_block_reply(n, m->flags & SD_DRIVER_FLAG_YES);
		break;
	default:
		hub_refuse(n, "this message is not for the hub");
		break;
	}
	driver_message_clear(m);
	free(m);
}

void hub_noticed(struct hub_node *n)
{
	struct hub *h = n->hub;

	hub_join_lost(h, n);
	h->pending--; /* counted as a death to notice until now */
	submit(n, NULL);
}
