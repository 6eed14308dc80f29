/*
 * Checks of whole clusters that no single cluster can be made to fail: their nodes are taken from
 * two simulations.
 */
#include "tests.h"

#include <string.h>

#include "api/sim.h"

/* A cluster of one node, formatted. */
static struct sheepsim *one_node(void)
{
	struct sheepsim *sim = NULL;

	assert_int_equal(sheepsim_open(&sim, &(struct sheepsim_options){.nodes = 1}), 0);
	assert_int_equal(sheepsim_format(sim, &(struct sheepsim_format){.copies = 1}), 0);
	return sim;
}

static struct sheepsim_client *create(struct sheepsim *sim, const char *name, unsigned copies)
{
	struct sheepsim_client *vm;
	struct sheepsim_vdi vdi = {.name = name, .size = 1 << 20, .copies = copies};

	assert_int_equal(sheepsim_client_open(sim, 0, &vm), 0);
	assert_int_equal(sheepsim_vdi_create(vm, &vdi), 0);
	return vm;
}

struct pair {
	struct sheepsim *sim[2];
	struct check_node nodes[2];
	struct check_cluster cluster;
	struct report report;
	uint64_t counted;
};

static void pair_open(struct pair *p)
{
	memset(p, 0, sizeof *p);
	for (int i = 0; i < 2; i++) {
		const struct node *n;

		p->sim[i] = one_node();
		n = p->sim[i]->nodes[0];
		p->nodes[i] = (struct check_node){
			.index = i, .nid = n->rec.nid, .store = n->store, .sheep = n->sheep};
	}
	p->cluster = (struct check_cluster){p->nodes, 2};
	report_init(&p->report, &p->sim[0]->universe.trace);
	report_begin(&p->report, 1);
	sim_enter(p->sim[0]);
}

static void pair_close(struct pair *p)
{
	sim_leave(p->sim[0]);
	report_free(&p->report);
	sheepsim_close(p->sim[0]);
	sheepsim_close(p->sim[1]);
}

/* What the check has found since the last call. */
static void expect(struct pair *p, const char *lines)
{
	assert_string_equal(text_get(&p->report.lines), lines);
	text_clear(&p->report.lines);
}

/* Clients of the second simulation: the first is kept as if within a call. */
static void vdi_tables_that_differ_are_found(void **state)
{
	struct pair p;
	struct sheepsim_client *vm;

	(void)state;
	pair_open(&p);
	check_vdis(&p.cluster, &p.report, &p.counted);
	expect(&p, "");
	vm = create(p.sim[1], "alpha", 1);
	check_vdis(&p.cluster, &p.report, &p.counted);
	expect(&p, "I10: node 1 knows VDI ed202b, node 0 does not\n");
	sim_leave(p.sim[0]);
	create(p.sim[0], "alpha", 2);
	sim_enter(p.sim[0]);
	check_vdis(&p.cluster, &p.report, &p.counted);
	expect(&p,
	       "I10: VDI ed202b: node 0 has copies=2 policy=00 snapshot=0 deleted=0 lock=1, node "
	       "1 copies=1 policy=00 snapshot=0 deleted=0 lock=1\n");
	assert_int_equal(sheepsim_vdi_delete(vm, "alpha", "", 0), 0);
	check_vdis(&p.cluster, &p.report, &p.counted);
	assert_non_null(strstr(text_get(&p.report.lines), "deleted=2"));
	assert_int_equal(p.counted, 2);
	pair_close(&p);
}

static void a_node_without_the_log_of_its_epoch_is_found(void **state)
{
	struct pair p;
	struct blob *log;

	(void)state;
	pair_open(&p);
	check_epochs(&p.cluster, &p.report, &p.counted);
	expect(&p, "");
	assert_int_equal(p.counted, 1);
	log = store_log_get(p.nodes[1].store, 1);
	store_log_clear(p.nodes[1].store);
	check_epochs(&p.cluster, &p.report, &p.counted);
	expect(&p, "I6: node 1 has no log of its epoch 1\n");
	/* A log without members is none of its view. */
	log = blob_resize(log, 8);
	store_log_put(p.nodes[1].store, 1, log);
	check_epochs(&p.cluster, &p.report, &p.counted);
	assert_non_null(strstr(text_get(&p.report.lines),
			       "I6: node 1: its log of epoch 1 has not the members of its view\n"));
	blob_unref(log);
	pair_close(&p);
}

static void members_in_different_epochs_are_found(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p);
	/* A node that comes and goes raises the epoch by two. */
	assert_int_equal(sheepsim_node_add(p.sim[1], NULL), 1);
	assert_int_equal(sheepsim_start(p.sim[1], 1), 0);
	assert_int_equal(sheepsim_run_until(p.sim[1], SHEEPSIM_RECOVERED, NSEC_PER_SEC), 0);
	assert_int_equal(sheepsim_kill(p.sim[1], 1), 0);
	assert_int_equal(sheepsim_run_until(p.sim[1], SHEEPSIM_RECOVERED, NSEC_PER_SEC), 0);
	check_epochs(&p.cluster, &p.report, &p.counted);
	expect(&p, "I6: node 0 is in epoch 1, node 1 in epoch 3\n");
	assert_int_equal(p.counted, 3);
	pair_close(&p);
}

static void nodes_that_are_no_members_do_not_count(void **state)
{
	struct pair p;
	unsigned members[2];

	(void)state;
	pair_open(&p);
	assert_int_equal(check_members(&p.cluster, members), 2);
	p.nodes[0].sheep = NULL;
	assert_int_equal(check_members(&p.cluster, members), 1);
	assert_int_equal(members[0], 1);
	pair_close(&p);
}

int cluster_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vdi_tables_that_differ_are_found),
		cmocka_unit_test(a_node_without_the_log_of_its_epoch_is_found),
		cmocka_unit_test(members_in_different_epochs_are_found),
		cmocka_unit_test(nodes_that_are_no_members_do_not_count),
	};

	return cmocka_run_group_tests_name("clusters", tests, NULL, NULL);
}
