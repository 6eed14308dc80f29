/*
 * The job that recovers one object, listed or on demand (R514, R515, R532): its life, and the steps
 * that replicas and strips have in common: read a copy from a member, store it, go back an epoch.
 */
#include <assert.h>
#include <stdlib.h>

#include "sheep/disks.h"
#include "sheep/recovery_internal.h"

static void job_drop(struct task *t)
{
	struct object_job *j = container_of(t, struct object_job, task);

	if (j->coded)
		strip_search_drop(j);
	view_unref(j->run->sheep->commons, j->view);
	blob_unref(j->data);
	run_unref(j->run);
	free(j);
}

static bool is_live(const struct object_job *j)
{
	if (object_policy(j->run->sheep, j->oid))
		return strip_is_live(j);
	return object_live(j->run->sheep, j->oid, 0);
}

/*
 * Whatever the result was, its object is done with (R515). Jobs on demand are not of the list: they
 * wake whoever waits for the object, also where the list's must not (R520, R532).
 */
static void job_complete(struct work *w)
{
	struct object_job *j = container_of(w, struct object_job, work);
	struct run *run = run_ref(j->run);

	task_remove(&j->task);
	if (j->on_demand) {
		waitlist_wake_oid(run->sheep, j->oid);
	} else {
		TAILQ_REMOVE(&run->in_flight, j, link);
		run_object_finished(run, j);
	}
	job_drop(&j->task);
	run_unref(run);
}

/* The disk has been looked at: what there is, is known from now on. */
static void looked(struct disk_io *io, int error)
{
	struct object_job *j = container_of(io, struct object_job, look);

	if (j->run->sheep->ended)
		return;
	(void)error; /* whatever is wrong with the disk shows when it is read or written */
	j->coded = object_policy(j->run->sheep, j->oid) != 0;
	if (is_live(j) && compare_is_due(j))
		compare_start(j);
	else if (is_live(j)) /* whatever others have (R902) */
		object_job_end_live(j);
	else if (j->coded)
		strip_search_start(j);
	else
		replica_search_start(j);
}

/*
 * The body. What is there, live or stale, is sought by name on the disk, which takes its time: so a
 * search that asks nobody does too, and requests that wait for it cannot schedule it again for ever
 * at one instant (R533). Only listed objects that are live, which most are, go without.
 */
static void job_run(struct work *w)
{
	struct object_job *j = container_of(w, struct object_job, work);

	if (!j->on_demand && !j->run->compares && is_live(j)) {
		work_end(w);
		job_complete(w); /* nothing was done that something else could come after */
		return;
	}
	j->look = (struct disk_io){.done = looked,
				   .kind = DISK_META,
				   .oid = j->oid,
				   .disk = disk_queue(j->run->sheep, j->oid)};
	world_disk(j->run->sheep->world, &j->look);
}

void object_job_start(struct run *run, uint64_t oid, bool on_demand, bool by_timer)
{
	struct object_job *j = mem_alloc(sizeof(*j));

	assert(!(on_demand && by_timer));
	j->run = run_ref(run);
	j->oid = oid;
	j->on_demand = on_demand;
	j->by_timer = by_timer;
	if (!on_demand)
		TAILQ_INSERT_TAIL(&run->in_flight, j, link);
	task_add(run->sheep, &j->task, job_drop);
	work_start(run->sheep, QUEUE_RECOVERY, &j->work, job_run);
}

void object_job_end_live(struct object_job *j)
{
	work_complete(&j->work, job_complete);
}

void object_job_end(struct object_job *j, uint32_t result, int from)
{
	const struct sheep *s = j->run->sheep;

	/* R911: whoever announces nevertheless lets what was not found be purged elsewhere. */
	if (result != SD_RES_SUCCESS && j->doubtful && !j->on_demand)
		j->run->deficient |= !quirk(s, QUIRK_FAILED_ANNOUNCES);
	world_note(j->run->sheep->world, TRACE_RECOVERY_OBJECT, j->oid, j->epoch,
		   (uint64_t)(int64_t)from, result);
	object_job_end_live(j);
}

/* ------------------------------------------------------------------ asking others */

const struct node_id *job_member(const struct object_job *j)
{
	return &view_members(j->view)->rec[j->member].nid;
}

static void call_refused(struct timer *t)
{
	struct object_job *j = container_of(t, struct object_job, refused);

	if (!j->run->sheep->ended)
		j->call.done(&j->call);
}

void job_call(struct object_job *j, void (*done)(struct call *c))
{
	struct sheep *s = j->run->sheep;

	j->call.to = *job_member(j);
	j->call.data = NULL;
	j->call.in_group = false;
	j->call.done = done;
	j->call.owner = j;
	if (call_start(s, &j->call))
		return;
	j->refused = (struct timer){.fire = call_refused};
	world_timer(s->world, &j->refused, CALL_REFUSED_TIME);
}

void job_read(struct object_job *j, uint8_t strip, void (*done)(struct call *c))
{
	struct run *run = j->run;

	j->call = (struct call){.owner = j};
	req_init(&j->call.q, SD_OP_READ_PEER);
	j->call.q.flags = SD_FLAG_CMD_RECOVERY;
	if (run->wildcard)
		j->call.q.flags |= SD_FLAG_CMD_WILDCARD;
	j->call.q.epoch = run->epoch;
	j->call.q.data_length = (uint32_t)object_size(run->sheep, j->oid);
	j->call.q.obj.oid = j->oid;
	j->call.q.obj.ec_index = strip;
	j->call.q.obj.tgt_epoch = j->epoch;
	job_call(j, done);
}

/* ------------------------------------------------------------------ storing it */

static void create_done(struct object_io *io)
{
	struct object_job *j = io->owner;

	if (io->sheep->ended)
		return;
	blob_unref(j->data);
	j->data = NULL;
	j->created(j, io->result);
}

void job_create(struct object_job *j, uint8_t strip, struct blob *data, uint64_t offset,
		void (*created)(struct object_job *j, uint32_t result))
{
	j->created = created;
	j->data = data ? blob_ref(data) : NULL;
	j->io = (struct object_io){.op = OBJECT_CREATE,
				   .oid = j->oid,
				   .ec_index = strip,
				   .offset = (uint32_t)offset,
				   .data = data,
				   .wanted = j->run->epoch,
				   .recovery = true,
				   .done = create_done,
				   .owner = j};
	object_start(j->run->sheep, &j->io);
}

/* ------------------------------------------------------------------ going back in time */

void job_set_place(struct object_job *j, uint32_t epoch, struct view *view)
{
	struct view *old = j->view;

	j->epoch = epoch;
	j->view = view_ref(view);
	view_unref(j->run->sheep->commons, old);
}

static void step_on(struct object_job *j);

static void step_answered(struct epoch_query *q, struct members *m)
{
	struct object_job *j = q->owner;
	struct sheep *s = j->run->sheep;

	if (m) {
		struct view *v = view_get(s->commons, m, s->ci.flags & SD_CLUSTER_FLAG_AUTO_VNODES,
					  node_placement(s));

		job_set_place(j, q->epoch, v);
		view_unref(s->commons, v);
	}
	j->found = m != NULL;
	j->stepped = true;
	if (!j->stepping)
		step_on(j);
}

/* Asks for one epoch after another; answers that are there at once do not add to the stack. */
static void step_on(struct object_job *j)
{
	j->stepping = true;
	while (!j->found && j->epoch > j->lowest && j->epoch > 1) {
		j->epoch--;
		j->stepped = false;
		epoch_query_start(j->run->sheep, &j->query, j->epoch, step_answered, j);
		if (!j->stepped) {
			j->stepping = false;
			return;
		}
	}
	j->stepping = false;
	j->then(j, j->found);
}

void job_step_back(struct object_job *j, uint32_t lowest,
		   void (*then)(struct object_job *j, bool found))
{
	j->lowest = lowest;
	j->found = false;
	j->then = then;
	step_on(j);
}
