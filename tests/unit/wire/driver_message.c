#include "tests.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "wire/driver_message.h"

struct type_parts {
	uint8_t type;
	bool record, nodes, text, blob;
	uint16_t flags;
};

#define PARTS(name, type, to, record, nodes, text, blob, flags)                                    \
	{type, record, nodes, text, blob, flags},
static const struct type_parts types[] = {SD_DRIVER_MESSAGES(PARTS)};
#define NR_TYPES (sizeof(types) / sizeof(types[0]))

/* A message of this type with everything that it may have. */
static struct driver_message full(const struct type_parts *parts)
{
	struct driver_message m;

	memset(&m, 0, sizeof(m));
	m.type = parts->type;
	m.version = 1;
	m.flags = parts->flags;
	m.position = 0x0102030405060708;
	if (parts->type == SD_DRIVER_JOIN || parts->type == SD_DRIVER_REFUSED) {
		m.lowest = 1;
		m.highest = 3;
	}
	if (parts->record) {
		m.record.nid.port = 7000;
		m.record.zone = 5;
	}
	if (parts->nodes) {
		m.nr_nodes = 60;
		m.nodes = mem_array(m.nr_nodes, sizeof(*m.nodes));
		for (uint32_t i = 0; i < m.nr_nodes; i++)
			m.nodes[i].nid.port = (uint16_t)(7000 + i);
	}
	if (parts->blob)
		m.blob = blob_write(blob_zero(10000), 9999, "x", 1);
	if (parts->text)
		memcpy(m.text, "no space", 9);
	return m;
}

static void assert_same(const struct driver_message *a, const struct driver_message *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->lowest, b->lowest);
	assert_int_equal(a->highest, b->highest);
	assert_int_equal(a->position, b->position);
	assert_memory_equal(&a->record, &b->record, sizeof(a->record));
	assert_int_equal(a->nr_nodes, b->nr_nodes);
	if (a->nr_nodes)
		assert_memory_equal(a->nodes, b->nodes, a->nr_nodes * sizeof(*a->nodes));
	assert_string_equal(a->text, b->text);
	assert_int_equal(blob_size(a->blob), blob_size(b->blob));
	if (a->blob)
		assert_true(blob_equal(a->blob, b->blob));
}

static void every_type_comes_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_TYPES; i++) {
		struct driver_message m = full(&types[i]), back;
		struct wire_error err;
		struct blob *b = driver_message_encode(&m);

		assert_int_equal(driver_message_decode(b, &back, &err), 0);
		assert_same(&back, &m);
		driver_message_clear(&back);
		driver_message_clear(&m);
		blob_unref(b);
	}
}

static void every_type_may_be_empty(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_TYPES; i++) {
		struct driver_message m, back;
		struct blob *b;

		memset(&m, 0, sizeof(m));
		m.type = types[i].type;
		m.version = 7;
		b = driver_message_encode(&m);
		assert_int_equal(blob_size(b), sizeof(struct sd_driver_header));
		assert_int_equal(driver_message_decode(b, &back, NULL), 0);
		assert_same(&back, &m);
		driver_message_clear(&back);
		blob_unref(b);
	}
}

static void a_message_has_the_golden_bytes(void **state)
{
	struct driver_message m;
	struct blob *b;
	uint8_t wanted[112 + 80 + 3];

	(void)state;
	unhex("53734472 01 44 0200 0900000000000000 c3000000 00000000 53000000 0000 00 00"
	      "000000000000000000000000000000000000000000000000"
	      "0000000000000000000000007f000001 581b 00000000000000000000000000000000 0000 00000000"
	      "8000 0000 01000000 0000004000000000"
	      "48454c4c4f",
	      wanted, 112 + 5);
	memset(wanted + 112 + 5, 0, sizeof(wanted) - 112 - 5);
	memset(&m, 0, sizeof(m));
	m.type = SD_DRIVER_NOTIFIED;
	m.version = 1;
	m.flags = SD_DRIVER_FLAG_UNBLOCK;
	m.position = 9;
	memcpy(m.record.nid.addr + 12, "\x7f\0\0\x01", 4);
	m.record.nid.port = 7000;
	m.record.nr_vnodes = 128;
	m.record.zone = 1;
	m.record.space = 1 << 30;
	m.blob = blob_write(blob_zero(83), 0, "HELLO", 5);
	b = driver_message_encode(&m);
	assert_blob_bytes("NOTIFIED", b, wanted, sizeof(wanted));
	driver_message_clear(&m);
	blob_unref(b);
}

static void a_long_blob_is_not_copied(void **state)
{
	struct driver_message m, back;
	uint64_t before, one;
	struct blob *b;

	(void)state;
	memset(&m, 0, sizeof(m));
	m.type = SD_DRIVER_ACCEPT;
	m.version = 1;
	m.nr_nodes = 1;
	m.nodes = mem_array(1, sizeof(*m.nodes));
	before = blob_memory();
	m.blob = blob_zero(50 * BLOB_PAGE);
	for (uint64_t i = 0; i < 50; i++)
		m.blob = blob_write(m.blob, i * BLOB_PAGE, "x", 1);
	one = blob_memory() - before;
	b = driver_message_encode(&m);
	assert_int_equal(driver_message_decode(b, &back, NULL), 0);
	assert_true(blob_equal(back.blob, m.blob));
	/* The header costs a page; the blob is there once. */
	assert_true(blob_memory() - before < one + one / 4);
	driver_message_clear(&m);
	driver_message_clear(&back);
	blob_unref(b);
}

static void the_largest_message_fits(void **state)
{
	struct driver_message m, back;
	struct blob *b;

	(void)state;
	memset(&m, 0, sizeof(m));
	m.type = SD_DRIVER_CHECK;
	m.version = 1;
	m.nr_nodes = SD_MAX_NODES;
	m.nodes = mem_array(m.nr_nodes, sizeof(*m.nodes));
	m.blob = blob_zero(CLUSTER_INFO_SIZE);
	b = driver_message_encode(&m);
	assert_int_equal(driver_message_decode(b, &back, NULL), 0);
	assert_same(&back, &m);
	driver_message_clear(&m);
	driver_message_clear(&back);
	blob_unref(b);
}

static void a_text_of_full_length_comes_back(void **state)
{
	struct driver_message m, back;
	struct blob *b;

	(void)state;
	memset(&m, 0, sizeof(m));
	m.type = SD_DRIVER_REFUSED;
	m.version = 1;
	memset(m.text, 'w', SD_DRIVER_TEXT_MAX);
	b = driver_message_encode(&m);
	assert_int_equal(driver_message_decode(b, &back, NULL), 0);
	assert_string_equal(back.text, m.text);
	driver_message_clear(&back);
	blob_unref(b);
}

/* Sets bytes at offset of a valid message of this type, which must then be refused there. */
static void assert_refused(uint8_t type, uint64_t offset, const void *bytes, size_t len,
			   uint64_t wanted)
{
	const struct type_parts *parts = types;
	struct driver_message m, back;
	struct wire_error err;
	struct blob *b;

	while (parts->type != type)
		parts++;
	m = full(parts);
	b = blob_write(driver_message_encode(&m), offset, bytes, len);
	assert_true(driver_message_decode(b, &back, &err) < 0);
	assert_int_equal(err.offset, wanted);
	assert_true(err.text[0]);
	assert_null(back.nodes);
	assert_null(back.blob);
	assert_true(driver_message_decode(b, &back, NULL) < 0);
	driver_message_clear(&m);
	blob_unref(b);
}

static void what_does_not_fit_together_is_refused(void **state)
{
	(void)state;
	assert_refused(SD_DRIVER_JOIN, 0, "\0", 1, 0);
	assert_refused(SD_DRIVER_JOIN, 4, "\0", 1, 4);	    /* version */
	assert_refused(SD_DRIVER_JOIN, 5, "\x63", 1, 5);    /* type */
	assert_refused(SD_DRIVER_JOIN, 6, "\x01", 1, 6);    /* flag of others */
	assert_refused(SD_DRIVER_JOIN, 20, "\x01", 1, 20);  /* nodes */
	assert_refused(SD_DRIVER_LEAVE, 24, "\x01", 1, 24); /* blob */
	assert_refused(SD_DRIVER_JOIN, 24, "\xff\xff\xff\xff", 4, 24);
	assert_refused(SD_DRIVER_JOIN, 28, "\x01", 1, 28);	    /* text */
	assert_refused(SD_DRIVER_LEAVE, 31, "\x01", 1, 30);	    /* versions */
	assert_refused(SD_DRIVER_LEAVE, 100, "\x01", 1, 32);	    /* record */
	assert_refused(SD_DRIVER_LEAVE, 16, "\x71", 1, 16);	    /* length */
	assert_refused(SD_DRIVER_CHECK, 20, "\xc8\0\0\0", 4, 16);   /* more nodes than bytes */
	assert_refused(SD_DRIVER_CHECK, 20, "\x01\x18\0\0", 4, 20); /* 6145 nodes */
	assert_refused(SD_DRIVER_CHECK_REPLY, 112 + 2, "\0", 1, 112 + 2); /* NUL in the text */
	assert_refused(SD_DRIVER_CHECK_REPLY, 4095, "\x01", 1, 112 + 8);  /* filling */
}

static void a_cut_message_is_refused(void **state)
{
	static const uint64_t sizes[] = {0, 1, 111};
	struct driver_message m = full(&types[0]), back;
	struct blob *b = driver_message_encode(&m);
	struct wire_error err;

	(void)state;
	b = blob_resize(b, blob_size(b) - 1);
	assert_true(driver_message_decode(b, &back, &err) < 0);
	assert_int_equal(err.offset, 16);
	for (size_t i = 0; i < 3; i++) {
		struct blob *part = blob_slice(b, 0, sizes[i]);

		assert_true(driver_message_decode(part, &back, &err) < 0);
		assert_int_equal(err.offset, sizes[i]);
		blob_unref(part);
	}
	assert_true(driver_message_decode(NULL, &back, &err) < 0);
	driver_message_clear(&m);
	blob_unref(b);
}

static void any_bytes_are_decoded_or_refused(void **state)
{
	size_t good = 0;

	(void)state;
	for (uint64_t i = 0; i < 3000; i++) {
		struct driver_message m = full(&types[i % NR_TYPES]), back;
		struct blob *b = driver_message_encode(&m);
		uint8_t noise[3];

		fill_random(noise, sizeof(noise), 5, i);
		b = blob_write(b, noise[0] % 31, noise + 1, 1 + noise[2] % 2);
		if (driver_message_decode(b, &back, NULL) == 0) {
			struct blob *again = driver_message_encode(&back);

			assert_true(blob_equal(again, b));
			blob_unref(again);
			driver_message_clear(&back);
			good++;
		}
		driver_message_clear(&m);
		blob_unref(b);
	}
	/* Some fields may have any value; most may not. */
	assert_in_range(good, 100, 2500);
}

static void messages_have_words(void **state)
{
	struct driver_message m = full(&types[0]);
	struct text t = {0};
	char buf[8];

	(void)state;
	driver_message_text(&t, &m);
	assert_string_equal(text_get(&t),
			    "JOIN position=72623859790382856 versions=1-3 0.0.0.0:7000 blob=10000");
	text_clear(&t);
	driver_message_clear(&m);
	m.type = SD_DRIVER_CHECK_REPLY;
	m.version = 1;
	m.flags = SD_DRIVER_FLAG_YES;
	memcpy(m.text, "why", 4);
	driver_message_text(&t, &m);
	assert_string_equal(text_get(&t), "CHECK_REPLY yes 0.0.0.0:0 (why)");
	text_free(&t);
	assert_string_equal(driver_message_name(SD_DRIVER_BLOCK_OFFER, buf), "BLOCK_OFFER");
	assert_string_equal(driver_message_name(0x63, buf), "0x63");
}

int driver_message_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_comes_back),
		cmocka_unit_test(every_type_may_be_empty),
		cmocka_unit_test(a_message_has_the_golden_bytes),
		cmocka_unit_test(a_long_blob_is_not_copied),
		cmocka_unit_test(the_largest_message_fits),
		cmocka_unit_test(a_text_of_full_length_comes_back),
		cmocka_unit_test(what_does_not_fit_together_is_refused),
		cmocka_unit_test(a_cut_message_is_refused),
		cmocka_unit_test(any_bytes_are_decoded_or_refused),
		cmocka_unit_test(messages_have_words),
	};

	return cmocka_run_group_tests_name("wire: the simulated driver", tests, NULL, NULL);
}
