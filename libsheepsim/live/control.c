/*
 * The control socket, and who is connected to it.
 */
#include <sys/socket.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "live/control.h"

#define LONGEST_LINE (UINT64_C(1) << 20)

/* Who follows events without reading them is let go. */
#define MOST_UNREAD (UINT64_C(16) << 20)

/* ------------------------------------------------------------------ consoles */

static void close_console(struct console *c)
{
	struct sheepsim_live *live = c->live;

	tasks_forget(c);
	if (c->following > 0)
		sheepsim_events_stop(live->sim, c->following);
	ev_io_stop(live->loop, &c->reading);
	ev_io_stop(live->loop, &c->writing);
	close(c->fd);
	text_free(&c->in);
	text_free(&c->out);
	TAILQ_REMOVE(&live->control.consoles, c, entry);
	free(c);
}

static void run_line(struct console *c, char *line)
{
	line += strspn(line, " \t\r");
	line[strcspn(line, "\r")] = '\0';
	if (*line && *line != '#' && !words_run(c, line))
		tasks_line(c, line);
}

/* Runs the lines that are there, until one of them has to be waited for. False: there was none. */
static bool take_lines(struct console *c)
{
	size_t taken = 0;
	char *end;

	while (!c->busy && !c->leaving && c->in.len > taken &&
	       (end = memchr(c->in.data + taken, '\n', c->in.len - taken))) {
		char *line = c->in.data + taken;

		*end = '\0';
		taken = (size_t)(end - c->in.data) + 1;
		run_line(c, line);
	}
	if (taken > 0) {
		memmove(c->in.data, c->in.data + taken, c->in.len - taken + 1);
		c->in.len -= taken;
	}
	if (c->in.len > LONGEST_LINE) {
		live_log(c->live, "control: a line that does not end: closed");
		c->broken = true;
	}
	return taken > 0;
}

/* Does nobody read any more? */
static bool is_gone(const struct console *c)
{
	struct pollfd p = {.fd = c->fd};

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	struct console *c = w->data;
	char bytes[4096];
	ssize_t len = read(c->fd, bytes, sizeof bytes);

	(void)loop;
	(void)events;
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len == 0) {
		/* who has only ended what it says is still answered */
		c->ended = true;
		c->broken = is_gone(c);
		return;
	}
	if (len < 0 || memchr(bytes, '\0', (size_t)len)) {
		c->broken = true;
		return;
	}
	text_addn(&c->in, bytes, (size_t)len);
}

static void on_writable(struct ev_loop *loop, ev_io *w, int events)
{
	(void)loop;
	(void)w;
	(void)events; /* control_write() does */
}

static void write_out(struct console *c)
{
	while (c->sent < c->out.len) {
		ssize_t written = send(c->fd, c->out.data + c->sent, c->out.len - c->sent,
				       MSG_NOSIGNAL | MSG_DONTWAIT);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0) {
			c->broken = c->broken || (errno != EAGAIN && errno != EWOULDBLOCK);
			break;
		}
		c->sent += (size_t)written;
	}
	if (c->sent == c->out.len) {
		text_clear(&c->out);
		c->sent = 0;
	}
	if (c->out.len - c->sent > MOST_UNREAD) {
		live_log(c->live, "control: who follows events does not read them: closed");
		c->broken = true;
	}
}

static void settle(struct console *c)
{
	struct ev_loop *loop = c->live->loop;

	write_out(c);
	if (c->ended && !c->busy && c->following == 0)
		c->leaving = true;
	if (c->broken || (c->leaving && c->out.len == 0)) {
		close_console(c);
		return;
	}
	if (c->out.len > 0)
		ev_io_start(loop, &c->writing);
	else
		ev_io_stop(loop, &c->writing);
	/* lines that wait to be run are enough */
	if ((c->busy && c->in.len > LONGEST_LINE / 2) || c->ended)
		ev_io_stop(loop, &c->reading);
	else
		ev_io_start(loop, &c->reading);
}

/* What triggers have said, when no command runs: for those who follow. */
static void tell_output(struct sheepsim_live *live)
{
	struct console *c;

	if (tasks_wait(live) || live->run->out.len == 0)
		return;
	TAILQ_FOREACH (c, &live->control.consoles, entry)
		if (c->following > 0)
			reply_output(c, text_get(&live->run->out));
	text_clear(&live->run->out);
}

void control_run(struct sheepsim_live *live)
{
	struct console *c;
	bool any = true;

	if (live->control.fd < 0)
		return;
	tasks_go_on(live);
	while (any) {
		any = false;
		TAILQ_FOREACH (c, &live->control.consoles, entry)
			any = take_lines(c) || any;
		any = tasks_begin(live) || any;
	}
	tell_output(live);
}

bool control_speaks(const struct sheepsim_live *live)
{
	const struct console *c;

	if (live->control.fd < 0)
		return false;
	TAILQ_FOREACH (c, &live->control.consoles, entry)
		if (c->out.len > c->sent)
			return true;
	return false;
}

void control_write(struct sheepsim_live *live)
{
	struct console *c, *next;

	if (live->control.fd < 0)
		return;
	for (c = TAILQ_FIRST(&live->control.consoles); c; c = next) {
		next = TAILQ_NEXT(c, entry);
		settle(c);
	}
}

/* ------------------------------------------------------------------ the socket */

static void on_connection(struct ev_loop *loop, ev_io *w, int events)
{
	struct sheepsim_live *live = w->data;
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct console *c;

	(void)events;
	if (fd < 0)
		return;
	c = mem_alloc(sizeof *c);
	c->live = live;
	c->fd = fd;
	ev_io_init(&c->reading, on_readable, fd, EV_READ);
	ev_io_init(&c->writing, on_writable, fd, EV_WRITE);
	c->reading.data = c;
	c->writing.data = c;
	ev_io_start(loop, &c->reading);
	TAILQ_INSERT_TAIL(&live->control.consoles, c, entry);
}

int control_start(struct sheepsim_live *live, const char *path)
{
	struct control *control = &live->control;
	int fd = unix_listen(path);

	if (!live->run)
		live->run = console_join(NULL, live->sim);
	if (fd < 0)
		return sim_fail(live->sim, SHEEPSIM_E_FILE, "%s: %s", path, unix_error(errno));
	control->fd = fd;
	control->path = mem_string(path);
	ev_io_init(&control->accepting, on_connection, fd, EV_READ);
	control->accepting.data = live;
	ev_io_start(live->loop, &control->accepting);
	return 0;
}

void control_stop(struct sheepsim_live *live)
{
	struct control *control = &live->control;
	struct console *c;

	if (control->fd < 0)
		return;
	tasks_cancel(live);
	while ((c = TAILQ_FIRST(&control->consoles))) {
		write_out(c);
		close_console(c);
	}
	ev_io_stop(live->loop, &control->accepting);
	close(control->fd);
	unlink(control->path);
	free(control->path);
	control->fd = -1;
}
