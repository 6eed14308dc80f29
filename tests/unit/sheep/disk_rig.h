/*
 * A node with disks, for the tests of them: three nodes with three copies of everything, the first
 * of which has disks FIRST and SECOND.
 */
#ifndef TESTS_UNIT_SHEEP_DISK_RIG_H
#define TESTS_UNIT_SHEEP_DISK_RIG_H

#include "cluster.h"

#define GIB	(UINT64_C(1) << 30)
#define FIRST	"/store/0.1"
#define SECOND	"/store/0.2"
#define OBJECTS 8u /* data objects of the VDI */

/* Counts are of node 0. */
struct disks {
	struct cluster *c;
	uint32_t vid;
	uint64_t on[4]; /* a data object on each disk, by its number */
	struct trace_sink sink;
	uint32_t runs;	    /* level runs that it has started */
	uint32_t moved;	    /* objects that it has moved to another disk */
	uint32_t recovered; /* objects */
	uint32_t linked;    /* of these, stale copies */
};

/* For cmocka: with so many disks, and after the test. */
int two_disks(void **state);
int one_disk(void **state);
int disks_end(void **state);

#define two(f) cmocka_unit_test_setup_teardown(f, two_disks, disks_end)
#define one(f) cmocka_unit_test_setup_teardown(f, one_disk, disks_end)

/* Fills on[] again, after disks were plugged. */
void find_objects(struct disks *d);

/* MD_PLUG and MD_UNPLUG of node 0. */
uint32_t plug(struct disks *d, const char *paths);
uint32_t unplug(struct disks *d, const char *paths);

/* A request of a gateway to node 0; and its result. Writes have 7 bytes, "changed". */
struct req req_peer(const struct disks *d, uint8_t opcode, uint64_t oid);
uint32_t peer(struct disks *d, uint8_t opcode, uint64_t oid);

/* Waits until all is quiet, and expects every data object on every node that runs. */
void expect_recovered(struct disks *d);

#endif
