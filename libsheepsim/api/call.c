/*
 * How calls of clients begin and end.
 */
#include <stdlib.h>
#include <string.h>

#include <sheepsim/wire/object.h>

#include "api/call.h"
#include "base/mem.h"

/* ------------------------------------------------------------------ the end of a call */

/* What asked for no object has changed none: its VDI could not be opened, for example. */
static enum history_end history_end_of(const struct outcome *o)
{
	if (o->kind != OUTCOME_OK && o->objects == 0)
		return HISTORY_REFUSED;
	switch (o->kind) {
	case OUTCOME_OK:
		return HISTORY_OK;
	case OUTCOME_RESULT:
		return HISTORY_FAILED;
	case OUTCOME_LOST:
		return HISTORY_LOST;
	case OUTCOME_INVALID:
		return HISTORY_REFUSED;
	}
	return HISTORY_LOST;
}

/* A deletion that was refused at once has done nothing; any other one, who knows what. */
static void note_deletion(struct history *h, const struct call *call, const struct outcome *o)
{
	bool nothing = o->kind == OUTCOME_INVALID ||
		       (o->kind == OUTCOME_RESULT &&
			(o->result == SD_RES_NO_VDI || o->result == SD_RES_NO_TAG));

	if (!nothing)
		history_gone(h, call->vdi);
}

static void note_history(struct call *call, const struct outcome *o)
{
	struct history *h = call->client->sim->history;
	enum history_end end = history_end_of(o);
	char who[24];

	if (o->copy_policy)
		history_coded(h, call->vdi);
	switch (call->kind) {
	case CALL_WRITE:
	case CALL_DISCARD:
		history_write_end(h, call->vdi, call->write, end);
		break;
	case CALL_READ:
		history_read_end(h, call->read, end, o->data, o->result,
				 place_name(TRACE_CLIENT + call->client->index, who));
		break;
	case CALL_CREATE:
		if (o->kind == OUTCOME_OK)
			history_created(h, call->vdi);
		break;
	case CALL_SNAPSHOT:
		history_snapshot_end(h, call->copy, call->tag, end);
		break;
	case CALL_DELETE:
		note_deletion(h, call, o);
		break;
	case CALL_BRANCH:
		/* What the snapshot held is what the VDI holds now: not written by anybody. */
		if (o->kind != OUTCOME_RESULT && o->kind != OUTCOME_INVALID)
			history_gone(h, call->vdi);
		break;
	case CALL_LOOKUP:
	case CALL_LIST:
	case CALL_FILL: /* so far only the VDI has been opened */
	case CALL_FLUSH:
	case CALL_RELEASE:
	case CALL_COPIES:
		break;
	}
}

static void add_end(struct call *call, const struct outcome *o)
{
	struct sheepsim *sim = call->client->sim;
	struct text how = {0};

	outcome_text(o, &how);
	text_add(&call->words, ": %s", text_get(&how));
	text_free(&how);
	if (o->kind != OUTCOME_OK)
		return;
	sim->writes += call->kind == CALL_WRITE;
	sim->reads += call->kind == CALL_READ;
}

static int error_of(const struct outcome *o)
{
	switch (o->kind) {
	case OUTCOME_OK:
		return 0;
	case OUTCOME_RESULT:
		return SHEEPSIM_E_RESULT;
	case OUTCOME_LOST:
		return SHEEPSIM_E_LOST;
	case OUTCOME_INVALID:
		return SHEEPSIM_E_INVALID;
	}
	return SHEEPSIM_E_INVALID;
}

static void take_info(const struct vdi_info *v, struct sheepsim_vdi_info *info)
{
	memset(info, 0, sizeof *info);
	memcpy(info->name, v->head.name, sizeof info->name);
	memcpy(info->tag, v->head.tag, sizeof info->tag);
	info->vid = v->head.vdi_id;
	info->snap_id = v->head.snap_id;
	info->parent_vid = v->head.parent_vdi_id;
	info->size = v->head.vdi_size;
	info->copies = v->head.nr_copies;
	info->copy_policy = v->head.copy_policy;
	info->block_size_shift = v->head.block_size_shift;
	info->snapshot = v->head.snap_ctime != 0;
	info->objects = v->objects;
	info->owned = v->owned;
}

static void call_free(struct call *call)
{
	free(call->vdi);
	text_free(&call->words);
	free(call);
}

/* What the one who waits wants to know. */
static void hand_over(struct call *call, const struct outcome *o)
{
	call->over = true;
	if (o->data)
		blob_read(o->data, 0, call->buf, call->len);
	for (size_t i = 0; i < o->nr_infos; i++) {
		/* A deleted VDI of which the deletion is not known: dog does not show it. */
		if (!o->infos[i].head.name[0])
			continue;
		if ((size_t)call->nr < call->max)
			take_info(&o->infos[i], &call->infos[call->nr]);
		call->nr++;
	}
	call->ended.data = NULL;
}

static void call_back(struct call *call, const struct outcome *o)
{
	void *bytes = NULL;

	if (o->data) {
		bytes = mem_alloc((size_t)blob_size(o->data));
		blob_read(o->data, 0, bytes, blob_size(o->data));
		call->ended.data = bytes;
		call->ended.len = (size_t)blob_size(o->data);
	}
	if (call->done)
		call->done(call->arg, &call->ended);
	free(bytes);
}

void call_ends(void *arg, const struct outcome *o)
{
	struct call *call = arg;

	note_history(call, o);
	add_end(call, o);
	call->ended = (struct sheepsim_done){
		.error = error_of(o),
		.result = o->result,
		.len = call->len,
		.vid = o->vid,
		.objects = o->objects,
		.created = o->created,
		.time = o->took,
		.message = text_get(&call->words),
	};
	if (call->blocking && !call->abandoned) {
		hand_over(call, o);
		return;
	}
	if (!call->blocking)
		call_back(call, o);
	call_free(call);
}

/* ------------------------------------------------------------------ the beginning of a call */

struct call *call_new(struct sheepsim_client *c, enum call_kind kind, const char *vdi)
{
	struct call *call = mem_alloc(sizeof *call);

	call->client = c;
	call->kind = kind;
	call->vdi = mem_string(vdi);
	return call;
}

struct call *call_blocking(struct sheepsim_client *c, enum call_kind kind, const char *vdi,
			   const char *what)
{
	struct call *call = call_new(c, kind, vdi);

	call->blocking = true;
	text_add(&call->words, *vdi ? "%s %s" : "%s", what, vdi);
	return call;
}

int call_check(struct sheepsim_client *c, bool blocking, const char *vdi, struct vdi_name *name)
{
	struct sheepsim *sim = c->sim;

	if (c->closed)
		return sim_fail(sim, SHEEPSIM_E_STATE, "client %d is closed", c->index);
	if (name && !vdi)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "which VDI? There is no name");
	if (name && vdi_name_parse(name, vdi) < 0)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "\"%s\" is no name of a VDI", vdi);
	return blocking ? sim_may_wait(sim) : 0;
}

/* A range that no VDI has is refused before anything begins. */
static int check_range(struct sheepsim *sim, uint64_t offset, uint64_t len)
{
	uint64_t most = (uint64_t)SD_INODE_DATA_INDEX << SD_MAX_BLOCK_SIZE_SHIFT;

	if (offset <= most && len <= most - offset)
		return 0;
	return sim_fail(sim, SHEEPSIM_E_INVALID, "no VDI has bytes at %llu",
			(unsigned long long)offset);
}

int call_on_range(struct sheepsim_client *c, enum call_kind kind, bool blocking, const char *vdi,
		  uint64_t offset, uint64_t len, struct call **call)
{
	struct vdi_name name;
	int error = call_check(c, blocking, vdi, &name);

	if (error == 0)
		error = check_range(c->sim, offset, len);
	if (error < 0)
		return error;
	*call = call_new(c, kind, vdi);
	(*call)->blocking = blocking;
	(*call)->name = name;
	(*call)->offset = offset;
	(*call)->len = (size_t)len;
	return 0;
}

static bool call_is_over(void *arg)
{
	return ((struct call *)arg)->over;
}

int call_wait(struct call *call)
{
	struct sheepsim_client *c = call->client;
	struct sheepsim *sim = c->sim;
	int error;

	error = sim_wait(sim, call_is_over, call, BLOCKING_LIMIT, text_get(&call->words));
	if (error < 0) {
		call->abandoned = true;
		return error;
	}
	text_clear(&c->last_words);
	text_add(&c->last_words, "%s", call->ended.message);
	c->last = call->ended;
	c->last.message = text_get(&c->last_words);
	error = c->last.error;
	if (error < 0)
		sim_fail(sim, error, "%s", c->last.message);
	else
		error = call->nr;
	if (error == SHEEPSIM_E_RESULT)
		sim->result = c->last.result;
	call_free(call);
	return error;
}
