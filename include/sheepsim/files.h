/*
 * Clusters in files: a cluster that survives the process.
 *
 *	sheepsim_open(&sim, &(struct sheepsim_options){ .nodes = 3, .seed = 7,
 *		.store = SHEEPSIM_STORE_SQLITE, .path = "cluster.db" });
 *	...
 *	sheepsim_close(sim);
 *	...
 *	sheepsim_open(&sim, &(struct sheepsim_options){
 *		.store = SHEEPSIM_STORE_SQLITE, .path = "cluster.db" });
 *	for (int i = 0; i < sheepsim_nodes(sim); i++)
 *		sheepsim_start(sim, i);
 *
 * The file is a SQLite database with what all nodes have on their disks, how the nodes are
 * configured, what the cluster was made with (seed, speeds, versions, quirks), and its time, which
 * goes on where it was. Processes are not in it: nodes are down when a cluster is opened again, as
 * after a power cut, unless they were stopped or shut down before. Neither are clients, faults,
 * what was acknowledged to whom (SHEEPSIM_CHECK_HISTORY begins anew), nor messages under way.
 *
 * With SHEEPSIM_STORE_SQLITE the path is that of the cluster's own file: it is made if it is not
 * there, and opened if it is. Then `nodes', `seed' and `start_time' must be 0; what else is 0 is
 * as it was. With SHEEPSIM_STORE_MEMORY and a path the cluster is copied from the file, which stays
 * as it is: a cluster that was saved once can be opened a thousand times.
 *
 * A file that is none of ours, that is damaged, that a newer version has made, or that is open
 * elsewhere is refused (SHEEPSIM_E_FILE; the words tell the place) and stays as it is. If a file
 * fails while its cluster runs (no room, damage), all calls that let time pass fail with
 * SHEEPSIM_E_FILE from then on, and the file has what it had at the last sync.
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there.
 */
#ifndef SHEEPSIM_FILES_H
#define SHEEPSIM_FILES_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * All that the nodes have on their disks by now is in the cluster's file, at once, whatever becomes
 * of the process and of the machine. What comes after it is lost if the process ends without
 * sheepsim_close(), which syncs too. In memory: nothing to do.
 */
SHEEPSIM_API int sheepsim_sync(struct sheepsim *sim);

/*
 * Copies the cluster, as its disks are now, into a new file; the path must not be there yet. The
 * file is whole, or it is not there.
 */
SHEEPSIM_API int sheepsim_save(struct sheepsim *sim, const char *path);

#ifdef __cplusplus
}
#endif

#endif
