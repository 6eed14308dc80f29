/*
 * What is too much, and the log.
 */
#include "live/live.h"

void live_log(struct sheepsim_live *live, const char *format, ...)
{
	struct text line = {0};
	va_list args;

	if (!live->options.log)
		return;
	va_start(args, format);
	text_vadd(&line, format, args);
	va_end(args);
	live->options.log(live->options.log_arg, text_get(&line));
	text_free(&line);
}

uint64_t live_abandoned(const struct sheepsim_live *live)
{
	const struct sheepsim *sim = live->sim;
	uint64_t sum = 0;

	for (int i = 0; i < sim->nr_nodes; i++)
		if (sim->nodes[i]->sheep)
			sum += sheep_abandoned(sim->nodes[i]->sheep);
	return sum;
}

/* Whoever floods the server must not flood the log. */
void limit_hit(struct sheepsim_live *live, enum limit limit, const char *format, ...)
{
	struct limit_log *l = &live->limits[limit];
	uint64_t now = wall_now();
	struct text line = {0};
	va_list args;

	l->hits++;
	if (l->told && now - l->told < NSEC_PER_SEC)
		return;
	va_start(args, format);
	text_vadd(&line, format, args);
	va_end(args);
	if (l->hits > 1)
		text_add(&line, " (%llu times since this was said last)",
			 (unsigned long long)l->hits);
	live_log(live, "limit: %s", text_get(&line));
	text_free(&line);
	l->told = now;
	l->hits = 0;
}
