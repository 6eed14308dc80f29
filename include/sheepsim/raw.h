/*
 * Requests to a node beside those of VMs and dog: any bytes on a connection of one's own, or one
 * request by its fields.
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there.
 */
#ifndef SHEEPSIM_RAW_H
#define SHEEPSIM_RAW_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Any bytes to a node, and what it answers: for replaying captured conversations. */
struct sheepsim_conn;

SHEEPSIM_API int sheepsim_conn_open(struct sheepsim *sim, int node, struct sheepsim_conn **conn);
SHEEPSIM_API void sheepsim_conn_close(struct sheepsim_conn *conn);

/* Sends one message: 48 bytes of header, and len bytes of payload (NULL with len > 0: zeros). runs:
 * see below. */
SHEEPSIM_API int sheepsim_conn_send(struct sheepsim_conn *conn, const uint8_t head[48],
				    const void *payload, size_t len);

/* Waits for the next answer. 1: there is one; 0: the node has closed; SHEEPSIM_E_NO_PROGRESS:
 * nothing came within the time. head gets the 48 bytes, *payload and *len what followed it (valid
 * until the next call on this connection). */
SHEEPSIM_API int sheepsim_conn_receive(struct sheepsim_conn *conn, uint64_t within,
				       uint8_t head[48], const uint8_t **payload, size_t *len);

/* A request as a client, a careless one or a node could send it. */
struct sheepsim_request {
	const char *op; /* name of an operation of clients, peers or dog: "READ_OBJ" */
	uint16_t flags; /* SD_FLAG_CMD_*; WRITE goes with data */
	uint32_t epoch; /* with epoch_set; else the node's own, for peer operations, or 0 */
	bool epoch_set;
	uint64_t oid, cow_oid;
	uint32_t offset, length; /* length: room for an answer; of data it follows */
	uint8_t copies, copy_policy, strip;
	uint32_t target_epoch;
	uint32_t generation, count; /* of a reference */
	int other;		    /* REPAIR_REPLICA: the node with a good copy */
	const void *data;	    /* payload, NULL: none */
	size_t data_len;
};

struct sheepsim_answer {
	uint32_t result; /* SD_RES_* */
	uint32_t epoch;
	const uint8_t *data; /* valid until the next such call on the simulation */
	size_t len;
};

/* Sends a request to a node and waits for the answer. SHEEPSIM_E_LOST: there came none. */
SHEEPSIM_API int sheepsim_ask(struct sheepsim *sim, int node,
			      const struct sheepsim_request *request,
			      struct sheepsim_answer *answer);

#ifdef __cplusplus
}
#endif

#endif
