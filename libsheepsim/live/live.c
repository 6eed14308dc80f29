/*
 * Starting and stopping, and the end of each turn.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "live/control.h"

/* ------------------------------------------------------------------ the end of a turn */

/* Requests that are half read hold all the memory that there may be, and nothing else will be
 * answered: whoever holds most has to go. */
static void shed(struct sheepsim_live *live)
{
	struct link *l, *most = NULL;

	LIST_FOREACH (l, &live->links, entry)
		if (l->payload_len > 0 && (!most || l->payload_len > most->payload_len))
			most = l;
	if (!most)
		return;
	live_log(live,
		 "limit: a client of node %d is closed, which has sent %zu bytes of a request",
		 most->node, most->payload_len);
	link_close(most);
}

static void check_fullness(struct sheepsim_live *live)
{
	struct link *l;

	if (!live->full)
		return;
	if (live->counts.in_flight >= live->options.in_flight) {
		if (live->counts.waiting > 0)
			return;
		shed(live);
	}
	live->full = false;
	LIST_FOREACH (l, &live->links, entry)
		link_touch(l);
}

static void settle_link(struct link *l)
{
	if (!l->broken && !output_write(l))
		l->broken = true;
	if (l->broken || (l->node_gone && STAILQ_EMPTY(&l->out)))
		link_close(l);
	else
		link_pace(l);
}

static void check_drain(struct sheepsim_live *live)
{
	void (*drained)(void *arg) = live->drained;

	if (!drained)
		return;
	if ((live->counts.waiting > 0 || live->counts.unwritten > 0 ||
	     (live->recording && tasks_wait(live))) &&
	    wall_now() < live->drain_until)
		return;
	ev_timer_stop(live->loop, &live->drain_timer);
	live->drained = NULL;
	/* what the owner does from here on comes from nobody outside */
	recording_stop(live);
	drained(live->drained_arg);
}

/* Nothing that is not in the file may be promised any more: all connections end. */
static void give_up(struct sheepsim_live *live)
{
	live->error = mem_string(sheepsim_errmsg(live->sim));
	live_log(live, "%s: nothing is served any more", live->error);
	live->draining = true;
	live->look = true;
	while (!LIST_EMPTY(&live->links))
		link_close(LIST_FIRST(&live->links));
	if (live->options.end)
		live->options.end(live->options.end_arg);
}

/* Before answers leave, what they promise is in the cluster's file: one sync for all of a turn. */
static void sync_file(struct sheepsim_live *live)
{
	uint64_t now;

	if (live->error)
		return;
	now = wall_now();
	/* who looks at the run's database sees it grow */
	if (now - live->told >= NSEC_PER_SEC) {
		live->told = now;
		if (sheepsim_record_sync(live->sim) < 0)
			give_up(live);
	}
	if (!live->sim->database || live->error)
		return;
	if (live->counts.unwritten == 0 && !control_speaks(live) &&
	    now - live->synced < NSEC_PER_SEC)
		return;
	live->synced = now;
	if (sheepsim_sync(live->sim) < 0)
		give_up(live);
}

void live_settle(struct sheepsim_live *live)
{
	struct link *l;

	control_run(live);
	if (live->look)
		ports_follow(live);
	check_fullness(live);
	sync_file(live);
	while ((l = TAILQ_FIRST(&live->dirty))) {
		TAILQ_REMOVE(&live->dirty, l, dirty_link);
		l->dirty = false;
		settle_link(l);
	}
	recording_flush(live);
	control_write(live);
	check_drain(live);
}

/* ------------------------------------------------------------------ the host */

static void changed(void *arg, struct world *w)
{
	struct sheepsim_live *live = arg;

	if (w->place >= 0 && w->place < TRACE_CLIENT)
		live->look = true;
}

/* The simulation is served from now on. */
static int attach(struct sheepsim_live *live, struct sheepsim *sim)
{
	int error;

	live->sim = sim;
	if (sim->host)
		return sim_fail(sim, SHEEPSIM_E_STATE, "this simulation is served already");
	sim->host = &live->host;
	sim_hear_clients(sim);
	sim->universe.changed = changed;
	sim->universe.changed_arg = live;
	error = pace_start(live);
	if (error == 0)
		error = ports_directory(live);
	if (error == 0)
		error = ports_adopt(live);
	if (error == 0 && live->options.control)
		error = control_start(live, live->options.control);
	return error;
}

static void detach(struct sheepsim_live *live)
{
	struct sheepsim *sim = live->sim;

	if (!sim || sim->host != &live->host)
		return;
	control_stop(live);
	recording_stop(live);
	while (!LIST_EMPTY(&live->links))
		link_close(LIST_FIRST(&live->links));
	ports_close(live);
	pace_stop(live);
	sim->host = NULL;
	sim->universe.changed = NULL;
}

/* ------------------------------------------------------------------ starting */

static void set_options(struct sheepsim_live *live, const struct sheepsim_live_options *wanted)
{
	static const struct sheepsim_live_options none;
	struct sheepsim_live_options *o = &live->options;

	*o = wanted ? *wanted : none;
	o->listen = mem_string(o->listen ? o->listen : "127.0.0.1");
	if (o->unix_dir)
		o->unix_dir = mem_string(o->unix_dir);
	if (o->control)
		o->control = mem_string(o->control);
	if (o->file)
		o->file = mem_string(o->file);
	if (o->record)
		o->record = mem_string(o->record);
	if (!o->speed)
		o->speed = 1000;
	if (!o->connections)
		o->connections = DEFAULT_CONNECTIONS;
	if (!o->requests)
		o->requests = DEFAULT_REQUESTS;
	if (!o->request_size)
		o->request_size = DEFAULT_REQUEST_SIZE;
	if (!o->backlog)
		o->backlog = DEFAULT_BACKLOG;
	if (!o->in_flight)
		o->in_flight = DEFAULT_IN_FLIGHT;
	if (!o->abandoned)
		o->abandoned = DEFAULT_ABANDONED;
}

static void retry(struct ev_loop *loop, ev_timer *w, int events)
{
	struct sheepsim_live *live = w->data;

	(void)loop;
	(void)events;
	live->look = true;
}

/* Its only purpose is that the loop turns: check_drain() and sync_file() look at the time. */
static void only_turn(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
}

static struct sheepsim_live *live_new(struct ev_loop *loop,
				      const struct sheepsim_live_options *options)
{
	struct sheepsim_live *live = mem_alloc(sizeof *live);

	set_options(live, options);
	live->loop = loop;
	live->host = (struct sim_host){
		.place = ports_place,
		.removed = ports_removed,
		.move = ports_move,
		.pauses = tasks_pauses,
		.pause = tasks_pause,
	};
	live->pace.timer_fd = -1;
	live->control.fd = -1;
	TAILQ_INIT(&live->control.consoles);
	STAILQ_INIT(&live->control.tasks);
	LIST_INIT(&live->links);
	TAILQ_INIT(&live->dirty);
	ev_timer_init(&live->retry, retry, 0.2, 0.);
	live->retry.data = live;
	ev_timer_init(&live->drain_timer, only_turn, 0., 0.);
	ev_timer_init(&live->tick, only_turn, 1., 1.);
	return live;
}

static void live_free(struct sheepsim_live *live)
{
	detach(live);
	ev_timer_stop(live->loop, &live->retry);
	ev_timer_stop(live->loop, &live->drain_timer);
	ev_timer_stop(live->loop, &live->tick);
	if (live->run)
		console_close(live->run);
	free((char *)live->options.listen);
	free((char *)live->options.unix_dir);
	free((char *)live->options.control);
	free((char *)live->options.file);
	free((char *)live->options.record);
	free(live->error);
	free(live);
}

int sheepsim_live_start(struct sheepsim_live **live, struct sheepsim *sim, struct ev_loop *loop,
			const struct sheepsim_live_options *options)
{
	int error;

	*live = live_new(loop, options);
	error = attach(*live, sim);
	if (error == 0 && ((*live)->options.record || (*live)->options.file))
		error = sim_fail(sim, SHEEPSIM_E_INVALID,
				 "only a scenario can be recorded, or kept in a file by this");
	if (error < 0) {
		live_free(*live);
		*live = NULL;
	}
	return error;
}

/* `cluster' has made the simulation; its nodes are still to come. */
static int cluster_opened(void *arg, struct sheepsim *sim)
{
	return attach(arg, sim);
}

static int take_words(const struct sheepsim_live *live, char message[512])
{
	snprintf(message, 512, "%s", sheepsim_errmsg(live->sim));
	return SHEEPSIM_E_FILE;
}

/* Whoever has asked for other ports than a cluster has that goes on looks for it in vain. */
static void tell_ports(struct sheepsim_live *live)
{
	const struct sheepsim_live_options *o = &live->options;

	if (o->port && live->nr_doors > 0 && live->doors[0] && live->doors[0]->number != o->port)
		live_log(live,
			 "%s: this cluster keeps the ports that it had: node 0 has %u, not %u",
			 o->file, live->doors[0]->number, o->port);
}

/* Makes the cluster, or goes on with the one in the file. */
static int make_cluster(struct sheepsim_live *live, const char *text, struct text *transcript,
			char message[512])
{
	const struct sheepsim_live_options *o = &live->options;
	int error = 1;

	console_keep(live->run, o->file, o->scratch);
	if (o->file)
		error = console_reopen(live->run, message);
	if (error == 0 && o->record) {
		snprintf(message, 512, "%s: what goes on from a file cannot be recorded", o->file);
		error = SHEEPSIM_E_INVALID;
	}
	if (error == 0)
		tell_ports(live);
	if (error > 0)
		error = console_text(live->run, text, transcript, message);
	if (error == 0 && !live->sim) {
		snprintf(message, 512, "%s: there is no `cluster' in this scenario",
			 live->run->name);
		error = SHEEPSIM_E_SCENARIO;
	}
	return error;
}

int sheepsim_live_open(struct sheepsim_live **live, const char *text,
		       const struct sheepsim_scenario *scenario, struct ev_loop *loop,
		       const struct sheepsim_live_options *options, char message[512])
{
	struct text transcript = {0};
	int error;

	*live = live_new(loop, options);
	(*live)->run = console_open(scenario, cluster_opened, *live);
	error = make_cluster(*live, text, &transcript, message);
	if (error == 0 &&
	    (sheepsim_sync((*live)->sim) < 0 || recording_start(*live, text_get(&transcript)) < 0))
		error = take_words(*live, message);
	text_free(&transcript);
	if (error == 0 && ((*live)->sim->database || (*live)->sim->record))
		ev_timer_start(loop, &(*live)->tick);
	if (error < 0) {
		live_free(*live);
		*live = NULL;
	}
	return error;
}

/* ------------------------------------------------------------------ looking */

struct sheepsim *sheepsim_live_sim(struct sheepsim_live *live)
{
	return live->sim;
}

int sheepsim_live_address(struct sheepsim_live *live, int node,
			  struct sheepsim_live_address *address)
{
	const struct doors *d;

	memset(address, 0, sizeof *address);
	if (!sim_node(live->sim, node))
		return SHEEPSIM_E_NOT_FOUND;
	if (live->look)
		ports_follow(live);
	d = live->doors[node];
	address->host = d->host;
	address->port = d->number;
	address->listening = d->ports[0].fd >= 0;
	for (unsigned i = 0; i < d->nr; i++)
		if (d->ports[i].path)
			address->unix_path = d->ports[i].path;
	return 0;
}

const char *sheepsim_live_error(const struct sheepsim_live *live)
{
	return live->error;
}

void sheepsim_live_counts(const struct sheepsim_live *live, struct sheepsim_live_counts *counts)
{
	*counts = live->counts;
	counts->abandoned = live_abandoned(live);
}

/* ------------------------------------------------------------------ the end */

void sheepsim_live_drain(struct sheepsim_live *live, uint64_t within, void (*done)(void *arg),
			 void *arg)
{
	live->draining = true;
	live->look = true;
	live->drain_until = wall_now() + within;
	live->drained = done;
	live->drained_arg = arg;
	ev_timer_set(&live->drain_timer, (double)within / 1e9, 0.);
	ev_timer_start(live->loop, &live->drain_timer);
}

void sheepsim_live_stop(struct sheepsim_live *live)
{
	if (!live)
		return;
	assert(!live->sim || live->sim->depth == 0);
	live_free(live);
}
