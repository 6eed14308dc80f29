/*
 * Snapshots of a cluster: dog saves them to a file, which is taken from its client, and loads them
 * from one that is put there.
 */
#include <stdlib.h>
#include <string.h>

#include "api/sim.h"
#include "base/mem.h"
#include "client/dog/dog.h"

/* What dog has for a tag and a path. */
#define TAG  "copy"
#define PATH "/sheepsim/copy"

struct sheepsim_copy {
	struct blob *file;
	uint32_t vdis, objects;
};

static const char *last_line(const char *text)
{
	const char *line = text;
	size_t len;

	for (const char *next = line; *next; next += len + (next[len] == '\n')) {
		len = strcspn(next, "\n");
		line = next;
	}
	return line;
}

/* Fails as dog did; without why with what it said last, if no sheep is to blame. */
static int fail_as(struct sheepsim *sim, const struct sheepsim_dog_end *end, const char *why,
		   const char *what)
{
	const char *line = why ? why : last_line(end->output);
	enum outcome_kind kind = OUTCOME_RESULT;
	struct text said = {0};
	int error;

	if (end->result == SD_RES_NETWORK_ERROR)
		kind = OUTCOME_LOST;
	else if (end->result == SD_RES_SUCCESS)
		kind = OUTCOME_INVALID;
	text_addn(&said, line, strcspn(line, "\n"));
	error = sim_fail_outcome(sim, kind, end->result, text_get(&said), what);
	text_free(&said);
	return error;
}

/* dog cluster snapshot save or load. */
static int run(struct sheepsim *sim, int via, const char *verb, const char *why)
{
	const char *const words[] = {"cluster", "snapshot", verb, TAG, PATH, "-f"};
	const struct sheepsim_dog dog = {
		.words = words,
		.nr_words = sizeof(words) / sizeof(*words),
		.node = via,
	};
	struct sheepsim_dog_end end;
	struct text what = {0};
	int error = sheepsim_dog(sim, &dog, &end);

	if (error == 0 && end.status != 0) {
		text_add(&what, "cluster snapshot %s", verb);
		error = fail_as(sim, &end, why, text_get(&what));
		text_free(&what);
	}
	return error;
}

int sheepsim_cluster_save(struct sheepsim *sim, int via, struct sheepsim_copy **copy)
{
	struct blob *file;
	int error;

	*copy = NULL;
	error = run(sim, via, "save", "no VDI has a snapshot");
	file = dog_file(sim->admin, PATH);
	if (error == 0) {
		*copy = mem_alloc(sizeof(**copy));
		(*copy)->file = blob_ref(file);
		dog_saved_sizes(file, &(*copy)->vdis, &(*copy)->objects);
	}
	dog_file_set(sim->admin, PATH, NULL);
	return error;
}

int sheepsim_cluster_load(struct sheepsim *sim, int via, const struct sheepsim_copy *copy)
{
	int error;

	if (!copy)
		return sim_fail(sim, SHEEPSIM_E_INVALID, "nothing was saved");
	dog_file_set(sim->admin, PATH, blob_ref(copy->file));
	error = run(sim, via, "load", NULL);
	dog_file_set(sim->admin, PATH, NULL);
	return error;
}

void sheepsim_copy_free(struct sheepsim_copy *copy)
{
	if (copy)
		blob_unref(copy->file);
	free(copy);
}

unsigned sheepsim_copy_vdis(const struct sheepsim_copy *copy)
{
	return copy->vdis;
}

unsigned sheepsim_copy_objects(const struct sheepsim_copy *copy)
{
	return copy->objects;
}
