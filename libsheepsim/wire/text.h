/*
 * Messages in words: one line for a header, and the fields of headers and known payloads one by
 * one. For transcripts (`show messages`), for differences in `sheepsim conform`, for `sheepsim
 * decode`.
 */
#ifndef SHEEPSIM_WIRE_TEXT_H
#define SHEEPSIM_WIRE_TEXT_H

#include "base/text.h"
#include "wire/cluster_event.h"

/*
 * All of these say what is meant in a dialect: headers, operations, results and payloads have other
 * layouts, names and numbers in older releases. Headers must be decoded as that dialect has them.
 *
 * One line without a newline: "WRITE_PEER epoch=2 oid=00ed202b00000000 off=0 len=4096 ec_index=1"
 * or "WRITE_PEER SUCCESS epoch=2 len=0"; fields that are zero are left out.
 */
void req_text(enum dialect d, struct text *t, const struct req *q);
void rsp_text(enum dialect d, struct text *t, const struct rsp *p);

/* Called for each field of a header or payload, in order of offset. */
typedef void (*wire_field_fn)(void *arg, const char *name, uint64_t offset, uint64_t len,
			      const char *value);

/*
 * All fields of a header; head: 48 bytes as on the wire. Bytes that are no field's are said as
 * "other" if they are not zero, here and in payloads.
 */
void req_fields(enum dialect d, const uint8_t head[WIRE_HEADER], wire_field_fn fn, void *arg);
void rsp_fields(enum dialect d, const uint8_t head[WIRE_HEADER], wire_field_fn fn, void *arg);

/*
 * The fields of the payload of a request (rsp NULL) or of an answer; q is the request in both
 * cases. Payloads without a known structure give one field "data" with their size and digest.
 */
void payload_fields(enum dialect d, const struct req *q, const struct rsp *p, struct blob *payload,
		    wire_field_fn fn, void *arg);

/*
 * The fields of other structures: member records; a cluster_info; a vdi_op_message ("request.",
 * "answer.", "data."); a whole inode, attribute, B-tree node or ledger; a message to or from
 * shepherd with its header; an event of another driver; a message of the simulated one. Where a
 * message cannot be decoded: "data".
 */
void node_fields(const struct blob *b, wire_field_fn fn, void *arg);
void cluster_info_fields(struct blob *b, wire_field_fn fn, void *arg);
void vdi_op_fields(struct blob *b, wire_field_fn fn, void *arg);
void object_fields(struct blob *b, uint64_t oid, wire_field_fn fn, void *arg);
void shepherd_fields(enum dialect d, struct blob *b, bool to_server, wire_field_fn fn, void *arg);
void cluster_event_fields(enum dialect d, enum event_driver driver, struct blob *b,
			  wire_field_fn fn, void *arg);
void driver_message_fields(struct blob *b, wire_field_fn fn, void *arg);

#endif
