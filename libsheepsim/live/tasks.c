/*
 * Running commands. Those that let time pass are fibers: what waits in them yields, and is gone on
 * with after each event. So commands are written as if they were alone.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "live/control.h"

bool tasks_pauses(struct sim_host *h)
{
	return container_of(h, struct sheepsim_live, host)->control.in_fiber;
}

bool tasks_pause(struct sim_host *h)
{
	struct sheepsim_live *live = container_of(h, struct sheepsim_live, host);

	fiber_yield(STAILQ_FIRST(&live->control.tasks)->fiber);
	return !live->control.cancelled;
}

bool tasks_wait(const struct sheepsim_live *live)
{
	const struct task *t = STAILQ_FIRST(&live->control.tasks);

	return t && t->fiber;
}

/* Clients are read from again, or not. */
static void set_gate(struct sheepsim_live *live, bool shut)
{
	struct link *l;

	live->gated = shut;
	LIST_FOREACH (l, &live->links, entry)
		link_touch(l);
}

static void run_line(void *arg)
{
	struct task *t = arg;

	t->live->no_place = false;
	t->error = line_run(t->live->run, t->line, &t->out, &t->rows, &t->words);
	t->line = NULL;
	recording_command(t->live, t->text, t->began, t->error, text_get(&t->out),
			  text_get(&t->words));
}

/* The command is over. */
static void finish(struct task *t)
{
	struct sheepsim_live *live = t->live;

	assert(t == STAILQ_FIRST(&live->control.tasks));
	STAILQ_REMOVE_HEAD(&live->control.tasks, link);
	if (t->gates)
		set_gate(live, false);
	if (t->console) {
		t->console->busy = false;
		reply(t->console, t->error, text_get(&t->out), text_get(&t->rows),
		      text_get(&t->words));
	}
	fiber_free(t->fiber);
	if (t->line)
		line_free(t->line);
	free(t->text);
	text_free(&t->out);
	text_free(&t->rows);
	text_free(&t->words);
	free(t);
}

static void resume(struct task *t)
{
	struct control *control = &t->live->control;
	bool over;

	assert(!control->in_fiber);
	control->in_fiber = true;
	over = fiber_resume(t->fiber);
	control->in_fiber = false;
	if (over)
		finish(t);
}

void tasks_go_on(struct sheepsim_live *live)
{
	if (tasks_wait(live))
		resume(STAILQ_FIRST(&live->control.tasks));
}

bool tasks_begin(struct sheepsim_live *live)
{
	bool any = false;
	struct task *t;

	while ((t = STAILQ_FIRST(&live->control.tasks)) && !t->fiber) {
		/* What happens in it goes on with who waits: so this one may not have begun. */
		pace_own_moment(live);
		t->began = live->sim->universe.clock.now;
		t->fiber = fiber_new(run_line, t);
		if (!t->fiber) {
			t->error = SHEEPSIM_E_STATE;
			text_add(&t->words, "there is no memory to run this");
			finish(t);
			any = true;
			continue;
		}
		t->gates = line_is(t->line, "check");
		if (t->gates)
			set_gate(live, true);
		resume(t);
		any = any || STAILQ_FIRST(&live->control.tasks) != t;
	}
	return any;
}

void tasks_line(struct console *c, const char *text)
{
	struct sheepsim_live *live = c->live;
	struct text out = {0}, rows = {0}, words = {0};
	struct line *line = line_parse(text, words_name, &words);
	struct task *t;
	uint64_t began;
	int error;

	/* what is recorded is repeated by one who does one thing after the other */
	if (line &&
	    (!line_is_instant(line) || (live->recording && !STAILQ_EMPTY(&live->control.tasks)))) {
		t = mem_alloc(sizeof *t);
		t->live = live;
		t->console = c;
		t->line = line;
		t->text = mem_string(text);
		STAILQ_INSERT_TAIL(&live->control.tasks, t, link);
		c->busy = true;
	} else if (line) {
		pace_own_moment(live);
		began = live->sim->universe.clock.now;
		live->no_place = false;
		error = line_run(live->run, line, &out, &rows, &words);
		recording_command(live, text, began, error, text_get(&out), text_get(&words));
		reply(c, error, text_get(&out), text_get(&rows), text_get(&words));
	} else {
		reply(c, words.len ? SHEEPSIM_E_SCENARIO : 0, "", "", text_get(&words));
	}
	text_free(&out);
	text_free(&rows);
	text_free(&words);
}

void tasks_forget(struct console *c)
{
	struct task *t, *next;

	for (t = STAILQ_FIRST(&c->live->control.tasks); t; t = next) {
		next = STAILQ_NEXT(t, link);
		if (t->console != c)
			continue;
		t->console = NULL;
		/* what has not begun will not */
		if (!t->fiber) {
			STAILQ_REMOVE(&c->live->control.tasks, t, task, link);
			line_free(t->line);
			free(t->text);
			free(t);
		}
	}
}

void tasks_cancel(struct sheepsim_live *live)
{
	struct control *control = &live->control;
	struct task *t;

	control->cancelled = true;
	while ((t = STAILQ_FIRST(&control->tasks))) {
		if (t->fiber) {
			resume(t);
			continue;
		}
		t->error = SHEEPSIM_E_STATE;
		text_add(&t->words, "the server ends");
		finish(t);
	}
	control->cancelled = false;
}
