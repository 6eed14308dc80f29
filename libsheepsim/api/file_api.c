/*
 * Clusters in files: what a cluster's database must know beside the stores, and how a cluster comes
 * back from it.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/record.h"
#include "base/mem.h"

/* What the options of a cluster say in numbers, by the names that they have in the file. */
static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{"seed", offsetof(struct sheepsim_options, seed)},
	{"space", offsetof(struct sheepsim_options, space)},
	{"net_latency", offsetof(struct sheepsim_options, net_latency)},
	{"net_jitter", offsetof(struct sheepsim_options, net_jitter)},
	{"disk_latency", offsetof(struct sheepsim_options, disk_latency)},
	{"driver_latency", offsetof(struct sheepsim_options, driver_latency)},
	{"driver_detect", offsetof(struct sheepsim_options, driver_detect)},
	{"start_time", offsetof(struct sheepsim_options, start_time)},
};

static uint64_t *number_of(struct sheepsim_options *o, size_t i)
{
	return (uint64_t *)(void *)((char *)o + numbers[i].offset);
}

/* What a node speaks and its quirks, in words. */
struct behaviour {
	char peer[16], admin[16], frontend[16], driver[16]; /* "9b..10"; "": any */
	char quirks[1024];
};

/* A file that is being opened, and the texts of its cluster's options. */
struct cluster_file {
	struct database *database;
	struct contents *known; /* of the cluster's copy in memory; NULL: it stays in the file */
	struct behaviour usual; /* of nodes that say nothing else */
	struct sheepsim_versions versions;
	char driver_version[16];
};

/* ------------------------------------------------------------------ versions and quirks in words
 */

static void dialects_text(const struct dialect_range *range, char to[16])
{
	to[0] = '\0';
	if (range->lowest != DIALECT_NONE)
		snprintf(to, 16, "%s..%s", dialect_info(range->lowest)->name,
			 dialect_info(range->highest)->name);
}

static void versions_text(const struct version_range *range, char to[16])
{
	to[0] = '\0';
	if (range->highest)
		snprintf(to, 16, "%u..%u", range->lowest, range->highest);
}

static void set_behaviour(struct database *db, int node, const struct versions *v,
			  const struct quirks *q)
{
	struct behaviour b;
	struct text words = {0};

	dialects_text(&v->peer, b.peer);
	dialects_text(&v->admin, b.admin);
	versions_text(&v->frontend, b.frontend);
	versions_text(&v->driver, b.driver);
	quirks_words(q, &words);
	assert(words.len < sizeof(b.quirks)); /* it could not be read back */
	database_set_text(db, node, "peer", b.peer);
	database_set_text(db, node, "admin", b.admin);
	database_set_text(db, node, "frontend", b.frontend);
	database_set_text(db, node, "driver", b.driver);
	database_set_text(db, node, "quirks", text_get(&words));
	text_free(&words);
}

static void get_behaviour(struct database *db, int node, struct behaviour *b)
{
	database_get_text(db, node, "peer", b->peer, sizeof(b->peer));
	database_get_text(db, node, "admin", b->admin, sizeof(b->admin));
	database_get_text(db, node, "frontend", b->frontend, sizeof(b->frontend));
	database_get_text(db, node, "driver", b->driver, sizeof(b->driver));
	database_get_text(db, node, "quirks", b->quirks, sizeof(b->quirks));
}

static const char *unless_empty(const char *text)
{
	return text[0] ? text : NULL;
}

static struct sheepsim_versions versions_of(const struct behaviour *b)
{
	return (struct sheepsim_versions){
		.peer = unless_empty(b->peer),
		.admin = unless_empty(b->admin),
		.frontend = unless_empty(b->frontend),
		.driver = unless_empty(b->driver),
	};
}

/* ------------------------------------------------------------------ writing */

static void write_cluster(struct sheepsim *sim, struct database *db)
{
	const int cluster = DATABASE_CLUSTER;
	struct sheepsim_options o = sim->options;
	char driver[16];

	o.start_time = sim->universe.epoch_unix;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		database_set(db, cluster, numbers[i].name, *number_of(&o, i));
	database_set(db, cluster, "driver_stuck", o.driver_stuck);
	database_set(db, cluster, "now", sim->universe.clock.now);
	versions_text(&sim->driver, driver);
	database_set_text(db, cluster, "driver_version", driver);
	set_behaviour(db, cluster, &sim->versions, &sim->quirks);
}

static void write_node(const struct node *n, struct database *db)
{
	const struct node_id *id = &n->rec.nid;
	char address[48];

	database_set_text(db, n->index, "address", address_text(id->addr, address));
	database_set(db, n->index, "port", id->port);
	database_set_text(db, n->index, "io_address", address_text(id->io_addr, address));
	database_set(db, n->index, "io_port", id->io_port);
	database_set(db, n->index, "zone", n->rec.zone);
	database_set(db, n->index, "space", n->rec.space);
	database_set(db, n->index, "vnodes", n->rec.nr_vnodes);
	database_set(db, n->index, "auto_vnodes", n->auto_vnodes);
	database_set(db, n->index, "gateway", n->gateway);
	database_set(db, n->index, "wildcard", n->wildcard);
	database_set(db, n->index, "nosync", n->nosync);
	database_set(db, n->index, "journal", n->journal);
	database_set(db, n->index, "weight", n->weight);
	database_set_text(db, n->index, "store", n->store_name);
	set_behaviour(db, n->index, &n->versions, &n->quirks);
	database_set(db, n->index, "started", n->started);
	database_set(db, n->index, "exit_status", (uint64_t)n->exit_status);
	database_set_text(db, n->index, "exit_reason", n->exit_reason);
}

struct store *sim_new_store(struct sheepsim *sim, int node, const struct store_disk_config *disks,
			    uint32_t nr)
{
	return sim->database ? store_database_new(sim->database, (uint32_t)node, disks, nr)
			     : store_memory_new(disks, nr);
}

int sim_file_error(struct sheepsim *sim)
{
	const char *words = sim->database ? database_error(sim->database) : NULL;

	if (!words && sim->record)
		words = record_error(sim->record);

	return words ? sim_fail(sim, SHEEPSIM_E_FILE, "%s", words) : 0;
}

int sheepsim_sync(struct sheepsim *sim)
{
	struct database *db = sim->database;

	if (!db)
		return 0;
	for (int i = 0; i < sim->nr_nodes; i++) {
		struct node *n = sim->nodes[i];

		if (!n->in_file)
			write_node(n, db);
		n->in_file = true;
	}
	if (database_is_dirty(db))
		write_cluster(sim, db);
	database_sync(db);
	return sim_file_error(sim);
}

/* ------------------------------------------------------------------ saving */

static void fill(struct sheepsim *sim, struct database *db)
{
	write_cluster(sim, db);
	for (int i = 0; i < sim->nr_nodes; i++) {
		write_node(sim->nodes[i], db);
		store_close(store_database_copy(db, (uint32_t)i, sim->nodes[i]->store));
	}
}

/* All that was written to a file or directory is on the disk. */
static bool reaches_disk(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return done;
}

static bool directory_reaches_disk(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? mem_format("%.*s/", (int)(slash - path), path) : mem_string(".");
	bool done = reaches_disk(dir);
	int error = errno;

	free(dir);
	errno = error;
	return done;
}

/* The new file, in which nothing is yet; false: *why tells what is wrong. */
static bool save_to(struct sheepsim *sim, const char *path, struct text *why)
{
	struct database *db = database_open(path, DATABASE_ANY, true, why);

	if (!db)
		return false;
	fill(sim, db);
	if (!database_sync(db))
		text_add(why, "%s", database_error(db));
	database_close(db);
	if (!why->len && !reaches_disk(path))
		text_add(why, "%s: %s", path, strerror(errno));
	return !why->len;
}

int sheepsim_save(struct sheepsim *sim, const char *path)
{
	struct text why = {0};
	char *made = mem_format("%s.XXXXXX", path ? path : "");
	int fd, error = 0;

	if (!path || !path[0]) {
		free(made);
		return sim_fail(sim, SHEEPSIM_E_INVALID, "save where? There is no path");
	}
	fd = mkstemp(made);
	if (fd >= 0) {
		fchmod(fd, 0644);
		close(fd);
	}
	if (fd < 0)
		text_add(&why, "%s: %s", path, strerror(errno));
	else if (save_to(sim, made, &why) && (link(made, path) || !directory_reaches_disk(path)))
		text_add(&why, "%s: %s", path, strerror(errno));
	if (why.len)
		error = sim_fail(sim, SHEEPSIM_E_FILE, "%s", text_get(&why));
	if (fd >= 0)
		unlink(made);
	free(made);
	text_free(&why);
	return error;
}

/* ------------------------------------------------------------------ opening */

/* What is not set in *o becomes what the cluster was made with. */
static void read_options(struct cluster_file *file, struct sheepsim_options *o)
{
	const int cluster = DATABASE_CLUSTER;
	struct database *db = file->database;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (!*number_of(o, i))
			*number_of(o, i) = database_get(db, cluster, numbers[i].name);
	}
	if (database_get(db, cluster, "driver_stuck"))
		o->driver_stuck = true;
	database_get_text(db, cluster, "driver_version", file->driver_version,
			  sizeof(file->driver_version));
	get_behaviour(db, cluster, &file->usual);
	file->versions = versions_of(&file->usual);
	if (!o->driver_version)
		o->driver_version = unless_empty(file->driver_version);
	if (!o->versions)
		o->versions = &file->versions;
	if (!o->quirks)
		o->quirks = file->usual.quirks;
}

int cluster_file_open(struct cluster_file **file, struct sheepsim_options *o, struct text *why)
{
	bool copy = o->store == SHEEPSIM_STORE_MEMORY;
	struct database *db =
		database_open(o->path, copy ? DATABASE_OLD : DATABASE_ANY, o->scratch, why);

	if (!db)
		return SHEEPSIM_E_FILE;
	*file = mem_alloc(sizeof(**file));
	(*file)->database = db;
	(*file)->known = copy ? contents_new() : NULL;
	if (database_is_new(db))
		return 0;
	if (o->nodes || o->seed || o->start_time) {
		text_add(why,
			 "%s: there is a cluster in it, with a seed and %" PRIu32
			 " nodes of its own",
			 o->path, database_nr_nodes(db));
		return SHEEPSIM_E_INVALID;
	}
	read_options(*file, o);
	if (database_error(db))
		text_add(why, "%s", database_error(db));
	return database_error(db) ? SHEEPSIM_E_FILE : 0;
}

void cluster_file_free(struct cluster_file *file)
{
	if (!file)
		return;
	database_close(file->database);
	if (file->known)
		contents_free(file->known);
	free(file);
}

static bool read_address(struct database *db, int node, const char *name, uint8_t address[16])
{
	char text[48];

	database_get_text(db, node, name, text, sizeof(text));
	return parse_address(text, address);
}

static int read_node(struct node *n, struct database *db)
{
	struct node_rec *rec = &n->rec;

	if (!read_address(db, n->index, "address", rec->nid.addr) ||
	    !read_address(db, n->index, "io_address", rec->nid.io_addr))
		return sim_fail(n->sim, SHEEPSIM_E_FILE, "damaged: node %d has no address",
				n->index);
	rec->nid.port = (uint16_t)database_get(db, n->index, "port");
	rec->nid.io_port = (uint16_t)database_get(db, n->index, "io_port");
	rec->zone = (uint32_t)database_get(db, n->index, "zone");
	rec->space = database_get(db, n->index, "space");
	rec->nr_vnodes = (uint16_t)database_get(db, n->index, "vnodes");
	n->auto_vnodes = database_get(db, n->index, "auto_vnodes");
	n->gateway = database_get(db, n->index, "gateway");
	n->wildcard = database_get(db, n->index, "wildcard");
	n->nosync = database_get(db, n->index, "nosync");
	n->journal = database_get(db, n->index, "journal");
	n->weight = database_get(db, n->index, "weight");
	database_get_text(db, n->index, "store", n->store_name, sizeof(n->store_name));
	n->started = database_get(db, n->index, "started");
	n->exit_status = (int)database_get(db, n->index, "exit_status");
	database_get_text(db, n->index, "exit_reason", n->exit_reason, sizeof(n->exit_reason));
	if (sim_node_by_id(n->sim, &rec->nid))
		return sim_fail(n->sim, SHEEPSIM_E_FILE, "damaged: node %d is there twice",
				n->index);
	return 0;
}

static int read_behaviour(struct node *n, struct database *db)
{
	struct behaviour b;
	struct sheepsim_versions versions;
	int error;

	get_behaviour(db, n->index, &b);
	versions = versions_of(&b);
	n->quirks = quirks_usual;
	error = versions_take(n->sim, &versions, &n->versions);
	if (error == 0)
		error = quirks_take(n->sim, &n->quirks, b.quirks);
	return error < 0 ? SHEEPSIM_E_FILE : 0;
}

static struct store *take_store(const struct cluster_file *file, uint32_t node)
{
	struct store *kept = store_database_open(file->database, node);
	struct store *copy;

	if (!kept || !file->known)
		return kept;
	copy = store_memory_copy(kept, file->known);
	store_close(kept);
	return copy;
}

static int take_node(struct sheepsim *sim, const struct cluster_file *file)
{
	struct node *n = node_new(sim);
	int error = read_node(n, file->database);

	if (error == 0)
		error = read_behaviour(n, file->database);
	if (error == 0)
		n->store = take_store(file, (uint32_t)n->index);
	if (error == 0 && database_error(file->database))
		error = sim_fail(sim, SHEEPSIM_E_FILE, "%s", database_error(file->database));
	if (error < 0) {
		store_close(n->store);
		free(n);
		return error;
	}
	n->in_file = true;
	node_join_others(n);
	return 0;
}

int cluster_file_begin(struct sheepsim *sim, struct cluster_file *file)
{
	uint32_t nodes = database_nr_nodes(file->database);
	uint64_t now = database_get(file->database, DATABASE_CLUSTER, "now");
	int error = 0;

	if (now >= UINT64_MAX / 2)
		error = sim_fail(sim, SHEEPSIM_E_FILE, "damaged: its time is %" PRIu64 " ns", now);
	sim->universe.clock.now = now;
	for (uint32_t i = 0; i < nodes && error == 0; i++)
		error = take_node(sim, file);
	if (!file->known) {
		sim->database = file->database;
		file->database = NULL;
	}
	return error;
}
