/** @file
 * The peer protocol: sheep <-> sheep. I/O on replicas, object lists, recovery, and what a joining
 * node asks the members. Version SD_SHEEP_PROTO_VER in byte 0, exactly.
 *
 * Operations of class PEER carry the sender's epoch: an older one than the receiver's is refused
 * with OLD_NODE_VER, a newer one waits until the receiver has caught up. An operation on an object
 * that the receiver is recovering waits for it, unless it is a create or has flag RECOVERY.
 *
 * Results that every operation can have: VER_MISMATCH, WAIT_FOR_FORMAT, WAIT_FOR_JOIN, SHUTDOWN,
 * KILLED. They are not repeated below.
 */
#ifndef SHEEPSIM_WIRE_PEER_H
#define SHEEPSIM_WIRE_PEER_H

#include "sheepsim/wire/cluster.h"
#include "sheepsim/wire/header.h"

/** Header flags of READ_PEER: X(NAME, bit). */
#define SD_FLAGS_PEER(X)                                                                           \
	X(RECOVERY, 0x0080)                                                                        \
	X(WILDCARD, 0x0100)

/** The same by name. */
enum sd_peer_flag {
	SD_FLAG_CMD_RECOVERY = 0x0080, /**< a stale copy of tgt_epoch will do; do not wait */
	SD_FLAG_CMD_WILDCARD = 0x0100, /**< any stale copy will do (since 0.9.3) */
};

/** What the VDI's lock is (vdi_state.lock_state): X(NAME, number). Since 0.9. */
#define SD_LOCK_STATES(X)                                                                          \
	X(UNLOCKED, 1)                                                                             \
	X(LOCKED, 2)                                                                               \
	X(SHARED, 3)

/** The same by name. */
enum sd_lock_state {
	SD_LOCK_STATE_UNLOCKED = 1,
	SD_LOCK_STATE_LOCKED = 2, /**< by lock_owner */
	SD_LOCK_STATE_SHARED = 3, /**< by the participants */
};

/** What a holder of a shared lock knows of the inode: X(NAME, number). Since 0.9. */
#define SD_SHARED_LOCK_STATES(X)                                                                   \
	X(MODIFIED, 1)                                                                             \
	X(SHARED, 2)                                                                               \
	X(INVALIDATED, 3)

/** The same by name. */
enum sd_shared_lock_state {
	SD_SHARED_LOCK_STATE_MODIFIED = 1,    /**< the only one that has changed it */
	SD_SHARED_LOCK_STATE_SHARED = 2,      /**< the current one */
	SD_SHARED_LOCK_STATE_INVALIDATED = 3, /**< an old one: must read it again */
};

/** Bytes of a vdi_state. */
#define SD_VDI_STATE_SIZE 1428

/**
 * What a node knows of a VDI: GET_VDI_COPIES, VDI_STATE_CHECKPOINT_CTL.
 * (8 bytes up to 0.8; 1420 in 0.9, without deleted, block_size_shift and parent_vid.)
 */
struct sd_vdi_state {
	sd_le32 vid;				       /**<   0 */
	uint8_t nr_copies;			       /**<   4 */
	uint8_t snapshot;			       /**<   5 */
	uint8_t deleted;			       /**<   6: since 1.0 */
	uint8_t copy_policy;			       /**<   7 */
	uint8_t block_size_shift;		       /**<   8: since 1.0 */
	uint8_t pad[3];				       /**<   9 */
	sd_le32 parent_vid;			       /**<  12: since 1.0 */
	sd_le32 lock_state;			       /**<  16: SD_LOCK_STATE_* */
	struct sd_node_id lock_owner;		       /**<  20: gateway with the normal lock */
	sd_le32 nr_participants;		       /**<  60 */
	sd_le32 participants_state[SD_MAX_COPIES];     /**< 64: SD_SHARED_LOCK_STATE_* */
	struct sd_node_id participants[SD_MAX_COPIES]; /**< 188: gateways with the shared lock */
};

/** The operations; operation.h tells the columns. */
#define SD_OPS_PEER(X)                                                                             \
	X(GET_OBJ_LIST, 0xa1, LOCAL, 0, 0, OBJ, NONE, NONE, OIDS, 0_3, NOW)                        \
	X(GET_EPOCH, 0xa2, LOCAL, 0, 0, OBJ, NONE, NONE, EPOCH, 0_3, NOW)                          \
	X(CREATE_AND_WRITE_PEER, 0xa3, PEER, 0, 0, OBJ, OBJ, OBJECT, NONE, 0_3, NOW)               \
	X(READ_PEER, 0xa4, PEER, 0, 0, OBJ, OBJ, NONE, OBJECT, 0_3, NOW)                           \
	X(WRITE_PEER, 0xa5, PEER, 0, 0, OBJ, OBJ, OBJECT, NONE, 0_3, NOW)                          \
	X(REMOVE_PEER, 0xa6, PEER, 0, 0, OBJ, OBJ, NONE, NONE, 0_3, NOW)                           \
	X(GET_VDI_COPIES, 0xab, LOCAL, 1, 0, NONE, NONE, NONE, VDI_STATES, 0_5, NOW)               \
	X(FLUSH_NODES, 0xad, NONE, 0, 0, OBJ, NONE, NONE, NONE, 0_5, 0_6)                          \
	X(FLUSH_PEER, 0xae, NONE, 0, 0, OBJ, NONE, NONE, NONE, 0_5, 0_6)                           \
	X(GET_HASH, 0xb4, LOCAL, 0, 0, OBJ, HASH, NONE, NONE, 0_6, NOW)                            \
	X(DECREF_OBJ, 0xc1, GATEWAY, 0, 0, REF, NONE, NONE, NONE, 0_9, NOW)                        \
	X(DECREF_PEER, 0xc2, PEER, 0, 0, REF, NONE, NONE, NONE, 0_9, NOW)                          \
	X(VDI_STATE_CHECKPOINT_CTL, 0xc7, LOCAL, 0, 0, CHECKPOINT, NONE, NONE, VDI_STATES, 0_9,    \
	  NOW)                                                                                     \
	X(GET_VNODES, 0xcd, LOCAL, 0, 0, NONE, NONE, NONE, NUMBER, 1_0, NOW)                       \
	X(CAN_SPEAK, 0xf0, LOCAL, 1, 0, LEVEL, NONE, NONE, NONE, OURS, NOW)

/** What each operation is. */
enum sd_peer_op {
	/**
	 * The ids of all objects that the receiver holds, stale ones included.
	 *
	 * From: nodes in recovery, to every member, themselves included.
	 * Request: obj tgt_epoch (the epoch that recovery is for; nobody reads it).
	 * Payload: none; back: u64 ids, ascending.
	 * Results: BUFFER_SMALL (ask again with more room), NO_MEM.
	 * Needs: a formatted cluster. Since 0.3; stale copies since 0.6.
	 */
	SD_OP_GET_OBJ_LIST = 0xa1,

	/**
	 * The members of an epoch.
	 *
	 * From: nodes whose log of it is missing.
	 * Request: obj tgt_epoch; data_length at least 80 * members + 8.
	 * Payload: none; back: sd_node records, then u64 Unix seconds.
	 * Results: NO_TAG (no such epoch), BUFFER_SMALL.
	 * Needs: a formatted cluster. Since 0.3.
	 */
	SD_OP_GET_EPOCH = 0xa2,

	/**
	 * Creates a replica or strip, or replaces the one that is there, in one step.
	 *
	 * From: gateways, to every target, themselves included; dog vdi check.
	 * Request: epoch; obj oid, offset, copy_policy, ec_index (place in the list of targets).
	 * Flag WRITE. Payload: the data; none back.
	 * Results: OLD_NODE_VER, NO_SPACE, NETWORK_ERROR (also: the disk is gone).
	 * Needs: a formatted cluster. Since 0.3; ec_index since 0.8.
	 */
	SD_OP_CREATE_AND_WRITE_PEER = 0xa3,

	/**
	 * Reads a replica or strip.
	 *
	 * From: gateways, recovery, dog vdi check.
	 * Request: epoch; obj oid, offset, copy_policy, ec_index; data_length: bytes wanted. With
	 * flag RECOVERY tgt_epoch: the copy of that epoch will do if there is no current one; with
	 * WILDCARD any.
	 * Payload: none; back: exactly data_length bytes. rsp.obj.offset is 0.
	 * Results: NO_OBJ (also: the receiver is a gateway), OLD_NODE_VER, NETWORK_ERROR.
	 * Needs: a formatted cluster. Since 0.3.
	 */
	SD_OP_READ_PEER = 0xa4,

	/**
	 * Writes to a replica or strip that exists; the epoch is looked at again when it is
	 * written.
	 *
	 * From: gateways, dog vdi check. Request and payload: as CREATE_AND_WRITE_PEER.
	 * Results: NO_OBJ, OLD_NODE_VER, NO_SPACE, NETWORK_ERROR.
	 * Needs: a formatted cluster. Since 0.3.
	 */
	SD_OP_WRITE_PEER = 0xa5,

	/**
	 * Removes a replica or strip.
	 *
	 * From: gateways. Request: epoch; obj oid, ec_index. No payload.
	 * Results: NO_OBJ, OLD_NODE_VER, NETWORK_ERROR.
	 * Needs: a formatted cluster. Since 0.3.
	 */
	SD_OP_REMOVE_PEER = 0xa6,

	/**
	 * All VDIs that the receiver knows.
	 *
	 * From: nodes, when somebody joins; dog vdi lock.
	 * Payload: none; back: vdi_state records by vid.
	 * Results: BUFFER_SMALL (ask again with twice the room).
	 * Needs: nothing. Since 0.5.
	 */
	SD_OP_GET_VDI_COPIES = 0xab,

	/**
	 * Flushes the caches of all nodes.
	 *
	 * Obsolete (since 0.5, not since 0.6). From: sheep. What it carried there is not known;
	 * no payload now. Results: answered as unknown (INVALID_PARMS). Needs: nothing.
	 */
	SD_OP_FLUSH_NODES = 0xad,
	/**
	 * Flushes the receiver's disk cache.
	 *
	 * Obsolete (since 0.5, not since 0.6). From: sheep. What it carried there is not known; no
	 * payload now. Results: answered as unknown (INVALID_PARMS). Needs: nothing.
	 */
	SD_OP_FLUSH_PEER = 0xae,

	/**
	 * The SHA-1 of an object as the receiver has it.
	 *
	 * From: recovery, which so finds that its stale copy is current; dog vdi check.
	 * Request: obj oid, tgt_epoch. No payload. Response: hash digest.
	 * Results: NO_OBJ, EIO, NO_MEM, NO_SUPPORT.
	 * Needs: a formatted cluster. Since 0.6; plain SHA-1 of the whole since 0.7.6.
	 */
	SD_OP_GET_HASH = 0xb4,

	/**
	 * Takes a reference of a data object back, all over the cluster.
	 *
	 * From: nodes, to their own gateway. Request: ref oid (of the ledger), generation, count.
	 * Flag FWD. No payload. Results: as DECREF_PEER.
	 * Needs: a formatted cluster. Since 0.9.
	 */
	SD_OP_DECREF_OBJ = 0xc1,

	/**
	 * Counts one reference less in this generation and `count` more in the next, in the
	 * receiver's replica of the ledger object; a ledger of zeros is removed, and the first of
	 * its nodes removes the data object.
	 *
	 * From: gateways. Request: epoch; ref oid, generation (below 1048575), count. No payload.
	 * (Gateways leave the replica's number at 34, as in all requests that they forward.)
	 * Results: OLD_NODE_VER, and those of reading and writing the ledger.
	 * Needs: a formatted cluster. Since 0.9.
	 */
	SD_OP_DECREF_PEER = 0xc2,

	/**
	 * Fetches or frees the lock state of a VDI as it was at an epoch.
	 *
	 * From: nodes that join a cluster with locks. Request: checkpoint get, tgt_epoch, vid.
	 * Payload: none; back, with get: one vdi_state. Without USE_LOCK: SUCCESS and none.
	 * Results: NO_CHECKPOINT_ENTRY, AGAIN (not taken yet).
	 * Needs: a formatted cluster. Since 0.9; one VDI at a time since 1.0.
	 */
	SD_OP_VDI_STATE_CHECKPOINT_CTL = 0xc7,

	/**
	 * The receiver's number of virtual nodes.
	 *
	 * From: gateway-only nodes during MAKE_FS. Payload: none; back: i32.
	 * Results: SUCCESS. Needs: a formatted cluster. Since 1.0.
	 */
	SD_OP_GET_VNODES = 0xcd,

	/**
	 * Not in sheepdog, which answers INVALID_PARMS: can the receiver speak this version? If so,
	 * it takes peer requests of that version from now on, beside those of the cluster's.
	 *
	 * From: the node that is asked to SET_LEVEL, to every member. Request: level version,
	 * family. No payload. Results: VER_MISMATCH (it cannot). Needs: nothing.
	 */
	SD_OP_CAN_SPEAK = 0xf0,
};

#endif
