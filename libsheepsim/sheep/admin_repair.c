/* REPAIR_REPLICA (spec 4.7): the object of a named node replaces the one here. */
#include <stdlib.h>
#include <string.h>

#include "sheep/admin.h"

struct repair {
	struct task task;
	struct request *r;
	struct call call;
	struct object_io io;
	struct blob *content;
};

static void repair_drop(struct task *t)
{
	struct repair *p = container_of(t, struct repair, task);

	blob_unref(p->content);
	free(p);
}

static void repair_end(struct repair *p, uint32_t result)
{
	struct request *r = p->r;

	task_remove(&p->task);
	repair_drop(&p->task);
	request_end(r, result);
}

static void repair_created(struct object_io *o)
{
	repair_end(o->owner, o->result);
}

static void repair_answered(struct call *c)
{
	struct repair *p = c->owner;

	if (c->result != SD_RES_SUCCESS) {
		repair_end(p, c->result);
		return;
	}
	p->content = c->out ? blob_ref(c->out) : NULL;
	p->io = (struct object_io){.op = OBJECT_CREATE,
				   .oid = c->q.obj.oid,
				   .data = p->content,
				   .done = repair_created,
				   .owner = p};
	object_start(p->r->sheep, &p->io);
}

void repair_replica_work(struct request *r)
{
	struct sheep *s = r->sheep;
	struct repair *p = mem_alloc(sizeof(*p));

	p->r = r;
	task_add(s, &p->task, repair_drop);
	memcpy(p->call.to.addr, r->q.forw.addr, sizeof(p->call.to.addr));
	p->call.to.port = r->q.forw.port;
	req_init(&p->call.q, SD_OP_READ_PEER);
	p->call.q.epoch = node_epoch(s);
	p->call.q.obj.oid = r->q.forw.oid;
	p->call.q.data_length = (uint32_t)object_size(s, r->q.forw.oid);
	p->call.done = repair_answered;
	p->call.owner = p;
	if (!call_start(s, &p->call))
		repair_end(p, SD_RES_NETWORK_ERROR);
}
