#include "placement/ring.h"
#include "placement/hash.h"
#include "base/mem.h"
#include "wire/records.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Counts the vnodes in each bucket, and makes of the counts where each bucket ends. */
static void count_buckets(struct ring *r, const struct vnode *v, uint32_t nr_buckets)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < r->nr; i++)
		r->start[v[i].hash >> r->shift]++;
	for (uint32_t i = 0; i < nr_buckets; i++) {
		sum += r->start[i];
		r->start[i] = sum;
	}
}

/* Sorts what the buckets left to do: neighbours only, as a bucket holds about one vnode. */
static void sort_neighbours(struct vnode *v, uint32_t nr)
{
	for (uint32_t i = 1; i < nr; i++) {
		struct vnode x = v[i];
		uint32_t k = i;

		for (; k > 0 && v[k - 1].hash > x.hash; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

static void assert_no_two_are_equal(const struct ring *r)
{
	for (uint32_t i = 1; i < r->nr; i++) {
		const struct vnode *v = &r->vnode[i];

		if (v[-1].hash != v->hash)
			continue;
		fprintf(stderr, "sheepsim: members %u and %u have the same vnode %016" PRIx64 "\n",
			v[-1].owner, v->owner, v->hash);
		abort();
	}
}

static uint64_t next_point(const struct ring_owner *owner, uint64_t hash)
{
	if (owner->id_08)
		return sd_hash_next_08(hash, owner->id_08->addr, owner->id_08->port);
	return sd_hash_next(hash);
}

static struct vnode *make_vnodes(const struct ring_owner *owners, uint32_t n, uint32_t nr)
{
	struct vnode *vnodes = mem_resize(NULL, nr, sizeof(*vnodes));
	struct vnode *v = vnodes;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t hash = owners[i].seed;

		for (uint32_t k = 0; k < owners[i].nr_vnodes; k++) {
			hash = next_point(&owners[i], hash);
			*v++ = (struct vnode){
				.hash = hash, .zone = owners[i].zone, .owner = (uint16_t)i};
		}
	}
	return vnodes;
}

void ring_build(struct ring *r, const struct ring_owner *owners, uint32_t n)
{
	uint32_t bits = 1;
	struct vnode *v;

	assert(n <= UINT16_MAX + 1u);
	*r = (struct ring){0};
	for (uint32_t i = 0; i < n; i++) {
		assert(owners[i].nr_vnodes <= UINT32_MAX / 2 - r->nr);
		r->nr += owners[i].nr_vnodes;
	}
	while (1u << bits < r->nr)
		bits++;
	r->shift = 64 - bits;
	r->start = mem_array((size_t)1 << bits, sizeof(*r->start));
	v = make_vnodes(owners, n, r->nr);
	count_buckets(r, v, 1u << bits);
	r->vnode = mem_resize(NULL, r->nr, sizeof(*r->vnode));
	/* filled from its end, each bucket finally starts where `start` says */
	for (uint32_t i = r->nr; i-- > 0;)
		r->vnode[--r->start[v[i].hash >> r->shift]] = v[i];
	free(v);
	sort_neighbours(r->vnode, r->nr);
	assert_no_two_are_equal(r);
}

void ring_free(struct ring *r)
{
	free(r->start);
	free(r->vnode);
	*r = (struct ring){0};
}

/* R306: the first owner. */
uint32_t ring_find(const struct ring *r, uint64_t hash)
{
	uint32_t i;

	assert(r->nr > 0);
	i = r->start[hash >> r->shift];
	while (i < r->nr && r->vnode[i].hash < hash)
		i++;
	return i < r->nr ? i : 0;
}
