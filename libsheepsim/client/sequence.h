/*
 * An operation of a client that is a sequence of requests, one at a time, on a short connection of
 * its own: QEMU's and dog's operations on VDIs, and all that dog does for a cluster.
 *
 * Whoever runs one embeds struct sequence and writes a step function: it looks at the answer that
 * has come (x.rsp, x.data), sends the next request, or ends the sequence. An answer that is an
 * error, and a broken connection, end it without another step.
 */
#ifndef SHEEPSIM_CLIENT_SEQUENCE_H
#define SHEEPSIM_CLIENT_SEQUENCE_H

#include "base/text.h"
#include "client/session.h"

/* How an operation of a client ended. */
enum outcome_kind {
	OUTCOME_OK,
	OUTCOME_RESULT,	 /* a node answered with an error */
	OUTCOME_LOST,	 /* the connection broke, or the client was closed */
	OUTCOME_INVALID, /* the client itself refused */
};

struct sequence {
	struct session session;
	struct session aside; /* a second node that is asked something in between */
	struct exchange x;
	enum dialect dialect; /* of both; set before the start, NONE: see session.h */
	uint8_t frontend;     /* likewise */
	void (*step)(struct sequence *s);
	/* The end: result is SD_RES_*, why the words of OUTCOME_INVALID. It frees the sequence. */
	void (*end)(struct sequence *s, enum outcome_kind kind, uint32_t result, const char *why);
	unsigned at;  /* steps taken: 0 in the first, which has no answer yet */
	bool lenient; /* the next step looks at the result itself: none ends the sequence */
	LIST_ENTRY(sequence) link;
};

LIST_HEAD(sequence_list, sequence);

/* Begins: adds it to the client's list, and takes the first step at once. */
void sequence_start(struct sequence *s, struct sequence_list *list, struct world *w,
		    struct answer_tally *tally, const struct node_id *node);

/*
 * Sends s->x.req with a payload (consumed, may be NULL); the next step follows its answer.
 * _aside: to another node, on a connection that lasts for this one exchange.
 */
void sequence_send(struct sequence *s, struct blob *payload);
void sequence_send_aside(struct sequence *s, const struct node_id *node);

/* Ends it; s is gone after the call. Only from a step function. */
void sequence_end(struct sequence *s, enum outcome_kind kind, uint32_t result, const char *why);

/* Cuts every sequence of the list short: they end as lost. */
void sequences_cancel(struct sequence_list *list);

/* What has no answer, one line each. */
void sequences_pending_text(const struct sequence_list *list, struct text *t);

#endif
