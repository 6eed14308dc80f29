/** @file
 * The corosync cluster driver: messages that sheep multicast in a CPG group with agreed order.
 *
 * A message is a header of fixed size and msg_len bytes: an opaque (cluster_info) or a
 * vdi_op_message. Joining: the joiner joins the CPG group, which queues its join at all members,
 * and multicasts JOIN with its opaque. Every member judges it, and each that accepts multicasts
 * ACCEPT with its list of members; the first one that is delivered counts, and the joiner takes the
 * list from it. A node that has seen everybody else join is the first. Leaving: LEAVE, or a change
 * of the group. BLOCKs queue apart from the other events; UNBLOCK ends the sender's, and is a
 * NOTIFY then.
 *
 * The layout is that of 0x09 and 0x0a; names that end with _08 are of 0x08. No version is said.
 */
#ifndef SHEEPSIM_WIRE_COROSYNC_H
#define SHEEPSIM_WIRE_COROSYNC_H

#include "sheepsim/wire/older.h"

/**
 * Versions of this protocol; sheepdog has no numbers for them. 1: 0.4; 2: 0.5; 3: 0.5.6 and 0.6
 * (each with longer records); 4: 0.7 (JOIN and ACCEPT in place of request and response,
 * UPDATE_NODE); 5: 0.8 and later (longer records).
 */
#define SD_COROSYNC_VER 5
/** The version that the structures with names that end with _08 are of. */
#define SD_COROSYNC_VER_08 4

/** Name of the CPG group, 8 bytes without a NUL. */
#define SD_COROSYNC_GROUP "sheepdog"
/** Members that a cluster with this driver can have. */
#define SD_COROSYNC_MAX_NODES 1024
/** Bytes that follow a header, at most; a longer cluster_info is cut. */
#define SD_COROSYNC_MSG_MAX 131072
/** Bytes of the header. */
#define SD_COROSYNC_HEADER_SIZE 90208
/** Bytes of the header in 0x08. */
#define SD_COROSYNC_HEADER_SIZE_08 65608
/** Bytes of the header in 0x05, where type and result are 4 bits each. */
#define SD_COROSYNC_HEADER_SIZE_05 36912
/** Bytes of the header in 0x06. */
#define SD_COROSYNC_HEADER_SIZE_06 49216
/** Bytes of the header in 0x07. */
#define SD_COROSYNC_HEADER_SIZE_07 73816

/** Messages since 0x08: X(NAME, type). */
#define SD_COROSYNC_MESSAGES(X)                                                                    \
	X(JOIN, 0)                                                                                 \
	X(ACCEPT, 1)                                                                               \
	X(LEAVE, 2)                                                                                \
	X(NOTIFY, 3)                                                                               \
	X(BLOCK, 4)                                                                                \
	X(UNBLOCK, 5)                                                                              \
	X(UPDATE_NODE, 6)

/** What each message is. */
enum sd_corosync_type {
	SD_COROSYNC_JOIN = 0,	     /**< the sender wants to join; its cluster_info */
	SD_COROSYNC_ACCEPT = 1,	     /**< sender: the joiner; nodes: the members; cluster_info */
	SD_COROSYNC_LEAVE = 2,	     /**< the sender leaves */
	SD_COROSYNC_NOTIFY = 3,	     /**< a vdi_op_message */
	SD_COROSYNC_BLOCK = 4,	     /**< the sender wants to run alone */
	SD_COROSYNC_UNBLOCK = 5,     /**< its work is done; a vdi_op_message */
	SD_COROSYNC_UPDATE_NODE = 6, /**< the sender's record has changed */
};

/** A member. */
struct sd_corosync_node {
	sd_le32 nodeid;	     /**< 0: corosync's */
	sd_le32 pid;	     /**< 4 */
	struct sd_node node; /**< 8 */
};

/** Front of a message; msg_len bytes follow. */
struct sd_corosync_header {
	struct sd_corosync_node sender;			      /**< 0 */
	sd_le16 type;					      /**< 88: SD_COROSYNC_* */
	sd_le16 nr_nodes;				      /**< 90: entries used of nodes */
	sd_le32 msg_len;				      /**< 92: bytes that follow */
	struct sd_corosync_node nodes[SD_COROSYNC_MAX_NODES]; /**< 96: only ACCEPT has them */
};

/** A member in 0x08. */
struct sd_corosync_node_08 {
	sd_le32 nodeid;		/**< 0 */
	sd_le32 pid;		/**< 4 */
	struct sd_node_08 node; /**< 8 */
};

/** Front of a message in 0x08. */
struct sd_corosync_header_08 {
	struct sd_corosync_node_08 sender;			 /**< 0 */
	sd_le16 type;						 /**< 64 */
	sd_le16 nr_nodes;					 /**< 66 */
	sd_le32 msg_len;					 /**< 68 */
	struct sd_corosync_node_08 nodes[SD_COROSYNC_MAX_NODES]; /**< 72 */
};

#endif
