/*
 * Checks of a cluster that has come to rest.
 */
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"
#include "client/dog/dog.h"

#define QUIET_LIMIT (600 * NSEC_PER_SEC)
#define GATEWAYS    2u /* through so many histories are read back */

static bool is_idle(void *arg)
{
	return sim_idle(arg);
}

/* What the checks see; to be freed. */
static struct check_node *see_nodes(const struct sheepsim *sim)
{
	struct check_node *nodes = mem_array((size_t)sim->nr_nodes, sizeof *nodes);

	for (int i = 0; i < sim->nr_nodes; i++) {
		const struct node *n = sim->nodes[i];

		nodes[i] = (struct check_node){
			.index = i,
			.nid = n->rec.nid,
			.store = n->store,
			.sheep = node_is_running(n) ? n->sheep : NULL,
		};
	}
	return nodes;
}

static void all_answers(struct sheepsim *sim, struct report *r, uint64_t *requests)
{
	const struct sheepsim_client *c;
	unsigned waiting;
	char who[24];

	LIST_FOREACH (c, &sim->clients, link) {
		/* A request whose gateway does not run is still to be sent. */
		waiting = node_is_running(c->gateway) ? frontend_requests(c->frontend) : 0;
		check_answers(place_name(TRACE_CLIENT + c->index, who), frontend_tally(c->frontend),
			      waiting, r, requests);
	}
	if (sim->spoken)
		spoken_answers(sim->spoken, r, requests);
	check_answers("a closed client", &sim->gone, 0, r, requests);
	check_answers("dog", admin_tally(sim->admin), dogs_requests(sim->admin), r, requests);
}

static bool readback_is_over(void *arg)
{
	return readback_over(arg);
}

/* The first and the last member: two gateways that have different replicas, if there are two. */
static unsigned open_gateways(struct sheepsim *sim, const unsigned *members, unsigned nr_members,
			      struct readback_gateway *gateways)
{
	unsigned nr = nr_members < GATEWAYS ? nr_members : GATEWAYS;

	for (unsigned i = 0; i < nr; i++) {
		unsigned node = members[i == 0 ? 0 : nr_members - 1];
		struct frontend_options o = {
			.place = PLACE_CHECK + (int)node,
			.gateway = sim->nodes[node]->rec.nid,
		};

		gateways[i].node = (int)node;
		gateways[i].client = frontend_new(&sim->universe, &o);
	}
	return nr;
}

/* Reads back what was written; 0 or NO_PROGRESS. */
static int read_back(struct sheepsim *sim, const unsigned *members, unsigned nr_members,
		     struct report *r, struct sheepsim_checked *checked)
{
	struct readback_gateway gateways[GATEWAYS];
	unsigned nr = open_gateways(sim, members, nr_members, gateways);
	struct readback *b;
	int error;

	history_quiet(sim->history);
	sim_enter(sim);
	b = readback_start(sim->history, gateways, nr);
	sim_leave(sim);
	error = sim_wait(sim, readback_is_over, b, QUIET_LIMIT, "reading back what was written");
	if (error == 0)
		error = sim_wait(sim, is_idle, sim, QUIET_LIMIT, "idleness");
	readback_stop(b);
	sim_enter(sim);
	for (unsigned i = 0; i < nr; i++) {
		check_answers("the check", frontend_tally(gateways[i].client), 0, r,
			      &checked->requests);
		frontend_free(gateways[i].client);
	}
	sim_leave(sim);
	checked->history += readback_end(b);
	history_report(sim->history, r);
	return error;
}

/* Runs one check if it is wanted. */
#define CHECK(bit, ...)                                                                            \
	do {                                                                                       \
		if (what & (bit)) {                                                                \
			report_begin(&report, (bit));                                              \
			__VA_ARGS__;                                                               \
			report_end(&report);                                                       \
		}                                                                                  \
	} while (0)

static int run_checks(struct sheepsim *sim, uint32_t what, struct check_cluster *c,
		      const unsigned *members, unsigned nr_members,
		      struct sheepsim_checked *checked)
{
	struct replicas_told told = {0};
	struct report report;
	int error = 0;

	report_init(&report, &sim->universe.trace);
	sim_enter(sim);
	CHECK(SHEEPSIM_CHECK_RECOVERY, check_recovery(c, &report));
	CHECK(SHEEPSIM_CHECK_EPOCHS, check_epochs(c, &report, &checked->epochs));
	CHECK(SHEEPSIM_CHECK_REPLICAS, check_replicas(c, &report, &told));
	CHECK(SHEEPSIM_CHECK_ANSWERS, all_answers(sim, &report, &checked->requests));
	CHECK(SHEEPSIM_CHECK_VDIS, check_vdis(c, &report, &checked->vdis));
	sim_leave(sim);
	CHECK(SHEEPSIM_CHECK_HISTORY,
	      error = read_back(sim, members, nr_members, &report, checked));
	checked->objects = told.objects;
	checked->copies = told.copies;
	checked->orphans = told.orphans;
	checked->violated = report.violated;
	if (error == 0 && report.violated)
		error = sim_fail(sim, SHEEPSIM_E_VIOLATION, "%s", text_get(&report.lines));
	report_free(&report);
	return error;
}

int sheepsim_check(struct sheepsim *sim, uint32_t what, struct sheepsim_checked *checked)
{
	const uint32_t need_members =
		SHEEPSIM_CHECK_HISTORY | SHEEPSIM_CHECK_REPLICAS | SHEEPSIM_CHECK_VDIS;
	struct check_cluster c = {0};
	struct sheepsim_checked ignored;
	struct check_node *nodes;
	unsigned *members, nr_members;
	int error = sim_wait(sim, is_idle, sim, QUIET_LIMIT, "quiet before the checks");

	if (error < 0)
		return error;
	if (!checked)
		checked = &ignored;
	memset(checked, 0, sizeof *checked);
	nodes = see_nodes(sim);
	members = mem_array((size_t)sim->nr_nodes, sizeof *members);
	c.nodes = nodes;
	c.nr = (unsigned)sim->nr_nodes;
	nr_members = check_members(&c, members);
	if (nr_members == 0 && (what & need_members))
		error = sim_fail(sim, SHEEPSIM_E_STATE, "no node serves that could be checked");
	else
		error = run_checks(sim, what, &c, members, nr_members, checked);
	free(members);
	free(nodes);
	return error;
}
