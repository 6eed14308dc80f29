/** @file
 * The admin protocol: dog <-> sheep. Format, information, recovery control, disks, shutdown.
 * Version SD_ADMIN_PROTO_VER in byte 0, exactly.
 *
 * Results that every operation can have: VER_MISMATCH, WAIT_FOR_FORMAT, WAIT_FOR_JOIN, SHUTDOWN,
 * KILLED; those of class CLUSTER_* also CLUSTER_ERROR. They are not repeated below.
 */
#ifndef SHEEPSIM_WIRE_ADMIN_H
#define SHEEPSIM_WIRE_ADMIN_H

#include "sheepsim/wire/cluster.h"
#include "sheepsim/wire/header.h"

/**
 * Version of this protocol. A number of its own: that it is the peer protocol's is how sheepdog
 * counts, which raises both together (so dog of another release is refused).
 */
#define SD_ADMIN_PROTO_VER 0x0a

/** Bytes of the trace buffer, as much as TRACE_READ_BUF can give at once. */
#define SD_TRACE_BUF_SIZE (20u << 20)
/** Disks that a node can have. */
#define SD_MD_MAX_DISKS 64
/** Bytes of a disk's path, NUL-padded. */
#define SD_MD_PATH_LEN 4096
/** Log levels are 0 (nothing works any more) to 7 (debug). */
#define SD_MAX_LOGLEVEL 7

/** Header flags of GET_VDI_ATTR: X(NAME, bit). CREAT is the same bit as WILDCARD. */
#define SD_FLAGS_VDI_ATTR(X)                                                                       \
	X(CREAT, 0x0100)                                                                           \
	X(EXCL, 0x0200)                                                                            \
	X(DEL, 0x0400)

/** The same by name. */
enum sd_vdi_attr_flag {
	SD_FLAG_CMD_CREAT = 0x0100, /**< make it if it is not there */
	SD_FLAG_CMD_EXCL = 0x0200,  /**< and fail if it is */
	SD_FLAG_CMD_DEL = 0x0400,   /**< delete it */
};

/** What recovery is doing (recovery_state.state): X(NAME, number). Since 0.7. */
#define SD_RECOVERY_STATES(X)                                                                      \
	X(PREPARE_LIST, 0)                                                                         \
	X(RECOVER_OBJ, 1)                                                                          \
	X(NOTIFY_COMPLETION, 2)

/** The same by name. */
enum sd_recovery_state_name {
	SD_RECOVERY_STATE_PREPARE_LIST = 0,	 /**< collecting object lists */
	SD_RECOVERY_STATE_RECOVER_OBJ = 1,	 /**< fetching objects */
	SD_RECOVERY_STATE_NOTIFY_COMPLETION = 2, /**< telling the others */
};

/** One disk. */
struct sd_md_info {
	sd_le32 idx;		   /**<  0: signed */
	sd_le32 pad;		   /**<  4 */
	sd_le64 free;		   /**<  8: bytes */
	sd_le64 used;		   /**< 16: bytes */
	char path[SD_MD_PATH_LEN]; /**< 24 */
};

/** All disks: MD_INFO. */
struct sd_md_info_list {
	struct sd_md_info md[SD_MD_MAX_DISKS]; /**<      0 */
	sd_le32 nr;			       /**< 263680: signed; entries used */
	sd_le32 pad;			       /**< 263684 */
};

/** How far recovery is: STAT_RECOVERY. */
struct sd_recovery_state {
	uint8_t in_recovery; /**<  0 */
	uint8_t pad[3];	     /**<  1 */
	sd_le32 state;	     /**<  4: SD_RECOVERY_STATE_* */
	sd_le64 nr_finished; /**<  8: objects */
	sd_le64 nr_total;    /**< 16: objects */
};

/** GET_RECOVERY, SET_RECOVERY. sheepdog leaves the padding as memory was. */
struct sd_recovery_throttling {
	sd_le32 max_exec_count;	     /**<  0: objects at once */
	sd_le32 pad;		     /**<  4 */
	sd_le64 queue_work_interval; /**<  8: ms between them */
	uint8_t throttling;	     /**< 16: both numbers above 0; set by the receiver */
	uint8_t pad2[7];	     /**< 17 */
};

/** A node's own settings, on its disk only: a store driver that overrides the cluster's. */
struct sd_node_info {
	char store[SD_STORE_NAME_LEN]; /**< 0 */
};

/** Counters of a node since it started: STAT. Since 0.8. */
struct sd_stat {
	sd_le64 gway_active; /**<   0: requests under way */
	sd_le64 peer_active; /**<   8 */
	sd_le64 gway_total;  /**<  16: requests */
	sd_le64 peer_total;  /**<  24 */
	sd_le64 gway_rx;     /**<  32: bytes */
	sd_le64 gway_tx;     /**<  40 */
	sd_le64 peer_rx;     /**<  48 */
	sd_le64 peer_tx;     /**<  56 */
	sd_le64 gway_remove; /**<  64: requests of that kind */
	sd_le64 gway_read;   /**<  72 */
	sd_le64 gway_write;  /**<  80 */
	sd_le64 gway_flush;  /**<  88 */
	sd_le64 peer_remove; /**<  96 */
	sd_le64 peer_read;   /**< 104 */
	sd_le64 peer_write;  /**< 112 */
};

/** The operations; operation.h tells the columns. */
#define SD_OPS_ADMIN(X)                                                                            \
	X(GET_NODE_LIST, 0x82, LOCAL, 1, 0, NONE, NODE, NONE, NODES, 0_3, NOW)                     \
	X(MAKE_FS, 0x84, CLUSTER_NOTIFY, 1, 1, CLUSTER, NONE, TEXT, NONE, 0_3, NOW)                \
	X(SHUTDOWN, 0x85, CLUSTER_NOTIFY, 1, 1, NONE, NONE, NONE, NONE, 0_3, NOW)                  \
	X(STAT_SHEEP, 0x86, LOCAL, 0, 0, NONE, NODE, NONE, NONE, 0_3, NOW)                         \
	X(STAT_CLUSTER, 0x87, LOCAL, 1, 0, CLUSTER, NONE, NONE, LOGS, 0_3, NOW)                    \
	X(GET_VDI_ATTR, 0x89, CLUSTER_BLOCK, 0, 0, VDI, VDI, ATTR, NONE, 0_3, NOW)                 \
	X(FORCE_RECOVER, 0x8a, CLUSTER_BLOCK, 1, 1, NONE, NONE, NONE, NODES, 0_3, NOW)             \
	X(GET_STORE_LIST, 0x90, LOCAL, 1, 0, NONE, NONE, NONE, TEXT, 0_4, NOW)                     \
	X(SNAPSHOT, 0x91, NONE, 0, 0, NONE, NONE, NONE, NONE, 0_4, 0_6)                            \
	X(RESTORE, 0x92, NONE, 0, 0, NONE, NONE, NONE, NONE, 0_4, 0_6)                             \
	X(GET_SNAP_FILE, 0x93, NONE, 0, 0, NONE, NONE, NONE, NONE, 0_4, 0_6)                       \
	X(CLEANUP, 0x94, CLUSTER_NOTIFY, 1, 0, NONE, NONE, NONE, NONE, 0_4, NOW)                   \
	X(TRACE_STATUS, 0x95, LOCAL, 1, 0, NONE, NONE, NONE, TEXT, 0_7, NOW)                       \
	X(TRACE_READ_BUF, 0x96, LOCAL, 1, 0, NONE, NONE, NONE, DATA, 0_5, NOW)                     \
	X(STAT_RECOVERY, 0x97, LOCAL, 0, 0, NONE, NONE, NONE, RECOVERY, 0_4, NOW)                  \
	X(FLUSH_DEL_CACHE, 0x98, LOCAL, 0, 0, OBJ, NONE, NONE, NONE, 0_4, 1_0)                     \
	X(KILL_NODE, 0x9a, LOCAL, 1, 1, NONE, NONE, NONE, NONE, 0_5, NOW)                          \
	X(TRACE_ENABLE, 0x9b, LOCAL, 1, 0, NONE, NONE, TEXT, NONE, 0_7, NOW)                       \
	X(TRACE_DISABLE, 0x9c, LOCAL, 1, 0, NONE, NONE, TEXT, NONE, 0_7, NOW)                      \
	X(ENABLE_RECOVER, 0xa8, CLUSTER_NOTIFY, 0, 1, NONE, NONE, NONE, NONE, 0_5, NOW)            \
	X(DISABLE_RECOVER, 0xa9, CLUSTER_NOTIFY, 0, 1, NONE, NONE, NONE, NONE, 0_5, NOW)           \
	X(DELETE_CACHE, 0xb0, CLUSTER_NOTIFY, 0, 0, OBJ, NONE, NONE, NONE, 0_5_6, 1_0)             \
	X(MD_INFO, 0xb1, LOCAL, 0, 0, NONE, NONE, NONE, DISKS, 0_6, NOW)                           \
	X(MD_PLUG, 0xb2, LOCAL, 0, 1, NONE, NONE, TEXT, NONE, 0_6, NOW)                            \
	X(MD_UNPLUG, 0xb3, LOCAL, 0, 1, NONE, NONE, TEXT, NONE, 0_6, NOW)                          \
	X(REWEIGHT, 0xb5, CLUSTER_NOTIFY, 0, 1, NONE, NONE, NONE, NONE, 0_6, NOW)                  \
	X(GET_CACHE_INFO, 0xb6, NONE, 0, 0, NONE, NONE, NONE, NONE, 0_7, 1_0)                      \
	X(CACHE_PURGE, 0xb7, NONE, 0, 0, NONE, NONE, NONE, NONE, 0_8, 1_0)                         \
	X(STAT, 0xb8, LOCAL, 0, 0, NONE, NONE, NONE, STAT, 0_8, NOW)                               \
	X(GET_LOGLEVEL, 0xb9, LOCAL, 1, 0, NONE, NONE, NONE, NUMBER, 0_7_6, NOW)                   \
	X(SET_LOGLEVEL, 0xba, LOCAL, 1, 0, NONE, NONE, NUMBER, NONE, 0_7_6, NOW)                   \
	X(NFS_CREATE, 0xbb, NONE, 0, 0, NONE, NONE, NONE, NONE, 0_9, NOW)                          \
	X(NFS_DELETE, 0xbc, NONE, 0, 0, NONE, NONE, NONE, NONE, 0_9, NOW)                          \
	X(EXIST, 0xbd, LOCAL, 1, 0, OBJ, NONE, NONE, NONE, 0_9, NOW)                               \
	X(CLUSTER_INFO, 0xbe, LOCAL, 1, 0, NONE, NONE, NONE, CLUSTER_INFO, 0_9, NOW)               \
	X(ALTER_CLUSTER_COPY, 0xbf, CLUSTER_NOTIFY, 0, 1, CLUSTER, NONE, NONE, NONE, 0_9, NOW)     \
	X(ALTER_VDI_COPY, 0xc0, CLUSTER_NOTIFY, 0, 1, VDI_STATE, NONE, NONE, NONE, 0_9, NOW)       \
	X(PREVENT_INODE_UPDATE, 0xc3, NONE, 0, 0, NONE, NONE, NONE, NONE, 0_9, 1_0)                \
	X(ALLOW_INODE_UPDATE, 0xc4, NONE, 0, 0, NONE, NONE, NONE, NONE, 0_9, 1_0)                  \
	X(REPAIR_REPLICA, 0xc5, LOCAL, 0, 0, FORW, NONE, NONE, NONE, 0_9, NOW)                     \
	X(OIDS_EXIST, 0xc6, LOCAL, 1, 0, NONE, NONE, OIDS, OIDS, 0_9, NOW)                         \
	X(READ_DEL_VDIS, 0xc9, LOCAL, 1, 0, NONE, NONE, NONE, BITMAP, 1_0, NOW)                    \
	X(GET_RECOVERY, 0xca, LOCAL, 1, 0, NONE, NONE, NONE, THROTTLING, 0_9_3, NOW)               \
	X(SET_RECOVERY, 0xcb, LOCAL, 1, 0, NONE, NONE, THROTTLING, NONE, 0_9_3, NOW)               \
	X(SET_VNODES, 0xcc, LOCAL, 0, 0, NONE, NONE, NUMBER, NONE, 1_0, NOW)                       \
	X(SET_LEVEL, 0xf1, CLUSTER_BLOCK, 1, 1, LEVEL, NONE, NONE, NONE, OURS, NOW)

/** What each operation is. */
enum sd_admin_op {
	/**
	 * The members, in order.
	 *
	 * From: dog, before nearly everything. Request: data_length at least 80 * members (dog:
	 * 491520). Payload: none; back: sd_node records. Response: node nr_nodes.
	 * Results: BUFFER_SMALL (sheepdog itself writes past its memory).
	 * Needs: nothing. Since 0.3.
	 */
	SD_OP_GET_NODE_LIST = 0x82,

	/**
	 * Formats: every node empties its store and begins with epoch 1.
	 *
	 * From: dog cluster format. Request: cluster copies (0: 3), copy_policy, flags, ctime,
	 * block_size_shift (0: 22). Flag WRITE. Payload: name of the store driver, with NUL.
	 * Results: NO_STORE, EIO, and INVALID_PARMS.
	 * Needs: nothing. Since 0.3.
	 */
	SD_OP_MAKE_FS = 0x84,

	/**
	 * Shuts the cluster down: status SHUTDOWN everywhere, nodes end when they are idle.
	 *
	 * From: dog cluster shutdown. No payload. Results: SUCCESS. Needs: nothing. Since 0.3.
	 */
	SD_OP_SHUTDOWN = 0x85,

	/**
	 * Space of the receiver.
	 *
	 * From: dog node info. No payload. Response: node store_size, store_free; 0 on a gateway.
	 * Results: SUCCESS. Needs: a formatted cluster. Since 0.3.
	 */
	SD_OP_STAT_SHEEP = 0x86,

	/**
	 * Status of the cluster, and its epochs.
	 *
	 * From: dog, nearly always. Request: cluster nodes_nr = n, the slots for nodes in a record.
	 * Payload: none; back: as many epoch_log records of 48 + 80 * n bytes as there are and fit,
	 * newest first; creation time, copies, flags and driver name in the first only.
	 * Results: the status: SUCCESS, WAIT_FOR_FORMAT, WAIT_FOR_JOIN, SHUTDOWN; BUFFER_SMALL (n
	 * is too small), SYSTEM_ERROR.
	 * Needs: nothing. Since 0.3; n since 0.9.
	 */
	SD_OP_STAT_CLUSTER = 0x87,

	/**
	 * Finds, makes or deletes an attribute of a VDI. The client then reads the object itself.
	 *
	 * From: dog vdi setattr, getattr. Request: vdi snapid; flags WRITE, and CREAT, EXCL, DEL.
	 * Payload: an attribute (object.h); none back. Response: vdi vdi_id (the hash of the name),
	 * attr_id, copies.
	 * Results: NO_OBJ, VDI_EXIST (with EXCL), NO_VDI, NO_TAG, FULL_VDI, EIO, INVALID_PARMS.
	 * Needs: a formatted cluster. Since 0.3.
	 */
	SD_OP_GET_VDI_ATTR = 0x89,

	/**
	 * Starts a cluster that waits for members, without them: a new epoch, and recovery.
	 *
	 * From: dog cluster recover force. Request: data_length at least 80 * members of the last
	 * epoch, no flag WRITE. Payload: none; back: the members of the last epoch.
	 * Results: FORCE_RECOVER (not waiting, or the epoch has moved), INVALID_PARMS.
	 * Needs: a formatted cluster that waits. Since 0.3; the list since 0.6.
	 */
	SD_OP_FORCE_RECOVER = 0x8a,

	/**
	 * Names of the store drivers.
	 *
	 * From: dog cluster format. Payload: none; back: "tree plain " with NUL, cut to the room.
	 * Results: SUCCESS. Needs: nothing. Since 0.4.
	 */
	SD_OP_GET_STORE_LIST = 0x90,

	/**
	 * Takes a snapshot of the cluster.
	 *
	 * Obsolete (since 0.4, not since 0.6). From: collie cluster snapshot. What it carried there
	 * is not known; no payload now. Results: answered as unknown (INVALID_PARMS). Needs:
	 * nothing.
	 */
	SD_OP_SNAPSHOT = 0x91,
	/**
	 * Goes back to such a snapshot.
	 *
	 * Obsolete (since 0.4, not since 0.6). From: collie cluster snapshot. What it carried there
	 * is not known; no payload now. Results: answered as unknown (INVALID_PARMS). Needs:
	 * nothing.
	 */
	SD_OP_RESTORE = 0x92,
	/**
	 * Lists such snapshots.
	 *
	 * Obsolete (since 0.4, not since 0.6). From: collie cluster snapshot. What it carried there
	 * is not known; no payload now. Results: answered as unknown (INVALID_PARMS). Needs:
	 * nothing.
	 */
	SD_OP_GET_SNAP_FILE = 0x93,

	/**
	 * Every node removes its stale objects now.
	 *
	 * From: nobody any more. No payload. Results: NODE_IN_RECOVERY, NO_SUPPORT.
	 * Needs: nothing. Since 0.4.
	 */
	SD_OP_CLEANUP = 0x94,

	/**
	 * Tracers and whether they are on; without tracing no data.
	 *
	 * From: dog trace. Payload: none; back: text. Results: NO_SUPPORT. Needs: nothing.
	 * Since 0.7.
	 */
	SD_OP_TRACE_STATUS = 0x95,

	/**
	 * The next piece of the trace buffer.
	 *
	 * From: dog trace. Payload: none; back: bytes. Results: AGAIN. Needs: nothing. Since 0.5.
	 */
	SD_OP_TRACE_READ_BUF = 0x96,

	/**
	 * How far the receiver's recovery is.
	 *
	 * From: dog node recovery. Request: data_length at least 24. Payload: none; back: a
	 * recovery_state.
	 * Results: BUFFER_SMALL. Needs: a formatted cluster. Since 0.4; the payload since 0.7.
	 */
	SD_OP_STAT_RECOVERY = 0x97,

	/**
	 * Obsolete: deleted the cached objects of a VDI; now does nothing.
	 *
	 * From: sheepfs, with version 0, so that it always gets VER_MISMATCH. Request: obj oid. No
	 * payload. Results: SUCCESS. Needs: a formatted cluster. Since 0.4.
	 */
	SD_OP_FLUSH_DEL_CACHE = 0x98,

	/**
	 * Ends the receiver when it is idle.
	 *
	 * From: dog node kill. No payload. Results: SUCCESS. Needs: nothing. Since 0.5.
	 */
	SD_OP_KILL_NODE = 0x9a,

	/**
	 * Switches a tracer on.
	 *
	 * From: dog trace. Flag WRITE. Payload: its name with NUL; none back.
	 * Results: INVALID_PARMS, NO_SUPPORT, AGAIN; SUCCESS without effect where sheep is built
	 * without tracing. Needs: nothing. Since 0.7.
	 */
	SD_OP_TRACE_ENABLE = 0x9b,

	/**
	 * Switches a tracer off.
	 *
	 * From: dog trace. Flag WRITE. Payload: its name with NUL; none back.
	 * Results: those of TRACE_ENABLE. Needs: nothing. Since 0.7.
	 */
	SD_OP_TRACE_DISABLE = 0x9c,

	/**
	 * Switches recovery on again, and resumes it.
	 *
	 * From: dog cluster recover. No payload. Results: SUCCESS. Needs: a formatted cluster.
	 * Since 0.5.
	 */
	SD_OP_ENABLE_RECOVER = 0xa8,

	/**
	 * Switches recovery off on every node.
	 *
	 * From: dog cluster recover. No payload. Results: SUCCESS. Needs: a formatted cluster.
	 * Since 0.5.
	 */
	SD_OP_DISABLE_RECOVER = 0xa9,

	/**
	 * Obsolete: deleted the cached objects of a VDI on every node; now does nothing.
	 *
	 * From: libsheepdog, which needs SUCCESS. Request: obj oid. No payload.
	 * Results: SUCCESS. Needs: a formatted cluster. Since 0.5.6.
	 */
	SD_OP_DELETE_CACHE = 0xb0,

	/**
	 * The receiver's disks.
	 *
	 * From: dog node md info. Request: data_length exactly 263688. Payload: none; back: an
	 * md_info_list.
	 * Results: UNKNOWN, INVALID_PARMS (sheepdog itself aborts).
	 * Needs: a formatted cluster. Since 0.6.
	 */
	SD_OP_MD_INFO = 0xb1,

	/**
	 * Adds disks to the receiver; they are emptied, and recovery starts.
	 *
	 * From: dog node md plug. Flag WRITE. Payload: paths with commas between them, and NUL;
	 * none back. Results: UNKNOWN (nothing has changed). Needs: a formatted cluster. Since 0.6.
	 */
	SD_OP_MD_PLUG = 0xb2,

	/**
	 * Takes disks from the receiver; without disks it leaves.
	 *
	 * From: dog node md unplug. Flag WRITE. Payload: paths with commas between them, and NUL;
	 * none back. Results: UNKNOWN (nothing has changed). Needs: a formatted cluster. Since 0.6.
	 */
	SD_OP_MD_UNPLUG = 0xb3,

	/**
	 * Every node measures its space again, and says so to the cluster if it has moved by 1 % or
	 * more.
	 *
	 * From: dog cluster reweight. No payload. Results: NO_SUPPORT (by the cluster driver).
	 * Needs: a formatted cluster. Since 0.6.
	 */
	SD_OP_REWEIGHT = 0xb5,

	/**
	 * Tells the state of the object cache.
	 *
	 * Obsolete (since 0.7, not since 1.0). From: dog vdi cache. What it carried there is not
	 * known; no payload now. Results: answered as unknown (INVALID_PARMS). Needs:
	 * nothing.
	 */
	SD_OP_GET_CACHE_INFO = 0xb6,
	/**
	 * Empties the object cache.
	 *
	 * Obsolete (since 0.8, not since 1.0). From: dog vdi cache. What it carried there is not
	 * known; no payload now. Results: answered as unknown (INVALID_PARMS). Needs:
	 * nothing.
	 */
	SD_OP_CACHE_PURGE = 0xb7,

	/**
	 * The receiver's counters.
	 *
	 * From: dog node stat. Request: data_length at least 120. Payload: none; back: a stat.
	 * Results: BUFFER_SMALL. Needs: a formatted cluster. Since 0.8.
	 */
	SD_OP_STAT = 0xb8,

	/**
	 * The receiver's log level.
	 *
	 * From: dog node log. Request: data_length at least 4. Payload: none; back: i32.
	 * Results: BUFFER_SMALL. Needs: nothing. Since 0.7.6.
	 */
	SD_OP_GET_LOGLEVEL = 0xb9,

	/**
	 * Sets the receiver's log level.
	 *
	 * From: dog node log. Flag WRITE. Payload: i32, 0-7; none back.
	 * Results: INVALID_PARMS. Needs: nothing. Since 0.7.6.
	 */
	SD_OP_SET_LOGLEVEL = 0xba,

	/**
	 * Makes an NFS export, in builds with NFS only.
	 *
	 * From: dog nfs. What it carries there is not known; no payload here.
	 * Results: answered as unknown in the default build. Needs: nothing. Since 0.9.
	 */
	SD_OP_NFS_CREATE = 0xbb,
	/**
	 * Takes an NFS export back, in builds with NFS only.
	 *
	 * From: dog nfs. What it carries there is not known; no payload here.
	 * Results: answered as unknown in the default build. Needs: nothing. Since 0.9.
	 */
	SD_OP_NFS_DELETE = 0xbc,

	/**
	 * Whether the receiver has the object.
	 *
	 * From: dog vdi object location. Request: obj oid. No payload.
	 * Results: SUCCESS, NO_OBJ. Needs: nothing (sheepdog itself crashes before format).
	 * Since 0.9.
	 */
	SD_OP_EXIST = 0xbd,

	/**
	 * The whole cluster_info.
	 *
	 * From: dog, libsheepdog. Request: data_length at least 491568. Payload: none; back: a
	 * cluster_info with all 6144 node slots.
	 * Results: BUFFER_SMALL (sheepdog itself writes past its memory). Needs: nothing.
	 * Since 0.9.
	 */
	SD_OP_CLUSTER_INFO = 0xbe,

	/**
	 * Changes the number of copies of new VDIs.
	 *
	 * From: dog cluster alter-copy. Request: cluster copies; copy_policy must be 0. No payload.
	 * Results: INVALID_PARMS. Needs: a formatted cluster. Since 0.9.
	 */
	SD_OP_ALTER_CLUSTER_COPY = 0xbf,

	/**
	 * Changes the number of copies of a VDI; recovery starts, in the same epoch.
	 *
	 * From: dog vdi alter-copy. Request: vdi_state new_vid, copies, block_size_shift; byte 33
	 * must be 0 (it is read as cluster.copy_policy). No payload.
	 * Results: INVALID_PARMS. Needs: a formatted cluster. Since 0.9.
	 */
	SD_OP_ALTER_VDI_COPY = 0xc0,

	/**
	 * Holds index writes back during a snapshot.
	 *
	 * Obsolete (since 0.9, not since 1.0). From: dog vdi snapshot. What it carried there is not
	 * known; no payload now. Results: answered as unknown (INVALID_PARMS). Needs:
	 * nothing.
	 */
	SD_OP_PREVENT_INODE_UPDATE = 0xc3,
	/**
	 * Lets them go on.
	 *
	 * Obsolete (since 0.9, not since 1.0). From: dog vdi snapshot. What it carried there is not
	 * known; no payload now. Results: answered as unknown (INVALID_PARMS). Needs:
	 * nothing.
	 */
	SD_OP_ALLOW_INODE_UPDATE = 0xc4,

	/**
	 * The receiver reads the object from a named node and stores it.
	 *
	 * From: dog vdi check. Request: forw oid, addr, port; epoch. No payload.
	 * Results: those of READ_PEER. Needs: a formatted cluster. Since 0.9.
	 */
	SD_OP_REPAIR_REPLICA = 0xc5,

	/**
	 * Which of these objects the receiver does not have.
	 *
	 * From: dog vdi check. Flags WRITE and PIGGYBACK. Payload: u64 ids; back: those missing.
	 * Results: SUCCESS and no payload if none is missing, else NO_OBJ.
	 * Needs: nothing (sheepdog itself crashes before format). Since 0.9.
	 */
	SD_OP_OIDS_EXIST = 0xc6,

	/**
	 * The vids of deleted VDIs, which are not used again.
	 *
	 * From: dog vdi list. Request: data_length exactly SD_VDI_BITMAP_SIZE (frontend.h).
	 * Payload: none; back: the bitmap. Results: INVALID_PARMS (length). Needs: nothing.
	 * Since 1.0.
	 */
	SD_OP_READ_DEL_VDIS = 0xc9,

	/**
	 * The receiver's recovery throttling.
	 *
	 * From: dog node recovery. Request: data_length at least 24. Payload: none; back: a
	 * recovery_throttling. Results: BUFFER_SMALL. Needs: nothing. Since 0.9.3.
	 */
	SD_OP_GET_RECOVERY = 0xca,

	/**
	 * Sets it; throttling is on if both numbers are above 0.
	 *
	 * From: dog node recovery. Flag WRITE. Payload: a recovery_throttling; none back.
	 * Results: INVALID_PARMS (length). Needs: nothing. Since 0.9.3.
	 */
	SD_OP_SET_RECOVERY = 0xcb,

	/**
	 * Sets the receiver's number of virtual nodes.
	 *
	 * From: dog node vnodes. Flag WRITE. Payload: i32 (dog sends 8 bytes, the last 4 of them
	 * memory); none back.
	 * Results: GATEWAY_MODE, INVALID_VNODES_STRATEGY (they are automatic), INVALID_PARMS,
	 * NO_SUPPORT. Needs: a formatted cluster. Since 1.0.
	 */
	SD_OP_SET_VNODES = 0xcc,

	/**
	 * Not in sheepdog, which answers INVALID_PARMS: the cluster speaks another peer version
	 * from now on. All members must be able to; with force nobody is asked, and who cannot
	 * ends.
	 *
	 * From: who administers a cluster during an upgrade. Request: level version, family, force.
	 * No payload. Results: VER_MISMATCH (a member cannot), AGAIN (members have changed
	 * meanwhile), INVALID_PARMS (no such version, or it cannot have what this cluster has),
	 * NETWORK_ERROR (a member could not be asked: it has just died, say; ask again).
	 * Needs: nothing.
	 */
	SD_OP_SET_LEVEL = 0xf1,
};

#endif
