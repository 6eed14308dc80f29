/*
 * The operation tables: every operation of the four protocols, once.
 *
 * SD_OPS_FRONTEND, SD_OPS_PEER, SD_OPS_DRIVER and SD_OPS_ADMIN in include/sheepsim/wire/ are the
 * one list of each protocol (X-macros); names, text rendering, header variants, payloads, dispatch,
 * what each release knows, and documentation (`sheepsim operations`) come from them. A receiver
 * finds the protocol by the opcode alone (spec 1.1).
 */
#ifndef SHEEPSIM_WIRE_OPS_H
#define SHEEPSIM_WIRE_OPS_H

#include "sheepsim/wire/operation.h"
#include "wire/message.h"

enum protocol {
	PROTOCOL_NONE,	   /* unknown opcode */
	PROTOCOL_FRONTEND, /* client <-> gateway */
	PROTOCOL_PEER,	   /* sheep <-> sheep */
	PROTOCOL_DRIVER,   /* payload of the cluster driver's notifications */
	PROTOCOL_ADMIN,	   /* dog <-> sheep */
};

/* Where an operation runs (spec 4.1): OP_LOCAL and the like. */
#define OP_CLASS_ENUM(name, words) OP_##name,
enum op_class { SD_OP_CLASSES(OP_CLASS_ENUM) };
#undef OP_CLASS_ENUM

/* What a payload is: SHAPE_NODES and the like. */
#define SHAPE_ENUM(name, words) SHAPE_##name,
enum shape { SD_PAYLOADS(SHAPE_ENUM) };
#undef SHAPE_ENUM

struct op_info {
	const char *name; /* without the SD_OP_ prefix, as in the spec: "READ_OBJ" */
	uint8_t opcode;
	enum protocol protocol;
	enum op_class class;
	bool force; /* accepted in status WAIT */
	bool log;   /* logged as administrative */
	enum variant req_variant;
	enum variant rsp_variant;
	enum shape sends, gets; /* payloads of request and answer */
	enum sd_release since;
	enum sd_release until; /* SD_RELEASE_NOW: it is there; else obsolete */
};

/* The operation of this opcode, obsolete ones included; NULL if no table has it. */
const struct op_info *op_info(uint8_t opcode);

/* The operation as a release knows it, which may be another one than op_info() tells; NULL: it does
 * not know this opcode. */
const struct op_info *op_info_at(enum sd_release release, uint8_t opcode);

/* "READ_OBJ", or "0x7f" for unknown ones (buf is used for these). */
const char *op_name(uint8_t opcode, char buf[8]);

/* The shape of the payload of a request, or of the answer to it; DATA of unknown operations. */
enum shape payload_shape(uint8_t opcode, bool answer);

/* The opcode of a name, -1 if there is none. */
int op_by_name(const char *name);

const char *protocol_name(enum protocol p);

/* In words, for documentation: "the receiver"; "i32"; "0.5.6"; "obj", "none". */
const char *op_class_words(enum op_class c);
const char *shape_words(enum shape shape);
const char *release_words(enum sd_release release);
const char *variant_name(enum variant v);

/* "SUCCESS", or "0x96" for unassigned ones. */
const char *result_name(uint32_t result, char buf[12]);

/* The number that 1.0 has for what this release means by a result. */
uint32_t result_at(enum sd_release release, uint32_t result);

/* The name of what this release means by it. */
const char *result_name_at(enum sd_release release, uint32_t result, char buf[12]);

/* Copies of flag names joined by '|' ("WRITE|COW"), unknown bits in hex; opcode decides 0x0100. */
const char *flags_text(uint8_t opcode, uint16_t flags, char buf[96]);

/* The same of cluster flags ("STRICT|USE_LOCK"). */
const char *cluster_flags_text(uint16_t flags, char buf[96]);

/* The same as releases up to 0.6 mean it ("NOHALT|QUORUM"), whose states are bits too ("OK|HALT").
 */
const char *cluster_flags_text_07(uint16_t flags, char buf[96]);
const char *status_text_07(uint32_t status, char buf[96]);

#endif
