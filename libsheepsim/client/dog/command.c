/* The command line of dog: which subcommands there are, their options and arguments. */
#include <stdlib.h>
#include <string.h>

#include "client/dog/internal.h"

/* In the order of dog's own help; options likewise. */
static const struct dog_command_line commands[] = {
	{"vdi alter-copy", "<vdiname>", "aphTcf", 1, 1, dog_vdi_alter_copy,
	 "changes how many copies a VDI has"},
	{"vdi backup", "<vdiname>", "sFaphT", 1, 1, dog_vdi_backup,
	 "writes what differs between two snapshots"},
	{"vdi cache delete", "<vdiname>", "aphT", 1, 1, dog_vdi_cache_delete,
	 "drops a VDI's cache, which is none"},
	{"vdi cache flush", "<vdiname>", "saphT", 1, 1, dog_vdi_cache_flush,
	 "flushes a VDI's cache, which is none"},
	{"vdi cache info", "", "aphT", 0, 0, dog_vdi_cache_info, "asks about caches"},
	{"vdi cache purge", "", "aphT", 0, 0, dog_vdi_cache_purge, "drops all caches"},
	{"vdi check", "<vdiname>", "seaphT", 1, 1, dog_vdi_check,
	 "compares copies, and repairs them"},
	{"vdi clone", "<src vdi> <dst vdi>", "snPaphrvT", 2, 2, dog_vdi_clone, "clones a snapshot"},
	{"vdi create", "<vdiname> <size>", "PycaphrvzT", 2, 2, dog_vdi_create, "creates a VDI"},
	{"vdi delete", "<vdiname>", "saphT", 1, 1, dog_vdi_delete, "deletes a VDI or a snapshot"},
	{"vdi getattr", "<vdiname> <key>", "aphT", 2, 2, dog_vdi_getattr, "reads an attribute"},
	{"vdi graph", "", "aphrT", 0, 0, dog_vdi_graph, "draws families of VDIs, for Graphviz"},
	{"vdi list", "[vdiname]", "aphroT", 0, 1, dog_vdi_list, "lists VDIs"},
	{"vdi lock list", "", "aphT", 0, 0, dog_vdi_lock_list, "lists locks"},
	{"vdi lock unlock", "<vdiname>", "aphT", 1, 1, dog_vdi_lock_unlock, "gives a lock back"},
	{"vdi object location", "<vdiname>", "siaphT", 1, 1, dog_vdi_object_location,
	 "asks which nodes have an object"},
	{"vdi object map", "<vdiname>", "siaphT", 1, 1, dog_vdi_object_map, "prints the index"},
	{"vdi read", "<vdiname> [<offset> [<len>]]", "saphT", 1, 3, dog_vdi_read, "reads data"},
	{"vdi resize", "<vdiname> <new size>", "aphT", 2, 2, dog_vdi_resize, "lets a VDI grow"},
	{"vdi restore", "<vdiname>", "saphTf", 1, 1, dog_vdi_restore,
	 "takes a backup in, as a snapshot on top of another"},
	{"vdi rollback", "<vdiname>", "saphTfvr", 1, 1, dog_vdi_rollback,
	 "makes a snapshot the working VDI"},
	{"vdi setattr", "<vdiname> <key> [value]", "dxaphT", 2, 3, dog_vdi_setattr,
	 "sets or deletes an attribute"},
	{"vdi snapshot", "<vdiname>", "saphrvTR", 1, 1, dog_vdi_snapshot, "takes a snapshot"},
	{"vdi track", "<vdiname>", "siaphT", 1, 1, dog_vdi_track,
	 "tells where an object was in each epoch"},
	{"vdi tree", "", "aphT", 0, 0, dog_vdi_tree, "prints families of VDIs"},
	{"vdi write", "<vdiname> [<offset> [<len>]]", "aphTw", 1, 3, dog_vdi_write, "writes data"},
	{"node info", "", "aphrT", 0, 0, dog_node_info, "how full nodes are"},
	{"node kill", "[<node id>]", "laphrT", 0, 1, dog_node_kill, "ends a node"},
	{"node list", "", "aphrT", 0, 0, dog_node_list, "lists nodes"},
	{"node log level get", "", "aphT", 0, 0, dog_node_log_get, "prints a node's log level"},
	{"node log level list", "", "aphT", 0, 0, dog_node_log_list, "lists the log levels"},
	{"node log level set", "<level>", "aphT", 1, 1, dog_node_log_set,
	 "sets a node's log level"},
	{"node md info", "", "aphrAT", 0, 0, dog_node_md_info, "lists disks"},
	{"node md plug", "<path1>,<path2>,...", "aphTf", 1, 1, dog_node_md_plug, "plugs disks"},
	{"node md unplug", "<path1>,<path2>,...", "aphTf", 1, 1, dog_node_md_unplug,
	 "unplugs disks"},
	{"node recovery get-throttle", "", "aphrT", 0, 0, dog_node_recovery_get,
	 "prints how much is recovered at once"},
	{"node recovery info", "", "aphPrT", 0, 0, dog_node_recovery_info,
	 "lists nodes that recover"},
	{"node recovery set-throttle", "<max> <interval>", "aphT", 2, 2, dog_node_recovery_set,
	 "sets how much is recovered at once"},
	{"node stat", "", "aphrT", 0, 0, dog_node_stat, "prints a node's counters"},
	{"node vnodes set", "<num of vnodes>", "aphTf", 1, 1, dog_node_vnodes_set,
	 "sets a node's number of vnodes"},
	{"cluster alter-copy", "", "aphTcf", 0, 0, dog_cluster_alter_copy,
	 "changes how many copies new VDIs have"},
	{"cluster check", "", "aphT", 0, 0, dog_cluster_check, "compares and repairs all VDIs"},
	{"cluster format", "", "bctaphzTlRFVf", 0, 0, dog_cluster_format, "formats the cluster"},
	{"cluster info", "", "aphrvTd", 0, 0, dog_cluster_info, "prints state and epochs"},
	{"cluster recover disable", "", "aphTf", 0, 0, dog_cluster_recover_disable,
	 "switches recovery off"},
	{"cluster recover enable", "", "aphTf", 0, 0, dog_cluster_recover_enable,
	 "switches recovery on"},
	{"cluster recover force", "", "aphTf", 0, 0, dog_cluster_recover_force,
	 "goes on without members that are missing"},
	{"cluster reweight", "", "aphT", 0, 0, dog_cluster_reweight,
	 "lets nodes measure their disks"},
	{"cluster shutdown", "", "aphT", 0, 0, dog_cluster_shutdown, "shuts the cluster down"},
	{"cluster snapshot list", "<path>", "aphTf", 1, 1, dog_cluster_snapshot_list,
	 "lists the snapshots of clusters at a path"},
	{"cluster snapshot load", "<idx|tag> <path>", "aphTf", 2, 2, dog_cluster_snapshot_load,
	 "formats the cluster, and loads a snapshot"},
	{"cluster snapshot save", "<tag> <path>", "aphTf", 2, 2, dog_cluster_snapshot_save,
	 "saves all snapshots of VDIs"},
	{"cluster snapshot show", "<idx|tag> <path>", "aphTf", 2, 2, dog_cluster_snapshot_show,
	 "lists what a snapshot has"},
	{"trace disable", "<tracer>", "aphT", 1, 1, dog_trace_disable,
	 "switches a tracer off, and reads what it has written"},
	{"trace enable", "<tracer>", "aphT", 1, 1, dog_trace_enable, "switches a tracer on"},
	{"trace status", "", "aphT", 0, 0, dog_trace_status, "lists tracers"},
};

const char *dog_command(unsigned int index, const char **usage, const char **about)
{
	if (index >= sizeof(commands) / sizeof(*commands))
		return NULL;
	if (usage)
		*usage = commands[index].usage;
	if (about)
		*about = commands[index].about;
	return commands[index].words;
}

bool dog_refuse(struct dog *d, const char *why, const char *word)
{
	d->status = DOG_USAGE;
	dog_say(d, why, word);
	return false;
}

/* ------------------------------------------------------------------ the subcommand */

/*
 * Commands that there were not before an operation of theirs. Earlier ways to the same end, as of
 * checking in 0.7, are not described.
 */
static const struct {
	dog_fn run;
	uint8_t opcode;
} needs[] = {
	{dog_vdi_check, SD_OP_REPAIR_REPLICA},
	{dog_cluster_check, SD_OP_REPAIR_REPLICA},
	{dog_vdi_object_location, SD_OP_EXIST},
	{dog_vdi_alter_copy, SD_OP_ALTER_VDI_COPY},
	{dog_cluster_alter_copy, SD_OP_ALTER_CLUSTER_COPY},
	{dog_cluster_reweight, SD_OP_REWEIGHT},
	{dog_node_stat, SD_OP_STAT},
	{dog_trace_disable, SD_OP_TRACE_DISABLE},
	{dog_trace_enable, SD_OP_TRACE_ENABLE},
	{dog_trace_status, SD_OP_TRACE_STATUS},
	{dog_node_vnodes_set, SD_OP_SET_VNODES},
	{dog_node_recovery_get, SD_OP_GET_RECOVERY},
	{dog_node_recovery_set, SD_OP_SET_RECOVERY},
};

static bool has_command(const struct dog *d, const struct dog_command_line *c)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
		if (needs[i].run == c->run)
			return dialect_has_op(d->dialect, needs[i].opcode);
	}
	return true;
}

/* How many of the run's words are the name of c; 0: they are not. */
static size_t name_matches(const struct dog *d, const struct dog_command_line *c)
{
	const char *name = c->words;
	size_t nr = 0;

	while (*name) {
		size_t len = strcspn(name, " ");

		if (nr == d->nr_all_words || strlen(d->all_words[nr]) != len ||
		    strncmp(d->all_words[nr], name, len) != 0)
			return 0;
		nr++;
		name += len + (name[len] == ' ');
	}
	return nr;
}

static size_t find_command(struct dog *d)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		size_t nr = name_matches(d, &commands[i]);

		if (nr > 0 && has_command(d, &commands[i])) {
			d->command = &commands[i];
			return nr;
		}
	}
	return 0;
}

/* ------------------------------------------------------------------ the whole */

/* Moves options out of the way, so that the arguments stand side by side from `first` on. */
static bool sort_words(struct dog *d, size_t first)
{
	size_t nr = first;
	bool options = true;

	for (size_t i = first; i < d->nr_all_words;) {
		char *word = d->all_words[i];
		size_t used;

		if (options && strcmp(word, "--") == 0) {
			options = false;
			i++;
			continue;
		}
		if (!options || word[0] != '-' || !word[1]) {
			d->all_words[i++] = d->all_words[nr];
			d->all_words[nr++] = word;
			continue;
		}
		used = dog_parse_option(d, i);
		if (used == 0)
			return false;
		i += used;
	}
	d->words = d->all_words + first;
	d->nr_words = nr - first;
	return true;
}

bool dog_parse(struct dog *d)
{
	size_t first = find_command(d);

	if (first == 0) {
		d->status = DOG_USAGE;
		dog_say(d, "Invalid command\n");
		return false;
	}
	if (!sort_words(d, first))
		return false;
	if (d->nr_words < d->command->least || d->nr_words > d->command->most) {
		d->status = DOG_USAGE;
		dog_usage(d);
		return false;
	}
	return true;
}
