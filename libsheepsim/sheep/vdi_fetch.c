/*
 * The VDI table of others (R604, R605). After every accept each member queues a fetch on its block
 * queue: the joiner asks everybody else, the others ask the joiner.
 */
#include <stdlib.h>

#include "sheep/recovery.h"
#include "sheep/vdi_layer.h"

#define FETCH_ROOM (512u * VDI_STATE_SIZE) /* first; doubled on BUFFER_SMALL */

struct fetch {
	struct task task;
	struct work work;
	struct sheep *sheep;
	bool joiner; /* this node is the joiner */
	uint32_t room;
	uint32_t nr, at; /* sources, and the one that is being asked */
	struct call call;
	struct node_id source[];
};

static void fetch_drop(struct task *t)
{
	free(container_of(t, struct fetch, task));
}

static void fetch_end(struct fetch *f)
{
	struct sheep *s = f->sheep;

	work_end(&f->work);
	task_remove(&f->task);
	free(f);
	s->vdis->fetches--;
	if (s->vdis->fetches)
		return;
	collect_start(s);
	recovery_vdis_ready(s);
}

/*
 * The joiner cannot do without the table, and a member that is not serving yet neither: so two
 * restarting nodes can kill each other.
 */
static void fetch_failed(struct fetch *f, const char *what, uint32_t result)
{
	struct sheep *s = f->sheep;
	char id[64], name[12];

	node_id_text(&f->source[f->at], id);
	if (f->joiner || s->ci.status != SD_STATUS_OK) {
		node_exit(s, 1, "VDI table of %s: %s (%s)", id, what, result_name(result, name));
		return;
	}
	world_words(s->world, TRACE_ALERT, 0, node_epoch(s), "VDI table of %s: %s (%s)", id, what,
		    result_name(result, name));
	fetch_end(f);
}

static bool all_valid(const struct vdi_state *states, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (!vid_valid(states[i].vid))
			return false;
	}
	return true;
}

/*
 * Adds the source's entries. Lock state is not taken over here; a deletion is, but as a bit only:
 * the flag says that it was seen.
 */
static bool fetch_merge(struct sheep *s, enum dialect d, const struct blob *table)
{
	struct vdi_state *states;
	bool good;
	size_t nr;

	if (dialect_vdi_states_decode(d, table, &states, &nr, NULL) < 0)
		return false;
	good = dialect_info(d)->trusts_tables || all_valid(states, nr);
	for (size_t i = 0; good && i < nr; i++) {
		const struct vdi_state *state = &states[i];

		if (!vid_valid(state->vid))
			continue;
		vdi_set_in_use(s, state->vid);
		if (state->deleted)
			vdi_set_deleted(s, state->vid);
		vdi_add(s, state->vid, state->nr_copies, state->copy_policy,
			state->block_size_shift, state->snapshot, state->parent_vid);
	}
	free(states);
	return good;
}

static void fetch_answered(struct call *c);

static void fetch_ask(struct fetch *f)
{
	struct sheep *s = f->sheep;

	if (f->at == f->nr) {
		fetch_end(f);
		return;
	}
	f->call = (struct call){.to = f->source[f->at], .done = fetch_answered, .owner = f};
	req_init(&f->call.q, SD_OP_GET_VDI_COPIES);
	f->call.q.epoch = node_epoch(s);
	f->call.q.data_length = f->room;
	if (!call_start(s, &f->call))
		fetch_failed(f, "cannot be fetched", f->call.result);
}

static void fetch_answered(struct call *c)
{
	struct fetch *f = c->owner;

	if (c->result == SD_RES_BUFFER_SMALL && f->room <= UINT32_MAX / 2) {
		f->room *= 2;
		fetch_ask(f);
	} else if (c->result != SD_RES_SUCCESS) {
		fetch_failed(f, "cannot be fetched", c->result);
	} else if (!fetch_merge(f->sheep, c->dialect, c->out)) {
		fetch_failed(f, "is garbage", c->result);
	} else {
		f->at++;
		fetch_ask(f);
	}
}

static void fetch_run(struct work *w)
{
	fetch_ask(container_of(w, struct fetch, work));
}

void vdi_fetch_start(struct sheep *s, const struct node_rec *joiner, const struct members *m)
{
	bool self = node_is_me(s, &joiner->nid);
	uint32_t nr = self ? m->nr : 1;
	struct fetch *f = mem_alloc(sizeof(*f) + nr * sizeof(f->source[0]));

	f->sheep = s;
	f->joiner = self;
	f->room = FETCH_ROOM;
	if (!self)
		f->source[f->nr++] = joiner->nid;
	for (uint32_t i = 0; self && i < m->nr; i++) {
		if (!node_is_me(s, &m->rec[i].nid))
			f->source[f->nr++] = m->rec[i].nid;
	}
	task_add(s, &f->task, fetch_drop);
	s->vdis->fetches++;
	work_start(s, QUEUE_BLOCK, &f->work, fetch_run);
}

bool vdi_ready(const struct sheep *s)
{
	return s->vdis->fetches == 0;
}

bool vdi_idle(const struct sheep *s)
{
	return vdi_ready(s) && !s->vdis->collect;
}
