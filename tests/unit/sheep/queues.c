/*
 * Which queue a request's body waits in (R405, R406), how many of them run at once (R003, R807),
 * and in which order (R004). Connections between nodes, of which many are in use then (R403, R803).
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

/* R003, R807 */
static void of_clients_requests_so_many_run_at_once(void **state)
{
	struct load l = load_begin();

	(void)state;
	assert_int_equal(l.held->matched, LIMIT);
	load_end(&l); /* the others run when these have ended */
}

/* R405 */
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

/* ------------------------------------------------------------------ bodies of a queue */

/* A body that notes when it begins, and ends when it is told to. */
struct body {
	struct work work;
	struct bodies *bodies;
};

struct bodies {
	struct cluster *c;
	struct body body[MANY];
	uint32_t begun[MANY]; /* their numbers, in this order */
	uint32_t nr_begun;
};

static void note_begin(struct work *w)
{
	struct body *b = container_of(w, struct body, work);

	b->bodies->begun[b->bodies->nr_begun++] = (uint32_t)(b - b->bodies->body);
}

static struct bodies *bodies_begin(struct cluster *c, enum queue q)
{
	struct bodies *all = mem_alloc(sizeof(*all));

	all->c = c;
	for (int i = 0; i < MANY; i++) {
		all->body[i].bodies = all;
		work_start(c->node[0].sheep, q, &all->body[i].work, note_begin);
	}
	cluster_run(c, NSEC_PER_MSEC);
	return all;
}

static void body_end(struct bodies *all, uint32_t i)
{
	work_end(&all->body[i].work);
	cluster_run(all->c, NSEC_PER_MSEC);
}

/* R004: they begin first in, first out, as places become free; they end as they please. */
static void bodies_begin_in_the_order_in_which_they_were_queued(void **state)
{
	struct cluster *c = cluster_open(1, 1, 0);
	struct bodies *all = bodies_begin(c, QUEUE_PEER);

	(void)state;
	assert_int_equal(all->nr_begun, LIMIT);
	body_end(all, 17);
	body_end(all, 3);
	assert_int_equal(all->nr_begun, LIMIT + 2);
	for (uint32_t i = 0; i < all->nr_begun; i++)
		assert_int_equal(all->begun[i], i);
	for (uint32_t i = 0; i < MANY; i++) {
		if (i != 3 && i != 17)
			body_end(all, i);
	}
	assert_int_equal(all->nr_begun, MANY);
	free(all);
	cluster_close(c);
}

/* R003, R004: those of cluster operations run one at a time, and no queue waits for another. */
static void exclusive_bodies_run_one_at_a_time_beside_other_queues(void **state)
{
	struct cluster *c = cluster_open(1, 1, 0);
	struct bodies *one = bodies_begin(c, QUEUE_BLOCK), *other = bodies_begin(c, QUEUE_DELETE);
	struct bodies *many = bodies_begin(c, QUEUE_LOCAL);

	(void)state;
	assert_int_equal(one->nr_begun, 1);
	assert_int_equal(other->nr_begun, 1);
	assert_int_equal(many->nr_begun, LIMIT);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(one->nr_begun, i + 1);
		body_end(one, i);
		body_end(other, i);
		body_end(many, i);
	}
	assert_int_equal(many->nr_begun, MANY);
	free(one);
	free(other);
	free(many);
	cluster_close(c);
}

/* R002, R408: a read that waits for its place finds what is there when it runs, not what was. */
static void a_body_sees_the_store_as_it_is_when_it_runs(void **state)
{
	struct cluster *c = cluster_open(1, 1, 0);
	uint32_t vid = new_vdi(c, 0, "alpha", 0, 0);
	struct req q = request_of(SD_OP_READ_PEER, sd_vid_to_data_oid(vid, 0), 0);
	struct bodies *all;
	struct ask *ask;
	struct blob *b = blob_new("b", 1);
	struct answer a;
	uint8_t byte;

	(void)state;
	create_data(c, vid, 0, 'a');
	all = bodies_begin(c, QUEUE_PEER);
	q.epoch = 1;
	q.data_length = 1;
	ask = ask_begin(c, 0, &q, NULL);
	cluster_run(c, NSEC_PER_MSEC);
	assert_false(ask->answered); /* admitted: its view and epoch are those of now */
	store_write(c->node[0].store, (struct store_key){.oid = q.obj.oid}, 0, b);
	blob_unref(b);
	for (uint32_t i = 0; i < MANY; i++)
		body_end(all, i);
	a = ask_end(c, ask);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	blob_read(a.out, 0, &byte, 1);
	assert_int_equal(byte, 'b');
	blob_unref(a.out);
	free(all);
	cluster_close(c);
}

/* R406: removes that other nodes ask for do not wait for what else they ask for. */
static void removes_of_peers_have_a_queue_of_their_own(void **state)
{
	struct cluster *c = cluster_open(1, 1, 0);
	uint32_t vid = new_vdi(c, 0, "alpha", 0, 0);
	struct req q = request_of(SD_OP_REMOVE_PEER, sd_vid_to_data_oid(vid, 0), 0);
	struct bodies *all;
	struct ask *remove, *read;
	struct answer a;

	(void)state;
	create_data(c, vid, 0, 'a');
	create_data(c, vid, 1, 'b');
	all = bodies_begin(c, QUEUE_PEER);
	q.epoch = 1;
	remove = ask_begin(c, 0, &q, NULL);
	q = request_of(SD_OP_READ_PEER, sd_vid_to_data_oid(vid, 1), 0);
	q.epoch = 1;
	read = ask_begin(c, 0, &q, NULL);
	cluster_run(c, 100 * NSEC_PER_MSEC);
	assert_true(remove->answered);
	assert_false(read->answered);
	assert_int_equal(ask_end(c, remove).p.result, SD_RES_SUCCESS);
	for (uint32_t i = 0; i < MANY; i++)
		body_end(all, i);
	a = ask_end(c, read);
	assert_int_equal(a.p.result, SD_RES_SUCCESS);
	blob_unref(a.out);
	free(all);
	cluster_close(c);
}

/* R403: an exchange has a connection for itself; R803: it is kept for later ones. */
static void connections_are_used_one_exchange_at_a_time_and_kept(void **state)
{
	struct load l = load_begin();
	uint32_t before = 0, after = 0;
	struct conn *conn;

	(void)state;
	LIST_FOREACH (conn, &l.c->node[0].world.conns, link)
		before += conn->dialled;
	assert_true(before >= LIMIT);
	filter_end(l.c, l.held);
	l.held = filter_begin(l.c, FAULT_DELIVER, 0, 1, SD_OP_READ_PEER, 0);
	cluster_settle(l.c);
	LIST_FOREACH (conn, &l.c->node[0].world.conns, link)
		after += conn->dialled;
	assert_int_equal(after, before);
	load_end(&l);
}

int queue_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_begin_in_the_order_in_which_they_were_queued),
		cmocka_unit_test(exclusive_bodies_run_one_at_a_time_beside_other_queues),
		cmocka_unit_test(removes_of_peers_have_a_queue_of_their_own),
		cmocka_unit_test(a_body_sees_the_store_as_it_is_when_it_runs),
		cmocka_unit_test(connections_are_used_one_exchange_at_a_time_and_kept),
		cmocka_unit_test(of_clients_requests_so_many_run_at_once),
		cmocka_unit_test(removes_have_a_queue_of_their_own),
		cmocka_unit_test(nested_requests_have_a_queue_of_their_own),
	};

	return cmocka_run_group_tests_name("sheep: queues", tests, NULL, NULL);
}
