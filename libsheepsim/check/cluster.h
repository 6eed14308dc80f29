/*
 * What must hold of a cluster that has come to rest, as seen from outside: on the disks of its
 * nodes, in their states, in what clients were answered. Each check adds its violations to the
 * report, and counts what it has compared.
 *
 * Called by api/ at quiescence. The checks change nothing and send nothing.
 */
#ifndef SHEEPSIM_CHECK_CLUSTER_H
#define SHEEPSIM_CHECK_CLUSTER_H

#include "check/report.h"
#include "client/session.h"
#include "sheep/sheep.h"

struct check_node {
	int index; /* for the words */
	struct node_id nid;
	struct store *store;
	const struct sheep *sheep; /* NULL: not running */
};

struct check_cluster {
	const struct check_node *nodes;
	unsigned nr;
};

/*
 * The nodes that count: accepted, in status OK, and no ex-members. Fills members[] (room for nr)
 * with indexes into nodes and returns how many there are.
 */
unsigned check_members(const struct check_cluster *c, unsigned *members);

/* I4: no member is still recovering. */
void check_recovery(const struct check_cluster *c, struct report *r);

/*
 * I6: logs of one epoch (and one creation time) are the same on all disks, running or not; all
 * members are in the same epoch, have its log, and it names the members of their view.
 */
void check_epochs(const struct check_cluster *c, struct report *r, uint64_t *epochs);

/*
 * I2: every object that is live on any member's disk is live on exactly the members that the ring
 * says, with the same bytes; of coded objects each holder has its own strip (I16: check_parity()).
 *
 * Orphans are objects of which no VDI is: of those nothing is demanded. A client that makes one by
 * a request of its own says how many copies it wants (R410), and another one may say otherwise of
 * the same object; nothing in the cluster remembers either.
 */
struct replicas_told {
	uint64_t objects, copies; /* that were compared */
	uint64_t orphans;
};

void check_replicas(const struct check_cluster *c, struct report *r, struct replicas_told *told);

/*
 * I16: parity is that of the data, so any strips that are enough give the same content. strips[i]
 * is strip i (NULL: not there), on node nodes[i]; nothing is known without all data strips. Strips
 * from nr on are not looked at.
 */
void check_parity(uint64_t oid, uint8_t policy, struct blob *const strips[], const int nodes[],
		  uint32_t nr, struct report *r);

/* I10: all members have the same VDI table. */
void check_vdis(const struct check_cluster *c, struct report *r, uint64_t *vdis);

/*
 * I5, I15: what one client was answered. waiting: requests that nobody works on any more although
 * their gateway runs. who: its name.
 */
void check_answers(const char *who, const struct answer_tally *tally, unsigned waiting,
		   struct report *r, uint64_t *requests);

#endif
