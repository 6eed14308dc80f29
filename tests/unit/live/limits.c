#include "rig.h"

#include <sys/socket.h>
#include <unistd.h>

#include <sheepsim/wire/peer.h>

static struct sheepsim_live_counts counts_of(struct rig *r)
{
	struct sheepsim_live_counts counts;

	sheepsim_live_counts(r->live, &counts);
	return counts;
}

static void one_connection_too_many_is_closed(void **state)
{
	struct rig r;
	int a, b, c;

	(void)state;
	rig_open(&r, 1, &(struct sheepsim_live_options){.connections = 2});
	a = rig_connect(&r, 0);
	b = rig_connect(&r, 0);
	c = rig_connect(&r, 0);
	assert_true(rig_is_closed(&r, c));
	assert_int_equal(counts_of(&r).refused, 1);
	assert_non_null(strstr(r.log, "limit: 2 connections are open"));
	assert_int_equal(rig_ask(&r, a, SD_OP_READ_VDIS, 0, NULL, SD_VDI_BITMAP_SIZE), 0);
	assert_int_equal(rig_ask(&r, b, SD_OP_READ_VDIS, 0, NULL, SD_VDI_BITMAP_SIZE), 0);
	close(a);
	close(c);
	rig_until_left(&r, 1);
	rig_serves(&r, 0);
	close(b);
	rig_close(&r);
}

static void a_request_that_is_too_large_ends_its_connection(void **state)
{
	uint8_t head[HEAD];
	struct rig r;
	int good, bad;

	(void)state;
	rig_open(&r, 1, &(struct sheepsim_live_options){.request_size = 1 << 20});
	good = rig_connect(&r, 0);
	bad = rig_connect(&r, 0);
	rig_head(head, SD_OP_READ_OBJ, 0, 1, UINT32_MAX);
	assert_true(rig_send(&r, bad, head, HEAD));
	assert_true(rig_is_closed(&r, bad));
	close(bad);
	assert_non_null(strstr(r.log, "4294967295 bytes in one request"));
	rig_head(head, SD_OP_READ_OBJ, 0, 1, (1 << 20) + 1);
	bad = rig_connect(&r, 0);
	assert_true(rig_send(&r, bad, head, HEAD));
	assert_true(rig_is_closed(&r, bad));
	close(bad);
	rig_head(head, SD_OP_READ_OBJ, 0, 1, 1 << 20);
	assert_true(rig_send(&r, good, head, HEAD));
	assert_true(rig_receive(&r, good, head, HEAD));
	close(good);
	rig_close(&r);
}

/* The requests that a node has not answered are those that it was given: not one more. */
static void who_asks_too_much_has_to_wait(void **state)
{
	uint8_t head[HEAD], *payload;
	struct rig r;
	int fd, other;

	(void)state;
	rig_open(&r, 3, &(struct sheepsim_live_options){.requests = 4});
	fd = rig_connect(&r, 0);
	other = rig_connect(&r, 0);
	/* the answers wait, as time does not go on by itself here: a delete of nothing asks peers
	 */
	OK(r.sim, sheepsim_filter_add(r.sim, &(struct sheepsim_filter){.from = -1,
								       .to = 0,
								       .answer = 1,
								       .op = "READ_OBJ",
								       .action = SHEEPSIM_HOLD}));
	for (unsigned i = 0; i < 10; i++) {
		rig_head(head, SD_OP_READ_OBJ, 0, i, 512);
		assert_true(rig_send(&r, fd, head, HEAD));
	}
	rig_turn(&r, 20);
	assert_int_equal(counts_of(&r).requests, 4);
	assert_int_equal(counts_of(&r).waiting, 4);
	assert_non_null(strstr(r.log, "has 4 requests under way"));
	assert_int_equal(rig_ask(&r, other, SD_OP_READ_VDIS, 0, NULL, SD_VDI_BITMAP_SIZE), 0);
	OK(r.sim, sheepsim_filter_remove(r.sim, 1));
	OK(r.sim, sheepsim_filter_release(r.sim, 0));
	for (unsigned i = 0; i < 10; i++) {
		assert_true(rig_answer(&r, fd, head, &payload));
		free(payload);
	}
	close(fd);
	close(other);
	rig_close(&r);
}

/* A client that reads nothing is not read either once so much waits for it. */
static void who_reads_nothing_has_to_wait(void **state)
{
	enum { REQUESTS = 40 };
	uint8_t head[HEAD], *payload;
	struct sheepsim_live_counts c;
	unsigned answers = 0;
	struct rig r;
	int fd;

	(void)state;
	rig_open(&r, 1, &(struct sheepsim_live_options){.backlog = 4 << 20});
	fd = rig_connect(&r, 0);
	for (unsigned i = 0; i < REQUESTS; i++) {
		rig_head(head, SD_OP_READ_VDIS, 0, i, SD_VDI_BITMAP_SIZE);
		assert_true(rig_send(&r, fd, head, HEAD));
	}
	rig_turn(&r, 50);
	c = counts_of(&r);
	assert_in_range(c.unwritten, 4 << 20, 6 << 20);
	assert_true(c.requests < REQUESTS);
	assert_non_null(strstr(r.log, "bytes of answers"));
	rig_serves(&r, 0);
	for (; answers < REQUESTS; answers++) {
		assert_true(rig_answer(&r, fd, head, &payload));
		assert_int_equal(get_le32(head + 12), SD_VDI_BITMAP_SIZE);
		free(payload);
	}
	assert_int_equal(counts_of(&r).unwritten, 0);
	close(fd);
	rig_close(&r);
}

/* Half requests that fill the memory there is: one of them has to go, the others go on. */
static void half_requests_cannot_block_the_server(void **state)
{
	enum { CLIENTS = 5, PART = 400000 };
	uint8_t head[HEAD], *zeros = calloc(1, PART);
	unsigned closed = 0;
	int fds[CLIENTS];
	struct rig r;

	(void)state;
	rig_open(&r, 1, &(struct sheepsim_live_options){.in_flight = 1 << 20});
	rig_head(head, SD_OP_WRITE_OBJ, SD_FLAG_CMD_WRITE, 1, 1 << 20);
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = rig_connect(&r, 0);
		rig_send(&r, fds[i], head, HEAD);
		rig_send(&r, fds[i], zeros, PART);
		rig_turn(&r, 5);
	}
	assert_true(counts_of(&r).in_flight < 1 << 20);
	assert_true(counts_of(&r).connections < CLIENTS);
	assert_non_null(strstr(r.log, "limit: "));
	rig_serves(&r, 0);
	for (int i = 0; i < CLIENTS; i++) {
		closed += recv(fds[i], head, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN;
		close(fds[i]);
	}
	assert_in_range(closed, 1, CLIENTS - 1);
	rig_until_left(&r, 0);
	assert_int_equal(counts_of(&r).in_flight, 0);
	free(zeros);
	rig_close(&r);
}

static void the_log_is_not_flooded(void **state)
{
	uint8_t head[HEAD];
	const char *at;
	unsigned lines = 0;
	struct rig r;

	(void)state;
	rig_open(&r, 1, &(struct sheepsim_live_options){.request_size = 1000});
	rig_head(head, SD_OP_READ_OBJ, 0, 1, 1001);
	for (int i = 0; i < 30; i++) {
		int fd = rig_connect(&r, 0);

		assert_true(rig_send(&r, fd, head, HEAD));
		assert_true(rig_is_closed(&r, fd));
		close(fd);
	}
	for (at = r.log; (at = strstr(at, "1001 bytes")) != NULL; at++)
		lines++;
	assert_in_range(lines, 1, 3);
	rig_close(&r);
}

/* Sends a peer write of an epoch, and is gone; it may be closed before. */
static void leave_behind(struct rig *r, uint32_t epoch, uint32_t size)
{
	uint8_t head[HEAD], *zeros = calloc(1, size);
	int fd = rig_connect(r, 0);

	rig_head(head, SD_OP_WRITE_PEER, SD_FLAG_CMD_WRITE, 1, size);
	put_le32(head + 4, epoch);
	put_le64(head + 16, sd_vid_to_data_oid(0xed202b, 0));
	if (rig_send(r, fd, head, HEAD))
		rig_send(r, fd, zeros, size);
	shutdown(fd, SHUT_WR);
	assert_true(rig_is_closed(r, fd));
	close(fd);
	free(zeros);
}

/* What waits for an epoch when its client is gone has a limit, but nobody else is hit by that. */
static void who_vanishes_does_not_fill_the_memory(void **state)
{
	enum { SIZE = 300000 };
	struct rig r;

	(void)state;
	rig_open(&r, 1, &(struct sheepsim_live_options){.abandoned = 1 << 20});
	for (unsigned i = 0; i < 20; i++)
		leave_behind(&r, i % 2 == 0 ? 2 : 1000, SIZE);
	assert_in_range(counts_of(&r).abandoned, 1 << 20, (1 << 20) + 2 * SIZE);
	assert_non_null(strstr(r.log, "wait for epochs to come"));
	assert_int_equal(counts_of(&r).in_flight, 0);
	rig_serves(&r, 0);
	/* the epoch of half of them comes */
	OK(r.sim, sheepsim_start(r.sim, OK(r.sim, sheepsim_node_add(r.sim, NULL))));
	OK(r.sim, sheepsim_run_until(r.sim, SHEEPSIM_JOINED, SHEEPSIM_SECOND));
	OK(r.sim, sheepsim_run(r.sim, SHEEPSIM_SECOND));
	assert_in_range(counts_of(&r).abandoned, SIZE, 2 * SIZE + 10000);
	leave_behind(&r, 1000, SIZE);
	assert_in_range(counts_of(&r).abandoned, 3 * SIZE, 3 * SIZE + 10000);
	rig_serves(&r, 0);
	rig_close(&r);
}

int limit_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_connection_too_many_is_closed),
		cmocka_unit_test(a_request_that_is_too_large_ends_its_connection),
		cmocka_unit_test(who_asks_too_much_has_to_wait),
		cmocka_unit_test(who_reads_nothing_has_to_wait),
		cmocka_unit_test(half_requests_cannot_block_the_server),
		cmocka_unit_test(who_vanishes_does_not_fill_the_memory),
		cmocka_unit_test(the_log_is_not_flooded),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
