/*
 * Files: read as a whole, found below directories, replaced.
 */
#ifndef SHEEPSIM_CLI_FILES_H
#define SHEEPSIM_CLI_FILES_H

#include <stddef.h>

/* The content of a file, with a NUL behind it; free() it. NULL: not possible, errno tells why. */
char *file_read(const char *path, size_t *len);

/* Replaces the content of a file that is there: all of it or nothing. A link to it stays one. 0, or
 * -1 with errno. */
int file_replace(const char *path, const char *content);

struct paths {
	char **list;
	size_t nr;
};

/*
 * Adds path, or, if it is a directory, all files below it that end with `suffix`, in sorted order.
 * 0, or -1 with errno.
 */
int paths_add(struct paths *p, const char *path, const char *suffix);
void paths_free(struct paths *p);

/* As malloc() and realloc(), which here do not fail. */
void *need(void *memory);

#endif
