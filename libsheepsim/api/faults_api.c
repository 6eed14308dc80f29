/*
 * Faults of network, driver and disks.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"
#include "wire/ops.h"

/* ------------------------------------------------------------------ links */

int sheepsim_cut(struct sheepsim *sim, int a, int b, bool cut)
{
	if (!sim_node(sim, a) || !sim_node(sim, b))
		return SHEEPSIM_E_NOT_FOUND;
	if (a == b)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "node %d has no link to itself", a);
	sim->faults += cut && !universe_is_cut(&sim->universe, a, b);
	sim_enter(sim);
	universe_cut(&sim->universe, a, b, cut);
	sim_leave(sim);
	return 0;
}

/* ------------------------------------------------------------------ filters */

static void filter_hit(struct fault_filter *ff, const uint8_t head[WIRE_HEADER])
{
	struct filter *f = container_of(ff, struct filter, filter);

	(void)head;
	if (f->wanted.hit && !f->removed)
		f->wanted.hit(f->wanted.arg);
}

static bool is_place(const struct sheepsim *sim, int place)
{
	return place >= -1 && (place < sim->nr_nodes || place >= TRACE_CLIENT);
}

static enum fault_action action_of(const struct sheepsim_filter *f)
{
	switch (f->action) {
	case SHEEPSIM_PASS:
		return FAULT_DELIVER;
	case SHEEPSIM_DROP:
		return FAULT_DROP;
	case SHEEPSIM_DELAY:
		return FAULT_DELAY;
	case SHEEPSIM_HOLD:
		return FAULT_HOLD;
	}
	return FAULT_DELIVER;
}

/* What is wrong with a filter, in words; NULL: nothing. */
static const char *refusal(const struct sheepsim *sim, const struct sheepsim_filter *f)
{
	if (!is_place(sim, f->from) || !is_place(sim, f->to))
		return "from and to are a node, 10000 + a client, or -1";
	if (f->op && op_by_name(f->op) < 0)
		return "there is no such operation";
	if (f->answer < 0 || f->answer > 2)
		return "answer is 0, 1 or 2";
	if (f->oid_set && f->oid == UINT64_MAX)
		return "there is no such object";
	if (f->oid_set && f->answer == 2)
		return "answers name no object";
	if ((unsigned)f->action > SHEEPSIM_HOLD)
		return "there is no such action";
	return NULL;
}

int sheepsim_filter_add(struct sheepsim *sim, const struct sheepsim_filter *filter)
{
	const char *why = refusal(sim, filter);
	struct filter *f;

	if (why)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "filter: %s", why);
	f = mem_alloc(sizeof *f);
	f->sim = sim;
	f->wanted = *filter;
	f->wanted.op = NULL; /* the caller's string */
	f->filter = (struct fault_filter){
		.from = filter->from,
		.to = filter->to,
		.opcode = filter->op ? op_by_name(filter->op) : -1,
		.answer = filter->answer - 1,
		.oid = filter->oid_set ? (int64_t)filter->oid : -1,
		.skip = filter->nth ? filter->nth - 1 : 0,
		.count = filter->count ? filter->count
			 : filter->nth ? 1
				       : 0,
		.action = action_of(filter),
		.delay = filter->delay,
		.hit = filter_hit,
		.owner = f,
	};
	LIST_INSERT_HEAD(&sim->filters, f, link);
	return (int)universe_filter_add(&sim->universe, &f->filter);
}

static struct filter *find_filter(struct sheepsim *sim, int number)
{
	struct filter *f;

	LIST_FOREACH (f, &sim->filters, link)
		if (!f->removed && f->filter.id == (uint32_t)number)
			return f;
	sim_fail(sim, SHEEPSIM_E_NOT_FOUND, "there is no filter %d", number);
	return NULL;
}

/* It may be the one whose hit() has called: its memory stays until nothing is on the stack. */
int sheepsim_filter_remove(struct sheepsim *sim, int filter)
{
	struct filter *f = find_filter(sim, filter);

	if (!f)
		return SHEEPSIM_E_NOT_FOUND;
	sim_enter(sim);
	universe_filter_remove(&sim->universe, &f->filter);
	if (f->wanted.action != SHEEPSIM_PASS)
		sim->faults += f->filter.acted;
	f->removed = true;
	sim->sweep = true;
	sim_leave(sim);
	return 0;
}

int sheepsim_filter_release(struct sheepsim *sim, int filter)
{
	uint32_t nr;

	if (filter < 0)
		return sim_fail(sim, SHEEPSIM_E_NOT_FOUND, "there is no filter %d", filter);
	sim_enter(sim);
	nr = universe_release(&sim->universe, (uint32_t)filter);
	sim_leave(sim);
	return (int)nr;
}

void filters_sweep(struct sheepsim *sim)
{
	struct filter *f, *next;

	for (f = LIST_FIRST(&sim->filters); f; f = next) {
		next = LIST_NEXT(f, link);
		if (!f->removed)
			continue;
		LIST_REMOVE(f, link);
		free(f);
	}
}

void filters_free(struct sheepsim *sim)
{
	struct filter *f;

	LIST_FOREACH (f, &sim->filters, link) {
		if (!f->removed)
			universe_filter_remove(&sim->universe, &f->filter);
		f->removed = true;
	}
	filters_sweep(sim);
}

/* ------------------------------------------------------------------ the driver */

int sheepsim_driver_delay(struct sheepsim *sim, int node, uint64_t position, uint64_t ns)
{
	if (!sim_node(sim, node))
		return SHEEPSIM_E_NOT_FOUND;
	sim->faults += ns != 0;
	sim_enter(sim);
	hub_delay(sim->hub, node, position, ns);
	sim_leave(sim);
	return 0;
}

int sheepsim_driver_pause(struct sheepsim *sim, int node, bool pause)
{
	if (!sim_node(sim, node))
		return SHEEPSIM_E_NOT_FOUND;
	sim->faults += pause;
	sim_enter(sim);
	hub_pause(sim->hub, node, pause);
	sim_leave(sim);
	return 0;
}

int sheepsim_driver_lose(struct sheepsim *sim, int node)
{
	if (!sim_node(sim, node))
		return SHEEPSIM_E_NOT_FOUND;
	sim->faults++;
	sim_enter(sim);
	hub_lose_session(sim->hub, node);
	sim_leave(sim);
	return 0;
}

int sheepsim_driver_cut(struct sheepsim *sim, int node, bool cut)
{
	if (!sim_node(sim, node))
		return SHEEPSIM_E_NOT_FOUND;
	sim->faults += cut;
	sim_enter(sim);
	hub_cut(sim->hub, node, cut);
	sim_leave(sim);
	return 0;
}

uint64_t sheepsim_driver_position(const struct sheepsim *sim)
{
	return hub_position(sim->hub);
}
