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
#include "sheepsim/sheepsim.h"

struct answer {
	uint8_t head[48];
	uint8_t *payload; /* owned by who made it; NULL: none */
	size_t len;
};

/* Are they the same? Both are masked by this. */
bool answers_equal(const struct masks *masks, const char *step, const uint8_t request[48],
		   struct answer *captured, struct answer *got);

/* Prints what differs between two answers to a request that are not equal; request NULL: they are
 * requests themselves. */
void answers_explain(const uint8_t *request, const struct answer *captured,
		     const struct answer *got);

/* The same of two structures. */
void structures_explain(enum sheepsim_structure what, const uint8_t *captured, size_t captured_len,
			const uint8_t *got, size_t got_len);

#endif
