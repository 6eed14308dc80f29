/* Scenarios piece by piece. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "scenario/console.h"

struct run *console_open(const struct sheepsim_scenario *options,
			 int (*opened)(void *arg, struct sheepsim *sim), void *arg)
{
	struct run *r = mem_alloc(sizeof(*r));

	run_begin(r, options);
	r->opened = opened;
	r->opened_arg = arg;
	return r;
}

struct run *console_join(const struct sheepsim_scenario *options, struct sheepsim *sim)
{
	struct run *r = console_open(options, NULL, NULL);

	r->sim = sim;
	r->joined = true;
	return r;
}

void console_close(struct run *r)
{
	run_end(r);
	free(r);
}

static int run_blocks(struct run *r, const struct script *s, char message[512])
{
	int error = 0;

	for (size_t b = 0; b < s->nr_blocks && error == 0; b++) {
		r->block = &s->blocks[b];
		for (size_t i = 0; i < s->blocks[b].nr_calls && error == 0; i++) {
			const struct call *call = s->blocks[b].calls[i];

			error = run_call(r, call);
			if (error < 0)
				snprintf(message, 512, "%s:%u: %s: %s", r->name, call->line,
					 call->command->name, run_error(r));
		}
	}
	r->block = NULL;
	return error;
}

int console_text(struct run *r, const char *text, char message[512])
{
	struct complaint c = {.name = r->name};
	struct script *s = script_parse(text, r->name, &c);
	int error;

	if (s == NULL) {
		snprintf(message, 512, "%s", c.words);
		free(c.words);
		return SHEEPSIM_E_SCENARIO;
	}
	error = run_blocks(r, s, message);
	script_free(s);
	return error;
}
