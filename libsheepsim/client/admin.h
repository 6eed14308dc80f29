/*
 * The admin client: what dog sends for commands on a cluster and its nodes (spec 4.7, 4.8).
 *
 * Each command is one sequence of requests, in dog's order, to one node; where dog asks the others
 * too, it does. A command is over after one callback.
 *
 * Used by api/. The client is a place of its own in the universe, which stands for all runs of dog.
 */
#ifndef SHEEPSIM_CLIENT_ADMIN_H
#define SHEEPSIM_CLIENT_ADMIN_H

#include <sheepsim/wire/admin.h>

#include "client/sequence.h"
#include "world/universe.h"

struct admin;

/* One epoch of STAT_CLUSTER. */
struct admin_epoch {
	struct epoch_log log;
	struct node_rec *nodes; /* log.nr_nodes of them */
};

/* What a command found. Pointers are borrowed for the time of the callback. */
struct admin_outcome {
	enum outcome_kind kind;
	uint32_t result;	/* SD_RES_*, for OUTCOME_RESULT */
	const char *why;	/* for OUTCOME_INVALID */
	struct node_rec *nodes; /* GET_NODE_LIST */
	size_t nr_nodes;
	struct cluster_info info;   /* CLUSTER_INFO */
	struct admin_epoch *epochs; /* newest first */
	size_t nr_epochs;
	struct recovery_state recovery;
	uint64_t *oids; /* GET_OBJ_LIST */
	size_t nr_oids;
	struct blob *data; /* what a node has answered to a single request */
};

typedef void (*admin_fn)(void *arg, const struct admin_outcome *o);

struct admin *admin_new(struct universe *u, int place);

/* Cuts what is under way short: it ends as lost. Not from within a callback. */
void admin_free(struct admin *a);

/* The release that dog is of in the commands that follow, at first the newest; and the highest
 * frontend version that it says, 0: any. */
void admin_speak(struct admin *a, enum dialect d, uint8_t frontend);

/* Zeros mean the defaults, except for store. */
struct admin_format {
	uint8_t copies;
	uint8_t copy_policy;
	uint16_t flags; /* SD_CLUSTER_FLAG_*; AUTO_VNODES is set as the nodes say */
	uint8_t block_size_shift;
	char store[SD_STORE_NAME_LEN + 1];
};

/* dog cluster format. Refuses, as dog does, where some nodes have automatic vnodes, some not. */
void admin_format(struct admin *a, const struct node_id *via, const struct admin_format *format,
		  admin_fn done, void *arg);

/* dog node list; dog cluster info: its state, its epochs. */
void admin_node_list(struct admin *a, const struct node_id *via, admin_fn done, void *arg);
void admin_cluster_info(struct admin *a, const struct node_id *via, admin_fn done, void *arg);
void admin_epochs(struct admin *a, const struct node_id *via, admin_fn done, void *arg);

/* dog node recovery, of one node; and the list of objects that a node keeps, as nodes ask it. */
void admin_recovery_info(struct admin *a, const struct node_id *node, admin_fn done, void *arg);
void admin_obj_list(struct admin *a, const struct node_id *node, admin_fn done, void *arg);

/* dog node md plug, unplug: MD_PLUG or MD_UNPLUG with paths, separated by commas (copied). */
void admin_disks(struct admin *a, const struct node_id *node, uint8_t opcode, const char *paths,
		 admin_fn done, void *arg);

/* dog node recovery set-throttle: max objects and an interval in ms; a 0: no throttling. */
void admin_throttle(struct admin *a, const struct node_id *node, uint32_t max, uint64_t interval,
		    admin_fn done, void *arg);

/* One request without fields: SHUTDOWN, FORCE_RECOVER, ENABLE_RECOVER, DISABLE_RECOVER, REWEIGHT.
 */
void admin_simple(struct admin *a, const struct node_id *via, uint8_t opcode, admin_fn done,
		  void *arg);

/* dog node kill: asks via for the nodes, then tells the node. */
void admin_kill_node(struct admin *a, const struct node_id *via, const struct node_id *node,
		     admin_fn done, void *arg);

/* SET_LEVEL, which no dog has: the cluster speaks another peer version. */
void admin_set_level(struct admin *a, const struct node_id *via, enum dialect to, bool force,
		     admin_fn done, void *arg);

/* admin_node.c: dog node vnodes set; dog node log level get (data: i32), set. */
void admin_set_vnodes(struct admin *a, const struct node_id *node, uint32_t vnodes, admin_fn done,
		      void *arg);
void admin_loglevel(struct admin *a, const struct node_id *node, admin_fn done, void *arg);
void admin_set_loglevel(struct admin *a, const struct node_id *node, uint32_t level, admin_fn done,
			void *arg);

/* dog node stat (data: sd_stat). */
void admin_stat(struct admin *a, const struct node_id *node, admin_fn done, void *arg);

/* dog node md info, of one node (data: sd_md_info_list). */
void admin_md_info(struct admin *a, const struct node_id *node, admin_fn done, void *arg);

/*
 * dog cluster alter-copy: the default for new VDIs. OUTCOME_INVALID: it is so already.
 */
void admin_set_copies(struct admin *a, const struct node_id *via, uint32_t copies, admin_fn done,
		      void *arg);

const struct answer_tally *admin_tally(const struct admin *a);

#endif
