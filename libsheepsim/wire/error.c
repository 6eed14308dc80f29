#include "wire/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

int wire_fail(struct wire_error *err, int code, uint64_t offset, const char *format, ...)
{
	va_list args;

	assert(code < 0);
	if (!err)
		return code;
	err->offset = offset;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return code;
}
