/*
 * Disks of a node: what is asked about them, those that are plugged and unplugged, and their size
 * (R238, R550, R551, R717).
 */
#include "disk_rig.h"

#include <stdlib.h>

#include "base/mem.h"
#include "sheep/recovery.h"
#include "wire/records_admin.h"

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

/* How many objects node 0 fetches at once, when all of its objects are gone. */
static uint32_t fetched_at_once(struct disks *d)
{
	struct fault_filter reads = {.from = 0,
				     .to = -1,
				     .opcode = SD_OP_READ_PEER,
				     .answer = 0,
				     .oid = -1,
				     .action = FAULT_HOLD};
	uint32_t held;

	store_erase(d->c->node[0].store);
	universe_filter_add(&d->c->u, &reads);
	recovery_start(d->c->node[0].sheep, false, d->c->node[0].sheep->view);
	cluster_run(d->c, NSEC_PER_SEC);
	held = reads.acted;
	universe_filter_remove(&d->c->u, &reads);
	expect_recovered(d);
	return held;
}

static void twice_as_many_objects_as_disks_are_recovered_at_once(void **state) /* R514, R808 */
{
	struct disks *d = *state;

	assert_int_equal(fetched_at_once(d), 4);
	assert_int_equal(plug(d, "/store/0.3"), SD_RES_SUCCESS);
	expect_recovered(d);
	assert_int_equal(fetched_at_once(d), 6);
	assert_int_equal(unplug(d, FIRST "," SECOND), SD_RES_SUCCESS);
	expect_recovered(d);
	assert_int_equal(fetched_at_once(d), 2);
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

	assert_int_equal(unplug(d, FIRST "," SECOND), SD_RES_SUCCESS);
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
	a = ask_begin(d->c, 0, &q, NULL);
	cluster_run(d->c, 300 * NSEC_PER_USEC);
	/* ordered after the notification, before the update, which then comes from nobody */
	driver_leave(d->c->node[0].sheep->driver);
	assert_int_equal(ask_end(d->c, a).p.result, SD_RES_SUCCESS);
	cluster_settle(d->c);
	assert_true(d->c->node[0].sheep->ex_member);
	assert_int_equal(d->c->node[0].sheep->nr_requests, 0);
}

int disks_tests(void)
{
	const struct CMUnitTest tests[] = {
		two(info_has_the_plugged_disks_in_order_of_paths),
		two(a_request_that_changes_nothing_is_told_so),
		two(a_path_too_long_is_none),
		two(unplugging_recovers_what_was_there),
		two(plugging_moves_what_belongs_there),
		two(twice_as_many_objects_as_disks_are_recovered_at_once),
		two(disks_are_served_side_by_side),
		two(without_disks_the_node_leaves_and_ends),
		two(a_node_that_has_shrunk_announces_it),
		two(another_node_answers_at_once),
		two(small_changes_are_not_announced),
		two(one_percent_is_announced),
		two(who_asks_is_answered_even_if_the_node_leaves_first),
	};

	return cmocka_run_group_tests_name("disks", tests, NULL, NULL);
}
