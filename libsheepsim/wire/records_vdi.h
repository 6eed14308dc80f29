/*
 * More of what VDIs are made of, in host order: attributes, B-tree nodes of big volumes, ledgers of
 * reference counts (wire-protocols 2.8, 2.9, 2.11). Inodes and VDI states are in records.h; the
 * rules for decoders are those of that header.
 */
#ifndef SHEEPSIM_WIRE_RECORDS_VDI_H
#define SHEEPSIM_WIRE_RECORDS_VDI_H

#include "wire/message.h"

/* An attribute (spec 2.9): 784 bytes, then 65536 of value. */
#define VDI_ATTR_HEAD 784u
#define VDI_ATTR_SIZE 66320u

struct vdi_attr {
	char name[257]; /* NUL-terminated, as all text here; empty: deleted */
	char tag[257];
	uint64_t ctime; /* create_time of the VDI */
	uint32_t snap_id;
	uint32_t value_len; /* bytes of the value, which begins at VDI_ATTR_HEAD */
	char key[257];
};

void vdi_attr_encode(const struct vdi_attr *h, uint8_t out[VDI_ATTR_HEAD]);
int vdi_attr_decode(const struct blob *b, struct vdi_attr *h, struct wire_error *err);

/* A B-tree node (spec 2.8): BTREE_HEAD bytes, then entries of one of two kinds. */
#define BTREE_HEAD     8u
#define BTREE_ENTRY    8u
#define BTREE_INDIRECT 16u

struct btree_head {
	uint16_t magic; /* SD_INDEX_MAGIC */
	uint16_t depth; /* 1: entries are data objects; 2: leaf objects */
	uint32_t entries;
};

struct btree_entry {
	uint32_t idx; /* of the data object */
	uint32_t vdi_id;
};

struct btree_indirect {
	uint32_t idx; /* the largest in that leaf */
	uint64_t oid; /* the leaf */
};

void btree_head_encode(const struct btree_head *h, uint8_t out[BTREE_HEAD]);
void btree_entry_encode(const struct btree_entry *h, uint8_t out[BTREE_ENTRY]);
void btree_indirect_encode(const struct btree_indirect *h, uint8_t out[BTREE_INDIRECT]);

/* The head of the node at offset in b: INODE_DATA_VIDS in an inode, 0 in a B-tree object. */
int btree_head_decode(const struct blob *b, uint64_t offset, struct btree_head *h,
		      struct wire_error *err);

/* Entry i of that node; i is below the head's entries, whose depth tells the kind. */
struct btree_entry btree_entry_at(const struct blob *b, uint64_t offset, uint32_t i);
struct btree_indirect btree_indirect_at(const struct blob *b, uint64_t offset, uint32_t i);

/* A ledger (spec 2.11): one counter of live references for each generation. */
#define LEDGER_GENERATIONS 1048576u
#define LEDGER_SIZE	   4194304u

uint32_t ledger_count(const struct blob *b, uint32_t generation);

/* b with that counter; consumes b. */
struct blob *ledger_set(struct blob *b, uint32_t generation, uint32_t count);

#endif
