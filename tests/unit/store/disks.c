/* The disks of a node: where objects belong, and what becomes of them (R703, R715-R717). */
#include "tests.h"
#include "base/blob.h"
#include "placement/hash.h"

#include <stdio.h>
#include <string.h>
#include <sheepsim/wire/header.h>

#define GIB  (UINT64_C(1) << 30)
#define DATA (UINT64_C(4) << 20)

static struct store *two_disks(void)
{
	const struct store_disk_config disks[] = {{"/store/0.1", GIB / 2}, {"/store/0.2", GIB / 2}};

	return rig_store(disks, 2);
}

static int set_up(void **state)
{
	*state = two_disks();
	return 0;
}

static int tear_down(void **state)
{
	store_close(*state);
	return 0;
}

static struct store_key on(uint8_t disk, struct store_key k)
{
	k.disk = disk;
	return k;
}

static uint32_t put(struct store *s, struct store_key k, const char *text)
{
	struct blob *b = blob_write(blob_zero(DATA), 0, text, strlen(text));
	uint32_t result = store_put(s, k, b);

	blob_unref(b);
	return result;
}

static void expect_text(struct store *s, struct store_key k, const char *text)
{
	struct blob *b = store_get(s, k);
	char found[32] = "";

	assert_non_null(b);
	blob_read(b, 0, found, strlen(text));
	blob_unref(b);
	assert_string_equal(found, text);
}

static struct store_disk disk(const struct store *s, uint8_t number)
{
	struct store_disk d;

	store_disk(s, number, &d);
	return d;
}

/* An oid that belongs on a disk. */
static uint64_t oid_of(const struct store *s, uint8_t number)
{
	uint64_t oid = 1;

	while (store_home(s, oid) != number)
		oid++;
	return oid;
}

/* ------------------------------------------------------------------ the ring (R715) */

/* By the definition: all points of all disks, the first one at or after the oid's. */
static uint8_t home_by_definition(const struct store *s, uint64_t oid)
{
	uint64_t point = sd_hash_oid(oid);
	uint64_t first = UINT64_MAX, lowest = UINT64_MAX;
	uint8_t home = 0, home_of_lowest = 0;

	for (uint32_t i = 0; i < store_nr_plugged(s); i++) {
		struct store_disk d = disk(s, store_plugged(s, i));
		uint64_t hash = sd_hash(d.path, strlen(d.path));

		for (uint64_t n = 0; n * (16 << 20) < d.recorded; n++) {
			hash = sd_hash_next(hash);
			if (hash < lowest) {
				lowest = hash;
				home_of_lowest = store_plugged(s, i);
			}
			if (hash >= point && hash < first) {
				first = hash;
				home = store_plugged(s, i);
			}
		}
	}
	return home ? home : home_of_lowest;
}

static void objects_belong_where_the_ring_says(void **state) /* R715, R816 */
{
	const struct store_disk_config disks[] = {
		{"/disk/0", 100 << 20}, {"/disk/1", (112 << 20) + BLOB_PAGE}, {"/disk/2", 1 << 20}};
	struct store *s = rig_store(disks, 3);
	uint32_t nr[4] = {0};

	(void)state;
	assert_int_equal(sd_hash("/disk/0", 7), UINT64_C(0xf2ce1d3cbe86024f)); /* spec 3.7 */
	for (uint64_t oid = 0; oid < 2000; oid++) {
		uint8_t home = store_home(s, oid);

		assert_int_equal(home, home_by_definition(s, oid));
		nr[home]++;
	}
	/* 7 points, 8 points, and one */
	assert_int_equal(nr[0], 0);
	assert_true(nr[1] > nr[3] && nr[2] > nr[3] && nr[3] > 0);
	store_close(s);
}

static void captured_objects_lie_where_they_were_found(void **state) /* md3 */
{
	const uint64_t second[] = {sd_vid_to_data_oid(0xed202b, 2), sd_vid_to_inode_oid(0xed202b)};
	const uint64_t first[] = {sd_vid_to_data_oid(0xed202b, 0), sd_vid_to_data_oid(0xed202b, 1)};
	struct store *s = *state;

	/* what was fetched when /store/0.2 was unplugged, and what was not */
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(store_home(s, second[i]), 2);
		assert_int_equal(store_home(s, first[i]), 1);
	}
	assert_true(store_unplug(s, 2));
	assert_int_equal(store_home(s, second[0]), 1);
}

/* ------------------------------------------------------------------ where things are found */

static void what_is_created_lies_on_the_disk_that_it_maps_to(void **state)
{
	struct store *s = *state;

	for (uint8_t n = 1; n <= 2; n++) {
		uint64_t oid = oid_of(s, n);

		assert_int_equal(put(s, live(oid), "a"), SD_RES_SUCCESS);
		assert_int_equal(store_disk_of(s, live(oid)), n);
		assert_true(store_has(s, on(n, live(oid))));
		assert_false(store_has(s, on(3 - n, live(oid))));
		assert_int_equal(disk(s, n).nr_live, 1);
		assert_int_equal(disk(s, n).used, DATA);
	}
	assert_int_equal(store_used(s), 2 * DATA);
}

static void the_disk_that_it_maps_to_comes_first(void **state)
{
	struct store *s = *state;
	uint64_t oid = oid_of(s, 2);

	assert_int_equal(put(s, on(1, live(oid)), "old"), SD_RES_SUCCESS);
	expect_text(s, live(oid), "old");
	assert_int_equal(put(s, live(oid), "new"), SD_RES_SUCCESS);
	expect_text(s, live(oid), "new");
	expect_text(s, on(1, live(oid)), "old");
	assert_int_equal(store_nr_live(s), 2);
	assert_true(store_delete(s, live(oid)));
	expect_text(s, live(oid), "old"); /* one that nobody thought of (R707) */
}

static void other_disks_come_in_order_of_their_paths(void **state)
{
	const struct store_disk_config disks[] = {
		{"/c", GIB}, {"/a", GIB}, {"/b", GIB}, {"/0", GIB}};
	struct store *s = rig_store(disks, 4);
	uint64_t oid = oid_of(s, 4);

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(store_plugged(s, i), "\4\2\3\1"[i]);
	assert_int_equal(put(s, on(1, live(oid)), "c"), SD_RES_SUCCESS);
	assert_int_equal(put(s, on(3, live(oid)), "b"), SD_RES_SUCCESS);
	assert_int_equal(store_disk_of(s, live(oid)), 3);
	store_close(s);
}

static void renames_and_links_stay_on_their_disk(void **state)
{
	struct store *s = *state;
	uint64_t oid = oid_of(s, 2);

	assert_int_equal(put(s, on(1, live(oid)), "a"), SD_RES_SUCCESS);
	assert_true(store_rename(s, live(oid), stale(oid, 4)));
	assert_int_equal(store_disk_of(s, stale(oid, 4)), 1);
	assert_true(store_link(s, stale(oid, 4), live(oid)));
	assert_int_equal(store_disk_of(s, live(oid)), 1);
	/* from is on an unplugged disk, and the name that it would get is there already */
	assert_true(store_unplug(s, 1));
	assert_false(store_has(s, live(oid)));
	assert_true(store_link(s, on(1, stale(oid, 4)), live(oid)));
	assert_int_equal(disk(s, 1).nr_live, 1);
}

/* ------------------------------------------------------------------ the existence test (R703) */

static void an_object_on_another_disk_is_moved(void **state)
{
	struct store *s = *state;
	uint64_t oid = oid_of(s, 2);
	bool moved = true;

	assert_false(store_settle(s, live(oid), &moved));
	assert_false(moved);
	assert_int_equal(put(s, on(1, live(oid)), "a"), SD_RES_SUCCESS);
	assert_true(store_settle(s, live(oid), &moved));
	assert_true(moved);
	assert_int_equal(store_disk_of(s, live(oid)), 2);
	assert_int_equal(disk(s, 1).used, 0);
	assert_int_equal(disk(s, 2).used, DATA);
	expect_text(s, live(oid), "a");
	assert_true(store_settle(s, live(oid), &moved));
	assert_false(moved);
}

static void a_moved_object_shares_nothing_with_a_stale_copy(void **state)
{
	struct store *s = *state;
	uint64_t oid = oid_of(s, 2);
	struct blob *b = blob_new("b", 1);

	assert_int_equal(put(s, on(1, stale(oid, 4)), "a"), SD_RES_SUCCESS);
	assert_true(store_link(s, stale(oid, 4), live(oid)));
	assert_true(store_settle(s, live(oid), NULL));
	assert_int_equal(store_write(s, live(oid), 0, b), SD_RES_SUCCESS);
	expect_text(s, stale(oid, 4), "a");
	expect_text(s, live(oid), "b");
	assert_int_equal(store_used(s), 2 * DATA);
	blob_unref(b);
}

static void what_has_no_room_is_not_moved(void **state)
{
	const struct store_disk_config disks[] = {{"/a", GIB}, {"/b", DATA - 1}};
	struct store *s = rig_store(disks, 2);
	uint64_t oid = oid_of(s, 2);

	(void)state;
	assert_int_equal(put(s, live(oid), "a"), SD_RES_NO_SPACE);
	assert_int_equal(put(s, on(1, live(oid)), "a"), SD_RES_SUCCESS);
	assert_false(store_settle(s, live(oid), NULL));
	assert_true(store_has(s, on(1, live(oid))));
	store_close(s);
}

/* ------------------------------------------------------------------ in and out (R716, R717) */

static void see(void *arg, struct store_key k)
{
	uint32_t *seen = arg;

	seen[k.disk]++;
}

static void unplugging_hides_what_is_there(void **state)
{
	struct store *s = *state;
	uint64_t first = oid_of(s, 1), second = oid_of(s, 2);
	uint32_t seen[3] = {0};

	assert_int_equal(put(s, live(first), "a"), SD_RES_SUCCESS);
	assert_int_equal(put(s, live(second), "b"), SD_RES_SUCCESS);
	assert_int_equal(put(s, stale(second, 4), "c"), SD_RES_SUCCESS);
	assert_true(store_unplug(s, 2));
	assert_false(store_unplug(s, 2));
	assert_false(store_has(s, live(second)));
	assert_int_equal(store_newest_stale(s, second, 0, 1, 9), 0);
	assert_int_equal(store_nr_live(s), 1);
	assert_int_equal(store_nr_stale(s), 0);
	assert_int_equal(store_size(s), GIB / 2);
	store_each(s, see, seen);
	assert_int_equal(seen[1], 1);
	assert_int_equal(seen[2], 0);
	store_erase(s);				  /* formatting erases what is plugged */
	expect_text(s, on(2, live(second)), "b"); /* it is still there */
	assert_int_equal(disk(s, 2).nr_live, 1);
	assert_int_equal(store_nr_live(s), 0);
}

static void plugging_erases_what_is_there(void **state)
{
	struct store *s = *state;
	uint64_t first = oid_of(s, 1), second = oid_of(s, 2);

	assert_int_equal(put(s, live(first), "a"), SD_RES_SUCCESS);
	assert_int_equal(put(s, live(second), "b"), SD_RES_SUCCESS);
	assert_false(store_plug(s, 2)); /* it is plugged */
	assert_true(store_unplug(s, 2));
	assert_true(store_plug(s, 2));
	assert_false(store_has(s, live(second)));
	expect_text(s, live(first), "a");
	assert_int_equal(disk(s, 2).used, 0);
}

static void without_a_disk_there_is_nothing(void **state)
{
	struct store *s = *state;

	assert_int_equal(put(s, live(1), "a"), SD_RES_SUCCESS);
	assert_true(store_unplug(s, 1));
	assert_true(store_unplug(s, 2));
	assert_int_equal(store_home(s, 1), 0);
	assert_false(store_has(s, live(1)));
	assert_int_equal(put(s, live(2), "a"), SD_RES_EIO);
	assert_false(store_settle(s, live(1), NULL));
	assert_int_equal(store_size(s), 0);
}

static void a_lost_directory_has_nothing_and_takes_nothing(void **state)
{
	struct store *s = *state;
	uint64_t oid = oid_of(s, 1);

	assert_int_equal(put(s, live(oid), "a"), SD_RES_SUCCESS);
	store_disk_lose(s, 1);
	assert_true(disk(s, 1).lost && disk(s, 1).plugged);
	assert_true(store_disk_is_lost(s, 1));
	assert_false(store_disk_is_lost(s, 2));
	assert_false(store_has(s, live(oid)));
	assert_int_equal(store_used(s), 0);
	assert_int_equal(put(s, live(oid), "a"), SD_RES_EIO);
	assert_true(store_unplug(s, 1));
	assert_true(store_plug(s, 1)); /* it is made */
	assert_false(disk(s, 1).lost);
	assert_int_equal(put(s, live(oid), "a"), SD_RES_SUCCESS);
}

static void a_disk_may_come_later(void **state)
{
	struct store *s = *state;

	assert_int_equal(store_disk_find(s, "/fresh"), 0);
	assert_int_equal(store_disk_add(s, "/fresh", GIB), 3);
	assert_int_equal(store_disk_find(s, "/fresh"), 3);
	assert_int_equal(store_nr_disks(s), 3);
	assert_int_equal(store_nr_plugged(s), 2);
	assert_false(disk(s, 3).plugged);
	assert_true(store_plug(s, 3));
	assert_int_equal(disk(s, 3).recorded, GIB);
	assert_int_equal(store_size(s), 2 * GIB);
	assert_int_equal(put(s, live(oid_of(s, 3)), "a"), SD_RES_SUCCESS);
}

static void there_is_a_limit(void **state)
{
	struct store *s = *state;
	uint32_t plugged = 2;
	char path[16];

	for (uint32_t i = 3; i <= STORE_MAX_DISKS; i++) {
		snprintf(path, sizeof(path), "/disk/%u", i);
		assert_int_equal(store_disk_add(s, path, GIB), i);
		plugged += store_plug(s, (uint8_t)i);
	}
	assert_int_equal(plugged, STORE_MAX_PLUGGED);
	assert_int_equal(store_nr_plugged(s), STORE_MAX_PLUGGED);
	assert_int_equal(store_disk_add(s, "/one/more", GIB), 0);
	assert_int_equal(store_disk_find(s, "/one/more"), 0);
}

static void a_process_has_the_disks_that_it_is_started_with(void **state)
{
	struct store *s = *state;
	uint64_t oid = oid_of(s, 2);

	assert_int_equal(put(s, live(oid), "a"), SD_RES_SUCCESS);
	store_disk_lose(s, 1);
	assert_true(store_unplug(s, 2));
	assert_true(store_plug(s, store_disk_add(s, "/fresh", GIB)));
	assert_int_equal(put(s, on(3, live(oid)), "b"), SD_RES_SUCCESS);
	store_open(s);
	assert_int_equal(store_nr_plugged(s), 2);
	assert_true(disk(s, 1).plugged && disk(s, 2).plugged);
	assert_false(disk(s, 1).lost);
	expect_text(s, live(oid), "a"); /* what the disk held when it was unplugged */
	expect_text(s, on(3, live(oid)), "b");
}

static void a_clone_has_the_same_disks(void **state)
{
	struct store *s = *state;
	uint64_t oid = oid_of(s, 2);
	struct store *clone;

	assert_int_equal(put(s, on(1, live(oid)), "a"), SD_RES_SUCCESS);
	assert_true(store_plug(s, store_disk_add(s, "/fresh", GIB)));
	assert_true(store_unplug(s, 1));
	store_disk_lose(s, 2);
	clone = rig_copy(s);
	assert_int_equal(store_nr_disks(clone), 3);
	for (uint8_t n = 1; n <= 3; n++) {
		struct store_disk a = disk(s, n), b = disk(clone, n);

		assert_string_equal(a.path, b.path);
		assert_int_equal(a.plugged, b.plugged);
		assert_int_equal(a.lost, b.lost);
		assert_int_equal(a.capacity, b.capacity);
		assert_int_equal(a.recorded, b.recorded);
		assert_int_equal(a.used, b.used);
		assert_int_equal(a.nr_live, b.nr_live);
	}
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(store_home(clone, i), store_home(s, i));
	store_open(clone);
	expect_text(clone, on(1, live(oid)), "a");
	store_close(clone);
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int disks_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_belong_where_the_ring_says),
		test(captured_objects_lie_where_they_were_found),
		test(what_is_created_lies_on_the_disk_that_it_maps_to),
		test(the_disk_that_it_maps_to_comes_first),
		cmocka_unit_test(other_disks_come_in_order_of_their_paths),
		test(renames_and_links_stay_on_their_disk),
		test(an_object_on_another_disk_is_moved),
		test(a_moved_object_shares_nothing_with_a_stale_copy),
		cmocka_unit_test(what_has_no_room_is_not_moved),
		test(unplugging_hides_what_is_there),
		test(plugging_erases_what_is_there),
		test(without_a_disk_there_is_nothing),
		test(a_lost_directory_has_nothing_and_takes_nothing),
		test(a_disk_may_come_later),
		test(there_is_a_limit),
		test(a_process_has_the_disks_that_it_is_started_with),
		test(a_clone_has_the_same_disks),
	};

	return cmocka_run_group_tests_name("disks", tests, NULL, NULL);
}
