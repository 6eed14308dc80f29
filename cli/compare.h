/*
 * An answer as it was captured and as it came, compared byte by byte but for what is masked; and
 * what differs, field by field.
 */
#ifndef SHEEPSIM_CLI_COMPARE_H
#define SHEEPSIM_CLI_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "masks.h"

struct answer {
	uint8_t head[48];
	uint8_t *payload; /* owned by who made it; NULL: none */
	size_t len;
};

/* Are they the same? Both are masked by this. */
bool answers_equal(const struct masks *masks, const char *step, const uint8_t request[48],
		   struct answer *captured, struct answer *got);

/* Prints what differs between two answers that are not equal. */
void answers_explain(const uint8_t request[48], const struct answer *captured,
		     const struct answer *got);

#endif
