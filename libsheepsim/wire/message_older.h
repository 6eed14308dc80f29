/*
 * The variants of headers that releases up to 0.7 have (older_header.h). Used by message.c only.
 */
#ifndef SHEEPSIM_WIRE_MESSAGE_OLDER_H
#define SHEEPSIM_WIRE_MESSAGE_OLDER_H

#include "wire/message.h"

/* Encode the fields of h's variant into a header that has everything else. */
void older_req_encode(const struct req *h, uint8_t head[WIRE_HEADER]);
void older_rsp_encode(const struct rsp *h, uint8_t head[WIRE_HEADER]);

/* Decode the fields of h's variant, and what its reserved bytes hold. */
void older_req_decode(const uint8_t head[WIRE_HEADER], struct req *h);
void older_rsp_decode(const uint8_t head[WIRE_HEADER], struct rsp *h);

#endif
