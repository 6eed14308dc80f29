/*
 * An operation on a VDI while it runs: a sequence of requests on a connection of its own.
 *
 * Inside client/ only: vdi_ops.c and vdi_*.c have dog's operations, vm_ops.c those of virtual
 * machines.
 */
#ifndef SHEEPSIM_CLIENT_VDI_OP_H
#define SHEEPSIM_CLIENT_VDI_OP_H

#include "client/disk.h"

struct vdi_op {
	struct sequence sequence;
	struct frontend *frontend;
	struct vdi_name vdi;
	struct vdi_spec spec;
	/* create: the cluster's, as far as it is known; snapshot: that of the answer, 0 if none */
	uint8_t default_shift;
	uint32_t vid;
	struct inode_head head;
	struct blob *inode; /* delete: its index */
	uint32_t next;	    /* the next object, or the next vid */
	uint32_t nr;	    /* objects that the VDI has room for */
	bool btree;	    /* list: its index is one; nr: entries of its root */
	uint8_t *in_use;    /* list: bitmap */
	bool has_family;    /* set copies: it has a base, or is one */
	struct vdi_info *infos;
	size_t nr_infos;
	uint64_t began;
	outcome_fn done;
	void *arg;
};

/* dog reads an inode's header with the 8 bytes that follow it. */
#define LIST_HEAD_LEN (INODE_HEAD + sizeof(struct sd_index_header))

struct vdi_op *op_of(struct sequence *s);

/* Begins; op is copied. */
void op_start(struct frontend *f, struct vdi_op op, void (*step)(struct sequence *s));

/*
 * Which VDIs there are: the first two of three steps ask for the bitmaps (true), the last one has
 * them in op->in_use. Then each call of the other asks for the front of the inode of the next one,
 * op->vid; false: there is none any more.
 */
#define ASK_VDIS 2u
bool ask_vdis(struct vdi_op *op, unsigned step);
bool ask_next_inode(struct vdi_op *op);

/* It has ended well. */
void op_succeed(struct vdi_op *op);

/* Writes to an object of the VDI in the name of dog; data is consumed, may be NULL: nothing. */
void ask_write(struct vdi_op *op, uint8_t opcode, uint16_t flags, uint64_t oid, uint64_t offset,
	       struct blob *data);

/* Sends NEW_VDI for op->vdi.name with the vdi fields of this request. */
void ask_new(struct vdi_op *op, uint8_t version, const struct req *fields);

#endif
