/* Commands on clusters in files: saved, closed, opened again. */
#include <stdlib.h>
#include <unistd.h>

#include "scenario/call_values.h"
#include "scenario/files.h"
#include "scenario/rules.h"
#include "scenario/run.h"

static const struct param save_params[] = {
	{"FILE", VALUE_WORD, PARAM_NEEDED, NULL},
	PARAMS_END,
};

static int run_save(struct run *r, const struct call *call)
{
	char *path;
	int error = file_path(r, call_word(call, "FILE", ""), &path);

	if (error < 0)
		return error;
	error = sheepsim_save(r->sim, path);
	free(path);
	return error;
}

static const struct param no_params[] = {
	PARAMS_END,
};

static int run_sync(struct run *r, const struct call *call)
{
	(void)call;
	return sheepsim_sync(r->sim);
}

static int run_close(struct run *r, const struct call *call)
{
	struct complaint c = {.name = r->name};
	int error;

	(void)call;
	if (r->joined || r->opened != NULL)
		return fail(r, SHEEPSIM_E_SCENARIO, "a cluster that is served stays open");
	if (!rules_done(r, &c)) {
		error = fail(r, SHEEPSIM_E_VACUOUS, "%s", c.words);
		free(c.words);
		return error;
	}
	return run_close_cluster(r);
}

static const struct param open_params[] = {
	{"FILE", VALUE_WORD, PARAM_NEEDED, NULL},
	{"copy", VALUE_FLAG, PARAM_KEY, NULL},
	{"budget", VALUE_COUNT, PARAM_KEY, NULL},
	PARAMS_END,
};

static int run_open(struct run *r, const struct call *call)
{
	struct sheepsim_options o = {
		.store = call_has(call, "copy") ? SHEEPSIM_STORE_MEMORY : SHEEPSIM_STORE_SQLITE,
		.event_budget = call_number(call, "budget", DEFAULT_BUDGET),
		.scratch = r->options->directory == NULL,
	};
	char *path;
	int error;

	if (r->sim != NULL)
		return fail(r, SHEEPSIM_E_SCENARIO, "there is a cluster already: `close' it");
	error = file_path(r, call_word(call, "FILE", ""), &path);
	if (error < 0)
		return error;
	o.path = path;
	if (access(path, F_OK) != 0)
		error = fail(r, SHEEPSIM_E_FILE, "no cluster was saved in %s",
			     call_word(call, "FILE", ""));
	else
		error = run_open_cluster(r, &o);
	free(path);
	return error;
}

const struct command file_commands[] = {
	{"save", "copies the cluster, as its disks are now, into a file",
	 "FILE is a plain name: it lies in a directory of the run's own, and is gone with it "
	 "(`sheepsim run --directory' keeps it). It must not be there yet. Running nodes are in it "
	 "as after a power cut; VMs, rules and faults are not in it.",
	 save_params, true, run_save},
	{"sync", "lets the cluster's file have all that its disks have by now",
	 "`cluster store=' puts a cluster into a file.", no_params, true, run_sync},
	{"close", "ends the simulation: all nodes at once, VMs, rules, what is kept to be shown",
	 "A cluster in a file can be opened again. Rules that never acted make the run vacuous "
	 "here.",
	 no_params, false, run_close},
	{"open", "opens a cluster that was closed or saved",
	 "It goes on in the file, or with copy in memory: then the file stays as it is. The "
	 "cluster has the nodes that it had, none of which runs, its seed and its time.",
	 open_params, false, run_open},
	{NULL, NULL, NULL, NULL, false, NULL},
};
