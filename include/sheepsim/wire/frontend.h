/** @file
 * The frontend protocol: client <-> gateway sheep. What QEMU, tgt, libsheepdog and any other plain
 * I/O client speak. Opcodes below 0x80; versions 0, 1 and 2 in byte 0 (SD_PROTO_VER); compatible
 * for ever.
 *
 * Results that every operation can have: VER_MISMATCH, WAIT_FOR_FORMAT, WAIT_FOR_JOIN, SHUTDOWN,
 * KILLED; those of class CLUSTER_* also CLUSTER_ERROR. They are not repeated below.
 */
#ifndef SHEEPSIM_WIRE_FRONTEND_H
#define SHEEPSIM_WIRE_FRONTEND_H

#include "sheepsim/wire/header.h"

/** Bytes of a VDI's name, NUL-padded. */
#define SD_MAX_VDI_LEN 256
/** Bytes of a snapshot's tag, NUL-padded. */
#define SD_MAX_VDI_TAG_LEN 256
/** VDI ids: 24 bits; 0 is never used. */
#define SD_NR_VDIS 0x1000000
/** Answer of READ_VDIS and READ_DEL_VDIS: bit n mod 8 of byte n div 8 belongs to vid n. */
#define SD_VDI_BITMAP_SIZE 2097152
/** The lowest block_size_shift: objects of 1 MiB. */
#define SD_MIN_BLOCK_SIZE_SHIFT 20
/** The highest block_size_shift: objects of 2 GiB. */
#define SD_MAX_BLOCK_SIZE_SHIFT 31
/** Where nothing is said: objects of 4 MiB. */
#define SD_DEFAULT_BLOCK_SIZE_SHIFT 22
/**
 * A READ_OBJ of an inode from 0 on with exactly this length is how a client with a shared lock says
 * that it has read the inode anew (see INODE_COHERENCE).
 */
#define SD_INODE_REFRESH_LEN 4198968

/** Lock types (vdi.type of LOCK_VDI and RELEASE_VDI): X(NAME, number). Since 0.9. */
#define SD_LOCK_TYPES(X)                                                                           \
	X(NORMAL, 0)                                                                               \
	X(SHARED, 1)

/** The same by name. */
enum sd_lock_type {
	SD_LOCK_TYPE_NORMAL = 0, /**< one gateway node */
	SD_LOCK_TYPE_SHARED = 1, /**< up to SD_MAX_COPIES gateway nodes */
};

/** The operations; operation.h tells the columns. */
#define SD_OPS_FRONTEND(X)                                                                         \
	X(CREATE_AND_WRITE_OBJ, 0x01, GATEWAY, 0, 0, OBJ, OBJ, OBJECT, NONE, 0_3, NOW)             \
	X(READ_OBJ, 0x02, GATEWAY, 0, 0, OBJ, OBJ, NONE, OBJECT, 0_3, NOW)                         \
	X(WRITE_OBJ, 0x03, GATEWAY, 0, 0, OBJ, OBJ, OBJECT, NONE, 0_3, NOW)                        \
	X(REMOVE_OBJ, 0x04, GATEWAY, 0, 0, OBJ, OBJ, NONE, NONE, 0_3, NOW)                         \
	X(DISCARD_OBJ, 0x05, LOCAL, 0, 0, OBJ, OBJ, NONE, NONE, 0_6, NOW)                          \
	X(NEW_VDI, 0x11, CLUSTER_BLOCK, 0, 1, VDI, VDI, NAMES, NONE, 0_3, NOW)                     \
	X(LOCK_VDI, 0x12, CLUSTER_BLOCK, 0, 0, VDI, VDI, NAMES, NONE, 0_3, NOW)                    \
	X(RELEASE_VDI, 0x13, CLUSTER_BLOCK, 0, 0, VDI, VDI, TEXT, NONE, 0_3, NOW)                  \
	X(GET_VDI_INFO, 0x14, CLUSTER_BLOCK, 0, 0, VDI, VDI, NAMES, NONE, 0_3, NOW)                \
	X(READ_VDIS, 0x15, LOCAL, 1, 0, NONE, NONE, NONE, BITMAP, 0_3, NOW)                        \
	X(FLUSH_VDI, 0x16, LOCAL, 0, 0, OBJ, OBJ, NONE, NONE, 0_4, 1_0)                            \
	X(DEL_VDI, 0x17, CLUSTER_BLOCK, 0, 1, VDI, VDI, NAMES, NONE, 0_6, NOW)                     \
	X(GET_CLUSTER_DEFAULT, 0x18, LOCAL, 1, 0, NONE, CLUSTER_DEFAULT, NONE, NONE, 1_0, NOW)

/** What each operation is. */
enum sd_frontend_op {
	/**
	 * Creates an object and writes to it; what is not written is zero. An object that exists is
	 * replaced.
	 *
	 * From: all clients, and nodes for inodes and copies.
	 * Request: obj oid, copies, copy_policy, offset; with flag COW cow_oid. Flag WRITE.
	 * Payload: the data, may be empty; none back. With COW the object is a copy of cow_oid
	 * under the data.
	 * Results: NO_OBJ (cow_oid), NO_SPACE, NO_MEM, HALT, READONLY (data of a snapshot),
	 * INODE_INVALIDATED (with TGT), SYSTEM_ERROR.
	 * Needs: a formatted cluster with enough zones. Since 0.3; copies per VDI since 0.5.
	 */
	SD_OP_CREATE_AND_WRITE_OBJ = 0x01,

	/**
	 * Reads an object.
	 *
	 * From: all clients.
	 * Request: obj oid, copies, offset; data_length: bytes wanted.
	 * Payload: none; back: exactly data_length bytes. Past the end of the object: zeros.
	 * Results: NO_OBJ, EIO, HALT, INODE_INVALIDATED (with TGT), SYSTEM_ERROR; none of them with
	 * a payload (QEMU would take it for data).
	 * Needs: a formatted cluster. Since 0.3; 0.5.2-0.7 leave out zeros at both ends for clients
	 * of version 2 (rsp.obj.offset), 0.8 and later never do.
	 */
	SD_OP_READ_OBJ = 0x02,

	/**
	 * Writes to an object that exists. In an inode's table of data objects it has effects on
	 * what the table referred to before: those objects lose a reference.
	 *
	 * From: all clients.
	 * Request: obj oid, copies, copy_policy, offset. Flag WRITE.
	 * Payload: the data; none back.
	 * Results: as CREATE_AND_WRITE_OBJ; NO_OBJ if the object does not exist.
	 * Needs: a formatted cluster with enough zones. Since 0.3; references since 0.9.
	 */
	SD_OP_WRITE_OBJ = 0x03,

	/**
	 * Removes an object from all its nodes.
	 *
	 * From: nodes, to their own gateway.
	 * Request: obj oid. No payload.
	 * Results: NO_OBJ if any replica is missing.
	 * Needs: a formatted cluster. Since 0.3.
	 */
	SD_OP_REMOVE_OBJ = 0x04,

	/**
	 * Removes a data object and the entry of its inode. Success also where nothing was removed.
	 * It takes no notice of snapshots that share the object.
	 *
	 * From: QEMU 1.5-2.4; later ones write zero into the inode's table.
	 * Request: obj oid. No payload.
	 * Results: those of reading and writing the inode.
	 * Needs: a formatted cluster. Since 0.6.
	 */
	SD_OP_DISCARD_OBJ = 0x05,

	/**
	 * Makes a VDI: new, as a clone, as a snapshot (snapid not 0: the working VDI becomes the
	 * snapshot, and the new one goes on), or rolled back to a snapshot.
	 *
	 * From: QEMU, tgt, libsheepdog, dog, nodes.
	 * Request: vdi vdi_size, base_vdi_id, copies, copy_policy, store_policy, block_size_shift,
	 * snapid; zeros mean the cluster's defaults. Flag WRITE.
	 * Payload: exactly 256 bytes, the name; none back. Response: vdi vdi_id, copies,
	 * block_size_shift; vdi_id means nothing if the result is not SUCCESS.
	 * Results: INVALID_PARMS (length, values), VDI_EXIST, FULL_VDI, NO_VDI, BASE_VDI_READ,
	 * BASE_VDI_WRITE, VDI_WRITE, and those of reading an inode.
	 * Needs: a formatted cluster. Since 0.3; policies since 0.8, block_size_shift since 1.0.
	 */
	SD_OP_NEW_VDI = 0x11,

	/**
	 * Looks a VDI up and locks it for this gateway node (not for the connection: a client that
	 * dies leaves its lock). Without SD_CLUSTER_FLAG_USE_LOCK it only looks up.
	 *
	 * From: QEMU, tgt, libsheepdog, sbd.
	 * Request: vdi snapid, type. Flag WRITE.
	 * Payload: 256 bytes (name) or 512 (name, tag); none back. Response: as GET_VDI_INFO, also
	 * if the lock is refused.
	 * Results: VDI_LOCKED, NO_VDI, NO_TAG, INVALID_PARMS, COLLECTING_CINFO.
	 * Needs: a formatted cluster. Since 0.3; type since 0.9, locks on demand since 0.9.2.
	 */
	SD_OP_LOCK_VDI = 0x12,

	/**
	 * Releases the lock of this gateway node.
	 *
	 * From: QEMU, tgt, libsheepdog, dog.
	 * Request: vdi base_vdi_id (the vid; QEMU before 1.4 sends none), type. Payload: any, not
	 * looked at; none back.
	 * Results: SUCCESS only, whether it was locked or not.
	 * Needs: a formatted cluster. Since 0.3; the vid since 0.5.6.
	 */
	SD_OP_RELEASE_VDI = 0x13,

	/**
	 * Looks a VDI up by name: the working VDI, or the snapshot with that tag or snapid.
	 *
	 * From: QEMU, tgt, libsheepdog, dog.
	 * Request: vdi snapid. Flag WRITE.
	 * Payload: 256 bytes (name) or 512 (name, tag); none back. Response: vdi vdi_id, copies,
	 * block_size_shift.
	 * Results: NO_VDI, NO_TAG (the name exists, the snapshot does not), INVALID_PARMS.
	 * Needs: a formatted cluster. Since 0.3.
	 */
	SD_OP_GET_VDI_INFO = 0x14,

	/**
	 * The vids in use.
	 *
	 * From: QEMU, dog. Request: data_length exactly SD_VDI_BITMAP_SIZE.
	 * Payload: none; back: the bitmap.
	 * Results: INVALID_PARMS (length).
	 * Needs: nothing. Since 0.3.
	 */
	SD_OP_READ_VDIS = 0x15,

	/**
	 * Obsolete: flushed the write-back cache. There is none any more, and INVALID_PARMS tells
	 * clients so.
	 *
	 * From: QEMU, tgt, sheepfs. Request: obj oid of the inode. No payload.
	 * Results: INVALID_PARMS always. Needs: a formatted cluster. Since 0.4.
	 */
	SD_OP_FLUSH_VDI = 0x16,

	/**
	 * Deletes a VDI or a snapshot. The client must have zeroed the table of data objects before
	 * (that gives the data back); if entries are left, the answer is SUCCESS, the VDI counts as
	 * deleted, but its inode stays as it is and its name stays taken.
	 *
	 * From: QEMU, tgt, libsheepdog, dog, nodes.
	 * Request: vdi snapid. Flag WRITE.
	 * Payload: 256 bytes (name) or 512 (name, tag); none back. Response: vdi vdi_id.
	 * Results: NO_VDI, NO_TAG, INVALID_PARMS.
	 * Needs: a formatted cluster. Since 0.6 (0x81 before); 0.8 and before delete the data
	 * themselves.
	 */
	SD_OP_DEL_VDI = 0x17,

	/**
	 * Copies, policy and object size where NEW_VDI says none; all zero before format.
	 *
	 * From: QEMU 2.3 and later. No payload. Response: cluster_default nr_copies, copy_policy,
	 * block_size_shift.
	 * Results: SUCCESS. Needs: nothing. Since 1.0.
	 */
	SD_OP_GET_CLUSTER_DEFAULT = 0x18,
};

#endif
