/* Nodes that die at any step of an operation on VDIs: the others agree, and go on (R119, I10). */
#include "cluster.h"

#define ALPHA 0xed202b /* home of "alpha" */

/* All nodes that run have the same tables. */
static void check_agreement(struct cluster *c)
{
	struct sheep *first = NULL;

	for (int i = 0; i < CLUSTER_NODES; i++) {
		struct sheep *s = c->node[i].sheep;
		struct blob *a[3], *b[3];

		if (!s)
			continue;
		if (!first)
			first = s;
		a[0] = vdi_states(first, DIALECT_NEWEST);
		b[0] = vdi_states(s, DIALECT_NEWEST);
		for (int k = 0; k < 2; k++) {
			a[1 + k] = vdi_bitmap(first, k);
			b[1 + k] = vdi_bitmap(s, k);
		}
		for (int k = 0; k < 3; k++) {
			assert_true(blob_equal(a[k], b[k]));
			blob_unref(a[k]);
			blob_unref(b[k]);
		}
	}
}

/* Locks that everybody knows, data that is shared: whatever an operation could leave half done. */
static struct cluster *prepared(void)
{
	struct cluster *c = cluster_open(4, 3, SD_CLUSTER_FLAG_USE_LOCK);
	const uint32_t vid = ALPHA;

	assert_int_equal(new_vdi(c, 0, "alpha", 0, 0), ALPHA);
	create_data(c, ALPHA, 0, 1);
	assert_int_equal(write_index(c, ALPHA, 0, &vid, 1), SD_RES_SUCCESS);
	assert_int_equal(lock(c, 1, "alpha", SD_LOCK_TYPE_SHARED), SD_RES_SUCCESS);
	return c;
}

/* The operations: each returns its request. */
static struct ask *take_snapshot(struct cluster *c, int i)
{
	struct req q = req_new_vdi(ALPHA, 1);

	return ask_begin(c, i, &q, name_payload("alpha"));
}

static struct ask *make_clone(struct cluster *c, int i)
{
	struct req q = req_new_vdi(ALPHA, 0);

	return ask_begin(c, i, &q, name_payload("clone"));
}

static struct ask *delete_vdi(struct cluster *c, int i)
{
	struct req q = req_name(SD_OP_DEL_VDI, 256, 0, 0);

	return ask_begin(c, i, &q, name_payload("alpha"));
}

static struct ask *lock_shared(struct cluster *c, int i)
{
	struct req q = req_name(SD_OP_LOCK_VDI, 256, 0, SD_LOCK_TYPE_SHARED);

	return ask_begin(c, i, &q, name_payload("alpha"));
}

static struct ask *clear_index(struct cluster *c, int i)
{
	struct req q;

	req_init(&q, SD_OP_WRITE_OBJ);
	q.flags = SD_FLAG_CMD_WRITE;
	q.data_length = 4;
	q.obj.oid = sd_vid_to_inode_oid(ALPHA);
	q.obj.offset = INODE_DATA_VIDS;
	return ask_begin(c, i, &q, blob_zero(4));
}

typedef struct ask *(*operation)(struct cluster *c, int i);

static const operation operations[] = {take_snapshot, make_clone, delete_vdi, lock_shared,
				       clear_index};
#define NR_OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/*
 * An operation through node 2; node victim dies after so many steps of the simulation. Returns
 * false when the operation was over by then.
 */
static bool crash_at(operation op, int victim, int steps)
{
	struct cluster *c = prepared();
	struct ask *a = op(c, 2);
	bool over = false;
	uint32_t result;

	for (int i = 0; i < steps && !over; i++) {
		clock_step(&c->u.clock);
		over = a->answered;
	}
	cluster_kill(c, victim);
	result = ask_end(c, a).p.result;
	if (victim != 2)
		assert_int_equal(result, SD_RES_SUCCESS);
	cluster_settle(c);
	check_agreement(c);
	for (int i = 0; i < 4; i++) {
		if (i != victim)
			assert_true(vdi_idle(c->node[i].sheep));
	}
	assert_int_equal(new_vdi(c, 0, "after", 0, 0), 0x71eae9);
	check_agreement(c);
	cluster_close(c);
	return !over;
}

static void members_agree_wherever_the_requester_dies(void **state)
{
	(void)state;
	for (size_t k = 0; k < NR_OPERATIONS; k++) {
		int steps = 1;

		while (crash_at(operations[k], 2, steps))
			steps += 3;
		assert_true(steps > 10); /* it was not over at once */
	}
}

static void an_operation_succeeds_wherever_another_member_dies(void **state)
{
	(void)state;
	for (size_t k = 0; k < NR_OPERATIONS; k++) {
		int steps = 1;

		while (crash_at(operations[k], 3, steps))
			steps += 3;
		assert_true(steps > 10);
	}
}

/* A joiner that fetches tables and lock state dies, or one whom it asks does. */
static void members_agree_wherever_a_joiner_dies(void **state)
{
	bool over = false;

	(void)state;
	for (int steps = 1; !over; steps += 3) {
		struct cluster *c = prepared();

		cluster_start(c, 4);
		for (int i = 0; i < steps && !over; i++)
			over = !clock_step(&c->u.clock);
		cluster_kill(c, 4);
		cluster_settle(c);
		for (int i = 0; i < 4; i++)
			assert_non_null(c->node[i].sheep);
		check_agreement(c);
		cluster_start(c, 5);
		cluster_settle(c);
		check_agreement(c);
		cluster_close(c);
	}
}

int vdi_crashes_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_agree_wherever_the_requester_dies),
		cmocka_unit_test(an_operation_succeeds_wherever_another_member_dies),
		cmocka_unit_test(members_agree_wherever_a_joiner_dies),
	};

	return cmocka_run_group_tests_name("crashes during operations on VDIs", tests, NULL, NULL);
}
