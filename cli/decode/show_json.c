/* Records as JSON: one object a line (`sheepsim decode --help' lists their members). */
#include <inttypes.h>
#include <string.h>

#include "decode/show.h"
#include "sheepsim/sheepsim.h"

#define NS UINT64_C(1000000000)

static void string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void member(FILE *out, const char *name, const char *value)
{
	fprintf(out, ",\"%s\":", name);
	string(out, value);
}

static void number(FILE *out, const char *name, uint64_t value)
{
	fprintf(out, ",\"%s\":%" PRIu64, name, value);
}

static void seconds(FILE *out, const char *name, uint64_t ns)
{
	fprintf(out, ",\"%s\":%" PRIu64 ".%09" PRIu64, name, ns / NS, ns % NS);
}

static void begin(FILE *out, const char *type)
{
	fprintf(out, "{\"type\":\"%s\"", type);
}

static void end(FILE *out)
{
	fprintf(out, "}\n");
}

static void talk_members(FILE *out, const struct talk_info *talk)
{
	number(out, "conn", talk->number);
	if (talk->from[0] == '\0')
		return;
	member(out, "from", talk->from);
	member(out, "to", talk->to);
}

static void moment(FILE *out, const struct book *book, uint64_t time)
{
	if (book->timed)
		seconds(out, "time", time);
}

/* ------------------------------------------------------------------ fields */

struct fields {
	FILE *out;
	const struct said *said;
	unsigned nr;
};

/* Fields of the header that are not said already, by name. */
static void header_field(void *arg, const struct sheepsim_field *f)
{
	struct fields *l = arg;

	if (f->offset < 16 || f->offset >= l->said->head_len || strcmp(f->name, "result") == 0)
		return;
	fprintf(l->out, "%s\"%s\":", l->nr++ > 0 ? "," : "", f->name);
	string(l->out, f->value);
}

static void payload_field(void *arg, const struct sheepsim_field *f)
{
	struct fields *l = arg;

	if (f->offset < l->said->head_len)
		return;
	fprintf(l->out, "%s{\"name\":", l->nr++ > 0 ? "," : "");
	string(l->out, f->name);
	number(l->out, "offset", f->offset - l->said->head_len);
	number(l->out, "length", f->len);
	member(l->out, "value", f->value);
	fputc('}', l->out);
}

static void payload(FILE *out, const struct book *book, const struct said *said)
{
	struct fields fields = {.out = out, .said = said};
	struct data_summary d;

	if (said->len == 0)
		return;
	fprintf(out, ",\"payload\":{\"length\":%" PRIu64 ",\"captured\":%" PRIu64, said->len,
		said->got);
	summarise_data(said->payload, (size_t)said->got, &d);
	if (said->got == said->len)
		member(out, "sha1", d.sha1);
	fprintf(out, ",\"nonzero\":[");
	for (size_t i = 0; i < d.nr_nonzero; i++)
		fprintf(out, "%s[%" PRIu64 ",%" PRIu64 "]", i > 0 ? "," : "", d.nonzero[i].first,
			d.nonzero[i].last);
	fprintf(out, "]%s", d.more ? ",\"more\":true" : "");
	if (book->options->verbose > 0) {
		fprintf(out, ",\"fields\":[");
		said_fields(said, payload_field, &fields);
		fprintf(out, "]");
	}
	fprintf(out, "}");
}

/* ------------------------------------------------------------------ records */

static void json_day(FILE *out, struct book *book, uint64_t time)
{
	(void)out;
	(void)book;
	(void)time;
}

static void json_talk(FILE *out, const struct book *book, const struct talk_info *talk)
{
	(void)book;
	begin(out, "conn");
	talk_members(out, talk);
	end(out);
}

/* What headers of sheep say. */
static void head(FILE *out, const struct book *book, const struct said *said)
{
	bool answer = said->kind == SAID_ANSWER;
	struct fields fields = {.out = out, .said = said};
	struct sheepsim_captured captured;
	struct sheepsim_message m;

	sheepsim_message_head(said->head, answer, &m);
	member(out, "protocol", m.protocol);
	number(out, "opcode", m.opcode);
	number(out, "version", m.version);
	if (said->version != NULL)
		member(out, "peer", said->version);
	number(out, "flags", m.flags);
	number(out, "epoch", m.epoch);
	number(out, "id", m.id);
	number(out, "length", m.length);
	if (answer) {
		captured = said_captured(said);
		member(out, "result", sheepsim_result_name(sheepsim_captured_result(&captured)));
		number(out, "code", m.result);
	}
	if (answer && said->question != NULL) {
		number(out, "request", said->question->n);
		if (book->timed)
			seconds(out, "latency", said->time - said->question->time);
	}
	fprintf(out, ",\"header\":{");
	said_fields(said, header_field, &fields);
	fprintf(out, "}");
}

static void json_said(FILE *out, struct book *book, const struct said *said)
{
	char line[LINE_MAX_LEN];
	const char *rest = said_line(said, line);

	begin(out, "message");
	number(out, "n", said->n);
	moment(out, book, said->time);
	talk_members(out, said->talk);
	member(out, "kind", said_kind_name(said->kind));
	member(out, "op", line);
	number(out, "offset", said->offset);
	if (said->kind == SAID_REQUEST || said->kind == SAID_ANSWER)
		head(out, book, said);
	else
		member(out, "text", rest);
	payload(out, book, said);
	if (said->lost > 0)
		number(out, "lost", said->lost);
	if (said->cut != NULL)
		member(out, "cut", said->cut);
	if (said->malformed) {
		fprintf(out, ",\"malformed\":{\"offset\":%" PRIu64, said->wrong);
		number(out, "stream", said->offset + said->wrong);
		member(out, "reason", said->reason);
		fprintf(out, "}");
	}
	end(out);
}

static void json_skipped(FILE *out, struct book *book, const struct skipped *s)
{
	begin(out, "skipped");
	moment(out, book, s->time);
	talk_members(out, s->talk);
	member(out, "side", s->answers ? "answer" : "request");
	number(out, "offset", s->offset);
	number(out, "length", s->len);
	fprintf(out, ",\"malformed\":%s", s->malformed ? "true" : "false");
	member(out, "reason", s->reason);
	end(out);
}

static void json_closed(FILE *out, const struct book *book, const struct talk_info *talk, char by)
{
	begin(out, "close");
	moment(out, book, book->now);
	talk_members(out, talk);
	member(out, "by", by == 'C' ? "client" : "server");
	end(out);
}

static void json_unanswered(FILE *out, struct book *book, const struct question *q)
{
	struct sheepsim_message m;

	sheepsim_message_head(q->head, false, &m);
	begin(out, "unanswered");
	number(out, "n", q->n);
	moment(out, book, q->time);
	talk_members(out, &q->info);
	if (m.operation != NULL)
		member(out, "op", m.operation);
	number(out, "opcode", m.opcode);
	number(out, "id", m.id);
	member(out, "reason", q->why);
	end(out);
}

static void json_end(FILE *out, const struct book *book)
{
	const struct totals *t = &book->totals;

	begin(out, "end");
	number(out, "messages", t->messages);
	number(out, "conns", t->talks);
	number(out, "requests", t->requests);
	number(out, "answers", t->answers);
	number(out, "unanswered", t->unanswered);
	number(out, "failed", t->failed);
	number(out, "malformed", t->malformed);
	number(out, "skipped", t->skipped);
	number(out, "lost", t->lost);
	number(out, "packets", t->packets);
	number(out, "shortened", t->shortened);
	number(out, "fragments", t->fragments);
	end(out);
}

static void json_input(FILE *out, const char *name)
{
	begin(out, "input");
	member(out, "name", name);
	end(out);
}

const struct show show_json = {
	.input = json_input,
	.day = json_day,
	.talk = json_talk,
	.said = json_said,
	.skipped = json_skipped,
	.closed = json_closed,
	.unanswered = json_unanswered,
	.end = json_end,
};
