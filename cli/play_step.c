/* Playing a step: connections, requests, answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "compare.h"
#include "files.h"
#include "play_dog.h"
#include "play_step.h"
#include "vectors.h"

#define ANSWER_WITHIN (120 * SHEEPSIM_SECOND)
#define CLOSE_WITHIN  (10 * SHEEPSIM_SECOND)
#define SILENCE	      (2 * SHEEPSIM_SECOND) /* how long the capture waited for no answer */
#define AFTER_STEP    (250 * SHEEPSIM_MILLISECOND)

/* A request that is not answered yet, or an answer that was not asked for yet. */
struct play_message {
	uint8_t head[HEADER];
	uint8_t *payload;
	size_t len;
};

struct play_conn {
	unsigned int id;
	bool tgtd;
	struct channel *conn; /* NULL: it could not be opened */
	struct play_message *requests, *early;
	size_t nr_requests, nr_early;
};

struct step {
	struct player *p;
	const struct item *item;
	struct vector v;
	unsigned int answers, equal, other;
};

/* ------------------------------------------------------------------ connections */

static void add_message(struct play_message **list, size_t *nr, const uint8_t *head,
			const uint8_t *payload, size_t len)
{
	struct play_message *m;

	*list = need(realloc(*list, (*nr + 1) * sizeof(**list)));
	m = &(*list)[(*nr)++];
	*m = (struct play_message){.len = len};
	memcpy(m->head, head, HEADER);
	if (len > 0) {
		m->payload = need(malloc(len));
		memcpy(m->payload, payload, len);
	}
}

/* Takes the message at i out of the list; its payload is the caller's. */
static struct play_message take_message(struct play_message *list, size_t *nr, size_t i)
{
	struct play_message m = list[i];

	memmove(&list[i], &list[i + 1], (*nr - i - 1) * sizeof(*list));
	(*nr)--;
	return m;
}

/* Requests and answers belong together by opcode and id (spec 1.5). */
static bool belong(const uint8_t *a, const uint8_t *b)
{
	return a[1] == b[1] && memcmp(a + 8, b + 8, 4) == 0;
}

static size_t find_message(const struct play_message *list, size_t nr, const uint8_t *head)
{
	size_t i = 0;

	while (i < nr && !belong(list[i].head, head))
		i++;
	return i;
}

static void close_conn(struct player *p, size_t i)
{
	struct play_conn *c = &p->conns[i];

	if (c->conn != NULL)
		channel_close(c->conn);
	for (size_t k = 0; k < c->nr_requests; k++)
		free(c->requests[k].payload);
	for (size_t k = 0; k < c->nr_early; k++)
		free(c->early[k].payload);
	free(c->requests);
	free(c->early);
	memmove(c, c + 1, (p->nr_conns - i - 1) * sizeof(*c));
	p->nr_conns--;
}

void play_close_tgtd(struct player *p)
{
	for (size_t i = p->nr_conns; i-- > 0;) {
		if (p->conns[i].tgtd)
			close_conn(p, i);
	}
}

void play_close_all(struct player *p)
{
	while (p->nr_conns > 0)
		close_conn(p, p->nr_conns - 1);
	free(p->conns);
	p->conns = NULL;
}

static size_t find_conn(const struct player *p, unsigned int id)
{
	size_t i = 0;

	while (i < p->nr_conns && p->conns[i].id != id)
		i++;
	return i;
}

/* The connection of a message, opened if it is not yet. */
static struct play_conn *conn_of(struct step *s, const struct vec_message *m)
{
	struct player *p = s->p;
	const struct vec_conn *vc = &s->v.conns[m->conn];
	size_t i = find_conn(p, vc->id);
	struct play_conn *c;

	if (i < p->nr_conns)
		return &p->conns[i];
	p->conns = need(realloc(p->conns, (p->nr_conns + 1) * sizeof(*c)));
	c = &p->conns[p->nr_conns++];
	*c = (struct play_conn){.id = vc->id, .tgtd = strcmp(vc->from, "tgtd") == 0};
	/* "node1" and "node1-io": where it listens makes no difference */
	if (strncmp(vc->to, "node", 4) == 0)
		c->conn = channel_open(&p->channels, atoi(vc->to + 4));
	return c;
}

/* ------------------------------------------------------------------ messages */

/* Says once what differs in a step; true: it may go on with details. */
static bool differs(struct step *s, const struct vec_message *m, const char *what)
{
	s->other++;
	if (s->other > 1 && !s->p->verbose)
		return false;
	printf("    %s:%u: n=%u: %s\n", s->v.path, m->line, m->n, what);
	return true;
}

static void check_header(struct step *s, const uint8_t *request, const struct vec_message *m)
{
	const uint8_t *answer = m->request ? NULL : m->head;

	if (sheepsim_message_fields(request, answer, NULL, 0, NULL, NULL) >= 0)
		return;
	s->p->totals.headers++;
	printf("    %s:%u: n=%u: decoding and encoding this header gives other bytes\n", s->v.path,
	       m->line, m->n);
}

static void send_request(struct step *s, const struct vec_message *m)
{
	struct play_conn *c = conn_of(s, m);
	uint8_t *payload = vec_payload(m);

	check_header(s, m->head, m);
	add_message(&c->requests, &c->nr_requests, m->head, NULL, 0);
	if (c->conn != NULL)
		channel_send(c->conn, m->head, payload, m->len);
	free(payload);
}

/* Waits for the answer that belongs to the captured one. Others that come before are kept. */
static bool receive(struct play_conn *c, const struct vec_message *m, struct play_message *got)
{
	size_t i = find_message(c->early, c->nr_early, m->head);
	const uint8_t *payload;
	uint8_t head[HEADER];
	size_t len;

	while (i == c->nr_early) {
		if (c->conn == NULL ||
		    channel_receive(c->conn, ANSWER_WITHIN, head, &payload, &len) <= 0)
			return false;
		add_message(&c->early, &c->nr_early, head, payload, len);
		/* with one request under way, whatever comes is the answer to it */
		i = c->nr_requests > 1 ? find_message(c->early, c->nr_early, m->head)
				       : c->nr_early - 1;
	}
	*got = take_message(c->early, &c->nr_early, i);
	return true;
}

static void expect_answer(struct step *s, const struct vec_message *m)
{
	struct play_conn *c = conn_of(s, m);
	size_t i = find_message(c->requests, c->nr_requests, m->head);
	struct play_message request = {0};
	struct play_message came;
	struct answer captured = {.payload = vec_payload(m), .len = m->len};
	struct answer got = {0};

	s->answers++;
	memcpy(captured.head, m->head, HEADER);
	if (i < c->nr_requests)
		request = c->requests[i];
	check_header(s, request.head, m);
	if (i == c->nr_requests) {
		differs(s, m, "the capture has an answer without a request");
	} else if (!receive(c, m, &came)) {
		differs(s, m, c->conn != NULL ? "no answer came" : "the node cannot be reached");
	} else {
		memcpy(got.head, came.head, HEADER);
		got.payload = came.payload;
		got.len = came.len;
		if (answers_equal(s->p->masks, s->item->name, request.head, &captured, &got))
			s->equal++;
		else if (differs(s, m, sheepsim_message_line(request.head, false)))
			answers_explain(request.head, &captured, &got);
	}
	if (i < c->nr_requests)
		take_message(c->requests, &c->nr_requests, i);
	free(captured.payload);
	free(got.payload);
}

static void play_message(struct step *s, const struct vec_message *m)
{
	if (m->request)
		send_request(s, m);
	else
		expect_answer(s, m);
}

/* ------------------------------------------------------------------ the step */

/* Does what its inner lines say, in their order; messages by their number. */
static bool play_inner(struct step *s)
{
	struct player *p = s->p;

	for (size_t i = 0; i < s->item->nr_inner; i++) {
		const struct item *item = &s->item->inner[i];
		size_t k = 0;

		if (item->kind != ITEM_SEND && item->kind != ITEM_ANSWER) {
			if (player_act(p, item) >= 0)
				continue;
			snprintf(p->error, sizeof(p->error), "line %u: %.300s", item->line,
				 sheepsim_errmsg(p->sim));
			return false;
		}
		while (k < s->v.nr_messages && s->v.messages[k].n != item->n)
			k++;
		if (k == s->v.nr_messages ||
		    s->v.messages[k].request != (item->kind == ITEM_SEND)) {
			snprintf(p->error, sizeof(p->error), "line %u: %.300s has no such n=%u",
				 item->line, s->v.path, item->n);
			return false;
		}
		play_message(s, &s->v.messages[k]);
	}
	return true;
}

/* Closes a step's connection; checks that the node did it, or stayed silent, where it did so in the
 * capture. */
static void end_conn(struct step *s, const struct vec_conn *vc)
{
	size_t i = find_conn(s->p, vc->id);
	struct vec_message none = {0};
	const uint8_t *payload;
	uint8_t head[HEADER];
	size_t len;
	struct play_conn *c;
	int came;

	if (i == s->p->nr_conns)
		return;
	c = &s->p->conns[i];
	if (vc->closed == 'S') {
		came = c->conn == NULL
			       ? -1
			       : channel_receive(c->conn, CLOSE_WITHIN, head, &payload, &len);
		if (came != 0)
			differs(s, &none, "the node has not closed the connection");
	} else if (c->nr_requests > 0 && c->conn != NULL) {
		came = channel_receive(c->conn, SILENCE, head, &payload, &len);
		if (came >= 0)
			differs(s, &none, "an answer came, and the capture has none");
	}
	if (vc->closed != 0 || !c->tgtd)
		close_conn(s->p, i);
}

static void end_step(struct step *s)
{
	struct player *p = s->p;
	bool whole;

	for (size_t i = 0; i < s->v.nr_conns; i++)
		end_conn(s, &s->v.conns[i]);
	sheepsim_run(p->sim, AFTER_STEP);
	whole = s->equal == s->answers && s->other == 0;
	printf("%s %-32s %u of %u answers%s\n", whole ? "ok    " : "DIFFER", s->item->name,
	       s->equal, s->answers, s->v.silent ? ": the client sent nothing" : "");
	p->totals.answers += s->answers;
	p->totals.equal += s->equal;
	p->totals.steps++;
	p->totals.whole += whole;
}

/* The one file of a step that holds the client's conversation; NULL: it has none. */
static const char *client_file(const struct item *step)
{
	static const char *const folders[] = {"frontend/", "admin/", "setup/"};

	for (size_t i = 0; i < step->nr_files; i++) {
		for (size_t k = 0; k < sizeof(folders) / sizeof(*folders); k++) {
			if (strncmp(step->files[i], folders[k], strlen(folders[k])) == 0)
				return step->files[i];
		}
	}
	return NULL;
}

bool play_step(struct player *p, const struct sequence *s, const struct item *step)
{
	struct step state = {.p = p, .item = step};
	const char *file = client_file(step);
	size_t size = file != NULL ? strlen(s->folder) + strlen(file) + 9 : 0;
	char *path;
	bool good;

	if (file == NULL) {
		snprintf(p->error, sizeof(p->error),
			 "%s:%u: step %s has no conversation of a client", s->path, step->line,
			 step->name);
		return false;
	}
	path = need(malloc(size));
	snprintf(path, size, "%s/../%s.txt", s->folder, file);
	good = vector_read(&state.v, path, p->error);
	free(path);
	if (!good)
		return false;
	/* what happens in the middle of a command is played as it was captured */
	if (p->dog && is_dog(&state.v) && step->nr_inner == 0) {
		play_dog(p, step, &state.v);
		sheepsim_run(p->sim, AFTER_STEP);
		vector_free(&state.v);
		return true;
	}
	if (step->nr_inner > 0)
		good = play_inner(&state);
	for (size_t i = 0; step->nr_inner == 0 && i < state.v.nr_messages; i++)
		play_message(&state, &state.v.messages[i]);
	if (good)
		end_step(&state);
	vector_free(&state.v);
	return good;
}
