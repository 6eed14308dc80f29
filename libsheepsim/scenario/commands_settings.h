/*
 * Snapshots of clusters that a run has saved (commands_settings.c), for its end.
 */
#ifndef SHEEPSIM_SCENARIO_COMMANDS_SETTINGS_H
#define SHEEPSIM_SCENARIO_COMMANDS_SETTINGS_H

#include "scenario/run.h"

void saved_free(struct run *r);

#endif
