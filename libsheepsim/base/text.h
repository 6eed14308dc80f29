/*
 * Text that grows: what transcripts, reports and error messages are built in.
 */
#ifndef SHEEPSIM_BASE_TEXT_H
#define SHEEPSIM_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
	char *data; /* NUL-terminated, or NULL while nothing was added */
	size_t len;
	size_t cap;
};

void text_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vadd(struct text *t, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
void text_addn(struct text *t, const char *s, size_t len);

/* Adds a string of JSON, with its quotes. */
void text_json(struct text *t, const char *s);

/* What was added so far; "" if nothing. */
const char *text_get(const struct text *t);

/* Empties it, keeping its memory. */
void text_clear(struct text *t);

void text_free(struct text *t);

#endif
