/*
 * Filling VDIs with many objects at once.
 */
#include <stdlib.h>

#include <sheepsim/wire/object.h>

#include "api/call.h"
#include "base/mem.h"

/* What is to be filled, and who gets it. */
struct fill {
	struct sheepsim_client *client;
	const char *name;
	struct vdi_name vdi;
	const struct inode_head *head; /* of the VDI as its client knows it */
	uint32_t first, count;
	struct blob *data;    /* what is written to each object */
	struct blob *content; /* each object as a whole */
	bool references;      /* the gateway zeroes them when it writes entries (R631) */
	struct view *view;    /* borrowed from the gateway */
	struct sheep **sheep; /* of each of its members */
};

/* ------------------------------------------------------------------ is it possible? */

/* Opens the VDI, as any use of it does: nothing is read. */
static int open_vdi(struct fill *f)
{
	struct sheepsim_client *c = f->client;
	struct call *call;
	int error = call_check(c, true, f->name, &f->vdi);

	if (error < 0)
		return error;
	call = call_blocking(c, CALL_FILL, f->name, "open");
	sim_enter(c->sim);
	frontend_read(c->frontend, &f->vdi, 0, 0, call_ends, call);
	sim_leave(c->sim);
	return call_wait(call);
}

static uint64_t object_size(const struct fill *f)
{
	return UINT64_C(1) << f->head->block_size_shift;
}

static int check(struct fill *f, size_t len)
{
	struct sheepsim *sim = f->client->sim;
	uint64_t end = (uint64_t)f->first + f->count;

	f->head = frontend_inode(f->client->frontend, &f->vdi);
	if (!f->head)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "this client keeps no VDI open");
	if (f->head->copy_policy)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "the objects of %s are coded", f->name);
	if (len == 0 || len > object_size(f))
		return sim_fail(sim, SHEEPSIM_E_INVALID, "an object of %s has 1 to %llu bytes",
				f->name, (unsigned long long)object_size(f));
	if ((end - 1) * object_size(f) + len > f->head->vdi_size)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "%s ends before object %llu", f->name,
				(unsigned long long)end - 1);
	if (!frontend_index_empty(f->client->frontend, &f->vdi, f->first, f->count))
		return sim_fail(sim, SHEEPSIM_E_INVALID, "some of the objects of %s exist",
				f->name);
	return 0;
}

static bool is_idle(void *arg)
{
	return sim_idle(arg);
}

/* Finds the processes of the members of a quiet cluster; all must be as far as the gateway. */
static int find_members(struct fill *f)
{
	struct sheepsim *sim = f->client->sim;
	const struct members *m;
	struct sheep_state gateway, member;
	int error = sim_wait(sim, is_idle, sim, BLOCKING_LIMIT, "quiet to fill a VDI");

	if (error < 0)
		return error;
	if (!node_is_running(f->client->gateway))
		return sim_fail(sim, SHEEPSIM_E_STATE, "the client's gateway does not run");
	sheep_state(f->client->gateway->sheep, &gateway);
	f->references = dialect_info(gateway.release)->has_grefs;
	f->view = gateway.view;
	m = view_members(f->view);
	free(f->sheep);
	f->sheep = mem_array(m->nr, sizeof *f->sheep);
	for (uint32_t i = 0; i < m->nr; i++) {
		const struct node *n = sim_node_by_id(sim, &m->rec[i].nid);

		if (!n || !node_is_running(n))
			return sim_fail(sim, SHEEPSIM_E_STATE, "a member does not run");
		sheep_state(n->sheep, &member);
		if (member.epoch != gateway.epoch)
			return sim_fail(sim, SHEEPSIM_E_STATE,
					"node %d is in epoch %u, the gateway in %u", n->index,
					member.epoch, gateway.epoch);
		f->sheep[i] = n->sheep;
	}
	return 0;
}

/* ------------------------------------------------------------------ filling */

/* What a replica of the object gets: the whole of it (create), or bytes at an offset. */
static uint32_t put(struct fill *f, uint64_t oid, bool create, uint64_t offset, struct blob *bytes)
{
	uint16_t holders[MAX_ZONES];
	uint32_t nr = view_holders(f->view, oid, f->head->nr_copies, holders);
	uint32_t result = SD_RES_SUCCESS;

	for (uint32_t i = 0; i < nr && result == SD_RES_SUCCESS; i++) {
		struct sheep *s = f->sheep[holders[i]];

		result = create ? sheep_object_create(s, oid, bytes)
				: sheep_object_write(s, oid, offset, bytes);
	}
	return result;
}

/* The entries of count objects, and their references, as index writes leave them. */
static uint32_t put_entries(struct fill *f, uint32_t first, uint32_t count)
{
	uint64_t inode = sd_vid_to_inode_oid(f->head->vdi_id);
	uint8_t *bytes = mem_array(count, 4);
	struct blob *b;
	uint32_t result;

	for (uint32_t i = 0; i < count; i++)
		put_le32(bytes + 4ull * i, f->head->vdi_id);
	b = blob_new(bytes, 4ull * count);
	free(bytes);
	result = put(f, inode, false, INODE_DATA_VIDS + 4ull * first, b);
	blob_unref(b);
	if (result != SD_RES_SUCCESS || !f->references)
		return result;
	b = blob_zero(8ull * count);
	result = put(f, inode, false, INODE_GREFS + 8ull * first, b);
	blob_unref(b);
	return result;
}

static void note_history(struct fill *f, uint32_t index)
{
	struct history *h = f->client->sim->history;
	struct write *w =
		history_write_begin(h, f->name, (uint64_t)index * object_size(f), f->data);

	history_write_end(h, f->name, w, HISTORY_OK);
}

/* All but the first object. */
static int fill_others(struct fill *f)
{
	struct sheepsim *sim = f->client->sim;
	uint32_t first = f->first + 1, result = SD_RES_SUCCESS, nr = 0;

	sim_enter(sim);
	while (nr < f->count - 1) {
		result = put(f, sd_vid_to_data_oid(f->head->vdi_id, first + nr), true, 0,
			     f->content);
		if (result != SD_RES_SUCCESS)
			break;
		note_history(f, first + nr++);
	}
	if (nr > 0) {
		uint32_t indexed = put_entries(f, first, nr);

		frontend_index_fill(f->client->frontend, &f->vdi, first, nr);
		result = result == SD_RES_SUCCESS ? indexed : result;
	}
	sim_leave(sim);
	return sim_fail_outcome(sim, result == SD_RES_SUCCESS ? OUTCOME_OK : OUTCOME_RESULT, result,
				NULL, "fill a VDI");
}

/* The first object, then the others, among members that may not be the same any more. */
static int fill(struct fill *f, const void *data, size_t len)
{
	uint64_t offset = (uint64_t)f->first * object_size(f);
	int error = find_members(f);

	if (error == 0)
		error = sheepsim_write(f->client, f->name, offset, data, len);
	if (error == 0)
		error = find_members(f);
	if (error == 0)
		error = fill_others(f);
	free(f->sheep);
	return error;
}

int sheepsim_vdi_fill(struct sheepsim_client *client, const char *vdi, uint32_t first,
		      uint32_t count, const void *data, size_t len)
{
	struct fill f = {.client = client, .name = vdi, .first = first, .count = count};
	int error;

	if (count == 0)
		return sim_fail(client->sim, SHEEPSIM_E_INVALID, "no objects to fill");
	error = open_vdi(&f);
	if (error == 0)
		error = check(&f, len);
	if (error < 0)
		return error;
	f.data = blob_new(data, len);
	f.content = blob_overlay(blob_zero(object_size(&f)), 0, f.data);
	error = fill(&f, data, len);
	blob_unref(f.content);
	blob_unref(f.data);
	return error;
}
