#include "tests.h"

#include <string.h>

#include "sheepsim/wire/admin.h"
#include "sheepsim/wire/driver.h"
#include "sheepsim/wire/frontend.h"
#include "sheepsim/wire/object.h"
#include "sheepsim/wire/peer.h"

#define INVALID (-(int)SD_RES_INVALID_PARMS)
#define SMALL	(-(int)SD_RES_BUFFER_SMALL)

/* A request with a payload of len zeros. */
static struct req with_payload(uint8_t opcode, uint32_t len)
{
	struct req q;

	req_init(&q, opcode);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = len;
	return q;
}

static struct req with_room(uint8_t opcode, uint32_t len)
{
	struct req q;

	req_init(&q, opcode);
	q.data_length = len;
	return q;
}

/* Validates q with the payload that its header announces. */
static int validate(const struct req *q, uint64_t *offset)
{
	struct blob *b = q->flags & SD_FLAG_CMD_WRITE ? blob_zero(q->data_length) : NULL;
	struct wire_error err = {0};
	int ret = req_validate(q, b, &err);

	assert_int_equal(req_validate(q, b, NULL), ret);
	assert_int_equal(err.text[0] != '\0', ret < 0);
	*offset = err.offset;
	blob_unref(b);
	return ret;
}

static void assert_valid(struct req q)
{
	uint64_t offset;

	assert_int_equal(validate(&q, &offset), 0);
}

static void assert_refused(struct req q, int code, uint64_t at)
{
	uint64_t offset;

	assert_int_equal(validate(&q, &offset), code);
	assert_int_equal(offset, at);
}

static void a_payload_must_be_as_long_as_announced(void **state)
{
	struct req q = with_payload(SD_OP_WRITE_OBJ, 100);
	struct blob *b = blob_zero(99);
	struct wire_error err;

	(void)state;
	assert_int_equal(req_validate(&q, b, &err), INVALID);
	assert_int_equal(err.offset, 12);
	assert_int_equal(req_validate(&q, NULL, &err), INVALID);
	q.data_length = 99;
	assert_int_equal(req_validate(&q, b, &err), 0);
	/* Without WRITE data_length is room for the answer. */
	q = with_room(SD_OP_READ_OBJ, 99);
	assert_int_equal(req_validate(&q, NULL, &err), 0);
	assert_int_equal(req_validate(&q, b, &err), INVALID);
	blob_unref(b);
}

static void unknown_and_obsolete_operations_are_refused(void **state)
{
	static const uint8_t opcodes[] = {0x00, 0x06, 0x7f, 0x83, 0xa7, 0xce, 0xff, 0x91, 0xb6};

	(void)state;
	for (size_t i = 0; i < sizeof(opcodes); i++)
		assert_refused(with_room(opcodes[i], 0), INVALID, 1);
}

static void names_have_their_lengths(void **state)
{
	static const uint8_t lookups[] = {SD_OP_LOCK_VDI, SD_OP_GET_VDI_INFO, SD_OP_DEL_VDI};

	(void)state;
	assert_valid(with_payload(SD_OP_NEW_VDI, 256));
	assert_refused(with_payload(SD_OP_NEW_VDI, 255), INVALID, 12);
	assert_refused(with_payload(SD_OP_NEW_VDI, 512), INVALID, 12);
	assert_refused(with_room(SD_OP_NEW_VDI, 256), INVALID, 2);
	for (size_t i = 0; i < sizeof(lookups); i++) {
		assert_valid(with_payload(lookups[i], 256));
		assert_valid(with_payload(lookups[i], 512));
		assert_refused(with_payload(lookups[i], 0), INVALID, 12);
		assert_refused(with_payload(lookups[i], 300), INVALID, 12);
		assert_refused(with_payload(lookups[i], 768), INVALID, 12);
	}
	/* RELEASE_VDI comes with and without a name. */
	assert_valid(with_payload(SD_OP_RELEASE_VDI, 6));
	assert_valid(with_room(SD_OP_RELEASE_VDI, 0));
}

static void answers_of_one_size_need_that_room(void **state)
{
	(void)state;
	assert_valid(with_room(SD_OP_READ_VDIS, 2097152));
	assert_refused(with_room(SD_OP_READ_VDIS, 2097151), INVALID, 12);
	assert_refused(with_room(SD_OP_READ_DEL_VDIS, 2097153), INVALID, 12);
	assert_valid(with_room(SD_OP_MD_INFO, 263688));
	assert_refused(with_room(SD_OP_MD_INFO, 263687), INVALID, 12);
	assert_refused(with_room(SD_OP_MD_INFO, 263689), INVALID, 12);
	assert_valid(with_room(SD_OP_STAT, 120));
	assert_refused(with_room(SD_OP_STAT, 119), SMALL, 12);
	assert_refused(with_room(SD_OP_STAT_RECOVERY, 23), SMALL, 12);
	assert_refused(with_room(SD_OP_GET_RECOVERY, 23), SMALL, 12);
	assert_refused(with_room(SD_OP_GET_LOGLEVEL, 3), SMALL, 12);
	assert_refused(with_room(SD_OP_GET_VNODES, 3), SMALL, 12);
	assert_valid(with_room(SD_OP_CLUSTER_INFO, CLUSTER_INFO_SIZE));
	assert_refused(with_room(SD_OP_CLUSTER_INFO, CLUSTER_INFO_SIZE - 1), SMALL, 12);
}

static void a_checkpoint_that_is_fetched_needs_room(void **state)
{
	struct req q = with_room(SD_OP_VDI_STATE_CHECKPOINT_CTL, VDI_STATE_SIZE - 1);

	(void)state;
	assert_valid(q);
	q.checkpoint.get = 1;
	assert_refused(q, SMALL, 12);
	q.data_length = VDI_STATE_SIZE;
	assert_valid(q);
}

static void payloads_of_one_size_have_it(void **state)
{
	(void)state;
	assert_valid(with_payload(SD_OP_GET_VDI_ATTR, 66320));
	assert_refused(with_payload(SD_OP_GET_VDI_ATTR, 66319), INVALID, 12);
	assert_valid(with_payload(SD_OP_SET_RECOVERY, 24));
	assert_refused(with_payload(SD_OP_SET_RECOVERY, 23), INVALID, 12);
	assert_valid(with_payload(SD_OP_COMPLETE_RECOVERY, 80));
	assert_refused(with_payload(SD_OP_COMPLETE_RECOVERY, 79), INVALID, 12);
	assert_valid(with_payload(SD_OP_NOTIFY_VDI_DEL, 4));
	assert_refused(with_room(SD_OP_NOTIFY_VDI_DEL, 4), INVALID, 2);
	assert_valid(with_payload(SD_OP_SET_VNODES, 4));
	assert_valid(with_payload(SD_OP_SET_VNODES, 8)); /* dog */
	assert_refused(with_payload(SD_OP_SET_VNODES, 2), INVALID, 12);
	assert_valid(with_payload(SD_OP_OIDS_EXIST, 24));
	assert_refused(with_payload(SD_OP_OIDS_EXIST, 23), INVALID, 12);
}

static void a_log_level_is_0_to_7(void **state)
{
	struct req q = with_payload(SD_OP_SET_LOGLEVEL, 4);
	struct wire_error err;
	uint8_t bytes[4];

	(void)state;
	for (uint32_t level = 0; level < 10; level++) {
		struct blob *b;

		put_le32(bytes, level < 9 ? level : UINT32_MAX);
		b = blob_new(bytes, sizeof(bytes));
		assert_int_equal(req_validate(&q, b, &err), level < 8 ? 0 : INVALID);
		if (level >= 8)
			assert_int_equal(err.offset, 48);
		blob_unref(b);
	}
}

static void new_vdi_has_fields_in_their_ranges(void **state)
{
	struct req q = with_payload(SD_OP_NEW_VDI, 256);

	(void)state;
	q.vdi.copies = 31;
	q.vdi.copy_policy = 0x87;
	q.vdi.store_policy = 1;
	q.vdi.block_size_shift = 20;
	assert_valid(q);
	q.vdi.block_size_shift = 31;
	assert_valid(q);
	q.vdi.block_size_shift = 32;
	assert_refused(q, INVALID, 31);
	q.vdi.block_size_shift = 19;
	assert_refused(q, INVALID, 31);
	q.vdi.block_size_shift = 0;
	q.vdi.store_policy = 2;
	assert_refused(q, INVALID, 30);
	q.vdi.store_policy = 0;
	q.vdi.copy_policy = 0x31; /* 6 data strips */
	assert_refused(q, INVALID, 29);
	q.vdi.copy_policy = 0x20; /* no parity */
	assert_refused(q, INVALID, 29);
	q.vdi.copy_policy = 0x0f; /* no data */
	assert_refused(q, INVALID, 29);
	q.vdi.copy_policy = 0;
	q.vdi.copies = 32;
	assert_refused(q, INVALID, 28);
}

static void make_fs_has_fields_in_their_ranges(void **state)
{
	struct req q = with_payload(SD_OP_MAKE_FS, 6);

	(void)state;
	assert_valid(q);
	q.cluster.block_size_shift = 19;
	assert_refused(q, INVALID, 44);
	q.cluster.block_size_shift = 22;
	q.cluster.copy_policy = 0x20;
	assert_refused(q, INVALID, 33);
	q.cluster.copy_policy = 0x22;
	assert_valid(q);
	q.cluster.copies = 32;
	assert_refused(q, INVALID, 32);
}

static void changes_of_copies_take_no_policy(void **state)
{
	struct req q = with_room(SD_OP_ALTER_CLUSTER_COPY, 0);

	(void)state;
	q.cluster.copies = 3;
	assert_valid(q);
	q.cluster.copy_policy = 0x11;
	assert_refused(q, INVALID, 33);
	/* There the byte belongs to nobody, but sheepdog reads it. */
	q = with_room(SD_OP_ALTER_VDI_COPY, 0);
	q.vdi_state.copies = 3;
	assert_valid(q);
	q.rest[33 - 16] = 1;
	assert_refused(q, INVALID, 33);
	q.rest[33 - 16] = 0;
	q.vdi_state.copies = 32;
	assert_refused(q, INVALID, 24);
}

static void the_last_generation_cannot_be_shared_on(void **state)
{
	struct req q = with_room(SD_OP_DECREF_PEER, 0);

	(void)state;
	q.ref.generation = 1048574;
	assert_valid(q);
	q.ref.generation = 1048575;
	assert_refused(q, INVALID, 24);
	q.opcode = SD_OP_DECREF_OBJ;
	assert_refused(q, INVALID, 24);
}

static void a_cluster_operation_fits_into_an_event(void **state)
{
	(void)state;
	assert_valid(with_payload(SD_OP_RELEASE_VDI, SD_MAX_EVENT_SIZE - 96));
	assert_refused(with_payload(SD_OP_RELEASE_VDI, SD_MAX_EVENT_SIZE - 95), INVALID, 12);
	/* Room for an answer is no payload, and other classes have no such limit. */
	assert_valid(with_room(SD_OP_FORCE_RECOVER, 491520));
	assert_valid(with_payload(SD_OP_WRITE_OBJ, 4 << 20));
}

int validate_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_payload_must_be_as_long_as_announced),
		cmocka_unit_test(unknown_and_obsolete_operations_are_refused),
		cmocka_unit_test(names_have_their_lengths),
		cmocka_unit_test(answers_of_one_size_need_that_room),
		cmocka_unit_test(a_checkpoint_that_is_fetched_needs_room),
		cmocka_unit_test(payloads_of_one_size_have_it),
		cmocka_unit_test(a_log_level_is_0_to_7),
		cmocka_unit_test(new_vdi_has_fields_in_their_ranges),
		cmocka_unit_test(make_fs_has_fields_in_their_ranges),
		cmocka_unit_test(changes_of_copies_take_no_policy),
		cmocka_unit_test(the_last_generation_cannot_be_shared_on),
		cmocka_unit_test(a_cluster_operation_fits_into_an_event),
	};

	return cmocka_run_group_tests_name("wire: checks of requests", tests, NULL, NULL);
}
