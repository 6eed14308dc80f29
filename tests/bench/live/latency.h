/*
 * How long requests took: counted in steps of about 3 %, so an hour of them takes no room. For
 * load.c, which owns it.
 */
#ifndef TESTS_BENCH_LIVE_LATENCY_H
#define TESTS_BENCH_LIVE_LATENCY_H

#include <stdint.h>

#define LATENCY_STEPS 640u

struct latency {
	uint64_t count[LATENCY_STEPS], all;
	double longest;
};

void latency_add(struct latency *l, double seconds);

/* The time that so many of a thousand did not exceed, in seconds. */
double latency_of(const struct latency *l, unsigned int per_mille);

/* Median, 99 %, 99.9 % and the longest, in ms. */
void latency_print(const struct latency *l);

#endif
