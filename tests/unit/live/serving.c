#include "rig.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define OBJECT (4u << 20)

static uint64_t data_oid(uint32_t vid, uint32_t index)
{
	return (uint64_t)vid << 32 | index;
}

static void every_node_answers(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, 3, NULL);
	for (int i = 0; i < 3; i++)
		rig_serves(&r, i);
	rig_close(&r);
}

static void a_unix_socket_is_served_as_well(void **state)
{
	char dir[] = "/tmp/sheepsim-live-XXXXXX";
	struct sheepsim_live_options o = {.unix_dir = dir};
	struct sheepsim_live_address a;
	struct rig r;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	rig_open(&r, 2, &o);
	OK(r.sim, sheepsim_live_address(r.live, 1, &a));
	assert_non_null(strstr(a.unix_path, "/1/sock"));
	fd = rig_connect_unix(a.unix_path);
	assert_true(fd >= 0);
	assert_int_equal(rig_ask(&r, fd, SD_OP_READ_VDIS, 0, NULL, SD_VDI_BITMAP_SIZE), 0);
	close(fd);
	/* killed, its file is there, as sheep's is, and refuses */
	OK(r.sim, sheepsim_kill(r.sim, 1));
	rig_turn(&r, 5);
	assert_int_equal(access(a.unix_path, F_OK), 0);
	assert_int_equal(rig_connect_unix(a.unix_path), -1);
	OK(r.sim, sheepsim_start(r.sim, 1));
	rig_turn(&r, 5);
	OK(r.sim, sheepsim_live_address(r.live, 1, &a));
	fd = rig_connect_unix(a.unix_path);
	assert_true(fd >= 0);
	close(fd);
	rig_close(&r);
	/* nothing is left in the directory */
	assert_int_equal(rmdir(dir), 0);
}

static void the_directory_of_unix_sockets_is_made_and_removed(void **state)
{
	char parent[] = "/tmp/sheepsim-live-XXXXXX";
	char dir[64], file[64];
	struct sheepsim_live_options o = {.unix_dir = dir, .any_port = true};
	struct sheepsim_live_address a;
	struct sheepsim_live *live;
	struct sheepsim *sim;
	struct stat st;
	struct rig r;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(parent));
	snprintf(dir, sizeof(dir), "%s/sockets", parent);
	snprintf(file, sizeof(file), "%s/file", parent);
	rig_open(&r, 1, &o);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	OK(r.sim, sheepsim_live_address(r.live, 0, &a));
	fd = rig_connect_unix(a.unix_path);
	assert_true(fd >= 0);
	close(fd);
	/* what is no directory, and where none can be made */
	close(open(file, O_CREAT | O_WRONLY, 0600));
	OK(NULL, sheepsim_open(&sim, NULL));
	o.unix_dir = file;
	assert_int_equal(sheepsim_live_start(&live, sim, r.loop, &o), SHEEPSIM_E_FILE);
	assert_non_null(strstr(sheepsim_errmsg(sim), "/file cannot have UNIX sockets"));
	snprintf(file, sizeof(file), "%s/none/here", parent);
	assert_int_equal(sheepsim_live_start(&live, sim, r.loop, &o), SHEEPSIM_E_FILE);
	assert_non_null(strstr(sheepsim_errmsg(sim), "/none/here for UNIX sockets cannot be made"));
	sheepsim_close(sim);
	rig_close(&r);
	snprintf(file, sizeof(file), "%s/file", parent);
	unlink(file);
	assert_int_equal(rmdir(parent), 0);
}

static void a_request_may_come_in_any_pieces(void **state)
{
	uint8_t head[HEAD], name[512] = "alpha";
	uint8_t *payload;
	struct rig r;
	int fd;

	(void)state;
	rig_open(&r, 2, NULL);
	rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 1);
	rig_head(head, SD_OP_GET_VDI_INFO, SD_FLAG_CMD_WRITE, 77, sizeof(name));
	for (unsigned i = 0; i < HEAD; i++) {
		assert_true(rig_send(&r, fd, head + i, 1));
		rig_turn(&r, 1);
	}
	for (unsigned i = 0; i < sizeof(name); i += 64) {
		assert_true(rig_send(&r, fd, name + i, 64));
		rig_turn(&r, 1);
	}
	assert_true(rig_answer(&r, fd, head, &payload));
	assert_int_equal(get_le32(head + 8), 77);
	assert_int_equal(get_le32(head + 16), SD_RES_SUCCESS);
	assert_null(payload);
	close(fd);
	rig_close(&r);
}

/* Spec 1.5: a 1 MiB create that is followed by a small query comes back after it. */
static void answers_come_as_they_are_ready(void **state)
{
	uint8_t head[HEAD], *data = malloc(1 << 20), *payload;
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	memset(data, 0x5a, 1 << 20);
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	/* however slow this machine is */
	for (int i = 0; i < 3; i++)
		OK(r.sim, sheepsim_disk_slow(r.sim, i, 100 * SHEEPSIM_MILLISECOND));
	rig_head(head, SD_OP_CREATE_AND_WRITE_OBJ, SD_FLAG_CMD_WRITE, 1, 1 << 20);
	put_le64(head + 16, data_oid(vid, 0));
	assert_true(rig_send(&r, fd, head, HEAD));
	assert_true(rig_send(&r, fd, data, 1 << 20));
	rig_head(head, SD_OP_READ_VDIS, 0, 2, SD_VDI_BITMAP_SIZE);
	assert_true(rig_send(&r, fd, head, HEAD));
	assert_true(rig_answer(&r, fd, head, &payload));
	assert_int_equal(get_le32(head + 8), 2);
	free(payload);
	assert_true(rig_answer(&r, fd, head, &payload));
	assert_int_equal(get_le32(head + 8), 1);
	assert_int_equal(get_le32(head + 16), SD_RES_SUCCESS);
	free(payload);
	free(data);
	close(fd);
	rig_close(&r);
}

static void whole_objects_go_in_and_come_out(void **state)
{
	uint8_t *data = malloc(OBJECT), *payload, head[HEAD];
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	for (unsigned i = 0; i < OBJECT; i++)
		data[i] = (uint8_t)(i / 5000 % 3 == 0 ? 0 : i * 7 + i / 256);
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 2);
	assert_int_equal(
		rig_write(&r, fd, SD_OP_CREATE_AND_WRITE_OBJ, data_oid(vid, 3), 0, data, OBJECT),
		SD_RES_SUCCESS);
	rig_head(head, SD_OP_READ_OBJ, 0, 9, OBJECT - 1000);
	put_le64(head + 16, data_oid(vid, 3));
	put_le32(head + 40, 999);
	assert_true(rig_send(&r, fd, head, HEAD));
	assert_true(rig_answer(&r, fd, head, &payload));
	assert_int_equal(get_le32(head + 12), OBJECT - 1000);
	assert_memory_equal(payload, data + 999, OBJECT - 1000);
	free(payload);
	free(data);
	close(fd);
	rig_close(&r);
}

static void many_connections_have_many_requests_each(void **state)
{
	enum { CONNECTIONS = 100, REQUESTS = 20 };
	uint8_t head[HEAD], *payload;
	struct sheepsim_live_counts counts;
	int fds[CONNECTIONS];
	struct rig r;

	(void)state;
	rig_open(&r, 3, NULL);
	for (int i = 0; i < CONNECTIONS; i++) {
		fds[i] = rig_connect(&r, i % 3);
		for (unsigned k = 0; k < REQUESTS; k++) {
			rig_head(head, SD_OP_GET_NODE_LIST, 0, k, 4096);
			assert_true(rig_send(&r, fds[i], head, HEAD));
		}
	}
	for (int i = 0; i < CONNECTIONS; i++) {
		bool seen[REQUESTS] = {false};

		for (unsigned k = 0; k < REQUESTS; k++) {
			assert_true(rig_answer(&r, fds[i], head, &payload));
			assert_int_equal(get_le32(head + 12), 3 * 80);
			assert_in_range(get_le32(head + 8), 0, REQUESTS - 1);
			assert_false(seen[get_le32(head + 8)]);
			seen[get_le32(head + 8)] = true;
			free(payload);
		}
	}
	sheepsim_live_counts(r.live, &counts);
	assert_int_equal(counts.connections, CONNECTIONS);
	assert_int_equal(counts.requests, CONNECTIONS * REQUESTS);
	assert_int_equal(counts.answers, counts.requests);
	assert_int_equal(counts.waiting, 0);
	assert_int_equal(counts.in_flight, 0);
	for (int i = 0; i < CONNECTIONS; i++)
		close(fds[i]);
	rig_until_left(&r, 0);
	rig_close(&r);
}

/* Spec 1.2: a request that was received whole is executed, though the client has gone. */
static void what_a_vanished_client_has_asked_for_is_done(void **state)
{
	struct linger at_once = {.l_onoff = 1};
	uint8_t head[HEAD], byte = 1, *payload;
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	rig_open(&r, 2, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	rig_head(head, SD_OP_CREATE_AND_WRITE_OBJ, SD_FLAG_CMD_WRITE, 1, 1);
	put_le64(head + 16, data_oid(vid, 0));
	assert_true(rig_send(&r, fd, head, HEAD));
	assert_true(rig_send(&r, fd, &byte, 1));
	close(fd);
	/* one that resets its connection, and one that goes in mid-message */
	fd = rig_connect(&r, 0);
	assert_true(rig_send(&r, fd, head, HEAD));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	fd = rig_connect(&r, 0);
	assert_true(rig_send(&r, fd, head, 20));
	close(fd);
	rig_turn(&r, 20);
	fd = rig_connect(&r, 1);
	rig_head(head, SD_OP_READ_OBJ, 0, 9, 1);
	put_le64(head + 16, data_oid(vid, 0));
	assert_true(rig_send(&r, fd, head, HEAD));
	assert_true(rig_answer(&r, fd, head, &payload));
	assert_int_equal(get_le32(head + 16), SD_RES_SUCCESS);
	assert_int_equal(payload[0], 1);
	free(payload);
	close(fd);
	rig_close(&r);
}

static void rubbish_hurts_nobody_else(void **state)
{
	uint8_t rubbish[4800], head[HEAD];
	struct rig r;
	int good, bad;

	(void)state;
	rig_open(&r, 2, NULL);
	good = rig_connect(&r, 0);
	bad = rig_connect(&r, 0);
	for (unsigned i = 0; i < sizeof(rubbish); i++)
		rubbish[i] = (uint8_t)(i * 131 + i / 7);
	rig_send(&r, bad, rubbish, sizeof(rubbish));
	rig_turn(&r, 5);
	assert_int_equal(rig_ask(&r, good, SD_OP_READ_VDIS, 0, NULL, SD_VDI_BITMAP_SIZE), 0);
	close(bad);
	/* no such operation, and a version that nobody speaks: these are answered */
	bad = rig_connect(&r, 0);
	assert_int_equal(rig_ask(&r, bad, 0x7f, 0, NULL, 0), SD_RES_INVALID_PARMS);
	rig_head(head, SD_OP_READ_VDIS, 0, 1, 0);
	head[0] = 99;
	assert_true(rig_send(&r, bad, head, HEAD));
	assert_true(rig_receive(&r, bad, head, HEAD));
	assert_int_equal(get_le32(head + 16), SD_RES_VER_MISMATCH);
	close(bad);
	close(good);
	rig_close(&r);
}

int serving_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_node_answers),
		cmocka_unit_test(a_unix_socket_is_served_as_well),
		cmocka_unit_test(the_directory_of_unix_sockets_is_made_and_removed),
		cmocka_unit_test(a_request_may_come_in_any_pieces),
		cmocka_unit_test(answers_come_as_they_are_ready),
		cmocka_unit_test(whole_objects_go_in_and_come_out),
		cmocka_unit_test(many_connections_have_many_requests_each),
		cmocka_unit_test(what_a_vanished_client_has_asked_for_is_done),
		cmocka_unit_test(rubbish_hurts_nobody_else),
	};

	return cmocka_run_group_tests_name("serving", tests, NULL, NULL);
}
