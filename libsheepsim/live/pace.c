/*
 * The clock of live mode: the virtual one follows the wall clock.
 *
 * It never runs ahead by itself; where the caller's blocking calls have let it jump, it goes on
 * from there. When there is more to do than the machine can do in time, it slips: virtual time
 * passes more slowly, and what was missed is not made up for.
 */
#include <sys/timerfd.h>
#include <assert.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "live/control.h"

/* Wall time after which a turn looks at the sockets again, though more is due. */
#define TURN_LIMIT (5 * NSEC_PER_MSEC)

/* How far virtual time may be behind before it slips. */
#define SLIP_LIMIT (50 * NSEC_PER_MSEC)

uint64_t wall_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static struct clock *clock_of(struct sheepsim_live *live)
{
	return &live->sim->universe.clock;
}

/* a * b / c, cut off at half of what there is: sums of two stay below the end. */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
	unsigned __int128 product = (unsigned __int128)a * b / c;

	return product < UINT64_MAX / 2 ? (uint64_t)product : UINT64_MAX / 2;
}

/* From now on virtual time goes on from where it is. */
static void rebase(struct sheepsim_live *live, uint64_t wall)
{
	live->pace.base = clock_of(live)->now;
	live->pace.base_wall = wall;
}

/* Runs the next event, and the command that may have waited for it. */
static bool run_event(struct sheepsim_live *live)
{
	bool ran = sim_run_event(live->sim);

	if (ran)
		tasks_go_on(live);
	return ran;
}

/* Runs what is due up to a virtual time. False: it takes too long, more is due. */
static bool run_to(struct sheepsim_live *live, uint64_t time, uint64_t wall)
{
	struct clock *clock = clock_of(live);
	unsigned nr = 0;

	while (clock_next(clock) <= time) {
		run_event(live);
		if (++nr % 64 == 0 && wall_now() - wall > TURN_LIMIT)
			return false;
	}
	/* an event may have let it jump */
	if (time > clock->now)
		clock_advance(clock, time);
	return true;
}

/* Nobody waits for an answer, and there is something to do, or a command to wait for. */
static bool may_fly(struct sheepsim_live *live)
{
	return live->counts.waiting == 0 && (tasks_wait(live) || !sim_idle(live->sim));
}

/* Lets time fly to where nothing is left to do, or somebody waits. */
static void jump(struct sheepsim_live *live, uint64_t wall)
{
	unsigned nr = 0;

	while (may_fly(live)) {
		if (!run_event(live))
			break;
		if (++nr % 64 == 0 && wall_now() - wall > TURN_LIMIT)
			break;
	}
	if (nr > 0)
		rebase(live, wall_now());
}

static void catch_up(struct sheepsim_live *live)
{
	struct pace *p = &live->pace;
	struct clock *clock = clock_of(live);
	uint64_t wall, time;

	if (live->options.jump)
		jump(live, wall_now());
	/* not before: a jump sets the base to a later moment */
	wall = wall_now();
	assert(wall >= p->base_wall);
	time = p->base + scale(wall - p->base_wall, live->options.speed, 1000);
	if (time < clock->now) {
		rebase(live, wall);
		time = clock->now;
	}
	if (!run_to(live, time, wall) && time - clock->now > SLIP_LIMIT)
		rebase(live, wall_now());
}

void pace_moment(struct sheepsim_live *live)
{
	struct clock *clock = clock_of(live);
	uint64_t next = clock->now + 1;

	if (live->pace.moment == clock->now)
		return;
	while (clock_next(clock) <= next) {
		run_event(live);
		next = clock->now + 1;
	}
	clock_advance(clock, next);
	live->pace.moment = next;
}

void pace_own_moment(struct sheepsim_live *live)
{
	live->pace.moment = UINT64_MAX;
	pace_moment(live);
	live->pace.moment = UINT64_MAX;
}

/* Sets the timer for the next event. */
static void arm(struct sheepsim_live *live)
{
	struct pace *p = &live->pace;
	uint64_t next = clock_next(clock_of(live));
	uint64_t wall;
	struct itimerspec when = {0};

	if (live->options.jump && may_fly(live))
		next = p->base; /* at once */
	if (next != UINT64_MAX) {
		wall = p->base_wall;
		if (next > p->base)
			wall += scale(next - p->base, 1000, live->options.speed) + 1;
		when.it_value.tv_sec = (time_t)(wall / NSEC_PER_SEC);
		when.it_value.tv_nsec = (long)(wall % NSEC_PER_SEC);
	}
	timerfd_settime(p->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void before(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct sheepsim_live *live = w->data;

	(void)loop;
	(void)events;
	catch_up(live);
	live_settle(live);
	arm(live);
}

static void after(struct ev_loop *loop, ev_check *w, int events)
{
	(void)loop;
	(void)events;
	catch_up(w->data);
}

/* The turn that follows does what is due. */
static void due(struct ev_loop *loop, ev_io *w, int events)
{
	uint64_t times;

	(void)loop;
	(void)events;
	if (read(w->fd, &times, sizeof times) < 0 && errno != EAGAIN)
		live_log(w->data, "the timer has failed: %s", strerror(errno));
}

int pace_start(struct sheepsim_live *live)
{
	struct pace *p = &live->pace;

	p->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (p->timer_fd < 0)
		return sim_fail(live->sim, SHEEPSIM_E_FILE, "there is no timer: %s",
				strerror(errno));
	p->moment = UINT64_MAX;
	rebase(live, wall_now());
	ev_prepare_init(&p->before, before);
	ev_check_init(&p->after, after);
	ev_io_init(&p->due, due, p->timer_fd, EV_READ);
	p->before.data = live;
	p->after.data = live;
	p->due.data = live;
	/* the clock is right before any socket is read */
	ev_set_priority(&p->after, EV_MAXPRI);
	ev_prepare_start(live->loop, &p->before);
	ev_check_start(live->loop, &p->after);
	ev_io_start(live->loop, &p->due);
	return 0;
}

void pace_stop(struct sheepsim_live *live)
{
	struct pace *p = &live->pace;

	if (p->timer_fd < 0)
		return;
	ev_prepare_stop(live->loop, &p->before);
	ev_check_stop(live->loop, &p->after);
	ev_io_stop(live->loop, &p->due);
	close(p->timer_fd);
	p->timer_fd = -1;
}
