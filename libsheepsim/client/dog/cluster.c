/* dog cluster. */
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"

#define STORE_LIST_ROOM 512

/* ------------------------------------------------------------------ one request */

/* Sends an operation without fields; what it says if that fails. */
static enum dog_next simple(struct dog *d, uint8_t opcode, uint32_t room, const char *failure)
{
	DOG_BEGIN(d);
	dog_ask(d, opcode, room);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS) {
		dog_say(d, failure, dog_result(d->result));
		return dog_stop(d, d->result == SD_RES_NETWORK_ERROR ? DOG_NO_SHEEP : DOG_FAILED);
	}
	DOG_END(d);
}

static enum dog_next disable(struct dog *d)
{
	return simple(d, SD_OP_DISABLE_RECOVER, 0, "Response's result: %s\n");
}

enum dog_next dog_cluster_recover_disable(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, disable);
	dog_say(d, "Cluster recovery: disable\n");
	DOG_END(d);
}

static enum dog_next enable(struct dog *d)
{
	return simple(d, SD_OP_ENABLE_RECOVER, 0, "Response's result: %s\n");
}

enum dog_next dog_cluster_recover_enable(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, enable);
	dog_say(d, "Cluster recovery: enable\n");
	DOG_END(d);
}

enum dog_next dog_cluster_recover_force(struct dog *d)
{
	if (d->depth == 1 && dog_frame(d)->at == 0 && !dog_confirmed(d)) {
		dog_say(d, "Caution! Please try starting all the cluster nodes normally before "
			   "running this command.\n");
		return DOG_ENDS;
	}
	return simple(d, SD_OP_FORCE_RECOVER, SD_MAX_NODES * SD_NODE_SIZE,
		      "failed to execute request, %s\n");
}

enum dog_next dog_cluster_reweight(struct dog *d)
{
	return simple(d, SD_OP_REWEIGHT, 0, "Response's result: %s\n");
}

enum dog_next dog_cluster_shutdown(struct dog *d)
{
	return simple(d, SD_OP_SHUTDOWN, 0, "%s\n");
}

/* ------------------------------------------------------------------ info */

static uint32_t slot_size(const struct dog *d)
{
	return EPOCH_LOG_HEAD + d->n * SD_NODE_SIZE;
}

/* Asks for all epochs, with room for d->n nodes in each. */
static void ask_epochs(struct dog *d)
{
	struct req *q = dog_prepare(d, SD_OP_STAT_CLUSTER, d->epoch * slot_size(d));

	q->cluster.nodes_nr = d->n;
	dog_send(d, NULL, NULL);
}

enum dog_next dog_epochs(struct dog *d)
{
	DOG_BEGIN(d);
	d->n = (uint32_t)d->nr_nodes;
	ask_epochs(d);
	DOG_AWAIT(d);
	while (d->result == SD_RES_BUFFER_SMALL && d->n < SD_MAX_NODES) {
		d->n *= 2;
		ask_epochs(d);
		DOG_AWAIT(d);
	}
	DOG_END(d);
}

size_t dog_epoch_at(const struct dog *d, uint32_t i, struct epoch_log *log, struct node_rec **nodes)
{
	uint8_t head[EPOCH_LOG_HEAD];
	uint64_t at = (uint64_t)i * slot_size(d);

	*nodes = NULL;
	if (blob_size(d->data) < at + slot_size(d))
		return 0;
	blob_read(d->data, at, head, sizeof(head));
	epoch_log_decode(head, log);
	if (log->nr_nodes > d->n)
		log->nr_nodes = d->n;
	if (node_list_decode(d->data, at + sizeof(head), log->nr_nodes, nodes, NULL) < 0)
		return 0;
	return 1;
}

static void say_epoch(struct dog *d, uint32_t i)
{
	struct node_rec *nodes;
	struct epoch_log log;
	char words[64];

	if (!dog_epoch_at(d, i, &log, &nodes))
		return;
	dog_say(d, "%s %6u [", dog_second(log.time, words), log.epoch);
	for (uint32_t k = 0; k < log.nr_nodes; k++)
		dog_say(d, "%s%s:%u", k ? ", " : "", dog_node(&nodes[k].nid, words),
			nodes[k].nr_vnodes);
	dog_say(d, "]\n");
	free(nodes);
}

/* What has come and gone since the epoch before; the oldest was formatted. */
static void say_difference(struct dog *d, uint32_t i)
{
	struct node_rec *nodes, *before = NULL;
	struct epoch_log log, older = {0};
	char words[64];

	if (!dog_epoch_at(d, i, &log, &nodes))
		return;
	dog_say(d, "%s %6u [", dog_second(log.time, words), log.epoch);
	if (!dog_epoch_at(d, i + 1, &older, &before))
		dog_say(d, "formated");
	for (int side = 0; before && side < 2; side++) {
		const struct node_rec *a = side ? before : nodes, *b = side ? nodes : before;
		uint32_t nr_a = side ? older.nr_nodes : log.nr_nodes;
		uint32_t nr_b = side ? log.nr_nodes : older.nr_nodes;

		for (uint32_t k = 0; k < nr_a; k++) {
			uint32_t m = 0;

			while (m < nr_b && node_id_cmp(&a[k].nid, &b[m].nid) != 0)
				m++;
			if (m == nr_b)
				dog_say(d, " %c%s", side ? '-' : '+', dog_node(&a[k].nid, words));
		}
	}
	dog_say(d, "]\n");
	free(nodes);
	free(before);
}

static void say_cluster(struct dog *d)
{
	const struct epoch_log *c = &d->cluster;
	char words[32];

	if (!d->o.verbose) {
		dog_say(d, "\n");
		return;
	}
	dog_say(d, "Cluster store: %s with %s redundancy policy\n", c->drv_name,
		dog_redundancy(c->nr_copies, c->copy_policy, words));
	dog_say(d, "Cluster vnodes strategy: %s\n",
		c->flags & SD_CLUSTER_FLAG_AUTO_VNODES ? "auto" : "fixed");
	dog_say(d, "Cluster vnode mode: %s\n",
		c->flags & SD_CLUSTER_FLAG_DISKMODE ? "disk" : "node");
}

enum dog_next dog_cluster_info(struct dog *d)
{
	struct node_rec *nodes = NULL;
	struct epoch_log log;
	char words[32];

	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	DOG_CALL(d, dog_epochs);
	if (d->result == SD_RES_SUCCESS)
		dog_say(d, "Cluster status: running, auto-recovery %s\n",
			d->cluster.disable_recovery ? "disabled" : "enabled");
	else
		dog_say(d, "Cluster status: %s\n", dog_result(d->result));
	if (d->result == SD_RES_WAIT_FOR_FORMAT && d->o.verbose)
		dog_say(d, "Cluster store: %s\nCluster vnode mode: node\n", dog_result(d->result));
	if (!dog_epoch_at(d, 0, &log, &nodes))
		return DOG_ENDS;
	free(nodes);
	say_cluster(d);
	dog_say(d, "Cluster created at %s\n\n", dog_ctime(log.ctime >> 32, words));
	dog_say(d, "Epoch Time           Version [Host:Port:V-Nodes,,,]\n");
	for (uint32_t i = 0; (uint64_t)i * slot_size(d) < blob_size(d->data); i++) {
		if (d->o.diff)
			say_difference(d, i);
		else
			say_epoch(d, i);
	}
	DOG_END(d);
}

/* ------------------------------------------------------------------ format */

static bool has_auto_vnodes(const struct dog *d)
{
	struct cluster_info info;

	dog_take_info(d, &info);
	return info.flags & SD_CLUSTER_FLAG_AUTO_VNODES;
}

/* Some question that is answered with no ends the command. */
static bool may_format(struct dog *d, bool empty)
{
	uint32_t zones = dog_count_zones(d);
	uint32_t copies = d->o.copies_set ? d->o.copies : 3;

	if (!empty && !d->o.force) {
		dog_say(d, "    __\n"
			   "   ()'`;\n"
			   "   /\\|`\n"
			   "  /  |   Caution! The cluster is not empty.\n"
			   "(/_)_|_  Are you sure you want to continue? [yes/no]: ");
		if (!dog_confirmed(d))
			return false;
	}
	if (copies > zones) {
		dog_say(d,
			"Number of copies (%u) is larger than number of zones (%u).\n"
			"Are you sure you want to continue? [yes/no]: ",
			copies, zones);
		return dog_confirmed(d);
	}
	return true;
}

/* False: it cannot be asked for, which was said. */
static bool make_fs(struct dog *d)
{
	const struct dog_options *o = &d->o;
	const char *store = o->store[0] ? o->store : "plain";
	struct req *q = dog_prepare(d, SD_OP_MAKE_FS, (uint32_t)strlen(store) + 1);
	uint64_t now = world_unix_time(d->world);

	q->flags = SD_FLAG_CMD_WRITE;
	q->cluster.ctime =
		(now / NSEC_PER_SEC) << 32 | now % NSEC_PER_SEC / NSEC_PER_USEC * NSEC_PER_USEC;
	q->cluster.copies = o->copies;
	q->cluster.copy_policy = o->copy_policy;
	q->cluster.block_size_shift = o->shift;
	q->cluster.flags = (uint16_t)((o->strict ? SD_CLUSTER_FLAG_STRICT : 0) |
				      (o->lock ? SD_CLUSTER_FLAG_USE_LOCK : 0) |
				      (o->recycle ? SD_CLUSTER_FLAG_RECYCLE_VID : 0) |
				      (o->diskfull ? SD_CLUSTER_FLAG_AVOID_DISKFULL : 0) |
				      (d->k ? SD_CLUSTER_FLAG_AUTO_VNODES : 0));
	if (dog_lacks_option(d, q))
		return false;
	dog_say(d, "using backend %s store\n", store);
	dog_send(d, NULL, blob_new(store, strlen(store) + 1));
	return true;
}

/*
 * How every node counts its vnodes: d->k; they have to agree. dog of 0.8 has nothing to compare:
 * all its nodes have automatic vnodes.
 */
static enum dog_next vnode_strategy(struct dog *d)
{
	DOG_BEGIN(d);
	d->k = 0;
	if (!dialect_has_op(d->dialect, SD_OP_CLUSTER_INFO))
		return DOG_ENDS;
	dog_ask(d, SD_OP_CLUSTER_INFO, CLUSTER_INFO_SIZE);
	DOG_AWAIT(d);
	d->k = has_auto_vnodes(d);
	if (d->k && d->o.fixed_vnodes) {
		dog_say(d, "Can not apply the option of '-V', because there are vnode strategy of "
			   "sheep is auto in the cluster\n");
		return dog_stop(d, DOG_FAILED);
	}
	for (d->i = 0; d->i < d->nr_nodes; d->i++) {
		if (node_id_cmp(&d->nodes[d->i].nid, &d->via) == 0)
			continue;
		dog_prepare(d, SD_OP_CLUSTER_INFO, CLUSTER_INFO_SIZE);
		dog_send(d, &d->nodes[d->i].nid, NULL);
		DOG_AWAIT(d);
		if (has_auto_vnodes(d) != d->k) {
			dog_say(d, "There are different vnode strategies in the cluster\n");
			return dog_stop(d, DOG_FAILED);
		}
	}
	DOG_END(d);
}

static void say_stores(struct dog *d)
{
	char list[STORE_LIST_ROOM + 1] = "";

	blob_read(d->data, 0, list, STORE_LIST_ROOM);
	dog_say(d, "Available stores:\n---------------------------------------\n%s\n", list);
}

enum dog_next dog_format(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, vnode_strategy);
	dog_ask(d, SD_OP_READ_VDIS, SD_VDI_BITMAP_SIZE);
	DOG_AWAIT(d);
	if (!may_format(d, blob_is_zero(d->data, 0, blob_size(d->data)))) {
		dog_say(d, "\n");
		return dog_stop(d, DOG_OK);
	}
	if (!make_fs(d))
		return dog_stop(d, DOG_USAGE);
	DOG_AWAIT(d);
	if (d->result == SD_RES_SUCCESS)
		return DOG_ENDS;
	if (d->result == SD_RES_NO_STORE) {
		d->cluster_result = d->result;
		dog_ask(d, SD_OP_GET_STORE_LIST, STORE_LIST_ROOM);
		DOG_AWAIT(d);
		say_stores(d);
		d->result = d->cluster_result;
	}
	dog_say(d, "Format failed: %s\n", dog_result(d->result));
	return dog_stop(d, DOG_NO_SHEEP);
	DOG_END(d);
}

enum dog_next dog_cluster_format(struct dog *d)
{
	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	DOG_CALL(d, dog_format);
	DOG_END(d);
}

/* ------------------------------------------------------------------ alter-copy */

enum dog_next dog_cluster_alter_copy(struct dog *d)
{
	uint8_t head[EPOCH_LOG_HEAD];
	struct req *q;

	DOG_BEGIN(d);
	DOG_CALL(d, dog_prelude);
	if (d->o.copy_policy) {
		dog_usage(d);
		dog_say(d, "Changing redundancy level of erasure coded vdi is not supported "
			   "yet.\n");
		return dog_stop(d, DOG_USAGE);
	}
	if (!d->o.copies) {
		dog_usage(d);
		dog_say(d, "Invalid parameter, please use '-c' to specify redundancy level\n");
		return dog_stop(d, DOG_USAGE);
	}
	if (!dog_confirmed(d))
		return DOG_ENDS;
	dog_ask(d, SD_OP_STAT_CLUSTER, EPOCH_LOG_HEAD);
	DOG_AWAIT(d);
	if (blob_size(d->data) >= sizeof(head)) {
		blob_read(d->data, 0, head, sizeof(head));
		epoch_log_decode(head, &d->cluster);
	}
	if (d->cluster.nr_copies == d->o.copies) {
		dog_say(d,
			"The cluster's redundancy level is already set to %u, nothing changed.\n",
			d->o.copies);
		return dog_stop(d, DOG_FAILED);
	}
	q = dog_prepare(d, SD_OP_ALTER_CLUSTER_COPY, 0);
	q->cluster.copies = d->o.copies;
	dog_send(d, NULL, NULL);
	DOG_AWAIT(d);
	if (d->result != SD_RES_SUCCESS) {
		dog_say(d, "%s\n", dog_result(d->result));
		return dog_stop(d, DOG_FAILED);
	}
	dog_say(d, "The cluster's redundancy level is set to %u, the old one was %u.\n",
		d->o.copies, d->cluster.nr_copies);
	DOG_END(d);
}
