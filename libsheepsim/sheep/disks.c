#include <assert.h>
#include <string.h>

#include "sheep/cluster_ops.h"
#include "sheep/disks.h"
#include "sheep/recovery.h"

static void note_change(struct sheep *s, uint8_t disk, const char *what)
{
	struct store_disk d;

	store_disk(s->store, disk, &d);
	world_words(s->world, TRACE_DISK, store_nr_plugged(s->store), 0, "%s %s", what, d.path);
}

void disks_open(struct sheep *s)
{
	store_open(s->store);
	world_disks(s->world, store_nr_disks(s->store));
}

uint32_t disk_queue(const struct sheep *s, uint64_t oid)
{
	uint8_t disk = store_home(s->store, oid);

	return disk ? disk - 1u : 0;
}

/* ------------------------------------------------------------------ plugging and unplugging */

/*
 * A path that the node never had: its directory is made (R717). It gets a file system of its own,
 * as large as that of the node's first disk: nobody has said how large it is.
 */
static uint8_t new_disk(struct sheep *s, const char *path)
{
	struct store_disk first;

	store_disk(s->store, 1, &first);
	return store_disk_add(s->store, path, first.capacity);
}

bool disks_plug(struct sheep *s, const char *path)
{
	uint8_t disk = store_disk_find(s->store, path);

	if (!disk)
		disk = new_disk(s, path);
	if (!disk || !store_plug(s->store, disk))
		return false;
	world_disks(s->world, store_nr_disks(s->store)); /* it may have been added from outside */
	note_change(s, disk, "plugged");
	return true;
}

bool disks_unplug(struct sheep *s, const char *path)
{
	uint8_t disk = store_disk_find(s->store, path);

	if (!disk || !store_unplug(s->store, disk))
		return false;
	note_change(s, disk, "unplugged");
	return true;
}

/* R551: it leaves, and ends when nothing of clients is outstanding (R232). */
static void last_is_gone(struct sheep *s)
{
	world_words(s->world, TRACE_ALERT, 0, node_epoch(s), "no disk is left");
	node_leave_cluster(s);
	node_set_status(s, SD_STATUS_KILLED);
	node_drain(s);
}

/* R550 */
void disks_changed(struct sheep *s)
{
	if (store_nr_plugged(s->store) == 0)
		last_is_gone(s);
	else if (s->ci.status == SD_STATUS_OK)
		recovery_start(s, false, s->view);
}

/* ------------------------------------------------------------------ failure (R716) */

static bool is_failed(const struct sheep *s, uint8_t disk)
{
	return memchr(s->failed_disks, disk, s->nr_failed_disks) != NULL;
}

static void drop_failed(struct later *l)
{
	struct sheep *s = container_of(l, struct sheep, drop_disks);
	bool changed = false;

	for (uint32_t i = 0; i < s->nr_failed_disks; i++) {
		uint8_t disk = s->failed_disks[i];

		if (!store_unplug(s->store, disk))
			continue; /* it was unplugged meanwhile */
		note_change(s, disk, "failed");
		changed = true;
	}
	s->nr_failed_disks = 0;
	if (changed)
		disks_changed(s);
}

uint32_t disk_failed(struct sheep *s, uint8_t disk)
{
	assert(disk > 0);
	if (!is_failed(s, disk))
		s->failed_disks[s->nr_failed_disks++] = disk;
	loop_later(s, &s->drop_disks, drop_failed);
	for (uint32_t i = 0; i < store_nr_plugged(s->store); i++) {
		if (!is_failed(s, store_plugged(s->store, i)))
			return SD_RES_NETWORK_ERROR; /* so that the gateway asks again */
	}
	return SD_RES_EIO;
}

/* ------------------------------------------------------------------ size (R238) */

/*
 * The answer carries the epoch of the moment in which it is sent (R402), and is sent after the node
 * has got its own update, as captured: the driver has it at hand, and the loop sends last.
 */
static void hold_answer(struct sheep *s, struct request *r)
{
	r->held = true;
	TAILQ_INSERT_TAIL(&s->reweighs, r, cluster_link);
}

void disks_reweighed(struct sheep *s)
{
	struct request *r;

	while ((r = TAILQ_FIRST(&s->reweighs))) {
		TAILQ_REMOVE(&s->reweighs, r, cluster_link);
		request_answer(r, SD_RES_SUCCESS);
	}
}

uint32_t reweight_effect(struct sheep *s, const struct cluster_msg *m)
{
	struct node_rec me = s->me;
	uint64_t space = store_size(s->store);
	uint64_t change = space > me.space ? space - me.space : me.space - space;
	struct store_config c;
	uint32_t result;

	if (node_is_gateway(s))
		return SD_RES_SUCCESS;
	if (change == 0 || change < (me.space + 99) / 100) /* R815 */
		return SD_RES_SUCCESS;
	me.space = space;
	store_config_get(s->store, &c);
	c.space = space;
	result = config_put(s, &c);
	if (result != SD_RES_SUCCESS)
		return result;
	driver_update_node(s->driver, &me);
	if (m->request)
		hold_answer(s, m->request);
	return SD_RES_SUCCESS;
}
