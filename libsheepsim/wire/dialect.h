/*
 * The dialects of the peer protocol: what nodes of different releases say in different words, and
 * what it means to one of another release.
 *
 * Everything inside of a node is in the words of 1.0. Where something leaves or enters it, the node
 * has it translated here; nowhere else is asked which release something is of. The twelve
 * differences between 0.9 and 1.0 (versions.md 4.8) are cited as V1 to V12:
 *
 *   V1   header byte 0                      dialect_req_send()
 *   V2   layout of cluster_info             dialect_cluster_info_*()
 *   V3   cluster flags                      all of these, dialect_refuses()
 *   V4   layout of vdi_state                dialect_vdi_states_*()
 *   V5   locks at a join, whole or by VDI   lock_tables; sheep/vdi_collect.c
 *   V6   numbers of results                 dialect_rsp_*()
 *   V7   operations that are new            dialect_has_op()
 *   V8   operations that are gone           none of them is served in any dialect
 *   V9   block_size_shift                   dialect_req_*(), dialect_rsp_*(), dialect_refuses()
 *   V10  who was deleted, in DEL_VDI        dialect_rsp_send()
 *   V11  the base of a clone                clones_name_base; sheep/vdi_create.c
 *   V12  order of an index write            grefs_last; sheep/index_write.c
 *
 * Used by sheep/, at its edges; by client/, which is of some release too; by api/ for names.
 */
#ifndef SHEEPSIM_WIRE_DIALECT_H
#define SHEEPSIM_WIRE_DIALECT_H

#include "wire/ops.h"
#include "wire/records.h"

/* In order of time; ranges go by it. Nodes can be of 0x08 and later ones. */
enum dialect {
	DIALECT_NONE,
	DIALECT_05,  /* 0.4 */
	DIALECT_06A, /* 0.5.0, 0.5.1 */
	DIALECT_06B, /* 0.5.2 to 0.5.5 */
	DIALECT_07A, /* 0.5.6 */
	DIALECT_07B, /* 0.6 */
	DIALECT_08,  /* 0.7 */
	DIALECT_09A, /* 0.8 */
	DIALECT_09B, /* 0.9 */
	DIALECT_0A,  /* 1.0 */
	NR_DIALECTS
};

#define DIALECT_NEWEST DIALECT_0A

/* What a release is like, where that can be seen from outside. */
struct dialect_info {
	const char *name;	 /* "9b" */
	const char *releases;	 /* "0.9.3 to 0.9.5" */
	const char *note;	 /* how it is to the others */
	uint8_t version;	 /* byte 0 of its peer requests */
	enum sd_release release; /* the newest of those releases, as far as operations go */
	uint8_t family;		 /* SD_FAMILY_* */
	bool only_read;		 /* no node is of it: its words are known to who reads traffic */
	uint16_t flags;		 /* cluster flags that it knows */
	uint32_t node_size;	 /* of a member record */
	uint32_t max_nodes;	 /* that a cluster can have */
	uint32_t log_head;	 /* bytes of a record of STAT_CLUSTER before its nodes */
	uint32_t log_size;	 /* of such a record; 0: as many slots as the request says */
	uint32_t vdi_state_size; /* 0: there is none */
	uint32_t inode_size;
	bool auto_vnodes;      /* always automatic: it has no flag for it (V3) */
	bool fixed_shift;      /* all objects are of 4 MiB (V9) */
	bool lock_tables;      /* 0xc7 gives all VDIs at once (V5) */
	bool clones_name_base; /* NOTIFY_VDI_ADD of a clone has the base (V11) */
	bool has_grefs;	       /* its inodes count references */
	bool grefs_last;       /* an index write drops references, then zeroes them (V12) */
	bool deletes_data;     /* DEL_VDI removes the objects, and always frees the name (4.7) */
	bool strict_reads;     /* reading past the end of an object is an error (4.7) */
	bool old_placement;    /* other hashes and numbers of vnodes (4.6) */
	bool wide_copies;      /* numbers of copies have 32 bits (3.3) */
	bool trims;	       /* answers leave out zeros at both ends (4.2, 4.5) */
	bool cow_at_peers;     /* replicas read what they copy themselves (4.6) */
	bool trusts_tables;    /* takes what it is told of VDIs as it comes (4.7) */
};

const struct dialect_info *dialect_info(enum dialect d);

/* Dialects from lowest to highest; both NONE: not said. */
struct dialect_range {
	enum dialect lowest, highest;
};

/* "10", "9" (0.9), "9a", "9..10", "0x0a". False: no such version, or nothing speaks all of these.
 */
bool dialect_range_parse(const char *text, struct dialect_range *range);

/* "9b", "9b to 10"; returns buf. */
const char *dialect_range_text(const struct dialect_range *range, char buf[24]);

static inline bool dialect_in(enum dialect d, const struct dialect_range *range)
{
	return range->lowest <= d && d <= range->highest;
}

/* The newest dialect of the range that has this version byte; NONE: there is none. */
enum dialect dialect_of_version(uint8_t version, const struct dialect_range *range);

/* The same, where the family is said too; NONE: nobody has heard of it. */
enum dialect dialect_of_family(uint8_t version, uint8_t family);

/* The dialect that a request is said in, as its version byte tells; if it does not, the newest. */
enum dialect dialect_of_request(const struct req *q);

/* By its name, "6a", or by a version, "0x06", which is that of the newest; NONE: there is none. */
enum dialect dialect_named(const char *name);

/* Does it know the operation (V7)? Obsolete and unassigned ones nobody does. */
bool dialect_has_op(enum dialect d, uint8_t opcode);

/* ------------------------------------------------------------------ headers */

/*
 * A header in the words of 1.0 becomes one of d, and back. Lengths stay as they are. Requests below
 * 0x80 keep their version byte: it is that of another protocol. opcode: of the request.
 */
void dialect_req_send(enum dialect d, struct req *q);
void dialect_req_receive(enum dialect d, struct req *q);
void dialect_rsp_send(enum dialect d, uint8_t opcode, struct rsp *p);
void dialect_rsp_receive(enum dialect d, uint8_t opcode, struct rsp *p);

/*
 * The same of payloads: what a request (of an answer: the one that it answers) carries, in the
 * words of 1.0, as d has it, and back. payload: borrowed, may be NULL; the result is a reference of
 * its own. Lengths in headers that say it: dialect_req_*() have those of requests, of answers the
 * size of the result is the length.
 */
struct blob *dialect_payload_send(enum dialect d, uint8_t opcode, bool answer,
				  struct blob *payload);
struct blob *dialect_payload_receive(enum dialect d, const struct req *q, bool answer,
				     struct blob *payload);

/*
 * Reads of 0.7 leave out whole blocks of zeros at both ends (4.5): what is left of a payload that
 * was read from this offset of an object, a new reference; *offset: the bytes that were left out in
 * front. And the whole again, of len bytes.
 */
struct blob *dialect_trim(struct blob *payload, uint64_t object_offset, uint64_t *offset);
struct blob *dialect_expand(struct blob *payload, uint64_t offset, uint64_t len);

/*
 * Are successful answers to it trimmed? What a node says to another one always is; a client that
 * announces a frontend version below 2 does not know of it.
 */
bool dialect_trims(enum dialect d, const struct req *q);

/*
 * An answer as it comes from a node of d: dialect_rsp_receive(), and its payload as that is inside,
 * whole. q: the request in the words of 1.0. p: with the new length. payload: borrowed, may be
 * NULL; the result is a reference, or NULL.
 */
struct blob *dialect_answer_receive(enum dialect d, const struct req *q, struct rsp *p,
				    struct blob *payload);

/* The variants of the headers that an operation has, for req_decode_as() and rsp_decode_as(). */
enum variant dialect_req_variant(enum dialect d, uint8_t opcode);
enum variant dialect_rsp_variant(enum dialect d, uint8_t opcode);

/* What the payload of a request, or of the answer to it, is in this dialect. */
enum shape dialect_payload_shape(enum dialect d, uint8_t opcode, bool answer);

/* True if a cluster of this dialect cannot have what the request asks for (V3, V9). */
bool dialect_refuses(enum dialect d, const struct req *q);

/* ------------------------------------------------------------------ structures */

/*
 * As in records.h. size 0: as much as the used entries take. A version byte that is not 0 becomes
 * that of d: it tells the layout.
 */
struct blob *dialect_cluster_info_encode(enum dialect d, const struct cluster_info *h,
					 const struct node_rec *nodes, uint64_t size);
int dialect_cluster_info_decode(enum dialect d, const struct blob *b, struct cluster_info *h,
				struct node_rec **nodes, struct wire_error *err);

/* The join message that a master judges (0x05 to 0x07), without its nodes. */
struct join_message {
	uint8_t proto_ver;
	uint8_t nr_copies;
	uint16_t nr_nodes;
	uint16_t nr_failed;  /* known to be gone */
	uint16_t nr_delayed; /* told to join later */
	uint16_t flags;	     /* SD_CLUSTER_FLAG_07_* */
	uint32_t status;     /* SD_STATUS_07_* */
	uint32_t epoch;
	uint64_t ctime;
	uint8_t inc_epoch;
	uint8_t disable_recovery; /* not in 0x05 */
	char store[17];
};

struct blob *join_message_encode(enum dialect d, const struct join_message *h,
				 const struct node_rec *nodes);

/* *nodes: h->nr_nodes of them, to be free()d (NULL if none). */
int join_message_decode(enum dialect d, const struct blob *b, struct join_message *h,
			struct node_rec **nodes, struct wire_error *err);

/* Member records; the result is the size of one, which a buffer must have room for. */
uint32_t dialect_node_encode(enum dialect d, const struct node_rec *node, uint8_t *out);
uint32_t dialect_node_decode(enum dialect d, const uint8_t *in, struct node_rec *node);

/* Lists of them, and epochs as GET_EPOCH answers them; as in records.h. */
struct blob *dialect_nodes_encode(enum dialect d, const struct node_rec *nodes, size_t n);
int dialect_nodes_decode(enum dialect d, const struct blob *b, uint64_t offset, size_t n,
			 struct node_rec **nodes, struct wire_error *err);
struct blob *dialect_epoch_encode(enum dialect d, const struct node_rec *nodes, size_t n,
				  uint64_t time);
int dialect_epoch_decode(enum dialect d, const struct blob *b, struct node_rec **nodes, size_t *n,
			 uint64_t *time, struct wire_error *err);

/*
 * Fronts of records of STAT_CLUSTER (log_head bytes), and the size of such a record where the
 * request asks for this many slots. A number of copies past 255 becomes 255.
 */
uint64_t dialect_log_size(enum dialect d, uint32_t slots);
void dialect_log_encode(enum dialect d, const struct epoch_log *h, uint8_t *out);
void dialect_log_decode(enum dialect d, const uint8_t *in, struct epoch_log *h);

/* The cluster flags as d has them, and what they mean where they come from it (V3). */
uint16_t dialect_flags_send(enum dialect d, uint16_t flags);
uint16_t dialect_flags_receive(enum dialect d, uint16_t flags);

/* States of n VDIs one after the other (V4). */
struct blob *dialect_vdi_states_encode(enum dialect d, const struct vdi_state *states, size_t n);

/*
 * *states: to be free()d, NULL if *n is 0. Bytes that are no whole number of states are an error,
 * and so is a state that cannot be, unless d trusts tables: then they are passed over.
 */
int dialect_vdi_states_decode(enum dialect d, const struct blob *b, struct vdi_state **states,
			      size_t *n, struct wire_error *err);

/* ------------------------------------------------------------------ joins (versions.md 6.1) */

/* What a JOIN says of the joiner, in bytes that sheepdog ignores. */
struct dialect_offer {
	struct dialect_range speaks; /* NONE: nothing was said: a real daemon */
	enum dialect level;	     /* of its cluster, as its disk has it; NONE: none */
};

void dialect_offer_put(struct cluster_info *ci, const struct dialect_offer *offer);

/* Does an opaque say what its sender speaks? Then it is a JOIN that nobody has judged. */
bool dialect_is_offer(const struct blob *opaque);

/*
 * Reads the offer of a JOIN, whatever its layout: these bytes have the same place in all. An error:
 * it is of a release that nobody has heard of.
 */
int dialect_offer_get(const struct blob *join, struct dialect_offer *offer, struct wire_error *err);

#endif
