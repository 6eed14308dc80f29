/* Operations that change the whole cluster: MAKE_FS, SHUTDOWN, settings (R224, R233-R241). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheep/cluster_ops.h"
#include "sheep/level.h"
#include "sheep/recovery.h"
#include "sheep/vdi.h"

/* Store drivers that a node has: other directories, which nobody sees; tree ignores WILDCARD
 * (R701). */
bool store_name_known(const char *name)
{
	return strcmp(name, "plain") == 0 || strcmp(name, "tree") == 0;
}

/* What the node knows of its former life goes, but for R225, which is R547 and R915 too. */
static void forget(struct sheep *s)
{
	if (!quirk(s, QUIRK_TALLY_OUTLIVES_FORMAT)) {
		s->gathered = 1;
		s->complete_epoch = 0;
		s->nr_completed = 0;
	}
	store_log_clear(s->store);
	vdis_clear(s);
	objlist_clear(s);
}

/* R224: what the node was told to use, else what the request names. */
static void choose_store(const struct sheep *s, const struct blob *wanted, char name[17])
{
	const char *own = s->options.store_name;

	if (own && own[0])
		snprintf(name, 17, "%s", own);
	else /* the text of the payload, which ends at a NUL or with it */
		blob_read(wanted, 0, name, 16);
}

/*
 * What is left to do when the objects are gone and the members are known. Zeros: R811. Without a
 * config record it stops there: what the node was, it is no more, and no member of the new cluster.
 */
static uint32_t format_finish(struct sheep *s, const struct req *q, struct members *announced)
{
	uint32_t result;

	s->ci.ctime = q->cluster.ctime;
	s->ci.flags = q->cluster.flags;
	s->ci.nr_copies = q->cluster.copies ? q->cluster.copies : SD_DEFAULT_COPIES;
	s->ci.copy_policy = q->cluster.copy_policy;
	s->ci.block_size_shift = q->cluster.block_size_shift ? q->cluster.block_size_shift
							     : SD_DEFAULT_BLOCK_SIZE_SHIFT;
	s->store_open = !node_is_gateway(s);
	result = config_write(s);
	if (result != SD_RES_SUCCESS)
		return result;
	forget(s);
	s->ci.epoch = 0;
	membership_set_view(s, announced); /* automatic vnodes may have been switched off */
	if (!epoch_raise(s))
		return SD_RES_EIO;
	node_set_status(s, SD_STATUS_OK);
	world_note(s->world, TRACE_FORMAT, s->ci.nr_copies, s->ci.flags, 0, 0);
	return SD_RES_SUCCESS;
}

/* ------------------------------------------------------------------ vnodes, at a gateway (R224) */

/*
 * A gateway asks every data node for its number of vnodes, on the loop: nothing else happens here
 * until all have answered (R005). A data node that has not heard of the format yet refuses, and
 * then the gateway has failed to format (R227, R924).
 */
struct vnode_query {
	struct task task;
	struct sheep *sheep;
	struct req q;
	struct request *request; /* that is held until it is over; NULL: none (yet) */
	struct members *list;	 /* as the driver announced it */
	struct node_rec *rec;	 /* the same with what was answered */
	uint32_t at;
	uint32_t result;
	struct call call;
};

/* Where that weak spot is repaired, and where nobody knows the operation (V7), the records do. */
static bool asks_vnodes(const struct sheep *s)
{
	return node_is_gateway(s) && quirk(s, QUIRK_FORMAT_RACE) &&
	       level_has_op(s, s->level, SD_OP_GET_VNODES);
}

static void vnode_query_drop(struct task *t)
{
	struct vnode_query *v = container_of(t, struct vnode_query, task);

	members_unref(v->sheep->commons, v->list);
	free(v->rec);
	free(v);
}

/* Formats, if all went well; the result is that of the effect. */
static uint32_t vnode_query_end(struct vnode_query *v)
{
	struct sheep *s = v->sheep;
	uint32_t result = v->result;
	struct members *m;
	char name[12];

	if (result == SD_RES_SUCCESS) {
		m = members_get(s->commons, v->rec, v->list->nr);
		result = format_finish(s, &v->q, m);
		members_unref(s->commons, m);
	} else {
		world_words(s->world, TRACE_ALERT, 0, node_epoch(s), "not formatted: vnodes: %s",
			    result_name(result, name));
	}
	task_remove(&v->task);
	vnode_query_drop(&v->task);
	return result;
}

static bool vnode_query_next(struct vnode_query *v);

static void vnode_query_answered(struct call *c)
{
	struct vnode_query *v = c->owner;
	struct request *r = v->request;
	uint8_t bytes[4];
	uint32_t result;

	v->result = c->result;
	if (c->result == SD_RES_SUCCESS && blob_size(c->out) < sizeof(bytes))
		v->result = SD_RES_SYSTEM_ERROR;
	if (v->result == SD_RES_SUCCESS) {
		blob_read(c->out, 0, bytes, sizeof(bytes));
		v->rec[v->at++].nr_vnodes = (uint16_t)get_le32(bytes);
		if (vnode_query_next(v))
			return;
	}
	result = vnode_query_end(v);
	if (r)
		request_answer(r, result);
}

/* Asks the next one; false: it is over, v->result is set. */
static bool vnode_query_next(struct vnode_query *v)
{
	while (v->at < v->list->nr && v->rec[v->at].nr_vnodes == 0)
		v->at++; /* a gateway */
	v->result = SD_RES_SUCCESS;
	if (v->at == v->list->nr)
		return false;
	v->call = (struct call){
		.to = v->rec[v->at].nid, .on_loop = true, .done = vnode_query_answered, .owner = v};
	req_init(&v->call.q, SD_OP_GET_VNODES);
	v->call.q.epoch = node_epoch(v->sheep);
	v->call.q.data_length = sizeof(uint32_t);
	if (call_start(v->sheep, &v->call))
		return true;
	v->result = v->call.result;
	return false;
}

static uint32_t vnode_query_start(struct sheep *s, const struct cluster_msg *m)
{
	struct vnode_query *v = mem_alloc(sizeof(*v));
	struct members *list = s->driver_members;

	v->sheep = s;
	v->q = *m->q;
	v->list = members_ref(list);
	v->rec = mem_array(list->nr, sizeof(*v->rec));
	memcpy(v->rec, list->rec, list->nr * sizeof(*v->rec));
	task_add(s, &v->task, vnode_query_drop);
	if (!vnode_query_next(v))
		return vnode_query_end(v);
	v->request = m->request;
	if (m->request)
		m->request->held = true; /* it is answered when this is over */
	return SD_RES_SUCCESS;
}

uint32_t make_fs_effect(struct sheep *s, const struct cluster_msg *m)
{
	char name[17] = "";

	choose_store(s, m->data, name);
	if (!store_name_known(name))
		return SD_RES_NO_STORE;
	if (dialect_refuses(s->level, m->q)) /* it was lowered meanwhile */
		return SD_RES_INVALID_PARMS;
	store_erase(s->store);
	memcpy(s->ci.default_store, name, sizeof(name));
	if (asks_vnodes(s))
		return vnode_query_start(s, m);
	return format_finish(s, m->q, s->driver_members);
}

/* R233 */
uint32_t shutdown_effect(struct sheep *s, const struct cluster_msg *m)
{
	struct store_config c;

	(void)m;
	node_set_status(s, SD_STATUS_SHUTDOWN);
	if (!s->run) {
		world_listen_stop(s->world);
		s->listening = false;
		store_config_get(s->store, &c);
		c.clean_shutdown = true;
		config_put(s, &c); /* without it, the next start looks for what it has missed */
	}
	node_drain(s);
	return SD_RES_SUCCESS;
}

/* R237: this and the next; joiners get it with the cluster info, no disk does. */
uint32_t enable_recover_effect(struct sheep *s, const struct cluster_msg *m)
{
	(void)m;
	s->ci.disable_recovery = 0;
	recovery_resume(s);
	return SD_RES_SUCCESS;
}

uint32_t disable_recover_effect(struct sheep *s, const struct cluster_msg *m)
{
	(void)m;
	s->ci.disable_recovery = 1;
	return SD_RES_SUCCESS;
}

/* R241: the default for new VDIs, in memory and in the config record. */
uint32_t alter_cluster_copy_effect(struct sheep *s, const struct cluster_msg *m)
{
	if (m->q->cluster.copy_policy != 0)
		return SD_RES_INVALID_PARMS;
	s->ci.nr_copies = m->q->cluster.copies;
	return config_write(s);
}

/* Sheep looks for the policy where the cluster variant of the header has it (spec 4.7). */
#define CLUSTER_POLICY_BYTE offsetof(struct sd_req_cluster, copy_policy)

/* R241: the copies of one VDI, then a level run. */
uint32_t alter_vdi_copy_effect(struct sheep *s, const struct cluster_msg *m)
{
	struct vdi *v = vdi_find(s, m->q->vdi_state.new_vid);

	if (m->q->rest[CLUSTER_POLICY_BYTE] != 0 || !v)
		return SD_RES_INVALID_PARMS;
	v->nr_copies = m->q->vdi_state.copies;
	v->block_size_shift = m->q->vdi_state.block_size_shift;
	recovery_start(s, false, s->view);
	return SD_RES_SUCCESS;
}

/* The exclusive body of R235: the list that was waited for goes to everybody. */
void force_recover_work(struct request *r)
{
	struct sheep *s = r->sheep;
	struct members *m;

	if (s->ci.status != SD_STATUS_WAIT || !s->view) {
		request_end(r, SD_RES_FORCE_RECOVER);
		return;
	}
	m = epoch_members(s, node_epoch(s));
	if (!m || r->q.data_length < (uint64_t)m->nr * NODE_RECORD_SIZE) {
		request_end(r, m ? SD_RES_INVALID_PARMS : SD_RES_FORCE_RECOVER);
	} else {
		r->out = node_list_encode(m->rec, m->nr);
		request_end(r, SD_RES_SUCCESS);
	}
	members_unref(s->commons, m);
}

uint32_t force_recover_effect(struct sheep *s, const struct cluster_msg *m)
{
	struct node_rec *nodes;
	struct members *list;
	struct view *old;
	size_t nr = blob_size(m->data) / NODE_RECORD_SIZE;
	struct store_config c;

	if (m->q->epoch != node_epoch(s) || !s->view ||
	    node_list_decode(m->data, 0, nr, &nodes, NULL) < 0)
		return SD_RES_FORCE_RECOVER;
	list = members_get(s->commons, nodes, nr);
	free(nodes);
	old = view_get(s->commons, list, s->ci.flags & SD_CLUSTER_FLAG_AUTO_VNODES,
		       node_placement(s));
	members_unref(s->commons, list);
	if (epoch_raise(s)) {
		store_config_get(s->store, &c);
		if (!c.ctime)
			config_write(
				s); /* who has none when it starts again is new to the cluster */
		node_set_status(s, SD_STATUS_OK);
		recovery_start(s, true, old);
	}
	view_unref(s->commons, old);
	return SD_RES_SUCCESS;
}

/* R548: the one operation that deletes stale copies before all have recovered. */
uint32_t cleanup_effect(struct sheep *s, const struct cluster_msg *m)
{
	(void)m;
	if (s->run)
		return SD_RES_NODE_IN_RECOVERY;
	if (s->store_open)
		objects_purge_stale(s);
	return SD_RES_SUCCESS;
}

uint32_t complete_recovery_effect(struct sheep *s, const struct cluster_msg *m)
{
	struct node_rec member;
	uint8_t bytes[NODE_RECORD_SIZE];

	if (blob_size(m->data) < NODE_RECORD_SIZE)
		return SD_RES_INVALID_PARMS;
	blob_read(m->data, 0, bytes, sizeof(bytes));
	node_rec_decode(bytes, &member);
	recovery_completed(s, m->q->obj.tgt_epoch, &member);
	return SD_RES_SUCCESS;
}

uint32_t nothing_effect(struct sheep *s, const struct cluster_msg *m)
{
	(void)s;
	(void)m;
	return SD_RES_SUCCESS;
}
