/*
 * Reads the captured conversations beside this file (README.md describes their format): for tests
 * that replay or re-encode them.
 */
#ifndef TESTS_VECTORS_VECTORS_H
#define TESTS_VECTORS_VECTORS_H

#include <stdbool.h>

#include "wire/records.h"

/* One connection, or what of it falls into this vector. */
struct vector_conn {
	unsigned int id;
	char from[16]; /* "dog", "node1", ... */
	char to[16];   /* "node0", "node0-io", "shepherd" */
	bool goes_on;  /* from an earlier vector */
	char closed;   /* 'C', 'S': who closed first; 0: nobody within the vector */
};

/* An event of the local cluster driver (cluster/): no header; payload is its buffer. */
struct vector_event {
	char type[16];	  /* "JOIN", "NOTIFY", ... */
	bool block_queue; /* in the queue of blocks, not in the other */
	bool callbacked;
	bool removed;
	uint8_t sender[NODE_RECORD_SIZE];
	uint8_t (*members)[NODE_RECORD_SIZE];
	size_t nr_members;
};

struct vector_message {
	unsigned int n;	   /* place in the order of the moment */
	unsigned int line; /* in the file */
	int conn;	   /* index of its connection; -1: an event */
	bool request;	   /* C>S: from the side that opened the connection */
	size_t head_len;   /* WIRE_HEADER; 8 on connections to shepherd; 0: an event */
	uint8_t head[WIRE_HEADER];
	struct blob *payload;	    /* NULL: none */
	struct vector_event *event; /* NULL: a message on a connection */
};

struct vector {
	struct vector_conn *conns;
	size_t nr_conns;
	struct vector_message *messages; /* in the order of n */
	size_t nr_messages;
};

/* Reads a file. Returns 0, or negative with the line and what is wrong with it in why. */
int vector_read(const char *path, struct vector *v, char why[256]);
void vector_free(struct vector *v);

/*
 * Calls fn for each file of a folder below the vectors ("frontend"), in the order of their names.
 * Returns how many there were.
 */
size_t vector_each(const char *folder, void (*fn)(const char *path, const struct vector *v));

#endif
