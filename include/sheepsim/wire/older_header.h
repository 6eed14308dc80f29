/** @file
 * Headers of older releases: the variants of requests and responses that were other ones up to 0x08
 * (0.7), operations that are gone or had another number, and results that had other numbers.
 *
 * The 48 bytes and their first 16 are those of header.h. Numbers of copies had 32 bits, where now
 * they have 8 and policies take the rest; offsets had 64. A number below 256 looks the same in
 * both. Names of releases: older.h.
 */
#ifndef SHEEPSIM_WIRE_OLDER_HEADER_H
#define SHEEPSIM_WIRE_OLDER_HEADER_H

#include "sheepsim/wire/header.h"

/* ------------------------------------------------------------------ requests */

/** Request variant OBJ up to 0x08. */
struct sd_req_obj_08 {
	sd_le64 oid;	   /**< 16 */
	sd_le64 cow_oid;   /**< 24: with flag COW: each peer reads it itself */
	sd_le32 copies;	   /**< 32 */
	sd_le32 tgt_epoch; /**< 36 */
	sd_le64 offset;	   /**< 40 */
};

/** Request variant VDI up to 0x08. */
struct sd_req_vdi_08 {
	sd_le64 vdi_size;     /**< 16 */
	sd_le32 base_vdi_id;  /**< 24 */
	sd_le32 copies;	      /**< 28: 0x05 takes the cluster's in any case */
	sd_le32 snapid;	      /**< 32 */
	uint8_t reserved[12]; /**< 36 */
};

/** Request variant CLUSTER up to 0x08: MAKE_FS. Its flags are those of the header. */
struct sd_req_cluster_08 {
	sd_le64 oid;	     /**< 16: not used */
	sd_le64 ctime;	     /**< 24 */
	sd_le32 copies;	     /**< 32 */
	sd_le32 tag;	     /**< 36: since 0x07b; not used */
	uint8_t reserved[8]; /**< 40 */
};

/** Request variant VDI_STATE in 0x07b and 0x08: NOTIFY_VDI_ADD. (Payload before: older.h.) */
struct sd_req_vdi_state_08 {
	sd_le32 old_vid;      /**< 16 */
	sd_le32 new_vid;      /**< 20 */
	sd_le32 copies;	      /**< 24 */
	uint8_t set_bitmap;   /**< 28 */
	uint8_t reserved[19]; /**< 29 */
};

/** Request variant LIST up to 0x07a: GET_OBJ_LIST. */
struct sd_req_list_07a {
	sd_le32 tgt_epoch;    /**< 16: never read by the receiver */
	uint8_t reserved[28]; /**< 20 */
};

/** A request header up to 0x08. */
struct sd_req_08 {
	uint8_t proto_ver;   /**<  0 */
	uint8_t opcode;	     /**<  1 */
	sd_le16 flags;	     /**<  2 */
	sd_le32 epoch;	     /**<  4: COMPLETE_RECOVERY up to 0.5.3: the recovered epoch */
	sd_le32 id;	     /**<  8 */
	sd_le32 data_length; /**< 12 */
	/** 16 */
	union {
		struct sd_req_obj_08 obj_08;		 /**< most operations */
		struct sd_req_vdi_08 vdi_08;		 /**< operations on VDIs */
		struct sd_req_cluster_08 cluster_08;	 /**< MAKE_FS */
		struct sd_req_vdi_state_08 vdi_state_08; /**< NOTIFY_VDI_ADD */
		struct sd_req_list_07a list_07a;	 /**< GET_OBJ_LIST */
		uint8_t bytes[32];			 /**< others */
	};
};

/* ------------------------------------------------------------------ responses */

/** Response variant OBJ up to 0x08. */
struct sd_rsp_obj_08 {
	sd_le32 result; /**< 16 */
	sd_le32 copies; /**< 20: of the object */
	sd_le64 offset; /**< 24: bytes of zeros that a trimmed read leaves out (0x06b-0x08) */
	uint8_t reserved2[16]; /**< 32 */
};

/** Response variant VDI up to 0x08. */
struct sd_rsp_vdi_08 {
	sd_le32 result;	       /**< 16 */
	sd_le32 reserved;      /**< 20 */
	sd_le32 vdi_id;	       /**< 24 */
	sd_le32 attr_id;       /**< 28 */
	sd_le32 copies;	       /**< 32 */
	uint8_t reserved2[12]; /**< 36 */
};

/** Response variant NODE up to 0x08. */
struct sd_rsp_node_08 {
	sd_le32 result;	    /**< 16 */
	sd_le32 nr_nodes;   /**< 20 */
	sd_le32 local_idx;  /**< 24: the receiver's place in the list */
	sd_le32 master_idx; /**< 28: the master's, up to 0x07; reserved in 0x08 */
	sd_le64 store_size; /**< 32 */
	sd_le64 store_free; /**< 40 */
};

/** A response header up to 0x08. */
struct sd_rsp_08 {
	uint8_t proto_ver;   /**<  0 */
	uint8_t opcode;	     /**<  1 */
	sd_le16 flags;	     /**<  2 */
	sd_le32 epoch;	     /**<  4 */
	sd_le32 id;	     /**<  8 */
	sd_le32 data_length; /**< 12 */
	/** 16 */
	union {
		struct sd_rsp_obj_08 obj_08;   /**< object I/O */
		struct sd_rsp_vdi_08 vdi_08;   /**< operations on VDIs */
		struct sd_rsp_node_08 node_08; /**< GET_NODE_LIST, STAT_SHEEP */
		struct sd_rsp_none none;       /**< others */
		uint8_t bytes[32];	       /**< all of them */
	};
};

/* ------------------------------------------------------------------ operations */

/**
 * Operations that 1.0 does not know by these numbers, or means something else by; operation.h tells
 * the columns. The lists of the protocols have those that are only gone.
 */
#define SD_OPS_OLDER(X)                                                                            \
	X(DEL_VDI, 0x81, CLUSTER_BLOCK, 0, 1, VDI, VDI, NAMES, NONE, 0_3, 0_6)                     \
	X(TRACE, 0x95, LOCAL, 1, 0, NONE, NONE, NONE, NONE, 0_4, 0_7)                              \
	X(SET_CACHE_SIZE, 0xa7, LOCAL, 0, 0, NONE, NONE, NONE, NONE, 0_5, 0_6)                     \
	X(UPDATE_SIZE, 0xb6, CLUSTER_NOTIFY, 0, 0, NONE, NONE, NONE, NONE, 0_6, 0_7)

/** What each of them is. */
enum sd_older_op {
	/**
	 * Obsolete: DEL_VDI of frontend.h, before it became a frontend operation (0x17) in 0.6.
	 *
	 * From: collie vdi delete. Request: vdi snapid. Payload: name and tag, 512 bytes. Answer:
	 * vdi of what was deleted. Results: NO_VDI, NO_TAG, EIO, as DEL_VDI. Needs: a formatted
	 * cluster. Since 0.3.
	 */
	SD_OP_DEL_VDI_OLDER = 0x81,
	/**
	 * Obsolete: switched tracing on and off; the number is that of TRACE_STATUS since 0.7, with
	 * TRACE_ENABLE and TRACE_DISABLE beside it.
	 *
	 * From: collie debug trace. Which field says on or off is not known. No payload. Results:
	 * SUCCESS; NO_SUPPORT in builds without tracing. Needs: nothing. Since 0.4.
	 */
	SD_OP_TRACE_OLDER = 0x95,
	/**
	 * Obsolete: set the size of the object cache.
	 *
	 * From: collie node cache. Which field has the size is not known. No payload. Results:
	 * SUCCESS. Needs: a formatted cluster. Since 0.5.
	 */
	SD_OP_SET_CACHE_SIZE_OLDER = 0xa7,
	/**
	 * Obsolete: a node's space has changed; an event of the cluster driver since 0.7. The
	 * number became GET_CACHE_INFO.
	 *
	 * From: the node whose disks have changed, as a notice to all. What it carries beside the
	 * sender's record is not known. No payload. Results: SUCCESS. Needs: a formatted cluster.
	 * Since 0.6.
	 */
	SD_OP_UPDATE_SIZE_OLDER = 0xb6,
};

/* ------------------------------------------------------------------ results */

/** Results that had other numbers up to 0x07a: X(NAME, number then, words). (0x1a is READONLY since
 *  0x07b.) */
#define SD_RESULTS_07A(X)                                                                          \
	X(FORCE_RECOVER, 0x1a, "forced recovery refused")                                          \
	X(NO_STORE, 0x20, "no such store driver")                                                  \
	X(NO_SUPPORT, 0x21, "not supported by this store or cluster driver")                       \
	X(NODE_IN_RECOVERY, 0x22, "node is recovering objects")                                    \
	X(KILLED, 0x24, "node was killed")                                                         \
	X(OID_EXIST, 0x25, "object id exists already")                                             \
	X(AGAIN, 0x26, "not ready, try again")

/** Results that have other numbers in 0x09b: X(NAME, number there, words). */
#define SD_RESULTS_09(X)                                                                           \
	X(INCOMPLETE, 0x1b, "upload is incomplete")                                                \
	X(COLLECTING_CINFO, 0x1c, "node is still collecting lock states")

/** @cond */
#define SD_RESULT_ENUM_07A(name, number, words) SD_RES_##name##_07A = number,
#define SD_RESULT_ENUM_09(name, number, words)	SD_RES_##name##_09 = number,
/** @endcond */
/** SD_RES_KILLED_07A, SD_RES_INCOMPLETE_09 and the like. */
enum sd_older_result { SD_RESULTS_07A(SD_RESULT_ENUM_07A) SD_RESULTS_09(SD_RESULT_ENUM_09) };
#undef SD_RESULT_ENUM_07A
#undef SD_RESULT_ENUM_09

#endif
