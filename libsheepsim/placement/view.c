#include "placement/commons_tables.h"
#include "placement/hash.h"
#include "placement/ring.h"
#include "base/mem.h"
#include "sheepsim/wire/older.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* R301: made once, and never changed. */
struct view {
	uint32_t refs;
	enum placing placement;
	uint32_t zones;
	uint32_t vnodes;
	struct members *members; /* with the counts of this view; a reference */
	struct ring ring;	 /* empty until the first object is placed */
};

/* --- Vnode counts -------------------------------------------------------------------------- */

/* The integer mean of the spaces that are not zero; 0: all are. */
static uint64_t average_space(const struct members *m)
{
	uint64_t mean = 0;
	uint64_t rest = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->nr; i++)
		n += m->rec[i].space != 0;
	if (n == 0)
		return 0;
	/* the sum might not fit, but its parts do */
	for (uint32_t i = 0; i < m->nr; i++) {
		mean += m->rec[i].space / n;
		rest += m->rec[i].space % n;
	}
	return mean + rest / n;
}

/* R302: in single precision, to the nearest integer, ties to even, stored in 16 bits. */
static uint16_t vnodes_of_space(uint64_t space, uint64_t average, uint32_t usual)
{
	float exact = (float)usual * (float)space / (float)average;
	uint32_t whole = (uint32_t)exact; /* at most `usual' for each member */
	float rest = exact - (float)whole;

	if (rest > 0.5f || (rest == 0.5f && whole % 2))
		whole++;
	return (uint16_t)whole;
}

/* The list with the counts that follow from space (R302), with `usual` vnodes on average. */
static struct members *compute(struct commons *c, struct members *m, uint32_t usual)
{
	uint64_t average = average_space(m);
	struct members *computed;
	struct node_rec *recs;

	if (average == 0)
		return members_ref(m);
	recs = mem_array(m->nr, sizeof(*recs));
	for (uint32_t i = 0; i < m->nr; i++) {
		recs[i] = m->rec[i];
		recs[i].nr_vnodes = vnodes_of_space(recs[i].space, average, usual);
	}
	computed = members_get(c, recs, m->nr);
	free(recs);
	return computed;
}

/* The list with the counts of a placement; a new reference. */
static struct members *members_computed(struct commons *c, struct members *m,
					enum placing placement)
{
	struct members_entry *e = members_entry(m);

	if (placement == PLACEMENT_08)
		return compute(c, m, SD_DEFAULT_VNODES_08);
	if (!e->computed) {
		e->computed = compute(c, m, SD_DEFAULT_VNODES);
		if (e->computed == m) /* a reference to itself would keep it for ever */
			members_unref(c, m);
	}
	return members_ref(e->computed);
}

/* --- Views --------------------------------------------------------------------------------- */

/* Distinct zones of members with vnodes, counted up to MAX_ZONES (R307). */
static uint32_t count_zones(const struct members *m)
{
	uint32_t zone[MAX_ZONES];
	uint32_t nr = 0;

	for (uint32_t i = 0; i < m->nr && nr < MAX_ZONES; i++) {
		uint32_t k = 0;

		if (m->rec[i].nr_vnodes == 0)
			continue;
		while (k < nr && zone[k] != m->rec[i].zone)
			k++;
		if (k == nr)
			zone[nr++] = m->rec[i].zone;
	}
	return nr;
}

struct view *view_get(struct commons *c, const struct members *m, bool auto_vnodes,
		      enum placing placement)
{
	struct members *counted = &members_entry(m)->m;
	struct members_entry *e;
	struct view *v;

	/* fixed counts are those of the records (R303) */
	counted = auto_vnodes ? members_computed(c, counted, placement) : members_ref(counted);
	e = members_entry(counted);
	if (e->view[placement]) {
		members_unref(c, counted);
		return view_ref(e->view[placement]);
	}
	v = mem_alloc(sizeof(*v));
	v->refs = 1;
	v->placement = placement;
	v->members = counted;
	v->zones = count_zones(counted);
	for (uint32_t i = 0; i < counted->nr; i++)
		v->vnodes += counted->rec[i].nr_vnodes;
	e->view[placement] = v;
	return v;
}

struct view *view_ref(struct view *v)
{
	assert(v->refs > 0 && v->refs < UINT32_MAX);
	v->refs++;
	return v;
}

void view_unref(struct commons *c, struct view *v)
{
	if (!v)
		return;
	assert(v->refs > 0);
	if (--v->refs > 0)
		return;
	members_entry(v->members)->view[v->placement] = NULL;
	members_unref(c, v->members);
	ring_free(&v->ring);
	free(v);
}

struct members *view_members(const struct view *v)
{
	return v->members;
}

uint32_t view_zones(const struct view *v)
{
	return v->zones;
}

uint32_t view_vnodes(struct view *v)
{
	return v->vnodes;
}

/* --- Placement ----------------------------------------------------------------------------- */

/* The seed of a node's vnodes (R305): its I/O address does not count. */
static uint64_t node_seed(const struct node_id *id)
{
	uint8_t bytes[18];

	memcpy(bytes, id->addr, sizeof(id->addr));
	put_le16(bytes + 16, id->port);
	return sd_hash(bytes, sizeof(bytes));
}

static const struct ring *view_ring(struct view *v)
{
	struct ring_owner *owners;

	if (v->ring.nr || v->vnodes == 0)
		return &v->ring;
	owners = mem_array(v->members->nr, sizeof(*owners));
	for (uint32_t i = 0; i < v->members->nr; i++) {
		const struct node_rec *r = &v->members->rec[i];

		if (v->placement == PLACEMENT_08) {
			owners[i].id_08 = &r->nid;
			owners[i].seed = sd_hash_start_08();
		} else {
			owners[i].seed = node_seed(&r->nid);
		}
		owners[i].nr_vnodes = r->nr_vnodes;
		owners[i].zone = r->zone;
	}
	ring_build(&v->ring, owners, v->members->nr);
	free(owners);
	return &v->ring;
}

/* R306; where there are fewer zones than copies, so many replicas are all (R239, R812). */
uint32_t view_holders(struct view *v, uint64_t oid, uint32_t copies, uint16_t holders[MAX_ZONES])
{
	const struct ring *r = view_ring(v);
	uint32_t zone[MAX_ZONES];
	uint32_t nr = 0;
	uint32_t at;

	if (copies > v->zones)
		copies = v->zones;
	if (copies == 0)
		return 0;
	at = ring_find(r, v->placement == PLACEMENT_08 ? sd_hash_oid_08(oid) : sd_hash_oid(oid));
	for (uint32_t walked = 0; nr < copies; walked++) {
		const struct vnode *vn = &r->vnode[at];
		uint32_t k = 0;

		assert(walked < r->nr); /* there are as many zones as copies (R307) */
		while (k < nr && zone[k] != vn->zone)
			k++;
		if (k == nr) {
			zone[nr] = vn->zone;
			holders[nr++] = vn->owner;
		}
		at = at + 1 < r->nr ? at + 1 : 0;
	}
	return nr;
}

int view_holder_index(struct view *v, uint64_t oid, uint32_t copies, const struct node_id *id)
{
	uint16_t holders[MAX_ZONES];
	uint32_t nr = view_holders(v, oid, copies, holders);

	for (uint32_t i = 0; i < nr; i++)
		if (node_id_cmp(&v->members->rec[holders[i]].nid, id) == 0)
			return (int)i;
	return -1;
}

void view_vnode(struct view *v, uint32_t i, uint64_t *hash, uint16_t *member)
{
	const struct ring *r = view_ring(v);

	assert(i < r->nr);
	*hash = r->vnode[i].hash;
	*member = r->vnode[i].owner;
}
