/*
 * Text files of one item a line, as the vectors, sequences and masks are: words, comments, and what
 * is wrong with FILE:LINE.
 */
#ifndef SHEEPSIM_CLI_LINES_H
#define SHEEPSIM_CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_WORDS 64

struct lines_reader {
	const char *name;
	char *content; /* owned; words point into it */
	char *next;
	unsigned int line;
	char *comment;		 /* of the line: what follows its #, NULL: none */
	char *words[LINE_WORDS]; /* of what stands before it */
	size_t nr_words;
	bool indented; /* the line begins with blanks */
	char error[400];
};

/* Opens a file, or text (copied). False: reader->error tells why. */
bool lines_open(struct lines_reader *r, const char *path);
void lines_open_text(struct lines_reader *r, const char *name, const char *text);
void lines_close(struct lines_reader *r);

/* The next line that is not empty, taken apart; a line that begins with # is only a comment. False:
 * the end, or an error. */
bool lines_next(struct lines_reader *r);

/* Sets the error, with FILE:LINE; always false. */
bool lines_error(struct lines_reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Numbers and bytes as they stand in such files; false: it is none. */
bool line_number(const char *word, uint64_t most, uint64_t *number);
/* Bytes of hexadecimal digits; bytes[] has room for half as many as the word is long. */
bool line_hex(const char *word, size_t digits, uint8_t *bytes);

#endif
