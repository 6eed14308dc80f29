/* Operations that change the whole cluster: MAKE_FS, SHUTDOWN, settings (R224, R233-R241). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sheep/cluster_ops.h"
#include "sheep/level.h"
#include "sheep/recovery.h"
#include "sheep/vdi.h"

/* Store drivers that a node has; their difference is a directory layout that nobody sees (R701). */
bool store_name_known(const char *name)
{
	return strcmp(name, "plain") == 0 || strcmp(name, "tree") == 0;
}

/* Everything of the former life goes, but for R225, which is R915 too. */
static void erase(struct sheep *s)
{
	if (!quirk(s, QUIRK_TALLY_OUTLIVES_FORMAT)) {
		s->gathered = 1;
		s->complete_epoch = 0;
		s->nr_completed = 0;
	}
	store_erase(s->store);
	store_log_clear(s->store);
	vdis_clear(s);
	objlist_clear(s);
}

static void write_config(struct sheep *s)
{
	struct store_config c;

	store_config_get(s->store, &c);
	c.ctime = s->ci.ctime;
	c.flags = s->ci.flags;
	c.nr_copies = s->ci.nr_copies;
	c.copy_policy = s->ci.copy_policy;
	c.block_size_shift = s->ci.block_size_shift;
	c.clean_shutdown = false;
	level_record(s, &c);
	memcpy(c.store_name, s->ci.default_store, sizeof(c.store_name));
	store_config_put(s->store, &c);
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

uint32_t make_fs_effect(struct sheep *s, const struct cluster_msg *m)
{
	char name[17] = "";

	choose_store(s, m->data, name);
	if (!store_name_known(name))
		return SD_RES_NO_STORE;
	if (dialect_refuses(s->level, m->q)) /* it was lowered meanwhile */
		return SD_RES_INVALID_PARMS;
	erase(s);
	memcpy(s->ci.default_store, name, sizeof(name));
	s->ci.ctime = m->q->cluster.ctime;
	s->ci.flags = m->q->cluster.flags;
	s->ci.nr_copies = m->q->cluster.copies ? m->q->cluster.copies : SD_DEFAULT_COPIES;
	s->ci.copy_policy = m->q->cluster.copy_policy;
	s->ci.block_size_shift = m->q->cluster.block_size_shift ? m->q->cluster.block_size_shift
								: SD_DEFAULT_BLOCK_SIZE_SHIFT;
	s->ci.epoch = 0;
	s->store_open = !node_is_gateway(s);
	write_config(s);
	membership_set_view(s, s->driver_members); /* automatic vnodes may have been switched off */
	epoch_raise(s);
	node_set_status(s, SD_STATUS_OK);
	world_note(s->world, TRACE_FORMAT, s->ci.nr_copies, s->ci.flags, 0, 0);
	return SD_RES_SUCCESS;
}

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
		store_config_put(s->store, &c);
	}
	node_drain(s);
	return SD_RES_SUCCESS;
}

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
	write_config(s);
	return SD_RES_SUCCESS;
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
	old = view_get(s->commons, list, s->ci.flags & SD_CLUSTER_FLAG_AUTO_VNODES);
	members_unref(s->commons, list);
	epoch_raise(s);
	store_config_get(s->store, &c);
	if (!c.ctime)
		write_config(s);
	node_set_status(s, SD_STATUS_OK);
	recovery_start(s, true, old);
	view_unref(s->commons, old);
	return SD_RES_SUCCESS;
}

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
