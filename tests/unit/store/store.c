#include "tests.h"
#include "base/blob.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sheepsim/wire/header.h>

#define SIZE  (16 * BLOB_PAGE)
#define LARGE (UINT64_C(1) << 40)

static int set_up(void **state)
{
	*state = one_disk(LARGE);
	return 0;
}

static int tear_down(void **state)
{
	store_close(*state);
	return 0;
}

/* An object of SIZE bytes. */
static void put(struct store *s, struct store_key k, uint8_t byte)
{
	uint8_t *bytes = mem_alloc(SIZE);
	struct blob *b;

	memset(bytes, byte, SIZE);
	b = blob_new(bytes, SIZE);
	free(bytes);
	assert_int_equal(store_put(s, k, b), SD_RES_SUCCESS);
	blob_unref(b);
}

/* --- Names (R701, R308) --- */

static void the_strip_index_and_the_suffix_are_part_of_the_name(void **state)
{
	struct store *s = *state;
	const struct store_key k[] = {live(5),	      live(6),	      strip(5, 1, 0),
				      strip(5, 0, 1), strip(5, 1, 1), strip(5, 0, 2)};

	for (uint8_t i = 0; i < 6; i++)
		put(s, k[i], i + 1);
	for (uint8_t i = 0; i < 6; i++)
		assert_int_equal(byte_at(s, k[i], 9), i + 1);
	assert_int_equal(store_nr_live(s), 3);
	assert_int_equal(store_nr_stale(s), 3);
	assert_true(store_delete(s, k[0]));
	assert_false(store_delete(s, k[0]));
	assert_false(store_has(s, k[0]));
	for (uint8_t i = 1; i < 6; i++)
		assert_true(store_has(s, k[i]));
	assert_false(store_has(s, strip(5, 2, 0)));
}

struct seen {
	struct store *s;
	struct store_key k[16];
	uint32_t nr;
};

static void see(void *arg, struct store_key k)
{
	struct seen *seen = arg;

	assert_true(seen->nr < 16);
	seen->k[seen->nr++] = k;
}

static bool key_is(struct store_key a, struct store_key b)
{
	return a.oid == b.oid && a.ec_index == b.ec_index && a.stale_epoch == b.stale_epoch;
}

static void objects_are_met_in_order(void **state)
{
	const struct store_key sorted[] = {
		live(0),	 stale(0, 1),	 stale(0, UINT32_MAX - 1),
		strip(0, 1, 0),	 strip(0, 1, 7), strip(0, 255, 3),
		strip(1, 0, 0),	 live(1u << 31), live(UINT64_C(1) << 63),
		live(UINT64_MAX)};
	const uint32_t nr = sizeof(sorted) / sizeof(sorted[0]);
	struct seen seen = {0};

	for (uint32_t i = 0; i < nr; i++)
		put(*state, sorted[i * 7 % nr], 1);
	store_each(*state, see, &seen);
	assert_int_equal(seen.nr, nr);
	for (uint32_t i = 0; i < nr; i++)
		assert_true(key_is(seen.k[i], sorted[i]));
}

/* What a run does with the objects that do not belong here any more (R504). */
static void set_aside(void *arg, struct store_key k)
{
	struct seen *seen = arg;

	see(arg, k);
	if (k.stale_epoch == 0)
		assert_true(store_rename(seen->s, k, strip(k.oid, k.ec_index, 4)));
}

static void purge(void *arg, struct store_key k)
{
	struct seen *seen = arg;

	assert_true(store_delete(seen->s, k));
}

static void objects_may_be_renamed_and_deleted_while_they_are_met(void **state)
{
	const struct store_key met[] = {live(1), stale(1, 2), stale(1, 4),
					live(2), stale(2, 4), stale(3, 9)};
	struct seen seen = {.s = *state};

	put(*state, live(1), 1);
	put(*state, stale(1, 2), 2);
	put(*state, live(2), 3);
	put(*state, stale(3, 9), 4);
	store_each(*state, set_aside, &seen);
	assert_int_equal(seen.nr, 6);
	for (uint32_t i = 0; i < seen.nr; i++)
		assert_true(key_is(seen.k[i], met[i]));
	assert_int_equal(store_nr_live(*state), 0);
	assert_int_equal(store_nr_stale(*state), 4);
	store_each(*state, purge, &seen);
	assert_int_equal(store_nr_stale(*state), 0);
	assert_int_equal(store_used(*state), 0);
}

/* R523: of this object and strip only, between the bounds, the newest. */
static void the_newest_stale_copy_is_found(void **state)
{
	struct store *s = *state;

	put(s, live(7), 1);
	put(s, stale(7, 3), 1);
	put(s, stale(7, 5), 1);
	put(s, stale(7, 9), 1);
	put(s, strip(7, 1, 6), 1);
	put(s, stale(6, 8), 1);
	assert_int_equal(store_newest_stale(s, 7, 0, 1, 8), 5);
	assert_int_equal(store_newest_stale(s, 7, 0, 1, UINT32_MAX), 9);
	assert_int_equal(store_newest_stale(s, 7, 0, 5, 5), 5);
	assert_int_equal(store_newest_stale(s, 7, 0, 6, 8), 0);
	assert_int_equal(store_newest_stale(s, 7, 0, 0, 2), 0);
	assert_int_equal(store_newest_stale(s, 7, 0, 9, 8), 0);
	assert_int_equal(store_newest_stale(s, 7, 1, 1, UINT32_MAX), 6);
	assert_int_equal(store_newest_stale(s, 7, 1, 1, 5), 0);
	assert_int_equal(store_newest_stale(s, 7, 255, 1, UINT32_MAX), 0);
	assert_int_equal(store_newest_stale(s, 8, 0, 1, 9), 0);
	assert_int_equal(store_newest_stale(s, 0, 0, 1, 9), 0);
}

/* --- Content --- */

static void a_create_replaces_a_live_object(void **state) /* R705 */
{
	struct store *s = *state;

	put(s, live(1), 1);
	write_text(s, live(1), 0, "written");
	put(s, live(1), 2);
	assert_int_equal(byte_at(s, live(1), 0), 2);
	assert_int_equal(store_nr_live(s), 1);
	assert_int_equal(store_used(s), SIZE);
}

static void a_write_changes_its_range_only(void **state) /* R706 */
{
	struct store *s = *state;

	put(s, live(1), 1);
	assert_int_equal(write_text(s, live(1), BLOB_PAGE - 1, "ab"), SD_RES_SUCCESS);
	assert_int_equal(byte_at(s, live(1), BLOB_PAGE - 2), 1);
	assert_int_equal(byte_at(s, live(1), BLOB_PAGE - 1), 'a');
	assert_int_equal(byte_at(s, live(1), BLOB_PAGE), 'b');
	assert_int_equal(byte_at(s, live(1), BLOB_PAGE + 1), 1);
	assert_int_equal(write_text(s, live(1), SIZE - 1, "ab"), SD_RES_SUCCESS);
	assert_int_equal(byte_at(s, live(1), SIZE - 1), 'a');
	assert_int_equal(byte_at(s, live(1), SIZE), 0);
	assert_int_equal(write_text(s, live(2), 0, "ab"), SD_RES_NO_OBJ);
	assert_false(store_has(s, live(2)));
}

static void what_was_read_does_not_change_with_the_object(void **state)
{
	struct store *s = *state;
	struct blob *b;
	uint8_t byte;

	put(s, live(1), 1);
	b = store_get(s, live(1));
	write_text(s, live(1), 0, "x");
	blob_read(b, 0, &byte, 1);
	assert_int_equal(byte, 1);
	assert_int_equal(byte_at(s, live(1), 0), 'x');
	blob_unref(b);
	assert_null(store_get(s, live(3)));
}

static void an_object_that_nobody_reads_is_written_in_place(void **state)
{
	uint64_t memory;

	put(*state, live(1), 1);
	memory = blob_memory();
	write_text(*state, live(1), 100, "in place");
	assert_int_equal(blob_memory(), memory);
}

static void replicas_in_many_stores_share_their_pages(void **state)
{
	struct store *other;
	struct blob *b;
	uint64_t memory;

	if (rig_is_sqlite())
		skip(); /* they have none in memory */
	other = one_disk(LARGE);
	put(*state, live(1), 1);
	memory = blob_memory();
	b = store_get(*state, live(1));
	assert_int_equal(store_put(other, live(1), b), SD_RES_SUCCESS);
	blob_unref(b);
	assert_int_equal(blob_memory(), memory);
	write_text(other, live(1), 0, "mine");
	assert_int_equal(byte_at(*state, live(1), 0), 1);
	assert_in_range(blob_memory() - memory, BLOB_PAGE, BLOB_PAGE + 64);
	store_close(other);
	assert_int_equal(blob_memory(), memory);
}

/* --- Renames and links --- */

static void a_rename_overwrites_what_has_the_new_name(void **state) /* R505 */
{
	struct store *s = *state;

	put(s, live(1), 1);
	put(s, stale(1, 4), 2);
	assert_true(store_rename(s, live(1), stale(1, 4)));
	assert_int_equal(byte_at(s, live(1), 0), -1);
	assert_int_equal(byte_at(s, stale(1, 4), 0), 1);
	assert_int_equal(store_used(s), SIZE);
	assert_int_equal(store_nr_live(s), 0);
	assert_int_equal(store_nr_stale(s), 1);
	assert_false(store_rename(s, live(1), stale(1, 4)));
	assert_int_equal(byte_at(s, stale(1, 4), 0), 1);
	assert_true(store_rename(s, stale(1, 4), stale(1, 4)));
	assert_int_equal(store_nr_stale(s), 1);
}

static void both_names_of_a_linked_object_see_writes(void **state) /* R708 */
{
	struct store *s = *state;

	put(s, stale(1, 4), 1);
	assert_true(store_link(s, stale(1, 4), live(1)));
	assert_int_equal(store_nr_live(s), 1);
	assert_int_equal(store_nr_stale(s), 1);
	assert_int_equal(store_used(s), SIZE);
	write_text(s, live(1), 0, "a");
	assert_int_equal(byte_at(s, stale(1, 4), 0), 'a');
	write_text(s, stale(1, 4), 0, "b");
	assert_int_equal(byte_at(s, live(1), 0), 'b');
}

static void replacing_the_live_name_ends_the_sharing(void **state) /* R708 */
{
	struct store *s = *state;

	put(s, stale(1, 4), 1);
	store_link(s, stale(1, 4), live(1));
	put(s, live(1), 2);
	assert_int_equal(byte_at(s, stale(1, 4), 0), 1);
	assert_int_equal(store_used(s), 2 * SIZE);
	write_text(s, live(1), 0, "a");
	assert_int_equal(byte_at(s, stale(1, 4), 0), 1);
}

static void removing_the_live_name_keeps_the_stale_copy(void **state) /* R707, R708 */
{
	struct store *s = *state;

	put(s, stale(1, 4), 1);
	store_link(s, stale(1, 4), live(1));
	assert_true(store_delete(s, live(1)));
	assert_int_equal(byte_at(s, stale(1, 4), 0), 1);
	assert_int_equal(store_used(s), SIZE);
	put(s, live(1), 2);
	write_text(s, live(1), 0, "a");
	assert_int_equal(byte_at(s, stale(1, 4), 0), 1);
}

static void setting_aside_under_another_suffix_leaves_two_names(void **state) /* R708 */
{
	struct store *s = *state;

	put(s, stale(1, 4), 1);
	store_link(s, stale(1, 4), live(1));
	assert_true(store_rename(s, live(1), stale(1, 6)));
	assert_int_equal(byte_at(s, live(1), 0), -1);
	assert_int_equal(byte_at(s, stale(1, 6), 0), 1);
	assert_int_equal(store_nr_stale(s), 2);
	put(s, live(1), 2);
	write_text(s, live(1), 0, "a");
	assert_int_equal(byte_at(s, stale(1, 4), 0), 1);
	assert_int_equal(byte_at(s, stale(1, 6), 0), 1);
}

static void setting_aside_under_the_name_it_was_linked_from_does_nothing(void **state)
{
	struct store *s = *state;

	put(s, stale(1, 4), 1);
	store_link(s, stale(1, 4), live(1));
	assert_true(store_rename(s, live(1), stale(1, 4)));
	assert_true(store_has(s, live(1)));
	assert_true(store_has(s, stale(1, 4)));
}

static void a_link_never_replaces(void **state) /* R708 */
{
	struct store *s = *state;

	put(s, stale(1, 4), 1);
	put(s, live(1), 2);
	assert_true(store_link(s, stale(1, 4), live(1)));
	assert_int_equal(byte_at(s, live(1), 0), 2);
	assert_false(store_link(s, stale(2, 4), live(2)));
	assert_false(store_has(s, live(2)));
}

/* --- Capacity (R711) --- */

static void a_put_that_does_not_fit_changes_nothing(void **state)
{
	struct store *s = one_disk(3 * SIZE - 1);
	struct blob *b;

	(void)state;
	put(s, live(1), 1);
	put(s, live(2), 2);
	assert_int_equal(store_used(s), 2 * SIZE);
	assert_int_equal(store_free(s), SIZE - BLOB_PAGE); /* whole pages only */
	b = store_get(s, live(2));
	assert_int_equal(store_put(s, live(3), b), SD_RES_NO_SPACE);
	assert_false(store_has(s, live(3)));
	/* the new content is written beside the old one */
	assert_int_equal(store_put(s, live(1), b), SD_RES_NO_SPACE);
	assert_int_equal(byte_at(s, live(1), 0), 1);
	assert_int_equal(store_used(s), 2 * SIZE);
	store_delete(s, live(2));
	assert_int_equal(store_put(s, live(1), b), SD_RES_SUCCESS);
	blob_unref(b);
	store_close(s);
}

static void a_write_that_does_not_fit_changes_nothing(void **state)
{
	struct store *s = one_disk(3 * BLOB_PAGE);
	struct blob *zeros = blob_zero(SIZE);

	(void)state;
	assert_int_equal(store_put(s, inode(1), zeros), SD_RES_SUCCESS); /* sparse */
	assert_int_equal(store_used(s), 0);
	assert_int_equal(write_text(s, inode(1), 0, "a"), SD_RES_SUCCESS);
	assert_int_equal(store_used(s), BLOB_PAGE);
	assert_int_equal(write_text(s, inode(1), 3 * BLOB_PAGE - 1, "bb"), SD_RES_SUCCESS);
	assert_int_equal(write_text(s, inode(1), 2 * BLOB_PAGE - 1, "bb"), SD_RES_NO_SPACE);
	assert_int_equal(byte_at(s, inode(1), 2 * BLOB_PAGE - 1), 0);
	assert_int_equal(store_free(s), 0);
	/* what is there can be written again in a full store; zeros make no room */
	assert_int_equal(write_text(s, inode(1), 5, "c"), SD_RES_SUCCESS);
	assert_int_equal(store_write(s, inode(1), 0, zeros), SD_RES_NO_SPACE);
	assert_int_equal(byte_at(s, inode(1), 5), 'c');
	assert_int_equal(write_text(s, inode(1), 9 * BLOB_PAGE, "d"), SD_RES_NO_SPACE);
	assert_int_equal(store_put(s, inode(2), zeros), SD_RES_SUCCESS);
	blob_unref(zeros);
	store_close(s);
}

static void erasing_removes_all_objects_and_nothing_else(void **state) /* R224 */
{
	struct store *s = *state;
	struct blob *log = blob_new("log", 3);

	put(s, stale(1, 4), 1);
	store_link(s, stale(1, 4), live(1));
	put(s, live(2), 1);
	store_log_put(s, 4, log);
	store_erase(s);
	assert_false(store_has(s, live(1)));
	assert_false(store_has(s, stale(1, 4)));
	assert_int_equal(store_nr_live(s) + store_nr_stale(s), 0);
	assert_int_equal(store_used(s), 0);
	assert_int_equal(store_log_highest(s), 4);
	put(s, live(2), 1);
	assert_int_equal(store_nr_live(s), 1);
	blob_unref(log);
}

/* --- Config record and epoch logs (R202) --- */

static void the_config_record_is_kept(void **state)
{
	struct store_config c;
	const struct store_config put_in = {
		.ctime = 7, .nr_copies = 3, .store_name = "plain", .space = 99};

	store_config_get(*state, &c);
	assert_int_equal(c.ctime, 0);
	assert_string_equal(c.store_name, "");
	store_config_put(*state, &put_in);
	store_config_get(*state, &c);
	assert_int_equal(c.ctime, 7);
	assert_int_equal(c.nr_copies, 3);
	assert_string_equal(c.store_name, "plain");
	assert_int_equal(c.space, 99);
}

static void epoch_logs_are_kept_in_any_order(void **state) /* R203, R218 */
{
	struct store *s = *state;

	assert_int_equal(store_log_highest(s), 0);
	assert_null(store_log_get(s, 1));
	for (uint32_t i = 0; i < 50; i++) {
		uint32_t epoch = 2 + i * 7 % 50;
		struct blob *log = blob_new(&epoch, sizeof(epoch));

		store_log_put(s, epoch, log);
		blob_unref(log);
	}
	assert_int_equal(store_log_highest(s), 51);
	for (uint32_t epoch = 2; epoch < 52; epoch++) {
		struct blob *log = store_log_get(s, epoch);
		uint32_t content;

		blob_read(log, 0, &content, sizeof(content));
		assert_int_equal(content, epoch);
		store_log_put(s, epoch, log);
		blob_unref(log);
	}
	assert_null(store_log_get(s, 1));
	assert_null(store_log_get(s, 52));
	store_log_clear(s);
	assert_int_equal(store_log_highest(s), 0);
	assert_null(store_log_get(s, 2));
}

/* --- Clones --- */

static void a_clone_is_a_store_of_its_own(void **state)
{
	struct store *s = *state;
	struct blob *log = blob_new("log", 3);
	uint64_t memory;
	struct store *clone;

	put(s, live(1), 1);
	put(s, stale(2, 4), 2);
	store_link(s, stale(2, 4), live(2));
	store_link(s, stale(2, 4), stale(2, 9));
	store_log_put(s, 1, log);
	store_config_put(s, &(struct store_config){.ctime = 7});
	memory = blob_memory();
	clone = rig_copy(s);
	assert_int_equal(blob_memory(), memory);
	assert_int_equal(store_used(clone), store_used(s));
	assert_int_equal(store_nr_live(clone), 2);
	assert_int_equal(store_nr_stale(clone), 2);
	assert_int_equal(store_log_highest(clone), 1);
	write_text(clone, live(1), 0, "a");
	write_text(clone, live(2), 0, "b");
	assert_int_equal(byte_at(s, live(1), 0), 1);
	assert_int_equal(byte_at(s, live(2), 0), 2);
	/* names that shared an object still do, in the clone and in the original */
	assert_int_equal(byte_at(clone, stale(2, 4), 0), 'b');
	assert_int_equal(byte_at(clone, stale(2, 9), 0), 'b');
	write_text(s, stale(2, 9), 0, "c");
	assert_int_equal(byte_at(s, live(2), 0), 'c');
	store_close(clone);
	clone = rig_copy(s);
	assert_int_equal(byte_at(clone, stale(2, 4), 0), 'c');
	store_close(clone);
	blob_unref(log);
}

static void replicas_that_are_copied_together_are_shared_again(void **state)
{
	struct store *other = one_disk(LARGE), *copy[2];
	struct contents *known = contents_new();
	uint64_t memory;

	put(*state, live(1), 1);
	put(other, live(1), 1); /* equal, and another one */
	put(other, live(2), 2);
	copy[0] = store_memory_copy(*state, known);
	memory = blob_memory();
	copy[1] = store_memory_copy(other, known);
	if (rig_is_sqlite()) /* the originals are not in memory */
		assert_in_range(blob_memory() - memory, SIZE, SIZE + SIZE / 8);
	contents_free(known);
	write_text(copy[1], live(1), 0, "x");
	assert_int_equal(byte_at(copy[0], live(1), 0), 1);
	assert_int_equal(byte_at(copy[1], live(1), 0), 'x');
	assert_int_equal(byte_at(copy[1], live(2), 0), 2);
	store_close(copy[0]);
	store_close(copy[1]);
	store_close(other);
}

static void a_part_can_be_read(void **state)
{
	struct store *s = *state;
	struct blob *b;
	char text[4];

	put(s, live(1), 'a');
	write_text(s, live(1), SIZE - 3, "xyz");
	assert_int_equal(store_length(s, live(1)), SIZE);
	b = store_read(s, live(1), SIZE - 3, BLOB_PAGE);
	assert_int_equal(blob_size(b), BLOB_PAGE);
	blob_read(b, 0, text, sizeof(text));
	assert_memory_equal(text, "xyz", 4);
	blob_unref(b);
	assert_null(store_read(s, live(2), 0, 1));
	assert_int_equal(store_length(s, live(2)), 0);
}

static void a_wiped_store_is_as_new(void **state)
{
	struct store *s = *state;
	struct blob *log = blob_new("log", 3);
	struct store_config c;

	put(s, live(1), 1);
	put(s, stale(2, 4), 2);
	store_log_put(s, 3, log);
	store_config_put(s, &(struct store_config){.ctime = 7});
	assert_true(store_plug(s, store_disk_add(s, "/second", LARGE)));
	store_disk_lose(s, 1);
	store_wipe(s);
	store_config_get(s, &c);
	assert_int_equal(c.ctime, 0);
	assert_int_equal(store_log_highest(s), 0);
	assert_int_equal(store_nr_disks(s), 1);
	assert_false(store_disk_is_lost(s, 1));
	assert_int_equal(store_size(s), LARGE);
	assert_int_equal(store_used(s), 0);
	assert_int_equal(store_nr_live(s) + store_nr_stale(s), 0);
	put(s, live(1), 3);
	assert_int_equal(byte_at(s, live(1), 0), 3);
	blob_unref(log);
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int store_tests(void)
{
	const struct CMUnitTest tests[] = {
		test(the_strip_index_and_the_suffix_are_part_of_the_name),
		test(objects_are_met_in_order),
		test(objects_may_be_renamed_and_deleted_while_they_are_met),
		test(the_newest_stale_copy_is_found),
		test(a_create_replaces_a_live_object),
		test(a_write_changes_its_range_only),
		test(what_was_read_does_not_change_with_the_object),
		test(an_object_that_nobody_reads_is_written_in_place),
		test(replicas_in_many_stores_share_their_pages),
		test(a_rename_overwrites_what_has_the_new_name),
		test(both_names_of_a_linked_object_see_writes),
		test(replacing_the_live_name_ends_the_sharing),
		test(removing_the_live_name_keeps_the_stale_copy),
		test(setting_aside_under_another_suffix_leaves_two_names),
		test(setting_aside_under_the_name_it_was_linked_from_does_nothing),
		test(a_link_never_replaces),
		test(a_put_that_does_not_fit_changes_nothing),
		test(a_write_that_does_not_fit_changes_nothing),
		test(erasing_removes_all_objects_and_nothing_else),
		test(the_config_record_is_kept),
		test(epoch_logs_are_kept_in_any_order),
		test(a_clone_is_a_store_of_its_own),
		test(replicas_that_are_copied_together_are_shared_again),
		test(a_part_can_be_read),
		test(a_wiped_store_is_as_new),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
