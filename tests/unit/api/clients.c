#include "rig.h"

static void what_was_written_is_read(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	const struct sheepsim_done *last = sheepsim_last(vm);
	struct sheepsim_counts counts;
	uint8_t zeros[100] = {0}, buf[100];

	(void)state;
	rig_write(sim, vm, 3 * MIB + 5, 6 * MIB, 1);
	assert_int_equal(last->error, 0);
	assert_int_equal(last->objects, 3);
	assert_int_equal(last->created, 3);
	assert_int_equal(last->len, 6 * MIB);
	assert_true(last->time > 0);
	assert_string_equal(last->message, "write 6291456 bytes at 3145733 of alpha: done");
	rig_expect(sim, vm, "alpha", 3 * MIB + 5, 6 * MIB, 1);
	OK(sim, sheepsim_read(vm, "alpha", 3 * MIB - 95, buf, 100));
	assert_memory_equal(buf, zeros, 100);
	OK(sim, sheepsim_read(vm, "alpha", 40 * MIB, buf, 100));
	assert_memory_equal(buf, zeros, 100);
	assert_int_equal(last->objects, 1);
	sheepsim_counts(sim, &counts);
	assert_int_equal(counts.writes, 1);
	assert_int_equal(counts.reads, 3);
	rig_check(sim);
	sheepsim_close(sim);
}

static void clients_see_what_others_wrote(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0), *other;

	(void)state;
	rig_write(sim, vm, 0, 5 * MIB, 1);
	OK(sim, sheepsim_client_open(sim, 2, &other));
	rig_expect(sim, other, "alpha", 0, 5 * MIB, 1);
	sheepsim_client_close(other);
	rig_check(sim);
	sheepsim_close(sim);
}

static void errors_say_what_was_done_and_how_it_ended(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0), *none;
	uint8_t byte = 1;

	(void)state;
	FAILS(sim, SHEEPSIM_E_RESULT, "write 1 bytes at 0 of beta: answered NO_VDI",
	      sheepsim_write(vm, "beta", 0, &byte, 1));
	assert_int_equal(sheepsim_result(sim), SD_RES_NO_VDI);
	assert_int_equal(sheepsim_last(vm)->result, SD_RES_NO_VDI);
	FAILS(sim, SHEEPSIM_E_INVALID, "past the VDI",
	      sheepsim_write(vm, "alpha", 64 * MIB, &byte, 1));
	FAILS(sim, SHEEPSIM_E_INVALID, "no VDI has bytes",
	      sheepsim_read(vm, "alpha", UINT64_MAX, &byte, 1));
	FAILS(sim, SHEEPSIM_E_INVALID, "no name", sheepsim_read(vm, "", 0, &byte, 1));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 7", sheepsim_client_open(sim, 7, &none));
	assert_null(none);
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no node 7", sheepsim_client_move(vm, 7));
	rig_check(sim);
	sheepsim_close(sim);
}

struct count {
	unsigned done, lost;
};

static void count_done(void *arg, const struct sheepsim_done *done)
{
	struct count *c = arg;

	c->done += done->error == 0;
	c->lost += done->error == SHEEPSIM_E_LOST;
}

static void a_client_waits_for_its_gateway(void **state)
{
	struct sheepsim *sim = rig_open(4, 3);
	struct sheepsim_client *vm = rig_vm(sim, 3);
	struct count count = {0};
	uint8_t byte = 5, buf;

	(void)state;
	rig_write(sim, vm, 0, 100, 1);
	OK(sim, sheepsim_kill(sim, 3));
	OK(sim, sheepsim_write_async(vm, "alpha", 0, &byte, 1, count_done, &count));
	rig_recover(sim);
	assert_int_equal(count.done, 0);
	/* What waits for a gateway that does not run is no fault of the cluster. */
	rig_check(sim);
	OK(sim, sheepsim_start(sim, 3));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, 10 * SHEEPSIM_SECOND));
	assert_int_equal(count.done, 1);
	OK(sim, sheepsim_read(vm, "alpha", 0, &buf, 1));
	assert_int_equal(buf, 5);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_client_can_move_to_another_gateway(void **state)
{
	struct sheepsim *sim = rig_open(4, 3);
	struct sheepsim_client *vm = rig_vm(sim, 3);
	struct count count = {0};
	uint8_t byte = 5;

	(void)state;
	rig_write(sim, vm, 0, 100, 1);
	OK(sim, sheepsim_kill(sim, 3));
	OK(sim, sheepsim_write_async(vm, "alpha", 0, &byte, 1, count_done, &count));
	OK(sim, sheepsim_client_move(vm, 0));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, 10 * SHEEPSIM_SECOND));
	assert_int_equal(count.done, 1);
	rig_recover(sim);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_client_that_closes_loses_what_it_asked(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0), *other;
	struct count count = {0};
	uint8_t old[100], new[100], buf[100];

	(void)state;
	rig_write(sim, vm, 0, 100, 1);
	rig_fill(old, sizeof old, 1);
	rig_fill(new, sizeof new, 2);
	OK(sim, sheepsim_hold(sim, 0)); /* so that locks are not waited for */
	OK(sim, sheepsim_write_async(vm, "alpha", 0, new, 100, count_done, &count));
	sheepsim_client_close(vm);
	assert_int_equal(count.lost, 1);
	OK(sim, sheepsim_release(sim, 0));
	OK(sim, sheepsim_client_open(sim, 1, &other));
	OK(sim, sheepsim_read(other, "alpha", 0, buf, 100));
	assert_true(!memcmp(buf, old, 100) || !memcmp(buf, new, 100));
	rig_check(sim);
	sheepsim_close(sim);
}

static void operations_overlap(void **state)
{
	struct sheepsim *sim = rig_open(4, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct count count = {0};
	static uint8_t data[4 << 20];
	uint64_t start;

	(void)state;
	rig_fill(data, sizeof data, 1);
	rig_write(sim, vm, 0, 1, 1);
	start = sheepsim_now(sim);
	OK(sim, sheepsim_write(vm, "alpha", 60 * MIB, data, sizeof data));
	start = sheepsim_now(sim) - start;
	for (unsigned i = 0; i < 8; i++)
		OK(sim, sheepsim_write_async(vm, "alpha", (4 + i * 4) * MIB, data, sizeof data,
					     count_done, &count));
	OK(sim, sheepsim_run(sim, 4 * start));
	assert_int_equal(count.done, 8);
	for (unsigned i = 0; i < 8; i++)
		rig_expect(sim, vm, "alpha", (4 + i * 4) * MIB, sizeof data, 1);
	rig_check(sim);
	sheepsim_close(sim);
}

struct copy {
	uint8_t bytes[100];
	size_t len;
};

static void take_copy(void *arg, const struct sheepsim_done *done)
{
	struct copy *c = arg;

	assert_int_equal(done->error, 0);
	c->len = done->len;
	memcpy(c->bytes, done->data, done->len);
}

static void reads_can_be_waited_for_elsewhere(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct copy c = {.len = 0};
	uint8_t expected[100];

	(void)state;
	rig_write(sim, vm, 4 * MIB - 50, 100, 3);
	rig_fill(expected, sizeof expected, 3);
	OK(sim, sheepsim_read_async(vm, "alpha", 4 * MIB - 50, 100, take_copy, &c));
	assert_int_equal(c.len, 0);
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, SHEEPSIM_SECOND));
	assert_int_equal(c.len, 100);
	assert_memory_equal(c.bytes, expected, 100);
	sheepsim_close(sim);
}

static void locks_belong_to_a_client_until_it_closes(void **state)
{
	struct sheepsim *sim = rig_open(3, 0);
	struct sheepsim_client *vm, *other;
	uint8_t byte = 1;

	(void)state;
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 3, .lock = true}));
	vm = rig_vm(sim, 0);
	rig_write(sim, vm, 0, 100, 1);
	OK(sim, sheepsim_client_open(sim, 1, &other));
	FAILS(sim, SHEEPSIM_E_RESULT, "VDI_LOCKED", sheepsim_write(other, "alpha", 0, &byte, 1));
	rig_check(sim); /* which does not lock */
	sheepsim_client_close(vm);
	OK(sim, sheepsim_write(other, "alpha", 0, &byte, 1));
	rig_check(sim);
	sheepsim_close(sim);
}

int client_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(clients_see_what_others_wrote),
		cmocka_unit_test(errors_say_what_was_done_and_how_it_ended),
		cmocka_unit_test(a_client_waits_for_its_gateway),
		cmocka_unit_test(a_client_can_move_to_another_gateway),
		cmocka_unit_test(a_client_that_closes_loses_what_it_asked),
		cmocka_unit_test(operations_overlap),
		cmocka_unit_test(reads_can_be_waited_for_elsewhere),
		cmocka_unit_test(locks_belong_to_a_client_until_it_closes),
	};

	return cmocka_run_group_tests_name("clients", tests, NULL, NULL);
}
