/*
 * One accepted connection: its bytes become requests to the node, as the framing says (spec 1.4);
 * the node's answers go to output.c in the order in which it gives them.
 *
 * A client can send and leave unread what it likes: how much is read of it depends on what it has
 * under way (link_pace()), so that only itself waits.
 */
#include <sys/socket.h>
#include <sheepsim/wire/header.h>
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "live/live.h"

/* Bytes that are read of one connection before the others have their turn. */
#define READ_SHARE (UINT64_C(1) << 20)

/* What is read at once where only headers are to be expected. */
#define READ_CHUNK 65536u

/* ------------------------------------------------------------------ from the node */

/* The request that an answer belongs to is the oldest one with its id and operation. */
static void forget_asked(struct link *l, const uint8_t head[WIRE_HEADER])
{
	uint32_t id = get_le32(head + 8);
	struct asked *a;

	TAILQ_FOREACH (a, &l->asked, link)
		if (a->id == id && a->opcode == head[1])
			break;
	if (!a)
		return;
	TAILQ_REMOVE(&l->asked, a, link);
	l->nr_asked--;
	l->asked_bytes -= a->bytes;
	l->asked_answers -= a->answer;
	l->live->counts.waiting--;
	l->live->counts.in_flight -= a->bytes;
	free(a);
}

static void answer_came(void *arg, const uint8_t head[WIRE_HEADER], struct blob *payload)
{
	struct link *l = arg;

	forget_asked(l, head);
	l->live->counts.answers++;
	output_add(l, head, payload);
}

/* Nothing of what was asked will be answered any more. */
static void forget_all(struct link *l)
{
	struct asked *a;

	while ((a = TAILQ_FIRST(&l->asked))) {
		TAILQ_REMOVE(&l->asked, a, link);
		free(a);
	}
	l->live->counts.waiting -= l->nr_asked;
	l->live->counts.in_flight -= l->asked_bytes;
	l->nr_asked = 0;
	l->asked_bytes = 0;
	l->asked_answers = 0;
}

static void node_closed(void *arg)
{
	struct link *l = arg;

	forget_all(l);
	l->node_gone = true;
	link_touch(l);
}

static const struct conn_ear ear = {.answer = answer_came, .closed = node_closed};

void link_touch(struct link *l)
{
	if (!l->dirty)
		TAILQ_INSERT_TAIL(&l->live->dirty, l, dirty_link);
	l->dirty = true;
}

/* ------------------------------------------------------------------ to the node */

/* How large the answer to a request may become (spec 1.4). */
static uint64_t answer_size(const uint8_t head[WIRE_HEADER])
{
	uint16_t flags = get_le16(head + 2);
	bool none = (flags & SD_FLAG_CMD_WRITE) && !(flags & SD_FLAG_CMD_PIGGYBACK);

	return WIRE_HEADER + (none ? 0 : get_le32(head + 12));
}

static void submit(struct link *l)
{
	struct sheepsim_live *live = l->live;
	struct asked *a = mem_alloc(sizeof *a);

	a->id = get_le32(l->head + 8);
	a->opcode = l->head[1];
	a->bytes = WIRE_HEADER + l->payload_size;
	a->answer = answer_size(l->head);
	TAILQ_INSERT_TAIL(&l->asked, a, link);
	l->nr_asked++;
	l->asked_bytes += a->bytes;
	l->asked_answers += a->answer;
	live->counts.waiting++;
	live->counts.in_flight += WIRE_HEADER; /* the payload is counted already */
	live->counts.requests++;
	pace_moment(live);
	recording_send(live, conn_number(l->conn), l->head, l->payload, l->payload_size);
	sheepsim_conn_send(l->conn, l->head, l->payload, l->payload_size);
	free(l->payload);
	l->payload = NULL;
	l->payload_len = 0;
	l->payload_cap = 0;
	l->payload_size = 0;
	l->head_len = 0;
}

/*
 * A request that waits for an epoch outlives its connection (R402), and may wait for ever: whoever
 * sends such and vanishes, again and again, must not get all the memory there is. It is looked at
 * before it gets to the node, so that what is recorded has none of it.
 */
static bool waits_in_vain(struct link *l)
{
	struct sheepsim_live *live = l->live;
	struct sheep *sheep = live->sim->nodes[l->node]->sheep;
	uint64_t abandoned;

	if (!sheep || !sheep_makes_wait(sheep, l->head))
		return false;
	abandoned = live_abandoned(live);
	if (abandoned < live->options.abandoned)
		return false;
	limit_hit(live, LIMIT_ABANDONED,
		  "%" PRIu64
		  " bytes of clients that are gone wait for epochs to come, and a client "
		  "of node %d sends more of that: closed",
		  abandoned, l->node);
	return true;
}

/* A header is there: what follows it? False: too much. */
static bool begin_payload(struct link *l)
{
	uint32_t size = get_le32(l->head + 12);

	if (size > l->live->options.request_size) {
		limit_hit(l->live, LIMIT_REQUEST_SIZE,
			  "a client of node %d asks for %" PRIu32
			  " bytes in one request, more than %" PRIu64 ": closed",
			  l->node, size, l->live->options.request_size);
		return false;
	}
	if (waits_in_vain(l))
		return false;
	if (get_le16(l->head + 2) & SD_FLAG_CMD_WRITE)
		l->payload_size = size;
	return true;
}

/* Room for what comes next of the payload: as much again as there is, so that memory follows what
 * was really sent. */
static void grow_payload(struct link *l)
{
	size_t cap = l->payload_cap ? 2 * l->payload_cap : READ_CHUNK;

	if (cap > l->payload_size)
		cap = l->payload_size;
	l->payload = mem_resize(l->payload, cap, 1);
	l->payload_cap = cap;
}

/* May it ask for nothing more just now? */
static bool too_much(struct link *l)
{
	const struct sheepsim_live_options *o = &l->live->options;

	if (l->nr_asked >= o->requests) {
		limit_hit(l->live, LIMIT_REQUESTS,
			  "a client of node %d has %u requests under way: it has to wait", l->node,
			  l->nr_asked);
		return true;
	}
	/* what it has asked for will come, whether it reads then or not */
	if (l->out_bytes + l->asked_answers >= o->backlog) {
		limit_hit(l->live, LIMIT_BACKLOG,
			  "a client of node %d has not read %" PRIu64
			  " bytes of answers, and asked for %" PRIu64 " more: it has to wait",
			  l->node, l->out_bytes, l->asked_answers);
		return true;
	}
	if (l->live->counts.in_flight >= o->in_flight) {
		limit_hit(l->live, LIMIT_BYTES,
			  "requests of %" PRIu64 " bytes are under way: all have to wait",
			  l->live->counts.in_flight);
		l->live->full = true;
		return true;
	}
	return false;
}

/* Is a whole request there? */
static bool is_whole(const struct link *l)
{
	return l->head_len == WIRE_HEADER && l->payload_len == l->payload_size;
}

/* Takes bytes of a request. How many it took; -1: the connection is to be closed. */
static ssize_t take_part(struct link *l, const uint8_t *bytes, size_t len)
{
	size_t part;

	if (l->head_len < WIRE_HEADER) {
		part = WIRE_HEADER - l->head_len < len ? WIRE_HEADER - l->head_len : len;
		memcpy(l->head + l->head_len, bytes, part);
		l->head_len += part;
		if (l->head_len == WIRE_HEADER && !begin_payload(l))
			return -1;
		return (ssize_t)part;
	}
	if (l->payload_len == l->payload_cap)
		grow_payload(l);
	part = l->payload_cap - l->payload_len;
	part = part < len ? part : len;
	memcpy(l->payload + l->payload_len, bytes, part);
	l->payload_len += part;
	l->live->counts.in_flight += part;
	return (ssize_t)part;
}

/* Takes bytes that were read, as long as the client may ask for more. How many it took; -1: the
 * connection is to be closed. */
static ssize_t take(struct link *l, const uint8_t *bytes, size_t len)
{
	size_t taken = 0;
	ssize_t part;

	while (taken < len && !too_much(l)) {
		part = take_part(l, bytes + taken, len - taken);
		if (part < 0)
			return -1;
		taken += (size_t)part;
		if (is_whole(l))
			submit(l);
	}
	return (ssize_t)taken;
}

/* Keeps what the client may not ask for yet. */
static void keep(struct link *l, const uint8_t *bytes, size_t len)
{
	uint8_t *left = NULL;

	if (len > 0) {
		left = mem_alloc(len);
		memcpy(left, bytes, len);
	}
	free(l->left);
	l->left = left;
	l->left_len = len;
}

/* Goes on with what was kept. False: the connection is to be closed. */
static bool go_on(struct link *l)
{
	ssize_t taken = take(l, l->left, l->left_len);

	if (taken > 0)
		keep(l, l->left + taken, l->left_len - (size_t)taken);
	return taken >= 0;
}

/* Reads the rest of a payload to where it belongs, if much of it is to come. */
static ssize_t read_payload(struct link *l)
{
	ssize_t len;

	if (l->payload_len == l->payload_cap)
		grow_payload(l);
	len = read(l->fd, l->payload + l->payload_len, l->payload_cap - l->payload_len);
	if (len > 0) {
		l->payload_len += (size_t)len;
		l->live->counts.in_flight += (uint64_t)len;
		if (l->payload_len == l->payload_size)
			submit(l);
	}
	return len;
}

/* Reads once. 1: go on; 0: nothing more is there; -1: the connection is over. */
static int read_some(struct link *l, uint64_t *share)
{
	uint8_t bytes[READ_CHUNK];
	bool direct = l->payload_size - l->payload_len >= READ_CHUNK;
	ssize_t len = direct ? read_payload(l) : read(l->fd, bytes, sizeof bytes);
	ssize_t taken;

	if (len == 0)
		return -1;
	if (len < 0)
		return errno == EINTR ? 1 : errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
	l->live->counts.received += (uint64_t)len;
	*share -= (uint64_t)len < *share ? (uint64_t)len : *share;
	if (direct)
		return 1;
	taken = take(l, bytes, (size_t)len);
	if (taken < 0)
		return -1;
	keep(l, bytes + taken, (size_t)(len - taken));
	return (size_t)len == sizeof bytes ? 1 : 0;
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	struct link *l = w->data;
	uint64_t share = READ_SHARE;
	int more = 1;

	(void)loop;
	(void)events;
	while (more > 0 && share > 0 && l->left_len == 0 && !too_much(l))
		more = read_some(l, &share);
	if (more < 0)
		l->broken = true;
	link_touch(l);
}

static void on_writable(struct ev_loop *loop, ev_io *w, int events)
{
	(void)loop;
	(void)events;
	link_touch(w->data);
}

static void watch(const struct link *l, ev_io *w, bool on)
{
	if (on)
		ev_io_start(l->live->loop, w);
	else
		ev_io_stop(l->live->loop, w);
}

void link_pace(struct link *l)
{
	const struct sheepsim_live *live = l->live;
	bool open = !live->sim->nodes[l->node]->world.held && !live->draining && !live->gated &&
		    !l->node_gone;

	if (open && l->left_len > 0 && !go_on(l)) {
		l->broken = true;
		link_touch(l);
		return;
	}
	watch(l, &l->writing, !STAILQ_EMPTY(&l->out));
	watch(l, &l->reading, open && l->left_len == 0 && !too_much(l));
}

/* ------------------------------------------------------------------ its life */

void link_open(struct sheepsim_live *live, int node, int fd)
{
	struct link *l = mem_alloc(sizeof *l);

	l->live = live;
	l->node = node;
	l->fd = fd;
	TAILQ_INIT(&l->asked);
	STAILQ_INIT(&l->out);
	pace_moment(live);
	recording_open(live, live->sim->next_conn, node);
	if (conn_open_near(live->sim, node, &ear, l, &l->conn) < 0) {
		/* it has just ended */
		close(fd);
		free(l);
		return;
	}
	LIST_INSERT_HEAD(&live->links, l, entry);
	live->counts.connections++;
	live->counts.accepted++;
	ev_io_init(&l->reading, on_readable, fd, EV_READ);
	ev_io_init(&l->writing, on_writable, fd, EV_WRITE);
	l->reading.data = l;
	l->writing.data = l;
	link_pace(l);
}

void link_close(struct link *l)
{
	struct sheepsim_live *live = l->live;

	pace_moment(live);
	recording_close(live, conn_number(l->conn));
	if (l->dirty)
		TAILQ_REMOVE(&live->dirty, l, dirty_link);
	ev_io_stop(live->loop, &l->reading);
	ev_io_stop(live->loop, &l->writing);
	sheepsim_conn_close(l->conn);
	close(l->fd);
	forget_all(l);
	live->counts.in_flight -= l->payload_len;
	output_drop(l);
	free(l->payload);
	free(l->left);
	LIST_REMOVE(l, entry);
	live->counts.connections--;
	free(l);
}
