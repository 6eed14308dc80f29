#include "rig.h"

#include <unistd.h>

static void the_clock_follows_the_wall_clock(void **state)
{
	struct rig r;
	uint64_t begun, took;

	(void)state;
	rig_open(&r, 2, NULL);
	rig_turn(&r, 1);
	begun = sheepsim_now(r.sim);
	rig_turn(&r, 200);
	took = sheepsim_now(r.sim) - begun;
	assert_true(took >= 190 * SHEEPSIM_MILLISECOND);
	rig_close(&r);
}

static void speed_makes_it_faster_or_slower(void **state)
{
	struct rig r;
	uint64_t begun, took;

	(void)state;
	rig_open(&r, 2, &(struct sheepsim_live_options){.speed = 20000});
	rig_turn(&r, 1);
	begun = sheepsim_now(r.sim);
	rig_turn(&r, 100);
	took = sheepsim_now(r.sim) - begun;
	assert_true(took >= 1900 * SHEEPSIM_MILLISECOND);
	rig_close(&r);
	rig_open(&r, 2, &(struct sheepsim_live_options){.speed = 10});
	rig_turn(&r, 1);
	begun = sheepsim_now(r.sim);
	rig_turn(&r, 100);
	took = sheepsim_now(r.sim) - begun;
	/* a hundredth, on a machine that lets this test stand still for ten seconds at most */
	assert_in_range(took, 900 * SHEEPSIM_MICROSECOND, 100 * SHEEPSIM_MILLISECOND);
	rig_close(&r);
}

static void blocking_calls_jump_and_time_goes_on_from_there(void **state)
{
	struct rig r;
	uint64_t begun;

	(void)state;
	rig_open(&r, 2, NULL);
	begun = sheepsim_now(r.sim);
	OK(r.sim, sheepsim_run(r.sim, 3600 * SHEEPSIM_SECOND));
	assert_int_equal(sheepsim_now(r.sim), begun + 3600 * SHEEPSIM_SECOND);
	rig_turn(&r, 20);
	begun = sheepsim_now(r.sim);
	rig_turn(&r, 100);
	assert_in_range(sheepsim_now(r.sim) - begun, 90 * SHEEPSIM_MILLISECOND,
			10 * SHEEPSIM_SECOND);
	rig_serves(&r, 1);
	rig_close(&r);
}

static bool recovered(void *arg)
{
	struct rig *r = arg;

	return sheepsim_run_until(r->sim, SHEEPSIM_RECOVERED, 0) == 0;
}

/* With jumps what takes virtual minutes is over at once, as nobody waits for an answer. */
static void time_flies_while_nobody_waits_if_that_is_asked_for(void **state)
{
	struct sheepsim_node_info info;
	struct rig r;

	(void)state;
	rig_open(&r, 3, &(struct sheepsim_live_options){.jump = true, .speed = 1});
	rig_vdi(&r, "alpha");
	OK(r.sim, sheepsim_kill(r.sim, 2));
	/* at a thousandth of the speed this takes a minute, as the death is noticed after 50 ms */
	rig_until(&r, recovered, &r);
	OK(r.sim, sheepsim_node_info(r.sim, 0, &info));
	assert_int_equal(info.epoch, 2);
	/* no further than there is something to do */
	rig_turn(&r, 50);
	assert_true(sheepsim_now(r.sim) < 3600 * SHEEPSIM_SECOND);
	rig_close(&r);
}

struct over {
	bool is;
};

static void note_over(void *arg)
{
	struct over *o = arg;

	o->is = true;
}

static bool is_over(void *arg)
{
	return ((struct over *)arg)->is;
}

static void the_end_lets_requests_be_answered(void **state)
{
	uint8_t head[HEAD], byte = 7, *payload;
	struct over over = {false};
	struct rig r;
	uint32_t vid;
	int fd;

	(void)state;
	rig_open(&r, 3, NULL);
	vid = rig_vdi(&r, "alpha");
	fd = rig_connect(&r, 0);
	rig_head(head, SD_OP_CREATE_AND_WRITE_OBJ, SD_FLAG_CMD_WRITE, 5, 1);
	put_le64(head + 16, (uint64_t)vid << 32);
	OK(r.sim, sheepsim_disk_slow(r.sim, 0, 50 * SHEEPSIM_MILLISECOND));
	OK(r.sim, sheepsim_disk_slow(r.sim, 1, 50 * SHEEPSIM_MILLISECOND));
	OK(r.sim, sheepsim_disk_slow(r.sim, 2, 50 * SHEEPSIM_MILLISECOND));
	assert_true(rig_send(&r, fd, head, HEAD));
	assert_true(rig_send(&r, fd, &byte, 1));
	rig_turn(&r, 10);
	sheepsim_live_drain(r.live, 5 * SHEEPSIM_SECOND, note_over, &over);
	rig_turn(&r, 2);
	assert_false(over.is);
	assert_int_equal(rig_connect(&r, 0), -1);
	assert_true(rig_answer(&r, fd, head, &payload));
	assert_int_equal(get_le32(head + 8), 5);
	assert_int_equal(get_le32(head + 16), SD_RES_SUCCESS);
	rig_until(&r, is_over, &over);
	close(fd);
	rig_close(&r);
}

static void the_end_does_not_wait_for_ever(void **state)
{
	struct over over = {false};
	uint8_t head[HEAD];
	struct rig r;
	int fd;

	(void)state;
	rig_open(&r, 3, NULL);
	fd = rig_connect(&r, 0);
	OK(r.sim, sheepsim_filter_add(r.sim, &(struct sheepsim_filter){.from = -1,
								       .to = 0,
								       .answer = 1,
								       .op = "READ_VDIS",
								       .action = SHEEPSIM_HOLD}));
	rig_head(head, SD_OP_READ_VDIS, 0, 5, SD_VDI_BITMAP_SIZE);
	assert_true(rig_send(&r, fd, head, HEAD));
	rig_turn(&r, 10);
	sheepsim_live_drain(r.live, 50 * SHEEPSIM_MILLISECOND, note_over, &over);
	rig_until(&r, is_over, &over);
	close(fd);
	rig_close(&r);
}

int time_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clock_follows_the_wall_clock),
		cmocka_unit_test(speed_makes_it_faster_or_slower),
		cmocka_unit_test(blocking_calls_jump_and_time_goes_on_from_there),
		cmocka_unit_test(time_flies_while_nobody_waits_if_that_is_asked_for),
		cmocka_unit_test(the_end_lets_requests_be_answered),
		cmocka_unit_test(the_end_does_not_wait_for_ever),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
