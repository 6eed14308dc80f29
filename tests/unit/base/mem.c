#include "tests.h"
#include "base/mem.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

struct outer {
	int before;
	struct {
		int x;
	} inner;
};

static void memory_comes_zeroed(void **state)
{
	uint8_t *p = mem_array(100, 7);

	(void)state;
	for (size_t i = 0; i < 700; i++)
		assert_int_equal(p[i], 0);
	p = mem_resize(p, 200, 7);
	assert_int_equal(p[699], 0);
	free(p);
	p = mem_alloc(0);
	assert_non_null(p);
	free(p);
}

/* Runs fn in a child with its messages in *out; returns how it ended. */
static int run_in_child(void (*fn)(void), char *out, size_t size)
{
	int fd[2];
	int status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(fd[1], STDERR_FILENO);
		fn();
		_exit(0);
	}
	close(fd[1]);
	n = read(fd[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static volatile size_t huge = SIZE_MAX / 2;

static void arrays_grow_one_by_one(void **state)
{
	uint32_t *p = NULL;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		p = mem_grow(p, i, sizeof(*p));
		p[i] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(p[i], i);
	free(p);
}

static void allocate_overflow(void)
{
	free(mem_array(huge, 4));
}

static void resize_overflow(void)
{
	free(mem_resize(NULL, huge, 4));
}

static void a_size_that_overflows_ends_the_process_with_a_message(void **state)
{
	void (*const fns[])(void) = {allocate_overflow, resize_overflow};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char out[4096];
		int status = run_in_child(fns[i], out, sizeof(out));

		assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		assert_true(strlen(out) > 0);
	}
}

static void strings_are_copied_and_formatted(void **state)
{
	char *a = mem_string("node 7");
	char *b = mem_format("node %d", 7);

	(void)state;
	assert_string_equal(a, b);
	assert_ptr_not_equal(a, b);
	free(a);
	free(b);
}

static void the_container_of_a_member_is_found(void **state)
{
	struct outer o;

	(void)state;
	assert_ptr_equal(container_of(&o.inner, struct outer, inner), &o);
}

int mem_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_comes_zeroed),
		cmocka_unit_test(arrays_grow_one_by_one),
		cmocka_unit_test(a_size_that_overflows_ends_the_process_with_a_message),
		cmocka_unit_test(strings_are_copied_and_formatted),
		cmocka_unit_test(the_container_of_a_member_is_found),
	};

	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
