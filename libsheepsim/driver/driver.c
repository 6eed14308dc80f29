/*
 * The node's side of the simulated driver: calls become bytes for the hub, bytes from the hub
 * become callbacks. What the bytes mean is decoded once for all nodes that get the same ones.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "driver/link.h"
#include "placement/commons.h"
#include "wire/driver_message.h"

struct driver {
	struct hub_node *link; /* NULL: closed */
	struct world *world;
	struct commons *commons;
	const struct driver_node *node;
	void *owner;
	struct node_rec me;
	uint8_t version; /* that is spoken with the hub */
	bool accepted;
	unsigned int busy; /* callbacks that run: freed behind them */
};

/*
 * A message from the hub as all nodes that get it understand it. The commons may forget it while a
 * callback runs, so that holds a reference too.
 */
struct event {
	uint32_t refs;
	int error; /* negative: it could not be decoded, words say why */
	struct wire_error words;
	struct driver_message message;
	struct members *members; /* its nodes */
};

static void event_unref(struct commons *c, void *value)
{
	struct event *e = value;

	assert(e->refs > 0);
	if (--e->refs > 0)
		return;
	if (e->error == 0) {
		members_unref(c, e->members);
		driver_message_clear(&e->message);
	}
	free(e);
}

/* Gives a reference. */
static struct event *event_of(struct commons *c, struct blob *bytes)
{
	struct event *e = commons_memo_get(c, bytes, "driver", 0);

	if (!e) {
		e = mem_alloc(sizeof *e);
		e->refs = 1;
		e->error = driver_message_decode(bytes, &e->message, &e->words);
		if (e->error == 0)
			e->members = members_get(c, e->message.nodes, e->message.nr_nodes);
		commons_memo_put(c, bytes, "driver", 0, e, event_unref);
	}
	e->refs++;
	return e;
}

static void send(struct driver *d, struct driver_message *m)
{
	struct blob *bytes;

	if (!d->link)
		return;
	m->version = d->version;
	bytes = driver_message_encode(m);
	trace_emit(&d->world->universe->trace,
		   &(struct trace_event){.place = d->world->place,
					 .kind = TRACE_DRIVER_SEND,
					 .num = {m->type, blob_size(bytes), blob_digest(bytes)},
					 .payload = bytes});
	hub_send(d->link, bytes);
}

/* R104c: this node judges a joiner. */
static void check(struct driver *d, const struct event *e)
{
	const struct driver_message *m = &e->message;
	struct driver_message reply = {
		.type = SD_DRIVER_CHECK_REPLY,
		.position = m->position,
		.record = m->record,
	};

	reply.blob = d->node->join_check(d->owner, &m->record, e->members, m->blob, reply.text);
	if (reply.blob) {
		reply.flags = SD_DRIVER_FLAG_YES;
		reply.text[0] = '\0';
	}
	send(d, &reply);
	blob_unref(reply.blob);
}

static void block_offer(struct driver *d)
{
	struct driver_message reply = {.type = SD_DRIVER_BLOCK_REPLY};

	if (d->node->block(d->owner))
		reply.flags = SD_DRIVER_FLAG_YES;
	send(d, &reply);
}

static void accept(struct driver *d, const struct event *e)
{
	const struct driver_message *m = &e->message;

	if (node_id_cmp(&m->record.nid, &d->me.nid) == 0)
		d->accepted = true;
	d->node->accept(d->owner, &m->record, e->members, m->blob);
}

static void dispatch(struct driver *d, const struct event *e)
{
	const struct driver_message *m = &e->message;

	if (m->type != SD_DRIVER_REFUSED)
		d->version = m->version;
	switch (m->type) {
	case SD_DRIVER_CHECK:
		check(d, e);
		break;
	case SD_DRIVER_ACCEPT:
		accept(d, e);
		break;
	case SD_DRIVER_LEFT:
		d->node->leave(d->owner, &m->record, e->members);
		break;
	case SD_DRIVER_NOTIFIED:
		d->node->notify(d->owner, &m->record, m->blob);
		break;
	case SD_DRIVER_BLOCK_OFFER:
		block_offer(d);
		break;
	case SD_DRIVER_UPDATED:
		d->node->update_node(d->owner, &m->record, e->members);
		break;
	case SD_DRIVER_REFUSED:
		if (d->accepted)
			d->node->failed(d->owner, m->text);
		else
			d->node->refused(d->owner, m->text);
		break;
	default:
		d->node->failed(d->owner, "the driver sent a message that is not for nodes");
		break;
	}
}

static void receive(void *arg, struct blob *bytes)
{
	struct driver *d = arg;
	struct commons *commons = d->commons;
	struct event *e = event_of(commons, bytes);

	world_note(d->world, TRACE_DRIVER_RECEIVE, e->message.type, e->message.position,
		   blob_size(bytes), blob_digest(bytes));
	d->busy++;
	if (e->error < 0)
		d->node->failed(d->owner, e->words.text);
	else
		dispatch(d, e);
	d->busy--;
	event_unref(commons, e);
	if (!d->link && d->busy == 0)
		free(d);
}

static void session_lost(void *arg)
{
	struct driver *d = arg;

	d->accepted = false;
	d->busy++;
	d->node->reconnect(d->owner);
	d->busy--;
	if (!d->link && d->busy == 0)
		free(d);
}

struct driver *driver_open(struct hub *hub, struct world *w, struct commons *commons,
			   const struct driver_node *node, void *owner)
{
	struct driver *d = mem_alloc(sizeof *d);

	assert(w->alive);
	assert(node->join_check && node->accept && node->leave && node->notify);
	assert(node->block && node->update_node && node->refused && node->failed);
	assert(node->reconnect);
	d->world = w;
	d->commons = commons;
	d->node = node;
	d->owner = owner;
	d->link = hub_attach(hub, w, receive, session_lost, d);
	return d;
}

void driver_close(struct driver *d)
{
	assert(d->link);
	hub_detach(d->link);
	d->link = NULL;
	if (d->busy == 0)
		free(d);
}

void driver_join(struct driver *d, const struct node_rec *me, struct blob *opaque, uint8_t lowest,
		 uint8_t highest)
{
	struct driver_message m = {
		.type = SD_DRIVER_JOIN,
		.record = *me,
		.blob = opaque,
		.lowest = lowest,
		.highest = highest,
	};

	assert(lowest <= highest);
	d->me = *me;
	d->version = highest;
	send(d, &m);
}

void driver_leave(struct driver *d)
{
	send(d, &(struct driver_message){.type = SD_DRIVER_LEAVE});
}

/* R122, R810 */
static int send_event(struct driver *d, uint8_t type, struct blob *message)
{
	if (blob_size(message) > SD_MAX_EVENT_SIZE)
		return -EMSGSIZE;
	send(d, &(struct driver_message){.type = type, .blob = message});
	return 0;
}

int driver_notify(struct driver *d, struct blob *message)
{
	return send_event(d, SD_DRIVER_NOTIFY, message);
}

void driver_block(struct driver *d)
{
	send(d, &(struct driver_message){.type = SD_DRIVER_BLOCK});
}

int driver_unblock(struct driver *d, struct blob *message)
{
	return send_event(d, SD_DRIVER_UNBLOCK, message);
}

void driver_update_node(struct driver *d, const struct node_rec *rec)
{
	send(d, &(struct driver_message){.type = SD_DRIVER_UPDATE_NODE, .record = *rec});
}
