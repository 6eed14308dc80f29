#include "gateway.h"

#include <string.h>

#define OPENING                                                                                    \
	"0 LOCK_VDI\n"                                                                             \
	"0 READ_OBJ 80abc00000000000 0+4198968\n"

/* With "alpha" open, and nothing in the log. */
static struct gateway *opened(void)
{
	struct gateway *g = gateway_open();

	gateway_read(g, "alpha", 0, 1);
	gateway_run(g);
	gateway_expect(g, OPENING);
	assert_int_equal(g->ended, 1);
	g->ended = 0;
	return g;
}

static void check_ok(const struct gateway *g, unsigned ended)
{
	const struct answer_tally *t = frontend_tally(g->client);

	assert_int_equal(g->ended, ended);
	assert_int_equal(g->last.kind, OUTCOME_OK);
	assert_int_equal(frontend_operations(g->client), 0);
	assert_int_equal(t->answered, t->requests);
	assert_int_equal(t->strays + t->mismatched, 0);
}

static void check_content(const struct gateway *g, uint64_t oid, uint64_t offset, struct blob *b)
{
	struct blob *part = blob_slice(gateway_object(g, oid), offset, blob_size(b));

	assert_true(blob_equal(part, b));
	blob_unref(part);
}

static void a_write_creates_objects_and_then_their_entries(void **state)
{
	struct gateway *g = opened();
	struct blob *data = gateway_bytes(1, 6 * MIB);

	(void)state;
	gateway_write(g, 3 * MIB, blob_ref(data));
	gateway_run(g);
	gateway_expect(g, "0 CREATE_AND_WRITE_OBJ 00abc00000000000 3145728+1048576\n"
			  "0 CREATE_AND_WRITE_OBJ 00abc00000000001 0+4194304\n"
			  "0 CREATE_AND_WRITE_OBJ 00abc00000000002 0+1048576\n"
			  "0 WRITE_OBJ 80abc00000000000 4664+4\n"
			  "0 WRITE_OBJ 80abc00000000000 4668+4\n"
			  "0 WRITE_OBJ 80abc00000000000 4672+4\n");
	check_ok(g, 1);
	assert_int_equal(g->last.vid, ALPHA);
	assert_int_equal(g->last.objects, 3);
	assert_int_equal(g->last.created, 3);
	assert_int_equal(gateway_index(g, ALPHA, 2), ALPHA);
	gateway_write(g, 5 * MIB, gateway_bytes(2, 4096));
	gateway_run(g);
	gateway_expect(g, "0 WRITE_OBJ 00abc00000000001 1048576+4096\n");
	check_ok(g, 2);
	assert_int_equal(g->last.created, 0);
	gateway_read(g, "alpha", 3 * MIB, 2 * MIB);
	gateway_run(g);
	gateway_expect(g, "0 READ_OBJ 00abc00000000000 3145728+1048576\n"
			  "0 READ_OBJ 00abc00000000001 0+1048576\n");
	data = blob_resize(data, 2 * MIB);
	assert_true(blob_equal(g->last.data, data));
	blob_unref(data);
	gateway_close(g);
}

static void pieces_of_a_write_are_not_copied(void **state)
{
	struct gateway *g = opened();
	struct blob *data = gateway_bytes(1, 16 * MIB);
	uint64_t before = blob_memory();

	(void)state;
	gateway_write(g, 0, blob_ref(data));
	gateway_run(g);
	check_ok(g, 1);
	assert_int_equal(g->last.objects, 4);
	/* Objects hold the pages of the write; the inode has one more. */
	assert_true(blob_memory() - before < 64 * 1024);
	blob_unref(data);
	gateway_close(g);
}

static void what_was_never_written_is_read_without_a_request(void **state)
{
	struct gateway *g = opened();

	(void)state;
	gateway_read(g, "alpha", 10, 20 * MIB);
	assert_int_equal(g->ended, 0);
	gateway_run(g);
	gateway_expect(g, "");
	check_ok(g, 1);
	assert_int_equal(blob_size(g->last.data), 20 * MIB);
	assert_true(blob_is_zero(g->last.data, 0, 20 * MIB));
	gateway_close(g);
}

static void others_wait_while_an_object_is_created(void **state)
{
	struct gateway *g = opened();
	struct blob *expected = gateway_bytes(2, 100);

	(void)state;
	gateway_write(g, 0, gateway_bytes(1, 100));
	gateway_write(g, 50, gateway_bytes(2, 100));
	gateway_read(g, "alpha", 50, 100);
	gateway_write(g, 4 * MIB, gateway_bytes(3, 100)); /* another object */
	gateway_run(g);
	gateway_expect(g, "0 CREATE_AND_WRITE_OBJ 00abc00000000000 0+100\n"
			  "0 CREATE_AND_WRITE_OBJ 00abc00000000001 0+100\n"
			  "0 WRITE_OBJ 80abc00000000000 4664+4\n"
			  "0 WRITE_OBJ 80abc00000000000 4668+4\n"
			  "0 WRITE_OBJ 00abc00000000000 50+100\n"
			  "0 READ_OBJ 00abc00000000000 50+100\n");
	check_ok(g, 4);
	check_content(g, sd_vid_to_data_oid(ALPHA, 0), 50, expected);
	blob_unref(expected);
	gateway_close(g);
}

static void others_go_on_when_a_creation_fails(void **state)
{
	struct gateway *g = opened();

	(void)state;
	g->fail_opcode = SD_OP_CREATE_AND_WRITE_OBJ;
	g->fail_result = SD_RES_NO_SPACE;
	g->fail_count = 1;
	gateway_write(g, 0, gateway_bytes(1, 100));
	gateway_write(g, 50, gateway_bytes(2, 100));
	gateway_run_for(g, 200 * NSEC_PER_USEC);
	assert_int_equal(g->ended, 1);
	assert_int_equal(g->last.kind, OUTCOME_RESULT);
	assert_int_equal(g->last.result, SD_RES_NO_SPACE);
	gateway_run(g);
	gateway_expect(g, "0 CREATE_AND_WRITE_OBJ 00abc00000000000 0+100\n"
			  "0 CREATE_AND_WRITE_OBJ 00abc00000000000 50+100\n"
			  "0 WRITE_OBJ 80abc00000000000 4664+4\n");
	check_ok(g, 2);
	gateway_close(g);
}

static void an_entry_that_cannot_be_written_is_not_believed(void **state)
{
	struct gateway *g = opened();

	(void)state;
	g->fail_opcode = SD_OP_WRITE_OBJ;
	g->fail_result = SD_RES_HALT;
	g->fail_count = 1;
	gateway_write(g, 0, gateway_bytes(1, 100));
	gateway_run(g);
	assert_int_equal(g->last.result, SD_RES_HALT);
	gateway_write(g, 0, gateway_bytes(1, 100));
	gateway_run(g);
	gateway_expect(g, "0 CREATE_AND_WRITE_OBJ 00abc00000000000 0+100\n"
			  "0 WRITE_OBJ 80abc00000000000 4664+4\n"
			  "0 CREATE_AND_WRITE_OBJ 00abc00000000000 0+100\n"
			  "0 WRITE_OBJ 80abc00000000000 4664+4\n");
	check_ok(g, 2);
	gateway_close(g);
}

static void an_object_of_a_snapshot_is_copied(void **state)
{
	struct gateway *g = gateway_open();
	struct blob *old = gateway_bytes(1, 4096), *new = gateway_bytes(2, 100);

	(void)state;
	gateway_write(g, 0, blob_ref(old));
	gateway_run(g);
	gateway_expect(g, OPENING "0 CREATE_AND_WRITE_OBJ 00abc00000000000 0+4096\n"
				  "0 WRITE_OBJ 80abc00000000000 4664+4\n");
	gateway_snapshot(g);
	gateway_write(g, 200, blob_ref(new));
	gateway_run(g);
	gateway_expect(g, "0 WRITE_OBJ 00abc00000000000 200+100\n"
			  "0 GET_VDI_INFO\n"
			  "0 READ_OBJ 80abc00100000000 0+4664\n"
			  "0 CREATE_AND_WRITE_OBJ 00abc00100000000 200+100 cow 00abc00000000000\n"
			  "0 WRITE_OBJ 80abc00100000000 4664+4\n");
	check_ok(g, 2);
	assert_int_equal(g->last.vid, ALPHA + 1);
	check_content(g, sd_vid_to_data_oid(ALPHA, 0), 0, old);
	check_content(g, sd_vid_to_data_oid(ALPHA + 1, 0), 200, new);
	assert_int_equal(gateway_index(g, ALPHA, 0), ALPHA);
	assert_int_equal(gateway_index(g, ALPHA + 1, 0), ALPHA + 1);
	gateway_read(g, "alpha:old", 0, 4096);
	gateway_run(g);
	assert_true(blob_equal(g->last.data, old));
	gateway_expect(g, "0 GET_VDI_INFO\n"
			  "0 READ_OBJ 80abc00000000000 0+4198968\n"
			  "0 READ_OBJ 00abc00000000000 0+4096\n");
	blob_unref(old);
	blob_unref(new);
	gateway_close(g);
}

static void many_refused_writes_read_the_header_once(void **state)
{
	struct gateway *g = opened();

	(void)state;
	gateway_write(g, 0, gateway_bytes(1, 8 * MIB));
	gateway_run(g);
	text_clear(&g->log);
	gateway_snapshot(g);
	/* The second is refused when the header has been read: it need not be read again. */
	gateway_write(g, 0, gateway_bytes(2, 8 * MIB));
	gateway_run_for(g, 100 * NSEC_PER_USEC);
	gateway_run(g);
	gateway_expect(g, "0 WRITE_OBJ 00abc00000000000 0+4194304\n"
			  "0 WRITE_OBJ 00abc00000000001 0+4194304\n"
			  "0 GET_VDI_INFO\n"
			  "0 READ_OBJ 80abc00100000000 0+4664\n"
			  "0 CREATE_AND_WRITE_OBJ 00abc00100000000 0+4194304 cow 00abc00000000000\n"
			  "0 CREATE_AND_WRITE_OBJ 00abc00100000001 0+4194304 cow 00abc00000000001\n"
			  "0 WRITE_OBJ 80abc00100000000 4664+4\n"
			  "0 WRITE_OBJ 80abc00100000000 4668+4\n");
	check_ok(g, 2);
	gateway_close(g);
}

static void a_write_that_was_refused_late_is_sent_again_without_reading(void **state)
{
	struct gateway *g = opened();

	(void)state;
	gateway_write(g, 0, gateway_bytes(1, 8 * MIB));
	gateway_run(g);
	gateway_snapshot(g);
	g->keep = true;
	gateway_write(g, 0, gateway_bytes(2, 8 * MIB));
	gateway_run(g);
	text_clear(&g->log);
	g->keep = false;
	gateway_answer(g, 0);
	gateway_run(g);
	gateway_expect(g, "0 GET_VDI_INFO\n"
			  "0 READ_OBJ 80abc00100000000 0+4664\n"
			  "0 CREATE_AND_WRITE_OBJ 00abc00100000000 0+4194304 cow 00abc00000000000\n"
			  "0 WRITE_OBJ 80abc00100000000 4664+4\n");
	gateway_answer(g, 1);
	gateway_run(g);
	gateway_expect(g, "0 CREATE_AND_WRITE_OBJ 00abc00100000001 0+4194304 cow 00abc00000000001\n"
			  "0 WRITE_OBJ 80abc00100000000 4668+4\n");
	check_ok(g, 2);
	gateway_close(g);
}

static void a_snapshot_that_nothing_goes_on_from_stays_read_only(void **state)
{
	struct gateway *g = opened();

	(void)state;
	g->fail_opcode = SD_OP_CREATE_AND_WRITE_OBJ;
	g->fail_result = SD_RES_READONLY;
	g->fail_count = 100;
	gateway_write(g, 0, gateway_bytes(1, 100));
	gateway_run(g);
	gateway_expect(g, "0 CREATE_AND_WRITE_OBJ 00abc00000000000 0+100\n"
			  "0 GET_VDI_INFO\n");
	assert_int_equal(g->ended, 1);
	assert_int_equal(g->last.kind, OUTCOME_RESULT);
	assert_int_equal(g->last.result, SD_RES_READONLY);
	gateway_close(g);
}

static void a_vdi_that_cannot_be_opened_fails_what_waits_for_it(void **state)
{
	struct gateway *g = gateway_open();

	(void)state;
	g->fail_opcode = SD_OP_LOCK_VDI;
	g->fail_result = SD_RES_VDI_LOCKED;
	g->fail_count = 1;
	gateway_write(g, 0, gateway_bytes(1, 100));
	gateway_read(g, "alpha", 0, 100);
	gateway_run(g);
	gateway_expect(g, "0 LOCK_VDI\n");
	assert_int_equal(g->ended, 2);
	assert_int_equal(g->last.kind, OUTCOME_RESULT);
	assert_int_equal(g->last.result, SD_RES_VDI_LOCKED);
	assert_false(frontend_locks_any(g->client));
	gateway_read(g, "alpha", 0, 100);
	gateway_run(g);
	gateway_expect(g, OPENING);
	check_ok(g, 3);
	assert_true(frontend_locks_any(g->client));
	gateway_close(g);
}

static void ranges_past_the_end_are_refused(void **state)
{
	struct gateway *g = opened();

	(void)state;
	gateway_write(g, 64 * MIB - 1, gateway_bytes(1, 2));
	gateway_read(g, "alpha", 64 * MIB + 1, 0);
	gateway_run(g);
	assert_int_equal(g->ended, 2);
	assert_int_equal(g->last.kind, OUTCOME_INVALID);
	gateway_expect(g, "");
	gateway_write(g, 64 * MIB - 1, gateway_bytes(1, 1));
	gateway_write(g, 64 * MIB, gateway_bytes(1, 0));
	gateway_run(g);
	check_ok(g, 4);
	gateway_close(g);
}

static void an_inode_that_makes_no_sense_is_refused(void **state)
{
	struct gateway *g = gateway_open();
	struct blob *inode = gateway_object(g, sd_vid_to_inode_oid(ALPHA));
	uint8_t policy = SD_STORE_POLICY_BTREE;

	(void)state;
	blob_write(inode, 553, &policy, 1); /* store_policy; nobody shares it */
	gateway_read(g, "alpha", 0, 100);
	gateway_run(g);
	assert_int_equal(g->ended, 1);
	assert_int_equal(g->last.kind, OUTCOME_INVALID);
	gateway_close(g);
}

static void locks_are_given_back(void **state)
{
	struct gateway *g = opened();

	(void)state;
	gateway_read(g, "alpha:old", 0, 1);
	gateway_run(g);
	text_clear(&g->log);
	frontend_release(g->client, NULL, NULL);
	gateway_run(g);
	gateway_expect(g, "0 RELEASE_VDI\n");
	assert_false(frontend_locks_any(g->client));
	gateway_read(g, "alpha", 0, 1);
	gateway_run(g);
	gateway_expect(g, OPENING);
	gateway_close(g);
}

static void a_client_that_goes_loses_everything(void **state)
{
	struct gateway *g = opened();

	(void)state;
	gateway_write(g, 0, gateway_bytes(1, 100));	  /* creates */
	gateway_write(g, 50, gateway_bytes(2, 100));	  /* waits for that */
	gateway_read(g, "alpha:old", 0, 1);		  /* opens */
	gateway_run_for(g, 0);				  /* both have begun */
	gateway_write(g, 8 * MIB, gateway_bytes(3, 100)); /* is about to begin */
	frontend_free(g->client);
	g->client = NULL;
	assert_int_equal(g->ended, 4);
	assert_int_equal(g->last.kind, OUTCOME_LOST);
	gateway_run(g);
	gateway_close(g);
}

int io_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_creates_objects_and_then_their_entries),
		cmocka_unit_test(pieces_of_a_write_are_not_copied),
		cmocka_unit_test(what_was_never_written_is_read_without_a_request),
		cmocka_unit_test(others_wait_while_an_object_is_created),
		cmocka_unit_test(others_go_on_when_a_creation_fails),
		cmocka_unit_test(an_entry_that_cannot_be_written_is_not_believed),
		cmocka_unit_test(an_object_of_a_snapshot_is_copied),
		cmocka_unit_test(many_refused_writes_read_the_header_once),
		cmocka_unit_test(a_write_that_was_refused_late_is_sent_again_without_reading),
		cmocka_unit_test(a_snapshot_that_nothing_goes_on_from_stays_read_only),
		cmocka_unit_test(a_vdi_that_cannot_be_opened_fails_what_waits_for_it),
		cmocka_unit_test(ranges_past_the_end_are_refused),
		cmocka_unit_test(an_inode_that_makes_no_sense_is_refused),
		cmocka_unit_test(locks_are_given_back),
		cmocka_unit_test(a_client_that_goes_loses_everything),
	};

	return cmocka_run_group_tests_name("io", tests, NULL, NULL);
}
