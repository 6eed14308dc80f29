/*
 * Names that the library gives to operations and kinds of events, checked before a scenario runs.
 */
#ifndef SHEEPSIM_SCENARIO_NAMES_H
#define SHEEPSIM_SCENARIO_NAMES_H

#include "scenario/command.h"

/* Is word what a value of this type may be (VALUE_MESSAGE, _EVENT, _EVENTS)? Else complains. */
bool name_check(enum value_type type, const char *word, struct complaint *c, unsigned int line,
		unsigned int column);

bool is_operation(const char *word);
bool is_event_kind(const char *word);

#endif
