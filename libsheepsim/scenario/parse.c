/* From text to blocks of commands; what single words mean is in arguments.c. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "scenario/arguments.h"
#include "scenario/command.h"
#include "scenario/script.h"

bool complain(struct complaint *c, unsigned int line, unsigned int column, const char *format, ...)
{
	va_list args;
	struct text t = {0};

	if (c->words != NULL)
		return false;
	text_add(&t, "%s:%u:", c->name, line);
	if (column > 0)
		text_add(&t, "%u:", column);
	text_add(&t, " ");
	va_start(args, format);
	text_vadd(&t, format, args);
	va_end(args);
	c->words = mem_string(text_get(&t));
	text_free(&t);
	return false;
}

/* What some editors put before a text in UTF-8. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Where the parser is in the text: always at the beginning of a line. */
struct cursor {
	const char *at;
	unsigned int line;
};

/*
 * The line at the cursor, without what ends it, be it \r\n or more \r than one; the cursor moves
 * on. False: the text has ended.
 */
static bool next_line(struct cursor *c, struct span *line)
{
	const char *end;

	if (*c->at == '\0')
		return false;
	end = strchrnul(c->at, '\n');
	*line = (struct span){c->at, (size_t)(end - c->at)};
	while (line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	c->at = *end == '\n' ? end + 1 : end;
	c->line++;
	return true;
}

static bool is_blank(const struct span *line)
{
	for (size_t i = 0; i < line->len; i++) {
		if (line->at[i] != ' ' && line->at[i] != '\t')
			return false;
	}
	return true;
}

static bool is_rule(const struct span *line)
{
	return line->len == 4 && memcmp(line->at, "----", 4) == 0;
}

static bool is_comment(const struct span *line)
{
	size_t i = 0;

	while (i < line->len && (line->at[i] == ' ' || line->at[i] == '\t'))
		i++;
	return i < line->len && line->at[i] == '#';
}

/* Adds a block's next command; the line is neither blank nor a comment. */
static bool add_call(struct block *b, const struct span *line, unsigned int number,
		     struct complaint *c)
{
	struct call *call = mem_alloc(sizeof(*call));

	b->calls = mem_grow(b->calls, b->nr_calls, sizeof(struct call *));
	b->calls[b->nr_calls++] = call;
	call->line = number;
	return split_words(call, line, c) && parse_call(call, c);
}

/* The output that a block expects: up to an empty line. */
static void parse_output(struct block *b, struct cursor *at)
{
	struct span line;

	while (next_line(at, &line)) {
		if (line.len == 0) {
			b->closed = true;
			break;
		}
		b->expected = mem_grow(b->expected, b->nr_expected, sizeof(struct span));
		b->expected[b->nr_expected++] = line;
	}
}

/* One block from the cursor on; without calls if there are no more commands. */
static bool parse_block(struct block *b, struct cursor *at, struct complaint *c)
{
	struct cursor before = *at;
	struct span line;

	b->head.at = at->at;
	while (next_line(at, &line)) {
		if (is_blank(&line) && b->nr_calls > 0) {
			*at = before; /* the empty line belongs to what follows */
			break;
		}
		if (is_rule(&line)) {
			if (b->nr_calls == 0)
				return complain(c, at->line, 0, "there is no command above ----");
			b->has_rule = true;
			break;
		}
		if (!is_blank(&line) && !is_comment(&line) && !add_call(b, &line, at->line, c))
			return false;
		before = *at;
	}
	b->head.len = (size_t)(before.at - b->head.at);
	b->rule_line = before.line + 1;
	if (b->has_rule)
		parse_output(b, at);
	return true;
}

struct script *script_parse(const char *text, const char *name, struct complaint *c)
{
	struct script *s = mem_alloc(sizeof(*s));
	struct cursor at = {text, 0};
	const char *end = strchr(text, '\n');
	bool good = true;

	s->name = name;
	s->eol = end != NULL && end > text && end[-1] == '\r' ? "\r\n" : "\n";
	if (strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0) {
		good = complain(c, 1, 1, "a byte order mark: save the file as UTF-8 without one");
	}
	while (good && *at.at != '\0') {
		struct block *b;

		s->blocks = mem_grow(s->blocks, s->nr_blocks, sizeof(*b));
		b = &s->blocks[s->nr_blocks++];
		memset(b, 0, sizeof(*b));
		good = parse_block(b, &at, c);
		if (good && b->nr_calls == 0) {
			s->tail = b->head; /* comments and blank lines only */
			s->nr_blocks--;
		}
	}
	if (good)
		return s;
	script_free(s);
	return NULL;
}

static void call_free(struct call *call)
{
	for (size_t i = 0; i < call->nr_values; i++) {
		if (call->values[i].call != NULL)
			call_free(call->values[i].call);
	}
	for (size_t i = 0; i < call->nr_words; i++)
		free(call->words[i].text);
	free(call->words);
	free(call->values);
	free(call);
}

void script_free(struct script *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->nr_blocks; i++) {
		for (size_t k = 0; k < s->blocks[i].nr_calls; k++)
			call_free(s->blocks[i].calls[k]);
		free(s->blocks[i].calls);
		free(s->blocks[i].expected);
	}
	free(s->blocks);
	free(s);
}
