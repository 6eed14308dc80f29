/*
 * A small cluster for the tests of sheep: real nodes on the simulated driver and network, and a raw
 * client. Node i is 127.0.0.1:7000+i in zone i+1. Calls run the clock until what they asked for has
 * happened.
 */
#ifndef TESTS_UNIT_SHEEP_CLUSTER_H
#define TESTS_UNIT_SHEEP_CLUSTER_H

#include "tests.h"

#include <string.h>

#include "base/text.h"
#include "driver/hub.h"
#include "sheep/node.h"
#include "sheep/vdi.h"

#define CLUSTER_NODES 6

struct cluster_node {
	struct cluster *cluster;
	int place;
	struct world world;
	struct store *store;
	struct sheep *sheep; /* NULL: no process */
	bool ended;	     /* its process ended by itself */
	char why[120];
	/* of its next process; zero: the newest release */
	struct dialect_range peer;
	struct quirks quirks;
	uint64_t journal;
};

struct cluster {
	struct universe u;
	struct commons *commons;
	struct hub *hub;
	struct cluster_node node[CLUSTER_NODES];
	struct world client;
	struct trace_sink sink;
	enum dialect dialect; /* that ask() speaks; NONE: what is in the request */
	struct text sent;     /* what nodes sent to one another: see cluster_expect_sent() */
	uint32_t alerts;
};

/* n nodes, formatted with so many copies and cluster flags (SD_CLUSTER_FLAG_*). */
struct cluster *cluster_open(int n, uint8_t copies, uint16_t flags);
/* n nodes that are not formatted. */
struct cluster *cluster_open_raw(int n);
/* The same with nodes that speak these peer versions ("9..10"); ask() speaks the lowest. */
struct cluster *cluster_open_as(int n, const char *versions);
void cluster_close(struct cluster *c);

void cluster_format(struct cluster *c, uint8_t copies, uint8_t policy, uint16_t flags);
void cluster_start(struct cluster *c, int i); /* does not wait */
void cluster_kill(struct cluster *c, int i);  /* likewise */
/* Runs until nothing is left to do. */
void cluster_settle(struct cluster *c);
/* Runs for so long. */
void cluster_run(struct cluster *c, uint64_t ns);

/*
 * What nodes have sent to one another since the last call, one line a request of these operations
 * (names with a blank between them), sorted, nodes as their numbers:
 * "0>1 WRITE_PEER epoch=1 flags=..."
 */
void cluster_expect_sent(struct cluster *c, const char *operations, const char *text);
void cluster_drop_sent(struct cluster *c);

/* One exchange with node i. payload: consumed, may be NULL. *out: a new reference or NULL. */
struct answer {
	struct rsp p;
	struct blob *out;
};

/* An exchange under way; free it with ask_end(), which waits for the answer if there is none. */
struct ask {
	struct conn *conn;
	struct req q;
	enum dialect dialect;
	bool answered, closed;
	struct answer answer;
};

struct ask *ask_begin(struct cluster *c, int i, const struct req *q, struct blob *payload);
struct answer ask_end(struct cluster *c, struct ask *a);
struct answer ask(struct cluster *c, int i, const struct req *q, struct blob *payload);
/* The same, for those who want nothing but the result. */
uint32_t ask_result(struct cluster *c, int i, const struct req *q, struct blob *payload);

/* ------------------------------------------------------------------ requests */

/* name, or name and tag, padded. */
struct blob *name_payload(const char *name);
struct blob *tag_payload(const char *name, const char *tag);

struct req req_new_vdi(uint32_t base_vid, uint32_t snapid);
/* GET_VDI_INFO, LOCK_VDI, DEL_VDI. */
struct req req_name(uint8_t opcode, uint32_t length, uint32_t snapid, uint32_t type);

/* Creates, expects SUCCESS, returns the vid. */
uint32_t new_vdi(struct cluster *c, int i, const char *name, uint32_t base_vid, uint32_t snapid);
/* Expects this result; returns the vid of the answer. */
uint32_t lookup(struct cluster *c, int i, const char *name, const char *tag, uint32_t snapid,
		uint32_t result);
uint32_t lock(struct cluster *c, int i, const char *name, uint32_t type);
void release(struct cluster *c, int i, uint32_t vid, uint32_t type);
uint32_t del_vdi(struct cluster *c, int i, const char *name, const char *tag);

/* READ_OBJ; NULL with *result set if it is not SUCCESS. */
struct blob *read_object(struct cluster *c, int i, uint64_t oid, uint32_t offset, uint32_t length,
			 uint16_t flags, uint32_t *result);
uint32_t write_object(struct cluster *c, int i, uint8_t opcode, uint64_t oid, uint32_t offset,
		      struct blob *data, uint16_t flags);
/* Creates data object idx of vid with 512 bytes of this value. */
void create_data(struct cluster *c, uint32_t vid, uint32_t idx, uint8_t value);
/* Writes these entries into the index. */
uint32_t write_index(struct cluster *c, uint32_t vid, uint32_t first, const uint32_t *vids,
		     uint32_t nr);
struct inode_head read_head(struct cluster *c, uint32_t vid);
struct gref read_gref(struct cluster *c, uint32_t vid, uint32_t idx);
uint32_t read_index(struct cluster *c, uint32_t vid, uint32_t idx);
bool object_exists(struct cluster *c, uint64_t oid);

/* The state of a VDI as node i knows it; fails if it does not. */
struct vdi_state vdi_known(const struct cluster *c, int i, uint32_t vid);

#endif
