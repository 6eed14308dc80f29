#include "file.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int input_file(const void *bytes, size_t size, char path[INPUT_PATH_MAX])
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	assert(fd >= 0);
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, (const char *)bytes + done, size - done);

		assert(n > 0);
		done += (size_t)n;
	}
	snprintf(path, INPUT_PATH_MAX, "/proc/self/fd/%d", fd);
	return fd;
}

void check_file_error(const char *error, const char *path, const void *bytes, size_t size)
{
	size_t len = strlen(path);
	unsigned long line, lines = 1;
	char *rest;

	assert(memchr(error, '\0', 400) != NULL);
	assert(strncmp(error, path, len) == 0 && error[len] == ':');
	if (error[len + 1] == ' ')
		return; /* of the file as a whole */
	for (size_t i = 0; i < size; i++)
		lines += ((const char *)bytes)[i] == '\n';
	line = strtoul(error + len + 1, &rest, 10);
	assert(line > 0 && line <= lines && *rest == ':');
}
