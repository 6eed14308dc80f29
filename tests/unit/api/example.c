#include "rig.h"

struct digests {
	uint64_t fine, coarse;
};

/* The example at the top of sheepsim.h. */
static struct digests run_example(uint64_t seed)
{
	static uint8_t data[16 << 20];
	struct sheepsim *sim = NULL;
	struct sheepsim_client *vm = NULL;
	struct sheepsim_checked checked;
	struct digests d;

	rig_fill(data, sizeof data, 9);
	OK(sim, sheepsim_open(&sim, &(struct sheepsim_options){.seed = seed, .nodes = 5}));
	OK(sim, sheepsim_format(sim, &(struct sheepsim_format){.copies = 3}));
	OK(sim, sheepsim_client_open(sim, 0, &vm));
	OK(sim, sheepsim_vdi_create(vm, &(struct sheepsim_vdi){.name = "alpha", .size = 1 << 30}));
	OK(sim, sheepsim_write(vm, "alpha", 0, data, sizeof data));
	OK(sim, sheepsim_kill(sim, 2));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 60 * SHEEPSIM_SECOND));
	OK(sim, sheepsim_check(sim, SHEEPSIM_CHECK_ALL, &checked));
	assert_int_equal(checked.objects, 5);
	assert_int_equal(checked.copies, 15);
	assert_int_equal(checked.history, sizeof data);
	assert_int_equal(checked.epochs, 2);
	assert_int_equal(checked.vdis, 1);
	assert_true(checked.requests > 10);
	assert_int_equal(checked.violated, 0);
	d.fine = sheepsim_digest(sim, false);
	d.coarse = sheepsim_digest(sim, true);
	sheepsim_close(sim);
	return d;
}

static void the_example_of_the_header_works(void **state)
{
	(void)state;
	run_example(7);
}

static void a_run_is_the_same_every_time(void **state)
{
	struct digests first = run_example(7), second = run_example(7), other = run_example(8);

	(void)state;
	assert_true(first.fine == second.fine);
	assert_true(first.coarse == second.coarse);
	assert_true(first.fine != other.fine);
}

static void a_simulation_may_be_empty(void **state)
{
	struct sheepsim *sim;

	(void)state;
	OK(NULL, sheepsim_open(&sim, NULL));
	assert_int_equal(sheepsim_nodes(sim), 0);
	OK(sim, sheepsim_run(sim, SHEEPSIM_SECOND));
	OK(sim, sheepsim_run_until(sim, SHEEPSIM_RECOVERED, 0));
	assert_string_equal(sheepsim_errmsg(sim), "");
	sheepsim_close(sim);
	sheepsim_close(NULL);
}

static void what_cannot_be_opened_says_why(void **state)
{
	struct sheepsim *sim;

	(void)state;
	FAILS(NULL, SHEEPSIM_E_INVALID, "6144",
	      sheepsim_open(&sim, &(struct sheepsim_options){.nodes = 6145}));
	assert_null(sim);
}

static void errors_have_words(void **state)
{
	(void)state;
	assert_string_equal(sheepsim_strerror(0), "no error");
	assert_string_equal(sheepsim_strerror(SHEEPSIM_E_LOST), "the connection was lost");
	assert_string_equal(sheepsim_strerror(-1000), "unknown error");
	assert_string_equal(sheepsim_result_name(0x19), "HALT");
	assert_string_equal(sheepsim_result_name(0x96), "0x96");
}

int example_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_header_works),
		cmocka_unit_test(a_run_is_the_same_every_time),
		cmocka_unit_test(a_simulation_may_be_empty),
		cmocka_unit_test(what_cannot_be_opened_says_why),
		cmocka_unit_test(errors_have_words),
	};

	return cmocka_run_group_tests_name("example", tests, NULL, NULL);
}
