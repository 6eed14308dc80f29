#include "disk_rig.h"

#include <stdlib.h>

#include "base/mem.h"
#include "sheep/recovery.h"

static void note(struct trace_sink *sink, const struct trace_event *e)
{
	struct disks *d = container_of(sink, struct disks, sink);

	if (e->place != 0)
		return;
	d->runs += e->kind == TRACE_RECOVERY_START && e->num[2] == 0;
	d->moved += e->kind == TRACE_OBJECT_MOVE;
	if (e->kind == TRACE_RECOVERY_OBJECT && e->num[3] == SD_RES_SUCCESS) {
		d->recovered++;
		d->linked += (int64_t)e->num[2] == RECOVERED_LINKED;
	}
}

static void give_disks(struct cluster *c, int node, uint32_t nr)
{
	const struct store_disk_config disks[] = {{FIRST, 4 * GIB / nr}, {SECOND, 4 * GIB / nr}};

	store_close(c->node[node].store);
	c->node[node].store = store_memory_new(disks, nr);
}

void find_objects(struct disks *d)
{
	memset(d->on, 0, sizeof(d->on));
	for (uint32_t i = OBJECTS; i-- > 0;) {
		uint64_t oid = sd_vid_to_data_oid(d->vid, i);

		d->on[store_home(d->c->node[0].store, oid)] = oid;
	}
}

static struct disks *disks_begin(uint32_t nr)
{
	struct disks *d = mem_alloc(sizeof(*d));

	d->c = cluster_open_raw(0);
	give_disks(d->c, 0, nr);
	for (int i = 0; i < 3; i++) {
		cluster_start(d->c, i);
		cluster_settle(d->c);
	}
	cluster_format(d->c, 3, 0, 0);
	d->vid = new_vdi(d->c, 1, "alpha", 0, 0);
	for (uint32_t i = 0; i < OBJECTS; i++)
		create_data(d->c, d->vid, i, (uint8_t)(i + 1));
	find_objects(d);
	assert_true(d->on[1] && (d->on[2] || nr == 1));
	cluster_settle(d->c);
	cluster_drop_sent(d->c);
	d->sink.event = note;
	trace_add_sink(&d->c->u.trace, &d->sink);
	return d;
}

int two_disks(void **state)
{
	*state = disks_begin(2);
	return 0;
}

int one_disk(void **state)
{
	*state = disks_begin(1);
	return 0;
}

int disks_end(void **state)
{
	struct disks *d = *state;

	trace_remove_sink(&d->c->u.trace, &d->sink);
	cluster_close(d->c);
	free(d);
	return 0;
}

/* ------------------------------------------------------------------ asking */

static uint32_t md(struct disks *d, uint8_t opcode, const char *paths)
{
	struct req q;

	req_init(&q, opcode);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = (uint32_t)strlen(paths) + 1;
	return ask_result(d->c, 0, &q, blob_new(paths, strlen(paths) + 1));
}

uint32_t plug(struct disks *d, const char *paths)
{
	return md(d, SD_OP_MD_PLUG, paths);
}

uint32_t unplug(struct disks *d, const char *paths)
{
	return md(d, SD_OP_MD_UNPLUG, paths);
}

struct req req_peer(const struct disks *d, uint8_t opcode, uint64_t oid)
{
	struct req q;

	req_init(&q, opcode);
	q.epoch = node_epoch(d->c->node[0].sheep);
	q.obj.oid = oid;
	q.obj.tgt_epoch = q.epoch;
	if (opcode == SD_OP_READ_PEER)
		q.data_length = 512;
	return q;
}

uint32_t peer(struct disks *d, uint8_t opcode, uint64_t oid)
{
	struct req q = req_peer(d, opcode, oid);
	struct blob *data = NULL;

	if (opcode == SD_OP_WRITE_PEER || opcode == SD_OP_CREATE_AND_WRITE_PEER) {
		data = blob_new("changed", 7);
		q.flags = SD_FLAG_CMD_WRITE;
		q.data_length = 7;
	}
	return ask_result(d->c, 0, &q, data);
}

void expect_recovered(struct disks *d)
{
	cluster_settle(d->c);
	for (uint32_t i = 0; i < OBJECTS; i++) {
		struct store_key k = {.oid = sd_vid_to_data_oid(d->vid, i)};

		for (int node = 0; node < 3; node++)
			if (d->c->node[node].sheep)
				assert_true(store_has(d->c->node[node].store, k));
	}
}
