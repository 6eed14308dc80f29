/*
 * Fibers, by ucontext. The sanitizers have to be told of stacks that they do not know.
 */
#include <sys/mman.h>
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/mem.h"
#include "live/fiber.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif

#ifdef WITH_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

/* Memory is only taken for what is used of it. */
#define STACK_SIZE (1u << 20)

struct fiber {
	void (*fn)(void *arg);
	void *arg;
	ucontext_t here, caller;
	uint8_t *memory; /* a page that nobody may touch, then the stack */
	size_t size;
	bool begun, over;
	/* what the sanitizer knows of the stacks that are left */
	void *own_fake, *caller_fake;
	const void *caller_stack;
	size_t caller_size;
};

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Before and after a switch: to the fiber's stack, or back to its caller's. */
static void leave(struct fiber *f, bool to_fiber)
{
#ifdef WITH_ASAN
	if (to_fiber)
		__sanitizer_start_switch_fiber(&f->caller_fake, f->memory + page_size(),
					       f->size - page_size());
	else
		__sanitizer_start_switch_fiber(f->over ? NULL : &f->own_fake, f->caller_stack,
					       f->caller_size);
#else
	(void)f;
	(void)to_fiber;
#endif
}

static void arrive(struct fiber *f, bool in_fiber)
{
#ifdef WITH_ASAN
	if (in_fiber)
		__sanitizer_finish_switch_fiber(f->own_fake, &f->caller_stack, &f->caller_size);
	else
		__sanitizer_finish_switch_fiber(f->caller_fake, NULL, NULL);
#else
	(void)f;
	(void)in_fiber;
#endif
}

/* makecontext() hands over integers only. */
static void begin(unsigned high, unsigned low)
{
	struct fiber *f = (struct fiber *)((uintptr_t)high << 16 << 16 | low);

	arrive(f, true);
	f->fn(f->arg);
	f->over = true;
	leave(f, false);
	swapcontext(&f->here, &f->caller);
	assert(!"a fiber that is over is not gone on with");
}

struct fiber *fiber_new(void (*fn)(void *arg), void *arg)
{
	struct fiber *f = mem_alloc(sizeof *f);
	uintptr_t at = (uintptr_t)f;

	f->fn = fn;
	f->arg = arg;
	f->size = STACK_SIZE + page_size();
	f->memory = mmap(NULL, f->size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (f->memory == MAP_FAILED) {
		free(f);
		return NULL;
	}
	mprotect(f->memory, page_size(), PROT_NONE);
	getcontext(&f->here);
	f->here.uc_stack.ss_sp = f->memory + page_size();
	f->here.uc_stack.ss_size = STACK_SIZE;
	makecontext(&f->here, (void (*)(void))begin, 2, (unsigned)(at >> 16 >> 16), (unsigned)at);
	return f;
}

bool fiber_resume(struct fiber *f)
{
	assert(!f->over);
	f->begun = true;
	leave(f, true);
	swapcontext(&f->caller, &f->here);
	arrive(f, false);
	return f->over;
}

void fiber_yield(struct fiber *f)
{
	leave(f, false);
	swapcontext(&f->here, &f->caller);
	arrive(f, true);
}

void fiber_free(struct fiber *f)
{
	if (!f)
		return;
	assert(f->over || !f->begun);
	munmap(f->memory, f->size);
	free(f);
}
