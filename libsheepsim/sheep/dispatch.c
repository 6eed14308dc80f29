/*
 * Admission (R401, R406, R407) and dispatch: which table an operation is in, and where its body
 * runs.
 */
#include <assert.h>

#include "sheep/gateway.h"
#include "sheep/level.h"
#include "sheep/ops_tables.h"
#include "sheep/recovery.h"

const struct op *op_code(const struct op_info *info)
{
	switch (info->protocol) {
	case PROTOCOL_FRONTEND:
		return &frontend_ops[info->opcode];
	case PROTOCOL_PEER:
		return &peer_ops[info->opcode];
	case PROTOCOL_DRIVER:
		return &driver_ops[info->opcode];
	case PROTOCOL_ADMIN:
		return &admin_ops[info->opcode];
	case PROTOCOL_NONE:
		break;
	}
	return NULL;
}

/* The first three steps of R401; SUCCESS: go on. */
static uint32_t admission(const struct request *r)
{
	const struct sheep *s = r->sheep;

	if (r->dialect == DIALECT_NONE)
		return SD_RES_VER_MISMATCH;
	if (!r->info || !r->op || (!r->op->work && !r->op->effect) ||
	    !level_has_op(s, r->dialect, r->q.opcode))
		return SD_RES_INVALID_PARMS;
	switch (s->ci.status) {
	case SD_STATUS_KILLED:
		if (r->info->force && node_serves(s))
			return SD_RES_SUCCESS; /* its VDI table is needed by who joins (R604) */
		return SD_RES_KILLED;
	case SD_STATUS_SHUTDOWN:
		return SD_RES_SHUTDOWN;
	case SD_STATUS_WAIT:
		if (r->info->force)
			return SD_RES_SUCCESS;
		return s->ci.ctime ? SD_RES_WAIT_FOR_JOIN : SD_RES_WAIT_FOR_FORMAT;
	default:
		return SD_RES_SUCCESS;
	}
}

/* What is asked for must be possible at the cluster's level too (V3, V9). */
static uint32_t admission_by_level(const struct request *r)
{
	uint32_t result = admission(r);

	if (result == SD_RES_SUCCESS && dialect_refuses(r->sheep->level, &r->q))
		return SD_RES_INVALID_PARMS;
	return result;
}

static void body_run(struct work *w)
{
	struct request *r = container_of(w, struct request, work);

	r->op->work(r);
}

static bool is_create(uint8_t opcode)
{
	return opcode == SD_OP_CREATE_AND_WRITE_OBJ || opcode == SD_OP_CREATE_AND_WRITE_PEER;
}

/* R421: does it wait for the recovery of its object? */
static bool waits_for_recovery(struct request *r, uint64_t oid)
{
	return !is_create(r->q.opcode) && !(r->q.flags & SD_FLAG_CMD_RECOVERY) &&
	       recovery_must_wait(r->sheep, oid);
}

/* How far its epoch is above the node's: modulo 2^32 (R407). */
static int32_t epochs_ahead(const struct request *r)
{
	return (int32_t)(r->q.epoch - node_epoch(r->sheep));
}

bool sheep_makes_wait(struct sheep *s, const uint8_t head[WIRE_HEADER])
{
	struct request r = {.sheep = s};

	request_decode(&r, head);
	return r.dialect != DIALECT_NONE && r.info && r.info->class == OP_PEER && request_oid(&r) &&
	       epochs_ahead(&r) > 0;
}

static void admit_peer(struct request *r)
{
	struct sheep *s = r->sheep;
	uint64_t oid = request_oid(r);
	int32_t ahead = epochs_ahead(r);

	if (oid) {
		/* Also one that was parked here while the epoch rose (R427). */
		if (ahead < 0) {
			request_answer(r, SD_RES_OLD_NODE_VER);
			return;
		}
		if (ahead > 0) { /* silence, to the gateway (R435) */
			request_park(r, SD_RES_NEW_NODE_VER);
			return;
		}
		if (waits_for_recovery(r, oid)) {
			request_park(r, 0);
			return;
		}
		if (r->q.flags & SD_FLAG_CMD_RECOVERY)
			r->q.epoch = r->q.obj.tgt_epoch;
	}
	/* R406 */
	work_start(s, r->q.opcode == SD_OP_REMOVE_PEER ? QUEUE_PEER_REMOVE : QUEUE_PEER, &r->work,
		   body_run);
}

static void admit_gateway(struct request *r)
{
	enum queue q = QUEUE_GATEWAY;
	uint32_t refusal;

	r->holder = gateway_holds(r);
	if (r->holder && waits_for_recovery(r, request_oid(r))) {
		/* That others may have it does not matter (R404, R917). */
		if (quirk(r->sheep, QUIRK_OWN_REPLICA_WAIT) || r->elsewhere ||
		    r->q.opcode != SD_OP_READ_OBJ || request_policy(r)) {
			request_park(r, 0);
			return;
		}
		r->elsewhere = true;
		r->holder = false;
	}
	refusal = gateway_refusal(r);
	if (refusal != SD_RES_SUCCESS) {
		request_answer(r, refusal);
		return;
	}
	/* R405 */
	if (r->q.opcode == SD_OP_REMOVE_OBJ)
		q = QUEUE_REMOVE;
	else if (r->q.flags & SD_FLAG_CMD_FWD)
		q = QUEUE_GATEWAY_FWD;
	work_start(r->sheep, q, &r->work, body_run);
}

void request_admit(struct request *r)
{
	struct sheep *s = r->sheep;
	uint32_t result;

	r->op = r->info ? op_code(r->info) : NULL;
	rsp_init(&r->p, &r->q, SD_RES_SUCCESS);
	r->rsp_epoch_set = false;
	result = admission_by_level(r);
	if (result != SD_RES_SUCCESS) {
		request_answer(r, result);
		return;
	}
	view_unref(s->commons, r->view);
	r->view = s->view ? view_ref(s->view) : NULL;
	if (r->info->class != OP_PEER) /* whose sender has chosen it (R006) */
		r->q.epoch = node_epoch(s);
	switch (r->info->class) {
	case OP_PEER:
		admit_peer(r);
		break;
	case OP_GATEWAY:
		admit_gateway(r);
		break;
	case OP_LOCAL:
		if (r->op->on_loop)
			r->op->work(r);
		else
			work_start(s, QUEUE_LOCAL, &r->work, body_run);
		break;
	case OP_CLUSTER_NOTIFY:
	case OP_CLUSTER_BLOCK:
		cluster_op_start(r);
		break;
	case OP_NONE:
		assert(!"an operation without a class was admitted");
	}
}

/* EIO of the own store: the disk is to blame, and the node goes (R409). */
static void peer_complete(struct request *r, uint32_t result)
{
	if (result == SD_RES_EIO) {
		node_leave_cluster(r->sheep);
		result = SD_RES_NETWORK_ERROR;
	}
	request_answer(r, result);
}

static void complete(struct work *w)
{
	struct request *r = container_of(w, struct request, work);

	if (r->info->class == OP_GATEWAY)
		gateway_complete(r, r->p.result);
	else if (r->info->class == OP_PEER)
		peer_complete(r, r->p.result);
	else
		request_answer(r, r->p.result);
}

void request_end(struct request *r, uint32_t result)
{
	r->p.result = result;
	if (r->info->class == OP_CLUSTER_BLOCK) {
		cluster_op_body_done(r);
	} else if (r->op->on_loop) {
		request_answer(r, result);
	} else {
		work_complete(&r->work, complete);
	}
}

bool request_has_room(struct request *r, uint64_t bytes)
{
	if (r->q.data_length >= bytes)
		return true;
	request_end(r, SD_RES_BUFFER_SMALL);
	return false;
}

void request_end_with(struct request *r, struct blob *out)
{
	if (!request_has_room(r, blob_size(out))) {
		blob_unref(out);
		return;
	}
	r->out = out;
	request_end(r, SD_RES_SUCCESS);
}
