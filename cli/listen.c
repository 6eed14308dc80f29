/* Conversations of nodes: as they are heard. */
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "listen.h"
#include "sheepsim/wire/driver.h"

#define FIRST_CLIENT 10000 /* places from here on are no nodes (sheepsim.h) */

/* ------------------------------------------------------------------ messages */

static struct said said_by(struct listener *l, const struct sheepsim_event *e)
{
	struct said s = {.there = true,
			 .len = sheepsim_bytes_size(e->bytes),
			 .heard = e->bytes != NULL ? sheepsim_bytes_keep(e->bytes) : NULL,
			 .order = ++l->order};

	memcpy(s.head, e->head, HEADER);
	return s;
}

static void on_send(void *arg, const struct sheepsim_event *e)
{
	struct listener *l = arg;
	struct heard *h = l->heard;
	struct exchange *x;

	if (h == NULL || e->place < 0 || e->place >= FIRST_CLIENT || e->peer < 0 ||
	    e->peer >= FIRST_CLIENT)
		return;
	if (!e->answer) {
		x = heard_exchange(h);
		*x = (struct exchange){
			.from = e->place, .to = e->peer, .io = e->io, .conn = e->conn};
		x->request = said_by(l, e);
		return;
	}
	for (size_t i = h->nr_exchanges; i-- > 0;) {
		x = &h->exchanges[i];
		if (x->conn != e->conn)
			continue;
		if (!x->answer.there)
			x->answer = said_by(l, e);
		return;
	}
}

static void on_epoch(void *arg, const struct sheepsim_event *e)
{
	struct listener *l = arg;
	uint32_t epoch = (uint32_t)e->num[0];

	if (l->heard == NULL)
		return;
	if (l->heard->first_epoch == 0)
		l->heard->first_epoch = epoch;
	if (epoch > l->heard->last_epoch)
		l->heard->last_epoch = epoch;
}

/* ------------------------------------------------------------------ events of the driver */

/* A driver's message, taken apart. */
struct driver_talk {
	struct sd_driver_header head;
	uint8_t record[MEMBER];
	uint32_t nr_nodes;
	uint32_t blob_len;
	uint64_t blob_at;
};

static void read_talk(const struct sheepsim_bytes *bytes, struct driver_talk *t)
{
	sheepsim_bytes_read(bytes, 0, &t->head, sizeof(t->head));
	memcpy(t->record, &t->head.record, MEMBER);
	t->nr_nodes = sd_le32_to_cpu(t->head.nr_nodes);
	t->blob_len = sd_le32_to_cpu(t->head.blob_length);
	t->blob_at = sd_driver_blob_offset(t->nr_nodes, sd_le16_to_cpu(t->head.text_length),
					   t->blob_len);
}

/* Events that carry a member list say what it is from then on. */
static void take_members(struct listener *l, const struct sheepsim_bytes *bytes,
			 const struct driver_talk *t)
{
	l->members = need(realloc(l->members, (size_t)t->nr_nodes * MEMBER + 1));
	sheepsim_bytes_read(bytes, sizeof(t->head), l->members, (size_t)t->nr_nodes * MEMBER);
	l->nr_members = t->nr_nodes;
}

static enum happening_kind kind_of(unsigned int submitted)
{
	switch (submitted) {
	case 0:
		return HAPPENED_LEAVE;
	case SD_DRIVER_JOIN:
		return HAPPENED_ACCEPT;
	case SD_DRIVER_LEAVE:
		return HAPPENED_GATEWAY;
	case SD_DRIVER_BLOCK:
		return HAPPENED_BLOCK;
	case SD_DRIVER_NOTIFY:
	case SD_DRIVER_UNBLOCK:
		return HAPPENED_NOTIFY;
	case SD_DRIVER_UPDATE_NODE:
		return HAPPENED_UPDATE_NODE;
	default:
		return HAPPENED_OTHER;
	}
}

/* The record with which the node at a place has joined last. */
static uint8_t *record_of(struct listener *l, int place)
{
	size_t need_nr = (size_t)place + 1;

	if (need_nr > l->nr_records) {
		l->records = need(realloc(l->records, need_nr * MEMBER));
		memset(l->records + l->nr_records * MEMBER, 0, (need_nr - l->nr_records) * MEMBER);
		l->nr_records = need_nr;
	}
	return l->records + (size_t)place * MEMBER;
}

static void tell(struct listener *l, const struct sheepsim_event *e, const struct driver_talk *t,
		 enum happening_kind kind)
{
	struct happening *x;

	if (l->heard == NULL)
		return;
	x = heard_happening(l->heard);
	x->kind = kind;
	x->place = e->place;
	memcpy(x->sender, record_of(l, e->place), MEMBER);
	x->members = need(malloc(l->nr_members * MEMBER + 1));
	if (l->nr_members > 0)
		memcpy(x->members, l->members, l->nr_members * MEMBER);
	x->nr_members = l->nr_members;
	x->buffer = (struct said){.there = true, .order = ++l->order};
	if (e->bytes != NULL && t->blob_len > 0) {
		x->buffer.len = t->blob_len;
		x->buffer.at = t->blob_at;
		x->buffer.heard = sheepsim_bytes_keep(e->bytes);
	}
}

static void on_order(void *arg, const struct sheepsim_event *e)
{
	struct listener *l = arg;
	enum happening_kind kind = kind_of((unsigned int)e->num[0]);
	struct driver_talk t = {0};
	uint8_t *record = record_of(l, e->place);

	if (e->bytes != NULL)
		read_talk(e->bytes, &t);
	if (kind == HAPPENED_ACCEPT || kind == HAPPENED_UPDATE_NODE)
		memcpy(record, t.record, MEMBER);
	/* a notification, a block, and the end of an ex-member leave the list as it is */
	if (e->bytes != NULL && kind != HAPPENED_NOTIFY)
		take_members(l, e->bytes, &t);
	tell(l, e, &t, kind);
}

/* ------------------------------------------------------------------ the listener */

int listen_to(struct listener *l, struct sheepsim *sim)
{
	int error = sheepsim_events(sim, "send", on_send, l);

	if (error >= 0)
		error = sheepsim_events(sim, "driver-order", on_order, l);
	if (error >= 0)
		error = sheepsim_events(sim, "epoch", on_epoch, l);
	return error < 0 ? error : 0;
}

void listen_into(struct listener *l, struct heard *h)
{
	l->heard = h;
	l->order = 0;
}

void listener_free(struct listener *l)
{
	free(l->members);
	free(l->records);
	*l = (struct listener){0};
}
