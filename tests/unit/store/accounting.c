/*
 * What objects and metadata take of a disk, as MD_INFO and STAT_SHEEP of captured nodes told it.
 * The captures are named in the comments.
 */
#include "tests.h"
#include "base/blob.h"

#include <string.h>
#include <sheepsim/wire/header.h>

#define GIB	   (UINT64_C(1) << 30)
#define DATA	   (UINT64_C(4) << 20)
#define ALPHA	   UINT32_C(0xed202b)
#define INODE_HEAD 4664u    /* data_vdi_id begins here */
#define GREFS	   4198968u /* gref begins here */

static void put_content(struct store *s, struct store_key k, struct blob *content)
{
	assert_int_equal(store_put(s, k, content), SD_RES_SUCCESS);
	blob_unref(content);
}

/* A data object that was created by a write of a few bytes. */
static void put_data(struct store *s, uint32_t vid, uint32_t index)
{
	put_content(s, live(sd_vid_to_data_oid(vid, index)),
		    blob_write(blob_zero(DATA), 0, "data", 4));
}

static void write_bytes(struct store *s, struct store_key k, uint64_t offset, const void *bytes,
			uint64_t len)
{
	struct blob *b = blob_new(bytes, len);

	assert_int_equal(store_write(s, k, offset, b), SD_RES_SUCCESS);
	blob_unref(b);
}

static struct blob *new_inode(void)
{
	return blob_write(blob_zero(SD_INODE_SIZE), 0, "alpha", 5);
}

/* What a gateway does to the inode when a VM creates object 0: the index entry, then R630's gref.
 */
static void index_object(struct store *s, uint32_t vid, uint32_t index)
{
	const uint32_t entry = vid;
	const uint8_t gref[8] = {0};

	write_bytes(s, inode(vid), INODE_HEAD + 4 * index, &entry, sizeof(entry));
	write_bytes(s, inode(vid), GREFS + 8 * index, gref, sizeof(gref));
}

/* Formatted, with the logs of so many epochs of three nodes. */
static void format(struct store *s, uint32_t epochs)
{
	struct blob *log = blob_zero(3 * 80 + 8);

	store_config_put(s, &(struct store_config){.ctime = 7});
	for (uint32_t epoch = 1; epoch <= epochs; epoch++)
		store_log_put(s, epoch, log);
	blob_unref(log);
}

static void one_object_and_its_inode(void **state) /* admin3: node_md_info, node_info */
{
	struct store *s = one_disk(GIB);
	struct store_disk d;

	(void)state;
	format(s, 1);
	put_content(s, inode(ALPHA), new_inode());
	put_data(s, ALPHA, 0);
	index_object(s, ALPHA, 0);
	assert_int_equal(store_size(s), 1073733632);
	assert_int_equal(store_free(s), 1069527040);
	assert_int_equal(store_used(s), 4206592);
	store_disk(s, 1, &d);
	assert_int_equal(d.used, 4206592);
	assert_int_equal(d.free, 1069527040);
	store_close(s);
}

static void metadata_take_a_page_each(void **state) /* sizes3: gateway_node_info, gateway_md_info */
{
	struct store *s = one_disk(GIB);
	struct blob *large = blob_zero(52 * 80 + 8);

	(void)state;
	assert_int_equal(store_size(s), GIB);
	store_config_put(s, &(struct store_config){.space = GIB}); /* not formatted yet */
	assert_int_equal(store_size(s), GIB);
	format(s, 1);
	assert_int_equal(store_free(s), 1073733632);
	format(s, 2);
	assert_int_equal(store_size(s), 1073729536);
	store_log_put(s, 2, large); /* one with more than 51 members takes two */
	assert_int_equal(store_size(s), 1073725440);
	store_log_clear(s);
	assert_int_equal(store_size(s), GIB - BLOB_PAGE);
	blob_unref(large);
	store_close(s);
}

static void metadata_of_nodes_with_several_disks_lie_elsewhere(void **state) /* md3 */
{
	const struct store_disk_config disks[] = {{"/store/0.1", GIB / 2}, {"/store/0.2", GIB / 2}};
	struct store *s = rig_store(disks, 2);
	struct store_disk first, second;

	(void)state;
	format(s, 1);
	put_content(s, inode(ALPHA), new_inode());
	for (uint32_t i = 0; i < 3; i++) {
		put_data(s, ALPHA, i);
		index_object(s, ALPHA, i);
	}
	store_disk(s, 1, &first); /* md_info_two_disks */
	assert_int_equal(first.free, 528482304);
	assert_int_equal(first.used, 8388608);
	store_disk(s, 2, &second);
	assert_int_equal(second.free, 532664320);
	assert_int_equal(second.used, 4206592);
	assert_int_equal(store_size(s), GIB);
	store_close(s);
}

static void a_recovered_inode_takes_what_is_not_zero(void **state) /* md3: md_info_one_disk */
{
	struct store *s = one_disk(GIB / 2);
	struct blob *content;

	(void)state;
	put_content(s, inode(ALPHA), new_inode());
	for (uint32_t i = 0; i < 3; i++) {
		put_data(s, ALPHA, i);
		index_object(s, ALPHA, i);
	}
	content = store_get(s, inode(ALPHA));
	put_content(s, inode(ALPHA), content);
	assert_int_equal(store_used(s), 12591104);
	assert_int_equal(store_free(s), 524279808);
	store_close(s);
}

/* The whole inode written at once, as for a snapshot: with grefs, which lie in page 1025. */
static struct blob *with_grefs(struct blob *content, uint8_t gref)
{
	return blob_write(content, GREFS, &gref, 1);
}

static void whole_inodes_take_what_lies_between_their_ends(void **state) /* raw3: raw_peer_reads */
{
	struct store *s = one_disk(GIB);
	const uint8_t bytes[1024] = {1};
	struct blob *b;

	(void)state;
	format(s, 1);
	put_content(s, inode(ALPHA), new_inode());
	put_data(s, ALPHA, 0);
	put_data(s, ALPHA, 3);
	index_object(s, ALPHA, 0);
	index_object(s, ALPHA, 3);
	b = store_get(s, inode(ALPHA)); /* r_snap */
	b = with_grefs(b, 1);
	assert_int_equal(store_write(s, inode(ALPHA), 0, b), SD_RES_SUCCESS);
	put_content(s, inode(ALPHA + 1), b);
	for (uint32_t i = 0; i < 4; i++) /* raw_write_obj and raw_cow; raw_remove_obj takes one */
		put_data(s, ALPHA + 1, i);
	/* across the end of the object: the file grows by a page */
	write_bytes(s, live(sd_vid_to_data_oid(ALPHA + 1, 2)), 4193792, bytes, sizeof(bytes));
	assert_true(store_delete(s, live(sd_vid_to_data_oid(ALPHA + 1, 1))));
	put_content(s, inode(0x54d7a9), new_inode()); /* raw_new_vdi */
	assert_int_equal(store_size(s), 1073733632);
	assert_int_equal(store_free(s), 1044348928);
	store_close(s);
}

/* ------------------------------------------------------------------ what no capture shows */

static void strips_and_attributes_take_their_size(void **state)
{
	struct store *s = one_disk(GIB);

	(void)state;
	put_content(s, strip(sd_vid_to_data_oid(ALPHA, 0), 2, 0), blob_zero(DATA / 4));
	assert_int_equal(store_used(s), DATA / 4);
	put_content(s, live(sd_vid_to_attr_oid(ALPHA, 1)), blob_zero(66320));
	assert_int_equal(store_used(s), DATA / 4 + 17 * BLOB_PAGE);
	store_close(s);
}

static void pages_that_were_taken_stay_until_the_file_goes(void **state)
{
	struct store *s = one_disk(GIB);
	const uint8_t zeros[BLOB_PAGE] = {0};

	(void)state;
	put_content(s, inode(1), blob_zero(SD_INODE_SIZE));
	assert_int_equal(store_used(s), 0);
	write_bytes(s, inode(1), 5 * BLOB_PAGE, "a", 1);
	write_bytes(s, inode(1), 9 * BLOB_PAGE, "a", 1);
	assert_int_equal(store_used(s), 2 * BLOB_PAGE);
	write_bytes(s, inode(1), 5 * BLOB_PAGE, zeros, sizeof(zeros)); /* zeros free nothing */
	assert_int_equal(store_used(s), 2 * BLOB_PAGE);
	write_bytes(s, inode(1), 7 * BLOB_PAGE + 1, zeros, sizeof(zeros)); /* and take two pages */
	assert_int_equal(store_used(s), 4 * BLOB_PAGE);
	assert_true(store_rename(s, inode(1), stale(sd_vid_to_inode_oid(1), 4)));
	assert_int_equal(store_used(s), 4 * BLOB_PAGE);
	assert_true(store_link(s, stale(sd_vid_to_inode_oid(1), 4), inode(1)));
	assert_int_equal(store_used(s), 4 * BLOB_PAGE); /* one file */
	assert_true(store_delete(s, stale(sd_vid_to_inode_oid(1), 4)));
	assert_int_equal(store_used(s), 4 * BLOB_PAGE);
	assert_true(store_delete(s, inode(1)));
	assert_int_equal(store_used(s), 0);
	store_close(s);
}

static void metadata_leave_less_room_for_objects(void **state) /* R711 */
{
	struct store *s = one_disk(DATA + 2 * BLOB_PAGE);
	struct blob *data = blob_zero(DATA);

	(void)state;
	format(s, 2); /* three pages: one too many */
	assert_int_equal(store_put(s, live(1), data), SD_RES_NO_SPACE);
	store_log_clear(s);
	format(s, 1);
	assert_int_equal(store_put(s, live(1), data), SD_RES_SUCCESS);
	assert_int_equal(store_free(s), 0);
	format(s, 2); /* nothing is left for it: the size does not fall below what is used */
	assert_int_equal(store_free(s), 0);
	assert_int_equal(store_size(s), DATA);
	blob_unref(data);
	store_close(s);
}

static void a_write_past_the_end_needs_room(void **state)
{
	struct store *s = one_disk(DATA);
	struct blob *data = blob_zero(DATA);
	struct blob *two = blob_new("ab", 2);

	(void)state;
	assert_int_equal(store_put(s, live(1), data), SD_RES_SUCCESS);
	assert_int_equal(store_write(s, live(1), DATA - 2, two), SD_RES_SUCCESS);
	assert_int_equal(store_write(s, live(1), DATA - 1, two), SD_RES_NO_SPACE);
	blob_unref(data);
	blob_unref(two);
	store_close(s);
}

int accounting_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_object_and_its_inode),
		cmocka_unit_test(metadata_take_a_page_each),
		cmocka_unit_test(metadata_of_nodes_with_several_disks_lie_elsewhere),
		cmocka_unit_test(a_recovered_inode_takes_what_is_not_zero),
		cmocka_unit_test(whole_inodes_take_what_lies_between_their_ends),
		cmocka_unit_test(strips_and_attributes_take_their_size),
		cmocka_unit_test(pages_that_were_taken_stay_until_the_file_goes),
		cmocka_unit_test(metadata_leave_less_room_for_objects),
		cmocka_unit_test(a_write_past_the_end_needs_room),
	};

	return cmocka_run_group_tests_name("accounting", tests, NULL, NULL);
}
