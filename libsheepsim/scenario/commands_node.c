/* Commands on single nodes. */
#include <inttypes.h>
#include <string.h>

#include "scenario/call_values.h"
#include "scenario/rows.h"
#include "scenario/run.h"

/* What a node is given when it is made, and keeps. */
#define PLACE_PARAMS                                                                               \
	{"zone", VALUE_COUNT, PARAM_KEY, NULL}, {"space", VALUE_SIZE, PARAM_KEY, NULL},            \
		{"vnodes", VALUE_COUNT, PARAM_KEY, NULL},                                          \
		{"address", VALUE_WORD, PARAM_KEY, NULL}, {"port", VALUE_COUNT, PARAM_KEY, NULL},  \
		{"io", VALUE_WORD, PARAM_KEY, NULL}, {"io-port", VALUE_COUNT, PARAM_KEY, NULL},    \
		{"disks", VALUE_COUNT, PARAM_KEY, NULL}, {"paths", VALUE_WORD, PARAM_KEY, NULL},   \
		VERSION_PARAMS

/* What it can be started with another time. */
#define OPTION_PARAMS                                                                              \
	{"weight", VALUE_SIZE, PARAM_KEY, NULL}, {"store", VALUE_WORD, PARAM_KEY, NULL},           \
		{"gateway", VALUE_FLAG, PARAM_KEY, NULL},                                          \
		{"wildcard", VALUE_FLAG, PARAM_KEY, NULL},                                         \
		{"nosync", VALUE_FLAG, PARAM_KEY, NULL},                                           \
	{                                                                                          \
		"journal", VALUE_SIZE, PARAM_KEY, NULL                                             \
	}

static const struct param node_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	PLACE_PARAMS,
	QUIRK_PARAMS,
	OPTION_PARAMS,
	PARAMS_END,
};

/* Checks that the numbers of a node fit into what holds them on the wire. */
static int check_limits(struct run *r, const struct call *call)
{
	static const struct {
		const char *key;
		uint64_t most;
	} limits[] = {
		{"zone", UINT32_MAX},	 {"vnodes", UINT16_MAX}, {"port", UINT16_MAX},
		{"io-port", UINT16_MAX}, {"disks", 255},
	};

	for (size_t i = 0; i < call->nr_values; i++) {
		const struct value *v = &call->values[i];

		for (size_t k = 0; k < sizeof(limits) / sizeof(*limits); k++) {
			if (strcmp(v->param->name, limits[k].key) == 0 &&
			    v->number > limits[k].most)
				return fail(r, SHEEPSIM_E_SCENARIO, "%s is at most %" PRIu64,
					    limits[k].key, limits[k].most);
		}
	}
	return 0;
}

/* Switches what a call says: of a node, or of all (-1). */
static int change_quirks(struct run *r, const struct call *call, int node)
{
	struct text words = {0};
	int error;

	call_quirks(r, call, &words);
	error = sheepsim_change_quirks(r->sim, node, text_get(&words));
	text_free(&words);
	return error;
}

/* What a call says of a node; versions are filled in for it. */
static struct sheepsim_node node_of(const struct call *call, struct sheepsim_versions *versions)
{
	*versions = call_versions(call);
	return (struct sheepsim_node){
		.address = call_word(call, "address", NULL),
		.port = (uint16_t)call_number(call, "port", 0),
		.io_address = call_word(call, "io", NULL),
		.io_port = (uint16_t)call_number(call, "io-port", 0),
		.zone = (uint32_t)call_number(call, "zone", 0),
		.zone_set = call_has(call, "zone"),
		.space = call_number(call, "space", 0),
		.vnodes = (unsigned int)call_number(call, "vnodes", 0),
		.gateway = call_has(call, "gateway"),
		.disks = (unsigned int)call_number(call, "disks", 0),
		.paths = call_word(call, "paths", NULL),
		.wildcard = call_has(call, "wildcard"),
		.nosync = call_has(call, "nosync"),
		.journal = call_number(call, "journal", 0),
		.weight = call_number(call, "weight", 0),
		.store = call_word(call, "store", NULL),
		.versions = versions,
	};
}

static int run_node(struct run *r, const struct call *call)
{
	struct sheepsim_versions versions;
	struct sheepsim_node n = node_of(call, &versions);
	int next = sheepsim_nodes(r->sim);
	int error = check_limits(r, call);

	if (error < 0)
		return error;
	if (call_node(call, "NODE", -1) != next)
		return fail(r, SHEEPSIM_E_SCENARIO, "the next node is %d", next);
	error = sheepsim_node_add(r->sim, &n);
	return error < 0 ? error : change_quirks(r, call, next);
}

static const struct param sheep_params[] = {
	{"DIRECTORY", VALUE_WORD, PARAM_NEEDED, NULL},
	PLACE_PARAMS,
	OPTION_PARAMS,
	PARAMS_END,
};

/* Where a node in this directory has its disks: as sheep does, below it, or several beside it. */
static void text_paths(struct text *t, const char *directory, unsigned int disks)
{
	const char *root = directory[0] == '/' ? "" : "/store/";

	if (disks <= 1)
		text_add(t, "%s%s/obj", root, directory);
	for (unsigned int i = 1; i <= disks && disks > 1; i++)
		text_add(t, "%s%s%s.%u", i > 1 ? "," : "", root, directory, i);
}

/* The node that has one of these paths, -1: none. */
static int node_at(struct run *r, const char *paths)
{
	struct sheepsim_disk disk;
	size_t len = strcspn(paths, ",");

	for (int i = 0; i < sheepsim_nodes(r->sim); i++) {
		if (sheepsim_disks(r->sim, i, &disk, 1) > 0 && strlen(disk.path) == len &&
		    strncmp(disk.path, paths, len) == 0)
			return i;
	}
	return -1;
}

/* The node that has its disks where a call says, or in the directory, be it one disk or several. */
static int node_in(struct run *r, const struct call *call)
{
	struct text paths = {0};
	int node = -1;

	if (call_has(call, "paths"))
		return node_at(r, call_word(call, "paths", ""));
	for (unsigned int disks = 1; disks <= 2 && node < 0; disks++) {
		text_clear(&paths);
		text_paths(&paths, call_word(call, "DIRECTORY", ""), disks);
		node = node_at(r, text_get(&paths));
	}
	text_free(&paths);
	return node;
}

/* With no options at all they are what they were. */
static bool has_options(const struct call *call)
{
	static const char *const options[] = {"zone",	 "vnodes",   "weight", "store",
					      "gateway", "wildcard", "nosync", "journal"};
	bool has = false;

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		has |= call_has(call, options[i]);
	return has;
}

/* Another address, other options: those that the call has. */
static int sheep_again(struct run *r, const struct call *call, int node,
		       const struct sheepsim_node *n)
{
	int error = 0;

	if (call_has(call, "address") || call_has(call, "port"))
		error = sheepsim_node_move(r->sim, node, n->address, n->port);
	if (error == 0 && has_options(call))
		error = sheepsim_reconfigure(r->sim, node, n);
	return error;
}

static void say_node(struct run *r, int node)
{
	say(r, "node %d", node);
	row_begin(r);
	row_number(r, "node", (uint64_t)node);
	row_end(r);
}

static int run_sheep(struct run *r, const struct call *call)
{
	struct sheepsim_versions versions;
	struct sheepsim_node n = node_of(call, &versions);
	struct text paths = {0};
	int error = check_limits(r, call);
	int node;

	if (error < 0)
		return error;
	node = node_in(r, call);
	text_paths(&paths, call_word(call, "DIRECTORY", ""), n.disks);
	if (n.paths == NULL)
		n.paths = text_get(&paths);
	if (node >= 0)
		error = sheep_again(r, call, node, &n);
	else
		error = node = sheepsim_node_add(r->sim, &n);
	if (error >= 0)
		error = sheepsim_start(r->sim, node);
	if (error >= 0)
		say_node(r, node);
	text_free(&paths);
	return error < 0 ? error : 0;
}

static const struct param reconfigure_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	{"zone", VALUE_COUNT, PARAM_KEY, NULL},
	{"vnodes", VALUE_COUNT, PARAM_KEY, NULL},
	OPTION_PARAMS,
	PARAMS_END,
};

static int run_reconfigure(struct run *r, const struct call *call)
{
	struct sheepsim_node n = {
		.zone = (uint32_t)call_number(call, "zone", 0),
		.zone_set = call_has(call, "zone"),
		.vnodes = (unsigned int)call_number(call, "vnodes", 0),
		.weight = call_number(call, "weight", 0),
		.store = call_word(call, "store", NULL),
		.gateway = call_has(call, "gateway"),
		.wildcard = call_has(call, "wildcard"),
		.nosync = call_has(call, "nosync"),
		.journal = call_number(call, "journal", 0),
	};
	int error = check_limits(r, call);

	return error < 0 ? error : sheepsim_reconfigure(r->sim, call_node(call, "NODE", -1), &n);
}

static const struct param quirks_params[] = {
	{"NODE", VALUE_NODE, PARAM_ANY, NULL},
	QUIRK_PARAMS,
	PARAMS_END,
};

static int run_quirks(struct run *r, const struct call *call)
{
	int nodes = 0, error = 0;

	if (!call_has(call, "profile") && !call_has(call, "with") && !call_has(call, "without"))
		return fail(r, SHEEPSIM_E_SCENARIO, "say profile, with or without");
	for (size_t i = 0; i < call->nr_values && error >= 0; i++) {
		if (call->values[i].param->type != VALUE_NODE)
			continue;
		error = change_quirks(r, call, (int)call->values[i].number);
		nodes++;
	}
	return nodes > 0 || error < 0 ? error : change_quirks(r, call, -1);
}

static const struct param start_params[] = {
	{"NODE", VALUE_NODE, PARAM_MANY, NULL},
	{"wipe", VALUE_FLAG, PARAM_KEY, NULL},
	PARAMS_END,
};

static const struct param install_params[] = {
	{"NODE", VALUE_NODE, PARAM_MANY, NULL},
	VERSION_PARAMS,
	PARAMS_END,
};

static int run_install(struct run *r, const struct call *call)
{
	const struct param *p = command_param(call->command, "NODE");
	struct sheepsim_versions versions = call_versions(call);
	int error = 0;

	for (size_t i = 0; i < call->nr_values && error >= 0; i++) {
		if (call->values[i].param == p)
			error = sheepsim_install(r->sim, (int)call->values[i].number, &versions);
	}
	return error;
}

static const struct param nodes_params[] = {
	{"NODE", VALUE_NODE, PARAM_MANY, NULL},
	PARAMS_END,
};

static const struct param one_node_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	PARAMS_END,
};

/* Does the same to each of the nodes of a call. */
static int for_nodes(struct run *r, const struct call *call, int (*fn)(struct sheepsim *, int))
{
	const struct param *p = command_param(call->command, "NODE");
	int error = 0;

	for (size_t i = 0; i < call->nr_values && error >= 0; i++) {
		if (call->values[i].param == p)
			error = fn(r->sim, (int)call->values[i].number);
	}
	return error;
}

static int run_start(struct run *r, const struct call *call)
{
	int error = 0;

	if (call_has(call, "wipe"))
		error = for_nodes(r, call, sheepsim_wipe);
	return error < 0 ? error : for_nodes(r, call, sheepsim_start);
}

static const struct param kill_params[] = {
	{"NODE", VALUE_NODE, PARAM_MANY, NULL},
	{"torn", VALUE_FLAG, PARAM_KEY, NULL},
	{"power", VALUE_FLAG, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_kill(struct run *r, const struct call *call)
{
	const struct param *p = command_param(call->command, "NODE");
	unsigned int how = (call_has(call, "torn") ? SHEEPSIM_CRASH_TORN : 0) |
			   (call_has(call, "power") ? SHEEPSIM_CRASH_POWER : 0);
	int error = 0;

	for (size_t i = 0; i < call->nr_values && error >= 0; i++) {
		if (call->values[i].param == p)
			error = sheepsim_crash(r->sim, (int)call->values[i].number, how);
	}
	return error;
}

static int run_stop(struct run *r, const struct call *call)
{
	return for_nodes(r, call, sheepsim_stop);
}

static int run_hold(struct run *r, const struct call *call)
{
	return for_nodes(r, call, sheepsim_hold);
}

static int run_release(struct run *r, const struct call *call)
{
	return for_nodes(r, call, sheepsim_release);
}

static int run_retire(struct run *r, const struct call *call)
{
	return sheepsim_node_kill(r->sim, call_node(call, "NODE", -1));
}

static const struct param copy_params[] = {
	{"FROM", VALUE_NODE, PARAM_NEEDED, NULL},
	{"TO", VALUE_NODE, PARAM_NEEDED, NULL},
	{"ctime", VALUE_COUNT, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_copy(struct run *r, const struct call *call)
{
	return sheepsim_copy_metadata(r->sim, call_node(call, "FROM", -1),
				      call_node(call, "TO", -1), call_number(call, "ctime", 0));
}

const struct command node_commands[] = {
	{"node", "adds a node, which is not started yet",
	 "NODE is its number, the next one that is free. zone defaults to NODE + 1, or, of an "
	 "address that is given, to its last four bytes (R205); port to 7000 + NODE. vnodes fixes "
	 "the number of virtual nodes, which follows from the space otherwise. "
	 "A gateway has neither. io and io-port are those of a second network. disks is how many "
	 "it "
	 "has, which share its space; paths are where, with commas (/store/NODE.1,/store/NODE.2). "
	 "weight is the space that it announces, where that is not the size of its disks; store is "
	 "the store driver that it formats, whatever `format' says. wildcard: it "
	 "recovers from everybody in its first run after a restart (R531). nosync: what it writes "
	 "is not synced, which is faster (R712); journal is the size of its journal, 64M at least "
	 "(R713). The other words are "
	 "what "
	 "it speaks, where that is not what `cluster' says: a version (9) or a range (9..10) for "
	 "each protocol. Peer versions are 10 (sheepdog 1.0), 9 or 9b (0.9), 9a (0.8) and 8 (0.7, "
	 "in clusters of nothing else); driver-version is that of the cluster driver. silent: it "
	 "says "
	 "nothing of this when it joins, as real sheep do. profile, with and without are its "
	 "quirks: "
	 "see `cluster'.",
	 node_params, true, run_node},
	{"quirks", "lets nodes behave otherwise from now on, or all of them",
	 "without=QUIRK,... repairs weak spots, with=QUIRK,... brings them back; profile (upstream "
	 "or repaired) comes first. `sheepsim quirks' lists them. Nodes that are added later are "
	 "as "
	 "all have been told to be.",
	 quirks_params, true, run_quirks},
	{"reconfigure", "gives a node that does not run other options for its next start",
	 "They are those of `node'; what is not given is at its default again, but for the zone, "
	 "which "
	 "stays. What a formatted node is refused with is told by its start (R204).",
	 reconfigure_params, true, run_reconfigure},
	{"sheep", "starts a node by the directory of its store, as one starts sheep",
	 "If no node has its disks there yet, one is added, with options as `node' has them. Else "
	 "it is that node again, on its old disks, which must not run: at another address and port "
	 "if they are given, and if zone, vnodes, weight, store, gateway, wildcard, nosync or "
	 "journal are given, with just these. It says which node that is. A name that does not "
	 "begin with / lies in /store. It does not wait for the join.",
	 sheep_params, true, run_sheep},
	{"start", "starts nodes on what their disks hold, or on empty ones with wipe",
	 "It does not wait until they have joined: `settle until joined' does.", start_params, true,
	 run_start},
	{"install", "puts another release of sheep on nodes that do not run",
	 "They speak these versions from their next start on; what is not given is what `cluster' "
	 "says. Their disks stay as they are.",
	 install_params, true, run_install},
	{"kill", "ends nodes at once (SIGKILL)",
	 "Whatever they had not on their disks is lost. The others learn it when the cluster "
	 "driver notices. torn: of what the disks are doing just then, any part takes place; else "
	 "nothing of it. power: the machines lose their power, and with it what was not synced "
	 "(`node' with nosync or a journal), or with torn any part of that (R712).",
	 kill_params, true, run_kill},
	{"stop", "asks nodes to leave and end (SIGTERM)",
	 "They answer what clients have asked, leave the cluster and end (R232, R234).",
	 nodes_params, true, run_stop},
	{"hold", "stops nodes where they are (SIGSTOP)",
	 "Connections to them stay open, and nothing is answered, until `release'.", nodes_params,
	 true, run_hold},
	{"release", "lets nodes that are held go on (SIGCONT)", "", nodes_params, true,
	 run_release},
	{"node-kill", "tells a node to end, as `dog node kill' does", "", one_node_params, false,
	 run_retire},
	{"copy-metadata", "gives a new node what another one knows of the cluster",
	 "TO was never started; it gets the configuration and epoch logs of FROM, but no objects. "
	 "With ctime its cluster was created at another time.",
	 copy_params, true, run_copy},
	{NULL, NULL, NULL, NULL, false, NULL},
};
