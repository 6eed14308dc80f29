/*
 * Each check fails where it should, and only there.
 */
#include "rig.h"

/* Three nodes with two copies, "alpha" with three objects and a VM at node 0. */
static struct sheepsim *open_written(struct sheepsim_client **vm)
{
	struct sheepsim *sim = rig_open(3, 2);

	*vm = rig_vm(sim, 0);
	rig_write(sim, *vm, 0, 12 * MIB, 1);
	rig_check(sim);
	return sim;
}

/* The check finds a violation, told with these words; those in `violated` and no others. */
static void expect_violation(struct sheepsim *sim, uint32_t violated, const char *words)
{
	struct sheepsim_checked checked;

	FAILS(sim, SHEEPSIM_E_VIOLATION, words, sheepsim_check(sim, SHEEPSIM_CHECK_ALL, &checked));
	assert_int_equal(checked.violated, violated);
}

static void a_missing_copy_is_found(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	uint64_t oid = sd_vid_to_data_oid(rig_vid(sim, vm), 1);
	int holder = rig_holder(sim, oid);

	(void)state;
	OK(sim, sheepsim_object_remove(sim, holder, oid, 0));
	expect_violation(sim, SHEEPSIM_CHECK_REPLICAS, "is missing on node");
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "has no object",
	      sheepsim_object_remove(sim, holder, oid, 0));
	sheepsim_close(sim);
}

static void a_lost_object_is_found(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	uint64_t oid = sd_vid_to_data_oid(rig_vid(sim, vm), 1);

	(void)state;
	for (int holder; (holder = rig_holder(sim, oid)) >= 0;)
		OK(sim, sheepsim_object_remove(sim, holder, oid, 0));
	expect_violation(sim, SHEEPSIM_CHECK_HISTORY, "I3: ");
	sheepsim_close(sim);
}

static void a_copy_that_differs_is_found(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	uint64_t oid = sd_vid_to_data_oid(rig_vid(sim, vm), 2);
	struct sheepsim_checked checked;

	(void)state;
	OK(sim, sheepsim_object_damage(sim, rig_holder(sim, oid), oid, 0, 1000, "x", 1));
	FAILS(sim, SHEEPSIM_E_VIOLATION, "differs between nodes",
	      sheepsim_check(sim, SHEEPSIM_CHECK_REPLICAS, &checked));
	FAILS(sim, SHEEPSIM_E_INVALID, "only 4194304 bytes",
	      sheepsim_object_damage(sim, rig_holder(sim, oid), oid, 0, 4 * MIB, "x", 1));
	sheepsim_close(sim);
}

static void a_copy_where_it_does_not_belong_is_found(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);

	(void)state;
	/* With recovery off, a new node takes over objects that the others do not give away. */
	OK(sim, sheepsim_node_add(sim, NULL));
	OK(sim, sheepsim_recover_enable(sim, -1, false));
	OK(sim, sheepsim_start(sim, 3));
	expect_violation(sim, SHEEPSIM_CHECK_REPLICAS | SHEEPSIM_CHECK_RECOVERY, "I2: ");
	OK(sim, sheepsim_recover_enable(sim, -1, true));
	rig_recover(sim);
	rig_check(sim);
	sheepsim_close(sim);
}

static void content_that_was_not_acknowledged_is_found(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	uint64_t oid = sd_vid_to_data_oid(rig_vid(sim, vm), 2);

	(void)state;
	for (int i = 0; i < 3; i++)
		sheepsim_object_damage(sim, i, oid, 0, 1000, "what is this?", 13);
	expect_violation(sim, SHEEPSIM_CHECK_HISTORY, "I1: ");
	sheepsim_close(sim);
}

static void a_violation(void *arg, const struct sheepsim_event *e)
{
	unsigned *nr = arg;

	assert_non_null(strstr(e->text, "I1: client0 read alpha"));
	++*nr;
}

static void a_read_of_something_else_is_found_at_once(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	uint64_t oid = sd_vid_to_data_oid(rig_vid(sim, vm), 0);
	unsigned found = 0;
	uint8_t byte;

	(void)state;
	OK(sim, sheepsim_events(sim, "violation", a_violation, &found));
	for (int i = 0; i < 3; i++)
		sheepsim_object_damage(sim, i, oid, 0, 0, "what is this?", 13);
	OK(sim, sheepsim_read(vm, "alpha", 0, &byte, 1));
	assert_int_equal(found, 1);
	/* Written again, it is right again; but it was wrong once. */
	rig_write(sim, vm, 0, MIB, 2);
	expect_violation(sim, SHEEPSIM_CHECK_HISTORY, "I1: client0 read alpha");
	rig_check(sim);
	sheepsim_close(sim);
}

static void gateways_that_disagree_are_found(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	uint64_t oid;
	struct sheepsim_checked checked;

	(void)state;
	rig_write(sim, vm, 0, 100, 1);
	oid = sd_vid_to_data_oid(rig_vid(sim, vm), 0);
	/* Each gateway reads its own copy; only one of them shows what was written. */
	OK(sim, sheepsim_object_damage(sim, 1, oid, 0, 0, "what is this?", 13));
	FAILS(sim, SHEEPSIM_E_VIOLATION, "the check through node 1 read alpha",
	      sheepsim_check(sim, SHEEPSIM_CHECK_HISTORY, &checked));
	sheepsim_close(sim);
}

static void recovery_that_has_not_ended_is_found(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	struct sheepsim_checked checked;

	(void)state;
	OK(sim, sheepsim_recover_enable(sim, -1, false));
	OK(sim, sheepsim_kill(sim, 2));
	FAILS(sim, SHEEPSIM_E_VIOLATION, "I4: node 0 has recovered 0 of",
	      sheepsim_check(sim, SHEEPSIM_CHECK_RECOVERY, &checked));
	sheepsim_close(sim);
}

static void logs_that_differ_are_found(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	struct sheepsim_checked checked;

	(void)state;
	/*
	 * Nodes 0 and 1 go on without 2, then 2 alone without them: each side has an epoch 2 of its
	 * own.
	 */
	OK(sim, sheepsim_kill(sim, 2));
	rig_recover(sim);
	OK(sim, sheepsim_kill(sim, 0));
	OK(sim, sheepsim_kill(sim, 1));
	OK(sim, sheepsim_run(sim, SHEEPSIM_SECOND));
	OK(sim, sheepsim_start(sim, 2));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	OK(sim, sheepsim_recover_force(sim, 2));
	rig_recover(sim);
	FAILS(sim, SHEEPSIM_E_VIOLATION, "I6: epoch 2 is {127.0.0.1:7000 127.0.0.1:7001} to node",
	      sheepsim_check(sim, SHEEPSIM_CHECK_EPOCHS, &checked));
	assert_int_equal(checked.epochs, 2);
	sheepsim_close(sim);
}

static void a_node_of_another_cluster_is_none_of_ours(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	int node = OK(sim, sheepsim_node_add(sim, NULL));

	(void)state;
	OK(sim, sheepsim_copy_metadata(sim, 0, node, 1));
	OK(sim, sheepsim_kill(sim, 1));
	rig_recover(sim);
	OK(sim, sheepsim_copy_metadata(sim, 0, node, 1)); /* with epoch 2 */
	OK(sim, sheepsim_start(sim, 1));
	rig_recover(sim);
	rig_check(sim);
	sheepsim_close(sim);
}

static void answers_that_nobody_asked_for_are_found(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct sheepsim_checked checked;

	(void)state;
	rig_write(sim, vm, 0, 100, 1);
	OK(sim, sheepsim_check(sim, SHEEPSIM_CHECK_ANSWERS, &checked));
	assert_true(checked.requests > 5);
	sheepsim_close(sim);
}

static void checks_count_what_they_compare(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	struct sheepsim_checked checked;

	(void)state;
	OK(sim, sheepsim_vdi_snapshot(vm, "alpha", "one"));
	rig_write(sim, vm, 0, 100, 2);
	OK(sim, sheepsim_check(sim, SHEEPSIM_CHECK_ALL, &checked));
	/* Two inodes, three objects, one of them copied, and the ledger of that one. */
	assert_int_equal(checked.objects, 7);
	assert_int_equal(checked.copies, 14);
	assert_int_equal(checked.history, 24 * MIB);
	assert_int_equal(checked.vdis, 2);
	OK(sim, sheepsim_check(sim, SHEEPSIM_CHECK_EPOCHS, &checked));
	assert_int_equal(checked.epochs, 1);
	assert_int_equal(checked.objects, 0);
	OK(sim, sheepsim_check(sim, 0, &checked));
	sheepsim_close(sim);
}

int check_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_copy_is_found),
		cmocka_unit_test(a_lost_object_is_found),
		cmocka_unit_test(a_copy_that_differs_is_found),
		cmocka_unit_test(a_copy_where_it_does_not_belong_is_found),
		cmocka_unit_test(content_that_was_not_acknowledged_is_found),
		cmocka_unit_test(a_read_of_something_else_is_found_at_once),
		cmocka_unit_test(gateways_that_disagree_are_found),
		cmocka_unit_test(recovery_that_has_not_ended_is_found),
		cmocka_unit_test(logs_that_differ_are_found),
		cmocka_unit_test(a_node_of_another_cluster_is_none_of_ours),
		cmocka_unit_test(answers_that_nobody_asked_for_are_found),
		cmocka_unit_test(checks_count_what_they_compare),
	};

	return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
