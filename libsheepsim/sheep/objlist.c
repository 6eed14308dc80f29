/*
 * The object list cache of a node (R508): every oid found at store open, live or stale, and every
 * one created since; setting aside, linking back and purging do not touch it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sheep/node.h"

struct objlist {
	uint64_t *oids; /* the first ones ascending, each once; behind these what came later */
	size_t sorted, nr, cap;
	struct blob *blob; /* the list as it is sent; NULL after a change */
};

static struct objlist *objlist_get(struct sheep *s)
{
	if (!s->objlist)
		s->objlist = mem_alloc(sizeof(*s->objlist));
	return s->objlist;
}

/* Where oid is among the sorted ones, or would be. */
static size_t objlist_place(const struct objlist *l, uint64_t oid)
{
	size_t low = 0, high = l->sorted;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->oids[middle] < oid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void objlist_changed(struct objlist *l)
{
	blob_unref(l->blob);
	l->blob = NULL;
}

static int oid_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Brings what came later to its place: in one go, as many may have come. */
static void objlist_sort(struct objlist *l)
{
	size_t late = l->nr - l->sorted, i = 0, k = 0, nr = 0;
	uint64_t *old = l->oids, *new, *both;

	if (late == 0)
		return;
	new = old + l->sorted;
	qsort(new, late, sizeof(*new), oid_cmp);
	both = mem_array(l->nr, sizeof(*both));
	while (i < l->sorted || k < late) {
		bool take_old = k == late || (i < l->sorted && old[i] <= new[k]);
		uint64_t oid = take_old ? old[i++] : new[k++];

		if (nr == 0 || both[nr - 1] != oid)
			both[nr++] = oid;
	}
	free(l->oids);
	l->oids = both;
	l->cap = l->nr;
	l->nr = l->sorted = nr;
}

void objlist_add(struct sheep *s, uint64_t oid)
{
	struct objlist *l = objlist_get(s);
	/* What is opened comes in ascending order: the end is its place. */
	bool last = l->sorted == l->nr && (l->nr == 0 || l->oids[l->nr - 1] < oid);
	size_t i = last ? l->sorted : objlist_place(l, oid);

	if (i < l->sorted && l->oids[i] == oid)
		return;
	if (l->nr - l->sorted > 64 + l->sorted / 4)
		objlist_sort(l); /* it may be the same ones over and over */
	if (l->nr == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 16;
		l->oids = mem_resize(l->oids, l->cap, sizeof(*l->oids));
	}
	l->oids[l->nr++] = oid;
	l->sorted += last;
	objlist_changed(l);
}

void objlist_remove(struct sheep *s, uint64_t oid)
{
	struct objlist *l = objlist_get(s);
	size_t i;

	objlist_sort(l);
	i = objlist_place(l, oid);
	if (i == l->nr || l->oids[i] != oid)
		return;
	memmove(l->oids + i, l->oids + i + 1, (l->nr - i - 1) * sizeof(*l->oids));
	l->sorted = --l->nr;
	objlist_changed(l);
}

void objlist_remove_vdi(struct sheep *s, uint32_t vid)
{
	struct objlist *l = objlist_get(s);
	size_t kept = 0;

	objlist_sort(l);
	for (size_t i = 0; i < l->nr; i++) {
		if (sd_oid_vid(l->oids[i]) != vid || sd_oid_is_inode(l->oids[i]))
			l->oids[kept++] = l->oids[i];
	}
	l->sorted = l->nr = kept;
	objlist_changed(l);
}

void objlist_clear(struct sheep *s)
{
	struct objlist *l = objlist_get(s);

	l->sorted = l->nr = 0;
	objlist_changed(l);
}

struct blob *objlist_blob(struct sheep *s)
{
	struct objlist *l = objlist_get(s);

	if (!l->blob) {
		uint8_t *bytes;

		objlist_sort(l);
		bytes = mem_array(l->nr, sizeof(uint64_t));
		for (size_t i = 0; i < l->nr; i++)
			put_le64(bytes + i * sizeof(uint64_t), l->oids[i]);
		l->blob = blob_new(bytes, l->nr * sizeof(uint64_t));
		free(bytes);
	}
	return l->blob;
}

void objlist_free(struct sheep *s)
{
	if (!s->objlist)
		return;
	blob_unref(s->objlist->blob);
	free(s->objlist->oids);
	free(s->objlist);
	s->objlist = NULL;
}
