/*
 * The placement vectors of spec 3.5, made with the functions of sheepdog: rings A, B and C and what
 * is placed where on them (R302-R308).
 */
#include "tests.h"
#include "placement/hash.h"
#include "placement/view.h"

#define GIB (UINT64_C(1) << 30)

struct vector {
	uint64_t oid;
	uint64_t hash;
	uint32_t copies;
	struct {
		uint16_t member;
		uint64_t hash; /* of the vnode that was hit */
	} holder[3];
};

static const struct vector ring_a[] = {
	{0x807c2b2500000000,
	 0x8b4b18c243befa1a,
	 3,
	 {{2, 0x8b4f7298ed0b6215}, {1, 0x8c5945e25d996d69}, {0, 0x8ef9c0f5491191cb}}},
	{0x007c2b2500000000,
	 0x387358f0fb5c1275,
	 3,
	 {{1, 0x391b7dbc5efab3e6}, {0, 0x3a92371473646581}, {2, 0x40a97df46de0b6b4}}},
	{0x007c2b2500000001,
	 0xed0c37b076d586ac,
	 3,
	 {{0, 0xed3ea822648ab071}, {1, 0xee060d1648c2b062}, {2, 0xf1525dea0ac226a1}}},
	{0x007c2b2500012345,
	 0x0a55013819ace9e2,
	 2,
	 {{1, 0x0a629b6d6e8a25d7}, {2, 0x0a7149caa878d815}}},
	{0x087c2b2500000000,
	 0xb489f897c1863a66,
	 3,
	 {{0, 0xb4a526bd20b7eccc}, {2, 0xb796f5b7d360c7f3}, {1, 0xb812f74fecbfc49e}}},
	{0x007c2b250000007c,
	 0xffd1bb7ae04cc053,
	 3,
	 {{0, 0x00b704b9ac372d87}, {1, 0x01551faf632459d4}, {2, 0x01a31d93db0e205c}}},
};

/* Member i is 10.0.0.(i + 1). */
static const struct vector ring_b[] = {
	{0x007c2b2500000000,
	 0x387358f0fb5c1275,
	 3,
	 {{0, 0x3874f5d899e8dd62}, {3, 0x393c2700e7a39112}, {4, 0x3b751511cd4c6a36}}},
	{0x007c2b2500000001,
	 0xed0c37b076d586ac,
	 3,
	 {{1, 0xed4595a08369f6f5}, {3, 0xef3357f7dd82654b}, {4, 0xefc3dedcafec976b}}},
	{0x007c2b2500000002,
	 0xce708da1ffb9f322,
	 3,
	 {{1, 0xce99249752ed01c3}, {4, 0xceaf27a3add505a8}, {2, 0xcf1bf1f57d1bb74f}}},
	{0x007c2b2500000003,
	 0x35fd5266fc6e410a,
	 3,
	 {{3, 0x36324f05ffabb41b}, {4, 0x3648caaf3919316a}, {0, 0x371369a65dee0876}}},
	{0x007c2b2500000004,
	 0x604357e14c6f812c,
	 3,
	 {{3, 0x606392ea9638392d}, {4, 0x608a35d6d0478ca2}, {1, 0x61f5da2a650e641a}}},
	{0x007c2b2500000005,
	 0x422f3c8af3f8de1c,
	 3,
	 {{1, 0x42ec0df34bd0bfff}, {2, 0x430572b84a31ec03}, {4, 0x43eaf8517e8e669b}}},
	{0x407c2b2500000000,
	 0x5b9a34d4fc76fa1d,
	 3,
	 {{4, 0x5c0caad803fc82ef}, {3, 0x5c595d415ccae4d4}, {0, 0x5ccde243a4b512b3}}},
	{0x207c2b25deadbeef,
	 0x771f9b29b034a1fb,
	 3,
	 {{3, 0x774a1802ba9f50ce}, {4, 0x7763569cf4402e72}, {1, 0x7805e83db2e72188}}},
	{0x107c2b2500000001,
	 0x135cdc98206c5568,
	 3,
	 {{1, 0x13848354e6801bd9}, {3, 0x141bc34e020feb94}, {4, 0x164362ca77e7262e}}},
};

/* 192.168.10.1, .2, .9 (without space), then 2001:db8::7. */
static const struct vector ring_c[] = {
	{0x807c2b2500000000,
	 0x8b4b18c243befa1a,
	 3,
	 {{0, 0x8b8e0f464825e0dc}, {3, 0x8e8e3549e9ac994b}, {1, 0x900c7dbc60387fdd}}},
	{0x007c2b2500000000,
	 0x387358f0fb5c1275,
	 3,
	 {{3, 0x3887603fb5c3a9b5}, {1, 0x398ccde16f4bb243}, {0, 0x3cc10526bef46be4}}},
	{0x007c2b2500000007,
	 0xe541d686527ebdba,
	 2,
	 {{1, 0xe5a3d0751d8083ba}, {0, 0xe6097668b16c0ae0}}},
};

static bool on_ring(struct view *v, uint64_t hash, uint16_t member)
{
	for (uint32_t i = 0; i < view_vnodes(v); i++) {
		uint64_t h;
		uint16_t m;

		view_vnode(v, i, &h, &m);
		if (h == hash)
			return m == member;
	}
	return false;
}

static void check_vectors(struct view *v, const struct vector *vectors, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct vector *x = &vectors[i];
		uint16_t holders[MAX_ZONES];

		assert_int_equal(sd_hash_oid(x->oid), x->hash);
		assert_int_equal(view_holders(v, x->oid, x->copies, holders), x->copies);
		for (uint32_t k = 0; k < x->copies; k++) {
			uint16_t m = x->holder[k].member;

			assert_int_equal(holders[k], m);
			assert_true(on_ring(v, x->holder[k].hash, m));
			assert_int_equal(view_holder_index(v, x->oid, x->copies,
							   &view_members(v)->rec[m].nid),
					 k);
		}
	}
}

static void check_ends(struct view *v, uint32_t nr, uint64_t lowest, uint64_t highest)
{
	uint64_t h;
	uint16_t m;

	assert_int_equal(view_vnodes(v), nr);
	view_vnode(v, 0, &h, &m);
	assert_int_equal(h, lowest);
	view_vnode(v, nr - 1, &h, &m);
	assert_int_equal(h, highest);
}

static void ring_a_places_as_sheepdog_does(void **state)
{
	const struct node_rec nodes[] = {
		node(0x7f000001, 7000, 128, 0, 0),
		node(0x7f000001, 7001, 128, 1, 0),
		node(0x7f000001, 7002, 128, 2, 0),
	};
	struct commons *c = commons_new();
	struct members *m = members_get(c, nodes, 3);
	struct view *v = view_get(c, m, false, PLACEMENT_NOW);

	(void)state;
	assert_int_equal(view_zones(v), 3);
	check_ends(v, 384, 0x00b704b9ac372d87, 0xff09693c1cd9eed1);
	check_vectors(v, ring_a, sizeof(ring_a) / sizeof(ring_a[0]));
	view_unref(c, v);
	members_unref(c, m);
	commons_free(c);
}

static void ring_b_places_as_sheepdog_does(void **state)
{
	const struct node_rec nodes[] = {
		node(0x0a000001, 7000, 128, 1, 0), node(0x0a000002, 7000, 128, 1, 0),
		node(0x0a000003, 7000, 64, 2, 0),  node(0x0a000004, 7000, 256, 2, 0),
		node(0x0a000005, 7000, 128, 3, 0), node(0x0a000006, 7000, 0, 4, 0),
	};
	struct commons *c = commons_new();
	struct members *m = members_get(c, nodes, 6);
	struct view *v = view_get(c, m, false, PLACEMENT_NOW);

	(void)state;
	assert_int_equal(view_zones(v), 3);
	check_ends(v, 704, 0x00ea26fb36b51e3c, 0xff969b71b99a7723);
	check_vectors(v, ring_b, sizeof(ring_b) / sizeof(ring_b[0]));
	view_unref(c, v);
	members_unref(c, m);
	commons_free(c);
}

static void ring_c_places_as_sheepdog_does(void **state)
{
	const uint16_t vnodes[] = {64, 128, 0, 192};
	struct node_rec nodes[] = {
		node(0xc0a80a01, 7000, 128, 11, 100 * GIB),
		node(0xc0a80a02, 7000, 128, 12, 200 * GIB),
		node(0, 7007, 128, 13, 300 * GIB),
		node(0xc0a80a09, 7000, 128, 14, 0),
	};
	struct commons *c = commons_new();
	struct members *m;
	struct view *v;

	(void)state;
	nodes[2].nid.addr[0] = 0x20;
	nodes[2].nid.addr[1] = 0x01;
	nodes[2].nid.addr[2] = 0x0d;
	nodes[2].nid.addr[3] = 0xb8;
	nodes[2].nid.addr[15] = 7;
	m = members_get(c, nodes, 4);
	v = view_get(c, m, true, PLACEMENT_NOW);
	for (int i = 0; i < 4; i++)
		assert_int_equal(view_members(v)->rec[i].nr_vnodes, vnodes[i]);
	assert_int_equal(view_zones(v), 3);
	assert_int_equal(view_vnodes(v), 384);
	check_vectors(v, ring_c, sizeof(ring_c) / sizeof(ring_c[0]));
	view_unref(c, v);
	members_unref(c, m);
	commons_free(c);
}

int vector_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_a_places_as_sheepdog_does),
		cmocka_unit_test(ring_b_places_as_sheepdog_does),
		cmocka_unit_test(ring_c_places_as_sheepdog_does),
	};

	return cmocka_run_group_tests_name("placement vectors", tests, NULL, NULL);
}
