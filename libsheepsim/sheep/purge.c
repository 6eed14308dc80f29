/*
 * Purging stale copies (R542, R545): what there is to be deleted is listed at once, and unlinked in
 * the background, one after the other. So a copy can be found until its turn comes; one that is set
 * aside meanwhile is not on the list, unless it takes the name of one that is (R505).
 */
#include <stdlib.h>

#include "sheep/node.h"

struct purge {
	struct task task;
	struct work work;
	struct sheep *sheep;
	struct store_key *keys;
	uint32_t nr, cap;
	uint32_t next;
	struct disk_io io;
};

static void purge_drop(struct task *t)
{
	struct purge *p = container_of(t, struct purge, task);

	free(p->keys);
	free(p);
}

static void list_one(void *arg, struct store_key k)
{
	struct purge *p = arg;

	if (k.stale_epoch == 0)
		return;
	if (p->nr == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 16;
		p->keys = mem_resize(p->keys, p->cap, sizeof(*p->keys));
	}
	p->keys[p->nr++] = k;
}

static void unlink_next(struct purge *p);

static void unlinked(struct disk_io *io, int error)
{
	struct purge *p = container_of(io, struct purge, io);

	if (p->sheep->ended)
		return;
	/* One that cannot be unlinked stays; nobody is told. */
	if (!error)
		store_delete(p->sheep->store, p->keys[p->next]);
	p->next++;
	unlink_next(p);
}

static void unlink_next(struct purge *p)
{
	const struct store_key *k;

	if (p->next == p->nr) {
		work_end(&p->work);
		task_remove(&p->task);
		purge_drop(&p->task);
		return;
	}
	k = &p->keys[p->next];
	p->io = (struct disk_io){
		.done = unlinked, .kind = DISK_META, .oid = k->oid, .disk = k->disk - 1u};
	world_disk(p->sheep->world, &p->io);
}

static void purge_run(struct work *w)
{
	unlink_next(container_of(w, struct purge, work));
}

void objects_purge_stale(struct sheep *s)
{
	struct purge *p = mem_alloc(sizeof(*p));

	p->sheep = s;
	store_each(s->store, list_one, p);
	world_note(s->world, TRACE_PURGE, node_epoch(s), p->nr, 0, 0);
	task_add(s, &p->task, purge_drop);
	work_start(s, QUEUE_UNLINK, &p->work, purge_run);
}
