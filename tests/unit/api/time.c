#include "rig.h"

static void time_passes_only_as_told(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	uint64_t start = sheepsim_now(sim);

	(void)state;
	OK(sim, sheepsim_run(sim, 5 * SHEEPSIM_MILLISECOND));
	assert_int_equal(sheepsim_now(sim), start + 5 * SHEEPSIM_MILLISECOND);
	OK(sim, sheepsim_run(sim, 0));
	assert_int_equal(sheepsim_now(sim), start + 5 * SHEEPSIM_MILLISECOND);
	sheepsim_close(sim);
}

static void steps_are_single_events(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	uint8_t byte = 1;
	unsigned steps = 0;

	(void)state;
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	OK(sim, sheepsim_write_async(vm, "alpha", 0, &byte, 1, NULL, NULL));
	while (sheepsim_step(sim) == 1 && steps < 10000)
		steps++;
	assert_in_range(steps, 10, 1000);
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, 0));
	assert_int_equal(sheepsim_step(sim), 0);
	sheepsim_close(sim);
}

struct tick {
	struct sheepsim *sim;
	uint64_t at[4];
	unsigned nr;
};

static void tick(void *arg)
{
	struct tick *t = arg;

	t->at[t->nr++] = sheepsim_now(t->sim);
	if (t->nr < 4)
		OK(t->sim, sheepsim_at(t->sim, sheepsim_now(t->sim) + 10, tick, t));
}

static void appointments_are_kept_in_time(void **state)
{
	struct sheepsim *sim = rig_open(0, 0);
	struct tick t = {.sim = sim};

	(void)state;
	OK(sim, sheepsim_at(sim, 100, tick, &t));
	OK(sim, sheepsim_run(sim, 99));
	assert_int_equal(t.nr, 0);
	OK(sim, sheepsim_run(sim, 1000));
	assert_int_equal(t.nr, 4);
	assert_int_equal(t.at[0], 100);
	assert_int_equal(t.at[3], 130);
	FAILS(sim, SHEEPSIM_E_INVALID, "past", sheepsim_at(sim, 5, tick, &t));
	FAILS(sim, SHEEPSIM_E_INVALID, "no function", sheepsim_at(sim, 5000, NULL, &t));
	OK(sim, sheepsim_at(sim, 5000, tick, &t)); /* never: freed with the simulation */
	sheepsim_close(sim);
}

static void waiting_in_vain_says_for_what(void **state)
{
	struct sheepsim *sim = rig_open(3, 3);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	uint64_t start;
	uint8_t byte = 1;

	(void)state;
	rig_write(sim, vm, 0, 100, 1);
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	OK(sim, sheepsim_cut(sim, 0, 1, true));
	OK(sim, sheepsim_cut(sim, 0, 2, true));
	OK(sim, sheepsim_write_async(vm, "alpha", 0, &byte, 1, NULL, NULL));
	start = sheepsim_now(sim);
	FAILS(sim, SHEEPSIM_E_NO_PROGRESS, "client 0, 1 operations; its gateway is node 0",
	      sheepsim_run_until(sim, SHEEPSIM_ANSWERED, SHEEPSIM_SECOND));
	assert_int_equal(sheepsim_now(sim), start + SHEEPSIM_SECOND);
	FAILS(sim, SHEEPSIM_E_NO_PROGRESS, "WRITE_OBJ",
	      sheepsim_run_until(sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	FAILS(sim, SHEEPSIM_E_NO_PROGRESS, "quiet before the checks",
	      sheepsim_check(sim, SHEEPSIM_CHECK_ALL, NULL));
	OK(sim, sheepsim_cut(sim, 0, 1, false));
	OK(sim, sheepsim_cut(sim, 0, 2, false));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, 60 * SHEEPSIM_SECOND));
	sheepsim_close(sim);
}

static void a_budget_of_events_ends_a_wait(void **state)
{
	struct sheepsim *sim;
	struct sheepsim_client *vm;

	(void)state;
	OK(NULL, sheepsim_open(&sim, &(struct sheepsim_options){.nodes = 3, .event_budget = 500}));
	OK(sim, sheepsim_format(sim, NULL));
	OK(sim, sheepsim_client_open(sim, 0, &vm));
	FAILS(sim, SHEEPSIM_E_NO_PROGRESS, "budget",
	      sheepsim_vdi_create(
		      vm,
		      &(struct sheepsim_vdi){.name = "a", .size = 256 * MIB, .preallocate = true}));
	sheepsim_close(sim);
}

static void suspended_recovery_is_idle_but_not_recovered(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);

	(void)state;
	rig_write(sim, rig_vm(sim, 0), 0, 8 * MIB, 1);
	OK(sim, sheepsim_recover_enable(sim, -1, false));
	OK(sim, sheepsim_kill(sim, 2));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_IDLE, 10 * SHEEPSIM_SECOND));
	FAILS(sim, SHEEPSIM_E_NO_PROGRESS, "recovery is disabled",
	      sheepsim_run_until(sim, SHEEPSIM_RECOVERED, SHEEPSIM_SECOND));
	OK(sim, sheepsim_recover_enable(sim, -1, true));
	rig_recover(sim);
	rig_check(sim);
	sheepsim_close(sim);
}

static void the_wall_clock_can_be_set(void **state)
{
	struct sheepsim *sim;
	struct sheepsim_epoch epoch;
	struct sheepsim_cluster_info info;

	(void)state;
	OK(NULL,
	   sheepsim_open(&sim, &(struct sheepsim_options){
				       .nodes = 1, .start_time = 1000000000 * SHEEPSIM_SECOND}));
	OK(sim, sheepsim_format(sim, NULL));
	OK(sim, sheepsim_cluster_info(sim, 0, &info));
	assert_int_equal(info.ctime >> 32, 1000000000);
	assert_int_equal(OK(sim, sheepsim_epochs(sim, 0, &epoch, 1)), 1);
	assert_int_equal(epoch.time, 1000000000);
	sheepsim_close(sim);
}

int time_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_passes_only_as_told),
		cmocka_unit_test(steps_are_single_events),
		cmocka_unit_test(appointments_are_kept_in_time),
		cmocka_unit_test(waiting_in_vain_says_for_what),
		cmocka_unit_test(a_budget_of_events_ends_a_wait),
		cmocka_unit_test(suspended_recovery_is_idle_but_not_recovered),
		cmocka_unit_test(the_wall_clock_can_be_set),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
