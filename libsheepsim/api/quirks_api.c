/* Quirks of nodes: see include/sheepsim/quirks.h; sheep/quirks.h has the catalogue. */
#include <string.h>

#include "api/sim.h"

const struct sheepsim_quirk *sheepsim_quirk(unsigned index)
{
	static _Thread_local struct sheepsim_quirk row;
	const struct quirk_info *info;

	if (index >= NR_QUIRKS)
		return NULL;
	info = quirk_info((enum quirk)index);
	row = (struct sheepsim_quirk){
		.name = info->name,
		.usual = info->usual,
		.cites = info->cites,
		.words = info->words,
	};
	return &row;
}

int quirks_take(struct sheepsim *sim, struct quirks *q, const char *words)
{
	char why[160];

	if (words && !quirks_change(q, words, why, sizeof why))
		return sim_fail(sim, SHEEPSIM_E_INVALID, "%s", why);
	return 0;
}

static int change_node(struct node *n, const char *words)
{
	n->in_file = false;
	return quirks_take(n->sim, &n->quirks, words);
}

int sheepsim_change_quirks(struct sheepsim *sim, int node, const char *words)
{
	struct node *n = node < 0 ? NULL : sim_node(sim, node);
	int error;

	if (node >= 0)
		return n ? change_node(n, words) : SHEEPSIM_E_NOT_FOUND;
	error = quirks_take(sim, &sim->quirks, words);
	for (int i = 0; i < sim->nr_nodes && error == 0; i++)
		error = change_node(sim->nodes[i], words);
	return error;
}

int sheepsim_has_quirk(struct sheepsim *sim, int node, const char *name)
{
	struct node *n = sim_node(sim, node);

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	for (int i = 0; name && i < NR_QUIRKS; i++) {
		if (!strcmp(name, quirk_info((enum quirk)i)->name))
			return n->quirks.on[i];
	}
	return sim_fail(sim, SHEEPSIM_E_NOT_FOUND, "there is no quirk \"%.60s\"", name ? name : "");
}
