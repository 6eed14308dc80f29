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

/*
 * dog cluster snapshot save, load: the snapshots of all VDIs with their data, and how the cluster
 * was formatted. Loading formats a cluster, of this simulation or of another one, and makes all of
 * that again; of each name the newest snapshot becomes the base of a working VDI. What was saved
 * knows no simulation, and is freed by sheepsim_copy_free(). Both run. SHEEPSIM_E_INVALID: no VDI
 * has a snapshot.
 */
struct sheepsim_copy;
SHEEPSIM_API int sheepsim_cluster_save(struct sheepsim *sim, int via, struct sheepsim_copy **copy);
SHEEPSIM_API int sheepsim_cluster_load(struct sheepsim *sim, int via,
				       const struct sheepsim_copy *copy);
SHEEPSIM_API void sheepsim_copy_free(struct sheepsim_copy *copy);
/* How many snapshots there are in it, and objects (inodes, too). */
SHEEPSIM_API unsigned sheepsim_copy_vdis(const struct sheepsim_copy *copy);
SHEEPSIM_API unsigned sheepsim_copy_objects(const struct sheepsim_copy *copy);

#ifdef __cplusplus
}
#endif

#endif
