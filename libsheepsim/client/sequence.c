/*
 * Sequences: what their steps have in common.
 */
#include <assert.h>

#include "base/mem.h"
#include "client/sequence.h"

void sequence_end(struct sequence *s, enum outcome_kind kind, uint32_t result, const char *why)
{
	assert(s->session.nr_pending + s->aside.nr_pending == 0);
	assert((kind == OUTCOME_RESULT) == (result != SD_RES_SUCCESS));
	session_close(&s->session);
	session_close(&s->aside);
	LIST_REMOVE(s, link);
	s->end(s, kind, result, why);
}

static void answered(struct exchange *x)
{
	struct sequence *s = container_of(x, struct sequence, x);
	bool lenient = s->lenient;

	s->lenient = false;
	if (x->lost) {
		sequence_end(s, OUTCOME_LOST, SD_RES_SUCCESS, NULL);
	} else if (x->rsp.result != SD_RES_SUCCESS && !lenient) {
		sequence_end(s, OUTCOME_RESULT, x->rsp.result, NULL);
	} else {
		s->at++;
		s->step(s);
	}
}

void sequence_start(struct sequence *s, struct sequence_list *list, struct world *w,
		    struct answer_tally *tally, const struct node_id *node)
{
	assert(s->step && s->end);
	session_init(&s->session, w, tally, node, false);
	session_init(&s->aside, w, tally, node, false);
	s->session.dialect = s->dialect;
	s->session.frontend = s->frontend;
	s->x.done = answered;
	LIST_INSERT_HEAD(list, s, link);
	s->step(s);
}

void sequence_send(struct sequence *s, struct blob *payload)
{
	s->x.payload = payload;
	session_send(&s->session, &s->x);
}

void sequence_send_aside(struct sequence *s, const struct node_id *node)
{
	struct session *aside = &s->aside;

	session_close(aside);
	session_init(aside, s->session.world, s->session.tally, node, false);
	aside->dialect = s->dialect;
	aside->frontend = s->frontend;
	session_send(aside, &s->x);
}

void sequences_cancel(struct sequence_list *list)
{
	struct sequence *s;

	while ((s = LIST_FIRST(list))) {
		/* One of the two has the exchange under way, and loses it. */
		assert(s->session.nr_pending + s->aside.nr_pending == 1);
		if (s->aside.nr_pending > 0)
			session_close(&s->aside);
		else
			session_close(&s->session);
	}
}

void sequences_pending_text(const struct sequence_list *list, struct text *t)
{
	const struct sequence *s;

	LIST_FOREACH (s, list, link) {
		session_pending_text(&s->session, t);
		session_pending_text(&s->aside, t);
	}
}
