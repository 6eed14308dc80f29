/* Two runs of a scenario, compared event by event. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "verify.h"

#define CONTEXT 10

/* The events of one run, one line each. */
struct lines {
	char **list;
	size_t nr;
};

static void keep_line(void *arg, const char *line)
{
	struct lines *l = arg;

	if ((l->nr & (l->nr - 1)) == 0)
		l->list = need(realloc(l->list, (l->nr == 0 ? 1 : l->nr * 2) * sizeof(*l->list)));
	l->list[l->nr++] = need(strdup(line));
}

static void lines_free(struct lines *l)
{
	for (size_t i = 0; i < l->nr; i++)
		free(l->list[i]);
	free(l->list);
}

static void record(const char *text, struct sheepsim_scenario scenario, enum sheepsim_store store,
		   struct lines *l, struct sheepsim_scenario_result *result)
{
	scenario.store = store;
	scenario.database = NULL; /* which has the run that is verified already */
	scenario.log = true;
	scenario.log_fn = keep_line;
	scenario.log_arg = l;
	sheepsim_scenario_run(text, &scenario, result);
}

static void show_difference(const struct lines *a, const struct lines *b)
{
	size_t i = 0;

	while (i < a->nr && i < b->nr && strcmp(a->list[i], b->list[i]) == 0)
		i++;
	printf("         event %zu is the first that differs:\n", i);
	for (size_t k = i > CONTEXT ? i - CONTEXT : 0; k < i; k++)
		printf("    %s\n", a->list[k]);
	printf("  1 %s\n  2 %s\n", i < a->nr ? a->list[i] : "(no more events)",
	       i < b->nr ? b->list[i] : "(no more events)");
}

bool verify_scenario(const char *text, const struct sheepsim_scenario *scenario)
{
	struct sheepsim_scenario_result one;
	struct sheepsim_scenario_result two;
	struct lines a = {0};
	struct lines b = {0};
	bool same;

	record(text, *scenario, SHEEPSIM_STORE_MEMORY, &a, &one);
	record(text, *scenario, scenario->store, &b, &two);
	same = one.digest == two.digest && one.coarse == two.coarse && a.nr == b.nr &&
	       strcmp(one.transcript, two.transcript) == 0;
	for (size_t i = 0; same && i < a.nr; i++)
		same = strcmp(a.list[i], b.list[i]) == 0;
	if (same) {
		printf("         verified: %zu events, twice the same%s\n", a.nr,
		       scenario->store == SHEEPSIM_STORE_MEMORY ? "" : ", in memory and in a file");
	} else {
		printf("         NOT THE SAME: digests %016" PRIx64 " and %016" PRIx64 "\n",
		       one.digest, two.digest);
		show_difference(&a, &b);
	}
	sheepsim_scenario_free(&one);
	sheepsim_scenario_free(&two);
	lines_free(&a);
	lines_free(&b);
	return same;
}
