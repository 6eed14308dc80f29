/*
 * What has to be on a disk that is written at random: each unit of it has a version, and what a
 * unit holds in a version follows from a seed. For programs that write to real clusters over real
 * sockets (iscsi_io, load); they own a struct pattern for each disk.
 */
#ifndef TESTS_INTEROP_PATTERN_H
#define TESTS_INTEROP_PATTERN_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#define PATTERN_ANY  UINT32_MAX /* version of a unit of which nothing is known */
#define PATTERN_UNIT 4096u	/* what is written at least, and has one version */

struct pattern {
	uint64_t seed;
	uint32_t nr;	/* units */
	uint32_t *is;	/* version of each unit, 0: zeros, or PATTERN_ANY */
	uint32_t *may;	/* of a write that failed, and may have come there; 0: none */
	uint32_t next;	/* the last version that was given */
	uint64_t wrong; /* units that were found to be something else */
};

/* A number that looks random, and follows from x. */
uint64_t pattern_mix(uint64_t x);

/* A disk of so many units that is all zeros. False: no memory. */
bool pattern_init(struct pattern *p, uint64_t seed, uint32_t nr);
void pattern_free(struct pattern *p);

/* What units from at on hold in a version; out has room for them. */
void pattern_content(const struct pattern *p, uint32_t at, uint32_t units, uint32_t version,
		     uint8_t *out);

/*
 * A write has ended: acknowledged, or it is not known whether it has come there. After two of the
 * latter kind in a row nothing is known until the next one of the former.
 */
void pattern_written(struct pattern *p, uint32_t at, uint32_t units, uint32_t version,
		     bool acknowledged);

/* Units were read; what is not as it has to be is counted, and the first ten are told on stderr. */
void pattern_check(struct pattern *p, uint32_t at, uint32_t units, const uint8_t *found);

#endif
