/*
 * Runs as databases: every event of a simulation as a row of a SQLite database, to be queried with
 * sqlite3 or from any program. scenarios/README.md describes the tables, with examples.
 *
 *	sheepsim_record(sim, "run.db", "my test");
 *	...
 *	sheepsim_close(sim);
 *
 *	$ sqlite3 -box run.db 'SELECT node, count(*) FROM recovery_object GROUP BY node'
 *
 * Part of the embedding API, and included by its header; the rules for calls are told there.
 */
#ifndef SHEEPSIM_RECORD_H
#define SHEEPSIM_RECORD_H

#include <sheepsim/sheepsim.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * From now on all events go into the file, as a run of this name (NULL: none). A file of runs that
 * is there already gets one more; any other is refused (SHEEPSIM_E_FILE) and stays as it is. If it
 * cannot be written later, all calls that let time pass fail with SHEEPSIM_E_FILE from then on.
 */
SHEEPSIM_API int sheepsim_record(struct sheepsim *sim, const char *path, const char *name);

/*
 * The events that have happened so far can be seen by others who have the file open; otherwise they
 * are after some ten thousand of them, and at the end. Nothing to do if nothing is recorded.
 */
SHEEPSIM_API int sheepsim_record_sync(struct sheepsim *sim);

/* Ends it; so does sheepsim_close(). The run gets its digest. */
SHEEPSIM_API int sheepsim_record_stop(struct sheepsim *sim);

#ifdef __cplusplus
}
#endif

#endif
