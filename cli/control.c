/* Talking to a control socket. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli.h"
#include "control.h"
#include "files.h"

int control_connect(struct control *c, const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	c->fd = -1;
	if (strlen(path) >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd >= 0 && connect(c->fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return 0;
	return -1;
}

void control_close(struct control *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->in);
}

bool control_send(struct control *c, const char *line)
{
	struct iovec iov[2] = {{(void *)line, strlen(line)}, {"\n", 1}};
	struct msghdr message = {.msg_iov = iov, .msg_iovlen = 2};
	size_t left = iov[0].iov_len + 1;

	while (left > 0) {
		ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;
		left -= (size_t)sent;
		for (int i = 0; i < 2; i++) {
			size_t part = (size_t)sent < iov[i].iov_len ? (size_t)sent : iov[i].iov_len;

			iov[i].iov_base = (char *)iov[i].iov_base + part;
			iov[i].iov_len -= part;
			sent -= (ssize_t)part;
		}
	}
	return true;
}

/* Takes a whole line out of what has come; NULL: there is none. */
static char *take_line(struct control *c)
{
	char *end;

	if (c->taken > 0) {
		memmove(c->in, c->in + c->taken, c->len - c->taken);
		c->len -= c->taken;
		c->taken = 0;
	}
	end = c->len > 0 ? memchr(c->in, '\n', c->len) : NULL;
	if (end == NULL)
		return NULL;
	*end = '\0';
	c->taken = (size_t)(end - c->in) + 1;
	return c->in;
}

static bool fill(struct control *c)
{
	ssize_t got;

	if (c->cap - c->len < 4096) {
		c->cap = 2 * c->cap + 8192;
		c->in = need(realloc(c->in, c->cap));
	}
	do
		got = read(c->fd, c->in + c->len, c->cap - c->len);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return false;
	c->len += (size_t)got;
	return true;
}

static enum came kind_of(const struct control *c, const char *line)
{
	if (c->json)
		return strncmp(line, "{\"event\"", 8) == 0 ? CAME_EVENT : CAME_END;
	if (strncmp(line, "- ", 2) == 0)
		return CAME_OUTPUT;
	return strncmp(line, "* ", 2) == 0 ? CAME_EVENT : CAME_END;
}

enum came control_next(struct control *c, bool read, char **line)
{
	*line = take_line(c);
	if (*line == NULL && read) {
		if (!fill(c))
			return CAME_GONE;
		*line = take_line(c);
	}
	return *line != NULL ? kind_of(c, *line) : CAME_NOTHING;
}

/* ------------------------------------------------------------------ what came */

/* The exit code for the name of an error. */
static int code_of(const char *kind)
{
	if (strncmp(kind, "scenario", 8) == 0 || strncmp(kind, "invalid", 7) == 0)
		return EXIT_USAGE;
	if (strncmp(kind, "no-progress", 11) == 0)
		return EXIT_NO_PROGRESS;
	return strncmp(kind, "vacuous", 7) == 0 ? EXIT_VACUOUS : EXIT_FAILED;
}

static int print_json(const char *line)
{
	static const char mark[] = "\"error\":\"";
	const char *error = NULL;

	puts(line);
	/* texts have their quotes escaped, so the mark is no part of one */
	for (const char *at = line; (at = strstr(at, mark)) != NULL; at++)
		error = at + sizeof(mark) - 1;
	return error != NULL ? code_of(error) : EXIT_PASSED;
}

/* Is the event of the kind that is waited for? */
static bool is_awaited(const struct control *c, const char *line)
{
	size_t len;

	if (c->until == NULL)
		return false;
	len = strlen(c->until);
	if (c->json)
		return strncmp(line, "{\"event\":\"", 10) == 0 &&
		       strncmp(line + 10, c->until, len) == 0 && line[10 + len] == '"';
	/* "* TIME PLACE KIND ..." */
	for (int word = 0; word < 3 && line != NULL; word++) {
		line = strchr(line, ' ');
		line = line != NULL ? line + 1 : NULL;
	}
	return line != NULL && strncmp(line, c->until, len) == 0 &&
	       (line[len] == ' ' || line[len] == '\0');
}

int control_print(struct control *c, enum came came, const char *line)
{
	if (came == CAME_EVENT)
		c->seen = c->seen || is_awaited(c, line);
	if (c->json)
		return print_json(line);
	if (came != CAME_END) {
		puts(line + 2);
		return EXIT_PASSED;
	}
	if (strncmp(line, "error ", 6) != 0) {
		if (c->print_ok)
			puts("ok");
		return EXIT_PASSED;
	}
	fflush(stdout);
	fprintf(stderr, "%s\n", line);
	return code_of(line + 6);
}

/* `json on' and `json off' are answered as they ask for. */
static void take_form(struct control *c, const char *line)
{
	char word[4] = "", rest[2] = "";

	if (sscanf(line, "json %3s %1s", word, rest) != 1)
		return;
	if (strcmp(word, "on") == 0 || strcmp(word, "off") == 0)
		c->json = word[1] == 'n';
}

int control_run(struct control *c, const char *line)
{
	enum came came = CAME_NOTHING;
	int code = EXIT_PASSED;
	char *reply;

	/* these are not answered */
	line += strspn(line, " \t\r");
	if (*line == '\0' || *line == '#')
		return EXIT_PASSED;
	if (!control_send(c, line))
		came = CAME_GONE;
	take_form(c, line);
	while (came != CAME_END && came != CAME_GONE) {
		came = control_next(c, true, &reply);
		if (came != CAME_NOTHING && came != CAME_GONE)
			code = control_print(c, came, reply);
	}
	fflush(stdout);
	if (came == CAME_GONE) {
		fprintf(stderr, "sheepsim ctl: the server has gone\n");
		return EXIT_FAILED;
	}
	return code;
}

int control_follow(struct control *c)
{
	enum came came = CAME_NOTHING;
	char *line;

	while (came != CAME_GONE && !c->seen) {
		came = control_next(c, true, &line);
		if (came == CAME_NOTHING || came == CAME_GONE)
			continue;
		control_print(c, came, line);
		fflush(stdout);
	}
	return c->until == NULL || c->seen ? EXIT_PASSED : EXIT_FAILED;
}
