/* A console of a cluster that is served. */
#include "desk.h"

#include <unistd.h>

static void read_line(struct desk *d, int fd, char *line, size_t size)
{
	size_t len = 0;

	do {
		assert_true(len + 1 < size);
		assert_true(rig_receive(&d->rig, fd, line + len, 1));
	} while (line[len++] != '\n');
	line[len] = '\0';
}

bool desk_await(struct desk *d, int fd)
{
	char line[8192];

	d->said[0] = '\0';
	for (;;) {
		read_line(d, fd, line, sizeof(line));
		strcat(line[0] == '*' || strncmp(line, "{\"event\"", 8) == 0 ? d->events : d->said,
		       line);
		if (strcmp(line, "ok\n") == 0 || strncmp(line, "{\"output\"", 9) == 0)
			return strstr(line, "\"error\":\"") == NULL;
		if (strncmp(line, "error ", 6) == 0)
			return false;
	}
}

void desk_say(struct desk *d, int fd, const char *lines)
{
	assert_true(rig_send(&d->rig, fd, lines, strlen(lines)));
}

const char *desk_order(struct desk *d, const char *line)
{
	desk_say(d, d->fd, line);
	desk_say(d, d->fd, "\n");
	if (!desk_await(d, d->fd)) {
		print_error("%s: %s", line, d->said);
		fail();
	}
	return d->said;
}

const char *desk_refused(struct desk *d, const char *line)
{
	desk_say(d, d->fd, line);
	desk_say(d, d->fd, "\n");
	assert_false(desk_await(d, d->fd));
	return d->said;
}

void desk_open(struct desk *d, unsigned nodes, const struct sheepsim_live_options *options)
{
	struct sheepsim_live_options o = {0};

	memset(d, 0, sizeof(*d));
	if (options != NULL)
		o = *options;
	strcpy(d->dir, "/tmp/sheepsim-live-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	snprintf(d->path, sizeof(d->path), "%s/control", d->dir);
	o.control = d->path;
	rig_open(&d->rig, nodes, &o);
	d->fd = rig_connect_unix(d->path);
	assert_true(d->fd >= 0);
}

void desk_close(struct desk *d)
{
	if (d->fd >= 0)
		close(d->fd);
	rig_close(&d->rig);
	/* the socket's file is gone */
	assert_int_equal(rmdir(d->dir), 0);
}
