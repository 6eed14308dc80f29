/*
 * Connections of a client that is played: raw ones in the simulation, or over TCP to the same nodes
 * in live mode. Either way time is virtual: who waits for an answer lets it pass.
 */
#ifndef SHEEPSIM_CLI_CHANNEL_H
#define SHEEPSIM_CLI_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sheepsim/sheepsim.h"

struct ev_loop;
struct sheepsim_live;

/* How the clients of a simulation reach its nodes. */
struct channels {
	struct sheepsim *sim;
	struct ev_loop *loop; /* NULL: not over TCP */
	struct sheepsim_live *live;
};

/* For the nodes that are there. False: sheepsim_errmsg(sim) tells why. */
bool channels_open(struct channels *all, struct sheepsim *sim, bool tcp);
void channels_close(struct channels *all);

struct channel;

/* NULL: the node refuses. */
struct channel *channel_open(struct channels *all, int node);
void channel_close(struct channel *c);

/* A message: its header, and len bytes of payload. */
void channel_send(struct channel *c, const uint8_t head[48], const uint8_t *payload, size_t len);

/* As sheepsim_conn_receive(). */
int channel_receive(struct channel *c, uint64_t within, uint8_t head[48], const uint8_t **payload,
		    size_t *len);

#endif
