/*
 * The beginning and end of a universe.
 */
#include <assert.h>
#include <string.h>

#include "base/random.h"
#include "world/net.h"

#define UNIX_2026 1767225600ull /* 2026-01-01T00:00:00Z in seconds */

static uint64_t clock_now(void *arg)
{
	const struct clock *c = arg;

	return c->now;
}

void universe_init(struct universe *u, uint64_t seed)
{
	memset(u, 0, sizeof *u);
	clock_init(&u->clock);
	trace_init(&u->trace, clock_now, &u->clock);
	u->seed = seed;
	u->jitter = random_purpose(seed, "net-jitter");
	u->epoch_unix = UNIX_2026 * NSEC_PER_SEC;
	u->speed = (struct universe_speed){
		.net_latency = 100 * NSEC_PER_USEC,
		.net_jitter = 20 * NSEC_PER_USEC,
		.net_byte_ps = 1000,
		.disk_latency = 200 * NSEC_PER_USEC,
		.disk_byte_ps = 500,
		.disk_depth = 8,
	};
	TAILQ_INIT(&u->filters);
	TAILQ_INIT(&u->spare);
	u->conns.size = sizeof(struct conn_pair);
}

void universe_free(struct universe *u)
{
	assert(!u->listeners);
	net_free(u);
	faults_free(u);
	clock_free(&u->clock);
}
