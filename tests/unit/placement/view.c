#include "tests.h"
#include "base/random.h"
#include "placement/hash.h"
#include "placement/view.h"

#include <string.h>

#define NR_NODES 40u

static int set_up(void **state)
{
	*state = commons_new();
	return 0;
}

/* Ends the process if a list or a view is left. */
static int tear_down(void **state)
{
	commons_free(*state);
	return 0;
}

/* The view of these records; the caller owns a reference to it only. */
static struct view *view_of(struct commons *c, const struct node_rec *nodes, size_t n, bool autov)
{
	struct members *m = members_get(c, nodes, n);
	struct view *v = view_get(c, m, autov, PLACEMENT_NOW);

	members_unref(c, m);
	return v;
}

/* --- Vnode counts (R302, R303) --- */

static void assert_counts(struct commons *c, const uint64_t *space, const uint16_t *counts,
			  size_t n, bool autov)
{
	struct node_rec nodes[8] = {0};
	struct view *v;
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		nodes[i] = node(0x0a000001 + (uint32_t)i, 7000, 100, (uint32_t)i, space[i]);
	v = view_of(c, nodes, n, autov);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(view_members(v)->rec[i].nr_vnodes, counts[i]);
		sum += counts[i];
	}
	assert_int_equal(view_vnodes(v), sum);
	view_unref(c, v);
}

static void counts_follow_from_space(void **state)
{
	assert_counts(*state, (uint64_t[]){100, 200, 300, 0}, (uint16_t[]){64, 128, 192, 0}, 4,
		      true);
	assert_counts(*state, (uint64_t[]){7}, (uint16_t[]){128}, 1, true);
	assert_counts(*state, (uint64_t[]){1, 1000000}, (uint16_t[]){0, 256}, 2, true);
}

static void the_average_is_an_integer(void **state)
{
	/* (1 + 2) / 2 is 1 */
	assert_counts(*state, (uint64_t[]){1, 2}, (uint16_t[]){128, 256}, 2, true);
}

static void counts_are_rounded_to_nearest_ties_to_even(void **state)
{
	/* the average is 256: half a vnode for each byte */
	assert_counts(*state, (uint64_t[]){1, 511}, (uint16_t[]){0, 256}, 2, true);
	assert_counts(*state, (uint64_t[]){3, 509}, (uint16_t[]){2, 254}, 2, true);
	assert_counts(*state, (uint64_t[]){5, 507}, (uint16_t[]){2, 254}, 2, true);
	assert_counts(*state, (uint64_t[]){4, 508}, (uint16_t[]){2, 254}, 2, true);
	/* the average is 1024: eighths of a vnode */
	assert_counts(*state, (uint64_t[]){11, 2037}, (uint16_t[]){1, 255}, 2, true);
	assert_counts(*state, (uint64_t[]){13, 2035}, (uint16_t[]){2, 254}, 2, true);
}

/* Exactly computed, these would be 163, 173 and 83, 156 and 99, and 197. */
static void counts_are_computed_in_single_precision(void **state)
{
	assert_counts(*state, (uint64_t[]){389246109837, 223966221581}, (uint16_t[]){162, 93}, 2,
		      true);
	assert_counts(*state, (uint64_t[]){944050480687, 456975159125}, (uint16_t[]){172, 84}, 2,
		      true);
	assert_counts(*state, (uint64_t[]){260139225209, 165392029935}, (uint16_t[]){156, 100}, 2,
		      true);
	assert_counts(*state, (uint64_t[]){108382206257, 32818018771}, (uint16_t[]){196, 59}, 2,
		      true);
}

static void counts_without_any_space_or_of_fixed_vnodes_are_left_alone(void **state)
{
	assert_counts(*state, (uint64_t[]){0, 0}, (uint16_t[]){100, 100}, 2, true);
	assert_counts(*state, (uint64_t[]){5, 0}, (uint16_t[]){100, 100}, 2, false);
}

static void a_sum_of_spaces_beyond_64_bits_is_averaged_right(void **state)
{
	assert_counts(*state, (uint64_t[]){UINT64_MAX, UINT64_MAX, UINT64_MAX},
		      (uint16_t[]){128, 128, 128}, 3, true);
}

static void counts_are_stored_in_16_bits(void **state)
{
	struct node_rec nodes[600];
	struct view *v;

	for (uint32_t i = 0; i < 600; i++)
		nodes[i] = node(0x0a000001 + i, 7000, 128, i, i ? 1 : UINT64_C(600) << 40);
	v = view_of(*state, nodes, 600, true);
	assert_int_equal(view_members(v)->rec[0].nr_vnodes, 128 * 600 - 65536);
	assert_int_equal(view_members(v)->rec[1].nr_vnodes, 0);
	view_unref(*state, v);
}

/* --- Sharing (R301) --- */

static void equal_members_share_a_view(void **state)
{
	struct node_rec nodes[2] = {node(1, 1, 64, 1, 10), node(2, 1, 128, 2, 10)};
	struct members *m = members_get(*state, nodes, 2);
	struct view *fixed = view_get(*state, m, false, PLACEMENT_NOW);
	struct view *autov = view_get(*state, m, true, PLACEMENT_NOW);
	struct view *again = view_get(*state, m, true, PLACEMENT_NOW);
	struct view *computed = view_get(*state, view_members(autov), true, PLACEMENT_NOW);

	assert_ptr_not_equal(fixed, autov);
	assert_ptr_equal(view_members(fixed), m);
	assert_int_equal(view_members(autov)->rec[0].nr_vnodes, 128);
	assert_ptr_equal(autov, again);
	assert_ptr_equal(autov, computed);
	view_unref(*state, computed);
	view_unref(*state, again);
	view_unref(*state, autov);
	/* it was gone: a new one is made */
	autov = view_get(*state, m, true, PLACEMENT_NOW);
	assert_int_equal(view_vnodes(autov), 256);
	members_unref(*state, m);
	view_unref(*state, autov);
	view_unref(*state, fixed);
}

/* --- Placement (R306-R308) --- */

/* R306 word by word: looks at every vnode for the first owner, then walks. */
static uint32_t holders_slowly(struct view *v, uint64_t oid, uint32_t copies, uint16_t *holders)
{
	const struct members *m = view_members(v);
	uint32_t nr = view_vnodes(v);
	uint32_t first = 0;
	uint32_t found = 0;
	uint64_t hash;
	uint16_t member;

	for (uint32_t i = 0; i < nr; i++) {
		view_vnode(v, i, &hash, &member);
		if (hash >= sd_hash_oid(oid)) {
			first = i;
			break;
		}
	}
	for (uint32_t i = 0; i < nr && found < copies; i++) {
		bool used = false;

		view_vnode(v, (first + i) % nr, &hash, &member);
		for (uint32_t k = 0; k < found; k++)
			used = used || m->rec[holders[k]].zone == m->rec[member].zone;
		if (!used)
			holders[found++] = member;
	}
	return found;
}

static void random_nodes(struct node_rec nodes[NR_NODES], uint64_t seed)
{
	uint32_t zones = 1 + (uint32_t)random_below(NR_NODES, seed, "zones", 0, 0, 0);

	for (uint32_t i = 0; i < NR_NODES; i++)
		nodes[i] = node(0x0a000000 + i, 7000,
				(uint16_t)random_below(20, seed, "vnodes", i, 0, 0),
				(uint32_t)random_below(zones, seed, "zone", i, 0, 0), 0);
}

static void holders_are_those_of_the_walk(void **state)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct node_rec nodes[NR_NODES];
		struct view *v;

		random_nodes(nodes, seed);
		v = view_of(*state, nodes, NR_NODES, false);
		for (uint64_t oid = 0; oid < 100; oid++) {
			uint16_t got[MAX_ZONES];
			uint16_t expected[MAX_ZONES];
			uint32_t nr = view_holders(v, oid, MAX_ZONES, got);

			assert_int_equal(nr, view_zones(v));
			assert_int_equal(holders_slowly(v, oid, nr, expected), nr);
			assert_memory_equal(got, expected, nr * sizeof(got[0]));
			/* fewer copies are the front of more (R308) */
			assert_int_equal(view_holders(v, oid, 2, expected), nr < 2 ? nr : 2);
			assert_memory_equal(got, expected, (nr < 2 ? nr : 2) * sizeof(got[0]));
		}
		view_unref(*state, v);
	}
}

/* R305 */
static void the_address_for_io_moves_no_objects(void **state)
{
	struct node_rec nodes[NR_NODES];
	struct view *without, *with;

	random_nodes(nodes, 7);
	without = view_of(*state, nodes, NR_NODES, false);
	for (uint32_t i = 0; i < NR_NODES; i++) {
		nodes[i].nid.io_addr[15] = (uint8_t)(i + 1);
		nodes[i].nid.io_port = (uint16_t)(8000 + i);
	}
	with = view_of(*state, nodes, NR_NODES, false);
	for (uint64_t oid = 0; oid < 50; oid++) {
		uint16_t a[MAX_ZONES];
		uint16_t b[MAX_ZONES];
		uint32_t nr = view_holders(without, oid, 3, a);

		assert_int_equal(view_holders(with, oid, 3, b), nr);
		assert_memory_equal(a, b, nr * sizeof(a[0]));
	}
	view_unref(*state, without);
	view_unref(*state, with);
}

static void the_index_of_a_holder_is_its_place_in_the_walk(void **state)
{
	struct node_rec nodes[NR_NODES];
	struct view *v;
	uint16_t holders[MAX_ZONES];

	random_nodes(nodes, 5);
	v = view_of(*state, nodes, NR_NODES, false);
	assert_true(view_zones(v) >= 4);
	for (uint64_t oid = 0; oid < 50; oid++) {
		view_holders(v, oid, 3, holders);
		for (uint16_t i = 0; i < NR_NODES; i++) {
			int index = -1;

			for (int k = 0; k < 3; k++)
				if (holders[k] == i)
					index = k;
			assert_int_equal(view_holder_index(v, oid, 3, &nodes[i].nid), index);
		}
	}
	view_unref(*state, v);
}

static void a_new_member_takes_objects_only_to_itself(void **state)
{
	struct node_rec nodes[NR_NODES];
	struct view *before;
	struct view *after;
	uint32_t moved = 0;

	for (uint32_t i = 0; i < NR_NODES; i++)
		nodes[i] = node(0x0a000000 + i, 7000, 128, i, 0);
	before = view_of(*state, nodes, NR_NODES - 1, false);
	after = view_of(*state, nodes, NR_NODES, false);
	for (uint64_t oid = 0; oid < 2000; oid++) {
		uint16_t a[MAX_ZONES];
		uint16_t b[MAX_ZONES];

		assert_int_equal(view_holders(before, oid, 1, a), 1);
		assert_int_equal(view_holders(after, oid, 1, b), 1);
		assert_true(a[0] == b[0] || b[0] == NR_NODES - 1);
		moved += a[0] != b[0];
	}
	assert_in_range(moved, 1, 2000 / NR_NODES * 3);
	view_unref(*state, before);
	view_unref(*state, after);
}

static void zones_are_counted_up_to_31(void **state) /* R307, R812 */
{
	for (uint32_t n = 30; n <= 33; n++) {
		struct node_rec nodes[33];
		struct view *v;
		uint16_t holders[MAX_ZONES];
		uint32_t zones = n < MAX_ZONES ? n : MAX_ZONES;

		for (uint32_t i = 0; i < n; i++)
			nodes[i] = node(0x0a000000 + i, 7000, 3, 1000 - i, 0);
		v = view_of(*state, nodes, n, false);
		assert_int_equal(view_zones(v), zones);
		assert_int_equal(view_holders(v, 1, 255, holders), zones);
		view_unref(*state, v);
	}
}

static void members_without_vnodes_hold_nothing(void **state)
{
	struct node_rec nodes[] = {node(1, 1, 0, 1, 0), node(2, 1, 5, 2, 0), node(3, 1, 0, 3, 0)};
	struct view *v = view_of(*state, nodes, 3, false);
	uint16_t holders[MAX_ZONES];

	assert_int_equal(view_zones(v), 1);
	for (uint64_t oid = 0; oid < 20; oid++) {
		assert_int_equal(view_holders(v, oid, 3, holders), 1);
		assert_int_equal(holders[0], 1);
		assert_int_equal(view_holder_index(v, oid, 3, &nodes[0].nid), -1);
	}
	assert_int_equal(view_holders(v, 0, 0, holders), 0);
	view_unref(*state, v);
	v = view_of(*state, nodes, 1, true);
	assert_int_equal(view_zones(v), 0);
	assert_int_equal(view_vnodes(v), 0);
	assert_int_equal(view_holders(v, 0, 3, holders), 0);
	view_unref(*state, v);
	v = view_of(*state, NULL, 0, true);
	assert_int_equal(view_holders(v, 0, 3, holders), 0);
	view_unref(*state, v);
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int view_tests(void)
{
	const struct CMUnitTest tests[] = {
		test(counts_follow_from_space),
		test(the_average_is_an_integer),
		test(counts_are_rounded_to_nearest_ties_to_even),
		test(counts_are_computed_in_single_precision),
		test(counts_without_any_space_or_of_fixed_vnodes_are_left_alone),
		test(a_sum_of_spaces_beyond_64_bits_is_averaged_right),
		test(counts_are_stored_in_16_bits),
		test(equal_members_share_a_view),
		test(holders_are_those_of_the_walk),
		test(the_address_for_io_moves_no_objects),
		test(the_index_of_a_holder_is_its_place_in_the_walk),
		test(a_new_member_takes_objects_only_to_itself),
		test(zones_are_counted_up_to_31),
		test(members_without_vnodes_hold_nothing),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
