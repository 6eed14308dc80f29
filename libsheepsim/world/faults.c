/*
 * Faults of the network: filters on messages, and cut links.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/mem.h"
#include "wire/ops.h"
#include "world/net.h"

struct cut {
	int pair[2]; /* the lower place first */
	UT_hash_handle hh;
};

uint32_t universe_filter_add(struct universe *u, struct fault_filter *f)
{
	f->id = ++u->next_filter;
	f->matched = 0;
	f->acted = 0;
	TAILQ_INSERT_TAIL(&u->filters, f, link);
	return f->id;
}

void universe_filter_remove(struct universe *u, struct fault_filter *f)
{
	TAILQ_REMOVE(&u->filters, f, link);
}

/* The object that a request names; false: its header has no such field. */
static bool request_oid(const uint8_t head[WIRE_HEADER], uint64_t *oid)
{
	struct req q;

	req_decode(head, &q);
	switch (q.variant) {
	case VARIANT_OBJ:
		*oid = q.obj.oid;
		return true;
	case VARIANT_REF:
		*oid = q.ref.oid;
		return true;
	case VARIANT_FORW:
		*oid = q.forw.oid;
		return true;
	default:
		return false;
	}
}

static bool matches(const struct fault_filter *f, const struct net_event *e)
{
	const struct conn *c = e->to;
	bool answer = c->dialled; /* who dialled asks, so what comes to it is an answer */
	uint64_t oid;

	if (f->from >= 0 && f->from != c->peer_place)
		return false;
	if (f->to >= 0 && f->to != c->world->place)
		return false;
	if (f->opcode >= 0 && f->opcode != e->head[1])
		return false;
	if (f->answer >= 0 && (f->answer != 0) != answer)
		return false;
	if (f->oid == -1)
		return true;
	return !answer && request_oid(e->head, &oid) && oid == (uint64_t)f->oid;
}

/* Counts a message that matches. True: the filter acts on it. */
static bool acts(struct fault_filter *f)
{
	f->matched++;
	if (f->matched <= f->skip || (f->count && f->acted >= f->count))
		return false;
	f->acted++;
	return true;
}

static void note(struct universe *u, const struct net_event *e, const char *what)
{
	const struct conn *c = e->to;
	char name[8];

	trace_words(&u->trace, -1, TRACE_FAULT, 0, 0, "%s %s%s from %d to %d", what,
		    op_name(e->head[1], name), c->dialled ? " answer" : "", c->peer_place,
		    c->world->place);
}

/* What one filter that acts does to e; hit() comes last, it may remove the filter. */
static enum fault_action act(struct universe *u, struct net_event *e, struct fault_filter *f)
{
	enum fault_action action = f->action;

	switch (action) {
	case FAULT_DELIVER:
		break;
	case FAULT_DROP:
		note(u, e, "dropped");
		break;
	case FAULT_DELAY:
		note(u, e, "delayed");
		e->not_before = u->clock.now + f->delay;
		break;
	case FAULT_HOLD:
		note(u, e, "held");
		e->held_by = f->id;
		break;
	}
	if (f->hit)
		f->hit(f, e->head);
	return action;
}

enum fault_action faults_judge(struct universe *u, struct net_event *e)
{
	struct fault_filter *f;
	enum fault_action action = FAULT_DELIVER;
	uint32_t done = 0; /* filters up to this id had their turn: hit() may change the list */

	while (action == FAULT_DELIVER && !e->to->dead) {
		TAILQ_FOREACH (f, &u->filters, link)
			if (f->id > done)
				break;
		if (!f)
			break;
		done = f->id;
		if (matches(f, e) && acts(f))
			action = act(u, e, f);
	}
	return action;
}

uint32_t universe_release(struct universe *u, uint32_t filter)
{
	return net_let_go(u, filter);
}

static struct cut *find_cut(const struct universe *u, int a, int b)
{
	int pair[2] = {a < b ? a : b, a < b ? b : a};
	struct cut *cut = NULL;

	HASH_FIND(hh, u->cuts, pair, sizeof pair, cut);
	return cut;
}

void universe_cut(struct universe *u, int a, int b, bool on)
{
	struct cut *cut = find_cut(u, a, b);

	if ((cut != NULL) == on)
		return;
	if (on) {
		cut = mem_alloc(sizeof *cut);
		cut->pair[0] = a < b ? a : b;
		cut->pair[1] = a < b ? b : a;
		HASH_ADD(hh, u->cuts, pair, sizeof cut->pair, cut);
	} else {
		HASH_DELETE(hh, u->cuts, cut);
		free(cut);
	}
	trace_words(&u->trace, -1, TRACE_FAULT, 0, 0, "link between %d and %d %s", a, b,
		    on ? "cut" : "mended");
	net_go_on(u);
}

bool universe_is_cut(const struct universe *u, int a, int b)
{
	return u->cuts && find_cut(u, a, b) != NULL;
}

void faults_free(struct universe *u)
{
	struct cut *cut, *next;

	HASH_ITER (hh, u->cuts, cut, next) {
		HASH_DELETE(hh, u->cuts, cut);
		free(cut);
	}
}
