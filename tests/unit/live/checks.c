#include "rig.h"

#include <unistd.h>

#define INDEX 4664u /* where an inode's index begins */

static uint64_t oid_of(uint32_t vid, uint32_t index)
{
	return sd_vid_to_data_oid(vid, index);
}

/* The checks hold; bytes of history that were compared. */
static uint64_t checked(struct rig *r)
{
	struct sheepsim_checked c;

	OK(r->sim, sheepsim_run_until(r->sim, SHEEPSIM_IDLE, 60 * SHEEPSIM_SECOND));
	OK(r->sim, sheepsim_check(r->sim, SHEEPSIM_CHECK_ALL, &c));
	return c.history;
}

/* The histories do not hold, for this reason. */
static void violated(struct rig *r, const char *words)
{
	assert_int_equal(sheepsim_check(r->sim, SHEEPSIM_CHECK_HISTORY, NULL),
			 SHEEPSIM_E_VIOLATION);
	if (strstr(sheepsim_errmsg(r->sim), words) == NULL) {
		print_error("%s\n", sheepsim_errmsg(r->sim));
		fail();
	}
}

static uint32_t create(struct rig *r, int fd, uint32_t vid, uint32_t index, const void *data,
		       uint32_t len)
{
	return rig_write(r, fd, SD_OP_CREATE_AND_WRITE_OBJ, oid_of(vid, index), 0, data, len);
}

/* Names an object in its VDI's index, as clients do once it is created. */
static void enter(struct rig *r, int fd, uint32_t vid, uint32_t index, uint32_t owner)
{
	uint8_t entry[4];

	put_le32(entry, owner);
	assert_int_equal(rig_write(r, fd, SD_OP_WRITE_OBJ, sd_vid_to_inode_oid(vid),
				   INDEX + 4 * index, entry, 4),
			 0);
}

/* One that has a node's object, -1: nobody. */
static void damage_all(struct rig *r, uint64_t oid, bool remove)
{
	for (int i = 0; i < sheepsim_nodes(r->sim); i++) {
		if (remove)
			sheepsim_object_remove(r->sim, i, oid, 0);
		else
			sheepsim_object_damage(r->sim, i, oid, 0, 100, "damaged", 7);
	}
}

static void what_clients_wrote_is_read_back(void **state)
{
	struct sheepsim_counts counts;
	char data[1000];
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	memset(data, 'x', sizeof(data));
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	assert_int_equal(create(&r, fd, vid, 0, data, sizeof(data)), 0);
	enter(&r, fd, vid, 0, vid);
	assert_int_equal(rig_write(&r, fd, SD_OP_WRITE_OBJ, oid_of(vid, 0), 70000, data, 1000), 0);
	/* the whole object, and its entry in the index */
	assert_int_equal(checked(&r), (4 << 20) + 4);
	sheepsim_counts(r.sim, &counts);
	assert_int_equal(counts.writes, 3);
	/* after a death and the recovery of what was lost with it, too */
	OK(r.sim, sheepsim_kill(r.sim, 2));
	OK(r.sim, sheepsim_run_until(r.sim, SHEEPSIM_RECOVERED, 60 * SHEEPSIM_SECOND));
	assert_int_equal(checked(&r), (4 << 20) + 4);
	close(fd);
	rig_close(&r);
}

static void what_is_not_as_it_was_written_is_found(void **state)
{
	char data[1000];
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	memset(data, 'x', sizeof(data));
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	assert_int_equal(create(&r, fd, vid, 5, data, sizeof(data)), 0);
	enter(&r, fd, vid, 5, vid);
	checked(&r);
	damage_all(&r, oid_of(vid, 5), false);
	violated(&r, "I1: the check through node 0 read @");
	close(fd);
	rig_close(&r);
}

/* A client that reads something else than what was acknowledged is told of at the next check. */
static void a_wrong_answer_is_found_at_once(void **state)
{
	char data[1000];
	uint8_t head[HEAD], *payload;
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	memset(data, 'x', sizeof(data));
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	assert_int_equal(create(&r, fd, vid, 5, data, sizeof(data)), 0);
	enter(&r, fd, vid, 5, vid);
	damage_all(&r, oid_of(vid, 5), false);
	rig_head(head, SD_OP_READ_OBJ, 0, 1, 50);
	put_le64(head + 16, oid_of(vid, 5));
	put_le32(head + 40, 90);
	assert_true(rig_send(&r, fd, head, HEAD));
	assert_true(rig_answer(&r, fd, head, &payload));
	free(payload);
	/* it is mended, but it was seen */
	assert_int_equal(rig_write(&r, fd, SD_OP_WRITE_OBJ, oid_of(vid, 5), 0, data, 1000), 0);
	OK(r.sim, sheepsim_run_until(r.sim, SHEEPSIM_IDLE, 60 * SHEEPSIM_SECOND));
	violated(&r, "byte 100 is 64, which is not what was acknowledged last");
	close(fd);
	rig_close(&r);
}

static void an_object_that_an_index_names_must_be_there(void **state)
{
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	assert_int_equal(create(&r, fd, vid, 1, "a", 1), 0);
	assert_int_equal(create(&r, fd, vid, 2, "b", 1), 0);
	enter(&r, fd, vid, 1, vid);
	checked(&r);
	/* one that no index names may go, as when its client died before it wrote the entry */
	damage_all(&r, oid_of(vid, 2), true);
	OK(r.sim, sheepsim_check(r.sim, SHEEPSIM_CHECK_HISTORY, NULL));
	damage_all(&r, oid_of(vid, 1), true);
	violated(&r, "I3: the check through node 0 read @");
	close(fd);
	rig_close(&r);
}

static void an_index_entry_that_was_written_must_stay(void **state)
{
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	assert_int_equal(create(&r, fd, vid, 1, "a", 1), 0);
	enter(&r, fd, vid, 1, vid);
	checked(&r);
	for (int i = 0; i < 3; i++)
		sheepsim_object_damage(r.sim, i, sd_vid_to_inode_oid(vid), 0, INDEX + 4, "\0\0\0\0",
				       4);
	violated(&r, "I1: ");
	close(fd);
	rig_close(&r);
}

static void what_was_deleted_need_not_be_there(void **state)
{
	uint8_t head[HEAD], name[512] = "alpha", *payload;
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(create(&r, fd, vid, i, "a", 1), 0);
		enter(&r, fd, vid, i, vid);
	}
	/* one by the entry, one by a discard */
	enter(&r, fd, vid, 1, 0);
	rig_head(head, SD_OP_DISCARD_OBJ, 0, 1, 0);
	put_le64(head + 16, oid_of(vid, 2));
	assert_true(rig_send(&r, fd, head, HEAD));
	assert_true(rig_answer(&r, fd, head, &payload));
	assert_int_equal(get_le32(head + 16), 0);
	checked(&r);
	/* the rest with the VDI */
	enter(&r, fd, vid, 0, 0);
	enter(&r, fd, vid, 3, 0);
	rig_head(head, SD_OP_DEL_VDI, SD_FLAG_CMD_WRITE, 1, sizeof(name));
	assert_true(rig_send(&r, fd, head, HEAD));
	assert_true(rig_send(&r, fd, name, sizeof(name)));
	assert_true(rig_answer(&r, fd, head, &payload));
	assert_int_equal(get_le32(head + 16), 0);
	checked(&r);
	close(fd);
	rig_close(&r);
}

/* Of two writes that were under way at once either may have come last. (With several copies they
 * may differ after that: sheepdog does not order them.) */
static void writes_at_the_same_time_are_both_possible(void **state)
{
	uint8_t head[HEAD], *a = malloc(8192), *b = malloc(8192), *payload;
	struct rig r;
	uint32_t vid;
	int one, other;

	(void)state;
	memset(a, 'a', 8192);
	memset(b, 'b', 8192);
	rig_open(&r, 1, NULL);
	vid = rig_vdi(&r, "alpha");
	one = rig_connect(&r, 0);
	other = rig_connect(&r, 0);
	assert_int_equal(create(&r, one, vid, 0, "a", 1), 0);
	enter(&r, one, vid, 0, vid);
	for (int i = 0; i < 20; i++) {
		rig_head(head, SD_OP_WRITE_OBJ, SD_FLAG_CMD_WRITE, 1, 8192);
		put_le64(head + 16, oid_of(vid, 0));
		assert_true(rig_send(&r, one, head, HEAD));
		assert_true(rig_send(&r, one, a, 8192));
		assert_true(rig_send(&r, other, head, HEAD));
		assert_true(rig_send(&r, other, b, 8192));
		assert_true(rig_answer(&r, one, head, &payload));
		assert_true(rig_answer(&r, other, head, &payload));
		OK(r.sim, sheepsim_run_until(r.sim, SHEEPSIM_IDLE, 60 * SHEEPSIM_SECOND));
		OK(r.sim, sheepsim_check(r.sim, SHEEPSIM_CHECK_HISTORY, NULL));
	}
	free(a);
	free(b);
	close(one);
	close(other);
	rig_close(&r);
}

/* Simulated clients and real ones may use one VDI: what each wrote is known object by object. */
static void simulated_clients_are_seen_as_well(void **state)
{
	struct sheepsim_client *vm;
	char data[4096], old[4096];
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	memset(data, 'n', sizeof(data));
	memset(old, 'o', sizeof(old));
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	OK(r.sim, sheepsim_client_open(r.sim, 1, &vm));
	OK(r.sim, sheepsim_write(vm, "alpha", 0, old, sizeof(old)));
	OK(r.sim, sheepsim_write(vm, "alpha", 4 << 20, old, sizeof(old)));
	fd = rig_connect(&r, 0);
	assert_int_equal(rig_write(&r, fd, SD_OP_WRITE_OBJ, oid_of(vid, 0), 0, data, sizeof(data)),
			 0);
	checked(&r);
	OK(r.sim, sheepsim_read(vm, "alpha", 0, old, sizeof(old)));
	assert_memory_equal(old, data, sizeof(data));
	checked(&r);
	damage_all(&r, oid_of(vid, 1), false);
	violated(&r, "I1: ");
	sheepsim_client_close(vm);
	close(fd);
	rig_close(&r);
}

/* A copy of a snapshot's object has what that had, and what was written. */
static void copies_on_write_are_known(void **state)
{
	uint8_t head[HEAD], *payload;
	struct sheepsim_client *vm;
	struct sheepsim_vdi_info info;
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	assert_int_equal(create(&r, fd, vid, 0, "old bytes", 9), 0);
	enter(&r, fd, vid, 0, vid);
	OK(r.sim, sheepsim_client_open(r.sim, 0, &vm));
	OK(r.sim, sheepsim_vdi_snapshot(vm, "alpha", "tag"));
	OK(r.sim, sheepsim_vdi_lookup(vm, "alpha", "", 0, &info));
	rig_head(head, SD_OP_CREATE_AND_WRITE_OBJ, SD_FLAG_CMD_WRITE | SD_FLAG_CMD_COW, 1, 3);
	put_le64(head + 16, oid_of(info.vid, 0));
	put_le64(head + 24, oid_of(vid, 0));
	assert_true(rig_send(&r, fd, head, HEAD));
	assert_true(rig_send(&r, fd, "new", 3));
	assert_true(rig_answer(&r, fd, head, &payload));
	assert_int_equal(get_le32(head + 16), 0);
	enter(&r, fd, info.vid, 0, info.vid);
	checked(&r);
	/* a byte that only the old object had */
	for (int i = 0; i < 3; i++)
		sheepsim_object_damage(r.sim, i, oid_of(info.vid, 0), 0, 7, "?", 1);
	violated(&r, "byte 7 is 3f");
	sheepsim_client_close(vm);
	close(fd);
	rig_close(&r);
}

/* What a client that has gone was not answered may have happened or not. */
static void lost_writes_may_be_there_or_not(void **state)
{
	uint8_t head[HEAD];
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	assert_int_equal(create(&r, fd, vid, 0, "a", 1), 0);
	enter(&r, fd, vid, 0, vid);
	for (int i = 0; i < 10; i++) {
		rig_head(head, SD_OP_WRITE_OBJ, SD_FLAG_CMD_WRITE, 1, 1);
		put_le64(head + 16, oid_of(vid, 0));
		assert_true(rig_send(&r, fd, head, HEAD));
		assert_true(rig_send(&r, fd, "b", 1));
		if (i % 2)
			rig_turn(&r, 1);
		close(fd);
		fd = rig_connect(&r, i % 3);
		rig_turn(&r, 3);
		checked(&r);
	}
	close(fd);
	rig_close(&r);
}

static uint32_t discard(struct rig *r, int fd, uint64_t oid)
{
	uint8_t head[HEAD], *payload;

	rig_head(head, SD_OP_DISCARD_OBJ, 0, 1, 0);
	put_le64(head + 16, oid);
	assert_true(rig_send(r, fd, head, HEAD));
	assert_true(rig_answer(r, fd, head, &payload));
	free(payload);
	return get_le32(head + 16);
}

/* Nothing was written where no VDI is. No copies for new VDIs make what is asked there an error. */
static void what_is_discarded_of_no_vdi_is_no_write(void **state)
{
	uint8_t head[HEAD], *payload;
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	assert_int_equal(create(&r, fd, vid, 0, "a", 1), 0);
	enter(&r, fd, vid, 0, vid);
	assert_int_equal(discard(&r, fd, 0), SD_RES_NO_OBJ);
	assert_int_equal(discard(&r, fd, oid_of(0x77, 3)), SD_RES_NO_OBJ);
	/* of a VDI it is one */
	assert_int_equal(discard(&r, fd, oid_of(vid, 0)), SD_RES_SUCCESS);
	assert_int_equal(discard(&r, fd, oid_of(vid, 1)), SD_RES_SUCCESS);
	rig_head(head, SD_OP_ALTER_CLUSTER_COPY, 0, 1, 0);
	head[0] = 10;
	assert_true(rig_send(&r, fd, head, HEAD));
	assert_true(rig_answer(&r, fd, head, &payload));
	assert_int_equal(get_le32(head + 16), SD_RES_SUCCESS);
	assert_int_equal(checked(&r), 8);
	close(fd);
	rig_close(&r);
}

int check_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_clients_wrote_is_read_back),
		cmocka_unit_test(what_is_not_as_it_was_written_is_found),
		cmocka_unit_test(a_wrong_answer_is_found_at_once),
		cmocka_unit_test(an_object_that_an_index_names_must_be_there),
		cmocka_unit_test(an_index_entry_that_was_written_must_stay),
		cmocka_unit_test(what_was_deleted_need_not_be_there),
		cmocka_unit_test(writes_at_the_same_time_are_both_possible),
		cmocka_unit_test(simulated_clients_are_seen_as_well),
		cmocka_unit_test(copies_on_write_are_known),
		cmocka_unit_test(what_is_discarded_of_no_vdi_is_no_write),
		cmocka_unit_test(lost_writes_may_be_there_or_not),
	};

	return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
