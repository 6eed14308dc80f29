#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"

uint64_t pattern_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

bool pattern_init(struct pattern *p, uint64_t seed, uint32_t nr)
{
	*p = (struct pattern){.seed = seed, .nr = nr};
	p->is = calloc(nr, sizeof(*p->is));
	p->may = calloc(nr, sizeof(*p->may));
	return p->is != NULL && p->may != NULL;
}

void pattern_free(struct pattern *p)
{
	free(p->is);
	free(p->may);
}

void pattern_content(const struct pattern *p, uint32_t at, uint32_t units, uint32_t version,
		     uint8_t *out)
{
	for (uint32_t unit = at; unit < at + units; unit++, out += PATTERN_UNIT) {
		uint64_t x = pattern_mix(p->seed ^ pattern_mix(((uint64_t)version << 32) | unit));

		if (version == 0) {
			memset(out, 0, PATTERN_UNIT);
			continue;
		}
		/* Cheap, and no two units alike. */
		for (size_t i = 0; i < PATTERN_UNIT; i += sizeof(x)) {
			x = x * 0x5851f42d4c957f2du + 0x14057b7ef767814fu;
			memcpy(out + i, &x, sizeof(x));
		}
	}
}

void pattern_written(struct pattern *p, uint32_t at, uint32_t units, uint32_t version,
		     bool acknowledged)
{
	for (uint32_t unit = at; unit < at + units; unit++) {
		if (acknowledged)
			p->is[unit] = version;
		else if (p->may[unit] != 0)
			p->is[unit] = PATTERN_ANY;
		p->may[unit] = acknowledged ? 0 : version;
	}
}

static bool holds(const struct pattern *p, uint32_t unit, uint32_t version, const uint8_t *found)
{
	uint8_t want[PATTERN_UNIT];

	pattern_content(p, unit, 1, version, want);
	return memcmp(found, want, PATTERN_UNIT) == 0;
}

void pattern_check(struct pattern *p, uint32_t at, uint32_t units, const uint8_t *found)
{
	for (uint32_t unit = at; unit < at + units; unit++, found += PATTERN_UNIT) {
		if (p->is[unit] == PATTERN_ANY || holds(p, unit, p->is[unit], found) ||
		    (p->may[unit] != 0 && holds(p, unit, p->may[unit], found)))
			continue;
		if (p->wrong++ < 10)
			fprintf(stderr, "byte %" PRIu64 ": not what write %" PRIu32 " has left\n",
				(uint64_t)unit * PATTERN_UNIT, p->is[unit]);
	}
}
