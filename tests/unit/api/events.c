#include "rig.h"

/* What was heard: kinds one after the other, and the last line. */
struct heard {
	unsigned nr;
	uint64_t last_seq;
	char kinds[2000];
	char line[500];
	uint8_t opcode;
	struct sheepsim_event event;
};

static void hear(void *arg, const struct sheepsim_event *e)
{
	struct heard *h = arg;

	assert_true(h->nr == 0 || e->seq > h->last_seq);
	h->nr++;
	h->last_seq = e->seq;
	if (strlen(h->kinds) + strlen(e->kind) + 2 < sizeof h->kinds) {
		strcat(h->kinds, e->kind);
		strcat(h->kinds, " ");
	}
	snprintf(h->line, sizeof h->line, "%s", e->line);
	h->event = *e;
	h->opcode = e->head ? e->head[1] : 0;
}

/* What messages of an operation carry. */
struct kept {
	uint8_t opcode;
	unsigned nr;
	uint64_t conn[8];
	struct sheepsim_bytes *bytes; /* of the first one */
};

static void keep(void *arg, const struct sheepsim_event *e)
{
	struct kept *k = arg;

	if (e->answer || e->head[1] != k->opcode || k->nr == 8)
		return;
	if (k->nr == 0)
		k->bytes = sheepsim_bytes_keep(e->bytes);
	k->conn[k->nr++] = e->conn;
}

static void events_are_heard_by_kind(void **state)
{
	struct sheepsim *sim = rig_open(3, 0);
	struct heard some = {.nr = 0}, all = {.nr = 0};
	int number = OK(sim, sheepsim_events(sim, "format,epoch", hear, &some));
	struct sheepsim_counts before, after;

	(void)state;
	sheepsim_counts(sim, &before);
	OK(sim, sheepsim_events(sim, NULL, hear, &all));
	OK(sim, sheepsim_format(sim, NULL));
	sheepsim_counts(sim, &after);
	assert_string_equal(some.kinds, "epoch format epoch format epoch format ");
	assert_int_equal(some.event.place, 2);
	assert_int_equal(some.event.num[0], 3);
	assert_int_equal(some.opcode, 0);
	assert_int_equal(all.nr, after.events - before.events);
	assert_true(after.messages > before.messages);
	assert_true(after.bytes > before.bytes);
	assert_int_equal(after.epochs, 1);
	OK(sim, sheepsim_events_stop(sim, number));
	OK(sim, sheepsim_format(sim, NULL));
	assert_int_equal(some.nr, 6);
	FAILS(sim, SHEEPSIM_E_NOT_FOUND, "no subscription", sheepsim_events_stop(sim, number));
	sheepsim_close(sim);
}

static void kinds_are_known_by_name(void **state)
{
	struct sheepsim *sim = rig_open(0, 0);
	struct heard h = {.nr = 0};
	unsigned nr = 0;

	(void)state;
	FAILS(sim, SHEEPSIM_E_INVALID, "\"epochs\"",
	      sheepsim_events(sim, "epoch,epochs", hear, &h));
	FAILS(sim, SHEEPSIM_E_INVALID, "\"\"", sheepsim_events(sim, "epoch,", hear, &h));
	FAILS(sim, SHEEPSIM_E_INVALID, "function", sheepsim_events(sim, NULL, NULL, NULL));
	while (sheepsim_event_kind(nr))
		OK(sim, sheepsim_events(sim, sheepsim_event_kind(nr++), hear, &h));
	assert_in_range(nr, 30, 100);
	assert_string_equal(sheepsim_event_kind(0), "node-start");
	sheepsim_close(sim);
}

static void lines_are_for_people(void **state)
{
	struct sheepsim *sim = rig_open(3, 0);
	struct heard epoch = {.nr = 0}, sent = {.nr = 0}, fault = {.nr = 0}, call = {.nr = 0};
	struct heard asked = {.nr = 0};

	(void)state;
	OK(sim, sheepsim_events(sim, "epoch", hear, &epoch));
	OK(sim, sheepsim_events(sim, "send", hear, &sent));
	OK(sim, sheepsim_events(sim, "fault", hear, &fault));
	OK(sim, sheepsim_events(sim, "connect", hear, &call));
	OK(sim, sheepsim_events(sim, "client-request", hear, &asked));
	OK(sim, sheepsim_format(sim, NULL));
	assert_non_null(strstr(epoch.line, " node2 epoch epoch=1 members=3"));
	assert_int_equal(strspn(epoch.line, "0123456789"), 1);
	assert_int_equal(epoch.line[1], '.');
	assert_int_equal(epoch.line[8], ' ');
	assert_non_null(strstr(call.line, "to=node"));
	assert_non_null(strstr(sent.line, " node0 send to=dog MAKE_FS SUCCESS epoch=1"));
	assert_true(sent.event.answer);
	assert_int_equal(sent.opcode, SD_OP_MAKE_FS);
	assert_int_equal(sent.event.peer, 20000);
	assert_non_null(strstr(asked.line, " dog client-request MAKE_FS "));
	rig_write(sim, rig_vm(sim, 1), 0, 100, 1);
	assert_non_null(strstr(sent.line, " node1 send to=client0 WRITE_OBJ SUCCESS"));
	OK(sim, sheepsim_cut(sim, 0, 1, true));
	assert_non_null(strstr(fault.line, " world fault link between 0 and 1 cut"));
	sheepsim_close(sim);
}

/* A message's bytes, which stay when they are kept. */
static void what_follows_a_header_can_be_read_and_kept(void **state)
{
	struct sheepsim *sim = rig_open(1, 1);
	struct sheepsim_client *vm = rig_vm(sim, 0);
	struct kept k = {.opcode = 0x01}; /* CREATE_AND_WRITE_OBJ */
	uint8_t bytes[8] = {0};

	(void)state;
	OK(sim, sheepsim_events(sim, "send,receive", keep, &k));
	OK(sim, sheepsim_write(vm, "alpha", 0, "sheep", 5));
	sheepsim_client_close(vm);
	sheepsim_close(sim);
	assert_int_equal(k.nr, 2); /* sent and received on one connection */
	assert_true(k.conn[0] > 0);
	assert_true(k.conn[0] == k.conn[1]);
	assert_int_equal(sheepsim_bytes_size(k.bytes), 5);
	sheepsim_bytes_read(k.bytes, 1, bytes, sizeof bytes);
	assert_memory_equal(bytes, "heep\0\0\0", 8);
	sheepsim_bytes_drop(k.bytes);
	assert_int_equal(sheepsim_bytes_size(NULL), 0);
	sheepsim_bytes_drop(NULL);
}

static void the_drivers_order_is_an_event_each(void **state)
{
	struct sheepsim *sim = rig_open(2, 0);
	struct heard h = {.nr = 0};

	(void)state;
	OK(sim, sheepsim_events(sim, "driver-order", hear, &h));
	OK(sim, sheepsim_format(sim, NULL));
	assert_int_equal(h.nr, 1);
	assert_int_equal(h.event.place, 0);
	assert_int_equal(h.event.num[0], 4); /* NOTIFY */
	OK(sim, sheepsim_stop(sim, 1));
	OK(sim, sheepsim_run(sim, SHEEPSIM_SECOND));
	/* it leaves, recovery is announced, it ends; the last nobody is told */
	assert_string_equal(h.kinds, "driver-order driver-order driver-order driver-order ");
	assert_int_equal(h.event.place, 1);
	assert_int_equal(h.event.num[0], 0);
	assert_int_equal(h.event.num[1], 0);
	assert_null(h.event.bytes);
	sheepsim_close(sim);
}

static void digests_tell_runs_apart(void **state)
{
	struct sheepsim *a = rig_open(3, 3), *b = rig_open(3, 3);
	struct sheepsim_client *vm_a = rig_vm(a, 0), *vm_b = rig_vm(b, 0);

	(void)state;
	rig_write(a, vm_a, 0, 100, 1);
	rig_write(b, vm_b, 0, 100, 1);
	assert_true(sheepsim_digest(a, false) == sheepsim_digest(b, false));
	assert_true(sheepsim_digest(a, true) == sheepsim_digest(b, true));
	/* More events, but nothing else acknowledged or stored. */
	OK(b, sheepsim_hold(b, 1));
	OK(b, sheepsim_release(b, 1));
	assert_true(sheepsim_digest(a, false) != sheepsim_digest(b, false));
	assert_true(sheepsim_digest(a, true) == sheepsim_digest(b, true));
	rig_write(a, vm_a, 0, 100, 2);
	rig_write(b, vm_b, 0, 100, 3);
	assert_true(sheepsim_digest(a, true) != sheepsim_digest(b, true));
	sheepsim_close(a);
	sheepsim_close(b);
}

int event_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_heard_by_kind),
		cmocka_unit_test(kinds_are_known_by_name),
		cmocka_unit_test(lines_are_for_people),
		cmocka_unit_test(what_follows_a_header_can_be_read_and_kept),
		cmocka_unit_test(the_drivers_order_is_an_event_each),
		cmocka_unit_test(digests_tell_runs_apart),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
