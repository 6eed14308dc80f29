/*
 * Administration: dog's commands, each blocking.
 */
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"
#include "wire/records_admin.h"

/*
 * A command under way. Somebody waits for it; if that one has given up, it frees itself in the end.
 */
struct command {
	struct sheepsim *sim;
	bool over, abandoned;
	enum outcome_kind kind;
	uint32_t result;
	const char *why;
	/* What was found is copied while it is there. */
	void (*take)(struct command *c, const struct admin_outcome *o);
	void *to;
	size_t max;
	int nr;
};

static void command_ends(void *arg, const struct admin_outcome *o)
{
	struct command *c = arg;

	if (c->abandoned) {
		free(c);
		return;
	}
	c->over = true;
	c->kind = o->kind;
	c->result = o->result;
	c->why = o->why;
	if (o->kind == OUTCOME_OK && c->take)
		c->take(c, o);
}

static struct command *command_new(struct sheepsim *sim,
				   void (*take)(struct command *c, const struct admin_outcome *o),
				   void *to, size_t max)
{
	struct command *c = mem_alloc(sizeof *c);

	c->sim = sim;
	c->take = take;
	c->to = to;
	c->max = max;
	return c;
}

static bool command_is_over(void *arg)
{
	return ((struct command *)arg)->over;
}

/* Lets time pass until it is over; frees it. */
static int command_wait(struct command *c, const char *what)
{
	struct sheepsim *sim = c->sim;
	int error = sim_wait(sim, command_is_over, c, BLOCKING_LIMIT, what);

	if (error < 0) {
		c->abandoned = true;
		return error;
	}
	error = sim_fail_outcome(sim, c->kind, c->result, c->why, what);
	if (error == 0)
		error = c->nr;
	free(c);
	return error;
}

/* Does every node that runs understand dog of this release? */
static bool all_understand(const struct sheepsim *sim, enum dialect d)
{
	for (int i = 0; i < sim->nr_nodes; i++) {
		const struct dialect_range range = node_admin_range(sim->nodes[i]);

		if (node_is_running(sim->nodes[i]) && !dialect_in(d, &range))
			return false;
	}
	return true;
}

enum dialect sim_dog_dialect(const struct sheepsim *sim, const struct node *n)
{
	const struct dialect_range range = node_admin_range(n);

	for (int d = range.highest; d >= (int)range.lowest; d--) {
		if (all_understand(sim, (enum dialect)d))
			return (enum dialect)d;
	}
	return range.highest;
}

uint8_t sim_dog_frontend(const struct sheepsim *sim)
{
	uint8_t lowest = 0;

	for (int i = 0; i < sim->nr_nodes; i++) {
		uint8_t highest = sim->nodes[i]->versions.frontend.highest;

		if (node_is_running(sim->nodes[i]) && highest && (!lowest || highest < lowest))
			lowest = highest;
	}
	return lowest;
}

/* The node that dog asks, if time may pass now; else *error is set. */
static const struct node *may_ask(struct sheepsim *sim, int via, int *error)
{
	const struct node *n = NULL;

	*error = sim_may_wait(sim);
	if (*error == 0) {
		n = sim_via(sim, via);
		if (!n)
			*error = via >= sim->nr_nodes ? SHEEPSIM_E_NOT_FOUND : SHEEPSIM_E_STATE;
		else
			admin_speak(sim->admin, sim_dog_dialect(sim, n), sim_dog_frontend(sim));
	}
	return n;
}

/* ------------------------------------------------------------------ changing */

static int take_format(struct sheepsim *sim, const struct sheepsim_format *wanted,
		       struct admin_format *f)
{
	const char *store = wanted->store ? wanted->store : "plain";
	unsigned shift = wanted->block_size_shift;

	memset(f, 0, sizeof *f);
	if (strlen(store) > SD_STORE_NAME_LEN - 1)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "a store's name has at most 15 bytes");
	memcpy(f->store, store, strlen(store));
	if (shift && (shift < SD_MIN_BLOCK_SIZE_SHIFT || shift > SD_MAX_BLOCK_SIZE_SHIFT))
		return sim_fail(sim, SHEEPSIM_E_INVALID, "block_size_shift is 20 to 31");
	f->block_size_shift = (uint8_t)shift;
	f->flags = (uint16_t)((wanted->strict ? SD_CLUSTER_FLAG_STRICT : 0) |
			      (wanted->lock ? SD_CLUSTER_FLAG_USE_LOCK : 0) |
			      (wanted->recycle_vid ? SD_CLUSTER_FLAG_RECYCLE_VID : 0) |
			      (wanted->avoid_diskfull ? SD_CLUSTER_FLAG_AVOID_DISKFULL : 0));
	return sim_copies(sim, wanted->copies, wanted->data_strips, wanted->parity_strips,
			  &f->copies, &f->copy_policy);
}

int sheepsim_format(struct sheepsim *sim, const struct sheepsim_format *format)
{
	static const struct sheepsim_format defaults;
	struct admin_format f;
	struct command *c;
	const struct node *via;
	int error;

	if (!format)
		format = &defaults;
	via = may_ask(sim, format->via_set ? format->via : -1, &error);
	if (error == 0)
		error = take_format(sim, format, &f);
	if (error < 0)
		return error;
	c = command_new(sim, NULL, NULL, 0);
	sim_enter(sim);
	admin_format(sim->admin, &via->rec.nid, &f, command_ends, c);
	sim_leave(sim);
	error = command_wait(c, "format");
	if (error == 0)
		history_formatted(sim->history);
	return error;
}

static int simple(struct sheepsim *sim, int via, uint8_t opcode, const char *what)
{
	struct command *c;
	int error;
	const struct node *n = may_ask(sim, via, &error);

	if (error < 0)
		return error;
	c = command_new(sim, NULL, NULL, 0);
	sim_enter(sim);
	admin_simple(sim->admin, &n->rec.nid, opcode, command_ends, c);
	sim_leave(sim);
	return command_wait(c, what);
}

int dog_set_level(struct sheepsim *sim, int via, enum dialect to, bool force)
{
	struct command *c;
	int error;
	const struct node *n = may_ask(sim, via, &error);

	if (error < 0)
		return error;
	c = command_new(sim, NULL, NULL, 0);
	sim_enter(sim);
	admin_set_level(sim->admin, &n->rec.nid, to, force, command_ends, c);
	sim_leave(sim);
	return command_wait(c, "change of the level");
}

int sheepsim_shutdown(struct sheepsim *sim, int via)
{
	return simple(sim, via, SD_OP_SHUTDOWN, "shutdown");
}

int sheepsim_recover_force(struct sheepsim *sim, int via)
{
	return simple(sim, via, SD_OP_FORCE_RECOVER, "forced recovery");
}

int sheepsim_recover_enable(struct sheepsim *sim, int via, bool enable)
{
	return simple(sim, via, enable ? SD_OP_ENABLE_RECOVER : SD_OP_DISABLE_RECOVER,
		      enable ? "enable recovery" : "disable recovery");
}

int sheepsim_reweight(struct sheepsim *sim, int via)
{
	return simple(sim, via, SD_OP_REWEIGHT, "reweight");
}

/* Is there such a node that runs, and may it be asked now? Else NULL, and the error. */
static const struct node *may_tell(struct sheepsim *sim, int node, int *error)
{
	const struct node *n = sim_running(sim, node);

	if (!n) {
		*error =
			node >= 0 && node < sim->nr_nodes ? SHEEPSIM_E_STATE : SHEEPSIM_E_NOT_FOUND;
		return NULL;
	}
	*error = sim_may_wait(sim);
	if (*error < 0)
		return NULL;
	admin_speak(sim->admin, sim_dog_dialect(sim, n), sim_dog_frontend(sim));
	return n;
}

/* A request to one node about its disks. */
static int change_disks(struct sheepsim *sim, int node, uint8_t opcode, const char *paths,
			const char *what)
{
	struct command *c;
	int error;
	const struct node *n = may_tell(sim, node, &error);

	if (!n)
		return error;
	if (!paths)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "which disks? There are no paths");
	c = command_new(sim, NULL, NULL, 0);
	sim_enter(sim);
	admin_disks(sim->admin, &n->rec.nid, opcode, paths, command_ends, c);
	sim_leave(sim);
	return command_wait(c, what);
}

int sheepsim_recover_throttle(struct sheepsim *sim, int node, unsigned max, uint64_t interval)
{
	struct command *c;
	int error;
	const struct node *n = may_tell(sim, node, &error);

	if (!n)
		return error;
	if (interval % SHEEPSIM_MILLISECOND)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "the interval is in whole milliseconds");
	c = command_new(sim, NULL, NULL, 0);
	sim_enter(sim);
	admin_throttle(sim->admin, &n->rec.nid, max, interval / SHEEPSIM_MILLISECOND, command_ends,
		       c);
	sim_leave(sim);
	return command_wait(c, "throttling of recovery");
}

/* A command of client/admin.h that takes a number, at a node. */
static int set_number(struct sheepsim *sim, const struct node *n,
		      void (*command)(struct admin *a, const struct node_id *node, uint32_t number,
				      admin_fn done, void *arg),
		      unsigned number, const char *what)
{
	struct command *c = command_new(sim, NULL, NULL, 0);

	sim_enter(sim);
	command(sim->admin, &n->rec.nid, number, command_ends, c);
	sim_leave(sim);
	return command_wait(c, what);
}

int sheepsim_set_copies(struct sheepsim *sim, int via, unsigned copies)
{
	int error;
	const struct node *n = may_ask(sim, via, &error);

	if (n && (copies < 1 || copies > MAX_ZONES))
		return sim_fail(sim, SHEEPSIM_E_INVALID, "copies are 1 to %u", MAX_ZONES);
	return n ? set_number(sim, n, admin_set_copies, copies, "change of copies") : error;
}

int sheepsim_set_vnodes(struct sheepsim *sim, int node, unsigned vnodes)
{
	int error;
	const struct node *n = may_tell(sim, node, &error);

	return n ? set_number(sim, n, admin_set_vnodes, vnodes, "change of vnodes") : error;
}

int sheepsim_set_loglevel(struct sheepsim *sim, int node, unsigned level)
{
	int error;
	const struct node *n = may_tell(sim, node, &error);

	return n ? set_number(sim, n, admin_set_loglevel, level, "log level") : error;
}

int sheepsim_disk_plug(struct sheepsim *sim, int node, const char *paths)
{
	return change_disks(sim, node, SD_OP_MD_PLUG, paths, "plug of disks");
}

int sheepsim_disk_unplug(struct sheepsim *sim, int node, const char *paths)
{
	return change_disks(sim, node, SD_OP_MD_UNPLUG, paths, "unplug of disks");
}

int sheepsim_node_kill(struct sheepsim *sim, int node)
{
	struct node *n = sim_running(sim, node);
	struct command *c;
	int error;
	const struct node *via;

	if (!n)
		return node >= 0 && node < sim->nr_nodes ? SHEEPSIM_E_STATE : SHEEPSIM_E_NOT_FOUND;
	via = may_ask(sim, -1, &error);
	if (error < 0)
		return error;
	c = command_new(sim, NULL, NULL, 0);
	sim_enter(sim);
	admin_kill_node(sim->admin, &via->rec.nid, &n->rec.nid, command_ends, c);
	sim_leave(sim);
	return command_wait(c, "kill of a node");
}

/* ------------------------------------------------------------------ looking */

/* One of the commands of client/admin.h that need nothing but a node. */
typedef void (*admin_command)(struct admin *a, const struct node_id *via, admin_fn done, void *arg);

/* Runs it at a node; what it finds goes to `to`, which has room for max of it. */
static int look_at(struct sheepsim *sim, const struct node *n, admin_command command,
		   const char *what, void (*take)(struct command *c, const struct admin_outcome *o),
		   void *to, size_t max)
{
	struct command *c = command_new(sim, take, to, max);

	sim_enter(sim);
	command(sim->admin, &n->rec.nid, command_ends, c);
	sim_leave(sim);
	return command_wait(c, what);
}

static int look(struct sheepsim *sim, int via, admin_command command, const char *what,
		void (*take)(struct command *c, const struct admin_outcome *o), void *to,
		size_t max)
{
	int error;
	const struct node *n = may_ask(sim, via, &error);

	return n ? look_at(sim, n, command, what, take, to, max) : error;
}

static int index_of(const struct sheepsim *sim, const struct node_id *id)
{
	const struct node *n = sim_node_by_id(sim, id);

	return n ? n->index : -1;
}

static void take_info(struct command *c, const struct admin_outcome *o)
{
	struct sheepsim_cluster_info *info = c->to;

	*info = (struct sheepsim_cluster_info){
		.status = o->info.status,
		.epoch = o->info.epoch,
		.ctime = o->info.ctime,
		.flags = o->info.flags,
		.copies = o->info.nr_copies,
		.copy_policy = o->info.copy_policy,
		.block_size_shift = o->info.block_size_shift,
		.members = o->info.nr_nodes,
		.recovery_disabled = o->info.disable_recovery != 0,
	};
	memcpy(info->store, o->info.default_store, sizeof info->store);
}

int sheepsim_cluster_info(struct sheepsim *sim, int via, struct sheepsim_cluster_info *info)
{
	return look(sim, via, admin_cluster_info, "cluster info", take_info, info, 1);
}

static void take_members(struct command *c, const struct admin_outcome *o)
{
	struct sheepsim_member *members = c->to;

	for (size_t i = 0; i < o->nr_nodes && i < c->max; i++) {
		const struct node_rec *n = &o->nodes[i];

		memset(&members[i], 0, sizeof members[i]);
		members[i].node = index_of(c->sim, &n->nid);
		node_id_text(&n->nid, members[i].address);
		members[i].zone = n->zone;
		members[i].vnodes = n->nr_vnodes;
		members[i].space = n->space;
	}
	c->nr = (int)o->nr_nodes;
}

int sheepsim_node_list(struct sheepsim *sim, int via, struct sheepsim_member *members, size_t max)
{
	return look(sim, via, admin_node_list, "node list", take_members, members, max);
}

static void take_epoch(const struct sheepsim *sim, const struct admin_epoch *from,
		       struct sheepsim_epoch *to)
{
	const size_t room = sizeof to->nodes / sizeof to->nodes[0];

	memset(to, 0, sizeof *to);
	to->epoch = from->log.epoch;
	to->time = from->log.time;
	to->nr = from->log.nr_nodes;
	for (size_t i = 0; i < to->nr && i < room; i++)
		to->nodes[i] = index_of(sim, &from->nodes[i].nid);
}

static void take_epochs(struct command *c, const struct admin_outcome *o)
{
	struct sheepsim_epoch *epochs = c->to;

	for (size_t i = 0; i < o->nr_epochs && i < c->max; i++)
		take_epoch(c->sim, &o->epochs[i], &epochs[i]);
	c->nr = (int)o->nr_epochs;
}

int sheepsim_epochs(struct sheepsim *sim, int via, struct sheepsim_epoch *epochs, size_t max)
{
	return look(sim, via, admin_epochs, "epochs", take_epochs, epochs, max);
}

static void take_recovery(struct command *c, const struct admin_outcome *o)
{
	struct sheepsim_recovery *r = c->to;

	*r = (struct sheepsim_recovery){
		.in_recovery = o->recovery.in_recovery != 0,
		.state = (int)o->recovery.state,
		.finished = o->recovery.nr_finished,
		.total = o->recovery.nr_total,
	};
}

int sheepsim_recovery_info(struct sheepsim *sim, int node, struct sheepsim_recovery *recovery)
{
	return look(sim, node, admin_recovery_info, "recovery info", take_recovery, recovery, 1);
}

static void take_oids(struct command *c, const struct admin_outcome *o)
{
	uint64_t *oids = c->to;

	for (size_t i = 0; i < o->nr_oids && i < c->max; i++)
		oids[i] = o->oids[i];
	c->nr = (int)o->nr_oids;
}

int sheepsim_obj_list(struct sheepsim *sim, int node, uint64_t *oids, size_t max)
{
	int error;
	const struct node *n = may_ask(sim, node, &error);
	struct sheep_state state;

	if (!n)
		return error;
	sheep_state(n->sheep, &state);
	admin_speak(sim->admin, state.level, 0); /* as another node asks it */
	return look_at(sim, n, admin_obj_list, "object list", take_oids, oids, max);
}

/* ------------------------------------------------------------------ one node */

static void take_level(struct command *c, const struct admin_outcome *o)
{
	uint8_t bytes[4];

	blob_read(o->data, 0, bytes, sizeof bytes);
	c->nr = (int)get_le32(bytes);
}

int sheepsim_loglevel(struct sheepsim *sim, int node)
{
	return look(sim, node, admin_loglevel, "log level", take_level, NULL, 0);
}

static void take_statistics(struct command *c, const struct admin_outcome *o)
{
	struct sheepsim_statistics *to = c->to;
	struct node_stat s = {0};

	node_stat_decode(o->data, &s, NULL);
	*to = (struct sheepsim_statistics){
		.gateway_active = s.gway_active,
		.peer_active = s.peer_active,
		.gateway_total = s.gway_total,
		.peer_total = s.peer_total,
		.gateway_rx = s.gway_rx,
		.gateway_tx = s.gway_tx,
		.peer_rx = s.peer_rx,
		.peer_tx = s.peer_tx,
		.gateway_remove = s.gway_remove,
		.gateway_read = s.gway_read,
		.gateway_write = s.gway_write,
		.gateway_flush = s.gway_flush,
		.peer_remove = s.peer_remove,
		.peer_read = s.peer_read,
		.peer_write = s.peer_write,
	};
}

int sheepsim_statistics(struct sheepsim *sim, int node, struct sheepsim_statistics *statistics)
{
	return look(sim, node, admin_stat, "statistics", take_statistics, statistics, 1);
}
