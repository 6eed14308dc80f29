/*
 * Where a replica is sought (R523-R531). An attempt visits the holders of one epoch; the job goes
 * from epoch to epoch, newest first, until one of them gives the object or the walk ends.
 */
#include <string.h>

#include "sheep/recovery_internal.h"

/* How long recovery waits before it asks again those who did not answer (where R903 is repaired).
 */
#define AGAIN_TIME (10 * NSEC_PER_MSEC)

static void attempt_start(struct object_job *j);
static void attempt_next(struct object_job *j);

/* ------------------------------------------------------------------ the own stale copy (R523) */

static void local_hashed(struct object_io *io)
{
	struct object_job *j = io->owner;

	if (io->sheep->ended)
		return;
	if (io->result == SD_RES_SUCCESS)
		memcpy(j->replica.local_digest, io->digest, sizeof(io->digest));
	else
		j->replica.local_epoch = 0;
	attempt_start(j);
}

void replica_search_start(struct object_job *j)
{
	struct sheep *s = j->run->sheep;
	uint32_t newest = node_epoch(s) - 1;

	memset(&j->replica, 0, sizeof(j->replica));
	job_set_place(j, j->run->target, j->run->old);
	if (newest >= s->gathered)
		j->replica.local_epoch =
			store_newest_stale(s->store, j->oid, 0, s->gathered, newest);
	if (!j->replica.local_epoch) {
		attempt_start(j);
		return;
	}
	j->io = (struct object_io){.op = OBJECT_HASH,
				   .oid = j->oid,
				   .epoch = j->replica.local_epoch,
				   .done = local_hashed,
				   .owner = j};
	object_start(s, &j->io);
}

/* ------------------------------------------------------------------ one attempt (R524, R526) */

static void attempt_start(struct object_job *j)
{
	struct replica_search *r = &j->replica;
	struct sheep *s = j->run->sheep;
	struct members *m = view_members(j->view);

	r->visited = 0;
	r->first = 0;
	r->anybody = false;
	r->no_obj = false;
	r->silent = false;
	if (j->run->wildcard) {
		r->nr = m->nr;
	} else {
		r->nr = view_holders(j->view, j->oid, object_copies(s, j->oid), r->holders);
		for (uint32_t i = 0; i < r->nr; i++) {
			if (!node_is_me(s, &m->rec[r->holders[i]].nid))
				continue;
			/* So its own copy is compared with itself only (R530, R903). */
			r->first = quirk(s, QUIRK_OWN_COPY_FIRST) ? i : (i + 1) % r->nr;
		}
	}
	attempt_next(j);
}

/* The index in the view of whom the round gets to next. */
static uint32_t next_member(struct object_job *j)
{
	struct replica_search *r = &j->replica;
	uint32_t i = (r->first + r->visited++) % r->nr;

	return j->run->wildcard ? i : r->holders[i];
}

/* Is it visited, or has it left since (R524)? Wildcard recovery tries everybody (R531). */
static bool is_visited(const struct object_job *j)
{
	return j->run->wildcard || members_find(view_members(j->run->now), job_member(j)) >= 0;
}

static void stepped_back(struct object_job *j, bool found)
{
	if (found)
		attempt_start(j);
	else
		object_job_end(j, j->replica.no_obj ? SD_RES_NO_OBJ : SD_RES_STALE_OBJ,
			       RECOVERED_NONE);
}

static void try_again(struct timer *t)
{
	struct object_job *j = container_of(t, struct object_job, again);
	struct sheep *s = j->run->sheep;

	if (s->ended)
		return;
	if (j->run == s->run && !s->next_run)
		attempt_start(j);
	else
		object_job_end(j, SD_RES_OLD_NODE_VER, RECOVERED_NONE); /* the next run will */
}

static void attempt_end(struct object_job *j)
{
	const struct replica_search *r = &j->replica;
	struct sheep *s = j->run->sheep;

	if (!r->anybody && quirk(s, QUIRK_BOUNCED_HOLDERS)) {
		/* R527: nobody was asked, nobody failed, so it counts as recovered (R901). */
		object_job_end(j, SD_RES_SUCCESS, RECOVERED_NONE);
		return;
	}
	if (r->silent && !quirk(s, QUIRK_OLD_CONTENT)) {
		j->again.fire = try_again;
		world_timer(s->world, &j->again, AGAIN_TIME);
		return;
	}
	/* R528: what an older epoch has may be older than what was acknowledged (R903). */
	if (r->anybody && !r->no_obj)
		world_words(s->world, TRACE_ALERT, j->oid, j->epoch, "clients may see old data");
	job_step_back(j, s->gathered, stepped_back);
}

static void visit(struct object_job *j);

static void attempt_next(struct object_job *j)
{
	struct replica_search *r = &j->replica;

	while (r->visited < r->nr) {
		j->member = next_member(j);
		if (is_visited(j)) {
			r->anybody = true;
			visit(j);
			return;
		}
	}
	attempt_end(j);
}

/* The visit of a member that did not give the object is over; or it did. from: as reported. */
static void visit_end(struct object_job *j, uint32_t result, int from)
{
	switch (result) {
	case SD_RES_SUCCESS:
		object_job_end(j, result, from);
		break;
	case SD_RES_OLD_NODE_VER:
		/* An epoch change is under way: the next run will see to it. */
		object_job_end(j, result, RECOVERED_NONE);
		break;
	default:
		j->replica.no_obj |= result == SD_RES_NO_OBJ;
		j->doubtful |= result != SD_RES_NO_OBJ;
		attempt_next(j);
	}
}

/* A member has answered that it cannot give the object or its hash, or has not answered. */
static void visit_failed(struct object_job *j, uint32_t result)
{
	j->replica.silent |= result != SD_RES_NO_OBJ;
	visit_end(j, result, RECOVERED_NONE);
}

/* ------------------------------------------------------------------ one visit (R525) */

static void own_linked(struct object_io *io)
{
	if (!io->sheep->ended)
		visit_end(io->owner, io->result, RECOVERED_LINKED);
}

static void link_stale(struct object_job *j, uint32_t epoch, void (*done)(struct object_io *io))
{
	j->io = (struct object_io){.op = OBJECT_LINK,
				   .oid = j->oid,
				   .epoch = epoch,
				   .wanted = j->run->epoch,
				   .recovery = true,
				   .done = done,
				   .owner = j};
	object_start(j->run->sheep, &j->io);
}

static void replica_created(struct object_job *j, uint32_t result)
{
	visit_end(j, result, (int)j->member);
}

static void replica_read(struct call *c)
{
	struct object_job *j = c->owner;

	if (c->sheep->ended)
		return;
	if (c->result == SD_RES_SUCCESS)
		job_create(j, 0, c->out, c->p.obj.offset, replica_created);
	else
		visit_failed(j, c->result);
}

/* R525 (b), (c). */
static void fetch(struct object_job *j)
{
	struct sheep *s = j->run->sheep;

	if (!node_is_me(s, job_member(j)))
		job_read(j, 0, replica_read);
	else if (j->epoch < node_epoch(s))
		link_stale(j, j->epoch, own_linked);
	else
		visit_end(j, SD_RES_NO_OBJ, RECOVERED_NONE);
}

static void equal_linked(struct object_io *io)
{
	struct object_job *j = io->owner;

	if (io->sheep->ended)
		return;
	if (io->result == SD_RES_SUCCESS)
		visit_end(j, SD_RES_SUCCESS, RECOVERED_LINKED);
	else
		fetch(j);
}

static void hash_answered(struct call *c)
{
	struct object_job *j = c->owner;
	struct replica_search *r = &j->replica;

	if (c->sheep->ended)
		return;
	if (c->result != SD_RES_SUCCESS) {
		visit_failed(j, c->result);
	} else if (memcmp(c->p.hash.digest, r->local_digest, sizeof(r->local_digest)) == 0) {
		link_stale(j, r->local_epoch, equal_linked);
	} else {
		r->local_epoch = 0;
		fetch(j);
	}
}

/* R525 (a): a stale copy that is current need not be fetched. Such requests carry epoch 0 (R433).
 */
static void visit(struct object_job *j)
{
	if (!j->replica.local_epoch) {
		fetch(j);
		return;
	}
	j->call = (struct call){.owner = j};
	req_init(&j->call.q, SD_OP_GET_HASH);
	j->call.q.obj.oid = j->oid;
	j->call.q.obj.tgt_epoch = j->epoch;
	job_call(j, hash_answered);
}
