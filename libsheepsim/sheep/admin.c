/*
 * What dog asks of one node (appendix B, local operations; spec 4.7). Reply buffers that are too
 * small make sheep overrun them; here they get BUFFER_SMALL or INVALID_PARMS, as the spec suggests.
 */
#include <stdlib.h>
#include <string.h>

#include "sheep/admin.h"
#include "sheep/recovery.h"
#include "wire/records_admin.h"

void succeed_work(struct request *r)
{
	request_end(r, SD_RES_SUCCESS);
}

/* "No write-back cache, stop flushing" (spec 4.3). */
void flush_vdi_work(struct request *r)
{
	request_end(r, SD_RES_INVALID_PARMS);
}

void get_node_list_work(struct request *r)
{
	const struct members *m = r->view ? view_members(r->view) : NULL;
	uint32_t nr = m ? m->nr : 0;

	if (!request_has_room(r, (uint64_t)nr * NODE_RECORD_SIZE))
		return;
	r->p.node.nr_nodes = nr;
	while (r->p.node.local_idx < nr && !node_is_me(r->sheep, &m->rec[r->p.node.local_idx].nid))
		r->p.node.local_idx++;
	r->out = nr ? node_list_encode(m->rec, nr) : NULL;
	request_end(r, SD_RES_SUCCESS);
}

void stat_sheep_work(struct request *r)
{
	const struct sheep *s = r->sheep;

	if (!node_is_gateway(s)) {
		r->p.node.store_size = store_size(s->store);
		r->p.node.store_free = store_free(s->store);
	}
	request_end(r, SD_RES_SUCCESS);
}

/* The status of the cluster as STAT_CLUSTER's result (appendix B). */
static uint32_t status_result(const struct sheep *s)
{
	switch (s->ci.status) {
	case SD_STATUS_OK:
		return SD_RES_SUCCESS;
	case SD_STATUS_WAIT:
		return s->ci.ctime ? SD_RES_WAIT_FOR_JOIN : SD_RES_WAIT_FOR_FORMAT;
	case SD_STATUS_SHUTDOWN:
		return SD_RES_SHUTDOWN;
	default:
		return SD_RES_SYSTEM_ERROR;
	}
}

/*
 * One record of the epoch table at offset: 48 bytes, and max node slots. Only the newest one has
 * the cluster's settings. Returns false if it does not fit its nodes.
 */
static bool stat_cluster_record(struct sheep *s, uint32_t epoch, uint32_t max, bool newest,
				struct blob **out, uint64_t offset)
{
	struct epoch_log l = {.epoch = epoch};
	struct blob *log = store_log_get(s->store, epoch);
	struct node_rec *nodes = NULL;
	uint8_t head[EPOCH_LOG_HEAD];
	size_t nr = 0;
	bool fits;

	if (newest) {
		l.ctime = s->ci.ctime;
		l.disable_recovery = s->ci.disable_recovery;
		l.nr_copies = s->ci.nr_copies;
		l.copy_policy = s->ci.copy_policy;
		l.flags = s->ci.flags;
		memcpy(l.drv_name, s->ci.default_store, sizeof(l.drv_name));
	}
	if (max > 0 && log && epoch_blob_decode(log, &nodes, &nr, &l.time, NULL) < 0)
		nr = 0;
	fits = nr <= max;
	l.nr_nodes = (uint32_t)nr;
	epoch_log_encode(&l, head);
	*out = blob_write(*out, offset, head, sizeof(head));
	if (fits && nr) {
		struct blob *list = node_list_encode(nodes, nr);

		*out = blob_overlay(*out, offset + EPOCH_LOG_HEAD, list);
		blob_unref(list);
	}
	free(nodes);
	blob_unref(log);
	return fits;
}

/*
 * Epoch logs from the highest number downwards, as many as there is room for (spec 4.7). One with
 * more members than slots ends it with BUFFER_SMALL; the newer ones are answered all the same.
 */
void stat_cluster_work(struct request *r)
{
	struct sheep *s = r->sheep;
	uint32_t max = r->q.cluster.nodes_nr;
	uint64_t size = EPOCH_LOG_HEAD + (uint64_t)max * NODE_RECORD_SIZE;
	uint32_t newest = store_log_highest(s->store);
	uint64_t room = r->q.data_length / size;
	uint64_t nr = room < newest ? room : newest;
	struct blob *out = blob_zero(nr * size);

	for (uint64_t i = 0; i < nr; i++) {
		if (!stat_cluster_record(s, newest - (uint32_t)i, max, i == 0, &out, i * size)) {
			r->out = blob_resize(out, i * size);
			request_end(r, SD_RES_BUFFER_SMALL);
			return;
		}
	}
	r->out = out;
	request_end(r, status_result(s));
}

void get_store_list_work(struct request *r)
{
	static const char list[] = "tree plain ";
	size_t len = r->q.data_length < sizeof(list) ? r->q.data_length : sizeof(list);

	request_end_with(r, blob_new(list, len)); /* clipped, not refused */
}

void stat_recovery_work(struct request *r)
{
	struct recovery_state state;
	uint8_t bytes[RECOVERY_STATE_SIZE];

	recovery_report(r->sheep, &state);
	recovery_state_encode(&state, bytes);
	request_end_with(r, blob_new(bytes, sizeof(bytes)));
}

void kill_node_work(struct request *r)
{
	node_set_status(r->sheep, SD_STATUS_KILLED);
	request_end(r, SD_RES_SUCCESS);
}

void stat_work(struct request *r)
{
	uint8_t bytes[NODE_STAT_SIZE];

	node_stat_encode(&r->sheep->stat, bytes);
	request_end_with(r, blob_new(bytes, sizeof(bytes)));
}

void get_loglevel_work(struct request *r)
{
	uint8_t bytes[4];

	put_le32(bytes, (uint32_t)r->sheep->loglevel);
	request_end_with(r, blob_new(bytes, sizeof(bytes)));
}

void set_loglevel_work(struct request *r)
{
	uint8_t bytes[4];
	uint32_t level;

	blob_read(r->data, 0, bytes, sizeof(bytes));
	level = get_le32(bytes);
	if (blob_size(r->data) < sizeof(bytes) || level > 7) {
		request_end(r, SD_RES_INVALID_PARMS);
		return;
	}
	r->sheep->loglevel = (int32_t)level;
	request_end(r, SD_RES_SUCCESS);
}

/* Live here, as a replica or as any strip of it? Before format nothing is. */
static bool exists(const struct sheep *s, uint64_t oid)
{
	uint8_t policy = object_policy(s, oid);
	uint32_t strips = policy ? object_copies(s, oid) : 1;

	for (uint32_t i = 0; i < strips; i++) {
		if (object_live(s, oid, (uint8_t)i))
			return true;
	}
	return false;
}

void exist_work(struct request *r)
{
	request_end(r, exists(r->sheep, r->q.obj.oid) ? SD_RES_SUCCESS : SD_RES_NO_OBJ);
}

/* The oids that are missing come back, with NO_OBJ (spec 4.7). */
void oids_exist_work(struct request *r)
{
	size_t nr = blob_size(r->data) / sizeof(uint64_t), missing = 0;
	uint8_t *bytes = mem_array(nr, sizeof(uint64_t));

	blob_read(r->data, 0, bytes, nr * sizeof(uint64_t));
	for (size_t i = 0; i < nr; i++) {
		uint64_t oid = get_le64(bytes + i * sizeof(uint64_t));

		if (!exists(r->sheep, oid))
			put_le64(bytes + missing++ * sizeof(uint64_t), oid);
	}
	r->out = missing ? blob_new(bytes, missing * sizeof(uint64_t)) : NULL;
	free(bytes);
	request_end(r, missing ? SD_RES_NO_OBJ : SD_RES_SUCCESS);
}

void cluster_info_work(struct request *r)
{
	struct sheep *s = r->sheep;

	if (!request_has_room(r, CLUSTER_INFO_SIZE))
		return;
	r->out = ci_encode_whole(s, &s->ci, r->dialect);
	request_end(r, SD_RES_SUCCESS);
}

void cluster_default_work(struct request *r)
{
	const struct cluster_info *ci = &r->sheep->ci;

	r->p.cluster_default.nr_copies = ci->nr_copies;
	r->p.cluster_default.copy_policy = ci->copy_policy;
	r->p.cluster_default.block_size_shift = ci->block_size_shift;
	request_end(r, SD_RES_SUCCESS);
}

/* R238: one node's fixed count of vnodes; an update_node follows. */
void set_vnodes_work(struct request *r)
{
	struct sheep *s = r->sheep;
	struct node_rec me = s->me;
	uint8_t bytes[4];
	uint32_t vnodes;

	blob_read(r->data, 0, bytes, sizeof(bytes));
	vnodes = get_le32(bytes);
	if (node_is_gateway(s)) {
		request_end(r, SD_RES_GATEWAY_MODE);
	} else if (s->ci.flags & SD_CLUSTER_FLAG_AUTO_VNODES) {
		request_end(r, SD_RES_INVALID_VNODES_STRATEGY);
	} else if (vnodes < 1 || vnodes > UINT16_MAX) {
		request_end(r, SD_RES_INVALID_PARMS);
	} else {
		me.nr_vnodes = (uint16_t)vnodes;
		driver_update_node(s->driver, &me);
		request_end(r, SD_RES_SUCCESS);
	}
}

void get_recovery_work(struct request *r)
{
	const struct sheep *s = r->sheep;
	uint8_t bytes[RECOVERY_THROTTLING_SIZE];
	struct recovery_throttling t = {.max_exec_count = s->throttle_max,
					.queue_work_interval = s->throttle_interval,
					.throttling = throttle_on(s)};

	recovery_throttling_encode(&t, bytes);
	request_end_with(r, blob_new(bytes, sizeof(bytes)));
}

/* The flag follows from the numbers, whatever the request says (spec 4.7). */
void set_recovery_work(struct request *r)
{
	struct recovery_throttling t;

	if (recovery_throttling_decode(r->data, &t, NULL) < 0) {
		request_end(r, SD_RES_INVALID_PARMS);
		return;
	}
	r->sheep->throttle_max = t.max_exec_count;
	r->sheep->throttle_interval = t.queue_work_interval;
	request_end(r, SD_RES_SUCCESS);
}
