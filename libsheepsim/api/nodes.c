/*
 * Nodes: their configuration, and the beginning and end of their processes.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"

#define JOURNAL_MIN (UINT64_C(64) << 20) /* R817 */

/* ------------------------------------------------------------------ which node */

struct node *sim_node(struct sheepsim *sim, int index)
{
	if (index >= 0 && index < sim->nr_nodes)
		return sim->nodes[index];
	sim_fail(sim, SHEEPSIM_E_NOT_FOUND, "there is no node %d", index);
	return NULL;
}

bool node_is_running(const struct node *n)
{
	return n->sheep && n->runs && !n->dying;
}

struct node *sim_running(struct sheepsim *sim, int index)
{
	struct node *n = sim_node(sim, index);

	if (!n || node_is_running(n))
		return n;
	sim_fail(sim, SHEEPSIM_E_STATE, "node %d does not run", index);
	return NULL;
}

struct node *sim_node_by_id(const struct sheepsim *sim, const struct node_id *id)
{
	for (int i = 0; i < sim->nr_nodes; i++)
		if (node_id_cmp(&sim->nodes[i]->rec.nid, id) == 0)
			return sim->nodes[i];
	return NULL;
}

struct node *sim_via(struct sheepsim *sim, int via)
{
	if (via >= 0)
		return sim_running(sim, via);
	for (int i = 0; i < sim->nr_nodes; i++)
		if (node_is_running(sim->nodes[i]) && !sim->nodes[i]->world.held)
			return sim->nodes[i];
	sim_fail(sim, SHEEPSIM_E_STATE, "no node runs");
	return NULL;
}

int sheepsim_nodes(const struct sheepsim *sim)
{
	return sim->nr_nodes;
}

/* ------------------------------------------------------------------ configuration */

bool parse_address(const char *text, uint8_t addr[16])
{
	memset(addr, 0, 16);
	return inet_pton(AF_INET, text, addr + 12) == 1 || inet_pton(AF_INET6, text, addr) == 1;
}

static int take_addresses(struct sheepsim *sim, struct node *n, const struct sheepsim_node *config)
{
	const char *address = config->address ? config->address : "127.0.0.1";
	uint32_t port = config->port ? config->port : SD_LISTEN_PORT + (uint32_t)n->index;
	struct node *other;
	char name[64];

	if (!parse_address(address, n->rec.nid.addr))
		return sim_fail(sim, SHEEPSIM_E_INVALID, "\"%s\" is no IP address", address);
	if (port > UINT16_MAX)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "node %d needs a port", n->index);
	n->rec.nid.port = (uint16_t)port;
	other = sim_node_by_id(sim, &n->rec.nid);
	if (other && other != n)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "%s is node %d already",
				node_id_text(&n->rec.nid, name), other->index);
	if (!config->io_port != !config->io_address)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "io_address and io_port go together");
	if (config->io_address && !parse_address(config->io_address, n->rec.nid.io_addr))
		return sim_fail(sim, SHEEPSIM_E_INVALID, "\"%s\" is no IP address",
				config->io_address);
	n->rec.nid.io_port = config->io_port;
	return 0;
}

/* Two places cannot listen at one address; I/O addresses count. */
static int check_io_address(struct sheepsim *sim, const struct node *n)
{
	struct node_id io = {.port = n->rec.nid.io_port};

	if (!io.port)
		return 0;
	memcpy(io.addr, n->rec.nid.io_addr, sizeof io.addr);
	for (int i = 0; i < sim->nr_nodes; i++) {
		const struct node_id *id = &sim->nodes[i]->rec.nid;

		if (node_id_cmp(id, &io) == 0 ||
		    (id->io_port == io.port && !memcmp(id->io_addr, io.addr, sizeof io.addr)))
			return sim_fail(sim, SHEEPSIM_E_INVALID,
					"the I/O address of node %d is taken by node %d", n->index,
					i);
	}
	return 0;
}

/* What sheep's command line says of a node, but for its zone, address and disks. */
static int take_options(struct sheepsim *sim, struct node *n, const struct sheepsim_node *config)
{
	if (config->vnodes > UINT16_MAX)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "more than 65535 vnodes");
	if (config->store && strlen(config->store) >= sizeof n->store_name)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "a store's name has at most 15 bytes");
	if (config->journal && config->journal < JOURNAL_MIN)
		return sim_fail(sim, SHEEPSIM_E_INVALID,
				"a journal has at least 64 MiB"); /* R817 */
	n->gateway = config->gateway;
	n->wildcard = config->wildcard;
	n->nosync = config->nosync;
	n->journal = config->journal;
	n->auto_vnodes = !config->vnodes;
	n->rec.nr_vnodes = n->gateway ? 0 : (uint16_t)config->vnodes;
	n->weight = config->weight;
	snprintf(n->store_name, sizeof n->store_name, "%s", config->store ? config->store : "");
	return 0;
}

static int take_config(struct sheepsim *sim, struct node *n, const struct sheepsim_node *config)
{
	int error = take_addresses(sim, n, config);

	if (error == 0)
		error = check_io_address(sim, n);
	if (error == 0)
		error = take_options(sim, n, config);
	if (error < 0)
		return error;
	/* R205: an address says the zone, as with sheep */
	n->rec.zone = config->zone_set ? config->zone : get_le32(n->rec.nid.addr + 12);
	n->quirks = sim->quirks;
	error = versions_take(sim, config->versions, &n->versions);
	if (error == 0)
		error = versions_check(sim, n, &n->versions);
	if (config->versions && config->versions->silent)
		n->quirks.on[QUIRK_SILENT_JOIN] = true;
	return error < 0 ? error : node_take_disks(n, config);
}

/* Who serves the cluster, if somebody does or did, has a say on where the node is. */
static int take_place(struct sheepsim *sim, struct node *n, const struct sheepsim_node *config)
{
	struct sheepsim_node placed = *config;
	char address[48];
	int error = sim_place(sim, n->index, &placed, address);

	if (error < 0)
		return error;
	/* an address that nobody has chosen says nothing about the zone */
	if (!config->address && !config->zone_set) {
		placed.zone_set = true;
		placed.zone = (uint32_t)n->index + 1;
	}
	error = take_config(sim, n, &placed);
	if (error < 0 && sim->host)
		sim->host->removed(sim->host, n->index);
	return error;
}

struct node *node_new(struct sheepsim *sim)
{
	struct node *n = mem_alloc(sizeof *n);

	n->sim = sim;
	n->index = sim->nr_nodes;
	n->exit_status = -1;
	return n;
}

void node_join_others(struct node *n)
{
	struct sheepsim *sim = n->sim;

	world_init(&n->world, &sim->universe, n->index, store_nr_disks(n->store));
	sim->nodes = mem_resize(sim->nodes, (size_t)sim->nr_nodes + 1, sizeof(*sim->nodes));
	sim->nodes[sim->nr_nodes++] = n;
}

int sheepsim_node_add(struct sheepsim *sim, const struct sheepsim_node *config)
{
	static const struct sheepsim_node defaults;
	struct node *n;
	int error;

	if (sim->nr_nodes == SD_MAX_NODES)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "there are 6144 nodes already");
	if (!config)
		config = &defaults;
	n = node_new(sim);
	error = take_place(sim, n, config);
	if (error < 0) {
		store_close(n->store);
		free(n);
		return error;
	}
	node_join_others(n);
	return n->index;
}

int sheepsim_node_move(struct sheepsim *sim, int node, const char *address, uint16_t port)
{
	struct node *n = sim_node(sim, node);
	struct sheepsim_node config = {.address = address, .port = port};
	struct node_id before;
	char now[48];
	int error;

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	if (n->runs || n->sheep)
		return sim_fail(sim, SHEEPSIM_E_STATE, "node %d runs", node);
	before = n->rec.nid;
	if (!address)
		config.address = address_text(before.addr, now);
	if (!port)
		config.port = before.port;
	memset(&n->rec.nid, 0, sizeof n->rec.nid);
	error = take_addresses(sim, n, &config);
	if (error == 0 && sim->host && node_id_cmp(&n->rec.nid, &before) != 0)
		error = sim->host->move(sim->host, node, &config);
	if (error < 0)
		n->rec.nid = before;
	else
		n->in_file = false;
	return error;
}

int sheepsim_reconfigure(struct sheepsim *sim, int node, const struct sheepsim_node *config)
{
	static const struct sheepsim_node defaults;
	struct node *n = sim_node(sim, node);
	struct node before;
	int error;

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	if (n->runs || n->sheep)
		return sim_fail(sim, SHEEPSIM_E_STATE, "node %d runs", node);
	if (!config)
		config = &defaults;
	before = *n;
	error = take_options(sim, n, config);
	if (error == 0)
		error = versions_check(sim, n, &n->versions);
	if (error < 0) {
		*n = before;
		return error;
	}
	if (config->zone_set)
		n->rec.zone = config->zone;
	n->rec.space = node_space(n);
	n->in_file = false;
	return 0;
}

/* ------------------------------------------------------------------ processes */

static void end_process(struct node *n)
{
	world_crash(&n->world);
	sheep_free(n->sheep);
	n->sheep = NULL;
	n->dying = false;
}

void node_free(struct node *n)
{
	if (n->sheep)
		end_process(n);
	world_free(&n->world);
	store_close(n->store);
	free(n);
}

static void add_action(struct node *n, enum action_kind kind)
{
	struct action *a = mem_alloc(sizeof *a);

	a->kind = kind;
	a->node = n;
	STAILQ_INSERT_TAIL(&n->sim->actions, a, link);
}

/* The process has ended by itself; it is still on the stack. */
static void process_ended(void *owner, int status, const char *why)
{
	struct node *n = owner;

	n->exit_status = status;
	n->in_file = false;
	snprintf(n->exit_reason, sizeof n->exit_reason, "%s", why);
	n->runs = false;
	add_action(n, ACTION_REAP);
}

static void begin_process(struct node *n)
{
	struct sheep_options options = {
		.rec = n->rec,
		.auto_vnodes = n->auto_vnodes,
		.gateway = n->gateway,
		.wildcard = n->wildcard,
		.nosync = n->nosync,
		.journal = n->journal,
		.store_name = n->store_name,
		.peer = n->versions.peer,
		.admin = n->versions.admin,
		.frontend = n->versions.frontend,
		.driver = n->versions.driver,
		.quirks = &n->quirks,
		.ended = process_ended,
		.owner = n,
	};

	n->exit_status = -1;
	n->exit_reason[0] = '\0';
	n->in_file = false;
	world_boot(&n->world);
	n->sheep = sheep_new(&n->world, n->sim->commons, n->sim->hub, n->store, &options);
	sheep_start(n->sheep);
}

/* With torn writes, any part of what was not synced has reached the disk. */
static bool keeps(void *arg, uint64_t oid, uint64_t page)
{
	struct node *n = arg;

	return n->crash & SHEEPSIM_CRASH_TORN &&
	       world_random(&n->world, 2, "power cut", oid, page, world_now(&n->world));
}

static void crash(struct node *n)
{
	uint32_t lost;

	if (n->crash & SHEEPSIM_CRASH_TORN)
		world_tear(&n->world);
	world_note(&n->world, TRACE_NODE_CRASH, 0, 0, 0, 0);
	if (n->crash & SHEEPSIM_CRASH_POWER) {
		lost = store_power_cut(n->store, keeps, n);
		world_words(&n->world, TRACE_FAULT, 0, 0, "power cut: %u writes were not synced",
			    lost);
	}
	end_process(n);
}

static void act(struct node *n, enum action_kind kind)
{
	if (kind == ACTION_START) {
		assert(!n->sheep);
		begin_process(n);
		return;
	}
	if (!n->sheep)
		return; /* it has ended meanwhile */
	switch (kind) {
	case ACTION_KILL:
		crash(n);
		break;
	case ACTION_REAP:
		end_process(n);
		break;
	case ACTION_STOP:
		sheep_terminate(n->sheep);
		break;
	case ACTION_HOLD:
		world_hold(&n->world);
		break;
	case ACTION_RELEASE:
		world_release(&n->world);
		break;
	case ACTION_START:
		assert(false);
	}
}

bool node_actions(struct sheepsim *sim)
{
	struct action *a = STAILQ_FIRST(&sim->actions);
	struct action due;

	if (!a)
		return false;
	STAILQ_REMOVE_HEAD(&sim->actions, link);
	due = *a;
	free(a);
	act(due.node, due.kind);
	return true;
}

/* Does it now, or, within a callback, as soon as nothing is on the stack any more. */
static int request_action(struct node *n, enum action_kind kind)
{
	struct sheepsim *sim = n->sim;

	sim_enter(sim);
	add_action(n, kind);
	sim_leave(sim);
	return 0;
}

int sheepsim_start(struct sheepsim *sim, int node)
{
	struct node *n = sim_node(sim, node);

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	if (n->runs)
		return sim_fail(sim, SHEEPSIM_E_STATE, "node %d runs already", node);
	n->runs = true;
	n->started = true;
	n->in_file = false;
	return request_action(n, ACTION_START);
}

/* The node, if the user may think that it runs. */
static struct node *to_act_on(struct sheepsim *sim, int node, int *error)
{
	struct node *n = sim_node(sim, node);

	*error = 0;
	if (!n)
		*error = SHEEPSIM_E_NOT_FOUND;
	else if (!n->runs)
		*error = sim_fail(sim, SHEEPSIM_E_STATE, "node %d does not run", node);
	return n;
}

int sheepsim_crash(struct sheepsim *sim, int node, unsigned how)
{
	int error;
	struct node *n = to_act_on(sim, node, &error);

	if (error < 0)
		return error;
	if (how & ~(SHEEPSIM_CRASH_TORN | SHEEPSIM_CRASH_POWER))
		return sim_fail(sim, SHEEPSIM_E_INVALID, "there is no such crash");
	sim->faults++;
	n->runs = false;
	n->dying = true;
	n->crash = how;
	return request_action(n, ACTION_KILL);
}

int sheepsim_kill(struct sheepsim *sim, int node)
{
	return sheepsim_crash(sim, node, 0);
}

int sheepsim_stop(struct sheepsim *sim, int node)
{
	int error;
	struct node *n = to_act_on(sim, node, &error);

	return error < 0 ? error : request_action(n, ACTION_STOP);
}

int sheepsim_hold(struct sheepsim *sim, int node)
{
	int error;
	struct node *n = to_act_on(sim, node, &error);

	if (error < 0)
		return error;
	sim->faults++;
	return request_action(n, ACTION_HOLD);
}

int sheepsim_release(struct sheepsim *sim, int node)
{
	int error;
	struct node *n = to_act_on(sim, node, &error);

	return error < 0 ? error : request_action(n, ACTION_RELEASE);
}
