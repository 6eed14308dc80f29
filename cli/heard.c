/* Conversations of nodes: as they were captured. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "heard.h"
#include "lines.h"

static const char *const names[] = {
	[HAPPENED_ACCEPT] = "ACCEPT",	[HAPPENED_LEAVE] = "LEAVE",
	[HAPPENED_GATEWAY] = "GATEWAY", [HAPPENED_BLOCK] = "BLOCK",
	[HAPPENED_NOTIFY] = "NOTIFY",	[HAPPENED_UPDATE_NODE] = "UPDATE_NODE",
};

const char *happening_name(enum happening_kind kind)
{
	return kind < HAPPENED_OTHER ? names[kind] : "event";
}

uint8_t *said_payload(const struct said *s, size_t room)
{
	size_t size = s->len > room ? s->len : room;
	uint8_t *payload = need(calloc(1, size + 1));

	if (s->captured != NULL)
		vec_fill(s->captured, payload);
	else
		sheepsim_bytes_read(s->heard, s->at, payload, s->len);
	return payload;
}

struct exchange *heard_exchange(struct heard *h)
{
	size_t nr = h->nr_exchanges;

	if ((nr & (nr - 1)) == 0)
		h->exchanges =
			need(realloc(h->exchanges, (nr == 0 ? 1 : 2 * nr) * sizeof(*h->exchanges)));
	h->exchanges[nr] = (struct exchange){0};
	h->nr_exchanges++;
	return &h->exchanges[nr];
}

struct happening *heard_happening(struct heard *h)
{
	size_t nr = h->nr_happenings;

	if ((nr & (nr - 1)) == 0)
		h->happenings = need(
			realloc(h->happenings, (nr == 0 ? 1 : 2 * nr) * sizeof(*h->happenings)));
	h->happenings[nr] = (struct happening){.kind = HAPPENED_OTHER};
	h->nr_happenings++;
	return &h->happenings[nr];
}

void heard_free(struct heard *h)
{
	for (size_t i = 0; i < h->nr_exchanges; i++) {
		sheepsim_bytes_drop(h->exchanges[i].request.heard);
		sheepsim_bytes_drop(h->exchanges[i].answer.heard);
	}
	for (size_t i = 0; i < h->nr_happenings; i++) {
		sheepsim_bytes_drop(h->happenings[i].buffer.heard);
		free(h->happenings[i].members);
	}
	free(h->exchanges);
	free(h->happenings);
	*h = (struct heard){0};
}

/* ------------------------------------------------------------------ out of vectors */

/* "node2", or "node2-io": its I/O address */
static bool read_end(const char *word, int *node, bool *io)
{
	char digits[16];
	size_t len;
	uint64_t index;

	if (strncmp(word, "node", 4) != 0)
		return false;
	len = strcspn(word + 4, "-");
	memcpy(digits, word + 4, len);
	digits[len] = '\0';
	*io = strcmp(word + 4 + len, "-io") == 0;
	if ((!*io && word[4 + len] != '\0') || !line_number(digits, INT16_MAX, &index))
		return false;
	*node = (int)index;
	return true;
}

static struct said said_of(const struct vec_message *m)
{
	struct said s = {
		.there = true, .len = m->len, .captured = m, .order = m->n, .line = m->line};

	memcpy(s.head, m->head, HEADER);
	return s;
}

/* Requests and answers of one connection follow each other (R403). */
static bool take_message(struct heard *h, const struct vector *v, const struct vec_message *m)
{
	const struct vec_conn *c = &v->conns[m->conn];
	struct exchange *e;
	bool io;

	if (!m->request) {
		for (size_t i = h->nr_exchanges; i-- > 0;) {
			e = &h->exchanges[i];
			if (e->conn != c->id)
				continue;
			if (e->answer.there)
				return false;
			e->answer = said_of(m);
			return true;
		}
		return c->goes_on; /* to a request of an earlier moment */
	}
	e = heard_exchange(h);
	e->conn = c->id;
	e->request = said_of(m);
	return read_end(c->from, &e->from, &io) && read_end(c->to, &e->to, &e->io);
}

static void take_event(struct heard *h, const struct vec_event *e)
{
	struct happening *x = heard_happening(h);

	for (int i = 0; i < HAPPENED_OTHER; i++) {
		if (strcmp(e->type, names[i]) == 0)
			x->kind = (enum happening_kind)i;
	}
	memcpy(x->sender, e->sender, MEMBER);
	x->members = need(malloc(e->nr_members * MEMBER + 1));
	if (e->nr_members > 0)
		memcpy(x->members, e->members, e->nr_members * MEMBER);
	x->nr_members = e->nr_members;
	x->buffer = said_of(&e->buffer);
}

bool heard_captured(struct heard *h, const struct vector *peer, const struct vector *cluster,
		    char error[400])
{
	*h = (struct heard){.path = peer != NULL ? peer->path : NULL,
			    .cluster_path = cluster != NULL ? cluster->path : NULL,
			    .cut = peer != NULL && peer->cut};
	for (size_t i = 0; peer != NULL && i < peer->nr_messages; i++) {
		const struct vec_message *m = &peer->messages[i];

		if (take_message(h, peer, m))
			continue;
		snprintf(error, 400, "%.300s:%u: not a request between nodes, or an answer to one",
			 peer->path, m->line);
		heard_free(h);
		return false;
	}
	for (size_t i = 0; cluster != NULL && i < cluster->nr_events; i++)
		take_event(h, &cluster->events[i]);
	return true;
}
