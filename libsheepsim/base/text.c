#include "base/text.h"
#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for len more characters and the NUL. */
static void text_reserve(struct text *t, size_t len)
{
	size_t need = t->len + len + 1;

	assert(need > len);
	if (need <= t->cap)
		return;
	t->cap = need < 64 ? 64 : need + need / 2;
	t->data = mem_resize(t->data, t->cap, 1);
}

void text_add(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vadd(t, format, args);
	va_end(args);
}

void text_vadd(struct text *t, const char *format, va_list args)
{
	va_list again;
	size_t room;
	int len;

	va_copy(again, args);
	text_reserve(t, strlen(format));
	room = t->cap - t->len;
	len = vsnprintf(t->data + t->len, room, format, args);
	assert(len >= 0);
	if ((size_t)len >= room) {
		text_reserve(t, (size_t)len);
		len = vsnprintf(t->data + t->len, (size_t)len + 1, format, again);
		assert(len >= 0);
	}
	va_end(again);
	t->len += (size_t)len;
}

void text_addn(struct text *t, const char *s, size_t len)
{
	text_reserve(t, len);
	if (len)
		memcpy(t->data + t->len, s, len);
	t->len += len;
	t->data[t->len] = '\0';
}

void text_json(struct text *t, const char *s)
{
	text_add(t, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			text_add(t, "\\%c", c);
		else if (c == '\n')
			text_add(t, "\\n");
		else if (c < 0x20 || c == 0x7f)
			text_add(t, "\\u%04x", c);
		else
			text_addn(t, s, 1);
	}
	text_add(t, "\"");
}

const char *text_get(const struct text *t)
{
	return t->data ? t->data : "";
}

void text_clear(struct text *t)
{
	t->len = 0;
	if (t->data)
		t->data[0] = '\0';
}

void text_free(struct text *t)
{
	free(t->data);
	*t = (struct text){0};
}
