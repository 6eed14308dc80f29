/*
 * A program that uses a VDI: HOST PORT VDI. It creates an object, names it in the index, and writes
 * and reads blocks of it; it ends with 0 if all came out as it should.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/object.h>

#define HEAD  48
#define BLOCK 4096
#define NR    200
#define INDEX 4664 /* where an inode's index begins */

static int fd = -1;

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "example: %s\n", what);
	exit(1);
}

static void receive(void *bytes, size_t len)
{
	need(recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len, "the connection is gone");
}

/* One request and its answer, which must be a success; the answer's header stays in head. */
static void ask(uint8_t head[HEAD], uint8_t opcode, uint64_t oid, uint32_t offset, const void *data,
		void *answer, uint32_t len)
{
	memset(head, 0, HEAD);
	head[0] = 2;
	head[1] = opcode;
	head[2] = data != NULL; /* the flag WRITE */
	put32(head + 12, len);
	put32(head + 16, (uint32_t)oid);
	put32(head + 20, (uint32_t)(oid >> 32));
	put32(head + 40, offset);
	need(send(fd, head, HEAD, MSG_NOSIGNAL) == HEAD, "the connection is gone");
	if (data != NULL)
		need(send(fd, data, len, MSG_NOSIGNAL) == (ssize_t)len, "the connection is gone");
	receive(head, HEAD);
	need(get32(head + 16) == SD_RES_SUCCESS, "a request was answered with an error");
	need(get32(head + 12) == (answer != NULL ? len : 0), "an answer has another length");
	if (answer != NULL)
		receive(answer, len);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	uint8_t head[HEAD], block[BLOCK], read[BLOCK], name[512] = {0}, entry[4];
	uint32_t vid;
	int one = 1;

	need(argc == 4, "HOST PORT VDI");
	at.sin_port = htons((uint16_t)atoi(argv[2]));
	need(inet_pton(AF_INET, argv[1], &at.sin_addr) == 1, "HOST is an IPv4 address");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	need(connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0, "it cannot connect");
	/* else the kernel keeps what follows a header until that is acknowledged */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	snprintf((char *)name, sizeof(name), "%s", argv[3]);
	ask(head, SD_OP_GET_VDI_INFO, 0, 0, name, NULL, sizeof(name));
	vid = get32(head + 24);
	memset(block, 'a', BLOCK);
	ask(head, SD_OP_CREATE_AND_WRITE_OBJ, sd_vid_to_data_oid(vid, 0), 0, block, NULL, BLOCK);
	put32(entry, vid);
	ask(head, SD_OP_WRITE_OBJ, sd_vid_to_inode_oid(vid), INDEX, entry, NULL, 4);
	for (uint32_t i = 0; i < NR; i++) {
		memset(block, (int)i, BLOCK);
		ask(head, SD_OP_WRITE_OBJ, sd_vid_to_data_oid(vid, 0), i * BLOCK, block, NULL,
		    BLOCK);
		ask(head, SD_OP_READ_OBJ, sd_vid_to_data_oid(vid, 0), i * BLOCK, NULL, read, BLOCK);
		need(memcmp(block, read, BLOCK) == 0, "what was read is not what was written");
		usleep(2000);
	}
	close(fd);
	return 0;
}
