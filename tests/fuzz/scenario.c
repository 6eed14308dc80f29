/*
 * The parser of scenarios: any text is taken apart, or refused with its place; what was taken apart
 * can be put together again.
 *
 * Input: the text.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "base/text.h"
#include "scenario/command.h"
#include "scenario/transcript.h"

/* The number of the line that a piece of the text begins in. */
static unsigned int line_of(const char *text, const char *at)
{
	unsigned int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static void check_complaint(const char *text, const struct complaint *c)
{
	unsigned int line, end = line_of(text, text + strlen(text));
	char *rest;

	assert(c->words != NULL && strncmp(c->words, "fuzz:", 5) == 0);
	line = (unsigned int)strtoul(c->words + 5, &rest, 10);
	assert(line > 0 && line <= end && *rest == ':');
}

static void check_values(const struct call *call)
{
	assert(call->command != NULL && call->column > 0);
	for (size_t i = 0; i < call->nr_values; i++) {
		const struct value *v = &call->values[i];
		bool inner = v->param->type == VALUE_COMMAND || v->param->type == VALUE_ACTION;

		assert(v->word != NULL && v->column > 0);
		assert((v->call != NULL) == inner);
		if (inner)
			check_values(v->call);
		if (v->param->type == VALUE_NODE)
			assert(v->number <= INT16_MAX);
	}
}

static void check_script(const char *text, const struct script *s)
{
	const char *end = text + strlen(text);

	for (size_t i = 0; i < s->nr_blocks; i++) {
		const struct block *b = &s->blocks[i];
		unsigned int line = 0;

		assert(b->head.at >= text && b->head.at + b->head.len <= end);
		assert(b->nr_calls > 0 && (b->has_rule || b->nr_expected == 0));
		for (size_t k = 0; k < b->nr_calls; k++) {
			assert(b->calls[k]->nr_words > 0 && b->calls[k]->line > line);
			line = b->calls[k]->line;
			check_values(b->calls[k]);
		}
		assert(b->rule_line > line);
		assert(!b->has_rule || b->rule_line <= line_of(text, end));
	}
}

/* The text as it stands in the script; free() it. */
static char *put_together(const struct script *s)
{
	struct transcript t = {.script = s};
	char *text;

	for (size_t i = 0; i < s->nr_blocks; i++)
		transcript_keep(&t, &s->blocks[i]);
	transcript_end(&t);
	text = mem_string(text_get(&t.text));
	text_free(&t.text);
	text_free(&t.diff);
	return text;
}

/* Lines end one way, and the last one ends too. */
static void normalize(char *text)
{
	char *to = text;
	bool is_open = false; /* what is behind the last end is a line, although of nothing else */

	for (const char *from = text; *from != '\0'; from++) {
		size_t ends = strspn(from, "\r");

		if (ends > 0 && (from[ends] == '\n' || from[ends] == '\0')) {
			is_open = from[ends] == '\0';
			continue;
		}
		*to++ = *from;
	}
	if (to > text && to[-1] == '\n' && !is_open)
		to--;
	*to = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	char *text = take_string(&in);
	struct complaint c = {.name = "fuzz"};
	struct script *s = script_parse(text, "fuzz", &c), *again;
	char *together, *twice;

	if (s == NULL) {
		check_complaint(text, &c);
		free(c.words);
		free(text);
		return 0;
	}
	assert(c.words == NULL);
	check_script(text, s);
	together = put_together(s);
	again = script_parse(together, "fuzz", &c);
	assert(again != NULL && again->nr_blocks == s->nr_blocks);
	twice = put_together(again);
	assert(strcmp(together, twice) == 0);
	script_free(again);
	script_free(s);

	normalize(text);
	normalize(together);
	assert(strcmp(text, together) == 0);
	free(twice);
	free(together);
	free(text);
	return 0;
}
