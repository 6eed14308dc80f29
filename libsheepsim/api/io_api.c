/*
 * Reading and writing the bytes of VDIs.
 */
#include <sheepsim/wire/object.h>

#include "api/call.h"

static void start_write(struct call *call, const struct vdi_name *name, uint64_t offset,
			const void *data, size_t len)
{
	struct sheepsim_client *c = call->client;
	struct blob *content = blob_new(data, len);

	text_add(&call->words, "write %zu bytes at %llu of %s", len, (unsigned long long)offset,
		 call->vdi);
	call->len = len;
	sim_enter(c->sim);
	call->write = history_write_begin(c->sim->history, call->vdi, offset, content);
	frontend_write(c->frontend, name, offset, content, call_ends, call);
	sim_leave(c->sim);
	blob_unref(content);
}

static void start_read(struct call *call, const struct vdi_name *name, uint64_t offset, size_t len)
{
	struct sheepsim_client *c = call->client;

	text_add(&call->words, "read %zu bytes at %llu of %s", len, (unsigned long long)offset,
		 call->vdi);
	call->len = len;
	sim_enter(c->sim);
	call->read = history_read_begin(c->sim->history, call->vdi, offset, len);
	frontend_read(c->frontend, name, offset, len, call_ends, call);
	sim_leave(c->sim);
}

/* A range that no VDI has is refused before anything begins. */
int call_check_range(struct sheepsim *sim, uint64_t offset, uint64_t len)
{
	uint64_t most = (uint64_t)SD_INODE_DATA_INDEX << SD_MAX_BLOCK_SIZE_SHIFT;

	if (offset <= most && len <= most - offset)
		return 0;
	return sim_fail(sim, SHEEPSIM_E_INVALID, "no VDI has bytes at %llu",
			(unsigned long long)offset);
}

int sheepsim_write(struct sheepsim_client *client, const char *vdi, uint64_t offset,
		   const void *data, size_t len)
{
	struct vdi_name name;
	struct call *call;
	int error = call_check(client, true, vdi, &name);

	if (error == 0)
		error = call_check_range(client->sim, offset, len);
	if (error < 0)
		return error;
	call = call_new(client, CALL_WRITE, vdi);
	call->blocking = true;
	start_write(call, &name, offset, data, len);
	return call_wait(call);
}

int sheepsim_read(struct sheepsim_client *client, const char *vdi, uint64_t offset, void *buf,
		  size_t len)
{
	struct vdi_name name;
	struct call *call;
	int error = call_check(client, true, vdi, &name);

	if (error == 0)
		error = call_check_range(client->sim, offset, len);
	if (error < 0)
		return error;
	call = call_new(client, CALL_READ, vdi);
	call->blocking = true;
	call->buf = buf;
	start_read(call, &name, offset, len);
	return call_wait(call);
}

int sheepsim_write_async(struct sheepsim_client *client, const char *vdi, uint64_t offset,
			 const void *data, size_t len, sheepsim_done_fn done, void *arg)
{
	struct vdi_name name;
	struct call *call;
	int error = call_check(client, false, vdi, &name);

	if (error == 0)
		error = call_check_range(client->sim, offset, len);
	if (error < 0)
		return error;
	call = call_new(client, CALL_WRITE, vdi);
	call->done = done;
	call->arg = arg;
	start_write(call, &name, offset, data, len);
	return 0;
}

int sheepsim_read_async(struct sheepsim_client *client, const char *vdi, uint64_t offset,
			size_t len, sheepsim_done_fn done, void *arg)
{
	struct vdi_name name;
	struct call *call;
	int error = call_check(client, false, vdi, &name);

	if (error == 0)
		error = call_check_range(client->sim, offset, len);
	if (error < 0)
		return error;
	call = call_new(client, CALL_READ, vdi);
	call->done = done;
	call->arg = arg;
	start_read(call, &name, offset, len);
	return 0;
}
