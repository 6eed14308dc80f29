/* What an administrator sets, and looks at, beside a cluster's life: dog's smaller commands. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/call_values.h"
#include "scenario/commands_settings.h"
#include "scenario/rows.h"
#include "scenario/vms.h"

static const struct param copies_params[] = {
	{"COPIES", VALUE_COUNT, PARAM_NEEDED, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_copies(struct run *r, const struct call *call)
{
	unsigned int copies;
	int error = call_small(r, call, "COPIES", &copies);

	return error < 0 ? error : sheepsim_set_copies(r->sim, call_node(call, "via", -1), copies);
}

static const struct param vdi_copies_params[] = {
	{"NAME", VALUE_WORD, PARAM_NEEDED, NULL},
	{"COPIES", VALUE_COUNT, PARAM_NEEDED, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_vdi_copies(struct run *r, const struct call *call)
{
	const char *name = call_word(call, "NAME", "");
	unsigned int copies;
	struct vm *vm;
	int error = call_small(r, call, "COPIES", &copies);

	if (error >= 0)
		error = vm_get(r, name, call_node(call, "via", -1), &vm);
	return error < 0 ? error : sheepsim_vdi_set_copies(vm->client, name, copies);
}

static const struct param vnodes_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	{"VNODES", VALUE_COUNT, PARAM_NEEDED, NULL},
	PARAMS_END,
};

/* A number that the request has 32 bits for; whether it makes sense is the node's matter. */
static int set_number(struct run *r, const struct call *call, const char *key,
		      int (*set)(struct sheepsim *sim, int node, unsigned int number))
{
	uint64_t number = call_number(call, key, 0);

	if (number > UINT32_MAX)
		return fail(r, SHEEPSIM_E_SCENARIO, "%s is at most 2^32 - 1", key);
	return set(r->sim, call_node(call, "NODE", -1), (unsigned int)number);
}

static int run_vnodes(struct run *r, const struct call *call)
{
	return set_number(r, call, "VNODES", sheepsim_set_vnodes);
}

static const struct param loglevel_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	{"LEVEL", VALUE_COUNT, PARAM_OPTIONAL, NULL},
	PARAMS_END,
};

static void say_loglevel(struct run *r, int node, int level)
{
	say(r, "node %d: log level %d", node, level);
	row_begin(r);
	row_number(r, "node", (uint64_t)node);
	row_number(r, "level", (uint64_t)level);
	row_end(r);
}

static int run_loglevel(struct run *r, const struct call *call)
{
	int node = call_node(call, "NODE", -1);
	int level;

	if (call_has(call, "LEVEL"))
		return set_number(r, call, "LEVEL", sheepsim_set_loglevel);
	level = sheepsim_loglevel(r->sim, node);
	if (level >= 0)
		say_loglevel(r, node, level);
	return level < 0 ? level : 0;
}

static const struct param statistics_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static void say_side(struct run *r, const char *who, const uint64_t n[7])
{
	say(r,
	    "%s: %" PRIu64 " requests (%" PRIu64 " reads, %" PRIu64 " writes, %" PRIu64
	    " removes), %" PRIu64 " bytes in, %" PRIu64 " bytes out",
	    who, n[0], n[1], n[2], n[3], n[4], n[5]);
	row_begin(r);
	row_text(r, "of", who);
	row_number(r, "requests", n[0]);
	row_number(r, "reads", n[1]);
	row_number(r, "writes", n[2]);
	row_number(r, "removes", n[3]);
	row_number(r, "bytes_in", n[4]);
	row_number(r, "bytes_out", n[5]);
	row_number(r, "active", n[6]);
	row_end(r);
}

static int run_statistics(struct run *r, const struct call *call)
{
	struct sheepsim_statistics s;
	int error = sheepsim_statistics(r->sim, call_node(call, "NODE", -1), &s);

	if (error < 0)
		return error;
	say_side(r, "clients",
		 (uint64_t[]){s.gateway_total, s.gateway_read, s.gateway_write, s.gateway_remove,
			      s.gateway_rx, s.gateway_tx, s.gateway_active});
	say_side(r, "peers",
		 (uint64_t[]){s.peer_total, s.peer_read, s.peer_write, s.peer_remove, s.peer_rx,
			      s.peer_tx, s.peer_active});
	if (s.gateway_active + s.peer_active > 0)
		say(r, "under way: %" PRIu64 " of clients, %" PRIu64 " of peers", s.gateway_active,
		    s.peer_active);
	return 0;
}

/* ------------------------------------------------------------------ snapshots of a cluster */

struct saved {
	char *tag;
	struct sheepsim_copy *copy;
	STAILQ_ENTRY(saved) link;
};

void saved_free(struct run *r)
{
	struct saved *s;

	while ((s = STAILQ_FIRST(&r->saved))) {
		STAILQ_REMOVE_HEAD(&r->saved, link);
		sheepsim_copy_free(s->copy);
		free(s->tag);
		free(s);
	}
}

static const struct saved *saved_find(const struct run *r, const char *tag)
{
	const struct saved *s;

	STAILQ_FOREACH (s, &r->saved, link) {
		if (strcmp(s->tag, tag) == 0)
			return s;
	}
	return NULL;
}

static const struct param tag_params[] = {
	{"TAG", VALUE_WORD, PARAM_NEEDED, NULL},
	{"via", VALUE_NODE, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_save(struct run *r, const struct call *call)
{
	const char *tag = call_word(call, "TAG", "");
	struct sheepsim_copy *copy;
	struct saved *s;
	int error;

	if (saved_find(r, tag))
		return fail(r, SHEEPSIM_E_SCENARIO, "`%s' was saved already", tag);
	error = sheepsim_cluster_save(r->sim, call_node(call, "via", -1), &copy);
	if (error < 0)
		return error;
	s = mem_alloc(sizeof(*s));
	s->tag = mem_string(tag);
	s->copy = copy;
	STAILQ_INSERT_TAIL(&r->saved, s, link);
	say(r, "saved %u snapshots, %u objects", sheepsim_copy_vdis(copy),
	    sheepsim_copy_objects(copy));
	row_begin(r);
	row_number(r, "snapshots", sheepsim_copy_vdis(copy));
	row_number(r, "objects", sheepsim_copy_objects(copy));
	row_end(r);
	return 0;
}

static int run_load_cluster(struct run *r, const struct call *call)
{
	const char *tag = call_word(call, "TAG", "");
	const struct saved *s = saved_find(r, tag);

	if (!s)
		return fail(r, SHEEPSIM_E_NOT_FOUND, "nothing was saved as `%s'", tag);
	return sheepsim_cluster_load(r->sim, call_node(call, "via", -1), s->copy);
}

const struct command settings_commands[] = {
	{"cluster copies", "sets the copies of new VDIs, as `dog cluster alter-copy' does",
	 "Those that are there keep what they have (R241).", copies_params, false, run_copies},
	{"vdi copies", "sets the copies of a VDI, as `dog vdi alter-copy' does",
	 "It must stand alone: no base, no snapshots, no clones, no erasure code. Nodes recover "
	 "what is missing, and set aside what is too much, without a new epoch (R241).",
	 vdi_copies_params, false, run_vdi_copies},
	{"cluster save", "saves the snapshots of all VDIs, as `dog cluster snapshot save' does",
	 "With their data, and how the cluster was formatted. The scenario keeps it as TAG.",
	 tag_params, false, run_save},
	{"cluster load", "makes again what `cluster save' has saved",
	 "The cluster is formatted; the snapshots have the numbers and content that they had, and "
	 "of each name there is a working VDI that is based on the newest. As after any format, a "
	 "VM that has a VDI open keeps the inode that it has read, and finds none of its objects "
	 "until it opens the VDI again (`vdi open').",
	 tag_params, false, run_load_cluster},
	{"vnodes", "sets the virtual nodes of a node, as `dog node vnodes set' does",
	 "The node must have been given a fixed number of them. That is a new epoch (R238).",
	 vnodes_params, false, run_vnodes},
	{"loglevel", "sets or shows the log level of a node, as `dog node log level' does",
	 "0 to 7.", loglevel_params, false, run_loglevel},
	{"show statistics", "what a node has counted since it started, as `dog node stat' shows it",
	 "Requests of clients, with those that it makes to itself, and those of other nodes.",
	 statistics_params, false, run_statistics},
	{NULL, NULL, NULL, NULL, false, NULL},
};
