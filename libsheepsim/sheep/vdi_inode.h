/*
 * What the operations on VDIs change in an inode (R615-R617, R627): pure functions of its bytes.
 * They touch only the pages that hold something, so a large and empty inode costs nothing. Inodes
 * of 0.8, which end behind the index, have no references: these are left out.
 */
#ifndef SHEEPSIM_SHEEP_VDI_INODE_H
#define SHEEPSIM_SHEEP_VDI_INODE_H

#include "wire/records.h"

/*
 * A new inode of so many bytes (those of its release) without data (R615); store_policy 1: with an
 * empty B-tree root (R629).
 */
struct blob *inode_fresh(const struct inode_head *head, uint32_t size);

/*
 * A new inode with the data of base (borrowed; a whole inode): data vids copied, references of used
 * entries one generation on and without count (R616).
 */
struct blob *inode_derived(const struct inode_head *head, struct blob *base);

/*
 * The reference table of base with one count more for each used entry (R616): INODE_SIZE -
 * INODE_GREFS bytes.
 */
struct blob *inode_grefs_counted(struct blob *base);

/* The inode as a snapshot of this time, its references counted (R617); consumes inode. */
struct blob *inode_frozen(struct blob *inode, uint64_t snap_ctime);

/* The inode of a deleted VDI (R627): no name, no size, no data; consumes inode. */
struct blob *inode_emptied(struct blob *inode);

/* No data vid is left (R627). */
bool inode_has_no_data(const struct blob *inode);

#endif
