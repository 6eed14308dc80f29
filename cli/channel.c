/* Connections of clients that are played. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ev.h>

#include "channel.h"
#include "files.h"
#include "sheepsim/live.h"

/* How much virtual time passes between two looks at a socket. */
#define TURN SHEEPSIM_MILLISECOND

/* How often, and how long each time, the kernel may be waited for in real time. */
#define LATE_TIMES 20
#define LATE_MS	   10

struct channel {
	struct channels *all;
	struct sheepsim_conn *conn; /* in the simulation; else NULL */
	int fd;
	uint8_t *payload; /* that was handed out last */
};

bool channels_open(struct channels *all, struct sheepsim *sim, bool tcp)
{
	/* what was captured tells the nodes' ports, which need not be free here */
	struct sheepsim_live_options options = {.elsewhere = true};

	*all = (struct channels){.sim = sim};
	if (!tcp)
		return true;
	all->loop = need(ev_loop_new(EVFLAG_AUTO));
	return sheepsim_live_start(&all->live, sim, all->loop, &options) >= 0;
}

void channels_close(struct channels *all)
{
	sheepsim_live_stop(all->live);
	if (all->loop != NULL)
		ev_loop_destroy(all->loop);
	*all = (struct channels){0};
}

/* Lets the server see what was sent, on a connection too that it has not accepted yet, and answers
 * be written. */
static void turn(struct channels *all)
{
	for (int i = 0; i < 3; i++)
		ev_run(all->loop, EVRUN_NOWAIT);
}

static int connect_to(struct channels *all, int node)
{
	struct sheepsim_live_address a;
	struct sockaddr_in at = {.sin_family = AF_INET};
	int fd, one = 1;

	if (sheepsim_live_address(all->live, node, &a) < 0)
		return -1;
	at.sin_port = htons(a.port);
	inet_pton(AF_INET, a.host, &at.sin_addr);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		close(fd);
		fd = -1;
	}
	/* else what follows a header waits until that is acknowledged, in real time, while hours
	 * may pass in virtual time */
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

struct channel *channel_open(struct channels *all, int node)
{
	struct channel *c = need(calloc(1, sizeof(*c)));

	c->all = all;
	c->fd = -1;
	if (all->live != NULL)
		c->fd = connect_to(all, node);
	else if (sheepsim_conn_open(all->sim, node, &c->conn) < 0)
		c->conn = NULL;
	if (c->fd < 0 && c->conn == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void channel_close(struct channel *c)
{
	if (c->conn != NULL)
		sheepsim_conn_close(c->conn);
	if (c->fd >= 0) {
		close(c->fd);
		turn(c->all);
	}
	free(c->payload);
	free(c);
}

static void send_all(struct channel *c, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(c->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return; /* who waits for the answer will see that it is gone */
		if (sent < 0) {
			turn(c->all);
			sheepsim_run(c->all->sim, TURN);
			continue;
		}
		bytes += sent;
		len -= (size_t)sent;
	}
}

void channel_send(struct channel *c, const uint8_t head[48], const uint8_t *payload, size_t len)
{
	if (c->conn != NULL) {
		sheepsim_conn_send(c->conn, head, payload, len);
		return;
	}
	send_all(c, head, 48);
	send_all(c, payload, len);
	turn(c->all);
}

/* Virtual time is over at once, but what was said in it may still be on its way through the kernel,
 * to the node or from it. */
static bool comes_late(const struct channel *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};

	for (int i = 0; i < LATE_TIMES; i++) {
		turn(c->all);
		if (poll(&p, 1, LATE_MS) > 0)
			return true;
	}
	return false;
}

/* 1: all bytes; 0: the node has closed; SHEEPSIM_E_NO_PROGRESS: the time is over. */
static int receive_all(struct channel *c, uint64_t until, uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t came = recv(c->fd, bytes, len, MSG_DONTWAIT);

		if (came > 0) {
			bytes += came;
			len -= (size_t)came;
			continue;
		}
		if (came == 0 || (errno != EAGAIN && errno != EINTR))
			return 0;
		if (sheepsim_now(c->all->sim) >= until && !comes_late(c))
			return SHEEPSIM_E_NO_PROGRESS;
		sheepsim_run(c->all->sim, TURN);
		turn(c->all);
	}
	return 1;
}

int channel_receive(struct channel *c, uint64_t within, uint8_t head[48], const uint8_t **payload,
		    size_t *len)
{
	uint64_t until;
	int came;

	if (c->conn != NULL)
		return sheepsim_conn_receive(c->conn, within, head, payload, len);
	until = sheepsim_now(c->all->sim) + within;
	came = receive_all(c, until, head, 48);
	if (came <= 0)
		return came;
	*len = (size_t)head[12] | (size_t)head[13] << 8 | (size_t)head[14] << 16 |
	       (size_t)head[15] << 24;
	free(c->payload);
	c->payload = *len > 0 ? need(malloc(*len)) : NULL;
	*payload = c->payload;
	return receive_all(c, until, c->payload, *len);
}
