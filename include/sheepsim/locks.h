/*
 * Looking at the locks of VDIs.
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there.
 */
#ifndef SHEEPSIM_LOCKS_H
#define SHEEPSIM_LOCKS_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who holds the lock of a VDI (R620-R625): one of these for each holder of a shared one. */
struct sheepsim_lock {
	uint32_t vid;
	bool shared;
	int owner; /* the node that is its gateway; -1: none of this simulation */
	int state; /* of a shared one: SD_SHARED_LOCK_STATE_* (wire/peer.h), else 0 */
};

/* The locks that a running node knows of, in ascending order of vid: fills locks[]; returns how
 * many there are. Nodes may disagree. SHEEPSIM_E_STATE: the node does not run. */
SHEEPSIM_API int sheepsim_locks(struct sheepsim *sim, int node, struct sheepsim_lock *locks,
				size_t max);

#ifdef __cplusplus
}
#endif

#endif
