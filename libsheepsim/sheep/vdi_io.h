/*
 * Nested I/O of the VDI layer (R007): what its operations read and write goes through the own
 * gateway, one request after the other.
 *
 * A flow is embedded in the struct of an operation, which owns it. Each of the calls below starts
 * one request and names the step that is called when it is answered, with result and out set.
 */
#ifndef SHEEPSIM_SHEEP_VDI_IO_H
#define SHEEPSIM_SHEEP_VDI_IO_H

#include "sheep/node.h"

struct flow {
	struct sheep *sheep;
	void (*step)(struct flow *f); /* next */
	uint32_t result;	      /* of the request before */
	struct blob *out;	      /* what it brought; borrowed during the step, may be NULL */
};

/* Any request. data: borrowed, may be NULL. */
void flow_request(struct flow *f, const struct req *q, struct blob *data,
		  void (*step)(struct flow *f));

/* READ_OBJ of length bytes from offset on; flags: SD_FLAG_CMD_FWD or 0. */
void flow_read(struct flow *f, uint64_t oid, uint32_t offset, uint32_t length, uint16_t flags,
	       void (*step)(struct flow *f));

/* WRITE_OBJ or CREATE_AND_WRITE_OBJ (opcode) of data at offset. Consumes the caller's reference. */
void flow_write(struct flow *f, uint8_t opcode, uint64_t oid, uint32_t offset, struct blob *data,
		uint16_t flags, void (*step)(struct flow *f));

#endif
