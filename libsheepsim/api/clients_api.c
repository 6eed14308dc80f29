/*
 * Virtual machines: clients, and which gateway they talk to.
 */
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"

#define CLOSE_LIMIT NSEC_PER_SEC /* closing waits no longer for locks to be given back */

/* The generation of this name, NULL the default; an error with all that there are. */
static int take_generation(struct sheepsim *sim, const char *name,
			   const struct generation **generation)
{
	struct text known = {0};
	const struct generation *d;
	int error;

	*generation = name ? generation_find(name) : generation_default();
	if (*generation)
		return 0;
	for (size_t i = 0; (d = generation_at(i)); i++)
		text_add(&known, "%s%s", i ? ", " : "", d->name);
	error = sim_fail(sim, SHEEPSIM_E_INVALID, "there is no client \"%s\"; known: %s", name,
			 text_get(&known));
	text_free(&known);
	return error;
}

const char *sheepsim_client_dialect(unsigned index, const char **words)
{
	const struct generation *d = generation_at(index);

	if (d && words)
		*words = d->words;
	return d ? d->name : NULL;
}

int sheepsim_client_open(struct sheepsim *sim, int node, struct sheepsim_client **client)
{
	return sheepsim_client_open_as(sim, node, &(struct sheepsim_client_options){0}, client);
}

int sheepsim_client_open_as(struct sheepsim *sim, int node,
			    const struct sheepsim_client_options *options,
			    struct sheepsim_client **client)
{
	struct node *n = sim_node(sim, node);
	struct frontend_options o = {.locks = true, .writeback = options->writeback};
	struct sheepsim_client *c;
	int error;

	*client = NULL;
	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	error = take_generation(sim, options->dialect, &o.generation);
	if (error < 0)
		return error;
	c = mem_alloc(sizeof *c);
	c->sim = sim;
	c->index = sim->next_client++;
	c->gateway = n;
	o.place = TRACE_CLIENT + c->index;
	o.gateway = n->rec.nid;
	c->frontend = frontend_new(&sim->universe, &o);
	LIST_INSERT_HEAD(&sim->clients, c, link);
	*client = c;
	return 0;
}

static void released(void *arg, const struct outcome *o)
{
	struct sheepsim_client *c = arg;

	(void)o;
	c->released = true;
}

static bool is_released(void *arg)
{
	return ((struct sheepsim_client *)arg)->released;
}

/* Gives the locks back, if time may pass and the gateway answers. */
static void release_locks(struct sheepsim_client *c)
{
	struct sheepsim *sim = c->sim;

	if (sim->depth > 0 || !node_is_running(c->gateway) || !frontend_locks_any(c->frontend))
		return;
	sim_enter(sim);
	frontend_release(c->frontend, released, c);
	sim_leave(sim);
	if (sim_wait(sim, is_released, c, CLOSE_LIMIT, "locks") < 0)
		text_clear(&sim->error);
}

void sheepsim_client_close(struct sheepsim_client *client)
{
	struct sheepsim *sim;

	if (!client || client->closed)
		return;
	sim = client->sim;
	release_locks(client);
	sim_enter(sim);
	client->closed = true;
	sim->sweep = true;
	sim_leave(sim);
}

static void client_free(struct sheepsim_client *c)
{
	struct sheepsim *sim = c->sim;
	const struct answer_tally *t = frontend_tally(c->frontend);

	sim->gone.requests += t->requests;
	sim->gone.strays += t->strays;
	sim->gone.mismatched += t->mismatched;
	if (t->first[0] && !sim->gone.first[0])
		memcpy(sim->gone.first, t->first, sizeof sim->gone.first);
	frontend_free(c->frontend);
	LIST_REMOVE(c, link);
	text_free(&c->last_words);
	free(c);
}

static struct sheepsim_client *closed_client(const struct sheepsim *sim)
{
	struct sheepsim_client *c;

	LIST_FOREACH (c, &sim->clients, link)
		if (c->closed)
			break;
	return c;
}

/* What is under way ends as lost, which calls the user back: others may be closed by that. */
void sim_clients_sweep(struct sheepsim *sim)
{
	struct sheepsim_client *c;

	while ((c = closed_client(sim)))
		client_free(c);
}

void sim_clients_free(struct sheepsim *sim)
{
	struct sheepsim_client *c;

	while ((c = LIST_FIRST(&sim->clients))) {
		c->closed = true;
		sim_clients_sweep(sim);
	}
}

int sheepsim_client_move(struct sheepsim_client *client, int node)
{
	struct sheepsim *sim = client->sim;
	struct node *n = sim_node(sim, node);

	if (!n)
		return SHEEPSIM_E_NOT_FOUND;
	client->gateway = n;
	sim_enter(sim);
	frontend_move(client->frontend, &n->rec.nid);
	sim_leave(sim);
	return 0;
}

const struct sheepsim_done *sheepsim_last(const struct sheepsim_client *client)
{
	return &client->last;
}
