#include <math.h>
#include <stdio.h>

#include "latency.h"

/* The first step ends at 1 us, each further one 3 % later. */
#define FIRST 1e-6
#define STEP  1.03

void latency_add(struct latency *l, double seconds)
{
	double step = seconds > FIRST ? log(seconds / FIRST) / log(STEP) : 0;

	l->count[step < LATENCY_STEPS - 1 ? (unsigned int)step : LATENCY_STEPS - 1]++;
	l->all++;
	if (seconds > l->longest)
		l->longest = seconds;
}

double latency_of(const struct latency *l, unsigned int per_mille)
{
	uint64_t before = 0;

	for (unsigned int i = 0; i < LATENCY_STEPS; i++) {
		before += l->count[i];
		if (before * 1000 >= l->all * per_mille)
			return FIRST * pow(STEP, i + 1);
	}
	return l->longest;
}

void latency_print(const struct latency *l)
{
	printf("p50 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, longest %.3f ms", 1e3 * latency_of(l, 500),
	       1e3 * latency_of(l, 990), 1e3 * latency_of(l, 999), 1e3 * l->longest);
}
