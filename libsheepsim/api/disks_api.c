/*
 * The disks of nodes: how many and how large they are, what they hold, and their faults. Plugging
 * and unplugging are requests (admin_api.c).
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"

/* Of a disk: a node's ring has a point for each 16 MiB of it. */
#define LARGEST_DISK (UINT64_C(64) << 40)

/* ------------------------------------------------------------------ configuration */

static int check_path(struct sheepsim *sim, const char *path)
{
	size_t len = path ? strlen(path) : 0;

	if (!path)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "which disk? There is no path");
	if (path[0] != '/' || len < 2 || len >= SD_MD_PATH_LEN || path[len - 1] == '/' ||
	    strchr(path, ','))
		return sim_fail(sim, SHEEPSIM_E_INVALID,
				"\"%.100s\" is no absolute path without commas and without a "
				"slash at its end",
				path);
	return 0;
}

/* The disks that the process of a node is started with. */
struct wanted {
	struct sheepsim *sim;
	struct store_disk_config disks[STORE_MAX_PLUGGED];
	uint32_t nr;
};

/* One more path, which is freed with the others. */
static int take_path(struct wanted *w, char *path)
{
	int error = check_path(w->sim, path);

	for (uint32_t i = 0; i < w->nr && error == 0; i++) {
		if (strcmp(w->disks[i].path, path) == 0)
			error = sim_fail(w->sim, SHEEPSIM_E_INVALID, "two disks at %.100s", path);
	}
	if (error == 0 && w->nr == STORE_MAX_PLUGGED)
		error = sim_fail(w->sim, SHEEPSIM_E_INVALID, "more than %u disks",
				 STORE_MAX_PLUGGED);
	if (error == 0)
		w->disks[w->nr++] = (struct store_disk_config){.path = path};
	else
		free(path);
	return error;
}

static int take_paths(struct wanted *w, const char *paths)
{
	char *copy = mem_string(paths), *next = copy, *word;
	int error = 0;

	while (error == 0 && (word = strsep(&next, ",")))
		error = take_path(w, mem_string(word));
	free(copy);
	return error;
}

/* Paths as those of the captured nodes: the one below the node's directory, several beside it. */
static int default_paths(struct wanted *w, int node, unsigned disks)
{
	int error = 0;

	if (disks == 1)
		return take_path(w, mem_format("/store/%d/obj", node));
	for (unsigned i = 1; i <= disks && error == 0; i++)
		error = take_path(w, mem_format("/store/%d.%u", node, i));
	return error;
}

static int take_wanted(struct node *n, const struct sheepsim_node *config, struct wanted *w)
{
	uint64_t space = config->space ? config->space : w->sim->options.space;
	int error;

	if (config->paths)
		error = take_paths(w, config->paths);
	else
		error = default_paths(w, n->index, config->disks ? config->disks : 1);
	if (error < 0)
		return error;
	if (config->disks && config->disks != w->nr)
		return sim_fail(w->sim, SHEEPSIM_E_INVALID, "%u disks, but %u paths", config->disks,
				w->nr);
	space /= w->nr;
	if (space > LARGEST_DISK)
		return sim_fail(w->sim, SHEEPSIM_E_INVALID, "a disk has at most 64 TiB");
	for (uint32_t i = 0; i < w->nr; i++)
		w->disks[i].capacity = space;
	return 0;
}

uint64_t node_space(const struct node *n)
{
	if (n->gateway)
		return 0;
	return n->weight ? n->weight : store_capacity(n->store);
}

int node_take_disks(struct node *n, const struct sheepsim_node *config)
{
	struct wanted w = {.sim = n->sim};
	int error = take_wanted(n, config, &w);

	if (error == 0) {
		n->store = sim_new_store(n->sim, n->index, w.disks, w.nr);
		n->rec.space = node_space(n);
	}
	for (uint32_t i = 0; i < w.nr; i++)
		free((void *)(uintptr_t)w.disks[i].path);
	return error;
}

/* ------------------------------------------------------------------ looking */

int sheepsim_disks(struct sheepsim *sim, int node, struct sheepsim_disk *disks, size_t max)
{
	const struct node *n = sim_node(sim, node);
	uint32_t nr;

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	nr = store_nr_disks(n->store);
	for (uint32_t i = 0; i < nr && i < max; i++) {
		struct store_disk d;

		store_disk(n->store, (uint8_t)(i + 1), &d);
		disks[i] = (struct sheepsim_disk){
			.path = d.path,
			.plugged = d.plugged,
			.lost = d.lost,
			.capacity = d.capacity,
			.used = d.used,
			.free = d.free,
			.live = d.nr_live,
			.stale = d.nr_stale,
			.temporaries = d.nr_temporary,
		};
	}
	return (int)nr;
}

int sheepsim_journal(struct sheepsim *sim, int node, struct sheepsim_journal *journal)
{
	const struct node *n = sim_node(sim, node);
	struct sheep_state state = {0};

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	if (n->sheep)
		sheep_state(n->sheep, &state);
	*journal = (struct sheepsim_journal){
		.on = state.journal,
		.unsynced = store_unflushed(n->store),
	};
	for (uint32_t i = 0; i < STORE_JOURNALS; i++) {
		journal->file[i].entries = store_journal_entries(n->store, i);
		journal->file[i].bytes = store_journal_bytes(n->store, i);
	}
	return 0;
}

/* ------------------------------------------------------------------ disks in and out */

int sheepsim_disk_add(struct sheepsim *sim, int node, const char *path, uint64_t size)
{
	struct node *n = sim_node(sim, node);
	struct store_disk first;
	int error;

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	error = check_path(sim, path);
	if (error < 0)
		return error;
	if (size > LARGEST_DISK)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "a disk has at most 64 TiB");
	if (store_disk_find(n->store, path))
		return sim_fail(sim, SHEEPSIM_E_STATE, "node %d has a disk at %s already", node,
				path);
	store_disk(n->store, 1, &first);
	if (!store_disk_add(n->store, path, size ? size : first.capacity))
		return sim_fail(sim, SHEEPSIM_E_STATE, "node %d had %u disks already", node,
				STORE_MAX_DISKS);
	return 0;
}

int sheepsim_disk_lose(struct sheepsim *sim, int node, const char *path)
{
	struct node *n = sim_node(sim, node);
	uint8_t disk;

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	if (!path)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "which disk? There is no path");
	disk = store_disk_find(n->store, path);
	if (!disk)
		return sim_fail(sim, SHEEPSIM_E_NOT_FOUND, "node %d has no disk at %.100s", node,
				path);
	sim->faults++;
	sim_enter(sim);
	store_disk_lose(n->store, disk);
	world_words(&n->world, TRACE_FAULT, 0, 0, "disk %s lost", path);
	sim_leave(sim);
	return 0;
}

/* ------------------------------------------------------------------ what they hold */

/* A node without a process; the error is set otherwise. */
static struct node *at_rest(struct sheepsim *sim, int node, int *error)
{
	struct node *n = sim_node(sim, node);

	*error = 0;
	if (!n)
		*error = SHEEPSIM_E_NOT_FOUND;
	else if (n->runs || n->sheep)
		*error = sim_fail(sim, SHEEPSIM_E_STATE, "node %d runs", node);
	return n;
}

int sheepsim_wipe(struct sheepsim *sim, int node)
{
	int error;
	struct node *n = at_rest(sim, node, &error);

	if (error < 0)
		return error;
	store_wipe(n->store);
	return 0;
}

int sheepsim_copy_metadata(struct sheepsim *sim, int from, int to, uint64_t ctime)
{
	int error;
	struct node *target = at_rest(sim, to, &error);
	struct node *source = sim_node(sim, from);
	struct store_config config;

	if (error < 0)
		return error;
	if (!source)
		return SHEEPSIM_E_NOT_FOUND;
	if (target->started || source == target)
		return sim_fail(sim, SHEEPSIM_E_STATE, "node %d was started before", to);
	store_config_get(source->store, &config);
	if (ctime)
		config.ctime = ctime;
	config.space = 0; /* its own disks decide (R205) */
	store_config_put(target->store, &config);
	store_log_clear(target->store);
	for (uint32_t epoch = 1; epoch <= store_log_highest(source->store); epoch++) {
		struct blob *log = store_log_get(source->store, epoch);

		if (log)
			store_log_put(target->store, epoch, log);
		blob_unref(log);
	}
	return 0;
}

static void damaged(struct node *n, uint64_t oid, const char *how)
{
	n->sim->faults++;
	sim_enter(n->sim);
	world_words(&n->world, TRACE_FAULT, 0, 0, "object %016llx %s", (unsigned long long)oid,
		    how);
	sim_leave(n->sim);
}

int sheepsim_object_remove(struct sheepsim *sim, int node, uint64_t oid, uint8_t ec_index)
{
	struct node *n = sim_node(sim, node);

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	if (!store_delete(n->store, (struct store_key){.oid = oid, .ec_index = ec_index}))
		return sim_fail(sim, SHEEPSIM_E_NOT_FOUND, "node %d has no object %016llx", node,
				(unsigned long long)oid);
	damaged(n, oid, "removed");
	return 0;
}

int sheepsim_object_damage(struct sheepsim *sim, int node, uint64_t oid, uint8_t ec_index,
			   uint64_t offset, const void *data, size_t len)
{
	struct node *n = sim_node(sim, node);
	struct store_key key = {.oid = oid, .ec_index = ec_index};
	struct blob *patch, *content;
	uint64_t size;

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	content = store_get(n->store, key);
	size = blob_size(content);
	blob_unref(content);
	if (!content)
		return sim_fail(sim, SHEEPSIM_E_NOT_FOUND, "node %d has no object %016llx", node,
				(unsigned long long)oid);
	if (offset > size || len > size - offset)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "object %016llx has only %llu bytes",
				(unsigned long long)oid, (unsigned long long)size);
	patch = blob_new(data, len);
	store_write(n->store, key, offset, patch);
	blob_unref(patch);
	damaged(n, oid, "damaged");
	return 0;
}

/* ------------------------------------------------------------------ faults */

int sheepsim_disk_slow(struct sheepsim *sim, int node, uint64_t extra)
{
	struct node *n = sim_node(sim, node);

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	sim->faults += extra != 0;
	sim_enter(sim);
	world_disk_slow(&n->world, extra);
	sim_leave(sim);
	return 0;
}

int sheepsim_disk_fail(struct sheepsim *sim, int node, const struct sheepsim_disk_fault *fault)
{
	struct node *n = sim_node(sim, node);
	const char *name = fault->error ? fault->error : "EIO";
	int error = disk_error_number(name);

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	if (!error)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "disks have no error \"%.20s\"", name);
	if ((unsigned)fault->on >= NR_DISK_USES)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "nothing of a disk is used for %d",
				(int)fault->on);
	sim_enter(sim);
	world_disk_fail(&n->world, (enum disk_use)fault->on, fault->oid, error,
			fault->count ? fault->count : 1);
	sim_leave(sim);
	return 0;
}
