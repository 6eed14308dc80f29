#include "tests.h"

#include <string.h>

#include "check/cluster.h"
#include "sheep/ec.h"
#include "world/universe.h"

#define OID 0x7c2b2500000001

/* An object of 4:2 whose strips fit together, and a report. */
struct rig {
	struct universe u;
	struct report r;
	struct blob *strip[6];
};

static const int nodes[] = {10, 11, 12, 13, 14, 15};

static int set_up(void **state)
{
	static struct rig rig;
	struct blob *object = blob_write(blob_zero(1 << 20), 5000, "content", 7);

	ec_split(0x22, object, rig.strip);
	ec_encode(0x22, rig.strip, rig.strip + 4);
	blob_unref(object);
	universe_init(&rig.u, 1);
	report_init(&rig.r, &rig.u.trace);
	report_begin(&rig.r, 1);
	*state = &rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;

	for (int i = 0; i < 6; i++)
		blob_unref(rig->strip[i]);
	report_free(&rig->r);
	universe_free(&rig->u);
	return 0;
}

static void expect(struct rig *rig, uint32_t nr, const char *lines)
{
	check_parity(OID, 0x22, rig->strip, nodes, nr, &rig->r);
	assert_string_equal(text_get(&rig->r.lines), lines);
}

static void strips_that_fit_pass(void **state)
{
	expect(*state, 6, "");
}

static void changed_parity_is_named(void **state)
{
	struct rig *rig = *state;

	rig->strip[5] = blob_write(rig->strip[5], 100000, "x", 1);
	expect(rig, 5, "");
	expect(rig, 6,
	       "I16: object 007c2b2500000001: strip 5 on node 15 is not the parity of its data\n");
}

static void changed_data_fits_no_parity(void **state)
{
	struct rig *rig = *state;

	rig->strip[1] = blob_write(rig->strip[1], 0, "x", 1);
	expect(rig, 6,
	       "I16: object 007c2b2500000001: strip 4 on node 14 is not the parity of its data\n"
	       "I16: object 007c2b2500000001: strip 5 on node 15 is not the parity of its data\n");
}

/* What is missing is told by others (I2). */
static void what_is_missing_is_not_judged(void **state)
{
	struct rig *rig = *state;

	blob_unref(rig->strip[4]);
	rig->strip[4] = NULL;
	expect(rig, 6, "");
	blob_unref(rig->strip[0]);
	rig->strip[0] = NULL;
	rig->strip[5] = blob_write(rig->strip[5], 0, "x", 1);
	expect(rig, 6, "");
}

int parity_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(strips_that_fit_pass, set_up, tear_down),
		cmocka_unit_test_setup_teardown(changed_parity_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(changed_data_fits_no_parity, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_missing_is_not_judged, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("parity", tests, NULL, NULL);
}
