/* Epochs: raising, the logs, and asking others for those that are missing (R217-R220). */
#include <assert.h>
#include <stdlib.h>

#include "placement/log.h"
#include "sheep/node.h"

/*
 * Called at whatever begins an epoch (R221), and nowhere else: who joins writes this log only, and
 * those before it are missing (R220).
 */
bool epoch_raise(struct sheep *s)
{
	struct members *m = view_members(s->view);
	struct blob *log = members_log(m, world_unix_time(s->world) / NSEC_PER_SEC);
	uint32_t result;

	ci_set_members(s, m);
	s->ci.epoch++;
	result = metadata_error(s, DISK_LOGS, store_log_fits(s->store, log));
	if (result != SD_RES_SUCCESS) {
		node_exit(s, 1, "%s the log of epoch %u",
			  result == SD_RES_NO_SPACE ? "no room for" : "cannot write", s->ci.epoch);
		return false;
	}
	store_log_put(s->store, s->ci.epoch, log);
	world_note(s->world, TRACE_EPOCH, s->ci.epoch, m->nr, 0, 0);
	return true;
}

struct members *epoch_members(struct sheep *s, uint32_t epoch)
{
	struct blob *log = store_log_get(s->store, epoch);
	struct members *m = NULL;

	if (log)
		m = members_of_log(s->commons, log);
	blob_unref(log);
	return m;
}

static void query_ask_next(struct epoch_query *q);

static void query_drop(struct task *t)
{
	struct epoch_query *q = container_of(t, struct epoch_query, task);

	view_unref(q->sheep->commons, q->view);
}

static void query_end(struct epoch_query *q, struct members *m)
{
	struct commons *c = q->sheep->commons;

	task_remove(&q->task);
	view_unref(c, q->view);
	q->view = NULL;
	q->done(q, m); /* q may be gone after this */
	members_unref(c, m);
}

static void query_answered(struct call *call)
{
	struct epoch_query *q = call->owner;
	struct sheep *s = q->sheep;
	struct members *m = NULL;
	struct blob *log;

	if (s->ended)
		return;
	if (call->result == SD_RES_SUCCESS && call->out)
		m = members_of_log(s->commons, call->out);
	if (!m) {
		query_ask_next(q);
		return;
	}
	/* Kept as one's own log, with the current time (R219); if it cannot be, it is asked for
	 * again. */
	log = members_log(m, world_unix_time(s->world) / NSEC_PER_SEC);
	if (metadata_error(s, DISK_LOGS, store_log_fits(s->store, log)) == SD_RES_SUCCESS)
		store_log_put(s->store, q->epoch, log);
	query_end(q, m);
}

/* The members of the view one after another, in member order, without this node. */
static void query_ask_next(struct epoch_query *q)
{
	struct sheep *s = q->sheep;
	struct members *m = view_members(q->view);

	while (q->next < m->nr) {
		const struct node_id *id = &m->rec[q->next++].nid;

		if (node_is_me(s, id))
			continue;
		q->call = (struct call){.to = *id, .done = query_answered, .owner = q};
		req_init(&q->call.q, SD_OP_GET_EPOCH);
		q->call.q.epoch = node_epoch(s);
		q->call.q.obj.tgt_epoch = q->epoch;
		q->call.q.data_length = SD_MAX_NODES * NODE_RECORD_SIZE;
		if (call_start(s, &q->call))
			return;
	}
	query_end(q, NULL);
}

void epoch_query_start(struct sheep *s, struct epoch_query *q, uint32_t epoch,
		       void (*done)(struct epoch_query *q, struct members *m), void *owner)
{
	struct members *own = epoch_members(s, epoch);

	*q = (struct epoch_query){.sheep = s, .epoch = epoch, .done = done, .owner = owner};
	task_add(s, &q->task, query_drop);
	q->view = view_ref(s->view);
	if (own)
		query_end(q, own);
	else
		query_ask_next(q);
}
