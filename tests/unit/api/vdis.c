#include "rig.h"

static struct sheepsim_vdi_info lookup(struct sheepsim *sim, struct sheepsim_client *vm,
				       const char *name, const char *tag, uint32_t snapid)
{
	struct sheepsim_vdi_info info;

	OK(sim, sheepsim_vdi_lookup(vm, name, tag, snapid, &info));
	return info;
}

static void a_vdi_is_what_was_asked_for(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct sheepsim_vdi small = {
		.name = "small", .size = 5 * MIB, .copies = 2, .block_size_shift = 20};
	struct sheepsim_vdi full = {.name = "full", .size = 9 * MIB, .preallocate = true};
	struct sheepsim_vdi_info info;

	(void)state;
	OK(sim, sheepsim_vdi_create(vm, &small));
	OK(sim, sheepsim_vdi_create(vm, &full));
	info = lookup(sim, vm, "alpha", "", 0);
	assert_string_equal(info.name, "alpha");
	assert_int_equal(info.size, 64 * MIB);
	assert_int_equal(info.copies, 3);
	assert_int_equal(info.block_size_shift, 22);
	assert_int_equal(info.objects, 0);
	assert_false(info.snapshot);
	info = lookup(sim, vm, "small", NULL, 0);
	assert_int_equal(info.copies, 2);
	assert_int_equal(info.block_size_shift, 20);
	info = lookup(sim, vm, "full", NULL, 0);
	assert_int_equal(info.objects, 3);
	assert_int_equal(info.owned, 3);
	rig_check(sim);
	sheepsim_close(sim);
}

static void bad_vdis_are_refused(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	const struct {
		struct sheepsim_vdi vdi;
		const char *words;
	} cases[] = {
		{{.name = "", .size = 1}, "name"},
		{{.name = NULL, .size = 1}, "name"},
		{{.name = "a:b", .size = 1}, "':'"},
		{{.name = "a", .size = 1, .copies = 32}, "31 copies"},
		{{.name = "a", .size = 1, .data_strips = 3, .parity_strips = 1}, "3:1"},
		{{.name = "a", .size = 1, .data_strips = 2}, "2:0"},
		{{.name = "a", .size = 1, .copies = 2, .data_strips = 2, .parity_strips = 1},
		 "either"},
		{{.name = "a", .size = 1, .block_size_shift = 19}, "block_size_shift"},
		{{.name = "a", .size = (UINT64_C(4) << 40) + 1}, "larger"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		FAILS(sim, SHEEPSIM_E_INVALID, cases[i].words,
		      sheepsim_vdi_create(vm, &cases[i].vdi));
	FAILS(sim, SHEEPSIM_E_RESULT, "create alpha: answered VDI_EXIST",
	      sheepsim_vdi_create(vm, &(struct sheepsim_vdi){.name = "alpha", .size = 1}));
	sheepsim_close(sim);
}

static void where_a_name_is_needed_null_is_refused(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct sheepsim_scenario_result result;
	struct sheepsim_vdi_info info;
	char byte = 'x';

	(void)state;
	FAILS(sim, SHEEPSIM_E_INVALID, "name", sheepsim_write(vm, NULL, 0, &byte, 1));
	FAILS(sim, SHEEPSIM_E_INVALID, "name", sheepsim_read(vm, NULL, 0, &byte, 1));
	FAILS(sim, SHEEPSIM_E_INVALID, "name",
	      sheepsim_write_async(vm, NULL, 0, &byte, 1, NULL, NULL));
	FAILS(sim, SHEEPSIM_E_INVALID, "name", sheepsim_read_async(vm, NULL, 0, 1, NULL, NULL));
	FAILS(sim, SHEEPSIM_E_INVALID, "name",
	      sheepsim_vdi_create(vm, &(struct sheepsim_vdi){.size = 1}));
	FAILS(sim, SHEEPSIM_E_INVALID, "name", sheepsim_vdi_lookup(vm, NULL, NULL, 0, &info));
	FAILS(sim, SHEEPSIM_E_INVALID, "name", sheepsim_vdi_snapshot(vm, NULL, "one"));
	FAILS(sim, SHEEPSIM_E_INVALID, "name", sheepsim_vdi_delete(vm, NULL, NULL, 0));
	FAILS(sim, SHEEPSIM_E_INVALID, "path", sheepsim_disk_add(sim, 0, NULL, 0));
	FAILS(sim, SHEEPSIM_E_INVALID, "path", sheepsim_disk_plug(sim, 0, NULL));
	FAILS(sim, SHEEPSIM_E_INVALID, "path", sheepsim_disk_unplug(sim, 0, NULL));
	FAILS(sim, SHEEPSIM_E_INVALID, "path", sheepsim_disk_lose(sim, 0, NULL));
	assert_int_equal(sheepsim_scenario_run(NULL, NULL, &result), SHEEPSIM_E_SCENARIO);
	assert_non_null(strstr(result.message, "no text"));
	sheepsim_scenario_free(&result);
	/* a snapshot without a tag has an empty one */
	OK(sim, sheepsim_vdi_snapshot(vm, "alpha", NULL));
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_snapshot_stays_as_it_was(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct sheepsim_vdi_info info;

	(void)state;
	rig_write(sim, vm, 0, 8 * MIB, 1);
	OK(sim, sheepsim_vdi_snapshot(vm, "alpha", "one"));
	FAILS(sim, SHEEPSIM_E_INVALID, "tag already", sheepsim_vdi_snapshot(vm, "alpha", "one"));
	rig_write(sim, vm, MIB, MIB, 2); /* the VM does not know yet */
	assert_int_equal(sheepsim_last(vm)->created, 1);
	rig_expect(sim, vm, "alpha", MIB, MIB, 2);
	rig_expect(sim, vm, "alpha:one", 0, 8 * MIB, 1);
	rig_expect(sim, vm, "alpha:1", 0, 8 * MIB, 1);
	info = lookup(sim, vm, "alpha", "one", 0);
	assert_true(info.snapshot);
	assert_string_equal(info.tag, "one");
	assert_int_equal(info.snap_id, 1);
	assert_int_equal(info.owned, 2);
	info = lookup(sim, vm, "alpha", "", 0);
	assert_int_equal(info.objects, 2);
	assert_int_equal(info.owned, 1);
	assert_int_equal(info.parent_vid, lookup(sim, vm, "alpha", "", 1).vid);
	FAILS(sim, SHEEPSIM_E_RESULT, "READONLY", sheepsim_write(vm, "alpha:one", 0, "x", 1));
	rig_check(sim);
	sheepsim_close(sim);
}

static void lists_have_every_vdi(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct sheepsim_vdi_info infos[8];
	unsigned snapshots = 0;

	(void)state;
	OK(sim, sheepsim_vdi_create(vm, &(struct sheepsim_vdi){.name = "beta", .size = MIB}));
	OK(sim, sheepsim_vdi_snapshot(vm, "alpha", ""));
	assert_int_equal(OK(sim, sheepsim_vdi_list(vm, infos, 8)), 3);
	for (int i = 0; i < 3; i++) {
		snapshots += infos[i].snapshot;
		assert_true(i == 0 || infos[i - 1].vid < infos[i].vid);
	}
	assert_int_equal(snapshots, 1);
	assert_int_equal(OK(sim, sheepsim_vdi_list(vm, infos, 0)), 3);
	sheepsim_close(sim);
}

static void a_deleted_vdi_is_gone(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct sheepsim_vdi_info infos[8];
	uint8_t byte;
	uint64_t oid = sd_vid_to_data_oid(rig_vid(sim, vm), 1);

	(void)state;
	rig_write(sim, vm, 0, 12 * MIB, 1);
	assert_true(rig_holder(sim, oid) >= 0);
	OK(sim, sheepsim_vdi_delete(vm, "alpha", "", 0));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	assert_int_equal(rig_holder(sim, oid), -1);
	FAILS(sim, SHEEPSIM_E_RESULT, "NO_VDI", sheepsim_read(vm, "alpha", 0, &byte, 1));
	FAILS(sim, SHEEPSIM_E_RESULT, "NO_VDI", sheepsim_vdi_delete(vm, "alpha", "", 0));
	assert_int_equal(OK(sim, sheepsim_vdi_list(vm, infos, 8)), 0);
	rig_check(sim);
	/* The name can be used again; nothing of the old one shows. */
	OK(sim, sheepsim_vdi_create(vm, &(struct sheepsim_vdi){.name = "alpha", .size = 12 * MIB}));
	OK(sim, sheepsim_read(vm, "alpha", 5 * MIB, &byte, 1));
	assert_int_equal(byte, 0);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_deleted_snapshot_leaves_the_vdi(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);

	(void)state;
	rig_write(sim, vm, 0, 8 * MIB, 1);
	OK(sim, sheepsim_vdi_snapshot(vm, "alpha", "one"));
	rig_write(sim, vm, 0, MIB, 2);
	OK(sim, sheepsim_vdi_delete(vm, "alpha", "one", 0));
	rig_expect(sim, vm, "alpha", 0, MIB, 2);
	rig_check(sim);
	sheepsim_close(sim);
}

static void coded_vdis_survive_the_loss_of_strips(void **state)
{
	struct sheepsim *sim = rig_open(7, 3);
	struct sheepsim_client *vm;
	struct sheepsim_vdi coded = {
		.name = "alpha", .size = 64 * MIB, .data_strips = 4, .parity_strips = 2};

	(void)state;
	OK(sim, sheepsim_client_open(sim, 0, &vm));
	OK(sim, sheepsim_vdi_create(vm, &coded));
	assert_int_equal(lookup(sim, vm, "alpha", "", 0).copies, 6);
	assert_int_equal(lookup(sim, vm, "alpha", "", 0).copy_policy, 0x22);
	rig_write(sim, vm, 100, 8 * MIB, 1);
	rig_expect(sim, vm, "alpha", 100, 8 * MIB, 1);
	rig_check(sim);
	OK(sim, sheepsim_kill(sim, 6));
	rig_recover(sim);
	rig_expect(sim, vm, "alpha", 100, 8 * MIB, 1);
	rig_check(sim);
	sheepsim_close(sim);
}

int vdi_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vdi_is_what_was_asked_for),
		cmocka_unit_test(bad_vdis_are_refused),
		cmocka_unit_test(where_a_name_is_needed_null_is_refused),
		cmocka_unit_test(a_snapshot_stays_as_it_was),
		cmocka_unit_test(lists_have_every_vdi),
		cmocka_unit_test(a_deleted_vdi_is_gone),
		cmocka_unit_test(a_deleted_snapshot_leaves_the_vdi),
		cmocka_unit_test(coded_vdis_survive_the_loss_of_strips),
	};

	return cmocka_run_group_tests_name("vdis", tests, NULL, NULL);
}
