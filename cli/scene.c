/* Moments: the files, the listening, the result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "moment.h"
#include "scene.h"

struct scene {
	const char *name;
	struct vector peer, cluster;
	bool has_peer, has_cluster;
	struct heard captured, got;
};

/* Reads the item's file in a folder, if it has one. */
static bool read_file(struct player *p, const struct sequence *s, const struct item *item,
		      const char *folder, struct vector *v, bool *has)
{
	size_t size;
	char *path;
	bool good;

	for (size_t i = 0; i < item->nr_files; i++) {
		if (strncmp(item->files[i], folder, strlen(folder)) != 0)
			continue;
		size = strlen(s->folder) + strlen(item->files[i]) + 9;
		path = need(malloc(size));
		snprintf(path, size, "%s/../%s.txt", s->folder, item->files[i]);
		good = vector_read(v, path, p->error);
		free(path);
		*has = good;
		return good;
	}
	return true;
}

/* ------------------------------------------------------------------ the end of a moment */

static void show(struct player *p, const struct moment *m)
{
	struct play_totals *t = &p->totals;
	bool whole = m->differences == 0;

	printf("%s %-32s %u of %u exchanges between nodes, %u of %u events\n",
	       whole ? "ok    " : "DIFFER", m->name, m->equal, m->exchanges, m->equal_happenings,
	       m->happenings);
	for (int i = 0; i < NR_EXCEPTIONS && p->verbose; i++) {
		if (m->excepted[i] > 0)
			printf("       except for %s (%u times)\n", exception_what(i),
			       m->excepted[i]);
	}
	t->exchanges += m->exchanges;
	t->exchanges_equal += m->equal;
	t->happenings += m->happenings;
	t->happenings_equal += m->equal_happenings;
	t->moments++;
	t->moments_whole += whole;
}

static void compare(struct player *p, struct scene *s)
{
	struct moment m = {.masks = p->masks,
			   .name = s->name,
			   .captured = &s->captured,
			   .got = &s->got,
			   .disputed = &p->disputed,
			   .verbose = p->verbose};

	if (s->has_peer)
		moment_match_exchanges(&m);
	if (s->has_cluster)
		moment_match_happenings(&m);
	show(p, &m);
}

void scene_drop(struct player *p)
{
	struct scene *s = p->scene;

	if (s == NULL)
		return;
	listen_into(&p->listener, NULL);
	heard_free(&s->captured);
	heard_free(&s->got);
	if (s->has_peer)
		vector_free(&s->peer);
	if (s->has_cluster)
		vector_free(&s->cluster);
	free(s);
	p->scene = NULL;
}

/* ------------------------------------------------------------------ its beginning */

static bool begin(struct player *p, const struct sequence *q, const struct item *item)
{
	struct scene *s = need(calloc(1, sizeof(*s)));

	p->scene = s;
	s->name = item->name;
	if (!read_file(p, q, item, "peer/", &s->peer, &s->has_peer) ||
	    !read_file(p, q, item, "cluster/", &s->cluster, &s->has_cluster))
		return false;
	if (!s->has_peer && !s->has_cluster) {
		scene_drop(p);
		return true;
	}
	if (!heard_captured(&s->captured, s->has_peer ? &s->peer : NULL,
			    s->has_cluster ? &s->cluster : NULL, p->error))
		return false;
	listen_into(&p->listener, &s->got);
	return true;
}

bool scene_begin(struct player *p, const struct sequence *s, const struct item *item)
{
	if (p->scene != NULL)
		compare(p, p->scene);
	scene_drop(p);
	return item == NULL || begin(p, s, item);
}
