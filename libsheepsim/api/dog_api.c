/* dog's command lines: see include/sheepsim/dog.h. */
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"
#include "client/dog/dog.h"

/* A command under way. */
struct dog_call {
	struct sheepsim *sim;
	char *vdi; /* whose data it changes; NULL: of none */
	bool formats;
	sheepsim_dog_fn done;
	void *arg;
};

/* ------------------------------------------------------------------ what it does to data */

static bool is_command(const struct sheepsim_dog *dog, const char *group, const char *name)
{
	return dog->nr_words > 1 && strcmp(dog->words[0], group) == 0 &&
	       strcmp(dog->words[1], name) == 0;
}

static bool writes(const struct sheepsim_dog *dog)
{
	return is_command(dog, "vdi", "write") || is_command(dog, "vdi", "delete") ||
	       is_command(dog, "vdi", "rollback") || is_command(dog, "vdi", "restore");
}

static bool formats(const struct sheepsim_dog *dog)
{
	return is_command(dog, "cluster", "format") ||
	       (is_command(dog, "cluster", "snapshot") && dog->nr_words > 2 &&
		strcmp(dog->words[2], "load") == 0);
}

/*
 * The history of reads and writes is not told what dog writes: it forgets VDIs that dog changes.
 * All words are taken for their names, as options may stand anywhere.
 */
static void forget_data(struct dog_call *c)
{
	char *rest = c->vdi, *word;

	if (c->formats)
		history_formatted(c->sim->history);
	while ((word = strsep(&rest, "\n")))
		history_gone(c->sim->history, word);
	free(c->vdi);
	c->vdi = NULL;
}

static char *words_text(const struct sheepsim_dog *dog)
{
	struct text t = {0};
	char *words;

	for (size_t i = 2; i < dog->nr_words; i++)
		text_add(&t, "%s%s", i > 2 ? "\n" : "", dog->words[i]);
	words = mem_string(text_get(&t));
	text_free(&t);
	return words;
}

/* ------------------------------------------------------------------ the end */

static void keep_end(struct sheepsim *sim, const struct dog_end *from, struct sheepsim_dog_end *end)
{
	uint64_t size = blob_size(from->data), text = strlen(from->output) + 1;

	free(sim->dog_said);
	sim->dog_said = mem_alloc(text + size);
	memcpy(sim->dog_said, from->output, text);
	blob_read(from->data, 0, sim->dog_said + text, size);
	*end = (struct sheepsim_dog_end){
		.status = from->status,
		.result = from->result,
		.output = (const char *)sim->dog_said,
		.data = from->data ? sim->dog_said + text : NULL,
		.len = size,
	};
}

static void call_ends(void *arg, const struct dog_end *from)
{
	struct dog_call *c = arg;
	struct sheepsim_dog_end end;

	forget_data(c);
	keep_end(c->sim, from, &end);
	c->done(c->arg, &end);
	free(c);
}

/* ------------------------------------------------------------------ the beginning */

static int call_start(struct sheepsim *sim, const struct sheepsim_dog *dog, sheepsim_dog_fn done,
		      void *arg, struct dog_call **call)
{
	struct dog_run run = {.words = dog->words, .nr_words = dog->nr_words, .done = call_ends};
	const struct node *n = dog->node < 0 ? sim_via(sim, -1) : sim_node(sim, dog->node);
	struct dog_call *c;

	if (!n)
		return dog->node < 0 ? SHEEPSIM_E_STATE : SHEEPSIM_E_NOT_FOUND;
	if (dog->nr_words && !dog->words)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "where are the words?");
	c = mem_alloc(sizeof(*c));
	c->sim = sim;
	c->formats = formats(dog);
	c->vdi = writes(dog) ? words_text(dog) : NULL;
	c->done = done;
	c->arg = arg;
	run.via = &n->rec.nid;
	run.arg = c;
	run.input = dog->input ? blob_new(dog->input, dog->input_len) : NULL;
	admin_speak(sim->admin, sim_dog_dialect(sim, n), sim_dog_frontend(sim));
	sim_enter(sim);
	dog_run(sim->admin, &run);
	sim_leave(sim);
	blob_unref(run.input);
	*call = c;
	return 0;
}

int sheepsim_dog_async(struct sheepsim *sim, const struct sheepsim_dog *dog, sheepsim_dog_fn done,
		       void *arg)
{
	struct dog_call *c;

	if (!done)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "there is nobody to be told");
	return call_start(sim, dog, done, arg, &c);
}

struct waiting {
	struct sheepsim_dog_end *end;
	bool over;
};

static void take_end(void *arg, const struct sheepsim_dog_end *end)
{
	struct waiting *w = arg;

	*w->end = *end;
	w->over = true;
}

static bool is_over(void *arg)
{
	return ((struct waiting *)arg)->over;
}

static void nobody_waits(void *arg, const struct sheepsim_dog_end *end)
{
	(void)arg;
	(void)end;
}

int sheepsim_dog(struct sheepsim *sim, const struct sheepsim_dog *dog, struct sheepsim_dog_end *end)
{
	struct waiting w = {.end = end};
	struct dog_call *c;
	int error = sim_may_wait(sim);

	*end = (struct sheepsim_dog_end){0};
	if (error == 0)
		error = call_start(sim, dog, take_end, &w, &c);
	if (error < 0)
		return error;
	error = sim_wait(sim, is_over, &w, BLOCKING_LIMIT, "dog");
	if (error < 0)
		c->done = nobody_waits;
	return error;
}

const char *sheepsim_dog_command(unsigned int index, const char **usage, const char **about)
{
	return dog_command(index, usage, about);
}
