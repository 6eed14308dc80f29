#include "play.h"

#include <stdlib.h>
#include <string.h>

#include <sheepsim/wire/object.h>

#include "client/frontend.h"

struct found {
	struct play *play;
	struct outcome o;
	struct vdi_info infos[32];
};

static void ended(void *arg, const struct outcome *o)
{
	struct found *f = arg;

	assert_false(f->play->over);
	f->play->over = true;
	f->o = *o;
	assert_true(o->nr_infos <= 32);
	if (o->nr_infos)
		memcpy(f->infos, o->infos, o->nr_infos * sizeof f->infos[0]);
}

struct vm {
	struct play *play;
	struct frontend *f;
	struct found found;
};

static struct vm *vm_open(const char *file, unsigned first, unsigned last)
{
	struct vm *vm = calloc(1, sizeof *vm);
	struct frontend_options o = {.place = 100, .gateway = play_node(0)};

	assert_non_null(vm);
	vm->play = play_open(file, first, last);
	vm->f = frontend_new(&vm->play->u, &o);
	vm->found.play = vm->play;
	return vm;
}

static void vm_run(struct vm *vm)
{
	const struct answer_tally *t = frontend_tally(vm->f);

	assert_int_equal(frontend_operations(vm->f), 1);
	play_run(vm->play);
	assert_int_equal(frontend_operations(vm->f), 0);
	assert_int_equal(frontend_requests(vm->f), 0);
	assert_int_equal(t->strays + t->mismatched + t->lost, 0);
	assert_int_equal(t->requests, t->answered);
}

static void vm_close(struct vm *vm)
{
	frontend_free(vm->f);
	play_close(vm->play);
	free(vm);
}

static struct vdi_name named(const char *name)
{
	struct vdi_name n;

	assert_int_equal(vdi_name_parse(&n, name), 0);
	return n;
}

static void names_are_taken_apart_as_qemu_writes_them(void **state)
{
	struct vdi_name n;
	char longest[256 + 256] = {0}, longer[257] = {0};

	(void)state;
	assert_int_equal(vdi_name_parse(&n, "alpha"), 0);
	assert_string_equal(n.name, "alpha");
	assert_string_equal(n.tag, "");
	assert_int_equal(n.snapid, 0);
	assert_int_equal(vdi_name_parse(&n, "alpha:one"), 0);
	assert_string_equal(n.name, "alpha");
	assert_string_equal(n.tag, "one");
	assert_int_equal(vdi_name_parse(&n, "alpha:12"), 0);
	assert_string_equal(n.tag, "");
	assert_int_equal(n.snapid, 12);
	assert_int_equal(vdi_name_parse(&n, "alpha:4294967295"), 0);
	assert_int_equal(n.snapid, UINT32_MAX);
	assert_int_equal(vdi_name_parse(&n, "alpha:4294967296"), 0);
	assert_string_equal(n.tag, "4294967296");
	assert_int_equal(n.snapid, 0);
	assert_int_equal(vdi_name_parse(&n, "alpha:0"), 0);
	assert_string_equal(n.tag, "0");
	assert_true(vdi_name_parse(&n, "") < 0);
	assert_true(vdi_name_parse(&n, ":one") < 0);
	assert_true(vdi_name_parse(&n, "alpha:") < 0);
	memset(longer, 'a', 256);
	assert_true(vdi_name_parse(&n, longer) < 0);
	memset(longest, 'a', 255);
	longest[255] = ':';
	memset(longest + 256, 'b', 255);
	assert_int_equal(vdi_name_parse(&n, longest), 0);
	assert_int_equal(strlen(n.name), 255);
	assert_int_equal(strlen(n.tag), 255);
}

static void create_is_one_request(void **state)
{
	struct vdi_spec plain = {.name = "alpha", .size = 16 << 20};
	struct vdi_spec coded = {
		.name = "ecvol", .size = 16 << 20, .copies = 3, .copy_policy = 0x11};
	struct vdi_spec small = {.name = "gamma", .size = 4 << 20, .block_size_shift = 20};
	struct vm *vm;

	(void)state;
	vm = vm_open("frontend/vdi_create", 7, 0);
	frontend_create(vm->f, &plain, ended, &vm->found);
	vm_run(vm);
	assert_int_equal(vm->found.o.kind, OUTCOME_OK);
	assert_int_equal(vm->found.o.vid, 0xed202b);
	vm_close(vm);
	vm = vm_open("frontend/vdi_create_ec21", 7, 0);
	frontend_create(vm->f, &coded, ended, &vm->found);
	vm_run(vm);
	vm_close(vm);
	vm = vm_open("frontend/vdi_create_z20", 5, 0);
	frontend_create(vm->f, &small, ended, &vm->found);
	vm_run(vm);
	vm_close(vm);
}

static void create_with_preallocation_creates_each_object_and_its_entry(void **state)
{
	struct vdi_spec spec = {.name = "delta", .size = 8 << 20, .preallocate = true};
	struct vm *vm = vm_open("frontend/vdi_create_prealloc", 7, 0);

	(void)state;
	frontend_create(vm->f, &spec, ended, &vm->found);
	vm_run(vm);
	assert_int_equal(vm->found.o.kind, OUTCOME_OK);
	vm_close(vm);
}

static void what_a_node_refuses_is_the_outcome(void **state)
{
	struct vdi_spec spec = {.name = "alpha", .size = 16 << 20};
	struct vm *vm = vm_open("frontend/vdi_create_exists", 7, 0);

	(void)state;
	frontend_create(vm->f, &spec, ended, &vm->found);
	vm_run(vm);
	assert_int_equal(vm->found.o.kind, OUTCOME_RESULT);
	assert_int_equal(vm->found.o.result, SD_RES_VDI_EXIST);
	vm_close(vm);
}

static void snapshot_writes_the_tag_first(void **state)
{
	struct vdi_name tagged = named("alpha:one"), plain = named("alpha");
	struct vm *vm = vm_open("frontend/vdi_snapshot", 0, 0);

	(void)state;
	frontend_snapshot(vm->f, &tagged, ended, &vm->found);
	vm_run(vm);
	assert_int_equal(vm->found.o.kind, OUTCOME_OK);
	assert_int_equal(vm->found.o.vid, 0xed202c);
	vm_close(vm);
	vm = vm_open("frontend/vdi_snapshot_no_tag", 0, 0);
	frontend_snapshot(vm->f, &plain, ended, &vm->found);
	vm_run(vm);
	assert_int_equal(vm->found.o.kind, OUTCOME_OK);
	vm_close(vm);
}

static void snapshot_with_a_tag_that_is_taken_is_refused(void **state)
{
	struct vdi_name vdi = named("alpha:one");
	/* dog reads the header of the other snapshot before it gives up; there is no need to. */
	struct vm *vm = vm_open("frontend/vdi_snapshot_same_tag", 1, 2);

	(void)state;
	frontend_snapshot(vm->f, &vdi, ended, &vm->found);
	vm_run(vm);
	assert_int_equal(vm->found.o.kind, OUTCOME_INVALID);
	vm_close(vm);
}

static void delete_zeroes_the_index_before_the_vdi_goes(void **state)
{
	struct vdi_name vdi = named("alpha");
	/* The first half of a rollback is the deletion of the working VDI. */
	struct vm *vm = vm_open("frontend/vdi_rollback", 5, 60);

	(void)state;
	frontend_delete(vm->f, &vdi, ended, &vm->found);
	vm_run(vm);
	assert_int_equal(vm->found.o.kind, OUTCOME_OK);
	assert_int_equal(vm->found.o.vid, 0xed202e);
	vm_close(vm);
}

static void delete_without_objects_writes_nothing_like_dog(void **state)
{
	struct vdi_name vdi = named("gamma");
	struct vm *vm = vm_open("frontend/lock_locked_delete", 0, 0);

	(void)state;
	frontend_delete(vm->f, &vdi, ended, &vm->found);
	vm_run(vm);
	assert_int_equal(vm->found.o.kind, OUTCOME_OK);
	vm_close(vm);
}

static void delete_stops_where_the_index_cannot_be_zeroed(void **state)
{
	struct vdi_name vdi = named("alpha");
	struct vm *vm = vm_open("frontend/strict_delete", 0, 0);

	(void)state;
	frontend_delete(vm->f, &vdi, ended, &vm->found);
	vm_run(vm);
	assert_int_equal(vm->found.o.kind, OUTCOME_RESULT);
	assert_int_equal(vm->found.o.result, SD_RES_HALT);
	vm_close(vm);
}

static void list_reads_every_inode_that_is_not_deleted(void **state)
{
	struct vm *vm = vm_open("frontend/vdi_list_snapshots", 0, 0);
	const struct vdi_info *last;

	(void)state;
	frontend_list(vm->f, ended, &vm->found);
	vm_run(vm);
	assert_int_equal(vm->found.o.kind, OUTCOME_OK);
	/* The one with a B-tree. */
	for (size_t i = 0; i < vm->found.o.nr_infos; i++) {
		const struct vdi_info *v = &vm->found.infos[i];

		if (v->head.vdi_id == 0x5b5b59)
			assert_int_equal(v->objects + 10 * v->owned, 22);
	}
	last = &vm->found.infos[vm->found.o.nr_infos - 1];
	assert_string_equal(last->head.name, "alpha");
	assert_int_equal(last->head.vdi_id, 0xed202e);
	assert_int_equal(last->head.snap_ctime, 0);
	assert_int_equal(last->objects, 4);
	assert_int_equal(last->owned, 0);
	assert_int_equal(last[-1].head.vdi_id, 0xed202d);
	assert_true(last[-1].head.snap_ctime != 0);
	assert_string_equal(last[-1].head.tag, "two");
	assert_int_equal(last[-1].objects, 4);
	assert_int_equal(last[-1].owned, 1);
	vm_close(vm);
}

/* What dog does for it, message by message, and what it refuses itself. */
static void copies_are_set_of_a_vdi_that_stands_alone(void **state)
{
	static const struct {
		const char *file, *name;
		uint8_t copies;
		const char *why; /* NULL: it is done */
	} cases[] = {
		{"frontend/vdi_alter_copy", "beta", 3, NULL},
		{"frontend/vdi_alter_copy_same", "beta", 3, "it has so many copies already"},
		{"frontend/vdi_alter_copy_ec", "ecvol", 3, "its objects are coded"},
		{"frontend/vdi_alter_copy_parent", "alpha", 2,
		 "it has a base, snapshots or clones"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct vm *vm = vm_open(cases[i].file, 0, 0);
		struct vdi_name n = named(cases[i].name);

		frontend_set_copies(vm->f, &n, cases[i].copies, ended, &vm->found);
		vm_run(vm);
		assert_int_equal(vm->found.o.kind, cases[i].why ? OUTCOME_INVALID : OUTCOME_OK);
		if (cases[i].why)
			assert_string_equal(vm->found.o.why, cases[i].why);
		vm_close(vm);
	}
}

static void lookup_of_what_does_not_exist_ends_with_the_result(void **state)
{
	struct vdi_name vdi = named("nosuch");
	struct vm *vm = vm_open("frontend/vdi_read_missing", 0, 0);

	(void)state;
	frontend_lookup(vm->f, &vdi, ended, &vm->found);
	vm_run(vm);
	assert_int_equal(vm->found.o.kind, OUTCOME_RESULT);
	assert_int_equal(vm->found.o.result, SD_RES_NO_VDI);
	vm_close(vm);
}

int vdi_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_taken_apart_as_qemu_writes_them),
		cmocka_unit_test(create_is_one_request),
		cmocka_unit_test(create_with_preallocation_creates_each_object_and_its_entry),
		cmocka_unit_test(what_a_node_refuses_is_the_outcome),
		cmocka_unit_test(snapshot_writes_the_tag_first),
		cmocka_unit_test(snapshot_with_a_tag_that_is_taken_is_refused),
		cmocka_unit_test(delete_zeroes_the_index_before_the_vdi_goes),
		cmocka_unit_test(delete_without_objects_writes_nothing_like_dog),
		cmocka_unit_test(delete_stops_where_the_index_cannot_be_zeroed),
		cmocka_unit_test(list_reads_every_inode_that_is_not_deleted),
		cmocka_unit_test(copies_are_set_of_a_vdi_that_stands_alone),
		cmocka_unit_test(lookup_of_what_does_not_exist_ends_with_the_result),
	};

	return cmocka_run_group_tests_name("vdis", tests, NULL, NULL);
}
