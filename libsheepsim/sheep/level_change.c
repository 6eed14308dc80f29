/*
 * Changing the level of a cluster: SET_LEVEL (level.h).
 *
 *   can everybody? -> the list of those who were asked goes to everybody -> all switch
 *
 * Who has been asked takes frames of both levels from then on, and goes on doing so: nobody knows
 * when the last node has switched. So no request fails of it. What is forced skips the question,
 * and takes the new level only: a flag day, with all that comes of it.
 */
#include <stdlib.h>

#include "sheep/level.h"
#include "sheep/vdi.h"

struct change {
	struct task task;
	struct request *r;
	struct members *members; /* to be asked */
	uint32_t asked;
	struct call call;
};

static enum dialect asked_for(const struct req *q)
{
	return dialect_of_family(q->level.version, q->level.family);
}

/* ------------------------------------------------------------------ CAN_SPEAK */

void can_speak_work(struct request *r)
{
	struct sheep *s = r->sheep;
	enum dialect d = asked_for(&r->q);

	if (d == DIALECT_NONE || !dialect_in(d, &s->speaks)) {
		request_end(r, SD_RES_VER_MISMATCH);
		return;
	}
	if (d != s->level)
		s->also = d;
	request_end(r, SD_RES_SUCCESS);
}

/* ------------------------------------------------------------------ the body */

static void change_drop(struct task *t)
{
	struct change *c = container_of(t, struct change, task);

	members_unref(c->r->sheep->commons, c->members);
	free(c);
}

static void change_end(struct change *c, uint32_t result)
{
	struct request *r = c->r;

	if (result == SD_RES_SUCCESS)
		r->out = node_list_encode(c->members->rec, c->members->nr);
	task_remove(&c->task);
	change_drop(&c->task);
	request_end(r, result);
}

static void find_other_shift(void *arg, const struct vdi_state *v)
{
	if (v->block_size_shift != SD_DEFAULT_BLOCK_SIZE_SHIFT)
		*(bool *)arg = true;
}

/* Was it formatted with what a level has not (V3, V9)? All members agree on that. */
static bool format_is_above(const struct cluster_info *ci, const struct dialect_info *to)
{
	if (!ci->ctime)
		return false;
	if (ci->flags & ~to->flags & SD_CLUSTER_FLAG_RECYCLE_VID)
		return true;
	if (to->auto_vnodes && !(ci->flags & SD_CLUSTER_FLAG_AUTO_VNODES))
		return true;
	return to->fixed_shift && ci->block_size_shift != SD_DEFAULT_BLOCK_SIZE_SHIFT;
}

/* Has it VDIs that a level has not (V9)? None are made while the body runs. */
static bool vdis_are_above(const struct sheep *s, const struct dialect_info *to)
{
	bool found = false;

	if (to->fixed_shift)
		sheep_vdis(s, find_other_shift, &found);
	return found;
}

static void ask_next(struct change *c);

static void answered(struct call *call)
{
	struct change *c = call->owner;

	if (call->result == SD_RES_SUCCESS)
		ask_next(c);
	else if (call->result == SD_RES_INVALID_PARMS) /* sheepdog, which knows one version */
		change_end(c, SD_RES_VER_MISMATCH);
	else
		change_end(c, call->result);
}

/* One member after the other, this one too. */
static void ask_next(struct change *c)
{
	struct sheep *s = c->r->sheep;

	if (c->asked == c->members->nr) {
		change_end(c, SD_RES_SUCCESS);
		return;
	}
	c->call =
		(struct call){.to = c->members->rec[c->asked++].nid, .done = answered, .owner = c};
	req_init(&c->call.q, SD_OP_CAN_SPEAK);
	c->call.q.epoch = node_epoch(s);
	c->call.q.level = c->r->q.level;
	if (!call_start(s, &c->call))
		change_end(c, c->call.result);
}

void set_level_work(struct request *r)
{
	struct sheep *s = r->sheep;
	struct change *c;
	enum dialect to = asked_for(&r->q);

	if (to == DIALECT_NONE || !s->driver_members || format_is_above(&s->ci, dialect_info(to)) ||
	    vdis_are_above(s, dialect_info(to))) {
		request_end(r, SD_RES_INVALID_PARMS);
		return;
	}
	c = mem_alloc(sizeof(*c));
	c->r = r;
	c->members = members_ref(s->driver_members);
	task_add(s, &c->task, change_drop);
	if (r->q.level.force)
		change_end(c, SD_RES_SUCCESS);
	else
		ask_next(c);
}

/* ------------------------------------------------------------------ the effect, everywhere */

/* The members are those who were asked: nobody has joined meanwhile. */
static bool all_were_asked(const struct sheep *s, const struct blob *list)
{
	const struct members *m = s->driver_members;
	size_t nr = blob_size(list) / NODE_RECORD_SIZE;
	struct node_rec *nodes;
	bool same = m && nr == m->nr;

	if (!same || node_list_decode(list, 0, nr, &nodes, NULL) < 0)
		return false;
	for (size_t i = 0; i < nr && same; i++)
		same = node_id_cmp(&nodes[i].nid, &m->rec[i].nid) == 0;
	free(nodes);
	return same;
}

uint32_t set_level_effect(struct sheep *s, const struct cluster_msg *m)
{
	enum dialect to = asked_for(m->q), from = s->level;
	char range[24];

	if (to == DIALECT_NONE)
		return SD_RES_INVALID_PARMS;
	if (!m->q->level.force && !all_were_asked(s, m->data))
		return SD_RES_AGAIN;
	if (format_is_above(&s->ci, dialect_info(to)))
		return SD_RES_INVALID_PARMS; /* it was formatted meanwhile */
	if (!dialect_in(to, &s->speaks)) {
		node_exit(s, 1, "the cluster goes to peer version %s, this node speaks %s",
			  dialect_info(to)->name, dialect_range_text(&s->speaks, range));
		return SD_RES_VER_MISMATCH;
	}
	s->also = m->q->level.force || to == from ? DIALECT_NONE : from;
	level_adopt(s, to);
	if (to < from) {
		/* what the lower level does not have (V3, V10) */
		s->ci.flags = dialect_flags_receive(to, dialect_flags_send(to, s->ci.flags));
		vdis_unmark_deleted(s);
	}
	return SD_RES_SUCCESS;
}
