/*
 * Where things are in the events of sheepdog's cluster drivers. For cluster_event.c and
 * text_event.c only.
 */
#ifndef SHEEPSIM_WIRE_CLUSTER_EVENT_LAYOUT_H
#define SHEEPSIM_WIRE_CLUSTER_EVENT_LAYOUT_H

#include "wire/cluster_event.h"

/* A number in a structure; len 0: it is not there. */
struct event_place {
	uint32_t at, len;
};

/* Where everything is, from the front of the event on; of a node, from its own front on. */
struct event_layout {
	uint64_t size; /* of an event before its buffer, or with it where it is inside */
	struct event_place type, id, callbacked, removed, nr_nodes, msg_len, buf_len;
	uint32_t sender;
	uint32_t nodes; /* 0: they are in the buffer, as plain records */
	uint32_t buf;	/* 0: it follows */
	uint32_t max_nodes;
	uint64_t max_buf; /* 0: there is no limit */
	/* of a node */
	uint32_t node_size, record;
	struct event_place nodeid, pid, gateway;
};

const struct event_layout *event_layout(enum dialect d, enum event_driver driver);

/* The number at a place of what begins at base. */
uint64_t event_number(const struct blob *b, uint64_t base, struct event_place p);

#endif
