/*
 * What real sheepdog sent to the holders of strips: its parity must be ours.
 */
#include "tests.h"
#include "sheep/ec.h"
#include "vectors.h"
#include "wire/message.h"

#include <sheepsim/wire/peer.h>

/* A vector with writes of whole sets of strips. */
struct capture {
	const char *path;
	uint8_t policy;
	uint32_t writes; /* how many sets */
};

/* A write whose strips are being found: all have the same object and place. */
struct set {
	struct req q;
	struct blob *strip[SD_EC_MAX_STRIPS];
	uint32_t nr;
};

static bool is_strip_write(const struct vector_message *m, struct req *q)
{
	if (!m->request || m->head_len != WIRE_HEADER)
		return false;
	req_decode(m->head, q);
	return (q->opcode == SD_OP_WRITE_PEER || q->opcode == SD_OP_CREATE_AND_WRITE_PEER) &&
	       sd_oid_is_data(q->obj.oid);
}

static void check_parity(const struct set *set, uint8_t policy)
{
	uint32_t d = sd_policy_data_strips(policy), p = sd_policy_parity_strips(policy);
	struct blob *parity[SD_EC_MAX_STRIPS];

	for (uint32_t i = 0; i < d + p; i++) {
		assert_non_null(set->strip[i]);
		assert_int_equal(blob_size(set->strip[i]), set->q.data_length);
	}
	ec_encode(policy, set->strip, parity);
	for (uint32_t j = 0; j < p; j++) {
		assert_true(blob_equal(parity[j], set->strip[d + j]));
		blob_unref(parity[j]);
	}
}

static void check_capture(const struct capture *c)
{
	uint32_t all = sd_policy_data_strips(c->policy) + sd_policy_parity_strips(c->policy);
	uint32_t found = 0;
	struct set set = {0};
	struct vector v;
	char why[256];

	assert_int_equal(vector_read(c->path, &v, why), 0);
	for (size_t i = 0; i < v.nr_messages; i++) {
		struct req q;

		if (!is_strip_write(&v.messages[i], &q))
			continue;
		if (set.nr > 0) { /* the writes came one after the other */
			assert_int_equal(q.obj.oid, set.q.obj.oid);
			assert_int_equal(q.obj.offset, set.q.obj.offset);
		}
		assert_true(q.obj.ec_index < all);
		set.q = q;
		set.strip[q.obj.ec_index] = v.messages[i].payload;
		if (++set.nr == all) {
			check_parity(&set, c->policy);
			set = (struct set){0};
			found++;
		}
	}
	assert_int_equal(set.nr, 0);
	assert_int_equal(found, c->writes);
	vector_free(&v);
}

static void parity_is_what_sheepdog_sent(void **state)
{
	static const struct capture captures[] = {
		{VECTORS_DIR "/peer/vdi_write_ec21.txt", 0x11, 1},
		{VECTORS_DIR "/peer/vdi_write_ec21_partial.txt", 0x11, 1},
		{VECTORS_DIR "/peer/ec6_write.txt", 0x22, 1},
		{VECTORS_DIR "/peer/ec6_write_partial.txt", 0x22, 1},
		{VECTORS_DIR "/peer/ec6_write_spanning.txt", 0x22, 2},
		{VECTORS_DIR "/peer/ec6_write_cow.txt", 0x22, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++)
		check_capture(&captures[i]);
}

int ec_capture_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parity_is_what_sheepdog_sent),
	};

	return cmocka_run_group_tests_name("ec_captures", tests, NULL, NULL);
}
