/** @file
 * What older releases say in other words than 1.0: the structures of 0.7 (peer version 0x08), of
 * 0.8 and of 0.9 (both 0x09) that differ from those in the headers of the protocols, which describe
 * 1.0 (0x0a). Sizes and offsets are measured like those (versions.md 3).
 */
#ifndef SHEEPSIM_WIRE_OLDER_H
#define SHEEPSIM_WIRE_OLDER_H

#include "sheepsim/wire/cluster.h"

/** Peer version of 0.7. */
#define SD_SHEEP_PROTO_VER_08 0x08
/** Peer version of 0.8, and of 0.9, which differ. */
#define SD_SHEEP_PROTO_VER_09 0x09

/** INCOMPLETE as 0.9 has it (0x94 since 1.0). */
#define SD_RES_INCOMPLETE_09 0x1b
/** COLLECTING_CINFO as 0.9 has it (0x95 since 1.0). */
#define SD_RES_COLLECTING_CINFO_09 0x1c

/** Bytes of a cluster_info of 0.7 before its nodes. */
#define SD_CLUSTER_INFO_HEAD_08 40
/** Bytes of a member record of 0.7. */
#define SD_NODE_SIZE_08 56

/** Bytes of a vdi_state up to 0.8. */
#define SD_VDI_STATE_SIZE_09A 8
/** Bytes of a vdi_state in 0.9. */
#define SD_VDI_STATE_SIZE_09 1420

/** A member record of 0.7: without linkage. */
struct sd_node_08 {
	struct sd_node_id nid; /**<  0 */
	sd_le16 nr_vnodes;     /**< 40 */
	uint8_t pad[2];	       /**< 42 */
	sd_le32 zone;	       /**< 44 */
	sd_le64 space;	       /**< 48 */
};

/** cluster_info of 0.7; its nodes follow at 40. */
struct sd_cluster_info_08 {
	uint8_t proto_ver;	  /**<  0 */
	uint8_t disable_recovery; /**<  1 */
	sd_le16 nr_nodes;	  /**<  2 */
	sd_le32 epoch;		  /**<  4 */
	sd_le64 ctime;		  /**<  8 */
	sd_le16 flags;		  /**< 16: none is used */
	uint8_t nr_copies;	  /**< 18 */
	uint8_t status;		  /**< 19 */
	uint8_t pad[4];		  /**< 20 */
	char default_store[16];	  /**< 24 */
};

/** cluster_info of 0.8 and 0.9; its nodes follow at 48. The three fields at 22 are padding there,
 *  as in 1.0: see struct sd_cluster_info. */
struct sd_cluster_info_09 {
	uint8_t proto_ver;	  /**<  0 */
	uint8_t disable_recovery; /**<  1 */
	sd_le16 nr_nodes;	  /**<  2 */
	sd_le32 epoch;		  /**<  4 */
	sd_le64 ctime;		  /**<  8 */
	sd_le16 flags;		  /**< 16: STRICT; from 0.9 on DISKMODE, USE_LOCK */
	uint8_t nr_copies;	  /**< 18 */
	uint8_t copy_policy;	  /**< 19 */
	uint8_t status;		  /**< 20 */
	uint8_t pad;		  /**< 21 */
	uint8_t family;		  /**< 22 */
	uint8_t level_ver;	  /**< 23 */
	uint8_t lowest_ver;	  /**< 24 */
	uint8_t pad2[3];	  /**< 25 */
	char default_store[16];	  /**< 28 */
	uint8_t pad3[4];	  /**< 44 */
};

/** What a node of 0.7 or 0.8 knows of a VDI (copy_policy since 0.8). */
struct sd_vdi_state_09a {
	sd_le32 vid;	     /**< 0 */
	uint8_t nr_copies;   /**< 4 */
	uint8_t snapshot;    /**< 5 */
	uint8_t copy_policy; /**< 6 */
	uint8_t pad;	     /**< 7 */
};

/** The same in 0.9. */
struct sd_vdi_state_09 {
	sd_le32 vid;				       /**<   0 */
	uint8_t nr_copies;			       /**<   4 */
	uint8_t snapshot;			       /**<   5 */
	uint8_t copy_policy;			       /**<   6 */
	uint8_t pad;				       /**<   7 */
	sd_le32 lock_state;			       /**<   8: SD_LOCK_STATE_* */
	struct sd_node_id lock_owner;		       /**<  12 */
	sd_le32 nr_participants;		       /**<  52 */
	sd_le32 participants_state[SD_MAX_COPIES];     /**<  56: SD_SHARED_LOCK_STATE_* */
	struct sd_node_id participants[SD_MAX_COPIES]; /**< 180 */
};

#endif
