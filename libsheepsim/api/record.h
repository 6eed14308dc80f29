/*
 * The run database, as the rest of the API sees it: record.c writes it, events.c has the words.
 */
#ifndef SHEEPSIM_API_RECORD_H
#define SHEEPSIM_API_RECORD_H

#include "api/sim.h"

/* All that an event carries, in words; adds to *t. */
void event_words(struct text *t, const struct trace_event *e);

/* Kinds whose first number is a place. */
bool event_names_a_place(enum trace_kind kind);

/* NULL: nothing went wrong with its file so far. */
const char *record_error(const struct record *r);

#endif
