#include "rig.h"

/* What a callback is to do, and whether it has been called. */
struct deed {
	struct sheepsim *sim;
	struct sheepsim_client *vm;
	unsigned called;
	int subscription;
	int filter;
};

static void kill_2(void *arg)
{
	struct deed *d = arg;

	d->called++;
	OK(d->sim, sheepsim_kill(d->sim, 2));
	assert_int_equal(rig_info(d->sim, 2).state, SHEEPSIM_NODE_OFF);
	FAILS(d->sim, SHEEPSIM_E_STATE, "does not run", sheepsim_kill(d->sim, 2));
}

static void a_message_can_kill_the_node_that_gets_it(void **state)
{
	struct sheepsim *sim = rig_open(4, 3);
	struct deed d = {.sim = sim};
	struct sheepsim_client *vm = rig_vm(sim, 0);

	(void)state;
	for (int i = 0; i < 8; i++)
		rig_write(sim, vm, (uint64_t)i * 4 * MIB, 100, (unsigned)i);
	OK(sim, sheepsim_filter_add(sim, &(struct sheepsim_filter){.from = -1,
								   .to = 2,
								   .op = "WRITE_PEER",
								   .answer = 1,
								   .nth = 1,
								   .hit = kill_2,
								   .arg = &d}));
	for (int i = 0; i < 8; i++)
		rig_write(sim, vm, (uint64_t)i * 4 * MIB + 50, 100, (unsigned)i + 100);
	assert_int_equal(d.called, 1);
	rig_recover(sim);
	assert_int_equal(rig_info(sim, 0).epoch, 2);
	for (int i = 0; i < 8; i++)
		rig_expect(sim, vm, "alpha", (uint64_t)i * 4 * MIB + 50, 100, (unsigned)i + 100);
	rig_check(sim);
	sheepsim_close(sim);
}

static void restart_2(void *arg, const struct sheepsim_event *e)
{
	struct deed *d = arg;

	if (d->called++)
		return;
	assert_string_equal(e->kind, "recovery-start");
	OK(d->sim, sheepsim_kill(d->sim, 2));
	OK(d->sim, sheepsim_start(d->sim, 2));
	assert_int_equal(rig_info(d->sim, 2).state, SHEEPSIM_NODE_JOINING);
}

static void an_event_can_restart_a_node(void **state)
{
	struct sheepsim *sim = rig_open(4, 3);
	struct deed d = {.sim = sim};

	(void)state;
	rig_write(sim, rig_vm(sim, 0), 0, 16 * MIB, 1);
	OK(sim, sheepsim_events(sim, "recovery-start", restart_2, &d));
	OK(sim, sheepsim_kill(sim, 3));
	rig_recover(sim);
	assert_true(d.called > 1);
	assert_int_equal(rig_info(sim, 2).state, SHEEPSIM_NODE_MEMBER);
	assert_int_equal(rig_info(sim, 0).epoch, 4);
	rig_check(sim);
	sheepsim_close(sim);
}

static void try_to_wait(void *arg)
{
	struct deed *d = arg;
	struct sheepsim_vdi_info info;
	uint8_t byte = 0;

	d->called++;
	FAILS(d->sim, SHEEPSIM_E_STATE, "callback", sheepsim_run(d->sim, 1));
	FAILS(d->sim, SHEEPSIM_E_STATE, "callback", sheepsim_step(d->sim));
	FAILS(d->sim, SHEEPSIM_E_STATE, "callback",
	      sheepsim_run_until(d->sim, SHEEPSIM_IDLE, SHEEPSIM_SECOND));
	FAILS(d->sim, SHEEPSIM_E_STATE, "callback", sheepsim_shutdown(d->sim, 0));
	FAILS(d->sim, SHEEPSIM_E_STATE, "callback",
	      sheepsim_check(d->sim, SHEEPSIM_CHECK_ALL, NULL));
	FAILS(d->sim, SHEEPSIM_E_STATE, "callback", sheepsim_write(d->vm, "alpha", 0, &byte, 1));
	FAILS(d->sim, SHEEPSIM_E_STATE, "callback",
	      sheepsim_vdi_lookup(d->vm, "alpha", "", 0, &info));
	sheepsim_client_close(d->vm);
	FAILS(d->sim, SHEEPSIM_E_STATE, "closed",
	      sheepsim_write_async(d->vm, "alpha", 0, &byte, 1, NULL, NULL));
}

static void callbacks_do_not_wait(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	struct deed d = {.sim = sim, .vm = rig_vm(sim, 0)};

	(void)state;
	OK(sim, sheepsim_at(sim, sheepsim_now(sim), try_to_wait, &d));
	OK(sim, sheepsim_run(sim, SHEEPSIM_SECOND));
	assert_int_equal(d.called, 1);
	rig_check(sim);
	sheepsim_close(sim);
}

static void stop_hearing(void *arg, const struct sheepsim_event *e)
{
	struct deed *d = arg;

	(void)e;
	d->called++;
	OK(d->sim, sheepsim_events_stop(d->sim, d->subscription));
	FAILS(d->sim, SHEEPSIM_E_NOT_FOUND, "no subscription",
	      sheepsim_events_stop(d->sim, d->subscription));
}

static void remove_filter(void *arg)
{
	struct deed *d = arg;

	d->called++;
	OK(d->sim, sheepsim_filter_remove(d->sim, d->filter));
}

static void what_calls_can_be_taken_away_by_its_callback(void **state)
{
	struct sheepsim *sim = rig_open(2, 2);
	struct deed event = {.sim = sim}, filter = {.sim = sim};
	struct sheepsim_filter f = {
		.from = -1, .to = -1, .op = "NEW_VDI", .hit = remove_filter, .arg = &filter};

	(void)state;
	event.subscription = OK(sim, sheepsim_events(sim, NULL, stop_hearing, &event));
	filter.filter = OK(sim, sheepsim_filter_add(sim, &f));
	rig_vm(sim, 0);
	assert_int_equal(event.called, 1);
	assert_int_equal(filter.called, 1);
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no filter", sheepsim_filter_remove(sim, filter.filter));
	sheepsim_close(sim);
}

static void write_ended(void *arg, const struct sheepsim_done *done)
{
	struct deed *d = arg;
	uint8_t byte = 7;

	assert_int_equal(done->error, 0);
	if (++d->called < 10)
		OK(d->sim,
		   sheepsim_write_async(d->vm, "alpha", d->called * MIB, &byte, 1, write_ended, d));
	else
		sheepsim_client_close(d->vm);
}

static void operations_can_follow_one_another(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct deed d = {.sim = sim, .vm = rig_vm(sim, 1)};
	uint8_t byte = 7;

	(void)state;
	OK(sim, sheepsim_write_async(d.vm, "alpha", 0, &byte, 1, write_ended, &d));
	assert_int_equal(d.called, 0);
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_ANSWERED, SHEEPSIM_SECOND));
	assert_int_equal(d.called, 10);
	rig_check(sim);
	sheepsim_close(sim);
}

static void lost_at_the_end(void *arg, const struct sheepsim_done *done)
{
	struct deed *d = arg;
	uint8_t byte = 7;

	d->called++;
	assert_int_equal(done->error, SHEEPSIM_E_LOST);
	assert_non_null(strstr(done->message, "lost"));
	FAILS(d->sim, SHEEPSIM_E_STATE, "closed",
	      sheepsim_write_async(d->vm, "alpha", 0, &byte, 1, NULL, NULL));
	OK(d->sim, sheepsim_kill(d->sim, 0)); /* is not done any more */
}

static void what_is_under_way_at_the_end_is_lost(void **state)
{
	struct sheepsim *sim = rig_open(3, 2);
	struct deed d = {.sim = sim, .vm = rig_vm(sim, 1)};
	uint8_t byte = 7;

	(void)state;
	OK(sim, sheepsim_write_async(d.vm, "alpha", 0, &byte, 1, lost_at_the_end, &d));
	OK(sim, sheepsim_run(sim, 100 * SHEEPSIM_MICROSECOND));
	sheepsim_close(sim);
	assert_int_equal(d.called, 1);
}

int callback_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_can_kill_the_node_that_gets_it),
		cmocka_unit_test(an_event_can_restart_a_node),
		cmocka_unit_test(callbacks_do_not_wait),
		cmocka_unit_test(what_calls_can_be_taken_away_by_its_callback),
		cmocka_unit_test(operations_can_follow_one_another),
		cmocka_unit_test(what_is_under_way_at_the_end_is_lost),
	};

	return cmocka_run_group_tests_name("callbacks", tests, NULL, NULL);
}
