/* Records as text. */
#include <string.h>
#include <time.h>

#include "decode/show.h"
#include "sheepsim/sheepsim.h"

#define NS	     UINT64_C(1000000000)
#define FEW_FIELDS   40 /* of a payload, unless all are asked for */
#define FEW_RANGES   4	/* of bytes that are not zero */
#define SHORT_DIGEST 12
#define BRIEF	     90 /* columns for what a payload says */

/* ------------------------------------------------------------------ times */

static struct tm local_time(uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS);
	struct tm tm = {0};

	localtime_r(&seconds, &tm);
	return tm;
}

static void text_day(FILE *out, struct book *book, uint64_t time)
{
	struct tm tm = local_time(time);
	int day = (tm.tm_year + 1900) * 1000 + tm.tm_yday;

	if (!book->timed || day == book->day)
		return;
	book->day = day;
	fprintf(out, "-- %04d-%02d-%02d\n", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static void print_time(FILE *out, const struct book *book, uint64_t time)
{
	struct tm tm = local_time(time);

	if (book->timed)
		fprintf(out, "%02d:%02d:%02d.%06u ", tm.tm_hour, tm.tm_min, tm.tm_sec,
			(unsigned)(time % NS / 1000));
}

static void print_duration(FILE *out, uint64_t ns)
{
	if (ns < NS / 1000)
		fprintf(out, "%llu us", (unsigned long long)(ns / 1000));
	else if (ns < NS)
		fprintf(out, "%llu.%03llu ms", (unsigned long long)(ns / 1000000),
			(unsigned long long)(ns / 1000 % 1000));
	else
		fprintf(out, "%llu.%03llu s", (unsigned long long)(ns / NS),
			(unsigned long long)(ns / 1000000 % 1000));
}

/* ------------------------------------------------------------------ payloads */

static void print_data(FILE *out, const uint8_t *bytes, size_t len)
{
	struct data_summary d;

	summarise_data(bytes, len, &d);
	if (d.nr_nonzero == 0) {
		fprintf(out, "%zu zeros", len);
		return;
	}
	fprintf(out, "%zu bytes, sha1 %.*s, not zero:", len, SHORT_DIGEST, d.sha1);
	for (size_t i = 0; i < d.nr_nonzero && i < FEW_RANGES; i++)
		fprintf(out, " %llu-%llu", (unsigned long long)d.nonzero[i].first,
			(unsigned long long)d.nonzero[i].last);
	if (d.more || d.nr_nonzero > FEW_RANGES)
		fprintf(out, " ...");
}

/* What a line says of a payload: the data in numbers, or the first fields that say something. */
struct brief {
	FILE *out;
	const struct said *said;
	unsigned nr;
	size_t columns;
	bool full;
};

static void brief_field(void *arg, const struct sheepsim_field *f)
{
	struct brief *b = arg;
	/* 0, 0x0, 000000, 0.000000000, "" */
	bool says_nothing = strspn(f->value, "0x.\"") == strlen(f->value);
	size_t columns = strlen(f->name) + strlen(f->value) + 2;

	if (f->offset < b->said->head_len || says_nothing || b->full)
		return;
	if (b->nr == 0)
		fprintf(b->out, " |");
	if (b->nr > 0 && b->columns + columns > BRIEF) {
		b->full = true;
		fprintf(b->out, " ...");
		return;
	}
	b->nr++;
	b->columns += columns;
	if (is_data_field(f->name)) {
		size_t at = (size_t)(f->offset - b->said->head_len);

		fprintf(b->out, " ");
		print_data(b->out, b->said->payload + at, (size_t)f->len);
	} else {
		fprintf(b->out, " %s=%s", f->name, f->value);
	}
}

static void print_brief(FILE *out, const struct said *said)
{
	struct brief b = {.out = out, .said = said};

	/* The lines of all others say that themselves. */
	if ((said->kind == SAID_REQUEST || said->kind == SAID_ANSWER) && said->got > 0)
		said_fields(said, brief_field, &b);
	if (said->lost > 0)
		fprintf(out, " | %llu of %llu bytes not captured", (unsigned long long)said->lost,
			(unsigned long long)said->len);
	if (said->cut != NULL)
		fprintf(out, " | cut after %llu of %llu bytes: %s", (unsigned long long)said->got,
			(unsigned long long)said->len, said->cut);
}

/* ------------------------------------------------------------------ fields */

struct listing {
	FILE *out;
	const struct said *said;
	bool all;
	size_t nr, more; /* of the payload; more: that are not shown */
};

static void list_field(void *arg, const struct sheepsim_field *f)
{
	struct listing *l = arg;
	size_t head = l->said->head_len;
	char place[32];

	if (f->offset >= head && l->nr++ >= FEW_FIELDS && !l->all) {
		l->more++;
		return;
	}
	/* Offsets in the payload count from its own front. */
	if (f->offset < head)
		snprintf(place, sizeof(place), "%llu", (unsigned long long)f->offset);
	else
		snprintf(place, sizeof(place), "+%llu", (unsigned long long)(f->offset - head));
	fprintf(l->out, "%16s %5llu  %-22s ", place, (unsigned long long)f->len, f->name);
	if (is_data_field(f->name) && l->said->kind <= SAID_ANSWER)
		print_data(l->out, l->said->payload + (f->offset - head), (size_t)f->len);
	else
		fprintf(l->out, "%s", f->value);
	fprintf(l->out, "\n");
}

static void print_fields(FILE *out, const struct book *book, const struct said *said)
{
	struct listing l = {.out = out, .said = said, .all = book->options->verbose > 1};

	said_fields(said, list_field, &l);
	if (l.more > 0)
		fprintf(out, "%16s %5s  %zu more fields (-vv shows them)\n", "", "", l.more);
}

/* ------------------------------------------------------------------ records */

static char mark(const struct said *said)
{
	if (said->kind == SAID_REQUEST || said->kind == SAID_TO_SHEPHERD)
		return '>';
	return said->kind == SAID_ANSWER || said->kind == SAID_FROM_SHEPHERD ? '<' : '*';
}

static void print_front(FILE *out, const struct book *book, unsigned n, uint64_t time,
			unsigned talk, char direction)
{
	fprintf(out, "%5u ", n);
	print_time(out, book, time);
	if (talk > 0)
		fprintf(out, "%3u %c ", talk, direction);
	else
		fprintf(out, "  - %c ", direction);
}

static void print_question(FILE *out, const struct book *book, const struct said *said)
{
	if (said->kind != SAID_ANSWER)
		return;
	if (said->question == NULL) {
		fprintf(out, "  (request not seen)");
		return;
	}
	fprintf(out, "  (#%u", said->question->n);
	if (book->timed) {
		fprintf(out, ", ");
		print_duration(out, said->time - said->question->time);
	}
	fprintf(out, ")");
}

static void text_said(FILE *out, struct book *book, const struct said *said)
{
	char line[LINE_MAX_LEN];
	const char *rest = said_line(said, line);

	print_front(out, book, said->n, said->time, said->talk->number, mark(said));
	fprintf(out, *rest != '\0' ? "%-20s %s" : "%s", line, rest);
	print_brief(out, said);
	print_question(out, book, said);
	fprintf(out, "\n");
	if (said->malformed)
		fprintf(out, "      ! malformed at byte %llu of it, %llu of the stream: %s\n",
			(unsigned long long)said->wrong,
			(unsigned long long)(said->offset + said->wrong), said->reason);
	if (book->options->verbose > 0)
		print_fields(out, book, said);
}

static void text_talk(FILE *out, const struct book *book, const struct talk_info *talk)
{
	(void)book;
	if (talk->from[0] != '\0')
		fprintf(out, "conn %u  %s > %s\n", talk->number, talk->from, talk->to);
}

static void text_skipped(FILE *out, struct book *book, const struct skipped *s)
{
	fprintf(out, "    %c ", s->malformed ? '!' : '-');
	print_time(out, book, s->time);
	fprintf(out, "%3u %c %spassed over %llu bytes at %llu of the stream: %s\n", s->talk->number,
		s->answers ? '<' : '>', s->malformed ? "malformed: " : "",
		(unsigned long long)s->len, (unsigned long long)s->offset, s->reason);
}

static void text_closed(FILE *out, const struct book *book, const struct talk_info *talk, char by)
{
	fprintf(out, "    - ");
	print_time(out, book, book->now);
	fprintf(out, "%3u closed by %s\n", talk->number, by == 'C' ? talk->from : talk->to);
}

static void text_unanswered(FILE *out, struct book *book, const struct question *q)
{
	char line[LINE_MAX_LEN];
	const char *rest;
	struct said said = {.kind = SAID_REQUEST};

	memcpy(said.head, q->head, sizeof(said.head));
	memcpy(said.request, q->head, sizeof(said.request));
	said.version = q->version;
	rest = said_line(&said, line);
	if (!book->headed)
		fprintf(out, "-- without an answer\n");
	book->headed = true;
	print_front(out, book, q->n, q->time, q->info.number, '>');
	fprintf(out, "%-20s %s  (%s)\n", line, rest, q->why);
}

/* "; 3 requests", if there are any; an s makes many of one. */
static void print_count(FILE *out, const char *before, uint64_t n, const char *what,
			const char *rest)
{
	if (n > 0)
		fprintf(out, "%s%llu %s%s%s", before, (unsigned long long)n, what,
			n == 1 ? "" : "s", rest);
}

static void text_end(FILE *out, const struct book *book)
{
	const struct totals *t = &book->totals;

	fprintf(out, "%llu message%s", (unsigned long long)t->messages,
		t->messages == 1 ? "" : "s");
	print_count(out, " on ", t->talks, "connection", "");
	print_count(out, "; ", t->requests, "request", "");
	if (t->unanswered > 0)
		fprintf(out, ", %llu without an answer", (unsigned long long)t->unanswered);
	print_count(out, "; ", t->failed, "answer", " other than SUCCESS");
	if (t->malformed > 0)
		fprintf(out, "; %llu malformed", (unsigned long long)t->malformed);
	print_count(out, "; ", t->skipped, "byte", " passed over");
	print_count(out, "; ", t->lost, "byte", " not captured");
	print_count(out, "; ", t->shortened, "packet",
		    " cut short by the capture (tcpdump -s 0 keeps them whole)");
	print_count(out, "; ", t->fragments, "IP fragment", " left out");
	fprintf(out, "\n");
}

static void text_input(FILE *out, const char *name)
{
	fprintf(out, "== %s\n", name);
}

const struct show show_text = {
	.input = text_input,
	.day = text_day,
	.talk = text_talk,
	.said = text_said,
	.skipped = text_skipped,
	.closed = text_closed,
	.unanswered = text_unanswered,
	.end = text_end,
};
