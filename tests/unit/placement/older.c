/* Placement up to 0.7: the numbers of versions.md 4.6, made by 0.7.0's own functions. */
#include "tests.h"

#include "placement/hash.h"
#include "placement/view.h"

#define GIB ((uint64_t)1 << 30)

static void vnodes_go_on_from_each_other(void **state)
{
	static const uint64_t known[] = {0x52b76e70de45e6c8, 0x25489a1b49467c2d,
					 0x66bdd6aad8fe5240};
	const struct node_rec n = node(0x7f000001, 7000, 64, 0, 0);
	uint64_t h = sd_hash_start_08();

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		h = sd_hash_next_08(h, n.nid.addr, n.nid.port);
		assert_int_equal(h, known[i]);
	}
	/* plain FNV-1a of the oid's eight bytes (wire-protocols 3.2) */
	assert_int_equal(sd_hash_oid_08(0), 0xa8c7f832281a39c5);
	assert_int_equal(sd_hash_oid_08(0x807c2b2500000000), 0xd4716bfd4bfa78e5);
}

/* The ports of an object's holders, in order. */
static void assert_holders(struct view *v, uint64_t oid, uint16_t a, uint16_t b, uint16_t c)
{
	const uint16_t wanted[3] = {a, b, c};
	uint16_t holders[MAX_ZONES];

	assert_int_equal(view_holders(v, oid, 3, holders), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(view_members(v)->rec[holders[i]].nid.port, wanted[i]);
}

static void the_ring_places_as_0_7_does(void **state)
{
	const struct node_rec nodes[] = {
		node(0x7f000001, 7000, 64, 0, 0),
		node(0x7f000001, 7001, 64, 1, 0),
		node(0x7f000001, 7002, 64, 2, 0),
	};
	struct commons *c = commons_new();
	struct members *m = members_get(c, nodes, 3);
	struct view *v = view_get(c, m, false, PLACEMENT_08), *now;
	uint16_t member;
	uint64_t h;

	(void)state;
	assert_int_equal(view_vnodes(v), 192);
	view_vnode(v, 0, &h, &member);
	assert_int_equal(h, 0x0050329c2c5899f5);
	view_vnode(v, 191, &h, &member);
	assert_int_equal(h, 0xffee60c93fe85d5a);
	assert_holders(v, 0x807c2b2500000000, 7001, 7000, 7002);
	assert_holders(v, 0x007c2b2500000001, 7000, 7001, 7002);
	assert_holders(v, 0x007c2b2500012345, 7000, 7002, 7001);
	/* the same list has another view since 0.8 */
	now = view_get(c, m, false, PLACEMENT_NOW);
	assert_ptr_not_equal(now, v);
	assert_holders(now, 0x807c2b2500000000, 7002, 7000, 7001);
	view_unref(c, now);
	view_unref(c, v);
	members_unref(c, m);
	commons_free(c);
}

static void there_are_64_vnodes_on_average(void **state)
{
	const struct node_rec nodes[] = {
		node(0x0a000001, 7000, 9, 1, 100 * GIB),
		node(0x0a000002, 7000, 9, 2, 200 * GIB),
		node(0x0a000003, 7000, 9, 3, 300 * GIB),
	};
	static const uint16_t vnodes[] = {32, 64, 96};
	struct commons *c = commons_new();
	struct members *m = members_get(c, nodes, 3);
	struct view *v = view_get(c, m, true, PLACEMENT_08);
	struct view *again = view_get(c, m, true, PLACEMENT_08);
	struct view *now = view_get(c, m, true, PLACEMENT_NOW);
	struct view *then = view_get(c, view_members(now), true, PLACEMENT_08);
	struct view *back = view_get(c, view_members(v), true, PLACEMENT_NOW);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(view_members(v)->rec[i].nr_vnodes, vnodes[i]);
	assert_int_equal(view_members(now)->rec[0].nr_vnodes, 64);
	/* counts follow from space, whatever they were before */
	assert_ptr_equal(again, v);
	assert_ptr_equal(then, v);
	assert_ptr_equal(back, now);
	view_unref(c, v);
	view_unref(c, again);
	view_unref(c, now);
	view_unref(c, then);
	view_unref(c, back);
	members_unref(c, m);
	commons_free(c);
}

int older_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vnodes_go_on_from_each_other),
		cmocka_unit_test(the_ring_places_as_0_7_does),
		cmocka_unit_test(there_are_64_vnodes_on_average),
	};

	return cmocka_run_group_tests_name("placement up to 0.7", tests, NULL, NULL);
}
