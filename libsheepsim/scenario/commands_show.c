/* Commands that look at the cluster. Those that ask a node say so: they take virtual time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/call_values.h"
#include "scenario/listing.h"
#include "scenario/rows.h"
#include "scenario/settle.h"
#include "scenario/values.h"
#include "scenario/vms.h"

#define MAX_OIDS (1u << 20)

static const struct param node_params[] = {
	{"NODE", VALUE_NODE, PARAM_OPTIONAL, NULL},
	PARAMS_END,
};

/* Calls fn for the chosen nodes. */
static int for_chosen(struct run *r, const struct call *call, int (*fn)(struct run *r, int node))
{
	int nodes[MAX_NODES];
	int nr = chosen_nodes(r, call, "NODE", nodes);
	int error = nr < 0 ? nr : 0;

	for (int i = 0; i < nr && error >= 0; i++)
		error = fn(r, nodes[i]);
	return error < 0 ? error : 0;
}

/* ------------------------------------------------------------------ nodes */

/* What is spoken need not be said where it is what all speak that know no better. */
static bool is_usual(const char *peer_version)
{
	const struct sheepsim_dialect *d;

	for (unsigned int i = 0; (d = sheepsim_dialect(i)) != NULL; i++) {
		if (d->usual && strcmp(d->protocol, "peer") == 0)
			return strcmp(d->version, peer_version) == 0;
	}
	return false;
}

static void row_of_node(struct run *r, int node, const struct sheepsim_node_info *i)
{
	bool off = i->state == SHEEPSIM_NODE_OFF;

	row_begin(r);
	row_number(r, "node", (uint64_t)node);
	row_text(r, "state", state_word(i->state));
	row_text(r, "status", off ? NULL : status_word(i));
	row_number(r, "epoch", i->epoch);
	row_number(r, "zone", i->zone);
	row_number(r, "vnodes", i->vnodes);
	row_number(r, "port", i->port);
	row_number(r, "space", i->space);
	row_number(r, "used", i->used);
	row_number(r, "live", i->live);
	row_number(r, "stale", i->stale);
	row_text(r, "peer_version", off ? NULL : i->peer_version);
	if (off && i->exit_reason[0] != '\0') {
		row_number(r, "exit_status", (uint64_t)i->exit_status);
		row_text(r, "exit_reason", i->exit_reason);
	}
	row_end(r);
}

static int show_node(struct run *r, int node)
{
	struct sheepsim_node_info i;
	int error = sheepsim_node_info(r->sim, node, &i);

	if (error < 0)
		return error;
	row_of_node(r, node, &i);
	if (i.state == SHEEPSIM_NODE_OFF && i.exit_reason[0] != '\0')
		say(r, "node %d: off, ended with %d: %s", node, i.exit_status, i.exit_reason);
	else if (i.state == SHEEPSIM_NODE_OFF)
		say(r,
		    "node %d: off, epoch %" PRIu32 " on its disk, %" PRIu32 " live, %" PRIu32
		    " stale objects",
		    node, i.epoch, i.live, i.stale);
	else
		say(r,
		    "node %d: %s, %s, epoch %" PRIu32 ", zone %" PRIu32 ", %u vnodes, %" PRIu32
		    " live, %" PRIu32 " stale objects%s%s",
		    node, state_word(i.state), status_word(&i), i.epoch, i.zone, i.vnodes, i.live,
		    i.stale, is_usual(i.peer_version) ? "" : ", peer version ",
		    is_usual(i.peer_version) ? "" : i.peer_version);
	return 0;
}

static int run_nodes(struct run *r, const struct call *call)
{
	return for_chosen(r, call, show_node);
}

static void row_of_recovery(struct run *r, int node, const struct sheepsim_node_info *i)
{
	row_begin(r);
	row_number(r, "node", (uint64_t)node);
	row_flag(r, "recovering", i->recovering);
	row_number(r, "gathered", i->gathered);
	if (i->recovering) {
		row_number(r, "epoch", i->recovery_epoch);
		row_number(r, "finished", i->recovery_finished);
		row_number(r, "total", i->recovery_total);
		row_flag(r, "suspended", i->recovery_suspended);
	}
	row_end(r);
}

static int show_recovery(struct run *r, int node)
{
	static const char *const states[] = {"preparing its list", "recovering", "notifying"};
	struct sheepsim_node_info i;
	int error = sheepsim_node_info(r->sim, node, &i);

	if (error < 0)
		return error;
	row_of_recovery(r, node, &i);
	if (i.state == SHEEPSIM_NODE_OFF)
		say(r, "node %d: off", node);
	else if (!i.recovering)
		say(r, "node %d: no recovery, gathered %" PRIu32, node, i.gathered);
	else
		say(r, "node %d: %s for epoch %" PRIu32 ", %" PRIu32 " of %" PRIu32 "%s", node,
		    i.recovery_state >= 0 && i.recovery_state < 3 ? states[i.recovery_state] : "",
		    i.recovery_epoch, i.recovery_finished, i.recovery_total,
		    i.recovery_suspended ? ", suspended" : "");
	return 0;
}

static int run_recovery(struct run *r, const struct call *call)
{
	return for_chosen(r, call, show_recovery);
}

/* ------------------------------------------------------------------ epochs */

/* Says an epoch's members as one node has logged them; < 0: it has no such log. */
static int node_epoch(struct run *r, int node, uint32_t epoch, struct text *t)
{
	int nodes[MAX_NODES];
	int nr = sheepsim_epoch_log(r->sim, node, epoch, nodes, MAX_NODES);

	text_clear(t);
	if (nr >= 0)
		text_nodes(t, nodes, nr);
	return nr;
}

static void row_of_epoch(struct run *r, int node, uint32_t epoch)
{
	int nodes[MAX_NODES];
	int nr = sheepsim_epoch_log(r->sim, node, epoch, nodes, MAX_NODES);

	if (nr < 0)
		return;
	row_begin(r);
	row_number(r, "epoch", epoch);
	row_number(r, "node", (uint64_t)node);
	row_nodes(r, "members", nodes, nr);
	row_end(r);
}

/* One line for an epoch if all nodes that have logged it agree, else one for each node. */
static bool show_epoch(struct run *r, const int *nodes, int nr, uint32_t epoch)
{
	struct text first = {0};
	struct text t = {0};
	bool any = false;
	bool agree = true;

	for (int i = 0; i < nr; i++) {
		if (node_epoch(r, nodes[i], epoch, &t) < 0)
			continue;
		if (!any)
			text_add(&first, "%s", text_get(&t));
		any = true;
		agree = agree && strcmp(text_get(&t), text_get(&first)) == 0;
		row_of_epoch(r, nodes[i], epoch);
	}
	if (any && agree)
		say(r, "epoch %" PRIu32 ": nodes %s", epoch, text_get(&first));
	for (int i = 0; i < nr && !agree; i++) {
		if (node_epoch(r, nodes[i], epoch, &t) >= 0)
			say(r, "epoch %" PRIu32 " of node %d: nodes %s", epoch, nodes[i],
			    text_get(&t));
	}
	text_free(&first);
	text_free(&t);
	return any;
}

/* The highest epoch that was seen in this run, or that one of the nodes has brought from before. */
static uint32_t highest_epoch(struct run *r, const int *nodes, int nr)
{
	struct sheepsim_counts counts;
	struct sheepsim_node_info info;
	uint32_t highest;

	run_totals(r, &counts);
	highest = (uint32_t)counts.epochs;
	for (int i = 0; i < nr; i++) {
		if (sheepsim_node_info(r->sim, nodes[i], &info) >= 0 && info.epoch > highest)
			highest = info.epoch;
	}
	return highest;
}

static int run_epochs(struct run *r, const struct call *call)
{
	int nodes[MAX_NODES];
	int nr = chosen_nodes(r, call, "NODE", nodes);
	uint32_t highest = nr < 0 ? 0 : highest_epoch(r, nodes, nr);
	bool any = false;

	if (nr < 0)
		return nr;
	for (uint32_t epoch = 1; epoch <= highest; epoch++)
		any = show_epoch(r, nodes, nr, epoch) || any;
	if (!any)
		say(r, "no epochs");
	return 0;
}

static int run_members(struct run *r, const struct call *call)
{
	struct sheepsim_member *m = mem_array(MAX_NODES, sizeof(*m));
	int nr = sheepsim_node_list(r->sim, call_node(call, "NODE", -1), m, MAX_NODES);

	for (int i = 0; i < nr && i < MAX_NODES; i++) {
		struct text t = {0};

		text_size(&t, m[i].space);
		say(r, "%s: node %d, zone %" PRIu32 ", %u vnodes, %s", m[i].address, m[i].node,
		    m[i].zone, m[i].vnodes, text_get(&t));
		text_free(&t);
		row_begin(r);
		row_text(r, "address", m[i].address);
		row_node(r, "node", m[i].node);
		row_number(r, "zone", m[i].zone);
		row_number(r, "vnodes", m[i].vnodes);
		row_number(r, "space", m[i].space);
		row_end(r);
	}
	free(m);
	return nr < 0 ? nr : 0;
}

static int run_cluster_info(struct run *r, const struct call *call)
{
	struct sheepsim_cluster_info i;
	int error = sheepsim_cluster_info(r->sim, call_node(call, "NODE", -1), &i);

	if (error < 0)
		return error;
	say(r,
	    "epoch %" PRIu32 ", %u members, %u copies, policy %u, objects of %u KiB, store %s, "
	    "flags 0x%x, recovery %s",
	    i.epoch, i.members, i.copies, i.copy_policy, 1u << i.block_size_shift >> 10,
	    i.store[0] != '\0' ? i.store : "-", i.flags, i.recovery_disabled ? "off" : "on");
	row_begin(r);
	row_number(r, "epoch", i.epoch);
	row_number(r, "members", i.members);
	row_number(r, "copies", i.copies);
	row_number(r, "copy_policy", i.copy_policy);
	row_number(r, "object_size", UINT64_C(1) << i.block_size_shift);
	row_text(r, "store", i.store);
	row_number(r, "flags", i.flags);
	row_flag(r, "recovery", !i.recovery_disabled);
	row_end(r);
	return 0;
}

/* ------------------------------------------------------------------ objects */

/* A row for each copy, as far as *i is from begin. */
static void rows_of_copies(struct run *r, const char *object, const struct copies *copies,
			   size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++) {
		const struct copy *c = &copies->list[i];

		row_begin(r);
		row_hex(r, "oid", c->oid, 16);
		row_text(r, "object", object);
		row_number(r, "node", (uint64_t)c->node);
		row_flag(r, "live", c->stale_epoch == 0);
		if (c->stale_epoch > 0)
			row_number(r, "stale_epoch", c->stale_epoch);
		if (c->coded)
			row_number(r, "strip", c->ec_index);
		row_end(r);
	}
}

static int run_objects(struct run *r, const struct call *call)
{
	int nodes[MAX_NODES];
	int nr = chosen_nodes(r, call, "NODE", nodes);
	struct copies copies;
	struct text object = {0};
	struct text t = {0};
	int error = nr < 0 ? nr : copies_collect(r, nodes, nr, &copies);

	if (error < 0)
		return error;
	for (size_t i = 0; i < copies.nr;) {
		size_t begin = i;

		text_clear(&object);
		text_object(r, &object, copies.list[i].oid);
		text_clear(&t);
		text_add(&t, "%016" PRIx64 " %s: ", copies.list[i].oid, text_get(&object));
		text_copies(&t, &copies, &i);
		rows_of_copies(r, text_get(&object), &copies, begin, i);
		say(r, "%s", text_get(&t));
	}
	if (copies.nr == 0)
		say(r, "no objects");
	text_free(&object);
	text_free(&t);
	free(copies.list);
	return 0;
}

static int show_objlist(struct run *r, int node)
{
	uint64_t *oids;
	struct text t = {0};
	int nr;

	if (!node_runs(r, node)) {
		say(r, "node %d: off", node);
		return 0;
	}
	oids = mem_array(MAX_OIDS, sizeof(*oids));
	nr = sheepsim_obj_list(r->sim, node, oids, MAX_OIDS);
	if (nr >= 0) {
		text_oids(r, &t, oids, nr < (int)MAX_OIDS ? (size_t)nr : MAX_OIDS);
		say(r, "node %d lists %d: %s", node, nr, text_get(&t));
		row_begin(r);
		row_number(r, "node", (uint64_t)node);
		row_list(r, "oids");
		for (int i = 0; i < nr && i < (int)MAX_OIDS; i++)
			row_hex(r, NULL, oids[i], 16);
		row_list_end(r);
		row_end(r);
	}
	text_free(&t);
	free(oids);
	return nr < 0 ? nr : 0;
}

static int run_objlist(struct run *r, const struct call *call)
{
	return for_chosen(r, call, show_objlist);
}

static const struct param holders_params[] = {
	{"OBJECT", VALUE_OBJECT, PARAM_NEEDED, NULL},
	{"NODE", VALUE_NODE, PARAM_OPTIONAL, NULL},
	{"copies", VALUE_COUNT, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_holders(struct run *r, const struct call *call)
{
	int nodes[64];
	int node = call_node(call, "NODE", lowest_member(r));
	struct text t = {0};
	unsigned int copies;
	uint64_t oid;
	int nr = call_small(r, call, "copies", &copies);

	if (nr >= 0)
		nr = call_oid(r, call, "OBJECT", &oid);
	if (nr >= 0)
		nr = sheepsim_holders(r->sim, node, oid, copies, nodes, 64);
	if (nr < 0)
		return nr;
	text_object(r, &t, oid);
	text_add(&t, " belongs to ");
	text_nodes(&t, nodes, nr);
	say(r, "%s", text_get(&t));
	text_free(&t);
	row_begin(r);
	row_hex(r, "oid", oid, 16);
	row_nodes(r, "nodes", nodes, nr);
	row_end(r);
	return 0;
}

/* ------------------------------------------------------------------ the run */

static const struct param no_params[] = {PARAMS_END};

static int run_counts(struct run *r, const struct call *call)
{
	struct sheepsim_counts c;

	(void)call;
	run_totals(r, &c);
	say(r,
	    "%" PRIu64 " events, %" PRIu64 " messages, %" PRIu64 " bytes\n"
	    "%" PRIu64 " requests, %" PRIu64 " reads, %" PRIu64 " writes acknowledged\n"
	    "%" PRIu64 " faults, %" PRIu64 " recovered, %" PRIu64 " epochs",
	    c.events, c.messages, c.bytes, c.requests, c.reads, c.writes, c.faults, c.recovered,
	    c.epochs);
	row_begin(r);
	row_number(r, "events", c.events);
	row_number(r, "messages", c.messages);
	row_number(r, "bytes", c.bytes);
	row_number(r, "requests", c.requests);
	row_number(r, "reads", c.reads);
	row_number(r, "writes", c.writes);
	row_number(r, "faults", c.faults);
	row_number(r, "recovered", c.recovered);
	row_number(r, "epochs", c.epochs);
	row_end(r);
	return 0;
}

static int run_time(struct run *r, const struct call *call)
{
	struct text t = {0};

	(void)call;
	text_time(&t, sheepsim_now(r->sim));
	say(r, "%s", text_get(&t));
	text_free(&t);
	row_of_time(r);
	return 0;
}

const struct command show_commands[] = {
	{"show nodes", "what each node is and has", "", node_params, true, run_nodes},
	{"show epochs", "the members of each epoch, by the nodes' own logs",
	 "One line for each epoch where all that have logged it agree. With NODE: as that one has "
	 "them.",
	 node_params, true, run_epochs},
	{"show members", "the members of the cluster, as a node answers GET_NODE_LIST", "",
	 node_params, false, run_members},
	{"show cluster", "what a node answers when it is asked about the cluster", "", node_params,
	 false, run_cluster_info},
	{"show objects", "the objects in the stores, and which nodes have copies",
	 "Live copies, and the stale ones that were set aside, with the epoch of their name.",
	 node_params, true, run_objects},
	{"show objlist", "the object lists of nodes, as they answer GET_OBJ_LIST",
	 "An object list names what a node has had, live or stale, since it started (R508).",
	 node_params, false, run_objlist},
	{"show recovery", "how far the recovery of each node has come", "", node_params, true,
	 run_recovery},
	{"show holders", "where an object belongs, in a node's view",
	 "In the order of the ring. NODE is the lowest member where it is not given.",
	 holders_params, true, run_holders},
	{"show locks", "who holds the locks of VDIs, as nodes know it",
	 "Normal locks, and shared ones with what each holder knows of the inode. One line for "
	 "each "
	 "VDI where all nodes that run agree.",
	 node_params, true, run_locks},
	{"show counts", "how much has happened so far", "", no_params, true, run_counts},
	{"show time", "the virtual time", "", no_params, true, run_time},
	{NULL, NULL, NULL, NULL, false, NULL},
};
