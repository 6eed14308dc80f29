/*
 * A captured conversation, as text (tests/vectors/README.md describes the format): what was sent on
 * which connection, in order; or what went through the local cluster driver.
 */
#ifndef SHEEPSIM_CLI_VECTORS_H
#define SHEEPSIM_CLI_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEADER		48
#define SHEPHERD_HEADER 8  /* on connections to shepherd */
#define MEMBER		80 /* bytes of a member record */
#define PAYLOAD_MAX	(UINT64_C(64) << 20)

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
	size_t head_len; /* HEADER or SHEPHERD_HEADER */
	uint8_t head[HEADER];
	uint64_t len; /* of the payload */
	struct vec_run *runs;
	size_t nr_runs;
};

/* An event of the local cluster driver. */
struct vec_event {
	char type[16], queue[16];
	uint8_t sender[MEMBER];
	uint8_t *members; /* MEMBER bytes each */
	size_t nr_members;
	struct vec_message buffer; /* its payload is the event's buffer; no head, no connection */
};

struct vec_conn {
	unsigned int id;
	char from[16], to[16];
	bool goes_on; /* from an earlier vector */
	char closed;  /* 'C', 'S': who closed it; 0: nobody here */
};

struct vector {
	char *path;
	struct vec_conn *conns;
	size_t nr_conns;
	struct vec_message *messages; /* in the order of n */
	size_t nr_messages;
	struct vec_event *events; /* likewise */
	size_t nr_events;
	/* how the client was called, NULL: it was not; how it ended; what it printed, line by line
	 */
	char *command;
	int status;
	char *output;
	bool silent; /* "no message was sent" */
	bool cut;    /* only the first messages of the moment are there */
};

/* Reads a file, or text that has a name. False: error[] says what is wrong where. */
bool vector_read(struct vector *v, const char *path, char error[400]);
bool vector_read_text(struct vector *v, const char *name, const char *text, char error[400]);
void vector_free(struct vector *v);

/* The payload, put together; free() it. NULL if it has none. */
uint8_t *vec_payload(const struct vec_message *m);

/* Writes what is not zero of it into payload, which has room for m->len bytes. */
void vec_fill(const struct vec_message *m, uint8_t *payload);

#endif
