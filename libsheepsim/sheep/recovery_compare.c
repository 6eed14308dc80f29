/*
 * Where R902 is repaired: after a crash of the whole cluster replicas may differ by what was being
 * written, and all of them are live. In the run that follows each node compares what it has with
 * the first replica before its own that there is, in the order of the ring, and takes that one's
 * content where they differ. Until that is done requests for the object wait, as for one that is
 * not there.
 */
#include <string.h>

#include "sheep/recovery_internal.h"

static void compare_next(struct object_job *j);

bool compare_is_due(const struct object_job *j)
{
	return j->run->compares && !j->coded && !compare_is_done(j->run, j->oid);
}

bool compare_is_done(const struct run *run, uint64_t oid)
{
	for (uint32_t i = 0; i < run->compared.nr; i++) {
		if (run->compared.oid[i] == oid)
			return true;
	}
	return false;
}

static void compare_end(struct object_job *j)
{
	if (!compare_is_done(j->run, j->oid))
		oid_list_append(&j->run->compared, &j->oid, 1);
	object_job_end_live(j);
}

static void compare_replaced(struct object_io *io)
{
	struct object_job *j = io->owner;

	if (io->sheep->ended)
		return;
	world_note(io->sheep->world, TRACE_RECOVERY_OBJECT, j->oid, j->epoch, j->member,
		   io->result);
	blob_unref(j->data);
	j->data = NULL;
	compare_end(j);
}

/* What was read replaces what is there: unlike what a search has found (R910). */
static void compare_read(struct call *c)
{
	struct object_job *j = c->owner;
	struct sheep *s = c->sheep;

	if (s->ended)
		return;
	if (c->result != SD_RES_SUCCESS) {
		compare_next(j);
		return;
	}
	j->data = c->out ? blob_ref(c->out) : NULL;
	j->io = (struct object_io){.op = OBJECT_CREATE,
				   .oid = j->oid,
				   .data = j->data,
				   .done = compare_replaced,
				   .owner = j};
	object_start(s, &j->io);
}

static void compare_answered(struct call *c)
{
	struct object_job *j = c->owner;

	if (c->sheep->ended)
		return;
	if (c->result != SD_RES_SUCCESS)
		compare_next(j);
	else if (memcmp(c->p.hash.digest, j->replica.local_digest, BLOB_SHA1_LEN) == 0)
		compare_end(j);
	else
		job_read(j, 0, compare_read);
}

/* The next replica before the own one; those that have none, or do not answer, are left out. */
static void compare_next(struct object_job *j)
{
	struct replica_search *r = &j->replica;

	if (r->visited == r->nr) {
		compare_end(j);
		return;
	}
	j->member = r->holders[r->visited++];
	j->call = (struct call){.owner = j};
	req_init(&j->call.q, SD_OP_GET_HASH);
	j->call.q.obj.oid = j->oid;
	j->call.q.obj.tgt_epoch = j->epoch;
	job_call(j, compare_answered);
}

static void compare_hashed(struct object_io *io)
{
	struct object_job *j = io->owner;

	if (io->sheep->ended)
		return;
	if (io->result != SD_RES_SUCCESS) {
		compare_end(j);
		return;
	}
	memcpy(j->replica.local_digest, io->digest, sizeof(io->digest));
	compare_next(j);
}

void compare_start(struct object_job *j)
{
	struct sheep *s = j->run->sheep;
	uint32_t copies = object_copies(s, j->oid);
	int own = view_holder_index(j->run->now, j->oid, copies, &s->me.nid);

	memset(&j->replica, 0, sizeof(j->replica));
	job_set_place(j, j->run->epoch, j->run->now);
	view_holders(j->view, j->oid, copies, j->replica.holders);
	j->replica.nr = own > 0 ? (uint32_t)own : 0;
	if (j->replica.nr == 0) {
		compare_end(j);
		return;
	}
	j->io = (struct object_io){
		.op = OBJECT_HASH, .oid = j->oid, .done = compare_hashed, .owner = j};
	object_start(s, &j->io);
}
