#include "placement/commons_tables.h"
#include "base/mem.h"
#include "base/random.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Records have padding: they are compared field by field. */
static bool rec_equal(const struct node_rec *a, const struct node_rec *b)
{
	return node_id_cmp(&a->nid, &b->nid) == 0 &&
	       memcmp(a->nid.io_addr, b->nid.io_addr, sizeof(a->nid.io_addr)) == 0 &&
	       a->nid.io_port == b->nid.io_port && a->nr_vnodes == b->nr_vnodes &&
	       a->zone == b->zone && a->space == b->space;
}

static uint64_t mix_addr(uint64_t h, const uint8_t addr[16])
{
	uint64_t half[2];

	memcpy(half, addr, sizeof(half));
	return random_mix(random_mix(h, half[0]), half[1]);
}

static uint64_t members_hash(const struct members *m)
{
	uint64_t h = random_mix(0, m->nr);

	for (uint32_t i = 0; i < m->nr; i++) {
		const struct node_rec *r = &m->rec[i];

		h = mix_addr(mix_addr(h, r->nid.addr), r->nid.io_addr);
		h = random_mix(h, (uint64_t)r->nid.port << 48 | (uint64_t)r->nid.io_port << 32 |
					  r->zone);
		h = random_mix(random_mix(h, r->nr_vnodes), r->space);
	}
	return h;
}

static bool members_equal(const struct members *a, const struct members *b)
{
	if (a->nr != b->nr)
		return false;
	for (uint32_t i = 0; i < a->nr; i++)
		if (!rec_equal(&a->rec[i], &b->rec[i]))
			return false;
	return true;
}

/* A list with room for n records, not in the table yet. */
static struct members_entry *entry_new(size_t n)
{
	struct members_entry *e = mem_alloc(sizeof(*e) + n * sizeof(e->m.rec[0]));

	e->m.refs = 1;
	return e;
}

/* Puts a new list, in member order, into the table; or drops it for the one that is there. */
static struct members *intern(struct commons *c, struct members_entry *e)
{
	struct members_entry *old;

	e->hash = members_hash(&e->m);
	LIST_FOREACH (old, &c->members[e->hash % MEMBERS_BUCKETS], link) {
		if (old->hash == e->hash && members_equal(&old->m, &e->m)) {
			free(e);
			return members_ref(&old->m);
		}
	}
	LIST_INSERT_HEAD(&c->members[e->hash % MEMBERS_BUCKETS], e, link);
	return &e->m;
}

static int cmp_rec(const void *a, const void *b)
{
	const struct node_rec *const *x = a;
	const struct node_rec *const *y = b;
	int d = node_id_cmp(&(*x)->nid, &(*y)->nid);

	/* of one identity, the one that was given first */
	return d ? d : (*x > *y) - (*x < *y);
}

static bool in_member_order(const struct node_rec *nodes, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (node_id_cmp(&nodes[i - 1].nid, &nodes[i].nid) >= 0)
			return false;
	return true;
}

struct members *members_get(struct commons *c, const struct node_rec *nodes, size_t n)
{
	struct members_entry *e = entry_new(n);
	const struct node_rec **sorted;

	if (in_member_order(nodes, n)) {
		for (; e->m.nr < n; e->m.nr++)
			e->m.rec[e->m.nr] = nodes[e->m.nr];
		return intern(c, e);
	}
	sorted = mem_array(n, sizeof(*sorted));
	for (size_t i = 0; i < n; i++)
		sorted[i] = &nodes[i];
	qsort(sorted, n, sizeof(*sorted), cmp_rec);
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n && node_id_cmp(&sorted[i]->nid, &sorted[i + 1]->nid) == 0)
			continue; /* a later one counts */
		e->m.rec[e->m.nr++] = *sorted[i];
	}
	free(sorted);
	return intern(c, e);
}

struct members *members_ref(struct members *m)
{
	assert(m->refs > 0 && m->refs < UINT32_MAX);
	m->refs++;
	return m;
}

void members_unref(struct commons *c, struct members *m)
{
	struct members_entry *e;

	if (!m)
		return;
	assert(m->refs > 0);
	if (--m->refs > 0)
		return;
	e = members_entry(m);
	for (int i = 0; i < NR_PLACEMENTS; i++)
		assert(!e->view[i]); /* it holds a reference */
	if (e->computed != m)
		members_unref(c, e->computed);
	blob_unref(e->log);
	LIST_REMOVE(e, link);
	free(e);
}

/* The first index whose member is not before id. */
static uint32_t lower_bound(const struct members *m, const struct node_id *id)
{
	uint32_t lo = 0;
	uint32_t hi = m->nr;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (node_id_cmp(&m->rec[mid].nid, id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int members_find(const struct members *m, const struct node_id *id)
{
	uint32_t i = lower_bound(m, id);

	return i < m->nr && node_id_cmp(&m->rec[i].nid, id) == 0 ? (int)i : -1;
}

/* The list of a remembered step, or NULL. */
static struct members *step_find(struct commons *c, const struct members *from,
				 const struct node_rec *rec, bool add)
{
	for (uint32_t i = 0; i < MEMBERS_STEPS; i++) {
		struct members_step *s = &c->steps[i];

		if (s->from == from && s->add == add && rec_equal(&s->rec, rec))
			return members_ref(s->to);
	}
	return NULL;
}

static void step_drop(struct commons *c, struct members_step *s)
{
	members_unref(c, s->from);
	members_unref(c, s->to);
	*s = (struct members_step){0};
}

static void step_remember(struct commons *c, const struct members *from, const struct node_rec *rec,
			  bool add, struct members *to)
{
	struct members_step *s = &c->steps[c->next_step];

	c->next_step = (c->next_step + 1) % MEMBERS_STEPS;
	step_drop(c, s);
	s->from = members_ref(&members_entry(from)->m);
	s->to = members_ref(to);
	s->rec = *rec;
	s->add = add;
}

void members_steps_drop(struct commons *c)
{
	for (uint32_t i = 0; i < MEMBERS_STEPS; i++)
		step_drop(c, &c->steps[i]);
}

/* m with `skip` records taken out at index `at` and, if rec is given, this one put in there. */
static struct members *members_edit(struct commons *c, const struct members *m, uint32_t at,
				    uint32_t skip, const struct node_rec *rec)
{
	struct members_entry *e = entry_new((size_t)m->nr + 1);
	struct node_rec *out = e->m.rec;

	for (uint32_t i = 0; i < at; i++)
		*out++ = m->rec[i];
	if (rec)
		*out++ = *rec;
	for (uint32_t i = at + skip; i < m->nr; i++)
		*out++ = m->rec[i];
	e->m.nr = (uint32_t)(out - e->m.rec);
	return intern(c, e);
}

struct members *members_with(struct commons *c, const struct members *m, const struct node_rec *rec)
{
	struct members *to = step_find(c, m, rec, true);
	bool there;

	if (to)
		return to;
	there = members_find(m, &rec->nid) >= 0;
	to = members_edit(c, m, lower_bound(m, &rec->nid), there, rec);
	step_remember(c, m, rec, true, to);
	return to;
}

struct members *members_without(struct commons *c, const struct members *m,
				const struct node_id *id)
{
	struct node_rec rec = {.nid = *id};
	struct members *to = step_find(c, m, &rec, false);
	int at;

	if (to)
		return to;
	at = members_find(m, id);
	if (at < 0)
		return members_ref(&members_entry(m)->m);
	to = members_edit(c, m, (uint32_t)at, 1, NULL);
	step_remember(c, m, &rec, false, to);
	return to;
}
