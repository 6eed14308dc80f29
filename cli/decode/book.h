/*
 * What the parts of `sheepsim decode` share: options, the clock, how much there was, and the
 * records that are shown.
 *
 * Bytes come from a reader (packets.c, texts.c), go through TCP streams (flows.c) to conversations
 * (talk.c), which make messages of them, and these go to the report (report.c), which chooses what
 * is wanted and shows it as text or JSON (show_text.c, show_json.c).
 */
#ifndef SHEEPSIM_CLI_DECODE_BOOK_H
#define SHEEPSIM_CLI_DECODE_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include <uthash.h>

#define HEAD_MAX 48 /* bytes of a header */

struct port_range {
	uint16_t first, last;
};

/* What is read, how it is shown, and what is left out; lists that are empty leave nothing out. */
struct decode_options {
	bool json;
	int verbose;		  /* 1: fields, 2: all of them */
	struct port_range *ports; /* of sheep */
	size_t nr_ports;
	uint16_t shepherd_port;
	const char *version; /* peer version of the nodes, NULL: what is seen tells */

	bool ops[256];
	bool some_ops; /* only these */
	uint64_t *oids;
	size_t nr_oids;
	uint32_t *results;
	size_t nr_results;
	char **conns; /* numbers, addresses, addresses with port, names */
	size_t nr_conns;
	bool errors; /* only what went wrong */
};

enum said_kind {
	SAID_REQUEST,
	SAID_ANSWER,
	SAID_TO_SHEPHERD,
	SAID_FROM_SHEPHERD,
	SAID_EVENT,  /* of the local cluster driver */
	SAID_DRIVER, /* a message of the simulated one */
	SAID_INODE,  /* no message at all */
	/* of sheepdog's own cluster drivers */
	SAID_LOCAL,
	SAID_COROSYNC,
	SAID_ZOOKEEPER,
};

/* A conversation, as far as it is shown. */
struct talk_info {
	unsigned number;
	char from[72], to[72]; /* who opened the connection, and to whom; "": nobody knows */
	bool shown;	       /* its line is out */
};

/* A request that waits for its answer. */
struct question {
	struct talk_info info; /* of its conversation */
	unsigned n;
	uint64_t time;
	uint8_t head[HEAD_MAX];
	const char *version;	    /* peer version, as it was known then */
	char *held;		    /* shown if its answer is, NULL: it is out, or not wanted */
	const char *why;	    /* it has no answer */
	uint8_t key[5];		    /* opcode and id, which the answer has too */
	struct question *next_same; /* the next that has the same ones */
	struct question *last_same; /* of the first one: the last */
	TAILQ_ENTRY(question) link;
	UT_hash_handle hh; /* of the first of those with the same ones */
};
TAILQ_HEAD(questions, question);

/* A message. */
struct said {
	enum said_kind kind;
	unsigned n; /* its number */
	struct talk_info *talk;
	uint64_t time;	 /* when it was complete */
	uint64_t offset; /* where it begins in what this side said */
	uint8_t head[HEAD_MAX];
	size_t head_len;
	const uint8_t *payload;
	uint64_t len;		   /* of the payload, as the header says */
	uint64_t got;		   /* bytes of it that are there, from its front on */
	uint64_t lost;		   /* bytes of it that were not captured */
	const char *cut;	   /* it ends early, why; NULL: it does not */
	uint8_t request[HEAD_MAX]; /* of the request, or what is known of it: the opcode */
	const char *version;	   /* peer version of the nodes, NULL: not known */
	struct question *question; /* requests: itself; answers: the request, NULL: not seen */
	const struct event *event; /* SAID_EVENT */
	bool malformed;
	uint64_t wrong; /* where, from the front of the message */
	char reason[200];
};

/* An event of the local cluster driver; the buffer is the payload. */
struct event {
	const char *type, *queue;
	const uint8_t *sender;	/* a member record */
	const uint8_t *members; /* more of them */
	size_t nr_members;
};

/* Bytes that no message was made of. */
struct skipped {
	struct talk_info *talk;
	bool answers; /* of the side that answers */
	uint64_t time, offset, len;
	const char *reason;
	bool malformed; /* not only lost */
};

struct totals {
	uint64_t talks, messages, requests, answers, unanswered, failed, malformed;
	uint64_t lost;	  /* bytes that were not captured */
	uint64_t skipped; /* bytes that were passed over */
	uint64_t packets, fragments;
	uint64_t shortened; /* packets that the capture has cut short */
};

/* Everything about one input. */
struct book {
	const struct decode_options *options;
	FILE *out;
	bool timed;	     /* the input says when */
	uint64_t now;	     /* ns since 1970 */
	unsigned n;	     /* number of the last message */
	int day;	     /* whose date was shown last, 0: none */
	const char *version; /* peer version that was seen last, NULL: none */
	bool headed;	     /* what stands before requests without an answer is out */
	struct totals totals;
	struct questions unanswered; /* of conversations that are over */
};

#endif
