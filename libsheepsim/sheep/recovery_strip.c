/*
 * Where a strip of coded data is sought (R534): the node's own strip is read from whoever held it,
 * epoch by epoch; no hashes, no links, and the last gathered epoch is no limit.
 */
#include <string.h>

#include "sheep/recovery_internal.h"

static void walk_on(struct object_job *j);

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

static void stepped_back(struct object_job *j, bool found)
{
	if (found) {
		j->strip.member = 0;
		walk_on(j);
		return;
	}
	object_job_end(j, SD_RES_NO_OBJ, RECOVERED_NONE);
}

static void strip_created(struct object_job *j, uint32_t result)
{
	object_job_end(j, result, result == SD_RES_SUCCESS ? (int)j->member : RECOVERED_NONE);
}

static void strip_read(struct call *c)
{
	struct object_job *j = c->owner;

	if (c->sheep->ended)
		return;
	if (c->result == SD_RES_SUCCESS)
		job_create(j, j->strip.own, c->out, c->p.obj.offset, strip_created);
	else if (c->result == SD_RES_OLD_NODE_VER)
		object_job_end(j, c->result, RECOVERED_NONE);
	else
		walk_on(j);
}

/*
 * Whom to ask next as of this epoch, -1: nobody is left. With fewer zones than strips any member
 * may have any strip, so all are asked; else the one holder.
 */
static int next_member(struct object_job *j)
{
	struct sheep *s = j->run->sheep;
	struct members *now = view_members(j->run->now), *m = view_members(j->view);
	uint32_t strips = object_copies(s, j->oid);
	uint16_t holders[MAX_ZONES];

	if (view_zones(j->view) < strips) {
		while (j->strip.member < m->nr) {
			uint32_t i = j->strip.member++;

			if (members_find(now, &m->rec[i].nid) >= 0)
				return (int)i;
		}
		return -1;
	}
	if (j->strip.member++ > 0)
		return -1;
	view_holders(j->view, j->oid, strips, holders);
	if (members_find(now, &m->rec[holders[j->strip.own]].nid) < 0)
		return -1;
	return holders[j->strip.own];
}

static void walk_on(struct object_job *j)
{
	int member = next_member(j);

	if (member < 0) {
		job_step_back(j, 1, stepped_back);
		return;
	}
	j->member = (uint32_t)member;
	job_read(j, j->strip.own, strip_read);
}

void strip_search_start(struct object_job *j)
{
	int own = own_strip(j);

	memset(&j->strip, 0, sizeof(j->strip));
	job_set_place(j, j->run->target, j->run->old);
	if (own < 0) {
		/* On demand for a request that came to the wrong node: it has nothing to hold. */
		object_job_end(j, SD_RES_NO_OBJ, RECOVERED_NONE);
		return;
	}
	j->strip.own = (uint8_t)own;
	walk_on(j);
}
