/* Objects, sorted and put together. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scenario/listing.h"
#include "scenario/vms.h"

/* ------------------------------------------------------------------ oids */

/* Adds "[0-3 7]" for the oids from *i on that differ in their index only. */
static void text_indexes(struct text *t, const uint64_t *oids, size_t nr, size_t *i)
{
	uint64_t family = oids[*i] >> 32;
	bool first = true;

	text_add(t, "[");
	while (*i < nr && oids[*i] >> 32 == family) {
		uint64_t from = oids[*i];
		uint64_t to = from;

		while (*i + 1 < nr && oids[*i + 1] == to + 1 && (to + 1) >> 32 == family) {
			to++;
			(*i)++;
		}
		(*i)++;
		text_add(t, "%s%" PRIu32, first ? "" : " ", (uint32_t)from);
		if (to > from)
			text_add(t, "%s%" PRIu32, to == from + 1 ? " " : "-", (uint32_t)to);
		first = false;
	}
	text_add(t, "]");
}

void text_oids(const struct run *r, struct text *t, const uint64_t *oids, size_t nr)
{
	uint32_t index;
	bool counted;

	if (nr == 0)
		text_add(t, "nothing");
	for (size_t i = 0; i < nr;) {
		if (i > 0)
			text_add(t, ", ");
		text_object_family(r, t, oids[i], &index, &counted);
		if (counted)
			text_indexes(t, oids, nr, &i);
		else
			i++;
	}
}

/* ------------------------------------------------------------------ copies */

struct collector {
	struct copies *copies;
	int node;
	bool off;
};

static void collect(void *arg, const struct sheepsim_object *o)
{
	struct collector *c = arg;
	struct copies *k = c->copies;

	if ((k->nr & (k->nr - 1)) == 0)
		k->list = mem_resize(k->list, k->nr == 0 ? 1 : k->nr * 2, sizeof(*k->list));
	k->list[k->nr++] = (struct copy){.oid = o->oid,
					 .stale_epoch = o->stale_epoch,
					 .node = c->node,
					 .off = c->off,
					 .ec_index = o->ec_index};
}

static int compare_copies(const void *a, const void *b)
{
	const struct copy *x = a;
	const struct copy *y = b;

	if (x->oid != y->oid)
		return x->oid < y->oid ? -1 : 1;
	if (x->stale_epoch != y->stale_epoch)
		return x->stale_epoch < y->stale_epoch ? -1 : 1;
	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return (int)x->ec_index - (int)y->ec_index;
}

int copies_collect(struct run *r, const int *nodes, int nr_nodes, struct copies *copies)
{
	size_t begin = 0;
	bool coded;

	*copies = (struct copies){0};
	for (int i = 0; i < nr_nodes; i++) {
		struct collector c = {copies, nodes[i], !node_runs(r, nodes[i])};
		int error = sheepsim_objects(r->sim, nodes[i], collect, &c);

		if (error < 0) {
			free(copies->list);
			copies->list = NULL;
			return error;
		}
	}
	if (copies->nr > 0)
		qsort(copies->list, copies->nr, sizeof(*copies->list), compare_copies);
	while (begin < copies->nr) {
		size_t end = begin;

		coded = false;
		for (; end < copies->nr && copies->list[end].oid == copies->list[begin].oid; end++)
			coded = coded || copies->list[end].ec_index > 0;
		for (; begin < end; begin++)
			copies->list[begin].coded = coded;
	}
	return 0;
}

void text_copies(struct text *t, const struct copies *copies, size_t *i)
{
	uint64_t oid = copies->list[*i].oid;
	bool first = true;

	while (*i < copies->nr && copies->list[*i].oid == oid) {
		uint32_t epoch = copies->list[*i].stale_epoch;

		text_add(t, "%s%s", first ? "" : ", ", epoch == 0 ? "live" : "stale");
		for (; *i < copies->nr && copies->list[*i].oid == oid &&
		       copies->list[*i].stale_epoch == epoch;
		     (*i)++) {
			text_add(t, " %d", copies->list[*i].node);
			if (copies->list[*i].off)
				text_add(t, "(off)");
			if (copies->list[*i].coded)
				text_add(t, "(strip %u)", copies->list[*i].ec_index);
		}
		if (epoch != 0)
			text_add(t, " (epoch %" PRIu32 ")", epoch);
		first = false;
	}
}
