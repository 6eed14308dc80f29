/*
 * Listens to a simulation: what its nodes say to each other, and what goes through the cluster
 * driver, from one moment to the next.
 */
#ifndef SHEEPSIM_CLI_LISTEN_H
#define SHEEPSIM_CLI_LISTEN_H

#include "heard.h"

struct listener {
	struct heard *heard; /* that is being filled; NULL: nobody is interested now */
	unsigned int order;
	uint8_t *members; /* of the cluster, MEMBER bytes each, in their order */
	size_t nr_members;
	uint8_t *records; /* of the node at each place, MEMBER bytes each */
	size_t nr_records;
};

/* Begins to listen; l must outlive the simulation. 0, or a negative enum sheepsim_error. */
int listen_to(struct listener *l, struct sheepsim *sim);

/* From now on h is filled; NULL: no more. */
void listen_into(struct listener *l, struct heard *h);
void listener_free(struct listener *l);

#endif
