#include <errno.h>

#include "rig.h"

static void a_disk_does_so_many_at_once_and_the_rest_in_order(void **state)
{
	struct rig *r = rig_open(1);
	struct io io[5] = {0};
	static const char *const names[] = {"a", "b", "c", "d", "e"};

	(void)state;
	for (int i = 0; i < 5; i++)
		rig_io(r, &io[i], 0, 0, names[i]);
	assert_int_equal(world_pending_disk(&r->w[0]), 5);
	rig_run(r);
	rig_expect(r, "200 a\n"
		      "200 b\n"
		      "400 c\n"
		      "400 d\n"
		      "600 e\n");
	assert_int_equal(world_pending_disk(&r->w[0]), 0);
	rig_close(r);
}

static void bytes_take_time_but_not_of_metadata(void **state)
{
	struct rig *r = rig_open(1);
	struct io io[3] = {{.io = {.kind = DISK_READ, .bytes = 1000000}},
			   {.io = {.kind = DISK_WRITE, .bytes = 2000000}},
			   {.io = {.kind = DISK_META, .bytes = 1000000}}};

	(void)state;
	r->u.speed.disk_depth = 3;
	rig_io(r, &io[0], 0, 0, "read");
	rig_io(r, &io[1], 0, 0, "write");
	rig_io(r, &io[2], 0, 0, "meta");
	rig_run(r);
	/* a million bytes at 500 ps each: 500 us */
	rig_expect(r, "200 meta\n"
		      "700 read\n"
		      "1200 write\n");
	rig_close(r);
}

static void disks_and_places_are_independent(void **state)
{
	struct rig *r = rig_open(1);
	struct io io[4] = {0};

	(void)state;
	r->u.speed.disk_depth = 1;
	rig_io(r, &io[0], 0, 0, "disk 0");
	rig_io(r, &io[1], 0, 0, "disk 0 again");
	rig_io(r, &io[2], 0, 1, "disk 1");
	rig_io(r, &io[3], 1, 0, "place 1");
	rig_run(r);
	rig_expect(r, "200 disk 0\n"
		      "200 disk 1\n"
		      "200 place 1\n"
		      "400 disk 0 again\n");
	rig_close(r);
}

static void a_slow_disk_takes_longer(void **state)
{
	struct rig *r = rig_open(1);
	struct io io[2] = {0};

	(void)state;
	world_disk_slow(&r->w[0], 1000 * US);
	rig_io(r, &io[0], 0, 0, "slow");
	rig_io(r, &io[1], 1, 0, "another place");
	rig_run(r);
	rig_expect(r, "200 another place\n"
		      "1200 slow\n");
	world_disk_slow(&r->w[0], 0);
	rig_io(r, &io[0], 0, 0, "quick again");
	rig_run(r);
	rig_expect(r, "1400 quick again\n");
	rig_close(r);
}

static void a_disk_that_is_plugged_leaves_the_others_at_work(void **state)
{
	struct rig *r = rig_open(1);
	uint32_t nr = r->w[0].nr_disks;
	struct io io[4] = {0};

	(void)state;
	r->u.speed.disk_depth = 1;
	rig_io(r, &io[0], 0, 0, "begun before");
	rig_io(r, &io[1], 0, 0, "waited before");
	rig_run_to(r, 100);
	world_disks(&r->w[0], nr + 70);
	assert_int_equal(r->w[0].nr_disks, nr + 70);
	rig_io(r, &io[2], 0, 0, "of the old one");
	rig_io(r, &io[3], 0, nr + 69, "of the new one");
	rig_run(r);
	rig_expect(r, "200 begun before\n"
		      "300 of the new one\n"
		      "400 waited before\n"
		      "600 of the old one\n");
	world_disks(&r->w[0], nr + 70); /* as many as there are */
	rig_close(r);
}

struct counter {
	struct trace_sink sink;
	int errors;
};

static void count_errors(struct trace_sink *s, const struct trace_event *e)
{
	struct counter *c = container_of(s, struct counter, sink);

	c->errors += e->kind == TRACE_DISK_ERROR;
}

static void a_disk_fails_so_often_on_one_object_or_on_all(void **state)
{
	struct rig *r = rig_open(1);
	struct counter c = {.sink = {.event = count_errors}};
	struct io io[4] = {{.io.oid = 5}, {.io.oid = 6}, {.io.oid = 5}, {.io.oid = 5}};

	(void)state;
	trace_add_sink(&r->u.trace, &c.sink);
	r->u.speed.disk_depth = 1;
	world_disk_fail(&r->w[0], DISK_OBJECTS, 5, EIO, 2);
	for (int i = 0; i < 4; i++)
		rig_io(r, &io[i], 0, 0, i == 1 ? "6" : "5");
	rig_run(r);
	rig_expect(r, "200 5: error 5\n"
		      "400 6\n"
		      "600 5: error 5\n"
		      "800 5\n");
	assert_int_equal(c.errors, 2);
	world_disk_fail(&r->w[0], DISK_OBJECTS, 0, EINTR, 1);
	rig_io(r, &io[1], 0, 0, "6");
	rig_io(r, &io[0], 0, 0, "5");
	rig_run(r);
	rig_expect(r, "1000 6: error 4\n"
		      "1200 5\n");
	rig_close(r);
}

static void a_fault_can_be_taken_back_and_outlives_the_process(void **state)
{
	struct rig *r = rig_open(1);
	struct io io[2] = {0};

	(void)state;
	world_disk_fail(&r->w[0], DISK_OBJECTS, 0, EIO, 1);
	world_disk_fail(&r->w[1], DISK_OBJECTS, 0, EIO, 1);
	world_disk_fail(&r->w[0], DISK_OBJECTS, 0, 0, 0);
	world_crash(&r->w[1]);
	world_boot(&r->w[1]);
	rig_io(r, &io[0], 0, 0, "repaired");
	rig_io(r, &io[1], 1, 0, "broken");
	rig_run(r);
	rig_expect(r, "200 repaired\n"
		      "200 broken: error 5\n");
	/* each use has faults of its own; what the loop waits for meets them too */
	world_disk_fail(&r->w[1], DISK_LOGS, 0, ENOSPC, 2);
	world_disk_fail(&r->w[1], DISK_CONFIG, 0, EROFS, 1);
	rig_io(r, &io[1], 1, 0, "another use");
	rig_run(r);
	rig_expect(r, "400 another use\n");
	assert_int_equal(world_disk_error(&r->w[1], DISK_LOGS), ENOSPC);
	assert_int_equal(world_disk_error(&r->w[1], DISK_CONFIG), EROFS);
	assert_int_equal(world_disk_error(&r->w[1], DISK_LOGS), ENOSPC);
	assert_int_equal(world_disk_error(&r->w[1], DISK_LOGS), 0);
	world_disk_fail(&r->w[1], DISK_OBJECTS, 7, EIO, 1); /* for the sanitizers: never met */
	rig_close(r);
}

static void a_crash_frees_the_disks_for_the_next_process(void **state)
{
	struct rig *r = rig_open(1);
	struct io io[3] = {0};

	(void)state;
	r->u.speed.disk_depth = 1;
	rig_io(r, &io[0], 0, 0, "lost");
	rig_io(r, &io[1], 0, 0, "lost too");
	rig_run_to(r, 100);
	world_crash(&r->w[0]);
	assert_int_equal(world_pending_disk(&r->w[0]), 0);
	world_boot(&r->w[0]);
	rig_io(r, &io[2], 0, 0, "of the next");
	rig_run(r);
	rig_expect(r, "300 of the next\n");
	rig_close(r);
}

static void what_goes_to_the_cache_only_needs_no_disk(void **state)
{
	struct rig *r = rig_open(1);
	struct io io[3] = {
		{.io.kind = DISK_CACHED}, {.io.kind = DISK_WRITE}, {.io.kind = DISK_CACHED}};

	(void)state;
	r->u.speed.disk_depth = 1;
	world_disk_slow(&r->w[0], 5000 * NSEC_PER_USEC);
	rig_io(r, &io[1], 0, 0, "disk");
	rig_io(r, &io[0], 0, 0, "cache");
	rig_io(r, &io[2], 0, 0, "cache again");
	world_disk_fail(&r->w[0], DISK_OBJECTS, 0, ENOSPC, 1);
	rig_run(r);
	rig_expect(r, "10 cache: error 28\n"
		      "10 cache again\n"
		      "5200 disk\n");
	rig_close(r);
}

static void torn(struct disk_io *disk_io)
{
	struct io *io = container_of(disk_io, struct io, io);

	text_add(&io->rig->log, "%llu torn %s\n",
		 (unsigned long long)(world_now(&io->rig->w[0]) / NSEC_PER_USEC), io->name);
}

static void a_crash_tears_what_the_disk_has_begun(void **state)
{
	struct rig *r = rig_open(1);
	struct io io[4] = {
		[0].io.torn = torn,
		[2].io.torn = torn,
		[3].io = {.torn = torn, .kind = DISK_CACHED},
	};

	(void)state;
	r->u.speed.disk_depth = 2;
	for (int i = 0; i < 4; i++)
		rig_io(r, &io[i], 0, 0,
		       (const char *[]){"begun", "nobody asks it", "in the queue", "cached"}[i]);
	world_tear(&r->w[0]);
	rig_expect(r, "0 torn cached\n"
		      "0 torn begun\n");
	world_crash(&r->w[0]);
	rig_run(r);
	rig_expect(r, "");
	rig_close(r);
}

int disk_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_does_so_many_at_once_and_the_rest_in_order),
		cmocka_unit_test(bytes_take_time_but_not_of_metadata),
		cmocka_unit_test(disks_and_places_are_independent),
		cmocka_unit_test(a_disk_that_is_plugged_leaves_the_others_at_work),
		cmocka_unit_test(a_slow_disk_takes_longer),
		cmocka_unit_test(a_disk_fails_so_often_on_one_object_or_on_all),
		cmocka_unit_test(a_fault_can_be_taken_back_and_outlives_the_process),
		cmocka_unit_test(a_crash_frees_the_disks_for_the_next_process),
		cmocka_unit_test(what_goes_to_the_cache_only_needs_no_disk),
		cmocka_unit_test(a_crash_tears_what_the_disk_has_begun),
	};

	return cmocka_run_group_tests_name("disk", tests, NULL, NULL);
}
