/** @file
 * What is stored rather than said: object ids, inodes, their B-trees, attributes, ledgers, and the
 * epoch log.
 *
 * An object id: bits 0-31 index, 32-55 VDI id, 56-58 zero, then one bit a type: 59 ledger, 60
 * B-tree node, 61 attribute, 62 VM state, 63 inode. Types are tested bit by bit; data objects have
 * none of them.
 */
#ifndef SHEEPSIM_WIRE_OBJECT_H
#define SHEEPSIM_WIRE_OBJECT_H

#include <stdbool.h>

#include "sheepsim/wire/cluster.h"

/** Object ids of ledgers. */
#define SD_LEDGER_BIT UINT64_C(0x0800000000000000)
/** Object ids of B-tree nodes. */
#define SD_BTREE_BIT UINT64_C(0x1000000000000000)
/** Object ids of attributes. */
#define SD_ATTR_BIT UINT64_C(0x2000000000000000)
/** Object ids of VM state. */
#define SD_VMSTATE_BIT UINT64_C(0x4000000000000000)
/** Object ids of inodes. */
#define SD_INODE_BIT UINT64_C(0x8000000000000000)
/** All of these; data objects have none of them. */
#define SD_TYPE_BITS UINT64_C(0xf800000000000000)
/** Where the VDI id begins in an object id. */
#define SD_VID_SHIFT 32
/** The bits of a VDI id. */
#define SD_VID_MASK 0xffffffu

/** Objects of a VDI with a flat index. */
#define SD_INODE_DATA_INDEX 1048576
/** Objects of a VDI with a B-tree. */
#define SD_MAX_BTREE_DATA_INDEX UINT64_C(0x100000000)

/** Bytes of an inode; data and VM state objects have 1 << block_size_shift. */
#define SD_INODE_SIZE 12587576
/** Bytes of it before data_vdi_id. */
#define SD_INODE_HEADER_SIZE 4664
/** Bytes of it before gref: the inode as QEMU, tgt and 0.7 know it. */
#define SD_INODE_INDEX_SIZE 4198968
/** Bytes of an attribute. */
#define SD_ATTR_OBJ_SIZE 66320
/** Bytes of a B-tree node. */
#define SD_BTREE_OBJ_SIZE 4194304
/** Bytes of a ledger. */
#define SD_LEDGER_OBJ_SIZE 4194304

/** Bytes of an attribute's key. */
#define SD_ATTR_KEY_LEN 256
/** Bytes of an attribute's value. */
#define SD_ATTR_VALUE_LEN 65536

/** How an inode finds its data objects (inode.store_policy, NEW_VDI): X(NAME, number). */
#define SD_STORE_POLICIES(X)                                                                       \
	X(FLAT, 0)                                                                                 \
	X(BTREE, 1)

/** The same by name. */
enum sd_store_policy {
	SD_STORE_POLICY_FLAT = 0,  /**< data_vdi_id[] */
	SD_STORE_POLICY_BTREE = 1, /**< a B-tree, for volumes beyond 4 TiB (since 0.8) */
};

/** The VDI id in an object id; of attributes it is the hash of the VDI's name. */
static inline uint32_t sd_oid_vid(uint64_t oid)
{
	return (uint32_t)(oid >> SD_VID_SHIFT) & SD_VID_MASK;
}

/** The index in an object id: of data and VM state; attribute id; number of a B-tree node. */
static inline uint32_t sd_oid_index(uint64_t oid)
{
	return (uint32_t)(oid & UINT32_MAX);
}

/** Is it an inode? */
static inline bool sd_oid_is_inode(uint64_t oid)
{
	return (oid & SD_INODE_BIT) != 0;
}

/** Is it VM state? */
static inline bool sd_oid_is_vmstate(uint64_t oid)
{
	return (oid & SD_VMSTATE_BIT) != 0;
}

/** Is it an attribute? */
static inline bool sd_oid_is_attr(uint64_t oid)
{
	return (oid & SD_ATTR_BIT) != 0;
}

/** Is it a B-tree node? */
static inline bool sd_oid_is_btree(uint64_t oid)
{
	return (oid & SD_BTREE_BIT) != 0;
}

/** Is it a ledger? */
static inline bool sd_oid_is_ledger(uint64_t oid)
{
	return (oid & SD_LEDGER_BIT) != 0;
}

/** Is it none of these? */
static inline bool sd_oid_is_data(uint64_t oid)
{
	return (oid & SD_TYPE_BITS) == 0;
}

/** A data object of a VDI. */
static inline uint64_t sd_vid_to_data_oid(uint32_t vid, uint32_t index)
{
	return ((uint64_t)(vid & SD_VID_MASK) << SD_VID_SHIFT) | index;
}

/** The inode of a VDI. */
static inline uint64_t sd_vid_to_inode_oid(uint32_t vid)
{
	return SD_INODE_BIT | sd_vid_to_data_oid(vid, 0);
}

/** An object of VM state. */
static inline uint64_t sd_vid_to_vmstate_oid(uint32_t vid, uint32_t index)
{
	return SD_VMSTATE_BIT | sd_vid_to_data_oid(vid, index);
}

/** An attribute; name_hash: of the VDI's name. */
static inline uint64_t sd_vid_to_attr_oid(uint32_t name_hash, uint32_t attr_id)
{
	return SD_ATTR_BIT | sd_vid_to_data_oid(name_hash, attr_id);
}

/** A B-tree node. */
static inline uint64_t sd_vid_to_btree_oid(uint32_t vid, uint32_t number)
{
	return SD_BTREE_BIT | sd_vid_to_data_oid(vid, number);
}

/** The ledger of a data object. */
static inline uint64_t sd_data_to_ledger_oid(uint64_t oid)
{
	return oid | SD_LEDGER_BIT;
}

/** The data object of a ledger. */
static inline uint64_t sd_ledger_to_data_oid(uint64_t oid)
{
	return oid & ~SD_LEDGER_BIT;
}

/** Bytes of the whole object; shift: the block_size_shift of its VDI, 20-31. */
static inline uint64_t sd_oid_size(uint64_t oid, uint8_t shift)
{
	if (sd_oid_is_inode(oid))
		return SD_INODE_SIZE;
	if (sd_oid_is_attr(oid))
		return SD_ATTR_OBJ_SIZE;
	if (sd_oid_is_btree(oid))
		return SD_BTREE_OBJ_SIZE;
	if (sd_oid_is_ledger(oid))
		return SD_LEDGER_OBJ_SIZE;
	return UINT64_C(1) << (shift & 63);
}

/*
 * Erasure coding. A policy byte says how the data and VM state objects of a VDI are stored: 0: as
 * replicas; else as strips, high half: data strips / 2, low half: parity strips; 0x22 is 4:2. An
 * object is a row of stripes, and each data strip has an equal part of every stripe. Since 0.8.
 */

/** Bytes of a stripe (1024 in 0.8). */
#define SD_EC_STRIPE_SIZE 512
/** The most data strips that a policy can name. */
#define SD_EC_MAX_DATA_STRIPS 16
/** The most strips in all. */
#define SD_EC_MAX_STRIPS 31

/** Strips that hold the data as it is: 2, 4, 8 or 16 of a valid policy, 1 of policy 0. */
static inline uint32_t sd_policy_data_strips(uint8_t policy)
{
	return policy >> 4 ? (uint32_t)(policy >> 4) * 2 : 1;
}

/** Strips that hold parity: 1 to 15 of a valid policy, 0 of policy 0. */
static inline uint32_t sd_policy_parity_strips(uint8_t policy)
{
	return policy & 15;
}

/** Is this an erasure code that exists? Not true of 0. */
static inline bool sd_policy_is_code(uint8_t policy)
{
	uint8_t half = policy >> 4;

	return (half == 1 || half == 2 || half == 4 || half == 8) && (policy & 15) != 0;
}

/** The policy of a code of these strips. */
static inline uint8_t sd_policy(uint32_t data_strips, uint32_t parity_strips)
{
	return (uint8_t)(data_strips / 2 << 4 | parity_strips);
}

/** generation_reference: of one data object in one inode. Since 0.9. */
struct sd_gref {
	sd_le32 generation; /**< 0: signed; depth of the snapshot tree where it was shared */
	sd_le32 count;	    /**< 4: signed; times that this inode was the base of another */
};

/** Front of an inode: everything about a VDI but its objects. */
struct sd_inode_header {
	char name[256];		  /**<   0: empty: deleted */
	char tag[256];		  /**< 256: of a snapshot */
	sd_le64 create_time;	  /**< 512: seconds << 32 | nanoseconds */
	sd_le64 snap_ctime;	  /**< 520: not 0: a snapshot, of that time */
	sd_le64 vm_clock_nsec;	  /**< 528: QEMU's */
	sd_le64 vdi_size;	  /**< 536: bytes */
	sd_le64 vm_state_size;	  /**< 544: QEMU's */
	uint8_t copy_policy;	  /**< 552: 0: replicated (u16 up to 0.7) */
	uint8_t store_policy;	  /**< 553: SD_STORE_POLICY_* (since 0.8) */
	uint8_t nr_copies;	  /**< 554 */
	uint8_t block_size_shift; /**< 555 */
	sd_le32 snap_id;	  /**< 556: from 1; the working VDI has the highest */
	sd_le32 vdi_id;		  /**< 560 */
	sd_le32 parent_vdi_id;	  /**< 564: 0: none */
	sd_le32 btree_counter;	  /**< 568: next B-tree node (children's vids up to 0.8) */
	sd_le32 unused[1023];	  /**< 572 */
};

/** An inode. (The whole was 4198968 bytes up to 0.7, 4198976 in 0.8.) */
struct sd_inode {
	struct sd_inode_header header;		  /**<       0 */
	sd_le32 data_vdi_id[SD_INODE_DATA_INDEX]; /**<    4664: owner of each object, 0: none */
	struct sd_gref gref[SD_INODE_DATA_INDEX]; /**< 4198968 */
};

/* B-tree index, at data_vdi_id (the root) and in objects of their own. Since 0.8. */

/** "tb" in memory. */
#define SD_INDEX_MAGIC 0x6274
/** Entries that a node of 4 MiB holds. */
#define SD_INDEX_MAX 524287
/** Indirect entries that a node of 4 MiB holds. */
#define SD_INDIRECT_INDEX_MAX 262143

/** Front of a B-tree node; its entries follow, sorted by idx. */
struct sd_index_header {
	sd_le16 magic;	 /**< 0: SD_INDEX_MAGIC */
	sd_le16 depth;	 /**< 2: 1: sd_index follow, 2: sd_indirect_index (root only) */
	sd_le32 entries; /**< 4 */
};

/** A data object. */
struct sd_index {
	sd_le32 idx;	/**< 0 */
	sd_le32 vdi_id; /**< 4 */
};

/** A leaf object. */
struct sd_indirect_index {
	sd_le32 idx; /**< 0: the largest in it */
	sd_le32 pad; /**< 4 */
	sd_le64 oid; /**< 8 */
};

/** Front of an attribute. */
struct sd_vdi_attr_header {
	char name[256];		   /**<   0: of the VDI; empty: deleted */
	char tag[256];		   /**< 256 */
	sd_le64 ctime;		   /**< 512: create_time of the VDI */
	sd_le32 snap_id;	   /**< 520 */
	sd_le32 value_len;	   /**< 524 */
	char key[SD_ATTR_KEY_LEN]; /**< 528 */
};

/** An attribute of a VDI: object, and payload of GET_VDI_ATTR. */
struct sd_vdi_attr {
	struct sd_vdi_attr_header header; /**<   0 */
	uint8_t value[SD_ATTR_VALUE_LEN]; /**< 784 */
};

/** A ledger object: live references of a data object. Since 0.9. */
struct sd_ledger {
	sd_le32 count[1048576]; /**< 0: by generation; a new one is {1, 0, ...} */
};

/** Bytes of an epoch_log before its nodes. */
#define SD_EPOCH_LOG_HEAD 48

/** A record of STAT_CLUSTER; nodes follow, as many slots as the request says. Since 0.9. */
struct sd_epoch_log {
	sd_le64 ctime;		  /**<  0: of the cluster */
	sd_le64 time;		  /**<  8: Unix seconds */
	sd_le32 epoch;		  /**< 16 */
	sd_le32 nr_nodes;	  /**< 20: slots used */
	uint8_t disable_recovery; /**< 24 */
	uint8_t nr_copies;	  /**< 25 */
	uint8_t copy_policy;	  /**< 26 */
	uint8_t pad[3];		  /**< 27 */
	sd_le16 flags;		  /**< 30: SD_CLUSTER_FLAG_* */
	char drv_name[16];	  /**< 32: store driver */
};

#endif
