/*
 * Which queue a request's body waits in (R405, R406), and how many of them run at once (R003).
 */
#include "recovery_watch.h"

#include <stdlib.h>

#define LIMIT 32 /* bodies of a parallel queue that run at once: 2 x 16 */
#define MANY  40

struct load {
	struct cluster *c;
	uint64_t oid[2]; /* both on node 1, which node 0 asks for them */
	struct fault_filter *held;
	struct ask *ask[MANY];
};

static uint64_t object_of_node(struct cluster *c, uint32_t vid, uint32_t *index)
{
	struct view *v = c->node[0].sheep->view;
	uint16_t holder[MAX_ZONES];
	uint64_t oid;

	do {
		oid = sd_vid_to_data_oid(vid, (*index)++);
		view_holders(v, oid, 1, holder);
	} while (holder[0] != 1);
	return oid;
}

static struct req request_of(uint8_t opcode, uint64_t oid, uint16_t flags)
{
	struct req q;

	req_init(&q, opcode);
	q.obj.oid = oid;
	q.flags = flags;
	q.data_length = opcode == SD_OP_READ_OBJ ? 1 : 0;
	return q;
}

/* More reads through node 0 than run at once, and node 1 answers none of them. */
static struct load load_begin(void)
{
	struct load l = {.c = cluster_open(2, 1, 0)};
	uint32_t vid = new_vdi(l.c, 0, "alpha", 0, 0), index = 0;
	struct req q;

	for (int i = 0; i < 2; i++) {
		l.oid[i] = object_of_node(l.c, vid, &index);
		create_data(l.c, vid, sd_oid_index(l.oid[i]), 'x');
	}
	cluster_settle(l.c);
	l.held = filter_begin(l.c, FAULT_HOLD, 0, 1, SD_OP_READ_PEER, 0);
	q = request_of(SD_OP_READ_OBJ, l.oid[0], 0);
	for (int i = 0; i < MANY; i++)
		l.ask[i] = ask_begin(l.c, 0, &q, NULL);
	cluster_run(l.c, 100 * NSEC_PER_MSEC);
	return l;
}

static void load_end(struct load *l)
{
	filter_end(l->c, l->held);
	for (int i = 0; i < MANY; i++) {
		struct answer a = ask_end(l->c, l->ask[i]);

		assert_int_equal(a.p.result, SD_RES_SUCCESS);
		blob_unref(a.out);
	}
	cluster_close(l->c);
}

static void of_clients_requests_so_many_run_at_once(void **state)
{
	struct load l = load_begin();

	(void)state;
	assert_int_equal(l.held->matched, LIMIT);
	load_end(&l); /* the others run when these have ended */
}

static void removes_have_a_queue_of_their_own(void **state)
{
	struct load l = load_begin();
	struct req q = request_of(SD_OP_REMOVE_OBJ, l.oid[1], 0);
	struct ask *a = ask_begin(l.c, 0, &q, NULL);

	(void)state;
	cluster_run(l.c, 100 * NSEC_PER_MSEC);
	assert_true(a->answered);
	assert_int_equal(ask_end(l.c, a).p.result, SD_RES_SUCCESS);
	load_end(&l);
}

/* Else what a body asks of its own node would wait for bodies that wait for it. */
static void nested_requests_have_a_queue_of_their_own(void **state)
{
	struct load l = load_begin();
	struct req q = request_of(SD_OP_READ_OBJ, l.oid[1], SD_FLAG_CMD_FWD);
	struct ask *nested = ask_begin(l.c, 0, &q, NULL), *other;
	struct answer a;

	(void)state;
	q.flags = 0;
	other = ask_begin(l.c, 0, &q, NULL);
	cluster_run(l.c, 100 * NSEC_PER_MSEC);
	assert_int_equal(l.held->matched, LIMIT + 1); /* the nested one */
	filter_end(l.c, l.held);
	l.held = filter_begin(l.c, FAULT_DELIVER, 0, 1, SD_OP_READ_PEER, 0);
	a = ask_end(l.c, nested);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	blob_unref(a.out);
	a = ask_end(l.c, other);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	blob_unref(a.out);
	load_end(&l);
}

int queue_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_clients_requests_so_many_run_at_once),
		cmocka_unit_test(removes_have_a_queue_of_their_own),
		cmocka_unit_test(nested_requests_have_a_queue_of_their_own),
	};

	return cmocka_run_group_tests_name("sheep: queues", tests, NULL, NULL);
}
