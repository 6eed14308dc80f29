/* Work in a child process. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "isolate.h"

/* Moves size bytes with read() or write(); false: the other side has gone. */
static bool send_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size > 0) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

static bool receive_all(int fd, void *data, size_t size)
{
	char *p = data;

	while (size > 0) {
		ssize_t n = read(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		size -= (size_t)n;
	}
	return true;
}

static void child(int fd, int (*fn)(void *arg), void *arg, const void *result, size_t size)
{
	int code = fn(arg);

	if (fflush(stdout) != 0 || !send_all(fd, &code, sizeof(code)) ||
	    !send_all(fd, result, size))
		code = EXIT_INTERNAL;
	close(fd);
	/* the ordinary way out: tools that look for leaks do it there */
	exit(code);
}

int isolate(const char *name, int (*fn)(void *arg), void *arg, void *result, size_t size)
{
	int code = EXIT_INTERNAL;
	int status = 0;
	int fds[2];
	pid_t pid;
	bool told;

	fflush(stdout);
	if (pipe(fds) != 0 || (pid = fork()) < 0) {
		printf("INTERNAL ERROR  %s: %s\n", name, strerror(errno));
		return EXIT_INTERNAL;
	}
	if (pid == 0) {
		close(fds[0]);
		child(fds[1], fn, arg, result, size);
	}
	close(fds[1]);
	told = receive_all(fds[0], &code, sizeof(code)) && receive_all(fds[0], result, size);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (told && WIFEXITED(status) && WEXITSTATUS(status) == code)
		return code;
	if (WIFSIGNALED(status))
		printf("INTERNAL ERROR  %s: %s\n", name, strsignal(WTERMSIG(status)));
	else
		printf("INTERNAL ERROR  %s: ended with %d\n", name, WEXITSTATUS(status));
	return EXIT_INTERNAL;
}
