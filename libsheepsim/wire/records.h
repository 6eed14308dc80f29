/*
 * The structures that messages carry and disks hold, in host order, and their codec: node records,
 * cluster info, epoch logs, VDI states, inodes, recovery state and the like.
 *
 * Working forms of include/sheepsim/wire/{admin,peer,object}.h (D3). Decoders take any bytes, never
 * read outside them, never allocate by an unchecked length, and return 0 or a negative number with
 * the offset and the reason in *err (which may be NULL).
 */
#ifndef SHEEPSIM_WIRE_RECORDS_H
#define SHEEPSIM_WIRE_RECORDS_H

#include "base/integers.h"
#include "wire/message.h"

/* Limits and sizes that this path of the code needs in host form. */
#define NODE_RECORD_SIZE  80u	  /* sd_node */
#define CLUSTER_INFO_HEAD 48u	  /* cluster_info before its nodes */
#define CLUSTER_INFO_SIZE 491568u /* the whole, 6144 nodes */
#define EPOCH_LOG_HEAD	  48u
#define VDI_STATE_SIZE	  1428u
#define VDI_OP_HEAD	  96u /* vdi_op_message before its data */
#define MAX_PARTICIPANTS  31u

/* node_id: what identifies a node is addr and port; io_* is an attribute (spec 2.3). */
struct node_id {
	uint8_t addr[16]; /* network order */
	uint16_t port;
	uint8_t io_addr[16];
	uint16_t io_port; /* 0: no second NIC */
};

/* sd_node: a member record. The 24 bytes of tree linkage are written as zero and ignored. */
struct node_rec {
	struct node_id nid;
	uint16_t nr_vnodes; /* 0: gateway only */
	uint32_t zone;
	uint64_t space; /* bytes */
};

/* Member order: ascending address bytes, then port (spec 2.3). <0, 0, >0. */
int node_id_cmp(const struct node_id *a, const struct node_id *b);

/* "127.0.0.1" or "2001:db8::1": 16 bytes in network order, as in node_id; returns buf. */
const char *address_text(const uint8_t addr[16], char buf[48]);

/* "127.0.0.1:7000" or "[2001:db8::1]:7001" into a static-sized buffer; returns buf. */
const char *node_id_text(const struct node_id *id, char buf[64]);

/* node_id is part of several structures; the codec of its 40 bytes. */
struct sd_node_id;
void node_id_encode(const struct node_id *h, struct sd_node_id *dst);
void node_id_decode(const struct sd_node_id *src, struct node_id *h);

void node_rec_encode(const struct node_rec *h, uint8_t out[NODE_RECORD_SIZE]);
void node_rec_decode(const uint8_t in[NODE_RECORD_SIZE], struct node_rec *h);

/* A list of n records as bytes, and back from offset on. *nodes: to be free()d, NULL if n is 0. */
struct blob *node_list_encode(const struct node_rec *nodes, size_t n);
int node_list_decode(const struct blob *b, uint64_t offset, size_t n, struct node_rec **nodes,
		     struct wire_error *err);

/* cluster_info without its nodes (spec 2.4). */
struct cluster_info {
	uint8_t proto_ver;
	uint8_t disable_recovery;
	uint16_t nr_nodes; /* entries used in nodes[] */
	uint32_t epoch;
	uint64_t ctime;
	uint16_t flags; /* SD_CLUSTER_FLAG_* */
	uint8_t nr_copies;
	uint8_t copy_policy;
	uint8_t status; /* SD_STATUS_* */
	uint8_t block_size_shift;
	/* what a JOIN says of the joiner's versions (versions.md 6.1), all 0: nothing; dialect.h */
	uint8_t family;
	uint8_t level_ver;
	uint8_t lowest_ver;
	char default_store[17]; /* NUL-terminated */
};

/*
 * The bytes of a cluster_info with h->nr_nodes nodes; size: CLUSTER_INFO_SIZE for the fixed array
 * of 6144, or CLUSTER_INFO_HEAD + 80 * nr_nodes for the used part only.
 */
struct blob *cluster_info_encode(const struct cluster_info *h, const struct node_rec *nodes,
				 uint64_t size);

/* *nodes: the used entries, to be free()d (NULL if none). */
int cluster_info_decode(const struct blob *b, struct cluster_info *h, struct node_rec **nodes,
			struct wire_error *err);

/* epoch_log record of STAT_CLUSTER without its nodes (spec 2.5). */
struct epoch_log {
	uint64_t ctime;
	uint64_t time; /* Unix seconds */
	uint32_t epoch;
	uint32_t nr_nodes;
	uint8_t disable_recovery;
	uint8_t nr_copies;
	uint8_t copy_policy;
	uint16_t flags;
	char drv_name[17];
};

void epoch_log_encode(const struct epoch_log *h, uint8_t out[EPOCH_LOG_HEAD]);
void epoch_log_decode(const uint8_t in[EPOCH_LOG_HEAD], struct epoch_log *h);

/* Epoch blob of GET_EPOCH and of a node's log file: records, then 8 bytes of Unix seconds. */
struct blob *epoch_blob_encode(const struct node_rec *nodes, size_t n, uint64_t time);
int epoch_blob_decode(const struct blob *b, struct node_rec **nodes, size_t *n, uint64_t *time,
		      struct wire_error *err);

/* vdi_op_message (spec 2.6): what a cluster notification carries. data may be NULL. */
struct blob *vdi_op_encode(const struct req *q, const struct rsp *p, struct blob *data);

/* The response header's variant follows the request's opcode. *data: a new reference or NULL. */
int vdi_op_decode(struct blob *b, struct req *q, struct rsp *p, struct blob **data,
		  struct wire_error *err);

/* vdi_state (spec 2.10). */
struct vdi_state {
	uint32_t vid;
	uint8_t nr_copies;
	uint8_t snapshot;
	uint8_t deleted;
	uint8_t copy_policy;
	uint8_t block_size_shift;
	uint32_t parent_vid;
	uint32_t lock_state; /* SD_LOCK_* */
	struct node_id lock_owner;
	uint32_t nr_participants;
	uint32_t participants_state[MAX_PARTICIPANTS];
	struct node_id participants[MAX_PARTICIPANTS];
};

void vdi_state_encode(const struct vdi_state *h, uint8_t out[VDI_STATE_SIZE]);
int vdi_state_decode(const struct blob *b, uint64_t offset, struct vdi_state *h,
		     struct wire_error *err);

/* The 4664 bytes at the front of an inode (spec 2.7). */
#define INODE_HEAD	4664u
#define INODE_DATA_VIDS 4664u	 /* offset of data_vdi_id[] */
#define INODE_GREFS	4198968u /* offset of gref[]; also the size QEMU and tgt know */
#define INODE_SIZE	12587576u
#define INODE_NR_DATA	1048576u /* entries of data_vdi_id[] and gref[] */

struct inode_head {
	char name[257]; /* NUL-terminated; empty: deleted */
	char tag[257];
	uint64_t create_time;
	uint64_t snap_ctime; /* non-zero: a snapshot */
	uint64_t vm_clock_nsec;
	uint64_t vdi_size;
	uint64_t vm_state_size;
	uint8_t copy_policy;
	uint8_t store_policy;
	uint8_t nr_copies;
	uint8_t block_size_shift;
	uint32_t snap_id;
	uint32_t vdi_id;
	uint32_t parent_vdi_id;
	uint32_t btree_counter;
};

void inode_head_encode(const struct inode_head *h, uint8_t out[INODE_HEAD]);
int inode_head_decode(const struct blob *b, struct inode_head *h, struct wire_error *err);

/* generation_reference */
#define GREF_SIZE 8u
struct gref {
	int32_t generation;
	int32_t count;
};

void gref_encode(const struct gref *h, uint8_t out[GREF_SIZE]);

/* Entry i of an inode's tables, from a blob that starts at the inode's offset base. */
uint32_t inode_data_vid(const struct blob *b, uint64_t base, uint32_t i);
struct gref inode_gref(const struct blob *b, uint64_t base, uint32_t i);

/* recovery_state (spec 2.11) */
#define RECOVERY_STATE_SIZE 24u
struct recovery_state {
	uint8_t in_recovery;
	uint32_t state; /* SD_RECOVERY_* */
	uint64_t nr_finished;
	uint64_t nr_total;
};

void recovery_state_encode(const struct recovery_state *h, uint8_t out[RECOVERY_STATE_SIZE]);
int recovery_state_decode(const struct blob *b, struct recovery_state *h, struct wire_error *err);

#endif
