/*
 * Versions: what nodes speak, what the library knows, and changing the version of a cluster.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/sim.h"

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
	{"frontend", "2", "0.5.2 and later", "reads are not trimmed, as since 0.8", true},
};

static const struct sheepsim_dialect driver_dialects[] = {
	{"driver", "1", "none", "the simulated cluster driver", true},
};

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

			/* nobody answers dog where nobody serves */
			if ((peer || dialect_info((enum dialect)d)->serves) && index-- == 0)
				return node_dialect((enum dialect)d, peer);
		}
	}
	return index < NR(driver_dialects) ? &driver_dialects[index] : NULL;
}
