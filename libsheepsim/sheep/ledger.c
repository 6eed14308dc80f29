/*
 * Ledgers: how many references a data object has in each generation (R633, R634). Each replica of
 * the ledger counts by itself, one DECREF at a time on a node.
 */
#include <stdlib.h>

#include "sheep/vdi_io.h"
#include "sheep/vdi_layer.h"
#include "wire/records_vdi.h"

/* A DECREF_PEER under way or waiting for its turn. */
struct decref {
	struct task task;
	struct flow flow;
	struct object_io io;
	struct request *request;
	struct blob *ledger;
	bool existed; /* the ledger was there before */
	STAILQ_ENTRY(decref) link;
};

/* The steps, in their order. */
static void decref_begin(struct decref *d);
static void ledger_read(struct object_io *o);
static void decref_count(struct decref *d);
static void ledger_removed(struct object_io *o);
static void data_remove(struct decref *d);
static void data_removed(struct flow *f);
static void ledger_written(struct object_io *o);
static void note_done(struct decref *d);

static void decref_drop(struct task *t)
{
	struct decref *d = container_of(t, struct decref, task);

	blob_unref(d->ledger);
	free(d);
}

/* Answers, and lets the next one go on. */
static void decref_end(struct decref *d, uint32_t result)
{
	struct request *r = d->request;
	struct vdi_layer *l = r->sheep->vdis;
	struct decref *next = STAILQ_FIRST(&l->ledger_waiting);

	if (result == SD_RES_SUCCESS)
		note_done(d);
	task_remove(&d->task);
	decref_drop(&d->task);
	request_end(r, result);
	if (next) {
		STAILQ_REMOVE_HEAD(&l->ledger_waiting, link);
		decref_begin(next);
	} else {
		l->ledger_busy = false;
	}
}

void ledger_decref_work(struct request *r)
{
	struct vdi_layer *l = r->sheep->vdis;
	struct decref *d;

	if (req_validate(&r->q, r->data, NULL) < 0 || !sd_oid_is_ledger(r->q.ref.oid)) {
		request_end(r, SD_RES_INVALID_PARMS); /* generation out of the ledger (spec 4.7) */
		return;
	}
	d = mem_alloc(sizeof(*d));
	d->request = r;
	d->flow.sheep = r->sheep;
	task_add(r->sheep, &d->task, decref_drop);
	if (l->ledger_busy) {
		STAILQ_INSERT_TAIL(&l->ledger_waiting, d, link);
		return;
	}
	l->ledger_busy = true;
	decref_begin(d);
}

/*
 * An operation on this node's own ledger object; DECREF is not stopped by a new epoch (R408),
 * unless that is repaired.
 */
static struct object_io *ledger_io(struct decref *d, enum object_op op,
				   void (*done)(struct object_io *o))
{
	const struct sheep *s = d->flow.sheep;
	uint32_t wanted = d->request->q.epoch;

	d->io = (struct object_io){.op = op,
				   .oid = d->request->q.ref.oid,
				   .epoch = quirk(s, QUIRK_LATE_CHANGES) ? node_epoch(s) : wanted,
				   .wanted = op == OBJECT_READ ? 0 : wanted,
				   .done = done,
				   .owner = d};
	return &d->io;
}

/* ------------------------------------------------------------------ once only (R905) */

#define MARK_OFFSET (sizeof(struct sd_req_ref) - sizeof(uint64_t)) /* reserved bytes */
#define NR_MARKS    (sizeof(((struct vdi_layer *)NULL)->decrefs_done) / sizeof(uint64_t))

void ledger_mark(struct sheep *s, struct req *q)
{
	uint64_t mark = world_random(s->world, UINT64_MAX, "decref mark", q->ref.oid,
				     world_now(s->world), s->me.nid.port);

	put_le64(q->rest + MARK_OFFSET, mark + 1);
}

static uint64_t mark_of(const struct decref *d)
{
	return get_le64(d->request->q.rest + MARK_OFFSET);
}

/* It has been carried out, but whoever has sent it did not hear of it, or not of all replicas. */
static bool is_repeated(const struct decref *d)
{
	const struct sheep *s = d->flow.sheep;
	uint64_t mark = mark_of(d);

	if (quirk(s, QUIRK_REPEATED_DROPS) || !mark)
		return false;
	for (uint32_t i = 0; i < NR_MARKS; i++) {
		if (s->vdis->decrefs_done[i] == mark)
			return true;
	}
	return false;
}

static void note_done(struct decref *d)
{
	struct vdi_layer *l = d->flow.sheep->vdis;

	l->decrefs_done[l->nr_decrefs_done++ % NR_MARKS] = mark_of(d);
}

/* ------------------------------------------------------------------ the steps */

static void decref_begin(struct decref *d)
{
	if (is_repeated(d)) {
		decref_end(d, SD_RES_SUCCESS);
		return;
	}
	struct object_io *o = ledger_io(d, OBJECT_READ, ledger_read);

	o->length = LEDGER_SIZE;
	object_start(d->flow.sheep, o);
}

static void ledger_read(struct object_io *o)
{
	struct decref *d = o->owner;

	if (o->result == SD_RES_SUCCESS) {
		d->existed = true;
		d->ledger = o->data;
	} else if (o->result == SD_RES_NO_OBJ) {
		/* the object has been there, unshared: one reference in generation 0 */
		d->ledger = ledger_set(blob_zero(LEDGER_SIZE), 0, 1);
	} else {
		decref_end(d, o->result);
		return;
	}
	decref_count(d);
}

/* R634: who asks twice is counted twice. */
static void decref_count(struct decref *d)
{
	uint32_t g = d->request->q.ref.generation;
	struct object_io *o;

	d->ledger = ledger_set(d->ledger, g, ledger_count(d->ledger, g) - 1);
	d->ledger = ledger_set(d->ledger, g + 1,
			       ledger_count(d->ledger, g + 1) + d->request->q.ref.count);
	if (!blob_is_zero(d->ledger, 0, LEDGER_SIZE)) {
		o = ledger_io(d, d->existed ? OBJECT_WRITE : OBJECT_CREATE, ledger_written);
		if (d->existed) {
			struct blob *changed = blob_slice(d->ledger, o->offset = 4 * g, 8);

			blob_unref(d->ledger);
			d->ledger = changed;
		}
		o->data = d->ledger;
		object_start(d->flow.sheep, o);
	} else if (d->existed) {
		object_start(d->flow.sheep, ledger_io(d, OBJECT_REMOVE, ledger_removed));
	} else {
		data_remove(d);
	}
}

static void ledger_removed(struct object_io *o)
{
	struct decref *d = o->owner;

	if (o->result == SD_RES_SUCCESS)
		data_remove(d);
	else
		decref_end(d, o->result);
}

/* The first node of the ledger's replicas acts for all of them (spec 3.5). */
static bool is_first_replica(const struct request *r)
{
	uint64_t oid = r->q.ref.oid;

	return r->view && view_holder_index(r->view, oid, object_copies(r->sheep, oid),
					    &r->sheep->me.nid) == 0;
}

/*
 * Nobody refers to the object any more. Seen of sheepdog: a DECREF that a client sends by itself,
 * so without the flag of nodes' own requests, ends a ledger but leaves the object where it is
 * (R633).
 */
static void data_remove(struct decref *d)
{
	const struct request *r = d->request;
	struct req q;

	if (!(r->q.flags & SD_FLAG_CMD_FWD) || !is_first_replica(r)) {
		decref_end(d, SD_RES_SUCCESS);
		return;
	}
	req_init(&q, SD_OP_REMOVE_OBJ);
	q.obj.oid = sd_ledger_to_data_oid(r->q.ref.oid);
	flow_request(&d->flow, &q, NULL, data_removed);
}

static void data_removed(struct flow *f)
{
	decref_end(container_of(f, struct decref, flow), f->result);
}

static void ledger_written(struct object_io *o)
{
	decref_end(o->owner, o->result);
}
