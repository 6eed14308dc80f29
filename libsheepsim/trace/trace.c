/*
 * The stream of events: stamps, the run's digest, and the list of sinks.
 */
#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "trace/trace.h"
#include "wire/records.h"

static const struct {
	const char *name;
	const char *field[4];
} kinds[TRACE_NR_KINDS] = {
#define X(kind, name, a, b, c, d) [TRACE_##kind] = {name, {a, b, c, d}},
	TRACE_KINDS(X)
#undef X
};

void trace_init(struct trace *t, uint64_t (*now)(void *arg), void *now_arg)
{
	assert(now);
	memset(t, 0, sizeof *t);
	STAILQ_INIT(&t->sinks);
	t->now = now;
	t->now_arg = now_arg;
}

void trace_add_sink(struct trace *t, struct trace_sink *s)
{
	assert(s->event);
	STAILQ_INSERT_TAIL(&t->sinks, s, link);
}

void trace_remove_sink(struct trace *t, struct trace_sink *s)
{
	STAILQ_REMOVE(&t->sinks, s, trace_sink, link);
}

/*
 * Everything that tells one event from another is folded: a run whose digest is the same had the
 * same events. The payload's bytes are in SEND's and RECEIVE's digest number already.
 */
static uint64_t fold(uint64_t digest, const struct trace_event *e)
{
	digest = random_mix(digest, e->time);
	digest = random_mix(digest, (uint64_t)(uint32_t)e->place << 32 | (uint32_t)e->kind);
	for (int i = 0; i < 4; i++)
		digest = random_mix(digest, e->num[i]);
	if (e->head)
		digest = random_mix_bytes(digest, e->head, WIRE_HEADER);
	if (e->text)
		digest = random_mix_bytes(digest, e->text, strlen(e->text));
	return digest;
}

void trace_emit(struct trace *t, struct trace_event *e)
{
	struct trace_sink *s;

	assert(e->kind < TRACE_NR_KINDS);
	e->time = t->now(t->now_arg);
	e->seq = t->seq++;
	t->digest = fold(t->digest, e);
	STAILQ_FOREACH (s, &t->sinks, link)
		s->event(s, e);
}

const char *trace_kind_name(enum trace_kind kind)
{
	assert(kind < TRACE_NR_KINDS);
	return kinds[kind].name;
}

size_t trace_field_name(enum trace_kind kind, unsigned int i, const char **name, bool *hex)
{
	const char *field, *mark;

	assert(kind < TRACE_NR_KINDS);
	assert(i < 4);
	field = kinds[kind].field[i];
	mark = strchr(field, '%');
	*name = field;
	*hex = mark != NULL;
	return mark ? (size_t)(mark - field) : strlen(field);
}

void trace_note(struct trace *t, int place, enum trace_kind kind, uint64_t a, uint64_t b,
		uint64_t c, uint64_t d)
{
	struct trace_event e = {.place = place, .kind = kind, .num = {a, b, c, d}};

	trace_emit(t, &e);
}

void trace_vwords(struct trace *t, int place, enum trace_kind kind, uint64_t a, uint64_t b,
		  const char *format, va_list args)
{
	struct trace_event e = {.place = place, .kind = kind, .num = {a, b}};
	struct text text = {0};

	text_vadd(&text, format, args);
	e.text = text_get(&text);
	trace_emit(t, &e);
	text_free(&text);
}

void trace_words(struct trace *t, int place, enum trace_kind kind, uint64_t a, uint64_t b,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	trace_vwords(t, place, kind, a, b, format, args);
	va_end(args);
}
