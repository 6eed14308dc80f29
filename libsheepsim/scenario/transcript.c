/* Blocks and their output, old and new. */
#include <stdlib.h>

#include "scenario/diff.h"
#include "scenario/transcript.h"

/* Adds what stands above the output of a block, rule included. */
static void add_head(struct transcript *t, const struct block *b, bool rule)
{
	const char *eol = t->script->eol;

	text_addn(&t->text, b->head.at, b->head.len);
	if (!rule)
		return;
	if (b->head.len > 0 && b->head.at[b->head.len - 1] != '\n')
		text_add(&t->text, "%s", eol);
	text_add(&t->text, "----%s", eol);
}

/* Adds lines of output, and the empty line after them that the parser has taken with them. */
static void add_lines(struct transcript *t, const struct block *b, const struct span *lines,
		      size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		text_addn(&t->text, lines[i].at, lines[i].len);
		text_add(&t->text, "%s", t->script->eol);
	}
	if (b->closed)
		text_add(&t->text, "%s", t->script->eol);
}

bool transcript_block(struct transcript *t, const struct block *b, const char *output)
{
	struct span *lines;
	size_t nr = split_lines(output, &lines);
	bool same = diff_lines(&t->diff, t->script->name, b->rule_line + b->has_rule, b->expected,
			       b->nr_expected, lines, nr);

	add_head(t, b, b->has_rule || nr > 0);
	add_lines(t, b, lines, nr);
	free(lines);
	return same;
}

void transcript_keep(struct transcript *t, const struct block *b)
{
	add_head(t, b, b->has_rule);
	add_lines(t, b, b->expected, b->nr_expected);
}

void transcript_end(struct transcript *t)
{
	text_addn(&t->text, t->script->tail.at, t->script->tail.len);
}
