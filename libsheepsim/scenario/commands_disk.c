/* Commands on the disks of nodes, and on what lies there. */
#include <inttypes.h>
#include <string.h>

#include "scenario/call_values.h"
#include "scenario/rows.h"
#include "scenario/values.h"

#define MAX_DISKS 256

/* ------------------------------------------------------------------ in and out */

static const struct param plug_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	{"PATH", VALUE_WORD, PARAM_NEEDED, NULL},
	{"size", VALUE_SIZE, PARAM_KEY, NULL},
	PARAMS_END,
};

static const struct param path_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	{"PATH", VALUE_WORD, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static int run_disk_plug(struct run *r, const struct call *call)
{
	int node = call_node(call, "NODE", -1);
	const char *path = call_word(call, "PATH", "");
	int error = 0;

	if (call_has(call, "size"))
		error = sheepsim_disk_add(r->sim, node, path, call_number(call, "size", 0));
	return error < 0 ? error : sheepsim_disk_plug(r->sim, node, path);
}

static int run_disk_unplug(struct run *r, const struct call *call)
{
	return sheepsim_disk_unplug(r->sim, call_node(call, "NODE", -1),
				    call_word(call, "PATH", ""));
}

static int run_disk_lose(struct run *r, const struct call *call)
{
	return sheepsim_disk_lose(r->sim, call_node(call, "NODE", -1), call_word(call, "PATH", ""));
}

/* ------------------------------------------------------------------ looking */

static const struct param show_params[] = {
	{"NODE", VALUE_NODE, PARAM_OPTIONAL, NULL},
	PARAMS_END,
};

static void row_of_disk(struct run *r, int node, const struct sheepsim_disk *d)
{
	row_begin(r);
	row_number(r, "node", (uint64_t)node);
	row_text(r, "path", d->path);
	row_flag(r, "plugged", d->plugged);
	row_flag(r, "lost", d->lost);
	row_number(r, "capacity", d->capacity);
	row_number(r, "used", d->used);
	row_number(r, "free", d->free);
	row_number(r, "live", d->live);
	row_number(r, "stale", d->stale);
	row_number(r, "temporaries", d->temporaries);
	row_end(r);
}

static void show_disk(struct run *r, int node, const struct sheepsim_disk *d)
{
	struct text t = {0};

	text_size(&t, d->capacity);
	text_add(&t, ", ");
	text_size(&t, d->used);
	text_add(&t, " used, ");
	text_size(&t, d->free);
	text_add(&t, " free, %u live, %u stale objects", d->live, d->stale);
	if (d->temporaries > 0)
		text_add(&t, ", %u being created", d->temporaries);
	say(r, "node %d %s: %s%s%s", node, d->path, d->plugged ? "" : "not plugged, ",
	    d->lost ? "lost, " : "", text_get(&t));
	text_free(&t);
	row_of_disk(r, node, d);
}

static int run_disks(struct run *r, const struct call *call)
{
	struct sheepsim_disk disks[MAX_DISKS];
	int nodes[MAX_NODES];
	int nr = chosen_nodes(r, call, "NODE", nodes);

	for (int i = 0; i < nr; i++) {
		int nr_disks = sheepsim_disks(r->sim, nodes[i], disks, MAX_DISKS);

		for (int k = 0; k < nr_disks; k++)
			show_disk(r, nodes[i], &disks[k]);
	}
	return nr < 0 ? nr : 0;
}

/* ------------------------------------------------------------------ faults */

static const struct param slow_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	{"TIME", VALUE_TIME, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static int run_disk_slow(struct run *r, const struct call *call)
{
	return sheepsim_disk_slow(r->sim, call_node(call, "NODE", -1),
				  call_number(call, "TIME", 0));
}

#define USES "objects|journal|config|logs"

static const struct param fail_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL}, {"ERROR", VALUE_WORD, PARAM_OPTIONAL, NULL},
	{"on", VALUE_CHOICE, PARAM_KEY, USES},	  {"oid", VALUE_OBJECT, PARAM_KEY, NULL},
	{"count", VALUE_COUNT, PARAM_KEY, NULL},  PARAMS_END,
};

/* In the order of enum sheepsim_disk_use. */
static enum sheepsim_disk_use use_of(const char *word)
{
	static const char *const words[] = {"objects", "journal", "config", "logs"};
	unsigned int i = 0;

	while (strcmp(words[i], word) != 0)
		i++;
	return (enum sheepsim_disk_use)i;
}

static int run_disk_fail(struct run *r, const struct call *call)
{
	uint64_t count = call_number(call, "count", 1);
	struct sheepsim_disk_fault fault = {
		.error = call_word(call, "ERROR", NULL),
		.on = use_of(call_word(call, "on", "objects")),
		.count = (unsigned int)count,
	};
	int error = 0;

	if (call_has(call, "oid"))
		error = call_oid(r, call, "oid", &fault.oid);
	if (error >= 0 && (count == 0 || count > UINT32_MAX))
		error = fail(r, SHEEPSIM_E_SCENARIO, "count is at least 1, and has 32 bits");
	if (error < 0)
		return error;
	return sheepsim_disk_fail(r->sim, call_node(call, "NODE", -1), &fault);
}

static const struct param remove_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},
	{"OBJECT", VALUE_OBJECT, PARAM_NEEDED, NULL},
	{"strip", VALUE_COUNT, PARAM_KEY, NULL},
	PARAMS_END,
};

static const struct param damage_params[] = {
	{"NODE", VALUE_NODE, PARAM_NEEDED, NULL},   {"OBJECT", VALUE_OBJECT, PARAM_NEEDED, NULL},
	{"OFFSET", VALUE_SIZE, PARAM_NEEDED, NULL}, {"TEXT", VALUE_WORD, PARAM_NEEDED, NULL},
	{"strip", VALUE_COUNT, PARAM_KEY, NULL},    PARAMS_END,
};

static int run_remove(struct run *r, const struct call *call)
{
	unsigned int strip;
	uint64_t oid;
	int error = call_small(r, call, "strip", &strip);

	if (error >= 0)
		error = call_oid(r, call, "OBJECT", &oid);
	return error < 0 ? error
			 : sheepsim_object_remove(r->sim, call_node(call, "NODE", -1), oid,
						  (uint8_t)strip);
}

static int run_damage(struct run *r, const struct call *call)
{
	const char *text = call_word(call, "TEXT", "");
	unsigned int strip;
	uint64_t oid;
	int error = call_small(r, call, "strip", &strip);

	if (error >= 0)
		error = call_oid(r, call, "OBJECT", &oid);
	return error < 0 ? error
			 : sheepsim_object_damage(r->sim, call_node(call, "NODE", -1), oid,
						  (uint8_t)strip, call_number(call, "OFFSET", 0),
						  text, strlen(text));
}

static void row_of_journal(struct run *r, int node, const struct sheepsim_journal *j)
{
	row_begin(r);
	row_number(r, "node", (uint64_t)node);
	row_flag(r, "on", j->on);
	row_list(r, "files");
	for (int i = 0; i < 2; i++) {
		row_begin(r);
		row_number(r, "entries", j->file[i].entries);
		row_number(r, "bytes", j->file[i].bytes);
		row_end(r);
	}
	row_list_end(r);
	row_number(r, "unsynced", j->unsynced);
	row_end(r);
}

static int show_journal(struct run *r, int node)
{
	struct sheepsim_journal j;
	struct text t = {0};
	int error = sheepsim_journal(r->sim, node, &j);

	if (error < 0)
		return error;
	text_add(&t, "node %d: journal %s; ", node, j.on ? "on" : "off");
	for (int i = 0; i < 2; i++) {
		text_add(&t, "file %d: %" PRIu32 " entries, ", i, j.file[i].entries);
		text_size(&t, j.file[i].bytes);
		text_add(&t, "; ");
	}
	text_size(&t, j.unsynced);
	text_add(&t, " not synced");
	say(r, "%s", text_get(&t));
	text_free(&t);
	row_of_journal(r, node, &j);
	return 0;
}

static int run_journal(struct run *r, const struct call *call)
{
	int nr = sheepsim_nodes(r->sim);
	int error = 0;

	if (call_has(call, "NODE"))
		return show_journal(r, call_node(call, "NODE", -1));
	for (int i = 0; i < nr && error >= 0; i++)
		error = show_journal(r, i);
	return error;
}

const struct command disk_commands[] = {
	{"disk plug", "gives a disk to a node, as `dog node md plug' does",
	 "What is there is erased first. A path that the node never had is made; the disk then has "
	 "this size, or that of the node's first one. The node recovers what belongs on the disk. "
	 "The answer UNKNOWN says that nothing has changed.",
	 plug_params, false, run_disk_plug},
	{"disk unplug", "takes a disk from a node, as `dog node md unplug' does",
	 "Its content stays as it is, and the node recovers what it has lost. Without a disk it "
	 "leaves the cluster and ends (R551). A node that is started again has the disks that it "
	 "was made with.",
	 path_params, false, run_disk_unplug},
	{"disk lose", "loses a disk: its directory is gone, with all that is in it",
	 "The node finds out when it uses the disk next, and goes on without it (R716).",
	 path_params, true, run_disk_lose},
	{"disk slow", "makes each operation of a node's disks take so much longer", "", slow_params,
	 true, run_disk_slow},
	{"disk fail", "makes the next operation of a node's disks fail",
	 "ERROR is EIO, which makes the node drop the disk of the object (R716), or another one "
	 "that "
	 "a system call may give: ENOSPC, EDQUOT, EMFILE, ENFILE, EINTR, EEXIST, ENOENT, EACCES, "
	 "EROFS (R710). on is what is read or written then: objects, or the journal, the config "
	 "record, epoch logs. count is how many fail, oid on which object.",
	 fail_params, true, run_disk_fail},
	{"object remove", "removes an object from a node's disk, under the node", "", remove_params,
	 true, run_remove},
	{"object damage", "overwrites bytes of an object on a node's disk, under the node", "",
	 damage_params, true, run_damage},
	{"show disks", "the disks that nodes have or had, and what lies there",
	 "Used is what objects take, free what they can still take: the node's metadata take some "
	 "of its only disk (of several they take nothing).",
	 show_params, true, run_disks},
	{"show journal", "the journals of nodes",
	 "How many entries each of its two files has, and how much of the objects is not synced.",
	 show_params, true, run_journal},
	{NULL, NULL, NULL, NULL, false, NULL},
};
