/*
 * What was done in a capture, in order: the clients' steps, and what else changed the cluster
 * (tests/vectors/README.md, "Sequences").
 */
#ifndef SHEEPSIM_CLI_SEQUENCE_H
#define SHEEPSIM_CLI_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOPOLOGY_MAX 16

/* A node as the topology describes it. */
struct topology_node {
	char address[64], io_address[64]; /* "" : none */
	uint16_t port, io_port;
	uint32_t zone;
	uint64_t space; /* bytes */
	unsigned int disks;
	unsigned int vnodes; /* 0: by space */
	bool gateway;
};

enum item_kind {
	ITEM_STEP,
	ITEM_MOMENT,
	ITEM_START, /* node; no_wait */
	ITEM_KILL,
	ITEM_STOP,
	ITEM_HOLD,
	ITEM_RELEASE,
	ITEM_REMOVE,	    /* node, oid, strip */
	ITEM_DAMAGE,	    /* node, oid, offset, text */
	ITEM_COPY_METADATA, /* node, other; text: what was altered */
	ITEM_WAIT,	    /* ns */
	ITEM_WAIT_RECOVERY,
	ITEM_SEND,   /* n: within a step */
	ITEM_ANSWER, /* n: within a step */
	ITEM_OTHER,  /* of another program (tgtd), which is not simulated */
	ITEM_KILL_TGTD,
};

struct item {
	enum item_kind kind;
	unsigned int line;
	char *name; /* of a step or moment */
	char *text;
	char **files; /* FOLDER/NAME of a step */
	size_t nr_files;
	struct item *inner; /* lines within a step */
	size_t nr_inner;
	int node, other;
	bool no_wait;
	uint64_t oid, offset, ns;
	unsigned int n, strip;
};

struct sequence {
	char *path, *folder;
	char *continues; /* the capture that comes before, NULL: none */
	struct topology_node nodes[TOPOLOGY_MAX];
	size_t nr_nodes;
	bool shepherd; /* its cluster driver is shepherd, not the local one */
	struct item *items;
	size_t nr_items;
};

/* Reads a file. False: error[] says what is wrong where. */
bool sequence_read(struct sequence *s, const char *path, char error[400]);
void sequence_free(struct sequence *s);

#endif
