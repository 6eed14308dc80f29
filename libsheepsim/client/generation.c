/*
 * The table of generations. Cells cite versions 5.1 and 5.2 where those say something; what they
 * leave open is said here.
 */
#include "client/generation.h"

#include <string.h>

#include <sheepsim/wire/admin.h>
#include <sheepsim/wire/frontend.h>
#include <sheepsim/wire/object.h>

/*
 * 5.1, first row: version 1 on LOCK_VDI and GET_VDI_INFO, 0 elsewhere, true for every QEMU; the
 * inode as 4,198,968 bytes. wire-protocols 4.3, 4.8: RELEASE_VDI has the name as its payload, reads
 * carry the inode's copies (the golden READ_OBJ of 2.12).
 */
#define QEMU_ALL                                                                                   \
	.open_version = 1, .open = OPEN_LOCK, .inode = INODE_READ_INDEX, .flags_on_reads = true,   \
	.flags_on_index = true, .read_copies = true

/* 5.1, QEMU 1.4: CACHE or DIRECT on all I/O; RELEASE_VDI with the vid (5.2: c is over). FLUSH_VDI
 * since 1.1. */
#define QEMU_1_4                                                                                   \
	QEMU_ALL, .through = SD_FLAG_CMD_DIRECT, .back = SD_FLAG_CMD_CACHE, .flush = FLUSH_VDI

/* 5.1, QEMU 1.5: DEL_VDI before branching, handles READONLY (5.3: b is over). */
#define QEMU_1_5 QEMU_1_4, .readonly = READONLY_LOOKUP, .branch = BRANCH_DEL_NEW

/* 5.1, QEMU 1.7: reconnects and resends; copies u8, copy_policy u8. */
#define QEMU_1_7 QEMU_1_5, .reconnects = true, .policy = true

/* 5.1, QEMU 2.3: the object size is that of the inode (5.3: e is over); GET_CLUSTER_DEFAULT, any
 * error is 22; byte 31 always. */
#define QEMU_2_3                                                                                   \
	QEMU_1_7, .shift = true, .shift_sent = true, .prologue = {SD_OP_GET_CLUSTER_DEFAULT}

/*
 * 5.1, tgt 1.0.40-49: like QEMU 1.4, version 1 also on object I/O. 5.3 has no b for it: it handles
 * READONLY, with LOCK_VDI (captured of 1.0.85). DEL_VDI before branching: its header is not
 * initialised there, so any version byte may come; 0 is one of those. RELEASE_VDI without a payload
 * (4.8). It does not create VDIs by itself: dog does. Nothing says that it connects again.
 */
#define TGT_ALL                                                                                    \
	.open_version = 1, .io_version = 1, .inode = INODE_READ_INDEX,                             \
	.through = SD_FLAG_CMD_DIRECT, .back = SD_FLAG_CMD_CACHE, .read_copies = true,             \
	.release = RELEASE_VID, .flush = FLUSH_VDI, .readonly = READONLY_RELOCKS,                  \
	.dog_creates = true, .branch = BRANCH_DEL_NEW

/* 5.1 and 4.8: flag TGT on all I/O, CACHE or DIRECT on writes; index writes have neither (captured
 * of 1.0.85), nor has the inode's read. */
#define TGT_SHARED TGT_ALL, .open = OPEN_SHARED, .tgt = true

/*
 * 5.1 and 4.8: version 0 on object I/O and locks, 2 on other operations on VDIs; LOCK_VDI with 256
 * bytes; the inode as 12,587,576 bytes. Its fields are those of 1.0. Flags of its I/O are not told:
 * none; it handles READONLY, as 5.3 has no b for it. CLUSTER_INFO comes before its NEW_VDI (5.3,
 * m).
 */
#define LIBSHEEPDOG_ALL                                                                            \
	.vdi_version = SD_PROTO_VER, .open = OPEN_LOCK, .readonly = READONLY_LOOKUP,               \
	.short_name = true, .inode = INODE_READ_ALL, .read_copies = true, .policy = true,          \
	.shift = true, .release = RELEASE_VID

static const struct generation generations[] = {
	/* I/O as of QEMU 2.5, operations on VDIs as of dog. */
	{QEMU_1_7, .name = "default", .words = "QEMU 2.5-6.0 for I/O, dog 1.0 to create VDIs",
	 .dog_creates = true, .shift = true, .release = RELEASE_VID, .discard = DISCARD_INDEX},
	/* Flags WRITE and COW only; RELEASE_VDI without vid. Branching: 5.3 has d for it, though
	 * DEL_VDI came later: NEW_VDI alone. */
	{QEMU_ALL, .name = "qemu-0.13", .words = "QEMU 0.13-1.0", .release = RELEASE_NO_VID,
	 .branch = BRANCH_NEW},
	/* + FLUSH_VDI, flag CACHE when write-back. */
	{QEMU_ALL, .name = "qemu-1.1", .words = "QEMU 1.1-1.3", .back = SD_FLAG_CMD_CACHE,
	 .flush = FLUSH_VDI, .release = RELEASE_NO_VID, .branch = BRANCH_NEW},
	{QEMU_1_4, .name = "qemu-1.4", .words = "QEMU 1.4", .branch = BRANCH_NEW},
	{QEMU_1_5, .name = "qemu-1.5", .words = "QEMU 1.5-1.6", .discard = DISCARD_OBJECT},
	{QEMU_1_7, .name = "qemu-1.7", .words = "QEMU 1.7-2.1", .discard = DISCARD_OBJECT},
	/* vdi.type is 0 in so many words, and VDI_LOCKED is told as busy: the same bytes. */
	{QEMU_1_7, .name = "qemu-2.2", .words = "QEMU 2.2", .discard = DISCARD_OBJECT},
	{QEMU_2_3, .name = "qemu-2.3", .words = "QEMU 2.3-2.4", .discard = DISCARD_OBJECT},
	/* Discard by index writes; no 0x05. */
	{QEMU_2_3, .name = "qemu-2.5", .words = "QEMU 2.5-6.0", .discard = DISCARD_INDEX},
	{TGT_ALL, .name = "tgt-1.0.40", .words = "tgt 1.0.40-1.0.49", .flags_on_reads = true,
	 .flags_on_index = true},
	/* shared lock type 1; nothing says yet that others have written */
	{TGT_ALL, .name = "tgt-1.0.50", .words = "tgt 1.0.50", .open = OPEN_SHARED,
	 .flags_on_reads = true, .flags_on_index = true},
	{TGT_SHARED, .name = "tgt-1.0.51", .words = "tgt 1.0.51-1.0.53"},
	/* u8 fields and object size */
	{TGT_SHARED, .name = "tgt-1.0.54", .words = "tgt 1.0.54 and later", .policy = true,
	 .shift = true},
	{LIBSHEEPDOG_ALL, .name = "libsheepdog", .words = "libsheepdog 1.0",
	 .prologue = {SD_OP_CLUSTER_INFO}},
	{LIBSHEEPDOG_ALL, .name = "sbd", .words = "sbd 1.0, the block device of the kernel",
	 .dog_creates = true},
	/* 4.8: version 0 everywhere, in FLUSH_DEL_CACHE too. It mounts images without a lock. */
	{.name = "sheepfs",
	 .words = "sheepfs 1.0",
	 .open = OPEN_LOOKUP,
	 .inode = INODE_READ_ALL,
	 .read_copies = true,
	 .policy = true,
	 .shift = true,
	 .flush = FLUSH_DEL_CACHE,
	 .dog_creates = true},
	/* 2 below 0x80 and the version of its release above, which every command needs for the node
	 * list. No lock; reads without copies (captured); with writeback CACHE on what it writes.
	 */
	{.name = "dog",
	 .words = "dog 1.0 (vdi read, vdi write, vdi create)",
	 .open_version = SD_PROTO_VER,
	 .io_version = SD_PROTO_VER,
	 .vdi_version = SD_PROTO_VER,
	 .open = OPEN_LOOKUP,
	 .inode = INODE_READ_ALL,
	 .back = SD_FLAG_CMD_CACHE,
	 .flags_on_index = true,
	 .inode_flags = SD_FLAG_CMD_DIRECT,
	 .each_time = true,
	 .policy = true,
	 .shift = true,
	 .prologue = {SD_OP_GET_NODE_LIST, SD_OP_STAT_CLUSTER, SD_OP_CLUSTER_INFO}},
};

const struct generation *generation_default(void)
{
	return &generations[0];
}

const struct generation *generation_at(size_t index)
{
	return index < sizeof generations / sizeof generations[0] ? &generations[index] : NULL;
}

const struct generation *generation_find(const char *name)
{
	const struct generation *d;

	for (size_t i = 0; (d = generation_at(i)); i++)
		if (!strcmp(d->name, name))
			break;
	return d;
}

uint16_t generation_flags(const struct generation *d, bool write, bool index, bool writeback)
{
	uint16_t flags = d->tgt ? SD_FLAG_CMD_TGT : 0;

	if ((write || d->flags_on_reads) && (!index || d->flags_on_index))
		flags |= writeback ? d->back : d->through;
	return flags | (write ? SD_FLAG_CMD_WRITE : 0);
}

uint32_t generation_inode_len(const struct generation *d)
{
	return d->inode == INODE_READ_ALL ? SD_INODE_SIZE : SD_INODE_INDEX_SIZE;
}
