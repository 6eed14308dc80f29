/* Temporaries, unsynced writes, the journal's files (R705, R712, R713). */
#include "tests.h"
#include "base/blob.h"

#include <string.h>
#include <sheepsim/wire/header.h>

#define SIZE (4 * BLOB_PAGE)
#define GIB  (UINT64_C(1) << 30)

static int set_up(void **state)
{
	*state = one_disk(GIB);
	return 0;
}

static int tear_down(void **state)
{
	store_close(*state);
	return 0;
}

static struct blob *filled(uint8_t byte)
{
	uint8_t bytes[SIZE];

	memset(bytes, byte, sizeof(bytes));
	return blob_new(bytes, sizeof(bytes));
}

static void put(struct store *s, struct store_key k, uint8_t byte)
{
	struct blob *b = filled(byte);

	assert_int_equal(store_put(s, k, b), SD_RES_SUCCESS);
	blob_unref(b);
}

static void write_byte(struct store *s, struct store_key k, uint64_t offset, uint8_t byte)
{
	struct blob *b = blob_new(&byte, 1);

	assert_int_equal(store_write(s, k, offset, b), SD_RES_SUCCESS);
	blob_unref(b);
}

static struct store_key on_disk(uint64_t oid)
{
	return (struct store_key){.oid = oid, .disk = 1};
}

/* ------------------------------------------------------------------ temporaries (R705) */

static void never(void *arg, struct store_key k)
{
	(void)arg;
	(void)k;
	fail_msg("a temporary was met");
}

static uint32_t make_temporary(struct store *s, uint64_t oid, uint8_t byte)
{
	struct blob *b = filled(byte);
	uint32_t result = store_temporary(s, on_disk(oid), b);

	blob_unref(b);
	return result;
}

static void a_temporary_takes_room_and_is_seen_by_nobody(void **state)
{
	struct store *s = *state;
	struct store_disk d;

	assert_int_equal(make_temporary(s, 1, 'a'), SD_RES_SUCCESS);
	assert_true(store_has_temporary(s, on_disk(1)));
	assert_int_equal(store_used(s), SIZE);
	store_disk(s, 1, &d);
	assert_int_equal(d.nr_temporary, 1);
	assert_int_equal(store_nr_live(s) + store_nr_stale(s), 0);
	assert_false(store_has(s, live(1)));
	assert_int_equal(store_newest_stale(s, 1, 0, 1, UINT32_MAX), 0);
	store_each(s, never, NULL);
}

static void a_published_temporary_replaces_the_live_object(void **state)
{
	struct store *s = *state;

	put(s, live(1), 'o');
	assert_int_equal(make_temporary(s, 1, 'n'), SD_RES_SUCCESS);
	assert_int_equal(byte_at(s, live(1), 0), 'o');
	assert_int_equal(store_used(s), 2 * SIZE);
	assert_true(store_publish(s, on_disk(1)));
	assert_int_equal(byte_at(s, live(1), 0), 'n');
	assert_int_equal(store_used(s), SIZE);
	assert_false(store_publish(s, on_disk(1))); /* there is none any more */
	assert_int_equal(store_nr_live(s), 1);
}

static void temporaries_outlive_the_process_until_they_are_dropped(void **state)
{
	struct store *s;

	for (uint64_t oid = 1; oid < 600; oid += 2) {
		put(*state, live(oid + 1), 'o');
		assert_int_equal(make_temporary(*state, oid, 't'), SD_RES_SUCCESS);
	}
	*state = s = rig_restart(*state);
	assert_int_equal(store_used(s), 600 * SIZE);
	store_drop_temporary(s, on_disk(1));
	assert_false(store_has_temporary(s, on_disk(1)));
	assert_int_equal(store_drop_temporaries(s), 299);
	assert_int_equal(store_drop_temporaries(s), 0);
	assert_int_equal(store_used(s), 300 * SIZE);
	assert_int_equal(store_nr_live(s), 300);
}

static void a_temporary_needs_room(void **state)
{
	struct store *s = one_disk(2 * SIZE);

	(void)state;
	put(s, live(1), 'o');
	assert_int_equal(make_temporary(s, 1, 'n'), SD_RES_SUCCESS);
	assert_int_equal(make_temporary(s, 2, 'n'), SD_RES_NO_SPACE);
	store_erase(s);
	assert_false(store_has_temporary(s, on_disk(1)));
	assert_false(store_publish(s, on_disk(1)));
	store_close(s);
}

/* ------------------------------------------------------------------ unsynced writes (R712) */

static bool keep_nothing(void *arg, uint64_t oid, uint64_t n)
{
	uint64_t *asked = arg;

	(void)oid;
	(void)n;
	(*asked)++;
	return false;
}

static uint32_t cut(struct store *s)
{
	uint64_t asked = 0;

	return store_power_cut(s, keep_nothing, &asked);
}

static void what_is_synced_survives_a_power_cut(void **state)
{
	struct store *s = *state;

	put(s, live(1), 'o');
	write_byte(s, live(1), 5, 'n');
	assert_int_equal(cut(s), 0);
	assert_int_equal(byte_at(s, live(1), 5), 'n');
	store_defer(s, true);
	write_byte(s, live(1), 5, 'm');
	assert_int_equal(store_unflushed(s), 1);
	store_flush(s);
	assert_int_equal(store_unflushed(s), 0);
	assert_int_equal(cut(s), 0);
	assert_int_equal(byte_at(s, live(1), 5), 'm');
	write_byte(s, live(1), 5, 'k'); /* who has lost the power syncs again */
	assert_int_equal(cut(s), 0);
}

static void what_is_not_synced_is_lost(void **state)
{
	struct store *s = *state;

	put(s, live(1), 'o');
	put(s, live(2), 'o');
	store_defer(s, true);
	write_byte(s, live(1), 5, 'a');
	write_byte(s, live(1), 5, 'b');
	write_byte(s, live(1), BLOB_PAGE, 'c');
	put(s, live(2), 'n');
	write_byte(s, live(2), 7, 'd');
	put(s, live(3), 'n');
	assert_int_equal(make_temporary(s, 4, 't'), SD_RES_SUCCESS);
	assert_true(store_publish(s, on_disk(4)));
	assert_int_equal(cut(s), 7);
	assert_int_equal(byte_at(s, live(1), 5), 'o');
	assert_int_equal(byte_at(s, live(1), BLOB_PAGE), 'o');
	assert_int_equal(byte_at(s, live(2), 0), 'o');
	assert_int_equal(byte_at(s, live(2), 7), 'o');
	assert_false(store_has(s, live(3)));
	assert_false(store_has(s, live(4)));
	assert_int_equal(store_used(s), 2 * SIZE);
}

/* Pages of even numbers have reached the disk. */
static bool keep_even(void *arg, uint64_t oid, uint64_t n)
{
	(void)arg;
	(void)oid;
	return n % 2 == 0;
}

static void a_write_may_be_torn_between_its_pages(void **state)
{
	struct store *s = *state;
	struct blob *b = filled('n');

	put(s, live(1), 'o');
	store_defer(s, true);
	assert_int_equal(store_write(s, live(1), 10, b), SD_RES_SUCCESS);
	assert_int_equal(store_power_cut(s, keep_even, NULL), 1);
	for (uint64_t page = 0; page < 4; page++)
		assert_int_equal(byte_at(s, live(1), page * BLOB_PAGE + 20), page % 2 ? 'o' : 'n');
	assert_int_equal(byte_at(s, live(1), 9), 'o');
	blob_unref(b);
}

static void what_is_renamed_linked_or_removed_is_synced(void **state)
{
	struct store *s = *state;

	store_defer(s, true);
	for (uint64_t oid = 1; oid <= 4; oid++)
		put(s, live(oid), 'n');
	assert_true(store_rename(s, live(1), stale(1, 4)));
	assert_true(store_rename(s, live(2), stale(2, 4)));
	write_byte(s, stale(2, 4), 0, 'm');
	assert_true(store_link(s, stale(2, 4), live(2)));
	assert_true(store_delete(s, live(3)));
	assert_int_equal(cut(s), 1);
	assert_int_equal(byte_at(s, stale(1, 4), 0), 'n');
	assert_int_equal(byte_at(s, live(2), 0), 'm');
	assert_false(store_has(s, live(3)));
	assert_false(store_has(s, live(4)));
}

static void the_kernel_does_not_wait_for_ever(void **state)
{
	struct store *s = *state;
	struct blob *b = blob_zero(UINT64_C(40) << 20);

	store_defer(s, true);
	assert_int_equal(store_put(s, live(1), b), SD_RES_SUCCESS);
	assert_int_equal(store_put(s, live(2), b), SD_RES_SUCCESS);
	assert_int_equal(cut(s), 1);
	assert_true(store_has(s, live(1)));
	assert_false(store_has(s, live(2)));
	blob_unref(b);
}

static void erased_objects_do_not_come_back(void **state)
{
	struct store *s = *state;

	put(s, live(1), 'o');
	store_defer(s, true);
	put(s, live(1), 'n');
	store_erase(s);
	assert_int_equal(cut(s), 0);
	assert_false(store_has(s, live(1)));
}

/* ------------------------------------------------------------------ the journal (R713) */

static void append(struct store *s, uint32_t file, uint64_t oid, enum journal_op op, uint64_t bytes)
{
	struct journal_entry e = {.op = op, .oid = oid, .complete = oid != 9, .offset = oid};

	if (bytes)
		e.data = blob_zero(bytes);
	store_journal_append(s, file, &e);
	blob_unref(e.data);
}

struct read_back {
	uint64_t oids[8];
	uint32_t nr, stop_at;
};

static bool take(void *arg, const struct journal_entry *e)
{
	struct read_back *r = arg;

	assert_int_equal(e->offset, e->oid);
	assert_int_equal(e->complete, e->oid != 9);
	r->oids[r->nr++] = e->oid;
	return r->nr != r->stop_at;
}

static void entries_stay_in_their_order_until_their_file_is_cleared(void **state)
{
	struct read_back r = {0}, first = {.stop_at = 1};
	struct store *s = *state;

	assert_int_equal(store_journal_older(s), 0);
	append(s, 1, 5, JOURNAL_CREATE, 1000);
	assert_int_equal(store_journal_older(s), 1);
	append(s, 0, 6, JOURNAL_WRITE, 512);
	append(s, 1, 7, JOURNAL_REMOVE, 0);
	append(s, 1, 9, JOURNAL_WRITE, 1);
	*state = s = rig_restart(s);
	assert_int_equal(store_journal_older(s), 1);
	assert_int_equal(store_journal_entries(s, 1), 3);
	assert_int_equal(store_journal_bytes(s, 1), 3 * 512 + 1024 + 512);
	assert_int_equal(store_journal_bytes(s, 0), 1024);
	store_journal_each(s, 1, take, &r);
	assert_int_equal(r.nr, 3);
	assert_true(r.oids[0] == 5 && r.oids[1] == 7 && r.oids[2] == 9);
	store_journal_each(s, 1, take, &first);
	assert_int_equal(first.nr, 1);
	store_journal_clear(s, 1);
	assert_int_equal(store_journal_entries(s, 1), 0);
	assert_int_equal(store_journal_older(s), 0);
	append(s, 1, 8, JOURNAL_WRITE, 1);
	*state = s = rig_restart(s);
	assert_int_equal(store_journal_older(s), 0);
	assert_int_equal(store_journal_entries(s, 1), 1);
	store_wipe(s);
	assert_int_equal(store_journal_entries(s, 0) + store_journal_entries(s, 1), 0);
}

static void a_copy_has_the_journal_too(void **state)
{
	struct read_back r = {0};
	struct store *copy;

	append(*state, 1, 5, JOURNAL_CREATE, 1000);
	append(*state, 0, 6, JOURNAL_WRITE, 512);
	copy = rig_copy(*state);
	assert_int_equal(store_journal_older(copy), 1);
	store_journal_each(copy, 0, take, &r);
	assert_int_equal(r.nr, 1);
	assert_int_equal(r.oids[0], 6);
	store_close(copy);
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int durability_tests(void)
{
	const struct CMUnitTest tests[] = {
		test(a_temporary_takes_room_and_is_seen_by_nobody),
		test(a_published_temporary_replaces_the_live_object),
		test(temporaries_outlive_the_process_until_they_are_dropped),
		test(a_temporary_needs_room),
		test(what_is_synced_survives_a_power_cut),
		test(what_is_not_synced_is_lost),
		test(a_write_may_be_torn_between_its_pages),
		test(what_is_renamed_linked_or_removed_is_synced),
		test(the_kernel_does_not_wait_for_ever),
		test(erased_objects_do_not_come_back),
		test(entries_stay_in_their_order_until_their_file_is_cleared),
		test(a_copy_has_the_journal_too),
	};

	return cmocka_run_group_tests_name("durability", tests, NULL, NULL);
}
