#include "tests.h"
#include "placement/view.h"

#include <string.h>

/* 10.0.0.1 to .4, in member order. */
static struct node_rec abcd[4];

static int set_up(void **state)
{
	for (uint32_t i = 0; i < 4; i++)
		abcd[i] = node(0x0a000001 + i, 7000, 128, i, 0);
	*state = commons_new();
	return 0;
}

/* Ends the process if a list is left. */
static int tear_down(void **state)
{
	commons_free(*state);
	return 0;
}

static void lists_are_in_member_order(void **state)
{
	struct node_rec nodes[] = {abcd[2], abcd[0], abcd[0], abcd[3], abcd[1]};
	struct members *m;

	nodes[2].nid.port = 6999; /* the port decides where addresses are equal, as a number */
	nodes[1].nid.port = 0x1000;
	m = members_get(*state, nodes, 5);
	assert_int_equal(m->nr, 5);
	assert_int_equal(m->rec[0].nid.port, 0x1000);
	assert_int_equal(m->rec[1].nid.port, 6999);
	for (uint32_t i = 1; i < m->nr; i++)
		assert_true(node_id_cmp(&m->rec[i - 1].nid, &m->rec[i].nid) < 0);
	members_unref(*state, m);
}

static void of_one_identity_the_last_record_counts(void **state)
{
	struct node_rec nodes[] = {abcd[1], abcd[0], abcd[1], abcd[1], abcd[0]};
	struct members *m;

	nodes[2].zone = 77;
	nodes[3].zone = 78;
	nodes[3].nid.io_port = 7010; /* an attribute, not the identity */
	nodes[4].zone = 79;
	m = members_get(*state, nodes, 5);
	assert_int_equal(m->nr, 2);
	assert_int_equal(m->rec[0].zone, 79);
	assert_int_equal(m->rec[1].zone, 78);
	assert_int_equal(m->rec[1].nid.io_port, 7010);
	members_unref(*state, m);
}

static void equal_lists_are_one_object(void **state)
{
	const struct node_rec other[] = {abcd[3], abcd[1], abcd[0], abcd[2]};
	struct members *a = members_get(*state, abcd, 4);
	struct members *b = members_get(*state, other, 4);

	assert_ptr_equal(a, b);
	assert_int_equal(a->refs, 2);
	members_unref(*state, a);
	assert_ptr_equal(members_get(*state, abcd, 4), b);
	members_unref(*state, b);
	members_unref(*state, b);
}

static void every_field_of_a_record_tells_lists_apart(void **state)
{
	struct members *m[10];
	struct node_rec nodes[4];

	for (int i = 0; i < 10; i++) {
		memcpy(nodes, abcd, sizeof(nodes));
		switch (i) {
		case 1:
			nodes[2].nid.addr[0] = 1;
			break;
		case 2:
			nodes[2].nid.port++;
			break;
		case 3:
			nodes[2].nid.io_addr[15] = 1;
			break;
		case 4:
			nodes[2].nid.io_port++;
			break;
		case 5:
			nodes[2].nr_vnodes++;
			break;
		case 6:
			nodes[2].zone++;
			break;
		case 7:
			nodes[2].space++;
			break;
		default:
			break;
		}
		m[i] = members_get(*state, nodes, i == 8 ? 3 : i == 9 ? 0 : 4);
		for (int k = 0; k < i; k++)
			assert_ptr_not_equal(m[i], m[k]);
	}
	for (int i = 0; i < 10; i++)
		members_unref(*state, m[i]);
}

static void members_are_found_by_identity(void **state)
{
	struct members *m = members_get(*state, abcd, 3);
	struct node_id id = abcd[1].nid;

	id.io_port = 9;
	assert_int_equal(members_find(m, &abcd[0].nid), 0);
	assert_int_equal(members_find(m, &id), 1);
	assert_int_equal(members_find(m, &abcd[2].nid), 2);
	assert_int_equal(members_find(m, &abcd[3].nid), -1);
	id.port = 1;
	assert_int_equal(members_find(m, &id), -1);
	members_unref(*state, m);
	m = members_get(*state, NULL, 0);
	assert_int_equal(members_find(m, &id), -1);
	members_unref(*state, m);
}

static void a_member_can_be_added_replaced_and_taken_out(void **state)
{
	struct node_rec changed = abcd[1];
	const struct node_rec acd[] = {abcd[0], abcd[2], abcd[3]};
	struct members *m = members_get(*state, acd, 3);
	struct members *all = members_get(*state, abcd, 4);
	struct members *x;
	struct members *y;

	changed.nr_vnodes = 7;
	/* the second round is answered from memory */
	for (int round = 0; round < 2; round++) {
		x = members_with(*state, m, &abcd[1]);
		assert_ptr_equal(x, all);
		y = members_with(*state, x, &changed);
		assert_int_equal(y->nr, 4);
		assert_int_equal(y->rec[1].nr_vnodes, 7);
		members_unref(*state, x);
		x = members_without(*state, y, &abcd[1].nid);
		assert_ptr_equal(x, m);
		members_unref(*state, x);
		x = members_without(*state, m, &abcd[1].nid);
		assert_ptr_equal(x, m);
		members_unref(*state, x);
		members_unref(*state, y);
	}
	members_unref(*state, all);
	members_unref(*state, m);
}

static void the_first_and_the_last_member_come_and_go(void **state)
{
	struct members *m = members_get(*state, NULL, 0);

	for (int round = 0; round < 3; round++) {
		for (int i = 3; i >= 0; i--) {
			struct members *next = members_with(*state, m, &abcd[i]);

			assert_int_equal(members_find(next, &abcd[i].nid), 0);
			members_unref(*state, m);
			m = next;
		}
		for (int i = 3; i >= 0; i--) {
			struct members *next = members_without(*state, m, &abcd[i].nid);

			assert_int_equal(next->nr, i);
			members_unref(*state, m);
			m = next;
		}
	}
	members_unref(*state, m);
}

static void remembered_changes_are_told_apart(void **state)
{
	struct node_rec bare = {.nid = abcd[1].nid};
	struct node_rec other = abcd[1];
	struct members *m = members_get(*state, abcd, 4);
	struct members *x = members_with(*state, m, &bare);
	struct members *y;

	assert_int_equal(x->nr, 4);
	assert_int_equal(x->rec[1].nr_vnodes, 0);
	members_unref(*state, x);
	x = members_without(*state, m, &bare.nid);
	assert_int_equal(x->nr, 3);
	members_unref(*state, x);
	other.zone = 77;
	x = members_with(*state, m, &other);
	other.zone = 78;
	y = members_with(*state, m, &other);
	assert_int_equal(x->rec[1].zone, 77);
	assert_int_equal(y->rec[1].zone, 78);
	members_unref(*state, y);
	members_unref(*state, x);
	members_unref(*state, m);
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int members_tests(void)
{
	const struct CMUnitTest tests[] = {
		test(lists_are_in_member_order),
		test(of_one_identity_the_last_record_counts),
		test(equal_lists_are_one_object),
		test(every_field_of_a_record_tells_lists_apart),
		test(members_are_found_by_identity),
		test(a_member_can_be_added_replaced_and_taken_out),
		test(the_first_and_the_last_member_come_and_go),
		test(remembered_changes_are_told_apart),
	};

	return cmocka_run_group_tests_name("members", tests, NULL, NULL);
}
