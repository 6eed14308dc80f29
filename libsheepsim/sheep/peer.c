/* What other nodes ask of this one (R406-R409, R507, R529): the bodies; admission is in dispatch.c.
 */
#include <stdlib.h>
#include <string.h>

#include "sheep/peer.h"

/* An operation on an own object for a request. */
struct peer_io {
	struct task task;
	struct request *r;
	struct object_io o;
};

static void peer_io_drop(struct task *t)
{
	struct peer_io *p = container_of(t, struct peer_io, task);

	free(p);
}

static void peer_io_done(struct object_io *o)
{
	struct peer_io *p = container_of(o, struct peer_io, o);
	struct request *r = p->r;
	uint32_t result = o->result;

	if (o->op == OBJECT_READ && result == SD_RES_SUCCESS)
		r->out = o->data; /* the reference goes along */
	if (o->op == OBJECT_HASH && result == SD_RES_SUCCESS)
		memcpy(r->p.hash.digest, o->digest, sizeof(o->digest));
	task_remove(&p->task);
	free(p);
	request_end(r, result);
}

static void peer_io_start(struct request *r, enum object_op op)
{
	struct sheep *s = r->sheep;
	struct peer_io *p = mem_alloc(sizeof(*p));

	p->r = r;
	p->o.op = op;
	p->o.oid = r->q.obj.oid;
	/* The copy's number means nothing where copies are replicas (R308). */
	p->o.ec_index = request_policy(r) ? r->q.obj.ec_index : 0;
	p->o.epoch = op == OBJECT_HASH ? r->q.obj.tgt_epoch : r->q.epoch;
	if (op == OBJECT_CREATE || op == OBJECT_REMOVE)
		p->o.wanted = r->q.epoch;
	p->o.wildcard = r->q.flags & SD_FLAG_CMD_WILDCARD;
	p->o.offset = r->q.obj.offset;
	p->o.length = r->q.data_length;
	p->o.data = op == OBJECT_READ ? NULL : r->data;
	p->o.done = peer_io_done;
	task_add(s, &p->task, peer_io_drop);
	object_start(s, &p->o);
}

/* ------------------------------------------------------------------ copy on write up to 0.7 */

/* Each replica reads what is copied (versions.md 4.6), and lays the client's bytes over it. */
struct peer_cow {
	struct task task;
	struct request *r;
};

static void peer_cow_drop(struct task *t)
{
	free(container_of(t, struct peer_cow, task));
}

static void peer_cow_read(struct request *nested)
{
	struct peer_cow *c = nested->owner;
	struct request *r = c->r;
	struct blob *content;

	task_remove(&c->task);
	free(c);
	if (nested->p.result != SD_RES_SUCCESS) {
		request_end(r, nested->p.result);
		return;
	}
	content = blob_resize(blob_ref(nested->out), nested->q.data_length);
	content = blob_overlay(content, r->q.obj.offset, r->data);
	blob_unref(r->data);
	r->data = content;
	r->q.obj.offset = 0;
	r->q.data_length = nested->q.data_length;
	peer_io_start(r, OBJECT_CREATE);
}

static void peer_cow_start(struct request *r)
{
	struct peer_cow *c = mem_alloc(sizeof(*c));
	struct req q;

	c->r = r;
	task_add(r->sheep, &c->task, peer_cow_drop);
	req_init(&q, SD_OP_READ_OBJ);
	q.flags = SD_FLAG_CMD_FWD;
	q.data_length = (uint32_t)object_size(r->sheep, r->q.obj.oid);
	q.obj.oid = r->q.obj.cow_oid;
	request_nested(r->sheep, &q, NULL, peer_cow_read, c);
}

void peer_create_work(struct request *r)
{
	if ((r->q.flags & SD_FLAG_CMD_COW) && node_release(r->sheep)->cow_at_peers)
		peer_cow_start(r);
	else
		peer_io_start(r, OBJECT_CREATE);
}

/* ------------------------------------------------------------------ objects */

void peer_read_work(struct request *r)
{
	/* The epoch may have risen since the admission: R925 is the same at a peer. */
	if (!(r->q.flags & SD_FLAG_CMD_RECOVERY) && !quirk(r->sheep, QUIRK_STALE_READ))
		r->q.epoch = 0;
	peer_io_start(r, OBJECT_READ);
}

void peer_write_work(struct request *r)
{
	peer_io_start(r, OBJECT_WRITE);
}

void peer_remove_work(struct request *r)
{
	peer_io_start(r, OBJECT_REMOVE);
}

void get_hash_work(struct request *r)
{
	peer_io_start(r, OBJECT_HASH);
}

/* No epoch test, no filter: the present list (R507). */
void get_obj_list_work(struct request *r)
{
	request_end_with(r, blob_ref(objlist_blob(r->sheep)));
}

void get_epoch_work(struct request *r)
{
	struct blob *log = store_log_get(r->sheep->store, r->q.obj.tgt_epoch);

	if (log)
		request_end_with(r, log);
	else
		request_end(r, SD_RES_NO_TAG);
}

void get_vnodes_work(struct request *r)
{
	uint8_t bytes[4];

	put_le32(bytes, r->sheep->me.nr_vnodes);
	request_end_with(r, blob_new(bytes, sizeof(bytes)));
}
