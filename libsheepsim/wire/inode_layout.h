/*
 * Inodes as the releases of sheepdog stored them, and their codec (versions.md 3.3, wire-protocols
 * 2.7). records.h has the present one, which is all that a cluster needs; whoever meets an inode of
 * an older cluster (on its disk, in its traffic) needs these.
 *
 * The 568 bytes at the front and data_vdi_id[] at 4664 are the same in all of them. What differs:
 *
 *	layout        bytes       at 568                 behind the index, at 4198968
 *	0.7 and older  4198968    child_vdi_id[1024]     nothing
 *	0.8            4198976    child_vdi_id[1024]     u32 btree_counter
 *	0.9, 1.0      12587576    u32 btree_counter      gref[1048576]
 */
#ifndef SHEEPSIM_WIRE_INODE_LAYOUT_H
#define SHEEPSIM_WIRE_INODE_LAYOUT_H

#include "wire/records.h"

enum inode_layout {
	INODE_LAYOUT_0_7,
	INODE_LAYOUT_0_8,
	INODE_LAYOUT_0_9,
};

#define INODE_SIZE_0_7	  4198968u
#define INODE_SIZE_0_8	  4198976u
#define INODE_CHILDREN	  568u /* offset of child_vdi_id[] */
#define INODE_NR_CHILDREN 1024u

/* Bytes of a whole inode of that layout. */
uint64_t inode_layout_size(enum inode_layout layout);

/*
 * Finds the layout by the size of a whole inode. Returns 0, or negative with *err filled. The
 * 4198968 bytes that QEMU and tgt read of any inode have the size of one of 0.7: who knows better
 * must say so to inode_decode().
 */
int inode_layout_by_size(uint64_t size, enum inode_layout *layout, struct wire_error *err);

/*
 * Decodes everything of a whole inode but its tables. children (may be NULL) gets child_vdi_id[],
 * zeros where the layout has none; h->btree_counter is 0 where it has none. Returns 0, or negative
 * with *err filled (may be NULL): another size than that of the layout; a copy_policy of 0.7 that
 * does not fit (there it has 16 bits and is always 0). data_vdi_id[] and gref[]: inode_data_vid(),
 * inode_gref().
 */
int inode_decode(const struct blob *b, enum inode_layout layout, struct inode_head *h,
		 uint32_t children[INODE_NR_CHILDREN], struct wire_error *err);

/*
 * b, a whole inode of that layout (for a new one: blob_zero() of its size), with everything but its
 * tables; consumes b. children may be NULL (all 0), and must be where the layout has none.
 */
struct blob *inode_encode(struct blob *b, enum inode_layout layout, const struct inode_head *h,
			  const uint32_t children[INODE_NR_CHILDREN]);

#endif
