/*
 * Disks of a node that fail, and what finds objects on which disk (R409, R703, R710, R711, R716).
 */
#include <errno.h>

#include "disk_rig.h"

/* ------------------------------------------------------------------ failures (R710, R716) */

static void fail_next(struct disks *d, uint64_t oid, int error)
{
	world_disk_fail(&d->c->node[0].world, DISK_OBJECTS, oid, error, 1);
}

static void an_io_error_drops_the_disk(void **state) /* R716 */
{
	static const uint8_t opcodes[] = {SD_OP_READ_PEER, SD_OP_WRITE_PEER,
					  SD_OP_CREATE_AND_WRITE_PEER, SD_OP_GET_HASH};
	struct disks *d = *state;

	for (uint32_t i = 0; i < sizeof(opcodes); i++) {
		fail_next(d, d->on[2], EIO);
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
	static const struct {
		int error;
		uint32_t result;
	} known[] = {
		{ENOSPC, SD_RES_NO_SPACE},	{EDQUOT, SD_RES_NO_SPACE},
		{EMFILE, SD_RES_NETWORK_ERROR}, {ENFILE, SD_RES_NETWORK_ERROR},
		{EINTR, SD_RES_NETWORK_ERROR},	{EEXIST, SD_RES_NETWORK_ERROR},
		{ENOENT, SD_RES_NO_OBJ},
	};
	struct disks *d = *state;

	for (uint32_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		fail_next(d, d->on[2], known[i].error);
		assert_int_equal(peer(d, SD_OP_WRITE_PEER, d->on[2]), known[i].result);
		fail_next(d, d->on[2], known[i].error);
		assert_int_equal(peer(d, SD_OP_READ_PEER, d->on[2]), known[i].result);
	}
	cluster_settle(d->c);
	assert_int_equal(d->runs, 0);
	assert_int_equal(store_nr_plugged(d->c->node[0].store), 2);
}

static void any_other_error_is_the_disks(void **state) /* R710 */
{
	static const int errors[] = {EACCES, EROFS};
	struct disks *d = *state;

	for (uint32_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fail_next(d, d->on[2], errors[i]);
		assert_int_equal(peer(d, SD_OP_READ_PEER, d->on[2]), SD_RES_NETWORK_ERROR);
		cluster_settle(d->c);
		assert_int_equal(store_nr_plugged(d->c->node[0].store), 1);
		expect_recovered(d);
		assert_int_equal(plug(d, SECOND), SD_RES_SUCCESS);
		expect_recovered(d);
	}
}

static void a_failing_unlink_is_eio_whatever_the_error_is(void **state) /* R710 */
{
	struct disks *d = *state;

	fail_next(d, d->on[2], ENOSPC);
	assert_int_equal(peer(d, SD_OP_REMOVE_PEER, d->on[2]), SD_RES_NETWORK_ERROR);
	cluster_settle(d->c);
	assert_true(d->c->node[0].sheep->ex_member);
}

static void a_failing_unlink_makes_an_ex_member(void **state) /* R409, R710, R919 */
{
	struct disks *d = *state;
	struct sheep *s = d->c->node[0].sheep;

	fail_next(d, d->on[2], EIO);
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

	fail_next(d, d->on[1], EIO);
	assert_int_equal(peer(d, SD_OP_GET_HASH, d->on[1]), SD_RES_EIO);
	cluster_settle(d->c);
	assert_null(d->c->node[0].sheep);
	assert_string_equal(d->c->node[0].why, "killed");
	assert_int_equal(node_epoch(d->c->node[2].sheep), 2);
}

static void a_peer_is_told_to_ask_again_when_the_last_disk_fails(void **state) /* R409 */
{
	struct disks *d = *state;

	fail_next(d, d->on[1], EIO);
	assert_int_equal(peer(d, SD_OP_WRITE_PEER, d->on[1]), SD_RES_NETWORK_ERROR);
	cluster_settle(d->c);
	assert_null(d->c->node[0].sheep);
}

static void a_gateway_reads_elsewhere_when_its_disk_fails(void **state) /* R412 */
{
	struct disks *d = *state;
	uint32_t result;
	struct blob *b;

	fail_next(d, d->on[2], EIO);
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
	assert_int_equal(peer(d, SD_OP_GET_HASH, d->on[2]), SD_RES_SUCCESS); /* R709 */
	cluster_start(d->c, 3); /* epoch 2: what was lost is looked for */
	cluster_settle(d->c);
	assert_true(view_holder_index(s->view, d->on[2], 3, &s->me.nid) >= 0);
	assert_int_equal(d->linked, 1);
	assert_true(store_has(store, (struct store_key){.oid = d->on[2], .disk = 2}));
}

int disk_failure_tests(void)
{
	const struct CMUnitTest tests[] = {
		two(an_io_error_drops_the_disk),
		two(a_disk_that_fails_several_requests_is_dropped_once),
		two(a_lost_directory_is_a_failure),
		two(an_object_that_is_not_there_is_no_failure),
		two(other_errors_leave_the_disk_alone),
		two(any_other_error_is_the_disks),
		two(a_failing_unlink_is_eio_whatever_the_error_is),
		two(a_failing_unlink_makes_an_ex_member),
		one(the_last_disk_fails_with_eio),
		one(a_peer_is_told_to_ask_again_when_the_last_disk_fails),
		two(a_gateway_reads_elsewhere_when_its_disk_fails),
		two(clients_do_not_see_that_a_replica_loses_a_disk),
		two(a_write_under_way_goes_to_the_disk_that_it_was_for),
		two(a_read_under_way_finds_what_was_moved_meanwhile),
		two(only_the_existence_test_looks_at_other_disks),
		two(stale_copies_are_found_on_any_disk),
	};

	return cmocka_run_group_tests_name("disk failures", tests, NULL, NULL);
}
