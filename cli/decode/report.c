/* What is shown, and how much there was. */
#include <stdlib.h>
#include <string.h>

#include "decode/report.h"
#include "decode/show.h"
#include "files.h"
#include "sheepsim/sheepsim.h"

static const struct show *show_of(const struct book *book)
{
	return book->options->json ? &show_json : &show_text;
}

/* ------------------------------------------------------------------ what is wanted */

/* "10.0.0.1:7000" is meant by itself and by its address. */
static bool is_end(const char *end, const char *wanted)
{
	size_t len = strlen(wanted);
	const char *colon = strrchr(end, ':');

	if (strcmp(end, wanted) == 0)
		return true;
	if (colon == NULL || len == 0)
		return false;
	if (end[0] == '[' && wanted[0] != '[')
		return (size_t)(colon - end) == len + 2 && strncmp(end + 1, wanted, len) == 0;
	return (size_t)(colon - end) == len && strncmp(end, wanted, len) == 0;
}

static bool wants_talk(const struct decode_options *options, const struct talk_info *talk)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", talk->number);
	for (size_t i = 0; i < options->nr_conns; i++) {
		const char *wanted = options->conns[i];

		if (strcmp(wanted, number) == 0 || is_end(talk->from, wanted) ||
		    is_end(talk->to, wanted))
			return true;
	}
	return options->nr_conns == 0;
}

static bool wants_oid(const struct decode_options *options, const uint8_t *request)
{
	struct sheepsim_message m;

	if (options->nr_oids == 0)
		return true;
	sheepsim_message_head(request, false, &m);
	for (size_t i = 0; i < options->nr_oids; i++) {
		if (m.oid == options->oids[i])
			return true;
	}
	return false;
}

/* By what was asked; the answer is not looked at. */
static bool wants_request(const struct decode_options *options, const uint8_t *request)
{
	return (!options->some_ops || options->ops[request[1]]) && wants_oid(options, request);
}

static bool wants_said(const struct decode_options *options, const struct said *said)
{
	bool sheep = said->kind == SAID_REQUEST || said->kind == SAID_ANSWER;
	const uint8_t *request = said->head;

	if (!wants_talk(options, said->talk))
		return false;
	if (said->kind == SAID_ANSWER && said->question != NULL)
		request = said->question->head;
	if (!sheep)
		return !options->some_ops && options->nr_oids == 0;
	return wants_request(options, request);
}

static bool has_failed(const struct said *said)
{
	struct sheepsim_message m;

	if (said->kind != SAID_ANSWER)
		return false;
	sheepsim_message_head(said->head, true, &m);
	return m.result != 0;
}

static bool wants_result(const struct decode_options *options, const struct said *said)
{
	struct sheepsim_captured captured;
	uint32_t result;

	if (said->malformed && (options->errors || options->nr_results == 0))
		return true;
	if (said->kind != SAID_ANSWER)
		return !options->errors && options->nr_results == 0;
	if (options->errors && has_failed(said))
		return true;
	captured = said_captured(said);
	result = sheepsim_captured_result(&captured);
	for (size_t i = 0; i < options->nr_results; i++) {
		if (result == options->results[i])
			return true;
	}
	return !options->errors && options->nr_results == 0;
}

/* ------------------------------------------------------------------ messages */

static void count(struct book *book, const struct said *said)
{
	struct totals *t = &book->totals;

	t->messages++;
	t->requests += said->kind == SAID_REQUEST;
	t->answers += said->kind == SAID_ANSWER;
	t->failed += has_failed(said);
	t->malformed += said->malformed;
}

/* What stands before something of this conversation at this time. */
static void show_front(struct book *book, struct talk_info *talk, uint64_t time)
{
	show_of(book)->day(book->out, book, time);
	if (!talk->shown)
		show_of(book)->talk(book->out, book, talk);
	talk->shown = true;
}

/* Keeps what would be shown of a request. */
static void hold(struct book *book, const struct said *said)
{
	size_t len;
	FILE *memory = open_memstream(&said->question->held, &len);

	need(memory);
	show_of(book)->said(memory, book, said);
	fclose(memory);
}

void tell_input(struct book *book, const char *name)
{
	show_of(book)->input(book->out, name);
}

void tell_said(struct book *book, const struct said *said)
{
	struct question *q = said->question;

	count(book, said);
	if (!wants_said(book->options, said))
		return;
	if (!wants_result(book->options, said)) {
		if (said->kind == SAID_REQUEST && q != NULL)
			hold(book, said);
		return;
	}
	if (said->kind == SAID_ANSWER && q != NULL && q->held != NULL) {
		show_front(book, said->talk, q->time);
		fputs(q->held, book->out);
	}
	show_front(book, said->talk, said->time);
	show_of(book)->said(book->out, book, said);
}

void tell_skipped(struct book *book, const struct skipped *skipped)
{
	book->totals.skipped += skipped->len;
	book->totals.malformed += skipped->malformed;
	if (!wants_talk(book->options, skipped->talk))
		return;
	if (book->options->errors && !skipped->malformed)
		return;
	show_front(book, skipped->talk, skipped->time);
	show_of(book)->skipped(book->out, book, skipped);
}

void tell_closed(struct book *book, const struct talk_info *talk, char by)
{
	if (talk->shown && !book->options->errors && book->options->nr_results == 0)
		show_of(book)->closed(book->out, book, talk, by);
}

static int questions_by_n(const void *a, const void *b)
{
	const struct question *const *x = a;
	const struct question *const *y = b;

	return (*x)->n < (*y)->n ? -1 : (*x)->n > (*y)->n;
}

static void show_unanswered(struct book *book, const struct question *q)
{
	const struct decode_options *options = book->options;

	if (!wants_talk(options, &q->info) || !wants_request(options, q->head) ||
	    (options->nr_results > 0 && !options->errors))
		return;
	show_of(book)->day(book->out, book, q->time);
	show_of(book)->unanswered(book->out, book, q);
}

void tell_end(struct book *book)
{
	struct question *q, **list = NULL;
	size_t nr = 0, cap = 0;

	while ((q = TAILQ_FIRST(&book->unanswered)) != NULL) {
		TAILQ_REMOVE(&book->unanswered, q, link);
		if (nr == cap) {
			cap = cap * 2 + 16;
			list = need(realloc(list, cap * sizeof(struct question *)));
		}
		list[nr++] = q;
	}
	/* Conversations have ended in an order of their own. */
	if (nr > 0)
		qsort(list, nr, sizeof(struct question *), questions_by_n);
	book->totals.unanswered = nr;
	for (size_t i = 0; i < nr; i++) {
		show_unanswered(book, list[i]);
		free(list[i]->held);
		free(list[i]);
	}
	free(list);
	show_of(book)->end(book->out, book);
}
