/*
 * Allocation that cannot fail: real exhaustion of memory ends the process with a message, so that
 * no caller has a path for it that is never tested. Memory comes zeroed: no uninitialised byte can
 * get onto the wire.
 */
#ifndef SHEEPSIM_BASE_MEM_H
#define SHEEPSIM_BASE_MEM_H

#include <stddef.h>

/* size zeroed bytes; free() them. */
void *mem_alloc(size_t size);

/* n elements of size bytes, zeroed, and never NULL; an overflow of n * size ends the process too.
 */
void *mem_array(size_t n, size_t size);

/* As realloc(); new bytes are not zeroed. */
void *mem_resize(void *p, size_t n, size_t size);

/*
 * Room for one more element behind the n that are there, for arrays that grow one by one from none:
 * doubles the memory whenever n has become a power of two.
 */
void *mem_grow(void *p, size_t n, size_t size);

char *mem_string(const char *s);

/* A string as of printf(); free() it. */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
