/*
 * A scenario's text, taken apart: blocks of commands and the output that each block must give.
 *
 *	# comment
 *	command word key=value
 *	command ...
 *	----
 *	output, up to an empty line
 *
 * What the words of a command mean stands in its table of parameters (command.h), and is checked
 * here for the whole file before anything runs: a scenario with a typing mistake in its last line
 * fails at once. The script keeps pointers into the text, which must outlive it; it knows no
 * cluster.
 */
#ifndef SHEEPSIM_SCENARIO_SCRIPT_H
#define SHEEPSIM_SCENARIO_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command;
struct param;

/* A word of a command line, quotes taken off. */
struct word {
	char *text;
	unsigned int column; /* 1, 2, ...: where it begins */
};

struct value {
	const struct param *param;
	const char *word;    /* for keys: what follows the = */
	uint64_t number;     /* of numbers, sizes (bytes), times (ns), nodes, flags (1) */
	unsigned int column; /* where the value begins */
	struct call *call;   /* a command within a command */
};

/* One command with its values. */
struct call {
	const struct command *command;
	unsigned int line, column;
	struct word *words; /* of the line; a call within it has none of its own */
	size_t nr_words;
	struct value *values; /* in the order of the line */
	size_t nr_values;
};

/* A piece of the text. */
struct span {
	const char *at;
	size_t len;
};

struct block {
	struct call **calls;
	size_t nr_calls;
	struct span head;      /* comments and commands before it, up to the rule */
	bool has_rule;	       /* there is a line ---- */
	struct span *expected; /* lines, without what ends them */
	size_t nr_expected;
	bool closed;		/* an empty line has ended them */
	unsigned int rule_line; /* of the rule, or of the line after the commands */
};

struct script {
	const char *name;
	const char *eol; /* how its lines end */
	struct block *blocks;
	size_t nr_blocks;
	struct span tail; /* what follows the last block */
};

/* The first thing that was wrong, as "NAME:LINE:COLUMN: words". */
struct complaint {
	const char *name;
	char *words; /* NULL: nothing was; free() it */
	/* Commands that whoever asks has besides, by number; NULL after the last. NULL: has none.
	 */
	const char *(*others)(unsigned int i);
};

/* Keeps the complaint if it is the first; always false. column 0: the whole line. */
bool complain(struct complaint *c, unsigned int line, unsigned int column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Takes text apart; NULL, with a complaint, if that is not possible. Any bytes will do. */
struct script *script_parse(const char *text, const char *name, struct complaint *c);
void script_free(struct script *s);

#endif
