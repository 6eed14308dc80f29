/* One request by its fields, and the answer: see include/sheepsim/raw.h. */
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"
#include "wire/ops.h"

static void take_object(struct req *q, const struct sheepsim_request *wanted)
{
	q->obj.oid = wanted->oid;
	q->obj.cow_oid = wanted->cow_oid;
	q->obj.offset = wanted->offset;
	q->obj.copies = wanted->copies;
	q->obj.copy_policy = wanted->copy_policy;
	q->obj.ec_index = wanted->strip;
	q->obj.tgt_epoch = wanted->target_epoch;
}

static int take_fields(struct sheepsim *sim, struct req *q, const struct sheepsim_request *wanted)
{
	struct node *other;

	switch (q->variant) {
	case VARIANT_OBJ:
		take_object(q, wanted);
		break;
	case VARIANT_REF:
		q->ref.oid = wanted->oid;
		q->ref.generation = wanted->generation;
		q->ref.count = wanted->count;
		break;
	case VARIANT_FORW:
		other = sim_node(sim, wanted->other);
		if (!other)
			return SHEEPSIM_E_NOT_FOUND;
		q->forw.oid = wanted->oid;
		memcpy(q->forw.addr, other->rec.nid.addr, sizeof q->forw.addr);
		q->forw.port = other->rec.nid.port;
		break;
	default:
		break;
	}
	return 0;
}

static int take_request(struct sheepsim *sim, struct node *n, const struct sheepsim_request *wanted,
			struct req *q)
{
	const struct op_info *info;
	int op = wanted->op ? op_by_name(wanted->op) : -1;
	struct sheep_state state;

	if (op < 0)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "there is no operation \"%.40s\"",
				wanted->op ? wanted->op : "");
	if (wanted->data_len > UINT32_MAX)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "more than 4 GiB in one request");
	info = op_info((uint8_t)op);
	sheep_state(n->sheep, &state);
	req_init(q, (uint8_t)op);
	/* nodes look at the version of their own protocols, and at none of clients that is 0 */
	q->proto_ver = q->opcode < SD_OP_INTERNAL ? 0 : dialect_info(state.level)->version;
	q->flags = wanted->flags;
	if (wanted->data)
		q->flags |= SD_FLAG_CMD_WRITE;
	q->epoch = info->class == OP_PEER ? state.epoch : 0;
	if (wanted->epoch_set)
		q->epoch = wanted->epoch;
	q->id = 1;
	q->data_length = wanted->data ? (uint32_t)wanted->data_len : wanted->length;
	return take_fields(sim, q, wanted);
}

int sheepsim_ask(struct sheepsim *sim, int node, const struct sheepsim_request *request,
		 struct sheepsim_answer *answer)
{
	struct node *n = sim_running(sim, node);
	uint8_t head[WIRE_HEADER];
	struct sheepsim_conn *conn;
	struct req q;
	struct rsp p;
	int error;

	*answer = (struct sheepsim_answer){0};
	if (!n)
		return sim_node(sim, node) ? SHEEPSIM_E_STATE : SHEEPSIM_E_NOT_FOUND;
	error = take_request(sim, n, request, &q);
	if (error == 0)
		error = sheepsim_conn_open(sim, node, &conn);
	if (error < 0)
		return error;
	req_encode(&q, head);
	error = sheepsim_conn_send(conn, head, request->data, request->data_len);
	if (error == 0)
		error = sheepsim_conn_receive(conn, BLOCKING_LIMIT, head, &answer->data,
					      &answer->len);
	if (error == 0)
		error = sim_fail(sim, SHEEPSIM_E_LOST, "node %d has closed the connection", node);
	if (error > 0) {
		rsp_decode(head, &p);
		answer->result = p.result;
		answer->epoch = p.epoch;
		free(sim->asked);
		sim->asked = mem_alloc(answer->len ? answer->len : 1);
		if (answer->len)
			memcpy(sim->asked, answer->data, answer->len);
		answer->data = sim->asked;
		error = 0;
	}
	sheepsim_conn_close(conn);
	return error;
}
