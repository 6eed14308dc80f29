/* Files. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "files.h"

void *need(void *memory)
{
	if (memory == NULL) {
		fprintf(stderr, "sheepsim: out of memory\n");
		exit(EXIT_INTERNAL);
	}
	return memory;
}

char *file_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *content = NULL;
	size_t cap = 0;
	size_t n;

	if (f == NULL)
		return NULL;
	*len = 0;
	do {
		if (cap - *len < 65536) {
			cap = cap * 2 + 65537;
			content = need(realloc(content, cap));
		}
		n = fread(content + *len, 1, cap - *len - 1, f);
		*len += n;
	} while (n > 0);
	content[*len] = '\0';
	if (ferror(f)) {
		n = (size_t)errno;
		fclose(f);
		free(content);
		errno = (int)n;
		return NULL;
	}
	fclose(f);
	return content;
}

/* path: of the file itself, not of a link to it. */
static int replace(const char *path, const char *content)
{
	size_t size = strlen(path) + 5;
	char *fresh = need(malloc(size));
	size_t len = strlen(content);
	FILE *f;
	int error = -1;
	struct stat st;

	snprintf(fresh, size, "%s.new", path);
	f = fopen(fresh, "wb");
	if (f != NULL) {
		error = fwrite(content, 1, len, f) == len ? 0 : -1;
		if (fclose(f) != 0)
			error = -1;
		if (error == 0 && stat(path, &st) == 0)
			error = chmod(fresh, st.st_mode & 07777);
		if (error == 0)
			error = rename(fresh, path);
		if (error != 0) {
			int why = errno;

			unlink(fresh);
			errno = why;
		}
	}
	free(fresh);
	return error;
}

int file_replace(const char *path, const char *content)
{
	char *file = realpath(path, NULL);
	int error = file != NULL ? replace(file, content) : -1;
	int why = errno;

	free(file);
	errno = why;
	return error;
}

static void add_path(struct paths *p, const char *path)
{
	p->list = need(realloc(p->list, (p->nr + 1) * sizeof(*p->list)));
	p->list[p->nr++] = need(strdup(path));
}

static bool ends_with(const char *path, const char *suffix)
{
	size_t len = strlen(path);
	size_t n = strlen(suffix);

	return len > n && strcmp(path + len - n, suffix) == 0;
}

static int add_below(struct paths *p, const char *directory, const char *suffix)
{
	struct dirent **entries;
	int nr = scandir(directory, &entries, NULL, alphasort);
	int error = 0;

	if (nr < 0)
		return -1;
	for (int i = 0; i < nr; i++) {
		size_t size = strlen(directory) + strlen(entries[i]->d_name) + 2;
		char *path = need(malloc(size));
		struct stat st;

		snprintf(path, size, "%s%s%s", directory, ends_with(directory, "/") ? "" : "/",
			 entries[i]->d_name);
		if (error == 0 && entries[i]->d_name[0] != '.' && stat(path, &st) == 0) {
			if (S_ISDIR(st.st_mode))
				error = add_below(p, path, suffix);
			else if (ends_with(path, suffix))
				add_path(p, path);
		}
		free(path);
		free(entries[i]);
	}
	free(entries);
	return error;
}

int paths_add(struct paths *p, const char *path, const char *suffix)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return add_below(p, path, suffix);
	add_path(p, path);
	return 0;
}

void paths_free(struct paths *p)
{
	for (size_t i = 0; i < p->nr; i++)
		free(p->list[i]);
	free(p->list);
	*p = (struct paths){0};
}
