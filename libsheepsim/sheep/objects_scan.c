/* All of a node's objects: set aside when they belong elsewhere (R504), found at the start (R714).
 */
#include "sheep/node.h"
#include "sheep/vdi.h"

struct scan {
	struct sheep *sheep;
	uint32_t epoch; /* suffix to set aside under */
	bool all;	/* set aside whatever it is */
	bool ended;	/* of stale copies: no more is looked at */
};

/* Is a live copy (or strip) to be held here under the current view (R504)? */
static bool belongs_here(struct sheep *s, struct store_key k)
{
	int index = view_holder_index(s->view, k.oid, object_copies(s, k.oid), &s->me.nid);

	if (index < 0)
		return false;
	return object_policy(s, k.oid) == 0 || index == k.ec_index;
}

static void set_aside_one(void *arg, struct store_key k)
{
	struct scan *scan = arg;
	struct sheep *s = scan->sheep;
	struct store_key to = k;

	if (k.stale_epoch != 0 || (!scan->all && belongs_here(s, k)))
		return;
	to.stale_epoch = scan->epoch;
	if (!quirk(s, QUIRK_STALE_PILES)) /* R918: they are of no use any more */
		object_drop_older(s, to);
	store_rename(s->store, k, to);
	world_note(s->world, TRACE_OBJECT_STALE, k.oid, scan->epoch, k.ec_index, 0);
}

void objects_set_aside(struct sheep *s, uint32_t epoch, bool all)
{
	struct scan scan = {.sheep = s, .epoch = epoch, .all = all};

	/* Suffix 0 would be the live name; a node without an epoch log has no objects. */
	if (epoch > 0 && !node_is_gateway(s))
		store_each(s->store, set_aside_one, &scan);
}

/* An object found at open: into the list, and an inode into the VDI table (R602). */
static void open_one(struct sheep *s, struct store_key k)
{
	struct blob *content;

	objlist_add(s, k.oid);
	if (!sd_oid_is_inode(k.oid))
		return;
	content = store_get(s->store, k);
	vdi_found_inode(s, k.oid, content);
	blob_unref(content);
}

static void open_stale(void *arg, struct store_key k)
{
	struct scan *scan = arg;
	struct sheep *s = scan->sheep;

	if (k.stale_epoch == 0 || scan->ended)
		return;
	/* One of the present epoch cannot be read (R704): the scan of stale copies ends there. */
	if (sd_oid_is_inode(k.oid) && k.stale_epoch >= node_epoch(s))
		scan->ended = true;
	else
		open_one(s, k);
}

static void open_live(void *arg, struct store_key k)
{
	struct scan *scan = arg;

	if (k.stale_epoch == 0)
		open_one(scan->sheep, k);
}

void objects_open(struct sheep *s)
{
	struct scan scan = {.sheep = s};
	uint32_t temporaries = store_drop_temporaries(s->store);

	if (temporaries) /* of a process that has not come to its end (R712) */
		world_words(s->world, TRACE_DISK, store_nr_plugged(s->store), 0,
			    "removed %u temporaries", temporaries);
	/* Stale copies first, so that what a live inode says counts (R714). */
	store_each(s->store, open_stale, &scan);
	store_each(s->store, open_live, &scan);
}
