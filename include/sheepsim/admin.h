/*
 * Administration beside what sheepsim.h has: settings of a cluster and of single nodes, and what a
 * node counts. Each call sends what dog sends for it.
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there.
 */
#ifndef SHEEPSIM_ADMIN_H
#define SHEEPSIM_ADMIN_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * dog cluster alter-copy: the copies of VDIs that are created without saying so (R241); those that
 * there are stay as they are. SHEEPSIM_E_INVALID: it is so already. runs.
 */
SHEEPSIM_API int sheepsim_set_copies(struct sheepsim *sim, int via, unsigned copies);

/* dog vdi alter-copy: of one VDI that has neither snapshots nor a base, in replicas. runs. */
SHEEPSIM_API int sheepsim_vdi_set_copies(struct sheepsim_client *client, const char *vdi,
					 unsigned copies);

/* dog node vnodes set, for a node with a fixed count (R238). runs. */
SHEEPSIM_API int sheepsim_set_vnodes(struct sheepsim *sim, int node, unsigned vnodes);

/* dog node log level: 0 to 7; the level is the result. Both run. */
SHEEPSIM_API int sheepsim_loglevel(struct sheepsim *sim, int node);
SHEEPSIM_API int sheepsim_set_loglevel(struct sheepsim *sim, int node, unsigned level);

/* dog node stat: what a node has counted since it started. Requests that a node makes to itself
 * count as those of clients. runs. */
struct sheepsim_statistics {
	uint64_t gateway_active, peer_active;		   /* requests under way */
	uint64_t gateway_total, peer_total;		   /* requests */
	uint64_t gateway_rx, gateway_tx, peer_rx, peer_tx; /* bytes of data */
	uint64_t gateway_remove, gateway_read, gateway_write, gateway_flush;
	uint64_t peer_remove, peer_read, peer_write;
};
SHEEPSIM_API int sheepsim_statistics(struct sheepsim *sim, int node,
				     struct sheepsim_statistics *statistics);

#ifdef __cplusplus
}
#endif

#endif
