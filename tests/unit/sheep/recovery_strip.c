/* Strips of coded data: each from its own history, or computed from others (R534-R536). */
#include "recovery_watch.h"

#define POLICY	  0x11 /* 2:1 */
#define NR_STRIPS 3

static struct cluster *coded_open(int n)
{
	struct cluster *c = cluster_open_raw(n);

	cluster_format(c, NR_STRIPS, POLICY, 0);
	return c;
}

/* A data object that is full of bytes which all strips need. */
static void make_coded(struct cluster *c, uint64_t oid)
{
	uint8_t bytes[4096];

	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(made_content(oid + i) >> 8);
	assert_int_equal(write_object(c, 0, SD_OP_CREATE_AND_WRITE_OBJ, oid, 0,
				      blob_new(bytes, sizeof(bytes)), 0),
			 SD_RES_SUCCESS);
	cluster_settle(c);
}

static void expect_coded(struct cluster *c, int i, uint64_t oid)
{
	uint8_t bytes[4096];
	uint32_t result;
	struct blob *b = read_object(c, i, oid, 0, sizeof(bytes), 0, &result);

	assert_int_equal(result, SD_RES_SUCCESS);
	blob_read(b, 0, bytes, sizeof(bytes));
	blob_unref(b);
	for (uint32_t k = 0; k < sizeof(bytes); k++)
		assert_int_equal(bytes[k], (uint8_t)(made_content(oid + k) >> 8));
}

/* The index of the strip that a node has to hold among these members, -1: none. */
static int strip_at(struct cluster *c, unsigned members, int node, uint64_t oid)
{
	return would_hold_as(c, members, node, oid, NR_STRIPS);
}

/* R534: the strip is read from who held just this one, as of the epoch before. */
static void a_strip_is_read_from_the_node_that_held_it(void **state)
{
	struct cluster *c = coded_open(3);
	uint32_t vid = new_vdi(c, 0, "coded", 0, 0);
	uint64_t oid = 0;
	int strip = -1, from = -1;
	const struct seen *s;
	struct watch *w;

	(void)state;
	for (uint32_t i = 0; strip < 0; i++) {
		oid = sd_vid_to_data_oid(vid, i);
		strip = strip_at(c, 0xf, 3, oid);
	}
	for (int i = 0; i < 3; i++) {
		if (strip_at(c, 0x7, i, oid) == strip)
			from = i;
	}
	make_coded(c, oid);
	w = watch_begin(c);
	cluster_start(c, 3);
	cluster_settle(c);
	s = watch_fetch(w, 3, oid, 0);
	assert_int_equal(s->num[0], from);
	assert_int_equal(s->q.obj.ec_index, strip);
	assert_int_equal(s->q.obj.tgt_epoch, 1);
	assert_int_equal(s->q.flags, SD_FLAG_CMD_RECOVERY);
	assert_int_equal(s->q.data_length, 2 << 20);
	assert_null(watch_fetch(w, 3, oid, 1));
	assert_int_equal(watch_object(w, 3, oid)->num[2], from);
	assert_int_equal(watch_sent_count(w, 3, SD_OP_GET_HASH), 0);
	for (int i = 0; i < 4; i++) {
		int own = strip_at(c, 0xf, i, oid);

		for (uint8_t k = 0; k < NR_STRIPS; k++) {
			struct store_key key = {.oid = oid, .ec_index = k};

			assert_int_equal(store_has(c->node[i].store, key), k == own);
		}
		expect_coded(c, i, oid);
	}
	watch_end(w);
	cluster_close(c);
}

/* R535: of the dead node's strip nothing is left; two others give it. */
static void a_strip_that_nobody_has_is_computed_from_others(void **state)
{
	struct cluster *c = coded_open(4);
	uint32_t vid = new_vdi(c, 0, "coded", 0, 0);
	const struct seen *s;
	struct watch *w;
	unsigned decoded = 0;

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		make_coded(c, sd_vid_to_data_oid(vid, i));
	w = watch_begin(c);
	cluster_kill(c, 1);
	cluster_settle(c);
	expect_no_runs(c);
	for (uint32_t i = 0; i < 8; i++) {
		uint64_t oid = sd_vid_to_data_oid(vid, i);

		for (int node = 0; node < 4; node++) {
			if (node == 1 || !(s = watch_object(w, node, oid)))
				continue;
			assert_int_equal(s->num[3], SD_RES_SUCCESS);
			decoded += (int64_t)s->num[2] == RECOVERED_DECODED;
			/* only where the strip was on the dead node */
			if ((int64_t)s->num[2] == RECOVERED_DECODED)
				assert_int_equal(strip_at(c, 0xd, node, oid),
						 strip_at(c, 0xf, 1, oid));
		}
		for (int node = 0; node < 4; node++) {
			if (node != 1)
				expect_coded(c, node, oid);
		}
	}
	assert_true(decoded > 0);
	watch_end(w);
	cluster_close(c);
}

/* R535: fewer strips than are needed: an error, which counts as finished. */
static void a_strip_that_cannot_be_computed_counts_as_finished(void **state)
{
	struct cluster *c = coded_open(3);
	uint32_t vid = new_vdi(c, 0, "coded", 0, 0);
	uint64_t oid = sd_vid_to_data_oid(vid, 0);
	int at[NR_STRIPS];
	struct watch *w;

	(void)state;
	make_coded(c, oid);
	for (int i = 0; i < 3; i++)
		at[strip_at(c, 0x7, i, oid)] = i;
	for (uint8_t k = 0; k < 2; k++)
		assert_true(store_delete(c->node[at[k]].store,
					 (struct store_key){.oid = oid, .ec_index = k}));
	w = watch_begin(c);
	alter_copies(c, vid, NR_STRIPS); /* a level run */
	cluster_settle(c);
	expect_no_runs(c);
	assert_int_equal(watch_object(w, at[0], oid)->num[3], SD_RES_NO_OBJ);
	assert_int_equal((int64_t)watch_object(w, at[0], oid)->num[2], RECOVERED_NONE);
	assert_null(watch_object(w, at[2], oid));
	/* itself for strip 0, then the holders of strips 1 and 2 */
	for (size_t n = 0; n < NR_STRIPS; n++) {
		assert_int_equal(watch_fetch(w, at[0], oid, n)->num[0], at[n]);
		assert_int_equal(watch_fetch(w, at[0], oid, n)->q.obj.ec_index, n);
	}
	assert_null(watch_fetch(w, at[0], oid, NR_STRIPS));
	watch_end(w);
	cluster_close(c);
}

/* R534: with fewer zones than strips all members that are left are asked, in member order. */
static void with_few_zones_all_members_are_asked_for_a_strip(void **state)
{
	struct cluster *c = coded_open(2);
	uint32_t vid = new_vdi(c, 0, "coded", 0, 0);
	uint64_t oid = 0;
	struct watch *w;

	(void)state;
	/* node 2 is to hold the parity strip, which was never written (R416) */
	for (uint32_t i = 0; oid == 0 || strip_at(c, 0x7, 2, oid) != 2; i++)
		oid = sd_vid_to_data_oid(vid, i);
	make_coded(c, oid);
	w = watch_begin(c);
	cluster_start(c, 2);
	cluster_settle(c);
	for (size_t n = 0; n < 2; n++) {
		assert_int_equal(watch_fetch(w, 2, oid, n)->num[0], n);
		assert_int_equal(watch_fetch(w, 2, oid, n)->q.obj.ec_index, 2);
	}
	assert_int_equal((int64_t)watch_object(w, 2, oid)->num[2], RECOVERED_DECODED);
	/* The data strips can be computed from it. */
	cluster_kill(c, 0);
	cluster_settle(c);
	cluster_start(c, 3);
	cluster_settle(c);
	expect_coded(c, 3, oid);
	watch_end(w);
	cluster_close(c);
}

int recovery_strip_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_strip_is_read_from_the_node_that_held_it),
		cmocka_unit_test(a_strip_that_nobody_has_is_computed_from_others),
		cmocka_unit_test(a_strip_that_cannot_be_computed_counts_as_finished),
		cmocka_unit_test(with_few_zones_all_members_are_asked_for_a_strip),
	};

	return cmocka_run_group_tests_name("recovery_strip", tests, NULL, NULL);
}
