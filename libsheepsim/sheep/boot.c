/* The life of the process: start, stop, exit (R201-R205, R232-R234). */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sheep/disks.h"
#include "sheep/gateway.h"
#include "sheep/journal.h"
#include "sheep/level.h"
#include "sheep/recovery.h"
#include "sheep/vdi.h"
#include "sheepsim/wire/older.h"

/* LOG_DEBUG: every captured node was started with it. */
#define LOGLEVEL_DEFAULT 7

struct sheep *sheep_new(struct world *w, struct commons *commons, struct hub *hub,
			struct store *store, const struct sheep_options *options)
{
	struct sheep *s = mem_alloc(sizeof(*s));

	s->world = w;
	s->commons = commons;
	s->hub = hub;
	s->store = store;
	s->options = *options;
	if (!s->options.quirks)
		s->options.quirks = &quirks_usual;
	LIST_INIT(&s->tasks);
	TAILQ_INIT(&s->laters);
	LIST_INIT(&s->clients);
	TAILQ_INIT(&s->waitlist);
	TAILQ_INIT(&s->blocks);
	TAILQ_INIT(&s->notifies);
	TAILQ_INIT(&s->reweighs);
	for (int i = 0; i < NR_QUEUES; i++) {
		s->queues[i].sheep = s;
		s->queues[i].ordered = i >= QUEUE_BLOCK; /* R003 */
		TAILQ_INIT(&s->queues[i].waiting);
	}
	s->wildcard = options->wildcard;
	s->gathered = 1; /* R546 */
	s->loglevel = LOGLEVEL_DEFAULT;
	vdis_init(s);
	return s;
}

/* Cluster info and member record from what the disks hold (R202, R203, R205). False: it cannot
 * start. */
static bool load_disks(struct sheep *s, struct store_config *config)
{
	store_config_get(s->store, config);
	if (!config->space && !node_is_gateway(s)) {
		config->space = s->options.rec.space;
		if (config_put(s, config) != SD_RES_SUCCESS)
			return false;
	}
	s->me.space = node_is_gateway(s) ? 0 : config->space;

	s->ci.status = SD_STATUS_WAIT;
	s->ci.ctime = config->ctime;
	s->ci.nr_copies = config->nr_copies;
	s->ci.copy_policy = config->copy_policy;
	s->ci.block_size_shift = config->block_size_shift;
	memcpy(s->ci.default_store, config->store_name, sizeof(s->ci.default_store));
	s->ci.flags = config->flags;
	/* A gateway has no say in it: what it took over when it joined first (R210) stays. */
	if (!node_is_gateway(s) || !config->ctime) {
		s->ci.flags &= (uint16_t)~SD_CLUSTER_FLAG_AUTO_VNODES;
		if (s->options.auto_vnodes)
			s->ci.flags |= SD_CLUSTER_FLAG_AUTO_VNODES;
	}

	s->ci.epoch = store_log_highest(s->store);
	if (s->ci.epoch > 0) {
		struct members *m = epoch_members(s, s->ci.epoch);

		ci_set_members(s, m);
		members_unref(s->commons, m);
	}
	return true;
}

/* The refusals of R204 that this build has. NULL: it may start. */
static const char *refusal(const struct sheep *s, const struct store_config *config)
{
	bool was_auto = config->flags & SD_CLUSTER_FLAG_AUTO_VNODES;
	uint16_t recorded = 0;

	if (!config->ctime || node_is_gateway(s))
		return NULL;
	if (was_auto != s->options.auto_vnodes)
		return "automatic or fixed vnodes: other than it was formatted with";
	if (was_auto || !s->ci_members)
		return NULL;
	for (uint32_t i = 0; i < s->ci_members->nr; i++) {
		if (node_is_me(s, &s->ci_members->rec[i].nid))
			recorded = s->ci_members->rec[i].nr_vnodes;
	}
	return recorded == s->me.nr_vnodes ? NULL : "number of vnodes: other than in its epoch log";
}

/* What is announced (R811); R302 computes others. */
static void announce_vnodes(struct sheep *s)
{
	if (s->options.gateway)
		s->me.nr_vnodes = 0;
	else if (s->options.auto_vnodes)
		s->me.nr_vnodes =
			node_release(s)->old_placement ? SD_DEFAULT_VNODES_08 : SD_DEFAULT_VNODES;
}

void sheep_start(struct sheep *s)
{
	struct store_config config;
	const char *why;
	bool writable;

	s->me = s->options.rec;
	disks_open(s);
	writable = load_disks(s, &config);
	level_init(s, &config);
	announce_vnodes(s);
	world_note(s->world, TRACE_NODE_START, s->ci.epoch, 0, 0, 0);
	why = writable ? refusal(s, &config) : "the config record cannot be written";
	if (why) {
		node_exit(s, 1, "%s", why);
		return;
	}
	world_listen(s->world, &s->me.nid, client_accept, s);
	s->listening = true;

	/* The join is submitted before the store is scanned, but nothing is delivered before
	 * (R203). */
	s->driver = driver_open(s->hub, s->world, s->commons, &membership_callbacks, s);
	membership_join(s);
	if (!journal_open(s))
		return;
	if (config.store_name[0] && !node_is_gateway(s)) {
		objects_open(s);
		s->store_open = true;
	}
}

/* R201: each of its four values comes from here, but the first WAIT and that of an adopted info. */
void node_set_status(struct sheep *s, uint8_t status)
{
	if (s->ci.status == status)
		return;
	if (status == SD_STATUS_KILLED)
		s->status_alive = s->ci.status;
	s->ci.status = status;
	world_note(s->world, TRACE_NODE_STATUS, status, node_epoch(s), 0, 0);
}

void node_exit(struct sheep *s, int status, const char *format, ...)
{
	char why[120];
	va_list args;

	if (s->ended)
		return;
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	s->ended = true;
	world_words(s->world, TRACE_NODE_EXIT, (uint64_t)status, 0, "%s", why);
	s->options.ended(s->options.owner, status, why);
}

/* R234: SIGTERM; what the others see of it is a leave. */
void sheep_terminate(struct sheep *s)
{
	if (s->ended)
		return;
	node_set_status(s, SD_STATUS_KILLED);
	node_drain(s);
}

void node_drain(struct sheep *s)
{
	bool killed = s->ci.status == SD_STATUS_KILLED;

	if (s->ended || s->leaving || s->client_requests > 0)
		return;
	if (!killed && s->ci.status != SD_STATUS_SHUTDOWN)
		return;
	s->leaving = true;
	journal_close(s);
	if (s->driver)
		driver_leave(s->driver);
	node_exit(s, 0, "%s", killed ? "killed" : "shut down");
}

void node_leave_cluster(struct sheep *s)
{
	if (s->ex_member || s->leaving || s->to_be_ex_member)
		return;
	s->to_be_ex_member = true;
	world_words(s->world, TRACE_ALERT, 0, node_epoch(s), "leaving the cluster");
	driver_leave(s->driver);
}

void sheep_free(struct sheep *s)
{
	struct task *t;

	s->ended = true;
	if (s->driver)
		driver_close(s->driver);
	clients_free(s);
	while ((t = LIST_FIRST(&s->tasks))) {
		void (*drop)(struct task *) = t->drop;

		task_remove(t);
		drop(t);
	}
	recovery_free(s);
	calls_free(s);
	journal_free(s);
	vdis_free(s);
	objlist_free(s);
	ci_free(s);
	members_unref(s->commons, s->driver_members);
	view_unref(s->commons, s->view);
	free(s->completed);
	free(s);
}
