/*
 * One connection of a client to a node, and the requests that are under way on it.
 *
 * Requests are pipelined and answers matched by id, in whatever order they come (spec 1.5). A
 * lasting session does what QEMU's driver does when its connection breaks: it connects again, at
 * once and then every second, and sends everything again that has no answer yet; so every request
 * gets its answer in the end, or is reported lost when the session is closed. A short session, as
 * dog and QEMU's VDI operations use it, reports its requests lost when the connection breaks. So
 * does a lasting one of a client that does not connect again; it is dead then until it is moved.
 *
 * Used by frontend.h and admin.h. The session owns its connection, never the exchanges.
 */
#ifndef SHEEPSIM_CLIENT_SESSION_H
#define SHEEPSIM_CLIENT_SESSION_H

#include <sheepsim/wire/header.h>

#include "wire/dialect.h"
#include "world/world.h"

/* What a client has seen of I5 and I15: every request gets one answer, and it is its answer. */
struct answer_tally {
	uint64_t requests;   /* sent for the first time */
	uint64_t answered;   /* got their answer */
	uint64_t lost;	     /* given up without one */
	uint64_t strays;     /* answers that belong to no request, duplicates among them */
	uint64_t mismatched; /* answers of another operation, or longer than there was room for */
	char first[160];     /* the first stray or mismatched one, in words */
};

/* One request and its answer. Embedded in what asks; it must stay until done() or the close. */
struct exchange {
	struct req req;	      /* id is given by session_send() */
	struct blob *payload; /* what follows the header, or NULL; owned until it is done */
	/*
	 * The answer has come, or the exchange is lost. Called once, never from within
	 * session_send(); the session touches neither itself nor x after this call.
	 */
	void (*done)(struct exchange *x);
	/* during done(): */
	bool lost; /* there is no answer */
	struct rsp rsp;
	struct blob *data; /* what followed the answer, or NULL; borrowed */
	/* the session's */
	uint64_t sent_at; /* virtual ns, of the first time */
	TAILQ_ENTRY(exchange) link;
};

TAILQ_HEAD(exchange_list, exchange);

struct session {
	struct world *world;
	struct node_id gateway;
	struct answer_tally *tally; /* of the client that this is a session of */
	struct conn *conn;	    /* NULL: not connected */
	struct timer timer;	    /* lasting: connects again; short: tells of a refusal */
	struct exchange_list pending;
	uint32_t nr_pending;
	uint32_t last_id;
	bool lasting;
	bool once; /* lasting: does not connect again; set after session_init() */
	bool dead; /* once: the connection has broken */
	/* that exchanges are translated to, and back; NONE: they are said as they are */
	enum dialect dialect;
	uint8_t frontend; /* the highest frontend version that is said; 0: any */
};

/* A session of the client at w with the node at gateway. Connects at the first request. */
void session_init(struct session *s, struct world *w, struct answer_tally *tally,
		  const struct node_id *gateway, bool lasting);

/* Sends x->req with x->payload; done() and req must be set. */
void session_send(struct session *s, struct exchange *x);

/* Goes to another node; what is unanswered is sent again there. For lasting sessions. */
void session_move(struct session *s, const struct node_id *gateway);

/* Ends the connection, tells all that is under way that it is lost. s can be used again. */
void session_close(struct session *s);

/* What has no answer, one line each, for "no progress" reports. */
struct text;
void session_pending_text(const struct session *s, struct text *t);

/* The request of READ_OBJ and the like: object, offset; data_length is len. */
void request_object(struct req *q, uint8_t opcode, uint16_t flags, uint64_t oid, uint64_t offset,
		    uint64_t len);

#endif
