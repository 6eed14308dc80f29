/*
 * Versions: what nodes speak, what the library knows, and changing the version of a cluster.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/sim.h"
#include "sheepsim/wire/corosync.h"
#include "sheepsim/wire/local.h"
#include "sheepsim/wire/shepherd.h"
#include "sheepsim/wire/zookeeper.h"

/* ------------------------------------------------------------------ ranges */

/* Digits up to *end; false: none, or more than a version has. */
static bool parse_number(const char *text, uint8_t *number, char **end)
{
	unsigned long n;

	if (text[0] < '0' || text[0] > '9')
		return false;
	n = strtoul(text, end, 10);
	*number = (uint8_t)n;
	return n <= UINT8_MAX;
}

bool version_range_parse(const char *text, struct version_range *range)
{
	char *end;

	if (!parse_number(text, &range->lowest, &end))
		return false;
	range->highest = range->lowest;
	if (end[0] == '.' && end[1] == '.' && !parse_number(end + 2, &range->highest, &end))
		return false;
	return *end == '\0' && range->lowest <= range->highest;
}

static int take_peer(struct sheepsim *sim, const char *what, const char *text,
		     struct dialect_range *range)
{
	if (text && !dialect_range_parse(text, range))
		return sim_fail(sim, SHEEPSIM_E_INVALID,
				"%s version \"%s\": none that a sheep can have; known are 8, 9a, "
				"9, 10, and 9..10",
				what, text);
	return 0;
}

/* A range of plain numbers, from least to most. */
static int take_plain(struct sheepsim *sim, const char *what, const char *text, uint8_t least,
		      uint8_t most, struct version_range *range)
{
	if (text &&
	    (!version_range_parse(text, range) || range->lowest < least || range->highest > most))
		return sim_fail(sim, SHEEPSIM_E_INVALID,
				"%s version \"%s\" is none, and no range, of %u to %u", what, text,
				least, most);
	return 0;
}

int versions_take(struct sheepsim *sim, const struct sheepsim_versions *wanted, struct versions *v)
{
	int error;

	*v = sim->versions;
	if (!wanted)
		return 0;
	error = take_peer(sim, "peer", wanted->peer, &v->peer);
	if (error == 0)
		error = take_peer(sim, "admin", wanted->admin, &v->admin);
	if (error == 0)
		error = take_plain(sim, "frontend", wanted->frontend, 0, SD_PROTO_VER,
				   &v->frontend);
	if (error == 0)
		error = take_plain(sim, "driver", wanted->driver, 1, UINT8_MAX, &v->driver);
	return error;
}

struct dialect_range node_admin_range(const struct node *n)
{
	const struct versions *v = &n->versions;

	if (v->admin.highest != DIALECT_NONE)
		return v->admin;
	if (v->peer.highest != DIALECT_NONE)
		return v->peer;
	return (struct dialect_range){DIALECT_NEWEST, DIALECT_NEWEST};
}

int versions_check(struct sheepsim *sim, const struct node *n, const struct versions *v)
{
	enum dialect release = v->peer.highest;

	if (n->auto_vnodes || n->gateway || release == DIALECT_NONE ||
	    !dialect_info(release)->auto_vnodes)
		return 0;
	return sim_fail(sim, SHEEPSIM_E_INVALID, "a sheep of %s has no fixed number of vnodes",
			dialect_info(release)->releases);
}

int sheepsim_install(struct sheepsim *sim, int node, const struct sheepsim_versions *versions)
{
	struct node *n = sim_node(sim, node);
	struct versions v;
	int error;

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	if (n->runs || n->sheep)
		return sim_fail(sim, SHEEPSIM_E_STATE, "node %d runs", node);
	error = versions_take(sim, versions, &v);
	if (error == 0)
		error = versions_check(sim, n, &v);
	if (error < 0)
		return error;
	n->versions = v;
	n->in_file = false;
	n->quirks.on[QUIRK_SILENT_JOIN] =
		sim->quirks.on[QUIRK_SILENT_JOIN] || (versions && versions->silent);
	return 0;
}

int sheepsim_set_level(struct sheepsim *sim, int via, const char *version, bool force)
{
	struct dialect_range to;

	if (!version || !dialect_range_parse(version, &to) || to.lowest != to.highest)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "\"%s\" is no peer version",
				version ? version : "");
	return dog_set_level(sim, via, to.lowest, force);
}

/* ------------------------------------------------------------------ what there is */

static const struct sheepsim_dialect frontend_dialects[] = {
	{"frontend", "0", "all", "not said; as good as any", false},
	{"frontend", "1", "0.3 to 0.5.1", "", false},
	{"frontend", "2", "0.5.2 and later", "reads of sheep of 0.7 are trimmed, of no later one",
	 true},
};

#define ONLY_SIZES "only its sizes are known"
#define ONLY_READ  "only `sheepsim decode\' knows its words"

/* Drivers have versions of their own, of which sheepdog's say nothing (versions.md 1, 3.4). */
static const struct sheepsim_dialect driver_dialects[] = {
	{"driver", "1", "none", "the simulated cluster driver", true},
	{"shepherd", "1", "0.6", ONLY_SIZES, false},
	{"shepherd", "2", "0.7", ONLY_READ, false},
	{"shepherd", "3", "0.8 and later", ONLY_READ, false},
	{"corosync", "1", "0.4", ONLY_SIZES, false},
	{"corosync", "2", "0.5.0 to 0.5.5", ONLY_SIZES, false},
	{"corosync", "3", "0.5.6 and 0.6", ONLY_SIZES, false},
	{"corosync", "4", "0.7", ONLY_READ, false},
	{"corosync", "5", "0.8 and later", ONLY_READ, false},
	{"zookeeper", "1", "0.4", ONLY_SIZES, false},
	{"zookeeper", "2", "0.5.0 to 0.5.5", ONLY_SIZES, false},
	{"zookeeper", "3", "0.5.6", ONLY_SIZES, false},
	{"zookeeper", "4", "0.6", ONLY_SIZES, false},
	{"zookeeper", "5", "0.7", ONLY_READ, false},
	{"zookeeper", "6", "0.8 and 0.9", ONLY_READ, false},
	{"zookeeper", "7", "1.0", ONLY_READ, false},
	{"local", "1", "0.4", ONLY_SIZES, false},
	{"local", "2", "0.5.0 to 0.5.5", ONLY_SIZES, false},
	{"local", "3", "0.5.6", ONLY_SIZES, false},
	{"local", "4", "0.6", ONLY_SIZES, false},
	{"local", "5", "0.7", ONLY_READ, false},
	{"local", "6", "0.8 and later", ONLY_READ, false},
};

_Static_assert(SD_SHEPHERD_VER == 3 && SD_SHEPHERD_VER_08 == 2, "shepherd's versions");
_Static_assert(SD_COROSYNC_VER == 5 && SD_COROSYNC_VER_08 == 4, "corosync's versions");
_Static_assert(SD_ZOOKEEPER_VER == 7 && SD_ZOOKEEPER_VER_08 == 5, "zookeeper's versions");
_Static_assert(SD_LOCAL_VER == 6 && SD_LOCAL_VER_08 == 5, "local's versions");

#define NR(array) (sizeof(array) / sizeof(*(array)))

/* A dialect of nodes, as one of the peer or the admin protocol. */
static const struct sheepsim_dialect *node_dialect(enum dialect d, bool peer)
{
	static _Thread_local struct sheepsim_dialect row;
	const struct dialect_info *info = dialect_info(d);

	row = (struct sheepsim_dialect){
		.protocol = peer ? "peer" : "admin",
		.version = info->name,
		.releases = info->releases,
		.note = peer ? info->note : "",
		.usual = d == DIALECT_NEWEST,
	};
	return &row;
}

const struct sheepsim_dialect *sheepsim_dialect(unsigned index)
{
	if (index < NR(frontend_dialects))
		return &frontend_dialects[index];
	index -= NR(frontend_dialects);
	for (int pass = 0; pass < 2; pass++) {
		for (int d = DIALECT_NONE + 1; d < NR_DIALECTS; d++) {
			bool peer = pass == 0;

			/* nobody answers dog where no node is of it */
			if ((peer || !dialect_info((enum dialect)d)->only_read) && index-- == 0)
				return node_dialect((enum dialect)d, peer);
		}
	}
	return index < NR(driver_dialects) ? &driver_dialects[index] : NULL;
}
