/*
 * I16: the strips of an object belong to each other.
 */
#include <inttypes.h>

#include "check/cluster.h"
#include "sheep/ec.h"

static bool all_there(struct blob *const strips[], uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		if (!strips[i] || blob_size(strips[i]) != blob_size(strips[0]))
			return false;
	}
	return true;
}

void check_parity(uint64_t oid, uint8_t policy, struct blob *const strips[], const int nodes[],
		  uint32_t nr, struct report *r)
{
	uint32_t d = sd_policy_data_strips(policy), p = sd_policy_parity_strips(policy);
	struct blob *parity[SD_EC_MAX_STRIPS];

	if (nr <= d || !all_there(strips, d))
		return;
	ec_encode(policy, strips, parity);
	for (uint32_t j = 0; j < p; j++) {
		uint32_t i = d + j;

		if (i < nr && strips[i] && !blob_equal(strips[i], parity[j]))
			report_violation(r, "I16",
					 "object %016" PRIx64 ": strip %" PRIu32
					 " on node %d is not the parity of its data",
					 oid, i, nodes[i]);
		blob_unref(parity[j]);
	}
}
