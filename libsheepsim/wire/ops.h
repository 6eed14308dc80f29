/*
 * The operation tables: every operation of the four protocols, once.
 *
 * SD_OPS_FRONTEND, SD_OPS_PEER, SD_OPS_DRIVER and SD_OPS_ADMIN in include/sheepsim/wire/ are the
 * one list of each protocol (X-macros); names, text rendering, header variants, dispatch tables and
 * documentation come from them. A receiver finds the protocol by the opcode alone (spec 1.1).
 */
#ifndef SHEEPSIM_WIRE_OPS_H
#define SHEEPSIM_WIRE_OPS_H

#include "wire/message.h"

enum protocol {
	PROTOCOL_NONE,	   /* unknown opcode */
	PROTOCOL_FRONTEND, /* client <-> gateway */
	PROTOCOL_PEER,	   /* sheep <-> sheep */
	PROTOCOL_DRIVER,   /* payload of the cluster driver's notifications */
	PROTOCOL_ADMIN,	   /* dog <-> sheep */
};

/* Where an operation runs (spec 4.1). */
enum op_class {
	OP_NONE, /* obsolete: no handler, answered as unknown */
	OP_GATEWAY,
	OP_PEER,
	OP_LOCAL,
	OP_CLUSTER_NOTIFY, /* effect on every node, in total order */
	OP_CLUSTER_BLOCK,  /* exclusive body on the requester, then the effect everywhere */
};

struct op_info {
	const char *name; /* without the SD_OP_ prefix, as in the spec: "READ_OBJ" */
	uint8_t opcode;
	enum protocol protocol;
	enum op_class class;
	bool force; /* accepted in status WAIT */
	bool log;   /* logged as administrative */
	enum variant req_variant;
	enum variant rsp_variant;
};

/* The operation of this opcode, obsolete ones included; NULL if no table has it. */
const struct op_info *op_info(uint8_t opcode);

/* "READ_OBJ", or "0x7f" for unknown ones (buf is used for these). */
const char *op_name(uint8_t opcode, char buf[8]);

/* The opcode of a name, -1 if there is none. */
int op_by_name(const char *name);

const char *protocol_name(enum protocol p);

/* "SUCCESS", or "0x96" for unassigned ones. */
const char *result_name(uint32_t result, char buf[12]);

/* Copies of flag names joined by '|' ("WRITE|COW"), unknown bits in hex; opcode decides 0x0100. */
const char *flags_text(uint8_t opcode, uint16_t flags, char buf[96]);

/* The same of cluster flags ("STRICT|USE_LOCK"). */
const char *cluster_flags_text(uint16_t flags, char buf[96]);

#endif
