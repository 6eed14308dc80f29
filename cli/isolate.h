/*
 * Work in a process of its own: an assertion that fails there is reported, and the rest goes on.
 */
#ifndef SHEEPSIM_CLI_ISOLATE_H
#define SHEEPSIM_CLI_ISOLATE_H

#include <stddef.h>

/*
 * Calls fn(arg) in a child process, and waits for it. What fn puts into result (size bytes) is
 * copied back. Returns what fn returned (an exit code), or EXIT_INTERNAL, after saying on stdout
 * how `name` ended, if the child did not get that far.
 */
int isolate(const char *name, int (*fn)(void *arg), void *arg, void *result, size_t size);

#endif
