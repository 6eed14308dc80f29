/*
 * Events of sheepdog's cluster drivers local, corosync and zookeeper: their bytes by example, and
 * back; what captured events of the local driver carried goes through all of them.
 */
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "sheepsim/wire/corosync.h"
#include "sheepsim/wire/local.h"
#include "sheepsim/wire/zookeeper.h"
#include "vectors.h"
#include "wire/cluster_event.h"
#include "wire/text.h"

static const enum dialect dialects[] = {DIALECT_08, DIALECT_09B, DIALECT_0A};
#define NR_DIALECTS_HERE (sizeof(dialects) / sizeof(dialects[0]))

static struct event_node example_node(uint16_t port)
{
	struct event_node n = {.rec = {.nr_vnodes = 128, .zone = port - 6999u, .space = 1 << 30}};

	n.rec.nid.addr[12] = 127;
	n.rec.nid.addr[15] = 1;
	n.rec.nid.port = port;
	return n;
}

/* Two events are alike if they encode alike. */
static void assert_same(enum dialect d, const struct cluster_event *a,
			const struct cluster_event *b)
{
	struct blob *x = cluster_event_encode(d, a), *y = cluster_event_encode(d, b);

	assert_int_equal(a->type, b->type);
	assert_int_equal(a->nr_nodes, b->nr_nodes);
	assert_int_equal(a->room, b->room);
	assert_true(a->blob ? blob_equal(a->blob, b->blob) : b->blob == NULL);
	assert_true(blob_equal(x, y));
	blob_unref(x);
	blob_unref(y);
}

static void assert_comes_back(enum dialect d, const struct cluster_event *e)
{
	struct blob *b = cluster_event_encode(d, e);
	struct wire_error err = {0};
	struct cluster_event back;

	if (cluster_event_decode(d, e->driver, b, &back, &err) < 0)
		fail_msg("byte %llu: %s", (unsigned long long)err.offset, err.text);
	assert_same(d, e, &back);
	cluster_event_clear(&back);
	blob_unref(b);
}

/* ------------------------------------------------------------------ bytes */

#define NODE_7001                                                                                  \
	"000000000000000000000000000000000000000000000000 000000000000000000000000 7f000001 591b"  \
	"00000000000000000000000000000000 0000 00000000 8000 0000 02000000 0000004000000000"
#define NODE_7001_IN_08                                                                            \
	"000000000000000000000000 7f000001 591b 00000000000000000000000000000000 0000 00000000"    \
	"8000 0000 02000000 0000004000000000"

static void assert_front(enum dialect d, const struct cluster_event *e, uint64_t size,
			 const char *hex, size_t len)
{
	struct blob *b = cluster_event_encode(d, e), *front = blob_slice(b, 0, len);
	uint8_t expected[200];

	unhex(hex, expected, len);
	assert_int_equal(blob_size(b), size);
	assert_blob_bytes(hex, front, expected, len);
	blob_unref(front);
	blob_unref(b);
}

static void events_have_their_layouts(void **state)
{
	struct event_node node = example_node(7001);
	struct cluster_event e = {.driver = EVENT_LOCAL,
				  .type = SD_LOCAL_BLOCK,
				  .callbacked = true,
				  .sender = node,
				  .nr_nodes = 1,
				  .nodes = &node};

	(void)state;
	e.sender.pid = 0x1234;
	e.sender.gateway = true;
	assert_front(DIALECT_0A, &e, 221304,
		     "05000000 00000000" NODE_7001 "34120000 01 000000 01 00 000000000000"
		     "0000000000000000",
		     112);
	assert_front(DIALECT_08, &e, 196704,
		     "05000000 00000000" NODE_7001_IN_08 "34120000 01 000000 01 00 000000000000"
		     "0000000000000000",
		     88);
	e = (struct cluster_event){.driver = EVENT_COROSYNC,
				   .type = SD_COROSYNC_ACCEPT,
				   .sender = node,
				   .nr_nodes = 1,
				   .nodes = &node,
				   .blob = blob_new("abc", 3)};
	e.sender.nodeid = 7;
	e.sender.pid = 0x1234;
	assert_front(DIALECT_0A, &e, 90208 + 3,
		     "07000000 34120000" NODE_7001 "0100 0100 03000000 00000000 00000000", 104);
	assert_front(DIALECT_08, &e, 65608 + 3,
		     "07000000 34120000" NODE_7001_IN_08 "0100 0100 03000000 00000000 00000000",
		     80);
	e.driver = EVENT_ZOOKEEPER;
	e.type = SD_ZOOKEEPER_ACCEPT;
	e.id = 0x1122334455667788;
	assert_front(DIALECT_0A, &e, 168 + 3 + 80,
		     "8877665544332211 02000000 00000000 00000000000000000000000000000000"
		     "000000000000000000000000000000000000000000000000" NODE_7001 "0000000000000000"
		     "0300000000000000 0100000000000000 5300000000000000 616263",
		     171);
	assert_front(DIALECT_08, &e, 144 + 3 + 56,
		     "8877665544332211 02000000 00000000 00000000000000000000000000000000"
		     "000000000000000000000000000000000000000000000000" NODE_7001_IN_08
		     "0000000000000000"
		     "0300000000000000 0100000000000000 3b00000000000000 616263",
		     147);
	blob_unref(e.blob);
}

/* The offsets that the spec gives (wire-protocols 7.5). */
static void the_file_of_the_local_driver_has_two_rings(void **state)
{
	struct blob *file = blob_zero(SD_LOCAL_QUEUE_SIZE);

	(void)state;
	assert_int_equal(local_event_size(DIALECT_0A), 221304);
	assert_int_equal(local_event_size(DIALECT_08), 196704);
	assert_int_equal(local_queue_dialect(221304016), DIALECT_0A);
	assert_int_equal(local_queue_dialect(196704016), DIALECT_08);
	assert_int_equal(local_queue_dialect(221304015), DIALECT_NONE);
	assert_int_equal(local_queue_event(DIALECT_0A, true, 0), 8);
	assert_int_equal(local_queue_event(DIALECT_0A, false, 0), 110652016);
	assert_int_equal(local_queue_event(DIALECT_0A, false, 499), 221304016 - 221304);
	assert_int_equal(local_queue_event(DIALECT_08, false, 499), 196704016 - 196704);
	file = blob_write(file, 0, "\xff\xff\xff\xff", 4);
	file = blob_write(file, 110652008, "\x05\0\0\0", 4);
	assert_int_equal(local_queue_position(DIALECT_0A, file, true), -1);
	assert_int_equal(local_queue_position(DIALECT_0A, file, false), 5);
	blob_unref(file);
}

/* ------------------------------------------------------------------ all types */

static void every_type_comes_back(void **state)
{
	struct event_node nodes[3] = {example_node(7000), example_node(7001), example_node(7002)};
	unsigned types = 0;

	(void)state;
	for (int driver = EVENT_LOCAL; driver <= EVENT_ZOOKEEPER; driver++) {
		for (uint32_t type = 0; type < 10; type++) {
			struct cluster_event e = {.driver = (enum event_driver)driver,
						  .type = type,
						  .sender = nodes[1]};
			enum event_body body;

			if (!event_type_name(e.driver, type, &body))
				continue;
			types++;
			if (driver != EVENT_ZOOKEEPER || body == EVENT_BODY_OPAQUE) {
				e.nr_nodes = 3;
				e.nodes = nodes;
			}
			for (size_t i = 0; i < NR_DIALECTS_HERE; i++)
				assert_comes_back(dialects[i], &e);
			e.blob = blob_new("0123456789", 10);
			if (driver == EVENT_ZOOKEEPER && body == EVENT_BODY_OPAQUE)
				e.room = 491520;
			for (size_t i = 0; i < NR_DIALECTS_HERE; i++)
				assert_comes_back(dialects[i], &e);
			blob_unref(e.blob);
		}
	}
	assert_int_equal(types, 21);
}

static void the_largest_events_fit(void **state)
{
	struct event_node *nodes = mem_array(SD_MAX_NODES, sizeof(*nodes));
	struct cluster_event e = {.driver = EVENT_LOCAL,
				  .type = SD_LOCAL_ACCEPT,
				  .nr_nodes = 1024,
				  .nodes = nodes,
				  .blob = blob_zero(131072)};

	(void)state;
	for (uint32_t i = 0; i < SD_MAX_NODES; i++)
		nodes[i] = example_node((uint16_t)(1 + i));
	for (size_t i = 0; i < NR_DIALECTS_HERE; i++)
		assert_comes_back(dialects[i], &e);
	e.driver = EVENT_COROSYNC;
	e.type = SD_COROSYNC_ACCEPT;
	for (size_t i = 0; i < NR_DIALECTS_HERE; i++)
		assert_comes_back(dialects[i], &e);
	blob_unref(e.blob);
	/* the only driver that takes all nodes, and a whole cluster_info */
	e.driver = EVENT_ZOOKEEPER;
	e.type = SD_ZOOKEEPER_ACCEPT;
	e.nr_nodes = SD_MAX_NODES;
	e.blob = blob_zero(CLUSTER_INFO_SIZE);
	assert_comes_back(DIALECT_0A, &e);
	e.type = SD_ZOOKEEPER_JOIN;
	e.nr_nodes = 0;
	e.room = SD_ZOOKEEPER_JOIN_BUF - CLUSTER_INFO_SIZE;
	assert_comes_back(DIALECT_0A, &e);
	blob_unref(e.blob);
	free(nodes);
}

/* ------------------------------------------------------------------ what cannot be */

/* The place of what is wrong; consumes b. */
static uint64_t wrong_at(enum event_driver driver, struct blob *b)
{
	struct wire_error err = {.offset = UINT64_MAX};
	struct cluster_event e;

	assert_true(cluster_event_decode(DIALECT_0A, driver, b, &e, &err) < 0);
	assert_true(cluster_event_decode(DIALECT_0A, driver, b, &e, NULL) < 0);
	assert_null(e.nodes);
	assert_null(e.blob);
	assert_true(err.text[0] != '\0');
	blob_unref(b);
	return err.offset;
}

static struct blob *put64(struct blob *b, uint64_t at, uint64_t v)
{
	uint8_t bytes[8];

	put_le64(bytes, v);
	return blob_write(b, at, bytes, sizeof(bytes));
}

static void what_cannot_be_is_refused_with_its_place(void **state)
{
	struct cluster_event local = {.driver = EVENT_LOCAL, .type = SD_LOCAL_BLOCK};
	struct cluster_event corosync = {.driver = EVENT_COROSYNC, .type = SD_COROSYNC_BLOCK};
	struct cluster_event zookeeper = {.driver = EVENT_ZOOKEEPER, .type = SD_ZOOKEEPER_JOIN};
	struct blob *l = cluster_event_encode(DIALECT_0A, &local);
	struct blob *c = cluster_event_encode(DIALECT_0A, &corosync);
	struct blob *z = cluster_event_encode(DIALECT_0A, &zookeeper);

	(void)state;
	assert_int_equal(wrong_at(EVENT_LOCAL, blob_resize(blob_ref(l), 221303)), 221303);
	assert_int_equal(wrong_at(EVENT_LOCAL, blob_resize(blob_ref(l), 221305)), 221305);
	assert_int_equal(wrong_at(EVENT_LOCAL, blob_zero(0)), 0);
	assert_int_equal(wrong_at(EVENT_LOCAL, blob_write(blob_ref(l), 0, "\0", 1)), 0);
	assert_int_equal(wrong_at(EVENT_LOCAL, blob_write(blob_ref(l), 0, "\x08", 1)), 0);
	assert_int_equal(wrong_at(EVENT_LOCAL, blob_write(blob_ref(l), 96, "\x02", 1)), 96);
	assert_int_equal(wrong_at(EVENT_LOCAL, blob_write(blob_ref(l), 97, "\x02", 1)), 97);
	assert_int_equal(wrong_at(EVENT_LOCAL, put64(blob_ref(l), 104, 131073)), 104);
	assert_int_equal(wrong_at(EVENT_LOCAL, put64(blob_ref(l), 104, UINT64_MAX)), 104);
	assert_int_equal(wrong_at(EVENT_LOCAL, put64(blob_ref(l), 131184, 1025)), 131184);
	assert_int_equal(wrong_at(EVENT_LOCAL, put64(blob_ref(l), 131184, UINT64_MAX)), 131184);

	assert_int_equal(wrong_at(EVENT_COROSYNC, blob_resize(blob_ref(c), 90207)), 90207);
	assert_int_equal(wrong_at(EVENT_COROSYNC, blob_resize(blob_ref(c), 90209)), 92);
	assert_int_equal(wrong_at(EVENT_COROSYNC, blob_write(blob_ref(c), 88, "\x07", 1)), 88);
	assert_int_equal(wrong_at(EVENT_COROSYNC, blob_write(blob_ref(c), 90, "\x01\x04", 2)), 90);
	assert_int_equal(wrong_at(EVENT_COROSYNC, blob_write(blob_ref(c), 92, "\x01", 1)), 92);
	assert_int_equal(wrong_at(EVENT_COROSYNC, blob_write(blob_ref(c), 92, "\1\0\2\0", 4)), 92);

	assert_int_equal(wrong_at(EVENT_ZOOKEEPER, blob_resize(blob_ref(z), 167)), 167);
	assert_int_equal(wrong_at(EVENT_ZOOKEEPER, blob_write(blob_ref(z), 8, "\0", 1)), 8);
	assert_int_equal(wrong_at(EVENT_ZOOKEEPER, put64(blob_ref(z), 160, 1)), 160);
	assert_int_equal(wrong_at(EVENT_ZOOKEEPER, put64(blob_ref(z), 144, 1)), 144);
	assert_int_equal(wrong_at(EVENT_ZOOKEEPER, put64(blob_ref(z), 152, 1)), 152);
	assert_int_equal(wrong_at(EVENT_ZOOKEEPER, put64(blob_ref(z), 152, UINT64_MAX)), 152);
	blob_unref(l);
	blob_unref(c);
	blob_unref(z);
}

static void any_bytes_are_decoded_or_refused(void **state)
{
	unsigned good = 0;

	(void)state;
	for (uint64_t i = 0; i < 600; i++) {
		enum event_driver driver = (enum event_driver)(i % 3);
		enum dialect d = dialects[i / 3 % NR_DIALECTS_HERE];
		struct cluster_event e = {.driver = driver, .type = 1 + i % 6};
		struct blob *b = cluster_event_encode(d, &e);
		struct wire_error err;

		/* a few bytes of it are others */
		for (uint64_t k = 0; k < i % 4; k++) {
			uint64_t size = blob_size(b), at = random_keyed(1, "place", i, k, 0);
			uint8_t byte = (uint8_t)random_keyed(1, "byte", i, k, 0);

			at %= k % 2 ? size : 170;
			b = blob_write(b, at, &byte, 1);
		}
		if (cluster_event_decode(d, driver, b, &e, &err) == 0) {
			assert_comes_back(d, &e);
			cluster_event_clear(&e);
			good++;
		} else {
			assert_true(err.offset <= blob_size(b));
		}
		blob_unref(b);
	}
	assert_in_range(good, 100, 599);
}

/* ------------------------------------------------------------------ captured events, words */

/* The name of a captured event, as a type of the driver. */
static uint32_t type_by_name(enum event_driver driver, const char *name)
{
	for (uint32_t type = 0; type < 10; type++) {
		const char *own = event_type_name(driver, type, NULL);

		if (own && strcmp(own, name) == 0)
			return type;
	}
	return UINT32_MAX;
}

static unsigned told;

static void count_field(void *arg, const char *name, uint64_t offset, uint64_t len,
			const char *value)
{
	uint64_t *at = arg;

	assert_true(name[0] && value[0] && len > 0);
	assert_true(offset >= *at);
	*at = offset;
	told++;
}

static void check_as(enum event_driver driver, const struct vector_message *m)
{
	struct cluster_event e = {.driver = driver};
	struct text t = {0};
	uint64_t at = 0;
	struct blob *b;

	e.type = type_by_name(driver, m->event->type);
	if (e.type == UINT32_MAX)
		return;
	node_rec_decode(m->event->sender, &e.sender.rec);
	if (driver != EVENT_ZOOKEEPER || strcmp(m->event->type, "ACCEPT") == 0)
		e.nr_nodes = (uint32_t)m->event->nr_members;
	e.nodes = mem_array(e.nr_nodes + 1, sizeof(*e.nodes));
	for (uint32_t i = 0; i < e.nr_nodes; i++)
		node_rec_decode(m->event->members[i], &e.nodes[i].rec);
	e.blob = m->payload ? blob_ref(m->payload) : NULL;
	assert_comes_back(DIALECT_0A, &e);
	b = cluster_event_encode(DIALECT_0A, &e);
	cluster_event_fields(DIALECT_0A, driver, b, count_field, &at);
	cluster_event_text(&t, &e);
	assert_memory_equal(text_get(&t), m->event->type, strlen(m->event->type));
	text_free(&t);
	blob_unref(b);
	cluster_event_clear(&e);
}

static void check_events(const char *path, const struct vector *v)
{
	(void)path;
	for (size_t i = 0; i < v->nr_messages; i++) {
		for (int driver = EVENT_LOCAL; driver <= EVENT_ZOOKEEPER; driver++)
			check_as((enum event_driver)driver, &v->messages[i]);
	}
}

static void captured_events_come_back_through_every_driver(void **state)
{
	(void)state;
	told = 0;
	assert_int_equal(vector_each("cluster", check_events), 50);
	assert_true(told > 5000);
}

static void a_line_tells_what_an_event_says(void **state)
{
	struct event_node node = example_node(7001);
	struct cluster_event e = {.driver = EVENT_LOCAL,
				  .type = SD_LOCAL_NOTIFY,
				  .sender = node,
				  .nr_nodes = 1,
				  .nodes = &node,
				  .removed = true};
	struct text t = {0};
	struct req q;

	(void)state;
	req_init(&q, 0xaf);
	q.vdi_state.new_vid = 0xed202b;
	e.sender.pid = 99;
	e.blob = vdi_op_encode(&q, &(struct rsp){0}, NULL);
	cluster_event_text(&t, &e);
	assert_string_equal(text_get(&t), "NOTIFY from 127.0.0.1:7001 pid=99 members=1 removed: "
					  "NOTIFY_VDI_ADD len=0 new_vid=ed202b");
	text_free(&t);
	blob_unref(e.blob);
}

int cluster_event_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_have_their_layouts),
		cmocka_unit_test(the_file_of_the_local_driver_has_two_rings),
		cmocka_unit_test(every_type_comes_back),
		cmocka_unit_test(the_largest_events_fit),
		cmocka_unit_test(what_cannot_be_is_refused_with_its_place),
		cmocka_unit_test(any_bytes_are_decoded_or_refused),
		cmocka_unit_test(captured_events_come_back_through_every_driver),
		cmocka_unit_test(a_line_tells_what_an_event_says),
	};

	return cmocka_run_group_tests_name("wire: events of cluster drivers", tests, NULL, NULL);
}
