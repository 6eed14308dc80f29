/*
 * Files that a scenario makes: clusters that it saves. It calls them by plain names; they lie in a
 * directory of the run's own, which is made when it is needed first and is gone with the run, or in
 * the one that the run was given.
 */
#ifndef SHEEPSIM_SCENARIO_FILES_H
#define SHEEPSIM_SCENARIO_FILES_H

#include "scenario/run.h"

/* The path of a file in *path, to be free()d. An error: it is no plain name, or there is no place.
 */
int file_path(struct run *r, const char *name, char **path);

/* Words without the directory: what a scenario shows must not tell one run from another. */
void text_without_directory(const struct run *r, struct text *t, const char *words);

/* Removes the run's own directory and all in it. */
void files_remove(struct run *r);

#endif
