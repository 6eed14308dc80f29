/** @file
 * What all of sheepdog's TCP protocols share: the 48-byte request and response header, the flags
 * in it, and the result codes.
 *
 * A message is a header and, depending on its flags, a payload. There is no magic number, no
 * checksum and no banner; a receiver that loses step can only close the connection.
 *
 * data_length of a request means
 *   without flag WRITE:       room for the answer's payload; nothing follows the request;
 *   with flag WRITE:          bytes that follow the request; the answer has none;
 *   with WRITE and PIGGYBACK: both.
 * data_length of a response: the bytes that follow it, never more than the request left room for.
 *
 * The 32 bytes at 16 have one of several forms; the opcode tells which (the lists SD_OPS_* in the
 * header of each protocol name it). Reserved bytes and padding: send zero, ignore what comes.
 */
#ifndef SHEEPSIM_WIRE_HEADER_H
#define SHEEPSIM_WIRE_HEADER_H

#include "sheepsim/wire/operation.h"
#include "sheepsim/wire/types.h"

/** Highest version of the frontend protocol, in byte 0 of requests with opcodes below 0x80.
 *  0 (not set) and 1 are accepted too. Version 1 is that of the first releases; 2 came with 0.5.2
 *  for trimmed reads, which 0.8 removed again. */
#define SD_PROTO_VER 2
/** Name of version 2's only content (trimming of zero sectors); nobody trims any more. */
#define SD_PROTO_VER_TRIM_ZERO_SECTORS 2
/** Version of peer and admin protocol, in byte 0 of requests with opcodes from 0x80 on, and of
 *  cluster_info. It must match exactly: 0x05 is 0.4, 0x06 0.5.0, 0x07 0.5.6 and 0.6, 0x08 0.7,
 *  0x09 0.8 and 0.9, 0x0a 1.0. */
#define SD_SHEEP_PROTO_VER 0x0a

/**
 * Which release means what it says by peer version 0x09. Nothing of sheepdog's carries this; it is
 * said where real sheep ignore what they get (struct sd_cluster_info), and in requests of our own.
 */
enum sd_family {
	SD_FAMILY_NONE = 0, /**< the version says it all; of 0x09: 0.9 */
	SD_FAMILY_A = 1,    /**< 0x09a: 0.8 */
	SD_FAMILY_B = 2,    /**< 0x09b: 0.9 */
};

/** First opcode that is not of the frontend protocol. */
#define SD_OP_INTERNAL 0x80

/** Default TCP port of a sheep. */
#define SD_LISTEN_PORT 7000

/** Bytes of a request or response header. */
#define SD_HEADER_SIZE 48

/**
 * Flags of the header (u16 at 2) that any operation may carry: X(NAME, bit). They combine freely.
 * RECOVERY and WILDCARD are in peer.h, those of GET_VDI_ATTR in admin.h.
 */
#define SD_FLAGS(X)                                                                                \
	X(WRITE, 0x0001)                                                                           \
	X(COW, 0x0002)                                                                             \
	X(CACHE, 0x0004)                                                                           \
	X(DIRECT, 0x0008)                                                                          \
	X(PIGGYBACK, 0x0010)                                                                       \
	X(TGT, 0x0020)                                                                             \
	X(FWD, 0x0040)

/** The same by name. */
enum sd_flag {
	SD_FLAG_CMD_WRITE = 0x0001,	/**< a payload follows the request header */
	SD_FLAG_CMD_COW = 0x0002,	/**< CREATE_AND_WRITE_OBJ: copy cow_oid first */
	SD_FLAG_CMD_CACHE = 0x0004,	/**< write-back hint (since 0.4); ignored since 1.0 */
	SD_FLAG_CMD_DIRECT = 0x0008,	/**< past the cache (since 0.5); ignored since 1.0 */
	SD_FLAG_CMD_PIGGYBACK = 0x0010, /**< payload in both directions (since 0.9) */
	SD_FLAG_CMD_TGT = 0x0020,	/**< client takes part in shared-lock coherence (0.9) */
	SD_FLAG_CMD_FWD = 0x0040, /**< a node asks itself on behalf of a request (after 1.0) */
};

/**
 * Result codes (u32 at 16 of a response): X(NAME, number, words). Those below 0x80 may reach any
 * client, those above are internal, but for KILLED, CLUSTER_ERROR and COLLECTING_CINFO.
 */
#define SD_RESULTS_FRONTEND(X)                                                                     \
	X(SUCCESS, 0x00, "success")                                                                \
	X(UNKNOWN, 0x01, "unknown error; disk operations: nothing changed")                        \
	X(NO_OBJ, 0x02, "no such object")                                                          \
	X(EIO, 0x03, "I/O error")                                                                  \
	X(VDI_EXIST, 0x04, "VDI or attribute exists already")                                      \
	X(INVALID_PARMS, 0x05, "invalid parameters, or unknown operation")                         \
	X(SYSTEM_ERROR, 0x06, "system error")                                                      \
	X(VDI_LOCKED, 0x07, "VDI is locked")                                                       \
	X(NO_VDI, 0x08, "no such VDI")                                                             \
	X(NO_BASE_VDI, 0x09, "no base VDI")                                                        \
	X(VDI_READ, 0x0a, "cannot read VDI")                                                       \
	X(VDI_WRITE, 0x0b, "cannot write VDI")                                                     \
	X(BASE_VDI_READ, 0x0c, "cannot read base VDI")                                             \
	X(BASE_VDI_WRITE, 0x0d, "cannot write base VDI")                                           \
	X(NO_TAG, 0x0e, "no such snapshot tag or epoch")                                           \
	X(STARTUP, 0x0f, "sheep is starting up")                                                   \
	X(VDI_NOT_LOCKED, 0x10, "VDI is not locked")                                               \
	X(SHUTDOWN, 0x11, "sheep is shutting down")                                                \
	X(NO_MEM, 0x12, "out of memory")                                                           \
	X(FULL_VDI, 0x13, "no free VDI id or attribute slot")                                      \
	X(VER_MISMATCH, 0x14, "protocol version mismatch")                                         \
	X(NO_SPACE, 0x15, "no space left")                                                         \
	X(WAIT_FOR_FORMAT, 0x16, "waiting for the cluster to be formatted")                        \
	X(WAIT_FOR_JOIN, 0x17, "waiting for other nodes to join")                                  \
	X(JOIN_FAILED, 0x18, "join failed")                                                        \
	X(HALT, 0x19, "I/O is halted: too few zones")                                              \
	X(READONLY, 0x1a, "object of a snapshot is read-only")                                     \
	X(INODE_INVALIDATED, 0x1d, "inode was changed by another client")

/** The results from 0x81 on. */
#define SD_RESULTS_INTERNAL(X)                                                                     \
	X(OLD_NODE_VER, 0x81, "sender's epoch is behind")                                          \
	X(NEW_NODE_VER, 0x82, "receiver's epoch is behind")                                        \
	X(NOT_FORMATTED, 0x83, "cluster is not formatted")                                         \
	X(INVALID_CTIME, 0x84, "creation times differ")                                            \
	X(INVALID_EPOCH, 0x85, "invalid epoch")                                                    \
	X(NETWORK_ERROR, 0x86, "network error between sheep")                                      \
	X(NO_CACHE, 0x87, "no cache object")                                                       \
	X(BUFFER_SMALL, 0x88, "room for the answer is too small")                                  \
	X(FORCE_RECOVER, 0x89, "forced recovery refused")                                          \
	X(NO_STORE, 0x8a, "no such store driver")                                                  \
	X(NO_SUPPORT, 0x8b, "not supported by this store or cluster driver")                       \
	X(NODE_IN_RECOVERY, 0x8c, "node is recovering objects")                                    \
	X(KILLED, 0x8d, "node was killed")                                                         \
	X(OID_EXIST, 0x8e, "object id exists already")                                             \
	X(AGAIN, 0x8f, "not ready, try again")                                                     \
	X(STALE_OBJ, 0x90, "only stale copies of the object")                                      \
	X(CLUSTER_ERROR, 0x91, "cluster driver error")                                             \
	X(VDI_NOT_EMPTY, 0x92, "VDI is not empty")                                                 \
	X(NOT_FOUND, 0x93, "not found")                                                            \
	X(INCOMPLETE, 0x94, "upload is incomplete")                                                \
	X(COLLECTING_CINFO, 0x95, "node is still collecting lock states")                          \
	X(GATEWAY_MODE, 0x97, "node is a gateway")                                                 \
	X(INVALID_VNODES_STRATEGY, 0x98, "vnodes are set automatically")                           \
	X(NO_CHECKPOINT_ENTRY, 0x99, "no checkpoint of this epoch and VDI")

/** @cond */
#define SD_RESULT_ENUM(name, number, words) SD_RES_##name = number,
/** @endcond */
/** SD_RES_NO_OBJ and the like. */
enum sd_result { SD_RESULTS_FRONTEND(SD_RESULT_ENUM) SD_RESULTS_INTERNAL(SD_RESULT_ENUM) };
#undef SD_RESULT_ENUM

/** Request variant OBJ: object I/O, and most operations that name an object. */
struct sd_req_obj {
	sd_le64 oid;	     /**< 16: the object */
	sd_le64 cow_oid;     /**< 24: copy source, with flag COW */
	uint8_t copies;	     /**< 32: replicas, 0: as the VDI says (u32 up to 0.7) */
	uint8_t copy_policy; /**< 33: erasure coding, 0: as the VDI says (since 0.8) */
	uint8_t ec_index;    /**< 34: strip of an erasure-coded object (since 0.8) */
	uint8_t reserved;    /**< 35 */
	sd_le32 tgt_epoch;   /**< 36: epoch that recovery asks about */
	sd_le32 offset;	     /**< 40: in the object, bytes (u64 up to 0.7) */
	sd_le32 pad;	     /**< 44 */
};

/** Request variant VDI. */
struct sd_req_vdi {
	sd_le64 vdi_size;	  /**< 16: bytes */
	sd_le32 base_vdi_id;	  /**< 24: NEW_VDI: the parent; RELEASE_VDI: the VDI to unlock */
	uint8_t copies;		  /**< 28: 0: cluster default (u32 up to 0.7) */
	uint8_t copy_policy;	  /**< 29: since 0.8 */
	uint8_t store_policy;	  /**< 30: SD_STORE_POLICY_* (since 0.8) */
	uint8_t block_size_shift; /**< 31: 0: cluster default, else 20-31 (since 1.0) */
	sd_le32 snapid;		  /**< 32: snapshot to look up; NEW_VDI: not 0 makes a snapshot */
	sd_le32 type;		  /**< 36: SD_LOCK_TYPE_* (since 0.9) */
	uint8_t reserved[8];	  /**< 40 */
};

/** Request variant CLUSTER. */
struct sd_req_cluster {
	sd_le64 oid;		  /**< 16: not used */
	sd_le64 ctime;		  /**< 24: creation time, see struct sd_cluster_info */
	uint8_t copies;		  /**< 32: default number of copies (u32 up to 0.7) */
	uint8_t copy_policy;	  /**< 33: default erasure coding, 0: none (since 0.8) */
	sd_le16 flags;		  /**< 34: SD_CLUSTER_FLAG_* (since 0.8) */
	sd_le32 tag;		  /**< 36: not used */
	sd_le32 nodes_nr;	  /**< 40: STAT_CLUSTER: node slots per record (since 0.9) */
	uint8_t block_size_shift; /**< 44: default object size (since 1.0) */
	uint8_t reserved[3];	  /**< 45 */
};

/** Request variant VDI_STATE: NOTIFY_VDI_ADD, ALTER_VDI_COPY. */
struct sd_req_vdi_state {
	sd_le32 old_vid;	  /**< 16: becomes a snapshot, 0: none */
	sd_le32 new_vid;	  /**< 20 */
	uint8_t copies;		  /**< 24 (u32 up to 0.7) */
	uint8_t set_bitmap;	  /**< 25: set new_vid's bit among those in use (at 28 up to 0.7) */
	uint8_t copy_policy;	  /**< 26 */
	uint8_t block_size_shift; /**< 27: since 1.0 */
	uint8_t reserved[20];	  /**< 28 */
};

/** Request variant REF: DECREF_OBJ, DECREF_PEER (since 0.9). */
struct sd_req_ref {
	sd_le64 oid;	      /**< 16: the ledger object */
	sd_le32 generation;   /**< 24: whose counter goes down by one */
	sd_le32 count;	      /**< 28: by how much that of the next generation goes up */
	uint8_t reserved[16]; /**< 32 */
};

/** Request variant FORW: REPAIR_REPLICA (since 0.9). */
struct sd_req_forw {
	sd_le64 oid;	     /**< 16 */
	uint8_t addr[16];    /**< 24: of the node with a good copy, network order */
	sd_le16 port;	     /**< 40 */
	uint8_t reserved[6]; /**< 42 */
};

/** Request variant CHECKPOINT: VDI_STATE_CHECKPOINT_CTL (since 0.9; vid since 1.0). */
struct sd_req_checkpoint {
	sd_le32 get;	      /**< 16: 1: fetch, 0: free */
	sd_le32 tgt_epoch;    /**< 20 */
	sd_le32 vid;	      /**< 24 */
	uint8_t reserved[20]; /**< 28 */
};

/** Request variant COHERENCE: INODE_COHERENCE (since 0.9). */
struct sd_req_coherence {
	sd_le32 vid;	      /**< 16 */
	sd_le32 validate;     /**< 20: 1: validate, 0: invalidate */
	uint8_t reserved[24]; /**< 24 */
};

/** Request variant LEVEL: CAN_SPEAK, SET_LEVEL (not in sheepdog). */
struct sd_req_level {
	uint8_t version;      /**< 16: peer version, as in byte 0 of peer requests */
	uint8_t family;	      /**< 17: SD_FAMILY_*: which of those that call themselves so */
	uint8_t force;	      /**< 18: SET_LEVEL: 1: without asking anybody first */
	uint8_t reserved[29]; /**< 19 */
};

/** A request header. */
struct sd_req {
	uint8_t proto_ver;   /**<  0: of the sub-protocol that the opcode belongs to */
	uint8_t opcode;	     /**<  1: SD_OP_* */
	sd_le16 flags;	     /**<  2: SD_FLAG_CMD_* */
	sd_le32 epoch;	     /**<  4: of the sender; only peer operations look at it */
	sd_le32 id;	     /**<  8: chosen by the sender, echoed */
	sd_le32 data_length; /**< 12: see above */
	union {		     /* 16 */
		struct sd_req_obj obj;
		struct sd_req_vdi vdi;
		struct sd_req_cluster cluster;
		struct sd_req_vdi_state vdi_state;
		struct sd_req_ref ref;
		struct sd_req_forw forw;
		struct sd_req_checkpoint checkpoint;
		struct sd_req_coherence coherence;
		struct sd_req_level level;
		uint8_t bytes[32];
	};
};

/** Response variant OBJ. */
struct sd_rsp_obj {
	sd_le32 result;	     /**< 16: SD_RES_* */
	uint8_t copies;	     /**< 20: 0 since 0.8 */
	uint8_t reserved[3]; /**< 21 */
	sd_le64 offset;	     /**< 24: zeros that 0.5.2-0.7 left out before the data; 0 since 0.8 */
	uint8_t reserved2[16]; /**< 32 */
};

/** Response variant VDI. */
struct sd_rsp_vdi {
	sd_le32 result;		  /**< 16: SD_RES_* */
	sd_le32 reserved;	  /**< 20 */
	sd_le32 vdi_id;		  /**< 24 */
	sd_le32 attr_id;	  /**< 28: GET_VDI_ATTR */
	uint8_t copies;		  /**< 32 (u32 up to 0.7) */
	uint8_t block_size_shift; /**< 33: since 1.0 */
	uint8_t reserved2[14];	  /**< 34 */
};

/** Response variant NODE. */
struct sd_rsp_node {
	sd_le32 result;	     /**< 16: SD_RES_* */
	sd_le32 nr_nodes;    /**< 20: records that follow */
	sd_le32 reserved[2]; /**< 24: index of the asked node and of the master up to 0.7 */
	sd_le64 store_size;  /**< 32: STAT_SHEEP, bytes */
	sd_le64 store_free;  /**< 40: STAT_SHEEP, bytes */
};

/** Response variant HASH: GET_HASH (since 0.6). */
struct sd_rsp_hash {
	sd_le32 result;	     /**< 16: SD_RES_* */
	sd_le32 pad;	     /**< 20 */
	uint8_t digest[20];  /**< 24: SHA-1 of the whole object */
	uint8_t reserved[4]; /**< 44 */
};

/** Response variant CLUSTER_DEFAULT: GET_CLUSTER_DEFAULT (since 1.0). */
struct sd_rsp_cluster_default {
	sd_le32 result;		  /**< 16: SD_RES_* */
	uint8_t nr_copies;	  /**< 20 */
	uint8_t copy_policy;	  /**< 21 */
	uint8_t block_size_shift; /**< 22 */
	uint8_t reserved[25];	  /**< 23 */
};

/** Any other response. */
struct sd_rsp_none {
	sd_le32 result;	      /**< 16: SD_RES_* */
	uint8_t reserved[28]; /**< 20 */
};

/** A response header. */
struct sd_rsp {
	uint8_t proto_ver;   /**<  0: always 0; nobody checks it */
	uint8_t opcode;	     /**<  1: of the request */
	sd_le16 flags;	     /**<  2: always 0 */
	sd_le32 epoch;	     /**<  4: of the server when it sends, 0 before format */
	sd_le32 id;	     /**<  8: of the request */
	sd_le32 data_length; /**< 12: bytes that follow */
	union {		     /* 16: every variant begins with the result */
		struct sd_rsp_none none;
		struct sd_rsp_obj obj;
		struct sd_rsp_vdi vdi;
		struct sd_rsp_node node;
		struct sd_rsp_hash hash;
		struct sd_rsp_cluster_default cluster_default;
		uint8_t bytes[32];
	};
};

#endif
