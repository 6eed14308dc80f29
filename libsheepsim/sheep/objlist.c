/*
 * The object list cache of a node (R508): every oid found at store open, live or stale, and every
 * one created since; setting aside, linking back and purging do not touch it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sheep/node.h"

struct objlist {
	uint64_t *oids; /* ascending */
	size_t nr, cap;
	struct blob *blob; /* the list as it is sent; NULL after a change */
};

static struct objlist *objlist_get(struct sheep *s)
{
	if (!s->objlist)
		s->objlist = mem_alloc(sizeof(*s->objlist));
	return s->objlist;
}

/* Where oid is, or would be. */
static size_t objlist_place(const struct objlist *l, uint64_t oid)
{
	size_t low = 0, high = l->nr;

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

void objlist_add(struct sheep *s, uint64_t oid)
{
	struct objlist *l = objlist_get(s);
	/* What is opened or recovered comes in ascending order: the end is the likely place. */
	size_t i = l->nr && l->oids[l->nr - 1] < oid ? l->nr : objlist_place(l, oid);

	if (i < l->nr && l->oids[i] == oid)
		return;
	if (l->nr == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 16;
		l->oids = mem_resize(l->oids, l->cap, sizeof(*l->oids));
	}
	memmove(l->oids + i + 1, l->oids + i, (l->nr - i) * sizeof(*l->oids));
	l->oids[i] = oid;
	l->nr++;
	objlist_changed(l);
}

void objlist_remove(struct sheep *s, uint64_t oid)
{
	struct objlist *l = objlist_get(s);
	size_t i = objlist_place(l, oid);

	if (i == l->nr || l->oids[i] != oid)
		return;
	memmove(l->oids + i, l->oids + i + 1, (l->nr - i - 1) * sizeof(*l->oids));
	l->nr--;
	objlist_changed(l);
}

void objlist_remove_vdi(struct sheep *s, uint32_t vid)
{
	struct objlist *l = objlist_get(s);
	size_t kept = 0;

	for (size_t i = 0; i < l->nr; i++) {
		if (sd_oid_vid(l->oids[i]) != vid || sd_oid_is_inode(l->oids[i]))
			l->oids[kept++] = l->oids[i];
	}
	l->nr = kept;
	objlist_changed(l);
}

void objlist_clear(struct sheep *s)
{
	struct objlist *l = objlist_get(s);

	l->nr = 0;
	objlist_changed(l);
}

struct blob *objlist_blob(struct sheep *s)
{
	struct objlist *l = objlist_get(s);

	if (!l->blob) {
		uint8_t *bytes = mem_array(l->nr, sizeof(uint64_t));

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
