/* A node's journal, and crashes in the middle of what it does to objects (R705, R712, R713). */
#include "cluster.h"

#include <sheepsim/wire/header.h>

#define MIB  (UINT64_C(1) << 20)
#define SIZE (4 * MIB)

static uint64_t data_oid(uint32_t index)
{
	return sd_vid_to_data_oid(0x123456, index);
}

static struct store_key key(uint32_t index)
{
	return (struct store_key){.oid = data_oid(index), .disk = 1};
}

/* One node with a journal of so many bytes, formatted. */
static struct cluster *open_one(uint64_t journal)
{
	struct cluster *c = cluster_open(1, 1, 0);

	c->node[0].journal = journal;
	cluster_kill(c, 0);
	cluster_settle(c);
	cluster_start(c, 0);
	cluster_settle(c);
	return c;
}

static struct req change_req(const struct cluster *c, uint8_t opcode, uint32_t index)
{
	struct req q;

	req_init(&q, opcode);
	q.epoch = node_epoch(c->node[0].sheep);
	q.flags = SD_FLAG_CMD_WRITE;
	q.obj.oid = data_oid(index);
	q.obj.tgt_epoch = q.epoch;
	q.data_length = 3;
	return q;
}

static void change(struct cluster *c, uint8_t opcode, uint32_t index, const char *text)
{
	struct req q = change_req(c, opcode, index);

	if (!text)
		q.data_length = 0;
	assert_int_equal(ask_result(c, 0, &q, text ? blob_new(text, 3) : NULL), SD_RES_SUCCESS);
}

static bool keep_nothing(void *arg, uint64_t oid, uint64_t n)
{
	(void)arg;
	(void)oid;
	(void)n;
	return false;
}

static void cut_power(struct cluster *c)
{
	store_power_cut(c->node[0].store, keep_nothing, NULL);
	cluster_kill(c, 0);
	cluster_settle(c);
}

static void restart(struct cluster *c)
{
	cut_power(c);
	cluster_start(c, 0);
	cluster_settle(c);
}

/* How an object begins; "": it is not there. */
static void expect(const struct cluster *c, uint32_t index, const char *text)
{
	struct blob *b = store_read(c->node[0].store, key(index), 0, 3);
	char found[4] = "";

	if (b)
		blob_read(b, 0, found, 3);
	assert_string_equal(found, text);
	blob_unref(b);
}

static void all_changes_are_done_again_in_order(void **state) /* R713 */
{
	struct cluster *c = open_one(64 * MIB);

	(void)state;
	change(c, SD_OP_CREATE_AND_WRITE_PEER, 1, "one");
	change(c, SD_OP_WRITE_PEER, 1, "two");
	change(c, SD_OP_CREATE_AND_WRITE_PEER, 2, "two");
	change(c, SD_OP_REMOVE_PEER, 2, NULL);
	change(c, SD_OP_CREATE_AND_WRITE_PEER, 3, "one");
	cut_power(c);
	expect(c, 1, "");
	cluster_start(c, 0);
	cluster_settle(c);
	expect(c, 1, "two");
	expect(c, 2, "");
	expect(c, 3, "one");
	assert_int_equal(store_length(c->node[0].store, key(1)), SIZE);
	cluster_close(c);
}

static void append(struct store *s, uint32_t file, enum journal_op op, const char *text)
{
	struct journal_entry e = {
		.op = op,
		.complete = true,
		.oid = data_oid(1),
		.size = SIZE,
		.data = blob_new(text, 3),
	};

	store_journal_append(s, file, &e);
	blob_unref(e.data);
}

static void the_older_file_comes_first(void **state) /* R713 */
{
	(void)state;
	for (uint32_t older = 0; older < STORE_JOURNALS; older++) {
		struct cluster *c = open_one(64 * MIB);

		cut_power(c);
		append(c->node[0].store, older, JOURNAL_CREATE, "old");
		append(c->node[0].store, 1 - older, JOURNAL_WRITE, "new");
		cluster_start(c, 0);
		cluster_settle(c);
		expect(c, 1, "new");
		cluster_close(c);
	}
}

/* What is changed without the journal is not undone by what it told before. */
static void a_fill_empties_the_journal(void **state)
{
	struct cluster *c = open_one(64 * MIB);
	struct blob *b = blob_new("new", 3);

	(void)state;
	change(c, SD_OP_CREATE_AND_WRITE_PEER, 1, "old");
	assert_int_equal(sheep_object_write(c->node[0].sheep, data_oid(1), 0, b), SD_RES_SUCCESS);
	blob_unref(b);
	restart(c);
	expect(c, 1, "new");
	cluster_close(c);
}

/* A crash in the middle of a create: true if it had come to its end nevertheless. */
static bool create_and_crash(struct cluster *c, uint32_t index)
{
	struct req q = change_req(c, SD_OP_CREATE_AND_WRITE_PEER, index);
	struct ask *a = ask_begin(c, 0, &q, blob_new("new", 3));

	while (!store_has_temporary(c->node[0].store, key(index)))
		cluster_run(c, NSEC_PER_USEC);
	assert_false(store_has(c->node[0].store, key(index)));
	world_tear(&c->node[0].world);
	cluster_kill(c, 0);
	blob_unref(ask_end(c, a).out);
	cluster_start(c, 0);
	cluster_settle(c);
	assert_false(store_has_temporary(c->node[0].store, key(index)));
	return store_has(c->node[0].store, key(index));
}

static void a_torn_create_is_there_wholly_or_not_at_all(void **state) /* R705, R712 */
{
	struct cluster *c = open_one(0);
	uint32_t there = 0;

	(void)state;
	for (uint32_t i = 0; i < 16; i++) {
		bool done = create_and_crash(c, i);

		expect(c, i, done ? "new" : "");
		there += done;
	}
	assert_in_range(there, 1, 15);
	cluster_close(c);
}

int journal_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_changes_are_done_again_in_order),
		cmocka_unit_test(the_older_file_comes_first),
		cmocka_unit_test(a_fill_empties_the_journal),
		cmocka_unit_test(a_torn_create_is_there_wholly_or_not_at_all),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
