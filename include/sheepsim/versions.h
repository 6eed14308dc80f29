/*
 * Versions: each protocol has its own, and each node speaks a range of each.
 *
 * The version that the nodes of a cluster speak with one another is a property of the cluster: its
 * level. A joiner that cannot speak it is refused; the level of a new cluster is the highest that
 * its first node can speak; it is kept on disks, and changed by sheepsim_set_level().
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there.
 */
#ifndef SHEEPSIM_VERSIONS_H
#define SHEEPSIM_VERSIONS_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A version is a word, a range is two with dots between them: "10", "9..10". Peer versions are
 * those of byte 0 of peer requests: 10 is sheepdog 1.0, 9 (or 9b) is 0.9; 9a is 0.8, which calls
 * itself 9 too; 8 is 0.7, in clusters of nothing else. NULL is the default.
 */
struct sheepsim_versions {
	const char *peer;     /* between nodes; default "10". The highest is the node's release */
	const char *admin;    /* of dog; default: as peer */
	const char *frontend; /* of clients; default "0..2" */
	const char *driver;   /* of the simulated cluster driver; default: all */
	/*
	 * Says nothing of its versions when it joins, and looks at nobody's, as real sheep do: a
	 * joiner that does not fit is accepted, and then refuses itself. The quirk "silent-join".
	 */
	bool silent;
};

/*
 * Another release of sheep on a node that is not running: what is not set becomes the simulation's
 * default. Its disks stay as they are.
 */
SHEEPSIM_API int sheepsim_install(struct sheepsim *sim, int node,
				  const struct sheepsim_versions *versions);

/*
 * The cluster speaks another peer version from now on: the last step of an upgrade, the first of a
 * downgrade. Node `via` (-1: the lowest) is asked for it. All members must be able to (else
 * VER_MISMATCH); none may have joined meanwhile (AGAIN); and there must be nothing that the version
 * has not (INVALID_PARMS); but AVOID_DISKFULL is switched off where the version has not got it, and
 * stays off when it is raised again. With force nobody is asked: members that cannot end, and
 * requests that are under way may fail. Not in sheepdog.
 */
SHEEPSIM_API int sheepsim_set_level(struct sheepsim *sim, int via, const char *version, bool force);

/* What this library speaks, one row for each dialect. */
struct sheepsim_dialect {
	const char
		*protocol; /* "frontend", "peer", "admin", "driver" (the simulated cluster driver),
			    * and sheepdog's: "shepherd", "corosync", "zookeeper", "local" */
	const char *version;
	const char *releases; /* of sheepdog, that it is the dialect of */
	const char *note;
	bool usual; /* what is spoken where nothing else is said */
};

/* Row 0, 1, 2, ...; NULL past the last. Valid until the next call of the thread. */
SHEEPSIM_API const struct sheepsim_dialect *sheepsim_dialect(unsigned index);

#ifdef __cplusplus
}
#endif

#endif
