/* Counters of requests: see stat.h. */
#include "sheep/stat.h"

static bool counted(const struct request *r)
{
	return r->info && (r->info->class == OP_GATEWAY || r->info->class == OP_PEER);
}

static bool is_peer(const struct request *r)
{
	return r->info->class == OP_PEER;
}

/* One more of its kind. */
static void count_operation(struct node_stat *stat, uint8_t opcode)
{
	switch (opcode) {
	case SD_OP_READ_OBJ:
		stat->gway_read++;
		break;
	case SD_OP_WRITE_OBJ:
	case SD_OP_CREATE_AND_WRITE_OBJ:
		stat->gway_write++;
		break;
	case SD_OP_REMOVE_OBJ:
		stat->gway_remove++;
		break;
	case SD_OP_READ_PEER:
		stat->peer_read++;
		break;
	case SD_OP_WRITE_PEER:
	case SD_OP_CREATE_AND_WRITE_PEER:
		stat->peer_write++;
		break;
	case SD_OP_REMOVE_PEER:
		stat->peer_remove++;
		break;
	default:
		break;
	}
}

void stat_begin(struct request *r)
{
	struct node_stat *stat = &r->sheep->stat;

	if (!counted(r))
		return;
	if (is_peer(r)) {
		stat->peer_active++;
		stat->peer_total++;
		stat->peer_rx += blob_size(r->data);
	} else {
		stat->gway_active++;
		stat->gway_total++;
		stat->gway_rx += blob_size(r->data);
	}
	count_operation(stat, r->q.opcode);
}

void stat_end(struct request *r, uint64_t bytes)
{
	struct node_stat *stat = &r->sheep->stat;

	if (!counted(r))
		return;
	if (is_peer(r)) {
		stat->peer_active--;
		stat->peer_tx += bytes;
	} else {
		stat->gway_active--;
		stat->gway_tx += bytes;
	}
}
