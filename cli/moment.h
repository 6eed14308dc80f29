/*
 * A moment's conversations between nodes, as captured and as heard in the simulation, compared as
 * tests/vectors/README.md tells: exchanges as a multiset (connections have no order, and which one
 * is used means nothing), in order only where one causes the other; events of the cluster driver in
 * order within each of its queues.
 */
#ifndef SHEEPSIM_CLI_MOMENT_H
#define SHEEPSIM_CLI_MOMENT_H

#include "exceptions.h"
#include "heard.h"
#include "masks.h"

/* Objects that a node may have recovered, or not, in an earlier moment. */
struct disputed {
	struct {
		int node;
		uint8_t oid[8];
	} * list;
	size_t nr;
};

struct moment {
	const struct masks *masks;
	const char *name;
	struct heard *captured, *got;
	struct disputed *disputed; /* goes on from moment to moment */
	bool verbose;		   /* print all that differs, not only the first thing */
	/* the result */
	unsigned int exchanges, equal;		   /* captured; how many came out the same */
	unsigned int happenings, equal_happenings; /* likewise */
	unsigned int differences;		   /* of these, and what was said besides */
	unsigned int excepted[NR_EXCEPTIONS];	   /* how often each exception was needed */
};

/* The exchanges; the events. They print what differs, with its place. */
void moment_match_exchanges(struct moment *m);
void moment_match_happenings(struct moment *m);

/* True if e is one of the exchanges that belong to recovery, which are asked for an object or not
 * depending on what is there already. */
bool is_recovery(const struct exchange *e);

/* Prints once, or if verbose each time: PATH:LINE: words. True: details may follow. */
bool moment_differs(struct moment *m, const char *path, unsigned int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Checks that where captured reads of an object came before writes of it, they do so here too, and
 * that recovery reads follow the lists that they come from (moment_order.c). */
void moment_check_order(struct moment *m);

/* Numbers in headers: little-endian. */
static inline uint64_t head_number(const uint8_t *bytes, unsigned int n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value << 8 | bytes[n];
	return value;
}

#endif
