/*
 * Captures that tests make: TCP segments, which can be cut, moved, doubled and dropped before they
 * are written as packets of any link into a pcap or pcapng file.
 */
#ifndef TESTS_UNIT_DECODE_TAPE_H
#define TESTS_UNIT_DECODE_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAPE_SYN 0x02
#define TAPE_FIN 0x01
#define TAPE_RST 0x04
#define TAPE_ACK 0x10

/* What a segment is about: from the client to the server, or back. */
struct tape_segment {
	uint64_t time; /* ns */
	unsigned conn; /* index of the tape's connections */
	bool answer;
	uint8_t flags;
	uint32_t seq, ack;
	uint8_t *data;
	size_t len;
};

struct tape_conn {
	uint8_t client[16], server[16]; /* IPv4: the first four */
	bool ipv6;
	uint16_t client_port, server_port;
	uint32_t next[2]; /* of client and server */
};

enum tape_link {
	TAPE_ETHERNET,
	TAPE_VLAN, /* Ethernet with two tags */
	TAPE_SLL,
	TAPE_SLL2,
	TAPE_NULL,
	TAPE_RAW,
};

enum tape_file {
	TAPE_PCAP,
	TAPE_PCAP_NANO,
	TAPE_PCAP_SWAPPED, /* of a machine with the other byte order */
	TAPE_PCAPNG,
};

struct tape {
	struct tape_conn *conns;
	size_t nr_conns;
	struct tape_segment *segments;
	size_t nr;

	/* How it is written. */
	enum tape_link link;
	enum tape_file file;
	uint32_t snaplen; /* 0: whole packets */
	bool extensions;  /* headers between those of IPv6 and TCP */
	bool padding;	  /* bytes behind the packet, as Ethernet has them behind short ones */
};

/* A connection between 10.0.0.1:40000 + its index and 10.0.0.2:7000; its number is the result. */
unsigned tape_conn(struct tape *t);

/* SYN, SYN and ACK, ACK. */
void tape_open(struct tape *t, unsigned conn, uint64_t time);

/* Bytes of one side, in segments of at most `size` bytes, all at one time. */
void tape_say(struct tape *t, unsigned conn, bool answer, uint64_t time, const void *bytes,
	      size_t len, size_t size);

/* A segment with flags and without bytes. */
void tape_flags(struct tape *t, unsigned conn, bool answer, uint64_t time, uint8_t flags);

void tape_move(struct tape *t, size_t from, size_t to);
void tape_drop(struct tape *t, size_t i);
/* The segment once more, at the end. */
void tape_again(struct tape *t, size_t i);

/* The file; free() it. */
uint8_t *tape_write(const struct tape *t, size_t *len);

void tape_free(struct tape *t);

#endif
