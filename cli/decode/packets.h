/*
 * TCP segments out of a pcap or pcapng file, which libpcap reads: it takes apart the link, IP and
 * TCP headers of packets.
 */
#ifndef SHEEPSIM_CLI_DECODE_PACKETS_H
#define SHEEPSIM_CLI_DECODE_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* An address and a port. Unused bytes are zero: ends are compared as bytes. */
struct end {
	uint8_t address[16]; /* of IPv4 the first 4 */
	uint16_t port;
	bool ipv6;
	uint8_t zero;
};

struct segment {
	struct end from, to;
	uint64_t time; /* ns since 1970 */
	uint32_t seq, ack;
	bool syn, fin, rst, has_ack;
	const uint8_t *data;
	uint32_t captured, len; /* bytes that are there, and that were sent */
};

struct pcap;
struct packets {
	struct pcap *pcap;
	int link;
	uint64_t packets;   /* so far */
	uint64_t fragments; /* of IP, which are left out */
};

/* Takes over the file. False: error[] says why. */
bool packets_open(struct packets *p, FILE *file, char error[400]);
void packets_close(struct packets *p);

/* The next TCP segment; its data stay until the next call. 0: there is none, -1: error[]. */
int packets_next(struct packets *p, struct segment *segment, char error[400]);

/* "10.0.0.1:7000", "[::1]:7000" */
const char *end_text(const struct end *end, char text[72]);

#endif
