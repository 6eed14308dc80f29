/*
 * Filling a VDI with many objects: for clusters of a size at which writing them one by one, with
 * all the messages that this takes, would be most of the work.
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there.
 */
#ifndef SHEEPSIM_FILL_H
#define SHEEPSIM_FILL_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Creates count data objects of a VDI, from index first on, each with len bytes (1 to its size) at
 * its beginning. Stores, object lists, inode, the client's idea of it, and the history are left as
 * by sheepsim_write() of these bytes to one object after the other; their contents share memory.
 *
 * The first object is written like that, so whatever refuses writes refuses this. The others, once
 * the cluster has come to rest, take neither requests nor time: nodes do not count them in their
 * statistics, and of events there is one object-create for each copy, and one object-write for each
 * copy of the inode and half of what an entry has there (the vid, the reference).
 *
 * None of the objects may exist, or be shared with a snapshot. Refused are coded VDIs, and clients
 * that open the VDI anew for each operation (dog). SHEEPSIM_E_NO_PROGRESS: the cluster does not
 * come to rest; SHEEPSIM_E_STATE: a member does not run, or is not in the epoch of the client's
 * gateway. If a disk is full (SHEEPSIM_E_RESULT) the objects before are there, as after writes.
 */
SHEEPSIM_API int sheepsim_vdi_fill(struct sheepsim_client *client, const char *vdi, uint32_t first,
				   uint32_t count, const void *data, size_t len);

#ifdef __cplusplus
}
#endif

#endif
