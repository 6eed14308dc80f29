#include "rig.h"

struct count {
	unsigned done, failed, hit;
};

static void count_done(void *arg, const struct sheepsim_done *done)
{
	struct count *c = arg;

	c->done += done->error == 0;
	c->failed += done->error != 0;
}

static void count_hit(void *arg)
{
	struct count *c = arg;

	c->hit++;
}

/* Begins a write of one byte; the count tells when it is done. */
static void begin_write(struct sheepsim *sim, struct sheepsim_client *vm, struct count *c)
{
	OK(sim, sheepsim_write_async(vm, "alpha", 0, "x", 1, count_done, c));
}

static struct sheepsim_filter filter(const char *op, int to, struct count *c)
{
	return (struct sheepsim_filter){.from = -1,
					.to = to,
					.op = op,
					.answer = 1,
					.action = SHEEPSIM_HOLD,
					.hit = count_hit,
					.arg = c};
}

/* Three nodes with three copies, "alpha" open and its first object written. */
static struct sheepsim *open_written(struct sheepsim_client **vm)
{
	struct sheepsim *sim = rig_open(3, 3);

	*vm = rig_vm(sim, 0);
	rig_write(sim, *vm, 0, 100, 1);
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	return sim;
}

static void held_messages_wait_until_they_are_let_go(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	struct count c = {0};
	struct sheepsim_filter hold = filter("WRITE_PEER", 1, &c);
	struct sheepsim_counts counts;
	int number = OK(sim, sheepsim_filter_add(sim, &hold));

	(void)state;
	begin_write(sim, vm, &c);
	FAILS(sim, SHEEPSIM_E_NO_PROGRESS, "client 0",
	      sheepsim_run_until(sim, SHEEPSIM_ANSWERED, SHEEPSIM_SECOND));
	assert_int_equal(c.hit, 1);
	assert_int_equal(OK(sim, sheepsim_filter_release(sim, number + 1)), 0);
	assert_int_equal(OK(sim, sheepsim_filter_release(sim, number)), 1);
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, SHEEPSIM_SECOND));
	assert_int_equal(c.done, 1);
	OK(sim, sheepsim_filter_remove(sim, number));
	begin_write(sim, vm, &c);
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, SHEEPSIM_SECOND));
	sheepsim_counts(sim, &counts);
	assert_int_equal(counts.faults, 1);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_dropped_message_is_sent_again(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	struct count c = {0};
	struct sheepsim_filter drop = filter("WRITE_OBJ", 0, &c);

	(void)state;
	drop.from = 10000;
	drop.action = SHEEPSIM_DROP;
	drop.nth = 1;
	drop.count = 3;
	OK(sim, sheepsim_filter_add(sim, &drop));
	begin_write(sim, vm, &c);
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, SHEEPSIM_SECOND));
	assert_int_equal(c.hit, 3);
	assert_int_equal(c.done, 1);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_delayed_message_comes_later(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	struct count c = {0};
	struct sheepsim_filter delay = filter("WRITE_OBJ", 10000, &c);
	uint64_t start;

	(void)state;
	delay.answer = 2;
	delay.action = SHEEPSIM_DELAY;
	delay.delay = 3 * SHEEPSIM_SECOND;
	OK(sim, sheepsim_filter_add(sim, &delay));
	start = sheepsim_now(sim);
	OK(sim, sheepsim_write(vm, "alpha", 0, "x", 1));
	assert_int_equal((sheepsim_now(sim) - start) / SHEEPSIM_SECOND, 3);
	assert_int_equal(c.hit, 1);
	sheepsim_close(sim);
}

static void filters_choose_by_object_and_number(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	struct count c = {0};
	struct sheepsim_filter pass = filter("WRITE_OBJ", -1, &c);
	struct sheepsim_counts counts;

	(void)state;
	rig_write(sim, vm, 4 * MIB, 100, 1);
	pass.action = SHEEPSIM_PASS;
	pass.oid = sd_vid_to_data_oid(rig_vid(sim, vm), 1);
	pass.oid_set = true;
	pass.nth = 2;
	OK(sim, sheepsim_filter_add(sim, &pass));
	rig_write(sim, vm, 0, 100, 1);
	rig_write(sim, vm, 4 * MIB, 100, 1);
	assert_int_equal(c.hit, 0);
	rig_write(sim, vm, 4 * MIB, 100, 1);
	rig_write(sim, vm, 4 * MIB, 100, 1);
	assert_int_equal(c.hit, 1);
	sheepsim_counts(sim, &counts);
	assert_int_equal(counts.faults, 0); /* watching is none */
	sheepsim_close(sim);
}

static void bad_filters_are_refused(void **state)
{
	struct sheepsim *sim = rig_open(2, 0);
	struct count c = {0};
	struct sheepsim_filter f;

	(void)state;
	f = filter("NO_SUCH_OP", -1, &c);
	FAILS(sim, SHEEPSIM_E_INVALID, "no such operation", sheepsim_filter_add(sim, &f));
	f = filter(NULL, 2, &c);
	FAILS(sim, SHEEPSIM_E_INVALID, "from and to", sheepsim_filter_add(sim, &f));
	f = filter(NULL, -2, &c);
	FAILS(sim, SHEEPSIM_E_INVALID, "from and to", sheepsim_filter_add(sim, &f));
	f = filter(NULL, -1, &c);
	f.answer = 3;
	FAILS(sim, SHEEPSIM_E_INVALID, "answer is", sheepsim_filter_add(sim, &f));
	f.answer = 2;
	f.oid_set = true;
	FAILS(sim, SHEEPSIM_E_INVALID, "answers name no object", sheepsim_filter_add(sim, &f));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no filter", sheepsim_filter_remove(sim, 1));
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no filter", sheepsim_filter_release(sim, -1));
	sheepsim_close(sim);
}

static void a_cut_link_keeps_messages(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	struct count c = {0};

	(void)state;
	OK(sim, sheepsim_cut(sim, 0, 2, true));
	begin_write(sim, vm, &c);
	OK(sim, sheepsim_run(sim, SHEEPSIM_SECOND));
	assert_int_equal(c.done, 0);
	OK(sim, sheepsim_cut(sim, 2, 0, false));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, SHEEPSIM_SECOND));
	assert_int_equal(c.done, 1);
	FAILS(sim, SHEEPSIM_E_INVALID, "no link to itself", sheepsim_cut(sim, 1, 1, true));
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_node_can_lag_behind_the_others(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);

	(void)state;
	OK(sim, sheepsim_node_add(sim, NULL));
	OK(sim, sheepsim_driver_pause(sim, 1, true));
	OK(sim, sheepsim_start(sim, 3));
	FAILS(sim, SHEEPSIM_E_NO_PROGRESS, "the cluster driver",
	      sheepsim_run_until(sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	assert_int_equal(rig_info(sim, 0).epoch, 2);
	assert_int_equal(rig_info(sim, 1).epoch, 1);
	OK(sim, sheepsim_driver_pause(sim, 1, false));
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 1).epoch, 2);
	rig_check(sim);
	sheepsim_close(sim);
}

static void one_event_can_be_late_at_one_node(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	uint64_t next = sheepsim_driver_position(sim);

	(void)state;
	OK(sim, sheepsim_driver_delay(sim, 0, next, 2 * SHEEPSIM_SECOND));
	OK(sim, sheepsim_kill(sim, 2));
	OK(sim, sheepsim_run(sim, SHEEPSIM_SECOND));
	assert_true(sheepsim_driver_position(sim) > next);
	assert_int_equal(rig_info(sim, 0).epoch, 1);
	assert_int_equal(rig_info(sim, 1).epoch, 2);
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 0).epoch, 2);
	rig_check(sim);
	sheepsim_close(sim);
}

static void a_slow_disk_takes_longer(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	uint64_t fast;

	(void)state;
	OK(sim, sheepsim_write(vm, "alpha", 0, "x", 1));
	fast = sheepsim_last(vm)->time;
	OK(sim, sheepsim_disk_slow(sim, 2, SHEEPSIM_SECOND));
	OK(sim, sheepsim_write(vm, "alpha", 0, "x", 1));
	assert_true(sheepsim_last(vm)->time > fast + SHEEPSIM_SECOND / 2);
	OK(sim, sheepsim_disk_slow(sim, 2, 0));
	OK(sim, sheepsim_write(vm, "alpha", 0, "x", 1));
	assert_true(sheepsim_last(vm)->time < 2 * fast);
	sheepsim_close(sim);
}

static void a_full_disk_is_told_to_the_client(void **state)
{
	struct sheepsim_client *vm;
	struct sheepsim *sim = open_written(&vm);
	struct sheepsim_counts counts;

	(void)state;
	OK(sim, sheepsim_disk_fail(sim, 1, &(struct sheepsim_disk_fault){.error = "ENOSPC"}));
	FAILS(sim, SHEEPSIM_E_RESULT, "NO_SPACE", sheepsim_write(vm, "alpha", 0, "x", 1));
	sheepsim_counts(sim, &counts);
	assert_true(counts.faults > 0);
	OK(sim, sheepsim_write(vm, "alpha", 0, "y", 1));
	rig_check(sim);
	FAILS(sim, SHEEPSIM_E_INVALID, "no error \"SUCCESS\"",
	      sheepsim_disk_fail(sim, 1, &(struct sheepsim_disk_fault){.error = "SUCCESS"}));
	FAILS(sim, SHEEPSIM_E_INVALID, "used for 9",
	      sheepsim_disk_fail(sim, 1, &(struct sheepsim_disk_fault){.on = 9}));
	sheepsim_close(sim);
}

int fault_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(held_messages_wait_until_they_are_let_go),
		cmocka_unit_test(a_dropped_message_is_sent_again),
		cmocka_unit_test(a_delayed_message_comes_later),
		cmocka_unit_test(filters_choose_by_object_and_number),
		cmocka_unit_test(bad_filters_are_refused),
		cmocka_unit_test(a_cut_link_keeps_messages),
		cmocka_unit_test(a_node_can_lag_behind_the_others),
		cmocka_unit_test(one_event_can_be_late_at_one_node),
		cmocka_unit_test(a_slow_disk_takes_longer),
		cmocka_unit_test(a_full_disk_is_told_to_the_client),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
