/*
 * What is still to come: when a simulation has come to rest, and if not, why.
 *
 * The conditions are asked after every event, and nearly always something is busy. So what is asked
 * at once comes first, and of the nodes the one that was busy last: only when it has come to rest
 * are the others asked.
 */
#include "api/sim.h"
#include "client/dog/dog.h"

/* Returns true if this node is not as wanted. */
typedef bool (*node_test)(const struct node *n);

/* A node that is not as wanted; NULL: there is none. */
static const struct node *find_node(struct sheepsim *sim, node_test test)
{
	for (int i = 0; i < sim->nr_nodes; i++) {
		int at = (sim->suspect + i) % sim->nr_nodes;

		if (test(sim->nodes[at])) {
			sim->suspect = at;
			return sim->nodes[at];
		}
	}
	return NULL;
}

/* Something of it is under way, as the node itself knows it. */
static bool node_works(const struct node *n)
{
	if (!n->sheep)
		return n->runs;
	return world_pending_disk(&n->world) > 0 || sheep_works(n->sheep);
}

/* Something is on its way to it or from it. Nearly always somebody works who waits for that. */
static bool node_is_called(const struct node *n)
{
	return n->sheep && world_pending_net(&n->world) > 0;
}

static bool node_has_not_joined(const struct node *n)
{
	return n->sheep ? !sheep_joined(n->sheep) : n->runs;
}

static bool node_recovers(const struct node *n)
{
	return n->sheep && sheep_recovers(n->sheep);
}

static const struct sheepsim_client *busy_client(const struct sheepsim *sim)
{
	const struct sheepsim_client *c;

	LIST_FOREACH (c, &sim->clients, link)
		if (!c->closed && frontend_stirs(c->frontend, node_is_running(c->gateway)))
			break;
	return c;
}

bool sim_idle(struct sheepsim *sim)
{
	return !hub_pending(sim->hub) && !busy_client(sim) && !dogs_stir(sim->admin) &&
	       !conns_busy(sim) && !find_node(sim, node_works) && !find_node(sim, node_is_called);
}

bool sim_joined(struct sheepsim *sim)
{
	return !hub_pending(sim->hub) && !find_node(sim, node_has_not_joined);
}

/* Members that have not the same epoch: one of them has still to hear of an event. */
static bool epochs_differ(const struct sheepsim *sim)
{
	struct sheep_state state;
	uint32_t epoch = 0;

	for (int i = 0; i < sim->nr_nodes; i++) {
		if (!sim->nodes[i]->sheep || sim->nodes[i]->world.held)
			continue;
		sheep_state(sim->nodes[i]->sheep, &state);
		if (state.ex_member || state.status != SD_STATUS_OK)
			continue;
		if (epoch && state.epoch != epoch)
			return true;
		epoch = state.epoch;
	}
	return false;
}

bool sim_recovered(struct sheepsim *sim)
{
	/* Real clients never rest: what they ask for does not count. */
	if (conns_near(sim))
		return sim_joined(sim) && !find_node(sim, node_recovers) && !epochs_differ(sim);
	return sim_idle(sim) && !find_node(sim, node_recovers);
}

bool sim_answered(struct sheepsim *sim)
{
	const struct sheepsim_client *c;

	LIST_FOREACH (c, &sim->clients, link)
		if (!c->closed && frontend_operations(c->frontend))
			return false;
	return !dogs_run(sim->admin);
}

/* ------------------------------------------------------------------ in words */

static void indent(struct text *t, const char *lines)
{
	while (*lines) {
		const char *end = lines;

		while (*end && *end != '\n')
			end++;
		text_add(t, "  ");
		text_addn(t, lines, (size_t)(end - lines));
		text_add(t, "\n");
		lines = *end ? end + 1 : end;
	}
}

static void node_pending_text(const struct node *n, struct text *t)
{
	struct text own = {0};
	struct sheep_state state;
	unsigned messages, ios;

	if (!n->sheep) {
		if (n->runs)
			text_add(t, "node %d is about to start\n", n->index);
		return;
	}
	if (!node_works(n) && !node_is_called(n) && !node_recovers(n))
		return;
	sheep_state(n->sheep, &state);
	messages = world_pending_net(&n->world);
	ios = world_pending_disk(&n->world);
	text_add(t, "node %d%s, epoch %u: %u requests, %u messages, %u disk operations%s\n",
		 n->index, n->world.held ? " (held)" : "", state.epoch, state.requests, messages,
		 ios, state.recovery_disabled ? "; recovery is disabled" : "");
	sheep_pending_text(n->sheep, &own);
	text_add(t, "%s", text_get(&own));
	text_free(&own);
}

static void client_pending_text(const struct sheepsim_client *c, struct text *t)
{
	struct text own = {0};

	if (c->closed || !frontend_operations(c->frontend))
		return;
	text_add(t, "client %d, %u operations; its gateway is node %d%s\n", c->index,
		 frontend_operations(c->frontend), c->gateway->index,
		 node_is_running(c->gateway) ? "" : ", which does not run");
	frontend_pending_text(c->frontend, &own);
	indent(t, text_get(&own));
	text_free(&own);
}

void sim_pending_text(struct sheepsim *sim, struct text *t)
{
	const struct sheepsim_client *c;
	struct text driver = {0};

	for (int i = 0; i < sim->nr_nodes; i++)
		node_pending_text(sim->nodes[i], t);
	if (hub_pending(sim->hub)) {
		text_add(t, "the cluster driver\n");
		hub_pending_text(sim->hub, &driver);
		indent(t, text_get(&driver));
		text_free(&driver);
	}
	LIST_FOREACH (c, &sim->clients, link)
		client_pending_text(c, t);
	if (dogs_run(sim->admin)) {
		struct text own = {0};

		dogs_pending_text(sim->admin, &own);
		text_add(t, "dog\n");
		indent(t, text_get(&own));
		text_free(&own);
	}
}
