/*
 * Two lists of lines, compared as diff does: what stays, what goes, what comes.
 */
#ifndef SHEEPSIM_SCENARIO_DIFF_H
#define SHEEPSIM_SCENARIO_DIFF_H

#include "base/text.h"
#include "scenario/script.h"

/*
 * True if the lists are the same. Otherwise adds to t, in unified style, what differs between the
 * lines `old`, the first of which is line `first` of the file `name`, and the lines `new`.
 */
bool diff_lines(struct text *t, const char *name, unsigned int first, const struct span *old,
		size_t nr_old, const struct span *new, size_t nr_new);

/* Splits text into its lines; free() *lines. */
size_t split_lines(const char *text, struct span **lines);

#endif
