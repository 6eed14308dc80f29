/*
 * Checks for who looks at traffic, of any release: no sheep looks so closely.
 *
 * Results: 0, or negative with *err filled (may be NULL): the first byte that is wrong (bytes of
 * the header are 0-47, those of the payload follow). Headers are decoded as their dialect has them.
 */
#ifndef SHEEPSIM_WIRE_TRAFFIC_H
#define SHEEPSIM_WIRE_TRAFFIC_H

#include "wire/dialect.h"

/*
 * As req_validate(), for a request of a dialect: of those before 1.0 only operation and lengths are
 * looked at.
 */
int dialect_req_validate(enum dialect d, const struct req *h, const struct blob *payload,
			 struct wire_error *err);

/* Checks an answer against its request: opcode and id, room for the payload, its structure. */
int rsp_validate(enum dialect d, const struct req *q, const struct rsp *h,
		 const struct blob *payload, struct wire_error *err);

/*
 * Checks the structure of a payload that an operation carries in a request, or in the answer to it:
 * that what its fields say fits into its bytes.
 */
int payload_validate(enum dialect d, const struct req *q, bool answer, const struct blob *payload,
		     struct wire_error *err);

/*
 * Are these 48 bytes very likely a header? For finding the place where a stream of bytes goes on:
 * known opcode, possible version, flags, lengths, ids and result, nothing in reserved bytes.
 */
bool req_plausible(const uint8_t head[WIRE_HEADER]);
bool rsp_plausible(const uint8_t head[WIRE_HEADER]);

#endif
