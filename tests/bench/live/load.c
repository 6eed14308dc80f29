/*
 * A load for a cluster that is served: many connections that read and write a VDI with the frontend
 * protocol, over TCP, each with one request at a time; what they read has to be what was written.
 *
 * It prints requests a second, bandwidth, and how long requests took. A connection that is lost is
 * made again, to the next port. A request that is not answered for --stuck seconds is an error. Of
 * a write without an answer it is not known whether it has come there; the first read tells nothing
 * either before the first write.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sheepsim/wire/frontend.h>

#include "latency.h"
#include "pattern.h"
#include "wire/message.h"

#define MAX_PORTS   64
#define OBJECT_SIZE (4u << 20)
#define RETRY	    0.1 /* seconds until a lost connection is made again */

struct load;

enum phase { CONNECTING, IDLE, ASKING, LOST };

struct client {
	struct load *load;
	uint32_t number;
	int fd;
	unsigned int port; /* index */
	enum phase phase;
	struct ev_io io;
	struct ev_timer again;
	uint64_t n; /* requests so far */
	bool is_write;
	uint32_t at, version; /* of the request */
	double begun;
	uint8_t head[WIRE_HEADER], *data;
	size_t sent, to_send, received, to_receive;
	uint32_t answer_len;
};

struct load {
	struct ev_loop *loop;
	uint16_t ports[MAX_PORTS];
	unsigned int nr_ports;
	const char *vdi;
	uint32_t nr_clients, nr_idle, size, reads, copies, vid;
	uint64_t bytes; /* of the VDI */
	double seconds, stuck_after, end;
	struct pattern pattern;
	struct client *clients;
	struct latency latency;
	struct ev_timer watch;
	uint32_t busy;
	uint64_t done, failed, lost, stuck;
};

static int dial(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 || errno == EINPROGRESS)
		return fd;
	close(fd);
	return -1;
}

static uint32_t units_of(const struct load *l)
{
	return l->size / PATTERN_UNIT;
}

static void watch_for(struct client *c, int events)
{
	ev_io_stop(c->load->loop, &c->io);
	ev_io_set(&c->io, c->fd, events);
	ev_io_start(c->load->loop, &c->io);
}

/* A request is over, one way or the other. */
static void settle(struct client *c, bool good)
{
	struct load *l = c->load;

	if (c->is_write)
		pattern_written(&l->pattern, c->at, units_of(l), c->version, good);
	l->busy--;
	if (!good)
		l->failed++;
}

static void lose(struct client *c)
{
	struct load *l = c->load;

	ev_io_stop(l->loop, &c->io);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	if (c->phase == ASKING)
		settle(c, false);
	if (c->phase != CONNECTING)
		l->lost++;
	c->phase = LOST;
	c->port = (c->port + 1) % l->nr_ports;
	ev_timer_set(&c->again, RETRY, 0);
	ev_timer_start(l->loop, &c->again);
}

/* The next request: a place of the disk that no other client uses. */
static void ask(struct client *c)
{
	struct load *l = c->load;
	uint64_t x = pattern_mix(l->pattern.seed ^ pattern_mix(((uint64_t)c->number << 40) | c->n));
	uint32_t places = (uint32_t)(l->bytes / l->size), mine;
	struct req q;
	uint64_t offset;

	c->n++;
	mine = (places - c->number - 1) / l->nr_clients + 1;
	offset = (uint64_t)(c->number + (uint32_t)(x >> 20) % mine * l->nr_clients) * l->size;
	c->at = (uint32_t)(offset / PATTERN_UNIT);
	c->is_write = x % 100 >= l->reads;
	req_init(&q, c->is_write ? SD_OP_WRITE_OBJ : SD_OP_READ_OBJ);
	q.flags = c->is_write ? SD_FLAG_CMD_WRITE | SD_FLAG_CMD_DIRECT : 0;
	q.id = (uint32_t)c->n;
	q.data_length = l->size;
	q.obj.oid = ((uint64_t)l->vid << 32) | offset / OBJECT_SIZE;
	q.obj.copies = (uint8_t)l->copies;
	q.obj.offset = (uint32_t)(offset % OBJECT_SIZE);
	req_encode(&q, c->head);
	if (c->is_write) {
		c->version = ++l->pattern.next;
		pattern_content(&l->pattern, c->at, units_of(l), c->version, c->data);
	}
	c->sent = 0;
	c->to_send = sizeof(c->head) + (c->is_write ? l->size : 0);
	c->received = 0;
	c->to_receive = sizeof(c->head);
	c->phase = ASKING;
	c->begun = ev_now(l->loop);
	l->busy++;
	watch_for(c, EV_READ | EV_WRITE);
}

static void next(struct client *c)
{
	struct load *l = c->load;

	c->phase = IDLE;
	if (ev_now(l->loop) < l->end) {
		ask(c);
		return;
	}
	watch_for(c, EV_READ);
	if (l->busy == 0)
		ev_break(l->loop, EVBREAK_ALL);
}

/* Head or payload at a place of the message; how much of it is there in one piece. */
static uint8_t *piece(struct client *c, size_t at, size_t all, size_t *len)
{
	if (at < sizeof(c->head)) {
		*len = sizeof(c->head) - at;
		return c->head + at;
	}
	*len = all - at;
	return c->data + (at - sizeof(c->head));
}

static bool send_some(struct client *c)
{
	while (c->sent < c->to_send) {
		size_t len;
		uint8_t *from = piece(c, c->sent, c->to_send, &len);
		ssize_t n = send(c->fd, from, len, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		c->sent += (size_t)n;
	}
	watch_for(c, EV_READ);
	return true;
}

static void answered(struct client *c)
{
	struct load *l = c->load;
	struct rsp p;

	rsp_decode(c->head, &p);
	latency_add(&l->latency, ev_time() - c->begun);
	l->done++;
	if (p.result == SD_RES_SUCCESS && !c->is_write)
		pattern_check(&l->pattern, c->at, units_of(l), c->data);
	settle(c, p.result == SD_RES_SUCCESS);
	next(c);
}

/* False: the connection is lost, or says what it should not. */
static bool receive_some(struct client *c)
{
	for (;;) {
		size_t len;
		uint8_t *to = piece(c, c->received, c->to_receive, &len);
		ssize_t n = recv(c->fd, to, len, 0);
		struct rsp p;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n <= 0 || c->phase != ASKING)
			return false;
		c->received += (size_t)n;
		if (c->received < sizeof(c->head))
			continue;
		rsp_decode(c->head, &p);
		c->to_receive = sizeof(c->head) + (c->is_write ? 0 : p.data_length);
		if (p.data_length > c->load->size)
			return false;
		if (c->received == c->to_receive) {
			answered(c);
			return true;
		}
	}
}

static void on_io(struct ev_loop *loop, struct ev_io *io, int events)
{
	struct client *c = io->data;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)loop;
	if (c->phase == CONNECTING) {
		if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0)
			lose(c);
		else if (c->number < c->load->nr_clients)
			next(c);
		else {
			c->phase = IDLE;
			watch_for(c, EV_READ);
		}
		return;
	}
	if ((events & EV_WRITE) != 0 && !send_some(c)) {
		lose(c);
		return;
	}
	if ((events & EV_READ) != 0 && !receive_some(c))
		lose(c);
}

static void on_again(struct ev_loop *loop, struct ev_timer *t, int events)
{
	struct client *c = t->data;

	(void)events;
	c->fd = dial(c->load->ports[c->port]);
	c->phase = CONNECTING;
	if (c->fd < 0) {
		lose(c);
		return;
	}
	ev_io_init(&c->io, on_io, c->fd, EV_WRITE);
	ev_io_start(loop, &c->io);
}

static void on_watch(struct ev_loop *loop, struct ev_timer *t, int events)
{
	struct load *l = t->data;
	double now = ev_now(loop);

	(void)events;
	for (uint32_t i = 0; i < l->nr_clients; i++) {
		struct client *c = &l->clients[i];

		if (c->phase == ASKING && now - c->begun > l->stuck_after) {
			fprintf(stderr,
				"load: %s %" PRIx32 " at %" PRIu64
				" of port %u: no answer for %.0f s\n",
				c->is_write ? "write" : "read", (uint32_t)c->n,
				(uint64_t)c->at * PATTERN_UNIT, l->ports[c->port], now - c->begun);
			l->stuck++;
			lose(c);
		}
	}
	if (now > l->end && l->busy == 0)
		ev_break(loop, EVBREAK_ALL);
}

/* Asks for the VDI, and waits for the answer. */
static bool look_up(struct load *l)
{
	struct client c = {.fd = dial(l->ports[0])};
	uint8_t message[WIRE_HEADER + SD_MAX_VDI_LEN] = {0}, head[WIRE_HEADER];
	struct req q;
	struct rsp p;
	bool good;

	if (c.fd < 0)
		return false;
	req_init(&q, SD_OP_GET_VDI_INFO);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = SD_MAX_VDI_LEN;
	req_encode(&q, message);
	snprintf((char *)message + WIRE_HEADER, SD_MAX_VDI_LEN, "%s", l->vdi);
	fcntl(c.fd, F_SETFL, 0); /* it may wait */
	good = send(c.fd, message, sizeof(message), MSG_NOSIGNAL) == (ssize_t)sizeof(message) &&
	       recv(c.fd, head, sizeof(head), MSG_WAITALL) == (ssize_t)sizeof(head);
	close(c.fd);
	if (!good) {
		fprintf(stderr, "load: port %u: nobody answers\n", l->ports[0]);
		return false;
	}
	rsp_decode(head, &p);
	l->vid = p.vdi.vdi_id;
	l->copies = p.vdi.copies;
	if (p.result != SD_RES_SUCCESS)
		fprintf(stderr, "load: there is no VDI %s\n", l->vdi);
	return p.result == SD_RES_SUCCESS;
}

static bool start(struct load *l)
{
	uint32_t all = l->nr_clients + l->nr_idle;

	l->clients = calloc(all, sizeof(*l->clients));
	if (l->clients == NULL ||
	    !pattern_init(&l->pattern, l->pattern.seed, (uint32_t)(l->bytes / PATTERN_UNIT)))
		return false;
	for (uint32_t i = 0; i < l->pattern.nr; i++)
		l->pattern.is[i] = PATTERN_ANY;
	l->end = ev_now(l->loop) + l->seconds;
	for (uint32_t i = 0; i < all; i++) {
		struct client *c = &l->clients[i];

		*c = (struct client){.load = l, .number = i, .fd = -1, .port = i % l->nr_ports};
		c->data = i < l->nr_clients ? malloc(l->size) : NULL;
		if (i < l->nr_clients && c->data == NULL)
			return false;
		c->io.data = c;
		ev_timer_init(&c->again, on_again, 0, 0);
		c->again.data = c;
		ev_timer_start(l->loop, &c->again);
	}
	ev_timer_init(&l->watch, on_watch, 1, 1);
	l->watch.data = l;
	ev_timer_start(l->loop, &l->watch);
	return true;
}

static void report(const struct load *l)
{
	printf("%4u connections %5u idle %8u bytes %3u %% reads: %8.0f requests/s %8.1f MB/s  ",
	       l->nr_clients, l->nr_idle, l->size, l->reads, (double)l->done / l->seconds,
	       (double)l->done * l->size / l->seconds / 1e6);
	latency_print(&l->latency);
	printf("  %" PRIu64 " failed, %" PRIu64 " connections lost, %" PRIu64 " stuck, %" PRIu64
	       " units wrong\n",
	       l->failed, l->lost, l->stuck, l->pattern.wrong);
}

static bool usage(const char *why)
{
	fprintf(stderr,
		"load: %s\n"
		"usage: load --ports P[,P...] --vdi NAME --bytes N [OPTION]...\n"
		"  --bytes N        how large the VDI is; its objects must be there\n"
		"  --connections N  that ask (1)\n"
		"  --idle N         that do not (0)\n"
		"  --size N         bytes of a request, a multiple of 4096 (4096)\n"
		"  --reads PERCENT  (50)\n"
		"  --seconds T      (5)\n"
		"  --stuck T        seconds after which an answer is missed (30)\n"
		"  --seed N         (1)\n",
		why);
	return false;
}

static bool take_ports(struct load *l, char *words)
{
	for (char *w = strtok(words, ","); w != NULL && l->nr_ports < MAX_PORTS;
	     w = strtok(NULL, ","))
		l->ports[l->nr_ports++] = (uint16_t)strtoul(w, NULL, 10);
	return l->nr_ports > 0;
}

static bool options(struct load *l, int argc, char **argv)
{
	static const struct option known[] = {
		{"ports", 1, NULL, 'p'},       {"vdi", 1, NULL, 'v'},	  {"bytes", 1, NULL, 'b'},
		{"connections", 1, NULL, 'c'}, {"idle", 1, NULL, 'i'},	  {"size", 1, NULL, 's'},
		{"reads", 1, NULL, 'r'},       {"seconds", 1, NULL, 't'}, {"stuck", 1, NULL, 'k'},
		{"seed", 1, NULL, 'e'},	       {NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		switch (c) {
		case 'p':
			take_ports(l, optarg);
			break;
		case 'v':
			l->vdi = optarg;
			break;
		case 'b':
			l->bytes = strtoull(optarg, NULL, 10);
			break;
		case 'c':
			l->nr_clients = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'i':
			l->nr_idle = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 's':
			l->size = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'r':
			l->reads = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 't':
			l->seconds = strtod(optarg, NULL);
			break;
		case 'k':
			l->stuck_after = strtod(optarg, NULL);
			break;
		case 'e':
			l->pattern.seed = strtoull(optarg, NULL, 10);
			break;
		default:
			return usage("what is that?");
		}
	}
	if (l->nr_ports == 0 || l->vdi == NULL || l->nr_clients == 0)
		return usage("--ports, --vdi and a connection are needed");
	if (l->size == 0 || l->size % PATTERN_UNIT != 0 || OBJECT_SIZE % l->size != 0)
		return usage("--size has to divide an object, in units of 4096");
	if (l->bytes / l->size < l->nr_clients)
		return usage("the VDI is too small for so many connections");
	return true;
}

int main(int argc, char **argv)
{
	struct load l = {.nr_clients = 1,
			 .size = 4096,
			 .reads = 50,
			 .seconds = 5,
			 .stuck_after = 30,
			 .pattern.seed = 1};
	int code;

	if (!options(&l, argc, argv))
		return 2;
	l.loop = ev_default_loop(0);
	if (!look_up(&l) || !start(&l))
		return 2;
	ev_run(l.loop, 0);
	report(&l);
	code = l.pattern.wrong == 0 && l.stuck == 0 && l.done > 0 ? 0 : 1;
	for (uint32_t i = 0; i < l.nr_clients + l.nr_idle; i++) {
		if (l.clients[i].fd >= 0)
			close(l.clients[i].fd);
		free(l.clients[i].data);
	}
	free(l.clients);
	pattern_free(&l.pattern);
	return code;
}
