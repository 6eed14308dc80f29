/*
 * A function with a stack of its own, which can stop in the middle and be gone on with: how
 * commands that wait for time to pass run while the loop turns. One thread; nothing runs at the
 * same time.
 */
#ifndef SHEEPSIM_LIVE_FIBER_H
#define SHEEPSIM_LIVE_FIBER_H

#include <stdbool.h>

struct fiber;

/* A fiber that has not begun. NULL: there is no memory for its stack. */
struct fiber *fiber_new(void (*fn)(void *arg), void *arg);

/* Goes on with it until it yields or is over (which is the result). Not from within a fiber. */
bool fiber_resume(struct fiber *f);

/* Called by what runs in it: back to fiber_resume(). */
void fiber_yield(struct fiber *f);

/* Only one that is over, or has not begun. */
void fiber_free(struct fiber *f);

#endif
