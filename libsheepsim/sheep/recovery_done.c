/*
 * After a run: completion is announced to all (R517); when every member has announced it for the
 * present epoch, everything of former epochs is gathered and stale copies go (R542-R547).
 */
#include <stdlib.h>

#include "sheep/recovery_internal.h"
#include "sheep/vdi.h"

/* ------------------------------------------------------------------ announcing */

struct announcement {
	struct task task;
	struct work work;
	struct sheep *sheep;
	uint32_t epoch; /* that was recovered, whatever the epoch is when this is delivered */
};

static void announcement_drop(struct task *t)
{
	free(container_of(t, struct announcement, task));
}

static void announced(struct request *r)
{
	struct announcement *a = r->owner;

	work_end(&a->work);
	task_remove(&a->task);
	free(a);
}

static void announce_run(struct work *w)
{
	struct announcement *a = container_of(w, struct announcement, work);
	struct sheep *s = a->sheep;
	uint8_t record[NODE_RECORD_SIZE];
	struct blob *data;
	struct req q;

	req_init(&q, SD_OP_COMPLETE_RECOVERY);
	q.flags = SD_FLAG_CMD_WRITE;
	q.obj.tgt_epoch = a->epoch;
	q.data_length = NODE_RECORD_SIZE;
	node_rec_encode(&s->me, record);
	data = blob_new(record, sizeof(record));
	request_nested(s, &q, data, announced, a);
	blob_unref(data);
}

void announce_start(struct sheep *s, uint32_t epoch)
{
	struct announcement *a = mem_alloc(sizeof(*a));

	a->sheep = s;
	a->epoch = epoch;
	task_add(s, &a->task, announcement_drop);
	work_start(s, QUEUE_RECOVERY, &a->work, announce_run);
}

/* ------------------------------------------------------------------ gathering (R542) */

static bool has_completed(const struct sheep *s, const struct node_id *id)
{
	for (uint32_t i = 0; i < s->nr_completed; i++) {
		if (node_id_cmp(&s->completed[i], id) == 0)
			return true;
	}
	return false;
}

/*
 * Has everybody announced? The numbers have to be equal, so one announcement too many, of a node
 * that announces twice or is no member, prevents it as much as one too few (R543, R919); or it
 * stands for somebody who is still missing. Nodes are compared by identity: their weights differ by
 * who computes them.
 */
static bool all_have_completed(const struct sheep *s)
{
	const struct members *m = view_members(s->view);

	if (!quirk(s, QUIRK_EXACT_TALLY)) {
		for (uint32_t i = 0; i < m->nr; i++) {
			if (!has_completed(s, &m->rec[i].nid))
				return false;
		}
		return true;
	}
	if (s->nr_completed != m->nr)
		return false;
	for (uint32_t i = 0; i < s->nr_completed; i++) {
		if (members_find(m, &s->completed[i]) < 0)
			return false;
	}
	return true;
}

static void gather(struct sheep *s)
{
	s->gathered = s->complete_epoch; /* it never falls in a process (R546) */
	world_note(s->world, TRACE_GATHERED, s->gathered, 0, 0, 0);
	/* Coded data needs as many zones as data strips to be read at all. */
	if (s->store_open && view_zones(s->view) >= vdis_max_data_strips(s))
		objects_purge_stale(s);
}

/* All members count, gateways too (R544). Level runs are not announced, so they purge nothing
 * (R549). */
void recovery_completed(struct sheep *s, uint32_t epoch, const struct node_rec *member)
{
	if (epoch < s->complete_epoch)
		return;
	if (epoch > s->complete_epoch) {
		s->complete_epoch = epoch;
		s->nr_completed = 0;
	}
	s->completed = mem_grow(s->completed, s->nr_completed, sizeof(*s->completed));
	s->completed[s->nr_completed++] = member->nid;
	world_note(s->world, TRACE_RECOVERY_COMPLETE, epoch, member->nid.port, s->nr_completed, 0);
	if (node_epoch(s) == epoch && s->view && all_have_completed(s))
		gather(s);
}
