/* Attributes of VDIs (R628). */
#include "cluster.h"

#include "placement/hash.h"
#include "wire/records_vdi.h"

#define CREATE	  SD_FLAG_CMD_CREAT
#define EXCLUSIVE (SD_FLAG_CMD_CREAT | SD_FLAG_CMD_EXCL)
#define DELETE	  SD_FLAG_CMD_DEL

/* The example of the protocol's reference: VDI "test", no tag, key "color". */
#define TEST  0x7c2b25
#define COLOR 0xb7e14a68

static struct cluster *with_vdi(void)
{
	struct cluster *c = cluster_open(3, 3, 0);

	assert_int_equal(new_vdi(c, 0, "test", 0, 0), TEST);
	cluster_drop_sent(c);
	return c;
}

/* GET_VDI_ATTR with these flags; value is what a create writes. */
static struct answer attr_of(struct cluster *c, const char *name, const char *tag, const char *key,
			     const char *value, uint16_t flags)
{
	struct vdi_attr attr = {.value_len = (uint32_t)strlen(value)};
	uint8_t head[VDI_ATTR_HEAD];
	struct blob *payload = blob_zero(VDI_ATTR_SIZE);
	struct req q;
	struct answer a;

	memcpy(attr.name, name, strlen(name));
	memcpy(attr.tag, tag, strlen(tag));
	memcpy(attr.key, key, strlen(key));
	vdi_attr_encode(&attr, head);
	payload = blob_write(payload, 0, head, sizeof(head));
	payload = blob_write(payload, VDI_ATTR_HEAD, value, strlen(value));
	req_init(&q, SD_OP_GET_VDI_ATTR);
	q.flags = SD_FLAG_CMD_WRITE | flags;
	q.data_length = VDI_ATTR_SIZE;
	a = ask(c, 0, &q, payload);
	assert_null(a.out);
	cluster_settle(c);
	return a;
}

static struct answer attr(struct cluster *c, const char *key, const char *value, uint16_t flags)
{
	return attr_of(c, "test", "", key, value, flags);
}

/* The value of the attribute object with this id. */
static void check_value(struct cluster *c, uint32_t id, const char *value)
{
	char bytes[32] = {0};
	uint32_t result;
	struct blob *b =
		read_object(c, 0, sd_vid_to_attr_oid(TEST, id), 0, VDI_ATTR_SIZE, 0, &result);

	assert_int_equal(result, SD_RES_SUCCESS);
	blob_read(b, VDI_ATTR_HEAD, bytes, sizeof(bytes) - 1);
	assert_string_equal(bytes, value);
	blob_unref(b);
}

static void an_attribute_is_an_object_of_its_own(void **state)
{
	struct cluster *c = with_vdi();
	struct answer a = attr(c, "color", "blue", CREATE);
	struct vdi_attr stored;
	uint32_t result;
	struct blob *b;

	(void)state;
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(a.p.vdi.vdi_id, TEST);
	assert_int_equal(a.p.vdi.attr_id, COLOR);
	assert_int_equal(a.p.vdi.copies, 3);
	assert_int_equal(a.p.vdi.block_size_shift, 0);
	check_value(c, COLOR, "blue");
	b = read_object(c, 1, sd_vid_to_attr_oid(TEST, COLOR), 0, VDI_ATTR_HEAD, 0, &result);
	assert_int_equal(vdi_attr_decode(b, &stored, NULL), 0);
	assert_true(stored.ctime == read_head(c, TEST).create_time);
	assert_string_equal(stored.key, "color");
	blob_unref(b);
	a = attr(c, "color", "", 0);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	assert_int_equal(a.p.vdi.attr_id, COLOR);
	cluster_close(c);
}

static void creating_again_overwrites_unless_it_is_exclusive(void **state)
{
	struct cluster *c = with_vdi();
	struct answer a;

	(void)state;
	assert_int_equal(attr(c, "color", "blue", EXCLUSIVE).p.result, SD_RES_SUCCESS);
	a = attr(c, "color", "red", EXCLUSIVE);
	assert_int_equal(a.p.result, SD_RES_VDI_EXIST);
	assert_int_equal(a.p.vdi.attr_id, COLOR);
	check_value(c, COLOR, "blue");
	assert_int_equal(attr(c, "color", "green", CREATE).p.result, SD_RES_SUCCESS);
	check_value(c, COLOR, "green");
	cluster_close(c);
}

/* The name's first byte goes; the id stays taken, so a search goes on behind it. */
static void a_deleted_attribute_leaves_its_object(void **state)
{
	struct cluster *c = with_vdi();
	struct answer a;

	(void)state;
	attr(c, "color", "blue", CREATE);
	cluster_drop_sent(c);
	a = attr(c, "color", "", DELETE);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	cluster_expect_sent(
		c, "WRITE_PEER CREATE_AND_WRITE_PEER",
		"0>0 WRITE_PEER flags=WRITE epoch=1 oid=207c2b25b7e14a68 off=0 len=1 ec_index=2\n"
		"0>1 WRITE_PEER flags=WRITE epoch=1 oid=207c2b25b7e14a68 off=0 len=1 ec_index=1\n"
		"0>2 WRITE_PEER flags=WRITE epoch=1 oid=207c2b25b7e14a68 off=0 len=1\n");
	assert_true(object_exists(c, sd_vid_to_attr_oid(TEST, COLOR)));
	a = attr(c, "color", "", DELETE);
	assert_int_equal(a.p.result, SD_RES_NO_OBJ);
	assert_int_equal(a.p.vdi.attr_id, COLOR + 1);
	assert_int_equal(attr(c, "color", "", 0).p.result, SD_RES_NO_OBJ);
	/* exclusive: behind it; plain: over it */
	assert_int_equal(attr(c, "color", "red", EXCLUSIVE).p.vdi.attr_id, COLOR + 1);
	assert_int_equal(attr(c, "color", "", 0).p.vdi.attr_id, COLOR + 1);
	assert_int_equal(attr(c, "color", "green", CREATE).p.vdi.attr_id, COLOR);
	cluster_close(c);
}

static void missing_vdis_tags_and_keys_are_told_apart(void **state)
{
	struct cluster *c = with_vdi();
	struct answer a = attr_of(c, "nosuch", "", "color", "", 0);

	(void)state;
	assert_int_equal(a.p.result, SD_RES_NO_VDI);
	assert_int_equal(a.p.vdi.vdi_id, 0);
	assert_int_equal(a.p.vdi.attr_id, 0);
	assert_int_equal(attr_of(c, "test", "nosuch", "color", "", 0).p.result, SD_RES_NO_TAG);
	assert_int_equal(attr(c, "color", "", 0).p.result, SD_RES_NO_OBJ);
	cluster_close(c);
}

static void attributes_of_a_vdi_that_was_deleted_are_not_found(void **state)
{
	struct cluster *c = with_vdi();

	(void)state;
	attr(c, "color", "blue", CREATE);
	del_vdi(c, 0, "test", "");
	cluster_run(c, NSEC_PER_SEC);
	new_vdi(c, 0, "test", 0, 0);
	assert_int_equal(attr(c, "color", "", 0).p.result, SD_RES_NO_OBJ);
	assert_int_equal(attr(c, "color", "red", EXCLUSIVE).p.vdi.attr_id, COLOR + 1);
	cluster_close(c);
}

static void another_length_is_refused(void **state)
{
	struct cluster *c = with_vdi();
	struct req q;

	(void)state;
	req_init(&q, SD_OP_GET_VDI_ATTR);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = VDI_ATTR_HEAD;
	assert_int_equal(ask_result(c, 0, &q, blob_zero(VDI_ATTR_HEAD)), SD_RES_INVALID_PARMS);
	cluster_close(c);
}

int vdi_attributes_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attribute_is_an_object_of_its_own),
		cmocka_unit_test(creating_again_overwrites_unless_it_is_exclusive),
		cmocka_unit_test(a_deleted_attribute_leaves_its_object),
		cmocka_unit_test(missing_vdis_tags_and_keys_are_told_apart),
		cmocka_unit_test(attributes_of_a_vdi_that_was_deleted_are_not_found),
		cmocka_unit_test(another_length_is_refused),
	};

	return cmocka_run_group_tests_name("attributes of VDIs", tests, NULL, NULL);
}
