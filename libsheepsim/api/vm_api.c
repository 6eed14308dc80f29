/*
 * What virtual machines do to VDIs beside reading and writing: discard, flush, release, branch.
 */
#include "api/call.h"

/* For the history a discard is a write of zeros: whole objects, and those are what is read then. */
int sheepsim_discard(struct sheepsim_client *client, const char *vdi, uint64_t offset, uint64_t len)
{
	struct blob *zeros;
	struct call *call;
	int error = call_on_range(client, CALL_DISCARD, true, vdi, offset, len, &call);

	if (error < 0)
		return error;
	text_add(&call->words, "discard objects of %s", vdi);
	zeros = blob_zero(len);
	sim_enter(client->sim);
	call->write = history_write_begin(client->sim->history, vdi, offset, zeros);
	frontend_discard(client->frontend, &call->name, offset, len, call_ends, call);
	sim_leave(client->sim);
	blob_unref(zeros);
	return call_wait(call);
}

int sheepsim_flush(struct sheepsim_client *client, const char *vdi)
{
	struct vdi_name name;
	struct call *call;
	int error = call_check(client, true, vdi, &name);

	if (error < 0)
		return error;
	call = call_blocking(client, CALL_FLUSH, vdi, "flush");
	sim_enter(client->sim);
	frontend_flush(client->frontend, &name, call_ends, call);
	sim_leave(client->sim);
	return call_wait(call);
}

int sheepsim_client_release(struct sheepsim_client *client)
{
	struct call *call;
	int error = call_check(client, true, NULL, NULL);

	if (error < 0 || !frontend_locks_any(client->frontend))
		return error;
	call = call_blocking(client, CALL_RELEASE, "", "release VDIs");
	sim_enter(client->sim);
	frontend_release(client->frontend, call_ends, call);
	sim_leave(client->sim);
	return call_wait(call);
}

int sheepsim_vdi_branch(struct sheepsim_client *client, const char *name, const char *tag)
{
	struct vdi_name vdi = {.snapid = 0};
	struct call *call;
	int error = call_check(client, true, NULL, NULL);

	if (error < 0)
		return error;
	if (!take_name(vdi.name, name) || !take_name(vdi.tag, tag))
		return sim_fail(client->sim, SHEEPSIM_E_INVALID, "names have 1 to 255 bytes");
	if (!frontend_branches(client->frontend))
		return sim_fail(client->sim, SHEEPSIM_E_INVALID,
				"this client does not write to snapshots");
	call = call_blocking(client, CALL_BRANCH, name, "branch");
	sim_enter(client->sim);
	frontend_branch(client->frontend, &vdi, call_ends, call);
	sim_leave(client->sim);
	return call_wait(call);
}
