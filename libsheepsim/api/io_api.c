/*
 * Reading and writing the bytes of VDIs.
 */
#include "api/call.h"

static void start_write(struct call *call, const void *data)
{
	struct sheepsim_client *c = call->client;
	struct blob *content = blob_new(data, call->len);

	text_add(&call->words, "write %zu bytes at %llu of %s", call->len,
		 (unsigned long long)call->offset, call->vdi);
	sim_enter(c->sim);
	call->write = history_write_begin(c->sim->history, call->vdi, call->offset, content);
	frontend_write(c->frontend, &call->name, call->offset, content, call_ends, call);
	sim_leave(c->sim);
	blob_unref(content);
}

static void start_read(struct call *call)
{
	struct sheepsim_client *c = call->client;

	text_add(&call->words, "read %zu bytes at %llu of %s", call->len,
		 (unsigned long long)call->offset, call->vdi);
	sim_enter(c->sim);
	call->read = history_read_begin(c->sim->history, call->vdi, call->offset, call->len);
	frontend_read(c->frontend, &call->name, call->offset, call->len, call_ends, call);
	sim_leave(c->sim);
}

int sheepsim_write(struct sheepsim_client *client, const char *vdi, uint64_t offset,
		   const void *data, size_t len)
{
	struct call *call;
	int error = call_on_range(client, CALL_WRITE, true, vdi, offset, len, &call);

	if (error < 0)
		return error;
	start_write(call, data);
	return call_wait(call);
}

int sheepsim_read(struct sheepsim_client *client, const char *vdi, uint64_t offset, void *buf,
		  size_t len)
{
	struct call *call;
	int error = call_on_range(client, CALL_READ, true, vdi, offset, len, &call);

	if (error < 0)
		return error;
	call->buf = buf;
	start_read(call);
	return call_wait(call);
}

int sheepsim_write_async(struct sheepsim_client *client, const char *vdi, uint64_t offset,
			 const void *data, size_t len, sheepsim_done_fn done, void *arg)
{
	struct call *call;
	int error = call_on_range(client, CALL_WRITE, false, vdi, offset, len, &call);

	if (error < 0)
		return error;
	call->done = done;
	call->arg = arg;
	start_write(call, data);
	return 0;
}

int sheepsim_read_async(struct sheepsim_client *client, const char *vdi, uint64_t offset,
			size_t len, sheepsim_done_fn done, void *arg)
{
	struct call *call;
	int error = call_on_range(client, CALL_READ, false, vdi, offset, len, &call);

	if (error < 0)
		return error;
	call->done = done;
	call->arg = arg;
	start_read(call);
	return 0;
}
