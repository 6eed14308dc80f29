/* Comparing the events of the cluster driver in a moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "files.h"
#include "moment.h"
#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/cluster.h"
#include "sheepsim/wire/driver.h"

#define NODE_MEMORY 24 /* the first bytes of a member record (exceptions.h) */
#define MESSAGE	    96 /* of a notification: headers of request and response */
#define ID	    18 /* what follows NODE_MEMORY and tells nodes apart: address and port */

static bool same_node(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a + NODE_MEMORY, b + NODE_MEMORY, ID) == 0;
}

static bool same_record(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a + NODE_MEMORY, b + NODE_MEMORY, MEMBER - NODE_MEMORY) == 0;
}

/* The epoch of a COMPLETE_RECOVERY; 0: it is none. */
static uint32_t completes(const struct happening *x)
{
	uint8_t *payload;
	uint32_t epoch = 0;

	if (x->kind != HAPPENED_NOTIFY || x->buffer.len < MESSAGE)
		return 0;
	payload = said_payload(&x->buffer, 0);
	if (payload[1] == SD_OP_COMPLETE_RECOVERY)
		epoch = (uint32_t)head_number(payload + 36, 4);
	free(payload);
	return epoch;
}

/* ------------------------------------------------------------------ members */

/* True if a node has left in order before the i-th event of a list. */
static bool has_left(const struct heard *h, size_t i, const uint8_t *record)
{
	bool left = false;

	for (size_t k = 0; k <= i && k < h->nr_happenings; k++) {
		const struct happening *x = &h->happenings[k];

		if (!same_node(x->sender, record))
			continue;
		if (x->kind == HAPPENED_GATEWAY)
			left = true;
		else if (x->kind == HAPPENED_ACCEPT)
			left = false;
	}
	return left;
}

/* Without those who have left; a list of its own. */
static uint8_t *members_of(struct moment *m, const struct heard *h, const struct happening *x,
			   size_t *nr)
{
	size_t at = (size_t)(x - h->happenings);
	uint8_t *list = need(malloc(x->nr_members * MEMBER + 1));

	*nr = 0;
	for (size_t i = 0; i < x->nr_members; i++) {
		const uint8_t *record = x->members + i * MEMBER;

		if (has_left(h, at, record))
			m->excepted[EXCEPTION_EX_MEMBER_LISTED]++;
		else
			memcpy(list + (*nr)++ * MEMBER, record, MEMBER);
	}
	return list;
}

static bool members_match(struct moment *m, const struct happening *c, const struct happening *g)
{
	size_t nr_a, nr_b;
	uint8_t *a = members_of(m, m->captured, c, &nr_a);
	uint8_t *b = members_of(m, m->got, g, &nr_b);
	bool equal = nr_a == nr_b;

	for (size_t i = 0; i < nr_a && equal; i++) {
		size_t k = 0;

		while (k < nr_b && !same_record(a + i * MEMBER, b + k * MEMBER))
			k++;
		equal = k < nr_b;
		m->excepted[EXCEPTION_MEMBER_ORDER] += equal && k != i;
	}
	free(a);
	free(b);
	return equal;
}

/* ------------------------------------------------------------------ buffers */

/* A notification: request and response, each with its masks; the data are the request's. */
static void mask_notification(const struct moment *m, uint8_t *payload, size_t len)
{
	uint8_t request[HEADER];

	memcpy(request, payload, HEADER);
	masks_apply_request(m->masks, m->name, payload, payload + MESSAGE, len - MESSAGE);
	masks_apply(m->masks, m->name, request, payload + HEADER, NULL, 0);
}

/* An accepted join: cluster info, as CLUSTER_INFO answers it. */
static void mask_cluster_info(const struct moment *m, uint8_t *payload, size_t len)
{
	uint8_t request[HEADER] = {SD_ADMIN_PROTO_VER, SD_OP_CLUSTER_INFO};
	uint8_t answer[HEADER] = {0};

	masks_apply(m->masks, m->name, request, answer, payload, len);
}

/* The buffer with what varies made zero, in room for len bytes. */
static uint8_t *buffer_of(const struct moment *m, const struct happening *x, size_t len)
{
	uint8_t *payload = said_payload(&x->buffer, len);

	if (x->kind == HAPPENED_NOTIFY && x->buffer.len >= MESSAGE)
		mask_notification(m, payload, x->buffer.len);
	else if (x->kind == HAPPENED_ACCEPT)
		mask_cluster_info(m, payload, len);
	return payload;
}

/* The driver that was captured cuts what is longer than its buffers. */
static size_t buffer_len(const struct happening *x)
{
	return x->buffer.len < SD_MAX_EVENT_SIZE ? (size_t)x->buffer.len : SD_MAX_EVENT_SIZE;
}

static void explain_buffers(enum happening_kind kind, uint8_t *a, uint8_t *b, size_t len_a,
			    size_t len_b)
{
	enum sheepsim_structure what =
		kind == HAPPENED_ACCEPT ? SHEEPSIM_CLUSTER_INFO : SHEEPSIM_NOTIFICATION;

	structures_explain(what, a, len_a, b, len_b);
}

/* The result in a notification: of the body in ours, of the effect in a captured one. */
static void settle_result(struct moment *m, uint8_t *captured, const uint8_t *got)
{
	uint8_t *result = captured + HEADER + 16;

	if (memcmp(result, got + HEADER + 16, 4) == 0 || head_number(got + HEADER + 16, 4) != 0)
		return;
	memset(result, 0, 4);
	m->excepted[EXCEPTION_EFFECT_RESULT]++;
}

static bool buffers_match(struct moment *m, const struct happening *c, const struct happening *g,
			  bool explain)
{
	size_t len_a = buffer_len(c);
	size_t len_b = buffer_len(g);
	size_t room = len_a > len_b ? len_a : len_b;
	uint8_t *a = buffer_of(m, c, room);
	uint8_t *b = buffer_of(m, g, room);
	bool equal;

	if (c->kind == HAPPENED_NOTIFY && len_a >= MESSAGE && len_b >= MESSAGE)
		settle_result(m, a, b);
	equal = len_a == len_b && memcmp(a, b, len_a) == 0;
	if (!equal && explain)
		explain_buffers(c->kind, a, b, len_a, len_b);
	free(a);
	free(b);
	return equal;
}

/* ------------------------------------------------------------------ two events */

static void show_node(const char *what, const uint8_t *record)
{
	printf("%s%u.%u.%u.%u:%u", what, record[36], record[37], record[38], record[39],
	       (unsigned int)head_number(record + 40, 2));
}

/* In words: what it is, and from whom. */
static const char *words_of(const struct happening *x, char words[300])
{
	uint8_t *payload = said_payload(&x->buffer, 0);
	const char *line = NULL;
	const uint8_t *at = x->sender + NODE_MEMORY;

	if (x->kind == HAPPENED_NOTIFY)
		line = sheepsim_structure_line(SHEEPSIM_NOTIFICATION, NULL, payload, x->buffer.len);
	snprintf(words, 300, "%s from %u.%u.%u.%u:%u%s%.200s", happening_name(x->kind), at[12],
		 at[13], at[14], at[15], (unsigned int)head_number(at + 16, 2),
		 line != NULL ? ": " : "", line != NULL ? line : "");
	free(payload);
	return words;
}

static void explain_members(const struct moment *m, const struct happening *c,
			    const struct happening *g)
{
	(void)m;
	printf("      members captured:");
	for (size_t i = 0; i < c->nr_members; i++)
		show_node(" ", c->members + i * MEMBER);
	printf("; got:");
	for (size_t i = 0; i < g->nr_members; i++)
		show_node(" ", g->members + i * MEMBER);
	printf("\n");
}

static bool happenings_match(struct moment *m, const struct happening *c, const struct happening *g,
			     bool explain)
{
	if (c->kind != g->kind) {
		if (explain)
			printf("      captured %s, got %s\n", happening_name(c->kind),
			       happening_name(g->kind));
		return false;
	}
	if (!same_record(c->sender, g->sender)) {
		if (explain) {
			show_node("      sender captured ", c->sender);
			show_node(", got ", g->sender);
			printf("\n");
		}
		return false;
	}
	if (!members_match(m, c, g)) {
		if (explain)
			explain_members(m, c, g);
		return false;
	}
	return buffers_match(m, c, g, explain);
}

/* ------------------------------------------------------------------ all of them */

/* What is compared elsewhere, or not at all. */
static bool is_left_out(struct moment *m, const struct heard *h, size_t i)
{
	const struct happening *x = &h->happenings[i];
	uint32_t epoch;

	if (x->kind == HAPPENED_LEAVE && has_left(h, i, x->sender)) {
		m->excepted[EXCEPTION_EX_MEMBER]++;
		return true;
	}
	epoch = completes(x);
	if (epoch != 0 && epoch < m->got->last_epoch) {
		m->excepted[EXCEPTION_OVERTAKEN_COMPLETION]++;
		return true;
	}
	return false;
}

/* The next event from *i on of a queue (blocks, or others but completions); NULL: none. */
static struct happening *next_in_queue(struct moment *m, struct heard *h, size_t *i, bool blocks)
{
	while (*i < h->nr_happenings) {
		struct happening *x = &h->happenings[*i];

		if ((x->kind == HAPPENED_BLOCK) == blocks && completes(x) == 0 &&
		    !is_left_out(m, h, *i)) {
			(*i)++;
			return x;
		}
		(*i)++;
	}
	return NULL;
}

/* In order; behind the first that differs nothing is compared. */
static void match_queue(struct moment *m, bool blocks)
{
	size_t i = 0;
	size_t k = 0;
	struct happening *c, *g;
	bool good = true;
	char words[300];

	for (;;) {
		c = next_in_queue(m, m->captured, &i, blocks);
		g = next_in_queue(m, m->got, &k, blocks);
		if (c == NULL)
			break;
		m->happenings++;
		if (good && g != NULL && happenings_match(m, c, g, false)) {
			m->equal_happenings++;
			continue;
		}
		if (good &&
		    moment_differs(m, m->captured->cluster_path, c->buffer.line, "%s%s",
				   words_of(c, words), g == NULL ? ": did not happen" : "") &&
		    g != NULL)
			happenings_match(m, c, g, true);
		good = false;
	}
	for (; g != NULL && good; g = next_in_queue(m, m->got, &k, blocks))
		moment_differs(m, m->captured->cluster_path, 0, "%s: this is not in the capture",
			       words_of(g, words));
}

/* The completions of the last epoch, in any order. */
static void match_completions(struct moment *m)
{
	struct heard *a = m->captured;
	struct heard *b = m->got;

	for (size_t i = 0; i < a->nr_happenings; i++) {
		struct happening *c = &a->happenings[i];
		struct happening *g = NULL;

		if (completes(c) == 0 || is_left_out(m, a, i))
			continue;
		m->happenings++;
		for (size_t k = 0; k < b->nr_happenings && !c->matched; k++) {
			g = &b->happenings[k];
			if (g->matched || completes(g) == 0 || !happenings_match(m, c, g, false))
				continue;
			m->excepted[EXCEPTION_COMPLETION_ORDER] += i != k;
			c->matched = true;
			g->matched = true;
			m->equal_happenings++;
		}
		if (!c->matched)
			moment_differs(m, a->cluster_path, c->buffer.line,
				       "COMPLETE_RECOVERY: none of this node, with these members");
	}
	for (size_t k = 0; k < b->nr_happenings; k++) {
		const struct happening *g = &b->happenings[k];

		if (!g->matched && completes(g) != 0 && !is_left_out(m, b, k))
			moment_differs(m, a->cluster_path, 0,
				       "COMPLETE_RECOVERY of epoch %u: this is not in the capture",
				       (unsigned int)completes(g));
	}
}

void moment_match_happenings(struct moment *m)
{
	match_queue(m, true);
	match_queue(m, false);
	match_completions(m);
}
