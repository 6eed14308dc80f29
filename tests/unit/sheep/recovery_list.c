/* Preparing the list: who is asked, what is kept, what stops it (R506-R512, R541). */
#include "recovery_watch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "sheep/recovery_internal.h"

/* R506: everybody of the view, this node too, in member order from a random one on, wrapping. */
static void every_member_is_asked_once_from_a_random_one_on(void **state)
{
	struct cluster *c = cluster_open(5, 2, 0);
	struct watch *w = watch_begin(c);
	bool first_seen[CLUSTER_NODES] = {false};
	unsigned firsts = 0;

	(void)state;
	cluster_start(c, 5);
	cluster_settle(c);
	for (int i = 0; i < 6; i++) {
		uint64_t first = watch_sent(w, i, SD_OP_GET_OBJ_LIST, 0)->num[0];

		assert_int_equal(watch_sent_count(w, i, SD_OP_GET_OBJ_LIST), 6);
		for (unsigned k = 0; k < 6; k++) {
			const struct seen *s = watch_sent(w, i, SD_OP_GET_OBJ_LIST, k);

			assert_int_equal(s->num[0], (first + k) % 6);
			assert_int_equal(s->q.epoch, 2);
			assert_int_equal(s->q.data_length, 4 << 20); /* R809 */
			assert_int_equal(s->q.obj.tgt_epoch, 0);
		}
		firsts += !first_seen[first];
		first_seen[first] = true;
	}
	assert_true(firsts > 1);
	watch_end(w);
	cluster_close(c);
}

/*
 * R509: the run goes on without the first list, and announces. What only that node listed is lost
 * (R908).
 */
static void a_member_that_gives_no_list_is_left_out(void **state)
{
	struct cluster *c = cluster_open(2, 1, 0);
	uint32_t vid = new_vdi(c, 0, "objects", 0, 0);
	uint64_t at[2];
	struct fault_filter *f;
	struct watch *w;
	char address[32];

	(void)state;
	for (int i = 0; i < 2; i++) {
		at[i] = moving_object(c, vid, 0, 0x3, i, 0x7, 2);
		make_object(c, at[i]);
	}
	w = watch_begin(c);
	f = filter_begin(c, FAULT_DROP, 2, -1, SD_OP_GET_OBJ_LIST, 0);
	f->count = 1;
	cluster_start(c, 2);
	cluster_settle(c);
	assert_int_equal(f->acted, 1);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_GET_OBJ_LIST), 3);
	snprintf(address, sizeof(address), "127.0.0.1:%d",
		 7000 + (int)watch_sent(w, 2, SD_OP_GET_OBJ_LIST, 0)->num[0]);
	assert_non_null(strstr(watch_event(w, TRACE_ALERT, 2, 0)->text, address));
	for (unsigned i = 0; i < 2; i++) {
		bool listed = watch_sent(w, 2, SD_OP_GET_OBJ_LIST, 0)->num[0] != i;

		assert_int_equal(content_at(c, 2, at[i], 0), listed ? made_content(at[i]) : 0);
	}
	assert_int_equal(watch_count(w, TRACE_RECOVERY_COMPLETE, 0), 3);
	filter_end(c, f);
	watch_end(w);
	cluster_close(c);
}

/* R809: a list that does not fit is asked for again with twice the room. */
static void a_list_that_is_too_long_is_asked_for_with_more_room(void **state)
{
	struct cluster *c = cluster_open(2, 1, 0);
	struct sheep *s = c->node[0].sheep;
	uint32_t nr = 600000, expected = 0, to_0 = 0;
	struct sheep_state st;
	struct watch *w;

	(void)state;
	tell(c, 0, SD_OP_DISABLE_RECOVER);
	for (uint32_t i = 0; i < nr; i++)
		objlist_add(s, sd_vid_to_data_oid(1 + i / 500000, i));
	w = watch_begin(c);
	cluster_start(c, 2);
	cluster_settle(c);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_GET_OBJ_LIST), 4);
	for (unsigned i = 0; i < 4; i++) {
		const struct seen *q = watch_sent(w, 2, SD_OP_GET_OBJ_LIST, i);

		if (q->num[0] == 0)
			assert_int_equal(q->q.data_length, (4 << 20) << to_0++);
	}
	assert_int_equal(to_0, 2);
	s = c->node[2].sheep;
	sheep_state(s, &st);
	for (uint32_t i = 0; i < nr; i++) {
		uint64_t oid = sd_vid_to_data_oid(1 + i / 500000, i);

		expected += view_holder_index(s->view, oid, 1, &s->me.nid) >= 0;
	}
	assert_true(expected > nr / 4);
	assert_int_equal(st.run_total, expected);
	watch_end(w);
	cluster_close(c);
}

/* R605, R506: no list before it is known how many copies the objects have. */
static void the_list_waits_for_the_vdi_table(void **state)
{
	struct cluster *c = cluster_open(2, 1, 0);
	struct watch *w = watch_begin(c);
	struct fault_filter *f = filter_begin(c, FAULT_HOLD, -1, 2, SD_OP_GET_VDI_COPIES, 1);

	(void)state;
	cluster_start(c, 2);
	cluster_run(c, 500 * MSEC);
	assert_int_equal(watch_count(w, TRACE_RECOVERY_START, 2), 1);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_GET_OBJ_LIST), 0);
	filter_end(c, f);
	cluster_settle(c);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_GET_OBJ_LIST), 3);
	expect_no_runs(c);
	watch_end(w);
	cluster_close(c);
}

/* R502, R506, R544: a gateway has nothing to recover, but announces. */
static void a_gateway_has_an_empty_list_and_announces(void **state)
{
	struct cluster *c = cluster_open(2, 1, 0);
	struct watch *w;

	(void)state;
	make_objects(c, 6);
	w = watch_begin(c);
	start_gateway(c, 2);
	cluster_settle(c);
	assert_int_equal(watch_sent_count(w, 2, SD_OP_GET_OBJ_LIST), 0);
	assert_int_equal(watch_event(w, TRACE_RECOVERY_END, 2, 0)->num[2], 0);
	assert_int_equal(watch_count(w, TRACE_RECOVERY_COMPLETE, 0), 3);
	assert_int_equal(c->node[0].sheep->gathered, 2);
	watch_end(w);
	cluster_close(c);
}

/* ------------------------------------------------------------------ R541 */

#define LARGE_SHIFT 29 /* 512 MiB */

/*
 * So many objects of 512 MiB with two copies, evenly on nodes 0 to 2. Each of them has somewhat
 * less than 4 GiB: nine fit on three nodes, seven on two.
 */
static void make_large_objects(struct cluster *c, uint32_t nr)
{
	struct req q = req_new_vdi(0, 0);
	struct answer a;
	uint32_t made = 0;

	q.vdi.block_size_shift = LARGE_SHIFT;
	a = ask(c, 0, &q, name_payload("large"));
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	cluster_settle(c);
	for (uint32_t i = 0; made < nr; i++) {
		uint64_t oid = sd_vid_to_data_oid(a.p.vdi.vdi_id, i);

		if (would_hold(c, 0x7, (int)(made % 3), oid, 2))
			continue;
		make_object(c, oid);
		made++;
	}
}

/* More than 512 MiB of inodes. */
static void make_inodes(struct cluster *c)
{
	for (uint32_t i = 0; i < 50; i++) {
		char name[16];

		snprintf(name, sizeof(name), "vdi%u", i);
		new_vdi(c, 0, name, 0, 0);
	}
}

static bool was_cancelled(const struct watch *w, int place)
{
	const struct seen *s;

	for (size_t n = 0; (s = watch_event(w, TRACE_ALERT, place, n)); n++) {
		if (strstr(s->text, "would fill a disk"))
			return true;
	}
	return false;
}

/*
 * R541, R906: nothing is recovered where the data objects of some node would be more than its
 * space, but completion is announced. Without the flag nobody looks.
 */
static void a_run_that_would_fill_a_disk_is_cancelled(void **state)
{
	static const struct {
		uint16_t flags;
		uint32_t objects;
		bool inodes, cancelled;
	} cases[] = {
		{0, 9, false, false},
		{SD_CLUSTER_FLAG_AVOID_DISKFULL, 7, true, false},
		{SD_CLUSTER_FLAG_AVOID_DISKFULL, 9, false, true},
	};

	(void)state;
	for (int k = 0; k < 3; k++) {
		struct cluster *c = cluster_open(3, 2, cases[k].flags);
		struct watch *w;

		make_large_objects(c, cases[k].objects);
		if (cases[k].inodes)
			make_inodes(c);
		w = watch_begin(c);
		cluster_kill(c, 2);
		cluster_settle(c);
		for (int i = 0; i < 2; i++) {
			assert_int_equal(was_cancelled(w, i), cases[k].cancelled);
			assert_int_equal(watch_count(w, TRACE_RECOVERY_LIST, i),
					 !cases[k].cancelled);
			assert_int_equal(c->node[i].sheep->gathered, 2);
		}
		expect_no_runs(c);
		watch_end(w);
		cluster_close(c);
	}
}

/* Where there is space, the lists are asked for twice. */
static void a_guarded_run_asks_for_all_lists_twice(void **state)
{
	struct cluster *c = cluster_open(3, 2, SD_CLUSTER_FLAG_AVOID_DISKFULL);
	uint32_t vid = make_objects(c, 6);
	struct watch *w = watch_begin(c);

	(void)state;
	cluster_kill(c, 2);
	cluster_settle(c);
	assert_int_equal(watch_sent_count(w, 0, SD_OP_GET_OBJ_LIST), 4);
	assert_int_equal(watch_count(w, TRACE_RECOVERY_LIST, 0), 1);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_not_equal(content_at(c, 0, sd_vid_to_data_oid(vid, i), 0), 0);
	watch_end(w);
	cluster_close(c);
}

/*
 * R906: a cancelled run does not look for the pending one, which stays, and replaces a later run
 * with an older one.
 */
static void a_cancelled_run_leaves_the_pending_one_behind(void **state)
{
	struct cluster *c = cluster_open(3, 2, SD_CLUSTER_FLAG_AVOID_DISKFULL);
	const struct seen *seen;
	struct fault_filter *f;
	struct watch *w;
	struct sheep *s;

	(void)state;
	make_large_objects(c, 9);
	w = watch_begin(c);
	f = filter_begin(c, FAULT_HOLD, -1, 0, SD_OP_GET_OBJ_LIST, 1);
	f->skip = 1; /* the last one of two */
	cluster_kill(c, 2);
	cluster_run(c, 200 * MSEC);
	s = c->node[0].sheep;
	cluster_start(c, 3);
	cluster_run(c, 200 * MSEC);
	assert_int_equal(recovery_epoch(s), 2);
	assert_non_null(s->next_run);
	filter_end(c, f);
	cluster_settle(c);
	assert_int_equal(watch_event(w, TRACE_RECOVERY_END, 0, 0)->num[0], 2);
	assert_null(s->run);
	assert_non_null(s->next_run);
	/* It announced what it was, not the epoch of that moment. */
	for (size_t n = 0; (seen = watch_event(w, TRACE_RECOVERY_COMPLETE, 0, n)); n++)
		assert_true(seen->num[1] != 7000 || seen->num[0] == 2);
	cluster_start(c, 4);
	cluster_settle(c);
	assert_int_equal(watch_event(w, TRACE_RECOVERY_SUPERSEDED, 0, 0)->num[0], 4);
	assert_int_equal(watch_event(w, TRACE_RECOVERY_SUPERSEDED, 0, 0)->num[1], 3);
	watch_end(w);
	cluster_close(c);
}

/* ------------------------------------------------------------------ R510 */

static struct blob *list_blob(const uint64_t *oids, uint32_t nr)
{
	uint8_t *bytes = mem_array(nr ? nr : 1, 8);
	struct blob *b;

	for (uint32_t i = 0; i < nr; i++)
		put_le64(bytes + 8 * i, oids[i]);
	b = blob_new(bytes, 8 * (uint64_t)nr);
	free(bytes);
	return b;
}

/* What partition_add() must give, object by object. */
static void expect_part(struct sheep *s, const uint64_t *oids, uint32_t nr, uint32_t member)
{
	struct blob *b = list_blob(oids, nr);
	const struct node_id *id = &view_members(s->view)->rec[member].nid;
	struct oid_list part = {0};
	uint32_t at = 0;

	partition_add(s, s->view, 7, b, member, &part);
	for (uint32_t i = 0; i < nr; i++) {
		if (view_holder_index(s->view, oids[i], object_copies(s, oids[i]), id) < 0)
			continue;
		assert_true(at < part.nr);
		assert_int_equal(part.oid[at++], oids[i]);
	}
	assert_int_equal(at, part.nr);
	oid_list_free(&part);
	blob_unref(b);
}

/*
 * The parts of a list, of all members, with VDIs of different copies; also where the remembered
 * partition was made by a node with another VDI table, and of lists that are not in order.
 */
static void a_list_is_parted_as_placement_demands(void **state)
{
	struct cluster *c = cluster_open(6, 3, 0);
	struct sheep *s = c->node[0].sheep, *other = c->node[1].sheep;
	uint64_t oids[500];

	(void)state;
	vdi_add(s, 10, 1, 0, 22, false, 0);
	vdi_add(s, 11, 2, 0, 22, false, 0);
	vdi_add(s, 13, 5, 0, 22, false, 0);
	vdi_add(other, 10, 4, 0, 22, false, 0);
	for (uint32_t sorted = 0; sorted < 2; sorted++) {
		for (uint32_t i = 0; i < 500; i++) {
			uint64_t r = random_keyed(sorted, "oid", i, 0, 0);
			uint32_t vid = sorted ? 10 + i / 120 : 10 + (uint32_t)(r % 5);

			oids[i] = sd_vid_to_data_oid(vid, sorted ? i : (uint32_t)(r >> 40));
			if (r % 3 == 0 && !sorted)
				oids[i] |= SD_INODE_BIT;
		}
		for (uint32_t m = 0; m < 6; m++) {
			expect_part(s, oids, 500, m);
			expect_part(other, oids, 500, m);
			expect_part(s, oids, 500, m);
			expect_part(s, oids, 0, m);
			expect_part(s, oids, 1, m);
		}
	}
	cluster_close(c);
}

/* oid_list_sort() and oid_list_find() against each other. */
static void lists_are_sorted_without_duplicates(void **state)
{
	struct oid_list l = {0};

	(void)state;
	oid_list_sort(&l);
	assert_int_equal(oid_list_find(&l, 0), -1);
	for (uint32_t i = 0; i < 1000; i++) {
		/* they differ in some bytes, and some bytes of all are the same */
		uint64_t oid = random_below(300, 1, "oid", i, 0, 0) * 0x0040000000010001u;

		oid_list_append(&l, &oid, 1);
	}
	oid_list_sort(&l);
	assert_true(l.nr > 200 && l.nr <= 300);
	for (uint32_t i = 0; i < l.nr; i++) {
		assert_true(i == 0 || l.oid[i - 1] < l.oid[i]);
		assert_int_equal(oid_list_find(&l, l.oid[i]), i);
		assert_int_equal(oid_list_find(&l, l.oid[i] + 1), -1);
	}
	oid_list_free(&l);
}

int recovery_list_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member_is_asked_once_from_a_random_one_on),
		cmocka_unit_test(a_member_that_gives_no_list_is_left_out),
		cmocka_unit_test(a_list_that_is_too_long_is_asked_for_with_more_room),
		cmocka_unit_test(the_list_waits_for_the_vdi_table),
		cmocka_unit_test(a_gateway_has_an_empty_list_and_announces),
		cmocka_unit_test(a_run_that_would_fill_a_disk_is_cancelled),
		cmocka_unit_test(a_guarded_run_asks_for_all_lists_twice),
		cmocka_unit_test(a_cancelled_run_leaves_the_pending_one_behind),
		cmocka_unit_test(a_list_is_parted_as_placement_demands),
		cmocka_unit_test(lists_are_sorted_without_duplicates),
	};

	return cmocka_run_group_tests_name("recovery_list", tests, NULL, NULL);
}
