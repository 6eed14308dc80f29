#include <assert.h>

#include "sheep/stat.h"

/* Places in sheep's stat[], in the order of sd_stat. */
enum {
	GWAY_ACTIVE,
	PEER_ACTIVE,
	GWAY_TOTAL,
	PEER_TOTAL,
	GWAY_RX,
	GWAY_TX,
	PEER_RX,
	PEER_TX,
	GWAY_REMOVE,
	GWAY_READ,
	GWAY_WRITE,
	GWAY_FLUSH,
	PEER_REMOVE,
	PEER_READ,
	PEER_WRITE,
	NR_STATS
};

static_assert(NR_STATS == sizeof(((struct sheep *)0)->stat) / sizeof(uint64_t), "sd_stat");

static bool counted(const struct request *r)
{
	return r->info && (r->info->class == OP_GATEWAY || r->info->class == OP_PEER);
}

static bool is_peer(const struct request *r)
{
	return r->info->class == OP_PEER;
}

void stat_begin(struct request *r)
{
	uint64_t *stat = r->sheep->stat;

	if (!counted(r))
		return;
	stat[is_peer(r) ? PEER_ACTIVE : GWAY_ACTIVE]++;
	stat[is_peer(r) ? PEER_TOTAL : GWAY_TOTAL]++;
	stat[is_peer(r) ? PEER_RX : GWAY_RX] += blob_size(r->data);
	switch (r->q.opcode) {
	case SD_OP_READ_OBJ:
		stat[GWAY_READ]++;
		break;
	case SD_OP_WRITE_OBJ:
	case SD_OP_CREATE_AND_WRITE_OBJ:
		stat[GWAY_WRITE]++;
		break;
	case SD_OP_REMOVE_OBJ:
		stat[GWAY_REMOVE]++;
		break;
	case SD_OP_READ_PEER:
		stat[PEER_READ]++;
		break;
	case SD_OP_WRITE_PEER:
	case SD_OP_CREATE_AND_WRITE_PEER:
		stat[PEER_WRITE]++;
		break;
	case SD_OP_REMOVE_PEER:
		stat[PEER_REMOVE]++;
		break;
	default:
		break;
	}
}

void stat_end(struct request *r, uint64_t bytes)
{
	if (!counted(r))
		return;
	r->sheep->stat[is_peer(r) ? PEER_ACTIVE : GWAY_ACTIVE]--;
	r->sheep->stat[is_peer(r) ? PEER_TX : GWAY_TX] += bytes;
}
