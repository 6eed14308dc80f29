/*
 * Disks of a node: what is asked about them, plugged and unplugged ones, failures, and their size
 * (R238, R409, R550, R551, R703, R710, R711, R715-R717).
 */
#include "cluster.h"

#include <stdlib.h>

#include "base/mem.h"
#include "sheep/recovery.h"
#include "wire/records_admin.h"

#define GIB	(UINT64_C(1) << 30)
#define FIRST	"/store/0.1"
#define SECOND	"/store/0.2"
#define OBJECTS 8u /* data objects of the VDI */

/* Three nodes with three copies of everything; the disks of node 0. */
struct disks {
	struct cluster *c;
	uint32_t vid;
	uint64_t on[4]; /* a data object on each disk, by its number */
	struct trace_sink sink;
	uint32_t runs;	/* level runs that node 0 has started */
	uint32_t moved; /* objects that node 0 has moved */
	uint32_t recovered;
	uint32_t linked; /* of these, stale copies */
};

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

static void find_objects(struct disks *d)
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

static int two_disks(void **state)
{
	*state = disks_begin(2);
	return 0;
}

static int one_disk(void **state)
{
	*state = disks_begin(1);
	return 0;
}

static int tear_down(void **state)
{
	struct disks *d = *state;

	trace_remove_sink(&d->c->u.trace, &d->sink);
	cluster_close(d->c);
	free(d);
	return 0;
}

/* ------------------------------------------------------------------ asking */

static struct req req_md(uint8_t opcode, const char *paths)
{
	struct req q;

	req_init(&q, opcode);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = (uint32_t)strlen(paths) + 1;
	return q;
}

static uint32_t md(struct disks *d, int node, uint8_t opcode, const char *paths)
{
	struct req q = req_md(opcode, paths);

	return ask_result(d->c, node, &q, blob_new(paths, strlen(paths) + 1));
}

static uint32_t plug(struct disks *d, const char *paths)
{
	return md(d, 0, SD_OP_MD_PLUG, paths);
}

static uint32_t unplug(struct disks *d, const char *paths)
{
	return md(d, 0, SD_OP_MD_UNPLUG, paths);
}

/* A request of a gateway, or of a recovering node, to node 0. */
static struct req req_peer(const struct disks *d, uint8_t opcode, uint64_t oid)
{
	struct req q;

	req_init(&q, opcode);
	q.epoch = node_epoch(d->c->node[0].sheep);
	q.obj.oid = oid;
	if (opcode == SD_OP_READ_PEER)
		q.data_length = 512;
	return q;
}

static uint32_t peer(struct disks *d, uint8_t opcode, uint64_t oid)
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

static void expect_recovered(struct disks *d)
{
	cluster_settle(d->c);
	for (uint32_t i = 0; i < OBJECTS; i++) {
		struct store_key k = {.oid = sd_vid_to_data_oid(d->vid, i)};

		for (int node = 0; node < 3; node++)
			if (d->c->node[node].sheep)
				assert_true(store_has(d->c->node[node].store, k));
	}
}

/* ------------------------------------------------------------------ MD_INFO, MD_PLUG, MD_UNPLUG */

static void expect_disks(struct disks *d, const char *text)
{
	struct req q;
	struct answer a;
	struct md_info *disks;
	struct text found = {0};
	size_t nr;

	req_init(&q, SD_OP_MD_INFO);
	q.data_length = MD_INFO_SIZE;
	a = ask(d->c, 0, &q, NULL);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(md_info_decode(a.out, &disks, &nr, NULL), 0);
	for (size_t i = 0; i < nr; i++)
		text_add(&found, "%d %s %llu KiB of %llu MiB\n", disks[i].idx, disks[i].path,
			 (unsigned long long)disks[i].used >> 10,
			 (unsigned long long)(disks[i].used + disks[i].free) >> 20);
	assert_string_equal(text_get(&found), text);
	text_free(&found);
	free(disks);
	blob_unref(a.out);
}

static void info_has_the_plugged_disks_in_order_of_paths(void **state)
{
	struct disks *d = *state;
	struct req q;

	assert_int_equal(plug(d, "/store/0.15"), SD_RES_SUCCESS);
	assert_int_equal(unplug(d, FIRST), SD_RES_SUCCESS);
	expect_recovered(d);
	expect_disks(d, "0 /store/0.15 8192 KiB of 2048 MiB\n"
			"1 /store/0.2 24580 KiB of 2048 MiB\n");
	req_init(&q, SD_OP_MD_INFO);
	q.data_length = MD_INFO_SIZE - 1;
	assert_int_equal(ask_result(d->c, 0, &q, NULL), SD_RES_INVALID_PARMS);
}

static void a_request_that_changes_nothing_is_told_so(void **state) /* R717 */
{
	static const char *const paths[] = {
		FIRST, FIRST "/", FIRST "," SECOND, "", ",", "store/0.1", "/", "///", "relative,,"};
	struct disks *d = *state;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(plug(d, paths[i]), SD_RES_UNKNOWN);
	assert_int_equal(unplug(d, "/store/0.3"), SD_RES_UNKNOWN);
	assert_int_equal(unplug(d, "relative"), SD_RES_UNKNOWN);
	cluster_settle(d->c);
	assert_int_equal(d->runs, 0);
	assert_int_equal(store_nr_disks(d->c->node[0].store), 2);
	/* a part of it is enough */
	assert_int_equal(unplug(d, "/store/0.3," SECOND "//," SECOND), SD_RES_SUCCESS);
	assert_int_equal(d->runs, 1);
	assert_int_equal(store_nr_plugged(d->c->node[0].store), 1);
}

static void a_path_too_long_is_none(void **state)
{
	struct disks *d = *state;
	char path[SD_MD_PATH_LEN + 1];

	memset(path, '/', sizeof(path));
	memset(path + 1, 'a', SD_MD_PATH_LEN - 1);
	path[SD_MD_PATH_LEN] = '\0';
	assert_int_equal(plug(d, path), SD_RES_UNKNOWN);
	path[SD_MD_PATH_LEN - 1] = '\0';
	assert_int_equal(plug(d, path), SD_RES_SUCCESS);
}

static void unplugging_recovers_what_was_there(void **state) /* R550; as md3's md_unplug */
{
	struct disks *d = *state;
	uint32_t here = store_nr_live(d->c->node[0].store);
	uint32_t gone;
	struct store_disk second;

	store_disk(d->c->node[0].store, 2, &second);
	gone = second.nr_live;
	assert_true(gone > 0 && gone < here);
	assert_int_equal(unplug(d, SECOND), SD_RES_SUCCESS);
	expect_recovered(d);
	assert_int_equal(d->recovered, gone);
	assert_int_equal(store_nr_live(d->c->node[0].store), here);
	/* no epoch, no completion, nobody else recovers */
	assert_int_equal(d->runs, 1);
	assert_int_equal(node_epoch(d->c->node[0].sheep), 1);
	cluster_expect_sent(d->c, "GET_OBJ_LIST",
			    "0>0 GET_OBJ_LIST epoch=1 len=4194304\n"
			    "0>1 GET_OBJ_LIST epoch=1 len=4194304\n"
			    "0>2 GET_OBJ_LIST epoch=1 len=4194304\n");
	/* what is unplugged is not touched */
	store_disk(d->c->node[0].store, 2, &second);
	assert_int_equal(second.nr_live, gone);
}

static void plugging_moves_what_belongs_there(void **state) /* R550, R703 */
{
	struct disks *d = *state;
	struct store_disk second;

	assert_int_equal(unplug(d, SECOND), SD_RES_SUCCESS);
	expect_recovered(d);
	cluster_drop_sent(d->c);
	d->recovered = 0;
	assert_int_equal(plug(d, SECOND), SD_RES_SUCCESS);
	expect_recovered(d);
	store_disk(d->c->node[0].store, 2, &second);
	assert_true(second.nr_live > 0);
	assert_int_equal(d->moved, second.nr_live);
	assert_int_equal(d->recovered, 0);
	cluster_expect_sent(d->c, "READ_PEER", "");
	assert_int_equal(d->runs, 2);
}

static void disks_are_served_side_by_side(void **state)
{
	struct disks *d = *state;
	struct world *w = &d->c->node[0].world;
	struct ask *a[4];
	uint64_t begin;

	/* a disk that is plugged has a queue of its own, too */
	assert_int_equal(plug(d, "/store/0.3"), SD_RES_SUCCESS);
	expect_recovered(d);
	assert_int_equal(w->nr_disks, 3);
	find_objects(d);
	assert_true(d->on[2] && d->on[3]);
	d->c->u.speed.disk_depth = 1;
	world_disk_slow(w, 50 * NSEC_PER_MSEC);
	begin = d->c->u.clock.now;
	for (int i = 0; i < 4; i++) {
		struct req q = req_peer(d, SD_OP_READ_PEER, d->on[i % 2 + 2]);

		a[i] = ask_begin(d->c, 0, &q, NULL);
	}
	for (int i = 0; i < 4; i++) {
		struct answer answer = ask_end(d->c, a[i]);

		assert_int_equal(answer.p.result, SD_RES_SUCCESS);
		blob_unref(answer.out);
	}
	assert_in_range(d->c->u.clock.now - begin, 100 * NSEC_PER_MSEC, 110 * NSEC_PER_MSEC);
}

static void without_disks_the_node_leaves_and_ends(void **state) /* R551; as md_unplug_all */
{
	struct disks *d = *state;
	struct req q = req_md(SD_OP_MD_UNPLUG, FIRST "," SECOND);
	struct answer a = ask(d->c, 0, &q, blob_new(FIRST "," SECOND, sizeof(FIRST "," SECOND)));

	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(a.p.epoch, 1);
	cluster_settle(d->c);
	assert_null(d->c->node[0].sheep);
	assert_string_equal(d->c->node[0].why, "killed");
	assert_int_equal(d->runs, 0);
	assert_int_equal(node_epoch(d->c->node[1].sheep), 2);
	/* started again, it has its disks, and what they held */
	cluster_start(d->c, 0);
	expect_recovered(d);
	assert_int_equal(store_nr_plugged(d->c->node[0].store), 2);
	assert_int_equal(node_epoch(d->c->node[0].sheep), 3);
}

/* ------------------------------------------------------------------ failures (R710, R716) */

static void fail_next(struct disks *d, uint64_t oid, uint32_t error)
{
	world_disk_fail(&d->c->node[0].world, oid, error, 1);
}

static void an_io_error_drops_the_disk(void **state) /* R716 */
{
	static const uint8_t opcodes[] = {SD_OP_READ_PEER, SD_OP_WRITE_PEER,
					  SD_OP_CREATE_AND_WRITE_PEER, SD_OP_GET_HASH};
	struct disks *d = *state;

	for (uint32_t i = 0; i < sizeof(opcodes); i++) {
		fail_next(d, d->on[2], SD_RES_EIO);
		assert_int_equal(peer(d, opcodes[i], d->on[2]), SD_RES_NETWORK_ERROR);
		cluster_settle(d->c);
		assert_int_equal(store_nr_plugged(d->c->node[0].store), 1);
		assert_int_equal(d->runs, 2 * i + 1);
		expect_recovered(d);
		assert_int_equal(plug(d, SECOND), SD_RES_SUCCESS);
		expect_recovered(d);
	}
	assert_false(d->c->node[0].sheep->ex_member);
}

static void a_disk_that_fails_several_requests_is_dropped_once(void **state)
{
	struct disks *d = *state;
	struct req q = req_peer(d, SD_OP_READ_PEER, d->on[2]);
	struct ask *a[3];

	store_disk_lose(d->c->node[0].store, 2);
	for (int i = 0; i < 3; i++)
		a[i] = ask_begin(d->c, 0, &q, NULL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask_end(d->c, a[i]).p.result, SD_RES_NETWORK_ERROR);
	expect_recovered(d);
	assert_int_equal(d->runs, 1);
}

static void a_lost_directory_is_a_failure(void **state) /* R710 */
{
	struct disks *d = *state;

	store_disk_lose(d->c->node[0].store, 2);
	/* nothing tells but its use; REMOVE finds no file */
	assert_int_equal(peer(d, SD_OP_READ_PEER, d->on[1]), SD_RES_SUCCESS);
	assert_int_equal(peer(d, SD_OP_REMOVE_PEER, d->on[2]), SD_RES_NO_OBJ);
	cluster_settle(d->c);
	assert_int_equal(d->runs, 0);
	assert_int_equal(peer(d, SD_OP_READ_PEER, d->on[2]), SD_RES_NETWORK_ERROR);
	cluster_settle(d->c);
	assert_int_equal(d->runs, 1);
	assert_int_equal(store_nr_plugged(d->c->node[0].store), 1);
}

static void an_object_that_is_not_there_is_no_failure(void **state) /* R710 */
{
	struct disks *d = *state;

	assert_true(store_delete(d->c->node[0].store, (struct store_key){.oid = d->on[2]}));
	assert_int_equal(peer(d, SD_OP_READ_PEER, d->on[2]), SD_RES_NO_OBJ);
	cluster_settle(d->c);
	assert_int_equal(d->runs, 0);
	assert_int_equal(store_nr_plugged(d->c->node[0].store), 2);
}

static void other_errors_leave_the_disk_alone(void **state) /* R710, R711 */
{
	static const uint32_t errors[] = {SD_RES_NO_SPACE, SD_RES_NETWORK_ERROR, SD_RES_NO_OBJ};
	struct disks *d = *state;

	for (uint32_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fail_next(d, d->on[2], errors[i]);
		assert_int_equal(peer(d, SD_OP_WRITE_PEER, d->on[2]), errors[i]);
	}
	cluster_settle(d->c);
	assert_int_equal(d->runs, 0);
	assert_int_equal(store_nr_plugged(d->c->node[0].store), 2);
}

static void a_failing_unlink_makes_an_ex_member(void **state) /* R409, R710, R919 */
{
	struct disks *d = *state;
	struct sheep *s = d->c->node[0].sheep;

	fail_next(d, d->on[2], SD_RES_EIO);
	assert_int_equal(peer(d, SD_OP_REMOVE_PEER, d->on[2]), SD_RES_NETWORK_ERROR);
	cluster_settle(d->c);
	assert_true(s->ex_member);
	assert_ptr_equal(d->c->node[0].sheep, s);
	assert_int_equal(store_nr_plugged(d->c->node[0].store), 2);
	assert_int_equal(node_epoch(d->c->node[1].sheep), 2);
}

static void the_last_disk_fails_with_eio(void **state) /* R716, R551 */
{
	struct disks *d = *state;

	fail_next(d, d->on[1], SD_RES_EIO);
	assert_int_equal(peer(d, SD_OP_GET_HASH, d->on[1]), SD_RES_EIO);
	cluster_settle(d->c);
	assert_null(d->c->node[0].sheep);
	assert_string_equal(d->c->node[0].why, "killed");
	assert_int_equal(node_epoch(d->c->node[2].sheep), 2);
}

static void a_peer_is_told_to_ask_again_when_the_last_disk_fails(void **state) /* R409 */
{
	struct disks *d = *state;

	fail_next(d, d->on[1], SD_RES_EIO);
	assert_int_equal(peer(d, SD_OP_WRITE_PEER, d->on[1]), SD_RES_NETWORK_ERROR);
	cluster_settle(d->c);
	assert_null(d->c->node[0].sheep);
}

static void a_gateway_reads_elsewhere_when_its_disk_fails(void **state) /* R412 */
{
	struct disks *d = *state;
	uint32_t result;
	struct blob *b;

	fail_next(d, d->on[2], SD_RES_EIO);
	b = read_object(d->c, 0, d->on[2], 0, 512, 0, &result);
	assert_int_equal(result, SD_RES_SUCCESS);
	blob_unref(b);
	expect_recovered(d);
	assert_int_equal(d->runs, 1);
}

static void clients_do_not_see_that_a_replica_loses_a_disk(void **state) /* R423, R716 */
{
	struct disks *d = *state;
	uint8_t byte;
	struct blob *b;

	store_disk_lose(d->c->node[0].store, 2);
	assert_int_equal(write_object(d->c, 1, SD_OP_WRITE_OBJ, d->on[2], 0, blob_new("new", 3), 0),
			 SD_RES_SUCCESS);
	expect_recovered(d);
	b = store_get(d->c->node[0].store, (struct store_key){.oid = d->on[2]});
	blob_read(b, 2, &byte, 1);
	assert_int_equal(byte, 'w');
	blob_unref(b);
}

/* ------------------------------------------------------------------ in between */

static void a_write_under_way_goes_to_the_disk_that_it_was_for(void **state)
{
	struct disks *d = *state;
	struct store *store = d->c->node[0].store;
	struct req q = req_peer(d, SD_OP_WRITE_PEER, d->on[2]);
	struct store_key k = {.oid = d->on[2], .disk = 2};
	struct ask *a;
	struct blob *b;
	char text[8] = "";

	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 7;
	world_disk_slow(&d->c->node[0].world, 10 * NSEC_PER_MSEC);
	a = ask_begin(d->c, 0, &q, blob_new("changed", 7));
	cluster_run(d->c, NSEC_PER_MSEC);
	assert_int_equal(unplug(d, SECOND), SD_RES_SUCCESS);
	assert_int_equal(ask_end(d->c, a).p.result, SD_RES_SUCCESS);
	b = store_get(store, k); /* its directory is still there */
	blob_read(b, 0, text, 7);
	assert_string_equal(text, "changed");
	blob_unref(b);
}

static void a_read_under_way_finds_what_was_moved_meanwhile(void **state)
{
	struct disks *d = *state;
	struct req q = req_peer(d, SD_OP_READ_PEER, d->on[2]);
	struct answer answer;
	struct ask *a;

	assert_int_equal(unplug(d, SECOND), SD_RES_SUCCESS);
	expect_recovered(d);
	world_disk_slow(&d->c->node[0].world, 10 * NSEC_PER_MSEC);
	a = ask_begin(d->c, 0, &q, NULL);
	cluster_run(d->c, NSEC_PER_MSEC);
	assert_int_equal(plug(d, SECOND), SD_RES_SUCCESS);
	assert_true(object_live(d->c->node[0].sheep, d->on[2], 0));
	assert_true(d->moved > 0);
	answer = ask_end(d->c, a);
	assert_int_equal(answer.p.result, SD_RES_SUCCESS);
	blob_unref(answer.out);
}

static void only_the_existence_test_looks_at_other_disks(void **state) /* R703 */
{
	struct disks *d = *state;
	struct store *store = d->c->node[0].store;
	struct store_key k = {.oid = d->on[2]};
	struct blob *b = store_get(store, k);
	struct req q;

	assert_true(store_delete(store, k));
	k.disk = 1;
	assert_int_equal(store_put(store, k, b), SD_RES_SUCCESS);
	blob_unref(b);
	assert_int_equal(peer(d, SD_OP_READ_PEER, d->on[2]), SD_RES_NO_OBJ);
	assert_int_equal(peer(d, SD_OP_WRITE_PEER, d->on[2]), SD_RES_NO_OBJ);
	req_init(&q, SD_OP_EXIST);
	q.obj.oid = d->on[2];
	assert_int_equal(ask_result(d->c, 0, &q, NULL), SD_RES_SUCCESS);
	assert_int_equal(d->moved, 1);
	assert_int_equal(store_disk_of(store, (struct store_key){.oid = d->on[2]}), 2);
	assert_int_equal(peer(d, SD_OP_READ_PEER, d->on[2]), SD_RES_SUCCESS);
}

/* A stale copy that was set aside on the first disk, before the second one was plugged. */
static void stale_copies_are_found_on_any_disk(void **state) /* R523, R708 */
{
	struct disks *d = *state;
	struct sheep *s = d->c->node[0].sheep;
	struct store *store = d->c->node[0].store;
	struct store_key live = {.oid = d->on[2], .disk = 1};
	struct store_key stale = {.oid = d->on[2], .stale_epoch = 1};
	struct blob *b = store_get(store, (struct store_key){.oid = d->on[2]});

	assert_true(store_delete(store, (struct store_key){.oid = d->on[2]}));
	assert_int_equal(store_put(store, live, b), SD_RES_SUCCESS);
	blob_unref(b);
	assert_true(store_rename(store, live, stale));
	cluster_start(d->c, 3); /* epoch 2: what was lost is looked for */
	cluster_settle(d->c);
	assert_true(view_holder_index(s->view, d->on[2], 3, &s->me.nid) >= 0);
	assert_int_equal(d->linked, 1);
	assert_true(store_has(store, (struct store_key){.oid = d->on[2], .disk = 2}));
}

/* ------------------------------------------------------------------ size (R238) */

static struct answer reweight(struct disks *d, int node)
{
	struct req q;
	struct answer a;

	req_init(&q, SD_OP_REWEIGHT);
	a = ask(d->c, node, &q, NULL);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	return a;
}

static void a_node_that_has_shrunk_announces_it(void **state) /* as md3's md_reweight */
{
	struct disks *d = *state;
	struct store_config config;

	assert_int_equal(unplug(d, SECOND), SD_RES_SUCCESS);
	expect_recovered(d);
	/* the answer is sent when the node has got its own update */
	assert_int_equal(reweight(d, 0).p.epoch, 2);
	cluster_settle(d->c);
	for (int i = 0; i < 3; i++) {
		const struct members *m = view_members(d->c->node[i].sheep->view);

		assert_int_equal(node_epoch(d->c->node[i].sheep), 2);
		assert_int_equal(m->rec[0].space, 2 * GIB);
		assert_int_equal(m->rec[0].nr_vnodes, 77);
		assert_int_equal(m->rec[1].nr_vnodes, 154);
	}
	store_config_get(d->c->node[0].store, &config);
	assert_int_equal(config.space, 2 * GIB);
	assert_int_equal(d->c->node[0].sheep->me.space, 2 * GIB);
	/* nothing has changed since */
	assert_int_equal(reweight(d, 0).p.epoch, 2);
	cluster_settle(d->c);
	assert_int_equal(node_epoch(d->c->node[0].sheep), 2);
}

static void another_node_answers_at_once(void **state)
{
	struct disks *d = *state;

	assert_int_equal(unplug(d, SECOND), SD_RES_SUCCESS);
	expect_recovered(d);
	assert_int_equal(reweight(d, 1).p.epoch, 1);
	cluster_settle(d->c);
	assert_int_equal(node_epoch(d->c->node[1].sheep), 2);
}

/* Nodes 1 and 2 have metadata on their disk, which is less than one percent of it (R815). */
static void small_changes_are_not_announced(void **state)
{
	struct disks *d = *state;

	assert_true(store_size(d->c->node[1].store) < 4 * GIB);
	assert_int_equal(reweight(d, 1).p.epoch, 1);
	cluster_settle(d->c);
	assert_int_equal(node_epoch(d->c->node[1].sheep), 1);
}

static void one_percent_is_announced(void **state) /* R815 */
{
	struct disks *d = *state;
	struct store *store = d->c->node[0].store;
	uint64_t hundredth = 4 * GIB / 100 + 1;

	/* a page less than a hundredth, then a hundredth */
	assert_true(store_disk_add(store, "/small", hundredth / BLOB_PAGE * BLOB_PAGE));
	assert_int_equal(plug(d, "/small"), SD_RES_SUCCESS);
	expect_recovered(d);
	reweight(d, 0);
	cluster_settle(d->c);
	assert_int_equal(node_epoch(d->c->node[0].sheep), 1);
	assert_true(store_disk_add(store, "/page", BLOB_PAGE));
	assert_int_equal(plug(d, "/page"), SD_RES_SUCCESS);
	expect_recovered(d);
	assert_int_equal(reweight(d, 0).p.epoch, 2);
	cluster_settle(d->c);
}

static void who_asks_is_answered_even_if_the_node_leaves_first(void **state)
{
	struct disks *d = *state;
	struct req q;
	struct ask *a;

	assert_int_equal(unplug(d, SECOND), SD_RES_SUCCESS);
	expect_recovered(d);
	req_init(&q, SD_OP_REWEIGHT);
	driver_leave(d->c->node[0].sheep->driver); /* is ordered before the update */
	a = ask_begin(d->c, 0, &q, NULL);
	assert_int_equal(ask_end(d->c, a).p.result, SD_RES_SUCCESS);
	cluster_settle(d->c);
	assert_true(d->c->node[0].sheep->ex_member);
	assert_int_equal(d->c->node[0].sheep->nr_requests, 0);
}

#define two(f) cmocka_unit_test_setup_teardown(f, two_disks, tear_down)
#define one(f) cmocka_unit_test_setup_teardown(f, one_disk, tear_down)

int disks_tests(void)
{
	const struct CMUnitTest tests[] = {
		two(info_has_the_plugged_disks_in_order_of_paths),
		two(a_request_that_changes_nothing_is_told_so),
		two(a_path_too_long_is_none),
		two(unplugging_recovers_what_was_there),
		two(plugging_moves_what_belongs_there),
		two(disks_are_served_side_by_side),
		two(without_disks_the_node_leaves_and_ends),
		two(an_io_error_drops_the_disk),
		two(a_disk_that_fails_several_requests_is_dropped_once),
		two(a_lost_directory_is_a_failure),
		two(an_object_that_is_not_there_is_no_failure),
		two(other_errors_leave_the_disk_alone),
		two(a_failing_unlink_makes_an_ex_member),
		one(the_last_disk_fails_with_eio),
		one(a_peer_is_told_to_ask_again_when_the_last_disk_fails),
		two(a_gateway_reads_elsewhere_when_its_disk_fails),
		two(clients_do_not_see_that_a_replica_loses_a_disk),
		two(a_write_under_way_goes_to_the_disk_that_it_was_for),
		two(a_read_under_way_finds_what_was_moved_meanwhile),
		two(only_the_existence_test_looks_at_other_disks),
		two(stale_copies_are_found_on_any_disk),
		two(a_node_that_has_shrunk_announces_it),
		two(another_node_answers_at_once),
		two(small_changes_are_not_announced),
		two(one_percent_is_announced),
		two(who_asks_is_answered_even_if_the_node_leaves_first),
	};

	return cmocka_run_group_tests_name("disks", tests, NULL, NULL);
}
