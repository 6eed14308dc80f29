/*
 * How this folder's decoders say what is wrong.
 */
#ifndef SHEEPSIM_WIRE_ERROR_H
#define SHEEPSIM_WIRE_ERROR_H

#include "wire/message.h"

/* Fills *err (may be NULL) and returns code, which is negative. */
int wire_fail(struct wire_error *err, int code, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
