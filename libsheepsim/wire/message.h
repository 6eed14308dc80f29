/*
 * The 48-byte request and response header in host order, and their codec.
 *
 * This is the working form of include/sheepsim/wire/header.h; only this folder converts between the
 * two (D3). Which variant of the union a header uses follows from its opcode: the operation tables
 * say it (ops.h). Every bit of the 48 bytes is kept, reserved ones too, so decoding and encoding
 * again gives the same bytes; whoever makes a header starts from zero (req_init(), rsp_init()).
 */
#ifndef SHEEPSIM_WIRE_MESSAGE_H
#define SHEEPSIM_WIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"

#define WIRE_HEADER 48u /* bytes of a request or response header */

/* What was wrong with bytes that could not be decoded: where, and in words. */
struct wire_error {
	uint64_t offset; /* of the first byte that is wrong, from the start of what was decoded */
	char text[120];
};

/* Which variant of the 32 bytes at 16 an operation's header uses (wire-protocols 2.1, 2.2). */
enum variant {
	VARIANT_NONE, /* no fields: 32 reserved bytes */
	VARIANT_OBJ,
	VARIANT_VDI,
	VARIANT_CLUSTER,
	VARIANT_VDI_STATE,
	VARIANT_REF,
	VARIANT_FORW,
	VARIANT_CHECKPOINT,
	VARIANT_COHERENCE,
	VARIANT_LEVEL,		 /* not in sheepdog */
	VARIANT_NODE,		 /* response only */
	VARIANT_HASH,		 /* response only */
	VARIANT_CLUSTER_DEFAULT, /* response only */
	/* those of releases up to 0.7, of which older_header.h tells */
	VARIANT_OBJ_08,
	VARIANT_VDI_08,
	VARIANT_CLUSTER_08,
	VARIANT_VDI_STATE_08,
	VARIANT_LIST_07A,
	VARIANT_NODE_08, /* response only */
};

/* A request header. rest: reserved and padding bytes of the variant, in place (offset - 16). */
struct req {
	uint8_t proto_ver;
	uint8_t opcode;
	uint16_t flags;
	uint32_t epoch;
	uint32_t id;
	uint32_t data_length;
	enum variant variant; /* set by req_init() and req_decode() from the opcode */
	union {
		struct {
			uint64_t oid;
			uint64_t cow_oid;
			uint8_t copies;
			uint8_t copy_policy;
			uint8_t ec_index;
			uint32_t tgt_epoch;
			uint32_t offset;
		} obj;
		struct {
			uint64_t vdi_size;
			uint32_t base_vdi_id; /* in RELEASE_VDI: the vid to unlock */
			uint8_t copies;
			uint8_t copy_policy;
			uint8_t store_policy;
			uint8_t block_size_shift;
			uint32_t snapid;
			uint32_t type;
			uint32_t copies_more; /* bits 8-31, where 0.7 is spoken; else 0 */
		} vdi;
		struct {
			uint64_t oid;
			uint64_t ctime;
			uint8_t copies;
			uint8_t copy_policy;
			uint16_t flags;
			uint32_t tag;
			uint32_t nodes_nr;
			uint8_t block_size_shift;
		} cluster;
		struct {
			uint32_t old_vid;
			uint32_t new_vid;
			uint8_t copies;
			uint8_t set_bitmap;
			uint8_t copy_policy;
			uint8_t block_size_shift;
			uint32_t copies_more; /* as above */
		} vdi_state;
		struct {
			uint64_t oid; /* the ledger object */
			uint32_t generation;
			uint32_t count;
		} ref;
		struct {
			uint64_t oid;
			uint8_t addr[16];
			uint16_t port;
		} forw;
		struct {
			uint32_t get;
			uint32_t tgt_epoch;
			uint32_t vid;
		} checkpoint;
		struct {
			uint32_t vid;
			uint32_t validate;
		} coherence;
		struct {
			uint8_t version;
			uint8_t family; /* SD_FAMILY_* */
			uint8_t force;
		} level;
		struct {
			uint64_t oid;
			uint64_t cow_oid;
			uint32_t copies;
			uint32_t tgt_epoch;
			uint64_t offset;
		} obj_08;
		struct {
			uint64_t vdi_size;
			uint32_t base_vdi_id;
			uint32_t copies;
			uint32_t snapid;
		} vdi_08;
		struct {
			uint64_t oid;
			uint64_t ctime;
			uint32_t copies;
			uint32_t tag;
		} cluster_08;
		struct {
			uint32_t old_vid;
			uint32_t new_vid;
			uint32_t copies;
			uint8_t set_bitmap;
		} vdi_state_08;
		struct {
			uint32_t tgt_epoch;
		} list_07a;
	};
	uint8_t rest[32];
};

/* A response header. */
struct rsp {
	uint8_t proto_ver; /* 0 in every answer of sheepdog */
	uint8_t opcode;
	uint16_t flags; /* likewise 0 */
	uint32_t epoch;
	uint32_t id;
	uint32_t data_length;
	uint32_t result;      /* SD_RES_* */
	enum variant variant; /* set by rsp_init() and rsp_decode() from the opcode */
	union {
		struct {
			uint8_t copies;
			uint64_t offset;
		} obj;
		struct {
			uint32_t vdi_id;
			uint32_t attr_id;
			uint8_t copies;
			uint8_t block_size_shift;
			uint32_t copies_more; /* bits 8-31, where 0.7 is spoken; else 0 */
		} vdi;
		struct {
			uint32_t nr_nodes;
			uint32_t local_idx; /* of the asked node, where 0.7 is spoken; else 0 */
			uint64_t store_size;
			uint64_t store_free;
		} node;
		struct {
			uint8_t digest[20];
		} hash;
		struct {
			uint8_t nr_copies;
			uint8_t copy_policy;
			uint8_t block_size_shift;
		} cluster_default;
		struct {
			uint32_t copies;
			uint64_t offset;
		} obj_08;
		struct {
			uint32_t vdi_id;
			uint32_t attr_id;
			uint32_t copies;
		} vdi_08;
		struct {
			uint32_t nr_nodes;
			uint32_t local_idx;
			uint32_t master_idx;
			uint64_t store_size;
			uint64_t store_free;
		} node_08;
	};
	uint8_t rest[32];
};

/* The object that a request is about, and the offset in it; 0 of others. */
uint64_t req_object(const struct req *h);
uint64_t req_offset(const struct req *h);

/* Makes h a header of this operation: all zero but opcode, variant and the usual version byte. */
void req_init(struct req *h, uint8_t opcode);

/* Makes h the answer to q with this result: opcode and id echoed, the rest zero (spec 1.5). */
void rsp_init(struct rsp *h, const struct req *q, uint32_t result);

void req_encode(const struct req *h, uint8_t head[WIRE_HEADER]);
void rsp_encode(const struct rsp *h, uint8_t head[WIRE_HEADER]);

/*
 * Decode a header. Every 48 bytes are a header of some kind; an opcode that no table knows gives
 * VARIANT_NONE. What an operation demands of its fields is for req_validate().
 */
void req_decode(const uint8_t head[WIRE_HEADER], struct req *h);
void rsp_decode(const uint8_t head[WIRE_HEADER], struct rsp *h);

/* The same for headers whose own opcode does not tell the variant: of an answer in a
 * vdi_op_message, and of older releases (dialect_req_variant()). */
void req_decode_as(const uint8_t head[WIRE_HEADER], enum variant variant, struct req *h);
void rsp_decode_as(const uint8_t head[WIRE_HEADER], enum variant variant, struct rsp *h);

/*
 * Checks what the protocol demands of a request before its handler sees it: length of the payload
 * against data_length, room for an answer of fixed size, ranges of fields. payload: the bytes after
 * the header, or NULL.
 * Returns 0; or -SD_RES_INVALID_PARMS or -SD_RES_BUFFER_SMALL, which is what to answer, with *err
 * (may be NULL) filled: the first byte that is wrong (header bytes are 0-47, payload bytes follow).
 */
int req_validate(const struct req *h, const struct blob *payload, struct wire_error *err);

#endif
