#include "rig.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

static void a_dead_node_refuses_and_comes_back_at_its_port(void **state)
{
	struct sheepsim_live_address before, after;
	struct rig r;
	int fd;

	(void)state;
	rig_open(&r, 3, NULL);
	OK(r.sim, sheepsim_live_address(r.live, 1, &before));
	assert_true(before.listening);
	fd = rig_connect(&r, 1);
	rig_turn(&r, 5);
	OK(r.sim, sheepsim_kill(r.sim, 1));
	assert_true(rig_is_closed(&r, fd));
	close(fd);
	assert_int_equal(rig_connect(&r, 1), -1);
	OK(r.sim, sheepsim_live_address(r.live, 1, &after));
	assert_false(after.listening);
	rig_serves(&r, 0);
	OK(r.sim, sheepsim_start(r.sim, 1));
	OK(r.sim, sheepsim_run_until(r.sim, SHEEPSIM_RECOVERED, 60 * SHEEPSIM_SECOND));
	rig_serves(&r, 1);
	OK(r.sim, sheepsim_live_address(r.live, 1, &after));
	assert_int_equal(before.port, after.port);
	assert_true(after.listening);
	rig_close(&r);
}

/* What a killed process has written goes out; then the connection ends. */
static void a_node_that_ends_in_order_refuses_too(void **state)
{
	struct rig r;
	int fd;

	(void)state;
	rig_open(&r, 3, NULL);
	fd = rig_connect(&r, 2);
	rig_turn(&r, 2);
	OK(r.sim, sheepsim_stop(r.sim, 2));
	assert_true(rig_is_closed(&r, fd));
	close(fd);
	assert_int_equal(rig_connect(&r, 2), -1);
	rig_serves(&r, 0);
	rig_close(&r);
}

static void a_held_node_does_not_read(void **state)
{
	struct sheepsim_live_counts counts;
	uint8_t head[HEAD], *payload;
	struct rig r;
	int before, meanwhile;

	(void)state;
	rig_open(&r, 3, NULL);
	before = rig_connect(&r, 1);
	assert_int_equal(rig_ask(&r, before, SD_OP_READ_VDIS, 0, NULL, SD_VDI_BITMAP_SIZE), 0);
	OK(r.sim, sheepsim_hold(r.sim, 1));
	rig_turn(&r, 2);
	/* the kernel takes connections and bytes for it */
	meanwhile = rig_connect(&r, 1);
	assert_true(meanwhile >= 0);
	rig_head(head, SD_OP_GET_NODE_LIST, 0, 1, 4096);
	assert_true(rig_send(&r, before, head, HEAD));
	assert_true(rig_send(&r, meanwhile, head, HEAD));
	rig_turn(&r, 30);
	assert_int_equal(recv(before, head, 1, MSG_DONTWAIT), -1);
	assert_int_equal(recv(meanwhile, head, 1, MSG_DONTWAIT), -1);
	sheepsim_live_counts(r.live, &counts);
	assert_int_equal(counts.connections, 1);
	assert_int_equal(counts.requests, 1);
	OK(r.sim, sheepsim_release(r.sim, 1));
	assert_true(rig_answer(&r, before, head, &payload));
	free(payload);
	assert_true(rig_answer(&r, meanwhile, head, &payload));
	free(payload);
	close(before);
	close(meanwhile);
	rig_close(&r);
}

static void nodes_that_are_there_already_listen_where_they_are(void **state)
{
	struct sheepsim_node free_port = {.address = "127.0.0.1"};
	struct sheepsim_live_address a;
	struct sheepsim *sim;
	struct rig r;

	(void)state;
	rig_open_empty(&r, NULL);
	OK(r.sim, sheepsim_node_add(r.sim, NULL));
	OK(r.sim, sheepsim_live_address(r.live, 0, &a));
	free_port.port = a.port;
	sheepsim_live_stop(r.live);
	sim = r.sim;
	OK(NULL, sheepsim_open(&r.sim, NULL));
	OK(r.sim, sheepsim_node_add(r.sim, &free_port));
	OK(r.sim, sheepsim_start(r.sim, 0));
	OK(r.sim, sheepsim_live_start(&r.live, r.sim, r.loop, NULL));
	OK(r.sim, sheepsim_format(r.sim, &(struct sheepsim_format){.copies = 1}));
	rig_serves(&r, 0);
	OK(r.sim, sheepsim_live_address(r.live, 0, &a));
	assert_int_equal(a.port, free_port.port);
	sheepsim_close(sim);
	rig_close(&r);
}

static void a_port_that_is_taken_is_an_error(void **state)
{
	struct sheepsim_node taken = {.port = 0};
	struct sheepsim_live_address a;
	struct sheepsim *sim;
	struct sheepsim_live *other;
	struct rig r;

	(void)state;
	rig_open(&r, 1, NULL);
	OK(r.sim, sheepsim_live_address(r.live, 0, &a));
	taken.port = a.port;
	OK(NULL, sheepsim_open(&sim, NULL));
	OK(sim, sheepsim_live_start(&other, sim, r.loop,
				    &(struct sheepsim_live_options){.any_port = true}));
	assert_int_equal(sheepsim_node_add(sim, &taken), SHEEPSIM_E_FILE);
	assert_non_null(strstr(sheepsim_errmsg(sim), "in use"));
	assert_int_equal(sheepsim_nodes(sim), 0);
	/* the same again with a node that is there first */
	sheepsim_live_stop(other);
	OK(sim, sheepsim_node_add(sim, &taken));
	assert_int_equal(sheepsim_live_start(&other, sim, r.loop, NULL), SHEEPSIM_E_FILE);
	assert_null(other);
	sheepsim_close(sim);
	rig_serves(&r, 0);
	rig_close(&r);
}

static void only_loopback_is_served_unless_asked_for(void **state)
{
	struct sheepsim_node outside = {.address = "192.0.2.1"};
	struct sheepsim_live_address a;
	struct rig r;

	(void)state;
	rig_open_empty(&r, NULL);
	assert_int_equal(sheepsim_node_add(r.sim, &outside), SHEEPSIM_E_INVALID);
	assert_non_null(strstr(sheepsim_errmsg(r.sim), "loopback"));
	outside.address = "nonsense";
	assert_int_equal(sheepsim_node_add(r.sim, &outside), SHEEPSIM_E_INVALID);
	/* any loopback address will do */
	outside.address = "127.0.0.7";
	OK(r.sim, sheepsim_node_add(r.sim, &outside));
	OK(r.sim, sheepsim_live_address(r.live, 0, &a));
	assert_string_equal(a.host, "127.0.0.7");
	rig_close(&r);
	/* everywhere: the node still says where it is */
	rig_open(&r, 1, &(struct sheepsim_live_options){.listen = "0.0.0.0"});
	OK(r.sim, sheepsim_live_address(r.live, 0, &a));
	assert_string_equal(a.host, "127.0.0.1");
	rig_serves(&r, 0);
	rig_close(&r);
}

/* An address that nobody has chosen says nothing about zones: copies would all be in one. */
static void nodes_have_zones_of_their_own(void **state)
{
	struct sheepsim_node_info info;
	struct rig r;

	(void)state;
	rig_open(&r, 3, NULL);
	for (int i = 0; i < 3; i++) {
		OK(r.sim, sheepsim_node_info(r.sim, i, &info));
		assert_int_equal(info.zone, i + 1);
	}
	rig_close(&r);
}

static void an_io_address_is_served_too(void **state)
{
	struct sheepsim_node two = {.io_address = "127.0.0.9"};
	struct sockaddr_in at = {.sin_family = AF_INET};
	struct sheepsim_live_address a;
	struct rig r;
	int fd;

	(void)state;
	rig_open_empty(&r, NULL);
	OK(r.sim, sheepsim_node_add(r.sim, NULL));
	OK(r.sim, sheepsim_live_address(r.live, 0, &a));
	/* a port that is free at 127.0.0.1 is so at an address that nobody uses */
	two.io_port = a.port;
	OK(r.sim, sheepsim_node_add(r.sim, &two));
	OK(r.sim, sheepsim_start(r.sim, 0));
	OK(r.sim, sheepsim_start(r.sim, 1));
	OK(r.sim, sheepsim_run_until(r.sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	OK(r.sim, sheepsim_format(r.sim, &(struct sheepsim_format){.copies = 1}));
	fd = socket(AF_INET, SOCK_STREAM, 0);
	at.sin_port = htons(two.io_port);
	assert_int_equal(inet_pton(AF_INET, "127.0.0.9", &at.sin_addr), 1);
	rig_turn(&r, 2);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(rig_ask(&r, fd, SD_OP_READ_VDIS, 0, NULL, SD_VDI_BITMAP_SIZE), 0);
	close(fd);
	rig_close(&r);
}

int port_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dead_node_refuses_and_comes_back_at_its_port),
		cmocka_unit_test(a_node_that_ends_in_order_refuses_too),
		cmocka_unit_test(a_held_node_does_not_read),
		cmocka_unit_test(nodes_that_are_there_already_listen_where_they_are),
		cmocka_unit_test(a_port_that_is_taken_is_an_error),
		cmocka_unit_test(only_loopback_is_served_unless_asked_for),
		cmocka_unit_test(nodes_have_zones_of_their_own),
		cmocka_unit_test(an_io_address_is_served_too),
	};

	return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
