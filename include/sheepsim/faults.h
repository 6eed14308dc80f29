/*
 * What can go wrong in a simulation, asked for from outside: links that are cut, messages that are
 * lost or late, membership events that some node learns later, disks that are slow or fail.
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there.
 */
#ifndef SHEEPSIM_FAULTS_H
#define SHEEPSIM_FAULTS_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Cuts or mends the link between two nodes, both ways; messages wait meanwhile. */
SHEEPSIM_API int sheepsim_cut(struct sheepsim *sim, int a, int b, bool cut);

struct sheepsim_filter {
	int from, to;	/* node index, -1: any; clients: 10000 + n */
	const char *op; /* operation name ("READ_PEER"), NULL: any */
	int answer;	/* 1 requests, 2 answers, 0 both */
	uint64_t oid;	/* with oid_set */
	bool oid_set;
	unsigned nth;	/* act on the nth that matches (1, 2, ...), 0: from the first on */
	unsigned count; /* on so many, 0: with nth one, else all */
	enum { SHEEPSIM_PASS, SHEEPSIM_DROP, SHEEPSIM_DELAY, SHEEPSIM_HOLD } action;
	uint64_t delay;
	void (*hit)(void *arg); /* called at each message acted on, may be NULL */
	void *arg;
};
/* The result is the filter's number (> 0). */
SHEEPSIM_API int sheepsim_filter_add(struct sheepsim *sim, const struct sheepsim_filter *filter);
SHEEPSIM_API int sheepsim_filter_remove(struct sheepsim *sim, int filter);
/* Lets go what filters hold; 0: all. How many messages is the result. */
SHEEPSIM_API int sheepsim_filter_release(struct sheepsim *sim, int filter);

/* Membership events reach a node so much later: all of them (position 0), or the one at a position
 * in the driver's order (1, 2, ...; sheepsim_driver_position() is the next). */
SHEEPSIM_API int sheepsim_driver_delay(struct sheepsim *sim, int node, uint64_t position,
				       uint64_t ns);
SHEEPSIM_API int sheepsim_driver_pause(struct sheepsim *sim, int node, bool pause);

/*
 * The session of a node with the cluster driver is lost: to the others it has left, and it learns
 * that a second later, and joins again. Or it is cut off from the driver, until that is ended:
 * nothing comes through; after the time that the driver takes to notice a death the session is
 * lost, and the node learns that when it is not cut off any more.
 */
SHEEPSIM_API int sheepsim_driver_lose(struct sheepsim *sim, int node);
SHEEPSIM_API int sheepsim_driver_cut(struct sheepsim *sim, int node, bool cut);
SHEEPSIM_API uint64_t sheepsim_driver_position(const struct sheepsim *sim);

#ifdef __cplusplus
}
#endif

#endif
