/*
 * A fake gateway for the tests of the frontend client: objects in memory, one VDI "alpha" of vid
 * ALPHA whose copies are 3, and a log of what was asked. Two nodes share it. Times are those of an
 * undisturbed network: 100 us a message.
 */
#ifndef TESTS_UNIT_CLIENT_GATEWAY_H
#define TESTS_UNIT_CLIENT_GATEWAY_H

#include "tests.h"

#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/object.h>

#include "base/mem.h"
#include "base/text.h"
#include "client/frontend.h"

#define GATEWAYS 2
#define ALPHA	 0xabc000u
#define MIB	 (UINT64_C(1) << 20)

struct fake_object;

/* An answer that waits until the test lets it go. */
struct kept_answer {
	struct conn *conn;
	uint8_t head[WIRE_HEADER];
	struct blob *payload;
};

struct gateway {
	struct universe u;
	struct world nodes[GATEWAYS];
	struct fake_object *objects;
	uint32_t vid;		   /* of the working VDI "alpha" */
	uint8_t copies;		   /* of it */
	uint8_t head[WIRE_HEADER]; /* of the last request */
	struct text log;	   /* requests since the last gateway_expect() */
	unsigned calls;		   /* connections made so far */
	bool keep;		   /* answers wait */
	struct kept_answer kept[32];
	unsigned nr_kept;
	/* the next so many requests of this operation have this result */
	uint8_t fail_opcode;
	uint32_t fail_result;
	unsigned fail_count;
	/* the client under test, and how its operations ended */
	struct frontend *client;
	unsigned ended;
	struct outcome last; /* data: a reference */
};

struct gateway *gateway_open(void);

/* With a client of this generation, and another vid and number of copies. */
struct gateway *gateway_open_as(const char *dialect, bool writeback, uint32_t vid, uint8_t copies);
void gateway_close(struct gateway *g);

/* A node goes and comes back. */
void gateway_stop(struct gateway *g, int node);
void gateway_start(struct gateway *g, int node);
struct node_id gateway_id(int node);

/* Makes the working VDI a snapshot: its vid grows by one, its index is copied. */
void gateway_snapshot(struct gateway *g);

/* The content of an object; borrowed, NULL: there is none. */
struct blob *gateway_object(const struct gateway *g, uint64_t oid);
uint32_t gateway_index(const struct gateway *g, uint32_t vid, uint32_t i);

/* Lets the i-th kept answer go. */
void gateway_answer(struct gateway *g, unsigned i);

/* Runs until nothing happens any more, or for so long. */
void gateway_run(struct gateway *g);
void gateway_run_for(struct gateway *g, uint64_t ns);

/* What was asked since the last call, one line a request: "node OPERATION oid offset+length". */
void gateway_expect(struct gateway *g, const char *text);

/* The client's operations; the outcome is in g->last. */
void gateway_write(struct gateway *g, uint64_t offset, struct blob *data); /* consumes data */
void gateway_read(struct gateway *g, const char *vdi, uint64_t offset, uint64_t len);

/* len bytes that differ from place to place. */
struct blob *gateway_bytes(uint64_t seed, uint64_t len);

#endif
