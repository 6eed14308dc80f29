/*
 * Messages between sheep and a shepherd server in host order, and their codec: the working form of
 * include/sheepsim/wire/shepherd.h, which says what each message means (wire-protocols 7.2).
 *
 * The variable part of most bodies begins before the fixed part ends, and some bytes at the end of
 * a body are nobody's: only this codec knows. What it drops of decoded bytes: these bytes, the tree
 * linkage of member records, and the slots of member lists that are not used; it writes zeros
 * there.
 */
#ifndef SHEEPSIM_WIRE_SHEPHERD_MESSAGE_H
#define SHEEPSIM_WIRE_SHEPHERD_MESSAGE_H

#include "wire/dialect.h"

#define SHEPHERD_HEADER 8u /* bytes before the body */

/* What the body of a message holds. */
enum shepherd_body {
	SHEPHERD_BODY_NONE,
	SHEPHERD_BODY_JOIN,    /* node (the joiner), nodes, blob (an opaque: cluster_info) */
	SHEPHERD_BODY_REPLY,   /* nodes, blob (an opaque) */
	SHEPHERD_BODY_NOTIFY,  /* unblock, blob (a vdi_op_message) */
	SHEPHERD_BODY_FORWARD, /* node (the sender), unblock, blob (a vdi_op_message) */
	SHEPHERD_BODY_NODE,    /* node */
};

/* Where the parts of a body are, from its front on. */
struct shepherd_layout {
	uint32_t fixed; /* bytes that the length counts besides the blob's */
	bool has_node, has_nodes, has_unblock, has_blob;
	uint32_t node, nodes, nr_nodes, unblock, blob;
};

/* Layouts are those of 0x09 and 0x0a, or of 0x08: the dialect tells, here and below. */
const struct shepherd_layout *shepherd_layout(enum dialect d, enum shepherd_body body);

/* Parts that the body of the type does not have are zero or NULL. */
struct shepherd_message {
	bool to_server; /* from a sheep; types are numbered by direction */
	uint32_t type;	/* SD_SHEPHERD_* */
	struct node_rec node;
	uint32_t nr_nodes;
	struct node_rec *nodes;
	bool unblock;
	struct blob *blob;
};

/* "NOTIFY_FORWARD"; NULL: there is no such type. *body (may be NULL): what it holds. */
const char *shepherd_type_name(bool to_server, uint32_t type, enum shepherd_body *body);

/*
 * Checks a header: that there is such a type, and that a body of it can have this length. Returns
 * 0 with the bytes that follow in *length, or negative with *err filled (may be NULL); offsets of
 * errors count from the header on, here and below.
 */
int shepherd_header_decode(enum dialect d, const uint8_t head[SHEPHERD_HEADER], bool to_server,
			   uint32_t *length, struct wire_error *err);

/* The bytes of a message, header and body. m must keep to what its type has: that is asserted. */
struct blob *shepherd_message_encode(enum dialect d, const struct shepherd_message *m);

/*
 * Decodes a message, header and body, from any bytes: 0, or negative with *err filled (may be NULL)
 * and *m empty. shepherd_message_clear() gives back what m owns.
 */
int shepherd_message_decode(enum dialect d, struct blob *b, bool to_server,
			    struct shepherd_message *m, struct wire_error *err);

/* Frees nodes, drops the reference of blob, and makes m zero. */
void shepherd_message_clear(struct shepherd_message *m);

/* One line: "NOTIFY_FORWARD 127.0.0.1:7000 unblock NEW_VDI ...", "JOIN_REPLY nodes=3 ...". */
struct text;
void shepherd_message_text(struct text *t, const struct shepherd_message *m);

#endif
