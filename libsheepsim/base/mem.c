#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL 1024u /* bytes */

static _Noreturn void out_of_memory(size_t n, size_t size)
{
	fprintf(stderr, "sheepsim: out of memory: %zu x %zu bytes\n", n, size);
	abort();
}

void *mem_alloc(size_t size)
{
	return mem_array(1, size);
}

/*
 * calloc() checks the product; of nothing it may return NULL, which callers need not know. For what
 * is small it is the slow way: the C library keeps what was freed lately for malloc() only.
 */
void *mem_array(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (!__builtin_mul_overflow(n, size, &bytes) && bytes <= SMALL) {
		p = malloc(bytes ? bytes : 1);
		if (p)
			memset(p, 0, bytes);
	} else {
		p = calloc(n, size);
	}
	if (!p)
		out_of_memory(n, size);
	return p;
}

void *mem_resize(void *p, size_t n, size_t size)
{
	void *q = reallocarray(p, n ? n : 1, size ? size : 1);

	if (!q)
		out_of_memory(n, size);
	return q;
}

void *mem_grow(void *p, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return p;
	return mem_resize(p, n ? 2 * n : 1, size);
}

char *mem_string(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(mem_resize(NULL, size, 1), s, size);
}

char *mem_format(const char *format, ...)
{
	va_list args;
	char *s = NULL;

	va_start(args, format);
	/* the formats are ours: the only way to fail is for want of memory */
	if (vasprintf(&s, format, args) < 0)
		out_of_memory(1, strlen(format));
	va_end(args);
	return s;
}
