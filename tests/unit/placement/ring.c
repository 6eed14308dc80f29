#include "tests.h"
#include "placement/hash.h"
#include "placement/ring.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

static void build(struct ring *r, uint32_t n, uint32_t each)
{
	struct ring_owner owners[64];

	assert_true(n <= 64);
	for (uint32_t i = 0; i < n; i++)
		owners[i] = (struct ring_owner){
			.seed = sd_hash_oid(i), .nr_vnodes = each + i, .zone = i / 2};
	ring_build(r, owners, n);
}

static void vnodes_are_in_order_and_keep_their_owners(void **state)
{
	struct ring r;
	uint32_t count[64] = {0};

	(void)state;
	build(&r, 64, 100);
	assert_int_equal(r.nr, 64 * 100 + 63 * 64 / 2);
	for (uint32_t i = 0; i < r.nr; i++) {
		assert_true(i == 0 || r.vnode[i - 1].hash < r.vnode[i].hash);
		assert_int_equal(r.vnode[i].zone, r.vnode[i].owner / 2);
		count[r.vnode[i].owner]++;
	}
	for (uint32_t i = 0; i < 64; i++)
		assert_int_equal(count[i], 100 + i);
	ring_free(&r);
}

/* The smallest point at or after the hash, else the smallest of all: by looking at every one. */
static uint32_t find_slowly(const struct ring *r, uint64_t hash)
{
	for (uint32_t i = 0; i < r->nr; i++)
		if (r->vnode[i].hash >= hash)
			return i;
	return 0;
}

static void check_finds(const struct ring *r)
{
	assert_int_equal(ring_find(r, 0), 0);
	assert_int_equal(ring_find(r, UINT64_MAX), find_slowly(r, UINT64_MAX));
	for (uint32_t i = 0; i < r->nr; i++) {
		uint64_t h = r->vnode[i].hash;

		assert_int_equal(ring_find(r, h), i);
		assert_int_equal(ring_find(r, h + 1), (i + 1) % r->nr);
		assert_int_equal(ring_find(r, h - 1), i);
	}
	for (uint64_t oid = 0; oid < 500; oid++) {
		uint64_t h = sd_hash_oid(oid);

		assert_int_equal(ring_find(r, h), find_slowly(r, h));
	}
}

static void the_first_vnode_at_or_after_a_point_owns_it(void **state)
{
	static const uint32_t sizes[][2] = {
		{1, 1}, {1, 2}, {2, 1}, {1, 3}, {1, 128}, {3, 128}, {64, 20},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct ring r;

		build(&r, sizes[i][0], sizes[i][1]);
		check_finds(&r);
		ring_free(&r);
	}
}

static void equal_vnodes_end_the_process_with_a_message(void **state)
{
	const struct ring_owner owners[] = {{.seed = 5, .nr_vnodes = 3},
					    {.seed = 6, .nr_vnodes = 3},
					    {.seed = 5, .nr_vnodes = 1}};
	char out[1024];
	struct ring r;
	int fd[2];
	int status;
	ssize_t n;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(fd[1], STDERR_FILENO);
		ring_build(&r, owners, 3);
		_exit(0);
	}
	close(fd[1]);
	n = read(fd[0], out, sizeof(out) - 1);
	assert_true(n > 0);
	out[n] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(out, "have the same vnode"));
}

int ring_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vnodes_are_in_order_and_keep_their_owners),
		cmocka_unit_test(the_first_vnode_at_or_after_a_point_owns_it),
		cmocka_unit_test(equal_vnodes_end_the_process_with_a_message),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
