/*
 * Where a strip of coded data is sought (R534-R536): the node's own strip is read from whoever held
 * it, epoch by epoch; no hashes, no links, and the last gathered epoch is no limit. If nobody has
 * it, others are read in the same way until there are enough to compute it. They may be of
 * different epochs: nothing tests whether they fit together (R536).
 */
#include <assert.h>
#include <string.h>

#include "sheep/ec.h"
#include "sheep/recovery_internal.h"

static void walk_start(struct object_job *j, uint8_t strip);
static void walk_on(struct object_job *j);
static void walk_epoch(struct object_job *j);

/* The strip that this node has to hold in the run's view, -1: none. */
static int own_strip(const struct object_job *j)
{
	const struct sheep *s = j->run->sheep;

	return view_holder_index(j->run->now, j->oid, object_copies(s, j->oid), &s->me.nid);
}

bool strip_is_live(const struct object_job *j)
{
	int own = own_strip(j);

	return own >= 0 && object_live(j->run->sheep, j->oid, (uint8_t)own);
}

void strip_search_drop(struct object_job *j)
{
	for (uint32_t i = 0; i < j->strip.nr_parts; i++)
		blob_unref(j->strip.part[i]);
	j->strip.nr_parts = 0;
}

/* ------------------------------------------------------------------ from other strips (R535) */

static void decoded_created(struct object_job *j, uint32_t result)
{
	j->doubtful = result != SD_RES_SUCCESS;
	object_job_end(j, result, result == SD_RES_SUCCESS ? RECOVERED_DECODED : RECOVERED_NONE);
}

static void decode(struct object_job *j)
{
	struct strip_search *r = &j->strip;
	struct blob *strip = ec_decode(r->policy, r->part_index, r->part, r->own);

	job_create(j, r->own, strip, 0, decoded_created);
	blob_unref(strip);
}

/* A walk is over: goes on with the next strip that may help, in order of index. */
static void part_next(struct object_job *j, uint32_t strip)
{
	struct strip_search *r = &j->strip;

	if (strip == r->own)
		strip++;
	if (r->nr_parts == sd_policy_data_strips(r->policy))
		decode(j);
	else if (strip < r->nr_strips)
		walk_start(j, (uint8_t)strip);
	else if (r->strict) {
		/* Too few are sure to be of one age: what there is, then. */
		r->strict = false;
		strip_search_drop(j);
		walk_start(j, r->own);
	} else {
		/* R535: too few; but some were found, so the object is not one that was removed. */
		j->doubtful |= r->nr_parts > 0;
		object_job_end(j, SD_RES_NO_OBJ, RECOVERED_NONE);
	}
}

static void part_found(struct object_job *j, struct blob *part)
{
	struct strip_search *r = &j->strip;

	assert(r->nr_parts < sd_policy_data_strips(r->policy));
	r->part[r->nr_parts] = blob_ref(part);
	r->part_index[r->nr_parts++] = r->sought;
	part_next(j, r->sought + 1u);
}

static void walk_failed(struct object_job *j)
{
	part_next(j, j->strip.sought == j->strip.own ? 0 : j->strip.sought + 1u);
}

/* ------------------------------------------------------------------ the walk (R534) */

static void stepped_back(struct object_job *j, bool found)
{
	if (!found) {
		walk_failed(j);
		return;
	}
	walk_epoch(j);
}

static void own_created(struct object_job *j, uint32_t result)
{
	j->doubtful = result != SD_RES_SUCCESS;
	object_job_end(j, result, result == SD_RES_SUCCESS ? (int)j->member : RECOVERED_NONE);
}

static void strip_read(struct call *c)
{
	struct object_job *j = c->owner;
	bool found, whole;

	if (c->sheep->ended)
		return;
	found = c->result == SD_RES_SUCCESS;
	whole = blob_size(c->out) == c->q.data_length;
	if (found && j->strip.sought == j->strip.own)
		job_create(j, j->strip.own, c->out, c->p.obj.offset, own_created);
	else if (found && whole) /* strips of other sizes do not fit together */
		part_found(j, c->out);
	else if (c->result == SD_RES_OLD_NODE_VER)
		object_job_end(j, c->result, RECOVERED_NONE);
	else {
		j->doubtful |= c->result != SD_RES_NO_OBJ;
		j->strip.unsure |= c->result != SD_RES_NO_OBJ;
		walk_on(j);
	}
}

/*
 * Whom to ask next as of this epoch, -1: nobody is left. With fewer zones than strips any member
 * may have any strip, so all are asked; else the one holder.
 */
static int next_member(struct object_job *j)
{
	struct strip_search *r = &j->strip;
	struct members *now = view_members(j->run->now), *m = view_members(j->view);
	uint16_t holders[MAX_ZONES];

	if (view_zones(j->view) < r->nr_strips) {
		while (r->visited < m->nr) {
			uint32_t i = r->visited++;

			if (members_find(now, &m->rec[i].nid) >= 0)
				return (int)i;
		}
		return -1;
	}
	if (r->visited++ > 0)
		return -1;
	view_holders(j->view, j->oid, r->nr_strips, holders);
	if (members_find(now, &m->rec[holders[r->sought]].nid) < 0)
		return -1;
	return holders[r->sought];
}

static void walk_on(struct object_job *j)
{
	int member = next_member(j);

	if (member < 0) {
		if (j->strip.strict && j->strip.unsure)
			walk_failed(j);
		else
			job_step_back(j, 1, stepped_back);
		return;
	}
	j->member = (uint32_t)member;
	job_read(j, j->strip.sought, strip_read);
}

/*
 * Were objects written in this epoch without the strip that is sought, for want of a zone (R416)?
 * Then what there is of it is old, wherever it is.
 */
static bool is_passed_over(const struct object_job *j)
{
	const struct strip_search *r = &j->strip;
	uint32_t zones = view_zones(j->view);

	return r->sought >= zones ||
	       (zones < r->nr_strips && r->sought >= sd_policy_data_strips(r->policy) &&
		quirk(j->run->sheep, QUIRK_NO_PARITY));
}

/* Who got all that was written to the strip in this epoch: is it still a member? */
static bool holder_is_here(const struct object_job *j)
{
	const struct strip_search *r = &j->strip;
	uint16_t holders[MAX_ZONES];
	uint32_t nr = view_holders(j->view, j->oid, r->nr_strips, holders);
	const struct members *m = view_members(j->view);

	return r->sought < nr &&
	       members_find(view_members(j->run->now), &m->rec[holders[r->sought]].nid) >= 0;
}

/*
 * Begins with the members of an epoch. Where R536 is repaired (R920) the walk goes on to the epoch
 * before only if the holder of this one says that it never had the strip: nothing can have been
 * written then. If it is gone, or nobody knows, what is older may be too old.
 */
static void walk_epoch(struct object_job *j)
{
	j->strip.visited = 0;
	j->strip.unsure = !holder_is_here(j);
	if (j->strip.strict && is_passed_over(j))
		walk_failed(j);
	else
		walk_on(j);
}

static void walk_start(struct object_job *j, uint8_t strip)
{
	j->strip.sought = strip;
	job_set_place(j, j->run->target, j->run->old);
	walk_epoch(j);
}

void strip_search_start(struct object_job *j)
{
	const struct sheep *s = j->run->sheep;
	struct strip_search *r = &j->strip;
	int own = own_strip(j);

	memset(r, 0, sizeof(*r));
	r->strict = !quirk(s, QUIRK_MIXED_STRIPS);
	r->policy = object_policy(s, j->oid);
	r->nr_strips = sd_policy_data_strips(r->policy) + sd_policy_parity_strips(r->policy);
	if (own < 0 || (uint32_t)own >= r->nr_strips || !sd_policy_is_code(r->policy)) {
		/* On demand for a request that came to the wrong node; or a code that is none. */
		job_set_place(j, j->run->target, j->run->old);
		object_job_end(j, SD_RES_NO_OBJ, RECOVERED_NONE);
		return;
	}
	r->own = (uint8_t)own;
	walk_start(j, r->own);
}
