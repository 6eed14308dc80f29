/** @file
 * The cluster drivers: what sheepdog sends through any of them, and the simulated driver's own
 * protocol.
 *
 * Part one is sheepdog's: operations that reach every node as a notification, each as a
 * vdi_op_message. Operations of class CLUSTER_* of the other protocols travel the same way.
 *
 * Part two is ours: the messages of the simulated cluster driver between a node and the hub that
 * puts events into one order. It has a version of its own. All messages have one layout:
 *
 *     0  sd_driver_header (112 bytes)
 *   112  nr_nodes member records of 80 bytes, in member order
 *        text_length bytes of text, without NUL
 *        zeros up to the place that sd_driver_blob_offset() gives
 *        blob_length bytes: an opaque (cluster_info) or a message (vdi_op_message)
 *
 * which of the parts a message uses stands with its type. A part that is not used is absent, or
 * zero in the header. The blob is last and, if it is a page or longer, begins at a multiple of
 * 4096, so that receivers can refer to it instead of copying it.
 */
#ifndef SHEEPSIM_WIRE_DRIVER_H
#define SHEEPSIM_WIRE_DRIVER_H

#include "sheepsim/wire/cluster.h"
#include "sheepsim/wire/header.h"

/** Bytes of a notification: a vdi_op_message with its data. */
#define SD_MAX_EVENT_SIZE 131072

/** What a notification carries; data follow at 96. */
struct sd_vdi_op_message {
	struct sd_req req; /**<  0 */
	struct sd_rsp rsp; /**< 48: result of the body; not filled in where there is none */
};

/** Operations that nodes say to each other through the driver, with version SD_SHEEP_PROTO_VER;
 *  operation.h tells the columns. */
#define SD_OPS_DRIVER(X)                                                                           \
	X(NOTIFY_VDI_DEL, 0x99, CLUSTER_NOTIFY, 1, 0, NONE, NONE, VID, NONE, 0_5, NOW)             \
	X(COMPLETE_RECOVERY, 0xac, CLUSTER_NOTIFY, 1, 0, OBJ, NONE, NODES, NONE, 0_5, NOW)         \
	X(NOTIFY_VDI_ADD, 0xaf, CLUSTER_NOTIFY, 1, 0, VDI_STATE, NONE, NONE, NONE, 0_5_5, NOW)     \
	X(INODE_COHERENCE, 0xc8, CLUSTER_NOTIFY, 0, 0, COHERENCE, NONE, NONE, NONE, 0_9, NOW)

/** What each operation is. */
enum sd_driver_op {
	/**
	 * A VDI's data objects are gone: nodes drop them from their lists of objects.
	 *
	 * From: the node that deletes them. Flag WRITE. Data: u32 vid. Results: SUCCESS.
	 * Needs: nothing. Since 0.5.
	 */
	SD_OP_NOTIFY_VDI_DEL = 0x99,

	/**
	 * The sender has recovered this epoch. When all members have, stale copies are removed.
	 *
	 * From: every node with recovery, when it is done. Request: obj tgt_epoch. Flag WRITE.
	 * Data: the sender's sd_node. Results: SUCCESS. Needs: nothing. Since 0.5; tgt_epoch since
	 * 0.5.4 (before: the header's epoch).
	 */
	SD_OP_COMPLETE_RECOVERY = 0xac,

	/**
	 * There is a VDI: every node notes it, and that the old one has become a snapshot.
	 *
	 * From: the node that runs NEW_VDI, within its block; dog cluster snapshot load.
	 * Request: vdi_state old_vid, new_vid, copies, set_bitmap, copy_policy, block_size_shift.
	 * No data. Results: SUCCESS. Needs: nothing. Since 0.5.5; in this form since 0.6.
	 */
	SD_OP_NOTIFY_VDI_ADD = 0xaf,

	/**
	 * Shared locks: the sender has written the inode (all others' copies go stale), or has read
	 * it anew (its own is current).
	 *
	 * From: gateways of clients with flag TGT. Request: coherence vid, validate. No data.
	 * Results: NO_VDI. Needs: the VDI locked as shared. Since 0.9.
	 */
	SD_OP_INODE_COHERENCE = 0xc8,
};

/* ------------------------------------------------------------------ the simulated driver */

/** First bytes of every message: "SsDr" in memory. */
#define SD_DRIVER_MAGIC 0x72447353

/**
 * Versions that this header describes. A node says its range in JOIN, the hub refuses it if the
 * ranges do not meet, and all that follows has the highest version that both know. The layout
 * above, JOIN and REFUSED are the same in every version, so that a refusal is always understood.
 */
#define SD_DRIVER_VER_LOWEST 1
/** The highest of them. */
#define SD_DRIVER_VER_HIGHEST 1

/** Bytes of the text of a message, at most. */
#define SD_DRIVER_TEXT_MAX 119
/** Bytes of a message, at most: all nodes, a text, and a cluster_info with all nodes. */
#define SD_DRIVER_MESSAGE_MAX 1048576

/** Front of every message. */
struct sd_driver_header {
	sd_le32 magic;	       /**<   0: SD_DRIVER_MAGIC */
	uint8_t version;       /**<   4: of this protocol; JOIN, REFUSED: the sender's highest */
	uint8_t type;	       /**<   5: SD_DRIVER_* */
	sd_le16 flags;	       /**<   6: SD_DRIVER_FLAG_* */
	sd_le64 position;      /**<   8: place of the event in the order; 0: has none */
	sd_le32 length;	       /**<  16: bytes of the whole message */
	sd_le32 nr_nodes;      /**<  20: member records */
	sd_le32 blob_length;   /**<  24: bytes */
	sd_le16 text_length;   /**<  28: bytes */
	uint8_t lowest;	       /**<  30: JOIN, REFUSED: the sender's lowest version */
	uint8_t highest;       /**<  31: JOIN, REFUSED: the sender's highest version */
	struct sd_node record; /**<  32: the node that the message is about */
};

/** Flags of sd_driver_header: X(NAME, bit). */
#define SD_DRIVER_FLAGS(X)                                                                         \
	X(YES, 0x0001)                                                                             \
	X(UNBLOCK, 0x0002)

/** The same by name. */
enum sd_driver_flag {
	SD_DRIVER_FLAG_YES = 0x0001,	 /**< CHECK_REPLY: accepted; BLOCK_REPLY: started */
	SD_DRIVER_FLAG_UNBLOCK = 0x0002, /**< NOTIFIED: it ends the sender's block */
};

/**
 * The messages: X(NAME, type, to, record, nodes, text, blob, flags). to: HUB or NODE; the next four
 * tell whether the message may have that part (1) or never has (0); flags: those that it may have.
 */
#define SD_DRIVER_MESSAGES(X)                                                                      \
	X(JOIN, 1, HUB, 1, 0, 0, 1, 0)                                                             \
	X(CHECK_REPLY, 2, HUB, 1, 0, 1, 1, SD_DRIVER_FLAG_YES)                                     \
	X(LEAVE, 3, HUB, 0, 0, 0, 0, 0)                                                            \
	X(NOTIFY, 4, HUB, 0, 0, 0, 1, 0)                                                           \
	X(BLOCK, 5, HUB, 0, 0, 0, 0, 0)                                                            \
	X(BLOCK_REPLY, 6, HUB, 0, 0, 0, 0, SD_DRIVER_FLAG_YES)                                     \
	X(UNBLOCK, 7, HUB, 0, 0, 0, 1, 0)                                                          \
	X(UPDATE_NODE, 8, HUB, 1, 0, 0, 0, 0)                                                      \
	X(CHECK, 65, NODE, 1, 1, 0, 1, 0)                                                          \
	X(ACCEPT, 66, NODE, 1, 1, 0, 1, 0)                                                         \
	X(LEFT, 67, NODE, 1, 1, 0, 0, 0)                                                           \
	X(NOTIFIED, 68, NODE, 1, 0, 0, 1, SD_DRIVER_FLAG_UNBLOCK)                                  \
	X(BLOCK_OFFER, 69, NODE, 0, 0, 0, 0, 0)                                                    \
	X(UPDATED, 70, NODE, 1, 1, 0, 0, 0)                                                        \
	X(REFUSED, 71, NODE, 0, 0, 1, 0, 0)

/** What each message is. */
enum sd_driver_message_type {
	/** I want to join. record: me; lowest, highest: my versions; blob: my opaque. */
	SD_DRIVER_JOIN = 1,
	/** Answer to CHECK, with its position. record: the joiner; flag YES and blob: accepted with
	 *  this opaque; no flag and text: refused, why. */
	SD_DRIVER_CHECK_REPLY = 2,
	/** I leave the member list, but stay connected. */
	SD_DRIVER_LEAVE = 3,
	/** Tell every member. blob: the message. */
	SD_DRIVER_NOTIFY = 4,
	/** I want to run alone. */
	SD_DRIVER_BLOCK = 5,
	/** Answer to BLOCK_OFFER: flag YES: my work has started; no flag: not yet, offer again. */
	SD_DRIVER_BLOCK_REPLY = 6,
	/** My work is done: end my block and tell every member. blob: the message. */
	SD_DRIVER_UNBLOCK = 7,
	/** My record has changed. record: the new one. */
	SD_DRIVER_UPDATE_NODE = 8,

	/** Judge this joiner. record: the joiner; nodes: the members, without it; blob: its opaque.
	 *  position: that of the accept, if it comes to one. */
	SD_DRIVER_CHECK = 65,
	/** A node is in. record: the joiner; nodes: the members, with it; blob: the opaque as the
	 *  acceptor has left it. */
	SD_DRIVER_ACCEPT = 66,
	/** A node has left or died. record: that node; nodes: the members, without it. */
	SD_DRIVER_LEFT = 67,
	/** Somebody's NOTIFY or (flag UNBLOCK) UNBLOCK. record: the sender; blob: the message. */
	SD_DRIVER_NOTIFIED = 68,
	/** It is your turn to run alone. */
	SD_DRIVER_BLOCK_OFFER = 69,
	/** A node's record has changed. record: the new one; nodes: the members, with it. */
	SD_DRIVER_UPDATED = 70,
	/** Your JOIN is refused; nothing else will come. text: why; lowest, highest: the versions
	 *  that the hub speaks. */
	SD_DRIVER_REFUSED = 71,
};

/** Where the blob of a message begins. */
static inline uint64_t sd_driver_blob_offset(uint32_t nr_nodes, uint16_t text_length,
					     uint32_t blob_length)
{
	uint64_t end =
		sizeof(struct sd_driver_header) + (uint64_t)nr_nodes * SD_NODE_SIZE + text_length;

	if (blob_length < 4096)
		return end;
	return (end + 4095) & ~UINT64_C(4095);
}

#endif
