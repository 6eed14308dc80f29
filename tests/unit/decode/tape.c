#include "tape.h"

#include <stdlib.h>
#include <string.h>

#include "files.h"

#define NS UINT64_C(1000000000)

/* ------------------------------------------------------------------ segments */

unsigned tape_conn(struct tape *t)
{
	struct tape_conn c = {
		.client = {10, 0, 0, 1},
		.server = {10, 0, 0, 2},
		.client_port = (uint16_t)(40000 + t->nr_conns),
		.server_port = 7000,
		.next = {1000, 500000},
	};

	t->conns = need(realloc(t->conns, (t->nr_conns + 1) * sizeof(c)));
	t->conns[t->nr_conns] = c;
	return (unsigned)t->nr_conns++;
}

static struct tape_segment *add(struct tape *t, struct tape_segment s, const void *bytes)
{
	s.data = need(malloc(s.len + 1));
	if (bytes && s.len > 0)
		memcpy(s.data, bytes, s.len);
	t->segments = need(realloc(t->segments, (t->nr + 1) * sizeof(s)));
	t->segments[t->nr] = s;
	return &t->segments[t->nr++];
}

void tape_flags(struct tape *t, unsigned conn, bool answer, uint64_t time, uint8_t flags)
{
	struct tape_conn *c = &t->conns[conn];
	struct tape_segment s = {
		.time = time,
		.conn = conn,
		.answer = answer,
		.flags = flags,
		.seq = c->next[answer],
		.ack = flags & TAPE_ACK ? c->next[!answer] : 0,
	};

	add(t, s, NULL);
	c->next[answer] += (flags & (TAPE_SYN | TAPE_FIN)) != 0;
}

void tape_open(struct tape *t, unsigned conn, uint64_t time)
{
	tape_flags(t, conn, false, time, TAPE_SYN);
	tape_flags(t, conn, true, time, TAPE_SYN | TAPE_ACK);
	tape_flags(t, conn, false, time, TAPE_ACK);
}

void tape_say(struct tape *t, unsigned conn, bool answer, uint64_t time, const void *bytes,
	      size_t len, size_t size)
{
	struct tape_conn *c = &t->conns[conn];

	for (size_t at = 0; at < len; at += size) {
		struct tape_segment s = {
			.time = time,
			.conn = conn,
			.answer = answer,
			.flags = TAPE_ACK,
			.seq = c->next[answer],
			.ack = c->next[!answer],
			.len = len - at < size ? len - at : size,
		};

		add(t, s, (const uint8_t *)bytes + at);
		c->next[answer] += (uint32_t)s.len;
	}
}

void tape_move(struct tape *t, size_t from, size_t to)
{
	struct tape_segment s = t->segments[from];

	memmove(&t->segments[from], &t->segments[from + 1], (t->nr - from - 1) * sizeof(s));
	memmove(&t->segments[to + 1], &t->segments[to], (t->nr - 1 - to) * sizeof(s));
	t->segments[to] = s;
}

void tape_drop(struct tape *t, size_t i)
{
	free(t->segments[i].data);
	memmove(&t->segments[i], &t->segments[i + 1], (t->nr - i - 1) * sizeof(*t->segments));
	t->nr--;
}

void tape_again(struct tape *t, size_t i)
{
	struct tape_segment s = t->segments[i];

	add(t, s, s.data);
}

void tape_free(struct tape *t)
{
	for (size_t i = 0; i < t->nr; i++)
		free(t->segments[i].data);
	free(t->segments);
	free(t->conns);
	*t = (struct tape){0};
}

/* ------------------------------------------------------------------ packets */

struct bytes {
	uint8_t *data;
	size_t len, room;
};

static void put(struct bytes *b, const void *data, size_t len)
{
	if (b->len + len >= b->room) {
		b->room = 2 * (b->len + len) + 64;
		b->data = need(realloc(b->data, b->room));
	}
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void put_be(struct bytes *b, uint64_t v, int size)
{
	for (int i = size - 1; i >= 0; i--)
		put(b, &(uint8_t){(uint8_t)(v >> 8 * i)}, 1);
}

static void put_le(struct bytes *b, uint64_t v, int size)
{
	for (int i = 0; i < size; i++)
		put(b, &(uint8_t){(uint8_t)(v >> 8 * i)}, 1);
}

static void put_zeros(struct bytes *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(b, "", 1);
}

static void put_link(struct bytes *b, const struct tape *t, bool ipv6)
{
	uint16_t type = ipv6 ? 0x86dd : 0x0800;

	switch (t->link) {
	case TAPE_ETHERNET:
		put(b, "\2\0\0\0\0\2\2\0\0\0\0\1", 12);
		break;
	case TAPE_VLAN:
		put(b, "\2\0\0\0\0\2\2\0\0\0\0\1\x88\xa8\0\7\x81\0\0\5", 20);
		break;
	case TAPE_SLL:
		put(b, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0", 14);
		break;
	case TAPE_SLL2:
		put_be(b, type, 2);
		put(b, "\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0", 18);
		return;
	case TAPE_NULL:
		put_le(b, ipv6 ? 10 : 2, 4);
		return;
	case TAPE_RAW:
		return;
	}
	put_be(b, type, 2);
}

static void put_tcp(struct bytes *b, const struct tape_segment *s, const struct tape_conn *c)
{
	put_be(b, s->answer ? c->server_port : c->client_port, 2);
	put_be(b, s->answer ? c->client_port : c->server_port, 2);
	put_be(b, s->seq, 4);
	put_be(b, s->ack, 4);
	/* Twelve bytes of options, as timestamps take them. */
	put_be(b, 0x80, 1);
	put_be(b, s->flags, 1);
	put(b, "\xff\xff\0\0\0\0\1\1\x8\xa\0\0\0\1\0\0\0\2", 18);
	put(b, s->data, s->len);
}

static void put_ip(struct bytes *b, const struct tape *t, const struct tape_segment *s)
{
	const struct tape_conn *c = &t->conns[s->conn];
	size_t tcp = 32 + s->len, more = t->extensions ? 24 : 0;
	const uint8_t *from = s->answer ? c->server : c->client;
	const uint8_t *to = s->answer ? c->client : c->server;

	if (c->ipv6) {
		put_be(b, 6, 1);
		b->data[b->len - 1] = 0x60;
		put_zeros(b, 3);
		put_be(b, tcp + more, 2);
		put_be(b, t->extensions ? 0 : 6, 1);
		put_be(b, 64, 1);
		put(b, from, 16);
		put(b, to, 16);
		/* Hop-by-hop options, then destination options of two units. */
		if (t->extensions)
			put(b, "\x3c\0\1\4\0\0\0\0\6\1\1\4\0\0\0\0\0\0\0\0\0\0\0\0", 24);
	} else {
		put(b, "\x45\0", 2);
		put_be(b, 20 + tcp, 2);
		put(b, "\0\1\x40\0\x40\6\0\0", 8);
		put(b, from, 4);
		put(b, to, 4);
	}
	put_tcp(b, s, c);
	if (t->padding)
		put(b, "padding", 7);
}

/* ------------------------------------------------------------------ files */

static uint16_t link_type(const struct tape *t)
{
	switch (t->link) {
	case TAPE_SLL:
		return 113;
	case TAPE_SLL2:
		return 276;
	case TAPE_NULL:
		return 0;
	case TAPE_RAW:
		return 101;
	default:
		return 1;
	}
}

static void put_file_head(struct bytes *b, const struct tape *t)
{
	void (*put_number)(struct bytes *, uint64_t, int) =
		t->file == TAPE_PCAP_SWAPPED ? put_be : put_le;

	if (t->file == TAPE_PCAPNG) {
		put(b, "\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0", 16);
		put(b, "\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0", 12);
		put(b, "\1\0\0\0\x14\0\0\0", 8);
		put_le(b, link_type(t), 2);
		put(b, "\0\0\0\0\4\0\x14\0\0\0", 10);
		return;
	}
	put_number(b, t->file == TAPE_PCAP_NANO ? 0xa1b23c4d : 0xa1b2c3d4, 4);
	put_number(b, 2, 2);
	put_number(b, 4, 2);
	put_number(b, 0, 8);
	put_number(b, t->snaplen ? t->snaplen : 262144, 4);
	put_number(b, link_type(t), 4);
}

static void put_packet(struct bytes *b, const struct tape *t, uint64_t time, const struct bytes *p)
{
	void (*put_number)(struct bytes *, uint64_t, int) =
		t->file == TAPE_PCAP_SWAPPED ? put_be : put_le;
	size_t len = t->snaplen && p->len > t->snaplen ? t->snaplen : p->len;

	if (t->file == TAPE_PCAPNG) {
		size_t padded = (len + 3) / 4 * 4;
		uint64_t us = time / 1000;

		put_le(b, 6, 4);
		put_le(b, 32 + padded, 4);
		put_le(b, 0, 4);
		put_le(b, us >> 32, 4);
		put_le(b, us & UINT32_MAX, 4);
		put_le(b, len, 4);
		put_le(b, p->len, 4);
		put(b, p->data, len);
		put_zeros(b, padded - len);
		put_le(b, 32 + padded, 4);
		return;
	}
	put_number(b, time / NS, 4);
	put_number(b, t->file == TAPE_PCAP_NANO ? time % NS : time % NS / 1000, 4);
	put_number(b, len, 4);
	put_number(b, p->len, 4);
	put(b, p->data, len);
}

uint8_t *tape_write(const struct tape *t, size_t *len)
{
	struct bytes file = {0};

	put_file_head(&file, t);
	for (size_t i = 0; i < t->nr; i++) {
		const struct tape_segment *s = &t->segments[i];
		struct bytes packet = {0};

		put_link(&packet, t, t->conns[s->conn].ipv6);
		put_ip(&packet, t, s);
		put_packet(&file, t, s->time, &packet);
		free(packet.data);
	}
	*len = file.len;
	return file.data;
}
