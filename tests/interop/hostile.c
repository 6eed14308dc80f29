/*
 * A client as nobody wants it, for clusters that are served: it says what captured clients said,
 * but changed, cut, too long, in pieces, without ever listening.
 *
 *   hostile PORT[,PORT...] REQUESTS SEED
 *
 * Requests that a node has to obey, and that change what the cluster's owner relies on (KILL_NODE,
 * a write to one replica), are said to be of an unknown version, so that they are refused. Ends
 * when so many requests were begun, with a line of figures; 1 if a port does not take connections.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sheepsim/wire/admin.h>
#include <sheepsim/wire/driver.h>
#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/peer.h>

#include "pattern.h"
#include "vectors.h"
#include "wire/message.h"

#define CLIENTS	  96u
#define MAX_PORTS 64
#define MAX_SEEDS 16384u
#define MAX_BYTES (256u << 10) /* of what is said at once */
#define PATIENCE  0.02	       /* seconds that an answer is waited for */
#define LORIS	  5.0	       /* seconds that a slow one goes on */

enum manner {
	CAPTURED, /* as it was */
	CHANGED,  /* some bytes of the header are others */
	RANDOM,	  /* all bytes of the header are */
	CUT,	  /* it ends within, and so does the connection */
	HUGE,	  /* more is announced than ever comes */
	DEAF,	  /* many requests, and nobody reads the answers */
	SLOW,	  /* a byte now and then */
	NR_MANNERS
};

static const char *const manners[] = {"captured", "changed", "random", "cut",
				      "huge",	  "deaf",    "slow"};

struct seed {
	uint8_t head[WIRE_HEADER];
	uint8_t *payload;
	uint32_t len;
};

struct hostile;

struct client {
	struct hostile *hostile;
	uint32_t number;
	int fd;
	struct ev_io io;
	struct ev_timer timer;
	enum manner manner;
	uint8_t *bytes; /* MAX_BYTES */
	size_t len, sent;
	double until; /* of a slow one */
	bool ends;    /* when all is sent */
};

struct hostile {
	struct ev_loop *loop;
	uint16_t ports[MAX_PORTS];
	unsigned int nr_ports;
	uint64_t n, wanted, seed, draws;
	uint64_t refused, closed, heard, count[NR_MANNERS];
	struct seed *seeds;
	size_t nr_seeds;
	uint32_t nr_open;
	struct client clients[CLIENTS];
};

static uint64_t draw(struct hostile *h, uint64_t limit)
{
	return pattern_mix(h->seed ^ pattern_mix(++h->draws)) % limit;
}

/* ------------------------------------------------------------------ what is said */

/* Those whose effect is no fault of the server: they may not be obeyed. */
static bool is_harmful(uint8_t opcode)
{
	static const uint8_t harmful[] = {
		SD_OP_KILL_NODE,
		SD_OP_SHUTDOWN,
		SD_OP_MAKE_FS,
		SD_OP_MD_PLUG,
		SD_OP_MD_UNPLUG,
		SD_OP_CLEANUP,
		SD_OP_FORCE_RECOVER,
		SD_OP_DISABLE_RECOVER,
		SD_OP_ALTER_CLUSTER_COPY,
		SD_OP_ALTER_VDI_COPY,
		SD_OP_SET_LEVEL,
		SD_OP_SET_VNODES,
		SD_OP_REWEIGHT,
		SD_OP_SET_RECOVERY,
		SD_OP_REPAIR_REPLICA,
		SD_OP_WRITE_PEER,
		SD_OP_REMOVE_PEER,
		SD_OP_CREATE_AND_WRITE_PEER,
		SD_OP_DECREF_PEER,
		SD_OP_DECREF_OBJ,
		SD_OP_REMOVE_OBJ,
		SD_OP_DEL_VDI,
		SD_OP_NOTIFY_VDI_ADD,
		SD_OP_NOTIFY_VDI_DEL,
		SD_OP_COMPLETE_RECOVERY,
		SD_OP_INODE_COHERENCE,
		SD_OP_WRITE_OBJ,
		SD_OP_NEW_VDI,
		SD_OP_CREATE_AND_WRITE_OBJ,
		SD_OP_DISCARD_OBJ,
		SD_OP_GET_VDI_ATTR,
		SD_OP_LOCK_VDI,
		SD_OP_RELEASE_VDI,
	};

	return memchr(harmful, opcode, sizeof(harmful)) != NULL;
}

/* Its version is one that nobody speaks. */
static void tame(struct hostile *h, uint8_t head[WIRE_HEADER])
{
	if (is_harmful(head[1]))
		head[0] = (uint8_t)(0x40 + draw(h, 0x80));
}

static void append(struct client *c, const void *bytes, size_t len)
{
	if (len > MAX_BYTES - c->len)
		len = MAX_BYTES - c->len;
	memcpy(c->bytes + c->len, bytes, len);
	c->len += len;
}

static void set_length(uint8_t head[WIRE_HEADER], uint32_t len)
{
	for (int i = 0; i < 4; i++)
		head[12 + i] = (uint8_t)(len >> 8 * i);
}

/* A captured request, its header changed as the manner wants it. */
static void say(struct client *c)
{
	struct hostile *h = c->hostile;
	const struct seed *s = &h->seeds[draw(h, h->nr_seeds)];
	uint8_t head[WIRE_HEADER];

	memcpy(head, s->head, sizeof(head));
	if (c->manner == CHANGED) {
		for (uint64_t i = 1 + draw(h, 4); i > 0; i--) {
			uint64_t at = draw(h, WIRE_HEADER);

			/* the length stays true, or what follows is no message */
			if (at < 12 || at >= 16)
				head[at] = (uint8_t)draw(h, 256);
		}
		if (s->len > 0)
			head[2] |= SD_FLAG_CMD_WRITE;
		else
			head[2] &= (uint8_t)~SD_FLAG_CMD_WRITE;
	} else if (c->manner == RANDOM) {
		for (size_t i = 0; i < WIRE_HEADER; i++)
			head[i] = (uint8_t)draw(h, 256);
		head[2] &= (uint8_t)~SD_FLAG_CMD_WRITE;
	}
	if (c->manner == HUGE) {
		head[2] |= SD_FLAG_CMD_WRITE;
		set_length(head, (uint32_t)(MAX_BYTES + draw(h, UINT32_MAX - MAX_BYTES)));
	}
	tame(h, head);
	append(c, head, sizeof(head));
	if (c->manner != RANDOM)
		append(c, s->payload, s->len);
	h->n++;
	h->count[c->manner]++;
}

static void prepare(struct client *c)
{
	struct hostile *h = c->hostile;
	static const uint8_t often[NR_MANNERS] = {25, 40, 15, 8, 5, 5, 2};
	uint64_t which = draw(h, 100);

	for (c->manner = 0; which >= often[c->manner]; c->manner++)
		which -= often[c->manner];
	c->len = 0;
	c->sent = 0;
	c->ends = c->manner == CUT || c->manner == HUGE || c->manner == DEAF;
	c->until = ev_now(h->loop) + LORIS;
	do {
		say(c);
	} while ((c->manner == DEAF && c->len < MAX_BYTES / 2) ||
		 (c->manner < CUT && c->len < MAX_BYTES / 2 && draw(h, 3) == 0));
	if (c->manner == CUT)
		c->len = 1 + draw(h, c->len - 1);
}

/* ------------------------------------------------------------------ connections */

static void begin(struct client *c);

static void watch_for(struct client *c, int events)
{
	ev_io_stop(c->hostile->loop, &c->io);
	ev_io_set(&c->io, c->fd, events);
	if (events != 0)
		ev_io_start(c->hostile->loop, &c->io);
}

static void over(struct client *c)
{
	struct hostile *h = c->hostile;

	ev_io_stop(h->loop, &c->io);
	ev_timer_stop(h->loop, &c->timer);
	close(c->fd);
	c->fd = -1;
	h->nr_open--;
	begin(c);
}

/* The next one on the same connection, or on another. */
static void next(struct client *c)
{
	struct hostile *h = c->hostile;

	if (c->ends || h->n >= h->wanted || draw(h, 20) == 0) {
		over(c);
		return;
	}
	prepare(c);
	watch_for(c, EV_READ | EV_WRITE);
}

/* False: the other side has closed. */
static bool listen_to(struct client *c)
{
	uint8_t bytes[65536];
	ssize_t n;

	while ((n = recv(c->fd, bytes, sizeof(bytes), 0)) > 0)
		c->hostile->heard += (uint64_t)n;
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *t, int events)
{
	struct client *c = t->data;

	(void)events;
	if (c->manner == SLOW && c->sent < c->len && ev_now(loop) < c->until) {
		watch_for(c, EV_WRITE | EV_READ);
		return;
	}
	next(c);
}

static void wait_for(struct client *c, double seconds)
{
	watch_for(c, c->manner == DEAF ? 0 : EV_READ);
	ev_timer_stop(c->hostile->loop, &c->timer);
	ev_timer_set(&c->timer, seconds, 0);
	ev_timer_start(c->hostile->loop, &c->timer);
}

static void on_io(struct ev_loop *loop, struct ev_io *io, int events)
{
	struct client *c = io->data;
	size_t some = c->manner == SLOW ? 1 : c->len - c->sent;

	(void)loop;
	if ((events & EV_READ) != 0 && c->manner != DEAF && !listen_to(c)) {
		c->hostile->closed++;
		over(c);
		return;
	}
	if ((events & EV_WRITE) == 0 || c->sent == c->len)
		return;
	for (ssize_t n; c->sent < c->len && some > 0; c->sent += (size_t)n, some -= (size_t)n) {
		n = send(c->fd, c->bytes + c->sent, some, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0) {
			c->hostile->closed++;
			over(c);
			return;
		}
	}
	if (c->manner == DEAF && c->sent < c->len)
		wait_for(c, 0.5); /* the other side does not read any more either */
	else if (c->sent == c->len)
		wait_for(c, c->manner == CUT ? 0 : PATIENCE);
	else if (c->manner == SLOW)
		wait_for(c, 1);
}

static void begin(struct client *c)
{
	struct hostile *h = c->hostile;
	struct sockaddr_in to = {.sin_family = AF_INET};

	if (h->n >= h->wanted) {
		if (h->nr_open == 0)
			ev_break(h->loop, EVBREAK_ALL);
		return;
	}
	to.sin_port = htons(h->ports[draw(h, h->nr_ports)]);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("hostile: connect");
		h->refused++;
		h->wanted = 0;
		ev_break(h->loop, EVBREAK_ALL);
		return;
	}
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	h->nr_open++;
	prepare(c);
	watch_for(c, EV_READ | EV_WRITE);
}

/* ------------------------------------------------------------------ seeds */

static struct hostile *collecting; /* vector_each() hands nothing over */

static void collect(const char *path, const struct vector *v)
{
	struct hostile *h = collecting;

	(void)path;
	for (size_t i = 0; i < v->nr_messages; i++) {
		const struct vector_message *m = &v->messages[i];
		struct seed *s = &h->seeds[h->nr_seeds];

		if (!m->request || m->head_len != WIRE_HEADER || h->nr_seeds == MAX_SEEDS ||
		    (m->payload != NULL && blob_size(m->payload) > MAX_BYTES / 4))
			continue;
		memcpy(s->head, m->head, sizeof(s->head));
		s->len = m->payload != NULL ? (uint32_t)blob_size(m->payload) : 0;
		s->payload = malloc(s->len + 1);
		if (s->payload == NULL)
			continue;
		if (s->len > 0)
			blob_read(m->payload, 0, s->payload, s->len);
		h->nr_seeds++;
	}
}

static bool prepare_all(struct hostile *h, char **argv)
{
	for (char *w = strtok(argv[1], ","); w != NULL && h->nr_ports < MAX_PORTS;
	     w = strtok(NULL, ","))
		h->ports[h->nr_ports++] = (uint16_t)strtoul(w, NULL, 10);
	h->wanted = strtoull(argv[2], NULL, 10);
	h->seed = strtoull(argv[3], NULL, 10);
	h->loop = ev_default_loop(0);
	h->seeds = calloc(MAX_SEEDS, sizeof(*h->seeds));
	if (h->seeds == NULL || h->nr_ports == 0)
		return false;
	collecting = h;
	vector_each("frontend", collect);
	vector_each("admin", collect);
	vector_each("peer", collect);
	for (uint32_t i = 0; i < CLIENTS; i++) {
		struct client *c = &h->clients[i];

		*c = (struct client){
			.hostile = h, .number = i, .fd = -1, .bytes = malloc(MAX_BYTES)};
		if (c->bytes == NULL)
			return false;
		ev_io_init(&c->io, on_io, 0, 0);
		ev_timer_init(&c->timer, on_timer, 0, 0);
		c->io.data = c;
		c->timer.data = c;
	}
	return h->nr_seeds > 0;
}

int main(int argc, char **argv)
{
	struct hostile *h = calloc(1, sizeof(*h));

	if (argc != 4 || h == NULL || !prepare_all(h, argv)) {
		fprintf(stderr, "usage: hostile PORT[,PORT...] REQUESTS SEED\n");
		return 2;
	}
	for (uint32_t i = 0; i < CLIENTS && h->refused == 0; i++)
		begin(&h->clients[i]);
	ev_run(h->loop, 0);
	for (int i = 0; i < NR_MANNERS; i++)
		printf("%" PRIu64 " %s, ", h->count[i], manners[i]);
	printf("%" PRIu64 " requests in all; closed on us %" PRIu64 " times, %" PRIu64
	       " MB of answers\n",
	       h->n, h->closed, h->heard >> 20);
	return h->refused == 0 ? 0 : 1;
}
