/*
 * A captured conversation of a client, as text (tests/vectors/README.md describes the format): what
 * was sent on which connection, in order.
 */
#ifndef SHEEPSIM_CLI_VECTORS_H
#define SHEEPSIM_CLI_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEADER	    48
#define PAYLOAD_MAX (UINT64_C(64) << 20)

/* So many bytes, repeated, at an offset of a payload; the rest is zeros. */
struct vec_run {
	uint64_t offset, times;
	uint8_t *bytes;
	size_t len;
};

struct vec_message {
	unsigned int n;	   /* its place in the order of all messages of the moment */
	unsigned int line; /* in the file */
	size_t conn;	   /* index of its connection */
	bool request;
	uint8_t head[HEADER];
	uint64_t len; /* of the payload */
	struct vec_run *runs;
	size_t nr_runs;
};

struct vec_conn {
	unsigned int id;
	char from[16], to[16];
	char closed; /* 'C', 'S': who closed it; 0: nobody here */
};

struct vector {
	char *path;
	struct vec_conn *conns;
	size_t nr_conns;
	struct vec_message *messages; /* in the order of n */
	size_t nr_messages;
	bool silent; /* "no message was sent" */
};

/* Reads a file. False: error[] says what is wrong where. */
bool vector_read(struct vector *v, const char *path, char error[400]);
void vector_free(struct vector *v);

/* The payload, put together; free() it. NULL if it has none. */
uint8_t *vec_payload(const struct vec_message *m);

#endif
