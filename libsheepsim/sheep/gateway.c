/*
 * The gateway's admission, completion and reads (R404, R410, R412, R413, R423, R430). Writes are in
 * gateway_write.c.
 */
#include <assert.h>
#include <stdlib.h>

#include "sheep/gateway.h"
#include "sheep/gateway_ec.h"
#include "sheep/gateway_forward.h"
#include "sheep/vdi.h"

static uint32_t wanted_copies(const struct request *r)
{
	uint64_t oid = request_oid(r);

	if (r->q.variant == VARIANT_OBJ && r->q.obj.copies)
		return r->q.obj.copies;
	return object_copies(r->sheep, oid);
}

uint32_t gateway_targets(const struct request *r, uint16_t holders[MAX_ZONES])
{
	return view_holders(r->view, request_oid(r), wanted_copies(r), holders);
}

/*
 * R430: a strict cluster writes only where every copy has a zone of its own. Others write to as
 * many replicas as there are zones (R431): that all of those succeed is asked in either.
 */
static bool strict_refuses(const struct request *r)
{
	const struct sheep *s = r->sheep;
	bool writes = r->q.opcode == SD_OP_WRITE_OBJ || r->q.opcode == SD_OP_CREATE_AND_WRITE_OBJ;

	return writes && (s->ci.flags & SD_CLUSTER_FLAG_STRICT) &&
	       view_zones(r->view) < object_copies(s, request_oid(r));
}

bool gateway_holds(const struct request *r)
{
	const struct sheep *s = r->sheep;

	return r->view && view_vnodes(r->view) > 0 &&
	       view_holder_index(r->view, request_oid(r), wanted_copies(r), &s->me.nid) >= 0;
}

uint32_t gateway_refusal(const struct request *r)
{
	if (!r->view || view_vnodes(r->view) == 0 || strict_refuses(r))
		return SD_RES_HALT;
	/* 0.7: of a number with more than a byte its inode has kept a 0 (versions.md 5.3, i) */
	if (node_release(r->sheep)->wide_copies && wanted_copies(r) == 0)
		return SD_RES_HALT;
	return SD_RES_SUCCESS;
}

/*
 * R423. So a write outlives a change of the epoch (R428): refused by a replica that is ahead it
 * waits here for the own change; one that has died breaks the connection until its leave comes.
 * Each time the whole of it is sent again, also to those that have done it (R429), without a pause
 * (R818).
 */
void gateway_complete(struct request *r, uint32_t result)
{
	struct sheep *s = r->sheep;

	if (result != SD_RES_SUCCESS && request_is_hopeless(r)) {
		request_answer(r, result);
		return;
	}
	switch (result) {
	case SD_RES_OLD_NODE_VER:
		/* Only where a replica's epoch is known and ahead is there something to wait for.
		 */
		if (r->rsp_epoch_set && (int32_t)(r->rsp_epoch - node_epoch(s)) > 0)
			request_park(r, SD_RES_OLD_NODE_VER);
		else
			request_requeue(r);
		break;
	case SD_RES_NEW_NODE_VER: /* from here on: at once, and for ever (R424, R818) */
	case SD_RES_NETWORK_ERROR:
	case SD_RES_KILLED:
	case SD_RES_WAIT_FOR_JOIN:
	case SD_RES_WAIT_FOR_FORMAT:
		request_requeue(r);
		break;
	case SD_RES_EIO:
		if (!r->holder) {
			request_answer(r, result);
			break;
		}
		node_leave_cluster(s);
		request_requeue(r);
		break;
	default:
		request_answer(r, result);
		break;
	}
}

/* ------------------------------------------------------------------ read */

/* A READ of a replicated object: the own store first, then the other replicas once each (R412). */
struct gateway_read {
	struct task task;
	struct request *r;
	uint16_t holders[MAX_ZONES];
	uint32_t nr;
	uint32_t first; /* where the round begins */
	uint32_t tried; /* steps of the round so far */
	uint32_t result;
	struct object_io own;
	struct call call;
	struct timer refused;
};

static void read_drop(struct task *t)
{
	free(container_of(t, struct gateway_read, task));
}

static void read_end(struct gateway_read *g, uint32_t result)
{
	struct request *r = g->r;

	task_remove(&g->task);
	free(g);
	if (result != SD_RES_SUCCESS && r->elsewhere)
		result = SD_RES_NETWORK_ERROR; /* once more, and waiting for the own replica (R917)
						*/
	if (result == SD_RES_SUCCESS && vdi_refresh_applies(r))
		vdi_refresh_done(r);
	else
		request_end(r, result);
}

static void read_next(struct gateway_read *g);

static void read_answered(struct call *c)
{
	struct gateway_read *g = c->owner;

	g->result = c->result;
	if (c->result != SD_RES_SUCCESS) {
		read_next(g);
		return;
	}
	g->r->out = c->out ? blob_ref(c->out) : NULL;
	g->r->remote = true;
	read_end(g, SD_RES_SUCCESS);
}

static void read_refused(struct timer *t)
{
	read_next(container_of(t, struct gateway_read, refused));
}

/* The next remote replica of the round. */
static void read_next(struct gateway_read *g)
{
	struct request *r = g->r;
	struct sheep *s = r->sheep;
	const struct members *m = view_members(r->view);

	if (g->tried == 0)
		g->first = (uint32_t)world_random(s->world, g->nr, "read replica", request_oid(r),
						  s->me.nid.port, r->q.obj.offset);
	while (g->tried < g->nr) {
		uint32_t i = (g->first + g->tried++) % g->nr;
		const struct node_id *id = &m->rec[g->holders[i]].nid;

		if (node_is_me(s, id))
			continue;
		g->call = (struct call){.to = *id, .done = read_answered, .owner = g};
		forward_header(r, 0, &g->call.q); /* a read names no replica */
		if (!call_start(s, &g->call)) {
			g->result = g->call.result;
			g->refused.fire = read_refused;
			world_timer(s->world, &g->refused, CALL_REFUSED_TIME);
		}
		return;
	}
	read_end(g, g->result);
}

static void read_own_done(struct object_io *o)
{
	struct gateway_read *g = o->owner;

	g->result = o->result;
	if (o->result != SD_RES_SUCCESS) {
		read_next(g);
		return;
	}
	g->r->out = o->data;
	read_end(g, SD_RES_SUCCESS);
}

static void read_replicated(struct request *r)
{
	struct sheep *s = r->sheep;
	struct gateway_read *g = mem_alloc(sizeof(*g));

	g->r = r;
	task_add(s, &g->task, read_drop);
	g->nr = gateway_targets(r, g->holders);
	g->result = SD_RES_SYSTEM_ERROR; /* of an object with no copies: see forward_new() */
	if (g->nr == 0) {
		read_end(g, g->result);
		return;
	}
	if (!r->holder) {
		read_next(g);
		return;
	}
	/*
	 * In-process, without peer admission, at the gateway's epoch: what has been set aside under
	 * that one since is found too (R413, R925). Of epoch 0 there is nothing but live objects.
	 */
	g->own = (struct object_io){.op = OBJECT_READ,
				    .oid = r->q.obj.oid,
				    .epoch = quirk(s, QUIRK_STALE_READ) ? r->q.epoch : 0,
				    .offset = r->q.obj.offset,
				    .length = r->q.data_length,
				    .done = read_own_done,
				    .owner = g};
	object_start(s, &g->own);
}

void gateway_read_work(struct request *r)
{
	uint32_t refusal = vdi_gateway_check(r);

	if (refusal != SD_RES_SUCCESS)
		request_end(r, refusal);
	else if (gateway_is_coded(r))
		gateway_ec_read(r);
	else
		read_replicated(r);
}
