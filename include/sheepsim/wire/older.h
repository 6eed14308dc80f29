/** @file
 * What older releases say in other words than 1.0: structures of 0.4 to 0.9 that differ from those
 * in the headers of the protocols, which describe 1.0 (peer version 0x0a). Their headers are in
 * older_header.h, their inodes in object.h: these begin alike in all releases.
 *
 * A release is named by its peer version, and by a letter where two share one that they mean
 * different things by:
 *
 *     0x05    0.4                0x07a   0.5.6          0x09a   0.8
 *     0x06a   0.5.0, 0.5.1       0x07b   0.6            0x09b   0.9
 *     0x06b   0.5.2 to 0.5.5     0x08    0.7            0x0a    1.0
 *
 * A structure's name ends with the last version that has it: struct sd_node_05 is of 0x05 only,
 * struct sd_node_08 of 0x07 and 0x08. Sizes and offsets are measured (versions.md 3).
 */
#ifndef SHEEPSIM_WIRE_OLDER_H
#define SHEEPSIM_WIRE_OLDER_H

#include "sheepsim/wire/cluster.h"

/** Peer version of 0.4. */
#define SD_SHEEP_PROTO_VER_05 0x05
/** Peer version of 0.5.0 to 0.5.5. */
#define SD_SHEEP_PROTO_VER_06 0x06
/** Peer version of 0.5.6 and 0.6. */
#define SD_SHEEP_PROTO_VER_07 0x07
/** Peer version of 0.7. */
#define SD_SHEEP_PROTO_VER_08 0x08
/** Peer version of 0.8, and of 0.9, which differ. */
#define SD_SHEEP_PROTO_VER_09 0x09

/* ------------------------------------------------------------------ limits */

/** Members that a cluster can have up to 0x08. */
#define SD_MAX_NODES_08 1024
/** Copies that an object can have in 0x05. */
#define SD_MAX_COPIES_05 16
/** Copies that an object can have in 0x06 to 0x08. */
#define SD_MAX_COPIES_08 8
/** Virtual nodes of a member up to 0x08: of each in 0x05, on average since 0x06. */
#define SD_DEFAULT_VNODES_08 64
/** Trimmed reads leave out whole blocks of this size in 0x06b and 0x07. */
#define SD_TRIM_SIZE_07 512
/** The same in 0x08; later releases do not trim. */
#define SD_TRIM_SIZE_08 4096
/** Bytes of a stripe of erasure coding in 0x09a. */
#define SD_EC_STRIPE_SIZE_09A 1024

/* ------------------------------------------------------------------ member records */

/** Bytes of a member record in 0x05. */
#define SD_NODE_SIZE_05 24
/** Bytes of a member record in 0x06. */
#define SD_NODE_SIZE_06 32
/** Bytes of a member record in 0x07 and 0x08. */
#define SD_NODE_SIZE_08 56

/** A member record of 0x05. Zone 0: the node is in no zone. */
struct sd_node_05 {
	uint8_t addr[16];  /**<  0 */
	sd_le16 port;	   /**< 16 */
	sd_le16 nr_vnodes; /**< 18 */
	sd_le32 zone;	   /**< 20 */
};

/** A member record of 0x06. */
struct sd_node_06 {
	uint8_t addr[16];  /**<  0 */
	sd_le16 port;	   /**< 16 */
	sd_le16 nr_vnodes; /**< 18 */
	sd_le32 zone;	   /**< 20 */
	sd_le64 space;	   /**< 24 */
};

/** A member record of 0x07 and 0x08: without linkage. */
struct sd_node_08 {
	struct sd_node_id nid; /**<  0 */
	sd_le16 nr_vnodes;     /**< 40 */
	uint8_t pad[2];	       /**< 42 */
	sd_le32 zone;	       /**< 44 */
	sd_le64 space;	       /**< 48 */
};

/** Disks that a record tells of in builds with disk vnodes (HAVE_DISKVNODES). */
#define SD_DISKVNODES_DISKS 32
/** Members that a cluster of such builds can have. */
#define SD_DISKVNODES_NODES 830
/** Bytes of a member record there. */
#define SD_DISKVNODES_NODE_SIZE 592

/** A disk in such a record. */
struct sd_disk {
	sd_le64 disk_id;    /**< 0: hash of its path */
	sd_le64 disk_space; /**< 8: bytes */
};

/**
 * A member record of 0x09 and 0x0a in builds with disk vnodes. Nothing says that it is one but
 * SD_CLUSTER_FLAG_DISKMODE.
 */
struct sd_node_diskvnodes {
	struct sd_node node;			   /**<  0 */
	struct sd_disk disks[SD_DISKVNODES_DISKS]; /**< 80: unused ones are zero */
};

/* ------------------------------------------------------------------ clusters */

/** States of a node and of the cluster up to 0x07: X(NAME, bit). */
#define SD_STATUSES_07(X)                                                                          \
	X(OK, 0x01)                                                                                \
	X(WAIT_FOR_FORMAT, 0x02)                                                                   \
	X(WAIT_FOR_JOIN, 0x04)                                                                     \
	X(SHUTDOWN, 0x08)                                                                          \
	X(HALT, 0x20)                                                                              \
	X(KILLED, 0x40)

/** The same by name. */
enum sd_status_07 {
	SD_STATUS_07_OK = 0x01,
	SD_STATUS_07_WAIT_FOR_FORMAT = 0x02,
	SD_STATUS_07_WAIT_FOR_JOIN = 0x04,
	SD_STATUS_07_SHUTDOWN = 0x08,
	SD_STATUS_07_HALT = 0x20,   /**< fewer zones than copies */
	SD_STATUS_07_KILLED = 0x40, /**< since 0x06 */
};

/** What a master says to a joiner up to 0x07, in the driver's message: X(NAME, number). */
#define SD_JOIN_RESULTS_07(X)                                                                      \
	X(SUCCESS, 0)                                                                              \
	X(FAIL, 1)                                                                                 \
	X(JOIN_LATER, 2)                                                                           \
	X(MASTER_TRANSFER, 3)

/** The same by name. */
enum sd_join_result_07 {
	SD_JOIN_RESULT_07_SUCCESS = 0,
	SD_JOIN_RESULT_07_FAIL = 1,
	SD_JOIN_RESULT_07_JOIN_LATER = 2,
	SD_JOIN_RESULT_07_MASTER_TRANSFER =
		3, /**< the joiner's epoch is newer: the master leaves */
};

/** Cluster flags up to 0x07: X(NAME, bit). 0x08 uses none. */
#define SD_CLUSTER_FLAGS_07(X)                                                                     \
	X(NOHALT, 0x0004)                                                                          \
	X(QUORUM, 0x0008)

/** The same by name. They are the header flags of MAKE_FS, so SD_FLAG_CMD_WRITE is always set. */
enum sd_cluster_flag_07 {
	SD_CLUSTER_FLAG_07_NOHALT = 0x0004, /**< writes with fewer zones than copies */
	SD_CLUSTER_FLAG_07_QUORUM = 0x0008, /**< ... but not with fewer than half (since 0x06) */
};

/** Bytes of the join message of 0x05 before its nodes. */
#define SD_JOIN_MESSAGE_HEAD_05 52
/** Bytes of the join message of 0x06 and 0x07 before its nodes. */
#define SD_JOIN_MESSAGE_HEAD_07 48
/** Bytes of a cluster_info of 0x08 before its nodes. */
#define SD_CLUSTER_INFO_HEAD_08 40
/** Bytes of it with all of them. */
#define SD_CLUSTER_INFO_SIZE_08 57384

/** The join message of 0x05; its nodes follow at 52. */
struct sd_join_message_05 {
	uint8_t proto_ver;  /**<  0: of the joiner; the master judges it */
	uint8_t nr_copies;  /**<  1 */
	sd_le16 nr_nodes;   /**<  2 */
	sd_le16 nr_failed;  /**<  4: nodes that are known to be gone */
	sd_le16 nr_delayed; /**<  6: nodes that were told to join later */
	sd_le16 flags;	    /**<  8: SD_CLUSTER_FLAG_07_* */
	uint8_t pad[2];	    /**< 10 */
	sd_le32 status;	    /**< 12: SD_STATUS_07_* */
	sd_le32 epoch;	    /**< 16 */
	uint8_t pad2[4];    /**< 20 */
	sd_le32 ctime_ns;   /**< 24: creation time, the nanoseconds: no u64 is aligned here */
	sd_le32 ctime_s;    /**< 28: the seconds */
	uint8_t inc_epoch;  /**< 32: the join begins a new epoch */
	char store[16];	    /**< 33: store driver */
	uint8_t pad3[3];    /**< 49 */
};

/** The join message of 0x06 and 0x07; its nodes follow at 48. */
struct sd_join_message_07 {
	uint8_t proto_ver;	  /**<  0 */
	uint8_t nr_copies;	  /**<  1 */
	sd_le16 nr_nodes;	  /**<  2: signed */
	sd_le16 nr_failed;	  /**<  4 */
	sd_le16 nr_delayed;	  /**<  6 */
	sd_le32 status;		  /**<  8: SD_STATUS_07_* */
	sd_le32 epoch;		  /**< 12 */
	sd_le64 ctime;		  /**< 16 */
	uint8_t inc_epoch;	  /**< 24 */
	uint8_t disable_recovery; /**< 25 */
	sd_le16 flags;		  /**< 26: SD_CLUSTER_FLAG_07_* */
	uint8_t pad[4];		  /**< 28 */
	char store[16];		  /**< 32 */
};

/** cluster_info of 0x08; its nodes follow at 40. */
struct sd_cluster_info_08 {
	uint8_t proto_ver;	  /**<  0 */
	uint8_t disable_recovery; /**<  1 */
	sd_le16 nr_nodes;	  /**<  2 */
	sd_le32 epoch;		  /**<  4 */
	sd_le64 ctime;		  /**<  8 */
	sd_le16 flags;		  /**< 16: none is used */
	uint8_t nr_copies;	  /**< 18 */
	uint8_t status;		  /**< 19: SD_STATUS_* */
	uint8_t pad[4];		  /**< 20 */
	char default_store[16];	  /**< 24 */
};

/** cluster_info of 0x09; its nodes follow at 48. The three fields at 22 are padding there, as in
 *  1.0: see struct sd_cluster_info. */
struct sd_cluster_info_09 {
	uint8_t proto_ver;	  /**<  0 */
	uint8_t disable_recovery; /**<  1 */
	sd_le16 nr_nodes;	  /**<  2 */
	sd_le32 epoch;		  /**<  4 */
	sd_le64 ctime;		  /**<  8 */
	sd_le16 flags;		  /**< 16: STRICT; from 0x09b on DISKMODE, USE_LOCK */
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

/* ------------------------------------------------------------------ epochs */

/** Bytes of an epoch_log before its nodes in 0x05. */
#define SD_EPOCH_LOG_HEAD_05 28
/** Bytes of an epoch_log before its nodes in 0x06 to 0x08. */
#define SD_EPOCH_LOG_HEAD_08 32
/** Bytes of a record of STAT_CLUSTER in 0x05: 1024 nodes, padded to 8. */
#define SD_EPOCH_LOG_SIZE_05 24608
/** Bytes of a record of STAT_CLUSTER in 0x06. */
#define SD_EPOCH_LOG_SIZE_06 32800
/** Bytes of a record of STAT_CLUSTER in 0x07 and 0x08. */
#define SD_EPOCH_LOG_SIZE_08 57376
/** Bytes of a record of STAT_CLUSTER in 0x09a: 6144 nodes. */
#define SD_EPOCH_LOG_SIZE_09A 491568

/** A record of STAT_CLUSTER up to 0x07a; nodes follow at 28 in 0x05, which ends there, else at 32.
 */
struct sd_epoch_log_07a {
	sd_le64 ctime;	   /**<  0 */
	sd_le64 time;	   /**<  8 */
	sd_le32 epoch;	   /**< 16 */
	sd_le32 nr_nodes;  /**< 20 */
	sd_le32 nr_copies; /**< 24 */
	uint8_t pad[4];	   /**< 28 */
};

/** A record of STAT_CLUSTER in 0x07b and 0x08; nodes follow at 32. */
struct sd_epoch_log_08 {
	sd_le64 ctime;		  /**<  0 */
	sd_le64 time;		  /**<  8 */
	sd_le32 epoch;		  /**< 16 */
	sd_le32 nr_nodes;	  /**< 20 */
	uint8_t disable_recovery; /**< 24 */
	uint8_t pad[7];		  /**< 25 */
};

/** A record of STAT_CLUSTER in 0x09a; nodes follow at 48. */
struct sd_epoch_log_09a {
	sd_le64 ctime;		  /**<  0 */
	sd_le64 time;		  /**<  8 */
	sd_le32 epoch;		  /**< 16 */
	sd_le32 nr_nodes;	  /**< 20 */
	uint8_t disable_recovery; /**< 24 */
	uint8_t nr_copies;	  /**< 25 */
	uint8_t copy_policy;	  /**< 26 */
	uint8_t pad;		  /**< 27 */
	char drv_name[16];	  /**< 28 */
	uint8_t pad2[4];	  /**< 44 */
};

/* ------------------------------------------------------------------ VDIs */

/** Bytes of a vdi_state up to 0x09a. */
#define SD_VDI_STATE_SIZE_09A 8
/** Bytes of a vdi_state in 0x09b. */
#define SD_VDI_STATE_SIZE_09 1420

/** What a node of 0x06 and 0x07a knows of a VDI; also the payload of NOTIFY_VDI_ADD there. */
struct sd_vdi_state_07a {
	sd_le32 vid;	   /**< 0 */
	sd_le32 nr_copies; /**< 4 */
};

/** The same in 0x07b, 0x08 and 0x09a (copy_policy: 0x09a, zero before). */
struct sd_vdi_state_09a {
	sd_le32 vid;	     /**< 0 */
	uint8_t nr_copies;   /**< 4 */
	uint8_t snapshot;    /**< 5 */
	uint8_t copy_policy; /**< 6 */
	uint8_t pad;	     /**< 7 */
};

/** The same in 0x09b. */
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
