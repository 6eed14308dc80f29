#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "check/report.h"

#define LINES_MAX 12u /* of one check */

void report_init(struct report *r, struct trace *trace)
{
	memset(r, 0, sizeof *r);
	r->trace = trace;
}

void report_free(struct report *r)
{
	text_free(&r->lines);
}

void report_begin(struct report *r, uint32_t check)
{
	assert(r->left_out == 0);
	r->check = check;
	r->found = 0;
}

void report_end(struct report *r)
{
	if (r->left_out)
		text_add(&r->lines, "    and %u more of these\n", r->left_out);
	r->left_out = 0;
}

/* True if there is room for another line of this check. */
static bool count(struct report *r)
{
	assert(r->check);
	r->violated |= r->check;
	if (++r->found > LINES_MAX)
		r->left_out++;
	return r->found <= LINES_MAX;
}

void report_told(struct report *r, const char *invariant, const char *text)
{
	if (count(r))
		text_add(&r->lines, "%s: %s\n", invariant, text);
}

void report_violation(struct report *r, const char *invariant, const char *format, ...)
{
	struct text line = {0};
	va_list args;

	if (!count(r))
		return;
	text_add(&line, "%s: ", invariant);
	va_start(args, format);
	text_vadd(&line, format, args);
	va_end(args);
	trace_words(r->trace, -1, TRACE_VIOLATION, 0, 0, "%s", text_get(&line));
	text_add(&r->lines, "%s\n", text_get(&line));
	text_free(&line);
}
