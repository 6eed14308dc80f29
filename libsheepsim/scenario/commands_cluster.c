/* Commands on the cluster as a whole: making it, and what an administrator does to it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scenario/call_values.h"
#include "scenario/files.h"
#include "scenario/recorder.h"
#include "scenario/rows.h"
#include "scenario/run.h"
#include "sheepsim/wire/cluster.h"

static const struct param cluster_params[] = {
	{"nodes", VALUE_COUNT, PARAM_KEY, NULL},
	{"seed", VALUE_COUNT, PARAM_KEY, NULL},
	{"space", VALUE_SIZE, PARAM_KEY, NULL},
	{"latency", VALUE_TIME, PARAM_KEY, NULL},
	{"jitter", VALUE_TIME, PARAM_KEY, NULL},
	{"disk", VALUE_TIME, PARAM_KEY, NULL},
	{"driver", VALUE_TIME, PARAM_KEY, NULL},
	{"detect", VALUE_TIME, PARAM_KEY, NULL},
	{"date", VALUE_COUNT, PARAM_KEY, NULL},
	{"budget", VALUE_COUNT, PARAM_KEY, NULL},
	{"stuck", VALUE_FLAG, PARAM_KEY, NULL},
	{"store", VALUE_WORD, PARAM_KEY, NULL},
	VERSION_PARAMS,
	QUIRK_PARAMS,
	PARAMS_END,
};

/* Adds and starts the nodes one after the other: the recorder sees all of it. */
static int start_nodes(struct run *r, uint64_t nr)
{
	static const struct sheepsim_node defaults;
	int node;
	int error = 0;

	for (uint64_t i = 0; i < nr && error >= 0; i++) {
		node = sheepsim_node_add(r->sim, &defaults);
		error = node < 0 ? node : sheepsim_start(r->sim, node);
		if (error >= 0)
			error = sheepsim_run_until(r->sim, SHEEPSIM_JOINED, 60 * SHEEPSIM_SECOND);
	}
	return error;
}

/* Where the disks are: in a file that the command names, or where the run has all of them. */
static int choose_store(struct run *r, const struct call *call, struct sheepsim_options *o,
			char **path)
{
	const char *name = call_word(call, "store", NULL);
	char made[32];
	int error;

	if (r->file != NULL) {
		o->store = SHEEPSIM_STORE_SQLITE;
		o->path = r->file;
		o->scratch = r->scratch;
		return 0;
	}
	if (name == NULL && r->options->store == SHEEPSIM_STORE_MEMORY)
		return 0;
	snprintf(made, sizeof(made), "cluster-%u", r->files++);
	error = file_path(r, name != NULL ? name : made, path);
	if (error < 0)
		return error;
	o->store = SHEEPSIM_STORE_SQLITE;
	o->path = *path;
	o->scratch = r->options->directory == NULL;
	if (access(*path, F_OK) == 0)
		return fail(r, SHEEPSIM_E_SCENARIO, "%s is there already: `open' opens it",
			    name != NULL ? name : made);
	return 0;
}

static int run_cluster(struct run *r, const struct call *call)
{
	struct sheepsim_versions versions = call_versions(call);
	struct sheepsim_options o = {
		.seed = call_number(call, "seed", 0),
		.space = call_number(call, "space", 0),
		.net_latency = call_number(call, "latency", 0),
		.net_jitter = call_number(call, "jitter", 0),
		.disk_latency = call_number(call, "disk", 0),
		.driver_latency = call_number(call, "driver", 0),
		.driver_detect = call_number(call, "detect", 0),
		.start_time = call_number(call, "date", 0),
		.event_budget = call_number(call, "budget", DEFAULT_BUDGET),
		.driver_stuck = call_has(call, "stuck"),
		.versions = &versions,
		.driver_version = call_word(call, "driver-version", NULL),
	};
	uint64_t nodes = call_number(call, "nodes", 0);
	struct text quirks = {0};
	char *path = NULL;
	int error;

	if (r->sim != NULL)
		return fail(r, SHEEPSIM_E_SCENARIO, "there is a cluster already");
	if (nodes > MAX_NODES)
		return fail(r, SHEEPSIM_E_SCENARIO, "at most %d nodes", MAX_NODES);
	if (__builtin_mul_overflow(o.start_time, SHEEPSIM_SECOND, &o.start_time))
		return fail(r, SHEEPSIM_E_SCENARIO, "date is in seconds since 1970");
	if (r->options->seed_set)
		o.seed = r->options->seed;
	versions.driver = NULL; /* nodes speak whatever there is of it */
	call_quirks(r, call, &quirks);
	o.quirks = text_get(&quirks);
	error = choose_store(r, call, &o, &path);
	if (error >= 0)
		error = run_open_cluster(r, &o);
	text_free(&quirks);
	free(path);
	return error < 0 ? error : start_nodes(r, nodes);
}

static const struct param format_params[] = {
	{"copies", VALUE_COUNT, PARAM_KEY, NULL}, {"ec", VALUE_WORD, PARAM_KEY, NULL},
	{"store", VALUE_WORD, PARAM_KEY, NULL},	  {"shift", VALUE_COUNT, PARAM_KEY, NULL},
	{"strict", VALUE_FLAG, PARAM_KEY, NULL},  {"lock", VALUE_FLAG, PARAM_KEY, NULL},
	{"recycle", VALUE_FLAG, PARAM_KEY, NULL}, {"diskfull", VALUE_FLAG, PARAM_KEY, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},	  PARAMS_END,
};

/* Says the members of an epoch as the lowest running node has logged it. */
static int say_epoch(struct run *r)
{
	int nodes[MAX_NODES];
	struct text t = {0};
	struct sheepsim_node_info info;
	int node = lowest_member(r);
	int nr;

	if (node < 0)
		return fail(r, SHEEPSIM_E_STATE, "no node runs");
	nr = sheepsim_node_info(r->sim, node, &info);
	if (nr >= 0)
		nr = sheepsim_epoch_log(r->sim, node, info.epoch, nodes, MAX_NODES);
	if (nr < 0)
		return nr;
	text_nodes(&t, nodes, nr);
	say(r, "epoch %" PRIu32 ": nodes %s", info.epoch, text_get(&t));
	text_free(&t);
	row_begin(r);
	row_number(r, "epoch", info.epoch);
	row_nodes(r, "members", nodes, nr);
	row_end(r);
	return 0;
}

static int run_format(struct run *r, const struct call *call)
{
	struct sheepsim_format f = {
		.store = call_word(call, "store", NULL),
		.strict = call_has(call, "strict"),
		.lock = call_has(call, "lock"),
		.recycle_vid = call_has(call, "recycle"),
		.avoid_diskfull = call_has(call, "diskfull"),
		.via = call_node(call, "via", -1),
		.via_set = call_has(call, "via"),
	};
	int error = call_small(r, call, "copies", &f.copies);

	if (error >= 0)
		error = call_small(r, call, "shift", &f.block_size_shift);
	if (error >= 0)
		error = call_strips(r, call, &f.data_strips, &f.parity_strips);
	if (error >= 0)
		error = sheepsim_format(r->sim, &f);
	/* the answer is that of one node: the others have done it when nothing is left to do */
	if (error >= 0)
		error = sheepsim_run_until(r->sim, SHEEPSIM_IDLE, 60 * SHEEPSIM_SECOND);
	return error < 0 ? error : say_epoch(r);
}

static const struct param via_params[] = {
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_shutdown(struct run *r, const struct call *call)
{
	return sheepsim_shutdown(r->sim, call_node(call, "via", -1));
}

static int run_enable(struct run *r, const struct call *call)
{
	return sheepsim_recover_enable(r->sim, call_node(call, "via", -1), true);
}

static int run_disable(struct run *r, const struct call *call)
{
	return sheepsim_recover_enable(r->sim, call_node(call, "via", -1), false);
}

static int run_force(struct run *r, const struct call *call)
{
	return sheepsim_recover_force(r->sim, call_node(call, "via", -1));
}

static const struct param throttle_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	{"max", VALUE_COUNT, PARAM_KEY, NULL},
	{"interval", VALUE_TIME, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_throttle(struct run *r, const struct call *call)
{
	uint64_t max = call_number(call, "max", 0);

	if (max > UINT32_MAX)
		return fail(r, SHEEPSIM_E_SCENARIO, "max is at most %u", UINT32_MAX);
	return sheepsim_recover_throttle(r->sim, call_node(call, "NODE", -1), (unsigned int)max,
					 call_number(call, "interval", 0));
}

static int run_reweight(struct run *r, const struct call *call)
{
	return sheepsim_reweight(r->sim, call_node(call, "via", -1));
}

static const struct param level_params[] = {
	{"VERSION", VALUE_WORD, PARAM_NEEDED, NULL},
	{"force", VALUE_FLAG, PARAM_KEY, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	PARAMS_END,
};

static void say_level(struct run *r, const char *version)
{
	say(r, "the cluster speaks peer version %s", version);
	row_begin(r);
	row_text(r, "peer_version", version);
	row_end(r);
}

/* Does the first node that runs have AVOID_DISKFULL? All agree on it. */
static bool avoids_diskfull(struct run *r)
{
	struct sheepsim_node_info info;

	for (int i = 0; sheepsim_node_info(r->sim, i, &info) == 0; i++) {
		if (info.state == SHEEPSIM_NODE_MEMBER)
			return info.cluster_flags & SD_CLUSTER_FLAG_AVOID_DISKFULL;
	}
	return false;
}

static int run_level(struct run *r, const struct call *call)
{
	const char *version = call_word(call, "VERSION", NULL);
	bool avoided = avoids_diskfull(r);
	int error = sheepsim_set_level(r->sim, call_node(call, "via", -1), version,
				       call_has(call, "force"));

	if (error < 0)
		return error;
	say_level(r, version);
	if (avoided && !avoids_diskfull(r))
		say(r, "diskfull is off: peer version %s has not got it, and it stays off",
		    version);
	return 0;
}

const struct command cluster_commands[] = {
	{"cluster", "makes the simulation and starts its first nodes",
	 "This is the first command of a scenario. Nodes 0, 1, ... join one after the other, each "
	 "in a zone of its own (node N: zone N + 1, port 7000 + N). space is that of each node "
	 "(64G). latency (100us) and jitter (20us) are those of the network, disk (200us) that of "
	 "an operation of a disk, driver (500us) that of the cluster driver, each way; detect "
	 "(50ms) is how long the driver takes to notice a death. date is what the wall clock says "
	 "at the beginning, in seconds since 1970. budget is how many events one command may take "
	 "(2^32). "
	 "store is a file in which the cluster is kept: see `save'. "
	 "With stuck a join waits for ever if the last member dies before it has answered (R110). "
	 "peer-version (9..10), admin-version and frontend-version are what nodes speak that say "
	 "nothing else, and silent how they join: see `node'. driver-version is what the cluster "
	 "driver itself speaks. without=QUIRK,... repairs weak spots that sheepdog has and nodes "
	 "therefore have too, with=QUIRK,... switches on what is usually off; profile is upstream "
	 "(as usual) or repaired (all off): `sheepsim quirks' lists them.",
	 cluster_params, false, run_cluster},
	{"format", "formats the cluster, as `dog cluster format' does",
	 "copies defaults to 3; ec=4:2 asks for erasure coding instead. strict, lock, recycle and "
	 "diskfull are the flags of the cluster. shift is that of the size of data objects (22: "
	 "4M).",
	 format_params, false, run_format},
	{"cluster level", "lets the cluster speak another peer version",
	 "All members must be able to: the last step of an upgrade, the first of a downgrade. With "
	 "force they are not asked: members that cannot speak it end, requests that are under way "
	 "may fail, and nodes that are silent do not know of it. What was formatted with recycle, "
	 "or "
	 "with objects of another size, cannot go down; diskfull is switched off by it, and stays "
	 "off. sheepdog has no such command.",
	 level_params, false, run_level},
	{"shutdown", "shuts the whole cluster down, as `dog cluster shutdown' does", "", via_params,
	 false, run_shutdown},
	{"recover enable", "switches recovery on again",
	 "A recovery that is suspended goes on, one object at a time (R538).", via_params, false,
	 run_enable},
	{"recover disable", "switches recovery off",
	 "Runs are still begun and lists prepared; objects are recovered only when they are asked "
	 "for (R537).",
	 via_params, false, run_disable},
	{"recover force", "starts a cluster that waits for members that will not come back",
	 "The node that gets it has to wait (status WAIT); the cluster goes on with the members "
	 "that are there (R235).",
	 via_params, false, run_force},
	{"recover throttle", "lets a node recover no more than so many objects in an interval",
	 "As `dog node recovery set-throttle' does. For each of its disks two timers start "
	 "objects, together max of them in an interval, unless more than max are under way (R540). "
	 "Without max and interval it is as fast as it can be again.",
	 throttle_params, false, run_throttle},
	{"reweight", "lets every node measure its disks, as `dog cluster reweight' does",
	 "A node whose size has changed by one percent announces it, which is a new epoch (R238).",
	 via_params, false, run_reweight},
	{NULL, NULL, NULL, NULL, false, NULL},
};
