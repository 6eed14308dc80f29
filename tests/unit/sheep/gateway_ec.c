/*
 * Coded objects through the gateway of a cluster of six nodes: what is sent, what is stored, what
 * is refused.
 */
#include "cluster.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "sheep/ec.h"

#define STRIPE SD_EC_STRIPE_SIZE
#define OBJECT (UINT32_C(1) << 22)

/* Six nodes and a VDI of this policy; its object 0 is not there yet. */
struct coded {
	struct cluster *c;
	uint8_t policy;
	uint32_t d, all;
	uint64_t oid;
};

static struct coded coded_open(uint8_t policy)
{
	struct coded k = {.c = cluster_open_raw(CLUSTER_NODES), .policy = policy};

	k.d = sd_policy_data_strips(policy);
	k.all = k.d + sd_policy_parity_strips(policy);
	cluster_format(k.c, (uint8_t)k.all, policy, 0);
	k.oid = sd_vid_to_data_oid(new_vdi(k.c, 0, "alpha", 0, 0), 0);
	cluster_drop_sent(k.c);
	return k;
}

static uint32_t coded_write(const struct coded *k, uint8_t opcode, uint32_t offset,
			    struct blob *data)
{
	return write_object(k->c, 0, opcode, k->oid, offset, data, 0);
}

static uint32_t coded_remove(const struct coded *k)
{
	struct req q;

	req_init(&q, SD_OP_REMOVE_OBJ);
	q.obj.oid = k->oid;
	return ask_result(k->c, 0, &q, NULL);
}

static uint32_t coded_read(const struct coded *k, uint32_t offset, uint32_t length)
{
	uint32_t result;

	blob_unref(read_object(k->c, 0, k->oid, offset, length, 0, &result));
	return result;
}

/* Where strip i is, in the view of node 0. */
static struct cluster_node *holder(const struct coded *k, uint32_t i)
{
	struct view *v = k->c->node[0].sheep->view;
	uint16_t holders[MAX_ZONES];

	if (i >= view_holders(v, k->oid, k->all, holders))
		return NULL;
	return &k->c->node[view_members(v)->rec[holders[i]].nid.port - 7000];
}

static struct blob *stored_strip(const struct coded *k, uint32_t i)
{
	struct store_key key = {.oid = k->oid, .ec_index = (uint8_t)i};

	return store_get(holder(k, i)->store, key);
}

/* n letters c. */
static struct blob *letters(char c, uint32_t n)
{
	char *s = mem_array(n, 1);
	struct blob *b;

	memset(s, c, n);
	b = blob_new(s, n);
	free(s);
	return b;
}

/* ------------------------------------------------------------------ against a model */

/* What a write makes of an object: also of bytes that it does not name (R417). */
static void model_write(uint8_t *object, uint32_t offset, const uint8_t *data, uint32_t length)
{
	if (offset % STRIPE == 0 && length < STRIPE)
		memset(object + offset, 0, STRIPE);
	memcpy(object + offset, data, length);
}

static struct blob *random_bytes(uint32_t length, uint64_t step)
{
	uint8_t *bytes = mem_array(length, 1);
	struct blob *b;

	for (uint32_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)random_keyed(5, "byte", step, i, 0);
	b = blob_new(bytes, length);
	free(bytes);
	return b;
}

/* The strips in the stores must be those of the model, parity too. */
static void check_strips(const struct coded *k, const uint8_t *model)
{
	struct blob *object = blob_new(model, OBJECT), *expected[SD_EC_MAX_STRIPS];

	ec_split(k->policy, object, expected);
	ec_encode(k->policy, expected, expected + k->d);
	for (uint32_t i = 0; i < k->all; i++) {
		struct blob *strip = stored_strip(k, i);

		assert_non_null(strip);
		assert_true(blob_equal(strip, expected[i]));
		blob_unref(strip);
		blob_unref(expected[i]);
	}
	blob_unref(object);
}

static void check_read(const struct coded *k, const uint8_t *model, uint32_t offset,
		       uint32_t length)
{
	uint32_t result;
	struct blob *out = read_object(k->c, 0, k->oid, offset, length, 0, &result);
	struct blob *expected = blob_new(model + offset, length);

	assert_int_equal(result, SD_RES_SUCCESS);
	assert_true(blob_equal(out, expected));
	blob_unref(expected);
	blob_unref(out);
}

/* A length: of a few bytes, about a stripe, a few of them, or many. */
static uint32_t draw_length(uint64_t step)
{
	static const uint32_t most[] = {20, 600, 3000, 70000};

	return 1 + (uint32_t)random_below(most[step % 4], 5, "length", step, 0, 0);
}

static uint32_t draw_offset(uint64_t step, uint32_t length)
{
	uint32_t offset = (uint32_t)random_below(100000, 5, "offset", step, 0, 0);

	if (random_below(2, 5, "aligned", step, 0, 0))
		offset -= offset % STRIPE;
	if (random_below(4, 5, "at the end", step, 0, 0) == 0)
		offset = OBJECT - length;
	return offset;
}

static void random_writes_and_reads(uint8_t policy)
{
	struct coded k = coded_open(policy);
	uint8_t *model = mem_array(OBJECT, 1), *bytes = mem_array(OBJECT, 1);
	struct blob *data = random_bytes(1000, 999);

	/* A CREATE reads nothing: what it does not name is zero. */
	blob_read(data, 0, model + 700, 1000);
	assert_int_equal(coded_write(&k, SD_OP_CREATE_AND_WRITE_OBJ, 700, data), SD_RES_SUCCESS);
	check_strips(&k, model);
	for (uint64_t step = 0; step < 120; step++) {
		uint32_t length = draw_length(step), offset = draw_offset(step, length);

		data = random_bytes(length, step);
		blob_read(data, 0, bytes, length);
		model_write(model, offset, bytes, length);
		assert_int_equal(coded_write(&k, SD_OP_WRITE_OBJ, offset, data), SD_RES_SUCCESS);
		check_read(&k, model, draw_offset(step + 1000, length), length);
		if (step % 8 == 0)
			check_strips(&k, model);
	}
	check_strips(&k, model);
	check_read(&k, model, 0, OBJECT);
	free(bytes);
	free(model);
	cluster_close(k.c);
}

static void strips_and_reads_follow_every_write(void **state)
{
	(void)state;
	random_writes_and_reads(0x11);
	random_writes_and_reads(0x14);
	random_writes_and_reads(0x21);
	random_writes_and_reads(0x22);
}

/* ------------------------------------------------------------------ what is sent (R415, R416) */

/* One letter for the operations on strips; 0: the line is of another one. */
static char letter(const char *line)
{
	static const char *const names[] = {" READ_PEER ", " WRITE_PEER ",
					    " CREATE_AND_WRITE_PEER ", " REMOVE_PEER "};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strstr(line, names[i]))
			return "RWCX"[i];
	}
	return 0;
}

static uint32_t number_after(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at ? (uint32_t)strtoul(at + strlen(name), NULL, 10) : 0;
}

/*
 * What strip number strip was sent since the last call, in order: "R0+128 W0+256" is a read of 128
 * bytes at 0, then a write of 256. All that was sent must have gone to its holder.
 */
static void expect_sent(struct coded *k, uint32_t strip, const char *expected)
{
	char *lines = mem_string(text_get(&k->c->sent)), *save = NULL;
	struct text got = {0};
	char oid[40];

	snprintf(oid, sizeof(oid), "oid=%016" PRIx64, k->oid);
	for (char *l = strtok_r(lines, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		if (!letter(l) || !strstr(l, oid) || number_after(l, "ec_index=") != strip)
			continue;
		assert_int_equal(number_after(l, ">"), holder(k, strip)->place);
		text_add(&got, "%s%c%u+%u", text_get(&got)[0] ? " " : "", letter(l),
			 number_after(l, "off="), number_after(l, "len="));
	}
	assert_string_equal(text_get(&got), expected);
	text_free(&got);
	free(lines);
}

static void expect_write_sends(struct coded *k, uint32_t offset, uint32_t length, const char *data,
			       const char *parity)
{
	cluster_drop_sent(k->c);
	assert_int_equal(coded_write(k, SD_OP_WRITE_OBJ, offset, letters('w', length)),
			 SD_RES_SUCCESS);
	for (uint32_t i = 0; i < k->all; i++)
		expect_sent(k, i, i < k->d ? data : parity);
}

/* 4:2: 128 bytes a strip of each stripe. */
static void a_write_reads_the_stripes_that_it_covers_in_part(void **state)
{
	struct coded k = coded_open(0x22);

	(void)state;
	assert_int_equal(coded_write(&k, SD_OP_CREATE_AND_WRITE_OBJ, 512, letters('c', 100)),
			 SD_RES_SUCCESS);
	for (uint32_t i = 0; i < k.all; i++)
		expect_sent(&k, i, "C128+128");
	expect_write_sends(&k, 1024, 1024, "W256+256", "W256+256"); /* whole stripes */
	expect_write_sends(&k, 5, 10, "R0+128 W0+128", "W0+128");   /* within one */
	expect_write_sends(&k, 5, 507, "R0+128 W0+128", "W0+128");  /* to its end */
	expect_write_sends(&k, 0, 1000, "R128+128 W0+256", "W0+256");
	expect_write_sends(&k, 5, 1019, "R0+128 W0+256", "W0+256");
	expect_write_sends(&k, 5, 1000, "R0+128 R128+128 W0+256", "W0+256"); /* head, then tail */
	expect_write_sends(&k, 700, 2000, "R128+128 R640+128 W128+640", "W128+640");
	expect_write_sends(&k, 1024, 511, "W256+128", "W256+128"); /* nothing: R417 */
	cluster_close(k.c);
}

static void a_read_asks_the_data_strips_for_whole_stripes(void **state)
{
	struct coded k = coded_open(0x22);

	(void)state;
	assert_int_equal(coded_write(&k, SD_OP_CREATE_AND_WRITE_OBJ, 0, letters('c', 2000)),
			 SD_RES_SUCCESS);
	cluster_drop_sent(k.c);
	assert_int_equal(coded_read(&k, 1023, 2), SD_RES_SUCCESS);
	for (uint32_t i = 0; i < k.all; i++)
		expect_sent(&k, i, i < k.d ? "R128+256" : "");
	cluster_close(k.c);
}

static void a_remove_goes_to_all_strips(void **state)
{
	struct coded k = coded_open(0x22);

	(void)state;
	assert_int_equal(coded_write(&k, SD_OP_CREATE_AND_WRITE_OBJ, 0, letters('c', 512)),
			 SD_RES_SUCCESS);
	cluster_drop_sent(k.c);
	assert_int_equal(coded_remove(&k), SD_RES_SUCCESS);
	for (uint32_t i = 0; i < k.all; i++) {
		expect_sent(&k, i, "X0+0");
		assert_null(stored_strip(&k, i));
	}
	assert_int_equal(coded_read(&k, 0, 512), SD_RES_NO_OBJ);
	assert_int_equal(coded_remove(&k), SD_RES_NO_OBJ);
	cluster_close(k.c);
}

/* ------------------------------------------------------------------ fewer zones than strips */

/* When recovery is over, what is seen is the gateway's doing. */
static void lose_nodes(struct coded *k, int nr)
{
	for (int i = 0; i < nr; i++)
		cluster_kill(k->c, CLUSTER_NODES - 1 - i);
	cluster_settle(k->c);
	assert_int_equal(view_zones(k->c->node[0].sheep->view), (uint32_t)(CLUSTER_NODES - nr));
	cluster_drop_sent(k->c);
}

static void with_too_few_zones_only_the_data_strips_are_written(void **state)
{
	struct coded k = coded_open(0x22);

	(void)state;
	lose_nodes(&k, 1);
	assert_int_equal(coded_write(&k, SD_OP_CREATE_AND_WRITE_OBJ, 0, letters('c', 2048)),
			 SD_RES_SUCCESS);
	for (uint32_t i = 0; i < 5; i++)
		expect_sent(&k, i, i < k.d ? "C0+512" : "");
	cluster_drop_sent(k.c);
	assert_int_equal(coded_write(&k, SD_OP_WRITE_OBJ, 10, letters('w', 10)), SD_RES_SUCCESS);
	for (uint32_t i = 0; i < 5; i++)
		expect_sent(&k, i, i < k.d ? "R0+128 W0+128" : "");
	assert_int_equal(coded_read(&k, 0, 2048), SD_RES_SUCCESS);
	cluster_drop_sent(k.c);
	assert_int_equal(coded_remove(&k), SD_RES_SUCCESS);
	for (uint32_t i = 0; i < 5; i++)
		expect_sent(&k, i, i < k.d ? "X0+0" : "");
	cluster_close(k.c);
}

static void with_fewer_zones_than_data_strips_nothing_goes(void **state)
{
	struct coded k = coded_open(0x22);

	(void)state;
	assert_int_equal(coded_write(&k, SD_OP_CREATE_AND_WRITE_OBJ, 0, letters('c', 512)),
			 SD_RES_SUCCESS);
	lose_nodes(&k, 3);
	assert_int_equal(coded_read(&k, 0, 512), SD_RES_SYSTEM_ERROR);
	assert_int_equal(coded_write(&k, SD_OP_WRITE_OBJ, 0, letters('w', 512)),
			 SD_RES_SYSTEM_ERROR);
	assert_int_equal(coded_write(&k, SD_OP_WRITE_OBJ, 5, letters('w', 5)), SD_RES_SYSTEM_ERROR);
	assert_int_equal(coded_write(&k, SD_OP_CREATE_AND_WRITE_OBJ, 0, letters('c', 512)),
			 SD_RES_SYSTEM_ERROR);
	assert_int_equal(coded_remove(&k), SD_RES_SYSTEM_ERROR);
	for (uint32_t i = 0; i < 3; i++)
		expect_sent(&k, i, "");
	cluster_close(k.c);
}

/* ------------------------------------------------------------------ what fails */

/* R415: nothing is decoded for a reader. */
static void a_missing_data_strip_fails_the_read_and_parity_does_not(void **state)
{
	struct coded k = coded_open(0x22);
	struct store_key key = {.oid = k.oid, .ec_index = 5};

	(void)state;
	assert_int_equal(coded_write(&k, SD_OP_CREATE_AND_WRITE_OBJ, 0, letters('c', 512)),
			 SD_RES_SUCCESS);
	assert_true(store_delete(holder(&k, 5)->store, key));
	assert_int_equal(coded_read(&k, 0, 512), SD_RES_SUCCESS);
	key.ec_index = 2;
	assert_true(store_delete(holder(&k, 2)->store, key));
	assert_int_equal(coded_read(&k, 0, 512), SD_RES_NO_OBJ);
	/* nor for a writer, which has read before anything is changed */
	cluster_drop_sent(k.c);
	assert_int_equal(coded_write(&k, SD_OP_WRITE_OBJ, 5, letters('w', 5)), SD_RES_NO_OBJ);
	for (uint32_t i = 0; i < k.all; i++)
		expect_sent(&k, i, i < k.d ? "R0+128" : "");
	cluster_close(k.c);
}

/* R418: what is created is the whole object, with the bytes of its base. */
static void copy_on_write_of_a_coded_object_codes_the_copy(void **state)
{
	struct coded k = coded_open(0x22);
	uint8_t *model = mem_array(OBJECT, 1);
	struct req q;

	(void)state;
	assert_int_equal(coded_write(&k, SD_OP_CREATE_AND_WRITE_OBJ, 3000, letters('b', 3000)),
			 SD_RES_SUCCESS);
	memset(model + 3000, 'b', 3000);
	memset(model + 5000, 'c', 10);
	req_init(&q, SD_OP_CREATE_AND_WRITE_OBJ);
	q.flags = SD_FLAG_CMD_WRITE | SD_FLAG_CMD_COW;
	q.data_length = 10;
	q.obj.cow_oid = k.oid;
	k.oid++;
	q.obj.oid = k.oid;
	q.obj.offset = 5000;
	assert_int_equal(ask_result(k.c, 0, &q, letters('c', 10)), SD_RES_SUCCESS);
	check_strips(&k, model);
	free(model);
	cluster_close(k.c);
}

static uint32_t read_with(const struct coded *k, uint8_t policy, uint32_t offset, uint32_t length)
{
	struct req q;
	struct answer a;

	req_init(&q, SD_OP_READ_OBJ);
	q.obj.oid = k->oid;
	q.obj.offset = offset;
	q.data_length = length;
	q.obj.copy_policy = policy;
	a = ask(k->c, 0, &q, NULL);
	blob_unref(a.out);
	return a.p.result;
}

static void broken_headers_are_refused(void **state)
{
	struct coded k = coded_open(0x22);

	(void)state;
	assert_int_equal(coded_write(&k, SD_OP_CREATE_AND_WRITE_OBJ, 0, letters('c', 512)),
			 SD_RES_SUCCESS);
	assert_int_equal(read_with(&k, 0x22, 0, 512), SD_RES_SUCCESS);
	assert_int_equal(read_with(&k, 0x20, 0, 512), SD_RES_INVALID_PARMS); /* no parity */
	assert_int_equal(read_with(&k, 0x02, 0, 512), SD_RES_INVALID_PARMS); /* no data */
	assert_int_equal(read_with(&k, 0x32, 0, 512), SD_RES_INVALID_PARMS); /* 6 data strips */
	assert_int_equal(read_with(&k, 0x22, UINT32_MAX - 10, 11), SD_RES_INVALID_PARMS);
	assert_int_equal(read_with(&k, 0x22, UINT32_MAX, UINT32_MAX), SD_RES_INVALID_PARMS);
	cluster_close(k.c);
}

/*
 * R423: of a read that fails nobody keeps which epoch the replica was in, so a gateway that is
 * behind does not wait for it, but asks on and on until it is there too.
 */
static void a_read_that_meets_a_later_epoch_is_repeated_at_once(void **state)
{
	struct coded k = coded_open(0x11);
	struct ask *a;
	struct req q;
	struct answer answer;
	int away = 1;

	(void)state;
	assert_int_equal(coded_write(&k, SD_OP_CREATE_AND_WRITE_OBJ, 0, letters('a', 4096)),
			 SD_RES_SUCCESS);
	cluster_settle(k.c);
	for (uint32_t i = 0; i < k.all; i++)
		away += holder(&k, i) == &k.c->node[away];
	hub_pause(k.c->hub, 0, true);
	cluster_kill(k.c, away);
	cluster_run(k.c, 100 * NSEC_PER_MSEC);
	req_init(&q, SD_OP_READ_OBJ);
	q.data_length = 4096;
	q.obj.oid = k.oid;
	a = ask_begin(k.c, 0, &q, NULL);
	for (int i = 0; i < 50; i++) {
		cluster_run(k.c, NSEC_PER_MSEC / 2);
		assert_int_equal(k.c->node[0].sheep->nr_parked, 0);
	}
	assert_int_equal(k.c->node[0].sheep->ci.epoch, 1);
	assert_int_equal(k.c->node[1 + (away == 1)].sheep->ci.epoch, 2);
	assert_false(a->answered);
	hub_pause(k.c->hub, 0, false);
	answer = ask_end(k.c, a);
	assert_int_equal(answer.p.result, SD_RES_SUCCESS);
	blob_unref(answer.out);
	cluster_close(k.c);
}

/* An inode is replicated, whatever policy its VDI has and the header says (R310). */
static void an_inode_of_a_coded_vdi_is_whole_on_every_node(void **state)
{
	struct coded k = coded_open(0x22);
	struct req q;

	(void)state;
	req_init(&q, SD_OP_WRITE_OBJ);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 5;
	q.obj.oid = sd_vid_to_inode_oid(sd_oid_vid(k.oid));
	q.obj.copy_policy = 0x22;
	q.obj.offset = 256;
	assert_int_equal(ask_result(k.c, 0, &q, blob_new("a tag", 5)), SD_RES_SUCCESS);
	for (int i = 0; i < CLUSTER_NODES; i++) {
		struct blob *b =
			store_get(k.c->node[i].store, (struct store_key){.oid = q.obj.oid});
		char tag[5];

		assert_int_equal(blob_size(b), SD_INODE_SIZE);
		blob_read(b, 256, tag, sizeof(tag));
		assert_memory_equal(tag, "a tag", sizeof(tag));
		blob_unref(b);
	}
	cluster_close(k.c);
}

int gateway_ec_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strips_and_reads_follow_every_write),
		cmocka_unit_test(a_write_reads_the_stripes_that_it_covers_in_part),
		cmocka_unit_test(a_read_asks_the_data_strips_for_whole_stripes),
		cmocka_unit_test(a_remove_goes_to_all_strips),
		cmocka_unit_test(with_too_few_zones_only_the_data_strips_are_written),
		cmocka_unit_test(with_fewer_zones_than_data_strips_nothing_goes),
		cmocka_unit_test(a_missing_data_strip_fails_the_read_and_parity_does_not),
		cmocka_unit_test(copy_on_write_of_a_coded_object_codes_the_copy),
		cmocka_unit_test(broken_headers_are_refused),
		cmocka_unit_test(a_read_that_meets_a_later_epoch_is_repeated_at_once),
		cmocka_unit_test(an_inode_of_a_coded_vdi_is_whole_on_every_node),
	};

	return cmocka_run_group_tests_name("gateway_ec", tests, NULL, NULL);
}
