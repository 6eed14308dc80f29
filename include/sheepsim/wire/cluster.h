/** @file
 * What several protocols say about a cluster: member records, cluster_info with its flags and
 * states, and the limits that go with them.
 */
#ifndef SHEEPSIM_WIRE_CLUSTER_H
#define SHEEPSIM_WIRE_CLUSTER_H

#include "sheepsim/wire/types.h"

/** Members that a cluster can have. The local and corosync drivers stop at 1024. */
#define SD_MAX_NODES 6144
/** Replicas, or strips, that an object can have; also holders of a shared lock. */
#define SD_MAX_COPIES 31
/** Copies where MAKE_FS asks for 0. */
#define SD_DEFAULT_COPIES 3
/** Virtual nodes of a member where nothing else is said. */
#define SD_DEFAULT_VNODES 128
/** Bytes of a store driver's name in cluster_info and epoch_log, NUL-padded. */
#define SD_STORE_NAME_LEN 16
/** Bytes of an sd_node. */
#define SD_NODE_SIZE 80
/** Bytes of a cluster_info before its nodes. */
#define SD_CLUSTER_INFO_HEAD 48
/** Bytes of a cluster_info with all of them. */
#define SD_CLUSTER_INFO_SIZE 491568

/**
 * Cluster flags (cluster_info.flags, MAKE_FS): X(NAME, bit). Before 0.8 other meanings.
 */
#define SD_CLUSTER_FLAGS(X)                                                                        \
	X(STRICT, 0x0001)                                                                          \
	X(DISKMODE, 0x0002)                                                                        \
	X(AUTO_VNODES, 0x0004)                                                                     \
	X(USE_LOCK, 0x0008)                                                                        \
	X(RECYCLE_VID, 0x0010)                                                                     \
	X(AVOID_DISKFULL, 0x0020)

/** The same by name. */
enum sd_cluster_flag {
	SD_CLUSTER_FLAG_STRICT = 0x0001,	 /**< no write with fewer zones than copies (0.8) */
	SD_CLUSTER_FLAG_DISKMODE = 0x0002,	 /**< the ring is made of disks (0.9) */
	SD_CLUSTER_FLAG_AUTO_VNODES = 0x0004,	 /**< vnodes follow space; each node's own (1.0) */
	SD_CLUSTER_FLAG_USE_LOCK = 0x0008,	 /**< LOCK_VDI locks (0.9.2) */
	SD_CLUSTER_FLAG_RECYCLE_VID = 0x0010,	 /**< vids are used again (1.0) */
	SD_CLUSTER_FLAG_AVOID_DISKFULL = 0x0020, /**< recovery stops before disks are full (1.0) */
};

/** States of a node and of the cluster (cluster_info.status): X(NAME, number). Since 0.7. */
#define SD_STATUSES(X)                                                                             \
	X(OK, 1)                                                                                   \
	X(WAIT, 2)                                                                                 \
	X(SHUTDOWN, 3)                                                                             \
	X(KILLED, 4)

/** The same by name. */
enum sd_status {
	SD_STATUS_OK = 1,	/**< serving */
	SD_STATUS_WAIT = 2,	/**< not formatted, or members are missing */
	SD_STATUS_SHUTDOWN = 3, /**< going down with the cluster */
	SD_STATUS_KILLED = 4,	/**< going down alone */
};

/**
 * What names a node. Identity, and the order of member lists, are addr as 16 bytes and then port as
 * a number; the I/O address is an attribute. (Up to 0.5.5 only addr and port existed.)
 */
struct sd_node_id {
	uint8_t addr[16];    /**<  0: network order; IPv4: the last 4 bytes, the rest zero */
	sd_le16 port;	     /**< 16: not network order */
	uint8_t io_addr[16]; /**< 18: second NIC, zero: none (since 0.5.6) */
	sd_le16 io_port;     /**< 34: 0: no second NIC */
	uint8_t pad[4];	     /**< 36 */
};

/** A member record. (32 bytes in 0x06, 56 without linkage in 0x07 and 0x08, 80 from 0x09 on.) */
struct sd_node {
	uint8_t linkage[24];   /**<  0: tree pointers of the sender's memory: send zero, ignore */
	struct sd_node_id nid; /**< 24 */
	sd_le16 nr_vnodes;     /**< 64: 0: gateway only */
	uint8_t pad[2];	       /**< 66 */
	sd_le32 zone;	       /**< 68: failure domain */
	sd_le64 space;	       /**< 72: bytes of storage */
};

/**
 * The state of the cluster: opaque of joins, answer to CLUSTER_INFO. SD_MAX_NODES member records
 * follow at 48; those past nr_nodes are stale or zero, and drivers may cut them off.
 * (In 0x09 default_store is at 28 and block_size_shift does not exist: older.h.)
 */
struct sd_cluster_info {
	uint8_t proto_ver;	  /**<  0: version of the cluster; JOIN of sheepdog: 0 */
	uint8_t disable_recovery; /**<  1 */
	sd_le16 nr_nodes;	  /**<  2: signed; entries used in nodes[] */
	sd_le32 epoch;		  /**<  4 */
	sd_le64 ctime;		  /**<  8: seconds << 32 | nanoseconds; 0: not formatted */
	sd_le16 flags;		  /**< 16: SD_CLUSTER_FLAG_* */
	uint8_t nr_copies;	  /**< 18 */
	uint8_t copy_policy;	  /**< 19: since 0.8 */
	uint8_t status;		  /**< 20: SD_STATUS_* */
	uint8_t block_size_shift; /**< 21: since 1.0 */
	/*
	 * Three bytes that are padding to sheepdog, in 0x09 too. In a JOIN they tell, with
	 * proto_ver as the highest version, what the joiner speaks; all zero: it does not say.
	 */
	uint8_t family;		/**< 22: SD_FAMILY_* */
	uint8_t level_ver;	/**< 23: version of its cluster as its disk has it, 0: none */
	uint8_t lowest_ver;	/**< 24: the lowest version */
	char default_store[16]; /**< 25: "plain" or "tree" */
	uint8_t pad2[7];	/**< 41 */
};

#endif
