/* Packets of captures. */
#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <string.h>

#include "decode/packets.h"

#define NS UINT64_C(1000000000)

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_ANY  0 /* not told: the version of IP tells */
#define PROTO_TCP      6

/* What is left of a packet. */
struct bytes {
	const uint8_t *at;
	uint32_t captured; /* bytes that are there */
	uint32_t len;	   /* bytes that were sent */
};

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

/* Takes n bytes off the front; false: they are not there. */
static bool skip(struct bytes *b, uint32_t n)
{
	if (b->captured < n || b->len < n)
		return false;
	b->at += n;
	b->captured -= n;
	b->len -= n;
	return true;
}

/* No more than n bytes: what follows is filling. */
static void limit(struct bytes *b, uint32_t n)
{
	if (b->len > n)
		b->len = n;
	if (b->captured > n)
		b->captured = n;
}

/* ------------------------------------------------------------------ links */

/* Tags of VLANs before the type. */
static bool skip_vlans(struct bytes *b, uint16_t *type)
{
	while (*type == 0x8100 || *type == 0x88a8 || *type == 0x9100) {
		if (b->captured < 4)
			return false;
		*type = be16(b->at + 2);
		skip(b, 4);
	}
	return true;
}

/* A header of `size` bytes with the type of what follows at `at`. */
static bool skip_typed(struct bytes *b, uint32_t size, uint32_t at, uint16_t *type)
{
	if (b->captured < size)
		return false;
	*type = be16(b->at + at);
	return skip(b, size) && skip_vlans(b, type);
}

static bool is_known_link(int link)
{
	return link == DLT_EN10MB || link == DLT_LINUX_SLL || link == DLT_LINUX_SLL2 ||
	       link == DLT_NULL || link == DLT_LOOP || link == DLT_RAW || link == DLT_IPV4 ||
	       link == DLT_IPV6;
}

static bool skip_link(struct bytes *b, int link, uint16_t *type)
{
	*type = ETHERTYPE_ANY;
	switch (link) {
	case DLT_EN10MB:
		return skip_typed(b, 14, 12, type);
	case DLT_LINUX_SLL:
		return skip_typed(b, 16, 14, type);
	case DLT_LINUX_SLL2:
		return skip_typed(b, 20, 0, type);
	case DLT_NULL:
	case DLT_LOOP:
		/* An address family, whose numbers differ from system to system. */
		return skip(b, 4);
	default:
		return true;
	}
}

/* ------------------------------------------------------------------ IP and TCP */

static bool skip_ipv4(struct packets *p, struct bytes *b, struct segment *s)
{
	uint32_t size, total;

	if (b->captured < 20)
		return false;
	size = (b->at[0] & 15) * 4u;
	total = be16(b->at + 2);
	if (size < 20 || b->at[9] != PROTO_TCP)
		return false;
	if (be16(b->at + 6) & 0x3fff) {
		p->fragments++;
		return false;
	}
	memcpy(s->from.address, b->at + 12, 4);
	memcpy(s->to.address, b->at + 16, 4);
	/* Where the card cuts segments, it is 0 of what the system has handed to it. */
	if (total >= size)
		limit(b, total);
	return skip(b, size);
}

/* Headers between that of IPv6 and that of TCP; false: something else follows. */
static bool skip_extensions(struct packets *p, struct bytes *b, uint8_t next)
{
	while (next != PROTO_TCP) {
		uint32_t size;

		if (b->captured < 8)
			return false;
		if (next == 44) {
			p->fragments += (be16(b->at + 2) & 0xfff9) != 0;
			if (be16(b->at + 2) & 0xfff9)
				return false;
			size = 8;
		} else if (next == 0 || next == 43 || next == 60) {
			size = b->at[1] * 8u + 8;
		} else if (next == 51) {
			size = b->at[1] * 4u + 8;
		} else {
			return false;
		}
		next = b->at[0];
		if (!skip(b, size))
			return false;
	}
	return true;
}

static bool skip_ipv6(struct packets *p, struct bytes *b, struct segment *s)
{
	uint8_t next;
	uint32_t len;

	if (b->captured < 40)
		return false;
	next = b->at[6];
	len = be16(b->at + 4);
	memcpy(s->from.address, b->at + 8, 16);
	memcpy(s->to.address, b->at + 24, 16);
	s->from.ipv6 = true;
	s->to.ipv6 = true;
	if (len > 0)
		limit(b, 40 + len);
	return skip(b, 40) && skip_extensions(p, b, next);
}

static bool read_tcp(struct bytes *b, struct segment *s)
{
	uint32_t size;
	uint8_t flags;

	if (b->captured < 20)
		return false;
	size = (b->at[12] >> 4) * 4u;
	flags = b->at[13];
	s->from.port = be16(b->at);
	s->to.port = be16(b->at + 2);
	s->seq = be32(b->at + 4);
	s->ack = be32(b->at + 8);
	s->fin = flags & 0x01;
	s->syn = flags & 0x02;
	s->rst = flags & 0x04;
	s->has_ack = flags & 0x10;
	if (size < 20 || b->len < size)
		return false;
	/* Options may be cut off with all data. */
	if (b->captured < size) {
		s->len = b->len - size;
		return true;
	}
	skip(b, size);
	s->data = b->at;
	s->captured = b->captured;
	s->len = b->len;
	return true;
}

static bool read_packet(struct packets *p, const struct pcap_pkthdr *h, const uint8_t *data,
			struct segment *s)
{
	struct bytes b = {.at = data, .captured = h->caplen, .len = h->len};
	uint16_t type;

	if (b.len < b.captured)
		b.len = b.captured;
	*s = (struct segment){.time = (uint64_t)h->ts.tv_sec * NS + (uint64_t)h->ts.tv_usec};
	if (!skip_link(&b, p->link, &type) || b.captured == 0)
		return false;
	if (type == ETHERTYPE_ANY)
		type = b.at[0] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
	if (type == ETHERTYPE_IPV4
		    ? b.at[0] >> 4 != 4 || !skip_ipv4(p, &b, s)
		    : type != ETHERTYPE_IPV6 || b.at[0] >> 4 != 6 || !skip_ipv6(p, &b, s))
		return false;
	return read_tcp(&b, s);
}

/* ------------------------------------------------------------------ the outside */

bool packets_open(struct packets *p, FILE *file, char error[400])
{
	char words[PCAP_ERRBUF_SIZE] = "";

	*p = (struct packets){0};
	p->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, words);
	if (p->pcap == NULL) {
		fclose(file);
		snprintf(error, 400, "%s", words);
		return false;
	}
	p->link = pcap_datalink(p->pcap);
	if (is_known_link(p->link))
		return true;
	snprintf(error, 400, "packets of a link of type %d (%s) cannot be read", p->link,
		 pcap_datalink_val_to_name(p->link) ? pcap_datalink_val_to_name(p->link)
						    : "without a name");
	packets_close(p);
	return false;
}

void packets_close(struct packets *p)
{
	if (p->pcap != NULL)
		pcap_close(p->pcap);
	p->pcap = NULL;
}

int packets_next(struct packets *p, struct segment *segment, char error[400])
{
	struct pcap_pkthdr *header;
	const u_char *data;
	int ret;

	while ((ret = pcap_next_ex(p->pcap, &header, &data)) == 1) {
		p->packets++;
		if (read_packet(p, header, data, segment))
			return 1;
	}
	if (ret == PCAP_ERROR_BREAK)
		return 0;
	snprintf(error, 400, "%s", pcap_geterr(p->pcap));
	return -1;
}

const char *end_text(const struct end *end, char text[72])
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(end->ipv6 ? AF_INET6 : AF_INET, end->address, address, sizeof(address));
	snprintf(text, 72, end->ipv6 ? "[%s]:%u" : "%s:%u", address, end->port);
	return text;
}
