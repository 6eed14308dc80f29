/*
 * Messages of the simulated cluster driver in host order, and their codec: the working form of part
 * two of include/sheepsim/wire/driver.h, which says what each message means.
 */
#ifndef SHEEPSIM_WIRE_DRIVER_MESSAGE_H
#define SHEEPSIM_WIRE_DRIVER_MESSAGE_H

#include "sheepsim/wire/driver.h"
#include "wire/records.h"

/* Parts that a type does not have are zero, NULL or empty. */
struct driver_message {
	uint8_t type;	 /* SD_DRIVER_* */
	uint8_t version; /* of the driver's protocol, at least 1 */
	uint16_t flags;	 /* SD_DRIVER_FLAG_* */
	uint8_t lowest;	 /* JOIN, REFUSED: the sender's versions */
	uint8_t highest;
	uint64_t position; /* place in the order, 0: none */
	struct node_rec record;
	uint32_t nr_nodes;
	struct node_rec *nodes;
	struct blob *blob;		   /* opaque or message */
	char text[SD_DRIVER_TEXT_MAX + 1]; /* why */
};

/*
 * The bytes of a message, as a new blob; m is only looked at. The blob of m is shared, not copied,
 * where it is long. m must keep to what its type has: that is asserted.
 */
struct blob *driver_message_encode(const struct driver_message *m);

/*
 * Decodes a message from any bytes: 0, or negative with *err filled (may be NULL) and *m empty.
 * A long blob of it refers to the pages of b. driver_message_clear() gives back what m owns.
 */
int driver_message_decode(struct blob *b, struct driver_message *m, struct wire_error *err);

/* Frees nodes, drops the reference of blob, and makes m zero. */
void driver_message_clear(struct driver_message *m);

/* "JOIN", or "0x63" for unknown ones (buf is used for these). */
const char *driver_message_name(uint8_t type, char buf[8]);

/* One line: "ACCEPT position=4 127.0.0.1:7003 nodes=4 blob=491568". */
struct text;
void driver_message_text(struct text *t, const struct driver_message *m);

#endif
