/* Objects of one node, asked for as its peers do: sizes, stale copies, errors, the start
 * (R701-R714). */
#include "cluster.h"

#include <sheepsim/wire/header.h>

#include "world/universe.h"

#define VID 0x123456

static uint64_t data_oid(uint32_t index)
{
	return sd_vid_to_data_oid(VID, index);
}

static struct store_key stale_key(uint64_t oid, uint32_t epoch)
{
	return (struct store_key){.oid = oid, .stale_epoch = epoch};
}

/* What a node has, put there from outside. */
static void have(struct cluster *c, int node, struct store_key k, const char *text)
{
	struct blob *b = blob_write(blob_zero(UINT64_C(4) << 20), 0, text, strlen(text));

	assert_int_equal(store_put(c->node[node].store, k, b), SD_RES_SUCCESS);
	blob_unref(b);
}

static struct req peer_req(const struct cluster *c, uint8_t opcode, uint64_t oid)
{
	struct req q;

	req_init(&q, opcode);
	q.epoch = node_epoch(c->node[0].sheep);
	q.obj.oid = oid;
	q.obj.tgt_epoch = q.epoch;
	return q;
}

/* READ_PEER of a few bytes at a target epoch, as recovery asks; "": NO_OBJ. */
static void expect_read(struct cluster *c, int node, uint64_t oid, uint32_t epoch, uint16_t flags,
			const char *text)
{
	struct req q = peer_req(c, SD_OP_READ_PEER, oid);
	struct answer a;
	char found[16] = "";

	q.flags = SD_FLAG_CMD_RECOVERY | flags;
	q.obj.tgt_epoch = epoch;
	q.data_length = 8;
	a = ask(c, node, &q, NULL);
	if (a.p.result == SD_RES_SUCCESS)
		blob_read(a.out, 0, found, 8);
	else
		assert_int_equal(a.p.result, SD_RES_NO_OBJ);
	assert_string_equal(found, text);
	blob_unref(a.out);
}

static uint32_t change(struct cluster *c, uint8_t opcode, uint64_t oid, uint32_t epoch)
{
	struct req q = peer_req(c, opcode, oid);

	q.epoch = epoch;
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 3;
	return ask_result(c, 0, &q, blob_new("new", 3));
}

static bool is_listed(struct cluster *c, uint64_t oid)
{
	struct blob *list = objlist_blob(c->node[0].sheep);
	uint8_t bytes[8];

	for (uint64_t at = 0; at < blob_size(list); at += 8) {
		blob_read(list, at, bytes, 8);
		if (get_le64(bytes) == oid)
			return true;
	}
	return false;
}

static void raise_epoch(struct cluster *c)
{
	int other = c->node[1].sheep ? 2 : 1;

	cluster_start(c, other);
	cluster_settle(c);
}

static void restart(struct cluster *c)
{
	cluster_kill(c, 0);
	cluster_settle(c);
	cluster_start(c, 0);
	cluster_settle(c);
}

/* ------------------------------------------------------------------ sizes (R702) */

static void objects_have_the_size_of_their_kind(void **state) /* R702 */
{
	static const struct {
		uint64_t oid, size;
	} kinds[] = {
		{UINT64_C(0x0012345600000007), UINT64_C(4) << 20},
		{UINT64_C(0x8012345600000000), SD_INODE_SIZE},
		{UINT64_C(0x4012345600000001), UINT64_C(4) << 20}, /* VM state: as data */
		{UINT64_C(0x2012345600000001), SD_ATTR_OBJ_SIZE},
		{UINT64_C(0x1012345600000001), SD_BTREE_OBJ_SIZE},
		{UINT64_C(0x0812345600000007), SD_LEDGER_OBJ_SIZE},
	};
	struct cluster *c = cluster_open(1, 1, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct store_key k = {.oid = kinds[i].oid};

		assert_int_equal(change(c, SD_OP_CREATE_AND_WRITE_PEER, k.oid, 1), SD_RES_SUCCESS);
		assert_int_equal(store_length(c->node[0].store, k), kinds[i].size);
	}
	cluster_close(c);
}

/* ------------------------------------------------------------------ READ, HASH (R704, R709) */

static void a_stale_copy_is_read_by_its_own_suffix_only(void **state) /* R704 */
{
	struct cluster *c = cluster_open(1, 1, 0);
	uint64_t oid = data_oid(1);

	(void)state;
	raise_epoch(c);
	raise_epoch(c); /* 3 */
	have(c, 0, stale_key(oid, 1), "one");
	have(c, 0, stale_key(oid, 3), "three");
	expect_read(c, 0, oid, 1, 0, "one");
	expect_read(c, 0, oid, 2, 0, "");
	expect_read(c, 0, oid, 3, 0, ""); /* not of the own epoch */
	expect_read(c, 0, oid, 0, 0, "");
	expect_read(c, 0, oid, 3, SD_FLAG_CMD_WILDCARD, "three");
	expect_read(c, 0, oid, 2, SD_FLAG_CMD_WILDCARD, ""); /* that does not try another one */
	have(c, 0, (struct store_key){.oid = oid}, "live");
	expect_read(c, 0, oid, 1, 0, "live");
	cluster_close(c);
}

static void the_store_tree_does_not_know_wildcards(void **state) /* R701 */
{
	struct cluster *c = cluster_open(1, 1, 0);
	struct store_config config;

	(void)state;
	store_config_get(c->node[0].store, &config);
	strcpy(config.store_name, "tree");
	store_config_put(c->node[0].store, &config);
	have(c, 0, stale_key(data_oid(1), 1), "one");
	expect_read(c, 0, data_oid(1), 1, SD_FLAG_CMD_WILDCARD, "");
	raise_epoch(c);
	have(c, 0, stale_key(data_oid(1), 1), "one"); /* again, as the first one is purged */
	expect_read(c, 0, data_oid(1), 1, SD_FLAG_CMD_WILDCARD, "one"); /* as without */
	cluster_close(c);
}

static void the_hash_is_that_of_the_live_object_or_of_a_stale_one(void **state) /* R709 */
{
	struct cluster *c = cluster_open(1, 1, 0);
	struct req q = peer_req(c, SD_OP_GET_HASH, data_oid(1));
	struct rsp stale, live;

	(void)state;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_NO_OBJ);
	have(c, 0, stale_key(data_oid(1), 1), "one");
	stale = ask(c, 0, &q, NULL).p;
	assert_int_equal(stale.result, SD_RES_SUCCESS);
	q.obj.tgt_epoch = 2;
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_NO_OBJ);
	have(c, 0, (struct store_key){.oid = data_oid(1)}, "live");
	live = ask(c, 0, &q, NULL).p;
	assert_memory_not_equal(live.hash.digest, stale.hash.digest, sizeof(live.hash.digest));
	q.obj.tgt_epoch = 1;
	stale = ask(c, 0, &q, NULL).p;
	assert_memory_equal(live.hash.digest, stale.hash.digest, sizeof(live.hash.digest));
	cluster_close(c);
}

/* ------------------------------------------------------------------ WRITE, REMOVE (R706, R707) */

static void a_write_needs_the_epoch_and_the_object(void **state) /* R706 */
{
	struct cluster *c = cluster_open(1, 1, 0);
	struct blob *b;
	char text[6] = "";

	(void)state;
	assert_int_equal(change(c, SD_OP_WRITE_PEER, data_oid(1), 1), SD_RES_NO_OBJ);
	assert_false(is_listed(c, data_oid(1)));
	have(c, 0, stale_key(data_oid(1), 1), "stale");
	assert_int_equal(change(c, SD_OP_WRITE_PEER, data_oid(1), 1), SD_RES_NO_OBJ);
	have(c, 0, (struct store_key){.oid = data_oid(1)}, "12345");
	assert_int_equal(change(c, SD_OP_WRITE_PEER, data_oid(1), 1), SD_RES_SUCCESS);
	raise_epoch(c);
	have(c, 0, (struct store_key){.oid = data_oid(1)}, "12345");
	assert_int_equal(change(c, SD_OP_WRITE_PEER, data_oid(1), 1), SD_RES_OLD_NODE_VER);
	b = store_get(c->node[0].store, (struct store_key){.oid = data_oid(1)});
	blob_read(b, 0, text, 5);
	assert_string_equal(text, "12345");
	blob_unref(b);
	cluster_close(c);
}

static void remove_takes_the_live_object_and_the_listing(void **state) /* R707 */
{
	struct cluster *c = cluster_open(1, 1, 0);
	struct req q = peer_req(c, SD_OP_REMOVE_PEER, data_oid(1));

	(void)state;
	assert_int_equal(change(c, SD_OP_CREATE_AND_WRITE_PEER, data_oid(1), 1), SD_RES_SUCCESS);
	assert_true(is_listed(c, data_oid(1)));
	have(c, 0, stale_key(data_oid(1), 1), "stale");
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_SUCCESS);
	assert_false(store_has(c->node[0].store, (struct store_key){.oid = data_oid(1)}));
	assert_true(store_has(c->node[0].store, stale_key(data_oid(1), 1)));
	assert_false(is_listed(c, data_oid(1)));
	/* an object that is not there leaves the list even then */
	objlist_add(c->node[0].sheep, data_oid(1));
	assert_int_equal(ask_result(c, 0, &q, NULL), SD_RES_NO_OBJ);
	assert_false(is_listed(c, data_oid(1)));
	cluster_close(c);
}

/* ------------------------------------------------------------------ the start (R712, R714) */

static void the_start_lists_what_is_there_live_or_stale(void **state) /* R714 */
{
	struct cluster *c = cluster_open(1, 1, 0);
	uint32_t vid = new_vdi(c, 0, "alpha", 0, 0);

	(void)state;
	have(c, 0, (struct store_key){.oid = data_oid(1)}, "live");
	have(c, 0, stale_key(data_oid(2), 1), "stale");
	assert_false(is_listed(c, data_oid(1)));
	restart(c);
	assert_true(is_listed(c, data_oid(1)));
	assert_true(is_listed(c, data_oid(2)));
	assert_true(is_listed(c, sd_vid_to_inode_oid(vid)));
	assert_non_null(vdi_find(c->node[0].sheep, vid));
	cluster_close(c);
}

static void temporaries_are_removed_at_the_start(void **state) /* R712, R714 */
{
	struct cluster *c = cluster_open(1, 1, 0);
	struct store_key k = {.oid = data_oid(1), .disk = 1};
	struct blob *b = blob_zero(4096);

	(void)state;
	assert_int_equal(store_temporary(c->node[0].store, k, b), SD_RES_SUCCESS);
	restart(c);
	assert_false(store_has_temporary(c->node[0].store, k));
	assert_false(is_listed(c, data_oid(1)));
	assert_int_equal(change(c, SD_OP_CREATE_AND_WRITE_PEER, data_oid(1), 1), SD_RES_SUCCESS);
	assert_true(store_has(c->node[0].store, k));
	blob_unref(b);
	cluster_close(c);
}

/* Its inode is a stale copy only, whether it is now, of another epoch, or is not. */
static void set_inode_aside(struct cluster *c, uint32_t vid, uint32_t epoch)
{
	struct store *store = c->node[0].store;
	uint64_t oid = sd_vid_to_inode_oid(vid);
	uint32_t stale = store_newest_stale(store, oid, 0, 1, UINT32_MAX);
	struct store_key live = {.oid = oid};

	assert_true(
		store_rename(store, stale ? stale_key(oid, stale) : live, stale_key(oid, epoch)));
	store_delete(store, live); /* recovery makes a stale copy live again (R708) */
	assert_false(store_has(store, live));
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void stale_inodes_are_known_until_one_of_the_present_epoch_comes(void **state) /* R714 */
{
	struct cluster *c = cluster_open(1, 2, 0);
	uint32_t a = new_vdi(c, 0, "alpha", 0, 0);
	uint32_t b = new_vdi(c, 0, "beta", 0, 0);
	uint32_t first = smaller(a, b), second = a + b - first;

	(void)state;
	cluster_start(c, 1);
	cluster_settle(c);
	cluster_kill(c, 1);
	cluster_settle(c); /* 3 */
	set_inode_aside(c, first, 1);
	set_inode_aside(c, second, 2);
	restart(c);
	assert_non_null(vdi_find(c->node[0].sheep, first));
	assert_non_null(vdi_find(c->node[0].sheep, second));
	/* one that cannot be read ends the scan: what comes behind it is not known (R704) */
	set_inode_aside(c, first, 3);
	set_inode_aside(c, second, 2);
	restart(c);
	assert_null(vdi_find(c->node[0].sheep, first));
	assert_null(vdi_find(c->node[0].sheep, second));
	assert_false(is_listed(c, sd_vid_to_inode_oid(second)));
	cluster_close(c);
}

int objects_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_have_the_size_of_their_kind),
		cmocka_unit_test(a_stale_copy_is_read_by_its_own_suffix_only),
		cmocka_unit_test(the_store_tree_does_not_know_wildcards),
		cmocka_unit_test(the_hash_is_that_of_the_live_object_or_of_a_stale_one),
		cmocka_unit_test(a_write_needs_the_epoch_and_the_object),
		cmocka_unit_test(remove_takes_the_live_object_and_the_listing),
		cmocka_unit_test(the_start_lists_what_is_there_live_or_stale),
		cmocka_unit_test(temporaries_are_removed_at_the_start),
		cmocka_unit_test(stale_inodes_are_known_until_one_of_the_present_epoch_comes),
	};

	return cmocka_run_group_tests_name("objects", tests, NULL, NULL);
}
