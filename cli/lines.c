/* Lines of words. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "lines.h"

bool lines_error(struct lines_reader *r, const char *format, ...)
{
	va_list args;
	int n = snprintf(r->error, sizeof(r->error), "%s:%u: ", r->name, r->line);

	if (n < 0 || (size_t)n >= sizeof(r->error))
		return false;
	va_start(args, format);
	vsnprintf(r->error + n, sizeof(r->error) - (size_t)n, format, args);
	va_end(args);
	return false;
}

bool lines_open(struct lines_reader *r, const char *path)
{
	size_t len;

	*r = (struct lines_reader){.name = path};
	r->content = file_read(path, &len);
	if (r->content == NULL) {
		snprintf(r->error, sizeof(r->error), "%s: %s", path, strerror(errno));
		return false;
	}
	r->next = r->content;
	if (strlen(r->content) != len) {
		snprintf(r->error, sizeof(r->error), "%s: not text: it has NUL bytes", path);
		return false;
	}
	return true;
}

void lines_open_text(struct lines_reader *r, const char *name, const char *text)
{
	*r = (struct lines_reader){.name = name};
	r->content = need(strdup(text));
	r->next = r->content;
}

void lines_close(struct lines_reader *r)
{
	free(r->content);
	r->content = NULL;
}

/* Cuts the comment off: the line's first #, or the first one behind a blank. */
static void cut_comment(struct lines_reader *r, char *line)
{
	char *sharp = line[0] == '#' ? line : strstr(line, " #");

	r->comment = NULL;
	if (sharp == NULL)
		return;
	r->comment = sharp + (sharp == line ? 1 : 2);
	*sharp = '\0';
}

bool lines_next(struct lines_reader *r)
{
	while (r->error[0] == '\0' && *r->next != '\0') {
		char *line = r->next;
		char *end = strchrnul(line, '\n');
		char *state;

		r->next = *end == '\0' ? end : end + 1;
		*end = '\0';
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		r->line++;
		r->indented = line[0] == ' ' || line[0] == '\t';
		cut_comment(r, line);
		r->nr_words = 0;
		for (char *w = strtok_r(line, " \t", &state); w != NULL;
		     w = strtok_r(NULL, " \t", &state)) {
			if (r->nr_words == LINE_WORDS)
				break; /* only commands of steps are so long; their rest is not used
					*/
			r->words[r->nr_words++] = w;
		}
		if (r->nr_words > 0 || r->comment != NULL)
			return true;
	}
	return false;
}

bool line_number(const char *word, uint64_t most, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)*word))
		return false;
	errno = 0;
	*number = strtoull(word, &end, 10);
	return errno == 0 && *end == '\0' && *number <= most;
}

bool line_hex(const char *word, size_t digits, uint8_t *bytes)
{
	if (digits % 2 != 0)
		return false;
	for (size_t i = 0; i < digits; i++) {
		unsigned int c = (unsigned char)word[i];

		if (!isxdigit((int)c))
			return false;
		c = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
		bytes[i / 2] = (uint8_t)(i % 2 == 0 ? c << 4 : bytes[i / 2] | c);
	}
	return true;
}
