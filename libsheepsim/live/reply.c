/*
 * What consoles are told.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "live/control.h"

/* Calls fn for each line of a text. */
static void each_line(const char *text, struct text *t,
		      void (*fn)(struct text *t, const char *line, size_t len))
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		fn(t, text, len);
		text += len;
		text += *text == '\n';
	}
}

static void add_line(struct text *t, const char *line, size_t len)
{
	text_add(t, "- ");
	text_addn(t, line, len);
	text_add(t, "\n");
}

static void add_json_line(struct text *t, const char *line, size_t len)
{
	struct text one = {0};

	text_addn(&one, line, len);
	if (text_get(t)[t->len - 1] != '[')
		text_add(t, ",");
	text_json(t, text_get(&one));
	text_free(&one);
}

/* "no-progress": the name of an error, in lower case. */
static void add_kind(struct text *t, int error)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
#define X(name, number, words) {number, #name},
		SHEEPSIM_ERRORS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (names[i].number != error)
			continue;
		for (const char *c = names[i].name; *c; c++)
			text_add(t, "%c", *c == '_' ? '-' : tolower((unsigned char)*c));
	}
}

static void reply_json(struct console *c, int error, const char *out, const char *rows,
		       const char *words)
{
	struct text *t = &c->out;

	text_add(t, "{\"output\":[");
	each_line(out, t, add_json_line);
	text_add(t, "],");
	/* for programs: not all commands have them */
	if (*rows)
		text_add(t, "\"rows\":[%s],", rows);
	text_add(t, "\"error\":");
	if (error < 0) {
		text_add(t, "\"");
		add_kind(t, error);
		text_add(t, "\",\"message\":");
		text_json(t, words);
	} else {
		text_add(t, "null");
	}
	text_add(t, "}\n");
}

void reply(struct console *c, int error, const char *out, const char *rows, const char *words)
{
	const char *last = strrchr(words, '\n');

	/* the words of pending things end with a line break */
	if (last && !last[1]) {
		struct text cut = {0};

		text_addn(&cut, words, (size_t)(last - words));
		reply(c, error, out, rows, text_get(&cut));
		text_free(&cut);
		return;
	}
	if (c->json) {
		reply_json(c, error, out, rows, words);
		return;
	}
	each_line(out, &c->out, add_line);
	if (error < 0) {
		size_t first = strcspn(words, "\n");

		if (words[first])
			each_line(words + first + 1, &c->out, add_line);
		text_add(&c->out, "error ");
		add_kind(&c->out, error);
		text_add(&c->out, " %.*s\n", (int)first, words);
	} else {
		text_add(&c->out, "ok\n");
	}
}

static void add_event_line(struct text *t, const char *line, size_t len)
{
	text_add(t, "* output %.*s\n", (int)len, line);
}

void reply_output(struct console *c, const char *lines)
{
	if (!c->json) {
		each_line(lines, &c->out, add_event_line);
		return;
	}
	text_add(&c->out, "{\"event\":\"output\",\"text\":");
	text_json(&c->out, lines);
	text_add(&c->out, "}\n");
}

/* The numbers of an event, by their names. */
static void add_numbers(struct text *t, const struct sheepsim_event *e)
{
	enum trace_kind kind = TRACE_NR_KINDS;

	for (int k = 0; k < TRACE_NR_KINDS; k++)
		if (strcmp(trace_kind_name((enum trace_kind)k), e->kind) == 0)
			kind = (enum trace_kind)k;
	for (unsigned i = 0; i < 4 && kind < TRACE_NR_KINDS; i++) {
		const char *name;
		bool hex;
		size_t len = trace_field_name(kind, i, &name, &hex);

		if (len == 0)
			continue;
		text_add(t, ",\"%.*s\":", (int)len, name);
		/* 64 bits are more than numbers of JSON hold everywhere */
		text_add(t, hex ? "\"%" PRIx64 "\"" : "%" PRId64, e->num[i]);
	}
}

void reply_event(struct console *c, const struct sheepsim_event *e)
{
	struct text *t = &c->out;
	char place[24];

	if (!c->json) {
		text_add(t, "* %s\n", e->line);
		return;
	}
	text_add(t, "{\"event\":\"%s\",\"time\":%" PRIu64 ",\"place\":\"%s\"", e->kind, e->time,
		 place_name(e->place, place));
	add_numbers(t, e);
	if (e->text) {
		text_add(t, ",\"text\":");
		text_json(t, e->text);
	}
	text_add(t, "}\n");
}
