/*
 * A command of dog while it runs, and how most of them begin. Inside client/ only: admin.c has
 * those of a cluster, admin_node.c those that look at or set something of one node. In dog/ are
 * whole runs of dog, by their command lines.
 */
#ifndef SHEEPSIM_CLIENT_ADMIN_INSIDE_H
#define SHEEPSIM_CLIENT_ADMIN_INSIDE_H

#include "client/admin.h"

struct dog;
struct dog_file;

struct admin {
	struct world world;
	struct answer_tally tally;
	struct sequence_list commands;
	enum dialect dialect;
	uint8_t frontend;
	LIST_HEAD(, dog) dogs;	     /* runs of dog that are under way */
	LIST_HEAD(, dog_file) files; /* that they have written */
};

/* dog/engine.c, for admin_free(): runs end as if no sheep was there. */
void dogs_cancel(struct admin *a);
void dog_files_free(struct admin *a);

struct command {
	struct sequence sequence;
	struct admin *admin;
	struct node_id node; /* of a command on one node */
	struct admin_format format;
	size_t next; /* which node is asked */
	uint32_t room;
	uint32_t epochs;      /* that STAT_CLUSTER has room for */
	uint32_t slots;	      /* nodes of each of them */
	struct blob *payload; /* that goes with its only request, or NULL */
	struct admin_outcome found;
	admin_fn done;
	void *arg;
};

struct command *command_of(struct sequence *s);

/* Begins; command is copied. */
void command_start(struct admin *a, const struct node_id *via, struct command command,
		   void (*step)(struct sequence *s));

/* The ends: well, and where an answer cannot be understood. */
void command_succeed(struct sequence *s);
void command_malformed(struct sequence *s);

/* A request without payload that leaves so much room for the answer; and sends it. */
void command_prepare(struct sequence *s, uint8_t opcode, uint32_t room);
void command_ask(struct sequence *s, uint8_t opcode, uint32_t room);

/*
 * Most commands begin with the list of nodes and the cluster's state: the first two steps. This
 * takes the one that leads to the answer of STAT_CLUSTER, and is true as long as that has not come.
 * dog goes on whatever its result says: a cluster that waits can be formatted.
 */
#define COMMAND_PRELUDE 2u
bool command_prelude(struct sequence *s);

/* A command that is one request to a node, with this payload. */
void command_with_payload(struct admin *a, const struct node_id *node, uint8_t opcode,
			  const void *bytes, size_t len, admin_fn done, void *arg);

#endif
