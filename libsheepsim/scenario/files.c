/* The directory of a run. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "scenario/files.h"

static bool is_plain(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strlen(name) < 100 && strchr(name, '/') == NULL;
}

/* False: there is no place for a directory; errno tells why. */
static bool make_directory(struct run *r)
{
	const char *tmp = getenv("TMPDIR");
	char *path = mem_format("%s/sheepsim.XXXXXX", tmp != NULL && tmp[0] ? tmp : "/tmp");

	if (mkdtemp(path) == NULL) {
		free(path);
		return false;
	}
	r->directory = path;
	return true;
}

int file_path(struct run *r, const char *name, char **path)
{
	const char *given = r->options->directory;

	if (!is_plain(name))
		return fail(r, SHEEPSIM_E_SCENARIO,
			    "\"%s\" is no name of a file: plain ones, without a directory, lie in "
			    "the run's own",
			    name);
	if (given == NULL && r->directory == NULL && !make_directory(r))
		return fail(r, SHEEPSIM_E_FILE, "a directory for the run's files: %s",
			    strerror(errno));
	*path = mem_format("%s/%s", given != NULL ? given : r->directory, name);
	return 0;
}

void text_without_directory(const struct run *r, struct text *t, const char *words)
{
	const char *directory = r->directory != NULL ? r->directory : r->options->directory;
	size_t len = directory != NULL ? strlen(directory) : 0;
	const char *at;

	while (len > 0 && (at = strstr(words, directory)) != NULL) {
		text_addn(t, words, (size_t)(at - words));
		words = at + len + (at[len] == '/');
	}
	text_add(t, "%s", words);
}

void files_remove(struct run *r)
{
	struct dirent *entry;
	DIR *dir;

	if (r->directory == NULL)
		return;
	dir = opendir(r->directory);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(r->directory);
	free(r->directory);
	r->directory = NULL;
}
