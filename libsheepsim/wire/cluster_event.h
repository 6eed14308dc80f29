/*
 * What sheepdog's cluster drivers local, corosync and zookeeper say, in host order, and its codec:
 * the working form of local.h, corosync.h and zookeeper.h in include/sheepsim/wire/, which say what
 * each event means. (shepherd, which speaks over TCP, is in shepherd_message.h.)
 *
 * No simulated node speaks to these drivers: this is for who reads what real ones have left, in a
 * file of shared memory, a multicast or a znode. The codec drops what is a sender's memory only:
 * linkage, lists and flags of zookeeper's nodes, its lengths of messages but of joins, and unused
 * places of buffers and lists; it writes zeros there.
 *
 * Layouts are those of 0x09 and 0x0a, or of 0x08: the dialect tells.
 */
#ifndef SHEEPSIM_WIRE_CLUSTER_EVENT_H
#define SHEEPSIM_WIRE_CLUSTER_EVENT_H

#include "wire/dialect.h"

enum event_driver {
	EVENT_LOCAL,
	EVENT_COROSYNC,
	EVENT_ZOOKEEPER,
};

/* A node, and what the driver tells of it. */
struct event_node {
	struct node_rec rec;
	uint32_t nodeid; /* corosync */
	uint32_t pid;	 /* local, corosync */
	bool gateway;	 /* local: it has left, but goes on as a gateway */
};

/* What an event carries. */
enum event_body {
	EVENT_BODY_NONE,
	EVENT_BODY_OPAQUE,  /* a cluster_info */
	EVENT_BODY_MESSAGE, /* a vdi_op_message */
};

/* Parts that a driver or a type does not have are zero or NULL. */
struct cluster_event {
	enum event_driver driver;
	uint32_t type;	 /* SD_LOCAL_*, SD_COROSYNC_*, SD_ZOOKEEPER_* */
	uint64_t id;	 /* zookeeper */
	bool callbacked; /* local: its work has begun */
	bool removed;	 /* local: it does not count any more */
	struct event_node sender;
	uint32_t nr_nodes;
	struct event_node *nodes; /* the members */
	struct blob *blob;
	uint64_t room; /* zookeeper, JOIN: bytes behind the opaque, for the members of an ACCEPT */
};

/* "ACCEPT"; NULL: there is no such type. *body (may be NULL): what the event carries. */
const char *event_type_name(enum event_driver driver, uint32_t type, enum event_body *body);

/* The bytes of an event. e must keep to the limits of its driver, of 0x08 or later: asserted. */
struct blob *cluster_event_encode(enum dialect d, const struct cluster_event *e);

/*
 * Decodes an event from any bytes: 0, or negative with *err filled (may be NULL) and *e empty.
 * cluster_event_clear() gives back what e owns. Of local's file, an event is EVENT_SIZE bytes; one
 * that was never used (type 0) is an error.
 */
int cluster_event_decode(enum dialect d, enum event_driver driver, struct blob *b,
			 struct cluster_event *e, struct wire_error *err);

/* Frees nodes, drops the reference of blob, and makes e zero. */
void cluster_event_clear(struct cluster_event *e);

/* Bytes of an event of local's file. */
uint64_t local_event_size(enum dialect d);

/* The dialect of local's file by its size (0x08, or the newest); NONE: it has none of these. */
enum dialect local_queue_dialect(uint64_t size);

/* Where event i of one of the rings begins in the file, and the place of the last one that was
 * written (negative: none). */
uint64_t local_queue_event(enum dialect d, bool block, uint32_t i);
int32_t local_queue_position(enum dialect d, const struct blob *file, bool block);

/* One line: "ACCEPT from 127.0.0.1:7003 nodes=4 epoch=1 ...". */
struct text;
void cluster_event_text(struct text *t, const struct cluster_event *e);

#endif
