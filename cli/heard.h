/*
 * What nodes said to each other in a moment, in one form for what was captured and for what a
 * simulation's nodes say: exchanges of a request and its answer, and events of the cluster driver.
 */
#ifndef SHEEPSIM_CLI_HEARD_H
#define SHEEPSIM_CLI_HEARD_H

#include "sheepsim/sheepsim.h"
#include "vectors.h"

/* A message, or the buffer of an event (without a header). */
struct said {
	bool there;
	uint8_t head[HEADER];
	uint64_t len;			    /* of what follows */
	const struct vec_message *captured; /* where that is: in a vector, ... */
	struct sheepsim_bytes *heard;	    /* ... or kept of the simulation, ... */
	uint64_t at;			    /* ... where it begins there */
	unsigned int order;		    /* among all messages of the moment */
	unsigned int line;		    /* in the vector; 0: none */
};

/* What follows the header, with room for at least `room' bytes (zeros); free() it. */
uint8_t *said_payload(const struct said *s, size_t room);

struct exchange {
	int from, to; /* nodes */
	bool io;      /* to its I/O address */
	uint64_t conn;
	struct said request, answer;
	/* for who compares: */
	bool matched;	/* there is one like it on the other side, ... */
	size_t partner; /* ... which is this */
};

enum happening_kind {
	HAPPENED_ACCEPT,
	HAPPENED_LEAVE,	  /* a death, or the end of one that has left */
	HAPPENED_GATEWAY, /* a member has left in order, and goes on as an ex-member */
	HAPPENED_BLOCK,
	HAPPENED_NOTIFY,
	HAPPENED_UPDATE_NODE,
	HAPPENED_OTHER
};

/* An event of the cluster driver. */
struct happening {
	enum happening_kind kind;
	int place; /* simulation: the node that it is about */
	uint8_t sender[MEMBER];
	uint8_t *members; /* MEMBER bytes each */
	size_t nr_members;
	struct said buffer;
	bool matched;
};

struct heard {
	struct exchange *exchanges;
	size_t nr_exchanges;
	struct happening *happenings;
	size_t nr_happenings;
	const char *path, *cluster_path; /* the vectors that it is from */
	bool cut;			 /* only the first messages */
	/* epochs that nodes have begun meanwhile (simulation) */
	uint32_t first_epoch, last_epoch; /* 0: none */
};

/* Takes from vectors (either may be NULL), which must outlive it. False: error[] says what is
 * wrong where. */
bool heard_captured(struct heard *h, const struct vector *peer, const struct vector *cluster,
		    char error[400]);
void heard_free(struct heard *h);

/* For who fills it in: one more exchange, one more event. */
struct exchange *heard_exchange(struct heard *h);
struct happening *heard_happening(struct heard *h);

const char *happening_name(enum happening_kind kind);

#endif
