/*
 * Preparing the list of a run (R506-R512): every member of the run's view is asked for its object
 * list, one after another; what belongs to this node is kept. With avoid-diskfull all of them are
 * asked once more before that, to see whether the objects would fit (R541).
 */
#include <assert.h>
#include <stdlib.h>

#include "sheep/recovery_internal.h"
#include "sheep/vdi.h"

#define FIRST_ROOM (UINT32_C(4) << 20) /* bytes for an answer (R809) */

struct list_job {
	struct task task;
	struct work work;
	struct run *run; /* a reference */
	bool waiting;	 /* for the VDI table (R605) */
	bool guard;	 /* this is the round for R541 */
	uint32_t me;	 /* index of this node in the view */
	uint32_t first;	 /* where the round began */
	uint32_t asked;	 /* members asked in this round */
	uint32_t room;	 /* bytes for an answer, doubled when they are too few */
	struct call call;
	struct oid_list list;
};

/* ------------------------------------------------------------------ collecting oids */

void oid_list_append(struct oid_list *l, const uint64_t *oids, uint32_t nr)
{
	assert(nr <= UINT32_MAX / 2 - l->nr);
	if (l->nr + nr > l->cap) {
		while (l->nr + nr > l->cap)
			l->cap = l->cap ? 2 * l->cap : 16;
		l->oid = mem_resize(l->oid, l->cap, sizeof(*l->oid));
	}
	for (uint32_t i = 0; i < nr; i++)
		l->oid[l->nr++] = oids[i];
}

/* Sorts by one byte of the oids, those that have the same staying in their order, from l to `to`.
 */
static void sort_by_byte(const struct oid_list *l, uint32_t shift, uint64_t *to)
{
	uint32_t end[256] = {0}, sum = 0;

	for (uint32_t i = 0; i < l->nr; i++)
		end[l->oid[i] >> shift & 0xff]++;
	for (uint32_t b = 0; b < 256; b++) {
		sum += end[b];
		end[b] = sum;
	}
	for (uint32_t i = l->nr; i-- > 0;)
		to[--end[l->oid[i] >> shift & 0xff]] = l->oid[i];
}

/* Byte by byte, the lowest first; most oids have the same bytes in most places. */
static void sort(struct oid_list *l)
{
	uint64_t *spare = mem_array(l->nr, sizeof(*spare)), *sorted;
	uint64_t differ = 0;

	for (uint32_t i = 1; i < l->nr; i++)
		differ |= l->oid[i] ^ l->oid[0];
	for (uint32_t shift = 0; shift < 64; shift += 8) {
		if (!(differ >> shift & 0xff))
			continue;
		sort_by_byte(l, shift, spare);
		sorted = spare;
		spare = l->oid;
		l->oid = sorted;
	}
	l->cap = l->nr;
	free(spare);
}

/* Ascending: data first, then ledgers, B-trees, attributes, VM state, inodes (R513). */
void oid_list_sort(struct oid_list *l)
{
	uint32_t kept = 0;

	sort(l);
	for (uint32_t i = 0; i < l->nr; i++) {
		if (kept == 0 || l->oid[kept - 1] != l->oid[i])
			l->oid[kept++] = l->oid[i];
	}
	l->nr = kept;
}

int64_t oid_list_find(const struct oid_list *l, uint64_t oid)
{
	uint32_t low = 0, high = l->nr;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (l->oid[middle] < oid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < l->nr && l->oid[low] == oid ? (int64_t)low : -1;
}

void oid_list_free(struct oid_list *l)
{
	free(l->oid);
	*l = (struct oid_list){0};
}

uint64_t *answer_oids(const struct blob *answer)
{
	uint32_t nr = answer_count(answer);
	uint64_t *oids = mem_array(nr, sizeof(*oids));

	blob_read(answer, 0, oids, nr * sizeof(*oids));
	for (uint32_t i = 0; i < nr; i++)
		oids[i] = get_le64(&oids[i]);
	return oids;
}

/* ------------------------------------------------------------------ the job */

static void ask_next(struct list_job *l);

static void list_drop(struct task *t)
{
	struct list_job *l = container_of(t, struct list_job, task);

	oid_list_free(&l->list);
	run_unref(l->run);
	free(l);
}

/* The body has ended: the run goes on with the list, or is cancelled (R541). */
static void list_end(struct list_job *l, bool cancelled)
{
	struct run *run = run_ref(l->run);

	run->list_job = NULL;
	work_end(&l->work);
	task_remove(&l->task);
	if (cancelled) {
		run_cancel(run);
	} else {
		oid_list_sort(&l->list);
		run_list_ready(run, &l->list);
	}
	list_drop(&l->task);
	run_unref(run);
}

/* Who is asked first in a round (R506). */
static uint32_t choose_first(const struct list_job *l, bool guard)
{
	const struct run *run = l->run;
	struct sheep *s = run->sheep;
	uint32_t members = view_members(run->now)->nr;

	return members ? (uint32_t)world_random(s->world, members, "recovery-list", run->epoch,
						s->me.nid.port, guard)
		       : 0;
}

static void round_start(struct list_job *l, bool guard)
{
	l->guard = guard;
	l->asked = 0;
	l->first = choose_first(l, guard);
	ask_next(l);
}

static void list_begin(struct list_job *l)
{
	struct sheep *s = l->run->sheep;
	int me = view_members(l->run->now)->nr ? members_find(view_members(l->run->now), &s->me.nid)
					       : -1;

	if (me < 0 || !node_holds_data(s)) {
		choose_first(l, false); /* it draws a number all the same */
		list_end(l, false);
		return;
	}
	l->me = (uint32_t)me;
	round_start(l, s->ci.flags & SD_CLUSTER_FLAG_AVOID_DISKFULL);
}

static void list_run(struct work *w)
{
	struct list_job *l = container_of(w, struct list_job, work);
	struct sheep *s = l->run->sheep;

	if (node_holds_data(s) && !vdi_ready(s))
		l->waiting = true;
	else
		list_begin(l);
}

void list_job_vdis_ready(struct list_job *l)
{
	if (!l->waiting)
		return;
	l->waiting = false;
	list_begin(l);
}

void list_job_start(struct run *run)
{
	struct list_job *l = mem_alloc(sizeof(*l));

	assert(!run->list_job);
	l->run = run_ref(run);
	l->room = FIRST_ROOM;
	run->list_job = l;
	task_add(run->sheep, &l->task, list_drop);
	work_start(run->sheep, QUEUE_RECOVERY, &l->work, list_run);
}

/* ------------------------------------------------------------------ R541 */

/* Would some member of the view have more bytes of data objects than it has space? */
static bool disks_would_fill(const struct list_job *l)
{
	struct sheep *s = l->run->sheep;
	struct members *m = view_members(l->run->now);
	uint64_t *bytes = mem_array(m->nr, sizeof(*bytes));
	bool full = false;

	for (uint32_t i = 0; i < l->list.nr; i++) {
		uint64_t oid = l->list.oid[i];
		uint16_t holders[MAX_ZONES];
		uint32_t nr = 0;

		if (sd_oid_is_data(oid))
			nr = view_holders(l->run->now, oid, object_copies(s, oid), holders);
		for (uint32_t k = 0; k < nr; k++)
			bytes[holders[k]] += object_size(s, oid);
	}
	for (uint32_t i = 0; i < m->nr; i++)
		full |= bytes[i] > m->rec[i].space;
	free(bytes);
	return full;
}

static void round_end(struct list_job *l)
{
	struct sheep *s = l->run->sheep;
	bool full;

	if (!l->guard) {
		list_end(l, false);
		return;
	}
	oid_list_sort(&l->list);
	full = disks_would_fill(l);
	oid_list_free(&l->list);
	if (full) {
		world_words(s->world, TRACE_ALERT, 0, l->run->epoch,
			    "recovery would fill a disk: cancelled");
		list_end(l, true);
		return;
	}
	round_start(l, false);
}

/* ------------------------------------------------------------------ asking */

/* The member whose turn it was last. */
static uint32_t current_member(const struct list_job *l)
{
	return (l->first + l->asked - 1) % view_members(l->run->now)->nr;
}

static void failed(struct list_job *l, uint32_t result)
{
	struct sheep *s = l->run->sheep;
	const struct node_rec *n = &view_members(l->run->now)->rec[current_member(l)];
	char id[64], name[12];

	/* It is left out; the run goes on with what there is (R509, R908). */
	l->run->deficient |= !quirk(s, QUIRK_PARTIAL_LIST);
	world_words(s->world, TRACE_ALERT, 0, l->run->epoch, "no object list from %s: %s",
		    node_id_text(&n->nid, id), result_name(result, name));
}

/* R510; whether the object is here already is seen when its turn comes (R512). */
static void take(struct list_job *l, struct blob *answer)
{
	struct sheep *s = l->run->sheep;
	uint64_t *oids;

	if (!l->guard) {
		partition_add(s, l->run->now, l->run->epoch, answer, l->me, &l->list);
		return;
	}
	oids = answer_oids(answer);
	oid_list_append(&l->list, oids, answer_count(answer));
	free(oids);
}

static void answered(struct call *c)
{
	struct list_job *l = c->owner;

	if (c->sheep->ended)
		return;
	if (c->result == SD_RES_BUFFER_SMALL && l->room <= UINT32_MAX / 2) {
		l->room *= 2;
		l->asked--; /* the same one again */
	} else if (c->result != SD_RES_SUCCESS) {
		failed(l, c->result);
	} else {
		take(l, c->out);
	}
	ask_next(l);
}

static void ask_next(struct list_job *l)
{
	struct run *run = l->run;
	struct sheep *s = run->sheep;
	struct members *m = view_members(run->now);

	/* A pending run makes the rest worthless (R511). */
	while (l->asked < m->nr && !s->next_run) {
		l->asked++;
		l->call = (struct call){
			.to = m->rec[current_member(l)].nid, .done = answered, .owner = l};
		req_init(&l->call.q, SD_OP_GET_OBJ_LIST);
		l->call.q.epoch = run->epoch;
		l->call.q.data_length = l->room;
		if (call_start(s, &l->call))
			return;
		failed(l, l->call.result);
	}
	round_end(l);
}
