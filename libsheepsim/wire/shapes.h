/*
 * Which structure the payload of each operation has. For what renders payloads, and for what checks
 * them.
 */
#ifndef SHEEPSIM_WIRE_SHAPES_H
#define SHEEPSIM_WIRE_SHAPES_H

#include "wire/message.h"

/* What a payload is. */
enum shape {
	SHAPE_DATA, /* nothing that is known */
	SHAPE_NAMES,
	SHAPE_TEXT,
	SHAPE_NUMBER,
	SHAPE_VID,
	SHAPE_OIDS,
	SHAPE_BITMAP,
	SHAPE_OBJECT,
	SHAPE_ATTR,
	SHAPE_NODES,
	SHAPE_EPOCH,
	SHAPE_LOGS,
	SHAPE_CLUSTER_INFO,
	SHAPE_VDI_STATES,
	SHAPE_RECOVERY,
	SHAPE_THROTTLING,
	SHAPE_STAT,
	SHAPE_DISKS,
};

/* The shape of the payload of a request, or of the answer to it. */
enum shape payload_shape(uint8_t opcode, bool answer);

#endif
