/*
 * sheepsim_vdi_fill(): it leaves what writes leave.
 */
#include "rig.h"

#define OBJECT (4 * MIB)
#define COUNT  600u /* their references take more than a page */

static const char content[] = "the beginning of each object";

/* What a node stores, as a number: which objects, with which contents, and what they take. */
struct stored {
	uint64_t digest;
	unsigned nr;
};

static void add_object(void *arg, const struct sheepsim_object *o)
{
	struct stored *s = arg;

	s->digest = s->digest * 31 + o->oid;
	s->digest = s->digest * 31 + o->stale_epoch;
	s->digest = s->digest * 31 + o->size;
	s->digest = s->digest * 31 + o->digest;
	s->nr++;
}

static struct stored stored_at(struct sheepsim *sim, int node)
{
	static uint64_t oids[2 * COUNT];
	struct stored s = {0};
	int nr;

	OK(sim, sheepsim_objects(sim, node, add_object, &s));
	s.digest = s.digest * 31 + rig_info(sim, node).used;
	nr = OK(sim, sheepsim_obj_list(sim, node, oids, 2 * COUNT));
	for (int i = 0; i < nr; i++)
		s.digest = s.digest * 31 + oids[i];
	return s;
}

/* Both simulations store the same on nodes 0 to nodes-1, and something on each. */
static void expect_same_stores(struct sheepsim *a, struct sheepsim *b, int nodes)
{
	for (int i = 0; i < nodes; i++) {
		struct stored x = stored_at(a, i), y = stored_at(b, i);

		assert_true(x.nr > 0);
		assert_int_equal(x.nr, y.nr);
		assert_true(x.digest == y.digest);
	}
}

static struct sheepsim_client *open_vdi(struct sheepsim *sim, const char *dialect)
{
	struct sheepsim_client_options o = {.dialect = dialect};
	struct sheepsim_client *vm;

	OK(sim, sheepsim_client_open_as(sim, 0, &o, &vm));
	OK(sim, sheepsim_vdi_create(
			vm, &(struct sheepsim_vdi){.name = "alpha", .size = 2 * COUNT * OBJECT}));
	return vm;
}

static void write_each(struct sheepsim *sim, struct sheepsim_client *vm, unsigned first,
		       unsigned count)
{
	for (unsigned i = first; i < first + count; i++)
		OK(sim, sheepsim_write(vm, "alpha", i * OBJECT, content, sizeof content));
}

static void lose_a_node(struct sheepsim *sim)
{
	OK(sim, sheepsim_kill(sim, 4));
	rig_recover(sim);
}

static void fills_as_writes_do(const char *versions)
{
	const struct sheepsim_versions v = {.peer = versions};
	struct sheepsim_options o = {.seed = 7, .nodes = 5, .versions = &v};
	struct sheepsim *written, *filled;
	struct sheepsim_client *writer, *filler;

	OK(NULL, sheepsim_open(&written, &o));
	OK(NULL, sheepsim_open(&filled, &o));
	OK(written, sheepsim_format(written, &(struct sheepsim_format){.copies = 3}));
	OK(filled, sheepsim_format(filled, &(struct sheepsim_format){.copies = 3}));
	writer = open_vdi(written, NULL);
	filler = open_vdi(filled, NULL);
	write_each(written, writer, 1, COUNT);
	OK(filled, sheepsim_vdi_fill(filler, "alpha", 1, COUNT, content, sizeof content));
	expect_same_stores(written, filled, 5);
	/* and it goes on in the same way */
	lose_a_node(written);
	lose_a_node(filled);
	expect_same_stores(written, filled, 4);
	OK(written, sheepsim_write(writer, "alpha", 5 * OBJECT + 100, "new", 3));
	OK(filled, sheepsim_write(filler, "alpha", 5 * OBJECT + 100, "new", 3));
	assert_int_equal(sheepsim_last(filler)->created, 0);
	expect_same_stores(written, filled, 4);
	rig_check(filled);
	sheepsim_close(written);
	sheepsim_close(filled);
}

static void filling_leaves_what_writes_leave(void **state)
{
	(void)state;
	fills_as_writes_do(NULL);
}

static void so_it_does_where_inodes_count_no_references(void **state)
{
	(void)state;
	fills_as_writes_do("9a");
}

static void what_was_filled_is_checked_like_what_was_written(void **state)
{
	struct sheepsim *sim = rig_open(4, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct sheepsim_checked checked;
	char buf[sizeof content];

	(void)state;
	OK(sim, sheepsim_vdi_fill(vm, "alpha", 0, 16, content, sizeof content));
	OK(sim, sheepsim_read(vm, "alpha", 9 * OBJECT, buf, sizeof buf));
	assert_memory_equal(buf, content, sizeof buf);
	OK(sim, sheepsim_check(sim, SHEEPSIM_CHECK_ALL, &checked));
	assert_int_equal(checked.history, 16 * sizeof content);
	assert_int_equal(checked.objects, 17);
	sheepsim_close(sim);
}

static void filling_refuses_what_writes_could_not_do(void **state)
{
	struct sheepsim *sim = rig_open(4, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0), *dog;
	uint64_t before;

	(void)state;
	OK(sim, sheepsim_client_open_as(sim, 0, &(struct sheepsim_client_options){.dialect = "dog"},
					&dog));
	rig_write(sim, vm, 3 * OBJECT, 512, 1);
	before = stored_at(sim, 0).digest;
	FAILS(sim, SHEEPSIM_E_INVALID, "no objects", sheepsim_vdi_fill(vm, "alpha", 0, 0, "x", 1));
	FAILS(sim, SHEEPSIM_E_INVALID, "1 to 4194304 bytes",
	      sheepsim_vdi_fill(vm, "alpha", 0, 1, "x", 0));
	FAILS(sim, SHEEPSIM_E_INVALID, "ends before object 16",
	      sheepsim_vdi_fill(vm, "alpha", 0, 17, "x", 1));
	FAILS(sim, SHEEPSIM_E_INVALID, "ends before",
	      sheepsim_vdi_fill(vm, "alpha", UINT32_MAX, UINT32_MAX, "x", 1));
	FAILS(sim, SHEEPSIM_E_INVALID, "exist", sheepsim_vdi_fill(vm, "alpha", 0, 4, "x", 1));
	FAILS(sim, SHEEPSIM_E_INVALID, "keeps no VDI open",
	      sheepsim_vdi_fill(dog, "alpha", 0, 1, "x", 1));
	FAILS(sim, SHEEPSIM_E_RESULT, "NO_VDI", sheepsim_vdi_fill(vm, "beta", 0, 1, "x", 1));
	OK(sim, sheepsim_vdi_create(vm, &(struct sheepsim_vdi){.name = "coded",
							       .size = 64 * MIB,
							       .data_strips = 2,
							       .parity_strips = 1}));
	FAILS(sim, SHEEPSIM_E_INVALID, "coded", sheepsim_vdi_fill(vm, "coded", 0, 1, "x", 1));
	assert_true(stored_at(sim, 0).digest != before); /* the new VDI's inode */
	OK(sim, sheepsim_vdi_fill(vm, "alpha", 4, 12, "x", 1));
	rig_check(sim);
	sheepsim_close(sim);
}

static void filling_waits_for_quiet(void **state)
{
	struct sheepsim *sim = rig_open(4, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct stored before = stored_at(sim, 0);

	(void)state;
	OK(sim, sheepsim_kill(sim, 3));
	OK(sim, sheepsim_vdi_fill(vm, "alpha", 0, 4, "x", 1));
	assert_int_equal(rig_info(sim, 0).epoch, 2);
	assert_int_equal(rig_info(sim, 0).recovering, false);
	rig_check(sim);
	before = stored_at(sim, 0);
	OK(sim, sheepsim_driver_pause(sim, 2, true));
	OK(sim, sheepsim_recover_enable(sim, 0, false));
	FAILS(sim, SHEEPSIM_E_NO_PROGRESS, "quiet", sheepsim_vdi_fill(vm, "alpha", 4, 4, "x", 1));
	assert_true(stored_at(sim, 0).digest == before.digest);
	sheepsim_close(sim);
}

static void a_full_disk_ends_filling_behind_the_last_object_with_room(void **state)
{
	struct sheepsim_options o = {.seed = 1, .nodes = 2, .space = 100 * MIB};
	struct sheepsim *sim;
	struct sheepsim_client *vm;
	struct sheepsim_vdi_info info;

	(void)state;
	OK(NULL, sheepsim_open(&sim, &o));
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 2}));
	vm = open_vdi(sim, NULL);
	FAILS(sim, SHEEPSIM_E_RESULT, "NO_SPACE", sheepsim_vdi_fill(vm, "alpha", 0, 100, "x", 1));
	assert_int_equal(sheepsim_result(sim), SD_RES_NO_SPACE);
	OK(sim, sheepsim_vdi_lookup(vm, "alpha", "", 0, &info));
	assert_int_equal(info.objects, 24);
	rig_check(sim);
	sheepsim_close(sim);
}

int fill_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filling_leaves_what_writes_leave),
		cmocka_unit_test(so_it_does_where_inodes_count_no_references),
		cmocka_unit_test(what_was_filled_is_checked_like_what_was_written),
		cmocka_unit_test(filling_refuses_what_writes_could_not_do),
		cmocka_unit_test(filling_waits_for_quiet),
		cmocka_unit_test(a_full_disk_ends_filling_behind_the_last_object_with_room),
	};

	return cmocka_run_group_tests_name("fill", tests, NULL, NULL);
}
