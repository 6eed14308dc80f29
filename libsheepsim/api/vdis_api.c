/*
 * Operations on VDIs.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <sheepsim/wire/object.h>

#include "api/call.h"
#include "base/mem.h"

/* The policy of a code, 0: none. False: there is no such code (R311). */
static bool take_policy(unsigned data, unsigned parity, uint8_t *policy)
{
	*policy = 0;
	if (data == 0 && parity == 0)
		return true;
	if ((data != 2 && data != 4 && data != 8 && data != 16) || parity < 1 || parity > 15)
		return false;
	*policy = sd_policy(data, parity);
	return true;
}

int sim_copies(struct sheepsim *sim, unsigned copies, unsigned data, unsigned parity,
	       uint8_t *nr_copies, uint8_t *policy)
{
	if (!take_policy(data, parity, policy))
		return sim_fail(sim, SHEEPSIM_E_INVALID,
				"%u:%u is no erasure code: 2, 4, 8 or 16 data strips, 1 to 15 "
				"parity strips",
				data, parity);
	if (*policy && copies)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "either copies or strips");
	if (copies > SD_MAX_COPIES)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "more than %d copies", SD_MAX_COPIES);
	*nr_copies = (uint8_t)(*policy ? data + parity : copies);
	return 0;
}

/* 2^32 objects of 4 MiB. */
#define HYPER_LARGEST (UINT64_C(1) << 54)

static int take_spec(struct sheepsim *sim, const struct sheepsim_vdi *vdi, struct vdi_spec *spec)
{
	unsigned shift = vdi->block_size_shift;
	uint64_t largest;
	int error;

	memset(spec, 0, sizeof *spec);
	if (!take_name(spec->name, vdi->name) || strchr(vdi->name, ':'))
		return sim_fail(sim, SHEEPSIM_E_INVALID,
				"a VDI's name has 1 to 255 bytes and no ':'");
	error = sim_copies(sim, vdi->copies, vdi->data_strips, vdi->parity_strips, &spec->copies,
			   &spec->copy_policy);
	if (error < 0)
		return error;
	if (shift && (shift < SD_MIN_BLOCK_SIZE_SHIFT || shift > SD_MAX_BLOCK_SIZE_SHIFT))
		return sim_fail(sim, SHEEPSIM_E_INVALID, "block_size_shift is 20 to 31");
	if (vdi->hyper && (shift || vdi->preallocate))
		return sim_fail(sim, SHEEPSIM_E_INVALID,
				"a hyper volume has objects of 4 MiB, and none beforehand");
	largest = vdi->hyper ? HYPER_LARGEST
			     : (uint64_t)SD_INODE_DATA_INDEX
				       << (shift ? shift : SD_DEFAULT_BLOCK_SIZE_SHIFT);
	if (vdi->size > largest)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "larger than an index can hold");
	spec->size = vdi->size;
	spec->block_size_shift = (uint8_t)shift;
	spec->preallocate = vdi->preallocate;
	spec->hyper = vdi->hyper;
	return 0;
}

int sheepsim_vdi_create(struct sheepsim_client *client, const struct sheepsim_vdi *vdi)
{
	struct vdi_spec spec;
	struct call *call;
	const char *why;
	int error = call_check(client, true, NULL, NULL);

	if (error == 0)
		error = take_spec(client->sim, vdi, &spec);
	if (error < 0)
		return error;
	why = frontend_refuses(client->frontend, &spec);
	if (why)
		return sim_fail(client->sim, SHEEPSIM_E_INVALID, "%s", why);
	call = call_blocking(client, CALL_CREATE, vdi->name, "create");
	sim_enter(client->sim);
	frontend_create(client->frontend, &spec, call_ends, call);
	sim_leave(client->sim);
	return call_wait(call);
}

/*
 * The name of a VDI or a snapshot, whose tag (NULL: "") and id stand apart. *text: as one would
 * open it, to be freed.
 */
static int take_vdi_name(struct sheepsim_client *c, const char *name, const char *tag,
			 uint32_t snapid, struct vdi_name *vdi, char **text)
{
	int error = call_check(c, true, NULL, NULL);

	if (error < 0)
		return error;
	memset(vdi, 0, sizeof *vdi);
	if (!take_name(vdi->name, name) || (tag && *tag && !take_name(vdi->tag, tag)))
		return sim_fail(c->sim, SHEEPSIM_E_INVALID, "names have 1 to 255 bytes");
	vdi->snapid = snapid;
	if (vdi->tag[0])
		*text = mem_format("%s:%s", vdi->name, vdi->tag);
	else if (snapid)
		*text = mem_format("%s:%u", vdi->name, snapid);
	else
		*text = mem_string(vdi->name);
	return 0;
}

int sheepsim_vdi_lookup(struct sheepsim_client *client, const char *name, const char *tag,
			uint32_t snapid, struct sheepsim_vdi_info *info)
{
	struct vdi_name vdi;
	struct call *call;
	char *text;
	int error = take_vdi_name(client, name, tag, snapid, &vdi, &text);

	if (error < 0)
		return error;
	call = call_blocking(client, CALL_LOOKUP, text, "look up");
	free(text);
	call->infos = info;
	call->max = 1;
	sim_enter(client->sim);
	frontend_lookup(client->frontend, &vdi, call_ends, call);
	sim_leave(client->sim);
	error = call_wait(call);
	return error < 0 ? error : 0;
}

int sheepsim_vdi_set_copies(struct sheepsim_client *client, const char *vdi, unsigned copies)
{
	struct vdi_name name;
	struct call *call;
	char *text = NULL;
	int error = take_vdi_name(client, vdi, NULL, 0, &name, &text);

	if (error < 0)
		return error;
	free(text);
	if (copies < 1 || copies > MAX_ZONES)
		return sim_fail(client->sim, SHEEPSIM_E_INVALID, "copies are 1 to %u", MAX_ZONES);
	call = call_blocking(client, CALL_COPIES, vdi, "change the copies of");
	sim_enter(client->sim);
	frontend_set_copies(client->frontend, &name, (uint8_t)copies, call_ends, call);
	sim_leave(client->sim);
	return call_wait(call);
}

int sheepsim_vdi_list(struct sheepsim_client *client, struct sheepsim_vdi_info *infos, size_t max)
{
	struct call *call;
	int error = call_check(client, true, NULL, NULL);

	if (error < 0)
		return error;
	call = call_blocking(client, CALL_LIST, "", "list VDIs");
	call->infos = infos;
	call->max = max;
	sim_enter(client->sim);
	frontend_list(client->frontend, call_ends, call);
	sim_leave(client->sim);
	return call_wait(call);
}

int sheepsim_vdi_snapshot(struct sheepsim_client *client, const char *name, const char *tag)
{
	struct vdi_name vdi;
	struct call *call;
	char *text;
	int error = take_vdi_name(client, name, tag, 0, &vdi, &text);

	if (error < 0)
		return error;
	call = call_blocking(client, CALL_SNAPSHOT, vdi.name, "make a snapshot of");
	free(text);
	memcpy(call->tag, vdi.tag, sizeof call->tag);
	sim_enter(client->sim);
	call->copy = history_snapshot_begin(client->sim->history, call->vdi);
	frontend_snapshot(client->frontend, &vdi, call_ends, call);
	sim_leave(client->sim);
	return call_wait(call);
}

int sheepsim_vdi_delete(struct sheepsim_client *client, const char *name, const char *tag,
			uint32_t snapid)
{
	struct vdi_name vdi;
	struct call *call;
	char *text;
	int error = take_vdi_name(client, name, tag, snapid, &vdi, &text);

	if (error < 0)
		return error;
	call = call_blocking(client, CALL_DELETE, text, "delete");
	free(text);
	sim_enter(client->sim);
	frontend_delete(client->frontend, &vdi, call_ends, call);
	sim_leave(client->sim);
	return call_wait(call);
}
