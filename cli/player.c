/* Playing sequences: the cluster, its nodes, and the order of things. Steps are in play_step.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "play_dog.h"
#include "play_step.h"
#include "player.h"
#include "scene.h"

/* A process takes about so long from its start to its join, and others go on meanwhile: as captures
 * show in which a node joins while another one recovers. */
#define PROCESS_BEGINS (10 * SHEEPSIM_MILLISECOND)

#define MAX_DEPTH 16 /* captures that go on from one another */

/* ------------------------------------------------------------------ what the sequence does */

static bool any_held(struct player *p)
{
	struct sheepsim_node_info info;

	for (int i = 0; i < sheepsim_nodes(p->sim); i++) {
		if (sheepsim_node_info(p->sim, i, &info) == 0 && info.state == SHEEPSIM_NODE_HELD)
			return true;
	}
	return false;
}

/* After a start the real thing went on when the node listened; here, when it has joined, which is
 * not later. A held member keeps it from that. */
static int start_node(struct player *p, const struct item *item)
{
	int error = sheepsim_run(p->sim, PROCESS_BEGINS);

	if (error >= 0)
		error = sheepsim_start(p->sim, item->node);
	if (error < 0 || item->no_wait)
		return error;
	if (any_held(p))
		return sheepsim_run(p->sim, 100 * SHEEPSIM_MILLISECOND);
	error = sheepsim_run_until(p->sim, SHEEPSIM_JOINED, 10 * SHEEPSIM_SECOND);
	return error == SHEEPSIM_E_NO_PROGRESS ? 0 : error;
}

/* What follows a kill or stop begins when the process is gone. */
static int await_end(struct player *p, int node)
{
	struct sheepsim_node_info info;
	int error = 0;

	for (unsigned int i = 0; i < 1000 && error >= 0; i++) {
		error = sheepsim_node_info(p->sim, node, &info);
		if (error < 0 || info.state == SHEEPSIM_NODE_OFF)
			return error;
		error = sheepsim_run(p->sim, 10 * SHEEPSIM_MILLISECOND);
	}
	return error;
}

static int wait_recovery(struct player *p)
{
	int error = sheepsim_run_until(p->sim, SHEEPSIM_RECOVERED, 600 * SHEEPSIM_SECOND);

	return error == SHEEPSIM_E_NO_PROGRESS ? 0 : error;
}

int player_act(struct player *p, const struct item *item)
{
	int error = 0;

	switch (item->kind) {
	case ITEM_START:
		return start_node(p, item);
	case ITEM_KILL:
		return sheepsim_kill(p->sim, item->node);
	case ITEM_STOP:
		error = sheepsim_stop(p->sim, item->node);
		return error < 0 ? error : await_end(p, item->node);
	case ITEM_HOLD:
		return sheepsim_hold(p->sim, item->node);
	case ITEM_RELEASE:
		return sheepsim_release(p->sim, item->node);
	case ITEM_REMOVE:
		return sheepsim_object_remove(p->sim, item->node, item->oid, (uint8_t)item->strip);
	case ITEM_DAMAGE:
		return sheepsim_object_damage(p->sim, item->node, item->oid, 0, item->offset,
					      item->text, strlen(item->text));
	case ITEM_COPY_METADATA:
		return sheepsim_copy_metadata(p->sim, item->node, item->other, 0);
	case ITEM_WAIT:
		return sheepsim_run(p->sim, item->ns);
	case ITEM_WAIT_RECOVERY:
		return wait_recovery(p);
	case ITEM_KILL_TGTD:
		play_close_tgtd(p);
		return 0;
	default:
		return 0;
	}
}

/* ------------------------------------------------------------------ sequences */

static bool failed(struct player *p, const struct sequence *s, unsigned int line)
{
	snprintf(p->error, sizeof(p->error), "%s:%u: %.300s", s->path, line,
		 sheepsim_errmsg(p->sim));
	return false;
}

static bool open_cluster(struct player *p, const struct sequence *s)
{
	struct sheepsim_options options = {.random_streams = true};

	if (s->nr_nodes == 0) {
		snprintf(p->error, sizeof(p->error), "%s: it has no topology", s->path);
		return false;
	}
	if (sheepsim_open(&p->sim, &options) < 0 || listen_to(&p->listener, p->sim) < 0)
		return failed(p, s, 0);
	for (size_t i = 0; i < s->nr_nodes; i++) {
		const struct topology_node *t = &s->nodes[i];
		struct sheepsim_node n = {
			.address = t->address,
			.port = t->port,
			.io_address = t->io_address[0] != '\0' ? t->io_address : NULL,
			.io_port = t->io_port,
			.zone = t->zone,
			.zone_set = true,
			.space = t->space,
			.vnodes = t->vnodes,
			.gateway = t->gateway,
			.disks = t->disks,
		};

		if (sheepsim_node_add(p->sim, &n) < 0)
			return failed(p, s, 0);
	}
	if (p->dog && play_dog_open(p) < 0)
		return failed(p, s, 0);
	return channels_open(&p->channels, p->sim, p->tcp) || failed(p, s, 0);
}

static bool play_items(struct player *p, const struct sequence *s)
{
	for (size_t i = 0; i < s->nr_items; i++) {
		const struct item *item = &s->items[i];

		if ((item->kind == ITEM_MOMENT || item->kind == ITEM_STEP) &&
		    !scene_begin(p, s, item))
			return false;
		if (item->kind == ITEM_MOMENT)
			continue;
		if (item->kind == ITEM_STEP) {
			if (!play_step(p, s, item))
				return false;
		} else if (player_act(p, item) < 0) {
			return failed(p, s, item->line);
		}
	}
	return scene_begin(p, s, NULL);
}

bool player_play(struct player *p, const char *path)
{
	struct sequence s;
	bool good = sequence_read(&s, path, p->error);

	if (!good)
		return false;
	if (s.shepherd) {
		printf("left out: %s: its cluster driver is shepherd\n", path);
		sequence_free(&s);
		return true;
	}
	if (s.continues != NULL) {
		size_t size = strlen(s.folder) + strlen(s.continues) + 6;
		char *before = need(malloc(size));

		snprintf(before, size, "%s/%s.txt", s.folder, s.continues);
		good = p->depth++ < MAX_DEPTH;
		if (good)
			good = player_play(p, before);
		else
			snprintf(p->error, sizeof(p->error), "%s continues itself", path);
		p->depth--;
		free(before);
	} else {
		good = open_cluster(p, &s);
	}
	if (good) {
		printf("%s\n", path);
		good = play_items(p, &s);
	}
	sequence_free(&s);
	return good;
}

void player_close(struct player *p)
{
	play_close_all(p);
	channels_close(&p->channels);
	scene_drop(p);
	if (p->sim != NULL)
		sheepsim_close(p->sim);
	p->sim = NULL;
	play_dog_close(p);
	listener_free(&p->listener);
	free(p->disputed.list);
}
