/* Comparing the exchanges of a moment. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "files.h"
#include "moment.h"
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/peer.h"

#define VDI_STATE 1428 /* bytes of an entry of GET_VDI_COPIES, its vid first (spec 2.7) */

bool moment_differs(struct moment *m, const char *path, unsigned int line, const char *format, ...)
{
	va_list args;

	m->differences++;
	if (m->differences > 1 && !m->verbose)
		return false;
	if (line > 0)
		printf("    %s:%u: ", path, line);
	else
		printf("    %s: ", path);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	return true;
}

static uint8_t opcode(const struct exchange *e)
{
	return e->request.head[1];
}

static uint32_t epoch_of(const uint8_t *head)
{
	return (uint32_t)head_number(head + 4, 4);
}

bool is_recovery(const struct exchange *e)
{
	switch (opcode(e)) {
	case SD_OP_GET_OBJ_LIST:
	case SD_OP_GET_HASH:
	case SD_OP_GET_EPOCH:
		return true;
	case SD_OP_READ_PEER:
		return (head_number(e->request.head + 2, 2) & SD_FLAG_CMD_RECOVERY) != 0;
	default:
		return false;
	}
}

/* Has an epoch begun within the moment; have several? */
static bool has_new_epoch(const struct moment *m)
{
	return m->got->last_epoch != 0;
}

static bool has_several_epochs(const struct moment *m)
{
	return m->got->last_epoch > m->got->first_epoch;
}

/* ------------------------------------------------------------------ answers that grow */

static bool joined(const struct moment *m, int node)
{
	for (size_t i = 0; i < m->got->nr_happenings; i++) {
		const struct happening *x = &m->got->happenings[i];

		if (x->kind == HAPPENED_ACCEPT && x->place == node)
			return true;
	}
	return false;
}

/* The entries that both have are equal; at least one side has all of the other's. */
static bool tables_agree(const uint8_t *a, uint64_t a_len, const uint8_t *b, uint64_t b_len)
{
	uint64_t common = 0;

	for (uint64_t i = 0; i + VDI_STATE <= a_len; i += VDI_STATE) {
		for (uint64_t k = 0; k + VDI_STATE <= b_len; k += VDI_STATE) {
			if (memcmp(a + i, b + k, 4) != 0)
				continue;
			if (memcmp(a + i, b + k, VDI_STATE) != 0)
				return false;
			common++;
		}
	}
	return common == (a_len < b_len ? a_len : b_len) / VDI_STATE;
}

static bool fetches(const struct exchange *e)
{
	return opcode(e) == SD_OP_READ_PEER && is_recovery(e);
}

/* The node asks for the object in a recovery. */
static bool recovers(const struct heard *h, int node, const uint8_t oid[8])
{
	for (size_t i = 0; i < h->nr_exchanges; i++) {
		const struct exchange *e = &h->exchanges[i];

		if (e->from == node && fetches(e) && memcmp(e->request.head + 16, oid, 8) == 0)
			return true;
	}
	return false;
}

static bool is_disputed(const struct disputed *d, int node, const uint8_t oid[8])
{
	for (size_t i = 0; i < d->nr; i++) {
		if (d->list[i].node == node && memcmp(d->list[i].oid, oid, 8) == 0)
			return true;
	}
	return false;
}

/* What was fetched in a moment of several epochs is in the lists of that node from then on, or not.
 */
static void dispute(struct disputed *d, const struct heard *h)
{
	for (size_t i = 0; i < h->nr_exchanges; i++) {
		const struct exchange *e = &h->exchanges[i];

		if (!fetches(e) || is_disputed(d, e->from, e->request.head + 16))
			continue;
		d->list = need(realloc(d->list, (d->nr + 1) * sizeof(*d->list)));
		d->list[d->nr].node = e->from;
		memcpy(d->list[d->nr++].oid, e->request.head + 16, 8);
	}
}

static bool lists(const uint8_t *list, uint64_t len, const uint8_t oid[8])
{
	for (uint64_t i = 0; i + 8 <= len; i += 8) {
		if (memcmp(list + i, oid, 8) == 0)
			return true;
	}
	return false;
}

/* All objects of a are in b, but for those that the node recovers meanwhile. */
static bool list_within(const struct moment *m, int node, const uint8_t *a, uint64_t a_len,
			const uint8_t *b, uint64_t b_len)
{
	for (uint64_t i = 0; i + 8 <= a_len; i += 8) {
		if (!lists(b, b_len, a + i) && !recovers(m->captured, node, a + i) &&
		    !recovers(m->got, node, a + i) && !is_disputed(m->disputed, node, a + i))
			return false;
	}
	return true;
}

/* The exception by which two answers that differ may do so. */
static enum exception growing(const struct moment *m, const struct exchange *e,
			      const struct answer *a, const struct answer *b)
{
	if (opcode(e) == SD_OP_GET_VDI_COPIES && joined(m, e->to) &&
	    tables_agree(a->payload, a->len, b->payload, b->len))
		return EXCEPTION_GROWING_TABLE;
	if (opcode(e) == SD_OP_GET_OBJ_LIST &&
	    list_within(m, e->to, a->payload, a->len, b->payload, b->len) &&
	    list_within(m, e->to, b->payload, b->len, a->payload, a->len))
		return EXCEPTION_GROWING_LIST;
	return NR_EXCEPTIONS;
}

/* ------------------------------------------------------------------ two exchanges */

static struct answer message_of(const struct said *s)
{
	struct answer a = {.payload = said_payload(s, 0), .len = s->len};

	memcpy(a.head, s->head, sizeof(a.head));
	return a;
}

static bool same(const struct answer *a, const struct answer *b)
{
	return memcmp(a->head, b->head, sizeof(a->head)) == 0 && a->len == b->len &&
	       (a->len == 0 || memcmp(a->payload, b->payload, a->len) == 0);
}

static bool requests_match(struct moment *m, const struct exchange *c, const struct exchange *g,
			   bool explain)
{
	struct answer a = message_of(&c->request);
	struct answer b = message_of(&g->request);
	bool equal;

	masks_apply_request(m->masks, m->name, a.head, a.payload, a.len);
	masks_apply_request(m->masks, m->name, b.head, b.payload, b.len);
	if ((opcode(c) == SD_OP_GET_VDI_COPIES || opcode(c) == SD_OP_GET_EPOCH) &&
	    epoch_of(a.head) != epoch_of(b.head)) {
		memcpy(a.head + 4, b.head + 4, 4);
		m->excepted[EXCEPTION_EPOCH_OF_REQUEST] += explain;
	}
	equal = same(&a, &b);
	if (!equal && explain)
		answers_explain(NULL, &a, &b);
	free(a.payload);
	free(b.payload);
	return equal;
}

static bool answers_match(struct moment *m, const struct exchange *c, const struct exchange *g,
			  bool explain)
{
	struct answer a = message_of(&c->answer);
	struct answer b = message_of(&g->answer);
	enum exception e = NR_EXCEPTIONS;
	bool equal;

	if (epoch_of(a.head) != epoch_of(b.head) && has_new_epoch(m)) {
		memcpy(a.head + 4, b.head + 4, 4);
		m->excepted[EXCEPTION_EPOCH_OF_ANSWER] += explain;
	}
	equal = answers_equal(m->masks, m->name, c->request.head, &a, &b);
	if (!equal)
		e = growing(m, c, &a, &b);
	if (e != NR_EXCEPTIONS) {
		m->excepted[e] += explain;
		memcpy(a.head + 12, b.head + 12, 4); /* its length */
		equal = memcmp(a.head, b.head, sizeof(a.head)) == 0;
	}
	if (!equal && explain)
		answers_explain(c->request.head, &a, &b);
	free(a.payload);
	free(b.payload);
	return equal;
}

/* Can they be the same exchange? The objects, or what else stands in their place, are. */
static bool alike(const struct exchange *c, const struct exchange *g)
{
	const uint8_t *a = c->request.head;
	const uint8_t *b = g->request.head;

	return c->from == g->from && c->to == g->to && c->io == g->io && opcode(c) == opcode(g) &&
	       memcmp(a + 16, b + 16, 8) == 0 && a[34] == b[34] && memcmp(a + 40, b + 40, 4) == 0;
}

/* explain: g is the best there is; print in what it differs. */
static bool exchanges_match(struct moment *m, const struct exchange *c, const struct exchange *g,
			    bool explain)
{
	if (!requests_match(m, c, g, explain))
		return false;
	if (c->answer.there && g->answer.there)
		return answers_match(m, c, g, explain);
	if (!c->answer.there && m->captured->cut) {
		m->excepted[EXCEPTION_CUT] += explain;
		return true;
	}
	if (explain && c->answer.there != g->answer.there)
		printf("      %s\n", c->answer.there ? "it was answered in the capture only"
						     : "it was not answered in the capture");
	return c->answer.there == g->answer.there;
}

/* ------------------------------------------------------------------ all of them */

/* Pairs what is equal first; then what is left is alike, or only on one side. */
static void pair(struct moment *m)
{
	struct heard *a = m->captured;
	struct heard *b = m->got;

	for (size_t i = 0; i < a->nr_exchanges; i++) {
		struct exchange *c = &a->exchanges[i];

		for (size_t k = 0; k < b->nr_exchanges && !c->matched; k++) {
			struct exchange *g = &b->exchanges[k];

			if (g->matched || !alike(c, g) || !exchanges_match(m, c, g, false))
				continue;
			c->matched = true;
			g->matched = true;
			c->partner = k;
		}
	}
}

static const char *ends_of(const struct exchange *e, char buf[40])
{
	snprintf(buf, 40, "node%d > node%d%s", e->from, e->to, e->io ? "-io" : "");
	return buf;
}

/* True if it need not be there on the other side. */
static bool optional(struct moment *m, const struct exchange *e)
{
	if (!is_recovery(e) || !has_several_epochs(m))
		return false;
	m->excepted[EXCEPTION_OVERTAKEN_RECOVERY]++;
	return true;
}

/* What was captured and has no partner that is equal. */
static void report_captured(struct moment *m, struct exchange *c)
{
	struct heard *b = m->got;
	struct exchange *g = NULL;
	char ends[40];

	for (size_t k = 0; k < b->nr_exchanges && g == NULL; k++) {
		if (!b->exchanges[k].matched && alike(c, &b->exchanges[k]))
			g = &b->exchanges[k];
	}
	if (g != NULL)
		g->matched = true;
	if (optional(m, c)) {
		m->equal++;
		return;
	}
	if (moment_differs(m, m->captured->path, c->request.line, "%s: %s%s", ends_of(c, ends),
			   sheepsim_message_line(c->request.head, false),
			   g == NULL ? ": this was not said" : "") &&
	    g != NULL)
		exchanges_match(m, c, g, true);
}

static void report_heard(struct moment *m, const struct exchange *g)
{
	char ends[40];

	if (m->captured->cut) {
		m->excepted[EXCEPTION_CUT]++;
		return;
	}
	if (!optional(m, g))
		moment_differs(m, m->captured->path, 0, "%s: %s: this is not in the capture",
			       ends_of(g, ends), sheepsim_message_line(g->request.head, false));
}

void moment_match_exchanges(struct moment *m)
{
	struct heard *a = m->captured;

	m->exchanges = (unsigned int)a->nr_exchanges;
	pair(m);
	for (size_t i = 0; i < a->nr_exchanges; i++) {
		struct exchange *c = &a->exchanges[i];

		if (!c->matched) {
			report_captured(m, c);
			continue;
		}
		m->equal++;
		/* once more, to count the exceptions */
		exchanges_match(m, c, &m->got->exchanges[c->partner], true);
	}
	for (size_t i = 0; i < m->got->nr_exchanges; i++) {
		if (!m->got->exchanges[i].matched)
			report_heard(m, &m->got->exchanges[i]);
	}
	moment_check_order(m);
	if (has_several_epochs(m)) {
		dispute(m->disputed, a);
		dispute(m->disputed, m->got);
	}
}
