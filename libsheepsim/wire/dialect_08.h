/*
 * The translations of 0.7 (0x08), from and into the words of 1.0. For dialect.c only.
 */
#ifndef SHEEPSIM_WIRE_DIALECT_08_H
#define SHEEPSIM_WIRE_DIALECT_08_H

#include "wire/dialect.h"

/* Headers. Lengths change where records have another size: of payloads, and of room for them. */
void dialect_08_req_send(struct req *q);
void dialect_08_req_receive(struct req *q);
void dialect_08_rsp_send(uint8_t opcode, struct rsp *p);
void dialect_08_rsp_receive(uint8_t opcode, struct rsp *p);

/* Payloads; new references. slots: places for nodes that epoch logs have inside. */
struct blob *dialect_08_payload_send(enum shape shape, struct blob *payload);
struct blob *dialect_08_payload_receive(enum shape shape, uint32_t slots, struct blob *payload);

#endif
